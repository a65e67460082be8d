//! Turns a row's address into words that a court can follow: file, sheet, row, digest.

use crate::audience::Lang;
use crate::messages;
use model::ids::{RecordRef, SourceId};
use model::provenance::SourceKey;

/// A source as it is cited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CitedSource {
    /// Its lasting key.
    pub key: SourceKey,
    /// Name of the file as it was seized.
    pub file: String,
}

/// The live sources of a snapshot, in canonical order, so that a [`SourceId`] is a position here.
#[derive(Clone, Debug, Default)]
pub struct SourceBook {
    sources: Vec<CitedSource>,
}

impl SourceBook {
    /// The book of sources given in canonical order.
    pub fn new(sources: Vec<CitedSource>) -> Self {
        Self { sources }
    }

    /// The source of a rank.
    pub fn get(&self, id: SourceId) -> Option<&CitedSource> {
        self.sources.get(id.0 as usize)
    }

    /// The rank of the source that a person typed: its full key or its short one.
    pub fn find(&self, text: &str) -> Option<SourceId> {
        let position =
            self.sources.iter().position(|s| s.key.to_string() == text || s.key.short() == text)?;
        Some(SourceId(position as u32))
    }

    /// The public short id of a source.
    pub fn short(&self, id: SourceId) -> String {
        self.get(id).map(|s| s.key.short()).unwrap_or_default()
    }
}

/// A citation of one row, in full: `CDR_9412.xlsx, hoja Entrantes, fila 418 (SHA-256 7c1e…a04f)`.
///
/// `file` and `sheet` are as the reader may see them.
pub(crate) fn cite(lang: Lang, file: &str, sheet: &str, hex: &str, record: RecordRef) -> String {
    let row = record.row.to_string();
    let head = hex.get(..4).unwrap_or_default();
    let tail = hex.get(hex.len().saturating_sub(4)..).unwrap_or_default();
    let key = if sheet.is_empty() { "citation.file" } else { "citation.sheet" };
    messages::text(
        lang,
        key,
        &[("file", file), ("sheet", sheet), ("row", &row), ("head", head), ("tail", tail)],
    )
}
