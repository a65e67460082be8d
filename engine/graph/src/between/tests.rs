//! Tests of `between`: against exact shares by enumeration, within the bound that is stated.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::prelude::*;

/// Exact shares: for every ordered pair, the share of its shortest chains through each node.
fn exact(graph: &WeightedGraph) -> Vec<f64> {
    let n = graph.node_count();
    let mut distance = vec![vec![u32::MAX; n]; n];
    let mut chains = vec![vec![0.0f64; n]; n];
    for s in 0..n {
        (distance[s][s], chains[s][s]) = (0, 1.0);
        let mut queue = std::collections::VecDeque::from([s]);
        while let Some(at) = queue.pop_front() {
            for &near in graph.neighbors(at as u32) {
                let near = near as usize;
                if distance[s][near] == u32::MAX {
                    distance[s][near] = distance[s][at] + 1;
                    queue.push_back(near);
                }
                if distance[s][near] == distance[s][at] + 1 {
                    chains[s][near] += chains[s][at];
                }
            }
        }
    }
    let pairs = (n * (n - 1)) as f64;
    (0..n)
        .map(|v| {
            let mut sum = 0.0;
            for s in (0..n).filter(|&s| s != v) {
                for t in (0..n).filter(|&t| t != v && t != s && distance[s][t] != u32::MAX) {
                    if distance[s][v] != u32::MAX
                        && distance[v][t] != u32::MAX
                        && distance[s][v] + distance[v][t] == distance[s][t]
                    {
                        sum += chains[s][v] * chains[v][t] / chains[s][t];
                    }
                }
            }
            sum / pairs
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn shares_are_within_the_stated_error(
        pairs in proptest::collection::vec((0u32..14, 0u32..14), 0..45), seed: u64,
    ) {
        let graph = WeightedGraph::from_pairs(14, &pairs).unwrap();
        // A risk of one in a million, so that 64 cases do not fail by chance.
        let config = BetweenConfig { error: 0.05, risk: 1e-6, seed: Seed(seed), ..BetweenConfig::default() };
        let found = betweenness(&graph, &config);
        prop_assert!(found.error <= 0.05 + 1e-12);
        for (ours, theirs) in found.share.iter().zip(exact(&graph)) {
            prop_assert!((ours - theirs).abs() <= found.error, "{} {}", ours, theirs);
        }
    }

    #[test]
    fn no_shortest_chain_has_more_nodes_than_the_bound(
        pairs in proptest::collection::vec((0u32..20, 0u32..20), 0..30),
    ) {
        let graph = WeightedGraph::from_pairs(20, &pairs).unwrap();
        let steps = petgraph::algo::floyd_warshall(&graph, |_| 1u32).unwrap();
        let longest = steps.values().filter(|&&s| s < u32::MAX).max().unwrap();
        prop_assert!(*longest < longest_chain(&graph));
    }
}

#[test]
fn chains_are_bounded_and_the_error_that_holds_is_told() {
    let pairs: Vec<(u32, u32)> = (0..99).map(|n| (n, n + 1)).collect();
    let graph = WeightedGraph::from_pairs(100, &pairs).unwrap();
    let run = |threads: usize, chains: u32| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| betweenness(&graph, &BetweenConfig { chains, ..BetweenConfig::default() }))
    };
    let (few, many) = (run(2, 1000), run(2, 1_000_000));
    assert_eq!(few.chains, 1000);
    assert!(few.error > 0.01 && many.error <= 0.01);
    assert!(many.share[50] > 0.45 && many.share[0] < 1e-9);
    assert_eq!(run(1, 5000), run(8, 5000));
}
