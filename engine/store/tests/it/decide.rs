//! Judgements, labels and pseudonyms.

use crate::build::new_case;
use model::decision::Judgement;
use model::ids::MentionRole;
use model::provenance::{Digest, MentionKey, SourceKey};
use model::sensitivity::Sensitivity;
use proptest::prelude::*;
use std::collections::BTreeMap;
use store::case::CaseStore;
use store::error::StoreError;

fn key(row: u32) -> MentionKey {
    MentionKey {
        source: SourceKey { digest: Digest([5; 32]), sheet: "Hoja: 1".into() },
        row,
        role: MentionRole::Person,
    }
}

#[test]
fn a_judgement_holds_until_it_is_undone() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    let first = store.judge(&key(1), &key(2), Judgement::Positive, "ana", "same photograph").unwrap();
    let active = store.active_decisions().unwrap();
    assert_eq!((active.len(), active[0].number, &active[0].a), (1, first, &key(1)));
    let second = store.judge(&key(2), &key(1), Judgement::Negative, "ana", "twins").unwrap();
    assert_eq!(store.active_decisions().unwrap()[0].judgement, Judgement::Negative);
    store.undo_judgement(second, "ana", "no twins").unwrap();
    assert_eq!(store.active_decisions().unwrap()[0].number, first);
    let undoing = store.undo_judgement(first, "ana", "no photograph").unwrap();
    assert!(store.active_decisions().unwrap().is_empty());
    for number in [first, second, undoing] {
        let again = store.undo_judgement(number, "ana", "again");
        assert!(matches!(again, Err(StoreError::AlreadyUndone { .. })));
    }
    assert!(matches!(store.undo_judgement(99, "ana", "x"), Err(StoreError::Unknown { .. })));
    let pairs = [(key(1), key(2)), (key(3), key(4))];
    let both = store.judge_all(&pairs, Judgement::Positive, "ana", "one act").unwrap();
    assert_eq!(both.len(), 2);
    // One of them cannot be: none is.
    let before = store.active_decisions().unwrap();
    assert!(store.undo_judgements(&[both[0], 99], "ana", "x").is_err());
    let half = [(key(5), key(6)), (key(7), key(7))];
    assert!(store.judge_all(&half, Judgement::Positive, "ana", "x").is_err());
    assert_eq!(store.active_decisions().unwrap(), before);
    store.undo_judgements(&both, "ana", "both").unwrap();
    let self_judged = store.judge(&key(1), &key(1), Judgement::Positive, "ana", "x");
    assert!(matches!(self_judged, Err(StoreError::SameMention)));
    let unexplained = store.judge(&key(1), &key(2), Judgement::Positive, "ana", "");
    assert!(matches!(unexplained, Err(StoreError::MissingReason { .. })));
}

#[derive(Clone, Debug)]
enum Act {
    Judge(u32, u32, Judgement),
    Undo(u64),
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// The log against a naive model of it.
    #[test]
    fn the_state_is_a_function_of_the_log(acts in proptest::collection::vec(prop_oneof![
        (0u32..4, 0u32..4, proptest::sample::select(vec![Judgement::Positive, Judgement::Negative, Judgement::Unsure]))
            .prop_map(|(a, b, j)| Act::Judge(a, b, j)),
        (1u64..12).prop_map(Act::Undo),
    ], 0..14)) {
        let home = tempfile::tempdir().unwrap();
        let store = new_case(home.path(), "case");
        let mut log: Vec<Option<(u32, u32, Judgement)>> = Vec::new();
        let mut undone: Vec<usize> = Vec::new();
        for act in acts {
            match act {
                Act::Judge(a, b, j) => {
                    let given = store.judge(&key(a), &key(b), j, "x", "y");
                    prop_assert_eq!(given.is_ok(), a != b);
                    if a != b {
                        log.push(Some((a.min(b), a.max(b), j)));
                    }
                }
                Act::Undo(number) => {
                    let at = number as usize - 1;
                    let may = log.get(at).is_some_and(Option::is_some) && !undone.contains(&at);
                    prop_assert_eq!(store.undo_judgement(number, "x", "y").is_ok(), may);
                    if may {
                        undone.push(at);
                        log.push(None);
                    }
                }
            }
        }
        let mut expected = BTreeMap::new();
        for (at, entry) in log.iter().enumerate().filter(|(at, _)| !undone.contains(at)) {
            if let Some((a, b, j)) = entry {
                expected.insert((*a, *b), (at as u64 + 1, *j));
            }
        }
        let mut expected: Vec<(u64, Judgement)> = expected.into_values().collect();
        expected.sort();
        let found: Vec<(u64, Judgement)> =
            store.active_decisions().unwrap().iter().map(|d| (d.number, d.judgement)).collect();
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn the_last_label_holds_and_the_log_keeps_all() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    store.protect("tel:+50371110000", Sensitivity::Victim, "ana", "statement").unwrap();
    store.protect("acct:SV1", Sensitivity::Sealed, "ana", "order").unwrap();
    store.protect("tel:+50371110000", Sensitivity::Open, "ana", "mistaken").unwrap();
    let labels: Vec<(String, Sensitivity)> =
        store.protections().unwrap().into_iter().map(|p| (p.target, p.class)).collect();
    let expected = [("acct:SV1".into(), Sensitivity::Sealed), ("tel:+50371110000".into(), Sensitivity::Open)];
    assert_eq!(labels, expected);
    let acts: Vec<String> = store.entries(0, 100).unwrap().into_iter().map(|e| e.act).collect();
    assert_eq!(acts, ["create", "protect", "protect", "protect"]);
    assert!(matches!(
        store.protect("x", Sensitivity::Victim, "", "w"),
        Err(StoreError::MissingReason { .. })
    ));
}

#[test]
fn a_pseudonym_once_given_stays() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    let wish = |target: &str, class| (target.to_owned(), class);
    let first = store
        .assign_pseudonyms(&[
            wish("a", Sensitivity::Victim),
            wish("b", Sensitivity::Minor),
            wish("c", Sensitivity::Open),
            wish("d", Sensitivity::Victim),
        ])
        .unwrap();
    let expected = BTreeMap::from([
        ("a".to_owned(), "V-01".to_owned()),
        ("b".to_owned(), "M-01".to_owned()),
        ("d".to_owned(), "V-02".to_owned()),
    ]);
    assert_eq!(first, expected);
    let head = store.audit_head().unwrap();
    assert_eq!(store.assign_pseudonyms(&[wish("a", Sensitivity::Minor)]).unwrap(), expected);
    assert_eq!(store.audit_head().unwrap(), head, "nothing new, nothing written");
    drop(store);
    let store = CaseStore::open(&home.path().join("case")).unwrap();
    let later = store
        .assign_pseudonyms(&[
            wish("e", Sensitivity::Victim),
            wish("f", Sensitivity::Witness),
            wish("g", Sensitivity::Sealed),
        ])
        .unwrap();
    assert_eq!((later["a"].as_str(), later["e"].as_str()), ("V-01", "V-03"));
    assert_eq!((later["f"].as_str(), later["g"].as_str()), ("W-01", "S-01"));
    assert!(store.verify(&model::run::Silent).unwrap().holds());
}
