//! Who was held to be whom, and since when: the lasting ids of entities and what became of each. Append-only.
//!
//! An id is issued once, for one mention, its *anchor*, and stays with whatever cluster holds that mention. Of
//! several ids in one cluster the one issued first names it; the others are merged into it and come back when the
//! cluster is parted. So the ids are a function of the clusters and this log, and taking a merge back brings back the
//! ids that were there before.
//!
//! **Invariants**
//! 1. A mention anchors one id at most in each audience, and an id has one anchor for ever.
//! 2. Ids of an audience are numbered from 0 in the order in which they were issued; what one run issues is in the order
//!    of its anchors, so that a case that was resolved once has the same ids in whatever order its files came.
//! 3. Each run records which mentions came under which id, so that the identities of any past moment are the runs up
//!    to it, replayed; see [`Standing`].

use crate::audit::{append_with_rows, number};
use crate::case::{CaseStore, now_us};
use crate::error::StoreError;
use crate::snapshot::{count, parsed};
use model::ids::MentionRole;
use model::provenance::{MentionKey, SourceKey};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeMap, HashMap};

/// An id that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The mention that it belongs to.
    pub anchor: MentionKey,
    /// When it was issued, microseconds UTC.
    pub at_us: i64,
}

/// What became of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Its mention came out of the entity of another id.
    PartedFrom,
    /// Its entity is one with that of another id.
    MergedInto,
    /// Its mention is no longer in the case.
    Ended,
    /// Its mention is in the case again.
    Returned,
}

impl Change {
    /// All changes.
    pub const ALL: [Self; 4] = [Self::PartedFrom, Self::MergedInto, Self::Ended, Self::Returned];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PartedFrom => "parted_from",
            Self::MergedInto => "merged_into",
            Self::Ended => "ended",
            Self::Returned => "returned",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.as_str() == word)
    }
}

/// One line of the history of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityChange {
    /// Number of the id.
    pub identity: u64,
    /// What became of it.
    pub change: Change,
    /// Number of the other id, where there is one.
    pub other: Option<u64>,
    /// When, microseconds UTC; of a change that is to be recorded, without meaning.
    pub at_us: i64,
}

/// One line of the history of an id, with the mentions that it and the other stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Anchor of the id that changed.
    pub of: MentionKey,
    /// Whether that is the id asked for; else it is the other one.
    pub own: bool,
    /// What became of it.
    pub change: Change,
    /// Anchor of the other id, where there is one.
    pub other: Option<MentionKey>,
    /// When, microseconds UTC.
    pub at_us: i64,
}

/// What one run of resolution changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityRun {
    /// Digest of the model that it resolved by.
    pub model: String,
    /// How many ids the audience had before it.
    pub known: u64,
    /// Anchors of the ids that it issued, in order of their numbers.
    pub issued: Vec<MentionKey>,
    /// What became of ids.
    pub changes: Vec<IdentityChange>,
    /// Mentions that came under another id, or under none, ascending.
    pub moved: Vec<(MentionKey, Option<u64>)>,
}

/// Which id each mention stood under at one moment.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    sources: Vec<SourceKey>,
    numbers: HashMap<SourceKey, u32>,
    held: BTreeMap<(u32, u32, MentionRole), u64>,
}

impl Standing {
    /// The id of a mention.
    pub fn get(&self, mention: &MentionKey) -> Option<u64> {
        let source = *self.numbers.get(&mention.source)?;
        self.held.get(&(source, mention.row, mention.role)).copied()
    }

    /// Every mention with its id, by source in the order in which sources were first named.
    pub fn iter(&self) -> impl Iterator<Item = (MentionKey, u64)> + '_ {
        self.held.iter().filter_map(|((source, row, role), identity)| {
            let source = self.sources.get(*source as usize)?.clone();
            Some((MentionKey { source, row: *row, role: *role }, *identity))
        })
    }

    /// Replays what a run moved: for each mention its source's number, its row, its role in one byte and its id and
    /// one, or 0 for none; numbers in base 128, least first.
    fn replay(&mut self, mut moved: &[u8]) -> Option<()> {
        while !moved.is_empty() {
            let source = u32::try_from(take_number(&mut moved)?.checked_sub(1)?).ok()?;
            let row = u32::try_from(take_number(&mut moved)?).ok()?;
            let (role, rest) = moved.split_first()?;
            moved = rest;
            let mention = (source, row, *MentionRole::ALL.get(usize::from(*role))?);
            match take_number(&mut moved)?.checked_sub(1) {
                Some(identity) => self.held.insert(mention, identity),
                None => self.held.remove(&mention),
            };
        }
        Some(())
    }
}

