//! One investigation on disk: what changes it. Every change leaves an entry in the audit chain.

use crate::error::EngineError;
use ingest::estimate::Estimate;
use ingest::load::{FileReport, LoadOptions};
use ingest::rebuild::{can_be_rebuilt, is_a_file, rebuild};
use model::decision::Judgement;
use model::ids::SourceId;
use model::phrase::Phrase;
use model::place::Country;
use model::provenance::{MentionKey, SourceKey};
use model::run::{RunContext, Unit};
use std::path::{Path, PathBuf};
use store::case::{CaseInfo, CaseStore};
use store::verify::{Problem, VerifyReport};

/// An open case.
pub struct Case {
    pub(crate) store: CaseStore,
    dir: PathBuf,
}

/// What came of rebuilding the texts of a case.
#[derive(Debug, Default)]
pub struct Rebuilding {
    /// Files that came back with the SHA-256 that was taken of them.
    pub files: u64,
    /// Texts within archives that came back; they have no SHA-256 of their own.
    pub members: u64,
    /// Sheets, and what parsers loaded that did not keep whole files.
    pub left_out: u64,
    /// Bytes that came back.
    pub bytes: u64,
    /// Files that did not.
    pub problems: Vec<Problem>,
}

/// What became of one file of a load.
#[derive(Debug)]
pub struct FileOutcome {
    /// The path as given.
    pub path: PathBuf,
    /// The report, or why the file was not taken. Other files of the load go on.
    pub result: Result<FileReport, EngineError>,
}

impl Case {
    /// Begins a case folder.
    ///
    /// # Errors      the folder exists and is not empty, or cannot be written
    pub fn create(dir: &Path, info: &CaseInfo) -> Result<Self, EngineError> {
        Ok(Self { store: CaseStore::create(dir, info)?, dir: dir.to_path_buf() })
    }

