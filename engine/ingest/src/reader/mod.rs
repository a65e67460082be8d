//! Bytes to rows. A reader knows where each row begins, in lines and in bytes, and never loses one: what cannot be
//! read is a row with a fault.
//!
//! Everything above sees a file as a list of [`Table`]s, each of which can be opened as often as needed; a new
//! format is a new table, and nothing above it changes.

pub mod encoding;
pub mod fixed;
pub mod record;
pub mod scan;
pub mod text;

use crate::error::IngestError;
use model::record::RefusalReason;
use model::written::LineEnd;

/// The longest line and the longest row that is read, in bytes; longer ones are refused.
pub const MAX_ROW_BYTES: usize = 1 << 20;
/// What is kept verbatim of a row that is too long, in bytes; the offset leads to the rest.
pub const KEPT_OF_TOO_LONG: usize = 64 << 10;
/// The most physical lines that one quoted row may span.
pub const MAX_ROW_LINES: u32 = 1_000;

/// One row as read: cells, place and, if it could not be read, the fault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// 1-based line or sheet row where it begins.
    pub line: u32,
    /// Physical lines it spans, at least 1.
    pub lines: u32,
    /// Byte offset of its first byte (0 for sheets).
    pub offset: u64,
    /// Cells as text; none for a blank line.
    pub cells: Vec<String>,
    /// The row's bytes without its line end; for sheets the cells joined by TAB.
    pub raw: Vec<u8>,
    /// What ends it.
    pub end: LineEnd,
    /// Bytes from where it begins to where the next row begins (0 for sheets): more than `raw` and the line end where
    /// the row is too long.
    pub size: u64,
    /// Why it could not be read.
    pub fault: Option<RefusalReason>,
}

impl Row {
    /// Whether there is nothing in it.
    pub fn is_blank(&self) -> bool {
        self.fault.is_none() && self.cells.iter().all(|c| c.trim().is_empty())
    }

    /// The cell of a column, trimmed; empty where the row has no such cell.
    ///
    /// `="0123"` is how a spreadsheet is told to leave a number alone: the value is what stands between the quotes.
    pub fn cell(&self, column: usize) -> &str {
        let text = self.cells.get(column).map_or("", |c| c.trim());
        text.strip_prefix("=\"").and_then(|t| t.strip_suffix('"')).map_or(text, str::trim)
    }

    /// Whether it is a ruled line (`-----+-----`): it separates and says nothing.
    pub fn is_rule(&self) -> bool {
        let mut marks = 0usize;
        let ruled = self.cells.iter().flat_map(|c| c.trim().bytes()).all(|b| {
            marks += 1;
            matches!(b, b'-' | b'=' | b'_' | b'+' | b'|' | b'*' | b' ')
        });
        self.fault.is_none() && ruled && marks >= 3
    }

    /// How many cells stand up to the last one that is not empty.
    pub fn used_width(&self) -> usize {
        self.cells.iter().rposition(|c| !c.trim().is_empty()).map_or(0, |i| i + 1)
    }
}

/// Gives the rows of a table in order, each physical line in exactly one of them.
pub trait RowReader: Send {
    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// Only where the file itself can no longer be read; dirty data is a row with a fault.
    fn next_row(&mut self) -> Result<Option<Row>, IngestError>;
    /// Says how wide rows are from here on, which tells an open quote from a field with a line break.
    fn set_width(&mut self, width: usize);
}

/// One table of a file: the file itself, or a sheet of a workbook.
pub trait Table: Send + Sync {
    /// Name of the sheet; empty for a file that is one table.
    fn sheet(&self) -> &str;
    /// The encoding's name; empty where the format settles it.
    fn encoding(&self) -> &str;
    /// The delimiter; empty where the format settles it.
    fn delimiter(&self) -> String;
    /// Bytes or rows that a whole pass goes through, for progress.
    fn extent(&self) -> u64;
    /// Opens the table at its first line.
    ///
    /// # Errors
    /// The file cannot be read.
    fn open(&self) -> Result<Box<dyn RowReader + '_>, IngestError>;
    /// Bytes of the text as they lie; none for what is no text.
    ///
    /// # Errors
    /// The file cannot be read.
    fn bytes_at(&self, _offset: u64, _length: usize) -> Result<Vec<u8>, IngestError> {
        Ok(Vec::new())
    }
}
