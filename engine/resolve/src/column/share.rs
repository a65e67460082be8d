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
    let real = (YEARS.0..YEARS.1).contains(&year) && month <= 12 && day <= 31;
    real.then(|| ((year - YEARS.0) * 372 + (month.max(1) - 1) * 31 + day) as usize)
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

/// How often the values of some columns are met, by their ids: counted there, or known from a stored model.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    /// Tokens as given names and as surnames.
    pub(crate) words: Vec<[u32; 2]>,
    /// The same by class of sound.
    pub(crate) sounds: Vec<[u32; 2]>,
    /// Distinct names that bear a document.
    pub(crate) documents: Vec<u32>,
    /// Distinct names that bear a telephone.
    pub(crate) phones: Vec<u32>,
    /// Distinct names that bear an account.
    pub(crate) accounts: Vec<u32>,
    /// Distinct names at an address.
    pub(crate) addresses: Vec<u32>,
    /// Mentions in a town.
    pub(crate) towns: Vec<u32>,
    /// Words of organisations' names.
    pub(crate) organisation_words: Vec<u32>,
    /// Distinct names born on a day, by [`birth_place`].
    pub(crate) births: Vec<u32>,
    /// How many mentions state what.
    pub(crate) present: Present,
}

/// How many mentions state what, and how many tokens there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Present {
    /// All mentions.
    pub mentions: u64,
    /// With a birth date.
    pub births: u64,
    /// With a telephone.
    pub phones: u64,
    /// With an account.
    pub accounts: u64,
    /// With an address.
    pub addresses: u64,
    /// With a town.
    pub towns: u64,
    /// Organisations.
    pub organisations: u64,
    /// Tokens that are given names.
    pub given: u64,
    /// Tokens that are surnames.
    pub surnames: u64,
}

/// Days that have a share of their own.
pub(crate) const DAYS: usize = ((YEARS.1 - YEARS.0) * 372 + 32) as usize;

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
    /// Counts how often each value is met here.
    ///
    /// # Arguments   `classes`: number of classes of sound; `organisation_words`: number of words of organisations
    pub(super) fn count(&self, classes: usize, organisation_words: usize) -> Counts {
        let mut out = Counts {
            words: vec![[0; 2]; self.words.len()],
            sounds: vec![[0; 2]; classes],
            organisation_words: vec![0; organisation_words],
            towns: vec![0; self.towns.len()],
            ..Counts::default()
        };
        for f in &self.mentions {
            f.given().iter().for_each(|w| out.words[*w as usize][0] += 1);
            f.surnames().iter().for_each(|w| out.words[*w as usize][1] += 1);
            f.words().iter().for_each(|w| out.organisation_words[*w as usize] += 1);
            if f.town != NONE {
                out.towns[f.town as usize] += 1;
            }
        }
        for (word, [given, surname]) in self.words.iter().zip(&out.words) {
            let sound = &mut out.sounds[word.class as usize];
            sound[0] += given;
            sound[1] += surname;
            out.present.given += u64::from(*given);
            out.present.surnames += u64::from(*surname);
        }
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
        out.phones = holders(phones, self.phone_figures.len());
        out.accounts = holders(accounts, self.shares.accounts.len());
        out.addresses = holders(single(|f| f.address), self.address_words.len());
        out.births = holders(births, DAYS);
        out.documents = holders(documents, self.documents.len());
        let present = |states: &(dyn Fn(&super::Features) -> bool + Sync)| {
            self.mentions.par_iter().filter(|f| states(f)).count() as u64
        };
        out.present = Present {
            mentions: self.mentions.len() as u64,
            births: present(&|f| f.births[0] != 0),
            phones: present(&|f| !self.phones_of(f).is_empty()),
            accounts: present(&|f| !self.accounts_of(f).is_empty()),
            addresses: present(&|f| f.address != NONE),
            towns: present(&|f| f.town != NONE),
            organisations: present(&|f| f.organisation),
            ..out.present
        };
        out
    }

    /// Derives the shares of the values from their counts.
    pub(super) fn set_shares(&mut self, counts: &Counts) {
        let shares = self.word_shares(counts);
        for ((word, share), [given, surname]) in self.words.iter_mut().zip(shares).zip(&counts.words) {
            (word.share, word.count) = (share, given + surname);
        }
        let borne = |holders: &[u32], present: u64, base: f64| -> Vec<u16> {
            let present = present.max(1) as f64;
            holders.par_iter().map(|h| rarity(base + f64::from(h.saturating_sub(1)) / present)).collect()
        };
        let Present { mentions, births, phones, accounts, addresses, towns, organisations, .. } =
            counts.present;
        self.shares.phones = borne(&counts.phones, phones, 1e-6);
        self.shares.accounts = borne(&counts.accounts, accounts, 1e-6);
        self.shares.addresses = borne(&counts.addresses, addresses, 1e-5);
        let with_birth = births.max(1) as f64;
        let day_share = |(at, holders): (usize, &u32)| {
            let base = birth_base(if at % 372 == 1 { 0x0101 } else { 0 });
            if *holders == 0 { 0 } else { rarity(base + f64::from(holders - 1) / with_birth * 0.5) }
        };
        self.shares.births = counts.births.iter().enumerate().map(day_share).collect();
        let all = mentions.max(1) as f64;
        self.shares.documents = counts
            .documents
            .par_iter()
            .map(|h| rarity(1e-6 + (f64::from(*h) - 8.0).max(0.0) / all))
            .collect();
        for (document, holders) in self.documents.iter_mut().zip(&counts.documents) {
            document.holders = *holders;
        }
        for (town, mentions) in self.towns.iter_mut().zip(&counts.towns) {
            town.mentions = *mentions;
        }
        self.shares.towns =
            counts.towns.iter().map(|t| rarity((f64::from(*t) + 1.0) / (towns as f64 + 50.0))).collect();
        self.shares.organisation_words = counts
            .organisation_words
            .iter()
            .map(|w| rarity((f64::from(*w) + 4.0) / (organisations as f64 + 400.0)))
            .collect();
    }

    fn word_shares(&self, counts: &Counts) -> Vec<WordShare> {
        let (all_given, all_surnames) = (counts.present.given as f64, counts.present.surnames as f64);
        let share = |count: u32, all: f64, typical: f64| {
            rarity((f64::from(count) + PSEUDO_TOKENS * typical) / (all + PSEUDO_TOKENS))
        };
        self.words
            .par_iter()
            .zip(&counts.words)
            .map(|(word, [given, surname])| {
                let [given_sound, surname_sound] = counts.sounds[word.class as usize];
                WordShare {
                    given: share(*given, all_given, TYPICAL_GIVEN),
                    given_sound: share(given_sound, all_given, TYPICAL_GIVEN),
                    surname: share(*surname, all_surnames, TYPICAL_SURNAME),
                    surname_sound: share(surname_sound, all_surnames, TYPICAL_SURNAME),
                }
            })
            .collect()
    }
}
