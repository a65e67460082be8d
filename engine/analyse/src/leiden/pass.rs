//! Passes over the graph: move, refine, make coarser, until nothing merges; then again from the result.

use crate::error::AnalyseError;
use crate::leiden::aggregate::aggregate;
use crate::leiden::density::{Density, terms};
use crate::leiden::level::Level;
use crate::leiden::links::Pool;
use crate::leiden::mapequation::{MapEquation, module_length, node_term};
use crate::leiden::moving::{Improved, Plan, improve};
use crate::leiden::quality::quality;
use crate::leiden::refine::{Refined, refine};
use crate::leiden::split::split;
use crate::leiden::{Objective, PartitionConfig, renumber};
use graph::csr::WeightedGraph;
use model::run::RunContext;
use rayon::prelude::*;

/// Passes at most where the gain decides.
const PASSES: u32 = 10;

/// What one pass over the graph gave.
struct Passed {
    score: f64,
    label: Vec<u32>,
    /// Next to no node moved on the finest level: the labels given to the pass were at rest.
    calm: bool,
}

struct Work<'a, 'c> {
    graph: &'a Level<'a>,
    config: &'a PartitionConfig,
    /// What the nodes' names cost under the map equation.
    node_term: f64,
    pool: Pool,
    context: &'a RunContext<'c>,
}

/// The best labels of several starts, dense in order of first node, every community connected.
pub(super) fn best_of(
    graph: &WeightedGraph,
    config: &PartitionConfig,
    starts: u64,
    context: &RunContext<'_>,
) -> Result<(f64, Vec<u32>), AnalyseError> {
    let level = Level::of(graph, config.objective == Objective::Cpm);
    let node_term = if config.objective == Objective::Map { node_term(&level) } else { 0.0 };
    let work = Work { graph: &level, config, node_term, pool: Pool::new(), context };
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
        let score = work.score(&level, &pieces);
        if best.as_ref().is_none_or(|(q, _)| score >= *q) {
            best = Some((score, pieces));
        }
    }
    let (score, mut labels) = best.unwrap_or_default();
    let bound = labels.len();
    renumber(&mut labels, bound);
    Ok((if config.objective == Objective::Map { -score } else { score }, labels))
}

impl Work<'_, '_> {
    /// More is better, whatever the objective.
    fn score(&self, level: &Level<'_>, label: &[u32]) -> f64 {
        match self.config.objective {
            Objective::Map => self.node_term - module_length(level, label),
            objective => quality(level, label, objective, self.config.resolution),
        }
    }

    fn start(&self, seed: u64) -> Result<(f64, Vec<u32>), AnalyseError> {
        let map = self.config.objective == Objective::Map;
        let passes = if self.config.iterations == 0 { PASSES } else { self.config.iterations };
        // The first pass finds the large shape quickly; only the passes after it promise connected communities.
        let mut label = self.pass((0..self.graph.nodes() as u32).collect(), false, seed)?.label;
        let mut best: Option<(f64, Vec<u32>)> = None;
        for number in 0..u64::from(passes) {
            let found = self.pass(label, !map, seed.wrapping_add(number + 1))?;
            let before = best.as_ref().map(|(q, _)| *q);
            let little = self.little() * found.score.abs().max(1e-3);
            let last = number + 1 == u64::from(passes)
                || before.is_some_and(|q| found.score - q < little)
                || (found.calm && self.is_large());
            let better = before.is_none_or(|q| found.score > q);
            if last {
                let found = Some((found.score, found.label)).filter(|_| better);
                return Ok(found.or(best).unwrap_or_default());
            }
            if better {
                best = Some((found.score, found.label.clone()));
            }
            label = found.label;
        }
        Ok(best.unwrap_or((f64::NEG_INFINITY, label)))
    }

    /// The gain of a pass, as a share of what is reached, below which no other follows. A pass over a large graph costs as
    /// much as the one before and gains a fraction of what that gained.
    fn little(&self) -> f64 {
        match (self.graph.targets.len() > 4_000_000, self.config.objective) {
            (true, Objective::Modularity) => 1e-2,
            (true, _) => 1e-3,
            (false, _) => 1e-5,
        }
    }

