//! A community: entities more connected to each other than to the rest. It proves no concert.

use crate::format;
use crate::reader::Reader;
use crate::view::node::{NodeInput, NodeView, community_id};
use serde::Serialize;
use utoipa::ToSchema;

/// A member of a community.
#[derive(Clone, Debug)]
pub struct MemberInput {
    /// The member.
    pub node: NodeInput,
    /// Weight of its ties inside.
    pub inside: f64,
    /// Weight of its ties outside.
    pub outside: f64,
    /// Whether it hangs on the community by one member alone.
    pub attached: bool,
}

/// Events between members, by layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct LayerCounts {
    /// Calls and messages.
    pub calls: u64,
    /// Transfers.
    pub money: u64,
    /// Shared devices, accounts, documents, addresses.
    pub shared: u64,
}

/// What a community view is made from.
#[derive(Clone, Debug)]
pub struct CommunityInput {
    /// Its number, from 1.
    pub number: u32,
    /// Nodes.
    pub size: u64,
    /// Those among them that hang on the others by one member alone.
    pub attached: u64,
    /// People and organisations among them.
    pub people: u64,
    /// Members in any order; empty where only the summary is asked for.
    pub members: Vec<MemberInput>,
    /// Events between members.
    pub layers: LayerCounts,
    /// First instant.
    pub first_us: Option<i64>,
    /// Last instant.
    pub last_us: Option<i64>,
    /// Ids of findings about members.
    pub findings: Vec<String>,
    /// Share of the members' ties that stay inside, 0..=1.
    pub cohesion: f64,
}

/// A member, as this reader may see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct MemberView {
    /// The member.
    pub node: NodeView,
    /// Weight of its ties inside.
    pub inside: f64,
    /// Weight of its ties outside.
    pub outside: f64,
    /// Whether it hangs on the community by one member alone.
    pub attached: bool,
}

/// A community, as this reader may see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct CommunityView {
    /// `C3`.
    pub id: String,
    /// Nodes.
    pub size: u64,
    /// Those among them that hang on the others by one member alone.
    pub attached: u64,
    /// People and organisations among them.
    pub people: u64,
    /// Members, those attached last, most connected first, then by public id.
    pub members: Vec<MemberView>,
    /// Events between members.
    pub layers: LayerCounts,
    /// First instant.
    pub first: Option<String>,
    /// Last instant.
    pub last: Option<String>,
    /// Ids of findings about members.
    pub findings: Vec<String>,
    /// Share of the members' ties that stay inside.
    pub cohesion: f64,
    /// What a community is and is not.
    pub note: String,
}

impl CommunityView {
    /// The view of a community.
    pub fn new(input: &CommunityInput, reader: &Reader<'_>) -> Self {
        let view = |m: &MemberInput| {
            let node = NodeView::new(&m.node, reader)?;
            Some(MemberView { node, inside: m.inside, outside: m.outside, attached: m.attached })
        };
        let mut members: Vec<MemberView> = input.members.iter().filter_map(view).collect();
        members.sort_by(|a, b| {
            let by_ties = b.inside.total_cmp(&a.inside);
            a.attached.cmp(&b.attached).then(by_ties).then_with(|| a.node.id.cmp(&b.node.id))
        });
        Self {
            id: community_id(input.number),
            size: input.size,
            attached: input.attached,
            people: input.people,
            members,
            layers: input.layers,
            first: input.first_us.and_then(format::rfc3339),
            last: input.last_us.and_then(format::rfc3339),
            findings: input.findings.clone(),
            cohesion: input.cohesion,
            note: reader.say("community.note", &[]),
        }
    }
}
