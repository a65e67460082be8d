//! Passes over the graph: move, refine, make coarser, until nothing merges; then again from the result.

use crate::error::AnalyseError;
use crate::leiden::aggregate::aggregate;
use crate::leiden::density::{Density, terms};
use crate::leiden::level::Level;
use crate::leiden::links::Pool;
use crate::leiden::mapequation::MapEquation;
use crate::leiden::moving::improve;
use crate::leiden::quality::quality;
use crate::leiden::refine::{Refined, refine};
use crate::leiden::split::split;
use crate::leiden::{Objective, PartitionConfig, renumber};
use graph::csr::WeightedGraph;
use model::run::RunContext;
use rayon::prelude::*;

/// Passes at most where the gain decides.
const PASSES: u32 = 10;

struct Work<'a, 'c> {
    graph: &'a Level<'a>,
    config: &'a PartitionConfig,
    pool: Pool,
    context: &'a RunContext<'c>,
}

/// The best labels of several starts, dense in order of first node, every community connected.
pub(super) fn best_of(
    graph: &WeightedGraph,
    config: &PartitionConfig,
    starts: u64,
    context: &RunContext<'_>,
) -> Result<Vec<u32>, AnalyseError> {
    let level = Level::of(graph);
    let work = Work { graph: &level, config, pool: Pool::new(), context };
    let mut best: Option<(f64, Vec<u32>)> = None;
    for start in 0..starts {
        let found = work.start(config.seed.0.wrapping_add(start.wrapping_mul(0x9e37_79b9)))?;
        if best.as_ref().is_none_or(|(q, _)| found.0 > *q) {
            best = Some(found);
        }
        context.progress.advance(1);
    }
    if config.objective == Objective::Map {
        // A graph that no partition describes better is one community a component.
        let whole = vec![0u32; level.nodes()];
        let (pieces, _) = split(&level, &whole);
        let score = work.score(&pieces);
        if best.as_ref().is_none_or(|(q, _)| score >= *q) {
            best = Some((score, pieces));
        }
    }
    let mut labels = best.map(|(_, labels)| labels).unwrap_or_default();
    let bound = labels.len();
    renumber(&mut labels, bound);
    Ok(labels)
}

impl Work<'_, '_> {
    /// More is better, whatever the objective.
    fn score(&self, label: &[u32]) -> f64 {
        let q = quality(self.graph, label, self.config.objective, self.config.resolution);
        if self.config.objective == Objective::Map { -q } else { q }
    }

    fn start(&self, seed: u64) -> Result<(f64, Vec<u32>), AnalyseError> {
        let map = self.config.objective == Objective::Map;
        let mut label: Vec<u32> = (0..self.graph.nodes() as u32).collect();
        let passes = if self.config.iterations == 0 { PASSES } else { self.config.iterations };
        // The first pass finds the large shape quickly; only the passes after it promise connected communities.
        label = self.pass(label, false, seed)?;
        let mut best: Option<(f64, Vec<u32>)> = None;
        for number in 0..u64::from(passes) {
            label = self.pass(label, !map, seed.wrapping_add(number + 1))?;
            let score = self.score(&label);
            let before = best.as_ref().map(|(q, _)| *q);
            if before.is_none_or(|q| score > q) {
                best = Some((score, label.clone()));
            }
            let little = if self.graph.targets.len() > 4_000_000 { 1e-3 } else { 1e-5 };
            let little = little * score.abs().max(1e-3);
            if before.is_some_and(|q| score - q < little) || (number == 0 && self.is_large()) {
                break;
            }
        }
        Ok(best.unwrap_or((f64::NEG_INFINITY, label)))
    }

    /// Where one pass after the first takes seconds it is the last, unless more are asked for.
    fn is_large(&self) -> bool {
        self.config.iterations == 0 && self.graph.targets.len() > 15_000_000
    }

    /// One pass from the given labels (below the number of nodes).
    fn pass(&self, label: Vec<u32>, refined: bool, seed: u64) -> Result<Vec<u32>, AnalyseError> {
        // The node of the present level that each node of the graph lies in; absent on the finest level.
        let mut inside: Option<Vec<u32>> = None;
        let mut coarse: Option<Level<'static>> = None;
        let mut label = label;
        let mut depth = 0u64;
        loop {
            let level: &Level<'_> = coarse.as_ref().map_or(self.graph, |c| c);
            let n = level.nodes();
            self.improve(level, &mut label, seed.wrapping_mul(31).wrapping_add(depth))?;
            let communities = renumber(&mut label, n);
            if communities == n {
                break;
            }
            let parts = if refined {
                let terms = terms(level, self.config.objective, self.config.resolution);
                refine(level, &label, communities, terms, seed ^ depth << 32)
            } else {
                Refined { part: label.clone(), community: (0..communities as u32).collect() }
            };
            let count = parts.community.len();
            if count == n {
                break;
            }
            let next = aggregate(level, &parts.part, count, &self.pool);
            inside = Some(match inside {
                None => parts.part,
                Some(inside) => inside.par_iter().map(|&p| parts.part[p as usize]).collect(),
            });
            label = parts.community;
            coarse = Some(next);
            depth += 1;
        }
        let expand = |label: Vec<u32>| match &inside {
            None => label,
            Some(inside) => inside.par_iter().map(|&p| label[p as usize]).collect(),
        };
        if refined {
            // Nodes of a refined level are connected inside, so pieces show on the coarse graph.
            let level: &Level<'_> = coarse.as_ref().map_or(self.graph, |c| c);
            return Ok(expand(split(level, &label).0));
        }
        let label = expand(label);
        if self.config.objective == Objective::Map {
            return Ok(split(self.graph, &label).0);
        }
        Ok(label)
    }

    fn improve(&self, level: &Level<'_>, label: &mut [u32], seed: u64) -> Result<(), AnalyseError> {
        if self.config.objective == Objective::Map {
            let mut scorer = MapEquation::new(level, label);
            return improve(level, label, &mut scorer, seed, &self.pool, self.context);
        }
        let (coefficient, mass) = terms(level, self.config.objective, self.config.resolution);
        let mut scorer = Density::new(coefficient, mass, label);
        improve(level, label, &mut scorer, seed, &self.pool, self.context)
    }
}
