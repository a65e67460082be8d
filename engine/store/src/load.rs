//! One load of one file: its tables are written aside and become part of the case in one commit, or not at all.
//!
//! Invariants:
//! 1. A load is the same as an earlier one if file, mapping and parser are: the same again changes nothing.
//! 2. Another mapping or parser supersedes the earlier load of the file in the same commit.
//! 3. Every receipt balances and agrees with the rows that were written, or nothing is committed.
//! 4. Order: segments written and made safe, renamed, their folder made safe, then one transaction names them.

use crate::audit::{append_with_rows, number};
use crate::calls::{CallEncoder, CallSheet, EncodedCalls, Entered, Written};
use crate::case::{CaseStore, SEGMENTS, now_us};
use crate::codec::lines::KeptLine;
use crate::codec::offsets::Offset;
use crate::disk::Finished;
use crate::error::{StoreError, io_at};
use crate::lock::WriteLock;
use crate::receipt::{ColumnNote, LoadReceipt, SourceEntry};
use crate::segment::{Account, Sealed, SegmentRow, Writers, lasting_name};
use crate::{snapshot, unfinished};
use model::phrase::Phrase;
use model::place::Country;
use model::provenance::{Digest, SourceKey};
use model::record::{CallRecord, MentionRecord, RefusedRow, TableKind, TransferRecord};
use rusqlite::params;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

mod commit;

/// Calls in a row group, where nobody else says where groups end.
const CALL_GROUP: usize = 131_072;

/// Which file is loaded and how it is read: the identity of a load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadSpec {
    /// SHA-256 of the file.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Its name.
    pub name: String,
    /// The path it was given by.
    pub original_path: String,
    /// Whether the file stays where it is.
    pub reference: bool,
    /// Hash of the mapping that reads it.
    pub mapping_hash: Digest,
    /// Version of the parser.
    pub parser_version: u32,
}

/// One table of a file, as it was understood.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceDraft {
    /// Sheet of a workbook; empty for a file that is one table.
    pub sheet: String,
    /// Kind of table.
    pub kind: TableKind,
    /// Layout that was recognised; empty if none.
    pub template: String,
    /// Country whose rules were used.
    pub country: Option<Country>,
    /// Encoding of the text.
    pub encoding: String,
    /// Delimiter; empty for sheets.
    pub delimiter: String,
    /// Line of the header, from 1.
    pub header_row: Option<u32>,
    /// The mapping that reads it, as TOML.
    pub mapping_toml: String,
    /// What an analyst still has to settle.
    pub needs_decision: Option<String>,
    /// How the columns were understood.
    pub columns: Vec<ColumnNote>,
}

/// What beginning a load finds.
pub enum LoadStart<'a> {
    /// The same load stands already: its sources.
    Already(Vec<SourceEntry>),
    /// A new load, to be filled and committed.
    New(Box<Load<'a>>),
}

/// A load under way. Dropped without [`Load::commit`], it leaves nothing but its last checkpoint.
pub struct Load<'a> {
    pub(crate) store: &'a CaseStore,
    pub(crate) spec: LoadSpec,
    tables: Vec<Draft>,
    /// Held until the commit, so that no other writer sweeps what is being written.
    _lock: WriteLock,
}

/// A table under way.
pub(crate) struct Draft {
    draft: SourceDraft,
    receipt: Option<LoadReceipt>,
    pub(crate) sheet: CallSheet,
    encoder: Option<CallEncoder>,
    pub(crate) writers: Writers,
    /// Rows before the last cut.
    pub(crate) account: Account,
    /// Segments that a checkpoint made safe, by table and number.
    pub(crate) standing: Vec<SegmentRow>,
    /// Segments behind them that are safe but for their lasting names.
    sealed: Vec<Sealed>,
    pub(crate) last_call: Option<u32>,
}

/// What was given of a table since the last cut; see [`Load::cut`].
pub struct Cut {
    writers: Writers,
    entered: Entered,
    /// Rows up to here.
    pub(crate) account: Account,
}

