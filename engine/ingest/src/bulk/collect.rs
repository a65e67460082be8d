//! Parsed chunks in the file's order: lines get their numbers, texts their entries, and odd rows their judgement.

use super::harvest::{GiveUp, Harvest};
use super::numbers::{COUNTERPART, Numbers, PartyText, Tables, UNKNOWN, USUAL, look_up, numbered, text_of};
use super::parse::{Event, Keys, Parsed, Worker};
use super::settled::Settled;
use super::tail::read_all_at;
use crate::calls;
use crate::evidence::Evidence;
use crate::judge::{Judge, Verdict};
use crate::line::{pieces, verbatim};
use crate::plan::OFFSET_EVERY;
use crate::reader::Row;
use crate::reader::record::Records;
use crate::reader::text::{LineError, Lines};
use crate::repeated::{KeyCounts, text_hash};
use crate::written::written;
use model::identifier::Normal;
use model::ids::{RecordRef, SourceId};
use model::record::{CallKind, RefusalReason, RefusedRow, Side};
use model::time::CivilDate;
use std::fs::File;
use std::io::Read;
use store::calls::CallSheet;
use store::dictionary::{CallForm, Site};
use store::receipt::LoadReceipt;
use store::texts::TextTable;

const BAD: u32 = u32::MAX - 1;

/// What the rows of a file add up to.
pub(super) struct Collector<'s> {
    pub(super) settled: &'s Settled<'s>,
    judge: Judge<'s>,
    pub(super) sheet: CallSheet,
    /// Of the rows before the last mark, and of those since.
    pub(super) evidence: Evidence,
    pub(super) since: Evidence,
    /// Kept rows since the last mark that were read on their own.
    pub(super) alone: Vec<u32>,
    pub(super) receipt: LoadReceipt,
    pub(super) first_refused: Option<(u32, RefusalReason)>,
    /// Hashes of rows, where another source may hold the same.
    pub(super) keys: Option<KeyCounts>,
    pub(super) hashes: Vec<Option<u128>>,
    pub(super) lines: u64,
    pub(super) next_offset: u32,
    /// Where the next row begins.
    pub(super) reached: u64,
    /// What is known of the text of each party.
    pub(super) parties: Vec<PartyText>,
    imeis: Vec<u32>,
    imsis: Vec<u32>,
    site_texts: TextTable,
    sites: Vec<u32>,
    /// The subject's number in each era, and which entries are it: 0 not looked at, 1 no, 2 yes.
    subject: [Option<String>; 3],
    subjects: Vec<[u8; 3]>,
    /// Whether all bytes are ASCII; whether they are UTF-8; control characters.
    pub(super) ascii: bool,
    pub(super) valid: bool,
    pub(super) controls: u64,
}

/// What is known of a party's text.
enum Party {
    Known(u32),
    Fresh(Normal),
    Bad,
}

impl<'s> Collector<'s> {
    pub(super) fn new(settled: &'s Settled<'s>, sheet: CallSheet, keys: Option<KeyCounts>) -> Self {
        Self {
            settled,
            judge: Judge::new(settled.planned),
            sheet,
            evidence: Evidence::looking_for(settled.name_number),
            since: Evidence::looking_for(settled.name_number),
            alone: Vec::new(),
            receipt: LoadReceipt::default(),
            first_refused: None,
            keys,
            hashes: Vec::new(),
            lines: 0,
            next_offset: 0,
            reached: 0,
            parties: Vec::new(),
            imeis: Vec::new(),
            imsis: Vec::new(),
            site_texts: TextTable::default(),
            sites: Vec::new(),
            subject: settled.subjects(),
            subjects: Vec::new(),
            ascii: true,
            valid: true,
            controls: 0,
        }
    }

