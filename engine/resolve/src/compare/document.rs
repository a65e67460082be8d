//! Identity documents: the same, a typing error apart, or really different.

use super::Outcome;
use crate::column::{Columns, DocumentValue, Features, used};
use crate::comparison::document;

/// Compares documents; of several, the pair that agrees best counts.
pub fn compare(columns: &Columns, fa: &Features, fb: &Features) -> Outcome {
    let mut best = Outcome::default();
    for a in used(&fa.documents) {
        for b in used(&fb.documents) {
            let (da, db) = (&columns.documents[*a as usize], &columns.documents[*b as usize]);
            let level = if a == b && !da.placeholder { document::SAME } else { level(da, db) };
            if level != 0 && (best.level == 0 || level < best.level) {
                best = if level == document::SAME {
                    let share = columns.document_share(*a).max(columns.document_share(*b));
                    Outcome::by_value(level, share)
                } else {
                    Outcome::level(level)
                };
            }
        }
    }
    best
}

fn level(a: &DocumentValue, b: &DocumentValue) -> u8 {
    if a.placeholder || b.placeholder {
        return 0;
    }
    let kinds = (normalise::document::kind(&a.full), normalise::document::kind(&b.full));
    let unsure = !a.known_kind || !b.known_kind;
    let one_kind = kinds.0 == kinds.1;
    if a.plain == b.plain && (one_kind || unsure || a.plain.len() >= 8) {
        return document::SAME;
    }
    let lengths = (a.plain.len(), b.plain.len());
    // A leading zero or the check digit left out is a way of writing, not another number.
    let shorter = lengths.0.min(lengths.1);
    if shorter >= 7 && lengths.0.abs_diff(lengths.1) == 1 {
        let (long, short) = if lengths.0 > lengths.1 { (&a.plain, &b.plain) } else { (&b.plain, &a.plain) };
        if long.strip_prefix('0') == Some(short.as_str()) || long.starts_with(short.as_str()) {
            return document::TYPO;
        }
    }
    let comparable = one_kind || unsure && lengths.0.abs_diff(lengths.1) <= 1;
    if !comparable {
        return 0;
    }
    if shorter >= 6 && lengths.0.abs_diff(lengths.1) <= 1 && strsim::osa_distance(&a.plain, &b.plain) == 1 {
        return document::TYPO;
    }
    document::DIFFERENT
}

/// Whether some document of one cannot belong to the holder of some document of the other.
pub fn conflict(columns: &Columns, fa: &Features, fb: &Features) -> bool {
    used(&fa.documents).iter().any(|a| used(&fb.documents).iter().any(|b| values_conflict(columns, *a, *b)))
}

/// Whether two documents cannot belong to one person.
pub fn values_conflict(columns: &Columns, a: u32, b: u32) -> bool {
    let (da, db) = (&columns.documents[a as usize], &columns.documents[b as usize]);
    a != b && !da.placeholder && !db.placeholder && normalise::document::conflict(&da.full, &db.full)
}
