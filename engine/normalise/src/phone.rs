//! Telephone numbers: one subscriber, one form, whatever the file, the operator and the year wrote.
//!
//! The normal form is E.164 with `+`. What decides is, in this order: a calling code that is written; the plan of
//! the file's country; a calling code without its `+`; at last the length alone. Nothing is dropped: a number
//! outside every plan is kept and flagged, and a short code, a menu code or a sender with letters is kept as
//! text and flagged as a service.
//!
//! Old forms are rewritten to today's, so that a number is one number across a reform:
//! - Mexico: `01`, `044`, `045` and the `1` after `+52` (ten-digit dialling since 2019-08-03, the old forms ended
//!   2020-08-03);
//! - Colombia: fixed numbers `57` + area digit + 7 (now `60` before the area digit, since 2021-09-01), and the
//!   trunk `03` to mobiles.
//!
//! Numbers of a time before a country's last lengthening (six digits in Belize before May 2002, seven in its
//! neighbours) are **not** rewritten: which digit was put in front depended on the exchange. They are kept with
//! [`NormFlags::NOT_IN_PLAN`].

use crate::plan::{self, Standing};
use crate::sheet;
use model::identifier::{NormFlags, Normal};
use model::place::Country;
use model::time::CivilDate;

/// What is known of the row that a number stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PhoneContext {
    /// Country of the file; a bare national number is read by its plan.
    pub country: Option<Country>,
    /// Day of the row; it tells an outdated prefix from a number that begins like one.
    pub date: Option<CivilDate>,
}

/// Mexico's old prefixes were valid until this day.
const MEXICO_OLD_ENDS: CivilDate = CivilDate { year: 2020, month: 8, day: 3 };
/// Before this day Mexico dialled seven or eight digits within an area.
const MEXICO_TEN_DIGITS: CivilDate = CivilDate { year: 2019, month: 8, day: 3 };

/// A span of days within which every number reads alike: before ten-digit dialling in Mexico, until its old prefixes
/// ended, and since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// Before 2019-08-03.
    Areas = 0,
    /// Before 2020-08-03.
    Prefixes = 1,
    /// Since then.
    TenDigits = 2,
}

impl Era {
    /// The era of a day. Two contexts that differ only in days of one era read every text alike.
    pub fn of(day: CivilDate) -> Self {
        if day < MEXICO_TEN_DIGITS {
            Self::Areas
        } else if day < MEXICO_OLD_ENDS {
            Self::Prefixes
        } else {
            Self::TenDigits
        }
    }
}

/// Longest E.164 number, without `+`.
const E164_MAX: usize = 15;

/// Which subscriber does this text name?
///
/// # Arguments   `raw`: a cell; `ctx`: country and day of its row, as far as they are known
/// # Returns     E.164 with `+` where a country is stated, assumed or follows from the shape
/// ([`NormFlags::COUNTRY_ASSUMED`], [`NormFlags::OLD_FORM`], [`NormFlags::NOT_IN_PLAN`]); the bare
/// digits where nothing decides ([`NormFlags::AMBIGUOUS`]); text in upper case for services
/// ([`NormFlags::SERVICE`]); no value for an empty, withheld, masked or mangled number
/// # Complexity  O(n), two allocations (the text as written and the value)
/// # Example
/// ```
/// use model::place::Country;
/// use normalise::phone::{PhoneContext, phone};
/// let in_mexico = PhoneContext { country: Some(Country::MX), date: None };
/// assert_eq!(phone("044 55 9912 3456", &in_mexico).value.as_deref(), Some("+525599123456"));
/// ```
pub fn phone(raw: &str, ctx: &PhoneContext) -> Normal {
    let (value, flags) = read(raw, ctx);
    Normal { raw: raw.to_owned(), value, flags }
}

/// A value that the mapping declares to be no telephone number: compared as trimmed text.
pub fn opaque(raw: &str) -> Normal {
    let value = raw.trim();
    let value = (!value.is_empty()).then(|| value.to_owned());
    Normal { raw: raw.to_owned(), value, flags: NormFlags::OPAQUE }
}

