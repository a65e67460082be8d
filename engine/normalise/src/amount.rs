//! Amounts of money as files write them: one decimal mark a column, one currency a value, no float.
//!
//! `1.234` is a thousand in Costa Rica and one and a quarter in Guatemala. The mark is decided for a whole column
//! ([`AmountEvidence`]); a value that does not fit the decided mark is refused rather than read as something else.

use crate::sheet;
use model::identifier::NormFlags;
use model::money::{Currency, Money};

/// Which character stands before the minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DecimalMark {
    /// `1,234.56`.
    Point,
    /// `1.234,56`.
    Comma,
}

impl DecimalMark {
    fn byte(self) -> u8 {
        match self {
            Self::Point => b'.',
            Self::Comma => b',',
        }
    }
}

/// One value in so many may contradict the rest of its column: a typing error.
const ONE_ERROR_IN: u64 = 1_000;

/// What a whole column says of its decimal mark.
#[derive(Clone, Debug, Default)]
pub struct AmountEvidence {
    numbers: u64,
    point: u64,
    comma: u64,
    open: u64,
}

impl AmountEvidence {
    /// Takes the next value of the column. Blank values and text say nothing.
    pub fn observe(&mut self, raw: &str) {
        let Some(body) = Body::of(raw) else { return };
        self.numbers += 1;
        match body.mark() {
            Mark::Point => self.point += 1,
            Mark::Comma => self.comma += 1,
            Mark::Open => self.open += 1,
            Mark::None => {}
        }
    }

    /// Goes on with the evidence of the rows that follow.
    pub fn merge(&mut self, later: &Self) {
        self.numbers += later.numbers;
        self.point += later.point;
        self.comma += later.comma;
        self.open += later.open;
    }

    /// All that was collected, as numbers for [`Self::of_words`].
    pub fn words(&self) -> [u64; 4] {
        [self.numbers, self.point, self.comma, self.open]
    }

    /// The evidence of which these are the words.
    pub fn of_words([numbers, point, comma, open]: [u64; 4]) -> Self {
        Self { numbers, point, comma, open }
    }

    /// The decimal mark of the column; `None` where nothing decides (`1.234` alone) or the column contradicts
    /// itself. Whole numbers read the same either way, so a column of them is `Point`.
    pub fn decide(&self) -> Option<DecimalMark> {
        let (point, comma) = (self.point, self.comma);
        if point > 0 && comma * ONE_ERROR_IN <= point {
            Some(DecimalMark::Point)
        } else if comma > 0 && point * ONE_ERROR_IN <= comma {
            Some(DecimalMark::Comma)
        } else if point == 0 && comma == 0 && self.open == 0 && self.numbers > 0 {
            Some(DecimalMark::Point)
        } else {
            None
        }
    }
}

/// What one value says of the decimal mark.
enum Mark {
    Point,
    Comma,
    /// `1.234`: thousands or thousandths.
    Open,
    None,
}

/// An amount without sign and currency: digits, points and commas.
struct Body {
    text: String,
    negative: bool,
    symbol: Symbol,
}

/// The currency that is written with an amount.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Symbol {
    None,
    Code(Currency),
    /// A bare `$`.
    Dollar,
    /// `¢`, colones of Costa Rica or El Salvador.
    Colon,
}

