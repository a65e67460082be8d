//! A seized file and what became of its rows; a row that could not be taken.

use crate::format;
use crate::messages;
use crate::reader::Reader;
use model::ids::SourceId;
use model::place::Country;
use model::record::{RefusedRow, TableKind};
use serde::Serialize;
use utoipa::ToSchema;

/// Where every line of a file went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowCounts {
    /// Data rows.
    pub read: u64,
    /// Rows that became records.
    pub kept: u64,
    /// Rows that could not be taken.
    pub refused: u64,
    /// Rows of the same file loaded before.
    pub repeated: u64,
    /// Header, letterhead, blank and footer lines.
    pub other: u64,
}

impl RowCounts {
    /// Whether `read = kept + refused + repeated`.
    pub fn balances(&self) -> bool {
        self.kept.checked_add(self.refused).and_then(|n| n.checked_add(self.repeated)) == Some(self.read)
    }
}

/// A column of a source.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnInput {
    /// Header as written.
    pub header: String,
    /// What it was taken for; empty for a column that is kept in the raw row alone.
    pub role: String,
    /// How sure that is, 0..=1.
    pub confidence: f64,
}

/// What a source view is made from.
#[derive(Clone, Debug)]
pub struct SourceInput {
    /// Its rank.
    pub id: SourceId,
    /// What kind of table.
    pub kind: TableKind,
    /// Name of the layout that was recognised.
    pub template: String,
    /// Encoding.
    pub encoding: String,
    /// Delimiter as shown to people; empty for a sheet.
    pub delimiter: String,
    /// Row of the header.
    pub header_row: Option<u32>,
    /// Country.
    pub country: Option<Country>,
    /// When it was loaded.
    pub loaded_us: i64,
    /// First instant in it.
    pub first_us: Option<i64>,
    /// Last instant in it.
    pub last_us: Option<i64>,
    /// Where its lines went.
    pub rows: RowCounts,
    /// What a person must decide.
    pub needs_decision: Option<String>,
    /// Its columns.
    pub columns: Vec<ColumnInput>,
}

/// A column, as shown.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct ColumnView {
    /// Header as written.
    pub header: String,
    /// What it was taken for.
    pub role: String,
    /// How sure that is, 0..=1.
    pub confidence: f64,
}

/// A seized file, or a sheet of one.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct SourceView {
    /// Short id.
    pub id: String,
    /// Name of the file.
    pub file: String,
    /// Name of the sheet, empty if none.
    pub sheet: String,
    /// Digest of the file.
    pub sha256: String,
    /// calls, transfers or entities.
    pub kind: String,
    /// Layout that was recognised.
    pub template: String,
    /// Encoding.
    pub encoding: String,
    /// Delimiter.
    pub delimiter: String,
    /// Row of the header.
    pub header_row: Option<u32>,
    /// ISO code.
    pub country: Option<String>,
    /// When it was loaded.
    pub loaded_at: Option<String>,
    /// First instant in it.
    pub first: Option<String>,
    /// Last instant in it.
    pub last: Option<String>,
    /// Where its lines went.
    pub rows: RowCounts,
    /// Whether the counts agree.
    pub balances: bool,
    /// What a person must decide.
    pub needs_decision: Option<String>,
    /// Its columns.
    pub columns: Vec<ColumnView>,
}

impl SourceView {
    /// The view of a source.
    pub fn new(input: &SourceInput, reader: &Reader<'_>) -> Self {
        let place = reader.place(model::ids::RecordRef { source: input.id, row: 0 });
        let columns = input.columns.iter().map(|c| ColumnView {
            header: reader.scrub(&c.header).into_owned(),
            role: c.role.clone(),
            confidence: c.confidence,
        });
        Self {
            id: place.source,
            file: place.file,
            sheet: place.sheet,
            sha256: place.sha256,
            kind: input.kind.as_str().to_owned(),
            template: input.template.clone(),
            encoding: input.encoding.clone(),
            delimiter: input.delimiter.clone(),
            header_row: input.header_row,
            country: input.country.map(|c| c.code().to_owned()),
            loaded_at: format::rfc3339(input.loaded_us),
            first: input.first_us.and_then(format::rfc3339),
            last: input.last_us.and_then(format::rfc3339),
            rows: input.rows,
            balances: input.rows.balances(),
            needs_decision: input.needs_decision.as_ref().map(|what| {
                let said = messages::open_questions(reader.audience().lang, what);
                reader.scrub(&said).into_owned()
            }),
            columns: columns.collect(),
        }
    }
}

/// A row that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct RefusedView {
    /// Short id of the source.
    pub source: String,
    /// Name of the file.
    pub file: String,
    /// 1-based row.
    pub row: u32,
    /// Header of the column at fault, empty for the whole row.
    pub column: String,
    /// Stable code.
    pub reason: String,
    /// The reason in words.
    pub reason_text: String,
    /// The row as in the file; null without clearance, because nobody knows whom it names.
    pub raw: Option<String>,
}

impl RefusedView {
    /// The view of a refused row.
    pub fn new(row: &RefusedRow, reader: &Reader<'_>) -> Self {
        let place = reader.place(row.record);
        let raw = String::from_utf8_lossy(&row.raw);
        let shown = reader.may_read_unparsed() && reader.is_clean(&raw);
        let code = row.reason.code();
        Self {
            source: place.source,
            file: place.file,
            row: place.row,
            column: reader.scrub(&row.column).into_owned(),
            reason: code.to_owned(),
            reason_text: reader.say(&format!("refusal.{code}"), &[]),
            raw: shown.then(|| raw.into_owned()),
        }
    }
}