/// Can a subscriber have this number: by the plan of the country, or where none is given by any plan of the region?
///
/// Without a country only a number's present form counts: most runs of digits are an old form of some country's.
pub fn is_subscriber(text: &str, country: Option<Country>) -> bool {
    let no = NormFlags::NOT_IN_PLAN.with(NormFlags::SERVICE).with(NormFlags::AMBIGUOUS);
    let fits = |country: Country, no: NormFlags| {
        let read = phone(text, &PhoneContext { country: Some(country), date: None });
        read.value.is_some() && read.flags.0 & no.0 == 0
    };
    match country {
        Some(country) => fits(country, no),
        None => Country::ALL.into_iter().any(|country| fits(country, no.with(NormFlags::OLD_FORM))),
    }
}

/// Which country issued this number? `None` for text, bare digits, and countries that are not the region's.
pub fn phone_country(value: &str) -> Option<Country> {
    let digits = value.strip_prefix('+')?;
    if let Some(nsn) = digits.strip_prefix('1') {
        return plan::north_american_country(nsn);
    }
    plan::split_listed(digits).map(|(country, _)| country)
}

type Reading = (Option<String>, NormFlags);

/// A cell taken apart: its digits and what else it holds.
struct Scan {
    digits: [u8; 24],
    len: usize,
    too_long: bool,
    plus: bool,
    letters: bool,
    signs: bool,
}

impl Scan {
    fn of(text: &str) -> Self {
        let mut scan =
            Self { digits: [0; 24], len: 0, too_long: false, plus: false, letters: false, signs: false };
        for c in text.chars() {
            match c {
                '0'..='9' => match scan.digits.get_mut(scan.len) {
                    Some(slot) => {
                        *slot = c as u8;
                        scan.len += 1;
                    }
                    None => scan.too_long = true,
                },
                '+' => scan.plus |= scan.len == 0,
                '*' | '#' => scan.signs = true,
                _ if c.is_alphabetic() => scan.letters = true,
                _ => {}
            }
        }
        scan
    }

    fn digits(&self) -> &str {
        self.digits.get(..self.len).and_then(|d| std::str::from_utf8(d).ok()).unwrap_or_default()
    }
}

/// Words that say what follows is a number, in upper case.
const LABELS: &[&str] = &[
    "TEL",
    "TELEFONO",
    "TELÉFONO",
    "CEL",
    "CELULAR",
    "MOVIL",
    "MÓVIL",
    "WHATSAPP",
    "WA",
    "FAX",
    "CASA",
    "NUM",
];

/// Words that say that there is no number, in upper case.
#[rustfmt::skip]
const NOTHING: &[&str] = &[
    "N/A", "NA", "NULL", "NONE", "NAN", "NO DISPONIBLE", "NO APLICA", "SIN NUMERO", "SIN NÚMERO", "S/N", "DESCONOCIDO",
    "UNKNOWN", "PRIVADO", "PRIVATE", "ANONIMO", "ANÓNIMO", "ANONYMOUS", "RESTRINGIDO", "RESTRICTED", "OCULTO",
    "WITHHELD", "NUMERO PRIVADO", "NÚMERO PRIVADO", "NO DATA", "ND", "N.D.",
];

fn read(raw: &str, ctx: &PhoneContext) -> Reading {
    let cell = match sheet::unwrap(raw) {
        sheet::Cell::Lost => return (None, NormFlags::IRRECOVERABLE),
        sheet::Cell::Text(text) => text,
    };
    let text = without_address(&cell);
    // A caller who hides the number dials #31# or *31# in front of the one called.
    let text = ["#31#", "*31#"].iter().find_map(|p| text.strip_prefix(p)).unwrap_or(text).trim();
    let scan = Scan::of(text);
    if scan.letters || scan.signs {
        return match without_words(text) {
            Some(number) => read_digits(&Scan::of(number), ctx),
            None => words(text, &scan),
        };
    }
    read_digits(&scan, ctx)
}

