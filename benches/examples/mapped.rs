//! `mapped write CASE [NODES]` stores a layered graph of ten edges a node in a new case; `mapped open CASE NODE` opens it as
//! a case does and asks who is around a node. 10,000,000 nodes are 100,000,000 edges and 6.1 GB.
//!
//! The graph is a ring in which every node is tied to ten others at fixed distances, so that it can be written without
//! ever being held: this measures opening and asking, not communities.
#![allow(clippy::print_stdout, reason = "a program of the bench")]

use graph::column::Column;
use graph::ego::{EgoConfig, ego};
use graph::layered::LayeredGraph;
use graph::layered::packed::{Columns, Packed};
use model::provenance::Digest;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use store::case::{CaseInfo, CaseStore};
use store::derived::DerivedManifest;
use store::error::StoreError;
use store::mapped::{MapWriter, MappedFile, Plain};

/// Distances of a node to those that it calls.
const STEPS: [u64; 10] = [1, 7, 61, 503, 4_001, 32_003, 100_003, 250_007, 400_009, 499_979];
/// Nodes that are written at a time.
const PIECE: u64 = 1 << 16;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["write", case] => write(Path::new(case), 10_000_000)?,
        ["write", case, nodes] => write(Path::new(case), nodes.parse()?)?,
        ["open", case, node] => open(Path::new(case), node.parse()?)?,
        _ => return Err("mapped write CASE [NODES] | mapped open CASE NODE".into()),
    }
    Ok(())
}

/// Who a node calls, ascending.
fn targets(node: u64, nodes: u64) -> [u64; 10] {
    let mut all = STEPS.map(|step| (node + step) % nodes);
    all.sort_unstable();
    all
}

/// The edges that reach a node, ascending.
fn incoming(node: u64, nodes: u64) -> [u32; 10] {
    let mut all = STEPS.map(|step| {
        let source = (node + nodes - step) % nodes;
        let place = targets(source, nodes).iter().position(|target| *target == node).unwrap_or_default();
        (source * 10 + place as u64) as u32
    });
    all.sort_unstable();
    all
}

fn write(case: &Path, nodes: u64) -> Result<(), Box<dyn std::error::Error>> {
    if !(1_000_000..=400_000_000).contains(&nodes) {
        return Err("from 1,000,000 to 400,000,000 nodes".into());
    }
    let begun = Instant::now();
    let info = CaseInfo { title: String::new(), country: None, authority: String::new(), created_us: 0 };
    let store = CaseStore::create(case, &info)?;
    let dir = store.begin_derived_dir("all", "graph")?;
    let mut map = dir.map("graph")?;
    column(&mut map, "edges", nodes, |node| {
        targets(node, nodes).map(|target| -> Packed {
            // One call of a minute at some instant, by the layout of `graph::layered::packed`.
            let at = 1_700_000_000_000_000 + node * 1_000;
            [node | target << 32, at, at, 1 | 0b11 << 36, 60]
        })
    })?;
    offsets(&mut map, "out", nodes)?;
    offsets(&mut map, "in", nodes)?;
    column(&mut map, "incoming", nodes, |node| incoming(node, nodes))?;
    column(&mut map, "degrees", nodes, |_| [20u32])?;
    column(&mut map, "rows_at", nodes, |node| std::array::from_fn::<u64, 10, _>(|i| node * 10 + i as u64))?;
    map.append(&[nodes * 10])?;
    column(&mut map, "rows", nodes, |node| std::array::from_fn::<u64, 10, _>(|i| node * 10 + i as u64 + 1))?;
    map.finish()?;
    let manifest = DerivedManifest {
        input_hash: Digest([0; 32]),
        code_version: "example".into(),
        parameters: String::new(),
        seed: 0,
    };
    store.commit_derived_dir(dir, &manifest)?;
    println!("{} edges written in {:.1} s", nodes * 10, begun.elapsed().as_secs_f64());
    Ok(())
}

fn column<T: Plain, const N: usize>(
    map: &mut MapWriter,
    name: &str,
    nodes: u64,
    of: impl Fn(u64) -> [T; N],
) -> Result<(), StoreError> {
    map.begin::<T>(name)?;
    for first in (0..nodes).step_by(PIECE as usize) {
        let piece: Vec<T> = (first..nodes.min(first + PIECE)).flat_map(&of).collect();
        map.append(&piece)?;
    }
    Ok(())
}

fn offsets(map: &mut MapWriter, name: &str, nodes: u64) -> Result<(), StoreError> {
    column(map, name, nodes + 1, |node| [(node * 10) as u32])
}

fn open(case: &Path, node: u32) -> Result<(), Box<dyn std::error::Error>> {
    fn lent<T: Plain>(map: &MappedFile, path: &Path, name: &str) -> Result<Column<T>, StoreError> {
        Ok(Column::Lent(Arc::new(map.column::<T>(path, name)?)))
    }
    let store = CaseStore::open(case)?;
    let derived = store.derived("all", "graph")?.ok_or("no graph in this case")?;
    let begun = Instant::now();
    let (map, path) = derived.map("graph")?;
    let mapped = begun.elapsed();
    let graph = LayeredGraph::of_columns(Columns {
        edges: lent(&map, &path, "edges")?,
        out_offsets: lent(&map, &path, "out")?,
        in_offsets: lent(&map, &path, "in")?,
        incoming: lent(&map, &path, "incoming")?,
        degrees: lent(&map, &path, "degrees")?,
        evidence_offsets: lent(&map, &path, "rows_at")?,
        evidence: lent(&map, &path, "rows")?,
    })?;
    let opened = begun.elapsed();
    if node as usize >= graph.node_count() {
        return Err("no such node".into());
    }
    let asked = Instant::now();
    let found = ego(&graph, &[node], &EgoConfig::default());
    let rows: usize = found.edges.iter().map(|edge| graph.evidence(*edge).len()).sum();
    println!(
        "{} edges: sums held in {:.3} s, opened in {:.3} s; {} nodes, {} edges and {rows} rows around {node} in {:.3} ms",
        graph.edge_count(),
        mapped.as_secs_f64(),
        opened.as_secs_f64(),
        found.nodes.len(),
        found.edges.len(),
        asked.elapsed().as_secs_f64() * 1e3
    );
    Ok(())
}
