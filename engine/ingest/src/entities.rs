//! A row of a list of people, subscribers or account holders becomes a mention with all that the row says of them.
//!
//! The class of protection is taken from the words of the list (victim, protected witness, minor, reserved) and
//! from an age below 18 that the row states. A birth date makes a minor only against a date in the same row or
//! file: the clock of the machine is never asked.

use crate::columns::Role;
use crate::reader::Row;
use crate::reading::{Reading, Refusal, is_lost};
use crate::table::Columns;
use hashbrown::HashMap;
use model::identifier::Normal;
use model::ids::{MentionId, MentionRole, RecordRef};
use model::party::{PartyKind, PersonName, Sex};
use model::place::Country;
use model::record::{MentionRecord, RefusalReason};
use model::sensitivity::Sensitivity;
use model::time::{Basis, CivilDate, Interval};
use normalise::name::NameOrder;
use normalise::text::fold;

/// The class that a list's words give to a person.
pub fn sensitivity_of(standing: &str) -> Sensitivity {
    let folded = fold(standing);
    let word = |words: &[&str]| folded.split(' ').any(|w| words.contains(&w));
    // "No víctima" and "mayor de edad" are the opposite of what they contain.
    let denied = folded.starts_with("NO ") || folded.starts_with("SIN ");
    if denied || folded.is_empty() {
        return Sensitivity::Open;
    }
    let mut class = Sensitivity::Open;
    if word(&["TESTIGO", "TESTIGOS", "WITNESS", "TESTIGA"]) {
        class = class.max(Sensitivity::Witness);
    }
    if word(&[
        "VICTIMA",
        "VICTIMAS",
        "VICTIM",
        "AGRAVIADA",
        "AGRAVIADO",
        "OFENDIDA",
        "OFENDIDO",
        "SOBREVIVIENTE",
    ]) {
        class = class.max(Sensitivity::Victim);
    }
    let minor =
        word(&["MENOR", "MENORES", "MINOR", "NINA", "NINO", "NIÑA", "NIÑO", "ADOLESCENTE", "NNA", "CHILD"]);
    if minor {
        class = class.max(Sensitivity::Minor);
    }
    if word(&["RESERVADO", "RESERVADA", "SEALED"]) {
        class = Sensitivity::Sealed;
    }
    class
}

/// Full names as they were read: those of a statement or a list of transfers come again and again.
#[derive(Debug, Default)]
pub struct Names(HashMap<String, (PersonName, PartyKind)>);

/// Names that are remembered at once.
const REMEMBERED: usize = 16_384;

impl Names {
    /// Sets the name of a mention from a full name as written.
    pub(crate) fn set(&mut self, mention: &mut MentionRecord, raw: &str) {
        let raw = raw.trim();
        if raw.is_empty() {
            return;
        }
        raw.clone_into(&mut mention.name_raw);
        if let Some((name, kind)) = self.0.get(raw) {
            (mention.name, mention.kind) = (name.clone(), *kind);
            return;
        }
        if normalise::name::looks_like_organisation(raw) {
            mention.kind = PartyKind::Organisation;
        }
        let order = if raw.contains(',') { NameOrder::SurnameFirst } else { NameOrder::Unknown };
        mention.name = normalise::name::full_name(raw, order);
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        self.0.insert(raw.to_owned(), (mention.name.clone(), mention.kind));
    }
}

/// A document of a cell; the kind is hinted by a column of kinds or by the header itself.
pub(crate) fn document_of(raw: &str, reading: &Reading, kind: &str, header: &str) -> Option<Normal> {
    let raw = raw.trim();
    if raw.is_empty() {
        return None;
    }
    let hint = if kind.is_empty() { header } else { kind };
    Some(normalise::document::document(raw, reading.country, hint))
}

fn sex_of(text: &str) -> Option<Sex> {
    match fold(text).as_str() {
        "F" | "FEMENINO" | "FEMENINA" | "MUJER" | "FEMALE" | "W" | "FEM" => Some(Sex::Female),
        "M" | "MASCULINO" | "HOMBRE" | "MALE" | "H" | "V" | "VARON" | "MASC" => Some(Sex::Male),
        _ => None,
    }
}

