//! Commands that ask a case: every answer is a view.

use crate::args::RefusedFormat;
use crate::command::identity::history;
use crate::context::Work;
use crate::output::{TextTable, json, word, write};
use crate::wire;
use crate::wording::fault_of;
use engine::case::Case;
use engine::disclose::audience::Lang;
use engine::disclose::view::entity::EntityView;
use engine::disclose::view::finding::{EvidenceView, FindingView};
use engine::disclose::view::graph::Total;
use engine::disclose::view::node::NodeView;
use engine::error::EngineError;
use engine::session::Session;
use std::path::Path;

/// A session of this command's user with a case.
fn session<'c>(work: &Work, case: &'c Case) -> anyhow::Result<Session<'c>> {
    Ok(Session::open(case, work.visitor())?)
}

pub(super) fn span(first: &Option<String>, last: &Option<String>) -> String {
    match (first, last) {
        (Some(a), Some(b)) => format!("{a} – {b}"),
        (Some(a), None) | (None, Some(a)) => a.clone(),
        (None, None) => String::new(),
    }
}

pub(super) fn total(total: &Option<Total>, currency: &Option<String>) -> String {
    match (total, currency) {
        (None, _) => String::new(),
        (Some(Total::Seconds(s)), _) => format!("{s} s"),
        (Some(Total::Amount(amount)), Some(currency)) => format!("{currency} {amount}"),
        (Some(Total::Amount(amount)), None) => amount.clone(),
    }
}

/// Id, kind, label and marks of a node.
pub(super) fn node_line(lang: Lang, node: &NodeView) -> [String; 4] {
    let marks = [
        node.protected.as_deref().map(|class| word(lang, class)),
        node.hub.then(|| word(lang, "hub")),
        node.inferred_identity.map(|p| format!("{:.0} %", p * 100.0)),
    ];
    [
        node.id.clone(),
        word(lang, node.kind.as_str()),
        node.label.clone(),
        marks.into_iter().flatten().collect::<Vec<_>>().join(" "),
    ]
}

/// The first row that proves something, and how many more there are.
pub(super) fn proof(first: &[EvidenceView], rows: u64) -> String {
    match first.first() {
        Some(row) if rows > 1 => format!("{}:{} (+{})", row.file, row.row, rows - 1),
        Some(row) => format!("{}:{}", row.file, row.row),
        None => String::new(),
    }
}

/// `find`
pub(crate) fn find(work: &Work, dir: &Path, text: &str, limit: usize) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let view = session(work, &case)?.find(text, limit)?;
    if work.json {
        return json(&view);
    }
    let mut table = TextTable::worded(work.lang, &["id", "kind", "label", "", "field", "matched"]);
    for hit in &view.hits {
        table
            .row(node_line(work.lang, &hit.node).into_iter().chain([hit.field.clone(), hit.matched.clone()]));
    }
    write(&format!("{}{} / {}\n", table.render(), view.hits.len(), view.total))
}

/// `show`
pub(crate) fn show(work: &Work, dir: &Path, id: &str) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let view = session(work, &case)?.show(id)?;
    if work.json { json(&view) } else { write(&card(work.lang, &view)) }
}

fn card(lang: Lang, view: &EntityView) -> String {
    let mut out = format!("{}\n", node_line(lang, &view.node).join("  "));
    for name in &view.names {
        out.push_str(&format!("  {} ({})\n", name.text, name.count));
    }
    let mut table = TextTable::worded(lang, &["id", "kind", "label", "from – to", "rows"]);
    for held in &view.identifiers {
        table.row([
            held.id.clone(),
            word(lang, held.kind.as_str()),
            held.label.clone(),
            span(&held.from, &held.to),
            held.rows.to_string(),
        ]);
    }
    for document in &view.documents {
        table.row([
            document.id.clone(),
            word(lang, "document"),
            document.label.clone(),
            span(&document.from, &document.to),
            String::new(),
        ]);
    }
    out.push_str(&table.render());
    let mut table =
        TextTable::worded(lang, &["contact", "kind", "label", "", "layer", "events", "total", "span"]);
    for contact in &view.contacts {
        table.row(node_line(lang, &contact.node).into_iter().chain([
            word(lang, &contact.layer),
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
    out.push_str(&history(lang, &view.history));
    out
}

/// `findings`
pub(crate) fn findings(work: &Work, dir: &Path, typology: Option<&str>) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let all = session(work, &case)?.findings(typology, 0, usize::MAX);
    let (findings, total): (Vec<FindingView>, u64) = all.map_err(|e| match e {
        EngineError::NotFound => {
            let (typology, known) =
                (typology.unwrap_or(""), "sim_succession, handset_succession, pass_through");
            fault_of(
                format!("--typology {typology}: known are {known}"),
                format!("--typology {typology}: se conocen {known}"),
            )
        }
        other => other.into(),
    })?;
    if work.json {
        return json(&wire::Findings { findings, total });
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
    out.push_str(&format!("{total}\n"));
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
        ("read", c.rows_read),
        ("kept", c.rows_kept),
        ("refused", c.rows_refused),
        ("repeated", c.rows_repeated),
        ("calls", c.calls),
        ("messages", c.messages),
        ("transfers", c.transfers),
        ("mentions", c.mentions),
        ("entities", c.entities),
        ("communities", c.communities),
        ("findings", c.findings),
        ("protected", c.protected),
    ] {
        out.push_str(&format!("{:14} {count:>12}\n", word(work.lang, what)));
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
    let mut table = TextTable::worded(
        work.lang,
        &["id", "file", "kind", "template", "read", "kept", "refused", "repeated", "other", "balances"],
    );
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
