//! The load of one file: evidence first, then two passes over each of its tables, then one commit.
//!
//! The first pass decides what only the whole table can decide; the second turns rows into records. Between them
//! stands nothing but the decisions, so that memory does not grow with the file.
//!
//! Invariants:
//! 1. Every row is kept, refused, repeated or other. `read = kept + refused + repeated`, and `read + other` is the
//!    number of physical lines: header, letterhead, blank and footer lines are `other`, and so are the further
//!    lines of a row whose quoted field spans several.
//! 2. Whether a row is repeated never changes what is stored: the record is stored as one more source of its event.
//! 3. On any error nothing of the file is committed.

use crate::error::IngestError;
use crate::mapping::Mapping;
use crate::open;
use crate::plan::{Planned, notes, plan, resolved_mapping};
use crate::remembered;
use crate::repeated::{KeyCounts, Prior};
use crate::sketch::sketch;
use model::place::Country;
use model::provenance::{Digest, SourceKey};
use model::record::{RefusalReason, TableKind};
use model::run::{RunContext, Unit};
use model::undecided::{self, Undecided};
use normalise::date::DateOrder;
use std::path::{Path, PathBuf};
use store::case::CaseStore;
use store::evidence::Keep;
use store::load::{Load, LoadSpec, LoadStart, SourceDraft};
use store::receipt::{ColumnNote, LoadReceipt};

mod large;
mod table;

use large::{Bulk, load_streamed};
use table::{Read, Reading};

/// Raised when the same bytes and mapping would give other records.
pub const PARSER_VERSION: u32 = 4;

/// Files of at least so many bytes are read in bulk.
pub(crate) const BULK_FROM: u64 = 8 << 20;

/// How a file is to be loaded.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// The kind of table, where a person says so.
    pub kind: Option<TableKind>,
    /// A mapping.
    pub mapping: Option<Mapping>,
    /// Country whose rules the file follows. Where it is the case's own it yields to the mapping and the letterhead.
    pub country: Option<Country>,
    /// Order of day and month.
    pub dates: Option<DateOrder>,
    /// Register the file where it lies instead of copying it.
    pub reference: bool,
    /// Do everything but the commit.
    pub dry_run: bool,
    /// Any refused row makes the load fail.
    pub strict: bool,
    /// Who loads.
    pub actor: String,
    /// Size in bytes from which a file is read in bulk where it can be; 8 MiB unless stated. What is stored is the
    /// same either way.
    pub bulk_from: Option<u64>,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// Its records are in the case.
    Loaded,
    /// The same load stands already; nothing was changed.
    AlreadyLoaded,
    /// Read to the end and not committed.
    Tried,
    /// Loaded anew; the earlier load of this file by another mapping or parser no longer counts.
    Superseded,
}

/// The report of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileReport {
    /// The file as given.
    pub path: PathBuf,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// What became of it.
    pub state: FileState,
    /// Its tables.
    pub tables: Vec<TableReport>,
    /// Wall time in seconds.
    pub seconds: f64,
    /// Size in bytes.
    pub bytes: u64,
}

/// The report of one table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableReport {
    /// The source.
    pub key: SourceKey,
    /// Kind of table.
    pub kind: TableKind,
    /// Layout that was recognised.
    pub template: String,
    /// Encoding; empty for sheets.
    pub encoding: String,
    /// Delimiter; empty for sheets.
    pub delimiter: String,
    /// Line of the header.
    pub header_row: Option<u32>,
    /// Country whose rules were used.
    pub country: Option<Country>,
    /// How the columns were understood.
    pub columns: Vec<ColumnNote>,
    /// Bytes from the beginning that an interrupted load had read and this one did not read again.
    pub resumed: u64,
    /// Where every line went.
    pub receipt: LoadReceipt,
    /// What a person has to settle.
    pub needs_decision: Option<String>,
    /// How many records the file itself declares.
    pub declared: Option<u64>,
    /// Everything that was found, as a mapping that can be corrected.
    pub mapping_toml: String,
}

