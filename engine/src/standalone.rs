//! Two kernels on anyone's data, without a case, so that they can be measured against any peer.

use crate::config::MatchSettings;
use crate::error::EngineError;
use crate::machine::peak_memory_bytes;
use analyse::leiden::{Objective, PartitionConfig, partition};
use graph::csr::WeightedGraph;
use graph::edgelist::{self, EdgeList};
use model::run::RunContext;
use resolve::run::{ResolveConfig, resolve_columns};
use resolve::table::{self, TableConfig};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// What `madeja partition` did.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionReport {
    /// Nodes that an edge names.
    pub nodes: usize,
    /// Distinct undirected edges.
    pub edges: usize,
    /// Communities.
    pub communities: u32,
    /// The objective's word.
    pub objective: &'static str,
    /// The resolution used.
    pub resolution: f64,
    /// Value of the objective (for the map equation the codelength in bits, smaller is better).
    pub quality: f64,
    /// Seconds: read, build, partition, write, total.
    pub seconds: [f64; 5],
    /// Peak memory of the process, where the system tells it.
    pub peak_memory_bytes: Option<u64>,
}

/// Reads an edge list, partitions it and writes `node community` a line, in order of the nodes' ids.
///
/// # Arguments   `resolution`: `None` lets the objective choose (1 for modularity; the density for CPM)
/// # Errors      the line of the first edge that cannot be read; the file that cannot be read or written
pub fn partition_file(
    edges: &Path,
    weighted: bool,
    objective: Objective,
    resolution: Option<f64>,
    output: &Path,
    context: &RunContext<'_>,
) -> Result<PartitionReport, EngineError> {
    let begun = Instant::now();
    let io = |path: &Path| {
        let path = path.to_path_buf();
        move |source| EngineError::Io { path, source }
    };
    let bytes = fs::read(edges).map_err(io(edges))?;
    let list = edgelist::parse(&bytes, weighted)
        .map_err(|source| EngineError::EdgeList { path: edges.to_path_buf(), source })?;
    drop(bytes);
    let read = begun.elapsed().as_secs_f64();
    let EdgeList { names, pairs, weights, .. } = list;
    let graph = WeightedGraph::from_columns(names.len(), &pairs, weights.as_deref())?;
    drop((pairs, weights));
    let build = begun.elapsed().as_secs_f64();
    let density = {
        let n = graph.node_count() as f64;
        if n > 1.0 { 2.0 * graph.total_weight() / (n * (n - 1.0)) } else { 1.0 }
    };
    let resolution = resolution.unwrap_or(if objective == Objective::Cpm { density } else { 1.0 });
    let config = PartitionConfig { objective, resolution, seed: context.seed, ..PartitionConfig::default() };
    let result = partition(&graph, &config, context)?;
    let partitioned = begun.elapsed().as_secs_f64();
    let mut text = String::with_capacity(graph.node_count() * 12);
    for (node, label) in result.labels.iter().enumerate() {
        names.write(node as u32, &mut text);
        text.push(' ');
        text.push_str(&label.to_string());
        text.push('\n');
    }
    let mut file = fs::File::create(output).map_err(io(output))?;
    file.write_all(text.as_bytes()).map_err(io(output))?;
    let total = begun.elapsed().as_secs_f64();
    Ok(PartitionReport {
        nodes: graph.node_count(),
        edges: graph.edge_count(),
        communities: result.communities,
        objective: match objective {
            Objective::Modularity => "modularity",
            Objective::Cpm => "cpm",
            Objective::Map => "map",
        },
        resolution,
        quality: result.quality,
        seconds: [read, build - read, partitioned - build, total - partitioned, total],
        peak_memory_bytes: peak_memory_bytes(),
    })
}

/// What `madeja match` is asked for.
#[derive(Clone, Copy, Debug)]
pub struct MatchQuestion<'a> {
    /// The records, CSV with a header.
    pub records: &'a Path,
    /// A second file: only pairs across the two are made.
    pub link: Option<&'a Path>,
    /// Column with the record's id; found from the header where absent.
    pub id: Option<&'a str>,
    /// Settings in TOML.
    pub settings: Option<&'a Path>,
    /// Probability from which two records are merged; chosen without labels where absent.
    pub threshold: Option<f64>,
    /// Where `id,cluster` goes.
    pub output: &'a Path,
    /// Where scored pairs go.
    pub pairs: Option<&'a Path>,
}

