//! Spelling kernels: texts as codes of six bits, distances by bit-parallel arithmetic.
//!
//! Optimal string alignment after Hyyrö 2003, *A bit-vector algorithm for computing Levenshtein and Damerau edit
//! distances* (Nordic Journal of Computing 10), one machine word for texts of at most 64 codes; Jaro-Winkler with
//! the matched places as bits. The crate `strsim` is the reference that the tests hold them to.

/// Codes of a text: `A-Z` 0..26, `0-9` 26..36, `Ñ` 36, `?` 37, space 38, anything else 39.
pub const CODES: usize = 40;
/// The code of a space.
pub const SPACE: u8 = 38;
/// Longest text, in codes.
pub const LONGEST: usize = 64;

/// The code of a character of folded text.
pub fn code(c: char) -> u8 {
    match c {
        'A'..='Z' => c as u8 - b'A',
        'a'..='z' => c as u8 - b'a',
        '0'..='9' => c as u8 - b'0' + 26,
        'Ñ' | 'ñ' => 36,
        '?' => 37,
        ' ' => SPACE,
        _ => 39,
    }
}

/// Which letters occur, as bits; figures and signs share one.
pub fn letters(codes: &[u8]) -> u32 {
    codes.iter().fold(0, |mask, c| match *c {
        c @ 0..26 => mask | 1 << c,
        SPACE => mask,
        _ => mask | 1 << 26,
    })
}

/// How many edits lie between two texts: a code wrong, missing or added, or two neighbours exchanged once.
///
/// # Arguments   texts of at most [`LONGEST`] codes; what is behind is not read
pub fn osa(a: &[u8], b: &[u8]) -> u32 {
    let (a, b) = (&a[..a.len().min(LONGEST)], &b[..b.len().min(LONGEST)]);
    if a.is_empty() || b.is_empty() {
        return (a.len() + b.len()) as u32;
    }
    let mut places = [0u64; CODES];
    for (i, c) in a.iter().enumerate() {
        places[usize::from(*c) % CODES] |= 1 << i;
    }
    let last = 1u64 << (a.len() - 1);
    let (mut up, mut down, mut diagonal, mut before) = (u64::MAX, 0u64, 0u64, 0u64);
    let mut distance = a.len() as u32;
    for c in b {
        let here = places[usize::from(*c) % CODES];
        let exchanged = ((!diagonal & here) << 1) & before;
        diagonal = ((here & up).wrapping_add(up) ^ up) | here | down | exchanged;
        let mut more = down | !(diagonal | up);
        let mut less = diagonal & up;
        distance += u32::from(more & last != 0);
        distance -= u32::from(less & last != 0);
        more = more << 1 | 1;
        less <<= 1;
        up = less | !(diagonal | more);
        down = more & diagonal;
        before = here;
    }
    distance
}

/// Jaro-Winkler similarity, 0 to 1.
///
/// # Arguments   texts of at most [`LONGEST`] codes; what is behind is not read
pub fn jaro_winkler(a: &[u8], b: &[u8]) -> f64 {
    let (a, b) = (&a[..a.len().min(LONGEST)], &b[..b.len().min(LONGEST)]);
    if a.is_empty() || b.is_empty() {
        return f64::from(u8::from(a.is_empty() && b.is_empty()));
    }
    let reach = (a.len().max(b.len()) / 2).saturating_sub(1);
    let (mut of_a, mut of_b) = (0u64, 0u64);
    for (i, x) in a.iter().enumerate() {
        let from = i.saturating_sub(reach);
        let to = (i + reach + 1).min(b.len());
        if let Some(j) = (from..to).find(|j| of_b >> j & 1 == 0 && b[*j] == *x) {
            of_a |= 1 << i;
            of_b |= 1 << j;
        }
    }
    let matched = of_a.count_ones();
    if matched == 0 {
        return 0.0;
    }
    let mut crossed = 0u32;
    let (mut left, mut right) = (of_a, of_b);
    while left != 0 && right != 0 {
        crossed += u32::from(a[left.trailing_zeros() as usize] != b[right.trailing_zeros() as usize]);
        left &= left - 1;
        right &= right - 1;
    }
    let m = f64::from(matched);
    let jaro = (m / a.len() as f64 + m / b.len() as f64 + (m - f64::from(crossed / 2)) / m) / 3.0;
    if jaro <= 0.7 {
        return jaro;
    }
    let prefix = a.iter().zip(b).take(4).take_while(|(x, y)| x == y).count() as f64;
    (jaro + 0.1 * prefix * (1.0 - jaro)).min(1.0)
}

/// Whether exactly one edit lies between two texts, without counting the others.
pub fn one_edit(a: &[u8], b: &[u8]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let same = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let (s, l) = (&short[same..], &long[same..]);
    match (s.len(), l.len()) {
        (0, 1) => true,
        (x, y) if x + 1 == y => s == &l[1..],
        (x, y) if x == y && x > 0 => {
            s[1..] == l[1..] || x > 1 && s[0] == l[1] && s[1] == l[0] && s[2..] == l[2..]
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn codes(text: &str) -> Vec<u8> {
        text.chars().map(code).collect()
    }

    proptest! {
        #[test]
        fn kernels_agree_with_the_reference(a in "[A-EÑ0-2 ]{0,14}", b in "[A-EÑ0-2 ]{0,14}") {
            let (x, y) = (codes(&a), codes(&b));
            let distance = strsim::osa_distance(&a, &b);
            prop_assert_eq!(osa(&x, &y) as usize, distance);
            prop_assert_eq!(one_edit(&x, &y), distance == 1);
            let reference = strsim::jaro_winkler(&a, &b);
            prop_assert!((jaro_winkler(&x, &y) - reference).abs() < 1e-12, "{} {}", jaro_winkler(&x, &y), reference);
        }

        #[test]
        fn kernels_agree_on_long_texts(a in "[A-Z]{30,64}", b in "[A-Z]{30,64}") {
            let (x, y) = (codes(&a), codes(&b));
            prop_assert_eq!(osa(&x, &y) as usize, strsim::osa_distance(&a, &b));
            prop_assert!((jaro_winkler(&x, &y) - strsim::jaro_winkler(&a, &b)).abs() < 1e-12);
        }
    }

    #[test]
    fn letters_of_a_text() {
        assert_eq!(letters(&codes("ABBA ")), 0b11);
        assert_eq!(letters(&codes("Ñ1")), 1 << 26);
    }
}
