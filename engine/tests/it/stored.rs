//! The graph of a case lies in a mapped file: damage is named, never shown, and the next run makes it anew.

use crate::repeatable::answers;
use crate::world::{World, loaded, session};
use engine::error::EngineError;
use engine::model::ids::Seed;
use engine::model::run::{RunContext, Silent};
use engine::model::sensitivity::{Clearance, Sensitivity};
use engine::session::desk::Desk;
use engine::stage::Stage;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

/// The one file of columns of a stage's generation in force.
fn stored(case: &Path) -> PathBuf {
    let stage = case.join("derived/all/communities");
    let generations: Vec<PathBuf> = std::fs::read_dir(stage).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(generations.len(), 1, "{generations:?}");
    generations[0].join("graph.map")
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
