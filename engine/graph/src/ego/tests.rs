//! Tests of `ego`: known answers, naive models and hostile input.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::layer::{Layer, LayerSet};
use crate::layered::{EdgeInput, LayeredGraphBuilder};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn graph(nodes: usize, edges: &[(u32, u32, u64)]) -> LayeredGraph {
    let mut builder = LayeredGraphBuilder::new(nodes);
    for &(source, target, count) in edges {
        builder
            .add(EdgeInput {
                source,
                target,
                layer: if count.is_multiple_of(2) { Layer::Money } else { Layer::Calls },
                first_us: Some(count as i64),
                last_us: Some(count as i64),
                count,
                total: 0,
                currency: None,
                evidence: &[],
            })
            .unwrap();
    }
    builder.build().unwrap()
}

#[test]
fn hubs_are_shown_and_not_expanded_and_cuts_are_told() {
    // 0 - 1, 0 - 2 (a hub with leaves 10..30), 1 - 3 - 4.
    let mut edges = vec![(0, 1, 5), (0, 2, 9), (1, 3, 1), (3, 4, 1)];
    edges.extend((10..30).map(|leaf| (2, leaf, 1)));
    let graph = graph(30, &edges);
    let config = EgoConfig { hops: 3, node_limit: 100, hub_degree: 10, ..EgoConfig::default() };
    let found = ego(&graph, &[0], &config);
    assert_eq!(
        found.nodes.iter().map(|n| (n.node, n.distance)).collect::<Vec<_>>(),
        [(0, 0), (2, 1), (1, 1), (3, 2), (4, 3)]
    );
    assert!(found.nodes[1].hub);
    assert_eq!(
        found.cuts,
        [Cut { reason: CutReason::Hub { node: 2 }, shown: 1, total: 21, left_out: (10..30).collect() }]
    );
    assert_eq!(found.edges.len(), 4);
    // The start is expanded though it is a hub; the limit keeps those with more events.
    let config = EgoConfig { node_limit: 4, ..config };
    let found = ego(&graph, &[2], &config);
    assert_eq!(found.nodes[1].node, 0);
    assert_eq!(found.nodes.len(), 4);
    assert_eq!(found.cuts[0].reason, CutReason::NodeLimit { hop: 1 });
    assert_eq!((found.cuts[0].shown, found.cuts[0].total, found.cuts[0].left_out.len()), (3, 21, 18));
    assert_eq!(ego(&graph, &[99], &config), EgoNetwork::default());
}

#[test]
fn filters_by_layer_and_time() {
    let graph = graph(4, &[(0, 1, 2), (0, 2, 3), (0, 3, 8)]);
    let nodes = |filter| -> Vec<u32> {
        let config = EgoConfig { filter, ..EgoConfig::default() };
        ego(&graph, &[0], &config).nodes.iter().map(|n| n.node).collect()
    };
    let money = EdgeFilter { layers: LayerSet::of(&[Layer::Money]), ..EdgeFilter::default() };
    assert_eq!(nodes(money), [0, 3, 1]);
    assert_eq!(nodes(EdgeFilter { from_us: Some(3), to_us: Some(8), ..EdgeFilter::default() }), [0, 2]);
    assert_eq!(nodes(EdgeFilter { layers: LayerSet::NONE, ..EdgeFilter::default() }), [0]);
}

proptest! {
    #[test]
    fn without_limits_it_is_the_ball(
        edges in proptest::collection::vec((0u32..12, 0u32..12, 1u64..5), 0..30), hops in 0u32..4,
    ) {
        let graph = graph(12, &edges);
        let config = EgoConfig { hops, node_limit: 100, hub_degree: 100, ..EgoConfig::default() };
        let found = ego(&graph, &[5, 5, 7], &config);
        let mut ball = BTreeSet::from([5u32, 7]);
        for _ in 0..hops {
            let near: Vec<u32> = edges.iter().flat_map(|&(u, v, _)| [(u, v), (v, u)])
                .filter(|(u, _)| ball.contains(u)).map(|(_, v)| v).collect();
            ball.extend(near);
        }
        prop_assert_eq!(found.nodes.iter().map(|n| n.node).collect::<BTreeSet<_>>(), ball.clone());
        prop_assert!(found.cuts.is_empty());
        let inside: Vec<u32> = (0..graph.edge_count() as u32)
            .filter(|&e| ball.contains(&graph.edge(e).source) && ball.contains(&graph.edge(e).target)).collect();
        prop_assert_eq!(found.edges, inside);
    }

    #[test]
    fn shown_and_left_out_make_the_whole(
        edges in proptest::collection::vec((0u32..15, 0u32..15, 1u64..5), 0..60), limit in 1usize..15,
    ) {
        let graph = graph(15, &edges);
        let config = EgoConfig { hops: 1, node_limit: limit, hub_degree: 100, ..EgoConfig::default() };
        let found = ego(&graph, &[0], &config);
        prop_assert!(found.nodes.len() <= limit.max(1));
        let cut: usize = found.cuts.iter().map(|c| c.left_out.len()).sum();
        prop_assert_eq!(found.nodes.len() + cut, graph.degree(0) as usize + 1);
    }
}
