//! The case at one moment: its live sources in canonical order, and their records.
//!
//! Invariants:
//! 1. Sources are ranked by ascending [`SourceKey`]; the [`SourceId`] of a record is that rank. Nothing that is read here
//!    depends on the order in which files were loaded.
//! 2. A snapshot does not change. Its segments stay until another process sweeps them after a newer commit; then
//!    reading ends in an error that names the missing file, never in fewer rows.

use crate::audit::field;
use crate::case::{CaseStore, SEGMENTS};
use crate::codec::{Table, lines::KeptLine, mentions, offsets::Offset};
use crate::error::StoreError;
use crate::receipt::{ColumnNote, LoadReceipt, SourceEntry};
use crate::segment::{self, GroupReader, SegmentBatches, SegmentRow, damaged, segment_error, wrong_count};
use arrow::row::{RowConverter, SortField};
use model::ids::{RecordRef, SourceId};
use model::place::Country;
use model::provenance::{Digest, SourceKey};
use model::record::{CallRecord, MentionRecord, RefusedRow, TableKind, TransferRecord};
use model::sensitivity::Sensitivity;
use rayon::prelude::*;
use rusqlite::{Connection, Row, params};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;

mod calls;

pub use calls::{CallForms, NumberColumn};

/// Columns of a source and its load, as [`read_source`] expects them.
const SOURCE: &str = "SELECT s.id, s.digest, s.sheet, l.name, l.original_path, s.kind, s.template, s.country, s.encoding,
    s.delimiter, s.header_row, s.needs_decision, s.columns, s.mapping, s.rows_read, s.rows_kept, s.rows_refused,
    s.rows_repeated, s.rows_other, s.first_us, s.last_us, l.loaded_us, l.mapping_hash, l.parser_version, e.original_path
    FROM source s JOIN load l ON l.id = s.load JOIN evidence e ON e.number = l.evidence";

/// The live sources of a case and their segments, at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    folder: PathBuf,
    sources: Vec<SourceEntry>,
    /// Segments of each source, by table and number.
    segments: Vec<Vec<SegmentRow>>,
    input_hash: Digest,
}

impl CaseStore {
    /// The case as it stands now.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let (mut sources, mut by_source) =
            self.read(|conn| Ok((live_sources(conn)?, live_segments(conn)?)))?;
        sources.sort_by(|a, b| a.key.cmp(&b.key));
        let sources: Vec<SourceEntry> = sources.into_iter().map(|s| self.place(s)).collect();
        let segments: Vec<Vec<SegmentRow>> =
            sources.iter().map(|s| by_source.remove(&s.id).unwrap_or_default()).collect();
        let input_hash = input_hash(&sources, &segments);
        Ok(Snapshot { folder: self.folder(SEGMENTS), sources, segments, input_hash })
    }

    /// What the live sources say, whatever way they came into the case: equal for equal files, mappings and parsers, in
    /// any order of loading and after any interruption. Reads every record.
    pub fn content_hash(&self) -> Result<Digest, StoreError> {
        self.snapshot()?.content_hash()
    }

    /// Live sources in canonical order.
    pub fn live_sources(&self) -> Result<Vec<SourceEntry>, StoreError> {
        let mut sources: Vec<SourceEntry> =
            self.read(live_sources)?.into_iter().map(|s| self.place(s)).collect();
        sources.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(sources)
    }

    /// Says where the original of a source can be read.
    pub(crate) fn place(&self, mut source: SourceEntry) -> SourceEntry {
        let copy = self.copy_of(&source.key.digest);
        if copy.is_file() {
            source.evidence_path = copy;
        }
        source
    }
}

impl Snapshot {
    /// Sources in canonical order; the place in the list is the [`SourceId`].
    pub fn sources(&self) -> &[SourceEntry] {
        &self.sources
    }

    /// The source of an id.
    pub fn source(&self, source: SourceId) -> Option<&SourceEntry> {
        self.sources.get(source.0 as usize)
    }

