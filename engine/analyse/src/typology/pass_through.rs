//! Pass-through account (F7): money that comes in leaves again at once, time after time.
//!
//! **Rule.** Per account and currency, what comes in is matched with what goes out afterwards, first in first out, within
//! `window_us`. Sums that come in and share an outgoing sum are one episode; an episode passes if at most
//! `retained_share` of it stays. It has as many turns as it has incoming or outgoing sums, whichever are fewer: ten
//! deposits and one withdrawal are one turn, and so are a wage and what is bought with it. The account is a pass-through
//! account if
//! 1. passing episodes have at least `least_turns` turns together, spread over at least `least_span_us`;
//! 2. they are most of what it receives: at least `passed_share` of all that came in leaves in them, and the median of
//!    what episodes retain is at most `retained_share`. What came in so late that its window is not over is not counted;
//! 3. few receive it: the effective number of beneficiaries is at most `most_beneficiaries`, and of payers at most
//!    `most_payers` (the inverse of the sum of squared shares of the money, Simpson 1949, doi:10.1038/163688a0).
//! 4. it is not mere traffic: with time turned round (what goes out matched with what comes in afterwards) at most
//!    `turned_share` as much would pass. Where sums come and go so often that any two meet, both directions are alike.
//!
//! **Look-alikes.** A wage earner who pays the rent keeps or spends the rest over weeks (2). Savings and a house bought
//! are one turn or two (1). A remittance agent, an employer and a shop pass money on as their trade: to or from very many
//! (3). A busy current account moves money in and out all the time (4); so does a mule that is paid several times a day,
//! which this detector therefore leaves to others. What remains and must be read: a small business with a few suppliers paid on receipt, a household's account that
//! sends each wage on to kin.
//!
//! **Score.** `0.5 passed share + 0.3 min(1, turns / 6) + 0.2 / effective beneficiaries`.

use crate::typology::{DAY_US, HOUR_US, days, in_order};
use model::event::TransferEvent;
use model::finding::{Finding, Typology};
use model::identifier::{Identifier, IdentifierKind};
use model::ids::RecordRef;
use model::money::Currency;
use model::time::{Precision, Stamp};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

#[cfg(test)]
mod tests;

/// What counts as a pass-through account.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PassThroughConfig {
    /// How soon money must leave, microseconds.
    pub window_us: i64,
    /// What may stay of an episode, as a share.
    pub retained_share: f64,
    /// Turns of passing episodes at least.
    pub least_turns: usize,
    /// From the first to the last of them at least, microseconds; within less it is one affair in parts.
    pub least_span_us: i64,
    /// Share of all that came in which must leave in passing episodes.
    pub passed_share: f64,
    /// What may pass with time turned round, as a share of what passes.
    pub turned_share: f64,
    /// Effective number of beneficiaries at most.
    pub most_beneficiaries: f64,
    /// Effective number of payers at most.
    pub most_payers: f64,
}

impl Default for PassThroughConfig {
    fn default() -> Self {
        Self {
            window_us: 48 * HOUR_US,
            retained_share: 0.2,
            least_turns: 3,
            least_span_us: 7 * DAY_US,
            passed_share: 0.5,
            turned_share: 0.5,
            most_beneficiaries: 5.0,
            most_payers: 20.0,
        }
    }
}

/// One movement on an account.
#[derive(Clone, Copy, Debug)]
struct Movement<'a> {
    time: Stamp,
    incoming: bool,
    amount: i64,
    other: &'a str,
    rows: &'a [RecordRef],
}

impl Movement<'_> {
    /// The last instant that the stated time can mean: a day without an hour lasts a day.
    fn latest_us(&self) -> i64 {
        let length = match self.time.precision {
            Precision::Day => 24 * HOUR_US - 1,
            Precision::Minute => 60_000_000 - 1,
            Precision::Second => 0,
        };
        self.time.instant_us.saturating_add(length)
    }
}

/// Sums that came in and left together.
#[derive(Clone, Debug, Default)]
struct Episode {
    received: i64,
    passed: i64,
    first_us: i64,
    last_us: i64,
    /// Movements of it and how much of each passed.
    parts: Vec<(usize, i64)>,
}

impl Episode {
    fn retained(&self) -> f64 {
        (self.received - self.passed) as f64 / self.received.max(1) as f64
    }

