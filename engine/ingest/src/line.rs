//! The line that a row of calls stands in, made again from what its record holds.
//!
//! Most rows write nothing that their record does not say: then a [`LineForm`], the same for millions of rows, is all
//! that is kept of the line. Whether that is so is tried for every row when it is loaded; a line that would not come
//! back byte for byte is kept itself.

use crate::reader::Row;
use crate::reader::encoding::Encoding;
use model::record::{CallRecord, RefusalReason};
use model::written::{LineEnd, LineForm};
use std::borrow::Cow;
use store::calls::Written;

/// The word of a column that no record holds.
pub(crate) const REST: &str = "rest";
/// The word of an empty cell beyond the header.
const NOTHING: &str = "nothing";
/// Bytes of a piece of a row that is too long.
const PIECE: usize = 1 << 20;
/// The words of the columns that records hold, in the order of [`Places`](crate::written::Places).
pub(crate) const HELD: [&str; 13] = [
    "first",
    "second",
    "time",
    "clock",
    "duration",
    "type",
    "direction",
    "imei",
    "imsi",
    "cell",
    "lat",
    "lon",
    "azimuth",
];

/// How the lines of a delimited text are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Script {
    encoding: Encoding,
    delimiter: char,
}

impl Script {
    /// The script of a table by the names that receipts give; `None` for what is no delimited text.
    pub(crate) fn of(encoding: &str, delimiter: &str) -> Option<Self> {
        let mut chars = delimiter.chars();
        let (Some(delimiter), None) = (chars.next(), chars.next()) else { return None };
        Some(Self { encoding: Encoding::parse(encoding)?, delimiter })
    }

    /// How this row makes its line of this record; `None` where it does not.
    ///
    /// # Arguments   `words`: what stands in the columns of the table
    pub(crate) fn form(
        &self,
        row: &Row,
        words: &str,
        record: &CallRecord,
        written: &Written,
    ) -> Option<LineForm> {
        let mut columns = words.to_owned();
        for _ in columns.split(',').count()..row.cells.len() {
            columns.push(',');
            columns.push_str(NOTHING);
        }
        if cells(&columns, record, written)? != row.cells {
            return None;
        }
        Some(LineForm {
            columns,
            delimiter: self.delimiter.to_string(),
            quoted: self.quoted(row)?,
            end: row.end,
        })
    }

    /// The form of a line without quotes whose row is as wide as the header.
    pub(crate) fn plain(&self, words: &str, end: LineEnd) -> LineForm {
        LineForm {
            columns: words.to_owned(),
            delimiter: self.delimiter.to_string(),
            quoted: String::new(),
            end,
        }
    }

    /// Which cells stand in quotes; `None` where cells and quotes do not make the line.
    fn quoted(&self, row: &Row) -> Option<String> {
        if memchr::memchr(b'"', &row.raw).is_none() {
            return Some(String::new());
        }
        let text = self.encoding.decode(&row.raw)?;
        let mut rest = &*text;
        let mut out = String::with_capacity(row.cells.len());
        let ends = |rest: &str| rest.is_empty() || rest.starts_with(self.delimiter);
        for (i, cell) in row.cells.iter().enumerate() {
            if i > 0 {
                rest = rest.strip_prefix(self.delimiter)?;
            }
            let inner = rest.strip_prefix('"').and_then(|r| r.strip_prefix(&*escaped(cell)));
            let mark = match inner.and_then(|r| r.strip_prefix('"')).filter(|r| ends(r)) {
                Some(after) => {
                    rest = after;
                    'q'
                }
                None => {
                    rest = rest.strip_prefix(cell.as_str()).filter(|r| ends(r))?;
                    '-'
                }
            };
            out.push(mark);
        }
        if !out.contains('q') {
            out.clear();
        }
        rest.is_empty().then_some(out)
    }
}

/// The bytes from where a row begins to where the next one begins.
pub(crate) fn verbatim(encoding: Encoding, row: &Row) -> Vec<u8> {
    [row.raw.as_slice(), encoding.line_end(row.end)].concat()
}

/// The bytes of a row that was too long to be read whole, in pieces of an offset and a length; none of any other row.
pub(crate) fn pieces(row: &Row) -> impl Iterator<Item = (u64, usize)> + use<> {
    let (start, size) = (row.offset, if row.fault == Some(RefusalReason::TooLong) { row.size } else { 0 });
    (0..size).step_by(PIECE).map(move |at| (start + at, PIECE.min((size - at) as usize)))
}

/// The text between quotes of a cell.
fn escaped(cell: &str) -> Cow<'_, str> {
    if cell.contains('"') { Cow::Owned(cell.replace('"', "\"\"")) } else { Cow::Borrowed(cell) }
}

/// The line of a record with its line end; `None` where the record does not hold it.
pub(crate) fn line(encoding: Encoding, record: &CallRecord, written: &Written) -> Option<Vec<u8>> {
    let form = written.line.as_ref()?;
    let mut text = String::new();
    let mut quoted = form.quoted.chars();
    for (i, cell) in cells(&form.columns, record, written)?.iter().enumerate() {
        if i > 0 {
            text.push_str(&form.delimiter);
        }
        if quoted.next() == Some('q') {
            text.push('"');
            text.push_str(&escaped(cell));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push_str(form.end.text());
    encoding.encode(&text).map(Cow::into_owned)
}

/// The cells of a row from what its record holds; `None` where it does not hold them.
fn cells<'a>(columns: &str, record: &'a CallRecord, written: &'a Written) -> Option<Vec<Cow<'a, str>>> {
    let (caller, receiver) = (record.caller.raw.as_str(), record.receiver.raw.as_str());
    let (first, second) = if written.swapped { (receiver, caller) } else { (caller, receiver) };
    let [cell, lat, lon, azimuth] = written.site.each_ref().map(String::as_str);
    // The moment of two cells is the texts of both, with a blank between them.
    let parted = columns.split(',').any(|word| word == "clock");
    let (time, clock) = match record.time_raw.split_once(' ') {
        Some(both) if parted => both,
        _ => (record.time_raw.as_str(), ""),
    };
    let mut rest = written.rest.as_deref().map(|rest| rest.split('\u{1f}')).into_iter().flatten();
    let cells: Vec<Cow<'a, str>> = columns
        .split(',')
        .map(|word| {
            Some(Cow::Borrowed(match word {
                "first" => first,
                "second" => second,
                "time" => time,
                "clock" => clock,
                "duration" => {
                    return Some(Cow::Owned(written.duration?.text(record.duration_s.unwrap_or(0))));
                }
                "type" => written.type_raw.as_str(),
                "direction" => written.direction_raw.as_str(),
                "imei" => record.imei.raw.as_str(),
                "imsi" => record.imsi.raw.as_str(),
                "cell" => cell,
                "lat" => lat,
                "lon" => lon,
                "azimuth" => azimuth,
                REST => rest.next()?,
                NOTHING => "",
                _ => return None,
            }))
        })
        .collect::<Option<_>>()?;
    rest.next().is_none().then_some(cells)
}
