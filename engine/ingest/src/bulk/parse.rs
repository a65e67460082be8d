//! The lines of a chunk become columns, without knowing where in the file they stand.
//!
//! A row that is cut by its delimiters alone and holds a moment in a known form goes into columns; any other is read
//! by [`Records`], as every row of a small file is, and judged when its line number is known. Nothing is decided
//! here that [`crate::calls`] does not decide: what a text means is asked of it once for each different text.

use super::chunk::{Chunk, marks};
use super::moment::{day_offset, moment};
use super::settled::Settled;
use super::tail::Tail;
use crate::calls;
use crate::evidence::{Evidence, further_header};
use crate::reader::Row;
use crate::reader::record::Records;
use crate::reader::text::{LineError, Lines};
use model::record::{CallKind, Side};
use model::time::{CivilDate, Precision};
use model::written::{DurationForm, LineEnd, TimeForm, Wall};
use normalise::phone::Era;
use std::collections::HashMap;
use std::fs::File;
use store::texts::{ShortKey, TextTable};

/// What type and direction of a row mean together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) type_raw: String,
    pub(super) direction_raw: String,
    /// The row is a leg inside the network.
    pub(super) other_kind: bool,
    pub(super) kind: CallKind,
    /// Whose row it is, where type, direction or title say so.
    pub(super) stated: Option<Side>,
    /// The side as evidence counts it.
    pub(super) counted: Option<Side>,
}

/// Texts of one column of a chunk: short ones as keys; longer ones with the place of their row.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pub(super) short: Vec<ShortKey>,
    pub(super) long: Vec<(u32, Vec<u8>)>,
}

impl Keys {
    #[inline]
    fn push(&mut self, padded: &[u8], length: usize) {
        match padded.first_chunk::<16>() {
            Some(bytes) if length <= 16 => self.short.push(ShortKey::of_padded(bytes, length)),
            _ => {
                self.long.push((self.short.len() as u32, padded.get(..length).unwrap_or_default().to_vec()));
                self.short.push(ShortKey::default());
            }
        }
    }

    fn clear(&mut self) {
        self.short.clear();
        self.long.clear();
    }

    fn pop(&mut self) {
        self.short.pop();
        if self.long.last().is_some_and(|(row, _)| *row as usize == self.short.len()) {
            self.long.pop();
        }
    }
}

/// A row of the chunk, in the file's order.
#[derive(Debug)]
pub(super) enum Event {
    /// A row that was read on its own; its line counts from the chunk's first, from 1.
    Slow(Box<Row>),
    /// A fast row that is a leg inside the network: line, the bytes of the row, and what ends it.
    Other(u32, [u32; 2], LineEnd),
}

/// How a fast row writes its moment, its duration and its end, and its offset in minutes.
pub(super) type Manner = (TimeForm, Precision, Option<DurationForm>, i16, LineEnd);

/// A chunk as columns.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) chunk: Chunk,
    /// What stands before the first line of the file.
    pub(super) head: Vec<u8>,
    /// Physical lines.
    pub(super) lines: u32,
    /// What does not stand in the columns, with the number of fast rows before it.
    pub(super) events: Vec<(u32, Event)>,
    /// Line of each fast row, from 1.
    pub(super) line: Vec<u32>,
    /// Bytes of each fast row without its line end.
    pub(super) spot: Vec<[u32; 2]>,
    pub(super) class: Vec<u16>,
    pub(super) first: Keys,
    pub(super) second: Keys,
    pub(super) imei: Keys,
    pub(super) imsi: Keys,
    pub(super) site: Keys,
    pub(super) instant_us: Vec<i64>,
    pub(super) manner: Vec<Manner>,
    pub(super) era: Vec<u8>,
    pub(super) day: Vec<CivilDate>,
    pub(super) duration: Vec<Option<i64>>,
    pub(super) rest: Vec<String>,
    /// What the rows say of the table, in their order.
    pub(super) evidence: Evidence,
    /// Offset behind the last row, where it reaches beyond the chunk.
    pub(super) overrun: Option<u64>,
    /// Lines that begin at these offsets, every 1,024 from the first.
    pub(super) starts: Vec<u64>,
    pub(super) ascii: bool,
    pub(super) valid: bool,
    pub(super) controls: u64,
}

