//! Commands that ask a case: every answer is a view.

use crate::args::RefusedFormat;
use crate::context::Work;
use crate::output::{TextTable, json, write};
use crate::wire;
use anyhow::Context as _;
use engine::case::Case;
use engine::disclose::view::entity::EntityView;
use engine::disclose::view::finding::FindingView;
use engine::disclose::view::graph::{GraphView, Total};
use engine::disclose::view::node::NodeView;
use engine::moment;
use engine::session::{EgoQuestion, PathQuestion, Session};
use std::path::Path;

/// A session of this command's user with a case.
fn session<'c>(work: &Work, case: &'c Case) -> anyhow::Result<Session<'c>> {
    Ok(Session::open(case, work.visitor())?)
}

fn span(first: &Option<String>, last: &Option<String>) -> String {
    match (first, last) {
        (Some(a), Some(b)) => format!("{a} – {b}"),
        (Some(a), None) | (None, Some(a)) => a.clone(),
        (None, None) => String::new(),
    }
}

fn total(total: &Total, currency: &Option<String>) -> String {
    match (total, currency) {
        (Total::Seconds(s), _) => format!("{s} s"),
        (Total::Amount(amount), Some(currency)) => format!("{currency} {amount}"),
        (Total::Amount(amount), None) => amount.clone(),
    }
}

fn node_line(node: &NodeView) -> [String; 4] {
    let marks = [
        node.protected.clone(),
        node.hub.then(|| "hub".to_owned()),
        node.inferred_identity.map(|p| format!("{:.0} %", p * 100.0)),
    ];
    [
        node.id.clone(),
        node.kind.as_str().to_owned(),
        node.label.clone(),
        marks.into_iter().flatten().collect::<Vec<_>>().join(" "),
    ]
}

/// `find`
pub(crate) fn find(work: &Work, dir: &Path, text: &str, limit: usize) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let view = session(work, &case)?.find(text, limit)?;
    if work.json {
        return json(&view);
    }
    let mut table = TextTable::new(&["id", "kind", "label", "", "field", "matched"]);
    for hit in &view.hits {
        table.row(node_line(&hit.node).into_iter().chain([hit.field.clone(), hit.matched.clone()]));
    }
    write(&format!("{}{} / {}\n", table.render(), view.hits.len(), view.total))
}

/// `show`
pub(crate) fn show(work: &Work, dir: &Path, id: &str) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let view = session(work, &case)?.show(id)?;
    if work.json { json(&view) } else { write(&card(&view)) }
}

fn card(view: &EntityView) -> String {
    let mut out = format!("{}\n", node_line(&view.node).join("  "));
    for name in &view.names {
        out.push_str(&format!("  {} ({})\n", name.text, name.count));
    }
    let mut table = TextTable::new(&["id", "kind", "label", "from – to", "rows"]);
    for held in &view.identifiers {
        table.row([
            held.id.clone(),
            held.kind.as_str().to_owned(),
            held.label.clone(),
            span(&held.from, &held.to),
            held.rows.to_string(),
        ]);
    }
    for document in &view.documents {
        table.row([
            document.id.clone(),
            "document".to_owned(),
            document.label.clone(),
            span(&document.from, &document.to),
            String::new(),
        ]);
    }
    out.push_str(&table.render());
    let mut table =
        TextTable::new(&["contact", "kind", "label", "", "layer", "events", "total", "first – last"]);
    for contact in &view.contacts {
        table.row(node_line(&contact.node).into_iter().chain([
            contact.layer.clone(),
            contact.count.to_string(),
            total(&contact.total, &contact.currency),
            span(&contact.first, &contact.last),
        ]));
    }
    out.push_str(&table.render());
    let mut table = TextTable::new(&["source", "file", "row", "part", "as written"]);
    for mention in &view.mentions {
        table.row([
            mention.source.clone(),
            mention.file.clone(),
            mention.row.to_string(),
            mention.role.clone(),
            mention.text.clone(),
        ]);
    }
    out.push_str(&table.render());
    out
}

fn graph_text(view: &GraphView) -> String {
    let mut nodes = TextTable::new(&["id", "kind", "label", ""]);
    for node in &view.nodes {
        nodes.row(node_line(node));
    }
    let mut edges = TextTable::new(&["source", "target", "layer", "events", "total", "first – last"]);
    for edge in &view.edges {
        edges.row([
            edge.source.clone(),
            edge.target.clone(),
            edge.layer.clone(),
            edge.count.to_string(),
            total(&edge.total, &edge.currency),
            span(&edge.first, &edge.last),
        ]);
    }
    let mut out = format!("{}\n{}", nodes.render(), edges.render());
    for cut in &view.cuts {
        out.push_str(&format!("{} / {}: {}\n", cut.shown, cut.total, cut.reason));
    }
    out
}

