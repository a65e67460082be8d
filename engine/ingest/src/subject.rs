//! Whose return is this, where only the file's name may say it?
//!
//! Names of files hold numbers of every kind: counts of rows, warrants, days. The one in a name is taken for the line
//! or account of the return only where the table says so too: it must be able to be a telephone there, and stand among
//! the parties of the rows, unless the rows leave their own line out and cannot be read without it.

use crate::columns::Role;
use crate::evidence::Evidence;
use crate::mapping::Mapping;
use crate::recognise::Layout;
use model::place::Country;
use model::record::TableKind;
use normalise::phone::is_subscriber;
use std::path::Path;

/// What is known of a return's subject from outside its table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// Whether a telephone line is known.
    pub line: bool,
    /// Whether an account is known.
    pub account: bool,
}

impl Outside {
    /// What a mapping and a file's name may say.
    pub(crate) fn of(mapping: &Mapping, name_number: Option<&str>) -> Self {
        let stated = mapping.subject.is_some();
        Self {
            line: stated || name_number.is_some_and(|number| is_subscriber(number, None)),
            account: stated || name_number.is_some(),
        }
    }

    /// What either says.
    pub(crate) fn or(self, other: Self) -> Self {
        Self { line: self.line || other.line, account: self.account || other.account }
    }
}

/// A telephone or account in a file's name: its only long run of digits.
pub(crate) fn number_in_name(path: &Path) -> Option<String> {
    let stem = path.file_stem()?.to_string_lossy().into_owned();
    let mut runs: Vec<String> = Vec::new();
    let mut run = String::new();
    for c in stem.chars().chain([' ']) {
        let joins = matches!(c, '-' | '.') && !run.is_empty();
        if c.is_ascii_digit() || (c == '+' && run.is_empty()) {
            run.push(c);
        } else if !joins {
            let digits = run.bytes().filter(u8::is_ascii_digit).count();
            // Eight digits that are a day are no telephone.
            let day = digits == 8 && ["19", "20"].iter().any(|y| run.starts_with(y)) && {
                let month: u8 = run.get(4..6).and_then(|m| m.parse().ok()).unwrap_or(0);
                let day: u8 = run.get(6..8).and_then(|d| d.parse().ok()).unwrap_or(0);
                (1..=12).contains(&month) && (1..=31).contains(&day)
            };
            if (7..=20).contains(&digits) && !day {
                runs.push(std::mem::take(&mut run));
            }
            run.clear();
        }
    }
    runs.dedup();
    match runs.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// Whether the number in a file's name is the line or account whose return the table is.
pub(crate) fn is_subject(
    number: &str,
    layout: &Layout,
    evidence: &Evidence,
    country: Option<Country>,
) -> bool {
    let columns = &layout.columns;
    match layout.kind {
        TableKind::Calls if columns.any(&[Role::Caller, Role::NumberA, Role::Subject]) => {
            let may_be = evidence.ids.are_opaque() || is_subscriber(number, country);
            may_be && evidence.names_subject()
        }
        TableKind::Calls => is_subscriber(number, country) || is_subscriber(number, None),
        TableKind::Transfers => {
            let owner = columns.any(&[Role::Account, Role::Payer, Role::PayerPhone]);
            !owner || evidence.names_subject()
        }
        TableKind::Entities => false,
    }
}
