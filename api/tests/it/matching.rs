//! `match` on tables that nobody meant to be matched: a clear answer, in bounded time and memory, and never a panic.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// What `match` said: its JSON and the clusters, or its message.
fn matched(dir: &Path, text: &str) -> Result<(serde_json::Value, Vec<String>), String> {
    let (table, clusters) = (dir.join("table.csv"), dir.join("clusters.csv"));
    std::fs::write(&table, text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_madeja"))
        .args(["--lang", "en", "--json", "match"])
        .arg(&table)
        .arg("-o")
        .arg(&clusters)
        .output()
        .unwrap();
    if !output.status.success() {
        assert_eq!(output.status.code(), Some(1), "a failure is told, not a panic");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.starts_with("madeja: ") && !told.contains("panicked"), "{told}");
        return Err(told);
    }
    let labels = std::fs::read_to_string(&clusters)
        .unwrap()
        .lines()
        .skip(1)
        .map(|line| line.rsplit_once(',').unwrap().1.to_owned())
        .collect();
    Ok((serde_json::from_slice(&output.stdout).unwrap(), labels))
}

fn distinct(labels: &[String]) -> usize {
    labels.iter().collect::<std::collections::BTreeSet<_>>().len()
}

#[test]
fn no_usable_column_is_told_with_a_remedy() {
    let dir = tempfile::tempdir().unwrap();
    for text in ["id,colour\n1,red\n2,blue\n", "id\n1\n2\n"] {
        let told = matched(dir.path(), text).unwrap_err();
        assert!(told.contains("name the columns in the header"), "{told}");
    }
    assert!(matched(dir.path(), "").unwrap_err().contains("header line"));
    assert!(matched(dir.path(), "id,surname\n").unwrap_err().contains("at least one row"));
}

#[test]
fn ids_that_repeat_or_lack_are_named_by_row_and_never_by_value() {
    let dir = tempfile::tempdir().unwrap();
    let told = matched(dir.path(), "id,surname\nsecreto,Paz\n2,Sol\nsecreto,Mar\n").unwrap_err();
    assert!(told.contains("row 4") && told.contains("row 2") && !told.contains("secreto"), "{told}");
    assert!(matched(dir.path(), "id,surname\n1,Paz\n,Sol\n").unwrap_err().contains("row 3"));
}

#[test]
fn one_column_is_enough_to_answer_and_a_common_surname_joins_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = String::from("id,surname\n");
    for i in 0..2_000 {
        writeln!(text, "{i},{}", ["Pérez", "López", "Martínez", "García"][i % 4]).unwrap();
    }
    let (told, labels) = matched(dir.path(), &text).unwrap();
    assert_eq!(told["records"].as_u64(), Some(2_000));
    assert_eq!(labels.len(), 2_000);
    let mut text = String::from("id,document\n");
    for i in 0..2_000 {
        writeln!(text, "{i},{:08}-{}", 10_000_000 + (i / 2) * 7_919, i / 2 % 10).unwrap();
    }
    let (_, labels) = matched(dir.path(), &text).unwrap();
    assert!(distinct(&labels) >= 1_000, "one document is one party at most: {}", distinct(&labels));
}

#[test]
fn a_table_without_a_value_leaves_every_row_alone() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = String::from("id,given_name,surname,date_of_birth,phone\n");
    for i in 0..5_000 {
        writeln!(text, "{i},,,,").unwrap();
    }
    let (told, labels) = matched(dir.path(), &text).unwrap();
    assert_eq!((distinct(&labels), told["clusters"].as_u64()), (5_000, Some(5_000)));
}

#[test]
fn equal_rows_and_endless_names_are_bounded_work() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = String::from("id,given_name,surname,date_of_birth\n");
    for i in 0..200_000 {
        writeln!(text, "{i},Ana Lucía,Quintanilla Rivas,1991-04-02").unwrap();
    }
    let (told, labels) = matched(dir.path(), &text).unwrap();
    assert_eq!(distinct(&labels), 1);
    assert!(told["pairs_scored"].as_u64().unwrap() < 1_000, "{told}");
    let memory = told["peak_memory_bytes"].as_u64().unwrap();
    assert!(memory < 512 << 20, "{memory} bytes for {} bytes of rows", text.len());
    let endless = "Ñandú ".repeat(1_700);
    let mut text = String::from("id,given_name,surname\n");
    for i in 0..2_000 {
        writeln!(text, "{i},{endless}{i},{endless}").unwrap();
    }
    let (told, labels) = matched(dir.path(), &text).unwrap();
    assert_eq!((labels.len(), told["records"].as_u64()), (2_000, Some(2_000)));
}

#[test]
fn bytes_that_are_no_text_and_quotes_that_never_close_are_read_or_refused() {
    let dir = tempfile::tempdir().unwrap();
    for text in ["id,surname\n1,\"Paz\n2,Sol\n", "id,surname\n1,Paz,Sol,Mar\n2\n", "id,surname\r1,Paz\r"] {
        match matched(dir.path(), text) {
            Ok((told, labels)) => assert_eq!(told["records"].as_u64(), Some(labels.len() as u64)),
            Err(told) => assert!(told.len() > 20, "{told}"),
        }
    }
}
