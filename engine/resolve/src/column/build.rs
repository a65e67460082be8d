//! From mentions to columns: chunks that are built side by side, then one table of values for all.
//!
//! **Invariant:** chunks are cut by position alone and taken together in order, so that the columns are the same at
//! any number of threads.

use super::frequency::{Frequencies, ValueTexts};
use super::share::WordShare;
use super::texts::Texts;
use super::{Codes, Columns, Document, Extra, Features, MAX_CHARS, MAX_GIVEN, MAX_VALUES, MAX_WORDS, NONE};
use super::{Value, Word, date_code, used};
use crate::compare::spell;
use hashbrown::HashMap;
use model::identifier::NormFlags;
use model::party::{PartyKind, Sex};
use model::record::MentionRecord;
use model::time::CivilDate;
use normalise::{document, name, text};
use rayon::prelude::*;

/// Mentions that one chunk holds when they come from records.
const CHUNK: usize = 1 << 15;

/// Words that carry no identity inside a surname.
const PARTICLES: [&str; 12] = ["DE", "DEL", "LA", "LAS", "LOS", "EL", "Y", "DA", "DI", "DO", "VAN", "VON"];
/// Legal forms and fillers that carry no identity inside an organisation's name.
const LEGAL: [&str; 22] = [
    "S", "A", "SA", "DE", "C", "V", "CV", "R", "L", "RL", "SRL", "LTDA", "LTD", "INC", "CIA", "LLC", "Y",
    "LA", "EL", "DEL", "LOS", "THE",
];

/// One mention in the making, as ids of the chunk's values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) organisation: bool,
    pub(crate) given: Vec<u32>,
    pub(crate) surnames: Vec<u32>,
    pub(crate) words: Vec<u32>,
    pub(crate) documents: Vec<u32>,
    pub(crate) phones: Vec<u32>,
    pub(crate) accounts: Vec<u32>,
    pub(crate) address: Option<u32>,
    pub(crate) town: Option<u32>,
    pub(crate) birth: u32,
    pub(crate) sex: Option<Sex>,
    /// The text of the sex, as a number of the reader's, until [`Chunk::settle`].
    pub(crate) sex_text: Option<u32>,
}

impl Row {
    /// Empties the row for the next mention.
    pub(crate) fn clear(&mut self) {
        for list in [
            &mut self.given,
            &mut self.surnames,
            &mut self.words,
            &mut self.documents,
            &mut self.phones,
            &mut self.accounts,
        ] {
            list.clear();
        }
        (self.organisation, self.address, self.town) = (false, None, None);
        (self.birth, self.sex, self.sex_text) = (0, None, None);
    }
}

/// Mentions in a row of positions, with their own table of values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chunk {
    words: Texts,
    documents: Texts,
    phones: Texts,
    accounts: Texts,
    addresses: Texts,
    towns: Texts,
    organisation_words: Texts,
    mentions: Vec<Features>,
    extras: Vec<Extra>,
    /// Texts of the sex by mention, where they are to be settled.
    sex_texts: Vec<u32>,
}

