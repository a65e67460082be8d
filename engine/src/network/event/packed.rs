//! Events as columns of whole numbers, so that they are stored once and mapped as they lie, not derived again.
//!
//! A call is six numbers of 64 bits, low half first:
//! 1. caller and receiver, as positions of identifiers;
//! 2. the instant;
//! 3. and 4. handset and SIM card of the caller, of the receiver;
//! 5. the cells of both;
//! 6. the stamp (20 bits), the kind (2), whether there is a duration (1), the duration in seconds (41, signed, held at
//!    its ends).
//!
//! A transfer is four: payer and beneficiary; the instant; minor units; the stamp (20 bits), nothing (20), the three
//! letters of the currency (24).
//!
//! A stamp is: whether there is a moment (1), whether its zone is assumed (1), the precision (2), minutes of the offset
//! (16). Where there is no identifier and no cell stands 2^32 - 1.
//!
//! Whatever numbers stand in a damaged column, reading them gives some event and never fails: each is looked up before
//! it is used.

use crate::network::event::place::{CallPlaces, NONE, known};
use graph::column::Column;
use graph::layered::packed::{pack_row, unpack_row};
use model::event::{CallEvent, TransferEvent};
use model::ids::RecordRef;
use model::money::{Currency, Money};
use model::record::CallKind;
use model::time::{Precision, Stamp};

/// A call in six numbers.
pub(crate) type PackedCall = [u64; 6];
/// A transfer in four numbers.
pub(crate) type PackedTransfer = [u64; 4];

const HAS_DURATION: u64 = 1 << 22;
const DURATION_AT: u32 = 23;
/// The longest duration that 41 bits hold, seconds.
const LONGEST_S: i64 = (1 << 40) - 1;

/// All that the events of a case are made of.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    /// Calls in the order of their moments.
    pub(crate) calls: Column<PackedCall>,
    /// Where the rows of each call begin in `call_rows`, and their number.
    pub(crate) call_rows_at: Column<u64>,
    /// Rows that assert calls.
    pub(crate) call_rows: Column<u64>,
    /// Transfers in the order of their moments.
    pub(crate) transfers: Column<PackedTransfer>,
    /// Where the rows of each transfer begin in `transfer_rows`, and their number.
    pub(crate) transfer_rows_at: Column<u64>,
    /// Rows that assert transfers.
    pub(crate) transfer_rows: Column<u64>,
}

/// A call or message between two numbers, or a data session of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Call, message or data session.
    pub kind: CallKind,
    /// The numbers of caller and receiver, as positions of identifiers.
    pub ends: [Option<u32>; 2],
    /// The moment; empty where undecided.
    pub time: Option<Stamp>,
    /// Duration in seconds.
    pub duration_s: Option<i64>,
    /// Handset and SIM card of caller and receiver, as positions of identifiers.
    pub devices: [[Option<u32>; 2]; 2],
    /// The cells of caller and receiver, as positions in [`Events::cells`](super::Events::cells).
    pub cells: [Option<u32>; 2],
}

impl Call {
    /// Whether two lines were in contact: a data session may name another line and contacts none.
    pub fn is_contact(&self) -> bool {
        self.kind != CallKind::Data
    }

    /// The instant, microseconds UTC.
    pub fn instant(&self) -> Option<i64> {
        self.time.map(|t| t.instant_us)
    }
}

/// A transfer of money between two accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The accounts of payer and beneficiary, as positions of identifiers.
    pub ends: [Option<u32>; 2],
    /// The moment; empty where undecided.
    pub time: Option<Stamp>,
    /// Amount.
    pub amount: Money,
}

impl Transfer {
    /// The instant, microseconds UTC.
    pub fn instant(&self) -> Option<i64> {
        self.time.map(|t| t.instant_us)
    }
}

/// The rows that assert an event, ascending.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a>(&'a [u64]);

impl<'a> Rows<'a> {
    /// Those of an event, by the offsets and the rows of all.
    pub(super) fn of(at: &'a [u64], rows: &'a [u64], event: usize) -> Self {
        let stretch = || {
            let from = usize::try_from(*at.get(event)?).ok()?;
            let to = usize::try_from(*at.get(event + 1)?).ok()?;
            rows.get(from..to)
        };
        Self(stretch().unwrap_or_default())
    }

    /// One by one.
    pub fn iter(self) -> impl ExactSizeIterator<Item = RecordRef> + 'a {
        self.0.iter().map(|row| unpack_row(*row))
    }
}

fn pair([low, high]: [u32; 2]) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

fn unpair(both: u64) -> [Option<u32>; 2] {
    [both as u32, (both >> 32) as u32].map(known)
}

fn stamp(time: Option<Stamp>) -> (u64, u64) {
    let Some(time) = time else { return (0, 0) };
    let marks = 1 | u64::from(time.zone_assumed) << 1 | (time.precision as u64) << 2;
    (time.instant_us as u64, marks | u64::from(time.offset_minutes as u16) << 4)
}

fn unstamp(instant: u64, marks: u64) -> Option<Stamp> {
    (marks & 1 != 0).then_some(Stamp {
        instant_us: instant as i64,
        offset_minutes: (marks >> 4) as u16 as i16,
        zone_assumed: marks & 2 != 0,
        precision: match marks >> 2 & 3 {
            0 => Precision::Day,
            1 => Precision::Minute,
            _ => Precision::Second,
        },
    })
}

