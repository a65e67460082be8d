//! The weight of a pair: one party, kin, or strangers?
//!
//! Fellegi & Sunter 1969 (doi:10.1080/01621459.1969.10501049) weigh *match* against *non-match*. People of one
//! household agree in surnames, telephone, address and town without being one person, so that the non-matches that
//! blocking brings are no random pairs. We therefore let the non-match be a mixture of strangers and kin:
//!
//! `odds = lambda M / ((1 - lambda - kin) U + kin K)`
//!
//! with `M`, `U`, `K` the products of the probabilities of the levels under the three hypotheses. For what a
//! household shares the value itself is handed down, so that its rarity counts against strangers only.

use crate::compare::{Pattern, identifying, same_household_or_person};
use crate::comparison::{COMPARISONS, DEFAULTS, Kin, LEVELS};
use crate::model::{FLOOR, FittedModel};

/// Bits that no pair exceeds without a name or document in common: below every threshold.
pub const UNIDENTIFIED_CEILING: f64 = -2.0;

/// Likelihoods of a pattern under the three hypotheses, and what follows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Natural logarithm of the pattern's probability if it is one party.
    pub ln_match: f64,
    /// The same if they are kin.
    pub ln_kin: f64,
    /// The same if they are strangers.
    pub ln_stranger: f64,
    /// Log-odds that it is one party, in bits, before the guard.
    pub raw_bits: f64,
    /// Log-odds that it is one party, in bits.
    pub bits: f64,
}

impl Score {
    /// The probability that it is one party.
    pub fn probability(&self) -> f64 {
        probability(self.bits)
    }
}

/// The probability of some log-odds in bits.
pub fn probability(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}

/// The log-odds in bits of a probability.
pub fn bits_of(probability: f64) -> f64 {
    let p = probability.clamp(1e-12, 1.0 - 1e-12);
    (p / (1.0 - p)).log2()
}

/// The chance of a level among strangers: by the values where they count, else the model's.
pub fn stranger_chance(model: &FittedModel, pattern: Pattern, comparison: usize) -> f64 {
    let level = usize::from(pattern.level(comparison));
    pattern.chance(comparison).unwrap_or(model.comparisons[comparison].u[level]).max(FLOOR)
}

/// The chance of a level among kin.
pub fn kin_chance(model: &FittedModel, pattern: Pattern, comparison: usize) -> f64 {
    let fitted = &model.comparisons[comparison];
    let level = usize::from(pattern.level(comparison));
    let chance = match DEFAULTS[comparison].kin {
        Kin::Household => fitted.kin[level],
        Kin::Echo(_) => {
            fitted.echo * fitted.m[level] + (1.0 - fitted.echo) * stranger_chance(model, pattern, comparison)
        }
    };
    chance.max(FLOOR)
}

/// Kin pairs to pairs of one party, below which a set of mentions is held to have no households in it.
const NO_HOUSEHOLDS: f64 = 0.01;

/// Whether a pattern passes the guard.
///
/// The guard stands for what no table of frequencies shows: that people share telephones, homes and birthdays. Where
/// training found pairs of one party in plenty and next to no kin, a surname or a home and the day of birth
/// together are held for a person's.
fn passes(pattern: Pattern, lambda: f64, kin: f64) -> bool {
    identifying(pattern) || kin < NO_HOUSEHOLDS * lambda && same_household_or_person(pattern)
}

/// Scores a pattern.
pub fn score(model: &FittedModel, pattern: Pattern) -> Score {
    let (mut ln_match, mut ln_kin, mut ln_stranger) = (0.0, 0.0, 0.0);
    for comparison in 0..COMPARISONS {
        let level = usize::from(pattern.level(comparison));
        if level > 0 {
            ln_match += model.comparisons[comparison].m[level].max(FLOOR).ln();
            ln_kin += kin_chance(model, pattern, comparison).ln();
            ln_stranger += stranger_chance(model, pattern, comparison).ln();
        }
    }
    let strangers = (1.0 - model.lambda - model.kin).max(FLOOR).ln() + ln_stranger;
    let kin = model.kin.max(1e-300).ln() + ln_kin;
    let other = strangers.max(kin) + (-(strangers - kin).abs()).exp().ln_1p();
    let raw_bits = (model.lambda.max(1e-300).ln() + ln_match - other) / std::f64::consts::LN_2;
    let bits =
        if passes(pattern, model.lambda, model.kin) { raw_bits } else { raw_bits.min(UNIDENTIFIED_CEILING) };
    Score { ln_match, ln_kin, ln_stranger, raw_bits, bits }
}

/// Rarities that a pattern can hold, in quarter bits.
const QUARTERS: usize = 128;
/// Bits of the smallest probability that counts.
const MOST_RARE: f64 = -29.897_352_853_986_263;

/// What one level of a comparison says under each hypothesis, in bits; for the rarity of the model's `u`.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    one: f64,
    kin: f64,
    stranger: f64,
}

/// A model as tables of bits: the arithmetic of [`score`] without a logarithm a level.
///
/// **Invariant:** the same bits as [`score`], but for the rounding of sums.
#[derive(Clone, Debug)]
pub struct Scorer {
    said: [[Said; LEVELS]; COMPARISONS],
    /// Bits under kinship of a level agreed on by value, by rarity, where kin echo a person.
    echoed: Vec<f64>,
    lambda: f64,
    kin: f64,
    strangers: f64,
    no_households: bool,
}

