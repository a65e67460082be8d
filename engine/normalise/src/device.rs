//! Handsets and SIM cards, and whose network a SIM card is of.
//!
//! Handsets are compared on 14 digits (type allocation and serial number): the fifteenth is a check digit that
//! many networks write as 0, the fifteenth and sixteenth together are a software version that changes with an
//! update. Comparing the text as written would make several handsets of one.

use crate::sheet;
use model::identifier::{NormFlags, Normal};
use model::place::Country;

/// Digits of a cell, at most 20; `None` where it holds anything but digits and separators.
struct Digits {
    buffer: [u8; 20],
    len: usize,
}

impl Digits {
    fn of(text: &str) -> Option<Self> {
        let mut digits = Self { buffer: [0; 20], len: 0 };
        for c in text.chars() {
            match c {
                '0'..='9' => {
                    *digits.buffer.get_mut(digits.len)? = c as u8;
                    digits.len += 1;
                }
                ' ' | '-' | '/' | '.' | ':' | '_' | '\u{A0}' => {}
                _ => return None,
            }
        }
        Some(digits)
    }

    fn as_str(&self) -> &str {
        self.buffer.get(..self.len).and_then(|d| std::str::from_utf8(d).ok()).unwrap_or_default()
    }
}

fn labelled<'a>(text: &'a str, labels: &[&str]) -> &'a str {
    labels
        .iter()
        .find_map(|l| {
            text.get(..l.len()).filter(|head| head.eq_ignore_ascii_case(l)).and(text.get(l.len()..))
        })
        .unwrap_or(text)
}

/// The check digit of Luhn over digits, modulo 10: 0 if the last digit is right.
pub(crate) fn luhn(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .map(|b| u32::from(b.wrapping_sub(b'0')))
        .enumerate()
        .map(|(i, d)| match (i % 2 == 1, d) {
            (false, d) => d,
            (true, d) if d > 4 => 2 * d - 9,
            (true, d) => 2 * d,
        })
        .sum();
    sum % 10
}

/// Which handset?
///
/// # Returns     the first 14 digits of an IMEI of 14 digits, of 15 (with check digit, [`NormFlags::CHECK_FAILED`]
/// if it is wrong and not the 0 that networks put in its place) or of 16 (with software version);
/// 13 digits get back the zero a spreadsheet took ([`NormFlags::PADDED`]); no value for anything
/// else ([`NormFlags::NOT_IN_PLAN`], or [`NormFlags::IRRECOVERABLE`])
/// # Example
/// ```
/// assert_eq!(normalise::device::imei("35-209900-176148-1").value.as_deref(), Some("35209900176148"));
/// ```
pub fn imei(raw: &str) -> Normal {
    let (value, flags) = read_imei(raw);
    Normal { raw: raw.to_owned(), value, flags }
}

fn read_imei(raw: &str) -> (Option<String>, NormFlags) {
    let text = match sheet::unwrap(raw) {
        sheet::Cell::Lost => return (None, NormFlags::IRRECOVERABLE),
        sheet::Cell::Text(text) => text,
    };
    let text = labelled(&text, &["IMEISV", "IMEI"]);
    let Some(digits) = Digits::of(text) else {
        return (None, if is_absent(text) { NormFlags::NONE } else { NormFlags::NOT_IN_PLAN });
    };
    let digits = digits.as_str();
    if digits.bytes().all(|b| b == b'0') {
        return (None, NormFlags::NONE);
    }
    let head = |d: &str| d.get(..14).map(str::to_owned);
    match digits.len() {
        13 => (Some(format!("0{digits}")), NormFlags::PADDED),
        14 | 16 => (head(digits), NormFlags::NONE),
        15 => {
            let wrong = luhn(digits) != 0 && !digits.ends_with('0');
            (head(digits), if wrong { NormFlags::CHECK_FAILED } else { NormFlags::NONE })
        }
        _ => (None, NormFlags::NOT_IN_PLAN),
    }
}

