//! The dictionaries of one source of calls: each number, handset, SIM card, site and form once.
//!
//! **Invariant:** an entry is numbered when a kept row first uses it, in the order of rows, so that the same rows
//! give the same numbers however they are read.

use crate::texts::TextTable;
use model::identifier::{NormFlags, Normal};
use model::place::Point;
use model::record::{CallKind, Side};
use model::time::Precision;
use model::written::{DurationForm, LineForm, TimeForm};
use std::collections::HashMap;

const NONE: u32 = u32::MAX;

/// How the normal form follows from the text as written, where a rule says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ValueRule {
    /// There is no normal form.
    Absent = 0,
    /// It is the text.
    Same = 1,
    /// It is the text behind a `+`.
    Plus = 2,
    /// It is the first 14 characters of the text.
    Head14 = 3,
    /// It stands in its own column.
    Stated = 4,
}

impl ValueRule {
    /// The first rule that gives this value.
    pub fn of(raw: &str, value: Option<&str>) -> Self {
        let Some(value) = value else { return Self::Absent };
        if value == raw {
            Self::Same
        } else if value.strip_prefix('+') == Some(raw) {
            Self::Plus
        } else if raw.get(..14) == Some(value) {
            Self::Head14
        } else {
            Self::Stated
        }
    }

    /// The rule of a stored number.
    pub fn from_code(code: u8) -> Option<Self> {
        [Self::Absent, Self::Same, Self::Plus, Self::Head14, Self::Stated].get(usize::from(code)).copied()
    }

    /// The value; `stated` is what its own column holds.
    pub fn value(self, raw: &str, stated: Option<&str>) -> Option<String> {
        let mut value = String::new();
        self.write(raw, stated, &mut value).then_some(value)
    }

    /// Puts the value in place of what a text held; false where there is none.
    pub(crate) fn write(self, raw: &str, stated: Option<&str>, out: &mut String) -> bool {
        out.clear();
        let text = match self {
            Self::Absent => None,
            Self::Same => Some(raw),
            Self::Plus => {
                out.push('+');
                Some(raw)
            }
            Self::Head14 => raw.get(..14),
            Self::Stated => stated,
        };
        out.push_str(text.unwrap_or_default());
        text.is_some()
    }
}

/// Many texts in one piece of memory.
#[derive(Debug, Default)]
pub struct Arena {
    bytes: String,
    ends: Vec<usize>,
}

impl Arena {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Each in turn.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|at| self.get(at))
    }

    /// Adds a text.
    pub fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
    }

    /// The text at a place; empty where there is none.
    pub fn get(&self, at: usize) -> &str {
        let from = if at == 0 { 0 } else { self.ends.get(at - 1).copied().unwrap_or_default() };
        let to = self.ends.get(at).copied().unwrap_or_default();
        self.bytes.get(from..to).unwrap_or_default()
    }
}

/// Texts as written, and the normal forms that they were read as.
///
/// One text may have several entries where its reading depends on the day of the row.
#[derive(Debug, Default)]
pub struct NormalDictionary {
    texts: TextTable,
    /// First entry of each text.
    first: Vec<u32>,
    raw: Arena,
    stated: Arena,
    rules: Vec<ValueRule>,
    flags: Vec<u16>,
    /// The next entry of the same text.
    next: Vec<u32>,
}

impl NormalDictionary {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.flags.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.flags.is_empty()
    }

    /// The texts, with or without an entry.
    pub fn texts(&mut self) -> &mut TextTable {
        &mut self.texts
    }

    /// The entry of a normal form; a new one if it was never used.
    pub fn entry(&mut self, normal: &Normal) -> u32 {
        let text = self.texts.number(normal.raw.as_bytes());
        self.entry_of(text, normal)
    }

    /// The entry of a normal form whose text has this number.
    pub fn entry_of(&mut self, text: u32, normal: &Normal) -> u32 {
        let text = text as usize;
        if self.first.len() <= text {
            self.first.resize(text + 1, NONE);
        }
        let mut at = self.first[text];
        let mut last = NONE;
        while at != NONE {
            if self.holds(at as usize, normal) {
                return at;
            }
            last = at;
            at = self.next[at as usize];
        }
        let entry = self.flags.len() as u32;
        let rule = ValueRule::of(&normal.raw, normal.value.as_deref());
        self.raw.push(&normal.raw);
        self.stated.push(if rule == ValueRule::Stated {
            normal.value.as_deref().unwrap_or_default()
        } else {
            ""
        });
        self.rules.push(rule);
        self.flags.push(normal.flags.0);
        self.next.push(NONE);
        if last == NONE {
            self.first[text] = entry;
        } else {
            self.next[last as usize] = entry;
        }
        entry
    }

    fn holds(&self, entry: usize, normal: &Normal) -> bool {
        let rule = ValueRule::of(&normal.raw, normal.value.as_deref());
        self.flags[entry] == normal.flags.0
            && self.rules[entry] == rule
            && (rule != ValueRule::Stated || normal.value.as_deref() == Some(self.stated.get(entry)))
    }

    /// Text, rule, stated value and flags of an entry.
    pub(crate) fn parts(&self, entry: usize) -> (&str, ValueRule, &str, u16) {
        (self.raw.get(entry), self.rules[entry], self.stated.get(entry), self.flags[entry])
    }

    /// Whether an entry has a normal form.
    pub fn has_value(&self, entry: u32) -> bool {
        self.rules.get(entry as usize).is_some_and(|rule| *rule != ValueRule::Absent)
    }

    /// The normal form of an entry.
    pub fn normal(&self, entry: u32) -> Normal {
        let (raw, rule, stated, flags) = self.parts(entry as usize);
        Normal { raw: raw.to_owned(), value: rule.value(raw, Some(stated)), flags: NormFlags(flags) }
    }
}

