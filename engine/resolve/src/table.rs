//! A table of people from anyone's CSV, as mentions: `madeja match` without a case.
//!
//! Columns are recognised by their headers, Spanish or English ([`roles`]), and where those say nothing by their
//! values. What is not recognised is left out and said so in [`People::columns`]; a table without any usable column
//! is an error. A value is never refused: what cannot be read is missing.

pub mod roles;

use crate::error::ResolveError;
use model::ids::{MentionId, MentionRole, RecordRef, SourceId};
use model::party::{PartyKind, Sex};
use model::place::Country;
use model::record::MentionRecord;
use model::time::CivilDate;
use normalise::date::{DateDecision, DateEvidence, DateOrder};
use normalise::name::NameOrder;
use normalise::phone::PhoneContext;
use normalise::{account, date, document, name, phone, place, text};
use roles::ColumnRole;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A table of people.
#[derive(Clone, Debug)]
pub struct People {
    /// The id of each row: the id column's text, or the row number where there is none.
    pub ids: Vec<String>,
    /// What each row says.
    pub mentions: Vec<MentionRecord>,
    /// Each header with what the column was taken for.
    pub columns: Vec<(String, ColumnRole)>,
}

/// Characters of a cell that are read; longer ones are cut, so that no cell costs more than a row.
const LONGEST_CELL: usize = 1024;

/// Reads a table of people from a file.
///
/// # Arguments   `id_column`: header of the id column, or `None` to find one; `source`: 0 for the first table of a
/// run, 1 for the one it is linked with; `stated`: role of a column by its header, where a person says so
/// # Errors      the file cannot be read, no column is usable, the id column is missing, or an id stands twice
pub fn read_path(
    path: &Path,
    id_column: Option<&str>,
    source: SourceId,
    stated: &BTreeMap<String, String>,
) -> Result<People, ResolveError> {
    let open = |error| ResolveError::Open { path: path.to_owned(), source: error };
    read_people(File::open(path).map_err(open)?, id_column, source, stated)
}

/// Reads a table of people; see [`read_path`].
///
/// # Example
/// ```
/// use model::ids::SourceId;
/// use resolve::table::read_people;
/// let csv = "id,nombres,apellidos,fecha_nacimiento\n7,Ana Lucía,Pérez Gómez,1991-04-02\n";
/// let people = read_people(csv.as_bytes(), None, SourceId(0), &Default::default()).unwrap();
/// assert_eq!(people.ids, ["7"]);
/// assert_eq!(people.mentions[0].name.given[0], "ANA");
/// ```
pub fn read_people(
    mut reader: impl Read,
    id_column: Option<&str>,
    source: SourceId,
    stated: &BTreeMap<String, String>,
) -> Result<People, ResolveError> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(|e| ResolveError::Table { line: 0, source: e.into() })?;
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let mut csv = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .delimiter(delimiter(body))
        .from_reader(body);
    let mut rows: Vec<(u64, Vec<String>)> = Vec::new();
    let mut record = csv::ByteRecord::new();
    loop {
        let line = csv.position().line();
        match csv.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => rows.push((
                record.position().map_or(line, csv::Position::line),
                record.iter().map(cell).collect(),
            )),
            Err(source) => return Err(ResolveError::Table { line, source }),
        }
    }
    if rows.len() < 2 {
        return Err(ResolveError::EmptyTable);
    }
    let (_, header) = rows.remove(0);
    let mut roles = roles::by_header(&header);
    roles::by_values(&mut roles, &rows);
    for (name, word) in stated {
        let at = header.iter().position(|h| h.trim() == name);
        let role = ColumnRole::parse(word);
        match (at.and_then(|at| roles.get_mut(at)), role) {
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
    let id_at = match id_column {
        Some(wanted) => {
            let at = header.iter().position(|h| h.trim() == wanted).ok_or_else(|| {
                ResolveError::NoIdColumn { name: wanted.to_owned(), present: header.join(", ") }
            })?;
            for role in &mut roles {
                if *role == ColumnRole::Id {
                    *role = ColumnRole::Ignored;
                }
            }
            roles[at] = ColumnRole::Id;
            Some(at)
        }
        None => roles.iter().position(|r| *r == ColumnRole::Id),
    };
    if !roles.iter().any(|r| r.identifies()) {
        return Err(ResolveError::NoUsableColumn { columns: header.len() });
    }
    let ids = ids(&rows, id_at)?;
    let reading = Reading::of(&roles, &header, &rows);
    let mentions = rows.iter().map(|(line, cells)| reading.mention(*line, cells, source)).collect();
    Ok(People { ids, mentions, columns: header.into_iter().zip(roles).collect() })
}

fn cell(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim();
    match text.char_indices().nth(LONGEST_CELL) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned(),
        None => text.to_owned(),
    }
}

/// The separator that the header line has most of.
fn delimiter(body: &[u8]) -> u8 {
    let line = body.split(|b| *b == b'\n').next().unwrap_or_default();
    let count = |d: u8| line.iter().filter(|b| **b == d).count();
    [b',', b';', b'\t', b'|'].into_iter().rev().max_by_key(|d| count(*d)).unwrap_or(b',')
}

