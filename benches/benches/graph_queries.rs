//! The query kernels on a skewed graph with hubs: point questions and whole-graph measures.
#![allow(missing_docs, reason = "criterion's macros make items without documentation")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use graph::between::{BetweenConfig, betweenness};
use graph::component::components;
use graph::csr::WeightedGraph;
use graph::hops::{HopConfig, HopSearch};
use graph::kcore::core_numbers;
use graph::meet::{MeetConfig, MeetSearch};
use graph::pagerank::{RankConfig, pagerank};
use std::hint::black_box;

/// A graph whose busiest nodes have thousands of ties: both ends drawn by the square of a uniform number.
fn skewed(nodes: u32, edges: u32) -> Vec<(u32, u32)> {
    let mut state = 42u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let unit = (state >> 11) as f64 / (1u64 << 53) as f64;
        ((unit * unit * f64::from(nodes)) as u32).wrapping_mul(48_271) % nodes
    };
    (0..edges).map(|_| (draw(), draw())).filter(|(u, v)| u != v).collect()
}

fn queries(c: &mut Criterion) {
    let (nodes, pairs) = (100_000, skewed(100_000, 1_000_000));
    let Ok(graph) = WeightedGraph::from_pairs(nodes as usize, &pairs) else { return };
    let mut group = c.benchmark_group("graph_queries");
    let mut hops = HopSearch::new(&graph);
    let mut start = 0u32;
    let mut next = || {
        start = (start + 7919) % nodes;
        start
    };
    let open = HopConfig { hub_degree: usize::MAX, ..HopConfig::default() };
    group.bench_function("two_hops", |b| b.iter(|| hops.around(black_box(next()), &open).nodes.len()));
    group.bench_function("two_hops_hubs_folded", |b| {
        b.iter(|| hops.around(black_box(next()), &HopConfig::default()).nodes.len());
    });
    let mut meet = MeetSearch::new(&graph);
    group.bench_function("chain", |b| {
        b.iter(|| meet.chain(black_box(next()), black_box(next()), &MeetConfig::default()));
    });
    group.throughput(Throughput::Elements(pairs.len() as u64)).sample_size(10);
    group.bench_function("pagerank", |b| b.iter(|| pagerank(black_box(&graph), &RankConfig::default())));
    group.bench_function("components", |b| b.iter(|| components(black_box(&graph))));
    group.bench_function("core_numbers", |b| b.iter(|| core_numbers(black_box(&graph))));
    let sampled = BetweenConfig { chains: 5_000, ..BetweenConfig::default() };
    group.bench_function("betweenness", |b| b.iter(|| betweenness(black_box(&graph), &sampled)));
    group.finish();
}

criterion_group!(benches, queries);
criterion_main!(benches);
