//! What would a load make of a file, and how sure is each column? For a person to correct, once.
//!
//! A layout that is recognised is proposed as it would be read. For one that is not, the nearest header row and the
//! values of every column say what each may be; the confidence tells the two apart.

use crate::columns::Role;
use crate::error::IngestError;
use crate::load::{LoadOptions, with_options};
use crate::mapping::Mapping;
use crate::open::{self, Expected, Opened};
use crate::plan::{Planned, plan, resolved_mapping};
use crate::profile::Profiles;
use crate::recognise;
use crate::subject::Outside;
use crate::table::Columns;
use model::record::TableKind;
use model::run::RunContext;
use model::undecided::Undecided;
use std::path::Path;

/// What a role of a column was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The words of its header.
    Header,
    /// What its values look like.
    Values,
    /// Nothing: the column is left out until a person says what it is.
    Nothing,
}

impl Basis {
    /// The word in proposals.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Values => "values",
            Self::Nothing => "none",
        }
    }
}

/// A column of a proposal.
#[derive(Clone, Debug, PartialEq)]
pub struct ProposedColumn {
    /// Header as written; its number where there is none.
    pub header: String,
    /// The role.
    pub role: Role,
    /// How sure, 0..=1.
    pub confidence: f64,
    /// What from.
    pub basis: Basis,
}

/// A mapping for a table, to be corrected.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// Sheet; empty for a file that is one table.
    pub sheet: String,
    /// The layout, where one was recognised.
    pub template: Option<String>,
    /// The kind of table.
    pub kind: TableKind,
    /// Its columns.
    pub columns: Vec<ProposedColumn>,
    /// What a person has to settle.
    pub undecided: Vec<Undecided>,
    /// The mapping.
    pub mapping: Mapping,
}

impl Proposal {
    /// The mapping as TOML, each column with its confidence beside it; `say` puts what is open into words.
    pub fn to_toml(&self, say: impl Fn(&Undecided) -> String) -> String {
        let mut plain = self.mapping.clone();
        plain.columns.clear();
        let mut out = String::new();
        for need in &self.undecided {
            out.push_str(&format!("# ? {}\n", say(need)));
        }
        out.push_str(&plain.to_toml());
        out.push_str("\n[columns]\n");
        let mut written: Vec<&str> = Vec::new();
        for column in self.columns.iter().filter(|c| !c.header.trim().is_empty()) {
            let header = column.header.trim();
            if written.contains(&header) {
                continue;
            }
            written.push(header);
            let key = toml::Value::String(header.to_owned());
            let why = match column.basis {
                Basis::Nothing => "? ".to_owned(),
                basis => format!("{:.2} {}", column.confidence, basis.as_str()),
            };
            out.push_str(&format!("{key} = \"{}\" # {}\n", column.role.as_str(), why.trim_end()));
        }
        out
    }

    fn confidence(&self) -> f64 {
        self.columns.iter().filter(|c| c.role != Role::Ignore).map(|c| c.confidence).sum()
    }
}

/// Proposes a mapping for each table of a file, the surest first. No case is touched.
///
/// # Errors
/// The file cannot be read, or is no table.
/// # Complexity
/// Two passes over the file.
pub fn propose(
    path: &Path,
    options: &LoadOptions,
    context: &RunContext<'_>,
) -> Result<Vec<Proposal>, IngestError> {
    let mapping = with_options(options)?;
    let mut proposals = match plan(path, path, &mapping, options.country, options, context) {
        Ok(planned) => {
            planned.iter().filter(|p| p.recognised).map(|p| recognised(p, &mapping)).collect::<Vec<_>>()
        }
        Err(IngestError::NotRecognised { .. }) => {
            let kind = mapping.kind()?.or(options.kind);
            let expected = Expected { mapping: &mapping, kind, outside: Outside::default() };
            let opened = open::open(path, path, expected, &mut |_| !context.is_cancelled())?;
            opened
                .iter()
                .filter(|o| o.unread.is_none())
                .map(|o| unknown(o, &mapping, kind, options))
                .collect::<Result<_, _>>()?
        }
        Err(error) => return Err(error),
    };
    proposals.sort_by(|a, b| b.confidence().total_cmp(&a.confidence()));
    Ok(proposals)
}

