//! Commands that ask about money, places, hours and the network as a whole: every answer is a view.

use crate::command::around::edge_table;
use crate::command::ask::{node_line, proof};
use crate::context::Work;
use crate::output::{TextTable, json, word, write};
use crate::wording::fault_of;
use engine::case::Case;
use engine::disclose::audience::Lang;
use engine::disclose::messages;
use engine::disclose::view::flow::{FlowStepView, FlowView};
use engine::disclose::view::graph::CutView;
use engine::disclose::view::measure::Measure;
use engine::graph_layer::Layer;
use engine::moment;
use engine::network::base::Window;
use engine::session::flow::FlowQuestion;
use engine::session::{Scope, Session};
use std::path::Path;

/// Layers and a window of time, as typed.
pub(crate) struct Choice<'a> {
    pub(crate) from: Option<&'a str>,
    pub(crate) to: Option<&'a str>,
    pub(crate) layers: &'a [String],
    pub(crate) least: u64,
}

/// Reads a moment of an option: where it begins.
pub(crate) fn moment_of(option: &str, text: &str) -> anyhow::Result<i64> {
    stated(option, text, moment::parse(text))
}

/// Reads a moment of an option: where it ends, as a day does.
pub(crate) fn last_moment_of(option: &str, text: &str) -> anyhow::Result<i64> {
    stated(option, text, moment::last(text))
}

fn stated(option: &str, text: &str, moment: Option<i64>) -> anyhow::Result<i64> {
    moment.ok_or_else(|| {
        fault_of(
            format!("--{option} {text}: write a moment like 2026-03-14 or 2026-03-14T05:41:07Z"),
            format!("--{option} {text}: escriba un momento como 2026-03-14 o 2026-03-14T05:41:07Z"),
        )
    })
}

impl Choice<'_> {
    fn window(&self) -> anyhow::Result<Window> {
        let read = |name, text: Option<&str>| text.map(|t| moment_of(name, t)).transpose();
        Ok(Window { from_us: read("from", self.from)?, to_us: read("to", self.to)? })
    }

    /// The part of the network that is looked at.
    pub(super) fn scope(&self) -> anyhow::Result<Scope> {
        let Window { from_us, to_us } = self.window()?;
        Ok(Scope { from_us, to_us, layers: self.layers()?, least: self.least })
    }

    fn layers(&self) -> anyhow::Result<Vec<Layer>> {
        self.layers
            .iter()
            .map(|l| {
                Layer::parse(l).ok_or_else(|| {
                    fault_of(
                        format!("--layers {l}: layers are calls, money, shared, kin and presence"),
                        format!("--layers {l}: las capas son calls, money, shared, kin y presence"),
                    )
                })
            })
            .collect()
    }
}

pub(super) fn session<'c>(work: &Work, case: &'c Case) -> anyhow::Result<Session<'c>> {
    Ok(Session::open(case, work.visitor())?)
}

pub(super) fn cuts(cuts: &[CutView]) -> String {
    cuts.iter().map(|c| format!("{} / {}: {}\n", c.shown, c.total, c.reason)).collect()
}

fn text(value: &Option<String>) -> String {
    value.clone().unwrap_or_default()
}

fn step_line(step: &FlowStepView) -> [String; 10] {
    [
        text(&step.at),
        step.payer.clone(),
        step.beneficiary.clone(),
        step.amount.clone(),
        step.traced.fifo.clone(),
        step.traced.proportional.clone(),
        step.traced.least.clone(),
        step.traced.most.clone(),
        step.depth.to_string(),
        proof(&step.evidence, step.rows),
    ]
}

fn flow_text(lang: Lang, view: &FlowView) -> String {
    let mut out = format!("{}\n", view.note);
    for flow in &view.currencies {
        out.push_str(&format!("\n{} {}\n", flow.currency, flow.total));
        let mut table = TextTable::worded(
            lang,
            &[
                "at",
                "payer",
                "beneficiary",
                "amount",
                "fifo",
                "proportional",
                "least",
                "most",
                "depth",
                "row",
            ],
        );
        flow.steps.iter().for_each(|s| table.row(step_line(s)));
        out.push_str(&table.render());
        let mut table = TextTable::worded(lang, &["account", "", "fifo", "proportional", "least", "most"]);
        for end in &flow.ends {
            let t = &end.traced;
            table.row([
                end.account.clone(),
                end.text.clone(),
                t.fifo.clone(),
                t.proportional.clone(),
                t.least.clone(),
                t.most.clone(),
            ]);
        }
        out.push_str(&table.render());
        for cycle in &flow.cycles {
            let way: Vec<&str> = cycle.steps.iter().map(|s| s.beneficiary.as_str()).collect();
            out.push_str(&format!("↻ {} {}  {}\n", flow.currency, cycle.most, way.join(" → ")));
        }
        out.push_str(&cuts(&flow.cuts));
    }
    out
}

/// `flow`
pub(crate) fn flow(
    work: &Work,
    dir: &Path,
    id: &str,
    backward: bool,
    choice: &Choice<'_>,
    limit: usize,
) -> anyhow::Result<()> {
    let window = choice.window()?;
    let question =
        FlowQuestion { id: id.to_owned(), backward, from_us: window.from_us, to_us: window.to_us, limit };
    let case = Case::open(dir)?;
    let view = session(work, &case)?.flow(&question)?;
    if work.json { json(&view) } else { write(&flow_text(work.lang, &view)) }
}