/// Signs and words of currencies, longest first; upper case, no blanks.
const SYMBOLS: &[(&str, &[u8; 3])] = &[
    ("LEMPIRAS", b"HNL"),
    ("QUETZALES", b"GTQ"),
    ("CORDOBAS", b"NIO"),
    ("CÓRDOBAS", b"NIO"),
    ("COLONES", b"CRC"),
    ("BALBOAS", b"USD"),
    ("DOLARES", b"USD"),
    ("DÓLARES", b"USD"),
    ("MXN$", b"MXN"),
    ("USD$", b"USD"),
    ("COP$", b"COP"),
    ("COL$", b"COP"),
    ("LPS.", b"HNL"),
    ("M.N.", b"MXN"),
    ("MX$", b"MXN"),
    ("RD$", b"DOP"),
    ("BZ$", b"BZD"),
    ("US$", b"USD"),
    ("U$S", b"USD"),
    ("CRC", b"CRC"),
    ("SVC", b"SVC"),
    ("GTQ", b"GTQ"),
    ("HNL", b"HNL"),
    ("LPS", b"HNL"),
    ("NIO", b"NIO"),
    // The balboa exists in coin only and equals the dollar.
    ("PAB", b"USD"),
    ("B/.", b"USD"),
    ("DOP", b"DOP"),
    ("MXN", b"MXN"),
    ("BZD", b"BZD"),
    ("COP", b"COP"),
    ("CUP", b"CUP"),
    ("HTG", b"HTG"),
    ("JMD", b"JMD"),
    ("USD", b"USD"),
    ("EUR", b"EUR"),
    ("C$", b"NIO"),
    ("J$", b"JMD"),
    ("B/", b"USD"),
    ("Q.", b"GTQ"),
    ("L.", b"HNL"),
    ("Q", b"GTQ"),
    ("L", b"HNL"),
    ("₡", b"CRC"),
    ("€", b"EUR"),
];

impl Body {
    fn of(raw: &str) -> Option<Self> {
        if raw.len() > 64 || !raw.bytes().any(|b| b.is_ascii_digit()) {
            return None;
        }
        let mut text: String = raw
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '\u{2019}' | '\u{FEFF}' | '\u{200B}'))
            .map(|c| if matches!(c, '\u{2212}' | '\u{2013}') { '-' } else { c })
            .flat_map(char::to_uppercase)
            .collect();
        let mut negative = false;
        let mut symbol = Symbol::None;
        // Signs, brackets and symbols stand in any order around the digits; each is taken off once.
        loop {
            let before = text.len();
            if let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
                if negative {
                    return None;
                }
                negative = true;
                text = inner.to_owned();
            } else if let Some(rest) = text.strip_prefix('-').or_else(|| text.strip_suffix('-')) {
                if negative {
                    return None;
                }
                negative = true;
                text = rest.to_owned();
            } else if let Some(rest) = text.strip_prefix('+') {
                text = rest.to_owned();
            } else if let Some(rest) = text.strip_suffix("DB").or_else(|| text.strip_suffix("DR")) {
                if negative {
                    return None;
                }
                negative = true;
                text = rest.to_owned();
            } else if let Some(rest) = text.strip_suffix("CR") {
                text = rest.to_owned();
            } else if let Some((rest, found)) = without_symbol(&text) {
                symbol = match (symbol, found) {
                    (Symbol::None | Symbol::Dollar, found) => found,
                    (known, Symbol::Dollar) => known,
                    (known, found) if known == found => known,
                    _ => return None,
                };
                text = rest.to_owned();
            }
            if text.len() == before {
                break;
            }
        }
        if let Some(scientific) = sheet::scientific(&text) {
            match scientific {
                sheet::Scientific::Whole(digits) => text = digits,
                sheet::Scientific::Lost => return None,
            }
        }
        let clean = text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',');
        (clean && text.bytes().any(|b| b.is_ascii_digit())).then_some(Self { text, negative, symbol })
    }

    /// Which character must be the decimal mark here?
    fn mark(&self) -> Mark {
        let points = self.text.bytes().filter(|&b| b == b'.').count();
        let commas = self.text.bytes().filter(|&b| b == b',').count();
        let last = self.text.rfind(['.', ',']);
        match (points, commas, last) {
            (0, 0, _) | (_, _, None) => Mark::None,
            (1.., 1.., Some(at)) => {
                if self.text.as_bytes().get(at) == Some(&b'.') {
                    Mark::Point
                } else {
                    Mark::Comma
                }
            }
            (2.., 0, _) => Mark::Comma,
            (0, 2.., _) => Mark::Point,
            (_, _, Some(at)) => {
                let whole = self.text.get(..at).unwrap_or_default();
                let fraction = self.text.len() - at - 1;
                let open = fraction == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with('0');
                match (open, points) {
                    (true, _) => Mark::Open,
                    (false, 1) => Mark::Point,
                    (false, _) => Mark::Comma,
                }
            }
        }
    }
}

