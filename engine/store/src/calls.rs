//! Calls on their way to segments: values become numbers of dictionary entries, rows become columns.
//!
//! Two readers fill a [`CallSheet`]: one record after the other ([`CallSheet::push`]), or column by column from the
//! numbers that its dictionaries give. What a segment holds does not show which of them it was.
//!
//! Row groups are encoded apart from the file, so that several threads encode and one appends in order.

use crate::codec::calls;
use crate::codec::entries::{EntryColumns, FormEntry, SiteEntry, normal_columns};
use crate::dictionary::{CallDictionaries, CallForm, Site};
use crate::error::StoreError;
use crate::segment::segment_error;
use arrow::datatypes::SchemaRef;
use model::record::CallRecord;
use model::written::{DurationForm, LineForm, TimeForm};
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::ParquetError;
use std::path::Path;
use std::sync::Arc;

/// Rows of calls as columns: what one row group holds.
pub type CallRows = calls::CallRows;

/// Who called whom, when and how long: the columns that a network is made of.
pub type CallFacts<'a> = calls::CallFacts<'a>;

/// How a row stands in the file, beside what its record holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// Whether the receiver stands in the column that comes first.
    pub swapped: bool,
    /// The type column.
    pub type_raw: String,
    /// The direction column.
    pub direction_raw: String,
    /// How the moment is written.
    pub time: TimeForm,
    /// How the duration is written.
    pub duration: Option<DurationForm>,
    /// Texts of cell, latitude, longitude and azimuth.
    pub site: [String; 4],
    /// The columns that are not read.
    pub rest: Option<String>,
    /// How all of it makes the line; `None` where the line itself is kept.
    pub line: Option<LineForm>,
}

impl Written {
    /// How a record is written of which nothing else is known.
    pub fn of(record: &CallRecord) -> Self {
        Self {
            time: TimeForm::of(&record.time_raw, record.time.as_ref(), None),
            site: [record.cell.clone(), String::new(), String::new(), String::new()],
            ..Self::default()
        }
    }
}

/// Dictionaries of a source of calls, and the rows of the present group.
#[derive(Debug, Default)]
pub struct CallSheet {
    /// The dictionaries.
    pub dictionaries: CallDictionaries,
    rows: CallRows,
    /// How many entries of each dictionary were handed out by [`Self::entered`].
    handed: [usize; 5],
}

/// Entries of dictionaries on their way to a segment.
#[derive(Debug, Default)]
pub struct Entered {
    pub(crate) numbers: EntryColumns,
    pub(crate) imeis: EntryColumns,
    pub(crate) imsis: EntryColumns,
    pub(crate) sites: Vec<SiteEntry>,
    pub(crate) forms: Vec<FormEntry>,
}

impl CallSheet {
    /// Adds a record.
    pub fn push(&mut self, record: &CallRecord, written: &Written) {
        let Self { dictionaries, rows, .. } = self;
        let place = rows.len() as u32;
        let form = CallForm {
            kind: record.kind,
            side: record.side,
            swapped: written.swapped,
            type_raw: written.type_raw.clone(),
            direction_raw: written.direction_raw.clone(),
            time: written.time,
            clock: record.time.map(|t| (t.offset_minutes, t.zone_assumed, t.precision)),
            duration: written.duration,
            line: written.line.clone(),
        };
        let site = Site {
            cell: record.cell.clone(),
            point: record.point,
            azimuth: record.azimuth,
            written: written.site.clone(),
        };
        rows.row.push(record.record.row);
        rows.form.push(dictionaries.forms.number(&form));
        rows.caller.push(dictionaries.numbers.entry(&record.caller));
        rows.receiver.push(dictionaries.numbers.entry(&record.receiver));
        rows.imei.push(dictionaries.imeis.entry(&record.imei));
        rows.imsi.push(dictionaries.imsis.entry(&record.imsi));
        rows.site.push(dictionaries.sites.number(&site));
        rows.instant_us.push(record.time.map_or(0, |t| t.instant_us));
        rows.has_instant.push(record.time.is_some());
        rows.duration_s.push(record.duration_s.unwrap_or(0));
        rows.has_duration.push(record.duration_s.is_some());
        if written.time == TimeForm::FREE && !record.time_raw.is_empty() {
            rows.time_raw.push((place, record.time_raw.clone()));
        }
        if let Some(rest) = &written.rest {
            rows.rest.push((place, rest.clone()));
        }
    }

