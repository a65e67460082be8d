//! Moves nodes to better communities, batch by batch.

use crate::error::AnalyseError;
use crate::leiden::Stream;
use crate::leiden::level::{Column, Level, with_column};
use crate::leiden::links::{Links, Pool};
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
const TASK: usize = 256;

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

/// The target of a proposal to leave for an empty community.
pub(super) const ALONE: u32 = u32::MAX;

/// What an objective must say. It keeps the totals of communities; the labels are kept here.
pub(super) trait Scorer: Sync {
    /// A round begins: totals that drift may be counted anew.
    fn begin_round(&mut self, level: &Level<'_>, label: &[u32]);

    /// The best move of a node, if any is better than to stay. `found[0]` is the node's own community.
    fn propose(&self, node: u32, found: &[(u32, u64)]) -> Option<Proposal>;

    /// Checks the gain against the totals as they are now and keeps the books; the new label if the node moves.
    fn apply(&mut self, proposal: &Proposal) -> Option<u32>;
}

/// Improves `label` until no node wants to move (in large graphs: until hardly any does).
pub(super) fn improve<S: Scorer>(
    level: &Level<'_>,
    label: &mut [u32],
    scorer: &mut S,
    seed: u64,
    pool: &Pool,
    context: &RunContext<'_>,
) -> Result<(), AnalyseError> {
    with_column!(level, column => improve_with(level, column, label, scorer, seed, pool, context))
}

fn improve_with<W: Column + ?Sized, S: Scorer>(
    level: &Level<'_>,
    column: &W,
    label: &mut [u32],
    scorer: &mut S,
    seed: u64,
    pool: &Pool,
    context: &RunContext<'_>,
) -> Result<(), AnalyseError> {
    let n = level.nodes();
    let mut order: Vec<u32> = (0..n as u32).collect();
    Stream::of(seed, n as u64).shuffle(&mut order);
    let active: Vec<AtomicBool> = (0..n).map(|_| AtomicBool::new(true)).collect();
    let hardly_any = if n > 20_000 { n / 2_000 } else { 0 };
    let arcs_per_node = level.targets.len() / n.max(1) + 1;
    for _ in 0..ROUNDS {
        let queue: Vec<u32> =
            order.par_iter().copied().filter(|&v| active[v as usize].load(Ordering::Relaxed)).collect();
        if queue.is_empty() {
            break;
        }
        scorer.begin_round(level, label);
        let mut moves = 0;
        for batch in queue.chunks(queue.len().div_ceil(BATCHES)) {
            if context.is_cancelled() {
                return Err(AnalyseError::Cancelled);
            }
            let inline = batch.len() * arcs_per_node < INLINE;
            let frozen: &[u32] = label;
            let score = |piece: &[u32]| -> Vec<Proposal> {
                pool.with(|links| score_piece(level, column, frozen, &*scorer, &active, piece, links))
            };
            let proposals: Vec<Vec<Proposal>> =
                if inline { vec![score(batch)] } else { batch.par_chunks(TASK).map(score).collect() };
            let mut moved: Vec<(u32, u32)> = Vec::new();
            for proposal in proposals.iter().flatten() {
                if let Some(to) = scorer.apply(proposal) {
                    label[proposal.node as usize] = to;
                    moved.push((proposal.node, to));
                }
            }
            let settled: &[u32] = label;
            let wake = |&(v, to): &(u32, u32)| {
                for &target in &level.targets[level.row(v)] {
                    if settled[target as usize] != to {
                        active[target as usize].store(true, Ordering::Relaxed);
                    }
                }
            };
            if inline {
                moved.iter().for_each(wake)
            } else {
                moved.par_iter().with_min_len(64).for_each(wake)
            }
            moves += moved.len();
        }
        if moves <= hardly_any {
            break;
        }
    }
    Ok(())
}

fn score_piece<W: Column + ?Sized, S: Scorer>(
    level: &Level<'_>,
    column: &W,
    label: &[u32],
    scorer: &S,
    active: &[AtomicBool],
    piece: &[u32],
    links: &mut Links,
) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    for &v in piece {
        active[v as usize].store(false, Ordering::Relaxed);
        links.gather(level, column, &[v], label, label[v as usize]);
        proposals.extend(scorer.propose(v, &links.found));
    }
    proposals
}
