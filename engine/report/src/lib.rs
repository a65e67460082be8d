//! Exchange formats: what other tools read, made of views alone.
//!
//! Every input here is a view of `disclose`, made for one reader, so an export holds exactly what that reader may
//! see and this crate cannot tell more. What a format cannot carry is left out, never bent.
//!
//! Where to look: [`export`] is the one door; [`ftm`] writes FollowTheMoney, [`graphml`] GraphML, [`gexf`] GEXF,
//! [`table`] CSV.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

pub mod error;
pub mod export;
pub mod ftm;
pub mod gexf;
pub mod graphml;
pub mod table;
mod xml;
