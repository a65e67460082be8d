//! The bytes of a table, cut into parts that are read side by side.
//!
//! **Invariant:** parts are cut by position alone, so that what is read does not depend on the number of threads.

use super::Ids;
use super::roles::ColumnRole;
use crate::column::build::{Chunk, Row, day_code};
use crate::column::date_code;
use crate::column::texts::Texts;
use crate::error::ResolveError;
use model::identifier::NormFlags;
use model::party::Sex;
use model::place::Country;
use model::time::CivilDate;
use normalise::date::{DateDecision, DateEvidence, DateOrder};
use normalise::name::NameOrder;
use normalise::phone::PhoneContext;
use normalise::{account, date, document, name, phone, place, text};
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;

/// Characters of a cell that are read; longer ones are cut, so that no cell costs more than a row.
const LONGEST_CELL: usize = 1024;
/// Bytes of a part, about.
const PART: usize = 4 << 20;

/// The separator that the header line has most of.
pub(super) fn delimiter(body: &[u8]) -> u8 {
    let line = body.split(|b| *b == b'\n').next().unwrap_or_default();
    let count = |d: u8| line.iter().filter(|b| **b == d).count();
    [b',', b';', b'\t', b'|'].into_iter().rev().max_by_key(|d| count(*d)).unwrap_or(b',')
}

fn reader(bytes: &[u8], delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .delimiter(delimiter)
        .buffer_capacity(1 << 16)
        .from_reader(bytes)
}

/// A cell as text, without blanks at its ends.
fn cell(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.trim_ascii();
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    };
    if text.len() <= LONGEST_CELL && text.trim().len() == text.len() {
        return text;
    }
    let trimmed = text.trim();
    let end = trimmed.char_indices().nth(LONGEST_CELL).map_or(trimmed.len(), |(end, _)| end);
    Cow::Owned(trimmed.get(..end).unwrap_or_default().to_owned())
}

/// The first rows, header included.
pub(super) fn head(body: &[u8], delimiter: u8, rows: usize) -> Result<Vec<Vec<String>>, ResolveError> {
    let mut csv = reader(body, delimiter);
    let mut record = csv::ByteRecord::new();
    let mut out = Vec::new();
    while out.len() <= rows {
        let line = csv.position().line();
        match csv.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => out.push(record.iter().map(|c| cell(c).into_owned()).collect()),
            Err(source) => return Err(ResolveError::Table { line, source }),
        }
    }
    Ok(out)
}

/// A part of the file: its bytes and the number of lines before it.
pub(super) struct Span {
    bytes: Range<usize>,
    lines_before: u64,
    /// Whether the first record is the header.
    header: bool,
}

/// Cuts a table at ends of records.
pub(super) fn parts(body: &[u8], delimiter: u8) -> Result<Vec<Span>, ResolveError> {
    let mut cuts = vec![0];
    if body.contains(&b'"') {
        // A quoted cell may hold line breaks: only reading tells where a record ends.
        let mut csv = reader(body, delimiter);
        let mut record = csv::ByteRecord::new();
        loop {
            let line = csv.position().line();
            match csv.read_byte_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {
                    let at = csv.position().byte() as usize;
                    if at - cuts.last().copied().unwrap_or(0) >= PART {
                        cuts.push(at);
                    }
                }
                Err(source) => return Err(ResolveError::Table { line, source }),
            }
        }
    } else {
        let mut at = PART;
        while let Some(rest) = body.get(at..) {
            let Some(end) = rest.iter().position(|b| *b == b'\n') else { break };
            cuts.push(at + end + 1);
            at += end + 1 + PART;
        }
    }
    if cuts.last() != Some(&body.len()) {
        cuts.push(body.len());
    }
    let mut lines_before = 0;
    let mut out = Vec::with_capacity(cuts.len());
    for (from, to) in cuts.iter().zip(cuts.iter().skip(1)) {
        out.push(Span { bytes: *from..*to, lines_before, header: *from == 0 });
        let part = body.get(*from..*to).unwrap_or_default();
        lines_before += part.iter().filter(|b| **b == b'\n').count() as u64;
    }
    Ok(out)
}

/// What cells of a part were read as before.
#[derive(Default)]
struct Known {
    names: Texts,
    /// For each text of a name the places of its words, or none where it must be read with its neighbours.
    words: Vec<Option<Range<usize>>>,
    word_ids: Vec<u32>,
    towns: Texts,
    town_ids: Vec<Option<u32>>,
    countries: Texts,
    country_of: Vec<Option<Country>>,
}

