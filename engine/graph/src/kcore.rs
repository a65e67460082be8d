//! Who belongs to the tight core: the k-core, in parallel.

use crate::csr::WeightedGraph;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

#[cfg(test)]
mod tests;

/// Nodes that a thread peels before it asks for more.
const PIECE: usize = 512;

/// How deep in the core of the network does each node lie?
///
/// A node has core number k if it belongs to a group whose members all have k ties or more inside the group, and to none
/// with k + 1 (Seidman, "Network structure and minimum degree", 1983, doi:10.1016/0378-8733(83)90028-X). Peeled level by
/// level as in Kabir & Madduri, "Parallel k-core decomposition on multicore platforms", 2017,
/// doi:10.1109/IPDPSW.2017.151, with the nodes that are left listed anew whenever half are gone. Loops do not count.
///
/// # Returns      the core number of each node; 0 for one without ties
/// # Complexity   O(m + n + k n_k) for n_k nodes left at level k; 12 bytes a node
/// # Determinism  core numbers are unique, whatever the order of peeling
pub fn core_numbers(graph: &WeightedGraph) -> Vec<u32> {
    let nodes = graph.node_count() as u32;
    let ties = |node: u32| {
        let row = graph.neighbors(node);
        (row.len() - usize::from(row.binary_search(&node).is_ok())) as u32
    };
    let degree: Vec<AtomicU32> = (0..nodes).into_par_iter().map(|n| AtomicU32::new(ties(n))).collect();
    let of = |node: u32| degree[node as usize].load(Ordering::Relaxed);
    let mut left: Vec<u32> = (0..nodes).into_par_iter().filter(|&n| of(n) > 0).collect();
    let mut level = 0;
    let mut gone = 0;
    while gone < left.len() {
        // The next level that has anybody: empty ones are passed over.
        let least = left.par_iter().with_min_len(8192).map(|&n| of(n)).filter(|&d| d > level).min();
        let Some(least) = least else { break };
        level = least;
        let mut frontier: Vec<u32> =
            left.par_iter().with_min_len(8192).copied().filter(|&n| of(n) == level).collect();
        while !frontier.is_empty() {
            gone += frontier.len();
            frontier = peel(graph, &degree, &frontier, level);
        }
        if gone * 2 > left.len() {
            left = left.into_par_iter().with_min_len(8192).filter(|&n| of(n) > level).collect();
            gone = 0;
        }
    }
    degree.into_par_iter().map(AtomicU32::into_inner).collect()
}

/// Takes the nodes of a level away; returns those that fall to the level with them.
///
/// A node's count never falls below the level at which it is taken: whoever takes it lower puts it back.
fn peel(graph: &WeightedGraph, degree: &[AtomicU32], frontier: &[u32], level: u32) -> Vec<u32> {
    let take = |piece: &[u32]| {
        let mut fallen = Vec::new();
        for &node in piece {
            for &other in graph.neighbors(node) {
                let slot = &degree[other as usize];
                if slot.load(Ordering::Relaxed) > level && other != node {
                    let before = slot.fetch_sub(1, Ordering::Relaxed);
                    if before == level + 1 {
                        fallen.push(other);
                    } else if before <= level {
                        slot.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        }
        fallen
    };
    if frontier.len() <= PIECE {
        return take(frontier);
    }
    let pieces: Vec<Vec<u32>> = frontier.par_chunks(PIECE).map(take).collect();
    pieces.concat()
}
