//! Delimited text as a table: physical lines with their offsets, joined into rows where a quoted field says so.

use super::encoding::Encoding;
use super::record::Records;
use super::scan::Scan;
use super::{KEPT_OF_TOO_LONG, MAX_ROW_BYTES, RowReader, Table};
use crate::error::IngestError;
use model::written::LineEnd;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// One physical line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// 1-based number.
    pub number: u32,
    /// Offset of its first byte.
    pub offset: u64,
    /// Its bytes without the line end; the first [`KEPT_OF_TOO_LONG`] of a line that is too long.
    pub bytes: Vec<u8>,
    /// What ends it; of a line that is too long without the carriage return.
    pub end: LineEnd,
    /// Whether it is longer than [`MAX_ROW_BYTES`].
    pub too_long: bool,
}

/// Cuts bytes into physical lines, in memory bounded by the longest line allowed.
#[derive(Debug)]
pub struct Lines<R> {
    input: R,
    block: Vec<u8>,
    at: usize,
    filled: usize,
    offset: u64,
    number: u32,
    encoding: Encoding,
    cr_lines: bool,
}

/// Why a line could not be given.
#[derive(Debug)]
pub enum LineError {
    /// The file cannot be read.
    Io(std::io::Error),
    /// There are more lines than a row number counts.
    TooMany,
}

impl<R: Read> Lines<R> {
    /// Lines of `input`, which stands at `offset`, the first of them having this number.
    pub fn new(input: R, encoding: Encoding, cr_lines: bool, offset: u64, first: u32) -> Self {
        Self {
            input,
            block: vec![0; 256 << 10],
            at: 0,
            filled: 0,
            offset,
            number: first.saturating_sub(1),
            encoding,
            cr_lines,
        }
    }

    /// Reads by so many bytes at once.
    pub fn with_block(mut self, bytes: usize) -> Self {
        self.block = vec![0; bytes.max(16)];
        self
    }

    /// Offset of the line that comes next.
    pub(crate) fn position(&self) -> u64 {
        self.offset
    }

    /// Leaves the rest of the block at its front and fills it up; false at the end of the input.
    fn fill(&mut self) -> Result<bool, LineError> {
        self.block.copy_within(self.at..self.filled, 0);
        self.filled -= self.at;
        self.at = 0;
        loop {
            let room = self.block.get_mut(self.filled..).unwrap_or_default();
            match self.input.read(room) {
                Ok(0) => return Ok(false),
                Ok(n) => {
                    self.filled += n;
                    return Ok(true);
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(LineError::Io(error)),
            }
        }
    }

    /// Where the line end begins in these bytes.
    fn find_end(&self, bytes: &[u8]) -> Option<usize> {
        let end = if self.cr_lines { b'\r' } else { b'\n' };
        match self.encoding {
            Encoding::Utf16Le => bytes.as_chunks::<2>().0.iter().position(|u| *u == [end, 0]).map(|i| i * 2),
            Encoding::Utf16Be => bytes.as_chunks::<2>().0.iter().position(|u| *u == [0, end]).map(|i| i * 2),
            _ => memchr::memchr(end, bytes),
        }
    }

    /// The next line; `None` at the end. A line end at the very end of the file begins no further line.
    ///
    /// # Errors
    /// The input cannot be read, or has too many lines.
    pub fn next_line(&mut self) -> Result<Option<Line>, LineError> {
        let unit = self.encoding.unit();
        if self.filled - self.at < unit {
            while self.fill()? && self.filled < unit {}
            if self.filled == 0 {
                return Ok(None);
            }
        }
        let number = self.number.checked_add(1).ok_or(LineError::TooMany)?;
        self.number = number;
        let mut line = Line { number, offset: self.offset, ..Line::default() };
        let mut length = 0usize;
        loop {
            let present = self.block.get(self.at..self.filled).unwrap_or_default();
            let end = self.find_end(present);
            // Without a line end an odd last byte of UTF-16 stays in the block until its other half is read.
            let whole = present.len() - present.len() % unit;
            let take = end.unwrap_or(whole);
            length += take;
            if line.bytes.len() <= MAX_ROW_BYTES {
                line.bytes.extend_from_slice(present.get(..take).unwrap_or_default());
            }
            let eaten = end.map_or(take, |e| e + unit);
            self.at += eaten;
            self.offset += eaten as u64;
            if end.is_some() {
                line.end = if self.cr_lines { LineEnd::Return } else { LineEnd::Feed };
                break;
            }
            if !self.fill()? {
                let rest = self.filled - self.at;
                line.bytes.extend_from_slice(self.block.get(self.at..self.filled).unwrap_or_default());
                self.at = self.filled;
                self.offset += rest as u64;
                break;
            }
        }
        if length > MAX_ROW_BYTES {
            line.too_long = true;
            line.bytes.truncate(KEPT_OF_TOO_LONG);
            line.bytes.shrink_to_fit();
        } else if !self.cr_lines {
            let cr = self.encoding.line_end(LineEnd::Return);
            if line.bytes.ends_with(cr) {
                line.bytes.truncate(line.bytes.len() - cr.len());
                line.end = if line.end == LineEnd::Feed { LineEnd::ReturnFeed } else { LineEnd::Return };
            }
        }
        Ok(Some(line))
    }
}

/// A delimited text file.
#[derive(Clone, Debug)]
pub struct TextTable {
    path: PathBuf,
    scan: Scan,
    delimiter: u8,
}

impl TextTable {
    /// The file, read as the scan and the delimiter say.
    pub fn new(path: &Path, scan: Scan, delimiter: u8) -> Self {
        Self { path: path.to_owned(), scan, delimiter }
    }

