//! Moments of rows that are read into columns, and the offset of a whole day.

use model::time::{CivilDate, Precision};
use model::written::{TimeForm, Wall};
use normalise::date::LocalTime;

fn stamp(wall: &Wall, zone: &str) -> Option<model::time::Stamp> {
    let local = LocalTime {
        date: wall.date,
        second_of_day: Some(wall.second_of_day),
        micros: 0,
        precision: wall.precision,
        offset_minutes: None,
    };
    normalise::date::stamp(local, zone, true)
}

/// The offset of a whole day; `None` where the clock changes on it. Looked at every quarter of an hour, since no
/// clock ever changed by less.
pub(super) fn day_offset(date: CivilDate, zone: &str) -> Option<i16> {
    let midnight = i64::from(date.days_since_epoch()) * 86_400_000_000;
    let mut found = None;
    for second_of_day in (0..86_400).step_by(900).chain([86_399]) {
        let read = stamp(&Wall { date, second_of_day, precision: Precision::Second }, zone)?;
        let local = midnight + i64::from(second_of_day) * 1_000_000;
        let even = read.instant_us == local - i64::from(read.offset_minutes) * 60_000_000;
        if !even || found.is_some_and(|offset| offset != read.offset_minutes) {
            return None;
        }
        found = Some(read.offset_minutes);
    }
    found
}

/// The moment of one cell, or of a day and a clock.
pub(super) fn moment(time: &[u8], clock: &[u8], day_first: Option<bool>) -> Option<(TimeForm, Wall)> {
    if clock.is_empty() {
        return TimeForm::read(time, day_first);
    }
    let mut joined = [0u8; 19];
    let length = time.len() + 1 + clock.len();
    joined.get_mut(..time.len())?.copy_from_slice(time);
    *joined.get_mut(time.len())? = b' ';
    joined.get_mut(time.len() + 1..length)?.copy_from_slice(clock);
    // The day's own cell holds a day alone.
    (time.len() == 10).then_some(())?;
    TimeForm::read(joined.get(..length)?, day_first)
}
