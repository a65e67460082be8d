//! The seized file again, byte for byte, from what the case keeps of it and without its original.
//!
//! Every row of a text lies in exactly one place: its bytes in the table of lines, or a refused row, or a record with
//! the form of its line. Put together in the order of rows they are the file; that its SHA-256 is the one that was
//! taken at the seizure proves that nothing was left out and nothing changed.
//!
//! A workbook is not rebuilt: its cells are kept, its bytes are those of the program that packed them.

use crate::error::IngestError;
use crate::line::line;
use crate::reader::encoding::Encoding;
use model::ids::SourceId;
use model::provenance::Digest;
use model::record::{CallRecord, RefusedRow};
use sha2::{Digest as _, Sha256};
use std::io::Write;
use store::calls::Written;
use store::error::StoreError;
use store::receipt::SourceEntry;
use store::snapshot::Snapshot;

/// What was rebuilt of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// Bytes.
    pub bytes: u64,
    /// Their SHA-256.
    pub digest: Digest,
}

/// The first parser that kept whole files.
const SINCE: u32 = 4;

/// Whether a source can be rebuilt: text that was loaded by a parser that kept all of it.
pub fn can_be_rebuilt(source: &SourceEntry) -> bool {
    source.parser_version >= SINCE && !source.encoding.is_empty()
}

/// Whether a source is a file of its own, whose SHA-256 is that of its key; others are members of archives.
pub fn is_a_file(source: &SourceEntry) -> bool {
    source.key.sheet.is_empty()
}

/// Writes the text of a source as it stood in the file, from its segments alone.
///
/// # Errors
/// [`IngestError::NotRebuilt`] for a source that [`can_be_rebuilt`] says no of, or whose rows do not make lines;
/// [`IngestError::Io`] where it cannot be written.
/// # Complexity
/// One pass over the segments of the source; its dictionaries are held.
pub fn rebuild(snapshot: &Snapshot, source: SourceId, out: &mut dyn Write) -> Result<Rebuilt, IngestError> {
    let entry = snapshot.source(source).filter(|entry| can_be_rebuilt(entry));
    let gone = || IngestError::NotRebuilt {
        source_key: snapshot.source(source).map_or_else(String::new, |entry| entry.key.short()),
    };
    let entry = entry.ok_or_else(gone)?;
    let encoding = Encoding::parse(&entry.encoding).ok_or_else(gone)?;
    let mut lines = Ahead::new(snapshot.lines(source));
    let mut refused = Ahead::new(snapshot.refused_of(source));
    let made = |records: Vec<CallRecord>, written: Vec<Written>| -> Vec<(u32, Option<Vec<u8>>)> {
        let lines = records.iter().zip(&written);
        lines.map(|(call, written)| (call.record.row, line(encoding, call, written))).collect()
    };
    let mut calls = Ahead::new(snapshot.written_calls(source, &made)?);
    let mut out =
        Sink { out, hasher: Sha256::new(), waiting: Vec::with_capacity(2 * BLOCK), bytes: 0, entry };
    loop {
        let at = [
            lines.peek()?.map(|(row, _): &(u32, Vec<u8>)| *row),
            refused.peek()?.map(|r: &RefusedRow| r.record.row),
            calls.peek()?.map(|(row, _): &(u32, Option<Vec<u8>>)| *row),
        ];
        let Some(row) = at.into_iter().flatten().min() else { break };
        let mut verbatim = false;
        while let Some((_, raw)) = lines.next_if(|(at, _)| *at == row)? {
            verbatim = true;
            out.write(&raw)?;
        }
        if let Some(refused) = refused.next_if(|r| r.record.row == row)?
            && !verbatim
        {
            verbatim = true;
            out.write(&refused.raw)?;
            out.write(encoding.line_end(refused.line_end))?;
        }
        if let Some((_, line)) = calls.next_if(|(at, _)| *at == row)?
            && !verbatim
        {
            out.write(&line.ok_or_else(gone)?)?;
        }
    }
    out.flush()?;
    Ok(Rebuilt { bytes: out.bytes, digest: Digest(out.hasher.finalize().into()) })
}

/// Bytes that are hashed and written at once.
const BLOCK: usize = 256 << 10;

/// Counts and hashes what passes.
struct Sink<'a> {
    out: &'a mut dyn Write,
    hasher: Sha256,
    waiting: Vec<u8>,
    bytes: u64,
    entry: &'a SourceEntry,
}

impl Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), IngestError> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= BLOCK { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), IngestError> {
        self.hasher.update(&self.waiting);
        self.bytes += self.waiting.len() as u64;
        self.out
            .write_all(&self.waiting)
            .map_err(|source| IngestError::Io { path: self.entry.name.clone().into(), source })?;
        self.waiting.clear();
        Ok(())
    }
}

/// Records one by one, of which the next can be looked at.
struct Ahead<T, I> {
    batches: I,
    batch: std::iter::Peekable<std::vec::IntoIter<T>>,
}

impl<T, I: Iterator<Item = Result<Vec<T>, StoreError>>> Ahead<T, I> {
    fn new(batches: I) -> Self {
        Self { batches, batch: Vec::new().into_iter().peekable() }
    }

    fn peek(&mut self) -> Result<Option<&T>, StoreError> {
        while self.batch.peek().is_none() {
            match self.batches.next() {
                Some(batch) => self.batch = batch?.into_iter().peekable(),
                None => return Ok(None),
            }
        }
        Ok(self.batch.peek())
    }

    fn next_if(&mut self, wanted: impl FnOnce(&T) -> bool) -> Result<Option<T>, StoreError> {
        self.peek()?;
        Ok(self.batch.next_if(wanted))
    }
}
