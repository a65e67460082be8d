//! A column of a graph: numbers in memory of its own, or lent by whoever holds them, as a mapped file does.
//!
//! The kernels see a slice either way and never learn where it lies; so this crate reads no file and needs no unsafe
//! code to work on one.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// Numbers that somebody else keeps.
pub type Lent<T> = Arc<dyn AsRef<[T]> + Send + Sync>;

/// Numbers side by side.
///
/// **Invariant:** a lent column gives the same slice each time.
#[derive(Clone)]
pub enum Column<T> {
    /// In memory of its own.
    Own(Vec<T>),
    /// Kept elsewhere.
    Lent(Lent<T>),
}

impl<T> Deref for Column<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Own(own) => own,
            Self::Lent(lent) => (**lent).as_ref(),
        }
    }
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Self::Own(Vec::new())
    }
}

impl<T> From<Vec<T>> for Column<T> {
    fn from(own: Vec<T>) -> Self {
        Self::Own(own)
    }
}

impl<T: PartialEq> PartialEq for Column<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Column<T> {}

impl<T: fmt::Debug> fmt::Debug for Column<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
