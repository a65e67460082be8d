//! Whatever a record holds comes back from its columns as it was.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::calls::{self, CallBatch, CallNames, Entries, NumberEntry};
use super::entries::{FormEntry, NormalTable, SiteEntry, normal_columns};
use super::lines::KeptLine;
use super::offsets::Offset;
use super::{Table, batch, schema};
use crate::calls::{CallSheet, Written};
use crate::dictionary::{CallDictionaries, CallForm, NormalDictionary};
use arrow::array::RecordBatch;
use model::identifier::{NormFlags, Normal};
use model::ids::{MentionId, MentionRole, RecordRef, SourceId};
use model::money::{Currency, Money};
use model::party::{PartyKind, PersonName, Sex};
use model::place::{Country, Point};
use model::record::{CallKind, CallRecord, MentionRecord, RefusalReason, RefusedRow, Side, TransferRecord};
use model::sensitivity::Sensitivity;
use model::time::{Basis, CivilDate, Interval, Precision, Stamp};
use model::written::{LineEnd, LineForm};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

const SOURCE: SourceId = SourceId(3);

fn text() -> impl Strategy<Value = String> {
    "\\PC{0,12}"
}

fn normal() -> impl Strategy<Value = Normal> {
    (text(), option::of(text()), any::<u16>()).prop_map(|(raw, value, flags)| Normal {
        raw,
        value,
        flags: NormFlags(flags),
    })
}

fn record() -> impl Strategy<Value = RecordRef> {
    any::<u32>().prop_map(|row| RecordRef { source: SOURCE, row })
}

fn side() -> impl Strategy<Value = Side> {
    select(vec![Side::Unknown, Side::Originating, Side::Terminating])
}

fn stamp() -> impl Strategy<Value = Stamp> {
    let precision = select(vec![Precision::Day, Precision::Minute, Precision::Second]);
    (any::<i64>(), any::<i16>(), any::<bool>(), precision).prop_map(
        |(instant_us, offset_minutes, zone_assumed, precision)| Stamp {
            instant_us,
            offset_minutes,
            zone_assumed,
            precision,
        },
    )
}

prop_compose! {
    fn call()(
        record in record(), message in any::<bool>(), side in side(), parties in (normal(), normal()),
        time_raw in text(), time in option::of(stamp()), duration_s in option::of(any::<i64>()),
        device in (normal(), normal()), cell in text(),
        point in option::of((-90.0..90.0f64, -180.0..180.0f64)), azimuth in option::of(0.0..360.0f64),
    ) -> CallRecord {
        CallRecord {
            record,
            kind: if message { CallKind::Message } else { CallKind::Call },
            side,
            caller: parties.0,
            receiver: parties.1,
            time_raw,
            time,
            duration_s,
            imei: device.0,
            imsi: device.1,
            cell,
            point: point.map(|(lat, lon)| Point { lat, lon }),
            azimuth,
        }
    }
}

prop_compose! {
    fn transfer()(
        record in record(), side in side(), parties in (normal(), normal()), time_raw in text(),
        time in option::of(stamp()), amount_raw in text(), minor in any::<i64>(), currency in "[A-Z]{3}",
        flags in any::<u16>(), texts in (text(), text(), text(), text()),
    ) -> TransferRecord {
        TransferRecord {
            record,
            side,
            payer: parties.0,
            beneficiary: parties.1,
            time_raw,
            time,
            amount_raw,
            amount: Money { minor, currency: Currency::parse(&currency).unwrap() },
            amount_flags: NormFlags(flags),
            reference: texts.0,
            channel: texts.1,
            memo: texts.2,
            place: texts.3,
        }
    }
}

fn basis() -> impl Strategy<Value = Basis> {
    select(vec![Basis::Stated, Basis::Observed, Basis::Inferred, Basis::Unknown])
}

prop_compose! {
    fn mention()(
        record in record(), role in select(MentionRole::ALL.to_vec()), organisation in any::<bool>(),
        texts in (text(), text(), text(), text(), text(), text(), text()),
        name in (vec(text(), 0..3), vec(text(), 0..3), option::of(text())),
        lists in (vec(normal(), 0..3), vec(normal(), 0..3), vec(normal(), 0..3), vec(normal(), 0..3), vec(normal(), 0..3)),
        birth in option::of(-300_000i32..300_000), sex in option::of(select(vec![Sex::Female, Sex::Male])),
        country in option::of(select(Country::ALL.to_vec())),
        ends in (option::of(any::<i64>()), option::of(any::<i64>()), basis(), basis()),
        sensitivity in select(Sensitivity::ALL.to_vec()),
    ) -> MentionRecord {
        MentionRecord {
            mention: MentionId { record, role },
            kind: if organisation { PartyKind::Organisation } else { PartyKind::Person },
            name_raw: texts.0,
            name: PersonName { given: name.0, surnames: name.1, married: name.2 },
            alias_raw: texts.1,
            documents: lists.0,
            birth_raw: texts.2,
            birth: birth.map(|days| CivilDate::from_days(days).unwrap()),
            sex,
            country,
            phones: lists.1,
            accounts: lists.2,
            handsets: lists.3,
            sims: lists.4,
            address_raw: texts.3,
            address: texts.4,
            town: texts.5,
            validity: Interval { from_us: ends.0, to_us: ends.1, from_basis: ends.2, to_basis: ends.3 },
            sensitivity,
            standing_raw: texts.6,
        }
    }
}

