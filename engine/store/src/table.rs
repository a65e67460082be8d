//! A table written for others, outside the case: one Parquet file.

use crate::error::{StoreError, io_at};
use crate::segment::{properties, write_error};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use std::fs::File;
use std::path::Path;

/// Writes a table to a file, replacing what stood there.
///
/// # Errors  the file cannot be made or written
pub fn write(path: &Path, table: &RecordBatch) -> Result<(), StoreError> {
    let file = File::create(path).map_err(io_at("create", path))?;
    let failed = write_error(path);
    let mut writer =
        properties().and_then(|p| ArrowWriter::try_new(file, table.schema(), Some(p))).map_err(&failed)?;
    writer.write(table).map_err(&failed)?;
    let file = writer.into_inner().map_err(&failed)?;
    file.sync_all().map_err(io_at("write", path))
}
