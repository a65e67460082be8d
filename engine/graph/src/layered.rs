//! The graph that people look at: directed, layered, with the evidence of every edge.
//!
//! Edges are kept in compressed sparse rows in both directions: sorted by source, then target, layer and currency, with
//! a second index by target. An event is not an edge; whoever builds this graph decides which events make one.

use crate::column::Column;
use crate::error::GraphError;
use crate::layer::Layer;
use crate::layered::packed::{Columns, Packed, pack, pack_row, unpack, unpack_row};
use model::ids::RecordRef;
use model::money::Currency;
use rayon::prelude::{IntoParallelIterator as _, ParallelIterator as _, ParallelSliceMut as _};

pub mod packed;
mod visit;

#[cfg(test)]
mod tests;

/// One observation to be added to an edge.
#[derive(Clone, Copy, Debug)]
pub struct EdgeInput<'a> {
    /// Where it begins: caller, payer, holder.
    pub source: u32,
    /// Where it ends: receiver, beneficiary, thing held.
    pub target: u32,
    /// What kind of tie.
    pub layer: Layer,
    /// First instant, microseconds UTC, where one is known.
    pub first_us: Option<i64>,
    /// Last instant.
    pub last_us: Option<i64>,
    /// How many events it stands for.
    pub count: u64,
    /// Seconds for calls, minor units for money.
    pub total: i64,
    /// The currency of `total` for money.
    pub currency: Option<Currency>,
    /// The rows that prove it.
    pub evidence: &'a [RecordRef],
}

/// All that is known between two nodes in one direction, one layer and one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Where it begins.
    pub source: u32,
    /// Where it ends.
    pub target: u32,
    /// What kind of tie.
    pub layer: Layer,
    /// The currency of `total` for money.
    pub currency: Option<Currency>,
    /// First instant, microseconds UTC.
    pub first_us: Option<i64>,
    /// Last instant.
    pub last_us: Option<i64>,
    /// Events together; held at 2^32 - 1 should there ever be more.
    pub count: u64,
    /// Seconds or minor units together; held at the ends of `i64` should it ever pass them.
    pub total: i64,
}

/// A neighbour, the edge that leads there and whether that edge leaves the node asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbor {
    /// The other node.
    pub node: u32,
    /// Number of the edge.
    pub edge: u32,
    /// True if the edge leads from the node asked about to `node`.
    pub outgoing: bool,
}

/// Collects observations; [`build`](Self::build) merges those of equal source, target, layer and currency.
#[derive(Clone, Debug, Default)]
pub struct LayeredGraphBuilder {
    nodes: usize,
    pending: Vec<Pending>,
    evidence: Vec<RecordRef>,
}

#[derive(Clone, Copy, Debug)]
struct Pending {
    edge: Edge,
    evidence_from: usize,
    evidence_len: usize,
}

impl LayeredGraphBuilder {
    /// An empty graph of `nodes` nodes, numbered from 0.
    pub fn new(nodes: usize) -> Self {
        Self { nodes, ..Self::default() }
    }

    /// Adds an observation.
    ///
    /// # Errors   `GraphError::NoSuchNode` if an end is not below the number of nodes
    pub fn add(&mut self, input: EdgeInput<'_>) -> Result<(), GraphError> {
        for node in [input.source, input.target] {
            if node as usize >= self.nodes {
                return Err(GraphError::NoSuchNode { edge: self.pending.len(), node, nodes: self.nodes });
            }
        }
        self.pending.push(Pending {
            edge: Edge {
                source: input.source,
                target: input.target,
                layer: input.layer,
                currency: input.currency,
                first_us: input.first_us,
                last_us: input.last_us,
                count: input.count,
                total: input.total,
            },
            evidence_from: self.evidence.len(),
            evidence_len: input.evidence.len(),
        });
        self.evidence.extend_from_slice(input.evidence);
        Ok(())
    }

