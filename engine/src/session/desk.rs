//! What one clearance is answered from: the derived results of its audience, the policy and its search index.

use crate::case::Case;
use crate::error::EngineError;
use crate::network::Node;
use crate::network::event::Events;
use crate::pipeline::{Audience, Derived};
use crate::stage::Stage;
use disclose::citation::{CitedSource, SourceBook};
use disclose::policy::{NodeRef, Policy};
use model::provenance::Digest;
use model::sensitivity::{Clearance, Sensitivity};
use search::index::SearchIndex;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Everything that questions of one clearance are answered from, as of one state of the case.
pub struct Desk {
    pub(crate) derived: Derived,
    pub(crate) policy: Policy,
    pub(crate) sources: SourceBook,
    pub(crate) index: SearchIndex,
    pub(crate) audience: Audience,
    /// Communities in order of size, each with its member nodes.
    pub(crate) communities: Vec<Vec<u32>>,
    /// Position in `communities` of each node.
    pub(crate) community_of: Vec<Option<u32>>,
    /// Stability of each of `communities`.
    pub(crate) stability: Vec<Option<f64>>,
    /// Larger groups of two and more of `communities`, level by level, the largest first.
    pub(crate) groups: Vec<Group>,
    /// Probability that all mentions of each entity are one party; `None` where nothing was inferred.
    pub(crate) certainty: Vec<Option<f64>>,
    /// Contacts beyond which a node is shown but not expanded.
    pub(crate) hub_degree: u32,
    /// Position of each entity by its key.
    pub(crate) entity_by_key: BTreeMap<String, u32>,
    /// Numbers of the findings that name an identifier standing on each node, once a question has asked for them.
    findings_on: OnceLock<BTreeMap<u32, Vec<u32>>>,
    /// Single events, once a question has asked for them.
    events: OnceLock<Events>,
    state: Digest,
    ground: Digest,
}

impl Desk {
    /// Reads what a clearance is answered from.
    ///
    /// # Errors      [`EngineError::Stale`] where results are not those of the case as it is
    /// # Complexity  O(mentions + identifiers), and one pass over the stored graph; events are not read
    pub fn open(case: &Case, clearance: Clearance) -> Result<Self, EngineError> {
        let audience = audience(case, clearance)?;
        let (state, ground) = (case.input_hash(audience, Stage::Index)?, case.ground()?);
        let derived = case.derived(audience)?;
        let (policy, _) = case.policy(&derived.network, &derived.snapshot)?;
        let index = search::index::open(&case.index_dir(audience, clearance)?)?;
        let sources = derived
            .snapshot
            .sources()
            .iter()
            .map(|s| CitedSource { key: s.key.clone(), file: s.name.clone() })
            .collect();
        let (communities, community_of) = by_size(&derived.community);
        let label = |members: &Vec<u32>| {
            members.first().and_then(|n| derived.community.get(*n as usize).copied().flatten())
        };
        let labels: Vec<Option<u32>> = communities.iter().map(label).collect();
        let stability = labels
            .iter()
            .map(|l| l.and_then(|l| derived.community_stability.get(l as usize).copied().flatten()))
            .collect();
        let groups = groups(&communities, &labels, &derived.groups);
        let entity_by_key =
            derived.network.entities.iter().enumerate().map(|(i, e)| (e.key.clone(), i as u32)).collect();
        Ok(Self {
            policy,
            sources: SourceBook::new(sources),
            index,
            audience,
            communities,
            community_of,
            stability,
            groups,
            certainty: certainty(&derived),
            hub_degree: hub_degree(&derived),
            entity_by_key,
            findings_on: OnceLock::new(),
            events: OnceLock::new(),
            state,
            ground,
            derived,
        })
    }

    /// Every single event, mapped when it is first asked for and kept.
    ///
    /// # Errors      [`EngineError::Stale`] where the case has changed since the desk was opened
    /// # Complexity  the first time one look through the bytes of all events; then none
    pub(crate) fn events(&self, case: &Case) -> Result<&Events, EngineError> {
        if let Some(events) = self.events.get() {
            return Ok(events);
        }
        if !self.is_current(case)? {
            return Err(EngineError::Stale { stage: Stage::Network.as_str() });
        }
        let events = case.events(self.audience)?;
        Ok(self.events.get_or_init(|| events))
    }

    /// Numbers of the findings that name an identifier standing on a node, ascending.
    ///
    /// # Complexity  O(findings log identifiers) the first time; then O(log nodes)
    pub(crate) fn findings_on(&self, node: u32) -> &[u32] {
        let of_nodes = self.findings_on.get_or_init(|| {
            let network = &self.derived.network;
            let mut found: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            for (number, finding) in (0u32..).zip(&self.derived.findings) {
                for position in finding.named().filter_map(|identifier| network.base.position(identifier)) {
                    let own = network.node_of(Node::Identifier(position));
                    for node in own.into_iter().chain(network.holders_of(position)) {
                        let numbers = found.entry(node).or_default();
                        if numbers.last() != Some(&number) {
                            numbers.push(number);
                        }
                    }
                }
            }
            found
        });
        of_nodes.get(&node).map_or(&[], Vec::as_slice)
    }

    /// Whether the case is still as it was when this desk was opened.
    pub fn is_current(&self, case: &Case) -> Result<bool, EngineError> {
        Ok(case.input_hash(self.audience, Stage::Index)? == self.state)
    }

