//! Taking a date apart: words and numbers first, then a shape, and only then an order.

use super::{DateOrder, LocalTime, excel_serial};
use model::time::{CivilDate, Precision};
use std::borrow::Cow;

/// What a text says before anybody decides which number is the day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shape {
    /// The text states its own order.
    Fixed(LocalTime),
    /// A serial number of a spreadsheet.
    Serial(LocalTime),
    /// Three numbers whose order is open; `year_digits` of the one that is or may be the year.
    Open { parts: [u16; 3], four_digit_year: bool, clock: Option<Clock> },
}

/// A time of day with its fineness and the offset behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Clock {
    pub(super) second_of_day: u32,
    pub(super) micros: u32,
    pub(super) has_seconds: bool,
    pub(super) offset_minutes: Option<i16>,
}

impl Shape {
    /// The moment under this order; `None` if it is no date there.
    pub(super) fn in_order(self, order: DateOrder) -> Option<LocalTime> {
        match self {
            Self::Fixed(local) | Self::Serial(local) => Some(local),
            Self::Open { parts: [a, b, c], four_digit_year, clock } => {
                let (year, month, day) = match order {
                    DateOrder::DayFirst => (c, b, a),
                    DateOrder::MonthFirst => (c, a, b),
                    // Four digits stand last, so the year cannot stand first.
                    DateOrder::YearFirst if four_digit_year => return None,
                    DateOrder::YearFirst => (a, b, c),
                };
                let year = if four_digit_year { year } else { full_year(year) };
                Some(local(civil(year, month, day)?, clock))
            }
        }
    }
}

fn full_year(two_digits: u16) -> u16 {
    two_digits + if two_digits < 50 { 2_000 } else { 1_900 }
}

fn civil(year: u16, month: u16, day: u16) -> Option<CivilDate> {
    if !(1_800..=2_200).contains(&year) {
        return None;
    }
    CivilDate::new(i16::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
}

fn local(date: CivilDate, clock: Option<Clock>) -> LocalTime {
    let precision = match clock {
        None => Precision::Day,
        Some(c) if c.has_seconds => Precision::Second,
        Some(_) => Precision::Minute,
    };
    LocalTime {
        date,
        second_of_day: clock.map(|c| c.second_of_day),
        micros: clock.map_or(0, |c| c.micros),
        precision,
        offset_minutes: clock.and_then(|c| c.offset_minutes),
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    /// Value and number of digits.
    Number(u64, usize),
    Word(&'a str),
    Sign(u8),
    Blank,
}

const MOST_TOKENS: usize = 32;

/// A text as tokens, and a cursor over them.
struct Tokens<'a> {
    list: [Token<'a>; MOST_TOKENS],
    len: usize,
}

impl<'a> Tokens<'a> {
    /// `None` if the text holds more than any date does.
    fn of(text: &'a str) -> Option<Self> {
        let mut tokens = Self { list: [Token::Blank; MOST_TOKENS], len: 0 };
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let start = at;
            let run = |class: fn(&u8) -> bool| {
                bytes.get(start..).map_or(0, |rest| rest.iter().take_while(|b| class(b)).count())
            };
            let token = match byte {
                b'0'..=b'9' => {
                    at += run(u8::is_ascii_digit);
                    if at - start > 17 {
                        return None;
                    }
                    Token::Number(text.get(start..at)?.parse().ok()?, at - start)
                }
                b'a'..=b'z' | b'A'..=b'Z' => {
                    at += run(u8::is_ascii_alphabetic);
                    Token::Word(text.get(start..at)?)
                }
                b if b.is_ascii_whitespace() => {
                    at += run(u8::is_ascii_whitespace);
                    Token::Blank
                }
                b'/' | b'-' | b'.' | b':' | b',' | b'+' | b'\'' => {
                    at += 1;
                    Token::Sign(byte)
                }
                _ => return None,
            };
            *tokens.list.get_mut(tokens.len)? = token;
            tokens.len += 1;
        }
        Some(tokens)
    }

    fn get(&self, at: usize) -> Option<Token<'a>> {
        self.list.get(at).filter(|_| at < self.len).copied()
    }

    /// The place of the next token from `at` on that is no blank.
    fn solid(&self, at: usize) -> usize {
        (at..self.len).find(|&i| self.get(i) != Some(Token::Blank)).unwrap_or(self.len)
    }

    fn number(&self, at: usize) -> Option<(u64, usize)> {
        match self.get(at) {
            Some(Token::Number(value, digits)) => Some((value, digits)),
            _ => None,
        }
    }

    fn is_sign(&self, at: usize, sign: u8) -> bool {
        self.get(at) == Some(Token::Sign(sign))
    }

    fn word(&self, at: usize) -> Option<&'a str> {
        match self.get(at) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// Puts blanks in place of what has been read.
    fn erase(&mut self, from: usize, to: usize) {
        if let Some(range) = self.list.get_mut(from..to.min(self.len)) {
            range.fill(Token::Blank);
        }
    }
}

/// ASCII text of a date: accents off, all blanks alike.
fn plain(raw: &str) -> Cow<'_, str> {
    let trimmed = raw.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\u{FEFF}'));
    if trimmed.is_ascii() {
        return Cow::Borrowed(trimmed);
    }
    trimmed
        .chars()
        .map(|c| match c {
            'á' | 'Á' => 'a',
            'é' | 'É' => 'e',
            'í' | 'Í' => 'i',
            'ó' | 'Ó' => 'o',
            'ú' | 'Ú' => 'u',
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            '\u{200E}' | '\u{200F}' => ' ',
            _ if c.is_whitespace() => ' ',
            _ => c,
        })
        .collect::<String>()
        .into()
}

