//! One run: mentions and judgements in, clusters and weighed pairs out.

use crate::block::{BlockConfig, BlockReport, CandidatePairs, MOST_MENTIONS, candidate_pairs};
use crate::cluster::{Bond, Bridge, ClusterConfig, Edge, Found, Weigher, cluster};
use crate::column::Columns;
use crate::column::frequency::Frequencies;
use crate::compare::{Comparer, Pattern};
use crate::conflict::contradiction;
use crate::error::ResolveError;
use crate::model::FittedModel;
use crate::score::{Odds, bits_of, probability};
use crate::train::{self, Counter, TrainConfig};
use hashbrown::{DefaultHashBuilder, HashTable};
use model::ids::Seed;
use model::record::MentionRecord;
use model::run::{RunContext, Unit};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::Instant;

/// How resolution goes.
#[derive(Clone, Debug)]
pub struct ResolveConfig {
    /// Probability that the average pair of two clusters must exceed for them to be joined; `None` finds the
    /// point of best expected F1 within [`ResolveConfig::threshold_range`].
    pub threshold: Option<f64>,
    /// Lowest and highest point that is found without labels; the low end favours completeness, the high end
    /// that no two people are made one.
    pub threshold_range: (f64, f64),
    /// Pairs at or above this probability are in the result, for review.
    pub review_threshold: f64,
    /// Pairs at or above this probability of kinship are in the result.
    pub kin_threshold: f64,
    /// What a pair that blocking did not bring counts in clustering, in bits.
    pub absent_bits: f64,
    /// Most that one pair counts in clustering, in bits, for or against.
    pub most_bits: f64,
    /// Whether only pairs of two different sources are made, as when one table is linked with another.
    pub across_sources_only: bool,
    /// Seed of the random pairs for `u`.
    pub seed: Seed,
    /// A stored model to be used instead of training one.
    pub model: Option<FittedModel>,
    /// Stored frequencies to be used instead of those of the mentions.
    pub frequencies: Option<Arc<Frequencies>>,
    /// Limits of blocking.
    pub block: BlockConfig,
    /// Training.
    pub train: TrainConfig,
}

impl Default for ResolveConfig {
    fn default() -> Self {
        Self {
            threshold: None,
            threshold_range: (0.5, 0.9),
            review_threshold: 0.05,
            kin_threshold: 0.5,
            absent_bits: -5.0,
            most_bits: 20.0,
            across_sources_only: false,
            seed: Seed::default(),
            model: None,
            frequencies: None,
            block: BlockConfig::default(),
            train: TrainConfig::default(),
        }
    }
}

/// A judgement on two mentions, by their positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// They are one party.
    Must(usize, usize),
    /// They are not.
    Cannot(usize, usize),
}

/// A pair of mentions with its weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoredPair {
    /// Smaller position.
    pub a: u32,
    /// Larger position.
    pub b: u32,
    /// Log-odds that they are one party, in bits.
    pub weight_bits: f64,
    /// The same as a probability.
    pub probability: f64,
}

/// Two mentions that are probably of one household, and not one party.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KinPair {
    /// Smaller position.
    pub a: u32,
    /// Larger position.
    pub b: u32,
    /// Probability that they are kin.
    pub probability: f64,
}

/// Seconds that the parts of a run took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seconds {
    /// Columns and candidate pairs.
    pub block: f64,
    /// Comparison and training.
    pub train: f64,
    /// Scoring.
    pub score: f64,
    /// Clustering.
    pub cluster: f64,
}

/// What a run found.
#[derive(Clone, Debug)]
pub struct Resolution {
    /// Cluster of each mention, dense, in order of first mention.
    pub cluster: Vec<u32>,
    /// Pairs at or above the review threshold, ascending.
    pub pairs: Vec<ScoredPair>,
    /// Pairs that look like kin and that no cluster holds together, ascending; of identical mentions the first.
    pub kin: Vec<KinPair>,
    /// Two that must stay apart and one that agrees with both, by their first identical mentions, ascending.
    pub bridges: Vec<Bridge>,
    /// The model that weighed them.
    pub model: FittedModel,
    /// Number of clusters.
    pub clusters: u32,
    /// The probability that joined clusters had to exceed.
    pub threshold: f64,
    /// Pairs that were compared.
    pub pairs_scored: u64,
    /// What blocking made and left out, rule by rule.
    pub blocking: Vec<BlockReport>,
    /// Where the time went; no part of the result.
    pub seconds: Seconds,
}

