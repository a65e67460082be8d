//! Tests of `pagerank`: against the linear equations, known shares, and other numbers of threads.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::prelude::*;

/// Solves (I - d A D^-1) x = (1 - d) / n by elimination, with stuck nodes tied to everybody.
fn solved(graph: &WeightedGraph, damping: f64) -> Vec<f64> {
    let n = graph.node_count();
    let mut rows = vec![vec![0.0; n + 1]; n];
    for from in 0..n {
        let out: f64 = graph.row(from as u32).map(|arc| f64::from(graph.weight_at(arc))).sum();
        for (to, row) in rows.iter_mut().enumerate() {
            let share = if out > 0.0 {
                f64::from(graph.weight_between(from as u32, to as u32)) / out
            } else {
                1.0 / n as f64
            };
            row[from] = f64::from(u8::from(from == to)) - damping * share;
            row[n] = (1.0 - damping) / n as f64;
        }
    }
    for pivot in 0..n {
        for other in 0..n {
            if other != pivot {
                let factor = rows[other][pivot] / rows[pivot][pivot];
                let taken: Vec<f64> = rows[pivot].iter().map(|value| factor * value).collect();
                for (value, taken) in rows[other].iter_mut().zip(taken) {
                    *value -= taken;
                }
            }
        }
    }
    (0..n).map(|i| rows[i][n] / rows[i][i]).collect()
}

proptest! {
    #[test]
    fn shares_solve_the_equations(
        edges in proptest::collection::vec((0u32..12, 0u32..12, 1u8..4), 0..40), weighted: bool,
    ) {
        let edges: Vec<(u32, u32, f32)> =
            edges.iter().map(|&(u, v, w)| (u, v, if weighted { f32::from(w) } else { 1.0 })).collect();
        let graph = WeightedGraph::from_edges(12, &edges).unwrap();
        let found = pagerank(&graph, &RankConfig { tolerance: 1e-13, rounds: 1000, ..RankConfig::default() });
        prop_assert!(found.settled);
        prop_assert!((found.rank.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        for (ours, theirs) in found.rank.iter().zip(solved(&graph, 0.85)) {
            prop_assert!((ours - theirs).abs() < 1e-9, "{} {}", ours, theirs);
        }
    }
}

#[test]
fn the_same_bits_at_any_number_of_threads() {
    let pairs: Vec<(u32, u32)> =
        (0..60_000u32).map(|i| (i * 7919 % 20_000, i.wrapping_mul(104_729) % 19_997)).collect();
    let graph = WeightedGraph::from_pairs(20_000, &pairs).unwrap();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let ranks = pool.install(|| pagerank(&graph, &RankConfig::default()));
        ranks.rank.into_iter().map(f64::to_bits).collect::<Vec<u64>>()
    };
    let one = run(1);
    assert!([2, 3, 8].into_iter().all(|threads| run(threads) == one));
}

#[test]
fn rounds_are_bounded_and_told() {
    let graph = WeightedGraph::from_pairs(3, &[(0, 1), (1, 2)]).unwrap();
    let found = pagerank(&graph, &RankConfig { tolerance: 0.0, rounds: 3, ..RankConfig::default() });
    assert_eq!((found.rounds, found.settled), (3, false));
    assert!(pagerank(&WeightedGraph::from_pairs(0, &[]).unwrap(), &RankConfig::default()).rank.is_empty());
}
