//! The binary from outside: what an analyst sees who types its commands.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod hostile;
mod kill;
mod matching;
mod partition;
mod paths;