/// Identical mentions as one unit, so that a million equal rows are one comparison.
struct Cells {
    /// The unit of each mention: its smallest identical mention.
    unit: Vec<u32>,
    /// Mentions behind each unit; 0 for mentions that are not a unit.
    size: Vec<u32>,
}

impl Cells {
    /// # Arguments   `alone`: whether a mention is a unit of its own, whatever equals it
    fn of(columns: &Columns, alone: &(dyn Fn(u32) -> bool + Sync)) -> Self {
        let hasher = DefaultHashBuilder::default();
        let hashes: Vec<u64> = columns.mentions.par_iter().map(|f| hasher.hash_one(f)).collect();
        let mut known: HashTable<u32> = HashTable::with_capacity(hashes.len());
        let mut cells = Self { unit: (0..hashes.len() as u32).collect(), size: vec![1; hashes.len()] };
        for (m, hash) in hashes.iter().enumerate() {
            if alone(m as u32) {
                continue;
            }
            let f = &columns.mentions[m];
            let equal = |other: &u32| columns.mentions[*other as usize] == *f;
            match known.find(*hash, equal) {
                Some(first) => {
                    cells.unit[m] = *first;
                    cells.size[m] = 0;
                    cells.size[*first as usize] += 1;
                }
                None => {
                    known.insert_unique(*hash, m as u32, |x| hashes[*x as usize]);
                }
            }
        }
        cells
    }
}

/// Who is who?
///
/// # Arguments     `mentions`: in any order; `constraints`: judgements by position; `config`; `context`: progress and
/// cancellation
/// # Returns       [`Resolution`], by the positions of `mentions`
/// # Errors        [`ResolveError::Contradiction`] names judgements that exclude each other;
/// [`ResolveError::UnknownMention`]; [`ResolveError::Cancelled`]
/// # Complexity    O(n log n) and the candidate pairs, which are bounded by [`BlockConfig::pairs_per_mention`]
/// # Determinism   the same partition for any order of the mentions and any number of threads
pub fn resolve(
    mentions: &[MentionRecord],
    constraints: &[Constraint],
    config: &ResolveConfig,
    context: &RunContext<'_>,
) -> Result<Resolution, ResolveError> {
    resolve_all(&mentions.iter().collect::<Vec<_>>(), constraints, config, context)
}

/// The same for mentions that stand apart from each other.
///
/// # Errors        as [`resolve`]
pub fn resolve_all(
    mentions: &[&MentionRecord],
    constraints: &[Constraint],
    config: &ResolveConfig,
    context: &RunContext<'_>,
) -> Result<Resolution, ResolveError> {
    check_constraints(constraints, mentions.len())?;
    // Canonical order: by mention, so that the order of loading does not matter.
    let mut order: Vec<u32> = (0..mentions.len() as u32).collect();
    order.par_sort_by_key(|i| (mentions[*i as usize].mention, *i));
    let mut rank = vec![0u32; mentions.len()];
    for (place, i) in order.iter().enumerate() {
        rank[*i as usize] = place as u32;
    }
    let clock = Instant::now();
    let ordered: Vec<&MentionRecord> = order.iter().map(|i| mentions[*i as usize]).collect();
    let columns = match &config.frequencies {
        Some(stored) => Columns::with(&ordered, stored),
        None => Columns::new(&ordered),
    };
    let sources: Vec<u32> = ordered.iter().map(|m| m.mention.record.source.0).collect();
    let constraints: Vec<Constraint> = constraints
        .iter()
        .map(|c| match *c {
            Constraint::Must(a, b) => Constraint::Must(rank[a] as usize, rank[b] as usize),
            Constraint::Cannot(a, b) => Constraint::Cannot(rank[a] as usize, rank[b] as usize),
        })
        .collect();
    let mut found = resolve_columns(&columns, &sources, &constraints, config, context)?;
    found.seconds.block =
        clock.elapsed().as_secs_f64() - found.seconds.train - found.seconds.score - found.seconds.cluster;
    // Back to the positions of the caller, clusters dense in order of first mention.
    let mut dense = vec![u32::MAX; found.clusters as usize];
    let mut next = 0;
    found.cluster = rank
        .iter()
        .map(|place| {
            let label = &mut dense[found.cluster[*place as usize] as usize];
            if *label == u32::MAX {
                *label = next;
                next += 1;
            }
            *label
        })
        .collect();
    for pair in &mut found.pairs {
        let (a, b) = (order[pair.a as usize], order[pair.b as usize]);
        (pair.a, pair.b) = (a.min(b), a.max(b));
    }
    found.pairs.par_sort_unstable_by_key(|p| (p.a, p.b));
    for pair in &mut found.kin {
        let (a, b) = (order[pair.a as usize], order[pair.b as usize]);
        (pair.a, pair.b) = (a.min(b), a.max(b));
    }
    found.kin.par_sort_unstable_by_key(|p| (p.a, p.b));
    for bridge in &mut found.bridges {
        let (a, b) = (order[bridge.a as usize], order[bridge.b as usize]);
        *bridge = Bridge { a: a.min(b), b: a.max(b), by: order[bridge.by as usize] };
    }
    found.bridges.sort_unstable();
    Ok(found)
}

