//! The table `transfers`: one row of a statement, remittance list or transfer export.

use super::Table;
use super::calls::{side_of, side_word};
use super::columns::{self, Columns, Malformed};
use arrow::array::{ArrayRef, Int64Array, RecordBatch, UInt16Array};
use arrow::datatypes::{DataType, Field};
use model::identifier::NormFlags;
use model::ids::{RecordRef, SourceId};
use model::money::{Currency, Money};
use model::record::TransferRecord;
use std::sync::Arc;

impl Table for TransferRecord {
    const NAME: &'static str = "transfers";

    fn fields() -> Vec<Field> {
        let mut fields = vec![Field::new("side", DataType::Utf8, false)];
        fields.extend(columns::normal_fields("payer"));
        fields.extend(columns::normal_fields("beneficiary"));
        fields.extend(columns::stamp_fields());
        fields.push(Field::new("amount_raw", DataType::Utf8, false));
        fields.push(Field::new("amount_minor", DataType::Int64, false));
        fields.push(Field::new("currency", DataType::Utf8, false));
        fields.push(Field::new("amount_flags", DataType::UInt16, false));
        for name in ["reference", "channel", "memo", "place"] {
            fields.push(Field::new(name, DataType::Utf8, false));
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
        let texts = [
            &self.payer.raw,
            &self.beneficiary.raw,
            &self.time_raw,
            &self.amount_raw,
            &self.reference,
            &self.channel,
            &self.memo,
            &self.place,
        ];
        texts.iter().map(|t| t.len()).sum()
    }

    fn encode(records: &[Self]) -> Vec<ArrayRef> {
        let all = || records.iter();
        let mut out = vec![columns::texts(all().map(|r| side_word(r.side)))];
        out.extend(columns::normals(all().map(|r| &r.payer)));
        out.extend(columns::normals(all().map(|r| &r.beneficiary)));
        out.extend(columns::stamps(all().map(|r| (r.time_raw.as_str(), r.time.as_ref()))));
        out.push(columns::texts(all().map(|r| r.amount_raw.as_str())));
        out.push(Arc::new(Int64Array::from_iter_values(all().map(|r| r.amount.minor))));
        out.push(columns::texts(all().map(|r| r.amount.currency.as_str())));
        out.push(Arc::new(UInt16Array::from_iter_values(all().map(|r| r.amount_flags.0))));
        out.push(columns::texts(all().map(|r| r.reference.as_str())));
        out.push(columns::texts(all().map(|r| r.channel.as_str())));
        out.push(columns::texts(all().map(|r| r.memo.as_str())));
        out.push(columns::texts(all().map(|r| r.place.as_str())));
        out
    }

    fn decode(batch: &RecordBatch, source: SourceId) -> Result<Vec<Self>, Malformed> {
        let c = Columns(batch);
        let (rows, side) = (c.rows()?, c.texts("side")?);
        let payer = c.normals(["payer_raw", "payer", "payer_flags"])?;
        let beneficiary = c.normals(["beneficiary_raw", "beneficiary", "beneficiary_flags"])?;
        let time = c.stamps()?;
        let (amount_raw, currency) = (c.texts("amount_raw")?, c.texts("currency")?);
        let minor: &Int64Array = c.of("amount_minor")?;
        let flags: &UInt16Array = c.of("amount_flags")?;
        let (reference, channel) = (c.texts("reference")?, c.texts("channel")?);
        let (memo, place) = (c.texts("memo")?, c.texts("place")?);
        (0..batch.num_rows())
            .map(|i| {
                let currency = Currency::parse(currency.value(i)).ok_or(Malformed { column: "currency" })?;
                Ok(Self {
                    record: RecordRef { source, row: rows.value(i) },
                    side: side_of(side.value(i))?,
                    payer: payer.get(i),
                    beneficiary: beneficiary.get(i),
                    time_raw: time.raw(i),
                    time: time.get(i)?,
                    amount_raw: amount_raw.value(i).to_owned(),
                    amount: Money { minor: minor.value(i), currency },
                    amount_flags: NormFlags(flags.value(i)),
                    reference: reference.value(i).to_owned(),
                    channel: channel.value(i).to_owned(),
                    memo: memo.value(i).to_owned(),
                    place: place.value(i).to_owned(),
                })
            })
            .collect()
    }
}
