//! Opens a file as tables: what format, which encoding, which delimiter, where the header.

use crate::error::IngestError;
use crate::mapping::Mapping;
use crate::reader::encoding::Encoding;
use crate::reader::fixed::FixedTable;
use crate::reader::scan::{self, Format, Scan};
use crate::reader::text::TextTable;
use crate::reader::{Row, Table};
use crate::recognise::{Failure, HEADER_SEARCH, Layout, recognise};
use crate::subject::{Outside, number_in_name};
use crate::unfold::{self, Content, MemberTable, UnreadTable};
use model::provenance::Digest;
use model::record::TableKind;
use model::run::{RunContext, Unit};
use sha2::{Digest as _, Sha256};
use std::io::Read;
use std::path::Path;

/// A table and what was recognised in it.
pub(crate) struct Opened {
    pub(crate) table: Box<dyn Table>,
    pub(crate) layout: Result<Layout, Failure>,
    /// Why it cannot be read at all.
    pub(crate) unread: Option<String>,
}

/// Reads a file once and gives its SHA-256.
pub(crate) fn hash(path: &Path, progress: &mut dyn FnMut(u64) -> bool) -> Result<Digest, IngestError> {
    Ok(Digest(hash_beginning(path, u64::MAX, progress)?.finalize().into()))
}

/// Shows how far the hashing of so many bytes is, and stops it where the load is cancelled.
pub(crate) fn shown<T, E>(
    context: &RunContext<'_>,
    bytes: Option<u64>,
    hashing: impl FnOnce(&mut dyn FnMut(u64) -> bool) -> Result<T, E>,
) -> Result<T, E> {
    context.progress.begin("hash", bytes, Unit::Bytes);
    let done = hashing(&mut |n| {
        context.progress.advance(n);
        !context.is_cancelled()
    });
    context.progress.end();
    done
}

/// Hashes so many bytes from the beginning, or all where there are fewer.
pub(crate) fn hash_beginning(
    path: &Path,
    bytes: u64,
    progress: &mut dyn FnMut(u64) -> bool,
) -> Result<Sha256, IngestError> {
    let io = |source| IngestError::Io { path: path.to_owned(), source };
    let mut file = std::fs::File::open(path).map_err(io)?.take(bytes);
    let mut hasher = Sha256::new();
    let mut block = vec![0u8; 1 << 20];
    loop {
        let n = match file.read(&mut block) {
            Ok(0) => return Ok(hasher),
            Ok(n) => n,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(io(error)),
        };
        hasher.update(block.get(..n).unwrap_or_default());
        if !progress(n as u64) {
            return Err(IngestError::Cancelled { path: path.to_owned() });
        }
    }
}

/// What is known of the tables of a file before any is opened.
#[derive(Clone, Copy)]
pub(crate) struct Expected<'m> {
    /// The mapping in force.
    pub(crate) mapping: &'m Mapping,
    /// The kind of table, where a person says so.
    pub(crate) kind: Option<TableKind>,
    /// What is known of the subject from outside the file.
    pub(crate) outside: Outside,
}

/// Opens the file at `readable`, which is called `path`.
pub(crate) fn open(
    path: &Path,
    readable: &Path,
    expected: Expected<'_>,
    progress: &mut dyn FnMut(u64) -> bool,
) -> Result<Vec<Opened>, IngestError> {
    let io = |source| IngestError::Io { path: path.to_owned(), source };
    if !unfold::has_parts(readable).map_err(io)? {
        let (table, layout) = text(readable, expected, progress).map_err(|error| error.at(path))?;
        return Ok(vec![Opened { table, layout, unread: None }]);
    }
    let mut out = Vec::new();
    for part in unfold::parts(readable).map_err(|error| error.at(path))? {
        let name = part.name;
        let unread = |name: &str, why: String| Opened {
            table: Box::new(UnreadTable(name.to_owned())),
            layout: Err(Failure::nothing()),
            unread: Some(why),
        };
        let opened = match part.content {
            Content::Unread(why) => unread(&name, why),
            Content::Sheet(sheet) => {
                let rows = first_rows(&sheet)?;
                let layout =
                    recognise(&rows, expected.kind, expected.mapping, expected.outside, sheet.sheet());
                Opened { table: Box::new(sheet), layout, unread: None }
            }
            Content::Text(bytes) => {
                // A member is named for its subject as a file is.
                let own = number_in_name(Path::new(&name));
                let outside = expected.outside.or(Outside::of(expected.mapping, own.as_deref()));
                match text(bytes.path(), Expected { outside, ..expected }, progress) {
                    Ok((table, layout)) => {
                        let table = Box::new(MemberTable::new(table, name, bytes));
                        Opened { table, layout, unread: None }
                    }
                    Err(error @ IngestError::Cancelled { .. }) => return Err(error.at(path)),
                    Err(error) => unread(&name, error.at(Path::new(&name)).to_string()),
                }
            }
        };
        out.push(opened);
    }
    if out.is_empty() { Err(IngestError::Empty { path: path.to_owned() }) } else { Ok(out) }
}

