//! Dates and times as files write them, read without guessing.
//!
//! `03/04/2024` is two days. Which one it is, is decided for a whole column ([`DateEvidence`]) or by a person,
//! never for a row: that is why [`parse`] takes the order. A text that states its order itself (`2024-04-03`,
//! `3 de abril de 2024`, a spreadsheet's serial number) reads the same under every order.
//!
//! A local time becomes an instant through the history of its zone ([`stamp`]): Guatemala, Honduras and Nicaragua
//! had summer time in 2006, Mexico until 2022, its northern border has it still.

mod clock;
mod evidence;
mod scan;

pub use clock::{parse_duration_s, parse_time};
pub use evidence::{DateDecision, DateEvidence};

use jiff::civil;
use jiff::tz::TimeZoneDatabase;
use model::time::{CivilDate, Precision, Stamp};

/// The order of day, month and year where a date is written in digits alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DateOrder {
    /// `31/12/2019`.
    DayFirst,
    /// `12/31/2019`.
    MonthFirst,
    /// `2019-12-31`, and `19-12-31`.
    YearFirst,
}

/// A date and time of day on the local clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// The day.
    pub date: CivilDate,
    /// Seconds since local midnight, 0..86 400; `None` where only the day is stated.
    pub second_of_day: Option<u32>,
    /// Microseconds within the second.
    pub micros: u32,
    /// How fine the text states it.
    pub precision: Precision,
    /// Local minus UTC in minutes, where the text states it (`2024-04-03T10:00:00-06:00`).
    pub offset_minutes: Option<i16>,
}

/// What moment does this text name, given the order of its digits?
///
/// Reads digits in any of the three orders with `/`, `-`, `.` or blanks, or without separators; Spanish and
/// English months; weekday names; `a. m.`/`p. m.` with any blanks; two-digit years (00-49 are 20xx, 50-99 are
/// 19xx); serial numbers of spreadsheets; ISO 8601 with offset; the doubled form `2024-04-03 00:00:00 10:15:00`.
///
/// # Returns     `None` where the text is no such date, or none in that order
/// # Example
/// ```
/// use normalise::date::{DateOrder, parse};
/// let local = parse("12 de marzo de 2019, 3:05 p. m.", DateOrder::DayFirst).unwrap();
/// assert_eq!((local.date.to_string().as_str(), local.second_of_day), ("2019-03-12", Some(54_300)));
/// ```
pub fn parse(raw: &str, order: DateOrder) -> Option<LocalTime> {
    scan::read(raw)?.in_order(order)
}

/// The moment that a spreadsheet's serial number stands for, in the 1900 date system; `None` below 1 and beyond
/// the year 9999. The day 60, which never was, is 1 March 1900.
pub fn excel_serial(serial: f64) -> Option<LocalTime> {
    if !(1.0..2_958_466.0).contains(&serial) {
        return None;
    }
    // To the millisecond: a double holds no more of a day that far from zero.
    let millis = (serial * 86_400_000.0).round() as i64;
    let day = i32::try_from(millis.div_euclid(86_400_000)).ok()?;
    let of_day = millis.rem_euclid(86_400_000);
    let date = CivilDate::from_days(day - if day < 60 { 25_568 } else { 25_569 })?;
    let whole_day = serial.fract() == 0.0;
    Some(LocalTime {
        date,
        second_of_day: if whole_day { None } else { u32::try_from(of_day / 1_000).ok() },
        micros: if whole_day { 0 } else { u32::try_from(of_day % 1_000).ok()? * 1_000 },
        precision: if whole_day { Precision::Day } else { Precision::Second },
        offset_minutes: None,
    })
}

/// The instant of a local time in a zone of the IANA database, with the zone's history.
///
/// An offset that the text itself states comes first. A time that the clock skipped or showed twice is read with
/// the offset in force before the change. A day without a time is its midnight.
///
/// # Arguments   `assumed`: whether the zone is the file's country's and not stated
/// # Returns     `None` for a zone that does not exist
pub fn stamp(local: LocalTime, zone: &str, assumed: bool) -> Option<Stamp> {
    let second_of_day = local.second_of_day.unwrap_or(0);
    let days = i64::from(local.date.days_since_epoch());
    let local_us = (days * 86_400 + i64::from(second_of_day)) * 1_000_000 + i64::from(local.micros);
    if let Some(offset_minutes) = local.offset_minutes {
        return Some(Stamp {
            instant_us: local_us - i64::from(offset_minutes) * 60_000_000,
            offset_minutes,
            zone_assumed: false,
            precision: local.precision,
        });
    }
    let part = |value: u32| i8::try_from(value).ok();
    let wall = civil::DateTime::new(
        local.date.year,
        part(u32::from(local.date.month))?,
        part(u32::from(local.date.day))?,
        part(second_of_day / 3_600)?,
        part(second_of_day / 60 % 60)?,
        part(second_of_day % 60)?,
        i32::try_from(local.micros).ok()? * 1_000,
    )
    .ok()?;
    // The database that is compiled in, never the machine's: the same file gives the same instants everywhere.
    let zone = TimeZoneDatabase::bundled().get(zone).ok()?;
    let instant = zone.to_ambiguous_timestamp(wall).compatible().ok()?;
    let offset_seconds = zone.to_offset(instant).seconds();
    Some(Stamp {
        instant_us: instant.as_microsecond(),
        offset_minutes: i16::try_from(offset_seconds.div_euclid(60)).ok()?,
        zone_assumed: assumed,
        precision: local.precision,
    })
}

#[cfg(test)]
mod tests;
