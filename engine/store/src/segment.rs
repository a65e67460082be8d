//! Segments: immutable Parquet files of the records of one source, rows ascending.
//!
//! Invariants:
//! 1. The same records give the same bytes: batches are cut by the records alone, never by how they were handed in,
//!    by threads or by the clock.
//! 2. A segment is named by its table, the hash of its source's key, its number and the hash of its bytes; a name never
//!    stands for two contents.
//! 3. Our own files are read as possibly damaged: what the reader cannot take, even by a panic, is an error that names
//!    the file.

use crate::codec::{self, Table, columns::Malformed, entries::EntryColumns};
use crate::disk::{Disk, DiskFile, Finished};
use crate::error::{StoreError, io_at};
use arrow::array::{Array, RecordBatch, UInt32Array};
use arrow::datatypes::SchemaRef;
use model::ids::SourceId;
use model::provenance::SourceKey;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
    RowSelection, RowSelector,
};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::statistics::Statistics;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod calls;
mod writers;

pub(crate) use calls::CallWriter;
pub(crate) use writers::{Account, Writers};

/// Records in a batch: what is encoded at once.
const BATCH: usize = 8_192;
/// Records in a row group: what a fetch of single rows has to look through.
pub(crate) const GROUP: usize = 32_768;
/// Text held before a batch is written, in bytes.
const BATCH_BYTES: usize = 32 << 20;
/// Records in a segment.
const SEGMENT: u64 = 4_194_304;

/// How all our Parquet is written.
pub(crate) fn properties() -> Result<WriterProperties, ParquetError> {
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_dictionary_enabled(true)
        .set_max_row_group_row_count(Some(GROUP))
        .set_data_page_row_count_limit(4_096)
        .set_write_batch_size(1_024)
        .build())
}

/// What the manifest says of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SegmentRow {
    /// Name of the table.
    pub(crate) records: String,
    /// Number within the source and table, from 0.
    pub(crate) number: u32,
    /// File name in `segments/`.
    pub(crate) file: String,
    /// Size.
    pub(crate) bytes: u64,
    /// SHA-256, hexadecimal.
    pub(crate) sha256: String,
    /// Records.
    pub(crate) row_count: u64,
    /// First row.
    pub(crate) first_row: u32,
    /// Last row.
    pub(crate) last_row: u32,
}

/// How a table is written: texts that hardly repeat are not looked up in a dictionary, and only rows are sought by
/// their bounds.
fn table_properties(table: &str) -> Result<WriterProperties, ParquetError> {
    let own = properties()?
        .into_builder()
        .set_statistics_enabled(EnabledStatistics::None)
        .set_column_statistics_enabled("row".into(), EnabledStatistics::Page);
    let apart = |builder: WriterPropertiesBuilder, column: &str, encoding| {
        builder
            .set_column_dictionary_enabled(column.into(), false)
            .set_column_encoding(column.into(), encoding)
    };
    Ok(match table {
        "refused" => {
            let own = apart(own, "raw", Encoding::PLAIN);
            apart(
                apart(own, "byte_offset", Encoding::DELTA_BINARY_PACKED),
                "row",
                Encoding::DELTA_BINARY_PACKED,
            )
        }
        "lines" => {
            let own = apart(own, "raw", Encoding::PLAIN);
            apart(own, "row", Encoding::DELTA_BINARY_PACKED)
        }
        "numbers" | "imeis" | "imsis" => {
            let own = apart(apart(own, "raw", Encoding::PLAIN), "value", Encoding::PLAIN);
            apart(own, "row", Encoding::DELTA_BINARY_PACKED)
        }
        "transfers" | "mentions" => {
            let own = own.set_dictionary_enabled(false);
            apart(own, "row", Encoding::DELTA_BINARY_PACKED)
        }
        _ => apart(own, "row", Encoding::DELTA_BINARY_PACKED),
    }
    .build())
}