fn without_symbol(text: &str) -> Option<(&str, Symbol)> {
    for (sign, code) in SYMBOLS {
        // One letter is a symbol only where a digit follows: `L 100`, not the `L` of a word.
        let rest = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign).filter(|_| sign.len() > 1));
        if let Some(rest) = rest {
            let stands = sign.len() > 2 || !rest.starts_with(|c: char| c.is_ascii_alphabetic());
            if stands {
                return Some((rest, Symbol::Code(Currency(**code))));
            }
        }
    }
    let bare = |sign: char| text.strip_prefix(sign).or_else(|| text.strip_suffix(sign));
    bare('$').map(|rest| (rest, Symbol::Dollar)).or_else(|| bare('¢').map(|rest| (rest, Symbol::Colon)))
}

/// How much money is this, in minor units, with its sign?
///
/// # Arguments   `mark`: the column's decimal mark; `currency`: what a value without a symbol is in, by the file
/// # Returns     amount and what was supposed: [`NormFlags::COUNTRY_ASSUMED`] where a bare `$` was taken for the
/// given currency, [`NormFlags::AMBIGUOUS`] where it was taken for the dollar because the given
/// currency has another sign, and where digits beyond the minor unit were rounded.
/// `None` where the text is no amount under this mark.
/// # Example
/// ```
/// use model::money::Currency;
/// use normalise::amount::{DecimalMark, amount};
/// let (money, _) = amount("(RD$ 1,234.50)", DecimalMark::Point, Currency::UNKNOWN).unwrap();
/// assert_eq!((money.minor, money.currency.as_str()), (-123_450, "DOP"));
/// ```
pub fn amount(raw: &str, mark: DecimalMark, currency: Currency) -> Option<(Money, NormFlags)> {
    let body = Body::of(raw)?;
    let (currency, mut flags) = resolve(body.symbol, currency);
    let (whole, fraction) = split(&body.text, mark)?;
    let decimals = currency.decimals() as usize;
    let mut minor: i64 = 0;
    for digit in whole
        .bytes()
        .filter(u8::is_ascii_digit)
        .chain(fraction.bytes().chain(std::iter::repeat(b'0')).take(decimals))
    {
        minor = minor.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
    }
    let beyond = fraction.get(decimals..).unwrap_or_default();
    if beyond.bytes().any(|b| b != b'0') {
        // Half away from zero, as banks round; an error of a double (`.5600000001`) is no other amount.
        minor = minor.checked_add(i64::from(beyond.as_bytes().first() >= Some(&b'5')))?;
        let artefact = beyond.len() > 4 && (beyond.starts_with("0000") || beyond.starts_with("9999"));
        flags = if artefact { flags } else { flags.with(NormFlags::AMBIGUOUS) };
    }
    let minor = if body.negative { minor.checked_neg()? } else { minor };
    Some((Money { minor, currency }, flags))
}

/// Whole and fractional digits, if the separators are where they must be.
fn split(text: &str, mark: DecimalMark) -> Option<(&str, &str)> {
    let decimal = char::from(mark.byte());
    let group = if mark == DecimalMark::Point { ',' } else { '.' };
    // Twice the decimal mark and no other can only be thousands: `1.234.567` under a point.
    if text.matches(decimal).count() > 1 {
        return (!text.contains(group) && is_grouped(text, decimal)).then_some((text, ""));
    }
    let (whole, fraction) = text.split_once(decimal).unwrap_or((text, ""));
    let sound = !fraction.contains(group) && (!whole.contains(group) || is_grouped(whole, group));
    (sound && !(whole.is_empty() && fraction.is_empty())).then_some((whole, fraction))
}

