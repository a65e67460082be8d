//! The identifiers of a case, numbered, and those that each event names by their numbers.
//!
//! Looked up once for all: whatever asks for the parties of an event afterwards reads two numbers instead of searching
//! two texts among millions.

use crate::network::base::Named;
use model::event::{CallEvent, Terminal, TransferEvent};
use model::identifier::{Identifier, IdentifierKind};
use model::record::MentionRecord;
use rayon::prelude::{
    IntoParallelRefIterator as _, ParallelIterator as _, ParallelSlice as _, ParallelSliceMut as _,
};
use std::collections::{HashMap, HashSet};

/// No identifier.
pub(super) const NONE: u32 = u32::MAX;

/// Events that one thread looks through at a time.
const PIECE: usize = 1 << 16;

/// The identifiers of a call, as positions or [`NONE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CallPlaces {
    /// Numbers of caller and receiver.
    pub(super) numbers: [u32; 2],
    /// Handset and SIM card of each.
    pub(super) devices: [[u32; 2]; 2],
}

/// A position, where there is one.
pub(super) fn known(place: u32) -> Option<u32> {
    (place != NONE).then_some(place)
}

/// Kind and text of an identifier, in the order of [`Identifier`].
type Key<'a> = (IdentifierKind, &'a str);

/// Every identifier that events and mentions name, ascending and distinct.
///
/// # Complexity  O(events + n log n) for n distinct identifiers; parallel over events
pub(super) fn identifiers(
    calls: &[CallEvent],
    transfers: &[TransferEvent],
    mentions: &[MentionRecord],
) -> Vec<Identifier> {
    let of_mentions = distinct(mentions, &|mention, seen| seen.extend(mention.named()));
    let of_calls = distinct(calls, &|call, seen| {
        let (numbers, devices) = call_keys(call);
        seen.extend(numbers.into_iter().chain(devices.into_iter().flatten()).flatten());
    });
    let of_transfers = distinct(transfers, &|transfer, seen| seen.extend(transfer_keys(transfer)));
    let mut seen = HashSet::new();
    of_mentions.into_iter().chain(of_calls).chain(of_transfers).for_each(|piece| seen.extend(piece));
    let mut keys: Vec<Key<'_>> = seen.into_iter().collect();
    keys.par_sort_unstable();
    keys.into_iter().map(|(kind, value)| Identifier::new(kind, value)).collect()
}

/// The position of every identifier.
pub(super) struct Numbering<'a>(HashMap<Key<'a>, u32>);

impl<'a> Numbering<'a> {
    pub(super) fn of(identifiers: &'a [Identifier]) -> Self {
        Self(identifiers.iter().map(|i| (i.kind, i.value.as_str())).zip(0..).collect())
    }

    fn place(&self, key: Option<Key<'_>>) -> u32 {
        key.and_then(|key| self.0.get(&key).copied()).unwrap_or(NONE)
    }

    /// Where each call names which.
    pub(super) fn calls(&self, calls: &[CallEvent]) -> Vec<CallPlaces> {
        let places = calls.par_iter().map(|call| {
            let (numbers, devices) = call_keys(call);
            CallPlaces {
                numbers: numbers.map(|key| self.place(key)),
                devices: devices.map(|side| side.map(|key| self.place(key))),
            }
        });
        places.collect()
    }

    /// Where each transfer names which.
    pub(super) fn transfers(&self, transfers: &[TransferEvent]) -> Vec<[u32; 2]> {
        transfers.par_iter().map(|t| transfer_keys(t).map(|key| self.place(Some(key)))).collect()
    }

    /// What each mention names.
    pub(super) fn mentions(&self, mentions: &[MentionRecord]) -> Named {
        let named = mentions.par_iter().map(MentionRecord::named);
        let identifiers: Vec<u32> =
            named.clone().flat_map_iter(|keys| keys.map(|key| self.place(Some(key)))).collect();
        let counts: Vec<u32> = named.map(|keys| keys.count() as u32).collect();
        let mut starts = vec![0];
        starts.extend(counts.iter().scan(0, |at, count| {
            *at += count;
            Some(*at)
        }));
        Named { starts: starts.into(), identifiers: identifiers.into() }
    }
}

/// The keys of events or mentions, each once a piece.
fn distinct<'a, E: Sync>(
    events: &'a [E],
    add: &(dyn Fn(&'a E, &mut HashSet<Key<'a>>) + Sync),
) -> Vec<HashSet<Key<'a>>> {
    let piece = |events: &'a [E]| {
        let mut seen = HashSet::new();
        events.iter().for_each(|event| add(event, &mut seen));
        seen
    };
    events.par_chunks(PIECE).map(piece).collect()
}

