//! How values are written for people: numbers, money, times, telephones, documents, names.
//!
//! Thousands are parted by a narrow no-break space in every country, because the comma is a decimal mark on one
//! side of a border and a thousands mark on the other. JSON numbers stay raw; these texts are for labels and
//! sentences.

use crate::audience::{Audience, Lang};
use crate::messages;
use model::identifier::{Identifier, IdentifierKind};
use model::money::Money;
use model::place::Country;
use model::time::CivilDate;
use normalise::phone::phone_country;

/// Narrow no-break space.
pub const NARROW: char = '\u{202f}';
const NO_BREAK: char = '\u{a0}';

/// A whole number with its thousands parted.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(NARROW);
        }
        out.push(digit);
    }
    out
}

/// An amount as plain decimal text for machines: `1450.00`.
pub fn decimal(money: Money) -> String {
    let places = money.currency.decimals();
    let sign = if money.minor < 0 { "-" } else { "" };
    let scale = 10u64.pow(places);
    let minor = money.minor.unsigned_abs();
    if places == 0 {
        return format!("{sign}{minor}");
    }
    format!("{sign}{}.{:0width$}", minor / scale, minor % scale, width = places as usize)
}

/// An amount for people: `US$ 1 450.00`; never a bare `$`.
pub fn money(money: Money, audience: &Audience) -> String {
    let symbol = match &money.currency.0 {
        b"USD" => "US$",
        b"HNL" => "L",
        b"GTQ" => "Q",
        b"NIO" => "C$",
        b"CRC" => "₡",
        b"PAB" => "B/.",
        b"DOP" => "RD$",
        b"MXN" => "MX$",
        b"BZD" => "BZ$",
        b"COP" => "COL$",
        b"XXX" => "¤",
        _ => money.currency.as_str(),
    };
    let mark = match audience.country {
        Some(Country::CR | Country::CO) => ",",
        _ => ".",
    };
    let plain = decimal(money);
    let (sign, plain) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("−", rest));
    let (whole, cents) = plain.split_once('.').unwrap_or((plain, ""));
    let whole = thousands(whole.parse().unwrap_or_default());
    let tail = if cents.is_empty() { String::new() } else { format!("{mark}{cents}") };
    format!("{symbol}{NARROW}{sign}{whole}{tail}")
}

/// A duration: `2:14` (minutes and seconds), from an hour on `1 h 52 min`.
pub fn duration(seconds: i64) -> String {
    let s = seconds.max(0);
    if s < 3_600 {
        format!("{}:{:02}", s / 60, s % 60)
    } else {
        format!("{}{NO_BREAK}h{NO_BREAK}{}{NO_BREAK}min", thousands((s / 3_600) as u64), s % 3_600 / 60)
    }
}

/// An instant as RFC 3339 in UTC, to the second; `None` outside the years 0 to 9999.
pub fn rfc3339(instant_us: i64) -> Option<String> {
    let seconds = instant_us.div_euclid(1_000_000);
    let date = CivilDate::from_days(i32::try_from(seconds.div_euclid(86_400)).ok()?)?;
    let s = seconds.rem_euclid(86_400);
    (0..=9_999)
        .contains(&date.year)
        .then(|| format!("{date}T{:02}:{:02}:{:02}Z", s / 3_600, s / 60 % 60, s % 60))
}

/// A day: `14 mar 2026`.
pub fn day(date: CivilDate, lang: Lang) -> String {
    let months = messages::text(lang, "months", &[]);
    let month = months.split(' ').nth(usize::from(date.month.saturating_sub(1))).unwrap_or("?");
    format!("{}{NO_BREAK}{month}{NO_BREAK}{}", date.day, date.year)
}

/// The UTC day of an instant: `14 mar 2026`.
pub fn day_of(instant_us: i64, lang: Lang) -> String {
    let days = instant_us.div_euclid(86_400_000_000);
    i32::try_from(days).ok().and_then(CivilDate::from_days).map_or_else(String::new, |d| day(d, lang))
}

