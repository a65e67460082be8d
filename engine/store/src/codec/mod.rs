//! Records to columns and back, one module a table.
//!
//! Invariants:
//! 1. Every table begins with `row`; then come its own columns, snake case. Whose rows a segment holds, the manifest says.
//! 2. A value and its normal form are `x_raw`, `x`, `x_flags`; an instant is a UTC timestamp in microseconds with the
//!    text as written, offset, precision and whether its zone was assumed beside it.
//! 3. `decode(encode(r)) = r` for every record, and what cannot be decoded is named by its column, never guessed.

pub(crate) mod calls;
pub(crate) mod columns;
pub(crate) mod entries;
pub(crate) mod lines;
pub(crate) mod mentions;
pub(crate) mod offsets;
pub(crate) mod refused;
pub(crate) mod transfers;

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use columns::Malformed;
use model::ids::SourceId;
use std::sync::Arc;

/// A kind of record that is kept in segments.
pub(crate) trait Table: Sized {
    /// Name in file names and in the manifest.
    const NAME: &'static str;
    /// Whether all records of a row stand in one batch, in order of rank, however they are handed in.
    const WHOLE_ROWS: bool = true;
    /// Its own columns, after `row`.
    fn fields() -> Vec<Field>;
    /// The row it stands for.
    fn row(&self) -> u32;
    /// Order among records of one row.
    fn rank(&self) -> u8 {
        0
    }
    /// The instant it states, in microseconds UTC.
    fn instant_us(&self) -> Option<i64> {
        None
    }
    /// Bytes of text it carries, roughly: bounds what is held before it is written.
    fn weight(&self) -> usize;
    /// Its own columns.
    fn encode(records: &[Self]) -> Vec<ArrayRef>;
    /// Reads a batch that has `row` and its own columns.
    fn decode(batch: &RecordBatch, source: SourceId) -> Result<Vec<Self>, Malformed>;
}

/// The columns of a table's segments.
pub(crate) fn schema<T: Table>() -> SchemaRef {
    let mut fields = vec![Field::new("row", DataType::UInt32, false)];
    fields.extend(T::fields());
    Arc::new(Schema::new(fields))
}

/// A batch of records of one source.
pub(crate) fn batch<T: Table>(schema: &SchemaRef, records: &[T]) -> Result<RecordBatch, Malformed> {
    let mut arrays: Vec<ArrayRef> =
        vec![Arc::new(UInt32Array::from_iter_values(records.iter().map(Table::row)))];
    arrays.extend(T::encode(records));
    RecordBatch::try_new(Arc::clone(schema), arrays).map_err(|_| Malformed { column: "row" })
}

#[cfg(test)]
mod tests;
