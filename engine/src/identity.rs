//! The stage `resolve`: who is who, by a model that stays until it is trained anew, under ids that stay.
//!
//! **The model.** The first run trains it and keeps it with the results: weights, threshold, and how frequent each value
//! was. Later runs use it as it stands, so that new records change no older weight and the answer is a function of
//! the records, the judgements and the model, in whatever order they came. However much the case grows, it is trained
//! anew only by an act of somebody: [`Case::retrain`], or what takes away something it was trained on (a source taken
//! back or read anew, a record sealed), since nothing may be weighed by what is no longer there.
//!
//! **The ids.** An entity bears the id that was issued first among those whose anchor it holds
//! ([`store::identity`]); an entity that holds none is issued one, for its smallest mention.

use crate::case::Case;
use crate::codec;
use crate::error::EngineError;
use crate::pipeline::{Audience, METHOD, contradiction, hash_parts, manifest, mention_key};
use crate::stage::{Outgrown, Stage, StageReport};
use model::ids::{MentionId, RecordRef};
use model::provenance::{Digest, MentionKey};
use model::record::MentionRecord;
use model::run::RunContext;
use rayon::prelude::*;
use resolve::cluster::Bridge;
use resolve::collective::resolve_collectively;
use resolve::column::frequency::Frequencies;
use resolve::error::ResolveError;
use resolve::model::{FittedModel, StoredModel};
use resolve::run::{Constraint, ResolveConfig, ScoredPair};
use resolve::score::bits_of;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::derived::Derived;
use store::identity::{Change, Identity, IdentityChange, IdentityRun};
use store::snapshot::Snapshot;

/// Whether the stored model is used or a new one trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Training {
    /// The stored model, as long as it fits.
    #[default]
    Keep,
    /// A new model, whatever is stored.
    Anew,
}

/// What a resolution's manifest says of it.
#[derive(serde::Deserialize)]
pub(crate) struct ResolveParameters {
    /// Match probability from which mentions were merged.
    pub(crate) threshold: f64,
    /// Digest of the model.
    pub(crate) model: String,
    /// Mentions that the model was trained on.
    pub(crate) trained_on: u64,
    /// Mentions that were resolved.
    pub(crate) mentions: u64,
}

impl ResolveParameters {
    pub(crate) fn of(derived: &Derived) -> Result<Self, EngineError> {
        serde_json::from_str(&derived.manifest.parameters)
            .map_err(|e| EngineError::Derived { table: "resolve".into(), detail: e.to_string() })
    }
}

/// From how many times the mentions that a model was trained on somebody should think of training anew.
const OUTGROWN: u64 = 2;

/// What each id of an audience is now: the id of its entity, and whether its mention is there.
pub(crate) struct Heads {
    /// Number of the id that names its entity.
    pub(crate) head: Vec<u64>,
    /// Whether its mention is gone.
    pub(crate) ended: Vec<bool>,
}

impl Heads {
    /// Replays the log.
    pub(crate) fn new(known: usize, changes: &[IdentityChange]) -> Self {
        let mut out = Self { head: (0..known as u64).collect(), ended: vec![false; known] };
        for c in changes {
            let at = c.identity as usize;
            if let (Some(head), Some(ended)) = (out.head.get_mut(at), out.ended.get_mut(at)) {
                *ended = c.change == Change::Ended;
                *head = match (c.change, c.other) {
                    (Change::MergedInto, Some(other)) => other,
                    _ => c.identity,
                };
            }
        }
        out
    }
}

/// The ids of one resolution.
struct Named {
    /// Position of the mention that names each cluster.
    anchors: Vec<u32>,
    /// Number of the id of each cluster.
    numbers: Vec<u64>,
    issued: Vec<MentionKey>,
    changes: Vec<IdentityChange>,
}

