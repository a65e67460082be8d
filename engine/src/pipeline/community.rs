//! The stage `communities`: who acts together, how far that can be trusted, and which larger groups it makes up.

use crate::codec;
use crate::error::EngineError;
use crate::network::Network;
use crate::pipeline::{Audience, Case, Stage, contracted, manifest};
use analyse::core::{Cores, cores};
use analyse::leiden::hierarchy::above;
use analyse::leiden::{Objective, Partition, PartitionConfig, partition};
use analyse::stability::{Stability, Tally};
use graph::csr::WeightedGraph;
use graph::layer::Layer;
use graph::logarithm::ln;
use graph::stream::Stream;
use model::ids::Seed;
use model::provenance::Digest;
use model::run::RunContext;
use std::collections::{BTreeMap, BTreeSet};

/// Events from which drawing their number again no longer tells: the weight would differ by less than a tenth.
const MOST_DRAWN: u64 = 1_000;

/// How communities are found in a case.
fn community_config(seed: Seed) -> PartitionConfig {
    PartitionConfig { objective: Objective::Map, seed, ..PartitionConfig::default() }
}

/// What the communities of a case optimise, and at which resolution.
pub fn community_objective() -> (&'static str, f64) {
    let config = community_config(Seed::default());
    (config.objective.as_str(), config.resolution)
}

/// Ties that communities are found in: those of the entity graph without hubs, and the nodes that have any.
struct Ties {
    /// The network node of each node, ascending.
    nodes: Vec<u32>,
    /// Pairs of nodes by layer with their events, ascending.
    pairs: Vec<(u32, u32, Layer, u64)>,
}

impl Ties {
    fn of(network: &Network, hubs: &[bool]) -> Self {
        let is_hub = |n: u32| hubs.get(n as usize).copied().unwrap_or(false);
        let mut events: BTreeMap<(u32, u32, Layer), u64> = BTreeMap::new();
        for edge in network.graph.edges().filter(|e| !is_hub(e.source) && !is_hub(e.target)) {
            let pair = (edge.source.min(edge.target), edge.source.max(edge.target), edge.layer);
            *events.entry(pair).or_default() += edge.count;
        }
        let nodes: BTreeSet<u32> = events.keys().flat_map(|(a, b, _)| [*a, *b]).collect();
        let nodes: Vec<u32> = nodes.into_iter().collect();
        let number = |node: u32| nodes.partition_point(|n| *n < node) as u32;
        let pairs = events.into_iter().map(|((a, b, layer), n)| (number(a), number(b), layer, n)).collect();
        Self { nodes, pairs }
    }

    /// The weight of a tie is `ln(1 + events)` summed over layers: the tenth call says less than the first. What is
    /// shared is a fact, not a habit, and counts one however often it is stated.
    fn graph(&self, events: impl Fn(usize, u64) -> u64) -> Result<WeightedGraph, EngineError> {
        let weighted = self.pairs.iter().enumerate().filter_map(|(at, (a, b, layer, count))| {
            let weight = match layer {
                Layer::Shared => 1.0,
                _ => ln(1.0 + events(at, *count) as f64) as f32,
            };
            (weight > 0.0).then_some((*a, *b, weight))
        });
        Ok(WeightedGraph::from_edges(self.nodes.len(), &weighted.collect::<Vec<_>>())?)
    }

    /// The same habits, seen another time: the events of each tie are drawn again by Poisson's law.
    fn seen_again(&self, seed: Seed) -> Result<WeightedGraph, EngineError> {
        self.graph(|at, count| match count {
            0..MOST_DRAWN => Stream::of(seed.0, at as u64).poisson(count as f64),
            _ => count,
        })
    }
}

/// Runs that stability is taken from; fewer where each takes seconds.
fn runs_for(graph: &WeightedGraph) -> u64 {
    match graph.arc_count() {
        0..=400_000 => 16,
        400_001..=4_000_000 => 6,
        _ => 3,
    }
}

/// How much of the communities would be found again in other records of the same habits, from another seed?
///
/// The bootstrap of Rosvall & Bergstrom 2010, "Mapping change in large networks", doi:10.1371/journal.pone.0008694
/// (each tie's events drawn again by Poisson's law), measured as in [`analyse::stability`].
///
/// # Complexity  as many runs of the method as [`runs_for`] says, of one start each
fn stability(
    ties: &Ties,
    found: &Partition,
    runs: u64,
    config: &PartitionConfig,
    context: &RunContext<'_>,
) -> Result<Stability, EngineError> {
    let mut tally = Tally::new(&found.labels, found.communities)?;
    let quiet = context.quiet();
    for run in 1..=runs {
        let seed = Seed(config.seed.0.wrapping_add(run.wrapping_mul(0x2545_f491_4f6c_dd1d)));
        let graph = ties.seen_again(seed)?;
        let again = partition(&graph, &PartitionConfig { seed, starts: 1, ..*config }, &quiet)?;
        tally.add(&cores(&graph, &again.labels).labels)?;
    }
    Ok(tally.mean())
}

