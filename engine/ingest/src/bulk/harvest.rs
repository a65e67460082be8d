//! What a chunk gives to the store, and why the bulk reader may give up.

use crate::reader::text::LineError;
use model::record::RefusedRow;
use store::calls::{CallRows, Entered};
use store::unfinished::Mark;

/// Why the bulk reader gives up; the rows are then read one by one.
#[derive(Debug)]
pub(super) enum GiveUp {
    /// The file cannot be read, or has too many lines.
    Line(LineError),
    /// There is a second header.
    Headers,
}

/// What a chunk gives to the store.
#[derive(Debug, Default)]
pub(super) struct Harvest {
    pub(super) rows: CallRows,
    pub(super) refused: Vec<RefusedRow>,
    pub(super) offsets: Vec<(u32, u64)>,
    /// Bytes that no record gives back.
    pub(super) lines: Vec<(u32, Vec<u8>)>,
    /// What goes into a checkpoint behind the chunk.
    pub(super) mark: Option<(Entered, Mark, u64)>,
}