impl Parsed {
    fn clear(&mut self, name_number: Option<&str>) {
        let keys = [&mut self.first, &mut self.second, &mut self.imei, &mut self.imsi, &mut self.site];
        keys.into_iter().for_each(Keys::clear);
        self.events.clear();
        self.line.clear();
        self.spot.clear();
        self.class.clear();
        self.instant_us.clear();
        self.manner.clear();
        self.era.clear();
        self.day.clear();
        self.duration.clear();
        self.rest.clear();
        self.starts.clear();
        self.head.clear();
        self.lines = 0;
        self.evidence = Evidence::looking_for(name_number);
        self.overrun = None;
    }
}

/// First day of the table of offsets, 1 January 1800.
const FIRST_DAY: i32 = -62_091;
const DAYS: usize = 146_463;
const UNKNOWN: i16 = i16::MIN;
const VARIES: i16 = i16::MIN + 1;

/// One thread's readings of texts that come again and again.
pub(super) struct Worker<'s> {
    pub(super) settled: &'s Settled<'s>,
    pub(super) classes: Vec<Class>,
    types: TextTable,
    directions: TextTable,
    /// What the first pairs of type and direction mean, few enough to be looked through.
    usual: Vec<([ShortKey; 2], u16)>,
    pairs: HashMap<(u32, u32), u16>,
    offsets: Vec<i16>,
    footers: HashMap<Vec<u8>, bool>,
    marks: Vec<u32>,
    scratch: Vec<u8>,
}

/// Pairs of type and direction that are looked through before the tables are asked.
const USUAL: usize = 12;

impl<'s> Worker<'s> {
    pub(super) fn new(settled: &'s Settled<'s>) -> Self {
        Self {
            settled,
            classes: Vec::new(),
            types: TextTable::default(),
            directions: TextTable::default(),
            usual: Vec::with_capacity(USUAL),
            pairs: HashMap::new(),
            offsets: vec![UNKNOWN; DAYS],
            footers: HashMap::new(),
            marks: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// Reads a chunk from an offset within it on.
    ///
    /// # Arguments   `heading`: whether the header is still to come
    pub(super) fn parse(
        &mut self,
        out: &mut Parsed,
        from: u64,
        heading: bool,
        file: &File,
    ) -> Result<(), LineError> {
        out.clear(self.settled.name_number);
        let chunk = std::mem::take(&mut out.chunk);
        let own = chunk.bytes.get(..chunk.len).unwrap_or_default();
        out.ascii = own.is_ascii();
        out.valid = out.ascii || std::str::from_utf8(own).is_ok();
        out.controls = controls(own);
        let done = self.rows(out, &chunk, from, heading, file);
        out.chunk = chunk;
        done
    }

    fn rows(
        &mut self,
        out: &mut Parsed,
        chunk: &Chunk,
        from: u64,
        heading: bool,
        file: &File,
    ) -> Result<(), LineError> {
        let own = chunk.bytes.get(..chunk.len).unwrap_or_default();
        let settled = self.settled;
        let mut all = std::mem::take(&mut self.marks);
        all.clear();
        marks(&chunk.bytes, chunk.len, settled.delimiter, &mut all);
        let mut pos = usize::try_from(from - chunk.start).unwrap_or(usize::MAX);
        let mut m = all.partition_point(|at| (*at as usize) < pos);
        // What no row of columns holds: quotes, zeros, and what joins the texts of several columns.
        let strange = |bytes: &[u8]| memchr::memchr3(b'"', 0, 0x1f, bytes).is_some();
        let odd = strange(own);
        // Bytes beyond ASCII are read as they lie only where they are UTF-8 throughout.
        let wide = !(out.ascii || settled.utf8 && out.valid);
        if heading {
            out.head.extend_from_slice(own.get(..pos).unwrap_or_default());
            pos = self.heading(out, chunk, pos, file)?;
            m = all.partition_point(|at| (*at as usize) < pos);
        }
        while pos < own.len() {
            let first = m;
            while all.get(m).is_some_and(|at| own.get(*at as usize) != Some(&b'\n')) {
                m += 1;
            }
            let feed = all.get(m).map_or(own.len(), |at| *at as usize);
            let line = own.get(pos..feed).unwrap_or_default();
            let foreign = wide && !line.is_ascii();
            let plain = !(foreign || odd && strange(line));
            let cut = all.get(first..m).unwrap_or_default();
            if plain
                && line.len() <= crate::reader::MAX_ROW_BYTES
                && self.fast(out, &chunk.bytes, pos, line, feed < own.len(), cut)
            {
                self.note_start(out, chunk.start + pos as u64, 1);
                pos = feed + 1;
                m += 1;
                continue;
            }
            pos = self.slow(out, chunk, pos, file)?;
            m = all.partition_point(|at| (*at as usize) < pos);
        }
        self.marks = all;
        if pos > own.len() + 1 || (pos > own.len() && own.ends_with(b"\n")) {
            out.overrun = Some(chunk.start + pos as u64);
        }
        Ok(())
    }

    /// Counts the lines of a row and notes where it begins.
    fn note_start(&self, out: &mut Parsed, offset: u64, lines: u32) {
        out.starts.push(offset);
        out.lines += lines;
        out.evidence.lines += u64::from(lines);
    }

    fn records<'a>(
        &self,
        chunk: &'a Chunk,
        pos: usize,
        line: u32,
        file: &'a File,
        block: usize,
    ) -> Records<Tail<'a>> {
        let bytes = chunk.bytes.get(pos..chunk.len).unwrap_or_default();
        let tail = Tail { bytes, file, at: chunk.start + chunk.len as u64 };
        let offset = chunk.start + pos as u64;
        let lines = Lines::new(tail, self.settled.encoding, false, offset, line).with_block(block);
        Records::new(lines, self.settled.encoding, self.settled.delimiter)
    }

