//! Tests of `layered`: known answers, naive models and hostile input.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use model::ids::SourceId;
use petgraph::Direction;
use petgraph::visit::{
    Dfs, EdgeRef, IntoEdgeReferences, IntoEdgesDirected, IntoNeighborsDirected, IntoNodeReferences, Reversed,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Count, total, last instant and rows of an edge.
type Naive = (u64, i64, Option<i64>, BTreeSet<RecordRef>);

fn row(n: u32) -> RecordRef {
    RecordRef { source: SourceId(n % 3), row: n }
}

fn graph(nodes: usize, edges: &[(u32, u32, usize, i64)]) -> LayeredGraph {
    let mut builder = LayeredGraphBuilder::new(nodes);
    for (i, &(source, target, layer, time)) in edges.iter().enumerate() {
        builder
            .add(EdgeInput {
                source,
                target,
                layer: Layer::ALL[layer],
                first_us: (time >= 0).then_some(time),
                last_us: (time >= 0).then_some(time + 1),
                count: 1,
                total: time,
                currency: None,
                evidence: &[row(i as u32), row(7)],
            })
            .unwrap();
    }
    builder.build().unwrap()
}

fn edges() -> impl Strategy<Value = (usize, Vec<(u32, u32, usize, i64)>)> {
    (1usize..9).prop_flat_map(|n| {
        let end = 0..n as u32;
        (Just(n), proptest::collection::vec((end.clone(), end, 0usize..5, -2i64..20), 0..30))
    })
}

proptest! {
    #[test]
    fn merges_as_a_map_does((n, edges) in edges()) {
        let graph = graph(n, &edges);
        let mut naive: BTreeMap<(u32, u32, usize), Naive> = BTreeMap::new();
        for (i, &(s, t, l, time)) in edges.iter().enumerate() {
            let entry = naive.entry((s, t, l)).or_default();
            entry.0 += 1;
            entry.1 += time;
            if time >= 0 {
                entry.2 = Some(entry.2.map_or(time + 1, |x| x.max(time + 1)));
            }
            entry.3.extend([row(i as u32), row(7)]);
        }
        prop_assert_eq!(graph.edge_count(), naive.len());
        for (number, ((s, t, l), (count, total, last, evidence))) in naive.into_iter().enumerate() {
            let edge = graph.edge(number as u32);
            prop_assert_eq!((edge.source, edge.target, edge.layer as usize), (s, t, l));
            prop_assert_eq!((edge.count, edge.total, edge.last_us), (count, total, last));
            prop_assert_eq!(graph.evidence(number as u32).collect::<Vec<_>>(), evidence.into_iter().collect::<Vec<_>>());
            prop_assert!(graph.edges_between(s, t).contains(&(number as u32)));
        }
        for node in 0..n as u32 {
            let contacts: BTreeSet<u32> = edges.iter()
                .filter(|e| e.0 != e.1 && (e.0 == node || e.1 == node))
                .map(|e| e.0 ^ e.1 ^ node)
                .collect();
            prop_assert_eq!(graph.degree(node) as usize, contacts.len());
            let met: BTreeSet<u32> = graph.neighbors(node).map(|x| x.node).filter(|&x| x != node).collect();
            prop_assert_eq!(met, contacts);
        }
    }

    #[test]
    fn order_of_adding_leaves_no_trace((n, edges) in edges(), turn in 0usize..30) {
        // The rows depend on the position, so the edges are turned together with nothing but themselves.
        let build = |edges: &[(u32, u32, usize, i64)]| {
            let mut builder = LayeredGraphBuilder::new(n);
            for &(source, target, layer, time) in edges {
                let evidence = [row(source * 100 + target * 10 + time.unsigned_abs() as u32)];
                builder.add(EdgeInput { source, target, layer: Layer::ALL[layer], first_us: Some(time),
                    last_us: Some(time), count: 2, total: 3, currency: None, evidence: &evidence }).unwrap();
            }
            builder.build().unwrap()
        };
        let mut turned = edges.clone();
        turned.rotate_left(turn % edges.len().max(1));
        prop_assert_eq!(build(&edges), build(&turned));
    }

    #[test]
    fn petgraph_runs_on_it((n, edges) in edges()) {
        let graph = graph(n, &edges);
        let reach = reachability(n, &edges);
        // Depth-first search reaches what the naive closure reaches.
        for start in 0..n as u32 {
            let mut dfs = Dfs::new(&graph, start);
            let mut seen = BTreeSet::new();
            while let Some(node) = dfs.next(&graph) {
                seen.insert(node);
            }
            let expected: BTreeSet<u32> = (0..n as u32).filter(|&v| reach[start as usize][v as usize]).collect();
            prop_assert_eq!(seen, expected);
        }
        // Strongly connected components are mutual reach.
        let mut expected: Vec<Vec<u32>> = Vec::new();
        for (v, from) in reach.iter().enumerate() {
            let class: Vec<u32> = (0..n).filter(|&u| reach[u][v] && from[u]).map(|u| u as u32).collect();
            if !expected.contains(&class) {
                expected.push(class);
            }
        }
        let sorted = |components: Vec<Vec<u32>>| {
            let mut all: Vec<Vec<u32>> = components.into_iter().map(|mut c| { c.sort_unstable(); c }).collect();
            all.sort_unstable();
            all
        };
        let expected = sorted(expected);
        prop_assert_eq!(sorted(petgraph::algo::kosaraju_scc(&graph)), expected.clone());
        prop_assert_eq!(sorted(petgraph::algo::tarjan_scc(&graph)), expected);
        // Weakly connected components by union-find.
        let mut joined = reachability_undirected(n, &edges);
        joined.dedup();
        prop_assert_eq!(petgraph::algo::connected_components(&graph), joined.len());
        // Dijkstra against Bellman-Ford with the edge number as the cost.
        let cost = |e: u32| u64::from(e) % 4 + 1;
        for start in 0..n as u32 {
            let ours = petgraph::algo::dijkstra(&graph, start, None, |e| cost(e.id()));
            let mut best = vec![u64::MAX; n];
            best[start as usize] = 0;
            for _ in 0..n {
                for (i, e) in graph.edges().enumerate() {
                    let via = best[e.source as usize].saturating_add(cost(i as u32));
                    best[e.target as usize] = best[e.target as usize].min(via);
                }
            }
            for v in 0..n as u32 {
                let expected = Some(best[v as usize]).filter(|&d| d != u64::MAX);
                prop_assert_eq!(ours.get(&v).copied(), expected);
            }
            // Backwards from the start, petgraph's adaptor and our own incoming edges agree.
            let mut dfs = Dfs::new(Reversed(&graph), start);
            while let Some(node) = dfs.next(Reversed(&graph)) {
                prop_assert!(reach[node as usize][start as usize]);
            }
            let incoming: Vec<u32> = (&graph).edges_directed(start, Direction::Incoming).map(|e| e.id()).collect();
            let expected: Vec<u32> = graph.incoming(start).map(|x| x.edge).collect();
            prop_assert_eq!(incoming, expected);
            let near: Vec<u32> = (&graph).neighbors_directed(start, Direction::Outgoing).collect();
            prop_assert_eq!(near, graph.outgoing(start).map(|x| x.node).collect::<Vec<_>>());
        }
        prop_assert_eq!((&graph).edge_references().count(), graph.edge_count());
        prop_assert_eq!((&graph).node_references().count(), n);
    }
}

fn reachability(n: usize, edges: &[(u32, u32, usize, i64)]) -> Vec<Vec<bool>> {
    let mut reach = vec![vec![false; n]; n];
    for (v, row) in reach.iter_mut().enumerate() {
        row[v] = true;
    }
    for &(s, t, _, _) in edges {
        reach[s as usize][t as usize] = true;
    }
    for k in 0..n {
        for i in 0..n {
            for j in 0..n {
                reach[i][j] |= reach[i][k] && reach[k][j];
            }
        }
    }
    reach
}

fn reachability_undirected(n: usize, edges: &[(u32, u32, usize, i64)]) -> Vec<usize> {
    let both: Vec<_> = edges.iter().flat_map(|&(s, t, l, x)| [(s, t, l, x), (t, s, l, x)]).collect();
    let reach = reachability(n, &both);
    let mut firsts: Vec<usize> = (0..n).filter_map(|v| (0..n).find(|&u| reach[u][v])).collect();
    firsts.sort_unstable();
    firsts
}

#[test]
fn a_node_that_is_not_there_is_an_error() {
    let mut builder = LayeredGraphBuilder::new(2);
    let input = EdgeInput {
        source: 0,
        target: 2,
        layer: Layer::Calls,
        first_us: None,
        last_us: None,
        count: 1,
        total: 0,
        currency: None,
        evidence: &[],
    };
    assert_eq!(builder.add(input), Err(GraphError::NoSuchNode { edge: 0, node: 2, nodes: 2 }));
    assert_eq!(builder.build().unwrap().edge_count(), 0);
}

#[test]
fn currencies_are_never_summed() {
    let mut builder = LayeredGraphBuilder::new(2);
    for (code, total) in [("USD", i64::MAX), ("GTQ", 5), ("USD", 7)] {
        builder
            .add(EdgeInput {
                source: 0,
                target: 1,
                layer: Layer::Money,
                first_us: Some(1),
                last_us: Some(1),
                count: 1,
                total,
                currency: Currency::parse(code),
                evidence: &[],
            })
            .unwrap();
    }
    let graph = builder.build().unwrap();
    let totals: Vec<i64> = graph.edges().map(|e| e.total).collect();
    assert_eq!(totals, [5, i64::MAX]);
}
