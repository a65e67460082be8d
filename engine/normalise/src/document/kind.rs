//! The kinds of documents: structure, check digit and the words that name them.
//!
//! Check rules: El Salvador DUI, Guatemala CUI and the Dominican cédula as their registries' validators compute
//! them; Guatemala NIT, Dominican RNC and Colombian NIT as their tax authorities publish them; Mexico CURP by the
//! Registro Nacional de Población, RFC by the tax authority's table. Nicaragua's letter was never published.

use crate::device::luhn;
use model::identifier::NormFlags;
use model::place::Country;
use model::time::CivilDate;

/// A number as written, and without its separators.
pub(super) struct Body {
    /// Upper-case letters and digits.
    pub(super) compact: String,
    /// The same with single hyphens where anything stood between them.
    pub(super) parted: String,
}

impl Body {
    pub(super) fn of(text: &str) -> Self {
        let mut compact = String::with_capacity(text.len());
        let mut parted = String::with_capacity(text.len());
        let mut gap = false;
        for c in text.chars() {
            let upper = match c {
                'ñ' | 'Ñ' => 'Ñ',
                // `&` stands for itself in tax numbers of Mexican companies.
                '&' => '&',
                _ if c.is_ascii_alphanumeric() => c.to_ascii_uppercase(),
                _ => {
                    gap = true;
                    continue;
                }
            };
            if gap && !parted.is_empty() {
                parted.push('-');
            }
            gap = false;
            compact.push(upper);
            parted.push(upper);
        }
        Self { compact, parted }
    }

    /// Whether the number only fills its field: one digit over and over, or next to nothing.
    pub(super) fn is_filler(&self) -> bool {
        let bytes = self.compact.as_bytes();
        let same = bytes.iter().all(|b| Some(b) == bytes.first());
        bytes.len() < 3 || (same && (bytes.first() == Some(&b'0') || bytes.len() >= 6))
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        self.parted.split('-')
    }

    /// Whether the number was written in groups of these lengths.
    fn has_groups(&self, lengths: &[usize]) -> bool {
        self.parts().map(str::len).eq(lengths.iter().copied())
    }
}

macro_rules! kinds {
    ($($name:ident $country:ident $code:literal),+ $(,)?) => {
        /// A kind of document.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Kind { $($name),+ }

        impl Kind {
            /// All kinds; within a country, the one a number is most likely to be comes first.
            pub(super) const ALL: [Self; [$($code),+].len()] = [$(Self::$name),+];

            /// The code before the colon.
            pub(super) fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// The issuing country.
            pub(super) fn country(self) -> Country {
                match self { $(Self::$name => Country::$country),+ }
            }
        }
    };
}

kinds! {
    Dui SV "SV-DUI", SvNit SV "SV-NIT",
    Cui GT "GT-CUI", GtNit GT "GT-NIT",
    Dni HN "HN-DNI", Rtn HN "HN-RTN",
    CrCedula CR "CR-CED", Juridica CR "CR-JUR", Dimex CR "CR-DIMEX",
    NiCedula NI "NI-CED",
    PaCedula PA "PA-CED",
    DoCedula DO "DO-CED", Rnc DO "DO-RNC",
    Curp MX "MX-CURP", Ine MX "MX-INE", Rfc MX "MX-RFC",
    BzSsn BZ "BZ-SSN",
    CoCedula CO "CO-CC", CoTarjeta CO "CO-TI", CoExtranjeria CO "CO-CE", CoNit CO "CO-NIT",
    UsSsn US "US-SSN",
}

type Read = Option<(String, NormFlags)>;

