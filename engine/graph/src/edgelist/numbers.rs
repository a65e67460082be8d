//! Edge lists whose ids are all whole numbers: one pass over the bytes, straight into the columns.

use crate::edgelist::scan::{is_separator, lines, weight_of, whole_number};
use crate::edgelist::{EdgeList, NodeNames, Piece, Text, check_size, close_gaps, stretches};
use crate::error::EdgeListError;
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// Why a piece was not read as whole numbers of 32 bits.
enum Stop {
    /// An id is not a whole number.
    Word,
    /// An id is larger.
    Wide,
    Bad(EdgeListError),
}

/// The list if every id is a whole number (but for a heading), `None` if one is not.
pub(super) fn read(text: &Text<'_>, weighted: bool) -> Result<Option<EdgeList>, EdgeListError> {
    let room = text.room();
    let (mut pairs, mut weights) = (vec![(0u32, 0u32); room], vec![0f32; if weighted { room } else { 0 }]);
    let results: Vec<Result<(usize, u32), Stop>> = text
        .pieces
        .par_iter()
        .zip(stretches(text, &mut pairs))
        .zip(stretches(text, &mut weights))
        .map(|((piece, pairs), weights)| read_piece(piece, text.heading, pairs, weights, weighted))
        .collect();
    if results.iter().any(|r| matches!(r, Err(Stop::Word))) {
        return Ok(None);
    }
    if results.iter().any(|r| matches!(r, Err(Stop::Wide))) {
        drop((pairs, weights));
        return read_wide(text, weighted);
    }
    let (mut kept, mut largest) = (Vec::with_capacity(results.len()), 0);
    for result in results {
        match result {
            Ok((count, id)) => {
                kept.push(count);
                largest = largest.max(id);
            }
            Err(Stop::Bad(error)) => return Err(error),
            Err(Stop::Word | Stop::Wide) => return Ok(None),
        }
    }
    close_gaps(text, &mut pairs, &kept);
    if weighted {
        close_gaps(text, &mut weights, &kept);
    }
    if pairs.is_empty() && text.heading.is_some() {
        // A heading with nothing below it is an edge between two words.
        return Ok(None);
    }
    let ids = if pairs.is_empty() { Vec::new() } else { renumber(&mut pairs, largest) };
    let weights = (weighted && !pairs.is_empty()).then_some(weights);
    Ok(Some(EdgeList {
        names: NodeNames::Numbers(ids),
        pairs,
        weights,
        heading: text.heading.is_some(),
        lines: text.lines,
    }))
}

/// Reads one piece to the front of its stretches: how many edges there are, and the largest id.
fn read_piece(
    piece: &Piece<'_>,
    heading: Option<u64>,
    pairs: &mut [(u32, u32)],
    weights: &mut [f32],
    weighted: bool,
) -> Result<(usize, u32), Stop> {
    let bytes = piece.bytes;
    let (mut at, mut line, mut kept, mut largest) = (0, piece.before, 0, 0);
    while at < bytes.len() {
        line += 1;
        at = skip_separators(bytes, at);
        let comment = matches!(bytes.get(at), None | Some(b'#' | b'%' | b'\n')) || heading == Some(line);
        if !comment {
            let (source, after) = number(bytes, at)?;
            at = skip_separators(bytes, after);
            if matches!(bytes.get(at), None | Some(b'\n')) {
                return Err(Stop::Bad(EdgeListError::MissingTarget { line }));
            }
            let (target, after) = number(bytes, at)?;
            at = after;
            // There are as many places as lines.
            if let Some(slot) = pairs.get_mut(kept) {
                *slot = (source, target);
            }
            largest = largest.max(source).max(target);
            if weighted {
                at = skip_separators(bytes, at);
                let length = bytes[at..].iter().position(|&b| is_separator(b) || b == b'\n');
                let end = length.map_or(bytes.len(), |length| at + length);
                let field = (end > at).then(|| &bytes[at..end]);
                let weight = weight_of(field, line).map_err(Stop::Bad)?;
                if let Some(slot) = weights.get_mut(kept) {
                    *slot = weight;
                }
                at = end;
            }
            kept += 1;
        }
        at += bytes[at..].iter().position(|&b| b == b'\n').map_or(bytes.len() - at, |end| end + 1);
    }
    Ok((kept, largest))
}

fn skip_separators(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|&b| is_separator(b)) {
        at += 1;
    }
    at
}

