//! Resolution: expectation maximisation on counted patterns.
#![allow(missing_docs, reason = "criterion's macros make items without documentation")]

use benches::people::table;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use resolve::block::{BlockConfig, candidate_pairs};
use resolve::compare::Comparer;
use resolve::table::{TableConfig, read_people};
use resolve::train::{Counter, TrainConfig, random_levels, train};
use std::hint::black_box;

fn training(c: &mut Criterion) {
    let text = table(100_000);
    let Ok(people) = read_people(text.as_bytes(), &TableConfig::default()) else { return };
    let columns = &people.mentions;
    let units: Vec<u32> = (0..columns.mentions.len() as u32).collect();
    let mut counter = Counter::default();
    let mut comparer = Comparer::new(columns);
    candidate_pairs(columns, &units, &BlockConfig::default())
        .for_each(|a, b| counter.add(comparer.compare(a, b), 1));
    let counted = counter.into_counted(1.0);
    let random = random_levels(columns, 42, TrainConfig::default().sample);
    let all = (units.len() * (units.len() - 1) / 2) as f64;
    let mut group = c.benchmark_group("resolve");
    group.sample_size(10).throughput(Throughput::Elements(counted.len() as u64));
    group.bench_function("expectation_maximisation", |x| {
        x.iter(|| train(units.len(), &random, black_box(&counted), all, &TrainConfig::default()));
    });
    group.bench_function("random_levels", |x| {
        x.iter(|| random_levels(columns, 42, TrainConfig::default().sample));
    });
    group.finish();
}

criterion_group!(benches, training);
criterion_main!(benches);