/// The country of a nationality or country cell.
fn country_of(text: &str) -> Option<Country> {
    if let Some(country) = Country::parse(text) {
        return Some(country);
    }
    let folded = fold(text).replace('Ñ', "N");
    let stems = [
        ("SALVADOR", Country::SV),
        ("GUATEMAL", Country::GT),
        ("HONDUR", Country::HN),
        ("NICARAG", Country::NI),
        ("COSTARRIC", Country::CR),
        ("COSTA RIC", Country::CR),
        ("PANAM", Country::PA),
        ("DOMINICAN", Country::DO),
        ("MEXICAN", Country::MX),
        ("MEXICO", Country::MX),
        ("BELIC", Country::BZ),
        ("BELIZ", Country::BZ),
        ("COLOMBIA", Country::CO),
        ("CUBA", Country::CU),
        ("HAIT", Country::HT),
        ("JAMAI", Country::JM),
        ("ESTADOUNID", Country::US),
        ("ESTADOS UNIDOS", Country::US),
        ("USA", Country::US),
    ];
    let alpha3 = [
        ("SLV", Country::SV),
        ("GTM", Country::GT),
        ("HND", Country::HN),
        ("NIC", Country::NI),
        ("CRI", Country::CR),
        ("PAN", Country::PA),
        ("DOM", Country::DO),
        ("MEX", Country::MX),
        ("BLZ", Country::BZ),
        ("COL", Country::CO),
    ];
    alpha3
        .into_iter()
        .find(|(code, _)| folded == *code)
        .or_else(|| stems.into_iter().find(|(stem, _)| folded.contains(stem)))
        .map(|(_, country)| country)
}

/// Splits a cell with several values (`7000-0001 / 7000-0002`).
fn several(raw: &str) -> impl Iterator<Item = &str> {
    raw.split(['/', ';', '|', '\n', ',']).map(str::trim).filter(|v| !v.is_empty())
}

/// The part that the rows of this layout play: person, subscriber of a line, holder of an account.
fn role_of(columns: &Columns) -> MentionRole {
    let name = columns.get(Role::Name).map(|c| fold(columns.header(c))).unwrap_or_default();
    let says = |words: &[&str]| name.split(' ').any(|w| words.contains(&w));
    let people = columns.any(&[Role::Standing, Role::Alias, Role::Birth, Role::Age, Role::Sex]);
    if columns.has(Role::Account) && !columns.has(Role::Standing) && !columns.has(Role::Alias) {
        MentionRole::Holder
    } else if columns.has(Role::Phone)
        && !columns.any(&[Role::Standing, Role::Alias])
        && (says(&["TITULAR", "SUSCRIPTOR", "ABONADO", "SUBSCRIBER", "USUARIO"])
            || columns.any(&[Role::ValidFrom, Role::Imsi, Role::Imei])
            || !people)
    {
        MentionRole::Subscriber
    } else if columns.has(Role::Id) && !columns.any(&[Role::Name, Role::Given, Role::Document, Role::Phone]) {
        MentionRole::Holder
    } else {
        MentionRole::Person
    }
}

/// Eighteen years after birth.
fn of_age(birth: CivilDate) -> Option<CivilDate> {
    let year = birth.year.checked_add(18)?;
    CivilDate::new(year, birth.month, birth.day).or_else(|| CivilDate::new(year, 3, 1))
}

