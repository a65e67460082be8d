//! Large tables of calls, chunk by chunk on all threads, in one pass over the file.
//!
//! What only the whole table can decide ([`Reading`](crate::reading::Reading)) is supposed from its beginning, and
//! checked at the end against the evidence of every row: where it was otherwise, nothing of the pass is used. So
//! the file is read once, and no value rests on a sample.
//!
//! Each chunk goes through five hands: read and hashed in order; parsed on its own; collected in order, where lines
//! and texts get their numbers; encoded on its own; written in order. What is stored does not show how many threads
//! there were, and is what reading row by row would have stored.

mod chunk;
mod collect;
mod harvest;
mod moment;
mod numbers;
mod parse;
mod settled;
mod tail;

pub(crate) use settled::Settled;

use crate::error::IngestError;
use crate::evidence::Evidence;
use crate::order::{self, Ordered, Watch};
use crate::reader::text::LineError;
use crate::repeated::KeyCounts;
use chunk::{ChunkError, ChunkReader};
use collect::Collector;
use harvest::{GiveUp, Harvest};
use model::provenance::Digest;
use model::record::RefusalReason;
use model::run::RunContext;
use numbers::Numbers;
use parse::{Parsed, Worker};
use std::fs::File;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use store::calls::CallEncoder;
use store::load::Load;
use store::receipt::LoadReceipt;

/// What a pass over a file found.
pub(crate) struct Outcome {
    pub(crate) receipt: LoadReceipt,
    pub(crate) evidence: Evidence,
    pub(crate) keys: Option<KeyCounts>,
    pub(crate) first_refused: Option<(u32, RefusalReason)>,
    /// SHA-256 of the file, where it was hashed on the way.
    pub(crate) digest: Option<Digest>,
    pub(crate) bytes: u64,
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

/// Reads a table into a load.
///
/// # Arguments   `bom`: bytes of the byte order mark; `hash`: whether the file is to be hashed;
///  `keys`: whether rows are to be compared with those of other sources
/// # Returns     `None` where the file turns out to be one that must be read row by row; the load is then spoilt
#[expect(clippy::too_many_arguments, reason = "one call site; each is a different thing")]
pub(crate) fn read(
    settled: &Settled<'_>,
    path: &Path,
    readable: &Path,
    bom: u8,
    hash: bool,
    keys: Option<KeyCounts>,
    load: &mut Load<'_>,
    table: usize,
    context: &RunContext<'_>,
) -> Result<Option<Outcome>, IngestError> {
    let io = |source| IngestError::Io { path: path.to_owned(), source };
    let open = || File::open(readable).map_err(io);
    let reader = Mutex::new(ChunkReader::new(open()?, hash));
    let aside = open()?;
    let sheet = std::mem::take(load.call_sheet(table)?);
    let encoder = load.call_encoder(table)?;
    let collector = Ordered::new(Collector::new(settled, sheet, keys));
    let writer = Ordered::new(Writer { load, table });
    let job = Job {
        settled,
        path,
        bom,
        aside: &aside,
        reader: &reader,
        collector: &collector,
        writer: &writer,
        encoder,
        context,
    };
    let threads = order::threads();
    let failed: Mutex<Option<Stopped>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                if let Err(stopped) = job.work() {
                    collector.stop();
                    writer.stop();
                    failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(stopped);
                }
            });
        }
    });
    let mut collector = collector.into_inner();
    let Writer { load, .. } = writer.into_inner();
    *load.call_sheet(table)? = std::mem::take(&mut collector.sheet);
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(Stopped::Error(error)) => return Err(error),
        Some(Stopped::Unfit) => return Ok(None),
        None => {}
    }
    std::mem::swap(&mut collector.sheet, load.call_sheet(table)?);
    collector.finish();
    std::mem::swap(&mut collector.sheet, load.call_sheet(table)?);
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
        as_supposed,
    }))
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
    encoder: CallEncoder,
    context: &'j RunContext<'j>,
}

impl Job<'_, '_, '_, '_> {
    /// Takes chunks until there are no more.
    fn work(&self) -> Result<(), Stopped> {
        let (_first, _second) = (Watch(self.collector), Watch(self.writer));
        let mut worker = Worker::new(self.settled);
        let mut numbers = Numbers::default();
        let mut parsed = Parsed::default();
        loop {
            if self.context.is_cancelled() {
                return Err(Stopped::Error(IngestError::Cancelled { path: self.path.to_owned() }));
            }
            let bytes = std::mem::take(&mut parsed.chunk.bytes);
            let next = self.reader.lock().unwrap_or_else(PoisonError::into_inner).next(bytes);
            let Some(chunk) = next.map_err(|e| self.unread(e))? else { return Ok(()) };
            let heading = chunk.index == 0;
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
            let Harvest { rows, refused, offsets, lines } = harvest;
            let read = (rows.len() + refused.len()) as u64;
            let group = self.encoder.encode(&rows).map_err(|e| Stopped::Error(e.into()))?;
            let written = self.writer.run(index, |writer| {
                let Writer { load, table } = writer;
                load.push_refused(*table, refused)?;
                load.push_offsets(*table, offsets)?;
                load.push_lines(*table, lines)?;
                if let Some(group) = group {
                    load.append_calls(*table, group)?;
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
pub(crate) mod tests;
