//! `kill -9` during `load`: the case opens, verifies, and the same command again ends where an uninterrupted load ends.

use engine::case::Case;
use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Input that may be read a second time after a kill, in bytes.
const MOST_REDONE: u64 = 64 << 20;

/// A small generator, so that points and files are functions of a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }
}

fn madeja() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_madeja"));
    command.args(["--lang", "en", "--threads", "2", "--json"]).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn begin(case: &Path) {
    let done = madeja().args(["new", "--title", "T", "--country", "SV"]).arg(case).status().unwrap();
    assert!(done.success());
}

fn load(case: &Path, seized: &Path, how: &[&str]) -> Command {
    let mut command = madeja();
    command.arg("load").arg(case).arg(seized).args(how);
    command
}

fn content(case: &Path) -> String {
    Case::open(case).unwrap().content_hash().unwrap()
}

fn verifies(case: &Path) -> bool {
    madeja().arg("verify").arg(case).status().unwrap().success()
}

/// A large file of calls, read in bulk.
fn bulk(path: &Path, rows: u64, seed: u64) {
    let mut dice = Dice(seed);
    let mut text = String::from("a_number,b_number,start,duration_s,cell_id,imei,imsi,direction,type\n");
    for i in 0..rows {
        let (a, b) = (50_255_000_000 + dice.below(40_000), 50_376_000_000 + dice.below(90_000));
        let (day, hour, minute, second) = (1 + i % 28, i / 28 % 24, i / 9 % 60, i % 60);
        writeln!(
            text,
            "{a},{b},2024-03-{day:02} {hour:02}:{minute:02}:{second:02},{},70401-1-{},35{a}00,7040{a},OUT,VOICE",
            dice.below(900),
            dice.below(700)
        )
        .unwrap();
    }
    std::fs::write(path, text).unwrap();
}

/// Files of every kind: those of the training world, and large ones among them in the order in which they are read.
fn seized(folder: &Path, rows: u64) -> PathBuf {
    fixtures::golden::write_golden(folder).unwrap();
    let seized = folder.join("seized");
    for (number, name) in ["0-calls.csv", "SV/calls-1.csv", "zz-calls.csv"].iter().enumerate() {
        bulk(&seized.join(name), rows, 7 + number as u64);
    }
    seized
}

/// Kills a load at random moments of the time that a whole one takes, and finishes each by the same command.
///
/// # Returns   how many loads were killed between their first and their last commit
fn killed_and_finished(points: u32, rows: u64, how: &[&str], seed: u64) -> u32 {
    let folder = tempfile::tempdir().unwrap();
    let seized = seized(folder.path(), rows);
    let whole = folder.path().join("whole");
    begin(&whole);
    let start = Instant::now();
    assert!(load(&whole, &seized, how).status().unwrap().success());
    let span = start.elapsed();
    let expected = content(&whole);
    let mut dice = Dice(seed);
    let mut between = 0;
    for point in 0..points {
        let at = span.mul_f64(dice.below(1_000_000) as f64 / 1e6);
        let told = format!("point {point}, killed after {at:?} of {span:?}");
        let case = folder.path().join("killed");
        begin(&case);
        let empty = content(&case);
        let mut child = load(&case, &seized, how).spawn().unwrap();
        std::thread::sleep(at.max(Duration::from_millis(2)));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(verifies(&case), "{told}: the case does not verify");
        let left = content(&case);
        between += u32::from(left != expected && left != empty);
        let again = load(&case, &seized, how).stdout(Stdio::piped()).output().unwrap();
        assert!(again.status.success(), "{told}");
        let redone = redone(&serde_json::from_slice(&again.stdout).unwrap());
        assert!(redone <= MOST_REDONE, "{told}: {redone} bytes were read again");
        assert_eq!(content(&case), expected, "{told}");
        assert!(verifies(&case), "{told}: finished, and does not verify");
        std::fs::remove_dir_all(&case).unwrap();
    }
    between
}

