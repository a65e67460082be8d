//! Time as evidence has it: an instant with the zone it was read in, how fine it is, and civil dates that are
//! never midnight UTC.

use std::fmt;

/// How fine a stated time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Precision {
    /// Only the day is stated.
    Day = 0,
    /// Hour and minute.
    Minute = 1,
    /// To the second or finer.
    Second = 2,
}

/// A moment: instant, the offset it was read with, whether that zone was stated or assumed, and precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub instant_us: i64,
    /// Local minus UTC, in minutes, at that instant.
    pub offset_minutes: i16,
    /// True where the file states no zone and its country's was used.
    pub zone_assumed: bool,
    /// How fine the source states it.
    pub precision: Precision,
}

impl Stamp {
    /// Local wall-clock microseconds since 1970-01-01T00:00 local.
    pub fn local_us(&self) -> i64 {
        self.instant_us.saturating_add(i64::from(self.offset_minutes) * 60_000_000)
    }

    /// Hour of the day 0..24 and day of the week 0..7 (0 = Sunday) on the local clock.
    pub fn hour_and_weekday(&self) -> (u8, u8) {
        let seconds = self.local_us().div_euclid(1_000_000);
        let hour = seconds.rem_euclid(86_400) / 3_600;
        // 1970-01-01 was a Thursday (4).
        let weekday = (seconds.div_euclid(86_400) + 4).rem_euclid(7);
        (hour as u8, weekday as u8)
    }
}

/// A calendar day without a zone, as on an identity document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDate {
    /// Year.
    pub year: i16,
    /// 1..=12.
    pub month: u8,
    /// 1..=31.
    pub day: u8,
}

impl CivilDate {
    /// A date that exists in the Gregorian calendar, or `None`.
    pub fn new(year: i16, month: u8, day: u8) -> Option<Self> {
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let last = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        (1..=last).contains(&day).then_some(Self { year, month, day })
    }

    /// Days since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil).
    pub fn days_since_epoch(self) -> i32 {
        let y = i32::from(self.year) - i32::from(self.month <= 2);
        let era = y.div_euclid(400);
        let yoe = y.rem_euclid(400);
        let m = i32::from(self.month);
        let doy = (153 * (m + if m > 2 { -3 } else { 9 }) + 2) / 5 + i32::from(self.day) - 1;
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
        era * 146_097 + doe - 719_468
    }

    /// The date that lies `days` after 1970-01-01; `None` outside the years of `i16`.
    pub fn from_days(days: i32) -> Option<Self> {
        let z = i64::from(days) + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = (doy - (153 * mp + 2) / 5 + 1) as u8;
        let month = (if mp < 10 { mp + 3 } else { mp - 9 }) as u8;
        let year = i16::try_from(yoe + era * 400 + i64::from(month <= 2)).ok()?;
        Self::new(year, month, day)
    }
}

impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Why an end of an interval is where it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Basis {
    /// A source says so.
    Stated = 0,
    /// First or last seen in records.
    Observed = 1,
    /// Concluded by a rule.
    Inferred = 2,
    /// Nothing is known of this end.
    #[default]
    Unknown = 3,
}

/// A half-open interval `[from, to)` of instants in microseconds UTC; an absent end is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// First instant inside, or open.
    pub from_us: Option<i64>,
    /// First instant outside, or open.
    pub to_us: Option<i64>,
    /// Basis of the first end.
    pub from_basis: Basis,
    /// Basis of the last end.
    pub to_basis: Basis,
}

impl Interval {
    /// Whether the instant lies inside.
    pub fn contains(&self, instant_us: i64) -> bool {
        self.from_us.is_none_or(|f| f <= instant_us) && self.to_us.is_none_or(|t| instant_us < t)
    }

    /// Whether the two intervals share an instant.
    pub fn overlaps(&self, other: &Self) -> bool {
        let before = |a: &Self, b: &Self| matches!((a.to_us, b.from_us), (Some(t), Some(f)) if t <= f);
        !before(self, other) && !before(other, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn days_and_dates_are_inverse(days in -700_000i32..700_000) {
            let date = CivilDate::from_days(days).expect("in range");
            prop_assert_eq!(date.days_since_epoch(), days);
        }

        #[test]
        fn overlap_is_symmetric_and_agrees_with_contains(
            a in proptest::option::of(-5i64..5), b in proptest::option::of(-5i64..5),
            c in proptest::option::of(-5i64..5), d in proptest::option::of(-5i64..5),
        ) {
            let x = Interval { from_us: a, to_us: b, ..Interval::default() };
            let y = Interval { from_us: c, to_us: d, ..Interval::default() };
            prop_assert_eq!(x.overlaps(&y), y.overlaps(&x));
            let empty = |i: &Interval| matches!((i.from_us, i.to_us), (Some(f), Some(t)) if t <= f);
            if !empty(&x) && !empty(&y) {
                let shared = (-7..7).any(|t| x.contains(t) && y.contains(t));
                prop_assert_eq!(x.overlaps(&y), shared);
            }
        }
    }

    #[test]
    fn weekday_of_a_known_day() {
        let date = CivilDate::new(2026, 11, 23).expect("a date");
        let stamp = Stamp {
            instant_us: i64::from(date.days_since_epoch()) * 86_400_000_000 + 23 * 3_600_000_000,
            offset_minutes: -360,
            zone_assumed: true,
            precision: Precision::Second,
        };
        assert_eq!(stamp.hour_and_weekday(), (17, 1));
        assert_eq!(CivilDate::new(2023, 2, 29), None);
    }
}
