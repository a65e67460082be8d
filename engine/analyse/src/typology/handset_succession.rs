//! Handset succession (C2): one number moves from one handset to the next for good.
//!
//! **Rule.** Per number each handset's span of use is taken. Neighbouring spans are a link if
//! 1. they follow one another: the later begins at most `overlap_us` before the earlier ends (for good: the old handset
//!    does not come back);
//! 2. it is one subscriber who goes on: the same SIM card (IMSI) is stated in both spans and the gap is at most
//!    `gap_us`; or, where the cards differ or one is not stated, the gap is at most `card_gap_us` and (cards that differ)
//!    the number speaks with the same people before and after.
//!
//! A finding is a longest run of links.
//!
//! **Look-alikes.** Two handsets used by turns: the spans overlap (1). A handset borrowed for a weekend lies inside the
//! span of the own one (1), or is too short (`least_span_us`). A number given up and issued to a stranger: another card,
//! weeks later, other contacts (2). An ordinary new telephone is a true succession and is reported; it scores low.
//!
//! **Score.** A link is worth `0.5 [same card stated] + 0.3 min(1, share of contacts / 0.5) + 0.2 (1 - gap / gap_us)`;
//! the score is `1 - product of (1 - 0.8 link)` over the links.

use crate::typology::usage::{CONTACT_SPAN_US, Overlap, Phase, Usage, Use};
use crate::typology::{DAY_US, days, ends, in_order};
use model::event::CallEvent;
use model::finding::{Finding, Typology};
use model::identifier::{Identifier, IdentifierKind};
use std::collections::BTreeMap;

#[cfg(test)]
mod tests;

/// What counts as a handset succession.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HandsetSuccessionConfig {
    /// Uses of the number in a handset at least.
    pub least_uses: usize,
    /// From first to last use in a handset at least, microseconds; less is a handset borrowed.
    pub least_span_us: i64,
    /// How long the old handset may come back, microseconds.
    pub overlap_us: i64,
    /// How long the number may be silent between two handsets if the card is the same, microseconds.
    pub gap_us: i64,
    /// The same if the cards differ or are not stated; operators issue a number anew after more than this.
    pub card_gap_us: i64,
    /// Share of contacts before and after that must be the same if the cards differ.
    pub shared_share: f64,
    /// A contact that speaks with more numbers than this is a service and no sign.
    pub hub_degree: usize,
    /// Rows kept as evidence from each end of each handset's span.
    pub rows_each_end: usize,
}

impl Default for HandsetSuccessionConfig {
    fn default() -> Self {
        Self {
            least_uses: 3,
            least_span_us: DAY_US / 2,
            overlap_us: DAY_US,
            gap_us: 90 * DAY_US,
            card_gap_us: 30 * DAY_US,
            shared_share: 0.3,
            hub_degree: 100,
            rows_each_end: 10,
        }
    }
}

/// A change from one handset to the next.
#[derive(Clone, Copy, Debug)]
struct Link {
    gap_us: i64,
    card: Card,
    overlap: Overlap,
    worth: f64,
}

/// What the SIM cards of two spans say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Card {
    Same,
    Different,
    NotStated,
}

impl Card {
    fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Different => "different",
            Self::NotStated => "not stated",
        }
    }
}

