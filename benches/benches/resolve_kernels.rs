//! Resolution: comparators, blocking, scoring, training and clustering on invented people.
#![allow(missing_docs, reason = "criterion's macros make items without documentation")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use model::ids::Seed;
use model::run::{RunContext, Silent};
use resolve::block::{BlockConfig, candidate_pairs};
use resolve::cluster::{ClusterConfig, Edge, Found, Least, Weigher, cluster, regroup};
use resolve::column::Columns;
use resolve::compare::{Comparer, spell};
use resolve::model::FittedModel;
use resolve::run::{ResolveConfig, resolve_columns};
use resolve::table::{TableConfig, read_people};
use resolve::train::{Counter, TrainConfig, random_levels, train};
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::atomic::AtomicBool;

const SYLLABLES: [&str; 20] = [
    "bar", "quin", "tol", "me", "san", "ru", "vil", "cas", "go", "per", "lan", "do", "mar", "ti", "ne", "al",
    "va", "so", "len", "cha",
];

/// Invented people with repeated records: a name, a day, a telephone, a document and a town, each at times missing
/// or mistyped.
fn table(records: usize) -> String {
    let mut state = 7u64;
    let mut next = move |n: usize| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n as u64) as usize
    };
    let mut out = String::from("id,given,surname1,surname2,sex,dob,phone,national_id,municipality\n");
    let mut row = 0;
    while row < records {
        // The product of two draws makes some names common and most rare.
        let mut name =
            |parts: usize| -> String { (0..parts).map(|_| SYLLABLES[next(20).min(next(20))]).collect() };
        let (one, other, first, second) = (name(2), name(2), name(3), name(3));
        let day = format!("{}-{:02}-{:02}", 1950 + next(55), 1 + next(12), 1 + next(28));
        let document = format!("{:09}", next(1_000_000_000));
        let phone = format!("7{:07}", next(10_000_000));
        let (sex, town) = (["M", "F"][next(2)], format!("town {}", next(150)));
        for _ in 0..=next(4) {
            let blank = |missing: bool, text: &str| if missing { String::new() } else { text.to_owned() };
            let second = blank(next(8) == 0, &second);
            let other = blank(next(4) == 0, &other);
            let (day, phone) = (blank(next(7) == 0, &day), blank(next(3) == 0, &phone));
            let mut document = blank(next(5) < 2, &document);
            if !document.is_empty() && next(20) == 0 {
                document.replace_range(3..4, "0");
            }
            let town = blank(next(8) == 0, &town);
            let written =
                writeln!(out, "{row},{one} {other},{first},{second},{sex},{day},{phone},{document},{town}");
            debug_assert!(written.is_ok());
            row += 1;
        }
    }
    out
}

/// A model fitted as a run fits it.
fn fitted(columns: &Columns) -> FittedModel {
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed::default(), &Silent, &cancelled);
    match resolve_columns(columns, &[], &[], &ResolveConfig::default(), &context) {
        Ok(found) => found.model,
        Err(_) => FittedModel::defaults(columns.mentions.len()),
    }
}

fn kernels(c: &mut Criterion) {
    let codes = |text: &str| text.chars().map(spell::code).collect::<Vec<u8>>();
    let (a, b) = (codes("GUADALUPE HERNANDEZ"), codes("GUADALUPE FERNANDES"));
    c.bench_function("resolve/osa", |x| x.iter(|| spell::osa(black_box(&a), black_box(&b))));
    c.bench_function("resolve/jaro_winkler", |x| {
        x.iter(|| spell::jaro_winkler(black_box(&a), black_box(&b)))
    });

    let text = table(100_000);
    let mut group = c.benchmark_group("resolve");
    group.sample_size(10).throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("read", |x| {
        x.iter(|| read_people(black_box(text.as_bytes()), &TableConfig::default()))
    });
    let Ok(people) = read_people(text.as_bytes(), &TableConfig::default()) else { return };
    let columns = &people.mentions;
    let units: Vec<u32> = (0..columns.mentions.len() as u32).collect();
    group.throughput(Throughput::Elements(units.len() as u64));
    group.bench_function("block", |x| {
        x.iter(|| candidate_pairs(columns, black_box(&units), &BlockConfig::default()));
    });
    let candidates = candidate_pairs(columns, &units, &BlockConfig::default());
    let mut pairs = Vec::new();
    candidates.for_each(|a, b| pairs.push((a, b)));
    let model = fitted(columns);
    let weigher = Weigher::new(columns, &model);
    let least = Least { one: 0.0, kin: f64::INFINITY };
    let mut edges: Vec<Edge> = Vec::new();
    group.throughput(Throughput::Elements(pairs.len() as u64));
    group.bench_function("compare_and_score", |x| {
        let mut comparer = weigher.comparer();
        x.iter(|| {
            edges.clear();
            weigher.weigh(&mut comparer, pairs.iter().copied(), least, &mut |found| {
                if let Found::One(edge) = found {
                    edges.push(edge);
                }
            });
        });
    });
    let mut counter = Counter::default();
    let mut comparer = Comparer::new(columns);
    pairs.iter().for_each(|(a, b)| counter.add(comparer.compare(*a, *b), 1));
    let counted = counter.into_counted(1.0);
    let random = random_levels(columns, 42, TrainConfig::default().sample);
    let all = (units.len() * (units.len() - 1) / 2) as f64;
    group.throughput(Throughput::Elements(counted.len() as u64));
    group.bench_function("expectation_maximisation", |x| {
        x.iter(|| train(units.len(), &random, black_box(&counted), all, &TrainConfig::default()));
    });
    let sizes = vec![1; units.len()];
    let config = ClusterConfig { threshold_bits: 0.0, absent_bits: -5.0, most_bits: 20.0 };
    group.throughput(Throughput::Elements(edges.len() as u64));
    group
        .bench_function("cluster", |x| x.iter(|| cluster(&sizes, &weigher, black_box(&edges), &[], &config)));
    let members: Vec<u32> = (0..40).collect();
    group.throughput(Throughput::Elements(1));
    group.bench_function("unmerge", |x| {
        x.iter(|| regroup(black_box(&members), &sizes, &weigher, &[], &[(0, 1)], &config));
    });
    group.finish();
}

criterion_group!(benches, kernels);
criterion_main!(benches);
