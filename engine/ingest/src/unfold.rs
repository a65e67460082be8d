//! A workbook or an archive as its parts: sheets, members that are text, and members that cannot be read.
//!
//! A part is named as its source will be: `sheet`, `folder/member.csv` or `folder/book.xlsx#sheet`.

use crate::error::IngestError;
use crate::foreign::spool::Spool;
use crate::foreign::workbook::SheetTable;
use crate::foreign::{self, Item, MOST_DEPTH, MOST_MEMBERS};
use crate::reader::scan::{self, Format};
use crate::reader::{Row, RowReader, Table};
use model::phrase::Phrase;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// The name of the text in a gzip file, which has none that could be trusted: it is not the file itself.
pub(crate) const NAMELESS: &str = "gz";

/// A part of a foreign file.
pub(crate) struct Part {
    /// Its name.
    pub(crate) name: String,
    /// What it is.
    pub(crate) content: Content,
}

/// What a part is.
pub(crate) enum Content {
    /// A sheet.
    Sheet(SheetTable),
    /// Perhaps delimited text.
    Text(Arc<Spool>),
    /// Nothing that can be read, and why.
    Unread(String),
}

/// Whether a file has parts.
///
/// # Errors
/// It cannot be read.
pub(crate) fn has_parts(readable: &Path) -> std::io::Result<bool> {
    let mut head = Vec::new();
    std::fs::File::open(readable)?.take(64).read_to_end(&mut head)?;
    Ok(scan::format(&head) == Format::Foreign)
}

/// The parts of a file, those of its members included.
///
/// # Errors
/// The file is damaged or was refused. A damaged member is a part; one that does harm refuses the whole file.
pub(crate) fn parts(readable: &Path) -> Result<Vec<Part>, IngestError> {
    let mut out = Vec::new();
    take(readable, "", 0, &mut out)?;
    Ok(out)
}

fn take(readable: &Path, within: &str, depth: usize, out: &mut Vec<Part>) -> Result<(), IngestError> {
    let hostile = |detail| IngestError::Hostile { path: readable.to_owned(), detail };
    if depth > MOST_DEPTH {
        return Err(hostile(Phrase::new(
            "archives stand within archives more than twice",
            "hay archivos dentro de archivos más de dos veces",
        )));
    }
    for item in foreign::open(readable)? {
        if out.len() >= MOST_MEMBERS {
            return Err(hostile(Phrase::new(
                "it holds more than 10,000 members or sheets",
                "contiene más de 10 000 miembros u hojas",
            )));
        }
        match item {
            Item::Sheet(sheet) => {
                let sheet = sheet.within(within);
                out.push(Part { name: sheet.sheet().to_owned(), content: Content::Sheet(sheet) });
            }
            Item::Member(name, spool) => {
                let name = match (within, name.as_str()) {
                    (within, "") => within.to_owned(),
                    ("", name) => name.to_owned(),
                    (within, name) => format!("{within}/{name}"),
                };
                let nested = has_parts(spool.path())
                    .map_err(|source| IngestError::Io { path: readable.to_owned(), source })?;
                if !nested {
                    let name = if name.is_empty() { NAMELESS.to_owned() } else { name };
                    out.push(Part { name, content: Content::Text(spool) });
                    continue;
                }
                match take(spool.path(), &name, depth + 1, out) {
                    Ok(()) => {}
                    Err(error @ IngestError::Hostile { .. }) => return Err(error.at(readable)),
                    Err(error) => {
                        let why = error.at(Path::new(&name)).to_string();
                        out.push(Part { name, content: Content::Unread(why) });
                    }
                }
            }
        }
    }
    Ok(())
}

/// A table of a member: as the table is, under the member's name.
pub(crate) struct MemberTable {
    inner: Box<dyn Table>,
    name: String,
    /// The bytes live as long as the table that reads them.
    _bytes: Arc<Spool>,
}

impl MemberTable {
    pub(crate) fn new(inner: Box<dyn Table>, name: String, bytes: Arc<Spool>) -> Self {
        Self { inner, name, _bytes: bytes }
    }
}

impl Table for MemberTable {
    fn sheet(&self) -> &str {
        &self.name
    }

    fn encoding(&self) -> &str {
        self.inner.encoding()
    }

    fn delimiter(&self) -> String {
        self.inner.delimiter()
    }

    fn extent(&self) -> u64 {
        self.inner.extent()
    }

    fn open(&self) -> Result<Box<dyn RowReader + '_>, IngestError> {
        self.inner.open()
    }

    fn bytes_at(&self, offset: u64, length: usize) -> Result<Vec<u8>, IngestError> {
        self.inner.bytes_at(offset, length)
    }
}

/// A member that cannot be read: a source without rows, so that it is seen.
pub(crate) struct UnreadTable(pub(crate) String);

impl Table for UnreadTable {
    fn sheet(&self) -> &str {
        &self.0
    }

    fn encoding(&self) -> &str {
        ""
    }

    fn delimiter(&self) -> String {
        String::new()
    }

    fn extent(&self) -> u64 {
        0
    }

    fn open(&self) -> Result<Box<dyn RowReader + '_>, IngestError> {
        Ok(Box::new(NoRows))
    }
}

struct NoRows;

impl RowReader for NoRows {
    fn next_row(&mut self) -> Result<Option<Row>, IngestError> {
        Ok(None)
    }

    fn set_width(&mut self, _width: usize) {}
}
