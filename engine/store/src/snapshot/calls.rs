//! Calls read back: as records, or as the columns they lie in.

use super::{Snapshot, by_source, within};
use crate::calls::Written;
use crate::codec::Table;
use crate::codec::calls::{
    self, CallBatch, CallFacts, CallNames, Entries, ImeiEntry, ImsiEntry, NumberEntry,
};
use crate::codec::entries::{FormEntry, NormalTable, SiteEntry};
use crate::dictionary::CallForm;
use crate::error::StoreError;
use crate::segment::{GroupReader, SegmentBatches, damaged, read_batches, segment_error};
use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use model::identifier::NormFlags;
use model::ids::{RecordRef, SourceId};
use model::record::CallRecord;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Telephone numbers, handsets or SIM cards of a source; the place is the number by which calls name them.
#[derive(Clone, Debug)]
pub struct NumberColumn(Option<NormalTable>);

impl NumberColumn {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, NormalTable::len)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The normal form of an entry, and what was supposed of it.
    pub fn value(&self, at: usize) -> Option<(String, NormFlags)> {
        let table = self.0.as_ref().filter(|table| at < table.len())?;
        Some((table.value(at).ok().flatten()?, table.flags(at)))
    }

    /// Puts the normal form of an entry in place of what a text held; false where it has none.
    pub fn write(&self, at: usize, out: &mut String) -> bool {
        let table = self.0.as_ref().filter(|table| at < table.len());
        table.is_some_and(|table| table.write(at, out).unwrap_or(false))
    }

    /// What was supposed of an entry.
    pub fn flags(&self, at: usize) -> NormFlags {
        self.0.as_ref().filter(|table| at < table.len()).map_or(NormFlags::NONE, |table| table.flags(at))
    }
}

/// The forms of a source by their numbers.
pub type CallForms = BTreeMap<u32, CallForm>;

/// Batches of which all threads make records at a time.
fn ahead() -> usize {
    4 * rayon::current_num_threads()
}

impl Snapshot {
    /// A dictionary of normal forms, whole; `None` where the source has none.
    fn whole<T: Table>(&self, source: SourceId) -> Result<Option<NormalTable>, StoreError> {
        let mut batches: Vec<RecordBatch> = Vec::new();
        let mut place = self.folder.clone();
        for (_, segment) in self.segments_of::<T>(Some(source)) {
            place = self.folder.join(&segment.file);
            for batch in SegmentBatches::open(&self.folder, segment) {
                batches.push(batch?);
            }
        }
        let Some(first) = batches.first() else { return Ok(None) };
        let all =
            concat_batches(&first.schema(), &batches).map_err(|e| segment_error(&place, &e.to_string()))?;
        NormalTable::of(&all).map(Some).map_err(damaged(&place))
    }

    fn all_names(&self, source: SourceId) -> Result<CallNames, StoreError> {
        let entries =
            |table: Option<NormalTable>| table.map_or_else(Entries::default, |t| Entries::All(Box::new(t)));
        let mut names = CallNames {
            numbers: entries(self.whole::<NumberEntry>(source)?),
            imeis: entries(self.whole::<ImeiEntry>(source)?),
            imsis: entries(self.whole::<ImsiEntry>(source)?),
            ..CallNames::default()
        };
        names.take_sites(self.gather(Some(source))?);
        names.take_forms(self.gather(Some(source))?);
        Ok(names)
    }

