//! Derived results as columns and back.
//!
//! What a stage derives is stored beside its manifest as plain columnar tables, so that anyone can read them and
//! the next start need not compute them again. Ranks of sources in them are those of the snapshot that the
//! manifest's input hash names; a table is never read against another snapshot.

use crate::error::EngineError;
use arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, ListBuilder, StringArray,
    StringBuilder, UInt32Array, UInt64Array, UInt64Builder,
};
use arrow::datatypes::{Field, Schema};
use arrow::record_batch::RecordBatch;
use model::ids::{RecordRef, SourceId};
use std::sync::Arc;

/// Columns of one table on their way to the store.
#[derive(Default)]
pub(crate) struct Columns {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Columns {
    fn push(mut self, name: &str, array: ArrayRef) -> Self {
        self.fields.push(Field::new(name, array.data_type().clone(), true));
        self.arrays.push(array);
        self
    }

    pub(crate) fn text<'a>(self, name: &str, values: impl Iterator<Item = Option<&'a str>>) -> Self {
        self.push(name, Arc::new(StringArray::from_iter(values)))
    }

    /// Texts that a function adds to an empty one.
    pub(crate) fn written<T>(self, name: &str, values: &[T], write: impl Fn(&T, &mut String)) -> Self {
        let mut builder = StringBuilder::new();
        let mut text = String::new();
        for value in values {
            text.clear();
            write(value, &mut text);
            builder.append_value(&text);
        }
        self.push(name, Arc::new(builder.finish()))
    }

    pub(crate) fn u32(self, name: &str, values: impl Iterator<Item = Option<u32>>) -> Self {
        self.push(name, Arc::new(values.collect::<UInt32Array>()))
    }

    pub(crate) fn i64(self, name: &str, values: impl Iterator<Item = Option<i64>>) -> Self {
        self.push(name, Arc::new(values.collect::<Int64Array>()))
    }

    pub(crate) fn f64(self, name: &str, values: impl Iterator<Item = Option<f64>>) -> Self {
        self.push(name, Arc::new(values.collect::<Float64Array>()))
    }

    pub(crate) fn flag(self, name: &str, values: impl Iterator<Item = bool>) -> Self {
        self.push(name, Arc::new(values.map(Some).collect::<BooleanArray>()))
    }

    pub(crate) fn refs<'a>(self, name: &str, values: impl Iterator<Item = &'a [RecordRef]>) -> Self {
        let mut builder = ListBuilder::new(UInt64Builder::new());
        for list in values {
            for r in list {
                builder.values().append_value(u64::from(r.source.0) << 32 | u64::from(r.row));
            }
            builder.append(true);
        }
        self.push(name, Arc::new(builder.finish()))
    }

    pub(crate) fn texts(self, name: &str, values: impl Iterator<Item = Vec<String>>) -> Self {
        let mut builder = ListBuilder::new(StringBuilder::new());
        for list in values {
            for text in list {
                builder.values().append_value(text);
            }
            builder.append(true);
        }
        self.push(name, Arc::new(builder.finish()))
    }

    pub(crate) fn build(self) -> Result<RecordBatch, EngineError> {
        RecordBatch::try_new(Arc::new(Schema::new(self.fields)), self.arrays)
            .map_err(|e| EngineError::Derived { table: "columns".into(), detail: e.to_string() })
    }
}

/// A stored table being read back; a missing or mistyped column is damage.
pub(crate) struct Table<'a> {
    name: &'a str,
    batch: &'a RecordBatch,
}

impl<'a> Table<'a> {
    pub(crate) fn new(name: &'a str, batch: &'a RecordBatch) -> Self {
        Self { name, batch }
    }

    fn column<T: 'static>(&self, column: &str) -> Result<&'a T, EngineError> {
        let found = self.batch.column_by_name(column).and_then(|a| a.as_any().downcast_ref::<T>());
        found.ok_or_else(|| self.wrong(format!("column {column} is missing")))
    }

    /// The table does not hold what it should.
    pub(crate) fn wrong(&self, detail: String) -> EngineError {
        EngineError::Derived { table: self.name.to_owned(), detail }
    }

    pub(crate) fn text(&self, column: &str) -> Result<Vec<Option<String>>, EngineError> {
        Ok(self.column::<StringArray>(column)?.iter().map(|v| v.map(str::to_owned)).collect())
    }

    pub(crate) fn u32(&self, column: &str) -> Result<Vec<Option<u32>>, EngineError> {
        Ok(self.column::<UInt32Array>(column)?.iter().collect())
    }

    pub(crate) fn i64(&self, column: &str) -> Result<Vec<Option<i64>>, EngineError> {
        Ok(self.column::<Int64Array>(column)?.iter().collect())
    }

    pub(crate) fn f64(&self, column: &str) -> Result<Vec<Option<f64>>, EngineError> {
        Ok(self.column::<Float64Array>(column)?.iter().collect())
    }

    pub(crate) fn flag(&self, column: &str) -> Result<Vec<bool>, EngineError> {
        Ok(self.column::<BooleanArray>(column)?.iter().map(|v| v == Some(true)).collect())
    }

    pub(crate) fn refs(&self, column: &str) -> Result<Vec<Vec<RecordRef>>, EngineError> {
        self.lists(column, |array| {
            let values = array.as_any().downcast_ref::<UInt64Array>()?;
            Some(
                values
                    .iter()
                    .flatten()
                    .map(|v| RecordRef { source: SourceId((v >> 32) as u32), row: v as u32 })
                    .collect(),
            )
        })
    }

    pub(crate) fn texts(&self, column: &str) -> Result<Vec<Vec<String>>, EngineError> {
        self.lists(column, |array| {
            let values = array.as_any().downcast_ref::<StringArray>()?;
            Some(values.iter().flatten().map(str::to_owned).collect())
        })
    }

    fn lists<T>(
        &self,
        column: &str,
        read: impl Fn(&ArrayRef) -> Option<Vec<T>>,
    ) -> Result<Vec<Vec<T>>, EngineError> {
        let list = self.column::<ListArray>(column)?;
        list.iter()
            .map(|v| v.map_or_else(|| Some(Vec::new()), |a| read(&a)))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| EngineError::Derived {
                table: self.name.to_owned(),
                detail: format!("column {column} holds another type"),
            })
    }
}
