//! A mapping that a person corrected once reads the next file of the same layout.
//!
//! Nothing is guessed: the file must have a row that holds exactly the headers, in their order, of a source of
//! this case that stands and was loaded with a mapping. What belongs to one file only (where its header stands,
//! whose return it is) is not remembered.

use crate::columns::header_key;
use crate::error::IngestError;
use crate::mapping::Mapping;
use crate::open;
use std::path::Path;
use store::case::CaseStore;
use store::receipt::SourceEntry;

/// The name in receipts of a layout that a person's mapping describes.
pub(crate) const TEMPLATE: &str = "mapping";

/// The headers of a source, without what stands beside them in its notes.
fn headers(entry: &SourceEntry) -> Vec<String> {
    let noted = entry.columns.iter().filter(|c| !c.role.starts_with("declared_records="));
    trimmed(noted.map(|c| header_key(&c.header)).collect())
}

/// Without the empty headers at the end, which padding brings and takes away.
fn trimmed(mut keys: Vec<String>) -> Vec<String> {
    while keys.last().is_some_and(String::is_empty) {
        keys.pop();
    }
    keys
}

/// The mapping of the latest source of the same layout, if a person gave it.
///
/// # Errors
/// The case or the file cannot be read.
pub(crate) fn find(store: &CaseStore, readable: &Path) -> Result<Option<Mapping>, IngestError> {
    let mut known: Vec<SourceEntry> = store
        .live_sources()?
        .into_iter()
        .filter(|s| s.template == TEMPLATE && s.header_row.is_some_and(|row| row > 0))
        .collect();
    if known.is_empty() {
        return Ok(None);
    }
    known.sort_by_key(|s| std::cmp::Reverse((s.loaded_us, s.id)));
    for entry in known {
        let wanted = headers(&entry);
        let Ok(mut mapping) = Mapping::parse(&entry.mapping_toml) else { continue };
        if wanted.len() < 2 {
            continue;
        }
        let rows = match open::header_rows(readable, &mapping) {
            Ok(rows) => rows,
            // What cannot be opened is told by the load itself.
            Err(_) => return Ok(None),
        };
        let same = |row: &crate::reader::Row| {
            row.fault.is_none() && trimmed(row.cells.iter().map(|c| header_key(c)).collect()) == wanted
        };
        if rows.iter().any(same) {
            mapping.header_row = None;
            mapping.subject = None;
            mapping.encoding = None;
            return Ok(Some(mapping));
        }
    }
    Ok(None)
}