    /// Only the entries that these rows name.
    fn names_of(&self, source: SourceId, batches: &[CallBatch<'_>]) -> Result<CallNames, StoreError> {
        let mut wanted: [Vec<u32>; 5] = Default::default();
        for batch in batches {
            for (all, here) in wanted.iter_mut().zip(batch.entries()) {
                all.extend(here);
            }
        }
        for all in &mut wanted {
            all.sort_unstable();
            all.dedup();
        }
        let [numbers, imeis, imsis, sites, forms] = wanted;
        let mut names = CallNames {
            numbers: Entries::some(self.fetch_of::<NumberEntry>(source, &numbers)?),
            imeis: Entries::some(self.fetch_of::<ImeiEntry>(source, &imeis)?),
            imsis: Entries::some(self.fetch_of::<ImsiEntry>(source, &imsis)?),
            ..CallNames::default()
        };
        names.take_sites(self.fetch_of::<SiteEntry>(source, &sites)?);
        names.take_forms(self.fetch_of::<FormEntry>(source, &forms)?);
        Ok(names)
    }

    pub(super) fn each_call<E: From<StoreError>>(
        &self,
        only: Option<SourceId>,
        f: &mut dyn FnMut(Vec<CallRecord>) -> Result<(), E>,
    ) -> Result<(), E> {
        let all = (0u32..).map(SourceId).take(self.sources.len());
        for source in all.filter(|source| only.is_none_or(|only| only == *source)) {
            let mut names: Option<CallNames> = None;
            for (_, segment) in self.segments_named(calls::NAME, Some(source)) {
                let mut batches = SegmentBatches::open(&self.folder, segment);
                loop {
                    let some: Vec<_> = batches.by_ref().take(ahead()).collect();
                    if some.is_empty() {
                        break;
                    }
                    let names = match &names {
                        Some(names) => names,
                        None => names.insert(self.all_names(source)?),
                    };
                    let path = batches.path();
                    let records = |batch: Result<RecordBatch, StoreError>| {
                        let batch = batch?;
                        let columns = CallBatch::of(&batch).map_err(damaged(path))?;
                        columns.records(names, source).map_err(damaged(path))
                    };
                    let made: Vec<Result<_, StoreError>> = some.into_par_iter().map(records).collect();
                    for records in made {
                        f(records?)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What is made of the calls of a source and of how each stands in its line, batch by batch: in the order of the
    /// file, on all threads, some batches ahead of what is asked for.
    pub fn written_calls<'a, R: Send>(
        &'a self,
        source: SourceId,
        make: &'a (dyn Fn(Vec<CallRecord>, Vec<Written>) -> R + Sync),
    ) -> Result<impl Iterator<Item = Result<R, StoreError>> + 'a, StoreError> {
        let names = self.all_names(source)?;
        let mut segments = self.segments_named(calls::NAME, Some(source));
        let mut open: Option<SegmentBatches> = None;
        let groups = std::iter::from_fn(move || {
            loop {
                if let Some(batches) = &mut open {
                    let some: Vec<_> = batches.by_ref().take(ahead()).collect();
                    if !some.is_empty() {
                        let path = batches.path();
                        let made = |batch: Result<RecordBatch, StoreError>| {
                            let batch = batch?;
                            let columns = CallBatch::of(&batch).map_err(damaged(path))?;
                            let records = columns.records(&names, source).map_err(damaged(path))?;
                            let written = columns.written(&names).map_err(damaged(path))?;
                            Ok(make(records, written))
                        };
                        return Some(some.into_par_iter().map(made).collect::<Vec<Result<R, StoreError>>>());
                    }
                }
                open = Some(SegmentBatches::open(&self.folder, segments.next()?.1));
            }
        });
        Ok(groups.flatten())
    }

    pub(super) fn fetch_calls(&self, rows: &[RecordRef]) -> Result<Vec<CallRecord>, StoreError> {
        let mut out = Vec::new();
        for (source, rows) in by_source(rows) {
            for (_, segment) in self.segments_named(calls::NAME, Some(source)) {
                let here = within(&rows, segment);
                if here.is_empty() {
                    continue;
                }
                let path = self.folder.join(&segment.file);
                let batches = read_batches(&path, segment.bytes, here)?;
                let columns: Vec<CallBatch<'_>> =
                    batches.iter().map(CallBatch::of).collect::<Result<_, _>>().map_err(damaged(&path))?;
                let names = self.names_of(source, &columns)?;
                for batch in &columns {
                    out.extend(batch.records(&names, source).map_err(damaged(&path))?);
                }
            }
        }
        Ok(out)
    }

    /// The telephone numbers of a source of calls.
    pub fn call_numbers(&self, source: SourceId) -> Result<NumberColumn, StoreError> {
        Ok(NumberColumn(self.whole::<NumberEntry>(source)?))
    }

    /// The handsets of a source of calls.
    pub fn call_imeis(&self, source: SourceId) -> Result<NumberColumn, StoreError> {
        Ok(NumberColumn(self.whole::<ImeiEntry>(source)?))
    }

    /// The SIM cards of a source of calls.
    pub fn call_imsis(&self, source: SourceId) -> Result<NumberColumn, StoreError> {
        Ok(NumberColumn(self.whole::<ImsiEntry>(source)?))
    }

    /// The forms of a source of calls.
    pub fn call_forms(&self, source: SourceId) -> Result<CallForms, StoreError> {
        let forms: Vec<FormEntry> = self.gather(Some(source))?;
        Ok(forms.into_iter().map(|e| (e.number, e.form)).collect())
    }

    /// Hands on the calls of a source as columns, row group by row group.
    ///
    /// # Arguments   `share`: (k, n) hands on every n-th row group from the k-th on, so that n threads share the work;
    ///  `f` hears the place of the group in the source, too
    pub fn call_columns<E: From<StoreError>>(
        &self,
        source: SourceId,
        share: (usize, usize),
        f: &mut dyn FnMut(usize, CallFacts<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut first_group = 0;
        for (_, segment) in self.segments_named(calls::NAME, Some(source)) {
            let path = self.folder.join(&segment.file);
            let groups = GroupReader::open(&path, segment.bytes, &CallFacts::COLUMNS)?;
            for group in 0..groups.count() {
                let place = first_group + group;
                if place % share.1.max(1) != share.0 {
                    continue;
                }
                for batch in groups.read(group)? {
                    f(place, CallFacts::of(&batch).map_err(damaged(&path))?)?;
                }
            }
            first_group += groups.count();
        }
        Ok(())
    }

    /// How many calls a source holds.
    pub fn call_count(&self, source: SourceId) -> u64 {
        self.segments_named(calls::NAME, Some(source)).map(|(_, s)| s.row_count).sum()
    }
}
