//! Times of day and durations in columns of their own.

use super::scan;

/// What time of day is this, in seconds since midnight?
///
/// `14:05`, `2:05:33 p. m.`, `14h05`, `140533`, `1405`, a spreadsheet's fraction of a day (`0.5868`), and the time
/// in a date that a spreadsheet put before it (`1899-12-30 14:05:33`). Fractions of a second are cut off.
pub fn parse_time(raw: &str) -> Option<u32> {
    let text = raw.trim();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits == text.len() && (3..=6).contains(&digits) {
        return scan::bare_clock(text.parse().ok()?, digits).map(|c| c.second_of_day);
    }
    if let Some(fraction) = text.strip_prefix("0.").or_else(|| text.strip_prefix("0,"))
        && !fraction.is_empty()
        && fraction.len() <= 17
        && fraction.bytes().all(|b| b.is_ascii_digit())
    {
        let part: f64 = format!("0.{fraction}").parse().ok()?;
        let second = (part * 86_400.0).round();
        return (second < 86_400.0).then_some(second as u32);
    }
    scan::clock_of(text).map(|c| c.second_of_day)
}

/// How long, in seconds?
///
/// `134` and `134.0` are seconds; `2:14` is minutes and seconds; `0:16:06` hours, minutes and seconds; `1h 2m 3s`,
/// `2 min`, `PT2M14S` say it themselves. Fractions of a second are cut off. `None` for anything else, and for a
/// negative duration.
pub fn parse_duration_s(raw: &str) -> Option<i64> {
    let text = raw.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'');
    if text.is_empty() || text.len() > 32 {
        return None;
    }
    if text.contains(':') {
        return colons(text);
    }
    if text.bytes().any(|b| b.is_ascii_alphabetic()) {
        return units(text);
    }
    whole_seconds(text)
}

/// Seconds with thousands separators or a fraction that is cut off.
fn whole_seconds(text: &str) -> Option<i64> {
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if digits(text) {
        return text.parse().ok().filter(|s| *s < 1_000_000_000);
    }
    let (whole, rest) = text.split_once(['.', ','])?;
    if !digits(whole) || !digits(rest) {
        return None;
    }
    // `1,234` is a thousand seconds to one and one second to another.
    if rest.len() == 3 && rest != "000" && whole != "0" {
        return None;
    }
    whole.parse().ok().filter(|s| *s < 1_000_000_000)
}

fn colons(text: &str) -> Option<i64> {
    let mut total = 0i64;
    let mut parts = 0;
    for part in text.split(':') {
        let part = part.trim();
        let part =
            if parts > 0 { part.split_once(['.', ',']).map_or(part, |(whole, _)| whole) } else { part };
        if part.is_empty() || part.len() > 6 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let value: i64 = part.parse().ok()?;
        if parts > 0 && value > 59 {
            return None;
        }
        total = total * 60 + value;
        parts += 1;
    }
    (parts == 2 || parts == 3).then_some(total)
}

/// Numbers, each with its unit behind it.
fn units(text: &str) -> Option<i64> {
    let mut total = 0i64;
    let mut number: Option<i64> = None;
    let mut rest = text.strip_prefix("PT").unwrap_or(text);
    let mut seen = false;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            if number.is_some() {
                return None;
            }
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (digits, after) = rest.split_at_checked(end)?;
            number = Some(digits.parse().ok().filter(|n| *n < 1_000_000_000)?);
            // A fraction is cut off.
            rest = match after.strip_prefix(['.', ',']) {
                Some(fraction) if fraction.starts_with(|c: char| c.is_ascii_digit()) => {
                    fraction.trim_start_matches(|c: char| c.is_ascii_digit())
                }
                _ => after,
            };
        } else if first.is_ascii_alphabetic() {
            let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            let (unit, after) = rest.split_at_checked(end)?;
            let scale = match unit.to_ascii_lowercase().as_str() {
                "h" | "hr" | "hrs" | "hora" | "horas" | "hour" | "hours" => 3_600,
                "m" | "min" | "mins" | "minuto" | "minutos" | "minute" | "minutes" => 60,
                "s" | "seg" | "segs" | "sec" | "secs" | "segundo" | "segundos" | "second" | "seconds" => 1,
                "y" => {
                    rest = after;
                    continue;
                }
                _ => return None,
            };
            total = total.checked_add(number.take()?.checked_mul(scale)?)?;
            seen = true;
            rest = after;
        } else if first.is_whitespace() || matches!(first, '.' | ',') {
            rest = rest.get(first.len_utf8()..)?;
        } else {
            return None;
        }
    }
    (seen && number.is_none()).then_some(total)
}
