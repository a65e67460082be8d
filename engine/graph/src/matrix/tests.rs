//! Tests of `matrix`: against a pass over all edges.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::layer::{Layer, LayerSet};
use crate::layered::{EdgeInput, LayeredGraphBuilder};
use proptest::prelude::*;

proptest! {
    #[test]
    fn cells_are_those_of_a_pass_over_all_edges(
        ties in proptest::collection::vec((0u32..8, 0u32..8, 0usize..3, 1u64..9, 0i64..50), 0..40),
        asked in proptest::collection::vec(0u32..10, 0..5), from in proptest::option::of(0i64..50),
    ) {
        let mut builder = LayeredGraphBuilder::new(8);
        for &(source, target, layer, count, at) in &ties {
            builder.add(EdgeInput {
                source, target, layer: Layer::ALL[layer], first_us: Some(at), last_us: Some(at), count, total: 0,
                currency: None, evidence: &[],
            }).unwrap();
        }
        let graph = builder.build().unwrap();
        let filter = EdgeFilter { layers: LayerSet::of(&[Layer::Calls, Layer::Money]), from_us: from, ..EdgeFilter::default() };
        let found = contact_matrix(&graph, &asked, &filter);
        let n = found.nodes.len();
        prop_assert_eq!(found.cells.len(), n * n);
        let sum = |pass: &dyn Fn(u32, u32) -> bool| -> u64 {
            graph.edges().filter(|e| filter.passes(e) && pass(e.source, e.target)).map(|e| e.count).sum()
        };
        for (row, &a) in found.nodes.iter().enumerate() {
            for (column, &b) in found.nodes.iter().enumerate() {
                prop_assert_eq!(found.cells[row * n + column].count, sum(&|s, t| s == a && t == b));
            }
            let inside = |x: u32| found.nodes.contains(&x);
            prop_assert_eq!(found.outside[row], sum(&|s, t| (s == a && !inside(t)) || (t == a && !inside(s))));
        }
    }
}
