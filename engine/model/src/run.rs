//! What every long job is given: seed, memory budget, progress and cancellation.
//!
//! Threads are those of the rayon pool in which the job runs; results never depend on their number.

use crate::ids::Seed;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is counted by a stage's progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of input.
    Bytes,
    /// Rows.
    Rows,
    /// Anything else that is counted.
    Items,
}

/// Hears of the progress of a long job. Calls come from any thread.
pub trait Progress: Sync {
    /// A stage begins; `total` in `unit` where it is known.
    fn begin(&self, stage: &str, total: Option<u64>, unit: Unit);
    /// `amount` more of the present stage is done.
    fn advance(&self, amount: u64);
    /// So many more rows were read, in a stage that counts bytes.
    fn rows(&self, _rows: u64) {}
    /// The present stage has ended.
    fn end(&self);
}

/// Progress that nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _stage: &str, _total: Option<u64>, _unit: Unit) {}
    fn advance(&self, _amount: u64) {}
    fn end(&self) {}
}

/// The context of one run.
#[derive(Clone, Copy)]
pub struct RunContext<'a> {
    /// Seed of every pseudo-random choice.
    pub seed: Seed,
    /// Memory the job should stay within, in bytes.
    pub memory_budget: u64,
    /// Who hears of progress.
    pub progress: &'a dyn Progress,
    cancelled: &'a AtomicBool,
}

impl<'a> RunContext<'a> {
    /// A context; setting `cancelled` asks the job to stop at its next check.
    pub fn new(seed: Seed, progress: &'a dyn Progress, cancelled: &'a AtomicBool) -> Self {
        Self { seed, memory_budget: 2 << 30, progress, cancelled }
    }

    /// The same run with progress that nobody watches, for work inside a stage that counts by itself.
    pub fn quiet(self) -> Self {
        Self { progress: &Silent, ..self }
    }

    /// Whether the job was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}