    /// Takes the next chunk.
    pub(super) fn collect(
        &mut self,
        parsed: &mut Parsed,
        worker: &mut Worker<'s>,
        numbers: &mut Numbers,
        file: &File,
    ) -> Result<Harvest, GiveUp> {
        let mut harvest = Harvest::default();
        let end = parsed.chunk.start + parsed.chunk.len as u64;
        if self.reached > parsed.chunk.start {
            // A row of the chunk before goes on in this one.
            let from = self.reached.min(end);
            worker.parse(parsed, from, false, file).map_err(GiveUp::Line)?;
        }
        self.ascii &= parsed.ascii;
        self.valid &= parsed.valid;
        self.controls += parsed.controls;
        let names = &mut self.sheet.dictionaries;
        numbered(names.numbers.texts(), &parsed.first, &mut numbers.first);
        numbered(names.numbers.texts(), &parsed.second, &mut numbers.second);
        let texts = names.numbers.texts().len();
        self.parties.resize(texts, PartyText::default());
        numbered(&mut self.site_texts, &parsed.site, &mut numbers.site);
        let tables = Tables {
            imeis: names.imeis.texts(),
            imsis: names.imsis.texts(),
            imei_entries: &self.imeis,
            imsi_entries: &self.imsis,
            site_entries: &self.sites,
            parties: &mut self.parties,
        };
        look_up(tables, parsed, &worker.classes, numbers);
        self.imeis.resize(names.imeis.texts().len(), UNKNOWN);
        self.imsis.resize(names.imsis.texts().len(), UNKNOWN);
        self.sites.resize(self.site_texts.len(), UNKNOWN);
        self.sheet.rows().reserve(parsed.line.len());
        if !parsed.head.is_empty() {
            harvest.lines.push((0, std::mem::take(&mut parsed.head)));
        }
        let events = std::mem::take(&mut parsed.events);
        let mut fast = 0usize;
        for (before, event) in events {
            while fast < before as usize {
                self.fast(fast, parsed, worker, numbers, &mut harvest, file)?;
                fast += 1;
            }
            match event {
                Event::Slow(row) => {
                    let mut row = *row;
                    row.line = self.line(row.line)?;
                    self.row(row, &mut harvest, file)?;
                }
                Event::Other(line, [from, to], line_end) => {
                    let line = self.line(line)?;
                    let offset = parsed.chunk.start + u64::from(from);
                    self.note_offset(line, offset, &mut harvest);
                    self.receipt.read += 1;
                    self.receipt.refused += 1;
                    self.first_refused.get_or_insert((line, RefusalReason::OtherKind));
                    let raw = parsed.chunk.bytes.get(from as usize..to as usize).unwrap_or_default();
                    harvest.refused.push(RefusedRow {
                        record: RecordRef { source: SourceId::default(), row: line },
                        reason: RefusalReason::OtherKind,
                        column: self.settled.planned.layout.columns.header_of(crate::columns::Role::Type),
                        byte_offset: offset,
                        raw: raw.to_vec(),
                        line_end,
                    });
                }
            }
        }
        while fast < parsed.line.len() {
            self.fast(fast, parsed, worker, numbers, &mut harvest, file)?;
            fast += 1;
        }
        self.lines += u64::from(parsed.lines);
        self.since.merge(std::mem::take(&mut parsed.evidence));
        if !self.since.headers.is_empty() {
            return Err(GiveUp::Headers);
        }
        self.reached = parsed.overrun.unwrap_or(end).max(self.reached);
        harvest.rows = self.sheet.cut();
        harvest.mark = parsed.chunk.place.map(|place| self.mark(place));
        Ok(harvest)
    }

    /// The number of a line of the present chunk in the file.
    fn line(&self, within: u32) -> Result<u32, GiveUp> {
        u32::try_from(self.lines + u64::from(within)).map_err(|_| GiveUp::Line(LineError::TooMany))
    }

    fn note_offset(&mut self, line: u32, offset: u64, harvest: &mut Harvest) {
        if line >= self.next_offset {
            harvest.offsets.push((line, offset));
            self.next_offset = line.saturating_add(OFFSET_EVERY);
        }
    }

