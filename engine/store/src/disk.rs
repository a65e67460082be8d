//! Every change of a file goes through here: written, made safe, renamed, made safe again.
//!
//! Invariants:
//! 1. A failed `fsync` is fatal: the kernel may have dropped the pages, so a later success would say nothing. From then
//!    on this store writes nothing more.
//! 2. A test may let the k-th step fail, and every step after it, as a dead disk or a killed process would; a failing
//!    write leaves half of its bytes behind.
//! 3. What differs between operating systems stands in this file alone. On systems other than Unix a folder cannot be
//!    synchronised and the call does nothing; that has not been tried.

use crate::error::{StoreError, io_at};
use model::provenance::Digest;
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::thread::JoinHandle;

/// Prefix of files and folders that are not yet part of the case.
pub(crate) const TEMPORARY: &str = "tmp-";

/// So many bytes written are begun to be made safe: less is left to wait for at the end.
const AHEAD: u64 = 16 << 20;

/// The file system as this store sees it.
#[derive(Debug)]
pub(crate) struct Disk {
    dead: AtomicBool,
    /// Steps that still succeed; negative: all do.
    steps_left: AtomicI64,
}

impl Disk {
    /// The real thing.
    pub(crate) fn new() -> Self {
        Self { dead: AtomicBool::new(false), steps_left: AtomicI64::new(-1) }
    }

    /// A disk that dies after so many steps.
    #[cfg(test)]
    pub(crate) fn dying_after(steps: i64) -> Self {
        Self { dead: AtomicBool::new(false), steps_left: AtomicI64::new(steps) }
    }

    /// Counts one step at which a disk or a process may die.
    pub(crate) fn step(&self) -> io::Result<()> {
        if self.dead.load(Ordering::SeqCst) {
            return Err(io::Error::other("the disk failed before"));
        }
        let left = self.steps_left.load(Ordering::SeqCst);
        if left < 0 {
            return Ok(());
        }
        if left == 0 {
            self.dead.store(true, Ordering::SeqCst);
            return Err(io::Error::other("the disk failed"));
        }
        self.steps_left.store(left - 1, Ordering::SeqCst);
        Ok(())
    }

    /// A new file of a name not in use, in `folder`.
    pub(crate) fn create(self: &Arc<Self>, folder: &Path) -> Result<DiskFile, StoreError> {
        let path = folder.join(temporary_name());
        let open = || {
            self.step()?;
            fs::OpenOptions::new().write(true).create_new(true).open(&path)
        };
        let file = open().map_err(io_at("create", &path))?;
        Ok(DiskFile {
            file,
            path,
            disk: Arc::clone(self),
            hasher: Sha256::new(),
            bytes: 0,
            finished: false,
            waiting: 0,
            ahead: None,
        })
    }

    /// Makes what is in an existing file safe.
    pub(crate) fn sync_file(&self, path: &Path) -> Result<(), StoreError> {
        let file = File::open(path).map_err(io_at("open", path))?;
        self.safe(path, || file.sync_all())
    }

    /// Makes the names in a folder safe.
    pub(crate) fn sync_dir(&self, path: &Path) -> Result<(), StoreError> {
        #[cfg(unix)]
        {
            let folder = File::open(path).map_err(io_at("open", path))?;
            self.safe(path, || folder.sync_all())
        }
        #[cfg(not(unix))]
        self.safe(path, || Ok(()))
    }

    fn safe(&self, path: &Path, sync: impl FnOnce() -> io::Result<()>) -> Result<(), StoreError> {
        self.step().and_then(|()| sync()).map_err(|_| {
            self.dead.store(true, Ordering::SeqCst);
            StoreError::Unsafe { path: path.to_owned() }
        })
    }

    /// Gives a file or folder its lasting name.
    pub(crate) fn rename(&self, from: &Path, to: &Path) -> Result<(), StoreError> {
        self.step().and_then(|()| fs::rename(from, to)).map_err(io_at("rename", from))
    }

    /// Gives a file a second name beside the first, in place of whatever has it; the folder still has to be made safe.
    pub(crate) fn link(&self, from: &Path, to: &Path) -> Result<(), StoreError> {
        let aside = to.with_file_name(temporary_name());
        let copy = || -> io::Result<()> {
            // Not every file system knows second names.
            fs::copy(from, &aside)?;
            File::open(&aside)?.sync_all()
        };
        let link = || self.step().and_then(|()| fs::hard_link(from, &aside).or_else(|_| copy()));
        link().map_err(io_at("link", from))?;
        self.rename(&aside, to)?;
        // Two names of one file are not renamed onto each other.
        self.remove(&aside)
    }

    /// Makes a folder if it is not there.
    pub(crate) fn create_dir(&self, path: &Path) -> Result<(), StoreError> {
        self.step().and_then(|()| fs::create_dir_all(path)).map_err(io_at("create", path))
    }

