//! The layout of what a screen shows at most: 1,500 nodes of one network with hubs.
#![allow(missing_docs, reason = "criterion's macros make items without documentation")]

use benches::Draws;
use criterion::{Criterion, criterion_group, criterion_main};
use graph::layout::{LayoutConfig, layout};
use std::hint::black_box;

fn drawings(c: &mut Criterion) {
    let mut group = c.benchmark_group("graph_layout");
    group.sample_size(10);
    for nodes in [150u32, 1_500] {
        let mut draws = Draws::new(42);
        let pairs: Vec<(u32, u32)> = (0..nodes * 2)
            .map(|_| (draws.skewed(nodes), draws.below(nodes)))
            .filter(|(u, v)| u != v)
            .collect();
        group.bench_function(format!("{nodes}_nodes"), |b| {
            b.iter(|| layout(nodes as usize, black_box(&pairs), &LayoutConfig::default()));
        });
    }
    group.finish();
}

criterion_group!(benches, drawings);
criterion_main!(benches);