    /// Takes a row that was read on its own.
    fn row(&mut self, row: Row, harvest: &mut Harvest, file: &File) -> Result<(), GiveUp> {
        let record = RecordRef { source: SourceId::default(), row: row.line };
        self.note_offset(row.line, row.offset, harvest);
        let verdict = self.judge.judge(&row, record);
        if !matches!(verdict, Verdict::Other) {
            self.receipt.read += 1;
        }
        match verdict {
            Verdict::Call(call) => {
                self.receipt.other += u64::from(row.lines) - 1;
                self.receipt.kept += 1;
                if let Some(keys) = &mut self.keys {
                    keys.add_call(&call);
                }
                self.alone.push(row.line);
                let Settled { places, planned, script, .. } = self.settled;
                let written = written(&row, places, &planned.reading, Some(script), &call);
                self.sheet.push(&call, &written);
                if written.line.is_none() {
                    harvest.lines.push((row.line, verbatim(self.settled.encoding, &row)));
                }
            }
            Verdict::Refused(refusal) => {
                self.receipt.other += u64::from(row.lines) - 1;
                self.receipt.refused += 1;
                self.first_refused.get_or_insert((row.line, refusal.reason));
                for (at, length) in pieces(&row) {
                    let mut bytes = vec![0; length];
                    read_all_at(file, &mut bytes, at).map_err(|e| GiveUp::Line(LineError::Io(e)))?;
                    harvest.lines.push((row.line, bytes));
                }
                harvest.refused.push(refusal.of(row, record));
            }
            // A table of calls has no other records.
            Verdict::Other | Verdict::Transfer(..) | Verdict::Mention(_) => {
                self.receipt.other += u64::from(row.lines);
                harvest.lines.push((row.line, verbatim(self.settled.encoding, &row)));
            }
        }
        Ok(())
    }

    /// What a party's text is read as on a day. `manner` is the era, and more for the other end of a data session.
    fn party(&self, text: u32, manner: u8, keys: &Keys, i: usize, day: Option<CivilDate>) -> Party {
        let entries = self.parties.get(text as usize).map(|party| party.entries);
        match entries.and_then(|entries| entries.get(usize::from(manner)).copied()) {
            Some(UNKNOWN) | None => {
                let text = text_of(keys, i);
                if manner >= COUNTERPART {
                    let text = String::from_utf8_lossy(&text);
                    return Party::Fresh(calls::counterpart(&text, &self.settled.planned.reading, day));
                }
                let read = std::str::from_utf8(&text)
                    .map_err(|_| RefusalReason::BadValue)
                    .and_then(|text| calls::number(text, &self.settled.planned.reading, day));
                read.map_or(Party::Bad, Party::Fresh)
            }
            Some(BAD) => Party::Bad,
            Some(entry) => Party::Known(entry),
        }
    }

    fn enter(&mut self, party: Party, text: u32, manner: u8) -> u32 {
        let (entry, state) = match party {
            Party::Known(entry) => return entry,
            Party::Fresh(normal) => {
                let entry = self.sheet.dictionaries.numbers.entry_of(text, &normal);
                (entry, entry)
            }
            Party::Bad => (BAD, BAD),
        };
        let party = self.parties.get_mut(text as usize);
        if let Some(slot) = party.and_then(|party| party.entries.get_mut(usize::from(manner))) {
            *slot = state;
        }
        entry
    }

