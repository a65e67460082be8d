//! One writer at a time: an operating system's lock on `CASE/lock`, held only while files are placed.
//!
//! Reading never needs it. A killed process loses it by dying. Within one [`crate::case::CaseStore`] it can be taken
//! again while held, so that a pipeline may hold it around several commits.

use crate::error::{StoreError, io_at};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often a held lock is tried again before giving up: short writes of another process pass unnoticed.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(25);

/// The lock of one opened case.
#[derive(Debug)]
pub(crate) struct LockCell {
    path: PathBuf,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    file: Option<File>,
    holders: usize,
}

/// Proof that this process may place files in the case; the lock goes when the last proof is dropped.
#[derive(Debug)]
pub struct WriteLock {
    cell: Arc<LockCell>,
}

impl LockCell {
    /// The lock of the case in `root`.
    pub(crate) fn new(root: &Path) -> Self {
        Self { path: root.join("lock"), held: Mutex::default() }
    }

    /// Takes the lock, waiting a moment for short writes of others to pass.
    pub(crate) fn take(self: &Arc<Self>) -> Result<WriteLock, StoreError> {
        for attempt in 0..TRIES {
            if let Some(lock) = self.try_take()? {
                return Ok(lock);
            }
            if attempt + 1 < TRIES {
                std::thread::sleep(PAUSE);
            }
        }
        Err(StoreError::Locked { path: self.path.clone() })
    }

    /// Takes the lock if nobody else has it.
    pub(crate) fn try_take(self: &Arc<Self>) -> Result<Option<WriteLock>, StoreError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.file.is_none() {
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&self.path)
                .map_err(io_at("open the lock", &self.path))?;
            match file.try_lock() {
                Ok(()) => held.file = Some(file),
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(io_at("lock", &self.path)(error)),
            }
        }
        held.holders += 1;
        Ok(Some(WriteLock { cell: Arc::clone(self) }))
    }
}

impl Drop for WriteLock {
    fn drop(&mut self) {
        let mut held = self.cell.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.holders -= 1;
        if held.holders == 0 {
            held.file = None;
        }
    }
}
