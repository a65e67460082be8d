//! Modularity and the constant Potts model: weight inside less a share of the product of masses.
//!
//! Both ask for the largest `sum over communities of (weight inside - c/2 mass^2)`: for modularity the mass of a node is
//! its strength and `c = resolution / doubled weight`; for CPM it is its number of nodes and `c` is the resolution.

use crate::leiden::level::Level;
use crate::leiden::moving::{ALONE, Proposal, Scorer};
use crate::leiden::{Objective, renumber};

/// Which mass and which coefficient an objective has on a level.
pub(super) fn terms<'a>(level: &'a Level<'_>, objective: Objective, resolution: f64) -> (f64, &'a [u64]) {
    match objective {
        Objective::Cpm => (resolution * level.scale, &level.size),
        Objective::Modularity | Objective::Map => {
            (resolution / (level.doubled.max(1) as f64), &level.strength)
        }
    }
}

/// Totals of communities under modularity or CPM.
pub(super) struct Density<'a> {
    coefficient: f64,
    mass: &'a [u64],
    total: Vec<u64>,
    count: Vec<u32>,
    empty: Vec<u32>,
}

impl<'a> Density<'a> {
    pub(super) fn new(coefficient: f64, mass: &'a [u64], label: &[u32]) -> Self {
        let n = label.len();
        let (mut total, mut count) = (vec![0u64; n], vec![0u32; n]);
        for (v, &c) in label.iter().enumerate() {
            total[c as usize] += mass[v];
            count[c as usize] += 1;
        }
        let empty = (0..n as u32).rev().filter(|&c| count[c as usize] == 0).collect();
        Self { coefficient, mass, total, count, empty }
    }

    fn cost(&self, mass: u64, total: u64) -> f64 {
        self.coefficient * float(mass) * float(total)
    }
}

/// Whole numbers here are below 2^53; the conversion from a signed number is one instruction.
fn float(value: u64) -> f64 {
    value as i64 as f64
}

/// A gain must pass what rounding can feign.
fn better(gain: f64, than: f64) -> bool {
    gain > than + 1e-11 * (1.0 + than.abs())
}

impl Scorer for Density<'_> {
    fn propose(&self, node: u32, found: &[(u32, u64)]) -> Option<Proposal> {
        let mass = self.mass[node as usize];
        let (&(from, inside), others) = found.split_first()?;
        let stay = float(inside) - self.cost(mass, self.total[from as usize] - mass);
        let mut best = (stay, ALONE, 0u64);
        for &(to, outside) in others {
            // The cost is never negative: a weight not above the best gain cannot win.
            if float(outside) <= best.0 {
                continue;
            }
            let gain = float(outside) - self.cost(mass, self.total[to as usize]);
            if gain > best.0 || (best.1 != ALONE && gain >= best.0 && to < best.1) {
                best = (gain, to, outside);
            }
        }
        let (gain, to, outside) = best;
        if to != ALONE && gain >= 0.0 && better(gain, stay) {
            return Some(Proposal { node, from, to, inside, outside });
        }
        let alone = better(0.0, stay) && self.count[from as usize] > 1;
        alone.then_some(Proposal { node, from, to: ALONE, inside, outside: 0 })
    }

    fn compact(&mut self, label: &mut [u32]) -> Option<usize> {
        let n = label.len();
        let communities = renumber(label, n);
        let (mut total, mut count) = (vec![0u64; n], vec![0u32; n]);
        for (&c, &mass) in label.iter().zip(self.mass) {
            total[c as usize] += mass;
            count[c as usize] += 1;
        }
        self.empty = (communities as u32..n as u32).rev().collect();
        (self.total, self.count) = (total, count);
        Some(communities)
    }

    fn apply(&mut self, p: &Proposal) -> Option<u32> {
        let mass = self.mass[p.node as usize];
        let (from, mut to) = (p.from as usize, p.to as usize);
        let stay = float(p.inside) - self.cost(mass, self.total[from] - mass);
        if p.to == ALONE {
            if !better(0.0, stay) || self.count[from] < 2 {
                return None;
            }
            to = self.empty.pop()? as usize;
        } else {
            // A community that emptied within the batch is not there to join.
            let gain = float(p.outside) - self.cost(mass, self.total[to]);
            if self.count[to] == 0 || !better(gain, stay) {
                return None;
            }
        }
        self.total[from] -= mass;
        self.count[from] -= 1;
        self.total[to] += mass;
        self.count[to] += 1;
        if self.count[from] == 0 {
            self.empty.push(p.from);
        }
        Some(to as u32)
    }
}
