//! Calls and messages aggregated to edges between numbers, from the columns they lie in; data sessions make none.
//!
//! A record is no event: both parties' returns may assert one call, and two files the same row. Such rows always name
//! the same caller and receiver, so that each pair of numbers is reconciled for itself; only a pair in which rows of
//! several files stand, or opposite sides lie within the tolerance, is given to
//! [`reconcile_calls`], and every other row is an event of its own.
//!
//! **Invariant:** counts, totals and instants are those of the events that [`reconcile_calls`] derives from all rows
//! at once.

use super::head::Head;
use crate::error::EngineError;
use ingest::reconcile::{ReconcileConfig, reconcile_calls};
use model::identifier::Normal;
use model::ids::{RecordRef, SourceId};
use model::record::{CallKind, CallRecord, Side, TableKind};
use model::time::{Precision, Stamp};
use rayon::prelude::{
    IndexedParallelIterator as _, IntoParallelIterator as _, ParallelExtend as _, ParallelIterator as _,
    ParallelSliceMut as _,
};
use std::ops::Range;
use store::calls::CallFacts;
use store::dictionary::Arena;
use store::snapshot::{NumberColumn, Snapshot};

/// Rows held at once; more are taken in several passes over ranges of the callers.
const AT_ONCE: u64 = 20_000_000;
/// Rows that one thread puts in order at a time.
const SHARE: u64 = 65_536;
/// Shares whose edges are held at once, for each thread.
const AHEAD: usize = 4;

/// One call row: parties as nodes, and what reconciliation looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Fact {
    caller: u32,
    receiver: u32,
    instant_us: i64,
    duration_s: i64,
    record: RecordRef,
    kind: CallKind,
    side: Side,
    /// `None` where the row has no instant.
    precision: Option<Precision>,
    has_duration: bool,
}

impl Fact {
    /// The receiver and the instant as one number of the same order.
    fn key(&self) -> u128 {
        u128::from(self.receiver) << 64 | u128::from(self.instant_us as u64 ^ 1 << 63)
    }
}

/// All calls from one number to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallEdge {
    /// Place of the caller among the nodes.
    pub(crate) source: u32,
    /// Place of the receiver.
    pub(crate) target: u32,
    /// Events.
    pub(crate) count: u64,
    /// Seconds together.
    pub(crate) total: i64,
    /// First instant.
    pub(crate) first_us: Option<i64>,
    /// Last instant.
    pub(crate) last_us: Option<i64>,
}

/// The numbers that calls name.
#[derive(Debug, Default)]
pub(crate) struct CallNumbers {
    /// Normal forms, ascending: the nodes.
    pub(crate) nodes: Arena,
    /// The node of each entry of each list.
    places: Vec<Vec<u32>>,
}

/// A list of texts by the place of each, some of them missing: how many, and what puts one in place of another.
type List<'l> = (usize, &'l (dyn Fn(usize, &mut String) -> bool + Sync));

impl CallNumbers {
    fn of(lists: &[List<'_>]) -> Self {
        let text = |&(_, list, at): &(Head, usize, usize)| {
            let mut text = String::new();
            lists.get(list).is_some_and(|(_, write)| write(at, &mut text)).then_some(text)
        };
        let mut all: Vec<(Head, usize, usize)> = Vec::new();
        for (list, (len, write)) in lists.iter().enumerate() {
            let entry = |text: &mut String, at: usize| write(at, text).then(|| (Head::of(text), list, at));
            all.par_extend((0..*len).into_par_iter().map_init(String::new, entry).filter_map(|entry| entry));
        }
        all.par_sort_unstable_by(|a, b| {
            let heads = a.0.cmp(&b.0);
            let texts = heads.then_with(|| if a.0.is_whole() { heads } else { text(a).cmp(&text(b)) });
            texts.then_with(|| (a.1, a.2).cmp(&(b.1, b.2)))
        });
        let mut places: Vec<Vec<u32>> = lists.iter().map(|(len, _)| vec![u32::MAX; *len]).collect();
        let mut nodes = Arena::default();
        let mut node = String::new();
        for same in all.chunk_by(|a, b| a.0 == b.0 && (a.0.is_whole() || text(a) == text(b))) {
            for (nth, entry) in same.iter().enumerate() {
                if nth == 0 {
                    node.clear();
                    if !entry.0.write(&mut node) {
                        node.push_str(&text(entry).unwrap_or_default());
                    }
                    nodes.push(&node);
                }
                if let Some(place) = places.get_mut(entry.1).and_then(|list| list.get_mut(entry.2)) {
                    *place = nodes.len() as u32 - 1;
                }
            }
        }
        Self { nodes, places }
    }
}

/// Equal stretches of a range of nodes.
struct Shares {
    callers: Range<u32>,
    each: u32,
    count: usize,
}

impl Shares {
    fn of(callers: Range<u32>, rows: u64) -> Self {
        let nodes = callers.len() as u64;
        let wanted = rows.div_ceil(SHARE).clamp(1, 4_096);
        let each = nodes.div_ceil(wanted).max(1);
        Self { callers, each: each as u32, count: nodes.div_ceil(each).max(1) as usize }
    }

