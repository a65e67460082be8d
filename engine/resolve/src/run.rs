//! One run: mentions and judgements in, clusters and weighed pairs out.

use crate::block::{BlockConfig, BlockReport, candidate_pairs};
use crate::cluster::{ClusterConfig, Edge, cluster};
use crate::column::{Columns, used};
use crate::compare::{self, Pattern, compare};
use crate::conflict::contradiction;
use crate::error::ResolveError;
use crate::model::FittedModel;
use crate::score::{bits_of, probability, score};
use crate::train::{self, TrainConfig};
use model::ids::Seed;
use model::record::MentionRecord;
use model::run::{RunContext, Unit};
use rayon::prelude::*;
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
            absent_bits: -5.0,
            most_bits: 20.0,
            across_sources_only: false,
            seed: Seed::default(),
            model: None,
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
    fn of(columns: &Columns, alone: &[bool]) -> Self {
        let n = columns.mentions.len();
        let mut order: Vec<u32> = (0..n as u32).collect();
        order.par_sort_unstable_by_key(|m| (columns.mentions[*m as usize], alone[*m as usize], *m));
        let mut cells = Self { unit: (0..n as u32).collect(), size: vec![0; n] };
        for group in order.chunk_by(|x, y| {
            columns.mentions[*x as usize] == columns.mentions[*y as usize]
                && !alone[*x as usize]
                && !alone[*y as usize]
        }) {
            let Some(first) = group.first() else { continue };
            for m in group {
                cells.unit[*m as usize] = *first;
            }
            cells.size[*first as usize] = group.len() as u32;
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
    let n = mentions.len();
    if n >= u32::MAX as usize {
        return Err(ResolveError::TooMany { count: n, limit: u32::MAX as usize - 1 });
    }
    check_constraints(constraints, n)?;
    let clock = Instant::now();
    let mut seconds = Seconds::default();

    // Canonical order: by mention, so that the order of loading does not matter.
    let mut order: Vec<u32> = (0..n as u32).collect();
    order.sort_by_key(|i| (mentions[*i as usize].mention, *i));
    let mut rank = vec![0u32; n];
    for (place, i) in order.iter().enumerate() {
        rank[*i as usize] = place as u32;
    }
    context.progress.begin("block", Some(n as u64), Unit::Items);
    let columns = Columns::new(order.iter().map(|i| &mentions[*i as usize]));
    let mut alone = vec![config.across_sources_only; n];
    for constraint in constraints {
        let (Constraint::Must(a, b) | Constraint::Cannot(a, b)) = *constraint;
        alone[rank[a] as usize] = true;
        alone[rank[b] as usize] = true;
    }
    let cells = Cells::of(&columns, &alone);
    let units: Vec<u32> = (0..n as u32).filter(|m| cells.size[*m as usize] > 0).collect();
    let mut candidates = candidate_pairs(&columns, &units, &config.block);
    if config.across_sources_only {
        let source = |m: u32| mentions[order[m as usize] as usize].mention.record.source;
        candidates.pairs.retain(|(a, b)| source(*a) != source(*b));
    }
    context.progress.end();
    seconds.block = clock.elapsed().as_secs_f64();
    stop(context)?;

    let start = Instant::now();
    context.progress.begin("train", Some(candidates.pairs.len() as u64), Unit::Items);
    let patterns: Vec<Pattern> =
        candidates.pairs.par_iter().map(|(a, b)| compare(&columns, *a, *b)).collect();
    let twins: Vec<u32> = units.iter().copied().filter(|m| cells.size[*m as usize] > 1).collect();
    let twin_patterns: Vec<Pattern> = twins.par_iter().map(|m| compare(&columns, *m, *m)).collect();
    stop(context)?;
    let model = match &config.model {
        Some(model) => model.clone(),
        None => {
            let weight = |m: u32| f64::from(cells.size[m as usize]);
            let between =
                candidates.pairs.iter().zip(&patterns).map(|((a, b), p)| (*p, weight(*a) * weight(*b)));
            let within =
                twins.iter().zip(&twin_patterns).map(|(m, p)| (*p, weight(*m) * (weight(*m) - 1.0) / 2.0));
            let counted = train::count(between.chain(within));
            let all = n as f64 * (n as f64 - 1.0) / 2.0;
            train::train(&columns, &counted, all, config.seed.0, &config.train)
        }
    };
    context.progress.end();
    seconds.train = start.elapsed().as_secs_f64();
    stop(context)?;

    let start = Instant::now();
    context.progress.begin("score", Some(candidates.pairs.len() as u64), Unit::Items);
    let mut edges: Vec<Edge> = candidates
        .pairs
        .par_iter()
        .zip(&patterns)
        .map(|((a, b), p)| Edge {
            a: *a,
            b: *b,
            bits: score(&model, *p).bits,
            forbidden: compare::forbidden(&columns, *a, *b, *p),
            scored: true,
        })
        .collect();
    let twin_bits: Vec<f64> = twin_patterns.iter().map(|p| score(&model, *p).bits).collect();
    let threshold = config.threshold.unwrap_or_else(|| best_expected_f1(&edges, config.threshold_range));
    let threshold = threshold.clamp(1e-6, 1.0 - 1e-6);
    context.progress.end();
    seconds.score = start.elapsed().as_secs_f64();
    stop(context)?;

    let start = Instant::now();
    context.progress.begin("cluster", Some(edges.len() as u64), Unit::Items);
    let pairs = review_pairs(&edges, &cells, &twins, &twin_bits, &order, config.review_threshold);
    let pairs_scored = (edges.len() + twins.len()) as u64;
    let threshold_bits = bits_of(threshold);
    // Identical mentions that do not suffice for identity stand alone; only the first takes part in more.
    let mut size = cells.size.clone();
    let mut unit = cells.unit.clone();
    for (m, bits) in twins.iter().zip(&twin_bits) {
        if *bits <= threshold_bits {
            size[*m as usize] = 1;
        }
    }
    for m in 0..n as u32 {
        let of = unit[m as usize];
        if of != m && size[of as usize] == 1 {
            unit[m as usize] = m;
            size[m as usize] = 1;
        }
    }
    let must = judged(constraints, &rank, &mut edges);
    let config_cluster =
        ClusterConfig { threshold_bits, absent_bits: config.absent_bits, most_bits: config.most_bits };
    let heads = cluster(
        &size,
        &|m| used(&columns.mentions[m as usize].documents).to_vec(),
        &edges,
        &must,
        &|x, y| compare::document::values_conflict(&columns, x, y),
        &config_cluster,
    );
    let mut dense = vec![u32::MAX; n];
    let mut cluster = vec![0u32; n];
    let mut clusters = 0;
    for (i, label) in cluster.iter_mut().enumerate() {
        let head = heads[unit[rank[i] as usize] as usize] as usize;
        if dense[head] == u32::MAX {
            dense[head] = clusters;
            clusters += 1;
        }
        *label = dense[head];
    }
    context.progress.end();
    seconds.cluster = start.elapsed().as_secs_f64();
    Ok(Resolution {
        cluster,
        pairs,
        model,
        clusters,
        threshold,
        pairs_scored,
        blocking: candidates.reports,
        seconds,
    })
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

/// Judgements by rank: the must-links, and bans on the edges.
fn judged(constraints: &[Constraint], rank: &[u32], edges: &mut Vec<Edge>) -> Vec<(u32, u32)> {
    let mut must = Vec::new();
    for constraint in constraints {
        match *constraint {
            Constraint::Must(a, b) => must.push((rank[a].min(rank[b]), rank[a].max(rank[b]))),
            Constraint::Cannot(a, b) => {
                let (a, b) = (rank[a].min(rank[b]), rank[a].max(rank[b]));
                edges.push(Edge { a, b, bits: 0.0, forbidden: true, scored: false });
            }
        }
    }
    must.sort_unstable();
    must.dedup();
    must
}

/// The probability at which the expected F1 over the scored pairs is highest.
///
/// Of the pairs in descending order of probability p, taking the first k gives an expected F1 of
/// `2 sum(p_1..p_k) / (k + sum(p))`.
fn best_expected_f1(edges: &[Edge], (low, high): (f64, f64)) -> f64 {
    let mut p: Vec<f64> = edges.iter().filter(|e| !e.forbidden).map(|e| probability(e.bits)).collect();
    p.par_sort_unstable_by(|x, y| y.total_cmp(x));
    let total: f64 = p.iter().sum();
    let (mut best, mut point, mut taken) = (0.0, 0.5, 0.0);
    for (k, value) in p.iter().enumerate() {
        taken += value;
        let f1 = 2.0 * taken / ((k + 1) as f64 + total);
        if f1 > best {
            (best, point) = (f1, *value);
        }
    }
    point.clamp(low, high)
}

fn review_pairs(
    edges: &[Edge],
    cells: &Cells,
    twins: &[u32],
    twin_bits: &[f64],
    order: &[u32],
    least: f64,
) -> Vec<ScoredPair> {
    let least_bits = bits_of(least);
    let pair = |a: u32, b: u32, bits: f64| {
        let (a, b) = (order[a as usize], order[b as usize]);
        ScoredPair { a: a.min(b), b: a.max(b), weight_bits: bits, probability: probability(bits) }
    };
    let mut out: Vec<ScoredPair> =
        edges.iter().filter(|e| e.bits >= least_bits).map(|e| pair(e.a, e.b, e.bits)).collect();
    let bits_of_unit: std::collections::BTreeMap<u32, f64> =
        twins.iter().copied().zip(twin_bits.iter().copied()).collect();
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
