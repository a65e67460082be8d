//! Refinement: within each community, nodes merge anew into well-connected, connected parts.

use crate::leiden::level::{Column, Level, with_column};
use graph::stream::Stream;
use rayon::prelude::*;

/// A community of more arcs than this, or than a small share of its level, is scanned twice; the rows of smaller ones are
/// copied once. It bounds the memory of a giant community.
const COPIED: usize = 1 << 19;

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
/// instead of a random one; if `twice`, parts merge once more). Communities are refined in parallel, each in its own seeded order.
///
/// # Arguments    `label`: dense, `communities` of them; `coefficient` and `mass` of the objective
pub(super) fn refine(
    level: &Level<'_>,
    label: &[u32],
    communities: usize,
    (coefficient, mass): (f64, &[u64]),
    (seed, twice): (u64, bool),
) -> Refined {
    let (offsets, members) = group(label, communities);
    // Community and place within it side by side: one request to memory tells both.
    let mut spot = vec![0u64; label.len()];
    for c in 0..communities {
        for (i, &v) in members[offsets[c]..offsets[c + 1]].iter().enumerate() {
            spot[v as usize] = (c as u64) << 32 | i as u64;
        }
    }
    let copied = (level.targets.len() / 16).clamp(1 << 12, COPIED);
    let task = Task {
        copied,
        level,
        members: &members,
        offsets: &offsets,
        spot: &spot,
        coefficient,
        mass,
        seed,
        twice,
    };
    let local: Vec<(Vec<u32>, u32)> = with_column!(level, column => (0..communities as u32)
        .into_par_iter()
        .with_max_len(communities / 256 + 1)
        .map_init(Scratch::default, |scratch, c| task.community(c, column, scratch))
        .collect());
    drop((spot, members));
    let mut community = Vec::with_capacity(local.iter().map(|(_, count)| *count as usize).sum());
    let mut first = Vec::with_capacity(communities);
    for (c, (_, count)) in local.iter().enumerate() {
        first.push(community.len() as u32);
        community.extend(std::iter::repeat_n(c as u32, *count as usize));
    }
    // Members are ascending within a community: a walk over all nodes meets each community's in order.
    let mut cursor = vec![0u32; communities];
    let part = label
        .iter()
        .map(|&c| {
            let at = &mut cursor[c as usize];
            *at += 1;
            first[c as usize] + local[c as usize].0[*at as usize - 1]
        })
        .collect();
    Refined { part, community }
}

/// A community as a graph of its own.
#[derive(Default)]
struct Local {
    /// Row `i` is `starts[i]..starts[i + 1]`, without loops.
    starts: Vec<usize>,
    places: Vec<u32>,
    /// Empty if every weight is one.
    weights: Vec<u64>,
    total: Vec<u64>,
    /// Weight from each node to the rest of the community.
    external: Vec<u64>,
}

/// Scratch of one thread.
#[derive(Default)]
struct Scratch {
    local: Local,
    coarse: Local,
    weight_to: Vec<u64>,
    met: Vec<u32>,
}

struct Task<'a> {
    /// Arcs of a community that is copied, at most.
    copied: usize,
    level: &'a Level<'a>,
    members: &'a [u32],
    offsets: &'a [usize],
    spot: &'a [u64],
    coefficient: f64,
    mass: &'a [u64],
    seed: u64,
    twice: bool,
}

impl Task<'_> {
    /// The part of each member, dense in order of member, and how many parts there are.
    fn community<W: Column + ?Sized>(&self, c: u32, column: &W, scratch: &mut Scratch) -> (Vec<u32>, u32) {
        let members = &self.members[self.offsets[c as usize]..self.offsets[c as usize + 1]];
        if members.len() == 1 {
            return (vec![0], 1);
        }
        let Scratch { local, coarse, weight_to, met } = scratch;
        weight_to.clear();
        weight_to.resize(members.len(), 0);
        let mut stream = Stream::of(self.seed, u64::from(c) + 1);
        local.starts.clear();
        local.places.clear();
        local.weights.clear();
        local.external.clear();
        local.total.clear();
        local.total.extend(members.iter().map(|&v| self.mass[v as usize]));
        let arcs: usize = members.iter().map(|&v| self.level.row(v).len()).sum();
        if arcs > self.copied {
            let inner = |at: u32| self.inner(at, members[at as usize], c, column);
            let external = (0..members.len() as u32).map(|at| inner(at).map(|(_, w)| w).sum::<u64>());
            local.external.extend(external);
            return merge(self.coefficient, local, &mut stream, weight_to, met, inner);
        }
        for &v in members {
            local.starts.push(local.places.len());
            self.copy_row(v, c, column, local);
        }
        local.starts.push(local.places.len());
        let (mut part, mut count) = merge_copied(self.coefficient, local, &mut stream, weight_to, met);
        if !self.twice {
            return (part, count);
        }
        // Parts merge once more while all of the community is near: the next level is so much smaller.
        contract(local, &part, count, coarse, weight_to, met);
        let (again, fewer) = merge_copied(self.coefficient, coarse, &mut stream, weight_to, met);
        for p in &mut part {
            *p = again[*p as usize];
        }
        count = fewer;
        (part, count)
    }

    /// Appends the neighbours of a node within its community.
    fn copy_row<W: Column + ?Sized>(&self, v: u32, c: u32, column: &W, local: &mut Local) {
        let row = self.level.row(v);
        let base = local.places.len();
        let targets = &self.level.targets[row.clone()];
        local.places.resize(base + targets.len(), 0);
        let places = &mut local.places[base..];
        if W::UNIT {
            let mut kept = 0;
            for &target in targets {
                let spot = self.spot[target as usize];
                places[kept] = spot as u32;
                kept += usize::from((spot >> 32) as u32 == c && target != v);
            }
            local.places.truncate(base + kept);
            local.external.push(kept as u64);
            return;
        }
        local.weights.resize(base + targets.len(), 0);
        let weights = &mut local.weights[base..];
        // Written always and kept if inside: no branch waits for memory.
        let mut kept = 0;
        let mut sum = 0;
        for (arc, &target) in row.zip(targets) {
            let spot = self.spot[target as usize];
            let inside = (spot >> 32) as u32 == c && target != v;
            let weight = column.at(arc);
            places[kept] = spot as u32;
            weights[kept] = weight;
            sum += if inside { weight } else { 0 };
            kept += usize::from(inside);
        }
        local.places.truncate(base + kept);
        local.weights.truncate(base + kept);
        local.external.push(sum);
    }

    /// Neighbours of the member at a place within its community: their place and the weight.
    fn inner<W: Column + ?Sized>(
        &self,
        at: u32,
        v: u32,
        c: u32,
        column: &W,
    ) -> impl Iterator<Item = (u32, u64)> {
        self.level.row(v).filter_map(move |arc| {
            let spot = self.spot[self.level.targets[arc] as usize];
            let inside = (spot >> 32) as u32 == c && spot as u32 != at;
            inside.then(|| (spot as u32, column.at(arc)))
        })
    }
}

