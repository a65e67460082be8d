//! The disk dies at its k-th step, for every k: afterwards the case opens at its last commit, verifies, and the
//! interrupted work done again leaves the same content as if nothing had happened.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use super::Disk;
use crate::case::{CaseInfo, CaseStore};
use crate::derived::DerivedManifest;
use crate::error::StoreError;
use crate::evidence::Keep;
use crate::load::{LoadSpec, LoadStart, SourceDraft};
use crate::receipt::LoadReceipt;
use crate::unfinished::Mark;
use arrow::array::{RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema};
use model::identifier::{NormFlags, Normal};
use model::ids::{MentionId, MentionRole, RecordRef, SourceId};
use model::provenance::Digest;
use model::record::{CallRecord, MentionRecord, RefusalReason, RefusedRow, TableKind};
use model::run::Silent;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn info() -> CaseInfo {
    CaseInfo { title: "Fault".into(), country: None, authority: "Unit".into(), created_us: 1 }
}

fn at(row: u32) -> RecordRef {
    RecordRef { source: SourceId(0), row }
}

fn draft() -> SourceDraft {
    SourceDraft {
        sheet: String::new(),
        kind: TableKind::Calls,
        template: String::new(),
        country: None,
        encoding: "utf-8".into(),
        delimiter: ";".into(),
        header_row: Some(1),
        mapping_toml: String::new(),
        needs_decision: None,
        columns: Vec::new(),
    }
}

/// Loads a file with calls, mentions, refused rows and offsets.
fn load(store: &CaseStore, file: &Path, mapping: u8) -> Result<(), StoreError> {
    let taken = store.take_evidence(file, Keep::Copy, &mut |_| {})?;
    let spec = LoadSpec {
        digest: taken.digest,
        size: taken.size,
        name: taken.name.clone(),
        original_path: file.display().to_string(),
        reference: false,
        mapping_hash: Digest([mapping; 32]),
        parser_version: 1,
    };
    let LoadStart::New(mut load) = store.begin_load(spec)? else { return Ok(()) };
    let s = load.add_source(draft());
    let calls: Vec<CallRecord> =
        (2..40).map(|row| CallRecord { record: at(row), ..CallRecord::default() }).collect();
    load.push_calls(s, &calls)?;
    let mention = MentionId { record: at(3), role: MentionRole::Subscriber };
    load.push_mentions(s, vec![MentionRecord::new(mention)])?;
    let refused = RefusedRow {
        record: at(40),
        reason: RefusalReason::BadValue,
        column: "hora".into(),
        byte_offset: 900,
        raw: b"x;y".to_vec(),
        line_end: model::written::LineEnd::Feed,
    };
    load.push_refused(s, vec![refused])?;
    load.push_offsets(s, vec![(2, 20)])?;
    load.set_receipt(s, LoadReceipt { read: 39, kept: 38, refused: 1, repeated: 0, other: 1 })?;
    load.commit("builder").map(|_| ())
}

/// Rows between two checkpoints of [`load_in_pieces`].
const PIECE: u32 = 10;

/// Loads a file with a checkpoint every few rows, from where an unfinished load of it stands.
///
/// # Returns   the rows that stood
fn load_in_pieces(store: &CaseStore, file: &Path) -> Result<u32, StoreError> {
    let taken = store.take_evidence(file, Keep::Reference, &mut |_| {})?;
    let spec = LoadSpec {
        digest: taken.digest,
        size: taken.size,
        name: taken.name.clone(),
        original_path: file.display().to_string(),
        reference: true,
        mapping_hash: Digest([1; 32]),
        parser_version: 1,
    };
    let LoadStart::New(mut load) = store.begin_load(spec)? else { return Ok(0) };
    let s = load.add_source(draft());
    let from = load.unfinished()?.filter(|from| from.digest == Some(taken.digest));
    let stood = match &from {
        Some(from) => {
            load.go_on(s, from)?;
            u32::from(from.notes.last().unwrap()[0])
        }
        None => 0,
    };
    let mut stands = 0;
    load.standing_calls(s, &mut |facts, _| stands += facts.row.len() as u32)?;
    assert_eq!(stands, stood, "what stands is what was noted");
    let mut checkpoints = load.checkpoints(Digest([2; 32]), Some(taken.digest), from.as_ref());
    for first in (stood..50).step_by(PIECE as usize) {
        let number = |n: u32| Normal { raw: format!("7000{n}"), value: None, flags: NormFlags::NONE };
        let call = |row| CallRecord { record: at(row), caller: number(row % 17), ..CallRecord::default() };
        let calls: Vec<CallRecord> = (first..first + PIECE).map(call).collect();
        load.push_calls(s, &calls)?;
        load.push_offsets(s, vec![(first, u64::from(first) * 9)])?;
        let cut = load.cut(s, None)?;
        let note = vec![(first + PIECE) as u8];
        checkpoints.make(cut, Mark { bytes: u64::from(first), prefix: None, note })?;
    }
    load.take_checkpoints(s, checkpoints)?;
    load.set_receipt(s, LoadReceipt { read: 50, kept: 50, ..LoadReceipt::default() })?;
    load.commit("builder")?;
    Ok(stood)
}

