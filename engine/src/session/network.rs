//! Questions about the network: who is around someone, how A reaches B, who is common, which communities there are.

use crate::error::EngineError;
use crate::network::Node;
use crate::network::base::Window;
use crate::session::{EgoQuestion, PathQuestion, Session};
use disclose::policy::NodeRef;
use disclose::view::evidence::MOST_ROWS;
use disclose::view::graph::{CutInput, CutReason, EdgeInput, GraphView};
use disclose::view::node::NodeInput;
use disclose::view::path::{CommonView, PathInput, PathView, SharedContactInput};
use graph::common::{CommonConfig, common_contacts};
use graph::ego::{CutReason as EgoCut, EgoConfig, ego};
use graph::filter::EdgeFilter;
use graph::layer::{Layer, LayerSet};
use graph::layered::LayeredGraph;
use graph::layout::{LayoutConfig, layout};
use graph::path::{PathConfig, TemporalConfig, TemporalEdge, earliest_arrival, k_shortest};
use model::event::{CallEvent, TransferEvent};
use model::identifier::IdentifierKind;
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
                let user = network.device_uses().into_iter().find(|(_, d)| *d == identifier).map(|(n, _)| n);
                user.and_then(|n| network.node_of(Node::Identifier(n))).ok_or(EngineError::NotFound)
            }
            Node::Entity(_) => Err(EngineError::NotFound),
        }
    }

    /// The inner node of a public id.
    pub(super) fn inner(&self, id: &str) -> Result<Node, EngineError> {
        let reference = self.reader().resolve(id).ok_or(EngineError::NotFound)?;
        self.desk.node(&reference).ok_or(EngineError::NotFound)
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
        input.rows = rows.iter().copied().take(MOST_ROWS).collect();
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

    /// Who is around someone?
    pub fn ego(&self, question: &EgoQuestion) -> Result<GraphView, EngineError> {
        let start = self.locate(&question.id)?;
        let network = &self.desk.derived.network;
        let window = Window { from_us: question.from_us, to_us: question.to_us };
        let cut_out;
        let graph = if window.is_open() {
            &network.graph
        } else {
            cut_out = network.project(window)?;
            &cut_out
        };
        let layers = if question.layers.is_empty() { LayerSet::ALL } else { LayerSet::of(&question.layers) };
        let config = EgoConfig {
            hops: u32::from(question.hops.clamp(1, 6)),
            node_limit: question.limit.clamp(1, MOST_NODES),
            hub_degree: self.desk.hub_degree,
            filter: EdgeFilter { layers, ..EdgeFilter::default() },
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

    /// How does A reach B?
    pub fn path(&self, question: &PathQuestion) -> Result<PathView, EngineError> {
        let (a, b) = (self.locate(&question.a)?, self.locate(&question.b)?);
        let network = &self.desk.derived.network;
        let graph = &network.graph;
        let avoid: Vec<u32> =
            (0..network.nodes.len() as u32).filter(|n| *n != a && *n != b && self.is_hub(*n)).collect();
        let k = question.k.clamp(1, 20);
        let mut paths: Vec<PathInput> = Vec::new();
        if question.in_time_order {
            let events = self.temporal(&avoid);
            let config = TemporalConfig::default();
            if let Some(steps) = earliest_arrival(&events, a, b, &config) {
                paths.push(self.timed_path(a, &steps));
            }
        } else {
            let config = PathConfig { avoid: avoid.clone(), ..PathConfig::default() };
            for path in k_shortest(graph, a, b, k, &config) {
                let nodes = path.nodes.iter().filter_map(|n| self.node_input(*n)).collect();
                let edges =
                    path.steps.iter().flatten().filter_map(|e| self.evidenced_edge(graph, *e)).collect();
                paths.push(PathInput { nodes, edges });
            }
        }
        // Hubs that a shorter way would have used are told; hubs of no concern here are not.
        let through_hubs: BTreeSet<u32> = k_shortest(graph, a, b, 1, &PathConfig::default())
            .into_iter()
            .flat_map(|p| p.nodes)
            .filter(|n| avoid.binary_search(n).is_ok())
            .collect();
        let left_out: Vec<NodeInput> = through_hubs.into_iter().filter_map(|n| self.node_input(n)).collect();
        Ok(PathView::new(&paths, &left_out, question.in_time_order, &self.reader()))
    }

    pub(super) fn is_hub(&self, node: u32) -> bool {
        self.desk.derived.hubs.get(node as usize).copied().unwrap_or(false)
    }

    /// Calls and transfers as events between nodes, hubs left out.
    fn temporal(&self, avoid: &[u32]) -> Vec<TemporalEdge> {
        let network = &self.desk.derived.network;
        let base = &network.base;
        let node = |kind: IdentifierKind, value: &str, at: i64| {
            let node = network.place(base.position_of(kind, value)?, Some(at))?;
            avoid.binary_search(&node).is_err().then_some(node)
        };
        let calls = base.calls.iter().enumerate().filter_map(|(i, call)| {
            let at = call.time?.instant_us;
            Some(TemporalEdge {
                time_us: at,
                source: node(IdentifierKind::Msisdn, &call.caller, at)?,
                target: node(IdentifierKind::Msisdn, &call.receiver, at)?,
                id: i as u32,
            })
        });
        let first = base.calls.len();
        let transfers = base.transfers.iter().enumerate().filter_map(|(i, transfer)| {
            let at = transfer.time?.instant_us;
            Some(TemporalEdge {
                time_us: at,
                source: node(IdentifierKind::AccountNumber, &transfer.payer, at)?,
                target: node(IdentifierKind::AccountNumber, &transfer.beneficiary, at)?,
                id: (first + i) as u32,
            })
        });
        calls.chain(transfers).filter(|e| e.source != e.target).collect()
    }

    fn timed_path(&self, start: u32, steps: &[TemporalEdge]) -> PathInput {
        let base = &self.desk.derived.network.base;
        let nodes = std::iter::once(start)
            .chain(steps.iter().map(|s| s.target))
            .filter_map(|n| self.node_input(n))
            .collect();
        let edges = steps
            .iter()
            .filter_map(|step| {
                let event = step.id as usize;
                let (layer, total, currency, sources) = match base.calls.get(event) {
                    Some(CallEvent { duration_s, sources, .. }) => {
                        (Layer::Calls, duration_s.unwrap_or(0), None, sources)
                    }
                    None => {
                        let TransferEvent { amount, sources, .. } =
                            base.transfers.get(event - base.calls.len())?;
                        (Layer::Money, amount.minor, Some(amount.currency), sources)
                    }
                };
                Some(EdgeInput {
                    source: self.reference(step.source)?,
                    target: self.reference(step.target)?,
                    layer,
                    count: 1,
                    total,
                    currency,
                    first_us: Some(step.time_us),
                    last_us: Some(step.time_us),
                    inferred: false,
                    rows: sources.iter().copied().take(MOST_ROWS).collect(),
                    rows_in_all: sources.len() as u64,
                })
            })
            .collect();
        PathInput { nodes, edges }
    }

    /// Who is in touch with several?
    pub fn common(&self, ids: &[String]) -> Result<CommonView, EngineError> {
        let mut targets = Vec::new();
        for id in ids {
            let node = self.locate(id)?;
            if !targets.contains(&node) {
                targets.push(node);
            }
        }
        let config = CommonConfig { hub_degree: self.desk.hub_degree, ..CommonConfig::default() };
        let found = common_contacts(&self.desk.derived.network.graph, &targets, &config);
        let contact = |c: &graph::common::CommonContact| {
            Some(SharedContactInput {
                node: self.node_input(c.node)?,
                counts: c.counts.clone(),
                rarity: c.rarity,
            })
        };
        let contacts: Vec<SharedContactInput> =
            found.contacts.iter().chain(&found.hubs).filter_map(contact).collect();
        let targets: Vec<NodeInput> = targets.into_iter().filter_map(|n| self.node_input(n)).collect();
        CommonView::new(&targets, &contacts, &self.reader()).ok_or(EngineError::NotFound)
    }
}

fn found_events(graph: &LayeredGraph, nodes: impl Iterator<Item = u32>) -> u64 {
    let nodes: BTreeSet<u32> = nodes.collect();
    let within = |e: &&graph::layered::Edge| nodes.contains(&e.source) && nodes.contains(&e.target);
    graph.edges().iter().filter(within).map(|e| e.count).sum()
}
