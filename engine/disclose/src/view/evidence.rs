//! The addresses of the rows behind a mark: a few at once, and how many there are.

use crate::reader::Reader;
use crate::view::finding::EvidenceView;
use model::ids::RecordRef;

/// Addresses shown with one mark; the rest are asked for with the rows of an edge.
pub const MOST_ROWS: usize = 5;

/// The first addresses of some rows.
pub(crate) fn addresses(rows: &[RecordRef], reader: &Reader<'_>) -> Vec<EvidenceView> {
    rows.iter().take(MOST_ROWS).map(|row| EvidenceView::new(*row, reader)).collect()
}
