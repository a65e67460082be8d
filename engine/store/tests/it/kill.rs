//! A process killed in the middle of a load leaves a case that opens, verifies, and finishes the load.

use crate::build::{begin, call, draft, file, new_case, receipt};
use model::record::{CallRecord, TableKind};
use model::run::Silent;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use store::case::CaseStore;
use store::load::LoadStart;

const HOME: &str = "STORE_KILL_HOME";
const FILES: u32 = 6;
const ROWS: u32 = 12_000;

/// Loads every file that is not loaded yet, telling each stage.
fn load_all(home: &Path, store: &CaseStore, tell: &mut dyn FnMut(&str)) {
    for n in 0..FILES {
        let path = file(home, &format!("file {n}"));
        let taken = crate::build::spec(store, &path, 1);
        tell("taken");
        if let LoadStart::Already(_) = store.begin_load(taken).unwrap() {
            continue;
        }
        let mut load = begin(store, &path, 1);
        let s = load.add_source(draft(TableKind::Calls, ""));
        let calls: Vec<CallRecord> = (5..5 + ROWS).map(|row| call(row + n)).collect();
        for parcel in calls.chunks(4_000) {
            load.push_calls(s, parcel).unwrap();
            tell("pushed");
        }
        load.set_receipt(s, receipt(u64::from(ROWS), 0)).unwrap();
        load.commit("killed").unwrap();
        tell("committed");
    }
}

/// Runs only as the child of the test below.
#[test]
fn child_that_loads() {
    let Some(home) = std::env::var_os(HOME) else { return };
    let home = Path::new(&home);
    let store = CaseStore::open(&home.join("case")).unwrap();
    load_all(home, &store, &mut |stage| {
        let mut out = std::io::stdout();
        writeln!(out, "stage {stage}").and_then(|()| out.flush()).unwrap();
    });
}

#[test]
fn a_killed_load_is_finished_by_the_next_one() {
    let reference_home = tempfile::tempdir().unwrap();
    let reference = new_case(reference_home.path(), "case");
    load_all(reference_home.path(), &reference, &mut |_| {});
    let expected = reference.content_hash().unwrap();

    for stages in [1usize, 2, 4, 5, 8, 13, 21] {
        let home = tempfile::tempdir().unwrap();
        drop(new_case(home.path(), "case"));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::child_that_loads", "--nocapture"])
            .env(HOME, home.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let seen = lines.map_while(Result::ok).filter(|l| l.contains("stage ")).take(stages).count();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(seen, stages, "the child ended before it was killed");

        let store = CaseStore::open(&home.path().join("case")).unwrap();
        let report = store.verify(&Silent).unwrap();
        assert!(report.holds(), "killed after {stages} stages: {:?}", report.problems);
        let sources = store.snapshot().unwrap().sources().len();
        assert!(sources <= FILES as usize && sources + 1 >= stages / 5, "{sources} sources after {stages}");
        load_all(home.path(), &store, &mut |_| {});
        assert_eq!(store.content_hash().unwrap(), expected, "killed after {stages} stages");
        assert!(store.verify(&Silent).unwrap().holds());
    }
}