type Text = (Box<dyn Table>, Result<Layout, Failure>);

/// Opens text: delimited, or else with its columns at fixed places.
fn text(
    readable: &Path,
    expected: Expected<'_>,
    progress: &mut dyn FnMut(u64) -> bool,
) -> Result<Text, IngestError> {
    let Expected { mapping, kind, outside } = expected;
    let mut found = scan::scan(readable, progress)?;
    if let Some(encoding) = mapping.encoding.as_deref().and_then(Encoding::parse)
        && (encoding.unit() != found.encoding.unit() || encoding != found.encoding)
    {
        found.encoding = encoding;
    }
    if let Some(cuts) = mapping.cuts() {
        let table = FixedTable::new(readable, found, cuts);
        let layout = recognise(&first_rows(&table)?, kind, mapping, outside, "");
        return Ok((Box::new(table), layout));
    }
    let (table, layout) = delimited(readable, found, mapping, kind, outside)?;
    // Text that no delimiter makes a table of may have its columns at fixed places.
    if layout.is_err()
        && mapping.delimiter.is_none()
        && let Some(fixed) = FixedTable::find(readable, found)?
        && let Ok(layout) = recognise(&first_rows(&fixed)?, kind, mapping, outside, "")
    {
        return Ok((Box::new(fixed), Ok(layout)));
    }
    Ok((Box::new(table), layout))
}

/// The first rows of every table of a file, cut as a mapping says.
pub(crate) fn header_rows(readable: &Path, mapping: &Mapping) -> Result<Vec<Row>, IngestError> {
    let cut = |path: &Path| -> Result<Vec<Row>, IngestError> {
        // Only the first rows are wanted, so that only the beginning is looked at.
        let found = scan::scan_first(path, 4 << 20, &mut |_| true)?;
        match (mapping.cuts(), mapping.delimiter()?) {
            (Some(cuts), _) => first_rows(&FixedTable::new(path, found, cuts)),
            (None, delimiter) => first_rows(&TextTable::new(path, found, delimiter.unwrap_or(b','))),
        }
    };
    let io = |source| IngestError::Io { path: readable.to_owned(), source };
    if !unfold::has_parts(readable).map_err(io)? {
        return cut(readable);
    }
    let mut rows = Vec::new();
    for part in unfold::parts(readable)? {
        match part.content {
            Content::Sheet(sheet) => rows.extend(first_rows(&sheet)?),
            Content::Text(bytes) => rows.extend(cut(bytes.path()).unwrap_or_default()),
            Content::Unread(_) => {}
        }
    }
    Ok(rows)
}

