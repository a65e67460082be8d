//! Whom a case protects: from the classes that sources give, and from the labels that people set.
//!
//! A person's class is the strictest of their mentions, and of everyone who carries the same document or the same
//! full name: a row about a protected person that resolution left apart must not say what the others hide. Every
//! identifier that a protected person's rows name inherits the class, and so do SIM cards and handsets that only
//! protected numbers used. A telephone that has the last eight figures of a protected one may be the same telephone
//! under another country's code: it is protected too, under a pseudonym of its own, as nothing says whose it is.
//! What is sealed is taken out of
//! the records before anything is derived from them.

use crate::case::Case;
use crate::error::EngineError;
use crate::network::Network;
use crate::pipeline::{Audience, hash_parts, mention_key};
use crate::stage::Stage;
use disclose::policy::{Policy, PolicyBuilder};
use model::identifier::{Identifier, IdentifierKind};
use model::ids::MentionId;
use model::provenance::MentionKey;
use model::record::{CallRecord, MentionRecord, TransferRecord};
use model::sensitivity::Sensitivity;
use std::collections::{BTreeMap, BTreeSet};
use store::case::CaseStore;
use store::snapshot::Snapshot;

/// Prefix of protection targets that are mentions; all others are identifiers.
const MENTION: &str = "mention:";

/// Figures of a telephone number without its country's code, in most of the region.
const NATIONAL_FIGURES: usize = 8;

/// The protection target of a mention.
pub(crate) fn mention_target(key: &MentionKey) -> String {
    format!("{MENTION}{key}")
}

/// A digest of all labels that people set.
pub(crate) fn fingerprint(store: &CaseStore) -> Result<Vec<u8>, EngineError> {
    let text: Vec<String> =
        store.protections()?.iter().map(|p| format!("{} {}", p.target, p.class.as_str())).collect();
    Ok(hash_parts(text.iter().map(String::as_bytes)).0.into())
}

/// Classes of the entities and identifiers of a network.
#[derive(Clone, Debug, Default)]
pub struct Classes {
    /// Class of each entity.
    pub entities: Vec<Sensitivity>,
    /// Class of each identifier that is not open.
    pub identifiers: BTreeMap<Identifier, Sensitivity>,
    /// Those that are among them only for sharing their figures with another.
    twins: BTreeSet<Identifier>,
}

impl Classes {
    /// Spreads labels over entities and their identifiers.
    pub(crate) fn new(
        network: &Network,
        snapshot: &Snapshot,
        labels: &BTreeMap<String, Sensitivity>,
    ) -> Self {
        let mut entities = vec![Sensitivity::Open; network.entities.len()];
        for (mention, entity) in network.mentions.iter().zip(&network.entity_of) {
            let Some(slot) = entity.and_then(|e| entities.get_mut(e as usize)) else { continue };
            *slot = (*slot).max(mention_class(mention, snapshot, labels));
        }
        spread(network, &mut entities);
        let mut identifiers: BTreeMap<Identifier, Sensitivity> = BTreeMap::new();
        let mut raise = |identifier: Identifier, class: Sensitivity| {
            if class > Sensitivity::Open {
                let slot = identifiers.entry(identifier).or_default();
                *slot = (*slot).max(class);
            }
        };
        for (target, class) in labels {
            if let Some(identifier) = Identifier::parse(target).filter(|_| !target.starts_with(MENTION)) {
                raise(identifier, *class);
            }
        }
        for (mention, entity) in network.mentions.iter().zip(&network.entity_of) {
            let class = entity
                .and_then(|e| entities.get(e as usize).copied())
                .unwrap_or_else(|| mention_class(mention, snapshot, labels));
            for identifier in mention.identifiers() {
                raise(identifier, class);
            }
        }
        let mut uses: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for &(number, device) in &network.base.device_uses {
            uses.entry(device).or_default().push(number);
        }
        for (device, numbers) in uses {
            let class = |n: &u32| {
                network.identifier(*n).and_then(|i| identifiers.get(i).copied()).unwrap_or_default()
            };
            let least = numbers.iter().map(class).min().unwrap_or_default();
            let Some(identifier) = network.identifier(device).filter(|_| least > Sensitivity::Open) else {
                continue;
            };
            let slot = identifiers.entry(identifier.clone()).or_default();
            *slot = (*slot).max(least);
        }
        let twins = twins(&network.base.identifiers, &identifiers);
        identifiers.extend(twins.clone());
        Self { entities, identifiers, twins: twins.into_keys().collect() }
    }

