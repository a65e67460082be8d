//! petgraph's visit traits for the weighted graph, as an undirected graph.

use crate::csr::WeightedGraph;
use crate::nodeset::NodeSet;
use petgraph::visit::{
    Data, EdgeCount, EdgeRef, GraphBase, GraphProp, IntoEdgeReferences, IntoEdges, IntoNeighbors,
    IntoNeighborsDirected, IntoNodeIdentifiers, NodeCompactIndexable, NodeCount, NodeIndexable, Visitable,
};
use petgraph::{Direction, Undirected};
use std::ops::Range;

/// An edge seen from one of its ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightedEdge {
    source: u32,
    target: u32,
    weight: f32,
}

impl EdgeRef for WeightedEdge {
    type NodeId = u32;
    /// The smaller and the larger end: the same from both.
    type EdgeId = (u32, u32);
    type Weight = f32;

    fn source(&self) -> u32 {
        self.source
    }

    fn target(&self) -> u32 {
        self.target
    }

    fn weight(&self) -> &f32 {
        &self.weight
    }

    fn id(&self) -> (u32, u32) {
        (self.source.min(self.target), self.source.max(self.target))
    }
}

/// The edges of one node.
#[derive(Clone, Debug)]
pub struct RowEdges<'a> {
    graph: &'a WeightedGraph,
    node: u32,
    arcs: Range<usize>,
}

impl Iterator for RowEdges<'_> {
    type Item = WeightedEdge;

    fn next(&mut self) -> Option<WeightedEdge> {
        let arc = self.arcs.next()?;
        Some(WeightedEdge {
            source: self.node,
            target: self.graph.targets[arc],
            weight: self.graph.weight_at(arc),
        })
    }
}

/// Every edge once, from its smaller end.
#[derive(Clone, Debug)]
pub struct EveryEdge<'a> {
    row: RowEdges<'a>,
}

impl Iterator for EveryEdge<'_> {
    type Item = WeightedEdge;

    fn next(&mut self) -> Option<WeightedEdge> {
        loop {
            match self.row.next() {
                Some(edge) if edge.source <= edge.target => return Some(edge),
                Some(_) => {}
                None => {
                    let node = self.row.node + 1;
                    if node as usize >= self.row.graph.node_count() {
                        return None;
                    }
                    self.row = row_of(self.row.graph, node);
                }
            }
        }
    }
}

fn row_of(graph: &WeightedGraph, node: u32) -> RowEdges<'_> {
    let arcs = if (node as usize) < graph.node_count() { graph.row(node) } else { 0..0 };
    RowEdges { graph, node, arcs }
}

impl GraphBase for WeightedGraph {
    type NodeId = u32;
    type EdgeId = (u32, u32);
}

impl Data for WeightedGraph {
    type NodeWeight = ();
    type EdgeWeight = f32;
}

impl GraphProp for WeightedGraph {
    type EdgeType = Undirected;
}

impl NodeCount for WeightedGraph {
    fn node_count(&self) -> usize {
        self.node_count()
    }
}

impl EdgeCount for WeightedGraph {
    fn edge_count(&self) -> usize {
        self.edge_count()
    }
}

impl NodeIndexable for WeightedGraph {
    fn node_bound(&self) -> usize {
        self.node_count()
    }

    fn to_index(&self, node: u32) -> usize {
        node as usize
    }

    fn from_index(&self, index: usize) -> u32 {
        index as u32
    }
}

impl NodeCompactIndexable for WeightedGraph {}

impl Visitable for WeightedGraph {
    type Map = NodeSet;

    fn visit_map(&self) -> NodeSet {
        NodeSet::new(self.node_count())
    }

    fn reset_map(&self, map: &mut NodeSet) {
        map.clear();
    }
}

impl<'a> IntoNeighbors for &'a WeightedGraph {
    type Neighbors = std::iter::Copied<std::slice::Iter<'a, u32>>;

    fn neighbors(self, node: u32) -> Self::Neighbors {
        WeightedGraph::neighbors(self, node).iter().copied()
    }
}

impl<'a> IntoNeighborsDirected for &'a WeightedGraph {
    type NeighborsDirected = std::iter::Copied<std::slice::Iter<'a, u32>>;

    fn neighbors_directed(self, node: u32, _direction: Direction) -> Self::NeighborsDirected {
        WeightedGraph::neighbors(self, node).iter().copied()
    }
}

impl<'a> IntoEdgeReferences for &'a WeightedGraph {
    type EdgeRef = WeightedEdge;
    type EdgeReferences = EveryEdge<'a>;

    fn edge_references(self) -> EveryEdge<'a> {
        EveryEdge { row: row_of(self, 0) }
    }
}

impl<'a> IntoEdges for &'a WeightedGraph {
    type Edges = RowEdges<'a>;

    fn edges(self, node: u32) -> RowEdges<'a> {
        row_of(self, node)
    }
}

impl IntoNodeIdentifiers for &WeightedGraph {
    type NodeIdentifiers = Range<u32>;

    fn node_identifiers(self) -> Range<u32> {
        0..self.node_count() as u32
    }
}
