//! The kernels that every row or edge passes through: phones, names, the graph's construction, communities.
#![allow(missing_docs, reason = "criterion's macros make items without documentation")]

use analyse::leiden::{Objective, PartitionConfig, partition};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use graph::csr::WeightedGraph;
use model::ids::Seed;
use model::place::Country;
use model::run::{RunContext, Silent};
use normalise::name::{NameOrder, full_name};
use normalise::phone::{PhoneContext, phone};
use std::hint::black_box;
use std::sync::atomic::AtomicBool;

/// Cliques of ten in a ring, each tied to the next: known communities at any size.
fn ring(cliques: u32) -> Vec<(u32, u32)> {
    let mut pairs = Vec::new();
    for clique in 0..cliques {
        let first = clique * 10;
        for a in 0..10 {
            for b in a + 1..10 {
                pairs.push((first + a, first + b));
            }
        }
        pairs.push((first, (first + 10) % (cliques * 10)));
    }
    pairs
}

fn kernels(c: &mut Criterion) {
    let context = PhoneContext { country: Some(Country::SV), date: None };
    c.bench_function("normalise/phone", |b| b.iter(|| phone(black_box("9412-7731"), &context)));
    c.bench_function("normalise/full_name", |b| {
        b.iter(|| full_name(black_box("María de los Ángeles Ceiba viuda de Guarumo"), NameOrder::Unknown));
    });
    let pairs = ring(10_000);
    let nodes = 100_000;
    let mut group = c.benchmark_group("graph");
    group.throughput(Throughput::Elements(pairs.len() as u64)).sample_size(10);
    group.bench_function("csr", |b| b.iter(|| WeightedGraph::from_pairs(nodes, black_box(&pairs))));
    if let Ok(graph) = WeightedGraph::from_pairs(nodes, &pairs) {
        let cancelled = AtomicBool::new(false);
        let context = RunContext::new(Seed::default(), &Silent, &cancelled);
        for objective in [Objective::Modularity, Objective::Map] {
            let config = PartitionConfig { objective, ..PartitionConfig::default() };
            group.bench_function(format!("partition/{}", objective.as_str()), |b| {
                b.iter(|| partition(black_box(&graph), &config, &context));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, kernels);
criterion_main!(benches);
