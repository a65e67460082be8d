//! Tests of `common`: known answers, naive models and hostile input.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::layer::Layer;
use crate::layered::{EdgeInput, LayeredGraphBuilder};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn graph(nodes: usize, edges: &[(u32, u32, u64)]) -> LayeredGraph {
    let mut builder = LayeredGraphBuilder::new(nodes);
    for &(source, target, count) in edges {
        builder
            .add(EdgeInput {
                source,
                target,
                layer: Layer::Calls,
                first_us: None,
                last_us: None,
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
fn rare_contacts_first_and_hubs_aside() {
    // Targets 0, 1, 2. 3 knows 0 and 1 only; 4 knows them and five others; 5 all three; 6 is a hub; 7 knows one target.
    let mut edges = vec![
        (0, 3, 2),
        (3, 1, 1),
        (3, 1, 4),
        (0, 4, 1),
        (1, 4, 1),
        (0, 5, 1),
        (5, 1, 1),
        (2, 5, 1),
        (0, 6, 1),
        (1, 6, 1),
        (7, 2, 1),
        (0, 1, 9),
    ];
    edges.extend((10..15).map(|n| (4, n, 1)));
    edges.extend((10..40).map(|n| (6, n, 1)));
    let graph = graph(40, &edges);
    let config = CommonConfig { hub_degree: 20, ..CommonConfig::default() };
    let found = common_contacts(&graph, &[0, 1, 2], &config);
    assert_eq!(found.contacts.iter().map(|c| c.node).collect::<Vec<_>>(), [5, 3, 4]);
    assert_eq!(found.hubs.iter().map(|c| c.node).collect::<Vec<_>>(), [6]);
    assert_eq!(found.contacts[1].counts, [2, 5, 0]);
    assert!((found.contacts[1].rarity - 1.0 / 2f64.ln()).abs() < 1e-12);
    assert!((found.contacts[2].rarity - 1.0 / 7f64.ln()).abs() < 1e-12);
    let all = common_contacts(&graph, &[0, 1, 2], &CommonConfig { least_targets: 3, ..config });
    assert_eq!(all.contacts.iter().map(|c| c.node).collect::<Vec<_>>(), [5]);
    // A target given twice, or one that is not there, counts for nothing.
    let twice = common_contacts(&graph, &[2, 2, 99], &config);
    assert!(twice.contacts.is_empty() && twice.hubs.is_empty());
    let single = common_contacts(&graph, &[2], &config);
    assert_eq!(single.contacts.iter().map(|c| c.node).collect::<Vec<_>>(), [7, 5]);
}

proptest! {
    #[test]
    fn contacts_are_those_of_a_pass_over_all_edges(
        edges in proptest::collection::vec((0u32..12, 0u32..12, 0u64..5), 0..60),
        targets in proptest::collection::vec(0u32..14, 1..5), least in 0usize..4, hub_degree in 0u32..8,
    ) {
        let graph = graph(12, &edges);
        let config = CommonConfig { hub_degree, least_targets: least, ..CommonConfig::default() };
        let found = common_contacts(&graph, &targets, &config);
        let floor = if targets.len() > 1 { 2 } else { 1 };
        let least = least.min(targets.len()).max(floor);
        let mut expected: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        for node in (0..12).filter(|n| !targets.contains(n)) {
            let mut counts = vec![0; targets.len()];
            for (place, target) in targets.iter().enumerate().filter(|(p, t)| !targets[..*p].contains(t)) {
                // One edge a direction; one without events counts one.
                for ends in [(node, *target), (*target, node)] {
                    let same = edges.iter().filter(|e| (e.0, e.1) == ends);
                    if same.clone().next().is_some() {
                        counts[place] += same.map(|e| e.2).sum::<u64>().max(1);
                    }
                }
            }
            if counts.iter().filter(|c| **c > 0).count() >= least {
                expected.insert(node, counts);
            }
        }
        let told: BTreeMap<u32, Vec<u64>> =
            found.contacts.iter().chain(&found.hubs).map(|c| (c.node, c.counts.clone())).collect();
        prop_assert_eq!(told, expected);
        prop_assert!(found.hubs.iter().all(|c| graph.degree(c.node) > hub_degree));
        prop_assert!(found.contacts.iter().all(|c| graph.degree(c.node) <= hub_degree));
        for list in [&found.contacts, &found.hubs] {
            prop_assert!(list.windows(2).all(|w| w[0].targets > w[1].targets
                || (w[0].targets == w[1].targets && w[0].rarity >= w[1].rarity)));
        }
    }
}