/// Whether digits stand in groups of three behind a first group of one to three.
fn is_grouped(text: &str, separator: char) -> bool {
    let mut groups = text.split(separator);
    let first = groups.next().unwrap_or_default();
    (1..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_digit())
        && groups.all(|g| g.len() == 3 && g.bytes().all(|b| b.is_ascii_digit()))
}

fn resolve(symbol: Symbol, given: Currency) -> (Currency, NormFlags) {
    const DOLLAR_SIGNED: [&[u8; 3]; 8] = [b"USD", b"MXN", b"COP", b"DOP", b"NIO", b"CUP", b"JMD", b"BZD"];
    match symbol {
        Symbol::None => (given, NormFlags::NONE),
        Symbol::Code(currency) => (currency, NormFlags::NONE),
        Symbol::Dollar if DOLLAR_SIGNED.contains(&&given.0) => (given, NormFlags::COUNTRY_ASSUMED),
        Symbol::Dollar if given == Currency::UNKNOWN => (given, NormFlags::AMBIGUOUS),
        Symbol::Dollar => (Currency(*b"USD"), NormFlags::AMBIGUOUS),
        Symbol::Colon if given.0 == *b"CRC" || given.0 == *b"SVC" => (given, NormFlags::COUNTRY_ASSUMED),
        Symbol::Colon => (Currency(*b"CRC"), NormFlags::AMBIGUOUS),
    }
}

/// Whether a spreadsheet has turned a long number into scientific notation and lost its digits (`5.02512E+10`).
pub fn is_mangled(raw: &str) -> bool {
    matches!(sheet::unwrap(raw), sheet::Cell::Lost)
}

#[cfg(test)]
mod tests {
    use super::DecimalMark::{Comma, Point};
    use super::*;
    use proptest::prelude::*;

    const USD: Currency = Currency(*b"USD");
    const NONE: NormFlags = NormFlags::NONE;

    fn check(raw: &str, mark: DecimalMark, expected: Option<(i64, &str, NormFlags)>) {
        let read = amount(raw, mark, Currency(*b"GTQ"));
        let read = read.map(|(m, f)| (m.minor, m.currency.as_str().to_owned(), f));
        assert_eq!(read, expected.map(|(m, c, f)| (m, c.to_owned(), f)), "{raw:?}");
    }

    #[test]
    fn signs_symbols_and_separators() {
        check("1,234.56", Point, Some((123_456, "GTQ", NONE)));
        check("1.234,56", Comma, Some((123_456, "GTQ", NONE)));
        check("1 234\u{A0}567,8", Comma, Some((123_456_780, "GTQ", NONE)));
        check("1'234.50", Point, Some((123_450, "GTQ", NONE)));
        check("($1.25)", Point, Some((-125, "USD", NormFlags::AMBIGUOUS)));
        check("-$1.25", Point, Some((-125, "USD", NormFlags::AMBIGUOUS)));
        check("1.25-", Point, Some((-125, "GTQ", NONE)));
        check("\u{2212}1.25", Point, Some((-125, "GTQ", NONE)));
        check("₡ 5.000,00", Comma, Some((500_000, "CRC", NONE)));
        check("Q100", Point, Some((10_000, "GTQ", NONE)));
        check("L. 100.5", Point, Some((10_050, "HNL", NONE)));
        check("Lps. 100", Point, Some((10_000, "HNL", NONE)));
        check("C$ 100", Point, Some((10_000, "NIO", NONE)));
        check("B/. 9,900.00", Point, Some((990_000, "USD", NONE)));
        check("RD$100.00", Point, Some((10_000, "DOP", NONE)));
        check("BZ$ 20", Point, Some((2_000, "BZD", NONE)));
        check("$100.00 MXN", Point, Some((10_000, "MXN", NONE)));
        check("US$ 3", Point, Some((300, "USD", NONE)));
        check("100.00 DB", Point, Some((-10_000, "GTQ", NONE)));
        check("1.234.567", Point, Some((123_456_700, "GTQ", NONE)));
        check("12.345", Point, Some((1_235, "GTQ", NormFlags::AMBIGUOUS)));
        check("12.3400000001", Point, Some((1_234, "GTQ", NONE)));
        check(".5", Point, Some((50, "GTQ", NONE)));
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for raw in [
            "",
            "Total",
            "12,34",
            "1,23,456.00",
            "1.2.3",
            "--5",
            "(-5)",
            "12 de marzo",
            "5.02512E+10",
            "US$ Q 5",
        ] {
            check(raw, Point, None);
        }
        check("99999999999999999999", Point, None);
    }

