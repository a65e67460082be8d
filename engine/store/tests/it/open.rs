//! Folders that cannot be opened, each with one clear reason.

use crate::build::{all_calls, file, info, load_calls, new_case};
use model::run::Silent;
use rusqlite::Connection;
use std::fs;
use std::path::Path;
use store::case::CaseStore;
use store::error::StoreError;

/// The message names the place and a remedy.
fn message(error: &StoreError, place: &Path, remedy: &str) {
    let text = error.to_string();
    assert!(text.contains(&place.display().to_string()) && text.contains(remedy), "{text}");
}

#[test]
fn a_case_keeps_what_it_says_of_itself() {
    let home = tempfile::tempdir().unwrap();
    new_case(home.path(), "case");
    assert_eq!(CaseStore::open(&home.path().join("case")).unwrap().info(), &info());
    let error = CaseStore::create(&home.path().join("case"), &info()).unwrap_err();
    assert!(matches!(error, StoreError::NotEmpty { .. }));
    message(&error, &home.path().join("case"), "Choose");
}

#[test]
fn a_folder_that_is_no_case_is_told_from_a_case_without_its_manifest() {
    let home = tempfile::tempdir().unwrap();
    for dir in [home.path().to_owned(), home.path().join("nowhere")] {
        let error = CaseStore::open(&dir).unwrap_err();
        assert!(matches!(error, StoreError::NotACase { .. }));
        message(&error, &dir, "madeja new");
    }
    let store = new_case(home.path(), "case");
    load_calls(&store, &file(home.path(), "x"), 1, 3, 3).unwrap();
    drop(store);
    let case = home.path().join("case");
    fs::remove_file(case.join("case.db")).unwrap();
    let error = CaseStore::open(&case).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }));
    message(&error, &case, "Restore");
    assert!(case.join("segments").read_dir().unwrap().count() > 0, "nothing may be swept");
}

#[test]
fn a_damaged_manifest_is_an_error_wherever_it_is_damaged() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    load_calls(&store, &file(home.path(), "x"), 1, 3, 3).unwrap();
    drop(store);
    let path = home.path().join("case/case.db");
    let whole = fs::read(&path).unwrap();
    let mut torn = whole.clone();
    for page in torn.chunks_mut(4096).skip(1) {
        page[..64].fill(0xFF);
    }
    for bytes in [Vec::new(), b"not a database at all".to_vec(), whole[..whole.len() / 2].to_vec(), torn] {
        fs::write(&path, &bytes).unwrap();
        let error = CaseStore::open(&home.path().join("case")).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{} bytes: {error}", bytes.len());
        message(&error, &path, "Restore");
        let segments = home.path().join("case/segments").read_dir().unwrap().count();
        assert_eq!(segments, 8, "a damaged case is not swept");
    }
}

#[test]
fn a_newer_format_is_not_touched() {
    let home = tempfile::tempdir().unwrap();
    new_case(home.path(), "case");
    let path = home.path().join("case/case.db");
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 4").unwrap();
    let error = CaseStore::open(&home.path().join("case")).unwrap_err();
    assert!(matches!(error, StoreError::NewerFormat { found: 4, known: 3, .. }));
    message(&error, &path, "newer Madeja");
}

