//! The query kernels on anyone's edge list, timed as the peers are: `queries EDGES PAIRS [--threads T] [--rounds R]`.
//!
//! PAIRS holds one question a line, `from to`. Prints one JSON object with milliseconds of each point query (median and
//! 99th percentile over all questions), seconds of each whole-graph kernel (median of R runs), and a check of each answer
//! that the peers print too. `benches/compare/queries.py` runs both sides in turn.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a program of the bench, which stops on bad input"
)]

use graph::between::{BetweenConfig, betweenness};
use graph::component::components;
use graph::csr::WeightedGraph;
use graph::edgelist::{NodeNames, parse};
use graph::hops::{HopConfig, HopSearch};
use graph::kcore::core_numbers;
use graph::meet::{MeetConfig, MeetSearch, Meeting};
use graph::pagerank::{RankConfig, pagerank};
use std::time::Instant;

fn option(args: &[String], name: &str, default: usize) -> usize {
    let value = args.iter().position(|a| a == name).and_then(|at| args.get(at + 1));
    value.map_or(default, |v| v.parse().expect("a whole number"))
}

/// The graph with the numbers of the file as its own, gaps and all, as the peers keep them.
fn load(path: &str) -> WeightedGraph {
    let bytes = std::fs::read(path).expect("the edge list");
    let list = parse(&bytes, false).expect("an edge list");
    let NodeNames::Numbers(ids) = list.names else { panic!("ids must be whole numbers") };
    let nodes = ids.last().map_or(0, |&last| last as usize + 1);
    let pairs: Vec<(u32, u32)> =
        list.pairs.iter().map(|&(u, v)| (ids[u as usize] as u32, ids[v as usize] as u32)).collect();
    WeightedGraph::from_pairs(nodes, &pairs).expect("a graph")
}

/// Median and 99th percentile in milliseconds, by the interpolation that numpy uses.
fn latency(mut times: Vec<f64>) -> String {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = share * (times.len() - 1) as f64;
        let (low, high) = (place.floor() as usize, place.ceil() as usize);
        times[low] + (times[high] - times[low]) * (place - low as f64)
    };
    format!("\"n\":{},\"p50\":{:.4},\"p99\":{:.4},\"max\":{:.3}", times.len(), at(0.5), at(0.99), at(1.0))
}

fn point(questions: &[(u32, u32)], mut ask: impl FnMut(u32, u32) -> usize) -> String {
    let mut check = 0;
    let mut times = Vec::with_capacity(questions.len());
    for &(from, to) in questions {
        let begun = Instant::now();
        check += ask(from, to);
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    format!("{{{},\"check\":{check}}}", latency(times))
}

fn whole(rounds: usize, mut run: impl FnMut() -> String) -> String {
    let mut times = Vec::new();
    let mut check = String::new();
    for _ in 0..rounds {
        let begun = Instant::now();
        check = run();
        times.push(begun.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    format!("{{\"s\":{:.4},\"check\":{check}}}", times[times.len() / 2])
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [edges, asked, ..] = args.as_slice() else {
        panic!("usage: queries EDGES PAIRS [--threads T] [--rounds R]")
    };
    let threads = option(&args, "--threads", 2);
    let rounds = option(&args, "--rounds", 3);
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().expect("threads");
    let begun = Instant::now();
    let graph = load(edges);
    let load_s = begun.elapsed().as_secs_f64();
    let text = std::fs::read_to_string(asked).expect("the questions");
    let questions: Vec<(u32, u32)> = text
        .lines()
        .filter_map(|l| l.split_once(' '))
        .map(|(a, b)| (a.parse().expect("a node"), b.parse().expect("a node")))
        .collect();

    let mut hops = HopSearch::new(&graph);
    let config = HopConfig { hops: 2, hub_degree: usize::MAX, ..HopConfig::default() };
    let hop2 = point(&questions, |from, _| hops.around(from, &config).nodes.len());
    let folding = HopConfig::default();
    let folded = point(&questions, |from, _| hops.around(from, &folding).nodes.len());
    let mut meet = MeetSearch::new(&graph);
    let path = point(&questions, |from, to| match meet.chain(from, to, &MeetConfig::default()) {
        Meeting::Chain(nodes) => nodes.len(),
        Meeting::Apart | Meeting::Cut { .. } => 0,
    });
    let rank = whole(rounds, || {
        let found = pagerank(&graph, &RankConfig::default());
        format!("{:.9e},\"rounds\":{}", found.rank.iter().copied().fold(0.0, f64::max), found.rounds)
    });
    let parts = whole(rounds, || components(&graph).sizes.len().to_string());
    let core = whole(rounds, || core_numbers(&graph).into_iter().max().unwrap_or(0).to_string());
    let between = whole(1, || {
        let found = betweenness(&graph, &BetweenConfig::default());
        format!("{},\"error\":{:.5}", found.chains, found.error)
    });
    println!(
        "{{\"tool\":\"madeja\",\"n\":{},\"m\":{},\"threads\":{threads},\"load_s\":{load_s:.2},\"hop2\":{hop2},\
         \"hop2_hubs_folded\":{folded},\"sp\":{path},\"pagerank\":{rank},\"cc\":{parts},\"kcore\":{core},\
         \"betweenness\":{between}}}",
        graph.node_count(),
        graph.edge_count()
    );
}