/// `matrix`
pub(crate) fn matrix(work: &Work, dir: &Path, ids: &[String], choice: &Choice<'_>) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let view = session(work, &case)?.matrix(ids, &choice.scope()?)?;
    if work.json {
        return json(&view);
    }
    let mut header = vec!["", ""];
    header.extend(view.nodes.iter().map(|n| n.id.as_str()));
    header.push("outside");
    let mut table = TextTable::worded(work.lang, &header);
    for ((node, row), outside) in view.nodes.iter().zip(&view.counts).zip(&view.outside) {
        let cells = row.iter().chain([outside]).map(u64::to_string);
        table.row([node.id.clone(), node.label.clone()].into_iter().chain(cells));
    }
    let ties = edge_table(work.lang, &view.edges);
    write(&format!("{}\n{ties}{}{}\n", table.render(), cuts(&view.cuts), view.note))
}

/// `colocation`
pub(crate) fn colocation(
    work: &Work,
    dir: &Path,
    ids: &[String],
    minutes: u64,
    choice: &Choice<'_>,
    limit: usize,
) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let view = session(work, &case)?.colocation(ids, minutes, choice.window()?, limit)?;
    if work.json {
        return json(&view);
    }
    let mut table = TextTable::worded(
        work.lang,
        &["a", "label", "b", "label", "times", "cells", "rarity", "first", "last", "row"],
    );
    for pair in &view.pairs {
        table.row([
            pair.a.id.clone(),
            pair.a.label.clone(),
            pair.b.id.clone(),
            pair.b.label.clone(),
            pair.times.to_string(),
            pair.cells.to_string(),
            format!("{:.3}", pair.rarity),
            text(&pair.first),
            text(&pair.last),
            proof(&pair.evidence, pair.rows),
        ]);
    }
    write(&format!("{}{}{}\n", table.render(), cuts(&view.cuts), view.note))
}

/// `rhythm`
pub(crate) fn rhythm(work: &Work, dir: &Path, id: &str, choice: &Choice<'_>) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let view = session(work, &case)?.rhythm(id, choice.window()?)?;
    if work.json {
        return json(&view);
    }
    let hours: Vec<String> = (0..24).map(|h| h.to_string()).collect();
    let mut header = vec![""];
    header.extend(hours.iter().map(String::as_str));
    let mut table = TextTable::new(&header);
    let days = messages::find(work.lang, "days").unwrap_or_default().split_whitespace();
    for (day, row) in days.zip(&view.hours) {
        table.row([day.to_owned()].into_iter().chain(row.iter().map(u32::to_string)));
    }
    let mut places = TextTable::worded(work.lang, &["cell", "lat", "lon", "events"]);
    for place in &view.places {
        let degrees = |v: Option<f64>| v.map(|v| format!("{v:.4}")).unwrap_or_default();
        places.row([place.cell.clone(), degrees(place.lat), degrees(place.lon), place.events.to_string()]);
    }
    let silence = word(work.lang, "silence");
    let silences: String =
        view.silences.iter().map(|s| format!("{silence}: {} – {}\n", text(&s.from), text(&s.to))).collect();
    let who = node_line(work.lang, &view.node).join("  ");
    write(&format!(
        "{}\n{}: {}  {}\n{}{}{silences}{}\n",
        who.trim_end(),
        word(work.lang, "events"),
        view.events,
        proof(&view.evidence, view.rows),
        table.render(),
        if view.places.is_empty() { String::new() } else { places.render() },
        view.note
    ))
}

/// `changes`
pub(crate) fn changes(
    work: &Work,
    dir: &Path,
    since: &str,
    ids: &[String],
    choice: &Choice<'_>,
    limit: usize,
) -> anyhow::Result<()> {
    let since = moment_of("since", since)?;
    let case = Case::open(dir)?;
    let view = session(work, &case)?.changes(since, ids, &choice.layers()?, limit)?;
    if work.json {
        return json(&view);
    }
    let header =
        ["source", "label", "target", "label", "layer", "change", "before", "since", "strength", "row"];
    let mut table = TextTable::worded(work.lang, &header);
    for change in &view.changes {
        table.row([
            change.source.id.clone(),
            change.source.label.clone(),
            change.target.id.clone(),
            change.target.label.clone(),
            word(work.lang, &change.layer),
            change.text.clone(),
            change.before.to_string(),
            change.since.to_string(),
            format!("{:.1}", change.strength),
            change.edges.first().map(|e| proof(&e.evidence, e.rows)).unwrap_or_default(),
        ]);
    }
    write(&format!("{}{}{}\n", table.render(), cuts(&view.cuts), view.note))
}

/// `rank`
pub(crate) fn rank(
    work: &Work,
    dir: &Path,
    by: &str,
    choice: &Choice<'_>,
    limit: usize,
) -> anyhow::Result<()> {
    let measure = Measure::parse(by).ok_or_else(|| {
        fault_of(
            format!("--by {by}: measures are contacts, reached, between and core"),
            format!("--by {by}: las medidas son contacts, reached, between y core"),
        )
    })?;
    let case = Case::open(dir)?;
    let view = session(work, &case)?.rank(measure, &choice.scope()?, limit)?;
    if work.json {
        return json(&view);
    }
    let mut table = TextTable::worded(work.lang, &["id", "kind", "label", "", "value"]);
    for ranked in &view.nodes {
        let whole = matches!(measure, Measure::Contacts | Measure::Core);
        let value = if whole { format!("{:.0}", ranked.value) } else { format!("{:.6}", ranked.value) };
        table.row(node_line(work.lang, &ranked.node).into_iter().chain([value]));
    }
    write(&format!(
        "{}\n{}\n{}{}{}\n",
        view.question,
        view.method,
        table.render(),
        cuts(&view.cuts),
        view.note
    ))
}
