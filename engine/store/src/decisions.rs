//! What people decide about a case: judgements, protection labels, pseudonyms. All append-only.
//!
//! Invariants:
//! 1. Undoing a judgement is a row of its own; the state is a function of the log.
//! 2. Of several judgements on one pair that were not undone, the last holds; of several labels on one target, the last.
//! 3. A pseudonym, once given, is never given again and never changes, even if the class does.

use crate::audit::{append_with_rows, number};
use crate::case::{CaseStore, now_us};
use crate::error::StoreError;
use crate::schema::database;
use crate::snapshot::{count, parsed};
use model::decision::{Decision, Judgement};
use model::provenance::MentionKey;
use model::sensitivity::Sensitivity;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::collections::BTreeMap;

/// A protection label that was put on a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protection {
    /// Number in the log, from 1.
    pub number: u64,
    /// What is protected: a mention key, an entity id or an identifier, as text.
    pub target: String,
    /// The class.
    pub class: Sensitivity,
    /// Who labelled it.
    pub actor: String,
    /// When, microseconds UTC.
    pub at_us: i64,
    /// Why.
    pub reason: String,
}

impl CaseStore {
    /// Records an answer to "are these two mentions the same party?".
    ///
    /// # Returns  its number, by which it can be undone
    pub fn judge(
        &self,
        a: &MentionKey,
        b: &MentionKey,
        judgement: Judgement,
        actor: &str,
        why: &str,
    ) -> Result<u64, StoreError> {
        let given = self.judge_all(&[(a.clone(), b.clone())], judgement, actor, why)?;
        Ok(given.first().copied().unwrap_or_default())
    }

