//! Which pairs are worth a look? Blocking rules as sorted 64-bit keys.
//!
//! Each rule gives a mention some keys; mentions that share a key are candidate pairs. How many share a key is
//! counted before any pair is made: a key of one mention is dropped at once, a key that too many share is parted
//! by each further attribute in turn (year of birth, town, another name), and where a part is still too large by two
//! of them. What no two attributes part is not dropped but walked in order of content, each mention with its next
//! neighbours, and reported.
//!
//! A candidate need not be brought for every true pair: clustering looks at all pairs of a group that some pairs
//! hold together ([`crate::cluster`]). So keys may be narrow.
//!
//! **Invariants**
//! 1. No pair is made twice; a pair counts for the first rule that makes it.
//! 2. The number of pairs is known before the first is made, and bounded by [`BlockConfig::pairs_per_mention`].
//! 3. Every key that was parted or walked is counted in the [`BlockReport`].

mod key;

use crate::column::Columns;
use key::{Key, Keys, Reach, parted};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU8, Ordering};

/// Mentions that one run can hold.
pub const MOST_MENTIONS: usize = 1 << 28;

/// Limits of blocking.
#[derive(Clone, Copy, Debug)]
pub struct BlockConfig {
    /// A key shared by more mentions than this is parted.
    pub largest_key: u8,
    /// The same for keys of first sounds, which bring the most strangers.
    pub largest_prefix_key: u8,
    /// Candidate pairs a mention, on average, that may be made; where there are more, keys are parted finer.
    pub pairs_per_mention: u64,
    /// Neighbours that a mention is paired with in a key that cannot be parted.
    pub window: usize,
}

impl Default for BlockConfig {
    fn default() -> Self {
        Self { largest_key: 10, largest_prefix_key: 4, pairs_per_mention: 150, window: 8 }
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
    /// The same birth date and a name that begins alike.
    BirthAndName = 2,
    /// Given name and surname that sound alike.
    GivenAndSurname = 3,
    /// Both surnames sound alike, in any order.
    BothSurnames = 4,
    /// Given name and surname that begin alike.
    Prefixes = 5,
    /// Two words of an organisation's name.
    OrganisationWords = 6,
    /// The same town and a surname that sounds alike, or a birth date; where there are few mentions.
    Town = 7,
    /// A name that sounds alike and another but for one letter; where there are few mentions.
    OneLetter = 8,
}

impl BlockingRule {
    /// All rules, in the order in which they make pairs.
    pub const ALL: [Self; 9] = [
        Self::Document,
        Self::Contact,
        Self::BirthAndName,
        Self::GivenAndSurname,
        Self::BothSurnames,
        Self::Prefixes,
        Self::OrganisationWords,
        Self::Town,
        Self::OneLetter,
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
            Self::Town => "town",
            Self::OneLetter => "one_letter",
        }
    }
}

/// Mentions up to which keys of towns are made.
const FEW: usize = 200_000;
/// Mentions up to which keys of names but for one letter are made.
const FEWER: usize = 50_000;

/// What a rule did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockReport {
    /// The rule.
    pub rule: BlockingRule,
    /// Keys that at least two mentions share, after parting.
    pub keys: u64,
    /// Mentions whose key was too large and was parted.
    pub parted: u64,
    /// Keys that could not be parted enough and were walked with a window.
    pub windowed: u64,
    /// Pairs that the walked keys would have given beyond those that were made.
    pub pairs_left_out: u64,
    /// Pairs that this rule made first.
    pub pairs: u64,
}

/// Candidate pairs with the account of how they came about.
#[derive(Clone, Debug, Default)]
pub struct CandidatePairs {
    buckets: Vec<Vec<u64>>,
    /// One report a rule.
    pub reports: Vec<BlockReport>,
}

const MENTION_BITS: u32 = MOST_MENTIONS.trailing_zeros();
const MENTION: u64 = MOST_MENTIONS as u64 - 1;

fn unpack(pair: u64) -> (u32, u32) {
    ((pair >> (MENTION_BITS + 8) & MENTION) as u32, (pair >> 8 & MENTION) as u32)
}

