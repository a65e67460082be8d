//! Tables of names: which words of the region are given names, which are surnames, and who is called what.
//!
//! The lists are sorted by their bytes and searched by halves. They are short on purpose: they settle where the
//! given names of a full name end, never whether a name is right. A name that is not listed is as good as one
//! that is; indigenous, Garifuna, Miskito, Haitian and English names stand as they are written.

mod called;
mod names;

pub(crate) use called::called;
use names::{FEMALE, MALE, SURNAMES};

/// Whether a folded token is common as a given name.
pub(crate) fn is_given(token: &str) -> bool {
    holds(MALE, token) || holds(FEMALE, token)
}

/// Whether a folded token is common as a surname.
pub(crate) fn is_surname(token: &str) -> bool {
    holds(SURNAMES, token)
}

/// Whether a folded token is common as a woman's given name and not as a man's.
pub(crate) fn is_female(token: &str) -> bool {
    holds(FEMALE, token) && !holds(MALE, token)
}

fn holds(table: &[&str], token: &str) -> bool {
    table.binary_search(&token).is_ok()
}

#[cfg(test)]
mod tests {
    use super::called::TABLES;
    use super::*;

    #[test]
    fn tables_are_sorted_and_folded() {
        for table in [MALE, FEMALE, SURNAMES] {
            assert!(table.is_sorted_by(|a, b| a < b));
            assert!(table.iter().all(|name| crate::text::fold(name) == *name));
        }
        assert!(TABLES.concat().is_sorted_by(|a, b| a.0 < b.0));
        assert!(MALE.len() + FEMALE.len() > 600 && SURNAMES.len() > 500);
    }

    #[test]
    fn calling_goes_both_ways() {
        for (name, others) in TABLES.concat() {
            assert!(!others.is_empty());
            for other in others {
                assert!(called(other).contains(&name), "{name} {other}");
            }
        }
    }
}
