//! How a table is read, settled once for all its rows: clock, country, currency, marks, whose return it is.

use crate::columns::Role;
use crate::evidence::Evidence;
use crate::mapping::{Mapping, StepClock};
use crate::reader::Row;
use crate::recognise::Layout;
use crate::subject::is_subject;
use crate::table::Columns;
use model::identifier::{NormFlags, Normal};
use model::ids::RecordRef;
use model::money::Currency;
use model::place::Country;
use model::record::{RefusalReason, RefusedRow, Side, TableKind};
use model::time::{CivilDate, Precision, Stamp};
use model::undecided::Undecided;
use normalise::amount::DecimalMark;
use normalise::date::{DateDecision, DateOrder, LocalTime};
use normalise::phone::PhoneContext;
use std::borrow::Cow;

/// Why a row is refused, and in which column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: RefusalReason,
    /// The column's header; empty where the whole row is at fault.
    pub column: String,
}

impl Refusal {
    /// A refusal for a column.
    pub fn new(reason: RefusalReason, column: impl Into<String>) -> Self {
        Self { reason, column: column.into() }
    }

    /// The row that is refused, as it is kept.
    pub(crate) fn of(self, row: Row, record: RecordRef) -> RefusedRow {
        RefusedRow {
            record,
            reason: self.reason,
            column: self.column,
            byte_offset: row.offset,
            raw: row.raw,
            line_end: row.end,
        }
    }
}

/// Everything that reading a row needs and a row does not say.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Kind of table.
    pub kind: TableKind,
    /// Country of numbers, money and clock.
    pub country: Option<Country>,
    /// IANA zone of the file's clock.
    pub zone: String,
    /// Whether the zone was concluded from the country.
    pub zone_assumed: bool,
    /// Order of day and month of events; none where undecided.
    pub dates: Option<DateOrder>,
    /// The same for birth dates and for validity.
    pub births: Option<DateOrder>,
    /// The same for dates of validity.
    pub spans: Option<DateOrder>,
    /// The clock of a step count.
    pub steps: Option<StepClock>,
    /// Whether the time column counts steps, known clock or not.
    pub counts_steps: bool,
    /// Decimal mark.
    pub mark: DecimalMark,
    /// Whether the mark was concluded from the country although both fit.
    pub mark_assumed: bool,
    /// Currency of amounts that state none.
    pub currency: Currency,
    /// Whether the currency was stated by a mapping.
    pub currency_stated: bool,
    /// Whether numbers of parties are opaque ids.
    pub opaque: bool,
    /// Line or account that the return is of, as written.
    pub subject: Option<String>,
    /// Whether "number A" is the subject on incoming rows too.
    pub a_is_subject: bool,
    /// Direction of rows that state none (a sheet of incoming calls).
    pub side: Option<Side>,
    /// Whether rows without a type are data sessions.
    pub data: bool,
    /// Whether amounts of the column are signed.
    pub signed: bool,
    /// What a person has to settle, each with the flag or mapping line that settles it.
    pub undecided: Vec<Undecided>,
}

/// What is known of a file beside the table itself.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// The mapping in force.
    pub mapping: &'a Mapping,
    /// Country to fall back on.
    pub country: Option<Country>,
    /// A number in the file's name.
    pub name_number: Option<&'a str>,
    /// The file's stem and the sheet's name.
    pub titles: [&'a str; 2],
}