impl CandidatePairs {
    /// How many pairs there are.
    pub fn len(&self) -> u64 {
        self.buckets.iter().map(|b| b.len() as u64).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Parts of the pairs, in order; within a part pairs (a, b), a < b, ascending.
    pub fn parts(&self) -> impl IndexedParallelIterator<Item = impl Iterator<Item = (u32, u32)>> {
        self.buckets.par_iter().map(|bucket| bucket.iter().map(|p| unpack(*p)))
    }

    /// Hands on all pairs, ascending.
    pub fn for_each(&self, mut take: impl FnMut(u32, u32)) {
        for pair in self.buckets.iter().flatten() {
            let (a, b) = unpack(*pair);
            take(a, b);
        }
    }

    /// Keeps the pairs that a test passes.
    pub fn retain(&mut self, keep: impl Fn(u32, u32) -> bool + Sync) {
        self.buckets.par_iter_mut().for_each(|bucket| {
            bucket.retain(|p| {
                let (a, b) = unpack(*p);
                keep(a, b)
            });
        });
    }
}

/// Counts of keys by hash; two keys that share a place are counted as one, which only parts them finer.
struct Counts {
    places: Vec<AtomicU8>,
}

/// Counting stops here.
const FULL: u8 = 250;

impl Counts {
    fn new(keys: usize) -> Self {
        let places = keys.next_power_of_two().clamp(1 << 12, 1 << 32);
        Self { places: (0..places).into_par_iter().map(|_| AtomicU8::new(0)).collect() }
    }

    fn place(&self, hash: u64) -> &AtomicU8 {
        &self.places[hash as usize & (self.places.len() - 1)]
    }

    /// Counts some keys once more each.
    ///
    /// All are read before the first is written: reads of far memory wait together, writes one by one.
    fn add(&self, hashes: &[u64]) {
        for hashes in hashes.chunks(BATCH) {
            let mut seen = [0; BATCH];
            self.get(hashes.iter().copied(), &mut seen);
            for (hash, seen) in hashes.iter().zip(seen) {
                let (place, mut seen) = (self.place(*hash), seen);
                while seen < FULL {
                    match place.compare_exchange_weak(seen, seen + 1, Ordering::Relaxed, Ordering::Relaxed) {
                        Ok(_) => break,
                        Err(other) => seen = other,
                    }
                }
            }
        }
    }

    /// How often some keys were counted.
    fn get(&self, hashes: impl Iterator<Item = u64>, counts: &mut [u8]) {
        for (count, hash) in counts.iter_mut().zip(hashes) {
            *count = self.place(hash).load(Ordering::Relaxed);
        }
    }
}

/// Keys that are looked up at once.
const BATCH: usize = 64;

/// Keys that wait to be counted.
struct Waiting<'a> {
    hashes: Vec<u64>,
    counts: &'a Counts,
}

impl<'a> Waiting<'a> {
    fn on(counts: &'a Counts) -> Self {
        Self { hashes: Vec::with_capacity(4 * BATCH), counts }
    }

    fn add(&mut self, hashes: impl Iterator<Item = u64>) {
        self.hashes.extend(hashes);
        if self.hashes.len() >= BATCH {
            self.counts.add(&self.hashes);
            self.hashes.clear();
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.counts.add(&self.hashes);
    }
}

/// Mentions with their keys, by the first bits of the key.
type Entries = Vec<Vec<u64>>;

fn join(mut x: Entries, y: Entries) -> Entries {
    for (bucket, more) in x.iter_mut().zip(y) {
        if bucket.is_empty() { *bucket = more } else { bucket.extend_from_slice(&more) }
    }
    x
}

fn entry(rule: BlockingRule, hash: u64, mention: u32) -> u64 {
    const KEY: u64 = (1 << 33) - 1;
    (rule as u64) << 61 | (hash & KEY) << MENTION_BITS | u64::from(mention)
}

fn rule_of(entry: u64) -> usize {
    (entry >> 61) as usize
}

fn pairs_of(count: usize) -> u64 {
    (count as u64) * (count as u64).saturating_sub(1) / 2
}

struct Grouped {
    pair: Entries,
    walk: Entries,
    parted: [u64; BlockingRule::ALL.len()],
}

/// Limits of one attempt at grouping.
#[derive(Clone, Copy)]
struct Limits {
    keys: u8,
    prefixes: u8,
}

impl Limits {
    /// How many mentions may share a key of a rule.
    fn of(self, rule: BlockingRule) -> u8 {
        match rule {
            BlockingRule::Prefixes | BlockingRule::OneLetter => self.prefixes,
            _ => self.keys,
        }
    }
}

/// Some mentions on their way through the passes.
struct Work<'a> {
    columns: &'a Columns,
    units: &'a [u32],
    keys: Keys,
    filled: u32,
    buckets: u64,
    out: Grouped,
    /// Mentions with the place of a key that too many share.
    large: Vec<(u32, u16)>,
    /// The same with the parts that too many share still, as bits.
    larger: Vec<(u32, u16, u16)>,
}

