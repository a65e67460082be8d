//! How moments and lengths stand in files, so that the text as written can be made again from the value.
//!
//! A table writes its moments in one way, millions of times. Such a way is a [`TimeForm`]: what stands in the file
//! is then a function of the local time, and need not be kept as text. **Invariant:** a form is only ever claimed
//! for a text that it writes again byte for byte; any other text is [`TimeForm::FREE`] and kept as it is.

use crate::time::{CivilDate, Precision, Stamp};

/// A day and time of day on the local clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wall {
    /// The day.
    pub date: CivilDate,
    /// Seconds since midnight; 0 where only the day is written.
    pub second_of_day: u32,
    /// How fine it is written.
    pub precision: Precision,
}

/// A way of writing a moment: order of the date, separator and clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeForm(u8);

const SEPARATORS: [u8; 3] = *b"-/.";
const YEAR_FIRST: u8 = 0;
const DAY_FIRST: u8 = 1;
const MONTH_FIRST: u8 = 2;
/// What may follow the date: nothing, or a joint and a clock with or without seconds.
const CLOCKS: [(u8, bool); 5] = [(0, false), (b' ', false), (b' ', true), (b'T', false), (b'T', true)];

fn two(bytes: &[u8], at: usize) -> Option<u32> {
    let tens = u32::from(bytes.get(at)?.wrapping_sub(b'0'));
    let ones = u32::from(bytes.get(at + 1)?.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then_some(tens * 10 + ones)
}

impl TimeForm {
    /// No form: the text itself is kept.
    pub const FREE: Self = Self(0);

    /// The stable number of the form.
    pub fn code(self) -> u8 {
        self.0
    }

    /// The form of a stable number.
    pub fn from_code(code: u8) -> Option<Self> {
        (code <= 45).then_some(Self(code))
    }

    fn new(order: u8, separator: usize, clock: usize) -> Self {
        Self(1 + (order * 3 + separator as u8) * 5 + clock as u8)
    }

    fn parts(self) -> Option<(u8, u8, (u8, bool))> {
        let code = self.0.checked_sub(1)?;
        let separator = *SEPARATORS.get(usize::from(code / 5 % 3))?;
        Some((code / 15, separator, *CLOCKS.get(usize::from(code % 5))?))
    }

    /// Reads a text that is written in one of the forms, whole.
    ///
    /// # Arguments   `day_first`: what stands first where the year stands last; such texts are not read without it
    /// # Returns     `None` for any other text, and for a day or time that does not exist
    pub fn read(text: &[u8], day_first: Option<bool>) -> Option<(Self, Wall)> {
        let date = text.get(..10)?;
        let year_first = !date.get(4)?.is_ascii_digit();
        let (at, order) = match (year_first, day_first) {
            (true, _) => ([0, 5, 8], YEAR_FIRST),
            (false, Some(true)) => ([6, 3, 0], DAY_FIRST),
            (false, Some(false)) => ([6, 0, 3], MONTH_FIRST),
            (false, None) => return None,
        };
        let marks = if year_first { [4, 7] } else { [2, 5] };
        let mark = *date.get(marks[0])?;
        let separator = SEPARATORS.iter().position(|s| *s == mark)?;
        if *date.get(marks[1])? != mark {
            return None;
        }
        let year = two(date, at[0])? * 100 + two(date, at[0] + 2)?;
        let (month, day) = (two(date, at[1])?, two(date, at[2])?);
        if !(1_800..=2_200).contains(&year) {
            return None;
        }
        let date = CivilDate::new(year as i16, month as u8, day as u8)?;
        let rest = text.get(10..)?;
        let (clock, second_of_day, precision) = match rest.len() {
            0 => (0, 0, Precision::Day),
            6 | 9 => {
                let joint = *rest.first()?;
                let (hour, minute) = (two(rest, 1)?, two(rest, 4)?);
                let seconds = rest.len() == 9;
                let second = if seconds { two(rest, 7)? } else { 0 };
                let colons = *rest.get(3)? == b':' && (!seconds || *rest.get(6)? == b':');
                if !colons || hour > 23 || minute > 59 || second > 59 {
                    return None;
                }
                let clock = CLOCKS.iter().skip(1).position(|c| *c == (joint, seconds))? + 1;
                let precision = if seconds { Precision::Second } else { Precision::Minute };
                (clock, hour * 3_600 + minute * 60 + second, precision)
            }
            _ => return None,
        };
        Some((Self::new(order, separator, clock), Wall { date, second_of_day, precision }))
    }

    /// Writes a local time in this form.
    pub fn write(self, wall: &Wall) -> Option<String> {
        let (order, separator, (joint, seconds)) = self.parts()?;
        let separator = char::from(separator);
        let CivilDate { year, month, day } = wall.date;
        let mut out = match order {
            YEAR_FIRST => format!("{year:04}{separator}{month:02}{separator}{day:02}"),
            DAY_FIRST => format!("{day:02}{separator}{month:02}{separator}{year:04}"),
            _ => format!("{month:02}{separator}{day:02}{separator}{year:04}"),
        };
        if joint != 0 {
            let s = wall.second_of_day;
            out.push(char::from(joint));
            out.push_str(&format!("{:02}:{:02}", s / 3_600, s / 60 % 60));
            if seconds {
                out.push_str(&format!(":{:02}", s % 60));
            }
        }
        Some(out)
    }

    /// The form in which this text states this moment; [`FREE`](Self::FREE) if it is none of them.
    ///
    /// Of two orders that write the moment alike, the day stands first unless `day_first` says otherwise.
    pub fn of(text: &str, stamp: Option<&Stamp>, day_first: Option<bool>) -> Self {
        let Some(wall) = stamp.and_then(Wall::of) else { return Self::FREE };
        let fits = |first| {
            Self::read(text.as_bytes(), Some(first))
                .filter(|(form, _)| form.write(&wall).as_deref() == Some(text))
        };
        let first = day_first.unwrap_or(true);
        fits(first).or_else(|| fits(!first)).map_or(Self::FREE, |(form, _)| form)
    }

    /// The text that states this moment; `None` for [`FREE`](Self::FREE).
    pub fn text(self, stamp: &Stamp) -> Option<String> {
        self.write(&Wall::of(stamp)?)
    }
}

impl Wall {
    /// The local time of a moment; `None` beyond the years that forms write, and for parts of a second.
    pub fn of(stamp: &Stamp) -> Option<Self> {
        let local = stamp.instant_us.checked_add(i64::from(stamp.offset_minutes) * 60_000_000)?;
        if local.rem_euclid(1_000_000) != 0 {
            return None;
        }
        let seconds = local.div_euclid(1_000_000);
        let date = CivilDate::from_days(i32::try_from(seconds.div_euclid(86_400)).ok()?)?;
        let second_of_day = seconds.rem_euclid(86_400) as u32;
        Some(Self { date, second_of_day, precision: stamp.precision })
    }
}

/// A way of writing a length in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum DurationForm {
    /// Nothing is written.
    #[default]
    Empty = 0,
    /// `95`
    Seconds = 1,
    /// `00:01:35`
    HourMinuteSecond = 2,
    /// `0:01:35`
    ShortHour = 3,
    /// `01:35`
    MinuteSecond = 4,
    /// `1:35`
    ShortMinute = 5,
}

