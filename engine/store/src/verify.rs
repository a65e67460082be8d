//! Is the case still as it was? Hashes everything again and names each thing that does not hold.
//!
//! Invariants:
//! 1. Verification changes nothing and stops at nothing: one fault does not hide another.
//! 2. A Parquet file is parsed only if its hash holds.
//! 3. An unnamed original whose bytes fit its name is what an interrupted load leaves; it is a note, not a problem.

use crate::audit::{AuditEntry, AuditHead, read_entries, read_head, rows_digest, seal};
use crate::case::{CaseStore, DERIVED, EVIDENCE, SEGMENTS, generation_folders, live_files, names_in};
use crate::disk::hash_file;
use crate::error::StoreError;
use crate::load::agrees;
use crate::schema;
use crate::segment::{BatchReader, SegmentRow};
use crate::snapshot::live_segments;
use arrow::array::{Array, UInt32Array};
use model::phrase::Phrase;
use model::provenance::Digest;
use model::record::TableKind;
use model::run::{Progress, Unit};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of thing, one stable word.
    pub what: &'static str,
    /// Where: a file in the case folder, or a row of the manifest.
    pub place: String,
    /// What was expected and what was found.
    pub detail: Phrase,
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyReport {
    /// Things that were checked: originals, segments, derived files, entries of the log, receipts.
    pub checked: u64,
    /// Bytes that were hashed.
    pub bytes: u64,
    /// What does not hold, in the order of checking.
    pub problems: Vec<Problem>,
    /// What is worth knowing but breaks nothing.
    pub notes: Vec<Problem>,
    /// Where the log ends: to be compared with a note taken earlier, outside the case.
    pub head: AuditHead,
}

impl VerifyReport {
    /// Whether everything holds.
    pub fn holds(&self) -> bool {
        self.problems.is_empty()
    }
}

const UNNAMED_FILE: Phrase =
    Phrase::new("no commit names this file", "ninguna confirmación nombra este archivo");

/// A file that the manifest names.
struct Named {
    /// Path within the case folder, or the place it was registered at.
    place: String,
    path: PathBuf,
    bytes: u64,
    sha256: String,
    words: Words,
}

/// The words for what can be wrong with a file.
#[derive(Clone, Copy)]
struct Words {
    missing: &'static str,
    changed: &'static str,
}

struct Check<'a> {
    store: &'a CaseStore,
    progress: &'a dyn Progress,
    report: VerifyReport,
}

impl CaseStore {
    /// Checks the whole case: manifest, log, originals, segments, receipts, artefacts.
    ///
    /// # Errors  only if the manifest cannot be read at all; everything else is a [`Problem`]
    pub fn verify(&self, progress: &dyn Progress) -> Result<VerifyReport, StoreError> {
        let head = self.audit_head()?;
        let report = VerifyReport { checked: 0, bytes: 0, problems: Vec::new(), notes: Vec::new(), head };
        let mut check = Check { store: self, progress, report };
        check.manifest()?;
        check.log()?;
        check.originals()?;
        check.segments()?;
        check.artefacts()?;
        Ok(check.report)
    }
}

