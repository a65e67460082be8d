//! Birth dates, stated or told by a document.

use super::Outcome;
use crate::column::{Columns, Features};
use crate::comparison::birth;

/// Compares birth dates; of two on a side, the one that agrees best counts.
pub fn compare(columns: &Columns, fa: &Features, fb: &Features) -> Outcome {
    let mut best = Outcome::default();
    for a in fa.births.iter().filter(|d| **d != 0) {
        for b in fb.births.iter().filter(|d| **d != 0) {
            let level = dates(*a, *b);
            if best.level == 0 || level < best.level {
                best = if level == birth::EXACT {
                    Outcome::by_value(level, columns.birth_share(*a))
                } else {
                    Outcome::level(level)
                };
            }
        }
    }
    best
}

/// The level of two dates as `yyyymmdd`.
pub fn dates(a: u32, b: u32) -> u8 {
    if a == b {
        return birth::EXACT;
    }
    let parts = |d: u32| (d / 10_000, d / 100 % 100, d % 100);
    let ((ya, ma, da), (yb, mb, db)) = (parts(a), parts(b));
    if ya == yb && ma == db && da == mb {
        return birth::SWAPPED;
    }
    if ya == yb && ((ma, da) == (1, 1) || (mb, db) == (1, 1)) {
        return birth::YEAR_ONLY;
    }
    if one_error(a, b) {
        return birth::TYPO;
    }
    if u8::from(ya == yb) + u8::from(ma == mb) + u8::from(da == db) >= 2 {
        return birth::TWO_PARTS;
    }
    birth::DIFFERENT
}

/// One digit wrong or two neighbouring digits exchanged.
fn one_error(a: u32, b: u32) -> bool {
    let digits = |mut d: u32| {
        let mut out = [0u8; 8];
        for place in out.iter_mut().rev() {
            *place = (d % 10) as u8;
            d /= 10;
        }
        out
    };
    let (x, y) = (digits(a), digits(b));
    let wrong: Vec<usize> = (0..8).filter(|i| x[*i] != y[*i]).collect();
    match wrong.as_slice() {
        [_] => true,
        [i, j] => *j == i + 1 && x[*i] == y[*j] && x[*j] == y[*i],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_dates() {
        let cases = [
            (19_800_304, 19_800_304, birth::EXACT),
            (19_800_304, 19_800_403, birth::SWAPPED),
            (19_800_304, 19_810_304, birth::TYPO),
            (19_800_312, 19_800_321, birth::TYPO),
            (19_800_309, 19_800_310, birth::TWO_PARTS),
            (19_800_101, 19_800_623, birth::YEAR_ONLY),
            (19_800_304, 19_950_611, birth::DIFFERENT),
        ];
        for (a, b, level) in cases {
            assert_eq!(dates(a, b), level, "{a} {b}");
            assert_eq!(dates(b, a), level, "{b} {a}");
        }
    }
}
