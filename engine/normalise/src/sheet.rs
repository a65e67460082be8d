//! What spreadsheets do to long numbers: scientific notation, a trailing `.0`, a leading apostrophe, `="..."`.

use std::borrow::Cow;

/// A cell without the marks of a spreadsheet.
pub(crate) enum Cell<'a> {
    /// Its text.
    Text(Cow<'a, str>),
    /// Digits were lost to scientific notation and nobody can bring them back.
    Lost,
}

/// The text of a cell as it was before a spreadsheet touched it.
pub(crate) fn unwrap(raw: &str) -> Cell<'_> {
    let text = strip(raw);
    match scientific(text) {
        Some(Scientific::Whole(digits)) => Cell::Text(Cow::Owned(digits)),
        Some(Scientific::Lost) => Cell::Lost,
        None => Cell::Text(Cow::Borrowed(text)),
    }
}

/// Takes off blanks, quotes, `=` and `'` around a value, and a fraction of zeros behind an integer.
pub(crate) fn strip(raw: &str) -> &str {
    let mut text = raw;
    loop {
        let before = text.len();
        text = text.trim_matches(|c: char| {
            c.is_whitespace() || c == '"' || c == '\'' || c == '\u{FEFF}' || c == '\u{200B}'
        });
        text = text.strip_prefix('=').unwrap_or(text);
        if text.len() == before {
            break;
        }
    }
    if let Some((whole, fraction)) = text.split_once('.') {
        let zeros = !fraction.is_empty() && fraction.len() <= 2 && fraction.bytes().all(|b| b == b'0');
        if zeros && !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit()) {
            return whole;
        }
    }
    text
}

pub(crate) enum Scientific {
    /// The mantissa still has every digit of the integer.
    Whole(String),
    /// It has not.
    Lost,
}

/// Reads `5.02512E+10`; `None` if the text is not in scientific notation.
pub(crate) fn scientific(text: &str) -> Option<Scientific> {
    let (mantissa, exponent) = text.split_once(['E', 'e'])?;
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let signed = exponent.starts_with('+');
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    // `12E5` may be a code; a sign or a fraction makes it a number.
    if whole.len() != 1 || !digits(whole) || !digits(fraction) || !digits(exponent) {
        return None;
    }
    if exponent.is_empty() || exponent.len() > 2 || (!signed && fraction.is_empty()) {
        return None;
    }
    let exponent: usize = exponent.parse().ok()?;
    // A double holds 15 decimal digits for certain; beyond them the digits shown are not those written.
    if fraction.len() == exponent && exponent < 15 {
        Some(Scientific::Whole(format!("{whole}{fraction}")))
    } else {
        Some(Scientific::Lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expected: Option<&str>) {
        match unwrap(raw) {
            Cell::Text(text) => assert_eq!(Some(text.as_ref()), expected, "{raw:?}"),
            Cell::Lost => assert_eq!(None, expected, "{raw:?}"),
        }
    }

    #[test]
    fn marks_of_a_spreadsheet_are_taken_off() {
        check("50399123456.0", Some("50399123456"));
        check(" '0099 ", Some("0099"));
        check("=\"0099\"", Some("0099"));
        check("5.02512E+10", None);
        check("5,02512E+10", None);
        check("3.54E+14", None);
        check("5.0399123456E+10", Some("50399123456"));
        check("5.039912345E+10", None);
        check("12E5", Some("12E5"));
        check("1.5", Some("1.5"));
        check("E+10", Some("E+10"));
        check("", Some(""));
    }
}
