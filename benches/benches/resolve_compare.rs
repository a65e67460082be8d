//! Resolution: comparators of text, and pairs compared and weighed.
#![allow(missing_docs, reason = "criterion's macros make items without documentation")]

use benches::people::table;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use resolve::block::{BlockConfig, candidate_pairs};
use resolve::cluster::Weigher;
use resolve::compare::spell;
use resolve::model::FittedModel;
use resolve::score::Odds;
use resolve::table::{TableConfig, read_people};
use std::hint::black_box;

fn texts(c: &mut Criterion) {
    let codes = |text: &str| text.chars().map(spell::code).collect::<Vec<u8>>();
    let (a, b) = (codes("GUADALUPE HERNANDEZ"), codes("GUADALUPE FERNANDES"));
    c.bench_function("resolve/osa", |x| x.iter(|| spell::osa(black_box(&a), black_box(&b))));
    c.bench_function("resolve/jaro_winkler", |x| {
        x.iter(|| spell::jaro_winkler(black_box(&a), black_box(&b)))
    });
}

fn pairs(c: &mut Criterion) {
    let text = table(100_000);
    let Ok(people) = read_people(text.as_bytes(), &TableConfig::default()) else { return };
    let columns = &people.mentions;
    let units: Vec<u32> = (0..columns.mentions.len() as u32).collect();
    let mut pairs = Vec::new();
    candidate_pairs(columns, &units, &BlockConfig::default()).for_each(|a, b| pairs.push((a, b)));
    let model = FittedModel::defaults(units.len());
    let weigher = Weigher::new(columns, &model);
    let mut group = c.benchmark_group("resolve");
    group.sample_size(10).throughput(Throughput::Elements(pairs.len() as u64));
    for (name, least) in [("compare_and_score", 0.0), ("compare_and_score_all_found", f64::NEG_INFINITY)] {
        group.bench_function(name, |x| {
            let mut comparer = weigher.comparer();
            x.iter(|| {
                let mut found = 0u64;
                let least = Odds { one: least, kin: f64::INFINITY };
                weigher.weigh(&mut comparer, pairs.iter().copied(), least, &mut |_| found += 1);
                found
            });
        });
    }
    group.finish();
}

criterion_group!(benches, texts, pairs);
criterion_main!(benches);
