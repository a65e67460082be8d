//! Money traced from the busiest account through 200,000 transfers: forward, backward, with cycles that return.
#![allow(missing_docs, reason = "criterion's macros make items without documentation")]

use benches::Draws;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use graph::flow::{FlowConfig, FlowDirection, Transfer, trace};
use std::hint::black_box;

fn flows(c: &mut Criterion) {
    let mut draws = Draws::new(42);
    let transfers: Vec<Transfer> = (0..200_000u32)
        .map(|id| Transfer {
            time_us: i64::from(id / 3) * 60_000_000,
            payer: draws.skewed(20_000),
            beneficiary: draws.skewed(20_000),
            minor: i64::from(draws.below(500_000)) + 1,
            id,
        })
        .collect();
    let mut group = c.benchmark_group("graph_flow");
    group.sample_size(10).throughput(Throughput::Elements(transfers.len() as u64));
    for (name, direction) in [("forward", FlowDirection::Forward), ("backward", FlowDirection::Backward)] {
        let config = FlowConfig { direction, ..FlowConfig::default() };
        group.bench_function(name, |b| b.iter(|| trace(black_box(&transfers), 0, &config)));
    }
    let without_cycles = FlowConfig { cycle_work: 0, ..FlowConfig::default() };
    group.bench_function("forward_without_cycles", |b| {
        b.iter(|| trace(black_box(&transfers), 0, &without_cycles));
    });
    group.finish();
}

criterion_group!(benches, flows);
criterion_main!(benches);
