//! What can go wrong with a case folder; each message names the place and the remedy.
//!
//! **Invariant:** no name, number or text of evidence stands in an error; rows are named by source and row number.

use std::io;
use std::path::PathBuf;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system refused an operation on a file.
    #[error("{path}: could not {what}: {source}", path = path.display())]
    Io {
        /// The operation, as a verb.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// Data could not be made safe on the disk; nothing further is written by this process.
    #[error(
        "{path}: the disk did not confirm that data is safe; nothing more is written. \
         Check the disk, then open the case again: it stands at its last commit",
        path = path.display()
    )]
    Unsafe {
        /// The file or folder that could not be made safe.
        path: PathBuf,
    },
    /// The manifest refused an operation.
    #[error("{path}: the manifest could not be read or written: {source}", path = path.display())]
    Database {
        /// The manifest.
        path: PathBuf,
        /// SQLite's answer.
        source: rusqlite::Error,
    },
    /// The folder is no case.
    #[error("{path}: not a case folder (no case.db). Create one with `madeja new`, or correct the path", path = path.display())]
    NotACase {
        /// The folder.
        path: PathBuf,
    },
    /// A case is to be created where something already is.
    #[error("{path}: already holds files. Choose a new or empty folder for a new case", path = path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The manifest is missing or damaged.
    #[error("{path}: the case is damaged: {detail}. Restore the folder from a copy; change nothing in this one", path = path.display())]
    Damaged {
        /// The damaged file.
        path: PathBuf,
        /// What does not hold.
        detail: String,
    },
    /// The case was written by a later Madeja.
    #[error("{path}: the case has format {found}, this program reads up to {known}. Use a newer Madeja", path = path.display())]
    NewerFormat {
        /// The manifest.
        path: PathBuf,
        /// Format version of the case.
        found: i64,
        /// Latest version that this program knows.
        known: i64,
    },
    /// The case was written by an earlier Madeja and may not be changed here.
    #[error("{path}: the case has format {found}, this program reads format {known}. Copy the folder to a writable place and open it there: that brings it up to date and changes nothing it holds", path = path.display())]
    OlderFormat {
        /// The manifest.
        path: PathBuf,
        /// Format version of the case.
        found: i64,
        /// The version that is needed.
        known: i64,
    },
    /// The case may only be read.
    #[error("{path}: the case is open for reading only, or its folder is read-only. Copy it to a writable place to change it", path = path.display())]
    ReadOnly {
        /// The folder.
        path: PathBuf,
    },
    /// Another process writes to the case.
    #[error("{path}: another process is writing to this case. Wait until it has ended, or end it, then try again", path = path.display())]
    Locked {
        /// The lock or the manifest.
        path: PathBuf,
    },
    /// A segment or derived table does not hold what the manifest says.
    #[error("{path}: unreadable or not as the manifest says ({detail}). Run `madeja verify`; load the source again, or restore the folder from a copy", path = path.display())]
    Segment {
        /// The file.
        path: PathBuf,
        /// What does not hold.
        detail: String,
    },
    /// Rows of a source were given out of order.
    #[error(
        "{source_key}, table {table}: row {row} was given after row {after}; rows of a source must ascend"
    )]
    OutOfOrder {
        /// Short key of the source.
        source_key: String,
        /// The table.
        table: &'static str,
        /// The row at fault.
        row: u32,
        /// The row before it.
        after: u32,
    },
    /// The receipt of a source does not account for its rows.
    #[error(
        "{source_key}: the receipt does not balance ({detail}); nothing was loaded. This is a defect of the reader: report it"
    )]
    Unbalanced {
        /// Short key of the source.
        source_key: String,
        /// The figures.
        detail: String,
    },
    /// A load names the same table of a file twice, or no table at all.
    #[error("{source_key}: {detail}; nothing was loaded")]
    BadLoad {
        /// Short key of the source or digest of the file.
        source_key: String,
        /// What is wrong.
        detail: &'static str,
    },
    /// No such source, judgement or artefact.
    #[error("{path}: there is no {what} {which} in this case", path = path.display())]
    Unknown {
        /// The case.
        path: PathBuf,
        /// The kind of thing.
        what: &'static str,
        /// Its number or name.
        which: String,
    },
    /// A judgement was withdrawn before.
    #[error("judgement {number} was already undone, or is itself an undoing; judge the pair again instead")]
    AlreadyUndone {
        /// The judgement.
        number: u64,
    },
    /// A judgement about one mention and itself.
    #[error("a judgement needs two different mentions; give two")]
    SameMention,
    /// An act that must be explained came without actor or reason.
    #[error("{act}: who does this and why must be stated, and is recorded; give both")]
    MissingReason {
        /// The act.
        act: &'static str,
    },
    /// A name of an audience, stage or table that cannot be a file name.
    #[error("{name:?}: names of audiences, stages and tables are 1 to 64 of a-z, 0-9, `_` and `-`")]
    BadName {
        /// The name.
        name: String,
    },
}

/// Attaches the operation and the path to an error of the operating system.
pub(crate) fn io_at(what: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { what, path, source }
}
