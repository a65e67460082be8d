//! The keys of a mention: what two mentions must share to be worth a look, and what parts a key that too many share.

use super::BlockingRule;
use crate::column::{Columns, Features, NONE, date_parts};

/// A key of a mention.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) rule: BlockingRule,
    pub(super) hash: u64,
    /// Names that the key is made of, as bits by place.
    names: u8,
}

/// Something by which a key that too many mentions share is parted.
#[derive(Clone, Copy, Debug)]
struct Part {
    hash: u64,
    /// The name it is, as a bit by place; 0 for year and town.
    name: u8,
}

/// Keys and parts of one mention; used again for the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    pub(super) keys: Vec<Key>,
    by_sound: Vec<Part>,
    by_prefix: Vec<Part>,
    reach: Reach,
}

/// Which keys there are few enough mentions for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reach {
    /// Those of towns, which many share.
    pub(super) towns: bool,
    /// Those of names without one letter, of which each mention has many.
    pub(super) letters: bool,
}

/// Letters of the shortest name in which one may be wrong.
const SHORTEST: usize = 4;
/// Letters of a name that are looked at for it.
const LONGEST: usize = 24;

fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

fn two(tag: u64, x: u32, y: u32) -> u64 {
    mix(mix(tag << 32 | u64::from(x)) ^ u64::from(y))
}

/// Hashes of a name whole and without each of its letters, of which the first [`LONGEST`] count.
fn but_for_one(letters: &[u8]) -> impl Iterator<Item = u64> {
    const BASE: u64 = 0x9E37_79B9_7F4A_7C15;
    let letters = letters.get(..LONGEST).unwrap_or(letters);
    // A polynomial in the base: what stands before the letter left out, and what stands behind it one place nearer.
    let mut behind = [0u64; LONGEST + 1];
    for (at, letter) in letters.iter().enumerate().rev() {
        behind[at] = u64::from(*letter).wrapping_add(1).wrapping_add(behind[at + 1].wrapping_mul(BASE));
    }
    let (whole, mut before, mut power) = (behind[0], 0u64, 1u64);
    // Of equal letters side by side it does not matter which is left out.
    let without = letters.iter().enumerate().filter_map(move |(at, letter)| {
        let rest = before.wrapping_add(power.wrapping_mul(behind[at + 1]));
        before = before.wrapping_add(power.wrapping_mul(u64::from(*letter).wrapping_add(1)));
        power = power.wrapping_mul(BASE);
        (letters.get(at + 1) != Some(letter)).then_some(rest)
    });
    std::iter::once(whole).chain(without).map(mix)
}

/// A key parted by one thing.
pub(super) fn parted(key: u64, part: u64) -> u64 {
    mix(key ^ part)
}

impl Keys {
    pub(super) fn new(reach: Reach) -> Self {
        Self { reach, ..Self::default() }
    }

