//! The second pass over a table: its rows become records, on all threads, and go to the store in order.

use super::{CHUNK, SHEET_GROUP};
use crate::error::IngestError;
use crate::evidence::Evidence;
use crate::judge::{Judge, Verdict};
use crate::line::{Script, pieces, verbatim};
use crate::mapping::Mapping;
use crate::plan::Planned;
use crate::reader::Row;
use crate::reader::encoding::Encoding;
use crate::repeated::KeyCounts;
use crate::rows::{Block, Blocks, Headers, each};
use crate::table::Columns;
use crate::transfers;
use crate::written::{Places, written};
use model::ids::{RecordRef, SourceId};
use model::record::{CallRecord, MentionRecord, RefusalReason, RefusedRow, TableKind, TransferRecord};
use model::run::RunContext;
use std::path::Path;
use std::sync::Arc;
use store::calls::Written;
use store::load::Load;
use store::receipt::LoadReceipt;

/// What the rows of a table, or of a block of it, came to; `kept` still includes what is repeated.
#[derive(Default)]
pub(super) struct Read {
    pub(super) receipt: LoadReceipt,
    pub(super) keys: KeyCounts,
    pub(super) first_refused: Option<(u32, RefusalReason)>,
    /// What the rows say of how they are to be read, where that is observed.
    pub(super) evidence: Evidence,
    /// Whether it was read to its end: a further header that the plan does not know of ends what is observed.
    pub(super) is_whole: bool,
}

/// A table on its way into a load.
pub(super) struct Reading<'r> {
    pub(super) planned: &'r Planned,
    pub(super) path: &'r Path,
    /// Whether rows are compared with those of other tables.
    pub(super) compared: bool,
    /// The mapping and the number in the file's name, where the first pass is made up for on the way.
    pub(super) observing: Option<(&'r Mapping, Option<&'r str>)>,
}

/// Records of a block, on their way to the store.
#[derive(Default)]
struct Records {
    read: Read,
    /// With the byte at which the row begins.
    calls: Vec<(u64, CallRecord, Written)>,
    transfers: Vec<TransferRecord>,
    mentions: Vec<MentionRecord>,
    refused: Vec<RefusedRow>,
    lines: Vec<(u32, Line)>,
    offsets: Vec<(u32, u64)>,
    step: u64,
}

/// Bytes of the file that no record gives back.
enum Line {
    Bytes(Vec<u8>),
    /// A piece of a row that is too long to be held: where it begins, and how long it is.
    Piece(u64, usize),
}

/// Bytes of lines handed to the store at once.
const MOST_BYTES: usize = 4 << 20;

/// What a thread keeps from block to block.
struct Worker<'r> {
    judge: Judge<'r>,
    places: Places,
    columns: Option<Arc<Columns>>,
}

