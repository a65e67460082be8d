//! The words of each role, by kind of table. Words are plain (see [`super::header_key`]); order within a phrase does
//! not matter; a leading `=` means that the header must say exactly this and no more.

mod calls;
mod entities;
mod transfers;

use super::Role;
use model::record::TableKind;

type Table = [(Role, &'static [&'static str])];

/// The synonyms of a kind of table.
pub fn of(kind: TableKind) -> &'static Table {
    match kind {
        TableKind::Calls => calls::CALLS,
        TableKind::Transfers => transfers::TRANSFERS,
        TableKind::Entities => entities::ENTITIES,
    }
}
