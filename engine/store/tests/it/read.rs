//! What comes back from a snapshot.

use crate::build::{
    all_calls, at, begin, call, draft, file, key, load_calls, load_people, mention, new_case, receipt,
    refused, spec, transfer,
};
use model::ids::{MentionRole, RecordRef, SourceId};
use model::provenance::Digest;
use model::record::{CallRecord, RefusedRow, TableKind, TransferRecord};
use model::run::Silent;
use proptest::prelude::*;
use sha2::Digest as _;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use store::error::StoreError;
use store::load::{LoadSpec, LoadStart};
use store::receipt::LoadReceipt;

#[test]
fn everything_given_comes_back() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    let path = file(home.path(), "everything");
    let mut load = begin(&store, &path, 1);
    let s = load.add_source(draft(TableKind::Transfers, ""));
    load.push_transfers(s, vec![transfer(5), transfer(6)]).unwrap();
    load.push_mentions(
        s,
        vec![
            mention(5, MentionRole::Beneficiary),
            mention(5, MentionRole::Payer),
            mention(6, MentionRole::Payer),
        ],
    )
    .unwrap();
    load.push_refused(s, vec![refused(7)]).unwrap();
    load.push_offsets(s, vec![(5, 80)]).unwrap();
    load.set_receipt(s, receipt(2, 1)).unwrap();
    let entries = load.commit("tester").unwrap();

    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.sources(), entries);
    let entry = &entries[0];
    assert_eq!((entry.receipt, entry.header_row, entry.delimiter.as_str()), (receipt(2, 1), Some(4), ";"));
    assert_eq!((entry.columns[0].header.as_str(), entry.name.as_str()), ("Número", "everything.csv"));
    assert_eq!(fs::read_to_string(&entry.evidence_path).unwrap(), "everything");
    assert!(fs::metadata(&entry.evidence_path).unwrap().permissions().readonly());
    let mut transfers = Vec::new();
    snapshot
        .transfers::<StoreError>(&mut |t| {
            transfers.extend(t);
            Ok(())
        })
        .unwrap();
    assert_eq!(transfers, [transfer(5), transfer(6)]);
    let mentions = snapshot.all_mentions().unwrap();
    let expected = [
        mention(5, MentionRole::Payer),
        mention(5, MentionRole::Beneficiary),
        mention(6, MentionRole::Payer),
    ];
    assert_eq!(mentions, expected);
    assert_eq!(snapshot.refused(None).unwrap(), [refused(7)]);
    assert_eq!(snapshot.refused_rows(&[at(7)]).unwrap(), [refused(7)]);
    assert_eq!(snapshot.offsets(SourceId(0)).unwrap(), [(5, 80)]);
    assert_eq!(snapshot.mention_rows(&[at(5)]).unwrap(), expected[..2]);
    assert_eq!(snapshot.transfer_rows(&[at(6), at(6), at(99)]).unwrap(), [transfer(6)]);
    assert_eq!(snapshot.rank_of(&key(entry)), Some(SourceId(0)));
    assert_eq!(snapshot.key_of(SourceId(0)), Some(&key(entry)));
}

/// Bytes of every segment, by name.
fn segments(case: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(case.join("segments")).unwrap();
    entries
        .map(|e| e.unwrap())
        .map(|e| (e.file_name().to_string_lossy().into_owned(), fs::read(e.path()).unwrap()))
        .collect()
}

