//! National identity documents: which kind a number is, whether it can be genuine, and what it says of its holder.
//!
//! The normal form is `CC-KIND:VALUE`. The kind follows from the column's header or a label in the text, then
//! from the country, then from the shape alone. A check digit that does not fit is a **soft** flag: in several
//! countries genuine documents fail the published rule, and a typing error is still a trace of a person.
//! A number of no known kind is kept as `CC-DOC:VALUE`.

mod fact;
mod kind;

pub use fact::{DocumentFacts, facts};

use crate::device::is_absent;
use crate::sheet;
use crate::text::fold;
use kind::{Body, Kind};
use model::identifier::{NormFlags, Normal};
use model::place::Country;

/// Which document does this text name?
///
/// # Arguments   `raw`: a cell; `country`: of the file or of the person, where known; `kind_hint`: the column's
/// header, the row's document type, or a kind (`SV-DUI`); empty where there is none
/// # Returns     `CC-KIND:VALUE` with [`NormFlags::CHECK_FAILED`], [`NormFlags::PADDED`],
/// [`NormFlags::COUNTRY_ASSUMED`] (the kind followed from the file's country), or
/// [`NormFlags::NOT_IN_PLAN`] (structure of no document of the country);
/// `XX-DOC:VALUE` with [`NormFlags::AMBIGUOUS`] where nothing tells the country; no value for a
/// placeholder
/// # Example
/// ```
/// use normalise::document::document;
/// assert_eq!(document("DUI 00016297-5", None, "").value.as_deref(), Some("SV-DUI:000162975"));
/// ```
pub fn document(raw: &str, country: Option<Country>, kind_hint: &str) -> Normal {
    let (value, flags) = read(raw, country, kind_hint);
    Normal { raw: raw.to_owned(), value, flags }
}

/// The kind of a normal form (`SV-DUI`); empty if it is none.
pub fn kind(value: &str) -> &str {
    value.split_once(':').map_or("", |(kind, _)| kind)
}

/// Can these two documents not belong to one person?
///
/// True only if both are well formed numbers of the same kind of which a person holds one for life, and they
/// differ by more than two typing errors (a wrong, missing, added digit or two exchanged).
pub fn conflict(a: &str, b: &str) -> bool {
    let (Some((kind_a, value_a)), Some((kind_b, value_b))) = (a.split_once(':'), b.split_once(':')) else {
        return false;
    };
    kind_a == kind_b
        && value_a != value_b
        && facts(a).for_life
        && facts(b).for_life
        && edit_distance_exceeds(value_a.as_bytes(), value_b.as_bytes(), 2)
}

/// Whether more than `limit` edits lie between two short texts (optimal string alignment).
fn edit_distance_exceeds(a: &[u8], b: &[u8], limit: usize) -> bool {
    const MOST: usize = 32;
    if a.len().abs_diff(b.len()) > limit {
        return true;
    }
    if b.len() >= MOST {
        return a != b;
    }
    let mut rows = [[0usize; MOST + 1]; 3];
    for (j, cell) in rows[1].iter_mut().enumerate() {
        *cell = j;
    }
    for (i, &x) in a.iter().enumerate() {
        // rows[0] is two rows up, rows[1] one row up, rows[2] the present one.
        let [above2, above, here] = &mut rows;
        here[0] = i + 1;
        let mut least = here[0];
        for (j, &y) in b.iter().enumerate() {
            let (Some(&diagonal), Some(&up), Some(&left)) = (above.get(j), above.get(j + 1), here.get(j))
            else {
                continue;
            };
            let mut cost = (diagonal + usize::from(x != y)).min(up + 1).min(left + 1);
            let swapped = i > 0 && j > 0 && b.get(j - 1) == Some(&x) && a.get(i - 1) == Some(&y);
            if swapped && let Some(&two_back) = above2.get(j - 1) {
                cost = cost.min(two_back + 1);
            }
            if let Some(cell) = here.get_mut(j + 1) {
                *cell = cost;
            }
            least = least.min(cost);
        }
        if least > limit {
            return true;
        }
        rows.rotate_left(1);
    }
    rows[1].get(b.len()).is_some_and(|&distance| distance > limit)
}

type Reading = (Option<String>, NormFlags);

/// Texts that say that there is no document, folded.
#[rustfmt::skip]
const NOTHING: &[&str] = &[
    "SIN DOCUMENTO", "SIN DOC", "INDOCUMENTADO", "INDOCUMENTADA", "NO PORTA", "NO TIENE", "PENDIENTE", "NO PRESENTA",
    "IGNORADO", "EN TRAMITE", "NINGUNO", "XX", "XXX", "N A", "S D", "NO APLICA", "NO DISPONIBLE",
];

