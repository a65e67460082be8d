//! Measures of the network, each with the question it answers; who is in touch with whom; what changed.

use crate::format;
use crate::policy::NodeRef;
use crate::reader::Reader;
use crate::view::graph::{CutInput, CutView, EdgeInput, EdgeView};
use crate::view::node::{NodeInput, NodeView};
use graph::change::ChangeKind;
use graph::layer::Layer;
use serde::Serialize;
use utoipa::ToSchema;

/// How nodes are ranked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Distinct contacts.
    Contacts,
    /// PageRank.
    Reached,
    /// Betweenness.
    Between,
    /// Core number.
    Core,
}

impl Measure {
    /// All.
    pub const ALL: [Self; 4] = [Self::Contacts, Self::Reached, Self::Between, Self::Core];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contacts => "contacts",
            Self::Reached => "reached",
            Self::Between => "between",
            Self::Core => "core",
        }
    }

    /// The measure of a stable word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.as_str() == text)
    }
}

/// A ranked node.
#[derive(Clone, Debug)]
pub struct RankedInput {
    /// The node.
    pub node: NodeInput,
    /// Its value.
    pub value: f64,
}

/// A ranked node, as this reader may see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct RankedView {
    /// The node.
    pub node: NodeView,
    /// Its value.
    pub value: f64,
}

/// Nodes ranked by one measure.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct RankView {
    /// contacts, reached, between or core.
    pub measure: String,
    /// The question that the measure answers.
    pub question: String,
    /// How it was computed, with its error bound where it was sampled.
    pub method: String,
    /// The highest first.
    pub nodes: Vec<RankedView>,
    /// What was left out.
    pub cuts: Vec<CutView>,
    /// What a rank does not say.
    pub note: String,
}

impl RankView {
    /// The view; equal values stand in the order of public ids.
    ///
    /// # Arguments   `error`: with 90 % certainty no value is off by more
    pub fn new(
        measure: Measure,
        nodes: &[RankedInput],
        error: Option<f64>,
        cuts: &[CutInput],
        reader: &Reader<'_>,
    ) -> Self {
        let view =
            |n: &RankedInput| Some(RankedView { node: NodeView::new(&n.node, reader)?, value: n.value });
        let mut nodes: Vec<RankedView> = nodes.iter().filter_map(view).collect();
        nodes.sort_by(|a, b| b.value.total_cmp(&a.value).then_with(|| a.node.id.cmp(&b.node.id)));
        let word = measure.as_str();
        let error = error.map(|e| format!("{e:.4}")).unwrap_or_default();
        Self {
            measure: word.to_owned(),
            question: reader.say(&format!("rank.{word}.question"), &[]),
            method: reader.say(&format!("rank.{word}.method"), &[("error", &error)]),
            nodes,
            cuts: cuts.iter().map(|c| CutView::new(c, reader)).collect(),
            note: reader.say("rank.note", &[]),
        }
    }
}

/// Who is in touch with whom.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct MatrixView {
    /// Rows and columns.
    pub nodes: Vec<NodeView>,
    /// Events from the node of the row to that of the column.
    pub counts: Vec<Vec<u64>>,
    /// Events of each with anybody else.
    pub outside: Vec<u64>,
    /// The ties behind the counts, with their rows.
    pub edges: Vec<EdgeView>,
    /// What was left out.
    pub cuts: Vec<CutView>,
    /// How the counts are to be read.
    pub note: String,
}

