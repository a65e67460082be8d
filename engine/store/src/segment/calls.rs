//! Segments of calls: row groups that any thread encodes and one appends.

use super::{SEGMENT, Sealed, write_error};
use crate::calls::{CallEncoder, EncodedCalls};
use crate::codec;
use crate::disk::{Disk, DiskFile};
use crate::error::StoreError;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::ArrowRowGroupWriterFactory;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use std::path::PathBuf;
use std::sync::Arc;

/// How calls are written. Numbers of entries and seconds lie in no order, so that there is nothing in them to find
/// again: they are packed in the bits that they need, and not compressed.
fn call_properties() -> Result<WriterProperties, ParquetError> {
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_column_statistics_enabled("row".into(), EnabledStatistics::Page)
        .set_column_statistics_enabled("time_s".into(), EnabledStatistics::Chunk)
        .set_data_page_row_count_limit(32_768)
        .set_write_batch_size(8_192);
    for column in ["row", "caller", "receiver", "time_s", "imei", "imsi", "site"] {
        builder = builder
            .set_column_encoding(column.into(), Encoding::DELTA_BINARY_PACKED)
            .set_column_compression(column.into(), Compression::UNCOMPRESSED);
    }
    for column in ["form", "time_us", "duration_s"] {
        builder = builder.set_column_encoding(column.into(), Encoding::BYTE_STREAM_SPLIT);
    }
    Ok(builder.build())
}

/// Writes the calls of one source, a row group at a time.
pub(crate) struct CallWriter {
    disk: Arc<Disk>,
    folder: PathBuf,
    schema: SchemaRef,
    properties: Option<Arc<WriterProperties>>,
    open: Option<(SerializedFileWriter<DiskFile>, Bounds)>,
    done: Vec<Sealed>,
    /// Rows so far.
    pub(crate) rows: u64,
    /// Earliest and latest instant.
    pub(crate) span: Option<(i64, i64)>,
}

#[derive(Clone, Copy)]
struct Bounds {
    row_count: u64,
    first_row: u32,
    last_row: u32,
}

impl CallWriter {
    pub(crate) fn new(disk: Arc<Disk>, folder: PathBuf) -> Self {
        let schema = codec::calls::schema();
        Self { disk, folder, schema, properties: None, open: None, done: Vec::new(), rows: 0, span: None }
    }

    fn properties(&mut self) -> Result<Arc<WriterProperties>, StoreError> {
        match &self.properties {
            Some(properties) => Ok(Arc::clone(properties)),
            None => {
                let made = Arc::new(call_properties().map_err(write_error(&self.folder))?);
                self.properties = Some(Arc::clone(&made));
                Ok(made)
            }
        }
    }

    /// An encoder of row groups for this writer.
    pub(crate) fn encoder(&mut self) -> Result<CallEncoder, StoreError> {
        let failed = write_error(&self.folder);
        let properties = self.properties()?;
        let schema = ArrowSchemaConverter::new().convert(&self.schema).map_err(&failed)?;
        let nowhere: Vec<u8> = Vec::new();
        let writer =
            SerializedFileWriter::new(nowhere, schema.root_schema_ptr(), properties).map_err(&failed)?;
        let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&self.schema));
        Ok(CallEncoder { factory: Arc::new(factory), schema: Arc::clone(&self.schema) })
    }

    /// Appends a row group.
    pub(crate) fn append(&mut self, group: EncodedCalls) -> Result<(), StoreError> {
        let failed = write_error(&self.folder);
        if self.open.as_ref().is_some_and(|(_, bounds)| bounds.row_count >= SEGMENT) {
            self.seal()?;
        }
        let fresh = Bounds { row_count: 0, first_row: group.first_row, last_row: group.first_row };
        let (mut writer, mut bounds) = match self.open.take() {
            Some(open) => open,
            None => {
                let file = self.disk.create(&self.folder)?;
                let schema = ArrowSchemaConverter::new().convert(&self.schema).map_err(&failed)?;
                let properties = self.properties()?;
                let writer = SerializedFileWriter::new(file, schema.root_schema_ptr(), properties);
                (writer.map_err(&failed)?, fresh)
            }
        };
        let append = || -> Result<(), ParquetError> {
            let mut out = writer.next_row_group()?;
            for chunk in group.chunks {
                chunk.append_to_row_group(&mut out)?;
            }
            out.close()?;
            Ok(())
        };
        append().map_err(&failed)?;
        bounds.row_count += group.row_count as u64;
        bounds.last_row = group.last_row;
        self.rows += group.row_count as u64;
        self.span = [self.span, group.span].into_iter().flatten().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        self.open = Some((writer, bounds));
        Ok(())
    }

    fn seal(&mut self) -> Result<(), StoreError> {
        let Some((writer, bounds)) = self.open.take() else { return Ok(()) };
        let file = writer.into_inner().map_err(write_error(&self.folder))?.finish()?;
        let Bounds { row_count, first_row, last_row } = bounds;
        self.done.push(Sealed { file, records: codec::calls::NAME, row_count, first_row, last_row });
        Ok(())
    }

    /// Ends the present segment: gives what was written, to be finished apart.
    pub(crate) fn cut(&mut self) -> Self {
        let mut next = Self::new(Arc::clone(&self.disk), self.folder.clone());
        next.properties = self.properties.clone();
        std::mem::replace(self, next)
    }

    pub(crate) fn finish(mut self) -> Result<Vec<Sealed>, StoreError> {
        self.seal()?;
        Ok(self.done)
    }
}
