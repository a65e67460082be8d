//! The golden world's seized files against the receipts and refusals that their maker wrote down.

use ingest::load::{LoadOptions, load_path};
use model::ids::Seed;
use model::place::Country;
use model::run::{RunContext, Silent};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use store::case::{CaseInfo, CaseStore};

type Failure = Box<dyn std::error::Error>;

fn table(path: &Path) -> Result<Vec<BTreeMap<String, String>>, Failure> {
    let mut reader = csv::Reader::from_path(path)?;
    Ok(reader.deserialize().collect::<Result<_, _>>()?)
}

fn field<'a>(row: &'a BTreeMap<String, String>, name: &str) -> &'a str {
    row.get(name).map_or("", String::as_str)
}

#[test]
fn every_receipt_and_refusal_is_as_the_maker_of_the_files_states() -> Result<(), Failure> {
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/data/golden");
    let dir = tempfile::tempdir()?;
    let info = CaseInfo { title: "t".into(), country: None, authority: "a".into(), created_us: 0 };
    let store = CaseStore::create(&dir.path().join("case"), &info)?;
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed::default(), &Silent, &cancelled);
    let files = table(&golden.join("truth/files.csv"))?;
    let refused = table(&golden.join("truth/refused.csv"))?;
    let mut wrong = Vec::new();
    let mut loaded = std::collections::BTreeSet::new();
    let mut reports = BTreeMap::new();
    for row in &files {
        let file = field(row, "file");
        if loaded.insert(file.to_owned()) {
            let country = Country::parse(file.get(..2).unwrap_or_default());
            let options = LoadOptions { country, actor: "t".into(), ..LoadOptions::default() };
            match load_path(&store, &golden.join("seized").join(file), &options, &context) {
                Ok(report) => reports
                    .extend(report.tables.into_iter().map(|t| ((file.to_owned(), t.key.sheet.clone()), t))),
                Err(error) => wrong.push(format!("{file}: {error}")),
            }
        }
        let Some(report) = reports.get(&(file.to_owned(), field(row, "sheet").to_owned())) else { continue };
        let r = report.receipt;
        if !field(row, "same_as").is_empty() {
            // The same bytes under another name: nothing is added, and every row is repeated.
            if (r.repeated, r.kept, r.refused) != (r.read, 0, 0) || r.read.to_string() != field(row, "read") {
                wrong.push(format!("{file}: a copy has the receipt {r:?}"));
            }
            continue;
        }
        let kept = r.kept + r.repeated;
        let found = [
            ("kind", report.kind.as_str().to_owned()),
            ("read", r.read.to_string()),
            ("refused", r.refused.to_string()),
            ("other", r.other.to_string()),
            ("needs_decision", if report.needs_decision.is_some() { "yes" } else { "no" }.to_owned()),
        ];
        for (name, value) in found {
            if field(row, name) != value {
                wrong.push(format!("{file}: {name} is {value}, should be {}", field(row, name)));
            }
        }
        let want_kept: u64 = field(row, "kept").parse::<u64>()? + field(row, "repeated").parse::<u64>()?;
        if kept != want_kept {
            wrong.push(format!("{file}: kept and repeated are {kept}, should be {want_kept}"));
        }
        if field(row, "repeated") != r.repeated.to_string() {
            wrong.push(format!("{file}: repeated {}, should be {}", r.repeated, field(row, "repeated")));
        }
    }
    let snapshot = store.snapshot()?;
    let mut found: Vec<(String, String)> = Vec::new();
    for row in snapshot.refused(None)? {
        let key = snapshot.key_of(row.record.source).map(ToString::to_string).unwrap_or_default();
        found.push((key, format!("{} {}", row.record.row, row.reason.code())));
    }
    let mut want: Vec<(String, String)> = Vec::new();
    for row in &refused {
        let at = (field(row, "file").to_owned(), field(row, "sheet").to_owned());
        let Some(report) = reports.get(&at) else { continue };
        want.push((report.key.to_string(), format!("{} {}", field(row, "row"), field(row, "reason"))));
    }
    for list in [&mut found, &mut want] {
        list.sort();
        list.dedup();
    }
    let differ: Vec<_> = found
        .iter()
        .filter(|f| !want.contains(f))
        .map(|f| format!("unexpected {f:?}"))
        .chain(want.iter().filter(|w| !found.contains(w)).map(|w| format!("not refused {w:?}")))
        .collect();
    wrong.extend(differ);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
