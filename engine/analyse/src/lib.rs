//! Communities of a graph and typologies of events: what acts together, and what betrays exploitation.
//!
//! - [`leiden`] finds communities by modularity, by constant density or by how well they compress a walk.
//!   All objectives give the same bytes at any number of threads.
//! - [`core`] tells who of a community acts with the others from who hangs on one of them alone.
//! - [`stability`] says which communities and members other seeds and resolutions find again.
//! - [`typology`] holds the detectors: pure functions from events to findings, each with its rule, its score and the
//!   innocent things that look like it.
//!
//! **Invariant:** this crate knows no file, no clock and no random source but a seed that it is handed.
//! **Invariant:** a finding is a lead. It carries every row that it rests on and every number that it was decided by.

pub mod core;
pub mod error;
pub mod leiden;
pub mod stability;
pub mod typology;
