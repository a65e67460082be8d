//! Tests of `leiden`: known answers, naive models and hostile input.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use graph::stream::Stream;
use model::run::Silent;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

/// Zachary's karate club (1977), 34 members, 78 ties, members numbered from 1.
const KARATE: &str = "1-2 1-3 1-4 1-5 1-6 1-7 1-8 1-9 1-11 1-12 1-13 1-14 1-18 1-20 1-22 1-32 2-3 2-4 2-8 2-14 2-18 2-20 \
    2-22 2-31 3-4 3-8 3-9 3-10 3-14 3-28 3-29 3-33 4-8 4-13 4-14 5-7 5-11 6-7 6-11 6-17 7-17 9-31 9-33 9-34 10-34 14-34 \
    15-33 15-34 16-33 16-34 19-33 19-34 20-34 21-33 21-34 23-33 23-34 24-26 24-28 24-30 24-33 24-34 25-26 25-28 25-32 \
    26-32 27-30 27-34 28-34 29-32 29-34 30-33 30-34 31-33 31-34 32-33 32-34 33-34";

fn karate() -> WeightedGraph {
    let pairs: Vec<(u32, u32)> = KARATE
        .split_whitespace()
        .map(|p| p.split_once('-').unwrap())
        .map(|(a, b)| (a.parse::<u32>().unwrap() - 1, b.parse::<u32>().unwrap() - 1))
        .collect();
    assert_eq!(pairs.len(), 78);
    WeightedGraph::from_pairs(34, &pairs).unwrap()
}

fn run(graph: &WeightedGraph, config: &PartitionConfig) -> Partition {
    let never = AtomicBool::new(false);
    partition(graph, config, &RunContext::new(config.seed, &Silent, &never)).unwrap()
}

fn with(objective: Objective, resolution: f64) -> PartitionConfig {
    PartitionConfig { objective, resolution, ..PartitionConfig::default() }
}

/// Cliques in a ring, each tied to the next by one edge.
fn ring_of_cliques(cliques: u32, size: u32) -> WeightedGraph {
    let mut pairs = Vec::new();
    for c in 0..cliques {
        for i in 0..size {
            pairs.extend((0..i).map(|j| (c * size + i, c * size + j)));
        }
        pairs.push((c * size, ((c + 1) % cliques) * size + 1));
    }
    WeightedGraph::from_pairs((cliques * size) as usize, &pairs).unwrap()
}

/// Groups of `size` nodes; each node draws `inner` partners within and `outer` without.
fn planted(groups: u32, size: u32, inner: u32, outer: u32, seed: u64) -> (WeightedGraph, Vec<u32>) {
    let n = groups * size;
    let mut stream = Stream::of(seed, 0);
    let mut below = |bound: u32| (stream.draw() % u64::from(bound)) as u32;
    let mut pairs = Vec::new();
    for v in 0..n {
        for _ in 0..inner {
            pairs.push((v, v / size * size + below(size)));
        }
        for _ in 0..outer {
            pairs.push((v, below(n)));
        }
    }
    (WeightedGraph::from_pairs(n as usize, &pairs).unwrap(), (0..n).map(|v| v / size).collect())
}

/// Quality by the textbook, in floating point over all pairs.
fn naive(graph: &WeightedGraph, labels: &[u32], objective: Objective, resolution: f64) -> f64 {
    let n = graph.node_count() as u32;
    let doubled = 2.0 * graph.total_weight();
    let mut sum = 0.0;
    let (mut exit, mut rate) = (BTreeMap::new(), BTreeMap::new());
    let plogp = |x: f64| if x > 0.0 { x * x.log2() } else { 0.0 };
    let mut nodes = 0.0;
    for u in 0..n {
        for v in 0..n {
            let w = f64::from(graph.weight_between(u, v)) * if u == v { 2.0 } else { 1.0 };
            let same = labels[u as usize] == labels[v as usize];
            match objective {
                Objective::Modularity if same => {
                    sum += (w - resolution * graph.strength(u) * graph.strength(v) / doubled) / doubled;
                }
                Objective::Cpm if same => sum += (w - if u == v { 0.0 } else { resolution }) / 2.0,
                Objective::Map if !same => *exit.entry(labels[u as usize]).or_insert(0.0) += w / doubled,
                _ => {}
            }
        }
        *rate.entry(labels[u as usize]).or_insert(0.0) += graph.strength(u) / doubled;
        nodes += plogp(graph.strength(u) / doubled);
    }
    if objective == Objective::Map {
        let all: f64 = exit.values().sum();
        let leave: f64 = exit.values().map(|&q| plogp(q)).sum();
        let both: f64 = rate.iter().map(|(c, &p)| plogp(p + exit.get(c).copied().unwrap_or(0.0))).sum();
        return plogp(all) - 2.0 * leave + both - nodes;
    }
    sum
}

