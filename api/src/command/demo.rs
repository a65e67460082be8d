//! `demo`: the main job on the training case, with what was found held against what is true.

use crate::command::{case, serve};
use crate::context::{Work, now_us};
use crate::output::{TextTable, json, word, write};
use crate::wording::fault_of;
use engine::case::{Case, FileOutcome};
use engine::disclose::audience::Lang;
use engine::disclose::messages;
use engine::ingest::load::LoadOptions;
use engine::machine;
use engine::model::phrase::system_fault;
use engine::network::Node;
use engine::pipeline::{Audience, Derived};
use engine::stage::StageReport;
use engine::store::case::CaseInfo;
use fixtures::golden::write_golden;
use fixtures::truth::compare::{
    FindingScore, NetworkScore, PlainFinding, ResolutionScore, findings, networks, resolution,
};
use fixtures::truth::{MentionAddress, Truth};
use serde_json::{Value, json as object};
use std::collections::BTreeMap;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// How the answer compares with the truth.
struct Comparison {
    resolution: ResolutionScore,
    networks: Vec<NetworkScore>,
    findings: FindingScore,
    mentions: u64,
    entities: u64,
    communities: u64,
    found: u64,
}

/// Loads a world, analyses it, tells how well it did, and serves it.
pub(crate) fn run(
    work: &Work,
    dir: Option<&Path>,
    world: Option<&Path>,
    listen: SocketAddr,
    no_serve: bool,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    let base = match dir {
        Some(dir) => dir.to_path_buf(),
        None => fresh_folder()?,
    };
    let world = match world {
        Some(world) => world.to_path_buf(),
        None => {
            let golden = base.join("world");
            write_golden(&golden)?;
            golden
        }
    };
    let seized = world.join("seized");
    if !seized.is_dir() {
        return Err(fault_of(
            format!("{}: no folder `seized` here; make a world with `madeja generate`", world.display()),
            format!(
                "{}: no hay aquí una carpeta `seized`; genere un mundo con `madeja generate`",
                world.display()
            ),
        ));
    }
    let folder = base.join("case");
    let info = CaseInfo {
        title: "Hilo Añil".to_owned(),
        country: None,
        authority: "Caso de práctica".to_owned(),
        created_us: now_us()?,
    };
    let opened =
        if folder.join("case.db").is_file() { Case::open(&folder) } else { Case::create(&folder, &info) };
    let opened = opened?;
    let options = LoadOptions { actor: work.actor.clone(), ..LoadOptions::default() };
    let loading = Instant::now();
    let outcomes = opened.load(std::slice::from_ref(&seized), &options, &work.run())?;
    let load_seconds = loading.elapsed().as_secs_f64();
    let stages = opened.run(&[], &work.run())?;
    let truth = world.join("truth");
    let comparison =
        if truth.is_dir() { Some(compare(&opened, &seized, &Truth::read(&truth)?)?) } else { None };
    let seconds = begun.elapsed().as_secs_f64();
    if work.json {
        json(&summary_json(
            work.lang,
            &folder,
            &outcomes,
            load_seconds,
            &stages,
            comparison.as_ref(),
            seconds,
        ))?;
    } else {
        write(&summary_text(work.lang, &folder, &outcomes, &stages, comparison.as_ref(), seconds))?;
    }
    drop(opened);
    if no_serve { Ok(()) } else { serve::run(work, &[folder], listen) }
}

/// A new folder under the system's temporary files.
fn fresh_folder() -> anyhow::Result<PathBuf> {
    for number in 0..10_000 {
        let path = std::env::temp_dir().join(format!("madeja-demo-{}-{number}", std::process::id()));
        match std::fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => {
                return Err(fault_of(
                    format!("{}: {e}; give a folder with --dir", path.display()),
                    format!("{}: {}; indique una carpeta con --dir", path.display(), system_fault(&e)),
                ));
            }
        }
    }
    let temporary = std::env::temp_dir();
    Err(fault_of(
        format!("no free folder under {}; give one with --dir", temporary.display()),
        format!("no hay carpeta libre bajo {}; indique una con --dir", temporary.display()),
    ))
}

/// Holds what was found against what is true. The engine itself never reads the truth.
fn compare(case: &Case, seized: &Path, truth: &Truth) -> anyhow::Result<Comparison> {
    let derived = case.derived(Audience::All)?;
    let network = &derived.network;
    let address = |mention: engine::model::ids::MentionId| -> Option<MentionAddress> {
        let source = derived.snapshot.source(mention.record.source)?;
        let path = Path::new(&source.original_path);
        let inner = path.strip_prefix(seized).unwrap_or(path);
        let parts: Vec<String> =
            inner.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
        Some(MentionAddress {
            file: parts.join("/"),
            sheet: source.key.sheet.clone(),
            row: mention.record.row,
            role: mention.role,
        })
    };
    let mut answer: Vec<(MentionAddress, u32)> = Vec::new();
    let mut named: BTreeMap<u32, BTreeMap<&str, u32>> = BTreeMap::new();
    for (mention, entity) in network.mentions.iter().zip(&network.entity_of) {
        let (Some(entity), Some(address)) = (entity, address(mention.mention)) else { continue };
        if let Some(person) = truth.person_of(&address) {
            *named.entry(*entity).or_default().entry(person).or_default() += 1;
        }
        answer.push((address, *entity));
    }
    let members = members(&derived, truth, &named);
    let found: Vec<PlainFinding> = derived
        .findings
        .iter()
        .map(|f| PlainFinding {
            typology: f.typology,
            subject: f.subject.to_string(),
            related: f.related.iter().map(ToString::to_string).collect(),
            from_us: f.from_us,
            to_us: f.to_us,
        })
        .collect();
    let communities = {
        let mut sizes: BTreeMap<u32, u32> = BTreeMap::new();
        for label in derived.community.iter().flatten() {
            *sizes.entry(*label).or_default() += 1;
        }
        sizes.values().filter(|size| **size > 1).count() as u64
    };
    Ok(Comparison {
        resolution: resolution(truth, &answer),
        networks: networks(truth, &members),
        findings: findings(truth, &found),
        mentions: answer.len() as u64,
        entities: network.entities.len() as u64,
        communities,
        found: found.len() as u64,
    })
}

