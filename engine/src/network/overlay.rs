//! Entities as an overlay on identifiers: who held what, when, and which rows say so.

use crate::network::base::BaseNetwork;
use model::ids::RecordRef;
use model::party::PartyKind;
use model::record::MentionRecord;
use model::sensitivity::Sensitivity;
use model::time::Interval;

/// Who we hold a set of mentions to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// Lasting public key, made of the mention that the id was issued for.
    pub key: String,
    /// Positions of its mentions, ascending.
    pub mentions: Vec<u32>,
    /// Person or organisation: what most mentions say.
    pub kind: PartyKind,
    /// The strictest class that a source gives any of its mentions.
    pub sensitivity: Sensitivity,
}

/// One entity's hold on one identifier.
#[derive(Clone, Debug, PartialEq)]
pub struct Holding {
    /// The entity.
    pub entity: u32,
    /// When, as the row states it.
    pub interval: Interval,
    /// The rows that say so.
    pub evidence: Vec<RecordRef>,
}

/// Holdings of every identifier of a base network.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    holdings: Vec<Vec<Holding>>,
}

impl Overlay {
    /// Collects what each mention says of its identifiers.
    ///
    /// **Invariant:** the holdings of an identifier ascend by (entity, interval) and are distinct in both.
    pub fn new(base: &BaseNetwork, mentions: &[MentionRecord], entity_of: &[Option<u32>]) -> Self {
        let mut holdings: Vec<Vec<Holding>> = vec![Vec::new(); base.identifiers.len()];
        for (mention, entity) in mentions.iter().zip(entity_of) {
            let Some(entity) = *entity else { continue };
            for identifier in mention.identifiers() {
                let Some(slot) = base.position(&identifier).and_then(|p| holdings.get_mut(p as usize)) else {
                    continue;
                };
                slot.push(Holding {
                    entity,
                    interval: mention.validity,
                    evidence: vec![mention.mention.record],
                });
            }
        }
        for slot in &mut holdings {
            slot.sort_by_key(|h| (h.entity, h.interval, h.evidence.first().copied()));
            slot.dedup_by(|later, kept| {
                let same = later.entity == kept.entity && later.interval == kept.interval;
                if same {
                    kept.evidence.append(&mut later.evidence);
                    kept.evidence.dedup();
                }
                same
            });
        }
        Self { holdings }
    }

    /// All holdings of an identifier.
    pub fn holdings(&self, identifier: u32) -> &[Holding] {
        self.holdings.get(identifier as usize).map_or(&[], Vec::as_slice)
    }

    /// The one entity that held the identifier at a moment.
    ///
    /// `None` where nobody is known to have, or where the sources name several: then the event stays on the
    /// identifier, because to choose would be to accuse.
    pub fn holder(&self, identifier: u32, at: Option<i64>) -> Option<u32> {
        let mut found = None;
        for holding in self.holdings(identifier) {
            if at.is_some_and(|t| !holding.interval.contains(t)) {
                continue;
            }
            match found {
                None => found = Some(holding.entity),
                Some(entity) if entity == holding.entity => {}
                Some(_) => return None,
            }
        }
        found
    }
}

/// Groups mentions into entities, in order of their smallest mention.
///
/// # Arguments   `keys`: the public key of each cluster; clusters are numbered in that order
/// # Returns     the entities, and the entity of each mention
pub fn entities(
    mentions: &[MentionRecord],
    cluster: &[Option<u32>],
    keys: Vec<String>,
) -> (Vec<Entity>, Vec<Option<u32>>) {
    let clusters = cluster.iter().flatten().max().map_or(0, |c| *c as usize + 1);
    let mut number: Vec<Option<u32>> = vec![None; clusters];
    let mut entities: Vec<Entity> = Vec::new();
    let mut entity_of = vec![None; mentions.len()];
    for (position, (mention, cluster)) in mentions.iter().zip(cluster).enumerate() {
        let Some(slot) = cluster.and_then(|c| number.get_mut(c as usize)) else { continue };
        let entity = *slot.get_or_insert_with(|| {
            entities.push(Entity {
                key: keys.get(entities.len()).cloned().unwrap_or_default(),
                mentions: Vec::new(),
                kind: PartyKind::Person,
                sensitivity: Sensitivity::Open,
            });
            entities.len() as u32 - 1
        });
        entity_of[position] = Some(entity);
        let held = &mut entities[entity as usize];
        held.mentions.push(position as u32);
        held.sensitivity = held.sensitivity.max(mention.sensitivity);
    }
    for entity in &mut entities {
        let organisations = entity
            .mentions
            .iter()
            .filter(|m| mentions.get(**m as usize).is_some_and(|r| r.kind == PartyKind::Organisation))
            .count();
        if organisations * 2 > entity.mentions.len() {
            entity.kind = PartyKind::Organisation;
        }
    }
    (entities, entity_of)
}
