//! Reads edge lists as people keep them: `u v` or `u v weight` a line.
//!
//! Fields are parted by spaces, tabs, commas or semicolons; empty lines and lines that begin with `#` or `%` are
//! skipped. Ids are whole numbers or any text. A byte order mark and `\r\n` are taken in stride.
//! Lines are read in parallel pieces; the first bad line is named whichever thread meets one first.

use crate::error::EdgeListError;
use rayon::prelude::*;

#[cfg(test)]
mod tests;

/// The ids of an edge list in the file's own words; a node's number is its place here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeNames {
    /// Every id is a whole number; ascending.
    Numbers(Vec<u64>),
    /// At least one id is not; in order of their bytes.
    Texts(Vec<String>),
}

impl NodeNames {
    /// How many nodes there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(n) => n.len(),
            Self::Texts(t) => t.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends the id of a node to a line of output.
    pub fn write(&self, node: u32, out: &mut String) {
        match self {
            Self::Numbers(n) => {
                if let Some(number) = n.get(node as usize) {
                    out.push_str(&number.to_string());
                }
            }
            Self::Texts(t) => {
                if let Some(text) = t.get(node as usize) {
                    out.push_str(text);
                }
            }
        }
    }
}

/// An edge list in memory, ready for [`crate::csr::WeightedGraph::from_columns`].
///
/// Nodes exist because an edge names them: gaps in the numbering cost nothing, an id of a billion is one node.
#[derive(Clone, Debug, PartialEq)]
pub struct EdgeList {
    /// The nodes.
    pub names: NodeNames,
    /// Edges in the order of the file.
    pub pairs: Vec<(u32, u32)>,
    /// Weights in the same order, if they were asked for.
    pub weights: Option<Vec<f32>>,
    /// True if the first line was a heading: no whole number in it, while all other ids are whole numbers.
    pub heading: bool,
    /// Lines of the file.
    pub lines: u64,
}

/// Pieces of this many bytes are read at once; a piece ends at the end of a line.
const PIECE: usize = 1 << 20;

/// What does the edge list say?
///
/// # Arguments    `bytes`: the file; `weighted`: whether the third field is a weight (it is passed over otherwise)
/// # Errors       `EdgeListError` with the number of the first line that cannot be read
/// # Complexity   O(bytes + n log n); about 24 bytes an edge beside the file
/// # Determinism  the same at any thread count
pub fn parse(bytes: &[u8], weighted: bool) -> Result<EdgeList, EdgeListError> {
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let pieces = cut(body);
    let lines_before = lines_before(&pieces);
    let heading = heading_line(body);
    if let Some(numbers) = numbers(&pieces, &lines_before, weighted, heading)? {
        return number(numbers, heading, body);
    }
    texts(&pieces, &lines_before, weighted, body)
}

/// Pieces of whole lines.
fn cut(body: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::with_capacity(body.len() / PIECE + 1);
    let mut rest = body;
    while rest.len() > PIECE {
        let end = rest[PIECE..].iter().position(|&b| b == b'\n').map_or(rest.len(), |at| PIECE + at + 1);
        let (piece, tail) = rest.split_at(end);
        pieces.push(piece);
        rest = tail;
    }
    pieces.push(rest);
    pieces
}

fn lines_before(pieces: &[&[u8]]) -> Vec<u64> {
    let counts: Vec<u64> =
        pieces.par_iter().map(|p| p.iter().filter(|&&b| b == b'\n').count() as u64).collect();
    counts
        .iter()
        .scan(0, |sum, count| {
            let before = *sum;
            *sum += count;
            Some(before)
        })
        .collect()
}

/// One line that holds something, with its number within the piece.
struct Line<'a> {
    number: u64,
    source: &'a [u8],
    target: Option<&'a [u8]>,
    weight: Option<&'a [u8]>,
}

