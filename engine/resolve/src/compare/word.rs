//! How alike two tokens of a name are.

use super::Comparer;
use super::spell::{jaro_winkler, osa};
use crate::column::Columns;

/// Likeness of two tokens, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Likeness {
    /// Two different names.
    None = 0,
    /// Alike, but both are established names (Mario and Maria, Juan and Juana).
    Near = 1,
    /// One is the initial of the other.
    Initial = 2,
    /// One may be a nickname of the other.
    Nickname = 3,
    /// One or two typing errors apart.
    Typo = 4,
    /// They sound alike, or differ in particles only.
    Sound = 5,
    /// Equal.
    Same = 6,
}

/// A name that is met this many times as often as another may be what the other was meant to be.
const MISSPELT_RATIO: u32 = 12;
/// A spelling that is met no more than this often may be a typing error of anything.
const RARE: u32 = 3;

/// How alike are two tokens of the data?
#[inline]
pub fn likeness(of: &mut Comparer<'_>, a: u32, b: u32) -> Likeness {
    if a == b {
        return Likeness::Same;
    }
    let columns = of.columns;
    let (wa, wb) = (&columns.words[a as usize], &columns.words[b as usize]);
    let single = wa.is_initial() || wb.is_initial();
    if wa.class == wb.class && !single {
        return Likeness::Sound;
    }
    if single {
        let initial = columns.core(a).first() == columns.core(b).first();
        return if initial { Likeness::Initial } else { Likeness::None };
    }
    if !columns.nicknames(a).is_empty() && columns.nicknames(a).contains(&b)
        || !columns.nicknames(b).is_empty() && columns.nicknames(b).contains(&a)
    {
        return Likeness::Nickname;
    }
    if wa.core_len().abs_diff(wb.core_len()) > 2 || (wa.letters ^ wb.letters).count_ones() > 4 {
        return Likeness::None;
    }
    match of.memory.ask(0, a, b, || spelling(columns, a, b) as u8) {
        4 => Likeness::Typo,
        1 => Likeness::Near,
        _ => Likeness::None,
    }
}

fn spelling(columns: &Columns, a: u32, b: u32) -> Likeness {
    let (x, y) = (columns.core(a), columns.core(b));
    let longest = x.len().max(y.len());
    let distance = osa(x, y);
    let close = distance == 1 && longest >= 4 || distance == 2 && longest >= 7;
    if !close && jaro_winkler(x, y) < 0.93 {
        return Likeness::None;
    }
    let (ca, cb) = (columns.words[a as usize].count, columns.words[b as usize].count);
    let (rarer, commoner) = (ca.min(cb), ca.max(cb));
    if rarer <= RARE || rarer.saturating_mul(MISSPELT_RATIO) <= commoner {
        Likeness::Typo
    } else {
        Likeness::Near
    }
}
