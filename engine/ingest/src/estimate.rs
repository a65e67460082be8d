//! What a load will take, before it begins: rows, time, memory and disk, from a trial on the beginning of its files.
//!
//! Files are of three kinds, by how they are read: in bulk, row by row, and by the reader of foreign files. Of each kind
//! the largest file is tried: its beginning, and a part of that, are loaded into a case of their own, which is gone
//! afterwards. The two trials tell what a file costs from what a byte costs, on this machine and with these options.
//!
//! It is an estimate: a file whose beginning is not like the rest comes out otherwise.

use crate::error::IngestError;
use crate::load::{BULK_FROM, LoadOptions, load_path};
use crate::remembered;
use crate::unfold::has_parts;
use model::ids::SourceId;
use model::run::RunContext;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;
use store::case::CaseStore;

/// How much of a file that is read row by row is tried.
const TRIED: u64 = 8 << 20;
/// How much of a file that is read in bulk is tried: chunks for all threads, and dictionaries past their steepest.
const TRIED_IN_BULK: u64 = 64 << 20;
/// The share of it that is tried alone.
const PART: u64 = 4;

/// What a process holds before it reads anything.
const IDLE_BYTES: u64 = 24 << 20;
/// What a thread holds that reads in bulk: its chunk, its columns, and a row group on its way.
const THREAD_BYTES: u64 = 28 << 20;
/// What an entry of a dictionary takes.
const ENTRY_BYTES: f64 = 110.0;
/// What a row takes that may stand in another source.
const ROW_BYTES: f64 = 32.0;

/// What loading some files will take.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Files.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// Rows that will be read.
    pub rows: u64,
    /// Wall time in seconds.
    pub seconds: f64,
    /// Most memory at once, in bytes.
    pub memory_bytes: u64,
    /// What the case grows by, in bytes.
    pub disk_bytes: u64,
}

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Bulk,
    Rows,
    Foreign,
}

/// What a trial took.
#[derive(Clone, Copy, Debug)]
struct Trial {
    bytes: f64,
    rows: f64,
    seconds: f64,
    stored: f64,
    entries: f64,
}

/// Estimates the load of these files.
///
/// # Errors      a file cannot be looked at; what cannot be tried is estimated by its size alone
pub fn estimate(
    store: &CaseStore,
    files: &[PathBuf],
    options: &LoadOptions,
    context: &RunContext<'_>,
) -> Result<Estimate, IngestError> {
    let mut found: Vec<(Manner, u64, &Path)> = Vec::new();
    for path in files {
        let io = |source| IngestError::Io { path: path.clone(), source };
        let size = std::fs::metadata(path).map_err(io)?.len();
        let manner = match size {
            _ if has_parts(path).map_err(io)? => Manner::Foreign,
            size if size >= options.bulk_from.unwrap_or(BULK_FROM) => Manner::Bulk,
            _ => Manner::Rows,
        };
        found.push((manner, size, path));
    }
    let mut out = Estimate {
        files: files.len() as u64,
        bytes: found.iter().map(|f| f.1).sum(),
        memory_bytes: IDLE_BYTES,
        ..Estimate::default()
    };
    for manner in [Manner::Bulk, Manner::Rows, Manner::Foreign] {
        let of_it: Vec<(u64, &Path)> = found.iter().filter(|f| f.0 == manner).map(|f| (f.1, f.2)).collect();
        let Some((_, largest)) = of_it.iter().max_by_key(|f| f.0).copied() else { continue };
        let trials = trials(store, manner, largest, options, context);
        for (size, _) in &of_it {
            let cost = cost(manner, &trials, *size as f64);
            out.rows += cost.rows as u64;
            out.seconds += cost.seconds;
            out.disk_bytes += cost.stored as u64 + if options.reference { 0 } else { *size };
            out.memory_bytes = out.memory_bytes.max(memory(manner, &cost));
        }
    }
    Ok(out)
}

/// The beginning of a file and a part of it, tried; fewer where that cannot be.
fn trials(
    store: &CaseStore,
    manner: Manner,
    path: &Path,
    options: &LoadOptions,
    context: &RunContext<'_>,
) -> Vec<Trial> {
    let mut head = Vec::new();
    let most = match manner {
        Manner::Bulk => TRIED_IN_BULK,
        Manner::Rows => TRIED,
        Manner::Foreign => u64::MAX,
    };
    let read = std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut head));
    if read.is_err() {
        return Vec::new();
    }
    let lengths = match manner {
        Manner::Foreign => vec![head.len()],
        Manner::Bulk | Manner::Rows => vec![head.len() / PART as usize, head.len()],
    };
    let mut options = LoadOptions { dry_run: false, strict: false, ..options.clone() };
    options.bulk_from = Some(if manner == Manner::Bulk { 0 } else { u64::MAX });
    if options.mapping.is_none() && options.kind.is_none() {
        options.mapping = remembered::find(store, path).ok().flatten();
    }
    // What is not the end of the file ends with a line.
    let whole = |length: usize| {
        let bytes = head.get(..length).unwrap_or_default();
        match memchr::memrchr(b'\n', bytes) {
            Some(at) if length < head.len() || (head.len() as u64) == most => {
                bytes.get(..=at).unwrap_or_default()
            }
            _ => bytes,
        }
    };
    lengths.into_iter().filter_map(|length| trial(store, path, whole(length), &options, context)).collect()
}