impl Reading<'_> {
    /// Reads the table into a load, or for nothing but its account.
    pub(super) fn read(
        &self,
        load: &mut Option<&mut Load<'_>>,
        index: usize,
        context: &RunContext<'_>,
    ) -> Result<Read, IngestError> {
        let p = self.planned;
        let headers = match self.observing {
            Some((mapping, _)) => Headers::Barred(mapping),
            None => Headers::Known(&p.evidence.headers),
        };
        let mut out = Read::default();
        if let Some((_, name_number)) = self.observing {
            out.evidence = Evidence::looking_for(name_number);
        }
        if let (Some(load), Some(holder)) = (load.as_deref_mut(), self.holder()) {
            load.push_mentions(index, vec![holder])?;
        }
        let blocks = Blocks::new(p.table.as_ref(), &p.layout, headers)?;
        let (mut group, mut step) = (0u64, 0u64);
        let blocks = each(
            blocks,
            (self.path, p.table.extent()),
            context,
            || Worker { judge: Judge::new(p), places: Places::of(&p.layout.columns), columns: None },
            |worker, block| self.judge(worker, block),
            |records: Records| {
                context.progress.rows(records.read.receipt.read);
                let kept = out.receipt.kept;
                out.add(records.read);
                let Some(load) = load.as_deref_mut() else { return Ok(()) };
                if records.step != step {
                    step = records.step;
                    let cut = load.cut(index, None)?;
                    load.seal(index, cut)?;
                }
                for (nth, (offset, call, written)) in (kept..).zip(&records.calls) {
                    let text = !p.table.encoding().is_empty();
                    let here = if text { offset / CHUNK } else { nth / SHEET_GROUP };
                    if here != group {
                        group = here;
                        load.cut_calls(index)?;
                    }
                    load.push_call(index, call, written)?;
                }
                load.push_transfers(index, records.transfers)?;
                load.push_mentions(index, records.mentions)?;
                load.push_refused(index, records.refused)?;
                load.push_offsets(index, records.offsets)?;
                self.push_lines(load, index, records.lines)
            },
        )?;
        out.is_whole = self.observing.is_none() || blocks.found().is_empty();
        Ok(out)
    }

    fn push_lines(
        &self,
        load: &mut Load<'_>,
        index: usize,
        lines: Vec<(u32, Line)>,
    ) -> Result<(), IngestError> {
        let (mut ready, mut weight) = (Vec::new(), 0);
        for (row, line) in lines {
            let bytes = match line {
                Line::Bytes(bytes) => bytes,
                Line::Piece(at, length) => self.planned.table.bytes_at(at, length)?,
            };
            weight += bytes.len();
            ready.push((row, bytes));
            if weight > MOST_BYTES {
                load.push_lines(index, std::mem::take(&mut ready))?;
                weight = 0;
            }
        }
        Ok(load.push_lines(index, ready)?)
    }

    /// The person whom the letterhead names.
    fn holder(&self) -> Option<MentionRecord> {
        let p = self.planned;
        let record = RecordRef { source: SourceId::default(), row: 0 };
        match p.layout.kind {
            _ if !p.recognised => None,
            TableKind::Entities => None,
            kind => transfers::letterhead_holder(
                &p.layout.letterhead,
                &p.reading,
                record,
                kind == TableKind::Calls,
            ),
        }
    }

    /// Judges the rows of a block.
    fn judge(&self, worker: &mut Worker<'_>, block: Block) -> Result<Records, IngestError> {
        let p = self.planned;
        let mut out = Records::default();
        if let Some((_, name_number)) = self.observing {
            out.read.evidence = Evidence::looking_for(name_number);
            block.observe(&p.layout, &mut out.read.evidence);
        }
        if worker.columns.as_ref().is_none_or(|columns| !Arc::ptr_eq(columns, &block.columns)) {
            worker.judge.columns = (*block.columns).clone();
            worker.places = Places::of(&block.columns);
            worker.columns = Some(block.columns.clone());
        }
        out.offsets = block.offsets;
        out.step = block.step;
        // What is no text has no lines.
        let encoding = Encoding::parse(p.table.encoding());
        let script = Script::of(p.table.encoding(), &p.table.delimiter());
        for row in block.rows {
            self.judge_row(worker, row, encoding, script.as_ref(), &mut out)?;
        }
        Ok(out)
    }

    fn judge_row(
        &self,
        worker: &mut Worker<'_>,
        row: Row,
        encoding: Option<Encoding>,
        script: Option<&Script>,
        out: &mut Records,
    ) -> Result<(), IngestError> {
        let p = self.planned;
        let record = RecordRef { source: SourceId::default(), row: row.line };
        if row.line == 1 && row.offset > 0 {
            let head = usize::try_from(row.offset).unwrap_or(usize::MAX);
            out.lines.push((0, Line::Bytes(p.table.bytes_at(0, head)?)));
        }
        let verdict = worker.judge.judge(&row, record);
        if !matches!(verdict, Verdict::Call(_) | Verdict::Refused(_))
            && let Some(encoding) = encoding
        {
            out.lines.push((row.line, Line::Bytes(verbatim(encoding, &row))));
        }
        let receipt = &mut out.read.receipt;
        if matches!(verdict, Verdict::Other) {
            receipt.other += u64::from(row.lines);
            return Ok(());
        }
        receipt.read += 1;
        receipt.other += u64::from(row.lines) - 1;
        receipt.kept += u64::from(!matches!(verdict, Verdict::Refused(_)));
        let keys = &mut out.read.keys;
        match verdict {
            Verdict::Other => {}
            Verdict::Refused(refusal) => {
                receipt.refused += 1;
                out.read.first_refused.get_or_insert((row.line, refusal.reason));
                for (at, length) in pieces(&row) {
                    out.lines.push((row.line, Line::Piece(at, length)));
                }
                out.refused.push(refusal.of(row, record));
            }
            Verdict::Call(call) => {
                if self.compared {
                    keys.add_call(&call);
                }
                let written = written(&row, &worker.places, &p.reading, script, &call);
                if let Some(encoding) = encoding.filter(|_| written.line.is_none()) {
                    out.lines.push((row.line, Line::Bytes(verbatim(encoding, &row))));
                }
                out.calls.push((row.offset, *call, written));
            }
            Verdict::Transfer(transfer, mentions) => {
                if self.compared {
                    keys.add_transfer(&transfer);
                }
                out.transfers.push(*transfer);
                out.mentions.extend(mentions);
            }
            Verdict::Mention(mention) => {
                if self.compared {
                    keys.add_mention(&mention);
                }
                out.mentions.push(*mention);
            }
        }
        Ok(())
    }
}

impl Read {
    /// Goes on with the rows that follow.
    fn add(&mut self, later: Self) {
        let Self { receipt, keys, first_refused, evidence, is_whole: _ } = later;
        self.receipt.read += receipt.read;
        self.receipt.kept += receipt.kept;
        self.receipt.refused += receipt.refused;
        self.receipt.other += receipt.other;
        self.keys.append(keys);
        self.first_refused = self.first_refused.or(first_refused);
        self.evidence.merge(evidence);
    }
}
