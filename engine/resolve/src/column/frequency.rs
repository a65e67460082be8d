//! Frequencies that outlive the set they were counted in: the second half of a stored model.
//!
//! How rare a value is decides how much it weighs. With the frequencies of a stored model the weight of a pair is a
//! function of the two records and the model alone, so that records that come later change no older weight. A value
//! that the model does not know is as rare as one that was met once.

use super::share::{Counts, DAYS, Present};
use super::texts::Texts;
use crate::error::ResolveError;

/// The texts of the values of some columns, by id.
pub(crate) struct ValueTexts {
    pub(crate) words: Texts,
    pub(crate) sounds: Texts,
    pub(crate) documents: Texts,
    pub(crate) phones: Texts,
    pub(crate) accounts: Texts,
    pub(crate) addresses: Texts,
    pub(crate) towns: Texts,
    pub(crate) organisation_words: Texts,
}

/// One stored frequency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrequencyRow {
    /// What the value is, or `present` for how many mentions state something.
    pub kind: String,
    /// The value.
    pub value: String,
    /// Occurrences; of a name's token as a given name; of what a household shares, distinct bearers.
    pub count: u32,
    /// Of a name's token, occurrences as a surname.
    pub as_surname: u32,
}

/// Values of one kind with their counts.
#[derive(Clone, Debug, Default)]
struct Tally {
    texts: Texts,
    counts: Vec<[u32; 2]>,
}

impl Tally {
    /// Those of at least `least`, which is what an unknown value counts and one.
    fn new(texts: &Texts, counts: impl Iterator<Item = [u32; 2]>, least: u32) -> Self {
        let mut out = Self::default();
        for (text, count) in texts.iter().zip(counts).filter(|(_, c)| c[0] + c[1] >= least) {
            out.set(text, count);
        }
        out
    }

    fn set(&mut self, text: &str, count: [u32; 2]) {
        let id = self.texts.intern(text) as usize;
        self.counts.resize(self.counts.len().max(id + 1), [0; 2]);
        self.counts[id] = count;
    }

    fn get(&self, text: &str) -> [u32; 2] {
        self.texts.find(text).and_then(|id| self.counts.get(id as usize).copied()).unwrap_or_default()
    }

    fn both(&self, texts: &Texts) -> Vec<[u32; 2]> {
        texts.iter().map(|t| self.get(t)).collect()
    }

    fn one(&self, texts: &Texts) -> Vec<u32> {
        texts.iter().map(|t| self.get(t)[0]).collect()
    }
}

/// Kinds of values, as stored.
const KINDS: [&str; 9] =
    ["word", "sound", "document", "phone", "account", "address", "town", "organisation_word", "birth"];
/// The kind of the rows that say how many mentions state something.
const PRESENT: &str = "present";

/// How often values were met in the set that a model was trained on.
#[derive(Clone, Debug, Default)]
pub struct Frequencies {
    tallies: [Tally; KINDS.len()],
    present: Present,
}

impl Frequencies {
    pub(crate) fn new(texts: &ValueTexts, counts: &Counts) -> Self {
        let one =
            |texts: &Texts, counts: &[u32], least| Tally::new(texts, counts.iter().map(|c| [*c, 0]), least);
        let mut days = Tally::default();
        for (day, count) in counts.births.iter().enumerate().filter(|(_, c)| **c > 1) {
            days.set(&day.to_string(), [*count, 0]);
        }
        Self {
            tallies: [
                Tally::new(&texts.words, counts.words.iter().copied(), 1),
                Tally::new(&texts.sounds, counts.sounds.iter().copied(), 1),
                one(&texts.documents, &counts.documents, 2),
                one(&texts.phones, &counts.phones, 2),
                one(&texts.accounts, &counts.accounts, 2),
                one(&texts.addresses, &counts.addresses, 2),
                one(&texts.towns, &counts.towns, 1),
                one(&texts.organisation_words, &counts.organisation_words, 1),
                days,
            ],
            present: counts.present,
        }
    }

    /// The counts of some values.
    pub(crate) fn of(&self, texts: &ValueTexts) -> Counts {
        let [words, sounds, documents, phones, accounts, addresses, towns, organisation_words, days] =
            &self.tallies;
        let mut births = vec![0; DAYS];
        for (text, count) in days.texts.iter().zip(&days.counts) {
            if let Some(slot) = text.parse::<usize>().ok().and_then(|day| births.get_mut(day)) {
                *slot = count[0];
            }
        }
        Counts {
            words: words.both(&texts.words),
            sounds: sounds.both(&texts.sounds),
            documents: documents.one(&texts.documents),
            phones: phones.one(&texts.phones),
            accounts: accounts.one(&texts.accounts),
            addresses: addresses.one(&texts.addresses),
            towns: towns.one(&texts.towns),
            organisation_words: organisation_words.one(&texts.organisation_words),
            births,
            present: self.present,
        }
    }

    /// How many mentions they were counted in.
    pub fn mentions(&self) -> u64 {
        self.present.mentions
    }

    /// The frequencies as rows to be stored; [`Frequencies::from_rows`] reads them back exactly.
    pub fn to_rows(&self) -> Vec<FrequencyRow> {
        let mut out = Vec::new();
        for (kind, tally) in KINDS.iter().zip(&self.tallies) {
            out.extend(tally.texts.iter().zip(&tally.counts).map(|(value, count)| FrequencyRow {
                kind: (*kind).to_owned(),
                value: value.to_owned(),
                count: count[0],
                as_surname: count[1],
            }));
        }
        let mut present = self.present;
        out.extend(named(&mut present).into_iter().map(|(value, count)| FrequencyRow {
            kind: PRESENT.to_owned(),
            value: value.to_owned(),
            count: u32::try_from(*count).unwrap_or(u32::MAX),
            as_surname: 0,
        }));
        out
    }

    /// Reads stored frequencies.
    ///
    /// # Errors   [`ResolveError::FrequencyBad`] names the kind of a row that cannot be read
    pub fn from_rows(rows: impl IntoIterator<Item = FrequencyRow>) -> Result<Self, ResolveError> {
        let mut out = Self::default();
        for row in rows {
            if row.kind == PRESENT {
                let slot = named(&mut out.present).into_iter().find(|(name, _)| *name == row.value);
                let (_, slot) = slot.ok_or(ResolveError::FrequencyBad { kind: row.value })?;
                *slot = u64::from(row.count);
            } else if let Some(kind) = KINDS.iter().position(|k| *k == row.kind) {
                out.tallies[kind].set(&row.value, [row.count, row.as_surname]);
            } else {
                return Err(ResolveError::FrequencyBad { kind: row.kind });
            }
        }
        Ok(out)
    }
}

fn named(present: &mut Present) -> [(&'static str, &mut u64); 9] {
    let Present { mentions, births, phones, accounts, addresses, towns, organisations, given, surnames } =
        present;
    [
        ("mentions", mentions),
        ("births", births),
        ("phones", phones),
        ("accounts", accounts),
        ("addresses", addresses),
        ("towns", towns),
        ("organisations", organisations),
        ("given", given),
        ("surnames", surnames),
    ]
}
