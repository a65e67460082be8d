//! The tables `numbers`, `imeis`, `imsis`, `sites` and `forms`: the dictionaries of a source of calls.
//!
//! `row` is the number by which the table `calls` names an entry, from 0.

use super::Table;
use super::calls::{kind_of, kind_word, side_of, side_word};
use super::columns::{self, Columns, Malformed};
use crate::dictionary::{CallForm, NormalDictionary, Site, ValueRule};
use crate::segment::GROUP;
use arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int16Array, RecordBatch, StringArray, StringBuilder,
    UInt8Array, UInt16Array, UInt32Array,
};
use arrow::datatypes::{DataType, Field};
use model::identifier::{NormFlags, Normal};
use model::ids::SourceId;
use model::place::Point;
use model::written::{DurationForm, LineEnd, LineForm, TimeForm};
use std::sync::Arc;

/// Which dictionary of normal forms.
pub(crate) const NUMBERS: u8 = 0;
/// Handsets.
pub(crate) const IMEIS: u8 = 1;
/// SIM cards.
pub(crate) const IMSIS: u8 = 2;

/// An entry of a dictionary of normal forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NormalEntry<const KIND: u8> {
    /// Its number.
    pub(crate) number: u32,
    /// The normal form.
    pub(crate) normal: Normal,
}

fn normal_fields() -> Vec<Field> {
    vec![
        Field::new("raw", DataType::Utf8, false),
        Field::new("value_rule", DataType::UInt8, false),
        Field::new("value", DataType::Utf8, true),
        Field::new("flags", DataType::UInt16, false),
    ]
}

/// Entries of a dictionary of normal forms as columns, a row group at a time, with the number of the first.
pub(crate) type EntryColumns = Vec<(u32, Vec<ArrayRef>)>;

/// The entries of a dictionary from one on as columns, without making a record of each.
pub(crate) fn normal_columns(dictionary: &NormalDictionary, from: usize) -> EntryColumns {
    (from..dictionary.len())
        .step_by(GROUP)
        .map(|from| {
            let entries = from..dictionary.len().min(from + GROUP);
            let numbers = UInt32Array::from_iter_values(entries.clone().map(|n| n as u32));
            let mut arrays: Vec<ArrayRef> = vec![Arc::new(numbers)];
            arrays.extend(columns_of(entries.map(|entry| dictionary.parts(entry))));
            (from as u32, arrays)
        })
        .collect()
}

fn columns_of<'a>(parts: impl Iterator<Item = (&'a str, ValueRule, &'a str, u16)>) -> Vec<ArrayRef> {
    let (mut raw, mut value) = (StringBuilder::new(), StringBuilder::new());
    let (mut rules, mut flags) = (Vec::new(), Vec::new());
    for (text, rule, stated, flag) in parts {
        raw.append_value(text);
        value.append_option((rule == ValueRule::Stated).then_some(stated));
        rules.push(rule as u8);
        flags.push(flag);
    }
    vec![
        Arc::new(raw.finish()),
        Arc::new(UInt8Array::from(rules)),
        Arc::new(value.finish()),
        Arc::new(UInt16Array::from(flags)),
    ]
}

/// The columns of a dictionary of normal forms, read as they lie.
#[derive(Clone, Debug)]
pub(crate) struct NormalTable {
    raw: StringArray,
    rules: UInt8Array,
    value: StringArray,
    flags: UInt16Array,
}

impl NormalTable {
    pub(crate) fn of(batch: &RecordBatch) -> Result<Self, Malformed> {
        let c = Columns(batch);
        Ok(Self {
            raw: c.texts("raw")?.clone(),
            rules: c.of::<UInt8Array>("value_rule")?.clone(),
            value: c.texts("value")?.clone(),
            flags: c.of::<UInt16Array>("flags")?.clone(),
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.raw.len()
    }

    pub(crate) fn value(&self, at: usize) -> Result<Option<String>, Malformed> {
        let mut value = String::new();
        Ok(self.write(at, &mut value)?.then_some(value))
    }

    /// Puts the normal form of an entry in place of what a text held; false where it has none.
    pub(crate) fn write(&self, at: usize, out: &mut String) -> Result<bool, Malformed> {
        let rule = ValueRule::from_code(self.rules.value(at)).ok_or(Malformed { column: "value_rule" })?;
        let stated = self.value.is_valid(at).then(|| self.value.value(at));
        Ok(rule.write(self.raw.value(at), stated, out))
    }

    pub(crate) fn flags(&self, at: usize) -> NormFlags {
        NormFlags(self.flags.value(at))
    }

    pub(crate) fn normal(&self, at: usize) -> Result<Normal, Malformed> {
        Ok(Normal { raw: self.raw.value(at).to_owned(), value: self.value(at)?, flags: self.flags(at) })
    }
}

impl<const KIND: u8> Table for NormalEntry<KIND> {
    const NAME: &'static str = match KIND {
        NUMBERS => "numbers",
        IMEIS => "imeis",
        _ => "imsis",
    };

    fn fields() -> Vec<Field> {
        normal_fields()
    }

    fn row(&self) -> u32 {
        self.number
    }

    fn weight(&self) -> usize {
        self.normal.raw.len()
    }

    fn encode(records: &[Self]) -> Vec<ArrayRef> {
        columns_of(records.iter().map(|r| {
            let value = r.normal.value.as_deref();
            let rule = ValueRule::of(&r.normal.raw, value);
            (r.normal.raw.as_str(), rule, value.unwrap_or_default(), r.normal.flags.0)
        }))
    }

    fn decode(batch: &RecordBatch, _source: SourceId) -> Result<Vec<Self>, Malformed> {
        let rows = Columns(batch).rows()?;
        let table = NormalTable::of(batch)?;
        (0..batch.num_rows()).map(|i| Ok(Self { number: rows.value(i), normal: table.normal(i)? })).collect()
    }
}

/// An entry of the dictionary of sites.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SiteEntry {
    /// Its number.
    pub(crate) number: u32,
    /// The site.
    pub(crate) site: Site,
}

