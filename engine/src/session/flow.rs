//! Where money went, or came from: transfers between accounts, traced by currency.

use crate::error::EngineError;
use crate::network::Node;
use crate::network::event::Events;
use crate::session::Session;
use disclose::view::flow::{
    CurrencyFlowInput, FlowAccountInput, FlowCycleInput, FlowEndInput, FlowStepInput, FlowView,
};
use disclose::view::graph::{CutInput, CutReason};
use graph::flow::{Flow, FlowConfig, FlowDirection, FlowStep, Traced, Transfer, trace};
use model::identifier::IdentifierKind;
use model::money::Currency;
use std::collections::BTreeMap;

/// Which account, and which way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlowQuestion {
    /// Public id of an account, or of a party with accounts: these are then taken as one.
    pub id: String,
    /// From it, or towards it.
    pub backward: bool,
    /// Only transfers of the account from this instant.
    pub from_us: Option<i64>,
    /// Nothing from this instant on.
    pub to_us: Option<i64>,
    /// Steps at most, for each currency.
    pub limit: usize,
}

impl Session<'_> {
    /// Where did the money of an account go, or come from?
    ///
    /// # Errors   [`EngineError::NotFound`] for absent, hidden and without accounts alike
    pub fn flow(&self, question: &FlowQuestion) -> Result<FlowView, EngineError> {
        let own = self.accounts_of(&question.id)?;
        let asked = own.first().copied().ok_or(EngineError::NotFound)?;
        let one = |account: u32| if own.contains(&account) { asked } else { account };
        let events = self.events()?;
        let mut by_currency: BTreeMap<Currency, Vec<Transfer>> = BTreeMap::new();
        for (id, transfer) in events.transfers().enumerate() {
            if let (Some(time_us), [Some(payer), Some(beneficiary)]) = (transfer.instant(), transfer.ends) {
                by_currency.entry(transfer.amount.currency).or_default().push(Transfer {
                    time_us,
                    payer: one(payer),
                    beneficiary: one(beneficiary),
                    minor: transfer.amount.minor,
                    id: id as u32,
                });
            }
        }
        let config = FlowConfig {
            direction: if question.backward { FlowDirection::Backward } else { FlowDirection::Forward },
            from_us: question.from_us,
            to_us: question.to_us,
            folded: self.folded_accounts(asked),
            step_limit: question.limit.clamp(1, 5_000),
            ..FlowConfig::default()
        };
        let mut depths: BTreeMap<u32, u32> = BTreeMap::from([(asked, 0)]);
        let mut currencies = Vec::new();
        for (currency, transfers) in &by_currency {
            let flow = trace(transfers, asked, &config);
            if flow.total == 0 && flow.cycles.is_empty() {
                continue;
            }
            let passed = flow.cycles.iter().flat_map(|c| &c.transfers).map(|t| (t, u32::MAX));
            for (transfer, depth) in flow.steps.iter().map(|s| (&s.transfer, s.depth)).chain(passed) {
                let (near, far) = if question.backward {
                    (transfer.beneficiary, transfer.payer)
                } else {
                    (transfer.payer, transfer.beneficiary)
                };
                for (account, depth) in [(near, depth.saturating_sub(1)), (far, depth)] {
                    let slot = depths.entry(account).or_insert(depth);
                    *slot = depth.min(*slot);
                }
            }
            currencies.push(self.currency_input(events, *currency, &flow));
        }
        let mut accounts: Vec<(u32, u32)> = depths.into_iter().map(|(a, d)| (d, a)).collect();
        accounts.sort_unstable();
        let accounts: Vec<FlowAccountInput> =
            accounts.into_iter().filter_map(|(depth, account)| self.flow_account(account, depth)).collect();
        FlowView::new(!question.backward, &accounts, &currencies, &self.reader()).ok_or(EngineError::NotFound)
    }

    /// Positions of the account, or of the accounts of a party.
    fn accounts_of(&self, id: &str) -> Result<Vec<u32>, EngineError> {
        let network = &self.desk.derived.network;
        let is_account = |position: &u32| {
            network.identifier(*position).is_some_and(|i| i.kind == IdentifierKind::AccountNumber)
        };
        Ok(match self.inner(id)? {
            Node::Identifier(position) => Some(position).filter(is_account).into_iter().collect(),
            Node::Entity(entity) => (0..network.base.identifiers.len() as u32)
                .filter(is_account)
                .filter(|position| network.holders_of(*position) == [entity])
                .collect(),
        })
    }

    /// Accounts on hubs, but for the one asked about.
    fn folded_accounts(&self, asked: u32) -> Vec<u32> {
        let network = &self.desk.derived.network;
        (0..network.base.identifiers.len() as u32)
            .filter(|position| *position != asked)
            .filter(|position| {
                network.identifier(*position).is_some_and(|i| i.kind == IdentifierKind::AccountNumber)
                    && network.node_of(Node::Identifier(*position)).is_some_and(|node| self.is_hub(node))
            })
            .collect()
    }

    fn flow_account(&self, account: u32, depth: u32) -> Option<FlowAccountInput> {
        let network = &self.desk.derived.network;
        let holder = match network.holders_of(account).as_slice() {
            [one] => self.node_input(*one),
            _ => None,
        };
        Some(FlowAccountInput { account: self.any_input(Node::Identifier(account))?, holder, depth })
    }

    fn currency_input(&self, events: &Events, currency: Currency, flow: &Flow) -> CurrencyFlowInput {
        let mut cuts = Vec::new();
        if flow.steps.len() < flow.steps_in_all {
            cuts.push(CutInput {
                shown: flow.steps.len() as u64,
                total: flow.steps_in_all as u64,
                reason: CutReason::LargestAmounts,
            });
        }
        if flow.cycles.len() < flow.cycles_in_all || flow.cycles_cut {
            cuts.push(CutInput {
                shown: flow.cycles.len() as u64,
                total: flow.cycles_in_all as u64,
                reason: CutReason::Limit,
            });
        }
        let whole =
            |transfer: &Transfer| FlowStep { transfer: *transfer, traced: Traced::default(), depth: 0 };
        CurrencyFlowInput {
            currency,
            total: flow.total,
            steps: flow.steps.iter().filter_map(|s| self.step_input(events, s)).collect(),
            ends: flow
                .ends
                .iter()
                .filter_map(|e| {
                    let account = self.identifier_reference(e.account)?;
                    Some(FlowEndInput { account, reason: e.reason, traced: e.traced })
                })
                .collect(),
            cycles: flow
                .cycles
                .iter()
                .map(|c| FlowCycleInput {
                    steps: c.transfers.iter().filter_map(|t| self.step_input(events, &whole(t))).collect(),
                    most: c.most,
                })
                .collect(),
            cuts,
        }
    }

    fn identifier_reference(&self, position: u32) -> Option<disclose::policy::NodeRef> {
        self.desk.derived.network.reference(Node::Identifier(position))
    }

    fn step_input(&self, events: &Events, step: &FlowStep) -> Option<FlowStepInput> {
        let rows = events.transfer_rows(step.transfer.id as usize);
        Some(FlowStepInput {
            payer: self.identifier_reference(step.transfer.payer)?,
            beneficiary: self.identifier_reference(step.transfer.beneficiary)?,
            time_us: step.transfer.time_us,
            minor: step.transfer.minor,
            traced: step.traced,
            depth: step.depth,
            rows: rows.iter().collect(),
        })
    }
}