impl Reading {
    /// Settles how a table is read.
    pub fn settle(layout: &Layout, evidence: &Evidence, known: &Circumstances<'_>) -> Self {
        let mapping = known.mapping;
        let columns = &layout.columns;
        let stated = mapping.country().ok().flatten().or(layout.letterhead.country());
        let country = stated.or(known.country).or(columns.known.and_then(|template| template.country));
        let mut undecided = Vec::new();
        let given = mapping.dates().ok().flatten();
        let steps = mapping.steps().ok().flatten();
        let counts_steps = steps.is_some()
            || (layout.kind != TableKind::Entities
                && !columns.has(Role::Clock)
                && evidence.steps.are_steps());
        if counts_steps && steps.is_none() {
            undecided.push(Undecided::Steps);
        }
        let decide = |evidence: &normalise::date::DateEvidence| match evidence.decide() {
            _ if given.is_some() => given,
            DateDecision::Decided(order) => Some(order),
            DateDecision::Ambiguous | DateDecision::NotDates => None,
        };
        let usual = columns.known.and_then(|template| template.dates);
        let dates =
            decide(&evidence.dates).or(usual.filter(|_| evidence.dates.decide() == DateDecision::Ambiguous));
        if dates.is_none() && !counts_steps && evidence.dates.decide() == DateDecision::Ambiguous {
            undecided.push(Undecided::Dates);
        }
        let births = decide(&evidence.births).or(dates);
        let spans = decide(&evidence.spans).or(dates).or(births);
        let loose = |e: &normalise::date::DateEvidence, order: Option<DateOrder>| {
            order.is_none() && e.decide() == DateDecision::Ambiguous
        };
        if loose(&evidence.births, births) || loose(&evidence.spans, spans) {
            undecided.push(Undecided::EntityDates);
        }
        let zone = mapping.zone.clone();
        let zone_assumed = zone.is_none();
        let zone =
            zone.or_else(|| country.map(|c| c.time_zone().to_owned())).unwrap_or_else(|| "UTC".to_owned());
        let usual = match country {
            Some(Country::CR | Country::CO) => DecimalMark::Comma,
            _ => DecimalMark::Point,
        };
        let decided = mapping.decimal().ok().flatten().or_else(|| evidence.amounts.decide());
        let mark_assumed = decided.is_none() && evidence.marked_amounts > 0;
        if mark_assumed && layout.kind == TableKind::Transfers {
            undecided.push(Undecided::DecimalMark);
        }
        let stated_currency = mapping.currency().ok().flatten();
        let subject = mapping.subject.clone().or_else(|| match layout.kind {
            TableKind::Calls => layout.letterhead.line.clone(),
            TableKind::Transfers => layout.letterhead.account.clone(),
            TableKind::Entities => None,
        });
        let subject = subject.or_else(|| {
            let number = known.name_number.filter(|n| is_subject(n, layout, evidence, country));
            number.map(str::to_owned)
        });
        let side = known.titles.iter().rev().find_map(|title| crate::calls::direction_of_title(title));
        let signed = evidence.negative > 0;
        let one_sided = columns.has(Role::Amount)
            && !columns.any(&[Role::Debit, Role::Credit, Role::Sign])
            && !columns.any(&[Role::Payer, Role::PayerName, Role::PayerPhone, Role::PayerDocument]);
        if layout.kind == TableKind::Transfers && one_sided && !signed {
            undecided.push(Undecided::Direction);
        }
        Self {
            kind: layout.kind,
            country,
            zone,
            zone_assumed,
            dates,
            births,
            spans,
            steps,
            counts_steps,
            mark: decided.unwrap_or(usual),
            mark_assumed,
            currency: stated_currency.or_else(|| country.map(Country::currency)).unwrap_or(Currency::UNKNOWN),
            currency_stated: stated_currency.is_some(),
            opaque: mapping.opaque_ids.unwrap_or_else(|| evidence.ids.are_opaque()),
            subject,
            a_is_subject: evidence.a_is_subject(),
            side,
            data: !columns.any(&[Role::Receiver, Role::NumberB, Role::Other])
                && layout.kind == TableKind::Calls,
            signed,
            undecided,
        }
    }

