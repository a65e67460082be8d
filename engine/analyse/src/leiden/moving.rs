//! Moves nodes to better communities, batch by batch.

use crate::error::AnalyseError;
use crate::leiden::level::{Column, Level, with_column};
use crate::leiden::links::Pool;
use crate::leiden::refine::group;
use graph::stream::Stream;
use model::run::RunContext;
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// Batches in a round.
const BATCHES: usize = 64;
/// Rounds at most; rounds end long before unless a few nodes swap for ever.
const ROUNDS: usize = 60;
/// A batch of fewer arcs than this is scored by one thread.
const INLINE: usize = 4_000;
/// Nodes that one task scores.
const TASK: usize = 128;
/// Levels of more nodes than this are large: what follows saves time there and leaves the small ones alone.
const LARGE: usize = 1 << 16;
/// Batches of a large level after which a round in which next to nobody moved is over: they are a fair sample.
const SAMPLE: usize = 8;

/// A node that would do better elsewhere, as the partition stood before its batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proposal {
    pub(super) node: u32,
    pub(super) from: u32,
    /// `ALONE` for a community of its own.
    pub(super) to: u32,
    /// Weight from the node to the rest of `from`.
    pub(super) inside: u64,
    /// Weight from the node to `to`.
    pub(super) outside: u64,
}

/// A move that was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    pub(super) node: u32,
    pub(super) from: u32,
    pub(super) to: u32,
}

/// The target of a proposal to leave for an empty community.
pub(super) const ALONE: u32 = u32::MAX;

/// What an objective must say. It keeps the totals of communities; the labels are kept here.
pub(super) trait Scorer: Sync {
    /// The best move of a node, if any is better than to stay. `found[0]` is the node's own community.
    fn propose(&self, node: u32, found: &[(u32, u64)]) -> Option<Proposal>;

    /// Checks the gain against the totals as they are now and keeps the books; the new label if the node moves.
    fn apply(&mut self, proposal: &Proposal) -> Option<u32>;

    /// Numbers communities anew, dense from 0, and returns how many there are; `None` leaves them as they are.
    fn compact(&mut self, _label: &mut [u32]) -> Option<usize> {
        None
    }

    /// A batch is over: totals that drifted because neighbours moved together are set right.
    fn settle<W: Column + ?Sized>(
        &mut self,
        _level: &Level<'_>,
        _column: &W,
        _moved: &[Move],
        _label: &[u32],
    ) {
    }
}

/// Where and how a level is improved.
pub(super) struct Plan {
    /// Seed of the order in which nodes are taken.
    pub(super) seed: u64,
    /// The nodes that may want to move at first; empty for all.
    pub(super) awake: Vec<bool>,
    /// Rounds end once this share of the nodes or fewer moved.
    pub(super) rest: f64,
}

/// What improving a level did.
pub(super) struct Improved {
    /// Moves made.
    pub(super) moves: usize,
    /// The nodes that were still to be looked at.
    pub(super) restless: Vec<bool>,
}

/// Improves `label` until no node wants to move (in large graphs: until hardly any does).
pub(super) fn improve<S: Scorer>(
    level: &Level<'_>,
    label: &mut [u32],
    scorer: &mut S,
    plan: Plan,
    pool: &Pool,
    context: &RunContext<'_>,
) -> Result<Improved, AnalyseError> {
    let n = level.nodes();
    let active = if plan.awake.is_empty() { vec![true; n] } else { plan.awake };
    let active: Vec<AtomicBool> = active.into_iter().map(AtomicBool::new).collect();
    let moves = with_column!(level, column => rounds(level, column, label, scorer, &active, (plan.seed, plan.rest), pool, context))?;
    Ok(Improved { moves, restless: active.into_iter().map(AtomicBool::into_inner).collect() })
}

