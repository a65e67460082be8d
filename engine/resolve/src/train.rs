//! Training without labels: expectation maximisation over counted patterns.
//!
//! Dempster, Laird & Rubin 1977 (doi:10.1111/j.2517-6161.1977.tb01600.x), with three classes (one party, kin,
//! strangers) and Dirichlet priors at the documented defaults. `u` is not left to EM: by-value levels take it from
//! value frequencies, the others from a seeded sample of random pairs. Pairs that blocking does not bring count as
//! strangers, so that `lambda` is a share of *all* pairs.

use crate::column::Columns;
use crate::compare::{Comparer, Pattern};
use crate::comparison::{self as at, COMPARISONS, DEFAULTS, Kin, LEVELS};
use crate::model::{FLOOR, FittedModel};
use crate::score::{Scorer, kin_chance};
use hashbrown::HashMap;
use rayon::prelude::*;

/// How training goes.
#[derive(Clone, Copy, Debug)]
pub struct TrainConfig {
    /// Most rounds of expectation maximisation.
    pub rounds: usize,
    /// Imagined matching pairs behind the default `m` of a comparison.
    pub match_prior: f64,
    /// Imagined kin pairs behind the default probabilities among kin.
    pub kin_prior: f64,
    /// Random pairs drawn for `u`.
    pub sample: usize,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self { rounds: 40, match_prior: 60.0, kin_prior: 200.0, sample: 100_000 }
    }
}

/// How far training may raise the share of kin that agree like one person above its default.
///
/// Kin are different people. Where one person's rows name several telephones and accounts, the likelihood alone would
/// call rows of one person under two accounts kin of one name and one document. What agrees like that more often than
/// namesakes and twins do is no kinship.
const MOST_ECHO: f64 = 5.0;

/// A pattern with the number of pairs that show it.
pub type Counted = (Pattern, f64);

/// Patterns with the number of pairs that show them; whole numbers, so that no order of counting matters.
#[derive(Clone, Debug, Default)]
pub struct Counter {
    counts: HashMap<Pattern, u64>,
}

impl Counter {
    /// Counts `pairs` pairs of a pattern, its rarity to whole bits.
    pub fn add(&mut self, pattern: Pattern, pairs: u64) {
        *self.counts.entry(pattern.coarse()).or_default() += pairs;
    }

    /// Both counts together.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for (pattern, pairs) in other.counts {
            *self.counts.entry(pattern).or_default() += pairs;
        }
        self
    }

    /// The patterns in order.
    ///
    /// # Arguments   `share`: the share of all candidate pairs that was counted
    pub fn into_counted(self, share: f64) -> Vec<Counted> {
        let mut out: Vec<(Pattern, u64)> = self.counts.into_iter().collect();
        out.par_sort_unstable();
        out.into_iter().map(|(pattern, pairs)| (pattern, pairs as f64 / share)).collect()
    }
}

