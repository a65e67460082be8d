//! Names as arrays of tokens, aligned jointly: given names by two surnames, in any order, with missing parts.

use super::Outcome;
use super::word::{Likeness, likeness};
use crate::column::{Columns, Features, MAX_GIVEN, MAX_SURNAMES, used};
use crate::comparison::{self as at, COMPARISONS, given, organisation, surname_one, surnames};

/// Tokens of two lists brought together, each at most once, the most alike first.
struct Alignment {
    pairs: [(u32, u32, Likeness); MAX_GIVEN + MAX_SURNAMES],
    len: usize,
}

impl Alignment {
    fn of(columns: &Columns, a: &[u32], b: &[u32], least: Likeness) -> Self {
        const MOST: usize = MAX_GIVEN + MAX_SURNAMES;
        let mut found = Self { pairs: [(0, 0, Likeness::None); MOST], len: 0 };
        let mut table = [[Likeness::None; MOST]; MOST];
        for (row, x) in table.iter_mut().zip(a) {
            for (cell, y) in row.iter_mut().zip(b) {
                *cell = likeness(columns, *x, *y);
            }
        }
        let (mut used_a, mut used_b) = ([false; MOST], [false; MOST]);
        while found.len < a.len().min(b.len()) {
            let mut best = (Likeness::None, 0, 0);
            for (i, row) in table.iter().enumerate().take(a.len()) {
                for (j, cell) in row.iter().enumerate().take(b.len()) {
                    if !used_a[i] && !used_b[j] && *cell > best.0 {
                        best = (*cell, i, j);
                    }
                }
            }
            if best.0 < least || best.0 == Likeness::None {
                break;
            }
            (used_a[best.1], used_b[best.2]) = (true, true);
            found.pairs[found.len] = (a[best.1], b[best.2], best.0);
            found.len += 1;
        }
        found
    }

    fn pairs(&self) -> &[(u32, u32, Likeness)] {
        &self.pairs[..self.len]
    }

    fn worst(&self) -> Likeness {
        self.pairs().iter().map(|p| p.2).min().unwrap_or(Likeness::None)
    }
}

/// The chance that a stranger bears a given name this like.
fn given_chance(columns: &Columns, (a, b, how): (u32, u32, Likeness)) -> f64 {
    let share = |by_sound| columns.given_share(a, by_sound).max(columns.given_share(b, by_sound));
    match how {
        Likeness::Same => share(false),
        Likeness::Sound => share(true),
        Likeness::Typo => 1.5 * share(true),
        Likeness::Initial => 0.08,
        Likeness::Nickname | Likeness::Near => (2.0 * share(true)).max(0.02),
        Likeness::None => 1.0,
    }
}

/// The chance that a stranger bears a surname this like.
fn surname_chance(columns: &Columns, (a, b, how): (u32, u32, Likeness)) -> f64 {
    let share = |by_sound| columns.surname_share(a, by_sound).max(columns.surname_share(b, by_sound));
    match how {
        Likeness::Same => share(false),
        Likeness::Sound => share(true),
        Likeness::Typo => 1.5 * share(true),
        Likeness::Initial => 0.08,
        _ => 1.0,
    }
}

/// Compares the names of two persons into the four comparisons of names.
pub fn persons(columns: &Columns, fa: &Features, fb: &Features, out: &mut [Outcome; COMPARISONS]) {
    let (ga, gb) = (used(&fa.given), used(&fb.given));
    let (sa, sb) = (used(&fa.surnames), used(&fb.surnames));
    let given_at = if ga.len() == gb.len() { at::GIVEN } else { at::GIVEN_PART };
    let mut given_out = given_names(columns, ga, gb);
    let (mut surname_at, mut surname_out) = surname_lists(columns, sa, sb);
    let unlike_given = matches!(given_out.level, given::NONE | given::PARTIAL | 0);
    let unlike_surname = match surname_at {
        at::SURNAMES => matches!(surname_out.level, surnames::NONE | surnames::CROSS | surnames::FIRST | 0),
        _ => matches!(surname_out.level, surname_one::NONE | 0),
    };
    if unlike_given
        && unlike_surname
        && let Some((g, s_at, s)) = transposed(columns, (ga, sa), (gb, sb))
    {
        (given_out, surname_at, surname_out) = (g, s_at, s);
    }
    out[given_at] = given_out;
    out[surname_at] = surname_out;
}

fn given_names(columns: &Columns, a: &[u32], b: &[u32]) -> Outcome {
    if a.is_empty() || b.is_empty() {
        return Outcome::default();
    }
    let found = Alignment::of(columns, a, b, Likeness::Near);
    let strong = found.pairs().iter().filter(|p| p.2 >= Likeness::Typo).count();
    let chance: f64 = found.pairs().iter().map(|p| given_chance(columns, *p)).product();
    if found.len == a.len().min(b.len()) {
        let level = match found.worst() {
            Likeness::Same => given::EXACT,
            Likeness::Sound | Likeness::Typo => given::FUZZY,
            _ => given::WEAK,
        };
        // Where one side has more names, any of them may be the one that agrees.
        let ways = a.len().max(b.len()) - found.len + 1;
        Outcome::by_value(level, chance * ways as f64)
    } else if strong > 0 {
        Outcome::by_value(given::PARTIAL, chance * 2.0)
    } else {
        Outcome::level(given::NONE)
    }
}

