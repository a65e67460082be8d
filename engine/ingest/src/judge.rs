//! What is a row: data or not, and if data, a record or a refusal?

use crate::entities::Names;
use crate::evidence::is_footer;
use crate::plan::Planned;
use crate::reader::Row;
use crate::reading::Refusal;
use crate::table::Columns;
use crate::{calls, entities, recognise, transfers};
use model::ids::RecordRef;
use model::record::{CallRecord, MentionRecord, RefusalReason, TableKind, TransferRecord};

/// What a row is.
pub(crate) enum Verdict {
    /// No data: letterhead, header, blank, footer.
    Other,
    /// Not taken.
    Refused(Refusal),
    /// A call or message.
    Call(Box<CallRecord>),
    /// A transfer and the parties it names.
    Transfer(Box<TransferRecord>, Vec<MentionRecord>),
    /// A person.
    Mention(Box<MentionRecord>),
}

/// Judges the rows of a table one after the other.
pub(crate) struct Judge<'p> {
    pub(crate) planned: &'p Planned,
    pub(crate) columns: Columns,
    pub(crate) text: bool,
    names: Names,
}

impl<'p> Judge<'p> {
    pub(crate) fn new(planned: &'p Planned) -> Self {
        let text = !planned.table.encoding().is_empty();
        Self { planned, columns: planned.layout.columns.clone(), text, names: Names::default() }
    }

    /// Whether sparse lines stand between two blocks, above the header of the next: a letterhead again.
    fn above_a_block(&self, row: &Row) -> bool {
        let filled = row.cells.iter().filter(|c| !c.trim().is_empty()).count();
        let next = self.planned.evidence.headers.range(row.line..).next();
        filled <= 2 && self.columns.width() >= 4 && next.is_some_and(|(line, _)| line - row.line <= 12)
    }

    pub(crate) fn judge(&mut self, row: &Row, record: RecordRef) -> Verdict {
        let Planned { layout, evidence, reading, recognised, .. } = self.planned;
        if let Some(reason) = row.fault {
            return Verdict::Refused(Refusal::new(reason, ""));
        }
        if row.is_blank() || row.is_rule() || row.line <= layout.header_row || !recognised {
            return Verdict::Other;
        }
        if let Some(columns) = evidence.headers.get(&row.line) {
            self.columns = columns.clone();
            return Verdict::Other;
        }
        let declares = row.used_width() <= 3 && recognise::declared_count(row).is_some();
        if declares || self.above_a_block(row) || is_footer(row, &self.columns, layout.kind) {
            return Verdict::Other;
        }
        let width = self.columns.width();
        // Fields beyond the header may be the padding of a spreadsheet; a missing field shifts every one after it.
        if row.used_width() > width || (self.text && row.cells.len() < width) {
            return Verdict::Refused(Refusal::new(RefusalReason::FieldCount, ""));
        }
        let read = match layout.kind {
            TableKind::Calls => {
                calls::read(row, &self.columns, reading, record).map(|c| Verdict::Call(Box::new(c)))
            }
            TableKind::Transfers => transfers::read(row, &self.columns, reading, record, &mut self.names)
                .map(|(transfer, mentions)| Verdict::Transfer(Box::new(transfer), mentions)),
            TableKind::Entities => entities::read(row, &self.columns, reading, record, &mut self.names)
                .map(|m| Verdict::Mention(Box::new(m))),
        };
        read.unwrap_or_else(Verdict::Refused)
    }
}
