//! Builds the page that the binary serves, so that `cargo build` is the only command.
//!
//! The sources in `web/` are copied to `OUT_DIR` and built there with npm and Vite; the source tree is never
//! written to. Packages are installed once for each content of the lock file. `UI_DIST` names a page built
//! elsewhere, for machines without a network. Where Node.js or npm is missing or fails, the build goes on with a
//! warning: the binary then says in the page's place how to get it, and the next build tries again.

use std::collections::hash_map::DefaultHasher;
use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What of `web/` goes into the page; a change of anything else does not build it again.
const INPUTS: [&str; 10] = [
    ".npmrc",
    "package.json",
    "package-lock.json",
    "atlas.ts",
    "vite.config.ts",
    "svelte.config.js",
    "tsconfig.json",
    "index.html",
    "public",
    "src",
];

/// The oldest Node.js that the build tools run on.
const OLDEST_NODE: (u32, u32) = (20, 19);

fn main() -> Outcome<()> {
    let web = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("web");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    println!("cargo:rerun-if-env-changed=UI_DIST");
    println!("cargo:rerun-if-changed=build.rs");
    for input in INPUTS {
        println!("cargo:rerun-if-changed={}", web.join(input).display());
    }
    let page = match std::env::var_os("UI_DIST").filter(|dist| !dist.is_empty()) {
        Some(dist) => prebuilt(Path::new(&dist), &out)?,
        None => match build(&web, &out) {
            Ok(page) => page,
            Err(why) => {
                println!(
                    "cargo:warning=the page was not built and the binary will say so in its place: {why}"
                );
                // A path that never exists: the next build tries again.
                println!("cargo:rerun-if-changed={}", out.join("page-not-built").display());
                let empty = out.join("page-none");
                fs::create_dir_all(&empty)?;
                empty
            }
        },
    };
    println!("cargo:rustc-env=MADEJA_PAGE={}", page.display());
    Ok(())
}

/// Takes a page that was built elsewhere.
fn prebuilt(dist: &Path, out: &Path) -> Outcome<PathBuf> {
    println!("cargo:rerun-if-changed={}", dist.display());
    if !dist.join("index.html").is_file() {
        return Err(format!(
            "UI_DIST={} holds no index.html: give the folder that `npm run build` in api/web writes",
            dist.display()
        )
        .into());
    }
    seal(dist, out)
}

/// Copies the sources, installs the packages if the lock file is a new one, builds.
fn build(web: &Path, out: &Path) -> Outcome<PathBuf> {
    node_is_recent()?;
    let work = out.join("web");
    fs::create_dir_all(&work)?;
    for input in INPUTS {
        let (from, to) = (web.join(input), work.join(input));
        if to.is_dir() {
            fs::remove_dir_all(&to)?;
        }
        copy(&from, &to)?;
    }
    install(&work)?;
    let fresh = out.join("page-fresh");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    let vite = work.join("node_modules").join("vite").join("bin").join("vite.js");
    run(Command::new("node")
        .arg(vite)
        .args(["build", "--logLevel", "warn", "--emptyOutDir", "--outDir"])
        .arg(&fresh)
        .current_dir(&work))?;
    if !fresh.join("index.html").is_file() {
        return Err("vite wrote no index.html".into());
    }
    seal(&fresh, out)
}

/// Installs what the page is built with, exactly as the lock file says; the tools of the tests are left out.
fn install(work: &Path) -> Outcome<()> {
    let lock = fs::read(work.join("package-lock.json"))?;
    let installed = work.join("installed-lock.json");
    if work.join("node_modules").is_dir() && fs::read(&installed).is_ok_and(|held| held == lock) {
        return Ok(());
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let options = [
        "ci",
        "--omit=dev",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--prefer-offline",
        "--fetch-retries=1",
    ];
    run(Command::new(npm).args(options).current_dir(work))?;
    fs::write(installed, lock)?;
    Ok(())
}

fn node_is_recent() -> Outcome<()> {
    let found = Command::new("node").arg("--version").output();
    let text = match found {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        _ => return Err("Node.js was not found; install Node.js 20.19 or later with npm".into()),
    };
    let mut parts = text.trim_start_matches('v').split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if version < OLDEST_NODE {
        return Err(format!("Node.js {text} is too old; 20.19 or later is needed").into());
    }
    Ok(())
}

/// Runs a command quietly; what it said is kept for the error only.
fn run(command: &mut Command) -> Outcome<()> {
    let name = Path::new(command.get_program())
        .file_name()
        .unwrap_or(OsStr::new("?"))
        .to_string_lossy()
        .into_owned();
    let output = command.output().map_err(|why| format!("{name} cannot be started: {why}"))?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    let last: Vec<&str> = told.lines().filter(|line| !line.trim().is_empty()).rev().take(4).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    Err(format!("{name} failed ({}): {}", output.status, last.join(" | ")).into())
}

/// Puts a finished page into a folder named for its content, so that another page is another input of the compiler.
fn seal(page: &Path, out: &Path) -> Outcome<PathBuf> {
    let mut files = Vec::new();
    list(page, page, &mut files)?;
    files.sort();
    let mut hasher = DefaultHasher::new();
    for name in &files {
        name.hash(&mut hasher);
        fs::read(page.join(name))?.hash(&mut hasher);
    }
    let sealed = out.join(format!("page-{:016x}", hasher.finish()));
    if !sealed.join("index.html").is_file() {
        let part = out.join("page-part");
        if part.exists() {
            fs::remove_dir_all(&part)?;
        }
        copy(page, &part)?;
        if sealed.exists() {
            fs::remove_dir_all(&sealed)?;
        }
        fs::rename(part, &sealed)?;
    }
    Ok(sealed)
}

fn list(root: &Path, folder: &Path, into: &mut Vec<PathBuf>) -> Outcome<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(root, &path, into)?;
        } else {
            into.push(path.strip_prefix(root)?.to_path_buf());
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Outcome<()> {
    if !from.is_dir() {
        fs::copy(from, to).map_err(|why| format!("{}: {why}", from.display()))?;
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}
