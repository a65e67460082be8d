//! How rare is a value? The chance that a stranger bears it, as 256ths of a bit.
//!
//! Rarity is kept as a whole number so that the chance that several values agree is a sum, exact in any order.
//! Who bears a value is counted by distinct first names, so that many records of one person do not make its
//! birthday or telephone look common.

use super::{Columns, NONE, date_parts};
use rayon::prelude::*;

/// 256ths of a bit in one bit.
pub const BIT: u16 = 256;
/// Rarity of the commonest value that counts as evidence (a chance of 0.95).
pub const LEAST: u16 = 19;
/// Rarity of the rarest (a chance of about one in a thousand million).
pub const MOST: u16 = 7654;

/// Imagined tokens that stand behind every frequency, so that twenty mentions do not make a rare name common.
const PSEUDO_TOKENS: f64 = 1000.0;
/// Share of an average given name among them.
const TYPICAL_GIVEN: f64 = 0.004;
/// Share of an average surname among them.
const TYPICAL_SURNAME: f64 = 0.002;

/// A chance as rarity.
pub fn rarity(chance: f64) -> u16 {
    (-f64::from(BIT) * chance.clamp(1e-9, 0.95).log2()).round() as u16
}

/// A rarity as chance.
pub fn chance(rarity: u16) -> f64 {
    (-f64::from(rarity) / f64::from(BIT)).exp2()
}

/// A token as given name and as surname, in its spelling and by its sound.
#[derive(Clone, Copy, Debug, Default)]
pub struct WordShare {
    /// As given name, in this spelling.
    pub given: u16,
    /// As given name, in any spelling of its sound.
    pub given_sound: u16,
    /// As surname, in this spelling.
    pub surname: u16,
    /// As surname, in any spelling of its sound.
    pub surname_sound: u16,
}

/// First and last year whose days have a share of their own.
const YEARS: (u32, u32) = (1850, 2100);

/// How rare the values of a set of mentions are.
#[derive(Clone, Debug, Default)]
pub struct Shares {
    /// Documents.
    pub documents: Vec<u16>,
    /// Telephones.
    pub phones: Vec<u16>,
    /// Accounts.
    pub accounts: Vec<u16>,
    /// Addresses.
    pub addresses: Vec<u16>,
    /// Towns.
    pub towns: Vec<u16>,
    /// Words of organisations' names.
    pub organisation_words: Vec<u16>,
    births: Vec<u16>,
}

fn birth_place(code: u32) -> Option<usize> {
    let (year, month, day) = date_parts(code);
    (YEARS.0..YEARS.1)
        .contains(&year)
        .then(|| ((year - YEARS.0) * 372 + (month.max(1) - 1) * 31 + day) as usize)
}

/// About sixty cohorts of 365 days; the first of January stands in for "unknown".
fn birth_base(code: u32) -> f64 {
    if code & 0xFFFF == 0x0101 { 3e-4 } else { 4.6e-5 }
}

impl Shares {
    /// How rare is it to be born (or registered as born) on this day?
    pub fn birth(&self, code: u32) -> u16 {
        birth_place(code)
            .and_then(|at| self.births.get(at).copied())
            .filter(|r| *r > 0)
            .unwrap_or_else(|| rarity(birth_base(code)))
    }
}

/// Occurrences of the tokens of names.
pub(super) struct TokenCounts {
    pub(super) given: Vec<u32>,
    pub(super) surname: Vec<u32>,
}

/// Distinct (value, bearer) pairs, counted by value.
fn holders(mut seen: Vec<u64>, values: usize) -> Vec<u32> {
    seen.par_sort_unstable();
    seen.dedup();
    let mut out = vec![0; values];
    for pair in seen {
        if let Some(slot) = out.get_mut((pair >> 32) as usize) {
            *slot += 1;
        }
    }
    out
}

