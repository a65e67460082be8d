//! Which rows of a file add nothing to what the case holds?
//!
//! A row's k-th identical occurrence in a file is repeated if a live source already holds at least k of it. Only
//! this file's own rows are held, as 128-bit hashes in one list; the sources that stand are streamed past them.

use crate::error::IngestError;
use crate::reconcile::transfer_key;
use model::ids::SourceId;
use model::provenance::Digest;
use model::record::{CallKind, CallRecord, MentionRecord, Side, TableKind, TransferRecord};
use std::hash::{DefaultHasher, Hash, Hasher};
use store::snapshot::Snapshot;

/// How often each row stands in a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyCounts {
    /// One a row until [`Self::settle`], then ascending and distinct.
    hashes: Vec<u128>,
    /// How often each of them stands here.
    counts: Vec<u32>,
    /// First and last instant of the rows, and whether any has none.
    span: Option<(i64, i64)>,
    timeless: bool,
}

fn hash_of(key: &impl Hash) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        salt.hash(&mut hasher);
        key.hash(&mut hasher);
        u128::from(hasher.finish())
    };
    (half(1) << 64) | half(2)
}

/// The hash of a text, as rows hash it.
pub(crate) fn text_hash(text: &str) -> u128 {
    hash_of(&text)
}

/// What makes two rows of calls the same: kind, side, parties, moment or its text, duration.
fn facts_hash(
    kind: CallKind,
    side: Side,
    parties: [u128; 2],
    moment: Result<i64, u128>,
    duration_s: Option<i64>,
) -> u128 {
    hash_of(&(kind, side, parties, moment, duration_s))
}

fn call_hash(call: &CallRecord) -> u128 {
    let value = |n: &model::identifier::Normal| text_hash(n.value.as_deref().unwrap_or_default());
    let moment = call.time.map(|t| t.instant_us).ok_or_else(|| text_hash(call.time_raw.trim()));
    facts_hash(call.kind, call.side, [value(&call.caller), value(&call.receiver)], moment, call.duration_s)
}

fn transfer_hash(transfer: &TransferRecord) -> u128 {
    hash_of(&transfer_key(transfer))
}

fn mention_hash(m: &MentionRecord) -> u128 {
    hash_of(&(
        (
            m.mention.role,
            m.kind,
            &m.name,
            &m.alias_raw,
            &m.documents,
            m.birth,
            &m.birth_raw,
            m.sex,
            m.country,
        ),
        (
            &m.phones,
            &m.accounts,
            &m.handsets,
            &m.sims,
            &m.address,
            &m.town,
            m.validity,
            m.sensitivity,
            &m.standing_raw,
        ),
    ))
}

impl KeyCounts {
    fn add(&mut self, hash: u128, instant: Option<i64>) {
        self.hashes.push(hash);
        match instant {
            Some(at) => {
                let (first, last) = self.span.unwrap_or((at, at));
                self.span = Some((first.min(at), last.max(at)));
            }
            None => self.timeless = true,
        }
    }

    /// Adds a row of calls by its facts; `parties` are hashes of their normal forms.
    pub(crate) fn add_facts(
        &mut self,
        kind: CallKind,
        side: Side,
        parties: [u128; 2],
        instant_us: i64,
        duration_s: Option<i64>,
    ) {
        self.add(facts_hash(kind, side, parties, Ok(instant_us), duration_s), Some(instant_us));
    }

    /// Adds a row of calls without a moment, whose text is hashed instead.
    pub(crate) fn add_timeless(
        &mut self,
        kind: CallKind,
        side: Side,
        parties: [u128; 2],
        time_raw: &str,
        duration_s: Option<i64>,
    ) {
        let moment = Err(text_hash(time_raw.trim()));
        self.add(facts_hash(kind, side, parties, moment, duration_s), None);
    }

    /// Adds the rows that follow.
    pub(crate) fn append(&mut self, later: Self) {
        self.hashes.extend(later.hashes);
        self.span = match (self.span, later.span) {
            (Some((first, last)), Some((from, to))) => Some((first.min(from), last.max(to))),
            (span, None) | (None, span) => span,
        };
        self.timeless |= later.timeless;
    }

    /// Brings the list in order, each hash once.
    pub(crate) fn settle(&mut self) {
        self.hashes.sort_unstable();
        self.counts = self.hashes.chunk_by(|a, b| a == b).map(|same| same.len() as u32).collect();
        self.hashes.dedup();
    }

    fn place(&self, hash: u128) -> Option<usize> {
        self.hashes.binary_search(&hash).ok()
    }

    pub(crate) fn add_call(&mut self, call: &CallRecord) {
        self.add(call_hash(call), call.time.map(|t| t.instant_us));
    }

    pub(crate) fn add_transfer(&mut self, transfer: &TransferRecord) {
        self.add(transfer_hash(transfer), transfer.time.map(|t| t.instant_us));
    }

    pub(crate) fn add_mention(&mut self, mention: &MentionRecord) {
        self.add(mention_hash(mention), None);
    }
}

/// What stands in the case, and in the tables of this file that were read before.
pub(crate) struct Prior {
    snapshot: Snapshot,
    /// The file being loaded: an earlier load of it is superseded and does not count.
    digest: Digest,
    tables: Vec<(TableKind, KeyCounts)>,
}

impl Prior {
    pub(crate) fn new(snapshot: Snapshot, digest: Digest) -> Self {
        Self { snapshot, digest, tables: Vec::new() }
    }