/// A segment that is complete but for its lasting name.
pub(crate) struct Sealed {
    file: Finished,
    pub(crate) records: &'static str,
    row_count: u64,
    first_row: u32,
    last_row: u32,
}

impl Sealed {
    /// Its row of the manifest, as the segment of this number of its table, and the file. `name` makes a file name of
    /// table, number and SHA-256.
    pub(crate) fn name(
        self,
        number: u32,
        name: impl Fn(&str, u32, &str) -> String,
    ) -> (SegmentRow, Finished) {
        let digest = self.file.digest.to_hex();
        let row = SegmentRow {
            records: self.records.to_owned(),
            number,
            file: name(self.records, number, &digest),
            bytes: self.file.bytes,
            sha256: digest,
            row_count: self.row_count,
            first_row: self.first_row,
            last_row: self.last_row,
        };
        (row, self.file)
    }
}

/// Writes one table of one source.
pub(crate) struct SegmentWriter<T> {
    disk: Arc<Disk>,
    folder: PathBuf,
    key: String,
    schema: SchemaRef,
    pending: Vec<T>,
    weight: usize,
    open: Option<Open>,
    done: Vec<Sealed>,
    /// The row given last.
    last: Option<u32>,
    /// Different rows among them.
    pub(crate) rows: u64,
    /// Earliest and latest instant.
    pub(crate) span: Option<(i64, i64)>,
}

struct Open {
    writer: ArrowWriter<DiskFile>,
    row_count: u64,
    first_row: u32,
    last_row: u32,
}

impl<T: Table> SegmentWriter<T> {
    /// A writer for one source, which errors call `key`; nothing is created before the first record comes.
    pub(crate) fn new(disk: Arc<Disk>, folder: PathBuf, key: String) -> Self {
        Self {
            disk,
            folder,
            key,
            schema: codec::schema::<T>(),
            pending: Vec::new(),
            weight: 0,
            open: None,
            done: Vec::new(),
            last: None,
            rows: 0,
            span: None,
        }
    }

    /// Takes records whose rows do not descend; those of one row are put in order of rank.
    ///
    /// A batch ends before the first new row after [`BATCH`] records or [`BATCH_BYTES`] of text.
    pub(crate) fn push(&mut self, records: impl IntoIterator<Item = T>) -> Result<(), StoreError> {
        for record in records {
            let new_row = !T::WHOLE_ROWS || self.last.is_none_or(|last| record.row() > last);
            if new_row && (self.pending.len() >= BATCH || self.weight >= BATCH_BYTES) {
                let pending = std::mem::take(&mut self.pending);
                self.write(&pending)?;
                self.weight = 0;
            }
            self.note(&record)?;
            self.weight += record.weight();
            let order = (record.row(), record.rank());
            let place = self
                .pending
                .iter()
                .rposition(|p| (p.row(), p.rank()) <= order)
                .map_or(0, |before| before + 1);
            self.pending.insert(place, record);
        }
        Ok(())
    }

    /// Counts a record, and refuses it if its row descends.
    fn note(&mut self, record: &T) -> Result<(), StoreError> {
        let row = record.row();
        match self.last {
            Some(after) if row < after => {
                return Err(StoreError::OutOfOrder {
                    source_key: self.key.clone(),
                    table: T::NAME,
                    row,
                    after,
                });
            }
            Some(last) if row == last => {}
            _ => self.rows += 1,
        }
        self.last = Some(row);
        if let Some(at) = record.instant_us() {
            self.span = Some(self.span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
        }
        Ok(())
    }

    /// Writes one batch.
    fn write(&mut self, records: &[T]) -> Result<(), StoreError> {
        let (Some(first), Some(last)) = (records.first(), records.last()) else { return Ok(()) };
        let batch = codec::batch(&self.schema, records).map_err(|e| segment_error(&self.folder, e.column))?;
        self.write_batch(&batch, first.row(), last.row())
    }

    /// Writes entries of a dictionary of normal forms, which are columns of at most [`GROUP`] rows.
    pub(crate) fn write_entries(&mut self, entries: EntryColumns) -> Result<(), StoreError> {
        for (from, arrays) in entries {
            let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays)
                .map_err(|e| segment_error(&self.folder, &e.to_string()))?;
            let count = batch.num_rows() as u32;
            self.write_batch(&batch, from, from + count.saturating_sub(1))?;
            self.rows += u64::from(count);
        }
        Ok(())
    }

