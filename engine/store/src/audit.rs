//! The log of what was done to the case: each entry seals the one before it and the rows that it wrote.
//!
//! Invariants:
//! 1. `hash` of entry n = SHA-256(hash of entry n-1, then number, instant, actor, act, subject, why and rows digest, each
//!    as its length in 8 bytes little-endian and its bytes). Before the first entry stand 32 zero bytes.
//! 2. `rows_digest` is the SHA-256 of the manifest rows that the act wrote, empty if it wrote none: a
//!    changed row no longer fits its entry.
//! 3. The head (number of entries, hash of the last) is kept beside the log, so that a log cut short shows.
//!
//! An attacker who may write the manifest can still write a new chain; note the head of [`AuditHead`] elsewhere, on
//! paper, to exclude that.

use crate::case::{CaseStore, now_us};
use crate::error::StoreError;
use model::provenance::Digest;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use sha2::{Digest as _, Sha256};

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Number, from 1.
    pub number: u64,
    /// When, microseconds UTC.
    pub at_us: i64,
    /// Who.
    pub actor: String,
    /// What was done, one word.
    pub act: String,
    /// To what.
    pub subject: String,
    /// Why, in the actor's words; empty where none was needed.
    pub why: String,
    /// SHA-256 of the manifest rows that the act wrote; `None` if it wrote none.
    pub rows_digest: Option<Digest>,
    /// Seal over this entry and all before it.
    pub hash: Digest,
}

/// Where the log ends: worth noting outside the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// Number of entries.
    pub entries: u64,
    /// Hash of the last.
    pub hash: Digest,
}

impl CaseStore {
    /// Records an act that changes no row of the manifest: an export, a use of clearance, a session.
    ///
    /// # Returns  the number of the entry
    pub fn audit(&self, actor: &str, act: &str, subject: &str, why: &str) -> Result<u64, StoreError> {
        self.transaction(|tx| append(tx, actor, act, subject, why, None))
    }

    /// Entries after number `after`, ascending, at most `limit`.
    pub fn entries(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        self.read(|conn| read_entries(conn, after, limit))
    }

    /// Where the log ends now.
    pub fn audit_head(&self) -> Result<AuditHead, StoreError> {
        self.read(read_head)
    }
}

/// The stored head.
pub(crate) fn read_head(conn: &Connection) -> rusqlite::Result<AuditHead> {
    let head = conn
        .query_row("SELECT entries, hash FROM audit_head", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
        })
        .optional()?;
    Ok(head.map_or(AuditHead { entries: 0, hash: Digest([0; 32]) }, |(entries, hash)| AuditHead {
        entries: entries.unsigned_abs(),
        hash: Digest::from_hex(&hash).unwrap_or(Digest([0; 32])),
    }))
}

/// Entries after a number.
pub(crate) fn read_entries(conn: &Connection, after: u64, limit: usize) -> rusqlite::Result<Vec<AuditEntry>> {
    let mut query = conn.prepare_cached(
        "SELECT number, at_us, actor, act, subject, why, rows_digest, hash FROM audit WHERE number > ? ORDER BY number LIMIT ?",
    )?;
    let rows = query.query_map(params![number(after), number(limit as u64)], |row| {
        Ok(AuditEntry {
            number: row.get::<_, i64>(0)?.unsigned_abs(),
            at_us: row.get(1)?,
            actor: row.get(2)?,
            act: row.get(3)?,
            subject: row.get(4)?,
            why: row.get(5)?,
            rows_digest: Digest::from_hex(&row.get::<_, String>(6)?),
            hash: Digest::from_hex(&row.get::<_, String>(7)?).unwrap_or(Digest([0; 32])),
        })
    })?;
    rows.collect()
}

/// The seal over an entry, given the seal before it.
pub(crate) fn seal(previous: Digest, entry: &AuditEntry) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update(previous.0);
    let rows = entry.rows_digest.map(|d| d.to_hex()).unwrap_or_default();
    field(&mut hasher, &entry.number.to_le_bytes());
    field(&mut hasher, &entry.at_us.to_le_bytes());
    for text in [&entry.actor, &entry.act, &entry.subject, &entry.why, &rows] {
        field(&mut hasher, text.as_bytes());
    }
    Digest(hasher.finalize().into())
}

/// Adds an entry to the log and moves the head, inside the transaction that does the act.
pub(crate) fn append(
    tx: &Transaction<'_>,
    actor: &str,
    act: &str,
    subject: &str,
    why: &str,
    rows_digest: Option<Digest>,
) -> rusqlite::Result<u64> {
    let head = read_head(tx)?;
    let mut entry = AuditEntry {
        number: head.entries + 1,
        at_us: now_us(),
        actor: actor.to_owned(),
        act: act.to_owned(),
        subject: subject.to_owned(),
        why: why.to_owned(),
        rows_digest,
        hash: head.hash,
    };
    entry.hash = seal(head.hash, &entry);
    tx.execute(
        "INSERT INTO audit (number, at_us, actor, act, subject, why, rows_digest, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            number(entry.number),
            entry.at_us,
            entry.actor,
            entry.act,
            entry.subject,
            entry.why,
            rows_digest.map(|d| d.to_hex()).unwrap_or_default(),
            entry.hash.to_hex()
        ],
    )?;
    let moved = tx.execute(
        "UPDATE audit_head SET entries = ?, hash = ? WHERE entries = ?",
        params![number(entry.number), entry.hash.to_hex(), number(head.entries)],
    )?;
    if moved == 0 {
        tx.execute(
            "INSERT INTO audit_head (one, entries, hash) VALUES (1, ?, ?)",
            params![number(entry.number), entry.hash.to_hex()],
        )?;
    }
    Ok(entry.number)
}

