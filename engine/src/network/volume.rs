//! How many events a case holds, week by week: counted once, when the network is made, so that the state of a case is
//! told without reading a single event.

use crate::network::event::Events;
use model::record::CallKind;
use model::time::{CivilDate, Stamp};
use std::collections::BTreeMap;

/// Events of one week by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Week {
    /// The Sunday that it begins with, on the local clock of each event; none for events without a moment.
    pub(crate) sunday: Option<CivilDate>,
    /// Voice calls.
    pub(crate) calls: u64,
    /// Messages.
    pub(crate) messages: u64,
    /// Data sessions.
    pub(crate) data_sessions: u64,
    /// Transfers.
    pub(crate) transfers: u64,
    /// First instant, microseconds UTC.
    pub(crate) first_us: Option<i64>,
    /// Last instant.
    pub(crate) last_us: Option<i64>,
}

/// The weeks of all events, ascending; those without a moment come first.
///
/// # Complexity  O(events + weeks log weeks)
pub(crate) fn weeks(events: &Events) -> Vec<Week> {
    let mut found: BTreeMap<Option<i64>, Week> = BTreeMap::new();
    let mut week_of = |time: Option<Stamp>, count: &dyn Fn(&mut Week)| {
        let sunday = time.map(|t| sunday(t.local_us()));
        let week = found.entry(sunday).or_default();
        count(week);
        let at = time.map(|t| t.instant_us);
        week.first_us = [week.first_us, at].into_iter().flatten().min();
        week.last_us = week.last_us.max(at);
    };
    for call in events.calls() {
        week_of(call.time, &|week| match call.kind {
            CallKind::Call => week.calls += 1,
            CallKind::Message => week.messages += 1,
            CallKind::Data => week.data_sessions += 1,
        });
    }
    for transfer in events.transfers() {
        week_of(transfer.time, &|week| week.transfers += 1);
    }
    let date = |day: i64| CivilDate::from_days(i32::try_from(day).ok()?);
    found.into_iter().map(|(day, week)| Week { sunday: day.and_then(date), ..week }).collect()
}

/// The Sunday on or before a local moment, in days after 1970-01-01.
fn sunday(local_us: i64) -> i64 {
    let day = local_us.div_euclid(86_400_000_000);
    // 1970-01-01 was a Thursday, four days after a Sunday.
    day - (day + 4).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::event::{CallEvent, Terminal};
    use model::time::Precision;

    #[test]
    fn weeks_begin_on_the_sunday_of_the_local_clock() {
        let call = |day: i64, hour: i64, kind| CallEvent {
            kind,
            caller: "A".into(),
            receiver: "B".into(),
            time: Some(Stamp {
                instant_us: (day * 24 + hour) * 3_600_000_000,
                offset_minutes: -360,
                zone_assumed: false,
                precision: Precision::Second,
            }),
            duration_s: None,
            caller_terminal: Terminal::default(),
            receiver_terminal: Terminal::default(),
            sources: Vec::new(),
        };
        // Day 3 of 1970 is a Sunday: at three in the morning UTC it is still Saturday six hours to the west.
        let undated = CallEvent { time: None, ..call(0, 0, CallKind::Call) };
        let calls = vec![
            undated,
            call(3, 3, CallKind::Data),
            call(3, 7, CallKind::Call),
            call(9, 12, CallKind::Message),
        ];
        let weeks = weeks(&Events::with_identifiers(calls, Vec::new(), &[]).1);
        let told: Vec<_> = weeks.iter().map(|w| (w.sunday, w.calls, w.messages, w.data_sessions)).collect();
        let date = |year, month, day| CivilDate::new(year, month, day);
        assert_eq!(told, [(None, 1, 0, 0), (date(1969, 12, 28), 0, 0, 1), (date(1970, 1, 4), 1, 1, 0)]);
        assert_eq!(weeks[2].last_us, Some((9 * 24 + 12) * 3_600_000_000));
    }
}
