//! A community: entities more connected to each other than to the rest. It proves no concert.

use crate::format;
use crate::policy::NodeRef;
use crate::reader::Reader;
use crate::view::graph::{EdgeInput, EdgeView};
use crate::view::measure::is_plain;
use crate::view::node::{NodeInput, NodeView, community_id, group_id};
use crate::view::presence::{PlaceInput, PlaceView, places};
use model::money::{Currency, Money};
use model::place::Country;
use serde::Serialize;
use std::collections::BTreeMap;
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
    /// Whether it only hangs on the community: it is not of its core.
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
    /// Those among them that only hang on the core.
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
    /// How much of it other runs find again, 0..=1; `None` where no run was made.
    pub stability: Option<f64>,
    /// Numbers of the larger groups that it belongs to, the smallest first.
    pub groups: Vec<u32>,
    /// Money between members, minor units by currency.
    pub volume: Vec<(Currency, i64)>,
    /// Numbers of other communities and events with them, the most first.
    pub neighbours: Vec<(u32, u64)>,
    /// Cells of members; empty where only the summary is asked for.
    pub places: Vec<PlaceInput>,
    /// Countries of members' numbers, one entry a number.
    pub countries: Vec<(NodeRef, Country)>,
    /// The ties that hold it together, the strongest first.
    pub bonds: Vec<EdgeInput>,
}

/// Money between members in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct VolumeView {
    /// ISO 4217.
    pub currency: String,
    /// Decimal text.
    pub total: String,
}

/// Another community and the events with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct NeighbourView {
    /// `C4`.
    pub id: String,
    /// Events.
    pub events: u64,
}

/// A country and the members' numbers of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct CountryView {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Numbers.
    pub numbers: u64,
}

/// Cells shown with a community at most.
const MOST_PLACES: usize = 50;

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
    /// Whether it only hangs on the community: it is not of its core.
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
    /// Those among them that only hang on the core.
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
    /// How much of it is found again in other records of the same habits, 0..=1.
    pub stability: Option<f64>,
    /// What that means, in words.
    pub stability_text: Option<String>,
    /// The larger groups that it belongs to, the smallest first.
    pub groups: Vec<String>,
    /// Money between members, by currency.
    pub volume: Vec<VolumeView>,
    /// Other communities that it is in touch with, the most first.
    pub neighbours: Vec<NeighbourView>,
    /// Cells of members who are not masked, the busiest first.
    pub places: Vec<PlaceView>,
    /// Countries of the numbers of members who are not masked, the most first.
    pub countries: Vec<CountryView>,
    /// The ties that hold it together: of several kinds, then of many events.
    pub bonds: Vec<EdgeView>,
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
            stability: input.stability.filter(|s| s.is_finite()),
            stability_text: input.stability.map(|s| reader.say(trust(s), &[])),
            groups: input.groups.iter().map(|g| group_id(*g)).collect(),
            volume: input
                .volume
                .iter()
                .map(|(currency, minor)| VolumeView {
                    currency: currency.as_str().to_owned(),
                    total: format::decimal(Money { minor: *minor, currency: *currency }),
                })
                .collect(),
            neighbours: input
                .neighbours
                .iter()
                .map(|(number, events)| NeighbourView { id: community_id(*number), events: *events })
                .collect(),
            places: places(&input.places, MOST_PLACES, reader),
            countries: countries(&input.countries, reader),
            bonds: input.bonds.iter().filter_map(|e| EdgeView::new(e, reader)).collect(),
            note: reader.say("community.note", &[]),
        }
    }
}

/// Hennig's words for a mean Jaccard coefficient: dissolved at one half or less, found again from three quarters.
fn trust(stability: f64) -> &'static str {
    match stability {
        s if s >= 0.75 => "community.stability.firm",
        s if s > 0.5 => "community.stability.doubtful",
        _ => "community.stability.loose",
    }
}

/// What a group view is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupInput {
    /// Its number, from 1.
    pub number: u32,
    /// 1 for a group of communities, 2 for a group of groups.
    pub level: u32,
    /// Numbers of its communities.
    pub communities: Vec<u32>,
    /// Nodes of its communities.
    pub size: u64,
}

/// Communities that are more in touch with each other than with the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct GroupView {
    /// `G2`.
    pub id: String,
    /// 1 for a group of communities, 2 for a group of groups.
    pub level: u32,
    /// Its communities, the largest first.
    pub communities: Vec<String>,
    /// Nodes of its communities.
    pub size: u64,
}

impl GroupView {
    /// The view of a group.
    pub fn new(input: &GroupInput) -> Self {
        Self {
            id: group_id(input.number),
            level: input.level,
            communities: input.communities.iter().map(|c| community_id(*c)).collect(),
            size: input.size,
        }
    }
}

/// What stability and groups do and do not say.
pub fn stability_note(reader: &Reader<'_>) -> String {
    reader.say("community.stability.note", &[])
}

fn countries(inputs: &[(NodeRef, Country)], reader: &Reader<'_>) -> Vec<CountryView> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, country) in inputs.iter().filter(|(node, _)| is_plain(node, reader)) {
        *counts.entry(country.code()).or_default() += 1;
    }
    let mut out: Vec<CountryView> = counts
        .into_iter()
        .map(|(country, numbers)| CountryView { country: country.to_owned(), numbers })
        .collect();
    out.sort_by(|a, b| b.numbers.cmp(&a.numbers).then_with(|| a.country.cmp(&b.country)));
    out
}
