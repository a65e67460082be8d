//! A small world on disk, loaded and analysed, for the other tests.

use engine::case::Case;
use engine::disclose::audience::Lang;
use engine::ingest::load::LoadOptions;
use engine::model::ids::Seed;
use engine::model::run::{RunContext, Silent};
use engine::model::sensitivity::{Clearance, Sensitivity};
use engine::session::{Session, Visitor};
use engine::store::case::CaseInfo;
use fixtures::world::{WorldConfig, generate};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

pub(crate) struct World {
    pub(crate) dir: TempDir,
}

impl World {
    /// A world of a seed that nothing was tuned on.
    pub(crate) fn new(seed: u64) -> Self {
        let dir = TempDir::new().unwrap();
        let config = WorldConfig { people: 200, calls: 6_000, transfers: 1_000, seed };
        generate(&config, dir.path()).unwrap();
        Self { dir }
    }

    pub(crate) fn seized(&self) -> PathBuf {
        self.dir.path().join("seized")
    }

    /// Every file, in order of path.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        fn walk(dir: &Path, out: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(dir).unwrap().flatten() {
                if entry.path().is_dir() { walk(&entry.path(), out) } else { out.push(entry.path()) }
            }
        }
        let mut out = Vec::new();
        walk(&self.seized(), &mut out);
        out.sort();
        out
    }
}

pub(crate) fn new_case(dir: &Path) -> Case {
    let info = CaseInfo { title: "Prueba".into(), country: None, authority: String::new(), created_us: 1 };
    Case::create(dir, &info).unwrap()
}

pub(crate) fn options() -> LoadOptions {
    LoadOptions { actor: "test".into(), ..LoadOptions::default() }
}

/// Loads the folders in the order given and runs everything.
pub(crate) fn loaded(dir: &Path, folders: &[PathBuf]) -> Case {
    let case = new_case(dir);
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed::default(), &Silent, &cancelled);
    for outcome in case.load(folders, &options(), &context).unwrap() {
        outcome.result.unwrap();
    }
    case.run(&[], &context).unwrap();
    case
}

pub(crate) fn visitor(class: Sensitivity) -> Visitor {
    Visitor {
        actor: "test".into(),
        clearance: Clearance(class),
        why: (class > Sensitivity::Open).then(|| "prueba".into()),
        lang: Lang::Es,
    }
}

pub(crate) fn session(case: &Case, class: Sensitivity) -> Session<'_> {
    Session::open(case, visitor(class)).unwrap()
}
