//! Tests across the whole engine, linked once.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is a failed test")]

mod arrival;
mod disclosure;
mod identities;
mod paths;
mod repeatable;
mod stored;
mod tidy;
mod typed;
mod world;
