//! Columns of whole numbers in one file that is mapped, not read: opened as fast as memory can be looked through, held
//! by as many processes as like at the cost of one.
//!
//! Layout, all numbers little-endian, every column and the table on a multiple of 64 bytes:
//! - 64 bytes: the eight letters `MADJMAP1`, zeros;
//! - the columns, one after the other, gaps filled with zeros;
//! - sums: one of 64 bits for each MiB of all that stands before them;
//! - the table: 32 bytes a column: name (8 letters, zeros behind), bytes of a value, number of values, place of the first;
//! - the last 64 bytes: place of the sums, place of the table, number of columns, length of the file, sum of sums and
//!   table and of these four numbers, zeros, the eight letters again.
//!
//! Invariants:
//! 1. A column is handed out only after the whole file was found to be what was written: lengths, places and all sums.
//! 2. The file lies in a sealed generation of an artefact (see [`crate::derived`]), which is never written again; so what
//!    was found holds as long as it is mapped. Removing the generation takes its name away, not the mapping.
//! 3. This file alone of the workspace holds unsafe code: the mapping, and the view of its bytes as numbers.
#![expect(unsafe_code, reason = "a file cannot be mapped, nor mapped bytes be seen as numbers, without it")]

use crate::error::{StoreError, io_at};
use memmap2::Mmap;
use model::phrase::Phrase;
use rayon::prelude::{IndexedParallelIterator as _, ParallelIterator as _, ParallelSlice as _};
use std::fs::File;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

mod sum;
mod write;

pub use write::MapWriter;

use sum::sum;

const LETTERS: &[u8; 8] = b"MADJMAP1";
/// Places of columns are multiples of this.
const ALIGNED: usize = 64;
/// Bytes that have one sum.
const BLOCK: usize = 1 << 20;
/// Bytes of a column in the table.
const ENTRY: usize = 32;

mod sealed {
    /// Only this module says what is plain.
    pub trait Sealed {}
}

/// Numbers whose bytes in memory are those in the file: no padding, and every pattern of bits is a number.
pub trait Plain: Copy + Send + Sync + sealed::Sealed + 'static {
    /// Appends the bytes of some numbers.
    fn put(numbers: &[Self], out: &mut Vec<u8>);
}

macro_rules! plain {
    ($($number:ty),*) => {$(
        impl sealed::Sealed for $number {}
        impl Plain for $number {
            fn put(numbers: &[Self], out: &mut Vec<u8>) {
                numbers.iter().for_each(|n| out.extend_from_slice(&n.to_le_bytes()));
            }
        }
    )*};
}

plain!(u32, u64);

impl<const N: usize> sealed::Sealed for [u64; N] {}
impl<const N: usize> Plain for [u64; N] {
    fn put(numbers: &[Self], out: &mut Vec<u8>) {
        u64::put(numbers.as_flattened(), out);
    }
}

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    name: [u8; 8],
    width: usize,
    count: usize,
    place: usize,
}

/// A file of columns, mapped.
#[derive(Clone, Debug)]
pub struct MappedFile {
    map: Arc<Mmap>,
    columns: Vec<Entry>,
}

/// One column of a mapped file; it keeps the file mapped.
pub struct MappedColumn<T> {
    map: Arc<Mmap>,
    place: usize,
    count: usize,
    of: PhantomData<T>,
}

impl MappedFile {
    /// Maps a file and looks it through.
    ///
    /// # Errors      `StoreError::Mapped` where the file is cut, altered, of another kind or of another length than
    /// `bytes`; `StoreError::Io`
    /// # Complexity  one pass over the file, parallel, at the speed of memory once the file is in it
    pub fn open(path: &Path, bytes: u64) -> Result<Self, StoreError> {
        let wrong = |detail: Phrase| StoreError::Mapped { path: path.to_owned(), detail };
        if cfg!(target_endian = "big") {
            return Err(wrong(Phrase::new(
                "the numbers in it are of processors that order bytes the other way round",
                "sus números son de procesadores que ordenan los bytes al revés",
            )));
        }
        let file = File::open(path).map_err(io_at("open", path))?;
        if file.metadata().map_err(io_at("open", path))?.len() != bytes {
            return Err(wrong(Phrase::new("it has another length", "tiene otra longitud")));
        }
        // SAFETY: what is behind the mapping must not change while it is there. The file lies in a sealed generation
        // (invariant 2): this program writes it once, under another name, before anything names it, and never again.
        // Another program that cut the file while it is mapped would end this process; one that altered it would alter
        // numbers, which bounds are checked against at each use.
        let map = unsafe { Mmap::map(&file) }.map_err(io_at("open", path))?;
        let columns = check(&map).map_err(|fault| wrong(fault.phrase()))?;
        Ok(Self { map: Arc::new(map), columns })
    }

