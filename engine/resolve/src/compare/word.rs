//! How alike two tokens of a name are.

use crate::column::{Columns, Word};

/// Likeness of two tokens, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// Two different names.
    None,
    /// Alike, but both are established names (Mario and Maria, Juan and Juana).
    Near,
    /// One is the initial of the other.
    Initial,
    /// One may be a nickname of the other.
    Nickname,
    /// One or two typing errors apart.
    Typo,
    /// They sound alike, or differ in particles only.
    Sound,
    /// Equal.
    Same,
}

/// A name that is met this many times as often as another may be what the other was meant to be.
const MISSPELT_RATIO: u32 = 12;
/// A spelling that is met no more than this often may be a typing error of anything.
const RARE: u32 = 3;

/// How alike are two tokens of the data?
pub fn likeness(columns: &Columns, a: u32, b: u32) -> Likeness {
    if a == b {
        return Likeness::Same;
    }
    let (wa, wb) = (&columns.words[a as usize], &columns.words[b as usize]);
    if wa.class == wb.class && wa.core.len() > 1 && wb.core.len() > 1 {
        return Likeness::Sound;
    }
    if wa.core.len() == 1 || wb.core.len() == 1 {
        let initial = wa.core.bytes().next() == wb.core.bytes().next();
        return if initial { Likeness::Initial } else { Likeness::None };
    }
    if wa.nicknames.contains(&b) {
        return Likeness::Nickname;
    }
    spelling(wa, wb)
}

fn spelling(a: &Word, b: &Word) -> Likeness {
    let (la, lb) = (a.core.len(), b.core.len());
    if la.abs_diff(lb) > 2 || (a.letters ^ b.letters).count_ones() > 4 {
        return Likeness::None;
    }
    let distance = strsim::osa_distance(&a.core, &b.core);
    let longest = la.max(lb);
    let close = distance == 1 && longest >= 4 || distance == 2 && longest >= 7;
    let alike = close || strsim::jaro_winkler(&a.core, &b.core) >= 0.93;
    if !alike {
        return Likeness::None;
    }
    let (ca, cb) = (a.as_given + a.as_surname, b.as_given + b.as_surname);
    let (rarer, commoner) = (ca.min(cb), ca.max(cb));
    if rarer <= RARE || rarer.saturating_mul(MISSPELT_RATIO) <= commoner {
        Likeness::Typo
    } else {
        Likeness::Near
    }
}