impl Cut {
    /// Makes it safe under temporary names.
    pub(crate) fn finish(self) -> Result<Vec<Sealed>, StoreError> {
        self.writers.finish(self.entered)
    }
}

impl CaseStore {
    /// Begins the load of a file, unless the same load stands already.
    ///
    /// # Errors  [`StoreError::Locked`] if another process writes to the case
    pub fn begin_load(&self, spec: LoadSpec) -> Result<LoadStart<'_>, StoreError> {
        let lock = self.write_lock()?;
        let standing: Vec<SourceEntry> = self
            .read(|conn| snapshot::live_sources_of(conn, &spec.digest))?
            .into_iter()
            .filter(|s| s.mapping_hash == spec.mapping_hash && s.parser_version == spec.parser_version)
            .map(|s| self.place(s))
            .collect();
        let loaded = self.read(|conn| {
            conn.query_row(
                "SELECT coalesce(max(n), 0) FROM (SELECT count(*) n FROM source s JOIN load l ON l.id = s.load
                 WHERE s.digest = ? AND l.mapping_hash = ? AND l.parser_version = ? GROUP BY l.id)",
                params![spec.digest.to_hex(), spec.mapping_hash.to_hex(), spec.parser_version],
                |row| row.get::<_, i64>(0),
            )
        })?;
        if !standing.is_empty() && standing.len() as i64 == loaded {
            return Ok(LoadStart::Already(standing));
        }
        Ok(LoadStart::New(Box::new(Load { store: self, spec, tables: Vec::new(), _lock: lock })))
    }

    /// Takes a source out of the case; its rows are no longer part of any snapshot, its history stays.
    pub fn withdraw(&self, key: &SourceKey, actor: &str, why: &str) -> Result<(), StoreError> {
        crate::decisions::reason_given("withdraw", actor, why)?;
        let _lock = self.write_lock()?;
        let entry = self.live_sources()?.into_iter().find(|s| s.key == *key);
        let Some(entry) = entry else {
            return Err(StoreError::Unknown {
                path: self.root().to_owned(),
                what: "source",
                which: key.short(),
            });
        };
        self.transaction(|tx| {
            tx.execute(
                "INSERT INTO source_end (source, cause, by_load, actor, at_us, reason) VALUES (?, 'withdrawn', NULL, ?, ?, ?)",
                params![number(entry.id), actor, now_us(), why],
            )?;
            append_with_rows(tx, actor, "withdraw", &format!("withdrawal:{}", entry.id), why)
        })?;
        Ok(())
    }
}