    /// The lasting key of a source.
    pub fn key_of(&self, source: SourceId) -> Option<&SourceKey> {
        self.source(source).map(|s| &s.key)
    }

    /// The rank of a source's key; `None` if no such source is live.
    pub fn rank_of(&self, key: &SourceKey) -> Option<SourceId> {
        let at = self.sources.binary_search_by(|s| s.key.cmp(key)).ok()?;
        u32::try_from(at).ok().map(SourceId)
    }

    /// What everything that is derived from the sources depends on: keys, mappings, parsers and segments.
    pub fn input_hash(&self) -> Digest {
        self.input_hash
    }

    /// Bytes of all segments.
    pub fn stored_bytes(&self) -> u64 {
        self.segments.iter().flatten().map(|s| s.bytes).sum()
    }

    /// Hands on all calls in canonical order, some thousands at a time.
    pub fn calls<E: From<StoreError>>(
        &self,
        f: &mut dyn FnMut(Vec<CallRecord>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each_call(None, f)
    }

    /// Hands on the calls of one source, rows ascending.
    pub fn calls_of<E: From<StoreError>>(
        &self,
        source: SourceId,
        f: &mut dyn FnMut(Vec<CallRecord>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each_call(Some(source), f)
    }

    /// Hands on all transfers in canonical order.
    pub fn transfers<E: From<StoreError>>(
        &self,
        f: &mut dyn FnMut(Vec<TransferRecord>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each(None, f)
    }

    /// Hands on all mentions in canonical order: by source, row and part.
    pub fn mentions<E: From<StoreError>>(
        &self,
        f: &mut dyn FnMut(Vec<MentionRecord>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each(None, f)
    }

    /// The strictest class that a source gives anybody; of the rows nothing else is read.
    pub fn strictest_class(&self) -> Result<Sensitivity, StoreError> {
        let mut strictest = Sensitivity::Open;
        for (_, segment) in self.segments_of::<MentionRecord>(None) {
            let path = self.folder.join(&segment.file);
            let groups = GroupReader::open(&path, segment.bytes, &[mentions::class_column()])?;
            let read = |group: usize| -> Result<Sensitivity, StoreError> {
                let classes =
                    groups.read(group)?.iter().map(mentions::strictest).collect::<Result<Vec<_>, _>>();
                Ok(classes.map_err(damaged(&path))?.into_iter().max().unwrap_or_default())
            };
            let classes: Vec<Result<Sensitivity, StoreError>> =
                (0..groups.count()).into_par_iter().map(read).collect();
            for class in classes {
                strictest = strictest.max(class?);
            }
        }
        Ok(strictest)
    }

    /// All mentions at once, in canonical order.
    pub fn all_mentions(&self) -> Result<Vec<MentionRecord>, StoreError> {
        self.gather(None)
    }

    /// Refused rows, of one source or of all, in canonical order.
    pub fn refused(&self, source: Option<SourceId>) -> Result<Vec<RefusedRow>, StoreError> {
        self.gather(source)
    }

    /// Where rows of a source begin in its original: row and byte, ascending.
    pub fn offsets(&self, source: SourceId) -> Result<Vec<(u32, u64)>, StoreError> {
        Ok(self.gather(Some(source))?.into_iter().map(|o: Offset| (o.row, o.byte)).collect())
    }

    /// Bytes of a source's file that no record gives back, with the row that they begin, ascending.
    pub fn lines(
        &self,
        source: SourceId,
    ) -> impl Iterator<Item = Result<Vec<(u32, Vec<u8>)>, StoreError>> + '_ {
        self.batches(Some(source))
            .map(|lines| Ok(lines?.into_iter().map(|KeptLine { row, raw }| (row, raw)).collect()))
    }

    /// The refused rows of a source, some thousands at a time.
    pub fn refused_of(
        &self,
        source: SourceId,
    ) -> impl Iterator<Item = Result<Vec<RefusedRow>, StoreError>> + '_ {
        self.batches(Some(source))
    }

    /// The calls at these addresses, in canonical order, each once; an address without a call gives nothing.
    pub fn call_rows(&self, rows: &[RecordRef]) -> Result<Vec<CallRecord>, StoreError> {
        self.fetch_calls(rows)
    }

    /// The transfers at these addresses, in canonical order, each once.
    pub fn transfer_rows(&self, rows: &[RecordRef]) -> Result<Vec<TransferRecord>, StoreError> {
        self.fetch(rows)
    }

    /// The mentions in these rows, in canonical order: all parts of each row.
    pub fn mention_rows(&self, rows: &[RecordRef]) -> Result<Vec<MentionRecord>, StoreError> {
        self.fetch(rows)
    }

    /// The refused rows at these addresses, in canonical order.
    pub fn refused_rows(&self, rows: &[RecordRef]) -> Result<Vec<RefusedRow>, StoreError> {
        self.fetch(rows)
    }

    fn segments_of<T: Table>(&self, only: Option<SourceId>) -> impl Iterator<Item = (SourceId, &SegmentRow)> {
        self.segments_named(T::NAME, only)
    }

    fn segments_named(
        &self,
        table: &'static str,
        only: Option<SourceId>,
    ) -> impl Iterator<Item = (SourceId, &SegmentRow)> {
        (0u32..)
            .map(SourceId)
            .zip(&self.segments)
            .filter(move |(id, _)| only.is_none_or(|only| only == *id))
            .flat_map(|(id, segments)| segments.iter().map(move |s| (id, s)))
            .filter(move |(_, s)| s.records == table)
    }

    fn each<T: Table, E: From<StoreError>>(
        &self,
        only: Option<SourceId>,
        f: &mut dyn FnMut(Vec<T>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.batches(only).try_for_each(|records| f(records?))
    }

    /// The records of one source or all, batch by batch, as they are asked for.
    fn batches<'a, T: Table + 'a>(
        &'a self,
        only: Option<SourceId>,
    ) -> impl Iterator<Item = Result<Vec<T>, StoreError>> + 'a {
        self.segments_of::<T>(only).flat_map(move |(id, segment)| {
            let mut batches = SegmentBatches::open(&self.folder, segment);
            std::iter::from_fn(move || {
                let batch = batches.next()?;
                Some(batch.and_then(|batch| segment::decode(batches.path(), &batch, id)))
            })
        })
    }

    /// Everything in order; row groups are read and decoded on all threads, a few at a time.
    fn gather<T: Table + Send>(&self, only: Option<SourceId>) -> Result<Vec<T>, StoreError> {
        const AT_ONCE: usize = 8;
        let columns: Vec<usize> = (0..=T::fields().len()).collect();
        let mut all = Vec::new();
        for (id, segment) in self.segments_of::<T>(only) {
            let (path, before) = (self.folder.join(&segment.file), all.len());
            let groups = GroupReader::open(&path, segment.bytes, &columns)?;
            let read = |group: &usize| -> Result<Vec<T>, StoreError> {
                let mut records = Vec::new();
                for batch in groups.read(*group)? {
                    records.extend(segment::decode(&path, &batch, id)?);
                }
                Ok(records)
            };
            let numbers: Vec<usize> = (0..groups.count()).collect();
            for some in numbers.chunks(AT_ONCE) {
                for records in some.par_iter().map(read).collect::<Vec<Result<Vec<T>, StoreError>>>() {
                    all.extend(records?);
                }
            }
            if (all.len() - before) as u64 != segment.row_count {
                return Err(wrong_count(&path));
            }
        }
        Ok(all)
    }

    fn fetch<T: Table>(&self, rows: &[RecordRef]) -> Result<Vec<T>, StoreError> {
        let mut out = Vec::new();
        for (source, rows) in by_source(rows) {
            out.extend(self.fetch_of(source, &rows)?);
        }
        Ok(out)
    }

    /// The records of a source in these rows, which ascend.
    fn fetch_of<T: Table>(&self, source: SourceId, rows: &[u32]) -> Result<Vec<T>, StoreError> {
        let mut out = Vec::new();
        for (id, segment) in self.segments_of::<T>(Some(source)) {
            let here = within(rows, segment);
            if !here.is_empty() {
                let path = self.folder.join(&segment.file);
                out.extend(segment::read_rows::<T>(&path, segment.bytes, id, here)?);
            }
        }
        Ok(out)
    }

    /// See [`CaseStore::content_hash`].
    pub fn content_hash(&self) -> Result<Digest, StoreError> {
        let mut hasher = Sha256::new();
        for (source, segments) in self.sources.iter().zip(&self.segments) {
            hash_reading(&mut hasher, source);
            // Where segments end says nothing of what they hold.
            for table in segments.chunk_by(|a, b| a.records == b.records) {
                field(&mut hasher, table.first().map_or("", |s| s.records.as_str()).as_bytes());
                table.iter().try_for_each(|segment| self.hash_records(&mut hasher, segment))?;
            }
        }
        Ok(Digest(hasher.finalize().into()))
    }

    fn hash_records(&self, hasher: &mut Sha256, segment: &SegmentRow) -> Result<(), StoreError> {
        let path = self.folder.join(&segment.file);
        let failed = |e: arrow::error::ArrowError| segment_error(&path, &e.to_string());
        let mut converter: Option<RowConverter> = None;
        for batch in SegmentBatches::open(&self.folder, segment) {
            let batch = batch?;
            let converter = match &mut converter {
                Some(converter) => converter,
                None => {
                    let schema = batch.schema();
                    let fields = schema.fields().iter().map(|f| SortField::new(f.data_type().clone()));
                    converter.insert(RowConverter::new(fields.collect()).map_err(failed)?)
                }
            };
            for row in &converter.convert_columns(batch.columns()).map_err(failed)? {
                field(hasher, row.data());
            }
        }
        Ok(())
    }
}

/// Which file a source is, how it was read, and what became of its rows. Kept and repeated rows count together: which
/// of two overlapping files repeats the other depends on the order of loading.
fn hash_reading(hasher: &mut Sha256, source: &SourceEntry) {
    field(hasher, source.key.to_string().as_bytes());
    field(hasher, source.kind.as_str().as_bytes());
    field(hasher, &source.mapping_hash.0);
    field(hasher, &source.parser_version.to_le_bytes());
    let r = source.receipt;
    for count in [r.read, r.refused, r.other] {
        field(hasher, &count.to_le_bytes());
    }
}

/// Rows by source, each list ascending and without repeats.
fn by_source(rows: &[RecordRef]) -> BTreeMap<SourceId, Vec<u32>> {
    let mut wanted: BTreeMap<SourceId, Vec<u32>> = BTreeMap::new();
    for at in rows {
        wanted.entry(at.source).or_default().push(at.row);
    }
    for rows in wanted.values_mut() {
        rows.sort_unstable();
        rows.dedup();
    }
    wanted
}

/// Those of these ascending rows that a segment may hold.
fn within<'a>(rows: &'a [u32], segment: &SegmentRow) -> &'a [u32] {
    let first = rows.partition_point(|&r| r < segment.first_row);
    let end = rows.partition_point(|&r| r <= segment.last_row);
    rows.get(first..end).unwrap_or_default()
}

