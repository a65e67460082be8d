//! Edge lists whose ids are text.
//!
//! Threads enter ids in shared tables, one of many chosen by the id's hash, in whatever order they come; the numbers that
//! nodes get at the end are those of the sorted ids, which no order of entering changes.

use crate::edgelist::scan::{lines, weight_of};
use crate::edgelist::{EdgeList, NodeNames, Piece, Text, check_size, close_gaps, stretches};
use crate::error::EdgeListError;
use rayon::prelude::*;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

/// Tables; a power of two.
const SHARDS: usize = 256;

/// Ids of one table with their number in it.
type Shard<'a> = HashMap<&'a str, u32>;

pub(super) fn read(text: &Text<'_>, weighted: bool) -> Result<EdgeList, EdgeListError> {
    let room = text.room();
    let (mut pairs, mut weights) = (vec![(0u32, 0u32); room], vec![0f32; if weighted { room } else { 0 }]);
    let shards: Vec<Mutex<Shard<'_>>> = (0..SHARDS).map(|_| Mutex::default()).collect();
    let state = RandomState::new();
    let results: Vec<Result<usize, EdgeListError>> = text
        .pieces
        .par_iter()
        .zip(stretches(text, &mut pairs))
        .zip(stretches(text, &mut weights))
        .map(|((piece, pairs), weights)| {
            let (ids, read) = read_piece(piece, weighted)?;
            enter(&ids, pairs, &shards, &state)?;
            if weighted {
                weights[..read.len()].copy_from_slice(&read);
            }
            Ok(ids.len() / 2)
        })
        .collect();
    // The first bad line is in the first piece that has one.
    let kept: Vec<usize> = results.into_iter().collect::<Result<_, _>>()?;
    close_gaps(text, &mut pairs, &kept);
    if weighted {
        close_gaps(text, &mut weights, &kept);
    }
    let mut ids: Vec<(&str, u32)> = Vec::new();
    let mut rank: Vec<Vec<u32>> = Vec::with_capacity(SHARDS);
    for (number, shard) in shards.into_iter().enumerate() {
        let shard = shard.into_inner().unwrap_or_else(PoisonError::into_inner);
        rank.push(vec![0; shard.len()]);
        ids.extend(shard.into_iter().map(|(id, local)| (id, packed(local, number))));
    }
    check_size(ids.len())?;
    ids.par_sort_unstable();
    for (place, &(_, packed)) in ids.iter().enumerate() {
        rank[packed as usize % SHARDS][packed as usize / SHARDS] = place as u32;
    }
    let find = |packed: u32| rank[packed as usize % SHARDS][packed as usize / SHARDS];
    pairs.par_iter_mut().for_each(|(u, v)| (*u, *v) = (find(*u), find(*v)));
    let weights = (weighted && !pairs.is_empty()).then_some(weights);
    Ok(EdgeList {
        names: NodeNames::Texts(ids.into_iter().map(|(id, _)| id.to_owned()).collect()),
        pairs,
        weights,
        heading: false,
        lines: text.lines,
    })
}

/// Sources and targets of a piece in turn, and the weights.
fn read_piece<'a>(piece: &Piece<'a>, weighted: bool) -> Result<(Vec<&'a str>, Vec<f32>), EdgeListError> {
    let (mut ids, mut weights) = (Vec::with_capacity(2 * piece.lines), Vec::new());
    for line in lines(piece.bytes) {
        let at = piece.before + line.number;
        let target = line.target.ok_or(EdgeListError::MissingTarget { line: at })?;
        for field in [line.source, target] {
            ids.push(std::str::from_utf8(field).map_err(|_| EdgeListError::NotText { line: at })?);
        }
        if weighted {
            weights.push(weight_of(line.weight, at)?);
        }
    }
    Ok((ids, weights))
}

/// Enters the ids of a piece, table by table, so that each table is locked once; `pairs` gets their packed numbers.
fn enter<'a>(
    ids: &[&'a str],
    pairs: &mut [(u32, u32)],
    shards: &[Mutex<Shard<'a>>],
    state: &RandomState,
) -> Result<(), EdgeListError> {
    let mut by_shard: Vec<Vec<u32>> = vec![Vec::new(); SHARDS];
    for (place, id) in ids.iter().enumerate() {
        // The tables' own hashers use the low and the highest bits of another hash.
        by_shard[state.hash_one(id) as usize % SHARDS].push(place as u32);
    }
    for (number, (places, shard)) in by_shard.iter().zip(shards).enumerate() {
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        for &place in places {
            let next = shard.len();
            if next >= u32::MAX as usize / SHARDS {
                return Err(EdgeListError::TooLarge { count: next * SHARDS });
            }
            let local = *shard.entry(ids[place as usize]).or_insert(next as u32);
            let pair = &mut pairs[place as usize / 2];
            let slot = if place % 2 == 0 { &mut pair.0 } else { &mut pair.1 };
            *slot = packed(local, number);
        }
    }
    Ok(())
}

fn packed(local: u32, shard: usize) -> u32 {
    local * SHARDS as u32 + shard as u32
}
