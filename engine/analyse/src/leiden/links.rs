//! Adds up the weight from one node to each community beside it, without hashing over all communities.

use crate::leiden::level::{Column, Level};
use std::sync::Mutex;

/// Slots of the small table; rows of at most half as many arcs use it.
const SLOTS: usize = 512;
const EMPTY: u32 = u32::MAX;

/// Scratch of one thread: a small open table that stays in the nearest cache, and a table over all communities for long
/// rows.
pub(super) struct Links {
    keys: Vec<u32>,
    places: Vec<u32>,
    used: Vec<u32>,
    wide: Vec<u32>,
    /// Community and weight, in order of first meeting.
    pub(super) found: Vec<(u32, u64)>,
}

impl Links {
    fn new() -> Self {
        Self {
            keys: vec![EMPTY; SLOTS],
            places: vec![0; SLOTS],
            used: Vec::with_capacity(SLOTS),
            wide: Vec::new(),
            found: Vec::with_capacity(SLOTS),
        }
    }

    /// Weights from the nodes of `members` to the labels of their neighbours, themselves passed over; the label `first`
    /// comes first even where its weight is 0.
    pub(super) fn gather<W: Column + ?Sized>(
        &mut self,
        level: &Level<'_>,
        column: &W,
        members: &[u32],
        label: &[u32],
        first: u32,
    ) {
        self.found.clear();
        let arcs: usize = members.iter().map(|&v| level.row(v).len()).sum();
        if arcs < SLOTS / 2 {
            self.add_small(first, 0);
            for &v in members {
                for arc in level.row(v) {
                    let target = level.targets[arc];
                    if target != v {
                        self.add_small(label[target as usize], column.at(arc));
                    }
                }
            }
            for &slot in &self.used {
                self.keys[slot as usize] = EMPTY;
            }
            self.used.clear();
        } else {
            // Labels are below the number of nodes of the level.
            if self.wide.len() < level.nodes() {
                self.wide.resize(level.nodes(), EMPTY);
            }
            self.add_wide(first, 0);
            for &v in members {
                for arc in level.row(v) {
                    let target = level.targets[arc];
                    if target != v {
                        self.add_wide(label[target as usize], column.at(arc));
                    }
                }
            }
            for &(community, _) in &self.found {
                self.wide[community as usize] = EMPTY;
            }
        }
    }

    fn add_small(&mut self, community: u32, weight: u64) {
        let mut slot = (community.wrapping_mul(0x9e37_79b1) >> 23) as usize & (SLOTS - 1);
        loop {
            let key = self.keys[slot];
            if key == community {
                self.found[self.places[slot] as usize].1 += weight;
                return;
            }
            if key == EMPTY {
                self.keys[slot] = community;
                self.places[slot] = self.found.len() as u32;
                self.used.push(slot as u32);
                self.found.push((community, weight));
                return;
            }
            slot = (slot + 1) & (SLOTS - 1);
        }
    }

    fn add_wide(&mut self, community: u32, weight: u64) {
        let place = self.wide[community as usize];
        if place == EMPTY {
            self.wide[community as usize] = self.found.len() as u32;
            self.found.push((community, weight));
        } else {
            self.found[place as usize].1 += weight;
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
        let mut links = lock().pop().unwrap_or_else(Links::new);
        let result = work(&mut links);
        lock().push(links);
        result
    }
}
