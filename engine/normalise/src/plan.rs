//! The numbering plans of the region, by hand: what a national number of each country looks like.
//!
//! Only structure is held here (length and leading digits), not which operator owns a range: ranges move between
//! operators, and a plan that is too fine calls real numbers wrong. Sources: the national plans as ITU E.164
//! communications publish them; the North American plan for area codes.

use model::place::Country;

/// What a national significant number is in its country's plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A subscriber may have it.
    Subscriber,
    /// Toll-free, premium or otherwise not a subscriber's.
    Service,
    /// Right length, but no range of the plan.
    LengthOnly,
    /// Not of the plan.
    No,
}

/// Looks a national significant number (digits only) up in a country's plan.
pub(crate) fn standing(country: Country, nsn: &str) -> Standing {
    let b = nsn.as_bytes();
    let (d0, d1) = (b.first().copied().unwrap_or(b' '), b.get(1).copied().unwrap_or(b' '));
    let starts = |prefixes: &[&str]| prefixes.iter().any(|p| nsn.starts_with(p));
    let subscriber = |is: bool| if is { Standing::Subscriber } else { Standing::LengthOnly };
    match (country, b.len()) {
        (Country::CR, 8) => subscriber(match d0 {
            b'2' | b'4' => true,
            b'3' => nsn.starts_with("3005"),
            b'5' => matches!(d1, b'0' | b'7') || nsn.starts_with("5100"),
            b'6' => matches!(d1, b'0'..=b'5'),
            b'7' => matches!(d1, b'0'..=b'3'),
            b'8' => matches!(d1, b'3'..=b'9'),
            _ => false,
        }),
        (Country::CR, 10) if starts(&["800", "90"]) => Standing::Service,
        (Country::SV, 8) => subscriber(matches!(d0, b'2' | b'5'..=b'7')),
        (Country::SV, 7 | 11) if starts(&["800", "900"]) => Standing::Service,
        (Country::GT, 8) => subscriber(match d0 {
            b'3'..=b'5' => true,
            b'2' | b'6' | b'7' => matches!(d1, b'2'..=b'9'),
            b'8' => d1 == b'0' && matches!(b.get(2), Some(b'0'..=b'4')),
            _ => false,
        }),
        (Country::GT, 11) if starts(&["1800", "1801", "1900"]) => Standing::Service,
        (Country::HN, 8) => subscriber(matches!(d0, b'2' | b'3' | b'7'..=b'9')),
        (Country::HN, 11) if starts(&["800"]) => Standing::Service,
        (Country::NI, 8) if starts(&["1800", "1900"]) => Standing::Service,
        (Country::NI, 8) => subscriber(match d0 {
            b'2' | b'5' | b'6' | b'8' => true,
            b'7' => matches!(d1, b'5'..=b'8'),
            _ => false,
        }),
        (Country::PA, 7) if starts(&["800"]) => Standing::Service,
        (Country::PA, 7) => subscriber(matches!(d0, b'1'..=b'5' | b'7'..=b'9')),
        (Country::PA, 8) => subscriber(d0 == b'6'),
        (Country::PA, 10 | 11) if starts(&["800", "00800"]) => Standing::Service,
        (Country::BZ, 7) => subscriber(match d0 {
            b'2'..=b'5' | b'7' | b'8' => true,
            b'6' => matches!(d1, b'0'..=b'3' | b'5'..=b'7'),
            _ => false,
        }),
        (Country::BZ, 11) if starts(&["0800"]) => Standing::Service,
        (Country::MX, 10) if starts(&["800", "900"]) => Standing::Service,
        (Country::MX, 10) => subscriber(matches!(d0, b'2'..=b'9')),
        (Country::CO, 10) => subscriber(match d0 {
            b'3' => matches!(d1, b'0'..=b'5'),
            b'6' => d1 == b'0' && matches!(b.get(2), Some(b'1' | b'2' | b'4'..=b'8')),
            _ => false,
        }),
        (Country::CO, 11) if starts(&["1800", "1900"]) => Standing::Service,
        (Country::HT, 8) => subscriber(matches!(d0, b'2'..=b'5' | b'8' | b'9')),
        (Country::CU, 8) => subscriber(matches!(d0, b'2'..=b'7')),
        (Country::DO | Country::JM | Country::US, 10) => north_american(nsn),
        _ => Standing::No,
    }
}

/// The North American plan: NPA-NXX-XXXX.
fn north_american(nsn: &str) -> Standing {
    let b = nsn.as_bytes();
    let at = |i: usize| b.get(i).copied().unwrap_or(b'0');
    let area_ok = matches!(at(0), b'2'..=b'9') && at(1) != b'9' && !(at(1) == b'1' && at(2) == b'1');
    let exchange_ok = matches!(at(3), b'2'..=b'9') && !(at(4) == b'1' && at(5) == b'1');
    if !area_ok || !exchange_ok {
        return Standing::LengthOnly;
    }
    match nsn.get(..3) {
        Some("800" | "833" | "844" | "855" | "866" | "877" | "888" | "900") => Standing::Service,
        _ => Standing::Subscriber,
    }
}

