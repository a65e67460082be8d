//! The comparisons and their levels, with the documented defaults that training starts from.
//!
//! A default is a prior, not a verdict: it stands for a number of imagined pairs ([`crate::train`]) and gives way to
//! what the data say. With twenty mentions the defaults decide, with ten thousand the data do.
//!
//! **Invariants**
//! 1. Level 0 of every comparison means *missing*: no evidence, 0 bits.
//! 2. `m` of the levels of one comparison sums to 1, so does `kin`.
//! 3. The names of comparisons and levels are stable: stored models and message files know them.

/// How many comparisons there are.
pub const COMPARISONS: usize = 12;
/// How many levels one comparison has at most, level 0 included.
pub const LEVELS: usize = 8;

/// Given names, both of the same number.
pub const GIVEN: usize = 0;
/// Given names, one side has more of them.
pub const GIVEN_PART: usize = 1;
/// Surnames, two on both sides.
pub const SURNAMES: usize = 2;
/// Surnames, one side has only one.
pub const SURNAME_ONE: usize = 3;
/// Birth date.
pub const BIRTH: usize = 4;
/// Identity documents.
pub const DOCUMENT: usize = 5;
/// Sex.
pub const SEX: usize = 6;
/// Telephone numbers and SIM cards.
pub const PHONE: usize = 7;
/// Accounts.
pub const ACCOUNT: usize = 8;
/// Address.
pub const ADDRESS: usize = 9;
/// Town.
pub const TOWN: usize = 10;
/// Name of an organisation.
pub const ORGANISATION: usize = 11;

/// Levels of the given names.
pub mod given {
    /// All tokens equal.
    pub const EXACT: u8 = 1;
    /// All tokens align; at least one only by sound or with a typing error.
    pub const FUZZY: u8 = 2;
    /// All tokens of the shorter side align; at least one only by nickname, initial or likeness, or the longer side's
    /// first is not among them.
    pub const WEAK: u8 = 3;
    /// Some token aligns, but both sides have one that does not.
    pub const PARTIAL: u8 = 4;
    /// Nothing aligns.
    pub const NONE: u8 = 5;
    /// Given names and surnames stand in each other's columns.
    pub const TRANSPOSED: u8 = 6;
}
/// Levels of two surnames against two.
pub mod surnames {
    /// Both equal, in order.
    pub const EXACT: u8 = 1;
    /// Both align in order; at least one only by sound or with a typing error.
    pub const FUZZY: u8 = 2;
    /// Both align, in the other order.
    pub const SWAPPED: u8 = 3;
    /// The first agrees, the second is another.
    pub const FIRST: u8 = 4;
    /// One agrees, but not the first with the first.
    pub const CROSS: u8 = 5;
    /// Nothing aligns.
    pub const NONE: u8 = 6;
}
/// Levels of surnames where one side has only one.
pub mod surname_one {
    /// It equals the other side's first.
    pub const EXACT: u8 = 1;
    /// It aligns with the first by sound or with a typing error.
    pub const FUZZY: u8 = 2;
    /// It aligns with the second.
    pub const SECOND: u8 = 3;
    /// It aligns with neither.
    pub const NONE: u8 = 4;
}
/// Levels of the birth date.
pub mod birth {
    /// The same day.
    pub const EXACT: u8 = 1;
    /// Day and month exchanged.
    pub const SWAPPED: u8 = 2;
    /// One digit wrong or two neighbours exchanged.
    pub const TYPO: u8 = 3;
    /// Two of year, month and day agree.
    pub const TWO_PARTS: u8 = 4;
    /// The same year, and one side is a placeholder (1 January).
    pub const YEAR_ONLY: u8 = 5;
    /// Another date.
    pub const DIFFERENT: u8 = 6;
}
/// Levels of documents.
pub mod document {
    /// The same number.
    pub const SAME: u8 = 1;
    /// One typing error apart.
    pub const TYPO: u8 = 2;
    /// Two different documents of one kind.
    pub const DIFFERENT: u8 = 3;
}
/// Levels of a value that agrees, nearly agrees or differs (telephone, address, town).
pub mod value {
    /// The same.
    pub const SAME: u8 = 1;
    /// Nearly the same.
    pub const NEAR: u8 = 2;
    /// Another.
    pub const DIFFERENT: u8 = 3;
}
/// Levels of a value that agrees or differs (sex, account).
pub mod binary {
    /// The same.
    pub const SAME: u8 = 1;
    /// Another.
    pub const DIFFERENT: u8 = 2;
}
/// Levels of the names of organisations.
pub mod organisation {
    /// The same words.
    pub const EXACT: u8 = 1;
    /// One contains the other, or all but typing errors agree.
    pub const NEAR: u8 = 2;
    /// Another name.
    pub const DIFFERENT: u8 = 3;
}

/// One level with its default probabilities.
#[derive(Clone, Copy, Debug)]
pub struct LevelDefault {
    /// Stable name.
    pub name: &'static str,
    /// Probability among pairs of one party.
    pub m: f64,
    /// Probability among strangers. Where `by_value` it is only the report's figure: the pair's own values decide.
    pub u: f64,
    /// Probability among kin, for comparisons that kin inherit.
    pub kin: f64,
    /// Whether the chance of agreement follows from how common the agreeing values are.
    pub by_value: bool,
}

/// What kin share in a comparison.
#[derive(Clone, Copy, Debug)]
pub enum Kin {
    /// A household shares the value itself (surnames, telephone, address): own probabilities, and a rare value is
    /// no stronger evidence of identity against kin than a common one.
    Household,
    /// Kin are strangers here but for this share of pairs, in which they agree like one person (a child named
    /// after its parent, twins born on one day).
    Echo(f64),
}

