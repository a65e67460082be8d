//! Questions about the network: which node an id stands for, and who is around someone.

use crate::error::EngineError;
use crate::network::Node;
use crate::network::base::Window;
use crate::session::{EgoQuestion, Session};
use disclose::policy::NodeRef;
use disclose::view::evidence::MOST_ROWS;
use disclose::view::graph::{CutInput, CutReason, EdgeInput, GraphView};
use disclose::view::node::NodeInput;
use graph::ego::{CutReason as EgoCut, EgoConfig, ego};
use graph::layer::Layer;
use graph::layered::LayeredGraph;
use graph::layout::{LayoutConfig, layout};
use model::identifier::{Identifier, IdentifierKind, Normal};
use model::place::Country;
use normalise::account::account;
use normalise::device::{imei, imsi};
use normalise::document::document;
use normalise::phone::{PhoneContext, opaque, phone};
use std::collections::{BTreeMap, BTreeSet};

/// Most nodes of one answer that is drawn.
const MOST_NODES: usize = 1_500;

impl Session<'_> {
    /// The graph node of a public id.
    ///
    /// # Errors      [`EngineError::NotFound`] for absent and hidden alike; [`EngineError::Ambiguous`] where
    /// several entities held the identifier
    pub(super) fn locate(&self, id: &str) -> Result<u32, EngineError> {
        let inner = self.inner(id)?;
        let network = &self.desk.derived.network;
        if let Some(node) = network.node_of(inner) {
            return Ok(node);
        }
        match inner {
            Node::Identifier(identifier) => {
                let reader = self.reader();
                let holders: BTreeSet<String> = network
                    .holders_of(identifier)
                    .into_iter()
                    .filter_map(|e| network.reference(Node::Entity(e)))
                    .filter_map(|r| reader.node_id(&r))
                    .collect();
                if holders.len() > 1 {
                    let candidates = holders.into_iter().collect::<Vec<_>>().join(" ");
                    return Err(EngineError::Ambiguous { candidates });
                }
                // A device with one user stands on the user's node.
                let mut uses = network.base.device_uses.iter();
                let user = uses.find(|(_, d)| *d == identifier).map(|(n, _)| *n);
                user.and_then(|n| network.node_of(Node::Identifier(n))).ok_or(EngineError::NotFound)
            }
            Node::Entity(_) => Err(EngineError::NotFound),
        }
    }

    /// The inner node of a public id, or of a number, account, document or device as a person writes it.
    ///
    /// # Errors      [`EngineError::NotFound`] for absent and hidden alike; [`EngineError::Ambiguous`] where what was
    /// written is more than one identifier of the case
    pub(super) fn inner(&self, id: &str) -> Result<Node, EngineError> {
        let reader = self.reader();
        if let Some(reference) = reader.resolve(id) {
            return self.desk.node(&reference).ok_or(EngineError::NotFound);
        }
        let readings: BTreeSet<Identifier> = readings(id)
            .into_iter()
            .filter(|reading| {
                let reference = reader.resolve(&reading.to_string());
                reference.is_some_and(|reference| self.desk.node(&reference).is_some())
            })
            .collect();
        let mut known = readings.iter();
        match (known.next(), known.next()) {
            (Some(only), None) => {
                let position = self.desk.derived.network.base.position(only);
                position.map(Node::Identifier).ok_or(EngineError::NotFound)
            }
            (None, _) => Err(EngineError::NotFound),
            _ => {
                let candidates: Vec<String> = readings.iter().map(ToString::to_string).collect();
                Err(EngineError::Ambiguous { candidates: candidates.join(" ") })
            }
        }
    }

    /// The policy's reference of a graph node.
    pub(super) fn reference(&self, node: u32) -> Option<NodeRef> {
        let network = &self.desk.derived.network;
        network.reference(*network.nodes.get(node as usize)?)
    }

    /// What the view of a graph node is made from.
    pub(super) fn node_input(&self, node: u32) -> Option<NodeInput> {
        let network = &self.desk.derived.network;
        let inner = *network.nodes.get(node as usize)?;
        let mut input = network.node_input(inner)?;
        if let Node::Entity(e) = inner {
            input.inferred_identity = self.desk.certainty.get(e as usize).copied().flatten();
        }
        input.hub = self.is_hub(node);
        input.degree = u64::from(network.graph.degree(node));
        input.community = self.desk.community_of.get(node as usize).copied().flatten().map(|c| c + 1);
        let stability = self.desk.derived.member_stability.get(node as usize).copied().flatten();
        input.stability = stability.filter(|_| input.community.is_some());
        Some(input)
    }

    pub(super) fn edge_input(&self, graph: &LayeredGraph, edge: u32) -> Option<EdgeInput> {
        let edge = graph.edge(edge);
        Some(EdgeInput {
            source: self.reference(edge.source)?,
            target: self.reference(edge.target)?,
            layer: edge.layer,
            count: edge.count,
            total: edge.total,
            currency: edge.currency,
            first_us: edge.first_us,
            last_us: edge.last_us,
            inferred: matches!(edge.layer, Layer::Kin | Layer::Presence),
            rows: Vec::new(),
            rows_in_all: 0,
        })
    }

    /// An edge with the first of the rows that prove it, and their number.
    pub(super) fn evidenced_edge(&self, graph: &LayeredGraph, edge: u32) -> Option<EdgeInput> {
        let mut input = self.edge_input(graph, edge)?;
        let rows = graph.evidence(edge);
        input.rows = rows.clone().take(MOST_ROWS).collect();
        input.rows_in_all = rows.len() as u64;
        Some(input)
    }

    /// Nodes and edges with positions, as a view.
    pub(super) fn drawn(
        &self,
        graph: &LayeredGraph,
        nodes: &[u32],
        edges: &[u32],
        cuts: &[CutInput],
        window: Window,
    ) -> GraphView {
        let place: BTreeMap<u32, u32> = nodes.iter().enumerate().map(|(i, n)| (*n, i as u32)).collect();
        let mut pairs: Vec<(u32, u32)> = edges
            .iter()
            .filter_map(|e| {
                let edge = graph.edge(*e);
                let (a, b) = (*place.get(&edge.source)?, *place.get(&edge.target)?);
                Some((a.min(b), a.max(b)))
            })
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        let positions = layout(nodes.len(), &pairs, &LayoutConfig::default());
        let inputs: Vec<NodeInput> = nodes
            .iter()
            .zip(&positions)
            .filter_map(|(node, at)| {
                let mut input = self.node_input(*node)?;
                input.position = Some((at.x, at.y));
                Some(input)
            })
            .collect();
        let edges: Vec<EdgeInput> = edges.iter().filter_map(|e| self.evidenced_edge(graph, *e)).collect();
        GraphView::new(&inputs, &edges, cuts, window.from_us, window.to_us, &self.reader())
    }

    /// The graph of a window's events, where it is not the whole one.
    pub(super) fn cut_out(&self, window: Window) -> Result<Option<LayeredGraph>, EngineError> {
        Ok(if window.is_open() {
            None
        } else {
            let network = &self.desk.derived.network;
            Some(network.project(self.events()?, window)?)
        })
    }

    /// Who is around someone?
    pub fn ego(&self, question: &EgoQuestion) -> Result<GraphView, EngineError> {
        let start = self.locate(&question.id)?;
        let network = &self.desk.derived.network;
        let window = question.scope.window();
        let cut_out = self.cut_out(window)?;
        let graph = cut_out.as_ref().unwrap_or(&network.graph);
        let config = EgoConfig {
            hops: u32::from(question.hops.clamp(1, 6)),
            node_limit: question.limit.clamp(1, MOST_NODES),
            hub_degree: self.desk.hub_degree,
            filter: question.scope.filter(),
        };
        let found = ego(graph, &[start], &config);
        let mut cuts: Vec<CutInput> = found
            .cuts
            .iter()
            .map(|cut| CutInput {
                shown: cut.shown as u64,
                total: cut.total as u64,
                reason: match cut.reason {
                    EgoCut::NodeLimit { .. } => CutReason::MostActive,
                    EgoCut::Hub { .. } => CutReason::Hubs,
                },
            })
            .collect();
        if !window.is_open() {
            let events = |g: &LayeredGraph| -> u64 { found_events(g, found.nodes.iter().map(|n| n.node)) };
            let (shown, total) = (events(graph), events(&network.graph));
            if shown < total {
                cuts.push(CutInput { shown, total, reason: CutReason::Interval });
            }
        }
        let nodes: Vec<u32> = found.nodes.iter().map(|n| n.node).collect();
        Ok(self.drawn(graph, &nodes, &found.edges, &cuts, window))
    }

    pub(super) fn is_hub(&self, node: u32) -> bool {
        self.desk.derived.hubs.get(node as usize).copied().unwrap_or(false)
    }
}