    fn place(&self, caller: u32) -> usize {
        ((caller - self.callers.start) / self.each) as usize
    }

    /// The rows of one share, ascending by caller, receiver, instant and record.
    fn gather(&self, dealt: &[Dealt], share: usize) -> Vec<Fact> {
        let rows = || dealt.iter().flat_map(|d| d.share(share));
        let first = self.callers.start + share as u32 * self.each;
        let place = |fact: &Fact| (fact.caller - first) as usize;
        let mut ends = vec![0usize; self.each as usize + 1];
        for fact in rows() {
            ends[place(fact) + 1] += 1;
        }
        for caller in 1..ends.len() {
            ends[caller] += ends[caller - 1];
        }
        let mut facts = vec![Fact::default(); ends.last().copied().unwrap_or_default()];
        for fact in rows() {
            let end = &mut ends[place(fact)];
            facts[*end] = *fact;
            *end += 1;
        }
        for of_caller in facts.chunk_by_mut(|a, b| a.caller == b.caller) {
            of_caller.sort_unstable_by(|a, b| a.key().cmp(&b.key()).then_with(|| a.record.cmp(&b.record)));
        }
        facts
    }
}

/// Rows, those of one share of the callers after those of the share before.
struct Dealt {
    facts: Vec<Fact>,
    ends: Vec<usize>,
}

impl Dealt {
    /// Deals rows whose callers lie in the range of the shares.
    fn of(facts: &[Fact], shares: &Shares) -> Self {
        let mut ends = vec![0usize; shares.count + 1];
        for fact in facts {
            ends[shares.place(fact.caller) + 1] += 1;
        }
        for share in 0..shares.count {
            ends[share + 1] += ends[share];
        }
        let mut dealt = vec![Fact::default(); facts.len()];
        for fact in facts {
            let end = &mut ends[shares.place(fact.caller)];
            dealt[*end] = *fact;
            *end += 1;
        }
        ends.pop();
        Self { facts: dealt, ends }
    }

    fn share(&self, share: usize) -> &[Fact] {
        let from = if share == 0 { 0 } else { self.ends.get(share - 1).copied().unwrap_or_default() };
        let to = self.ends.get(share).copied().unwrap_or_default();
        self.facts.get(from..to).unwrap_or_default()
    }
}

/// Calls of a case on their way to edges.
pub(crate) struct Calls<'s> {
    snapshot: &'s Snapshot,
    sources: Vec<SourceId>,
    /// Numbers of the calls.
    pub(crate) numbers: CallNumbers,
    /// All records, where columns do not say enough to reconcile them.
    records: Option<Vec<CallRecord>>,
    rows: u64,
}

impl<'s> Calls<'s> {
    /// All calls of a snapshot.
    pub(crate) fn of_snapshot(snapshot: &'s Snapshot) -> Result<Self, EngineError> {
        let sources: Vec<SourceId> = (0u32..)
            .map(SourceId)
            .zip(snapshot.sources())
            .filter(|(_, s)| s.kind == TableKind::Calls)
            .map(|(id, _)| id)
            .collect();
        // Rows of several files that have no moment are compared by its text, which only records hold.
        if sources.len() > 1 {
            for source in &sources {
                if snapshot.call_forms(*source)?.values().any(|form| form.clock.is_none()) {
                    let mut records = Vec::new();
                    snapshot.calls(&mut |batch| -> Result<(), EngineError> {
                        records.extend(batch);
                        Ok(())
                    })?;
                    return Ok(Self::of_records(snapshot, records));
                }
            }
        }
        let columns: Vec<NumberColumn> =
            sources.iter().map(|source| snapshot.call_numbers(*source)).collect::<Result<_, _>>()?;
        let values: Vec<_> =
            columns.iter().map(|column| |at: usize, text: &mut String| column.write(at, text)).collect();
        let lists: Vec<List<'_>> =
            columns.iter().zip(&values).map(|(column, value)| (column.len(), value as _)).collect();
        let rows = sources.iter().map(|s| snapshot.call_count(*s)).sum();
        let numbers = CallNumbers::of(&lists);
        Ok(Self { snapshot, sources, numbers, records: None, rows })
    }

