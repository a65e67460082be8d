//! Lists and pairs of views as the command line and the server send them.

use engine::disclose::view::community::{CommunityView, GroupView};
use engine::disclose::view::finding::FindingView;
use engine::disclose::view::graph::GraphView;
use engine::disclose::view::row::RowView;
use serde::Serialize;
use utoipa::ToSchema;

/// Rows, and how many there are in all.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rows {
    /// The rows asked for.
    pub(crate) rows: Vec<RowView>,
    /// How many there are.
    pub(crate) total: u64,
}

/// Communities, and how many there are in all.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Communities {
    /// The largest, without members.
    pub(crate) communities: Vec<CommunityView>,
    /// How many there are.
    pub(crate) total: usize,
    /// Larger groups of communities, level by level, the largest first.
    pub(crate) groups: Vec<GroupView>,
    /// What stability and groups say, and what not.
    pub(crate) note: String,
    /// What they optimise.
    pub(crate) objective: &'static str,
    /// The resolution.
    pub(crate) resolution: f64,
}

/// One community and the network of its core.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Community {
    /// The community with its members.
    #[serde(flatten)]
    pub(crate) community: CommunityView,
    /// Its core as a chart.
    pub(crate) graph: GraphView,
}

/// Findings.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Findings {
    /// Leads, in order of their ids.
    pub(crate) findings: Vec<FindingView>,
    /// How many there are in all.
    pub(crate) total: u64,
}

/// One finding and the rows that prove it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Finding {
    /// The lead.
    #[serde(flatten)]
    pub(crate) finding: FindingView,
    /// Its rows.
    pub(crate) rows: Vec<RowView>,
}

/// The communities of a session as they are sent.
pub(crate) fn communities(session: &engine::session::Session<'_>, limit: usize) -> Communities {
    let (communities, total) = session.communities(limit);
    let (objective, resolution) = engine::pipeline::community_objective();
    let (groups, note) = (session.community_groups(), session.stability_note());
    Communities { communities, total, groups, note, objective, resolution }
}