fn put_number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for place in 0..10 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F).checked_shl(7 * place)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

impl CaseStore {
    /// Which id each mention of an audience stood under at a moment, by what was known then.
    ///
    /// # Arguments     `until_us`: microseconds UTC; runs that ended later are left out. `None` for now
    /// # Complexity    O(what all runs until then moved)
    pub fn standing(&self, audience: &str, until_us: Option<i64>) -> Result<Standing, StoreError> {
        self.read(|conn| {
            let sources = read_sources(conn)?;
            let numbers = (0u32..).zip(&sources).map(|(number, key)| (key.clone(), number)).collect();
            let mut out = Standing { sources, numbers, held: BTreeMap::new() };
            let mut query = conn.prepare(
                "SELECT moved FROM identity_run WHERE audience = ? AND at_us <= ? ORDER BY number",
            )?;
            let mut rows = query.query(params![audience, until_us.unwrap_or(i64::MAX)])?;
            while let Some(row) = rows.next()? {
                out.replay(row.get_ref(0)?.as_blob()?).ok_or(rusqlite::Error::InvalidQuery)?;
            }
            Ok(out)
        })
    }

    /// The ids of an audience, by number.
    pub fn identities(&self, audience: &str) -> Result<Vec<Identity>, StoreError> {
        self.read(|conn| {
            let sources = read_sources(conn)?;
            let mut query = conn.prepare(
                "SELECT i.source, i.row, i.role, r.at_us FROM identity i
                 JOIN identity_run r ON r.number = i.run WHERE i.audience = ? ORDER BY i.number",
            )?;
            let rows = query.query_map([audience], |row| {
                Ok(Identity { anchor: read_anchor(row, &sources)?, at_us: row.get(3)? })
            })?;
            rows.collect()
        })
    }

    /// What became of the ids of an audience, in order.
    pub fn identity_changes(&self, audience: &str) -> Result<Vec<IdentityChange>, StoreError> {
        self.read(|conn| {
            let mut query = conn.prepare(
                "SELECT c.identity, c.change, c.other, r.at_us FROM identity_change c
                 JOIN identity_run r ON r.number = c.run WHERE r.audience = ? ORDER BY c.number",
            )?;
            let rows = query.query_map([audience], |row| {
                Ok(IdentityChange {
                    identity: count(row, 0)?,
                    change: parsed(row, 1, Change::parse)?,
                    other: row.get::<_, Option<i64>>(2)?.map(i64::unsigned_abs),
                    at_us: row.get(3)?,
                })
            })?;
            rows.collect()
        })
    }

    /// The id that was issued for a mention, if one was.
    pub fn identity_of(&self, audience: &str, anchor: &MentionKey) -> Result<Option<u64>, StoreError> {
        self.read(|conn| {
            conn.query_row(
                "SELECT i.number FROM identity i JOIN identity_source s ON s.number = i.source
                 WHERE i.audience = ? AND s.key = ? AND i.row = ? AND i.role = ?",
                params![audience, anchor.source.to_string(), anchor.row, anchor.role.as_str()],
                |row| count(row, 0),
            )
            .optional()
        })
    }

    /// What became of one id and of others through it, in order; each with the anchors of both.
    ///
    /// # Complexity    O(changes that name it), by index
    pub fn history(&self, audience: &str, identity: u64) -> Result<Vec<HistoryEntry>, StoreError> {
        self.read(|conn| {
            let sources = read_sources(conn)?;
            let mut anchor =
                conn.prepare("SELECT source, row, role FROM identity WHERE audience = ? AND number = ?")?;
            let mut anchor_of =
                |number: i64| anchor.query_row(params![audience, number], |row| read_anchor(row, &sources));
            let mut query = conn.prepare(
                "SELECT c.identity, c.change, c.other, r.at_us FROM identity_change c
                 JOIN identity_run r ON r.number = c.run
                 WHERE r.audience = ?1 AND (c.identity = ?2 OR c.other = ?2) ORDER BY c.number",
            )?;
            let mut rows = query.query(params![audience, number(identity)])?;
            let mut out = Vec::new();
            while let Some(row) = rows.next()? {
                let other: Option<i64> = row.get(2)?;
                out.push(HistoryEntry {
                    of: anchor_of(row.get(0)?)?,
                    own: count(row, 0)? == identity,
                    change: parsed(row, 1, Change::parse)?,
                    other: other.map(&mut anchor_of).transpose()?,
                    at_us: row.get(3)?,
                });
            }
            Ok(out)
        })
    }