/// The most input that a killed load of small files can have read without its being part of the case: the whole of the
/// first file that the second load reads, since files without a checkpoint are one commit each and are read one after
/// the other.
fn redone(second: &Value) -> u64 {
    let files = second["files"].as_array().unwrap();
    let first = files.iter().find(|file| file["state"] != "already_loaded");
    first.map_or(0, |file| std::fs::metadata(file["path"].as_str().unwrap()).unwrap().len())
}

/// Bytes that a process has read, as the system counts them.
#[cfg(target_os = "linux")]
fn bytes_read(process: u32) -> u64 {
    let io = std::fs::read_to_string(format!("/proc/{process}/io")).unwrap_or_default();
    let read = io.lines().find_map(|line| line.strip_prefix("rchar: "));
    read.map_or(0, |read| read.parse().unwrap())
}

/// Kills the load of one large file when it has read a random part of it, and finishes it by the same command.
///
/// # Returns   how many loads went on from a checkpoint, and the most input that was read a second time
#[cfg(target_os = "linux")]
fn large_killed_and_finished(points: u32, rows: u64, how: &[&str], seed: u64) -> (u32, u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.csv");
    bulk(&path, rows, 7);
    let size = std::fs::metadata(&path).unwrap().len();
    let whole = folder.path().join("whole");
    begin(&whole);
    assert!(load(&whole, &path, how).status().unwrap().success());
    let expected = content(&whole);
    // Before a file that is copied is read, it was read once to be taken into the case.
    let taking = if how.contains(&"--reference") { 0 } else { size };
    let mut dice = Dice(seed);
    let (mut went_on, mut most) = (0, 0);
    for point in 0..points {
        let wanted = dice.below(size);
        let case = folder.path().join("killed");
        begin(&case);
        let mut child = load(&case, &path, how).spawn().unwrap();
        let mut reached = 0;
        while reached < wanted && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
            reached = bytes_read(child.id()).saturating_sub(taking);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let told = format!("point {point}, killed after {reached} of {size} bytes");
        assert!(verifies(&case), "{told}: the case does not verify");
        let again = load(&case, &path, how).stdout(Stdio::piped()).output().unwrap();
        assert!(again.status.success(), "{told}");
        let report: Value = serde_json::from_slice(&again.stdout).unwrap();
        let file = &report["files"][0];
        if file["state"] != "already_loaded" {
            let resumed = file["resumed_bytes"].as_u64().unwrap();
            let redone = reached.min(size).saturating_sub(resumed);
            assert!(redone <= MOST_REDONE, "{told}: {redone} bytes were read again");
            went_on += u32::from(resumed > 0);
            most = most.max(redone);
        }
        assert_eq!(content(&case), expected, "{told}");
        assert!(verifies(&case), "{told}: finished, and does not verify");
        std::fs::remove_dir_all(&case).unwrap();
    }
    (went_on, most)
}

#[test]
fn a_load_killed_anywhere_is_finished_by_the_same_command() {
    assert!(killed_and_finished(8, 90_000, &[], 20_261_127) > 0, "no load was killed between two commits");
}

#[test]
#[ignore = "takes minutes: cargo test --release -p api --test it -- --ignored killed"]
fn a_hundred_loads_killed_at_random_moments_are_finished() {
    let copied = killed_and_finished(50, 150_000, &[], 1);
    let referred = killed_and_finished(50, 150_000, &["--reference"], 2);
    eprintln!("killed between two commits: {copied} and {referred} of 50 each");
    assert!(copied > 25 && referred > 25);
}

#[test]
#[cfg(target_os = "linux")]
#[ignore = "takes minutes: cargo test --release -p api --test it -- --ignored killed"]
fn a_large_file_killed_at_random_moments_goes_on_from_its_last_checkpoint() {
    for (how, seed) in [(["--reference"].as_slice(), 3), (&[], 4)] {
        let (went_on, most) = large_killed_and_finished(12, 3_600_000, how, seed);
        eprintln!("{how:?}: {went_on} of 12 went on from a checkpoint, at most {most} bytes were read again");
        assert!(went_on >= 6);
    }
}