    /// The text of a role's cell, trimmed; empty where there is none.
    pub fn text<'r>(&self, row: &'r Row, columns: &Columns, role: Role) -> &'r str {
        columns.get(role).map_or("", |c| row.cell(c))
    }

    /// A telephone number or an opaque id.
    pub fn phone(&self, raw: &str, date: Option<CivilDate>) -> Normal {
        if raw.is_empty() {
            Normal::default()
        } else if self.opaque {
            normalise::phone::opaque(raw)
        } else {
            normalise::phone::phone(raw, &PhoneContext { country: self.country, date })
        }
    }

    /// An account or an opaque id.
    pub fn account(&self, raw: &str) -> Normal {
        if raw.is_empty() {
            Normal::default()
        } else if self.opaque {
            normalise::phone::opaque(raw)
        } else {
            normalise::account::account(raw, self.country)
        }
    }

    /// The moment of a row: as written, the instant where it is decided, and the local day.
    ///
    /// # Errors
    /// A refusal where the moment is missing or no moment at all.
    pub fn moment(&self, row: &Row, columns: &Columns) -> Result<Moment, Refusal> {
        let Some(column) = columns.get(Role::Time).or_else(|| columns.get(Role::Date)) else {
            return Ok(Moment::default());
        };
        let text = row.cell(column);
        let clock_text = self.text(row, columns, Role::Clock);
        let raw = if clock_text.is_empty() { text.to_owned() } else { format!("{text} {clock_text}") };
        if text.is_empty() {
            return Err(Refusal::new(RefusalReason::MissingValue, columns.header(column)));
        }
        let bad = || Refusal::new(RefusalReason::BadValue, columns.header(column));
        if self.counts_steps {
            let step: i64 = text.parse().map_err(|_| bad())?;
            let time = match self.steps {
                Some(clock) => Some(clock.stamp(step).ok_or_else(bad)?),
                None => None,
            };
            return Ok(Moment { raw, time, day: None });
        }
        let single = single_date(text);
        let Some(mut local) = parse_date(&single, self.dates).map_err(|()| bad())? else {
            return Ok(Moment { raw, time: None, day: None });
        };
        if !clock_text.is_empty() {
            let (second, precision) = time_of_day(clock_text)
                .ok_or_else(|| Refusal::new(RefusalReason::BadValue, columns.header_of(Role::Clock)))?;
            local.second_of_day = Some(second);
            local.precision = precision;
        }
        let time = normalise::date::stamp(local, &self.zone, self.zone_assumed).ok_or_else(bad)?;
        Ok(Moment { raw, time: Some(time), day: Some(local.date) })
    }

    /// A day of birth or validity; none where it is missing, undecided or no date.
    pub fn day(&self, raw: &str, order: Option<DateOrder>) -> Option<CivilDate> {
        if raw.is_empty() {
            None
        } else {
            parse_date(&single_date(raw), order).ok().flatten().map(|t| t.date)
        }
    }

    /// The instant at which a day or moment of validity begins.
    pub fn instant(&self, raw: &str, order: Option<DateOrder>) -> Option<i64> {
        let local = parse_date(&single_date(raw), order).ok().flatten()?;
        normalise::date::stamp(local, &self.zone, self.zone_assumed).map(|s| s.instant_us)
    }
}

/// The moment of a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moment {
    /// As written.
    pub raw: String,
    /// The instant, where it is decided.
    pub time: Option<Stamp>,
    /// The day on the local clock.
    pub day: Option<CivilDate>,
}

impl StepClock {
    /// The moment of a step.
    pub fn stamp(&self, step: i64) -> Option<Stamp> {
        let instant_us = step.checked_mul(self.step_us)?.checked_add(self.epoch_us)?;
        let precision = match self.step_us {
            86_400_000_000.. => Precision::Day,
            60_000_000.. => Precision::Minute,
            _ => Precision::Second,
        };
        Some(Stamp { instant_us, offset_minutes: self.offset_minutes, zone_assumed: false, precision })
    }
}

/// A doubled spreadsheet date (`2025-06-04 00:00:00 00:16:06`) is written once; everything else stays.
pub(crate) fn single_date(text: &str) -> Cow<'_, str> {
    let mut parts = text.split_whitespace();
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(date), Some("00:00:00" | "0:00:00"), Some(clock), None) if clock.contains(':') => {
            Cow::Owned(format!("{date} {clock}"))
        }
        _ => Cow::Borrowed(text),
    }
}

/// Reads a date in a decided order. Where none is decided a date stands only if every order reads it alike.
fn parse_date(text: &str, order: Option<DateOrder>) -> Result<Option<LocalTime>, ()> {
    if let Some(order) = order {
        return normalise::date::parse(text, order).map(Some).ok_or(());
    }
    let day = normalise::date::parse(text, DateOrder::DayFirst);
    let month = normalise::date::parse(text, DateOrder::MonthFirst);
    match (day, month) {
        (Some(a), Some(b)) if a == b => Ok(Some(a)),
        (None, None) => Err(()),
        _ => Ok(None),
    }
}

/// The time of day of a clock column, which may repeat the date.
fn time_of_day(text: &str) -> Option<(u32, Precision)> {
    let fine = |t: &str| if t.matches(':').count() >= 2 { Precision::Second } else { Precision::Minute };
    if let Some(second) = normalise::date::parse_time(text) {
        return Some((second, fine(text)));
    }
    let last = text.split_whitespace().find(|t| t.contains(':'))?;
    normalise::date::parse_time(last).map(|second| (second, fine(last)))
}

/// Whether a number cannot be recovered because a spreadsheet rounded it.
pub(crate) fn is_lost(normal: &Normal) -> bool {
    normal.flags.has(NormFlags::IRRECOVERABLE)
}
