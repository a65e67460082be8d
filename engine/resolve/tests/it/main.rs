//! Resolution at its boundary: invented people in, partitions out.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod invariance;
mod judgements;
mod people;
mod stored;
mod tables;
mod world;
