//! Springs between nodes and their relaxation by stochastic gradient descent.

use crate::layout::Point;
use crate::stream::Stream;
use model::ids::Seed;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Components up to this size get a spring between every pair.
const FULL: usize = 1_600;
/// Pivots of larger components.
const PIVOTS: usize = 48;

/// A spring: two nodes and its rest length; it pulls with the inverse square of that length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    a: u32,
    b: u32,
    length: f32,
}

/// All springs of a component.
pub(super) struct Terms(Vec<Term>);

impl Terms {
    /// Springs of a component given as rows of (neighbour, rest length).
    pub(super) fn of(rows: &[Vec<(u32, f64)>]) -> Self {
        let nodes = rows.len();
        if nodes <= FULL {
            let per_node: Vec<Vec<Term>> = (0..nodes as u32)
                .into_par_iter()
                .map(|a| {
                    let lengths = lengths_from(rows, a);
                    (0..a).map(|b| Term { a, b, length: lengths[b as usize] as f32 }).collect()
                })
                .collect();
            return Self(per_node.concat());
        }
        let mut terms = Vec::new();
        for (a, row) in rows.iter().enumerate() {
            let back = row.iter().filter(|&&(b, _)| (b as usize) < a);
            terms.extend(back.map(|&(b, length)| Term { a: a as u32, b, length: length as f32 }));
        }
        // Each pivot is the node farthest from those before it.
        let mut nearest = vec![f64::INFINITY; nodes];
        let mut pivot = 0usize;
        for _ in 0..PIVOTS {
            let lengths = lengths_from(rows, pivot as u32);
            for (node, &length) in lengths.iter().enumerate() {
                nearest[node] = nearest[node].min(length);
                if node != pivot {
                    terms.push(Term { a: node as u32, b: pivot as u32, length: length as f32 });
                }
            }
            let farthest = (0..nodes).max_by(|&a, &b| nearest[a].total_cmp(&nearest[b]).then(b.cmp(&a)));
            pivot = farthest.unwrap_or(0);
        }
        Self(terms)
    }
}

/// Length of the shortest way from one node to each other (Dijkstra).
fn lengths_from(rows: &[Vec<(u32, f64)>], from: u32) -> Vec<f64> {
    let mut lengths = vec![f64::INFINITY; rows.len()];
    lengths[from as usize] = 0.0;
    // Lengths are not negative, so their bits sort as they do.
    let mut heap = BinaryHeap::from([Reverse((0u64, from))]);
    while let Some(Reverse((bits, node))) = heap.pop() {
        let here = f64::from_bits(bits);
        if here > lengths[node as usize] {
            continue;
        }
        for &(other, length) in &rows[node as usize] {
            let there = here + length;
            if there < lengths[other as usize] {
                lengths[other as usize] = there;
                heap.push(Reverse((there.to_bits(), other)));
            }
        }
    }
    lengths
}

/// Positions after `rounds` rounds over all springs, steps falling geometrically from full to a tenth of the shortest.
pub(super) fn relax(nodes: usize, terms: &Terms, rounds: u32, seed: Seed) -> Vec<Point> {
    let mut stream = Stream::new(seed.0 ^ nodes as u64);
    let longest = terms.0.iter().map(|t| f64::from(t.length)).fold(1.0, f64::max);
    let shortest = terms.0.iter().map(|t| f64::from(t.length)).fold(longest, f64::min);
    let mut points: Vec<Point> =
        (0..nodes).map(|_| Point { x: stream.unit() * longest, y: stream.unit() * longest }).collect();
    let mut order = terms.0.clone();
    let first_step = longest * longest;
    let last_step = 0.1 * shortest * shortest;
    let factor = root(last_step / first_step, rounds.saturating_sub(1).max(1));
    let mut step = first_step;
    for _ in 0..rounds {
        stream.shuffle(&mut order);
        for term in &order {
            let length = f64::from(term.length);
            let share = (step / (length * length)).min(1.0);
            let (a, b) = (points[term.a as usize], points[term.b as usize]);
            let (dx, dy) = (a.x - b.x, a.y - b.y);
            let distance = (dx * dx + dy * dy).sqrt().max(1e-9);
            let pull = share * (distance - length) / (2.0 * distance);
            points[term.a as usize] = Point { x: a.x - pull * dx, y: a.y - pull * dy };
            points[term.b as usize] = Point { x: b.x + pull * dx, y: b.y + pull * dy };
        }
        step *= factor;
    }
    points
}

/// The `n`-th root of `x` in 0..=1 by halving: only multiplications, hence the same bits everywhere.
fn root(x: f64, n: u32) -> f64 {
    let (mut low, mut high) = (0.0f64, 1.0f64);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        let power = (0..n).fold(1.0, |p, _| p * middle);
        if power < x { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots() {
        assert!((root(0.001, 3) - 0.1).abs() < 1e-12);
        assert!((root(0.5, 1) - 0.5).abs() < 1e-12);
    }
}
