//! Makes one node of each part: the next, coarser level.

use crate::leiden::level::{Level, Weights, with_column};
use crate::leiden::links::Pool;
use crate::leiden::refine::group;
use rayon::prelude::*;
use std::borrow::Cow;

/// Coarse nodes that one task makes.
const TASK: usize = 256;
/// Coarse nodes whose rows wait to be appended at once: bounds the memory beside the level itself.
const WAVE: usize = 64 * TASK;

/// Rows of some coarse nodes.
#[derive(Default)]
struct Rows {
    lengths: Vec<u32>,
    targets: Vec<u32>,
    weights: Vec<u64>,
    loops: Vec<u64>,
    strength: Vec<u64>,
    size: Vec<u64>,
}

/// The level whose nodes are the parts. Rows are in order of first meeting, which depends on the parts alone.
pub(super) fn aggregate(level: &Level<'_>, part: &[u32], parts: usize, pool: &Pool) -> Level<'static> {
    let (bounds, members) = group(part, parts);
    // Room is reserved for the most there can be; what is not written is never given memory.
    let arcs = level.targets.len();
    let mut next = Level {
        offsets: Cow::Owned(Vec::with_capacity(parts + 1)),
        targets: Cow::Owned(Vec::with_capacity(arcs)),
        weights: Weights::Small(Vec::with_capacity(arcs)),
        loops: Vec::with_capacity(parts),
        strength: Vec::with_capacity(parts),
        size: Vec::new(),
        doubled: level.doubled,
        scale: level.scale,
    };
    next.offsets.to_mut().push(0);
    let make = |from: usize| -> Vec<Rows> {
        let tasks: Vec<usize> = (from..(from + WAVE).min(parts)).step_by(TASK).collect();
        with_column!(level, column => tasks
            .into_par_iter()
            .with_max_len(1)
            .map(|from| pool.with(|links| {
                let to = (from + TASK).min(parts);
                let mut rows = Rows::default();
                let of = (members.as_slice(), &bounds[from..=to], from);
                links.groups(level, column, of, (part, parts), |members, found| rows.push(level, members, found));
                rows
            }))
            .collect())
    };
    let mut waiting = make(0);
    for from in (WAVE..parts).step_by(WAVE) {
        // One thread appends while the others make the next rows.
        waiting = rayon::join(|| append(&mut next, &waiting), || make(from)).1;
    }
    append(&mut next, &waiting);
    let Cow::Owned(targets) = &mut next.targets else { return next };
    targets.shrink_to_fit();
    match &mut next.weights {
        Weights::Small(weights) => weights.shrink_to_fit(),
        Weights::Large(weights) => weights.shrink_to_fit(),
        Weights::Unit | Weights::Scaled(_) => {}
    }
    if next.loops.iter().all(|&l| l == 0) {
        next.loops = Vec::new();
    }
    next
}

impl Rows {
    /// Appends the row of one coarse node. `found[0]` is the weight of arcs within it, counted from both ends.
    fn push(&mut self, level: &Level<'_>, members: &[u32], found: &[(u32, u64)]) {
        let Some((&(_, within), others)) = found.split_first() else { return };
        let sum = |values: &[u64]| members.iter().map(|&v| values[v as usize]).sum::<u64>();
        self.lengths.push(others.len() as u32);
        self.targets.extend(others.iter().map(|&(target, _)| target));
        self.weights.extend(others.iter().map(|&(_, weight)| weight));
        self.loops.push(members.iter().map(|&v| level.loop_of(v)).sum::<u64>() + within / 2);
        self.strength.push(sum(&level.strength));
        if !level.size.is_empty() {
            self.size.push(sum(&level.size));
        }
    }
}

fn append(next: &mut Level<'static>, waiting: &[Rows]) {
    let (Cow::Owned(offsets), Cow::Owned(targets)) = (&mut next.offsets, &mut next.targets) else { return };
    for rows in waiting {
        let mut at = targets.len() as u64;
        offsets.extend(rows.lengths.iter().map(|&length| {
            at += u64::from(length);
            at
        }));
        targets.extend_from_slice(&rows.targets);
        next.loops.extend_from_slice(&rows.loops);
        next.strength.extend_from_slice(&rows.strength);
        next.size.extend_from_slice(&rows.size);
        if let Weights::Small(small) = &mut next.weights {
            if rows.weights.iter().all(|&w| w <= u64::from(u32::MAX)) {
                small.extend(rows.weights.iter().map(|&w| w as u32));
                continue;
            }
            let mut large = Vec::with_capacity(small.capacity());
            large.extend(small.iter().map(|&w| u64::from(w)));
            next.weights = Weights::Large(large);
        }
        if let Weights::Large(large) = &mut next.weights {
            large.extend_from_slice(&rows.weights);
        }
    }
}