/// Adds an entry that seals the manifest rows of `subject`.
pub(crate) fn append_with_rows(
    tx: &Transaction<'_>,
    actor: &str,
    act: &str,
    subject: &str,
    why: &str,
) -> rusqlite::Result<u64> {
    let digest = rows_digest(tx, subject)?;
    append(tx, actor, act, subject, why, digest)
}

/// The queries that read the rows an entry's subject stands for; `None` if the subject names no rows.
///
/// Columns are named one by one: a later format that adds a column must not change the digest of old rows.
fn row_queries(subject: &str) -> Option<(Vec<&'static str>, Vec<String>)> {
    let (kind, which) = subject.split_once(':').unwrap_or((subject, ""));
    let one = || vec![which.to_owned()];
    Some(match kind {
        "case" => (vec!["SELECT key, value FROM case_info ORDER BY key"], Vec::new()),
        "load" => (
            vec![
                "SELECT e.number, e.digest, e.bytes, e.name, e.original_path, e.kept, e.taken_us
                 FROM evidence e JOIN load l ON l.evidence = e.number WHERE l.id = ?",
                "SELECT id, evidence, name, original_path, mapping_hash, parser_version, actor, loaded_us
                 FROM load WHERE id = ?",
                "SELECT id, load, digest, sheet, kind, template, country, encoding, delimiter, header_row, needs_decision,
                        columns, mapping, rows_read, rows_kept, rows_refused, rows_repeated, rows_other, first_us, last_us
                 FROM source WHERE load = ? ORDER BY id",
                "SELECT g.source, g.records, g.number, g.file, g.bytes, g.sha256, g.row_count, g.first_row, g.last_row
                 FROM segment g JOIN source s ON s.id = g.source WHERE s.load = ?
                 ORDER BY g.source, g.records, g.number",
                "SELECT source, cause, by_load, actor, at_us, reason FROM source_end WHERE by_load = ? ORDER BY source",
            ],
            one(),
        ),
        "withdrawal" => (
            vec!["SELECT source, cause, by_load, actor, at_us, reason FROM source_end WHERE source = ?"],
            one(),
        ),
        "judgement" => (
            vec!["SELECT number, a, b, judgement, undoes, actor, at_us, reason FROM judgement WHERE number = ?"],
            one(),
        ),
        "protection" => (
            vec!["SELECT number, target, class, actor, at_us, reason FROM protection WHERE number = ?"],
            one(),
        ),
        "pseudonyms" => {
            let (first, last) = which.split_once('-')?;
            (
                vec!["SELECT number, target, pseudonym FROM pseudonym WHERE number BETWEEN ? AND ? ORDER BY number"],
                vec![first.to_owned(), last.to_owned()],
            )
        }
        "identities" => (
            vec![
                "SELECT number, audience, model, at_us, moved FROM identity_run WHERE number = ?",
                "SELECT i.audience, i.number, i.run, s.key, i.row, i.role FROM identity i
                 JOIN identity_source s ON s.number = i.source WHERE i.run = ? ORDER BY i.number",
                "SELECT number, run, identity, change, other FROM identity_change WHERE run = ? ORDER BY number",
            ],
            one(),
        ),
        "derived" => {
            let mut parts = which.split('/');
            let keys = vec![
                parts.next()?.to_owned(),
                parts.next()?.to_owned(),
                parts.next()?.to_owned(),
            ];
            (
                vec![
                    "SELECT audience, stage, generation, input_hash, code_version, parameters, seed, at_us
                     FROM derived WHERE audience = ? AND stage = ? AND generation = ?",
                    "SELECT f.audience, f.stage, f.file, f.bytes, f.sha256 FROM derived_file f
                     JOIN derived d ON d.audience = f.audience AND d.stage = f.stage
                     WHERE d.audience = ? AND d.stage = ? AND d.generation = ? ORDER BY f.file",
                ],
                keys,
            )
        }
        _ => return None,
    })
}

/// SHA-256 of the manifest rows that a subject stands for: every column with its type and length.
pub(crate) fn rows_digest(conn: &Connection, subject: &str) -> rusqlite::Result<Option<Digest>> {
    let Some((queries, keys)) = row_queries(subject) else { return Ok(None) };
    let mut hasher = Sha256::new();
    for sql in queries {
        let mut query = conn.prepare_cached(sql)?;
        let columns = query.column_count();
        let mut rows = query.query(rusqlite::params_from_iter(keys.iter()))?;
        while let Some(row) = rows.next()? {
            field(&mut hasher, b"row");
            for column in 0..columns {
                match row.get_ref(column)? {
                    ValueRef::Null => field(&mut hasher, b"n"),
                    ValueRef::Integer(value) => {
                        field(&mut hasher, b"i");
                        field(&mut hasher, &value.to_le_bytes());
                    }
                    ValueRef::Real(value) => {
                        field(&mut hasher, b"r");
                        field(&mut hasher, &value.to_bits().to_le_bytes());
                    }
                    ValueRef::Text(bytes) => {
                        field(&mut hasher, b"t");
                        field(&mut hasher, bytes);
                    }
                    ValueRef::Blob(bytes) => {
                        field(&mut hasher, b"b");
                        field(&mut hasher, bytes);
                    }
                }
            }
        }
    }
    Ok(Some(Digest(hasher.finalize().into())))
}

/// Hashes a field so that no two lists of fields give the same bytes.
pub(crate) fn field(hasher: &mut Sha256, bytes: &[u8]) {
    hasher.update((bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

/// An unsigned count as SQLite holds it.
pub(crate) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
