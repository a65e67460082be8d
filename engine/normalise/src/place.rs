//! Addresses, towns and the positions of cells.

use crate::text::fold;
use model::place::Country;

/// Under which form are two addresses the same?
///
/// Folded, with the usual abbreviations of the region written out (`Av.`, `Col.`, `Bo.`, `Blvd.`, `Pje.`), the
/// sign and word for "number" before a number left out, and ordinals as numbers (`1ª`, `1ra.`: `1`).
///
/// # Example
/// ```
/// use normalise::place::address;
/// assert_eq!(address("1a. Av. Nte. No. 12, Col. Sta. Lucía"), address("1 avenida norte #12 colonia Santa Lucia"));
/// ```
pub fn address(raw: &str) -> String {
    let folded = fold(raw);
    let mut words: Vec<&str> = Vec::new();
    // From the right, because "number" is left out for what stands behind it.
    for word in folded.rsplit(' ') {
        let before_number = words.last().is_some_and(|w| w.starts_with(|c: char| c.is_ascii_digit()));
        if word.is_empty() || (before_number && matches!(word, "NO" | "N" | "NUM" | "NRO" | "NUMERO")) {
            continue;
        }
        words.push(ordinal(word).unwrap_or_else(|| written_out(word)));
    }
    words.reverse();
    words.join(" ")
}

fn written_out(word: &str) -> &str {
    match word {
        "AV" | "AVE" | "AVDA" | "AVD" => "AVENIDA",
        "C" | "CL" | "CLL" | "CLLE" => "CALLE",
        "COL" => "COLONIA",
        "BO" | "BARR" => "BARRIO",
        "RES" | "RESID" => "RESIDENCIAL",
        "URB" => "URBANIZACION",
        "BLVD" | "BLV" | "BOULEVARD" | "BULEVARD" => "BULEVAR",
        "PJE" | "PSJE" | "PSJ" | "PJ" => "PASAJE",
        "POL" => "POLIGONO",
        "CTON" | "CANT" => "CANTON",
        "CAS" => "CASERIO",
        "ALD" => "ALDEA",
        "FRACC" => "FRACCIONAMIENTO",
        "LOTIF" => "LOTIFICACION",
        "EDIF" => "EDIFICIO",
        "APTO" | "APT" => "APARTAMENTO",
        "CARR" | "CTRA" => "CARRETERA",
        "MPIO" | "MUN" => "MUNICIPIO",
        "NTE" => "NORTE",
        "PTE" => "PONIENTE",
        "OTE" => "ORIENTE",
        "STA" => "SANTA",
        "STO" => "SANTO",
        "SN" => "SAN",
        "CD" => "CIUDAD",
        "MZ" | "MZNA" | "MZA" => "MANZANA",
        "LT" => "LOTE",
        _ => word,
    }
}

/// `1A`, `2DA`, `3ERA`: the number.
fn ordinal(word: &str) -> Option<&str> {
    let end = word.find(|c: char| !c.is_ascii_digit())?;
    let (number, tail) = word.split_at_checked(end)?;
    let is = matches!(
        tail,
        "A" | "O" | "RA" | "RO" | "DA" | "DO" | "ERA" | "ER" | "TA" | "TO" | "VA" | "VO" | "NA" | "NO"
    );
    (is && !number.is_empty()).then_some(number)
}

/// Under which form are two towns the same?
///
/// Folded, abbreviations written out, without the department behind a comma or in brackets and without
/// "municipality of".
pub fn town(raw: &str) -> String {
    let head = raw.split([',', '(', ';', '/']).find(|part| !part.trim().is_empty()).unwrap_or("");
    let folded = fold(head);
    let words: Vec<&str> = folded.split(' ').filter(|w| !w.is_empty()).map(written_out).collect();
    let mut rest = words.as_slice();
    while let ["MUNICIPIO", tail @ ..] = rest {
        let tail = match tail {
            ["DE" | "DEL", after @ ..] => after,
            _ => tail,
        };
        if tail.is_empty() {
            break;
        }
        rest = tail;
    }
    rest.join(" ")
}

/// Smallest and largest degree of a country's land and islands.
struct Span {
    low: f64,
    high: f64,
}

/// Beyond the border a cell may still serve the country's phones, by so many degrees.
const MARGIN: f64 = 0.3;

impl Span {
    fn of(country: Country, is_latitude: bool) -> Self {
        let (south, north, west, east) = match country {
            Country::BZ => (15.8, 18.6, -89.3, -87.3),
            Country::CO => (-4.3, 13.5, -82.0, -66.8),
            Country::CR => (5.4, 11.3, -87.2, -82.5),
            Country::CU => (19.7, 23.4, -85.1, -74.0),
            Country::DO => (17.4, 20.0, -72.1, -68.2),
            Country::GT => (13.7, 17.9, -92.3, -88.1),
            Country::HN => (12.9, 17.5, -89.4, -82.3),
            Country::HT => (17.9, 20.2, -74.6, -71.6),
            Country::JM => (16.9, 18.6, -78.5, -75.9),
            Country::MX => (14.4, 32.8, -118.5, -86.6),
            Country::NI => (10.6, 15.1, -87.8, -82.0),
            Country::PA => (7.1, 9.8, -83.1, -77.1),
            Country::SV => (12.9, 14.5, -90.2, -87.6),
            Country::US => (17.5, 71.5, -170.0, -64.5),
        };
        if is_latitude { Self { low: south, high: north } } else { Self { low: west, high: east } }
    }

