//! What was unfolded from a foreign file, on disk without a name: as large as it is, and gone with the process.

use super::platform::Nameless;
use std::fs::File;
use std::io::{BufReader, BufWriter, Seek, SeekFrom};
use std::path::Path;

/// Bytes on disk that nobody else sees.
#[derive(Debug)]
pub(crate) struct Spool(Nameless);

impl Spool {
    pub(crate) fn new() -> std::io::Result<Self> {
        Nameless::new().map(Self)
    }

    /// A path by which this process opens it.
    pub(crate) fn path(&self) -> &Path {
        &self.0.path
    }

    /// Writes from its beginning.
    pub(crate) fn writer(&self) -> std::io::Result<BufWriter<File>> {
        Ok(BufWriter::with_capacity(1 << 16, File::options().write(true).open(self.path())?))
    }

    /// Reads from its beginning.
    pub(crate) fn reader(&self) -> std::io::Result<File> {
        File::open(self.path())
    }

    /// Reads from this byte.
    pub(crate) fn reader_at(&self, byte: u64) -> std::io::Result<BufReader<File>> {
        let mut file = self.reader()?;
        file.seek(SeekFrom::Start(byte))?;
        Ok(BufReader::with_capacity(1 << 16, file))
    }
}