    /// Certain calls of a snapshot.
    pub(crate) fn of_records(snapshot: &'s Snapshot, mut records: Vec<CallRecord>) -> Self {
        records.sort_by_key(|r| r.record);
        let numbers = record_numbers(&records);
        let rows = records.len() as u64;
        Self { snapshot, sources: Vec::new(), numbers, records: Some(records), rows }
    }

    /// Hands on the edges, ascending by both ends, piece by piece.
    ///
    /// # Arguments   `piece`: what is made of a stretch of edges, on any thread; `take`: takes the pieces in order
    /// # Complexity  O(n log n) time; 48 bytes a row of at most twenty million rows at once, beside the nodes
    /// # Determinism the same rows give the same pieces at any number of threads
    pub(crate) fn edges<T: Send>(
        &self,
        config: &ReconcileConfig,
        piece: &(dyn Fn(&[CallEdge]) -> Result<T, EngineError> + Sync),
        take: &mut dyn FnMut(T) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let nodes = self.numbers.nodes.len() as u64;
        let passes = if self.records.is_some() { 1 } else { self.rows.div_ceil(AT_ONCE).max(1) };
        for pass in 0..passes {
            let bound = |pass: u64| (nodes * pass / passes) as u32;
            let shares = Shares::of(bound(pass)..bound(pass + 1), self.rows / passes);
            let dealt = match &self.records {
                Some(records) => vec![Dealt::of(&facts_of(records, &self.numbers), &shares)],
                None => self.deal(&shares)?,
            };
            let record_of = |fact: &Fact| match &self.records {
                Some(records) => {
                    let at = records.binary_search_by_key(&fact.record, |r| r.record).ok();
                    at.and_then(|at| records.get(at)).cloned().unwrap_or_default()
                }
                None => record(fact, &self.numbers.nodes),
            };
            let ahead = AHEAD * rayon::current_num_threads();
            // One stretch of shares is taken while the next is worked on.
            let (give, taken) = std::sync::mpsc::sync_channel::<Vec<Result<T, EngineError>>>(1);
            let (dealt, shares, record_of) = (&dealt, &shares, &record_of);
            std::thread::scope(|scope| {
                scope.spawn(move || {
                    for from in (0..shares.count).step_by(ahead) {
                        let pieces = (from..shares.count.min(from + ahead))
                            .into_par_iter()
                            .map(|share| piece(&aggregate(&shares.gather(dealt, share), config, record_of)));
                        if give.send(pieces.collect()).is_err() {
                            break;
                        }
                    }
                });
                taken.into_iter().flatten().try_for_each(|piece| take(piece?))
            })?;
        }
        Ok(())
    }

    /// Takes the rows whose callers lie in the range of the shares, each row group dealt for itself.
    fn deal(&self, shares: &Shares) -> Result<Vec<Dealt>, EngineError> {
        let threads = rayon::current_num_threads();
        let mut out = Vec::new();
        for (source, places) in self.sources.iter().zip(&self.numbers.places) {
            let forms: Vec<_> = self
                .snapshot
                .call_forms(*source)?
                .into_values()
                .map(|f| (f.kind, f.side, f.clock.map(|c| c.2)))
                .collect();
            let parts: Vec<Result<Vec<Dealt>, EngineError>> = (0..threads)
                .into_par_iter()
                .with_max_len(1)
                .map(|thread| {
                    let (mut dealt, mut facts) = (Vec::new(), Vec::new());
                    self.snapshot.call_columns(*source, (thread, threads), &mut |_, columns| {
                        facts.clear();
                        read(&columns, *source, places, &forms, &shares.callers, &mut facts);
                        dealt.push(Dealt::of(&facts, shares));
                        Ok::<(), EngineError>(())
                    })?;
                    Ok(dealt)
                })
                .collect();
            for part in parts {
                out.extend(part?);
            }
        }
        Ok(out)
    }
}

