//! Tests of `component`: against the search one node after another, and petgraph.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn parts_are_those_of_a_search(
        pairs in proptest::collection::vec((0u32..3000, 0u32..3000), 0..3500), hub in 0u32..3000,
    ) {
        // Half of the cases have one giant part.
        let mut pairs = pairs;
        if hub % 2 == 0 {
            pairs.extend((0..2000).map(|n| (hub, n)));
        }
        let graph = WeightedGraph::from_pairs(3000, &pairs).unwrap();
        let found = components(&graph);
        prop_assert_eq!(&found.label, &graph.components());
        prop_assert_eq!(found.sizes.len(), petgraph::algo::connected_components(&graph));
        prop_assert_eq!(found.sizes.iter().sum::<u32>(), 3000);
        for (part, &size) in found.sizes.iter().enumerate() {
            prop_assert_eq!(found.label.iter().filter(|&&l| l as usize == part).count() as u32, size);
        }
    }
}

#[test]
fn no_nodes_no_parts() {
    let graph = WeightedGraph::from_pairs(0, &[]).unwrap();
    assert_eq!(components(&graph), Components { label: Vec::new(), sizes: Vec::new() });
}
