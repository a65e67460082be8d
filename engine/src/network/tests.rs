//! The contraction: who an event is placed on, and what stands between people.

use super::*;
use crate::network::base::BaseNetwork;
use model::event::{CallEvent, Terminal, TransferEvent};
use model::identifier::{NormFlags, Normal};
use model::ids::{MentionId, MentionRole, RecordRef, SourceId};
use model::money::{Currency, Money};
use model::record::CallKind;
use model::time::{Interval, Precision, Stamp};
use std::collections::BTreeMap;

fn at(seconds: i64) -> Option<Stamp> {
    Some(Stamp {
        instant_us: seconds * 1_000_000,
        offset_minutes: -360,
        zone_assumed: true,
        precision: Precision::Second,
    })
}

fn row(row: u32) -> RecordRef {
    RecordRef { source: SourceId(0), row }
}

fn call(caller: &str, receiver: &str, seconds: i64, imei: Option<&str>, source: u32) -> CallEvent {
    CallEvent {
        kind: CallKind::Call,
        caller: caller.into(),
        receiver: receiver.into(),
        time: at(seconds),
        duration_s: Some(60),
        caller_terminal: Terminal { imei: imei.map(Into::into), ..Terminal::default() },
        receiver_terminal: Terminal::default(),
        sources: vec![row(source)],
    }
}

fn holder(source: u32, phone: &str, from: Option<i64>, to: Option<i64>) -> MentionRecord {
    let id = MentionId { record: row(source), role: MentionRole::Subscriber };
    let mut mention = MentionRecord::new(id);
    mention.name.given = vec!["INVENTADA".into()];
    mention.phones = vec![Normal { raw: phone.into(), value: Some(phone.into()), flags: NormFlags::NONE }];
    mention.validity = Interval {
        from_us: from.map(|s| s * 1_000_000),
        to_us: to.map(|s| s * 1_000_000),
        ..Interval::default()
    };
    mention
}

fn build(calls: Vec<CallEvent>, transfers: Vec<TransferEvent>, mentions: Vec<MentionRecord>) -> Network {
    let cluster: Vec<Option<u32>> = (0..mentions.len() as u32).map(Some).collect();
    let (base, events) = BaseNetwork::new(calls, transfers, &mentions, &BTreeMap::new());
    let keys = mentions.iter().map(|m| format!("E-{}", m.mention.record.row)).collect();
    Network::new(base, &events, mentions, &cluster, keys).unwrap()
}

fn ties(network: &Network) -> Vec<(String, String, u64)> {
    let name = |n: u32| match network.nodes[n as usize] {
        Node::Entity(e) => network.entities[e as usize].key.clone(),
        Node::Identifier(i) => network.base.identifiers[i as usize].to_string(),
    };
    network.graph.edges().map(|e| (name(e.source), name(e.target), e.count)).collect()
}

#[test]
fn a_reassigned_number_joins_nobody() {
    let calls = vec![
        call("+50390000001", "+50390000009", 10, None, 1),
        call("+50390000001", "+50390000008", 30, None, 2),
    ];
    let mentions =
        vec![holder(101, "+50390000001", Some(0), Some(20)), holder(102, "+50390000001", Some(20), None)];
    let network = build(calls, vec![], mentions);
    let ties = ties(&network);
    assert!(ties.contains(&("E-101".into(), "tel:+50390000009".into(), 1)), "{ties:?}");
    assert!(ties.contains(&("E-102".into(), "tel:+50390000008".into(), 1)), "{ties:?}");
    let calls_only: Vec<_> = network.graph.edges().filter(|e| e.layer == Layer::Calls).collect();
    assert_eq!(calls_only.len(), 2);
}

#[test]
fn a_number_claimed_by_two_at_once_stays_itself() {
    let calls = vec![call("+50390000001", "+50390000009", 10, None, 1)];
    let mentions = vec![holder(101, "+50390000001", None, None), holder(102, "+50390000001", None, None)];
    let network = build(calls, vec![], mentions);
    assert_eq!(
        ties(&network),
        vec![
            ("E-101".into(), "tel:+50390000001".into(), 1),
            ("E-102".into(), "tel:+50390000001".into(), 1),
            ("tel:+50390000001".into(), "tel:+50390000009".into(), 1),
        ]
    );
}

#[test]
fn a_handset_is_a_node_only_between_two() {
    let one = build(vec![call("A", "B", 1, Some("35000000000001"), 1)], vec![], vec![]);
    assert!(ties(&one).iter().all(|t| !t.1.starts_with("imei:")), "{:?}", ties(&one));
    let two = build(
        vec![call("A", "B", 1, Some("35000000000001"), 1), call("C", "B", 2, Some("35000000000001"), 2)],
        vec![],
        vec![],
    );
    let devices: Vec<_> = ties(&two).into_iter().filter(|t| t.1.starts_with("imei:")).collect();
    assert_eq!(devices.len(), 2);
}

#[test]
fn a_data_session_ties_no_two_lines() {
    let session = CallEvent { kind: CallKind::Data, ..call("A", "B", 5, Some("1"), 2) };
    let network = build(vec![call("A", "B", 1, None, 1), session.clone()], vec![], vec![]);
    assert_eq!(ties(&network), [("tel:A".into(), "tel:B".into(), 1)]);
    assert_eq!(network.base.device_uses.len(), 1, "it still tells who used which handset");
    assert!(ties(&build(vec![session], vec![], vec![])).is_empty());
}

#[test]
fn a_window_cuts_edges_and_leaves_nodes() {
    let calls = vec![call("A", "B", 1, None, 1), call("A", "B", 50, None, 2)];
    let network = build(calls.clone(), vec![], vec![]);
    let (_, events) = BaseNetwork::new(calls, vec![], &[], &BTreeMap::new());
    let window = Window { from_us: Some(10_000_000), to_us: None };
    let graph = network.project(&events, window).unwrap();
    assert_eq!(graph.node_count(), network.nodes.len());
    assert_eq!(graph.edges().map(|e| e.count).sum::<u64>(), 1);
    assert_eq!(network.graph.edges().map(|e| e.count).sum::<u64>(), 2);
}

#[test]
fn money_keeps_its_currencies_apart() {
    let pay = |currency: &[u8; 3], source| TransferEvent {
        payer: "P".into(),
        beneficiary: "Q".into(),
        time: at(1),
        amount: Money { minor: 500, currency: Currency(*currency) },
        sources: vec![row(source)],
    };
    let network = build(vec![], vec![pay(b"USD", 1), pay(b"HNL", 2), pay(b"USD", 3)], vec![]);
    let totals: Vec<i64> = network.graph.edges().map(|e| e.total).collect();
    assert_eq!(totals, vec![500, 1000]);
}
