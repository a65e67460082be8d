//! From records to events: what several rows assert of one call or transfer becomes one event with all its sources.
//!
//! Two steps, neither of which depends on the order of loading:
//! 1. **The same row in several files.** Rows that say the same are grouped. Within one source every row is an event
//!    of its own; across sources the number of events is the greatest number of rows in any of them, the k-th row
//!    of one source being the k-th row of the other.
//! 2. **The counterpart's row.** What the caller's return and the receiver's return (the payer's and the
//!    beneficiary's statement) say of one event is paired one to one within a tolerance, nearest first.
//!
//! Reversible: an event only lists its rows; the records stay as they are.

use model::event::{CallEvent, Terminal, TransferEvent};
use model::ids::{RecordRef, SourceId};
use model::record::{CallKind, CallRecord, Side, TransferRecord};
use model::time::{Precision, Stamp};
use rayon::prelude::{
    IndexedParallelIterator as _, IntoParallelIterator as _, IntoParallelRefIterator as _,
    ParallelIterator as _, ParallelSliceMut as _,
};
use std::collections::BTreeMap;

/// Calls that one thread reconciles at a time, about.
const SHARE: usize = 16_384;
/// Shares at most.
const MOST_SHARES: usize = 1_024;

/// How far the two parties' rows of one event may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReconcileConfig {
    /// Greatest difference of the starts of a call in the two returns, seconds. Larger bridges worse clocks and
    /// risks joining two calls of the same pair.
    pub call_start_tolerance_s: i64,
    /// Greatest difference of the durations, seconds.
    pub call_duration_tolerance_s: i64,
    /// Greatest difference of the moments of a message, seconds: delivery may wait.
    pub message_tolerance_s: i64,
    /// Greatest difference of the days of a transfer in the two statements, seconds.
    pub transfer_tolerance_s: i64,
    /// The same where both statements give the same reference, seconds.
    pub transfer_reference_tolerance_s: i64,
}

impl Default for ReconcileConfig {
    fn default() -> Self {
        Self {
            call_start_tolerance_s: 30,
            call_duration_tolerance_s: 5,
            message_tolerance_s: 60,
            transfer_tolerance_s: 86_400,
            transfer_reference_tolerance_s: 3 * 86_400,
        }
    }
}

/// The nearest candidates looked at on each side of a row. A pair of numbers with more rows than this inside the
/// tolerance would otherwise cost the square of their number.
const NEAREST: usize = 16;

/// When a row says that it happened: the instant, or the text where the instant is undecided.
fn moment<'a>(time: Option<&Stamp>, raw: &'a str) -> (Option<i64>, &'a str) {
    match time {
        Some(stamp) => (Some(stamp.instant_us), ""),
        None => (None, raw.trim()),
    }
}

fn value(normal: &model::identifier::Normal) -> &str {
    normal.value.as_deref().unwrap_or_default()
}

/// What makes two call rows the same row in two files. Cell and handset do not count: files differ in columns.
type CallKey<'a> = (CallKind, Side, &'a str, &'a str, (Option<i64>, &'a str), Option<i64>);

/// The key of a call row.
fn call_key(record: &CallRecord) -> CallKey<'_> {
    (
        record.kind,
        record.side,
        value(&record.caller),
        value(&record.receiver),
        moment(record.time.as_ref(), &record.time_raw),
        record.duration_s,
    )
}

