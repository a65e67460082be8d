//! Keeps communities up to date while edges arrive, at the cost of what changes and not of the graph.
//!
//! Only the ends of new edges, and then the neighbours of what moves, are looked at again (the frontier of Zarayeneh &
//! Kalyanaraman 2021, "Delta-screening", doi:10.1109/TNSE.2021.3067665, with the gain of modularity alone). A node may leave
//! a community only if the rest is shown to stay connected, so that what the full run promises stays true.

use crate::error::AnalyseError;
use crate::leiden::level::{Column, Level, with_column};
use crate::leiden::{Partition, renumber};
use graph::csr::WeightedGraph;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Arcs that are read at most to show that a community stays connected without a node.
const PROOF: usize = 200_000;
/// Looks at nodes at most, for each new edge: bounds the work of one call.
const LOOKS: usize = 2_000;

/// Communities that follow new edges.
pub struct Incremental<'a> {
    level: Level<'a>,
    resolution: f64,
    /// Edges that came after the graph, from both ends, in units.
    added: BTreeMap<u32, BTreeMap<u32, u64>>,
    label: Vec<u32>,
    strength: Vec<u64>,
    /// Of each label: strength and number of nodes.
    total: Vec<u64>,
    count: Vec<u32>,
    empty: Vec<u32>,
    doubled: u64,
    /// Weight inside communities, counted from both ends.
    inside: u64,
    /// Sum of the squares of totals.
    squares: u128,
}

/// What one batch of edges changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Nodes whose community changed, ascending, new nodes among them.
    pub moved: Vec<u32>,
    /// Whether the bound on work ended the search before nobody wanted to move.
    pub cut: bool,
}

impl<'a> Incremental<'a> {
    /// Starts from a partition of a graph by modularity.
    ///
    /// # Errors       `AnalyseError::BadResolution`, `AnalyseError::BadLabels` if there is not one label a node
    /// # Complexity   O(m) once; 30 bytes a node
    pub fn new(
        graph: &'a WeightedGraph,
        partition: &Partition,
        resolution: f64,
    ) -> Result<Self, AnalyseError> {
        if !(resolution.is_finite() && resolution > 0.0) {
            return Err(AnalyseError::BadResolution { value: resolution });
        }
        let n = graph.node_count();
        if partition.labels.len() != n || partition.labels.iter().any(|&l| l >= partition.communities) {
            return Err(AnalyseError::BadLabels { nodes: n, labels: partition.labels.len() });
        }
        let mut level = Level::of(graph, false);
        let strength = std::mem::take(&mut level.strength);
        let communities = partition.communities as usize;
        let (mut total, mut count) = (vec![0u64; communities], vec![0u32; communities]);
        for (&c, &s) in partition.labels.iter().zip(&strength) {
            total[c as usize] += s;
            count[c as usize] += 1;
        }
        let mut new = Self {
            doubled: level.doubled,
            resolution,
            added: BTreeMap::new(),
            label: partition.labels.clone(),
            squares: total.iter().map(|&t| u128::from(t) * u128::from(t)).sum(),
            inside: 0,
            strength,
            total,
            count,
            empty: Vec::new(),
            level,
        };
        new.inside = (0..n as u32).map(|v| new.links(v).remove(&new.label[v as usize]).unwrap_or(0)).sum();
        let loops: u64 = (0..n as u32).map(|v| 2 * new.level.loop_of(v)).sum();
        new.inside += loops;
        Ok(new)
    }

    /// The labels as they are now, dense in order of first node, and their modularity.
    ///
    /// # Complexity   O(n)
    pub fn partition(&self) -> Partition {
        let mut labels = self.label.clone();
        let communities = renumber(&mut labels, self.total.len().max(1)) as u32;
        Partition { labels, communities, quality: self.modularity() }
    }

    /// The present modularity.
    pub fn modularity(&self) -> f64 {
        let doubled = self.doubled.max(1) as f64;
        self.inside as f64 / doubled - self.resolution * (self.squares as f64 / doubled / doubled)
    }

    /// Adds edges `(u, v, weight)` and lets their surroundings settle. A node above the last is new (as are those between);
    /// an edge that exists already grows by the weight; a weight of 0 adds nothing.
    ///
    /// # Errors       `AnalyseError::BadWeight` with the place of the first weight that is negative or not finite, or
    ///  carries the sum of all weights beyond what is counted exactly; nothing is added then
    /// # Complexity   O(degrees of the ends and of what moves, and the proofs that communities stay connected); no part
    ///  grows with the graph but for the memory of new nodes
    /// # Determinism  the same calls in the same order give the same labels
    pub fn add(&mut self, edges: &[(u32, u32, f32)]) -> Result<Change, AnalyseError> {
        let units = |w: f32| (f64::from(w) * self.level.scale + 0.5) as u64;
        let mut sum = self.doubled;
        for (edge, &(_, _, w)) in edges.iter().enumerate() {
            sum = sum.saturating_add(units(w).saturating_mul(2));
            if !(w.is_finite() && w >= 0.0) || sum >= 1 << 53 {
                return Err(AnalyseError::BadWeight { edge });
            }
        }
        let edges: Vec<(u32, u32, u64)> =
            edges.iter().filter(|e| e.2 > 0.0).map(|&(u, v, w)| (u, v, units(w).max(1))).collect();
        let mut moved = BTreeSet::new();
        let last = edges.iter().map(|&(u, v, _)| u.max(v)).max().unwrap_or(0) as usize;
        while !edges.is_empty() && self.label.len() <= last {
            moved.insert(self.label.len() as u32);
            let label = self.empty.pop().unwrap_or_else(|| {
                self.total.push(0);
                self.count.push(0);
                self.total.len() as u32 - 1
            });
            self.count[label as usize] = 1;
            self.label.push(label);
            self.strength.push(0);
        }
        let mut queue = VecDeque::new();
        let mut queued = BTreeSet::new();
        for &(u, v, w) in &edges {
            self.put(u, v, w);
            for end in [u, v] {
                if queued.insert(end) {
                    queue.push_back(end);
                }
            }
        }
        let mut looks = LOOKS.saturating_mul(edges.len());
        while let Some(v) = queue.pop_front() {
            queued.remove(&v);
            if looks == 0 {
                return Ok(Change { moved: moved.into_iter().collect(), cut: true });
            }
            looks -= 1;
            if !self.look(v) {
                continue;
            }
            moved.insert(v);
            let own = self.label[v as usize];
            let others: Vec<u32> =
                self.row(v).map(|(t, _)| t).filter(|&t| self.label[t as usize] != own).collect();
            for t in others {
                if queued.insert(t) {
                    queue.push_back(t);
                }
            }
        }
        Ok(Change { moved: moved.into_iter().collect(), cut: false })
    }

