//! The house rules: floors, page headers, file length, where `Serialize` and `unsafe` may stand.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf()
}

fn manifest(path: &Path) -> toml::Table {
    fs::read_to_string(path).expect("a manifest").parse().expect("valid TOML")
}

/// Member folder to floor, read from the comments of the root manifest.
fn floors() -> BTreeMap<String, u32> {
    let text = fs::read_to_string(root().join("Cargo.toml")).expect("root manifest");
    let members = text.split("members = [").nth(1).and_then(|t| t.split(']').next()).expect("a member list");
    let mut floor = 0;
    let mut out = BTreeMap::new();
    for line in members.lines().map(str::trim) {
        if let Some(number) = line.strip_prefix("# floor ") {
            floor = number.parse().expect("a floor number");
        } else if let Some(member) = line.strip_prefix('"').and_then(|l| l.split('"').next()) {
            out.insert(member.to_owned(), floor);
        }
    }
    assert!(out.len() >= 13, "the floor plan has lost rooms: {out:?}");
    out
}

fn rust_files() -> Vec<PathBuf> {
    fn walk(dir: &Path, out: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).expect("a folder").flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() && name != "target" && name != "node_modules" && name != ".git" {
                walk(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                out.push(path);
            }
        }
    }
    let mut out = Vec::new();
    walk(&root(), &mut out);
    out.sort();
    assert!(out.len() > 50, "only {} source files found", out.len());
    out
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).expect("inside the workspace").to_string_lossy().replace('\\', "/")
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs") || path.contains("/benches/benches/")
}

/// Lines before the unit tests at the end of a file.
fn lines_without_tests(text: &str) -> usize {
    text.lines().position(|l| l.trim() == "#[cfg(test)]").unwrap_or_else(|| text.lines().count())
}

#[test]
fn every_arrow_points_down() {
    let floors = floors();
    let mut names = BTreeMap::new();
    for (member, floor) in &floors {
        let package = manifest(&root().join(member).join("Cargo.toml"));
        let name = package["package"]["name"].as_str().expect("a name").to_owned();
        names.insert(name, (member.clone(), *floor));
    }
    for (name, (member, floor)) in &names {
        let package = manifest(&root().join(member).join("Cargo.toml"));
        let Some(dependencies) = package.get("dependencies").and_then(toml::Value::as_table) else {
            continue;
        };
        for dependency in dependencies.keys() {
            if let Some((_, below)) = names.get(dependency) {
                assert!(below < floor, "{name} (floor {floor}) must not import {dependency} (floor {below})");
            }
        }
    }
}

#[test]
fn kernels_do_no_io() {
    for path in rust_files() {
        let name = relative(&path);
        let kernel = ["engine/model/", "engine/normalise/", "engine/graph/", "engine/analyse/"];
        if !kernel.iter().any(|k| name.starts_with(k)) || is_test(&name) || name.contains("/examples/") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source file");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in ["std::fs", "std::net", "std::env", "SystemTime::now", "Instant::now"] {
            assert!(!code.contains(word), "{name} uses {word}: kernels do no I/O and hold no clock");
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for path in rust_files() {
        let text = fs::read_to_string(&path).expect("a source file");
        assert!(text.starts_with("//!"), "{} does not open with `//!`", relative(&path));
    }
}

#[test]
fn no_file_outgrows_its_room() {
    for path in rust_files() {
        let name = relative(&path);
        if is_test(&name) {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source file");
        let lines = lines_without_tests(&text);
        assert!(lines <= 600, "{name} has {lines} lines without tests: split it by noun or algorithm");
    }
}

#[test]
fn serialize_and_unsafe_stand_only_where_allowed() {
    let serialize = [
        "engine/disclose/",
        "engine/report/",
        "engine/ingest/src/mapping",
        "engine/store/",
        "engine/src/config",
        "api/",
    ];
    for path in rust_files() {
        let name = relative(&path);
        let text = fs::read_to_string(&path).expect("a source file");
        if name == "engine/tests/it/tidy.rs" {
            continue;
        }
        if text.contains("Serialize") {
            assert!(serialize.iter().any(|p| name.starts_with(p)), "{name} must not derive Serialize");
        }
        if text.contains("unsafe {") || text.contains("unsafe fn") || text.contains("unsafe impl") {
            assert!(text.contains("expect(unsafe_code, reason"), "{name} uses unsafe without its reason");
        }
        assert!(
            !text.contains("prelude::*")
                || is_test(&name)
                || text.contains("proptest::prelude::*")
                || text.contains("rayon::prelude::*"),
            "{name} imports a glob"
        );
    }
}

#[test]
fn only_the_front_door_re_exports() {
    for path in rust_files() {
        let name = relative(&path);
        let text = fs::read_to_string(&path).expect("a source file");
        // A file that outgrew itself may show what its own private parts define; nothing else has two names.
        let parts: Vec<String> = text
            .lines()
            .filter_map(|l| Some(l.strip_prefix("mod ")?.strip_suffix(';')?.to_owned()))
            .collect();
        for line in text.lines().filter_map(|l| l.trim_start().strip_prefix("pub use ")) {
            let own = line.split("::").next().is_some_and(|first| parts.iter().any(|p| p == first));
            assert!(own || name == "engine/src/lib.rs", "{name} re-exports {line}: name the module instead");
        }
    }
}

#[test]
fn the_top_level_holds_only_what_belongs_there() {
    let allowed = [
        "Cargo.toml",
        "Cargo.lock",
        "engine",
        "api",
        "fixtures",
        "benches",
        "docs",
        "README.md",
        "LICENSE",
        "target",
    ];
    for entry in fs::read_dir(root()).expect("the workspace").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let own = allowed.contains(&name.as_str()) || name.starts_with('.');
        assert!(own, "{name} does not belong at the top level");
    }
}

#[test]
fn a_section_of_the_docs_that_goes_on_is_no_code_block() {
    for path in rust_files() {
        let text = fs::read_to_string(&path).expect("a source file");
        let mut heading = false;
        for (n, line) in text.lines().enumerate() {
            let line = line.trim_start();
            assert!(
                !(heading && line.starts_with("///      ")),
                "{}:{}: indent what continues a section by two spaces; rustdoc takes more for code",
                relative(&path),
                n + 1
            );
            heading = line.starts_with("/// # ");
        }
    }
}
