//! Which parts of the network have no tie to each other at all: connected components, in parallel.

use crate::csr::WeightedGraph;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

#[cfg(test)]
mod tests;

/// The parts of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Components {
    /// The part of each node, dense in order of first node.
    pub label: Vec<u32>,
    /// Nodes of each part.
    pub sizes: Vec<u32>,
}

/// Entries of each row that are joined before the largest part is known.
const FIRST: usize = 2;
/// Nodes looked at to guess the largest part.
const SAMPLE: usize = 1024;

/// Which parts have no tie to each other?
///
/// Afforest, Sutton, Ben-Nun & Barak, "Optimizing parallel graph connectivity computation via subgraph sampling", 2018,
/// doi:10.1109/IPDPS.2018.00012: two entries of each row are joined first; then nodes of what is already the largest
/// part are passed over, since each of their other edges stands in the other end's row too.
///
/// # Complexity   O(n + m) work nearly always; 8 bytes a node
/// # Determinism  the larger root is always hung on the smaller, so each part ends at its smallest node
pub fn components(graph: &WeightedGraph) -> Components {
    let nodes = graph.node_count();
    let parent: Vec<AtomicU32> = (0..nodes as u32).into_par_iter().map(AtomicU32::new).collect();
    for turn in 0..FIRST {
        (0..nodes as u32).into_par_iter().with_min_len(4096).for_each(|node| {
            if let Some(&other) = graph.neighbors(node).get(turn) {
                join(&parent, node, other);
            }
        });
        flatten(&parent);
    }
    let largest = most_common(&parent);
    (0..nodes as u32).into_par_iter().with_min_len(1024).for_each(|node| {
        if parent[node as usize].load(Ordering::Relaxed) == largest {
            return;
        }
        for &other in graph.neighbors(node).get(FIRST..).unwrap_or_default() {
            join(&parent, node, other);
        }
    });
    flatten(&parent);
    number(&parent)
}

/// Joins the parts of two nodes: the larger root is hung on the smaller.
fn join(parent: &[AtomicU32], a: u32, b: u32) {
    let at = |node: u32| parent[node as usize].load(Ordering::Relaxed);
    let (mut a, mut b) = (at(a), at(b));
    while a != b {
        let (high, low) = (a.max(b), a.min(b));
        let above = at(high);
        if above == low {
            return;
        }
        if above == high
            && parent[high as usize].compare_exchange(high, low, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            return;
        }
        a = at(at(high));
        b = at(low);
    }
}

fn flatten(parent: &[AtomicU32]) {
    parent.par_iter().with_min_len(4096).for_each(|slot| {
        let mut root = slot.load(Ordering::Relaxed);
        loop {
            let above = parent[root as usize].load(Ordering::Relaxed);
            if above == root {
                break;
            }
            root = above;
        }
        slot.store(root, Ordering::Relaxed);
    });
}

/// The commonest root among nodes at even distances; a poor guess costs time, never correctness.
fn most_common(parent: &[AtomicU32]) -> u32 {
    let stride = (parent.len() / SAMPLE).max(1);
    let mut roots: Vec<u32> =
        parent.iter().step_by(stride).map(|slot| slot.load(Ordering::Relaxed)).collect();
    roots.sort_unstable();
    let longest = roots.chunk_by(|a, b| a == b).max_by_key(|run| run.len());
    longest.and_then(|run| run.first().copied()).unwrap_or(u32::MAX)
}

fn number(parent: &[AtomicU32]) -> Components {
    let mut label = vec![0u32; parent.len()];
    let mut sizes: Vec<u32> = Vec::new();
    for node in 0..parent.len() {
        // A root is the smallest node of its part, so it has its number before any other asks for it.
        let root = parent[node].load(Ordering::Relaxed) as usize;
        if root == node {
            label[node] = sizes.len() as u32;
            sizes.push(0);
        } else {
            label[node] = label[root];
        }
        sizes[label[node] as usize] += 1;
    }
    Components { label, sizes }
}