/// Where a call was, and how the file writes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Site {
    /// Cell as read, empty if none.
    pub cell: String,
    /// Position.
    pub point: Option<Point>,
    /// Azimuth in degrees.
    pub azimuth: Option<f64>,
    /// Texts as written: cell, latitude, longitude, azimuth.
    pub written: [String; 4],
}

impl Site {
    /// A text that no other site has.
    fn key(&self) -> Vec<u8> {
        let [cell, rest @ ..] = &self.written;
        let plain = *cell == self.cell && rest.iter().all(String::is_empty);
        if plain && self.point.is_none() && self.azimuth.is_none() && !self.cell.starts_with('\0') {
            return self.cell.as_bytes().to_vec();
        }
        let mut key = vec![0u8];
        for text in std::iter::once(&self.cell).chain(&self.written) {
            key.extend((text.len() as u64).to_le_bytes());
            key.extend(text.as_bytes());
        }
        for value in [self.point.map(|p| p.lat), self.point.map(|p| p.lon), self.azimuth] {
            key.push(u8::from(value.is_some()));
            key.extend(value.unwrap_or_default().to_bits().to_le_bytes());
        }
        key
    }
}

/// What is alike in many rows: kind, side and the ways of writing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CallForm {
    /// Call, message or data session.
    pub kind: CallKind,
    /// Whose return the row stands in.
    pub side: Side,
    /// Whether the receiver stands in the column that comes first.
    pub swapped: bool,
    /// The type column as written.
    pub type_raw: String,
    /// The direction column as written.
    pub direction_raw: String,
    /// How the moment is written.
    pub time: TimeForm,
    /// Local minus UTC in minutes, whether the zone was assumed, and how fine the moment is; none without a moment.
    pub clock: Option<(i16, bool, Precision)>,
    /// How the duration is written; `None` where it is written in no known way.
    pub duration: Option<DurationForm>,
    /// How the row stands in its line; `None` where the line itself is kept.
    pub line: Option<LineForm>,
}

/// Things that are equal by what they hold, in the order in which they first come.
#[derive(Debug)]
pub struct Listing<T, K> {
    numbers: HashMap<K, u32>,
    /// In order.
    pub(crate) items: Vec<T>,
}

impl<T, K> Default for Listing<T, K> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), items: Vec::new() }
    }
}

impl<T, K> Listing<T, K> {
    /// All of them; the place is the number.
    pub fn all(&self) -> &[T] {
        &self.items
    }
}

impl Listing<Site, Vec<u8>> {
    /// The number of a site.
    pub fn number(&mut self, site: &Site) -> u32 {
        let next = self.items.len() as u32;
        let number = *self.numbers.entry(site.key()).or_insert(next);
        if number == next {
            self.items.push(site.clone());
        }
        number
    }
}

impl Listing<CallForm, CallForm> {
    /// The number of a form.
    pub fn number(&mut self, form: &CallForm) -> u32 {
        if let Some(&number) = self.numbers.get(form) {
            return number;
        }
        let next = self.items.len() as u32;
        self.numbers.insert(form.clone(), next);
        self.items.push(form.clone());
        next
    }
}

/// All dictionaries of a source of calls.
#[derive(Debug, Default)]
pub struct CallDictionaries {
    /// Telephone numbers.
    pub numbers: NormalDictionary,
    /// Handsets.
    pub imeis: NormalDictionary,
    /// SIM cards.
    pub imsis: NormalDictionary,
    /// Sites.
    pub sites: Listing<Site, Vec<u8>>,
    /// Forms.
    pub forms: Listing<CallForm, CallForm>,
}

impl CallDictionaries {
    /// How many entries each has: numbers, handsets, SIM cards, sites, forms.
    pub(crate) fn lengths(&self) -> [usize; 5] {
        let Self { numbers, imeis, imsis, sites, forms } = self;
        [numbers.len(), imeis.len(), imsis.len(), sites.items.len(), forms.items.len()]
    }
}