    /// The keys of a mention, in place of the former ones.
    pub(super) fn fill(&mut self, columns: &Columns, f: &Features) {
        let Self { keys, by_sound, by_prefix, reach } = self;
        keys.clear();
        by_sound.clear();
        by_prefix.clear();
        let mut add = |rule: BlockingRule, hash: u64, names: u8| {
            if !keys.iter().any(|k| k.hash == hash) {
                keys.push(Key { rule, hash, names });
            }
        };
        for d in columns.documents_of(f) {
            let document = &columns.documents[*d as usize];
            if !document.placeholder {
                add(BlockingRule::Document, two(1, document.plain, 0), 0);
            }
        }
        for p in columns.phones_of(f) {
            add(BlockingRule::Contact, two(2, columns.phone_tail(*p), 0), 0);
        }
        for a in columns.accounts_of(f) {
            add(BlockingRule::Contact, two(3, *a, 0), 0);
        }
        if f.address != NONE {
            add(BlockingRule::Contact, two(4, f.address, 0), 0);
        }
        let (given, surnames) = (f.given(), f.surnames());
        let tokens =
            || given.iter().chain(surnames).enumerate().map(|(i, w)| (1u8 << i, &columns.words[*w as usize]));
        for birth in f.births.into_iter().filter(|b| *b != 0) {
            for (place, word) in tokens() {
                add(BlockingRule::BirthAndName, two(5, birth, word.prefix), place);
            }
        }
        if reach.towns && f.town != NONE {
            for (place, word) in tokens().skip(if surnames.is_empty() { 0 } else { given.len() }) {
                add(BlockingRule::Town, two(14, f.town, word.class), place);
            }
            for birth in f.births.into_iter().filter(|b| *b != 0) {
                add(BlockingRule::Town, two(15, f.town, birth), 0);
            }
        }
        // Either column may hold the other's name: given names by surnames, in no order, and both surnames.
        for (i, x) in tokens() {
            for (j, y) in tokens().filter(|(j, _)| *j > i) {
                let (first_surname, both) = (1u8 << given.len(), i | j);
                let mixed = i < first_surname && j >= first_surname;
                let pair = i == first_surname && j == first_surname << 1;
                if mixed || pair {
                    let rule = if mixed { BlockingRule::GivenAndSurname } else { BlockingRule::BothSurnames };
                    add(rule, two(6, x.class.min(y.class), x.class.max(y.class)), both);
                }
                if i == 1 && mixed && j <= first_surname << 1 {
                    let (p, q) = (x.prefix.min(y.prefix), x.prefix.max(y.prefix));
                    add(BlockingRule::Prefixes, two(7, p, q), both);
                }
            }
        }
        let words = f.words();
        for (i, x) in words.iter().enumerate() {
            if words.len() == 1 {
                add(BlockingRule::OrganisationWords, two(8, *x, 0), 1);
            }
            for (j, y) in words.iter().enumerate().skip(i + 1) {
                add(BlockingRule::OrganisationWords, two(8, *x, *y), 1 << i | 1 << j);
            }
        }
        if reach.letters {
            // Two names one letter apart are equal without some letter of either: keys leave out each letter, and none.
            let places = (0..given.len()).flat_map(|g| (0..surnames.len()).map(move |s| (g, s)));
            for (g, s) in places {
                let names = 1 << g | 1 << (given.len() + s);
                let (g, s) = (given[g], surnames[s]);
                for (x, y) in [(g, s), (s, g)] {
                    let (x, letters) = (&columns.words[x as usize], columns.core(y));
                    if x.is_initial() || letters.len() < SHORTEST {
                        continue;
                    }
                    let sound = two(16, x.class, 0);
                    let key = |rest| Key { rule: BlockingRule::OneLetter, hash: mix(sound ^ rest), names };
                    keys.extend(but_for_one(letters).map(key));
                }
            }
        }
        let year = f.births[0] != 0;
        if year {
            let (year, _, _) = date_parts(f.births[0]);
            by_sound.push(Part { hash: two(9, year, 0), name: 0 });
        }
        if f.town != NONE {
            by_sound.push(Part { hash: two(10, f.town, 0), name: 0 });
        }
        by_prefix.extend_from_slice(by_sound);
        for (place, word) in tokens() {
            by_sound.push(Part { hash: two(11, word.class, 0), name: place });
            by_prefix.push(Part { hash: two(12, word.prefix, 0), name: place });
        }
        for (i, word) in words.iter().enumerate() {
            by_sound.push(Part { hash: two(13, *word, 0), name: 1 << i });
        }
    }

    /// What parts a key, where too many share it.
    pub(super) fn parts(&self, key: Key) -> impl Iterator<Item = u64> {
        let prefixes = key.rule == BlockingRule::Prefixes;
        let all = if prefixes { &self.by_prefix } else { &self.by_sound };
        // A birth date parts itself by year no further.
        let birth = key.rule == BlockingRule::BirthAndName && !all.is_empty();
        all.iter()
            .skip(usize::from(birth && all.first().is_some_and(|p| p.name == 0) && key.names != 0))
            .filter(move |p| p.name & key.names == 0)
            .map(|p| p.hash)
    }
}
