//! Originals: hashed before anything is parsed, kept write-once under their SHA-256, or registered where they lie.

use crate::case::{CaseStore, EVIDENCE};
use crate::disk::{hash_file, stream};
use crate::error::{StoreError, io_at};
use crate::lock::WriteLock;
use model::provenance::Digest;
use rusqlite::{Connection, OptionalExtension, params};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Where an original stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// A copy goes into the case, read-only.
    Copy,
    /// It stays where it is; the case holds its path and hash.
    Reference,
}

/// An original that has been hashed and can be read.
#[derive(Debug)]
pub struct EvidenceFile {
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Where to read it: the sealed copy, or the original.
    pub path: PathBuf,
    /// Its name.
    pub name: String,
    /// No other process may write to the case between the taking of an original and the commit of its load.
    _held: WriteLock,
}

impl CaseStore {
    /// Takes an original: streams it, hashing while copying, and seals the copy.
    ///
    /// The manifest learns of it with the commit of its load. An original that the case already holds is not copied again.
    ///
    /// # Arguments  `progress`: hears of every chunk's bytes
    pub fn take_evidence(
        &self,
        path: &Path,
        keep: Keep,
        progress: &mut dyn FnMut(u64),
    ) -> Result<EvidenceFile, StoreError> {
        let held = self.write_lock()?;
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let original = fs::canonicalize(path).map_err(io_at("find", path))?;
        let size = fs::metadata(&original).map_err(io_at("read", path))?.len();
        let known = self.read(|conn| {
            let mut query =
                conn.prepare("SELECT 1 FROM evidence WHERE kept = 'copy' AND bytes = ? LIMIT 1")?;
            query.exists(params![crate::audit::number(size)])
        })?;
        if keep == Keep::Reference || known {
            let (digest, size) = hash_file(&original, progress)?;
            let copy = self.copy_of(&digest);
            if keep == Keep::Reference || copy.is_file() {
                let path = if copy.is_file() { copy } else { original };
                return Ok(EvidenceFile { digest, size, path, name, _held: held });
            }
        }
        let folder = self.folder(EVIDENCE);
        let mut copy = self.disk.create(&folder)?;
        stream(&original, &mut |chunk| {
            copy.write_all(chunk).map_err(io_at("copy", path))?;
            progress(chunk.len() as u64);
            Ok(())
        })?;
        let copy = copy.finish()?;
        let (digest, size, at) = (copy.digest, copy.bytes, self.copy_of(&copy.digest));
        copy.place(&at)?;
        self.disk.make_read_only(&at)?;
        self.disk.sync_dir(&folder)?;
        Ok(EvidenceFile { digest, size, path: at, name, _held: held })
    }

    /// Whether an original of this size is known: only then can a file be one of them.
    pub fn holds_size(&self, size: u64) -> Result<bool, StoreError> {
        self.read(|conn| {
            let mut query = conn.prepare("SELECT 1 FROM evidence WHERE bytes = ? LIMIT 1")?;
            query.exists(params![crate::audit::number(size)])
        })
    }

    /// Where the sealed copy of an original lies, if there is one.
    pub(crate) fn copy_of(&self, digest: &Digest) -> PathBuf {
        self.folder(EVIDENCE).join(digest.to_hex())
    }
}

/// The number of an original in the manifest; written if it is new.
pub(crate) fn register(
    conn: &Connection,
    digest: &Digest,
    size: u64,
    name: &str,
    original_path: &str,
    reference: bool,
    now_us: i64,
) -> rusqlite::Result<i64> {
    let kept = if reference { "reference" } else { "copy" };
    let known = conn
        .query_row(
            "SELECT number FROM evidence WHERE digest = ? AND kept = ?",
            params![digest.to_hex(), kept],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(number) = known {
        return Ok(number);
    }
    conn.execute(
        "INSERT INTO evidence (digest, bytes, name, original_path, kept, taken_us) VALUES (?, ?, ?, ?, ?, ?)",
        params![digest.to_hex(), crate::audit::number(size), name, original_path, kept, now_us],
    )?;
    Ok(conn.last_insert_rowid())
}
