//! Where to draw each node so that people can read the chart: springs between all nodes, then no two on one spot.
//!
//! Each connected component is drawn by itself and the components are packed side by side. Only the four operations and
//! square roots are used, which IEEE 754 fixes to the last bit, so that one seed gives one picture everywhere.

use crate::layout::springs::Terms;
use model::ids::Seed;

mod pack;
mod spread;
mod springs;

#[cfg(test)]
mod tests;

/// How to draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayoutConfig {
    /// Seed of the first positions and of the order in which springs are relaxed.
    pub seed: Seed,
    /// Rounds over all springs.
    pub rounds: u32,
    /// Least distance between two nodes, in units of the drawing; also the scale of the whole.
    pub spacing: f32,
}

impl Default for LayoutConfig {
    fn default() -> Self {
        Self { seed: Seed::default(), rounds: 30, spacing: 40.0 }
    }
}

/// Where a node stands. The drawing begins at (0, 0) and grows right and down.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Position {
    /// To the right.
    pub x: f32,
    /// Down.
    pub y: f32,
}

/// A point while drawing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Point {
    x: f64,
    y: f64,
}

/// Where does each node stand?
///
/// Springs between all pairs of a component whose rest length is their distance in the graph, relaxed one by one in
/// seeded order: Zheng, Pawar & Goodman, "Graph drawing by stochastic gradient descent", 2018,
/// doi:10.1109/TVCG.2018.2859997. Edges of busy nodes are longer, so that their many leaves find room. Components above
/// 1,600 nodes use springs to 48 pivots beside their edges (after Ortmann, Klimenta & Brandes 2017,
/// doi:10.7155/jgaa.00440). Then nodes closer than `spacing` are pushed apart, and components are packed, the largest
/// first.
///
/// # Arguments    `nodes`: how many, numbered from 0; `edges`: pairs of them (loops, repeats and unknown nodes are passed over)
/// # Returns      one position a node, no two closer than `spacing` (but for the rounding to 32 bits)
/// # Complexity   O(c^2 rounds) for components of c <= 1,600 nodes, O((48 c + m) rounds) above
/// # Determinism  the same bytes at any thread count; order and direction of edges leave no trace
pub fn layout(nodes: usize, edges: &[(u32, u32)], config: &LayoutConfig) -> Vec<Position> {
    let adjacency = adjacency(nodes, edges);
    let spacing = f64::from(config.spacing.max(f32::MIN_POSITIVE));
    let components = components(&adjacency);
    let mut boxes = Vec::with_capacity(components.len());
    for members in &components {
        let mut points = draw(members, &adjacency, config);
        spread::spread(&mut points, 1.0, config.seed);
        boxes.push(points);
    }
    pack::pack(&mut boxes, 1.0);
    let mut out = vec![Position::default(); nodes];
    for (members, points) in components.iter().zip(&boxes) {
        for (&node, point) in members.iter().zip(points) {
            out[node as usize] = Position { x: (point.x * spacing) as f32, y: (point.y * spacing) as f32 };
        }
    }
    out
}

/// Neighbours of each node, ascending, each once.
fn adjacency(nodes: usize, edges: &[(u32, u32)]) -> Vec<Vec<u32>> {
    let mut rows = vec![Vec::new(); nodes];
    for &(u, v) in edges {
        if u != v && (u as usize) < nodes && (v as usize) < nodes {
            rows[u as usize].push(v);
            rows[v as usize].push(u);
        }
    }
    for row in &mut rows {
        row.sort_unstable();
        row.dedup();
    }
    rows
}

/// Members of each component in ascending order; the largest component first, then by first member.
fn components(adjacency: &[Vec<u32>]) -> Vec<Vec<u32>> {
    let mut seen = vec![false; adjacency.len()];
    let mut components: Vec<Vec<u32>> = Vec::new();
    for start in 0..adjacency.len() {
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        let mut members = vec![start as u32];
        let mut at = 0;
        while let Some(&node) = members.get(at) {
            at += 1;
            for &other in &adjacency[node as usize] {
                if !std::mem::replace(&mut seen[other as usize], true) {
                    members.push(other);
                }
            }
        }
        members.sort_unstable();
        components.push(members);
    }
    components.sort_by_key(|m| std::cmp::Reverse(m.len()));
    components
}

/// One component in units of the spacing.
fn draw(members: &[u32], adjacency: &[Vec<u32>], config: &LayoutConfig) -> Vec<Point> {
    if members.len() == 1 {
        return vec![Point::default()];
    }
    let place = |node: u32| members.partition_point(|&m| m < node) as u32;
    let rows: Vec<Vec<(u32, f64)>> = members
        .iter()
        .map(|&node| {
            let row = &adjacency[node as usize];
            row.iter()
                .map(|&other| (place(other), rest_length(row.len(), adjacency[other as usize].len())))
                .collect()
        })
        .collect();
    let terms = Terms::of(&rows);
    springs::relax(members.len(), &terms, config.rounds.max(1), config.seed)
}

/// Rest length of an edge in units of the spacing: the leaves of a busy node need a disc around it.
fn rest_length(degree_a: usize, degree_b: usize) -> f64 {
    let (low, high) = (degree_a.min(degree_b) as f64, degree_a.max(degree_b) as f64);
    2.0 + 0.55 * high.sqrt() + 0.35 * low.sqrt()
}