fn clip(text: &str) -> &str {
    if text.len() <= MAX_CHARS {
        return text;
    }
    text.char_indices().nth(MAX_CHARS).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// The code of a day; 0 for one that is none.
pub(crate) fn day_code(date: CivilDate) -> u32 {
    date_code(date.year.clamp(0, 9999) as u32, u32::from(date.month), u32::from(date.day))
}

fn sex_code(sex: Option<Sex>) -> u8 {
    match sex {
        Some(Sex::Female) => 0,
        Some(Sex::Male) => 1,
        None => 2,
    }
}

/// What telephones are compared by: the last eight figures of a number, so that a missing country code does not
/// hide it; the text itself where it is no number.
fn phone_key(value: &str) -> Option<([u8; MAX_CHARS * 4], usize)> {
    let mut out = [0; MAX_CHARS * 4];
    if value.chars().any(char::is_alphabetic) {
        let text = clip(value).as_bytes();
        out.get_mut(..text.len())?.copy_from_slice(text);
        return Some((out, text.len()));
    }
    let figures = value.bytes().filter(u8::is_ascii_digit);
    let all = figures.clone().count();
    if all < 6 || figures.clone().all(|b| Some(b) == value.bytes().find(u8::is_ascii_digit)) {
        return None;
    }
    let kept = all.min(8);
    for (slot, b) in out.iter_mut().zip(figures.skip(all - kept)) {
        *slot = b;
    }
    Some((out, kept))
}

impl Chunk {
    /// The id of a token of a name.
    pub(crate) fn word(&mut self, token: &str) -> u32 {
        let token = clip(token);
        self.words.intern(name::expand_abbreviation(token).unwrap_or(token))
    }

    /// The id of a document's normal form.
    pub(crate) fn document(&mut self, value: &str) -> u32 {
        self.documents.intern(clip(value))
    }

    /// The id of a telephone's normal form; `None` for what is no number.
    pub(crate) fn phone(&mut self, value: &str) -> Option<u32> {
        let (key, len) = phone_key(value)?;
        key.get(..len).and_then(|k| std::str::from_utf8(k).ok()).map(|k| self.phones.intern(k))
    }

    /// The id of a telephone that is known with its country: the same figures in two countries are two numbers.
    fn telephone(&mut self, value: &str) -> Option<u32> {
        if value.starts_with('+') { Some(self.phones.intern(clip(value))) } else { self.phone(value) }
    }

    /// The id of an account's normal form.
    pub(crate) fn account(&mut self, value: &str) -> u32 {
        self.accounts.intern(clip(value))
    }

    /// The id of an address's normal form.
    pub(crate) fn address(&mut self, value: &str) -> u32 {
        self.addresses.intern(clip(value))
    }

    /// The id of a town's normal form.
    pub(crate) fn town(&mut self, value: &str) -> u32 {
        self.towns.intern(clip(value))
    }

    /// The words of an organisation's name that carry identity.
    pub(crate) fn organisation(&mut self, raw: &str, out: &mut Vec<u32>) {
        let folded = text::fold(clip(raw));
        let all = || folded.split(' ').filter(|w| !w.is_empty());
        // A name that is all legal forms and fillers is compared as it stands.
        let telling = all().any(|w| !LEGAL.contains(&w));
        out.extend(
            all().filter(|w| !telling || !LEGAL.contains(w)).map(|w| self.organisation_words.intern(w)),
        );
    }

    /// Adds one mention.
    pub(crate) fn push(&mut self, row: &Row) {
        let mut f = Features { organisation: row.organisation, ..Features::EMPTY };
        if row.organisation {
            let mut words = row.words.clone();
            words.sort_unstable();
            words.dedup();
            fill(&mut f.names, &words);
        } else {
            fill(&mut f.names[..MAX_GIVEN], &row.given);
            fill(&mut f.names[MAX_GIVEN..], &row.surnames);
        }
        f.births[0] = row.birth;
        f.sex = sex_code(row.sex);
        f.address = row.address.unwrap_or(NONE);
        f.town = row.town.unwrap_or(NONE);
        let first = |list: &[u32]| list.first().copied().unwrap_or(NONE);
        (f.document, f.phone, f.account) = (first(&row.documents), first(&row.phones), first(&row.accounts));
        if row.documents.len().max(row.phones.len()).max(row.accounts.len()) > 1 {
            f.more = self.extras.len() as u32;
            self.extras.push(Extra {
                documents: row.documents.clone(),
                phones: row.phones.clone(),
                accounts: row.accounts.clone(),
            });
        }
        if row.sex_text.is_some() || !self.sex_texts.is_empty() {
            self.sex_texts.resize(self.mentions.len(), NONE);
            self.sex_texts.push(row.sex_text.unwrap_or(NONE));
        }
        self.mentions.push(f);
    }

    /// Puts in what only the whole table could decide.
    ///
    /// # Arguments   `births`: day by number of the text (rows hold the number and one); `sexes`: sex by number
    pub(crate) fn settle(&mut self, births: &[u32], sexes: &[Option<Sex>]) {
        for f in self.mentions.iter_mut().filter(|f| f.births[0] != 0) {
            f.births[0] = births.get(f.births[0] as usize - 1).copied().unwrap_or(0);
        }
        for (f, text) in self.mentions.iter_mut().zip(std::mem::take(&mut self.sex_texts)) {
            f.sex = sex_code(sexes.get(text as usize).copied().flatten());
        }
    }

    fn record(&mut self, record: &MentionRecord, row: &mut Row) {
        row.clear();
        row.organisation = record.kind == PartyKind::Organisation;
        if row.organisation {
            self.organisation(&record.name_raw, &mut row.words);
        } else {
            row.given.extend(record.name.given.iter().take(MAX_GIVEN).map(|t| self.word(t)));
            row.surnames.extend(record.name.surnames.iter().take(MAX_WORDS).map(|t| self.word(t)));
        }
        row.birth = record.birth.map_or(0, day_code);
        row.sex = record.sex;
        row.documents
            .extend(record.documents.iter().filter_map(|d| d.value.as_deref()).map(|v| self.document(v)));
        let phones = record.phones.iter().chain(&record.sims).filter(|p| !p.flags.has(NormFlags::SERVICE));
        row.phones.extend(phones.filter_map(|p| p.value.as_deref()).filter_map(|v| self.telephone(v)));
        row.accounts
            .extend(record.accounts.iter().filter_map(|a| a.value.as_deref()).map(|v| self.account(v)));
        row.address = (!record.address.is_empty()).then(|| self.address(&record.address));
        row.town = (!record.town.is_empty()).then(|| self.town(&record.town));
        self.push(row);
    }
}

fn fill(places: &mut [u32], ids: &[u32]) {
    for (place, id) in places.iter_mut().zip(ids) {
        *place = *id;
    }
}

fn set(mut ids: Vec<u32>) -> Vec<u32> {
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(MAX_VALUES);
    ids
}

fn core_of(token: &str) -> String {
    if !token.contains(' ') {
        return token.to_owned();
    }
    let kept: Vec<&str> = token.split(' ').filter(|p| !PARTICLES.contains(p)).collect();
    if kept.is_empty() { token.to_owned() } else { kept.join(" ") }
}

/// Ids of the tables of all chunks, by chunk and local id.
struct Renumbering {
    words: Vec<Vec<u32>>,
    documents: Vec<Vec<u32>>,
    phones: Vec<Vec<u32>>,
    accounts: Vec<Vec<u32>>,
    addresses: Vec<Vec<u32>>,
    towns: Vec<Vec<u32>>,
    organisation_words: Vec<Vec<u32>>,
}

fn absorb(chunks: &[Chunk], table: fn(&Chunk) -> &Texts) -> (Texts, Vec<Vec<u32>>) {
    let mut all = Texts::default();
    let ids = chunks.iter().map(|c| all.absorb(table(c))).collect();
    (all, ids)
}

fn chunks_of(records: &[&MentionRecord]) -> Vec<Chunk> {
    records
        .par_chunks(CHUNK)
        .map(|records| {
            let (mut chunk, mut row) = (Chunk::default(), Row::default());
            for record in records {
                chunk.record(record, &mut row);
            }
            chunk
        })
        .collect()
}

impl Columns {
    /// The columns of mentions that are given in canonical order.
    ///
    /// # Complexity   O(total length of the values)
    pub fn new(records: &[&MentionRecord]) -> Self {
        Self::from_chunks(chunks_of(records))
    }

    /// The same, with the frequencies of a stored model in place of those of the mentions.
    pub fn with(records: &[&MentionRecord], stored: &Frequencies) -> Self {
        Self::weighed_by(chunks_of(records), Some(stored)).0
    }

    /// The columns of mentions, and their frequencies to be stored.
    pub fn learn(records: &[&MentionRecord]) -> (Self, Frequencies) {
        let (columns, frequencies) = Self::weighed_by(chunks_of(records), None);
        (columns, frequencies())
    }

    /// The columns of chunks, in their order.
    pub(crate) fn from_chunks(chunks: Vec<Chunk>) -> Self {
        Self::weighed_by(chunks, None).0
    }

    /// The columns of chunks; of what was counted here, the frequencies if they are asked for.
    fn weighed_by(chunks: Vec<Chunk>, stored: Option<&Frequencies>) -> (Self, impl FnOnce() -> Frequencies) {
        let all: &[Chunk] = &chunks;
        let ((words, documents), (phones, rest)) = rayon::join(
            || rayon::join(|| absorb(all, |c| &c.words), || absorb(all, |c| &c.documents)),
            || {
                rayon::join(
                    || absorb(all, |c| &c.phones),
                    || {
                        (
                            absorb(all, |c| &c.accounts),
                            absorb(all, |c| &c.addresses),
                            absorb(all, |c| &c.towns),
                            absorb(all, |c| &c.organisation_words),
                        )
                    },
                )
            },
        );
        let (accounts, addresses, towns, organisation_words) = rest;
        let ids = Renumbering {
            words: words.1,
            documents: documents.1,
            phones: phones.1,
            accounts: accounts.1,
            addresses: addresses.1,
            towns: towns.1,
            organisation_words: organisation_words.1,
        };
        let mut columns = Self::default();
        let ((), (about_documents, about_phones)) = rayon::join(
            || columns.take_mentions(chunks, &ids),
            || rayon::join(|| about_documents(&documents.0), || about_phones(&phones.0)),
        );
        (columns.documents, columns.plain_codes, columns.document_codes) = about_documents;
        (columns.phone_figures, columns.phone_tails) = about_phones;
        columns.describe_places(&addresses.0, &towns.0, &organisation_words.0);
        columns.shares.accounts = vec![0; accounts.0.len()];
        let sounds = columns.describe_words(&words.0);
        columns.tell_from_documents();
        let texts = ValueTexts {
            words: words.0,
            sounds,
            documents: documents.0,
            phones: phones.0,
            accounts: accounts.0,
            addresses: addresses.0,
            towns: towns.0,
            organisation_words: organisation_words.0,
        };
        let counts = match stored {
            Some(stored) => stored.of(&texts),
            None => columns.count(texts.sounds.len(), texts.organisation_words.len()),
        };
        columns.set_shares(&counts);
        columns.word_texts = texts.words.clone();
        (columns, move || Frequencies::new(&texts, &counts))
    }

    /// The mentions of all chunks under the common ids.
    fn take_mentions(&mut self, mut chunks: Vec<Chunk>, ids: &Renumbering) {
        chunks.par_iter_mut().enumerate().for_each(|(c, chunk)| {
            let new = |table: &[Vec<u32>], id: u32| if id == NONE { NONE } else { table[c][id as usize] };
            for f in &mut chunk.mentions {
                let names = if f.organisation { &ids.organisation_words } else { &ids.words };
                f.names = f.names.map(|id| new(names, id));
                if f.organisation {
                    f.names.sort_unstable();
                }
                f.document = new(&ids.documents, f.document);
                f.phone = new(&ids.phones, f.phone);
                f.account = new(&ids.accounts, f.account);
                f.address = new(&ids.addresses, f.address);
                f.town = new(&ids.towns, f.town);
            }
            for e in &mut chunk.extras {
                let renew = |table: &[Vec<u32>], list: &mut Vec<u32>| {
                    *list = set(list.iter().map(|id| new(table, *id)).collect());
                };
                renew(&ids.documents, &mut e.documents);
                renew(&ids.phones, &mut e.phones);
                renew(&ids.accounts, &mut e.accounts);
            }
        });
        self.mentions.reserve_exact(chunks.iter().map(|c| c.mentions.len()).sum());
        // Equal lists have one place, so that equal features are equal mentions.
        let mut places: HashMap<Extra, u32> = HashMap::new();
        for Chunk { mentions, mut extras, .. } in chunks {
            for mut f in mentions {
                if let Some(extra) = extras.get_mut(f.more as usize).map(std::mem::take) {
                    let first = |list: &[u32]| list.first().copied().unwrap_or(NONE);
                    f.document = first(&extra.documents);
                    f.phone = first(&extra.phones);
                    f.account = first(&extra.accounts);
                    let lengths = [&extra.documents, &extra.phones, &extra.accounts].map(Vec::len);
                    f.more = if lengths.into_iter().max() <= Some(1) {
                        NONE
                    } else {
                        let next = places.len() as u32;
                        let extras = &mut self.extras;
                        *places.entry(extra).or_insert_with_key(|e| {
                            extras.push(e.clone());
                            next
                        })
                    };
                }
                self.mentions.push(f);
            }
        }
    }

    fn describe_words(&mut self, texts: &Texts) -> Texts {
        let all: Vec<&str> = texts.iter().collect();
        let heard: Vec<(String, String)> = all
            .par_iter()
            .map(|token| {
                let core = core_of(token);
                let sound = name::phonetic(&core);
                (core, sound)
            })
            .collect();
        let mut classes = Texts::default();
        for (token, (core, sound)) in all.iter().zip(&heard) {
            let core_at = self.core_codes.len();
            self.core_codes.extend(core.chars().take(MAX_CHARS).map(spell::code));
            let codes = &self.core_codes[core_at..];
            let prefix = sound.chars().take(3).fold(1, |p, c| p << 6 | u32::from(spell::code(c)));
            let nicknames_at = self.nicknames.len();
            self.nicknames.extend(name::nicknames_of(token).iter().filter_map(|n| texts.find(n)));
            self.words.push(Word {
                class: classes.intern(sound),
                letters: spell::letters(codes),
                count: 0,
                prefix,
                share: WordShare::default(),
                core_at: core_at as u32,
                nicknames_at: nicknames_at as u32,
                core_len: codes.len() as u8,
                nicknames_len: (self.nicknames.len() - nicknames_at).min(255) as u8,
            });
        }
        classes
    }

    fn describe_places(&mut self, addresses: &Texts, towns: &Texts, organisation_words: &Texts) {
        self.address_codes = codes_of(addresses);
        self.town_codes = codes_of(towns);
        self.organisation_codes = codes_of(organisation_words);
        self.towns = vec![Value::default(); towns.len()];
        let mut words = Texts::default();
        self.address_words =
            addresses.iter().map(|a| set_of_any(a.split(' ').map(|w| words.intern(w)).collect())).collect();
    }

    /// Fills in birth dates and sex that documents tell.
    fn tell_from_documents(&mut self) {
        let (documents, extras) = (&self.documents, &self.extras);
        self.mentions.par_iter_mut().for_each(|f| {
            let own = [f.document];
            let all = extras.get(f.more as usize).map_or(used(&own), |e| &e.documents);
            for about in all.iter().map(|d| &documents[*d as usize]) {
                if f.sex == 2 {
                    f.sex = about.sex;
                }
                if f.births[1] == 0 {
                    f.births[1] = about.birth;
                }
            }
            if f.births[0] == 0 || f.births[0] == f.births[1] {
                f.births = [f.births[1].max(f.births[0]), 0];
            }
        });
    }
}

/// What is known of documents, the code of each one's letters and figures, and these.
fn about_documents(texts: &Texts) -> (Vec<Document>, Vec<u32>, Codes) {
    let all: Vec<&str> = texts.iter().collect();
    let told: Vec<(Document, String)> = all
        .par_iter()
        .map(|value| {
            let kind = document::kind(value);
            let body = value.split_once(':').map_or(*value, |(_, body)| body);
            let plain: String =
                body.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
            let repeated = plain.bytes().all(|b| Some(b) == plain.bytes().next());
            let facts = document::facts(value);
            let about = Document {
                birth: facts.birth.map_or(0, day_code),
                sex: sex_code(facts.sex),
                known_kind: !kind.is_empty() && !kind.starts_with("XX") && !kind.ends_with("-DOC"),
                for_life: facts.for_life,
                ends: [ends(plain.chars()), ends(plain.chars().rev())],
                length: plain.len().min(MAX_CHARS) as u8,
                placeholder: plain.len() < 4 || repeated || plain == "123456789",
                ..Document::default()
            };
            (about, plain)
        })
        .collect();
    let (mut kinds, mut plains) = (Texts::default(), Texts::default());
    let (mut documents, mut plain_codes) = (Vec::with_capacity(all.len()), Vec::with_capacity(all.len()));
    for (value, (about, plain)) in all.iter().zip(told) {
        let (kind, id) = (kinds.intern(document::kind(value)), plains.intern(&plain));
        documents.push(Document { kind, plain: id, ..about });
        plain_codes.push(id);
    }
    (documents, plain_codes, codes_of(&plains))
}

/// The figures of telephones as bytes, and a number for the last seven of each.
fn about_phones(texts: &Texts) -> (Vec<u64>, Vec<u32>) {
    let (mut all_figures, mut all_tails) = (Vec::with_capacity(texts.len()), Vec::with_capacity(texts.len()));
    let mut tails = Texts::default();
    for key in texts.iter() {
        let local = match key.strip_prefix('+') {
            Some(known) => known.get(known.len().saturating_sub(8)..).unwrap_or_default(),
            None => key,
        };
        let figures = local.len() <= 8 && local.bytes().all(|b| b.is_ascii_digit());
        let packed = local.bytes().fold(0u64, |all, b| all << 8 | u64::from(b));
        all_figures.push(if figures { packed } else { 0 });
        let tail = key.get(key.len().saturating_sub(7)..).unwrap_or(key);
        all_tails.push(tails.intern(tail));
    }
    (all_figures, all_tails)
}

/// The first codes of a text, as many as fit a number.
fn ends(text: impl Iterator<Item = char>) -> u32 {
    text.take(4).fold(0, |all, c| all << 6 | u32::from(spell::code(c)))
}

fn set_of_any(mut ids: Vec<u32>) -> Vec<u32> {
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn codes_of(texts: &Texts) -> Codes {
    let mut codes = Codes::default();
    texts.iter().for_each(|t| codes.push(t));
    codes
}