const WRITTEN: [&str; 4] = ["cell_raw", "lat_raw", "lon_raw", "azimuth_raw"];

impl Table for SiteEntry {
    const NAME: &'static str = "sites";

    fn fields() -> Vec<Field> {
        let mut fields = vec![Field::new("cell", DataType::Utf8, false)];
        fields.extend(["lat", "lon", "azimuth"].map(|name| Field::new(name, DataType::Float64, true)));
        fields.extend(WRITTEN.map(|name| Field::new(name, DataType::Utf8, false)));
        fields
    }

    fn row(&self) -> u32 {
        self.number
    }

    fn weight(&self) -> usize {
        self.site.cell.len() * 2
    }

    fn encode(records: &[Self]) -> Vec<ArrayRef> {
        let all = || records.iter().map(|r| &r.site);
        let mut out = vec![columns::texts(all().map(|s| s.cell.as_str()))];
        out.push(Arc::new(all().map(|s| s.point.map(|p| p.lat)).collect::<Float64Array>()));
        out.push(Arc::new(all().map(|s| s.point.map(|p| p.lon)).collect::<Float64Array>()));
        out.push(Arc::new(all().map(|s| s.azimuth).collect::<Float64Array>()));
        for i in 0..4 {
            out.push(columns::texts(all().map(move |s| s.written.get(i).map_or("", String::as_str))));
        }
        out
    }

    fn decode(batch: &RecordBatch, _source: SourceId) -> Result<Vec<Self>, Malformed> {
        let c = Columns(batch);
        let (rows, cell) = (c.rows()?, c.texts("cell")?);
        let (lat, lon, azimuth): (&Float64Array, &Float64Array, &Float64Array) =
            (c.of("lat")?, c.of("lon")?, c.of("azimuth")?);
        let written =
            [c.texts(WRITTEN[0])?, c.texts(WRITTEN[1])?, c.texts(WRITTEN[2])?, c.texts(WRITTEN[3])?];
        Ok((0..batch.num_rows())
            .map(|i| Self {
                number: rows.value(i),
                site: Site {
                    cell: cell.value(i).to_owned(),
                    point: (lat.is_valid(i) && lon.is_valid(i))
                        .then(|| Point { lat: lat.value(i), lon: lon.value(i) }),
                    azimuth: azimuth.is_valid(i).then(|| azimuth.value(i)),
                    written: written.map(|w| w.value(i).to_owned()),
                },
            })
            .collect())
    }
}

/// An entry of the dictionary of forms.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FormEntry {
    /// Its number.
    pub(crate) number: u32,
    /// The form.
    pub(crate) form: CallForm,
}

impl Table for FormEntry {
    const NAME: &'static str = "forms";

    fn fields() -> Vec<Field> {
        vec![
            Field::new("kind", DataType::Utf8, false),
            Field::new("side", DataType::Utf8, false),
            Field::new("swapped", DataType::Boolean, false),
            Field::new("type_raw", DataType::Utf8, false),
            Field::new("direction_raw", DataType::Utf8, false),
            Field::new("time_form", DataType::UInt8, false),
            Field::new("time_offset_minutes", DataType::Int16, true),
            Field::new("time_zone_assumed", DataType::Boolean, true),
            Field::new("time_precision", DataType::Utf8, true),
            Field::new("duration_form", DataType::UInt8, true),
            Field::new("columns", DataType::Utf8, true),
            Field::new("delimiter", DataType::Utf8, true),
            Field::new("quoted", DataType::Utf8, true),
            Field::new("line_end", DataType::Utf8, true),
        ]
    }

