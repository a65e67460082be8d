//! The table `lines`: bytes of a text file that no record gives back, verbatim and with their line ends.
//!
//! Row 0 holds what stands before the first line, a byte order mark. A row that is too long to be held at once lies in
//! several records, one behind the other.

use super::Table;
use super::columns::{Columns, Malformed};
use arrow::array::{ArrayRef, LargeBinaryArray, RecordBatch};
use arrow::datatypes::{DataType, Field};
use model::ids::SourceId;
use std::sync::Arc;

/// All bytes from the beginning of a row to the beginning of the next, or a part of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptLine {
    /// The row.
    pub(crate) row: u32,
    /// The bytes.
    pub(crate) raw: Vec<u8>,
}

impl Table for KeptLine {
    const NAME: &'static str = "lines";
    const WHOLE_ROWS: bool = false;

    fn fields() -> Vec<Field> {
        vec![Field::new("raw", DataType::LargeBinary, false)]
    }

    fn row(&self) -> u32 {
        self.row
    }

    fn weight(&self) -> usize {
        self.raw.len()
    }

    fn encode(records: &[Self]) -> Vec<ArrayRef> {
        vec![Arc::new(LargeBinaryArray::from_iter_values(records.iter().map(|r| r.raw.as_slice())))]
    }

    fn decode(batch: &RecordBatch, _source: SourceId) -> Result<Vec<Self>, Malformed> {
        let c = Columns(batch);
        let rows = c.rows()?;
        let raw: &LargeBinaryArray = c.of("raw")?;
        Ok((0..batch.num_rows()).map(|i| Self { row: rows.value(i), raw: raw.value(i).to_vec() }).collect())
    }
}