/// Which cluster bears which id, and what became of the ids before.
///
/// # Arguments     `cluster`: of each mention, dense in order of first mention; `parent`: number of the id that a
/// mention's entity bore before
fn name_clusters(
    cluster: &[Option<u32>],
    known: &[Identity],
    heads: &Heads,
    position: impl Fn(&MentionKey) -> Option<u32> + Sync,
    key: impl Fn(u32) -> MentionKey,
    parent: impl Fn(&MentionKey) -> Option<u64>,
) -> Named {
    let clusters = cluster.iter().flatten().max().map_or(0, |c| *c as usize + 1);
    let mut first = vec![u32::MAX; clusters];
    for (at, label) in cluster.iter().enumerate().rev() {
        if let Some(slot) = label.and_then(|l| first.get_mut(l as usize)) {
            *slot = at as u32;
        }
    }
    let at: Vec<Option<u32>> = known
        .par_iter()
        .map(|i| position(&i.anchor).filter(|at| cluster.get(*at as usize).is_some_and(Option::is_some)))
        .collect();
    let label = |at: u32| cluster.get(at as usize).copied().flatten();
    let mut numbers = vec![u64::MAX; clusters];
    let mut anchors = first;
    for (number, at) in at.iter().enumerate() {
        let Some((at, label)) = at.and_then(|at| Some((at, label(at)? as usize))) else { continue };
        if numbers[label] == u64::MAX {
            (numbers[label], anchors[label]) = (number as u64, at);
        }
    }
    let (mut issued, mut changes) = (Vec::new(), Vec::new());
    let change = |identity, change, other| IdentityChange { identity, change, other, at_us: 0 };
    for (number, at) in numbers.iter_mut().zip(&anchors).filter(|(n, _)| **n == u64::MAX) {
        *number = (known.len() + issued.len()) as u64;
        let anchor = key(*at);
        if let Some(parent) = parent(&anchor) {
            changes.push(change(*number, Change::PartedFrom, Some(parent)));
        }
        issued.push(anchor);
    }
    for (identity, at) in at.iter().enumerate() {
        let (head, ended) = (heads.head.get(identity).copied(), heads.ended.get(identity) == Some(&true));
        let own = identity as u64;
        let now = at.and_then(label).and_then(|l| numbers.get(l as usize).copied());
        match now {
            None if ended => {}
            None => changes.push(change(own, Change::Ended, None)),
            Some(now) => {
                if ended {
                    changes.push(change(own, Change::Returned, None));
                }
                if head != Some(now) {
                    changes.push(if now == own {
                        change(own, Change::PartedFrom, head)
                    } else {
                        change(own, Change::MergedInto, Some(now))
                    });
                }
            }
        }
    }
    Named { anchors, numbers, issued, changes }
}

impl Case {
    /// Trains the model of resolution anew on what the case holds now, and brings stages up to date.
    ///
    /// # Arguments   `only`: as for [`Case::run`]; `resolve` is run in any case
    /// # Errors      `actor` is empty
    pub fn retrain(
        &self,
        only: &[Stage],
        actor: &str,
        why: &str,
        context: &RunContext<'_>,
    ) -> Result<Vec<StageReport>, EngineError> {
        if actor.trim().is_empty() {
            return Err(store::error::StoreError::MissingReason { act: "retrain" }.into());
        }
        self.store.audit(actor, "retrain", "resolve", why)?;
        let mut only = only.to_vec();
        if !only.is_empty() && !only.contains(&Stage::Resolve) {
            only.push(Stage::Resolve);
        }
        self.run_with(&only, Training::Anew, context)
    }

    /// Whether the case has outgrown the model that it was last resolved by.
    pub(crate) fn outgrown(&self, audience: Audience) -> Result<Option<Outgrown>, EngineError> {
        let derived = self.store.derived(audience.as_str(), Stage::Resolve.as_str())?;
        let Some(derived) = derived.filter(|d| d.manifest.code_version == METHOD) else { return Ok(None) };
        let ResolveParameters { trained_on, mentions, .. } = ResolveParameters::of(&derived)?;
        Ok((mentions >= trained_on.saturating_mul(OUTGROWN) && mentions > trained_on)
            .then_some(Outgrown { trained_on, mentions }))
    }

