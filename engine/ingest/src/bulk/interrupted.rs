//! A load that is stopped anywhere and done again ends where one ends that was never stopped, byte for byte.

use super::tests::{file, segments};
use crate::error::IngestError;
use crate::load::{CHUNK, FileReport, LoadOptions, MOST_REDONE, STEP, load_path};
use model::ids::Seed;
use model::place::Country;
use model::record::TableKind;
use model::run::{Progress, RunContext, Silent, Unit};
use normalise::date::DateOrder;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use store::case::{CaseInfo, CaseStore};
use store::error::StoreError;

/// Does something when so many bytes of a table were read.
struct Stop<'s> {
    after: u64,
    read: AtomicU64,
    stage: Mutex<String>,
    then: &'s (dyn Fn() + Sync),
}

impl Progress for Stop<'_> {
    fn begin(&self, stage: &str, _total: Option<u64>, _unit: Unit) {
        stage.clone_into(&mut self.stage.lock().unwrap());
    }

    fn advance(&self, amount: u64) {
        if *self.stage.lock().unwrap() == "read"
            && self.read.fetch_add(amount, Ordering::SeqCst) + amount >= self.after
        {
            (self.then)();
        }
    }

    fn end(&self) {}
}

struct Bench {
    home: tempfile::TempDir,
    options: LoadOptions,
    threads: usize,
}

impl Bench {
    fn new(threads: usize, reference: bool) -> Self {
        let options = LoadOptions {
            reference,
            actor: "t".into(),
            bulk_from: Some(0),
            kind: Some(TableKind::Calls),
            ..LoadOptions::default()
        };
        Self { home: tempfile::tempdir().unwrap(), options, threads }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn case(&self, name: &str) -> PathBuf {
        let path = self.home.path().join(name);
        let info = CaseInfo {
            title: "t".into(),
            country: Some(Country::MX),
            authority: String::new(),
            created_us: 0,
        };
        CaseStore::create(&path, &info).unwrap();
        path
    }

    /// Loads a file, stopping after so many bytes; the bytes that it came to, and the report of a load that ended.
    fn load(&self, case: &Path, path: &Path, after: u64, options: &LoadOptions) -> (u64, Option<FileReport>) {
        let stopped = AtomicBool::new(false);
        let then = || stopped.store(true, Ordering::SeqCst);
        let (read, report) = self.load_and(case, path, after, options, &then, &stopped);
        (read, report.ok())
    }

    fn load_and(
        &self,
        case: &Path,
        path: &Path,
        after: u64,
        options: &LoadOptions,
        then: &(dyn Fn() + Sync),
        stopped: &AtomicBool,
    ) -> (u64, Result<FileReport, IngestError>) {
        let store = CaseStore::open(case).unwrap();
        let stop = Stop { after, read: AtomicU64::new(0), stage: Mutex::new(String::new()), then };
        let context = RunContext::new(Seed(1), &stop, stopped);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads).build().unwrap();
        let report = pool.install(|| load_path(&store, path, options, &context));
        (stop.read.into_inner(), report)
    }

    fn whole(&self, case: &Path, path: &Path) -> Option<FileReport> {
        self.load(case, path, u64::MAX, &self.options).1
    }
}

/// What does not depend on whether a load was stopped.
fn bare(report: Option<FileReport>) -> Option<FileReport> {
    report.map(|mut report| {
        report.seconds = 0.0;
        report.tables.iter_mut().for_each(|table| table.resumed = 0);
        report
    })
}

fn resumed(report: Option<&FileReport>) -> u64 {
    report.map_or(0, |report| report.tables.iter().map(|table| table.resumed).sum())
}

/// Nothing of an unfinished load shows.
fn shows_nothing(case: &Path, sources: usize, when: &str) {
    let store = CaseStore::open(case).unwrap();
    let report = store.verify(&Silent).unwrap();
    assert!(report.holds() && report.notes.iter().all(|n| n.what != "segment_unnamed"), "{when}: {report:?}");
    assert_eq!(store.snapshot().unwrap().sources().len(), sources, "{when}");
}

fn unfinished(case: &Path) -> usize {
    segments(case).keys().filter(|name| name.starts_with("unfinished-")).count()
}