/// Parts of a key that are looked at.
const PARTS: usize = 16;

impl<'a> Work<'a> {
    fn new(columns: &'a Columns, units: &'a [u32], buckets: usize, reach: Reach) -> Self {
        let none = || vec![Vec::new(); buckets];
        Self {
            columns,
            units,
            keys: Keys::new(reach),
            filled: u32::MAX,
            buckets: buckets as u64,
            out: Grouped { pair: none(), walk: none(), parted: [0; BlockingRule::ALL.len()] },
            large: Vec::new(),
            larger: Vec::new(),
        }
    }

    fn fill(&mut self, mention: u32) {
        if self.filled != mention {
            self.keys.fill(self.columns, &self.columns.mentions[mention as usize]);
            self.filled = mention;
        }
    }

    fn pair(&mut self, rule: BlockingRule, hash: u64, mention: u32) {
        self.out.pair[(hash >> 40 & (self.buckets - 1)) as usize].push(entry(rule, hash, mention));
    }

    fn walk(&mut self, rule: BlockingRule, hash: u64, mention: u32) {
        self.out.walk[(hash >> 40 & (self.buckets - 1)) as usize].push(entry(rule, hash, mention));
    }

    /// First pass: how many mentions share each key?
    fn count_keys(&mut self, whole: &Counts) {
        let mut waiting = Waiting::on(whole);
        for at in 0..self.units.len() {
            self.fill(self.units[at]);
            waiting.add(self.keys.keys.iter().map(|k| k.hash));
        }
    }

    /// Second pass: keys that few share make pairs, the parts of the others are counted.
    fn part_keys(&mut self, whole: &Counts, parts: &Counts, limits: Limits) {
        let mut waiting = Waiting::on(parts);
        let mut counts = Vec::new();
        for at in 0..self.units.len() {
            let mention = self.units[at];
            self.fill(mention);
            counts.resize(self.keys.keys.len(), 0);
            whole.get(self.keys.keys.iter().map(|k| k.hash), &mut counts);
            for (place, count) in counts.iter().enumerate() {
                let key = self.keys.keys[place];
                if *count > limits.of(key.rule) {
                    self.out.parted[key.rule as usize] += 1;
                    waiting.add(self.keys.parts(key).take(PARTS).map(|p| parted(key.hash, p)));
                    self.large.push((mention, place as u16));
                } else if *count > 1 {
                    self.pair(key.rule, key.hash, mention);
                }
            }
        }
    }

    /// Third pass: parts that few share make pairs, the others are counted two by two.
    fn part_again(&mut self, once: &Counts, twice: &Counts, limits: Limits) {
        let mut waiting = Waiting::on(twice);
        for (mention, place) in std::mem::take(&mut self.large) {
            self.fill(mention);
            let Some(key) = self.keys.keys.get(usize::from(place)).copied() else { continue };
            let mut parts = [0u64; PARTS];
            let mut given = 0;
            for (slot, part) in parts.iter_mut().zip(self.keys.parts(key)) {
                *slot = part;
                given += 1;
            }
            let mut counts = [0; PARTS];
            once.get(parts.iter().take(given).map(|part| parted(key.hash, *part)), &mut counts);
            let mut still = 0u16;
            for (i, (part, count)) in parts.iter().zip(counts).enumerate().take(given) {
                if count > limits.of(key.rule) {
                    still |= 1 << i;
                } else if count > 1 {
                    self.pair(key.rule, parted(key.hash, *part), mention);
                }
            }
            match still.count_ones() {
                0 if given == 0 => self.walk(key.rule, key.hash, mention),
                0 => {}
                1 => {
                    let hash = parted(key.hash, parts[still.trailing_zeros() as usize]);
                    self.walk(key.rule, hash, mention);
                }
                _ => {
                    waiting.add(both(key, &parts, still));
                    self.larger.push((mention, place, still));
                }
            }
        }
    }

