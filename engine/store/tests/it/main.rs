//! The case folder from outside: what is loaded comes back, in canonical order, whatever happened on the way.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod build;
mod decide;
mod derive;
mod identify;
mod kill;
mod open;
mod read;
mod verify;
