//! The table `calls`: one row of a call detail return.

use super::Table;
use super::columns::{self, Columns, Malformed};
use arrow::array::{Array, ArrayRef, Float64Array, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field};
use model::ids::{RecordRef, SourceId};
use model::record::{CallKind, CallRecord, Side};
use std::sync::Arc;

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

fn kind_word(kind: CallKind) -> &'static str {
    match kind {
        CallKind::Call => "call",
        CallKind::Message => "message",
    }
}

fn kind_of(word: &str) -> Result<CallKind, Malformed> {
    [CallKind::Call, CallKind::Message]
        .into_iter()
        .find(|k| kind_word(*k) == word)
        .ok_or(Malformed { column: "kind" })
}

impl Table for CallRecord {
    const NAME: &'static str = "calls";

    fn fields() -> Vec<Field> {
        let mut fields =
            vec![Field::new("kind", DataType::Utf8, false), Field::new("side", DataType::Utf8, false)];
        fields.extend(columns::normal_fields("caller"));
        fields.extend(columns::normal_fields("receiver"));
        fields.extend(columns::stamp_fields());
        fields.push(Field::new("duration_s", DataType::Int64, true));
        fields.extend(columns::normal_fields("imei"));
        fields.extend(columns::normal_fields("imsi"));
        fields.push(Field::new("cell", DataType::Utf8, false));
        for name in ["lat", "lon", "azimuth"] {
            fields.push(Field::new(name, DataType::Float64, true));
        }
        fields
    }

    fn row(&self) -> u32 {
        self.record.row
    }

    fn instant_us(&self) -> Option<i64> {
        self.time.map(|t| t.instant_us)
    }

    fn weight(&self) -> usize {
        let normals = [&self.caller, &self.receiver, &self.imei, &self.imsi];
        self.time_raw.len() + self.cell.len() + normals.iter().map(|n| n.raw.len()).sum::<usize>()
    }

    fn encode(records: &[Self]) -> Vec<ArrayRef> {
        let all = || records.iter();
        let mut out = vec![
            columns::texts(all().map(|r| kind_word(r.kind))),
            columns::texts(all().map(|r| side_word(r.side))),
        ];
        out.extend(columns::normals(all().map(|r| &r.caller)));
        out.extend(columns::normals(all().map(|r| &r.receiver)));
        out.extend(columns::stamps(all().map(|r| (r.time_raw.as_str(), r.time.as_ref()))));
        out.push(Arc::new(all().map(|r| r.duration_s).collect::<Int64Array>()));
        out.extend(columns::normals(all().map(|r| &r.imei)));
        out.extend(columns::normals(all().map(|r| &r.imsi)));
        out.push(columns::texts(all().map(|r| r.cell.as_str())));
        out.push(Arc::new(all().map(|r| r.point.map(|p| p.lat)).collect::<Float64Array>()));
        out.push(Arc::new(all().map(|r| r.point.map(|p| p.lon)).collect::<Float64Array>()));
        out.push(Arc::new(all().map(|r| r.azimuth).collect::<Float64Array>()));
        out
    }

    fn decode(batch: &RecordBatch, source: SourceId) -> Result<Vec<Self>, Malformed> {
        let c = Columns(batch);
        let (rows, kind, side) = (c.rows()?, c.texts("kind")?, c.texts("side")?);
        let caller = c.normals(["caller_raw", "caller", "caller_flags"])?;
        let receiver = c.normals(["receiver_raw", "receiver", "receiver_flags"])?;
        let time = c.stamps()?;
        let duration: &Int64Array = c.of("duration_s")?;
        let imei = c.normals(["imei_raw", "imei", "imei_flags"])?;
        let imsi = c.normals(["imsi_raw", "imsi", "imsi_flags"])?;
        let cell = c.texts("cell")?;
        let point = c.points()?;
        let azimuth: &Float64Array = c.of("azimuth")?;
        (0..batch.num_rows())
            .map(|i| {
                Ok(Self {
                    record: RecordRef { source, row: rows.value(i) },
                    kind: kind_of(kind.value(i))?,
                    side: side_of(side.value(i))?,
                    caller: caller.get(i),
                    receiver: receiver.get(i),
                    time_raw: time.raw(i),
                    time: time.get(i)?,
                    duration_s: duration.is_valid(i).then(|| duration.value(i)),
                    imei: imei.get(i),
                    imsi: imsi.get(i),
                    cell: cell.value(i).to_owned(),
                    point: point(i),
                    azimuth: azimuth.is_valid(i).then(|| azimuth.value(i)),
                })
            })
            .collect()
    }
}
