//! A graph at one level of coarsening, with whole-number weights.

use graph::csr::WeightedGraph;
use rayon::prelude::*;
use std::borrow::Cow;

/// Weights of all arcs.
pub(super) enum Weights<'a> {
    /// Every weight is one.
    Unit,
    /// The graph's own weights, made whole as they are read.
    Scaled(Scaled<'a>),
    /// Units of which next to all fit a byte.
    Tiny(Tiny),
    /// Units that fit 32 bits.
    Small(Vec<u32>),
    /// Larger units.
    Large(Vec<u64>),
}

/// Reads the weight of an arc; monomorphised so that the inner loops branch once, outside.
pub(super) trait Column: Sync {
    /// Whether every weight is one.
    const UNIT: bool = false;

    fn at(&self, arc: usize) -> u64;
}

/// The column of a graph whose weights are all one.
pub(super) struct Ones;

impl Column for Ones {
    const UNIT: bool = true;

    fn at(&self, _arc: usize) -> u64 {
        1
    }
}

/// Weights times a scale, rounded, at least one unit.
pub(super) struct Scaled<'a> {
    weights: &'a [f32],
    scale: f64,
}

impl Column for Scaled<'_> {
    fn at(&self, arc: usize) -> u64 {
        ((f64::from(self.weights[arc]) * self.scale + 0.5) as i64 as u64).max(1)
    }
}

/// Weights of a byte each, and a list of the few that do not fit one: coarse levels are made of mostly single edges, and
/// their weights would take as much memory as all else.
#[derive(Default)]
pub(super) struct Tiny {
    /// 255 stands for a weight that is in `large`.
    bytes: Vec<u8>,
    /// Arc and weight, ascending by arc.
    large: Vec<(u64, u64)>,
}

impl Tiny {
    /// Room for so many arcs.
    pub(super) fn with_capacity(arcs: usize) -> Self {
        Self { bytes: Vec::with_capacity(arcs), large: Vec::new() }
    }

    pub(super) fn push(&mut self, weight: u64) {
        if weight < 255 {
            self.bytes.push(weight as u8);
        } else {
            self.large.push((self.bytes.len() as u64, weight));
            self.bytes.push(255);
        }
    }

    /// Whether the list is so long that four bytes an arc take hardly more.
    pub(super) fn is_strained(&self) -> bool {
        self.large.len() > 4_096 + self.bytes.len() / 16
    }

    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.bytes.shrink_to_fit();
        self.large.shrink_to_fit();
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        (0..self.bytes.len()).map(|arc| self.at(arc))
    }

    #[cold]
    fn large(&self, arc: usize) -> u64 {
        let place = self.large.binary_search_by_key(&(arc as u64), |(arc, _)| *arc);
        place.ok().and_then(|at| self.large.get(at)).map_or(0, |(_, weight)| *weight)
    }
}

impl Column for Tiny {
    fn at(&self, arc: usize) -> u64 {
        match self.bytes[arc] {
            255 => self.large(arc),
            byte => u64::from(byte),
        }
    }
}

impl Column for [u32] {
    fn at(&self, arc: usize) -> u64 {
        u64::from(self[arc])
    }
}

impl Column for [u64] {
    fn at(&self, arc: usize) -> u64 {
        self[arc]
    }
}

/// Calls a function generic over the weight column with the column of a level.
macro_rules! with_column {
    ($level:expr, $column:ident => $body:expr) => {
        match &$level.weights {
            $crate::leiden::level::Weights::Unit => {
                let $column = &$crate::leiden::level::Ones;
                $body
            }
            $crate::leiden::level::Weights::Scaled($column) => $body,
            $crate::leiden::level::Weights::Tiny($column) => $body,
            $crate::leiden::level::Weights::Small(w) => {
                let $column = w.as_slice();
                $body
            }
            $crate::leiden::level::Weights::Large(w) => {
                let $column = w.as_slice();
                $body
            }
        }
    };
}
pub(super) use with_column;

/// **Invariants:**
/// 1. `strength[v]` is the weight of all arcs of `v` and twice its loop; all strengths together are `doubled`.
/// 2. A loop is counted in `loops`; a row of the finest level may still hold it, so kernels pass over `v` in row `v`.
///    `loops` is empty where no node has one.
/// 3. `doubled` is below 2^53: it and every part of it are exact as `f64`.
pub(super) struct Level<'a> {
    pub(super) offsets: Cow<'a, [u64]>,
    pub(super) targets: Cow<'a, [u32]>,
    pub(super) weights: Weights<'a>,
    pub(super) loops: Vec<u64>,
    pub(super) strength: Vec<u64>,
    /// Nodes of the finest graph inside each node; empty if the objective does not ask for them.
    pub(super) size: Vec<u64>,
    pub(super) doubled: u64,
    /// Units in a weight of one.
    pub(super) scale: f64,
}

