//! petgraph's visit traits for the layered graph, as a directed multigraph.

use crate::layered::packed::{Packed, unpack};
use crate::layered::{Edge, LayeredGraph};
use crate::nodeset::NodeSet;
use petgraph::visit::{
    Data, EdgeCount, EdgeIndexable, EdgeRef, GraphBase, GraphProp, IntoEdgeReferences, IntoEdges,
    IntoEdgesDirected, IntoNeighbors, IntoNeighborsDirected, IntoNodeIdentifiers, IntoNodeReferences,
    NodeCompactIndexable, NodeCount, NodeIndexable, Visitable,
};
use petgraph::{Directed, Direction};
use std::ops::Range;

/// An edge as petgraph's algorithms see it; its weight is the whole [`Edge`].
#[derive(Clone, Copy, Debug)]
pub struct EdgeReference {
    number: u32,
    edge: Edge,
}

impl EdgeRef for EdgeReference {
    type NodeId = u32;
    type EdgeId = u32;
    type Weight = Edge;

    fn source(&self) -> u32 {
        self.edge.source
    }

    fn target(&self) -> u32 {
        self.edge.target
    }

    fn weight(&self) -> &Edge {
        &self.edge
    }

    fn id(&self) -> u32 {
        self.number
    }
}

/// The edges of a node in one direction.
#[derive(Clone, Debug)]
pub struct Edges<'a> {
    graph: &'a LayeredGraph,
    range: Range<u32>,
    direction: Direction,
}

impl<'a> Edges<'a> {
    fn new(graph: &'a LayeredGraph, node: u32, direction: Direction) -> Self {
        let offsets = match direction {
            Direction::Outgoing => &graph.columns.out_offsets,
            Direction::Incoming => &graph.columns.in_offsets,
        };
        Self { graph, range: offsets[node as usize]..offsets[node as usize + 1], direction }
    }
}

impl Iterator for Edges<'_> {
    type Item = EdgeReference;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.range.next()?;
        let number = match self.direction {
            Direction::Outgoing => at,
            Direction::Incoming => self.graph.columns.incoming[at as usize],
        };
        Some(EdgeReference { number, edge: self.graph.edge(number) })
    }
}

/// The nodes at the far ends of a node's edges in one direction; a node tied by several layers comes several times.
#[derive(Clone, Debug)]
pub struct NeighborNodes<'a>(Edges<'a>);

impl Iterator for NeighborNodes<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let edge = self.0.next()?.edge;
        Some(match self.0.direction {
            Direction::Outgoing => edge.target,
            Direction::Incoming => edge.source,
        })
    }
}

/// All edges by number.
#[derive(Clone, Debug)]
pub struct AllEdges<'a>(std::iter::Enumerate<std::slice::Iter<'a, Packed>>);

impl Iterator for AllEdges<'_> {
    type Item = EdgeReference;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(number, edge)| EdgeReference { number: number as u32, edge: unpack(edge) })
    }
}

/// All nodes, each with the empty weight that petgraph asks for.
#[derive(Clone, Debug)]
pub struct AllNodes(Range<u32>);

impl Iterator for AllNodes {
    type Item = (u32, ());

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|n| (n, ()))
    }
}

impl GraphBase for LayeredGraph {
    type NodeId = u32;
    type EdgeId = u32;
}

impl Data for LayeredGraph {
    type NodeWeight = ();
    type EdgeWeight = Edge;
}

impl GraphProp for LayeredGraph {
    type EdgeType = Directed;
}

impl NodeCount for LayeredGraph {
    fn node_count(&self) -> usize {
        self.node_count()
    }
}

impl EdgeCount for LayeredGraph {
    fn edge_count(&self) -> usize {
        self.edge_count()
    }
}

impl NodeIndexable for LayeredGraph {
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

impl EdgeIndexable for LayeredGraph {
    fn edge_bound(&self) -> usize {
        self.edge_count()
    }

    fn to_index(&self, edge: u32) -> usize {
        edge as usize
    }

    fn from_index(&self, index: usize) -> u32 {
        index as u32
    }
}

impl NodeCompactIndexable for LayeredGraph {}

impl Visitable for LayeredGraph {
    type Map = NodeSet;

    fn visit_map(&self) -> Self::Map {
        NodeSet::new(self.node_count())
    }

    fn reset_map(&self, map: &mut Self::Map) {
        map.clear();
    }
}

impl<'a> IntoNeighbors for &'a LayeredGraph {
    type Neighbors = NeighborNodes<'a>;

    fn neighbors(self, node: u32) -> Self::Neighbors {
        NeighborNodes(Edges::new(self, node, Direction::Outgoing))
    }
}

impl<'a> IntoNeighborsDirected for &'a LayeredGraph {
    type NeighborsDirected = NeighborNodes<'a>;

    fn neighbors_directed(self, node: u32, direction: Direction) -> Self::NeighborsDirected {
        NeighborNodes(Edges::new(self, node, direction))
    }
}

impl<'a> IntoEdgeReferences for &'a LayeredGraph {
    type EdgeRef = EdgeReference;
    type EdgeReferences = AllEdges<'a>;

    fn edge_references(self) -> Self::EdgeReferences {
        AllEdges(self.columns.edges.iter().enumerate())
    }
}

impl<'a> IntoEdges for &'a LayeredGraph {
    type Edges = Edges<'a>;

    fn edges(self, node: u32) -> Self::Edges {
        Edges::new(self, node, Direction::Outgoing)
    }
}

impl<'a> IntoEdgesDirected for &'a LayeredGraph {
    type EdgesDirected = Edges<'a>;

    fn edges_directed(self, node: u32, direction: Direction) -> Self::EdgesDirected {
        Edges::new(self, node, direction)
    }
}

impl IntoNodeIdentifiers for &LayeredGraph {
    type NodeIdentifiers = Range<u32>;

    fn node_identifiers(self) -> Self::NodeIdentifiers {
        0..self.node_count() as u32
    }
}

impl IntoNodeReferences for &LayeredGraph {
    type NodeRef = (u32, ());
    type NodeReferences = AllNodes;

    fn node_references(self) -> Self::NodeReferences {
        AllNodes(0..self.node_count() as u32)
    }
}
