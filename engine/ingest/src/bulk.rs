//! Large tables of calls, chunk by chunk on all threads, in one pass over the file.
//!
//! What only the whole table can decide ([`Reading`](crate::reading::Reading)) is supposed from its beginning, and
//! checked at the end against the evidence of every row: where it was otherwise, nothing of the pass is used. So
//! the file is read once, and no value rests on a sample.
//!
//! Each chunk goes through five hands: read and hashed in order; parsed on its own; collected in order, where lines
//! and texts get their numbers; encoded on its own; written in order. What is stored does not show how many threads
//! there were, and is what reading row by row would have stored.
//!
//! Segments end where a share of the file ends, and a checkpoint makes them safe while reading goes on. A pass that was
//! interrupted goes on behind the last one.

mod checkpoint;
mod chunk;
mod collect;
mod harvest;
mod moment;
mod numbers;
mod parse;
mod settled;
mod standing;
mod tail;

pub(crate) use settled::Settled;

use crate::error::IngestError;
use crate::evidence::Evidence;
use crate::open;
use crate::order::{self, Ordered, Stops, Watch};
use crate::reader::text::LineError;
use crate::repeated::KeyCounts;
use checkpoint::{Due, Gate};
use chunk::{ChunkError, ChunkReader, Place};
use collect::Collector;
use harvest::{GiveUp, Harvest};
use model::provenance::Digest;
use model::record::RefusalReason;
use model::run::{RunContext, Unit};
use numbers::Numbers;
use parse::{Parsed, Worker};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::path::Path;
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Mutex, PoisonError};
use store::calls::CallEncoder;
use store::load::Load;
use store::receipt::LoadReceipt;
use store::unfinished::Unfinished;

/// What a pass over a file found.
pub(crate) struct Outcome {
    pub(crate) receipt: LoadReceipt,
    pub(crate) evidence: Evidence,
    pub(crate) keys: Option<KeyCounts>,
    pub(crate) first_refused: Option<(u32, RefusalReason)>,
    /// SHA-256 of the file, where it was hashed on the way.
    pub(crate) digest: Option<Digest>,
    pub(crate) bytes: u64,
    /// Of them, those that an interrupted load had read.
    pub(crate) resumed: u64,
    /// Whether the bytes are what the plan supposed: UTF-8 or ASCII, and text.
    pub(crate) as_supposed: bool,
}

/// Why a pass gave nothing.
enum Stopped {
    Error(IngestError),
    /// The file is of a kind that is read row by row.
    Unfit,
}

struct Writer<'w, 'l> {
    load: &'w mut Load<'l>,
    table: usize,
}

/// A pass over a file into the first table of a load.
pub(crate) struct Pass<'p> {
    pub(crate) settled: &'p Settled<'p>,
    pub(crate) path: &'p Path,
    pub(crate) readable: &'p Path,
    /// Bytes of the byte order mark.
    pub(crate) bom: u8,
    /// SHA-256 of the file; where it is not known, the file is hashed on the way.
    pub(crate) digest: Option<Digest>,
    /// Whether rows are to be compared with those of other sources.
    pub(crate) compared: bool,
    pub(crate) context: &'p RunContext<'p>,
}

/// Where a pass begins.
type Start<'p> = (Collector<'p>, ChunkReader, u64);

/// The table of the load that a pass fills.
const TABLE: usize = 0;

