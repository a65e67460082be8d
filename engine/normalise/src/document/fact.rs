//! What a document's number says of its holder: claims derived from the number, not facts of the case.

use super::kind::{Body, Kind};
use model::identifier::NormFlags;
use model::party::Sex;
use model::place::Country;
use model::time::CivilDate;

/// What a document number says of its holder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentFacts {
    /// Birth date; of a number that holds a year of registration only, none.
    pub birth: Option<CivilDate>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Issuing country.
    pub country: Option<Country>,
    /// Place of birth or registration, as the document's own code for it.
    pub place: Option<String>,
    /// Whether it is a well formed number of a kind of which a person holds one for life.
    pub for_life: bool,
}

/// Years of two digits up to this one are read as 20xx: nobody younger holds such a document yet, nobody older
/// still does.
const LAST_YOUNG_YEAR: u32 = 15;

/// What does the number itself say? Nothing but the country where its structure is not sound.
///
/// Birth date from SV NIT, NI cédula, CURP, RFC and INE; sex from CURP and INE; place from GT CUI, HN DNI, SV NIT,
/// NI, CR, PA and DO cédulas, CURP and INE. The year in a Honduran DNI is that of registration and is no birth year.
pub fn facts(value: &str) -> DocumentFacts {
    let country = value.get(..2).and_then(Country::parse);
    let nothing = DocumentFacts { country, ..DocumentFacts::default() };
    let Some((code, number)) = value.split_once(':') else { return DocumentFacts::default() };
    let Some(kind) = Kind::of_code(code) else { return nothing };
    if kind.read(&Body::of(number)).is_none_or(|(_, flags)| flags.has(NormFlags::NOT_IN_PLAN)) {
        return nothing;
    }
    let chars: Vec<char> = number.chars().collect();
    let take = |from: usize, to: usize| chars.get(from..to).map(|c| c.iter().collect::<String>());
    let two = |at: usize| take(at, at + 2).and_then(|t| t.parse::<u32>().ok());
    let date = |year: Option<u32>, month: usize, day: usize| {
        CivilDate::new(
            i16::try_from(year?).ok()?,
            u8::try_from(two(month)?).ok()?,
            u8::try_from(two(day)?).ok()?,
        )
    };
    let young = |year: u32| if year <= LAST_YOUNG_YEAR { 2_000 + year } else { 1_900 + year };
    let sex = |at: usize| match chars.get(at) {
        Some('H') => Some(Sex::Male),
        Some('M') => Some(Sex::Female),
        _ => None,
    };
    let (birth, sex, place) = match kind {
        Kind::SvNit => (date(two(8).map(young), 6, 4), None, take(0, 4)),
        Kind::Cui => (None, None, take(9, 13)),
        Kind::Dni | Kind::Rtn => (None, None, take(0, 4)),
        Kind::CrCedula => (None, None, take(0, 1)),
        Kind::NiCedula => (date(two(7).map(young), 5, 3), None, take(0, 3)),
        Kind::PaCedula => (None, None, number.split('-').next().map(str::to_owned)),
        Kind::DoCedula => (None, None, take(0, 3)),
        Kind::Curp => {
            // The seventeenth place is a digit for those born before 2000 and a letter after.
            let century = if chars.get(16).is_some_and(char::is_ascii_digit) { 1_900 } else { 2_000 };
            (date(two(4).map(|y| century + y), 6, 8), sex(10), take(11, 13))
        }
        Kind::Ine => (date(two(6).map(young), 8, 10), sex(14), take(12, 14)),
        Kind::Rfc if chars.len() == 13 => (date(two(4).map(young), 6, 8), None, None),
        _ => (None, None, None),
    };
    DocumentFacts { birth, sex, country, place, for_life: kind.is_for_life() }
}