/// One comparison.
#[derive(Clone, Copy, Debug)]
pub struct ComparisonDefault {
    /// Stable name.
    pub name: &'static str,
    /// What kin share.
    pub kin: Kin,
    /// Levels 1, 2, ...
    pub levels: &'static [LevelDefault],
}

const fn level(name: &'static str, m: f64, u: f64, kin: f64, by_value: bool) -> LevelDefault {
    LevelDefault { name, m, u, kin, by_value }
}

/// All comparisons, in the order of their numbers.
pub const DEFAULTS: [ComparisonDefault; COMPARISONS] = [
    ComparisonDefault {
        name: "given",
        kin: Kin::Echo(0.02),
        levels: &[
            level("exact", 0.73, 0.001, 0.0, true),
            level("fuzzy", 0.16, 0.001, 0.0, true),
            level("weak", 0.04, 0.01, 0.0, true),
            level("partial", 0.02, 0.10, 0.0, true),
            level("none", 0.02, 0.888, 0.0, false),
            level("transposed", 0.03, 1e-5, 0.0, true),
        ],
    },
    ComparisonDefault {
        name: "given_part",
        kin: Kin::Echo(0.02),
        levels: &[
            level("exact", 0.76, 0.02, 0.0, true),
            level("fuzzy", 0.12, 0.02, 0.0, true),
            level("weak", 0.06, 0.02, 0.0, true),
            level("partial", 0.01, 0.02, 0.0, true),
            level("none", 0.02, 0.92, 0.0, false),
            level("transposed", 0.03, 1e-5, 0.0, true),
        ],
    },
    ComparisonDefault {
        name: "surnames",
        kin: Kin::Household,
        levels: &[
            level("exact", 0.73, 0.0002, 0.68, true),
            level("fuzzy", 0.17, 0.0003, 0.14, true),
            level("swapped", 0.04, 0.0002, 0.01, true),
            level("first", 0.03, 0.02, 0.13, true),
            level("cross", 0.01, 0.04, 0.02, true),
            level("none", 0.02, 0.94, 0.02, false),
        ],
    },
    ComparisonDefault {
        name: "surname_one",
        kin: Kin::Household,
        levels: &[
            level("exact", 0.80, 0.02, 0.76, true),
            level("fuzzy", 0.12, 0.02, 0.12, true),
            level("second", 0.05, 0.02, 0.05, true),
            level("none", 0.03, 0.94, 0.07, false),
        ],
    },
    ComparisonDefault {
        name: "birth",
        kin: Kin::Echo(0.05),
        levels: &[
            level("exact", 0.82, 5e-5, 0.0, true),
            level("swapped", 0.02, 3e-5, 0.0, false),
            level("typo", 0.07, 0.001, 0.0, false),
            level("two_parts", 0.03, 0.004, 0.0, false),
            level("year_only", 0.02, 2e-4, 0.0, false),
            level("different", 0.04, 0.995, 0.0, false),
        ],
    },
    ComparisonDefault {
        name: "document",
        kin: Kin::Echo(0.001),
        levels: &[
            level("same", 0.92, 1e-6, 0.0, true),
            level("typo", 0.06, 1e-6, 0.0, false),
            level("different", 0.02, 1.0, 0.0, false),
        ],
    },
    ComparisonDefault {
        name: "sex",
        kin: Kin::Echo(0.02),
        levels: &[level("same", 0.985, 0.5, 0.0, false), level("different", 0.015, 0.5, 0.0, false)],
    },
    ComparisonDefault {
        name: "phone",
        kin: Kin::Household,
        levels: &[
            level("same", 0.50, 1e-5, 0.40, true),
            level("near", 0.04, 1e-5, 0.02, false),
            level("different", 0.46, 1.0, 0.58, false),
        ],
    },
    ComparisonDefault {
        name: "account",
        kin: Kin::Household,
        levels: &[level("same", 0.60, 1e-5, 0.15, true), level("different", 0.40, 1.0, 0.85, false)],
    },
    ComparisonDefault {
        name: "address",
        kin: Kin::Household,
        levels: &[
            level("same", 0.50, 1e-4, 0.55, true),
            level("near", 0.20, 0.002, 0.15, false),
            level("different", 0.30, 0.998, 0.30, false),
        ],
    },
    ComparisonDefault {
        name: "town",
        kin: Kin::Household,
        levels: &[
            level("same", 0.75, 0.01, 0.80, true),
            level("near", 0.05, 0.01, 0.05, false),
            level("different", 0.20, 0.98, 0.15, false),
        ],
    },
    ComparisonDefault {
        name: "organisation",
        kin: Kin::Echo(0.02),
        levels: &[
            level("exact", 0.75, 1e-4, 0.0, true),
            level("near", 0.20, 0.001, 0.0, true),
            level("different", 0.05, 0.999, 0.0, false),
        ],
    },
];

/// The stable name of a level; `missing` for level 0.
pub fn level_name(comparison: usize, level: u8) -> &'static str {
    if level == 0 {
        return "missing";
    }
    DEFAULTS.get(comparison).and_then(|c| c.levels.get(usize::from(level) - 1)).map_or("missing", |l| l.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_distributions() {
        for comparison in DEFAULTS {
            let m: f64 = comparison.levels.iter().map(|l| l.m).sum();
            assert!((m - 1.0).abs() < 1e-9, "{} m sums to {m}", comparison.name);
            if let Kin::Household = comparison.kin {
                let kin: f64 = comparison.levels.iter().map(|l| l.kin).sum();
                assert!((kin - 1.0).abs() < 1e-9, "{} kin sums to {kin}", comparison.name);
            }
            assert!(comparison.levels.len() < LEVELS);
        }
    }
}