    /// Resolves the mentions of an audience and puts the result into the case.
    pub(crate) fn derive_resolve(
        &self,
        audience: Audience,
        training: Training,
        inputs: Digest,
        context: &RunContext<'_>,
    ) -> Result<(), EngineError> {
        let snapshot = self.store.snapshot()?;
        let mentions = self.mentions(&snapshot, audience)?;
        let positions: Vec<u32> = (0..mentions.len() as u32)
            .filter(|i| mentions.get(*i as usize).is_some_and(MentionRecord::is_resolvable))
            .collect();
        let named: Vec<&MentionRecord> = positions.iter().filter_map(|i| mentions.get(*i as usize)).collect();
        let (constraints, numbers) = self.constraints(|key| {
            let wanted = mention_id(&snapshot, key)?;
            named.binary_search_by_key(&wanted, |m| m.mention).ok()
        })?;
        let previous = self.store.derived(audience.as_str(), Stage::Resolve.as_str())?;
        let present = training_set(&snapshot, &named, audience);
        let stored = match (&previous, training) {
            (Some(previous), Training::Keep) => fitting_model(previous, &present)?,
            _ => None,
        };
        let config = ResolveConfig { seed: context.seed, ..ResolveConfig::default() };
        let digest_kept = stored.as_ref().map(|(_, digest, _)| digest.clone());
        let (kept, stored) = stored.map(|(trained, _, model)| (trained, model)).unzip();
        let (resolution, model) =
            resolve_collectively(&named, &constraints, &config, stored.as_ref(), context)
                .map_err(|e| contradiction(e, &numbers))?;
        let trained = kept.unwrap_or(present);
        let mut cluster = vec![None; mentions.len()];
        for (position, label) in positions.iter().zip(&resolution.cluster) {
            if let Some(slot) = cluster.get_mut(*position as usize) {
                *slot = Some(*label);
            }
        }
        let pairs: Vec<ScoredPair> = resolution
            .pairs
            .iter()
            .filter_map(|p| {
                let (a, b) = (*positions.get(p.a as usize)?, *positions.get(p.b as usize)?);
                Some(ScoredPair { a, b, weight_bits: p.weight_bits, probability: p.probability })
            })
            .collect();
        let placed = |at: u32| positions.get(at as usize).copied();
        let kin: Vec<ScoredPair> = resolution
            .kin
            .iter()
            .filter_map(|k| {
                let (a, b, probability) = (placed(k.a)?, placed(k.b)?, k.probability);
                Some(ScoredPair { a, b, weight_bits: bits_of(probability), probability })
            })
            .collect();
        let bridges: Vec<Bridge> = resolution
            .bridges
            .iter()
            .filter_map(|x| Some(Bridge { a: placed(x.a)?, b: placed(x.b)?, by: placed(x.by)? }))
            .collect();
        let digest = digest_kept.unwrap_or_else(|| model_digest(&model));
        let (anchors, run) = self.identify(audience, &snapshot, &mentions, &cluster, &digest)?;
        self.store.record_identities(audience.as_str(), &run)?;
        let parameters = format!(
            "{{\"threshold\":{},\"pairs_scored\":{},\"model\":\"{digest}\",\"trained_on\":{},\"mentions\":{}}}",
            resolution.threshold,
            resolution.pairs_scored,
            model.rows.mentions(),
            named.len()
        );
        self.put(
            audience,
            Stage::Resolve,
            &manifest(inputs, parameters, context.seed),
            &[
                ("clusters", codec::labels_table(&cluster)?),
                ("anchors", codec::labels_table(&anchors)?),
                ("pairs", codec::pairs_table(&pairs)?),
                ("kin", codec::pairs_table(&kin)?),
                ("bridges", codec::bridges_table(&bridges)?),
                ("model", codec::model_table(&model.fitted)?),
                ("frequencies", codec::frequencies_table(&model.rows)?),
                ("frequencies_of_wholes", codec::frequencies_table(&model.wholes)?),
                ("trained", codec::lines_table(&trained)?),
            ],
        )
    }

