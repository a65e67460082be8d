//! The table `calls`: rows of a call detail return, with the numbers of their dictionary entries.

use super::columns::{Columns, Malformed, maybe};
use super::entries::{FormEntry, IMEIS, IMSIS, NUMBERS, NormalEntry, SiteEntry};
use crate::calls::Written;
use crate::dictionary::{CallForm, Site};
use arrow::array::{Array, ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray, UInt32Array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use model::identifier::Normal;
use model::ids::{RecordRef, SourceId};
use model::record::{CallKind, CallRecord, Side};
use model::time::Stamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Name of the table.
pub(crate) const NAME: &str = "calls";

/// The word of a side.
pub(crate) fn side_word(side: Side) -> &'static str {
    match side {
        Side::Unknown => "unknown",
        Side::Originating => "originating",
        Side::Terminating => "terminating",
    }
}

/// The side of a word.
pub(crate) fn side_of(word: &str) -> Result<Side, Malformed> {
    [Side::Unknown, Side::Originating, Side::Terminating]
        .into_iter()
        .find(|s| side_word(*s) == word)
        .ok_or(Malformed { column: "side" })
}

/// The word of a kind.
pub(crate) fn kind_word(kind: CallKind) -> &'static str {
    match kind {
        CallKind::Call => "call",
        CallKind::Message => "message",
        CallKind::Data => "data",
    }
}

/// The kind of a word.
pub(crate) fn kind_of(word: &str) -> Result<CallKind, Malformed> {
    [CallKind::Call, CallKind::Message, CallKind::Data]
        .into_iter()
        .find(|k| kind_word(*k) == word)
        .ok_or(Malformed { column: "kind" })
}

/// Rows of calls as columns: what one row group holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallRows {
    /// Rows, ascending.
    pub row: Vec<u32>,
    /// Form of each.
    pub form: Vec<u32>,
    /// Caller's number.
    pub caller: Vec<u32>,
    /// Receiver's number.
    pub receiver: Vec<u32>,
    /// Instants in microseconds UTC; 0 where there is none.
    pub instant_us: Vec<i64>,
    /// Which rows have an instant.
    pub has_instant: Vec<bool>,
    /// Durations in seconds; 0 where there is none.
    pub duration_s: Vec<i64>,
    /// Which rows have a duration.
    pub has_duration: Vec<bool>,
    /// Handset.
    pub imei: Vec<u32>,
    /// SIM card.
    pub imsi: Vec<u32>,
    /// Site.
    pub site: Vec<u32>,
    /// Moments as written that follow no form: place in the group and text, ascending.
    pub time_raw: Vec<(u32, String)>,
    /// What stands in the columns that are not read, as written: place in the group and text, ascending.
    pub rest: Vec<(u32, String)>,
}

impl CallRows {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.row.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.row.is_empty()
    }

    /// Makes room for further rows.
    pub fn reserve(&mut self, rows: usize) {
        let Self { row, form, caller, receiver, imei, imsi, site, .. } = self;
        for column in [row, form, caller, receiver, imei, imsi, site] {
            column.reserve(rows);
        }
        self.instant_us.reserve(rows);
        self.duration_s.reserve(rows);
        self.has_instant.reserve(rows);
        self.has_duration.reserve(rows);
    }

    /// Earliest and latest instant.
    pub(crate) fn span(&self) -> Option<(i64, i64)> {
        let known =
            || self.instant_us.iter().zip(&self.has_instant).filter(|(_, has)| **has).map(|(t, _)| *t);
        Some((known().min()?, known().max()?))
    }
}

/// The columns of the table.
pub(crate) fn schema() -> SchemaRef {
    let number = |name: &str| Field::new(name, DataType::UInt32, false);
    Arc::new(Schema::new(vec![
        number("row"),
        number("form"),
        number("caller"),
        number("receiver"),
        Field::new("time_s", DataType::Int64, true),
        Field::new("time_us", DataType::Int32, true),
        Field::new("duration_s", DataType::Int64, true),
        number("imei"),
        number("imsi"),
        number("site"),
        Field::new("time_raw", DataType::Utf8, true),
        Field::new("rest", DataType::Utf8, true),
    ]))
}

fn nulls(valid: &[bool]) -> Option<NullBuffer> {
    valid.contains(&false).then(|| NullBuffer::from(valid))
}

fn sparse(length: usize, texts: &[(u32, String)]) -> ArrayRef {
    if texts.is_empty() {
        return Arc::new(StringArray::new_null(length));
    }
    let mut at = 0;
    Arc::new(StringArray::from_iter((0..length).map(|i| match texts.get(at) {
        Some((place, text)) if *place as usize == i => {
            at += 1;
            Some(text.as_str())
        }
        _ => None,
    })))
}