    /// Takes a row that stands in the columns.
    fn fast(
        &mut self,
        i: usize,
        parsed: &Parsed,
        worker: &Worker<'s>,
        numbers: &mut Numbers,
        harvest: &mut Harvest,
        file: &File,
    ) -> Result<(), GiveUp> {
        let at = |column: &Vec<u32>| column.get(i).copied().unwrap_or_default();
        let (first, second) = (at(&numbers.first), at(&numbers.second));
        let (Some(&class), Some(&era), Some(&manner)) =
            (parsed.class.get(i), parsed.era.get(i), parsed.manner.get(i))
        else {
            return Ok(());
        };
        let (time, precision, duration_form, offset_minutes, line_end) = manner;
        let Some(meaning) = worker.classes.get(usize::from(class)) else { return Ok(()) };
        let day = parsed.day.get(i).copied();
        let Some(known) = numbers.known.get(i).copied() else { return Ok(()) };
        let data = meaning.kind == CallKind::Data;
        let other = era + if data { COUNTERPART } else { 0 };
        let party = |known: u32, text: u32, manner: u8, keys: &Keys| match known {
            UNKNOWN => self.party(text, manner, keys, i, day),
            BAD => Party::Bad,
            entry => Party::Known(entry),
        };
        let a = party(known.first, first, era, &parsed.first);
        let b = party(known.second, second, other, &parsed.second);
        let [from, to] = parsed.spot.get(i).copied().unwrap_or_default();
        let offset = parsed.chunk.start + u64::from(from);
        let line = self.line(parsed.line.get(i).copied().unwrap_or_default())?;
        let refused = [&a, &b].iter().any(|p| matches!(p, Party::Bad));
        if refused {
            if matches!(a, Party::Bad) {
                self.enter(a, first, era);
            }
            if matches!(b, Party::Bad) {
                self.enter(b, second, other);
            }
            self.count_apart([(first, &parsed.first), (second, &parsed.second)], i, meaning.counted);
            let bytes = parsed.chunk.bytes.get(from as usize..to as usize).unwrap_or_default();
            let bytes = bytes.chain(line_end.text().as_bytes());
            let lines = Lines::new(bytes, self.settled.encoding, false, offset, line).with_block(4 << 10);
            let mut records = Records::new(lines, self.settled.encoding, self.settled.delimiter);
            records.set_width(self.settled.width);
            if let Some(row) = records.next_row().map_err(GiveUp::Line)? {
                self.row(row, harvest, file)?;
            }
            return Ok(());
        }
        self.note_offset(line, offset, harvest);
        self.receipt.read += 1;
        self.receipt.kept += 1;
        let (is_first, is_second) = (self.is_subject(&a, era), self.is_subject(&b, era));
        let alone = data
            && match &b {
                Party::Known(entry) => !self.sheet.dictionaries.numbers.has_value(*entry),
                Party::Fresh(normal) => normal.value.is_none(),
                Party::Bad => true,
            };
        let (swap, side) = if alone {
            (false, Side::Originating)
        } else {
            self.settled.parties(meaning.stated, is_first, is_second)
        };
        let swapped = swap && first != second;
        let (caller, receiver) = if swap {
            let caller = self.enter(b, second, other);
            (caller, self.enter(a, first, era))
        } else {
            let caller = self.enter(a, first, era);
            (caller, self.enter(b, second, other))
        };
        let imei = match known.imei {
            UNKNOWN => self.imei(at(&numbers.imei), &parsed.imei, i),
            entry => entry,
        };
        let imsi = match known.imsi {
            UNKNOWN => self.imsi(at(&numbers.imsi), &parsed.imsi, i),
            entry => entry,
        };
        let site = match known.site {
            UNKNOWN => self.site(at(&numbers.site), &parsed.site, i),
            entry => entry,
        };
        let key = [
            u128::from(class),
            u128::from(u8::from(swapped) + 2 * side as u8),
            u128::from(time.code()),
            u128::from(precision as u8),
            u128::from(duration_form.map_or(u8::MAX, |d| d as u8)),
            u128::from(offset_minutes as u16),
            u128::from(line_end as u8),
        ]
        .into_iter()
        .fold(0, |key, part| key << 16 | part);
        let usual = numbers.usual.iter().find(|(usual, _)| *usual == key).map(|(_, form)| *form);
        let form = match usual.or_else(|| numbers.forms.get(&key).copied()) {
            Some(form) => form,
            None => {
                let form = self.sheet.dictionaries.forms.number(&CallForm {
                    kind: meaning.kind,
                    side,
                    swapped,
                    type_raw: meaning.type_raw.clone(),
                    direction_raw: meaning.direction_raw.clone(),
                    time,
                    clock: Some((offset_minutes, self.settled.planned.reading.zone_assumed, precision)),
                    duration: duration_form,
                    line: duration_form
                        .map(|_| self.settled.script.plain(&self.settled.places.words, line_end)),
                });
                numbers.forms.insert(key, form);
                if numbers.usual.len() < USUAL {
                    numbers.usual.push((key, form));
                }
                form
            }
        };
        let instant = parsed.instant_us.get(i).copied().unwrap_or_default();
        let duration = parsed.duration.get(i).copied().flatten();
        if self.keys.is_some() {
            let parties = [self.value_hash(caller), self.value_hash(receiver)];
            if let Some(keys) = &mut self.keys {
                keys.add_facts(meaning.kind, side, parties, instant, duration);
            }
        }
        if duration_form.is_none() {
            let bytes = parsed.chunk.bytes.get(from as usize..to as usize).unwrap_or_default();
            harvest.lines.push((line, [bytes, line_end.text().as_bytes()].concat()));
        }
        let rows = self.sheet.rows();
        if let Some(rest) = parsed.rest.get(i) {
            rows.rest.push((rows.row.len() as u32, rest.clone()));
        }
        rows.row.push(line);
        rows.form.push(form);
        rows.caller.push(caller);
        rows.receiver.push(receiver);
        rows.instant_us.push(instant);
        rows.has_instant.push(true);
        rows.duration_s.push(duration.unwrap_or(0));
        rows.has_duration.push(duration.is_some());
        rows.imei.push(imei);
        rows.imsi.push(imsi);
        rows.site.push(site);
        Ok(())
    }

