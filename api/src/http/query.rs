//! What a request asks, as JSON.

use crate::http::problem::Problem;
use axum::http::StatusCode;
use engine::graph_layer::Layer;
use engine::model::phrase::Phrase;
use engine::model::sensitivity::Sensitivity;
use engine::moment;
use engine::session::{EgoQuestion, PathQuestion, RowsQuestion, RowsSubject, Scope, StepOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) fn bad(english: &'static str, spanish: &'static str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "unacceptable", Phrase::new(english, spanish))
}

/// Reads a moment; `None` where none is given.
pub(super) fn moment_of(text: Option<&str>) -> Result<Option<i64>, Problem> {
    match text.filter(|t| !t.is_empty()) {
        None => Ok(None),
        Some(text) => moment::parse(text).map(Some).ok_or_else(|| {
            bad(
                "a moment is written like 2026-03-14 or 2026-03-14T05:41:07Z",
                "un momento se escribe como 2026-03-14 o 2026-03-14T05:41:07Z",
            )
        }),
    }
}

pub(super) fn layer(word: &str) -> Result<Layer, Problem> {
    Layer::parse(word).ok_or_else(|| {
        bad(
            "layers are calls, money, shared, kin and presence",
            "las capas son calls, money, shared, kin y presence",
        )
    })
}

/// Search in names, numbers, documents and accounts.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct SearchBody {
    /// What to look for.
    pub(crate) text: String,
    /// Hits at most.
    pub(crate) limit: Option<usize>,
}

/// One node.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NodeBody {
    /// Its id.
    pub(crate) id: String,
}

/// The network around a node.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct EgoBody {
    /// Its id.
    id: String,
    /// Steps from it, 1 by default.
    hops: Option<u8>,
    /// Only events from this moment.
    from: Option<String>,
    /// Only events before this moment.
    to: Option<String>,
    /// Only these layers.
    layers: Option<Vec<String>>,
    /// Only ties of at least so many events.
    least: Option<u64>,
    /// Nodes at most.
    limit: Option<usize>,
}

impl EgoBody {
    pub(crate) fn question(&self) -> Result<EgoQuestion, Problem> {
        Ok(EgoQuestion {
            id: self.id.clone(),
            hops: self.hops.unwrap_or(1),
            scope: scope(&self.from, &self.to, &self.layers, self.least)?,
            limit: self.limit.unwrap_or(150),
        })
    }
}

/// What counts as a tie.
pub(super) fn scope(
    from: &Option<String>,
    to: &Option<String>,
    layers: &Option<Vec<String>>,
    least: Option<u64>,
) -> Result<Scope, Problem> {
    Ok(Scope {
        from_us: moment_of(from.as_deref())?,
        to_us: moment_of(to.as_deref())?,
        layers: layers.iter().flatten().map(|l| layer(l)).collect::<Result<Vec<_>, _>>()?,
        least: least.unwrap_or_default(),
    })
}

/// Paths from one node to another.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PathBody {
    /// From.
    a: String,
    /// To.
    b: String,
    /// Paths at most, 3 by default.
    k: Option<usize>,
    /// `true`: only chains of calls and payments in the order of time; `false`: ties of all layers without regard to time.
    /// By default chains in the order of time, and ties in any order where there is none.
    in_time_order: Option<bool>,
    /// In time order: at most so many hours between two steps.
    wait_hours: Option<u64>,
    /// Ids that no path passes through.
    avoid: Option<Vec<String>>,
    /// Whether paths may pass through hubs and service numbers.
    through_hubs: Option<bool>,
    /// Only events from this moment.
    from: Option<String>,
    /// Only events before this moment.
    to: Option<String>,
    /// Only these layers.
    layers: Option<Vec<String>>,
    /// Only ties of at least so many events.
    least: Option<u64>,
}

impl PathBody {
    pub(crate) fn question(&self) -> Result<PathQuestion, Problem> {
        Ok(PathQuestion {
            a: self.a.clone(),
            b: self.b.clone(),
            k: self.k.unwrap_or(3),
            order: match self.in_time_order {
                None => StepOrder::Usual,
                Some(true) => StepOrder::InTime,
                Some(false) => StepOrder::Any,
            },
            wait_hours: self.wait_hours,
            avoid: self.avoid.clone().unwrap_or_default(),
            through_hubs: self.through_hubs.unwrap_or(false),
            scope: scope(&self.from, &self.to, &self.layers, self.least)?,
        })
    }
}

/// Contacts that several nodes have in common.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct CommonBody {
    /// Their ids, two or more.
    pub(crate) ids: Vec<String>,
    /// Only events from this moment.
    from: Option<String>,
    /// Only events before this moment.
    to: Option<String>,
    /// Only these layers.
    layers: Option<Vec<String>>,
    /// Only ties of at least so many events.
    least: Option<u64>,
    /// Contacts at most, 50 by default.
    pub(crate) limit: Option<usize>,
}

impl CommonBody {
    pub(crate) fn scope(&self) -> Result<Scope, Problem> {
        scope(&self.from, &self.to, &self.layers, self.least)
    }
}

/// An edge by its ends and layer.
#[derive(Debug, Deserialize, ToSchema)]
struct EdgeBody {
    /// Id of its source.
    source: String,
    /// Id of its target.
    target: String,
    /// Its layer.
    layer: String,
}

/// A row by its source and number.
#[derive(Debug, Deserialize, ToSchema)]
struct RefBody {
    /// Id of the source.
    source: String,
    /// 1-based row.
    row: u32,
}

/// The rows behind an edge, or rows by their address.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct RowsBody {
    edge: Option<EdgeBody>,
    refs: Option<Vec<RefBody>>,
    /// Only events from this moment.
    from: Option<String>,
    /// Only events before this moment.
    to: Option<String>,
    /// Rows at most, 200 by default.
    limit: Option<usize>,
    /// Rows to pass over first.
    after: Option<usize>,
}

impl RowsBody {
    pub(crate) fn question(&self) -> Result<RowsQuestion, Problem> {
        let subject = match (&self.edge, &self.refs) {
            (Some(edge), None) => RowsSubject::Edge {
                source: edge.source.clone(),
                target: edge.target.clone(),
                layer: layer(&edge.layer)?,
            },
            (None, Some(refs)) => RowsSubject::Refs(refs.iter().map(|r| (r.source.clone(), r.row)).collect()),
            _ => return Err(bad("give either `edge` or `refs`", "dé `edge` o `refs`")),
        };
        Ok(RowsQuestion {
            subject,
            from_us: moment_of(self.from.as_deref())?,
            to_us: moment_of(self.to.as_deref())?,
            limit: self.limit.unwrap_or(200),
            after: self.after.unwrap_or(0),
        })
    }
}

/// A clearance asked for.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct SessionBody {
    /// The class.
    clearance: String,
    /// Why; it is recorded.
    #[serde(default)]
    pub(crate) why: String,
}

impl SessionBody {
    pub(crate) fn class(&self) -> Result<Sensitivity, Problem> {
        Sensitivity::parse(&self.clearance).ok_or_else(|| {
            bad(
                "a clearance is open, witness, victim, minor or sealed",
                "una autorización es open, witness, victim, minor o sealed",
            )
        })
    }
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// The clearance it has.
    pub(crate) clearance: &'static str,
    /// The language it is answered in.
    pub(crate) lang: &'static str,
}

/// A case that is served.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseRef {
    /// The name in addresses.
    pub(crate) case: String,
    /// The title.
    pub(crate) title: String,
}