impl Load<'_> {
    /// Adds a table of the file.
    ///
    /// # Returns  its place in this load, by which rows are given to it
    pub fn add_source(&mut self, draft: SourceDraft) -> usize {
        let table = self.empty(draft);
        self.tables.push(table);
        self.tables.len() - 1
    }

    fn empty(&self, draft: SourceDraft) -> Draft {
        let key = SourceKey { digest: self.spec.digest, sheet: draft.sheet.clone() }.short();
        Draft {
            receipt: None,
            sheet: CallSheet::default(),
            encoder: None,
            writers: Writers::new(&self.store.disk, &self.store.folder(SEGMENTS), &key),
            account: Account::default(),
            standing: Vec::new(),
            sealed: Vec::new(),
            last_call: None,
            draft,
        }
    }

    /// Forgets what was given of a table.
    pub fn begin_again(&mut self, source: usize) -> Result<(), StoreError> {
        let draft = self.table(source)?.draft.clone();
        let table = self.empty(draft);
        *self.table(source)? = table;
        Ok(())
    }

    pub(crate) fn table(&mut self, source: usize) -> Result<&mut Draft, StoreError> {
        let digest = self.spec.digest;
        self.tables.get_mut(source).ok_or_else(|| StoreError::BadLoad {
            source_key: SourceKey { digest, sheet: String::new() }.short(),
            detail: Phrase::new(
                "rows were given for a table that was not added",
                "se entregaron filas para una tabla que no se añadió",
            ),
        })
    }

    /// Changes what was understood of a table before it is committed: what a reader only knows at the end of the file.
    pub fn amend_source(
        &mut self,
        source: usize,
        amend: impl FnOnce(&mut SourceDraft),
    ) -> Result<(), StoreError> {
        let table = self.table(source)?;
        let sheet = table.draft.sheet.clone();
        amend(&mut table.draft);
        table.draft.sheet = sheet;
        Ok(())
    }

    /// Gives calls, rows ascending. The source in their address is not read.
    pub fn push_calls(&mut self, source: usize, calls: &[CallRecord]) -> Result<(), StoreError> {
        self.table(source)?;
        for call in calls {
            self.push_call(source, call, &Written::of(call))?;
            if self.table(source)?.sheet.rows().len() >= CALL_GROUP {
                self.cut_calls(source)?;
            }
        }
        Ok(())
    }

    /// Gives one call and how it is written. Row groups end where [`Self::cut_calls`] is called.
    pub fn push_call(
        &mut self,
        source: usize,
        call: &CallRecord,
        written: &Written,
    ) -> Result<(), StoreError> {
        let table = self.table(source)?;
        let row = call.record.row;
        let after = table.sheet.rows().row.last().copied().or(table.last_call);
        if let Some(after) = after.filter(|after| row < *after) {
            let source_key = self.key();
            return Err(StoreError::OutOfOrder { source_key, table: crate::codec::calls::NAME, row, after });
        }
        table.sheet.push(call, written);
        Ok(())
    }

    /// Ends a row group of calls and writes it.
    pub fn cut_calls(&mut self, source: usize) -> Result<(), StoreError> {
        let table = self.table(source)?;
        let rows = table.sheet.cut();
        let encoder = match &table.encoder {
            Some(encoder) => encoder.clone(),
            None => table.encoder.insert(table.writers.calls.encoder()?).clone(),
        };
        if let Some(group) = encoder.encode(rows)? {
            table.last_call = Some(group.last_row);
            table.writers.calls.append(group)?;
        }
        Ok(())
    }

    /// Ends the present segment of every table of a source: gives what was written since the last cut, for a
    /// checkpoint or for [`Self::seal`]. Where segments end is the reader's choice and must follow from the file alone.
    ///
    /// # Arguments   `entered`: what was entered in its dictionaries, where the reader has them on loan
    pub fn cut(&mut self, source: usize, entered: Option<Entered>) -> Result<Cut, StoreError> {
        self.cut_calls(source)?;
        let table = self.table(source)?;
        let entered = entered.unwrap_or_else(|| table.sheet.entered());
        let writers = table.writers.cut();
        table.account.add(writers.account());
        Ok(Cut { writers, entered, account: table.account })
    }

    /// Makes a cut safe. It becomes part of the case with the rest of the load.
    pub fn seal(&mut self, source: usize, cut: Cut) -> Result<(), StoreError> {
        let sealed = cut.finish()?;
        self.table(source)?.sealed.extend(sealed);
        Ok(())
    }

    /// The dictionaries of a table of calls, to be lent to a reader that fills columns itself.
    pub fn call_sheet(&mut self, source: usize) -> Result<&mut CallSheet, StoreError> {
        Ok(&mut self.table(source)?.sheet)
    }

    /// An encoder of row groups of calls.
    pub fn call_encoder(&mut self, source: usize) -> Result<CallEncoder, StoreError> {
        self.table(source)?.writers.calls.encoder()
    }

    /// Appends a row group of calls that was encoded elsewhere.
    pub fn append_calls(&mut self, source: usize, group: EncodedCalls) -> Result<(), StoreError> {
        let table = self.table(source)?;
        table.last_call = Some(group.last_row);
        table.writers.calls.append(group)
    }

    /// Forgets every table and all that was written of them.
    pub fn clear(&mut self) {
        self.tables.clear();
    }

    /// Says which file this is, where it was hashed while it was read.
    pub fn identify(&mut self, digest: Digest, size: u64) {
        self.spec.digest = digest;
        self.spec.size = size;
    }

    /// Gives transfers, rows ascending.
    pub fn push_transfers(
        &mut self,
        source: usize,
        transfers: Vec<TransferRecord>,
    ) -> Result<(), StoreError> {
        self.table(source)?.writers.transfers.push(transfers)
    }

    /// Gives mentions, rows ascending; the parts of one row in any order.
    pub fn push_mentions(&mut self, source: usize, mentions: Vec<MentionRecord>) -> Result<(), StoreError> {
        self.table(source)?.writers.mentions.push(mentions)
    }

    /// Gives refused rows, ascending.
    pub fn push_refused(&mut self, source: usize, refused: Vec<RefusedRow>) -> Result<(), StoreError> {
        self.table(source)?.writers.refused.push(refused)
    }

    /// Gives the bytes at which rows begin, ascending.
    pub fn push_offsets(&mut self, source: usize, offsets: Vec<(u32, u64)>) -> Result<(), StoreError> {
        self.table(source)?.writers.offsets.push(offsets.into_iter().map(|(row, byte)| Offset { row, byte }))
    }

    /// Gives bytes of the file that no record gives back, rows ascending; row 0 is what stands before the first line.
    pub fn push_lines(&mut self, source: usize, lines: Vec<(u32, Vec<u8>)>) -> Result<(), StoreError> {
        self.table(source)?.writers.lines.push(lines.into_iter().map(|(row, raw)| KeptLine { row, raw }))
    }

    /// Gives the receipt of a table.
    pub fn set_receipt(&mut self, source: usize, receipt: LoadReceipt) -> Result<(), StoreError> {
        self.table(source)?.receipt = Some(receipt);
        Ok(())
    }

    /// Makes the load part of the case.
    ///
    /// # Returns  the sources as the manifest now holds them
    /// # Errors   [`StoreError::Unbalanced`] if a receipt does not account for its rows; then nothing has changed
    pub fn commit(self, actor: &str) -> Result<Vec<SourceEntry>, StoreError> {
        let Self { store, spec, tables, _lock } = self;
        check_sheets(&spec, &tables)?;
        if !spec.reference && !store.copy_of(&spec.digest).is_file() {
            let source_key = SourceKey { digest: spec.digest, sheet: String::new() }.short();
            let detail = Phrase::new(
                "its original was not taken into the case before the load",
                "su original no se tomó en el caso antes de la carga",
            );
            return Err(StoreError::BadLoad { source_key, detail });
        }
        // What stays outside the case must be found from any working folder.
        let original = if spec.reference {
            let path = Path::new(&spec.original_path);
            fs::canonicalize(path).map_err(io_at("find", path))?.to_string_lossy().into_owned()
        } else {
            spec.original_path.clone()
        };
        let folder = store.folder(SEGMENTS);
        let mut ready = Vec::with_capacity(tables.len());
        let mut files: Vec<(String, Finished)> = Vec::new();
        let mut standing = Vec::new();
        for table in tables {
            let (table, written, stood) = table.finish(&spec.digest)?;
            files.extend(written);
            standing.extend(stood);
            ready.push(table);
        }
        for (from, to) in &standing {
            store.disk.link(&folder.join(from), &folder.join(to))?;
        }
        for (name, file) in files {
            file.place(&folder.join(name))?;
        }
        store.disk.sync_dir(&folder)?;
        let (load, left) = store.transaction(|tx| {
            let load = commit::write_rows(tx, &spec, &original, &ready, actor)?;
            Ok((load, unfinished::end(tx, &spec.original_path, !standing.is_empty())?))
        })?;
        unfinished::remove(store, &left);
        Ok(store
            .read(|conn| snapshot::sources_of_load(conn, load))?
            .into_iter()
            .map(|s| store.place(s))
            .collect())
    }

    fn key(&self) -> String {
        SourceKey { digest: self.spec.digest, sheet: String::new() }.short()
    }
}

