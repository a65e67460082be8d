//! Rebuildable artefacts: what a stage made of its inputs, for one audience, in one generation.
//!
//! Invariants:
//! 1. `derived/<audience>/<stage>/<generation>/` is complete and safe before the manifest names it, and is never written again.
//! 2. Replacing a stage is one transaction; the old generation is removed after it.
//! 3. Every file is in the manifest with its SHA-256, and the manifest says of which inputs, by which code, parameters and seed.

use crate::audit::{append_with_rows, number};
use crate::case::{CaseStore, DERIVED, names_in};
use crate::disk::{Disk, Finished, hash_file, temporary_name};
use crate::error::{StoreError, io_at};
use crate::lock::WriteLock;
use crate::mapped::MappedFile;
use crate::segment::{BatchReader, properties, segment_error, write_error};
use crate::snapshot::{count, parsed};
use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use model::provenance::Digest;
use parquet::arrow::ArrowWriter;
use rusqlite::{OptionalExtension, params};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

mod table;

pub use table::{EncodedGroup, TableEncoder, TableWriter};

/// From what an artefact was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivedManifest {
    /// Hash of everything that went in.
    pub input_hash: Digest,
    /// Version of the code that made it.
    pub code_version: String,
    /// Parameters, as JSON.
    pub parameters: String,
    /// Seed of every pseudo-random choice.
    pub seed: u64,
}

/// An artefact that stands.
#[derive(Clone, Debug)]
pub struct Derived {
    /// From what it was made.
    pub manifest: DerivedManifest,
    /// Its folder.
    pub path: PathBuf,
    /// Its generation, from 1.
    pub generation: u64,
    /// When it was made, microseconds UTC.
    pub at_us: i64,
    /// Hash and size of each file, by name in the folder.
    files: BTreeMap<String, (Digest, u64)>,
}

/// Files of a folder that are safe and were hashed while they were written: hash and size by name.
pub(crate) type Sealed = Arc<Mutex<BTreeMap<String, (Digest, u64)>>>;

/// Gives a file its name in the folder.
pub(crate) fn place(file: Finished, at: &Path, sealed: &Sealed) -> Result<(), StoreError> {
    let name = at.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let known = (file.digest, file.bytes);
    file.place(at)?;
    sealed.lock().unwrap_or_else(PoisonError::into_inner).insert(name, known);
    Ok(())
}

/// A folder in which an artefact is being made; removed when dropped without being committed.
#[derive(Debug)]
pub struct DerivedDir {
    path: PathBuf,
    sealed: Sealed,
    audience: String,
    stage: String,
    placed: bool,
    disk: Arc<Disk>,
    _lock: WriteLock,
}

impl DerivedDir {
    /// Where to write.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a whole table.
    pub fn put(&self, name: &str, batch: &RecordBatch) -> Result<(), StoreError> {
        check_name(name)?;
        let file = self.disk.create(&self.path)?;
        let failed = write_error(&self.path);
        let mut writer = properties()
            .and_then(|p| ArrowWriter::try_new(file, batch.schema(), Some(p)))
            .map_err(&failed)?;
        writer.write(batch).map_err(&failed)?;
        let file = writer.into_inner().map_err(&failed)?.finish()?;
        place(file, &self.path.join(format!("{name}.parquet")), &self.sealed)
    }

    /// Takes over a folder of an earlier artefact as it stands: its files get a second name.
    ///
    /// # Returns     false where the artefact has no such folder, or a file of it is not what the manifest says
    pub fn take_over(&self, before: &Derived, folder: &str) -> Result<bool, StoreError> {
        let inside = |name: &String| name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let files: Vec<_> = before.files.iter().filter(|(name, _)| inside(name)).collect();
        let whole = |(name, known): &(&String, &(Digest, u64))| {
            hash_file(&before.path.join(name), &mut |_| {}).is_ok_and(|found| found == **known)
        };
        if files.is_empty() || !files.iter().all(whole) {
            return Ok(false);
        }
        self.disk.create_dir(&self.path.join(folder))?;
        for (name, known) in files {
            self.disk.link(&before.path.join(name), &self.path.join(name))?;
            self.sealed.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), *known);
        }
        Ok(true)
    }

    pub(crate) fn disk(&self) -> &Arc<Disk> {
        &self.disk
    }

    pub(crate) fn sealed(&self) -> Sealed {
        Arc::clone(&self.sealed)
    }
}