/// What makes two transfer rows the same row in two files: everything that is read, so that no money vanishes
/// because two different payments look alike.
pub(crate) type TransferKey<'a> =
    (Side, &'a str, &'a str, (Option<i64>, &'a str), i64, [u8; 3], &'a str, &'a str, &'a str, &'a str);

/// The key of a transfer row.
pub(crate) fn transfer_key(record: &TransferRecord) -> TransferKey<'_> {
    (
        record.side,
        value(&record.payer),
        value(&record.beneficiary),
        moment(record.time.as_ref(), &record.time_raw),
        record.amount.minor,
        record.amount.currency.0,
        record.reference.trim(),
        record.memo.trim(),
        record.channel.trim(),
        record.place.trim(),
    )
}

/// Groups the rows of each event: equal keys, the k-th of each source together. The result is a list of lists of
/// positions in `refs`, each ascending by address, and does not depend on the order of the input.
fn fold_sources<K: Ord>(keys: &[K], refs: &[RecordRef]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..keys.len().min(refs.len())).collect();
    order.sort_unstable_by(|&a, &b| keys.get(a).cmp(&keys.get(b)).then(refs.get(a).cmp(&refs.get(b))));
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut first_of_key = 0usize;
    let mut previous: Option<usize> = None;
    let mut source: Option<SourceId> = None;
    let mut nth = 0usize;
    for i in order {
        let same_key = previous.is_some_and(|p| keys.get(p) == keys.get(i));
        let here = refs.get(i).map(|r| r.source);
        if !same_key {
            first_of_key = groups.len();
            nth = 0;
        } else if source == here {
            nth += 1;
        } else {
            nth = 0;
        }
        source = here;
        previous = Some(i);
        match groups.get_mut(first_of_key + nth) {
            Some(group) => group.push(i),
            None => groups.push(vec![i]),
        }
    }
    groups
}

/// One side of a possible pair.
#[derive(Clone, Copy, Debug)]
struct Half {
    /// Position of the event.
    at: usize,
    instant_us: i64,
    /// Duration of a call; 0 for the rest.
    length_s: Option<i64>,
    day_only: bool,
    slack_us: i64,
    first: RecordRef,
}

/// Pairs halves one to one, nearest first. `left` and `right` are sorted by instant; a pair is allowed where `near`
/// gives its distance. Ties go to the lower addresses.
fn pair(
    left: &[Half],
    right: &[Half],
    near: &dyn Fn(&Half, &Half) -> Option<(i64, i64)>,
    window_us: i64,
) -> Vec<(usize, usize)> {
    let mut candidates: Vec<((i64, i64), RecordRef, RecordRef, usize, usize)> = Vec::new();
    let mut used_right = vec![false; right.len()];
    let mut used_left = vec![false; left.len()];
    let mut out = Vec::new();
    // Equal in time and length is as near as can be: settled at once, in order, without listing all combinations.
    let mut by_exact: BTreeMap<(i64, Option<i64>), Vec<usize>> = BTreeMap::new();
    for (j, r) in right.iter().enumerate().rev() {
        by_exact.entry((r.instant_us, r.length_s)).or_default().push(j);
    }
    for (i, l) in left.iter().enumerate() {
        let Some(free) = by_exact.get_mut(&(l.instant_us, l.length_s)) else { continue };
        let fits = free.last().and_then(|j| right.get(*j)).is_some_and(|r| near(l, r).is_some());
        if let (true, Some(j)) = (fits, free.pop()) {
            if let (Some(a), Some(b)) = (used_left.get_mut(i), used_right.get_mut(j)) {
                (*a, *b) = (true, true);
            }
            out.push((i, j));
        }
    }
    let open: Vec<(usize, &Half)> =
        right.iter().enumerate().filter(|(j, _)| used_right.get(*j) == Some(&false)).collect();
    for (i, l) in left.iter().enumerate().filter(|(i, _)| used_left.get(*i) == Some(&false)) {
        let start = open.partition_point(|(_, r)| r.instant_us < l.instant_us);
        let later = open.iter().skip(start).take_while(|(_, r)| r.instant_us - l.instant_us <= window_us);
        let earlier =
            open.iter().take(start).rev().take_while(|(_, r)| l.instant_us - r.instant_us <= window_us);
        for (j, r) in later.take(NEAREST).chain(earlier.take(NEAREST)) {
            if let Some(distance) = near(l, r) {
                candidates.push((distance, l.first, r.first, i, *j));
            }
        }
    }
    candidates.sort_unstable();
    for (_, _, _, i, j) in candidates {
        if let (Some(a), Some(b)) = (used_left.get_mut(i), used_right.get_mut(j))
            && !*a
            && !*b
        {
            (*a, *b) = (true, true);
            out.push((i, j));
        }
    }
    out.into_iter().filter_map(|(i, j)| Some((left.get(i)?.at, right.get(j)?.at))).collect()
}

