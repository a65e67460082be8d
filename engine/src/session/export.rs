//! Writes the disclosed network in an exchange format: what leaves is made of views, like everything else.

use crate::error::EngineError;
use crate::session::Session;
use crate::table::Columns;
use disclose::view::entity::EntityView;
use disclose::view::graph::{EdgeInput, GraphView, Total};
use disclose::view::node::NodeInput;
use report::export::{ExportInput, Format, export, export_tables};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

impl Session<'_> {
    /// Writes the whole network.
    ///
    /// # Arguments   `format`: ftm, graphml, gexf, csv or parquet; `output`: a file, or a folder for csv and parquet
    /// # Returns     the files written
    /// # Errors      [`EngineError::Format`]; a file that cannot be written
    pub fn export(&self, format: &str, output: &Path) -> Result<Vec<PathBuf>, EngineError> {
        let tables = matches!(format, "csv" | "parquet");
        let known = Format::parse(format);
        if known.is_none() && format != "parquet" {
            return Err(EngineError::Format(format.to_owned()));
        }
        let (graph, entities) = self.everything();
        let input = ExportInput { graph: &graph, entities: &entities, rows: &[] };
        let io = |path: &Path| {
            let path = path.to_path_buf();
            move |source| EngineError::Io { path, source }
        };
        if tables {
            fs::create_dir_all(output).map_err(io(output))?;
        }
        let written = match known {
            Some(Format::Csv) => {
                export_tables(output, &input)?;
                vec![output.join("nodes.csv"), output.join("edges.csv")]
            }
            Some(format) => {
                let mut writer = BufWriter::new(File::create(output).map_err(io(output))?);
                export(format, &input, &mut writer)?;
                writer.flush().map_err(io(output))?;
                vec![output.to_path_buf()]
            }
            None => parquet(&graph, output)?,
        };
        self.case.store.audit(
            &self.visitor.actor,
            "export",
            format,
            self.visitor.why.as_deref().unwrap_or_default(),
        )?;
        Ok(written)
    }

    /// All nodes and edges, and the cards of all parties.
    fn everything(&self) -> (GraphView, Vec<EntityView>) {
        let network = &self.desk.derived.network;
        let reader = self.reader();
        let nodes: Vec<NodeInput> =
            (0..network.nodes.len() as u32).filter_map(|n| self.node_input(n)).collect();
        let edges: Vec<EdgeInput> = (0..network.graph.edge_count() as u32)
            .filter_map(|e| self.edge_input(&network.graph, e))
            .collect();
        let cards = (0..network.entities.len() as u32)
            .filter_map(|e| network.entity_card(e))
            .filter_map(|card| EntityView::new(&card, &reader));
        (GraphView::new(&nodes, &edges, &[], None, None, &reader), cards.collect())
    }
}

/// Nodes and edges as Parquet.
fn parquet(graph: &GraphView, dir: &Path) -> Result<Vec<PathBuf>, EngineError> {
    let nodes = Columns::default()
        .text("id", graph.nodes.iter().map(|n| Some(n.id.as_str())))
        .text("kind", graph.nodes.iter().map(|n| Some(n.kind.as_str())))
        .text("label", graph.nodes.iter().map(|n| Some(n.label.as_str())))
        .text("protected", graph.nodes.iter().map(|n| n.protected.as_deref()))
        .text("community", graph.nodes.iter().map(|n| n.community.as_deref()))
        .f64("stability", graph.nodes.iter().map(|n| n.stability))
        .flag("hub", graph.nodes.iter().map(|n| n.hub))
        .build()?;
    let amounts: Vec<Option<&str>> = graph
        .edges
        .iter()
        .map(|e| match &e.total {
            Some(Total::Amount(amount)) => Some(amount.as_str()),
            Some(Total::Seconds(_)) | None => None,
        })
        .collect();
    let seconds = graph.edges.iter().map(|e| match e.total {
        Some(Total::Seconds(s)) => Some(s),
        Some(Total::Amount(_)) | None => None,
    });
    let edges = Columns::default()
        .text("source", graph.edges.iter().map(|e| Some(e.source.as_str())))
        .text("target", graph.edges.iter().map(|e| Some(e.target.as_str())))
        .text("layer", graph.edges.iter().map(|e| Some(e.layer.as_str())))
        .i64("count", graph.edges.iter().map(|e| i64::try_from(e.count).ok()))
        .i64("seconds", seconds)
        .text("amount", amounts.into_iter())
        .text("currency", graph.edges.iter().map(|e| e.currency.as_deref()))
        .text("first", graph.edges.iter().map(|e| e.first.as_deref()))
        .text("last", graph.edges.iter().map(|e| e.last.as_deref()))
        .build()?;
    let paths = vec![dir.join("nodes.parquet"), dir.join("edges.parquet")];
    for (path, table) in paths.iter().zip([nodes, edges]) {
        store::table::write(path, &table)?;
    }
    Ok(paths)
}
