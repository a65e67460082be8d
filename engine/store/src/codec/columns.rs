//! Columns of texts, normal forms, instants and words: the pieces that all tables share.

use arrow::array::{
    Array, ArrayRef, BooleanArray, Int16Array, ListArray, ListBuilder, RecordBatch, StringArray,
    StringBuilder, TimestampMicrosecondArray, UInt16Array, UInt16Builder, UInt32Array,
};
use arrow::datatypes::{DataType, Field, TimeUnit};
use model::identifier::{NormFlags, Normal};
use model::time::{Precision, Stamp};
use std::ops::Range;
use std::sync::Arc;

/// A column that is missing, of another type, or holds what cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// The column.
    pub(crate) column: &'static str,
}

/// The type of instants.
pub(crate) fn instant_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// A list of texts, with or without empty places.
pub(crate) fn text_list_type(nullable: bool) -> DataType {
    DataType::List(Arc::new(Field::new("item", DataType::Utf8, nullable)))
}

/// A column of texts.
pub(crate) fn texts<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

/// A column of texts that may be absent.
pub(crate) fn maybe_texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

/// A column of instants that may be absent.
pub(crate) fn instants(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

/// The fields of a normal form: as written, value, flags.
pub(crate) fn normal_fields(name: &str) -> [Field; 3] {
    [
        Field::new(format!("{name}_raw"), DataType::Utf8, false),
        Field::new(name, DataType::Utf8, true),
        Field::new(format!("{name}_flags"), DataType::UInt16, false),
    ]
}

/// The columns of a normal form.
pub(crate) fn normals<'a>(values: impl Iterator<Item = &'a Normal> + Clone) -> [ArrayRef; 3] {
    [
        texts(values.clone().map(|n| n.raw.as_str())),
        maybe_texts(values.clone().map(|n| n.value.as_deref())),
        Arc::new(UInt16Array::from_iter_values(values.map(|n| n.flags.0))),
    ]
}

/// The fields of a list of normal forms: three lists of one length.
pub(crate) fn normal_list_fields(name: &str) -> [Field; 3] {
    let flags = DataType::List(Arc::new(Field::new("item", DataType::UInt16, false)));
    [
        Field::new(format!("{name}_raw"), text_list_type(false), false),
        Field::new(name, text_list_type(true), false),
        Field::new(format!("{name}_flags"), flags, false),
    ]
}

/// The columns of lists of normal forms.
pub(crate) fn normal_lists<'a>(rows: impl Iterator<Item = &'a [Normal]>) -> [ArrayRef; 3] {
    let field = |kind, nullable| Arc::new(Field::new("item", kind, nullable));
    let mut raw = ListBuilder::new(StringBuilder::new()).with_field(field(DataType::Utf8, false));
    let mut value = ListBuilder::new(StringBuilder::new()).with_field(field(DataType::Utf8, true));
    let mut flags = ListBuilder::new(UInt16Builder::new()).with_field(field(DataType::UInt16, false));
    for row in rows {
        for normal in row {
            raw.values().append_value(&normal.raw);
            value.values().append_option(normal.value.as_deref());
            flags.values().append_value(normal.flags.0);
        }
        raw.append(true);
        value.append(true);
        flags.append(true);
    }
    [Arc::new(raw.finish()), Arc::new(value.finish()), Arc::new(flags.finish())]
}

/// A column of lists of texts.
pub(crate) fn text_lists<'a>(rows: impl Iterator<Item = &'a [String]>) -> ArrayRef {
    let field = Arc::new(Field::new("item", DataType::Utf8, false));
    let mut list = ListBuilder::new(StringBuilder::new()).with_field(field);
    for row in rows {
        for text in row {
            list.values().append_value(text);
        }
        list.append(true);
    }
    Arc::new(list.finish())
}

/// The fields of a moment and the text that states it.
pub(crate) fn stamp_fields() -> [Field; 5] {
    [
        Field::new("time_raw", DataType::Utf8, false),
        Field::new("time", instant_type(), true),
        Field::new("time_offset_minutes", DataType::Int16, true),
        Field::new("time_zone_assumed", DataType::Boolean, true),
        Field::new("time_precision", DataType::Utf8, true),
    ]
}

/// The columns of moments.
pub(crate) fn stamps<'a>(
    values: impl Iterator<Item = (&'a str, Option<&'a Stamp>)> + Clone,
) -> [ArrayRef; 5] {
    let stamp = || values.clone().map(|(_, stamp)| stamp);
    [
        texts(values.clone().map(|(raw, _)| raw)),
        instants(stamp().map(|s| s.map(|s| s.instant_us))),
        Arc::new(stamp().map(|s| s.map(|s| s.offset_minutes)).collect::<Int16Array>()),
        Arc::new(stamp().map(|s| s.map(|s| s.zone_assumed)).collect::<BooleanArray>()),
        maybe_texts(stamp().map(|s| s.map(|s| precision_word(s.precision)))),
    ]
}

/// The precision of a word.
pub(crate) fn precision_of(word: &str) -> Result<Precision, Malformed> {
    [Precision::Day, Precision::Minute, Precision::Second]
        .into_iter()
        .find(|p| precision_word(*p) == word)
        .ok_or(Malformed { column: "time_precision" })
}

/// The word of a precision.
pub(crate) fn precision_word(precision: Precision) -> &'static str {
    match precision {
        Precision::Day => "day",
        Precision::Minute => "minute",
        Precision::Second => "second",
    }
}

/// A batch read column by column.
#[derive(Clone, Copy)]
pub(crate) struct Columns<'a>(pub(crate) &'a RecordBatch);