impl Known {
    fn words(&mut self, cell: &str, chunk: &mut Chunk) -> Option<Range<usize>> {
        let id = self.names.intern(cell) as usize;
        if id == self.words.len() {
            let from = self.word_ids.len();
            let read = name::plain_words(cell).map(|words| {
                self.word_ids.extend(words.iter().map(|w| chunk.word(w)));
                from..self.word_ids.len()
            });
            self.words.push(read);
        }
        self.words.get(id).cloned().flatten()
    }

    /// Adds the words of some cells to a list; `false` where one must be read with its neighbours.
    fn names<'c>(
        &mut self,
        cells: impl Iterator<Item = Cow<'c, str>>,
        chunk: &mut Chunk,
        out: &mut Vec<u32>,
    ) -> bool {
        for cell in cells.filter(|c| !c.is_empty()) {
            let Some(words) = self.words(&cell, chunk) else { return false };
            out.extend_from_slice(self.word_ids.get(words).unwrap_or_default());
        }
        true
    }

    fn town(&mut self, cell: &str, chunk: &mut Chunk) -> Option<u32> {
        let id = self.towns.intern(cell) as usize;
        if id == self.town_ids.len() {
            let town = place::town(cell);
            self.town_ids.push((!town.is_empty()).then(|| chunk.town(&town)));
        }
        self.town_ids.get(id).copied().flatten()
    }

    fn country(&mut self, cell: &str) -> Option<Country> {
        let id = self.countries.intern(cell) as usize;
        if id == self.country_of.len() {
            self.country_of.push(Country::parse(cell));
        }
        self.country_of.get(id).copied().flatten()
    }
}

/// What was read from a part.
pub(super) struct Part {
    pub(super) ids: Ids,
    /// The line of each row.
    pub(super) lines: Vec<u64>,
    pub(super) chunk: Chunk,
    births: Texts,
    sexes: Texts,
}

