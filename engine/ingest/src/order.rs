//! Work that several threads do, each piece in its turn.

use std::sync::{Condvar, Mutex, PoisonError};

/// Most threads that are of use where reading and collecting go in order.
const MOST_THREADS: usize = 16;

/// How many threads read one table.
pub(crate) fn threads() -> usize {
    rayon::current_num_threads().clamp(1, MOST_THREADS)
}

/// A thing that pieces of work come to in the order of their numbers.
#[derive(Debug)]
pub(crate) struct Ordered<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    turn: usize,
    broken: bool,
    thing: T,
}

impl<T> Ordered<T> {
    pub(crate) fn new(thing: T) -> Self {
        Self { state: Mutex::new(State { turn: 0, broken: false, thing }), changed: Condvar::new() }
    }

    /// Waits for the turn of piece `number` and does it; `None` where an earlier piece failed.
    ///
    /// **Invariant:** numbers are given out without gaps, each to a thread that comes here with it or breaks the order.
    pub(crate) fn run<R, E>(
        &self,
        number: usize,
        f: impl FnOnce(&mut T) -> Result<R, E>,
    ) -> Option<Result<R, E>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.turn != number && !state.broken {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.broken {
            return None;
        }
        let done = f(&mut state.thing);
        state.turn += 1;
        state.broken = done.is_err();
        drop(state);
        self.changed.notify_all();
        Some(done)
    }

    pub(crate) fn into_inner(self) -> T {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).thing
    }
}

impl<T> Stops for Ordered<T> {
    fn stop(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).broken = true;
        self.changed.notify_all();
    }
}

/// What threads wait at for each other.
pub(crate) trait Stops {
    /// Lets nobody in any more.
    fn stop(&self);
}

/// Stops what others wait at when a thread leaves by a panic, so that they do not wait for ever.
pub(crate) struct Watch<'a, T: Stops>(pub(crate) &'a T);

impl<T: Stops> Drop for Watch<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}
