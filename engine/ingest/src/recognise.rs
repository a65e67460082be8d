//! Where is the header, what kind of table is this, and what does each column hold?
//!
//! The header is sought among the first [`HEADER_SEARCH`] rows: operators and banks write a letterhead above it. It is
//! the row whose cells are understood best as headers of some kind of table. What stands above is the letterhead,
//! which may name the line, the account, the holder, the country and the number of records.

use crate::columns::{Role, header_key};
use crate::error::IngestError;
use crate::mapping::Mapping;
use crate::reader::Row;
use crate::subject::Outside;
use crate::table::Columns;
use crate::templates::{self, Template};
use model::phrase::Phrase;
use model::place::Country;
use model::record::TableKind;
use normalise::text::fold;
use std::path::Path;

/// How many rows are searched for the header.
pub const HEADER_SEARCH: usize = 600;

/// What a table is.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The kind.
    pub kind: TableKind,
    /// Line of the header; 0 where there is none.
    pub header_row: u32,
    /// The columns.
    pub columns: Columns,
    /// What stands above the header.
    pub letterhead: Letterhead,
    /// How well the header is understood.
    pub score: f32,
}

/// What the lines above a header say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Letterhead {
    /// Telephone whose return this is.
    pub line: Option<String>,
    /// Account whose statement this is.
    pub account: Option<String>,
    /// The holder's name, with the row that gives it.
    pub holder: Option<(u32, String)>,
    /// The holder's document.
    pub document: Option<String>,
    /// The countries that are named.
    pub countries: Vec<Country>,
    /// How many records the file says that it has.
    pub declared: Option<u64>,
}

const COUNTRY_WORDS: [(&str, Country); 24] = [
    ("EL SALVADOR", Country::SV),
    ("GUATEMALA", Country::GT),
    ("HONDURAS", Country::HN),
    ("NICARAGUA", Country::NI),
    ("COSTA RICA", Country::CR),
    ("PANAMA", Country::PA),
    ("REPUBLICA DOMINICANA", Country::DO),
    ("DOMINICAN REPUBLIC", Country::DO),
    ("MEXICO", Country::MX),
    ("BELICE", Country::BZ),
    ("BELIZE", Country::BZ),
    ("COLOMBIA", Country::CO),
    ("CUBA", Country::CU),
    ("HAITI", Country::HT),
    ("JAMAICA", Country::JM),
    ("ESTADOS UNIDOS", Country::US),
    ("UNITED STATES", Country::US),
    ("KOLBI", Country::CR),
    ("SINPE", Country::CR),
    ("TELCEL", Country::MX),
    ("ALTAN", Country::MX),
    ("HONDUTEL", Country::HN),
    ("TRANSFER365", Country::SV),
    ("BANRURAL", Country::GT),
];

/// The countries that a text names.
fn countries_in(text: &str) -> impl Iterator<Item = Country> {
    let padded = format!(" {} ", fold(text));
    COUNTRY_WORDS.into_iter().filter(move |(word, _)| padded.contains(&format!(" {word} "))).map(|(_, c)| c)
}

/// The number of records that a line declares, as in `Total Records : 8244`.
pub fn declared_count(row: &Row) -> Option<u64> {
    let text = fold(&row.cells.join(" "));
    let counts = ["RECORDS", "REGISTROS", "ROWS", "FILAS", "TRANSACCIONES", "LLAMADAS", "MOVIMIENTOS"];
    let announces = ["TOTAL", "CANTIDAD", "NUMERO", "NO"];
    let words: Vec<&str> = text.split(' ').collect();
    if !(words.iter().any(|w| counts.contains(w)) && words.iter().any(|w| announces.contains(w))) {
        return None;
    }
    let mut numbers = words.iter().filter(|w| w.bytes().all(|b| b.is_ascii_digit()) && !w.is_empty());
    match (numbers.next(), numbers.next()) {
        (Some(only), None) => only.parse().ok(),
        // "8,244" was folded to two words.
        (Some(head), Some(tail)) if tail.len() == 3 && numbers.next().is_none() => {
            format!("{head}{tail}").parse().ok()
        }
        _ => None,
    }
}

