//! Where do the given names end and the surnames begin?

use super::{NameOrder, is_particle};
use crate::lexicon;
use model::party::PersonName;

/// Groups of words that follow a given name and belong to it.
#[rustfmt::skip]
const GIVEN_GROUPS: &[&str] = &[
    "DE LOS ANGELES", "DEL CARMEN", "DEL ROSARIO", "DE LA LUZ", "DE JESUS", "DE DIOS", "DEL PILAR", "DE LOURDES",
    "DE GUADALUPE", "DE LA PAZ", "DEL SOCORRO", "DEL MAR", "DEL ROCIO", "DEL TRANSITO", "DE FATIMA", "DE LA CONCEPCION",
    "DE LA ASUNCION", "DE LAS MERCEDES", "DE LOS DOLORES", "DE LAS NIEVES", "DE MARIA", "DEL REFUGIO", "DE LA CARIDAD",
    "DEL CONSUELO", "DEL AMPARO", "DE LA MILAGROSA", "DEL MILAGRO", "DE JESUS MARIA", "DE LA ESPERANZA", "DEL ANGEL",
    "SAN JUANA", "DE LA SOLEDAD", "DE LOS REMEDIOS",
];

/// Surnames that begin with `DE` and are of birth.
#[rustfmt::skip]
const BIRTH_DE: &[&str] = &[
    "DE LEON", "DE PAZ", "DE GRACIA", "DE ARMAS", "DE OLEO", "DE SOLA", "DE CASTRO", "DE ANDA", "DE AVILA", "DE JESUS",
    "DE OLIVEIRA", "DE SOUZA", "DE FRANCO", "DE HOYOS", "DE HOYO", "DE ICAZA", "DE OBALDIA", "DE URRIOLA", "DE LIMA",
    "DE HARO", "DE BOURBON", "DE MATA", "DE PEÑA", "DE LUNA", "DE SANTIAGO", "DE AZA", "DE OCA",
];

/// What a group of words is likely to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaning {
    Given,
    Surname,
    Both,
}

fn leaning(group: &str) -> Leaning {
    if group.contains(' ') && GIVEN_GROUPS.contains(&group) {
        return Leaning::Given;
    }
    let usual = lexicon::usual(group);
    match (usual.is_given(), usual.surname) {
        (true, false) => Leaning::Given,
        (false, true) => Leaning::Surname,
        _ if group.contains(' ') => Leaning::Surname,
        _ => Leaning::Both,
    }
}

/// Joins particles to the word behind them; a particle at the end stands alone.
fn groups(words: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    let mut open = String::new();
    for word in words {
        if !open.is_empty() {
            open.push(' ');
        }
        open.push_str(word);
        // `SAN` and `SANTA` are names of their own when nothing follows.
        if !is_particle(word) {
            out.push(std::mem::take(&mut open));
        }
    }
    if !open.is_empty() {
        out.push(open);
    }
    out
}

/// Takes `VIUDA DE X` off the words: what is left, and X.
fn widow(words: &[String]) -> (Vec<String>, Option<String>) {
    let at = words.windows(2).position(|w| matches!(w, [a, b] if a == "VIUDA" && (b == "DE" || b == "DEL")));
    let Some(at) = at.filter(|&at| at > 0) else { return (words.to_vec(), None) };
    let behind = groups(words.get(at + 2..).unwrap_or_default());
    let mut left = words.get(..at).unwrap_or_default().to_vec();
    let mut behind = behind.into_iter();
    let married = behind.next();
    left.extend(behind);
    (left, married)
}

/// The husband's name in `DE X` behind a woman's own surname; `None` for a surname of birth.
fn husband(group: &str) -> Option<&str> {
    let name = group.strip_prefix("DE ")?;
    let bare = !is_particle(name.split(' ').next().unwrap_or_default());
    (bare && !BIRTH_DE.contains(&group) && !GIVEN_GROUPS.contains(&group)).then_some(name)
}

fn may_be_a_woman(given: &[String]) -> bool {
    match given.first() {
        None => false,
        Some(first) => {
            let usual = lexicon::usual(first);
            usual.is_female()
                || (!usual.is_given()
                    && !first.ends_with('O')
                    && !first.ends_with('N')
                    && !first.ends_with('R'))
        }
    }
}