#[test]
fn a_case_of_an_earlier_format_is_brought_up_to_date_and_keeps_what_it_holds() {
    // What a case of each format does not have; dropping a table drops its indices and guards.
    let later = "DROP TABLE unfinished; DROP TABLE unfinished_segment;";
    let identity = "DROP TABLE identity_change; DROP TABLE identity; DROP TABLE identity_run;
         DROP TABLE identity_source;";
    for (format, lacking) in [(1, format!("{later}{identity}")), (2, later.to_owned())] {
        let home = tempfile::tempdir().unwrap();
        let store = new_case(home.path(), "case");
        load_calls(&store, &file(home.path(), "x"), 1, 3, 3).unwrap();
        let (hash, entries) = (store.content_hash().unwrap(), store.audit_head().unwrap().entries);
        drop(store);
        let case = home.path().join("case");
        let db = Connection::open(case.join("case.db")).unwrap();
        db.execute_batch(&format!("PRAGMA foreign_keys = OFF; {lacking} PRAGMA user_version = {format}"))
            .unwrap();
        drop(db);
        let error = CaseStore::open_read_only(&case).unwrap_err();
        assert!(matches!(error, StoreError::OlderFormat { found, known: 3, .. } if found == format));
        message(&error, &case.join("case.db"), "Copy the folder");
        for _ in 0..2 {
            let store = CaseStore::open(&case).unwrap();
            assert_eq!(all_calls(&store).len(), 3);
            assert_eq!(store.content_hash().unwrap(), hash);
            assert!(store.identities("all").unwrap().is_empty());
            let report = store.verify(&Silent).unwrap();
            assert!(report.holds(), "{:?}", report.problems);
            let log = store.entries(entries, 9).unwrap();
            assert_eq!(log.len(), 1, "the change of format is recorded once");
            assert_eq!(log[0].subject, "format:3");
        }
    }
}

#[test]
fn another_database_is_no_case() {
    let home = tempfile::tempdir().unwrap();
    Connection::open(home.path().join("case.db")).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(matches!(CaseStore::open(home.path()), Err(StoreError::Damaged { .. })));
}

#[test]
fn one_writer_at_a_time_and_no_sweep_beside_it() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    let held = store.write_lock().unwrap();
    let again = store.write_lock().unwrap();
    let under_way = home.path().join("case/segments/tmp-1-1");
    fs::write(&under_way, "half a segment").unwrap();
    let other = CaseStore::open(&home.path().join("case")).unwrap();
    assert!(under_way.exists(), "what another writer writes is not an orphan");
    drop(held);
    let error = other.write_lock().unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }));
    message(&error, &home.path().join("case/lock"), "Wait");
    // Decisions need no lock: only the files of a case have one writer.
    other.protect("tel:1", model::sensitivity::Sensitivity::Victim, "ana", "statement").unwrap();
    drop(again);
    drop(other.write_lock().unwrap());
    drop(CaseStore::open(&home.path().join("case")).unwrap());
    assert!(!under_way.exists(), "an orphan is swept");
}

#[test]
fn a_read_only_folder_can_be_read_and_says_so_when_written() {
    let home = tempfile::tempdir().unwrap();
    let case = home.path().join("case");
    let store = new_case(home.path(), "case");
    load_calls(&store, &file(home.path(), "x"), 1, 3, 3).unwrap();
    drop(store);
    let set = |readonly: bool| {
        let mut rights = fs::metadata(&case).unwrap().permissions();
        rights.set_readonly(readonly);
        fs::set_permissions(&case, rights).unwrap();
    };
    set(true);
    let error = CaseStore::open(&case).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }));
    message(&error, &case, "Copy");
    let reader = CaseStore::open_read_only(&case).unwrap();
    assert_eq!(all_calls(&reader).len(), 3);
    assert!(reader.verify(&Silent).unwrap().holds());
    assert!(matches!(reader.write_lock(), Err(StoreError::ReadOnly { .. })));
    assert!(matches!(reader.audit("a", "export", "x", "w"), Err(StoreError::ReadOnly { .. })));
    drop(reader);
    set(false);
}

#[test]
fn a_copy_of_the_folder_is_the_same_case() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    load_calls(&store, &file(home.path(), "x"), 1, 30, 3).unwrap();
    let hash = store.content_hash().unwrap();
    drop(store);
    let copy = home.path().join("copy with spaces é");
    fs::rename(home.path().join("case"), &copy).unwrap();
    let store = CaseStore::open_read_only(&copy).unwrap();
    assert_eq!(store.content_hash().unwrap(), hash);
}
