//! Mentions as interned columns: every distinct value once, with what follows from it, so that a comparison handles
//! small integers.
//!
//! One mention is one cache line ([`Features`]); a value's sound, letters, frequency and rarity stand in tables by
//! value and are computed once for each distinct value.
//!
//! **Invariants**
//! 1. No comparison depends on the numbers of the ids, only on what they stand for.
//! 2. Two mentions with equal [`Features`] say the same in every comparison.
//! 3. Work for one mention is bounded, however long its values are: see the `MAX_` limits.

pub mod build;
pub mod frequency;
pub mod share;
pub mod texts;

use crate::compare::spell;
use share::{Shares, WordShare};
use texts::Texts;

/// No value.
pub const NONE: u32 = u32::MAX;
/// Given names that are compared.
pub const MAX_GIVEN: usize = 4;
/// Surnames that are compared.
pub const MAX_SURNAMES: usize = 3;
/// Documents, telephones and accounts that are compared, each.
pub const MAX_VALUES: usize = 8;
/// Words of an organisation's name that are compared.
pub const MAX_WORDS: usize = MAX_GIVEN + MAX_SURNAMES;
/// Characters of a value that are compared.
pub const MAX_CHARS: usize = 48;

/// What one mention says, as ids of values; unused places hold [`NONE`] (0 for dates).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(align(64))]
pub struct Features {
    /// Given names, then surnames, each in order; words of an organisation's name, in the order of their texts.
    pub names: [u32; MAX_WORDS],
    /// Birth dates as in [`date_code`]: the stated one, then the one its documents tell.
    pub births: [u32; 2],
    /// The document, where there is one.
    pub document: u32,
    /// The telephone or SIM card, where there is one.
    pub phone: u32,
    /// The account, where there is one.
    pub account: u32,
    /// Address.
    pub address: u32,
    /// Town.
    pub town: u32,
    /// Place in [`Columns::extras`], where there is more than one document, telephone or account.
    pub more: u32,
    /// 0 female, 1 male, 2 not stated.
    pub sex: u8,
    /// Whether it is an organisation.
    pub organisation: bool,
}

impl Features {
    /// A mention that says nothing.
    pub const EMPTY: Self = Self {
        names: [NONE; MAX_WORDS],
        births: [0; 2],
        document: NONE,
        phone: NONE,
        account: NONE,
        address: NONE,
        town: NONE,
        more: NONE,
        sex: 2,
        organisation: false,
    };

    /// Given names.
    pub fn given(&self) -> &[u32] {
        if self.organisation { &[] } else { used(&self.names[..MAX_GIVEN]) }
    }

    /// Surnames.
    pub fn surnames(&self) -> &[u32] {
        if self.organisation { &[] } else { used(&self.names[MAX_GIVEN..]) }
    }

    /// Words of an organisation's name.
    pub fn words(&self) -> &[u32] {
        if self.organisation { used(&self.names) } else { &[] }
    }
}

/// All documents, telephones and accounts of a mention that has more than one of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Extra {
    /// Documents.
    pub documents: Vec<u32>,
    /// Telephones and SIM cards.
    pub phones: Vec<u32>,
    /// Accounts.
    pub accounts: Vec<u32>,
}

/// The used places of an array of ids.
pub fn used(values: &[u32]) -> &[u32] {
    let end = values.iter().position(|v| *v == NONE).unwrap_or(values.len());
    &values[..end]
}

fn one(value: &u32) -> &[u32] {
    if *value == NONE { &[] } else { std::slice::from_ref(value) }
}

/// A date as one number whose hexadecimal figures are those of `yyyymmdd`.
pub fn date_code(year: u32, month: u32, day: u32) -> u32 {
    let two = |n: u32| ((n / 10 % 10) << 4) | (n % 10);
    two(year / 100) << 24 | two(year) << 16 | two(month) << 8 | two(day)
}

/// Year, month and day of a [`date_code`].
pub fn date_parts(code: u32) -> (u32, u32, u32) {
    let two = |n: u32| (n >> 4 & 15) * 10 + (n & 15);
    (two(code >> 24) * 100 + two(code >> 16 & 255), two(code >> 8 & 255), two(code & 255))
}

/// A distinct token of a name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Word {
    /// Tokens of one class sound alike.
    pub class: u32,
    /// Which letters occur, as bits.
    pub letters: u32,
    /// Occurrences, as a given name and as a surname.
    pub count: u32,
    /// Its first three sounds, for blocking.
    pub prefix: u32,
    /// How rare it is.
    pub share: WordShare,
    core_at: u32,
    nicknames_at: u32,
    core_len: u8,
    nicknames_len: u8,
}

impl Word {
    /// Whether nothing but an initial is left of the token.
    pub fn is_initial(&self) -> bool {
        self.core_len <= 1
    }

    /// Letters of the token without particles.
    pub fn core_len(&self) -> u8 {
        self.core_len
    }
}