/// What the columns of a table mean, decided once for the whole table.
pub(super) struct Reading<'a> {
    header: &'a [String],
    id_at: Option<usize>,
    by_role: Vec<Vec<usize>>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(roles: &[ColumnRole], header: &'a [String], id_at: Option<usize>) -> Self {
        let by_role = ColumnRole::ALL
            .iter()
            .map(|role| (0..roles.len()).filter(|at| roles.get(*at) == Some(role)).collect())
            .collect();
        Self { header, id_at, by_role }
    }

    fn at(&self, role: ColumnRole) -> &[usize] {
        let place = ColumnRole::ALL.iter().position(|r| *r == role);
        place.and_then(|p| self.by_role.get(p)).map_or(&[], Vec::as_slice)
    }

    /// The values of a role's columns, joined by blanks.
    fn joined<'r>(&self, record: &'r csv::ByteRecord, role: ColumnRole) -> Cow<'r, str> {
        let mut values =
            self.at(role).iter().filter_map(|at| record.get(*at)).map(cell).filter(|v| !v.is_empty());
        let Some(first) = values.next() else { return Cow::Borrowed("") };
        match values.next() {
            None => first,
            Some(second) => {
                let mut all = format!("{first} {second}");
                for more in values {
                    all.push(' ');
                    all.push_str(&more);
                }
                Cow::Owned(all)
            }
        }
    }

    /// The values of a role's columns, one by one, with their headers.
    fn each<'r>(
        &self,
        record: &'r csv::ByteRecord,
        role: ColumnRole,
    ) -> impl Iterator<Item = (&'a str, Cow<'r, str>)> {
        let header = self.header;
        self.at(role)
            .iter()
            .filter_map(move |at| Some((header.get(*at).map_or("", String::as_str), cell(record.get(*at)?))))
            .filter(|(_, value)| !value.is_empty())
    }

    /// Reads one part.
    pub(super) fn part(&self, body: &[u8], delimiter: u8, span: Span) -> Result<Part, ResolveError> {
        let mut csv = reader(body.get(span.bytes).unwrap_or_default(), delimiter);
        let mut out = Part {
            ids: Ids::default(),
            lines: Vec::new(),
            chunk: Chunk::default(),
            births: Texts::default(),
            sexes: Texts::default(),
        };
        let mut record = csv::ByteRecord::new();
        let (mut row, mut known) = (Row::default(), Known::default());
        let mut header = span.header;
        loop {
            let line = csv.position().line();
            match csv.read_byte_record(&mut record) {
                Ok(false) => return Ok(out),
                Ok(true) if header => header = false,
                Ok(true) => {
                    let line = span.lines_before + record.position().map_or(line, csv::Position::line);
                    match self.id_at {
                        Some(at) => out.ids.push(&record.get(at).map(cell).unwrap_or_default()),
                        None => out.ids.push(&line.to_string()),
                    }
                    out.lines.push(line);
                    row.clear();
                    self.read(&record, &mut out, &mut known, &mut row);
                    out.chunk.push(&row);
                }
                Err(source) => {
                    return Err(ResolveError::Table { line: span.lines_before + line, source });
                }
            }
        }
    }

    /// The cells of a role.
    fn cells<'r>(&self, record: &'r csv::ByteRecord, role: ColumnRole) -> impl Iterator<Item = Cow<'r, str>> {
        self.at(role).iter().filter_map(|at| record.get(*at)).map(cell)
    }

    fn read_name(&self, record: &csv::ByteRecord, chunk: &mut Chunk, known: &mut Known, row: &mut Row) {
        let given = || self.cells(record, ColumnRole::Given).chain(self.cells(record, ColumnRole::Middle));
        let surnames =
            || self.cells(record, ColumnRole::Surname).chain(self.cells(record, ColumnRole::SecondSurname));
        if known.names(given(), chunk, &mut row.given)
            && known.names(surnames(), chunk, &mut row.surnames)
            && !(row.given.is_empty() && row.surnames.is_empty())
        {
            return;
        }
        row.given.clear();
        row.surnames.clear();
        let joined = |role| self.joined(record, role);
        let (given, middle) = (joined(ColumnRole::Given), joined(ColumnRole::Middle));
        let (surname, second) = (joined(ColumnRole::Surname), joined(ColumnRole::SecondSurname));
        let organisation = joined(ColumnRole::Organisation);
        let full = joined(ColumnRole::FullName);
        let parted = !(given.is_empty() && middle.is_empty() && surname.is_empty() && second.is_empty());
        let name = if parted {
            let given = if middle.is_empty() { given } else { Cow::Owned(format!("{given} {middle}")) };
            name::from_columns(&given, &surname, &second)
        } else if full.is_empty() || name::looks_like_organisation(&full) {
            let text = if full.is_empty() { organisation } else { full };
            row.organisation = !text.is_empty();
            chunk.organisation(&text, &mut row.words);
            return;
        } else {
            name::full_name(&full, NameOrder::Unknown)
        };
        row.given.extend(name.given.iter().map(|t| chunk.word(t)));
        row.surnames.extend(name.surnames.iter().map(|t| chunk.word(t)));
    }

    fn read(&self, record: &csv::ByteRecord, out: &mut Part, known: &mut Known, row: &mut Row) {
        let chunk = &mut out.chunk;
        let country = known.country(&self.joined(record, ColumnRole::Country));
        self.read_name(record, chunk, known, row);
        // Which day a birth date is and what a letter of the sex column means, the whole column decides.
        let birth = self.joined(record, ColumnRole::Birth);
        row.birth = if birth.is_empty() { 0 } else { out.births.intern(&birth) + 1 };
        let sex = self.joined(record, ColumnRole::Sex);
        row.sex_text = if sex.is_empty() { None } else { Some(out.sexes.intern(&sex)) };
        for (header, value) in self.each(record, ColumnRole::Document) {
            if let Some(value) = document::document(&value, country, header).value {
                row.documents.push(chunk.document(&value));
            }
        }
        for (_, value) in self.each(record, ColumnRole::Phone) {
            let read = phone::phone(&value, &PhoneContext { country, date: None });
            if let Some(value) = read.value.filter(|_| !read.flags.has(NormFlags::SERVICE)) {
                row.phones.extend(chunk.phone(&value));
            }
        }
        for (_, value) in self.each(record, ColumnRole::Account) {
            if let Some(value) = account::account(&value, country).value {
                row.accounts.push(chunk.account(&value));
            }
        }
        for (_, value) in self.each(record, ColumnRole::Email) {
            row.accounts.push(chunk.account(&value.to_lowercase()));
        }
        let address = self.joined(record, ColumnRole::Address);
        if !address.is_empty() {
            let address = place::address(&address);
            row.address = (!address.is_empty()).then(|| chunk.address(&address));
        }
        let town = self.joined(record, ColumnRole::Town);
        if !town.is_empty() {
            row.town = known.town(&town, chunk);
        }
    }

    /// Decides what the whole column must decide, and puts it into the rows.
    pub(super) fn settle(&self, parts: &mut [Part]) {
        let observed: Vec<DateEvidence> = parts
            .par_iter()
            .map(|part| {
                let mut evidence = DateEvidence::default();
                part.births.iter().for_each(|b| evidence.observe(b));
                evidence
            })
            .collect();
        let mut evidence = DateEvidence::default();
        observed.iter().for_each(|later| evidence.merge(later));
        let met = |letter| parts.iter().any(|p| p.sexes.iter().any(|s| s.eq_ignore_ascii_case(letter)));
        // Nothing decides: day first, as the region writes.
        let order = match evidence.decide() {
            DateDecision::Decided(order) => order,
            _ => evidence.majority().unwrap_or(DateOrder::DayFirst),
        };
        // H (hombre) and M (mujer).
        let m_is_female = met("h") && !met("f");
        parts.par_iter_mut().for_each(|part| {
            let births: Vec<u32> = part.births.iter().map(|b| birth_code(b, order)).collect();
            let sexes: Vec<Option<Sex>> = part.sexes.iter().map(|s| sex(s, m_is_female)).collect();
            part.chunk.settle(&births, &sexes);
        });
    }
}

