//! Adds up the weight from one node to each community beside it, without hashing over all communities.
//!
//! Labels of neighbours are scattered over memory. They are therefore fetched for many nodes at once, in a loop that does
//! nothing else, so that the processor waits for many of them together; only then are they counted in a small table.

use crate::leiden::level::{Column, Level};
use std::sync::Mutex;

/// Rows of at most this many arcs are counted in a small open table that stays in the nearest cache.
const SHORT: usize = 2_048;
/// Where there are at most this many labels a table over all of them stays in the near caches.
const NARROW: usize = 1 << 14;
const EMPTY: u32 = u32::MAX;
/// Stands in place of the label of a node's own loop.
const SKIP: u32 = u32::MAX;
/// Labels that are fetched at once at most (but for a longer single row).
const FETCH: usize = 1 << 15;

/// Counts weights by label.
#[derive(Default)]
struct Table {
    keys: Vec<u32>,
    places: Vec<u16>,
    /// Slots of the small table are 2 to this power; 0 while the wide table is in use.
    bits: u32,
    wide: Vec<u32>,
    /// Label and weight in order of first meeting, `len` of them.
    found: Vec<(u32, u64)>,
    len: usize,
}

impl Table {
    /// Begins a count of at most `arcs` arcs over `labels` labels; the label `first` comes first even where its weight
    /// stays 0.
    fn begin(&mut self, arcs: usize, labels: usize, first: u32) {
        let most = arcs.min(labels) + 1;
        if self.found.len() < most {
            self.found.resize(most.next_power_of_two(), (0, 0));
        }
        self.found[0] = (first, 0);
        self.len = 1;
        if arcs > SHORT || labels <= NARROW {
            self.bits = 0;
            if self.wide.len() < labels {
                self.wide.resize(labels, EMPTY);
            }
            self.wide[first as usize] = 0;
            return;
        }
        self.bits = (2 * arcs + 2).next_power_of_two().ilog2().max(4);
        let slots = 1 << self.bits;
        if self.keys.len() < slots {
            self.keys.resize(slots, EMPTY);
            self.places.resize(slots, 0);
        }
        self.keys[..slots].fill(EMPTY);
        let slot = (first.wrapping_mul(0x9e37_79b1) >> (32 - self.bits)) as usize;
        self.keys[slot] = first;
        self.places[slot] = 0;
    }

    /// Counts the labels of consecutive arcs.
    fn add<W: Column + ?Sized>(&mut self, labels: &[u32], column: &W, arc: usize) {
        let mut len = self.len;
        let found = self.found.as_mut_slice();
        if self.bits == 0 {
            for (i, &label) in labels.iter().enumerate().filter(|&(_, &label)| label != SKIP) {
                let weight = column.at(arc + i);
                let place = self.wide[label as usize];
                if place == EMPTY {
                    self.wide[label as usize] = len as u32;
                    found[len] = (label, weight);
                    len += 1;
                } else {
                    found[place as usize].1 += weight;
                }
            }
            self.len = len;
            return;
        }
        let (slots, shift) = (1usize << self.bits, 32 - self.bits);
        let (keys, places) = (&mut self.keys[..slots], &mut self.places[..slots]);
        for (i, &label) in labels.iter().enumerate() {
            if label == SKIP {
                continue;
            }
            let weight = column.at(arc + i);
            let mut slot = (label.wrapping_mul(0x9e37_79b1) >> shift) as usize;
            loop {
                let key = keys[slot];
                if key == label {
                    found[usize::from(places[slot])].1 += weight;
                    break;
                }
                if key == EMPTY {
                    keys[slot] = label;
                    places[slot] = len as u16;
                    found[len] = (label, weight);
                    len += 1;
                    break;
                }
                slot = (slot + 1) & (slots - 1);
            }
        }
        self.len = len;
    }

    fn end(&mut self) -> &[(u32, u64)] {
        let found = &self.found[..self.len];
        if self.bits == 0 {
            for &(label, _) in found {
                self.wide[label as usize] = EMPTY;
            }
        }
        found
    }
}

/// Scratch of one thread.
#[derive(Default)]
pub(super) struct Links {
    table: Table,
    /// Labels of the neighbours of the fetched nodes, row after row.
    near: Vec<u32>,
    /// Of each fetched node: where its row begins in `near` and in the level.
    spans: Vec<(usize, usize)>,
    skips: Vec<usize>,
}