/// How long before and after its stated instant an event may really have been.
fn slack_us(stamp: &Stamp) -> i64 {
    if stamp.precision == Precision::Minute { 59_000_000 } else { 0 }
}

/// Pairs the opposite sides within each group of events with the same parties.
///
/// `halves`: for each event its side, and its half where it has an instant. Originating is paired with terminating
/// first; what is left of either is then paired with rows whose side is unknown and which stand in other sources.
fn counterparts<G: Ord>(
    groups: BTreeMap<G, Vec<(Side, Half)>>,
    refs: &dyn Fn(usize) -> Vec<SourceId>,
    near: &dyn Fn(&Half, &Half) -> Option<(i64, i64)>,
    window_us: i64,
) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    for (_, members) in groups {
        let mut sides: [Vec<Half>; 3] = Default::default();
        for (side, half) in members {
            let [unknown, originating, terminating] = &mut sides;
            match side {
                Side::Unknown => unknown.push(half),
                Side::Originating => originating.push(half),
                Side::Terminating => terminating.push(half),
            }
        }
        for side in &mut sides {
            side.sort_by_key(|h| (h.instant_us, h.length_s, h.first));
        }
        let [unknown, originating, terminating] = sides;
        let pairs = pair(&originating, &terminating, near, window_us);
        if !unknown.is_empty() {
            let taken: std::collections::BTreeSet<usize> = pairs.iter().flat_map(|(a, b)| [*a, *b]).collect();
            let mut rest: Vec<Half> =
                originating.iter().chain(&terminating).filter(|h| !taken.contains(&h.at)).copied().collect();
            rest.sort_by_key(|h| (h.instant_us, h.length_s, h.first));
            let apart = |a: &Half, b: &Half| {
                let (x, y) = (refs(a.at), refs(b.at));
                if x.iter().any(|s| y.contains(s)) { None } else { near(a, b) }
            };
            out.extend(pair(&rest, &unknown, &apart, window_us));
        }
        out.extend(pairs);
    }
    out
}

fn sources_of(groups: &[Vec<usize>], refs: &[RecordRef], at: usize) -> Vec<SourceId> {
    groups
        .get(at)
        .map(|g| g.iter().filter_map(|i| refs.get(*i)).map(|r| r.source).collect())
        .unwrap_or_default()
}

/// Joins the groups that were paired; each group is in at most one pair.
fn join(mut groups: Vec<Vec<usize>>, pairs: &[(usize, usize)]) -> Vec<Vec<usize>> {
    for (a, b) in pairs {
        let moved = groups.get_mut(*b).map(std::mem::take).unwrap_or_default();
        if let Some(group) = groups.get_mut(*a) {
            group.extend(moved);
        }
    }
    groups.retain(|g| !g.is_empty());
    groups
}

/// Which calls and messages do these rows assert?
///
/// # Returns
/// One event for each call, ordered by instant, parties and first row; every row is a source of exactly one event.
/// Where rows of one event differ in the moment, the originating return's moment and duration stand.
/// # Complexity
/// O(n log n) time, O(n) memory; parallel over callers.
/// # Determinism
/// The same rows in any order give the same events at any number of threads.
pub fn reconcile_calls(records: Vec<CallRecord>, config: &ReconcileConfig) -> Vec<CallEvent> {
    let shares = records.len().div_ceil(SHARE).clamp(1, MOST_SHARES);
    let events = reconcile_in_shares(&records, shares, config);
    // Millions of texts are given back by all threads.
    records.into_par_iter().with_min_len(SHARE).for_each(drop);
    events
}

/// Rows of one event name the same caller, so that rows are dealt by their caller and each share stands for itself.
fn reconcile_in_shares(records: &[CallRecord], shares: usize, config: &ReconcileConfig) -> Vec<CallEvent> {
    let mut dealt: Vec<Vec<&CallRecord>> = vec![Vec::new(); shares];
    for record in records {
        // FNV-1a.
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        let hash = value(&record.caller).as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, step);
        if let Some(share) = dealt.get_mut((hash % shares as u64) as usize) {
            share.push(record);
        }
    }
    let mut events: Vec<CallEvent> =
        dealt.par_iter().with_max_len(1).flat_map_iter(|share| reconcile_share(share, config)).collect();
    events.par_sort_by(|a, b| {
        let key = |e: &CallEvent| (e.time.map(|t| t.instant_us), e.sources.first().copied());
        key(a).cmp(&key(b)).then_with(|| (&a.caller, &a.receiver).cmp(&(&b.caller, &b.receiver)))
    });
    events
}

