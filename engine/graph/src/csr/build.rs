//! Builds the weighted graph: arcs are scattered to blocks of nodes, then each block is sorted and merged on its own.
//!
//! Blocks depend on the number of nodes and pieces on the number of edges, never on threads, and repeated edges are
//! added in order of their weight; so the graph is the same bytes for any order of the edges at any thread count.

use crate::csr::{WeightedGraph, offsets_of};
use crate::error::GraphError;
use rayon::prelude::*;

/// The weight that travels with an arc while building: nothing where there are none.
trait Cargo: Copy + Default + Send + Sync {
    /// Neighbour and weight in one number that sorts by neighbour, then weight.
    type Key: Ord + Copy + Default + Send;

    fn pack(self, neighbour: u32) -> Self::Key;
    fn unpack(key: Self::Key) -> (u32, f32);
}

impl Cargo for () {
    type Key = u32;

    fn pack(self, neighbour: u32) -> u32 {
        neighbour
    }

    fn unpack(key: u32) -> (u32, f32) {
        (key, 1.0)
    }
}

impl Cargo for f32 {
    type Key = u64;

    fn pack(self, neighbour: u32) -> u64 {
        // Weights are finite and not negative, so their bits sort as they do; adding 0 makes minus zero zero.
        u64::from(neighbour) << 32 | u64::from((self + 0.0).to_bits())
    }

    fn unpack(key: u64) -> (u32, f32) {
        ((key >> 32) as u32, f32::from_bits(key as u32))
    }
}

#[derive(Clone, Copy, Default)]
struct Arc<W> {
    row: u32,
    neighbour: u32,
    weight: W,
}

pub(super) fn build(
    nodes: usize,
    pairs: &[(u32, u32)],
    weights: Option<&[f32]>,
) -> Result<WeightedGraph, GraphError> {
    if nodes > u32::MAX as usize {
        return Err(GraphError::TooLarge { count: nodes });
    }
    let strange = |&(u, v): &(u32, u32)| u.max(v) as usize >= nodes;
    if let Some(edge) = pairs.par_iter().position_first(strange) {
        let (u, v) = pairs[edge];
        return Err(GraphError::NoSuchNode { edge, node: u.max(v), nodes });
    }
    match weights {
        None => assemble(nodes, pairs, |_| ()),
        Some(weights) if weights.len() != pairs.len() => {
            Err(GraphError::WeightCount { edges: pairs.len(), weights: weights.len() })
        }
        Some(weights) => {
            if let Some(edge) = weights.par_iter().position_first(|w| !(w.is_finite() && *w >= 0.0)) {
                return Err(GraphError::BadWeight { edge });
            }
            assemble(nodes, pairs, |edge| weights[edge])
        }
    }
}

fn assemble<W: Cargo>(
    nodes: usize,
    pairs: &[(u32, u32)],
    weight: impl Fn(usize) -> W + Sync,
) -> Result<WeightedGraph, GraphError> {
    // At most 512 blocks of a power of two of nodes.
    let mut shift = 6;
    while nodes >> shift >= 512 {
        shift += 1;
    }
    let blocks = (nodes >> shift) + 1;
    let (arcs, block_sizes) = scatter(pairs, &weight, blocks, shift);
    // Every block writes its rows at the front of its own stretch; only where edges repeat do gaps have to be closed.
    let (mut targets, mut lengths) = (vec![0u32; arcs.len()], vec![0u32; nodes]);
    let mut slices = Vec::with_capacity(blocks);
    let (mut arcs_left, mut targets_left, mut lengths_left) =
        (arcs.as_slice(), targets.as_mut_slice(), lengths.as_mut_slice());
    for (block, &size) in block_sizes.iter().enumerate() {
        let first = block << shift;
        let (own_arcs, more_arcs) = arcs_left.split_at(size);
        let (own_targets, more_targets) = targets_left.split_at_mut(size);
        let (own_lengths, more_lengths) = lengths_left.split_at_mut((nodes - first).min(1 << shift));
        slices.push((first as u32, own_arcs, own_targets, own_lengths));
        (arcs_left, targets_left, lengths_left) = (more_arcs, more_targets, more_lengths);
    }
    let merged: Vec<Block> = slices
        .into_par_iter()
        .with_max_len(1)
        .map_init(Vec::new, |keys, (first, arcs, targets, lengths)| {
            merge(first, arcs, targets, lengths, keys)
        })
        .collect::<Result<_, _>>()?;
    drop(arcs);

    let mut end = 0;
    let mut begin = 0;
    for (block, &size) in merged.iter().zip(&block_sizes) {
        if begin != end {
            targets.copy_within(begin..begin + block.kept, end);
        }
        begin += size;
        end += block.kept;
    }
    if end < targets.len() {
        targets.truncate(end);
        targets.shrink_to_fit();
    }
    let weights = merged.iter().any(|b| !b.weights.is_empty()).then(|| {
        let mut weights = vec![1.0f32; end];
        let mut slots = Vec::with_capacity(merged.len());
        let mut rest = weights.as_mut_slice();
        for block in &merged {
            let (slot, tail) = rest.split_at_mut(block.kept);
            slots.push((slot, block));
            rest = tail;
        }
        slots.into_par_iter().for_each(|(slot, block)| {
            if !block.weights.is_empty() {
                slot.copy_from_slice(&block.weights);
            }
        });
        weights
    });
    Ok(WeightedGraph {
        offsets: offsets_of(&lengths),
        targets,
        weights,
        edges: merged.iter().map(|b| b.edges).sum(),
        total_weight: merged.iter().map(|b| b.weight).sum(),
    })
}

