//! What is stored reads back as it was.

use super::*;
use model::identifier::IdentifierKind;
use model::ids::{RecordRef, SourceId};

fn stamp(instant_us: i64) -> Stamp {
    Stamp { instant_us, offset_minutes: -360, zone_assumed: true, precision: Precision::Minute }
}

fn refs(rows: &[u32]) -> Vec<RecordRef> {
    rows.iter().map(|r| RecordRef { source: SourceId(7), row: *r }).collect()
}

#[test]
fn transfers_survive() {
    let transfers = vec![TransferEvent {
        payer: "P".into(),
        beneficiary: "Q".into(),
        time: Some(stamp(-1)),
        amount: Money { minor: 145_000, currency: Currency(*b"HNL") },
        sources: refs(&[3]),
    }];
    assert_eq!(read_transfers(&transfers_table(&transfers).unwrap()).unwrap(), transfers);
}

#[test]
fn findings_and_labels_survive() {
    let id = |v: &str| Identifier::new(IdentifierKind::Imei, v);
    let findings = vec![Finding {
        typology: Typology::SimSuccession,
        subject: id("35000000000001"),
        related: vec![id("1"), id("2")],
        from_us: 1,
        to_us: 2,
        score: 0.75,
        parameters: vec![("gap_days".into(), "3".into())],
        evidence: refs(&[4, 5]),
    }];
    assert_eq!(read_findings(&findings_table(&findings).unwrap()).unwrap(), findings);
    let shares = vec![Some(0.25), None, Some(1.0)];
    assert_eq!(read_shares(&shares_table(&shares).unwrap()).unwrap(), shares);
    let groups = vec![vec![0, 0, 1, 2], vec![0, 0, 0, 1]];
    assert_eq!(read_groups(&groups_table(&groups).unwrap()).unwrap(), groups);
    let labels = vec![Some(3), None, Some(0)];
    assert_eq!(read_labels(&labels_table(&labels).unwrap()).unwrap(), labels);
    let pairs = vec![ScoredPair { a: 1, b: 2, weight_bits: 3.5, probability: 0.9 }];
    let back = read_pairs(&pairs_table(&pairs).unwrap()).unwrap();
    assert_eq!((back[0].a, back[0].b, back[0].weight_bits.to_bits()), (1, 2, 3.5f64.to_bits()));
}

#[test]
fn a_damaged_table_is_named() {
    let batch = labels_table(&[Some(1)]).unwrap();
    let error = read_pairs(&batch).unwrap_err().to_string();
    assert!(error.contains("pairs") && error.contains("madeja run"), "{error}");
}
