//! Commands about who is who: what to look at, how an entity came about, judgements, past identities.

use crate::args::{Answer, IdentityCommand};
use crate::command::ask;
use crate::command::query::last_moment_of;
use crate::context::Work;
use crate::output::{TextTable, json, word, write};
use crate::wording::fault;
use engine::case::Case;
use engine::disclose::audience::Lang;
use engine::disclose::view::explain::MentionSide;
use engine::disclose::view::lineage::{HistoryView, LineageView};
use engine::session::Session;
use serde_json::json as object;
use std::path::Path;

fn session<'c>(work: &Work, case: &'c Case) -> anyhow::Result<Session<'c>> {
    Ok(Session::open(case, work.visitor())?)
}

/// Does what a command about who is who says.
pub(crate) fn run(work: &Work, asked: &IdentityCommand) -> anyhow::Result<()> {
    match asked {
        IdentityCommand::Explain { case: at, a, b: Some(b) } => ask::explain(work, &at.case, a, b),
        IdentityCommand::Explain { case: at, a, b: None } => lineage(work, &at.case, a),
        IdentityCommand::Review { case: at, limit } => review(work, &at.case, *limit),
        IdentityCommand::Merge { case: at, ids } => merge(work, &at.case, ids),
        IdentityCommand::Split { case: at, id, mentions } => split(work, &at.case, id, mentions),
        IdentityCommand::Judge { case: at, a, b, answer, undo: numbers } => match (a, b, answer) {
            _ if !numbers.is_empty() => undo(work, &at.case, numbers),
            (Some(a), Some(b), Some(answer)) => judge(work, &at.case, a, b, *answer),
            _ => Err(fault(
                "judge: give A B same|different|unsure, or --undo N",
                "judge: indique A B same|different|unsure, o --undo N",
            )),
        },
    }
}

/// `judge`
fn judge(work: &Work, dir: &Path, a: &str, b: &str, answer: Answer) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let number = session(work, &case)?.judge(a, b, answer.into(), work.reason()?)?;
    if work.json { json(&object!({ "number": number })) } else { write(&format!("{number}\n")) }
}

/// `judge --undo`
fn undo(work: &Work, dir: &Path, numbers: &[u64]) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    session(work, &case)?.undo_all(numbers, work.reason()?)?;
    match numbers {
        [number] if work.json => json(&object!({ "undone": number })),
        _ if work.json => json(&object!({ "undone": numbers })),
        _ => write(&lines(numbers)),
    }
}

/// `merge`
fn merge(work: &Work, dir: &Path, ids: &[String]) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let numbers = session(work, &case)?.merge(ids, work.reason()?)?;
    if work.json { json(&object!({ "numbers": numbers })) } else { write(&lines(&numbers)) }
}

/// `split`
fn split(work: &Work, dir: &Path, id: &str, mentions: &[String]) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let numbers = session(work, &case)?.split(id, mentions, work.reason()?)?;
    if work.json { json(&object!({ "numbers": numbers })) } else { write(&lines(&numbers)) }
}

fn lines(numbers: &[u64]) -> String {
    numbers.iter().map(|n| format!("{n}\n")).collect()
}

/// `review`
fn review(work: &Work, dir: &Path, limit: usize) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let view = session(work, &case)?.review(limit)?;
    if work.json {
        return json(&view);
    }
    let mut table =
        TextTable::worded(work.lang, &["value", "probability", "now", "id", "label", "id", "label", "", ""]);
    for pair in &view.pairs {
        table.row([
            format!("{:.1}", pair.value),
            format!("{:.3}", pair.probability),
            word(work.lang, if pair.same_entity { "joined" } else { "apart" }),
            pair.a.id.clone(),
            pair.a.label.clone(),
            pair.b.id.clone(),
            pair.b.label.clone(),
            pair.a_mention.clone(),
            pair.b_mention.clone(),
        ]);
    }
    write(&table.render())
}

/// `explain` of one entity
fn lineage(work: &Work, dir: &Path, id: &str) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let view = session(work, &case)?.lineage(id)?;
    if work.json { json(&view) } else { write(&told(work.lang, &view)) }
}

/// Where a mention stands, and what it writes.
fn place(side: &MentionSide) -> String {
    format!("{}:{} {}", side.file, side.row, side.name)
}

fn told(lang: Lang, view: &LineageView) -> String {
    let mut out = format!("{}  {}\n{}\n", view.node.id, view.node.label, view.sentence);
    let mut table = TextTable::worded(lang, &["left", "right", "average", "strongest", "", "bits", ""]);
    for (at, join) in view.joins.iter().enumerate() {
        let side = |side: &Option<MentionSide>| side.as_ref().map(place).unwrap_or_default();
        let mark = match (join.judged, view.weakest == Some(at)) {
            (true, _) => word(lang, "decision"),
            (_, true) => word(lang, "weakest"),
            _ => String::new(),
        };
        table.row([
            join.left.to_string(),
            join.right.to_string(),
            format!("{:+.2}", join.average_bits),
            side(&join.a),
            side(&join.b),
            format!("{:+.2}", join.strongest_bits),
            mark,
        ]);
    }
    out.push_str(&table.render());
    for conflict in &view.conflicts {
        out.push_str(&format!("▲ {}\n", conflict.sentence));
    }
    let mut table = TextTable::worded(lang, &["kin_of", "label", "probability"]);
    for kin in &view.kin {
        table.row([kin.node.id.clone(), kin.node.label.clone(), format!("{:.2}", kin.probability)]);
    }
    if !view.kin.is_empty() {
        out.push_str(&table.render());
    }
    let mut table = TextTable::worded(lang, &["number", "decision", "when", "", "why"]);
    for d in &view.decisions {
        let at = d.at.clone().unwrap_or_default();
        table.row([d.number.to_string(), d.judgement.clone(), at, d.actor.clone(), d.why.clone()]);
    }
    if !view.decisions.is_empty() {
        out.push_str(&table.render());
    }
    out.push_str(&history(lang, &view.history));
    out
}

/// What became of an id, one line a change.
pub(super) fn history(lang: Lang, lines: &[HistoryView]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut table = TextTable::worded(lang, &["when", "change"]);
    for line in lines {
        table.row([line.at.clone().unwrap_or_default(), line.text.clone()]);
    }
    table.render()
}

/// `show --as-of`
pub(crate) fn as_of(work: &Work, dir: &Path, id: &str, date: &str) -> anyhow::Result<()> {
    let moment = last_moment_of("as-of", date)?;
    let case = Case::open(dir)?;
    let view = session(work, &case)?.as_of(id, moment)?;
    if work.json {
        return json(&view);
    }
    let mut table = TextTable::worded(work.lang, &["file", "rows", "label", "now"]);
    for mention in &view.mentions {
        table.row([
            mention.file.clone(),
            mention.row.to_string(),
            mention.name.clone(),
            mention.node.id.clone(),
        ]);
    }
    let at = view.as_of.clone().unwrap_or_default();
    write(&format!("{}  {at}\n{}", view.id, table.render()))
}