/// A clean file of calls that is read in bulk, in one pass: its beginning suggests what the whole decides.
fn calls(rows: u32) -> Vec<u8> {
    let mut text = String::from("a_number,b_number,start,duration_s,cell_id,imei,imsi,direction,type\n");
    for i in 0..rows {
        let side = if i % 3 == 0 { "IN" } else { "OUT" };
        text.push_str(&format!(
            "50255{:07},50376{:07},2024-03-{:02} 10:{:02}:{:02},{},70401-1-{},35{:012}0,70401{:010},{side},VOICE\n",
            i / 3 % 97,
            i * 11 % 509,
            1 + i / 40 % 28,
            i / 60 % 60,
            i % 60,
            i % 900,
            i % 31,
            i / 3 % 97,
            i / 3 % 97
        ));
    }
    text.into_bytes()
}

/// Stops a load at every chunk of the file, does it again, and compares.
///
/// # Returns   how many of the loads went on where a checkpoint stood
fn stopped_at_every_chunk(bench: &Bench, path: &Path, before: &[PathBuf]) -> usize {
    let case = bench.case("whole");
    let begin = |case: &Path| {
        for earlier in before {
            bench.whole(case, earlier).unwrap();
        }
    };
    begin(&case);
    let (bytes, expected) = bench.load(&case, path, u64::MAX, &bench.options);
    let content = CaseStore::open(&case).unwrap().content_hash().unwrap();
    let mut went_on = 0;
    for after in (1..bytes).step_by(CHUNK as usize) {
        let when = format!("stopped after {after} of {bytes} bytes");
        let case = bench.case("stopped");
        begin(&case);
        let (reached, report) = bench.load(&case, path, after, &bench.options);
        assert!(report.is_none(), "{when}: it was not stopped");
        shows_nothing(&case, before.len(), &when);
        let (again, report) = bench.load(&case, path, u64::MAX, &bench.options);
        let from = resumed(report.as_ref());
        went_on += usize::from(from > 0);
        assert!(from <= reached && reached - from.min(reached) <= MOST_REDONE, "{when}: from {from}");
        assert!(again <= bytes, "{when}: {again} bytes were read");
        assert_eq!(bare(report), bare(expected.clone()), "{when}");
        assert_eq!(CaseStore::open(&case).unwrap().content_hash().unwrap(), content, "{when}");
        assert!(segments(&case) == segments(&bench.home.path().join("whole")), "{when}: other bytes");
        std::fs::remove_dir_all(&case).unwrap();
    }
    went_on
}

#[test]
fn a_load_stopped_at_any_chunk_is_finished_from_its_last_checkpoint() {
    for (threads, reference) in [(1, true), (1, false), (3, true)] {
        let bench = Bench::new(threads, reference);
        let path = bench.write("seized.csv", &calls(400));
        let went_on = stopped_at_every_chunk(&bench, &path, &[]);
        assert!(went_on >= 12, "{threads} threads: {went_on}");
    }
}

#[test]
fn rows_are_compared_with_other_sources_though_they_were_read_before_the_stop() {
    let bench = Bench::new(2, true);
    let all = String::from_utf8(calls(420)).unwrap();
    let header = all.lines().next().unwrap();
    let later: String = all.lines().skip(60).flat_map(|line| [line, "\n"]).collect();
    let other = bench.write("other.csv", format!("{header}\n{later}").as_bytes());
    let path = bench.write("seized.csv", all.lines().take(400).collect::<Vec<_>>().join("\n").as_bytes());
    let case = bench.case("case");
    bench.whole(&case, &other).unwrap();
    let report = bench.whole(&case, &path).unwrap();
    assert_eq!(report.tables[0].receipt.repeated, 340);
    std::fs::remove_dir_all(case).unwrap();
    assert!(stopped_at_every_chunk(&bench, &path, &[other]) >= 12);
}