    /// Enters one edge in the books.
    fn put(&mut self, u: u32, v: u32, w: u64) {
        let (a, b) = (self.label[u as usize], self.label[v as usize]);
        *self.added.entry(u).or_default().entry(v).or_default() += w;
        if u != v {
            *self.added.entry(v).or_default().entry(u).or_default() += w;
        }
        self.doubled += 2 * w;
        self.strength[u as usize] += w;
        self.strength[v as usize] += w;
        self.grow(a, w, true);
        self.grow(b, w, true);
        if a == b {
            self.inside += 2 * w;
        }
    }

    fn grow(&mut self, community: u32, by: u64, more: bool) {
        let total = &mut self.total[community as usize];
        self.squares -= u128::from(*total) * u128::from(*total);
        *total = if more { *total + by } else { *total - by };
        self.squares += u128::from(*total) * u128::from(*total);
    }

    /// Neighbours of a node and the weights, in the graph and in what was added; the node's own loop left out.
    fn row(&self, v: u32) -> impl Iterator<Item = (u32, u64)> {
        let old = if (v as usize) < self.level.nodes() { self.level.row(v) } else { 0..0 };
        let old =
            old.map(|arc| (self.level.targets[arc], with_column!(self.level, column => column.at(arc))));
        let new = self.added.get(&v).into_iter().flatten().map(|(&t, &w)| (t, w));
        old.chain(new).filter(move |&(t, _)| t != v)
    }

    /// Weight from a node to each label beside it.
    fn links(&self, v: u32) -> BTreeMap<u32, u64> {
        let mut links = BTreeMap::new();
        for (t, w) in self.row(v) {
            *links.entry(self.label[t as usize]).or_default() += w;
        }
        links
    }

    /// Moves a node to the community that gains most, if any does; whether it moved.
    fn look(&mut self, v: u32) -> bool {
        let from = self.label[v as usize];
        let mass = self.strength[v as usize];
        let links = self.links(v);
        let coefficient = self.resolution / self.doubled.max(1) as f64;
        let cost = |total: u64| coefficient * mass as f64 * total as f64;
        let inside = links.get(&from).copied().unwrap_or(0);
        let stay = inside as f64 - cost(self.total[from as usize] - mass);
        let mut best: (f64, Option<u32>) = (stay, None);
        // Ascending labels: of equal gains the smallest label wins.
        for (&to, &w) in links.iter().filter(|&(&to, _)| to != from) {
            let gain = w as f64 - cost(self.total[to as usize]);
            if gain > best.0 + 1e-11 * (1.0 + best.0.abs()) {
                best = (gain, Some(to));
            }
        }
        if best.0 < -1e-11 && self.count[from as usize] > 1 {
            // Alone it would be better off than anywhere.
            best.1 = None;
            if let Some(to) = self.empty.pop() {
                best.1 = Some(to);
            } else {
                self.total.push(0);
                self.count.push(0);
                best.1 = Some(self.total.len() as u32 - 1);
            }
        }
        let Some(to) = best.1 else { return false };
        if !self.stays_connected(v, from) {
            if self.count[to as usize] == 0 {
                self.empty.push(to);
            }
            return false;
        }
        let outside = links.get(&to).copied().unwrap_or(0);
        self.grow(from, mass, false);
        self.grow(to, mass, true);
        self.count[from as usize] -= 1;
        self.count[to as usize] += 1;
        if self.count[from as usize] == 0 {
            self.empty.push(from);
        }
        self.label[v as usize] = to;
        self.inside = self.inside + 2 * outside - 2 * inside;
        true
    }

    /// Whether a community is shown to be connected without one of its nodes: a search from one of the node's neighbours
    /// reaches all others before its bound.
    fn stays_connected(&self, v: u32, community: u32) -> bool {
        let own = |&t: &u32| self.label[t as usize] == community;
        let mut sought: BTreeSet<u32> = self.row(v).map(|(t, _)| t).filter(own).collect();
        let Some(start) = sought.pop_first() else { return true };
        let (mut seen, mut queue, mut read) = (BTreeSet::from([v, start]), VecDeque::from([start]), 0);
        while let Some(u) = queue.pop_front() {
            if sought.is_empty() {
                return true;
            }
            for (t, _) in self.row(u) {
                read += 1;
                if own(&t) && seen.insert(t) {
                    sought.remove(&t);
                    queue.push_back(t);
                }
            }
            if read > PROOF {
                return false;
            }
        }
        sought.is_empty()
    }
}