    /// Classes in use above open, ascending.
    pub fn in_use(&self) -> BTreeSet<Sensitivity> {
        let all = self.entities.iter().chain(self.identifiers.values());
        all.copied().filter(|c| *c > Sensitivity::Open).collect()
    }
}

/// Telephones that are open and have the last figures of a protected one, with its class. What is sealed leaves no trace.
fn twins(
    all: &[Identifier],
    protected: &BTreeMap<Identifier, Sensitivity>,
) -> BTreeMap<Identifier, Sensitivity> {
    let figures = |i: &Identifier| {
        let start = i.value.len().checked_sub(NATIONAL_FIGURES)?;
        i.value.get(start..).filter(|_| i.kind == IdentifierKind::Msisdn).map(str::to_owned)
    };
    let mut classes: BTreeMap<String, Sensitivity> = BTreeMap::new();
    for (identifier, class) in protected.iter().filter(|(_, c)| **c < Sensitivity::Sealed) {
        if let Some(figures) = figures(identifier) {
            let slot = classes.entry(figures).or_default();
            *slot = (*slot).max(*class);
        }
    }
    let open = all.iter().filter(|i| !protected.contains_key(*i));
    open.filter_map(|i| Some((i.clone(), *classes.get(&figures(i)?)?))).collect()
}

/// What makes two entities, for protection, one: a document, or a full name.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Mark<'n> {
    Document(&'n str),
    Name(&'n [String], &'n [String]),
}

/// Raises every entity to the strictest class among those who carry one of its documents or its full name (a given name
/// and two surnames). To mask a namesake costs a request for clearance; not to mask a witness may cost a life.
///
/// O(mentions log mentions) a round; a round more for each chain of documents that leads further.
fn spread(network: &Network, entities: &mut [Sensitivity]) {
    let mut holders: BTreeMap<Mark<'_>, Vec<u32>> = BTreeMap::new();
    for (mention, entity) in network.mentions.iter().zip(&network.entity_of) {
        let Some(entity) = *entity else { continue };
        for document in mention.documents.iter().filter_map(|d| d.value.as_deref()) {
            holders.entry(Mark::Document(document)).or_default().push(entity);
        }
        let name = &mention.name;
        if !name.given.is_empty() && name.surnames.len() > 1 {
            holders.entry(Mark::Name(&name.given, &name.surnames)).or_default().push(entity);
        }
    }
    let mut changed = entities.iter().any(|class| *class > Sensitivity::Open);
    while std::mem::take(&mut changed) {
        for together in holders.values() {
            let class = |e: &u32| entities.get(*e as usize).copied().unwrap_or_default();
            let strictest = together.iter().map(class).max().unwrap_or_default();
            for entity in together {
                if let Some(slot) = entities.get_mut(*entity as usize).filter(|slot| **slot < strictest) {
                    *slot = strictest;
                    changed = true;
                }
            }
        }
    }
}

/// The class of one mention: what its source says, or a stricter label.
fn mention_class(
    mention: &MentionRecord,
    snapshot: &Snapshot,
    labels: &BTreeMap<String, Sensitivity>,
) -> Sensitivity {
    let target = mention_target(&mention_key(snapshot, mention.mention));
    match labels.get(&target) {
        // A later label by a person replaces what the source said, in both directions.
        Some(label) => *label,
        None => mention.sensitivity,
    }
}

/// What is sealed: taken out before anything is derived for others.
#[derive(Debug, Default)]
pub(crate) struct Sealed {
    pub(crate) identifiers: BTreeSet<Identifier>,
    mentions: BTreeSet<MentionId>,
}

impl Sealed {
    fn has(&self, kind: IdentifierKind, value: Option<&String>) -> bool {
        value.is_some_and(|v| self.identifiers.contains(&Identifier::new(kind, v.clone())))
    }

    pub(crate) fn touches_call(&self, call: &CallRecord) -> bool {
        self.has(IdentifierKind::Msisdn, call.caller.value.as_ref())
            || self.has(IdentifierKind::Msisdn, call.receiver.value.as_ref())
            || self.has(IdentifierKind::Imei, call.imei.value.as_ref())
            || self.has(IdentifierKind::Imsi, call.imsi.value.as_ref())
    }

    pub(crate) fn touches_transfer(&self, transfer: &TransferRecord) -> bool {
        self.has(IdentifierKind::AccountNumber, transfer.payer.value.as_ref())
            || self.has(IdentifierKind::AccountNumber, transfer.beneficiary.value.as_ref())
    }