    /// The position of the mention that names each cluster, and what the log is to hold of this run.
    fn identify(
        &self,
        audience: Audience,
        snapshot: &Snapshot,
        mentions: &[MentionRecord],
        cluster: &[Option<u32>],
        model: &str,
    ) -> Result<(Vec<Option<u32>>, IdentityRun), EngineError> {
        let known = self.store.identities(audience.as_str())?;
        let heads = Heads::new(known.len(), &self.store.identity_changes(audience.as_str())?);
        let standing = self.store.standing(audience.as_str(), None)?;
        let position = |key: &MentionKey| position_of(snapshot, mentions, key);
        let key = |at: u32| {
            let nobody = MentionId {
                record: RecordRef { source: model::ids::SourceId(u32::MAX), row: 0 },
                role: model::ids::MentionRole::Person,
            };
            mention_key(snapshot, mentions.get(at as usize).map_or(nobody, |m| m.mention))
        };
        let named = name_clusters(cluster, &known, &heads, position, key, |k| standing.get(k));
        let label = |at: u32| cluster.get(at as usize).copied().flatten();
        let mut moved: Vec<(MentionKey, Option<u64>)> = (0..mentions.len() as u32)
            .into_par_iter()
            .filter_map(|at| {
                let (mention, now) = (key(at), *named.numbers.get(label(at)? as usize)?);
                (standing.get(&mention) != Some(now)).then_some((mention, Some(now)))
            })
            .collect();
        let gone = |(mention, _): &(MentionKey, u64)| position(mention).and_then(label).is_none();
        let stood: Vec<(MentionKey, u64)> = standing.iter().collect();
        moved.par_extend(stood.into_par_iter().filter(gone).map(|(mention, _)| (mention, None)));
        moved.par_sort_unstable();
        let anchors = named.anchors.iter().map(|a| Some(*a)).collect();
        let (model, known) = (model.to_owned(), known.len() as u64);
        Ok((anchors, IdentityRun { model, known, issued: named.issued, changes: named.changes, moved }))
    }

    /// The digest of the model that an audience's mentions were last resolved by; empty before the first time.
    pub(crate) fn model_in_use(&self, audience: Audience) -> Result<Vec<u8>, EngineError> {
        let derived = self.store.derived(audience.as_str(), Stage::Resolve.as_str())?;
        let current = derived.filter(|d| d.manifest.code_version == METHOD);
        Ok(current
            .map(|d| ResolveParameters::of(&d))
            .transpose()?
            .map(|p| p.model.into())
            .unwrap_or_default())
    }

    /// Whether the judgements in force exclude each other; nothing is resolved.
    ///
    /// # Errors      [`EngineError::Contradiction`] names them
    /// # Complexity  O(judgements log judgements)
    pub(crate) fn check_judgements(&self) -> Result<(), EngineError> {
        let snapshot = self.store.snapshot()?;
        let mut places: BTreeMap<MentionKey, usize> = BTreeMap::new();
        let (constraints, numbers) = self.constraints(|key| {
            mention_id(&snapshot, key)?;
            let next = places.len();
            Some(*places.entry(key.clone()).or_insert(next))
        })?;
        match resolve::conflict::contradiction(&constraints) {
            Some(constraints) => Err(contradiction(ResolveError::Contradiction { constraints }, &numbers)),
            None => Ok(()),
        }
    }

    /// Judgements as constraints on positions, with the number of the decision behind each.
    fn constraints(
        &self,
        mut find: impl FnMut(&MentionKey) -> Option<usize>,
    ) -> Result<(Vec<Constraint>, Vec<u64>), EngineError> {
        let mut constraints = Vec::new();
        let mut numbers = Vec::new();
        for decision in self.store.active_decisions()? {
            let (Some(a), Some(b)) = (find(&decision.a), find(&decision.b)) else { continue };
            constraints.push(match decision.judgement {
                model::decision::Judgement::Positive => Constraint::Must(a, b),
                model::decision::Judgement::Negative => Constraint::Cannot(a, b),
                model::decision::Judgement::Unsure => continue,
            });
            numbers.push(decision.number);
        }
        Ok((constraints, numbers))
    }
}