    /// Where a pass takes seconds, one that finds next to all nodes at rest is the last, unless more are asked for.
    fn is_large(&self) -> bool {
        self.config.iterations == 0 && self.graph.targets.len() > 8_000_000
    }

    /// The share of nodes whose moves are not waited for. Where passes follow, a large graph's first pass may leave the
    /// last few moves to them.
    fn rest(&self, refined: bool, nodes: usize) -> f64 {
        let large = self.graph.targets.len() > 1_000_000;
        match self.config.objective {
            Objective::Map if nodes <= 20_000 => 0.0,
            Objective::Map => 5e-4,
            _ if large && !refined => 0.01,
            _ if nodes > 20_000 => 5e-4,
            _ => 0.0,
        }
    }

    /// One pass from the given labels (below the number of nodes).
    fn pass(&self, label: Vec<u32>, refined: bool, seed: u64) -> Result<Passed, AnalyseError> {
        // The node of the present level that each node of the graph lies in; absent on the finest level.
        let mut inside: Option<Vec<u32>> = None;
        let mut coarse: Option<Level<'static>> = None;
        let (mut label, mut awake) = (label, Vec::new());
        let (mut depth, mut calm) = (0u64, false);
        loop {
            let level: &Level<'_> = coarse.as_ref().map_or(self.graph, |c| c);
            let n = level.nodes();
            let plan =
                Plan { seed: seed.wrapping_mul(31).wrapping_add(depth), awake, rest: self.rest(refined, n) };
            let improved = self.improve(level, &mut label, plan)?;
            if depth == 0 {
                calm = improved.moves <= n / 1_000;
            }
            let communities = renumber(&mut label, n);
            if communities == n {
                break;
            }
            let parts = if refined {
                let terms = terms(level, self.config.objective, self.config.resolution);
                refine(level, &label, communities, terms, (seed ^ depth << 32, calm && self.is_large()))
            } else {
                Refined { part: label.clone(), community: (0..communities as u32).collect() }
            };
            let count = parts.community.len();
            if count == n {
                break;
            }
            // A part of one node that was at rest is at rest on the next level.
            awake = if refined { awake_parts(&parts.part, count, &improved.restless) } else { Vec::new() };
            let next = aggregate(level, &parts.part, count, &self.pool);
            inside = Some(match inside {
                None => parts.part,
                Some(mut inside) => {
                    inside.par_iter_mut().for_each(|p| *p = parts.part[*p as usize]);
                    inside
                }
            });
            label = parts.community;
            coarse = Some(next);
            depth += 1;
        }
        let level: &Level<'_> = coarse.as_ref().map_or(self.graph, |c| c);
        if refined {
            // Nodes of a refined level are connected inside, so pieces show on the coarse graph.
            label = split(level, &label).0;
        }
        let mut score = self.score(level, &label);
        let mut label = match inside {
            None => label,
            Some(mut inside) => {
                inside.par_iter_mut().for_each(|p| *p = label[*p as usize]);
                inside
            }
        };
        if self.config.objective == Objective::Map {
            let communities = renumber(&mut label.clone(), label.len());
            let (pieces, count) = split(self.graph, &label);
            if count != communities {
                score = self.score(self.graph, &pieces);
            }
            label = pieces;
        }
        Ok(Passed { score, label, calm })
    }

    fn improve(&self, level: &Level<'_>, label: &mut [u32], plan: Plan) -> Result<Improved, AnalyseError> {
        if self.config.objective == Objective::Map {
            let mut scorer = MapEquation::new(level, label);
            return improve(level, label, &mut scorer, plan, &self.pool, self.context);
        }
        let (coefficient, mass) = terms(level, self.config.objective, self.config.resolution);
        let mut scorer = Density::new(coefficient, mass, label);
        improve(level, label, &mut scorer, plan, &self.pool, self.context)
    }
}

/// Which parts may want to move: those of several nodes, and those of a node that was still to be looked at.
fn awake_parts(part: &[u32], parts: usize, restless: &[bool]) -> Vec<bool> {
    let (mut awake, mut met) = (vec![false; parts], vec![false; parts]);
    for (&p, &restless) in part.iter().zip(restless) {
        awake[p as usize] |= met[p as usize] | restless;
        met[p as usize] = true;
    }
    awake
}
