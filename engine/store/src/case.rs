//! A case folder: created, opened, recovered.
//!
//! Invariants:
//! 1. `case.db` is the only commit point. A file counts only when a committed row names it; everything else is an
//!    orphan, and the next writer sweeps it (never while another process holds the lock).
//! 2. Sealed evidence is never swept: an unnamed original of an interrupted load stays until it is loaded again.
//! 3. `case.db` itself appears by one rename, complete.

use crate::audit;
use crate::disk::{Disk, TEMPORARY};
use crate::error::{StoreError, io_at};
use crate::lock::{LockCell, WriteLock};
use crate::schema;
use model::phrase::Phrase;
use model::place::Country;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Folder of originals.
pub(crate) const EVIDENCE: &str = "evidence";
/// Folder of segments.
pub(crate) const SEGMENTS: &str = "segments";
/// Folder of rebuildable artefacts.
pub(crate) const DERIVED: &str = "derived";
const MANIFEST: &str = "case.db";
const NEW_MANIFEST: &str = "case.db.new";

/// What a case says of itself; fixed when it is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseInfo {
    /// Title.
    pub title: String,
    /// Country whose rules files are read by when nothing else says.
    pub country: Option<Country>,
    /// Authority that leads the investigation.
    pub authority: String,
    /// When it was created, microseconds UTC.
    pub created_us: i64,
}

/// An open case folder. Shared between threads; every method takes `&self`.
#[derive(Debug)]
pub struct CaseStore {
    root: PathBuf,
    info: CaseInfo,
    conn: Mutex<Connection>,
    pub(crate) disk: Arc<Disk>,
    lock: Arc<LockCell>,
    read_only: bool,
}

impl CaseStore {
    /// Creates a case in a folder that is new or empty, and opens it.
    pub fn create(dir: &Path, info: &CaseInfo) -> Result<Self, StoreError> {
        Self::create_on(dir, info, Arc::new(Disk::new()))
    }

    /// Opens a case to read and write, and sweeps what an interrupted writer left behind.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        Self::open_on(dir, Arc::new(Disk::new()))
    }

    /// Opens a case that this process will not change; works in a read-only folder.
    pub fn open_read_only(dir: &Path) -> Result<Self, StoreError> {
        Self::open_manifest(dir, Arc::new(Disk::new()), true)
    }

    pub(crate) fn create_on(dir: &Path, info: &CaseInfo, disk: Arc<Disk>) -> Result<Self, StoreError> {
        if dir.exists() && !is_vacant(dir)? {
            return Err(StoreError::NotEmpty { path: dir.to_owned() });
        }
        disk.create_dir(dir)?;
        let _lock = Arc::new(LockCell::new(dir)).take()?;
        for folder in [EVIDENCE, SEGMENTS, DERIVED] {
            disk.create_dir(&dir.join(folder))?;
        }
        let fresh = dir.join(NEW_MANIFEST);
        disk.remove(&fresh)?;
        write_manifest(&fresh, info).map_err(|e| schema::database(&fresh, e))?;
        disk.sync_file(&fresh)?;
        disk.rename(&fresh, &dir.join(MANIFEST))?;
        disk.sync_dir(dir)?;
        Self::open_manifest(dir, disk, false)
    }

    pub(crate) fn open_on(dir: &Path, disk: Arc<Disk>) -> Result<Self, StoreError> {
        let rights = fs::metadata(dir).map(|m| m.permissions());
        if rights.is_ok_and(|r| r.readonly()) && dir.join(MANIFEST).is_file() {
            return Err(StoreError::ReadOnly { path: dir.to_owned() });
        }
        let store = Self::open_manifest(dir, disk, false)?;
        if let Some(_lock) = store.lock.try_take()? {
            store.sweep()?;
        }
        Ok(store)
    }

    /// Opens without sweeping, on a disk of the test's choice.
    #[cfg(test)]
    pub(crate) fn open_manifest_on(dir: &Path, disk: Arc<Disk>) -> Result<Self, StoreError> {
        Self::open_manifest(dir, disk, false)
    }

    fn open_manifest(dir: &Path, disk: Arc<Disk>, read_only: bool) -> Result<Self, StoreError> {
        let manifest = dir.join(MANIFEST);
        if !manifest.is_file() {
            let path = dir.to_owned();
            let was_a_case = [EVIDENCE, SEGMENTS].iter().any(|f| has_entries(&dir.join(f)));
            return Err(if was_a_case {
                StoreError::Damaged { path, detail: Phrase::new("case.db is missing", "falta case.db") }
            } else {
                StoreError::NotACase { path }
            });
        }
        let conn = schema::open(&manifest, read_only)?;
        let info = read_info(&conn).map_err(|e| schema::database(&manifest, e))?;
        Ok(Self {
            root: dir.to_owned(),
            info,
            conn: Mutex::new(conn),
            disk,
            lock: Arc::new(LockCell::new(dir)),
            read_only,
        })
    }

    /// What the case says of itself.
    pub fn info(&self) -> &CaseInfo {
        &self.info
    }

    /// The case folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Takes the right to place files, for as long as the answer lives.
    ///
    /// # Errors  [`StoreError::Locked`] if another process has it
    pub fn write_lock(&self) -> Result<WriteLock, StoreError> {
        self.may_write()?;
        self.lock.take()
    }

    pub(crate) fn may_write(&self) -> Result<(), StoreError> {
        if self.read_only { Err(StoreError::ReadOnly { path: self.root.clone() }) } else { Ok(()) }
    }

    /// A folder in which the next writer removes whatever has a name that begins with `tmp-`.
    pub fn scratch_folder(&self) -> PathBuf {
        self.folder(SEGMENTS)
    }

    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(crate) fn manifest(&self) -> PathBuf {
        self.root.join(MANIFEST)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.conn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the manifest at one moment.
    pub(crate) fn read<T>(
        &self,
        f: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let conn = self.connection();
        let read = || {
            let moment = conn.unchecked_transaction()?;
            f(&moment)
        };
        read().map_err(|e| schema::database(&self.manifest(), e))
    }

    /// Changes the manifest in one transaction: all of it, or nothing.
    pub(crate) fn transaction<T>(
        &self,
        f: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.try_transaction(|tx| f(tx).map_err(|e| schema::database(&self.manifest(), e)))
    }

    /// The same for work that can fail for reasons of its own.
    pub(crate) fn try_transaction<T>(
        &self,
        f: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.may_write()?;
        let path = self.manifest();
        let mut conn = self.connection();
        let tx = conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|e| schema::database(&path, e))?;
        let out = f(&tx)?;
        self.disk.step().map_err(io_at("commit", &path))?;
        tx.commit().map_err(|e| schema::database(&path, e))?;
        self.disk.step().map_err(io_at("go on after the commit", &path))?;
        Ok(out)
    }

    /// Removes files that no committed row names. The caller holds the lock.
    fn sweep(&self) -> Result<(), StoreError> {
        let (live, generations) = self.read(|conn| Ok((live_files(conn)?, generations(conn)?)))?;
        for name in names_in(&self.folder(EVIDENCE))? {
            if name.starts_with(TEMPORARY) {
                self.disk.remove(&self.folder(EVIDENCE).join(name))?;
            }
        }
        for name in names_in(&self.folder(SEGMENTS))? {
            if !live.contains(&name) {
                self.disk.remove(&self.folder(SEGMENTS).join(name))?;
            }
        }
        for (path, _) in generation_folders(&self.folder(DERIVED))?
            .into_iter()
            .filter(|(_, relative)| !generations.contains(relative))
        {
            self.disk.remove(&path)?;
        }
        self.disk.remove(&self.root.join(NEW_MANIFEST))
    }
}

