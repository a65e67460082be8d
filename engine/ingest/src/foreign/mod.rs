//! Workbooks and archives from outside, which may be made to harm who opens them.
//!
//! They are parsed in a child process of the program that hosts this library, which has no file but the one on its
//! standard input, may not write any, and runs under limits on memory and time (`platform`). What it finds comes
//! back through a pipe as plain frames (`wire`), which are counted and checked like any input from outside, and
//! lie in a nameless file on disk (`spool`), so that memory does not grow with the file. A child that aborts,
//! runs too long or wants too much is one refused file, and nothing else is touched.
//!
//! Where no program was named by [`host`], parsing runs within this process: a panic is caught, an abort is not.

pub(crate) mod archive;
mod child;
pub(crate) mod platform;
pub(crate) mod spool;
mod wire;
pub(crate) mod workbook;

use crate::error::IngestError;
use model::phrase::Phrase;
use spool::Spool;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::time::Duration;
use workbook::SheetTable;

pub use child::{COMMAND, run_as_child};

/// The most that a file may unfold to, in bytes.
pub(crate) const MOST_BYTES: u64 = 8 << 30;
/// The most members of an archive, nested ones included, and sheets of a workbook.
pub(crate) const MOST_MEMBERS: usize = 10_000;
/// How often archives may stand within archives.
pub(crate) const MOST_DEPTH: usize = 2;

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Names the program that is started to read foreign files: this one, whose `main` hands the command line
/// [`COMMAND`] to [`run_as_child`] before it does anything else.
pub fn host(program: PathBuf) {
    // The first word stands: a process is hosted by one program.
    let _ = PROGRAM.set(program);
}

/// What a foreign file holds.
#[derive(Debug)]
pub(crate) enum Item {
    /// A sheet of a workbook.
    Sheet(SheetTable),
    /// A member of an archive, as bytes.
    Member(String, Arc<Spool>),
}

/// Why a foreign file was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// By the parser.
    Because(wire::Trouble),
    /// The parser broke down.
    Broke,
    /// It ran too long.
    TooLong,
}

impl Refused {
    fn into_error(self, path: &Path) -> IngestError {
        let path = path.to_owned();
        match self {
            Self::Because(trouble) if trouble.is_hostile() => {
                IngestError::Hostile { path, detail: trouble.text() }
            }
            Self::Because(trouble) if trouble.is_of_archive() => {
                IngestError::Archive { path, detail: trouble.text() }
            }
            Self::Because(trouble) => IngestError::Workbook { path, detail: trouble.text() },
            Self::Broke => IngestError::Hostile {
                path,
                detail: Phrase::new(
                    "its contents make the reader fail or take more memory than a file may",
                    "su contenido hace fallar al lector u ocupa más memoria de la que puede ocupar un archivo",
                ),
            },
            Self::TooLong => IngestError::Hostile {
                path,
                detail: Phrase::new(
                    "reading it takes longer than a file of its size may",
                    "leerlo tarda más de lo que puede tardar un archivo de su tamaño",
                ),
            },
        }
    }
}

/// Everything that a workbook or an archive holds, read under limits.
///
/// # Errors
/// [`IngestError::Workbook`] where it is damaged, encrypted or of another kind, [`IngestError::Hostile`] where it
/// had to be stopped.
pub(crate) fn open(path: &Path) -> Result<Vec<Item>, IngestError> {
    let io = |source| IngestError::Io { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(io)?;
    let size = file.metadata().map_err(io)?.len();
    let found = match PROGRAM.get() {
        Some(program) => in_a_child(program, file, size).map_err(io)?,
        None => in_this_process(file).map_err(io)?,
    };
    found.map_err(|refused| refused.into_error(path))
}

type Found = Result<Vec<Item>, Refused>;

fn in_this_process(mut file: std::fs::File) -> std::io::Result<Found> {
    let frames = Spool::new()?;
    let mut out = frames.writer()?;
    let done = catch_unwind(AssertUnwindSafe(|| child::produce(&mut file, &mut out)));
    match done {
        Ok(result) => result?,
        Err(_) => return Ok(Err(Refused::Broke)),
    }
    std::io::Write::flush(&mut out)?;
    drop(out);
    wire::receive(&mut BufReader::new(frames.reader()?))
}

fn in_a_child(program: &Path, file: std::fs::File, size: u64) -> std::io::Result<Found> {
    let mut child = Command::new(program)
        .arg(COMMAND)
        .arg(size.to_string())
        .stdin(Stdio::from(file))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .env_clear()
        .spawn()?;
    let Some(frames) = child.stdout.take() else {
        return Err(std::io::Error::other("the reading process has no output"));
    };
    let child = Arc::new(Mutex::new(child));
    let (done, wait) = mpsc::channel::<()>();
    let watched = child.clone();
    // Limits on processor time do not stop a child that sleeps, and are not there on every system.
    let patience = Duration::from_secs(2 * platform::cpu_seconds(size) + 30);
    let watch = std::thread::spawn(move || {
        let late = wait.recv_timeout(patience) == Err(mpsc::RecvTimeoutError::Timeout);
        if late {
            stop(&watched);
        }
        late
    });
    let found = wire::receive(&mut BufReader::with_capacity(1 << 16, frames));
    // The child has nothing to say any more, or nothing that is wanted.
    if !matches!(found, Ok(Ok(_))) {
        stop(&child);
    }
    drop(done);
    let late = watch.join().unwrap_or(false);
    let status = child.lock().unwrap_or_else(PoisonError::into_inner).wait()?;
    Ok(match found? {
        Err(Refused::Broke) if late || platform::ran_out_of_time(status) => Err(Refused::TooLong),
        other => other,
    })
}

fn stop(child: &Mutex<Child>) {
    // A child that has ended already needs no stopping.
    let _ = child.lock().unwrap_or_else(PoisonError::into_inner).kill();
}