impl<'p> Pass<'p> {
    /// Reads the table into a load, from where an unfinished load of the same plan stands.
    ///
    /// # Returns     `None` where the file turns out to be one that must be read row by row; the load is then spoilt
    pub(crate) fn read(
        &self,
        load: &mut Load<'_>,
        unfinished: Option<Unfinished>,
    ) -> Result<Option<Outcome>, IngestError> {
        let Self { settled, path, context, .. } = *self;
        let begun = match &unfinished {
            Some(from) => self.begun(load, from)?,
            None => None,
        };
        // Notes or segments that are not as they should be: from the beginning, as if nothing stood.
        let stands = unfinished.filter(|from| begun.is_some() || from.notes.is_empty());
        if begun.is_none() {
            load.begin_again(TABLE)?;
        }
        let (collector, reader, resumed) = match begun {
            Some(start) => start,
            None => {
                let sheet = std::mem::take(load.call_sheet(TABLE)?);
                let reader = ChunkReader::new(self.open()?, self.digest.is_none());
                (Collector::new(settled, sheet, self.keys()), reader, 0)
            }
        };
        let mut checkpoints = load.checkpoints(settled.plan(), self.digest, stands.as_ref());
        context.progress.begin("read", Some(settled.extent()), Unit::Bytes);
        context.progress.advance(resumed);
        let aside = self.open()?;
        let encoder = load.call_encoder(TABLE)?;
        let reader = Mutex::new(reader);
        let collector = Ordered::new(collector);
        let writer = Ordered::new(Writer { load, table: TABLE });
        let gate = Gate::new(resumed);
        let job = Job {
            settled,
            path,
            bom: self.bom,
            aside: &aside,
            reader: &reader,
            collector: &collector,
            writer: &writer,
            gate: &gate,
            encoder,
            context,
        };
        let failed: Mutex<Option<Stopped>> = Mutex::new(None);
        let fail = |stopped| {
            collector.stop();
            writer.stop();
            gate.stop();
            failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(stopped);
        };
        std::thread::scope(|scope| {
            let (send, due) = mpsc::sync_channel(1);
            scope.spawn(|| {
                let due = due;
                if let Err(error) = checkpoint::make(&mut checkpoints, &due, &gate) {
                    fail(Stopped::Error(error.into()));
                }
            });
            for _ in 0..order::threads() {
                let send = send.clone();
                let (job, fail) = (&job, &fail);
                scope.spawn(move || {
                    if let Err(stopped) = job.work(&send) {
                        fail(stopped);
                    }
                });
            }
            drop(send);
        });
        context.progress.end();
        let mut collector = collector.into_inner();
        let Writer { load, .. } = writer.into_inner();
        match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(Stopped::Error(error)) => return Err(error),
            Some(Stopped::Unfit) => return Ok(None),
            None => {}
        }
        collector.finish();
        *load.call_sheet(TABLE)? = std::mem::take(&mut collector.sheet);
        load.take_checkpoints(TABLE, checkpoints)?;
        let reader = reader.into_inner().unwrap_or_else(PoisonError::into_inner);
        let bytes = reader.read;
        let text = collector.controls * 50 <= bytes;
        let as_supposed = text && (collector.ascii || !settled.is_utf8() || collector.valid);
        Ok(Some(Outcome {
            receipt: collector.receipt,
            evidence: collector.evidence,
            keys: collector.keys,
            first_refused: collector.first_refused,
            digest: reader.digest().map(Digest),
            bytes,
            resumed,
            as_supposed,
        }))
    }

    fn open(&self) -> Result<File, IngestError> {
        File::open(self.readable).map_err(|source| self.unread(source))
    }

    fn unread(&self, source: std::io::Error) -> IngestError {
        IngestError::Io { path: self.path.to_owned(), source }
    }

    fn keys(&self) -> Option<KeyCounts> {
        self.compared.then(KeyCounts::default)
    }

    /// Takes up an unfinished load, if this is the file that it was of; `None` where it is not, or holds nothing.
    fn begun(&self, load: &mut Load<'_>, from: &Unfinished) -> Result<Option<Start<'p>>, IngestError> {
        let Some(hasher) = self.proven(from)? else { return Ok(None) };
        if from.notes.is_empty() || load.go_on(TABLE, from).is_err() {
            return Ok(None);
        }
        let sheet = std::mem::take(load.call_sheet(TABLE)?);
        let mut collector = Collector::new(self.settled, sheet, self.keys());
        let Some((at, alone)) = collector.take_up(&from.notes) else { return Ok(None) };
        if collector.recount(load, TABLE, &alone).is_err() {
            return Ok(None);
        }
        let place = Place { at, read: from.bytes, prefix: None };
        let reader = ChunkReader::resumed(self.open()?, hasher, place).map_err(|e| self.unread(e))?;
        Ok(Some((collector, reader, at)))
    }

    /// Whether what was read of an unfinished load stands in this file too: its hash is taken anew.
    ///
    /// # Returns     the hash so far, where the file is hashed on the way
    fn proven(&self, from: &Unfinished) -> Result<Option<Option<Sha256>>, IngestError> {
        let Some(prefix) = from.prefix else {
            return Ok((from.digest.is_some() && from.digest == self.digest).then_some(None));
        };
        let Self { readable, context, .. } = *self;
        let hasher = open::shown(context, Some(from.bytes), |progress| {
            open::hash_beginning(readable, from.bytes, progress)
        })?;
        let same = Digest(hasher.clone().finalize().into()) == prefix;
        Ok(same.then(|| self.digest.is_none().then_some(hasher)))
    }
}

