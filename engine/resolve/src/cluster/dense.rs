//! Average linkage of few units, all of whose pairs are weighed: one table, no heap.

use super::{Bond, Bridge, ClusterConfig, ESTABLISHED, Edge, MARGIN_BITS, Weigher, find, join, milli};
use crate::compare::Comparer;

/// What a component came to.
pub(super) struct Component {
    /// For each unit the smallest unit of its cluster.
    pub(super) heads: Vec<(u32, u32)>,
    /// Pairs that had to be weighed.
    pub(super) weighed: u64,
    /// Conflicts.
    pub(super) bridges: Vec<Bridge>,
}

/// Sums between groups, in a square table of which both halves are kept.
struct Table {
    n: usize,
    sums: Vec<i64>,
    bonds: Vec<Bond>,
    sizes: Vec<i64>,
    documents: Vec<Vec<u32>>,
    alive: Vec<usize>,
}

impl Table {
    fn set(&mut self, i: usize, j: usize, sum: i64, bond: Bond) {
        for at in [i * self.n + j, j * self.n + i] {
            self.sums[at] = sum;
            self.bonds[at] = bond;
        }
    }

    fn bind(&mut self, i: usize, j: usize, bond: Bond) {
        let at = i * self.n + j;
        self.set(i, j, self.sums[at], self.bonds[at].and(bond));
    }

    /// The established group that must stay apart from `own` and with which `other` agrees about as much as with `own`.
    fn rival(&self, own: usize, other: usize, threshold: i64) -> Option<usize> {
        let least = (self.average(own, other)? - milli(MARGIN_BITS)).max(threshold);
        self.alive.iter().copied().find(|k| {
            self.bonds[own * self.n + k].forbidden()
                && self.sizes[*k] >= ESTABLISHED as i64
                && !self.bonds[own * self.n + other].tells_from(self.bonds[other * self.n + k])
                && self.average(other, *k).is_some_and(|bits| bits >= least)
        })
    }

    /// The two groups with the highest average above the threshold; of equals the smallest.
    fn best(&self, threshold: i64) -> Option<(usize, usize)> {
        let mut best: Option<(i64, usize, usize)> = None;
        for (place, i) in self.alive.iter().enumerate() {
            for j in &self.alive[place + 1..] {
                let at = i * self.n + j;
                if !self.bonds[at].parts() {
                    let average = self.sums[at].div_euclid(self.sizes[*i] * self.sizes[*j]);
                    if average > threshold && best.is_none_or(|b| average > b.0) {
                        best = Some((average, *i, *j));
                    }
                }
            }
        }
        best.map(|(_, i, j)| (i, j))
    }

    /// The average of two groups, where they may be joined.
    fn average(&self, i: usize, j: usize) -> Option<i64> {
        let at = i * self.n + j;
        (i != j && !self.bonds[at].parts()).then(|| self.sums[at].div_euclid(self.sizes[i] * self.sizes[j]))
    }

    /// Of each two that are forbidden the one that agrees with both, as far as there is one.
    fn bridges(&self, units: &[u32], threshold: i64) -> Vec<Bridge> {
        let mut out = Vec::new();
        for i in 0..self.n {
            for j in (i + 1..self.n).filter(|j| self.bonds[i * self.n + j].forbidden()) {
                let both = |c: usize| Some(self.average(i, c)?.min(self.average(j, c)?));
                let best = (0..self.n)
                    .filter_map(|c| Some((both(c)?, c)))
                    .max_by_key(|(bits, c)| (*bits, usize::MAX - c));
                if let Some((bits, c)) = best
                    && bits > threshold
                {
                    out.push(Bridge { a: units[i], b: units[j], by: units[c] });
                }
            }
        }
        out
    }

    /// Joins group `j` into group `i`, with i < j, because a judgement says so: what agrees with one agrees with both.
    fn merge_judged(&mut self, i: usize, j: usize) {
        for x in (0..self.n).filter(|x| *x != i && *x != j) {
            let (a, b) = (i * self.n + x, j * self.n + x);
            // Both averages as of equal sizes, so that the larger decides.
            let (own, other) = (self.sums[a] / self.sizes[i], self.sums[b] / self.sizes[j]);
            let best = own.max(other);
            self.set(i, x, best * self.sizes[i], self.bonds[a]);
            self.set(j, x, best * self.sizes[j], self.bonds[b]);
        }
        self.merge(i, j);
    }