/// Text that is no plain number: withheld, masked, or the name of a service.
fn words(text: &str, scan: &Scan) -> Reading {
    let upper = text.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
    if NOTHING.contains(&upper.as_str()) {
        return (None, NormFlags::NONE);
    }
    let masked = upper.ends_with("XX") || upper.ends_with("**");
    if masked && scan.len >= 4 && matches!(upper.as_bytes().first(), Some(b'0'..=b'9' | b'+')) {
        return (None, NormFlags::AMBIGUOUS);
    }
    (Some(upper), NormFlags::SERVICE)
}

/// Takes the wrapping of messaging addresses off: `tel:`, `sip:` and `@host`.
fn without_address(text: &str) -> &str {
    let scheme = ["tel:", "sip:", "sips:", "sms:"].iter().find_map(|s| {
        text.get(..s.len()).filter(|head| head.eq_ignore_ascii_case(s)).and(text.get(s.len()..))
    });
    let text = scheme.unwrap_or(text);
    match text.split_once('@') {
        Some((user, _)) if !user.is_empty() && user.bytes().all(|b| b.is_ascii_digit() || b == b'+') => user,
        _ => text,
    }
}

/// The number in `Tel. 2299-1234 ext. 12`, where every word is a label; `None` where a word is not.
fn without_words(text: &str) -> Option<&str> {
    let lower_ext = text.to_ascii_lowercase().find("ext").filter(|&at| {
        text.get(..at).is_some_and(|head| head.bytes().filter(u8::is_ascii_digit).count() >= 7)
    });
    let text = lower_ext.and_then(|at| text.get(..at)).unwrap_or(text);
    if text.contains(['*', '#']) || text.bytes().filter(u8::is_ascii_digit).count() < 7 {
        return None;
    }
    let known = text
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
        .all(|word| LABELS.contains(&word.to_uppercase().as_str()));
    known.then_some(text)
}

fn read_digits(scan: &Scan, ctx: &PhoneContext) -> Reading {
    let digits = scan.digits();
    if digits.is_empty() || digits.bytes().all(|b| b == b'0') {
        return (None, NormFlags::NONE);
    }
    if scan.too_long || digits.len() > E164_MAX + 3 {
        return (Some(digits.to_owned()), NormFlags::NOT_IN_PLAN);
    }
    if scan.plus {
        return international(digits);
    }
    if let Some(reading) = after_prefix(digits, ctx) {
        return reading;
    }
    match ctx.country {
        Some(country) => national(digits, country, ctx),
        None => stateless(digits, ctx),
    }
}

/// A number behind `00`, a Colombian carrier's `00x`, or `011`; `None` if it has no such prefix.
fn after_prefix(digits: &str, ctx: &PhoneContext) -> Option<Reading> {
    if let Some(rest) = digits.strip_prefix("00") {
        if matches!(ctx.country, Some(Country::CO) | None)
            && let Some(behind) = ["5", "7", "9"].iter().find_map(|carrier| rest.strip_prefix(carrier))
        {
            if is_certain(behind) {
                return Some(international(behind));
            }
            if ctx.country.is_some() && plan::standing(Country::CO, behind) == Standing::Subscriber {
                return Some(with_code(Country::CO, behind, NormFlags::COUNTRY_ASSUMED));
            }
        }
        return (rest.len() >= 8).then(|| international(rest));
    }
    let rest = digits.strip_prefix("011")?;
    let dials_011 = matches!(ctx.country, Some(Country::US | Country::DO | Country::JM) | None);
    (dials_011 && rest.len() >= 8 && plan::calling_code_len(rest).is_some()).then(|| international(rest))
}

/// Whether digits are a calling code of the region and a number of its plan.
fn is_certain(digits: &str) -> bool {
    plan::split_listed(digits).is_some_and(|(country, nsn)| {
        matches!(plan::standing(country, nsn), Standing::Subscriber | Standing::Service)
    })
}