/// `ego`
pub(crate) fn ego(
    work: &Work,
    dir: &Path,
    id: &str,
    hops: u8,
    window: [Option<&str>; 2],
    limit: usize,
) -> anyhow::Result<()> {
    let read = |name: &str, text: Option<&str>| match text {
        None => Ok(None),
        Some(text) => moment::parse(text).map(Some).with_context(|| {
            format!("--{name} {text}: write a moment like 2026-03-14 or 2026-03-14T05:41:07Z")
        }),
    };
    let [from, to] = window;
    let question = EgoQuestion {
        id: id.to_owned(),
        hops,
        from_us: read("from", from)?,
        to_us: read("to", to)?,
        layers: Vec::new(),
        limit,
    };
    let case = Case::open(dir)?;
    let view = session(work, &case)?.ego(&question)?;
    if work.json { json(&view) } else { write(&graph_text(&view)) }
}

/// `path`
pub(crate) fn path(work: &Work, dir: &Path, question: &PathQuestion) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let view = session(work, &case)?.path(question)?;
    if work.json {
        return json(&view);
    }
    let mut out = String::new();
    for (number, path) in view.paths.iter().enumerate() {
        let names: Vec<String> = path.nodes.iter().map(|n| format!("{} ({})", n.label, n.id)).collect();
        out.push_str(&format!("{}. {}\n", number + 1, names.join(" → ")));
        for edge in &path.edges {
            out.push_str(&format!(
                "   {} → {}  {}  {}  {}  {}\n",
                edge.source,
                edge.target,
                edge.layer,
                edge.count,
                total(&edge.total, &edge.currency),
                span(&edge.first, &edge.last)
            ));
        }
    }
    for node in &view.left_out {
        out.push_str(&format!("   – {} ({})\n", node.label, node.id));
    }
    out.push_str(&view.note);
    out.push('\n');
    write(&out)
}

/// `common`
pub(crate) fn common(work: &Work, dir: &Path, ids: &[String]) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let view = session(work, &case)?.common(ids)?;
    if work.json {
        return json(&view);
    }
    let mut header = vec!["contact", "kind", "label", ""];
    header.extend(view.targets.iter().map(|t| t.id.as_str()));
    header.push("rarity");
    let mut table = TextTable::new(&header);
    for contact in &view.contacts {
        table.row(
            node_line(&contact.node)
                .into_iter()
                .chain(contact.counts.iter().map(u64::to_string))
                .chain([format!("{:.3}", contact.rarity)]),
        );
    }
    write(&table.render())
}

/// `communities`
pub(crate) fn communities(work: &Work, dir: &Path, id: Option<&str>, limit: usize) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let session = session(work, &case)?;
    if let Some(id) = id {
        let (community, graph) = session.community(id)?;
        if work.json {
            return json(&wire::Community { community, graph });
        }
        let mut table = TextTable::new(&["member", "kind", "label", "", "inside", "outside", ""]);
        for member in &community.members {
            table.row(node_line(&member.node).into_iter().chain([
                format!("{}", member.inside),
                format!("{}", member.outside),
                if member.attached { "attached".to_owned() } else { String::new() },
            ]));
        }
        return write(&format!("{}\n{}\n{}", community.id, community.note, table.render()));
    }
    let list = wire::communities(&session, limit);
    if work.json {
        return json(&list);
    }
    let mut table = TextTable::new(&[
        "id",
        "size",
        "people",
        "calls",
        "money",
        "shared",
        "inside",
        "findings",
        "first – last",
    ]);
    for community in &list.communities {
        table.row([
            community.id.clone(),
            community.size.to_string(),
            community.people.to_string(),
            community.layers.calls.to_string(),
            community.layers.money.to_string(),
            community.layers.shared.to_string(),
            format!("{:.0}%", community.cohesion * 100.0),
            community.findings.join(" "),
            span(&community.first, &community.last),
        ]);
    }
    write(&format!("{}{} / {}\n", table.render(), list.communities.len(), list.total))
}

