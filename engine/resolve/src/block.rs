//! Which pairs are worth a look? Blocking rules as sorted 64-bit keys.
//!
//! Each rule gives a mention some keys; mentions that share a key are a candidate pair. A pair is made once, by the
//! smallest key that both have. A key that too many mentions share is split by further attributes; what is still
//! too large after that is not dropped but walked in order of content, each mention with its next neighbours, and
//! reported.
//!
//! **Invariants**
//! 1. No pair is made twice.
//! 2. The number of pairs is known before the first is made, and bounded by [`BlockConfig::pairs_per_mention`].
//! 3. Every pair that a key would have given and that was left out is counted in the [`BlockReport`].

use crate::column::{Columns, Features, NONE, used};
use rayon::prelude::*;

/// Limits of blocking.
#[derive(Clone, Copy, Debug)]
pub struct BlockConfig {
    /// A key shared by more mentions than this is split further.
    pub largest_key: usize,
    /// Candidate pairs a mention, on average, that may be made; where there are more, keys are split finer.
    pub pairs_per_mention: u64,
    /// Neighbours that a mention is paired with in a key that cannot be split.
    pub window: usize,
}

impl Default for BlockConfig {
    fn default() -> Self {
        Self { largest_key: 512, pairs_per_mention: 150, window: 12 }
    }
}

/// A blocking rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum BlockingRule {
    /// The same document.
    Document = 0,
    /// The same telephone, account or address.
    Contact = 1,
    /// The same birth date and a name that sounds alike.
    BirthAndName = 2,
    /// Given name and surname that sound alike.
    GivenAndSurname = 3,
    /// Both surnames sound alike, in any order.
    BothSurnames = 4,
    /// The same first letters of given name and surname.
    Prefixes = 5,
    /// Two words of an organisation's name.
    OrganisationWords = 6,
}

impl BlockingRule {
    /// All rules, in the order in which they make pairs.
    pub const ALL: [Self; 7] = [
        Self::Document,
        Self::Contact,
        Self::BirthAndName,
        Self::GivenAndSurname,
        Self::BothSurnames,
        Self::Prefixes,
        Self::OrganisationWords,
    ];

    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Contact => "contact",
            Self::BirthAndName => "birth_and_name",
            Self::GivenAndSurname => "given_and_surname",
            Self::BothSurnames => "both_surnames",
            Self::Prefixes => "prefixes",
            Self::OrganisationWords => "organisation_words",
        }
    }
}

/// What a rule did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockReport {
    /// The rule.
    pub rule: BlockingRule,
    /// Keys that at least two mentions share, after splitting.
    pub keys: u64,
    /// Keys that were too large and were split.
    pub split: u64,
    /// Keys that could not be split enough and were walked with a window.
    pub windowed: u64,
    /// Pairs that the split and windowed keys would have given beyond those their parts give.
    pub pairs_left_out: u64,
    /// Pairs that this rule made first.
    pub pairs: u64,
}

/// Candidate pairs with the account of how they came about.
#[derive(Clone, Debug, Default)]
pub struct CandidatePairs {
    /// Pairs (a, b), a < b, ascending.
    pub pairs: Vec<(u32, u32)>,
    /// One report a rule.
    pub reports: Vec<BlockReport>,
}

fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

fn hash(parts: &[u64]) -> u64 {
    parts.iter().fold(0x51_7C_C1_B7, |h, p| mix(h ^ p))
}

fn text_hash(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3))
}

fn key(rule: BlockingRule, parts: &[u64]) -> u64 {
    (rule as u64) << 56 | hash(parts) >> 8
}

fn rule_of(key: u64) -> usize {
    (key >> 56) as usize
}