    /// The graph; the order in which observations were added leaves no trace in it.
    ///
    /// # Errors      `GraphError::TooLarge` beyond 2^32 - 1 nodes or merged edges
    /// # Complexity  O(m log m + evidence log evidence)
    pub fn build(mut self) -> Result<LayeredGraph, GraphError> {
        let limit = u32::MAX as usize;
        if self.nodes > limit {
            return Err(GraphError::TooLarge { count: self.nodes });
        }
        // Stable: equal keys stay in the order in which they were added, at any number of threads.
        self.pending.par_sort_by_key(|p| key(&p.edge));
        let mut edges: Vec<Packed> = Vec::new();
        let mut evidence: Vec<u64> = Vec::with_capacity(self.evidence.len());
        let mut evidence_offsets = vec![0u64];
        for group in self.pending.chunk_by(|a, b| key(&a.edge) == key(&b.edge)) {
            let Some(first) = group.first() else { continue };
            let mut edge = first.edge;
            edge.first_us = group.iter().filter_map(|p| p.edge.first_us).min();
            edge.last_us = group.iter().filter_map(|p| p.edge.last_us).max();
            edge.count = group.iter().fold(0, |sum, p| sum.saturating_add(p.edge.count));
            let total: i128 = group.iter().map(|p| i128::from(p.edge.total)).sum();
            edge.total = total.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64;
            edges.push(pack(&edge));
            let from = evidence.len();
            for p in group {
                let rows = &self.evidence[p.evidence_from..p.evidence_from + p.evidence_len];
                evidence.extend(rows.iter().map(|row| pack_row(*row)));
            }
            sort_and_dedup_tail(&mut evidence, from);
            evidence_offsets.push(evidence.len() as u64);
        }
        if edges.len() > limit {
            return Err(GraphError::TooLarge { count: edges.len() });
        }
        Ok(LayeredGraph::assemble(self.nodes, edges, evidence_offsets, evidence))
    }
}

fn key(edge: &Edge) -> (u32, u32, Layer, Option<Currency>) {
    (edge.source, edge.target, edge.layer, edge.currency)
}

fn sort_and_dedup_tail(rows: &mut Vec<u64>, from: usize) {
    rows[from..].sort_unstable();
    let mut kept = from;
    for i in from..rows.len() {
        if kept == from || rows[kept - 1] != rows[i] {
            rows[kept] = rows[i];
            kept += 1;
        }
    }
    rows.truncate(kept);
}

/// A directed, layered multigraph in compressed sparse rows.
///
/// 40 bytes an edge and 8 a row of its evidence, 12 more an edge for the indexes, 12 a node; in memory, or lent by a
/// mapped file (see [`packed`]).
///
/// **Invariants:**
/// 1. `edges` is sorted by (source, target, layer, currency) without repeats; the number of an edge is its place there.
/// 2. `out_offsets[n]..out_offsets[n + 1]` are the edges that leave `n`.
/// 3. `incoming[in_offsets[n]..in_offsets[n + 1]]` are the edges that reach `n`, ascending.
/// 4. The evidence of an edge is ascending and without repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LayeredGraph {
    columns: Columns,
}

impl LayeredGraph {
    fn assemble(nodes: usize, edges: Vec<Packed>, evidence_offsets: Vec<u64>, evidence: Vec<u64>) -> Self {
        let mut out_offsets = vec![0u32; nodes + 1];
        let mut in_offsets = vec![0u32; nodes + 1];
        for edge in &edges {
            let (source, target) = packed::ends(edge);
            out_offsets[source as usize + 1] += 1;
            in_offsets[target as usize + 1] += 1;
        }
        for n in 0..nodes {
            out_offsets[n + 1] += out_offsets[n];
            in_offsets[n + 1] += in_offsets[n];
        }
        let mut cursor = in_offsets.clone();
        let mut incoming = vec![0u32; edges.len()];
        for (number, edge) in edges.iter().enumerate() {
            let at = &mut cursor[packed::ends(edge).1 as usize];
            incoming[*at as usize] = number as u32;
            *at += 1;
        }
        let mut graph = Self {
            columns: Columns {
                edges: edges.into(),
                out_offsets: out_offsets.into(),
                in_offsets: in_offsets.into(),
                incoming: incoming.into(),
                degrees: Column::default(),
                evidence_offsets: evidence_offsets.into(),
                evidence: evidence.into(),
            },
        };
        let degrees: Vec<u32> = (0..nodes as u32).into_par_iter().map(|n| graph.count_contacts(n)).collect();
        graph.columns.degrees = degrees.into();
        graph
    }