/// Who is who among mentions that stand in columns?
///
/// # Arguments     `sources`: the source of each mention, for [`ResolveConfig::across_sources_only`]; may be empty
/// otherwise
/// # Returns       [`Resolution`], by the positions of the columns
/// # Errors        as [`resolve`]
/// # Complexity    as [`resolve`]
/// # Determinism   the same at any number of threads
pub fn resolve_columns(
    columns: &Columns,
    sources: &[u32],
    constraints: &[Constraint],
    config: &ResolveConfig,
    context: &RunContext<'_>,
) -> Result<Resolution, ResolveError> {
    let n = columns.mentions.len();
    if n >= MOST_MENTIONS {
        return Err(ResolveError::TooMany { count: n, limit: MOST_MENTIONS - 1 });
    }
    check_constraints(constraints, n)?;
    let mut seconds = Seconds::default();
    let start = Instant::now();
    context.progress.begin("block", Some(n as u64), Unit::Items);
    let mut judged = vec![false; if constraints.is_empty() { 0 } else { n }];
    for constraint in constraints {
        let (Constraint::Must(a, b) | Constraint::Cannot(a, b)) = *constraint;
        (judged[a], judged[b]) = (true, true);
    }
    let alone = |m: u32| config.across_sources_only || judged.get(m as usize).copied().unwrap_or(false);
    let cells = Cells::of(columns, &alone);
    let units: Vec<u32> = (0..n as u32).filter(|m| cells.size[*m as usize] > 0).collect();
    let mut candidates = candidate_pairs(columns, &units, &config.block);
    if config.across_sources_only {
        let source = |m: u32| sources.get(m as usize).copied().unwrap_or(0);
        candidates.retain(|a, b| source(a) != source(b));
    }
    context.progress.end();
    seconds.block = start.elapsed().as_secs_f64();
    stop(context)?;

    let start = Instant::now();
    context.progress.begin("train", Some(candidates.len()), Unit::Items);
    let twins: Vec<u32> = units.iter().copied().filter(|m| cells.size[*m as usize] > 1).collect();
    let twin_patterns: Vec<Pattern> =
        twins.par_iter().map_init(|| Comparer::new(columns), |c, m| c.compare(*m, *m)).collect();
    let model = match &config.model {
        Some(model) => model.clone(),
        None => {
            let (counted, u) = rayon::join(
                || count(columns, &candidates, &cells, &twins, &twin_patterns, config),
                || train::random_levels(columns, config.seed.0, config.train.sample),
            );
            let all = n as f64 * (n as f64 - 1.0) / 2.0;
            train::train(n, &u, &counted, all, &config.train)
        }
    };
    context.progress.end();
    seconds.train = start.elapsed().as_secs_f64();
    stop(context)?;

    let start = Instant::now();
    context.progress.begin("score", Some(candidates.len()), Unit::Items);
    let mut weigher = Weigher::new(columns, &model);
    if config.across_sources_only {
        weigher = weigher.across(sources, config.absent_bits);
    }
    let lowest = config.threshold.unwrap_or(config.threshold_range.0).min(config.review_threshold);
    let least = Odds { one: bits_of(lowest), kin: bits_of(config.kin_threshold) };
    let Weighed { mut edges, mut kin, histogram } = weigh(&weigher, &candidates, least, context);
    let mut pairs_scored = candidates.len() + twins.len() as u64;
    let reports = std::mem::take(&mut candidates.reports);
    drop(candidates);
    let twin_bits: Vec<f64> = twin_patterns.iter().map(|p| weigher.bits(*p)).collect();
    let threshold = config.threshold.unwrap_or_else(|| histogram.best_expected_f1(config.threshold_range));
    let threshold = threshold.clamp(1e-6, 1.0 - 1e-6);
    context.progress.end();
    seconds.score = start.elapsed().as_secs_f64();
    stop(context)?;

    let start = Instant::now();
    context.progress.begin("cluster", Some(edges.len() as u64), Unit::Items);
    let pairs = review_pairs(&edges, &cells, &twins, &twin_bits, config.review_threshold);
    let threshold_bits = bits_of(threshold);
    // Identical mentions that do not suffice for identity stand alone; only the first takes part in more.
    let Cells { mut unit, mut size } = cells;
    let mut undecided = vec![false; n];
    for (m, bits) in twins.iter().zip(&twin_bits) {
        if *bits <= threshold_bits {
            size[*m as usize] = 1;
            undecided[*m as usize] = true;
        }
    }
    for m in 0..n as u32 {
        let of = unit[m as usize];
        if of != m && undecided[of as usize] {
            unit[m as usize] = m;
            size[m as usize] = 1;
        }
    }
    let must = bans_and_musts(constraints, &mut edges);
    let config_cluster =
        ClusterConfig { threshold_bits, absent_bits: config.absent_bits, most_bits: config.most_bits };
    let grouped = cluster(&size, &weigher, &edges, &must, &config_cluster);
    pairs_scored += grouped.pairs_weighed;
    let mut dense = vec![u32::MAX; n];
    let mut clusters = 0;
    let cluster = unit
        .iter()
        .map(|unit| {
            let label = &mut dense[grouped.heads[*unit as usize] as usize];
            if *label == u32::MAX {
                *label = clusters;
                clusters += 1;
            }
            *label
        })
        .collect();
    let cluster: Vec<u32> = cluster;
    kin.retain(|k| cluster[k.a as usize] != cluster[k.b as usize]);
    context.progress.end();
    seconds.cluster = start.elapsed().as_secs_f64();
    Ok(Resolution {
        cluster,
        pairs,
        kin,
        bridges: grouped.bridges,
        model,
        clusters,
        threshold,
        pairs_scored,
        blocking: reports,
        seconds,
    })
}

