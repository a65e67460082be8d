//! Which number was used with which SIM card in which handset, when, and with whom each number speaks.

use crate::typology::DAY_US;
use model::event::CallEvent;
use model::ids::RecordRef;
use std::collections::{BTreeMap, BTreeSet};

/// One use of a number by its own side: it called, or it was called and its own return says on which terminal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use<'a> {
    pub(super) time_us: i64,
    pub(super) number: &'a str,
    pub(super) imei: Option<&'a str>,
    pub(super) imsi: Option<&'a str>,
    pub(super) rows: &'a [RecordRef],
}

/// A time without gaps in which one number was used in one handset.
#[derive(Clone, Debug)]
pub(super) struct Phase<'a> {
    pub(super) number: &'a str,
    pub(super) imei: &'a str,
    /// SIM cards stated in it.
    pub(super) imsis: BTreeSet<&'a str>,
    pub(super) first_us: i64,
    pub(super) last_us: i64,
    /// Rows of its uses in time order.
    pub(super) rows: Vec<&'a [RecordRef]>,
}

impl<'a> Phase<'a> {
    /// The phase of uses of one number in one handset, in time order.
    pub(super) fn of(uses: &[Use<'a>], imei: &'a str) -> Option<Self> {
        let (first, last) = (uses.first()?, uses.last()?);
        Some(Self {
            number: first.number,
            imei,
            imsis: uses.iter().filter_map(|u| u.imsi).collect(),
            first_us: first.time_us,
            last_us: last.time_us,
            rows: uses.iter().map(|u| u.rows).collect(),
        })
    }
}

/// All uses and contacts of a set of calls.
pub(super) struct Usage<'a> {
    /// Uses of each number in time order.
    pub(super) by_number: BTreeMap<&'a str, Vec<Use<'a>>>,
    /// Calls and messages of each number with each other number, in time order.
    contacts: BTreeMap<&'a str, Vec<(i64, &'a str)>>,
    /// How many different others each number speaks with.
    degree: BTreeMap<&'a str, usize>,
    /// The last moment in the evidence.
    pub(super) end_us: i64,
}

impl<'a> Usage<'a> {
    pub(super) fn of(events: &'a [CallEvent]) -> Self {
        let mut usage = Self {
            by_number: BTreeMap::new(),
            contacts: BTreeMap::new(),
            degree: BTreeMap::new(),
            end_us: i64::MIN,
        };
        for event in events {
            let Some(time) = event.time else { continue };
            let (caller, receiver) = (event.caller.as_str(), event.receiver.as_str());
            usage.end_us = usage.end_us.max(time.instant_us);
            for (number, other, terminal, acts) in [
                (caller, receiver, &event.caller_terminal, true),
                (receiver, caller, &event.receiver_terminal, false),
            ] {
                if number.is_empty() {
                    continue;
                }
                let (imei, imsi) = (terminal.imei.as_deref(), terminal.imsi.as_deref());
                // A number that is only called may be dead: it counts as used where its own side was on the air.
                if acts || imei.is_some() || imsi.is_some() {
                    usage.by_number.entry(number).or_default().push(Use {
                        time_us: time.instant_us,
                        number,
                        imei,
                        imsi,
                        rows: &event.sources,
                    });
                }
                if event.is_contact() && !other.is_empty() && other != number {
                    usage.contacts.entry(number).or_default().push((time.instant_us, other));
                }
            }
        }
        for uses in usage.by_number.values_mut() {
            uses.sort_by(|a, b| (a.time_us, a.imei, a.rows).cmp(&(b.time_us, b.imei, b.rows)));
        }
        for (&number, contacts) in &mut usage.contacts {
            contacts.sort_unstable();
            let others: BTreeSet<&str> = contacts.iter().map(|&(_, other)| other).collect();
            usage.degree.insert(number, others.len());
        }
        usage
    }

    /// Whether the number was used by its own side in `[from, to)`.
    pub(super) fn active(&self, number: &str, from_us: i64, to_us: i64) -> bool {
        self.by_number.get(number).is_some_and(|uses| {
            let at = uses.partition_point(|u| u.time_us < from_us);
            uses.get(at).is_some_and(|u| u.time_us < to_us)
        })
    }

    /// Contacts of a number in `[from, to]` that are not themselves tied to more than `hub_degree` numbers.
    pub(super) fn contacts(
        &self,
        number: &str,
        from_us: i64,
        to_us: i64,
        hub_degree: usize,
    ) -> BTreeSet<&'a str> {
        let all = self.contacts.get(number).map(Vec::as_slice).unwrap_or_default();
        let from = all.partition_point(|&(t, _)| t < from_us);
        all[from..]
            .iter()
            .take_while(|&&(t, _)| t <= to_us)
            .map(|&(_, other)| other)
            .filter(|other| self.degree.get(other).is_none_or(|&d| d <= hub_degree))
            .collect()
    }

    /// Whether two numbers ever spoke with each other: one person seldom calls himself.
    pub(super) fn spoke(&self, a: &str, b: &str) -> bool {
        self.contacts.get(a).is_some_and(|all| all.iter().any(|&(_, other)| other == b))
    }
}

/// How two sets of contacts meet.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Overlap {
    pub(super) shared: usize,
    /// Shared over the smaller set, 0 where one is empty.
    pub(super) share: f64,
}

impl Overlap {
    pub(super) fn of(a: &BTreeSet<&str>, b: &BTreeSet<&str>) -> Self {
        let shared = a.intersection(b).count();
        let smaller = a.len().min(b.len());
        Self { shared, share: if smaller == 0 { 0.0 } else { shared as f64 / smaller as f64 } }
    }
}

/// Sixty days before or after a moment: the span in which contacts are compared.
pub(super) const CONTACT_SPAN_US: i64 = 60 * DAY_US;