/// Label and value pairs of a letterhead row: `Cuenta: 123` in one cell or in two.
fn pairs(row: &Row) -> Vec<(String, String)> {
    let cells: Vec<&str> = row.cells.iter().map(|c| c.trim()).filter(|c| !c.is_empty()).collect();
    let mut out = Vec::new();
    for (i, cell) in cells.iter().enumerate() {
        match cell.split_once(':') {
            Some((label, value)) if !value.trim().is_empty() => {
                out.push((header_key(label), value.trim().to_owned()));
            }
            Some((label, _)) => {
                if let Some(next) = cells.get(i + 1) {
                    out.push((header_key(label), (*next).to_owned()));
                }
            }
            None => {
                if let (Some(next), true) = (cells.get(i + 1), cell.chars().all(|c| !c.is_ascii_digit())) {
                    out.push((header_key(cell), (*next).to_owned()));
                }
            }
        }
    }
    out
}

impl Letterhead {
    /// Takes one more row that may stand above a header.
    fn take(&mut self, row: &Row) {
        if row.fault.is_some() {
            return;
        }
        self.countries.extend(row.cells.iter().filter(|c| c.len() <= 200).flat_map(|c| countries_in(c)));
        self.declared = self.declared.or_else(|| declared_count(row));
        for (label, value) in pairs(row) {
            let digits = value.bytes().filter(u8::is_ascii_digit).count();
            let is = |role: Role, kind: TableKind| {
                crate::columns::roles_of(&label, kind).iter().any(|(r, fit)| *r == role && *fit > 0.85)
            };
            if label == "PAIS" || label == "COUNTRY" {
                self.countries.extend(Country::parse(&value));
            } else if is(Role::Document, TableKind::Entities) && digits >= 5 {
                self.document.get_or_insert(value);
            } else if is(Role::Account, TableKind::Transfers) && digits >= 4 {
                self.account.get_or_insert(value);
            } else if (is(Role::Subject, TableKind::Calls) || label.split(' ').any(|w| w == "OBJETIVO"))
                && digits >= 7
            {
                self.line.get_or_insert(value);
            } else if is(Role::Name, TableKind::Entities) && digits == 0 {
                self.holder.get_or_insert((row.line, value));
            }
        }
        self.countries.sort_unstable();
        self.countries.dedup();
    }

    /// The country, where exactly one is named.
    pub fn country(&self) -> Option<Country> {
        match self.countries.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }
}

/// Whether a row can be a header: labels, not values.
fn is_labels(row: &Row) -> bool {
    let filled: Vec<&String> = row.cells.iter().filter(|c| !c.trim().is_empty()).collect();
    let wordy = |c: &&&String| {
        c.chars().any(char::is_alphabetic)
            && c.bytes().filter(u8::is_ascii_digit).count() <= 3
            && c.len() <= 80
    };
    !filled.is_empty() && filled.iter().filter(wordy).count() * 4 >= filled.len() * 3
}