fn recognised(p: &Planned, mapping: &Mapping) -> Proposal {
    let columns = &p.layout.columns;
    let each = columns.headers.iter().zip(&columns.roles).map(|(header, role)| match role {
        Some((role, fit)) => ProposedColumn {
            header: header.clone(),
            role: *role,
            confidence: f64::from((fit * 100.0).round()) / 100.0,
            basis: Basis::Header,
        },
        None => ProposedColumn {
            header: header.clone(),
            role: Role::Ignore,
            confidence: 0.0,
            basis: Basis::Nothing,
        },
    });
    Proposal {
        sheet: p.table.sheet().to_owned(),
        template: Some(p.layout.columns.template(p.layout.kind).to_owned()),
        kind: p.layout.kind,
        columns: each.collect(),
        undecided: p.reading.undecided.clone(),
        mapping: resolved_mapping(p, mapping),
    }
}

/// Looks at every row of a table that was not recognised.
fn unknown(
    opened: &Opened,
    mapping: &Mapping,
    kind: Option<TableKind>,
    options: &LoadOptions,
) -> Result<Proposal, IngestError> {
    let (headers, header_row, near) = match &opened.layout {
        Ok(layout) => (layout.columns.headers.clone(), layout.header_row, Some(layout.kind)),
        Err(failure) => (failure.headers.clone(), failure.header_row, failure.kind),
    };
    let country = mapping.country()?.or(options.country);
    let mut profiles = Profiles::default();
    let mut rows = opened.table.open()?;
    while let Some(row) = rows.next_row()? {
        if row.line > header_row {
            profiles.take(&row, country);
        }
    }
    let kind = kind.or(near).unwrap_or_else(|| profiles.kind());
    let headers = if header_row == 0 {
        (1..=profiles.width().max(headers.len()).min(512)).map(|n| n.to_string()).collect()
    } else {
        headers
    };
    let known = Columns::assign(&headers, kind, mapping);
    let mut roles: Vec<Option<(Role, f64)>> = known
        .roles
        .iter()
        .map(|r| r.map(|(role, fit)| (role, f64::from((fit * 100.0).round()) / 100.0)))
        .collect();
    profiles.fill(kind, &mut roles);
    let columns: Vec<ProposedColumn> = headers
        .iter()
        .zip(known.roles.iter().zip(&roles))
        .map(|(header, (by_header, role))| ProposedColumn {
            header: header.clone(),
            role: role.map_or(Role::Ignore, |(r, _)| r),
            confidence: role.map_or(0.0, |(_, c)| c),
            basis: match (by_header, role) {
                (Some(_), _) => Basis::Header,
                (None, Some(_)) => Basis::Values,
                (None, None) => Basis::Nothing,
            },
        })
        .collect();
    let mut out = recognise::propose(&Columns::default(), kind, mapping);
    out.header_row = Some(header_row);
    if !opened.table.encoding().is_empty() {
        out.encoding = Some(opened.table.encoding().to_owned());
        let delimiter = opened.table.delimiter();
        out.delimiter = Some(if delimiter == "\t" { "\\t".to_owned() } else { delimiter });
    }
    for column in columns.iter().filter(|c| !c.header.trim().is_empty()) {
        out.columns.entry(column.header.trim().to_owned()).or_insert_with(|| column.role.as_str().to_owned());
    }
    let missing = match &opened.layout {
        Ok(_) => Vec::new(),
        Err(failure) => vec![Undecided::Header(failure.missing.join(", "))],
    };
    Ok(Proposal {
        sheet: opened.table.sheet().to_owned(),
        template: None,
        kind,
        columns,
        undecided: missing,
        mapping: out,
    })
}