/// Areas of `+1` outside the United States, the Dominican Republic and Jamaica.
#[rustfmt::skip]
const OTHER_NORTH_AMERICAN: &[&str] = &[
    // Canada.
    "204", "226", "236", "249", "250", "257", "263", "289", "306", "343", "354", "365", "367", "368", "382",
    "387", "403", "416", "418", "428", "431", "437", "438", "450", "460", "468", "474", "506", "514", "519",
    "548", "579", "581", "584", "587", "600", "604", "613", "622", "639", "647", "672", "683", "705", "709",
    "742", "753", "778", "780", "782", "807", "819", "825", "867", "873", "879", "902", "905", "942",
    // The Caribbean and Bermuda.
    "242", "246", "264", "268", "284", "345", "441", "473", "649", "664", "721", "758", "767", "784", "868",
    "869", // Shared: toll-free, premium, personal.
    "500", "521", "522", "533", "544", "566", "577", "588", "700", "710", "800", "833", "844", "855", "866",
    "877", "888", "900",
];

/// The country of a North American number by its area code; `None` for Canada, other islands and shared codes.
pub(crate) fn north_american_country(nsn: &str) -> Option<Country> {
    let area = nsn.get(..3)?;
    match area {
        "809" | "829" | "849" => Some(Country::DO),
        "876" | "658" => Some(Country::JM),
        _ if OTHER_NORTH_AMERICAN.contains(&area) => None,
        _ if matches!(area.as_bytes().first(), Some(b'2'..=b'9')) => Some(Country::US),
        _ => None,
    }
}

/// The listed country that digits after `+` begin with, and the national number behind its calling code.
/// The members of `+1` are told apart by area code; an area of none of them gives the United States' plan.
pub(crate) fn split_listed(digits: &str) -> Option<(Country, &str)> {
    if let Some(nsn) = digits.strip_prefix('1') {
        return Some((north_american_country(nsn).unwrap_or(Country::US), nsn));
    }
    let country = match digits.get(..3) {
        Some("501") => Country::BZ,
        Some("502") => Country::GT,
        Some("503") => Country::SV,
        Some("504") => Country::HN,
        Some("505") => Country::NI,
        Some("506") => Country::CR,
        Some("507") => Country::PA,
        Some("509") => Country::HT,
        _ => match digits.get(..2) {
            Some("52") => Country::MX,
            Some("53") => Country::CU,
            Some("57") => Country::CO,
            _ => return None,
        },
    };
    Some((country, digits.get(country.calling_code().len()..)?))
}

/// Whether a national number of this country may have so many digits.
pub(crate) fn length_fits(country: Country, len: usize) -> bool {
    match country {
        Country::BZ => len == 7,
        Country::PA => len == 7 || len == 8,
        Country::CO | Country::MX | Country::DO | Country::JM | Country::US => len == 10,
        _ => len == 8,
    }
}

/// Length of the calling code that digits after `+` begin with (ITU-T E.164 assigned country codes).
pub(crate) fn calling_code_len(digits: &str) -> Option<usize> {
    let b = digits.as_bytes();
    let (a, c, d) = (*b.first()?, *b.get(1)?, *b.get(2)?);
    match a {
        b'1' | b'7' => Some(1),
        b'2' => match c {
            b'0' | b'7' => Some(2),
            b'1' => matches!(d, b'1' | b'2' | b'3' | b'6' | b'8').then_some(3),
            b'2' | b'3' | b'4' | b'6' => Some(3),
            b'5' => (d != b'9').then_some(3),
            b'9' => matches!(d, b'0' | b'1' | b'7' | b'8' | b'9').then_some(3),
            _ => None,
        },
        b'3' => match c {
            b'5' => Some(3),
            b'7' => (d != b'9').then_some(3),
            b'8' => (!matches!(d, b'4' | b'8')).then_some(3),
            _ => Some(2),
        },
        b'4' => match c {
            b'2' => matches!(d, b'0' | b'1' | b'3').then_some(3),
            _ => Some(2),
        },
        b'5' => match c {
            b'0' | b'9' => Some(3),
            _ => Some(2),
        },
        b'6' => match c {
            b'7' => (!matches!(d, b'1')).then_some(3),
            b'8' => (d != b'4').then_some(3),
            b'9' => matches!(d, b'0'..=b'2').then_some(3),
            _ => Some(2),
        },
        b'8' => match c {
            b'0' => matches!(d, b'0' | b'8').then_some(3),
            b'5' => matches!(d, b'0' | b'2' | b'3' | b'5' | b'6').then_some(3),
            b'7' => matches!(d, b'0' | b'8').then_some(3),
            b'8' => matches!(d, b'0'..=b'3' | b'6' | b'8').then_some(3),
            b'1' | b'2' | b'4' | b'6' => Some(2),
            _ => None,
        },
        b'9' => match c {
            b'6' => (d != b'9').then_some(3),
            b'7' => (!matches!(d, b'8')).then_some(3),
            b'9' => (!matches!(d, b'0' | b'1' | b'7' | b'9')).then_some(3),
            _ => Some(2),
        },
        _ => None,
    }
}

/// Other countries that the region's operators write without `+`: calling code and length of the national number.
const PARTNERS: &[(&str, &[usize])] = &[
    ("34", &[9]),
    ("39", &[9, 10]),
    ("33", &[9]),
    ("44", &[10]),
    ("49", &[10, 11]),
    ("51", &[9]),
    ("54", &[10, 11]),
    ("55", &[10, 11]),
    ("56", &[9]),
    ("58", &[10]),
    ("86", &[11]),
    ("91", &[10]),
    ("591", &[8]),
    ("593", &[8, 9]),
    ("595", &[9]),
    ("598", &[8]),
];

/// Whether digits without `+` have the shape of an international number of a frequent partner country.
pub(crate) fn is_partner(digits: &str) -> bool {
    PARTNERS.iter().any(|(code, lengths)| {
        digits.strip_prefix(code).is_some_and(|nsn| lengths.contains(&nsn.len()) && !nsn.starts_with('0'))
    })
}
