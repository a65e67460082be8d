//! The network of a case: base graph over identifiers, entities as an overlay, and both contracted.
//!
//! An event is not an edge, and an identifier is not a person. Events connect identifiers; an overlay says which
//! entity held an identifier when; contraction places every end of an event on the one entity that held the
//! identifier at that moment, or leaves it on the identifier where nobody is known or several are.
//! So a shared handset or a reassigned number joins nobody: it stands between its users, as a node.
//!
//! **Invariant 1:** nodes are numbered entities first, then identifiers, each in canonical order.
//! **Invariant 2:** an identifier is a node only if an event is placed on it or at least two nodes use it.

pub(crate) mod aggregate;
pub mod base;
mod card;
pub mod event;
mod head;
pub(crate) mod noted;
pub mod overlay;
pub(crate) mod volume;

use crate::network::base::{BaseNetwork, Window};
use crate::network::event::{Events, shared};
use crate::network::overlay::{Entity, Overlay};
use graph::error::GraphError;
use graph::layer::Layer;
use graph::layered::{LayeredGraph, LayeredGraphBuilder};
use model::identifier::Identifier;
use model::record::MentionRecord;
use std::collections::BTreeSet;

/// A node of the entity graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// Position in [`Network::entities`].
    Entity(u32),
    /// Position in [`BaseNetwork::identifiers`].
    Identifier(u32),
}

/// The contracted network of one audience.
#[derive(Debug)]
pub struct Network {
    /// Identifiers.
    pub base: BaseNetwork,
    /// All mentions of the audience, ascending by [`model::ids::MentionId`].
    pub mentions: Vec<MentionRecord>,
    /// Entities in order of their smallest mention.
    pub entities: Vec<Entity>,
    /// Entity of each mention; `None` where nothing in the row names anyone.
    pub entity_of: Vec<Option<u32>>,
    /// Who held which identifier when.
    pub overlay: Overlay,
    /// Nodes of the graph.
    pub nodes: Vec<Node>,
    /// Node of each identifier that is one.
    pub node_of_identifier: Vec<Option<u32>>,
    /// The entity graph over all time.
    pub graph: LayeredGraph,
}

impl Network {
    /// Contracts base network and overlay into the entity graph.
    ///
    /// # Arguments   `cluster`: cluster of each mention, as `resolve` numbers them (dense in order of first mention);
    /// `keys`: the public key of each cluster, by number
    /// # Complexity  O(events log events + mentions)
    pub fn new(
        base: BaseNetwork,
        events: &Events,
        mentions: Vec<MentionRecord>,
        cluster: &[Option<u32>],
        keys: Vec<String>,
    ) -> Result<Self, GraphError> {
        let mut network = Self::bare(base, mentions, cluster, keys);
        let chosen = network.choose_nodes(events);
        network.number_nodes(&chosen);
        network.graph = network.project(events, Window::default())?;
        Ok(network)
    }

    /// The same network, whose graph and choice of nodes were stored when it was contracted.
    ///
    /// # Arguments   `chosen`: whether each identifier is a node; the rest as for [`Network::new`]
    /// # Errors      `GraphError::Malformed` where the graph is not of these nodes
    pub(crate) fn stored(
        base: BaseNetwork,
        mentions: Vec<MentionRecord>,
        cluster: &[Option<u32>],
        keys: Vec<String>,
        chosen: &[bool],
        graph: LayeredGraph,
    ) -> Result<Self, GraphError> {
        let mut network = Self::bare(base, mentions, cluster, keys);
        network.number_nodes(chosen);
        if graph.node_count() != network.nodes.len() {
            return Err(GraphError::Malformed { what: "a node" });
        }
        network.graph = graph;
        Ok(network)
    }

    /// Entities and overlay; no identifier is a node yet, and there is no tie.
    fn bare(
        base: BaseNetwork,
        mentions: Vec<MentionRecord>,
        cluster: &[Option<u32>],
        keys: Vec<String>,
    ) -> Self {
        let (entities, entity_of) = overlay::entities(&mentions, cluster, keys);
        let overlay = Overlay::new(&base, &mentions, &entity_of);
        Self {
            node_of_identifier: vec![None; base.identifiers.len()],
            nodes: (0..entities.len() as u32).map(Node::Entity).collect(),
            base,
            mentions,
            entities,
            entity_of,
            overlay,
            graph: LayeredGraph::default(),
        }
    }

    /// The entity graph of the events that begin in a window; nodes keep their numbers.
    pub fn project(&self, events: &Events, window: Window) -> Result<LayeredGraph, GraphError> {
        let mut builder = LayeredGraphBuilder::new(self.nodes.len());
        events.project(&mut builder, window, &|identifier, at| self.place(identifier, at))?;
        for (identifier, node) in self.node_of_identifier.iter().enumerate() {
            let Some(node) = *node else { continue };
            for holding in self.overlay.holdings(identifier as u32) {
                builder.add(shared(holding.entity, node, None, holding.evidence))?;
            }
        }
        builder.build()
    }

    /// The node on which an identifier stood at a moment, if it is shown in the graph.
    pub fn place(&self, identifier: u32, at: Option<i64>) -> Option<u32> {
        self.overlay
            .holder(identifier, at)
            .or_else(|| self.node_of_identifier.get(identifier as usize).copied().flatten())
    }

