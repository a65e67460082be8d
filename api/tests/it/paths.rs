//! `path` as typed: chains in the order of time by default, the other orders by flag, and questions of one refused.

use std::path::Path;
use std::process::{Command, Output};

const CALLS: &str = "caller,receiver,start,duration\n\
    +50370000001,+50370000002,2026-03-01 08:00:00,60\n\
    +50370000002,+50370000003,2026-03-02 08:00:00,60\n\
    +50370000002,+50370000003,2026-03-03 08:00:00,60\n";

fn madeja(lang: &str, args: &[&str], case: &Path) -> Output {
    let (command, rest) = args.split_first().expect("a command");
    Command::new(env!("CARGO_BIN_EXE_madeja"))
        .args(["--lang", lang, "--threads", "1", command])
        .arg(case)
        .args(rest)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_path_is_a_chain_in_the_order_of_time_unless_typed_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let (case, file) = (folder.path().join("case"), folder.path().join("calls.csv"));
    std::fs::write(&file, CALLS).unwrap();
    said(&madeja("en", &["new", "--title", "T", "--country", "SV"], &case));
    said(&madeja("en", &["load", file.to_str().unwrap()], &case));
    said(&madeja("en", &["run"], &case));
    let (one, two, three) = ("tel:+50370000001", "tel:+50370000002", "tel:+50370000003");

    let usual = said(&madeja("en", &["path", one, three], &case));
    assert!(usual.contains("time order: each step happens after"), "{usual}");
    assert_eq!(usual, said(&madeja("en", &["path", one, three, "--in-time-order"], &case)));
    let any = said(&madeja("en", &["path", one, three, "--any-order"], &case));
    assert!(any.contains("without regard to the order of times"), "{any}");
    let back = said(&madeja("en", &["path", three, one], &case));
    assert!(back.contains("No chain of calls or payments") && back.contains("1. "), "{back}");
    let json = said(&madeja("en", &["path", one, three, "--json"], &case));
    assert!(json.contains("\"in_time_order\":true"), "{json}");
    let one_of_two = said(&madeja("es", &["path", two, three, "--k", "1"], &case));
    assert!(one_of_two.contains("Se muestra un camino; hay más."), "{one_of_two}");

    for flags in [["--in-time-order", "--any-order"], ["--any-order", "--wait=3"]] {
        let output = madeja("en", &["path", one, three, flags[0], flags[1]], &case);
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
    }
    for args in [["path", one, one], ["matrix", one, one], ["common", one, one]] {
        let output = madeja("en", &args, &case);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains("one and the same party"), "{args:?}: {told}");
    }
}