    /// The rows down to the header.
    fn heading(
        &mut self,
        out: &mut Parsed,
        chunk: &Chunk,
        pos: usize,
        file: &File,
    ) -> Result<usize, LineError> {
        let header_row = self.settled.planned.layout.header_row;
        let mut records = self.records(chunk, pos, 1, file, 64 << 10);
        if header_row == 0 {
            return Ok(pos);
        }
        while let Some(row) = records.next_row()? {
            let reached = row.line >= header_row;
            self.note_start(out, row.offset, row.lines);
            out.events.push((0, Event::Slow(Box::new(row))));
            if reached {
                break;
            }
        }
        Ok(usize::try_from(records.position() - chunk.start).unwrap_or(usize::MAX))
    }

    /// Reads one row as every row of a small file is read.
    fn slow(&mut self, out: &mut Parsed, chunk: &Chunk, pos: usize, file: &File) -> Result<usize, LineError> {
        let mut records = self.records(chunk, pos, out.lines + 1, file, 4 << 10);
        records.set_width(self.settled.width);
        let Some(row) = records.next_row()? else { return Ok(chunk.len) };
        let Settled { planned, .. } = self.settled;
        let layout = &planned.layout;
        match further_header(&row, layout, &layout.columns, self.settled.mapping) {
            Some(columns) => {
                out.evidence.headers.insert(row.line, columns);
            }
            None => out.evidence.observe(&row, layout, &layout.columns),
        }
        self.note_start(out, row.offset, row.lines);
        out.events.push((out.line.len() as u32, Event::Slow(Box::new(row))));
        Ok(usize::try_from(records.position() - chunk.start).unwrap_or(usize::MAX))
    }