impl<'a> Level<'a> {
    /// The finest level. Weights that are whole stay as they are; others are scaled by the power of two that leaves the
    /// largest below 2^24, the precision of the weights themselves, and all together below 2^52, and rounded, at least
    /// to one unit.
    pub(super) fn of(graph: &'a WeightedGraph, sizes: bool) -> Self {
        let n = graph.node_count();
        let (weights, scale) = match graph.weights() {
            None => (Weights::Unit, 1.0),
            Some(weights) => {
                let scale = scale_of(weights, graph.total_weight());
                (Weights::Scaled(Scaled { weights, scale }), scale)
            }
        };
        let mut level = Self {
            offsets: Cow::Borrowed(graph.offsets()),
            targets: Cow::Borrowed(graph.targets()),
            weights,
            loops: Vec::new(),
            strength: vec![0; n],
            size: if sizes { vec![1; n] } else { Vec::new() },
            doubled: 0,
            scale,
        };
        let mut strength = std::mem::take(&mut level.strength);
        let own: Vec<(u32, u64)> = with_column!(level, column => strength
            .par_iter_mut()
            .enumerate()
            .filter_map(|(v, sum)| {
                let (own, all) = level.sums(v as u32, column);
                *sum = all;
                (own > 0).then_some((v as u32, own))
            })
            .collect());
        level.strength = strength;
        if !own.is_empty() {
            level.loops = vec![0; n];
            for (v, weight) in own {
                level.loops[v as usize] = weight;
            }
        }
        level.doubled = level.strength.par_iter().sum();
        level
    }

    fn sums<W: Column + ?Sized>(&self, v: u32, column: &W) -> (u64, u64) {
        let row = self.row(v);
        // Rows of the graph are ascending.
        let own = self.targets[row.clone()].binary_search(&v).map_or(0, |at| column.at(row.start + at));
        let all = if W::UNIT { row.len() as u64 } else { row.map(|arc| column.at(arc)).sum() };
        (own, all + own)
    }

    pub(super) fn nodes(&self) -> usize {
        self.offsets.len() - 1
    }

    pub(super) fn row(&self, v: u32) -> std::ops::Range<usize> {
        self.offsets[v as usize] as usize..self.offsets[v as usize + 1] as usize
    }

    /// Weight of a node's loop.
    pub(super) fn loop_of(&self, v: u32) -> u64 {
        if self.loops.is_empty() { 0 } else { self.loops[v as usize] }
    }

    /// Whether a node has a loop.
    pub(super) fn has_loop(&self, v: u32) -> bool {
        self.loop_of(v) > 0
    }
}

fn scale_of(weights: &[f32], total: f64) -> f64 {
    let largest = weights.par_iter().copied().reduce(|| 0.0, f32::max);
    let whole = weights.par_iter().all(|w| w.fract().to_bits() == 0);
    if whole && f64::from(largest) < (1u64 << 30) as f64 && total < (1u64 << 51) as f64 {
        return 1.0;
    }
    let exponent = |x: f64| ((x.to_bits() >> 52) & 0x7ff) as i32 - 1023 + 1;
    let shift = (24 - exponent(f64::from(largest))).min(51 - exponent(total)).clamp(-1000, 1000);
    f64::from_bits(((shift + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tiny_weights_are_those_pushed(
            weights in prop::collection::vec(prop_oneof![0u64..300, Just(254), Just(255), any::<u64>()], 0..200),
        ) {
            let mut tiny = Tiny::with_capacity(0);
            weights.iter().for_each(|w| tiny.push(*w));
            prop_assert_eq!(tiny.iter().collect::<Vec<_>>(), weights);
        }
    }

    #[test]
    fn many_large_weights_are_told() {
        let mut tiny = Tiny::with_capacity(0);
        (0..100_000).for_each(|_| tiny.push(7));
        assert!(!tiny.is_strained());
        (0..20_000).for_each(|_| tiny.push(1_000));
        assert!(tiny.is_strained());
    }
}
