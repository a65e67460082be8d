//! Tables of an artefact, a row group at a time: any thread encodes groups, one appends them in order.
//!
//! **Invariant:** what a table holds, and its bytes, follow from the groups and their order alone.

use super::{DerivedDir, Sealed, check_name, place};
use crate::disk::DiskFile;
use crate::error::StoreError;
use crate::segment::{segment_error, write_error};
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use std::path::PathBuf;
use std::sync::Arc;

/// A table that is being written.
pub struct TableWriter {
    writer: SerializedFileWriter<DiskFile>,
    encoder: TableEncoder,
    place: PathBuf,
    sealed: Sealed,
}

/// Encodes row groups of a table; any thread may have its own.
#[derive(Clone)]
pub struct TableEncoder {
    factory: Arc<ArrowRowGroupWriterFactory>,
    schema: SchemaRef,
    place: PathBuf,
}

/// A row group, encoded.
pub struct EncodedGroup(Vec<ArrowColumnChunk>);

/// How a table is written whose rows ascend by the first column: its texts share their beginnings with the text
/// before; its numbers are packed in the bits that they need, in which there is nothing to find again.
fn sorted_properties(schema: &SchemaRef) -> Result<WriterProperties, ParquetError> {
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_data_page_row_count_limit(32_768)
        .set_write_batch_size(8_192);
    for field in schema.fields() {
        let encoding = match field.data_type() {
            DataType::UInt32 | DataType::Int64 => {
                let name = field.name().as_str();
                builder = builder.set_column_compression(name.into(), Compression::UNCOMPRESSED);
                Encoding::DELTA_BINARY_PACKED
            }
            DataType::Utf8 => Encoding::DELTA_BYTE_ARRAY,
            _ => continue,
        };
        builder = builder.set_column_encoding(field.name().as_str().into(), encoding);
    }
    Ok(builder.build())
}

impl DerivedDir {
    /// Begins a table whose rows ascend by its first column.
    pub fn table(&self, name: &str, schema: SchemaRef) -> Result<TableWriter, StoreError> {
        check_name(name)?;
        let place = self.path.join(format!("{name}.parquet"));
        let failed = write_error(&place);
        let columns = ArrowSchemaConverter::new().convert(&schema).map_err(&failed)?;
        let properties = Arc::new(sorted_properties(&schema).map_err(&failed)?);
        let file = self.disk.create(&self.path)?;
        let writer =
            SerializedFileWriter::new(file, columns.root_schema_ptr(), properties).map_err(&failed)?;
        let factory = Arc::new(ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&schema)));
        let encoder = TableEncoder { factory, schema, place: place.clone() };
        Ok(TableWriter { writer, encoder, place, sealed: Arc::clone(&self.sealed) })
    }
}

impl TableEncoder {
    /// Encodes a row group.
    ///
    /// # Errors  the batch does not have the columns of the table
    pub fn encode(&self, batch: &RecordBatch) -> Result<EncodedGroup, StoreError> {
        if batch.schema() != self.schema {
            return Err(segment_error(&self.place, "columns of another table"));
        }
        let work = || -> Result<Vec<ArrowColumnChunk>, ParquetError> {
            let mut writers = self.factory.create_column_writers(0)?.into_iter();
            let mut chunks = Vec::new();
            for (field, array) in self.schema.fields().iter().zip(batch.columns()) {
                for leaf in compute_leaves(field, array)? {
                    let Some(mut writer) = writers.next() else { continue };
                    writer.write(&leaf)?;
                    chunks.push(writer.close()?);
                }
            }
            Ok(chunks)
        };
        work().map(EncodedGroup).map_err(write_error(&self.place))
    }
}

impl TableWriter {
    /// An encoder of row groups for this table.
    pub fn encoder(&self) -> TableEncoder {
        self.encoder.clone()
    }

    /// Appends a row group.
    pub fn append(&mut self, group: EncodedGroup) -> Result<(), StoreError> {
        let append = || -> Result<(), ParquetError> {
            let mut out = self.writer.next_row_group()?;
            for chunk in group.0 {
                chunk.append_to_row_group(&mut out)?;
            }
            out.close()?;
            Ok(())
        };
        append().map_err(write_error(&self.place))
    }

    /// Makes the table safe and gives it its name in the artefact.
    pub fn finish(self) -> Result<(), StoreError> {
        let file = self.writer.into_inner().map_err(write_error(&self.place))?.finish()?;
        place(file, &self.place, &self.sealed)
    }
}