    fn holds(&self, degrees: f64) -> bool {
        (self.low - MARGIN..=self.high + MARGIN).contains(&degrees)
    }
}

/// Which degree of latitude or longitude is this?
///
/// Decimal with point or comma, integers scaled by a power of ten (`6257590`), degrees with minutes and seconds,
/// lists `[first:...:last]` of which the first is taken. A sign that is not written, a hemisphere that is not
/// named and a scale that is not known are settled by the country's bounding box, and by nothing else: without
/// a country the number is taken as it stands.
///
/// # Returns     `None` for what is no degree, for exactly 0 (a missing position), and where two scales fit
/// # Example
/// ```
/// use model::place::Country;
/// use normalise::place::coordinate;
/// // West is not written; the country's bounding box knows it.
/// let lon = coordinate("99°07'30\"", false, Some(Country::MX)).unwrap();
/// assert!((lon + 99.125).abs() < 1e-9);
/// ```
pub fn coordinate(raw: &str, is_latitude: bool, country: Option<Country>) -> Option<f64> {
    let text = first_of_list(raw);
    if text.len() > 48 {
        return None;
    }
    let (hemisphere, negative) = signs(text, is_latitude)?;
    let (parts, count, grouped) = numbers(text)?;
    let [degrees, minutes, seconds] = parts;
    let limit = if is_latitude { 90.0 } else { 180.0 };
    let size = match count {
        1 => degrees,
        2 | 3 if minutes < 60.0 && seconds < 60.0 && degrees.fract() == 0.0 => {
            degrees + minutes / 60.0 + seconds / 3_600.0
        }
        _ => return None,
    };
    if !size.is_finite() || size == 0.0 {
        return None;
    }
    let sign = match (hemisphere, negative) {
        (Some(h), _) => Some(h),
        (None, true) => Some(-1.0),
        (None, false) => None,
    };
    let span = country.map(|c| Span::of(c, is_latitude));
    // A whole number beyond the globe is scaled; `6.257.590` is such a number with thousands marked.
    let scaled = count == 1 && size.fract() == 0.0 && (grouped || size > limit);
    if scaled {
        return scaled_degree(size, sign, &span?);
    }
    if size > limit {
        return None;
    }
    let with_sign = |s: f64| s * size;
    match (sign, span) {
        (Some(s), _) => Some(with_sign(s)),
        (None, None) => Some(size),
        (None, Some(span)) if span.holds(size) => Some(size),
        (None, Some(span)) if span.holds(-size) => Some(-size),
        // A cell abroad: the whole region lies west of Greenwich.
        (None, Some(_)) if !is_latitude && (59.0..=125.0).contains(&size) => Some(-size),
        (None, Some(_)) => Some(size),
    }
}

/// The one scale under which an integer lies in the country; six decimals where several do.
fn scaled_degree(size: f64, sign: Option<f64>, span: &Span) -> Option<f64> {
    let mut fits = Vec::new();
    for exponent in 1..=9i32 {
        let value = size / 10f64.powi(exponent);
        for s in [1.0, -1.0] {
            if sign.is_none_or(|known| known * s > 0.0) && span.holds(s * value) {
                fits.push((exponent, s * value));
            }
        }
    }
    match fits.as_slice() {
        [(_, value)] => Some(*value),
        several => several.iter().find(|(exponent, _)| *exponent == 6).map(|(_, value)| *value),
    }
}

/// The first element of `[a:b:c]`; the text itself otherwise.
fn first_of_list(raw: &str) -> &str {
    let text = raw.trim();
    match text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
        Some(inner) => inner.split([':', ';', '|']).next().unwrap_or("").trim(),
        None => text,
    }
}

/// Named hemisphere (1 or -1) and written minus; `None` if letters say anything else.
fn signs(text: &str, is_latitude: bool) -> Option<(Option<f64>, bool)> {
    let mut word = String::new();
    for c in text.chars() {
        match c {
            '0'..='9'
            | '.'
            | ','
            | '+'
            | '-'
            | '\u{2212}'
            | '°'
            | 'º'
            | '\''
            | '"'
            | '´'
            | '`'
            | '\u{2018}'
            | '\u{2019}'
            | '\u{201C}'
            | '\u{201D}'
            | '\u{2032}'
            | '\u{2033}'
            | ':'
            | '*'
            | '\u{FFFD}' => {}
            c if c.is_whitespace() => {}
            c if c.is_ascii_alphabetic() => word.push(c.to_ascii_uppercase()),
            _ => return None,
        }
    }
    let minus = text.trim_start().starts_with(['-', '\u{2212}']);
    let hemisphere = match (word.as_str(), is_latitude) {
        ("", _) => None,
        ("N" | "NORTE" | "NORTH" | "LATN", true) | ("E" | "ESTE" | "EAST", false) => Some(1.0),
        ("S" | "SUR" | "SOUTH", true) | ("W" | "O" | "OESTE" | "WEST" | "LONGW", false) => Some(-1.0),
        _ => return None,
    };
    Some((hemisphere, minus))
}

