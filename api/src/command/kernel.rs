//! `match`, `partition`, `generate`: kernels and worlds without a case.

use crate::args::ObjectiveArg;
use crate::context::Work;
use crate::output::{json, write};
use crate::wording::fault_of;
use engine::standalone::{MatchQuestion, match_records, partition_file};
use fixtures::world::{WorldConfig, generate};
use serde_json::json as object;
use std::path::Path;

/// `partition`
pub(crate) fn partition(
    work: &Work,
    edges: &Path,
    weighted: bool,
    objective: ObjectiveArg,
    resolution: &str,
    output: &Path,
) -> anyhow::Result<()> {
    let resolution = match resolution {
        "auto" => None,
        text => {
            let value: f64 =
                text.parse().ok().filter(|v: &f64| v.is_finite() && *v > 0.0).ok_or_else(|| {
                    fault_of(
                        format!("--resolution {text}: give a positive number, or `auto`"),
                        format!("--resolution {text}: dé un número positivo, o `auto`"),
                    )
                })?;
            Some(value)
        }
    };
    let report = partition_file(edges, weighted, objective.into(), resolution, output, &work.run())?;
    let [read, build, partition, wrote, total] = report.seconds;
    if work.json {
        return json(&object!({
            "nodes": report.nodes,
            "edges": report.edges,
            "communities": report.communities,
            "objective": report.objective,
            "resolution": report.resolution,
            "quality": report.quality,
            "seconds": { "read": read, "build": build, "partition": partition, "write": wrote, "total": total },
            "peak_memory_bytes": report.peak_memory_bytes,
        }));
    }
    write(&format!(
        "{} nodes, {} edges, {} communities, {} {:.6}, {total:.2} s\n",
        report.nodes, report.edges, report.communities, report.objective, report.quality
    ))
}

/// `match`
pub(crate) fn match_people(work: &Work, question: &MatchQuestion<'_>) -> anyhow::Result<()> {
    let report = match_records(question, &work.run())?;
    let [read, block, train, score, cluster, wrote, total] = report.seconds;
    if work.json {
        return json(&object!({
            "records": report.records,
            "pairs_scored": report.pairs_scored,
            "clusters": report.clusters,
            "threshold": report.threshold,
            "columns": report.columns.iter().map(|(h, r)| object!({ "header": h, "role": r })).collect::<Vec<_>>(),
            "seconds": {
                "read": read, "block": block, "train": train, "score": score, "cluster": cluster,
                "write": wrote, "total": total,
            },
            "peak_memory_bytes": report.peak_memory_bytes,
        }));
    }
    write(&format!(
        "{} records, {} pairs scored, {} clusters at {:.4}, {total:.2} s\n",
        report.records, report.pairs_scored, report.clusters, report.threshold
    ))
}

/// `generate`
pub(crate) fn world(work: &Work, dir: &Path, config: &WorldConfig) -> anyhow::Result<()> {
    let made = generate(config, dir)?;
    if work.json {
        return json(&object!({
            "dir": dir,
            "seed": config.seed,
            "people": made.people,
            "organisations": made.organisations,
            "networks": made.networks,
            "members": made.members,
            "calls": made.calls,
            "transfers": made.transfers,
            "mentions": made.mentions,
            "patterns": made.patterns,
            "decoys": made.decoys,
            "files": made.files,
            "bytes": made.bytes,
        }));
    }
    write(&format!(
        "{}: {} people, {} networks, {} calls, {} transfers, {} mentions, {} files, {} bytes\n",
        dir.display(),
        made.people,
        made.networks,
        made.calls,
        made.transfers,
        made.mentions,
        made.files,
        made.bytes
    ))
}
