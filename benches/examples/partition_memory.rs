//! `partition_memory EDGES [--weighted] [--objective modularity|cpm|map] [--resolution R]`: what a partition takes beside
//! its graph, in bytes an edge: the peak of the resident set during the partition less the resident set before it. Linux.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a program of the bench, which stops on bad input"
)]

use analyse::leiden::{Objective, PartitionConfig, partition};
use graph::csr::WeightedGraph;
use graph::edgelist::parse;
use model::run::{RunContext, Silent};
use std::sync::atomic::AtomicBool;

/// A line of the kernel's account of this process, in bytes.
fn told(line: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc");
    let value = status.lines().find_map(|l| l.strip_prefix(line)).and_then(|l| l.split_whitespace().next());
    value.and_then(|v| v.parse::<f64>().ok()).expect("a figure") * 1024.0
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| args.iter().position(|a| a == name).and_then(|at| args.get(at + 1));
    let weighted = args.iter().any(|a| a == "--weighted");
    let objective = match after("--objective").map(String::as_str) {
        None | Some("modularity") => Objective::Modularity,
        Some("cpm") => Objective::Cpm,
        Some("map") => Objective::Map,
        Some(_) => panic!("modularity, cpm or map"),
    };
    let resolution = after("--resolution").map_or(1.0, |r| r.parse().expect("a number"));
    let graph = {
        let bytes = std::fs::read(args.first().expect("an edge list")).expect("the edge list");
        let list = parse(&bytes, weighted).expect("an edge list");
        WeightedGraph::from_columns(list.names.len(), &list.pairs, list.weights.as_deref()).expect("a graph")
    };
    let edges = graph.edge_count() as f64;
    let own = 8 * graph.offsets().len() + 4 * graph.arc_count() * (1 + usize::from(graph.is_weighted()));
    // The threads, with the stacks that they have touched, are part of the program, not of the partition.
    rayon::broadcast(|_| std::hint::black_box([0u8; 4096]));
    let never = AtomicBool::new(false);
    let context = RunContext::new(model::ids::Seed(42), &Silent, &never);
    std::fs::write("/proc/self/clear_refs", "5").expect("the peak set back");
    let before = told("VmRSS:");
    let config = PartitionConfig { objective, resolution, ..PartitionConfig::default() };
    let found = partition(&graph, &config, &context).expect("a partition");
    let peak = told("VmHWM:") - before;
    let mut sizes = vec![0u32; found.communities as usize];
    found.labels.iter().for_each(|l| sizes[*l as usize] += 1);
    println!(
        "{} nodes, {edges} edges: graph {:.2} bytes an edge, partition {:.1} beyond it ({:.1} MiB); {} communities, the \
         largest of {} nodes",
        graph.node_count(),
        own as f64 / edges,
        peak / edges,
        peak / 1_048_576.0,
        found.communities,
        sizes.iter().max().copied().unwrap_or_default()
    );
}
