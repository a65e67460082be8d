//! Do the judgements contradict each other? A = B, B = C, yet A is not C.

use crate::run::Constraint;
use std::collections::{BTreeMap, VecDeque};

/// The first cannot-link whose two mentions the must-links chain together.
///
/// # Returns       positions in `constraints`: the cannot-link, then the must-links of a shortest chain, in order
/// # Complexity    O(c) a cannot-link that contradicts, near O(c) otherwise
pub fn contradiction(constraints: &[Constraint]) -> Option<Vec<usize>> {
    let mut links: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    let mut groups = Groups::default();
    for (number, constraint) in constraints.iter().enumerate() {
        if let Constraint::Must(a, b) = *constraint {
            links.entry(a).or_default().push((b, number));
            links.entry(b).or_default().push((a, number));
            groups.join(a, b);
        }
    }
    constraints.iter().enumerate().find_map(|(number, constraint)| {
        let Constraint::Cannot(a, b) = *constraint else { return None };
        if groups.root(a) != groups.root(b) {
            return None;
        }
        let mut found = vec![number];
        found.extend(chain(&links, a, b));
        Some(found)
    })
}

/// Union of positions, by the smallest.
#[derive(Default)]
struct Groups {
    parent: BTreeMap<usize, usize>,
}

impl Groups {
    fn root(&mut self, mut x: usize) -> usize {
        while let Some(up) = self.parent.get(&x).copied().filter(|up| *up != x) {
            let over = self.parent.get(&up).copied().unwrap_or(up);
            self.parent.insert(x, over);
            x = over;
        }
        x
    }

    fn join(&mut self, a: usize, b: usize) {
        let (ra, rb) = (self.root(a), self.root(b));
        self.parent.insert(ra.max(rb), ra.min(rb));
    }
}

fn chain(links: &BTreeMap<usize, Vec<(usize, usize)>>, from: usize, to: usize) -> Vec<usize> {
    let mut before: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        if at == to {
            break;
        }
        for (next, number) in links.get(&at).into_iter().flatten() {
            if *next != from && !before.contains_key(next) {
                before.insert(*next, (at, *number));
                queue.push_back(*next);
            }
        }
    }
    let mut out = Vec::new();
    let mut at = to;
    while let Some((back, number)) = before.get(&at) {
        out.push(*number);
        at = *back;
    }
    out.reverse();
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use Constraint::{Cannot, Must};

    #[test]
    fn a_chain_that_contradicts_is_named() {
        let check = |constraints: &[Constraint], want: Option<Vec<usize>>| {
            assert_eq!(contradiction(constraints), want, "{constraints:?}");
        };
        check(&[Must(0, 1), Must(1, 2), Cannot(0, 2)], Some(vec![2, 0, 1]));
        check(&[Must(0, 1), Must(2, 3), Cannot(0, 2)], None);
        check(&[Cannot(4, 4)], Some(vec![0]));
        check(&[Must(5, 1), Must(1, 2), Must(2, 3), Must(1, 3), Cannot(3, 5)], Some(vec![4, 3, 0]));
        check(&[], None);
    }
}
