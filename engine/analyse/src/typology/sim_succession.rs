//! SIM succession (C1): one handset carries one number after another.
//!
//! Who burns numbers keeps the telephone: the handset's IMEI stays while the number changes.
//!
//! **Rule.** Per handset (14 digits of the IMEI) each number's span of use there is taken. Neighbouring spans are a link if
//! 1. they follow one another: the later begins at most `overlap_us` before the earlier ends, and at most `gap_us` after;
//! 2. it is one user who goes on, which is held to be so in either of two cases:
//!    (a) the earlier number falls silent everywhere, and the later one was used nowhere before; or
//!    (b) both numbers speak with the same people (`shared_contacts`, `shared_share`) and never with each other.
//!
//! A finding is a longest run of links.
//!
//! **Look-alikes.** A family handset: the cards alternate, so their spans overlap (1). A handset sold to a stranger: the
//! seller's number goes on in his next handset, or the buyer's had another before, and they share no contacts (2). A
//! handset handed on within a family: contacts are shared, but the two numbers speak with each other (2b). An ordinary
//! change of operator is a true succession and is reported; its single link scores low.
//!
//! **Score.** A link is worth `0.5 [2a] + 0.3 min(1, share of contacts / 0.5) + 0.2 (1 - gap / gap_us)`; the score is
//! `1 - product of (1 - 0.8 link)` over the links.

use crate::typology::usage::{CONTACT_SPAN_US, Overlap, Phase, Usage, Use};
use crate::typology::{DAY_US, days, ends, in_order};
use model::event::CallEvent;
use model::finding::{Finding, Typology};
use model::identifier::{Identifier, IdentifierKind};
use std::collections::BTreeMap;

#[cfg(test)]
mod tests;

/// What counts as a SIM succession.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimSuccessionConfig {
    /// Uses of a number in the handset at least; fewer are a card tried out.
    pub least_uses: usize,
    /// How long an old card may come back while contacts are copied, microseconds.
    pub overlap_us: i64,
    /// How long the handset may lie idle between two numbers, microseconds.
    pub gap_us: i64,
    /// How long a number must stay unused to be silent, microseconds; later use is a number issued anew.
    pub quiet_us: i64,
    /// How long the evidence must go on after the change for silence to mean something, microseconds.
    pub watch_us: i64,
    /// Shared contacts at least, for case (b).
    pub shared_contacts: usize,
    /// Their share of the smaller set of contacts at least, for case (b).
    pub shared_share: f64,
    /// A contact that speaks with more numbers than this is a service and no sign.
    pub hub_degree: usize,
    /// Rows kept as evidence from each end of each number's span.
    pub rows_each_end: usize,
}

impl Default for SimSuccessionConfig {
    fn default() -> Self {
        Self {
            least_uses: 3,
            overlap_us: DAY_US,
            gap_us: 45 * DAY_US,
            quiet_us: 30 * DAY_US,
            watch_us: 7 * DAY_US,
            shared_contacts: 3,
            shared_share: 0.5,
            hub_degree: 100,
            rows_each_end: 10,
        }
    }
}

/// A change from one number to the next.
#[derive(Clone, Copy, Debug)]
struct Link {
    gap_us: i64,
    silent: bool,
    overlap: Overlap,
    worth: f64,
}

/// Which handsets carried one number after another?
///
/// # Arguments   `events`: calls in any order; those without a time are passed over
/// # Returns     findings by handset; subject the handset, related its numbers in time order
/// # Complexity  O(e log e) for e events
pub fn detect(events: &[CallEvent], config: &SimSuccessionConfig) -> Vec<Finding> {
    let usage = Usage::of(events);
    let mut by_handset: BTreeMap<&str, Vec<Phase<'_>>> = BTreeMap::new();
    for uses in usage.by_number.values() {
        let mut by_imei: BTreeMap<&str, Vec<Use<'_>>> = BTreeMap::new();
        for u in uses {
            if let Some(imei) = u.imei {
                by_imei.entry(imei).or_default().push(*u);
            }
        }
        for (imei, uses) in by_imei {
            if uses.len() >= config.least_uses {
                by_handset.entry(imei).or_default().extend(Phase::of(&uses, imei));
            }
        }
    }
    let mut findings = Vec::new();
    for phases in by_handset.values_mut() {
        phases.sort_by_key(|p| (p.first_us, p.last_us, p.number));
        let mut from = 0;
        let mut links: Vec<Link> = Vec::new();
        for at in 1..=phases.len() {
            let link = phases.get(at).and_then(|next| link(&usage, phases, at - 1, next, config));
            match link {
                Some(link) => links.push(link),
                None => {
                    findings.extend(finding(&phases[from..at], &links, config));
                    links.clear();
                    from = at;
                }
            }
        }
    }
    in_order(findings)
}

