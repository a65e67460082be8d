//! A load that was interrupted: what its checkpoints made safe, and how it goes on.
//!
//! A checkpoint is a commit of its own: the segments of what was read since the last one, and a note by which the
//! reader goes on, are made safe and named by rows of the manifest that no snapshot reads. The load's own commit gives
//! the segments their lasting names and ends these rows in one transaction with the rows of the source.
//!
//! Invariants:
//! 1. Nothing that reads the case sees an unfinished load; only the sweep knows its files.
//! 2. A case has at most one. It stands until its load is finished, until the same path is loaded otherwise, or until
//!    another load makes a checkpoint.
//! 3. It is taken up only by a load of the same size, mapping and parser whose plan is the same, and only where the
//!    bytes that were read are proven to be the same by their hash.
//! 4. A piece that is not as its row says is not used: the file is then read from its beginning.

use crate::audit::number;
use crate::calls::{CallFacts, CallSheet};
use crate::case::{CaseStore, SEGMENTS};
use crate::codec::Table;
use crate::codec::calls::{self, CallBatch};
use crate::codec::entries::{FormEntry, IMEIS, IMSIS, NUMBERS, NormalEntry, SiteEntry};
use crate::dictionary::{CallDictionaries, NormalDictionary};
use crate::disk::hash_file;
use crate::error::StoreError;
use crate::load::{Cut, Load, LoadSpec};
use crate::segment::{self, Account, SegmentBatches, SegmentRow, damaged, segment_error, unfinished_name};
use crate::snapshot::{count, parsed, segment_row};
use model::ids::SourceId;
use model::provenance::Digest;
use rayon::prelude::*;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use std::io::Write;
use std::path::Path;

/// The reader's notes, one a checkpoint.
const NOTE: &str = "note";
/// What the reading was decided on, where a whole pass decided it.
const BASIS: &str = "basis";

/// How far a file was read, and how that is proven to be the same file.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Bytes from the beginning that were read.
    pub bytes: u64,
    /// Their SHA-256; none where that of the whole file is known.
    pub prefix: Option<Digest>,
    /// What the reader needs to go on, beyond the notes of the checkpoints before.
    pub note: Vec<u8>,
}

/// Makes the checkpoints of a load of one table.
pub struct Checkpoints<'a> {
    store: &'a CaseStore,
    spec: LoadSpec,
    plan: Digest,
    digest: Option<Digest>,
    pieces: Vec<SegmentRow>,
    /// Whether the rows of the manifest are already those of this load.
    begun: bool,
}

/// A load that was interrupted, as its last checkpoint left it.
#[derive(Debug)]
pub struct Unfinished {
    /// How it was read.
    pub plan: Digest,
    /// SHA-256 of the whole file, where it was known.
    pub digest: Option<Digest>,
    /// How far; none where nothing but the basis stands.
    pub bytes: u64,
    /// SHA-256 of so many bytes, where that of the file was not known.
    pub prefix: Option<Digest>,
    /// The reader's notes, one a checkpoint.
    pub notes: Vec<Vec<u8>>,
    /// What the reading was decided on; see [`Checkpoints::decided`].
    pub basis: Option<Vec<u8>>,
    account: Account,
    pieces: Vec<SegmentRow>,
}

