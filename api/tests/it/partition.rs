//! `partition` on what edge lists bring: every oddity has a stated treatment or an error with its line.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// Runs `partition` on a text; the membership by node, or what was said on standard error.
fn partition(dir: &Path, text: &[u8], flags: &[&str]) -> Result<BTreeMap<String, u32>, String> {
    let (edges, membership) = (dir.join("edges.txt"), dir.join("membership.txt"));
    std::fs::write(&edges, text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_madeja"))
        .args(["--lang", "en", "--json", "partition"])
        .arg(&edges)
        .args(flags)
        .arg("-o")
        .arg(&membership)
        .output()
        .unwrap();
    if !output.status.success() {
        assert_eq!(output.status.code(), Some(1));
        return Err(String::from_utf8(output.stderr).unwrap());
    }
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let members: BTreeMap<String, u32> = std::fs::read_to_string(&membership)
        .unwrap()
        .lines()
        .map(|line| {
            let (node, community) = line.rsplit_once(' ').unwrap();
            (node.to_owned(), community.parse().unwrap())
        })
        .collect();
    assert_eq!(told["nodes"].as_u64(), Some(members.len() as u64));
    let distinct: std::collections::BTreeSet<&u32> = members.values().collect();
    assert_eq!(told["communities"].as_u64(), Some(distinct.len() as u64));
    Ok(members)
}

fn two_triangles(name: impl Fn(u32) -> String) -> String {
    let edges = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)];
    edges.iter().fold(String::new(), |mut text, (a, b)| {
        writeln!(text, "{} {}", name(*a), name(*b)).unwrap();
        text
    })
}

/// Whether 0, 1, 2 are one community and 3, 4, 5 the other.
fn parted(found: &BTreeMap<String, u32>, name: impl Fn(u32) -> String) -> bool {
    let of = |n| found[&name(n)];
    of(0) == of(1) && of(1) == of(2) && of(3) == of(4) && of(4) == of(5) && of(0) != of(3)
}

#[test]
fn ids_may_have_gaps_be_enormous_or_be_words() {
    let dir = tempfile::tempdir().unwrap();
    let gaps = |n: u32| (u64::from(n) * 1_000_003 + 17).to_string();
    let outlier = |n: u32| if n == 5 { "9000000000000".to_owned() } else { n.to_string() };
    let words = |n: u32| format!("ñandú-{n}");
    for name in [&gaps as &dyn Fn(u32) -> String, &outlier, &words] {
        let found = partition(dir.path(), two_triangles(name).as_bytes(), &[]).unwrap();
        assert_eq!(found.len(), 6);
        assert!(parted(&found, name), "{found:?}");
    }
}

#[test]
fn loops_repeats_and_edges_of_no_weight_have_their_treatment() {
    let dir = tempfile::tempdir().unwrap();
    let name = |n: u32| n.to_string();
    // Loops keep their node; 7 has nothing but a loop and is alone.
    let loops = format!("{}0 0\n7 7\n", two_triangles(name));
    let found = partition(dir.path(), loops.as_bytes(), &[]).unwrap();
    assert!(parted(&found, name) && found.len() == 7);
    assert!((0..6).all(|n| found[&name(n)] != found["7"]));
    // The same edge again, also the other way round and with another weight, adds its weight: 2 and 3 belong together now.
    let heavy = "0 1 1\n1 0 1\n2 3 1\n3 2 40\n2 3 9\n0 2 1\n1 3 1\n";
    let found = partition(dir.path(), heavy.as_bytes(), &["--weighted"]).unwrap();
    assert!(found["2"] == found["3"] && found["0"] == found["1"] && found["0"] != found["2"], "{found:?}");
    // An edge of weight 0 ties nobody; its nodes stay.
    let nothing = "0 1 1\n1 2 0\n2 3 1\n8 9 0\n";
    let found = partition(dir.path(), nothing.as_bytes(), &["--weighted"]).unwrap();
    assert_eq!(found.len(), 6);
    assert!(found["0"] == found["1"] && found["1"] != found["2"] && found["8"] != found["9"], "{found:?}");
    // Without --weighted a third column says nothing.
    let odd = "0 1 x\n1 2 NaN\n2 0 -5\n";
    assert_eq!(partition(dir.path(), odd.as_bytes(), &[]).unwrap().len(), 3);
}