/// Community and true person of every node that acts with others of its community: the person most of whose mentions an
/// entity holds, the users of a bare number or account.
fn members(
    derived: &Derived,
    truth: &Truth,
    named: &BTreeMap<u32, BTreeMap<&str, u32>>,
) -> Vec<(String, String)> {
    let network = &derived.network;
    let mut members = Vec::new();
    for ((node, label), attached) in network.nodes.iter().zip(&derived.community).zip(&derived.attached) {
        let Some(label) = label.filter(|_| !attached) else { continue };
        let people: Vec<&str> = match node {
            Node::Entity(e) => {
                let most = named.get(e).and_then(|counts| {
                    counts.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0))).map(|(person, _)| *person)
                });
                most.into_iter().collect()
            }
            Node::Identifier(i) => {
                network.identifier(*i).map(|id| truth.users_of(&id.to_string())).unwrap_or_default()
            }
        };
        members.extend(people.into_iter().map(|p| (label.to_string(), p.to_owned())));
    }
    members
}

fn summary_json(
    lang: Lang,
    folder: &Path,
    outcomes: &[FileOutcome],
    load_seconds: f64,
    stages: &[StageReport],
    comparison: Option<&Comparison>,
    seconds: f64,
) -> Value {
    let mut out = object!({
        "case": folder,
        "load": case::load_json(lang, outcomes, load_seconds),
        "stages": stages.iter().map(|s| object!({
            "name": s.stage.as_str(), "seconds": s.seconds, "skipped": s.skipped,
        })).collect::<Vec<_>>(),
        "seconds": seconds,
        "peak_memory_bytes": machine::peak_memory_bytes(),
    });
    if let (Some(c), Some(map)) = (comparison, out.as_object_mut()) {
        map.insert(
            "resolution".into(),
            object!({
                "precision": c.resolution.pairwise.precision,
                "recall": c.resolution.pairwise.recall,
                "f1": c.resolution.pairwise.f1,
                "b_cubed_f1": c.resolution.b_cubed.f1,
                "innocents_merged_with_suspects": c.resolution.innocents_merged,
                "mentions": c.resolution.mentions,
                "missing": c.resolution.missing,
                "unknown": c.resolution.unknown,
                "entities": c.entities,
            }),
        );
        map.insert(
            "networks".into(),
            c.networks
                .iter()
                .map(|n| {
                    object!({
                        "id": n.network, "size": n.size, "community_size": n.community_size,
                        "precision": n.score.precision, "recall": n.score.recall,
                    })
                })
                .collect(),
        );
        map.insert("communities".into(), object!(c.communities));
        map.insert(
            "findings".into(),
            object!({
                "precision": c.findings.score.precision,
                "recall": c.findings.score.recall,
                "found": c.found,
                "by_typology": c.findings.by_typology.iter().map(|(name, s)| {
                    ((*name).to_owned(), object!({ "precision": s.precision, "recall": s.recall }))
                }).collect::<serde_json::Map<String, Value>>(),
                "look_alikes_reported": c.findings.decoys_reported,
                "missed": c.findings.missed,
            }),
        );
    }
    out
}

fn summary_text(
    lang: Lang,
    folder: &Path,
    outcomes: &[FileOutcome],
    stages: &[StageReport],
    comparison: Option<&Comparison>,
    seconds: f64,
) -> String {
    let mut out = case::load_text(lang, outcomes);
    out.push('\n');
    out.push_str(&case::stages_text(lang, stages));
    if let Some(c) = comparison {
        let percent = |x: f64| format!("{:.1}%", x * 100.0);
        let say = |key: &str, values: &[(&str, String)]| {
            let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
            messages::text(lang, key, &values)
        };
        let mut table = TextTable::worded(lang, &["", "precision", "recall", ""]);
        let r = &c.resolution;
        table.row([
            word(lang, "identity"),
            percent(r.pairwise.precision),
            percent(r.pairwise.recall),
            say(
                "demo.identity",
                &[
                    ("f1", percent(r.pairwise.f1)),
                    ("b_cubed", percent(r.b_cubed.f1)),
                    ("mentions", c.mentions.to_string()),
                    ("entities", c.entities.to_string()),
                    ("innocents", r.innocents_merged.to_string()),
                ],
            ),
        ]);
        for n in &c.networks {
            table.row([
                format!("{} {}", word(lang, "network"), n.network),
                percent(n.score.precision),
                percent(n.score.recall),
                say(
                    "demo.network",
                    &[
                        ("size", n.size.to_string()),
                        ("community", n.community_size.to_string()),
                        ("communities", c.communities.to_string()),
                    ],
                ),
            ]);
        }
        table.row([
            word(lang, "findings"),
            percent(c.findings.score.precision),
            percent(c.findings.score.recall),
            say("demo.findings", &[("count", c.found.to_string())]),
        ]);
        out.push('\n');
        out.push_str(&table.render());
    }
    out.push_str(&format!("\n{}  {seconds:.1} s\n", folder.display()));
    out
}
