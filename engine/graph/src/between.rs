//! Who stands between others: betweenness by sampled shortest chains, with its error bound.

use crate::csr::WeightedGraph;
use crate::logarithm::{ln, log2};
use model::ids::Seed;
use rayon::prelude::*;

mod sample;

#[cfg(test)]
mod tests;

/// How sure the answer shall be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BetweenConfig {
    /// No node's share is off by more than this, 0..1.
    pub error: f64,
    /// The chance that some node's is.
    pub risk: f64,
    /// Chains drawn at most; where this is fewer than the bound needs, the error that holds is told.
    pub chains: u32,
    /// Which chains are drawn.
    pub seed: Seed,
}

impl Default for BetweenConfig {
    fn default() -> Self {
        Self { error: 0.01, risk: 0.1, chains: 200_000, seed: Seed::default() }
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Between {
    /// Share of all ordered pairs of other nodes whose shortest chains pass through each node.
    pub share: Vec<f64>,
    /// Chains drawn.
    pub chains: u32,
    /// With the chance `1 - risk` no share is off by more than this.
    pub error: f64,
    /// At most so many nodes stand on any shortest chain.
    pub diameter_bound: u32,
}

/// Chains that one thread draws in one go.
const PIECE: u32 = 256;

/// Who stands between others?
///
/// Riondato & Kornaropoulos, "Fast approximation of betweenness centrality through sampling", 2016,
/// doi:10.1007/s10618-015-0423-0, Algorithm 1: `r = 0.5 / error^2 (floor(log2(VD - 2)) + 1 + ln(1 / risk))` pairs of
/// nodes are drawn, of each pair one shortest chain, each equally likely; a node's share is that of the chains it stands
/// inside. `VD`, the most nodes on a shortest chain, is bounded by two searches from one node of each part. Chains are
/// drawn by searches from both ends, as in Borassi & Natale, "KADABRA is an adaptive algorithm for betweenness via random
/// sampling", 2019, doi:10.1145/3284359. All ties count alike: a chain's length is its number of steps.
///
/// # Complexity   O(n + m) for the bound; a chain costs the rows that two searches meeting in the middle look at
/// # Determinism  each chain has its own generator, made of the seed and its number; counts are whole numbers
pub fn betweenness(graph: &WeightedGraph, config: &BetweenConfig) -> Between {
    let nodes = graph.node_count();
    let diameter_bound = longest_chain(graph);
    let term = if diameter_bound > 2 { log2(f64::from(diameter_bound - 2)).floor() + 1.0 } else { 1.0 }
        + ln(1.0 / config.risk);
    let needed = (0.5 / (config.error * config.error) * term).ceil();
    let chains = if needed < f64::from(config.chains) { needed as u32 } else { config.chains };
    let error = (0.5 * term / f64::from(chains.max(1))).sqrt();
    let mut share = vec![0.0; nodes];
    if nodes >= 3 && chains > 0 {
        let pieces = chains.div_ceil(PIECE);
        let drawn: Vec<Vec<u32>> = (0..pieces)
            .into_par_iter()
            .map_init(
                || sample::Sampler::new(graph),
                |sampler, piece| {
                    let mut inner = Vec::new();
                    for chain in piece * PIECE..chains.min((piece + 1) * PIECE) {
                        sampler.draw(config.seed, u64::from(chain), &mut inner);
                    }
                    inner
                },
            )
            .collect();
        let mut count = vec![0u32; nodes];
        for &node in drawn.iter().flatten() {
            count[node as usize] += 1;
        }
        for (share, count) in share.iter_mut().zip(count) {
            *share = f64::from(count) / f64::from(chains);
        }
    }
    Between { share, chains, error, diameter_bound }
}

/// At most so many nodes stand on any shortest chain: from the first node of each part, the two largest distances and
/// the node itself.
fn longest_chain(graph: &WeightedGraph) -> u32 {
    let nodes = graph.node_count();
    let mut seen = crate::nodeset::NodeSet::new(nodes);
    let mut longest = 0;
    let mut level: Vec<u32> = Vec::new();
    let mut next: Vec<u32> = Vec::new();
    for start in 0..nodes as u32 {
        if !seen.insert(start) {
            continue;
        }
        level.clear();
        level.push(start);
        let (mut depth, mut widths) = (0u32, [1usize, 0]);
        while !level.is_empty() {
            next.clear();
            for &node in &level {
                for &other in graph.neighbors(node) {
                    if seen.insert(other) {
                        next.push(other);
                    }
                }
            }
            if !next.is_empty() {
                depth += 1;
                widths = [widths[0].max(1), next.len()];
            }
            std::mem::swap(&mut level, &mut next);
        }
        // A chain from one node of the last level to another goes at most up to the start and down again; with only one
        // node there, its other end is a level higher.
        let across = if depth == 0 {
            0
        } else if widths[1] > 1 {
            2 * depth
        } else {
            2 * depth - 1
        };
        longest = longest.max(across + 1);
    }
    longest
}