impl<'a> Load<'a> {
    /// The checkpoints of this load, from its beginning or from where an unfinished one stands.
    ///
    /// # Arguments   `plan`: how the file is read; `digest`: its SHA-256, where that is known
    pub fn checkpoints(
        &self,
        plan: Digest,
        digest: Option<Digest>,
        from: Option<&Unfinished>,
    ) -> Checkpoints<'a> {
        Checkpoints {
            store: self.store,
            spec: self.spec.clone(),
            plan,
            digest,
            pieces: from.map(|from| from.pieces.clone()).unwrap_or_default(),
            begun: from.is_some(),
        }
    }

    /// Takes what checkpoints made safe into the load.
    pub fn take_checkpoints(&mut self, source: usize, made: Checkpoints<'_>) -> Result<(), StoreError> {
        self.table(source)?.standing = made.pieces.into_iter().filter(holds_rows).collect();
        Ok(())
    }

    /// What stands of an interrupted load of a file of this size by this mapping and parser. Whether it is the same
    /// file, the caller proves.
    ///
    /// # Complexity  reads every piece of it once
    pub fn unfinished(&self) -> Result<Option<Unfinished>, StoreError> {
        let found = self.store.read(|conn| find(conn, &self.spec))?;
        let Some(mut found) = found else { return Ok(None) };
        let folder = self.store.folder(SEGMENTS);
        let whole = |piece: &SegmentRow| {
            hash_file(&folder.join(&piece.file), &mut |_| {})
                .is_ok_and(|(digest, bytes)| bytes == piece.bytes && digest.to_hex() == piece.sha256)
        };
        if !found.pieces.par_iter().all(whole) {
            return Ok(None);
        }
        let text = |piece: &SegmentRow| std::fs::read(folder.join(&piece.file)).ok();
        let of = |records: &'static str| found.pieces.iter().filter(move |piece| piece.records == records);
        let Some(notes) = of(NOTE).map(text).collect::<Option<Vec<_>>>() else { return Ok(None) };
        let basis = of(BASIS).next().and_then(text);
        (found.notes, found.basis) = (notes, basis);
        Ok(Some(found))
    }

    /// Goes on where an unfinished load stands: its dictionaries are read back, its segments become part of this one.
    ///
    /// # Errors  a segment that does not hold what it should; the load is then to be cleared
    pub fn go_on(&mut self, source: usize, from: &Unfinished) -> Result<(), StoreError> {
        let folder = self.store.folder(SEGMENTS);
        let mut names = CallDictionaries::default();
        read_normals::<NUMBERS>(&folder, from, &mut names.numbers)?;
        read_normals::<IMEIS>(&folder, from, &mut names.imeis)?;
        read_normals::<IMSIS>(&folder, from, &mut names.imsis)?;
        read::<SiteEntry>(&folder, from, &mut |e| names.sites.number(&e.site) == e.number)?;
        read::<FormEntry>(&folder, from, &mut |e| names.forms.number(&e.form) == e.number)?;
        let table = self.table(source)?;
        table.sheet = CallSheet::standing(names);
        table.account = from.account;
        table.standing = from.pieces.iter().filter(|piece| holds_rows(piece)).cloned().collect();
        for piece in &from.pieces {
            table.writers.go_on_after(&piece.records, piece.last_row);
            if piece.records == calls::NAME {
                table.last_call = table.last_call.max(Some(piece.last_row));
            }
        }
        Ok(())
    }

    /// Hands on the calls that stand of this load, batch by batch, with the moments of those that have none as they
    /// are written.
    pub fn standing_calls(
        &mut self,
        source: usize,
        f: &mut dyn FnMut(CallFacts<'_>, &dyn Fn(usize) -> String),
    ) -> Result<(), StoreError> {
        let folder = self.store.folder(SEGMENTS);
        for piece in self.table(source)?.standing.iter().filter(|piece| piece.records == calls::NAME) {
            let mut batches = SegmentBatches::open(&folder, piece);
            while let Some(batch) = batches.next().transpose()? {
                let failed = damaged(batches.path());
                let facts = CallFacts::of(&batch).map_err(&failed)?;
                let columns = CallBatch::of(&batch).map_err(&failed)?;
                f(facts, &|i| columns.time_raw(i));
            }
        }
        Ok(())
    }
}

/// Whether a piece is a segment, and no note of the reader.
fn holds_rows(piece: &SegmentRow) -> bool {
    ![NOTE, BASIS].contains(&piece.records.as_str())
}

