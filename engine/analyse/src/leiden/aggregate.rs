//! Makes one node of each part: the next, coarser level.

use crate::leiden::level::{Level, Weights, with_column};
use crate::leiden::links::Pool;
use crate::leiden::refine::group;
use rayon::prelude::*;
use std::borrow::Cow;

/// Coarse nodes that one task makes.
const TASK: usize = 512;

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

/// The level whose nodes are the parts; rows are ascending by neighbour.
pub(super) fn aggregate(level: &Level<'_>, part: &[u32], parts: usize, pool: &Pool) -> Level<'static> {
    let (offsets, members) = group(part, parts);
    let rows: Vec<Rows> = with_column!(level, column => {
        let tasks: Vec<usize> = (0..parts).step_by(TASK).collect();
        tasks
            .into_par_iter()
            .map(|from| {
                let to = (from + TASK).min(parts);
                pool.with(|links| {
                    let mut rows = Rows::default();
                    for p in from..to {
                        let members = &members[offsets[p]..offsets[p + 1]];
                        links.gather(level, column, members, part, p as u32);
                        row(level, members, &mut links.found, &mut rows);
                    }
                    rows
                })
            })
            .collect()
    });
    let arcs: usize = rows.iter().map(|r| r.targets.len()).sum();
    let mut offsets = Vec::with_capacity(parts + 1);
    let mut at = 0u64;
    offsets.push(0);
    for &length in rows.iter().flat_map(|r| &r.lengths) {
        at += u64::from(length);
        offsets.push(at);
    }
    let mut targets = Vec::with_capacity(arcs);
    let (mut loops, mut strength, mut size) =
        (Vec::with_capacity(parts), Vec::with_capacity(parts), Vec::with_capacity(parts));
    for r in &rows {
        targets.extend_from_slice(&r.targets);
        loops.extend_from_slice(&r.loops);
        strength.extend_from_slice(&r.strength);
        size.extend_from_slice(&r.size);
    }
    // No weight exceeds all weights together.
    let weights = if level.doubled <= u64::from(u32::MAX) {
        let mut small = Vec::with_capacity(arcs);
        small.extend(rows.iter().flat_map(|r| r.weights.iter().map(|&w| w as u32)));
        Weights::Small(small)
    } else {
        let mut large = Vec::with_capacity(arcs);
        large.extend(rows.iter().flat_map(|r| r.weights.iter().copied()));
        Weights::Large(large)
    };
    Level {
        offsets: Cow::Owned(offsets),
        targets: Cow::Owned(targets),
        weights,
        loops,
        strength,
        size,
        doubled: level.doubled,
        scale: level.scale,
    }
}

/// Appends the row of one coarse node; `found[0]` is the weight of arcs within it, counted from both ends.
fn row(level: &Level<'_>, members: &[u32], found: &mut [(u32, u64)], rows: &mut Rows) {
    let sum = |values: &[u64]| members.iter().map(|&v| values[v as usize]).sum::<u64>();
    let Some(((_, within), others)) = found.split_first_mut() else { return };
    others.sort_unstable();
    rows.lengths.push(others.len() as u32);
    rows.targets.extend(others.iter().map(|&(target, _)| target));
    rows.weights.extend(others.iter().map(|&(_, weight)| weight));
    rows.loops.push(sum(&level.loops) + *within / 2);
    rows.strength.push(sum(&level.strength));
    rows.size.push(sum(&level.size));
}