    /// Counts a table of this file as standing for the tables after it.
    pub(crate) fn add(&mut self, kind: TableKind, keys: KeyCounts) {
        self.tables.push((kind, keys));
    }

    /// The sources of this kind that stand, without those of the file itself.
    fn others(&self, kind: TableKind) -> impl Iterator<Item = SourceId> + '_ {
        (0u32..)
            .map(SourceId)
            .zip(self.snapshot.sources())
            .filter(move |(_, s)| s.key.digest != self.digest && s.kind == kind)
            .map(|(id, _)| id)
    }

    /// Whether there is anything that rows of this kind could be repeated from.
    pub(crate) fn has_others(&self, kind: TableKind) -> bool {
        self.tables.iter().any(|(k, _)| *k == kind) || self.others(kind).next().is_some()
    }

    /// Whether any source that stands may hold rows of this table.
    fn may_overlap(&self, kind: TableKind, keys: &KeyCounts) -> bool {
        self.others(kind).filter_map(|id| self.snapshot.source(id)).any(|s| {
            match (s.first_us, s.last_us, keys.span, keys.timeless) {
                (Some(first), Some(last), Some((from, to)), false) => first <= to && from <= last,
                _ => true,
            }
        })
    }

    /// How many rows of the table are repeated. The table's keys are settled.
    pub(crate) fn repeated(&self, kind: TableKind, keys: &KeyCounts) -> Result<u64, IngestError> {
        let mut tally = Tally::new(keys);
        for (_, table) in self.tables.iter().filter(|(k, _)| *k == kind) {
            for (hash, count) in table.hashes.iter().zip(&table.counts) {
                if let Some(most) = keys.place(*hash).and_then(|at| tally.most.get_mut(at)) {
                    *most = (*most).max(*count);
                }
            }
        }
        if self.may_overlap(kind, keys) {
            match kind {
                TableKind::Calls => {
                    for source in self.others(kind) {
                        self.calls_of(source, &mut tally)?;
                        tally.close();
                    }
                }
                TableKind::Transfers => self.snapshot.transfers(&mut |rows: Vec<TransferRecord>| {
                    rows.iter()
                        .filter(|r| !self.is_own(r.record.source))
                        .for_each(|r| tally.take_of(r.record.source, transfer_hash(r)));
                    Ok::<(), IngestError>(())
                })?,
                TableKind::Entities => self.snapshot.mentions(&mut |rows: Vec<MentionRecord>| {
                    rows.iter()
                        .filter(|r| !self.is_own(r.mention.record.source))
                        .for_each(|r| tally.take_of(r.mention.record.source, mention_hash(r)));
                    Ok::<(), IngestError>(())
                })?,
            }
            tally.close();
        }
        Ok(tally.most.iter().zip(&keys.counts).map(|(most, count)| u64::from(*most.min(count))).sum())
    }

    fn is_own(&self, source: SourceId) -> bool {
        self.snapshot.key_of(source).is_some_and(|k| k.digest == self.digest)
    }

    /// Takes the calls of a source, as columns where every row has a moment.
    fn calls_of(&self, source: SourceId, tally: &mut Tally<'_>) -> Result<(), IngestError> {
        let numbers = self.snapshot.call_numbers(source)?;
        let hashes: Vec<u128> = (0..numbers.len())
            .map(|at| text_hash(&numbers.value(at).map(|(value, _)| value).unwrap_or_default()))
            .collect();
        let forms = self.snapshot.call_forms(source)?;
        let party = |number: u32| hashes.get(number as usize).copied().unwrap_or_default();
        let mut timeless = false;
        self.snapshot.call_columns(source, (0, 1), &mut |_, facts| {
            let columns = facts.row.iter().zip(facts.form).zip(facts.caller.iter().zip(facts.receiver));
            for (i, ((_, form), (caller, receiver))) in columns.enumerate() {
                let Some(form) = forms.get(form) else { continue };
                match facts.instant_us(i) {
                    Some(at) => {
                        let parties = [party(*caller), party(*receiver)];
                        tally.take(facts_hash(form.kind, form.side, parties, Ok(at), facts.duration_s(i)));
                    }
                    None => timeless = true,
                }
            }
            Ok::<(), IngestError>(())
        })?;
        if timeless {
            self.snapshot.calls_of(source, &mut |rows: Vec<CallRecord>| {
                rows.iter().filter(|r| r.time.is_none()).for_each(|r| tally.take(call_hash(r)));
                Ok::<(), IngestError>(())
            })?;
        }
        Ok(())
    }
}

/// Counts the rows of one source after the other and keeps the greatest count of any.
struct Tally<'a> {
    keys: &'a KeyCounts,
    here: Vec<u32>,
    source: Option<SourceId>,
    /// Greatest count in any source, of each of the keys.
    most: Vec<u32>,
}

impl<'a> Tally<'a> {
    fn new(keys: &'a KeyCounts) -> Self {
        let none = vec![0; keys.hashes.len()];
        Self { keys, here: none.clone(), source: None, most: none }
    }

    fn take_of(&mut self, source: SourceId, hash: u128) {
        if self.source != Some(source) {
            self.close();
            self.source = Some(source);
        }
        self.take(hash);
    }

    fn take(&mut self, hash: u128) {
        if let Some(count) = self.keys.place(hash).and_then(|at| self.here.get_mut(at)) {
            *count += 1;
        }
    }

    fn close(&mut self) {
        for (most, here) in self.most.iter_mut().zip(&mut self.here) {
            *most = (*most).max(std::mem::take(here));
        }
    }
}
