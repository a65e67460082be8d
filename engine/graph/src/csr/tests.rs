//! Tests of `csr`: known answers, naive models and hostile input.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use petgraph::visit::{EdgeRef, IntoEdgeReferences, IntoEdges};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn edges() -> impl Strategy<Value = (usize, Vec<(u32, u32, f32)>)> {
    (1usize..200).prop_flat_map(|n| {
        let end = 0..n as u32;
        let weight = prop_oneof![Just(1.0f32), Just(0.0), 0.125f32..8.0];
        (Just(n), proptest::collection::vec((end.clone(), end, weight), 0..120))
    })
}

proptest! {
    #[test]
    fn agrees_with_a_map((n, edges) in edges()) {
        let graph = WeightedGraph::from_edges(n, &edges).unwrap();
        let mut naive: BTreeMap<(u32, u32), f64> = BTreeMap::new();
        for &(u, v, w) in &edges {
            if w > 0.0 {
                *naive.entry((u.min(v), u.max(v))).or_default() += f64::from(w);
            }
        }
        prop_assert_eq!(graph.edge_count(), naive.len());
        let mut strength = vec![0.0; n];
        for (&(u, v), &w) in &naive {
            strength[u as usize] += w;
            strength[v as usize] += w;
            prop_assert!((f64::from(graph.weight_between(u, v)) - w).abs() < 1e-4);
            prop_assert_eq!(graph.weight_between(u, v).to_bits(), graph.weight_between(v, u).to_bits());
        }
        prop_assert!((graph.total_weight() - naive.values().sum::<f64>()).abs() < 1e-3);
        for v in 0..n as u32 {
            prop_assert!((graph.strength(v) - strength[v as usize]).abs() < 1e-3);
            prop_assert!(graph.neighbors(v).is_sorted_by(|a, b| a < b));
        }
        let seen: Vec<(u32, u32)> = (&graph).edge_references().map(|e| e.id()).collect();
        prop_assert_eq!(seen, naive.keys().copied().collect::<Vec<_>>());
    }

    #[test]
    fn same_bytes_in_any_order_at_any_thread_count((n, edges) in edges(), turn in 0usize..120) {
        let mut turned: Vec<(u32, u32, f32)> = edges.iter().map(|&(u, v, w)| (v, u, w)).collect();
        turned.rotate_left(turn % edges.len().max(1));
        let build = |threads, edges: &[(u32, u32, f32)]| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| WeightedGraph::from_edges(n, edges)).unwrap()
        };
        prop_assert_eq!(build(1, &edges), build(3, &turned));
    }

    #[test]
    fn petgraph_runs_on_it((n, edges) in edges()) {
        let graph = WeightedGraph::from_edges(n, &edges).unwrap();
        let labels = graph.components();
        let count = labels.iter().max().map_or(0, |&l| l as usize + 1);
        prop_assert_eq!(petgraph::algo::connected_components(&graph), count);
        let ours = petgraph::algo::dijkstra(&graph, 0, None, |e| f64::from(*e.weight()));
        let mut best = vec![f64::INFINITY; n];
        best[0] = 0.0;
        for _ in 0..n {
            for e in (&graph).edge_references() {
                let (u, v, w) = (e.source() as usize, e.target() as usize, f64::from(*e.weight()));
                best[v] = best[v].min(best[u] + w);
                best[u] = best[u].min(best[v] + w);
            }
        }
        for v in 0..n as u32 {
            let ours = ours.get(&v).copied().unwrap_or(f64::INFINITY);
            prop_assert_eq!(ours.to_bits(), best[v as usize].to_bits());
            prop_assert_eq!(labels[v as usize] == labels[0], best[v as usize].is_finite());
            prop_assert_eq!((&graph).edges(v).count(), graph.degree(v));
        }
    }
}

#[test]
fn many_edges_over_several_blocks() {
    let n = 5_000u32;
    let pairs: Vec<(u32, u32)> =
        (0..200_000u32).map(|i| ((i * 7_919) % n, (i % 9_973 * 104_729 + i / n) % n)).collect();
    let graph = WeightedGraph::from_pairs(n as usize, &pairs).unwrap();
    let mut naive: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    for &(u, v) in &pairs {
        *naive.entry((u.min(v), u.max(v))).or_default() += 1;
    }
    assert_eq!(graph.edge_count(), naive.len());
    assert!(naive.iter().all(|(&(u, v), &c)| graph.weight_between(v, u).to_bits() == (c as f32).to_bits()));
}

#[test]
fn bad_input_is_named() {
    let bad = |w| WeightedGraph::from_edges(3, &[(0, 1, 1.0), (1, 2, w)]).unwrap_err();
    for w in [f32::NAN, f32::INFINITY, -1.0] {
        assert_eq!(bad(w), GraphError::BadWeight { edge: 1 });
    }
    assert_eq!(
        WeightedGraph::from_pairs(3, &[(0, 3)]).unwrap_err(),
        GraphError::NoSuchNode { edge: 0, node: 3, nodes: 3 }
    );
    assert_eq!(
        WeightedGraph::from_columns(3, &[(0, 1)], Some(&[])).unwrap_err(),
        GraphError::WeightCount { edges: 1, weights: 0 }
    );
    assert!(matches!(
        WeightedGraph::from_edges(2, &[(0, 1, f32::MAX), (1, 0, f32::MAX)]).unwrap_err(),
        GraphError::WeightOverflow { .. }
    ));
    let empty = WeightedGraph::from_pairs(0, &[]).unwrap();
    assert_eq!((empty.node_count(), empty.edge_count(), empty.components().len()), (0, 0, 0));
    assert_eq!((&empty).edge_references().count(), 0);
    assert!(!WeightedGraph::from_edges(2, &[(0, 1, 1.0)]).unwrap().is_weighted());
}
