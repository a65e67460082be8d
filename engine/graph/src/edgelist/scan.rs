//! Lines, fields and numbers of an edge list, byte by byte.

use crate::error::EdgeListError;

/// One line that holds something; the number counts from 1 within the piece.
pub(super) struct Line<'a> {
    pub(super) number: u64,
    pub(super) source: &'a [u8],
    pub(super) target: Option<&'a [u8]>,
    pub(super) weight: Option<&'a [u8]>,
}

pub(super) fn lines(piece: &[u8]) -> impl Iterator<Item = Line<'_>> {
    piece.split(|&b| b == b'\n').enumerate().filter_map(|(number, line)| {
        let mut fields = line.split(|&b| is_separator(b)).filter(|field| !field.is_empty());
        let source = fields.next().filter(|f| !matches!(f.first(), Some(b'#' | b'%')))?;
        Some(Line { number: number as u64 + 1, source, target: fields.next(), weight: fields.next() })
    })
}

pub(super) fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b',' | b';' | b'\r')
}

/// Lines of a piece, the last one also if no line break ends it.
pub(super) fn count_lines(piece: &[u8]) -> usize {
    // Sums of at most 128 bytes fit a byte, which the compiler adds up many at a time.
    let ends: usize = piece
        .chunks(128)
        .map(|chunk| usize::from(chunk.iter().map(|&b| u8::from(b == b'\n')).sum::<u8>()))
        .sum();
    ends + usize::from(piece.last().is_some_and(|&b| b != b'\n'))
}

/// Number of the first line with content, if neither of its ids is a whole number.
pub(super) fn heading_line(body: &[u8]) -> Option<u64> {
    let line = lines(body).next()?;
    let is_word = |field: &[u8]| whole_number(field).is_none();
    (is_word(line.source) && line.target.is_some_and(is_word)).then_some(line.number)
}

pub(super) fn whole_number(field: &[u8]) -> Option<u64> {
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

/// The weight in the third field of a line.
pub(super) fn weight_of(field: Option<&[u8]>, line: u64) -> Result<f32, EdgeListError> {
    let field = field.ok_or(EdgeListError::MissingWeight { line })?;
    let value = decimal(field)
        .or_else(|| std::str::from_utf8(field).ok().and_then(|text| text.parse().ok()))
        .map(|v: f64| v as f32)
        .filter(|w| w.is_finite() && *w >= 0.0);
    value.ok_or(EdgeListError::BadWeight { line })
}

/// Reads digits with at most one point. With at most 15 digits both parts of the quotient are exact, so that the quotient
/// is the nearest number, as the standard library's.
fn decimal(field: &[u8]) -> Option<f64> {
    const TENS: [f64; 16] =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    if field.is_empty() || field.len() > 16 {
        return None;
    }
    let (mut value, mut digits, mut point) = (0u64, 0usize, None);
    for &byte in field {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            value = value * 10 + u64::from(digit);
            digits += 1;
        } else if byte == b'.' && point.is_none() {
            point = Some(digits);
        } else {
            return None;
        }
    }
    if digits == 0 || digits > 15 {
        return None;
    }
    Some(value as f64 / TENS[digits - point.unwrap_or(digits)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn decimals_are_those_of_the_standard_library(text in "[0-9]{0,9}(\\.[0-9]{0,9})?") {
            if let Some(value) = decimal(text.as_bytes()) {
                prop_assert_eq!(Ok(value), text.parse::<f64>());
            }
        }

        #[test]
        fn lines_are_counted(text in "[a\n]{0,400}") {
            prop_assert_eq!(count_lines(text.as_bytes()), text.lines().count());
        }
    }
}