    fn write_batch(&mut self, batch: &RecordBatch, first_row: u32, last_row: u32) -> Result<(), StoreError> {
        if self.open.as_ref().is_some_and(|open| open.row_count >= SEGMENT) {
            self.seal()?;
        }
        let failed = write_error(&self.folder);
        let open = match &mut self.open {
            Some(open) => open,
            None => {
                let file = self.disk.create(&self.folder)?;
                let writer = table_properties(T::NAME)
                    .and_then(|p| ArrowWriter::try_new(file, Arc::clone(&self.schema), Some(p)))
                    .map_err(&failed)?;
                self.open.insert(Open { writer, row_count: 0, first_row, last_row })
            }
        };
        open.writer.write(batch).map_err(&failed)?;
        open.row_count += batch.num_rows() as u64;
        open.last_row = last_row;
        Ok(())
    }

    fn seal(&mut self) -> Result<(), StoreError> {
        let Some(Open { writer, row_count, first_row, last_row }) = self.open.take() else { return Ok(()) };
        let file = writer.into_inner().map_err(write_error(&self.folder))?.finish()?;
        self.done.push(Sealed { file, records: T::NAME, row_count, first_row, last_row });
        Ok(())
    }

    /// Ends the present segment: gives what was written, to be finished apart. The order of rows is still watched.
    pub(crate) fn cut(&mut self) -> Self {
        let mut next = Self::new(Arc::clone(&self.disk), self.folder.clone(), self.key.clone());
        next.last = self.last;
        std::mem::replace(self, next)
    }

    /// Goes on behind a row.
    pub(crate) fn go_on_after(&mut self, row: u32) {
        self.last = self.last.max(Some(row));
    }

    /// Writes what is left and makes every segment safe under its temporary name.
    pub(crate) fn finish(mut self) -> Result<Vec<Sealed>, StoreError> {
        let pending = std::mem::take(&mut self.pending);
        self.write(&pending)?;
        self.seal()?;
        Ok(self.done)
    }
}

fn head(hex: &str) -> &str {
    hex.get(..16).unwrap_or_default()
}

/// Makes the lasting names of the segments of a source.
pub(crate) fn lasting_name(key: &SourceKey) -> impl Fn(&str, u32, &str) -> String + use<> {
    let hashed = model::provenance::Digest(Sha256::digest(key.to_string().as_bytes()).into()).to_hex();
    move |table, number, content| format!("{table}-{}-{number}-{}.parquet", head(&hashed), head(content))
}

/// The name of a segment of a load that is not finished.
pub(crate) fn unfinished_name(table: &str, number: u32, content: &str) -> String {
    format!("unfinished-{table}-{number}-{}.parquet", head(content))
}

/// An error of writing, with the place.
pub(crate) fn write_error(path: &Path) -> impl Fn(ParquetError) -> StoreError + use<> {
    let path = path.to_owned();
    move |error| match error {
        ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
            Ok(inner) => io_at("write", &path)(*inner),
            Err(inner) => segment_error(&path, &inner.to_string()),
        },
        other => segment_error(&path, &other.to_string()),
    }
}

pub(crate) fn segment_error(path: &Path, detail: &str) -> StoreError {
    StoreError::Segment { path: path.to_owned(), detail: detail.to_owned() }
}

