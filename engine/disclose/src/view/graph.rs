//! A part of the network: nodes, edges, and what was left out of it.

use crate::format;
use crate::policy::NodeRef;
use crate::reader::Reader;
use crate::view::evidence::addresses;
use crate::view::finding::EvidenceView;
use crate::view::node::{NodeInput, NodeView};
use graph::layer::Layer;
use model::ids::RecordRef;
use model::money::{Currency, Money};
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// What an edge view is made from.
#[derive(Clone, Debug)]
pub struct EdgeInput {
    /// Caller, payer, holder.
    pub source: NodeRef,
    /// Receiver, beneficiary, thing held.
    pub target: NodeRef,
    /// What kind of tie.
    pub layer: Layer,
    /// Events.
    pub count: u64,
    /// Seconds for calls, minor units for money.
    pub total: i64,
    /// Currency of money.
    pub currency: Option<Currency>,
    /// First instant, microseconds UTC.
    pub first_us: Option<i64>,
    /// Last instant.
    pub last_us: Option<i64>,
    /// Whether no row states the tie itself.
    pub inferred: bool,
    /// The rows that prove it, or the first of them.
    pub rows: Vec<RecordRef>,
    /// How many rows prove it.
    pub rows_in_all: u64,
}

/// A quantity: seconds as a number, money as decimal text so that no reader rounds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Total {
    /// Seconds of calls.
    Seconds(i64),
    /// Decimal text of an amount, `1450.00`.
    Amount(String),
}

impl Total {
    /// The quantity of a layer, if its ties have one.
    pub(crate) fn of(layer: Layer, total: i64, currency: Option<Currency>) -> Option<Self> {
        match (layer, currency) {
            (_, Some(currency)) => Some(Self::Amount(format::decimal(Money { minor: total, currency }))),
            (Layer::Calls, None) => Some(Self::Seconds(total)),
            (_, None) => None,
        }
    }
}

/// All events of one layer from one node to another.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct EdgeView {
    /// Stable within the case for this audience.
    pub id: String,
    /// Public id of the source node.
    pub source: String,
    /// Public id of the target node.
    pub target: String,
    /// calls, money, shared, kin or presence.
    pub layer: String,
    /// Events.
    pub count: u64,
    /// Seconds for calls, decimal text for money; absent where a layer has no quantity.
    pub total: Option<Total>,
    /// Currency of money.
    pub currency: Option<String>,
    /// First instant.
    pub first: Option<String>,
    /// Last instant.
    pub last: Option<String>,
    /// Whether no row states the tie itself.
    pub inferred: bool,
    /// The first of the rows that prove it.
    pub evidence: Vec<EvidenceView>,
    /// How many rows prove it.
    pub rows: u64,
}

impl EdgeView {
    /// The view of an edge; `None` if for this reader one of its ends does not exist.
    pub fn new(input: &EdgeInput, reader: &Reader<'_>) -> Option<Self> {
        let source = reader.node_id(&input.source)?;
        let target = reader.node_id(&input.target)?;
        let currency = input.currency.map(|c| c.as_str().to_owned());
        let layer = input.layer.as_str();
        let id = match &currency {
            Some(currency) => format!("{source}>{target}:{layer}:{currency}"),
            None => format!("{source}>{target}:{layer}"),
        };
        Some(Self {
            id,
            source,
            target,
            layer: layer.to_owned(),
            count: input.count,
            total: Total::of(input.layer, input.total, input.currency),
            currency,
            first: input.first_us.and_then(format::rfc3339),
            last: input.last_us.and_then(format::rfc3339),
            inferred: input.inferred,
            evidence: addresses(&input.rows, reader),
            rows: input.rows_in_all,
        })
    }
}

/// Why part of an answer was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutReason {
    /// Only the most active are shown.
    MostActive,
    /// Only the largest amounts are shown.
    LargestAmounts,
    /// They lie outside the interval.
    Interval,
    /// Hubs and service numbers were left out.
    Hubs,
    /// The limit of the query was met.
    Limit,
}

/// What was left out, for a [`CutView`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutInput {
    /// How many are shown.
    pub shown: u64,
    /// Of how many.
    pub total: u64,
    /// Why.
    pub reason: CutReason,
}

/// A cut, told: "15 of 312, the most active".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct CutView {
    /// How many are shown.
    pub shown: u64,
    /// Of how many.
    pub total: u64,
    /// Why, in the reader's language.
    pub reason: String,
}

impl CutView {
    pub(crate) fn new(input: &CutInput, reader: &Reader<'_>) -> Self {
        let key = match input.reason {
            CutReason::MostActive => "cut.most_active",
            CutReason::LargestAmounts => "cut.largest",
            CutReason::Interval => "cut.interval",
            CutReason::Hubs => "cut.hubs",
            CutReason::Limit => "cut.limit",
        };
        Self { shown: input.shown, total: input.total, reason: reader.say(key, &[]) }
    }
}

/// A part of the network.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct GraphView {
    /// Nodes by ascending public id.
    pub nodes: Vec<NodeView>,
    /// Edges by ascending id; both ends are among the nodes.
    pub edges: Vec<EdgeView>,
    /// What was left out.
    pub cuts: Vec<CutView>,
    /// First instant asked for.
    pub from: Option<String>,
    /// First instant no longer asked for.
    pub to: Option<String>,
}

impl GraphView {
    /// The view of a part of the network, in the order of public ids: that of hidden ids would speak of them.
    pub fn new(
        nodes: &[NodeInput],
        edges: &[EdgeInput],
        cuts: &[CutInput],
        from_us: Option<i64>,
        to_us: Option<i64>,
        reader: &Reader<'_>,
    ) -> Self {
        let mut nodes: Vec<NodeView> = nodes.iter().filter_map(|n| NodeView::new(n, reader)).collect();
        nodes.sort_by(|a, b| a.id.cmp(&b.id));
        nodes.dedup_by(|a, b| a.id == b.id);
        let known: BTreeSet<&str> = nodes.iter().map(|n| n.id.as_str()).collect();
        let mut edges: Vec<EdgeView> = edges
            .iter()
            .filter_map(|e| EdgeView::new(e, reader))
            .filter(|e| known.contains(e.source.as_str()) && known.contains(e.target.as_str()))
            .collect();
        edges.sort_by(|a, b| a.id.cmp(&b.id));
        Self {
            nodes,
            edges,
            cuts: cuts.iter().map(|c| CutView::new(c, reader)).collect(),
            from: from_us.and_then(format::rfc3339),
            to: to_us.and_then(format::rfc3339),
        }
    }
}
