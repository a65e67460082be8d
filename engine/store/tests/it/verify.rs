//! Tampering: each change is named for what it is.

use crate::build::{file, load_calls, load_people, new_case};
use arrow::array::{RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema};
use model::decision::Judgement;
use model::ids::MentionRole;
use model::provenance::{Digest, MentionKey};
use model::run::Silent;
use model::sensitivity::Sensitivity;
use rusqlite::Connection;
use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::case::CaseStore;
use store::derived::DerivedManifest;
use store::error::StoreError;

/// A case with something of everything.
fn full_case(home: &Path) -> PathBuf {
    let store = new_case(home, "case");
    let calls = load_calls(&store, &file(home, "calls"), 1, 30, 30).unwrap();
    load_people(&store, &file(home, "people"), 5);
    load_calls(&store, &file(home, "calls"), 2, 20, 20).unwrap();
    let other = load_calls(&store, &file(home, "other"), 1, 20, 20).unwrap();
    store.withdraw(&other[0].key, "ana", "another case").unwrap();
    let key = |row| MentionKey { source: calls[0].key.clone(), row, role: MentionRole::Person };
    let judged = store.judge(&key(1), &key(2), Judgement::Positive, "ana", "same").unwrap();
    store.undo_judgement(judged, "ana", "not the same").unwrap();
    store.protect("tel:+50370000001", Sensitivity::Victim, "ana", "statement").unwrap();
    store.assign_pseudonyms(&[("p".into(), Sensitivity::Victim), ("q".into(), Sensitivity::Minor)]).unwrap();
    store.audit("ana", "clearance", "victim", "hearing").unwrap();
    let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::UInt32, false)]));
    let table = RecordBatch::try_new(schema, vec![Arc::new(UInt32Array::from(vec![7]))]).unwrap();
    let manifest = DerivedManifest {
        input_hash: Digest([9; 32]),
        code_version: "1".into(),
        parameters: "{}".into(),
        seed: 1,
    };
    for _ in 0..2 {
        store.put_derived("all", "network", &manifest, &[("nodes", table.clone())]).unwrap();
    }
    drop(store);
    // The next writer sweeps the segments of the superseded load.
    drop(CaseStore::open(&home.join("case")).unwrap());
    home.join("case")
}

fn found(case: &Path) -> Vec<&'static str> {
    let report = CaseStore::open_read_only(case).unwrap().verify(&Silent).unwrap();
    let mut words: Vec<&'static str> = report.problems.iter().map(|p| p.what).collect();
    words.dedup();
    words
}

fn only(folder: &Path, prefix: &str) -> PathBuf {
    let mut names: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    names.sort();
    names.into_iter().find(|p| p.file_name().unwrap().to_string_lossy().starts_with(prefix)).unwrap()
}

/// Changes one byte, whatever the file's rights.
fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Changes the manifest as someone who knows its guards would.
fn forge(case: &Path, triggers: &[&str], sql: &str) {
    let conn = Connection::open(case.join("case.db")).unwrap();
    conn.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    let mut saved = Vec::new();
    for trigger in triggers {
        let text: String = conn
            .query_row("SELECT sql FROM sqlite_schema WHERE name = ?", [trigger], |row| row.get(0))
            .unwrap();
        conn.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
        saved.push(text);
    }
    conn.execute_batch(sql).unwrap();
    for text in saved {
        conn.execute_batch(&text).unwrap();
    }
}

#[test]
fn an_untouched_case_holds_and_counts_what_it_checked() {
    let home = tempfile::tempdir().unwrap();
    let case = full_case(home.path());
    let store = CaseStore::open(&case).unwrap();
    let report = store.verify(&Silent).unwrap();
    assert!(report.holds(), "{:?}", report.problems);
    assert!(report.notes.is_empty(), "{:?}", report.notes);
    assert!(report.checked > 20 && report.bytes > 1_000);
    assert_eq!(report.head, store.audit_head().unwrap());
    let entries = store.entries(3, 2).unwrap();
    assert_eq!(entries.iter().map(|e| e.number).collect::<Vec<_>>(), [4, 5]);
}

#[test]
fn every_changed_missing_or_foreign_file_is_named() {
    type Harm = fn(&Path);
    let harms: [(&str, Harm); 9] = [
        ("segment_changed", |case| flip(&only(&case.join("segments"), "calls"))),
        ("segment_missing", |case| fs::remove_file(only(&case.join("segments"), "mentions")).unwrap()),
        ("segment_unnamed", |case| fs::write(case.join("segments/calls-x-0-y.parquet"), "x").unwrap()),
        ("evidence_changed", |case| flip(&only(&case.join("evidence"), ""))),
        ("evidence_missing", |case| fs::remove_file(only(&case.join("evidence"), "")).unwrap()),
        ("evidence_unnamed", |case| fs::write(case.join("evidence/planted"), "x").unwrap()),
        ("derived_changed", |case| flip(&case.join("derived/all/network/2/nodes.parquet"))),
        ("derived_missing", |case| {
            fs::remove_file(case.join("derived/all/network/2/nodes.parquet")).unwrap()
        }),
        ("derived_unnamed", |case| fs::write(case.join("derived/all/network/2/extra"), "x").unwrap()),
    ];
    for (word, harm) in harms {
        let home = tempfile::tempdir().unwrap();
        let case = full_case(home.path());
        assert!(found(&case).is_empty());
        harm(&case);
        assert_eq!(found(&case), [word]);
    }
}

