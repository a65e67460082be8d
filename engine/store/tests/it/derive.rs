//! Artefacts: replaced whole, never mixed.

use crate::build::new_case;
use arrow::array::{Array, RecordBatch, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema};
use model::provenance::Digest;
use model::run::Silent;
use std::fs;
use std::sync::Arc;
use store::derived::DerivedManifest;
use store::error::StoreError;

fn manifest(seed: u64) -> DerivedManifest {
    DerivedManifest {
        input_hash: Digest([3; 32]),
        code_version: "0.1.0".into(),
        parameters: "{\"resolution\":1}".into(),
        seed,
    }
}

fn table(rows: u32) -> RecordBatch {
    let fields = vec![Field::new("n", DataType::UInt32, false), Field::new("name", DataType::Utf8, true)];
    let names: StringArray = (0..rows).map(|n| (n % 2 == 0).then(|| format!("x{n}"))).collect();
    let columns: Vec<Arc<dyn Array>> =
        vec![Arc::new(UInt32Array::from_iter_values(0..rows)), Arc::new(names)];
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

#[test]
fn tables_come_back_and_a_new_generation_replaces_the_old() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    assert!(store.derived("all", "network").unwrap().is_none());
    store
        .put_derived("all", "network", &manifest(u64::MAX), &[("nodes", table(40_000)), ("edges", table(0))])
        .unwrap();
    store.put_derived("unsealed", "network", &manifest(1), &[("nodes", table(2))]).unwrap();
    let derived = store.derived("all", "network").unwrap().unwrap();
    assert_eq!(derived.manifest, manifest(u64::MAX));
    assert_eq!(derived.tables().collect::<Vec<_>>(), ["edges", "nodes"]);
    assert_eq!(derived.table("nodes").unwrap(), table(40_000));
    assert_eq!(derived.table("edges").unwrap().num_rows(), 0);
    assert!(matches!(derived.table("other"), Err(StoreError::Unknown { .. })));

    store.put_derived("all", "network", &manifest(2), &[("nodes", table(3))]).unwrap();
    let newer = store.derived("all", "network").unwrap().unwrap();
    assert_eq!((newer.manifest.seed, newer.table("nodes").unwrap()), (2, table(3)));
    assert!(!derived.path.exists() && newer.path.exists());
    assert!(derived.table("nodes").is_err(), "a replaced artefact is an error, not an empty table");
    assert_eq!(store.derived("unsealed", "network").unwrap().unwrap().table("nodes").unwrap(), table(2));
    assert!(store.verify(&Silent).unwrap().holds());
}

#[test]
fn a_folder_of_files_is_taken_whole_or_not_at_all() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    let dir = store.begin_derived_dir("all", "index").unwrap();
    fs::create_dir(dir.path().join("sub")).unwrap();
    fs::write(dir.path().join("meta.json"), "{}").unwrap();
    fs::write(dir.path().join("sub/part"), "terms").unwrap();
    store.commit_derived_dir(dir, &manifest(1)).unwrap();
    let derived = store.derived("all", "index").unwrap().unwrap();
    assert_eq!(fs::read_to_string(derived.file("sub/part").unwrap()).unwrap(), "terms");
    assert!(derived.file("sub/other").is_err());
    assert!(store.verify(&Silent).unwrap().holds());

    let abandoned = store.begin_derived_dir("all", "index").unwrap();
    let path = abandoned.path().to_owned();
    drop(abandoned);
    assert!(!path.exists());
    assert_eq!(store.derived("all", "index").unwrap().unwrap().generation, 1);
}

#[test]
fn names_cannot_leave_the_folder() {
    let home = tempfile::tempdir().unwrap();
    let store = new_case(home.path(), "case");
    for name in ["", "..", "a/b", "Ab", "a b", "ñ", &"a".repeat(65)] {
        assert!(matches!(store.begin_derived_dir(name, "x"), Err(StoreError::BadName { .. })), "{name:?}");
        let tables = [(name, table(1))];
        assert!(store.put_derived("all", "x", &manifest(1), &tables).is_err(), "{name:?}");
    }
    assert!(store.derived("all", "x").unwrap().is_none());
}