/// Every identifier that a text may be: a number by the plan of each country, an account, a document, a device, or an
/// id that a mapping declared opaque.
///
/// Which of them is meant, the case decides: it seldom holds more than one.
fn readings(text: &str) -> BTreeSet<Identifier> {
    let mut out = BTreeSet::new();
    let mut add = |kind: IdentifierKind, normal: Normal| {
        out.extend(normal.value.map(|value| Identifier::new(kind, value)));
    };
    for kind in [IdentifierKind::Msisdn, IdentifierKind::AccountNumber] {
        add(kind, opaque(text));
    }
    add(IdentifierKind::Imei, imei(text));
    add(IdentifierKind::Imsi, imsi(text));
    for country in [None].into_iter().chain(Country::ALL.map(Some)) {
        add(IdentifierKind::Msisdn, phone(text, &PhoneContext { country, date: None }));
        add(IdentifierKind::AccountNumber, account(text, country));
        add(IdentifierKind::DocumentNumber, document(text, country, ""));
    }
    out
}

fn found_events(graph: &LayeredGraph, nodes: impl Iterator<Item = u32>) -> u64 {
    let nodes: BTreeSet<u32> = nodes.collect();
    let within = |e: &graph::layered::Edge| nodes.contains(&e.source) && nodes.contains(&e.target);
    graph.edges().filter(within).map(|e| e.count).sum()
}