prop_compose! {
    fn refused()(
        record in record(), reason in select(RefusalReason::ALL.to_vec()), column in text(),
        byte_offset in any::<u64>(), raw in vec(any::<u8>(), 0..40), line_end in select(LineEnd::ALL.to_vec()),
    ) -> RefusedRow {
        RefusedRow { record, reason, column, byte_offset, raw, line_end }
    }
}

prop_compose! {
    fn line()(
        some in any::<bool>(), texts in (text(), text(), text()), end in select(LineEnd::ALL.to_vec()),
    ) -> Option<LineForm> {
        some.then_some(LineForm { columns: texts.0, delimiter: texts.1, quoted: texts.2, end })
    }
}

fn comes_back<T: Table + PartialEq + std::fmt::Debug>(records: &[T]) -> Result<(), TestCaseError> {
    let batch = batch(&schema::<T>(), records).unwrap();
    let decoded = T::decode(&batch, SOURCE).unwrap();
    prop_assert_eq!(decoded.as_slice(), records);
    Ok(())
}

/// Dictionaries through their columns and back.
fn names_of(all: &CallDictionaries) -> Result<CallNames, TestCaseError> {
    let sites: Vec<SiteEntry> =
        (0u32..).zip(&all.sites.items).map(|(number, s)| SiteEntry { number, site: s.clone() }).collect();
    let forms: Vec<FormEntry> =
        (0u32..).zip(&all.forms.items).map(|(number, f)| FormEntry { number, form: f.clone() }).collect();
    comes_back(&sites)?;
    comes_back(&forms)?;
    let entries = |dictionary: &NormalDictionary| {
        let Some((_, columns)) = normal_columns(dictionary, 0).pop() else { return Entries::default() };
        let batch = RecordBatch::try_new(schema::<NumberEntry>(), columns).unwrap();
        Entries::All(Box::new(NormalTable::of(&batch).unwrap()))
    };
    let mut names = CallNames {
        numbers: entries(&all.numbers),
        imeis: entries(&all.imeis),
        imsis: entries(&all.imsis),
        ..CallNames::default()
    };
    names.take_sites(sites);
    names.take_forms(forms);
    Ok(names)
}

proptest! {
    #[test]
    fn calls_come_back(records in vec((call(), line(), option::of(text())), 0..20)) {
        let mut sheet = CallSheet::default();
        let (records, written): (Vec<CallRecord>, Vec<Written>) = records
            .into_iter()
            .map(|(record, line, rest)| {
                let written = Written { line, rest, ..Written::of(&record) };
                (record, written)
            })
            .unzip();
        for (record, written) in records.iter().zip(&written) {
            sheet.push(record, written);
        }
        let batch = RecordBatch::try_new(calls::schema(), calls::encode(sheet.cut())).unwrap();
        let (batch, names) = (CallBatch::of(&batch).unwrap(), names_of(&sheet.dictionaries)?);
        prop_assert_eq!(batch.records(&names, SOURCE).unwrap(), records);
        prop_assert_eq!(batch.written(&names).unwrap(), written);
    }

    #[test]
    fn transfers_come_back(records in vec(transfer(), 0..20)) {
        comes_back(&records)?;
    }

    #[test]
    fn mentions_come_back(records in vec(mention(), 0..12)) {
        comes_back(&records)?;
    }

    #[test]
    fn refused_rows_come_back(records in vec(refused(), 0..20)) {
        comes_back(&records)?;
    }

    #[test]
    fn lines_come_back(pairs in vec((any::<u32>(), vec(any::<u8>(), 0..40)), 0..20)) {
        let records: Vec<KeptLine> = pairs.into_iter().map(|(row, raw)| KeptLine { row, raw }).collect();
        comes_back(&records)?;
    }

    #[test]
    fn offsets_come_back(pairs in vec((any::<u32>(), any::<u64>()), 0..20)) {
        let records: Vec<Offset> = pairs.into_iter().map(|(row, byte)| Offset { row, byte }).collect();
        comes_back(&records)?;
    }
}

#[test]
fn a_column_that_is_missing_or_holds_another_word_is_named() {
    let records = [Offset { row: 1, byte: 2 }];
    let whole = batch(&schema::<Offset>(), &records).unwrap();
    let wrong = TransferRecord::decode(&whole, SOURCE).unwrap_err();
    assert_eq!(wrong.column, "side");
    assert_eq!(CallBatch::of(&whole).unwrap_err().column, "form");
    let forms = [FormEntry { number: 0, form: CallForm::default() }];
    let whole = batch(&schema::<FormEntry>(), &forms).unwrap();
    let mut columns = whole.columns().to_vec();
    let kind = whole.schema().index_of("kind").unwrap();
    columns[kind] = super::columns::texts(["smoke signal"].into_iter());
    let altered = RecordBatch::try_new(whole.schema(), columns).unwrap();
    assert_eq!(FormEntry::decode(&altered, SOURCE).unwrap_err().column, "kind");
}