/// Names of the segment files of live sources, and of the load that is not finished.
pub(crate) fn live_files(conn: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let mut query = conn.prepare(
        "SELECT file FROM segment WHERE source NOT IN (SELECT source FROM source_end)
         UNION SELECT file FROM unfinished_segment",
    )?;
    let rows = query.query_map([], |row| row.get(0))?;
    rows.collect()
}

/// `audience/stage/generation` of every artefact that stands.
pub(crate) fn generations(conn: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let mut query = conn.prepare("SELECT audience || '/' || stage || '/' || generation FROM derived")?;
    let rows = query.query_map([], |row| row.get(0))?;
    rows.collect()
}

/// Everything at the third level under `derived/`, with its relative name.
pub(crate) fn generation_folders(derived: &Path) -> Result<Vec<(PathBuf, String)>, StoreError> {
    let mut out = Vec::new();
    for audience in names_in(derived)? {
        for stage in names_in(&derived.join(&audience))? {
            let folder = derived.join(&audience).join(&stage);
            for generation in names_in(&folder)? {
                out.push((folder.join(&generation), format!("{audience}/{stage}/{generation}")));
            }
        }
    }
    Ok(out)
}

/// Names in a folder, sorted; none if it is not there or no folder.
pub(crate) fn names_in(folder: &Path) -> Result<Vec<String>, StoreError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(io_at("list", folder))? {
        let entry = entry.map_err(io_at("list", folder))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Whether a case may be created here: nothing is here but what an interrupted creation left.
fn is_vacant(dir: &Path) -> Result<bool, StoreError> {
    if !dir.is_dir() {
        return Ok(false);
    }
    for name in names_in(dir)? {
        let ours = match name.as_str() {
            "lock" | NEW_MANIFEST | "case.db.new-journal" => true,
            EVIDENCE | SEGMENTS | DERIVED => !has_entries(&dir.join(&name)),
            _ => false,
        };
        if !ours {
            return Ok(false);
        }
    }
    Ok(true)
}

fn has_entries(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

fn write_manifest(path: &Path, info: &CaseInfo) -> rusqlite::Result<()> {
    let mut conn = Connection::open(path)?;
    let tx = conn.transaction()?;
    tx.execute_batch(&schema::statements())?;
    let created = info.created_us.to_string();
    let country = info.country.map_or("", Country::code);
    for (key, value) in [
        ("title", info.title.as_str()),
        ("country", country),
        ("authority", info.authority.as_str()),
        ("created_us", created.as_str()),
    ] {
        tx.execute("INSERT INTO case_info (key, value) VALUES (?, ?)", params![key, value])?;
    }
    audit::append_with_rows(&tx, "madeja", "create", "case", "")?;
    tx.commit()
}

fn read_info(conn: &Connection) -> rusqlite::Result<CaseInfo> {
    let mut info = CaseInfo { title: String::new(), country: None, authority: String::new(), created_us: 0 };
    let mut query = conn.prepare("SELECT key, value FROM case_info")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (key, value): (String, String) = (row.get(0)?, row.get(1)?);
        match key.as_str() {
            "title" => info.title = value,
            "country" => info.country = Country::parse(&value),
            "authority" => info.authority = value,
            "created_us" => info.created_us = value.parse().unwrap_or_default(),
            _ => {}
        }
    }
    Ok(info)
}

/// The clock: microseconds UTC since 1970.
pub(crate) fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
