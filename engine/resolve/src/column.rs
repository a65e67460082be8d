//! Mentions as interned columns: every distinct value once, with its frequency, so that a comparison handles small
//! integers.
//!
//! **Invariants**
//! 1. Columns are built in the canonical order of the mentions, so that ids of values do not depend on the order
//!    in which the mentions were given.
//! 2. Two mentions with equal [`Features`] say the same in every comparison.
//! 3. Work for one mention is bounded, however long its values are: see the `MAX_` limits.

use model::party::{PartyKind, Sex};
use model::record::MentionRecord;
use model::time::CivilDate;
use normalise::{document, name, text};
use std::collections::HashMap;

/// No value.
pub const NONE: u32 = u32::MAX;
/// Given names that are compared.
pub const MAX_GIVEN: usize = 4;
/// Surnames that are compared.
pub const MAX_SURNAMES: usize = 3;
/// Documents, telephones and accounts that are compared, each.
pub const MAX_VALUES: usize = 8;
/// Words of an organisation's name that are compared.
pub const MAX_WORDS: usize = 8;
/// Characters of a value that are compared.
pub const MAX_CHARS: usize = 48;

/// What one mention says, as ids of values; unused places hold [`NONE`] (0 for dates).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Features {
    /// Given names, in order.
    pub given: [u32; MAX_GIVEN],
    /// Surnames, in order.
    pub surnames: [u32; MAX_SURNAMES],
    /// Birth dates as `yyyymmdd`: the stated one, then the one its documents tell.
    pub births: [u32; 2],
    /// Documents.
    pub documents: [u32; MAX_VALUES],
    /// Telephones and SIM cards.
    pub phones: [u32; MAX_VALUES],
    /// Accounts.
    pub accounts: [u32; MAX_VALUES],
    /// Address.
    pub address: u32,
    /// Town.
    pub town: u32,
    /// Words of an organisation's name, sorted.
    pub words: [u32; MAX_WORDS],
    /// 0 female, 1 male, 2 not stated.
    pub sex: u8,
    /// Whether it is an organisation.
    pub organisation: bool,
}

/// The used places of an array of ids.
pub fn used(values: &[u32]) -> &[u32] {
    let end = values.iter().position(|v| *v == NONE).unwrap_or(values.len());
    &values[..end]
}

/// A distinct token of a name.
#[derive(Clone, Debug)]
pub struct Word {
    /// The token, folded, at most [`MAX_CHARS`] characters.
    pub text: String,
    /// The token without particles.
    pub core: String,
    /// Tokens of one class sound alike.
    pub class: u32,
    /// Which letters occur, as bits.
    pub letters: u32,
    /// Tokens of the data that may be nicknames of this one, or the other way round.
    pub nicknames: Vec<u32>,
    /// Occurrences as a given name.
    pub as_given: u32,
    /// Occurrences as a surname.
    pub as_surname: u32,
}

/// A distinct document.
#[derive(Clone, Debug)]
pub struct DocumentValue {
    /// Normal form, `CC-KIND:value`.
    pub full: String,
    /// Letters and digits of the value.
    pub plain: String,
    /// Whether the kind was recognised.
    pub known_kind: bool,
    /// A placeholder such as `000000000`: no evidence.
    pub placeholder: bool,
    /// Distinct names that bear it.
    pub holders: u32,
}

/// A distinct telephone, account, address or town.
#[derive(Clone, Debug)]
pub struct Value {
    /// What is compared.
    pub text: String,
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
    /// Tokens of names.
    pub words: Vec<Word>,
    /// Documents.
    pub documents: Vec<DocumentValue>,
    /// Telephones and SIM cards.
    pub phones: Vec<Value>,
    /// Accounts.
    pub accounts: Vec<Value>,
    /// Addresses.
    pub addresses: Vec<Value>,
    /// Towns.
    pub towns: Vec<Value>,
    /// Words of organisations' names.
    pub org_words: Vec<Value>,
    births: HashMap<u32, u32>,
    class_given: Vec<u32>,
    class_surname: Vec<u32>,
    given_tokens: u32,
    surname_tokens: u32,
    with_birth: u32,
    with_phone: u32,
    with_account: u32,
    with_address: u32,
    with_town: u32,
    organisations: u32,
}

/// Imagined tokens that stand behind every frequency, so that twenty mentions do not make a rare name common.
const PSEUDO_TOKENS: f64 = 1000.0;
/// Share of an average given name among them.
const TYPICAL_GIVEN: f64 = 0.004;
/// Share of an average surname among them.
const TYPICAL_SURNAME: f64 = 0.002;