#[test]
fn neither_order_of_loading_nor_size_of_parcels_changes_a_byte() {
    let home = tempfile::tempdir().unwrap();
    let files: Vec<_> = ["uno", "dos", "tres"].iter().map(|name| file(home.path(), name)).collect();
    let one = new_case(home.path(), "one");
    for path in &files {
        load_calls(&one, path, 1, 20_000, 20_000).unwrap();
    }
    let two = new_case(home.path(), "two");
    for path in files.iter().rev() {
        load_calls(&two, path, 1, 20_000, 777).unwrap();
    }
    assert_eq!(segments(&home.path().join("one")), segments(&home.path().join("two")));
    assert_eq!(one.content_hash().unwrap(), two.content_hash().unwrap());
    assert_eq!(one.snapshot().unwrap().input_hash(), two.snapshot().unwrap().input_hash());
    let (calls_one, calls_two) = (all_calls(&one), all_calls(&two));
    assert_eq!(calls_one, calls_two);
    assert_eq!(calls_one.len(), 60_000);
    assert!(calls_one.is_sorted_by_key(|c| c.record));
    let keys: Vec<_> = two.snapshot().unwrap().sources().iter().map(key).collect();
    assert!(keys.is_sorted());
}

#[test]
fn batches_are_cut_by_the_records_alone() {
    let home = tempfile::tempdir().unwrap();
    let path = file(home.path(), "cut");
    // Parts of a row out of order, a row with many records across the end of a batch, and rows heavy enough to end one.
    let mut mentions: Vec<_> = (2..9_000)
        .flat_map(|row| [mention(row, MentionRole::Beneficiary), mention(row, MentionRole::Payer)])
        .collect();
    mentions.extend((0..9_000).map(|_| mention(9_000, MentionRole::Person)));
    mentions.extend((9_001..18_000).map(|row| mention(row, MentionRole::Person)));
    let heavy: Vec<_> =
        (2..7).map(|row| RefusedRow { raw: vec![row as u8; 20 << 20], ..refused(row) }).collect();
    let mut found = Vec::new();
    for parcel in [usize::MAX, 8_192, 1_000] {
        let name = format!("case-{parcel}");
        let store = new_case(home.path(), &name);
        let mut load = begin(&store, &path, 1);
        let s = load.add_source(draft(TableKind::Entities, ""));
        for parcel in mentions.chunks(parcel) {
            load.push_mentions(s, parcel.to_vec()).unwrap();
        }
        for parcel in heavy.chunks(parcel.min(9_000) / 1_000) {
            load.push_refused(s, parcel.to_vec()).unwrap();
        }
        load.set_receipt(s, receipt(17_998, 5)).unwrap();
        load.commit("t").unwrap();
        let read = store.snapshot().unwrap().all_mentions().unwrap();
        assert!(read.is_sorted_by_key(|m| m.mention) && read.len() == mentions.len());
        found.push(segments(&home.path().join(name)));
    }
    assert!(found.windows(2).all(|pair| pair[0] == pair[1]));
}

/// Which of two overlapping files repeats the other depends on the order of loading; what the case says does not.
#[test]
fn who_came_first_does_not_change_the_content() {
    let home = tempfile::tempdir().unwrap();
    let path = file(home.path(), "overlap");
    let hashes = [0u64, 2].map(|repeated| {
        let store = new_case(home.path(), &format!("case-{repeated}"));
        let mut load = begin(&store, &path, 1);
        let s = load.add_source(draft(TableKind::Calls, ""));
        load.push_calls(s, &[call(5), call(6), call(7)]).unwrap();
        let receipt = LoadReceipt { read: 3, kept: 3 - repeated, refused: 0, repeated, other: 0 };
        load.set_receipt(s, receipt).unwrap();
        load.commit("t").unwrap();
        assert!(store.verify(&Silent).unwrap().holds());
        (store.content_hash().unwrap(), store.snapshot().unwrap().input_hash())
    });
    assert_eq!(hashes[0], hashes[1]);
}