fn input_hash(sources: &[SourceEntry], segments: &[Vec<SegmentRow>]) -> Digest {
    let mut hasher = Sha256::new();
    for (source, segments) in sources.iter().zip(segments) {
        hash_reading(&mut hasher, source);
        for segment in segments {
            field(&mut hasher, segment.records.as_bytes());
            field(&mut hasher, segment.sha256.as_bytes());
        }
    }
    Digest(hasher.finalize().into())
}

fn live_sources(conn: &Connection) -> rusqlite::Result<Vec<SourceEntry>> {
    let sql = format!("{SOURCE} WHERE s.id NOT IN (SELECT source FROM source_end)");
    let mut query = conn.prepare(&sql)?;
    let rows = query.query_map([], read_source)?;
    rows.collect()
}

/// Live sources of one file.
pub(crate) fn live_sources_of(conn: &Connection, digest: &Digest) -> rusqlite::Result<Vec<SourceEntry>> {
    let sql = format!(
        "{SOURCE} WHERE s.digest = ? AND s.id NOT IN (SELECT source FROM source_end) ORDER BY s.sheet"
    );
    let mut query = conn.prepare_cached(&sql)?;
    let rows = query.query_map(params![digest.to_hex()], read_source)?;
    rows.collect()
}

/// The sources that a load brought, in canonical order.
pub(crate) fn sources_of_load(conn: &Connection, load: i64) -> rusqlite::Result<Vec<SourceEntry>> {
    let sql = format!("{SOURCE} WHERE s.load = ? ORDER BY s.sheet");
    let mut query = conn.prepare(&sql)?;
    let rows = query.query_map(params![load], read_source)?;
    rows.collect()
}

