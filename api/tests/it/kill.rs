//! `kill -9` during `load`: the case opens, verifies, and the same command again ends where an uninterrupted load ends.

use engine::case::Case;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Points at which a load is killed, spread over the time that a whole one takes here.
const POINTS: u32 = 8;

fn madeja() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_madeja"));
    command.args(["--lang", "en", "--threads", "2"]).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn begin(case: &Path) {
    let done = madeja().args(["new", "--title", "T", "--country", "SV"]).arg(case).status().unwrap();
    assert!(done.success());
}

fn load(case: &Path, seized: &Path) -> Command {
    let mut command = madeja();
    command.arg("load").arg(case).arg(seized);
    command
}

fn content(case: &Path) -> String {
    Case::open(case).unwrap().content_hash().unwrap()
}

#[test]
fn a_load_killed_anywhere_is_finished_by_the_same_command() {
    let folder = tempfile::tempdir().unwrap();
    fixtures::golden::write_golden(folder.path()).unwrap();
    let seized = folder.path().join("seized");
    let whole = folder.path().join("whole");
    begin(&whole);
    let start = Instant::now();
    assert!(load(&whole, &seized).status().unwrap().success());
    let span = start.elapsed();
    let expected = content(&whole);

    let mut cut = 0;
    for point in 0..POINTS {
        let case = folder.path().join(format!("killed-{point}"));
        begin(&case);
        let empty = content(&case);
        let mut child = load(&case, &seized).spawn().unwrap();
        std::thread::sleep(span.mul_f64(f64::from(point) / f64::from(POINTS)).max(Duration::from_millis(2)));
        child.kill().unwrap();
        child.wait().unwrap();
        let verified = madeja().arg("verify").arg(&case).status().unwrap();
        assert!(verified.success(), "killed at point {point}: the case does not verify");
        let left = content(&case);
        cut += u32::from(left != expected && left != empty);
        assert!(load(&case, &seized).status().unwrap().success(), "killed at point {point}");
        assert_eq!(content(&case), expected, "killed at point {point}");
        assert!(madeja().arg("verify").arg(&case).status().unwrap().success(), "loaded again at {point}");
    }
    assert!(cut > 0, "no load was killed between its first and its last file");
}