#[test]
fn nothing_a_star_and_a_lonely_edge() {
    let dir = tempfile::tempdir().unwrap();
    for objective in ["modularity", "cpm", "map"] {
        let flags = ["--objective", objective];
        for empty in ["", "# nobody\n\n"] {
            assert!(partition(dir.path(), empty.as_bytes(), &flags).unwrap().is_empty());
        }
        assert_eq!(partition(dir.path(), b"a b", &flags).unwrap().len(), 2);
    }
    // A star of 50,000 leaves is one community under modularity, in bounded time.
    let star = (1..=50_000).fold(String::new(), |mut text, leaf| {
        writeln!(text, "0 {leaf}").unwrap();
        text
    });
    let found = partition(dir.path(), star.as_bytes(), &[]).unwrap();
    assert_eq!(found.len(), 50_001);
    assert!(found.values().all(|c| *c == found["0"]));
}

#[test]
fn what_cannot_be_read_is_an_error_with_its_line() {
    let dir = tempfile::tempdir().unwrap();
    for (text, flags, told) in [
        (&b"1 2 3\n2 3 -1\n"[..], &["--weighted"][..], "line 2: the weight"),
        (b"1 2 3\n# so\n2 3 NaN\n", &["--weighted"], "line 3: the weight"),
        (b"1 2 1\n2 3 inf\n", &["--weighted"], "line 2: the weight"),
        (b"1 2 1\n2 3\n", &["--weighted"], "line 2: no weight"),
        (b"1 2\n3\n", &[], "line 2: one field"),
        (b"a b\n\xff\xfe c\n", &[], "line 2: not UTF-8"),
        (b"1 2\n", &["--resolution=-3"], "--resolution -3"),
        (b"1 2\n", &["--resolution", "often"], "--resolution often"),
    ] {
        let error = partition(dir.path(), text, flags).unwrap_err();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn auto_is_the_plain_resolution_and_others_part_more_finely() {
    let dir = tempfile::tempdir().unwrap();
    // Thirty cliques of five in a ring: plain modularity melts neighbours, a higher resolution does not.
    let mut ring = String::new();
    for clique in 0..30u32 {
        for a in 0..5 {
            for b in 0..a {
                writeln!(ring, "{} {}", clique * 5 + a, clique * 5 + b).unwrap();
            }
        }
        writeln!(ring, "{} {}", clique * 5, (clique * 5 + 6) % 150).unwrap();
    }
    let run = |flags: &[&str]| partition(dir.path(), ring.as_bytes(), flags).unwrap();
    let count = |found: &BTreeMap<String, u32>| found.values().max().map_or(0, |c| c + 1);
    assert_eq!(run(&[]), run(&["--resolution", "auto"]));
    assert_eq!(run(&["--resolution", "auto"]), run(&["--resolution", "1"]));
    assert!(count(&run(&[])) < 30);
    assert_eq!(count(&run(&["--resolution", "4"])), 30);
    assert_eq!(count(&run(&["--objective", "map"])), 30);
    assert_eq!(count(&run(&["--objective", "cpm", "--resolution", "0.5"])), 30);
}

#[test]
fn the_same_bytes_again_and_at_any_number_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = String::new();
    let mut state = 7u64;
    for _ in 0..30_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (a, b) = (state >> 40, state >> 20 & 0xfffff);
        writeln!(text, "{} {}", a % 3_000, (a % 3_000 / 60) * 60 + b % if b % 3 == 0 { 3_000 } else { 60 })
            .unwrap();
    }
    let one = partition(dir.path(), text.as_bytes(), &["--threads", "1"]).unwrap();
    for threads in ["1", "2", "4", "8"] {
        assert_eq!(partition(dir.path(), text.as_bytes(), &["--threads", threads]).unwrap(), one);
    }
    let lines: Vec<&str> = text.lines().rev().collect();
    assert_eq!(partition(dir.path(), lines.join("\n").as_bytes(), &[]).unwrap(), one);
}
