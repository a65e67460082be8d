//! Resolution: average linkage under constraints, and a merge taken back.
#![allow(missing_docs, reason = "criterion's macros make items without documentation")]

use benches::people::table;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use model::ids::Seed;
use model::run::{RunContext, Silent};
use resolve::block::{BlockConfig, candidate_pairs};
use resolve::cluster::{ClusterConfig, Edge, Found, WHOLE, Weigher, cluster, regroup};
use resolve::column::Columns;
use resolve::model::FittedModel;
use resolve::run::{ResolveConfig, resolve_columns};
use resolve::score::Odds;
use resolve::table::{TableConfig, read_people};
use std::hint::black_box;
use std::sync::atomic::AtomicBool;

/// A model fitted as a run fits it.
fn fitted(columns: &Columns) -> FittedModel {
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed::default(), &Silent, &cancelled);
    match resolve_columns(columns, &[], &[], &ResolveConfig::default(), &context) {
        Ok(found) => found.model,
        Err(_) => FittedModel::defaults(columns.mentions.len()),
    }
}

fn clustering(c: &mut Criterion) {
    let text = table(100_000);
    let Ok(people) = read_people(text.as_bytes(), &TableConfig::default()) else { return };
    let columns = &people.mentions;
    let units: Vec<u32> = (0..columns.mentions.len() as u32).collect();
    let model = fitted(columns);
    let weigher = Weigher::new(columns, &model);
    let mut pairs = Vec::new();
    candidate_pairs(columns, &units, &BlockConfig::default()).for_each(|a, b| pairs.push((a, b)));
    let mut edges: Vec<Edge> = Vec::new();
    let least = Odds { one: 0.0, kin: f64::INFINITY };
    weigher.weigh(&mut weigher.comparer(), pairs.into_iter(), least, &mut |found| {
        if let Found::One(edge) = found {
            edges.push(edge);
        }
    });
    let sizes = vec![1; units.len()];
    let config = ClusterConfig { threshold_bits: 0.0, absent_bits: -5.0, most_bits: 20.0 };
    let mut group = c.benchmark_group("resolve");
    group.sample_size(10).throughput(Throughput::Elements(edges.len() as u64));
    group
        .bench_function("cluster", |x| x.iter(|| cluster(&sizes, &weigher, black_box(&edges), &[], &config)));
    group.throughput(Throughput::Elements(1));
    for size in [5, 40, WHOLE as u32] {
        let members: Vec<u32> = (0..size).collect();
        group.bench_function(format!("unmerge/{size}"), |x| {
            x.iter(|| regroup(black_box(&members), &sizes, &weigher, &[], &[(0, 1)], &config));
        });
    }
    group.finish();
}

criterion_group!(benches, clustering);
criterion_main!(benches);