/// The events of rows that share no event with other rows, in no order.
fn reconcile_share(records: &[&CallRecord], config: &ReconcileConfig) -> Vec<CallEvent> {
    let refs: Vec<RecordRef> = records.iter().map(|r| r.record).collect();
    let groups = {
        let keys: Vec<CallKey<'_>> = records.iter().map(|r| call_key(r)).collect();
        fold_sources(&keys, &refs)
    };
    let pairs = {
        let mut by_parties: BTreeMap<(CallKind, &str, &str), Vec<(Side, Half)>> = BTreeMap::new();
        for (at, group) in groups.iter().enumerate() {
            let Some(record) = group.first().and_then(|i| records.get(*i)) else { continue };
            let (Some(caller), Some(receiver), Some(time)) =
                (&record.caller.value, &record.receiver.value, &record.time)
            else {
                continue;
            };
            // What one line's operator calls a data session no other return asserts.
            if record.kind == CallKind::Data {
                continue;
            }
            let half = Half {
                at,
                instant_us: time.instant_us,
                length_s: record.duration_s,
                day_only: time.precision == Precision::Day,
                slack_us: slack_us(time),
                first: record.record,
            };
            by_parties.entry((record.kind, caller, receiver)).or_default().push((record.side, half));
        }
        let mut pairs = Vec::new();
        let (messages, calls): (BTreeMap<_, _>, BTreeMap<_, _>) =
            by_parties.into_iter().partition(|((kind, _, _), _)| *kind == CallKind::Message);
        for (parties, start_s, lengths) in
            [(calls, config.call_start_tolerance_s, true), (messages, config.message_tolerance_s, false)]
        {
            let near = |a: &Half, b: &Half| {
                let apart = (a.instant_us - b.instant_us).abs();
                let length = match (a.length_s, b.length_s) {
                    (Some(x), Some(y)) => (x - y).abs(),
                    _ => 0,
                };
                let long = lengths && length > config.call_duration_tolerance_s;
                let far = if a.day_only || b.day_only {
                    apart != 0 || a.length_s != b.length_s
                } else {
                    apart > start_s * 1_000_000 + a.slack_us.max(b.slack_us)
                };
                (!long && !far).then_some((apart, length))
            };
            let sources = |at| sources_of(&groups, &refs, at);
            pairs.extend(counterparts(parties, &sources, &near, (start_s + 59) * 1_000_000));
        }
        pairs
    };
    join(groups, &pairs).into_iter().filter_map(|group| call_event(&group, records)).collect()
}

fn call_event(group: &[usize], records: &[&CallRecord]) -> Option<CallEvent> {
    let mut rows: Vec<&CallRecord> = group.iter().filter_map(|i| records.get(*i).copied()).collect();
    rows.sort_by_key(|r| r.record);
    let rank = |side: Side| match side {
        Side::Originating => 0,
        Side::Unknown => 1,
        Side::Terminating => 2,
    };
    let lead = rows.iter().min_by_key(|r| (rank(r.side), r.record))?;
    // A row that does not say whose it is describes the calling party's terminal, as operators' lists do.
    let terminal = |wanted: bool| {
        let mut out = Terminal::default();
        for row in rows.iter().filter(|r| (r.side == Side::Terminating) == wanted) {
            out.imei = out.imei.or_else(|| row.imei.value.clone());
            out.imsi = out.imsi.or_else(|| row.imsi.value.clone());
            if out.cell.is_empty() {
                out.cell.clone_from(&row.cell);
            }
            out.point = out.point.or(row.point);
        }
        out
    };
    Some(CallEvent {
        kind: lead.kind,
        caller: value(&lead.caller).to_owned(),
        receiver: value(&lead.receiver).to_owned(),
        time: lead.time,
        duration_s: lead.duration_s.or_else(|| rows.iter().find_map(|r| r.duration_s)),
        caller_terminal: terminal(false),
        receiver_terminal: terminal(true),
        sources: rows.iter().map(|r| r.record).collect(),
    })
}

