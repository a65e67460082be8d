//! The table `mentions`: one record's naming of someone. Lists (documents, telephones, ...) are Parquet lists.

use super::Table;
use super::columns::{self, Columns, Malformed};
use arrow::array::{Array, ArrayRef, Date32Array, ListArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field};
use model::identifier::Normal;
use model::ids::{MentionId, MentionRole, RecordRef, SourceId};
use model::party::{PartyKind, PersonName, Sex};
use model::place::Country;
use model::record::MentionRecord;
use model::sensitivity::Sensitivity;
use model::time::{Basis, CivilDate, Interval};
use std::sync::Arc;

/// Name of the column of classes.
const CLASS: &str = "sensitivity";

fn kind_word(kind: PartyKind) -> &'static str {
    match kind {
        PartyKind::Person => "person",
        PartyKind::Organisation => "organisation",
    }
}

fn sex_word(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "female",
        Sex::Male => "male",
    }
}

fn basis_word(basis: Basis) -> &'static str {
    match basis {
        Basis::Stated => "stated",
        Basis::Observed => "observed",
        Basis::Inferred => "inferred",
        Basis::Unknown => "unknown",
    }
}

fn basis_of(word: &str, column: &'static str) -> Result<Basis, Malformed> {
    [Basis::Stated, Basis::Observed, Basis::Inferred, Basis::Unknown]
        .into_iter()
        .find(|b| basis_word(*b) == word)
        .ok_or(Malformed { column })
}

impl Table for MentionRecord {
    const NAME: &'static str = "mentions";

    fn fields() -> Vec<Field> {
        let text = |name: &str| Field::new(name, DataType::Utf8, false);
        let maybe = |name: &str| Field::new(name, DataType::Utf8, true);
        let mut fields = vec![
            text("role"),
            text("kind"),
            text("name_raw"),
            Field::new("name_given", columns::text_list_type(false), false),
            Field::new("name_surnames", columns::text_list_type(false), false),
            maybe("name_married"),
            text("alias_raw"),
        ];
        fields.extend(columns::normal_list_fields("documents"));
        fields.push(text("birth_raw"));
        fields.push(Field::new("birth", DataType::Date32, true));
        fields.push(maybe("sex"));
        fields.push(maybe("country"));
        for name in ["phones", "accounts", "handsets", "sims"] {
            fields.extend(columns::normal_list_fields(name));
        }
        fields.extend([text("address_raw"), text("address"), text("town")]);
        fields.push(Field::new("valid_from", columns::instant_type(), true));
        fields.push(Field::new("valid_to", columns::instant_type(), true));
        fields.extend([text("valid_from_basis"), text("valid_to_basis")]);
        fields.extend([text(CLASS), text("standing_raw")]);
        fields
    }

    fn row(&self) -> u32 {
        self.mention.record.row
    }

    fn rank(&self) -> u8 {
        self.mention.role as u8
    }

    fn weight(&self) -> usize {
        let lists = [&self.documents, &self.phones, &self.accounts, &self.handsets, &self.sims];
        let listed: usize = lists.iter().flat_map(|l| l.iter()).map(|n| n.raw.len() + 8).sum();
        let texts = [
            &self.name_raw,
            &self.alias_raw,
            &self.birth_raw,
            &self.address_raw,
            &self.address,
            &self.town,
            &self.standing_raw,
        ];
        listed + texts.iter().map(|t| t.len()).sum::<usize>()
    }

    fn encode(records: &[Self]) -> Vec<ArrayRef> {
        let all = || records.iter();
        let list = |get: fn(&Self) -> &Vec<Normal>| {
            columns::normal_lists(records.iter().map(move |r| get(r).as_slice()))
        };
        let mut out = vec![
            columns::texts(all().map(|r| r.mention.role.as_str())),
            columns::texts(all().map(|r| kind_word(r.kind))),
            columns::texts(all().map(|r| r.name_raw.as_str())),
            columns::text_lists(all().map(|r| r.name.given.as_slice())),
            columns::text_lists(all().map(|r| r.name.surnames.as_slice())),
            columns::maybe_texts(all().map(|r| r.name.married.as_deref())),
            columns::texts(all().map(|r| r.alias_raw.as_str())),
        ];
        out.extend(list(|r| &r.documents));
        out.push(columns::texts(all().map(|r| r.birth_raw.as_str())));
        out.push(Arc::new(all().map(|r| r.birth.map(CivilDate::days_since_epoch)).collect::<Date32Array>()));
        out.push(columns::maybe_texts(all().map(|r| r.sex.map(sex_word))));
        out.push(columns::maybe_texts(all().map(|r| r.country.map(Country::code))));
        out.extend(list(|r| &r.phones));
        out.extend(list(|r| &r.accounts));
        out.extend(list(|r| &r.handsets));
        out.extend(list(|r| &r.sims));
        out.push(columns::texts(all().map(|r| r.address_raw.as_str())));
        out.push(columns::texts(all().map(|r| r.address.as_str())));
        out.push(columns::texts(all().map(|r| r.town.as_str())));
        out.push(columns::instants(all().map(|r| r.validity.from_us)));
        out.push(columns::instants(all().map(|r| r.validity.to_us)));
        out.push(columns::texts(all().map(|r| basis_word(r.validity.from_basis))));
        out.push(columns::texts(all().map(|r| basis_word(r.validity.to_basis))));
        out.push(columns::texts(all().map(|r| r.sensitivity.as_str())));
        out.push(columns::texts(all().map(|r| r.standing_raw.as_str())));
        out
    }

