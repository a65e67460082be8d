//! What is written comes back; what was cut or altered anywhere is refused with an error, never read.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::case::{CaseInfo, CaseStore};
use crate::derived::DerivedManifest;
use model::provenance::Digest;
use proptest::prelude::*;

fn manifest() -> DerivedManifest {
    DerivedManifest {
        input_hash: Digest([1; 32]),
        code_version: "1".into(),
        parameters: String::new(),
        seed: 0,
    }
}

/// A file of columns as a case holds it, and the case's folder.
fn written(small: &[u32], large: &[u64], wide: &[[u64; 5]]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let info = CaseInfo { title: String::new(), country: None, authority: String::new(), created_us: 0 };
    let store = CaseStore::create(&folder.path().join("case"), &info).unwrap();
    let dir = store.begin_derived_dir("all", "graph").unwrap();
    let mut writer = dir.map("graph").unwrap();
    writer.column("small", small).unwrap();
    writer.column("large", large).unwrap();
    writer.begin::<[u64; 5]>("wide").unwrap();
    wide.chunks(3).for_each(|some| writer.append(some).unwrap());
    writer.finish().unwrap();
    store.commit_derived_dir(dir, &manifest()).unwrap();
    let derived = store.derived("all", "graph").unwrap().unwrap();
    let path = derived.file("graph.map").unwrap();
    let (map, _) = derived.map("graph").unwrap();
    let column: MappedColumn<u32> = map.column(&path, "small").unwrap();
    assert_eq!(column.as_ref(), small);
    (folder, path)
}

fn open(path: &Path) -> Result<MappedFile, StoreError> {
    MappedFile::open(path, std::fs::metadata(path).unwrap().len())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_written_comes_back(
        small in proptest::collection::vec(any::<u32>(), 0..300),
        large in proptest::collection::vec(any::<u64>(), 0..300),
        wide in proptest::collection::vec(any::<[u64; 5]>(), 0..40),
    ) {
        let (_folder, path) = written(&small, &large, &wide);
        let file = open(&path).unwrap();
        let found = file.column::<u32>(&path, "small").unwrap();
        prop_assert_eq!(found.as_ref(), small);
        let found = file.column::<u64>(&path, "large").unwrap();
        prop_assert_eq!(found.as_ref(), large);
        let found = file.column::<[u64; 5]>(&path, "wide").unwrap();
        prop_assert_eq!(found.as_ref(), wide);
        prop_assert!(file.column::<u64>(&path, "small").is_err(), "of another kind");
        prop_assert!(file.column::<u64>(&path, "none").is_err());
    }
}

#[test]
fn a_file_over_several_blocks_comes_back() {
    let large: Vec<u64> = (0..400_000u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
    let (_folder, path) = written(&[1, 2, 3], &large, &[]);
    let file = open(&path).unwrap();
    assert_eq!(file.column::<u64>(&path, "large").unwrap().as_ref(), large);
}

/// Every byte of a small file altered, and every length it can be cut to; the same at chosen places of a large one.
#[test]
fn whatever_is_cut_or_altered_is_refused() {
    let (folder, path) = written(&[7; 20], &[9; 11], &[[3; 5]; 4]);
    let whole = std::fs::read(&path).unwrap();
    let copy = folder.path().join("copy.map");
    let opened = |bytes: &[u8]| {
        std::fs::write(&copy, bytes).unwrap();
        open(&copy)
    };
    assert!(opened(&whole).is_ok());
    for at in 0..whole.len() {
        for bit in [1u8, 0x80] {
            let mut altered = whole.clone();
            altered[at] ^= bit;
            // What stands behind the sum of the foot is zeros that nothing reads.
            let silent = (whole.len() - 24..whole.len() - 8).contains(&at);
            assert_eq!(opened(&altered).is_err(), !silent, "byte {at}");
        }
        assert!(
            matches!(opened(&whole[..at]), Err(StoreError::Mapped { .. } | StoreError::Io { .. })),
            "{at}"
        );
    }
    let longer = [whole.as_slice(), &[0; 64]].concat();
    assert!(opened(&longer).is_err());
    assert!(MappedFile::open(&path, whole.len() as u64 + 1).is_err(), "not the length of the manifest");
}

#[test]
fn places_that_point_outside_are_refused_even_with_right_sums() {
    let (folder, path) = written(&[7; 20], &[9; 11], &[]);
    let whole = std::fs::read(&path).unwrap();
    let foot = whole.len() - 64;
    let number = |at: usize| u64::from_le_bytes(whole[at..at + 8].try_into().unwrap()) as usize;
    let (sums, table) = (number(foot), number(foot + 8));
    let copy = folder.path().join("copy.map");
    for (at, value) in [
        (table + 8, u64::MAX),
        (table + 16, 1 << 40),
        (table + 16, u64::MAX / 4),
        (table + 24, 8),
        (table + 24, u64::MAX - 63),
        (foot, u64::MAX),
        (foot + 8, 1 << 30),
        (foot + 16, u64::MAX / 16),
    ] {
        let mut forged = whole.clone();
        forged[at..at + 8].copy_from_slice(&value.to_le_bytes());
        let told = sum(&forged[sums..foot + 32]);
        forged[foot + 32..foot + 40].copy_from_slice(&told.to_le_bytes());
        std::fs::write(&copy, &forged).unwrap();
        assert!(open(&copy).is_err(), "{at} {value}");
    }
}