    /// Last pass: two parts that few share make pairs, what is left is walked.
    fn finish(&mut self, twice: &Counts, limits: Limits) {
        let (mut hashes, mut counts) = (Vec::new(), Vec::new());
        for (mention, place, still) in std::mem::take(&mut self.larger) {
            self.fill(mention);
            let Some(key) = self.keys.keys.get(usize::from(place)).copied() else { continue };
            let mut parts = [0u64; PARTS];
            parts.iter_mut().zip(self.keys.parts(key)).for_each(|(slot, part)| *slot = part);
            hashes.clear();
            hashes.extend(both(key, &parts, still));
            counts.resize(hashes.len(), 0);
            twice.get(hashes.iter().copied(), &mut counts);
            for (hash, count) in hashes.iter().zip(&counts) {
                match *count {
                    0 | 1 => {}
                    count if count <= limits.of(key.rule) => self.pair(key.rule, *hash, mention),
                    _ => self.walk(key.rule, *hash, mention),
                }
            }
        }
    }
}

/// A key parted by two of its parts at a time.
fn both(key: Key, parts: &[u64; PARTS], still: u16) -> impl Iterator<Item = u64> {
    let large = move |i: &usize| still >> i & 1 == 1;
    (0..PARTS).filter(large).flat_map(move |i| {
        (i + 1..PARTS).filter(large).map(move |j| parted(key.hash, parts[i].wrapping_add(parts[j])))
    })
}

/// The candidate pairs of some mentions.
///
/// # Arguments     `units`: mentions that take part, ascending
/// # Complexity    O(k log k) for k keys, and the pairs
/// # Determinism   the same pairs in the same order at any thread count
pub fn candidate_pairs(columns: &Columns, units: &[u32], config: &BlockConfig) -> CandidatePairs {
    let budget = config.pairs_per_mention.saturating_mul(units.len() as u64).max(1000);
    let chunk = units.len().div_ceil(rayon::current_num_threads() * 4).max(256);
    let buckets = (units.len() / 2048).next_power_of_two().clamp(1, 4096);
    let reach = Reach { towns: units.len() <= FEW, letters: units.len() <= FEWER };
    // Room for all keys of a mention, of which one for each letter of its names are most.
    let room = if reach.letters { 4 } else { 1 };
    let whole = Counts::new(units.len() * 20 * room);
    units.par_chunks(chunk).for_each(|units| Work::new(columns, units, 1, reach).count_keys(&whole));
    let mut limits = Limits {
        keys: config.largest_key.clamp(2, FULL / 2),
        prefixes: config.largest_prefix_key.clamp(2, FULL / 2),
    };
    loop {
        let mut works: Vec<Work<'_>> =
            units.par_chunks(chunk).map(|units| Work::new(columns, units, buckets, reach)).collect();
        let once = Counts::new(units.len() * 32 * room);
        works.par_iter_mut().for_each(|w| w.part_keys(&whole, &once, limits));
        let twice = Counts::new(units.len() * 16 * room);
        works.par_iter_mut().for_each(|w| w.part_again(&once, &twice, limits));
        drop(once);
        works.par_iter_mut().for_each(|w| w.finish(&twice, limits));
        drop(twice);
        let none = || Grouped {
            pair: vec![Vec::new(); buckets],
            walk: vec![Vec::new(); buckets],
            parted: [0; BlockingRule::ALL.len()],
        };
        let mut grouped = works.into_par_iter().map(|w| w.out).reduce(none, |x, y| {
            let mut parted = x.parted;
            parted.iter_mut().zip(y.parted).for_each(|(sum, more)| *sum += more);
            Grouped { pair: join(x.pair, y.pair), walk: join(x.walk, y.walk), parted }
        });
        let total: u64 = [(&mut grouped.pair, None), (&mut grouped.walk, Some(config.window))]
            .into_iter()
            .map(|(entries, window)| {
                entries
                    .par_iter_mut()
                    .map(|bucket| {
                        bucket.sort_unstable();
                        bucket.dedup();
                        let sizes =
                            bucket.chunk_by(|x, y| x >> MENTION_BITS == y >> MENTION_BITS).map(<[_]>::len);
                        sizes.map(|n| window.map_or(pairs_of(n), |w| (n * w) as u64)).sum::<u64>()
                    })
                    .sum::<u64>()
            })
            .sum();
        if total <= budget || limits.keys <= 3 {
            return pairs(columns, grouped, config.window);
        }
        limits = Limits { keys: (limits.keys / 2).max(2), prefixes: (limits.prefixes / 2).max(2) };
    }
}

