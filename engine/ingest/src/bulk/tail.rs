//! A chunk and the file behind it, for rows that go on beyond their chunk.

use std::fs::File;
use std::io::{self, Read};

/// The bytes of a chunk from a place on, and the file behind them.
pub(super) struct Tail<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) file: &'a File,
    /// Where the file goes on behind the bytes.
    pub(super) at: u64,
}

impl Read for Tail<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.bytes.is_empty() {
            let n = read_at(self.file, out, self.at)?;
            self.at += n as u64;
            return Ok(n);
        }
        self.bytes.read(out)
    }
}

/// Reads at an offset, whatever other readers of the file do.
#[cfg(unix)]
pub(super) fn read_at(file: &File, out: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, out, at)
}

/// Reads at an offset, whatever other readers of the file do. This way has not been tried.
#[cfg(windows)]
pub(super) fn read_at(file: &File, out: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, out, at)
}

/// Fills a buffer from an offset on.
///
/// # Errors   the file cannot be read, or ends before
pub(super) fn read_all_at(file: &File, mut out: &mut [u8], mut at: u64) -> io::Result<()> {
    while !out.is_empty() {
        match read_at(file, out, at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => {
                out = out.get_mut(n..).unwrap_or_default();
                at += n as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