/// Reads the records of one table of an unfinished load; `take` says whether one is as it should be.
fn read<T: Table>(
    folder: &Path,
    from: &Unfinished,
    take: &mut dyn FnMut(T) -> bool,
) -> Result<(), StoreError> {
    for piece in from.pieces.iter().filter(|piece| piece.records == T::NAME) {
        let mut batches = SegmentBatches::open(folder, piece);
        while let Some(batch) = batches.next().transpose()? {
            for record in segment::decode::<T>(batches.path(), &batch, SourceId::default())? {
                if !take(record) {
                    return Err(segment_error(batches.path(), "an entry does not have its number"));
                }
            }
        }
    }
    Ok(())
}

fn read_normals<const KIND: u8>(
    folder: &Path,
    from: &Unfinished,
    into: &mut NormalDictionary,
) -> Result<(), StoreError> {
    read::<NormalEntry<KIND>>(folder, from, &mut |e| into.entry(&e.normal) == e.number)
}

impl Checkpoints<'_> {
    /// Makes everything up to a cut safe, with the mark by which reading goes on behind it.
    ///
    /// # Errors   the disk's; what earlier checkpoints made safe stands
    pub fn make(&mut self, cut: Cut, mark: Mark) -> Result<(), StoreError> {
        let account = cut.account;
        let mut fresh = Vec::new();
        let folder = self.store.folder(SEGMENTS);
        for sealed in cut.finish()? {
            let number = self.next(sealed.records, &fresh);
            let (piece, file) = sealed.name(number, unfinished_name);
            file.place(&folder.join(&piece.file))?;
            fresh.push(piece);
        }
        fresh.push(self.write(NOTE, self.next(NOTE, &fresh), &mark.note)?);
        self.commit(fresh, account, mark.bytes, mark.prefix)
    }

    /// Discards what stands of an unfinished load, and notes what the reading of this one was decided on, so that the
    /// pass that decided it is not made again.
    pub fn decided(&mut self, basis: &[u8]) -> Result<(), StoreError> {
        self.begun = false;
        self.pieces.clear();
        let piece = self.write(BASIS, 0, basis)?;
        self.commit(vec![piece], Account::default(), 0, None)
    }

    fn next(&self, records: &str, fresh: &[SegmentRow]) -> u32 {
        let all = self.pieces.iter().chain(fresh).filter(|piece| piece.records == records);
        all.map(|piece| piece.number + 1).max().unwrap_or(0)
    }

    fn write(&self, records: &str, number: u32, bytes: &[u8]) -> Result<SegmentRow, StoreError> {
        let folder = self.store.folder(SEGMENTS);
        let mut file = self.store.disk.create(&folder)?;
        file.write_all(bytes).map_err(crate::error::io_at("write", &folder))?;
        let file = file.finish()?;
        let (sha256, bytes) = (file.digest.to_hex(), file.bytes);
        let name = unfinished_name(records, number, &sha256);
        file.place(&folder.join(&name))?;
        let records = records.to_owned();
        Ok(SegmentRow { records, number, file: name, bytes, sha256, row_count: 0, first_row: 0, last_row: 0 })
    }

    fn commit(
        &mut self,
        fresh: Vec<SegmentRow>,
        account: Account,
        bytes: u64,
        prefix: Option<Digest>,
    ) -> Result<(), StoreError> {
        self.store.disk.sync_dir(&self.store.folder(SEGMENTS))?;
        let mut left = self.store.transaction(|tx| {
            let left = if self.begun { Vec::new() } else { end(tx, "", true)? };
            self.write_rows(tx, &fresh, account, bytes, prefix)?;
            Ok(left)
        })?;
        left.retain(|name| fresh.iter().all(|piece| piece.file != *name));
        remove(self.store, &left);
        self.pieces.extend(fresh);
        self.begun = true;
        Ok(())
    }

    fn write_rows(
        &self,
        tx: &Transaction<'_>,
        fresh: &[SegmentRow],
        account: Account,
        bytes: u64,
        prefix: Option<Digest>,
    ) -> rusqlite::Result<()> {
        let Self { spec, .. } = self;
        tx.execute(
            "INSERT OR REPLACE INTO unfinished (one, original_path, size, digest, mapping_hash, parser_version, plan,
                bytes, prefix, calls, transfers, mentions, refused, first_us, last_us)
             VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                spec.original_path,
                number(spec.size),
                self.digest.map(|d| d.to_hex()),
                spec.mapping_hash.to_hex(),
                spec.parser_version,
                self.plan.to_hex(),
                number(bytes),
                prefix.map(|d| d.to_hex()),
                number(account.calls),
                number(account.transfers),
                number(account.mentions),
                number(account.refused),
                account.span.map(|s| s.0),
                account.span.map(|s| s.1),
            ],
        )?;
        for piece in fresh {
            tx.execute(
                "INSERT INTO unfinished_segment (records, number, file, bytes, sha256, row_count, first_row, last_row)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                params![
                    piece.records,
                    piece.number,
                    piece.file,
                    number(piece.bytes),
                    piece.sha256,
                    number(piece.row_count),
                    piece.first_row,
                    piece.last_row
                ],
            )?;
        }
        Ok(())
    }
}