#[test]
fn every_forged_row_is_named() {
    let forgeries: [(&str, &[&str], &str); 12] = [
        (
            "rows_altered",
            &["source_no_update"],
            "UPDATE source SET rows_kept = rows_kept - 1, rows_read = rows_read - 1",
        ),
        ("rows_altered", &["segment_no_update"], "UPDATE segment SET file = file || 'x' WHERE source = 1"),
        ("rows_altered", &["judgement_no_update"], "UPDATE judgement SET reason = 'none' WHERE number = 1"),
        ("rows_altered", &["judgement_no_delete"], "DELETE FROM judgement WHERE number = 2"),
        (
            "rows_altered",
            &[],
            "INSERT INTO judgement (a, b, judgement, actor, at_us, reason) VALUES ('1', '2', 'same', 'x', 1, 'y')",
        ),
        ("rows_altered", &["protection_no_delete"], "DELETE FROM protection"),
        (
            "rows_altered",
            &["pseudonym_no_update"],
            "UPDATE pseudonym SET pseudonym = 'V-09' WHERE number = 1",
        ),
        ("rows_altered", &[], "INSERT INTO pseudonym (target, pseudonym) VALUES ('z', 'V-77')"),
        (
            "rows_altered",
            &["case_info_no_update"],
            "UPDATE case_info SET value = 'Other' WHERE key = 'title'",
        ),
        ("rows_altered", &["source_end_no_delete"], "DELETE FROM source_end WHERE cause = 'withdrawn'"),
        ("rows_altered", &[], "UPDATE derived SET seed = '2'"),
        ("log_broken", &["audit_no_update"], "UPDATE audit SET actor = 'someone else' WHERE number = 3"),
    ];
    for (word, triggers, sql) in forgeries {
        let home = tempfile::tempdir().unwrap();
        let case = full_case(home.path());
        forge(&case, triggers, sql);
        assert!(found(&case).contains(&word), "{sql}: {:?}", found(&case));
    }
}

#[test]
fn a_log_cut_short_and_a_guard_removed_are_named() {
    let home = tempfile::tempdir().unwrap();
    let case = full_case(home.path());
    let last = "(SELECT max(number) FROM audit)";
    forge(
        &case,
        &["audit_no_delete"],
        &format!("DELETE FROM audit WHERE number = {last} AND act = 'derive'"),
    );
    let words = found(&case);
    assert!(words.contains(&"log_cut"), "{words:?}");

    let home = tempfile::tempdir().unwrap();
    let case = full_case(home.path());
    Connection::open(case.join("case.db")).unwrap().execute_batch("DROP TRIGGER audit_no_update").unwrap();
    assert_eq!(found(&case), ["manifest_altered"]);
}

#[test]
fn the_guards_refuse_changes_to_what_is_append_only() {
    let home = tempfile::tempdir().unwrap();
    let case = full_case(home.path());
    let conn = Connection::open(case.join("case.db")).unwrap();
    for table in [
        "case_info",
        "evidence",
        "load",
        "source",
        "segment",
        "source_end",
        "judgement",
        "protection",
        "pseudonym",
        "audit",
    ] {
        let column: String = conn
            .query_row(&format!("SELECT name FROM pragma_table_info('{table}') LIMIT 1"), [], |row| {
                row.get(0)
            })
            .unwrap();
        let changed = conn.execute(&format!("UPDATE {table} SET {column} = {column}"), []).unwrap_err();
        assert!(changed.to_string().contains("append-only"), "{table}: {changed}");
        let removed = conn.execute(&format!("DELETE FROM {table}"), []).unwrap_err();
        assert!(removed.to_string().contains("append-only"), "{table}: {removed}");
    }
    assert!(conn.execute("DELETE FROM audit_head", []).is_err());
    assert!(conn.execute("UPDATE audit_head SET entries = 1", []).is_err());
}

/// A segment damaged on the disk is an error when read, at whatever byte, and never other rows.
#[test]
fn a_damaged_segment_is_an_error_and_no_panic() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    load_calls(&store, &file(home.path(), "calls"), 1, 300, 300).unwrap();
    let snapshot = store.snapshot().unwrap();
    let path = only(&home.path().join("case/segments"), "calls");
    let whole = fs::read(&path).unwrap();
    let mut failed = 0;
    for at in (0..whole.len()).step_by(whole.len() / 97) {
        let mut segment = OpenOptions::new().write(true).open(&path).unwrap();
        segment.seek(SeekFrom::Start(at as u64)).unwrap();
        segment.write_all(&[whole[at] ^ 0xFF]).unwrap();
        drop(segment);
        match snapshot.calls::<StoreError>(&mut |_| Ok(())) {
            Ok(()) => {}
            Err(StoreError::Segment { path: named, .. }) => {
                assert_eq!(named, path);
                failed += 1;
            }
            Err(other) => panic!("byte {at}: {other}"),
        }
        assert!(!store.verify(&Silent).unwrap().holds(), "byte {at}");
        fs::write(&path, &whole).unwrap();
    }
    assert!(failed > 30, "only {failed} damages were seen while reading");
    fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    assert!(matches!(snapshot.calls::<StoreError>(&mut |_| Ok(())), Err(StoreError::Segment { .. })));
}