struct Job<'j, 's, 'w, 'l> {
    settled: &'s Settled<'s>,
    path: &'j Path,
    bom: u8,
    /// The file once more, for rows that go on beyond their chunk.
    aside: &'j File,
    reader: &'j Mutex<ChunkReader>,
    collector: &'j Ordered<Collector<'s>>,
    writer: &'j Ordered<Writer<'w, 'l>>,
    gate: &'j Gate,
    encoder: CallEncoder,
    context: &'j RunContext<'j>,
}

impl Job<'_, '_, '_, '_> {
    /// Takes chunks until there are no more.
    fn work(&self, due: &SyncSender<Due>) -> Result<(), Stopped> {
        let _watches = (Watch(self.collector), Watch(self.writer), Watch(self.gate));
        let mut worker = Worker::new(self.settled);
        let mut numbers = Numbers::default();
        let mut parsed = Parsed::default();
        loop {
            if self.context.is_cancelled() {
                return Err(Stopped::Error(IngestError::Cancelled { path: self.path.to_owned() }));
            }
            let bytes = std::mem::take(&mut parsed.chunk.bytes);
            let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
            // At the end nothing is waited for: no checkpoint follows the last chunk.
            if reader.has_more() && !self.gate.wait(reader.at) {
                return Ok(());
            }
            let next = reader.next(bytes);
            drop(reader);
            let Some(chunk) = next.map_err(|e| self.unread(e))? else { return Ok(()) };
            let heading = chunk.start == 0;
            let from = if heading { u64::from(self.bom) } else { chunk.start };
            let (index, length) = (chunk.index, chunk.len as u64);
            parsed.chunk = chunk;
            worker.parse(&mut parsed, from, heading, self.aside).map_err(|e| self.unread_line(e))?;
            let collected = self.collector.run(index, |collector| {
                collector.collect(&mut parsed, &mut worker, &mut numbers, self.aside)
            });
            let Some(collected) = collected else { return Ok(()) };
            let harvest = collected.map_err(|e| match e {
                GiveUp::Line(error) => self.unread_line(error),
                GiveUp::Headers => Stopped::Unfit,
            })?;
            let Harvest { rows, refused, offsets, lines, mark } = harvest;
            let read = (rows.len() + refused.len()) as u64;
            let group = self.encoder.encode(rows).map_err(|e| Stopped::Error(e.into()))?;
            let written = self.writer.run(index, |writer| {
                let Writer { load, table } = writer;
                load.push_refused(*table, refused)?;
                load.push_offsets(*table, offsets)?;
                load.push_lines(*table, lines)?;
                if let Some(group) = group {
                    load.append_calls(*table, group)?;
                }
                if let Some((entered, mark, offset)) = mark {
                    let cut = load.cut(*table, Some(entered))?;
                    // Nobody takes it where making one failed, and then nobody goes on.
                    let _ = due.send((cut, mark, offset));
                }
                Ok(())
            });
            let Some(written) = written else { return Ok(()) };
            written.map_err(|e: store::error::StoreError| Stopped::Error(e.into()))?;
            self.context.progress.advance(length);
            self.context.progress.rows(read);
        }
    }

    fn unread(&self, error: ChunkError) -> Stopped {
        match error {
            ChunkError::Io(source) => Stopped::Error(IngestError::Io { path: self.path.to_owned(), source }),
            ChunkError::LongLine => Stopped::Unfit,
        }
    }

    fn unread_line(&self, error: LineError) -> Stopped {
        Stopped::Error(match error {
            LineError::Io(source) => IngestError::Io { path: self.path.to_owned(), source },
            LineError::TooMany => IngestError::TooManyRows { path: self.path.to_owned() },
        })
    }
}

#[cfg(test)]
mod interrupted;
#[cfg(test)]
pub(crate) mod tests;