/// Both arcs of every edge (one of a loop), grouped by block; within a block in the order of the edges.
fn scatter<W: Cargo>(
    pairs: &[(u32, u32)],
    weight: &(impl Fn(usize) -> W + Sync),
    blocks: usize,
    shift: u32,
) -> (Vec<Arc<W>>, Vec<usize>) {
    let piece = pairs.len().div_ceil(64).max(1 << 14);
    let counts: Vec<Vec<usize>> = pairs
        .par_chunks(piece)
        .map(|chunk| {
            let mut count = vec![0usize; blocks];
            for &(u, v) in chunk {
                count[(u >> shift) as usize] += 1;
                count[(v >> shift) as usize] += usize::from(u != v);
            }
            count
        })
        .collect();
    let block_sizes: Vec<usize> = (0..blocks).map(|b| counts.iter().map(|c| c[b]).sum()).collect();
    let mut arcs = vec![Arc::<W>::default(); block_sizes.iter().sum()];
    // Each piece owns one slot in each block: disjoint by construction, so that no thread waits for another.
    let mut slots: Vec<Vec<&mut [Arc<W>]>> = counts.iter().map(|_| Vec::with_capacity(blocks)).collect();
    let mut rest = arcs.as_mut_slice();
    for block in 0..blocks {
        for (slot, count) in slots.iter_mut().zip(&counts) {
            let (head, tail) = rest.split_at_mut(count[block]);
            slot.push(head);
            rest = tail;
        }
    }
    slots.par_iter_mut().zip(pairs.par_chunks(piece)).enumerate().for_each(|(number, (slots, chunk))| {
        let mut filled = vec![0usize; blocks];
        let mut put = |row: u32, neighbour: u32, weight: W| {
            let block = (row >> shift) as usize;
            slots[block][filled[block]] = Arc { row, neighbour, weight };
            filled[block] += 1;
        };
        for (i, &(u, v)) in chunk.iter().enumerate() {
            let weight = weight(number * piece + i);
            put(u, v, weight);
            if u != v {
                put(v, u, weight);
            }
        }
    });
    (arcs, block_sizes)
}

/// What merging one block of nodes gave.
struct Block {
    /// Arcs that stand at the front of the block's stretch.
    kept: usize,
    /// Their weights; empty if all are one.
    weights: Vec<f32>,
    edges: usize,
    weight: f64,
}

/// Counts the arcs of each row, deals them to their rows, sorts each row and adds repeats up. `keys` is scratch.
fn merge<W: Cargo>(
    first: u32,
    arcs: &[Arc<W>],
    targets: &mut [u32],
    lengths: &mut [u32],
    keys: &mut Vec<W::Key>,
) -> Result<Block, GraphError> {
    let mut ends = vec![0usize; lengths.len() + 1];
    for arc in arcs {
        ends[(arc.row - first) as usize + 1] += 1;
    }
    for row in 0..lengths.len() {
        ends[row + 1] += ends[row];
    }
    keys.clear();
    keys.resize(arcs.len(), W::Key::default());
    for arc in arcs {
        // The beginning of a row moves to its end while it is filled.
        let at = &mut ends[(arc.row - first) as usize];
        keys[*at] = arc.weight.pack(arc.neighbour);
        *at += 1;
    }
    let mut block = Block { kept: 0, weights: Vec::new(), edges: 0, weight: 0.0 };
    let mut begin = 0;
    for (length, (row, &end)) in lengths.iter_mut().zip((first..).zip(&ends)) {
        let keys = &mut keys[begin..end];
        begin = end;
        keys.sort_unstable();
        let before = block.kept;
        for group in keys.chunk_by(|&a, &b| W::unpack(a).0 == W::unpack(b).0) {
            let sum = group.iter().map(|&key| f64::from(W::unpack(key).1)).sum::<f64>() as f32;
            let Some(&key) = group.first() else { continue };
            let neighbour = W::unpack(key).0;
            if !sum.is_finite() {
                return Err(GraphError::WeightOverflow { node: row });
            }
            if sum <= 0.0 {
                continue;
            }
            if block.weights.is_empty() && sum.to_bits() != 1.0f32.to_bits() {
                block.weights.reserve(targets.len());
                block.weights.resize(block.kept, 1.0);
                block.weights.push(sum);
            } else if !block.weights.is_empty() {
                block.weights.push(sum);
            }
            targets[block.kept] = neighbour;
            block.kept += 1;
            if row <= neighbour {
                block.edges += 1;
                block.weight += f64::from(sum);
            }
        }
        *length = (block.kept - before) as u32;
    }
    Ok(block)
}