fn place(comparison: usize, level: usize, quarters: usize) -> usize {
    (comparison * LEVELS + level) * QUARTERS + quarters
}

impl Scorer {
    /// The tables of a model.
    pub fn new(model: &FittedModel) -> Self {
        let mut said = [[Said::default(); LEVELS]; COMPARISONS];
        let mut echoed = vec![0.0; COMPARISONS * LEVELS * QUARTERS];
        for (c, default) in DEFAULTS.iter().enumerate() {
            for level in 1..=default.levels.len() {
                let pattern = Pattern::only(c, level as u8, 0);
                said[c][level] = Said {
                    one: model.comparisons[c].m[level].max(FLOOR).log2(),
                    kin: kin_chance(model, pattern, c).log2(),
                    stranger: stranger_chance(model, pattern, c).log2(),
                };
                if let (Kin::Echo(_), Some(_)) = (default.kin, crate::compare::slot(c)) {
                    for quarters in 1..QUARTERS {
                        let pattern = Pattern::only(c, level as u8, quarters);
                        echoed[place(c, level, quarters)] = kin_chance(model, pattern, c).log2();
                    }
                }
            }
        }
        Self {
            said,
            echoed,
            lambda: model.lambda.max(1e-300).log2(),
            kin: model.kin.max(1e-300).log2(),
            strangers: (1.0 - model.lambda - model.kin).max(FLOOR).log2(),
            no_households: model.kin < NO_HOUSEHOLDS * model.lambda,
        }
    }

    /// Bits of a pattern with the priors under the three hypotheses: one party, kin, strangers.
    pub(crate) fn hypotheses(&self, pattern: Pattern) -> (f64, f64, f64) {
        let (mut one, mut kin, mut stranger) = (self.lambda, self.kin, self.strangers);
        let mut rest = pattern.levels;
        while rest != 0 {
            let c = rest.trailing_zeros() as usize / 4;
            let level = (rest >> (4 * c) & 15) as usize;
            let level = level % LEVELS;
            let said = &self.said[c][level];
            one += said.one;
            match pattern.quarters(c) {
                0 => {
                    kin += said.kin;
                    stranger += said.stranger;
                }
                quarters => {
                    let rare = -0.25 * quarters as f64;
                    stranger += rare.max(MOST_RARE);
                    kin += match DEFAULTS[c].kin {
                        Kin::Household => said.kin,
                        Kin::Echo(_) => self.echoed[place(c, level, quarters)],
                    };
                }
            }
            rest &= !(15 << (4 * c));
        }
        (one, kin, stranger)
    }

    /// Log-odds in bits that a pair of this pattern is one party, after the guard.
    pub fn bits(&self, pattern: Pattern) -> f64 {
        self.odds(pattern).one
    }

    /// Log-odds of one party and of kinship.
    pub(crate) fn odds(&self, pattern: Pattern) -> Odds {
        self.odds_from(pattern, Odds { one: f64::NEG_INFINITY, kin: f64::NEG_INFINITY })
    }

    /// The same for pairs of interest: odds below `least` may be too high, but not as high as `least`.
    pub(crate) fn odds_from(&self, pattern: Pattern, least: Odds) -> Odds {
        let (one, kin, stranger) = self.hypotheses(pattern);
        // A sum is at least its larger part, which tells most pairs without a logarithm.
        let against = |hypothesis: f64, x: f64, y: f64, least: f64| {
            let most = hypothesis - x.max(y);
            if most < least { most } else { hypothesis - sum(x, y) }
        };
        let raw = against(one, stranger, kin, least.one);
        let passes = identifying(pattern) || self.no_households && same_household_or_person(pattern);
        let guarded = if passes { raw } else { raw.min(UNIDENTIFIED_CEILING) };
        Odds { one: guarded, kin: against(kin, one, stranger, least.kin) }
    }
}

/// Log-odds of a pair, in bits.
#[derive(Clone, Copy, Debug)]
pub struct Odds {
    /// That the two are one party, after the guard.
    pub one: f64,
    /// That they are two of one household.
    pub kin: f64,
}

/// The logarithm of the sum of two numbers, of their logarithms to the base of two.
fn sum(x: f64, y: f64) -> f64 {
    let apart = (x - y).abs();
    // Beyond that the smaller is less than the larger's last place.
    x.max(y) + if apart > 54.0 { 0.0 } else { (1.0 + (-apart).exp2()).log2() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tables_say_what_the_formula_says(levels in prop::array::uniform12(0u8..7), rarity in any::<u64>(), kin in 0.0..0.4) {
            let mut model = FittedModel::defaults(50);
            model.kin = kin;
            let mut pattern = Pattern { levels: 0, rarity: rarity & (u64::MAX >> 1) };
            for (c, level) in levels.iter().enumerate() {
                let most = DEFAULTS[c].levels.len() as u64;
                pattern.levels |= u64::from(*level).min(most) << (4 * c);
            }
            let (table, formula) = (Scorer::new(&model).bits(pattern), score(&model, pattern).bits);
            prop_assert!((table - formula).abs() < 1e-9 * (1.0 + formula.abs()), "{} {}", table, formula);
        }
    }
}