/// A file has at least one table, and no sheet twice.
fn check_sheets(spec: &LoadSpec, tables: &[Draft]) -> Result<(), StoreError> {
    let source_key = SourceKey { digest: spec.digest, sheet: String::new() }.short();
    if tables.is_empty() {
        return Err(StoreError::BadLoad {
            source_key,
            detail: Phrase::new("the file has no table", "el archivo no tiene ninguna tabla"),
        });
    }
    let mut sheets: Vec<&str> = tables.iter().map(|t| t.draft.sheet.as_str()).collect();
    sheets.sort_unstable();
    if sheets.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(StoreError::BadLoad {
            source_key,
            detail: Phrase::new(
                "the file has two tables of one name",
                "el archivo tiene dos tablas con un mismo nombre",
            ),
        });
    }
    Ok(())
}

/// A table that is ready to be named by the manifest.
struct Ready {
    draft: SourceDraft,
    receipt: LoadReceipt,
    span: Option<(i64, i64)>,
    segments: Vec<SegmentRow>,
}

/// A table that is ready to be named, its new files by their lasting names, and the names of those that stand.
type Named = (Ready, Vec<(String, Finished)>, Vec<(String, String)>);

impl Draft {
    fn finish(mut self, digest: &Digest) -> Result<Named, StoreError> {
        let key = SourceKey { digest: *digest, sheet: self.draft.sheet.clone() };
        let rest = self.sheet.cut();
        if !rest.is_empty() {
            let encoder = self.writers.calls.encoder()?;
            if let Some(group) = encoder.encode(rest)? {
                self.writers.calls.append(group)?;
            }
        }
        self.account.add(self.writers.account());
        let receipt = self.check_receipt(&key)?;
        let name = lasting_name(&key);
        let mut next: BTreeMap<String, u32> = BTreeMap::new();
        let (mut segments, mut files, mut standing) = (Vec::new(), Vec::new(), Vec::new());
        for segment in self.standing {
            let file = name(&segment.records, segment.number, &segment.sha256);
            standing.push((segment.file, file.clone()));
            next.insert(segment.records.clone(), segment.number + 1);
            segments.push(SegmentRow { file, ..segment });
        }
        let sealed = self.writers.finish(self.sheet.entered())?;
        for sealed in self.sealed.into_iter().chain(sealed) {
            let number = next.entry(sealed.records.to_owned()).or_default();
            let (segment, file) = sealed.name(*number, &name);
            *number += 1;
            files.push((segment.file.clone(), file));
            segments.push(segment);
        }
        let ready = Ready { draft: self.draft, receipt, span: self.account.span, segments };
        Ok((ready, files, standing))
    }