/// Words for "no value here".
pub(crate) fn is_absent(text: &str) -> bool {
    let text = text.trim();
    text.is_empty()
        || [
            "N/A",
            "NA",
            "NULL",
            "NONE",
            "NAN",
            "ND",
            "S/N",
            "DESCONOCIDO",
            "NO DISPONIBLE",
            "UNKNOWN",
            "NO APLICA",
        ]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

/// Which SIM card?
///
/// # Returns     14 or 15 digits whose first three may be a mobile country code; else no value and
/// [`NormFlags::NOT_IN_PLAN`]. The filler `F` of switches is taken off.
pub fn imsi(raw: &str) -> Normal {
    let (value, flags) = read_imsi(raw);
    Normal { raw: raw.to_owned(), value, flags }
}

fn read_imsi(raw: &str) -> (Option<String>, NormFlags) {
    let text = match sheet::unwrap(raw) {
        sheet::Cell::Lost => return (None, NormFlags::IRRECOVERABLE),
        sheet::Cell::Text(text) => text,
    };
    let text = labelled(&text, &["IMSI"]).trim().trim_end_matches(['F', 'f']);
    let Some(digits) = Digits::of(text) else {
        return (None, if is_absent(text) { NormFlags::NONE } else { NormFlags::NOT_IN_PLAN });
    };
    let digits = digits.as_str();
    if digits.bytes().all(|b| b == b'0') {
        return (None, NormFlags::NONE);
    }
    // Mobile country codes of the world begin with 2 to 7; 001 is for tests, 901 for international networks.
    let plausible = matches!(digits.as_bytes().first(), Some(b'2'..=b'7'))
        || digits.starts_with("001")
        || digits.starts_with("901");
    match digits.len() {
        14 | 15 if plausible => (Some(digits.to_owned()), NormFlags::NONE),
        _ => (None, NormFlags::NOT_IN_PLAN),
    }
}

/// Which country issued the SIM card? By its mobile country code (ITU-T E.212); `None` outside the region.
pub fn imsi_country(value: &str) -> Option<Country> {
    Some(match value.get(..3)? {
        "310" | "311" | "312" | "313" | "314" | "315" | "316" => Country::US,
        "334" => Country::MX,
        "338" => Country::JM,
        "368" => Country::CU,
        "370" => Country::DO,
        "372" => Country::HT,
        "702" => Country::BZ,
        "704" => Country::GT,
        "706" => Country::SV,
        "708" => Country::HN,
        "710" => Country::NI,
        "712" => Country::CR,
        "714" => Country::PA,
        "732" => Country::CO,
        _ => return None,
    })
}

/// The network of a SIM card: country, the digits of its code, and the brand it is mostly known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network<'a> {
    /// Issuing country.
    pub country: Country,
    /// Mobile network code, two or three digits as the country assigns them.
    pub mnc: &'a str,
    /// The brand, where it is known. Brands are sold and renamed; it is a hint for people, never a key.
    pub brand: Option<&'static str>,
}