    /// Removes sealed mentions, and sealed identifiers from the mentions of others.
    pub(crate) fn strip(&self, mentions: &mut Vec<MentionRecord>) {
        mentions.retain(|m| !self.mentions.contains(&m.mention));
        for mention in mentions {
            let groups = [
                (IdentifierKind::Msisdn, &mut mention.phones),
                (IdentifierKind::AccountNumber, &mut mention.accounts),
                (IdentifierKind::DocumentNumber, &mut mention.documents),
                (IdentifierKind::Imei, &mut mention.handsets),
                (IdentifierKind::Imsi, &mut mention.sims),
            ];
            for (kind, values) in groups {
                values.retain(|n| !self.has(kind, n.value.as_ref()));
            }
            if self.has(IdentifierKind::Address, Some(&mention.address)) {
                mention.address.clear();
                mention.address_raw.clear();
            }
        }
    }
}

impl Case {
    /// The latest label of every target that people labelled.
    pub(crate) fn labels(&self) -> Result<BTreeMap<String, Sensitivity>, EngineError> {
        Ok(self.store.protections()?.into_iter().map(|p| (p.target, p.class)).collect())
    }

    /// Whether a source or a label seals anything.
    pub(crate) fn has_sealed(&self) -> Result<bool, EngineError> {
        if self.labels()?.values().any(|c| *c == Sensitivity::Sealed) {
            return Ok(true);
        }
        let mut found = false;
        self.store.snapshot()?.mentions(&mut |batch| -> Result<(), EngineError> {
            found |= batch.iter().any(|m| m.sensitivity == Sensitivity::Sealed);
            Ok(())
        })?;
        Ok(found)
    }

    /// What is sealed, by the resolution of everything.
    pub(crate) fn sealed(&self) -> Result<Sealed, EngineError> {
        let (snapshot, network) = self.network(Audience::All)?;
        let classes = Classes::new(&network, &snapshot, &self.labels()?);
        let identifiers = classes
            .identifiers
            .iter()
            .filter(|(_, class)| **class == Sensitivity::Sealed)
            .map(|(identifier, _)| identifier.clone())
            .collect();
        let labels = self.labels()?;
        let mentions = network
            .mentions
            .iter()
            .zip(&network.entity_of)
            .filter(|(mention, entity)| {
                entity.and_then(|e| classes.entities.get(e as usize)) == Some(&Sensitivity::Sealed)
                    || mention_class(mention, &snapshot, &labels) == Sensitivity::Sealed
            })
            .map(|(mention, _)| mention.mention)
            .collect();
        Ok(Sealed { identifiers, mentions })
    }
}

/// The protected people of a network, each with the target under which the pseudonym is kept.
struct ProtectedParty {
    target: String,
    entity: Option<u32>,
    class: Sensitivity,
    mentions: Vec<u32>,
}

/// Protected parties in canonical order: entities, then rows that name nobody resolvable.
fn protected_parties(
    network: &Network,
    snapshot: &Snapshot,
    classes: &Classes,
    labels: &BTreeMap<String, Sensitivity>,
) -> Vec<ProtectedParty> {
    let target = |m: u32| {
        network
            .mentions
            .get(m as usize)
            .map(|r| mention_target(&mention_key(snapshot, r.mention)))
            .unwrap_or_default()
    };
    let class_of = |m: u32| {
        network.mentions.get(m as usize).map_or(Sensitivity::Open, |r| mention_class(r, snapshot, labels))
    };
    let mut parties = Vec::new();
    for (number, entity) in network.entities.iter().enumerate() {
        let class = classes.entities.get(number).copied().unwrap_or_default();
        // The pseudonym hangs on the first row that protects, so that merging with open rows does not change it.
        let labelled = entity.mentions.iter().copied().find(|m| class_of(*m) > Sensitivity::Open);
        let first = labelled.or(entity.mentions.first().copied());
        if let Some(first) = first.filter(|_| class > Sensitivity::Open) {
            parties.push(ProtectedParty {
                target: target(first),
                entity: Some(number as u32),
                class,
                mentions: entity.mentions.clone(),
            });
        }
    }
    for (position, entity) in network.entity_of.iter().enumerate() {
        let class = class_of(position as u32);
        if entity.is_none() && class > Sensitivity::Open {
            let mentions = vec![position as u32];
            parties.push(ProtectedParty { target: target(position as u32), entity: None, class, mentions });
        }
    }
    parties
}