/// A distinct document.
#[derive(Clone, Copy, Debug, Default)]
pub struct Document {
    /// Its kind, as a number.
    pub kind: u32,
    /// Equal for documents whose letters and figures are equal.
    pub plain: u32,
    /// The first and the last letters and figures, as codes.
    pub ends: [u32; 2],
    /// How many letters and figures there are.
    pub length: u8,
    /// Birth date that the number tells, 0 if none.
    pub birth: u32,
    /// Sex that the number tells, as in [`Features`].
    pub sex: u8,
    /// Whether the kind was recognised.
    pub known_kind: bool,
    /// A well formed number of which a person holds one for life.
    pub for_life: bool,
    /// A placeholder such as `000000000`: no evidence.
    pub placeholder: bool,
    /// Distinct names that bear it.
    pub holders: u32,
}

/// A distinct telephone, account, address or town.
#[derive(Clone, Copy, Debug, Default)]
pub struct Value {
    /// Mentions that bear it.
    pub mentions: u32,
    /// Distinct names that bear it.
    pub holders: u32,
}

/// All mentions, with the tables of their values and the frequencies that follow from them.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// One entry a mention, in canonical order.
    pub mentions: Vec<Features>,
    /// What mentions with several documents, telephones or accounts have.
    pub extras: Vec<Extra>,
    /// Tokens of names.
    pub words: Vec<Word>,
    /// Documents.
    pub documents: Vec<Document>,
    /// Telephones and SIM cards, in the order of their keys: the figures of a number as bytes, else 0.
    pub phone_figures: Vec<u64>,
    /// How rare values are.
    pub shares: Shares,
    /// Towns.
    pub towns: Vec<Value>,
    word_texts: Texts,
    core_codes: Vec<u8>,
    nicknames: Vec<u32>,
    document_codes: Codes,
    plain_codes: Vec<u32>,
    address_codes: Codes,
    address_words: Vec<Vec<u32>>,
    town_codes: Codes,
    organisation_codes: Codes,
    phone_tails: Vec<u32>,
}

/// Texts as codes, one behind the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Codes {
    codes: Vec<u8>,
    ends: Vec<u32>,
}

impl Codes {
    fn push(&mut self, text: &str) {
        self.codes.extend(text.chars().take(MAX_CHARS).map(spell::code));
        self.ends.push(self.codes.len() as u32);
    }

    fn get(&self, id: u32) -> &[u8] {
        let at = id as usize;
        let from = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.codes[from as usize..self.ends[at] as usize]
    }
}

impl Columns {
    /// Documents of a mention.
    pub fn documents_of<'a>(&'a self, f: &'a Features) -> &'a [u32] {
        self.extras.get(f.more as usize).map_or(one(&f.document), |e| &e.documents)
    }

    /// Telephones and SIM cards of a mention.
    pub fn phones_of<'a>(&'a self, f: &'a Features) -> &'a [u32] {
        self.extras.get(f.more as usize).map_or(one(&f.phone), |e| &e.phones)
    }

    /// Accounts of a mention.
    pub fn accounts_of<'a>(&'a self, f: &'a Features) -> &'a [u32] {
        self.extras.get(f.more as usize).map_or(one(&f.account), |e| &e.accounts)
    }

    /// Reads what comparisons of a mention look up, so that it is near when they do.
    pub(crate) fn looked_up(&self, f: &Features) -> u32 {
        let document = self.documents.get(f.document as usize).map_or(0, |d| d.plain);
        let phone = self.phone_figures.get(f.phone as usize).map_or(0, |p| *p as u32);
        f.names
            .iter()
            .fold(document ^ phone, |all, w| all ^ self.words.get(*w as usize).map_or(0, |w| w.class))
    }

    /// A token of a name as codes, without particles.
    pub fn core(&self, word: u32) -> &[u8] {
        let w = &self.words[word as usize];
        &self.core_codes[w.core_at as usize..w.core_at as usize + usize::from(w.core_len)]
    }

    /// The text of a token.
    pub fn word_text(&self, word: u32) -> &str {
        self.word_texts.get(word)
    }

    /// Tokens of the data that may be nicknames of this one, or the other way round.
    pub fn nicknames(&self, word: u32) -> &[u32] {
        let w = &self.words[word as usize];
        &self.nicknames[w.nicknames_at as usize..w.nicknames_at as usize + usize::from(w.nicknames_len)]
    }

    /// Letters and figures of a document as codes.
    pub fn document_plain(&self, document: u32) -> &[u8] {
        self.document_codes.get(self.plain_codes[document as usize])
    }

    /// An address as codes.
    pub fn address_text(&self, address: u32) -> &[u8] {
        self.address_codes.get(address)
    }

    /// The words of an address, ascending.
    pub fn address_words(&self, address: u32) -> &[u32] {
        &self.address_words[address as usize]
    }

    /// A town as codes.
    pub fn town_text(&self, town: u32) -> &[u8] {
        self.town_codes.get(town)
    }

    /// A word of an organisation's name as codes.
    pub fn organisation_text(&self, word: u32) -> &[u8] {
        self.organisation_codes.get(word)
    }

    /// A number for the last seven figures of a telephone, equal for equal figures.
    pub fn phone_tail(&self, phone: u32) -> u32 {
        self.phone_tails[phone as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_survive_their_code_and_a_mention_is_one_cache_line() {
        assert_eq!(date_code(1984, 2, 29), 0x1984_0229);
        assert_eq!(date_parts(0x1984_0229), (1984, 2, 29));
        assert_eq!(size_of::<Features>(), 64);
    }
}
