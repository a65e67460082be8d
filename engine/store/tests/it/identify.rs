//! The log of ids.

use crate::build::new_case;
use model::ids::MentionRole;
use model::provenance::{Digest, MentionKey, SourceKey};
use model::run::Silent;
use store::identity::{Change, IdentityChange};

fn key(source: u8, row: u32) -> MentionKey {
    let sheet = if source == 2 { "Hoja".into() } else { String::new() };
    MentionKey { source: SourceKey { digest: Digest([source; 32]), sheet }, row, role: MentionRole::Payer }
}

#[test]
fn ids_and_their_history_read_back_in_order_and_are_sealed() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    let merged = IdentityChange { identity: 1, change: Change::MergedInto, other: Some(0), at_us: 0 };
    let ended = IdentityChange { identity: 0, change: Change::Ended, other: None, at_us: 0 };
    store.record_identities("all", "m", 0, &[key(1, 9), key(2, 3)], &[]).unwrap();
    store.record_identities("unsealed", "m", 0, &[key(2, 3)], &[ended]).unwrap();
    store.record_identities("all", "m", 2, &[], &[]).unwrap();
    store.record_identities("all", "n", 2, &[key(1, 4)], &[merged]).unwrap();
    let anchors: Vec<MentionKey> = store.identities("all").unwrap().into_iter().map(|i| i.anchor).collect();
    assert_eq!(anchors, [key(1, 9), key(2, 3), key(1, 4)]);
    assert_eq!(store.identities("unsealed").unwrap().len(), 1);
    let changes = store.identity_changes("all").unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].identity, changes[0].change, changes[0].other), (1, Change::MergedInto, Some(0)));
    assert!(store.verify(&Silent).unwrap().problems.is_empty());
    assert!(store.record_identities("all", "n", 2, &[key(1, 5)], &[]).is_err(), "a number was given twice");
    let db = rusqlite::Connection::open(home.path().join("case/case.db")).unwrap();
    assert!(db.execute("UPDATE identity SET row = 1", []).is_err());
    db.execute_batch("DROP TRIGGER identity_no_update; UPDATE identity SET row = 1 WHERE number = 2")
        .unwrap();
    let problems = store.verify(&Silent).unwrap().problems;
    assert!(problems.iter().any(|p| format!("{p:?}").contains("rows_altered")), "{problems:?}");
}
