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

use crate::compare::{Pattern, identifying};
use crate::comparison::{COMPARISONS, DEFAULTS, Kin};
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
    let bits = if identifying(pattern) { raw_bits } else { raw_bits.min(UNIDENTIFIED_CEILING) };
    Score { ln_match, ln_kin, ln_stranger, raw_bits, bits }
}
