//! How an entity came to be: its joins and its weakest one, contradictions, the history of its id, and past identities.
//!
//! **Invariant:** nothing here names an id or a row of a party whom the visitor may not see; and where anything is
//! sealed, those without that clearance get no history, since what happened to ids would tell that something left.

use crate::error::EngineError;
use crate::network::Node;
use crate::pipeline::{Audience, entity_key, mention_key};
use crate::session::Session;
use disclose::policy::NodeRef;
use disclose::view::explain::MentionSideInput;
use disclose::view::lineage::{
    AsOfView, ConflictInput, HistoryInput, JoinInput, KinInput, LineageInput, LineageView,
};
use model::decision::{Decision, Judgement};
use model::ids::MentionId;
use model::provenance::MentionKey;
use model::record::MentionRecord;
use resolve::lineage::{Join, lineage, weakest};
use resolve::run::ResolveConfig;
use resolve::score::bits_of;
use std::collections::BTreeSet;
use store::identity::{Change, HistoryEntry};

/// Kin shown with one entity at most.
const MOST_KIN: usize = 20;

impl Session<'_> {
    /// How did this entity come to be held as one, where is it weakest, and what contradicts it?
    ///
    /// # Errors      [`EngineError::NotFound`] for what is absent, hidden or no entity
    /// # Complexity  O(u^3) for its u distinct rows, at most [`resolve::cluster::WHOLE`]
    pub fn lineage(&self, id: &str) -> Result<LineageView, EngineError> {
        let node @ Node::Entity(entity) = self.inner(id)? else { return Err(EngineError::NotFound) };
        let derived = &self.desk.derived;
        let network = &derived.network;
        let members =
            network.entities.get(entity as usize).map(|e| &e.mentions).ok_or(EngineError::NotFound)?;
        let own: BTreeSet<u32> = members.iter().copied().collect();
        let records: Vec<MentionRecord> =
            members.iter().filter_map(|m| network.mentions.get(*m as usize).cloned()).collect();
        let decisions = self.decisions_on(&own)?;
        let place = |key: &MentionKey| -> Option<u32> {
            let position = self.mention_position(key)?;
            members.binary_search(&position).ok().map(|at| at as u32)
        };
        let must: Vec<(u32, u32)> = decisions
            .iter()
            .filter(|d| d.judgement == Judgement::Positive)
            .filter_map(|d| Some((place(&d.a)?, place(&d.b)?)))
            .collect();
        let most_bits = ResolveConfig::default().most_bits;
        let found = lineage(&records, &derived.model, Some(&derived.frequencies), &must, most_bits);
        let weakest = found.as_ref().and_then(|joins| {
            let weakest = weakest(joins)?;
            joins.iter().position(|j| std::ptr::eq(j, weakest))
        });
        let joins = match &found {
            Some(joins) => Some(joins.iter().map(|j| self.join(members, j)).collect::<Result<_, _>>()?),
            None => None,
        };
        let touches = |of: &[u32]| of.iter().any(|m| own.contains(m));
        let conflict = |b: &resolve::cluster::Bridge| {
            Some(ConflictInput {
                a: self.side(b.a).ok()?,
                b: self.side(b.b).ok()?,
                by: self.side(b.by).ok()?,
            })
        };
        let conflicts =
            derived.bridges.iter().filter(|b| touches(&[b.a, b.b, b.by])).filter_map(conflict).collect();
        let input = LineageInput {
            node: self.any_input(node).ok_or(EngineError::NotFound)?,
            rows: members.len() as u64,
            threshold_bits: bits_of(derived.threshold),
            joins,
            weakest,
            conflicts,
            kin: self.kin_of(&own),
            decisions,
            history: self.history(entity)?,
        };
        LineageView::new(&input, &self.reader()).ok_or(EngineError::NotFound)
    }

    fn join<'s>(&'s self, members: &[u32], join: &Join) -> Result<JoinInput<'s>, EngineError> {
        let side = |at: u32| self.side(members.get(at as usize).copied().ok_or(EngineError::NotFound)?);
        Ok(JoinInput {
            left: join.left.len() as u64,
            right: join.right.len() as u64,
            average_bits: join.average_bits,
            strongest: (side(join.strongest.0)?, side(join.strongest.1)?),
            strongest_bits: join.strongest_bits,
            judged: join.judged,
        })
    }

    /// Of each other entity that looks like kin the likeliest pair, the likeliest first.
    fn kin_of(&self, own: &BTreeSet<u32>) -> Vec<KinInput<'_>> {
        let derived = &self.desk.derived;
        let entity = |m: u32| derived.network.entity_of.get(m as usize).copied().flatten();
        let mut pairs: Vec<(u32, u32, f64)> = derived
            .kin
            .iter()
            .filter_map(|k| match (own.contains(&k.a), own.contains(&k.b)) {
                (true, false) => Some((k.a, k.b, k.probability)),
                (false, true) => Some((k.b, k.a, k.probability)),
                _ => None,
            })
            .collect();
        pairs.sort_by(|x, y| y.2.total_cmp(&x.2).then((x.0, x.1).cmp(&(y.0, y.1))));
        let mut told = BTreeSet::new();
        pairs
            .into_iter()
            .filter(|(_, other, _)| told.insert(entity(*other)))
            .filter_map(|(a, b, probability)| {
                Some(KinInput { own: self.side(a).ok()?, other: self.side(b).ok()?, probability })
            })
            .take(MOST_KIN)
            .collect()
    }

    /// Judgements in force that name one of these mentions, and whose both sides the visitor may see.
    fn decisions_on(&self, own: &BTreeSet<u32>) -> Result<Vec<Decision>, EngineError> {
        let mut decisions = self.case.store.active_decisions()?;
        decisions.retain(|d| {
            let (a, b) = (self.mention_position(&d.a), self.mention_position(&d.b));
            let named = [a, b].into_iter().flatten().any(|m| own.contains(&m));
            named && self.may_see(&d.a) && self.may_see(&d.b)
        });
        Ok(decisions)
    }

    /// Position of a mention that is in the case.
    pub(super) fn mention_position(&self, key: &MentionKey) -> Option<u32> {
        let source = self.desk.derived.snapshot.rank_of(&key.source)?;
        let record = model::ids::RecordRef { source, row: key.row };
        let wanted = MentionId { record, role: key.role };
        let mentions = &self.desk.derived.network.mentions;
        mentions.binary_search_by_key(&wanted, |m| m.mention).ok().map(|at| at as u32)
    }

    /// The entity that holds a mention now.
    fn holder(&self, key: &MentionKey) -> Option<NodeRef> {
        let network = &self.desk.derived.network;
        let position = self.mention_position(key)?;
        network.reference(Node::Entity(network.entity_of.get(position as usize).copied().flatten()?))
    }

    pub(super) fn may_see(&self, key: &MentionKey) -> bool {
        let reader = self.reader();
        self.holder(key).is_some_and(|n| reader.node_id(&n).is_some() && reader.seen(&n).mask().is_none())
    }

    /// What became of the id of an entity, the oldest first.
    pub(super) fn history(&self, entity: u32) -> Result<Vec<HistoryInput>, EngineError> {
        if self.desk.audience != Audience::All {
            return Ok(Vec::new());
        }
        let audience = self.desk.audience.as_str();
        let Some(anchor) = self.anchor(entity) else { return Ok(Vec::new()) };
        let Some(identity) = self.case.store.identity_of(audience, &anchor)? else { return Ok(Vec::new()) };
        let line = |entry: HistoryEntry| -> Option<HistoryInput> {
            let key = match (entry.own, entry.change) {
                (true, Change::MergedInto) => "history.merged_into",
                (true, Change::PartedFrom) => "history.parted_from",
                (true, Change::Ended) => "history.ended",
                (true, Change::Returned) => "history.returned",
                (false, Change::MergedInto) => "history.absorbed",
                (false, Change::PartedFrom) => "history.gave",
                (false, Change::Ended | Change::Returned) => return None,
            };
            let beside = if entry.own { entry.other } else { Some(entry.of) };
            let id = match beside {
                Some(other) if !self.may_see(&other) => return None,
                Some(other) => entity_key(&other),
                None => String::new(),
            };
            Some(HistoryInput { key, id, at_us: entry.at_us })
        };
        Ok(self.case.store.history(audience, identity)?.into_iter().filter_map(line).collect())
    }

    /// The mention that names an entity.
    fn anchor(&self, entity: u32) -> Option<MentionKey> {
        let derived = &self.desk.derived;
        let entity = derived.network.entities.get(entity as usize)?;
        entity
            .mentions
            .iter()
            .filter_map(|m| derived.network.mentions.get(*m as usize))
            .map(|m| mention_key(&derived.snapshot, m.mention))
            .find(|key| entity_key(key) == entity.key)
    }

    /// The mention for which an id of any time was issued.
    fn issued_for(&self, id: &str) -> Result<Option<(u64, MentionKey)>, EngineError> {
        if !id.starts_with("E-") {
            return Ok(None);
        }
        let known = self.case.store.identities(self.desk.audience.as_str())?;
        Ok((0u64..).zip(known).map(|(n, i)| (n, i.anchor)).find(|(_, anchor)| entity_key(anchor) == id))
    }

    /// The id under which an entity is known that once had this id.
    ///
    /// # Errors      [`EngineError::NotFound`] for absent and hidden alike
    pub(super) fn successor(&self, id: &str) -> Result<String, EngineError> {
        let (_, anchor) = self.issued_for(id)?.ok_or(EngineError::NotFound)?;
        match self.holder(&anchor) {
            Some(NodeRef::Entity(key)) if self.may_see(&anchor) => Ok(key),
            _ => Err(EngineError::NotFound),
        }
    }

    /// Who was this held to be at a moment, by what was known then?
    ///
    /// # Arguments   `id`: an entity by its id of any time, or a mention; `as_of_us`: microseconds UTC
    /// # Errors      [`EngineError::NotFound`] where it was not there then, or the visitor may not see any row of it
    /// # Complexity  O(mentions of the case)
    pub fn as_of(&self, id: &str, as_of_us: i64) -> Result<AsOfView, EngineError> {
        let mention = match MentionKey::parse(id) {
            Some(key) => key,
            None => self.issued_for(id)?.ok_or(EngineError::NotFound)?.1,
        };
        let audience = self.desk.audience.as_str();
        let standing = self.case.store.standing(audience, Some(as_of_us))?;
        let identity = standing.get(&mention).ok_or(EngineError::NotFound)?;
        let (mut stood, mut withdrawn) = (Vec::<MentionSideInput<'_>>::new(), 0);
        for (key, _) in standing.iter().filter(|(_, i)| *i == identity) {
            match self.mention_position(&key) {
                Some(position) => stood.extend(self.side(position).ok()),
                None if self.desk.audience == Audience::All => withdrawn += 1,
                None => {}
            }
        }
        let known = self.case.store.identities(audience)?;
        let named = known.get(identity as usize).map(|i| entity_key(&i.anchor)).unwrap_or_default();
        AsOfView::new(as_of_us, &named, &stood, withdrawn, &self.reader()).ok_or(EngineError::NotFound)
    }
}
