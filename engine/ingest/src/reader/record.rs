//! Physical lines to rows, by the quoting rules of RFC 4180 with one difference: an open quote never swallows
//! the file.
//!
//! A quoted field may hold delimiters, doubled quotes and line ends. Where a quote stays open, following lines are
//! taken in **on trial**. The trial fails when the closing quote is followed by anything but a delimiter or a line
//! end, when the row grows wider than the header or does not end as wide as it, when it grows too long, or when
//! the file ends. Then the first line alone is refused and the others are read afresh, each for itself.
//!
//! Each line that opens a quote ends a trial that runs through it or adds a field to it, so that no line is tried
//! more often than a row has fields: the work is linear in the size of the file.

use super::encoding::Encoding;
use super::text::{Line, LineError, Lines};
use super::{MAX_ROW_BYTES, MAX_ROW_LINES, Row};
use model::record::RefusalReason;
use std::collections::VecDeque;
use std::io::Read;

/// The state of reading one row.
#[derive(Debug, Default)]
struct Fields {
    cells: Vec<String>,
    field: String,
    quoted: bool,
    /// Text stood after a closing quote in a field that spans lines.
    torn: bool,
}

impl Fields {
    /// Takes one line; `continued` when a quote is open from the line before.
    fn take(&mut self, text: &str, delimiter: char, continued: bool) {
        let mut chars = text.chars().peekable();
        let mut spans = continued;
        let mut fresh = !continued;
        while let Some(c) = chars.next() {
            if self.quoted {
                if c != '"' {
                    self.field.push(c);
                } else if chars.peek() == Some(&'"') {
                    chars.next();
                    self.field.push('"');
                } else {
                    self.quoted = false;
                    self.torn |= spans && chars.peek().is_some_and(|next| *next != delimiter);
                    spans = false;
                }
            } else if c == delimiter {
                self.cells.push(std::mem::take(&mut self.field));
                fresh = true;
                continue;
            } else if c == '"' && fresh {
                self.quoted = true;
            } else {
                self.field.push(c);
            }
            fresh = false;
        }
    }

    fn finish(mut self) -> Vec<String> {
        self.cells.push(self.field);
        self.cells
    }
}

/// Reads rows from lines.
#[derive(Debug)]
pub struct Records<R> {
    lines: Lines<R>,
    pending: VecDeque<Line>,
    encoding: Encoding,
    delimiter: char,
    width: Option<usize>,
}

impl<R: Read> Records<R> {
    /// Rows of these lines.
    pub fn new(lines: Lines<R>, encoding: Encoding, delimiter: u8) -> Self {
        Self { lines, pending: VecDeque::new(), encoding, delimiter: char::from(delimiter), width: None }
    }

    /// Says how many fields a row has from here on.
    pub fn set_width(&mut self, width: usize) {
        self.width = Some(width);
    }

    /// Offset of the line that comes next.
    pub(crate) fn position(&self) -> u64 {
        self.pending.front().map_or_else(|| self.lines.position(), |line| line.offset)
    }

    fn next_line(&mut self) -> Result<Option<Line>, LineError> {
        match self.pending.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next_line(),
        }
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// The input cannot be read, or has too many lines.
    pub fn next_row(&mut self) -> Result<Option<Row>, LineError> {
        let Some(first) = self.next_line()? else { return Ok(None) };
        let mut row = Row { line: first.number, lines: 1, offset: first.offset, ..Row::default() };
        row.end = first.end;
        row.size = self.position() - first.offset;
        if first.too_long {
            row.fault = Some(RefusalReason::TooLong);
            row.raw = first.bytes;
            return Ok(Some(row));
        }
        let Some(text) = self.encoding.decode(&first.bytes) else {
            row.fault = Some(RefusalReason::BadEncoding);
            row.raw = first.bytes;
            return Ok(Some(row));
        };
        if text.trim_matches(|c: char| c == ' ' || c == '\u{1a}' || c == '\u{c}').is_empty() {
            row.raw = first.bytes;
            return Ok(Some(row));
        }
        let mut fields = Fields::default();
        fields.take(&text, self.delimiter, false);
        drop(text);
        if !fields.quoted {
            row.cells = fields.finish();
            row.raw = first.bytes;
            return Ok(Some(row));
        }
        self.finish_quoted(first, fields, row).map(Some)
    }

    /// Takes further lines in on trial until the open quote closes.
    fn finish_quoted(&mut self, first: Line, mut fields: Fields, mut row: Row) -> Result<Row, LineError> {
        let mut taken: Vec<Line> = Vec::new();
        let mut bytes = first.bytes.len();
        let good = loop {
            if taken.len() as u32 + 1 >= MAX_ROW_LINES || bytes > MAX_ROW_BYTES {
                break false;
            }
            let Some(line) = self.next_line()? else { break false };
            bytes += line.bytes.len();
            let before = taken.last().unwrap_or(&first).end;
            let text = if line.too_long { None } else { self.encoding.decode(&line.bytes) };
            let readable = text.is_some();
            if let Some(text) = text {
                fields.field.push_str(before.text());
                fields.take(&text, self.delimiter, true);
            }
            taken.push(line);
            if !readable || fields.torn || self.width.is_some_and(|w| fields.cells.len() >= w.max(1)) {
                // As many finished fields as the row may have, and yet another one begun: wider than the header,
                // unless what follows is the padding of empty fields that spreadsheets leave.
                let padding = self.width.is_some_and(|w| {
                    fields.cells.iter().skip(w).all(String::is_empty) && fields.field.is_empty()
                });
                if !readable || fields.torn || fields.quoted || !padding {
                    break false;
                }
            }
            if !fields.quoted {
                let cells = fields.cells.len() + 1;
                break self.width.is_none_or(|w| cells >= w);
            }
        };
        if !good {
            for line in taken.into_iter().rev() {
                self.pending.push_front(line);
            }
            row.fault = Some(RefusalReason::OpenQuote);
            row.raw = first.bytes;
            return Ok(row);
        }
        row.lines += taken.len() as u32;
        let mut end = first.end;
        row.raw = first.bytes;
        for line in taken {
            row.raw.extend_from_slice(self.encoding.line_end(end));
            row.raw.extend_from_slice(&line.bytes);
            end = line.end;
        }
        row.end = end;
        row.size = self.position() - row.offset;
        row.cells = fields.finish();
        Ok(row)
    }
}