/// Loads one file.
///
/// # Errors
/// See [`IngestError`]; nothing of the file is then in the case.
pub fn load_path(
    store: &CaseStore,
    path: &Path,
    options: &LoadOptions,
    context: &RunContext<'_>,
) -> Result<FileReport, IngestError> {
    let started = std::time::Instant::now();
    let (mut mapping, fallback) = effective_mapping(store, options)?;
    let size =
        std::fs::metadata(path).map_err(|source| IngestError::Io { path: path.to_owned(), source })?.len();
    if size == 0 {
        return Err(IngestError::Empty { path: path.to_owned() });
    }
    remember(store, path, options, &mut mapping)?;
    let sketch = if size < options.bulk_from.unwrap_or(BULK_FROM) {
        None
    } else {
        sketch(path, size, &mapping, fallback, options)?
    };
    let streams = options.reference && !options.dry_run;
    if let (Some(sketch), true, false) = (&sketch, streams, store.holds_size(size)?)
        && let Some((digest, table)) = load_streamed(store, path, size, sketch, &mapping, options, context)?
    {
        let seconds = started.elapsed().as_secs_f64();
        let path = path.to_owned();
        return Ok(FileReport {
            path,
            digest,
            state: FileState::Loaded,
            tables: vec![table],
            seconds,
            bytes: size,
        });
    }
    let report = if options.dry_run {
        let digest = open::shown(context, Some(size), |progress| open::hash(path, progress))?;
        let job = Bulk { store, path, readable: path, mapping: &mapping, options, context };
        let tried = match &sketch {
            Some(sketch) => job.tried(sketch, digest)?,
            None => None,
        };
        let tables = match tried {
            Some(table) => vec![table],
            None => {
                let planned = plan(path, path, &mapping, fallback, options, context)?;
                run(store, None, &planned, digest, path, &mapping, options, context)?
            }
        };
        (digest, FileState::Tried, tables)
    } else {
        let keep = if options.reference { Keep::Reference } else { Keep::Copy };
        context.progress.begin("hash", Some(size), Unit::Bytes);
        let evidence = store.take_evidence(path, keep, &mut |n| context.progress.advance(n));
        context.progress.end();
        let evidence = evidence?;
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let spec = LoadSpec {
            digest: evidence.digest,
            size: evidence.size,
            name: evidence.name.clone(),
            original_path: if options.reference { &absolute } else { path }.to_string_lossy().into_owned(),
            reference: options.reference,
            mapping_hash: mapping.hash(),
            parser_version: PARSER_VERSION,
        };
        match store.begin_load(spec)? {
            LoadStart::Already(sources) => {
                let tables = sources
                    .into_iter()
                    .map(|s| TableReport {
                        receipt: LoadReceipt {
                            read: s.receipt.read,
                            repeated: s.receipt.read,
                            other: s.receipt.other,
                            ..LoadReceipt::default()
                        },
                        key: s.key,
                        kind: s.kind,
                        template: s.template,
                        encoding: s.encoding,
                        delimiter: s.delimiter,
                        header_row: s.header_row,
                        country: s.country,
                        columns: s.columns,
                        needs_decision: s.needs_decision,
                        declared: None,
                        resumed: 0,
                        mapping_toml: s.mapping_toml,
                    })
                    .collect();
                (evidence.digest, FileState::AlreadyLoaded, tables)
            }
            LoadStart::New(load) => {
                let earlier = store.live_sources()?.iter().any(|s| s.key.digest == evidence.digest);
                let digest = evidence.digest;
                let job = Bulk { store, path, readable: &evidence.path, mapping: &mapping, options, context };
                let done = match &sketch {
                    Some(sketch) => job.read(load, sketch, Some(digest))?,
                    None => Err(load),
                };
                let (load, tables) = match done {
                    Ok((load, _, table)) => (load, vec![table]),
                    Err(mut load) => {
                        let planned = plan(path, &evidence.path, &mapping, fallback, options, context)?;
                        let to = Some(load.as_mut());
                        let tables = run(store, to, &planned, digest, path, &mapping, options, context)?;
                        (load, tables)
                    }
                };
                if context.is_cancelled() {
                    return Err(IngestError::Cancelled { path: path.to_owned() });
                }
                load.commit(&options.actor)?;
                let state = if earlier { FileState::Superseded } else { FileState::Loaded };
                (digest, state, tables)
            }
        }
    };
    let (digest, state, tables) = report;
    let seconds = started.elapsed().as_secs_f64();
    Ok(FileReport { path: path.to_owned(), digest, state, tables, seconds, bytes: size })
}