/// The order in which nodes are taken. Small levels are shuffled; in large ones a hash deals the nodes to 1024 hands, and
/// within a hand ascending numbers keep memory in order.
fn order_of(n: usize, seed: u64) -> Vec<u32> {
    let mut stream = Stream::of(seed, n as u64);
    if n < 1 << 16 {
        let mut order: Vec<u32> = (0..n as u32).collect();
        stream.shuffle(&mut order);
        return order;
    }
    let key = stream.draw();
    let hand: Vec<u32> =
        (0..n as u64).into_par_iter().map(|v| (Stream::new(key ^ v << 8).draw() >> 54) as u32).collect();
    group(&hand, 1024).1
}

#[allow(clippy::too_many_arguments, reason = "the loop's state, named; it exists for one caller")]
fn rounds<W: Column + ?Sized, S: Scorer>(
    level: &Level<'_>,
    column: &W,
    label: &mut [u32],
    scorer: &mut S,
    active: &[AtomicBool],
    (seed, rest): (u64, f64),
    pool: &Pool,
    context: &RunContext<'_>,
) -> Result<usize, AnalyseError> {
    let n = level.nodes();
    let mut all_moves = 0;
    let order = order_of(n, seed);
    let hardly_any = (n as f64 * rest) as usize;
    let arcs_per_node = level.targets.len() / n.max(1) + 1;
    let large = n > LARGE;
    for round in 0..ROUNDS {
        // Totals of few communities, side by side, stay in the near caches.
        let compacted = if large && round > 0 { scorer.compact(label) } else { None };
        let mut bound =
            compacted.unwrap_or_else(|| label.par_iter().max().map_or(0, |&most| most as usize + 1));
        let queue: Vec<u32> =
            order.par_iter().copied().filter(|&v| active[v as usize].load(Ordering::Relaxed)).collect();
        if queue.is_empty() {
            break;
        }
        let (mut moves, mut looked) = (0, 0);
        let mut stirred = false;
        for (number, batch) in queue.chunks(queue.len().div_ceil(BATCHES)).enumerate() {
            if large && number == SAMPLE && (moves as f64) < looked as f64 * rest / 2.0 {
                break;
            }
            if context.is_cancelled() {
                return Err(AnalyseError::Cancelled);
            }
            let inline = batch.len() * arcs_per_node < INLINE;
            let frozen: &[u32] = label;
            let score = |piece: &[u32]| -> Vec<Proposal> {
                let mut proposals = Vec::new();
                pool.with(|links| {
                    links.each(level, column, piece, (frozen, bound), |v, found| {
                        active[v as usize].store(false, Ordering::Relaxed);
                        proposals.extend(scorer.propose(v, found));
                    });
                });
                proposals
            };
            let proposals: Vec<Vec<Proposal>> =
                if inline { vec![score(batch)] } else { batch.par_chunks(TASK).map(score).collect() };
            let mut moved: Vec<Move> = Vec::new();
            for p in proposals.iter().flatten() {
                if let Some(to) = scorer.apply(p) {
                    label[p.node as usize] = to;
                    bound = bound.max(to as usize + 1);
                    moved.push(Move { node: p.node, from: p.from, to });
                }
            }
            let settled: &[u32] = label;
            let wake = |m: &Move| {
                for &target in &level.targets[level.row(m.node)] {
                    if settled[target as usize] != m.to {
                        active[target as usize].store(true, Ordering::Relaxed);
                    }
                }
            };
            looked += batch.len();
            // Where most nodes move, next to all are woken by some neighbour: all are, at the end of the round.
            if large && moved.len() * 2 > batch.len() {
                stirred = true;
            } else if inline {
                moved.iter().for_each(wake)
            } else {
                moved.par_iter().with_min_len(64).for_each(wake)
            }
            scorer.settle(level, column, &moved, settled);
            moves += moved.len();
        }
        if stirred {
            active.par_iter().for_each(|flag| flag.store(true, Ordering::Relaxed));
        }
        all_moves += moves;
        if moves <= hardly_any {
            break;
        }
    }
    Ok(all_moves)
}
