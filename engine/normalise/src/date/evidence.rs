//! What a whole column says of the order of its dates.
//!
//! A row never decides. The column decides when a number above 12 leaves one order, or when the rows stand in the
//! order of time under exactly one reading and are clearly out of it under the other. Otherwise a person is
//! asked: a wrong month puts a call in another place of the story, and nobody would notice.

use super::scan::{self, Shape};
use super::{DateOrder, LocalTime};

/// Distinct steps in time that a column must show before its order of rows may decide.
const STEPS_NEEDED: u32 = 20;
/// Steps backward that make the other reading clearly broken.
const BREAKS_NEEDED: u32 = 3;
/// One row in so many may contradict the rest: a typing error.
const ONE_ERROR_IN: u64 = 1_000;

/// The answer of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateDecision {
    /// The column decides; a column whose dates state their own order is `YearFirst`.
    Decided(DateOrder),
    /// Several orders fit: a person must say.
    Ambiguous,
    /// The column holds no dates.
    NotDates,
}

/// Collects what the values of a column say; feed it **every** row, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DateEvidence {
    /// Values that are not blank.
    seen: u64,
    /// Dates that state their own order.
    fixed: u64,
    /// Dates whose order is open, with any valid reading.
    open: u64,
    /// Of them, without a four-digit year.
    open_short: u64,
    only_day_first: u64,
    only_month_first: u64,
    /// Of the dates with short years, those that no reading with the year at the end allows.
    only_year_first: u64,
    /// Values that the first and the last number took, one bit each for 0..=127.
    firsts: u128,
    lasts: u128,
    day_first: Run,
    month_first: Run,
}

/// How well the rows stand in the order of time under one reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Run {
    first: Option<(i32, u32)>,
    last: Option<(i32, u32)>,
    forward: u32,
    backward: u32,
    broken: bool,
}