fn ids(rows: &[(u64, Vec<String>)], at: Option<usize>) -> Result<Vec<String>, ResolveError> {
    let Some(at) = at else { return Ok(rows.iter().map(|(line, _)| line.to_string()).collect()) };
    let mut first: HashMap<&str, u64> = HashMap::with_capacity(rows.len());
    let mut out = Vec::with_capacity(rows.len());
    for (line, cells) in rows {
        let id = cells.get(at).map_or("", String::as_str);
        if id.is_empty() {
            return Err(ResolveError::DuplicateId { row: *line, first: *line });
        }
        if let Some(first) = first.insert(id, *line) {
            return Err(ResolveError::DuplicateId { row: *line, first });
        }
        out.push(id.to_owned());
    }
    Ok(out)
}

/// What the columns of a table mean, decided once for the whole table.
struct Reading<'a> {
    roles: &'a [ColumnRole],
    header: &'a [String],
    order: DateOrder,
    /// The sex column says H (hombre) and M (mujer).
    m_is_female: bool,
}

impl<'a> Reading<'a> {
    fn of(roles: &'a [ColumnRole], header: &'a [String], rows: &[(u64, Vec<String>)]) -> Self {
        let mut evidence = DateEvidence::default();
        let (mut h, mut f) = (false, false);
        for (_, cells) in rows {
            for (role, value) in roles.iter().zip(cells) {
                match role {
                    ColumnRole::Birth => evidence.observe(value),
                    ColumnRole::Sex => {
                        h |= value.eq_ignore_ascii_case("h");
                        f |= value.eq_ignore_ascii_case("f");
                    }
                    _ => {}
                }
            }
        }
        // Nothing decides: day first, as the region writes.
        let order = match evidence.decide() {
            DateDecision::Decided(order) => order,
            _ => DateOrder::DayFirst,
        };
        Self { roles, header, order, m_is_female: h && !f }
    }

    fn mention(&self, line: u64, cells: &[String], source: SourceId) -> MentionRecord {
        let record = RecordRef { source, row: u32::try_from(line).unwrap_or(u32::MAX) };
        let mut out = MentionRecord::new(MentionId { record, role: MentionRole::Person });
        let of = |role: ColumnRole| {
            let values: Vec<&str> = self
                .roles
                .iter()
                .zip(cells)
                .filter(|(r, value)| **r == role && !value.is_empty())
                .map(|(_, value)| value.as_str())
                .collect();
            values.join(" ")
        };
        out.country = Country::parse(&of(ColumnRole::Country));
        let (given, middle) = (of(ColumnRole::Given), of(ColumnRole::Middle));
        let (surname, second) = (of(ColumnRole::Surname), of(ColumnRole::SecondSurname));
        let full = of(ColumnRole::FullName);
        let organisation = of(ColumnRole::Organisation);
        let given = [given, middle].join(" ").trim().to_owned();
        if !organisation.is_empty() && given.is_empty() && full.is_empty() {
            out.kind = PartyKind::Organisation;
            out.name_raw = organisation;
        } else if given.is_empty() && surname.is_empty() && second.is_empty() {
            out.name_raw = full;
            if name::looks_like_organisation(&out.name_raw) {
                out.kind = PartyKind::Organisation;
            }
            out.name = name::full_name(&out.name_raw, NameOrder::Unknown);
        } else {
            out.name_raw = [given.as_str(), &surname, &second].join(" ").trim().to_owned();
            out.name = name::from_columns(&given, &surname, &second);
        }
        out.birth_raw = of(ColumnRole::Birth);
        out.birth = self.birth(&out.birth_raw);
        out.sex = self.sex(&of(ColumnRole::Sex));
        for ((role, value), header) in self.roles.iter().zip(cells).zip(self.header) {
            if value.is_empty() {
                continue;
            }
            match role {
                ColumnRole::Document => out.documents.push(document::document(value, out.country, header)),
                ColumnRole::Phone => {
                    let context = PhoneContext { country: out.country, date: None };
                    out.phones.push(phone::phone(value, &context));
                }
                ColumnRole::Account => out.accounts.push(account::account(value, out.country)),
                ColumnRole::Email => out.accounts.push(phone::opaque(&value.to_lowercase())),
                _ => {}
            }
        }
        out.address_raw = of(ColumnRole::Address);
        if !out.address_raw.is_empty() {
            out.address = place::address(&out.address_raw);
        }
        out.town = place::town(&of(ColumnRole::Town));
        out
    }

    fn birth(&self, raw: &str) -> Option<CivilDate> {
        if raw.is_empty() {
            return None;
        }
        if raw.len() == 8 && raw.bytes().all(|b| b.is_ascii_digit()) {
            let number: u32 = raw.parse().ok()?;
            let year = i16::try_from(number / 10_000).ok()?;
            if (1850..2100).contains(&year) {
                return CivilDate::new(year, (number / 100 % 100) as u8, (number % 100) as u8);
            }
        }
        date::parse(raw, self.order).map(|t| t.date)
    }

    fn sex(&self, raw: &str) -> Option<Sex> {
        match text::fold(raw).as_str() {
            "M" if self.m_is_female => Some(Sex::Female),
            "F" | "FEMENINO" | "FEMALE" | "MUJER" | "FEM" | "W" => Some(Sex::Female),
            "M" | "H" | "MASCULINO" | "MALE" | "HOMBRE" | "MASC" | "VARON" => Some(Sex::Male),
            _ => None,
        }
    }
}