#[test]
fn a_load_interrupted_at_any_step_of_its_checkpoints_goes_on_from_the_last_one() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("a.csv");
    fs::write(&file, "the first file").unwrap();
    let reference = CaseStore::create(&home.path().join("reference"), &info()).unwrap();
    load_in_pieces(&reference, &file).unwrap();
    let files = |case: &Path| -> Vec<(OsString, Vec<u8>)> {
        let names = fs::read_dir(case.join("segments")).unwrap().flatten();
        let mut all: Vec<_> = names.map(|e| (e.file_name(), fs::read(e.path()).unwrap())).collect();
        all.sort();
        all
    };
    let expected = files(&home.path().join("reference"));
    let mut stood_after: BTreeMap<u32, u32> = BTreeMap::new();
    for steps in 0.. {
        let when = format!("disk died after {steps} steps");
        let case = home.path().join(format!("case-{steps}"));
        drop(CaseStore::create(&case, &info()).unwrap());
        let dying = CaseStore::open_on(&case, Arc::new(Disk::dying_after(steps)));
        let outcome = dying.and_then(|dying| load_in_pieces(&dying, &file));
        let store = CaseStore::open(&case).expect(&when);
        assert_whole(&store, &when);
        let loaded = store.live_sources().unwrap().len();
        assert!(loaded == 1 || outcome.is_err(), "{when}");
        let stood = load_in_pieces(&store, &file).expect(&when);
        if loaded == 0 {
            *stood_after.entry(stood).or_default() += 1;
        }
        assert_whole(&store, &when);
        assert_eq!(store.content_hash().unwrap(), reference.content_hash().unwrap(), "{when}");
        drop(store);
        // What a process left behind that died after its commit, the next writer sweeps.
        drop(CaseStore::open(&case).expect(&when));
        assert_eq!(files(&case), expected, "{when}");
        fs::remove_dir_all(&case).unwrap();
        if outcome.is_ok() {
            assert_eq!(stood_after.keys().copied().collect::<Vec<_>>(), [0, 10, 20, 30, 40, 50]);
            return;
        }
    }
}

fn derive(store: &CaseStore, seed: u64) -> Result<(), StoreError> {
    let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::UInt32, false)]));
    let table = RecordBatch::try_new(schema, vec![Arc::new(UInt32Array::from(vec![7]))]).unwrap();
    let manifest = DerivedManifest {
        input_hash: Digest([9; 32]),
        code_version: "1".into(),
        parameters: "{}".into(),
        seed,
    };
    store.put_derived("all", "network", &manifest, &[("nodes", table)])
}

fn assert_whole(store: &CaseStore, when: &str) {
    let report = store.verify(&Silent).expect(when);
    assert!(report.holds(), "{when}: {:?}", report.problems);
}

