//! Known cases, and a naive model of multiplicity.

use super::*;
use model::identifier::Normal;
use model::money::{Currency, Money};
use proptest::prelude::*;

fn normal(text: &str) -> Normal {
    Normal { raw: text.into(), value: Some(text.into()), ..Normal::default() }
}

fn stamp(second: i64) -> Stamp {
    Stamp {
        instant_us: second * 1_000_000,
        offset_minutes: 0,
        zone_assumed: true,
        precision: Precision::Second,
    }
}

fn call(source: u32, row: u32, side: Side, second: i64, length: i64) -> CallRecord {
    CallRecord {
        record: RecordRef { source: SourceId(source), row },
        side,
        caller: normal("+50370000001"),
        receiver: normal("+50370000002"),
        time: Some(stamp(second)),
        duration_s: Some(length),
        cell: format!("cell {source}"),
        ..CallRecord::default()
    }
}

fn transfer(source: u32, row: u32, side: Side, day: i64, minor: i64, reference: &str) -> TransferRecord {
    TransferRecord {
        record: RecordRef { source: SourceId(source), row },
        side,
        payer: normal("A"),
        beneficiary: normal("B"),
        time: Some(Stamp { precision: Precision::Day, ..stamp(day * 86_400) }),
        amount: Money { minor, currency: Currency(*b"USD") },
        reference: reference.into(),
        ..TransferRecord::default()
    }
}

fn rows(events: &[CallEvent]) -> Vec<Vec<(u32, u32)>> {
    events.iter().map(|e| e.sources.iter().map(|s| (s.source.0, s.row)).collect()).collect()
}

#[test]
fn both_parties_returns_are_one_call_with_both_terminals() {
    let config = ReconcileConfig::default();
    let events = reconcile_calls(
        vec![call(0, 5, Side::Originating, 1_000, 60), call(1, 9, Side::Terminating, 1_004, 58)],
        &config,
    );
    assert_eq!(rows(&events), [vec![(0, 5), (1, 9)]]);
    assert_eq!(events[0].time.unwrap().instant_us, 1_000_000_000);
    assert_eq!(events[0].caller_terminal.cell, "cell 0");
    assert_eq!(events[0].receiver_terminal.cell, "cell 1");
}

#[test]
fn pairing_is_one_to_one_and_nearest_first() {
    let events = reconcile_calls(
        vec![
            call(0, 1, Side::Originating, 1_000, 10),
            call(0, 2, Side::Originating, 1_020, 10),
            call(1, 1, Side::Terminating, 1_018, 10),
            call(1, 2, Side::Terminating, 1_200, 10),
        ],
        &ReconcileConfig::default(),
    );
    assert_eq!(rows(&events), [vec![(0, 1)], vec![(0, 2), (1, 1)], vec![(1, 2)]]);
}

#[test]
fn calls_beyond_the_tolerance_stay_two() {
    let config = ReconcileConfig::default();
    for (second, length) in [(1_031, 60), (1_000, 66)] {
        let both =
            vec![call(0, 1, Side::Originating, 1_000, 60), call(1, 1, Side::Terminating, second, length)];
        assert_eq!(reconcile_calls(both, &config).len(), 2);
    }
}

#[test]
fn a_row_without_direction_is_a_further_source_in_another_file_only() {
    let config = ReconcileConfig::default();
    let apart = vec![call(0, 1, Side::Originating, 1_000, 60), call(1, 1, Side::Unknown, 1_001, 60)];
    assert_eq!(reconcile_calls(apart, &config).len(), 1);
    let together = vec![call(0, 1, Side::Originating, 1_000, 60), call(0, 2, Side::Unknown, 1_001, 60)];
    assert_eq!(reconcile_calls(together, &config).len(), 2);
}

#[test]
fn many_equal_rows_on_both_sides_pair_without_a_quadratic_cost() {
    let n = 20_000;
    let mut all: Vec<CallRecord> = (0..n).map(|i| call(0, i, Side::Originating, 1_000, 60)).collect();
    all.extend((0..n).map(|i| call(1, i, Side::Terminating, 1_000, 60)));
    let events = reconcile_calls(all, &ReconcileConfig::default());
    assert_eq!(events.len(), n as usize);
}