/// The rows of a row group whose callers lie in a range of the nodes.
fn read(
    columns: &CallFacts<'_>,
    source: SourceId,
    places: &[u32],
    forms: &[(CallKind, Side, Option<Precision>)],
    callers: &Range<u32>,
    out: &mut Vec<Fact>,
) {
    let place = |number: u32| places.get(number as usize).copied().unwrap_or(u32::MAX);
    let parties = columns.caller.iter().zip(columns.receiver);
    for (i, ((row, form), (caller, receiver))) in
        columns.row.iter().zip(columns.form).zip(parties).enumerate()
    {
        let caller = place(*caller);
        let Some((kind, side, precision)) = forms.get(*form as usize).copied() else { continue };
        if kind == CallKind::Data || !callers.contains(&caller) {
            continue;
        }
        let (instant, duration) = (columns.instant_us(i), columns.duration_s(i));
        out.push(Fact {
            caller,
            receiver: place(*receiver),
            instant_us: instant.unwrap_or(0),
            duration_s: duration.unwrap_or(0),
            record: RecordRef { source, row: *row },
            kind,
            side,
            precision: precision.filter(|_| instant.is_some()),
            has_duration: duration.is_some(),
        });
    }
}

fn record_numbers(records: &[CallRecord]) -> CallNumbers {
    let end = |at: usize, text: &mut String| {
        let party =
            |r: &'_ CallRecord| if at.is_multiple_of(2) { &r.caller } else { &r.receiver }.value.clone();
        let value = records.get(at / 2).and_then(party);
        text.clear();
        text.push_str(value.as_deref().unwrap_or_default());
        value.is_some()
    };
    CallNumbers::of(&[(records.len() * 2, &end)])
}

fn facts_of(records: &[CallRecord], numbers: &CallNumbers) -> Vec<Fact> {
    let ends = numbers.places.first().map(Vec::as_slice).unwrap_or_default();
    let facts = records.iter().zip(ends.as_chunks::<2>().0).map(|(r, [caller, receiver])| Fact {
        caller: *caller,
        receiver: *receiver,
        instant_us: r.time.map_or(0, |t| t.instant_us),
        duration_s: r.duration_s.unwrap_or(0),
        record: r.record,
        kind: r.kind,
        side: r.side,
        precision: r.time.map(|t| t.precision),
        has_duration: r.duration_s.is_some(),
    });
    facts.filter(|fact| fact.kind != CallKind::Data && fact.caller != u32::MAX).collect()
}

/// One edge for each pair of numbers, whose rows stand together; a number that calls itself makes none.
fn aggregate(
    facts: &[Fact],
    config: &ReconcileConfig,
    record_of: &(dyn Fn(&Fact) -> CallRecord + Sync),
) -> Vec<CallEdge> {
    facts
        .chunk_by(|a, b| (a.caller, a.receiver) == (b.caller, b.receiver))
        .filter(|pair| pair.first().is_some_and(|f| f.caller != f.receiver && f.receiver != u32::MAX))
        .filter_map(|pair| edge(pair, config, record_of))
        .collect()
}

fn edge(
    pair: &[Fact],
    config: &ReconcileConfig,
    record_of: &(dyn Fn(&Fact) -> CallRecord + Sync),
) -> Option<CallEdge> {
    let first = pair.first()?;
    let mut edge = CallEdge {
        source: first.caller,
        target: first.receiver,
        count: 0,
        total: 0,
        first_us: None,
        last_us: None,
    };
    let mut take = |at: Option<i64>, duration_s: i64| {
        edge.count += 1;
        edge.total = edge.total.saturating_add(duration_s);
        edge.first_us = [edge.first_us, at].into_iter().flatten().min();
        edge.last_us = edge.last_us.max(at);
    };
    if may_join(pair, config) {
        let records = pair.iter().map(record_of).collect();
        for event in reconcile_calls(records, config) {
            take(event.time.map(|t| t.instant_us), event.duration_s.unwrap_or(0));
        }
    } else {
        for fact in pair {
            take(fact.precision.map(|_| fact.instant_us), fact.duration_s);
        }
    }
    Some(edge)
}

/// Whether any two of these rows, ascending by instant, could be one event.
fn may_join(pair: &[Fact], config: &ReconcileConfig) -> bool {
    let several = pair.windows(2).any(|w| matches!(w, [a, b] if a.record.source != b.record.source));
    if several {
        return true;
    }
    // A stated minute may lie 59 seconds off.
    let window = (config.call_start_tolerance_s.max(config.message_tolerance_s) + 59) * 1_000_000;
    let mut last: [[Option<i64>; 2]; 2] = [[None; 2]; 2];
    for fact in pair.iter().filter(|f| f.precision.is_some()) {
        let side = match fact.side {
            Side::Unknown => continue,
            Side::Originating => 0,
            Side::Terminating => 1,
        };
        let Some(seen) = last.get_mut(fact.kind as usize) else { continue };
        if seen[1 - side].is_some_and(|before| fact.instant_us - before <= window) {
            return true;
        }
        seen[side] = Some(fact.instant_us);
    }
    false
}

