//! Who is around somebody: the network of k hops, with hubs shown but not expanded and every cut told.

use crate::filter::EdgeFilter;
use crate::layered::LayeredGraph;
use std::collections::BTreeMap;

#[cfg(test)]
mod tests;

/// How far and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EgoConfig {
    /// Hops from the start.
    pub hops: u32,
    /// Nodes at most, the start among them.
    pub node_limit: usize,
    /// A node tied to more others than this is shown but not expanded, unless it is where the question starts.
    pub hub_degree: u32,
    /// Edges that count.
    pub filter: EdgeFilter,
}

impl Default for EgoConfig {
    fn default() -> Self {
        Self { hops: 2, node_limit: 300, hub_degree: 150, filter: EdgeFilter::default() }
    }
}

/// A node of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EgoNode {
    /// The node.
    pub node: u32,
    /// Hops from the nearest start.
    pub distance: u32,
    /// True if it has more ties than the hub limit.
    pub hub: bool,
    /// How many shown nodes of the hop before it are tied to it.
    pub ties: u32,
    /// Events on those ties.
    pub events: u64,
}

/// Why something is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CutReason {
    /// The node limit was reached at this hop.
    NodeLimit {
        /// The hop.
        hop: u32,
    },
    /// This node is a hub and was not expanded.
    Hub {
        /// The hub.
        node: u32,
    },
}

/// Something that is not shown, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Why.
    pub reason: CutReason,
    /// Nodes shown: of the hop, or of the hub's neighbours.
    pub shown: usize,
    /// Nodes there are.
    pub total: usize,
    /// Nodes left out, ascending.
    pub left_out: Vec<u32>,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EgoNetwork {
    /// Nodes by distance, then the most relevant first.
    pub nodes: Vec<EgoNode>,
    /// Edges that pass the filter between nodes shown, ascending by number.
    pub edges: Vec<u32>,
    /// What was cut, in the order in which it was met.
    pub cuts: Vec<Cut>,
}

/// Who is within k hops of these nodes, and what is not shown?
///
/// Hop by hop; within a hop the most relevant first: tied to more of the nodes already shown, then by more events, then
/// by fewer ties of its own, then by number. When the limit is reached the rest of the hop is named in a cut and no
/// further hop is taken. Hubs are shown, not expanded: through a call centre everybody knows everybody.
///
/// # Arguments    `starts`: where to begin; repeated or unknown nodes are passed over
/// # Complexity   O(edges of expanded nodes, logarithm of nodes met)
/// # Determinism  a function of graph and arguments
pub fn ego(graph: &LayeredGraph, starts: &[u32], config: &EgoConfig) -> EgoNetwork {
    let known = |n: &&u32| (**n as usize) < graph.node_count();
    let mut answer = EgoNetwork::default();
    // Node to its place in `answer.nodes`.
    let mut shown: BTreeMap<u32, usize> = BTreeMap::new();
    for &node in starts.iter().filter(known) {
        shown.entry(node).or_insert_with(|| {
            let hub = graph.degree(node) > config.hub_degree;
            answer.nodes.push(EgoNode { node, distance: 0, hub, ties: 0, events: 0 });
            answer.nodes.len() - 1
        });
    }
    let mut frontier: Vec<u32> = answer.nodes.iter().map(|n| n.node).collect();
    let mut hubs: Vec<u32> = Vec::new();
    for hop in 1..=config.hops {
        let mut met = reach(graph, &frontier, &shown, config);
        let room = config.node_limit.saturating_sub(answer.nodes.len());
        let cut = met.split_off(room.min(met.len()));
        frontier.clear();
        for mut node in met {
            node.distance = hop;
            shown.insert(node.node, answer.nodes.len());
            if node.hub && hop < config.hops {
                hubs.push(node.node);
            } else if !node.hub {
                frontier.push(node.node);
            }
            answer.nodes.push(node);
        }
        if !cut.is_empty() {
            let here = answer.nodes.iter().filter(|n| n.distance == hop).count();
            let mut left_out: Vec<u32> = cut.iter().map(|n| n.node).collect();
            left_out.sort_unstable();
            answer.cuts.push(Cut {
                reason: CutReason::NodeLimit { hop },
                shown: here,
                total: here + cut.len(),
                left_out,
            });
            break;
        }
        if frontier.is_empty() {
            break;
        }
    }
    for hub in hubs {
        answer.cuts.extend(hub_cut(graph, hub, &shown, &config.filter));
    }
    answer.edges = edges_among(graph, &shown, &config.filter);
    answer
}

/// New neighbours of the frontier, the most relevant first.
fn reach(
    graph: &LayeredGraph,
    frontier: &[u32],
    shown: &BTreeMap<u32, usize>,
    config: &EgoConfig,
) -> Vec<EgoNode> {
    let mut ties: Vec<(u32, u32, u64)> = Vec::new();
    for &from in frontier {
        for near in graph.neighbors(from) {
            let edge = graph.edge(near.edge);
            if config.filter.passes(&edge) && !shown.contains_key(&near.node) {
                ties.push((near.node, from, edge.count));
            }
        }
    }
    ties.sort_unstable();
    let mut met: Vec<EgoNode> = ties
        .chunk_by(|a, b| a.0 == b.0)
        .filter_map(|group| {
            let node = group.first()?.0;
            Some(EgoNode {
                node,
                distance: 0,
                hub: graph.degree(node) > config.hub_degree,
                ties: group.chunk_by(|a, b| a.1 == b.1).count() as u32,
                events: group.iter().fold(0, |sum, t| sum.saturating_add(t.2)),
            })
        })
        .collect();
    met.sort_unstable_by_key(|n| {
        (std::cmp::Reverse(n.ties), std::cmp::Reverse(n.events), graph.degree(n.node), n.node)
    });
    met
}

fn hub_cut(graph: &LayeredGraph, hub: u32, shown: &BTreeMap<u32, usize>, filter: &EdgeFilter) -> Option<Cut> {
    let mut contacts: Vec<u32> = graph
        .neighbors(hub)
        .filter(|n| n.node != hub && filter.passes(&graph.edge(n.edge)))
        .map(|n| n.node)
        .collect();
    contacts.sort_unstable();
    contacts.dedup();
    let total = contacts.len();
    contacts.retain(|n| !shown.contains_key(n));
    (!contacts.is_empty()).then(|| Cut {
        reason: CutReason::Hub { node: hub },
        shown: total - contacts.len(),
        total,
        left_out: contacts,
    })
}

/// Edges that pass the filter with both ends among the nodes: from the side of fewer edges, so that a hub costs little.
fn edges_among(graph: &LayeredGraph, nodes: &BTreeMap<u32, usize>, filter: &EdgeFilter) -> Vec<u32> {
    let mut edges: Vec<u32> = Vec::new();
    for &node in nodes.keys() {
        let degree = (graph.degree(node), node);
        for near in graph.neighbors(node) {
            let mine = degree <= (graph.degree(near.node), near.node);
            if mine && nodes.contains_key(&near.node) && filter.passes(&graph.edge(near.edge)) {
                edges.push(near.edge);
            }
        }
    }
    edges.sort_unstable();
    edges
}