/// The mapping with the kind and the order of dates that the options say.
pub(crate) fn with_options(options: &LoadOptions) -> Result<Mapping, IngestError> {
    let mut mapping = options.mapping.clone().unwrap_or_default();
    if let Some(kind) = options.kind {
        mapping.kind = Some(kind.as_str().to_owned());
    }
    if let Some(order) = options.dates {
        let word = match order {
            DateOrder::DayFirst => "dmy",
            DateOrder::MonthFirst => "mdy",
            DateOrder::YearFirst => "ymd",
        };
        mapping.dates = Some(word.to_owned());
    }
    mapping.check()?;
    Ok(mapping)
}

/// The mapping with what the options say, and the country to fall back on. The mapping's hash is part of the load's
/// identity, so an option that changes the reading stands in it.
fn effective_mapping(
    store: &CaseStore,
    options: &LoadOptions,
) -> Result<(Mapping, Option<Country>), IngestError> {
    let mut mapping = with_options(options)?;
    let case = store.info().country;
    if let Some(country) = options.country.filter(|c| Some(*c) != case) {
        mapping.country = Some(country.code().to_owned());
    }
    Ok((mapping, options.country.or(case)))
}

/// Takes the mapping that a person once gave for this layout, unless one is given now.
fn remember(
    store: &CaseStore,
    readable: &Path,
    options: &LoadOptions,
    mapping: &mut Mapping,
) -> Result<(), IngestError> {
    if options.mapping.is_some() || options.kind.is_some() {
        return Ok(());
    }
    if let Some(known) = remembered::find(store, readable)? {
        let given = std::mem::replace(mapping, known);
        mapping.country = given.country.or(mapping.country.take());
        mapping.dates = given.dates.or(mapping.dates.take());
    }
    Ok(())
}

/// Rows of a text file that begin within so many bytes make one row group of calls.
pub(crate) const CHUNK: u64 = if cfg!(test) { 2_048 } else { 4 << 20 };
/// Rows of a text file that begin within so many bytes share their segments, and a checkpoint follows them.
pub(crate) const STEP: u64 = if cfg!(test) { 2 } else { 8 } * CHUNK;
/// Input that may be read a second time after a kill, in bytes.
pub(crate) const MOST_REDONE: u64 = 2 * STEP - CHUNK;
/// Calls in a row group of a sheet.
const SHEET_GROUP: u64 = 65_536;

/// The second pass over every table of the file.
#[expect(clippy::too_many_arguments, reason = "one call site for the two ways of running a load")]
fn run(
    store: &CaseStore,
    mut load: Option<&mut Load<'_>>,
    planned: &[Planned],
    digest: Digest,
    path: &Path,
    mapping: &Mapping,
    options: &LoadOptions,
    context: &RunContext<'_>,
) -> Result<Vec<TableReport>, IngestError> {
    let mut prior = Prior::new(store.snapshot()?, digest);
    let mut reports = Vec::new();
    context.progress.begin("read", Some(planned.iter().map(|p| p.table.extent()).sum()), Unit::Bytes);
    for (index, p) in planned.iter().enumerate() {
        if let Some(load) = &mut load {
            load.add_source(draft(p, mapping));
        }
        let compared = planned.len() > 1 || prior.has_others(p.layout.kind);
        let reading = Reading { planned: p, path, compared, observing: None };
        let Read { receipt, keys, first_refused, .. } = reading.read(&mut load, index, context)?;
        strict(p, path, options, receipt.refused, first_refused)?;
        reports.push(conclude(p, receipt, keys, &mut prior, &mut load, index, digest, path, mapping)?);
    }
    context.progress.end();
    Ok(reports)
}

