//! Reads edge lists as people keep them: `u v` or `u v weight` a line.
//!
//! Fields are parted by spaces, tabs, commas or semicolons; empty lines and lines that begin with `#` or `%` are
//! skipped. Ids are whole numbers or any text. A byte order mark and `\r\n` are taken in stride.
//! Lines are read in parallel pieces; the first bad line is named whichever thread meets one first.

use crate::error::EdgeListError;
use rayon::prelude::*;

mod numbers;
mod scan;
mod texts;

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
/// # Complexity   O(bytes + n log n); about 8 bytes an edge beside the file (12 weighted), 48 where ids are not whole
///  numbers
/// # Determinism  the same at any thread count
pub fn parse(bytes: &[u8], weighted: bool) -> Result<EdgeList, EdgeListError> {
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = Text::new(body);
    if let Some(list) = numbers::read(&text, weighted)? {
        return Ok(list);
    }
    texts::read(&text, weighted)
}

/// The file in pieces of whole lines.
struct Text<'a> {
    pieces: Vec<Piece<'a>>,
    lines: u64,
    /// Number of the first line with content, if neither of its ids is a whole number.
    heading: Option<u64>,
}

#[derive(Clone, Copy)]
struct Piece<'a> {
    bytes: &'a [u8],
    /// Lines of the file before this piece.
    before: u64,
    lines: usize,
}

impl<'a> Text<'a> {
    fn new(body: &'a [u8]) -> Self {
        let mut pieces = Vec::with_capacity(body.len() / PIECE + 1);
        let mut rest = body;
        while rest.len() > PIECE {
            let end = rest[PIECE..].iter().position(|&b| b == b'\n').map_or(rest.len(), |at| PIECE + at + 1);
            let (piece, tail) = rest.split_at(end);
            pieces.push(piece);
            rest = tail;
        }
        pieces.push(rest);
        let mut pieces: Vec<Piece<'a>> = pieces
            .into_par_iter()
            .map(|bytes| Piece { bytes, before: 0, lines: scan::count_lines(bytes) })
            .collect();
        let mut lines = 0;
        for piece in &mut pieces {
            piece.before = lines;
            lines += piece.lines as u64;
        }
        Self { pieces, lines, heading: scan::heading_line(body) }
    }

    /// Edges that the file can hold at most.
    fn room(&self) -> usize {
        self.pieces.iter().map(|p| p.lines).sum()
    }
}

/// Parts a column for all lines into one stretch a piece.
fn stretches<'c, T>(text: &Text<'_>, mut column: &'c mut [T]) -> Vec<&'c mut [T]> {
    let mut out = Vec::with_capacity(text.pieces.len());
    for piece in &text.pieces {
        let (own, rest) = column.split_at_mut(piece.lines.min(column.len()));
        out.push(own);
        column = rest;
    }
    out
}

/// Closes the gaps behind what each piece wrote at the front of its stretch.
fn close_gaps<T: Copy>(text: &Text<'_>, column: &mut Vec<T>, kept: &[usize]) {
    let (mut begin, mut end) = (0, 0);
    for (piece, &kept) in text.pieces.iter().zip(kept) {
        if begin != end {
            column.copy_within(begin..begin + kept, end);
        }
        begin += piece.lines;
        end += kept;
    }
    column.truncate(end);
}

fn check_size(count: usize) -> Result<(), EdgeListError> {
    if count > u32::MAX as usize { Err(EdgeListError::TooLarge { count }) } else { Ok(()) }
}
