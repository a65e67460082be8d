//! Commands that ask who is around someone, how A reaches B, and whom several have in common.

use crate::command::ask::{node_line, proof, span, total};
use crate::command::query::{Choice, cuts, session};
use crate::context::Work;
use crate::output::{TextTable, json, word, write};
use engine::case::Case;
use engine::disclose::audience::Lang;
use engine::disclose::view::graph::{EdgeView, GraphView};
use engine::disclose::view::path::PathView;
use engine::session::{EgoQuestion, PathQuestion};
use std::path::Path;

fn edge_line(lang: Lang, edge: &EdgeView) -> [String; 7] {
    [
        edge.source.clone(),
        edge.target.clone(),
        word(lang, &edge.layer),
        edge.count.to_string(),
        total(&edge.total, &edge.currency),
        span(&edge.first, &edge.last),
        proof(&edge.evidence, edge.rows),
    ]
}

/// Ties as a table, each with the first row that proves it; nothing where there is none.
pub(super) fn edge_table<'a>(lang: Lang, edges: impl IntoIterator<Item = &'a EdgeView>) -> String {
    let header = ["source", "target", "layer", "events", "total", "span", "row"];
    let mut table = TextTable::worded(lang, &header);
    let mut edges = edges.into_iter().peekable();
    if edges.peek().is_none() {
        return String::new();
    }
    edges.for_each(|edge| table.row(edge_line(lang, edge)));
    table.render()
}

fn graph_text(lang: Lang, view: &GraphView) -> String {
    let mut nodes = TextTable::worded(lang, &["id", "kind", "label", ""]);
    for node in &view.nodes {
        nodes.row(node_line(lang, node));
    }
    format!("{}\n{}{}", nodes.render(), edge_table(lang, &view.edges), cuts(&view.cuts))
}

/// `ego`
pub(crate) fn ego(
    work: &Work,
    dir: &Path,
    id: &str,
    hops: u8,
    choice: &Choice<'_>,
    limit: usize,
) -> anyhow::Result<()> {
    let question = EgoQuestion { id: id.to_owned(), hops, scope: choice.scope()?, limit };
    let case = Case::open(dir)?;
    let view = session(work, &case)?.ego(&question)?;
    if work.json { json(&view) } else { write(&graph_text(work.lang, &view)) }
}

fn path_text(lang: Lang, view: &PathView) -> String {
    let mut out = String::new();
    for (number, path) in view.paths.iter().enumerate() {
        let names: Vec<String> = path.nodes.iter().map(|n| format!("{} ({})", n.label, n.id)).collect();
        out.push_str(&format!("{}. {}\n", number + 1, names.join(" → ")));
        for line in edge_table(lang, &path.edges).lines() {
            out.push_str(&format!("   {line}\n"));
        }
    }
    for node in &view.left_out {
        out.push_str(&format!("   – {} ({})\n", node.label, node.id));
    }
    format!("{out}{}\n", view.note)
}

/// `path`
pub(crate) fn path(
    work: &Work,
    dir: &Path,
    question: PathQuestion,
    choice: &Choice<'_>,
) -> anyhow::Result<()> {
    let question = PathQuestion { scope: choice.scope()?, ..question };
    let case = Case::open(dir)?;
    let view = session(work, &case)?.path(&question)?;
    if work.json { json(&view) } else { write(&path_text(work.lang, &view)) }
}

/// `common`
pub(crate) fn common(
    work: &Work,
    dir: &Path,
    ids: &[String],
    choice: &Choice<'_>,
    limit: usize,
) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let view = session(work, &case)?.common(ids, &choice.scope()?, limit)?;
    if work.json {
        return json(&view);
    }
    let mut header = vec!["contact", "kind", "label", ""];
    header.extend(view.targets.iter().map(|t| t.id.as_str()));
    header.extend(["rarity", "row"]);
    let mut table = TextTable::worded(work.lang, &header);
    for contact in &view.contacts {
        let rows = contact.edges.iter().map(|e| e.rows).sum();
        let first = contact.edges.iter().find(|e| !e.evidence.is_empty());
        let row = first.map(|e| proof(&e.evidence, rows)).unwrap_or_default();
        table.row(
            node_line(work.lang, &contact.node)
                .into_iter()
                .chain(contact.counts.iter().map(u64::to_string))
                .chain([format!("{:.3}", contact.rarity), row]),
        );
    }
    write(&format!("{}{}", table.render(), cuts(&view.cuts)))
}