    /// Joins group `j` into group `i`, with i < j.
    fn merge(&mut self, i: usize, j: usize) {
        self.alive.retain(|x| *x != j);
        for place in 0..self.alive.len() {
            let x = self.alive[place];
            if x != i {
                let (from, to) = (j * self.n + x, i * self.n + x);
                self.set(i, x, self.sums[from] + self.sums[to], self.bonds[from].and(self.bonds[to]));
            }
        }
        self.sizes[i] += self.sizes[j];
        let gone = std::mem::take(&mut self.documents[j]);
        self.documents[i].extend(gone);
        self.documents[i].sort_unstable();
        self.documents[i].dedup();
    }
}

/// Clusters of a component.
///
/// # Arguments   `units`: ascending; `edges`: those that were weighed, and bans
pub(super) fn one_component(
    units: &[u32],
    sizes: &[u32],
    weigher: &Weigher<'_>,
    comparer: &mut Comparer<'_>,
    edges: impl Iterator<Item = Edge>,
    must: &[(u32, u32, u32)],
    config: &ClusterConfig,
) -> Component {
    let n = units.len();
    let size = |i: usize| i64::from(sizes[units[i] as usize]);
    let mut table = Table {
        n,
        sums: vec![i64::MIN; n * n],
        bonds: vec![Bond::NONE; n * n],
        sizes: (0..n).map(size).collect(),
        documents: units.iter().map(|u| weigher.documents(*u)).collect(),
        alive: (0..n).collect(),
    };
    let position = |unit: u32| units.partition_point(|x| *x < unit);
    let weight =
        |edge: &Edge, pairs: i64| milli(edge.bits.clamp(-config.most_bits, config.most_bits)) * pairs;
    let mut bans = Vec::new();
    for edge in edges {
        let (i, j) = (position(edge.a), position(edge.b));
        if edge.scored {
            table.set(i, j, weight(&edge, size(i) * size(j)), edge.bond);
        } else {
            bans.push((i, j));
        }
    }
    let mut weighed = 0;
    for i in 0..n {
        for j in i + 1..n {
            if table.sums[i * n + j] == i64::MIN {
                let edge = weigher.edge(comparer, units[i], units[j]);
                table.set(i, j, weight(&edge, size(i) * size(j)), edge.bond);
                weighed += 1;
            }
        }
    }
    for (i, j) in bans {
        table.bind(i, j, Bond::FORBIDDEN);
    }
    let threshold = milli(config.threshold_bits);
    let bridges = if n > 2 { table.bridges(units, threshold) } else { Vec::new() };
    let mut parent: Vec<u32> = (0..n as u32).collect();
    for (_, a, b) in must {
        let (ra, rb) = (find(&mut parent, position(*a) as u32), find(&mut parent, position(*b) as u32));
        if ra != rb {
            table.merge_judged(ra.min(rb) as usize, ra.max(rb) as usize);
            join(&mut parent, ra, rb);
        }
    }
    while let Some((i, j)) = table.best(threshold) {
        if weigher.exclude(&table.documents[i], &table.documents[j]) {
            table.bind(i, j, Bond::FORBIDDEN);
        } else if let Some(k) = table.rival(i, j, threshold) {
            table.bind(j, i, Bond::TORN);
            table.bind(j, k, Bond::TORN);
        } else if let Some(k) = table.rival(j, i, threshold) {
            table.bind(i, j, Bond::TORN);
            table.bind(i, k, Bond::TORN);
        } else {
            table.merge(i, j);
            join(&mut parent, i as u32, j as u32);
        }
    }
    let heads = (0..n as u32).map(|i| (units[i as usize], units[find(&mut parent, i) as usize])).collect();
    Component { heads, weighed, bridges }
}