fn assert_sound(graph: &WeightedGraph, found: &Partition) {
    let n = graph.node_count();
    assert_eq!(found.labels.len(), n);
    let mut dense = found.labels.clone();
    assert_eq!(renumber(&mut dense, n.max(1)), found.communities as usize);
    assert_eq!(dense, found.labels, "labels are dense in order of first node");
    // Inside each community edges join everybody.
    let inside: Vec<(u32, u32)> = (0..n as u32)
        .flat_map(|u| graph.neighbors(u).iter().map(move |&v| (u, v)))
        .filter(|&(u, v)| found.labels[u as usize] == found.labels[v as usize])
        .collect();
    let pieces = WeightedGraph::from_pairs(n, &inside).unwrap().components();
    assert_eq!(pieces.iter().max().map_or(0, |&m| m + 1), found.communities, "every community is connected");
}

#[test]
fn karate_club() {
    let graph = karate();
    let found = run(&graph, &PartitionConfig::default());
    // The optimum, proved by Brandes et al. 2008 (doi:10.1109/TKDE.2007.190689).
    assert!((found.quality - 0.419_789_6).abs() < 1e-6, "{}", found.quality);
    assert_eq!(found.communities, 4);
    assert_sound(&graph, &found);
    let map = run(&graph, &with(Objective::Map, 1.0));
    // The two-level optimum known for this graph is 4.3118 bits with three modules.
    assert!((map.quality - 4.311_795).abs() < 1e-5, "{} {}", map.quality, map.communities);
    assert_eq!(map.communities, 3);
}

#[test]
fn ring_of_cliques_shows_the_resolution_limit() {
    let graph = ring_of_cliques(30, 5);
    let cliques: Vec<u32> = (0..150).map(|v| v / 5).collect();
    let modularity = run(&graph, &PartitionConfig::default());
    // The optimum joins neighbours two by two (Fortunato & Barthelemy 2007, doi:10.1073/pnas.0605965104).
    let pairs: Vec<u32> = (0..150).map(|v| v / 10).collect();
    let optimum = quality(&graph, &pairs, Objective::Modularity, 1.0);
    assert!(modularity.quality > optimum - 0.001, "{} {optimum}", modularity.quality);
    assert!((15..18).contains(&modularity.communities), "{}", modularity.communities);
    assert!(optimum > quality(&graph, &cliques, Objective::Modularity, 1.0));
    for config in [with(Objective::Map, 1.0), with(Objective::Cpm, 0.2), with(Objective::Modularity, 3.0)] {
        let found = run(&graph, &config);
        assert_eq!(found.labels, cliques, "{:?}", config.objective);
        assert_sound(&graph, &found);
    }
    // Unweighted: inside 30 * 10, pairs 30 * 10.
    let cpm = run(&graph, &with(Objective::Cpm, 0.2));
    assert!((cpm.quality - (300.0 - 0.2 * 300.0)).abs() < 1e-9);
}

#[test]
fn planted_groups_come_back() {
    for seed in 1..4 {
        let (graph, truth) = planted(40, 25, 6, 3, seed);
        for objective in [Objective::Modularity, Objective::Map] {
            let found = run(&graph, &with(objective, 1.0));
            assert_sound(&graph, &found);
            assert_eq!(found.labels, truth, "{objective:?} seed {seed}");
        }
    }
}