    /// Opens a case folder at its last commit.
    pub fn open(dir: &Path) -> Result<Self, EngineError> {
        Ok(Self { store: CaseStore::open(dir)?, dir: dir.to_path_buf() })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the case says of itself.
    pub fn info(&self) -> &CaseInfo {
        self.store.info()
    }

    /// Loads files and folders, file by file in the order of their paths, each in one commit.
    ///
    /// A file that cannot be read or recognised does not stop the others. The options' country, or else the
    /// case's, applies to files that state none.
    pub fn load(
        &self,
        paths: &[PathBuf],
        options: &LoadOptions,
        context: &RunContext<'_>,
    ) -> Result<Vec<FileOutcome>, EngineError> {
        let mut options = options.clone();
        options.country = options.country.or(self.info().country);
        let mut outcomes = Vec::new();
        for root in paths {
            for path in files_below(root)? {
                if context.is_cancelled() {
                    return Err(EngineError::Cancelled);
                }
                let options = LoadOptions {
                    country: folder_country(root, &path).or(options.country),
                    ..options.clone()
                };
                let result = ingest::load::load_path(&self.store, &path, &options, context);
                outcomes.push(FileOutcome { path, result: result.map_err(EngineError::from) });
            }
        }
        Ok(outcomes)
    }

    /// What loading these files and folders will take; nothing is loaded.
    ///
    /// # Errors      as [`Case::load`]
    pub fn estimate(
        &self,
        paths: &[PathBuf],
        options: &LoadOptions,
        context: &RunContext<'_>,
    ) -> Result<Estimate, EngineError> {
        let mut options = options.clone();
        options.country = options.country.or(self.info().country);
        let files: Vec<Vec<PathBuf>> =
            paths.iter().map(|root| files_below(root)).collect::<Result<_, _>>()?;
        Ok(ingest::estimate::estimate(&self.store, &files.concat(), &options, context)?)
    }

    /// Takes a source back: from now on its rows do not count. Its original stays in evidence, and the act is in
    /// the audit chain. A file named without a sheet is taken back with all its tables.
    ///
    /// # Returns     the keys of the sources taken back
    /// # Errors      no source of that name stands, or no reason is given
    pub fn withdraw(&self, source: &str, actor: &str, why: &str) -> Result<Vec<String>, EngineError> {
        let standing = self.store.live_sources()?;
        let named = |key: &SourceKey| key.to_string() == source || key.short() == source;
        let file = |key: &SourceKey| SourceKey { digest: key.digest, sheet: String::new() };
        let mut keys: Vec<SourceKey> = standing.iter().map(|s| s.key.clone()).filter(named).collect();
        if keys.is_empty() {
            keys = standing.iter().map(|s| s.key.clone()).filter(|key| named(&file(key))).collect();
        }
        if keys.is_empty() {
            return Err(EngineError::NoSource);
        }
        for key in &keys {
            self.store.withdraw(key, actor, why)?;
        }
        Ok(keys.iter().map(SourceKey::short).collect())
    }

    /// Records the same judgement on each of these pairs of mentions: all of them or none.
    ///
    /// # Returns     their numbers in the log
    pub fn record_judgements(
        &self,
        pairs: &[(MentionKey, MentionKey)],
        judgement: Judgement,
        actor: &str,
        why: &str,
    ) -> Result<Vec<u64>, EngineError> {
        if pairs.iter().any(|(a, b)| a == b) {
            return Err(EngineError::Judgement(Phrase::new(
                "both ids name the same mention",
                "los dos ids nombran la misma mención",
            )));
        }
        if why.trim().is_empty() {
            return Err(EngineError::Judgement(Phrase::new(
                "a reason is required: add --why \"...\"",
                "hace falta un motivo: añada --why \"...\"",
            )));
        }
        Ok(self.store.judge_all(pairs, judgement, actor, why)?)
    }

    /// Withdraws judgements by their numbers: all of them or none.
    pub fn undo_judgements(&self, numbers: &[u64], actor: &str, why: &str) -> Result<(), EngineError> {
        self.store.undo_judgements(numbers, actor, why)?;
        Ok(())
    }

    /// Re-hashes everything and names what does not hold.
    pub fn verify(&self, context: &RunContext<'_>) -> Result<VerifyReport, EngineError> {
        Ok(self.store.verify(context.progress)?)
    }

    /// Rebuilds every text of the case from its segments alone, and compares it with the SHA-256 that was taken of its
    /// file. Nothing is written and no original is read.
    ///
    /// # Errors      the segments cannot be read; a text that comes out otherwise is a problem of the result
    pub fn rebuild(&self, context: &RunContext<'_>) -> Result<Rebuilding, EngineError> {
        let snapshot = self.store.snapshot()?;
        let mut out = Rebuilding::default();
        let texts = || (0u32..).map(SourceId).zip(snapshot.sources()).filter(|(_, s)| can_be_rebuilt(s));
        context.progress.begin("rebuild", Some(texts().count() as u64), Unit::Items);
        for (id, source) in texts() {
            if context.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            let wrong = match rebuild(&snapshot, id, &mut std::io::sink()) {
                Ok(rebuilt) => {
                    out.bytes += rebuilt.bytes;
                    (is_a_file(source) && rebuilt.digest != source.key.digest).then(|| {
                        let found = rebuilt.digest.to_hex();
                        Phrase::made(
                            format!(
                                "its segments make a file of {} bytes with SHA-256 {found}",
                                rebuilt.bytes
                            ),
                            format!(
                                "sus segmentos dan un archivo de {} bytes con SHA-256 {found}",
                                rebuilt.bytes
                            ),
                        )
                    })
                }
                Err(error) => Some(Phrase::made(error.to_string(), error.spanish())),
            };
            match wrong {
                Some(detail) => {
                    let place = format!("source {}", source.key.short());
                    out.problems.push(Problem { what: "not_rebuilt", place, detail });
                }
                None if is_a_file(source) => out.files += 1,
                None => out.members += 1,
            }
            context.progress.advance(1);
        }
        context.progress.end();
        out.left_out = snapshot.sources().len() as u64 - texts().count() as u64;
        Ok(out)
    }

    /// A digest of what the case holds, equal for equal content however it was loaded.
    pub fn content_hash(&self) -> Result<String, EngineError> {
        Ok(self.store.content_hash()?.to_hex())
    }
}

/// The files of a path that is to be loaded; there is at least one.
fn files_below(root: &Path) -> Result<Vec<PathBuf>, EngineError> {
    let mut files = Vec::new();
    collect(root, &mut files)?;
    if files.is_empty() {
        return Err(EngineError::NothingToLoad { path: root.to_path_buf() });
    }
    Ok(files)
}

/// The country that a folder named by its ISO code between the given root and the file states.
fn folder_country(root: &Path, file: &Path) -> Option<Country> {
    let inner = file.strip_prefix(root).ok()?.parent()?;
    inner
        .components()
        .rev()
        .filter_map(|c| c.as_os_str().to_str())
        .filter(|name| name.len() == 2 && name.bytes().all(|b| b.is_ascii_uppercase()))
        .find_map(Country::parse)
}

/// Files below a path in the order of their names; hidden files and folders are passed over.
fn collect(path: &Path, out: &mut Vec<PathBuf>) -> Result<(), EngineError> {
    let io = |source| EngineError::Io { path: path.to_path_buf(), source };
    if !std::fs::metadata(path).map_err(io)?.is_dir() {
        out.push(path.to_path_buf());
        return Ok(());
    }
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path)
        .map_err(io)?
        .map(|e| e.map(|e| e.path()))
        .collect::<Result<_, _>>()
        .map_err(io)?;
    entries.sort();
    for entry in entries {
        let hidden = entry.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if !hidden {
            collect(&entry, out)?;
        }
    }
    Ok(())
}