impl AsRef<Path> for DerivedDir {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

impl Drop for DerivedDir {
    fn drop(&mut self) {
        if !self.placed {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

impl CaseStore {
    /// Replaces an artefact that consists of tables.
    pub fn put_derived(
        &self,
        audience: &str,
        stage: &str,
        manifest: &DerivedManifest,
        tables: &[(&str, RecordBatch)],
    ) -> Result<(), StoreError> {
        let dir = self.begin_derived_dir(audience, stage)?;
        for (name, batch) in tables {
            dir.put(name, batch)?;
        }
        self.commit_derived_dir(dir, manifest)
    }

    /// A fresh folder for an artefact that writes its own files (a search index).
    pub fn begin_derived_dir(&self, audience: &str, stage: &str) -> Result<DerivedDir, StoreError> {
        check_name(audience)?;
        check_name(stage)?;
        let lock = self.write_lock()?;
        let path = self.folder(DERIVED).join(audience).join(stage).join(temporary_name());
        self.disk.create_dir(&path)?;
        Ok(DerivedDir {
            path,
            sealed: Sealed::default(),
            audience: audience.to_owned(),
            stage: stage.to_owned(),
            placed: false,
            disk: Arc::clone(&self.disk),
            _lock: lock,
        })
    }

    /// Makes the folder the new generation of its artefact: safe, then named, then in one transaction in force.
    pub fn commit_derived_dir(
        &self,
        mut dir: DerivedDir,
        manifest: &DerivedManifest,
    ) -> Result<(), StoreError> {
        let stage_dir = self.folder(DERIVED).join(&dir.audience).join(&dir.stage);
        let mut files = Vec::new();
        let known = std::mem::take(&mut *dir.sealed.lock().unwrap_or_else(PoisonError::into_inner));
        self.seal_folder(dir.path(), "", &known, &mut files)?;
        let before = self.generation(&dir.audience, &dir.stage)?;
        let generation = before.unwrap_or(0) + 1;
        let place = stage_dir.join(generation.to_string());
        // A generation that was placed but never committed is nobody's.
        self.disk.remove(&place)?;
        self.disk.rename(dir.path(), &place)?;
        dir.placed = true;
        let audience_dir = self.folder(DERIVED).join(&dir.audience);
        for folder in [&stage_dir, &audience_dir, &self.folder(DERIVED)] {
            self.disk.sync_dir(folder)?;
        }
        self.transaction(|tx| {
            let (audience, stage) = (&dir.audience, &dir.stage);
            tx.execute("DELETE FROM derived_file WHERE audience = ? AND stage = ?", params![audience, stage])?;
            tx.execute("DELETE FROM derived WHERE audience = ? AND stage = ?", params![audience, stage])?;
            tx.execute(
                "INSERT INTO derived (audience, stage, generation, input_hash, code_version, parameters, seed, at_us)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                params![
                    audience,
                    stage,
                    number(generation),
                    manifest.input_hash.to_hex(),
                    manifest.code_version,
                    manifest.parameters,
                    manifest.seed.to_string(),
                    crate::case::now_us()
                ],
            )?;
            for (file, digest, bytes) in &files {
                tx.execute(
                    "INSERT INTO derived_file (audience, stage, file, bytes, sha256) VALUES (?, ?, ?, ?, ?)",
                    params![audience, stage, file, number(*bytes), digest.to_hex()],
                )?;
            }
            append_with_rows(tx, "madeja", "derive", &format!("derived:{audience}/{stage}/{generation}"), "")
        })?;
        if let Some(old) = before {
            self.disk.remove(&stage_dir.join(old.to_string()))?;
        }
        Ok(())
    }

    /// The artefact of a stage for an audience, if it was made.
    pub fn derived(&self, audience: &str, stage: &str) -> Result<Option<Derived>, StoreError> {
        check_name(audience)?;
        check_name(stage)?;
        let folder = self.folder(DERIVED).join(audience).join(stage);
        self.read(|conn| {
            let found = conn
                .query_row(
                    "SELECT generation, input_hash, code_version, parameters, seed, at_us FROM derived
                     WHERE audience = ? AND stage = ?",
                    params![audience, stage],
                    |row| {
                        let generation = count(row, 0)?;
                        Ok(Derived {
                            manifest: DerivedManifest {
                                input_hash: parsed(row, 1, Digest::from_hex)?,
                                code_version: row.get(2)?,
                                parameters: row.get(3)?,
                                seed: parsed(row, 4, |text| text.parse().ok())?,
                            },
                            path: folder.join(generation.to_string()),
                            generation,
                            at_us: row.get(5)?,
                            files: BTreeMap::new(),
                        })
                    },
                )
                .optional()?;
            let Some(mut found) = found else { return Ok(None) };
            let mut query = conn
                .prepare("SELECT file, sha256, bytes FROM derived_file WHERE audience = ? AND stage = ?")?;
            let rows = query.query_map(params![audience, stage], |row| {
                Ok((row.get(0)?, (parsed(row, 1, Digest::from_hex)?, count(row, 2)?)))
            })?;
            found.files = rows.collect::<rusqlite::Result<_>>()?;
            Ok(Some(found))
        })
    }

    fn generation(&self, audience: &str, stage: &str) -> Result<Option<u64>, StoreError> {
        self.read(|conn| {
            conn.query_row(
                "SELECT generation FROM derived WHERE audience = ? AND stage = ?",
                params![audience, stage],
                |row| count(row, 0),
            )
            .optional()
        })
    }

    /// Makes every file below a folder safe and notes its relative name, hash and size, ascending by name.
    fn seal_folder(
        &self,
        folder: &Path,
        relative: &str,
        known: &BTreeMap<String, (Digest, u64)>,
        out: &mut Vec<(String, Digest, u64)>,
    ) -> Result<(), StoreError> {
        for name in names_in(folder)? {
            let path = folder.join(&name);
            let inside = if relative.is_empty() { name } else { format!("{relative}/{name}") };
            if path.is_dir() {
                self.seal_folder(&path, &inside, known, out)?;
            } else if let Some((digest, bytes)) = known.get(&inside) {
                out.push((inside, *digest, *bytes));
            } else {
                self.disk.sync_file(&path)?;
                let (digest, bytes) = hash_file(&path, &mut |_| {})?;
                out.push((inside, digest, bytes));
            }
        }
        self.disk.sync_dir(folder)
    }
}

impl Derived {
    /// Names of its tables, ascending.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.files.keys().filter_map(|f| f.strip_suffix(".parquet")).filter(|f| !f.contains('/'))
    }

    /// One of its tables, whole.
    pub fn table(&self, name: &str) -> Result<RecordBatch, StoreError> {
        let file = format!("{name}.parquet");
        let path = self.path.join(&file);
        let Some(&(_, bytes)) = self.files.get(&file) else {
            return Err(StoreError::Unknown { path, what: "derived table", which: name.to_owned() });
        };
        let batches = BatchReader::open(&path, bytes)?;
        let schema = batches.schema();
        let batches = batches.collect::<Result<Vec<_>, _>>()?;
        concat_batches(&schema, &batches).map_err(|e| segment_error(&path, &e.to_string()))
    }

    /// One of its files of columns, mapped, and its path.
    ///
    /// # Errors      as [`MappedFile::open`]; `StoreError::Unknown` where there is none of that name
    pub fn map(&self, name: &str) -> Result<(MappedFile, PathBuf), StoreError> {
        let file = format!("{name}.map");
        let path = self.path.join(&file);
        match self.files.get(&file) {
            Some(&(_, bytes)) => Ok((MappedFile::open(&path, bytes)?, path)),
            None => Err(StoreError::Unknown { path, what: "derived table", which: name.to_owned() }),
        }
    }

    /// A file of its own making, by its name in the folder.
    pub fn file(&self, name: &str) -> Result<PathBuf, StoreError> {
        let path = self.path.join(name);
        if self.files.contains_key(name) {
            return Ok(path);
        }
        Err(io_at("find", &path)(std::io::ErrorKind::NotFound.into()))
    }
}

/// A name that can stand in a path on every system, and is no other name's path.
pub(crate) fn check_name(name: &str) -> Result<(), StoreError> {
    let fits = (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
    if fits { Ok(()) } else { Err(StoreError::BadName { name: name.to_owned() }) }
}
