//! Tests of `path`: known answers, naive models and hostile input.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::layer::Layer;
use crate::layered::{EdgeInput, LayeredGraphBuilder};
use proptest::prelude::*;

fn graph(nodes: usize, edges: &[(u32, u32)]) -> LayeredGraph {
    let mut builder = LayeredGraphBuilder::new(nodes);
    for (i, &(source, target)) in edges.iter().enumerate() {
        builder
            .add(EdgeInput {
                source,
                target,
                layer: Layer::ALL[i % 2],
                first_us: None,
                last_us: None,
                count: 1,
                total: 0,
                currency: None,
                evidence: &[],
            })
            .unwrap();
    }
    builder.build().unwrap()
}

/// Every simple path, by brute force, ordered as the documentation says.
fn all_paths(graph: &LayeredGraph, a: u32, b: u32, config: &PathConfig) -> Vec<Route> {
    fn go(graph: &LayeredGraph, b: u32, config: &PathConfig, path: &mut Vec<u32>, out: &mut Vec<Route>) {
        let at = path[path.len() - 1];
        if at == b {
            out.push(Route::of(graph, path.clone()));
            return;
        }
        if path.len() > 1 && config.avoid.contains(&at) {
            return;
        }
        let mut near: Vec<u32> =
            graph.neighbors(at).filter(|n| n.outgoing || !config.directed).map(|n| n.node).collect();
        near.sort_unstable();
        near.dedup();
        for next in near {
            if !path.contains(&next) {
                path.push(next);
                go(graph, b, config, path, out);
                path.pop();
            }
        }
    }
    let mut out = Vec::new();
    go(graph, b, config, &mut vec![a], &mut out);
    out.retain(|r| config.max_hops == 0 || r.hops as u32 <= config.max_hops);
    out.sort();
    out
}

proptest! {
    #[test]
    fn k_shortest_are_the_k_best_simple_paths(
        edges in proptest::collection::vec((0u32..7, 0u32..7), 0..18),
        k in 1usize..12, directed: bool, max_hops in 0u32..5, avoid in proptest::collection::vec(0u32..9, 0..3),
    ) {
        let graph = graph(7, &edges);
        let config = PathConfig { directed, max_hops, avoid, ..PathConfig::default() };
        let mut expected = all_paths(&graph, 0, 6, &config);
        let found = k_shortest(&graph, 0, 6, k, &config);
        expected.truncate(k);
        // Costs agree one by one; among paths of one cost the choice may differ only in which comes first.
        let cost = |r: &Route| (r.hops, r.ties);
        let ours: Vec<(usize, u64)> = found.iter().map(|p| cost(&Route::of(&graph, p.nodes.clone()))).collect();
        prop_assert_eq!(ours, expected.iter().map(cost).collect::<Vec<_>>());
        let every = all_paths(&graph, 0, 6, &config);
        let mut seen: BTreeSet<Vec<u32>> = BTreeSet::new();
        for path in &found {
            prop_assert!(every.iter().any(|r| r.nodes == path.nodes));
            prop_assert!(seen.insert(path.nodes.clone()));
            prop_assert_eq!(path.steps.len(), path.nodes.len() - 1);
            for (step, pair) in path.steps.iter().zip(path.nodes.windows(2)) {
                prop_assert!(!step.is_empty());
                for &e in step {
                    let edge = graph.edge(e);
                    let ends = (edge.source, edge.target);
                    prop_assert!(ends == (pair[0], pair[1]) || (!directed && ends == (pair[1], pair[0])));
                }
            }
        }
        prop_assert_eq!(shortest(&graph, 0, 6, &config), found.first().cloned());
    }

    #[test]
    fn earliest_arrival_agrees_with_search_over_walks(
        edges in proptest::collection::vec((0i64..6, 0u32..5, 0u32..5), 0..14),
        strict: bool, wait in proptest::option::of(0i64..4), start in proptest::option::of(0i64..3),
    ) {
        let events: Vec<TemporalEdge> = edges.iter().enumerate()
            .map(|(i, &(time_us, source, target))| TemporalEdge { time_us, source, target, id: i as u32 }).collect();
        let config = TemporalConfig { not_before_us: start, not_after_us: Some(5), max_wait_us: wait, strict };
        let found = earliest_arrival(&events, 0, 4, &config);
        let follows = |a: &TemporalEdge, b: &TemporalEdge| a.target == b.source
            && if strict { a.time_us < b.time_us } else { a.time_us <= b.time_us }
            && wait.is_none_or(|w| b.time_us - a.time_us <= w);
        // Events reachable from the start, as a naive closure.
        let usable = |e: &TemporalEdge| start.is_none_or(|s| e.time_us >= s);
        let mut reached: Vec<bool> = events.iter().map(|e| e.source == 0 && usable(e)).collect();
        loop {
            let more: Vec<usize> = (0..events.len()).filter(|&j| !reached[j] && usable(&events[j])
                && (0..events.len()).any(|i| reached[i] && follows(&events[i], &events[j]))).collect();
            if more.is_empty() { break; }
            for j in more { reached[j] = true; }
        }
        let best = events.iter().zip(&reached).filter(|(e, r)| **r && e.target == 4).map(|(e, _)| e.time_us).min();
        prop_assert_eq!(found.as_ref().and_then(|p| p.last()).map(|e| e.time_us), best);
        if let Some(path) = found {
            prop_assert_eq!(path[0].source, 0);
            prop_assert!(path.windows(2).all(|w| follows(&w[0], &w[1])));
        }
    }
}

#[test]
fn quiet_numbers_go_before_busy_ones_and_hubs_can_be_avoided() {
    // 0 - 1 - 9 and 0 - 2 - 9, where 1 is busy; 0 - 3 - 4 - 9 is longer.
    let mut edges = vec![(0, 1), (1, 9), (2, 0), (9, 2), (0, 3), (3, 4), (4, 9)];
    edges.extend((5..9).map(|n| (1, n)));
    let graph = graph(10, &edges);
    let nodes = |config: &PathConfig| -> Vec<Vec<u32>> {
        k_shortest(&graph, 0, 9, 9, config).into_iter().map(|p| p.nodes).collect()
    };
    assert_eq!(nodes(&PathConfig::default()), [vec![0, 2, 9], vec![0, 1, 9], vec![0, 3, 4, 9]]);
    let avoid = PathConfig { avoid: vec![1, 2], ..PathConfig::default() };
    assert_eq!(nodes(&avoid), [vec![0, 3, 4, 9]]);
    let one_way = PathConfig { directed: true, ..PathConfig::default() };
    assert_eq!(nodes(&one_way), [vec![0, 1, 9], vec![0, 3, 4, 9]]);
    assert_eq!(shortest(&graph, 0, 0, &avoid).unwrap().nodes, [0]);
    assert_eq!(shortest(&graph, 0, 77, &avoid), None);
}
