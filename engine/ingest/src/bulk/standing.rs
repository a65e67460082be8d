//! What is collected of the rows of a table beside its segments: noted at each mark, taken up again, and summed up.
//!
//! A note holds what no segment gives back: the counts, and the evidence of the rows since the mark before. What
//! segments do give back is not noted but counted again: the sides of numbers, and the hashes of rows that are compared
//! with those of other sources.
//!
//! **Invariant:** [`PartyText::sides`] counts the kept rows that stand in the columns; every other row is counted in the
//! evidence, so that a row is counted once whether it was noted or is read back.

use super::chunk::Place;
use super::collect::Collector;
use super::numbers::{PartyText, text_of};
use super::parse::Keys;
use crate::evidence::Evidence;
use crate::notes::{Noted, Notes};
use model::provenance::Digest;
use model::record::{RefusalReason, Side};
use std::borrow::Cow;
use store::calls::Entered;
use store::error::StoreError;
use store::load::Load;
use store::receipt::LoadReceipt;
use store::unfinished::Mark;

impl Collector<'_> {
    /// What goes into a checkpoint behind the rows so far, and the offset that is reached with it.
    pub(super) fn mark(&mut self, place: Place) -> (Entered, Mark, u64) {
        let since = std::mem::replace(&mut self.since, Evidence::looking_for(self.settled.name_number));
        let mut notes = Notes::default();
        let LoadReceipt { read, kept, refused, repeated, other } = self.receipt;
        notes.put_all([place.at, read, kept, refused, repeated, other]);
        let (row, reason) = self.first_refused.map_or((0, 0), |(row, reason)| (row, reason as u64));
        notes.put_all([u64::from(self.first_refused.is_some()), u64::from(row), reason]);
        notes.put_all([self.lines, u64::from(self.next_offset), self.reached, self.controls]);
        notes.put_all([u64::from(self.ascii), u64::from(self.valid)]);
        since.write(&mut notes);
        notes.put(self.alone.len() as u64);
        let mut before = 0;
        for row in self.alone.drain(..) {
            notes.put(u64::from(row - before));
            before = row;
        }
        self.evidence.merge(since);
        let mark = Mark { bytes: place.read, prefix: place.prefix.map(Digest), note: notes.into_bytes() };
        (self.sheet.entered(), mark, place.at)
    }

    /// Takes up what notes hold.
    ///
    /// # Returns   where reading goes on, and the kept rows that were read on their own; `None` where a note is none
    ///  of ours
    pub(super) fn take_up(&mut self, notes: &[Vec<u8>]) -> Option<(u64, Vec<u32>)> {
        let mut at = 0;
        let mut alone = Vec::new();
        for note in notes {
            let mut noted = Noted(note);
            let [place, read, kept, refused, repeated, other] = noted.take_all()?;
            at = place;
            self.receipt = LoadReceipt { read, kept, refused, repeated, other };
            let (any, row, reason) = (noted.take_bool()?, noted.take_u32()?, noted.take()?);
            let reason = RefusalReason::ALL.get(usize::try_from(reason).ok()?).copied()?;
            self.first_refused = any.then_some((row, reason));
            (self.lines, self.next_offset) = (noted.take()?, noted.take_u32()?);
            (self.reached, self.controls) = (noted.take()?, noted.take()?);
            (self.ascii, self.valid) = (noted.take_bool()?, noted.take_bool()?);
            self.evidence.merge(Evidence::read(&mut noted)?);
            let mut row = 0u32;
            for _ in 0..noted.take_count()? {
                row = row.checked_add(noted.take_u32()?)?;
                alone.push(row);
            }
            if !noted.0.is_empty() {
                return None;
            }
        }
        Some((at, alone))
    }

    /// Counts the rows that stand in segments again: the sides of numbers, and the hashes of rows.
    ///
    /// # Arguments   `alone`: kept rows that were read on their own, ascending
    pub(super) fn recount(
        &mut self,
        load: &mut Load<'_>,
        table: usize,
        alone: &[u32],
    ) -> Result<(), StoreError> {
        if self.keys.is_none() && !self.settled.two_columns {
            return Ok(());
        }
        let settled = self.settled;
        let names = &mut self.sheet.dictionaries;
        let texts: Vec<usize> = (0..names.numbers.len() as u32)
            .map(|entry| {
                let raw = names.numbers.normal(entry).raw;
                names.numbers.texts().number(raw.as_bytes()) as usize
            })
            .collect();
        let forms: Vec<_> = names.forms.all().iter().map(|f| (f.kind, f.side, f.swapped)).collect();
        let counted: Vec<Option<Side>> =
            names.forms.all().iter().map(|f| settled.class(&f.type_raw, &f.direction_raw).counted).collect();
        self.parties.resize(names.numbers.texts().len(), PartyText::default());
        let mut alone = alone.iter().peekable();
        load.standing_calls(table, &mut |facts, time_raw| {
            let columns = facts.row.iter().zip(facts.form).zip(facts.caller.iter().zip(facts.receiver));
            for (i, ((row, form), (caller, receiver))) in columns.enumerate() {
                let Some((kind, side, swapped)) = forms.get(*form as usize).copied() else { continue };
                if self.keys.is_some() {
                    let parties = [self.value_hash(*caller), self.value_hash(*receiver)];
                    if let Some(keys) = &mut self.keys {
                        let duration = facts.duration_s(i);
                        match facts.instant_us(i) {
                            Some(at) => keys.add_facts(kind, side, parties, at, duration),
                            None => keys.add_timeless(kind, side, parties, &time_raw(i), duration),
                        }
                    }
                }
                if alone.next_if(|alone| *alone == row).is_some() {
                    continue;
                }
                let parties = if swapped { [receiver, caller] } else { [caller, receiver] };
                let [first, second] = parties.map(|n| texts.get(*n as usize).copied().unwrap_or(usize::MAX));
                self.count_sides(first, second, counted.get(*form as usize).copied().flatten());
            }
        })
    }

    /// Counts a row that stands in the columns.
    ///
    /// # Arguments   `first`, `second`: the number of the text in each column of parties
    fn count_sides(&mut self, first: usize, second: usize, counted: Option<Side>) {
        if let Some(party) = self.parties.get_mut(first) {
            party.count_first(counted);
        }
        if let Some(party) = self.parties.get_mut(second) {
            party.count_second(counted);
        }
    }

    /// Counts a row that stands in the columns and is not kept in the evidence instead of among the sides.
    ///
    /// # Arguments   `parties`: the number of the text in each column of parties, and the column; `i`: the row
    pub(super) fn count_apart(&mut self, parties: [(u32, &Keys); 2], i: usize, counted: Option<Side>) {
        let [first, second] = parties.map(|(number, keys)| {
            let text = text_of(keys, i);
            if let Ok(text) = std::str::from_utf8(&text) {
                self.since.look_at(text);
            }
            (number as usize, String::from_utf8_lossy(&text).into_owned())
        });
        match counted {
            Some(Side::Terminating) => {
                if let Some(PartyText { sides, .. }) = self.parties.get_mut(first.0) {
                    sides.0 = sides.0.saturating_sub(1);
                }
                if let Some(PartyText { sides, .. }) = self.parties.get_mut(second.0) {
                    sides.1 = sides.1.saturating_sub(1);
                }
                self.since.add_side(&first.1, 1, 0, false);
                self.since.add_side(&second.1, 0, 1, false);
            }
            Some(Side::Originating) => self.since.add_side(&first.1, 0, 0, true),
            _ => {}
        }
    }

    /// Ends the evidence: the sides of each number.
    pub(super) fn finish(&mut self) {
        self.evidence.merge(std::mem::take(&mut self.since));
        let parties = std::mem::take(&mut self.parties);
        let evidence = &mut self.evidence;
        evidence.expect_sides(parties.len());
        self.sheet.dictionaries.numbers.texts().for_each(&mut |text, number| {
            let text = match std::str::from_utf8(text) {
                Ok(text) => {
                    evidence.look_at(text);
                    Cow::Borrowed(text)
                }
                Err(_) => String::from_utf8_lossy(text),
            };
            if let Some(PartyText { sides: (as_a, as_b, calls), .. }) = parties.get(number as usize) {
                evidence.add_side(&text, u64::from(*as_a), u64::from(*as_b), *calls);
            }
        });
    }
}
