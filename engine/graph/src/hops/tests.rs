//! Tests of `hops`: a naive search by sets, and the cuts.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

proptest! {
    #[test]
    fn hops_are_those_of_a_naive_search(
        pairs in proptest::collection::vec((0u32..40, 0u32..40), 0..120),
        hops in 0u32..5, hub in 0usize..12, least in 0u8..4, starts in proptest::collection::vec(0u32..44, 1..4),
    ) {
        let edges: Vec<(u32, u32, f32)> =
            pairs.iter().enumerate().map(|(i, &(u, v))| (u, v, (1 + i % 4) as f32)).collect();
        let graph = WeightedGraph::from_edges(40, &edges).unwrap();
        let config = HopConfig { hops, hub_degree: hub, least_weight: f32::from(least), ..HopConfig::default() };
        let mut search = HopSearch::new(&graph);
        // Several questions to one table: nothing of one may stay for the next.
        for start in starts {
            let reached = search.around(start, &config);
            if start >= 40 {
                prop_assert!(reached.nodes.is_empty());
                continue;
            }
            let mut all = BTreeSet::from([start]);
            let mut level = all.clone();
            let mut folded = BTreeSet::new();
            for hop in 0..=hops {
                let begin = if hop == 0 { 0 } else { reached.ends.get(hop as usize - 1).copied().unwrap_or(reached.nodes.len()) };
                let end = reached.ends.get(hop as usize).copied().unwrap_or(reached.nodes.len());
                let ours: BTreeSet<u32> = reached.nodes[begin..end].iter().copied().collect();
                prop_assert_eq!(&ours, &level, "hop {}", hop);
                prop_assert_eq!(ours.len(), end - begin, "nobody twice");
                let mut next = BTreeSet::new();
                for &node in &level {
                    if graph.degree(node) > hub && node != start {
                        if hop < hops { folded.insert(node); }
                        continue;
                    }
                    for arc in graph.row(node) {
                        let other = graph.targets()[arc];
                        if graph.weight_at(arc) >= f32::from(least) && !all.contains(&other) { next.insert(other); }
                    }
                }
                all.extend(&next);
                level = next;
            }
            prop_assert_eq!(reached.folded.iter().copied().collect::<BTreeSet<_>>(), folded);
            prop_assert_eq!(reached.cut, None);
        }
    }
}

#[test]
fn a_search_that_costs_too_much_says_where_it_stopped() {
    let pairs: Vec<(u32, u32)> = (1..100).map(|n| (0, n)).chain((1..99).map(|n| (n, n + 1))).collect();
    let graph = WeightedGraph::from_pairs(100, &pairs).unwrap();
    let mut search = HopSearch::new(&graph);
    let config = HopConfig { work_limit: 102, ..HopConfig::default() };
    let reached = search.around(0, &config);
    assert_eq!(reached.nodes.len(), 100);
    assert_eq!(reached.cut, Some(WorkCut { hop: 2, unexpanded: 98 }));
    assert_eq!(search.around(0, &HopConfig::default()).cut, None);
}
