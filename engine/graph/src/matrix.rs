//! Who of these is in touch with whom, and how much: the contact matrix.

use crate::filter::EdgeFilter;
use crate::layered::LayeredGraph;

#[cfg(test)]
mod tests;

/// One pair in one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatrixCell {
    /// Events.
    pub count: u64,
    /// First instant.
    pub first_us: Option<i64>,
    /// Last instant.
    pub last_us: Option<i64>,
    /// The edges that it is made of, ascending.
    pub edges: Vec<u32>,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactMatrix {
    /// Rows and columns: the nodes in the order given, without repeats or unknown ones.
    pub nodes: Vec<u32>,
    /// Row by row, from the node of the row to that of the column.
    pub cells: Vec<MatrixCell>,
    /// Events of each node with anybody who is not among them.
    pub outside: Vec<u64>,
}

/// Who of these is in touch with whom, and how much?
///
/// # Complexity  O(n^2 log d)
pub fn contact_matrix(graph: &LayeredGraph, nodes: &[u32], filter: &EdgeFilter) -> ContactMatrix {
    let mut out = ContactMatrix::default();
    for &node in nodes {
        if (node as usize) < graph.node_count() && !out.nodes.contains(&node) {
            out.nodes.push(node);
        }
    }
    for &source in &out.nodes {
        for &target in &out.nodes {
            let mut cell = MatrixCell::default();
            for number in graph.edges_between(source, target) {
                let edge = graph.edge(number);
                if filter.passes(&edge) {
                    cell.count = cell.count.saturating_add(edge.count);
                    cell.first_us = [cell.first_us, edge.first_us].into_iter().flatten().min();
                    cell.last_us = cell.last_us.max(edge.last_us);
                    cell.edges.push(number);
                }
            }
            out.cells.push(cell);
        }
        let all = graph.neighbors(source).filter(|n| !out.nodes.contains(&n.node));
        let counts = all.map(|n| graph.edge(n.edge)).filter(|e| filter.passes(e)).map(|e| e.count);
        out.outside.push(counts.fold(0, u64::saturating_add));
    }
    out
}
