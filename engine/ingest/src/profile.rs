//! What do the values of a column look like, where its header says nothing?
//!
//! Every row of the table is looked at; the answer is the share of filled cells that read as a thing, never a
//! value. It is used for proposals to a person only: no load takes a role from values.

use crate::calls::{Class, class_of, direction_of};
use crate::columns::Role;
use crate::reader::Row;
use model::place::Country;
use model::record::TableKind;
use normalise::date::DateOrder;
use normalise::phone::PhoneContext;

/// A thing that values can look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Look {
    Phone,
    Imei,
    Imsi,
    Moment,
    Day,
    Clock,
    Whole,
    Amount,
    Latitude,
    Longitude,
    Name,
    Document,
    Direction,
    Service,
    Account,
}

const LOOKS: usize = 15;

/// The looks of the values of one column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    filled: u64,
    looks: [u64; LOOKS],
}

impl Profile {
    fn count(&mut self, look: Look) {
        if let Some(n) = self.looks.get_mut(look as usize) {
            *n += 1;
        }
    }

    /// Takes a value.
    pub(crate) fn take(&mut self, text: &str, country: Option<Country>) {
        if text.is_empty() {
            return;
        }
        self.filled += 1;
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        if letters == 0 && (7..=15).contains(&digits) && !text.contains([':', '/', ',']) {
            let context = PhoneContext { country, date: None };
            let plain =
                text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b' ' | b'(' | b')'));
            if plain && normalise::phone::phone(text, &context).value.is_some() {
                self.count(Look::Phone);
            }
        }
        if letters == 0 && (14..=16).contains(&digits) && digits == text.len() {
            if normalise::device::imei(text).value.is_some() {
                self.count(Look::Imei);
            }
            if digits == 15 && Country::ALL.iter().any(|c| mcc(*c).iter().any(|m| text.starts_with(m))) {
                self.count(Look::Imsi);
            }
        }
        self.take_time(text);
        self.take_number(text, digits, letters);
        if letters >= 5 && digits == 0 && text.split_whitespace().count() >= 2 {
            self.count(Look::Name);
        }
        if direction_of(text).is_some() {
            self.count(Look::Direction);
        }
        if class_of(text) != Class::Unknown {
            self.count(Look::Service);
        }
        let kind = normalise::document::document(text, country, "");
        if kind.value.is_some() && digits >= 5 {
            self.count(Look::Document);
        }
    }

    fn take_time(&mut self, text: &str) {
        let orders = [DateOrder::DayFirst, DateOrder::MonthFirst, DateOrder::YearFirst];
        let single = crate::reading::single_date(text);
        match orders.into_iter().find_map(|order| normalise::date::parse(&single, order)) {
            Some(local) if local.second_of_day.is_some() => self.count(Look::Moment),
            Some(_) => self.count(Look::Day),
            None if text.contains(':') && normalise::date::parse_time(text).is_some() => {
                self.count(Look::Clock);
            }
            None => {}
        }
    }

    fn take_number(&mut self, text: &str, digits: usize, letters: usize) {
        if digits == text.len() && digits <= 5 {
            self.count(Look::Whole);
        }
        let fraction = text.rfind(['.', ',']).map_or(0, |at| text.len() - at - 1);
        if fraction >= 4 && digits >= 5 && letters == 0 {
            let degrees: Option<f64> = text.replace(',', ".").parse().ok();
            match degrees {
                Some(d) if d.abs() <= 33.0 => self.count(Look::Latitude),
                Some(d) if (58.0..=125.0).contains(&d.abs()) => self.count(Look::Longitude),
                _ => {}
            }
        } else if digits > 0 && digits <= 12 && (fraction == 2 || text.contains(['$', '(', '₡', 'Q'])) {
            let mark = normalise::amount::DecimalMark::Point;
            let comma = normalise::amount::DecimalMark::Comma;
            let unknown = model::money::Currency::UNKNOWN;
            if [mark, comma].iter().any(|m| normalise::amount::amount(text, *m, unknown).is_some()) {
                self.count(Look::Amount);
            }
        }
        let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if plain && (9..=34).contains(&digits) {
            self.count(Look::Account);
        }
    }

    /// The share of filled cells that look so, 0..=1.
    fn share(&self, look: Look) -> f64 {
        let n = self.looks.get(look as usize).copied().unwrap_or(0);
        if self.filled == 0 { 0.0 } else { n as f64 / self.filled as f64 }
    }
}

