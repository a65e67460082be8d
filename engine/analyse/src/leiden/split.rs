//! Parts communities that lie in pieces.

use crate::leiden::level::Level;

/// New labels in which every community is connected: pieces keep together only what an edge inside the community joins.
/// To part pieces never lowers modularity or CPM, and shortens the description of a walk or leaves it.
pub(super) fn split(level: &Level<'_>, label: &[u32]) -> (Vec<u32>, usize) {
    let mut new = vec![u32::MAX; label.len()];
    let mut next = 0u32;
    let mut stack = Vec::new();
    for start in 0..label.len() {
        if new[start] != u32::MAX {
            continue;
        }
        new[start] = next;
        stack.push(start as u32);
        while let Some(v) = stack.pop() {
            for &target in &level.targets[level.row(v)] {
                let t = target as usize;
                if new[t] == u32::MAX && label[t] == label[start] {
                    new[t] = next;
                    stack.push(target);
                }
            }
        }
        next += 1;
    }
    (new, next as usize)
}
