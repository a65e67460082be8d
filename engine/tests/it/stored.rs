//! The graph of a case lies in a mapped file: damage is named, never shown, and the next run makes it anew.

use crate::repeatable::answers;
use crate::world::{World, loaded, session};
use engine::error::EngineError;
use engine::model::decision::Judgement;
use engine::model::ids::Seed;
use engine::model::run::{RunContext, Silent};
use engine::model::sensitivity::{Clearance, Sensitivity};
use engine::session::desk::Desk;
use engine::stage::Stage;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

/// What lies in a folder, by name.
fn listed(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The one generation of an artefact in force.
fn generation(case: &Path, artefact: &str) -> PathBuf {
    let generations = listed(&case.join("derived/all").join(artefact));
    assert_eq!(generations.len(), 1, "{generations:?}");
    generations[0].clone()
}

/// A file of columns of the generation in force.
fn stored_as(case: &Path, name: &str) -> PathBuf {
    generation(case, "communities").join(name)
}

fn stored(case: &Path) -> PathBuf {
    stored_as(case, "graph.map")
}

/// Events are mapped when a question first asks for them, so that a desk opens whatever became of their file.
#[test]
fn damaged_events_are_named_when_they_are_asked_for_and_made_anew() {
    let (world, dir) = (World::new(4_712), TempDir::new().unwrap());
    let case_dir = dir.path().join("case");
    let case = loaded(&case_dir, &[world.seized()]);
    let before = answers(&case);
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed::default(), &Silent, &cancelled);
    let path = stored_as(&case_dir, "events.map");
    let whole = std::fs::read(&path).unwrap();
    for at in [70, whole.len() / 2] {
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        let path = stored_as(&case_dir, "events.map");
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, &bytes).unwrap();
        let open = session(&case, Sensitivity::Open);
        let (communities, all) = open.communities(3);
        assert!(all > 0 && open.case_view("case").unwrap().counts.calls > 0, "neither needs an event");
        let error = open.community(&communities[0].id).unwrap_err().to_string();
        assert!(error.contains("events.map") && error.contains("madeja run"), "{error}");
        case.run(&[], &context).unwrap();
        assert!(case.verify(&context).unwrap().problems.is_empty());
    }
    assert_eq!(std::fs::read(stored_as(&case_dir, "events.map")).unwrap(), whole);
    assert!(answers(&case) == before);
}

#[test]
fn a_damaged_graph_is_named_and_made_anew() {
    let (world, dir) = (World::new(4_711), TempDir::new().unwrap());
    let case_dir = dir.path().join("case");
    let case = loaded(&case_dir, &[world.seized()]);
    let before = answers(&case);
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed::default(), &Silent, &cancelled);
    let whole = std::fs::read(stored(&case_dir)).unwrap();
    assert!(whole.len() > 50_000, "{} bytes", whole.len());
    let damage = |f: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        f(&mut bytes);
        bytes
    };
    for bytes in [
        damage(&|b| b[70] ^= 1),
        damage(&|b| b[30_000] ^= 64),
        damage(&|b| b.truncate(40_000)),
        damage(&|b| b.clear()),
        damage(&|b| b.fill(0)),
    ] {
        // Another file takes its place, as a bad copy or a dying disk would leave it.
        let path = stored(&case_dir);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, &bytes).unwrap();
        let error = Desk::open(&case, Clearance(Sensitivity::Open)).err().unwrap();
        assert!(matches!(error, EngineError::Store(_)), "{error:?}");
        let told = error.to_string();
        assert!(told.contains("graph.map") && told.contains("madeja run"), "{told}");
        assert!(!case.verify(&context).unwrap().problems.is_empty());
        let reports = case.run(&[], &context).unwrap();
        let again: Vec<Stage> = reports.iter().filter(|r| !r.skipped).map(|r| r.stage).collect();
        assert_eq!(again, [Stage::Communities]);
        assert!(case.verify(&context).unwrap().problems.is_empty());
    }
    assert_eq!(std::fs::read(stored(&case_dir)).unwrap(), whole, "the same graph is the same file");
    assert!(answers(&case) == before);
}

/// A generation may be swept while it is mapped: whoever has it open goes on.
#[test]
fn a_desk_stands_on_the_file_it_opened() {
    let (world, dir) = (World::new(811), TempDir::new().unwrap());
    let case_dir = dir.path().join("case");
    let case = loaded(&case_dir, &[world.seized()]);
    let open = session(&case, Sensitivity::Open);
    let (communities, _) = open.communities(5);
    let shown = serde_json::to_string(&open.community(&communities[0].id).unwrap()).unwrap();
    std::fs::remove_file(stored(&case_dir)).unwrap();
    let again = serde_json::to_string(&open.community(&communities[0].id).unwrap()).unwrap();
    assert_eq!(shown, again);
}

/// An index that is gone or damaged is made anew; shares of which nothing changed are kept as they are, if they are whole.
#[test]
fn a_damaged_index_is_made_anew_and_a_whole_one_is_kept() {
    let (world, dir) = (World::new(812), TempDir::new().unwrap());
    let case_dir = dir.path().join("case");
    let case = loaded(&case_dir, &[world.seized()]);
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed::default(), &Silent, &cancelled);
    let shares = || listed(&generation(&case_dir, "index-open"));
    let run = || -> Vec<Stage> {
        let reports = case.run(&[], &context).unwrap();
        reports.iter().filter(|r| !r.skipped).map(|r| r.stage).collect()
    };
    let names =
        |shares: &[PathBuf]| shares.iter().map(|s| s.file_name().unwrap().to_owned()).collect::<Vec<_>>();
    let found = || serde_json::to_string(&session(&case, Sensitivity::Open).find("a", 5).unwrap()).unwrap();
    let (before, answer) = (shares(), found());
    std::fs::remove_dir_all(&before[0]).unwrap();
    assert!(Desk::open(&case, Clearance(Sensitivity::Open)).is_err());
    assert_eq!(run(), [Stage::Index]);
    assert_eq!(names(&shares()), names(&before));
    assert_eq!(found(), answer);

    // Nothing that can be found changes: the share is taken over, file by file.
    let kept = listed(&shares()[0]);
    let people = session(&case, Sensitivity::Open).communities(1).0;
    let people = session(&case, Sensitivity::Open).community(&people[0].id).unwrap().0.members;
    let pair: Vec<&str> =
        people.iter().map(|m| m.node.id.as_str()).filter(|id| id.starts_with("E-")).collect();
    session(&case, Sensitivity::Open).judge(pair[0], pair[1], Judgement::Unsure, "prueba").unwrap();
    let taken = listed(&shares()[0]);
    assert_ne!(kept[0], taken[0], "a generation of its own");
    assert_eq!(
        names(&kept),
        names(&taken),
        "files of the index library have names of their own each time they are made"
    );

    // A share that is not what the manifest says is not taken over.
    let file = taken.iter().find(|f| f.extension().is_some_and(|e| e == "store")).unwrap();
    let mut bytes = std::fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::remove_file(file).unwrap();
    std::fs::write(file, bytes).unwrap();
    session(&case, Sensitivity::Open).judge(pair[0], pair[2], Judgement::Unsure, "otra vez").unwrap();
    assert_ne!(names(&listed(&shares()[0])), names(&taken));
    assert!(case.verify(&context).unwrap().problems.is_empty());
    assert_eq!(found(), answer);
}
