//! Tests of `meet`: lengths against petgraph and against a naive search that avoids hubs.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Steps from `a` to `b` where no inner node has more than `hub` neighbours.
fn naive(graph: &WeightedGraph, a: u32, b: u32, hub: usize, least: f32) -> Option<u32> {
    let mut steps = BTreeMap::from([(a, 0u32)]);
    let mut queue = std::collections::VecDeque::from([a]);
    while let Some(node) = queue.pop_front() {
        if node == b {
            return steps.get(&b).copied();
        }
        if node != a && graph.degree(node) > hub {
            continue;
        }
        for arc in graph.row(node) {
            let near = graph.targets()[arc];
            if graph.weight_at(arc) >= least && !steps.contains_key(&near) {
                steps.insert(near, steps[&node] + 1);
                queue.push_back(near);
            }
        }
    }
    None
}

proptest! {
    #[test]
    fn chains_are_shortest_and_real(
        pairs in proptest::collection::vec((0u32..30, 0u32..30), 0..70),
        asked in proptest::collection::vec((0u32..32, 0u32..32), 1..6),
        hub in prop_oneof![Just(usize::MAX), 1usize..8], least in 0u8..3, most in prop_oneof![Just(u32::MAX), 0u32..5],
    ) {
        let edges: Vec<(u32, u32, f32)> =
            pairs.iter().enumerate().map(|(i, &(u, v))| (u, v, (1 + i % 3) as f32)).collect();
        let graph = WeightedGraph::from_edges(30, &edges).unwrap();
        let config = MeetConfig { hub_degree: hub, least_weight: f32::from(least), max_hops: most, ..MeetConfig::default() };
        let mut search = MeetSearch::new(&graph);
        for (a, b) in asked {
            let expected = if a < 30 && b < 30 { naive(&graph, a, b, hub, f32::from(least)) } else { None };
            match search.chain(a, b, &config) {
                Meeting::Chain(nodes) => {
                    prop_assert_eq!(Some(nodes.len() as u32 - 1), expected);
                    prop_assert_eq!((nodes[0], nodes[nodes.len() - 1]), (a, b));
                    for pair in nodes.windows(2) {
                        prop_assert!(graph.weight_between(pair[0], pair[1]) >= f32::from(least).max(1.0));
                    }
                    for inner in nodes.get(1..nodes.len() - 1).unwrap_or_default() {
                        prop_assert!(graph.degree(*inner) <= hub);
                    }
                }
                Meeting::Apart => prop_assert!(expected.is_none_or(|steps| steps > most)),
                Meeting::Cut { .. } => prop_assert!(false, "no limit was set"),
            }
        }
    }

    #[test]
    fn lengths_are_those_of_petgraph(pairs in proptest::collection::vec((0u32..30, 0u32..30), 0..60)) {
        let graph = WeightedGraph::from_pairs(30, &pairs).unwrap();
        let theirs = petgraph::algo::dijkstra(&graph, 0u32, None, |_| 1u32);
        let mut search = MeetSearch::new(&graph);
        for b in 0..30 {
            let ours = match search.chain(0, b, &MeetConfig::default()) {
                Meeting::Chain(nodes) => Some(nodes.len() as u32 - 1),
                _ => None,
            };
            prop_assert_eq!(ours, theirs.get(&b).copied());
        }
    }
}

#[test]
fn work_is_bounded_and_the_cut_says_what_is_ruled_out() {
    let pairs: Vec<(u32, u32)> = (0..50).map(|n| (n, n + 1)).collect();
    let graph = WeightedGraph::from_pairs(51, &pairs).unwrap();
    let mut search = MeetSearch::new(&graph);
    let config = MeetConfig { work_limit: 10, ..MeetConfig::default() };
    assert!(
        matches!(search.chain(0, 50, &config), Meeting::Cut { ruled_out } if (4..50).contains(&ruled_out))
    );
    assert!(matches!(search.chain(0, 50, &MeetConfig::default()), Meeting::Chain(c) if c.len() == 51));
}