/// Runs a reader of Parquet; its errors and panics become one error that names the file.
fn guarded<R>(path: &Path, f: impl FnOnce() -> Result<R, ParquetError>) -> Result<R, StoreError> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(Ok(out)) => Ok(out),
        Ok(Err(error)) => Err(segment_error(path, &error.to_string())),
        Err(_) => Err(segment_error(path, "the Parquet reader gave up")),
    }
}

/// Reads a Parquet file of ours batch by batch.
pub(crate) struct BatchReader {
    path: PathBuf,
    reader: ParquetRecordBatchReader,
}

impl BatchReader {
    /// Opens a file that must have the stated size.
    pub(crate) fn open(path: &Path, bytes: u64) -> Result<Self, StoreError> {
        let file = open_sized(path, bytes)?;
        let reader = guarded(path, || {
            let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
            builder.with_batch_size(BATCH).build()
        })?;
        Ok(Self { path: path.to_owned(), reader })
    }

    /// The columns that come.
    pub(crate) fn schema(&self) -> SchemaRef {
        arrow::array::RecordBatchReader::schema(&self.reader)
    }
}

impl Iterator for BatchReader {
    type Item = Result<RecordBatch, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { path, reader } = self;
        guarded(path, || Ok(reader.next().transpose()?)).transpose()
    }
}

/// A column of a segment does not hold what it should.
pub(crate) fn damaged(path: &Path) -> impl Fn(Malformed) -> StoreError {
    move |e| segment_error(path, &format!("column {} does not hold what it should", e.column))
}

/// A segment does not have the rows of the manifest.
pub(crate) fn wrong_count(path: &Path) -> StoreError {
    segment_error(path, "fewer or more rows than the manifest says")
}

/// The batches of a segment that is in the manifest, as they are asked for.
///
/// A segment that does not have the rows of the manifest ends in an error.
pub(crate) struct SegmentBatches {
    path: PathBuf,
    reader: Option<Result<BatchReader, StoreError>>,
    left: u64,
}

impl SegmentBatches {
    pub(crate) fn open(folder: &Path, segment: &SegmentRow) -> Self {
        let path = folder.join(&segment.file);
        let reader = Some(BatchReader::open(&path, segment.bytes));
        Self { path, reader, left: segment.row_count }
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Iterator for SegmentBatches {
    type Item = Result<RecordBatch, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match self.reader.as_mut()? {
            Ok(reader) => reader.next(),
            Err(_) => return self.reader.take()?.err().map(Err),
        };
        let left = match &batch {
            Some(Ok(batch)) => self.left.checked_sub(batch.num_rows() as u64),
            Some(Err(_)) => Some(self.left),
            None => (self.left == 0).then_some(0),
        };
        match left {
            Some(left) => self.left = left,
            None => {
                self.reader = None;
                return Some(Err(wrong_count(&self.path)));
            }
        }
        if batch.is_none() {
            self.reader = None;
        }
        batch
    }
}

/// Reads certain columns of a segment, one row group at a time, in any order.
pub(crate) struct GroupReader {
    path: PathBuf,
    bytes: u64,
    meta: ArrowReaderMetadata,
    columns: Vec<usize>,
}

impl GroupReader {
    pub(crate) fn open(path: &Path, bytes: u64, columns: &[usize]) -> Result<Self, StoreError> {
        let file = open_sized(path, bytes)?;
        let meta = guarded(path, || ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()))?;
        Ok(Self { path: path.to_owned(), bytes, meta, columns: columns.to_vec() })
    }

    /// How many groups there are.
    pub(crate) fn count(&self) -> usize {
        self.meta.metadata().num_row_groups()
    }

    /// The batches of one group; on any thread, since each call opens the file for itself.
    pub(crate) fn read(&self, group: usize) -> Result<Vec<RecordBatch>, StoreError> {
        let file = open_sized(&self.path, self.bytes)?;
        guarded(&self.path, || {
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.meta.clone());
            let mask = ProjectionMask::roots(builder.parquet_schema(), self.columns.iter().copied());
            let whole = usize::try_from(self.meta.metadata().row_group(group).num_rows()).unwrap_or(BATCH);
            let reader =
                builder.with_projection(mask).with_row_groups(vec![group]).with_batch_size(whole.max(1));
            Ok(reader.build()?.collect::<Result<Vec<_>, _>>()?)
        })
    }
}

