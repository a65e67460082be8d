//! A pair of mentions as one level a comparison, packed into two words.
//!
//! Missing on either side is level 0 and no evidence. Where agreement is the stronger the rarer the value, the
//! pattern also holds how rare, in quarter bits: the same for training, scoring and explanation.

pub mod birth;
pub mod contact;
pub mod document;
pub mod name;
pub mod spell;
pub mod word;

use crate::column::share::{BIT, LEAST, MOST, chance};
use crate::column::{Columns, Features, NONE};
use crate::comparison::{self as at, binary, value};

/// What one comparison says of a pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The level; 0 = missing.
    pub level: u8,
    /// How rare it is that strangers agree in these very values, in 256ths of a bit; 0 where the level's `u` counts.
    pub rarity: u16,
}

impl Outcome {
    /// A level whose `u` is the model's.
    pub fn level(level: u8) -> Self {
        Self { level, rarity: 0 }
    }

    /// A level whose `u` follows from the values.
    pub fn by_value(level: u8, rarity: i32) -> Self {
        Self { level, rarity: rarity.clamp(i32::from(LEAST), i32::from(MOST)) as u16 }
    }
}

/// The comparison vector of a pair, packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    /// Four bits a comparison.
    pub levels: u64,
    /// Seven bits a slot: the rarity in quarter bits.
    pub rarity: u64,
}

/// Rarity of one quarter bit.
const QUARTER: u16 = BIT / 4;

/// The slot of a comparison's rarity; both forms of a name share one, since a pair has only one of them.
pub(crate) const fn slot(comparison: usize) -> Option<u32> {
    match comparison {
        at::GIVEN | at::GIVEN_PART => Some(0),
        at::SURNAMES | at::SURNAME_ONE => Some(1),
        at::BIRTH => Some(2),
        at::DOCUMENT => Some(3),
        at::PHONE => Some(4),
        at::ACCOUNT => Some(5),
        at::ADDRESS => Some(6),
        at::TOWN => Some(7),
        at::ORGANISATION => Some(8),
        _ => None,
    }
}

impl Pattern {
    fn set(&mut self, comparison: usize, outcome: Outcome) {
        self.levels |= u64::from(outcome.level) << (4 * comparison);
        if outcome.rarity > 0
            && let Some(slot) = slot(comparison)
        {
            let quarters = u64::from((outcome.rarity + QUARTER / 2) / QUARTER).clamp(1, 127);
            self.rarity |= quarters << (7 * slot);
        }
    }

    /// The pattern of one level of one comparison, as if nothing else were known.
    pub(crate) fn only(comparison: usize, level: u8, quarters: usize) -> Self {
        let rarity = slot(comparison).map_or(0, |slot| (quarters as u64 & 127) << (7 * slot));
        Self { levels: u64::from(level) << (4 * comparison), rarity }
    }

    /// The level of a comparison.
    pub fn level(self, comparison: usize) -> u8 {
        (self.levels >> (4 * comparison) & 15) as u8
    }

    /// The rarity of a comparison in quarter bits; 0 where the level's `u` counts.
    pub fn quarters(self, comparison: usize) -> usize {
        slot(comparison).map_or(0, |slot| (self.rarity >> (7 * slot) & 127) as usize)
    }

    /// The chance of agreement by value of a comparison; `None` where the level's `u` counts.
    pub fn chance(self, comparison: usize) -> Option<f64> {
        let quarters = self.quarters(comparison);
        (quarters > 0).then(|| chance(quarters as u16 * QUARTER))
    }

    /// The pattern with rarity to whole bits, as training counts it.
    pub fn coarse(self) -> Self {
        let mut rarity = 0;
        for slot in 0..9 {
            let quarters = self.rarity >> (7 * slot) & 127;
            if quarters > 0 {
                rarity |= ((quarters + 2) / 4 * 4).clamp(2, 124) << (7 * slot);
            }
        }
        Self { levels: self.levels, rarity }
    }
}

/// Places of the memory of a [`Comparer`].
const REMEMBERED: usize = 1 << 14;

/// What was asked of two values before: a small memory without chains, a newer answer takes the place of an older.
struct Memory {
    answers: Vec<(u64, u8)>,
}

impl Memory {
    fn ask(&mut self, kind: u64, a: u32, b: u32, answer: impl FnOnce() -> u8) -> u8 {
        let key = kind << 62 | u64::from(a.min(b)) << 31 | u64::from(a.max(b));
        let place = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 50) as usize % REMEMBERED;
        let slot = &mut self.answers[place];
        if slot.0 != key {
            *slot = (key, answer());
        }
        slot.1
    }
}

/// Compares pairs of one set of mentions, and remembers how alike two values were.
pub struct Comparer<'a> {
    columns: &'a Columns,
    memory: Memory,
}

impl<'a> Comparer<'a> {
    /// A comparer with nothing to remember; each thread has its own.
    pub fn new(columns: &'a Columns) -> Self {
        Self { columns, memory: Memory { answers: vec![(u64::MAX, 0); REMEMBERED] } }
    }

    /// Compares two mentions.
    ///
    /// # Determinism   the same for (a, b) and (b, a), whatever was compared before
    pub fn compare(&mut self, a: u32, b: u32) -> Pattern {
        let mentions = &self.columns.mentions;
        self.features(&mentions[a.min(b) as usize], &mentions[a.max(b) as usize])
    }