    /// The rows of the present group.
    pub fn rows(&mut self) -> &mut CallRows {
        &mut self.rows
    }

    /// Dictionaries and rows at once.
    pub fn parts(&mut self) -> (&mut CallDictionaries, &mut CallRows) {
        (&mut self.dictionaries, &mut self.rows)
    }

    /// Ends the group.
    pub fn cut(&mut self) -> CallRows {
        std::mem::take(&mut self.rows)
    }

    /// The entries since this was last asked.
    pub fn entered(&mut self) -> Entered {
        let CallDictionaries { numbers, imeis, imsis, sites, forms } = &self.dictionaries;
        let [number, imei, imsi, site, form] = self.handed;
        self.handed = self.dictionaries.lengths();
        Entered {
            numbers: normal_columns(numbers, number),
            imeis: normal_columns(imeis, imei),
            imsis: normal_columns(imsis, imsi),
            sites: (0..)
                .zip(&sites.items)
                .skip(site)
                .map(|(n, s)| SiteEntry { number: n, site: s.clone() })
                .collect(),
            forms: (0..)
                .zip(&forms.items)
                .skip(form)
                .map(|(n, f)| FormEntry { number: n, form: f.clone() })
                .collect(),
        }
    }

    /// A sheet of which segments hold these entries.
    pub(crate) fn standing(dictionaries: CallDictionaries) -> Self {
        let handed = dictionaries.lengths();
        Self { dictionaries, handed, rows: CallRows::default() }
    }
}

/// A row group, encoded.
#[derive(Debug)]
pub struct EncodedCalls {
    pub(crate) chunks: Vec<ArrowColumnChunk>,
    pub(crate) row_count: usize,
    pub(crate) first_row: u32,
    pub(crate) last_row: u32,
    pub(crate) span: Option<(i64, i64)>,
}

/// Encodes row groups; any thread may have its own.
#[derive(Clone)]
pub struct CallEncoder {
    pub(crate) factory: Arc<ArrowRowGroupWriterFactory>,
    pub(crate) schema: SchemaRef,
}

impl CallEncoder {
    /// Encodes a group; `None` where it has no rows.
    ///
    /// # Errors  columns that are not of one length
    pub fn encode(&self, rows: CallRows) -> Result<Option<EncodedCalls>, StoreError> {
        let (Some(&first_row), Some(&last_row)) = (rows.row.first(), rows.row.last()) else {
            return Ok(None);
        };
        let (row_count, span) = (rows.len(), rows.span());
        let arrays = calls::encode(rows);
        let work = || -> Result<Vec<ArrowColumnChunk>, ParquetError> {
            if arrays.iter().any(|a| a.len() != row_count) {
                return Err(ParquetError::General("columns of different length".to_owned()));
            }
            let mut writers = self.factory.create_column_writers(0)?.into_iter();
            let mut chunks = Vec::new();
            for (field, array) in self.schema.fields().iter().zip(&arrays) {
                for leaf in compute_leaves(field, array)? {
                    let Some(mut writer) = writers.next() else { continue };
                    writer.write(&leaf)?;
                    chunks.push(writer.close()?);
                }
            }
            Ok(chunks)
        };
        let chunks = work().map_err(|e| segment_error(Path::new(calls::NAME), &e.to_string()))?;
        Ok(Some(EncodedCalls { chunks, row_count, first_row, last_row, span }))
    }
}
