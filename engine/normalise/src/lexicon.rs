//! Tables of names: which words of the region are given names, which are surnames, and who is called what.
//!
//! The lists are sorted by their bytes. They are short on purpose: they settle where the given names of a full name
//! end, never whether a name is right. A name that is not listed is as good as one that is; indigenous, Garifuna,
//! Miskito, Haitian and English names stand as they are written.

mod called;
mod names;

pub(crate) use called::called;
use names::{FEMALE, MALE, SURNAMES};
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a folded token is common as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Use {
    male: bool,
    female: bool,
    /// Whether it is common as a surname.
    pub(crate) surname: bool,
}

impl Use {
    /// Whether it is common as a given name.
    pub(crate) fn is_given(self) -> bool {
        self.male || self.female
    }

    /// Whether it is common as a woman's given name and not as a man's.
    pub(crate) fn is_female(self) -> bool {
        self.female && !self.male
    }
}

static USES: LazyLock<HashMap<&str, Use>> = LazyLock::new(|| {
    let mut uses: HashMap<&str, Use> = HashMap::new();
    MALE.iter().for_each(|name| uses.entry(name).or_default().male = true);
    FEMALE.iter().for_each(|name| uses.entry(name).or_default().female = true);
    SURNAMES.iter().for_each(|name| uses.entry(name).or_default().surname = true);
    uses
});

/// What a folded token is common as.
pub(crate) fn usual(token: &str) -> Use {
    USES.get(token).copied().unwrap_or_default()
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