#[test]
fn same_bytes_at_any_thread_count() {
    let (unit, _) = planted(60, 100, 7, 5, 9);
    let weighted: Vec<(u32, u32, f32)> = (0..unit.node_count() as u32)
        .flat_map(|u| unit.neighbors(u).iter().map(move |&v| (u, v)).filter(|(u, v)| u <= v))
        .map(|(u, v)| (u, v, 0.1 + ((u * 31 + v * 17) % 50) as f32 / 7.0))
        .collect();
    let weighted = WeightedGraph::from_edges(unit.node_count(), &weighted).unwrap();
    for graph in [&unit, &weighted] {
        for objective in [Objective::Modularity, Objective::Cpm, Objective::Map] {
            let config = PartitionConfig {
                starts: 1,
                iterations: 2,
                ..with(objective, if objective == Objective::Cpm { 0.02 } else { 1.0 })
            };
            let at = |threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| run(graph, &config))
            };
            let one = at(1);
            assert_sound(graph, &one);
            assert!(one.communities > 1);
            for threads in [2, 4, 8] {
                let found = at(threads);
                assert_eq!(found.labels, one.labels, "{objective:?} at {threads}");
                assert_eq!(found.quality.to_bits(), one.quality.to_bits());
            }
        }
    }
}

#[test]
fn graphs_at_the_edge() {
    let empty = WeightedGraph::from_pairs(0, &[]).unwrap();
    let lonely = WeightedGraph::from_pairs(3, &[]).unwrap();
    let loops = WeightedGraph::from_pairs(3, &[(0, 0), (1, 2)]).unwrap();
    let star = WeightedGraph::from_pairs(2_001, &(1..2_001).map(|v| (0, v)).collect::<Vec<_>>()).unwrap();
    for objective in [Objective::Modularity, Objective::Cpm, Objective::Map] {
        let communities = |graph| {
            let found = run(graph, &with(objective, 0.5));
            assert_sound(graph, &found);
            assert!(found.quality.is_finite());
            found.communities
        };
        assert_eq!(communities(&empty), 0);
        assert_eq!(communities(&lonely), 3);
        assert_eq!(communities(&loops), 2);
        assert!(communities(&star) >= 1);
    }
}

#[test]
fn bad_parameters_and_cancelling() {
    let graph = karate();
    let never = AtomicBool::new(false);
    let context = RunContext::new(Seed(1), &Silent, &never);
    for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let config = with(Objective::Modularity, value);
        assert!(matches!(partition(&graph, &config, &context), Err(AnalyseError::BadResolution { .. })));
    }
    let asked = AtomicBool::new(true);
    let context = RunContext::new(Seed(1), &Silent, &asked);
    assert_eq!(partition(&graph, &PartitionConfig::default(), &context), Err(AnalyseError::Cancelled));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    #[test]
    fn sound_on_any_graph(
        n in 1usize..40,
        edges in proptest::collection::vec((0u32..40, 0u32..40, prop_oneof![Just(1.0f32), 0.01f32..50.0]), 0..120),
        objective in prop_oneof![Just(Objective::Modularity), Just(Objective::Cpm), Just(Objective::Map)],
        resolution in 0.05f64..3.0, seed: u64,
    ) {
        let edges: Vec<(u32, u32, f32)> =
            edges.into_iter().map(|(u, v, w)| (u % n as u32, v % n as u32, w)).collect();
        let graph = WeightedGraph::from_edges(n, &edges).unwrap();
        let config = PartitionConfig { seed: Seed(seed), starts: 2, ..with(objective, resolution) };
        let found = run(&graph, &config);
        assert_sound(&graph, &found);
        if graph.edge_count() > 0 {
            let expected = naive(&graph, &found.labels, objective, resolution);
            prop_assert!((found.quality - expected).abs() < 1e-5 * (1.0 + expected.abs()),
                "{} {}", found.quality, expected);
            // Never worse than to leave everybody alone, or (map equation) than one community a component.
            let alone: Vec<u32> = (0..n as u32).collect();
            let trivial = naive(&graph, &alone, objective, resolution);
            let gain = if objective == Objective::Map { trivial - found.quality } else { found.quality - trivial };
            prop_assert!(gain > -1e-6 * (1.0 + trivial.abs()), "{} {}", found.quality, trivial);
        }
    }
}

