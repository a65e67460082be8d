//! The table `refused`: rows that could not be taken, verbatim.

use super::Table;
use super::columns::{self, Columns, Malformed};
use arrow::array::{ArrayRef, LargeBinaryArray, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field};
use model::ids::{RecordRef, SourceId};
use model::record::{RefusalReason, RefusedRow};
use model::written::LineEnd;
use std::sync::Arc;

impl Table for RefusedRow {
    const NAME: &'static str = "refused";

    fn fields() -> Vec<Field> {
        vec![
            Field::new("reason", DataType::Utf8, false),
            Field::new("column", DataType::Utf8, false),
            Field::new("byte_offset", DataType::UInt64, false),
            Field::new("raw", DataType::LargeBinary, false),
            Field::new("line_end", DataType::Utf8, false),
        ]
    }

    fn row(&self) -> u32 {
        self.record.row
    }

    fn weight(&self) -> usize {
        self.column.len() + self.raw.len()
    }

    fn encode(records: &[Self]) -> Vec<ArrayRef> {
        vec![
            columns::texts(records.iter().map(|r| r.reason.code())),
            columns::texts(records.iter().map(|r| r.column.as_str())),
            Arc::new(UInt64Array::from_iter_values(records.iter().map(|r| r.byte_offset))),
            Arc::new(LargeBinaryArray::from_iter_values(records.iter().map(|r| r.raw.as_slice()))),
            columns::texts(records.iter().map(|r| r.line_end.word())),
        ]
    }

    fn decode(batch: &RecordBatch, source: SourceId) -> Result<Vec<Self>, Malformed> {
        let c = Columns(batch);
        let (rows, reason, column) = (c.rows()?, c.texts("reason")?, c.texts("column")?);
        let offset: &UInt64Array = c.of("byte_offset")?;
        let raw: &LargeBinaryArray = c.of("raw")?;
        // Parsers before the fourth did not say how a line ends.
        let end: Option<&StringArray> = c.since("line_end")?;
        (0..batch.num_rows())
            .map(|i| {
                Ok(Self {
                    record: RecordRef { source, row: rows.value(i) },
                    reason: RefusalReason::parse(reason.value(i)).ok_or(Malformed { column: "reason" })?,
                    column: column.value(i).to_owned(),
                    byte_offset: offset.value(i),
                    raw: raw.value(i).to_vec(),
                    line_end: match end {
                        Some(end) => LineEnd::parse(end.value(i)).ok_or(Malformed { column: "line_end" })?,
                        None => LineEnd::Nothing,
                    },
                })
            })
            .collect()
    }
}