    fn row(&self) -> u32 {
        self.number
    }

    fn weight(&self) -> usize {
        64
    }

    fn encode(records: &[Self]) -> Vec<ArrayRef> {
        let all = || records.iter().map(|r| &r.form);
        let lines = || all().map(|f| f.line.as_ref());
        vec![
            columns::texts(all().map(|f| kind_word(f.kind))),
            columns::texts(all().map(|f| side_word(f.side))),
            Arc::new(all().map(|f| Some(f.swapped)).collect::<BooleanArray>()),
            columns::texts(all().map(|f| f.type_raw.as_str())),
            columns::texts(all().map(|f| f.direction_raw.as_str())),
            Arc::new(UInt8Array::from_iter_values(all().map(|f| f.time.code()))),
            Arc::new(all().map(|f| f.clock.map(|c| c.0)).collect::<Int16Array>()),
            Arc::new(all().map(|f| f.clock.map(|c| c.1)).collect::<BooleanArray>()),
            columns::maybe_texts(all().map(|f| f.clock.map(|c| columns::precision_word(c.2)))),
            Arc::new(all().map(|f| f.duration.map(|d| d as u8)).collect::<UInt8Array>()),
            columns::maybe_texts(lines().map(|l| l.map(|l| l.columns.as_str()))),
            columns::maybe_texts(lines().map(|l| l.map(|l| l.delimiter.as_str()))),
            columns::maybe_texts(lines().map(|l| l.map(|l| l.quoted.as_str()))),
            columns::maybe_texts(lines().map(|l| l.map(|l| l.end.word()))),
        ]
    }

    fn decode(batch: &RecordBatch, _source: SourceId) -> Result<Vec<Self>, Malformed> {
        let c = Columns(batch);
        let (rows, kind, side) = (c.rows()?, c.texts("kind")?, c.texts("side")?);
        let (swapped, time): (&BooleanArray, &UInt8Array) = (c.of("swapped")?, c.of("time_form")?);
        let (type_raw, direction_raw) = (c.texts("type_raw")?, c.texts("direction_raw")?);
        let offset: &Int16Array = c.of("time_offset_minutes")?;
        let assumed: &BooleanArray = c.of("time_zone_assumed")?;
        let precision = c.texts("time_precision")?;
        let duration: &UInt8Array = c.of("duration_form")?;
        let lines = LineColumns::of(c)?;
        (0..batch.num_rows())
            .map(|i| {
                let clock = if offset.is_valid(i) && assumed.is_valid(i) && precision.is_valid(i) {
                    Some((offset.value(i), assumed.value(i), columns::precision_of(precision.value(i))?))
                } else {
                    None
                };
                let malformed = |column| Malformed { column };
                let form = CallForm {
                    kind: kind_of(kind.value(i))?,
                    side: side_of(side.value(i))?,
                    swapped: swapped.value(i),
                    type_raw: type_raw.value(i).to_owned(),
                    direction_raw: direction_raw.value(i).to_owned(),
                    time: TimeForm::from_code(time.value(i)).ok_or(malformed("time_form"))?,
                    clock,
                    duration: match duration.is_valid(i).then(|| duration.value(i)) {
                        None => None,
                        Some(code) => Some(
                            *DurationForm::ALL.get(usize::from(code)).ok_or(malformed("duration_form"))?,
                        ),
                    },
                    line: lines.as_ref().map_or(Ok(None), |lines| lines.get(i))?,
                };
                Ok(Self { number: rows.value(i), form })
            })
            .collect()
    }
}

/// The columns of [`LineForm`]s.
struct LineColumns<'a> {
    columns: &'a StringArray,
    delimiter: &'a StringArray,
    quoted: &'a StringArray,
    end: &'a StringArray,
}

impl<'a> LineColumns<'a> {
    /// `None` in segments of parsers before the fourth.
    fn of(c: Columns<'a>) -> Result<Option<Self>, Malformed> {
        let Some(columns) = c.since("columns")? else { return Ok(None) };
        let (delimiter, quoted, end) = (c.texts("delimiter")?, c.texts("quoted")?, c.texts("line_end")?);
        Ok(Some(Self { columns, delimiter, quoted, end }))
    }

    fn get(&self, i: usize) -> Result<Option<LineForm>, Malformed> {
        if self.columns.is_null(i) {
            return Ok(None);
        }
        Ok(Some(LineForm {
            columns: self.columns.value(i).to_owned(),
            delimiter: self.delimiter.value(i).to_owned(),
            quoted: self.quoted.value(i).to_owned(),
            end: LineEnd::parse(self.end.value(i)).ok_or(Malformed { column: "line_end" })?,
        }))
    }
}