    /// Distinct other nodes: both lists are ascending by the other end, so one merge counts them.
    fn count_contacts(&self, node: u32) -> u32 {
        let mut out = self.outgoing(node).map(|n| n.node).peekable();
        let mut incoming = self.incoming(node).map(|n| n.node).peekable();
        let (mut count, mut last) = (0, None);
        loop {
            let next = match (out.peek(), incoming.peek()) {
                (Some(a), Some(b)) if a <= b => out.next(),
                (Some(_), None) => out.next(),
                (_, Some(_)) => incoming.next(),
                (None, None) => return count,
            };
            if next != last && next != Some(node) {
                count += 1;
            }
            last = next;
        }
    }

    /// How many nodes there are.
    pub fn node_count(&self) -> usize {
        self.columns.degrees.len()
    }

    /// How many merged edges there are.
    pub fn edge_count(&self) -> usize {
        self.columns.edges.len()
    }

    /// The edge of a number below [`edge_count`](Self::edge_count).
    pub fn edge(&self, edge: u32) -> Edge {
        unpack(&self.columns.edges[edge as usize])
    }

    /// All edges by their numbers.
    pub fn edges(&self) -> impl ExactSizeIterator<Item = Edge> + Clone + '_ {
        self.columns.edges.iter().map(unpack)
    }

    /// The rows that prove an edge, ascending.
    pub fn evidence(&self, edge: u32) -> impl ExactSizeIterator<Item = RecordRef> + Clone + '_ {
        let at = edge as usize;
        let range =
            self.columns.evidence_offsets[at] as usize..self.columns.evidence_offsets[at + 1] as usize;
        self.columns.evidence[range].iter().map(|row| unpack_row(*row))
    }

    /// The edges between two nodes in this direction, one a layer and currency.
    pub fn edges_between(&self, source: u32, target: u32) -> std::ops::Range<u32> {
        let (from, to) = self.out_range(source);
        let row = &self.columns.edges[from as usize..to as usize];
        let first = row.partition_point(|e| packed::ends(e).1 < target) as u32;
        let last = row.partition_point(|e| packed::ends(e).1 <= target) as u32;
        from + first..from + last
    }

    /// How many different other nodes a node is tied to, over all layers and both directions.
    pub fn degree(&self, node: u32) -> u32 {
        self.columns.degrees[node as usize]
    }

    /// The nodes tied to more than `limit` others, ascending: services, call centres, agents.
    pub fn hubs(&self, limit: u32) -> Vec<u32> {
        (0..self.node_count() as u32).filter(|&n| self.degree(n) > limit).collect()
    }

    fn out_range(&self, node: u32) -> (u32, u32) {
        (self.columns.out_offsets[node as usize], self.columns.out_offsets[node as usize + 1])
    }

    /// Who is reached by an edge of this node, by target, layer and currency.
    pub fn outgoing(&self, node: u32) -> impl Iterator<Item = Neighbor> + Clone + '_ {
        let (from, to) = self.out_range(node);
        (from..to).map(|edge| Neighbor {
            node: packed::ends(&self.columns.edges[edge as usize]).1,
            edge,
            outgoing: true,
        })
    }

    /// Whose edge reaches this node, by source, layer and currency.
    pub fn incoming(&self, node: u32) -> impl Iterator<Item = Neighbor> + Clone + '_ {
        let range = self.columns.in_offsets[node as usize] as usize
            ..self.columns.in_offsets[node as usize + 1] as usize;
        self.columns.incoming[range].iter().map(|&edge| Neighbor {
            node: packed::ends(&self.columns.edges[edge as usize]).0,
            edge,
            outgoing: false,
        })
    }

    /// Everybody tied to this node: outgoing edges, then incoming ones. A loop appears once, as outgoing.
    pub fn neighbors(&self, node: u32) -> impl Iterator<Item = Neighbor> + Clone + '_ {
        self.outgoing(node).chain(self.incoming(node).filter(move |n| n.node != node))
    }
}
