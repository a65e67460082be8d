//! From seized file to records: nothing lost, nothing guessed.
//!
//! [`load::load_path`] takes one file of whatever shape the operator or bank liked, and leaves in the case folder
//! the records it asserts, the rows it could not take (verbatim, with the reason) and a receipt in which every
//! physical line of the file stands in exactly one place: kept, refused, repeated, or other (letterhead, header,
//! footer, blank).
//!
//! A trip through the modules: [`reader`] turns bytes into rows and knows line numbers and offsets; [`columns`]
//! knows what headers mean in the region; [`recognise`] finds the header row, the kind of table and the role of
//! each column; [`evidence`] reads the whole table once to decide what no single row can (order of day and month,
//! decimal mark, opaque ids, whose return it is); [`calls`], [`transfers`] and [`entities`] turn a row into
//! records; [`load`] runs them and keeps the accounts. [`mapping`] is how a person overrules any of it.
//! [`reconcile`] derives events from records, and [`raw`] fetches a row as it stands in the file.
//!
//! Three rules hold everywhere:
//! 1. A value as written is kept beside its normal form; nothing is repaired.
//! 2. What a sample suggests is never applied to a file: decisions are taken over the whole column, and where the
//!    column does not decide, the value stays empty and the source says which line of a mapping settles it.
//! 3. Dirty data is a refused row, not an error; an error means that nothing of the file was committed.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

mod bulk;
pub mod calls;
pub mod columns;
pub mod entities;
pub mod error;
pub mod estimate;
pub mod evidence;
pub mod foreign;
mod judge;
mod line;
pub mod load;
pub mod mapping;
mod notes;
mod open;
mod order;
mod plan;
mod profile;
pub mod propose;
pub mod raw;
pub mod reader;
pub mod reading;
pub mod rebuild;
pub mod recognise;
pub mod reconcile;
mod remembered;
mod repeated;
mod rows;
mod sketch;
pub mod subject;
pub mod table;
pub mod templates;
pub mod transfers;
mod unfold;
mod written;
