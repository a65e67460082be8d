//! How A reaches B, in any order and in the order of time, and whom several have in common.

use crate::error::EngineError;
use crate::network::event::Events;
use crate::session::{PathQuestion, Scope, Session, StepOrder};
use disclose::view::evidence::MOST_ROWS;
use disclose::view::graph::{CutInput, CutReason, EdgeInput};
use disclose::view::node::NodeInput;
use disclose::view::path::{CommonView, PathInput, PathOrder, PathView, PathsInput, SharedContactInput};
use graph::common::{CommonConfig, CommonContact, common_contacts};
use graph::layer::Layer;
use graph::layered::LayeredGraph;
use graph::path::{Path, PathConfig, TemporalConfig, TemporalEdge, earliest_arrival, k_shortest};
use model::money::Money;
use std::collections::{BTreeMap, BTreeSet};

/// Paths of one answer at most.
const MOST_PATHS: usize = 20;
/// Common contacts of one answer at most.
const MOST_CONTACTS: usize = 1_000;
const HOUR_US: i64 = 3_600_000_000;
/// Layers whose ties are made of events with a moment.
const EVENTFUL: [Layer; 2] = [Layer::Calls, Layer::Money];

impl Session<'_> {
    /// How does A reach B?
    ///
    /// What somebody knows or has received can only be passed on afterwards, so calls and payments are followed in the
    /// order of time unless the question says otherwise. In time order the first path is the one that arrives
    /// earliest; each further one arrives earliest of those that set out after the one before.
    ///
    /// # Errors      [`EngineError::NotFound`], [`EngineError::Ambiguous`]; [`EngineError::OneParty`] if both ids stand
    /// on one node
    pub fn path(&self, question: &PathQuestion) -> Result<PathView, EngineError> {
        let (a, b) = (self.locate(&question.a)?, self.locate(&question.b)?);
        if a == b {
            return Err(EngineError::OneParty);
        }
        let network = &self.desk.derived.network;
        let cut_out = self.cut_out(question.scope.window())?;
        let graph = cut_out.as_ref().unwrap_or(&network.graph);
        let named = question.avoid.iter().map(|id| self.locate(id)).collect::<Result<BTreeSet<u32>, _>>()?;
        let is_avoided = |n: u32| named.contains(&n) || (!question.through_hubs && self.is_hub(n));
        let avoid: Vec<u32> =
            (0..network.nodes.len() as u32).filter(|n| *n != a && *n != b && is_avoided(*n)).collect();
        let k = question.k.clamp(1, MOST_PATHS);
        let filter = question.scope.filter();
        let config = PathConfig { filter, avoid, ..PathConfig::default() };
        let any = |k: usize| -> Vec<PathInput> {
            let found = k_shortest(graph, a, b, k, &config);
            found.into_iter().map(|path| self.tied_path(graph, &path)).collect()
        };
        let eventful = EVENTFUL.into_iter().any(|layer| filter.layers.contains(layer));
        let mut paths = match question.order {
            StepOrder::Usual if eventful => self.chains(a, b, k + 1, &config.avoid, question)?,
            StepOrder::InTime => self.chains(a, b, k + 1, &config.avoid, question)?,
            StepOrder::Usual | StepOrder::Any => Vec::new(),
        };
        let (mut order, mut shorter) = (PathOrder::InTime, None);
        if question.order != StepOrder::InTime {
            if paths.is_empty() {
                let asked = question.order == StepOrder::Any || !eventful;
                order = if asked { PathOrder::Any } else { PathOrder::AnyForWantOfChain };
                paths = any(k + 1);
            } else {
                let steps = paths.iter().map(|p| p.edges.len()).min().unwrap_or_default();
                shorter = any(1).pop().filter(|p| p.nodes.len() <= steps);
            }
        }
        let more = paths.len() > k;
        paths.truncate(k);
        // Hubs that a shorter way would have used are told; hubs of no concern here are not.
        let through_hubs: BTreeSet<u32> =
            k_shortest(graph, a, b, 1, &PathConfig { filter, ..PathConfig::default() })
                .into_iter()
                .flat_map(|p| p.nodes)
                .filter(|n| !named.contains(n) && config.avoid.binary_search(n).is_ok())
                .collect();
        let left_out: Vec<NodeInput> = through_hubs.into_iter().filter_map(|n| self.node_input(n)).collect();
        Ok(PathView::new(&PathsInput { paths, order, more, shorter, left_out }, &self.reader()))
    }

    /// A path of ties, without regard to time.
    fn tied_path(&self, graph: &LayeredGraph, path: &Path) -> PathInput {
        PathInput {
            nodes: path.nodes.iter().filter_map(|n| self.node_input(*n)).collect(),
            edges: path.steps.iter().flatten().filter_map(|e| self.evidenced_edge(graph, *e)).collect(),
        }
    }

    /// At most `k` chains of calls and payments from `a` to `b` in the order of time.
    fn chains(
        &self,
        a: u32,
        b: u32,
        k: usize,
        avoid: &[u32],
        question: &PathQuestion,
    ) -> Result<Vec<PathInput>, EngineError> {
        let all = self.events()?;
        let events = self.temporal(all, avoid, &question.scope);
        let wait = |hours: u64| i64::try_from(hours).unwrap_or(i64::MAX).saturating_mul(HOUR_US);
        let mut config =
            TemporalConfig { max_wait_us: question.wait_hours.map(wait), ..TemporalConfig::default() };
        let mut paths = Vec::new();
        while paths.len() < k
            && let Some(steps) = earliest_arrival(&events, a, b, &config)
        {
            paths.push(self.timed_path(all, a, &steps));
            let Some(first) = steps.first() else { break };
            config.not_before_us = Some(first.time_us.saturating_add(1));
        }
        Ok(paths)
    }

    /// Calls and transfers of a scope as events between nodes, those to be avoided left out.
    fn temporal(&self, all: &Events, avoid: &[u32], scope: &Scope) -> Vec<TemporalEdge> {
        let network = &self.desk.derived.network;
        let (window, layers) = (scope.window(), scope.layers());
        let node = |end: Option<u32>, at: i64| {
            let node = network.place(end?, Some(at))?;
            avoid.binary_search(&node).is_err().then_some(node)
        };
        let calls = all.calls().enumerate().filter_map(|(i, call)| {
            let tells = layers.contains(Layer::Calls) && call.is_contact();
            let at = call.instant().filter(|at| tells && window.admits(Some(*at)))?;
            let [caller, receiver] = call.ends;
            Some(TemporalEdge {
                time_us: at,
                source: node(caller, at)?,
                target: node(receiver, at)?,
                id: i as u32,
            })
        });
        let first = all.calls().len();
        let transfers = all.transfers().enumerate().filter_map(|(i, transfer)| {
            let tells = layers.contains(Layer::Money);
            let at = transfer.instant().filter(|at| tells && window.admits(Some(*at)))?;
            let [payer, beneficiary] = transfer.ends;
            Some(TemporalEdge {
                time_us: at,
                source: node(payer, at)?,
                target: node(beneficiary, at)?,
                id: (first + i) as u32,
            })
        });
        let mut events: Vec<TemporalEdge> = calls.chain(transfers).filter(|e| e.source != e.target).collect();
        if scope.least > 1 {
            let tie = |e: &TemporalEdge| (e.source, e.target, (e.id as usize) < first);
            let mut counts: BTreeMap<_, u64> = BTreeMap::new();
            events.iter().for_each(|e| *counts.entry(tie(e)).or_default() += 1);
            events.retain(|e| counts.get(&tie(e)).is_some_and(|count| *count >= scope.least));
        }
        events
    }

    fn timed_path(&self, all: &Events, start: u32, steps: &[TemporalEdge]) -> PathInput {
        let nodes = std::iter::once(start)
            .chain(steps.iter().map(|s| s.target))
            .filter_map(|n| self.node_input(n))
            .collect();
        let edges = steps
            .iter()
            .filter_map(|step| {
                let event = step.id as usize;
                let (layer, total, currency, rows) = match all.call(event) {
                    Some(call) => (Layer::Calls, call.duration_s.unwrap_or(0), None, all.call_rows(event)),
                    None => {
                        let number = event - all.calls().len();
                        let Money { minor, currency } = all.transfer(number)?.amount;
                        (Layer::Money, minor, Some(currency), all.transfer_rows(number))
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
                    rows: rows.iter().take(MOST_ROWS).collect(),
                    rows_in_all: rows.iter().len() as u64,
                })
            })
            .collect();
        PathInput { nodes, edges }
    }

    /// Who is in touch with several?
    ///
    /// # Arguments   `limit`: contacts at most, those of more targets and the rarer first
    /// # Errors      [`EngineError::NotFound`], [`EngineError::Ambiguous`]; [`EngineError::OneParty`] if all ids stand on
    /// one node
    pub fn common(&self, ids: &[String], scope: &Scope, limit: usize) -> Result<CommonView, EngineError> {
        let mut targets = Vec::new();
        for id in ids {
            let node = self.locate(id)?;
            if !targets.contains(&node) {
                targets.push(node);
            }
        }
        if targets.len() < 2 {
            return Err(EngineError::OneParty);
        }
        let cut_out = self.cut_out(scope.window())?;
        let graph = cut_out.as_ref().unwrap_or(&self.desk.derived.network.graph);
        let filter = scope.filter();
        let config = CommonConfig { filter, hub_degree: self.desk.hub_degree, ..CommonConfig::default() };
        let found = common_contacts(graph, &targets, &config);
        let total = found.contacts.len() + found.hubs.len();
        let contact = |c: &CommonContact| {
            let ties = targets.iter().flat_map(|t| [(*t, c.node), (c.node, *t)]);
            let ties = ties.flat_map(|(from, to)| graph.edges_between(from, to));
            Some(SharedContactInput {
                node: self.node_input(c.node)?,
                counts: c.counts.clone(),
                rarity: c.rarity,
                edges: ties
                    .filter(|e| filter.passes(&graph.edge(*e)))
                    .filter_map(|e| self.evidenced_edge(graph, e))
                    .collect(),
            })
        };
        let contacts: Vec<SharedContactInput> = found
            .contacts
            .iter()
            .chain(&found.hubs)
            .take(limit.clamp(1, MOST_CONTACTS))
            .filter_map(contact)
            .collect();
        let mut cuts = Vec::new();
        if contacts.len() < total {
            let (shown, total) = (contacts.len() as u64, total as u64);
            cuts.push(CutInput { shown, total, reason: CutReason::Limit });
        }
        let targets: Vec<NodeInput> = targets.into_iter().filter_map(|n| self.node_input(n)).collect();
        CommonView::new(&targets, &contacts, &cuts, &self.reader()).ok_or(EngineError::NotFound)
    }
}