/// Loads some bytes into a case of their own; nothing where they are no file that can be loaded.
fn trial(
    store: &CaseStore,
    path: &Path,
    bytes: &[u8],
    options: &LoadOptions,
    context: &RunContext<'_>,
) -> Option<Trial> {
    // Within the case, since what is tried is evidence.
    let home = tempfile::Builder::new().prefix("tmp-").tempdir_in(store.scratch_folder()).ok()?;
    let copy = home.path().join(path.file_name()?);
    std::fs::write(&copy, bytes).ok()?;
    let case = CaseStore::create(&home.path().join("case"), store.info()).ok()?;
    let begun = Instant::now();
    let report = load_path(&case, &copy, options, &context.quiet()).ok()?;
    let seconds = begun.elapsed().as_secs_f64();
    let snapshot = case.snapshot().ok()?;
    let mut entries = 0;
    for id in (0u32..).map(SourceId).take(snapshot.sources().len()) {
        for dictionary in
            [snapshot.call_numbers(id).ok()?, snapshot.call_imeis(id).ok()?, snapshot.call_imsis(id).ok()?]
        {
            entries += dictionary.len();
        }
    }
    Some(Trial {
        bytes: bytes.len() as f64,
        rows: report.tables.iter().map(|t| t.receipt.read).sum::<u64>() as f64,
        seconds,
        stored: snapshot.stored_bytes() as f64,
        entries: entries as f64,
    })
}

/// What a file of this size costs by these trials.
fn cost(manner: Manner, trials: &[Trial], size: f64) -> Trial {
    match trials {
        [] => {
            // Without a trial: a row of 100 bytes, and a pace that any machine keeps.
            let pace = if manner == Manner::Bulk { 100e6 } else { 10e6 };
            Trial { bytes: size, rows: size / 100.0, seconds: size / pace, stored: size / 3.0, entries: 0.0 }
        }
        [only] => only.scaled(size / only.bytes.max(1.0)),
        [part, .., whole] => {
            let grown = |from: f64, to: f64| {
                // What grows less than the file goes on to do so.
                let power = (to / from.max(1.0)).max(1.0).ln() / (whole.bytes / part.bytes.max(1.0)).ln();
                to * (size / whole.bytes.max(1.0)).powf(power.clamp(0.0, 1.0))
            };
            let each = (whole.seconds - part.seconds) / (whole.bytes - part.bytes).max(1.0);
            let scaled = whole.scaled(size / whole.bytes.max(1.0));
            let seconds = if each > 0.0 {
                (whole.seconds - each * whole.bytes).max(0.0) + each * size
            } else {
                scaled.seconds
            };
            Trial { seconds, entries: grown(part.entries, whole.entries), ..scaled }
        }
    }
}

impl Trial {
    fn scaled(self, by: f64) -> Self {
        Self {
            bytes: self.bytes * by,
            rows: self.rows * by,
            seconds: self.seconds * by,
            stored: self.stored * by,
            entries: self.entries * by,
        }
    }
}

/// The most memory that a file of this cost takes.
fn memory(manner: Manner, cost: &Trial) -> u64 {
    let threads = if manner == Manner::Bulk { rayon::current_num_threads() as u64 } else { 1 };
    let dictionaries = (cost.entries * ENTRY_BYTES) as u64;
    let rows = if manner == Manner::Bulk { 0 } else { (cost.rows * ROW_BYTES) as u64 };
    IDLE_BYTES + threads * THREAD_BYTES + dictionaries + rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_trials_tell_what_a_file_costs_from_what_a_byte_costs() {
        let part = Trial { bytes: 2e6, rows: 2e4, seconds: 0.3, stored: 4e5, entries: 1e3 };
        let whole = Trial { bytes: 8e6, rows: 8e4, seconds: 0.6, stored: 16e5, entries: 2e3 };
        let large = cost(Manner::Bulk, &[part, whole], 128e6);
        assert!((large.seconds - 6.6).abs() < 1e-6, "{large:?}");
        assert!((large.rows - 128e4).abs() < 1e-3 && (large.stored - 256e5).abs() < 1.0, "{large:?}");
        // Four times the bytes have twice the entries.
        assert!((large.entries - 8e3).abs() < 1e-6, "{large:?}");
        // A trial that took no longer for more says nothing of what a file costs.
        let noisy = cost(Manner::Rows, &[part, Trial { seconds: 0.2, ..whole }], 16e6);
        assert!((noisy.seconds - 0.4).abs() < 1e-6, "{noisy:?}");
        assert!((cost(Manner::Foreign, &[], 30e6).seconds - 3.0).abs() < 1e-6);
    }
}