    #[test]
    fn a_bare_dollar_is_the_files_own() {
        let read = |given: &[u8; 3]| amount("$5", Point, Currency(*given)).unwrap();
        assert_eq!(
            read(b"MXN"),
            (Money { minor: 500, currency: Currency(*b"MXN") }, NormFlags::COUNTRY_ASSUMED)
        );
        assert_eq!(read(b"XXX").1, NormFlags::AMBIGUOUS);
        assert_eq!(amount("¢5", Point, Currency(*b"CRC")).unwrap().0.currency.as_str(), "CRC");
    }

    fn decide(values: &[&str]) -> Option<DecimalMark> {
        let mut evidence = AmountEvidence::default();
        for value in values {
            evidence.observe(value);
        }
        evidence.decide()
    }

    #[test]
    fn the_column_decides_its_mark() {
        assert_eq!(decide(&["1,234.56"]), Some(Point));
        assert_eq!(decide(&["1.234,56"]), Some(Comma));
        assert_eq!(decide(&["1.234", "1.234"]), None);
        assert_eq!(decide(&["1.234", "12,5"]), Some(Comma));
        assert_eq!(decide(&["1.234.567"]), Some(Comma));
        assert_eq!(decide(&["50255.7"]), Some(Point));
        assert_eq!(decide(&["0.123"]), Some(Point));
        assert_eq!(decide(&["5", "12", ""]), Some(Point));
        assert_eq!(decide(&["12,5", "12.5"]), None);
        assert_eq!(decide(&["Total"]), None);
    }

    #[test]
    fn mangled_numbers_are_seen() {
        assert!(is_mangled("5.02512E+10") && is_mangled("3.54e+14") && is_mangled(" 5,02512E+10"));
        assert!(!is_mangled("50251234567") && !is_mangled("CASE+10") && !is_mangled("5.0251234567E+10"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(minor in -10_000_000_000i64..10_000_000_000) {
            let (sign, whole, cents) = (if minor < 0 { "-" } else { "" }, minor.abs() / 100, minor.abs() % 100);
            let digits = whole.to_string();
            let mut grouped = String::new();
            for (i, c) in digits.chars().enumerate() {
                if i > 0 && (digits.len() - i) % 3 == 0 { grouped.push(','); }
                grouped.push(c);
            }
            let point = format!("{sign}{grouped}.{cents:02}");
            let comma = point.replace(',', "_").replace('.', ",").replace('_', ".");
            prop_assert_eq!(amount(&point, Point, USD).unwrap().0.minor, minor);
            prop_assert_eq!(amount(&comma, Comma, USD).unwrap().0.minor, minor);
            prop_assert_eq!(decide(&[&point]), Some(Point));
            prop_assert_eq!(decide(&[&comma]), Some(Comma));
        }

        #[test]
        fn any_text_is_borne(raw in "\\PC{0,30}", mess in "[0-9.,()$QLE+ -]{0,24}") {
            for text in [raw, mess] {
                let _ = (amount(&text, Point, USD), amount(&text, Comma, USD), is_mangled(&text), decide(&[&text]));
            }
        }
    }
}