/// Segments of live sources, by source; within one by table and number.
pub(crate) fn live_segments(conn: &Connection) -> rusqlite::Result<BTreeMap<u64, Vec<SegmentRow>>> {
    let mut query = conn.prepare(
        "SELECT source, records, number, file, bytes, sha256, row_count, first_row, last_row FROM segment
         WHERE source NOT IN (SELECT source FROM source_end) ORDER BY source, records, number",
    )?;
    let mut out: BTreeMap<u64, Vec<SegmentRow>> = BTreeMap::new();
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        out.entry(count(row, 0)?).or_default().push(segment_row(row, 1)?);
    }
    Ok(out)
}

/// A segment of the manifest.
///
/// # Arguments   `from`: the column of its table's name; the others follow in the order of [`SegmentRow`]
pub(crate) fn segment_row(row: &Row<'_>, from: usize) -> rusqlite::Result<SegmentRow> {
    Ok(SegmentRow {
        records: row.get(from)?,
        number: row.get(from + 1)?,
        file: row.get(from + 2)?,
        bytes: count(row, from + 3)?,
        sha256: row.get(from + 4)?,
        row_count: count(row, from + 5)?,
        first_row: row.get(from + 6)?,
        last_row: row.get(from + 7)?,
    })
}

/// A count; a negative one is no count.
pub(crate) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