    /// Whether nothing but judgements can have changed since this desk was opened: its answers are of the state before
    /// them, and still name nobody who is protected.
    pub fn differs_by_judgements(&self, case: &Case) -> Result<bool, EngineError> {
        Ok(case.ground()? == self.ground)
    }

    /// Reads single events now, so that they can be asked for while results are brought up to date.
    ///
    /// # Errors      as [`Desk::open`]
    pub fn hold_events(&self, case: &Case) -> Result<(), EngineError> {
        self.events(case).map(|_| ())
    }

    /// The inner node of a policy's reference.
    pub(crate) fn node(&self, node: &NodeRef) -> Option<Node> {
        match node {
            NodeRef::Entity(key) => self.entity_by_key.get(key).copied().map(Node::Entity),
            NodeRef::Identifier(identifier) => {
                self.derived.network.base.position(identifier).map(Node::Identifier)
            }
        }
    }
}

fn audience(case: &Case, clearance: Clearance) -> Result<Audience, EngineError> {
    let apart = case.has_sealed()? && clearance.0 < Sensitivity::Sealed;
    Ok(if apart { Audience::Unsealed } else { Audience::All })
}

/// Communities of two and more, the largest first, ties by the smallest node.
fn by_size(labels: &[Option<u32>]) -> (Vec<Vec<u32>>, Vec<Option<u32>>) {
    let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (node, label) in labels.iter().enumerate() {
        if let Some(label) = label {
            members.entry(*label).or_default().push(node as u32);
        }
    }
    let mut communities: Vec<Vec<u32>> = members.into_values().filter(|m| m.len() > 1).collect();
    communities.sort_by_key(|m| (std::cmp::Reverse(m.len()), m.first().copied()));
    let mut community_of = vec![None; labels.len()];
    for (number, members) in communities.iter().enumerate() {
        for node in members {
            if let Some(slot) = community_of.get_mut(*node as usize) {
                *slot = Some(number as u32);
            }
        }
    }
    (communities, community_of)
}

/// Communities that a coarser level of the hierarchy holds together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// Its level, 1 for groups of communities, 2 for groups of those.
    pub(crate) level: u32,
    /// Positions of its communities, ascending.
    pub(crate) communities: Vec<u32>,
    /// Nodes of its communities.
    pub(crate) size: u64,
}

/// Groups of two and more communities; a group that a level below has already is told once.
fn groups(communities: &[Vec<u32>], labels: &[Option<u32>], levels: &[Vec<u32>]) -> Vec<Group> {
    let mut out: Vec<Group> = Vec::new();
    for (level, group_of) in (1u32..).zip(levels) {
        let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (at, label) in (0u32..).zip(labels) {
            if let Some(group) = label.and_then(|l| group_of.get(l as usize)) {
                members.entry(*group).or_default().push(at);
            }
        }
        let mut found: Vec<Group> = members
            .into_values()
            .filter(|m| m.len() > 1 && out.iter().all(|known| known.communities != *m))
            .map(|m| {
                let size =
                    m.iter().filter_map(|c| communities.get(*c as usize)).map(|c| c.len() as u64).sum();
                Group { level, communities: m, size }
            })
            .collect();
        found.sort_by_key(|g| (std::cmp::Reverse(g.size), g.communities.first().copied()));
        out.extend(found);
    }
    out
}

/// For each entity of several mentions, the probability of its weakest mention's best tie to the others.
fn certainty(derived: &Derived) -> Vec<Option<f64>> {
    let network = &derived.network;
    let mut best: Vec<f64> = vec![0.0; network.mentions.len()];
    for pair in &derived.pairs {
        let entity = |m: u32| network.entity_of.get(m as usize).copied().flatten();
        if entity(pair.a).is_some() && entity(pair.a) == entity(pair.b) {
            for mention in [pair.a, pair.b] {
                if let Some(slot) = best.get_mut(mention as usize) {
                    *slot = slot.max(pair.probability);
                }
            }
        }
    }
    let weakest = |mentions: &[u32]| {
        let ties = mentions.iter().filter_map(|m| best.get(*m as usize).copied());
        ties.min_by(f64::total_cmp).filter(|p| mentions.len() > 1 && *p > 0.0)
    };
    network.entities.iter().map(|e| weakest(&e.mentions)).collect()
}

/// One less than the contacts of the smallest hub that is no service number, so that a query expands what the
/// communities were found without.
fn hub_degree(derived: &Derived) -> u32 {
    let graph = &derived.network.graph;
    let hubs =
        derived.hubs.iter().enumerate().filter(|(n, hub)| **hub && !derived.network.is_service(*n as u32));
    hubs.map(|(n, _)| graph.degree(n as u32)).min().map_or(150, |d| d.saturating_sub(1).max(50))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_of_two_and_more_and_told_once() {
        let communities = vec![vec![0, 1, 2], vec![3, 4], vec![5, 6], vec![7, 8]];
        let labels = vec![Some(0), Some(2), Some(1), None];
        // Label 3 is a community of one node: it is not listed, so its group here has a single community.
        let levels = vec![vec![0, 1, 1, 0], vec![0, 1, 1, 0], vec![0, 0, 0, 0]];
        let found = groups(&communities, &labels, &levels);
        let told: Vec<_> = found.iter().map(|g| (g.level, g.communities.clone(), g.size)).collect();
        assert_eq!(told, [(1, vec![1, 2], 4), (3, vec![0, 1, 2], 7)]);
    }
}
