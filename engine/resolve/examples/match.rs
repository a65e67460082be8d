//! Matches a CSV of people and writes `id,cluster`, to measure resolution on any table with known truth:
//! `cargo run -p resolve --example match -- RECORDS.csv CLUSTERS.csv [PAIRS.csv]`.

use model::ids::Seed;
use model::run::{RunContext, Silent};
use resolve::run::{ResolveConfig, resolve_columns};
use resolve::table::{TableConfig, read_paths};
use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(input), Some(output)) = (arguments.next(), arguments.next()) else {
        return Err("usage: match RECORDS.csv CLUSTERS.csv [PAIRS.csv]".into());
    };
    let people = read_paths(&[&input], &TableConfig::default())?;
    let mut log = std::io::stderr().lock();
    for (header, role) in &people.columns {
        writeln!(log, "{header}: {}", role.as_str())?;
    }
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed::default(), &Silent, &cancelled);
    let found = resolve_columns(&people.mentions, &people.sources, &[], &ResolveConfig::default(), &context)?;
    let mut out = csv::Writer::from_path(output)?;
    out.write_record(["id", "cluster"])?;
    for (id, cluster) in people.ids.iter().zip(&found.cluster) {
        out.write_record([id, &cluster.to_string()])?;
    }
    out.flush()?;
    if let Some(path) = arguments.next() {
        let mut out = csv::Writer::from_path(path)?;
        out.write_record(["id_l", "id_r", "match_weight", "match_probability"])?;
        for pair in &found.pairs {
            let (Some(a), Some(b)) = (people.ids.get(pair.a as usize), people.ids.get(pair.b as usize))
            else {
                continue;
            };
            out.write_record([a, b, &pair.weight_bits.to_string(), &pair.probability.to_string()])?;
        }
        out.flush()?;
    }
    for row in found.model.to_rows() {
        writeln!(log, "{:16} {:12} m {:.5} u {:.7}", row.comparison, row.level, row.m, row.u)?;
    }
    for report in &found.blocking {
        writeln!(log, "{report:?}")?;
    }
    writeln!(
        log,
        "records {} clusters {} pairs {} threshold {:.3} {:?}",
        people.ids.len(),
        found.clusters,
        found.pairs_scored,
        found.threshold,
        found.seconds
    )?;
    Ok(())
}
