//! The segments of one source: a writer for each of its tables.

use super::{CallWriter, Sealed, SegmentWriter};
use crate::calls::Entered;
use crate::codec::calls::{ImeiEntry, ImsiEntry, NumberEntry};
use crate::codec::entries::{FormEntry, SiteEntry};
use crate::codec::lines::KeptLine;
use crate::codec::offsets::Offset;
use crate::disk::Disk;
use crate::error::StoreError;
use model::record::{MentionRecord, RefusedRow, TransferRecord};
use std::path::Path;
use std::sync::Arc;

/// Rows that were written, table by table, and the earliest and latest instant among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) calls: u64,
    pub(crate) transfers: u64,
    pub(crate) mentions: u64,
    pub(crate) refused: u64,
    pub(crate) span: Option<(i64, i64)>,
}

impl Account {
    /// Adds the rows that follow.
    pub(crate) fn add(&mut self, later: Self) {
        self.calls += later.calls;
        self.transfers += later.transfers;
        self.mentions += later.mentions;
        self.refused += later.refused;
        self.span = [self.span, later.span].into_iter().flatten().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    }
}

/// A writer for each table of a source.
pub(crate) struct Writers {
    pub(crate) calls: CallWriter,
    numbers: SegmentWriter<NumberEntry>,
    imeis: SegmentWriter<ImeiEntry>,
    imsis: SegmentWriter<ImsiEntry>,
    sites: SegmentWriter<SiteEntry>,
    forms: SegmentWriter<FormEntry>,
    pub(crate) transfers: SegmentWriter<TransferRecord>,
    pub(crate) mentions: SegmentWriter<MentionRecord>,
    pub(crate) refused: SegmentWriter<RefusedRow>,
    pub(crate) offsets: SegmentWriter<Offset>,
    pub(crate) lines: SegmentWriter<KeptLine>,
}

impl Writers {
    /// Writers for a source, which errors call `key`.
    pub(crate) fn new(disk: &Arc<Disk>, folder: &Path, key: &str) -> Self {
        macro_rules! writer {
            () => {
                SegmentWriter::new(Arc::clone(disk), folder.to_owned(), key.to_owned())
            };
        }
        Self {
            calls: CallWriter::new(Arc::clone(disk), folder.to_owned()),
            numbers: writer!(),
            imeis: writer!(),
            imsis: writer!(),
            sites: writer!(),
            forms: writer!(),
            transfers: writer!(),
            mentions: writer!(),
            refused: writer!(),
            offsets: writer!(),
            lines: writer!(),
        }
    }

    /// Ends the present segment of every table.
    pub(crate) fn cut(&mut self) -> Self {
        Self {
            calls: self.calls.cut(),
            numbers: self.numbers.cut(),
            imeis: self.imeis.cut(),
            imsis: self.imsis.cut(),
            sites: self.sites.cut(),
            forms: self.forms.cut(),
            transfers: self.transfers.cut(),
            mentions: self.mentions.cut(),
            refused: self.refused.cut(),
            offsets: self.offsets.cut(),
            lines: self.lines.cut(),
        }
    }

    /// What was written since the last cut.
    pub(crate) fn account(&self) -> Account {
        Account {
            calls: self.calls.rows,
            transfers: self.transfers.rows,
            mentions: self.mentions.rows,
            refused: self.refused.rows,
            span: [self.calls.span, self.transfers.span]
                .into_iter()
                .flatten()
                .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))),
        }
    }

    /// Goes on behind the rows that a table already has.
    pub(crate) fn go_on_after(&mut self, records: &str, row: u32) {
        match records {
            "refused" => self.refused.go_on_after(row),
            "offsets" => self.offsets.go_on_after(row),
            "lines" => self.lines.go_on_after(row),
            _ => {}
        }
    }

    /// Writes what is left with these entries of dictionaries, and makes every segment safe under its temporary name.
    pub(crate) fn finish(mut self, entered: Entered) -> Result<Vec<Sealed>, StoreError> {
        let Entered { numbers, imeis, imsis, sites, forms } = entered;
        self.numbers.write_entries(numbers)?;
        self.imeis.write_entries(imeis)?;
        self.imsis.write_entries(imsis)?;
        self.sites.push(sites)?;
        self.forms.push(forms)?;
        let sealed = [
            self.calls.finish()?,
            self.numbers.finish()?,
            self.imeis.finish()?,
            self.imsis.finish()?,
            self.sites.finish()?,
            self.forms.finish()?,
            self.transfers.finish()?,
            self.mentions.finish()?,
            self.refused.finish()?,
            self.offsets.finish()?,
            self.lines.finish()?,
        ];
        Ok(sealed.into_iter().flatten().collect())
    }
}
