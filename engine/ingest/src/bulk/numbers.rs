//! Numbers of the texts of a chunk, column by column, and what they were read as before.

use super::parse::{Class, Keys, Parsed};
use model::record::{CallKind, Side};
use std::collections::HashMap;
use store::texts::{ShortKey, TextTable};

/// No entry yet.
pub(super) const UNKNOWN: u32 = u32::MAX;

/// What is added to an era where a text is the other end of a data session.
pub(super) const COUNTERPART: u8 = 3;

/// Rows whose memory is asked for together.
const TOGETHER: usize = 32;

/// Numbers of a column's texts.
pub(super) fn numbered(table: &mut TextTable, keys: &Keys, out: &mut Vec<u32>) {
    out.clear();
    table.short_numbers(&keys.short, out);
    longer(table, keys, out);
}

fn longer(table: &mut TextTable, keys: &Keys, out: &mut [u32]) {
    for (row, text) in &keys.long {
        if let Some(slot) = out.get_mut(*row as usize) {
            *slot = table.number(text);
        }
    }
}

/// A handset or a SIM card that a number was seen with.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    key: ShortKey,
    /// Its entry, or the number of its text while it has none.
    number: u32,
    entered: bool,
}

impl Seen {
    /// Whether it is the one of a key.
    fn is(&self, key: ShortKey) -> bool {
        self.key == key && key != ShortKey::default()
    }

    /// The number of its text and its entry, one of which is [`UNKNOWN`].
    fn known(&self) -> [u32; 2] {
        if self.entered { [UNKNOWN, self.number] } else { [self.number, UNKNOWN] }
    }
}

/// The latest handset, the one before, and the SIM card that a number was last seen with.
#[derive(Clone, Copy, Debug, Default)]
struct Devices {
    keys: [ShortKey; 3],
    numbers: [u32; 3],
    entered: [bool; 3],
}

/// What is known of a party's text, side by side: its memory comes by chance, and then all at once.
#[derive(Clone, Copy, Debug)]
#[repr(align(128))]
pub(super) struct PartyText {
    devices: Devices,
    /// Its entry as a party in each era, and as the other end of a data session in each era.
    pub(super) entries: [u32; 6],
    /// Incoming rows in which it stands in the first and in the second column, and whether it stands in the first of
    /// an outgoing one.
    pub(super) sides: (u32, u32, bool),
}

impl Default for PartyText {
    fn default() -> Self {
        Self { devices: Devices::default(), entries: [UNKNOWN; 6], sides: (0, 0, false) }
    }
}

impl PartyText {
    fn entry(&self, manner: u8) -> u32 {
        self.entries.get(usize::from(manner)).copied().unwrap_or(UNKNOWN)
    }

    /// Counts a row in whose first column it stands.
    #[inline]
    pub(super) fn count_first(&mut self, counted: Option<Side>) {
        match counted {
            Some(Side::Terminating) => self.sides.0 += 1,
            Some(Side::Originating) => self.sides.2 = true,
            _ => {}
        }
    }

    /// Counts a row in whose second column it stands.
    #[inline]
    pub(super) fn count_second(&mut self, counted: Option<Side>) {
        if counted == Some(Side::Terminating) {
            self.sides.1 += 1;
        }
    }
}

impl Devices {
    fn of([a, b, c]: [Seen; 3]) -> Self {
        Self {
            keys: [a.key, b.key, c.key],
            numbers: [a.number, b.number, c.number],
            entered: [a.entered, b.entered, c.entered],
        }
    }

    fn seen(&self) -> [Seen; 3] {
        let ([a, b, c], [d, e, f], [g, h, i]) = (self.keys, self.numbers, self.entered);
        [(a, d, g), (b, e, h), (c, f, i)].map(|(key, number, entered)| Seen { key, number, entered })
    }
}

/// What the texts of a table's rows are looked up in.
pub(super) struct Tables<'t> {
    pub(super) imeis: &'t mut TextTable,
    pub(super) imsis: &'t mut TextTable,
    /// The entry of each text.
    pub(super) imei_entries: &'t [u32],
    pub(super) imsi_entries: &'t [u32],
    pub(super) site_entries: &'t [u32],
    pub(super) parties: &'t mut [PartyText],
}

fn entry_of(entries: &[u32], text: u32) -> u32 {
    entries.get(text as usize).copied().unwrap_or(UNKNOWN)
}

