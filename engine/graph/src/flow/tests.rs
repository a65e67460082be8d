//! Tests of `flow`: cents as tokens, conservation, bounds, and both directions against each other.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn transfers(raw: &[(i64, u32, u32, i64)]) -> Vec<Transfer> {
    let make = |(i, &(time_us, payer, beneficiary, minor)): (usize, &(i64, u32, u32, i64))| Transfer {
        time_us,
        payer,
        beneficiary,
        minor,
        id: i as u32,
    };
    raw.iter().enumerate().map(make).collect()
}

fn backward(config: &FlowConfig) -> FlowConfig {
    FlowConfig { direction: FlowDirection::Backward, ..config.clone() }
}

/// Every cent is a token that remembers the transfers it went with; the oldest leave first.
fn tokens(book: &Book, account: u32) -> (BTreeMap<u32, i64>, BTreeMap<u32, i64>) {
    let mut held: BTreeMap<u32, VecDeque<Vec<u32>>> = BTreeMap::new();
    let (mut ahead, mut back): (BTreeMap<u32, i64>, BTreeMap<u32, i64>) = Default::default();
    for transfer in &book.transfers {
        for _ in 0..transfer.minor {
            let mut token = held.entry(transfer.payer).or_default().pop_front().unwrap_or_default();
            if transfer.payer == account {
                token = vec![u32::MAX];
            }
            token.push(transfer.id);
            if token.first() == Some(&u32::MAX) {
                *ahead.entry(transfer.id).or_default() += 1;
            }
            if transfer.beneficiary == account {
                // Only the way since the account last held it counts.
                for id in token.iter().filter(|id| **id != u32::MAX) {
                    *back.entry(*id).or_default() += 1;
                }
                token = Vec::new();
            }
            held.entry(transfer.beneficiary).or_default().push_back(token);
        }
    }
    (ahead, back)
}

fn fifo(flow: &Flow) -> BTreeMap<u32, i64> {
    flow.steps.iter().filter(|s| s.traced.fifo > 0).map(|s| (s.transfer.id, s.traced.fifo)).collect()
}

proptest! {
    #[test]
    fn every_cent_is_accounted_for(
        raw in proptest::collection::vec((0i64..12, 0u32..6, 0u32..6, -1i64..40), 0..40),
        folded in proptest::option::of(1u32..6), from in proptest::option::of(0i64..8), to in proptest::option::of(6i64..14),
    ) {
        let all = transfers(&raw);
        let folded: Vec<u32> = folded.into_iter().collect();
        let config = FlowConfig { from_us: from, to_us: to, folded, ..FlowConfig::default() };
        for config in [config.clone(), backward(&config)] {
            let flow = trace(&all, 0, &config);
            let mut ends = Traced::default();
            flow.ends.iter().for_each(|e| ends.add(&e.traced));
            prop_assert_eq!(ends.fifo, flow.total, "{:?}", flow);
            prop_assert_eq!(ends.proportional, flow.total, "{:?}", flow);
            prop_assert!(ends.least <= flow.total && ends.most >= flow.total);
            for part in flow.steps.iter().map(|s| &s.traced).chain(flow.ends.iter().map(|e| &e.traced)) {
                prop_assert!(0 <= part.least && part.least <= part.fifo && part.fifo <= part.most, "{:?}", part);
                prop_assert!(part.least <= part.proportional && part.proportional <= part.most, "{:?}", part);
            }
            for step in &flow.steps {
                prop_assert!(step.traced.most <= step.transfer.minor);
            }
            // The order in which transfers are given leaves no trace.
            let mut turned = all.clone();
            turned.reverse();
            prop_assert_eq!(trace(&turned, 0, &config), flow);
        }
    }

    #[test]
    fn first_in_first_out_is_that_of_tokens(
        raw in proptest::collection::vec((0i64..12, 0u32..5, 0u32..5, 1i64..25), 0..30),
    ) {
        let all = transfers(&raw);
        let config = FlowConfig::default();
        let (ahead, back) = tokens(&Book::new(&all, &config), 0);
        prop_assert_eq!(fifo(&trace(&all, 0, &config)), ahead);
        prop_assert_eq!(fifo(&trace(&all, 0, &backward(&config))), back);
    }

    #[test]
    fn what_goes_from_one_to_another_is_the_same_both_ways(
        raw in proptest::collection::vec((0i64..20, 1u32..5, 1u32..5, 1i64..1_000_000), 0..30),
        ends in proptest::collection::vec((0i64..20, 0u32..5, 1i64..1_000_000, proptest::bool::ANY), 1..10),
    ) {
        // Account 0 only pays and account 5 only receives.
        let mut raw = raw;
        raw.extend(ends.iter().map(|&(t, n, m, first)| if first { (t, 0, n.max(1), m) } else { (t, n.max(1), 5, m) }));
        let all = transfers(&raw);
        let config = FlowConfig::default();
        let sum = |flow: &Flow, touches: &dyn Fn(&Transfer) -> bool| {
            let mut sum = Traced::default();
            flow.steps.iter().filter(|s| touches(&s.transfer)).for_each(|s| sum.add(&s.traced));
            sum
        };
        let ahead = sum(&trace(&all, 0, &config), &|t| t.beneficiary == 5);
        let back = sum(&trace(&all, 5, &backward(&config)), &|t| t.payer == 0);
        prop_assert_eq!(ahead.fifo, back.fifo);
        prop_assert!((ahead.proportional - back.proportional).abs() <= 40 * 40, "{:?} {:?}", ahead, back);
    }
}