mod incremental_tests {
    use super::*;
    use crate::leiden::incremental::Incremental;

    fn grown(graph: &WeightedGraph, more: &[(u32, u32, f32)]) -> WeightedGraph {
        let n = graph.node_count() as u32;
        let mut edges: Vec<(u32, u32, f32)> = (0..n)
            .flat_map(|u| graph.neighbors(u).iter().map(move |&v| (u, v)).filter(|(u, v)| u <= v))
            .map(|(u, v)| (u, v, graph.weight_between(u, v)))
            .collect();
        edges.extend(more);
        let nodes = edges.iter().map(|&(u, v, _)| u.max(v) + 1).max().unwrap_or(0).max(n);
        WeightedGraph::from_edges(nodes as usize, &edges).unwrap()
    }

    #[test]
    fn follows_edges_that_move_a_node() {
        let graph = ring_of_cliques(12, 6);
        let found = run(&graph, &with(Objective::Modularity, 1.0));
        let mut living = Incremental::new(&graph, &found, 1.0).unwrap();
        assert!((living.modularity() - found.quality).abs() < 1e-12);
        // Node 3 of the first clique is tied to all of the seventh; a new node follows it.
        let mut more: Vec<(u32, u32, f32)> = (36..42).map(|v| (3, v, 4.0)).collect();
        more.push((72, 36, 1.0));
        let change = living.add(&more).unwrap();
        assert!(change.moved.contains(&3) && change.moved.contains(&72) && !change.cut);
        let now = living.partition();
        assert_eq!(now.labels[3], now.labels[36]);
        assert_eq!(now.labels[72], now.labels[36]);
        let graph = grown(&graph, &more);
        assert_sound(&graph, &now);
        let full = run(&graph, &with(Objective::Modularity, 1.0));
        assert!(now.quality > full.quality - 0.02, "{} {}", now.quality, full.quality);
        assert!(living.add(&[(0, 1, f32::NAN)]).is_err() && living.add(&[(0, 1, -1.0)]).is_err());
        assert_eq!(living.partition(), now);
    }

    #[test]
    fn stays_near_a_full_run() {
        let (graph, _) = planted(40, 25, 6, 3, 5);
        let found = run(&graph, &PartitionConfig::default());
        let mut living = Incremental::new(&graph, &found, 1.0).unwrap();
        let mut stream = Stream::of(3, 3);
        let more: Vec<(u32, u32, f32)> =
            (0..100).map(|_| ((stream.draw() % 1_000) as u32, (stream.draw() % 1_000) as u32, 1.0)).collect();
        living.add(&more).unwrap();
        let full = run(&grown(&graph, &more), &PartitionConfig::default());
        assert!(living.modularity() > full.quality - 0.001, "{} {}", living.modularity(), full.quality);
    }

    proptest! {
        #[test]
        fn books_agree_with_a_count_from_scratch(
            edges in proptest::collection::vec((0u32..20, 0u32..20, 0.5f32..4.0), 1..60),
            batches in proptest::collection::vec(
                proptest::collection::vec((0u32..24, 0u32..24, 0u8..5), 0..8), 1..5),
            resolution in 0.3f64..2.0,
        ) {
            let graph = WeightedGraph::from_edges(20, &edges).unwrap();
            let found = run(&graph, &with(Objective::Modularity, resolution));
            let mut living = Incremental::new(&graph, &found, resolution).unwrap();
            let mut all = Vec::new();
            for batch in &batches {
                let batch: Vec<(u32, u32, f32)> =
                    batch.iter().map(|&(u, v, w)| (u, v, f32::from(w))).collect();
                living.add(&batch).unwrap();
                all.extend(batch.into_iter().filter(|e| e.2 > 0.0));
                let now = living.partition();
                let graph = grown(&graph, &all);
                assert_sound(&graph, &now);
                let expected = naive(&graph, &now.labels, Objective::Modularity, resolution);
                prop_assert!((now.quality - expected).abs() < 1e-4, "{} {}", now.quality, expected);
            }
        }
    }
}
