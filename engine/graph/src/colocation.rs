//! Whose telephones were covered by the same cell at the same time: consistent with being near, never proof of it.

use crate::logarithm::ln;
use std::cmp::Reverse;
use std::collections::BTreeMap;

#[cfg(test)]
mod tests;

/// One event of a node under a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighting {
    /// The cell.
    pub cell: u32,
    /// The moment, microseconds UTC.
    pub time_us: i64,
    /// Who.
    pub node: u32,
    /// The caller's own number for the event.
    pub id: u32,
}

/// What counts as the same time and who counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColocationConfig {
    /// Two sightings at most this far apart are of the same time.
    pub apart_us: i64,
    /// A moment at which more nodes than this are under a cell says nothing and is passed over.
    pub crowd: usize,
    /// Coincidences told, at least, for a pair to be told.
    pub least: u32,
    /// Pairs told, at most.
    pub limit: usize,
}

impl Default for ColocationConfig {
    fn default() -> Self {
        Self { apart_us: 15 * 60 * 1_000_000, crowd: 40, least: 1, limit: 200 }
    }
}

/// Two nodes that were under the same cells at the same times.
#[derive(Clone, Debug, PartialEq)]
pub struct Companions {
    /// The target.
    pub a: u32,
    /// The other; the larger number where both are targets.
    pub b: u32,
    /// Coincidences: runs of sightings under one cell, no two neighbours in a run further apart than allowed.
    pub times: u32,
    /// Different cells.
    pub cells: u32,
    /// Sum over coincidences of `1 / ln(nodes there then)`: a lonely antenna says more than a bus station.
    pub rarity: f64,
    /// First moment.
    pub first_us: i64,
    /// Last moment.
    pub last_us: i64,
    /// The cells, ascending.
    pub at: Vec<u32>,
    /// Events of both that say so, ascending.
    pub events: Vec<u32>,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Colocations {
    /// The rarest coincidences first.
    pub pairs: Vec<Companions>,
    /// Pairs there are in all.
    pub total: usize,
    /// Sightings of targets passed over because a crowd was there.
    pub crowded: usize,
}

/// Run of coincidences of a pair under one cell.
#[derive(Default)]
struct Run {
    times: u32,
    rarity: f64,
    last_us: Option<i64>,
}

/// Whose telephones were under the same cells at the same times as these?
///
/// Coincidences are weighed as contacts are by Adamic & Adar 2003, doi:10.1016/S0378-8733(03)00009-1: by the inverse
/// logarithm of how many were there.
///
/// # Complexity   O(s log s + sightings near targets)
/// # Determinism  a function of the set of sightings
pub fn colocated(sightings: &[Sighting], targets: &[u32], config: &ColocationConfig) -> Colocations {
    let mut sorted = sightings.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut answer = Colocations::default();
    let mut runs: BTreeMap<(u32, u32, u32), Run> = BTreeMap::new();
    let mut pairs: BTreeMap<(u32, u32), Companions> = BTreeMap::new();
    for place in sorted.chunk_by(|a, b| a.cell == b.cell) {
        let mut low = 0;
        for here in place {
            let begin = here.time_us.saturating_sub(config.apart_us);
            low += place[low..].iter().take_while(|s| s.time_us < begin).count();
            if !targets.contains(&here.node) {
                continue;
            }
            let end = here.time_us.saturating_add(config.apart_us);
            let near = &place[low..low + place[low..].partition_point(|s| s.time_us <= end)];
            let mut present: Vec<u32> = near.iter().map(|s| s.node).collect();
            present.sort_unstable();
            present.dedup();
            if present.len() > config.crowd {
                answer.crowded += 1;
                continue;
            }
            let rarity = 1.0 / ln(present.len().max(2) as f64);
            for other in near.iter().filter(|s| s.node != here.node) {
                // Between two targets the pair is told once, from the side of the smaller.
                if targets.contains(&other.node) && other.node < here.node {
                    continue;
                }
                note(&mut runs, &mut pairs, here, other, rarity, config.apart_us);
            }
        }
    }
    for ((a, b, _), run) in runs {
        if let Some(pair) = pairs.get_mut(&(a, b)) {
            pair.times += run.times;
            pair.rarity += run.rarity;
        }
    }
    let mut all: Vec<Companions> = pairs.into_values().filter(|p| p.times >= config.least).collect();
    for pair in &mut all {
        pair.at.sort_unstable();
        pair.at.dedup();
        pair.cells = pair.at.len() as u32;
        pair.events.sort_unstable();
        pair.events.dedup();
    }
    all.sort_by(|x, y| {
        y.rarity
            .total_cmp(&x.rarity)
            .then_with(|| (Reverse(x.times), x.a, x.b).cmp(&(Reverse(y.times), y.a, y.b)))
    });
    answer.total = all.len();
    all.truncate(config.limit);
    answer.pairs = all;
    answer
}

fn note(
    runs: &mut BTreeMap<(u32, u32, u32), Run>,
    pairs: &mut BTreeMap<(u32, u32), Companions>,
    here: &Sighting,
    other: &Sighting,
    rarity: f64,
    apart_us: i64,
) {
    let run = runs.entry((here.node, other.node, here.cell)).or_default();
    // A target's sightings come in order of time, so one that is near the last of the run belongs to it.
    if run.last_us.is_none_or(|last| here.time_us.saturating_sub(last) > apart_us) {
        run.times += 1;
        run.rarity += rarity;
    }
    run.last_us = Some(here.time_us);
    let (first, last) = (here.time_us.min(other.time_us), here.time_us.max(other.time_us));
    let pair = pairs.entry((here.node, other.node)).or_insert_with(|| Companions {
        a: here.node,
        b: other.node,
        times: 0,
        cells: 0,
        rarity: 0.0,
        first_us: first,
        last_us: last,
        at: Vec::new(),
        events: Vec::new(),
    });
    pair.first_us = pair.first_us.min(first);
    pair.last_us = pair.last_us.max(last);
    pair.at.push(here.cell);
    pair.events.extend([here.id, other.id]);
}