    /// Takes a row into the columns; false where it is to be read on its own.
    fn fast(
        &mut self,
        out: &mut Parsed,
        bytes: &[u8],
        pos: usize,
        line: &[u8],
        fed: bool,
        cut: &[u32],
    ) -> bool {
        let settled = self.settled;
        if cut.len() + 1 != settled.width {
            return false;
        }
        let (line, line_end) = match (line.strip_suffix(b"\r"), fed) {
            (Some(line), true) => (line, LineEnd::ReturnFeed),
            (Some(line), false) => (line, LineEnd::Return),
            (None, true) => (line, LineEnd::Feed),
            (None, false) => (line, LineEnd::Nothing),
        };
        let end = pos + line.len();
        let bounds = |column: usize| -> (usize, usize) {
            let from = if column == 0 { pos } else { cut.get(column - 1).map_or(end, |at| *at as usize + 1) };
            (from, cut.get(column).map_or(end, |at| *at as usize))
        };
        let cell = |column: Option<usize>| -> &[u8] {
            let Some(column) = column else { return &[] };
            let (from, to) = bounds(column);
            bytes.get(from..to).unwrap_or_default()
        };
        let places = &settled.places;
        let (first, second, time) = (cell(places.first), cell(places.second), cell(places.time));
        // Blanks around a value, and what might be one, are left to the other reader.
        let clean = |text: &[u8]| match (text.first(), text.last()) {
            (Some(a), Some(b)) => (0x21..0x7f).contains(a) && (0x21..0x7f).contains(b),
            _ => true,
        };
        let (imei, imsi, duration_text) = (cell(places.imei), cell(places.imsi), cell(places.duration));
        let site = places.site.map(cell);
        let all_clean =
            [first, second, time, imei, imsi, duration_text].iter().chain(&site).all(|t| clean(t));
        if first.is_empty() || !all_clean || !self.is_data(settled, &cell) {
            return false;
        }
        let clock = cell(places.clock);
        let Some((form, wall)) = moment(time, clock, settled.day_first) else { return false };
        // A day's column that holds the clock, too, is told from two cells by the row alone.
        if places.clock.is_some() && clock.is_empty() && wall.precision != Precision::Day {
            return false;
        }
        let Some(instant) = self.instant(&wall) else { return false };
        let padded =
            |column: Option<usize>| column.and_then(|c| bytes.get(bounds(c).0..)).unwrap_or_default();
        let stated = |column: Option<usize>| (cell(column), padded(column));
        let Some(class) = self.class(stated(places.kind), stated(places.direction)) else { return false };
        let Some(meaning) = self.classes.get(usize::from(class)) else { return false };
        let kind = meaning.kind;
        if second.is_empty() && kind != CallKind::Data {
            return false;
        }
        let spot = [pos as u32, end as u32];
        if meaning.other_kind && meaning.counted.is_some() {
            return false;
        }
        if meaning.other_kind {
            observe(&mut out.evidence, settled, time, clock, &wall, [first, second]);
            for text in [first, second].into_iter().filter_map(|text| std::str::from_utf8(text).ok()) {
                out.evidence.look_at(text);
            }
            out.events.push((out.line.len() as u32, Event::Other(out.lines + 1, spot, line_end)));
            return true;
        }
        let Some((duration, duration_form)) = length(duration_text, kind) else { return false };
        out.imei.push(if places.imei.is_some() { padded(places.imei) } else { &[0; 16] }, imei.len());
        out.imsi.push(if places.imsi.is_some() { padded(places.imsi) } else { &[0; 16] }, imsi.len());
        if settled.cell_only {
            let [text, ..] = site;
            let [place, ..] = places.site;
            out.site.push(if place.is_some() { padded(place) } else { &[0; 16] }, text.len());
        } else {
            self.scratch.clear();
            for (i, text) in site.iter().enumerate() {
                if i > 0 {
                    self.scratch.push(0x1f);
                }
                self.scratch.extend_from_slice(text);
            }
            let length = self.scratch.len();
            self.scratch.resize(length + 16, 0);
            out.site.push(&self.scratch, length);
        }
        if !places.rest.is_empty() {
            let texts = places.rest.iter().map(|c| std::str::from_utf8(cell(Some(*c))));
            let Ok(texts) = texts.collect::<Result<Vec<&str>, _>>() else {
                [&mut out.imei, &mut out.imsi, &mut out.site].into_iter().for_each(Keys::pop);
                return false;
            };
            out.rest.push(crate::written::join_rest(texts.into_iter()));
        }
        out.first.push(padded(places.first), first.len());
        out.second.push(padded(places.second), second.len());
        observe(&mut out.evidence, settled, time, clock, &wall, [first, second]);
        out.line.push(out.lines + 1);
        out.spot.push(spot);
        out.class.push(class);
        out.instant_us.push(instant.0);
        out.manner.push((form, wall.precision, duration_form, instant.1, line_end));
        out.era.push(Era::of(wall.date) as u8);
        out.day.push(wall.date);
        out.duration.push(duration);
        true
    }

