//! Commands that change a case or check it.

use crate::args::Class;
use crate::context::{Work, country, now_us};
use crate::output::{TextTable, json, word, write};
use crate::wording::fault_of;
use engine::case::{Case, FileOutcome};
use engine::disclose::audience::Lang;
use engine::disclose::messages;
use engine::ingest::load::{FileState, LoadOptions};
use engine::ingest::mapping::Mapping;
use engine::machine;
use engine::model::record::TableKind;
use engine::normalise::date::DateOrder;
use engine::session::Session;
use engine::stage::{Stage, StageReport};
use engine::store::case::CaseInfo;
use engine::store::verify::Problem as VerifyProblem;
use serde_json::{Value, json as object};
use std::path::{Path, PathBuf};

/// `new`
pub(crate) fn new(
    work: &Work,
    dir: &Path,
    title: &str,
    code: Option<&str>,
    authority: &str,
) -> anyhow::Result<()> {
    let info = CaseInfo {
        title: title.to_owned(),
        country: country(code)?,
        authority: authority.to_owned(),
        created_us: now_us()?,
    };
    Case::create(dir, &info)?;
    if work.json {
        return json(&object!({ "case": dir, "title": title, "country": info.country.map(|c| c.code()) }));
    }
    write(&format!("{}\n", dir.display()))
}

/// What `load` is asked for.
pub(crate) struct Load<'a> {
    pub(crate) paths: &'a [PathBuf],
    pub(crate) kind: Option<TableKind>,
    pub(crate) mapping: Option<&'a Path>,
    pub(crate) country: Option<&'a str>,
    pub(crate) dates: Option<DateOrder>,
    pub(crate) reference: bool,
    pub(crate) dry_run: bool,
    pub(crate) strict: bool,
}

/// `load`
///
/// # Returns     whether every file was taken
pub(crate) fn load(work: &Work, dir: &Path, asked: &Load<'_>) -> anyhow::Result<bool> {
    let case = Case::open(dir)?;
    let options = LoadOptions {
        kind: asked.kind,
        mapping: asked.mapping.map(Mapping::read).transpose()?,
        country: country(asked.country)?,
        dates: asked.dates,
        reference: asked.reference,
        dry_run: asked.dry_run,
        strict: asked.strict,
        actor: work.actor.clone(),
        bulk_from: None,
    };
    let begun = std::time::Instant::now();
    let outcomes = case.load(asked.paths, &options, &work.run())?;
    let seconds = begun.elapsed().as_secs_f64();
    if work.json {
        json(&load_json(&outcomes, seconds))?;
    } else {
        write(&load_text(work.lang, &outcomes))?;
    }
    Ok(outcomes.iter().all(|o| o.result.is_ok()))
}

fn state(state: FileState) -> &'static str {
    match state {
        FileState::Loaded => "loaded",
        FileState::AlreadyLoaded => "already_loaded",
        FileState::Tried => "tried",
        FileState::Superseded => "superseded",
    }
}

/// What a load did, as scripts read it: one entry for each table of each file.
pub(crate) fn load_json(outcomes: &[FileOutcome], seconds: f64) -> Value {
    let mut sum = [0u64; 5];
    let mut files = Vec::new();
    for outcome in outcomes {
        match &outcome.result {
            Err(error) => files.push(object!({ "path": outcome.path, "error": error.to_string() })),
            Ok(report) => {
                for table in &report.tables {
                    let r = &table.receipt;
                    for (total, part) in sum.iter_mut().zip([r.read, r.kept, r.refused, r.repeated, r.other])
                    {
                        *total += part;
                    }
                    files.push(object!({
                        "path": report.path,
                        "sha256": report.digest.to_hex(),
                        "sheet": table.key.sheet,
                        "source": table.key.short(),
                        "state": state(report.state),
                        "kind": table.kind.as_str(),
                        "template": table.template,
                        "encoding": table.encoding,
                        "delimiter": table.delimiter,
                        "header_row": table.header_row,
                        "rows": {
                            "read": r.read, "kept": r.kept, "refused": r.refused,
                            "repeated": r.repeated, "other": r.other,
                        },
                        "declared": table.declared,
                        "needs_decision": table.needs_decision,
                        "columns": table.columns.iter().map(|c| object!({
                            "header": c.header, "role": c.role, "confidence": c.confidence,
                        })).collect::<Vec<_>>(),
                    }));
                }
            }
        }
    }
    let [read, kept, refused, repeated, other] = sum;
    object!({
        "files": files,
        "rows": { "read": read, "kept": kept, "refused": refused, "repeated": repeated, "other": other },
        "seconds": seconds,
        "peak_memory_bytes": machine::peak_memory_bytes(),
    })
}

