//! Full-text search over what one audience may see: names, numbers, documents, accounts, devices, addresses.
//!
//! An investigator types a name as it sounds, a number without its country, the last six digits of an account,
//! or any of them with one wrong key. All of that must find the party, exact answers first.
//!
//! One index folder is built for each audience, from documents that `disclose` made for that audience.
//!
//! **Invariant 1:** what an audience may not see was never in its index, so no ranking, count or speed of an
//! answer can betray it.
//! **Invariant 2:** same documents, same query, same answer: the index is made of shares by a digest of node ids, each one
//! segment in the order of node ids, and the ranking does not depend on how common a word is elsewhere in the case.
//!
//! Where to look: [`index`] builds, opens and asks; [`terms`] says under which forms a value is found;
//! `rank` says which of two answers is the better.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

mod directory;
pub mod error;
pub mod index;
mod rank;
pub mod terms;
