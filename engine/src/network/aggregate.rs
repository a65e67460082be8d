//! Calls aggregated to edges between numbers, from the columns they lie in.
//!
//! A record is no event: both parties' returns may assert one call, and two files the same row. Such rows always name
//! the same caller and receiver, so that each pair of numbers is reconciled for itself; only a pair in which rows of
//! several files stand, or opposite sides lie within the tolerance, is given to
//! [`reconcile_calls`], and every other row is an event of its own.
//!
//! **Invariant:** counts, totals and instants are those of the events that [`reconcile_calls`] derives from all rows
//! at once.

use crate::error::EngineError;
use ingest::reconcile::{ReconcileConfig, reconcile_calls};
use model::identifier::{Identifier, IdentifierKind, NormFlags, Normal};
use model::ids::{RecordRef, SourceId};
use model::record::{CallKind, CallRecord, Side, TableKind};
use model::time::{Precision, Stamp};
use rayon::prelude::{ParallelIterator as _, ParallelSlice as _, ParallelSliceMut as _};
use std::collections::BTreeMap;
use store::snapshot::Snapshot;

/// Rows sorted at once; more are taken in several passes over shares of the callers.
const AT_ONCE: u64 = 12_000_000;

/// One call row: parties as nodes, and what reconciliation looks at.
#[derive(Clone, Copy, Debug, PartialEq)]
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

/// Numbers and the edges between them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct CallGraph {
    /// Normal forms of numbers, ascending.
    pub(crate) nodes: Vec<String>,
    /// Edges, ascending by both ends.
    pub(crate) edges: Vec<CallEdge>,
}

/// The numbers of each source as places among all.
fn nodes_of(lists: &[Vec<Option<String>>]) -> (Vec<String>, Vec<Vec<u32>>) {
    let mut nodes: Vec<&str> = lists.iter().flatten().flatten().map(String::as_str).collect();
    nodes.par_sort_unstable();
    nodes.dedup();
    let place = |value: &Option<String>| -> u32 {
        value.as_deref().and_then(|v| nodes.binary_search(&v).ok()).map_or(u32::MAX, |at| at as u32)
    };
    let places = lists.iter().map(|list| list.iter().map(place).collect()).collect();
    (nodes.into_iter().map(str::to_owned).collect(), places)
}

impl CallGraph {
    /// Aggregates all calls of a snapshot.
    ///
    /// # Complexity  O(n log n) time; memory for the nodes and 48 bytes a row of at most twelve million rows at once
    /// # Determinism the same rows give the same graph at any number of threads
    pub(crate) fn of_snapshot(snapshot: &Snapshot, config: &ReconcileConfig) -> Result<Self, EngineError> {
        let sources: Vec<SourceId> = (0u32..)
            .map(SourceId)
            .zip(snapshot.sources())
            .filter(|(_, s)| s.kind == TableKind::Calls)
            .map(|(id, _)| id)
            .collect();
        let mut lists = Vec::new();
        for source in &sources {
            let numbers = snapshot.call_numbers(*source)?;
            lists.push((0..numbers.len()).map(|at| numbers.value(at).map(|(value, _)| value)).collect());
        }
        let (nodes, places) = nodes_of(&lists);
        drop(lists);
        let rows: u64 = sources.iter().map(|s| snapshot.call_count(*s)).sum();
        let passes = rows.div_ceil(AT_ONCE).max(1);
        let mut edges = Vec::new();
        for pass in 0..passes {
            let share = |end: u64| (nodes.len() as u64 * end / passes) as u32;
            let callers = share(pass)..share(pass + 1);
            let mut facts: Vec<Fact> = Vec::new();
            for (source, places) in sources.iter().zip(&places) {
                gather(snapshot, *source, places, &callers, &mut facts)?;
            }
            // Rows of several files that have no moment are compared by its text, which only records hold.
            if sources.len() > 1 && facts.iter().any(|f| f.precision.is_none()) {
                let mut records = Vec::new();
                snapshot.calls(&mut |batch| -> Result<(), EngineError> {
                    records.extend(batch);
                    Ok(())
                })?;
                return Ok(Self::of_records(records, config));
            }
            edges.extend(aggregate(&mut facts, config, &|fact| record(fact, &nodes)));
        }
        Ok(Self { nodes, edges })
    }

    /// Aggregates records.
    pub(crate) fn of_records(mut records: Vec<CallRecord>, config: &ReconcileConfig) -> Self {
        records.sort_by_key(|r| r.record);
        let value = |n: &Normal| n.value.clone();
        let list = records.iter().flat_map(|r| [value(&r.caller), value(&r.receiver)]).collect();
        let (nodes, places) = nodes_of(&[list]);
        let ends = places.first().map(Vec::as_slice).unwrap_or_default();
        let mut facts: Vec<Fact> = records
            .iter()
            .zip(ends.as_chunks::<2>().0)
            .map(|(r, [caller, receiver])| Fact {
                caller: *caller,
                receiver: *receiver,
                instant_us: r.time.map_or(0, |t| t.instant_us),
                duration_s: r.duration_s.unwrap_or(0),
                record: r.record,
                kind: r.kind,
                side: r.side,
                precision: r.time.map(|t| t.precision),
                has_duration: r.duration_s.is_some(),
            })
            .collect();
        let edges = aggregate(&mut facts, config, &|fact| {
            let at = records.binary_search_by_key(&fact.record, |r| r.record).ok();
            at.and_then(|at| records.get(at)).cloned().unwrap_or_default()
        });
        Self { nodes, edges }
    }
}

