//! Numbers of the texts of a chunk, column by column, and what they were read as before.

use super::parse::Keys;
use std::collections::HashMap;
use store::texts::{ShortKey, TextTable};

/// No entry yet.
pub(super) const UNKNOWN: u32 = u32::MAX;

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
#[derive(Clone, Copy, Debug)]
struct Seen {
    key: ShortKey,
    text: u32,
    /// Its entry, once that is known.
    entry: u32,
}

impl Default for Seen {
    fn default() -> Self {
        Self { key: ShortKey::default(), text: 0, entry: UNKNOWN }
    }
}

/// The handsets and the SIM card that a number was last seen with.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Devices {
    imeis: [Seen; 2],
    imsi: Seen,
}

impl Devices {
    /// Keeps the entries of texts that stand here.
    pub(super) fn learn(&mut self, imei: (u32, u32), imsi: (u32, u32)) {
        let [latest, before] = &mut self.imeis;
        for (seen, (text, entry)) in [(latest, imei), (before, imei), (&mut self.imsi, imsi)] {
            if seen.text == text && seen.key != ShortKey::default() {
                seen.entry = entry;
            }
        }
    }
}

/// Numbers of the texts of handsets and SIM cards, and their entries where these are known.
///
/// A number keeps its handset and its card over many rows, so that one look at what it had before answers for both
/// tables; a table is asked only for what is new, so that its numbers still follow the order of first appearance.
///
/// # Arguments   `devices`: what each number was seen with
pub(super) fn device_numbers(
    [imeis, imsis]: [&mut TextTable; 2],
    [imei, imsi]: [&Keys; 2],
    devices: &mut [Devices],
    numbers: &mut Numbers,
) {
    let Numbers { first, imei: imei_texts, imsi: imsi_texts, devices: known, .. } = numbers;
    imei_texts.clear();
    imsi_texts.clear();
    known.clear();
    let none = ShortKey::default();
    let mut had = [Devices::default(); TOGETHER];
    let blocks = imei.short.chunks(TOGETHER).zip(imsi.short.chunks(TOGETHER)).zip(first.chunks(TOGETHER));
    for ((imei, imsi), first) in blocks {
        for (slot, number) in had.iter_mut().zip(first) {
            *slot = devices.get(*number as usize).copied().unwrap_or_default();
        }
        for (((imei, imsi), number), had) in imei.iter().zip(imsi).zip(first).zip(&had) {
            let ([latest, before], mut card) = (had.imeis, had.imsi);
            let mut device = latest;
            if before.key == *imei && *imei != none {
                device = before;
            } else if latest.key != *imei || *imei == none {
                device = Seen { key: *imei, text: imeis.short_number(*imei), entry: UNKNOWN };
            }
            if card.key != *imsi || *imsi == none {
                card = Seen { key: *imsi, text: imsis.short_number(*imsi), entry: UNKNOWN };
            }
            imei_texts.push(device.text);
            imsi_texts.push(card.text);
            known.push([device.entry, card.entry]);
            let moved = device.key != latest.key;
            if (moved || card.key != had.imsi.key)
                && let Some(slot) = devices.get_mut(*number as usize)
            {
                *slot = Devices { imeis: if moved { [device, latest] } else { had.imeis }, imsi: card };
            }
        }
    }
    longer(imeis, imei, imei_texts);
    longer(imsis, imsi, imsi_texts);
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
    /// The entries of handset and SIM card, where the number was seen with them before.
    pub(super) devices: Vec<[u32; 2]>,
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
