//! The two-level map equation: how many bits a step does it take to describe a random walk, given the communities?
//!
//! Rosvall & Bergstrom, "Maps of random walks on complex networks reveal community structure", 2008,
//! doi:10.1073/pnas.0706851105, for undirected graphs: with `q_i` the rate of leaving community i and `p_i` the rate of
//! being in it, `L = plogp(q) - 2 sum plogp(q_i) + sum plogp(q_i + p_i) - sum plogp(p_node)`, `plogp(x) = x log2 x`.

use crate::leiden::level::{Column, Level, with_column};
use crate::leiden::moving::{Proposal, Scorer};
use graph::logarithm::log2;
use rayon::prelude::*;

fn plogp(x: f64) -> f64 {
    if x > 0.0 { x * log2(x) } else { 0.0 }
}

/// Weight that leaves each node's community, node by node.
fn crossing<W: Column + ?Sized>(level: &Level<'_>, column: &W, label: &[u32]) -> Vec<u64> {
    (0..level.nodes() as u32)
        .into_par_iter()
        .map(|v| {
            let own = label[v as usize];
            level
                .row(v)
                .filter(|&arc| label[level.targets[arc] as usize] != own)
                .map(|arc| column.at(arc))
                .sum()
        })
        .collect()
}

/// Length of the description in bits a step.
pub(super) fn code_length(level: &Level<'_>, label: &[u32]) -> f64 {
    let norm = 1.0 / level.doubled.max(1) as f64;
    let map = MapEquation::new(level, label);
    let rate = |x: u64| x as f64 * norm;
    let nodes: f64 = level.strength.iter().map(|&s| plogp(rate(s))).sum();
    let leave: f64 = map.exit.iter().map(|&e| plogp(rate(e))).sum();
    let both: f64 = map.exit.iter().zip(&map.total).map(|(&e, &t)| plogp(rate(e + t))).sum();
    plogp(rate(map.exits)) - 2.0 * leave + both - nodes
}

/// Totals of communities under the map equation.
pub(super) struct MapEquation {
    norm: f64,
    strength: Vec<u64>,
    /// Strength without loops.
    links: Vec<u64>,
    total: Vec<u64>,
    exit: Vec<u64>,
    exits: u64,
    count: Vec<u32>,
}

impl MapEquation {
    pub(super) fn new(level: &Level<'_>, label: &[u32]) -> Self {
        let n = label.len();
        let (mut total, mut count) = (vec![0u64; n], vec![0u32; n]);
        for (v, &c) in label.iter().enumerate() {
            total[c as usize] += level.strength[v];
            count[c as usize] += 1;
        }
        let mut map = Self {
            norm: 1.0 / level.doubled.max(1) as f64,
            strength: level.strength.clone(),
            links: level.strength.iter().zip(&level.loops).map(|(s, l)| s - 2 * l).collect(),
            total,
            exit: Vec::new(),
            exits: 0,
            count,
        };
        map.begin_round(level, label);
        map
    }

    fn term(&self, exit: u64, total: u64) -> f64 {
        let (exit, total) = (exit as f64 * self.norm, total as f64 * self.norm);
        plogp(exit + total) - 2.0 * plogp(exit)
    }

    /// What leaving `from` does: its new exit and the change of its terms.
    fn leave(&self, node: u32, from: u32, inside: u64) -> (u64, f64) {
        let (node, from) = (node as usize, from as usize);
        let exit = (self.exit[from] + 2 * inside).saturating_sub(self.links[node]);
        let change = self.term(exit, self.total[from] - self.strength[node])
            - self.term(self.exit[from], self.total[from]);
        (exit, change)
    }

    /// What joining `to` does.
    fn join(&self, node: u32, to: u32, outside: u64) -> (u64, f64) {
        let (node, to) = (node as usize, to as usize);
        let exit = (self.exit[to] + self.links[node]).saturating_sub(2 * outside);
        let change =
            self.term(exit, self.total[to] + self.strength[node]) - self.term(self.exit[to], self.total[to]);
        (exit, change)
    }

    /// Change of the whole length when exits of the two communities become these.
    fn length(&self, p: &Proposal, left: (u64, f64), joined: (u64, f64)) -> (f64, u64) {
        let before = self.exit[p.from as usize] + self.exit[p.to as usize];
        let exits = (self.exits + left.0 + joined.0).saturating_sub(before);
        let whole = plogp(exits as f64 * self.norm) - plogp(self.exits as f64 * self.norm);
        (whole + left.1 + joined.1, exits)
    }
}

/// A change must pass what rounding can feign.
const LEAST: f64 = -1e-13;

impl Scorer for MapEquation {
    fn begin_round(&mut self, level: &Level<'_>, label: &[u32]) {
        let crossing = with_column!(level, column => crossing(level, column, label));
        self.exit = vec![0; label.len()];
        for (&weight, &c) in crossing.iter().zip(label) {
            self.exit[c as usize] += weight;
        }
        self.exits = crossing.iter().sum();
    }

    fn propose(&self, node: u32, found: &[(u32, u64)]) -> Option<Proposal> {
        let (&(from, inside), others) = found.split_first()?;
        if others.is_empty() {
            return None;
        }
        let left = self.leave(node, from, inside);
        let mut best: Option<(f64, Proposal)> = None;
        for &(to, outside) in others {
            let proposal = Proposal { node, from, to, inside, outside };
            let (change, _) = self.length(&proposal, left, self.join(node, to, outside));
            let wins = match &best {
                None => change < LEAST,
                Some((least, chosen)) => change < *least + LEAST || (change <= *least && to < chosen.to),
            };
            if wins {
                best = Some((change, proposal));
            }
        }
        best.map(|(_, proposal)| proposal)
    }

    fn apply(&mut self, p: &Proposal) -> Option<u32> {
        let (from, to, node) = (p.from as usize, p.to as usize, p.node as usize);
        if self.count[to] == 0 {
            return None;
        }
        let left = self.leave(p.node, p.from, p.inside);
        let joined = self.join(p.node, p.to, p.outside);
        let (change, exits) = self.length(p, left, joined);
        if change >= LEAST {
            return None;
        }
        self.exits = exits;
        self.exit[from] = left.0;
        self.exit[to] = joined.0;
        self.total[from] -= self.strength[node];
        self.total[to] += self.strength[node];
        self.count[from] -= 1;
        self.count[to] += 1;
        Some(p.to)
    }
}
