//! Same input, same answer: for any number of threads, any order of loading, and after an interruption.

use crate::world::{World, loaded, session};
use engine::case::Case;
use engine::model::sensitivity::Sensitivity;
use engine::pipeline::Audience;
use std::path::PathBuf;
use tempfile::TempDir;

/// Everything that a case answers, as text.
pub(crate) fn answers(case: &Case) -> String {
    let session = session(case, Sensitivity::Open);
    let mut out = serde_json::to_string(&session.findings(None, 0, usize::MAX).unwrap().0).unwrap();
    let (communities, total) = session.communities(1_000);
    out.push_str(&format!("\n{total}\n{}", serde_json::to_string(&communities).unwrap()));
    for community in &communities {
        let (card, graph) = session.community(&community.id).unwrap();
        out.push_str(&serde_json::to_string(&card).unwrap());
        out.push_str(&serde_json::to_string(&graph).unwrap());
    }
    for review in session.review(100).unwrap().pairs {
        out.push_str(&serde_json::to_string(&review).unwrap());
        let told = session.explain(&review.a_mention, &review.b_mention).unwrap();
        out.push_str(&serde_json::to_string(&told).unwrap());
    }
    out
}

#[test]
fn the_same_bytes_for_any_threads_and_any_order_of_files() {
    let world = World::new(4_711);
    let mut files = world.files();
    // A folder's name gives its files' country, so files are handed over by their folders, in both orders.
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(world.seized()).unwrap().map(|e| e.unwrap().path()).collect();
    folders.sort();
    assert!(files.len() > 10 && folders.len() > 2, "{} files, {} folders", files.len(), folders.len());
    files.clear();
    let pool = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    let parents = |folders: &[PathBuf]| {
        let dir = TempDir::new().unwrap();
        // The folder of a country must lie below the path that is given.
        let roots: Vec<PathBuf> = folders
            .iter()
            .map(|f| {
                let root = dir.path().join("in").join(f.file_name().unwrap());
                std::fs::create_dir_all(&root).unwrap();
                copy(f, &root.join(f.file_name().unwrap()));
                root
            })
            .collect();
        (dir, roots)
    };
    let (one_dir, forward) = parents(&folders);
    let one = pool(1).install(|| answers(&loaded(&one_dir.path().join("case"), &forward)));
    folders.reverse();
    let (two_dir, backward) = parents(&folders);
    let two = pool(2).install(|| answers(&loaded(&two_dir.path().join("case"), &backward)));
    assert!(one.len() > 10_000, "too little to compare: {} bytes", one.len());
    assert!(
        one == two,
        "answers differ at byte {:?}",
        one.bytes().zip(two.bytes()).position(|(a, b)| a != b)
    );
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    if from.is_dir() {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap().flatten() {
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        std::fs::copy(from, to).unwrap();
    }
}

#[test]
fn the_same_files_again_change_nothing() {
    let world = World::new(99);
    let dir = TempDir::new().unwrap();
    let case = loaded(&dir.path().join("case"), &[world.seized()]);
    let before = case.content_hash().unwrap();
    let cancelled = std::sync::atomic::AtomicBool::new(false);
    let context = engine::model::run::RunContext::new(
        engine::model::ids::Seed::default(),
        &engine::model::run::Silent,
        &cancelled,
    );
    let again = case.load(&[world.seized()], &crate::world::options(), &context).unwrap();
    for outcome in &again {
        let report = outcome.result.as_ref().unwrap();
        assert_eq!(report.state, engine::ingest::load::FileState::AlreadyLoaded);
        for table in &report.tables {
            assert_eq!(table.receipt.read, table.receipt.repeated);
        }
    }
    assert_eq!(case.content_hash().unwrap(), before);
    let reports = case.run(&[], &context).unwrap();
    assert!(reports.iter().all(|r| r.skipped), "{reports:?}");
    assert!(case.derived(Audience::All).is_ok());
}

#[test]
fn a_judgement_changes_the_result_and_can_be_withdrawn() {
    let world = World::new(7);
    let dir = TempDir::new().unwrap();
    let case = loaded(&dir.path().join("case"), &[world.seized()]);
    let merged = {
        let derived = case.derived(Audience::All).unwrap();
        let network = &derived.network;
        let entity = network.entities.iter().position(|e| e.mentions.len() == 2).unwrap();
        network.entities[entity].key.clone()
    };
    let before = answers(&case);
    let open = session(&case, Sensitivity::Open);
    let card = open.show(&merged).unwrap();
    let keys: Vec<String> = {
        let sources = open.sources().unwrap();
        card.mentions
            .iter()
            .map(|m| {
                let source = sources.iter().find(|s| s.id == m.source).unwrap();
                let sheet =
                    if source.sheet.is_empty() { String::new() } else { format!("#{}", source.sheet) };
                format!("{}:{}:{}{sheet}", m.row, m.role, source.sha256)
            })
            .collect()
    };
    let number = open
        .judge(&keys[0], &keys[1], engine::model::decision::Judgement::Negative, "dos personas distintas")
        .unwrap();
    let apart = session(&case, Sensitivity::Open);
    let told = apart.explain(&keys[0], &keys[1]).unwrap();
    assert!(!told.same_entity);
    assert_eq!(told.decision.as_deref(), Some("different"));
    apart.undo(number, "error de lectura").unwrap();
    assert!(session(&case, Sensitivity::Open).explain(&keys[0], &keys[1]).unwrap().same_entity);
    assert_eq!(answers(&case), before);
    assert!(
        session(&case, Sensitivity::Open)
            .judge(&keys[0], &keys[0], engine::model::decision::Judgement::Positive, "x")
            .is_err()
    );
}
