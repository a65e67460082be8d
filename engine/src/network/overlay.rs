//! Entities as an overlay on identifiers: who held what, when, and which rows say so.

use crate::network::base::BaseNetwork;
use model::ids::RecordRef;
use model::party::PartyKind;
use model::record::MentionRecord;
use model::sensitivity::Sensitivity;
use model::time::Interval;
use rayon::prelude::*;
use std::collections::HashSet;

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
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Holding<'a> {
    /// The entity.
    pub entity: u32,
    /// When, as the row states it.
    pub interval: Interval,
    /// The rows that say so, ascending.
    pub evidence: &'a [RecordRef],
}

#[derive(Clone, Copy, Debug)]
struct Held {
    entity: u32,
    /// Place in [`Overlay::intervals`].
    interval: u32,
    /// Place in [`Overlay::rows`]; it ends where the next one begins.
    rows: u32,
}

/// Holdings of every identifier of a base network, by identifier.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    /// For each identifier where its holdings begin; one more for the end.
    starts: Vec<u32>,
    /// The last one stands for the end.
    held: Vec<Held>,
    /// Distinct intervals, ascending.
    intervals: Vec<Interval>,
    rows: Vec<RecordRef>,
}

/// What one mention says of one identifier; their order is that of the overlay.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Saying {
    identifier: u32,
    entity: u32,
    interval: u32,
    mention: u32,
}

impl Overlay {
    /// Collects what each mention says of its identifiers.
    ///
    /// **Invariant:** the holdings of an identifier ascend by (entity, interval) and are distinct in both.
    ///
    /// # Complexity  O(n log n) for the n identifiers that mentions name, parallel
    pub fn new(base: &BaseNetwork, mentions: &[MentionRecord], entity_of: &[Option<u32>]) -> Self {
        let distinct = mentions
            .par_iter()
            .fold(HashSet::new, |mut seen, mention| {
                seen.insert(mention.validity);
                seen
            })
            .reduce(HashSet::new, |a, b| &a | &b);
        let mut intervals: Vec<Interval> = distinct.into_iter().collect();
        intervals.sort_unstable();
        let mut sayings: Vec<Saying> = mentions
            .par_iter()
            .zip(entity_of)
            .enumerate()
            .flat_map_iter(|(at, (mention, entity))| {
                let interval = intervals.partition_point(|i| *i < mention.validity) as u32;
                let named = entity.map_or(&[][..], |_| base.named.of(at as u32));
                let entity = entity.unwrap_or_default();
                named.iter().map(move |&identifier| Saying {
                    identifier,
                    entity,
                    interval,
                    mention: at as u32,
                })
            })
            .collect();
        sayings.par_sort_unstable();
        let mut out = Self { intervals, ..Self::default() };
        out.rows.reserve_exact(sayings.len());
        for group in sayings
            .chunk_by(|a, b| (a.identifier, a.entity, a.interval) == (b.identifier, b.entity, b.interval))
        {
            let Some(first) = group.first() else { continue };
            out.starts.resize(first.identifier as usize + 1, out.held.len() as u32);
            let begin = out.rows.len();
            out.held.push(Held { entity: first.entity, interval: first.interval, rows: begin as u32 });
            // Mentions ascend, and with them their rows.
            for saying in group {
                let row = mentions.get(saying.mention as usize).map(|m| m.mention.record);
                out.rows.extend(row.filter(|row| out.rows.get(begin..).and_then(<[_]>::last) != Some(row)));
            }
        }
        out.starts.resize(base.identifiers.len() + 1, out.held.len() as u32);
        out.held.push(Held { entity: 0, interval: 0, rows: out.rows.len() as u32 });
        out
    }

    /// All holdings of an identifier.
    pub fn holdings(&self, identifier: u32) -> impl Iterator<Item = Holding<'_>> {
        let bound = |at: u32| self.starts.get(at as usize).map_or(0, |start| *start as usize);
        let begin = bound(identifier);
        let end = bound(identifier.saturating_add(1)).max(begin);
        let held = self.held.get(begin..=end).unwrap_or_default();
        held.windows(2).filter_map(|pair| {
            let [held, next] = pair else { return None };
            Some(Holding {
                entity: held.entity,
                interval: *self.intervals.get(held.interval as usize)?,
                evidence: self.rows.get(held.rows as usize..next.rows as usize)?,
            })
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use model::identifier::{NormFlags, Normal};
    use model::ids::{MentionId, MentionRole, SourceId};
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn mention() -> impl Strategy<Value = (u32, Vec<u8>, Option<i64>, Option<u32>)> {
        (
            0..6u32,
            proptest::collection::vec(0..4u8, 0..3),
            proptest::option::of(0..2i64),
            proptest::option::of(0..3u32),
        )
    }

    proptest! {
        #[test]
        fn holdings_are_what_the_rows_say(rows in proptest::collection::vec(mention(), 0..12)) {
            let mut mentions: Vec<(MentionRecord, Option<u32>)> = Vec::new();
            for (at, (row, phones, from_us, entity)) in rows.into_iter().enumerate() {
                let record = RecordRef { source: SourceId(0), row };
                let role = [MentionRole::Person, MentionRole::Payer][at % 2];
                let mut mention = MentionRecord::new(MentionId { record, role });
                mention.phones = phones
                    .iter()
                    .map(|p| Normal { raw: String::new(), value: Some(p.to_string()), flags: NormFlags::NONE })
                    .collect();
                mention.validity = Interval { from_us, ..Interval::default() };
                mentions.push((mention, entity));
            }
            mentions.sort_by_key(|(m, _)| m.mention);
            let (mentions, entity_of): (Vec<MentionRecord>, Vec<Option<u32>>) = mentions.into_iter().unzip();
            let (base, _) = BaseNetwork::new(Vec::new(), Vec::new(), &mentions, &BTreeMap::new());
            let overlay = Overlay::new(&base, &mentions, &entity_of);
            for (at, identifier) in (0u32..).zip(&base.identifiers) {
                let mut said: BTreeMap<(u32, Interval), BTreeSet<RecordRef>> = BTreeMap::new();
                for (mention, entity) in mentions.iter().zip(&entity_of) {
                    if let Some(entity) = entity.filter(|_| mention.identifiers().contains(identifier)) {
                        said.entry((entity, mention.validity)).or_default().insert(mention.mention.record);
                    }
                }
                let held: Vec<_> = overlay
                    .holdings(at)
                    .map(|h| ((h.entity, h.interval), h.evidence.iter().copied().collect::<BTreeSet<_>>()))
                    .collect();
                prop_assert_eq!(held, said.into_iter().collect::<Vec<_>>());
            }
            prop_assert_eq!(overlay.holdings(base.identifiers.len() as u32).count(), 0);
        }
    }
}
