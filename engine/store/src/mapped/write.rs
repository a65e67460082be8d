//! Writes a file of columns, one column after the other, in one pass.

use super::{ALIGNED, BLOCK, ENTRY, Entry, LETTERS, Plain, letters, sum};
use crate::derived::{DerivedDir, Sealed, check_name, place};
use crate::disk::DiskFile;
use crate::error::{StoreError, io_at};
use std::io::Write;
use std::path::PathBuf;

/// Numbers turned into bytes at a time.
const PIECE: usize = 1 << 15;

/// A file of columns that is being written.
pub struct MapWriter {
    file: DiskFile,
    path: PathBuf,
    sealed: Sealed,
    /// What of the present block is not summed yet.
    open: Vec<u8>,
    sums: Vec<u64>,
    /// Bytes handed on so far.
    at: usize,
    columns: Vec<Entry>,
}

impl DerivedDir {
    /// Begins a file of columns; it gets the name `<name>.map`.
    pub fn map(&self, name: &str) -> Result<MapWriter, StoreError> {
        check_name(name)?;
        let mut writer = MapWriter {
            file: self.disk().create(self.path())?,
            path: self.path().join(format!("{name}.map")),
            sealed: self.sealed(),
            open: Vec::with_capacity(BLOCK),
            sums: Vec::new(),
            at: 0,
            columns: Vec::new(),
        };
        writer.put(LETTERS)?;
        writer.fill()?;
        Ok(writer)
    }
}

impl MapWriter {
    /// Begins a column of 1 to 8 letters; what is appended from now on belongs to it.
    pub fn begin<T: Plain>(&mut self, name: &str) -> Result<(), StoreError> {
        self.fill()?;
        let name = letters(name).ok_or_else(|| StoreError::BadName { name: name.to_owned() })?;
        self.columns.push(Entry { name, width: size_of::<T>(), count: 0, place: self.at });
        Ok(())
    }

    /// Appends numbers of the kind that the column was begun with.
    pub fn append<T: Plain>(&mut self, numbers: &[T]) -> Result<(), StoreError> {
        let mut bytes = Vec::with_capacity(PIECE * size_of::<T>());
        for piece in numbers.chunks(PIECE) {
            bytes.clear();
            T::put(piece, &mut bytes);
            self.put(&bytes)?;
        }
        if let Some(column) = self.columns.last_mut() {
            column.count += numbers.len();
        }
        Ok(())
    }

    /// A whole column.
    pub fn column<T: Plain>(&mut self, name: &str, numbers: &[T]) -> Result<(), StoreError> {
        self.begin::<T>(name)?;
        self.append(numbers)
    }

    /// Makes the file safe and gives it its name in the folder.
    pub fn finish(mut self) -> Result<(), StoreError> {
        self.fill()?;
        let sums = self.at;
        if !self.open.is_empty() {
            self.sums.push(sum(&self.open));
        }
        let mut rest = Vec::new();
        u64::put(&self.sums, &mut rest);
        while !(sums + rest.len()).is_multiple_of(ALIGNED) {
            rest.push(0);
        }
        let table = sums + rest.len();
        for column in &self.columns {
            rest.extend_from_slice(&column.name);
            u64::put(&[column.width as u64, column.count as u64, column.place as u64], &mut rest);
        }
        debug_assert_eq!(rest.len(), table - sums + self.columns.len() * ENTRY);
        while !(sums + rest.len()).is_multiple_of(ALIGNED) {
            rest.push(0);
        }
        let length = sums + rest.len() + ALIGNED;
        u64::put(&[sums as u64, table as u64, self.columns.len() as u64, length as u64], &mut rest);
        let told = sum(&rest);
        u64::put(&[told, 0, 0], &mut rest);
        rest.extend_from_slice(LETTERS);
        self.file.write_all(&rest).map_err(io_at("write", &self.path))?;
        place(self.file.finish()?, &self.path, &self.sealed)
    }

    /// Zeros up to the next place of a column.
    fn fill(&mut self) -> Result<(), StoreError> {
        let gap = self.at.next_multiple_of(ALIGNED) - self.at;
        self.put(&[0; ALIGNED][..gap])
    }

    fn put(&mut self, mut bytes: &[u8]) -> Result<(), StoreError> {
        self.file.write_all(bytes).map_err(io_at("write", &self.path))?;
        self.at += bytes.len();
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK - self.open.len()));
            self.open.extend_from_slice(now);
            bytes = later;
            if self.open.len() == BLOCK {
                self.sums.push(sum(&self.open));
                self.open.clear();
            }
        }
        Ok(())
    }
}
