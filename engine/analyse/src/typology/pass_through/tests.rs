//! Tests of `pass_through`: known answers, naive models and hostile input.

use super::*;
use model::ids::SourceId;
use model::money::Money;

const USD: Currency = Currency(*b"USD");

fn pay(payer: &str, beneficiary: &str, hour: i64, amount: i64, out: &mut Vec<TransferEvent>) {
    let row = out.len() as u32 + 1;
    out.push(TransferEvent {
        payer: payer.into(),
        beneficiary: beneficiary.into(),
        time: Some(Stamp {
            instant_us: hour * HOUR_US,
            offset_minutes: -360,
            zone_assumed: true,
            precision: Precision::Second,
        }),
        amount: Money { minor: amount, currency: USD },
        sources: vec![RecordRef { source: SourceId(0), row }],
    });
}

fn found(events: &[TransferEvent]) -> Vec<Finding> {
    let findings = detect(events, &PassThroughConfig::default());
    for f in &findings {
        assert!(f.score > 0.0 && f.score <= 1.0);
        assert!(f.evidence.is_sorted_by(|a, b| a < b) && !f.evidence.is_empty());
    }
    findings
}

/// A last, unconnected transfer, so that every window is over.
fn close(out: &mut Vec<TransferEvent>) {
    pay("x", "y", 10_000, 1, out);
}

#[test]
fn a_mule_is_found_with_its_rows() {
    let mut events = Vec::new();
    for week in 0..4 {
        pay(&format!("client{week}"), "mule", week * 168, 50_000, &mut events);
        pay("client9", "mule", week * 168 + 3, 30_000, &mut events);
        pay("mule", "boss", week * 168 + 20, 72_000, &mut events);
    }
    pay("mule", "shop", 500, 1_000, &mut events);
    close(&mut events);
    let all = found(&events);
    assert_eq!(all.len(), 1);
    let f = &all[0];
    assert_eq!(f.subject, Identifier::new(IdentifierKind::AccountNumber, "mule"));
    let related: Vec<&str> = f.related.iter().map(|i| i.value.as_str()).collect();
    assert_eq!(related, ["client0", "client9", "boss", "client1", "client2", "client3"]);
    assert_eq!(f.evidence.len(), 12);
    let value = |name: &str| f.parameters.iter().find(|p| p.0 == name).map(|p| p.1.as_str());
    assert_eq!(value("turns"), Some("4"));
    assert_eq!(value("received"), Some("3200.00 USD"));
    assert_eq!(value("passed"), Some("2880.00 USD"));
    assert_eq!(value("median_retained_share"), Some("0.100"));
    assert_eq!((f.from_us, f.to_us), (0, (3 * 168 + 20) * HOUR_US));
    let mut turned = events.clone();
    turned.reverse();
    assert_eq!(detect(&turned, &PassThroughConfig::default()), all);
}

#[test]
fn wages_savings_and_too_few_turns_are_none() {
    let mut events = Vec::new();
    for month in 0..6 {
        let pay_day = month * 720;
        pay("employer", "worker", pay_day, 40_000, &mut events);
        pay("worker", "landlord", pay_day + 5, 18_000, &mut events);
        for day in 1..25 {
            pay("worker", "market", pay_day + day * 24, 800, &mut events);
        }
        pay("employer", "saver", pay_day, 40_000, &mut events);
    }
    pay("saver", "house", 5 * 720 + 10, 240_000, &mut events);
    // Two turns only.
    for turn in 0..2 {
        pay("aunt", "nephew", turn * 500, 10_000, &mut events);
        pay("nephew", "school", turn * 500 + 1, 10_000, &mut events);
    }
    close(&mut events);
    assert!(found(&events).is_empty());
}

#[test]
fn agents_and_employers_are_none() {
    let mut events = Vec::new();
    for day in 0..60 {
        pay(&format!("sender{day}"), "agent", day * 48, 20_000, &mut events);
        pay("agent", &format!("kin{day}"), day * 48 + 2, 19_500, &mut events);
    }
    for month in 0..4 {
        pay("customer", "firm", month * 720, 900_000, &mut events);
        for worker in 0..20 {
            pay("firm", &format!("worker{worker}"), month * 720 + 8, 43_000, &mut events);
        }
    }
    // Very many customers, swept to one account every evening: a shop.
    for day in 0..40 {
        for customer in 0..3 {
            pay(&format!("customer{day}-{customer}"), "shop", day * 24 + customer, 5_000, &mut events);
        }
        pay("shop", "owner", day * 24 + 12, 15_000, &mut events);
    }
    close(&mut events);
    assert!(found(&events).is_empty());
}

#[test]
fn days_without_hours_and_currencies() {
    // Bank days: in and out bear the same date, or the next.
    let mut events = Vec::new();
    for week in 0..3 {
        pay("mule", "boss", week * 168, 9_000, &mut events);
        pay("client", "mule", week * 168 + 8, 10_000, &mut events);
    }
    close(&mut events);
    assert!(found(&events).is_empty(), "what leaves first cannot be what comes later");
    for event in &mut events {
        if let Some(time) = &mut event.time {
            time.precision = Precision::Day;
            time.instant_us -= time.instant_us.rem_euclid(DAY_US);
        }
    }
    assert_eq!(found(&events).len(), 1);
    // Another currency is another balance.
    for event in events.iter_mut().filter(|e| e.payer == "mule") {
        event.amount.currency = Currency(*b"GTQ");
    }
    assert!(found(&events).is_empty());
}

#[test]
fn money_is_never_counted_twice() {
    // One sum in, three times as much out: only what came in passes.
    let mut events = Vec::new();
    for week in 0..3 {
        pay("client", "mule", week * 168, 10_000, &mut events);
        for out in 1..4 {
            pay("mule", "boss", week * 168 + out, 10_000, &mut events);
        }
    }
    close(&mut events);
    let all = found(&events);
    let passed = all[0].parameters.iter().find(|p| p.0 == "passed").map(|p| p.1.as_str());
    assert_eq!(passed, Some("300.00 USD"));
    assert_eq!(all[0].evidence.len(), 6);
}

#[test]
fn a_busy_current_account_is_none() {
    // Sums come and go at random, several a day, between few: any two meet within two days.
    let mut events = Vec::new();
    for i in 0..200i64 {
        let hour = i * 5 + (i * i) % 7;
        let amount = 1_000 + (i * 7_919) % 9_000;
        if (i * i / 3) % 2 == 0 {
            pay(&format!("p{}", i % 4), "busy", hour, amount, &mut events);
        } else {
            pay("busy", &format!("q{}", i % 4), hour, amount, &mut events);
        }
    }
    close(&mut events);
    assert!(found(&events).is_empty());
    let all = PassThroughConfig { turned_share: f64::INFINITY, ..PassThroughConfig::default() };
    assert_eq!(detect(&events, &all).len(), 1, "only the turned time tells it apart");
}