impl Check<'_> {
    fn problem(&mut self, what: &'static str, place: impl Into<String>, detail: Phrase) {
        self.report.problems.push(Problem { what, place: place.into(), detail });
    }

    /// SQLite's own checks, and that no table or trigger was changed.
    fn manifest(&mut self) -> Result<(), StoreError> {
        let (damage, foreign, objects) = self.store.read(|conn| {
            let mut query = conn.prepare("PRAGMA integrity_check(10)")?;
            let damage = query.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
            let mut query = conn.prepare("PRAGMA foreign_key_check")?;
            let foreign =
                query.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
            Ok((damage, foreign, schema::objects(conn)?))
        })?;
        for line in damage.into_iter().filter(|line| line != "ok") {
            self.problem("manifest_damaged", "case.db", Phrase::foreign(line));
        }
        for table in foreign {
            self.problem(
                "manifest_damaged",
                format!("case.db, table {table}"),
                Phrase::new("names a row that is not there", "nombra una fila que no está"),
            );
        }
        let expected = schema::expected_objects().map_err(|e| schema::database(&self.store.manifest(), e))?;
        let (expected, found): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (expected.into_iter().collect(), objects.into_iter().collect());
        for name in expected.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
            if expected.get(name) != found.get(name) {
                self.problem(
                    "manifest_altered",
                    format!("case.db, {name}"),
                    Phrase::new(
                        "a table or a guard of the manifest was added, removed or changed",
                        "se añadió, quitó o cambió una tabla o una guarda del manifiesto",
                    ),
                );
            }
        }
        self.report.checked += 1;
        Ok(())
    }

    /// The chain, its head, and that the rows each entry sealed are as they were.
    fn log(&mut self) -> Result<(), StoreError> {
        let (entries, head) =
            self.store.read(|conn| Ok((read_entries(conn, 0, usize::MAX)?, read_head(conn)?)))?;
        let mut previous = Digest([0; 32]);
        for (expected, entry) in (1u64..).zip(&entries) {
            let place = format!("case.db, audit {}", entry.number);
            if entry.number != expected {
                let detail = Phrase::made(
                    format!("entry {expected} is missing"),
                    format!("falta el asiento {expected}"),
                );
                self.problem("log_broken", place, detail);
                break;
            }
            if seal(previous, entry) != entry.hash {
                let detail = Phrase::new(
                    "the entry or one before it was changed",
                    "se cambió el asiento o uno anterior",
                );
                self.problem("log_broken", place, detail);
                break;
            }
            previous = entry.hash;
        }
        if head.entries != entries.len() as u64 || entries.last().map(|e| e.hash) != Some(head.hash) {
            let (named, held) = (head.entries, entries.len());
            let detail = Phrase::made(
                format!("the head names {named} entries, the log holds {held}"),
                format!("la cabeza nombra {named} asientos, y la bitácora tiene {held}"),
            );
            self.problem("log_cut", "case.db, audit", detail);
        }
        self.report.checked += entries.len() as u64;
        self.sealed_rows(&entries)
    }

    fn sealed_rows(&mut self, entries: &[AuditEntry]) -> Result<(), StoreError> {
        let sealed: BTreeMap<&str, Digest> =
            entries.iter().filter_map(|e| Some((e.subject.as_str(), e.rows_digest?))).collect();
        let (present, standing, numbered) = self.store.read(|conn| {
            let present = sealed
                .keys()
                .map(|subject| rows_digest(conn, subject))
                .collect::<rusqlite::Result<Vec<Option<Digest>>>>()?;
            Ok((present, standing_subjects(conn)?, numbered_pseudonyms(conn)?))
        })?;
        for ((subject, digest), now) in sealed.iter().zip(present) {
            // Of an artefact only the generation in force still has its rows.
            let replaced = subject.starts_with("derived:") && !standing.contains(*subject);
            if !replaced && now != Some(*digest) {
                let place = format!("case.db, {subject}");
                let detail = Phrase::new(
                    "rows are not as the log sealed them",
                    "las filas no están como las selló la bitácora",
                );
                self.problem("rows_altered", place, detail);
            }
        }
        let mut ranges = BTreeSet::new();
        for range in sealed.keys().filter_map(|s| s.strip_prefix("pseudonyms:")?.split_once('-')) {
            if let (Ok(first), Ok(last)) = (range.0.parse::<i64>(), range.1.parse::<i64>()) {
                ranges.extend(numbered.range(first..=last.max(first)).copied());
            }
        }
        let unsealed = standing.iter().filter(|s| !sealed.contains_key(s.as_str())).cloned();
        let unsealed: Vec<String> =
            unsealed.chain(numbered.difference(&ranges).map(|n| format!("pseudonym:{n}"))).collect();
        for subject in unsealed {
            let detail = Phrase::new("the log does not know of it", "la bitácora no lo conoce");
            self.problem("rows_altered", format!("case.db, {subject}"), detail);
        }
        Ok(())
    }

    fn originals(&mut self) -> Result<(), StoreError> {
        let folder = self.store.folder(EVIDENCE);
        let rows = self.store.read(|conn| {
            let mut query =
                conn.prepare("SELECT digest, bytes, original_path, kept FROM evidence ORDER BY number")?;
            let rows = query.query_map([], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, i64>(1)?,
                    row.get::<_, String>(2)?,
                    row.get::<_, String>(3)?,
                ))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let mut copies = BTreeSet::new();
        let mut named = Vec::new();
        for (digest, bytes, original_path, kept) in rows {
            let copied = kept == "copy";
            named.push(Named {
                place: if copied { format!("{EVIDENCE}/{digest}") } else { original_path.clone() },
                path: if copied { folder.join(&digest) } else { PathBuf::from(original_path) },
                bytes: bytes.unsigned_abs(),
                sha256: digest.clone(),
                words: Words { missing: "evidence_missing", changed: "evidence_changed" },
            });
            if copied {
                copies.insert(digest);
            }
        }
        self.files("evidence", &named);
        for name in names_in(&folder)?.into_iter().filter(|n| !copies.contains(n)) {
            let place = format!("{EVIDENCE}/{name}");
            let fits = match (Digest::from_hex(&name), hash_file(&folder.join(&name), &mut |_| {})) {
                (Some(named), Ok((found, _))) => named == found,
                _ => false,
            };
            let what = "evidence_unnamed";
            if fits {
                let detail = Phrase::new(
                    "no committed load names this original: one was interrupted, or found no table in it; load the \
                     file again, or leave it",
                    "ninguna carga confirmada nombra este original: una se interrumpió o no halló tabla en él; cargue \
                     el archivo de nuevo, o déjelo",
                );
                self.report.notes.push(Problem { what, place, detail });
            } else {
                let detail = Phrase::new(
                    "no load took this file into the case",
                    "ninguna carga trajo este archivo al caso",
                );
                self.problem(what, place, detail);
            }
        }
        Ok(())
    }

    /// Hashes files; gives back which of them hold.
    fn files(&mut self, stage: &str, files: &[Named]) -> Vec<bool> {
        let progress = self.progress;
        progress.begin(stage, Some(files.iter().map(|f| f.bytes).sum()), Unit::Bytes);
        let held = files.iter().map(|file| self.file(file)).collect();
        progress.end();
        held
    }

    fn file(&mut self, file: &Named) -> bool {
        self.report.checked += 1;
        let progress = self.progress;
        match hash_file(&file.path, &mut |bytes| progress.advance(bytes)) {
            Ok((digest, bytes)) => {
                self.report.bytes += bytes;
                let holds = bytes == file.bytes && digest.to_hex() == file.sha256;
                if !holds {
                    let (named, sha256, found) = (file.bytes, &file.sha256, digest.to_hex());
                    let detail = Phrase::made(
                        format!(
                            "expected {named} bytes with SHA-256 {sha256}, found {bytes} bytes with {found}"
                        ),
                        format!(
                            "se esperaban {named} bytes con SHA-256 {sha256}, y hay {bytes} bytes con {found}"
                        ),
                    );
                    self.problem(file.words.changed, file.place.clone(), detail);
                }
                holds
            }
            Err(error) => {
                let gone = matches!(&error, StoreError::Io { source, .. }
                    if source.kind() == std::io::ErrorKind::NotFound);
                let (what, detail) = if gone {
                    (file.words.missing, Phrase::new("the file is not there", "el archivo no está"))
                } else {
                    (file.words.changed, told(&error))
                };
                self.problem(what, file.place.clone(), detail);
                false
            }
        }
    }

    fn segments(&mut self) -> Result<(), StoreError> {
        let folder = self.store.folder(SEGMENTS);
        let (mut by_source, live) = self.store.read(|conn| Ok((live_segments(conn)?, live_files(conn)?)))?;
        for source in self.store.live_sources()? {
            let segments = by_source.remove(&source.id).unwrap_or_default();
            let named: Vec<Named> = segments.iter().map(|s| named_segment(&folder, s)).collect();
            let held = self.files("segments", &named);
            let mut rows: BTreeMap<&str, u64> = BTreeMap::new();
            for (segment, _) in segments.iter().zip(&held).filter(|(_, held)| **held) {
                let place = format!("{SEGMENTS}/{}", segment.file);
                match count_rows(&folder.join(&segment.file), segment) {
                    Ok(distinct) => *rows.entry(&segment.records).or_default() += distinct,
                    Err(detail) => self.problem("segment_changed", place, detail),
                }
            }
            if held.iter().all(|held| *held) {
                let table = match source.kind {
                    TableKind::Calls => "calls",
                    TableKind::Transfers => "transfers",
                    TableKind::Entities => "mentions",
                };
                let of = |table: &str| rows.get(table).copied().unwrap_or(0);
                if !source.receipt.balances() || !agrees(&source.receipt, of(table), of("refused")) {
                    let (receipt, kept, refused) = (&source.receipt, of(table), of("refused"));
                    let detail = Phrase::made(
                        format!(
                            "read {}, kept {}, refused {}, repeated {}, but {kept} rows kept and {refused} refused",
                            receipt.read, receipt.kept, receipt.refused, receipt.repeated
                        ),
                        format!(
                            "leídas {}, conservadas {}, rechazadas {}, repetidas {}, pero hay {kept} filas conservadas y {refused} rechazadas",
                            receipt.read, receipt.kept, receipt.refused, receipt.repeated
                        ),
                    );
                    self.problem("receipt_unbalanced", format!("source {}", source.key.short()), detail);
                }
            }
            self.report.checked += 1;
        }
        for name in names_in(&folder)?.into_iter().filter(|n| !live.contains(n)) {
            self.unnamed_segment(&name)?;
        }
        Ok(())
    }

    /// A segment of a superseded or withdrawn source waits for the next sweep; any other is foreign.
    fn unnamed_segment(&mut self, name: &str) -> Result<(), StoreError> {
        let ended = self.store.read(|conn| {
            let mut query = conn.prepare("SELECT 1 FROM segment WHERE file = ?")?;
            query.exists([name])
        })?;
        let place = format!("{SEGMENTS}/{name}");
        if ended {
            let detail = Phrase::new(
                "belongs to a source that is no longer live; the next writer removes it",
                "es de una fuente que ya no está vigente; el próximo que escriba lo quita",
            );
            self.report.notes.push(Problem { what: "segment_unnamed", place, detail });
        } else {
            self.problem("segment_unnamed", place, UNNAMED_FILE);
        }
        Ok(())
    }

    fn artefacts(&mut self) -> Result<(), StoreError> {
        let root = self.store.folder(DERIVED);
        let rows = self.store.read(|conn| {
            let mut query = conn.prepare(
                "SELECT d.audience || '/' || d.stage || '/' || d.generation, f.file, f.bytes, f.sha256 FROM derived d
                 LEFT JOIN derived_file f ON f.audience = d.audience AND f.stage = d.stage ORDER BY 1, 2",
            )?;
            let rows = query.query_map([], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, Option<String>>(1)?,
                    row.get::<_, Option<i64>>(2)?,
                    row.get::<_, Option<String>>(3)?,
                ))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let mut generations: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut named = Vec::new();
        for (generation, file, bytes, sha256) in rows {
            let files = generations.entry(generation.clone()).or_default();
            if let (Some(file), Some(bytes), Some(sha256)) = (file, bytes, sha256) {
                named.push(Named {
                    place: format!("{DERIVED}/{generation}/{file}"),
                    path: root.join(&generation).join(&file),
                    bytes: bytes.unsigned_abs(),
                    sha256,
                    words: Words { missing: "derived_missing", changed: "derived_changed" },
                });
                files.insert(file);
            }
        }
        self.files("derived", &named);
        for (path, relative) in generation_folders(&root)? {
            let place = format!("{DERIVED}/{relative}");
            match generations.get(&relative) {
                None => {
                    let detail = Phrase::new(
                        "no commit names this generation",
                        "ninguna confirmación nombra esta generación",
                    );
                    self.problem("derived_unnamed", place, detail);
                }
                Some(files) => {
                    let mut found = Vec::new();
                    list_files(&path, "", &mut found)?;
                    for file in found.into_iter().filter(|f| !files.contains(f)) {
                        self.problem("derived_unnamed", format!("{place}/{file}"), UNNAMED_FILE);
                    }
                }
            }
        }
        Ok(())
    }
}

fn named_segment(folder: &Path, segment: &SegmentRow) -> Named {
    Named {
        place: format!("{SEGMENTS}/{}", segment.file),
        path: folder.join(&segment.file),
        bytes: segment.bytes,
        sha256: segment.sha256.clone(),
        words: Words { missing: "segment_missing", changed: "segment_changed" },
    }
}

/// Every subject for which rows stand in the manifest and that an entry of the log must have sealed.
fn standing_subjects(conn: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let mut query = conn.prepare(
        "SELECT 'case' UNION ALL SELECT 'load:' || id FROM load
         UNION ALL SELECT 'withdrawal:' || source FROM source_end WHERE by_load IS NULL
         UNION ALL SELECT 'judgement:' || number FROM judgement
         UNION ALL SELECT 'protection:' || number FROM protection
         UNION ALL SELECT 'identities:' || number FROM identity_run
         UNION ALL SELECT 'derived:' || audience || '/' || stage || '/' || generation FROM derived
         UNION ALL SELECT 'evidence:' || number FROM evidence WHERE number NOT IN (SELECT evidence FROM load)",
    )?;
    let rows = query.query_map([], |row| row.get(0))?;
    rows.collect()
}

fn numbered_pseudonyms(conn: &Connection) -> rusqlite::Result<BTreeSet<i64>> {
    let mut query = conn.prepare("SELECT number FROM pseudonym")?;
    let rows = query.query_map([], |row| row.get(0))?;
    rows.collect()
}

/// An error as the detail of a problem.
fn told(error: &StoreError) -> Phrase {
    Phrase::made(error.to_string(), error.spanish())
}

/// Counts the different rows of a segment and checks that it holds the rows of its source in order.
fn count_rows(path: &Path, segment: &SegmentRow) -> Result<u64, Phrase> {
    let (mut records, mut distinct, mut first, mut last) = (0u64, 0u64, None, None);
    for batch in BatchReader::open(path, segment.bytes).map_err(|e| told(&e))? {
        let batch = batch.map_err(|e| told(&e))?;
        let rows = batch
            .column_by_name("row")
            .and_then(|column| column.as_any().downcast_ref::<UInt32Array>())
            .ok_or(Phrase::new("has no column of row numbers", "no tiene columna de números de fila"))?;
        for row in rows.iter().flatten() {
            match last {
                Some(before) if row < before => {
                    return Err(Phrase::made(
                        format!("row {row} stands after row {before}"),
                        format!("la fila {row} está después de la fila {before}"),
                    ));
                }
                Some(before) if row == before => {}
                _ => distinct += 1,
            }
            first = first.or(Some(row));
            last = Some(row);
            records += 1;
        }
    }
    if records == segment.row_count && first == Some(segment.first_row) && last == Some(segment.last_row) {
        Ok(distinct)
    } else {
        let named = segment.row_count;
        Err(Phrase::made(
            format!("holds {records} records, the manifest says {named}"),
            format!("tiene {records} registros, y el manifiesto dice {named}"),
        ))
    }
}

/// Relative names of all files below a folder.
fn list_files(folder: &Path, relative: &str, out: &mut Vec<String>) -> Result<(), StoreError> {
    for name in names_in(folder)? {
        let inside = if relative.is_empty() { name.clone() } else { format!("{relative}/{name}") };
        let path = folder.join(&name);
        if path.is_dir() {
            list_files(&path, &inside, out)?;
        } else {
            out.push(inside);
        }
    }
    Ok(())
}
