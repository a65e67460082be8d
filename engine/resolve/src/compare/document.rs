//! Identity documents: the same, a typing error apart, or really different.

use super::Outcome;
use super::spell::{one_edit, osa};
use crate::column::{Columns, Features};
use crate::comparison::document;

/// Compares documents; of several, the pair that agrees best counts.
pub fn compare(columns: &Columns, fa: &Features, fb: &Features) -> Outcome {
    let mut best = Outcome::default();
    for a in columns.documents_of(fa) {
        for b in columns.documents_of(fb) {
            let level = level(columns, *a, *b);
            if level == 0 {
                continue;
            }
            let share = &columns.shares.documents;
            let outcome = if level == document::SAME {
                Outcome::by_value(level, i32::from(share[*a as usize].min(share[*b as usize])))
            } else {
                Outcome::level(level)
            };
            if best.level == 0
                || outcome.level < best.level
                || outcome.level == best.level && outcome.rarity > best.rarity
            {
                best = outcome;
            }
        }
    }
    best
}

fn level(columns: &Columns, a: u32, b: u32) -> u8 {
    let (da, db) = (&columns.documents[a as usize], &columns.documents[b as usize]);
    if da.placeholder || db.placeholder {
        return 0;
    }
    let unsure = !da.known_kind || !db.known_kind;
    let one_kind = da.kind == db.kind;
    let (shorter, longer) = (da.length.min(db.length), da.length.max(db.length));
    if da.plain == db.plain && (one_kind || unsure || shorter >= 8) {
        return document::SAME;
    }
    let off_by = longer - shorter;
    // One error leaves the front or the back as it is: most pairs need no closer look.
    let close =
        shorter >= 6 && off_by <= 1 && (shorter < 8 || da.ends[0] == db.ends[0] || da.ends[1] == db.ends[1]);
    let comparable = one_kind || unsure && off_by <= 1;
    if close {
        let (x, y) = (columns.document_plain(a), columns.document_plain(b));
        let (short, long) = if x.len() <= y.len() { (x, y) } else { (y, x) };
        // A leading zero or the check digit left out is a way of writing, not another number.
        const ZERO: u8 = 26;
        let left_out = off_by == 1
            && shorter >= 7
            && (long.first() == Some(&ZERO) && &long[1..] == short || long.starts_with(short));
        if left_out || comparable && one_edit(x, y) {
            return document::TYPO;
        }
    }
    if comparable { document::DIFFERENT } else { 0 }
}

/// Whether some document of one cannot belong to the holder of some document of the other.
pub fn conflict(columns: &Columns, fa: &Features, fb: &Features) -> bool {
    let others = columns.documents_of(fb);
    columns.documents_of(fa).iter().any(|a| others.iter().any(|b| values_conflict(columns, *a, *b)))
}

/// Whether two documents cannot belong to one person: the rule of [`normalise::document::conflict`].
pub fn values_conflict(columns: &Columns, a: u32, b: u32) -> bool {
    let (da, db) = (&columns.documents[a as usize], &columns.documents[b as usize]);
    let exclusive = |d: &crate::column::Document| d.for_life && !d.placeholder;
    da.kind == db.kind
        && da.plain != db.plain
        && exclusive(da)
        && exclusive(db)
        && osa(columns.document_plain(a), columns.document_plain(b)) > 2
}