pub(super) fn pack_call(call: &CallEvent, places: &CallPlaces, cells: [Option<u32>; 2]) -> PackedCall {
    let (instant, mut marks) = stamp(call.time);
    marks |= (call.kind as u64) << 20;
    if let Some(duration_s) = call.duration_s {
        marks |= HAS_DURATION | (duration_s.clamp(-LONGEST_S, LONGEST_S) << DURATION_AT) as u64;
    }
    let [caller, receiver] = places.devices;
    let cells = pair(cells.map(|cell| cell.unwrap_or(NONE)));
    [pair(places.numbers), instant, pair(caller), pair(receiver), cells, marks]
}

pub(super) fn unpack_call(packed: &PackedCall) -> Call {
    let [numbers, instant, caller, receiver, cells, marks] = *packed;
    Call {
        kind: match marks >> 20 & 3 {
            0 => CallKind::Call,
            1 => CallKind::Message,
            _ => CallKind::Data,
        },
        ends: unpair(numbers),
        time: unstamp(instant, marks),
        duration_s: (marks & HAS_DURATION != 0).then_some(marks as i64 >> DURATION_AT),
        devices: [unpair(caller), unpair(receiver)],
        cells: unpair(cells),
    }
}

pub(super) fn pack_transfer(transfer: &TransferEvent, places: [u32; 2]) -> PackedTransfer {
    let (instant, marks) = stamp(transfer.time);
    let Currency([a, b, c]) = transfer.amount.currency;
    let letters = u64::from(a) << 40 | u64::from(b) << 48 | u64::from(c) << 56;
    [pair(places), instant, transfer.amount.minor as u64, marks | letters]
}

pub(super) fn unpack_transfer(packed: &PackedTransfer) -> Transfer {
    let [accounts, instant, minor, marks] = *packed;
    let currency = Currency([(marks >> 40) as u8, (marks >> 48) as u8, (marks >> 56) as u8]);
    Transfer {
        ends: unpair(accounts),
        time: unstamp(instant, marks),
        amount: Money { minor: minor as i64, currency },
    }
}

/// Rows of events side by side, and where those of each begin.
pub(super) fn pack_rows<'a>(of_events: impl Iterator<Item = &'a Vec<RecordRef>>) -> (Vec<u64>, Vec<u64>) {
    let (mut at, mut rows) = (vec![0u64], Vec::new());
    for sources in of_events {
        rows.extend(sources.iter().map(|row| pack_row(*row)));
        at.push(rows.len() as u64);
    }
    (at, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::event::Terminal;
    use proptest::prelude::*;

    fn time() -> impl Strategy<Value = Option<Stamp>> {
        let precision = prop_oneof![Just(Precision::Day), Just(Precision::Minute), Just(Precision::Second)];
        proptest::option::of((any::<i64>(), any::<i16>(), any::<bool>(), precision).prop_map(
            |(instant_us, offset_minutes, zone_assumed, precision)| Stamp {
                instant_us,
                offset_minutes,
                zone_assumed,
                precision,
            },
        ))
    }

    proptest! {
        #[test]
        fn a_call_comes_back(
            time in time(),
            kind in prop_oneof![Just(CallKind::Call), Just(CallKind::Message), Just(CallKind::Data)],
            duration_s in proptest::option::of(-LONGEST_S..=LONGEST_S),
            numbers in any::<[u32; 2]>(),
            devices in any::<[[u32; 2]; 2]>(),
            cells in any::<[Option<u32>; 2]>(),
        ) {
            let call = CallEvent {
                kind,
                caller: String::new(),
                receiver: String::new(),
                time,
                duration_s,
                caller_terminal: Terminal::default(),
                receiver_terminal: Terminal::default(),
                sources: Vec::new(),
            };
            let found = unpack_call(&pack_call(&call, &CallPlaces { numbers, devices }, cells));
            prop_assert_eq!((found.kind, found.time, found.duration_s), (kind, time, duration_s));
            prop_assert_eq!(found.ends, numbers.map(known));
            prop_assert_eq!(found.devices, devices.map(|side| side.map(known)));
            prop_assert_eq!(found.cells, cells.map(|cell| cell.and_then(known)));
        }

        #[test]
        fn a_transfer_comes_back(time in time(), minor: i64, letters: [u8; 3], accounts in any::<[u32; 2]>()) {
            let amount = Money { minor, currency: Currency(letters) };
            let transfer = TransferEvent {
                payer: String::new(),
                beneficiary: String::new(),
                time,
                amount,
                sources: Vec::new(),
            };
            let found = unpack_transfer(&pack_transfer(&transfer, accounts));
            prop_assert_eq!(found, Transfer { ends: accounts.map(known), time, amount });
        }

        /// Whatever offsets a damaged file holds, an event has some rows or none.
        #[test]
        fn forged_offsets_give_some_rows_or_none(at in proptest::collection::vec(0u64..9, 0..6), event in 0usize..8) {
            let rows = [1u64, 2, 3, 4];
            prop_assert!(Rows::of(&at, &rows, event).iter().len() <= rows.len());
        }
    }

    #[test]
    fn a_duration_beyond_forty_bits_is_held_at_the_end() {
        let call = CallEvent {
            kind: CallKind::Call,
            caller: String::new(),
            receiver: String::new(),
            time: None,
            duration_s: Some(i64::MIN),
            caller_terminal: Terminal::default(),
            receiver_terminal: Terminal::default(),
            sources: Vec::new(),
        };
        let places = CallPlaces { numbers: [0, 1], devices: [[NONE; 2]; 2] };
        assert_eq!(unpack_call(&pack_call(&call, &places, [None; 2])).duration_s, Some(-LONGEST_S));
    }
}