fn surname_lists(columns: &Columns, a: &[u32], b: &[u32]) -> (usize, Outcome) {
    let (Some(first_a), Some(first_b)) = (a.first(), b.first()) else {
        return (at::SURNAMES, Outcome::default());
    };
    if a.len() == 1 || b.len() == 1 {
        let (single, others) = if a.len() == 1 { (*first_a, b) } else { (*first_b, a) };
        return (at::SURNAME_ONE, single_surname(columns, single, others));
    }
    // More than two tokens: some pair of neighbours is meant by the other side's two.
    let mut best = Outcome::default();
    for x in a.windows(2) {
        for y in b.windows(2) {
            let outcome = two_surnames(columns, [x[0], x[1]], [y[0], y[1]]);
            if best.level == 0 || outcome.level < best.level {
                best = outcome;
            }
        }
    }
    (at::SURNAMES, best)
}

fn single_surname(columns: &Columns, single: u32, others: &[u32]) -> Outcome {
    let mut best = Outcome::level(surname_one::NONE);
    for (i, other) in others.iter().enumerate() {
        let how = likeness(columns, single, *other);
        if how < Likeness::Typo && how != Likeness::Initial {
            continue;
        }
        let level = match (i, how) {
            (0, Likeness::Same) => surname_one::EXACT,
            (0, _) => surname_one::FUZZY,
            _ => surname_one::SECOND,
        };
        if level < best.level {
            best = Outcome::by_value(level, surname_chance(columns, (single, *other, how)));
        }
    }
    best
}

fn two_surnames(columns: &Columns, a: [u32; 2], b: [u32; 2]) -> Outcome {
    let agree = |x: u32, y: u32| {
        let how = likeness(columns, x, y);
        (how >= Likeness::Typo || how == Likeness::Initial)
            .then(|| (how, surname_chance(columns, (x, y, how))))
    };
    let straight = [agree(a[0], b[0]), agree(a[1], b[1])];
    let crossed = [agree(a[0], b[1]), agree(a[1], b[0])];
    if let [Some((first, p)), Some((second, q))] = straight {
        let exact = first == Likeness::Same && second == Likeness::Same;
        return Outcome::by_value(if exact { surnames::EXACT } else { surnames::FUZZY }, p * q);
    }
    if let [Some((_, p)), Some((_, q))] = crossed {
        return Outcome::by_value(surnames::SWAPPED, p * q);
    }
    if let Some((_, p)) = straight[0] {
        return Outcome::by_value(surnames::FIRST, p);
    }
    if let Some((_, p)) = straight[1].or(crossed[0]).or(crossed[1]) {
        return Outcome::by_value(surnames::CROSS, 3.0 * p);
    }
    Outcome::level(surnames::NONE)
}

/// Given names and surnames in each other's columns, or a full name that was taken apart at another place.
fn transposed(
    columns: &Columns,
    (ga, sa): (&[u32], &[u32]),
    (gb, sb): (&[u32], &[u32]),
) -> Option<(Outcome, usize, Outcome)> {
    if ga.is_empty() || gb.is_empty() || sa.is_empty() || sb.is_empty() {
        return None;
    }
    let (a, b): (Vec<u32>, Vec<u32>) = ([ga, sa].concat(), [gb, sb].concat());
    let found = Alignment::of(columns, &a, &b, Likeness::Typo);
    if found.len < 2 || found.len < a.len().min(b.len()) {
        return None;
    }
    // Each name counts once, in the part of the side on which it is the rarer reading.
    let (mut given_p, mut surname_p) = (1.0, 1.0);
    for (x, y, how) in found.pairs() {
        let as_given = given_chance(columns, (*x, *y, *how));
        let as_surname = surname_chance(columns, (*x, *y, *how));
        if as_given > as_surname {
            given_p *= as_given;
        } else {
            surname_p *= as_surname;
        }
    }
    let exact = found.worst() == Likeness::Same;
    let (place, level) = if sa.len() >= 2 && sb.len() >= 2 {
        (at::SURNAMES, if exact { surnames::EXACT } else { surnames::FUZZY })
    } else {
        (at::SURNAME_ONE, if exact { surname_one::EXACT } else { surname_one::FUZZY })
    };
    let given_out = Outcome::by_value(given::TRANSPOSED, given_p);
    Some((given_out, place, Outcome::by_value(level, surname_p)))
}

/// Compares the names of two organisations by their words, legal forms left out.
pub fn organisations(columns: &Columns, fa: &Features, fb: &Features) -> Outcome {
    let (a, b) = (used(&fa.words), used(&fb.words));
    if a.is_empty() || b.is_empty() {
        return Outcome::default();
    }
    let text = |id: &u32| columns.org_words[*id as usize].text.as_str();
    let mut matched = 0;
    let mut exact = 0;
    let mut chance = 1.0;
    for x in a {
        if b.contains(x) {
            (matched, exact) = (matched + 1, exact + 1);
            chance *= columns.organisation_share(*x);
        } else if text(x).len() >= 5
            && b.iter().any(|y| !a.contains(y) && strsim::osa_distance(text(x), text(y)) == 1)
        {
            matched += 1;
            chance *= 2.0 * columns.organisation_share(*x);
        }
    }
    if exact == a.len() && exact == b.len() {
        Outcome::by_value(organisation::EXACT, chance)
    } else if matched == a.len().min(b.len()) && matched * 2 >= a.len().max(b.len()) {
        Outcome::by_value(organisation::NEAR, 3.0 * chance)
    } else {
        Outcome::level(organisation::DIFFERENT)
    }
}