/// Pairs that training looks at, at most about this many.
const TRAINING_PAIRS: f64 = 400_000.0;

/// Counts the patterns of the candidate pairs, or of a share of them that follows from the pairs alone.
fn count(
    columns: &Columns,
    candidates: &CandidatePairs,
    cells: &Cells,
    twins: &[u32],
    twin_patterns: &[Pattern],
    config: &ResolveConfig,
) -> Vec<train::Counted> {
    let share = (TRAINING_PAIRS / candidates.len().max(1) as f64).min(1.0);
    let limit = if share < 1.0 { (share * u64::MAX as f64) as u64 } else { u64::MAX };
    let size = |m: u32| u64::from(cells.size[m as usize]);
    let counter = candidates
        .parts()
        .fold(
            || (Comparer::new(columns), Counter::default()),
            |(mut comparer, mut counter), part| {
                for (a, b) in part {
                    if train::draw(config.seed.0, u64::from(a) << 32 | u64::from(b)) <= limit {
                        counter.add(comparer.compare(a, b), size(a) * size(b));
                    }
                }
                (comparer, counter)
            },
        )
        .map(|(_, counter)| counter)
        .reduce(Counter::default, Counter::merge);
    let mut within = Counter::default();
    for (m, pattern) in twins.iter().zip(twin_patterns) {
        within.add(*pattern, size(*m) * (size(*m) - 1) / 2);
    }
    let mut counted = counter.into_counted(share);
    counted.extend(within.into_counted(1.0));
    counted
}

/// What weighing the candidate pairs gave.
#[derive(Default)]
struct Weighed {
    edges: Vec<Edge>,
    kin: Vec<KinPair>,
    histogram: Histogram,
}

/// Weighs the candidate pairs; keeps those that are heavy enough.
fn weigh(
    weigher: &Weigher<'_>,
    candidates: &CandidatePairs,
    least: Odds,
    context: &RunContext<'_>,
) -> Weighed {
    let parts: Vec<Weighed> = candidates
        .parts()
        .map_init(
            || weigher.comparer(),
            |comparer, part| {
                let mut out = Weighed::default();
                if context.is_cancelled() {
                    return out;
                }
                weigher.weigh(comparer, part, least, &mut |found| match found {
                    Found::One(edge) => {
                        if !edge.bond.forbidden() {
                            out.histogram.add(edge.bits);
                        }
                        out.edges.push(edge);
                    }
                    Found::Kin(a, b, bits) => out.kin.push(KinPair { a, b, probability: probability(bits) }),
                });
                context.progress.advance(out.edges.len() as u64);
                out
            },
        )
        .collect();
    let mut all = Weighed::default();
    all.edges.reserve_exact(parts.iter().map(|p| p.edges.len()).sum());
    for part in parts {
        all.edges.extend(part.edges);
        all.kin.extend(part.kin);
        all.histogram.merge(&part.histogram);
    }
    all
}