/// A table as it is understood.
fn draft(p: &Planned, mapping: &Mapping) -> SourceDraft {
    let header_row = (p.recognised && p.layout.header_row > 0).then_some(p.layout.header_row);
    let template = match () {
        () if !p.recognised => "unrecognised",
        () if !mapping.columns.is_empty() => remembered::TEMPLATE,
        () => p.layout.columns.template(p.layout.kind),
    };
    SourceDraft {
        sheet: p.table.sheet().to_owned(),
        kind: p.layout.kind,
        template: template.to_owned(),
        country: p.reading.country,
        encoding: p.table.encoding().to_owned(),
        delimiter: p.table.delimiter(),
        header_row,
        mapping_toml: resolved_mapping(p, mapping).to_toml(),
        needs_decision: undecided::encode(&p.reading.undecided),
        columns: notes(p),
    }
}

/// Closes the accounts of a table: what is repeated, whether every line has its place, what the file declares.
#[expect(clippy::too_many_arguments, reason = "the end of the two ways of reading a table")]
fn conclude(
    p: &Planned,
    mut receipt: LoadReceipt,
    mut keys: KeyCounts,
    prior: &mut Prior,
    load: &mut Option<&mut Load<'_>>,
    index: usize,
    digest: Digest,
    path: &Path,
    mapping: &Mapping,
) -> Result<TableReport, IngestError> {
    keys.settle();
    receipt.repeated = prior.repeated(p.layout.kind, &keys)?.min(receipt.kept);
    receipt.kept -= receipt.repeated;
    let sheet = sheet_suffix(p);
    if !receipt.balances() || receipt.read + receipt.other != p.evidence.lines {
        let detail = format!("{receipt:?}, {} lines", p.evidence.lines);
        return Err(IngestError::Unbalanced { path: path.to_owned(), sheet, detail });
    }
    let declared = p.evidence.declared.or(p.layout.letterhead.declared);
    let declared_note = declared.map(|count| ColumnNote {
        header: String::new(),
        role: format!("declared_records={count}, read={}", receipt.read),
        confidence: if count == receipt.read { 1.0 } else { 0.0 },
    });
    let mismatch = declared.filter(|count| *count != receipt.read);
    let mismatch = mismatch.map(|declared| Undecided::Declared { declared, read: receipt.read });
    let mut found = draft(p, mapping);
    let open: Vec<Undecided> = p.reading.undecided.iter().cloned().chain(mismatch).collect();
    found.needs_decision = undecided::encode(&open);
    found.columns.extend(declared_note);
    if let Some(load) = load {
        load.set_receipt(index, receipt)?;
        load.amend_source(index, |draft| *draft = found.clone())?;
    }
    prior.add(p.layout.kind, keys);
    let SourceDraft { template, header_row, columns, needs_decision, mapping_toml, .. } = found;
    Ok(TableReport {
        key: SourceKey { digest, sheet: p.table.sheet().to_owned() },
        kind: p.layout.kind,
        template,
        encoding: p.table.encoding().to_owned(),
        delimiter: p.table.delimiter(),
        header_row,
        country: p.reading.country,
        columns,
        resumed: 0,
        receipt,
        needs_decision,
        declared,
        mapping_toml,
    })
}

/// Refuses the load where it is strict and any row was refused.
fn strict(
    p: &Planned,
    path: &Path,
    options: &LoadOptions,
    refused: u64,
    first: Option<(u32, RefusalReason)>,
) -> Result<(), IngestError> {
    match first {
        Some((first_row, reason)) if options.strict => Err(IngestError::Strict {
            path: path.to_owned(),
            sheet: sheet_suffix(p),
            refused,
            first_row,
            reason: reason.code(),
        }),
        _ => Ok(()),
    }
}

fn sheet_suffix(p: &Planned) -> String {
    if p.table.sheet().is_empty() { String::new() } else { format!("#{}", p.table.sheet()) }
}

#[cfg(test)]
mod tests;