fn link(
    usage: &Usage<'_>,
    phases: &[Phase<'_>],
    before: usize,
    next: &Phase<'_>,
    config: &SimSuccessionConfig,
) -> Option<Link> {
    let old = &phases[before];
    // A number that is still in use alongside makes this a shared handset, whichever its place in the order.
    let ended = phases[..=before].iter().map(|p| p.last_us).max()?;
    let gap_us = next.first_us.saturating_sub(ended);
    if gap_us < -config.overlap_us || gap_us > config.gap_us {
        return None;
    }
    let change = old.last_us.max(next.first_us);
    // Silent from its last use here on, and the later number unheard of until then.
    let watched = usage.end_us.saturating_sub(change) >= config.watch_us;
    let quiet_to = change.saturating_add(config.quiet_us);
    let silent = watched
        && !usage.active(old.number, old.last_us.saturating_add(1), quiet_to)
        && !usage.active(next.number, i64::MIN, next.first_us);
    let hubs = config.hub_degree;
    let overlap = Overlap::of(
        &usage.contacts(old.number, change.saturating_sub(CONTACT_SPAN_US), change, hubs),
        &usage.contacts(next.number, next.first_us, next.first_us.saturating_add(CONTACT_SPAN_US), hubs),
    );
    let same_people = overlap.shared >= config.shared_contacts
        && overlap.share >= config.shared_share
        && !usage.spoke(old.number, next.number);
    if !silent && !same_people {
        return None;
    }
    let idle = gap_us.max(0) as f64 / config.gap_us.max(1) as f64;
    let worth = if silent { 0.5 } else { 0.0 } + 0.3 * (overlap.share / 0.5).min(1.0) + 0.2 * (1.0 - idle);
    Some(Link { gap_us, silent, overlap, worth })
}

fn finding(phases: &[Phase<'_>], links: &[Link], config: &SimSuccessionConfig) -> Option<Finding> {
    let (first, last) = (phases.first()?, phases.last()?);
    if links.is_empty() {
        return None;
    }
    let missed: f64 = links.iter().map(|l| 1.0 - 0.8 * l.worth).product();
    let mut parameters = vec![
        ("numbers".to_owned(), phases.len().to_string()),
        ("least_uses".to_owned(), config.least_uses.to_string()),
        ("largest_overlap_days".to_owned(), days(config.overlap_us)),
        ("largest_gap_days".to_owned(), days(config.gap_us)),
    ];
    for (i, (link, pair)) in links.iter().zip(phases.windows(2)).enumerate() {
        let n = i + 1;
        parameters
            .push((format!("change_{n}_uses"), format!("{} / {}", pair[0].rows.len(), pair[1].rows.len())));
        parameters.push((format!("change_{n}_gap_days"), days(link.gap_us)));
        parameters.push((format!("change_{n}_old_number_silent"), link.silent.to_string()));
        parameters.push((format!("change_{n}_shared_contacts"), link.overlap.shared.to_string()));
        parameters.push((format!("change_{n}_shared_share"), format!("{:.2}", link.overlap.share)));
    }
    Some(Finding {
        typology: Typology::SimSuccession,
        subject: Identifier::new(IdentifierKind::Imei, first.imei),
        related: phases.iter().map(|p| Identifier::new(IdentifierKind::Msisdn, p.number)).collect(),
        from_us: first.first_us,
        to_us: phases.iter().map(|p| p.last_us).max().unwrap_or(last.last_us),
        score: 1.0 - missed,
        parameters,
        evidence: phases.iter().flat_map(|p| ends(&p.rows, config.rows_each_end)).collect(),
    })
}
