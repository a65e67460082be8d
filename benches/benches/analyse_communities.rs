//! From an edge list to communities: reading, building, moving by both objectives, and following new edges.
#![allow(missing_docs, reason = "criterion's macros make items without documentation")]

use analyse::leiden::incremental::Incremental;
use analyse::leiden::{Objective, PartitionConfig, partition};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use graph::csr::WeightedGraph;
use graph::edgelist::parse;
use model::ids::Seed;
use model::run::{RunContext, Silent};
use std::hint::black_box;
use std::sync::atomic::AtomicBool;

/// Groups of 50 nodes: of ten ties drawn by each node six lead within.
fn planted(nodes: u32) -> Vec<(u32, u32)> {
    let mut state = 42u64;
    let mut below = |bound: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % u64::from(bound)) as u32
    };
    let mut pairs = Vec::new();
    for v in 0..nodes {
        for tie in 0..10 {
            pairs.push((v, if tie < 6 { v / 50 * 50 + below(50) } else { below(nodes) }));
        }
    }
    pairs
}

fn communities(c: &mut Criterion) {
    let nodes = 100_000;
    let pairs = planted(nodes);
    let numbers: String = pairs.iter().map(|(u, v)| format!("{u} {v} 1\n")).collect();
    let words: String = pairs.iter().map(|(u, v)| format!("p{u} p{v}\n")).collect();
    let mut group = c.benchmark_group("analyse_communities");
    group.sample_size(10).throughput(Throughput::Elements(pairs.len() as u64));
    group.bench_function("parse/numbers", |b| b.iter(|| parse(black_box(numbers.as_bytes()), false)));
    group.bench_function("parse/weighted", |b| b.iter(|| parse(black_box(numbers.as_bytes()), true)));
    group.bench_function("parse/words", |b| b.iter(|| parse(black_box(words.as_bytes()), false)));
    group
        .bench_function("build", |b| b.iter(|| WeightedGraph::from_pairs(nodes as usize, black_box(&pairs))));
    let Ok(graph) = WeightedGraph::from_pairs(nodes as usize, &pairs) else { return };
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed::default(), &Silent, &cancelled);
    for objective in [Objective::Modularity, Objective::Map] {
        let config = PartitionConfig { objective, starts: 1, ..PartitionConfig::default() };
        group.bench_function(format!("partition/{}", objective.as_str()), |b| {
            b.iter(|| partition(black_box(&graph), &config, &context));
        });
    }
    let Ok(found) = partition(&graph, &PartitionConfig::default(), &context) else { return };
    let more: Vec<(u32, u32, f32)> =
        (0..100u32).map(|i| (i * 7_919 % nodes, i * 104_729 % nodes, 1.0)).collect();
    group.throughput(Throughput::Elements(more.len() as u64));
    group.bench_function("incremental/100_edges", |b| {
        b.iter_batched_ref(
            || Incremental::new(&graph, &found, 1.0),
            |living| living.as_mut().is_ok_and(|living| living.add(&more).is_ok()),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, communities);
criterion_main!(benches);