    fn decode(batch: &RecordBatch, source: SourceId) -> Result<Vec<Self>, Malformed> {
        let c = Columns(batch);
        let (rows, role, kind) = (c.rows()?, c.texts("role")?, c.texts("kind")?);
        let (given, surnames): (&ListArray, &ListArray) = (c.of("name_given")?, c.of("name_surnames")?);
        let (name_raw, married, alias) =
            (c.texts("name_raw")?, c.texts("name_married")?, c.texts("alias_raw")?);
        let documents = c.normal_lists(["documents_raw", "documents", "documents_flags"])?;
        let (birth_raw, sex, country) = (c.texts("birth_raw")?, c.texts("sex")?, c.texts("country")?);
        let birth: &Date32Array = c.of("birth")?;
        let phones = c.normal_lists(["phones_raw", "phones", "phones_flags"])?;
        let accounts = c.normal_lists(["accounts_raw", "accounts", "accounts_flags"])?;
        let handsets = c.normal_lists(["handsets_raw", "handsets", "handsets_flags"])?;
        let sims = c.normal_lists(["sims_raw", "sims", "sims_flags"])?;
        let (address_raw, address, town) = (c.texts("address_raw")?, c.texts("address")?, c.texts("town")?);
        let (from, to) = (c.of("valid_from")?, c.of("valid_to")?);
        let (from_basis, to_basis) = (c.texts("valid_from_basis")?, c.texts("valid_to_basis")?);
        let (sensitivity, standing) = (c.texts(CLASS)?, c.texts("standing_raw")?);
        (0..batch.num_rows())
            .map(|i| {
                let record = RecordRef { source, row: rows.value(i) };
                let role = MentionRole::parse(role.value(i)).ok_or(Malformed { column: "role" })?;
                Ok(Self {
                    mention: MentionId { record, role },
                    kind: [PartyKind::Person, PartyKind::Organisation]
                        .into_iter()
                        .find(|k| kind_word(*k) == kind.value(i))
                        .ok_or(Malformed { column: "kind" })?,
                    name_raw: name_raw.value(i).to_owned(),
                    name: PersonName {
                        given: columns::text_list(given, i, "name_given")?,
                        surnames: columns::text_list(surnames, i, "name_surnames")?,
                        married: columns::maybe(married, i),
                    },
                    alias_raw: alias.value(i).to_owned(),
                    documents: documents.get(i)?,
                    birth_raw: birth_raw.value(i).to_owned(),
                    birth: match birth.is_valid(i).then(|| CivilDate::from_days(birth.value(i))) {
                        None => None,
                        Some(Some(date)) => Some(date),
                        Some(None) => return Err(Malformed { column: "birth" }),
                    },
                    sex: word(sex, i, "sex", |w| {
                        [Sex::Female, Sex::Male].into_iter().find(|s| sex_word(*s) == w)
                    })?,
                    country: word(country, i, "country", Country::parse)?,
                    phones: phones.get(i)?,
                    accounts: accounts.get(i)?,
                    handsets: handsets.get(i)?,
                    sims: sims.get(i)?,
                    address_raw: address_raw.value(i).to_owned(),
                    address: address.value(i).to_owned(),
                    town: town.value(i).to_owned(),
                    validity: Interval {
                        from_us: columns::maybe_instant(from, i),
                        to_us: columns::maybe_instant(to, i),
                        from_basis: basis_of(from_basis.value(i), "valid_from_basis")?,
                        to_basis: basis_of(to_basis.value(i), "valid_to_basis")?,
                    },
                    sensitivity: class_of(sensitivity, i)?,
                    standing_raw: standing.value(i).to_owned(),
                })
            })
            .collect()
    }
}

fn class_of(column: &StringArray, i: usize) -> Result<Sensitivity, Malformed> {
    Sensitivity::parse(column.value(i)).ok_or(Malformed { column: CLASS })
}

/// The place of the column that holds classes.
pub(crate) fn class_column() -> usize {
    let own = MentionRecord::fields().iter().position(|field| field.name() == CLASS);
    own.map_or(0, |own| own + 1)
}

/// The strictest class of a batch, of which no other column is needed.
pub(crate) fn strictest(batch: &RecordBatch) -> Result<Sensitivity, Malformed> {
    let classes = Columns(batch).texts(CLASS)?;
    (0..classes.len()).try_fold(Sensitivity::Open, |all, i| Ok(all.max(class_of(classes, i)?)))
}

/// A word that may be absent, but not unknown.
fn word<T>(
    texts: &StringArray,
    i: usize,
    column: &'static str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Malformed> {
    if texts.is_null(i) {
        return Ok(None);
    }
    parse(texts.value(i)).map(Some).ok_or(Malformed { column })
}