/// What `madeja match` did.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchReport {
    /// Records read.
    pub records: usize,
    /// Pairs compared.
    pub pairs_scored: u64,
    /// Clusters.
    pub clusters: u32,
    /// Probability from which records were merged.
    pub threshold: f64,
    /// Each header with what the column was taken for.
    pub columns: Vec<(String, &'static str)>,
    /// Seconds: read, block, train, score, cluster, write, total.
    pub seconds: [f64; 7],
    /// Peak memory of the process, where the system tells it.
    pub peak_memory_bytes: Option<u64>,
}

/// Reads people from CSV, resolves them with default settings and writes `id,cluster`, in the order of the records.
///
/// # Errors      the file, line or column that cannot be read; repeated ids; no column that tells people apart
pub fn match_records(
    question: &MatchQuestion<'_>,
    context: &RunContext<'_>,
) -> Result<MatchReport, EngineError> {
    let begun = Instant::now();
    let io = |path: &Path| {
        let path = path.to_path_buf();
        move |source| EngineError::Io { path, source }
    };
    let roles = match question.settings {
        Some(path) => MatchSettings::read(path)?.columns,
        None => BTreeMap::new(),
    };
    let table = TableConfig { id_column: question.id.map(str::to_owned), stated: roles };
    let paths: Vec<&Path> = std::iter::once(question.records).chain(question.link).collect();
    let people = table::read_paths(&paths, &table)?;
    let read = begun.elapsed().as_secs_f64();
    let config = ResolveConfig {
        seed: context.seed,
        threshold: question.threshold,
        across_sources_only: question.link.is_some(),
        ..ResolveConfig::default()
    };
    let result = resolve_columns(&people.mentions, &people.sources, &[], &config, context)?;
    let writing = Instant::now();
    let mut clusters = String::from("id,cluster\n");
    for (id, cluster) in people.ids.iter().zip(&result.cluster) {
        write_cell(&mut clusters, id);
        clusters.push(',');
        clusters.push_str(&cluster.to_string());
        clusters.push('\n');
    }
    fs::write(question.output, clusters).map_err(io(question.output))?;
    if let Some(path) = question.pairs {
        let mut out = csv::Writer::from_path(path).map_err(csv_error(path))?;
        out.write_record(["id_l", "id_r", "match_weight", "match_probability"]).map_err(csv_error(path))?;
        for pair in &result.pairs {
            let id = |i: u32| people.ids.get(i as usize).unwrap_or_default();
            let (weight, probability) =
                (format!("{:.6}", pair.weight_bits), format!("{:.9}", pair.probability));
            out.write_record([id(pair.a), id(pair.b), &weight, &probability]).map_err(csv_error(path))?;
        }
        out.flush().map_err(io(path))?;
    }
    let s = &result.seconds;
    Ok(MatchReport {
        records: people.ids.len(),
        pairs_scored: result.pairs_scored,
        clusters: result.clusters,
        threshold: result.threshold,
        columns: people.columns.iter().map(|(h, r)| (h.clone(), r.as_str())).collect(),
        seconds: [
            read,
            s.block,
            s.train,
            s.score,
            s.cluster,
            writing.elapsed().as_secs_f64(),
            begun.elapsed().as_secs_f64(),
        ],
        peak_memory_bytes: peak_memory_bytes(),
    })
}

/// A cell of a CSV file, in quotation marks where it needs them.
fn write_cell(out: &mut String, text: &str) {
    if text.contains([',', '"', '\n', '\r']) {
        out.push('"');
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(text);
    }
}

fn csv_error(path: &Path) -> impl Fn(csv::Error) -> EngineError + use<> {
    let path = path.to_path_buf();
    move |error| EngineError::Io { path: path.clone(), source: std::io::Error::other(error) }
}
