//! Tests of `change`: kinds and strength on known counts, and every tie compared once.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::layered::{EdgeInput, LayeredGraphBuilder};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn graph(ties: &[(u32, u32, u64)]) -> LayeredGraph {
    let mut builder = LayeredGraphBuilder::new(6);
    for &(source, target, count) in ties {
        let input = EdgeInput {
            source,
            target,
            layer: Layer::Calls,
            first_us: None,
            last_us: None,
            count,
            total: 0,
            currency: None,
            evidence: &[],
        };
        builder.add(input).unwrap();
    }
    builder.build().unwrap()
}

fn config(before: f64, since: f64) -> ChangeConfig {
    ChangeConfig { filter: EdgeFilter::default(), before, since, least_strength: 10.83, limit: 100 }
}

#[test]
fn what_began_ended_grew_and_shrank() {
    let before = graph(&[(0, 1, 30), (1, 2, 40), (2, 3, 10), (3, 4, 50), (4, 5, 1)]);
    let since = graph(&[(0, 1, 10), (2, 3, 30), (3, 4, 2), (5, 0, 9), (4, 5, 1)]);
    // Three times as long before as since: 0 -> 1 keeps its rate.
    let found = changes(&before, &since, &[], &config(90.0, 30.0));
    let told: Vec<(u32, u32, ChangeKind)> =
        found.changes.iter().map(|c| (c.source, c.target, c.kind)).collect();
    assert_eq!(found.compared, 6);
    for expected in [
        (1, 2, ChangeKind::Ended),
        (2, 3, ChangeKind::Grew),
        (3, 4, ChangeKind::Shrank),
        (5, 0, ChangeKind::Began),
    ] {
        assert!(told.contains(&expected), "{told:?}");
    }
    assert_eq!(told.len(), 4, "{told:?}");
    // 9 events in a quarter of the time: 2 * 9 ln 4.
    let began = found.changes.iter().find(|c| c.kind == ChangeKind::Began).unwrap();
    assert!((began.strength - 18.0 * 4f64.ln()).abs() < 1e-9);
    let of_five = changes(&before, &since, &[5], &config(90.0, 30.0));
    assert_eq!(of_five.compared, 2);
}

proptest! {
    #[test]
    fn equal_rates_are_no_change_and_sides_mirror(before in 0u64..200, since in 0u64..200) {
        let (kind, strength) = compare(before, since, &config(10.0, 10.0));
        let (other, mirrored) = compare(since, before, &config(10.0, 10.0));
        prop_assert!((strength - mirrored).abs() < 1e-9);
        if before == since {
            prop_assert!(strength < 1e-9);
        } else {
            let turned = match kind {
                ChangeKind::Began => ChangeKind::Ended,
                ChangeKind::Ended => ChangeKind::Began,
                ChangeKind::Grew => ChangeKind::Shrank,
                ChangeKind::Shrank => ChangeKind::Grew,
            };
            prop_assert_eq!(other, turned);
        }
    }
}

proptest! {
    #[test]
    fn every_tie_is_compared_once_and_the_strongest_are_told_first(
        before in proptest::collection::vec((0u32..6, 0u32..6, 1u64..60), 0..20),
        since in proptest::collection::vec((0u32..6, 0u32..6, 1u64..60), 0..20),
        asked in proptest::collection::vec(0u32..6, 0..3), least in 0f64..20.0, limit in 0usize..12, span in 1f64..9.0,
    ) {
        let config = ChangeConfig { least_strength: least, limit, ..config(10.0, span) };
        let found = changes(&graph(&before), &graph(&since), &asked, &config);
        let mut ties: BTreeMap<(u32, u32), (u64, u64)> = BTreeMap::new();
        let concerns = |u, v| asked.is_empty() || asked.contains(&u) || asked.contains(&v);
        before.iter().filter(|t| concerns(t.0, t.1)).for_each(|t| ties.entry((t.0, t.1)).or_default().0 += t.2);
        since.iter().filter(|t| concerns(t.0, t.1)).for_each(|t| ties.entry((t.0, t.1)).or_default().1 += t.2);
        prop_assert_eq!(found.compared, ties.len());
        // Twice the difference of the logarithms of two Poisson likelihoods, written out.
        let strength = |&(b, s): &(u64, u64)| {
            let (b, s) = (b as f64, s as f64);
            let rate = (b + s) / (10.0 + span);
            let log = |k: f64, mean: f64| if k > 0.0 { k * mean.ln() - mean } else { -mean };
            2.0 * (log(b, b) + log(s, s) - log(b, rate * 10.0) - log(s, rate * span))
        };
        let mut expected: Vec<f64> = ties.values().map(strength).filter(|s| *s >= least + 1e-9).collect();
        expected.sort_by(|a, b| b.total_cmp(a));
        prop_assert!(found.total >= expected.len());
        prop_assert_eq!(found.changes.len(), found.total.min(limit));
        for (change, expected) in found.changes.iter().zip(&expected) {
            prop_assert!((change.strength - expected).abs() < 1e-7, "{} {}", change.strength, expected);
        }
        for change in &found.changes {
            prop_assert_eq!((change.before, change.since), ties[&(change.source, change.target)]);
            let kind = match (change.before, change.since) {
                (0, _) => ChangeKind::Began,
                (_, 0) => ChangeKind::Ended,
                (b, s) if s as f64 * 10.0 > b as f64 * span => ChangeKind::Grew,
                _ => ChangeKind::Shrank,
            };
            prop_assert_eq!(change.kind, kind);
        }
    }
}