/// The table that the first bytes of a text file suggest; `None` where they are no text or no header is recognised.
pub(crate) fn beginning(
    path: &Path,
    bytes: u64,
    mapping: &Mapping,
    kind: Option<TableKind>,
    outside: Outside,
) -> Result<Option<(Scan, TextTable, Layout)>, IngestError> {
    let mut head = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(64).read_to_end(&mut head))
        .map_err(|source| IngestError::Io { path: path.to_owned(), source })?;
    if scan::format(&head) != Format::Text {
        return Ok(None);
    }
    let Ok(mut found) = scan::scan_first(path, bytes, &mut |_| true) else { return Ok(None) };
    if let Some(encoding) = mapping.encoding.as_deref().and_then(Encoding::parse) {
        found.encoding = encoding;
    }
    if found.cr_lines || found.encoding.unit() != 1 || mapping.cuts().is_some() {
        return Ok(None);
    }
    let (table, layout) = delimited(path, found, mapping, kind, outside)?;
    Ok(layout.ok().map(|layout| (found, table, layout)))
}

/// The first rows, in which a header is sought.
fn first_rows(table: &dyn Table) -> Result<Vec<Row>, IngestError> {
    let mut rows = Vec::new();
    let mut reader = table.open()?;
    while rows.len() < HEADER_SEARCH {
        match reader.next_row()? {
            Some(row) => rows.push(row),
            None => break,
        }
    }
    Ok(rows)
}

/// Tries each delimiter and takes the one under which the header is understood best.
fn delimited(
    path: &Path,
    found: Scan,
    mapping: &Mapping,
    kind: Option<TableKind>,
    outside: Outside,
) -> Result<(TextTable, Result<Layout, Failure>), IngestError> {
    let declared = match mapping.delimiter()? {
        Some(delimiter) => Some(delimiter),
        None => separator_line(&TextTable::new(path, found, b','))?,
    };
    let candidates: Vec<u8> = declared.map_or_else(|| vec![b',', b';', b'\t', b'|', b'^', b'~'], |d| vec![d]);
    let mut best: Option<(TextTable, Layout)> = None;
    let mut failed: Option<(f64, TextTable, Failure)> = None;
    for delimiter in candidates {
        let table = TextTable::new(path, found, delimiter);
        let rows = first_rows(&table)?;
        match recognise(&rows, kind, mapping, outside, "") {
            Ok(layout) => {
                let rank = |l: &Layout| (u8::from(l.kind != TableKind::Entities), l.score);
                if best.as_ref().is_none_or(|(_, b)| rank(&layout) > rank(b)) {
                    best = Some((table, layout));
                }
            }
            Err(failure) => {
                let width = evenness(&rows);
                if failed.as_ref().is_none_or(|(w, _, _)| width > *w) {
                    failed = Some((width, table, failure));
                }
            }
        }
    }
    match (best, failed) {
        (Some((table, layout)), _) => Ok((table, Ok(layout))),
        (None, Some((_, table, failure))) => Ok((table, Err(failure))),
        (None, None) => Err(IngestError::Empty { path: path.to_owned() }),
    }
}

/// The separator of a spreadsheet's first line `sep=;`.
fn separator_line(table: &TextTable) -> Result<Option<u8>, IngestError> {
    let Some(first) = table.open()?.next_row()? else { return Ok(None) };
    let text = String::from_utf8_lossy(&first.raw).replace('\0', "").to_ascii_lowercase();
    let text = text.trim_start_matches(['\u{feff}', '"']).trim_end_matches(['"', ',', ';', '\r', ' ']);
    let marked = text.strip_prefix("sep=");
    Ok(match marked.map(str::as_bytes) {
        Some([byte]) if byte.is_ascii() && *byte != b'"' => Some(*byte),
        // The separator itself was trimmed away: it is the one that stands right after `sep=`.
        Some([]) => first.raw.iter().skip_while(|b| **b != b'=').copied().find(|b| matches!(b, b',' | b';')),
        _ => None,
    })
}

/// How evenly a delimiter cuts the rows: the share of rows of the commonest width above one, weighted by that width.
fn evenness(rows: &[Row]) -> f64 {
    let mut counts: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
    for row in rows.iter().filter(|r| !r.is_blank()) {
        *counts.entry(row.cells.len()).or_default() += 1;
    }
    let total: usize = counts.values().sum();
    counts
        .iter()
        .filter(|(width, _)| **width > 1)
        .map(|(width, n)| (*n as f64 / total.max(1) as f64) * (*width as f64).ln_1p())
        .fold(0.0, f64::max)
}
