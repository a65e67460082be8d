//! Small invented cases.

use model::identifier::{NormFlags, Normal};
use model::ids::{MentionId, MentionRole, RecordRef, SourceId};
use model::money::{Currency, Money};
use model::provenance::{Digest, SourceKey};
use model::record::{CallRecord, MentionRecord, RefusalReason, RefusedRow, Side, TableKind, TransferRecord};
use model::time::{Precision, Stamp};
use std::fs;
use std::path::{Path, PathBuf};
use store::case::{CaseInfo, CaseStore};
use store::error::StoreError;
use store::evidence::Keep;
use store::load::{Load, LoadSpec, LoadStart, SourceDraft};
use store::receipt::{ColumnNote, LoadReceipt, SourceEntry};

pub(crate) fn info() -> CaseInfo {
    CaseInfo {
        title: "Caso de prueba".into(),
        country: model::place::Country::parse("SV"),
        authority: "Unidad".into(),
        created_us: 1_700_000_000_000_000,
    }
}

pub(crate) fn new_case(home: &Path, name: &str) -> CaseStore {
    CaseStore::create(&home.join(name), &info()).unwrap()
}

/// A file as seized; its text decides its key.
pub(crate) fn file(home: &Path, text: &str) -> PathBuf {
    let path = home.join(format!("{}.csv", text.replace(' ', "_")));
    fs::write(&path, text).unwrap();
    path
}

pub(crate) fn at(row: u32) -> RecordRef {
    RecordRef { source: SourceId(0), row }
}

pub(crate) fn call(row: u32) -> CallRecord {
    let number = |n: u32| Normal {
        raw: format!("7{:07}", n % 9_000),
        value: Some(format!("+5037{:07}", n % 9_000)),
        flags: NormFlags::COUNTRY_ASSUMED,
    };
    CallRecord {
        record: at(row),
        side: Side::Originating,
        caller: number(row),
        receiver: number(row.wrapping_mul(7)),
        time_raw: format!("{row}"),
        time: Some(Stamp {
            instant_us: i64::from(row) * 60_000_000,
            offset_minutes: -360,
            zone_assumed: true,
            precision: Precision::Second,
        }),
        duration_s: Some(i64::from(row % 600)),
        ..CallRecord::default()
    }
}

pub(crate) fn transfer(row: u32) -> TransferRecord {
    TransferRecord {
        record: at(row),
        amount: Money { minor: i64::from(row) * 100 + 25, currency: Currency(*b"USD") },
        ..TransferRecord::default()
    }
}

pub(crate) fn mention(row: u32, role: MentionRole) -> MentionRecord {
    let mut mention = MentionRecord::new(MentionId { record: at(row), role });
    mention.name_raw = format!("Persona {row}");
    mention.name.given = vec!["PERSONA".into(), format!("N{row}")];
    mention.phones = vec![Normal { raw: format!("7000-{row}"), value: None, flags: NormFlags::NONE }];
    mention
}

pub(crate) fn refused(row: u32) -> RefusedRow {
    RefusedRow {
        record: at(row),
        reason: RefusalReason::FieldCount,
        column: String::new(),
        byte_offset: u64::from(row) * 40,
        raw: vec![0xE9, b';', row as u8],
        line_end: model::written::LineEnd::Feed,
    }
}

pub(crate) fn draft(kind: TableKind, sheet: &str) -> SourceDraft {
    SourceDraft {
        sheet: sheet.into(),
        kind,
        template: "generic".into(),
        country: model::place::Country::parse("SV"),
        encoding: "windows-1252".into(),
        delimiter: ";".into(),
        header_row: Some(4),
        mapping_toml: "kind = \"calls\"\n".into(),
        needs_decision: None,
        columns: vec![ColumnNote { header: "Número".into(), role: "caller".into(), confidence: 0.9 }],
    }
}

pub(crate) fn spec(store: &CaseStore, path: &Path, mapping: u8) -> LoadSpec {
    let taken = store.take_evidence(path, Keep::Copy, &mut |_| {}).unwrap();
    LoadSpec {
        digest: taken.digest,
        size: taken.size,
        name: taken.name.clone(),
        original_path: path.display().to_string(),
        reference: false,
        mapping_hash: Digest([mapping; 32]),
        parser_version: 1,
    }
}

pub(crate) fn begin<'a>(store: &'a CaseStore, path: &Path, mapping: u8) -> Box<Load<'a>> {
    match store.begin_load(spec(store, path, mapping)).unwrap() {
        LoadStart::New(load) => load,
        LoadStart::Already(_) => panic!("loaded before"),
    }
}

pub(crate) fn receipt(kept: u64, refused: u64) -> LoadReceipt {
    LoadReceipt { read: kept + refused, kept, refused, repeated: 0, other: 4 }
}

/// Loads a file of calls in rows 5.., handed over in parcels of `parcel`.
pub(crate) fn load_calls(
    store: &CaseStore,
    path: &Path,
    mapping: u8,
    calls: u32,
    parcel: usize,
) -> Result<Vec<SourceEntry>, StoreError> {
    let mut load = begin(store, path, mapping);
    let s = load.add_source(draft(TableKind::Calls, ""));
    let records: Vec<CallRecord> = (5..5 + calls).map(call).collect();
    for parcel in records.chunks(parcel) {
        load.push_calls(s, parcel)?;
    }
    load.push_refused(s, vec![refused(5 + calls), refused(6 + calls)])?;
    load.push_offsets(s, vec![(5, 100), (1029, 50_000)])?;
    load.set_receipt(s, receipt(u64::from(calls), 2))?;
    load.commit("tester")
}

/// Loads a file of people, two parts in every row.
pub(crate) fn load_people(store: &CaseStore, path: &Path, people: u32) -> Vec<SourceEntry> {
    let mut load = begin(store, path, 1);
    let s = load.add_source(draft(TableKind::Entities, "Hoja1"));
    for row in 2..2 + people {
        load.push_mentions(s, vec![mention(row, MentionRole::Holder), mention(row, MentionRole::Person)])
            .unwrap();
    }
    load.set_receipt(s, receipt(u64::from(people), 0)).unwrap();
    load.commit("tester").unwrap()
}

pub(crate) fn key(entry: &SourceEntry) -> SourceKey {
    entry.key.clone()
}

/// Every call of a case.
pub(crate) fn all_calls(store: &CaseStore) -> Vec<CallRecord> {
    let mut all = Vec::new();
    store
        .snapshot()
        .unwrap()
        .calls::<StoreError>(&mut |calls| {
            all.extend(calls);
            Ok(())
        })
        .unwrap();
    all
}