/// Digits that stood behind `+` or the prefix that means it; both may be written, as in `+00 503`.
fn international(digits: &str) -> Reading {
    // No calling code begins with a zero: what has more of them is no prefix.
    let digits = digits.strip_prefix("00").filter(|rest| !rest.starts_with('0')).unwrap_or(digits);
    if let Some((country, nsn)) = plan::split_listed(digits) {
        if let Some((nsn, old)) = modern(country, nsn) {
            return with_code(country, &nsn, old);
        }
        return with_code(country, nsn, NormFlags::NONE);
    }
    let known = plan::calling_code_len(digits).is_some_and(|code| digits.len() >= code + 5);
    let fits = known && (8..=E164_MAX).contains(&digits.len());
    (Some(joined(digits, "")), if fits { NormFlags::NONE } else { NormFlags::NOT_IN_PLAN })
}

/// The present form of an outdated national number behind a calling code; `None` if it is not outdated.
fn modern(country: Country, nsn: &str) -> Option<(String, NormFlags)> {
    let rewritten = match country {
        Country::MX => ["1", "01", "044", "045"]
            .iter()
            .filter_map(|prefix| nsn.strip_prefix(prefix))
            .find(|rest| is_mexican(rest))
            .map(str::to_owned),
        Country::CO => colombian_old(nsn),
        _ => None,
    };
    rewritten.map(|nsn| (nsn, NormFlags::OLD_FORM))
}

fn is_mexican(nsn: &str) -> bool {
    nsn.len() == 10 && plan::standing(Country::MX, nsn) != Standing::LengthOnly
}

/// Colombian fixed numbers of one area digit and seven, and mobiles behind the trunk `03`.
fn colombian_old(nsn: &str) -> Option<String> {
    let area = matches!(nsn.as_bytes().first(), Some(b'1' | b'2' | b'4'..=b'8'));
    if nsn.len() == 8 && area {
        return Some(format!("60{nsn}"));
    }
    let mobile = nsn.strip_prefix("03")?;
    (plan::standing(Country::CO, mobile) == Standing::Subscriber).then(|| mobile.to_owned())
}

fn joined(code: &str, nsn: &str) -> String {
    let mut out = String::with_capacity(1 + code.len() + nsn.len());
    out.push('+');
    out.push_str(code);
    out.push_str(nsn);
    out
}

fn with_code(country: Country, nsn: &str, flags: NormFlags) -> Reading {
    let noticed = match plan::standing(country, nsn) {
        Standing::Subscriber => NormFlags::NONE,
        Standing::Service => NormFlags::SERVICE,
        Standing::LengthOnly | Standing::No => NormFlags::NOT_IN_PLAN,
    };
    (Some(joined(country.calling_code(), nsn)), flags.with(noticed))
}

/// Bare digits in a file of this country.
fn national(digits: &str, country: Country, ctx: &PhoneContext) -> Reading {
    let assumed = NormFlags::COUNTRY_ASSUMED;
    let fits_here = plan::length_fits(country, digits.len());
    // 1. A number of the country's own plan.
    if fits_here && matches!(plan::standing(country, digits), Standing::Subscriber | Standing::Service) {
        return with_code(country, digits, assumed);
    }
    // 2. One of its old or dialled forms.
    if let Some((nsn, flags)) = dialled(digits, country) {
        return with_code(country, &nsn, assumed.with(flags));
    }
    // 3. Its calling code without `+`.
    if let Some(nsn) = digits.strip_prefix(country.calling_code()) {
        if let Some((nsn, old)) = modern(country, nsn) {
            return with_code(country, &nsn, old);
        }
        if plan::length_fits(country, nsn.len()) || plan::standing(country, nsn) == Standing::Service {
            return with_code(country, nsn, NormFlags::NONE);
        }
    }
    // 4. Another calling code of the region without `+`, where the plan agrees.
    if is_certain(digits) || plan::split_listed(digits).is_some_and(|(c, nsn)| modern(c, nsn).is_some()) {
        return international(digits);
    }
    // 5. The country's length, though no range of its plan.
    if fits_here {
        return with_code(country, digits, assumed);
    }
    // 6. Other calling codes, by length alone.
    if let Some(reading) = by_length(digits) {
        return reading;
    }
    // 7. The country's toll-free numbers, which have lengths of their own.
    if digits.len() >= 7 && plan::standing(country, digits) == Standing::Service {
        return with_code(country, digits, assumed);
    }
    local(digits, country, ctx)
}