    /// Compares what two mentions say.
    ///
    /// # Arguments   the mention with the smaller number first
    pub(crate) fn features(&mut self, fa: &Features, fb: &Features) -> Pattern {
        let columns = self.columns;
        let mut out = Pattern::default();
        if fa.organisation && fb.organisation {
            out.set(at::ORGANISATION, name::organisations(columns, fa, fb));
        } else if !fa.organisation && !fb.organisation {
            let ((given_at, given), (surname_at, surname)) = name::persons(self, fa, fb);
            out.set(given_at, given);
            out.set(surname_at, surname);
            out.set(at::BIRTH, birth::compare(columns, fa, fb));
            if fa.sex < 2 && fb.sex < 2 {
                out.set(
                    at::SEX,
                    Outcome::level(if fa.sex == fb.sex { binary::SAME } else { binary::DIFFERENT }),
                );
            }
        }
        if fa.document != NONE && fb.document != NONE {
            out.set(at::DOCUMENT, document::compare(columns, fa, fb));
        }
        if fa.phone != NONE && fb.phone != NONE {
            out.set(at::PHONE, contact::phones(columns, fa, fb));
        }
        if fa.account != NONE && fb.account != NONE {
            let (a, b) = (columns.accounts_of(fa), columns.accounts_of(fb));
            let shared = contact::shared(a, b, &columns.shares.accounts);
            out.set(
                at::ACCOUNT,
                shared.map_or(Outcome::level(binary::DIFFERENT), |r| {
                    Outcome::by_value(binary::SAME, i32::from(r))
                }),
            );
        }
        if fa.address != NONE && fb.address != NONE {
            out.set(at::ADDRESS, contact::address(self, fa.address, fb.address));
        }
        if fa.town != NONE && fb.town != NONE {
            out.set(at::TOWN, contact::town(self, fa.town, fb.town));
        }
        out
    }
}

/// Compares two mentions; for many pairs, [`Comparer`] remembers what it was asked.
pub fn compare(columns: &Columns, a: u32, b: u32) -> Pattern {
    Comparer::new(columns).compare(a, b)
}

/// Whether two mentions cannot be one party, whatever else agrees.
///
/// Two valid documents of one kind that differ by more than a typing error; a person and an organisation; another
/// sex and another birth date without a document in common.
pub fn forbidden(columns: &Columns, fa: &Features, fb: &Features, pattern: Pattern) -> bool {
    if fa.organisation != fb.organisation {
        return true;
    }
    let document = pattern.level(at::DOCUMENT);
    if document == at::document::DIFFERENT && document::conflict(columns, fa, fb) {
        return true;
    }
    pattern.level(at::SEX) == binary::DIFFERENT
        && pattern.level(at::BIRTH) == at::birth::DIFFERENT
        && !matches!(document, at::document::SAME | at::document::TYPO)
}

/// Whether two full names have different surnames: two on both sides, and not both of them align.
pub fn surnames_contradict(pattern: Pattern) -> bool {
    use at::surnames::{CROSS, FIRST, NONE};
    matches!(pattern.level(at::SURNAMES), FIRST | CROSS | NONE)
}

/// Whether anything that belongs to few people agrees beside the name: document, telephone, account, home or birth
/// date.
pub fn supported_beside_name(pattern: Pattern) -> bool {
    let agrees = |comparison: usize, most: u8| (1..=most).contains(&pattern.level(comparison));
    agrees(at::DOCUMENT, at::document::TYPO)
        || agrees(at::PHONE, value::NEAR)
        || agrees(at::ACCOUNT, binary::SAME)
        || agrees(at::ADDRESS, value::SAME)
        || agrees(at::BIRTH, at::birth::TWO_PARTS)
}

/// Whether a document, telephone or account is the same.
pub fn identifier_in_common(pattern: Pattern) -> bool {
    pattern.level(at::DOCUMENT) == at::document::SAME
        || pattern.level(at::PHONE) == value::SAME
        || pattern.level(at::ACCOUNT) == binary::SAME
}

/// Whether a pair has what identity needs: a document in common or a name that agrees.
///
/// Telephones, accounts, addresses and dates are shared, reassigned and mistyped; they support a name, they do not
/// replace it.
pub fn identifying(pattern: Pattern) -> bool {
    let document = pattern.level(at::DOCUMENT);
    if matches!(document, at::document::SAME | at::document::TYPO) {
        return true;
    }
    let given = pattern.level(at::GIVEN).max(pattern.level(at::GIVEN_PART));
    let surnames = pattern.level(at::SURNAMES);
    let surname_one = pattern.level(at::SURNAME_ONE);
    let surname_agrees =
        (1..at::surnames::NONE).contains(&surnames) || (1..at::surname_one::NONE).contains(&surname_one);
    match given {
        0 => {
            surname_agrees
                || matches!(pattern.level(at::ORGANISATION), at::organisation::EXACT | at::organisation::NEAR)
        }
        at::given::NONE => false,
        _ => true,
    }
}

/// Whether the day of birth agrees and with it a surname or a home: one person, or two born into one household on one
/// day.
pub fn same_household_or_person(pattern: Pattern) -> bool {
    let agrees = |comparison: usize, most: u8| (1..=most).contains(&pattern.level(comparison));
    agrees(at::BIRTH, at::birth::TYPO)
        && (agrees(at::SURNAMES, at::surnames::CROSS)
            || agrees(at::SURNAME_ONE, at::surname_one::SECOND)
            || agrees(at::ADDRESS, value::NEAR))
}

/// The level of a value that agrees or differs, for tests and explanations.
pub fn is_same(level: u8) -> bool {
    level == value::SAME
}
