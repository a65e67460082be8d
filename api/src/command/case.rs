//! Commands that change a case or check it.

use crate::args::Class;
use crate::context::{Work, country, now_us};
use crate::output::{TextTable, json, word, write};
use crate::wording::fault_of;
use engine::case::{Case, FileOutcome};
use engine::disclose::audience::Lang;
use engine::disclose::messages;
use engine::ingest::estimate::Estimate;
use engine::ingest::load::{FileState, LoadOptions};
use engine::ingest::mapping::Mapping;
use engine::machine;
use engine::model::record::TableKind;
use engine::normalise::date::DateOrder;
use engine::session::Session;
use engine::stage::{Stage, StageReport};
use engine::store::case::CaseInfo;
use engine::store::verify::Problem as VerifyProblem;
use indicatif::{HumanBytes, HumanCount};
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
    let estimate =
        if asked.dry_run { Some(case.estimate(asked.paths, &options, &work.run())?) } else { None };
    let free = machine::free_disk_bytes(dir);
    if let Some(estimate) = &estimate {
        eprint!("{}", estimate_text(work.lang, estimate, free));
    }
    let begun = std::time::Instant::now();
    let outcomes = case.load(asked.paths, &options, &work.run())?;
    let seconds = begun.elapsed().as_secs_f64();
    if work.json {
        let mut said = load_json(work.lang, &outcomes, seconds);
        if let Some(e) = &estimate {
            said["estimate"] = object!({
                "files": e.files, "bytes": e.bytes, "rows": e.rows, "seconds": e.seconds,
                "memory_bytes": e.memory_bytes, "disk_bytes": e.disk_bytes, "free_disk_bytes": free,
            });
        }
        json(&said)?;
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
pub(crate) fn load_json(lang: Lang, outcomes: &[FileOutcome], seconds: f64) -> Value {
    let mut sum = [0u64; 5];
    let mut files = Vec::new();
    for outcome in outcomes {
        match &outcome.result {
            Err(error) => files.push(object!({ "path": outcome.path, "error": error.in_words(lang) })),
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
                        "resumed_bytes": table.resumed,
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

/// What a load will take, as a person reads it, and whether the disk has the room.
fn estimate_text(lang: Lang, estimate: &Estimate, free: Option<u64>) -> String {
    let size = |bytes: u64| HumanBytes(bytes).to_string();
    let count = |n: u64| HumanCount(n).to_string();
    let texts = [
        ("files", count(estimate.files)),
        ("bytes", size(estimate.bytes)),
        ("rows", count(estimate.rows)),
        ("seconds", format!("{:.1}", estimate.seconds)),
        ("memory", size(estimate.memory_bytes)),
        ("disk", size(estimate.disk_bytes)),
        ("free", free.map_or_else(|| "?".to_owned(), size)),
    ];
    let values = texts.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mut out = format!("≈ {}\n", messages::text(lang, "load.estimate", &values));
    if free.is_some_and(|free| free < estimate.disk_bytes) {
        out.push_str(&format!("▲ {}\n", messages::text(lang, "load.no_room", &values)));
    }
    out
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
                    if t.resumed > 0 {
                        let bytes = HumanBytes(t.resumed).to_string();
                        let values = [("file", name.as_str()), ("bytes", bytes.as_str())];
                        notes.push_str(&format!("▲ {}\n", messages::text(lang, "load.resumed", &values)));
                    }
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
pub(crate) fn verify(work: &Work, dir: &Path, rebuild: bool) -> anyhow::Result<bool> {
    let case = Case::open(dir)?;
    let mut report = case.verify(&work.run())?;
    let rebuilt = if rebuild { Some(case.rebuild(&work.run())?) } else { None };
    report.problems.extend(rebuilt.iter().flat_map(|r| r.problems.iter().cloned()));
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
            "rebuilt": rebuilt.map(|r| object!({
                "files": r.files, "members": r.members, "left_out": r.left_out, "bytes": r.bytes,
            })),
        }))?;
    } else {
        let mut out = String::new();
        for (mark, list) in [("✕", &report.problems), ("·", &report.notes)] {
            for p in list {
                let what = messages::find(work.lang, &format!("verify.{}", p.what)).unwrap_or(p.what);
                out.push_str(&format!("{mark} {what}, {}: {}\n", p.place, work.lang.of(&p.detail)));
            }
        }
        if let Some(r) = rebuilt {
            let [files, members, left_out, bytes] =
                [r.files, r.members, r.left_out, r.bytes].map(|n| n.to_string());
            let values = [
                ("files", files.as_str()),
                ("members", &members),
                ("left_out", &left_out),
                ("bytes", &bytes),
            ];
            out.push_str(&format!("· {}\n", messages::text(work.lang, "verify.rebuilt", &values)));
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
