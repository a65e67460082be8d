//! The base network: the identifiers of a case, and who uses which SIM card and handset.
//!
//! It does not depend on resolution: a judgement about people never touches it.

use crate::network::event::Events;
use graph::column::Column;
use model::event::{CallEvent, TransferEvent};
use model::identifier::{Identifier, IdentifierKind, NormFlags};
use model::record::MentionRecord;
use std::collections::BTreeMap;

/// Identifiers of a case in ascending order, and which of them are used with which.
#[derive(Debug, Default)]
pub struct BaseNetwork {
    /// Every identifier that an event or a mention names, ascending and distinct.
    pub identifiers: Vec<Identifier>,
    /// What reading supposed or noticed of each identifier, over all its rows.
    pub flags: Vec<NormFlags>,
    /// Handsets and SIM cards that numbers used, as the calls say: pairs of positions (number, device), distinct and
    /// ascending.
    pub device_uses: Vec<(u32, u32)>,
    /// Those that each mention names.
    pub named: Named,
}

/// The identifiers that each mention names, as positions, in the order of its row.
#[derive(Debug, Default)]
pub struct Named {
    /// For each mention where its own begin; one more for the end.
    pub starts: Column<u32>,
    /// Positions, mention by mention.
    pub identifiers: Column<u32>,
}

impl Named {
    /// Those of one mention, by its position.
    pub fn of(&self, mention: u32) -> &[u32] {
        let bound = |at: u32| self.starts.get(at as usize).map_or(0, |start| *start as usize);
        self.identifiers.get(bound(mention)..bound(mention.saturating_add(1))).unwrap_or_default()
    }
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
    ) -> (Self, Events) {
        let (identifiers, events, named) = Events::with_identifiers(calls, transfers, mentions);
        let flags = identifiers.iter().map(|i| flags.get(i).copied().unwrap_or_default()).collect();
        let device_uses = events.device_uses();
        (Self { identifiers, flags, device_uses, named }, events)
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