/// The numbers of a coordinate, how many they are, and whether a lone one has several separators in it.
fn numbers(text: &str) -> Option<([f64; 3], usize, bool)> {
    let mut parts = [0.0; 3];
    let mut count = 0;
    let mut grouped = false;
    let is_number = |c: char| c.is_ascii_digit() || c == '.' || c == ',';
    for piece in
        text.split(|c: char| !is_number(c)).map(|p| p.trim_matches([',', '.'])).filter(|p| !p.is_empty())
    {
        let separators = piece.bytes().filter(|b| !b.is_ascii_digit()).count();
        let value: f64 = match separators {
            0 => piece.parse().ok()?,
            1 => piece.replace(',', ".").parse().ok()?,
            _ => {
                grouped = true;
                piece.replace([',', '.'], "").parse().ok()?
            }
        };
        *parts.get_mut(count)? = value;
        count += 1;
    }
    (count > 0 && !(grouped && count > 1)).then_some((parts, count, grouped))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(raw: &str, is_latitude: bool, country: Option<Country>, expected: Option<f64>) {
        match (coordinate(raw, is_latitude, country), expected) {
            (Some(a), Some(b)) => assert!((a - b).abs() < 1e-6, "{raw:?}: {a}"),
            (a, b) => assert_eq!(a, b, "{raw:?}"),
        }
    }

    #[test]
    fn degrees_in_every_guise() {
        let mx = Some(Country::MX);
        check("19.4326", true, mx, Some(19.4326));
        check("19,4326", true, mx, Some(19.4326));
        check("99.1332", false, mx, Some(-99.1332));
        check("-99.1332", false, mx, Some(-99.1332));
        check("99.1332", false, None, Some(99.1332));
        check("19°25'57\"", true, mx, Some(19.4325));
        check("99°07'59.5\"", false, mx, Some(-99.133_194_4));
        check("19°25'57\"N", true, None, Some(19.4325));
        check("99 07 59 W", false, None, Some(-99.133_055_6));
        check("89° 12' O", false, Some(Country::SV), Some(-89.2));
        check("6257590", true, Some(Country::CO), Some(6.25759));
        check("6.257.590", true, Some(Country::CO), Some(6.25759));
        check("-75563591", false, Some(Country::CO), Some(-75.563_591));
        check("75563591", false, Some(Country::CO), Some(-75.563_591));
        check("6257590", true, None, None);
        check("[19.43:0:19.45]", true, mx, Some(19.43));
        // A cell abroad.
        check("13.70", true, mx, Some(13.70));
        check("89.20", false, Some(Country::CR), Some(-89.20));
        check("0", true, mx, None);
        check("0.0", false, mx, None);
        for raw in ["", "N/A", "norte", "91.5", "19°75'", "1 2 3 4", "19.4W"] {
            check(raw, true, None, None);
        }
    }

    #[test]
    fn addresses_and_towns() {
        assert_eq!(address("Col. Escalón, Calle # 5"), "COLONIA ESCALON CALLE 5");
        assert_eq!(address("Bo. El Centro 3ª Av. Sur"), "BARRIO EL CENTRO 3 AVENIDA SUR");
        assert_eq!(address(""), "");
        assert_eq!(town("Municipio de Sta. Ana, Santa Ana"), "SANTA ANA");
        assert_eq!(town("Soyapango (San Salvador)"), "SOYAPANGO");
        assert_eq!(town("Municipio"), "MUNICIPIO");
        assert_eq!(town(" , "), "");
    }

    proptest! {
        #[test]
        fn normal_forms_are_stable(raw in "([A-Za-z0-9.#,() ñ]|No |Av |1a |Mpio de ){0,12}") {
            prop_assert_eq!(address(&address(&raw)), address(&raw));
            prop_assert_eq!(town(&town(&raw)), town(&raw));
        }

        #[test]
        fn a_degree_is_on_the_globe(raw in "[0-9.,°'\" NSWO:-]{0,20}", is_latitude: bool, at in 0usize..14) {
            for country in [None, Some(Country::ALL[at])] {
                if let Some(degrees) = coordinate(&raw, is_latitude, country) {
                    let limit = if is_latitude { 90.0 } else { 180.0 };
                    prop_assert!(degrees.abs() <= limit);
                }
            }
        }

        #[test]
        fn any_text_is_borne(raw in "\\PC{0,40}") {
            let _ = (coordinate(&raw, true, Some(Country::MX)), address(&raw), town(&raw));
        }
    }
}
