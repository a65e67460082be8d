//! What a source is and what became of its rows.

use model::place::Country;
use model::provenance::{Digest, SourceKey};
use model::record::TableKind;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Where every line of a source went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadReceipt {
    /// Data rows read.
    pub read: u64,
    /// Rows that became records.
    pub kept: u64,
    /// Rows refused, each kept verbatim.
    pub refused: u64,
    /// Rows that add nothing to what is there.
    pub repeated: u64,
    /// Lines that are no data: letterhead, header, blank, footer.
    pub other: u64,
}

impl LoadReceipt {
    /// Whether every row read is accounted for exactly once.
    pub fn balances(&self) -> bool {
        [self.kept, self.refused, self.repeated]
            .into_iter()
            .try_fold(0u64, u64::checked_add)
            .is_some_and(|sum| sum == self.read)
    }
}

/// How a column of a source was understood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnNote {
    /// The header as written.
    pub header: String,
    /// The role it was given; empty if none.
    pub role: String,
    /// How sure the reader was, 0..=1.
    pub confidence: f64,
}

/// A source of the case: one table of a seized file, how it was read, and its receipt.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceEntry {
    /// Number in the manifest; never given twice.
    pub id: u64,
    /// Lasting key.
    pub key: SourceKey,
    /// Name of the file.
    pub name: String,
    /// Path as given when it was loaded.
    pub original_path: String,
    /// Kind of table.
    pub kind: TableKind,
    /// Layout that was recognised; empty if none.
    pub template: String,
    /// Country whose rules were used.
    pub country: Option<Country>,
    /// Encoding of the text.
    pub encoding: String,
    /// Delimiter of the text; empty for sheets.
    pub delimiter: String,
    /// Line of the header, from 1; `None` if the table has none.
    pub header_row: Option<u32>,
    /// What an analyst still has to settle, with the flag or mapping line that settles it.
    pub needs_decision: Option<String>,
    /// How the columns were understood.
    pub columns: Vec<ColumnNote>,
    /// What became of the rows.
    pub receipt: LoadReceipt,
    /// Earliest instant in its records, microseconds UTC.
    pub first_us: Option<i64>,
    /// Latest instant in its records, microseconds UTC.
    pub last_us: Option<i64>,
    /// When it was loaded, microseconds UTC.
    pub loaded_us: i64,
    /// Where the file can be read now: the copy in the case, or the place it was registered at.
    pub evidence_path: PathBuf,
    /// The mapping that reads it, as TOML.
    pub mapping_toml: String,
    /// Hash of that mapping.
    pub mapping_hash: Digest,
    /// Version of the parser that read it.
    pub parser_version: u32,
}

#[cfg(test)]
mod tests {
    use super::LoadReceipt;

    #[test]
    fn a_receipt_balances_only_when_every_row_is_somewhere() {
        let good = LoadReceipt { read: 6, kept: 3, refused: 2, repeated: 1, other: 9 };
        assert!(good.balances());
        assert!(!LoadReceipt { read: 7, ..good }.balances());
        assert!(!LoadReceipt { kept: u64::MAX, ..good }.balances());
    }
}
