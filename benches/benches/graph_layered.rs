//! Questions on the layered network with its evidence: ego, paths, chains in the order of time, common contacts, matrix,
//! changes.
#![allow(missing_docs, reason = "criterion's macros make items without documentation")]

use benches::Draws;
use criterion::{Criterion, criterion_group, criterion_main};
use graph::change::{ChangeConfig, changes};
use graph::common::{CommonConfig, common_contacts};
use graph::ego::{EgoConfig, ego};
use graph::error::GraphError;
use graph::filter::EdgeFilter;
use graph::layer::Layer;
use graph::layered::{EdgeInput, LayeredGraph, LayeredGraphBuilder};
use graph::matrix::contact_matrix;
use graph::path::{PathConfig, TemporalConfig, TemporalEdge, earliest_arrival, k_shortest};
use std::hint::black_box;

const NODES: u32 = 50_000;

fn layered(events: &[TemporalEdge]) -> Result<LayeredGraph, GraphError> {
    let mut builder = LayeredGraphBuilder::new(NODES as usize);
    for event in events.iter().filter(|e| e.source != e.target) {
        builder.add(EdgeInput {
            source: event.source,
            target: event.target,
            layer: if event.id % 10 == 0 { Layer::Money } else { Layer::Calls },
            first_us: Some(event.time_us),
            last_us: Some(event.time_us),
            count: 1,
            total: 60,
            currency: None,
            evidence: &[],
        })?;
    }
    builder.build()
}

fn questions(c: &mut Criterion) {
    let mut draws = Draws::new(42);
    let events: Vec<TemporalEdge> = (0..500_000u32)
        .map(|id| TemporalEdge {
            time_us: i64::from(id) * 1_000_000,
            source: draws.skewed(NODES),
            target: draws.skewed(NODES),
            id,
        })
        .collect();
    let (early, late) = events.split_at(events.len() / 2);
    let (Ok(graph), Ok(before), Ok(since)) = (layered(&events), layered(early), layered(late)) else {
        return;
    };
    let mut group = c.benchmark_group("graph_layered");
    let mut node = 0u32;
    let mut next = || {
        node = (node + 7_919) % NODES;
        node
    };
    let around = EgoConfig { hops: 2, ..EgoConfig::default() };
    group.bench_function("ego/two_hops", |b| b.iter(|| ego(&graph, &[black_box(next())], &around)));
    for k in [1, 3] {
        group.bench_function(format!("path/{k}_shortest"), |b| {
            b.iter(|| k_shortest(&graph, black_box(next()), black_box(next()), k, &PathConfig::default()));
        });
    }
    group.bench_function("common/3_targets", |b| {
        b.iter(|| common_contacts(&graph, &[next(), next(), next()], &CommonConfig::default()));
    });
    let hundred: Vec<u32> = (0..100).map(|_| draws.skewed(NODES)).collect();
    group.bench_function("matrix/100_nodes", |b| {
        b.iter(|| contact_matrix(&graph, black_box(&hundred), &EdgeFilter::default()));
    });
    group.sample_size(10);
    group.bench_function("path/earliest_arrival", |b| {
        b.iter(|| {
            earliest_arrival(&events, black_box(next()), black_box(next()), &TemporalConfig::default())
        });
    });
    let compared = ChangeConfig {
        filter: EdgeFilter::default(),
        before: 1.0,
        since: 1.0,
        least_strength: 10.83,
        limit: 100,
    };
    group.bench_function("changes", |b| b.iter(|| changes(&before, &since, &[], &compared)));
    group.finish();
}

criterion_group!(benches, questions);
criterion_main!(benches);