    /// Takes away the right to write a file.
    pub(crate) fn make_read_only(&self, path: &Path) -> Result<(), StoreError> {
        let set = || {
            self.step()?;
            let mut rights = fs::metadata(path)?.permissions();
            rights.set_readonly(true);
            fs::set_permissions(path, rights)
        };
        set().map_err(io_at("make read-only", path))
    }

    /// Removes a file or a whole folder; nothing there is fine.
    pub(crate) fn remove(&self, path: &Path) -> Result<(), StoreError> {
        let remove = || {
            self.step()?;
            if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
        };
        match remove() {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_at("remove", path)(error)),
            _ => Ok(()),
        }
    }
}

/// A name for a file or folder that is not yet part of the case, new in every process and call.
pub(crate) fn temporary_name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{TEMPORARY}{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A file under way: hashed while written, removed unless finished.
#[derive(Debug)]
pub(crate) struct DiskFile {
    file: File,
    path: PathBuf,
    disk: Arc<Disk>,
    hasher: Sha256,
    bytes: u64,
    finished: bool,
    /// Bytes that nobody has begun to make safe.
    waiting: u64,
    /// Makes what was written so far safe, while more is written.
    ahead: Option<JoinHandle<io::Result<()>>>,
}

/// A file whose bytes are safe under a temporary name.
///
/// **Invariant:** removed when dropped, unless it was given its place.
#[derive(Debug)]
pub(crate) struct Finished {
    path: PathBuf,
    disk: Arc<Disk>,
    /// SHA-256 of the bytes.
    pub(crate) digest: Digest,
    /// Their number.
    pub(crate) bytes: u64,
    placed: bool,
}

impl DiskFile {
    /// Begins to make safe what was written, unless that is still going on.
    fn begin_sync(&mut self) -> io::Result<()> {
        if self.ahead.as_ref().is_some_and(|ahead| !ahead.is_finished()) {
            return Ok(());
        }
        self.end_sync()?;
        let file = self.file.try_clone()?;
        self.waiting = 0;
        self.ahead = Some(std::thread::spawn(move || file.sync_data()));
        Ok(())
    }

    /// Waits for what was begun. Its failure is as final as that of any other `fsync`.
    fn end_sync(&mut self) -> io::Result<()> {
        let Some(ahead) = self.ahead.take() else { return Ok(()) };
        let done = ahead.join().unwrap_or_else(|_| Err(io::Error::other("a thread was lost")));
        if done.is_err() {
            self.disk.dead.store(true, Ordering::SeqCst);
        }
        done
    }

    /// Makes the bytes safe.
    pub(crate) fn finish(mut self) -> Result<Finished, StoreError> {
        self.end_sync().map_err(|_| StoreError::Unsafe { path: self.path.clone() })?;
        self.disk.safe(&self.path, || self.file.sync_all())?;
        self.finished = true;
        Ok(Finished {
            path: self.path.clone(),
            disk: Arc::clone(&self.disk),
            digest: Digest(self.hasher.clone().finalize().into()),
            bytes: self.bytes,
            placed: false,
        })
    }
}

impl Finished {
    /// Gives the file its lasting name; the folder still has to be made safe.
    pub(crate) fn place(mut self, at: &Path) -> Result<(), StoreError> {
        self.disk.rename(&self.path, at)?;
        self.placed = true;
        Ok(())
    }
}

impl Write for DiskFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.disk.step() {
            // Torn: half of the bytes arrive.
            let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
            let _ = self.file.write_all(half);
            return Err(error);
        }
        let written = self.file.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        self.waiting += written as u64;
        if self.waiting >= AHEAD {
            self.begin_sync()?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for DiskFile {
    fn drop(&mut self) {
        let _ = self.end_sync();
        if !self.finished {
            let _ = self.disk.remove(&self.path);
        }
    }
}

impl Drop for Finished {
    fn drop(&mut self) {
        if !self.placed {
            let _ = self.disk.remove(&self.path);
        }
    }
}

/// Hashes a file, telling how many bytes each step took.
pub(crate) fn hash_file(path: &Path, progress: &mut dyn FnMut(u64)) -> Result<(Digest, u64), StoreError> {
    let mut hasher = Sha256::new();
    let mut bytes = 0;
    stream(path, &mut |chunk| {
        hasher.update(chunk);
        bytes += chunk.len() as u64;
        progress(chunk.len() as u64);
        Ok(())
    })?;
    Ok((Digest(hasher.finalize().into()), bytes))
}

/// Hands every byte of a file to `f`, in order, in chunks of at most 1 MiB.
pub(crate) fn stream(
    path: &Path,
    f: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    use std::io::Read;
    let mut file = File::open(path).map_err(io_at("open", path))?;
    let mut buffer = vec![0u8; 1 << 20];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => f(buffer.get(..n).unwrap_or_default())?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(io_at("read", path)(error)),
        }
    }
}

#[cfg(test)]
mod tests;
