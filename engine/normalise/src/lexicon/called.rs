//! Nicknames, short forms and spellings, both ways: who may be called what, and what may stand for whom.
//!
//! Many to many, and weak: `Beto` is a dozen names. A pair found here adds a little, it never makes two one.

mod a_to_e;
mod f_to_l;
mod m_to_z;

/// The tables in the order of the alphabet; all names of one first letter stand in one of them.
pub(super) const TABLES: [&[(&str, &[&str])]; 3] = [a_to_e::CALLED, f_to_l::CALLED, m_to_z::CALLED];

/// The names that may stand for a folded token; empty if there are none.
pub(crate) fn called(token: &str) -> &'static [&'static str] {
    let [first, second, third] = TABLES;
    let table = match token.as_bytes().first() {
        Some(b'A'..=b'E') => first,
        Some(b'F'..=b'L') => second,
        _ => third,
    };
    table
        .binary_search_by(|(name, _)| name.cmp(&token))
        .ok()
        .and_then(|i| table.get(i))
        .map_or(&[], |(_, to)| to)
}
