//! What is said beside a community: its stability over seeds and resolutions, and the larger groups that it belongs to.
#![allow(missing_docs, reason = "criterion's macros make items without documentation")]

use analyse::leiden::hierarchy::hierarchy;
use analyse::leiden::{Objective, PartitionConfig, partition};
use analyse::stability::{StabilityConfig, Tally, stability};
use benches::Draws;
use criterion::{Criterion, criterion_group, criterion_main};
use graph::csr::WeightedGraph;
use model::ids::Seed;
use model::run::{RunContext, Silent};
use std::hint::black_box;
use std::sync::atomic::AtomicBool;

fn trust(c: &mut Criterion) {
    let (nodes, mut draws) = (20_000u32, Draws::new(42));
    let mut pairs = Vec::new();
    for v in 0..nodes {
        for tie in 0..8 {
            let inner = v / 40 * 40 + draws.below(40);
            let near = v / 400 * 400 + draws.below(400);
            pairs.push((v, [inner, inner, inner, inner, inner, near, near, draws.below(nodes)][tie]));
        }
    }
    let Ok(graph) = WeightedGraph::from_pairs(nodes as usize, &pairs) else { return };
    let never = AtomicBool::new(false);
    let context = RunContext::new(Seed::default(), &Silent, &never);
    let mut group = c.benchmark_group("analyse_trust");
    group.sample_size(10);
    for objective in [Objective::Modularity, Objective::Map] {
        let config = PartitionConfig { objective, starts: 1, ..PartitionConfig::default() };
        group.bench_function(format!("hierarchy/{}", objective.as_str()), |b| {
            b.iter(|| hierarchy(black_box(&graph), &config, &context));
        });
        let Ok(found) = partition(&graph, &config, &context) else { return };
        group.bench_function(format!("stability/{}", objective.as_str()), |b| {
            b.iter(|| stability(black_box(&graph), &found, &config, &StabilityConfig::default(), &context));
        });
        group.bench_function(format!("tally/{}", objective.as_str()), |b| {
            b.iter(|| Tally::new(&found.labels, found.communities).and_then(|mut t| t.add(&found.labels)));
        });
    }
    group.finish();
}

criterion_group!(benches, trust);
criterion_main!(benches);