/// Rows as columns.
pub(crate) fn encode(rows: CallRows) -> Vec<ArrayRef> {
    let length = rows.len();
    let number = |values: Vec<u32>| Arc::new(UInt32Array::from(values)) as ArrayRef;
    let seconds: Vec<i64> = rows.instant_us.iter().map(|t| t.div_euclid(1_000_000)).collect();
    let whole = rows.instant_us.iter().all(|t| t % 1_000_000 == 0);
    let parts: Int32Array = if whole {
        Int32Array::new_null(length)
    } else {
        let part = |t: &i64| Some(t.rem_euclid(1_000_000) as i32).filter(|part| *part != 0);
        rows.instant_us.iter().map(part).collect()
    };
    let time = Int64Array::new(seconds.into(), nulls(&rows.has_instant));
    vec![
        number(rows.row),
        number(rows.form),
        number(rows.caller),
        number(rows.receiver),
        Arc::new(time),
        Arc::new(parts),
        Arc::new(Int64Array::new(rows.duration_s.into(), nulls(&rows.has_duration))),
        number(rows.imei),
        number(rows.imsi),
        number(rows.site),
        sparse(length, &rows.time_raw),
        sparse(length, &rows.rest),
    ]
}

fn instant_us(time: &Int64Array, time_us: &Int32Array, i: usize) -> Option<i64> {
    let part = if time_us.is_valid(i) { i64::from(time_us.value(i)) } else { 0 };
    time.is_valid(i).then(|| time.value(i).wrapping_mul(1_000_000).wrapping_add(part))
}

/// Who called whom, when and how long: the columns that a network is made of.
#[derive(Clone, Copy, Debug)]
pub struct CallFacts<'a> {
    /// Rows.
    pub row: &'a [u32],
    /// Forms.
    pub form: &'a [u32],
    /// Callers.
    pub caller: &'a [u32],
    /// Receivers.
    pub receiver: &'a [u32],
    time: &'a Int64Array,
    time_us: &'a Int32Array,
    duration_s: &'a Int64Array,
}

impl<'a> CallFacts<'a> {
    /// The columns, in the order of the table.
    pub(crate) const COLUMNS: [usize; 7] = [0, 1, 2, 3, 4, 5, 6];

    pub(crate) fn of(batch: &'a RecordBatch) -> Result<Self, Malformed> {
        let c = Columns(batch);
        let numbers = |column| Ok(c.of::<UInt32Array>(column)?.values().as_ref());
        Ok(Self {
            row: numbers("row")?,
            form: numbers("form")?,
            caller: numbers("caller")?,
            receiver: numbers("receiver")?,
            time: c.of("time_s")?,
            time_us: c.of("time_us")?,
            duration_s: c.of("duration_s")?,
        })
    }

    /// The instant of a row, microseconds UTC.
    #[inline]
    pub fn instant_us(&self, i: usize) -> Option<i64> {
        instant_us(self.time, self.time_us, i)
    }

    /// The duration of a row, seconds.
    #[inline]
    pub fn duration_s(&self, i: usize) -> Option<i64> {
        self.duration_s.is_valid(i).then(|| self.duration_s.value(i))
    }
}

/// A batch read column by column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallBatch<'a> {
    row: &'a UInt32Array,
    form: &'a UInt32Array,
    caller: &'a UInt32Array,
    receiver: &'a UInt32Array,
    time: &'a Int64Array,
    time_us: &'a Int32Array,
    duration_s: &'a Int64Array,
    imei: &'a UInt32Array,
    imsi: &'a UInt32Array,
    site: &'a UInt32Array,
    time_raw: &'a StringArray,
    rest: &'a StringArray,
}

impl<'a> CallBatch<'a> {
    pub(crate) fn of(batch: &'a RecordBatch) -> Result<Self, Malformed> {
        let c = Columns(batch);
        Ok(Self {
            row: c.rows()?,
            form: c.of("form")?,
            caller: c.of("caller")?,
            receiver: c.of("receiver")?,
            time: c.of("time_s")?,
            time_us: c.of("time_us")?,
            duration_s: c.of("duration_s")?,
            imei: c.of("imei")?,
            imsi: c.of("imsi")?,
            site: c.of("site")?,
            time_raw: c.of("time_raw")?,
            rest: c.of("rest")?,
        })
    }

    fn instant_us(&self, i: usize) -> Option<i64> {
        instant_us(self.time, self.time_us, i)
    }

    /// The moment of a row as written, where it follows no form; else empty.
    pub(crate) fn time_raw(&self, i: usize) -> String {
        maybe(self.time_raw, i).unwrap_or_default()
    }

