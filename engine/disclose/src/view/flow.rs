//! Where money went, or came from, under each rule: no rule is the truth, so all are shown.

use crate::format;
use crate::policy::NodeRef;
use crate::reader::Reader;
use crate::view::evidence::addresses;
use crate::view::finding::EvidenceView;
use crate::view::graph::{CutInput, CutView};
use crate::view::node::{NodeInput, NodeView};
use graph::flow::{EndReason, Traced};
use model::ids::RecordRef;
use model::money::{Currency, Money};
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// An account that money passes.
#[derive(Clone, Debug)]
pub struct FlowAccountInput {
    /// The account.
    pub account: NodeInput,
    /// Who held it, where exactly one did.
    pub holder: Option<NodeInput>,
    /// Fewest transfers from the account asked about.
    pub depth: u32,
}

/// One transfer that may carry traced money.
#[derive(Clone, Debug)]
pub struct FlowStepInput {
    /// The account that pays.
    pub payer: NodeRef,
    /// The account that is paid.
    pub beneficiary: NodeRef,
    /// The moment.
    pub time_us: i64,
    /// The whole amount, minor units.
    pub minor: i64,
    /// How much of it.
    pub traced: Traced,
    /// Fewest transfers from the account asked about.
    pub depth: u32,
    /// The rows that prove it.
    pub rows: Vec<RecordRef>,
}

/// Where the trace ends.
#[derive(Clone, Debug)]
pub struct FlowEndInput {
    /// The account.
    pub account: NodeRef,
    /// Why.
    pub reason: EndReason,
    /// How much.
    pub traced: Traced,
}

/// Money that comes back.
#[derive(Clone, Debug)]
pub struct FlowCycleInput {
    /// Its transfers in order; `traced` is not read.
    pub steps: Vec<FlowStepInput>,
    /// At most so much came back.
    pub most: i64,
}

/// The trace of one currency.
#[derive(Clone, Debug)]
pub struct CurrencyFlowInput {
    /// The currency.
    pub currency: Currency,
    /// What left the account, or reached it.
    pub total: i64,
    /// In time order.
    pub steps: Vec<FlowStepInput>,
    /// By account.
    pub ends: Vec<FlowEndInput>,
    /// The largest first.
    pub cycles: Vec<FlowCycleInput>,
    /// What was left out.
    pub cuts: Vec<CutInput>,
}

/// Amounts under each rule, decimal text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct TracedView {
    /// First in, first out.
    pub fifo: String,
    /// In proportion to what the account held.
    pub proportional: String,
    /// At least, under any rule.
    pub least: String,
    /// At most, under any rule.
    pub most: String,
}

/// An account that money passes.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct FlowAccountView {
    /// The account.
    pub account: NodeView,
    /// Who held it, where exactly one did.
    pub holder: Option<NodeView>,
    /// Fewest transfers from the account asked about.
    pub depth: u32,
}

/// One transfer that may carry traced money.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct FlowStepView {
    /// Public id of the account that pays.
    pub payer: String,
    /// Public id of the account that is paid.
    pub beneficiary: String,
    /// The moment.
    pub at: Option<String>,
    /// The whole amount, decimal text.
    pub amount: String,
    /// How much of it is traced.
    pub traced: TracedView,
    /// Fewest transfers from the account asked about.
    pub depth: u32,
    /// The rows that prove it.
    pub evidence: Vec<EvidenceView>,
    /// How many rows there are.
    pub rows: u64,
}

/// Where the trace ends, or begins.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct FlowEndView {
    /// Public id of the account.
    pub account: String,
    /// held, unseen, folded or returned.
    pub reason: String,
    /// The reason in the reader's language.
    pub text: String,
    /// How much.
    pub traced: TracedView,
}

/// Money that comes back.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct FlowCycleView {
    /// Its transfers in order.
    pub steps: Vec<FlowStepView>,
    /// At most so much came back, decimal text.
    pub most: String,
}

/// The trace of one currency; currencies are never mixed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct CurrencyFlowView {
    /// ISO 4217.
    pub currency: String,
    /// What left the account, or reached it, decimal text.
    pub total: String,
    /// In time order.
    pub steps: Vec<FlowStepView>,
    /// By account.
    pub ends: Vec<FlowEndView>,
    /// The largest first.
    pub cycles: Vec<FlowCycleView>,
    /// What was left out.
    pub cuts: Vec<CutView>,
}

