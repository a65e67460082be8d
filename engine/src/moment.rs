//! Moments that people type.

use model::time::CivilDate;

/// Reads `YYYY-MM-DD`, or that with `THH:MM[:SS]` and `Z` or `±HH:MM`; without a zone it is UTC.
///
/// # Returns     microseconds UTC; `None` if it is no moment
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, rest) = match text.find(['T', ' ']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?),
        None => (text, ""),
    };
    let mut parts = date.splitn(3, '-');
    let date = CivilDate::new(
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
    )?;
    let (clock, offset_minutes) = match rest.rfind(['Z', '+', '-']) {
        Some(at) => (rest.get(..at)?, offset(rest.get(at..)?)?),
        None => (rest, 0),
    };
    let seconds = if clock.is_empty() { 0 } else { seconds(clock)? };
    let local = i64::from(date.days_since_epoch()) * 86_400 + seconds;
    (local - offset_minutes * 60).checked_mul(1_000_000)
}

/// The last moment of what is written: of a plain date the end of its day.
///
/// # Returns     microseconds UTC; `None` if it is no moment
pub fn last(text: &str) -> Option<i64> {
    const DAY_US: i64 = 86_400_000_000;
    let begins = parse(text)?;
    let plain = !text.trim().contains(['T', ' ']);
    Some(if plain { begins + DAY_US - 1 } else { begins })
}

fn seconds(clock: &str) -> Option<i64> {
    let mut parts = clock.split(':');
    let hour: i64 = parts.next()?.parse().ok()?;
    let minute: i64 = parts.next()?.parse().ok()?;
    // A fraction of a second is cut off: questions are asked in seconds.
    let second: i64 = match parts.next() {
        Some(s) => s.split('.').next()?.parse().ok()?,
        None => 0,
    };
    let fits = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    (fits && parts.next().is_none()).then_some(hour * 3_600 + minute * 60 + second)
}

fn offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hour, minute) = text.get(1..)?.split_once(':')?;
    Some(sign * (hour.parse::<i64>().ok()? * 60 + minute.parse::<i64>().ok()?))
}

/// RFC 3339 in UTC, to the second.
pub fn write(instant_us: i64) -> String {
    let seconds = instant_us.div_euclid(1_000_000);
    let days = seconds.div_euclid(86_400);
    let clock = seconds.rem_euclid(86_400);
    match i32::try_from(days).ok().and_then(CivilDate::from_days) {
        Some(date) => {
            format!("{date}T{:02}:{:02}:{:02}Z", clock / 3_600, clock / 60 % 60, clock % 60)
        }
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_people_type() {
        assert_eq!(parse("1970-01-02"), Some(86_400_000_000));
        assert_eq!(parse("1970-01-01T00:00:01Z"), Some(1_000_000));
        assert_eq!(parse("1970-01-01 06:00:00-06:00"), Some(43_200_000_000));
        assert_eq!(parse("2026-03-14T05:41:07.250Z").map(write).as_deref(), Some("2026-03-14T05:41:07Z"));
        assert_eq!(last("1970-01-02"), Some(2 * 86_400_000_000 - 1));
        assert_eq!(last("1970-01-01T00:00:01Z"), Some(1_000_000));
        for bad in ["", "ayer", "2026-02-30", "2026-03-14T25:00Z", "14/03/2026"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