/// The beginning suggests one order of day and month, the rest another: two passes, either of which may be stopped.
#[test]
fn a_second_pass_is_not_begun_by_the_first_again() {
    let bench = Bench::new(1, true);
    let mut text = String::from("caller,receiver,time,duration,type\n");
    for i in 0..400u32 {
        let day = if i < 200 { 1 + i % 12 } else { 13 + i % 15 };
        text.push_str(&format!("50255{:07},50376{:07},{day:02}/05/2024 10:11:12,5,VOZ\n", i % 97, i % 89));
    }
    let size = text.len() as u64;
    let path = bench.write("seized.csv", text.as_bytes());
    let case = bench.case("whole");
    let (both, expected) = bench.load(&case, &path, u64::MAX, &bench.options);
    assert_eq!(both, 2 * size, "two passes");
    for after in (size + 1..both).step_by(CHUNK as usize) {
        let case = bench.case("stopped");
        bench.load(&case, &path, after, &bench.options);
        shows_nothing(&case, 0, "in the second pass");
        let (again, report) = bench.load(&case, &path, u64::MAX, &bench.options);
        assert_eq!(again, size, "the first pass was made again after {after}");
        let from = resumed(report.as_ref());
        assert!(after - size - from.min(after - size) <= MOST_REDONE + CHUNK, "after {after}: from {from}");
        assert_eq!(bare(report), bare(expected.clone()));
        assert!(segments(&case) == segments(&bench.home.path().join("whole")));
        std::fs::remove_dir_all(&case).unwrap();
    }
}

#[test]
fn a_file_that_was_changed_after_the_stop_is_read_from_its_beginning() {
    let bench = Bench::new(2, true);
    let bytes = calls(400);
    let mut changed = bytes.clone();
    let at = changed.len() / 3;
    changed[at] = if changed[at] == b'1' { b'2' } else { b'1' };
    let mut longer = bytes.clone();
    longer.extend(b"50255000001,50376000001,2024-03-01 10:00:00,5,70401-1-1,3500000000000000,704010000000001,IN,VOICE\n");
    for other in [changed, longer] {
        let path = bench.write("seized.csv", &other);
        let case = bench.case("whole");
        let expected = bench.whole(&case, &path);
        let stopped = bench.case("stopped");
        bench.write("seized.csv", &bytes);
        bench.load(&stopped, &path, 6 * STEP, &bench.options);
        assert!(unfinished(&stopped) > 0);
        bench.write("seized.csv", &other);
        let report = bench.whole(&stopped, &path);
        assert_eq!(resumed(report.as_ref()), 0);
        assert_eq!(bare(report), bare(expected));
        assert!(segments(&case) == segments(&stopped), "pieces of the earlier file are left");
        std::fs::remove_dir_all(case).unwrap();
        std::fs::remove_dir_all(stopped).unwrap();
    }
}

#[test]
fn another_mapping_begins_anew_and_leaves_nothing_of_the_stopped_load() {
    let bench = Bench::new(2, true);
    let path = bench.write("seized.csv", &calls(400));
    let other = LoadOptions { dates: Some(DateOrder::YearFirst), ..bench.options.clone() };
    let case = bench.case("whole");
    let expected = bench.load(&case, &path, u64::MAX, &other).1;
    for reference in [true, false] {
        let stopped = bench.case("stopped");
        bench.load(&stopped, &path, 6 * STEP, &LoadOptions { reference, ..bench.options.clone() });
        assert!(unfinished(&stopped) > 0);
        let report = bench.load(&stopped, &path, u64::MAX, &other).1;
        assert_eq!(resumed(report.as_ref()), 0);
        assert_eq!(bare(report), bare(expected.clone()));
        assert!(segments(&case) == segments(&stopped));
        std::fs::remove_dir_all(stopped).unwrap();
    }
}

#[test]
fn a_small_load_leaves_a_stopped_one_in_place_and_a_large_one_takes_it() {
    let bench = Bench::new(2, true);
    let path = bench.write("seized.csv", &calls(400));
    let small = bench.write("small.csv", &calls(10));
    let large = bench.write("large.csv", &calls(300));
    let case = bench.case("case");
    bench.load(&case, &path, 6 * STEP, &bench.options);
    let report = bench.whole(&case, &small).unwrap();
    shows_nothing(&case, 1, "after a small load");
    let key = report.tables[0].key.clone();
    CaseStore::open(&case).unwrap().withdraw(&key, "t", "wrong person").unwrap();
    shows_nothing(&case, 0, "after a withdrawal");
    let report = bench.whole(&case, &path);
    assert!(resumed(report.as_ref()) >= 4 * STEP, "{report:?}");

    let case = bench.case("other");
    bench.load(&case, &path, 6 * STEP, &bench.options);
    bench.whole(&case, &large).unwrap();
    assert_eq!(unfinished(&case), 0);
    shows_nothing(&case, 1, "after a large load");
    assert_eq!(resumed(bench.whole(&case, &path).as_ref()), 0);
}