/// The address of a mention in a snapshot.
pub(crate) fn mention_id(snapshot: &Snapshot, key: &MentionKey) -> Option<MentionId> {
    let record = RecordRef { source: snapshot.rank_of(&key.source)?, row: key.row };
    Some(MentionId { record, role: key.role })
}

/// The position of a mention among those of an audience, which ascend.
pub(crate) fn position_of(snapshot: &Snapshot, mentions: &[MentionRecord], key: &MentionKey) -> Option<u32> {
    let wanted = mention_id(snapshot, key)?;
    mentions.binary_search_by_key(&wanted, |m| m.mention).ok().map(|at| at as u32)
}

/// What a model is trained on, a line a source: its key, how it was read, and how many mentions it gave.
///
/// For those who may not see what is sealed also a digest of what they see, since sealing one record may take values
/// out of others.
fn training_set(snapshot: &Snapshot, named: &[&MentionRecord], audience: Audience) -> Vec<String> {
    let mut out = Vec::new();
    for group in named.chunk_by(|a, b| a.mention.record.source == b.mention.record.source) {
        let Some(source) = group.first().and_then(|m| snapshot.source(m.mention.record.source)) else {
            continue;
        };
        let mut line = format!("{} {} {:?}", group.len(), source.parser_version, source.mapping_hash);
        if audience == Audience::Unsealed {
            let texts: Vec<String> = group.iter().map(|m| format!("{:?}", Content(m))).collect();
            line.push_str(&format!(" {}", hash_parts(texts.iter().map(String::as_bytes)).to_hex()));
        }
        line.push_str(&format!(" {}", source.key));
        out.push(line);
    }
    out
}

/// What a mention says, without the rank of its source, which other sources change.
struct Content<'a>(&'a MentionRecord);

impl std::fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut plain = self.0.clone();
        plain.mention.record.source = model::ids::SourceId(0);
        plain.fmt(f)
    }
}

/// What the stored model was trained on, its digest and itself, if it still serves.
fn fitting_model(
    previous: &Derived,
    present: &[String],
) -> Result<Option<(Vec<String>, String, StoredModel)>, EngineError> {
    if previous.manifest.code_version != METHOD {
        return Ok(None);
    }
    let parameters = ResolveParameters::of(previous)?;
    let trained = codec::read_lines(&previous.table("trained")?)?;
    let there: BTreeSet<&str> = present.iter().map(String::as_str).collect();
    if !trained.iter().all(|line| there.contains(line.as_str())) {
        return Ok(None);
    }
    let frequencies = |table: &str| -> Result<Arc<Frequencies>, EngineError> {
        Ok(Arc::new(codec::read_frequencies(&previous.table(table)?)?))
    };
    let model = StoredModel {
        fitted: FittedModel::from_rows(&codec::read_model(&previous.table("model")?)?)?,
        threshold: parameters.threshold,
        rows: frequencies("frequencies")?,
        wholes: frequencies("frequencies_of_wholes")?,
    };
    Ok(Some((trained, parameters.model, model)))
}

fn model_digest(model: &StoredModel) -> String {
    let mut parts: Vec<String> = vec![format!("{:?}", model.threshold)];
    parts.extend(model.fitted.to_rows().iter().map(|r| format!("{r:?}")));
    for frequencies in [&model.rows, &model.wholes] {
        parts.extend(frequencies.to_rows().into_iter().flat_map(|r| {
            let counts = format!("{} {}", r.count, r.as_surname);
            [r.kind, r.value, counts]
        }));
    }
    hash_parts(parts.iter().map(String::as_bytes)).to_hex()
}

#[cfg(test)]
mod tests;