fn keys_of(columns: &Columns, f: &Features, out: &mut Vec<u64>) {
    let class = |w: u32| u64::from(columns.words[w as usize].class);
    let start = |w: u32, n: usize| {
        let core = &columns.words[w as usize].core;
        text_hash(core.char_indices().nth(n).and_then(|(end, _)| core.get(..end)).unwrap_or(core))
    };
    for d in used(&f.documents) {
        let document = &columns.documents[*d as usize];
        if !document.placeholder {
            out.push(key(BlockingRule::Document, &[text_hash(&document.plain)]));
        }
    }
    for p in used(&f.phones) {
        let text = &columns.phones[*p as usize].text;
        let tail = text.get(text.len().saturating_sub(7)..).unwrap_or(text);
        out.push(key(BlockingRule::Contact, &[1, text_hash(tail)]));
    }
    for a in used(&f.accounts) {
        out.push(key(BlockingRule::Contact, &[2, u64::from(*a)]));
    }
    if f.address != NONE {
        out.push(key(BlockingRule::Contact, &[3, u64::from(f.address)]));
    }
    let (given, surnames) = (used(&f.given), used(&f.surnames));
    for birth in f.births.iter().filter(|b| **b != 0) {
        for w in given.iter().chain(surnames) {
            out.push(key(BlockingRule::BirthAndName, &[u64::from(*birth), class(*w)]));
        }
    }
    // Either column may hold the other's name: all tokens by all tokens, in no order.
    let all: Vec<u32> = given.iter().chain(surnames).copied().collect();
    for (i, x) in all.iter().enumerate() {
        for (j, y) in all.iter().enumerate().skip(i + 1) {
            let (cx, cy) = (class(*x).min(class(*y)), class(*x).max(class(*y)));
            if j < given.len() {
                continue;
            }
            let rule =
                if i < given.len() { BlockingRule::GivenAndSurname } else { BlockingRule::BothSurnames };
            if i < given.len() || (i == given.len() && j == given.len() + 1) {
                out.push(key(rule, &[cx, cy]));
            }
        }
    }
    for g in given {
        for s in surnames.iter().take(2) {
            out.push(key(BlockingRule::Prefixes, &[start(*g, 3), start(*s, 3)]));
        }
    }
    let words = used(&f.words);
    for (i, x) in words.iter().enumerate() {
        if words.len() == 1 {
            out.push(key(BlockingRule::OrganisationWords, &[u64::from(*x)]));
        }
        for y in &words[i + 1..] {
            out.push(key(BlockingRule::OrganisationWords, &[u64::from(*x), u64::from(*y)]));
        }
    }
    out.sort_unstable();
    out.dedup();
}

/// Attributes by which an oversized key is split, one after another.
const SPLITTERS: usize = 4;

fn splitter(columns: &Columns, f: &Features, which: usize) -> u64 {
    let class = |w: &u32| u64::from(columns.words[*w as usize].class);
    match which {
        // All surname and given classes together would part misspelt namesakes: first the year.
        0 => u64::from(f.births[0] / 10_000),
        1 => used(&f.surnames).iter().map(class).min().unwrap_or(0),
        2 => used(&f.given).iter().map(class).min().unwrap_or(0),
        _ => u64::from(f.town),
    }
}

fn pairs_of(count: usize) -> u64 {
    (count as u64) * (count as u64).saturating_sub(1) / 2
}

struct Split {
    entries: Vec<(u64, u32)>,
    windowed: Vec<Vec<u32>>,
    reports: Vec<BlockReport>,
    total: u64,
}

/// Splits keys until none is larger than `largest`.
fn split(columns: &Columns, mut entries: Vec<(u64, u32)>, largest: usize, window: usize) -> Split {
    let mut reports: Vec<BlockReport> = BlockingRule::ALL
        .into_iter()
        .map(|rule| BlockReport { rule, keys: 0, split: 0, windowed: 0, pairs_left_out: 0, pairs: 0 })
        .collect();
    let mut kept = Vec::with_capacity(entries.len());
    let mut windowed = Vec::new();
    let mut total = 0u64;
    for round in 0..=SPLITTERS {
        entries.par_sort_unstable();
        let mut next = Vec::new();
        for group in entries.chunk_by(|x, y| x.0 == y.0) {
            let Some((key, _)) = group.first() else { continue };
            let report = &mut reports[rule_of(*key)];
            if group.len() < 2 {
                continue;
            }
            if group.len() <= largest {
                report.keys += 1;
                total += pairs_of(group.len());
                if round > 0 {
                    report.pairs_left_out = report.pairs_left_out.saturating_sub(pairs_of(group.len()));
                }
                kept.extend_from_slice(group);
            } else if round < SPLITTERS {
                if round == 0 {
                    report.split += 1;
                    report.pairs_left_out += pairs_of(group.len());
                }
                next.extend(group.iter().map(|(key, m)| {
                    let part = splitter(columns, &columns.mentions[*m as usize], round);
                    (*key & (0xFF << 56) | hash(&[*key, round as u64, part]) >> 8, *m)
                }));
            } else {
                report.windowed += 1;
                let made = (group.len() * window) as u64;
                report.pairs_left_out = report.pairs_left_out.saturating_sub(made);
                total += made;
                windowed.push(group.iter().map(|e| e.1).collect());
            }
        }
        entries = next;
    }
    Split { entries: kept, windowed, reports, total }
}