#[test]
fn the_same_again_changes_nothing_and_a_new_mapping_supersedes() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    let path = file(home.path(), "again");
    let first = load_calls(&store, &path, 1, 10, 10).unwrap();
    let (hash, head) = (store.content_hash().unwrap(), store.audit_head().unwrap());
    match store.begin_load(spec(&store, &path, 1)).unwrap() {
        LoadStart::Already(sources) => assert_eq!(sources, first),
        LoadStart::New(_) => panic!("the same load began again"),
    }
    assert_eq!((store.content_hash().unwrap(), store.audit_head().unwrap()), (hash, head));

    let second = load_calls(&store, &path, 2, 7, 10).unwrap();
    let snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.sources(), second);
    assert_eq!(all_calls(&store).len(), 7);
    assert_ne!(store.content_hash().unwrap(), hash);
    // Back to the first mapping: the same content as at first, under a new number.
    load_calls(&store, &path, 1, 10, 3).unwrap();
    assert_eq!(store.content_hash().unwrap(), hash);
    drop(store);
    let store = store::case::CaseStore::open(&home.path().join("case")).unwrap();
    assert_eq!(all_calls(&store).len(), 10);
    assert_eq!(segments(&home.path().join("case")).len(), 8, "segments of superseded loads are swept");
}

#[test]
fn a_withdrawn_source_is_gone_and_can_be_loaded_again() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    let path = file(home.path(), "withdrawn");
    let entries = load_calls(&store, &path, 1, 10, 10).unwrap();
    assert!(matches!(store.withdraw(&entries[0].key, "a", " "), Err(StoreError::MissingReason { .. })));
    store.withdraw(&entries[0].key, "a", "wrong case").unwrap();
    assert!(store.snapshot().unwrap().sources().is_empty());
    assert!(matches!(store.withdraw(&entries[0].key, "a", "twice"), Err(StoreError::Unknown { .. })));
    load_calls(&store, &path, 1, 10, 10).unwrap();
    assert_eq!(all_calls(&store).len(), 10);
}

#[test]
fn a_receipt_that_does_not_fit_its_rows_is_not_committed() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    let path = file(home.path(), "receipts");
    let wrong = [
        None,
        Some(receipt(1, 0)),
        Some(receipt(2, 1)),
        Some(LoadReceipt { read: 9, kept: 2, ..LoadReceipt::default() }),
    ];
    for receipt in wrong {
        let mut load = begin(&store, &path, 1);
        let s = load.add_source(draft(TableKind::Calls, ""));
        load.push_calls(s, &[call(1), call(2)]).unwrap();
        if let Some(receipt) = receipt {
            load.set_receipt(s, receipt).unwrap();
        }
        assert!(matches!(load.commit("t"), Err(StoreError::Unbalanced { .. })), "{receipt:?}");
    }
    assert!(store.snapshot().unwrap().sources().is_empty());
    assert!(segments(&home.path().join("case")).is_empty(), "nothing may stay behind");
}

#[test]
fn misuse_of_a_load_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    let path = file(home.path(), "misuse");
    let mut load = begin(&store, &path, 1);
    let s = load.add_source(draft(TableKind::Calls, ""));
    load.push_calls(s, &[call(9)]).unwrap();
    let error = load.push_calls(s, &[call(8)]).unwrap_err();
    assert!(matches!(error, StoreError::OutOfOrder { row: 8, after: 9, .. }));
    assert!(matches!(load.push_calls(7, &[]), Err(StoreError::BadLoad { .. })));
    drop(load);
    assert!(matches!(begin(&store, &path, 1).commit("t"), Err(StoreError::BadLoad { .. })));
    let mut twice = begin(&store, &path, 1);
    for _ in 0..2 {
        let s = twice.add_source(draft(TableKind::Calls, "Hoja"));
        twice.set_receipt(s, LoadReceipt::default()).unwrap();
    }
    assert!(matches!(twice.commit("t"), Err(StoreError::BadLoad { .. })));
}

