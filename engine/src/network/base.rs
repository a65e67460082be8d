//! The base network: identifiers, the events between them, and who uses which SIM card and handset.
//!
//! It does not depend on resolution: a judgement about people never touches it. Only this folder turns an event
//! into an edge.

use graph::error::GraphError;
use graph::layer::Layer;
use graph::layered::{EdgeInput, LayeredGraphBuilder};
use model::event::{CallEvent, Terminal, TransferEvent};
use model::identifier::{Identifier, IdentifierKind, NormFlags};
use model::ids::RecordRef;
use model::record::MentionRecord;
use std::collections::BTreeMap;

/// Identifiers of a case in ascending order, with all events between them.
#[derive(Debug, Default)]
pub struct BaseNetwork {
    /// Every identifier that an event or a mention names, ascending and distinct.
    pub identifiers: Vec<Identifier>,
    /// What reading supposed or noticed of each identifier, over all its rows.
    pub flags: Vec<NormFlags>,
    /// Calls and messages.
    pub calls: Vec<CallEvent>,
    /// Transfers.
    pub transfers: Vec<TransferEvent>,
}

impl BaseNetwork {
    /// Collects the identifiers of events and mentions.
    ///
    /// # Arguments   `flags`: flags seen in records, for identifiers that have any
    /// # Complexity  O(n log n) in the number of values
    pub fn new(
        calls: Vec<CallEvent>,
        transfers: Vec<TransferEvent>,
        mentions: &[MentionRecord],
        flags: &BTreeMap<Identifier, NormFlags>,
    ) -> Self {
        let mut identifiers: Vec<Identifier> = Vec::new();
        for call in &calls {
            let numbers = [&call.caller, &call.receiver].into_iter().filter(|number| !number.is_empty());
            identifiers.extend(numbers.map(|n| Identifier::new(IdentifierKind::Msisdn, n.clone())));
            for terminal in [&call.caller_terminal, &call.receiver_terminal] {
                identifiers.extend(terminal_identifiers(terminal));
            }
        }
        for transfer in &transfers {
            identifiers.push(account(&transfer.payer));
            identifiers.push(account(&transfer.beneficiary));
        }
        identifiers.extend(mentions.iter().flat_map(MentionRecord::identifiers));
        identifiers.sort_unstable();
        identifiers.dedup();
        let flags = identifiers.iter().map(|i| flags.get(i).copied().unwrap_or_default()).collect();
        Self { identifiers, flags, calls, transfers }
    }

    /// The position of an identifier, if the case knows it.
    pub fn position(&self, identifier: &Identifier) -> Option<u32> {
        self.identifiers.binary_search(identifier).ok().map(|i| i as u32)
    }

    /// The position of a number, account or device by its normal form.
    pub fn position_of(&self, kind: IdentifierKind, value: &str) -> Option<u32> {
        self.identifiers
            .binary_search_by(|i| (i.kind, i.value.as_str()).cmp(&(kind, value)))
            .ok()
            .map(|i| i as u32)
    }

    /// Whether the identifier is a service (short code, alphanumeric sender) and no subscriber.
    pub fn is_service(&self, identifier: u32) -> bool {
        self.flags.get(identifier as usize).is_some_and(|f| f.has(NormFlags::SERVICE))
    }

    /// Projects the events that begin in `[from_us, to_us)` onto nodes that `place` assigns to each end.
    ///
    /// Calls and transfers become one edge a pair, direction and layer (and currency); the use of a handset or
    /// SIM card becomes a [`Layer::Shared`] edge from the number's node to the device's node. Where both ends of
    /// an event are placed on one node the event makes no edge. Events without a moment are kept only when the
    /// window is open at both ends.
    ///
    /// # Arguments   `place`: node of an identifier at an instant (or at no known instant)
    /// # Complexity  O(events log events)
    pub(crate) fn project(
        &self,
        builder: &mut LayeredGraphBuilder,
        window: Window,
        place: &dyn Fn(u32, Option<i64>) -> Option<u32>,
    ) -> Result<(), GraphError> {
        for call in &self.calls {
            let at = call.time.map(|t| t.instant_us);
            if !window.admits(at) {
                continue;
            }
            let ends = [
                self.position_of(IdentifierKind::Msisdn, &call.caller),
                self.position_of(IdentifierKind::Msisdn, &call.receiver),
            ];
            let nodes = ends.map(|end| end.and_then(|e| place(e, at)));
            if let [Some(source), Some(target)] = nodes
                && source != target
                && call.is_contact()
            {
                builder.add(EdgeInput {
                    source,
                    target,
                    layer: Layer::Calls,
                    first_us: at,
                    last_us: at,
                    count: 1,
                    total: call.duration_s.unwrap_or(0),
                    currency: None,
                    evidence: &call.sources,
                })?;
            }
            for (node, terminal) in nodes.into_iter().zip([&call.caller_terminal, &call.receiver_terminal]) {
                let Some(source) = node else { continue };
                for device in terminal_identifiers(terminal) {
                    let Some(target) = self.position(&device).and_then(|d| place(d, at)) else { continue };
                    if source != target {
                        builder.add(shared(source, target, at, &call.sources))?;
                    }
                }
            }
        }
        for transfer in &self.transfers {
            let at = transfer.time.map(|t| t.instant_us);
            if !window.admits(at) {
                continue;
            }
            let node = |value: &str| {
                self.position_of(IdentifierKind::AccountNumber, value).and_then(|p| place(p, at))
            };
            if let (Some(source), Some(target)) = (node(&transfer.payer), node(&transfer.beneficiary))
                && source != target
            {
                builder.add(EdgeInput {
                    source,
                    target,
                    layer: Layer::Money,
                    first_us: at,
                    last_us: at,
                    count: 1,
                    total: transfer.amount.minor,
                    currency: Some(transfer.amount.currency),
                    evidence: &transfer.sources,
                })?;
            }
        }
        Ok(())
    }
}

/// Which events a projection takes: those that begin in `[from_us, to_us)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// First instant inside, or open.
    pub from_us: Option<i64>,
    /// First instant outside, or open.
    pub to_us: Option<i64>,
}

impl Window {
    /// Whether an event at this moment belongs; an event without a moment belongs only to the open window.
    pub fn admits(&self, at: Option<i64>) -> bool {
        match at {
            Some(t) => self.from_us.is_none_or(|f| f <= t) && self.to_us.is_none_or(|e| t < e),
            None => self.is_open(),
        }
    }

    /// Whether nothing is cut off.
    pub fn is_open(&self) -> bool {
        self.from_us.is_none() && self.to_us.is_none()
    }
}

pub(crate) fn shared(source: u32, target: u32, at: Option<i64>, evidence: &[RecordRef]) -> EdgeInput<'_> {
    EdgeInput {
        source,
        target,
        layer: Layer::Shared,
        first_us: at,
        last_us: at,
        count: 1,
        total: 0,
        currency: None,
        evidence,
    }
}

fn account(value: &str) -> Identifier {
    Identifier::new(IdentifierKind::AccountNumber, value)
}

/// The handset and SIM card of one end of a call.
pub(crate) fn terminal_identifiers(terminal: &Terminal) -> impl Iterator<Item = Identifier> + '_ {
    let imei = terminal.imei.iter().map(|v| Identifier::new(IdentifierKind::Imei, v.clone()));
    let imsi = terminal.imsi.iter().map(|v| Identifier::new(IdentifierKind::Imsi, v.clone()));
    imei.chain(imsi)
}