/// `findings`
pub(crate) fn findings(work: &Work, dir: &Path, typology: Option<&str>) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let findings: Vec<FindingView> = session(work, &case)?.findings(typology).with_context(|| {
        format!(
            "typology {}: known are sim_succession, handset_succession, pass_through",
            typology.unwrap_or("")
        )
    })?;
    if work.json {
        return json(&wire::Findings { findings });
    }
    let mut out = String::new();
    for finding in &findings {
        out.push_str(&format!(
            "{}  {}  {:.2}\n  {}\n",
            finding.id, finding.title, finding.score, finding.sentence
        ));
        let rows: Vec<String> =
            finding.evidence.iter().take(5).map(|e| format!("{}:{}", e.file, e.row)).collect();
        out.push_str(&format!("  {} … ({})\n", rows.join(", "), finding.evidence.len()));
    }
    out.push_str(&format!("{}\n", findings.len()));
    write(&out)
}

/// `explain`
pub(crate) fn explain(work: &Work, dir: &Path, a: &str, b: &str) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let view = session(work, &case)?.explain(a, b)?;
    if work.json {
        return json(&view);
    }
    let mut table = TextTable::new(&["", "a", "b", "", "bits"]);
    table.row([
        "".into(),
        view.a.id.clone(),
        view.b.id.clone(),
        String::new(),
        format!("{:+.2}", view.prior_bits),
    ]);
    for field in &view.fields {
        table.row([
            field.label.clone(),
            field.value_a.clone(),
            field.value_b.clone(),
            field.level_text.clone(),
            format!("{:+.2}", field.bits),
        ]);
    }
    table.row([
        "=".into(),
        String::new(),
        String::new(),
        view.odds_text.clone(),
        format!("{:+.2}", view.total_bits),
    ]);
    write(&format!("{}\n{}", view.sentence, table.render()))
}

/// `status`
pub(crate) fn status(work: &Work, dir: &Path) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let name = dir.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let view = engine::session::early::status(&case, work.visitor(), &name)?;
    if work.json {
        return json(&view);
    }
    let c = &view.counts;
    let mut out = format!("{}\n", view.title);
    for (what, count) in [
        ("sources", c.sources),
        ("rows read", c.rows_read),
        ("rows kept", c.rows_kept),
        ("rows refused", c.rows_refused),
        ("rows repeated", c.rows_repeated),
        ("calls", c.calls),
        ("messages", c.messages),
        ("transfers", c.transfers),
        ("mentions", c.mentions),
        ("entities", c.entities),
        ("communities", c.communities),
        ("findings", c.findings),
        ("protected", c.protected),
    ] {
        out.push_str(&format!("{what:14} {count:>12}\n"));
    }
    for need in &view.needs_decision {
        out.push_str(&format!("! {}: {}\n", need.file, need.what));
    }
    write(&out)
}

/// `sources`
pub(crate) fn sources(work: &Work, dir: &Path) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let views = engine::session::early::sources(&case, &work.visitor())?;
    if work.json {
        return json(&serde_json::json!({ "sources": views }));
    }
    let mut table = TextTable::new(&[
        "source", "file", "kind", "template", "read", "kept", "refused", "repeated", "other", "balances",
    ]);
    for s in &views {
        table.row([
            s.id.clone(),
            s.file.clone(),
            s.kind.clone(),
            s.template.clone(),
            s.rows.read.to_string(),
            s.rows.kept.to_string(),
            s.rows.refused.to_string(),
            s.rows.repeated.to_string(),
            s.rows.other.to_string(),
            if s.balances { "✓".into() } else { "✕".into() },
        ]);
    }
    let mut out = table.render();
    for s in &views {
        if let Some(need) = &s.needs_decision {
            out.push_str(&format!("! {}: {need}\n", s.file));
        }
    }
    write(&out)
}

/// `refused`
pub(crate) fn refused(
    work: &Work,
    dir: &Path,
    source: Option<&str>,
    format: RefusedFormat,
) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let views = engine::session::early::refused(&case, &work.visitor(), source)?;
    if work.json {
        return json(&serde_json::json!({ "refused": views }));
    }
    match format {
        RefusedFormat::Jsonl => {
            let mut out = String::new();
            for view in &views {
                out.push_str(&serde_json::to_string(view)?);
                out.push('\n');
            }
            write(&out)
        }
        RefusedFormat::Csv => {
            let mut bytes = Vec::new();
            engine::report::table::refused(&views, &mut bytes)?;
            write(&String::from_utf8_lossy(&bytes))
        }
    }
}
