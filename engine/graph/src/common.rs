//! Whom do these targets share: common contacts, the rarest first, with hubs told aside.

use crate::filter::EdgeFilter;
use crate::layered::LayeredGraph;
use crate::logarithm::ln;
use std::cmp::Reverse;

#[cfg(test)]
mod tests;

/// What counts as a common contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommonConfig {
    /// Edges that count.
    pub filter: EdgeFilter,
    /// A contact tied to more others than this is told aside as a hub.
    pub hub_degree: u32,
    /// How many of the targets a contact must be tied to; at least 2 (1 if only one target is given).
    pub least_targets: usize,
}

impl Default for CommonConfig {
    fn default() -> Self {
        Self { filter: EdgeFilter::default(), hub_degree: 150, least_targets: 2 }
    }
}

/// A contact of several targets.
#[derive(Clone, Debug, PartialEq)]
pub struct CommonContact {
    /// The contact.
    pub node: u32,
    /// Events with each target, in the order of the targets given; 0 where there is no tie.
    pub counts: Vec<u64>,
    /// To how many of the targets it is tied.
    pub targets: usize,
    /// `1 / ln(ties of the contact)`: near 1.4 for a contact of two only, near 0 for one of everybody.
    pub rarity: f64,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CommonContacts {
    /// Contacts of more targets first, then the rarer, then by number.
    pub contacts: Vec<CommonContact>,
    /// Hubs in the same order: call centres, services, agents.
    pub hubs: Vec<CommonContact>,
}

/// Who is tied to several of these targets, and how telling is that?
///
/// The weight of a contact is that of Adamic & Adar, "Friends and neighbors on the Web", 2003,
/// doi:10.1016/S0378-8733(03)00009-1: the inverse logarithm of how many others it is tied to. Targets are not
/// contacts of each other here. A tie in either direction counts, and a tie without events (a shared thing) counts one.
///
/// # Complexity  O(d log d) for d edges of the targets
pub fn common_contacts(graph: &LayeredGraph, targets: &[u32], config: &CommonConfig) -> CommonContacts {
    let mut ties: Vec<(u32, usize, u64)> = Vec::new();
    for (place, &target) in targets.iter().enumerate() {
        if target as usize >= graph.node_count() || targets[..place].contains(&target) {
            continue;
        }
        for near in graph.neighbors(target) {
            let edge = graph.edge(near.edge);
            if config.filter.passes(&edge) && !targets.contains(&near.node) {
                ties.push((near.node, place, edge.count.max(1)));
            }
        }
    }
    ties.sort_unstable();
    let least = config.least_targets.min(targets.len()).max(if targets.len() > 1 { 2 } else { 1 });
    let mut answer = CommonContacts::default();
    for group in ties.chunk_by(|a, b| a.0 == b.0) {
        let mut counts = vec![0u64; targets.len()];
        for &(_, place, count) in group {
            counts[place] = counts[place].saturating_add(count);
        }
        let tied = counts.iter().filter(|&&c| c > 0).count();
        let (Some(&(node, _, _)), true) = (group.first(), tied >= least) else { continue };
        let degree = graph.degree(node);
        let rarity = 1.0 / ln(f64::from(degree.max(2)));
        let contact = CommonContact { node, counts, targets: tied, rarity };
        if degree > config.hub_degree { answer.hubs.push(contact) } else { answer.contacts.push(contact) }
    }
    let order = |c: &CommonContact| (Reverse(c.targets), graph.degree(c.node), c.node);
    answer.contacts.sort_unstable_by_key(order);
    answer.hubs.sort_unstable_by_key(order);
    answer
}
