//! A table row by row, in blocks of rows that several threads work on.
//!
//! Rows are read in order by whoever has the next block in hand, worked on apart, and handed over in order again, so
//! that nothing shows how many threads there were.
//!
//! **Invariant:** the rows of one block have the same columns and begin in the same share of a text; a further header
//! is the first row of its block.

use crate::error::IngestError;
use crate::evidence::{Evidence, further_header};
use crate::load::STEP;
use crate::mapping::Mapping;
use crate::order::{self, Stops, Watch};
use crate::plan::{OFFSET_EVERY, check_cancelled};
use crate::reader::{Row, RowReader, Table};
use crate::recognise::Layout;
use crate::table::Columns;
use model::run::RunContext;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Most rows in a block.
const ROWS: usize = if cfg!(test) { 16 } else { 1_024 };
/// Bytes after which a block ends.
const BYTES: usize = 1 << 20;
/// A table of less, in bytes or rows of a sheet, is not worth a second thread.
const ALONE: u64 = if cfg!(test) { 1_024 } else { 64 << 10 };

/// Rows that follow each other.
pub(crate) struct Block {
    /// Place in the table's order, from 0.
    pub(crate) index: usize,
    /// The columns in force.
    pub(crate) columns: Arc<Columns>,
    /// Whether the first row is a header.
    pub(crate) headed: bool,
    /// Which share of [`STEP`] bytes of a text its rows begin in; 0 for sheets.
    pub(crate) step: u64,
    /// The rows.
    pub(crate) rows: Vec<Row>,
    /// Rows, and the bytes at which they begin, from which single rows are found again.
    pub(crate) offsets: Vec<(u32, u64)>,
    /// How far the table was read for it, in bytes or rows of a sheet.
    pub(crate) bytes: u64,
}

impl Block {
    /// Takes the rows of the block into the evidence of the table.
    pub(crate) fn observe(&self, layout: &Layout, evidence: &mut Evidence) {
        evidence.lines += self.rows.iter().map(|row| u64::from(row.lines)).sum::<u64>();
        for row in self.rows.iter().skip(usize::from(self.headed)) {
            if row.line > layout.header_row {
                evidence.observe(row, layout, &self.columns);
            }
        }
    }
}

