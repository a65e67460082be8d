//! When is somebody active: hours by days of the week, and silences that are long for them.

#[cfg(test)]
mod tests;

/// One event, on the clock of the place where it happened and on that of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Beat {
    /// The moment, microseconds UTC.
    pub instant_us: i64,
    /// Hour of the day 0..24 on the local clock.
    pub hour: u8,
    /// Day of the week 0..7 on the local clock, 0 = Sunday.
    pub weekday: u8,
    /// Days since 1970-01-01 on the local clock.
    pub day: i32,
}

/// A time without events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// The event before it.
    pub from_us: i64,
    /// The event after it.
    pub to_us: i64,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rhythm {
    /// Events by day of the week and hour.
    pub hours: [[u32; 24]; 7],
    /// Events.
    pub events: u32,
    /// Different days with events.
    pub days: u32,
    /// Events from 22:00 to 06:00.
    pub night: u32,
    /// First moment.
    pub first_us: Option<i64>,
    /// Last moment.
    pub last_us: Option<i64>,
    /// Of 100 waits from one event to the next 95 are no longer than this, in microseconds.
    pub usual_wait_us: i64,
    /// Waits longer than that, the longest first, then the earliest.
    pub silences: Vec<Silence>,
}

/// When is somebody active, and when silent for longer than usual?
///
/// Local hours are those of each event's own place, so that a telephone that crosses a border keeps its nights.
/// A silence is longer than the 95th percentile (nearest rank) of the waits between that node's events; of fewer than
/// 20 waits none is told, because none could be called unusual.
///
/// # Arguments   `most`: silences told, at most
/// # Complexity  O(n log n)
pub fn rhythm(beats: &[Beat], most: usize) -> Rhythm {
    let mut out = Rhythm::default();
    let mut instants: Vec<i64> = Vec::with_capacity(beats.len());
    let mut days: Vec<i32> = Vec::with_capacity(beats.len());
    for beat in beats.iter().filter(|b| b.weekday < 7 && b.hour < 24) {
        out.hours[usize::from(beat.weekday)][usize::from(beat.hour)] += 1;
        out.night += u32::from(beat.hour >= 22 || beat.hour < 6);
        instants.push(beat.instant_us);
        days.push(beat.day);
    }
    days.sort_unstable();
    days.dedup();
    instants.sort_unstable();
    out.events = instants.len() as u32;
    out.days = days.len() as u32;
    out.first_us = instants.first().copied();
    out.last_us = instants.last().copied();
    let mut waits: Vec<Silence> =
        instants.windows(2).map(|pair| Silence { from_us: pair[0], to_us: pair[1] }).collect();
    waits.sort_by_key(|w| (w.to_us.saturating_sub(w.from_us), std::cmp::Reverse(w.from_us)));
    let rank = (waits.len() * 95).div_ceil(100);
    if let Some(usual) = rank.checked_sub(1).and_then(|at| waits.get(at)) {
        out.usual_wait_us = usual.to_us.saturating_sub(usual.from_us);
    }
    if waits.len() >= 20 {
        let long = waits.iter().rev().filter(|w| w.to_us.saturating_sub(w.from_us) > out.usual_wait_us);
        out.silences = long.take(most).copied().collect();
    }
    out
}
