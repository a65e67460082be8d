//! The table `offsets`: the byte at which every so many rows begin, the way back into the original.

use super::Table;
use super::columns::{Columns, Malformed};
use arrow::array::{ArrayRef, RecordBatch, UInt64Array};
use arrow::datatypes::{DataType, Field};
use model::ids::SourceId;
use std::sync::Arc;

/// Where a row begins in the original file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offset {
    /// The row.
    pub(crate) row: u32,
    /// Its first byte.
    pub(crate) byte: u64,
}

impl Table for Offset {
    const NAME: &'static str = "offsets";

    fn fields() -> Vec<Field> {
        vec![Field::new("byte", DataType::UInt64, false)]
    }

    fn row(&self) -> u32 {
        self.row
    }

    fn weight(&self) -> usize {
        0
    }

    fn encode(records: &[Self]) -> Vec<ArrayRef> {
        vec![Arc::new(UInt64Array::from_iter_values(records.iter().map(|r| r.byte)))]
    }

    fn decode(batch: &RecordBatch, _source: SourceId) -> Result<Vec<Self>, Malformed> {
        let c = Columns(batch);
        let rows = c.rows()?;
        let byte: &UInt64Array = c.of("byte")?;
        Ok((0..batch.num_rows()).map(|i| Self { row: rows.value(i), byte: byte.value(i) }).collect())
    }
}