/// Finds header, kind and columns among the first rows of a table.
///
/// # Errors
/// [`Failure`]: what was found at best and what it lacks.
pub fn recognise(
    rows: &[Row],
    wanted: Option<TableKind>,
    mapping: &Mapping,
    outside: Outside,
    sheet: &str,
) -> Result<Layout, Failure> {
    let kinds: Vec<TableKind> = match wanted {
        Some(kind) => vec![kind],
        None => vec![TableKind::Calls, TableKind::Transfers, TableKind::Entities],
    };
    let timeless = wanted.is_some() && !mapping.columns.is_empty();
    let mut best: Option<(u8, f32, Layout)> = None;
    let mut nearest: Option<(usize, f32, Failure)> = None;
    let mut column_missing: Option<(usize, String)> = None;
    let mut letterhead = Letterhead::default();
    let mut first_filled = None;
    let mut behind: Option<&Row> = None;
    for (i, row) in rows.iter().enumerate().take(HEADER_SEARCH) {
        if let Some(above) = behind.replace(row) {
            letterhead.take(above);
        }
        if first_filled.is_none() && !row.is_blank() {
            first_filled = Some(row.line);
        }
        let headers: Vec<String> = match mapping.header_row {
            Some(0) if i > 0 || row.fault.is_some() => break,
            Some(0) => (1..=row.cells.len()).map(|n| n.to_string()).collect(),
            Some(line) if row.line != line => continue,
            Some(_) => row.cells.clone(),
            None if row.fault.is_some() || (mapping.columns.is_empty() && !is_labels(row)) => continue,
            None => row.cells.clone(),
        };
        let used = headers.iter().rposition(|h| !h.trim().is_empty()).map_or(0, |n| n + 1);
        let headers: Vec<String> = headers.into_iter().take(used).collect();
        if used == 0 {
            continue;
        }
        if let Some(absent) = absent_column(&headers, mapping) {
            let held = mapping.columns.len() - absent.0;
            if column_missing.as_ref().is_none_or(|(most, _)| held > *most) {
                column_missing = Some((held, absent.1));
            }
            continue;
        }
        for kind in &kinds {
            let mut columns = Columns::assign(&headers, *kind, mapping);
            if mapping.columns.is_empty() && columns.known.is_none_or(Template::is_generic) {
                columns.known = templates::of_sheet(sheet, *kind).or(columns.known);
            }
            let known = match kind {
                TableKind::Calls => outside.line || letterhead.line.is_some(),
                TableKind::Transfers => {
                    let statement = columns.any(&[Role::Debit, Role::Credit, Role::Memo]);
                    outside.account || (letterhead.account.is_some() && statement)
                }
                TableKind::Entities => false,
            };
            let mut missing = columns.missing(*kind, known, timeless);
            if missing == ["receiver"]
                && data_sheet(sheet)
                && columns.any(&[Role::Duration, Role::Imei, Role::Imsi, Role::Cell])
            {
                missing.clear();
            }
            let score = columns.score();
            // A list of people is what remains when the columns are neither calls nor transfers.
            let rank = u8::from(*kind != TableKind::Entities);
            // One column that is understood is a table only where it is what the file begins with.
            let certain =
                score >= 1.5 || wanted.is_some() || (score >= 0.9 && first_filled == Some(row.line));
            if missing.is_empty() && certain {
                // A later row must be understood clearly better: rows of data may hold words that are headers too.
                let better =
                    best.as_ref().is_none_or(|(r, s, _)| rank > *r || (rank == *r && score > *s + 0.5));
                if better {
                    let header_row = if mapping.header_row == Some(0) { 0 } else { row.line };
                    let letterhead = letterhead.clone();
                    best =
                        Some((rank, score, Layout { kind: *kind, header_row, columns, letterhead, score }));
                }
            } else if !missing.is_empty() {
                let closer = nearest
                    .as_ref()
                    .is_none_or(|(count, s, _)| (missing.len(), -score) < (*count, -*s - 1e-3));
                if closer && score > 0.0 {
                    let failure = Failure {
                        kind: Some(*kind),
                        missing: missing.clone(),
                        headers: headers.clone(),
                        header_row: row.line,
                        column: None,
                    };
                    nearest = Some((missing.len(), score, failure));
                }
            }
        }
    }
    if let Some((_, _, layout)) = best {
        return Ok(layout);
    }
    let width = rows.iter().map(|r| r.cells.len()).max().unwrap_or(0).min(64);
    Err(match (column_missing, nearest) {
        (Some((_, column)), _) => Failure {
            kind: wanted,
            missing: Vec::new(),
            headers: Vec::new(),
            header_row: 0,
            column: Some(column),
        },
        (None, Some((_, _, failure))) => failure,
        (None, None) => Failure {
            kind: wanted,
            missing: vec!["caller and receiver, payer and beneficiary, or name"],
            // Nothing was understood, so that any row may be data: columns are named by number.
            headers: (1..=width).map(|n| n.to_string()).collect(),
            header_row: 0,
            column: None,
        },
    })
}

