//! Detectors: each turns events into findings by a stated rule, with every row and number that the finding rests on.
//!
//! A finding is a lead. Each detector says which innocent things look like it and by what it tells them apart; what it
//! cannot tell apart stays to be read by a person.

use model::event::{CallEvent, TransferEvent};
use model::finding::Finding;
use model::ids::RecordRef;

pub mod handset_succession;
pub mod pass_through;
pub mod sim_succession;
mod usage;

/// What do all detectors with their usual settings find?
///
/// # Returns  findings in order of typology, then subject, then first instant
pub fn detect_all(calls: &[CallEvent], transfers: &[TransferEvent]) -> Vec<Finding> {
    let mut findings = sim_succession::detect(calls, &sim_succession::SimSuccessionConfig::default());
    findings
        .extend(handset_succession::detect(calls, &handset_succession::HandsetSuccessionConfig::default()));
    findings.extend(pass_through::detect(transfers, &pass_through::PassThroughConfig::default()));
    findings
}

/// One hour in microseconds.
const HOUR_US: i64 = 3_600_000_000;
/// One day in microseconds.
const DAY_US: i64 = 24 * HOUR_US;

/// Days with one decimal, for parameters.
fn days(us: i64) -> String {
    let tenths = us / (DAY_US / 10);
    format!("{}.{}", tenths / 10, (tenths % 10).abs())
}

/// Sorts findings by subject, then time; their rows ascending without repeats.
fn in_order(mut findings: Vec<Finding>) -> Vec<Finding> {
    for finding in &mut findings {
        finding.evidence.sort_unstable();
        finding.evidence.dedup();
    }
    findings.sort_by(|a, b| (&a.subject, a.from_us, &a.related).cmp(&(&b.subject, b.from_us, &b.related)));
    findings
}

/// The first and last `each` of the uses' rows: what shows where a phase begins and ends.
fn ends<'a>(rows: &[&'a [RecordRef]], each: usize) -> impl Iterator<Item = RecordRef> + 'a {
    let head = rows.iter().take(each);
    let tail = rows.iter().skip(each.max(rows.len().saturating_sub(each)));
    let chosen: Vec<&'a [RecordRef]> = head.chain(tail).copied().collect();
    chosen.into_iter().flatten().copied()
}