/// Takes the rows of a source whose callers lie in a share of the nodes.
fn gather(
    snapshot: &Snapshot,
    source: SourceId,
    places: &[u32],
    callers: &std::ops::Range<u32>,
    out: &mut Vec<Fact>,
) -> Result<(), EngineError> {
    let forms = snapshot.call_forms(source)?;
    let forms: Vec<_> = forms.into_values().map(|f| (f.kind, f.side, f.clock.map(|c| c.2))).collect();
    let place = |number: u32| places.get(number as usize).copied().unwrap_or(u32::MAX);
    snapshot.call_columns(source, (0, 1), &mut |_, facts| {
        let parties = facts.caller.iter().zip(facts.receiver);
        for (i, ((row, form), (caller, receiver))) in
            facts.row.iter().zip(facts.form).zip(parties).enumerate()
        {
            let caller = place(*caller);
            let Some((kind, side, precision)) = forms.get(*form as usize).copied() else { continue };
            if !callers.contains(&caller) {
                continue;
            }
            let (instant, duration) = (facts.instant_us(i), facts.duration_s(i));
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
        Ok::<(), EngineError>(())
    })
}

/// One edge for each pair of numbers; a number that calls itself makes none.
fn aggregate(
    facts: &mut [Fact],
    config: &ReconcileConfig,
    record_of: &(dyn Fn(&Fact) -> CallRecord + Sync),
) -> Vec<CallEdge> {
    facts.par_sort_unstable_by_key(|f| (f.caller, f.receiver, f.instant_us, f.record));
    facts
        .par_chunk_by(|a, b| (a.caller, a.receiver) == (b.caller, b.receiver))
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
fn record(fact: &Fact, nodes: &[String]) -> CallRecord {
    let party = |node: u32| Normal { value: nodes.get(node as usize).cloned(), ..Normal::default() };
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

/// What reading supposed or noticed of the numbers and devices of calls.
pub(crate) fn flags_of(
    snapshot: &Snapshot,
    flags: &mut BTreeMap<Identifier, NormFlags>,
) -> Result<(), EngineError> {
    let calls = (0u32..).map(SourceId).zip(snapshot.sources()).filter(|(_, s)| s.kind == TableKind::Calls);
    for (source, _) in calls {
        for (kind, column) in [
            (IdentifierKind::Msisdn, snapshot.call_numbers(source)?),
            (IdentifierKind::Imei, snapshot.call_imeis(source)?),
            (IdentifierKind::Imsi, snapshot.call_imsis(source)?),
        ] {
            for (value, seen) in (0..column.len()).filter_map(|at| column.value(at)) {
                if seen != NormFlags::NONE {
                    let slot = flags.entry(Identifier::new(kind, value)).or_default();
                    *slot = slot.with(seen);
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn call() -> impl Strategy<Value = CallRecord> {
        let side = prop_oneof![Just(Side::Unknown), Just(Side::Originating), Just(Side::Terminating)];
        (0u32..3, 0u32..4, 0u32..4, 0i64..400, side, any::<bool>(), 0i64..9).prop_map(
            |(source, a, b, second, side, message, duration)| CallRecord {
                record: RecordRef { source: SourceId(source), row: 0 },
                kind: if message { CallKind::Message } else { CallKind::Call },
                side,
                caller: Normal { value: Some(format!("+{a}")), ..Normal::default() },
                receiver: Normal { value: Some(format!("+{b}")), ..Normal::default() },
                time: Some(Stamp {
                    instant_us: second * 1_000_000,
                    offset_minutes: 0,
                    zone_assumed: true,
                    precision: Precision::Second,
                }),
                duration_s: (!message).then_some(duration),
                ..CallRecord::default()
            },
        )
    }

    proptest! {
        #[test]
        fn pairs_apart_are_as_all_rows_at_once(mut records in proptest::collection::vec(call(), 0..120)) {
            for (row, record) in (1u32..).zip(&mut records) {
                record.record.row = row;
            }
            let config = ReconcileConfig::default();
            let graph = CallGraph::of_records(records.clone(), &config);
            let mut whole: BTreeMap<(String, String), (u64, i64, Option<i64>, Option<i64>)> = BTreeMap::new();
            for event in reconcile_calls(records, &config) {
                if event.caller != event.receiver {
                    let at = event.time.map(|t| t.instant_us);
                    let slot = whole.entry((event.caller, event.receiver)).or_insert((0, 0, at, at));
                    slot.0 += 1;
                    slot.1 += event.duration_s.unwrap_or(0);
                    slot.2 = [slot.2, at].into_iter().flatten().min();
                    slot.3 = slot.3.max(at);
                }
            }
            let found: BTreeMap<(String, String), (u64, i64, Option<i64>, Option<i64>)> = graph
                .edges
                .iter()
                .map(|e| {
                    let ends = (graph.nodes[e.source as usize].clone(), graph.nodes[e.target as usize].clone());
                    (ends, (e.count, e.total, e.first_us, e.last_us))
                })
                .collect();
            prop_assert_eq!(found, whole);
        }
    }
}