/// What a load did, as a person reads it.
pub(crate) fn load_text(lang: Lang, outcomes: &[FileOutcome]) -> String {
    let mut table = TextTable::worded(
        lang,
        &["file", "kind", "template", "read", "kept", "refused", "repeated", "other", ""],
    );
    let mut notes = String::new();
    for outcome in outcomes {
        let file = outcome.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        match &outcome.result {
            Err(error) => notes.push_str(&format!("✕ {}\n", error.in_words(lang))),
            Ok(report) => {
                for t in &report.tables {
                    let name =
                        if t.key.sheet.is_empty() { file.clone() } else { format!("{file}#{}", t.key.sheet) };
                    let r = &t.receipt;
                    table.row([
                        name.clone(),
                        word(lang, t.kind.as_str()),
                        t.template.clone(),
                        r.read.to_string(),
                        r.kept.to_string(),
                        r.refused.to_string(),
                        r.repeated.to_string(),
                        r.other.to_string(),
                        word(lang, state(report.state)),
                    ]);
                    if let Some(need) = &t.needs_decision {
                        notes.push_str(&format!("▲ {name}: {}\n", messages::open_questions(lang, need)));
                    }
                }
            }
        }
    }
    format!("{}{notes}", table.render())
}

/// `run`, `resolve`, `analyse`
pub(crate) fn run(work: &Work, dir: &Path, only: &[Stage], retrain: bool) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let reports = if retrain {
        case.retrain(only, &work.actor, work.why.as_deref().unwrap_or_default(), &work.run())?
    } else {
        case.run(only, &work.run())?
    };
    if work.json {
        json(&object!({ "stages": stages_json(work.lang, &reports) }))
    } else {
        write(&stages_text(work.lang, &reports))
    }
}

/// The stages a user named.
pub(crate) fn stages(words: &[String]) -> anyhow::Result<Vec<Stage>> {
    words
        .iter()
        .map(|word| {
            Stage::parse(word.trim()).ok_or_else(|| {
                let known = Stage::ALL.map(Stage::as_str).join(", ");
                fault_of(
                    format!("--only {word}: stages are {known}"),
                    format!("--only {word}: las etapas son {known}"),
                )
            })
        })
        .collect()
}

fn stages_json(lang: Lang, reports: &[StageReport]) -> Vec<Value> {
    let one = |r: &StageReport| {
        object!({
            "name": r.stage.as_str(),
            "seconds": r.seconds,
            "skipped": r.skipped,
            "warnings": warning(lang, r).into_iter().collect::<Vec<_>>(),
        })
    };
    reports.iter().map(one).collect()
}

/// What a user should know of a stage besides its results.
fn warning(lang: Lang, report: &StageReport) -> Option<String> {
    let outgrown = report.outgrown?;
    let (trained_on, mentions) = (outgrown.trained_on.to_string(), outgrown.mentions.to_string());
    Some(messages::text(lang, "resolve.outgrown", &[("trained_on", &trained_on), ("mentions", &mentions)]))
}

pub(crate) fn stages_text(lang: Lang, reports: &[StageReport]) -> String {
    let mut table = TextTable::worded(lang, &["stage", "seconds", ""]);
    for r in reports {
        let note = if r.skipped { word(lang, "fresh") } else { String::new() };
        table.row([word(lang, r.stage.as_str()), format!("{:.2}", r.seconds), note]);
    }
    let warnings = reports.iter().filter_map(|r| warning(lang, r));
    table.render() + &warnings.map(|w| format!("▲ {w}\n")).collect::<String>()
}

/// `protect`
pub(crate) fn protect(work: &Work, dir: &Path, id: &str, class: Class) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let class = class.into();
    // The reason here is that of the label; a clearance for looking is asked for separately.
    Session::open(&case, work.visitor())?.protect(id, class, work.reason()?)?;
    if work.json {
        json(&object!({ "class": class.as_str() }))
    } else {
        write(&format!("{}\n", class.as_str()))
    }
}

/// `verify`
///
/// # Returns     whether everything holds
pub(crate) fn verify(work: &Work, dir: &Path) -> anyhow::Result<bool> {
    let case = Case::open(dir)?;
    let report = case.verify(&work.run())?;
    let problems = |list: &[VerifyProblem]| -> Vec<Value> {
        list.iter()
            .map(|p| object!({ "what": p.what, "place": p.place, "detail": work.lang.of(&p.detail) }))
            .collect()
    };
    if work.json {
        json(&object!({
            "holds": report.holds(),
            "checked": report.checked,
            "bytes": report.bytes,
            "problems": problems(&report.problems),
            "notes": problems(&report.notes),
            "content_hash": case.content_hash()?,
        }))?;
    } else {
        let mut out = String::new();
        for (mark, list) in [("✕", &report.problems), ("·", &report.notes)] {
            for p in list {
                let what = messages::find(work.lang, &format!("verify.{}", p.what)).unwrap_or(p.what);
                out.push_str(&format!("{mark} {what}, {}: {}\n", p.place, work.lang.of(&p.detail)));
            }
        }
        let (mark, outcome) = if report.holds() { ("✓", "verify.holds") } else { ("✕", "verify.fails") };
        let (checked, bytes) = (report.checked.to_string(), report.bytes.to_string());
        let values = [("checked", checked.as_str()), ("bytes", &bytes)];
        out.push_str(&format!("{mark} {}\n", messages::text(work.lang, outcome, &values)));
        write(&out)?;
    }
    Ok(report.holds())
}

/// `export`
pub(crate) fn export(work: &Work, dir: &Path, format: &str, output: &Path) -> anyhow::Result<()> {
    let case = Case::open(dir)?;
    let written = Session::open(&case, work.visitor())?.export(format, output)?;
    if work.json {
        return json(&object!({ "format": format, "files": written }));
    }
    let lines: String = written.iter().map(|p| format!("{}\n", p.display())).collect();
    write(&lines)
}