impl MatrixView {
    /// The view; `None` if for this reader one of the nodes does not exist.
    ///
    /// # Arguments   `counts`: row by row
    pub fn new(
        nodes: &[NodeInput],
        counts: &[u64],
        outside: &[u64],
        edges: &[EdgeInput],
        cuts: &[CutInput],
        reader: &Reader<'_>,
    ) -> Option<Self> {
        let nodes: Vec<NodeView> = nodes.iter().map(|n| NodeView::new(n, reader)).collect::<Option<_>>()?;
        let mut edges: Vec<EdgeView> = edges.iter().filter_map(|e| EdgeView::new(e, reader)).collect();
        edges.sort_by(|a, b| a.id.cmp(&b.id));
        Some(Self {
            counts: counts.chunks(nodes.len().max(1)).map(<[u64]>::to_vec).collect(),
            outside: outside.to_vec(),
            edges,
            cuts: cuts.iter().map(|c| CutView::new(c, reader)).collect(),
            note: reader.say("matrix.note", &[]),
            nodes,
        })
    }
}

/// A tie that changed.
#[derive(Clone, Debug)]
pub struct ChangeInput {
    /// Where it begins.
    pub source: NodeInput,
    /// Where it ends.
    pub target: NodeInput,
    /// What kind of tie.
    pub layer: Layer,
    /// What happened.
    pub kind: ChangeKind,
    /// Events before.
    pub before: u64,
    /// Events since.
    pub since: u64,
    /// Likelihood-ratio statistic.
    pub strength: f64,
    /// The tie with its rows, over all time.
    pub edges: Vec<EdgeInput>,
}

/// A tie that changed, as this reader may see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct ChangeView {
    /// Where it begins.
    pub source: NodeView,
    /// Where it ends.
    pub target: NodeView,
    /// Its layer.
    pub layer: String,
    /// began, ended, grew or shrank.
    pub kind: String,
    /// The same in the reader's language.
    pub text: String,
    /// Events before.
    pub before: u64,
    /// Events since.
    pub since: u64,
    /// Likelihood-ratio statistic: 10.8 is one in a thousand by chance.
    pub strength: f64,
    /// The tie with its rows, over all time.
    pub edges: Vec<EdgeView>,
}

/// What changed since a date.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct ChangesView {
    /// The date.
    pub since: Option<String>,
    /// The strongest first.
    pub changes: Vec<ChangeView>,
    /// Ties compared.
    pub compared: u64,
    /// What was left out.
    pub cuts: Vec<CutView>,
    /// How changes are found.
    pub note: String,
}

impl ChangesView {
    /// The view of changes.
    pub fn new(
        since_us: i64,
        changes: &[ChangeInput],
        compared: u64,
        cuts: &[CutInput],
        reader: &Reader<'_>,
    ) -> Self {
        let view = |c: &ChangeInput| {
            let kind = match c.kind {
                ChangeKind::Began => "began",
                ChangeKind::Ended => "ended",
                ChangeKind::Grew => "grew",
                ChangeKind::Shrank => "shrank",
            };
            Some(ChangeView {
                source: NodeView::new(&c.source, reader)?,
                target: NodeView::new(&c.target, reader)?,
                layer: c.layer.as_str().to_owned(),
                kind: kind.to_owned(),
                text: reader.say(&format!("change.{kind}"), &[]),
                before: c.before,
                since: c.since,
                strength: c.strength,
                edges: c.edges.iter().filter_map(|e| EdgeView::new(e, reader)).collect(),
            })
        };
        let mut changes: Vec<ChangeView> = changes.iter().filter_map(view).collect();
        // Order among equals by public ids: that of hidden ids would speak of them.
        changes.sort_by(|a, b| {
            let key = |c: &ChangeView| (c.source.id.clone(), c.target.id.clone(), c.layer.clone());
            b.strength.total_cmp(&a.strength).then_with(|| key(a).cmp(&key(b)))
        });
        Self {
            since: format::rfc3339(since_us),
            changes,
            compared,
            cuts: cuts.iter().map(|c| CutView::new(c, reader)).collect(),
            note: reader.say("change.note", &[]),
        }
    }
}

/// Whether a reader sees a node without a mask: only then are its places told.
pub(crate) fn is_plain(node: &NodeRef, reader: &Reader<'_>) -> bool {
    !matches!(reader.seen(node), crate::policy::Seen::Masked(_) | crate::policy::Seen::Absent)
}
