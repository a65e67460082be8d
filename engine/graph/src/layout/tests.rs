//! Tests of `layout`: known answers, naive models and hostile input.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::prelude::*;

fn least_distance(positions: &[Position]) -> f32 {
    let mut least = f32::INFINITY;
    for (i, a) in positions.iter().enumerate() {
        for b in &positions[..i] {
            least = least.min((a.x - b.x).hypot(a.y - b.y));
        }
    }
    least
}

fn star(leaves: u32) -> Vec<(u32, u32)> {
    (1..=leaves).map(|leaf| (0, leaf)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn nobody_stands_on_another(
        nodes in 1usize..60, edges in proptest::collection::vec((0u32..60, 0u32..60), 0..90), seed: u64,
    ) {
        let config = LayoutConfig { seed: Seed(seed), ..LayoutConfig::default() };
        let positions = layout(nodes, &edges, &config);
        prop_assert_eq!(positions.len(), nodes);
        prop_assert!(positions.iter().all(|p| p.x.is_finite() && p.x >= 0.0 && p.y >= 0.0));
        prop_assert!(least_distance(&positions) > config.spacing * 0.999);
        let turned: Vec<(u32, u32)> = edges.iter().rev().map(|&(u, v)| (v, u)).collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        prop_assert_eq!(pool.install(|| layout(nodes, &turned, &config)), positions);
    }
}

#[test]
fn neighbours_are_nearer_than_strangers() {
    // A path of eight: distances in the drawing follow distances in the graph.
    let edges: Vec<(u32, u32)> = (0..7).map(|i| (i, i + 1)).collect();
    let p = layout(8, &edges, &LayoutConfig::default());
    let apart = |a: usize, b: usize| (p[a].x - p[b].x).hypot(p[a].y - p[b].y);
    for i in 0..7 {
        assert!(apart(i, i + 1) < apart(0, 7) / 3.0);
    }
    assert!(apart(0, 7) > apart(0, 3));
}

#[test]
fn a_star_of_many_leaves_and_many_small_components_stay_readable() {
    let mut edges = star(400);
    edges.extend((0..100).map(|i| (401 + 2 * i, 402 + 2 * i)));
    let config = LayoutConfig::default();
    let p = layout(700, &edges, &config);
    assert!(least_distance(&p) > config.spacing * 0.999);
    let (mut width, mut height) = (0.0f32, 0.0f32);
    for position in &p {
        (width, height) = (width.max(position.x), height.max(position.y));
    }
    // No more room than forty squares a node, and neither a column nor a line.
    assert!(width * height < 40.0 * 700.0 * config.spacing * config.spacing, "{width} x {height}");
    assert!(width / height < 4.0 && height / width < 2.0, "{width} x {height}");
}

#[test]
fn large_components_use_pivots() {
    let nodes = 2_000u32;
    let edges: Vec<(u32, u32)> = (1..nodes).map(|v| (v, v / 3)).collect();
    let config = LayoutConfig { rounds: 8, ..LayoutConfig::default() };
    let p = layout(nodes as usize, &edges, &config);
    assert!(least_distance(&p) > config.spacing * 0.999);
}