/// Takes a married name off the surnames of a woman who has one of her own.
fn finish(given: Vec<String>, mut surnames: Vec<String>, widow_of: Option<String>) -> PersonName {
    let mut married = widow_of;
    if married.is_none()
        && surnames.len() > 1
        && may_be_a_woman(&given)
        && let Some(name) = surnames.last().and_then(|last| husband(last)).map(str::to_owned)
    {
        surnames.pop();
        married = Some(name);
    }
    PersonName { given, surnames, married }
}

/// `SURNAMES, GIVEN`.
pub(super) fn by_comma(surnames: &[String], given: &[String]) -> PersonName {
    let (surnames, widow_left) = widow(surnames);
    let (given, widow_right) = widow(given);
    finish(groups(&given), groups(&surnames), widow_left.or(widow_right))
}

/// Names that stand in columns.
pub(super) fn columns(given: &[String], surnames: &[String]) -> PersonName {
    let (surnames, widow_of) = widow(surnames);
    finish(groups(given), groups(&surnames), widow_of)
}

/// A full name in one text.
pub(super) fn full(words: &[String], order: NameOrder) -> PersonName {
    let (words, widow_of) = widow(words);
    let groups = groups(&words);
    let leanings: Vec<Leaning> = groups.iter().map(|group| leaning(group)).collect();
    let given_first = given_first_at(&groups, &leanings, widow_of.is_some());
    let surname_first = surname_first_at(&groups, &leanings);
    let is_given_first = match order {
        NameOrder::GivenFirst => true,
        NameOrder::SurnameFirst => false,
        NameOrder::Unknown => {
            let as_given = fit(&leanings, given_first, true);
            let as_surname = fit(&leanings, surname_first, false);
            as_given >= as_surname
        }
    };
    let (given, surnames) = if is_given_first {
        let (head, tail) = groups.split_at_checked(given_first).unwrap_or((&groups, &[]));
        (head, tail)
    } else {
        let (head, tail) = groups.split_at_checked(surname_first).unwrap_or((&groups, &[]));
        (tail, head)
    };
    finish(given.to_vec(), surnames.to_vec(), widow_of)
}

/// How well the words fit a split: one for each that is where it belongs, minus one for each that is not.
fn fit(leanings: &[Leaning], at: usize, given_first: bool) -> i32 {
    leanings
        .iter()
        .enumerate()
        .map(|(i, leaning)| match (leaning, (i < at) == given_first) {
            (Leaning::Both, _) => 0,
            (Leaning::Given, true) | (Leaning::Surname, false) => 1,
            _ => -1,
        })
        .sum()
}

/// How many groups at the front are given names, where they come first.
fn given_first_at(groups: &[String], leanings: &[Leaning], is_widow: bool) -> usize {
    let at = |i: usize| leanings.get(i).copied();
    let n = groups.len();
    // The married name of a widow took the place of her second surname.
    let married = is_widow || (n > 2 && groups.last().is_some_and(|g| husband(g).is_some()));
    let own = if is_widow || !married { n } else { n - 1 };
    match own {
        0 | 1 => own,
        2 => 1,
        3 if married => 1 + usize::from(at(1) != Some(Leaning::Surname)),
        3 => match (at(1), at(2)) {
            (Some(Leaning::Given), _) => 2,
            _ => 1,
        },
        _ => {
            let one_surname = at(own - 2) == Some(Leaning::Given);
            // `Ana López de Pérez García`: more than two surnames behind one given name.
            let behind = (1..own).filter(|&i| at(i) != Some(Leaning::Surname)).count();
            if one_surname {
                own - 1
            } else if behind == 0 {
                1
            } else {
                own - 2
            }
        }
    }
}

/// How many groups at the front are surnames, where they come first.
fn surname_first_at(groups: &[String], leanings: &[Leaning]) -> usize {
    let second = leanings.get(1).copied();
    let third_is_married = groups.get(2).is_some_and(|g| husband(g).is_some());
    match groups.len() {
        0 | 1 => groups.len(),
        2 => 1,
        _ if second == Some(Leaning::Given) => 1,
        4.. if third_is_married => 3,
        _ => 2,
    }
}
