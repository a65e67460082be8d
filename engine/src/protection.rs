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
use crate::identity::mention_id;
use crate::network::Network;
use crate::pipeline::{Audience, hash_parts, mention_key};
use crate::stage::Stage;
use disclose::policy::{Policy, PolicyBuilder};
use model::identifier::{Identifier, IdentifierKind};
use model::ids::MentionId;
use model::provenance::MentionKey;
use model::record::{CallRecord, MentionRecord, TransferRecord};
use model::sensitivity::Sensitivity;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
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

/// The latest label of everything that people labelled and that a snapshot has.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    mentions: BTreeMap<MentionId, Sensitivity>,
    identifiers: BTreeMap<Identifier, Sensitivity>,
}

impl Labels {
    fn of(targets: &BTreeMap<String, Sensitivity>, snapshot: &Snapshot) -> Self {
        let mut out = Self::default();
        for (target, class) in targets {
            match target.strip_prefix(MENTION) {
                Some(key) => {
                    let mention = MentionKey::parse(key).and_then(|key| mention_id(snapshot, &key));
                    out.mentions.extend(mention.map(|mention| (mention, *class)));
                }
                None => out.identifiers.extend(Identifier::parse(target).map(|i| (i, *class))),
            }
        }
        out
    }

    /// The class of one mention: what its source says, or what a person said later, in both directions.
    fn class(&self, mention: &MentionRecord) -> Sensitivity {
        self.mentions.get(&mention.mention).copied().unwrap_or(mention.sensitivity)
    }
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
    pub(crate) fn new(network: &Network, labels: &Labels) -> Self {
        let mut entities = vec![Sensitivity::Open; network.entities.len()];
        for (mention, entity) in network.mentions.iter().zip(&network.entity_of) {
            let Some(slot) = entity.and_then(|e| entities.get_mut(e as usize)) else { continue };
            *slot = (*slot).max(labels.class(mention));
        }
        spread(network, &mut entities);
        let mut identifiers: BTreeMap<Identifier, Sensitivity> = BTreeMap::new();
        let mut raise = |identifier: Identifier, class: Sensitivity| {
            if class > Sensitivity::Open {
                let slot = identifiers.entry(identifier).or_default();
                *slot = (*slot).max(class);
            }
        };
        for (identifier, class) in &labels.identifiers {
            raise(identifier.clone(), *class);
        }
        for (mention, entity) in network.mentions.iter().zip(&network.entity_of) {
            let class = entity
                .and_then(|e| entities.get(e as usize).copied())
                .unwrap_or_else(|| labels.class(mention));
            if class > Sensitivity::Open {
                mention.identifiers().into_iter().for_each(|identifier| raise(identifier, class));
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
    fn figures(i: &Identifier) -> Option<&str> {
        let start = i.value.len().checked_sub(NATIONAL_FIGURES)?;
        i.value.get(start..).filter(|_| i.kind == IdentifierKind::Msisdn)
    }
    let mut classes: BTreeMap<&str, Sensitivity> = BTreeMap::new();
    for (identifier, class) in protected.iter().filter(|(_, c)| **c < Sensitivity::Sealed) {
        if let Some(figures) = figures(identifier) {
            let slot = classes.entry(figures).or_default();
            *slot = (*slot).max(*class);
        }
    }
    let alike = all.iter().filter_map(|i| Some((i, *classes.get(figures(i)?)?)));
    let open = alike.filter(|(i, _)| !protected.contains_key(*i));
    open.map(|(i, class)| (i.clone(), class)).collect()
}

/// What makes two entities, for protection, one: a document, or a full name.
#[derive(PartialEq, Eq, Hash)]
enum Mark<'n> {
    Document(&'n str),
    Name(&'n [String], &'n [String]),
}

fn marks(mention: &MentionRecord) -> impl Iterator<Item = Mark<'_>> {
    let name = &mention.name;
    let full = !name.given.is_empty() && name.surnames.len() > 1;
    let documents = mention.documents.iter().filter_map(|d| d.value.as_deref()).map(Mark::Document);
    documents.chain(full.then_some(Mark::Name(&name.given, &name.surnames)))
}

/// Raises every entity to the strictest class among those who carry one of its documents or its full name (a given name
/// and two surnames). To mask a namesake costs a request for clearance; not to mask a witness may cost a life.
///
/// O(mentions) a round, parallel over mentions; a round more for each chain of marks that leads further, and none where
/// nobody is protected.
fn spread(network: &Network, entities: &mut [Sensitivity]) {
    let held = || {
        let all = network.mentions.par_iter().zip(&network.entity_of);
        all.filter_map(|(mention, entity)| Some((mention, (*entity)?)))
    };
    let mut changed = entities.iter().any(|class| *class > Sensitivity::Open);
    while std::mem::take(&mut changed) {
        let class = |entity: u32| entities.get(entity as usize).copied().unwrap_or_default();
        let protected: Vec<(&MentionRecord, Sensitivity)> = held()
            .map(|(mention, entity)| (mention, class(entity)))
            .filter(|(_, class)| *class > Sensitivity::Open)
            .collect();
        let mut strictest: HashMap<Mark<'_>, Sensitivity> = HashMap::new();
        for (mention, class) in protected {
            for mark in marks(mention) {
                let slot = strictest.entry(mark).or_default();
                *slot = (*slot).max(class);
            }
        }
        let raised: Vec<(u32, Sensitivity)> = held()
            .filter_map(|(mention, entity)| {
                let named = marks(mention).filter_map(|mark| strictest.get(&mark).copied()).max()?;
                (named > class(entity)).then_some((entity, named))
            })
            .collect();
        for (entity, class) in raised {
            if let Some(slot) = entities.get_mut(entity as usize).filter(|slot| **slot < class) {
                *slot = class;
                changed = true;
            }
        }
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
    fn targets(&self) -> Result<BTreeMap<String, Sensitivity>, EngineError> {
        Ok(self.store.protections()?.into_iter().map(|p| (p.target, p.class)).collect())
    }

    fn labels(&self, snapshot: &Snapshot) -> Result<Labels, EngineError> {
        Ok(Labels::of(&self.targets()?, snapshot))
    }

    /// Whether a source or a label seals anything.
    pub(crate) fn has_sealed(&self) -> Result<bool, EngineError> {
        let labelled = self.targets()?.values().any(|c| *c == Sensitivity::Sealed);
        Ok(labelled || self.store.snapshot()?.strictest_class()? == Sensitivity::Sealed)
    }

    /// What is sealed, by the resolution of everything.
    pub(crate) fn sealed(&self) -> Result<Sealed, EngineError> {
        let (snapshot, network) = self.network(Audience::All)?;
        let labels = self.labels(&snapshot)?;
        let classes = Classes::new(&network, &labels);
        let identifiers = classes
            .identifiers
            .iter()
            .filter(|(_, class)| **class == Sensitivity::Sealed)
            .map(|(identifier, _)| identifier.clone())
            .collect();
        let mentions = network
            .mentions
            .iter()
            .zip(&network.entity_of)
            .filter(|(mention, entity)| {
                entity.and_then(|e| classes.entities.get(e as usize)) == Some(&Sensitivity::Sealed)
                    || labels.class(mention) == Sensitivity::Sealed
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
    labels: &Labels,
) -> Vec<ProtectedParty> {
    let target = |m: u32| {
        network
            .mentions
            .get(m as usize)
            .map(|r| mention_target(&mention_key(snapshot, r.mention)))
            .unwrap_or_default()
    };
    let class_of = |m: u32| network.mentions.get(m as usize).map_or(Sensitivity::Open, |r| labels.class(r));
    let mut parties = Vec::new();
    for (number, entity) in network.entities.iter().enumerate() {
        let class = classes.entities.get(number).copied().unwrap_or_default();
        if class == Sensitivity::Open {
            continue;
        }
        // The pseudonym hangs on the first row that protects, so that merging with open rows does not change it.
        let labelled = entity.mentions.iter().copied().find(|m| class_of(*m) > Sensitivity::Open);
        if let Some(first) = labelled.or(entity.mentions.first().copied()) {
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
    labels: &'c Labels,
) -> impl Iterator<Item = (&'c Identifier, Sensitivity)> {
    let alone = |i: &Identifier| classes.twins.contains(i) || labels.identifiers.contains_key(i);
    classes.identifiers.iter().filter(move |(i, _)| alone(i)).map(|(i, c)| (i, *c))
}

impl Case {
    /// Gives every protected party of a network a lasting pseudonym, in canonical order.
    pub(crate) fn assign_pseudonyms(
        &self,
        network: &Network,
        snapshot: &Snapshot,
    ) -> Result<(), EngineError> {
        let labels = self.labels(snapshot)?;
        let classes = Classes::new(network, &labels);
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
        let labels = self.labels(snapshot)?;
        let classes = Classes::new(network, &labels);
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