    /// Rows from a byte offset at which the row of this number begins.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn open_at(&self, offset: u64, line: u32) -> Result<TextRows, IngestError> {
        let io = |source| IngestError::Io { path: self.path.clone(), source };
        let mut file = std::fs::File::open(&self.path).map_err(io)?;
        let offset = offset.max(u64::from(self.scan.bom));
        file.seek(SeekFrom::Start(offset)).map_err(io)?;
        let lines = Lines::new(file, self.scan.encoding, self.scan.cr_lines, offset, line);
        Ok(TextRows {
            path: self.path.clone(),
            records: Records::new(lines, self.scan.encoding, self.delimiter),
        })
    }
}

impl Table for TextTable {
    fn sheet(&self) -> &str {
        ""
    }

    fn encoding(&self) -> &str {
        self.scan.encoding.name()
    }

    fn delimiter(&self) -> String {
        char::from(self.delimiter).to_string()
    }

    fn extent(&self) -> u64 {
        self.scan.bytes
    }

    fn open(&self) -> Result<Box<dyn RowReader + '_>, IngestError> {
        Ok(Box::new(self.open_at(0, 1)?))
    }

    fn bytes_at(&self, offset: u64, length: usize) -> Result<Vec<u8>, IngestError> {
        bytes_at(&self.path, offset, length)
    }
}

/// Bytes of a file as they lie.
pub(super) fn bytes_at(path: &Path, offset: u64, length: usize) -> Result<Vec<u8>, IngestError> {
    let read = || {
        let mut file = std::fs::File::open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::with_capacity(length);
        file.take(length as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|source| IngestError::Io { path: path.to_owned(), source })
}

/// The rows of a text file.
#[derive(Debug)]
pub struct TextRows {
    path: PathBuf,
    records: Records<std::fs::File>,
}

impl RowReader for TextRows {
    fn next_row(&mut self) -> Result<Option<super::Row>, IngestError> {
        self.records.next_row().map_err(|error| match error {
            LineError::Io(source) => IngestError::Io { path: self.path.clone(), source },
            LineError::TooMany => IngestError::TooManyRows { path: self.path.clone() },
        })
    }

    fn set_width(&mut self, width: usize) {
        self.records.set_width(width);
    }
}
