//! Workbooks (xlsx, xls, ods): each sheet with anything in it is a table.
//!
//! Cells become text exactly: a whole number without exponent, a date cell as `YYYY-MM-DD HH:MM:SS`, so that no
//! order of day and month is ever guessed for a real date. A number of more than 15 digits was rounded by the
//! spreadsheet before it came here; it is written in scientific notation so that it is seen to be irrecoverable.
//!
//! Sheets are read cell by cell and held sparsely: a lone cell at the far corner of a sheet costs one cell.

use super::{Row, RowReader, Table};
use crate::error::IngestError;
use calamine::{Data, DataRef, ExcelDateTime, Reader, Sheets};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

type SparseRow = (u32, Vec<(u32, String)>);

/// One sheet, its cells as text.
#[derive(Clone, Debug, Default)]
pub struct SheetTable {
    name: String,
    /// Rows that hold anything, ascending, each with its cells, ascending.
    rows: Vec<SparseRow>,
}

/// Opens a workbook and reads every sheet that holds anything.
///
/// # Errors
/// [`IngestError::Workbook`] where the file is no workbook or damaged; a fault inside the reading library is
/// caught and is the same error.
pub fn sheets(path: &Path) -> Result<Vec<SheetTable>, IngestError> {
    let bytes: Arc<[u8]> =
        std::fs::read(path).map_err(|source| IngestError::Io { path: path.to_owned(), source })?.into();
    let failed = |detail: &str| IngestError::Workbook { path: path.to_owned(), detail: detail.to_owned() };
    match catch_unwind(AssertUnwindSafe(|| read(bytes))) {
        Ok(Ok(sheets)) if sheets.is_empty() => Err(IngestError::Empty { path: path.to_owned() }),
        Ok(Ok(sheets)) => Ok(sheets),
        // What the library says may quote a cell: only the kind of fault is passed on.
        Ok(Err(part)) => Err(failed(part)),
        Err(_) => Err(failed("its contents make the reader fail")),
    }
}

fn read(bytes: Arc<[u8]>) -> Result<Vec<SheetTable>, &'static str> {
    let mut book = calamine::open_workbook_auto_from_rs(Cursor::new(bytes))
        .map_err(|_| "it is neither xlsx, xls, xlsb nor ods, or it is encrypted or damaged")?;
    let mut out = Vec::new();
    for name in book.sheet_names() {
        let rows = match &mut book {
            Sheets::Xlsx(xlsx) => match xlsx.worksheet_cells_reader(&name) {
                Ok(mut cells) => {
                    let mut rows: Vec<SparseRow> = Vec::new();
                    while let Some(cell) = cells.next_cell().map_err(|_| "a sheet is damaged")? {
                        push(&mut rows, cell.get_position(), text_of_ref(cell.get_value()));
                    }
                    rows
                }
                Err(calamine::XlsxError::NotAWorksheet(_)) => continue,
                Err(_) => return Err("a sheet is damaged"),
            },
            other => {
                let range = other.worksheet_range(&name).map_err(|_| "a sheet is damaged")?;
                let (top, left) = range.start().unwrap_or_default();
                let mut rows: Vec<SparseRow> = Vec::new();
                for (row, column, value) in range.used_cells() {
                    push(&mut rows, (top + row as u32, left + column as u32), text_of(value));
                }
                rows
            }
        };
        let mut rows: Vec<SparseRow> = rows.into_iter().filter(|(_, cells)| !cells.is_empty()).collect();
        rows.sort_by_key(|(row, _)| *row);
        rows.dedup_by(|later, first| {
            let same = later.0 == first.0;
            if same {
                first.1.append(&mut later.1);
            }
            same
        });
        for (_, cells) in &mut rows {
            cells.sort_by_key(|(column, _)| *column);
        }
        if !rows.is_empty() {
            out.push(SheetTable { name, rows });
        }
    }
    Ok(out)
}

fn push(rows: &mut Vec<SparseRow>, (row, column): (u32, u32), text: String) {
    if text.trim().is_empty() {
        return;
    }
    match rows.last_mut() {
        Some((last, cells)) if *last == row => cells.push((column, text)),
        _ => rows.push((row, vec![(column, text)])),
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
        self.rows.last().map_or(0, |(row, _)| u64::from(*row) + 1)
    }

    fn open(&self) -> Result<Box<dyn RowReader + '_>, IngestError> {
        Ok(Box::new(SheetRows { table: self, next: 0, row: 0 }))
    }
}

/// The rows of a sheet from its first, blank ones included.
#[derive(Debug)]
struct SheetRows<'a> {
    table: &'a SheetTable,
    next: usize,
    row: u32,
}

impl RowReader for SheetRows<'_> {
    fn next_row(&mut self) -> Result<Option<Row>, IngestError> {
        let Some((at, cells)) = self.table.rows.get(self.next) else { return Ok(None) };
        self.row += 1;
        let mut row = Row { line: self.row, lines: 1, ..Row::default() };
        if *at + 1 == self.row {
            self.next += 1;
            let width = cells.last().map_or(0, |(column, _)| *column as usize + 1);
            row.cells = vec![String::new(); width];
            for (column, text) in cells {
                if let Some(cell) = row.cells.get_mut(*column as usize) {
                    cell.clone_from(text);
                }
            }
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
