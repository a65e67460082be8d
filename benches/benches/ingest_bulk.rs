//! Loading calls: parsing rows, numbering texts, which is most of the work, whole files in bulk and row by row, and
//! the projection of events to edges.
#![allow(missing_docs, reason = "criterion's macros make items without documentation")]
#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use engine::case::Case;
use engine::stage::Stage;
use ingest::load::{LoadOptions, load_path};
use ingest::reader::encoding::Encoding;
use ingest::reader::record::Records;
use ingest::reader::text::Lines;
use model::ids::Seed;
use model::run::{RunContext, Silent};
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::atomic::AtomicBool;
use store::case::{CaseInfo, CaseStore};
use store::texts::{ShortKey, TextTable};

/// Numbers that come again as in calls: few often, most seldom.
fn subscriber(i: u64) -> u64 {
    let mixed = i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    502_550_000_000 + ((mixed * mixed) >> 24) % 40_000
}

fn texts(c: &mut Criterion) {
    let keys: Vec<ShortKey> =
        (0..1_000_000).map(|i| ShortKey::of(subscriber(i).to_string().as_bytes()).unwrap()).collect();
    let mut group = c.benchmark_group("store/texts");
    group.throughput(Throughput::Elements(keys.len() as u64)).sample_size(10);
    group.bench_function("number", |b| {
        b.iter_batched(
            TextTable::default,
            |mut table| {
                let mut out = Vec::with_capacity(keys.len());
                table.short_numbers(black_box(&keys), &mut out);
                out
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

/// 100,000 calls as text.
fn calls() -> String {
    let mut text = String::from("a_number,b_number,start,duration_s,cell_id,imei,imsi,direction,type\n");
    for i in 0..100_000u64 {
        let (a, b) = (subscriber(i), subscriber(i + 7_777_777));
        let (day, hour, minute) = (1 + i % 28, i / 28 % 24, i % 60);
        writeln!(
            text,
            "{a},{b},2024-03-{day:02} {hour:02}:{minute:02}:11,{},70401-1-{},35{a}0,704{a},OUT,VOICE",
            i % 300,
            i % 977
        )
        .unwrap();
    }
    text
}

fn parse(c: &mut Criterion) {
    let text = calls();
    let mut group = c.benchmark_group("ingest/parse");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("rows", |b| {
        b.iter(|| {
            let lines = Lines::new(black_box(text.as_bytes()), Encoding::Utf8, false, 0, 1);
            let mut records = Records::new(lines, Encoding::Utf8, b',');
            let mut cells = 0;
            while let Ok(Some(row)) = records.next_row() {
                cells += row.cells.len();
            }
            cells
        });
    });
    group.finish();
}

fn projection(c: &mut Criterion) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("calls.csv");
    std::fs::write(&path, calls()).unwrap();
    let info = CaseInfo { title: String::new(), country: None, authority: String::new(), created_us: 0 };
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed(1), &Silent, &cancelled);
    let options = LoadOptions { reference: true, actor: "bench".into(), ..LoadOptions::default() };
    let mut number = 0;
    let mut group = c.benchmark_group("engine/network");
    group.throughput(Throughput::Elements(100_000)).sample_size(10);
    group.bench_function("edges_of_calls", |b| {
        b.iter_batched(
            || {
                number += 1;
                let case = Case::create(&home.path().join(format!("case-{number}")), &info).unwrap();
                case.load(std::slice::from_ref(&path), &options, &context).unwrap();
                case
            },
            |case| case.run(&[Stage::Network], &context).unwrap(),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn loads(c: &mut Criterion) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("calls.csv");
    let text = calls();
    std::fs::write(&path, &text).unwrap();
    let mut group = c.benchmark_group("ingest/load");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(10);
    for (name, bulk_from) in [("bulk", 0), ("row_by_row", u64::MAX)] {
        let mut number = 0;
        group.bench_function(name, |b| {
            b.iter_batched(
                || {
                    number += 1;
                    let info = CaseInfo {
                        title: String::new(),
                        country: None,
                        authority: String::new(),
                        created_us: 0,
                    };
                    CaseStore::create(&home.path().join(format!("{name}-{number}")), &info).unwrap()
                },
                |store| {
                    let cancelled = AtomicBool::new(false);
                    let context = RunContext::new(Seed(1), &Silent, &cancelled);
                    let options = LoadOptions {
                        reference: true,
                        actor: "bench".into(),
                        bulk_from: Some(bulk_from),
                        ..LoadOptions::default()
                    };
                    load_path(&store, &path, &options, &context).unwrap()
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, parse, texts, loads, projection);
criterion_main!(benches);
