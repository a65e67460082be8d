//! Tests of `sim_succession`: known answers, naive models and hostile input.

use super::*;
use crate::typology::HOUR_US;
use model::event::Terminal;
use model::ids::{RecordRef, SourceId};
use model::record::CallKind;
use model::time::{Precision, Stamp};

/// Calls of one number from one handset, one a day over a span of days, going round its contacts.
fn calls(number: &str, imei: &str, days: std::ops::Range<i64>, contacts: &[&str], out: &mut Vec<CallEvent>) {
    for day in days {
        let row = out.len() as u32 + 1;
        out.push(CallEvent {
            kind: CallKind::Call,
            caller: number.into(),
            receiver: contacts[day as usize % contacts.len()].into(),
            time: Some(Stamp {
                instant_us: day * DAY_US + i64::from(row % 20) * HOUR_US,
                offset_minutes: -360,
                zone_assumed: true,
                precision: Precision::Second,
            }),
            duration_s: Some(60),
            caller_terminal: Terminal { imei: Some(imei.into()), ..Terminal::default() },
            receiver_terminal: Terminal::default(),
            sources: vec![RecordRef { source: SourceId(0), row }],
        });
    }
}

const FRIENDS: [&str; 4] = ["f1", "f2", "f3", "f4"];
const OTHERS: [&str; 4] = ["o1", "o2", "o3", "o4"];

fn found(events: &[CallEvent]) -> Vec<(String, Vec<String>)> {
    let findings = detect(events, &SimSuccessionConfig::default());
    for f in &findings {
        assert!(f.score > 0.0 && f.score <= 1.0);
        assert!(f.evidence.is_sorted_by(|a, b| a < b) && !f.evidence.is_empty());
        assert!(f.from_us < f.to_us);
    }
    findings
        .into_iter()
        .map(|f| (f.subject.value, f.related.into_iter().map(|i| i.value).collect()))
        .collect()
}

#[test]
fn burnt_numbers_in_one_handset() {
    let mut events = Vec::new();
    calls("b", "H", 20..40, &FRIENDS, &mut events);
    calls("a", "H", 0..20, &FRIENDS, &mut events);
    calls("c", "H", 41..70, &OTHERS, &mut events);
    calls("z", "K", 0..90, &OTHERS, &mut events);
    assert_eq!(found(&events), [("H".into(), vec!["a".into(), "b".into(), "c".into()])]);
    let all = detect(&events, &SimSuccessionConfig::default());
    let value = |name: &str| all[0].parameters.iter().find(|p| p.0 == name).map(|p| p.1.as_str());
    assert_eq!(value("change_1_shared_contacts"), Some("4"));
    assert_eq!(value("change_2_shared_contacts"), Some("0"));
    assert_eq!(value("change_2_old_number_silent"), Some("true"));
    // Ten rows from each end of each number.
    assert_eq!(all[0].evidence.len(), 60);
    // The order of events leaves no trace.
    let mut turned = events.clone();
    turned.reverse();
    assert_eq!(detect(&turned, &SimSuccessionConfig::default()), all);
}

#[test]
fn a_family_handset_is_none() {
    let mut events = Vec::new();
    for start in (0..60).step_by(6) {
        calls("mother", "H", start..start + 3, &FRIENDS, &mut events);
        calls("child", "H", start + 3..start + 6, &FRIENDS, &mut events);
    }
    // Nor is a guest's card in it for a week.
    calls("guest", "H", 30..37, &FRIENDS, &mut events);
    assert_eq!(found(&events), []);
}

#[test]
fn a_handset_sold_is_none() {
    let mut events = Vec::new();
    calls("seller", "H", 0..30, &FRIENDS, &mut events);
    calls("seller", "H2", 30..90, &FRIENDS, &mut events);
    calls("buyer", "K", 0..38, &OTHERS, &mut events);
    calls("buyer", "H", 38..90, &OTHERS, &mut events);
    assert_eq!(found(&events), []);
}

#[test]
fn a_handset_handed_on_in_the_family_is_none_but_a_second_telephone_is_one() {
    let mut events = Vec::new();
    calls("father", "H", 0..30, &["f1", "f2", "f3", "son"], &mut events);
    calls("father", "H2", 30..90, &["f1", "f2", "f3", "son"], &mut events);
    calls("son", "H", 32..90, &["f1", "f2", "f3", "o1"], &mut events);
    assert_eq!(found(&events), []);
    // The old number goes on in another handset, to the same people, and the two never speak.
    let mut events = Vec::new();
    calls("one", "H", 0..30, &FRIENDS, &mut events);
    calls("one", "H2", 30..90, &FRIENDS, &mut events);
    calls("two", "H", 32..90, &FRIENDS, &mut events);
    assert_eq!(found(&events), [("H".into(), vec!["one".into(), "two".into()])]);
}

#[test]
fn silence_needs_time_to_be_seen_and_a_number_issued_anew_does_not_break_it() {
    let mut events = Vec::new();
    calls("a", "H", 0..30, &FRIENDS, &mut events);
    calls("b", "H", 30..35, &OTHERS, &mut events);
    assert_eq!(found(&events), []);
    calls("b", "H", 35..90, &OTHERS, &mut events);
    // After seven weeks the operator gives the old number to somebody else.
    calls("a", "K", 80..90, &["x", "y"], &mut events);
    assert_eq!(found(&events).len(), 1);
    // Calls to a dead number, or those without a time, do not revive it.
    calls("x", "L", 31..50, &["a"], &mut events);
    if let Some(mut late) = events.first().cloned() {
        late.time = None;
        events.push(late);
    }
    assert_eq!(found(&events).len(), 1);
    assert_eq!(found(&[]), []);
}