/// What is left: numbers dialled within an area, of a time before the last lengthening, or short codes.
fn local(digits: &str, country: Country, ctx: &PhoneContext) -> Reading {
    let before = |day: CivilDate| ctx.date.is_some_and(|d| d < day);
    match (country, digits.len()) {
        (Country::BZ, 6) => with_code(country, digits, NormFlags::COUNTRY_ASSUMED),
        (_, ..=6) => (Some(digits.to_owned()), NormFlags::SERVICE),
        // The area was not dialled, so the same digits are many subscribers.
        (Country::MX, 7 | 8) if ctx.date.is_none() || before(MEXICO_TEN_DIGITS) => {
            (Some(digits.to_owned()), NormFlags::AMBIGUOUS)
        }
        (Country::CO | Country::DO | Country::JM | Country::US, 7) => {
            (Some(digits.to_owned()), NormFlags::AMBIGUOUS)
        }
        (Country::CR | Country::SV | Country::GT | Country::HN | Country::NI, 7) => {
            with_code(country, digits, NormFlags::COUNTRY_ASSUMED)
        }
        _ => (Some(digits.to_owned()), NormFlags::NOT_IN_PLAN),
    }
}

/// A national number behind what a subscriber of this country dials or dialled first.
fn dialled(digits: &str, country: Country) -> Option<(String, NormFlags)> {
    match country {
        Country::MX => ["01", "044", "045"]
            .iter()
            .filter_map(|prefix| digits.strip_prefix(prefix))
            .find(|rest| is_mexican(rest))
            .map(|rest| (rest.to_owned(), NormFlags::OLD_FORM)),
        Country::CO => colombian_old(digits).map(|nsn| (nsn, NormFlags::OLD_FORM)),
        // Costa Rican carrier selection 19xx.
        Country::CR if digits.len() == 12 && digits.starts_with("19") => {
            let rest = digits.get(4..)?;
            (plan::standing(country, rest) == Standing::Subscriber)
                .then(|| (rest.to_owned(), NormFlags::NONE))
        }
        _ => None,
    }
}

/// Bare digits in a file whose country is not known.
fn stateless(digits: &str, ctx: &PhoneContext) -> Reading {
    if is_certain(digits) || plan::split_listed(digits).is_some_and(|(c, nsn)| modern(c, nsn).is_some()) {
        // Ten digits may be a national number of Mexico, Colombia or the North American plan as well.
        if digits.len() > 10 {
            return international(digits);
        }
    }
    let old_forms_lived = ctx.date.is_none_or(|d| d < MEXICO_OLD_ENDS);
    let mexican = ["044", "045"].iter().filter_map(|p| digits.strip_prefix(p)).find(|rest| is_mexican(rest));
    if let Some(nsn) = mexican.filter(|_| old_forms_lived) {
        return with_code(Country::MX, nsn, NormFlags::OLD_FORM.with(NormFlags::COUNTRY_ASSUMED));
    }
    if let Some(reading) = by_length(digits) {
        return reading;
    }
    let flags = match digits.len() {
        ..=6 => NormFlags::SERVICE,
        7..=13 => NormFlags::AMBIGUOUS,
        _ => NormFlags::NOT_IN_PLAN,
    };
    (Some(digits.to_owned()), flags)
}

/// International numbers without `+`, known by calling code and length (11 digits and more).
fn by_length(digits: &str) -> Option<Reading> {
    if digits.len() < 11 {
        return None;
    }
    if let Some((country, nsn)) = plan::split_listed(digits)
        && plan::length_fits(country, nsn.len())
    {
        return Some(with_code(country, nsn, NormFlags::NONE));
    }
    plan::is_partner(digits).then(|| international(digits))
}

#[cfg(test)]
mod tests;
