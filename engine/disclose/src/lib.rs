//! Nothing leaves the engine but a view made here.
//!
//! A case names victims, witnesses and minors beside those who exploited them, and a person's life may depend on
//! which of the two a screen shows. So hiding is not left to routes, reports or exports: every struct that can be
//! serialised is made in this crate, from plain inputs and a [`reader::Reader`], and its constructor hides first
//! and formats afterwards. The structs are `#[non_exhaustive]`, so that no other crate can make one.
//!
//! Four rules:
//! 1. A protected party whose class the reader's clearance does not cover appears as its pseudonym: no name,
//!    number, document, address, account, nickname, birth date, sex, raw row or free text, and no public id.
//! 2. A sealed party does not appear at all, nor does anything that only it would explain.
//! 3. What is hidden and what is absent answer alike: [`policy::Policy::resolve_public_id`] knows neither.
//! 4. Text that people wrote (file names, raw rows, parameters) is searched for protected names and numbers
//!    before it is shown ([`redact`]), because a label on a party cannot reach what a clerk typed elsewhere.
//!
//! Where to look: [`policy`] says who is protected, [`audience`] who reads, [`reader`] joins the two with the
//! sources; [`view`] holds the views; [`document`] makes what an audience may search; [`citation`] turns a row's
//! address into words; [`mod@format`] and [`messages`] hold how things are written in Spanish and English.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

pub mod audience;
pub mod citation;
pub mod document;
pub mod format;
pub mod messages;
pub mod policy;
pub mod reader;
pub mod redact;
pub mod view;
