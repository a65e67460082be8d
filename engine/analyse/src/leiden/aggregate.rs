//! Makes one node of each part: the next, coarser level.

use crate::leiden::level::{Level, Tiny, Weights, with_column};
use crate::leiden::links::Pool;
use crate::leiden::refine::group;
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;

/// Arcs of the finer level that one task reads, but for a larger coarse node.
const TASK: usize = 1 << 14;
/// Coarse nodes that one task makes at most.
const TASK_NODES: usize = 512;
/// Arcs of the finer level whose rows wait to be appended at once, at most: bounds the memory beside the level itself.
const WAVE: usize = 1 << 19;

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
        weights: Weights::Tiny(Tiny::with_capacity(arcs)),
        loops: Vec::with_capacity(parts),
        strength: Vec::with_capacity(parts),
        size: Vec::new(),
        doubled: level.doubled,
        scale: level.scale,
    };
    next.offsets.to_mut().push(0);
    let make = |tasks: &[Range<usize>]| -> Vec<Rows> {
        with_column!(level, column => tasks
            .par_iter()
            .with_max_len(1)
            .map(|task| pool.with(|links| {
                let mut rows = Rows::default();
                let of = (members.as_slice(), &bounds[task.start..=task.end], task.start);
                links.groups(level, column, of, (part, parts), |members, found| rows.push(level, members, found));
                rows
            }))
            .collect())
    };
    let waves = waves(level, &members, &bounds);
    let mut waiting = Vec::new();
    for wave in &waves {
        // One thread appends while the others make the next rows.
        waiting = rayon::join(|| append(&mut next, waiting), || make(wave)).1;
    }
    append(&mut next, waiting);
    let Cow::Owned(targets) = &mut next.targets else { return next };
    targets.shrink_to_fit();
    match &mut next.weights {
        Weights::Tiny(weights) => weights.shrink_to_fit(),
        Weights::Small(weights) => weights.shrink_to_fit(),
        Weights::Large(weights) => weights.shrink_to_fit(),
        Weights::Unit | Weights::Scaled(_) => {}
    }
    if next.loops.iter().all(|&l| l == 0) {
        next.loops = Vec::new();
    }
    next
}

/// Groups cut into tasks of about as many arcs, and tasks into waves.
fn waves(level: &Level<'_>, members: &[u32], bounds: &[usize]) -> Vec<Vec<Range<usize>>> {
    let mut waves: Vec<Vec<Range<usize>>> = Vec::new();
    // A small share of a small level, so that what waits is never as large as the level.
    let most = (level.targets.len() / 16).clamp(2 * TASK, WAVE);
    let (mut from, mut task, mut wave) = (0, 0, most);
    let groups = bounds.len() - 1;
    for p in 0..groups {
        task += members[bounds[p]..bounds[p + 1]].iter().map(|&v| level.row(v).len()).sum::<usize>();
        if task < TASK && p + 1 - from < TASK_NODES && p + 1 < groups {
            continue;
        }
        if wave >= most {
            waves.push(Vec::new());
            wave = 0;
        }
        waves.last_mut().into_iter().for_each(|w| w.push(from..p + 1));
        wave += task;
        (from, task) = (p + 1, 0);
    }
    waves
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

fn append(next: &mut Level<'static>, waiting: Vec<Rows>) {
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
        if let Weights::Tiny(tiny) = &mut next.weights {
            rows.weights.iter().for_each(|&w| tiny.push(w));
            if tiny.is_strained() {
                let mut wide = Vec::with_capacity(tiny.capacity());
                if tiny.iter().all(|w| w <= u64::from(u32::MAX)) {
                    wide.extend(tiny.iter().map(|w| w as u32));
                    next.weights = Weights::Small(wide);
                } else {
                    let mut large = Vec::with_capacity(tiny.capacity());
                    large.extend(tiny.iter());
                    next.weights = Weights::Large(large);
                }
            }
            continue;
        }
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