#[test]
fn a_piece_that_was_changed_is_not_used() {
    let bench = Bench::new(1, true);
    let path = bench.write("seized.csv", &calls(400));
    let whole = bench.case("whole");
    let expected = bench.whole(&whole, &path);
    for piece in ["unfinished-note-1", "unfinished-numbers-0", "unfinished-calls-1"] {
        let case = bench.case("stopped");
        bench.load(&case, &path, 6 * STEP, &bench.options);
        let names = segments(&case);
        let (name, bytes) = names.iter().find(|(name, _)| name.starts_with(piece)).unwrap();
        let mut bytes = bytes.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(case.join("segments").join(name), bytes).unwrap();
        let report = bench.whole(&case, &path);
        assert_eq!(resumed(report.as_ref()), 0, "{piece}");
        assert_eq!(bare(report), bare(expected.clone()));
        assert!(segments(&whole) == segments(&case), "{piece}");
        std::fs::remove_dir_all(case).unwrap();
    }
}

#[test]
fn a_checkpoint_that_cannot_be_made_ends_the_load_with_its_reason_and_keeps_the_one_before() {
    for threads in [1, 3] {
        let bench = Bench::new(threads, true);
        let path = bench.write("seized.csv", &calls(400));
        let whole = bench.case("whole");
        let expected = bench.whole(&whole, &path);
        let case = bench.case("case");
        let (segments_at, away) = (case.join("segments"), case.join("away"));
        // The folder is gone, as on a disk that was pulled out.
        let then = || {
            let _ = std::fs::rename(&segments_at, &away);
        };
        let never = AtomicBool::new(false);
        let (_, report) = bench.load_and(&case, &path, 6 * STEP, &bench.options, &then, &never);
        let error = report.unwrap_err();
        assert!(matches!(error, IngestError::Store(StoreError::Io { .. })), "{error}");
        std::fs::rename(&away, &segments_at).unwrap();
        shows_nothing(&case, 0, "after a checkpoint that failed");
        let report = bench.whole(&case, &path);
        assert!(resumed(report.as_ref()) >= 3 * STEP, "{report:?}");
        assert_eq!(bare(report), bare(expected));
        assert!(segments(&whole) == segments(&case));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Files with every kind of dirt, stopped several times by different numbers of threads.
    #[test]
    fn a_dirty_file_stopped_again_and_again_is_finished_as_if_it_never_was(
        seed in any::<u64>(),
        rows in 150usize..700,
        stops in proptest::collection::vec((1u64..80_000, 1usize..4), 1..4),
        reference in any::<bool>(),
    ) {
        let mut bench = Bench::new(2, reference);
        // A number in the name makes its line the subject of the table.
        let names = ["seized.csv", "seized_502550000001.csv", "seized_5510000003.csv"];
        let path = bench.write(names[(seed % 3) as usize], &file(seed, rows));
        let whole = bench.case("whole");
        let expected = bench.whole(&whole, &path);
        let case = bench.case("stopped");
        for (after, threads) in stops {
            bench.threads = threads;
            bench.load(&case, &path, after, &bench.options);
            shows_nothing(&case, CaseStore::open(&case).unwrap().live_sources().unwrap().len(), "stopped");
        }
        let report = bench.whole(&case, &path);
        if report.as_ref().is_some_and(|report| report.state == crate::load::FileState::Loaded) {
            prop_assert_eq!(bare(report), bare(expected.clone()), "seed {}", seed);
        }
        if expected.is_some() {
            prop_assert!(segments(&whole) == segments(&case), "seed {seed}");
        }
    }
}

#[test]
fn most_dirty_files_go_on_where_they_were_stopped() {
    let bench = Bench::new(2, true);
    let went_on = (1..40u64)
        .filter(|seed| {
            let path = bench.write("seized.csv", &file(seed * 0x9E37_79B9, 500));
            let case = bench.case("case");
            let size = std::fs::metadata(&path).unwrap().len();
            bench.load(&case, &path, size * 2 / 3, &bench.options);
            let went_on = resumed(bench.whole(&case, &path).as_ref()) > 0;
            std::fs::remove_dir_all(case).unwrap();
            went_on
        })
        .count();
    assert!(went_on > 12, "only {went_on} of 39 files went on");
}
