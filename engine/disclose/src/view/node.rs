//! One node of the network: a party, or an identifier that stands between parties.

use crate::format;
use crate::policy::{NodeRef, Seen};
use crate::reader::Reader;
use model::identifier::IdentifierKind;
use model::party::PartyKind;
use serde::Serialize;
use utoipa::ToSchema;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// A natural person.
    Person,
    /// A company, association or authority.
    Organisation,
    /// A telephone number.
    Telephone,
    /// A SIM card.
    Sim,
    /// A handset.
    Handset,
    /// A bank account or wallet.
    Account,
    /// An identity document.
    Document,
    /// An address.
    Place,
    /// A party of which the sources name neither name nor document.
    Unknown,
}

impl NodeKind {
    /// The stable word, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organisation => "organisation",
            Self::Telephone => "telephone",
            Self::Sim => "sim",
            Self::Handset => "handset",
            Self::Account => "account",
            Self::Document => "document",
            Self::Place => "place",
            Self::Unknown => "unknown",
        }
    }

    /// The kind of node that an identifier of a kind is.
    pub fn of(kind: IdentifierKind) -> Self {
        match kind {
            IdentifierKind::Msisdn => Self::Telephone,
            IdentifierKind::Imsi => Self::Sim,
            IdentifierKind::Imei => Self::Handset,
            IdentifierKind::AccountNumber => Self::Account,
            IdentifierKind::DocumentNumber => Self::Document,
            IdentifierKind::Address => Self::Place,
        }
    }
}

/// What a node view is made from.
#[derive(Clone, Debug)]
pub struct NodeInput {
    /// The node.
    pub node: NodeRef,
    /// Person or organisation; unused for identifiers.
    pub party: PartyKind,
    /// The name that most sources use, as written; `None` where no source names the party.
    pub name: Option<String>,
    /// Probability that the mentions are one party, where it is below certainty.
    pub inferred_identity: Option<f64>,
    /// Whether it connects everybody with everybody.
    pub hub: bool,
    /// Distinct neighbours.
    pub degree: u64,
    /// Number of its community, from 1.
    pub community: Option<u32>,
    /// Share of other runs that agree on its place in its community, 0..=1.
    pub stability: Option<f64>,
    /// Mentions that were held to be this party.
    pub mentions: u64,
    /// Position on the chart.
    pub position: Option<(f32, f32)>,
}

impl NodeInput {
    /// A node of which nothing more is said.
    pub fn new(node: NodeRef) -> Self {
        Self {
            node,
            party: PartyKind::Person,
            name: None,
            inferred_identity: None,
            hub: false,
            degree: 0,
            community: None,
            stability: None,
            mentions: 0,
            position: None,
        }
    }
}

/// One node, as this reader may see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct NodeView {
    /// What the next query takes: entity id, identifier id, or pseudonym.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// What is shown.
    pub label: String,
    /// Class of protection: witness, victim, minor, sealed; null for an open node.
    pub protected: Option<String>,
    /// Probability that its mentions are one party; null where nothing was inferred.
    pub inferred_identity: Option<f64>,
    /// Whether it is a hub or service number.
    pub hub: bool,
    /// Distinct neighbours.
    pub degree: u64,
    /// Its community, `C3`.
    pub community: Option<String>,
    /// How far its place in its community can be trusted, 0..=1: the agreement of runs on other records of the same habits.
    pub stability: Option<f64>,
    /// How many mentions it stands for.
    pub mentions: u64,
    /// Position on the chart.
    pub x: Option<f32>,
    /// Position on the chart.
    pub y: Option<f32>,
}

impl NodeView {
    /// The view of a node; `None` if for this reader it does not exist.
    pub fn new(input: &NodeInput, reader: &Reader<'_>) -> Option<Self> {
        let seen = reader.seen(&input.node);
        let (label, kind) = match (seen, &input.node) {
            (Seen::Absent, _) => return None,
            (Seen::Masked(p), node) => (p.pseudonym.clone(), kind_of(input, node)),
            (_, NodeRef::Identifier(identifier)) => {
                (label(&input.node, reader)?, NodeKind::of(identifier.kind))
            }
            (_, NodeRef::Entity(_)) => {
                let name = input.name.as_deref().map(str::trim).filter(|n| !n.is_empty());
                match name {
                    Some(name) => {
                        let label = reader.scrub_numbers(&format::display_name(name)).into_owned();
                        (label, kind_of(input, &input.node))
                    }
                    None => (reader.say("label.unnamed", &[]), NodeKind::Unknown),
                }
            }
        };
        Some(Self {
            id: reader.node_id(&input.node)?,
            kind,
            label,
            protected: seen.class().map(|c| c.as_str().to_owned()),
            inferred_identity: input.inferred_identity.filter(|p| p.is_finite()),
            hub: input.hub,
            degree: input.degree,
            community: input.community.map(community_id),
            stability: input.stability.filter(|p| p.is_finite()),
            mentions: input.mentions,
            x: input.position.map(|(x, _)| x).filter(|v| v.is_finite()),
            y: input.position.map(|(_, y)| y).filter(|v| v.is_finite()),
        })
    }
}

fn kind_of(input: &NodeInput, node: &NodeRef) -> NodeKind {
    match (node, input.party) {
        (NodeRef::Identifier(identifier), _) => NodeKind::of(identifier.kind),
        (NodeRef::Entity(_), PartyKind::Organisation) => NodeKind::Organisation,
        // A masked party without a name must not differ from one with a name.
        (NodeRef::Entity(_), PartyKind::Person) => NodeKind::Person,
    }
}

/// The id of a community by its number.
pub fn community_id(number: u32) -> String {
    format!("C{number}")
}

/// The id of a larger group of communities by its number.
pub fn group_id(number: u32) -> String {
    format!("G{number}")
}

/// The short label of an identifier or pseudonym; entities without a name show their id.
///
/// `None` if for this reader the node does not exist.
pub(crate) fn label(node: &NodeRef, reader: &Reader<'_>) -> Option<String> {
    match (reader.seen(node), node) {
        (Seen::Absent, _) => None,
        (Seen::Masked(p), _) => Some(p.pseudonym.clone()),
        (_, NodeRef::Entity(key)) => Some(key.clone()),
        (_, NodeRef::Identifier(identifier)) => {
            // An address, or an identifier of another kind, may hold a protected number in its text.
            if reader.is_clean(&identifier.value) {
                Some(format::short_label(identifier, reader.lang()))
            } else {
                Some(reader.scrub(&identifier.value).into_owned())
            }
        }
    }
}

/// As [`label`], with nothing shortened.
pub(crate) fn full_label(node: &NodeRef, reader: &Reader<'_>) -> Option<String> {
    match (reader.seen(node), node) {
        (Seen::Open | Seen::Opened(_), NodeRef::Identifier(identifier))
            if reader.is_clean(&identifier.value) =>
        {
            Some(format::full_label(identifier, reader.lang()))
        }
        _ => label(node, reader),
    }
}