    /// The numbers of entries that these rows name: of telephones, handsets, cards, sites and forms.
    pub(crate) fn entries(&self) -> [Vec<u32>; 5] {
        let sorted = |columns: &[&UInt32Array]| {
            let mut all: Vec<u32> = columns.iter().flat_map(|c| c.values().iter().copied()).collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        [
            sorted(&[self.caller, self.receiver]),
            sorted(&[self.imei]),
            sorted(&[self.imsi]),
            sorted(&[self.site]),
            sorted(&[self.form]),
        ]
    }

    /// The rows as records.
    pub(crate) fn records(&self, names: &CallNames, source: SourceId) -> Result<Vec<CallRecord>, Malformed> {
        (0..self.row.len())
            .map(|i| {
                let form = names.form(self.form.value(i))?;
                let site = names.site(self.site.value(i))?;
                let time = match (self.instant_us(i), form.clock) {
                    (Some(instant_us), Some((offset_minutes, zone_assumed, precision))) => {
                        Some(Stamp { instant_us, offset_minutes, zone_assumed, precision })
                    }
                    (None, None) => None,
                    _ => return Err(Malformed { column: "time_s" }),
                };
                let time_raw = if self.time_raw.is_valid(i) {
                    self.time_raw.value(i).to_owned()
                } else {
                    time.as_ref().and_then(|t| form.time.text(t)).unwrap_or_default()
                };
                Ok(CallRecord {
                    record: RecordRef { source, row: self.row.value(i) },
                    kind: form.kind,
                    side: form.side,
                    caller: names.number(self.caller.value(i))?,
                    receiver: names.number(self.receiver.value(i))?,
                    time_raw,
                    time,
                    duration_s: self.duration_s.is_valid(i).then(|| self.duration_s.value(i)),
                    imei: names.imei(self.imei.value(i))?,
                    imsi: names.imsi(self.imsi.value(i))?,
                    cell: site.cell.clone(),
                    point: site.point,
                    azimuth: site.azimuth,
                })
            })
            .collect()
    }

    /// How the rows stand in their file.
    pub(crate) fn written(&self, names: &CallNames) -> Result<Vec<Written>, Malformed> {
        (0..self.row.len())
            .map(|i| {
                let form = names.form(self.form.value(i))?;
                Ok(Written {
                    swapped: form.swapped,
                    type_raw: form.type_raw.clone(),
                    direction_raw: form.direction_raw.clone(),
                    time: form.time,
                    duration: form.duration,
                    site: names.site(self.site.value(i))?.written.clone(),
                    rest: maybe(self.rest, i),
                    line: form.line.clone(),
                })
            })
            .collect()
    }
}

/// The entries that rows of a source name.
#[derive(Debug, Default)]
pub(crate) struct CallNames {
    pub(crate) numbers: Entries,
    pub(crate) imeis: Entries,
    pub(crate) imsis: Entries,
    pub(crate) sites: BTreeMap<u32, Site>,
    pub(crate) forms: BTreeMap<u32, CallForm>,
}

/// Entries of one dictionary: all of them as they lie, or some.
#[derive(Debug)]
pub(crate) enum Entries {
    /// Every entry; the place is the number.
    All(Box<super::entries::NormalTable>),
    /// Those asked for.
    Some(BTreeMap<u32, Normal>),
}

impl Default for Entries {
    fn default() -> Self {
        Self::Some(BTreeMap::new())
    }
}

impl Entries {
    fn get(&self, number: u32, column: &'static str) -> Result<Normal, Malformed> {
        let found = match self {
            Self::All(table) if (number as usize) < table.len() => Some(table.normal(number as usize)?),
            Self::All(_) => None,
            Self::Some(entries) => entries.get(&number).cloned(),
        };
        found.ok_or(Malformed { column })
    }

    /// Takes entries that were read one by one.
    pub(crate) fn some<const KIND: u8>(entries: Vec<NormalEntry<KIND>>) -> Self {
        Self::Some(entries.into_iter().map(|e| (e.number, e.normal)).collect())
    }
}

impl CallNames {
    fn number(&self, number: u32) -> Result<Normal, Malformed> {
        self.numbers.get(number, "caller")
    }

    fn imei(&self, number: u32) -> Result<Normal, Malformed> {
        self.imeis.get(number, "imei")
    }

    fn imsi(&self, number: u32) -> Result<Normal, Malformed> {
        self.imsis.get(number, "imsi")
    }

    fn site(&self, number: u32) -> Result<&Site, Malformed> {
        self.sites.get(&number).ok_or(Malformed { column: "site" })
    }

    pub(crate) fn form(&self, number: u32) -> Result<&CallForm, Malformed> {
        self.forms.get(&number).ok_or(Malformed { column: "form" })
    }

    pub(crate) fn take_sites(&mut self, sites: Vec<SiteEntry>) {
        self.sites = sites.into_iter().map(|e| (e.number, e.site)).collect();
    }

    pub(crate) fn take_forms(&mut self, forms: Vec<FormEntry>) {
        self.forms = forms.into_iter().map(|e| (e.number, e.form)).collect();
    }
}

/// Telephone numbers of a dictionary.
pub(crate) type NumberEntry = NormalEntry<NUMBERS>;
/// Handsets of a dictionary.
pub(crate) type ImeiEntry = NormalEntry<IMEIS>;
/// SIM cards of a dictionary.
pub(crate) type ImsiEntry = NormalEntry<IMSIS>;
