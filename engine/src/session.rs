//! The front door for questions: who asks, with which clearance, and every answer a view.
//!
//! A [`Desk`] holds what one clearance may be answered from; a [`Session`] is one visitor at a desk. Protected
//! identities are opened only at a desk of that clearance, with a reason, and the opening is recorded.

mod community;
pub mod desk;
pub mod early;
mod export;
pub mod flow;
mod judge;
mod lineage;
mod measure;
mod network;
mod path;
mod people;
mod presence;
mod review;

use crate::case::Case;
use crate::error::EngineError;
use crate::network::base::Window;
use crate::network::event::Events;
use crate::session::desk::Desk;
use disclose::audience::{Audience, Lang};
use disclose::reader::Reader;
use graph::filter::EdgeFilter;
use graph::layer::{Layer, LayerSet};
use model::sensitivity::{Clearance, Sensitivity};
use std::sync::Arc;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// Name, for the audit log.
    pub actor: String,
    /// The strictest class shown by name.
    pub clearance: Clearance,
    /// Why; required for any clearance above open.
    pub why: Option<String>,
    /// Language of texts.
    pub lang: Lang,
}

/// Which part of the network a question looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Only events from this instant.
    pub from_us: Option<i64>,
    /// Only events before this instant.
    pub to_us: Option<i64>,
    /// Only these layers; empty means all.
    pub layers: Vec<Layer>,
    /// Only ties of at least so many events inside the window; 0 means all.
    pub least: u64,
}

impl Scope {
    fn window(&self) -> Window {
        Window { from_us: self.from_us, to_us: self.to_us }
    }

    fn layers(&self) -> LayerSet {
        if self.layers.is_empty() { LayerSet::ALL } else { LayerSet::of(&self.layers) }
    }

    /// What passes in a graph that was made of the window's events.
    fn filter(&self) -> EdgeFilter {
        EdgeFilter { layers: self.layers(), least: self.least, ..EdgeFilter::default() }
    }
}

/// The network around a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EgoQuestion {
    /// Public id.
    pub id: String,
    /// Steps from it.
    pub hops: u8,
    /// What counts as a tie.
    pub scope: Scope,
    /// Nodes at most.
    pub limit: usize,
}

/// How the steps of a path may follow one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StepOrder {
    /// Chains of calls and payments in the order of time; in any order where there is none, or where only layers without
    /// events are asked for.
    #[default]
    Usual,
    /// Only chains of calls and payments in the order of time.
    InTime,
    /// Ties of all layers without regard to time.
    Any,
}

/// Paths between two nodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathQuestion {
    /// Public id of the start.
    pub a: String,
    /// Public id of the end.
    pub b: String,
    /// Paths at most.
    pub k: usize,
    /// How the steps may follow one another.
    pub order: StepOrder,
    /// In time order: at most so many hours between two steps.
    pub wait_hours: Option<u64>,
    /// Public ids that no path passes through.
    pub avoid: Vec<String>,
    /// Whether paths may pass through hubs and service numbers.
    pub through_hubs: bool,
    /// What counts as a tie.
    pub scope: Scope,
}

/// Which rows are asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum RowsSubject {
    /// Those behind an edge.
    Edge {
        /// Public id of its source.
        source: String,
        /// Public id of its target.
        target: String,
        /// Its layer.
        layer: Layer,
    },
    /// Those at these addresses: public id of the source, and row.
    Refs(Vec<(String, u32)>),
}

/// Rows as evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct RowsQuestion {
    /// Which.
    pub subject: RowsSubject,
    /// Only rows of events from this instant.
    pub from_us: Option<i64>,
    /// Only rows of events before this instant.
    pub to_us: Option<i64>,
    /// Rows at most.
    pub limit: usize,
    /// Rows to pass over first.
    pub after: usize,
}

/// One visitor at a desk.
pub struct Session<'a> {
    case: &'a Case,
    desk: Arc<Desk>,
    visitor: Visitor,
    /// Whether results are brought up to date before a judgement is answered.
    at_once: bool,
}

impl<'a> Session<'a> {
    /// A visitor at a desk that is open already; its opening was recorded by whoever opened it, and who did so calls
    /// [`Case::refresh`] after a judgement.
    pub fn new(case: &'a Case, desk: Arc<Desk>, visitor: Visitor) -> Self {
        Self { case, desk, visitor, at_once: false }
    }

    /// Opens a desk for one visitor, and records the clearance if it is above open.
    ///
    /// # Errors      [`EngineError::WhyMissing`]; [`EngineError::Stale`] where results are not fresh
    pub fn open(case: &'a Case, visitor: Visitor) -> Result<Self, EngineError> {
        case.record_clearance(&visitor.actor, visitor.clearance, visitor.why.as_deref().unwrap_or_default())?;
        let desk = Arc::new(Desk::open(case, visitor.clearance)?);
        Ok(Self { case, desk, visitor, at_once: true })
    }

    /// The events of the desk, mapped when they are first asked for.
    ///
    /// # Errors      [`EngineError::Stale`] where the case has changed since the desk was opened
    fn events(&self) -> Result<&Events, EngineError> {
        self.desk.events(self.case)
    }

    fn reader(&self) -> Reader<'_> {
        let audience = Audience::new(self.visitor.clearance, self.visitor.lang, self.case.info().country);
        Reader::new(&self.desk.policy, audience, &self.desk.sources)
    }
}

impl Case {
    /// Records the use of a clearance in the audit chain; an open one leaves no entry.
    ///
    /// # Errors      [`EngineError::WhyMissing`] for a clearance above open without a reason
    pub fn record_clearance(&self, actor: &str, clearance: Clearance, why: &str) -> Result<(), EngineError> {
        if clearance.0 == Sensitivity::Open {
            return Ok(());
        }
        if why.trim().is_empty() {
            return Err(EngineError::WhyMissing { class: clearance.0.as_str() });
        }
        self.store.audit(actor, "clearance", clearance.0.as_str(), why)?;
        Ok(())
    }
}
