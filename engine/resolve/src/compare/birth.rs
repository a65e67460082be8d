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
                    Outcome::by_value(level, i32::from(columns.shares.birth(*a)))
                } else {
                    Outcome::level(level)
                };
            }
        }
    }
    best
}

/// The level of two dates, each as in [`date_code`](crate::column::date_code).
pub fn dates(a: u32, b: u32) -> u8 {
    if a == b {
        return birth::EXACT;
    }
    let other = a ^ b;
    let one_year = other >> 16 == 0;
    if one_year && a & 0xFFFF == (b & 0xFF) << 8 | b >> 8 & 0xFF {
        return birth::SWAPPED;
    }
    if one_year && (a & 0xFFFF == 0x0101 || b & 0xFFFF == 0x0101) {
        return birth::YEAR_ONLY;
    }
    if one_error(a, b) {
        return birth::TYPO;
    }
    if u8::from(one_year) + u8::from(other & 0xFF00 == 0) + u8::from(other & 0xFF == 0) >= 2 {
        return birth::TWO_PARTS;
    }
    birth::DIFFERENT
}

/// One figure wrong or two neighbouring figures exchanged.
fn one_error(a: u32, b: u32) -> bool {
    let other = a ^ b;
    let from = other.trailing_zeros() & !3;
    let rest = other >> from;
    if rest < 16 {
        return true;
    }
    let (x, y) = (a >> from & 0xFF, b >> from & 0xFF);
    rest < 256 && x >> 4 == y & 15 && y >> 4 == x & 15
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_dates() {
        let cases = [
            (0x1980_0304, 0x1980_0304, birth::EXACT),
            (0x1980_0304, 0x1980_0403, birth::SWAPPED),
            (0x1980_0304, 0x1981_0304, birth::TYPO),
            (0x1980_0312, 0x1980_0321, birth::TYPO),
            (0x1980_0309, 0x1980_0310, birth::TWO_PARTS),
            (0x1980_0101, 0x1980_0623, birth::YEAR_ONLY),
            (0x1980_0304, 0x1995_0611, birth::DIFFERENT),
        ];
        for (a, b, level) in cases {
            assert_eq!(dates(a, b), level, "{a} {b}");
            assert_eq!(dates(b, a), level, "{b} {a}");
        }
    }
}
