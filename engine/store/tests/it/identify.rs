//! The log of ids.

use crate::build::new_case;
use model::ids::MentionRole;
use model::provenance::{Digest, MentionKey, SourceKey};
use model::run::Silent;
use store::identity::{Change, IdentityChange, IdentityRun};

fn key(source: u8, row: u32) -> MentionKey {
    let sheet = if source == 2 { "Hoja".into() } else { String::new() };
    MentionKey { source: SourceKey { digest: Digest([source; 32]), sheet }, row, role: MentionRole::Payer }
}

fn run(model: &str, known: u64, issued: &[MentionKey], changes: &[IdentityChange]) -> IdentityRun {
    IdentityRun {
        model: model.into(),
        known,
        issued: issued.to_vec(),
        changes: changes.to_vec(),
        moved: Vec::new(),
    }
}

#[test]
fn ids_and_their_history_read_back_in_order_and_are_sealed() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    let merged = IdentityChange { identity: 1, change: Change::MergedInto, other: Some(0), at_us: 0 };
    let ended = IdentityChange { identity: 0, change: Change::Ended, other: None, at_us: 0 };
    store.record_identities("all", &run("m", 0, &[key(1, 9), key(2, 3)], &[])).unwrap();
    store.record_identities("unsealed", &run("m", 0, &[key(2, 3)], &[ended])).unwrap();
    store.record_identities("all", &run("m", 2, &[], &[])).unwrap();
    store.record_identities("all", &run("n", 2, &[key(1, 4)], &[merged])).unwrap();
    let anchors: Vec<MentionKey> = store.identities("all").unwrap().into_iter().map(|i| i.anchor).collect();
    assert_eq!(anchors, [key(1, 9), key(2, 3), key(1, 4)]);
    assert_eq!(store.identities("unsealed").unwrap().len(), 1);
    let changes = store.identity_changes("all").unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].identity, changes[0].change, changes[0].other), (1, Change::MergedInto, Some(0)));
    assert_eq!(store.identity_of("all", &key(2, 3)).unwrap(), Some(1));
    assert_eq!(store.identity_of("unsealed", &key(1, 9)).unwrap(), None);
    let told = |identity| -> Vec<(u32, bool, Option<u32>)> {
        let lines = store.history("all", identity).unwrap();
        lines.into_iter().map(|h| (h.of.row, h.own, h.other.map(|o| o.row))).collect()
    };
    assert_eq!(told(1), [(3, true, Some(9))]);
    assert_eq!(told(0), [(3, false, Some(9))], "nothing of another audience's log");
    assert!(told(2).is_empty());
    assert!(store.verify(&Silent).unwrap().problems.is_empty());
    assert!(
        store.record_identities("all", &run("n", 2, &[key(1, 5)], &[])).is_err(),
        "a number was given twice"
    );
    let db = rusqlite::Connection::open(home.path().join("case/case.db")).unwrap();
    assert!(db.execute("UPDATE identity SET row = 1", []).is_err());
    db.execute_batch("DROP TRIGGER identity_no_update; UPDATE identity SET row = 1 WHERE number = 2")
        .unwrap();
    let problems = store.verify(&Silent).unwrap().problems;
    assert!(problems.iter().any(|p| format!("{p:?}").contains("rows_altered")), "{problems:?}");
}

#[test]
fn the_identities_of_any_moment_are_the_runs_up_to_it() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    let told = |until: Option<i64>| -> Vec<(MentionKey, u64)> {
        store.standing("all", until).unwrap().iter().collect()
    };
    let moves: [Vec<(MentionKey, Option<u64>)>; 3] = [
        vec![(key(2, 3), Some(0)), (key(2, 4_000_000_000), Some(300)), (key(1, 0), Some(1))],
        vec![(key(2, 3), Some(1)), (key(1, 0), None)],
        vec![(key(1, 0), Some(u64::from(u32::MAX)))],
    ];
    let mut moments = Vec::new();
    for moved in moves {
        let run = IdentityRun { model: "m".into(), moved, ..IdentityRun::default() };
        store.record_identities("all", &run).unwrap();
        let db = rusqlite::Connection::open(home.path().join("case/case.db")).unwrap();
        let at = db.query_row("SELECT max(at_us) FROM identity_run", [], |row| row.get::<_, i64>(0)).unwrap();
        moments.push(at);
    }
    assert!(told(Some(moments[0] - 1)).is_empty());
    assert_eq!(told(Some(moments[0])), [(key(2, 3), 0), (key(2, 4_000_000_000), 300), (key(1, 0), 1)]);
    assert_eq!(told(Some(moments[1])), [(key(2, 3), 1), (key(2, 4_000_000_000), 300)]);
    assert_eq!(told(None).len(), 3);
    assert_eq!(store.standing("all", None).unwrap().get(&key(1, 0)), Some(u64::from(u32::MAX)));
    assert!(store.standing("unsealed", None).unwrap().iter().next().is_none());
    let report = store.verify(&Silent).unwrap();
    assert!(report.holds(), "{:?}", report.problems);
}