/// Reads a row.
///
/// # Errors
/// The refusal: nothing in the row names anyone, or its only number is irrecoverable.
pub fn read(
    row: &Row,
    columns: &Columns,
    reading: &Reading,
    record: RecordRef,
    names: &mut Names,
) -> Result<MentionRecord, Refusal> {
    let text = |role: Role| reading.text(row, columns, role);
    let mut mention = MentionRecord::new(MentionId { record, role: role_of(columns) });
    names.set(&mut mention, text(Role::Name));
    let (given, both) = (text(Role::Given), text(Role::Surnames));
    let (first, second) = (text(Role::Surname1), text(Role::Surname2));
    if columns.any(&[Role::Given, Role::Surnames, Role::Surname1]) {
        // "Nombre" beside "Apellidos" holds the given names.
        let given = if given.is_empty() { text(Role::Name) } else { given };
        let parts = [given, first, second, both];
        mention.name_raw = parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ");
        mention.name =
            normalise::name::from_columns(given, if first.is_empty() { both } else { first }, second);
    }
    mention.alias_raw = columns
        .all(Role::Alias)
        .map(|c| row.cell(c))
        .filter(|t| !t.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
    let kind = text(Role::DocumentKind);
    for column in columns.all(Role::Document) {
        mention.documents.extend(document_of(row.cell(column), reading, kind, columns.header(column)));
    }
    text(Role::Birth).clone_into(&mut mention.birth_raw);
    mention.birth = reading.day(text(Role::Birth), reading.births);
    mention.sex = sex_of(text(Role::Sex));
    mention.country = country_of(text(Role::Nationality));
    let from_day = reading.day(text(Role::ValidFrom), reading.spans);
    for column in columns.all(Role::Phone) {
        mention.phones.extend(several(row.cell(column)).map(|raw| reading.phone(raw, from_day)));
    }
    for column in columns.all(Role::Account) {
        mention.accounts.extend(several(row.cell(column)).map(|raw| reading.account(raw)));
    }
    let devices = [
        (Role::Imei, normalise::device::imei as fn(&str) -> Normal),
        (Role::Imsi, normalise::device::imsi as fn(&str) -> Normal),
    ];
    for (role, normal) in devices {
        let list = if role == Role::Imei { &mut mention.handsets } else { &mut mention.sims };
        for column in columns.all(role) {
            list.extend(several(row.cell(column)).map(normal));
        }
    }
    let id = text(Role::Id);
    let named = columns.any(&[Role::Name, Role::Given, Role::Document, Role::Phone, Role::Account]);
    if !id.is_empty() && !named {
        mention.accounts.push(reading.account(id));
    }
    let address = text(Role::Address);
    if !address.is_empty() {
        address.clone_into(&mut mention.address_raw);
        mention.address = normalise::place::address(address);
    }
    mention.town = match text(Role::Town) {
        "" => String::new(),
        town => normalise::place::town(town),
    };
    mention.validity = validity(row, columns, reading);
    text(Role::Standing).clone_into(&mut mention.standing_raw);
    mention.sensitivity =
        sensitivity_of(text(Role::Standing)).max(stated_minor(row, columns, reading, mention.birth));
    let lost = mention.phones.iter().chain(&mention.accounts).find(|n| is_lost(n));
    if mention.name_raw.is_empty() && mention.identifiers().is_empty() {
        let first = [Role::Name, Role::Given, Role::Document, Role::Phone, Role::Account, Role::Id]
            .into_iter()
            .find(|r| columns.has(*r));
        let header = first.map(|r| columns.header_of(r)).unwrap_or_default();
        let reason = if lost.is_some() { RefusalReason::Irrecoverable } else { RefusalReason::MissingValue };
        return Err(Refusal::new(reason, header));
    }
    Ok(mention)
}

/// When the row says that its identifiers were held: from the first moment of the first day to the end of the last.
fn validity(row: &Row, columns: &Columns, reading: &Reading) -> Interval {
    let mut out = Interval::default();
    let from = reading.text(row, columns, Role::ValidFrom);
    let to = reading.text(row, columns, Role::ValidTo);
    if let Some(instant) = reading.instant(from, reading.spans) {
        (out.from_us, out.from_basis) = (Some(instant), Basis::Stated);
    }
    if let Some(instant) = reading.instant(to, reading.spans) {
        (out.to_us, out.to_basis) = (Some(instant), Basis::Stated);
    }
    out
}

/// Whether the row states that the person is a minor: an age below 18, or a birth less than 18 years before the
/// date of the row.
fn stated_minor(row: &Row, columns: &Columns, reading: &Reading, birth: Option<CivilDate>) -> Sensitivity {
    let age = reading.text(row, columns, Role::Age);
    let years: Option<u32> = age.split_whitespace().next().and_then(|a| a.parse().ok());
    if years.is_some_and(|y| y < 18) {
        return Sensitivity::Minor;
    }
    let on = reading
        .day(reading.text(row, columns, Role::Date), reading.dates.or(reading.births))
        .or_else(|| reading.day(reading.text(row, columns, Role::ValidFrom), reading.spans));
    match (birth.and_then(of_age), on) {
        (Some(adult), Some(on)) if on < adult => Sensitivity::Minor,
        _ => Sensitivity::Open,
    }
}
