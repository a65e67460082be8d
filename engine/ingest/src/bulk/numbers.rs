//! Numbers of the texts of a chunk, column by column, and what they were read as before.

use super::parse::Keys;
use std::collections::HashMap;
use store::texts::TextTable;

/// Numbers of a column's texts.
pub(super) fn numbered(table: &mut TextTable, keys: &Keys, out: &mut Vec<u32>) {
    out.clear();
    table.short_numbers(&keys.short, out);
    for (row, text) in &keys.long {
        if let Some(slot) = out.get_mut(*row as usize) {
            *slot = table.number(text);
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
    /// The form of the row before.
    pub(super) latest: Option<(FormKey, u32)>,
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

/// What forms differ by in one table.
pub(super) type FormKey = (u16, u8, u8, u8, u8, i16, u8);
