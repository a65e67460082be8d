//! The two-level map equation: how many bits a step does it take to describe a random walk, given the communities?
//!
//! Rosvall & Bergstrom, "Maps of random walks on complex networks reveal community structure", 2008,
//! doi:10.1073/pnas.0706851105, for undirected graphs: with `q_i` the rate of leaving community i and `p_i` the rate of
//! being in it, `L = plogp(q) - 2 sum plogp(q_i) + sum plogp(q_i + p_i) - sum plogp(p_node)`, `plogp(x) = x log2 x`.
//! Rates are whole numbers over one denominator D here. D's logarithm cancels, so that `D L` is the same sum over whole
//! numbers.

use crate::leiden::level::{Column, Level, with_column};
use crate::leiden::moving::{Move, Proposal, Scorer};
use crate::leiden::quality::own_weight;
use graph::logarithm::x_log2_x;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bits a step that naming the nodes costs whatever the partition.
pub(super) fn node_term(level: &Level<'_>) -> f64 {
    let nodes: f64 = level.strength.iter().map(|&s| x_log2_x(s)).sum();
    nodes / level.doubled.max(1) as f64
}

/// Length of the description in bits a step, but for the term of the finest graph's nodes.
pub(super) fn module_length(level: &Level<'_>, label: &[u32]) -> f64 {
    let map = MapEquation::new(level, label);
    let modules: f64 = map.modules.iter().map(|m| m.term).sum();
    let doubled = level.doubled.max(1) as f64;
    (x_log2_x(map.exits) + modules) / doubled
}

/// Length of the description in bits a step, all nodes in their finest graph.
pub(super) fn code_length(level: &Level<'_>, label: &[u32]) -> f64 {
    module_length(level, label) - node_term(level)
}

/// What is known of one community.
#[derive(Clone, Copy, Debug, Default)]
struct Module {
    /// Weight that leaves it.
    exit: u64,
    /// Strength of its nodes.
    total: u64,
    /// Its part of the length.
    term: f64,
    count: u32,
}

fn term(exit: u64, total: u64) -> f64 {
    x_log2_x(exit + total) - 2.0 * x_log2_x(exit)
}

/// Totals of communities under the map equation.
pub(super) struct MapEquation<'a> {
    strength: &'a [u64],
    /// Twice the loop of each node; empty where no node has one.
    loops: &'a [u64],
    modules: Vec<Module>,
    exits: u64,
    /// Weight inside each community, counted from both ends.
    inside: Vec<AtomicU64>,
    /// Labels before the present batch.
    before: Vec<u32>,
    /// A change must pass what rounding can feign.
    least: f64,
}

impl<'a> MapEquation<'a> {
    pub(super) fn new(level: &'a Level<'_>, label: &[u32]) -> Self {
        let mut modules = vec![Module::default(); label.len()];
        for (v, &c) in label.iter().enumerate() {
            let module = &mut modules[c as usize];
            module.total += level.strength[v];
            module.count += 1;
        }
        let inside: Vec<AtomicU64> = (0..label.len()).map(|_| AtomicU64::new(0)).collect();
        with_column!(level, column => count_inside(level, column, label, &inside));
        let mut exits = 0;
        for (module, inside) in modules.iter_mut().zip(&inside) {
            module.exit = module.total - inside.load(Ordering::Relaxed);
            module.term = term(module.exit, module.total);
            exits += module.exit;
        }
        Self {
            strength: &level.strength,
            loops: &level.loops,
            modules,
            exits,
            inside,
            before: label.to_vec(),
            least: -1e-13 * level.doubled as f64,
        }
    }

    /// Strength of a node that is not its loop.
    fn links(&self, node: u32) -> u64 {
        let own = if self.loops.is_empty() { 0 } else { self.loops[node as usize] };
        self.strength[node as usize] - 2 * own
    }

    /// The exit of a community that a node leaves, and the change of its term.
    fn leave(&self, node: u32, from: u32, inside: u64) -> (u64, f64) {
        let module = &self.modules[from as usize];
        let exit = (module.exit + 2 * inside).saturating_sub(self.links(node));
        (exit, term(exit, module.total - self.strength[node as usize]) - module.term)
    }

