//! How far may one trust a community? What other seeds and other resolutions say of it.
//!
//! A community that only one order of the nodes, or only one resolution, brings forth is a property of the method, not of the
//! people. Each run's best match of a community is measured by Jaccard's coefficient (Hennig 2007, "Cluster-wise assessment
//! of cluster stability", doi:10.1016/j.csda.2006.11.025; runs differ in seed and resolution here, not in sample).

use crate::error::AnalyseError;
use crate::leiden::{Objective, Partition, PartitionConfig, partition};
use graph::csr::WeightedGraph;
use model::ids::Seed;
use model::run::RunContext;

/// Which runs a partition is compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct StabilityConfig {
    /// Runs at each resolution, each with a seed of its own.
    pub seeds: u32,
    /// Factors on the resolution. The map equation has none, its runs differ in seed alone.
    pub factors: Vec<f64>,
}

impl Default for StabilityConfig {
    fn default() -> Self {
        Self { seeds: 4, factors: vec![0.8, 1.0, 1.25] }
    }
}

/// Stability of each community and of each member, from 0 to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stability {
    /// Of each community: the mean over all runs of the best Jaccard coefficient with any community of the run. Hennig
    /// calls a cluster dissolved at 0.5 or less, and recovered from 0.75.
    pub communities: Vec<f64>,
    /// Of each node: the mean over all runs of the Jaccard coefficient of its community with its community in the run. A
    /// member well below its community is at its rim.
    pub members: Vec<f64>,
    /// Runs that were made.
    pub runs: u32,
}

/// Which communities, and which of their members, do other runs find again?
///
/// # Arguments    `found`: the partition in question; `config`: what it was found with
/// # Errors       `AnalyseError::Cancelled`, `BadResolution`, `BadLabels`
/// # Complexity   `seeds * factors` runs of one start each, and O(n log n) to compare each
/// # Determinism  as [`partition`]
pub fn stability(
    graph: &WeightedGraph,
    found: &Partition,
    config: &PartitionConfig,
    runs: &StabilityConfig,
    context: &RunContext<'_>,
) -> Result<Stability, AnalyseError> {
    let n = graph.node_count();
    if found.labels.len() != n {
        return Err(AnalyseError::BadLabels { nodes: n, labels: found.labels.len() });
    }
    let mut tally = Tally::new(&found.labels, found.communities)?;
    let one = [1.0];
    let factors = if config.objective == Objective::Map { &one[..] } else { &runs.factors };
    for seed in 1..=u64::from(runs.seeds) {
        for factor in factors {
            let other = PartitionConfig {
                resolution: config.resolution * factor,
                seed: Seed(config.seed.0.wrapping_add(seed.wrapping_mul(0x2545_f491_4f6c_dd1d))),
                starts: 1,
                ..*config
            };
            let run = partition(graph, &other, context)?;
            tally.add(&run.labels)?;
        }
    }
    Ok(tally.mean())
}

/// Compares one partition with run after run, whatever the runs differ in: seed, resolution, or the ties themselves.
#[derive(Clone, Debug)]
pub struct Tally<'a> {
    found: &'a [u32],
    sizes: Vec<u32>,
    sum: Stability,
}

impl<'a> Tally<'a> {
    /// A tally of no run yet.
    ///
    /// # Arguments   `found`: the partition in question, labels below `communities`
    /// # Errors      `AnalyseError::BadLabels`
    pub fn new(found: &'a [u32], communities: u32) -> Result<Self, AnalyseError> {
        if found.iter().any(|&l| l >= communities) {
            return Err(AnalyseError::BadLabels { nodes: found.len(), labels: found.len() });
        }
        let sum = Stability {
            communities: vec![0.0; communities as usize],
            members: vec![0.0; found.len()],
            runs: 0,
        };
        Ok(Self { found, sizes: sizes(found), sum })
    }

    /// Adds what one run says.
    ///
    /// # Arguments   `run`: the labels of one run, any numbers up to that of nodes
    /// # Errors      `AnalyseError::BadLabels`
    /// # Complexity  O(n log n)
    pub fn add(&mut self, run: &[u32]) -> Result<(), AnalyseError> {
        let nodes = self.found.len();
        if run.len() != nodes || run.iter().any(|&l| l as usize > nodes) {
            return Err(AnalyseError::BadLabels { nodes, labels: run.len() });
        }
        let theirs = sizes(run);
        let mut pairs: Vec<(u32, u32, u32)> =
            self.found.iter().zip(run).zip(0..).map(|((&a, &b), v)| (a, b, v)).collect();
        pairs.sort_unstable();
        let mut best = vec![0.0f64; self.sum.communities.len()];
        for both in pairs.chunk_by(|x, y| (x.0, x.1) == (y.0, y.1)) {
            let Some(&(a, b, _)) = both.first() else { continue };
            let shared = both.len() as f64;
            let union = f64::from(self.sizes[a as usize]) + f64::from(theirs[b as usize]) - shared;
            let jaccard = shared / union;
            best[a as usize] = best[a as usize].max(jaccard);
            for &(_, _, v) in both {
                self.sum.members[v as usize] += jaccard;
            }
        }
        self.sum.communities.iter_mut().zip(best).for_each(|(s, b)| *s += b);
        self.sum.runs += 1;
        Ok(())
    }