/// The month that a Spanish or English word names.
fn month_of(word: &str) -> Option<u16> {
    const MONTHS: [&[&str]; 12] = [
        &["ene", "enero", "jan", "january"],
        &["feb", "febrero", "february"],
        &["mar", "marzo", "march"],
        &["abr", "abril", "apr", "april"],
        &["may", "mayo"],
        &["jun", "junio", "june"],
        &["jul", "julio", "july"],
        &["ago", "agosto", "aug", "august"],
        &["sep", "set", "sept", "septiembre", "setiembre", "september"],
        &["oct", "octubre", "october"],
        &["nov", "noviembre", "november"],
        &["dic", "diciembre", "dec", "december"],
    ];
    MONTHS
        .iter()
        .position(|names| names.iter().any(|n| n.eq_ignore_ascii_case(word)))
        .and_then(|i| u16::try_from(i + 1).ok())
}

/// Words that say nothing: weekdays, particles, units of a clock.
fn is_filler(word: &str) -> bool {
    #[rustfmt::skip]
    const FILLERS: &[&str] = &[
        "lunes", "lun", "martes", "miercoles", "mie", "jueves", "jue", "viernes", "vie", "sabado", "sab", "domingo",
        "dom", "monday", "mon", "tuesday", "tue", "wednesday", "wed", "thursday", "thu", "friday", "fri",
        "saturday", "sat", "sunday", "sun", "de", "del", "a", "las", "la", "el", "hrs", "hr", "hs", "h", "horas",
        "at", "of", "th", "st", "nd", "rd", "t",
    ];
    FILLERS.iter().any(|f| f.eq_ignore_ascii_case(word))
}

/// Reads the shape of a date; `None` if the text is none.
pub(super) fn read(raw: &str) -> Option<Shape> {
    let text = plain(raw);
    if text.len() < 5 || text.len() > 80 {
        return None;
    }
    if let Some(serial) = serial(&text) {
        return Some(Shape::Serial(serial));
    }
    let mut tokens = Tokens::of(&text)?;
    let clock = match take_clock(&mut tokens) {
        Ok(clock) => clock,
        Err(NotATime) => return None,
    };
    date(&tokens, clock)
}

