//! Who is reached by those who are reached: PageRank.

use crate::csr::WeightedGraph;
use rayon::prelude::*;

#[cfg(test)]
mod tests;

/// How the walk goes and when it has gone far enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankConfig {
    /// Chance of following a tie instead of starting anew, 0..1.
    pub damping: f64,
    /// Stop when the sum of squared changes of one round is below the square of this.
    pub tolerance: f64,
    /// Rounds at most.
    pub rounds: u32,
}

impl Default for RankConfig {
    fn default() -> Self {
        Self { damping: 0.85, tolerance: 1e-8, rounds: 200 }
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranks {
    /// Share of a long walk that is spent at each node; they add up to 1.
    pub rank: Vec<f64>,
    /// Rounds taken.
    pub rounds: u32,
    /// Whether the tolerance was met within the rounds allowed.
    pub settled: bool,
}

/// Nodes whose sums are taken by one thread in one go; fixed, so that no sum depends on the number of threads.
const BLOCK: usize = 8192;

/// Who is reached by those who are reached?
///
/// PageRank, Page, Brin, Motwani & Winograd, "The PageRank citation ranking", 1999, by power iteration, each node
/// drawing from its neighbours. It begins at the share that each node's ties have of all, which is the answer for a
/// damping of 1 on an undirected graph, so that fewer rounds are needed than from equal shares. What nodes without ties
/// hold is spread evenly.
///
/// # Complexity   O(m) a round; 24 bytes a node
/// # Determinism  sums are taken in the order of rows and of fixed blocks
pub fn pagerank(graph: &WeightedGraph, config: &RankConfig) -> Ranks {
    let nodes = graph.node_count();
    if nodes == 0 {
        return Ranks { rank: Vec::new(), rounds: 0, settled: true };
    }
    let even = 1.0 / nodes as f64;
    let strength: Vec<f64> =
        (0..nodes as u32).into_par_iter().with_min_len(BLOCK).map(|n| row_weight(graph, n)).collect();
    let total = block_sum(&strength, |s| s);
    let mut rank: Vec<f64> = if total > 0.0 {
        let start = |s: &f64| config.damping * s / total + (1.0 - config.damping) * even;
        strength.par_iter().with_min_len(BLOCK).map(start).collect()
    } else {
        vec![even; nodes]
    };
    let share: Vec<f64> = strength.into_iter().map(|s| if s > 0.0 { 1.0 / s } else { 0.0 }).collect();
    let mut given = vec![0.0; nodes];
    let held: f64 = block_sum(&rank, |r| r);
    rank.iter_mut().for_each(|r| *r /= held);
    for round in 1..=config.rounds {
        let stuck = give(&rank, &share, &mut given);
        let base = (1.0 - config.damping) * even + config.damping * stuck * even;
        let moved: Vec<f64> = rank
            .par_chunks_mut(BLOCK)
            .enumerate()
            .map(|(block, ranks)| draw(graph, (block * BLOCK) as u32, ranks, &given, base, config.damping))
            .collect();
        if moved.iter().sum::<f64>() < config.tolerance * config.tolerance {
            return Ranks { rank, rounds: round, settled: true };
        }
    }
    Ranks { rank, rounds: config.rounds, settled: false }
}

fn row_weight(graph: &WeightedGraph, node: u32) -> f64 {
    match graph.weights() {
        None => graph.degree(node) as f64,
        Some(weights) => weights[graph.row(node)].iter().map(|&w| f64::from(w)).sum(),
    }
}

fn block_sum(values: &[f64], of: impl Fn(f64) -> f64 + Sync) -> f64 {
    let sums: Vec<f64> = values.par_chunks(BLOCK).map(|c| c.iter().map(|&v| of(v)).sum()).collect();
    sums.iter().sum()
}

/// What each node gives along one unit of weight; returns what nodes without ties hold.
fn give(rank: &[f64], share: &[f64], given: &mut [f64]) -> f64 {
    let stuck: Vec<f64> = given
        .par_chunks_mut(BLOCK)
        .zip(rank.par_chunks(BLOCK).zip(share.par_chunks(BLOCK)))
        .map(|(given, (rank, share))| {
            let mut stuck = 0.0;
            for ((g, r), s) in given.iter_mut().zip(rank).zip(share) {
                *g = r * s;
                if *s <= 0.0 {
                    stuck += r;
                }
            }
            stuck
        })
        .collect();
    stuck.iter().sum()
}

/// Draws the new ranks of one block; returns the sum of squared changes.
fn draw(graph: &WeightedGraph, first: u32, ranks: &mut [f64], given: &[f64], base: f64, damping: f64) -> f64 {
    let mut moved = 0.0;
    for (node, rank) in (first..).zip(ranks.iter_mut()) {
        let row = graph.row(node);
        let drawn: f64 = match graph.weights() {
            None => four_sums(&graph.targets()[row], given),
            Some(weights) => graph.targets()[row.clone()]
                .iter()
                .zip(&weights[row])
                .map(|(&t, &w)| given[t as usize] * f64::from(w))
                .sum(),
        };
        let new = base + damping * drawn;
        moved += (new - *rank) * (new - *rank);
        *rank = new;
    }
    moved
}

/// Four sums side by side, so that one addition need not wait for the last.
fn four_sums(row: &[u32], given: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (fours, rest) = row.as_chunks::<4>();
    for four in fours {
        for (sum, &target) in sums.iter_mut().zip(four) {
            *sum += given[target as usize];
        }
    }
    let tail: f64 = rest.iter().map(|&t| given[t as usize]).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + tail
}
