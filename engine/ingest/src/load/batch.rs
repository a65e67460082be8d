//! Records of a table on their way to the store, some thousands at a time.

use crate::error::IngestError;
use model::record::{CallRecord, MentionRecord, RefusedRow, TransferRecord};
use store::calls::Written;
use store::load::Load;

/// Records handed to the store at once.
const MOST: usize = 4_096;
/// Bytes of lines and refused rows handed to the store at once.
const MOST_BYTES: usize = 4 << 20;

/// Records on their way to the store.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) calls: Vec<(CallRecord, Written)>,
    pub(super) transfers: Vec<TransferRecord>,
    pub(super) mentions: Vec<MentionRecord>,
    pub(super) offsets: Vec<(u32, u64)>,
    refused: Vec<RefusedRow>,
    lines: Vec<(u32, Vec<u8>)>,
    /// Bytes of the two.
    bytes: usize,
}

impl Batch {
    /// Takes a refused row.
    pub(super) fn refuse(&mut self, row: RefusedRow) {
        self.bytes += row.raw.len();
        self.refused.push(row);
    }

    /// Takes bytes that no record gives back.
    pub(super) fn keep(&mut self, row: u32, raw: Vec<u8>) {
        self.bytes += raw.len();
        self.lines.push((row, raw));
    }

    pub(super) fn flush(
        &mut self,
        load: &mut Option<&mut Load<'_>>,
        table: usize,
    ) -> Result<(), IngestError> {
        let batch = std::mem::take(self);
        if let Some(load) = load {
            for (call, written) in &batch.calls {
                load.push_call(table, call, written)?;
            }
            load.push_transfers(table, &batch.transfers)?;
            load.push_mentions(table, &batch.mentions)?;
            load.push_refused(table, &batch.refused)?;
            load.push_offsets(table, &batch.offsets)?;
            load.push_lines(table, batch.lines)?;
        }
        Ok(())
    }

    pub(super) fn is_full(&self) -> bool {
        let records = self.calls.len() + self.transfers.len() + self.mentions.len() + self.refused.len();
        records.max(self.lines.len()) >= MOST || self.bytes > MOST_BYTES
    }
}