/// A whole number of 32 bits that ends where its field ends, and where that is.
fn number(bytes: &[u8], from: usize) -> Result<(u32, usize), Stop> {
    let (mut value, mut at) = (0u64, from);
    while let Some(&byte) = bytes.get(at) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            if at > from && (byte == b'\n' || is_separator(byte)) {
                break;
            }
            return Err(Stop::Word);
        }
        if at - from > 18 {
            // As long as this it is not one of 32 bits; the whole field decides between a wide number and a word.
            return Err(Stop::Wide);
        }
        value = value * 10 + u64::from(digit);
        at += 1;
    }
    u32::try_from(value).map(|value| (value, at)).map_err(|_| Stop::Wide)
}

/// Numbers the ids 0.. in ascending order, in place: the ids.
fn renumber(pairs: &mut [(u32, u32)], largest: u32) -> Vec<u64> {
    // Where ids are about as many as edges a table over all ids finds them; elsewhere they are sorted.
    if u64::from(largest) > 8 * pairs.len() as u64 + 1024 {
        let mut ids: Vec<u32> = pairs.par_iter().flat_map_iter(|&(u, v)| [u, v]).collect();
        ids.par_sort_unstable();
        ids.dedup();
        let find = |id: u32| ids.partition_point(|&other| other < id) as u32;
        pairs.par_iter_mut().for_each(|(u, v)| (*u, *v) = (find(*u), find(*v)));
        return ids.into_iter().map(u64::from).collect();
    }
    let seen: Vec<AtomicBool> = (0..=largest).map(|_| AtomicBool::new(false)).collect();
    let see = |id: u32| {
        let seen = &seen[id as usize];
        // Most ids have been seen before; to read only leaves the cache line shared.
        if !seen.load(Ordering::Relaxed) {
            seen.store(true, Ordering::Relaxed);
        }
    };
    pairs.par_iter().with_min_len(1 << 12).for_each(|&(u, v)| {
        see(u);
        see(v);
    });
    let ids: Vec<u64> =
        (0..=u64::from(largest)).filter(|&id| seen[id as usize].load(Ordering::Relaxed)).collect();
    if ids.len() as u64 != u64::from(largest) + 1 {
        let mut place = vec![0u32; seen.len()];
        for (number, &id) in ids.iter().enumerate() {
            place[id as usize] = number as u32;
        }
        pairs.par_iter_mut().for_each(|(u, v)| (*u, *v) = (place[*u as usize], place[*v as usize]));
    }
    ids
}

/// The list where some ids are larger than 32 bits.
fn read_wide(text: &Text<'_>, weighted: bool) -> Result<Option<EdgeList>, EdgeListError> {
    type Wide = (Vec<(u64, u64)>, Vec<f32>);
    let read = |piece: &Piece<'_>| -> Result<Wide, Stop> {
        let (mut pairs, mut weights) = (Vec::with_capacity(piece.lines), Vec::new());
        for line in lines(piece.bytes) {
            let at = piece.before + line.number;
            if text.heading == Some(at) {
                continue;
            }
            let target = line.target.ok_or(Stop::Bad(EdgeListError::MissingTarget { line: at }))?;
            let (Some(source), Some(target)) = (whole_number(line.source), whole_number(target)) else {
                return Err(Stop::Word);
            };
            pairs.push((source, target));
            if weighted {
                weights.push(weight_of(line.weight, at).map_err(Stop::Bad)?);
            }
        }
        Ok((pairs, weights))
    };
    let results: Vec<Result<Wide, Stop>> = text.pieces.par_iter().map(read).collect();
    if results.iter().any(|r| matches!(r, Err(Stop::Word | Stop::Wide))) {
        return Ok(None);
    }
    let mut pieces = Vec::with_capacity(results.len());
    for result in results {
        match result {
            Ok(piece) => pieces.push(piece),
            Err(Stop::Bad(error)) => return Err(error),
            Err(Stop::Word | Stop::Wide) => return Ok(None),
        }
    }
    let mut ids: Vec<u64> =
        pieces.par_iter().flat_map_iter(|(pairs, _)| pairs.iter().flat_map(|&(u, v)| [u, v])).collect();
    ids.par_sort_unstable();
    ids.dedup();
    check_size(ids.len())?;
    let find = |id: u64| ids.partition_point(|&other| other < id) as u32;
    let pairs: Vec<(u32, u32)> = pieces
        .par_iter()
        .flat_map_iter(|(pairs, _)| pairs.iter().map(|&(u, v)| (find(u), find(v))))
        .collect();
    let weights = weighted.then(|| pieces.iter().flat_map(|(_, weights)| weights).copied().collect());
    Ok(Some(EdgeList {
        pairs,
        weights,
        names: NodeNames::Numbers(ids),
        heading: text.heading.is_some(),
        lines: text.lines,
    }))
}
