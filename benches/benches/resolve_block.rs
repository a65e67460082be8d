//! Resolution: a table read into columns, and candidate pairs by blocking.
#![allow(missing_docs, reason = "criterion's macros make items without documentation")]

use benches::people::table;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use resolve::block::{BlockConfig, candidate_pairs};
use resolve::table::{TableConfig, read_people};
use std::hint::black_box;

fn blocking(c: &mut Criterion) {
    let text = table(100_000);
    let mut group = c.benchmark_group("resolve");
    group.sample_size(10).throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("read", |x| {
        x.iter(|| read_people(black_box(text.as_bytes()), &TableConfig::default()))
    });
    let Ok(people) = read_people(text.as_bytes(), &TableConfig::default()) else { return };
    let units: Vec<u32> = (0..people.mentions.mentions.len() as u32).collect();
    group.throughput(Throughput::Elements(units.len() as u64));
    group.bench_function("block", |x| {
        x.iter(|| candidate_pairs(&people.mentions, black_box(&units), &BlockConfig::default()));
    });
    group.finish();
}

criterion_group!(benches, blocking);
criterion_main!(benches);
