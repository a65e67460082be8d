//! Fixed-width text as a table: columns stand at the same places of every line, and nothing separates them but blanks.
//!
//! Where the columns begin is decided over all lines below the header: a column begins where blanks that run down
//! the whole table end. A line that writes across such a border is no row of the table; it becomes one single cell,
//! so that it is a footer or refused, and is never cut in the middle of a value.

use super::encoding::Encoding;
use super::scan::Scan;
use super::text::{Line, LineError, Lines};
use super::{Row, RowReader, Table};
use crate::columns::known_words;
use crate::error::IngestError;
use crate::recognise::HEADER_SEARCH;
use model::record::RefusalReason;
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// What stands for a delimiter in receipts and mappings, before the first character of each column.
pub const PREFIX: &str = "fixed:";

/// The widest line whose columns are sought, in characters.
const WIDEST: usize = 4_096;

/// A fixed-width text file.
#[derive(Clone, Debug)]
pub struct FixedTable {
    path: PathBuf,
    scan: Scan,
    /// The character at which each column begins, ascending, from 0.
    cuts: Vec<u32>,
}

/// Reads `fixed:0,12,31`.
pub fn parse_cuts(text: &str) -> Option<Vec<u32>> {
    let list = text.strip_prefix(PREFIX)?;
    let cuts: Vec<u32> = list.split(',').map(|n| n.trim().parse().ok()).collect::<Option<_>>()?;
    let ascending = cuts.windows(2).all(|pair| pair.first() < pair.last());
    (cuts.first() == Some(&0) && ascending && cuts.last().is_some_and(|c| (*c as usize) < WIDEST))
        .then_some(cuts)
}

impl FixedTable {
    /// The file, cut at these characters.
    pub fn new(path: &Path, scan: Scan, cuts: Vec<u32>) -> Self {
        Self { path: path.to_owned(), scan, cuts }
    }

    /// Finds where the columns of a file begin; none where it has no header with at least three of them.
    ///
    /// # Errors
    /// The file cannot be read.
    /// # Complexity
    /// Two passes over the file at most.
    pub fn find(path: &Path, scan: Scan) -> Result<Option<Self>, IngestError> {
        let whole = Self::new(path, scan, vec![0]);
        let Some(header) = whole.header()? else { return Ok(None) };
        let mut ink = Ink::default();
        let mut lines = whole.lines(0, 1)?;
        while let Some(line) = whole.line(&mut lines)? {
            if line.number > header.0 && !line.too_long {
                ink.take(&scan.encoding.decode(&line.bytes).unwrap_or_default(), &header.1);
            }
        }
        let cuts = ink.cuts(&header.1);
        Ok((cuts.len() >= 3).then(|| Self::new(path, scan, cuts)))
    }

    /// The line among the first that holds the most words of headers.
    fn header(&self) -> Result<Option<(u32, String)>, IngestError> {
        let mut best: Option<(usize, u32, String)> = None;
        let mut lines = self.lines(0, 1)?;
        while let Some(line) = self.line(&mut lines)? {
            if line.number as usize > HEADER_SEARCH {
                break;
            }
            if line.too_long || line.bytes.len() > 4 * WIDEST {
                continue;
            }
            let Some(text) = self.scan.encoding.decode(&line.bytes) else { continue };
            let known = known_words(&text);
            if known >= 3 && best.as_ref().is_none_or(|(most, _, _)| known > *most) {
                best = Some((known, line.number, text.trim_end().to_owned()));
            }
        }
        Ok(best.map(|(_, number, text)| (number, text)))
    }

    fn lines(&self, offset: u64, line: u32) -> Result<Lines<std::fs::File>, IngestError> {
        let io = |source| IngestError::Io { path: self.path.clone(), source };
        let mut file = std::fs::File::open(&self.path).map_err(io)?;
        let offset = offset.max(u64::from(self.scan.bom));
        file.seek(SeekFrom::Start(offset)).map_err(io)?;
        Ok(Lines::new(file, self.scan.encoding, self.scan.cr_lines, offset, line))
    }

    fn line(&self, lines: &mut Lines<std::fs::File>) -> Result<Option<Line>, IngestError> {
        lines.next_line().map_err(|error| match error {
            LineError::Io(source) => IngestError::Io { path: self.path.clone(), source },
            LineError::TooMany => IngestError::TooManyRows { path: self.path.clone() },
        })
    }

    /// Rows from a byte offset at which the row of this number begins.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn open_at(&self, offset: u64, line: u32) -> Result<FixedRows<'_>, IngestError> {
        Ok(FixedRows { table: self, lines: self.lines(offset, line)? })
    }
}

/// Where the lines below a header have ink.
#[derive(Debug, Default)]
struct Ink {
    columns: Vec<u64>,
    lines: u64,
}

impl Ink {
    fn take(&mut self, text: &str, header: &str) {
        let text = text.trim_end();
        let ruled = text.bytes().all(|b| matches!(b, b'-' | b'=' | b'_' | b' '));
        if ruled || text == header {
            return;
        }
        self.lines += 1;
        for (at, c) in text.chars().enumerate().take(WIDEST) {
            if at >= self.columns.len() {
                self.columns.resize(at + 1, 0);
            }
            if let (false, Some(n)) = (c.is_whitespace(), self.columns.get_mut(at)) {
                *n += 1;
            }
        }
    }

