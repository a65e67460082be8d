//! Which rows of a file add nothing to what the case holds?
//!
//! A row's k-th identical occurrence in a file is repeated if a live source already holds at least k of it. Only
//! the counts of this file's own rows are held, as 128-bit hashes; the sources that stand are streamed past them.

use crate::error::IngestError;
use crate::reconcile::{call_key, transfer_key};
use model::ids::SourceId;
use model::provenance::Digest;
use model::record::{CallRecord, MentionRecord, TableKind, TransferRecord};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use store::snapshot::Snapshot;

/// How often each row stands in a table. Iteration order is never used.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyCounts {
    counts: HashMap<u128, u32>,
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

fn call_hash(call: &CallRecord) -> u128 {
    hash_of(&call_key(call))
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
        *self.counts.entry(hash).or_default() += 1;
        match instant {
            Some(at) => {
                let (first, last) = self.span.unwrap_or((at, at));
                self.span = Some((first.min(at), last.max(at)));
            }
            None => self.timeless = true,
        }
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

    /// Whether any source that stands may hold rows of this table.
    fn may_overlap(&self, kind: TableKind, keys: &KeyCounts) -> bool {
        self.snapshot.sources().iter().filter(|s| s.key.digest != self.digest && s.kind == kind).any(|s| {
            match (s.first_us, s.last_us, keys.span, keys.timeless) {
                (Some(first), Some(last), Some((from, to)), false) => first <= to && from <= last,
                _ => true,
            }
        })
    }

    /// How many rows of the table are repeated.
    pub(crate) fn repeated(&self, kind: TableKind, keys: &KeyCounts) -> Result<u64, IngestError> {
        let mut standing: HashMap<u128, u32> = HashMap::new();
        for (_, table) in self.tables.iter().filter(|(k, _)| *k == kind) {
            for (hash, count) in &table.counts {
                if keys.counts.contains_key(hash) {
                    let most = standing.entry(*hash).or_default();
                    *most = (*most).max(*count);
                }
            }
        }
        if self.may_overlap(kind, keys) {
            let mut tally = Tally { keys, here: HashMap::new(), source: None, standing: &mut standing };
            let mine =
                |source: SourceId| self.snapshot.key_of(source).is_some_and(|k| k.digest == self.digest);
            match kind {
                TableKind::Calls => self.snapshot.calls(&mut |rows: Vec<CallRecord>| {
                    rows.iter()
                        .filter(|r| !mine(r.record.source))
                        .for_each(|r| tally.take(r.record.source, call_hash(r)));
                    Ok::<(), IngestError>(())
                })?,
                TableKind::Transfers => self.snapshot.transfers(&mut |rows: Vec<TransferRecord>| {
                    rows.iter()
                        .filter(|r| !mine(r.record.source))
                        .for_each(|r| tally.take(r.record.source, transfer_hash(r)));
                    Ok::<(), IngestError>(())
                })?,
                TableKind::Entities => self.snapshot.mentions(&mut |rows: Vec<MentionRecord>| {
                    rows.iter()
                        .filter(|r| !mine(r.mention.record.source))
                        .for_each(|r| tally.take(r.mention.record.source, mention_hash(r)));
                    Ok::<(), IngestError>(())
                })?,
            }
            tally.close();
        }
        Ok(standing
            .iter()
            .filter_map(|(hash, most)| keys.counts.get(hash).map(|count| u64::from((*count).min(*most))))
            .sum())
    }
}

/// Counts the rows of one source after the other and keeps the greatest count of any.
struct Tally<'a> {
    keys: &'a KeyCounts,
    here: HashMap<u128, u32>,
    source: Option<SourceId>,
    standing: &'a mut HashMap<u128, u32>,
}

impl Tally<'_> {
    fn take(&mut self, source: SourceId, hash: u128) {
        if self.source != Some(source) {
            self.close();
            self.source = Some(source);
        }
        if self.keys.counts.contains_key(&hash) {
            *self.here.entry(hash).or_default() += 1;
        }
    }

    fn close(&mut self) {
        for (hash, count) in self.here.drain() {
            let most = self.standing.entry(hash).or_default();
            *most = (*most).max(count);
        }
    }
}
