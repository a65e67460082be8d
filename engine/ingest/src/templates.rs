//! Layouts of operators, banks and registries as versioned data files (`engine/ingest/templates/*.toml`).
//!
//! A template is found by the headers that it requires, which stand in one row, in any order. It says what columns
//! hold whose words alone would not tell, and gives a receipt a name that can be cited.

use crate::columns::{Role, header_key};
use model::place::Country;
use model::record::TableKind;
use normalise::date::DateOrder;
use normalise::text::fold;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// The files, in the order of their names.
const FILES: &[&str] = &[
    include_str!("../templates/altan-mx.toml"),
    include_str!("../templates/att-mx.toml"),
    include_str!("../templates/calls-en.toml"),
    include_str!("../templates/calls-es.toml"),
    include_str!("../templates/crossings-es.toml"),
    include_str!("../templates/hotel-register-es.toml"),
    include_str!("../templates/mobile-money.toml"),
    include_str!("../templates/movistar-mx.toml"),
    include_str!("../templates/remittances-es.toml"),
    include_str!("../templates/statement-es.toml"),
    include_str!("../templates/statement-mx.toml"),
    include_str!("../templates/statement-signed-es.toml"),
    include_str!("../templates/subscribers-es.toml"),
    include_str!("../templates/telcel-mx.toml"),
    include_str!("../templates/transfers-es.toml"),
    include_str!("../templates/workbook-by-direction.toml"),
];

/// A template as its file writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    version: u32,
    kind: String,
    country: Option<String>,
    dates: Option<String>,
    title: String,
    #[serde(default)]
    sheets: Vec<String>,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    columns: Vec<(String, String)>,
}

/// A layout that is known by name.
#[derive(Debug, PartialEq)]
pub struct Template {
    /// Name and version, as receipts cite it: `telcel-mx@1`.
    pub id: String,
    /// What it is, for people.
    pub title: String,
    /// Kind of table.
    pub kind: TableKind,
    /// The country of its maker, where it has one.
    pub country: Option<Country>,
    /// The order of its dates, for a column that does not decide it.
    pub dates: Option<DateOrder>,
    /// Words of sheet names by which it is known, folded.
    sheets: Vec<String>,
    /// For each required header the keys of its spellings.
    required: Vec<Vec<String>>,
    /// Key of a header and its role, the first of a role first.
    columns: Vec<(String, Role)>,
}

impl Template {
    fn read(text: &str) -> Option<Self> {
        let written: Written = toml::from_str(text).ok()?;
        let kind = TableKind::parse(&written.kind)?;
        let role = |(header, role): &(String, String)| {
            let role = Role::parse(role).filter(|r| *r == Role::Ignore || r.belongs_to(kind))?;
            Some((header_key(header), role))
        };
        Some(Self {
            id: format!("{}@{}", written.name, written.version),
            title: written.title,
            kind,
            country: match written.country {
                Some(code) => Some(Country::parse(&code)?),
                None => None,
            },
            dates: match written.dates.as_deref() {
                Some("dmy") => Some(DateOrder::DayFirst),
                Some("mdy") => Some(DateOrder::MonthFirst),
                Some("ymd") => Some(DateOrder::YearFirst),
                Some(_) => return None,
                None => None,
            },
            sheets: written.sheets.iter().map(|s| fold(s)).collect(),
            required: written.required.iter().map(|r| r.split('|').map(header_key).collect()).collect(),
            columns: written.columns.iter().map(role).collect::<Option<_>>()?,
        })
    }

    /// Whether it says nothing of its columns that their words do not say.
    pub(crate) fn is_generic(&self) -> bool {
        self.columns.is_empty()
    }

    /// The role that it gives to headers of this key.
    pub(crate) fn roles(&self) -> impl Iterator<Item = (&str, Role)> {
        self.columns.iter().map(|(key, role)| (key.as_str(), *role))
    }
}

/// All templates.
pub fn all() -> &'static [Template] {
    static ALL: OnceLock<Vec<Template>> = OnceLock::new();
    ALL.get_or_init(|| FILES.iter().filter_map(|text| Template::read(text)).collect())
}

/// The template whose required headers all stand here; of several the one that requires most.
pub(crate) fn of(headers: &[String], kind: TableKind) -> Option<&'static Template> {
    if headers.len() < 3 {
        return None;
    }
    let keys: BTreeSet<String> = headers.iter().map(|h| header_key(h)).collect();
    all()
        .iter()
        .filter(|t| t.kind == kind && !t.required.is_empty())
        .filter(|t| t.required.iter().all(|spellings| spellings.iter().any(|key| keys.contains(key))))
        // The first of the names wins where two require as many.
        .rev()
        .max_by_key(|t| t.required.len())
}

/// The template that is known by its sheets, whatever headers they have.
pub(crate) fn of_sheet(sheet: &str, kind: TableKind) -> Option<&'static Template> {
    let name = fold(sheet.rsplit('#').next().unwrap_or_default());
    all().iter().find(|t| t.kind == kind && t.sheets.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_template_and_no_name_stands_twice() {
        assert_eq!(all().len(), FILES.len());
        let ids: BTreeSet<&str> = all().iter().map(|t| t.id.as_str()).collect();
        assert_eq!(ids.len(), FILES.len());
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/templates")).unwrap();
        assert_eq!(files.count(), FILES.len());
        for t in all() {
            assert!(t.required.len() >= 3 || !t.sheets.is_empty(), "{}", t.id);
        }
    }

    #[test]
    fn the_table_of_the_documentation_names_every_template() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/templates.md");
        let text = std::fs::read_to_string(path).unwrap();
        for t in all() {
            assert!(text.contains(&format!("| `{}` |", t.id)) && text.contains(&t.title), "{}", t.id);
        }
    }
}