/// `45356`, `45356.5833`, `45356,5833`: days of the years 1980 to 2064.
fn serial(text: &str) -> Option<LocalTime> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if whole.len() != 5 || !digits(whole) || !digits(fraction) || fraction.len() > 15 {
        return None;
    }
    let days: f64 = whole.parse().ok()?;
    let part: f64 = format!("0.{fraction}").parse().ok()?;
    (29_221.0..60_267.0).contains(&days).then(|| excel_serial(days + part))?
}

/// The text has the marks of a clock, but shows no time of day.
pub(super) struct NotATime;

/// Only the time of day of a text, with or without a date before it.
pub(super) fn clock_of(raw: &str) -> Option<Clock> {
    let text = plain(raw);
    let mut tokens = Tokens::of(&text)?;
    let clock = take_clock(&mut tokens).ok()??;
    let rest_is_date = (0..tokens.len).all(|i| match tokens.get(i) {
        Some(Token::Blank) | None => true,
        Some(Token::Word(word)) => is_filler(word),
        _ => false,
    }) || date(&tokens, None).is_some();
    rest_is_date.then_some(clock)
}

/// Finds the time of day, erases it from the tokens and returns it; of two, `00:00:00` gives way to the other.
fn take_clock(tokens: &mut Tokens<'_>) -> Result<Option<Clock>, NotATime> {
    let mut found: Option<Clock> = None;
    let mut at = 0;
    while at < tokens.len {
        let begins = tokens.number(at).is_some()
            && (tokens.is_sign(at + 1, b':')
                || meridiem(tokens, tokens.solid(at + 1)).is_some()
                || (tokens.word(at + 1).is_some_and(|w| w.eq_ignore_ascii_case("h"))
                    && tokens.number(at + 2).is_some()));
        if !begins {
            at += 1;
            continue;
        }
        let (clock, end) = read_clock(tokens, at).ok_or(NotATime)?;
        found = match found {
            None => Some(clock),
            Some(first) if first.second_of_day == 0 && first.micros == 0 => Some(clock),
            Some(first) if clock.second_of_day == first.second_of_day => Some(first),
            Some(_) => return Err(NotATime),
        };
        tokens.erase(at, end);
        at = end;
    }
    Ok(found)
}

/// Hour, minute, second, fraction, a. m. or p. m., and offset, from the token of the hour on.
fn read_clock(tokens: &Tokens<'_>, at: usize) -> Option<(Clock, usize)> {
    let (mut hour, digits) = tokens.number(at)?;
    if digits > 2 {
        return None;
    }
    let mut end = at + 1;
    let (mut minute, mut second, mut micros, mut has_seconds) = (0, 0, 0, false);
    let two = |i: usize| tokens.number(i).filter(|&(value, digits)| value < 60 && digits <= 2);
    if tokens.is_sign(end, b':') || tokens.word(end).is_some_and(|w| w.eq_ignore_ascii_case("h")) {
        minute = two(end + 1)?.0;
        end += 2;
        if tokens.is_sign(end, b':') {
            second = two(end + 1)?.0;
            has_seconds = true;
            end += 2;
            let fraction =
                (tokens.is_sign(end, b'.') || tokens.is_sign(end, b',') || tokens.is_sign(end, b':'))
                    .then(|| tokens.number(end + 1))
                    .flatten();
            if let Some((value, digits)) = fraction.filter(|&(_, digits)| digits <= 9) {
                let scale = 10u64.pow(u32::try_from(digits).ok()?);
                micros = u32::try_from(u128::from(value) * 1_000_000 / u128::from(scale)).ok()?;
                end += 2;
            }
        }
    }
    if let Some((afternoon, after)) = meridiem(tokens, tokens.solid(end)) {
        hour = match (hour, afternoon) {
            (12, false) => 0,
            (12, true) => 12,
            (1..=11, true) => hour + 12,
            // Some systems write `14:05 p. m.`; `14:05 a. m.` contradicts itself.
            (13..=23, true) | (0..=11, false) => hour,
            _ => return None,
        };
        end = after;
    }
    if hour > 23 {
        return None;
    }
    let (offset_minutes, end) = offset(tokens, end);
    let second_of_day = u32::try_from(hour * 3_600 + minute * 60 + second).ok()?;
    Some((Clock { second_of_day, micros, has_seconds, offset_minutes }, end))
}