    /// Records the same answer for several pairs: all of them or none.
    ///
    /// # Returns  their numbers, in order
    pub fn judge_all(
        &self,
        pairs: &[(MentionKey, MentionKey)],
        judgement: Judgement,
        actor: &str,
        why: &str,
    ) -> Result<Vec<u64>, StoreError> {
        reason_given("judge", actor, why)?;
        if pairs.iter().any(|(a, b)| a == b) {
            return Err(StoreError::SameMention);
        }
        let at_us = now_us();
        let record = |tx: &Transaction<'_>, a: &MentionKey, b: &MentionKey| -> rusqlite::Result<u64> {
            tx.execute(
                "INSERT INTO judgement (a, b, judgement, undoes, actor, at_us, reason) VALUES (?, ?, ?, NULL, ?, ?, ?)",
                params![a.to_string(), b.to_string(), judgement.as_str(), actor, at_us, why],
            )?;
            let given = tx.last_insert_rowid();
            append_with_rows(tx, actor, "judge", &format!("judgement:{given}"), why)?;
            Ok(given.unsigned_abs())
        };
        self.transaction(|tx| pairs.iter().map(|(a, b)| record(tx, a, b)).collect())
    }

    /// Takes a judgement back; the judgement and its undoing both stay in the log.
    ///
    /// # Returns  the number of the undoing
    pub fn undo_judgement(&self, judgement: u64, actor: &str, why: &str) -> Result<u64, StoreError> {
        let given = self.undo_judgements(&[judgement], actor, why)?;
        Ok(given.first().copied().unwrap_or_default())
    }

    /// Takes several judgements back: all of them or none.
    ///
    /// # Returns  the numbers of the undoings, in order
    pub fn undo_judgements(
        &self,
        judgements: &[u64],
        actor: &str,
        why: &str,
    ) -> Result<Vec<u64>, StoreError> {
        reason_given("undo", actor, why)?;
        self.try_transaction(|tx| {
            judgements.iter().map(|number| self.undo_in(tx, *number, actor, why)).collect()
        })
    }

    fn undo_in(
        &self,
        tx: &Transaction<'_>,
        judgement: u64,
        actor: &str,
        why: &str,
    ) -> Result<u64, StoreError> {
        let path = self.manifest();
        let db = |error| database(&path, error);
        let undoes: Option<Option<i64>> = tx
            .query_row("SELECT undoes FROM judgement WHERE number = ?", params![number(judgement)], |row| {
                row.get(0)
            })
            .optional()
            .map_err(db)?;
        let Some(undoes) = undoes else {
            let (what, which) = ("judgement", judgement.to_string());
            return Err(StoreError::Unknown { path: self.root().to_owned(), what, which });
        };
        let undone = tx
            .query_row("SELECT 1 FROM judgement WHERE undoes = ?", params![number(judgement)], |_| Ok(()))
            .optional()
            .map_err(db)?;
        if undoes.is_some() || undone.is_some() {
            return Err(StoreError::AlreadyUndone { number: judgement });
        }
        let write = || {
            tx.execute(
                "INSERT INTO judgement (a, b, judgement, undoes, actor, at_us, reason) VALUES (NULL, NULL, NULL, ?, ?, ?, ?)",
                params![number(judgement), actor, now_us(), why],
            )?;
            let given = tx.last_insert_rowid();
            append_with_rows(tx, actor, "undo", &format!("judgement:{given}"), why)?;
            Ok(given.unsigned_abs())
        };
        write().map_err(db)
    }

    /// Judgements in force, ascending by number: of each pair the last that was not undone.
    pub fn active_decisions(&self) -> Result<Vec<Decision>, StoreError> {
        let all = self.read(|conn| {
            let mut query = conn.prepare(
                "SELECT number, a, b, judgement, actor, at_us, reason FROM judgement WHERE undoes IS NULL
                 AND number NOT IN (SELECT undoes FROM judgement WHERE undoes IS NOT NULL) ORDER BY number",
            )?;
            let rows = query.query_map([], |row| {
                Ok(Decision {
                    number: count(row, 0)?,
                    a: parsed(row, 1, MentionKey::parse)?,
                    b: parsed(row, 2, MentionKey::parse)?,
                    judgement: parsed(row, 3, Judgement::parse)?,
                    actor: row.get(4)?,
                    at_us: row.get(5)?,
                    reason: row.get(6)?,
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<Decision>>>()
        })?;
        let mut last: BTreeMap<(MentionKey, MentionKey), Decision> = BTreeMap::new();
        for decision in all {
            let (a, b) = (decision.a.clone(), decision.b.clone());
            last.insert(if a <= b { (a, b) } else { (b, a) }, decision);
        }
        let mut active: Vec<Decision> = last.into_values().collect();
        active.sort_by_key(|d| d.number);
        Ok(active)
    }

    /// Labels a target with a class; `open` lifts an earlier label.
    ///
    /// # Returns  the label's number
    pub fn protect(
        &self,
        target: &str,
        class: Sensitivity,
        actor: &str,
        why: &str,
    ) -> Result<u64, StoreError> {
        reason_given("protect", actor, why)?;
        self.transaction(|tx| {
            tx.execute(
                "INSERT INTO protection (target, class, actor, at_us, reason) VALUES (?, ?, ?, ?, ?)",
                params![target, class.as_str(), actor, now_us(), why],
            )?;
            let given = tx.last_insert_rowid();
            append_with_rows(tx, actor, "protect", &format!("protection:{given}"), why)?;
            Ok(given.unsigned_abs())
        })
    }

    /// The label in force on each target that ever had one, ascending by target; `open` where it was lifted.
    pub fn protections(&self) -> Result<Vec<Protection>, StoreError> {
        self.read(|conn| {
            let mut query = conn.prepare(
                "SELECT number, target, class, actor, at_us, reason FROM protection
                 WHERE number IN (SELECT max(number) FROM protection GROUP BY target) ORDER BY target",
            )?;
            let rows = query.query_map([], |row| {
                Ok(Protection {
                    number: count(row, 0)?,
                    target: row.get(1)?,
                    class: parsed(row, 2, Sensitivity::parse)?,
                    actor: row.get(3)?,
                    at_us: row.get(4)?,
                    reason: row.get(5)?,
                })
            })?;
            rows.collect()
        })
    }

    /// The pseudonym of each target that has one.
    pub fn pseudonyms(&self) -> Result<BTreeMap<String, String>, StoreError> {
        self.read(read_pseudonyms)
    }

    /// Gives a pseudonym to each target that has none and whose class hides it: `W-01`, `V-01`, `M-01`, `S-01`, numbered
    /// by class in the order given. Targets of class `open` get none.
    ///
    /// # Returns  all pseudonyms
    pub fn assign_pseudonyms(
        &self,
        targets: &[(String, Sensitivity)],
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let known = self.pseudonyms()?;
        let missing =
            |(target, class): &(String, Sensitivity)| prefix(*class).is_some() && !known.contains_key(target);
        if !targets.iter().any(missing) {
            return Ok(known);
        }
        self.transaction(|tx| {
            let mut all = read_pseudonyms(tx)?;
            let mut given: Vec<i64> = Vec::new();
            for (target, class) in targets {
                let Some(prefix) = prefix(*class) else { continue };
                if all.contains_key(target) {
                    continue;
                }
                let used = all.values().filter(|p| p.starts_with(prefix)).count();
                let pseudonym = format!("{prefix}-{:02}", used + 1);
                tx.execute(
                    "INSERT INTO pseudonym (target, pseudonym) VALUES (?, ?)",
                    params![target, pseudonym],
                )?;
                given.push(tx.last_insert_rowid());
                all.insert(target.clone(), pseudonym);
            }
            if let (Some(first), Some(last)) = (given.first(), given.last()) {
                append_with_rows(tx, "madeja", "pseudonyms", &format!("pseudonyms:{first}-{last}"), "")?;
            }
            Ok(all)
        })
    }
}

fn read_pseudonyms(conn: &Connection) -> rusqlite::Result<BTreeMap<String, String>> {
    let mut query = conn.prepare("SELECT target, pseudonym FROM pseudonym")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn prefix(class: Sensitivity) -> Option<&'static str> {
    match class {
        Sensitivity::Open => None,
        Sensitivity::Witness => Some("W"),
        Sensitivity::Victim => Some("V"),
        Sensitivity::Minor => Some("M"),
        Sensitivity::Sealed => Some("S"),
    }
}

/// An act that binds others must say who and why.
pub(crate) fn reason_given(act: &'static str, actor: &str, why: &str) -> Result<(), StoreError> {
    if actor.trim().is_empty() || why.trim().is_empty() {
        return Err(StoreError::MissingReason { act });
    }
    Ok(())
}
