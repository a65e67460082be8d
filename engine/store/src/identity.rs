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

use crate::audit::{append_with_rows, number};
use crate::case::{CaseStore, now_us};
use crate::error::StoreError;
use crate::snapshot::{count, parsed};
use model::provenance::{MentionKey, SourceKey};
use rusqlite::{Connection, OptionalExtension, params};

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

impl CaseStore {
    /// The ids of an audience, by number.
    pub fn identities(&self, audience: &str) -> Result<Vec<Identity>, StoreError> {
        self.read(|conn| {
            let sources = read_sources(conn)?;
            let mut query = conn.prepare(
                "SELECT i.source, i.row, i.role, r.at_us FROM identity i
                 JOIN identity_run r ON r.number = i.run WHERE i.audience = ? ORDER BY i.number",
            )?;
            let rows = query.query_map([audience], |row| {
                let at = count(row, 0)? as usize;
                let source = sources.get(at.wrapping_sub(1)).cloned();
                Ok(Identity {
                    anchor: MentionKey {
                        source: source.ok_or(rusqlite::Error::QueryReturnedNoRows)?,
                        row: row.get(1)?,
                        role: parsed(row, 2, model::ids::MentionRole::parse)?,
                    },
                    at_us: row.get(3)?,
                })
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

    /// Issues ids and records what became of older ones, in one transaction; nothing is written where both are empty.
    ///
    /// # Arguments   `known`: how many ids the audience has; `issued`: anchors of the next ones; `changes`: by number
    /// # Errors      another process issued ids in between
    pub fn record_identities(
        &self,
        audience: &str,
        model: &str,
        known: u64,
        issued: &[MentionKey],
        changes: &[IdentityChange],
    ) -> Result<(), StoreError> {
        if issued.is_empty() && changes.is_empty() {
            return Ok(());
        }
        self.transaction(|tx| {
            tx.execute(
                "INSERT INTO identity_run (audience, model, at_us) VALUES (?, ?, ?)",
                params![audience, model, now_us()],
            )?;
            let run = tx.last_insert_rowid();
            let mut source: Option<(SourceKey, i64)> = None;
            let mut issue = tx.prepare(
                "INSERT INTO identity (audience, number, run, source, row, role) VALUES (?, ?, ?, ?, ?, ?)",
            )?;
            for (place, anchor) in issued.iter().enumerate() {
                let at = match &source {
                    Some((key, at)) if *key == anchor.source => *at,
                    _ => {
                        let at = source_number(tx, &anchor.source)?;
                        source = Some((anchor.source.clone(), at));
                        at
                    }
                };
                let next = number(known) + place as i64;
                issue.execute(params![audience, next, run, at, anchor.row, anchor.role.as_str()])?;
            }
            let mut change =
                tx.prepare("INSERT INTO identity_change (run, identity, change, other) VALUES (?, ?, ?, ?)")?;
            for c in changes {
                let other = c.other.map(number);
                change.execute(params![run, number(c.identity), c.change.as_str(), other])?;
            }
            append_with_rows(tx, "madeja", "identities", &format!("identities:{run}"), "")?;
            Ok(())
        })
    }
}

fn read_sources(conn: &Connection) -> rusqlite::Result<Vec<SourceKey>> {
    let mut query = conn.prepare("SELECT key FROM identity_source ORDER BY number")?;
    let rows = query.query_map([], |row| parsed(row, 0, SourceKey::parse))?;
    rows.collect()
}

/// The number of a source, given now if it has none.
fn source_number(conn: &Connection, key: &SourceKey) -> rusqlite::Result<i64> {
    let text = key.to_string();
    let known = conn
        .query_row("SELECT number FROM identity_source WHERE key = ?", [&text], |row| row.get(0))
        .optional()?;
    match known {
        Some(number) => Ok(number),
        None => {
            conn.execute("INSERT INTO identity_source (key) VALUES (?)", [&text])?;
            Ok(conn.last_insert_rowid())
        }
    }
}
