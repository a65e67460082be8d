//! Regional normalisation: phones, handsets, documents, accounts, names, dates, amounts and places.
//!
//! A seized file writes one number in many ways. This crate finds the one normal form by which values are
//! compared, and says in flags what it had to suppose to get there. Three rules hold for every function:
//!
//! 1. **Nothing is lost.** What was written stays beside the normal form ([`model::identifier::Normal`]);
//!    a value outside every numbering plan is still kept, with a flag.
//! 2. **Nothing is guessed in silence.** A country taken from the file, a symbol that several currencies share,
//!    a day that may be a month: each is a flag or an open question, never a quiet choice.
//! 3. **A normal form normalises to itself.** So a value may pass through here any number of times.
//!
//! The functions are pure: no file, no clock, no state, no randomness; and no text makes them panic.
//!
//! Where to look: [`phone`] and [`device`] for what a call return holds, [`document`] and [`account`] for what
//! points to a party, [`name`] for how people are called, [`date`] and [`amount`] for columns whose notation
//! must be decided as a whole, [`place`] for addresses and cells, [`text`] for the folding under all of them.

#![warn(clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

pub mod account;
pub mod amount;
pub mod date;
pub mod device;
pub mod document;
mod encoding;
mod lexicon;
pub mod name;
pub mod phone;
pub mod place;
mod plan;
mod sheet;
pub mod text;
