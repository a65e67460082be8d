//! The graph that communities are computed on: undirected, weighted, in compressed sparse rows.
//!
//! Four bytes an arc without weights, eight with them; every edge stands in both its rows, a loop once in its own.
//! Rows are ascending by neighbour, so that the graph is the same bytes whatever order or thread count built it.

use crate::error::GraphError;

mod build;
mod visit;

#[cfg(test)]
mod tests;

/// An undirected graph with weights of 0 or more.
///
/// Stated treatment of what edge lists bring:
/// - the same edge twice, in either direction, is one edge with the sum of the weights;
/// - a loop is kept; it counts once in the total weight and twice in its node's strength;
/// - an edge of weight 0 pulls nothing and is left out; its nodes stay;
/// - a negative, infinite or NaN weight is an error that names the edge.
///
/// **Invariants:**
/// 1. Row `n` is `offsets[n]..offsets[n + 1]`, ascending by neighbour without repeats.
/// 2. `v` stands in row `u` exactly if `u` stands in row `v`, with the same weight.
/// 3. `weights` is absent exactly if every weight is one.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedGraph {
    offsets: Vec<u64>,
    targets: Vec<u32>,
    weights: Option<Vec<f32>>,
    edges: usize,
    total_weight: f64,
}

impl WeightedGraph {
    /// A graph of `nodes` nodes and unweighted edges; an edge given twice gets the weight 2.
    ///
    /// # Errors   as [`from_columns`](Self::from_columns)
    pub fn from_pairs(nodes: usize, pairs: &[(u32, u32)]) -> Result<Self, GraphError> {
        Self::from_columns(nodes, pairs, None)
    }

    /// A graph of `nodes` nodes and edges `(u, v, weight)`.
    ///
    /// # Errors   as [`from_columns`](Self::from_columns)
    pub fn from_edges(nodes: usize, edges: &[(u32, u32, f32)]) -> Result<Self, GraphError> {
        let pairs: Vec<(u32, u32)> = edges.iter().map(|&(u, v, _)| (u, v)).collect();
        let weights: Vec<f32> = edges.iter().map(|&(_, _, w)| w).collect();
        Self::from_columns(nodes, &pairs, Some(&weights))
    }

    /// A graph of edges in two columns, built in parallel.
    ///
    /// # Errors       `NoSuchNode`, `BadWeight`, `WeightCount`, `WeightOverflow`, `TooLarge`
    /// # Complexity   O(m log d) with d the largest degree; 24 bytes an edge while building, 40 with weights, the graph included
    /// # Determinism  the same edges in any order give the same graph at any thread count
    pub fn from_columns(
        nodes: usize,
        pairs: &[(u32, u32)],
        weights: Option<&[f32]>,
    ) -> Result<Self, GraphError> {
        build::build(nodes, pairs, weights)
    }

    /// How many nodes there are.
    pub fn node_count(&self) -> usize {
        self.offsets.len() - 1
    }

    /// How many undirected edges there are, loops among them.
    pub fn edge_count(&self) -> usize {
        self.edges
    }

    /// How many entries all rows have together: two an edge, one a loop.
    pub fn arc_count(&self) -> usize {
        self.targets.len()
    }

    /// Whether any weight differs from one.
    pub fn is_weighted(&self) -> bool {
        self.weights.is_some()
    }

    /// Weight of all edges together, each counted once.
    pub fn total_weight(&self) -> f64 {
        self.total_weight
    }

    /// The places of a node's row in [`targets`](Self::targets) and [`weights`](Self::weights).
    pub fn row(&self, node: u32) -> std::ops::Range<usize> {
        self.offsets[node as usize] as usize..self.offsets[node as usize + 1] as usize
    }

    /// Where each row begins; the last entry is the number of arcs.
    pub fn offsets(&self) -> &[u64] {
        &self.offsets
    }

    /// The neighbours of all rows.
    pub fn targets(&self) -> &[u32] {
        &self.targets
    }

    /// The weights of all rows; absent if every weight is one.
    pub fn weights(&self) -> Option<&[f32]> {
        self.weights.as_deref()
    }

    /// The neighbours of a node, ascending; the node itself if it has a loop.
    pub fn neighbors(&self, node: u32) -> &[u32] {
        &self.targets[self.row(node)]
    }

    /// The weight at a place of a row.
    pub fn weight_at(&self, arc: usize) -> f32 {
        self.weights.as_ref().map_or(1.0, |w| w[arc])
    }

    /// The weight of the edge between two nodes, 0 if there is none.
    pub fn weight_between(&self, a: u32, b: u32) -> f32 {
        let row = self.row(a);
        self.targets[row.clone()].binary_search(&b).map_or(0.0, |at| self.weight_at(row.start + at))
    }

    /// Entries of a node's row.
    pub fn degree(&self, node: u32) -> usize {
        self.row(node).len()
    }

    /// Weight of a node's edges, a loop counted twice.
    pub fn strength(&self, node: u32) -> f64 {
        let sum = |arc: usize| {
            let w = f64::from(self.weight_at(arc));
            if self.targets[arc] == node { 2.0 * w } else { w }
        };
        self.row(node).map(sum).sum()
    }

    /// Connected components: a label a node, dense in order of first node.
    ///
    /// # Complexity  O(n + m)
    pub fn components(&self) -> Vec<u32> {
        let mut label = vec![u32::MAX; self.node_count()];
        let (mut next, mut stack) = (0, Vec::new());
        for start in 0..self.node_count() {
            if label[start] != u32::MAX {
                continue;
            }
            label[start] = next;
            stack.push(start as u32);
            while let Some(node) = stack.pop() {
                for &other in self.neighbors(node) {
                    if label[other as usize] == u32::MAX {
                        label[other as usize] = next;
                        stack.push(other);
                    }
                }
            }
            next += 1;
        }
        label
    }
}

/// Adds lengths up into offsets.
fn offsets_of(lengths: &[u32]) -> Vec<u64> {
    let mut offsets = Vec::with_capacity(lengths.len() + 1);
    let mut at = 0u64;
    offsets.push(0);
    for &length in lengths {
        at += u64::from(length);
        offsets.push(at);
    }
    offsets
}
