//! How one party reaches another, and whom several have in common.

use crate::reader::Reader;
use crate::view::graph::{CutInput, CutView, EdgeInput, EdgeView};
use crate::view::node::{NodeInput, NodeView};
use serde::Serialize;
use utoipa::ToSchema;

/// One path.
#[derive(Clone, Debug)]
pub struct PathInput {
    /// Nodes from start to end.
    pub nodes: Vec<NodeInput>,
    /// Edges between them.
    pub edges: Vec<EdgeInput>,
}

/// One path, as this reader may see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct OnePathView {
    /// Nodes from start to end.
    pub nodes: Vec<NodeView>,
    /// Edges between them.
    pub edges: Vec<EdgeView>,
    /// Steps.
    pub hops: u64,
}

/// How the steps of paths follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathOrder {
    /// Each after the one before.
    InTime,
    /// Without regard to time, as was asked.
    Any,
    /// Without regard to time, since no chain in the order of time leads there.
    AnyForWantOfChain,
}

/// What the view of paths is made from.
#[derive(Clone, Debug)]
pub struct PathsInput {
    /// The paths, best first.
    pub paths: Vec<PathInput>,
    /// How their steps follow one another.
    pub order: PathOrder,
    /// Whether there are others than these.
    pub more: bool,
    /// A path without regard to time that has fewer steps than any of these.
    pub shorter: Option<PathInput>,
    /// Hubs and service numbers that no path may pass and a shorter one would have.
    pub left_out: Vec<NodeInput>,
}

/// Paths between two nodes.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct PathView {
    /// Earliest arrival first in time order, otherwise shortest first.
    pub paths: Vec<OnePathView>,
    /// Whether each step of a path happens after the one before.
    pub in_time_order: bool,
    /// Hubs and service numbers that no path may pass.
    pub left_out: Vec<NodeView>,
    /// How the paths are to be read.
    pub note: String,
}

impl PathView {
    /// The view of paths. One that passes a node which for this reader does not exist is no path.
    pub fn new(input: &PathsInput, reader: &Reader<'_>) -> Self {
        let one = |path: &PathInput| {
            let nodes = path.nodes.iter().map(|n| NodeView::new(n, reader)).collect::<Option<Vec<_>>>()?;
            let edges = path.edges.iter().map(|e| EdgeView::new(e, reader)).collect::<Option<Vec<_>>>()?;
            Some(OnePathView { hops: nodes.len().saturating_sub(1) as u64, nodes, edges })
        };
        let paths: Vec<OnePathView> = input.paths.iter().filter_map(one).collect();
        let mut left_out: Vec<NodeView> =
            input.left_out.iter().filter_map(|n| NodeView::new(n, reader)).collect();
        left_out.sort_by(|a, b| a.id.cmp(&b.id));
        let key = match (paths.is_empty(), input.order) {
            (true, PathOrder::InTime) => "path.no_chain",
            (true, _) => "path.none",
            (false, PathOrder::InTime) => "path.time_order",
            (false, PathOrder::Any) => "path.any_order",
            (false, PathOrder::AnyForWantOfChain) => "path.want_of_chain",
        };
        let mut notes = vec![reader.say(key, &[])];
        if input.more {
            notes.push(match paths.len() {
                1 => reader.say("path.more.one", &[]),
                count => reader.say("path.more", &[("count", &count.to_string())]),
            });
        }
        match input.shorter.as_ref().and_then(one).map(|p| p.hops) {
            Some(1) => notes.push(reader.say("path.shorter.one", &[])),
            Some(steps) => notes.push(reader.say("path.shorter", &[("steps", &steps.to_string())])),
            None => {}
        }
        if !left_out.is_empty() {
            notes.push(reader.say("path.left_out", &[]));
        }
        Self { paths, in_time_order: input.order == PathOrder::InTime, left_out, note: notes.join(" ") }
    }
}

/// A contact shared by several targets.
#[derive(Clone, Debug)]
pub struct SharedContactInput {
    /// The contact.
    pub node: NodeInput,
    /// Events with each target, in the order of the targets.
    pub counts: Vec<u64>,
    /// How telling the contact is: higher for one with few contacts.
    pub rarity: f64,
    /// Its ties with the targets.
    pub edges: Vec<EdgeInput>,
}

/// A contact shared by several targets, as this reader may see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct SharedContactView {
    /// The contact.
    pub node: NodeView,
    /// Events with each target, in the order of the targets.
    pub counts: Vec<u64>,
    /// How telling the contact is: higher for one with few contacts.
    pub rarity: f64,
    /// Its ties with the targets, with the first rows that prove each.
    pub edges: Vec<EdgeView>,
}

/// Whom several targets have in common.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct CommonView {
    /// The targets.
    pub targets: Vec<NodeView>,
    /// Shared contacts, most telling first.
    pub contacts: Vec<SharedContactView>,
    /// What was left out.
    pub cuts: Vec<CutView>,
}

impl CommonView {
    /// The view; `None` if for this reader a target does not exist.
    pub fn new(
        targets: &[NodeInput],
        contacts: &[SharedContactInput],
        cuts: &[CutInput],
        reader: &Reader<'_>,
    ) -> Option<Self> {
        let view = |c: &SharedContactInput| {
            let node = NodeView::new(&c.node, reader)?;
            let edges = c.edges.iter().filter_map(|e| EdgeView::new(e, reader)).collect();
            Some(SharedContactView { node, counts: c.counts.clone(), rarity: c.rarity, edges })
        };
        let mut contacts: Vec<SharedContactView> = contacts.iter().filter_map(view).collect();
        contacts.sort_by(|a, b| b.rarity.total_cmp(&a.rarity).then_with(|| a.node.id.cmp(&b.node.id)));
        Some(Self {
            targets: targets.iter().map(|n| NodeView::new(n, reader)).collect::<Option<_>>()?,
            contacts,
            cuts: cuts.iter().map(|c| CutView::new(c, reader)).collect(),
        })
    }
}