#[test]
fn an_original_kept_by_reference_stays_where_it_is() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    let path = file(home.path(), "reference");
    let mut heard = 0;
    let taken = store.take_evidence(&path, store::evidence::Keep::Reference, &mut |n| heard += n).unwrap();
    assert_eq!((heard, taken.size), (9, 9));
    assert_eq!(taken.path, fs::canonicalize(&path).unwrap());
    drop(taken);
    let spec = LoadSpec { reference: true, ..spec_without_copy(&path) };
    let LoadStart::New(mut load) = store.begin_load(spec).unwrap() else { panic!("a new file") };
    let s = load.add_source(draft(TableKind::Calls, ""));
    load.set_receipt(s, LoadReceipt::default()).unwrap();
    let entries = load.commit("t").unwrap();
    assert_eq!(entries[0].evidence_path, fs::canonicalize(&path).unwrap());
    assert_eq!(fs::read_dir(home.path().join("case/evidence")).unwrap().count(), 0);
    assert!(store.verify(&Silent).unwrap().holds());
    fs::write(&path, "REFERENCE").unwrap();
    let problems = store.verify(&Silent).unwrap().problems;
    assert_eq!(problems.iter().map(|p| p.what).collect::<Vec<_>>(), ["evidence_changed"]);
}

/// The load of a file whose original was not taken.
fn spec_without_copy(path: &Path) -> LoadSpec {
    let bytes = fs::read(path).unwrap();
    LoadSpec {
        digest: Digest(sha2::Sha256::digest(&bytes).into()),
        size: bytes.len() as u64,
        name: "x".into(),
        original_path: path.display().to_string(),
        reference: false,
        mapping_hash: Digest([1; 32]),
        parser_version: 1,
    }
}

#[test]
fn no_row_enters_without_its_original() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    let path = file(home.path(), "untaken");
    let LoadStart::New(mut load) = store.begin_load(spec_without_copy(&path)).unwrap() else { panic!("new") };
    let s = load.add_source(draft(TableKind::Calls, ""));
    load.set_receipt(s, LoadReceipt::default()).unwrap();
    assert!(matches!(load.commit("t"), Err(StoreError::BadLoad { .. })));
}

#[test]
fn rows_of_a_large_segment_are_found_without_the_rest() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    load_people(&store, &file(home.path(), "people"), 40);
    load_calls(&store, &file(home.path(), "large"), 1, 100_000, 9_999).unwrap();
    let snapshot = store.snapshot().unwrap();
    let everything: BTreeMap<RecordRef, CallRecord> =
        all_calls(&store).into_iter().map(|c| (c.record, c)).collect();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let row = prop_oneof![0u32..20, 32_760..32_780u32, 8_190..8_200u32, 99_990..100_020u32, any::<u32>()];
    let wanted = proptest::collection::vec((0u32..3, row), 0..40);
    runner
        .run(&wanted, |wanted| {
            let refs: Vec<RecordRef> =
                wanted.into_iter().map(|(source, row)| RecordRef { source: SourceId(source), row }).collect();
            let mut sorted = refs.clone();
            sorted.sort();
            sorted.dedup();
            let expected: Vec<CallRecord> =
                sorted.iter().filter_map(|r| everything.get(r)).cloned().collect();
            prop_assert_eq!(snapshot.call_rows(&refs).unwrap(), expected);
            Ok(())
        })
        .unwrap();
    let none: Vec<TransferRecord> = snapshot.transfer_rows(&[at(5)]).unwrap();
    assert!(none.is_empty());
}

#[test]
fn the_caller_can_stop_with_its_own_error() {
    #[derive(Debug)]
    enum Mine {
        Stop,
        Store,
    }
    impl From<StoreError> for Mine {
        fn from(_: StoreError) -> Self {
            Self::Store
        }
    }
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    load_calls(&store, &file(home.path(), "stop"), 1, 20_000, 20_000).unwrap();
    let snapshot = store.snapshot().unwrap();
    let mut seen = 0;
    let stopped = snapshot.calls(&mut |calls: Vec<CallRecord>| {
        seen += calls.len();
        Err(Mine::Stop)
    });
    assert!(matches!(stopped, Err(Mine::Stop)));
    assert!(seen > 0 && seen < 20_000);
    fs::remove_dir_all(home.path().join("case/segments")).unwrap();
    assert!(matches!(snapshot.calls(&mut |_| Ok(())), Err(Mine::Store)));
}