    /// A column by its name.
    ///
    /// # Errors      `StoreError::Unknown` where there is none of that name and kind of number
    pub fn column<T: Plain>(&self, path: &Path, name: &str) -> Result<MappedColumn<T>, StoreError> {
        let found = self.columns.iter().find(|c| letters(name) == Some(c.name) && c.width == size_of::<T>());
        let Some(&Entry { place, count, .. }) = found else {
            return Err(StoreError::Unknown {
                path: path.to_owned(),
                what: "column",
                which: name.to_owned(),
            });
        };
        Ok(MappedColumn { map: Arc::clone(&self.map), place, count, of: PhantomData })
    }
}

impl<T: Plain> AsRef<[T]> for MappedColumn<T> {
    fn as_ref(&self) -> &[T] {
        let bytes = self.map.get(self.place..self.place + self.count * size_of::<T>()).unwrap_or_default();
        // SAFETY: `T` is `Plain`, so any bytes are numbers; `check` found the place aligned within the file, and the
        // mapping begins with a page, so the place is aligned in memory (should either fail, the column is empty); the
        // length is that of `bytes`, which live as long as `self` does, and nobody writes to them (invariant 2).
        let (before, numbers, after) = unsafe { bytes.align_to::<T>() };
        if before.is_empty() && after.is_empty() { numbers } else { &[] }
    }
}

fn letters(name: &str) -> Option<[u8; 8]> {
    let mut out = [0u8; 8];
    let bytes = name.as_bytes();
    out.get_mut(..bytes.len())?.copy_from_slice(bytes);
    (!bytes.is_empty()).then_some(out)
}

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Foreign,
    Cut,
    Altered,
}

impl Fault {
    fn phrase(self) -> Phrase {
        match self {
            Self::Foreign => Phrase::new("it is no file of columns", "no es un archivo de columnas"),
            Self::Cut => Phrase::new("it is cut off or altered", "está cortado o alterado"),
            Self::Altered => Phrase::new("its numbers are altered", "sus números están alterados"),
        }
    }
}

/// Whether the bytes are a whole file of columns: its table, or what is wrong.
fn check(bytes: &[u8]) -> Result<Vec<Entry>, Fault> {
    const CUT: Fault = Fault::Cut;
    let number = |at: usize| -> Option<usize> {
        let eight = bytes.get(at..at.checked_add(8)?)?;
        usize::try_from(u64::from_le_bytes(eight.try_into().ok()?)).ok()
    };
    if bytes.get(..8) != Some(LETTERS) {
        return Err(Fault::Foreign);
    }
    let foot = bytes.len().checked_sub(ALIGNED).filter(|at| *at >= ALIGNED).ok_or(CUT)?;
    if bytes.get(bytes.len() - 8..) != Some(LETTERS) {
        return Err(CUT);
    }
    let field = |nth: usize| number(foot + 8 * nth).ok_or(CUT);
    let (sums, table, count, length, told) = (field(0)?, field(1)?, field(2)?, field(3)?, field(4)?);
    let whole = length == bytes.len() && sums <= table && table.is_multiple_of(ALIGNED);
    if !whole
        || count.checked_mul(ENTRY).and_then(|size| size.checked_add(table)).is_none_or(|end| end > foot)
    {
        return Err(CUT);
    }
    let rest = bytes.get(sums..foot + 32).ok_or(CUT)?;
    if sum(rest) != told as u64 {
        return Err(CUT);
    }
    let (data, told) = (bytes.get(..sums).ok_or(CUT)?, bytes.get(sums..table).ok_or(CUT)?);
    let told = told.as_chunks::<8>().0;
    if told.len() < data.len().div_ceil(BLOCK) {
        return Err(CUT);
    }
    let altered = data
        .par_chunks(BLOCK)
        .zip(told.par_chunks(1))
        .any(|(block, told)| told.first().map(|t| u64::from_le_bytes(*t)) != Some(sum(block)));
    if altered {
        return Err(Fault::Altered);
    }
    let mut columns = Vec::with_capacity(count);
    for at in (0..count).map(|nth| table + nth * ENTRY) {
        let name = bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).ok_or(CUT)?;
        let part = |nth: usize| number(at + 8 * nth).ok_or(CUT);
        let entry = Entry { name, width: part(1)?, count: part(2)?, place: part(3)? };
        let end = entry.width.checked_mul(entry.count).and_then(|size| size.checked_add(entry.place));
        if end.is_none_or(|end| end > sums) || !entry.place.is_multiple_of(ALIGNED) {
            return Err(CUT);
        }
        columns.push(entry);
    }
    Ok(columns)
}

#[cfg(test)]
mod tests;