/// A text that must be read by `parse`; anything else is no text of ours.
pub(crate) fn parsed<T>(
    row: &Row<'_>,
    column: usize,
    parse: impl Fn(&str) -> Option<T>,
) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    parse(&text).ok_or_else(|| {
        rusqlite::Error::InvalidColumnType(column, "unknown word".to_owned(), rusqlite::types::Type::Text)
    })
}

fn read_source(row: &Row<'_>) -> rusqlite::Result<SourceEntry> {
    let columns: Vec<ColumnNote> = parsed(row, 12, |text| serde_json::from_str(text).ok())?;
    let country: Option<String> = row.get(7)?;
    Ok(SourceEntry {
        id: count(row, 0)?,
        key: SourceKey { digest: parsed(row, 1, Digest::from_hex)?, sheet: row.get(2)? },
        name: row.get(3)?,
        original_path: row.get(4)?,
        kind: parsed(row, 5, TableKind::parse)?,
        template: row.get(6)?,
        country: country.as_deref().and_then(Country::parse),
        encoding: row.get(8)?,
        delimiter: row.get(9)?,
        header_row: row.get(10)?,
        needs_decision: row.get(11)?,
        columns,
        mapping_toml: row.get(13)?,
        receipt: LoadReceipt {
            read: count(row, 14)?,
            kept: count(row, 15)?,
            refused: count(row, 16)?,
            repeated: count(row, 17)?,
            other: count(row, 18)?,
        },
        first_us: row.get(19)?,
        last_us: row.get(20)?,
        loaded_us: row.get(21)?,
        evidence_path: PathBuf::from(row.get::<_, String>(24)?),
        mapping_hash: parsed(row, 22, Digest::from_hex)?,
        parser_version: row.get(23)?,
    })
}