type Side<'a> = [Option<Key<'a>>; 2];

/// Numbers of both parties, and handset and SIM card of each.
fn call_keys(call: &CallEvent) -> (Side<'_>, [Side<'_>; 2]) {
    fn number(text: &str) -> Option<Key<'_>> {
        (!text.is_empty()).then_some((IdentifierKind::Msisdn, text))
    }
    fn devices(terminal: &Terminal) -> Side<'_> {
        let imei = terminal.imei.as_deref().map(|value| (IdentifierKind::Imei, value));
        let imsi = terminal.imsi.as_deref().map(|value| (IdentifierKind::Imsi, value));
        [imei, imsi]
    }
    (
        [number(&call.caller), number(&call.receiver)],
        [devices(&call.caller_terminal), devices(&call.receiver_terminal)],
    )
}

fn transfer_keys(transfer: &TransferEvent) -> [Key<'_>; 2] {
    [&transfer.payer, &transfer.beneficiary].map(|account| (IdentifierKind::AccountNumber, account.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ids::{MentionId, MentionRole, RecordRef, SourceId};
    use model::money::{Currency, Money};
    use model::record::CallKind;
    use proptest::prelude::*;

    fn terminal() -> impl Strategy<Value = Terminal> {
        let text = proptest::option::of(prop_oneof!["[0-3]", Just(String::new())]);
        (text.clone(), text).prop_map(|(imei, imsi)| Terminal { imei, imsi, ..Terminal::default() })
    }

    fn call() -> impl Strategy<Value = CallEvent> {
        ("[0-4]{0,1}", "[0-4]{0,1}", terminal(), terminal()).prop_map(|(caller, receiver, first, second)| {
            CallEvent {
                kind: CallKind::Call,
                caller,
                receiver,
                time: None,
                duration_s: None,
                caller_terminal: first,
                receiver_terminal: second,
                sources: Vec::new(),
            }
        })
    }

    fn transfer() -> impl Strategy<Value = TransferEvent> {
        ("[0-4]{0,1}", "[0-4]{0,1}").prop_map(|(payer, beneficiary)| TransferEvent {
            payer,
            beneficiary,
            time: None,
            amount: Money { minor: 1, currency: Currency::UNKNOWN },
            sources: Vec::new(),
        })
    }

    proptest! {
        #[test]
        fn every_event_finds_what_it_names(
            calls in proptest::collection::vec(call(), 0..40),
            transfers in proptest::collection::vec(transfer(), 0..40),
            other in "[0-9]",
        ) {
            let record = RecordRef { source: SourceId(0), row: 1 };
            let mut mention = MentionRecord::new(MentionId { record, role: MentionRole::Person });
            mention.address = other;
            let mentions = [MentionRecord::new(mention.mention), mention.clone()];
            let all = identifiers(&calls, &transfers, &mentions);
            prop_assert!(all.is_sorted_by(|a, b| a < b));
            let numbering = Numbering::of(&all);
            let named = |place: u32| known(place).map(|p| all[p as usize].clone());
            let of_mentions = numbering.mentions(&mentions);
            prop_assert_eq!(of_mentions.of(0).len() + of_mentions.of(2).len(), 0);
            let mut seen: Vec<Identifier> = of_mentions.of(1).iter().filter_map(|p| named(*p)).collect();
            prop_assert_eq!(&seen, &mention.identifiers());
            for (call, at) in calls.iter().zip(numbering.calls(&calls)) {
                let number = |n: &String| (!n.is_empty()).then(|| Identifier::new(IdentifierKind::Msisdn, n.clone()));
                prop_assert_eq!(at.numbers.map(named), [&call.caller, &call.receiver].map(number));
                for (terminal, devices) in [&call.caller_terminal, &call.receiver_terminal].iter().zip(at.devices) {
                    let imei = terminal.imei.clone().map(|v| Identifier::new(IdentifierKind::Imei, v));
                    let imsi = terminal.imsi.clone().map(|v| Identifier::new(IdentifierKind::Imsi, v));
                    prop_assert_eq!(devices.map(named), [imei, imsi]);
                }
                seen.extend(at.numbers.into_iter().chain(at.devices.into_iter().flatten()).filter_map(named));
            }
            for (transfer, at) in transfers.iter().zip(numbering.transfers(&transfers)) {
                let account = |a: &String| Some(Identifier::new(IdentifierKind::AccountNumber, a.clone()));
                prop_assert_eq!(at.map(named), [&transfer.payer, &transfer.beneficiary].map(account));
                seen.extend(at.iter().filter_map(|p| named(*p)));
            }
            seen.sort_unstable();
            seen.dedup();
            prop_assert_eq!(seen, all);
        }
    }
}
