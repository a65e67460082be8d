//! The load of a large file in one pass: its beginning suggests how it is read, and the whole of it confirms that.

use super::{LoadOptions, PARSER_VERSION, TableReport, conclude, draft, strict};
use crate::bulk;
use crate::error::IngestError;
use crate::mapping::Mapping;
use crate::repeated::{KeyCounts, Prior};
use crate::sketch::Sketch;
use model::provenance::Digest;
use model::record::TableKind;
use model::run::{RunContext, Unit};
use std::path::Path;
use store::case::CaseStore;
use store::load::{Load, LoadSpec, LoadStart};

/// Loads a file that stays where it is in one pass that hashes and reads it.
///
/// # Returns     `None` where it must be read row by row; nothing has been done then
pub(super) fn load_streamed(
    store: &CaseStore,
    path: &Path,
    size: u64,
    sketch: &Sketch,
    mapping: &Mapping,
    options: &LoadOptions,
    context: &RunContext<'_>,
) -> Result<Option<(Digest, TableReport)>, IngestError> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let spec = LoadSpec {
        // Known when the file was read to its end.
        digest: Digest([0; 32]),
        size,
        name: path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
        original_path: absolute.to_string_lossy().into_owned(),
        reference: true,
        mapping_hash: mapping.hash(),
        parser_version: PARSER_VERSION,
    };
    let LoadStart::New(load) = store.begin_load(spec)? else { return Ok(None) };
    let job = Bulk { store, path, readable: path, mapping, options, context };
    match job.read(load, sketch, None)? {
        Ok((load, digest, table)) => {
            if context.is_cancelled() {
                return Err(IngestError::Cancelled { path: path.to_owned() });
            }
            load.commit(&options.actor)?;
            Ok(Some((digest, table)))
        }
        Err(_) => Ok(None),
    }
}

/// A file that is read in bulk.
pub(super) struct Bulk<'b> {
    pub(super) store: &'b CaseStore,
    pub(super) path: &'b Path,
    pub(super) readable: &'b Path,
    pub(super) mapping: &'b Mapping,
    pub(super) options: &'b LoadOptions,
    pub(super) context: &'b RunContext<'b>,
}

/// A load that was filled, or one that is still empty.
pub(super) type Filled<'l> = Result<(Box<Load<'l>>, Digest, TableReport), Box<Load<'l>>>;

impl Bulk<'_> {
    /// Reads the file as its beginning suggests; where the whole file decides otherwise, once more as it decides.
    pub(super) fn read<'l>(
        &self,
        mut load: Box<Load<'l>>,
        sketch: &Sketch,
        known: Option<Digest>,
    ) -> Result<Filled<'l>, IngestError> {
        let Self { store, path, mapping, options, context, .. } = *self;
        let snapshot = store.snapshot()?;
        let compared =
            snapshot.sources().iter().any(|s| s.kind == TableKind::Calls && Some(s.key.digest) != known);
        let mut planned = sketch.planned(None);
        let mut digest = known;
        for _ in 0..2 {
            let Some(settled) = bulk::Settled::of(&planned, mapping, sketch.name_number()) else { break };
            load.add_source(draft(&planned, mapping));
            let keys = compared.then(KeyCounts::default);
            context.progress.begin("read", Some(planned.table.extent()), Unit::Bytes);
            let hash = digest.is_none();
            let found =
                bulk::read(&settled, path, self.readable, sketch.bom(), hash, keys, &mut load, 0, context);
            context.progress.end();
            let found = found?;
            let Some(found) = found.filter(|f| f.as_supposed) else { break };
            digest = digest.or(found.digest);
            let Some(digest) = digest else { break };
            let decided = sketch.planned(Some(found.evidence));
            if decided.reading != planned.reading {
                planned = decided;
                load.clear();
                continue;
            }
            load.identify(digest, found.bytes);
            strict(&decided, path, options, found.receipt.refused, found.first_refused)?;
            let mut prior = Prior::new(snapshot, digest);
            let keys = found.keys.unwrap_or_default();
            let mut to = Some(load.as_mut());
            let table =
                conclude(&decided, found.receipt, keys, &mut prior, &mut to, 0, digest, path, mapping)?;
            return Ok(Ok((load, digest, table)));
        }
        load.clear();
        Ok(Err(load))
    }
}