/// A birth date as dates are compared; 0 where there is none.
fn birth_code(raw: &str, order: DateOrder) -> u32 {
    // What is no date in the column's order may be one in the other: `12/25/1980`.
    let other = || match order {
        DateOrder::MonthFirst => birth(raw, DateOrder::DayFirst),
        _ => birth(raw, DateOrder::MonthFirst),
    };
    birth(raw, order).or_else(other).map_or_else(|| mistyped(raw, order), day_code)
}

/// The figures of a date that cannot be one, such as `1980-17-05`: one wrong figure does not make the others worthless.
///
/// # Returns   0 where the year, or both month and day, are impossible, or one is left open: what fills a field is no date
fn mistyped(raw: &str, order: DateOrder) -> u32 {
    let groups: Vec<&str> =
        raw.split(|c: char| !c.is_ascii_alphanumeric()).filter(|g| !g.is_empty()).collect();
    let parts = match groups.as_slice() {
        [all] if all.len() == 8 && all.is_ascii() => [&all[..4], &all[4..6], &all[6..]],
        [year, month, day] if year.len() == 4 => [*year, *month, *day],
        [month, day, year] if order == DateOrder::MonthFirst => [*year, *month, *day],
        [day, month, year] => [*year, *month, *day],
        _ => return 0,
    };
    let shaped =
        parts.iter().zip([4, 2, 2]).all(|(p, n)| p.len() == n && p.bytes().all(|b| b.is_ascii_digit()));
    let [year, month, day] = parts.map(|p| p.parse::<u32>().unwrap_or_default());
    let kept = (1850..2100).contains(&year) && month > 0 && day > 0 && (month <= 12 || day <= 31);
    if !shaped || !kept {
        return 0;
    }
    date_code(year, month, day)
}

fn birth(raw: &str, order: DateOrder) -> Option<CivilDate> {
    if raw.len() == 8 && raw.bytes().all(|b| b.is_ascii_digit()) {
        let number: u32 = raw.parse().ok()?;
        let year = i16::try_from(number / 10_000).ok()?;
        if (1850..2100).contains(&year) {
            return CivilDate::new(year, (number / 100 % 100) as u8, (number % 100) as u8);
        }
    }
    date::parse(raw, order).map(|t| t.date)
}

fn sex(raw: &str, m_is_female: bool) -> Option<Sex> {
    match text::fold(raw).as_str() {
        "M" if m_is_female => Some(Sex::Female),
        "F" | "FEMENINO" | "FEMALE" | "MUJER" | "FEM" | "W" => Some(Sex::Female),
        "M" | "H" | "MASCULINO" | "MALE" | "HOMBRE" | "MASC" | "VARON" => Some(Sex::Male),
        _ => None,
    }
}