/// Where money went, or came from.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct FlowView {
    /// forward or backward.
    pub direction: String,
    /// The account asked about, first; then the others by depth and id.
    pub accounts: Vec<FlowAccountView>,
    /// By currency.
    pub currencies: Vec<CurrencyFlowView>,
    /// What each rule supposes.
    pub note: String,
}

fn traced(traced: &Traced, currency: Currency) -> TracedView {
    let text = |minor| format::decimal(Money { minor, currency });
    TracedView {
        fifo: text(traced.fifo),
        proportional: text(traced.proportional),
        least: text(traced.least),
        most: text(traced.most),
    }
}

fn step(input: &FlowStepInput, currency: Currency, reader: &Reader<'_>) -> Option<FlowStepView> {
    Some(FlowStepView {
        payer: reader.node_id(&input.payer)?,
        beneficiary: reader.node_id(&input.beneficiary)?,
        at: format::rfc3339(input.time_us),
        amount: format::decimal(Money { minor: input.minor, currency }),
        traced: traced(&input.traced, currency),
        depth: input.depth,
        evidence: addresses(&input.rows, reader),
        rows: input.rows.len() as u64,
    })
}

fn end_word(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Held => "held",
        EndReason::Unseen => "unseen",
        EndReason::Folded => "folded",
        EndReason::Returned => "returned",
    }
}

fn of_currency(input: &CurrencyFlowInput, reader: &Reader<'_>) -> CurrencyFlowView {
    let currency = input.currency;
    let end = |e: &FlowEndInput| {
        let word = end_word(e.reason);
        Some(FlowEndView {
            account: reader.node_id(&e.account)?,
            reason: word.to_owned(),
            text: reader.say(&format!("flow.{word}"), &[]),
            traced: traced(&e.traced, currency),
        })
    };
    let cycle = |c: &FlowCycleInput| {
        Some(FlowCycleView {
            steps: c.steps.iter().map(|s| step(s, currency, reader)).collect::<Option<_>>()?,
            most: format::decimal(Money { minor: c.most, currency }),
        })
    };
    let mut ends: Vec<FlowEndView> = input.ends.iter().filter_map(end).collect();
    ends.sort_by(|a, b| (&a.account, &a.reason).cmp(&(&b.account, &b.reason)));
    CurrencyFlowView {
        currency: currency.as_str().to_owned(),
        total: format::decimal(Money { minor: input.total, currency }),
        steps: input.steps.iter().filter_map(|s| step(s, currency, reader)).collect(),
        ends,
        cycles: input.cycles.iter().filter_map(cycle).collect(),
        cuts: input.cuts.iter().map(|c| CutView::new(c, reader)).collect(),
    }
}

impl FlowView {
    /// The view; `None` if for this reader the account asked about does not exist.
    ///
    /// # Arguments   `accounts`: the one asked about first
    pub fn new(
        forward: bool,
        accounts: &[FlowAccountInput],
        currencies: &[CurrencyFlowInput],
        reader: &Reader<'_>,
    ) -> Option<Self> {
        let view = |input: &FlowAccountInput| {
            Some(FlowAccountView {
                account: NodeView::new(&input.account, reader)?,
                holder: input.holder.as_ref().and_then(|h| NodeView::new(h, reader)),
                depth: input.depth,
            })
        };
        let (asked, rest) = accounts.split_first()?;
        let mut list = vec![view(asked)?];
        let mut others: Vec<FlowAccountView> = rest.iter().filter_map(view).collect();
        others.sort_by(|a, b| (a.depth, &a.account.id).cmp(&(b.depth, &b.account.id)));
        list.extend(others);
        let known: BTreeSet<&str> = list.iter().map(|a| a.account.id.as_str()).collect();
        let mut currencies: Vec<CurrencyFlowView> =
            currencies.iter().map(|c| of_currency(c, reader)).collect();
        for flow in &mut currencies {
            flow.steps.retain(|s| known.contains(s.payer.as_str()) && known.contains(s.beneficiary.as_str()));
        }
        let word = if forward { "forward" } else { "backward" };
        Some(Self {
            direction: word.to_owned(),
            currencies,
            note: format!("{} {}", reader.say(&format!("flow.{word}"), &[]), reader.say("flow.note", &[])),
            accounts: list,
        })
    }
}