    /// The means over the runs so far; zero everywhere without a run.
    pub fn mean(mut self) -> Stability {
        let runs = f64::from(self.sum.runs.max(1));
        self.sum.communities.iter_mut().chain(&mut self.sum.members).for_each(|s| *s /= runs);
        self.sum
    }
}

fn sizes(labels: &[u32]) -> Vec<u32> {
    let mut sizes = vec![0u32; labels.iter().max().map_or(0, |&l| l as usize + 1)];
    labels.iter().for_each(|&l| sizes[l as usize] += 1);
    sizes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use model::run::Silent;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::sync::atomic::AtomicBool;

    /// Two cliques of eight, and one node tied equally to both.
    fn two_cliques_and_a_broker() -> WeightedGraph {
        let mut pairs = Vec::new();
        for first in [0u32, 8] {
            for a in first..first + 8 {
                pairs.extend((first..a).map(|b| (a, b)));
            }
        }
        pairs.extend([(16, 0), (16, 1), (16, 8), (16, 9)]);
        WeightedGraph::from_pairs(17, &pairs).unwrap()
    }

    #[test]
    fn cliques_are_stable_and_the_broker_is_not() {
        let graph = two_cliques_and_a_broker();
        let never = AtomicBool::new(false);
        let context = RunContext::new(Seed(1), &Silent, &never);
        let config = PartitionConfig::default();
        let found = partition(&graph, &config, &context).unwrap();
        let runs = StabilityConfig { seeds: 8, factors: vec![0.5, 1.0, 2.0] };
        let stability = stability(&graph, &found, &config, &runs, &context).unwrap();
        assert_eq!((stability.runs, stability.members.len()), (24, 17));
        let core = stability.members[2].min(stability.members[10]);
        assert!(core > 0.8, "{core}");
        assert!(stability.members[16] < core - 0.05, "{} {core}", stability.members[16]);
        assert!(stability.members.iter().all(|s| (0.0..=1.0).contains(s)));
        let alone = StabilityConfig { seeds: 0, factors: Vec::new() };
        assert_eq!(super::stability(&graph, &found, &config, &alone, &context).unwrap().runs, 0);
        let short = Partition { labels: vec![0], communities: 1, quality: 0.0 };
        assert!(super::stability(&graph, &short, &config, &runs, &context).is_err());
    }

    #[test]
    fn jaccard_by_hand() {
        let mut tally = Tally::new(&[0, 0, 0, 1], 2).unwrap();
        tally.add(&[0, 0, 1, 1]).unwrap();
        assert!(tally.add(&[0, 0, 1]).is_err() && tally.add(&[0, 0, 1, 9]).is_err());
        assert!(Tally::new(&[0, 2], 2).is_err());
        let sum = tally.mean();
        // {0,1,2} with {0,1}: 2/3, with {2,3}: 1/4; {3} with {2,3}: 1/2.
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(near(sum.communities[0], 2.0 / 3.0) && near(sum.communities[1], 0.5));
        assert!(near(sum.members[0], 2.0 / 3.0) && near(sum.members[2], 0.25) && near(sum.members[3], 0.5));
    }

    proptest! {
        #[test]
        fn tallies_are_those_of_sets_compared_one_by_one(
            found in proptest::collection::vec(0u32..5, 1..30),
            runs in proptest::collection::vec(proptest::collection::vec(0u32..6, 30), 1..4),
        ) {
            let runs: Vec<Vec<u32>> = runs.into_iter()
                .map(|r| r[..found.len()].iter().map(|l| l % (found.len() as u32 + 1)).collect()).collect();
            let mut tally = Tally::new(&found, 5).unwrap();
            runs.iter().for_each(|r| tally.add(r).unwrap());
            let mean = tally.mean();
            let set = |labels: &[u32], l: u32| -> BTreeSet<usize> {
                (0..labels.len()).filter(|&v| labels[v] == l).collect()
            };
            let jaccard = |a: &BTreeSet<usize>, b: &BTreeSet<usize>| {
                a.intersection(b).count() as f64 / (a.union(b).count() as f64).max(1.0)
            };
            for community in 0..5 {
                let ours = set(&found, community);
                let best = |run: &Vec<u32>| (0..=30).map(|l| jaccard(&ours, &set(run, l))).fold(0.0, f64::max);
                let expected = runs.iter().map(best).sum::<f64>() / runs.len() as f64;
                prop_assert!((mean.communities[community as usize] - expected).abs() < 1e-9);
            }
            for (v, member) in mean.members.iter().enumerate() {
                let ours = set(&found, found[v]);
                let expected = runs.iter().map(|r| jaccard(&ours, &set(r, r[v]))).sum::<f64>() / runs.len() as f64;
                prop_assert!((member - expected).abs() < 1e-9);
            }
        }
    }
}