    /// Whether a row is wide enough and begins like no footer.
    fn is_data<'b>(&mut self, settled: &Settled<'_>, cell: &impl Fn(Option<usize>) -> &'b [u8]) -> bool {
        let reaches = (3..settled.width).any(|c| cell(Some(c)).iter().any(|b| *b > b' '));
        let lead =
            (0..settled.width).map(|c| cell(Some(c))).find(|text| !text.is_empty()).unwrap_or_default();
        let [a, b] = [lead.first(), lead.get(1)];
        let number =
            a.is_some_and(u8::is_ascii_digit) || (a == Some(&b'+') && b.is_some_and(u8::is_ascii_digit));
        if !reaches || lead.first().is_none_or(|b| *b <= b' ') {
            return false;
        }
        if number {
            return true;
        }
        if let Some(says) = self.footers.get(lead) {
            return !says;
        }
        let says = std::str::from_utf8(lead).map_or(true, crate::evidence::says_footer);
        if self.footers.len() < 65_536 {
            self.footers.insert(lead.to_vec(), says);
        }
        !says
    }

    /// The number of what type and direction mean; `None` where there are too many to number.
    ///
    /// # Arguments   each text, and the bytes of the chunk from its first on
    fn class(&mut self, type_raw: (&[u8], &[u8]), direction_raw: (&[u8], &[u8])) -> Option<u16> {
        let short = |(text, padded): (&[u8], &[u8])| match padded.first_chunk::<16>() {
            Some(bytes) if text.len() <= 16 => Some(ShortKey::of_padded(bytes, text.len())),
            _ => None,
        };
        let keys = short(type_raw).zip(short(direction_raw)).map(|(kind, direction)| [kind, direction]);
        if let Some(keys) = keys
            && let Some((_, class)) = self.usual.iter().find(|(usual, _)| *usual == keys)
        {
            return Some(*class);
        }
        let (type_raw, direction_raw) = (type_raw.0, direction_raw.0);
        let pair = (self.types.number(type_raw), self.directions.number(direction_raw));
        if let Some(class) = self.pairs.get(&pair) {
            return Some(*class);
        }
        let class = u16::try_from(self.classes.len()).ok().filter(|class| *class < u16::MAX)?;
        let (kind_text, direction_text) =
            (std::str::from_utf8(type_raw).ok()?, std::str::from_utf8(direction_raw).ok()?);
        self.classes.push(self.settled.class(kind_text, direction_text));
        self.pairs.insert(pair, class);
        if let Some(keys) = keys.filter(|_| self.usual.len() < USUAL) {
            self.usual.push((keys, class));
        }
        Some(class)
    }

    /// The instant of a local time, and the offset it was read with.
    fn instant(&mut self, wall: &Wall) -> Option<(i64, i16)> {
        let days = wall.date.days_since_epoch();
        let slot = self.offsets.get_mut(usize::try_from(days - FIRST_DAY).ok()?)?;
        if *slot == UNKNOWN {
            *slot = day_offset(wall.date, &self.settled.planned.reading.zone).unwrap_or(VARIES);
        }
        // A time that the clock skipped is not the local time of its instant: such days are read one by one.
        if *slot == VARIES {
            return None;
        }
        let local = (i64::from(days) * 86_400 + i64::from(wall.second_of_day)) * 1_000_000;
        Some((local - i64::from(*slot) * 60_000_000, *slot))
    }
}

/// A duration and its form; `None` where the row is refused for it.
fn length(text: &[u8], kind: CallKind) -> Option<(Option<i64>, Option<DurationForm>)> {
    let digits = (1..=9).contains(&text.len())
        && text.iter().all(u8::is_ascii_digit)
        && (text.len() == 1 || text.first() != Some(&b'0'));
    if digits {
        let seconds = text.iter().fold(0i64, |all, b| all * 10 + i64::from(b - b'0'));
        let nothing = kind == CallKind::Message && seconds == 0;
        return Some(((!nothing).then_some(seconds), Some(DurationForm::Seconds)));
    }
    let text = std::str::from_utf8(text).ok()?;
    let seconds = calls::duration(text, kind).ok()?;
    Some((seconds, DurationForm::of(text, seconds.unwrap_or(0))))
}

/// What a fast row says of the table.
fn observe(
    evidence: &mut Evidence,
    settled: &Settled<'_>,
    time: &[u8],
    clock: &[u8],
    wall: &Wall,
    parties: [&[u8]; 2],
) {
    let digit = |at: usize| u16::from(time.get(at).copied().unwrap_or_default().wrapping_sub(b'0'));
    let two = |at: usize| digit(at) * 10 + digit(at + 1);
    if time.get(4).is_some_and(|b| !b.is_ascii_digit()) {
        evidence.dates.observe_fixed();
    } else {
        let with_clock = clock.is_empty() && wall.precision != Precision::Day;
        let second = with_clock.then_some(wall.second_of_day);
        evidence.dates.observe_open(two(0), two(3), two(6) * 100 + two(8), second);
    }
    evidence.steps.seen += u64::from(settled.steps_count);
    for text in parties {
        let text = text.strip_prefix(b"+").unwrap_or(text);
        let digits = text.iter().fold(true, |all, b| all & b.is_ascii_digit());
        let length =
            if digits { text.len() } else { text.iter().filter(|b| b.is_ascii_alphanumeric()).count() };
        if length > 0 {
            evidence.ids.take_length(length);
        }
    }
}

/// Bytes that text hardly holds.
fn controls(bytes: &[u8]) -> u64 {
    // Few enough for a byte to count them, so that many are counted at once.
    bytes
        .chunks(192)
        .map(|block| u64::from(block.iter().fold(0u8, |n, b| n + u8::from(is_control(*b)))))
        .sum()
}

fn is_control(b: u8) -> bool {
    let usual = (b == b'\n') | (b == b'\r') | (b == b'\t') | (b == 0x0c) | (b == 0x1a);
    ((b < 0x20) | (b == 0x7f)) & !usual
}
