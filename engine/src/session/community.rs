//! Communities of a case: the list, one with its members, and its card.

use crate::error::EngineError;
use crate::network::Node;
use crate::network::base::Window;
use crate::session::Session;
use disclose::view::community::{
    CommunityInput, CommunityView, GroupInput, GroupView, LayerCounts, MemberInput, stability_note,
};
use disclose::view::graph::{CutInput, CutReason, EdgeInput, GraphView};
use graph::layer::Layer;
use model::identifier::IdentifierKind;
use model::money::Currency;
use normalise::phone::phone_country;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Most members of a community that are drawn with it.
const MOST_DRAWN: usize = 150;
/// Ties told as what holds a community together.
const MOST_BONDS: usize = 10;
/// Other communities told with one.
const MOST_NEIGHBOURS: usize = 10;

impl Session<'_> {
    /// Which communities are there?
    ///
    /// # Returns     the largest, and how many there are in all
    pub fn communities(&self, limit: usize) -> (Vec<CommunityView>, usize) {
        let reader = self.reader();
        let all = self.desk.communities.len();
        let views =
            (0..all.min(limit)).map(|n| CommunityView::new(&self.community_input(n), &reader)).collect();
        (views, all)
    }

    /// One community with its members and their network.
    ///
    /// # Arguments   `id`: `C` and the number, as in the list
    pub fn community(&self, id: &str) -> Result<(CommunityView, GraphView), EngineError> {
        let number: usize = id.strip_prefix('C').and_then(|n| n.parse().ok()).ok_or(EngineError::NotFound)?;
        let number = number.checked_sub(1).ok_or(EngineError::NotFound)?;
        let members = self.desk.communities.get(number).ok_or(EngineError::NotFound)?;
        let graph = &self.desk.derived.network.graph;
        let mut ranked: Vec<(u64, u64, u32)> = members
            .iter()
            .map(|node| {
                let (mut inside, mut outside) = (0u64, 0u64);
                for near in graph.neighbors(*node) {
                    let events = graph.edge(near.edge).count;
                    let same = self.desk.community_of.get(near.node as usize).copied().flatten();
                    if same == Some(number as u32) {
                        inside += events;
                    } else {
                        outside += events;
                    }
                }
                (inside, outside, *node)
            })
            .collect();
        ranked.sort_by_key(|(inside, outside, node)| (Reverse(*inside), *outside, *node));
        let inputs: Vec<MemberInput> = ranked
            .iter()
            .filter_map(|(inside, outside, node)| {
                Some(MemberInput {
                    node: self.node_input(*node)?,
                    inside: *inside as f64,
                    outside: *outside as f64,
                    attached: self.is_attached(*node),
                })
            })
            .collect();
        let core: Vec<u32> = ranked.iter().map(|(_, _, n)| *n).take(MOST_DRAWN).collect();
        let chosen: BTreeSet<u32> = core.iter().copied().collect();
        let edges: Vec<u32> = (0..graph.edge_count() as u32)
            .filter(|e| {
                let edge = graph.edge(*e);
                chosen.contains(&edge.source) && chosen.contains(&edge.target)
            })
            .collect();
        let mut cuts = Vec::new();
        if core.len() < members.len() {
            cuts.push(CutInput {
                shown: core.len() as u64,
                total: members.len() as u64,
                reason: CutReason::MostActive,
            });
        }
        let drawn = self.drawn(graph, &core, &edges, &cuts, Window::default());
        let mut input = self.community_input(number);
        input.members = inputs;
        self.fill_card(members, &mut input)?;
        Ok((CommunityView::new(&input, &self.reader()), drawn))
    }

    /// Which larger groups do the communities make up?
    pub fn community_groups(&self) -> Vec<GroupView> {
        let view = |(number, group): (u32, &super::desk::Group)| {
            GroupView::new(&GroupInput {
                number,
                level: group.level,
                communities: group.communities.iter().map(|c| c + 1).collect(),
                size: group.size,
            })
        };
        (1u32..).zip(&self.desk.groups).map(view).collect()
    }

    /// What stability says, and what not.
    pub fn stability_note(&self) -> String {
        stability_note(&self.reader())
    }

    fn groups_of(&self, community: u32) -> Vec<u32> {
        let holds = |group: &super::desk::Group| group.communities.binary_search(&community).is_ok();
        (1u32..).zip(&self.desk.groups).filter(|(_, g)| holds(g)).map(|(number, _)| number).collect()
    }

    fn is_attached(&self, node: u32) -> bool {
        self.desk.derived.attached.get(node as usize).copied().unwrap_or(false)
    }

    fn community_input(&self, number: usize) -> CommunityInput {
        let network = &self.desk.derived.network;
        let graph = &network.graph;
        let members = self.desk.communities.get(number).map_or(&[][..], Vec::as_slice);
        let inside =
            |n: u32| self.desk.community_of.get(n as usize).copied().flatten() == Some(number as u32);
        let mut input = CommunityInput {
            number: number as u32 + 1,
            size: members.len() as u64,
            attached: members.iter().filter(|n| self.is_attached(**n)).count() as u64,
            people: members
                .iter()
                .filter(|n| matches!(network.nodes.get(**n as usize), Some(Node::Entity(_))))
                .count() as u64,
            members: Vec::new(),
            layers: LayerCounts::default(),
            first_us: None,
            last_us: None,
            findings: self.findings_of(members),
            cohesion: 0.0,
            stability: self.desk.stability.get(number).copied().flatten(),
            groups: self.groups_of(number as u32),
            volume: Vec::new(),
            neighbours: Vec::new(),
            places: Vec::new(),
            countries: Vec::new(),
            bonds: Vec::new(),
        };
        let (mut within, mut across) = (0u64, 0u64);
        let mut volume: BTreeMap<Currency, i64> = BTreeMap::new();
        let mut neighbours: BTreeMap<u32, u64> = BTreeMap::new();
        for node in members {
            for near in graph.outgoing(*node) {
                let edge = graph.edge(near.edge);
                if !inside(near.node) {
                    across += edge.count;
                    self.note_neighbour(near.node, edge.count, &mut neighbours);
                    continue;
                }
                if let (Layer::Money, Some(currency)) = (edge.layer, edge.currency) {
                    let sum = volume.entry(currency).or_default();
                    *sum = sum.saturating_add(edge.total);
                }
                within += edge.count;
                match edge.layer {
                    Layer::Calls => input.layers.calls += edge.count,
                    Layer::Money => input.layers.money += edge.count,
                    _ => input.layers.shared += edge.count,
                }
                input.first_us = [input.first_us, edge.first_us].into_iter().flatten().min();
                input.last_us = input.last_us.max(edge.last_us);
            }
            for near in graph.incoming(*node).filter(|n| !inside(n.node)) {
                let count = graph.edge(near.edge).count;
                across += count;
                self.note_neighbour(near.node, count, &mut neighbours);
            }
        }
        input.volume = volume.into_iter().collect();
        input.neighbours = neighbours.into_iter().collect();
        input.neighbours.sort_by_key(|(number, events)| (Reverse(*events), *number));
        input.neighbours.truncate(MOST_NEIGHBOURS);
        if within + across > 0 {
            input.cohesion = within as f64 / (within + across) as f64;
        }
        input
    }

    fn note_neighbour(&self, node: u32, count: u64, neighbours: &mut BTreeMap<u32, u64>) {
        if let Some(other) = self.desk.community_of.get(node as usize).copied().flatten() {
            *neighbours.entry(other + 1).or_default() += count;
        }
    }

    /// Places, countries of numbers, and the ties that hold a community together.
    fn fill_card(&self, members: &[u32], input: &mut CommunityInput) -> Result<(), EngineError> {
        let network = &self.desk.derived.network;
        let events = self.events()?;
        let seen = self.sightings(events, Window::default());
        input.places = self.places_of(&seen, events.cells(), members);
        for (position, identifier) in network.base.identifiers.iter().enumerate() {
            if identifier.kind != IdentifierKind::Msisdn {
                continue;
            }
            let Some(node) = network.node_of(Node::Identifier(position as u32)) else { continue };
            if let (Ok(_), Some(country), Some(reference)) =
                (members.binary_search(&node), phone_country(&identifier.value), self.reference(node))
            {
                input.countries.push((reference, country));
            }
        }
        // A pair that is tied in several ways, and often, is what holds the rest.
        let graph = &network.graph;
        let mut pairs: BTreeMap<(u32, u32), (BTreeSet<Layer>, u64, Vec<u32>)> = BTreeMap::new();
        for member in members {
            for near in graph.outgoing(*member).filter(|n| members.binary_search(&n.node).is_ok()) {
                let edge = graph.edge(near.edge);
                let pair =
                    pairs.entry((edge.source.min(edge.target), edge.source.max(edge.target))).or_default();
                pair.0.insert(edge.layer);
                pair.1 += edge.count;
                pair.2.push(near.edge);
            }
        }
        let mut ranked: Vec<_> = pairs.into_iter().collect();
        ranked.sort_by_key(|(pair, (layers, events, _))| (Reverse(layers.len()), Reverse(*events), *pair));
        let bonds = ranked.iter().take(MOST_BONDS).flat_map(|(_, (_, _, edges))| edges);
        input.bonds = bonds.filter_map(|e| self.evidenced_edge(graph, *e)).collect::<Vec<EdgeInput>>();
        Ok(())
    }
}