#[test]
fn a_load_interrupted_at_any_step_is_whole_or_not_there() {
    let home = tempfile::tempdir().unwrap();
    let (first, second) = (home.path().join("a.csv"), home.path().join("b.csv"));
    fs::write(&first, "the first file").unwrap();
    fs::write(&second, "the second file").unwrap();
    let reference = CaseStore::create(&home.path().join("reference"), &info()).unwrap();
    load(&reference, &first, 1).unwrap();
    let before = reference.content_hash().unwrap();
    load(&reference, &second, 1).unwrap();
    let after = reference.content_hash().unwrap();
    load(&reference, &second, 2).unwrap();
    let corrected = reference.content_hash().unwrap();
    assert!(before != after && after != corrected);

    let (mut nothing, mut whole) = (0, 0);
    for steps in 0.. {
        let when = format!("disk died after {steps} steps");
        let case = home.path().join(format!("case-{steps}"));
        load(&CaseStore::create(&case, &info()).unwrap(), &first, 1).unwrap();
        let dying = CaseStore::open_on(&case, Arc::new(Disk::dying_after(steps)));
        let outcome = dying.and_then(|dying| {
            load(&dying, &second, 1)?;
            load(&dying, &second, 2)
        });
        let store = CaseStore::open(&case).expect(&when);
        assert_whole(&store, &when);
        let found = store.content_hash().expect(&when);
        if outcome.is_ok() {
            assert_eq!(found, corrected, "{when}");
            assert!(nothing > 20 && whole > 0, "{nothing} times nothing, {whole} times the first load");
            return;
        }
        assert!([before, after, corrected].contains(&found), "{when}: a part of a load shows");
        nothing += u32::from(found == before);
        whole += u32::from(found == after);
        // Leftovers must not stand in the way of doing it again.
        load(&store, &second, 1).expect(&when);
        load(&store, &second, 2).expect(&when);
        assert_eq!(store.content_hash().expect(&when), corrected, "{when}");
        assert_whole(&store, &when);
        let names = fs::read_dir(case.join("segments")).unwrap().flatten();
        assert!(names.map(|e| e.file_name()).all(|n| !n.to_string_lossy().starts_with("tmp-")), "{when}");
        drop(store);
        fs::remove_dir_all(&case).unwrap();
    }
}

#[test]
fn an_artefact_interrupted_at_any_step_is_the_old_or_the_new_one() {
    let home = tempfile::tempdir().unwrap();
    let (mut old, mut new) = (0, 0);
    for steps in 0.. {
        let when = format!("disk died after {steps} steps");
        let case = home.path().join(format!("case-{steps}"));
        derive(&CaseStore::create(&case, &info()).unwrap(), 1).unwrap();
        let outcome =
            CaseStore::open_on(&case, Arc::new(Disk::dying_after(steps))).and_then(|s| derive(&s, 2));
        let store = CaseStore::open(&case).expect(&when);
        assert_whole(&store, &when);
        let standing = store.derived("all", "network").unwrap().expect(&when);
        assert_eq!(standing.table("nodes").unwrap().num_rows(), 1, "{when}");
        match standing.manifest.seed {
            1 => old += 1,
            2 => new += 1,
            other => panic!("{when}: seed {other}"),
        }
        if outcome.is_ok() {
            assert!(old > 5 && new > 1, "old {old}, new {new}");
            return;
        }
        drop(store);
        fs::remove_dir_all(&case).unwrap();
    }
}

#[test]
fn a_creation_interrupted_at_any_step_can_be_done_again() {
    let home = tempfile::tempdir().unwrap();
    for steps in 0.. {
        let case = home.path().join(format!("case-{steps}"));
        let made = CaseStore::create_on(&case, &info(), Arc::new(Disk::dying_after(steps)));
        if made.is_ok() {
            assert!(steps > 5);
            return;
        }
        let store = CaseStore::open(&case).or_else(|_| CaseStore::create(&case, &info())).unwrap();
        assert_whole(&store, &format!("disk died after {steps} steps"));
    }
}

#[test]
fn judgements_interrupted_at_any_step_are_there_or_not() {
    let home = tempfile::tempdir().unwrap();
    for steps in 0..3 {
        let case = home.path().join(format!("case-{steps}"));
        CaseStore::create(&case, &info()).unwrap();
        let dying = CaseStore::open_manifest_on(&case, Arc::new(Disk::dying_after(steps))).unwrap();
        let outcome = dying.protect("tel:+50370000000", model::sensitivity::Sensitivity::Victim, "a", "b");
        drop(dying);
        let store = CaseStore::open(&case).unwrap();
        assert_eq!(outcome.is_ok(), steps == 2);
        // After the commit the answer may be lost, the label not.
        assert_eq!(store.protections().unwrap().len(), usize::from(steps > 0));
        assert_whole(&store, "protect");
    }
}

#[test]
fn after_a_failed_fsync_nothing_more_is_written() {
    let home = tempfile::tempdir().unwrap();
    let disk = Disk::dying_after(0);
    assert!(matches!(disk.sync_dir(home.path()), Err(StoreError::Unsafe { .. })));
    assert!(matches!(disk.create_dir(&home.path().join("x")), Err(StoreError::Io { .. })));
    assert!(!home.path().join("x").exists());
}