    fn turns(&self, movements: &[Movement<'_>]) -> usize {
        let parts: BTreeSet<usize> = self.parts.iter().map(|&(movement, _)| movement).collect();
        let incoming = parts.iter().filter(|&&m| movements[m].incoming).count();
        incoming.min(parts.len() - incoming)
    }
}

/// Through which accounts does money only pass?
///
/// # Arguments   `events`: transfers in any order; those without a time or an amount are passed over
/// # Returns     findings by account; subject the account, related its payers and beneficiaries in order of first part
/// # Complexity  O(e log e) for e events
pub fn detect(events: &[TransferEvent], config: &PassThroughConfig) -> Vec<Finding> {
    let mut accounts: BTreeMap<(&str, Currency), Vec<Movement<'_>>> = BTreeMap::new();
    let mut end_us = i64::MIN;
    for event in events {
        let Some(time) = event.time else { continue };
        let (payer, beneficiary) = (event.payer.as_str(), event.beneficiary.as_str());
        if event.amount.minor <= 0 || payer == beneficiary {
            continue;
        }
        end_us = end_us.max(time.instant_us);
        for (account, other, incoming) in [(beneficiary, payer, true), (payer, beneficiary, false)] {
            if !account.is_empty() {
                accounts.entry((account, event.amount.currency)).or_default().push(Movement {
                    time,
                    incoming,
                    amount: event.amount.minor,
                    other,
                    rows: &event.sources,
                });
            }
        }
    }
    let mut findings = Vec::new();
    for ((account, currency), mut movements) in accounts {
        // Of one instant, what comes in is there before what goes out.
        movements.sort_by_key(|m| (m.time.instant_us, !m.incoming, m.rows, m.other, m.amount));
        let episodes = episodes(&movements, end_us, config);
        findings.extend(finding(account, currency, &movements, &episodes, config));
    }
    in_order(findings)
}

/// A sum that came in and is not yet gone.
struct Lot {
    movement: usize,
    time_us: i64,
    left: i64,
    episode: usize,
}

/// Matches first in, first out; one episode for each set of sums that an outgoing sum ties together.
fn episodes(movements: &[Movement<'_>], end_us: i64, config: &PassThroughConfig) -> Vec<Episode> {
    let incoming: Vec<usize> = (0..movements.len()).filter(|&i| movements[i].incoming).collect();
    let mut outgoing: Vec<usize> = (0..movements.len()).filter(|&i| !movements[i].incoming).collect();
    outgoing.sort_by_key(|&i| (movements[i].latest_us(), i));
    let mut episodes: Vec<Episode> = Vec::new();
    let mut open: VecDeque<Lot> = VecDeque::new();
    let mut next = 0;
    for out in outgoing {
        let (latest, stated) = (movements[out].latest_us(), movements[out].time.instant_us);
        while let Some(&i) = incoming.get(next).filter(|&&i| movements[i].time.instant_us <= latest) {
            let movement = &movements[i];
            let time_us = movement.time.instant_us;
            open.push_back(Lot { movement: i, time_us, left: movement.amount, episode: episodes.len() });
            episodes.push(Episode {
                received: movement.amount,
                passed: 0,
                first_us: time_us,
                last_us: time_us,
                parts: Vec::new(),
            });
            next += 1;
        }
        while open.front().is_some_and(|lot| stated.saturating_sub(lot.time_us) > config.window_us) {
            open.pop_front();
        }
        let mut left = movements[out].amount;
        let mut joined: Option<usize> = None;
        while left > 0
            && let Some(lot) = open.front_mut()
        {
            let taken = left.min(lot.left);
            let home = *joined.get_or_insert(lot.episode);
            if lot.episode != home {
                // The same outgoing sum takes from both: they are one episode.
                let other = std::mem::take(&mut episodes[lot.episode]);
                merge(&mut episodes[home], other);
                lot.episode = home;
            }
            let episode = &mut episodes[home];
            episode.passed += taken;
            episode.last_us = episode.last_us.max(stated);
            episode.parts.push((lot.movement, taken));
            episode.parts.push((out, taken));
            left -= taken;
            lot.left -= taken;
            if lot.left == 0 {
                open.pop_front();
            }
        }
    }
    for &i in incoming.get(next..).unwrap_or_default() {
        let time_us = movements[i].time.instant_us;
        episodes.push(Episode {
            received: movements[i].amount,
            passed: 0,
            first_us: time_us,
            last_us: time_us,
            parts: Vec::new(),
        });
    }
    // What came in within the last window may yet leave: it says nothing unless it already left.
    episodes.retain(|e| {
        e.received > 0
            && (e.retained() <= config.retained_share
                || end_us.saturating_sub(e.first_us) >= config.window_us)
    });
    episodes
}

/// How much would pass if time ran backwards; sums of one stated instant do not meet.
fn turned(movements: &[Movement<'_>], config: &PassThroughConfig) -> i128 {
    let mut turned = movements.to_vec();
    for m in &mut turned {
        m.time.instant_us = m.time.instant_us.saturating_neg().saturating_sub(i64::from(!m.incoming));
        m.time.precision = Precision::Second;
    }
    turned.sort_by_key(|m| (m.time.instant_us, !m.incoming, m.rows, m.other, m.amount));
    episodes(&turned, i64::MAX, config).iter().map(|e| i128::from(e.passed)).sum()
}

fn merge(into: &mut Episode, other: Episode) {
    into.received += other.received;
    into.passed += other.passed;
    into.first_us = into.first_us.min(other.first_us);
    into.last_us = into.last_us.max(other.last_us);
    into.parts.extend(other.parts);
}

/// Effective number of parties: the inverse of the sum of squared shares.
fn effective(amounts: &BTreeMap<&str, i64>) -> f64 {
    let total: f64 = amounts.values().map(|&a| a as f64).sum();
    let squares: f64 =
        amounts.values().map(|&a| (a as f64 / total.max(1.0)) * (a as f64 / total.max(1.0))).sum();
    if squares > 0.0 { 1.0 / squares } else { 0.0 }
}

fn finding(
    account: &str,
    currency: Currency,
    movements: &[Movement<'_>],
    episodes: &[Episode],
    config: &PassThroughConfig,
) -> Option<Finding> {
    let passing: Vec<&Episode> = episodes.iter().filter(|e| e.retained() <= config.retained_share).collect();
    let turns: usize = passing.iter().map(|e| e.turns(movements)).sum();
    let from_us = passing.iter().map(|e| e.first_us).min()?;
    let to_us = passing.iter().map(|e| e.last_us).max()?;
    if turns < config.least_turns.max(1) || to_us.saturating_sub(from_us) < config.least_span_us {
        return None;
    }
    let received: i128 = episodes.iter().map(|e| i128::from(e.received)).sum();
    let passed: i128 = passing.iter().map(|e| i128::from(e.passed)).sum();
    let share = passed as f64 / received as f64;
    let mut retained: Vec<f64> = episodes.iter().map(Episode::retained).collect();
    retained.sort_by(f64::total_cmp);
    let median = retained[retained.len() / 2];
    let (mut payers, mut beneficiaries) = (BTreeMap::new(), BTreeMap::new());
    let mut parts: Vec<usize> = Vec::new();
    for &(movement, amount) in passing.iter().flat_map(|e| &e.parts) {
        let m = &movements[movement];
        let side = if m.incoming { &mut payers } else { &mut beneficiaries };
        *side.entry(m.other).or_insert(0i64) += amount;
        parts.push(movement);
    }
    let (from, to) = (effective(&payers), effective(&beneficiaries));
    let by_rule = share >= config.passed_share
        && median <= config.retained_share
        && to <= config.most_beneficiaries
        && from <= config.most_payers;
    if !by_rule {
        return None;
    }
    let turned = turned(movements, config) as f64 / received as f64;
    if turned > config.turned_share * share {
        return None;
    }
    parts.sort_unstable();
    parts.dedup();
    let mut related: Vec<Identifier> = Vec::new();
    for &m in &parts {
        let other = Identifier::new(IdentifierKind::AccountNumber, movements[m].other);
        if !related.contains(&other) {
            related.push(other);
        }
    }
    let money = |minor: i128| -> String {
        let unit = 10i128.pow(currency.decimals());
        match currency.decimals() {
            0 => format!("{minor} {}", currency.as_str()),
            decimals => {
                let digits = decimals as usize;
                format!("{}.{:0digits$} {}", minor / unit, minor % unit, currency.as_str())
            }
        }
    };
    let often = (turns as f64 / 6.0).min(1.0);
    Some(Finding {
        typology: Typology::PassThrough,
        subject: Identifier::new(IdentifierKind::AccountNumber, account),
        related,
        from_us,
        to_us,
        score: 0.5 * share.min(1.0) + 0.3 * often + 0.2 / to.max(1.0),
        parameters: vec![
            ("window_hours".to_owned(), (config.window_us / HOUR_US).to_string()),
            ("largest_retained_share".to_owned(), format!("{:.2}", config.retained_share)),
            ("least_turns".to_owned(), config.least_turns.to_string()),
            ("least_span_days".to_owned(), days(config.least_span_us)),
            ("least_passed_share".to_owned(), format!("{:.2}", config.passed_share)),
            ("episodes".to_owned(), episodes.len().to_string()),
            ("passing_episodes".to_owned(), passing.len().to_string()),
            ("turns".to_owned(), turns.to_string()),
            ("received".to_owned(), money(received)),
            ("passed".to_owned(), money(passed)),
            ("passed_share".to_owned(), format!("{share:.3}")),
            ("median_retained_share".to_owned(), format!("{median:.3}")),
            ("passed_share_turned".to_owned(), format!("{turned:.3}")),
            ("payers".to_owned(), payers.len().to_string()),
            ("beneficiaries".to_owned(), beneficiaries.len().to_string()),
            ("effective_payers".to_owned(), format!("{from:.2}")),
            ("effective_beneficiaries".to_owned(), format!("{to:.2}")),
        ],
        evidence: parts.iter().flat_map(|&m| movements[m].rows).copied().collect(),
    })
}
