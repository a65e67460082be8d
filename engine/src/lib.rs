//! The engine: one case on disk, the pipeline that derives everything from it, and the audited front door through
//! which people ask.
//!
//! [`case::Case`] changes a case, [`pipeline`] brings results up to date, [`session::Session`] answers questions;
//! every answer is a view made by `disclose`. [`standalone`] runs two kernels on anyone's data, without a case.

pub mod case;
mod codec;
pub mod config;
pub mod error;
pub mod identity;
mod index;
pub mod machine;
pub mod moment;
pub mod network;
pub mod pipeline;
pub mod protection;
pub mod session;
pub mod stage;
pub mod standalone;
mod table;

pub use graph::layer as graph_layer;
pub use {analyse, disclose, ingest, model, normalise, report, resolve, store};