/// `am`, `PM`, `a.m.`, `p. m.`: whether it is afternoon, and the token behind it.
fn meridiem(tokens: &Tokens<'_>, at: usize) -> Option<(bool, usize)> {
    let word = tokens.word(at)?;
    let is = |text: &str, other: &str| text.eq_ignore_ascii_case(other);
    if is(word, "am") || is(word, "pm") {
        let end = at + 1 + usize::from(tokens.is_sign(at + 1, b'.'));
        return Some((is(word, "pm"), end));
    }
    if !is(word, "a") && !is(word, "p") {
        return None;
    }
    let mut end = at + 1 + usize::from(tokens.is_sign(at + 1, b'.'));
    end = tokens.solid(end);
    if !tokens.word(end).is_some_and(|w| is(w, "m")) {
        return None;
    }
    end += 1;
    end += usize::from(tokens.is_sign(end, b'.'));
    Some((is(word, "p"), end))
}

/// `Z`, `+02:00`, `-0600`, `-06`, `UTC`, `GMT-6` behind a time.
fn offset(tokens: &Tokens<'_>, at: usize) -> (Option<i16>, usize) {
    let mut here = tokens.solid(at);
    let mut named = false;
    if let Some(word) = tokens.word(here) {
        if word.eq_ignore_ascii_case("z") {
            return (Some(0), here + 1);
        }
        if word.eq_ignore_ascii_case("utc") || word.eq_ignore_ascii_case("gmt") {
            named = true;
            here += 1;
        }
    }
    // A sign with a blank before it and no name is a range or a dash, not an offset, unless the form is full.
    let negative = tokens.is_sign(here, b'-');
    if (negative || tokens.is_sign(here, b'+'))
        && let Some((value, digits)) = tokens.number(here + 1)
    {
        let (minutes, end) = match digits {
            4 => (value / 100 * 60 + value % 100, here + 2),
            1 | 2 if tokens.is_sign(here + 2, b':') => match tokens.number(here + 3) {
                Some((m, 2)) => (value * 60 + m, here + 4),
                _ => return (named.then_some(0), at),
            },
            1 | 2 => (value * 60, here + 2),
            _ => return (named.then_some(0), at),
        };
        if minutes <= 14 * 60
            && let Ok(minutes) = i16::try_from(minutes)
        {
            return (Some(if negative { -minutes } else { minutes }), end);
        }
    }
    if named { (Some(0), here) } else { (None, at) }
}

/// The date in tokens without a time of day.
fn date(tokens: &Tokens<'_>, mut clock: Option<Clock>) -> Option<Shape> {
    let mut numbers: [(u64, usize); 4] = [(0, 0); 4];
    let mut count = 0;
    let mut month = None;
    let mut month_at = 0;
    for at in 0..tokens.len {
        match tokens.get(at)? {
            Token::Number(value, digits) => {
                *numbers.get_mut(count)? = (value, digits);
                count += 1;
            }
            Token::Word(word) => match month_of(word) {
                Some(m) if month.is_none() => {
                    month = Some(m);
                    month_at = count;
                }
                // `Mar` is March, and Tuesday; `Mar 12 mar 2019` has both.
                Some(_) | None if is_filler(word) || month_of(word).is_some() => {}
                _ => return None,
            },
            Token::Sign(b'/' | b'-' | b'.' | b',' | b'\'') | Token::Blank => {}
            Token::Sign(_) => return None,
        }
    }
    let [a, b, c, d] = numbers;
    // `20240403 101500`, `03/04/2024 1015`: a clock without marks behind a whole date.
    let bare = match (count, month) {
        (2, None) if a.1 == 8 => Some(b),
        (4, None) => Some(d),
        _ => None,
    };
    if let Some((value, digits)) = bare {
        if clock.is_some() {
            return None;
        }
        clock = Some(bare_clock(value, digits)?);
        count -= 1;
    }
    if let Some(month) = month {
        return named(&[a, b], count, month, month_at, clock);
    }
    match count {
        1 => compact(a.0, a.1, clock),
        3 => three([a, b, c], clock),
        _ => None,
    }
}

