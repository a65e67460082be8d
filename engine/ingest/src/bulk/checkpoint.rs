//! Checkpoints beside the reading of a table: made in their order by a thread of their own, never far behind.

use crate::load::{CHUNK, MOST_REDONE};
use crate::order::{Stops, Watch};
use std::sync::mpsc::Receiver;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use store::error::StoreError;
use store::load::Cut;
use store::unfinished::{Checkpoints, Mark};

/// What a checkpoint is made of, and the offset that is reached with it.
pub(super) type Due = (Cut, Mark, u64);

/// Keeps reading from going further beyond the last checkpoint than may be read a second time.
///
/// **Invariant:** a chunk waits only where a chunk before it is the last of its share of the file, so that a checkpoint
/// is due which lets it go on.
#[derive(Debug)]
pub(super) struct Gate {
    /// How far checkpoints reach; `None` where nobody may go on.
    reached: Mutex<Option<u64>>,
    changed: Condvar,
}

impl Gate {
    pub(super) fn new(reached: u64) -> Self {
        Self { reached: Mutex::new(Some(reached)), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Option<u64>> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a chunk that begins here may be read; false where nobody may go on.
    pub(super) fn wait(&self, start: u64) -> bool {
        let mut reached = self.lock();
        while reached.is_some_and(|reached| start >= reached + (MOST_REDONE - CHUNK)) {
            reached = self.changed.wait(reached).unwrap_or_else(PoisonError::into_inner);
        }
        reached.is_some()
    }

    fn reach(&self, offset: u64) {
        if let Some(reached) = self.lock().as_mut() {
            *reached = offset;
        }
        self.changed.notify_all();
    }
}

impl Stops for Gate {
    fn stop(&self) {
        *self.lock() = None;
        self.changed.notify_all();
    }
}

/// Makes the checkpoints that come, until none can come any more.
pub(super) fn make(
    checkpoints: &mut Checkpoints<'_>,
    due: &Receiver<Due>,
    gate: &Gate,
) -> Result<(), StoreError> {
    let _watch = Watch(gate);
    for (cut, mark, offset) in due {
        checkpoints.make(cut, mark)?;
        gate.reach(offset);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn no_chunk_is_read_further_beyond_the_last_checkpoint_than_may_be_read_again() {
        let gate = Gate::new(0);
        let last = MOST_REDONE - CHUNK;
        assert!(gate.wait(last - 1), "it ends within what may be read again");
        let made = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| gate.wait(last) && made.load(Ordering::SeqCst));
            made.store(true, Ordering::SeqCst);
            gate.reach(1);
            assert!(waiting.join().unwrap(), "it did not wait for the checkpoint");
            let waiting = scope.spawn(|| gate.wait(last + 1));
            gate.stop();
            assert!(!waiting.join().unwrap(), "it went on though reading was stopped");
        });
        assert!(!gate.wait(0));
    }
}
