//! Telephones, accounts, addresses and towns: what a household shares.

use super::Outcome;
use crate::column::{Columns, Features, used};
use crate::comparison::value;

/// The rarest value that both sides have, as the chance that a stranger has it.
pub fn shared(a: &[u32], b: &[u32], share: impl Fn(u32) -> f64) -> Option<f64> {
    used(a).iter().filter(|v| used(b).contains(v)).map(|v| share(*v)).reduce(f64::min)
}

/// Compares telephones.
pub fn phones(columns: &Columns, fa: &Features, fb: &Features) -> Outcome {
    if used(&fa.phones).is_empty() || used(&fb.phones).is_empty() {
        return Outcome::default();
    }
    if let Some(share) = shared(&fa.phones, &fb.phones, |id| columns.phone_share(id)) {
        return Outcome::by_value(value::SAME, share);
    }
    let mut near = false;
    for a in used(&fa.phones) {
        for b in used(&fb.phones) {
            let (x, y) = (&columns.phones[*a as usize].text, &columns.phones[*b as usize].text);
            if x.len().min(y.len()) == 7 && (x.ends_with(y.as_str()) || y.ends_with(x.as_str())) {
                let share = columns.phone_share(*a).max(columns.phone_share(*b));
                return Outcome::by_value(value::SAME, share + 1e-6);
            }
            near |= x.len() == y.len() && x.len() >= 7 && one_error(x.as_bytes(), y.as_bytes());
        }
    }
    Outcome::level(if near { value::NEAR } else { value::DIFFERENT })
}

/// One character wrong or two neighbours exchanged, in texts of one length.
fn one_error(a: &[u8], b: &[u8]) -> bool {
    let Some(first) = a.iter().zip(b).position(|(x, y)| x != y) else { return false };
    let (rest_a, rest_b) = (&a[first + 1..], &b[first + 1..]);
    if rest_a == rest_b {
        return true;
    }
    match (rest_a.split_first(), rest_b.split_first()) {
        (Some((x, ra)), Some((y, rb))) => *x == b[first] && *y == a[first] && ra == rb,
        _ => false,
    }
}

/// Compares addresses by their words.
pub fn address(columns: &Columns, a: u32, b: u32) -> Outcome {
    if a == b {
        return Outcome::by_value(value::SAME, columns.address_share(a));
    }
    let (x, y) = (&columns.addresses[a as usize].text, &columns.addresses[b as usize].text);
    let words_x: Vec<&str> = x.split(' ').collect();
    let words_y: Vec<&str> = y.split(' ').collect();
    let common = words_x.iter().filter(|w| words_y.contains(w)).count();
    let longest = words_x.len().max(words_y.len());
    let alike = common >= 2 && common * 3 >= longest * 2 || strsim::osa_distance(x, y) <= 2;
    Outcome::level(if alike { value::NEAR } else { value::DIFFERENT })
}

/// Compares towns.
pub fn town(columns: &Columns, a: u32, b: u32) -> Outcome {
    if a == b {
        return Outcome::by_value(value::SAME, columns.town_share(a));
    }
    let (x, y) = (&columns.towns[a as usize], &columns.towns[b as usize]);
    let (rarer, commoner) = (x.mentions.min(y.mentions), x.mentions.max(y.mentions));
    let misspelt = rarer <= 3 || rarer.saturating_mul(12) <= commoner;
    let near = misspelt && x.text.len().abs_diff(y.text.len()) <= 2 && {
        let distance = strsim::osa_distance(&x.text, &y.text);
        distance == 1 && x.text.len() >= 4 || distance == 2 && x.text.len() >= 8
    };
    Outcome::level(if near { value::NEAR } else { value::DIFFERENT })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_or_two_exchanged() {
        for (a, b, want) in [
            ("12345678", "12345679", true),
            ("12345678", "12345687", true),
            ("12345678", "21345678", true),
            ("12345678", "12345678", false),
            ("12345678", "12354687", false),
        ] {
            assert_eq!(one_error(a.as_bytes(), b.as_bytes()), want, "{a} {b}");
        }
    }
}
