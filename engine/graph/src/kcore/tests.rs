//! Tests of `kcore`: against peeling one node at a time, and a known graph.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Takes the node of fewest ties away, again and again (Matula & Beck 1983).
fn naive(graph: &WeightedGraph) -> Vec<u32> {
    let mut left: BTreeSet<u32> = (0..graph.node_count() as u32).collect();
    let mut core = vec![0; graph.node_count()];
    let mut level = 0;
    while !left.is_empty() {
        let ties =
            |n: u32| graph.neighbors(n).iter().filter(|&&o| o != n && left.contains(&o)).count() as u32;
        let (count, node) = left.iter().map(|&n| (ties(n), n)).min().unwrap();
        level = level.max(count);
        core[node as usize] = level;
        left.remove(&node);
    }
    core
}

proptest! {
    #[test]
    fn numbers_are_those_of_peeling_one_by_one(
        pairs in proptest::collection::vec((0u32..40, 0u32..40), 0..300), dense in 0u32..12,
    ) {
        let mut pairs = pairs;
        pairs.extend((0..dense).flat_map(|a| (0..a).map(move |b| (a, b))));
        let graph = WeightedGraph::from_pairs(40, &pairs).unwrap();
        prop_assert_eq!(core_numbers(&graph), naive(&graph));
    }
}

#[test]
fn a_clique_with_a_tail_at_any_number_of_threads() {
    // 1,500 tails on the nodes of a clique of 60, so that levels are peeled in several pieces.
    let mut pairs: Vec<(u32, u32)> = (0..60u32).flat_map(|a| (0..a).map(move |b| (a, b))).collect();
    pairs.extend((60..1560).map(|n| (n, n % 60)));
    let graph = WeightedGraph::from_pairs(1561, &pairs).unwrap();
    let expected: Vec<u32> = (0..1561).map(|n| if n < 60 { 59 } else { u32::from(n < 1560) }).collect();
    for threads in [1, 2, 4, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| core_numbers(&graph)), expected);
    }
}
