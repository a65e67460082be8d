//! One door to all exchange formats.

use crate::error::ReportError;
use crate::{ftm, gexf, graphml, table};
use disclose::view::entity::EntityView;
use disclose::view::graph::GraphView;
use disclose::view::row::RowView;
use std::io::Write;
use std::path::Path;

/// An exchange format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// FollowTheMoney entities, one JSON object a line.
    Ftm,
    /// GraphML.
    Graphml,
    /// GEXF.
    Gexf,
    /// CSV of the edges, with both ends' labels.
    Csv,
    /// CSV of the nodes.
    CsvNodes,
    /// CSV of the rows.
    CsvRows,
}

impl Format {
    /// All formats, in order.
    pub const ALL: [Self; 6] =
        [Self::Ftm, Self::Graphml, Self::Gexf, Self::Csv, Self::CsvNodes, Self::CsvRows];

    /// The word on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ftm => "ftm",
            Self::Graphml => "graphml",
            Self::Gexf => "gexf",
            Self::Csv => "csv",
            Self::CsvNodes => "csv-nodes",
            Self::CsvRows => "csv-rows",
        }
    }

    /// The format of a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.as_str() == text)
    }
}

/// What an export is made of: views for one reader.
#[derive(Clone, Copy, Debug)]
pub struct ExportInput<'a> {
    /// Nodes and edges.
    pub graph: &'a GraphView,
    /// Cards of nodes of the graph, in any order; they add names, documents and identifiers where a format has
    /// room for them.
    pub entities: &'a [EntityView],
    /// Rows, for [`Format::CsvRows`].
    pub rows: &'a [RowView],
}

/// Writes an export.
///
/// # Errors      `ReportError::Write` if the writer fails
/// # Determinism same views give the same bytes
pub fn export(format: Format, input: &ExportInput<'_>, writer: &mut dyn Write) -> Result<(), ReportError> {
    match format {
        Format::Ftm => ftm::write(input, writer),
        Format::Graphml => graphml::write(input.graph, writer),
        Format::Gexf => gexf::write(input.graph, writer),
        Format::Csv => table::edges(input.graph, writer),
        Format::CsvNodes => table::nodes(input.graph, writer),
        Format::CsvRows => table::rows(input.rows, writer),
    }
}

/// Writes `nodes.csv`, `edges.csv` and, where there are rows, `rows.csv` into a folder that exists.
///
/// # Errors      `ReportError::Write` if a file cannot be made or written
pub fn export_tables(dir: &Path, input: &ExportInput<'_>) -> Result<(), ReportError> {
    let mut files = vec![("nodes.csv", Format::CsvNodes), ("edges.csv", Format::Csv)];
    if !input.rows.is_empty() {
        files.push(("rows.csv", Format::CsvRows));
    }
    for (name, format) in files {
        let failed = |source| ReportError::Write { format: format.as_str(), source };
        let mut file = std::io::BufWriter::new(std::fs::File::create(dir.join(name)).map_err(failed)?);
        export(format, input, &mut file)?;
        file.flush().map_err(failed)?;
    }
    Ok(())
}