impl Links {
    /// Fetches the labels beside each node: `spans` gets one entry a node and one more for the end.
    fn fetch(&mut self, level: &Level<'_>, nodes: &[u32], label: &[u32]) {
        self.near.clear();
        self.spans.clear();
        self.skips.clear();
        // Rows first, then labels: each loop has its memory requests under way together.
        for &v in nodes {
            let row = level.row(v);
            self.spans.push((self.near.len(), row.start));
            if level.has_loop(v) {
                let own = level.targets[row.clone()].iter().position(|&t| t == v);
                self.skips.extend(own.map(|at| self.near.len() + at));
            }
            self.near.extend_from_slice(&level.targets[row]);
        }
        self.spans.push((self.near.len(), 0));
        for slot in &mut self.near {
            *slot = label[*slot as usize];
        }
        for &at in &self.skips {
            self.near[at] = SKIP;
        }
    }

    /// Calls `visit` with each node and the weight from it to each label beside it, its own label first. Labels are below
    /// `bound`.
    pub(super) fn each<W: Column + ?Sized>(
        &mut self,
        level: &Level<'_>,
        column: &W,
        nodes: &[u32],
        (label, bound): (&[u32], usize),
        mut visit: impl FnMut(u32, &[(u32, u64)]),
    ) {
        self.fetch(level, nodes, label);
        let Self { table, near, spans, .. } = self;
        for (&v, span) in nodes.iter().zip(spans.windows(2)) {
            let (from, arc) = span[0];
            let labels = &near[from..span[1].0];
            table.begin(labels.len(), bound, label[v as usize]);
            table.add(labels, column, arc);
            visit(v, table.end());
        }
    }

    /// Calls `visit` with each group of nodes and the weight from all of it to each label beside it. Groups follow one
    /// another in `members` and are numbered from `first`; their own number comes first. `part` has `parts` labels.
    pub(super) fn groups<W: Column + ?Sized>(
        &mut self,
        level: &Level<'_>,
        column: &W,
        (members, bounds, first): (&[u32], &[usize], usize),
        (part, parts): (&[u32], usize),
        mut visit: impl FnMut(&[u32], &[(u32, u64)]),
    ) {
        let arcs = |v: &u32| level.row(*v).len();
        let mut p = 0;
        while p + 1 < bounds.len() {
            // As many whole groups as are fetched at once, at least one.
            let mut until = p + 1;
            let mut fetched: usize = members[bounds[p]..bounds[p + 1]].iter().map(arcs).sum();
            if fetched > FETCH {
                self.large(level, column, &members[bounds[p]..bounds[p + 1]], (part, parts), first + p);
                visit(&members[bounds[p]..bounds[p + 1]], self.table.end());
                p += 1;
                continue;
            }
            while until + 1 < bounds.len() {
                fetched += members[bounds[until]..bounds[until + 1]].iter().map(arcs).sum::<usize>();
                if fetched > FETCH {
                    break;
                }
                until += 1;
            }
            self.fetch(level, &members[bounds[p]..bounds[until]], part);
            let Self { table, near, spans, .. } = self;
            for q in p..until {
                let spans = &spans[bounds[q] - bounds[p]..=bounds[q + 1] - bounds[p]];
                let arcs = match (spans.first(), spans.last()) {
                    (Some(from), Some(to)) => to.0 - from.0,
                    _ => 0,
                };
                table.begin(arcs, parts, (first + q) as u32);
                for span in spans.windows(2) {
                    table.add(&near[span[0].0..span[1].0], column, span[0].1);
                }
                visit(&members[bounds[q]..bounds[q + 1]], table.end());
            }
            p = until;
        }
    }

    /// Counts one group that is too large to be fetched at once.
    fn large<W: Column + ?Sized>(
        &mut self,
        level: &Level<'_>,
        column: &W,
        members: &[u32],
        (part, parts): (&[u32], usize),
        own: usize,
    ) {
        let arcs = members.iter().map(|&v| level.row(v).len()).sum();
        self.table.begin(arcs, parts, own as u32);
        for some in members.chunks(256) {
            self.fetch(level, some, part);
            for span in self.spans.windows(2) {
                let (from, arc) = span[0];
                self.table.add(&self.near[from..span[1].0], column, arc);
            }
        }
    }
}

/// Scratches that wait for a thread. Which thread gets which leaves no trace: a scratch is empty between uses.
pub(super) struct Pool(Mutex<Vec<Links>>);

impl Pool {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    pub(super) fn with<R>(&self, work: impl FnOnce(&mut Links) -> R) -> R {
        // A panic elsewhere poisons the lock, but the scratches in the pool are whole.
        let lock = || self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut links = lock().pop().unwrap_or_default();
        let result = work(&mut links);
        lock().push(links);
        result
    }
}
