//! Distinct texts, each held once and named by a small number.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;
use std::sync::LazyLock;

/// One seed for all tables of a process, so that a text is hashed once on its way from one table into another.
static HASHER: LazyLock<DefaultHashBuilder> = LazyLock::new(DefaultHashBuilder::default);

/// Distinct texts in the order in which they were first met.
///
/// **Invariants**
/// 1. Ids are dense from 0 and depend on the order of the texts only, never on the hash.
/// 2. Hashes are seeded anew in every process, so that no file can be made to collide.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    text: String,
    ends: Vec<usize>,
    hashes: Vec<u64>,
    /// Half of the hash and the id.
    table: HashTable<(u32, u32)>,
}

fn half(hash: u64) -> u32 {
    (hash >> 20) as u32
}

impl Texts {
    /// The id of a text, new or known.
    pub fn intern(&mut self, text: &str) -> u32 {
        self.intern_hashed(text, HASHER.hash_one(text))
    }

    fn intern_hashed(&mut self, text: &str, hash: u64) -> u32 {
        if let Some(id) = self.find_hashed(text, hash) {
            return id;
        }
        let id = self.ends.len() as u32;
        self.text.push_str(text);
        self.ends.push(self.text.len());
        self.hashes.push(hash);
        let hashes = &self.hashes;
        self.table.insert_unique(hash, (half(hash), id), |(_, id)| {
            hashes.get(*id as usize).copied().unwrap_or_default()
        });
        id
    }

    fn find_hashed(&self, text: &str, hash: u64) -> Option<u32> {
        let found = self.table.find(hash, |(h, id)| *h == half(hash) && self.get(*id) == text);
        found.map(|(_, id)| *id)
    }

    /// The id of a text that is known.
    pub fn find(&self, text: &str) -> Option<u32> {
        self.find_hashed(text, HASHER.hash_one(text))
    }

    /// The text of an id; empty for an id that was never given.
    pub fn get(&self, id: u32) -> &str {
        let at = id as usize;
        let from = if at == 0 { 0 } else { self.ends.get(at - 1).copied().unwrap_or(0) };
        let to = self.ends.get(at).copied().unwrap_or(from);
        self.text.get(from..to).unwrap_or_default()
    }

    /// How many distinct texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All texts, in order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).map(|id| self.get(id))
    }

    /// Takes in the texts of another table, in their order.
    ///
    /// # Returns   for each id of the other table the id here
    pub fn absorb(&mut self, other: &Self) -> Vec<u32> {
        other.iter().zip(&other.hashes).map(|(text, hash)| self.intern_hashed(text, *hash)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_their_ids_and_are_absorbed_in_order() {
        let mut texts = Texts::default();
        assert_eq!(["ANA", "", "ÑANDU", "ANA"].map(|t| texts.intern(t)), [0, 1, 2, 0]);
        assert_eq!((texts.get(1), texts.get(2), texts.get(9)), ("", "ÑANDU", ""));
        let mut other = Texts::default();
        other.intern("PAZ");
        other.intern("ANA");
        assert_eq!(texts.absorb(&other), [3, 0]);
        assert_eq!(texts.find("PAZ"), Some(3));
        assert_eq!(texts.find("SOL"), None);
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["ANA", "", "ÑANDU", "PAZ"]);
    }
}