/// Which numbers moved to another handset for good?
///
/// # Arguments   `events`: calls in any order; those without a time are passed over
/// # Returns     findings by number; subject the number, related its handsets in time order
/// # Complexity  O(e log e) for e events
pub fn detect(events: &[CallEvent], config: &HandsetSuccessionConfig) -> Vec<Finding> {
    let usage = Usage::of(events);
    let mut findings = Vec::new();
    for uses in usage.by_number.values() {
        let mut by_imei: BTreeMap<&str, Vec<Use<'_>>> = BTreeMap::new();
        for u in uses {
            if let Some(imei) = u.imei {
                by_imei.entry(imei).or_default().push(*u);
            }
        }
        let mut phases: Vec<Phase<'_>> = by_imei
            .iter()
            .filter(|(_, uses)| uses.len() >= config.least_uses)
            .filter_map(|(&imei, uses)| Phase::of(uses, imei))
            .filter(|p| p.last_us.saturating_sub(p.first_us) >= config.least_span_us)
            .collect();
        phases.sort_by_key(|p| (p.first_us, p.last_us, p.imei));
        let mut from = 0;
        let mut links: Vec<Link> = Vec::new();
        for at in 1..=phases.len() {
            match phases.get(at).and_then(|next| link(&usage, &phases[..at], next, config)) {
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
    before: &[Phase<'_>],
    next: &Phase<'_>,
    config: &HandsetSuccessionConfig,
) -> Option<Link> {
    let old = before.last()?;
    let ended = before.iter().map(|p| p.last_us).max()?;
    let gap_us = next.first_us.saturating_sub(ended);
    if gap_us < -config.overlap_us || gap_us > config.gap_us {
        return None;
    }
    let card = if old.imsis.is_empty() || next.imsis.is_empty() {
        Card::NotStated
    } else if old.imsis.is_disjoint(&next.imsis) {
        Card::Different
    } else {
        Card::Same
    };
    let hubs = config.hub_degree;
    let overlap = Overlap::of(
        &usage.contacts(old.number, old.last_us.saturating_sub(CONTACT_SPAN_US), old.last_us, hubs),
        &usage.contacts(next.number, next.first_us, next.first_us.saturating_add(CONTACT_SPAN_US), hubs),
    );
    let goes_on = match card {
        Card::Same => true,
        Card::NotStated => gap_us <= config.card_gap_us,
        Card::Different => gap_us <= config.card_gap_us && overlap.share >= config.shared_share,
    };
    if !goes_on {
        return None;
    }
    let idle = gap_us.max(0) as f64 / config.gap_us.max(1) as f64;
    let stated = if card == Card::Same { 0.5 } else { 0.0 };
    let worth = stated + 0.3 * (overlap.share / 0.5).min(1.0) + 0.2 * (1.0 - idle);
    Some(Link { gap_us, card, overlap, worth })
}

fn finding(phases: &[Phase<'_>], links: &[Link], config: &HandsetSuccessionConfig) -> Option<Finding> {
    let (first, last) = (phases.first()?, phases.last()?);
    if links.is_empty() {
        return None;
    }
    let missed: f64 = links.iter().map(|l| 1.0 - 0.8 * l.worth).product();
    let mut parameters = vec![
        ("handsets".to_owned(), phases.len().to_string()),
        ("least_uses".to_owned(), config.least_uses.to_string()),
        ("largest_overlap_days".to_owned(), days(config.overlap_us)),
        ("largest_gap_days".to_owned(), days(config.gap_us)),
    ];
    for (i, (link, pair)) in links.iter().zip(phases.windows(2)).enumerate() {
        let n = i + 1;
        parameters
            .push((format!("change_{n}_uses"), format!("{} / {}", pair[0].rows.len(), pair[1].rows.len())));
        parameters.push((format!("change_{n}_gap_days"), days(link.gap_us)));
        parameters.push((format!("change_{n}_card"), link.card.as_str().to_owned()));
        parameters.push((format!("change_{n}_shared_contacts"), link.overlap.shared.to_string()));
        parameters.push((format!("change_{n}_shared_share"), format!("{:.2}", link.overlap.share)));
    }
    Some(Finding {
        typology: Typology::HandsetSuccession,
        subject: Identifier::new(IdentifierKind::Msisdn, first.number),
        related: phases.iter().map(|p| Identifier::new(IdentifierKind::Imei, p.imei)).collect(),
        from_us: first.first_us,
        to_us: last.last_us,
        score: 1.0 - missed,
        parameters,
        evidence: phases.iter().flat_map(|p| ends(&p.rows, config.rows_each_end)).collect(),
    })
}