/// Which network issued the SIM card?
///
/// Mexico, Honduras, Colombia, Jamaica and the United States assign three digits; Nicaragua and Panama have
/// single three-digit codes among two-digit ones.
pub fn imsi_network(value: &str) -> Option<Network<'_>> {
    let country = imsi_country(value)?;
    let three = value.get(3..6)?;
    let has_three = match country {
        Country::MX | Country::HN | Country::CO | Country::JM | Country::US => true,
        Country::NI => three == "300",
        Country::PA => three == "020",
        _ => false,
    };
    let mnc = if has_three { three } else { value.get(3..5)? };
    let brand = match (country, mnc) {
        (Country::BZ, "67") => Some("DigiCell"),
        (Country::BZ, "69" | "99") => Some("Smart"),
        (Country::CO, "101") => Some("Claro"),
        (Country::CO, "103" | "111") => Some("Tigo"),
        (Country::CO, "123") => Some("Movistar"),
        (Country::CO, "360") => Some("WOM"),
        (Country::CR, "01" | "02") => Some("Kölbi"),
        (Country::CR, "03") => Some("Claro"),
        (Country::CR, "04") => Some("Liberty"),
        (Country::CU, "01") => Some("Cubacel"),
        (Country::DO, "01") => Some("Altice"),
        (Country::DO, "02") => Some("Claro"),
        (Country::DO, "04") => Some("Viva"),
        (Country::GT, "01" | "03") => Some("Claro"),
        (Country::GT, "02") => Some("Tigo"),
        (Country::HN, "001") => Some("Claro"),
        (Country::HN, "002") => Some("Tigo"),
        (Country::HN, "030") => Some("Hondutel"),
        (Country::HT, "02") => Some("Digicel"),
        (Country::HT, "03") => Some("Natcom"),
        (Country::JM, "050") => Some("Digicel"),
        (Country::JM, "180") => Some("Flow"),
        (Country::MX, "020") => Some("Telcel"),
        (Country::MX, "030") => Some("Movistar"),
        (Country::MX, "010" | "040" | "050" | "090") => Some("AT&T"),
        (Country::MX, "140") => Some("Altán"),
        (Country::NI, "21" | "73") => Some("Claro"),
        (Country::NI, "30" | "300") => Some("Tigo"),
        (Country::PA, "01") => Some("+Móvil"),
        (Country::PA, "02" | "020") => Some("Tigo"),
        (Country::PA, "03") => Some("Claro"),
        (Country::PA, "04") => Some("Digicel"),
        (Country::SV, "01") => Some("Claro"),
        (Country::SV, "02") => Some("Digicel"),
        (Country::SV, "03") => Some("Tigo"),
        (Country::SV, "04") => Some("Movistar"),
        (Country::SV, "05") => Some("Red"),
        _ => None,
    };
    Some(Network { country, mnc, brand })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(raw: &str, expected: Option<&str>, flags: NormFlags) {
        let normal = imei(raw);
        assert_eq!((normal.value.as_deref(), normal.flags), (expected, flags), "{raw:?}");
    }

    #[test]
    fn handsets_are_compared_on_fourteen_digits() {
        let handset = Some("35209900176148");
        check("35209900176148", handset, NormFlags::NONE);
        check("352099001761481", handset, NormFlags::NONE);
        check("35-209900-176148-23", handset, NormFlags::NONE);
        check("352099001761480", handset, NormFlags::NONE);
        check("352099001761487", handset, NormFlags::CHECK_FAILED);
        check("IMEI: 352099001761481", handset, NormFlags::NONE);
        check("352099001761481.0", handset, NormFlags::NONE);
        check("3.52E+14", None, NormFlags::IRRECOVERABLE);
        check("3.52099001761481E+14", handset, NormFlags::NONE);
        check("1234567890123", Some("01234567890123"), NormFlags::PADDED);
        check("", None, NormFlags::NONE);
        check("N/A", None, NormFlags::NONE);
        check("000000000000000", None, NormFlags::NONE);
        check("12345", None, NormFlags::NOT_IN_PLAN);
        check("A1000009B12345", None, NormFlags::NOT_IN_PLAN);
    }

    #[test]
    fn sim_cards_and_their_networks() {
        assert_eq!(imsi("706 01 9912345678").value.as_deref(), Some("706019912345678"));
        assert_eq!(imsi("70601991234567F").value.as_deref(), Some("70601991234567"));
        assert_eq!(imsi("106019912345678").flags, NormFlags::NOT_IN_PLAN);
        assert_eq!(imsi_country("706019912345678"), Some(Country::SV));
        assert_eq!(imsi_country("724019912345678"), None);
        let network = imsi_network("334020991234567").unwrap();
        assert_eq!((network.mnc, network.brand), ("020", Some("Telcel")));
        let network = imsi_network("708001991234567").unwrap();
        assert_eq!((network.mnc, network.brand), ("001", Some("Claro")));
        let network = imsi_network("710739912345678").unwrap();
        assert_eq!((network.country, network.mnc), (Country::NI, "73"));
        assert_eq!(imsi_network("7061"), None);
    }

    proptest! {
        #[test]
        fn normal_forms_are_stable(raw in "[0-9 -]{10,20}") {
            if let Some(value) = imei(&raw).value {
                prop_assert_eq!(value.len(), 14);
                prop_assert_eq!(imei(&value).value, Some(value));
            }
            if let Some(value) = imsi(&raw).value {
                prop_assert_eq!(imsi(&value).value, Some(value));
            }
        }

        #[test]
        fn any_text_is_borne(raw in proptest::arbitrary::any::<String>()) {
            let _ = (imei(&raw), imsi(&raw), imsi_country(&raw), imsi_network(&raw).is_some());
        }

        #[test]
        fn luhn_sees_every_single_wrong_digit(body in "[0-9]{14}", at in 0usize..14, add in 1u8..10) {
            let check = (10 - luhn(&format!("{body}0"))) % 10;
            let whole = format!("{body}{check}");
            prop_assert_eq!(luhn(&whole), 0);
            let mut bytes = whole.into_bytes();
            bytes[at] = (bytes[at] - b'0' + add) % 10 + b'0';
            prop_assert_ne!(luhn(std::str::from_utf8(&bytes).unwrap()), 0);
        }
    }
}
