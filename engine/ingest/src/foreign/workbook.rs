//! Workbooks (xlsx, xls, ods): each sheet with anything in it is a table.
//!
//! Cells become text exactly: a whole number without exponent, a date cell as `YYYY-MM-DD HH:MM:SS`, so that no
//! order of day and month is ever guessed for a real date. A number of more than 15 digits was rounded by the
//! spreadsheet before it came here; it is written in scientific notation so that it is seen to be irrecoverable.
//!
//! Sheets are read cell by cell and held sparsely: a lone cell at the far corner of a sheet costs one cell.

use super::MOST_MEMBERS;
use super::child::Stop;
use super::spool::Spool;
use super::wire::{Frames, MOST_FRAME, Trouble};
use crate::error::IngestError;
use crate::reader::{Row, RowReader, Table};
use calamine::{Data, DataRef, ExcelDateTime, Reader, Sheets};
use std::io::{Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;

/// The columns that a sheet can have.
const COLUMNS: u32 = 1 << 14;

/// Reads every sheet of a workbook that holds anything, and writes its rows as they come.
pub(crate) fn sheets(bytes: Vec<u8>, frames: &mut Frames<'_>) -> Result<(), Stop> {
    let mut book = calamine::open_workbook_auto_from_rs(Cursor::new(Arc::<[u8]>::from(bytes)))
        .map_err(|_| Trouble::NotAWorkbook)?;
    let names = book.sheet_names();
    if names.len() > MOST_MEMBERS {
        return Err(Trouble::TooManyMembers.into());
    }
    for name in names {
        let mut sheet = Sheet { name: &name, row: None, cells: Vec::new(), frames, begun: false };
        match &mut book {
            Sheets::Xlsx(xlsx) => match xlsx.worksheet_cells_reader(&name) {
                Ok(mut cells) => {
                    while let Some(cell) = cells.next_cell().map_err(|_| Trouble::DamagedSheet)? {
                        sheet.cell(cell.get_position(), &text_of_ref(cell.get_value()))?;
                    }
                }
                Err(calamine::XlsxError::NotAWorksheet(_)) => continue,
                Err(_) => return Err(Trouble::DamagedSheet.into()),
            },
            other => {
                let range = other.worksheet_range(&name).map_err(|_| Trouble::DamagedSheet)?;
                let (top, left) = range.start().unwrap_or_default();
                for (row, column, value) in range.used_cells() {
                    sheet.cell((top + row as u32, left + column as u32), &text_of(value))?;
                }
            }
        }
        sheet.end_row()?;
    }
    Ok(())
}

/// A sheet on its way out, one row at a time.
struct Sheet<'s, 'w> {
    name: &'s str,
    row: Option<u32>,
    /// The row so far: for each cell its column, its length and its text.
    cells: Vec<u8>,
    frames: &'s mut Frames<'w>,
    begun: bool,
}

impl Sheet<'_, '_> {
    fn cell(&mut self, (row, column): (u32, u32), text: &str) -> Result<(), Stop> {
        if text.trim().is_empty() {
            return Ok(());
        }
        if column >= COLUMNS {
            return Err(Trouble::BadCell.into());
        }
        if self.row != Some(row) {
            if self.row.is_some_and(|before| before > row) {
                return Err(Trouble::OutOfOrder.into());
            }
            self.end_row()?;
            self.row = Some(row);
            self.cells.extend_from_slice(&row.to_le_bytes());
        }
        self.cells.extend_from_slice(&column.to_le_bytes());
        self.cells.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.cells.extend_from_slice(text.as_bytes());
        if self.cells.len() > MOST_FRAME { Err(Trouble::LongRow.into()) } else { Ok(()) }
    }

    fn end_row(&mut self) -> Result<(), Stop> {
        if self.row.is_some() && !self.cells.is_empty() {
            if !self.begun {
                self.frames.sheet(self.name)?;
                self.begun = true;
            }
            self.frames.row(&self.cells)?;
            self.cells.clear();
        }
        Ok(())
    }
}

/// A row as it lies in a spool: its number from 0, then cells.
pub(crate) struct SpooledRow;

impl SpooledRow {
    /// The number of a row.
    pub(crate) fn index(frame: &[u8]) -> Option<u32> {
        frame.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes))
    }

    /// The cells of a row by column; none where it is no row.
    fn cells(frame: &[u8]) -> Option<Vec<String>> {
        let mut rest = frame.get(4..)?;
        let mut cells: Vec<String> = Vec::new();
        while !rest.is_empty() {
            let (column, after) = rest.split_first_chunk::<4>()?;
            let (length, after) = after.split_first_chunk::<4>()?;
            let (text, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            let column = Some(u32::from_le_bytes(*column)).filter(|column| *column < COLUMNS)? as usize;
            if cells.len() <= column {
                cells.resize(column + 1, String::new());
            }
            let cell = cells.get_mut(column)?;
            *cell = String::from_utf8_lossy(text).into_owned();
            rest = after;
        }
        Some(cells)
    }
}

/// One sheet, its cells as text.
#[derive(Clone, Debug)]
pub(crate) struct SheetTable {
    name: String,
    spool: Arc<Spool>,
    /// Where its rows begin and end in the spool.
    start: u64,
    end: u64,
    /// The number of its last row from 0.
    last: Option<u32>,
}

impl SheetTable {
    pub(crate) fn new(name: String, spool: Arc<Spool>, start: u64) -> Self {
        Self { name, spool, start, end: start, last: None }
    }

    /// Whether a row may stand behind those that are there.
    pub(crate) fn follows(&self, row: u32) -> bool {
        row < 1 << 20 && self.last.is_none_or(|last| last < row)
    }