fn stop(context: &RunContext<'_>) -> Result<(), ResolveError> {
    if context.is_cancelled() { Err(ResolveError::Cancelled) } else { Ok(()) }
}

fn check_constraints(constraints: &[Constraint], count: usize) -> Result<(), ResolveError> {
    for (constraint, c) in constraints.iter().enumerate() {
        let (Constraint::Must(a, b) | Constraint::Cannot(a, b)) = *c;
        if let Some(mention) = [a, b].into_iter().find(|m| *m >= count) {
            return Err(ResolveError::UnknownMention { constraint, mention, count });
        }
    }
    match contradiction(constraints) {
        Some(constraints) => Err(ResolveError::Contradiction { constraints }),
        None => Ok(()),
    }
}

/// The must-links; bans become edges.
fn bans_and_musts(constraints: &[Constraint], edges: &mut Vec<Edge>) -> Vec<(u32, u32)> {
    let mut must = Vec::new();
    for constraint in constraints {
        let (Constraint::Must(a, b) | Constraint::Cannot(a, b)) = *constraint;
        let (a, b) = (a.min(b) as u32, a.max(b) as u32);
        match constraint {
            Constraint::Must(..) => must.push((a, b)),
            Constraint::Cannot(..) => {
                edges.push(Edge { a, b, bits: 0.0, bond: Bond::FORBIDDEN, scored: false })
            }
        }
    }
    must.sort_unstable();
    must.dedup();
    must
}

/// How many pairs have which weight, in sixteenths of a bit; pairs that count for nothing are left out.
#[derive(Clone, Debug, Default)]
struct Histogram {
    counts: BTreeMap<i32, u64>,
}

/// Bins of one bit.
const BINS: f64 = 16.0;

impl Histogram {
    fn add(&mut self, bits: f64) {
        *self.counts.entry((bits * BINS).floor().clamp(-1024.0, 1024.0) as i32).or_default() += 1;
    }

    fn merge(&mut self, other: &Self) {
        for (bin, count) in &other.counts {
            *self.counts.entry(*bin).or_default() += count;
        }
    }

    /// The probability at which the expected F1 over the scored pairs is highest.
    ///
    /// Of the pairs in descending order of probability p, taking the first k gives an expected F1 of
    /// `2 sum(p_1..p_k) / (k + sum(p))`.
    fn best_expected_f1(&self, (low, high): (f64, f64)) -> f64 {
        let centre = |bin: i32| probability((f64::from(bin) + 0.5) / BINS);
        let total: f64 = self.counts.iter().map(|(bin, count)| centre(*bin) * *count as f64).sum();
        let (mut best, mut point, mut taken, mut pairs) = (0.0, 0.5, 0.0, 0u64);
        for (bin, count) in self.counts.iter().rev() {
            taken += centre(*bin) * *count as f64;
            pairs += count;
            let f1 = 2.0 * taken / (pairs as f64 + total);
            if f1 > best {
                // The upper end: what lies in the last bin taken is not above the point.
                (best, point) = (f1, probability((f64::from(*bin) + 1.0) / BINS));
            }
        }
        point.clamp(low, high)
    }
}

fn review_pairs(
    edges: &[Edge],
    cells: &Cells,
    twins: &[u32],
    twin_bits: &[f64],
    least: f64,
) -> Vec<ScoredPair> {
    let least_bits = bits_of(least);
    let pair = |a: u32, b: u32, bits: f64| ScoredPair {
        a: a.min(b),
        b: a.max(b),
        weight_bits: bits,
        probability: probability(bits),
    };
    let mut out: Vec<ScoredPair> =
        edges.iter().filter(|e| e.bits >= least_bits).map(|e| pair(e.a, e.b, e.bits)).collect();
    let bits_of_unit: BTreeMap<u32, f64> = twins.iter().copied().zip(twin_bits.iter().copied()).collect();
    for (m, unit) in cells.unit.iter().enumerate() {
        if m as u32 != *unit
            && let Some(bits) = bits_of_unit.get(unit).filter(|b| **b >= least_bits)
        {
            out.push(pair(*unit, m as u32, *bits));
        }
    }
    out.par_sort_unstable_by_key(|p| (p.a, p.b));
    out
}
