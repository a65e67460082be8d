//! An identifier as a person writes it leads where its id leads, and never to someone who may not be seen.

use crate::world::{loaded, session};
use engine::case::Case;
use engine::disclose::view::graph::GraphView;
use engine::error::EngineError;
use engine::model::ids::Seed;
use engine::model::run::{RunContext, Silent};
use engine::model::sensitivity::Sensitivity;
use engine::session::EgoQuestion;
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

const CALLS: &str = "caller,receiver,start,duration,imei\n\
    +50370000001,+50370000002,2026-03-01 08:00:00,60,356938035643809\n\
    +50370000002,+50370000003,2026-03-01 09:30:00,60,\n";
const TRANSFERS: &str = "payer account,beneficiary account,date,amount,currency\n\
    SV-0001-77,70000003,2026-03-01,50.00,USD\n";

fn case(dir: &TempDir) -> Case {
    let folder = dir.path().join("seized");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("calls.csv"), CALLS).unwrap();
    std::fs::write(folder.join("transfers.csv"), TRANSFERS).unwrap();
    loaded(&dir.path().join("case"), &[folder])
}

/// What lies around a text.
fn around(case: &Case, class: Sensitivity, text: &str) -> Result<GraphView, EngineError> {
    session(case, class).ego(&EgoQuestion { id: text.into(), hops: 1, limit: 10, ..EgoQuestion::default() })
}

fn same(case: &Case, class: Sensitivity, text: &str, id: &str) {
    assert_eq!(around(case, class, text).unwrap(), around(case, class, id).unwrap(), "{text}");
}

#[test]
fn a_number_an_account_and_a_handset_are_found_as_they_are_written() {
    let dir = TempDir::new().unwrap();
    let case = case(&dir);
    for text in ["+503 7000-0001", "7000 0001", "50370000001", " 70000001 "] {
        same(&case, Sensitivity::Open, text, "tel:+50370000001");
    }
    for text in ["sv-0001-77", "SV 0001 77"] {
        same(&case, Sensitivity::Open, text, "acct:SV000177");
    }
    // A handset stands on its only user.
    same(&case, Sensitivity::Open, "35-693803-564380-9", "tel:+50370000001");
    for text in ["7000 0009", "", "Ana Ceiba", ":", "+"] {
        assert!(matches!(around(&case, Sensitivity::Open, text), Err(EngineError::NotFound)), "{text}");
    }
}

#[test]
fn a_text_that_is_two_identifiers_of_the_case_is_asked_back() {
    let dir = TempDir::new().unwrap();
    let case = case(&dir);
    match around(&case, Sensitivity::Open, "70000003") {
        Err(EngineError::Ambiguous { candidates }) => {
            assert_eq!(candidates, "tel:+50370000003 acct:70000003");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_protected_is_not_found_by_its_number_without_clearance() {
    let dir = TempDir::new().unwrap();
    let case = case(&dir);
    session(&case, Sensitivity::Open).protect("7000-0001", Sensitivity::Witness, "amenazas").unwrap();
    let cancelled = AtomicBool::new(false);
    case.run(&[], &RunContext::new(Seed::default(), &Silent, &cancelled)).unwrap();
    for text in ["7000-0001", "+50370000001", "356938035643809"] {
        assert!(matches!(around(&case, Sensitivity::Open, text), Err(EngineError::NotFound)), "{text}");
    }
    same(&case, Sensitivity::Witness, "7000-0001", "tel:+50370000001");
}
