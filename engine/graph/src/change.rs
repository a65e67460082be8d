//! What has changed since a date: ties that began, ended, grew or shrank by more than chance.

use crate::filter::EdgeFilter;
use crate::layer::Layer;
use crate::layered::LayeredGraph;
use crate::logarithm::ln;
use std::collections::BTreeMap;

#[cfg(test)]
mod tests;

/// What happened to a tie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// No event before the date.
    Began,
    /// No event from the date on.
    Ended,
    /// More events a day than before.
    Grew,
    /// Fewer events a day than before.
    Shrank,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangeConfig {
    /// Edges that count.
    pub filter: EdgeFilter,
    /// Length of the time before, in any unit.
    pub before: f64,
    /// Length of the time since, in the same unit.
    pub since: f64,
    /// A change is told if chance alone makes one this strong in fewer than one of so many: 10.83 is one of 1,000.
    pub least_strength: f64,
    /// Changes told, at most.
    pub limit: usize,
}

/// A tie that changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Where it begins.
    pub source: u32,
    /// Where it ends.
    pub target: u32,
    /// What kind of tie.
    pub layer: Layer,
    /// What happened.
    pub kind: ChangeKind,
    /// Events before.
    pub before: u64,
    /// Events since.
    pub since: u64,
    /// The likelihood-ratio statistic of "as many a day as before": chi-squared with one degree of freedom.
    pub strength: f64,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// The strongest first.
    pub changes: Vec<Change>,
    /// Changes there are in all.
    pub total: usize,
    /// Ties compared.
    pub compared: usize,
}

/// Which ties of these nodes (of all, if none are given) have changed since a date?
///
/// Of the `n` events of a tie a share `since / (before + since)` is expected after the date if nothing changed; the
/// strength is twice the logarithm of how much likelier the counts seen are under their own rates (Wilks 1938,
/// doi:10.1214/aoms/1177732360). A tie of very few events can begin or end by chance, so it needs the same strength.
///
/// # Arguments   `before`, `since`: graphs of the events of the two times over the same nodes
/// # Complexity  O(m log m)
pub fn changes(before: &LayeredGraph, since: &LayeredGraph, nodes: &[u32], config: &ChangeConfig) -> Changes {
    let mut ties: BTreeMap<(u32, u32, Layer), [u64; 2]> = BTreeMap::new();
    for (side, graph) in [before, since].into_iter().enumerate() {
        for edge in graph.edges().filter(|e| config.filter.passes(e)) {
            if nodes.is_empty() || nodes.contains(&edge.source) || nodes.contains(&edge.target) {
                let counts = ties.entry((edge.source, edge.target, edge.layer)).or_default();
                counts[side] = counts[side].saturating_add(edge.count);
            }
        }
    }
    let compared = ties.len();
    let mut all: Vec<Change> = ties
        .into_iter()
        .filter_map(|((source, target, layer), [before, since])| {
            let (kind, strength) = compare(before, since, config);
            (strength >= config.least_strength).then_some(Change {
                source,
                target,
                layer,
                kind,
                before,
                since,
                strength,
            })
        })
        .collect();
    all.sort_by(|x, y| {
        y.strength
            .total_cmp(&x.strength)
            .then_with(|| (x.source, x.target, x.layer).cmp(&(y.source, y.target, y.layer)))
    });
    let total = all.len();
    all.truncate(config.limit);
    Changes { changes: all, total, compared }
}

fn compare(before: u64, since: u64, config: &ChangeConfig) -> (ChangeKind, f64) {
    let (b, s) = (before as f64, since as f64);
    let whole = config.before + config.since;
    if whole <= 0.0 || config.before <= 0.0 || config.since <= 0.0 {
        return (ChangeKind::Grew, 0.0);
    }
    let expected = [(b + s) * config.before / whole, (b + s) * config.since / whole];
    let part = |seen: f64, expected: f64| if seen > 0.0 { seen * ln(seen / expected) } else { 0.0 };
    let strength = (2.0 * (part(b, expected[0]) + part(s, expected[1]))).max(0.0);
    let kind = match (before, since) {
        (0, _) => ChangeKind::Began,
        (_, 0) => ChangeKind::Ended,
        _ if s > expected[1] => ChangeKind::Grew,
        _ => ChangeKind::Shrank,
    };
    (kind, strength)
}