/// The candidate pairs of some mentions.
///
/// # Arguments     `units`: mentions that take part, ascending
/// # Complexity    O(k log k) for k keys, and the pairs
/// # Determinism   the same pairs in the same order at any thread count
pub fn candidate_pairs(columns: &Columns, units: &[u32], config: &BlockConfig) -> CandidatePairs {
    let entries: Vec<(u64, u32)> = units
        .par_iter()
        .flat_map_iter(|m| {
            let mut keys = Vec::new();
            keys_of(columns, &columns.mentions[*m as usize], &mut keys);
            keys.into_iter().map(|k| (k, *m))
        })
        .collect();
    let budget = config.pairs_per_mention.saturating_mul(units.len() as u64).max(1000);
    let mut largest = config.largest_key.max(8);
    let mut parts = split(columns, entries.clone(), largest, config.window);
    while parts.total > budget && largest > 16 {
        largest /= 2;
        parts = split(columns, entries.clone(), largest, config.window);
    }
    drop(entries);
    let Split { mut entries, windowed, mut reports, .. } = parts;
    entries.par_sort_unstable();

    // The keys of each mention, ascending, to find the first one that two mentions share.
    let mut by_mention: Vec<(u32, u64)> = entries.iter().map(|(k, m)| (*m, *k)).collect();
    by_mention.par_sort_unstable();
    let mut starts = vec![0usize; columns.mentions.len() + 1];
    for (m, _) in &by_mention {
        starts[*m as usize + 1] += 1;
    }
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let keys = |m: u32| &by_mention[starts[m as usize]..starts[m as usize + 1]];
    let first_shared = |a: u32, b: u32| {
        let (mut x, mut y) = (keys(a).iter(), keys(b).iter());
        let (mut p, mut q) = (x.next(), y.next());
        while let (Some((_, k)), Some((_, l))) = (p, q) {
            match k.cmp(l) {
                std::cmp::Ordering::Equal => return Some(*k),
                std::cmp::Ordering::Less => p = x.next(),
                std::cmp::Ordering::Greater => q = y.next(),
            }
        }
        None
    };
    let groups: Vec<&[(u64, u32)]> = entries.chunk_by(|x, y| x.0 == y.0).collect();
    let mut made: Vec<(u32, u32, u8)> = groups
        .par_iter()
        .flat_map_iter(|group| {
            group.iter().enumerate().flat_map(move |(i, (key, a))| {
                group[i + 1..].iter().filter_map(move |(_, b)| {
                    (first_shared(*a, *b) == Some(*key)).then_some((*a, *b, rule_of(*key) as u8))
                })
            })
        })
        .collect();
    for mut group in windowed {
        group.sort_unstable_by_key(|m| (columns.mentions[*m as usize], *m));
        for (i, a) in group.iter().enumerate() {
            for b in group.iter().skip(i + 1).take(config.window) {
                if first_shared(*a, *b).is_none() {
                    made.push((*a.min(b), *a.max(b), BlockingRule::ALL.len() as u8));
                }
            }
        }
    }
    made.par_sort_unstable();
    made.dedup_by_key(|p| (p.0, p.1));
    for (_, _, rule) in &made {
        if let Some(report) = reports.get_mut(usize::from(*rule)) {
            report.pairs += 1;
        }
    }
    CandidatePairs { pairs: made.into_iter().map(|(a, b, _)| (a, b)).collect(), reports }
}
