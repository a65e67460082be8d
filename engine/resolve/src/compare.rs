//! A pair of mentions as one level a comparison, packed into two words.
//!
//! Missing on either side is level 0 and no evidence. Where agreement is the stronger the rarer the value, the
//! pattern also holds how rare, in quarter bits: the same for training, scoring and explanation.

pub mod birth;
pub mod contact;
pub mod document;
pub mod name;
pub mod word;

use crate::column::{Columns, NONE, used};
use crate::comparison::{self as at, COMPARISONS, binary, value};

/// What one comparison says of a pair.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The level; 0 = missing.
    pub level: u8,
    /// Chance that strangers agree in these very values; 0 where the level's `u` counts.
    pub chance: f64,
}

impl Outcome {
    /// A level whose `u` is the model's.
    pub fn level(level: u8) -> Self {
        Self { level, chance: 0.0 }
    }

    /// A level whose `u` follows from the values.
    pub fn by_value(level: u8, chance: f64) -> Self {
        Self { level, chance: chance.clamp(1e-9, 0.95) }
    }
}

/// The comparison vector of a pair, packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    /// Four bits a comparison.
    pub levels: u64,
    /// Seven bits a slot: `-4 log2(chance)`.
    pub rarity: u64,
}

/// The slot of a comparison's rarity; both forms of a name share one, since a pair has only one of them.
const fn slot(comparison: usize) -> Option<u32> {
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
    /// Packs outcomes.
    pub fn pack(outcomes: &[Outcome; COMPARISONS]) -> Self {
        let mut pattern = Self::default();
        for (comparison, outcome) in outcomes.iter().enumerate() {
            pattern.levels |= u64::from(outcome.level & 15) << (4 * comparison);
            if let (Some(slot), true) = (slot(comparison), outcome.chance > 0.0) {
                let quarters = (-4.0 * outcome.chance.log2()).round().clamp(1.0, 127.0) as u64;
                pattern.rarity |= quarters << (7 * slot);
            }
        }
        pattern
    }

    /// The level of a comparison.
    pub fn level(self, comparison: usize) -> u8 {
        (self.levels >> (4 * comparison) & 15) as u8
    }

    /// The chance of agreement by value of a comparison; `None` where the level's `u` counts.
    pub fn chance(self, comparison: usize) -> Option<f64> {
        let quarters = self.rarity >> (7 * slot(comparison)?) & 127;
        (quarters > 0).then(|| (-(quarters as f64) / 4.0).exp2())
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

/// Compares two mentions.
///
/// # Determinism   the same for (a, b) and (b, a)
pub fn compare(columns: &Columns, a: u32, b: u32) -> Pattern {
    Pattern::pack(&outcomes(columns, a.min(b), a.max(b)))
}

fn outcomes(columns: &Columns, a: u32, b: u32) -> [Outcome; COMPARISONS] {
    let (fa, fb) = (&columns.mentions[a as usize], &columns.mentions[b as usize]);
    let mut out = [Outcome::default(); COMPARISONS];
    if fa.organisation && fb.organisation {
        out[at::ORGANISATION] = name::organisations(columns, fa, fb);
    } else {
        name::persons(columns, fa, fb, &mut out);
        out[at::BIRTH] = birth::compare(columns, fa, fb);
        if fa.sex < 2 && fb.sex < 2 {
            out[at::SEX] = Outcome::level(if fa.sex == fb.sex { binary::SAME } else { binary::DIFFERENT });
        }
    }
    out[at::DOCUMENT] = document::compare(columns, fa, fb);
    out[at::PHONE] = contact::phones(columns, fa, fb);
    if let (false, false) = (used(&fa.accounts).is_empty(), used(&fb.accounts).is_empty()) {
        let shared = contact::shared(&fa.accounts, &fb.accounts, |id| columns.account_share(id));
        out[at::ACCOUNT] =
            shared.map_or(Outcome::level(binary::DIFFERENT), |share| Outcome::by_value(binary::SAME, share));
    }
    if fa.address != NONE && fb.address != NONE {
        out[at::ADDRESS] = contact::address(columns, fa.address, fb.address);
    }
    if fa.town != NONE && fb.town != NONE {
        out[at::TOWN] = contact::town(columns, fa.town, fb.town);
    }
    out
}

/// Whether two mentions cannot be one party, whatever else agrees.
///
/// Two valid documents of one kind that differ by more than a typing error; a person and an organisation; another
/// sex and another birth date without a document in common.
pub fn forbidden(columns: &Columns, a: u32, b: u32, pattern: Pattern) -> bool {
    let (fa, fb) = (&columns.mentions[a as usize], &columns.mentions[b as usize]);
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

/// The level of a value that agrees or differs, for tests and explanations.
pub fn is_same(level: u8) -> bool {
    level == value::SAME
}
