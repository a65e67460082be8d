//! Communities of communities: a nested sequence, not one cut.

use crate::error::AnalyseError;
use crate::leiden::{Objective, Partition, PartitionConfig, partition, quality};
use graph::csr::WeightedGraph;
use model::run::RunContext;

/// Halvings of the resolution at most: beyond 2^-20 only components are left in any graph that is met.
const STEPS: u32 = 20;

/// Which larger groups do the communities make up, and which larger ones those?
///
/// The map equation partitions the graph of communities without what stays inside them: the code book that names
/// communities is shortened as the one that names nodes was (Rosvall & Bergstrom 2011, doi:10.1371/journal.pone.0018209, one
/// level at a time from below). Modularity and CPM partition the graph of communities, loops kept, at half the resolution
/// of the level below.
///
/// # Returns      partitions of the graph's nodes from fine to coarse, each with fewer communities than the one before and
///  every community a union of those below; the quality is that of the configured objective and resolution
/// # Errors       `AnalyseError::Cancelled`, `AnalyseError::BadResolution`, `AnalyseError::Graph`
/// # Complexity   that of [`partition`], and O(m) a level
/// # Determinism  as [`partition`]
pub fn hierarchy(
    graph: &WeightedGraph,
    config: &PartitionConfig,
    context: &RunContext<'_>,
) -> Result<Vec<Partition>, AnalyseError> {
    above(graph, partition(graph, config, context)?, config, context)
}

/// Which larger groups do communities that are known make up? As [`hierarchy`], from these upwards.
///
/// # Arguments    `finest`: any partition of the graph's nodes, labels dense from 0 in order of first node
/// # Returns      `finest`, then the coarser levels
/// # Errors       as [`hierarchy`]
/// # Complexity   as [`hierarchy`]
/// # Determinism  as [`partition`]
pub fn above(
    graph: &WeightedGraph,
    finest: Partition,
    config: &PartitionConfig,
    context: &RunContext<'_>,
) -> Result<Vec<Partition>, AnalyseError> {
    let map = config.objective == Objective::Map;
    let (mut levels, mut resolution) = (vec![finest], config.resolution);
    for _ in 0..STEPS {
        let Some(below) = levels.last() else { break };
        let coarse = contract(graph, below, !map)?;
        if coarse.edge_count() == 0 {
            break;
        }
        resolution /= 2.0;
        let found = partition(&coarse, &PartitionConfig { resolution, ..*config }, context)?;
        if found.communities == below.communities {
            if map {
                break;
            }
            continue;
        }
        // Communities of the coarse graph are in order of first community, those in order of first node.
        let labels: Vec<u32> = below.labels.iter().map(|&l| found.labels[l as usize]).collect();
        let quality = quality(graph, &labels, config.objective, config.resolution);
        levels.push(Partition { labels, communities: found.communities, quality });
    }
    Ok(levels)
}

/// The graph whose nodes are the communities.
fn contract(
    graph: &WeightedGraph,
    partition: &Partition,
    loops: bool,
) -> Result<WeightedGraph, AnalyseError> {
    let (mut pairs, mut weights) = (Vec::new(), Vec::new());
    for u in 0..graph.node_count() as u32 {
        for arc in graph.row(u) {
            let v = graph.targets()[arc];
            let (a, b) = (partition.labels[u as usize], partition.labels[v as usize]);
            if u <= v && (loops || a != b) {
                pairs.push((a, b));
                weights.push(graph.weight_at(arc));
            }
        }
    }
    Ok(WeightedGraph::from_columns(partition.communities as usize, &pairs, Some(&weights))?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use model::ids::Seed;
    use model::run::Silent;
    use proptest::prelude::*;
    use std::sync::atomic::AtomicBool;

    /// Four towns of six cliques of five: cliques are tied in a town's ring twice, towns by one edge each.
    fn towns() -> WeightedGraph {
        let mut pairs = Vec::new();
        for clique in 0..24u32 {
            let first = clique * 5;
            for a in 0..5 {
                pairs.extend((0..a).map(|b| (first + a, first + b)));
            }
            let next = (clique / 6 * 6 + (clique % 6 + 1) % 6) * 5;
            pairs.extend([(first, next + 1), (first + 2, next + 3)]);
            if clique % 6 == 0 {
                pairs.push((first + 4, (first + 30) % 120 + 4));
            }
        }
        WeightedGraph::from_pairs(120, &pairs).unwrap()
    }

    #[test]
    fn cliques_lie_in_towns() {
        let graph = towns();
        let never = AtomicBool::new(false);
        let context = RunContext::new(Seed(1), &Silent, &never);
        for objective in [Objective::Map, Objective::Modularity] {
            let config = PartitionConfig {
                objective,
                resolution: if objective == Objective::Map { 1.0 } else { 8.0 },
                ..PartitionConfig::default()
            };
            let levels = hierarchy(&graph, &config, &context).unwrap();
            let cliques: Vec<u32> = (0..120).map(|v| v / 5).collect();
            assert_eq!(levels.first().unwrap().labels, cliques, "{objective:?}");
            let towns: Vec<u32> = (0..120).map(|v| v / 30).collect();
            assert!(levels.iter().any(|l| l.labels == towns), "{objective:?}");
            for pair in levels.windows(2) {
                assert!(pair[1].communities < pair[0].communities);
                let mut above = vec![u32::MAX; pair[0].communities as usize];
                for (&fine, &coarse) in pair[0].labels.iter().zip(&pair[1].labels) {
                    let slot = &mut above[fine as usize];
                    assert!(*slot == u32::MAX || *slot == coarse, "communities are nested");
                    *slot = coarse;
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn levels_are_nested_coarser_and_connected(
            edges in proptest::collection::vec((0u32..40, 0u32..40, 0.5f32..4.0), 0..120), map: bool,
        ) {
            let graph = WeightedGraph::from_edges(40, &edges).unwrap();
            let never = AtomicBool::new(false);
            let context = RunContext::new(Seed(1), &Silent, &never);
            let objective = if map { Objective::Map } else { Objective::Modularity };
            let config = PartitionConfig { objective, resolution: 4.0, ..PartitionConfig::default() };
            let levels = hierarchy(&graph, &config, &context).unwrap();
            for level in &levels {
                // Inside every community a walk from its first node meets all of it.
                let inner: Vec<(u32, u32)> = edges.iter().map(|e| (e.0, e.1))
                    .filter(|(u, v)| level.labels[*u as usize] == level.labels[*v as usize]).collect();
                let pieces = WeightedGraph::from_pairs(40, &inner).unwrap().components();
                prop_assert_eq!(&pieces, &level.labels);
            }
            for pair in levels.windows(2) {
                prop_assert!(pair[1].communities < pair[0].communities);
                for (u, v) in (0..40).flat_map(|u| (0..u).map(move |v| (u, v))) {
                    let together = |l: &Partition| l.labels[u] == l.labels[v];
                    prop_assert!(!together(&pair[0]) || together(&pair[1]));
                }
            }
        }
    }
}
