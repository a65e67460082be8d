//! Texts to small numbers, in the order in which they first come.
//!
//! Telephones, cards and handsets are short: a text of at most 16 bytes is its own key, two machine words, and one
//! probe of an open table finds it without touching any other memory. Longer ones take a map.
//!
//! The seed of the hash is new in every process, so that nobody can write a file that fills one bucket; numbers
//! follow the order of the texts alone and never the hash.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// A text of at most 16 bytes, none of them zero, as two words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShortKey {
    low: u64,
    high: u64,
}

impl ShortKey {
    /// The key of a text; `None` if it is longer or holds a zero byte.
    pub fn of(text: &[u8]) -> Option<Self> {
        let mut bytes = [0u8; 16];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        (!text.contains(&0)).then(|| Self::of_padded(&bytes, text.len()))
    }

    /// The key of the first `length` of these bytes, which hold no zero. `length` is at most 16.
    #[inline]
    pub fn of_padded(bytes: &[u8; 16], length: usize) -> Self {
        let all = u128::from_le_bytes(*bytes);
        let kept = if length >= 16 { all } else { all & ((1u128 << (8 * length)) - 1) };
        Self { low: kept as u64, high: (kept >> 64) as u64 }
    }

    /// The text.
    pub fn text(self) -> Vec<u8> {
        self.write(&mut [0; 16]).to_vec()
    }

    /// The text, in memory of the caller.
    fn write(self, bytes: &mut [u8; 16]) -> &[u8] {
        *bytes = (u128::from(self.high) << 64 | u128::from(self.low)).to_le_bytes();
        let length = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
        &bytes[..length]
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    key: ShortKey,
    /// The number and one; 0 for an empty slot.
    number: u32,
}

/// How many keys are looked for at once: their memory comes while others are compared.
const TOGETHER: usize = 32;

/// A table of texts and their numbers.
#[derive(Debug)]
pub struct TextTable {
    slots: Vec<Slot>,
    short: usize,
    long: HashMap<Box<[u8]>, u32>,
    next: u32,
    seed: [u64; 2],
}

impl Default for TextTable {
    fn default() -> Self {
        let state = RandomState::new();
        let seed = [state.hash_one(1u8) | 1, state.hash_one(2u8) | 1];
        Self { slots: vec![Slot::default(); 1_024], short: 0, long: HashMap::new(), next: 0, seed }
    }
}

impl TextTable {
    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.next as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.next == 0
    }

    #[inline]
    fn home(&self, key: ShortKey) -> usize {
        let product = u128::from(key.low ^ self.seed[0]) * u128::from(key.high ^ self.seed[1]);
        let mixed = (product as u64) ^ ((product >> 64) as u64);
        (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize & (self.slots.len() - 1)
    }

    /// The number of a text; a new one if it was never seen.
    pub fn number(&mut self, text: &[u8]) -> u32 {
        if let Some(key) = ShortKey::of(text) {
            return self.short_number(key);
        }
        if let Some(&number) = self.long.get(text) {
            return number;
        }
        let number = self.next;
        self.next += 1;
        self.long.insert(text.into(), number);
        number
    }

    /// The number of a short text.
    pub fn short_number(&mut self, key: ShortKey) -> u32 {
        if self.short * 2 >= self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut at = self.home(key);
        // At least half of the slots are empty, so that the search ends.
        loop {
            let slot = &mut self.slots[at];
            if slot.number == 0 {
                *slot = Slot { key, number: self.next + 1 };
                self.short += 1;
                self.next += 1;
                return self.next - 1;
            }
            if slot.key == key {
                return slot.number - 1;
            }
            at = (at + 1) & mask;
        }
    }

    /// The numbers of many short texts, in their order.
    pub fn short_numbers(&mut self, keys: &[ShortKey], out: &mut Vec<u32>) {
        let mut found = [Slot::default(); TOGETHER];
        for block in keys.chunks(TOGETHER) {
            for (slot, key) in found.iter_mut().zip(block) {
                *slot = self.slots[self.home(*key)];
            }
            for (slot, key) in found.iter().zip(block) {
                let hit = slot.number != 0 && slot.key == *key;
                out.push(if hit { slot.number - 1 } else { self.short_number(*key) });
            }
        }
    }

    fn grow(&mut self) {
        let doubled = vec![Slot::default(); self.slots.len() * 2];
        let old = std::mem::replace(&mut self.slots, doubled);
        let mask = self.slots.len() - 1;
        for slot in old.into_iter().filter(|s| s.number != 0) {
            let mut at = self.home(slot.key);
            while self.slots[at].number != 0 {
                at = (at + 1) & mask;
            }
            self.slots[at] = slot;
        }
    }

    /// Hands on every text with its number, in no order.
    pub fn for_each(&self, f: &mut dyn FnMut(&[u8], u32)) {
        let mut bytes = [0; 16];
        for slot in self.slots.iter().filter(|s| s.number != 0) {
            f(slot.key.write(&mut bytes), slot.number - 1);
        }
        for (text, number) in &self.long {
            f(text, *number);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn numbers_follow_the_order_of_first_appearance(
            texts in proptest::collection::vec(proptest::collection::vec(0u8..4, 0..20), 0..3_000)
        ) {
            let mut table = TextTable::default();
            let mut model: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
            for text in &texts {
                let next = model.len() as u32;
                let expected = *model.entry(text.clone()).or_insert(next);
                prop_assert_eq!(table.number(text), expected);
            }
            prop_assert_eq!(table.len(), model.len());
            let mut all = BTreeMap::new();
            table.for_each(&mut |text, number| { all.insert(text.to_vec(), number); });
            prop_assert_eq!(all, model);
        }

        #[test]
        fn many_at_once_are_as_one_by_one(texts in proptest::collection::vec("[a-c]{0,5}", 0..500)) {
            let keys: Vec<ShortKey> = texts.iter().map(|t| ShortKey::of(t.as_bytes()).unwrap()).collect();
            let (mut one, mut many) = (TextTable::default(), TextTable::default());
            let mut out = Vec::new();
            many.short_numbers(&keys, &mut out);
            let single: Vec<u32> = keys.iter().map(|k| one.short_number(*k)).collect();
            prop_assert_eq!(out, single);
        }
    }
}
