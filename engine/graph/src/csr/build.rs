//! Builds the weighted graph: arcs are scattered to blocks of nodes, then each block is sorted and merged on its own.
//!
//! Blocks depend on the number of nodes and pieces on the number of edges, never on threads, and repeated edges are
//! added in order of their weight; so the graph is the same bytes for any order of the edges at any thread count.

use crate::csr::{WeightedGraph, concatenate, offsets_of};
use crate::error::GraphError;
use rayon::prelude::*;

/// The weight that travels with an arc while building: nothing where there are none.
trait Cargo: Copy + Default + Send + Sync {
    fn value(self) -> f32;
}

impl Cargo for () {
    fn value(self) -> f32 {
        1.0
    }
}

impl Cargo for f32 {
    fn value(self) -> f32 {
        self
    }
}

/// `key` is the row in the upper half and the neighbour in the lower.
#[derive(Clone, Copy, Default)]
struct Arc<W> {
    key: u64,
    weight: W,
}

fn key(row: u32, neighbour: u32) -> u64 {
    u64::from(row) << 32 | u64::from(neighbour)
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
    let (mut arcs, block_sizes) = scatter(pairs, &weight, blocks, shift);
    let mut slices = Vec::with_capacity(blocks);
    let mut rest = arcs.as_mut_slice();
    for (block, &size) in block_sizes.iter().enumerate() {
        let (slice, tail) = rest.split_at_mut(size);
        slices.push((block, slice));
        rest = tail;
    }
    let merged: Vec<Block> = slices
        .into_par_iter()
        .map(|(block, slice)| {
            let first = block << shift;
            merge(slice, first, (nodes - first).min(1 << shift))
        })
        .collect::<Result<_, _>>()?;
    drop(arcs);

    let (mut lengths, mut targets, mut weights) = (Vec::with_capacity(nodes), Vec::new(), Vec::new());
    let (mut edges, mut total_weight, mut unit) = (0, 0.0, true);
    for block in merged {
        lengths.extend_from_slice(&block.lengths);
        targets.push(block.targets);
        weights.push(block.weights);
        edges += block.edges;
        total_weight += block.weight;
        unit &= block.unit;
    }
    let weights = (!unit).then(|| concatenate(&weights));
    Ok(WeightedGraph {
        offsets: offsets_of(&lengths),
        targets: concatenate(&targets),
        weights,
        edges,
        total_weight,
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
                if u != v {
                    count[(v >> shift) as usize] += 1;
                }
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
            slots[block][filled[block]] = Arc { key: key(row, neighbour), weight };
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

/// The rows of one block of nodes.
struct Block {
    lengths: Vec<u32>,
    targets: Vec<u32>,
    weights: Vec<f32>,
    edges: usize,
    weight: f64,
    unit: bool,
}

fn merge<W: Cargo>(arcs: &mut [Arc<W>], first: usize, nodes: usize) -> Result<Block, GraphError> {
    // Weights are finite and not negative, so their bits sort as they do.
    arcs.sort_unstable_by_key(|a| (a.key, a.weight.value().to_bits()));
    let mut block = Block {
        lengths: vec![0; nodes],
        targets: Vec::with_capacity(arcs.len()),
        weights: Vec::new(),
        edges: 0,
        weight: 0.0,
        unit: true,
    };
    for group in arcs.chunk_by(|a, b| a.key == b.key) {
        let sum: f64 = group.iter().map(|a| f64::from(a.weight.value())).sum();
        let sum = sum as f32;
        let Some(&Arc { key, .. }) = group.first() else { continue };
        let (row, neighbour) = ((key >> 32) as u32, key as u32);
        if !sum.is_finite() {
            return Err(GraphError::WeightOverflow { node: row });
        }
        if sum <= 0.0 {
            continue;
        }
        block.lengths[row as usize - first] += 1;
        if block.unit && sum.to_bits() != 1.0f32.to_bits() {
            block.unit = false;
        }
        block.targets.push(neighbour);
        block.weights.push(sum);
        if row <= neighbour {
            block.edges += 1;
            block.weight += f64::from(sum);
        }
    }
    Ok(block)
}
