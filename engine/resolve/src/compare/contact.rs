//! Telephones, accounts, addresses and towns: what a household shares.

use super::spell::osa;
use super::{Comparer, Outcome};
use crate::column::{Columns, Features};
use crate::comparison::value;

/// The rarest value that both sides have, as its rarity.
pub fn shared(a: &[u32], b: &[u32], rarity: &[u16]) -> Option<u16> {
    a.iter().filter(|v| b.contains(v)).map(|v| rarity[*v as usize]).max()
}

/// Compares telephones of two mentions that have some.
pub fn phones(columns: &Columns, fa: &Features, fb: &Features) -> Outcome {
    let (a, b) = (columns.phones_of(fa), columns.phones_of(fb));
    if let Some(rarity) = shared(a, b, &columns.shares.phones) {
        return Outcome::by_value(value::SAME, i32::from(rarity));
    }
    let mut near = false;
    for x in a {
        for y in b {
            let (p, q) = (columns.phone_figures[*x as usize], columns.phone_figures[*y as usize]);
            if p == 0 || q == 0 {
                continue;
            }
            let (long, short) = (p.max(q), p.min(q));
            // Seven figures against eight: the area was left out.
            if short >> 48 != 0 && short >> 56 == 0 && long & ((1 << 56) - 1) == short {
                let share = &columns.shares.phones;
                return Outcome::by_value(value::SAME, i32::from(share[*x as usize].min(share[*y as usize])));
            }
            near |= short >> 48 != 0 && (short >> 56 != 0) == (long >> 56 != 0) && one_error(p, q);
        }
    }
    Outcome::level(if near { value::NEAR } else { value::DIFFERENT })
}

/// One figure wrong or two neighbours exchanged, in numbers of equal length as bytes.
fn one_error(a: u64, b: u64) -> bool {
    let other = a ^ b;
    if other == 0 {
        return false;
    }
    let from = other.trailing_zeros() & !7;
    let rest = other >> from;
    let (x, y) = (a >> from & 0xFFFF, b >> from & 0xFFFF);
    rest < 1 << 8 || rest < 1 << 16 && x >> 8 == y & 0xFF && y >> 8 == x & 0xFF
}

/// Compares addresses by their words.
pub fn address(of: &mut Comparer<'_>, a: u32, b: u32) -> Outcome {
    let columns = of.columns;
    if a == b {
        return Outcome::by_value(value::SAME, i32::from(columns.shares.addresses[a as usize]));
    }
    let alike = of.memory.ask(1, a, b, || {
        let (x, y) = (columns.address_words(a), columns.address_words(b));
        let common = x.iter().filter(|w| y.binary_search(w).is_ok()).count();
        let longest = x.len().max(y.len());
        let words = common >= 2 && common * 3 >= longest * 2;
        u8::from(words || osa(columns.address_text(a), columns.address_text(b)) <= 2)
    });
    Outcome::level(if alike == 1 { value::NEAR } else { value::DIFFERENT })
}

/// Compares towns.
pub fn town(of: &mut Comparer<'_>, a: u32, b: u32) -> Outcome {
    let columns = of.columns;
    if a == b {
        return Outcome::by_value(value::SAME, i32::from(columns.shares.towns[a as usize]));
    }
    let near = of.memory.ask(2, a, b, || {
        let (x, y) = (columns.towns[a as usize].mentions, columns.towns[b as usize].mentions);
        let (rarer, commoner) = (x.min(y), x.max(y));
        let misspelt = rarer <= 3 || rarer.saturating_mul(12) <= commoner;
        let (x, y) = (columns.town_text(a), columns.town_text(b));
        let near = misspelt && x.len().abs_diff(y.len()) <= 2 && {
            let distance = osa(x, y);
            distance == 1 && x.len() >= 4 || distance == 2 && x.len() >= 8
        };
        u8::from(near)
    });
    Outcome::level(if near == 1 { value::NEAR } else { value::DIFFERENT })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_or_two_exchanged() {
        let packed = |text: &str| text.bytes().fold(0u64, |all, b| all << 8 | u64::from(b));
        for (a, b, want) in [
            ("12345678", "12345679", true),
            ("12345678", "12345687", true),
            ("12345678", "21345678", true),
            ("12345678", "12345678", false),
            ("12345678", "12354687", false),
        ] {
            assert_eq!(one_error(packed(a), packed(b)), want, "{a} {b}");
        }
    }
}