/// Identifiers that are protected although no protected person's row names them, with their class.
fn lone_identifiers<'c>(
    classes: &'c Classes,
    labels: &BTreeMap<String, Sensitivity>,
) -> impl Iterator<Item = (&'c Identifier, Sensitivity)> {
    let labelled: BTreeSet<String> = labels.keys().cloned().collect();
    let alone = move |i: &Identifier| classes.twins.contains(i) || labelled.contains(&i.to_string());
    classes.identifiers.iter().filter(move |(i, _)| alone(i)).map(|(i, c)| (i, *c))
}

impl Case {
    /// Gives every protected party of a network a lasting pseudonym, in canonical order.
    pub(crate) fn assign_pseudonyms(
        &self,
        network: &Network,
        snapshot: &Snapshot,
    ) -> Result<(), EngineError> {
        let labels = self.labels()?;
        let classes = Classes::new(network, snapshot, &labels);
        let mut wanted: Vec<(String, Sensitivity)> = protected_parties(network, snapshot, &classes, &labels)
            .into_iter()
            .map(|p| (p.target, p.class))
            .collect();
        wanted.extend(lone_identifiers(&classes, &labels).map(|(i, class)| (i.to_string(), class)));
        self.store.assign_pseudonyms(&wanted)?;
        Ok(())
    }

    /// The policy of a network: who is protected, under which pseudonym.
    ///
    /// # Errors      [`EngineError::Stale`] where a protected party has no pseudonym yet
    pub(crate) fn policy(
        &self,
        network: &Network,
        snapshot: &Snapshot,
    ) -> Result<(Policy, Classes), EngineError> {
        let labels = self.labels()?;
        let classes = Classes::new(network, snapshot, &labels);
        let pseudonyms = self.store.pseudonyms()?;
        let pseudonym = |target: &str| {
            pseudonyms.get(target).cloned().ok_or(EngineError::Stale { stage: Stage::Index.as_str() })
        };
        let mut builder = PolicyBuilder::default();
        let mut owner_of: BTreeMap<Identifier, String> = BTreeMap::new();
        for party in protected_parties(network, snapshot, &classes, &labels) {
            let name = pseudonym(&party.target)?;
            let rows = || party.mentions.iter().filter_map(|m| network.mentions.get(*m as usize));
            let names: Vec<&str> = rows()
                .flat_map(|m| [m.name_raw.as_str(), m.alias_raw.as_str()])
                .filter(|n| !n.trim().is_empty())
                .collect();
            match party.entity.and_then(|e| network.entities.get(e as usize)) {
                Some(entity) => builder.entity(&entity.key, party.class, &name, names),
                None => builder.entity(&format!("E-{}", party.target), party.class, &name, names),
            };
            for identifier in rows().flat_map(MentionRecord::identifiers) {
                owner_of.entry(identifier.clone()).or_insert_with(|| name.clone());
                builder.identifier_of(&name, party.class, identifier);
            }
        }
        for (identifier, class) in lone_identifiers(&classes, &labels) {
            let name = pseudonym(&identifier.to_string())?;
            owner_of.entry(identifier.clone()).or_insert_with(|| name.clone());
            builder.identifier(identifier.clone(), class, &name);
        }
        for &(number, device) in &network.base.device_uses {
            let (Some(number), Some(device)) = (network.identifier(number), network.identifier(device))
            else {
                continue;
            };
            if let (Some(class), Some(owner)) =
                (classes.identifiers.get(device), owner_of.get(number).cloned())
            {
                builder.identifier_of(&owner, *class, device.clone());
            }
        }
        Ok((builder.build(), classes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: IdentifierKind, value: &str) -> Identifier {
        Identifier { kind, value: value.into() }
    }

    #[test]
    fn a_protected_number_under_another_code_is_protected_too() {
        let tel = |value| of(IdentifierKind::Msisdn, value);
        let own = tel("+50298432397");
        let all = [
            own.clone(),
            tel("+50398432397"),
            tel("+50398432398"),
            tel("911"),
            of(IdentifierKind::AccountNumber, "+50398432397"),
            tel("+50377771111"),
        ];
        let protected =
            BTreeMap::from([(own, Sensitivity::Minor), (tel("+50477771111"), Sensitivity::Sealed)]);
        assert_eq!(twins(&all, &protected), BTreeMap::from([(tel("+50398432397"), Sensitivity::Minor)]));
    }
}
