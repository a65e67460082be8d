//! Names as arrays of tokens, aligned jointly: given names by two surnames, in any order, with missing parts.

use super::spell::one_edit;
use super::word::{Likeness, likeness};
use super::{Comparer, Outcome};
use crate::column::share::BIT;
use crate::column::{Columns, Features, MAX_GIVEN, MAX_SURNAMES, NONE};
use crate::comparison::{self as at, given, organisation, surname_one, surnames};
use std::cmp::Ordering;

/// Tokens of two lists brought together, each at most once, the most alike first.
struct Alignment {
    pairs: [(u32, u32, Likeness); MAX_GIVEN + MAX_SURNAMES],
    len: usize,
}

impl Alignment {
    fn of(of: &mut Comparer<'_>, a: &[u32], b: &[u32], least: Likeness) -> Self {
        const MOST: usize = MAX_GIVEN + MAX_SURNAMES;
        let mut found = Self { pairs: [(0, 0, Likeness::None); MOST], len: 0 };
        // Equal tokens first: nothing is more alike, and most pairs have nothing left after that.
        let (mut used_a, mut used_b) = (0u32, 0u32);
        for (i, x) in a.iter().enumerate() {
            if let Some(j) = b.iter().enumerate().position(|(j, y)| x == y && used_b >> j & 1 == 0) {
                used_a |= 1 << i;
                used_b |= 1 << j;
                found.pairs[found.len] = (*x, *x, Likeness::Same);
                found.len += 1;
            }
        }
        let shorter = a.len().min(b.len());
        if found.len == shorter {
            return found;
        }
        let mut table = [[Likeness::None; MOST]; MOST];
        for (i, x) in a.iter().enumerate().filter(|(i, _)| used_a >> i & 1 == 0) {
            for (j, y) in b.iter().enumerate().filter(|(j, _)| used_b >> j & 1 == 0) {
                table[i][j] = likeness(of, *x, *y);
            }
        }
        while found.len < shorter {
            let mut best = (Likeness::None, 0, 0);
            for (i, row) in table.iter().enumerate().take(a.len()) {
                for (j, cell) in row.iter().enumerate().take(b.len()) {
                    if used_a >> i & 1 == 0 && used_b >> j & 1 == 0 && *cell > best.0 {
                        best = (*cell, i, j);
                    }
                }
            }
            if best.0 < least || best.0 == Likeness::None {
                break;
            }
            used_a |= 1 << best.1;
            used_b |= 1 << best.2;
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

/// Rarity of a chance of 0.08: one initial among the common ones.
const INITIAL: i32 = 933;
/// Rarity of a chance of 0.02.
const VAGUE: i32 = 1445;
/// What a factor of one and a half takes from a rarity.
const HALF_AS_MUCH_AGAIN: i32 = 150;
/// What factors of 1, 2, 3, ... take from a rarity.
const TIMES: [i32; 8] = [0, 256, 406, 512, 594, 662, 719, 768];

/// How rare is it that a stranger bears a given name this like?
fn given_rarity(columns: &Columns, (a, b, how): (u32, u32, Likeness)) -> i32 {
    let (x, y) = (&columns.words[a as usize].share, &columns.words[b as usize].share);
    let sound = || i32::from(x.given_sound.min(y.given_sound));
    match how {
        Likeness::Same => i32::from(x.given.min(y.given)),
        Likeness::Sound => sound(),
        Likeness::Typo => sound() - HALF_AS_MUCH_AGAIN,
        Likeness::Initial => INITIAL,
        Likeness::Nickname | Likeness::Near => (sound() - i32::from(BIT)).min(VAGUE),
        Likeness::None => 0,
    }
}

/// How rare is it that a stranger bears a surname this like?
fn surname_rarity(columns: &Columns, (a, b, how): (u32, u32, Likeness)) -> i32 {
    let (x, y) = (&columns.words[a as usize].share, &columns.words[b as usize].share);
    let sound = || i32::from(x.surname_sound.min(y.surname_sound));
    match how {
        Likeness::Same => i32::from(x.surname.min(y.surname)),
        Likeness::Sound => sound(),
        Likeness::Typo => sound() - HALF_AS_MUCH_AGAIN,
        Likeness::Initial => INITIAL,
        _ => 0,
    }
}

/// An outcome with the comparison that it belongs to.
type Placed = (usize, Outcome);

/// Compares the names of two persons: given names, then surnames.
pub(super) fn persons(of: &mut Comparer<'_>, fa: &Features, fb: &Features) -> (Placed, Placed) {
    let (ga, gb) = (fa.given(), fb.given());
    let (sa, sb) = (fa.surnames(), fb.surnames());
    let given_at = if ga.len() == gb.len() { at::GIVEN } else { at::GIVEN_PART };
    let mut given_out = given_names(of, ga, gb);
    let (mut surname_at, mut surname_out) = surname_lists(of, sa, sb);
    let unlike_given = matches!(given_out.level, given::NONE | given::PARTIAL | 0);
    let unlike_surname = match surname_at {
        at::SURNAMES => matches!(surname_out.level, surnames::NONE | surnames::CROSS | surnames::FIRST | 0),
        _ => matches!(surname_out.level, surname_one::NONE | 0),
    };
    if unlike_given
        && unlike_surname
        && let Some((g, s_at, s)) = transposed(of, (ga, sa), (gb, sb))
    {
        (given_out, surname_at, surname_out) = (g, s_at, s);
    }
    let strangers = matches!(
        (surname_at, surname_out.level),
        (at::SURNAMES, surnames::NONE) | (at::SURNAME_ONE, surname_one::NONE)
    );
    if strangers && given_out.level == given::NONE {
        let rarity = misplaced(of, (ga, sa), (gb, sb));
        if rarity > 0 {
            given_out = Outcome::by_value(given::PARTIAL, rarity);
        }
    }
    ((given_at, given_out), (surname_at, surname_out))
}

fn given_names(of: &mut Comparer<'_>, a: &[u32], b: &[u32]) -> Outcome {
    if a.is_empty() || b.is_empty() {
        return Outcome::default();
    }
    let found = Alignment::of(of, a, b, Likeness::Near);
    let strong = found.pairs().iter().filter(|p| p.2 >= Likeness::Typo).count();
    let rarity: i32 = found.pairs().iter().map(|p| given_rarity(of.columns, *p)).sum();
    if found.len == a.len().min(b.len()) {
        // Who leaves out a name leaves out a later one more often than the first.
        let first = match a.len().cmp(&b.len()) {
            Ordering::Greater => found.pairs().iter().any(|p| p.0 == a[0]),
            Ordering::Equal => true,
            Ordering::Less => found.pairs().iter().any(|p| p.1 == b[0]),
        };
        let level = match found.worst() {
            _ if !first => given::WEAK,
            Likeness::Same => given::EXACT,
            Likeness::Sound | Likeness::Typo => given::FUZZY,
            _ => given::WEAK,
        };
        // Where one side has more names, any of them may be the one that agrees.
        let others = a.len().max(b.len()) - found.len;
        Outcome::by_value(level, rarity - TIMES[others.min(7)])
    } else if strong > 0 {
        Outcome::by_value(given::PARTIAL, rarity - TIMES[1])
    } else {
        Outcome::level(given::NONE)
    }
}

fn surname_lists(of: &mut Comparer<'_>, a: &[u32], b: &[u32]) -> (usize, Outcome) {
    let (Some(first_a), Some(first_b)) = (a.first(), b.first()) else {
        return (at::SURNAMES, Outcome::default());
    };
    if a.len() == 1 || b.len() == 1 {
        let (single, others) = if a.len() == 1 { (*first_a, b) } else { (*first_b, a) };
        return (at::SURNAME_ONE, single_surname(of, single, others));
    }
    // More than two tokens: some pair of neighbours is meant by the other side's two.
    let mut best = Outcome::default();
    for x in a.windows(2) {
        for y in b.windows(2) {
            let outcome = two_surnames(of, [x[0], x[1]], [y[0], y[1]]);
            if best.level == 0
                || outcome.level < best.level
                || outcome.level == best.level && outcome.rarity > best.rarity
            {
                best = outcome;
            }
        }
    }
    (at::SURNAMES, best)
}

fn single_surname(of: &mut Comparer<'_>, single: u32, others: &[u32]) -> Outcome {
    let mut best = Outcome::level(surname_one::NONE);
    for (i, other) in others.iter().enumerate() {
        let how = likeness(of, single, *other);
        if how < Likeness::Typo && how != Likeness::Initial {
            continue;
        }
        let level = match (i, how) {
            (0, Likeness::Same) => surname_one::EXACT,
            (0, _) => surname_one::FUZZY,
            _ => surname_one::SECOND,
        };
        if level < best.level {
            best = Outcome::by_value(level, surname_rarity(of.columns, (single, *other, how)));
        }
    }
    best
}

fn two_surnames(of: &mut Comparer<'_>, a: [u32; 2], b: [u32; 2]) -> Outcome {
    let mut agree = |x: u32, y: u32| {
        let how = likeness(of, x, y);
        (how >= Likeness::Typo || how == Likeness::Initial)
            .then(|| (how, surname_rarity(of.columns, (x, y, how))))
    };
    let straight = [agree(a[0], b[0]), agree(a[1], b[1])];
    if let [Some((first, p)), Some((second, q))] = straight {
        let exact = first == Likeness::Same && second == Likeness::Same;
        return Outcome::by_value(if exact { surnames::EXACT } else { surnames::FUZZY }, p + q);
    }
    let crossed = [agree(a[0], b[1]), agree(a[1], b[0])];
    if let [Some((_, p)), Some((_, q))] = crossed {
        return Outcome::by_value(surnames::SWAPPED, p + q);
    }
    if let Some((_, p)) = straight[0] {
        return Outcome::by_value(surnames::FIRST, p);
    }
    if let Some((_, p)) = straight[1].or(crossed[0]).or(crossed[1]) {
        return Outcome::by_value(surnames::CROSS, p - TIMES[2]);
    }
    Outcome::level(surnames::NONE)
}

fn joined(given: &[u32], surnames: &[u32]) -> [u32; MAX_GIVEN + MAX_SURNAMES] {
    let mut out = [NONE; MAX_GIVEN + MAX_SURNAMES];
    for (place, word) in out.iter_mut().zip(given.iter().chain(surnames)) {
        *place = *word;
    }
    out
}

/// How rare is the rarest name that one has as a given name and the other as a surname? 0 where there is none.
fn misplaced(of: &mut Comparer<'_>, (ga, sa): (&[u32], &[u32]), (gb, sb): (&[u32], &[u32])) -> i32 {
    let mut rarest = 0;
    for (x, y) in
        [(ga, sb), (gb, sa)].into_iter().flat_map(|(g, s)| g.iter().flat_map(|x| s.iter().map(|y| (*x, *y))))
    {
        let how = likeness(of, x, y);
        if how >= Likeness::Typo {
            let pair = (x, y, how);
            let rarity = given_rarity(of.columns, pair).min(surname_rarity(of.columns, pair));
            rarest = rarest.max(rarity - TIMES[1]);
        }
    }
    rarest
}

/// Given names and surnames in each other's columns, or a full name that was taken apart at another place.
fn transposed(
    of: &mut Comparer<'_>,
    (ga, sa): (&[u32], &[u32]),
    (gb, sb): (&[u32], &[u32]),
) -> Option<(Outcome, usize, Outcome)> {
    if ga.is_empty() || gb.is_empty() || sa.is_empty() || sb.is_empty() {
        return None;
    }
    let (whole_a, whole_b) = (joined(ga, sa), joined(gb, sb));
    let (a, b) = (&whole_a[..ga.len() + sa.len()], &whole_b[..gb.len() + sb.len()]);
    let found = Alignment::of(of, a, b, Likeness::Typo);
    if found.len < 2 || found.len < a.len().min(b.len()) {
        return None;
    }
    // Each name counts once, in the part of the side on which it is the rarer reading.
    let (mut given_p, mut surname_p) = (0, 0);
    for (x, y, how) in found.pairs() {
        let as_given = given_rarity(of.columns, (*x, *y, *how));
        let as_surname = surname_rarity(of.columns, (*x, *y, *how));
        if as_given < as_surname {
            given_p += as_given;
        } else {
            surname_p += as_surname;
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
pub(super) fn organisations(columns: &Columns, fa: &Features, fb: &Features) -> Outcome {
    let (a, b) = (fa.words(), fb.words());
    if a.is_empty() || b.is_empty() {
        return Outcome::default();
    }
    let text = |id: &u32| columns.organisation_text(*id);
    let share = |id: &u32| i32::from(columns.shares.organisation_words[*id as usize]);
    let (mut matched, mut exact, mut rarity) = (0, 0, 0);
    for x in a {
        if b.contains(x) {
            (matched, exact) = (matched + 1, exact + 1);
            rarity += share(x);
        } else if let Some(y) = b
            .iter()
            .find(|y| text(x).len().min(text(y).len()) >= 4 && !a.contains(y) && one_edit(text(x), text(y)))
        {
            matched += 1;
            rarity += share(x).min(share(y)) - TIMES[1];
        }
    }
    if exact == a.len() && exact == b.len() {
        Outcome::by_value(organisation::EXACT, rarity)
    } else if matched == a.len().min(b.len()) {
        Outcome::by_value(organisation::NEAR, rarity - TIMES[2])
    } else {
        Outcome::level(organisation::DIFFERENT)
    }
}