/// Makes the pairs of groups that are sorted.
fn pairs(columns: &Columns, grouped: Grouped, window: usize) -> CandidatePairs {
    let n = columns.mentions.len().max(1);
    let buckets = (n / 4096).next_power_of_two();
    let by_mention = |a: u32| (a as usize * buckets) / n;
    let pack = |a: u32, b: u32, rule: usize| {
        (u64::from(a.min(b)) << (MENTION_BITS + 8)) | u64::from(a.max(b)) << 8 | rule as u64
    };
    let mention = |entry: &u64| (entry & MENTION) as u32;
    let mut reports: Vec<BlockReport> = BlockingRule::ALL
        .into_iter()
        .map(|rule| BlockReport {
            rule,
            keys: 0,
            parted: grouped.parted[rule as usize],
            windowed: 0,
            pairs_left_out: 0,
            pairs: 0,
        })
        .collect();
    let empty = || (vec![Vec::new(); buckets], [[0u64; 3]; BlockingRule::ALL.len()]);
    let Grouped { pair, walk, .. } = grouped;
    let chunk = pair.len().div_ceil(rayon::current_num_threads() * 4).max(1);
    let (made, told) = pair
        .into_par_iter()
        .zip(walk)
        .fold_chunks(chunk, empty, |(mut out, mut told), (pair, walk)| {
            for group in pair.chunk_by(|x, y| x >> MENTION_BITS == y >> MENTION_BITS).filter(|g| g.len() > 1)
            {
                let rule = rule_of(group[0]);
                told[rule][0] += 1;
                for (i, a) in group.iter().enumerate() {
                    let a = mention(a);
                    out[by_mention(a)].extend(group[i + 1..].iter().map(|b| pack(a, mention(b), rule)));
                }
            }
            for group in walk.chunk_by(|x, y| x >> MENTION_BITS == y >> MENTION_BITS).filter(|g| g.len() > 1)
            {
                let rule = rule_of(group[0]);
                told[rule][1] += 1;
                let mut order: Vec<u32> = group.iter().map(mention).collect();
                let says = |m: u32| &columns.mentions[m as usize];
                order.sort_unstable_by(|x, y| says(*x).cmp(says(*y)).then(x.cmp(y)));
                let mut walked = 0;
                for (i, a) in order.iter().enumerate() {
                    for b in order.iter().skip(i + 1).take(window) {
                        out[by_mention(*a.min(b))].push(pack(*a, *b, rule));
                        walked += 1;
                    }
                }
                told[rule][2] += pairs_of(order.len()) - walked;
            }
            (out, told)
        })
        .reduce(empty, |x, y| {
            let mut told = x.1;
            for (sum, more) in told.iter_mut().flatten().zip(y.1.iter().flatten()) {
                *sum += more;
            }
            (join(x.0, y.0), told)
        });
    for report in &mut reports {
        [report.keys, report.windowed, report.pairs_left_out] = told[report.rule as usize];
    }
    let mut buckets = made;
    let counted: Vec<[u64; BlockingRule::ALL.len()]> = buckets
        .par_iter_mut()
        .map(|bucket| {
            bucket.sort_unstable();
            bucket.dedup_by_key(|p| *p >> 8);
            bucket.shrink_to_fit();
            let mut by_rule = [0; BlockingRule::ALL.len()];
            bucket.iter().for_each(|p| by_rule[(*p & 7) as usize] += 1);
            by_rule
        })
        .collect();
    for report in &mut reports {
        report.pairs = counted.iter().map(|c| c[report.rule as usize]).sum();
    }
    CandidatePairs { buckets, reports }
}
