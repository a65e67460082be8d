//! Who is who: Fellegi-Sunter with constraints, explained and reversible.
//!
//! Mentions come in, clusters of mentions go out, with the weight of every pair that mattered and the model that
//! gave it. The way of a run ([`run`]):
//!
//! 1. `column`: the mentions become interned columns; frequencies of values are counted once.
//! 2. [`block`]: blocking rules say which pairs are worth a look; each pair is made once, and what is left out is
//!    reported.
//! 3. [`compare`]: a pair becomes one level a [`comparison`]; a missing value is no evidence at all.
//! 4. [`train`]: `m` and the share of kin are fitted by expectation maximisation on counted patterns; `u` follows
//!    from value frequencies.
//! 5. [`score`]: three hypotheses compete for each pair: *one party*, *kin* (one household, another person),
//!    *strangers*. Kin take the weight out of shared surnames, telephones and addresses, so that brothers and
//!    sisters do not become one person.
//! 6. [`cluster`]: greedy average linkage under must-links and cannot-links, so that one bridge joins nothing.
//! 7. [`explain`]: the waterfall of bits of any pair, by the same arithmetic; [`lineage`]: how a cluster came together
//!    and where it is weakest.
//!
//! **Invariants**
//! 1. The result is a function of the set of mentions, the constraints, the configuration and the seed; not of
//!    the order of the mentions nor of the number of threads.
//! 2. A judgement of an analyst is stronger than any evidence; judgements that contradict each other are an
//!    error that names them.
//! 3. A shared telephone, account or address alone never makes two mentions one party.
//! 4. The crate does no I/O but for [`table`], which reads a table of people for `madeja match`.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod block;
pub mod cluster;
pub mod collective;
pub mod column;
pub mod compare;
pub mod comparison;
pub mod conflict;
pub mod error;
pub mod explain;
pub mod lineage;
pub mod model;
pub mod run;
pub mod score;
pub mod table;
pub mod train;