fn read(raw: &str, country: Option<Country>, hint: &str) -> Reading {
    let text = match sheet::unwrap(raw) {
        sheet::Cell::Lost => return (None, NormFlags::IRRECOVERABLE),
        sheet::Cell::Text(text) => text,
    };
    if let Some(reading) = of_normal_form(&text) {
        return reading;
    }
    // No word that says so holds a figure.
    let figures = text.bytes().any(|b| b.is_ascii_digit());
    if !figures && (is_absent(&text) || NOTHING.contains(&fold(&text).as_str())) {
        return (None, NormFlags::NONE);
    }
    let (label, number) = kind::take_label(&text);
    let body = Body::of(number);
    if body.compact.is_empty() {
        return (None, NormFlags::NONE);
    }
    if body.is_filler() {
        return (None, NormFlags::NOT_IN_PLAN);
    }
    // A label beside the number knows more than the header of its column.
    for words in [label, hint] {
        if let Some(named) = Named::of(words, country, &body) {
            return named.read(&body, country);
        }
    }
    match country {
        Some(country) => of_country(&body, country),
        None => of_shape(&body),
    }
}

/// Reads `CC-KIND:VALUE`, so that a normal form stays what it is.
fn of_normal_form(text: &str) -> Option<Reading> {
    let (code, value) = text.split_once(':')?;
    let (cc, kind_word) = code.split_once('-')?;
    let known_country = Country::parse(cc).is_some_and(|c| c.code() == cc) || cc == "XX";
    let kind_shaped = (2..=5).contains(&kind_word.len()) && kind_word.bytes().all(|b| b.is_ascii_uppercase());
    if !known_country || !kind_shaped || value.is_empty() {
        return None;
    }
    let body = Body::of(value);
    if body.compact.is_empty() {
        return None;
    }
    if let Some(kind) = Kind::of_code(code) {
        return Some(match kind.read(&body) {
            Some((value, flags)) => (Some(format!("{code}:{value}")), flags),
            None => (Some(format!("{cc}-DOC:{}", body.compact)), NormFlags::NOT_IN_PLAN),
        });
    }
    let flags = match (kind_word, cc) {
        ("DOC", "XX") => NormFlags::AMBIGUOUS,
        ("DOC", _) => NormFlags::NOT_IN_PLAN,
        ("PAS", _) => NormFlags::NONE,
        _ => return None,
    };
    Some((Some(format!("{code}:{}", body.compact)), flags))
}

/// What a label or header names.
enum Named {
    Kind(Kind),
    Passport,
}

impl Named {
    fn of(words: &str, country: Option<Country>, body: &Body) -> Option<Self> {
        if words.is_empty() {
            return None;
        }
        if let Some(kind) = Kind::of_code(words.trim()) {
            return Some(Self::Kind(kind));
        }
        let folded = fold(words);
        let has = |word: &str| folded.split(' ').any(|w| w == word);
        if has("PASAPORTE") || has("PASSPORT") || has("PAS") {
            return Some(Self::Passport);
        }
        Kind::of_words(&folded, country, body).map(Self::Kind)
    }

    fn read(&self, body: &Body, country: Option<Country>) -> Reading {
        match self {
            Self::Passport => {
                let cc = country.map_or("XX", Country::code);
                (Some(format!("{cc}-PAS:{}", body.compact)), NormFlags::NONE)
            }
            Self::Kind(kind) => match kind.read(body) {
                Some((value, flags)) => (Some(format!("{}:{value}", kind.code())), flags),
                None => {
                    (Some(format!("{}-DOC:{}", kind.country().code(), body.compact)), NormFlags::NOT_IN_PLAN)
                }
            },
        }
    }
}

/// The first kind of the country that the number fits; a check digit that is right goes before one that is wrong.
fn of_country(body: &Body, country: Country) -> Reading {
    let readings: Vec<(Kind, String, NormFlags)> = Kind::of_country(country)
        .filter_map(|kind| kind.read(body).map(|(value, flags)| (kind, value, flags)))
        .collect();
    let doubt = |flags: NormFlags| {
        [NormFlags::NOT_IN_PLAN, NormFlags::PADDED, NormFlags::CHECK_FAILED]
            .iter()
            .zip([4, 2, 1])
            .map(|(f, w)| if flags.has(*f) { w } else { 0 })
            .sum::<u32>()
    };
    match readings.into_iter().min_by_key(|(_, _, flags)| doubt(*flags)) {
        Some((kind, value, flags)) => {
            (Some(format!("{}:{value}", kind.code())), flags.with(NormFlags::COUNTRY_ASSUMED))
        }
        // A foreigner's document stands in the file of another country too.
        None => match of_shape(body) {
            (Some(value), flags) if !value.starts_with("XX-") => (Some(value), flags),
            _ => (Some(format!("{}-DOC:{}", country.code(), body.compact)), NormFlags::NOT_IN_PLAN),
        },
    }
}

/// A number without country or kind: only shapes that one document has.
fn of_shape(body: &Body) -> Reading {
    let mut fits = Kind::ALL.into_iter().filter(|kind| kind.is_unmistakable(body));
    let first = fits.next().filter(|_| fits.next().is_none());
    match first.and_then(|kind| kind.read(body).map(|reading| (kind, reading))) {
        Some((kind, (value, flags))) => (Some(format!("{}:{value}", kind.code())), flags),
        None => (Some(format!("XX-DOC:{}", body.compact)), NormFlags::AMBIGUOUS),
    }
}

#[cfg(test)]
mod tests;