/// Ends an unfinished load: that of a path, or whatever there is.
///
/// # Returns  the files that no row names any more
pub(crate) fn end(tx: &Transaction<'_>, path: &str, any: bool) -> rusqlite::Result<Vec<String>> {
    let ended = tx.execute("DELETE FROM unfinished WHERE ?1 OR original_path = ?2", params![any, path])?;
    if ended == 0 {
        return Ok(Vec::new());
    }
    let mut query = tx.prepare("DELETE FROM unfinished_segment RETURNING file")?;
    let files = query.query_map([], |row| row.get(0))?;
    files.collect()
}

/// Removes files that no row names any more. What is left of them, the next writer sweeps.
pub(crate) fn remove(store: &CaseStore, files: &[String]) {
    for file in files {
        let _ = store.disk.remove(&store.folder(SEGMENTS).join(file));
    }
}

/// The rows of an unfinished load of such a file, its pieces in order.
fn find(conn: &Connection, spec: &LoadSpec) -> rusqlite::Result<Option<Unfinished>> {
    let found = conn
        .query_row(
            "SELECT digest, plan, bytes, prefix, calls, transfers, mentions, refused, first_us, last_us FROM unfinished
             WHERE size = ? AND mapping_hash = ? AND parser_version = ?",
            params![number(spec.size), spec.mapping_hash.to_hex(), spec.parser_version],
            |row| {
                Ok(Unfinished {
                    digest: digest(row, 0)?,
                    plan: parsed(row, 1, Digest::from_hex)?,
                    bytes: count(row, 2)?,
                    prefix: digest(row, 3)?,
                    account: Account {
                        calls: count(row, 4)?,
                        transfers: count(row, 5)?,
                        mentions: count(row, 6)?,
                        refused: count(row, 7)?,
                        span: row.get::<_, Option<i64>>(8)?.zip(row.get(9)?),
                    },
                    notes: Vec::new(),
                    basis: None,
                    pieces: Vec::new(),
                })
            },
        )
        .optional()?;
    let Some(mut found) = found else { return Ok(None) };
    let mut query = conn.prepare(
        "SELECT records, number, file, bytes, sha256, row_count, first_row, last_row FROM unfinished_segment
         ORDER BY records, number",
    )?;
    let pieces = query.query_map([], |row| segment_row(row, 0))?;
    found.pieces = pieces.collect::<rusqlite::Result<_>>()?;
    Ok(Some(found))
}

fn digest(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Digest>> {
    match row.get::<_, Option<String>>(column)? {
        None => Ok(None),
        Some(_) => parsed(row, column, Digest::from_hex).map(Some),
    }
}