/// An offset from UTC: `UTC−6`, `UTC+5:30`.
pub fn zone(offset_minutes: i16) -> String {
    let minutes = offset_minutes.unsigned_abs();
    let sign = if offset_minutes < 0 { '−' } else { '+' };
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (h, 0) => format!("UTC{sign}{h}"),
        (h, m) => format!("UTC{sign}{h}:{m:02}"),
    }
}

/// A probability as a share of a hundred, never 0 nor 100: `93`; for the ends the words of the messages.
pub fn of_hundred(probability: f64, lang: Lang) -> String {
    if probability >= 0.995 {
        messages::text(lang, "explain.certain", &[])
    } else if probability < 0.01 {
        messages::text(lang, "explain.never", &[])
    } else {
        format!("{}", (probability * 100.0).round().clamp(1.0, 99.0))
    }
}

/// A telephone number grouped as its country writes it: `+503 9412-7731`. Other texts stay as they are.
pub fn phone(value: &str) -> String {
    let Some(country) = phone_country(value) else { return value.to_owned() };
    let code = country.calling_code();
    let Some(national) = value.strip_prefix('+').and_then(|d| d.strip_prefix(code)) else {
        return value.to_owned();
    };
    let groups: &[usize] = match (country, national.len()) {
        (Country::DO | Country::US | Country::JM, 10) => &[3, 3, 4],
        (Country::MX, 10) if ["55", "56", "33", "81"].iter().any(|a| national.starts_with(a)) => &[2, 4, 4],
        (Country::MX | Country::CO, 10) => &[3, 3, 4],
        (_, 8) => &[4, 4],
        (_, 7) => &[3, 4],
        _ => &[],
    };
    let mut rest = national;
    let mut parts: Vec<&str> = Vec::new();
    for length in groups {
        if let Some((head, tail)) = rest.split_at_checked(*length) {
            parts.push(head);
            rest = tail;
        }
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    let between = if matches!(country, Country::MX | Country::CO) { " " } else { "-" };
    format!("+{code} {}", parts.join(between))
}

/// A document with its kind and country: `DUI 99123456-7 (SV)`. Never cut.
pub fn document(value: &str) -> String {
    let Some((kind, number)) = value.split_once(':') else { return value.to_owned() };
    let (country, name) = kind.split_once('-').unwrap_or(("", kind));
    let number = match (kind, number.split_at_checked(8)) {
        ("SV-DUI", Some((body, check))) if check.len() == 1 => format!("{body}-{check}"),
        _ => number.to_owned(),
    };
    match country {
        "" | "XX" => format!("{name} {number}"),
        country => format!("{name} {number} ({country})"),
    }
}

/// An account in groups of four, in full.
pub fn account(value: &str) -> String {
    if value.starts_with('+') {
        return phone(value);
    }
    let chars: Vec<char> = value.chars().collect();
    let groups: Vec<String> = chars.chunks(4).map(|g| g.iter().collect()).collect();
    if chars.len() > 8 { groups.join(" ") } else { value.to_owned() }
}

/// The short label of an identifier on a chart.
pub(crate) fn short_label(identifier: &Identifier, lang: Lang) -> String {
    let value = identifier.value.as_str();
    match identifier.kind {
        IdentifierKind::Msisdn => phone(value),
        IdentifierKind::Imsi => messages::text(lang, "label.sim", &[("value", value)]),
        IdentifierKind::Imei => messages::text(lang, "label.handset", &[("value", value)]),
        IdentifierKind::AccountNumber => {
            let chars: Vec<char> = value.chars().collect();
            let tail: String = match chars.len() {
                0..=6 => value.to_owned(),
                n => format!("…{}", chars.iter().skip(n - 4).collect::<String>()),
            };
            messages::text(lang, "label.account", &[("tail", &tail)])
        }
        IdentifierKind::DocumentNumber => document(value),
        IdentifierKind::Address => display_name(value),
    }
}

/// The label of an identifier where it is the subject: nothing is shortened.
pub(crate) fn full_label(identifier: &Identifier, lang: Lang) -> String {
    match identifier.kind {
        IdentifierKind::AccountNumber => account(&identifier.value),
        _ => short_label(identifier, lang),
    }
}

/// A name for display: one written in capitals throughout is put in title case, any other stays as it is.
pub fn display_name(raw: &str) -> String {
    let tidy = raw.split_whitespace().collect::<Vec<_>>().join(" ");
    if tidy.chars().any(char::is_lowercase) {
        return tidy;
    }
    let words: Vec<String> = tidy
        .split(' ')
        .enumerate()
        .map(|(at, word)| {
            let low = word.to_lowercase();
            if at > 0
                && matches!(low.as_str(), "de" | "del" | "la" | "las" | "los" | "y" | "e" | "viuda" | "vda.")
            {
                return low;
            }
            let mut upper = true;
            low.chars()
                .flat_map(|c| {
                    let shown: Vec<char> = if upper { c.to_uppercase().collect() } else { vec![c] };
                    upper = !c.is_alphabetic();
                    shown
                })
                .collect()
        })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::money::Currency;
    use model::sensitivity::Clearance;
    use proptest::prelude::*;

    fn in_country(country: Country) -> Audience {
        Audience::new(Clearance::default(), Lang::Es, Some(country))
    }

    #[test]
    fn money_is_written_with_its_currency() {
        let usd = Money { minor: 145_000, currency: Currency(*b"USD") };
        assert_eq!(money(usd, &in_country(Country::SV)), "US$\u{202f}1\u{202f}450.00");
        assert_eq!(money(usd, &in_country(Country::CR)), "US$\u{202f}1\u{202f}450,00");
        let debt = Money { minor: -5, currency: Currency(*b"HNL") };
        assert_eq!(money(debt, &in_country(Country::HN)), "L\u{202f}−0.05");
        assert_eq!(decimal(debt), "-0.05");
        assert_eq!(decimal(Money { minor: 7, currency: Currency(*b"JPY") }), "7");
    }

    #[test]
    fn telephones_are_grouped_by_country() {
        for (value, shown) in [
            ("+50394127731", "+503 9412-7731"),
            ("+5016001234", "+501 600-1234"),
            ("+525512345678", "+52 55 1234 5678"),
            ("+526681234567", "+52 668 123 4567"),
            ("CLARO", "CLARO"),
            ("9412", "9412"),
        ] {
            assert_eq!(phone(value), shown);
        }
    }

    #[test]
    fn other_forms() {
        assert_eq!(rfc3339(1_773_466_867_999_999).as_deref(), Some("2026-03-14T05:41:07Z"));
        assert_eq!(rfc3339(i64::MAX), None);
        assert_eq!(day_of(1_773_466_867_000_000, Lang::Es), "14\u{a0}mar\u{a0}2026");
        assert_eq!(duration(134), "2:14");
        assert_eq!(duration(6_720), "1\u{a0}h\u{a0}52\u{a0}min");
        assert_eq!(document("SV-DUI:991234567"), "DUI 99123456-7 (SV)");
        assert_eq!(account("CR05015202001026284066"), "CR05 0152 0200 1026 2840 66");
        assert_eq!(display_name("OVIDIO CONACASTE DE LA O"), "Ovidio Conacaste de la O");
        assert_eq!(display_name("Ana McDonald"), "Ana McDonald");
        assert_eq!(zone(-360), "UTC−6");
        assert_eq!(of_hundred(0.929, Lang::Es), "93");
        assert_eq!(of_hundred(1.0, Lang::Es), "más de 99");
    }

    proptest! {
        #[test]
        fn parting_thousands_keeps_the_digits(number: u64) {
            let text = thousands(number);
            prop_assert_eq!(text.replace(NARROW, ""), number.to_string());
            prop_assert!(text.split(NARROW).skip(1).all(|g| g.len() == 3));
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,30}", minor: i64, at: i64) {
            let money_text = money(Money { minor, currency: Currency::UNKNOWN }, &Audience::default());
            prop_assert!(money_text.contains('¤'));
            let _ = (phone(&text), document(&text), account(&text), display_name(&text), rfc3339(at), duration(at));
            let _ = (phone(&format!("+503{text}")), day_of(at, Lang::En));
        }
    }
}
