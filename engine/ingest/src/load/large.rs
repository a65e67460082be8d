//! The load of a large file in one pass: its beginning suggests how it is read, and the whole of it confirms that.
//!
//! Calls are read in bulk where they can be; everything else row by row.

use super::table::{Read, Reading};
use super::{LoadOptions, PARSER_VERSION, STEP, TableReport, conclude, draft, strict};
use crate::bulk::{self, Outcome};
use crate::error::IngestError;
use crate::evidence::Evidence;
use crate::mapping::Mapping;
use crate::notes::{Noted, Notes};
use crate::open;
use crate::plan::Planned;
use crate::repeated::Prior;
use crate::sketch::Sketch;
use model::provenance::Digest;
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

/// A large file that is read in one pass.
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
        let Self { store, path, mapping, options, .. } = *self;
        let snapshot = store.snapshot()?;
        let mut planned = sketch.planned(None);
        let kind = planned.layout.kind;
        let compared = snapshot.sources().iter().any(|s| s.kind == kind && Some(s.key.digest) != known);
        let mut digest = known;
        let mut unfinished = load.unfinished()?;
        if let Some((basis, of)) = unfinished.as_ref().and_then(|u| u.basis.as_ref().zip(u.digest)) {
            // What decided the reading was the whole file.
            let whole = match digest {
                Some(digest) => digest,
                None => *digest.insert(self.hashed()?),
            };
            match Evidence::read(&mut Noted(basis)).filter(|_| whole == of) {
                Some(evidence) => planned = sketch.planned(Some(evidence)),
                None => unfinished = None,
            }
        }
        for _ in 0..2 {
            load.add_source(draft(&planned, mapping));
            let settled = bulk::Settled::of(&planned, mapping, sketch.name_number());
            let found = match &settled {
                Some(settled) => {
                    let from = unfinished.take().filter(|from| from.plan == settled.plan());
                    let Self { path, readable, context, .. } = *self;
                    let bom = sketch.bom();
                    let pass = bulk::Pass { settled, path, readable, bom, digest, compared, context };
                    pass.read(&mut load, from)?
                }
                // Reading by rows does not hash on the way.
                None if digest.is_some() => self.by_rows(&planned, sketch, compared, &mut load)?,
                None => None,
            };
            let Some(found) = found.filter(|found| found.as_supposed) else { break };
            digest = digest.or(found.digest);
            let Some(digest) = digest else { break };
            let decided = sketch.planned(Some(found.evidence));
            if decided.reading != planned.reading {
                planned = decided;
                load.clear();
                if let Some(settled) = bulk::Settled::of(&planned, mapping, sketch.name_number())
                    && found.bytes > STEP
                {
                    let mut basis = Notes::default();
                    planned.evidence.write(&mut basis);
                    load.checkpoints(settled.plan(), Some(digest), None).decided(&basis.into_bytes())?;
                    unfinished = load.unfinished()?;
                }
                continue;
            }
            load.identify(digest, found.bytes);
            strict(&decided, path, options, found.receipt.refused, found.first_refused)?;
            let mut prior = Prior::new(snapshot, digest);
            let keys = found.keys.unwrap_or_default();
            let mut to = Some(load.as_mut());
            let mut table =
                conclude(&decided, found.receipt, keys, &mut prior, &mut to, 0, digest, path, mapping)?;
            table.resumed = found.resumed;
            return Ok(Ok((load, digest, table)));
        }
        load.clear();
        Ok(Err(load))
    }

    /// Reads the file into a case of its own, which is gone afterwards; `None` where it must be read row by row.
    pub(super) fn tried(&self, sketch: &Sketch, digest: Digest) -> Result<Option<TableReport>, IngestError> {
        // Within the case, since what is tried is evidence.
        let home = tempfile::Builder::new()
            .prefix("tmp-")
            .tempdir_in(self.store.scratch_folder())
            .map_err(|source| IngestError::Io { path: self.path.to_owned(), source })?;
        let store = CaseStore::create(&home.path().join("case"), self.store.info())?;
        let spec = LoadSpec {
            digest,
            size: sketch.bytes(),
            name: String::new(),
            original_path: String::new(),
            reference: true,
            mapping_hash: self.mapping.hash(),
            parser_version: PARSER_VERSION,
        };
        let LoadStart::New(load) = store.begin_load(spec)? else { return Ok(None) };
        Ok(self.read(load, sketch, Some(digest))?.ok().map(|(_, _, table)| table))
    }

    fn hashed(&self) -> Result<Digest, IngestError> {
        let Self { readable, context, .. } = *self;
        open::shown(context, None, |progress| open::hash(readable, progress))
    }

    /// One pass row by row; `None` where the file is not what its beginning suggests.
    fn by_rows(
        &self,
        planned: &Planned,
        sketch: &Sketch,
        compared: bool,
        load: &mut Load<'_>,
    ) -> Result<Option<Outcome>, IngestError> {
        let Self { path, readable, mapping, context, .. } = *self;
        if !sketch.holds(readable)? {
            return Ok(None);
        }
        let observing = Some((mapping, sketch.name_number()));
        let bytes = planned.table.extent();
        context.progress.begin("read", Some(bytes), Unit::Bytes);
        let read = Reading { planned, path, compared, observing }.read(&mut Some(load), 0, context);
        context.progress.end();
        let Read { receipt, keys, first_refused, evidence, is_whole } = read?;
        Ok(Some(Outcome {
            receipt,
            evidence,
            keys: Some(keys),
            first_refused,
            digest: None,
            bytes,
            resumed: 0,
            as_supposed: is_whole,
        }))
    }
}