    /// The node of an entity or identifier at large: for an identifier its own node, else its only holder's.
    pub fn node_of(&self, node: Node) -> Option<u32> {
        match node {
            Node::Entity(entity) => ((entity as usize) < self.entities.len()).then_some(entity),
            Node::Identifier(identifier) => {
                self.node_of_identifier.get(identifier as usize).copied().flatten().or_else(|| {
                    let mut holders = self.overlay.holdings(identifier).map(|h| h.entity);
                    let first = holders.next()?;
                    holders.all(|h| h == first).then_some(first)
                })
            }
        }
    }

    /// Whether a node is a service number or an identifier that holds no subscriber.
    pub fn is_service(&self, node: u32) -> bool {
        match self.nodes.get(node as usize) {
            Some(Node::Identifier(identifier)) => self.base.is_service(*identifier),
            _ => false,
        }
    }

    /// Numbers of entities whose mentions an identifier position names, ascending.
    pub fn holders_of(&self, identifier: u32) -> Vec<u32> {
        let mut all: Vec<u32> = self.overlay.holdings(identifier).map(|h| h.entity).collect();
        all.dedup();
        all
    }

    /// Whether each identifier is a node of its own.
    fn choose_nodes(&self, events: &Events) -> Vec<bool> {
        let mut chosen = vec![false; self.base.identifiers.len()];
        let calls = events.calls().map(|call| (call.ends, call.instant()));
        let transfers = events.transfers().map(|transfer| (transfer.ends, transfer.instant()));
        for (ends, at) in calls.chain(transfers) {
            for end in ends.into_iter().flatten() {
                if let Some(slot) = chosen.get_mut(end as usize).filter(|slot| !**slot) {
                    *slot = self.overlay.holder(end, at).is_none();
                }
            }
        }
        // Users of a device are the nodes that its numbers stand on, whoever held them at the time.
        let mut users: Vec<(u32, Node)> = Vec::new();
        for &(number, device) in &self.base.device_uses {
            if chosen.get(number as usize).copied().unwrap_or(false) {
                users.push((device, Node::Identifier(number)));
            }
            users.extend(self.holders_of(number).into_iter().map(|e| (device, Node::Entity(e))));
        }
        for identifier in 0..self.base.identifiers.len() as u32 {
            users.extend(self.holders_of(identifier).into_iter().map(|e| (identifier, Node::Entity(e))));
        }
        users.sort_unstable();
        users.dedup();
        for pair in users.windows(2) {
            if let [(a, _), (b, _)] = pair
                && a == b
                && let Some(slot) = chosen.get_mut(*a as usize)
            {
                *slot = true;
            }
        }
        chosen
    }

    fn number_nodes(&mut self, chosen: &[bool]) {
        let chosen = (0u32..).zip(chosen).filter(|(_, chosen)| **chosen);
        for (identifier, _) in chosen {
            if let Some(slot) = self.node_of_identifier.get_mut(identifier as usize) {
                *slot = Some(self.nodes.len() as u32);
                self.nodes.push(Node::Identifier(identifier));
            }
        }
    }

    /// Nodes that many unrelated others are tied to by calls or money, so that they connect everybody with
    /// everybody: service numbers, and nodes whose distinct contacts in one layer lie beyond the outer fence.
    ///
    /// The fence is Tukey's on a logarithmic scale, `log q3 + 3 (log q3 - log q1)` of the contacts of nodes with
    /// more than one, and never below 50 (J. W. Tukey, Exploratory Data Analysis, 1977).
    pub fn hubs(&self) -> Vec<bool> {
        let mut hub: Vec<bool> = (0..self.nodes.len() as u32).map(|n| self.is_service(n)).collect();
        for layer in [Layer::Calls, Layer::Money] {
            let degrees: Vec<usize> = (0..self.nodes.len() as u32)
                .map(|n| {
                    let near: BTreeSet<u32> = self
                        .graph
                        .neighbors(n)
                        .filter(|x| self.graph.edge(x.edge).layer == layer)
                        .map(|x| x.node)
                        .collect();
                    near.len()
                })
                .collect();
            let fence = outer_fence(&degrees);
            for (flag, degree) in hub.iter_mut().zip(&degrees) {
                *flag |= *degree > fence;
            }
        }
        hub
    }

    /// The identifier of an identifier node.
    pub fn identifier(&self, position: u32) -> Option<&Identifier> {
        self.base.identifiers.get(position as usize)
    }
}

/// Contacts beyond which a node is a hub; see [`Network::hubs`].
fn outer_fence(degrees: &[usize]) -> usize {
    const LEAST: usize = 50;
    let mut several: Vec<usize> = degrees.iter().copied().filter(|d| *d > 1).collect();
    several.sort_unstable();
    let at = |share: usize| several.get(several.len() * share / 4).copied();
    match (at(1), at(3)) {
        (Some(q1), Some(q3)) => {
            let (q1, q3) = ((q1 as f64).ln(), (q3 as f64).ln());
            LEAST.max((q3 + 3.0 * (q3 - q1)).exp() as usize)
        }
        _ => LEAST,
    }
}

#[cfg(test)]
mod tests;
