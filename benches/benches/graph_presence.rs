//! Places and hours: who was under the same cells at the same times, and one telephone's pattern of life.
#![allow(missing_docs, reason = "criterion's macros make items without documentation")]

use benches::Draws;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use graph::colocation::{ColocationConfig, Sighting, colocated};
use graph::rhythm::{Beat, rhythm};
use std::hint::black_box;

const MINUTE_US: i64 = 60_000_000;

fn presence(c: &mut Criterion) {
    let mut draws = Draws::new(42);
    let sightings: Vec<Sighting> = (0..500_000u32)
        .map(|id| Sighting {
            cell: draws.skewed(2_000),
            time_us: i64::from(draws.below(90 * 24 * 60)) * MINUTE_US,
            node: draws.skewed(20_000),
            id,
        })
        .collect();
    let config = ColocationConfig { apart_us: 15 * MINUTE_US, ..ColocationConfig::default() };
    let mut group = c.benchmark_group("graph_presence");
    group.sample_size(10).throughput(Throughput::Elements(sightings.len() as u64));
    for targets in [1u32, 20] {
        let targets: Vec<u32> = (0..targets).map(|n| n * 31).collect();
        group.bench_function(format!("colocated/{}_targets", targets.len()), |b| {
            b.iter(|| colocated(black_box(&sightings), &targets, &config));
        });
    }
    let beats: Vec<Beat> = (0..100_000u32)
        .map(|_| {
            let minute = draws.below(365 * 24 * 60);
            Beat {
                instant_us: i64::from(minute) * MINUTE_US,
                hour: (minute / 60 % 24) as u8,
                weekday: (minute / 1_440 % 7) as u8,
                day: (minute / 1_440) as i32,
            }
        })
        .collect();
    group.throughput(Throughput::Elements(beats.len() as u64));
    group.bench_function("rhythm", |b| b.iter(|| rhythm(black_box(&beats), 10)));
    group.finish();
}

criterion_group!(benches, presence);
criterion_main!(benches);
