//! The commands: each reads its options, asks the engine and prints.

pub(crate) mod around;
pub(crate) mod ask;
pub(crate) mod case;
pub(crate) mod community;
pub(crate) mod demo;
pub(crate) mod identity;
pub(crate) mod kernel;
pub(crate) mod layout;
pub(crate) mod query;
pub(crate) mod serve;
