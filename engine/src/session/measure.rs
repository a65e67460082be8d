//! Measures of the whole network: ranks, the contact matrix, and what changed since a date.

use crate::error::EngineError;
use crate::network::base::Window;
use crate::session::{Scope, Session};
use disclose::view::graph::{CutInput, CutReason};
use disclose::view::measure::{ChangeInput, ChangesView, MatrixView, Measure, RankView, RankedInput};
use graph::between::{BetweenConfig, betweenness};
use graph::change::{ChangeConfig, changes};
use graph::csr::WeightedGraph;
use graph::filter::EdgeFilter;
use graph::kcore::core_numbers;
use graph::layer::{Layer, LayerSet};
use graph::logarithm::ln;
use graph::matrix::contact_matrix;
use graph::pagerank::{RankConfig, pagerank};
use std::collections::BTreeMap;

/// Nodes of a matrix at most.
const MOST_IN_MATRIX: usize = 100;
/// One in a thousand by chance, for one degree of freedom.
const ONE_IN_A_THOUSAND: f64 = 10.827_566_170_662_733;

/// A choice of layers; all where none is named.
pub(super) fn chosen(layers: &[Layer]) -> LayerSet {
    if layers.is_empty() { LayerSet::ALL } else { LayerSet::of(layers) }
}

