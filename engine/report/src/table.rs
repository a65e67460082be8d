//! CSV tables for spreadsheets, safe to open: no cell of ours is ever run as a formula.
//!
//! A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@` (or with white space before them). Names and
//! file contents come from seized devices, so such text gets an apostrophe in front. Numbers and instants are
//! written as they are.

use crate::error::ReportError;
use disclose::view::graph::{GraphView, Total};
use disclose::view::row::RowView;
use disclose::view::source::RefusedView;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;

/// Text as a cell that no spreadsheet runs.
pub fn guard(text: &str) -> Cow<'_, str> {
    let starts = text.trim_start_matches([' ', '\t', '\r', '\n', '\u{a0}', '\u{feff}']).chars().next();
    let hidden = text.starts_with(['\t', '\r', '\n']);
    match starts {
        _ if hidden => Cow::Owned(format!("'{text}")),
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') => Cow::Owned(format!("'{text}")),
        _ => Cow::Borrowed(text),
    }
}

struct Table<'w> {
    format: &'static str,
    inner: csv::Writer<&'w mut dyn Write>,
}

impl<'w> Table<'w> {
    fn new(format: &'static str, writer: &'w mut dyn Write, header: &[&str]) -> Result<Self, ReportError> {
        let mut table = Self { format, inner: csv::Writer::from_writer(writer) };
        table.inner.write_record(header).map_err(|e| failed(format, e))?;
        Ok(table)
    }

    fn row(&mut self, cells: &[&str]) -> Result<(), ReportError> {
        self.inner.write_record(cells).map_err(|e| failed(self.format, e))
    }

    fn end(mut self) -> Result<(), ReportError> {
        self.inner.flush().map_err(|source| ReportError::Write { format: self.format, source })
    }
}

fn failed(format: &'static str, error: csv::Error) -> ReportError {
    match error.into_kind() {
        csv::ErrorKind::Io(source) => ReportError::Write { format, source },
        other => ReportError::Encode { format, detail: format!("{other:?}") },
    }
}

fn text(value: Option<&str>) -> Cow<'_, str> {
    value.map_or(Cow::Borrowed(""), guard)
}

/// A quantity as plain text, if there is one.
pub(crate) fn total(total: &Option<Total>) -> Option<String> {
    total.as_ref().map(|total| match total {
        Total::Seconds(seconds) => seconds.to_string(),
        Total::Amount(amount) => amount.clone(),
    })
}

/// Writes the nodes.
///
/// # Errors      `ReportError::Write` if the writer fails
pub fn nodes(graph: &GraphView, writer: &mut dyn Write) -> Result<(), ReportError> {
    let header = [
        "id",
        "kind",
        "label",
        "protected",
        "community",
        "stability",
        "degree",
        "mentions",
        "hub",
        "inferred_identity",
        "x",
        "y",
    ];
    let mut table = Table::new("csv", writer, &header)?;
    for node in &graph.nodes {
        table.row(&[
            &guard(&node.id),
            node.kind.as_str(),
            &guard(&node.label),
            &text(node.protected.as_deref()),
            &text(node.community.as_deref()),
            &node.stability.map(|s| s.to_string()).unwrap_or_default(),
            &node.degree.to_string(),
            &node.mentions.to_string(),
            &node.hub.to_string(),
            &node.inferred_identity.map(|p| p.to_string()).unwrap_or_default(),
            &node.x.map(|v| v.to_string()).unwrap_or_default(),
            &node.y.map(|v| v.to_string()).unwrap_or_default(),
        ])?;
    }
    table.end()
}

/// Writes the edges with the labels of both ends.
///
/// # Errors      `ReportError::Write` if the writer fails
pub fn edges(graph: &GraphView, writer: &mut dyn Write) -> Result<(), ReportError> {
    let labels: BTreeMap<&str, &str> =
        graph.nodes.iter().map(|n| (n.id.as_str(), n.label.as_str())).collect();
    let label = |id: &str| labels.get(id).copied().unwrap_or_default().to_owned();
    let header = [
        "source",
        "source_label",
        "target",
        "target_label",
        "layer",
        "count",
        "total",
        "currency",
        "first",
        "last",
        "inferred",
    ];
    let mut table = Table::new("csv", writer, &header)?;
    for edge in &graph.edges {
        table.row(&[
            &guard(&edge.source),
            &guard(&label(&edge.source)),
            &guard(&edge.target),
            &guard(&label(&edge.target)),
            &edge.layer,
            &edge.count.to_string(),
            &total(&edge.total).unwrap_or_default(),
            edge.currency.as_deref().unwrap_or_default(),
            edge.first.as_deref().unwrap_or_default(),
            edge.last.as_deref().unwrap_or_default(),
            &edge.inferred.to_string(),
        ])?;
    }
    table.end()
}

/// Writes rows with their citations.
///
/// # Errors      `ReportError::Write` if the writer fails
pub fn rows(rows: &[RowView], writer: &mut dyn Write) -> Result<(), ReportError> {
    let header = ["source", "file", "sheet", "row", "sha256", "time", "kind", "text", "raw", "citation"];
    let mut table = Table::new("csv", writer, &header)?;
    for row in rows {
        table.row(&[
            &guard(&row.source),
            &guard(&row.file),
            &guard(&row.sheet),
            &row.row.to_string(),
            &row.sha256,
            row.time.as_deref().unwrap_or_default(),
            &row.kind,
            &guard(&row.text),
            &text(row.raw.as_deref()),
            &guard(&row.citation),
        ])?;
    }
    table.end()
}

/// Writes rows that could not be taken, so that they can be mended and loaded again.
///
/// # Errors      `ReportError::Write` if the writer fails
pub fn refused(rows: &[RefusedView], writer: &mut dyn Write) -> Result<(), ReportError> {
    let header = ["source", "file", "row", "column", "reason", "reason_text", "raw"];
    let mut table = Table::new("csv", writer, &header)?;
    for row in rows {
        table.row(&[
            &guard(&row.source),
            &guard(&row.file),
            &row.row.to_string(),
            &guard(&row.column),
            &row.reason,
            &row.reason_text,
            &text(row.raw.as_deref()),
        ])?;
    }
    table.end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_are_text() {
        for text in ["=1+1", "+503 7000-4321", "-1", "@SUM(A1)", "\t=1", "  =1", "\r=1", "＝1"] {
            assert_eq!(guard(text), format!("'{text}"));
        }
        for text in ["", "Ana", "tel:+503", "1-2"] {
            assert_eq!(guard(text), text);
        }
    }

    proptest! {
        #[test]
        fn no_guarded_cell_begins_a_formula(text in "[ \\t=+@a-]{0,6}") {
            let cell = guard(&text).into_owned();
            let first = cell.trim_start().chars().next();
            prop_assert!(!matches!(first, Some('=' | '+' | '-' | '@')), "{:?}", cell);
            prop_assert!(cell.ends_with(&text));
        }
    }
}
