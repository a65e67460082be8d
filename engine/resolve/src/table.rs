//! A table of people from anyone's CSV, as columns of mentions: `madeja match` without a case.
//!
//! Columns are recognised by their headers, Spanish or English ([`roles`]), and where those say nothing by their
//! values. What is not recognised is left out and said so in [`People::columns`]; a table without any usable column
//! is an error. A value is never refused: what cannot be read is missing.
//!
//! The file is cut into parts at record boundaries and read side by side ([`read`]); no row is held as an object.

pub mod read;
pub mod roles;

use crate::column::Columns;
use crate::column::build::Chunk;
use crate::error::ResolveError;
use hashbrown::DefaultHashBuilder;
use rayon::prelude::*;
use read::{Part, Reading};
use roles::ColumnRole;
use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::io::Read;
use std::path::Path;

/// Ids of rows, one behind the other.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    text: String,
    ends: Vec<usize>,
}

impl Ids {
    pub(crate) fn push(&mut self, id: &str) {
        self.text.push_str(id);
        self.ends.push(self.text.len());
    }

    fn append(&mut self, other: &Self) {
        let from = self.text.len();
        self.text.push_str(&other.text);
        self.ends.extend(other.ends.iter().map(|end| from + end));
    }

    /// How many ids there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The id of a row.
    pub fn get(&self, row: usize) -> Option<&str> {
        let end = *self.ends.get(row)?;
        let from = if row == 0 { 0 } else { *self.ends.get(row - 1)? };
        self.text.get(from..end)
    }

    /// All ids in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|row| self.get(row).unwrap_or_default())
    }
}

/// A table of people, or two that are to be linked.
#[derive(Clone, Debug)]
pub struct People {
    /// The id of each row: the id column's text, or the row's line where there is none.
    pub ids: Ids,
    /// What each row says.
    pub mentions: Columns,
    /// The number of the table that each row stands in.
    pub sources: Vec<u32>,
    /// Each header of the first table with what the column was taken for.
    pub columns: Vec<(String, ColumnRole)>,
}

/// How tables are to be read.
#[derive(Clone, Debug, Default)]
pub struct TableConfig {
    /// Header of the id column; found where absent.
    pub id_column: Option<String>,
    /// Role of a column by its header, where a person says so.
    pub stated: BTreeMap<String, String>,
}

/// Reads tables of people from files; see [`read_people`].
///
/// # Errors      as [`read_people`], and a file that cannot be opened or read
pub fn read_paths(paths: &[&Path], config: &TableConfig) -> Result<People, ResolveError> {
    let mut tables = Vec::new();
    for path in paths {
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|mut file| file.read_to_end(&mut bytes))
            .map_err(|source| ResolveError::Open { path: path.to_path_buf(), source })?;
        tables.push(read_table(&bytes, config)?);
    }
    people(tables)
}

/// Reads a table of people.
///
/// # Errors      no column is usable, the id column is missing, an id is empty or stands twice, or the bytes are no
/// table
/// # Complexity  O(bytes), parallel over parts of the file
/// # Example
/// ```
/// use resolve::table::{TableConfig, read_people};
/// let csv = "id,nombres,apellidos,fecha_nacimiento\n7,Ana Lucía,Pérez Gómez,1991-04-02\n";
/// let people = read_people(csv.as_bytes(), &TableConfig::default()).unwrap();
/// assert_eq!(people.ids.get(0), Some("7"));
/// let given = people.mentions.mentions[0].given();
/// assert_eq!(people.mentions.word_text(given[0]), "ANA");
/// ```
pub fn read_people(bytes: &[u8], config: &TableConfig) -> Result<People, ResolveError> {
    people(vec![read_table(bytes, config)?])
}

/// One table after reading.
struct Table {
    ids: Ids,
    chunks: Vec<Chunk>,
    columns: Vec<(String, ColumnRole)>,
}

fn people(tables: Vec<Table>) -> Result<People, ResolveError> {
    let mut ids = Ids::default();
    let mut sources = Vec::new();
    let mut chunks = Vec::new();
    let mut columns = Vec::new();
    for (number, table) in tables.into_iter().enumerate() {
        sources.resize(sources.len() + table.ids.len(), number as u32);
        if number == 0 {
            ids = table.ids;
            columns = table.columns;
        } else {
            ids.append(&table.ids);
        }
        chunks.extend(table.chunks);
    }
    Ok(People { ids, mentions: Columns::from_chunks(chunks), sources, columns })
}