impl Session<'_> {
    /// Who stands out by one measure? Hubs and services are set apart first.
    ///
    /// # Arguments   `scope`: what counts as a tie
    pub fn rank(&self, measure: Measure, scope: &Scope, limit: usize) -> Result<RankView, EngineError> {
        let graph = self.without_hubs(scope)?;
        let mut error = None;
        let values: Vec<f64> = match measure {
            Measure::Contacts => (0..graph.node_count() as u32).map(|n| graph.degree(n) as f64).collect(),
            Measure::Reached => pagerank(&graph, &RankConfig::default()).rank,
            Measure::Between => {
                let found = betweenness(&graph, &BetweenConfig::default());
                error = Some(found.error);
                found.share
            }
            Measure::Core => core_numbers(&graph).into_iter().map(f64::from).collect(),
        };
        let mut ranked: Vec<(u32, f64)> = (0..graph.node_count() as u32)
            .filter(|n| graph.degree(*n) > 0)
            .map(|n| (n, values.get(n as usize).copied().unwrap_or_default()))
            .collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let total = ranked.len();
        ranked.truncate(limit.clamp(1, 1_000));
        let mut cuts = Vec::new();
        if ranked.len() < total {
            let (shown, total) = (ranked.len() as u64, total as u64);
            cuts.push(CutInput { shown, total, reason: CutReason::Limit });
        }
        let hubs = self.desk.derived.hubs.iter().filter(|h| **h).count() as u64;
        if hubs > 0 {
            let total = total as u64;
            cuts.push(CutInput { shown: total, total: total + hubs, reason: CutReason::Hubs });
        }
        let nodes: Vec<RankedInput> = ranked
            .into_iter()
            .filter_map(|(node, value)| Some(RankedInput { node: self.node_input(node)?, value }))
            .collect();
        Ok(RankView::new(measure, &nodes, error, &cuts, &self.reader()))
    }

    /// One weight for each pair that is tied in this scope, `ln(1 + events)`; hubs without ties.
    fn without_hubs(&self, scope: &Scope) -> Result<WeightedGraph, EngineError> {
        let (cut_out, filter) = (self.cut_out(scope.window())?, scope.filter());
        let graph = cut_out.as_ref().unwrap_or(&self.desk.derived.network.graph);
        let mut pairs: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for edge in graph.edges().filter(|e| filter.passes(e)) {
            if edge.source != edge.target && !self.is_hub(edge.source) && !self.is_hub(edge.target) {
                let pair = (edge.source.min(edge.target), edge.source.max(edge.target));
                let events = pairs.entry(pair).or_default();
                *events = events.saturating_add(edge.count);
            }
        }
        let edges: Vec<(u32, u32, f32)> =
            pairs.into_iter().map(|((u, v), events)| (u, v, ln(1.0 + events as f64) as f32)).collect();
        Ok(WeightedGraph::from_edges(graph.node_count(), &edges)?)
    }

    /// Who of these is in touch with whom, and how much?
    ///
    /// # Errors      [`EngineError::NotFound`], [`EngineError::Ambiguous`]; [`EngineError::OneParty`] if all ids stand on
    /// one node
    pub fn matrix(&self, ids: &[String], scope: &Scope) -> Result<MatrixView, EngineError> {
        let mut nodes = Vec::new();
        for id in ids {
            let node = self.locate(id)?;
            if !nodes.contains(&node) {
                nodes.push(node);
            }
        }
        if nodes.len() < 2 {
            return Err(EngineError::OneParty);
        }
        let mut cuts = Vec::new();
        if nodes.len() > MOST_IN_MATRIX {
            let (shown, total) = (MOST_IN_MATRIX as u64, nodes.len() as u64);
            cuts.push(CutInput { shown, total, reason: CutReason::Limit });
            nodes.truncate(MOST_IN_MATRIX);
        }
        let network = &self.desk.derived.network;
        let cut_out = self.cut_out(scope.window())?;
        let graph = cut_out.as_ref().unwrap_or(&network.graph);
        let filter = scope.filter();
        let found = contact_matrix(graph, &nodes, &filter);
        let inputs: Vec<_> = nodes.iter().filter_map(|n| self.node_input(*n)).collect();
        let counts: Vec<u64> = found.cells.iter().map(|c| c.count).collect();
        let edges: Vec<_> = found
            .cells
            .iter()
            .flat_map(|c| &c.edges)
            .filter_map(|e| self.evidenced_edge(graph, *e))
            .collect();
        MatrixView::new(&inputs, &counts, &found.outside, &edges, &cuts, &self.reader())
            .ok_or(EngineError::NotFound)
    }

    /// Which ties have changed since a date?
    ///
    /// # Arguments   `ids`: only ties of these; all ties if empty
    pub fn changes(
        &self,
        since_us: i64,
        ids: &[String],
        layers: &[Layer],
        limit: usize,
    ) -> Result<ChangesView, EngineError> {
        let nodes = ids.iter().map(|id| self.locate(id)).collect::<Result<Vec<u32>, _>>()?;
        let network = &self.desk.derived.network;
        let graph = &network.graph;
        let first = graph.edges().filter_map(|e| e.first_us).min();
        let last = graph.edges().filter_map(|e| e.last_us).max();
        let events = self.events()?;
        let before = network.project(events, Window { from_us: None, to_us: Some(since_us) })?;
        let since = network.project(events, Window { from_us: Some(since_us), to_us: None })?;
        let span = |from: Option<i64>, to: Option<i64>| match (from, to) {
            (Some(from), Some(to)) if from < to => to.abs_diff(from) as f64,
            _ => 0.0,
        };
        let config = ChangeConfig {
            filter: EdgeFilter { layers: chosen(layers), ..EdgeFilter::default() },
            before: span(first, Some(since_us)),
            since: span(Some(since_us), last),
            least_strength: ONE_IN_A_THOUSAND,
            limit: limit.clamp(1, 2_000),
        };
        let found = changes(&before, &since, &nodes, &config);
        let mut cuts = Vec::new();
        if found.changes.len() < found.total {
            let (shown, total) = (found.changes.len() as u64, found.total as u64);
            cuts.push(CutInput { shown, total, reason: CutReason::Limit });
        }
        let inputs: Vec<ChangeInput> = found
            .changes
            .iter()
            .filter_map(|c| {
                let ties = graph.edges_between(c.source, c.target);
                let ties = ties.filter(|e| graph.edge(*e).layer == c.layer);
                Some(ChangeInput {
                    source: self.node_input(c.source)?,
                    target: self.node_input(c.target)?,
                    layer: c.layer,
                    kind: c.kind,
                    before: c.before,
                    since: c.since,
                    strength: c.strength,
                    edges: ties.filter_map(|e| self.evidenced_edge(graph, e)).collect(),
                })
            })
            .collect();
        Ok(ChangesView::new(since_us, &inputs, found.compared as u64, &cuts, &self.reader()))
    }
}