impl<'a> Columns<'a> {
    /// A column of a known type.
    pub(crate) fn of<A: 'static>(self, column: &'static str) -> Result<&'a A, Malformed> {
        self.0.column_by_name(column).and_then(|c| c.as_any().downcast_ref()).ok_or(Malformed { column })
    }

    /// A column that segments of earlier versions have not.
    pub(crate) fn since<A: 'static>(self, column: &'static str) -> Result<Option<&'a A>, Malformed> {
        self.0.column_by_name(column).map(|_| self.of(column)).transpose()
    }

    /// The rows.
    pub(crate) fn rows(self) -> Result<&'a UInt32Array, Malformed> {
        self.of("row")
    }

    /// A column of texts.
    pub(crate) fn texts(self, column: &'static str) -> Result<&'a StringArray, Malformed> {
        self.of(column)
    }

    /// A normal form's three columns, by their names.
    pub(crate) fn normals(self, names: [&'static str; 3]) -> Result<NormalColumns<'a>, Malformed> {
        Ok(NormalColumns { raw: self.of(names[0])?, value: self.of(names[1])?, flags: self.of(names[2])? })
    }

    /// Lists of normal forms, by the names of their three columns.
    pub(crate) fn normal_lists(self, names: [&'static str; 3]) -> Result<NormalLists<'a>, Malformed> {
        let (raw, value, flags) = (self.of(names[0])?, self.of(names[1])?, self.of(names[2])?);
        let malformed = Malformed { column: names[1] };
        Ok(NormalLists {
            raw,
            value,
            flags,
            columns: NormalColumns {
                raw: items(raw).ok_or(malformed)?,
                value: items(value).ok_or(malformed)?,
                flags: items(flags).ok_or(malformed)?,
            },
            column: names[1],
        })
    }

    /// The moment's columns.
    pub(crate) fn stamps(self) -> Result<StampColumns<'a>, Malformed> {
        Ok(StampColumns {
            raw: self.of("time_raw")?,
            instant: self.of("time")?,
            offset: self.of("time_offset_minutes")?,
            assumed: self.of("time_zone_assumed")?,
            precision: self.of("time_precision")?,
        })
    }
}

/// A present value of a column of texts.
pub(crate) fn maybe(column: &StringArray, i: usize) -> Option<String> {
    column.is_valid(i).then(|| column.value(i).to_owned())
}

/// A present value of a column of instants.
pub(crate) fn maybe_instant(column: &TimestampMicrosecondArray, i: usize) -> Option<i64> {
    column.is_valid(i).then(|| column.value(i))
}

/// The three columns of a normal form.
pub(crate) struct NormalColumns<'a> {
    raw: &'a StringArray,
    value: &'a StringArray,
    flags: &'a UInt16Array,
}

impl NormalColumns<'_> {
    /// The normal form at a place.
    pub(crate) fn get(&self, i: usize) -> Normal {
        Normal {
            raw: self.raw.value(i).to_owned(),
            value: maybe(self.value, i),
            flags: NormFlags(self.flags.value(i)),
        }
    }
}

/// The three columns of a list of normal forms.
pub(crate) struct NormalLists<'a> {
    raw: &'a ListArray,
    value: &'a ListArray,
    flags: &'a ListArray,
    /// The items of all lists, one after the other.
    columns: NormalColumns<'a>,
    column: &'static str,
}

/// The items of all lists of a column.
fn items<T: 'static>(lists: &ListArray) -> Option<&T> {
    lists.values().as_any().downcast_ref()
}

/// Where the items of a list stand among those of all lists.
fn place(lists: &ListArray, i: usize) -> Range<usize> {
    let at = |i: usize| lists.value_offsets().get(i).map_or(0, |o| o.unsigned_abs() as usize);
    at(i)..at(i + 1)
}

impl NormalLists<'_> {
    /// The list at a place.
    pub(crate) fn get(&self, i: usize) -> Result<Vec<Normal>, Malformed> {
        let here = place(self.raw, i);
        // The three columns are written together, so that their lists stand in the same places.
        if place(self.value, i) != here || place(self.flags, i) != here {
            return Err(Malformed { column: self.column });
        }
        Ok(here.map(|k| self.columns.get(k)).collect())
    }
}

/// The list of texts at a place.
pub(crate) fn text_list(column: &ListArray, i: usize, name: &'static str) -> Result<Vec<String>, Malformed> {
    let items: &StringArray = items(column).ok_or(Malformed { column: name })?;
    Ok(place(column, i).map(|k| items.value(k).to_owned()).collect())
}

/// The columns of a moment.
pub(crate) struct StampColumns<'a> {
    raw: &'a StringArray,
    instant: &'a TimestampMicrosecondArray,
    offset: &'a Int16Array,
    assumed: &'a BooleanArray,
    precision: &'a StringArray,
}

impl StampColumns<'_> {
    /// The text as written.
    pub(crate) fn raw(&self, i: usize) -> String {
        self.raw.value(i).to_owned()
    }

    /// The moment at a place.
    pub(crate) fn get(&self, i: usize) -> Result<Option<Stamp>, Malformed> {
        if self.instant.is_null(i) {
            return Ok(None);
        }
        if self.offset.is_null(i) || self.assumed.is_null(i) || self.precision.is_null(i) {
            return Err(Malformed { column: "time" });
        }
        let precision = precision_of(self.precision.value(i))?;
        Ok(Some(Stamp {
            instant_us: self.instant.value(i),
            offset_minutes: self.offset.value(i),
            zone_assumed: self.assumed.value(i),
            precision,
        }))
    }
}