/// Whether a sheet is named for data sessions.
pub fn data_sheet(sheet: &str) -> bool {
    fold(sheet.rsplit('#').next().unwrap_or_default())
        .split(' ')
        .any(|w| matches!(w, "DATOS" | "DATA" | "GPRS" | "INTERNET"))
}

/// How many columns that the mapping names a header row lacks, and the first of them.
fn absent_column(headers: &[String], mapping: &Mapping) -> Option<(usize, String)> {
    let keys: Vec<String> = headers.iter().map(|h| header_key(h)).collect();
    let absent: Vec<&String> = mapping
        .columns
        .keys()
        .filter(|name| !headers.contains(name) && !keys.contains(&header_key(name)))
        .collect();
    absent.first().map(|first| (absent.len(), (*first).clone()))
}

/// Why a table was not recognised.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The kind that it is nearest to, or that was asked for.
    pub kind: Option<TableKind>,
    /// The roles that no column has.
    pub missing: Vec<&'static str>,
    /// The headers of the row that is nearest to a header.
    pub headers: Vec<String>,
    /// The line of that row; 0 where no row is like a header.
    pub header_row: u32,
    /// A column that the mapping names and no row holds.
    pub column: Option<String>,
}

impl Failure {
    /// Nothing is there in which a header could be sought.
    pub(crate) fn nothing() -> Self {
        Self { kind: None, missing: Vec::new(), headers: Vec::new(), header_row: 0, column: None }
    }

    /// The error that a person reads, with a mapping to fill in.
    pub fn into_error(self, path: &Path, sheet: &str, mapping: &Mapping) -> IngestError {
        let sheet = if sheet.is_empty() { String::new() } else { format!("#{sheet}") };
        let path = path.to_owned();
        if let Some(column) = self.column {
            return IngestError::MissingColumn { path, sheet, column, searched: HEADER_SEARCH };
        }
        let skeleton = self.skeleton(mapping).into_boxed_str();
        let problem = match self.kind {
            Some(TableKind::Calls) => {
                Phrase::new("it cannot be read as calls", "no se puede leer como llamadas")
            }
            Some(TableKind::Transfers) => {
                Phrase::new("it cannot be read as transfers", "no se puede leer como transferencias")
            }
            Some(TableKind::Entities) => Phrase::new(
                "it cannot be read as a list of people",
                "no se puede leer como lista de personas",
            ),
            None => Phrase::new(
                "what kind of table it is cannot be decided",
                "no se puede decidir qué clase de tabla es",
            ),
        };
        IngestError::NotRecognised { path, sheet, problem, missing: self.missing.join(", "), skeleton }
    }

    /// A mapping that holds what is known and leaves the rest to fill in.
    fn skeleton(&self, mapping: &Mapping) -> String {
        let kind = self.kind.unwrap_or(TableKind::Calls);
        let mut proposal = propose(&Columns::assign(&self.headers, kind, mapping), kind, mapping);
        if self.headers.first().is_some_and(|h| h == "1") {
            proposal.header_row = Some(0);
        }
        for header in &self.headers {
            if !header.trim().is_empty() {
                proposal
                    .columns
                    .entry(header.trim().to_owned())
                    .or_insert_with(|| Role::Ignore.as_str().to_owned());
            }
        }
        proposal.to_toml()
    }
}

/// Writes down how the columns are understood, as a mapping that can be corrected.
pub fn propose(columns: &Columns, kind: TableKind, mapping: &Mapping) -> Mapping {
    let mut out = mapping.clone();
    out.kind = Some(kind.as_str().to_owned());
    for (i, role) in columns.roles.iter().enumerate() {
        let header = columns.header(i);
        if let (Some((role, _)), false) = (role, header.is_empty()) {
            out.columns.insert(header.to_owned(), role.as_str().to_owned());
        }
    }
    out
}