    /// Takes in a row that ends here in the spool.
    pub(crate) fn extend(&mut self, row: u32, end: u64) {
        self.last = Some(row);
        self.end = end;
    }

    /// The sheet as part of a member of an archive.
    pub(crate) fn within(mut self, member: &str) -> Self {
        self.name = if member.is_empty() { self.name } else { format!("{member}#{}", self.name) };
        self
    }
}

fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        format!("{value:.0}")
    } else if value.abs() >= 1e15 {
        format!("{value:E}").replacen('E', "E+", 1)
    } else {
        format!("{value}")
    }
}

fn moment(value: &ExcelDateTime) -> String {
    let serial = value.as_f64();
    if value.is_duration() || (0.0..1.0).contains(&serial) {
        let seconds = (serial * 86_400.0).round() as i64;
        let (sign, s) = (if seconds < 0 { "-" } else { "" }, seconds.unsigned_abs());
        return format!("{sign}{:02}:{:02}:{:02}", s / 3_600, s / 60 % 60, s % 60);
    }
    if !(0.0..2_958_466.0).contains(&serial) {
        return number(serial);
    }
    let (year, month, day, hour, minute, second, milli) = value.to_ymd_hms_milli();
    // A serial counts days: a second that is a whole second comes back a few microseconds off.
    let date = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second, milli) == (0, 0, 0, 0) {
        date
    } else if milli == 0 {
        format!("{date} {hour:02}:{minute:02}:{second:02}")
    } else {
        format!("{date} {hour:02}:{minute:02}:{second:02}.{milli:03}")
    }
}

fn text_of(value: &Data) -> String {
    match value {
        Data::Int(n) => n.to_string(),
        Data::Float(n) => number(*n),
        Data::String(text) => text.clone(),
        Data::Bool(b) => b.to_string(),
        Data::DateTime(value) => moment(value),
        Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Error(error) => format!("#{error:?}"),
        Data::Empty => String::new(),
    }
}

fn text_of_ref(value: &DataRef<'_>) -> String {
    match value {
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::String(text) => text.clone(),
        other => text_of(&Data::from(other.clone())),
    }
}

impl Table for SheetTable {
    fn sheet(&self) -> &str {
        &self.name
    }

    fn encoding(&self) -> &str {
        ""
    }

    fn delimiter(&self) -> String {
        String::new()
    }

    fn extent(&self) -> u64 {
        self.last.map_or(0, |last| u64::from(last) + 1)
    }

    fn open(&self) -> Result<Box<dyn RowReader + '_>, IngestError> {
        let io = |source| IngestError::Io { path: PathBuf::from(&self.name), source };
        let left = self.end - self.start;
        Ok(Box::new(SheetRows {
            table: self,
            input: self.spool.reader_at(self.start).map_err(io)?,
            left,
            ahead: None,
            row: 0,
        }))
    }
}

/// The rows of a sheet from its first, blank ones included.
#[derive(Debug)]
struct SheetRows<'a> {
    table: &'a SheetTable,
    input: std::io::BufReader<std::fs::File>,
    /// Bytes of the sheet that are still to be read.
    left: u64,
    /// A row that was read and stands further down.
    ahead: Option<(u32, Vec<String>)>,
    row: u32,
}

impl SheetRows<'_> {
    fn read(&mut self) -> std::io::Result<Option<(u32, Vec<String>)>> {
        if self.left == 0 {
            return Ok(None);
        }
        let mut length = [0u8; 4];
        self.input.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length) as usize;
        let mut frame = vec![0u8; length];
        self.input.read_exact(&mut frame)?;
        self.left = self.left.saturating_sub(length as u64 + 4);
        let row = SpooledRow::index(&frame).zip(SpooledRow::cells(&frame));
        row.map(Some).ok_or_else(|| std::io::Error::other("a sheet has a cell where none can be"))
    }
}

impl RowReader for SheetRows<'_> {
    fn next_row(&mut self) -> Result<Option<Row>, IngestError> {
        if self.ahead.is_none() {
            self.ahead = self
                .read()
                .map_err(|source| IngestError::Io { path: PathBuf::from(&self.table.name), source })?;
        }
        let Some((at, _)) = &self.ahead else { return Ok(None) };
        self.row += 1;
        let mut row = Row { line: self.row, lines: 1, ..Row::default() };
        if *at + 1 == self.row
            && let Some((_, cells)) = self.ahead.take()
        {
            row.cells = cells;
            row.raw = row.cells.join("\t").into_bytes();
        }
        Ok(Some(row))
    }

    fn set_width(&mut self, _width: usize) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType;

    #[test]
    fn numbers_and_serial_dates_are_exact() {
        assert_eq!(number(50_370_001_234.0), "50370001234");
        assert_eq!(number(-1.25), "-1.25");
        assert_eq!(number(3.569_870_012_345_67e15), "3.56987001234567E+15");
        let date = |serial| moment(&ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, false));
        assert_eq!(date(45_943.0), "2025-10-13");
        assert_eq!(date(45_943.541), "2025-10-13 12:59:02.400");
        assert_eq!(date(0.25), "06:00:00");
        // Each second of a day comes back as itself.
        for second in (0..86_400u32).step_by(7) {
            let text = date(45_943.0 + f64::from(second) / 86_400.0);
            let want = match second {
                0 => "2025-10-13".to_owned(),
                s => format!("2025-10-13 {:02}:{:02}:{:02}", s / 3_600, s / 60 % 60, s % 60),
            };
            assert_eq!(text, want);
        }
    }
}