#[test]
fn money_that_comes_back_is_found_and_bounded() {
    // 0 pays 1, 1 pays 2, 2 pays 0, in time; 3 pays 0 earlier and belongs to no cycle.
    let all = transfers(&[(1, 3, 0, 500), (2, 0, 1, 900), (3, 1, 2, 800), (4, 2, 0, 700), (5, 1, 2, 50)]);
    let flow = trace(&all, 0, &FlowConfig::default());
    assert_eq!(flow.cycles.len(), 1);
    assert_eq!(flow.cycles[0].most, 700);
    assert_eq!(flow.cycles[0].transfers.iter().map(|t| t.id).collect::<Vec<_>>(), [1, 2, 3]);
    let returned = flow.ends.iter().find(|e| e.reason == EndReason::Returned).unwrap();
    assert_eq!(returned.traced, Traced::whole(700));
    let cut = FlowConfig { cycle_work: 2, ..FlowConfig::default() };
    assert!(trace(&all, 0, &cut).cycles_cut);
}

#[test]
fn the_rules_differ_where_money_is_mixed() {
    // 1 takes 100 clean, then 100 of account 0, and pays 100 on.
    let all = transfers(&[(1, 9, 1, 100), (2, 0, 1, 100), (3, 1, 2, 100)]);
    let flow = trace(&all, 0, &FlowConfig::default());
    let last = flow.steps.iter().find(|s| s.transfer.id == 2).unwrap();
    assert_eq!(last.traced, Traced { fifo: 0, proportional: 50, least: 0, most: 100 });
    let flow = trace(&all, 2, &FlowConfig { direction: FlowDirection::Backward, ..FlowConfig::default() });
    let by_id = |id| flow.steps.iter().find(|s| s.transfer.id == id).unwrap().traced;
    assert_eq!(by_id(0), Traced { fifo: 100, proportional: 50, least: 0, most: 100 });
    assert_eq!(by_id(1), Traced { fifo: 0, proportional: 50, least: 0, most: 100 });
    // Within one day without hours, money passes through.
    let day = transfers(&[(7, 1, 2, 60), (7, 0, 1, 60)]);
    let flow = trace(&day, 0, &FlowConfig::default());
    assert_eq!(flow.steps.iter().map(|s| s.traced.fifo).sum::<i64>(), 120);
}

#[test]
fn steps_are_bounded_and_counted() {
    let raw: Vec<(i64, u32, u32, i64)> = (0..50).map(|i| (i, 0, 1 + i as u32, 10 + i)).collect();
    let flow = trace(&transfers(&raw), 0, &FlowConfig { step_limit: 3, ..FlowConfig::default() });
    assert_eq!((flow.steps.len(), flow.steps_in_all), (3, 50));
    assert_eq!(flow.steps.iter().map(|s| s.transfer.minor).collect::<Vec<_>>(), [57, 58, 59]);
}

/// Every chain of payments from the account back to itself, each at a later place than the one before, no other account
/// twice; by trying all of them.
fn all_cycles(book: &Book, account: u32, hops: usize) -> BTreeSet<Vec<u32>> {
    fn go(book: &Book, account: u32, hops: usize, path: &mut Vec<usize>, out: &mut BTreeSet<Vec<u32>>) {
        let (at, first) = match path.last() {
            Some(&last) => (book.transfers[last].beneficiary, last + 1),
            None => (account, 0),
        };
        for place in first..book.transfers.len() {
            let transfer = book.transfers[place];
            let met = path.iter().any(|&p| book.transfers[p].payer == transfer.beneficiary);
            if transfer.payer != at || (met && transfer.beneficiary != account) {
                continue;
            }
            path.push(place);
            if transfer.beneficiary == account {
                out.insert(path.iter().map(|&p| book.transfers[p].id).collect());
            } else if path.len() < hops {
                go(book, account, hops, path, out);
            }
            path.pop();
        }
    }
    let mut out = BTreeSet::new();
    go(book, account, hops, &mut Vec::new(), &mut out);
    out
}

proptest! {
    #[test]
    fn cycles_are_chains_that_trying_all_finds_and_money_can_take(
        raw in proptest::collection::vec((0i64..12, 0u32..5, 0u32..5, 1i64..40), 0..22), hops in 1usize..6,
    ) {
        let all = transfers(&raw);
        let config = FlowConfig { cycle_hops: hops, cycle_limit: 10_000, cycle_work: 1_000_000, ..FlowConfig::default() };
        let flow = trace(&all, 0, &config);
        let book = Book::new(&all, &config);
        let chains = all_cycles(&book, 0, hops);
        // A chain counts if each payment of it may carry money of the account and may bring it back.
        let may: BTreeSet<u32> = {
            let ids = |config: &FlowConfig| -> BTreeSet<u32> {
                let config = FlowConfig { step_limit: usize::MAX, ..config.clone() };
                trace(&all, 0, &config).steps.iter().map(|s| s.transfer.id).collect()
            };
            ids(&config).intersection(&ids(&backward(&config))).copied().collect()
        };
        let expected: BTreeSet<Vec<u32>> =
            chains.into_iter().filter(|c| c.iter().all(|id| may.contains(id))).collect();
        let found: BTreeSet<Vec<u32>> =
            flow.cycles.iter().map(|c| c.transfers.iter().map(|t| t.id).collect()).collect();
        prop_assert!(!flow.cycles_cut);
        prop_assert_eq!(flow.cycles_in_all, found.len());
        prop_assert_eq!(found, expected);
        for pair in flow.cycles.windows(2) {
            prop_assert!(pair[0].most >= pair[1].most);
        }
        for cycle in &flow.cycles {
            prop_assert_eq!(Some(cycle.most), cycle.transfers.iter().map(|t| t.minor).min());
        }
    }
}