    /// Issues ids and records what became of older ones, in one transaction; nothing is written where nothing changed.
    ///
    /// # Errors      another process issued ids in between
    pub fn record_identities(&self, audience: &str, run: &IdentityRun) -> Result<(), StoreError> {
        if run.issued.is_empty() && run.changes.is_empty() && run.moved.is_empty() {
            return Ok(());
        }
        self.transaction(|tx| {
            let mut sources = HashMap::new();
            let mut moved = Vec::with_capacity(run.moved.len() * 8);
            for (mention, identity) in &run.moved {
                put_number(&mut moved, source_number(tx, &mut sources, &mention.source)?.unsigned_abs());
                put_number(&mut moved, u64::from(mention.row));
                moved.push(mention.role as u8);
                put_number(&mut moved, identity.map_or(0, |i| i + 1));
            }
            tx.execute(
                "INSERT INTO identity_run (audience, model, at_us, moved) VALUES (?, ?, ?, ?)",
                params![audience, run.model, now_us(), moved],
            )?;
            let number_of_run = tx.last_insert_rowid();
            let mut issue = tx.prepare(
                "INSERT INTO identity (audience, number, run, source, row, role) VALUES (?, ?, ?, ?, ?, ?)",
            )?;
            for (next, anchor) in (number(run.known)..).zip(&run.issued) {
                let at = source_number(tx, &mut sources, &anchor.source)?;
                issue.execute(params![
                    audience,
                    next,
                    number_of_run,
                    at,
                    anchor.row,
                    anchor.role.as_str()
                ])?;
            }
            let mut change =
                tx.prepare("INSERT INTO identity_change (run, identity, change, other) VALUES (?, ?, ?, ?)")?;
            for c in &run.changes {
                let other = c.other.map(number);
                change.execute(params![number_of_run, number(c.identity), c.change.as_str(), other])?;
            }
            append_with_rows(tx, "madeja", "identities", &format!("identities:{number_of_run}"), "")?;
            Ok(())
        })
    }
}

/// An anchor from the columns source, row and role, in this order.
fn read_anchor(row: &rusqlite::Row<'_>, sources: &[SourceKey]) -> rusqlite::Result<MentionKey> {
    let source = sources.get((count(row, 0)? as usize).wrapping_sub(1)).cloned();
    Ok(MentionKey {
        source: source.ok_or(rusqlite::Error::QueryReturnedNoRows)?,
        row: row.get(1)?,
        role: parsed(row, 2, MentionRole::parse)?,
    })
}

fn read_sources(conn: &Connection) -> rusqlite::Result<Vec<SourceKey>> {
    let mut query = conn.prepare("SELECT key FROM identity_source ORDER BY number")?;
    let rows = query.query_map([], |row| parsed(row, 0, SourceKey::parse))?;
    rows.collect()
}

/// The number of a source, from 1, given now if it has none.
fn source_number(
    conn: &Connection,
    known: &mut HashMap<SourceKey, i64>,
    key: &SourceKey,
) -> rusqlite::Result<i64> {
    if let Some(number) = known.get(key) {
        return Ok(*number);
    }
    let text = key.to_string();
    let stored = conn
        .query_row("SELECT number FROM identity_source WHERE key = ?", [&text], |row| row.get(0))
        .optional()?;
    let number = match stored {
        Some(number) => number,
        None => {
            conn.execute("INSERT INTO identity_source (key) VALUES (?)", [&text])?;
            conn.last_insert_rowid()
        }
    };
    known.insert(key.clone(), number);
    Ok(number)
}