/// The i-th number of a seed.
pub(crate) fn draw(seed: u64, i: u64) -> u64 {
    let mut x = seed ^ i.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// Looks like one party already, so that it must not count as a random pair of strangers.
fn looks_like_match(p: Pattern) -> bool {
    let agrees = |c: usize, most: u8| (1..=most).contains(&p.level(c));
    let given = agrees(at::GIVEN, at::given::FUZZY) || agrees(at::GIVEN_PART, at::given::FUZZY);
    let surname =
        agrees(at::SURNAMES, at::surnames::SWAPPED) || agrees(at::SURNAME_ONE, at::surname_one::FUZZY);
    agrees(at::DOCUMENT, at::document::TYPO) || given && surname
}

/// How often each level is met among random pairs, by comparison and level.
pub type LevelCounts = [[u64; LEVELS]; COMPARISONS];

/// Counts the levels of random pairs of mentions that do not look like one party.
///
/// # Arguments     `sample`: pairs that are drawn, at most
/// # Determinism   the same counts at any thread count
pub fn random_levels(columns: &Columns, seed: u64, sample: usize) -> LevelCounts {
    let n = columns.mentions.len() as u64;
    let none = || [[0u64; LEVELS]; COMPARISONS];
    if n < 2 {
        return none();
    }
    let sample = sample.min((n as usize).saturating_mul(40));
    (0..sample)
        .into_par_iter()
        .with_min_len(8192)
        .fold(
            || (Comparer::new(columns), none()),
            |(mut comparer, mut counts), i| {
                let i = i as u64;
                let a = ((u128::from(draw(seed, 2 * i)) * u128::from(n)) >> 64) as u64;
                let b = ((u128::from(draw(seed, 2 * i + 1)) * u128::from(n)) >> 64) as u64;
                if a != b {
                    let pattern = comparer.compare(a as u32, b as u32);
                    if !looks_like_match(pattern) {
                        for (c, row) in counts.iter_mut().enumerate() {
                            row[usize::from(pattern.level(c))] += 1;
                        }
                    }
                }
                (comparer, counts)
            },
        )
        .map(|(_, counts)| counts)
        .reduce(none, |mut x, y| {
            for (cell, more) in x.iter_mut().flatten().zip(y.iter().flatten()) {
                *cell += more;
            }
            x
        })
}

/// Fits `u` from the levels of random pairs.
fn estimate_u(model: &mut FittedModel, counts: &LevelCounts) {
    const PRIOR: f64 = 300.0;
    for (c, default) in DEFAULTS.iter().enumerate() {
        let default_total: f64 = default.levels.iter().map(|l| l.u).sum();
        let present: u64 = counts[c][1..].iter().sum();
        for (i, level) in default.levels.iter().enumerate() {
            let prior = level.u / default_total;
            model.comparisons[c].u[i + 1] =
                (counts[c][i + 1] as f64 + PRIOR * prior) / (present as f64 + PRIOR);
        }
    }
}

/// Fits a model.
///
/// # Arguments     `mentions`: how many; `u`: levels of random pairs; `patterns`: counted patterns of the candidate
/// pairs; `pairs`: number of all pairs of mentions
/// # Complexity    O(rounds x patterns)
/// # Determinism   the same model at any thread count
pub fn train(
    mentions: usize,
    u: &LevelCounts,
    patterns: &[Counted],
    pairs: f64,
    config: &TrainConfig,
) -> FittedModel {
    let mut model = FittedModel::defaults(mentions);
    estimate_u(&mut model, u);
    let pairs = pairs.max(1.0);
    for _ in 0..config.rounds {
        let next = round(&model, patterns, pairs, config);
        let moved = (next.lambda / model.lambda).ln().abs() + (next.kin / model.kin).ln().abs();
        model = next;
        if moved < 1e-4 {
            break;
        }
    }
    model
}

fn round(model: &FittedModel, patterns: &[Counted], pairs: f64, config: &TrainConfig) -> FittedModel {
    let mut matched = [[0.0; LEVELS]; COMPARISONS];
    let mut kin = [[0.0; LEVELS]; COMPARISONS];
    let mut echo = [(0.0, 0.0); COMPARISONS];
    let (mut matches, mut kins) = (0.0, 0.0);
    let scorer = Scorer::new(model);
    for (pattern, weight) in patterns {
        let (one, household, stranger) = scorer.hypotheses(*pattern);
        let most = one.max(household).max(stranger);
        let (x, y, z) = ((one - most).exp2(), (household - most).exp2(), (stranger - most).exp2());
        let is_one = weight * x / (x + y + z);
        let is_kin = weight * y / (x + y + z);
        matches += is_one;
        kins += is_kin;
        for c in 0..COMPARISONS {
            let level = usize::from(pattern.level(c));
            if level == 0 {
                continue;
            }
            matched[c][level] += is_one;
            kin[c][level] += is_kin;
            if let Kin::Echo(_) = DEFAULTS[c].kin {
                let share = model.comparisons[c].echo * model.comparisons[c].m[level].max(FLOOR)
                    / kin_chance(model, *pattern, c);
                echo[c].0 += is_kin * share.min(1.0);
                echo[c].1 += is_kin;
            }
        }
    }
    let mut next = model.clone();
    // A pair of imagined matches keeps an empty case from a lambda of zero.
    next.lambda = ((matches + 0.5) / (pairs + 1.0)).min(0.5);
    next.kin = ((kins + 0.5) / (pairs + 1.0)).min(0.5);
    for (c, default) in DEFAULTS.iter().enumerate() {
        let fitted = &mut next.comparisons[c];
        let present: f64 = matched[c].iter().sum();
        let kin_present: f64 = kin[c].iter().sum();
        for (i, level) in default.levels.iter().enumerate() {
            let l = i + 1;
            fitted.m[l] = (matched[c][l] + config.match_prior * level.m) / (present + config.match_prior);
            if let Kin::Household = default.kin {
                fitted.kin[l] = (kin[c][l] + config.kin_prior * level.kin) / (kin_present + config.kin_prior);
            }
        }
        if let Kin::Echo(share) = default.kin {
            let found = (echo[c].0 + config.kin_prior * share) / (echo[c].1 + config.kin_prior);
            fitted.echo = found.min(MOST_ECHO * share);
        }
    }
    next
}
