//! Refinement: within each community, nodes merge anew into well-connected, connected parts.

use crate::leiden::Stream;
use crate::leiden::level::{Column, Level, with_column};
use rayon::prelude::*;

/// Members of each label in ascending order: `members[offsets[c]..offsets[c + 1]]`.
pub(super) fn group(label: &[u32], communities: usize) -> (Vec<usize>, Vec<u32>) {
    let mut offsets = vec![0usize; communities + 1];
    for &c in label {
        offsets[c as usize + 1] += 1;
    }
    for c in 0..communities {
        offsets[c + 1] += offsets[c];
    }
    let mut cursor = offsets.clone();
    let mut members = vec![0u32; label.len()];
    for (v, &c) in label.iter().enumerate() {
        let at = &mut cursor[c as usize];
        members[*at] = v as u32;
        *at += 1;
    }
    (offsets, members)
}

/// Parts of a partition.
pub(super) struct Refined {
    /// The part of each node, numbered community by community.
    pub(super) part: Vec<u32>,
    /// The community of each part.
    pub(super) community: Vec<u32>,
}

/// Parts of each community, every one connected (Traag et al. 2019, Algorithm A.2, lines 31-47, with the best merge
/// instead of a random one). Communities are refined in parallel, each in its own seeded order.
///
/// # Arguments    `label`: dense, `communities` of them; `coefficient` and `mass` of the objective
pub(super) fn refine(
    level: &Level<'_>,
    label: &[u32],
    communities: usize,
    (coefficient, mass): (f64, &[u64]),
    seed: u64,
) -> Refined {
    let (offsets, members) = group(label, communities);
    let mut place = vec![0u32; label.len()];
    for c in 0..communities {
        for (i, &v) in members[offsets[c]..offsets[c + 1]].iter().enumerate() {
            place[v as usize] = i as u32;
        }
    }
    let task =
        Task { level, label, members: &members, offsets: &offsets, place: &place, coefficient, mass, seed };
    let local: Vec<(Vec<u32>, u32)> = with_column!(level, column =>
        (0..communities as u32).into_par_iter().map(|c| task.community(c, column)).collect());
    let mut part = vec![0u32; label.len()];
    let mut community = Vec::new();
    for (c, (parts, count)) in local.iter().enumerate() {
        let first = community.len() as u32;
        for (&v, &p) in members[offsets[c]..offsets[c + 1]].iter().zip(parts) {
            part[v as usize] = first + p;
        }
        community.extend(std::iter::repeat_n(c as u32, *count as usize));
    }
    Refined { part, community }
}

struct Task<'a> {
    level: &'a Level<'a>,
    label: &'a [u32],
    members: &'a [u32],
    offsets: &'a [usize],
    place: &'a [u32],
    coefficient: f64,
    mass: &'a [u64],
    seed: u64,
}

impl Task<'_> {
    /// The part of each member, dense in order of member, and how many parts there are.
    fn community<W: Column + ?Sized>(&self, c: u32, column: &W) -> (Vec<u32>, u32) {
        let members = &self.members[self.offsets[c as usize]..self.offsets[c as usize + 1]];
        let size = members.len();
        if size == 1 {
            return (vec![0], 1);
        }
        let mut total: Vec<u64> = members.iter().map(|&v| self.mass[v as usize]).collect();
        let whole: u64 = total.iter().sum();
        // Weight from each part to the rest of the community; parts are single members at first.
        let mut external: Vec<u64> =
            members.iter().map(|&v| self.inner(v, c, column).map(|(_, w)| w).sum()).collect();
        let mut part: Vec<u32> = (0..size as u32).collect();
        let mut alone = vec![true; size];
        let mut weight_to = vec![0u64; size];
        let mut met: Vec<u32> = Vec::new();
        let mut order: Vec<u32> = (0..size as u32).collect();
        Stream::of(self.seed, u64::from(c) + 1).shuffle(&mut order);
        let well = |external: u64, total: u64| {
            external as f64 >= self.coefficient * total as f64 * (whole - total) as f64
        };
        for &i in &order {
            let at = i as usize;
            if !alone[at] || !well(external[at], total[at]) {
                continue;
            }
            for (j, w) in self.inner(members[at], c, column) {
                let p = part[j as usize];
                if weight_to[p as usize] == 0 {
                    met.push(p);
                }
                weight_to[p as usize] += w;
            }
            let mut best: Option<(f64, u32)> = None;
            for &p in &met {
                let (to, w) = (p as usize, weight_to[p as usize]);
                let gain = w as f64 - self.coefficient * total[at] as f64 * total[to] as f64;
                let wins = best.is_none_or(|(g, b)| gain > g || (gain >= g && p < b));
                if gain >= 0.0 && wins && well(external[to], total[to]) {
                    best = Some((gain, p));
                }
            }
            if let Some((_, p)) = best {
                let to = p as usize;
                let w = weight_to[to];
                external[to] = external[to] + external[at] - 2 * w;
                total[to] += total[at];
                part[at] = p;
                // A part is named after its first member, who from now on is not alone.
                alone[to] = false;
                alone[at] = false;
            }
            for p in met.drain(..) {
                weight_to[p as usize] = 0;
            }
        }
        let mut number = vec![u32::MAX; size];
        let mut count = 0;
        for p in &mut part {
            let slot = &mut number[*p as usize];
            if *slot == u32::MAX {
                *slot = count;
                count += 1;
            }
            *p = *slot;
        }
        (part, count)
    }

    /// Neighbours of a node within its community: their place and the weight.
    fn inner<W: Column + ?Sized>(&self, v: u32, c: u32, column: &W) -> impl Iterator<Item = (u32, u64)> {
        self.level.row(v).filter_map(move |arc| {
            let target = self.level.targets[arc];
            let inside = target != v && self.label[target as usize] == c;
            inside.then(|| (self.place[target as usize], column.at(arc)))
        })
    }
}