impl Case {
    pub(super) fn derive_communities(
        &self,
        audience: Audience,
        inputs: Digest,
        context: &RunContext<'_>,
    ) -> Result<(), EngineError> {
        let (_, network, events) = self.contract(audience)?;
        let hubs = network.hubs();
        let ties = Ties::of(&network, &hubs);
        let graph = ties.graph(|_, count| count)?;
        let config = community_config(context.seed);
        let rough = partition(&graph, &config, context)?;
        let Cores { labels, attached } = cores(&graph, &rough.labels);
        let communities = labels.iter().max().map_or(0, |l| l + 1);
        let found = Partition { labels, communities, quality: rough.quality };
        let runs = runs_for(&graph);
        let stability = stability(&ties, &found, runs, &config, context)?;
        let parameters = format!(
            "{{\"objective\":\"{:?}\",\"resolution\":{},\"quality\":{},\"stability_runs\":{runs}}}",
            config.objective, config.resolution, found.quality
        );
        let levels = above(&graph, found, &config, context)?;
        let spread = |of_tied: &dyn Fn(usize) -> Option<u32>| {
            let mut out = vec![None; network.nodes.len()];
            for (at, node) in ties.nodes.iter().enumerate() {
                if let Some(slot) = out.get_mut(*node as usize) {
                    *slot = of_tied(at);
                }
            }
            out
        };
        let labels = levels.first().map_or(&[][..], |finest| finest.labels.as_slice());
        let community = spread(&|at| labels.get(at).copied());
        let hangs = spread(&|at| attached.get(at).filter(|hangs| **hangs).map(|_| 1));
        let mut members = vec![None; network.nodes.len()];
        for (node, value) in ties.nodes.iter().zip(&stability.members) {
            if let Some(slot) = members.get_mut(*node as usize) {
                *slot = Some(*value);
            }
        }
        let hub_labels: Vec<Option<u32>> = hubs.iter().map(|h| h.then_some(1)).collect();
        let manifest = manifest(inputs, parameters, context.seed);
        let dir = self.store.begin_derived_dir(audience.as_str(), Stage::Communities.as_str())?;
        let of_communities: Vec<Option<f64>> = stability.communities.iter().map(|s| Some(*s)).collect();
        for (name, table) in [
            ("communities", codec::labels_table(&community)?),
            ("attached", codec::labels_table(&hangs)?),
            ("hubs", codec::labels_table(&hub_labels)?),
            ("members", codec::shares_table(&members)?),
            ("stability", codec::shares_table(&of_communities)?),
            ("groups", codec::groups_table(&groups(&levels))?),
        ] {
            dir.put(name, &table)?;
        }
        contracted::put(&dir, &network, &events)?;
        Ok(self.store.commit_derived_dir(dir, &manifest)?)
    }
}

/// For each coarser level the group of each community of the finest.
fn groups(levels: &[Partition]) -> Vec<Vec<u32>> {
    let Some((finest, coarser)) = levels.split_first() else { return Vec::new() };
    let of_level = |level: &Partition| {
        let mut group = vec![0u32; finest.communities as usize];
        for (community, above) in finest.labels.iter().zip(&level.labels) {
            if let Some(slot) = group.get_mut(*community as usize) {
                *slot = *above;
            }
        }
        group
    };
    coarser.iter().map(of_level).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use model::run::Silent;
    use std::sync::atomic::AtomicBool;

    /// Two cliques of six that call each other often, and a loose ring of six that called once each.
    fn ties() -> Ties {
        let mut pairs = Vec::new();
        for first in [0u32, 6] {
            for b in first..first + 6 {
                pairs.extend((first..b).map(|a| (a, b, Layer::Calls, 12)));
            }
        }
        pairs.push((5, 6, Layer::Calls, 2));
        pairs.extend((12..17).map(|a| (a, a + 1, Layer::Calls, 1)));
        pairs.extend([(12, 17, Layer::Calls, 1), (0, 12, Layer::Calls, 1)]);
        pairs.sort_unstable();
        Ties { nodes: (0..18).collect(), pairs }
    }

    #[test]
    fn habits_are_found_again_and_single_calls_are_not() {
        let (ties, never) = (ties(), AtomicBool::new(false));
        let context = RunContext::new(Seed(1), &Silent, &never);
        let config = community_config(Seed(1));
        let graph = ties.graph(|_, count| count).unwrap();
        let rough = partition(&graph, &config, &context).unwrap();
        let labels = cores(&graph, &rough.labels).labels;
        let communities = labels.iter().max().unwrap() + 1;
        let found = Partition { labels, communities, quality: 0.0 };
        let (clique, ring) = (found.labels[0] as usize, found.labels[14] as usize);
        assert_ne!(clique, ring);
        let told = stability(&ties, &found, 16, &config, &context).unwrap();
        assert_eq!(told.runs, 16);
        assert!(told.communities[clique] > 0.9, "{}", told.communities[clique]);
        assert!(told.communities[ring] < 0.75, "{}", told.communities[ring]);
        let again = stability(&ties, &found, 16, &config, &context).unwrap();
        assert_eq!(again, told);
    }

    #[test]
    fn what_is_shared_stays_and_what_is_often_stays() {
        let pairs = vec![(0, 1, Layer::Shared, 1), (0, 2, Layer::Calls, MOST_DRAWN), (1, 2, Layer::Calls, 0)];
        let ties = Ties { nodes: vec![4, 7, 9], pairs };
        let plain = ties.graph(|_, count| count).unwrap();
        assert_eq!(plain.edge_count(), 2);
        for seed in 0..20 {
            assert_eq!(ties.seen_again(Seed(seed)).unwrap().edge_count(), 2);
        }
    }

    #[test]
    fn groups_name_the_communities_of_the_finest() {
        let level =
            |labels: &[u32], communities| Partition { labels: labels.into(), communities, quality: 0.0 };
        let levels = [level(&[0, 1, 1, 2], 3), level(&[0, 0, 0, 1], 2)];
        assert_eq!(groups(&levels), [vec![0, 0, 1]]);
        assert_eq!(groups(&levels[..1]), Vec::<Vec<u32>>::new());
    }
}