impl Kind {
    pub(super) fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.code() == code)
    }

    /// The kinds that a bare number of a country may be.
    pub(super) fn of_country(country: Country) -> impl Iterator<Item = Self> {
        // A minor's card, a foreigner's card and a tax number look like the citizen's; only a word tells them.
        let by_word_only = |k: &Self| matches!(k, Self::CoTarjeta | Self::CoExtranjeria | Self::CoNit);
        Self::ALL.into_iter().filter(move |k| k.country() == country && !by_word_only(k))
    }

    /// A person holds one of it, and for life.
    pub(super) fn is_for_life(self) -> bool {
        !matches!(
            self,
            Self::SvNit
                | Self::GtNit
                | Self::Rtn
                | Self::Juridica
                | Self::Rnc
                | Self::Rfc
                | Self::CoNit
                | Self::Dimex
        )
    }

    /// The kind that a header or label names; generic words (`cédula`) need the country.
    pub(super) fn of_words(folded: &str, country: Option<Country>, body: &Body) -> Option<Self> {
        let words: Vec<&str> = folded.split(' ').collect();
        let has = |word: &str| words.contains(&word);
        let one = |kind: Self| Some(kind);
        if has("DUI") {
            return one(Self::Dui);
        }
        if has("CUI") || has("DPI") {
            return one(Self::Cui);
        }
        if has("RTN") {
            return one(Self::Rtn);
        }
        if has("DNI") && matches!(country, Some(Country::HN) | None) {
            return one(Self::Dni);
        }
        if has("DIMEX") {
            return one(Self::Dimex);
        }
        if has("RNC") {
            return one(Self::Rnc);
        }
        if has("CURP") {
            return one(Self::Curp);
        }
        if has("RFC") {
            return one(Self::Rfc);
        }
        if has("INE") || has("IFE") || folded.contains("CLAVE DE ELECTOR") {
            return one(Self::Ine);
        }
        match country? {
            Country::SV if has("NIT") => one(Self::SvNit),
            Country::GT if has("NIT") => one(Self::GtNit),
            Country::CO if has("NIT") => one(Self::CoNit),
            Country::CO if has("TI") || folded.contains("TARJETA DE IDENTIDAD") => one(Self::CoTarjeta),
            Country::CO if has("CE") || folded.contains("EXTRANJERIA") => one(Self::CoExtranjeria),
            Country::CO if has("CC") || has("CEDULA") => one(Self::CoCedula),
            Country::CR if has("JURIDICA") => one(Self::Juridica),
            Country::HN if has("IDENTIDAD") && body.compact.len() < 14 => one(Self::Dni),
            Country::NI if has("CEDULA") || has("CED") => one(Self::NiCedula),
            Country::PA if has("CEDULA") || has("CED") || has("CIP") => one(Self::PaCedula),
            Country::BZ if has("SSN") || has("SOCIAL") => one(Self::BzSsn),
            Country::US if has("SSN") || has("SOCIAL") || has("ITIN") => one(Self::UsSsn),
            // Costa Rican and Dominican `cédula` is a person's or a company's; the structure tells.
            _ => None,
        }
    }

    /// Whether no other document is written like this, so that the shape alone tells kind and country.
    pub(super) fn is_unmistakable(self, body: &Body) -> bool {
        let sound = || self.read(body).is_some_and(|(_, flags)| flags == NormFlags::NONE);
        match self {
            Self::Curp | Self::Ine | Self::NiCedula => self.read(body).is_some_and(|(_, flags)| {
                !flags.has(NormFlags::NOT_IN_PLAN) && !flags.has(NormFlags::PADDED)
            }),
            Self::Rfc => sound(),
            Self::Dui => body.has_groups(&[8, 1]) && sound(),
            Self::Cui => (body.has_groups(&[4, 5, 4]) || body.has_groups(&[9, 4])) && sound(),
            Self::Dni => body.has_groups(&[4, 4, 5]) && sound(),
            Self::Rtn => body.has_groups(&[4, 4, 6]) && sound(),
            Self::SvNit => body.has_groups(&[4, 6, 3, 1]) && sound(),
            Self::DoCedula => body.has_groups(&[3, 7, 1]) && sound(),
            Self::CrCedula => body.has_groups(&[1, 4, 4]) && sound(),
            Self::PaCedula => {
                // `1-234-567` may be Costa Rican too; letters and two-digit provinces may not.
                let province = body.parts().next().unwrap_or_default();
                let telling = province.len() == 2 || province.starts_with(|c: char| c.is_ascii_alphabetic());
                telling && body.parts().count() == 3 && sound()
            }
            _ => false,
        }
    }

    /// The value in normal form and what is noticed of it; `None` where the structure is another's.
    pub(super) fn read(self, body: &Body) -> Read {
        let text = body.compact.as_str();
        match self {
            Self::Dui => padded(text, 9, 2).map(|(v, f)| {
                let right = weighted(&v, 8, |i| 9 - i) % 10;
                let check = (10 - right) % 10;
                let f = checked(f, digit(&v, 8) == check);
                (v, f)
            }),
            Self::SvNit => padded(text, 14, 1).map(|(v, f)| {
                let birth = CivilDate::new(2000, two(&v, 6) as u8, two(&v, 4) as u8).is_some();
                let f = checked(planned(f, birth), sv_nit_fits(&v));
                (v, f)
            }),
            Self::Cui => padded(text, 13, 1).map(|(v, f)| {
                let check = weighted(&v, 8, |i| i + 2) % 11;
                let f = planned(f, (1..=22).contains(&two(&v, 9)) && two(&v, 11) >= 1);
                let f = checked(f, digit(&v, 8) == check);
                (v, f)
            }),
            Self::GtNit => gt_nit(text),
            Self::Dni => padded(text, 13, 1).map(|(v, f)| {
                let year = two(&v, 4) * 100 + two(&v, 6);
                let f = planned(
                    f,
                    (1..=18).contains(&two(&v, 0))
                        && (1..=28).contains(&two(&v, 2))
                        && (1_880..=2_100).contains(&year),
                );
                (v, f)
            }),
            Self::Rtn => exact(text, 14).map(|(v, f)| {
                // A person's is the identity number and a digit; a company's begins with 08 or another department.
                let f = planned(f, (1..=18).contains(&two(&v, 0)));
                (v, f)
            }),
            Self::CrCedula => cr_cedula(body),
            Self::Dimex => {
                (digits(text) && matches!(text.len(), 11 | 12) && text.starts_with('1')).then(|| plain(text))
            }
            Self::Juridica => {
                (digits(text) && text.len() == 10 && matches!(text.as_bytes().first(), Some(b'2'..=b'5')))
                    .then(|| plain(text))
            }
            Self::NiCedula => ni_cedula(text),
            Self::PaCedula => pa_cedula(body),
            Self::DoCedula => padded(text, 11, 1).map(|(v, f)| {
                let f = checked(f, luhn(&v) == 0);
                (v, f)
            }),
            Self::Rnc => exact(text, 9).map(|(v, f)| {
                const WEIGHTS: [u32; 8] = [7, 9, 8, 6, 5, 4, 3, 2];
                let sum = weighted(&v, 8, |i| WEIGHTS.get(i as usize).copied().unwrap_or(0));
                let check = match sum % 11 {
                    0 => 2,
                    1 => 1,
                    rest => 11 - rest,
                };
                let f = checked(f, digit(&v, 8) == check);
                (v, f)
            }),
            Self::Curp => curp(text),
            Self::Ine => ine(text),
            Self::Rfc => rfc(text),
            Self::BzSsn => padded(text, 9, 1),
            Self::CoCedula => (digits(text) && (6..=10).contains(&text.len())).then(|| plain(text)),
            Self::CoTarjeta => (digits(text) && (10..=11).contains(&text.len())).then(|| plain(text)),
            Self::CoExtranjeria => (digits(text) && (6..=8).contains(&text.len())).then(|| plain(text)),
            Self::CoNit => co_nit(text),
            Self::UsSsn => exact(text, 9).map(|(v, f)| {
                let area = two(&v, 0) * 10 + digit(&v, 2);
                // Numbers from 900 on are a taxpayer's who has no social security number.
                let f = planned(f, area != 0 && area != 666 && two(&v, 3) != 0);
                (v, f)
            }),
        }
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn plain(text: &str) -> (String, NormFlags) {
    (text.to_owned(), NormFlags::NONE)
}

fn exact(text: &str, len: usize) -> Read {
    (digits(text) && text.len() == len).then(|| plain(text))
}

/// Digits of this length, or up to `lost` fewer whose leading zeros a spreadsheet took.
fn padded(text: &str, len: usize, lost: usize) -> Read {
    if !digits(text) || text.len() > len || text.len() + lost < len {
        return None;
    }
    if text.len() == len {
        return Some(plain(text));
    }
    Some((format!("{text:0>len$}"), NormFlags::PADDED))
}

fn checked(flags: NormFlags, right: bool) -> NormFlags {
    if right { flags } else { flags.with(NormFlags::CHECK_FAILED) }
}

fn planned(flags: NormFlags, fits: bool) -> NormFlags {
    if fits { flags } else { flags.with(NormFlags::NOT_IN_PLAN) }
}

fn digit(text: &str, at: usize) -> u32 {
    text.as_bytes().get(at).map_or(0, |b| u32::from(b.wrapping_sub(b'0')))
}

/// Two digits as a number.
fn two(text: &str, at: usize) -> u32 {
    digit(text, at) * 10 + digit(text, at + 1)
}

/// The sum of the first `count` digits, each with its weight.
fn weighted(text: &str, count: usize, weight: impl Fn(u32) -> u32) -> u32 {
    text.bytes().take(count).zip(0..).map(|(b, i)| u32::from(b.wrapping_sub(b'0')) * weight(i)).sum()
}

/// Two rules circulate and disagree on most numbers: a digit that fits neither is odd, one that fits one is fine.
fn sv_nit_fits(v: &str) -> bool {
    const NEW: [u32; 13] = [2, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
    let old = weighted(v, 13, |i| 14 - i) % 11 % 10;
    let new = (11 - weighted(v, 13, |i| NEW.get(i as usize).copied().unwrap_or(0)) % 11) % 11 % 10;
    let last = digit(v, 13);
    last == old || last == new
}

fn gt_nit(text: &str) -> Read {
    let (last_at, last) = text.char_indices().last()?;
    let body = text.get(..last_at)?;
    if !digits(body) || !(2..=12).contains(&text.len()) || !(last.is_ascii_digit() || last == 'K') {
        return None;
    }
    // Twelve digits with a zero in front are no tax number, but a padded cell.
    let sum: u32 = body.bytes().rev().zip(2..).map(|(b, w)| u32::from(b.wrapping_sub(b'0')) * w).sum();
    let check = (11 - sum % 11) % 11;
    let right = if check == 10 { last == 'K' } else { last.to_digit(10) == Some(check) };
    Some((text.to_owned(), checked(NormFlags::NONE, right)))
}

fn cr_cedula(body: &Body) -> Read {
    let text = body.compact.as_str();
    if !digits(text) {
        return None;
    }
    let sound = |v: &str| matches!(v.as_bytes().first(), Some(b'1'..=b'9'));
    // The tax authority pads to ten digits.
    if text.len() == 10 {
        let v = text.strip_prefix('0')?;
        return sound(v).then(|| plain(v));
    }
    if text.len() == 9 {
        return sound(text).then(|| plain(text));
    }
    // `1-234-567`: volume and entry have four digits each and lost their zeros.
    let mut parts = body.parts();
    let (province, volume, entry) = (parts.next()?, parts.next()?, parts.next()?);
    let fits = parts.next().is_none() && province.len() == 1 && volume.len() <= 4 && entry.len() <= 4;
    (fits && sound(province)).then(|| (format!("{province}{volume:0>4}{entry:0>4}"), NormFlags::PADDED))
}

fn ni_cedula(text: &str) -> Read {
    let (at, letter) = text.char_indices().last()?;
    let (number, flags) = padded(text.get(..at)?, 13, 1)?;
    const LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPQRSTUVWXY";
    if !letter.is_ascii_uppercase() {
        return None;
    }
    let born = CivilDate::new(2000, two(&number, 5) as u8, two(&number, 3) as u8).is_some();
    let rest = number.bytes().fold(0u32, |r, b| (r * 10 + u32::from(b.wrapping_sub(b'0'))) % 23);
    let right = LETTERS.get(rest as usize).is_some_and(|&l| char::from(l) == letter);
    Some((format!("{number}{letter}"), checked(planned(flags, born), right)))
}

/// Province or class, volume and entry keep their hyphens: without them `1-12-345` and `11-2-345` are one number.
fn pa_cedula(body: &Body) -> Read {
    let mut parts: Vec<&str> = body.parts().collect();
    let mut province = parts.first()?.trim_start_matches('0').to_owned();
    // `8-AV-12-345` and `8AV-12-345` are one class.
    if parts.len() == 4 && matches!(parts.get(1), Some(&("AV" | "PI" | "NT" | "PE"))) {
        province.push_str(parts.remove(1));
    }
    let [_, volume, entry] = parts.as_slice() else { return None };
    let number = |t: &str, most: usize| digits(t) && t.trim_start_matches('0').len() <= most && !t.is_empty();
    let (digits_of_it, class) =
        province.split_at_checked(province.find(|c: char| !c.is_ascii_digit()).unwrap_or(province.len()))?;
    let in_range = digits_of_it.parse::<u32>().is_ok_and(|p| (1..=13).contains(&p));
    let known = match class {
        "" | "AV" | "PI" | "NT" => in_range,
        "PE" | "E" | "N" => digits_of_it.is_empty(),
        _ => false,
    };
    if !known || !number(volume, 5) || !number(entry, 6) {
        return None;
    }
    let bare = |t: &str| match t.trim_start_matches('0') {
        "" => "0".to_owned(),
        rest => rest.to_owned(),
    };
    Some((format!("{province}-{}-{}", bare(volume), bare(entry)), NormFlags::NONE))
}

/// Codes of the Mexican states in a CURP; `NE` is born abroad.
#[rustfmt::skip]
const STATES: &[&str] = &[
    "AS", "BC", "BS", "CC", "CL", "CM", "CS", "CH", "DF", "DG", "GT", "GR", "HG", "JC", "MC", "MN", "MS", "NT", "NL",
    "OC", "PL", "QT", "QR", "SP", "SL", "SR", "TC", "TS", "TL", "VZ", "YN", "ZS", "NE", "MX",
];

fn is_letter(c: Option<&char>) -> bool {
    c.is_some_and(|c| c.is_ascii_uppercase() || *c == 'Ñ')
}

/// Characters of a fixed layout: `L` letter, `D` digit, `A` either.
fn has_layout(chars: &[char], layout: &str) -> bool {
    chars.len() == layout.len()
        && chars.iter().zip(layout.bytes()).all(|(c, l)| match l {
            b'L' => is_letter(Some(c)),
            b'D' => c.is_ascii_digit(),
            _ => is_letter(Some(c)) || c.is_ascii_digit(),
        })
}

fn number(chars: &[char], from: usize, to: usize) -> u32 {
    chars.get(from..to).unwrap_or_default().iter().fold(0, |n, c| n * 10 + c.to_digit(10).unwrap_or(0))
}

fn curp(text: &str) -> Read {
    let chars: Vec<char> = text.chars().collect();
    if !has_layout(&chars, "LLLLDDDDDDLLLLLLAD") {
        return None;
    }
    let sex = matches!(chars.get(10), Some('H' | 'M' | 'X'));
    let state: String = chars.get(11..13)?.iter().collect();
    let birth = CivilDate::new(2000, number(&chars, 6, 8) as u8, number(&chars, 8, 10) as u8).is_some();
    const ALPHABET: &str = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ";
    let sum: usize = chars
        .iter()
        .take(17)
        .zip((2..=18).rev())
        .map(|(c, weight)| ALPHABET.chars().position(|a| a == *c).unwrap_or(0) * weight)
        .sum();
    let right = chars.get(17).and_then(|c| c.to_digit(10)) == u32::try_from((10 - sum % 10) % 10).ok();
    let flags = planned(NormFlags::NONE, sex && birth && STATES.contains(&state.as_str()));
    Some((text.to_owned(), checked(flags, right)))
}

fn ine(text: &str) -> Read {
    let chars: Vec<char> = text.chars().collect();
    if !has_layout(&chars, "LLLLLLDDDDDDDDLDDD") || !matches!(chars.get(14), Some('H' | 'M')) {
        return None;
    }
    let birth = CivilDate::new(2000, number(&chars, 8, 10) as u8, number(&chars, 10, 12) as u8).is_some();
    Some((text.to_owned(), planned(NormFlags::NONE, birth && number(&chars, 12, 14) <= 90)))
}

fn rfc(text: &str) -> Read {
    let chars: Vec<char> = text.chars().map(|c| if c == '&' { 'Ñ' } else { c }).collect();
    let person = has_layout(&chars, "LLLLDDDDDDAAA");
    if !person && !has_layout(&chars, "LLLDDDDDDAAA") {
        return None;
    }
    let at = if person { 4 } else { 3 };
    let date =
        CivilDate::new(2000, number(&chars, at + 2, at + 4) as u8, number(&chars, at + 4, at + 6) as u8);
    const ALPHABET: &str = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ";
    let blank = if person { "" } else { " " };
    let sum: usize = blank
        .chars()
        .chain(text.chars())
        .take(12)
        .zip((2..=13).rev())
        .map(|(c, weight)| ALPHABET.chars().position(|a| a == c).unwrap_or(0) * weight)
        .sum();
    let expected = match 11 - sum % 11 {
        11 => '0',
        10 => 'A',
        rest => char::from_digit(u32::try_from(rest).ok()?, 10)?,
    };
    let flags = planned(NormFlags::NONE, date.is_some());
    Some((text.to_owned(), checked(flags, chars.last() == Some(&expected))))
}

fn co_nit(text: &str) -> Read {
    if !digits(text) || !matches!(text.len(), 9 | 10) {
        return None;
    }
    if text.len() == 9 {
        return Some(plain(text));
    }
    const WEIGHTS: [u32; 9] = [41, 37, 29, 23, 19, 17, 13, 7, 3];
    let rest = weighted(text, 9, |i| WEIGHTS.get(i as usize).copied().unwrap_or(0)) % 11;
    let check = if rest < 2 { rest } else { 11 - rest };
    Some((text.to_owned(), checked(NormFlags::NONE, digit(text, 9) == check)))
}

/// Takes a label off the front of a number: `DUI: 00016297-5`, `Cédula No. 1-0234-0567`.
pub(super) fn take_label(text: &str) -> (&str, &str) {
    #[rustfmt::skip]
    const LABELS: &[&str] = &[
        "DUI", "NIT", "CUI", "DPI", "DNI", "RTN", "CEDULA", "CÉDULA", "CED", "DIMEX", "RNC", "CURP", "RFC", "INE", "IFE",
        "SSN", "CC", "TI", "CE", "PASAPORTE", "PASSPORT", "PAS", "IDENTIDAD", "ID", "DOC", "DOCUMENTO", "CIP",
    ];
    let is_word = |c: char| c.is_alphabetic();
    let end = text.find(|c: char| !is_word(c)).unwrap_or(text.len());
    let Some((word, rest)) = text.split_at_checked(end) else { return ("", text) };
    let upper = word.to_uppercase();
    // The label is a word of its own: `PE-12-345` and `E-8-123` are numbers.
    if !LABELS.contains(&upper.as_str()) || !rest.starts_with([' ', ':', '.', '#']) {
        return ("", text);
    }
    let rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
    let rest = ["No.", "No ", "Nº", "N°", "NO.", "Num.", "num."]
        .iter()
        .find_map(|n| rest.strip_prefix(n))
        .unwrap_or(rest)
        .trim_start_matches(|c: char| !c.is_alphanumeric());
    (word, rest)
}
