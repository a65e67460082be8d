//! Tests of `handset_succession`: known answers, naive models and hostile input.

use super::*;
use crate::typology::HOUR_US;
use model::event::Terminal;
use model::ids::{RecordRef, SourceId};
use model::record::CallKind;
use model::time::{Precision, Stamp};

/// Calls of number `n` on a card in a handset, one a day.
fn calls(imei: &str, imsi: &str, days: std::ops::Range<i64>, contacts: &[&str], out: &mut Vec<CallEvent>) {
    for day in days {
        let row = out.len() as u32 + 1;
        out.push(CallEvent {
            kind: CallKind::Message,
            caller: contacts[day as usize % contacts.len()].into(),
            receiver: "n".into(),
            time: Some(Stamp {
                instant_us: day * DAY_US + i64::from(row % 20) * HOUR_US,
                offset_minutes: -360,
                zone_assumed: true,
                precision: Precision::Second,
            }),
            duration_s: None,
            caller_terminal: Terminal::default(),
            receiver_terminal: Terminal {
                imei: Some(imei.into()),
                imsi: (!imsi.is_empty()).then(|| imsi.into()),
                ..Terminal::default()
            },
            sources: vec![RecordRef { source: SourceId(0), row }],
        });
    }
}

const FRIENDS: [&str; 4] = ["f1", "f2", "f3", "f4"];
const OTHERS: [&str; 4] = ["o1", "o2", "o3", "o4"];

fn found(events: &[CallEvent]) -> Vec<Vec<String>> {
    let findings = detect(events, &HandsetSuccessionConfig::default());
    for f in &findings {
        assert_eq!(f.subject, Identifier::new(IdentifierKind::Msisdn, "n"));
        assert!(f.score > 0.0 && f.score <= 1.0);
        assert!(f.evidence.is_sorted_by(|a, b| a < b) && !f.evidence.is_empty());
    }
    findings.into_iter().map(|f| f.related.into_iter().map(|i| i.value).collect()).collect()
}

#[test]
fn a_number_that_moves_on_for_good() {
    let mut events = Vec::new();
    calls("H1", "s", 0..20, &FRIENDS, &mut events);
    calls("H2", "s", 20..50, &OTHERS, &mut events);
    calls("H3", "", 55..80, &OTHERS, &mut events);
    assert_eq!(found(&events), [["H1", "H2", "H3"]]);
    let f = detect(&events, &HandsetSuccessionConfig::default());
    assert!(f[0].parameters.contains(&("change_2_card".into(), "not stated".into())));
}

#[test]
fn two_handsets_by_turns_and_a_borrowed_one_are_none() {
    let mut events = Vec::new();
    for start in (0..60).step_by(6) {
        calls("H1", "s", start..start + 3, &FRIENDS, &mut events);
        calls("H2", "s", start + 3..start + 6, &FRIENDS, &mut events);
    }
    assert!(found(&events).is_empty());
    let mut events = Vec::new();
    calls("H1", "s", 0..20, &FRIENDS, &mut events);
    calls("H2", "s", 20..24, &FRIENDS, &mut events);
    calls("H1", "s", 24..60, &FRIENDS, &mut events);
    assert!(found(&events).is_empty());
}

#[test]
fn a_number_issued_to_a_stranger_is_none_but_a_replaced_card_is_one() {
    let mut events = Vec::new();
    calls("H1", "s1", 0..20, &FRIENDS, &mut events);
    calls("H2", "s2", 75..120, &OTHERS, &mut events);
    assert!(found(&events).is_empty());
    // Soon, but with nobody in common.
    let mut events = Vec::new();
    calls("H1", "s1", 0..20, &FRIENDS, &mut events);
    calls("H2", "s2", 25..60, &OTHERS, &mut events);
    assert!(found(&events).is_empty());
    // Telephone and card lost, number kept: the same people call.
    let mut events = Vec::new();
    calls("H1", "s1", 0..20, &FRIENDS, &mut events);
    calls("H2", "s2", 22..60, &FRIENDS, &mut events);
    assert_eq!(found(&events), [["H1", "H2"]]);
}