    /// Whether a party is the line whose return this is.
    fn is_subject(&mut self, party: &Party, era: u8) -> bool {
        let Some(Some(subject)) = self.subject.get(usize::from(era)) else { return false };
        let entry = match party {
            Party::Known(entry) => *entry,
            Party::Fresh(normal) => return normal.value.as_ref() == Some(subject),
            Party::Bad => return false,
        };
        if self.subjects.len() <= entry as usize {
            self.subjects.resize(entry as usize + 1, [0; 3]);
        }
        let Some(known) = self.subjects.get_mut(entry as usize).and_then(|s| s.get_mut(usize::from(era)))
        else {
            return false;
        };
        if *known == 0 {
            let value = self.sheet.dictionaries.numbers.normal(entry).value;
            *known = 1 + u8::from(value.as_ref() == Some(subject));
        }
        *known == 2
    }

    pub(super) fn value_hash(&mut self, entry: u32) -> u128 {
        let at = entry as usize;
        if self.hashes.len() <= at {
            self.hashes.resize(at + 1, None);
        }
        if let Some(Some(hash)) = self.hashes.get(at) {
            return *hash;
        }
        let normal = self.sheet.dictionaries.numbers.normal(entry);
        let hash = text_hash(normal.value.as_deref().unwrap_or_default());
        if let Some(slot) = self.hashes.get_mut(at) {
            *slot = Some(hash);
        }
        hash
    }

    fn imei(&mut self, text: u32, keys: &Keys, i: usize) -> u32 {
        match self.imeis.get_mut(text as usize) {
            Some(slot) if *slot == UNKNOWN => {
                let raw = lossy(text_of(keys, i));
                let normal = calls::device(&raw, normalise::device::imei);
                *slot = self.sheet.dictionaries.imeis.entry_of(text, &normal);
                *slot
            }
            Some(slot) => *slot,
            None => UNKNOWN,
        }
    }

    fn imsi(&mut self, text: u32, keys: &Keys, i: usize) -> u32 {
        match self.imsis.get_mut(text as usize) {
            Some(slot) if *slot == UNKNOWN => {
                let raw = lossy(text_of(keys, i));
                let normal = calls::device(&raw, normalise::device::imsi);
                *slot = self.sheet.dictionaries.imsis.entry_of(text, &normal);
                *slot
            }
            Some(slot) => *slot,
            None => UNKNOWN,
        }
    }

    fn site(&mut self, text: u32, keys: &Keys, i: usize) -> u32 {
        match self.sites.get_mut(text as usize) {
            Some(slot) if *slot == UNKNOWN => {
                let joined = lossy(text_of(keys, i));
                let mut parts = joined.split('\u{1f}').map(str::to_owned);
                let mut part = || parts.next().unwrap_or_default();
                let texts = if self.settled.cell_only {
                    [joined.clone(), String::new(), String::new(), String::new()]
                } else {
                    [part(), part(), part(), part()]
                };
                let [cell, lat, lon, azimuth] = &texts;
                let read = calls::site([cell, lat, lon, azimuth], &self.settled.planned.reading);
                let (cell, point, azimuth) = read;
                let site = Site { cell, point, azimuth, written: texts };
                *slot = self.sheet.dictionaries.sites.number(&site);
                *slot
            }
            Some(slot) => *slot,
            None => UNKNOWN,
        }
    }
}

/// A text, with signs in place of what is no UTF-8.
fn lossy(text: Vec<u8>) -> String {
    String::from_utf8(text).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}