    fn cuts(&self, header: &str) -> Vec<u32> {
        let header: Vec<char> = header.chars().take(WIDEST).collect();
        // A footer or the title of a page may write across the columns; data do not.
        let few = (self.lines / 50).max((self.lines / 10).min(2));
        let inked = |at: usize| self.columns.get(at).copied().unwrap_or(0) > few;
        let titled = |at: usize| header.get(at).is_some_and(|c| !c.is_whitespace());
        let width = header.len().max(self.columns.len());
        let mut cuts: Vec<u32> = Vec::new();
        let mut at = 0;
        let mut title_end: Option<usize> = None;
        while at < width {
            if !inked(at) && !titled(at) {
                at += 1;
                continue;
            }
            let start = at;
            while at < width && (inked(at) || titled(at)) {
                at += 1;
            }
            let first_title = (start..at).find(|i| titled(*i));
            let has_ink = (start..at).any(inked);
            // The second word of a header stands one blank behind the first and has no data of its own.
            let apart = match (first_title, title_end) {
                (Some(first), Some(end)) => first > end + 2,
                _ => true,
            };
            if let Some(first) = first_title {
                title_end = (first..at).rev().find(|i| titled(*i));
                if has_ink || apart || cuts.is_empty() {
                    cuts.push(if cuts.is_empty() { 0 } else { u32::try_from(start).unwrap_or(u32::MAX) });
                }
            }
        }
        cuts
    }
}

impl Table for FixedTable {
    fn sheet(&self) -> &str {
        ""
    }

    fn encoding(&self) -> &str {
        self.scan.encoding.name()
    }

    fn delimiter(&self) -> String {
        let cuts: Vec<String> = self.cuts.iter().map(u32::to_string).collect();
        format!("{PREFIX}{}", cuts.join(","))
    }

    fn extent(&self) -> u64 {
        self.scan.bytes
    }

    fn open(&self) -> Result<Box<dyn RowReader + '_>, IngestError> {
        Ok(Box::new(self.open_at(0, 1)?))
    }

    fn bytes_at(&self, offset: u64, length: usize) -> Result<Vec<u8>, IngestError> {
        super::text::bytes_at(&self.path, offset, length)
    }
}

/// The rows of a fixed-width file, one a line.
#[derive(Debug)]
pub struct FixedRows<'t> {
    table: &'t FixedTable,
    lines: Lines<std::fs::File>,
}

impl RowReader for FixedRows<'_> {
    fn next_row(&mut self) -> Result<Option<Row>, IngestError> {
        let Some(line) = self.table.line(&mut self.lines)? else { return Ok(None) };
        let size = self.lines.position() - line.offset;
        Ok(Some(Row { size, ..row_of(line, self.table.scan.encoding, &self.table.cuts) }))
    }

    fn set_width(&mut self, _width: usize) {}
}

fn row_of(line: Line, encoding: Encoding, cuts: &[u32]) -> Row {
    let mut row = Row { line: line.number, lines: 1, offset: line.offset, end: line.end, ..Row::default() };
    if line.too_long {
        row.fault = Some(RefusalReason::TooLong);
    } else {
        match encoding.decode(&line.bytes) {
            None => row.fault = Some(RefusalReason::BadEncoding),
            Some(text) if text.trim_matches([' ', '\u{1a}', '\u{c}', '\t']).is_empty() => {}
            Some(text) => row.cells = cells_of(&text, cuts),
        }
    }
    row.raw = line.bytes;
    row
}

/// The cells between the cuts; the whole line as one cell where it writes across a cut.
fn cells_of(text: &str, cuts: &[u32]) -> Vec<String> {
    let mut cells: Vec<String> = Vec::with_capacity(cuts.len());
    let mut cell = String::new();
    let mut next = cuts.iter().skip(1).peekable();
    let mut before = ' ';
    for (at, c) in text.trim_end().chars().enumerate() {
        if next.peek().is_some_and(|cut| **cut as usize == at) {
            next.next();
            if !before.is_whitespace() && !c.is_whitespace() {
                return vec![text.trim().to_owned()];
            }
            cells.push(cell.trim().to_owned());
            cell.clear();
        }
        cell.push(c);
        before = c;
    }
    cells.push(cell.trim().to_owned());
    // Blanks at the end of a line are not written: the missing cells are empty.
    cells.resize(cuts.len(), String::new());
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_begin_where_blanks_run_down_the_table() {
        let header = "Teléfono origen Tipo          Seg Obs";
        let mut ink = Ink::default();
        for line in ["70000001        VOZ ENTRANTE   12", "70000002        VOZ SALIENTE  120", "-----"] {
            ink.take(line, header);
        }
        let cuts = ink.cuts(header);
        assert_eq!(cells_of(header, &cuts), ["Teléfono origen", "Tipo", "Seg Obs"]);
        assert_eq!(cells_of("70000001        VOZ ENTRANTE   12", &cuts), ["70000001", "VOZ ENTRANTE", "12"]);
        assert_eq!(cells_of("70000003", &cuts), ["70000003", "", ""]);
        assert_eq!(cells_of("Total de llamadas: 2", &cuts), ["Total de llamadas: 2"]);
    }

    #[test]
    fn cuts_survive_their_text() {
        assert_eq!(parse_cuts("fixed:0,12,31"), Some(vec![0, 12, 31]));
        for bad in ["0,12", "fixed:", "fixed:3,12", "fixed:0,12,12", "fixed:0,x", "fixed:0,9999999"] {
            assert_eq!(parse_cuts(bad), None, "{bad}");
        }
    }
}
