//! The words of the house: ids, provenance, time, money, places, parties, identifiers, records, events,
//! decisions, findings, sensitivity and the context of a run.
//!
//! Every other crate speaks in these types and none of them depends on anything above. Here stands no I/O,
//! no clock, no randomness and no serialisation: what leaves the engine is a view made by `disclose`.
//!
//! Three facts of the field shape the types:
//! - a value as written and its normal form are two things, and both are kept ([`identifier::Normal`]);
//! - a row of a seized file is an assertion ([`record`]), what happened is derived from it ([`event`]);
//! - who holds a number changes with time, so every such link has a validity [`time::Interval`].

pub mod decision;
pub mod event;
pub mod finding;
pub mod identifier;
pub mod ids;
pub mod money;
pub mod party;
pub mod phrase;
pub mod place;
pub mod provenance;
pub mod record;
pub mod run;
pub mod sensitivity;
pub mod time;
pub mod undecided;
pub mod written;