    fn check_receipt(&self, key: &SourceKey) -> Result<LoadReceipt, StoreError> {
        let unbalanced = |detail: String| Err(StoreError::Unbalanced { source_key: key.short(), detail });
        let Some(receipt) = self.receipt else { return unbalanced("no receipt was given".to_owned()) };
        let LoadReceipt { read, kept, refused, repeated, .. } = receipt;
        if !receipt.balances() {
            return unbalanced(format!(
                "read {read}, but kept {kept}, refused {refused} and repeated {repeated}"
            ));
        }
        let rows = match self.draft.kind {
            TableKind::Calls => self.account.calls,
            TableKind::Transfers => self.account.transfers,
            TableKind::Entities => self.account.mentions,
        };
        if !agrees(&receipt, rows, self.account.refused) {
            return unbalanced(format!(
                "kept {kept}, repeated {repeated}, refused {refused}, but {rows} rows of records and {} refused rows",
                self.account.refused
            ));
        }
        Ok(receipt)
    }
}

/// Whether the rows that stand agree with a receipt; a repeated row may be kept as a further source or not.
pub(crate) fn agrees(receipt: &LoadReceipt, rows: u64, refused: u64) -> bool {
    refused == receipt.refused && (receipt.kept..=receipt.kept + receipt.repeated).contains(&rows)
}