fn open_sized(path: &Path, bytes: u64) -> Result<File, StoreError> {
    let file = File::open(path).map_err(io_at("open", path))?;
    let found = file.metadata().map_err(io_at("read", path))?.len();
    if found != bytes {
        return Err(segment_error(path, &format!("{found} bytes where the manifest says {bytes}")));
    }
    Ok(file)
}

/// Reads the records of one batch.
pub(crate) fn decode<T: Table>(
    path: &Path,
    batch: &RecordBatch,
    source: SourceId,
) -> Result<Vec<T>, StoreError> {
    catch_unwind(AssertUnwindSafe(|| T::decode(batch, source)))
        .unwrap_or(Err(Malformed { column: "row" }))
        .map_err(damaged(path))
}

/// Reads only certain rows (ascending) of a segment: row groups are chosen by their statistics, pages by the rows' places.
pub(crate) fn read_rows<T: Table>(
    path: &Path,
    bytes: u64,
    source: SourceId,
    rows: &[u32],
) -> Result<Vec<T>, StoreError> {
    let mut out = Vec::new();
    for batch in &read_batches(path, bytes, rows)? {
        out.extend(decode(path, batch, source)?);
    }
    Ok(out)
}

/// The batches of certain rows (ascending) of a segment.
pub(crate) fn read_batches(path: &Path, bytes: u64, rows: &[u32]) -> Result<Vec<RecordBatch>, StoreError> {
    let file = open_sized(path, bytes)?;
    guarded(path, || {
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
        let meta = ArrowReaderMetadata::load(&file, options)?;
        let groups: Vec<usize> = (0..meta.metadata().num_row_groups())
            .filter(|&g| may_hold(meta.metadata().row_group(g).column(0).statistics(), rows))
            .collect();
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let builder = |roots: Vec<usize>| -> Result<_, ParquetError> {
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file.try_clone()?, meta.clone());
            let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
            Ok(builder.with_projection(mask).with_row_groups(groups.clone()).with_batch_size(BATCH))
        };
        let mut selection = Vec::new();
        for batch in builder(vec![0])?.build()? {
            let batch = batch?;
            let column = batch.column(0).as_any().downcast_ref::<UInt32Array>();
            let column =
                column.ok_or_else(|| ParquetError::General("column row is not of its type".into()))?;
            select(column, rows, &mut selection);
        }
        let roots = meta.parquet_schema().root_schema().get_fields().len();
        let reader =
            builder((0..roots).collect())?.with_row_selection(RowSelection::from(selection)).build()?;
        Ok(reader.collect::<Result<Vec<_>, _>>()?)
    })
}

/// Whether a row group with these statistics of `row` may hold one of the rows.
fn may_hold(statistics: Option<&Statistics>, rows: &[u32]) -> bool {
    let Some(Statistics::Int32(values)) = statistics else { return true };
    let (Some(&min), Some(&max)) = (values.min_opt(), values.max_opt()) else { return true };
    // An unsigned column is stored in the bits of a signed one.
    let (min, max) = (min as u32, max as u32);
    let at = rows.partition_point(|&row| row < min);
    rows.get(at).is_some_and(|&row| row <= max)
}

/// Appends which of these rows are wanted.
fn select(column: &UInt32Array, rows: &[u32], out: &mut Vec<RowSelector>) {
    for i in 0..column.len() {
        let selector = if rows.binary_search(&column.value(i)).is_ok() {
            RowSelector::select(1)
        } else {
            RowSelector::skip(1)
        };
        match out.last_mut() {
            Some(last) if last.skip == selector.skip => last.row_count += 1,
            _ => out.push(selector),
        }
    }
}