/// Which transfers do these rows assert?
///
/// A debit in the payer's statement and a credit of the same amount in the beneficiary's are one transfer where
/// both rows name both accounts and lie within the tolerance; equal references allow a wider one and are paired
/// first. Rows that name only one account are never paired.
///
/// # Returns
/// One event for each transfer, ordered by instant and first row; every row is a source of exactly one event.
/// # Complexity
/// O(n log n) time, O(n) memory.
/// # Determinism
/// The same rows in any order give the same events.
pub fn reconcile_transfers(records: Vec<TransferRecord>, config: &ReconcileConfig) -> Vec<TransferEvent> {
    let refs: Vec<RecordRef> = records.iter().map(|r| r.record).collect();
    let mut groups = {
        let keys: Vec<TransferKey<'_>> = records.iter().map(transfer_key).collect();
        fold_sources(&keys, &refs)
    };
    let rounds = [(true, config.transfer_reference_tolerance_s), (false, config.transfer_tolerance_s)];
    for (by_reference, tolerance_s) in rounds {
        let mut by_parties: BTreeMap<(&str, &str, i64, [u8; 3], &str), Vec<(Side, Half)>> = BTreeMap::new();
        for (at, group) in groups.iter().enumerate() {
            let Some(record) = group.first().and_then(|i| records.get(*i)) else { continue };
            let reference = if by_reference { record.reference.trim() } else { "" };
            let both_sides = group.iter().filter_map(|i| records.get(*i)).any(|r| r.side != record.side);
            let (Some(payer), Some(beneficiary), Some(time), false) =
                (&record.payer.value, &record.beneficiary.value, &record.time, both_sides)
            else {
                continue;
            };
            if by_reference && reference.is_empty() {
                continue;
            }
            // Without a common reference only a row that says whose statement it stands in has a counterpart.
            if !by_reference && record.side == Side::Unknown {
                continue;
            }
            let half = Half {
                at,
                instant_us: time.instant_us,
                length_s: Some(0),
                day_only: time.precision == Precision::Day,
                slack_us: 0,
                first: record.record,
            };
            let key = (
                payer.as_str(),
                beneficiary.as_str(),
                record.amount.minor,
                record.amount.currency.0,
                reference,
            );
            by_parties.entry(key).or_default().push((record.side, half));
        }
        let near = |a: &Half, b: &Half| {
            let apart = (a.instant_us - b.instant_us).abs();
            (apart <= tolerance_s * 1_000_000).then_some((apart, 0))
        };
        let sources = |at| sources_of(&groups, &refs, at);
        let pairs = counterparts(by_parties, &sources, &near, tolerance_s * 1_000_000);
        groups = join(groups, &pairs);
    }
    let mut events: Vec<TransferEvent> = groups
        .into_iter()
        .filter_map(|group| {
            let mut rows: Vec<&TransferRecord> = group.iter().filter_map(|i| records.get(*i)).collect();
            rows.sort_by_key(|r| r.record);
            let lead = rows.iter().min_by_key(|r| (r.side == Side::Terminating, r.record))?;
            // The finer of the two moments: one bank writes the day, the other the second.
            let time = rows
                .iter()
                .filter_map(|r| r.time)
                .max_by(|a, b| a.precision.cmp(&b.precision).then(b.instant_us.cmp(&a.instant_us)));
            Some(TransferEvent {
                payer: value(&lead.payer).to_owned(),
                beneficiary: value(&lead.beneficiary).to_owned(),
                time,
                amount: lead.amount,
                sources: rows.iter().map(|r| r.record).collect(),
            })
        })
        .collect();
    events.sort_by(|a, b| {
        let key = |e: &TransferEvent| (e.time.map(|t| t.instant_us), e.sources.first().copied());
        key(a).cmp(&key(b))
    });
    events
}

#[cfg(test)]
mod tests;
