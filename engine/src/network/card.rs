//! What the network holds of one entity or identifier, as the input of its card.

use crate::network::event::Events;
use crate::network::{Network, Node};
use disclose::policy::NodeRef;
use disclose::view::entity::{EntityInput, EntityMentionInput, HoldingInput};
use disclose::view::node::NodeInput;
use model::identifier::NormFlags;
use model::ids::RecordRef;
use model::record::MentionRecord;
use model::time::{Basis, Interval};
use std::collections::{BTreeMap, BTreeSet};

impl Network {
    /// The policy's reference of an entity or identifier.
    pub(crate) fn reference(&self, node: Node) -> Option<NodeRef> {
        match node {
            Node::Entity(e) => self.entities.get(e as usize).map(|e| NodeRef::Entity(e.key.clone())),
            Node::Identifier(i) => self.identifier(i).cloned().map(NodeRef::Identifier),
        }
    }

    /// Mentions of an entity, ascending.
    pub(crate) fn mentions_of(&self, entity: u32) -> impl Iterator<Item = &MentionRecord> {
        let rows = self.entities.get(entity as usize).map_or(&[][..], |e| &e.mentions);
        rows.iter().filter_map(|m| self.mentions.get(*m as usize))
    }

    /// Names of an entity as written, the most frequent first, then the longest, then by letters.
    pub(crate) fn names(&self, entity: u32) -> Vec<(String, u64)> {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for mention in self.mentions_of(entity) {
            let name = mention.name_raw.trim();
            if !name.is_empty() {
                *counts.entry(name).or_default() += 1;
            }
        }
        let mut names: Vec<(String, u64)> = counts.into_iter().map(|(n, c)| (n.to_owned(), c)).collect();
        names.sort_by(|a, b| (b.1, b.0.chars().count(), &a.0).cmp(&(a.1, a.0.chars().count(), &b.0)));
        names
    }

    /// Name, kind and number of mentions of an entity or identifier.
    pub(crate) fn node_input(&self, node: Node) -> Option<NodeInput> {
        let mut input = NodeInput::new(self.reference(node)?);
        if let Node::Entity(e) = node
            && let Some(entity) = self.entities.get(e as usize)
        {
            input.party = entity.kind;
            input.mentions = entity.mentions.len() as u64;
            input.name = self.names(e).into_iter().next().map(|(name, _)| name);
        }
        Some(input)
    }

    /// What sources say of an entity: the card without contacts and findings.
    pub(crate) fn entity_card(&self, entity: u32) -> Option<EntityInput> {
        let mut input = EntityInput::new(self.node_input(Node::Entity(entity))?);
        input.names = self.names(entity);
        let mut holdings: BTreeMap<(u32, Interval), BTreeSet<RecordRef>> = BTreeMap::new();
        let mut aliases = BTreeSet::new();
        let mut standing = BTreeSet::new();
        for &at in self.entities.get(entity as usize).map_or(&[][..], |e| &e.mentions) {
            let Some(mention) = self.mentions.get(at as usize) else { continue };
            aliases.insert(mention.alias_raw.trim().to_owned());
            standing.insert(mention.standing_raw.trim().to_owned());
            input.birth = input.birth.or(mention.birth);
            input.sex = input.sex.or(mention.sex);
            input.mentions.push(EntityMentionInput {
                record: mention.mention.record,
                role: mention.mention.role,
                text: mention.name_raw.clone(),
            });
            for &identifier in self.base.named.of(at) {
                holdings.entry((identifier, mention.validity)).or_default().insert(mention.mention.record);
            }
        }
        aliases.remove("");
        standing.remove("");
        input.aliases = aliases.into_iter().collect();
        input.standing = standing.into_iter().collect();
        input.holdings = holdings
            .into_iter()
            .filter_map(|((identifier, validity), rows)| {
                Some(HoldingInput {
                    flags: self.flags_of(identifier),
                    identifier: self.identifier(identifier)?.clone(),
                    validity,
                    rows: rows.len() as u64,
                })
            })
            .collect();
        Some(input)
    }

    /// Who is linked to an identifier, and the identifiers that were used with it (devices of a number, numbers of a
    /// device): the card without contacts and findings.
    pub(crate) fn identifier_card(&self, identifier: u32, events: &Events) -> Option<EntityInput> {
        let mut input = EntityInput::new(self.node_input(Node::Identifier(identifier))?);
        for ((number, device), (validity, rows)) in uses_of(events, identifier) {
            let other = if number == identifier { device } else { number };
            if let Some(found) = self.identifier(other) {
                input.holdings.push(HoldingInput {
                    identifier: found.clone(),
                    validity,
                    flags: self.flags_of(other),
                    rows,
                });
            }
        }
        for holding in self.overlay.holdings(identifier) {
            let rows =
                self.mentions_of(holding.entity).filter(|m| holding.evidence.contains(&m.mention.record));
            input.mentions.extend(rows.map(|m| EntityMentionInput {
                record: m.mention.record,
                role: m.mention.role,
                text: String::new(),
            }));
        }
        input.mentions.sort_by_key(|m| (m.record, m.role));
        input.mentions.dedup_by_key(|m| (m.record, m.role));
        Some(input)
    }

    fn flags_of(&self, identifier: u32) -> NormFlags {
        self.base.flags.get(identifier as usize).copied().unwrap_or_default()
    }
}

/// The pairs of number and device that an identifier is one of: when each was seen, and in how many rows.
///
/// # Complexity  O(events)
fn uses_of(events: &Events, identifier: u32) -> BTreeMap<(u32, u32), (Interval, u64)> {
    let mut found: BTreeMap<(u32, u32), (Interval, u64)> = BTreeMap::new();
    for (i, call) in events.calls().enumerate() {
        let sides = call.ends.into_iter().zip(call.devices);
        let uses =
            sides.flat_map(|(number, devices)| devices.map(|device| Some((number?, device?)))).flatten();
        let mut here: Vec<(u32, u32)> = uses.filter(|(n, d)| *n == identifier || *d == identifier).collect();
        here.sort_unstable();
        here.dedup();
        for pair in here {
            let (interval, rows) = found.entry(pair).or_insert_with(|| {
                let (from_basis, to_basis) = (Basis::Observed, Basis::Observed);
                (Interval { from_basis, to_basis, ..Interval::default() }, 0)
            });
            *rows += events.call_rows(i).iter().len() as u64;
            let at = call.instant();
            interval.from_us = [interval.from_us, at].into_iter().flatten().min();
            interval.to_us = interval.to_us.max(at);
        }
    }
    found
}