/// Looks up what is known of the rows of a chunk, some rows at a time, and counts the sides of their parties.
///
/// A number keeps its handset and its card over many rows, so that one look at what it had before answers for both
/// tables; a table is asked only for what is new, so that its numbers still follow the order of first appearance.
///
/// # Arguments   `numbers`: those of parties and sites stand in it already
pub(super) fn look_up(tables: Tables<'_>, parsed: &Parsed, classes: &[Class], numbers: &mut Numbers) {
    let Tables { imeis, imsis, imei_entries, imsi_entries, site_entries, parties } = tables;
    let Numbers { first, second, site, imei: imei_texts, imsi: imsi_texts, known, .. } = numbers;
    imei_texts.clear();
    imsi_texts.clear();
    known.clear();
    let mut had = [(Devices::default(), UNKNOWN, UNKNOWN); TOGETHER];
    let [mut new_imeis, mut new_imsis]: [Vec<ShortKey>; 2] = Default::default();
    let [mut imeis_found, mut imsis_found]: [Vec<u32>; 2] = Default::default();
    let devices = parsed.imei.short.chunks(TOGETHER).zip(parsed.imsi.short.chunks(TOGETHER));
    let manners = parsed.era.chunks(TOGETHER).zip(parsed.class.chunks(TOGETHER));
    let texts = first.chunks(TOGETHER).zip(second.chunks(TOGETHER)).zip(site.chunks(TOGETHER));
    for (((imei, imsi), (era, class)), ((first, second), site)) in devices.zip(manners).zip(texts) {
        let rows = first.iter().zip(second).zip(era.iter().zip(class));
        for (slot, ((first, second), (era, class))) in had.iter_mut().zip(rows) {
            let class = classes.get(usize::from(*class));
            let counted = class.and_then(|class| class.counted);
            let data = class.is_some_and(|class| class.kind == CallKind::Data);
            if let Some(party) = parties.get_mut(*first as usize) {
                (slot.0, slot.1) = (party.devices, party.entry(*era));
                party.count_first(counted);
            }
            if let Some(party) = parties.get_mut(*second as usize) {
                slot.2 = party.entry(*era + if data { COUNTERPART } else { 0 });
                party.count_second(counted);
            }
        }
        new_imeis.clear();
        new_imsis.clear();
        for ((imei, imsi), (had, ..)) in imei.iter().zip(imsi).zip(&had) {
            let [latest, before, card] = had.seen();
            if !latest.is(*imei) && !before.is(*imei) {
                new_imeis.push(*imei);
            }
            if !card.is(*imsi) {
                new_imsis.push(*imsi);
            }
        }
        imeis_found.clear();
        imsis_found.clear();
        imeis.short_numbers(&new_imeis, &mut imeis_found);
        imsis.short_numbers(&new_imsis, &mut imsis_found);
        let (mut imeis_found, mut imsis_found) = (imeis_found.iter(), imsis_found.iter());
        let rows = imei.iter().zip(imsi).zip(first.iter().zip(site)).zip(&had);
        for (((imei, imsi), (number, site)), (had, first, second)) in rows {
            let [latest, before, card] = had.seen();
            let known_as = |seen: Seen, entries: &[u32]| {
                let entry = if seen.entered { UNKNOWN } else { entry_of(entries, seen.number) };
                if entry == UNKNOWN { seen } else { Seen { number: entry, entered: true, ..seen } }
            };
            let fresh = |key, found: Option<&u32>| Seen {
                key,
                number: found.copied().unwrap_or(UNKNOWN),
                entered: false,
            };
            let device = if before.is(*imei) {
                before
            } else if latest.is(*imei) {
                latest
            } else {
                fresh(*imei, imeis_found.next())
            };
            let now = if card.is(*imsi) { card } else { fresh(*imsi, imsis_found.next()) };
            let ([imei_text, _], [imsi_text, _]) = (device.known(), now.known());
            let moved = device.key != latest.key;
            let learns = !device.entered || !now.entered;
            let (device, now) = (known_as(device, imei_entries), known_as(now, imsi_entries));
            if (moved || learns || now.key != card.key)
                && let Some(party) = parties.get_mut(*number as usize)
            {
                let before = if moved { latest } else { before };
                party.devices = Devices::of([device, before, now]);
            }
            imei_texts.push(imei_text);
            imsi_texts.push(imsi_text);
            let ([_, imei], [_, imsi]) = (device.known(), now.known());
            let site = entry_of(site_entries, *site);
            known.push(Known { first: *first, second: *second, imei, imsi, site });
        }
    }
    longer(imeis, &parsed.imei, imei_texts);
    longer(imsis, &parsed.imsi, imsi_texts);
    let long = |keys: &Keys| keys.long.iter().map(|(row, _)| *row as usize).collect::<Vec<_>>();
    for row in long(&parsed.imei) {
        if let (Some(known), Some(text)) = (known.get_mut(row), imei_texts.get(row)) {
            known.imei = entry_of(imei_entries, *text);
        }
    }
    for row in long(&parsed.imsi) {
        if let (Some(known), Some(text)) = (known.get_mut(row), imsi_texts.get(row)) {
            known.imsi = entry_of(imsi_entries, *text);
        }
    }
}

/// The text of a row.
pub(super) fn text_of(keys: &Keys, i: usize) -> Vec<u8> {
    let long = keys.long.binary_search_by_key(&(i as u32), |(row, _)| *row).ok();
    match long.and_then(|at| keys.long.get(at)) {
        Some((_, text)) => text.clone(),
        None => keys.short.get(i).map(|key| key.text()).unwrap_or_default(),
    }
}

/// Scratch memory of one thread.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    pub(super) first: Vec<u32>,
    pub(super) second: Vec<u32>,
    pub(super) imei: Vec<u32>,
    pub(super) imsi: Vec<u32>,
    pub(super) site: Vec<u32>,
    /// What the texts of each row were read as before this chunk, side by side: memory that comes by chance is asked
    /// for long before it is needed.
    pub(super) known: Vec<Known>,
    pub(super) forms: HashMap<FormKey, u32>,
    /// Some of them, the same, which are few enough to be looked through.
    pub(super) usual: Vec<(FormKey, u32)>,
}

/// Entries of a row's texts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) first: u32,
    pub(super) second: u32,
    pub(super) imei: u32,
    pub(super) imsi: u32,
    pub(super) site: u32,
}

/// What forms differ by in one table, as one number.
pub(super) type FormKey = u128;

/// Forms that are looked through before the map is asked.
pub(super) const USUAL: usize = 16;