fn lines(piece: &[u8]) -> impl Iterator<Item = Line<'_>> {
    piece.split(|&b| b == b'\n').enumerate().filter_map(|(number, line)| {
        let mut fields =
            line.split(|b| matches!(b, b' ' | b'\t' | b',' | b';' | b'\r')).filter(|field| !field.is_empty());
        let source = fields.next().filter(|f| !matches!(f.first(), Some(b'#' | b'%')))?;
        Some(Line { number: number as u64 + 1, source, target: fields.next(), weight: fields.next() })
    })
}

fn whole_number(field: &[u8]) -> Option<u64> {
    if field.is_empty() || field.len() > 20 {
        return None;
    }
    let mut value = 0u64;
    for &byte in field {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(value)
}

/// Number of the first line with content, if neither of its ids is a whole number.
fn heading_line(body: &[u8]) -> Option<u64> {
    let line = lines(body).next()?;
    let is_word = |field: &[u8]| whole_number(field).is_none();
    (is_word(line.source) && line.target.is_some_and(is_word)).then_some(line.number)
}

fn weight_of(line: &Line<'_>, weighted: bool, before: u64) -> Result<f32, EdgeListError> {
    if !weighted {
        return Ok(1.0);
    }
    let at = before + line.number;
    let field = line.weight.ok_or(EdgeListError::MissingWeight { line: at })?;
    let value: Option<f64> = std::str::from_utf8(field).ok().and_then(|text| text.parse().ok());
    let weight = value.map(|v| v as f32).filter(|w| w.is_finite() && *w >= 0.0);
    weight.ok_or(EdgeListError::BadWeight { line: at })
}

/// The edges of one piece with ids of a kind.
struct Piece<I> {
    pairs: Vec<(I, I)>,
    weights: Vec<f32>,
}

/// All pieces if every id is a whole number (but for a heading), `None` if one is not.
fn numbers(
    pieces: &[&[u8]],
    lines_before: &[u64],
    weighted: bool,
    heading: Option<u64>,
) -> Result<Option<Vec<Piece<u64>>>, EdgeListError> {
    enum Stop {
        Words,
        Bad(EdgeListError),
    }
    let read = |(piece, &before): (&&[u8], &u64)| {
        let mut out = Piece { pairs: Vec::with_capacity(piece.len() / 12), weights: Vec::new() };
        for line in lines(piece) {
            if before == 0 && heading == Some(line.number) {
                continue;
            }
            let target =
                line.target.ok_or(Stop::Bad(EdgeListError::MissingTarget { line: before + line.number }))?;
            let (Some(source), Some(target)) = (whole_number(line.source), whole_number(target)) else {
                return Err(Stop::Words);
            };
            out.pairs.push((source, target));
            if weighted {
                out.weights.push(weight_of(&line, weighted, before).map_err(Stop::Bad)?);
            }
        }
        Ok(out)
    };
    let results: Vec<Result<Piece<u64>, Stop>> = pieces.par_iter().zip(lines_before).map(read).collect();
    if results.iter().any(|r| matches!(r, Err(Stop::Words))) {
        return Ok(None);
    }
    let mut out = Vec::with_capacity(results.len());
    for result in results {
        match result {
            Ok(piece) => out.push(piece),
            Err(Stop::Bad(error)) => return Err(error),
            Err(Stop::Words) => return Ok(None),
        }
    }
    // A heading with nothing below it is an edge between two words.
    Ok((heading.is_none() || out.iter().any(|p| !p.pairs.is_empty())).then_some(out))
}

fn count_lines(body: &[u8]) -> u64 {
    let ends = body.par_iter().filter(|&&b| b == b'\n').count() as u64;
    ends + u64::from(body.last().is_some_and(|&b| b != b'\n'))
}

fn number(pieces: Vec<Piece<u64>>, heading: Option<u64>, body: &[u8]) -> Result<EdgeList, EdgeListError> {
    let edges: usize = pieces.iter().map(|p| p.pairs.len()).sum();
    let largest = pieces
        .par_iter()
        .flat_map_iter(|p| p.pairs.iter().map(|&(u, v)| u.max(v)))
        .max()
        .map_or(0, |m| m.saturating_add(1));
    // Where ids are about as many as edges a table over all ids finds them; elsewhere they are sorted.
    let ids: Vec<u64> = if largest <= 8 * edges as u64 + 1024 {
        let mut seen = vec![false; largest as usize];
        for &(u, v) in pieces.iter().flat_map(|p| &p.pairs) {
            seen[u as usize] = true;
            seen[v as usize] = true;
        }
        (0..largest).filter(|&id| seen[id as usize]).collect()
    } else {
        let mut ids: Vec<u64> =
            pieces.par_iter().flat_map_iter(|p| p.pairs.iter().flat_map(|&(u, v)| [u, v])).collect();
        ids.par_sort_unstable();
        ids.dedup();
        ids
    };
    check_size(ids.len())?;
    let dense = ids.last().is_none_or(|&last| last + 1 == ids.len() as u64);
    let find = |id: u64| if dense { id as u32 } else { ids.partition_point(|&other| other < id) as u32 };
    let pairs: Vec<Vec<(u32, u32)>> =
        pieces.par_iter().map(|p| p.pairs.iter().map(|&(u, v)| (find(u), find(v))).collect()).collect();
    let weights = weights_of(&pieces, edges);
    Ok(EdgeList {
        pairs: pairs.concat(),
        weights,
        names: NodeNames::Numbers(ids),
        heading: heading.is_some(),
        lines: count_lines(body),
    })
}

fn weights_of<I>(pieces: &[Piece<I>], edges: usize) -> Option<Vec<f32>> {
    let weights: Vec<f32> = pieces.iter().flat_map(|p| &p.weights).copied().collect();
    (weights.len() == edges && edges > 0).then_some(weights)
}

fn text_piece(piece: &[u8], before: u64, weighted: bool) -> Result<Piece<&str>, EdgeListError> {
    let mut out = Piece { pairs: Vec::with_capacity(piece.len() / 16), weights: Vec::new() };
    for line in lines(piece) {
        let at = before + line.number;
        let target = line.target.ok_or(EdgeListError::MissingTarget { line: at })?;
        let text = |field| std::str::from_utf8(field).map_err(|_| EdgeListError::NotText { line: at });
        out.pairs.push((text(line.source)?, text(target)?));
        if weighted {
            out.weights.push(weight_of(&line, weighted, before)?);
        }
    }
    Ok(out)
}

fn texts(
    pieces: &[&[u8]],
    lines_before: &[u64],
    weighted: bool,
    body: &[u8],
) -> Result<EdgeList, EdgeListError> {
    let results: Vec<Result<Piece<&str>, EdgeListError>> = pieces
        .par_iter()
        .zip(lines_before)
        .map(|(&piece, &before)| text_piece(piece, before, weighted))
        .collect();
    let pieces: Vec<Piece<&str>> = results.into_iter().collect::<Result<_, _>>()?;
    let mut ids: Vec<&str> =
        pieces.par_iter().flat_map_iter(|p| p.pairs.iter().flat_map(|&(u, v)| [u, v])).collect();
    ids.par_sort_unstable();
    ids.dedup();
    check_size(ids.len())?;
    let find = |id: &str| ids.partition_point(|&other| other < id) as u32;
    let pairs: Vec<Vec<(u32, u32)>> =
        pieces.par_iter().map(|p| p.pairs.iter().map(|&(u, v)| (find(u), find(v))).collect()).collect();
    let edges = pairs.iter().map(Vec::len).sum();
    Ok(EdgeList {
        pairs: pairs.concat(),
        weights: weights_of(&pieces, edges),
        names: NodeNames::Texts(ids.into_iter().map(str::to_owned).collect()),
        heading: false,
        lines: count_lines(body),
    })
}

fn check_size(count: usize) -> Result<(), EdgeListError> {
    if count > u32::MAX as usize { Err(EdgeListError::TooLarge { count }) } else { Ok(()) }
}