/// Rows at the head of a table that are looked at to tell columns by their values.
const HEAD: usize = 5000;

fn read_table(bytes: &[u8], config: &TableConfig) -> Result<Table, ResolveError> {
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let delimiter = read::delimiter(body);
    let head = read::head(body, delimiter, HEAD)?;
    let Some((header, rows)) = head.split_first().filter(|(_, rows)| !rows.is_empty()) else {
        return Err(ResolveError::EmptyTable);
    };
    let (roles, id_at) = decide_roles(header, rows, config)?;
    let reading = Reading::new(&roles, header, id_at);
    let parts = read::parts(body, delimiter)?;
    let mut read: Vec<Part> =
        parts.into_par_iter().map(|part| reading.part(body, delimiter, part)).collect::<Result<_, _>>()?;
    reading.settle(&mut read);
    let mut ids = Ids::default();
    let mut lines = Vec::new();
    let mut chunks = Vec::new();
    for part in read {
        ids.append(&part.ids);
        lines.extend(part.lines);
        chunks.push(part.chunk);
    }
    if id_at.is_some() {
        check_ids(&ids, &lines)?;
    }
    Ok(Table { ids, chunks, columns: header.iter().cloned().zip(roles).collect() })
}

/// What each column is taken for, and which one holds the id.
fn decide_roles(
    header: &[String],
    rows: &[Vec<String>],
    config: &TableConfig,
) -> Result<(Vec<ColumnRole>, Option<usize>), ResolveError> {
    let mut roles = roles::by_header(header);
    roles::by_values(&mut roles, rows);
    for (name, word) in &config.stated {
        let at = header.iter().position(|h| h.trim() == name);
        match (at.and_then(|at| roles.get_mut(at)), ColumnRole::parse(word)) {
            (Some(slot), Some(role)) => *slot = role,
            (None, _) => {
                return Err(ResolveError::NoSuchColumn { name: name.clone(), present: header.join(", ") });
            }
            (_, None) => {
                let known = ColumnRole::ALL.map(ColumnRole::as_str).join(", ");
                return Err(ResolveError::NoSuchRole { word: word.clone(), known });
            }
        }
    }
    let id_at = match &config.id_column {
        Some(wanted) => {
            let at = header.iter().position(|h| h.trim() == wanted).ok_or_else(|| {
                ResolveError::NoIdColumn { name: wanted.clone(), present: header.join(", ") }
            })?;
            for role in roles.iter_mut().filter(|r| **r == ColumnRole::Id) {
                *role = ColumnRole::Ignored;
            }
            roles[at] = ColumnRole::Id;
            Some(at)
        }
        None => roles.iter().position(|r| *r == ColumnRole::Id),
    };
    if !roles.iter().any(|r| r.identifies()) {
        return Err(ResolveError::NoUsableColumn { columns: header.len() });
    }
    Ok((roles, id_at))
}

/// Ids are filled and different.
fn check_ids(ids: &Ids, lines: &[u64]) -> Result<(), ResolveError> {
    let line = |row: usize| lines.get(row).copied().unwrap_or(0);
    if let Some(row) = (0..ids.len()).find(|row| ids.get(*row).is_none_or(str::is_empty)) {
        return Err(ResolveError::DuplicateId { row: line(row), first: line(row) });
    }
    let hasher = DefaultHashBuilder::default();
    let mut hashed: Vec<(u64, u32)> =
        (0..ids.len()).into_par_iter().map(|row| (hasher.hash_one(ids.get(row)), row as u32)).collect();
    hashed.par_sort_unstable();
    let mut again: Option<(u32, u32)> = None;
    for group in hashed.chunk_by(|x, y| x.0 == y.0).filter(|g| g.len() > 1) {
        for (i, (_, row)) in group.iter().enumerate() {
            let first =
                group[..i].iter().find(|(_, other)| ids.get(*other as usize) == ids.get(*row as usize));
            if let Some((_, first)) = first {
                again = again.into_iter().chain([(*row, *first)]).min();
                break;
            }
        }
    }
    match again {
        Some((row, first)) => {
            Err(ResolveError::DuplicateId { row: line(row as usize), first: line(first as usize) })
        }
        None => Ok(()),
    }
}