impl Columns {
    /// Counts what is frequent and derives the shares.
    ///
    /// # Arguments   `counts`: occurrences of tokens; `classes`: number of classes of sound; `organisation_words`:
    /// occurrences of words of organisations' names
    pub(super) fn count_shares(&mut self, counts: &TokenCounts, classes: usize, organisation_words: &[u32]) {
        let shares = self.word_shares(counts, classes);
        self.words.iter_mut().zip(shares).for_each(|(word, share)| word.share = share);
        let bearer = |f: &super::Features| {
            let first = f.given().first().or(f.surnames().first()).map(|w| self.words[*w as usize].class);
            first.or(f.words().first().map(|w| *w | 1 << 31)).unwrap_or(NONE)
        };
        let pair = |value: u32, f: &super::Features| u64::from(value) << 32 | u64::from(bearer(f));
        let gather = |values: &(dyn Fn(&super::Features) -> Vec<u32> + Sync)| -> Vec<u64> {
            self.mentions.par_iter().flat_map_iter(|f| values(f).into_iter().map(|v| pair(v, f))).collect()
        };
        let single = |value: fn(&super::Features) -> u32| -> Vec<u64> {
            self.mentions.par_iter().filter(|f| value(f) != NONE).map(|f| pair(value(f), f)).collect()
        };
        let many = !self.extras.is_empty();
        let phones = if many { gather(&|f| self.phones_of(f).to_vec()) } else { single(|f| f.phone) };
        let accounts = if many { gather(&|f| self.accounts_of(f).to_vec()) } else { single(|f| f.account) };
        let documents =
            if many { gather(&|f| self.documents_of(f).to_vec()) } else { single(|f| f.document) };
        let births: Vec<u64> = self
            .mentions
            .par_iter()
            .flat_map_iter(|f| f.births.into_iter().filter_map(birth_place).map(move |at| pair(at as u32, f)))
            .collect();
        let present = |values: &(dyn Fn(&super::Features) -> bool + Sync)| {
            self.mentions.par_iter().filter(|f| values(f)).count().max(1) as f64
        };
        let with_birth = present(&|f| f.births[0] != 0);
        let with_phone = present(&|f| !self.phones_of(f).is_empty());
        let with_account = present(&|f| !self.accounts_of(f).is_empty());
        let with_address = present(&|f| f.address != NONE);
        let with_town = self.mentions.par_iter().filter(|f| f.town != NONE).count() as f64;
        let organisations = self.mentions.par_iter().filter(|f| f.organisation).count() as f64;
        let borne = |holders: &[u32], present: f64, base: f64| -> Vec<u16> {
            holders.par_iter().map(|h| rarity(base + f64::from(h.saturating_sub(1)) / present)).collect()
        };
        let phones = borne(&holders(phones, self.phone_figures.len()), with_phone, 1e-6);
        let accounts = borne(&holders(accounts, self.shares.accounts.len()), with_account, 1e-6);
        let addresses = single(|f| f.address);
        let addresses = borne(&holders(addresses, self.address_words.len()), with_address, 1e-5);
        let days = ((YEARS.1 - YEARS.0) * 372 + 32) as usize;
        let births = holders(births, days)
            .into_iter()
            .enumerate()
            .map(|(at, holders)| {
                let day = at as u32 % 372;
                let base = birth_base(if day == 1 { 0x0101 } else { 0 });
                if holders == 0 { 0 } else { rarity(base + f64::from(holders - 1) / with_birth * 0.5) }
            })
            .collect();
        let all = self.mentions.len().max(1) as f64;
        let document_holders = holders(documents, self.documents.len());
        let document_shares = document_holders
            .par_iter()
            .map(|h| rarity(1e-6 + (f64::from(*h) - 8.0).max(0.0) / all))
            .collect();
        for (document, holders) in self.documents.iter_mut().zip(document_holders) {
            document.holders = holders;
        }
        let mut towns = vec![0u32; self.towns.len()];
        for f in self.mentions.iter().filter(|f| f.town != NONE) {
            towns[f.town as usize] += 1;
        }
        for (town, mentions) in self.towns.iter_mut().zip(&towns) {
            town.mentions = *mentions;
        }
        self.shares.towns =
            towns.iter().map(|t| rarity((f64::from(*t) + 1.0) / (with_town + 50.0))).collect();
        self.shares.organisation_words = organisation_words
            .iter()
            .map(|w| rarity((f64::from(*w) + 4.0) / (organisations + 400.0)))
            .collect();
        self.shares.phones = phones;
        self.shares.accounts = accounts;
        self.shares.addresses = addresses;
        self.shares.births = births;
        self.shares.documents = document_shares;
    }

    fn word_shares(&self, counts: &TokenCounts, classes: usize) -> Vec<WordShare> {
        let (mut given, mut surname) = (vec![0u32; classes], vec![0u32; classes]);
        for (word, (g, s)) in self.words.iter().zip(counts.given.iter().zip(&counts.surname)) {
            given[word.class as usize] += g;
            surname[word.class as usize] += s;
        }
        let total = |counts: &[u32]| counts.iter().map(|c| f64::from(*c)).sum::<f64>();
        let (all_given, all_surnames) = (total(&counts.given), total(&counts.surname));
        let share = |count: u32, all: f64, typical: f64| {
            rarity((f64::from(count) + PSEUDO_TOKENS * typical) / (all + PSEUDO_TOKENS))
        };
        self.words
            .par_iter()
            .zip(counts.given.par_iter().zip(&counts.surname))
            .map(|(word, (g, s))| WordShare {
                given: share(*g, all_given, TYPICAL_GIVEN),
                given_sound: share(given[word.class as usize], all_given, TYPICAL_GIVEN),
                surname: share(*s, all_surnames, TYPICAL_SURNAME),
                surname_sound: share(surname[word.class as usize], all_surnames, TYPICAL_SURNAME),
            })
            .collect()
    }
}
