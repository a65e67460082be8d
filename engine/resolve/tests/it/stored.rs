//! A stored model: with it the answer depends on the records alone, and a record that comes later changes no weight.

use crate::world::{context, families};
use model::record::MentionRecord;
use resolve::collective::resolve_collectively;
use resolve::column::frequency::Frequencies;
use resolve::model::{FittedModel, StoredModel};
use resolve::run::{Resolution, ResolveConfig};
use std::sync::Arc;

fn solve(people: &[MentionRecord], stored: Option<&StoredModel>) -> (Resolution, StoredModel) {
    context(|c| {
        resolve_collectively(&people.iter().collect::<Vec<_>>(), &[], &ResolveConfig::default(), stored, c)
            .unwrap()
    })
}

fn through_rows(stored: &StoredModel) -> StoredModel {
    let read = |f: &Frequencies| Arc::new(Frequencies::from_rows(f.to_rows()).unwrap());
    StoredModel {
        fitted: FittedModel::from_rows(&stored.fitted.to_rows()).unwrap(),
        threshold: stored.threshold,
        rows: read(&stored.rows),
        wholes: read(&stored.wholes),
    }
}

#[test]
fn the_set_that_it_was_trained_on_is_resolved_as_before() {
    let (people, _) = families(120, 5);
    let (first, stored) = solve(&people, None);
    let (again, kept) = solve(&people, Some(&through_rows(&stored)));
    assert_eq!(first.cluster, again.cluster);
    assert_eq!(first.pairs, again.pairs);
    assert_eq!(stored.rows.to_rows(), kept.rows.to_rows());
    assert_eq!(stored.rows.mentions(), people.len() as u64);
}

#[test]
fn records_that_come_later_change_no_older_weight() {
    let (people, _) = families(200, 8);
    let early = &people[..people.len() / 2];
    let (before, stored) = solve(early, None);
    let (after, _) = solve(&people, Some(&stored));
    let (retrained, _) = solve(&people, None);
    let weight = |of: &Resolution, a: u32, b: u32| {
        of.pairs.iter().find(|p| (p.a, p.b) == (a, b)).map(|p| p.weight_bits)
    };
    let common: Vec<_> = before.pairs.iter().filter(|p| weight(&after, p.a, p.b).is_some()).collect();
    assert!(common.len() * 10 > before.pairs.len() * 9, "{} of {}", common.len(), before.pairs.len());
    assert!(common.iter().all(|p| weight(&after, p.a, p.b) == Some(p.weight_bits)));
    assert!(
        common.iter().any(|p| weight(&retrained, p.a, p.b) != Some(p.weight_bits)),
        "training anew would have left the weights as they were, so nothing was tested"
    );
}

#[test]
fn a_damaged_row_is_refused() {
    let (people, _) = families(5, 1);
    let mut rows = solve(&people, None).1.rows.to_rows();
    assert!(Frequencies::from_rows(rows.clone()).is_ok());
    rows[0].kind = "colour".to_owned();
    assert!(Frequencies::from_rows(rows).is_err());
}
