//! `serve`: API and page on loopback.

use crate::context::Work;
use crate::http;
use crate::http::state::State;
use engine::case::Case;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Serves case folders until interrupted.
pub(crate) fn run(work: &Work, folders: &[PathBuf], listen: SocketAddr) -> anyhow::Result<()> {
    let mut cases: BTreeMap<String, Case> = BTreeMap::new();
    for folder in folders {
        let case = Case::open(folder)?;
        // Two folders of one name are told apart by a number.
        let mut name = address_name(folder);
        let mut number = 2;
        while cases.contains_key(&name) {
            name = format!("{}-{number}", address_name(folder));
            number += 1;
        }
        cases.insert(name, case);
    }
    let state = Arc::new(State::new(cases.into_iter().collect(), work.actor.clone()));
    http::server::serve(http::router(state), listen, |address| {
        // A closed standard error is no reason to stop serving.
        let _ = std::io::Write::write_all(
            &mut std::io::stderr(),
            format!("madeja: http://{address}/\n").as_bytes(),
        );
    })
}

/// The name of a case in addresses: its folder's, letters, digits and hyphens only.
fn address_name(folder: &Path) -> String {
    let own = folder.canonicalize().ok();
    let name = own.as_deref().unwrap_or(folder).file_name().map(|n| n.to_string_lossy().into_owned());
    let kept: String = name
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' })
        .collect();
    if kept.is_empty() { "case".to_owned() } else { kept }
}