/// A clock of digits alone: `101500`, `91500` (its zero lost), `1015`.
pub(super) fn bare_clock(value: u64, digits: usize) -> Option<Clock> {
    let (hour, minute, second) = match digits {
        5 | 6 => (value / 10_000, value / 100 % 100, value % 100),
        3 | 4 => (value / 100, value % 100, 0),
        _ => return None,
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let second_of_day = u32::try_from(hour * 3_600 + minute * 60 + second).ok()?;
    Some(Clock { second_of_day, micros: 0, has_seconds: digits >= 5, offset_minutes: None })
}

/// Day and year around a named month.
fn named(
    numbers: &[(u64, usize); 2],
    count: usize,
    month: u16,
    month_at: usize,
    clock: Option<Clock>,
) -> Option<Shape> {
    let [a, b] = *numbers;
    if count != 2 || month_at > 1 {
        return None;
    }
    // The year has four digits or stands last.
    let (day, year) = if a.1 == 4 { (b, a) } else { (a, b) };
    if day.1 > 2 || !matches!(year.1, 2 | 4) {
        return None;
    }
    let whole = u16::try_from(year.0).ok()?;
    let whole = if year.1 == 4 { whole } else { full_year(whole) };
    Some(Shape::Fixed(local(civil(whole, month, u16::try_from(day.0).ok()?)?, clock)))
}

/// Three numbers between separators.
fn three(parts: [(u64, usize); 3], clock: Option<Clock>) -> Option<Shape> {
    let [a, b, c] = parts;
    let value = |part: (u64, usize)| u16::try_from(part.0).ok();
    if b.1 > 2 {
        return None;
    }
    match (a.1, c.1) {
        (4, 1 | 2) => Some(Shape::Fixed(local(civil(value(a)?, value(b)?, value(c)?)?, clock))),
        (1 | 2, 4) => {
            Some(Shape::Open { parts: [value(a)?, value(b)?, value(c)?], four_digit_year: true, clock })
        }
        (1 | 2, 2) | (2, 1) => {
            Some(Shape::Open { parts: [value(a)?, value(b)?, value(c)?], four_digit_year: false, clock })
        }
        _ => None,
    }
}

/// Dates without separators: `20240403`, `20240403101500`, `03042024`, `030424`.
fn compact(value: u64, digits: usize, clock: Option<Clock>) -> Option<Shape> {
    let part = |v: u64| u16::try_from(v).ok();
    let year_first = |v: u64| civil(part(v / 10_000)?, part(v / 100 % 100)?, part(v % 100)?);
    match digits {
        12 | 14 if clock.is_none() => {
            let clock_digits = digits - 8;
            let scale = 10u64.pow(u32::try_from(clock_digits).ok()?);
            let clock = bare_clock(value % scale, clock_digits)?;
            Some(Shape::Fixed(local(year_first(value / scale)?, Some(clock))))
        }
        8 => match year_first(value).filter(|d| (1_900..2_100).contains(&d.year)) {
            Some(date) => Some(Shape::Fixed(local(date, clock))),
            None => Some(Shape::Open {
                parts: [part(value / 1_000_000)?, part(value / 10_000 % 100)?, part(value % 10_000)?],
                four_digit_year: true,
                clock,
            }),
        },
        6 => Some(Shape::Open {
            parts: [part(value / 10_000)?, part(value / 100 % 100)?, part(value % 100)?],
            four_digit_year: false,
            clock,
        }),
        _ => None,
    }
}