/// Words that carry no identity inside a surname.
const PARTICLES: [&str; 12] = ["DE", "DEL", "LA", "LAS", "LOS", "EL", "Y", "DA", "DI", "DO", "VAN", "VON"];
/// Legal forms and fillers that carry no identity inside an organisation's name.
const LEGAL: [&str; 22] = [
    "S", "A", "SA", "DE", "C", "V", "CV", "R", "L", "RL", "SRL", "LTDA", "LTD", "INC", "CIA", "LLC", "Y",
    "LA", "EL", "DEL", "LOS", "THE",
];

#[derive(Default)]
struct Interner {
    ids: HashMap<String, u32>,
}

impl Interner {
    /// The id of a text, and whether it is new.
    fn id(&mut self, text: &str) -> (u32, bool) {
        if let Some(id) = self.ids.get(text) {
            return (*id, false);
        }
        let id = self.ids.len() as u32;
        self.ids.insert(text.to_owned(), id);
        (id, true)
    }
}

fn clip(text: &str) -> &str {
    text.char_indices().nth(MAX_CHARS).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

fn core_of(token: &str) -> String {
    let kept: Vec<&str> = token.split(' ').filter(|p| !PARTICLES.contains(p)).collect();
    if kept.is_empty() { token.to_owned() } else { kept.join(" ") }
}

fn letters_of(token: &str) -> u32 {
    token.bytes().fold(0, |mask, b| match b {
        b'A'..=b'Z' => mask | 1 << (b - b'A'),
        b' ' => mask,
        _ => mask | 1 << 26,
    })
}

fn day_number(date: CivilDate) -> u32 {
    date.year.clamp(0, 9999) as u32 * 10_000 + u32::from(date.month) * 100 + u32::from(date.day)
}

/// What telephones are compared by: the last eight digits of a number, so that a missing country code does not
/// hide it; the text itself where it is no number.
fn phone_key(value: &str) -> Option<String> {
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    if value.chars().any(char::is_alphabetic) {
        return Some(clip(value).to_owned());
    }
    if digits.len() < 6 || digits.bytes().all(|b| Some(b) == digits.bytes().next()) {
        return None;
    }
    Some(digits.get(digits.len().saturating_sub(8)..).unwrap_or(&digits).to_owned())
}

struct Builder {
    columns: Columns,
    words: Interner,
    classes: Interner,
    documents: Interner,
    phones: Interner,
    accounts: Interner,
    addresses: Interner,
    towns: Interner,
    org_words: Interner,
}

impl Builder {
    fn word(&mut self, token: &str) -> u32 {
        let token = clip(token);
        let token = name::expand_abbreviation(token).unwrap_or(token);
        let (id, new) = self.words.id(token);
        if new {
            let core = core_of(token);
            let (class, _) = self.classes.id(&name::phonetic(&core));
            self.columns.words.push(Word {
                text: token.to_owned(),
                letters: letters_of(&core),
                core,
                class,
                nicknames: Vec::new(),
                as_given: 0,
                as_surname: 0,
            });
        }
        id
    }

    fn value(interner: &mut Interner, table: &mut Vec<Value>, text: &str) -> u32 {
        let (id, new) = interner.id(text);
        if new {
            table.push(Value { text: text.to_owned(), mentions: 0, holders: 0 });
        }
        id
    }

    fn document(&mut self, value: &str) -> u32 {
        let value = clip(value);
        let (id, new) = self.documents.id(value);
        if new {
            let kind = document::kind(value);
            let body = value.split_once(':').map_or(value, |(_, body)| body);
            let plain: String = body.chars().filter(char::is_ascii_alphanumeric).collect();
            let repeated = plain.bytes().all(|b| Some(b) == plain.bytes().next());
            self.columns.documents.push(DocumentValue {
                full: value.to_owned(),
                known_kind: !kind.is_empty() && !kind.starts_with("XX") && !kind.ends_with("-DOC"),
                placeholder: plain.len() < 4 || repeated || plain == "123456789",
                plain,
                holders: 0,
            });
        }
        id
    }

    fn add(&mut self, record: &MentionRecord) {
        let mut f = Features {
            given: [NONE; MAX_GIVEN],
            surnames: [NONE; MAX_SURNAMES],
            births: [0; 2],
            documents: [NONE; MAX_VALUES],
            phones: [NONE; MAX_VALUES],
            accounts: [NONE; MAX_VALUES],
            address: NONE,
            town: NONE,
            words: [NONE; MAX_WORDS],
            sex: 2,
            organisation: record.kind == PartyKind::Organisation,
        };
        if f.organisation {
            let folded = text::fold(clip(&record.name_raw));
            let mut ids: Vec<u32> = folded
                .split(' ')
                .filter(|w| !w.is_empty() && !LEGAL.contains(w))
                .map(|w| Self::value(&mut self.org_words, &mut self.columns.org_words, w))
                .collect();
            ids.sort_unstable();
            ids.dedup();
            fill(&mut f.words, &ids);
            for id in used(&f.words) {
                self.columns.org_words[*id as usize].mentions += 1;
            }
            self.columns.organisations += 1;
        } else {
            let given: Vec<u32> = record.name.given.iter().take(MAX_GIVEN).map(|t| self.word(t)).collect();
            let surnames: Vec<u32> =
                record.name.surnames.iter().take(MAX_SURNAMES).map(|t| self.word(t)).collect();
            for id in &given {
                self.columns.words[*id as usize].as_given += 1;
            }
            for id in &surnames {
                self.columns.words[*id as usize].as_surname += 1;
            }
            self.columns.given_tokens += given.len() as u32;
            self.columns.surname_tokens += surnames.len() as u32;
            fill(&mut f.given, &given);
            fill(&mut f.surnames, &surnames);
        }
        let mut sex = record.sex;
        let mut told = 0;
        let documents: Vec<&str> = record.documents.iter().filter_map(|d| d.value.as_deref()).collect();
        for value in &documents {
            let facts = document::facts(value);
            sex = sex.or(facts.sex);
            if let Some(birth) = facts.birth {
                told = if told == 0 { day_number(birth) } else { told };
            }
        }
        f.sex = match sex {
            Some(Sex::Female) => 0,
            Some(Sex::Male) => 1,
            None => 2,
        };
        let stated = record.birth.map_or(0, day_number);
        f.births = if stated == 0 || stated == told { [told, 0] } else { [stated, told] };
        self.columns.with_birth += u32::from(f.births[0] != 0);
        let documents: Vec<u32> = documents.into_iter().map(|v| self.document(v)).collect();
        fill(&mut f.documents, &sorted(documents));
        let phones: Vec<u32> = record
            .phones
            .iter()
            .chain(&record.sims)
            .filter(|p| !p.flags.has(model::identifier::NormFlags::SERVICE))
            .filter_map(|p| p.value.as_deref().and_then(phone_key))
            .map(|key| Self::value(&mut self.phones, &mut self.columns.phones, &key))
            .collect();
        fill(&mut f.phones, &sorted(phones));
        let accounts: Vec<u32> = record
            .accounts
            .iter()
            .filter_map(|a| a.value.as_deref())
            .map(|v| Self::value(&mut self.accounts, &mut self.columns.accounts, clip(v)))
            .collect();
        fill(&mut f.accounts, &sorted(accounts));
        if !record.address.is_empty() {
            f.address = Self::value(&mut self.addresses, &mut self.columns.addresses, clip(&record.address));
        }
        if !record.town.is_empty() {
            f.town = Self::value(&mut self.towns, &mut self.columns.towns, clip(&record.town));
        }
        self.columns.mentions.push(f);
    }
}

fn sorted(mut ids: Vec<u32>) -> Vec<u32> {
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn fill(places: &mut [u32], ids: &[u32]) {
    for (place, id) in places.iter_mut().zip(ids) {
        *place = *id;
    }
}

impl Columns {
    /// The columns of mentions that are given in canonical order.
    ///
    /// # Complexity   O(total length of the values)
    pub fn new<'a>(records: impl IntoIterator<Item = &'a MentionRecord>) -> Self {
        let mut builder = Builder {
            columns: Self::default(),
            words: Interner::default(),
            classes: Interner::default(),
            documents: Interner::default(),
            phones: Interner::default(),
            accounts: Interner::default(),
            addresses: Interner::default(),
            towns: Interner::default(),
            org_words: Interner::default(),
        };
        for record in records {
            builder.add(record);
        }
        let Builder { mut columns, words, classes, .. } = builder;
        columns.class_given = vec![0; classes.ids.len()];
        columns.class_surname = vec![0; classes.ids.len()];
        for word in &columns.words {
            columns.class_given[word.class as usize] += word.as_given;
            columns.class_surname[word.class as usize] += word.as_surname;
        }
        for id in 0..columns.words.len() {
            let known = name::nicknames_of(&columns.words[id].text);
            let others: Vec<u32> = known.iter().filter_map(|n| words.ids.get(*n).copied()).collect();
            for other in others {
                columns.words[id].nicknames.push(other);
                columns.words[other as usize].nicknames.push(id as u32);
            }
        }
        columns.count_holders();
        columns
    }

    /// Counts who bears a value by the distinct first given names among its mentions, so that many records of one
    /// person do not make its birthday or telephone look common.
    fn count_holders(&mut self) {
        let bearer = |c: &Self, f: &Features| {
            used(&f.given)
                .first()
                .or(used(&f.surnames).first())
                .map(|w| c.words[*w as usize].class)
                .or(used(&f.words).first().map(|w| *w | 1 << 31))
                .unwrap_or(NONE)
        };
        let mut seen: [Vec<(u32, u32)>; 6] = Default::default();
        for f in &self.mentions {
            let by = bearer(self, f);
            seen[0].extend(f.births.iter().filter(|b| **b != 0).map(|b| (*b, by)));
            seen[1].extend(used(&f.phones).iter().map(|v| (*v, by)));
            seen[2].extend(used(&f.accounts).iter().map(|v| (*v, by)));
            seen[3].extend((f.address != NONE).then_some((f.address, by)));
            seen[4].extend((f.town != NONE).then_some((f.town, by)));
            seen[5].extend(used(&f.documents).iter().map(|v| (*v, by)));
            self.with_phone += u32::from(!used(&f.phones).is_empty());
            self.with_account += u32::from(!used(&f.accounts).is_empty());
            self.with_address += u32::from(f.address != NONE);
            self.with_town += u32::from(f.town != NONE);
        }
        for f in &self.mentions {
            for v in used(&f.phones) {
                self.phones[*v as usize].mentions += 1;
            }
            for v in used(&f.accounts) {
                self.accounts[*v as usize].mentions += 1;
            }
            if f.address != NONE {
                self.addresses[f.address as usize].mentions += 1;
            }
            if f.town != NONE {
                self.towns[f.town as usize].mentions += 1;
            }
        }
        for list in &mut seen {
            list.sort_unstable();
            list.dedup();
        }
        for (birth, _) in &seen[0] {
            *self.births.entry(*birth).or_default() += 1;
        }
        for (table, list) in [&mut self.phones, &mut self.accounts, &mut self.addresses, &mut self.towns]
            .into_iter()
            .zip(&seen[1..5])
        {
            for (value, _) in list {
                table[*value as usize].holders += 1;
            }
        }
        for (value, _) in &seen[5] {
            self.documents[*value as usize].holders += 1;
        }
    }

    /// How common is this given name? Where it is met with another spelling, the whole class of its sound counts.
    pub fn given_share(&self, word: u32, by_sound: bool) -> f64 {
        let w = &self.words[word as usize];
        let count = if by_sound { self.class_given[w.class as usize] } else { w.as_given };
        (f64::from(count) + PSEUDO_TOKENS * TYPICAL_GIVEN) / (f64::from(self.given_tokens) + PSEUDO_TOKENS)
    }

    /// How common is this surname?
    pub fn surname_share(&self, word: u32, by_sound: bool) -> f64 {
        let w = &self.words[word as usize];
        let count = if by_sound { self.class_surname[w.class as usize] } else { w.as_surname };
        (f64::from(count) + PSEUDO_TOKENS * TYPICAL_SURNAME)
            / (f64::from(self.surname_tokens) + PSEUDO_TOKENS)
    }

    /// The chance that a stranger was born (or is registered as born) on this day.
    pub fn birth_share(&self, date: u32) -> f64 {
        let holders = self.births.get(&date).copied().unwrap_or(1).max(1);
        // About sixty cohorts of 365 days; the first of January stands in for "unknown".
        let base = if date % 10_000 == 101 { 3e-4 } else { 4.6e-5 };
        base + f64::from(holders - 1) / f64::from(self.with_birth.max(1)) * 0.5
    }

    fn value_share(value: &Value, present: u32, base: f64) -> f64 {
        base + f64::from(value.holders.saturating_sub(1)) / f64::from(present.max(1))
    }

    /// The chance that a stranger bears this telephone.
    pub fn phone_share(&self, id: u32) -> f64 {
        Self::value_share(&self.phones[id as usize], self.with_phone, 1e-6)
    }

    /// The chance that a stranger bears this account.
    pub fn account_share(&self, id: u32) -> f64 {
        Self::value_share(&self.accounts[id as usize], self.with_account, 1e-6)
    }

    /// The chance that a stranger lives at this address.
    pub fn address_share(&self, id: u32) -> f64 {
        Self::value_share(&self.addresses[id as usize], self.with_address, 1e-5)
    }

    /// The chance that a stranger lives in this town.
    pub fn town_share(&self, id: u32) -> f64 {
        (f64::from(self.towns[id as usize].mentions) + 1.0) / (f64::from(self.with_town) + 50.0)
    }

    /// The chance that a stranger bears this document: that of a mistaken identity, more where many names bear it.
    pub fn document_share(&self, id: u32) -> f64 {
        let holders = f64::from(self.documents[id as usize].holders);
        1e-6 + (holders - 8.0).max(0.0) / self.mentions.len().max(1) as f64
    }

    /// How common is this word among names of organisations?
    pub fn organisation_share(&self, id: u32) -> f64 {
        (f64::from(self.org_words[id as usize].mentions) + 4.0) / (f64::from(self.organisations) + 400.0)
    }
}
