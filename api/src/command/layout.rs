//! Commands about how a file is read: propose a mapping, take a source back.

use crate::context::{Work, country};
use crate::output::{TextTable, json, write};
use crate::wording::{fault, fault_of};
use engine::case::Case;
use engine::disclose::messages;
use engine::ingest::load::LoadOptions;
use engine::ingest::mapping::Mapping;
use engine::ingest::propose::{Proposal, propose};
use engine::model::phrase::system_fault;
use engine::model::record::TableKind;
use serde_json::{Value, json as object};
use std::path::Path;

/// What `map` is asked for.
pub(crate) struct Map<'a> {
    pub(crate) file: &'a Path,
    pub(crate) output: Option<&'a Path>,
    pub(crate) kind: Option<TableKind>,
    pub(crate) mapping: Option<&'a Path>,
    pub(crate) country: Option<&'a str>,
}

/// `map`
pub(crate) fn map(work: &Work, asked: &Map<'_>) -> anyhow::Result<()> {
    let options = LoadOptions {
        kind: asked.kind,
        mapping: asked.mapping.map(Mapping::read).transpose()?,
        country: country(asked.country)?,
        actor: work.actor.clone(),
        ..LoadOptions::default()
    };
    let proposals = propose(asked.file, &options, &work.run())?;
    let best = proposals.first().ok_or_else(|| {
        fault(
            "the file holds no table to propose a mapping for",
            "el archivo no contiene ninguna tabla para la que proponer un mapeo",
        )
    })?;
    let toml = best.to_toml(|open| messages::question(work.lang, open));
    if let Some(output) = asked.output {
        std::fs::write(output, &toml).map_err(|e| {
            fault_of(
                format!("cannot write {}: {e}; check that its folder exists and may be written to", output.display()),
                format!(
                    "no se puede escribir {}: {}; compruebe que su carpeta existe y que se puede escribir en ella",
                    output.display(),
                    system_fault(&e)
                ),
            )
        })?;
    }
    if work.json {
        return json(&object!({
            "path": asked.file,
            "output": asked.output,
            "mapping": toml,
            "tables": proposals.iter().map(table_json).collect::<Vec<_>>(),
        }));
    }
    match asked.output {
        None => write(&toml),
        Some(output) => {
            let mut table = TextTable::new(&["column", "role", "confidence", "from"]);
            for c in &best.columns {
                table.row([
                    c.header.clone(),
                    c.role.as_str().to_owned(),
                    format!("{:.2}", c.confidence),
                    c.basis.as_str().to_owned(),
                ]);
            }
            let needs: String =
                best.undecided.iter().map(|u| format!("▲ {}\n", messages::question(work.lang, u))).collect();
            write(&format!("{}{needs}{}\n", table.render(), output.display()))
        }
    }
}

fn table_json(p: &Proposal) -> Value {
    object!({
        "sheet": p.sheet,
        "kind": p.kind.as_str(),
        "template": p.template,
        "recognised": p.template.is_some(),
        "needs_decision": p.undecided.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "columns": p.columns.iter().map(|c| object!({
            "header": c.header,
            "role": c.role.as_str(),
            "confidence": c.confidence,
            "basis": c.basis.as_str(),
        })).collect::<Vec<_>>(),
    })
}

/// `withdraw`
pub(crate) fn withdraw(work: &Work, dir: &Path, source: &str) -> anyhow::Result<()> {
    let taken = Case::open(dir)?.withdraw(source, &work.actor, work.reason()?)?;
    if work.json {
        return json(&object!({ "withdrawn": taken }));
    }
    write(&taken.iter().map(|key| format!("{key}\n")).collect::<String>())
}
