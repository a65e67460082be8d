//! The row as it stands in the file: from the evidence, through the stored offsets.

use crate::error::IngestError;
use crate::foreign::workbook::SheetTable;
use crate::reader::encoding::Encoding;
use crate::reader::fixed::{FixedTable, parse_cuts};
use crate::reader::scan::Scan;
use crate::reader::text::TextTable;
use crate::reader::{RowReader, Table};
use crate::unfold::{self, Content};
use model::ids::{RecordRef, SourceId};
use std::collections::BTreeMap;
use std::path::Path;
use store::receipt::SourceEntry;
use store::snapshot::Snapshot;

/// The rows at these addresses, as text: without the line end, and for sheets the cells joined by TAB.
///
/// # Returns
/// Each address once, ascending.
/// # Errors
/// [`IngestError::RowGone`] where the evidence no longer holds a row, [`IngestError::Io`] where it cannot be read.
/// # Complexity
/// At most 1,024 lines are read for each row of a text file; a workbook is read once.
pub fn raw_rows(snapshot: &Snapshot, refs: &[RecordRef]) -> Result<Vec<(RecordRef, String)>, IngestError> {
    let mut by_source: BTreeMap<SourceId, Vec<u32>> = BTreeMap::new();
    for at in refs {
        by_source.entry(at.source).or_default().push(at.row);
    }
    let mut out = Vec::new();
    for (source, mut rows) in by_source {
        rows.sort_unstable();
        rows.dedup();
        let Some(entry) = snapshot.source(source) else {
            let row = rows.first().copied().unwrap_or_default();
            return Err(IngestError::RowGone { source_key: format!("{}", source.0), row });
        };
        let io = |source| IngestError::Io { path: entry.evidence_path.clone(), source };
        let found = if unfold::has_parts(&entry.evidence_path).map_err(io)? {
            let first = rows.first().copied().unwrap_or_default();
            let parts = unfold::parts(&entry.evidence_path)?;
            let part = parts.into_iter().find(|p| p.name == entry.key.sheet);
            match part.map(|p| p.content) {
                Some(Content::Sheet(sheet)) => sheet_rows(entry, &sheet, &rows)?,
                Some(Content::Text(bytes)) => {
                    text_rows(entry, bytes.path(), &snapshot.offsets(source)?, &rows)?
                }
                Some(Content::Unread(_)) | None => return Err(gone(entry, first)),
            }
        } else {
            text_rows(entry, &entry.evidence_path, &snapshot.offsets(source)?, &rows)?
        };
        out.extend(found.into_iter().map(|(row, text)| (RecordRef { source, row }, text)));
    }
    Ok(out)
}

fn gone(entry: &SourceEntry, row: u32) -> IngestError {
    IngestError::RowGone { source_key: entry.key.short(), row }
}

fn text_rows(
    entry: &SourceEntry,
    path: &Path,
    offsets: &[(u32, u64)],
    rows: &[u32],
) -> Result<Vec<(u32, String)>, IngestError> {
    let first = rows.first().copied().unwrap_or_default();
    let encoding = Encoding::parse(&entry.encoding).ok_or_else(|| gone(entry, first))?;
    let head = offsets.first().map_or(0, |(_, byte)| *byte);
    // Which bytes end a line is seen in the first stretch: the whole file uses one way.
    let cr_lines = !has_line_feed(path, encoding)?;
    let bom = u8::try_from(head).unwrap_or(0);
    let scan = Scan { encoding, bom, cr_lines, bytes: 0 };
    let delimiter = entry.delimiter.bytes().next().unwrap_or(b',');
    let fixed = parse_cuts(&entry.delimiter).map(|cuts| FixedTable::new(path, scan, cuts));
    let table = TextTable::new(path, scan, delimiter);
    let width = entry.columns.iter().filter(|c| !c.role.starts_with("declared_records=")).count();
    let mut out = Vec::new();
    let mut reader: Option<Box<dyn RowReader + '_>> = None;
    let mut at = 0u32;
    for row in rows {
        let place = offsets.partition_point(|(line, _)| line <= row).checked_sub(1);
        let Some((line, byte)) = place.and_then(|i| offsets.get(i)) else { return Err(gone(entry, *row)) };
        // Going on from the row before is cheaper than a new start, unless an offset lies in between.
        if reader.is_none() || *line > at {
            let mut fresh: Box<dyn RowReader + '_> = match &fixed {
                Some(fixed) => Box::new(fixed.open_at(*byte, *line)?),
                None => Box::new(table.open_at(*byte, *line)?),
            };
            if entry.header_row.is_none_or(|h| *line > h) && width > 0 {
                fresh.set_width(width);
            }
            reader = Some(fresh);
        }
        let Some(rows) = &mut reader else { return Err(gone(entry, *row)) };
        let found = loop {
            let Some(next) = rows.next_row()? else { return Err(gone(entry, *row)) };
            at = next.line;
            if entry.header_row == Some(next.line) && width > 0 {
                rows.set_width(width);
            }
            match next.line.cmp(row) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => break next,
                std::cmp::Ordering::Greater => return Err(gone(entry, *row)),
            }
        };
        let text = encoding
            .decode(&found.raw)
            .map_or_else(|| String::from_utf8_lossy(&found.raw).into_owned(), std::borrow::Cow::into_owned);
        out.push((*row, text));
    }
    Ok(out)
}

/// Whether the file has a line feed in its first mebibyte.
fn has_line_feed(path: &Path, encoding: Encoding) -> Result<bool, IngestError> {
    use std::io::Read;
    let mut head = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(crate::reader::MAX_ROW_BYTES as u64 + 2).read_to_end(&mut head))
        .map_err(|source| IngestError::Io { path: path.to_owned(), source })?;
    Ok(match encoding {
        Encoding::Utf16Le => head.as_chunks::<2>().0.contains(b"\n\0"),
        Encoding::Utf16Be => head.as_chunks::<2>().0.contains(b"\0\n"),
        _ => memchr::memchr(b'\n', &head).is_some(),
    } || memchr::memchr(b'\r', &head).is_none())
}

fn sheet_rows(
    entry: &SourceEntry,
    sheet: &SheetTable,
    rows: &[u32],
) -> Result<Vec<(u32, String)>, IngestError> {
    let mut reader = sheet.open()?;
    let mut out = Vec::new();
    let mut wanted = rows.iter().peekable();
    while let (Some(row), Some(next)) = (wanted.peek().copied(), reader.next_row()?) {
        if next.line == *row {
            out.push((*row, String::from_utf8_lossy(&next.raw).into_owned()));
            wanted.next();
        }
    }
    match wanted.next() {
        Some(row) => Err(gone(entry, *row)),
        None => Ok(out),
    }
}