/// The mobile country codes of a country.
fn mcc(country: Country) -> &'static [&'static str] {
    match country {
        Country::BZ => &["702"],
        Country::GT => &["704"],
        Country::SV => &["706"],
        Country::HN => &["708"],
        Country::NI => &["710"],
        Country::CR => &["712"],
        Country::PA => &["714"],
        Country::MX => &["334"],
        Country::DO => &["370"],
        Country::JM => &["338"],
        Country::HT => &["372"],
        Country::CO => &["732"],
        _ => &[],
    }
}

/// The looks of the columns of a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profiles(Vec<Profile>);

/// From this share on a look is proposed.
const ENOUGH: f64 = 0.8;
/// What a look alone is worth at most: the header said nothing.
const WORTH: f64 = 0.6;

impl Profiles {
    /// Takes a row below the header.
    pub(crate) fn take(&mut self, row: &Row, country: Option<Country>) {
        if row.fault.is_some() || row.is_blank() || row.is_rule() {
            return;
        }
        let width = row.cells.len().min(512);
        if self.0.len() < width {
            self.0.resize(width, Profile::default());
        }
        for (column, profile) in self.0.iter_mut().enumerate() {
            profile.take(row.cell(column), country);
        }
    }

    /// How many columns hold anything.
    pub(crate) fn width(&self) -> usize {
        self.0.iter().rposition(|p| p.filled > 0).map_or(0, |i| i + 1)
    }

    fn columns_of(&self, look: Look) -> usize {
        self.0.iter().filter(|p| p.share(look) >= ENOUGH).count()
    }

    /// The kind of table that the columns look like.
    pub(crate) fn kind(&self) -> TableKind {
        let timed = self.columns_of(Look::Day) + self.columns_of(Look::Moment) > 0;
        if timed && self.columns_of(Look::Amount) > 0 {
            TableKind::Transfers
        } else if timed && self.columns_of(Look::Phone) >= 2 {
            TableKind::Calls
        } else {
            TableKind::Entities
        }
    }

    /// A role for each column that has none: by what its values look like, each role once, in the order of columns.
    ///
    /// # Returns  the role and how sure it is, at most 0.6
    pub(crate) fn fill(&self, kind: TableKind, roles: &mut [Option<(Role, f64)>]) {
        let wishes: &[(Look, &[Role])] = match kind {
            TableKind::Calls => &[
                (Look::Imsi, &[Role::Imsi, Role::ReceiverImsi]),
                (Look::Moment, &[Role::Time]),
                (Look::Day, &[Role::Date]),
                (Look::Clock, &[Role::Clock, Role::Duration]),
                (Look::Phone, &[Role::NumberA, Role::NumberB]),
                (Look::Imei, &[Role::Imei, Role::ReceiverImei]),
                (Look::Latitude, &[Role::Latitude]),
                (Look::Longitude, &[Role::Longitude]),
                (Look::Direction, &[Role::Direction]),
                (Look::Service, &[Role::Type]),
                (Look::Whole, &[Role::Duration]),
            ],
            TableKind::Transfers => &[
                (Look::Moment, &[Role::Time]),
                (Look::Day, &[Role::Date]),
                (Look::Clock, &[Role::Clock]),
                (Look::Amount, &[Role::Amount, Role::Balance]),
                (Look::Name, &[Role::PayerName, Role::BeneficiaryName]),
                (Look::Phone, &[Role::PayerPhone, Role::BeneficiaryPhone]),
                (Look::Account, &[Role::Payer, Role::Beneficiary]),
            ],
            TableKind::Entities => &[
                (Look::Imei, &[Role::Imei]),
                (Look::Imsi, &[Role::Imsi]),
                (Look::Phone, &[Role::Phone]),
                (Look::Document, &[Role::Document]),
                (Look::Name, &[Role::Name]),
                (Look::Day, &[Role::Birth]),
                (Look::Account, &[Role::Account]),
            ],
        };
        for (look, wanted) in wishes {
            let mut wanted = wanted
                .iter()
                .filter(|role| !roles.iter().flatten().any(|(have, _)| have == *role))
                .copied()
                .collect::<Vec<_>>()
                .into_iter();
            for (profile, slot) in self.0.iter().zip(roles.iter_mut()) {
                let share = profile.share(*look);
                if slot.is_none()
                    && share >= ENOUGH
                    && let Some(role) = wanted.next()
                {
                    *slot = Some((role, (share * WORTH * 100.0).round() / 100.0));
                }
            }
        }
    }
}