/// Where further headers stand.
pub(crate) enum Headers<'t> {
    /// Known since the first pass.
    Known(&'t BTreeMap<u32, Columns>),
    /// To be found in this one, by this mapping.
    Sought(&'t Mapping),
    /// There should be none: the first that is found ends the table.
    Barred(&'t Mapping),
}

/// Reads a table block by block, and tells the reader how wide rows are once the header is behind.
pub(crate) struct Blocks<'t> {
    rows: Box<dyn RowReader + 't>,
    layout: &'t Layout,
    headers: Headers<'t>,
    found: BTreeMap<u32, Columns>,
    columns: Arc<Columns>,
    /// The header that ended the block before.
    header: Option<Row>,
    /// The row that begins the next block, where it begins in another share.
    held: Option<Row>,
    text: bool,
    wide: bool,
    next: usize,
    next_offset: u32,
    reached: u64,
}

impl<'t> Blocks<'t> {
    pub(crate) fn new(
        table: &'t dyn Table,
        layout: &'t Layout,
        headers: Headers<'t>,
    ) -> Result<Self, IngestError> {
        Ok(Self {
            rows: table.open()?,
            layout,
            headers,
            found: BTreeMap::new(),
            columns: Arc::new(layout.columns.clone()),
            header: None,
            held: None,
            text: !table.encoding().is_empty(),
            wide: false,
            next: 0,
            next_offset: 0,
            reached: 0,
        })
    }

    /// The further headers that were found.
    pub(crate) fn found(self) -> BTreeMap<u32, Columns> {
        self.found
    }

    fn set_width(&mut self) {
        self.wide = true;
        let width = self.columns.width();
        if width > 0 {
            self.rows.set_width(width);
        }
    }

    fn next_row(&mut self) -> Result<Option<Row>, IngestError> {
        if !self.wide && self.layout.header_row == 0 {
            self.set_width();
        }
        let row = self.rows.next_row()?;
        if !self.wide && row.as_ref().is_some_and(|r| r.line >= self.layout.header_row) {
            self.set_width();
        }
        Ok(row)
    }

    /// The columns that a row puts in force, where it is a further header.
    fn header(&self, row: &Row) -> Option<Columns> {
        match self.headers {
            Headers::Known(headers) => headers.get(&row.line).cloned(),
            _ if row.line <= self.layout.header_row => None,
            Headers::Sought(mapping) | Headers::Barred(mapping) => {
                further_header(row, self.layout, &self.columns, mapping)
            }
        }
    }

    /// The next block; `None` at the end.
    ///
    /// # Errors     the table can no longer be read
    pub(crate) fn next(&mut self) -> Result<Option<Block>, IngestError> {
        if self.header.is_some() && matches!(self.headers, Headers::Barred(_)) {
            return Ok(None);
        }
        let mut rows = Vec::new();
        let mut offsets = Vec::new();
        let mut weight = 0;
        let header = self.header.take();
        let (headed, columns) = (header.is_some(), self.columns.clone());
        let mut next_offset = self.next_offset;
        let mut step = None;
        let mut take = |row: Row| {
            if row.line >= next_offset {
                offsets.push((row.line, row.offset));
                next_offset = row.line.saturating_add(OFFSET_EVERY);
            }
            weight += row.raw.len();
            rows.push(row);
            rows.len() < ROWS && weight < BYTES
        };
        let text = self.text;
        let share = |row: &Row| if text { row.offset / STEP } else { 0 };
        if let Some(row) = header {
            step = Some(share(&row));
            take(row);
        }
        let mut end = self.reached;
        loop {
            let next = match self.held.take() {
                Some(row) => Some(row),
                None => self.next_row()?,
            };
            let Some(row) = next else { break };
            if *step.get_or_insert(share(&row)) != share(&row) {
                self.held = Some(row);
                break;
            }
            end = end.max(row.offset + row.size);
            if let Some(next) = self.header(&row) {
                let changed = next.width() != self.columns.width();
                self.found.insert(row.line, next.clone());
                self.columns = Arc::new(next);
                if changed {
                    self.set_width();
                }
                self.header = Some(row);
                break;
            }
            if !take(row) {
                break;
            }
        }
        self.next_offset = next_offset;
        // A sheet is measured in rows.
        let bytes = if end > self.reached { end - self.reached } else { rows.len() as u64 };
        self.reached = end;
        if rows.is_empty() && self.header.is_none() {
            return Ok(None);
        }
        let index = self.next;
        self.next += 1;
        let step = step.unwrap_or_default();
        Ok(Some(Block { index, columns, headed, step, rows, offsets, bytes }))
    }
}

/// What was made of blocks whose turn has not come.
struct Ready<R> {
    turn: usize,
    /// Whether a thread is handing over.
    busy: bool,
    stopped: bool,
    made: BTreeMap<usize, R>,
}

/// Blocks that may wait for their turn.
const WAITING: usize = 8;

/// Hands on what is made of blocks in the order of the table. No thread waits for its turn: who comes out of turn
/// leaves what it made to the one that is handing over.
struct InTurn<R, F> {
    ready: Mutex<Ready<R>>,
    changed: Condvar,
    collect: Mutex<F>,
}

impl<R, F: FnMut(R) -> Result<(), IngestError>> InTurn<R, F> {
    fn new(collect: F) -> Self {
        let ready = Ready { turn: 0, busy: false, stopped: false, made: BTreeMap::new() };
        Self { ready: Mutex::new(ready), changed: Condvar::new(), collect: Mutex::new(collect) }
    }

    fn lock(&self) -> MutexGuard<'_, Ready<R>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives what was made of a block; false where reading was stopped.
    fn give(&self, index: usize, made: R) -> Result<bool, IngestError> {
        let mut ready = self.lock();
        ready.made.insert(index, made);
        // Whoever brings the block whose turn it is finds nobody to wait for.
        while ready.made.len() > WAITING
            && !ready.stopped
            && (ready.busy || !ready.made.contains_key(&ready.turn))
        {
            ready = self.changed.wait(ready).unwrap_or_else(PoisonError::into_inner);
        }
        if ready.busy || ready.stopped {
            return Ok(!ready.stopped);
        }
        ready.busy = true;
        loop {
            let turn = ready.turn;
            let Some(made) = ready.made.remove(&turn) else { break };
            drop(ready);
            (self.collect.lock().unwrap_or_else(PoisonError::into_inner))(made)?;
            ready = self.lock();
            ready.turn += 1;
            self.changed.notify_all();
            if ready.stopped {
                return Ok(false);
            }
        }
        ready.busy = false;
        self.changed.notify_all();
        Ok(true)
    }
}

impl<R, F: FnMut(R) -> Result<(), IngestError>> Stops for InTurn<R, F> {
    fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }
}

/// Works on every block of a table on all threads.
///
/// # Arguments   `worker`: what a thread keeps from block to block; `work`: what it makes of one;
///  `collect`: takes that, in the order of the table
/// # Returns     the blocks, read to their end
/// # Errors      whatever stopped the first thread that stopped
pub(crate) fn each<'t, W, R: Send>(
    blocks: Blocks<'t>,
    (path, extent): (&Path, u64),
    context: &RunContext<'_>,
    worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, Block) -> Result<R, IngestError> + Sync,
    collect: impl FnMut(R) -> Result<(), IngestError> + Send,
) -> Result<Blocks<'t>, IngestError> {
    let blocks = Mutex::new(blocks);
    let turns = InTurn::new(collect);
    let run = || -> Result<(), IngestError> {
        let _watch = Watch(&turns);
        let mut kept = worker();
        loop {
            check_cancelled(path, context)?;
            let next = blocks.lock().unwrap_or_else(PoisonError::into_inner).next()?;
            let Some(block) = next else { return Ok(()) };
            let (index, bytes) = (block.index, block.bytes);
            let done = work(&mut kept, block)?;
            if !turns.give(index, done)? {
                return Ok(());
            }
            context.progress.advance(bytes);
        }
    };
    if extent < ALONE || order::threads() == 1 {
        run()?;
    } else {
        let failed: Mutex<Option<IngestError>> = Mutex::new(None);
        std::thread::scope(|scope| {
            for _ in 0..order::threads() {
                scope.spawn(|| {
                    if let Err(error) = run() {
                        turns.stop();
                        failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    }
                });
            }
        });
        if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
    }
    Ok(blocks.into_inner().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests;