fn merge_copied(
    coefficient: f64,
    local: &mut Local,
    stream: &mut Stream,
    weight_to: &mut [u64],
    met: &mut Vec<u32>,
) -> (Vec<u32>, u32) {
    let (starts, places, weights) = (
        std::mem::take(&mut local.starts),
        std::mem::take(&mut local.places),
        std::mem::take(&mut local.weights),
    );
    let range = |at: u32| starts[at as usize]..starts[at as usize + 1];
    let merged = if weights.is_empty() {
        let row = |at: u32| places[range(at)].iter().map(|&place| (place, 1));
        merge(coefficient, local, stream, weight_to, met, row)
    } else {
        let row = |at: u32| places[range(at)].iter().copied().zip(weights[range(at)].iter().copied());
        merge(coefficient, local, stream, weight_to, met, row)
    };
    (local.starts, local.places, local.weights) = (starts, places, weights);
    merged
}

/// Merges the nodes of a community, each once at most, in seeded order: the part of each, dense in order of node, and how
/// many there are. `weight_to` is all 0 before and after.
fn merge<R: Iterator<Item = (u32, u64)>>(
    coefficient: f64,
    local: &mut Local,
    stream: &mut Stream,
    weight_to: &mut [u64],
    met: &mut Vec<u32>,
    row: impl Fn(u32) -> R,
) -> (Vec<u32>, u32) {
    let Local { total, external, .. } = local;
    let size = total.len();
    let whole: u64 = total.iter().sum();
    let mut part: Vec<u32> = (0..size as u32).collect();
    let mut alone = vec![true; size];
    let mut order: Vec<u32> = (0..size as u32).collect();
    stream.shuffle(&mut order);
    let well =
        |external: u64, total: u64| external as f64 >= coefficient * total as f64 * (whole - total) as f64;
    for &i in &order {
        let at = i as usize;
        if !alone[at] || !well(external[at], total[at]) {
            continue;
        }
        for (place, weight) in row(i) {
            let p = part[place as usize];
            if weight_to[p as usize] == 0 {
                met.push(p);
            }
            weight_to[p as usize] += weight;
        }
        let mut best: Option<(f64, u32)> = None;
        for &p in met.iter() {
            let (to, w) = (p as usize, weight_to[p as usize]);
            let gain = w as f64 - coefficient * total[at] as f64 * total[to] as f64;
            let wins = best.is_none_or(|(g, b)| gain > g || (gain >= g && p < b));
            if gain >= 0.0 && wins && well(external[to], total[to]) {
                best = Some((gain, p));
            }
        }
        if let Some((_, p)) = best {
            let to = p as usize;
            external[to] = external[to] + external[at] - 2 * weight_to[to];
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

/// Makes the graph of the parts. `local` has been merged: the total of a part stands at the member that named it.
fn contract(
    local: &Local,
    part: &[u32],
    count: u32,
    coarse: &mut Local,
    weight_to: &mut [u64],
    met: &mut Vec<u32>,
) {
    let (bounds, members) = group(part, count as usize);
    coarse.starts.clear();
    coarse.places.clear();
    coarse.weights.clear();
    coarse.external.clear();
    coarse.total.clear();
    for p in 0..count {
        coarse.starts.push(coarse.places.len());
        let mut total = 0;
        for &v in &members[bounds[p as usize]..bounds[p as usize + 1]] {
            // The others hold their own, which is no larger.
            total = local.total[v as usize].max(total);
            for arc in local.starts[v as usize]..local.starts[v as usize + 1] {
                let q = part[local.places[arc] as usize];
                if q != p {
                    if weight_to[q as usize] == 0 {
                        met.push(q);
                    }
                    weight_to[q as usize] += local.weights.get(arc).copied().unwrap_or(1);
                }
            }
        }
        coarse.total.push(total);
        coarse.external.push(met.iter().map(|&q| weight_to[q as usize]).sum());
        for q in met.drain(..) {
            coarse.places.push(q);
            coarse.weights.push(std::mem::take(&mut weight_to[q as usize]));
        }
    }
    coarse.starts.push(coarse.places.len());
}