    /// The exit of a community that a node joins, and the change of its term.
    fn join(&self, node: u32, links: u64, to: u32, outside: u64) -> (u64, f64) {
        let module = &self.modules[to as usize];
        let exit = (module.exit + links).saturating_sub(2 * outside);
        (exit, term(exit, module.total + self.strength[node as usize]) - module.term)
    }

    /// All exits together when those of two communities change.
    fn exits_with(&self, (from, left): (u32, u64), (to, joined): (u32, u64)) -> u64 {
        let gone = self.modules[from as usize].exit + self.modules[to as usize].exit;
        (self.exits + left + joined).saturating_sub(gone)
    }
}

fn count_inside<W: Column + ?Sized>(level: &Level<'_>, column: &W, label: &[u32], inside: &[AtomicU64]) {
    (0..level.nodes() as u32).into_par_iter().with_min_len(256).for_each(|v| {
        let all = own_weight(level, column, label, v);
        if all > 0 {
            // Sums of whole numbers do not depend on their order.
            inside[label[v as usize] as usize].fetch_add(all, Ordering::Relaxed);
        }
    });
}

impl Scorer for MapEquation<'_> {
    fn propose(&self, node: u32, found: &[(u32, u64)]) -> Option<Proposal> {
        let (&(from, inside), others) = found.split_first()?;
        if others.is_empty() {
            return None;
        }
        let left = self.leave(node, from, inside);
        let links = self.links(node);
        let now = x_log2_x(self.exits);
        let mut best: Option<(f64, Proposal)> = None;
        for &(to, outside) in others {
            let joined = self.join(node, links, to, outside);
            let exits = self.exits_with((from, left.0), (to, joined.0));
            let change = x_log2_x(exits) - now + left.1 + joined.1;
            let wins = match &best {
                None => change < self.least,
                Some((least, chosen)) => change < *least + self.least || (change <= *least && to < chosen.to),
            };
            if wins {
                best = Some((change, Proposal { node, from, to, inside, outside }));
            }
        }
        best.map(|(_, proposal)| proposal)
    }

    fn apply(&mut self, p: &Proposal) -> Option<u32> {
        if self.modules[p.to as usize].count == 0 {
            return None;
        }
        let left = self.leave(p.node, p.from, p.inside);
        let joined = self.join(p.node, self.links(p.node), p.to, p.outside);
        let exits = self.exits_with((p.from, left.0), (p.to, joined.0));
        let change = x_log2_x(exits) - x_log2_x(self.exits) + left.1 + joined.1;
        if change >= self.least {
            return None;
        }
        self.exits = exits;
        let strength = self.strength[p.node as usize];
        let module = &mut self.modules[p.from as usize];
        *module = Module {
            exit: left.0,
            total: module.total - strength,
            term: module.term + left.1,
            count: module.count - 1,
        };
        let module = &mut self.modules[p.to as usize];
        *module = Module {
            exit: joined.0,
            total: module.total + strength,
            term: module.term + joined.1,
            count: module.count + 1,
        };
        Some(p.to)
    }

    fn settle<W: Column + ?Sized>(&mut self, level: &Level<'_>, column: &W, moved: &[Move], label: &[u32]) {
        let (before, inside) = (&self.before, &self.inside);
        let count = |m: &Move| {
            let own = 2 * level.loop_of(m.node);
            let (mut lost, mut won) = (own, own);
            for arc in level.row(m.node) {
                let t = level.targets[arc] as usize;
                if t == m.node as usize {
                    continue;
                }
                // An arc between two that moved is met from both ends, any other only here.
                let weight = column.at(arc) * if before[t] == label[t] { 2 } else { 1 };
                lost += if before[t] == m.from { weight } else { 0 };
                won += if label[t] == m.to { weight } else { 0 };
            }
            inside[m.from as usize].fetch_sub(lost, Ordering::Relaxed);
            inside[m.to as usize].fetch_add(won, Ordering::Relaxed);
        };
        if moved.len() < 64 {
            moved.iter().for_each(count);
        } else {
            moved.par_iter().with_min_len(64).for_each(count);
        }
        for m in moved {
            self.before[m.node as usize] = m.to;
            for c in [m.from as usize, m.to as usize] {
                let module = &mut self.modules[c];
                let exit = module.total - self.inside[c].load(Ordering::Relaxed);
                self.exits = self.exits + exit - module.exit;
                module.exit = exit;
                module.term = term(exit, module.total);
            }
        }
    }
}