fn join(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

fn part(word: u64) -> (u32, u32) {
    ((word >> 32) as u32, word as u32)
}

impl Run {
    fn observe(&mut self, local: Option<LocalTime>) {
        let Some(local) = local else {
            self.broken = true;
            return;
        };
        let now = (local.date.days_since_epoch(), local.second_of_day.unwrap_or(0));
        self.step(now);
        self.first = self.first.or(Some(now));
        self.last = Some(now);
    }

    fn step(&mut self, now: (i32, u32)) {
        if let Some(last) = self.last {
            // Only whole days count: within one day both readings agree.
            self.forward = self.forward.saturating_add(u32::from(now.0 > last.0));
            self.backward = self.backward.saturating_add(u32::from(now.0 < last.0));
            self.broken |= now < last && now.0 == last.0;
        }
    }

    /// Goes on with the rows that follow.
    fn merge(&mut self, later: &Self) {
        if let Some(first) = later.first {
            self.step(first);
        }
        self.first = self.first.or(later.first);
        self.last = later.last.or(self.last);
        self.forward = self.forward.saturating_add(later.forward);
        self.backward = self.backward.saturating_add(later.backward);
        self.broken |= later.broken;
    }

    fn words(&self) -> [u64; 4] {
        let moment = |at: Option<(i32, u32)>| at.map_or(0, |(day, second)| join(day as u32, second));
        let is = [self.first.is_some(), self.last.is_some(), self.broken];
        let is = is.iter().rev().fold(0, |bits, is| bits << 1 | u64::from(*is));
        [is, moment(self.first), moment(self.last), join(self.forward, self.backward)]
    }

    fn of_words([is, first, last, steps]: [u64; 4]) -> Self {
        let moment = |there: u64, at: u64| {
            let (day, second) = part(at);
            (is & there != 0).then_some((day as i32, second))
        };
        let (forward, backward) = part(steps);
        Self { first: moment(1, first), last: moment(2, last), forward, backward, broken: is & 4 != 0 }
    }

    fn is_orderly(&self) -> bool {
        !self.broken && self.backward == 0 && self.forward >= STEPS_NEEDED
    }

    fn is_clearly_broken(&self) -> bool {
        self.backward >= BREAKS_NEEDED
    }
}

impl DateEvidence {
    /// Takes the next value of the column. Blank values say nothing.
    pub fn observe(&mut self, raw: &str) {
        if raw.trim().is_empty() {
            return;
        }
        self.take(scan::read(raw));
    }

    /// Takes a date whose year stands first, in four digits.
    pub fn observe_fixed(&mut self) {
        self.seen += 1;
        self.fixed += 1;
    }

    /// Takes a date of day and month, in an order that is open, and a year of four digits.
    ///
    /// # Arguments   `second_of_day`: of the time of day behind it, if one is written
    pub fn observe_open(&mut self, first: u16, second: u16, year: u16, second_of_day: Option<u32>) {
        let clock =
            second_of_day.map(|second_of_day| scan::Clock { second_of_day, ..scan::Clock::default() });
        self.take(Some(Shape::Open { parts: [first, second, year], four_digit_year: true, clock }));
    }

    /// Goes on with the evidence of the rows that follow.
    pub fn merge(&mut self, later: &Self) {
        self.seen += later.seen;
        self.fixed += later.fixed;
        self.open += later.open;
        self.open_short += later.open_short;
        self.only_day_first += later.only_day_first;
        self.only_month_first += later.only_month_first;
        self.only_year_first += later.only_year_first;
        self.firsts |= later.firsts;
        self.lasts |= later.lasts;
        self.day_first.merge(&later.day_first);
        self.month_first.merge(&later.month_first);
    }

    /// All that was collected, as numbers for [`Self::of_words`].
    pub fn words(&self) -> [u64; 19] {
        let halves = |bits: u128| [bits as u64, (bits >> 64) as u64];
        let ([a, b], [c, d]) = (halves(self.firsts), halves(self.lasts));
        let ([e, f, g, h], [i, j, k, l]) = (self.day_first.words(), self.month_first.words());
        let Self { seen, fixed, open, open_short, only_day_first, only_month_first, only_year_first, .. } =
            *self;
        let counts = [seen, fixed, open, open_short, only_day_first, only_month_first, only_year_first];
        let [s, t, u, v, w, x, y] = counts;
        [s, t, u, v, w, x, y, a, b, c, d, e, f, g, h, i, j, k, l]
    }

    /// The evidence of which these are the words.
    pub fn of_words(words: [u64; 19]) -> Self {
        let [s, t, u, v, w, x, y, a, b, c, d, e, f, g, h, i, j, k, l] = words;
        let whole = |low: u64, high: u64| u128::from(high) << 64 | u128::from(low);
        Self {
            seen: s,
            fixed: t,
            open: u,
            open_short: v,
            only_day_first: w,
            only_month_first: x,
            only_year_first: y,
            firsts: whole(a, b),
            lasts: whole(c, d),
            day_first: Run::of_words([e, f, g, h]),
            month_first: Run::of_words([i, j, k, l]),
        }
    }

    fn take(&mut self, shape: Option<Shape>) {
        self.seen += 1;
        match shape {
            None => {}
            Some(Shape::Fixed(_) | Shape::Serial(_)) => self.fixed += 1,
            Some(open @ Shape::Open { parts: [first, _, last], four_digit_year, .. }) => {
                let day_first = open.in_order(DateOrder::DayFirst);
                let month_first = open.in_order(DateOrder::MonthFirst);
                let year_first = open.in_order(DateOrder::YearFirst);
                if day_first.is_none() && month_first.is_none() && year_first.is_none() {
                    return;
                }
                self.open += 1;
                self.open_short += u64::from(!four_digit_year);
                match (day_first, month_first) {
                    (Some(_), None) => self.only_day_first += 1,
                    (None, Some(_)) => self.only_month_first += 1,
                    (None, None) => self.only_year_first += 1,
                    (Some(_), Some(_)) => {}
                }
                self.firsts |= 1u128.checked_shl(u32::from(first)).unwrap_or(0);
                self.lasts |= 1u128.checked_shl(u32::from(last)).unwrap_or(0);
                self.day_first.observe(day_first);
                self.month_first.observe(month_first);
            }
        }
    }

    /// The order of day and month that at least eight times as many dates demand as the other, if there is one.
    ///
    /// For a column in which a few dates are mistyped: [`Self::decide`] calls it contradictory.
    pub fn majority(&self) -> Option<DateOrder> {
        const TIMES: u64 = 8;
        let (day, month) = (self.only_day_first, self.only_month_first);
        if day >= TIMES * month.max(1) {
            Some(DateOrder::DayFirst)
        } else if month >= TIMES * day.max(1) {
            Some(DateOrder::MonthFirst)
        } else {
            None
        }
    }

    /// What the column decides; see [`DateDecision`].
    pub fn decide(&self) -> DateDecision {
        let dates = self.fixed + self.open;
        if dates == 0 || dates * 2 < self.seen {
            return DateDecision::NotDates;
        }
        if self.open == 0 {
            return DateDecision::Decided(DateOrder::YearFirst);
        }
        if self.open_short == self.open
            && let Some(decision) = self.decide_short()
        {
            return decision;
        }
        self.decide_day_or_month()
    }

    /// Whether the year of two digits stands first; `None` if it stands last.
    fn decide_short(&self) -> Option<DateDecision> {
        let (firsts, lasts) = (self.firsts.count_ones(), self.lasts.count_ones());
        let settled_first = firsts <= 3 && lasts > 3;
        let settled_last = lasts <= 3 && firsts > 3;
        if self.only_year_first > 0 {
            let others = self.only_day_first + self.only_month_first;
            let clear = settled_first || others * ONE_ERROR_IN <= self.only_year_first;
            return Some(if clear {
                DateDecision::Decided(DateOrder::YearFirst)
            } else {
                DateDecision::Ambiguous
            });
        }
        if settled_first {
            // A year changes seldom down a file, a day often.
            return Some(DateDecision::Decided(DateOrder::YearFirst));
        }
        // Few days, so nothing tells the year from the day: `25-06-04` may be 25 June 2004 or 4 June 2025.
        (!settled_last && self.firsts != 0 && self.could_be_year_first()).then_some(DateDecision::Ambiguous)
    }

    /// Whether the last number was ever a day that exists, so that the year could stand first.
    fn could_be_year_first(&self) -> bool {
        let days = (1u128 << 32) - 2;
        self.lasts & !days == 0
    }

    fn decide_day_or_month(&self) -> DateDecision {
        let (day, month) = (self.only_day_first, self.only_month_first);
        if day > 0 && month * ONE_ERROR_IN <= day {
            return DateDecision::Decided(DateOrder::DayFirst);
        }
        if month > 0 && day * ONE_ERROR_IN <= month {
            return DateDecision::Decided(DateOrder::MonthFirst);
        }
        if day > 0 || month > 0 || self.only_year_first > 0 {
            return DateDecision::Ambiguous;
        }
        if self.day_first.is_orderly() && self.month_first.is_clearly_broken() {
            return DateDecision::Decided(DateOrder::DayFirst);
        }
        if self.month_first.is_orderly() && self.day_first.is_clearly_broken() {
            return DateDecision::Decided(DateOrder::MonthFirst);
        }
        DateDecision::Ambiguous
    }
}