/// A row with what reconciliation looks at, and nothing else. Rows of one source are never joined by their text.
fn record(fact: &Fact, nodes: &Arena) -> CallRecord {
    let named = |node: u32| (node as usize) < nodes.len();
    let party = |node: u32| Normal {
        value: named(node).then(|| nodes.get(node as usize).to_owned()),
        ..Normal::default()
    };
    CallRecord {
        record: fact.record,
        kind: fact.kind,
        side: fact.side,
        caller: party(fact.caller),
        receiver: party(fact.receiver),
        time: fact.precision.map(|precision| Stamp {
            instant_us: fact.instant_us,
            offset_minutes: 0,
            zone_assumed: true,
            precision,
        }),
        duration_s: fact.has_duration.then_some(fact.duration_s),
        ..CallRecord::default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn call() -> impl Strategy<Value = CallRecord> {
        let side = prop_oneof![Just(Side::Unknown), Just(Side::Originating), Just(Side::Terminating)];
        let kind = prop_oneof![Just(CallKind::Call), Just(CallKind::Message), Just(CallKind::Data)];
        (0u32..3, 0u32..4, 0u32..4, 0i64..400, side, kind, 0i64..9).prop_map(
            |(source, a, b, second, side, kind, duration)| CallRecord {
                record: RecordRef { source: SourceId(source), row: 0 },
                kind,
                side,
                caller: Normal { value: Some(format!("+{a}")), ..Normal::default() },
                receiver: Normal { value: Some(format!("+{b}")), ..Normal::default() },
                time: Some(Stamp {
                    instant_us: second * 1_000_000,
                    offset_minutes: 0,
                    zone_assumed: true,
                    precision: Precision::Second,
                }),
                duration_s: (kind != CallKind::Message).then_some(duration),
                ..CallRecord::default()
            },
        )
    }

    proptest! {
        #[test]
        fn pairs_apart_are_as_all_rows_at_once(mut records in proptest::collection::vec(call(), 0..120), each in 1u32..6) {
            for (row, record) in (1u32..).zip(&mut records) {
                record.record.row = row;
            }
            let config = ReconcileConfig::default();
            let numbers = record_numbers(&records);
            let mut sorted = records.clone();
            sorted.sort_by_key(|r| r.record);
            let record_of = |fact: &Fact| {
                sorted[sorted.binary_search_by_key(&fact.record, |r| r.record).unwrap()].clone()
            };
            let facts = facts_of(&records, &numbers);
            let nodes = numbers.nodes.len() as u32;
            let shares = Shares { callers: 0..nodes, each, count: nodes.div_ceil(each).max(1) as usize };
            let dealt: Vec<Dealt> = facts.chunks(50).map(|some| Dealt::of(some, &shares)).collect();
            let mut edges = Vec::new();
            for share in 0..shares.count {
                edges.extend(aggregate(&shares.gather(&dealt, share), &config, &record_of));
            }
            prop_assert!(edges.is_sorted_by_key(|e| (e.source, e.target)));
            let mut whole: BTreeMap<(String, String), (u64, i64, Option<i64>, Option<i64>)> = BTreeMap::new();
            for event in reconcile_calls(records, &config) {
                if event.caller != event.receiver && event.kind != CallKind::Data {
                    let at = event.time.map(|t| t.instant_us);
                    let slot = whole.entry((event.caller, event.receiver)).or_insert((0, 0, at, at));
                    slot.0 += 1;
                    slot.1 += event.duration_s.unwrap_or(0);
                    slot.2 = [slot.2, at].into_iter().flatten().min();
                    slot.3 = slot.3.max(at);
                }
            }
            let found: BTreeMap<(String, String), (u64, i64, Option<i64>, Option<i64>)> = edges
                .iter()
                .map(|e| {
                    let node = |at: u32| numbers.nodes.get(at as usize).to_owned();
                    let ends = (node(e.source), node(e.target));
                    (ends, (e.count, e.total, e.first_us, e.last_us))
                })
                .collect();
            prop_assert_eq!(found, whole);
        }
    }
}
