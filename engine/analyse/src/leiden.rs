//! Which parties act together: communities by Leiden, the same bytes at any number of threads.
//!
//! Nodes are taken in batches drawn by a seeded permutation. The nodes of a batch are scored in parallel against the
//! partition as it stood before the batch, then moved one by one in the batch's order, each gain checked again against
//! the totals as they then are. A batch is a 64th of the nodes still to be looked at, so that few neighbours meet in
//! one; the result is as good as moving one node at a time, and no thread can change it.
//! Weights are whole numbers inside (scaled by a power of two where they are not), so that no sum depends on its order.

use crate::error::AnalyseError;
use graph::csr::WeightedGraph;
use model::ids::Seed;
use model::run::{RunContext, Unit};

pub mod hierarchy;
pub mod incremental;

mod aggregate;
mod density;
mod level;
mod links;
mod mapequation;
mod moving;
mod pass;
mod quality;
mod refine;
mod split;

#[cfg(test)]
mod tests;

/// What makes a partition good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Objective {
    /// Modularity (Reichardt & Bornholdt 2006 with a resolution): more weight inside than chance would put there.
    #[default]
    Modularity,
    /// Constant Potts model (Traag, Van Dooren & Nesterov 2011): denser inside than the resolution.
    Cpm,
    /// Two-level map equation (Rosvall & Bergstrom 2008): the shortest description of a walk. It has no resolution limit
    /// that grows with the graph, and takes no resolution.
    Map,
}

impl Objective {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Modularity => "modularity",
            Self::Cpm => "cpm",
            Self::Map => "map",
        }
    }

    /// The objective of a stable word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Modularity, Self::Cpm, Self::Map].into_iter().find(|o| o.as_str() == text)
    }
}

/// How to partition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartitionConfig {
    /// What makes a partition good.
    pub objective: Objective,
    /// Modularity: weight of the chance term, 1 is plain. CPM: least density, in weight a pair. Not used by `Map`.
    pub resolution: f64,
    /// Seed of the order in which nodes are taken.
    pub seed: Seed,
    /// Passes over the whole graph at most, each from the partition of the one before; 0 lets the gain decide (at most 10).
    pub iterations: u32,
    /// Starts from different orders, of which the best is kept; 0 lets the size decide (8 for small graphs, 1 for large).
    pub starts: u32,
}

impl Default for PartitionConfig {
    fn default() -> Self {
        Self {
            objective: Objective::Modularity,
            resolution: 1.0,
            seed: Seed::default(),
            iterations: 0,
            starts: 0,
        }
    }
}

/// Communities of a graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Partition {
    /// The community of each node: 0..`communities`, dense, in order of first node.
    pub labels: Vec<u32>,
    /// How many communities there are.
    pub communities: u32,
    /// Modularity; for CPM the weight inside less the resolution times the pairs inside; for the map equation the length
    /// of the description in bits a step (less is better).
    pub quality: f64,
}

/// Which nodes act together?
///
/// Leiden, Traag, Waltman & van Eck 2019, doi:10.1038/s41598-019-41695-z, Algorithm A.2. We differ in three things: nodes
/// move in frozen batches (see the top of this file); a first pass without refinement precedes (Blondel et al. 2008,
/// doi:10.1088/1742-5468/2008/10/P10008); refinement merges greedily, not at random. For the map equation refinement is
/// left out and communities in pieces are parted at the end. In a large graph a pass that finds next to all nodes at rest is
/// the last.
///
/// # Arguments    `graph`: weights of any unit, only their ratios matter (but for CPM's resolution)
/// # Returns      labels and quality; every community is connected, a node without edges is alone
/// # Errors       `AnalyseError::Cancelled`, `AnalyseError::BadResolution`
/// # Complexity   O(m) a round of moves, at most 60 rounds a level; memory O(m) beyond the graph, for the coarse levels
/// # Determinism  same graph and config give the same labels at any thread count
pub fn partition(
    graph: &WeightedGraph,
    config: &PartitionConfig,
    context: &RunContext<'_>,
) -> Result<Partition, AnalyseError> {
    let resolution = config.resolution;
    if !(resolution.is_finite() && resolution > 0.0) {
        return Err(AnalyseError::BadResolution { value: resolution });
    }
    let starts = match (config.starts, graph.arc_count()) {
        (0, 0..=400_000) => 8,
        (0, 400_001..=4_000_000) => 2,
        (0, _) => 1,
        (starts, _) => u64::from(starts),
    };
    context.progress.begin("communities", Some(starts), Unit::Items);
    let result = pass::best_of(graph, config, starts, context);
    context.progress.end();
    let (quality, labels) = result?;
    let communities = labels.iter().max().map_or(0, |&l| l + 1);
    Ok(Partition { labels, communities, quality })
}

/// How good is this partition of a graph by an objective?
///
/// # Arguments    `labels`: one a node, dense from 0
/// # Complexity   O(m)
pub fn quality(graph: &WeightedGraph, labels: &[u32], objective: Objective, resolution: f64) -> f64 {
    let level = level::Level::of(graph, objective == Objective::Cpm);
    quality::quality(&level, labels, objective, resolution)
}

/// Numbers labels below `bound` anew, 0.. in order of first node; how many there are.
pub(crate) fn renumber(labels: &mut [u32], bound: usize) -> usize {
    let mut new = vec![u32::MAX; bound];
    let mut next = 0u32;
    for label in labels {
        let slot = &mut new[*label as usize];
        if *slot == u32::MAX {
            *slot = next;
            next += 1;
        }
        *label = *slot;
    }
    next as usize
}
