//! The reading side: from the bytes of a foreign file to frames. In a child process this is all that runs.

use super::wire::{Frames, Trouble};
use super::{archive, platform, workbook};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::process::ExitCode;

/// The command line word by which a program becomes a reader of foreign files.
pub const COMMAND: &str = "read-foreign-file";

/// Reads the file on standard input under limits and writes what it holds to standard output.
///
/// `size` is the size of the file in bytes, which sets how long it may take.
pub fn run_as_child(size: Option<&str>) -> ExitCode {
    let size = size.and_then(|s| s.parse().ok()).unwrap_or(0);
    if platform::confine(size).is_err() {
        return ExitCode::FAILURE;
    }
    let done = platform::standard_input().and_then(|mut file| {
        let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
        produce(&mut file, &mut out)?;
        out.flush()
    });
    if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Why frames end before their time.
pub(crate) enum Stop {
    /// The file.
    Trouble(Trouble),
    /// The one who listens, or the disk.
    Io(std::io::Error),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads a foreign file and writes frames, to the closing one.
///
/// # Errors
/// Nobody listens. What is wrong with the file is a frame.
pub(crate) fn produce(file: &mut std::fs::File, out: &mut dyn Write) -> std::io::Result<()> {
    let mut frames = Frames(out);
    match told(file, &mut frames) {
        Ok(()) => frames.end(),
        Err(Stop::Trouble(trouble)) => frames.fail(trouble),
        Err(Stop::Io(error)) => Err(error),
    }
}

fn told(file: &mut std::fs::File, frames: &mut Frames<'_>) -> Result<(), Stop> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    file.take(4).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    if head.starts_with(b"\x1f\x8b") {
        return archive::gzip(file, frames);
    }
    if head.starts_with(b"PK") && !archive::is_workbook(file)? {
        return archive::members(file, frames);
    }
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    workbook::sheets(bytes, frames)
}