#[test]
fn a_debit_and_its_credit_are_one_transfer() {
    let config = ReconcileConfig::default();
    let pair = vec![
        transfer(0, 1, Side::Originating, 10, 500, "X"),
        transfer(1, 7, Side::Terminating, 11, 500, "Y"),
    ];
    assert_eq!(reconcile_transfers(pair, &config).len(), 1);
    let late = vec![
        transfer(0, 1, Side::Originating, 10, 500, "X"),
        transfer(1, 7, Side::Terminating, 12, 500, "X"),
    ];
    assert_eq!(reconcile_transfers(late, &config).len(), 1);
    let late = vec![
        transfer(0, 1, Side::Originating, 10, 500, "X"),
        transfer(1, 7, Side::Terminating, 12, 500, "Y"),
    ];
    assert_eq!(reconcile_transfers(late, &config).len(), 2);
    let other =
        vec![transfer(0, 1, Side::Originating, 10, 500, ""), transfer(1, 7, Side::Terminating, 10, 501, "")];
    assert_eq!(reconcile_transfers(other, &config).len(), 2);
    let twice = vec![transfer(0, 1, Side::Unknown, 10, 500, ""), transfer(0, 2, Side::Unknown, 10, 500, "")];
    assert_eq!(reconcile_transfers(twice, &config).len(), 2);
}

#[test]
fn money_without_a_known_counterpart_is_never_joined() {
    let nameless = |source, side| TransferRecord {
        beneficiary: Normal::default(),
        ..transfer(source, 1, side, 10, 500, "X")
    };
    let both = vec![nameless(0, Side::Originating), nameless(1, Side::Terminating)];
    assert_eq!(reconcile_transfers(both, &ReconcileConfig::default()).len(), 2);
}

fn some_calls() -> impl Strategy<Value = Vec<CallRecord>> {
    let one = (0u32..4, 0u32..3, 0i64..4, 0i64..2).prop_map(|(source, side, second, length)| {
        let side = [Side::Unknown, Side::Originating, Side::Terminating][side as usize];
        call(source, 0, side, second * 20, length)
    });
    proptest::collection::vec(one, 0..40).prop_map(|mut calls| {
        for (row, call) in (1u32..).zip(&mut calls) {
            call.record.row = row;
        }
        calls
    })
}

proptest! {
    #[test]
    fn order_does_not_matter_and_no_row_is_lost(calls in some_calls(), turn in 0usize..40) {
        let config = ReconcileConfig::default();
        let events = reconcile_calls(calls.clone(), &config);
        let mut other = calls.clone();
        other.reverse();
        let middle = turn.min(other.len());
        other.rotate_left(middle);
        prop_assert_eq!(&reconcile_calls(other, &config), &events);
        let mut sources: Vec<RecordRef> = events.iter().flat_map(|e| e.sources.clone()).collect();
        sources.sort_unstable();
        let mut want: Vec<RecordRef> = calls.iter().map(|c| c.record).collect();
        want.sort_unstable();
        prop_assert_eq!(sources, want);
    }

    #[test]
    fn shares_apart_are_as_all_rows_at_once(
        calls in some_calls(),
        callers in proptest::collection::vec(0usize..5, 40),
        shares in 2usize..9,
    ) {
        let mut calls = calls;
        for (call, caller) in calls.iter_mut().zip(callers) {
            call.caller = normal(["+1", "+2", "+3", "+4", "+5"][caller]);
        }
        let config = ReconcileConfig::default();
        prop_assert_eq!(reconcile_in_shares(&calls, shares, &config), reconcile_in_shares(&calls, 1, &config));
    }

    #[test]
    fn across_files_the_multiplicity_is_the_greatest(calls in some_calls()) {
        let calls: Vec<CallRecord> =
            calls.into_iter().map(|c| CallRecord { side: Side::Originating, ..c }).collect();
        let mut counts: BTreeMap<(i64, Option<i64>), BTreeMap<u32, usize>> = BTreeMap::new();
        for c in &calls {
            let key = (c.time.map_or(0, |t| t.instant_us), c.duration_s);
            *counts.entry(key).or_default().entry(c.record.source.0).or_default() += 1;
        }
        let want: usize = counts.values().map(|by| by.values().max().copied().unwrap_or(0)).sum();
        prop_assert_eq!(reconcile_calls(calls, &ReconcileConfig::default()).len(), want);
    }
}