impl DurationForm {
    /// All forms, in the order of their numbers.
    pub const ALL: [Self; 6] = [
        Self::Empty,
        Self::Seconds,
        Self::HourMinuteSecond,
        Self::ShortHour,
        Self::MinuteSecond,
        Self::ShortMinute,
    ];

    /// Writes a length in this form.
    pub fn text(self, seconds: i64) -> String {
        let (h, m, s) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        match self {
            Self::Empty => String::new(),
            Self::Seconds => seconds.to_string(),
            Self::HourMinuteSecond => format!("{h:02}:{m:02}:{s:02}"),
            Self::ShortHour => format!("{h}:{m:02}:{s:02}"),
            Self::MinuteSecond => format!("{:02}:{s:02}", seconds / 60),
            Self::ShortMinute => format!("{}:{s:02}", seconds / 60),
        }
    }

    /// The form in which this text states this length; `None` if it is none of them.
    pub fn of(text: &str, seconds: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.text(seconds) == text)
    }
}

/// What ends a physical line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum LineEnd {
    /// Nothing: the file ends with the line.
    #[default]
    Nothing = 0,
    /// A line feed.
    Feed = 1,
    /// A carriage return and a line feed.
    ReturnFeed = 2,
    /// A carriage return.
    Return = 3,
}

impl LineEnd {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Nothing, Self::Feed, Self::ReturnFeed, Self::Return];

    /// The characters.
    pub fn text(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Feed => "\n",
            Self::ReturnFeed => "\r\n",
            Self::Return => "\r",
        }
    }

    /// Its stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Feed => "lf",
            Self::ReturnFeed => "crlf",
            Self::Return => "cr",
        }
    }

    /// The line end of a stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.word() == word)
    }
}

/// How a whole row stands in its line, beside what its record holds.
///
/// **Invariant:** as for [`TimeForm`], it is only ever claimed for a line that it gives back byte for byte.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LineForm {
    /// What stands in each column, one word a column, joined by commas.
    pub columns: String,
    /// What stands between columns.
    pub delimiter: String,
    /// For each column `q` where its text stands in quotes and `-` where not; empty where none does.
    pub quoted: String,
    /// How the line ends.
    pub end: LineEnd,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_a_form_reads_it_writes(days in -60_000i32..80_000, second in 0u32..86_400, code in 1u8..=45, first: bool) {
            let date = CivilDate::from_days(days).expect("in range");
            let form = TimeForm::from_code(code).expect("a form");
            let wall = Wall { date, second_of_day: second, precision: Precision::Second };
            let text = form.write(&wall).expect("written");
            let order = (code - 1) / 15;
            let read = TimeForm::read(text.as_bytes(), Some(if order == 0 { first } else { order == DAY_FIRST }));
            let (again, found) = read.expect("read");
            prop_assert_eq!(again, form);
            prop_assert_eq!(found.date, date);
            prop_assert_eq!(form.write(&found), Some(text));
        }

        #[test]
        fn no_text_breaks_a_form(text in "\\PC{0,24}", first in proptest::option::of(any::<bool>())) {
            if let Some((form, wall)) = TimeForm::read(text.as_bytes(), first) {
                prop_assert_eq!(form.write(&wall), Some(text));
            }
        }

        #[test]
        fn lengths_come_back(seconds in 0i64..1_000_000, form in 0usize..6) {
            let form = DurationForm::ALL[form];
            let text = form.text(seconds);
            prop_assert_eq!(DurationForm::of(&text, seconds).map(|f| f.text(seconds)), Some(text));
        }
    }
}
