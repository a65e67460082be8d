//! The pipeline: brings whatever is stale up to date, stage by stage, and reads the results back.
//!
//! Each stage's results carry the hash of everything they were computed from. A stage is fresh only if that hash
//! is the one it would be computed from now; so results of another state of the case are never shown.
//!
//! **Audiences.** Where anything is sealed, every stage is derived twice: `all`, and `unsealed` without the sealed
//! records, so that nobody can see in counts or shapes that something is missing.

mod community;
mod contracted;

pub use community::community_objective;

use crate::case::Case;
use crate::codec;
use crate::error::EngineError;
use crate::identity::{ResolveParameters, Training};
use crate::network::Network;
use crate::network::aggregate::Calls;
use crate::network::noted::{self, Noted};
use crate::network::volume::Week;
use crate::protection;
use crate::stage::{Freshness, Stage, StageReport};
use arrow::record_batch::RecordBatch;
use ingest::reconcile::{ReconcileConfig, reconcile_calls, reconcile_transfers};
use model::event::CallEvent;
use model::finding::Finding;
use model::identifier::{IdentifierKind, NormFlags};
use model::ids::{MentionId, Seed};
use model::provenance::{Digest, MentionKey, SourceKey};
use model::record::{CallRecord, MentionRecord};
use model::run::RunContext;
use resolve::cluster::Bridge;
use resolve::column::frequency::Frequencies;
use resolve::model::{FittedModel, ModelRow};
use resolve::run::ScoredPair;
use sha2::{Digest as _, Sha256};
use store::derived::DerivedManifest;
use store::snapshot::Snapshot;

/// Version of each stage's method; a change makes older results stale.
pub(crate) const METHOD: &str = concat!(env!("CARGO_PKG_VERSION"), "/9");

/// Whose artefacts: with or without what is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// Everything.
    All,
    /// Without what is sealed.
    Unsealed,
}

impl Audience {
    /// The word in the case folder.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Unsealed => "unsealed",
        }
    }
}

/// Everything derived for one audience.
pub struct Derived {
    /// The snapshot it was derived from.
    pub snapshot: Snapshot,
    /// The contracted network.
    pub network: Network,
    /// Scored pairs of mentions, positions in `network.mentions`.
    pub pairs: Vec<ScoredPair>,
    /// Pairs of mentions that look like kin, and are in different entities.
    pub kin: Vec<ScoredPair>,
    /// Mentions that must stay apart, and one that agrees with both.
    pub bridges: Vec<Bridge>,
    /// The model that scored them.
    pub model: FittedModel,
    /// The frequencies that it weighed rare values by.
    pub frequencies: Frequencies,
    /// Match probability from which mentions were merged.
    pub threshold: f64,
    /// Community of each node; `None` for hubs and nodes without ties.
    pub community: Vec<Option<u32>>,
    /// Nodes that only hang on their community (see [`analyse::core`]).
    pub attached: Vec<bool>,
    /// Hubs, set apart from communities.
    pub hubs: Vec<bool>,
    /// Stability of each node's place in its community, 0..=1; `None` where it has none.
    pub member_stability: Vec<Option<f64>>,
    /// Stability of each community by its label.
    pub community_stability: Vec<Option<f64>>,
    /// For each level of larger groups, from the smaller up, the group of each community by its label.
    pub groups: Vec<Vec<u32>>,
    /// Events by week.
    pub(crate) weeks: Vec<Week>,
    /// Leads.
    pub findings: Vec<Finding>,
}

/// Hash of length-prefixed parts.
pub(crate) fn hash_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Digest {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    Digest(hasher.finalize().into())
}

impl Case {
    /// Brings stages up to date, in order.
    ///
    /// # Arguments   `only`: these stages; empty means all. A stage whose forerunners are stale fails clearly.
    /// # Returns     one report a stage
    pub fn run(&self, only: &[Stage], context: &RunContext<'_>) -> Result<Vec<StageReport>, EngineError> {
        self.run_with(only, Training::Keep, context)
    }

    /// The same, and says whether the model of resolution is to be trained anew.
    pub(crate) fn run_with(
        &self,
        only: &[Stage],
        training: Training,
        context: &RunContext<'_>,
    ) -> Result<Vec<StageReport>, EngineError> {
        let mut reports: Vec<StageReport> = Vec::new();
        for audience in self.audiences()? {
            for stage in Stage::ALL.into_iter().filter(|s| only.is_empty() || only.contains(s)) {
                if context.is_cancelled() {
                    return Err(EngineError::Cancelled);
                }
                let begun = std::time::Instant::now();
                let skipped = !self.derive(audience, stage, training, context)?;
                let seconds = begun.elapsed().as_secs_f64();
                let outgrown = if stage == Stage::Resolve { self.outgrown(audience)? } else { None };
                match reports.iter_mut().find(|r| r.stage == stage) {
                    Some(report) => {
                        report.seconds += seconds;
                        report.skipped &= skipped;
                        report.outgrown = report.outgrown.or(outgrown);
                    }
                    None => reports.push(StageReport { stage, seconds, skipped, outgrown }),
                }
            }
        }
        Ok(reports)
    }

    /// The audiences of the case: two where anything is sealed.
    pub fn audiences(&self) -> Result<Vec<Audience>, EngineError> {
        Ok(if self.has_sealed()? { vec![Audience::All, Audience::Unsealed] } else { vec![Audience::All] })
    }

    /// Whether a stage's results are those of the case as it is.
    pub fn freshness(&self, audience: Audience, stage: Stage) -> Result<Freshness, EngineError> {
        self.freshness_for(audience, stage, self.input_hash(audience, stage)?)
    }

    fn freshness_for(
        &self,
        audience: Audience,
        stage: Stage,
        inputs: Digest,
    ) -> Result<Freshness, EngineError> {
        Ok(match self.store.derived(audience.as_str(), stage.as_str())? {
            None => Freshness::Never,
            Some(d) if d.manifest.input_hash == inputs && d.manifest.code_version == METHOD => {
                Freshness::Fresh
            }
            Some(_) => Freshness::Stale,
        })
    }

    /// Everything but judgements that answers depend on: records, and who is protected.
    pub(crate) fn ground(&self) -> Result<Digest, EngineError> {
        let snapshot = self.store.snapshot()?.input_hash();
        Ok(hash_parts([snapshot.0.as_slice(), &protection::fingerprint(&self.store)?]))
    }

    /// When a stage's results were computed, microseconds UTC.
    pub(crate) fn derived_at(&self, audience: Audience, stage: Stage) -> Result<Option<i64>, EngineError> {
        Ok(self.store.derived(audience.as_str(), stage.as_str())?.map(|d| d.at_us))
    }

    /// Everything that a stage's results depend on.
    pub(crate) fn input_hash(&self, audience: Audience, stage: Stage) -> Result<Digest, EngineError> {
        let snapshot = self.store.snapshot()?.input_hash();
        let mut parts: Vec<Vec<u8>> =
            vec![audience.as_str().into(), stage.as_str().into(), snapshot.0.into()];
        let decisions = || -> Result<Vec<u8>, EngineError> {
            let mut text = String::new();
            for d in self.store.active_decisions()? {
                text.push_str(&format!("{} {} {}\n", d.a, d.b, d.judgement.as_str()));
            }
            Ok(text.into_bytes())
        };
        if audience == Audience::Unsealed {
            // What is sealed spreads over entities, so it depends on everything resolution depends on.
            parts.push(protection::fingerprint(&self.store)?);
            parts.push(decisions()?);
            parts.push(self.model_in_use(Audience::All)?);
        }
        match stage {
            Stage::Network | Stage::Findings => {}
            Stage::Resolve => parts.push(decisions()?),
            Stage::Communities => {
                parts.push(decisions()?);
                parts.push(self.model_in_use(audience)?);
            }
            Stage::Index => {
                parts.push(decisions()?);
                parts.push(self.model_in_use(audience)?);
                parts.push(protection::fingerprint(&self.store)?);
            }
        }
        Ok(hash_parts(parts.iter().map(Vec::as_slice)))
    }

    fn require(&self, audience: Audience, stage: Stage) -> Result<store::derived::Derived, EngineError> {
        match self.store.derived(audience.as_str(), stage.as_str())? {
            Some(d)
                if d.manifest.input_hash == self.input_hash(audience, stage)?
                    && d.manifest.code_version == METHOD =>
            {
                Ok(d)
            }
            _ => Err(EngineError::Stale { stage: stage.as_str() }),
        }
    }

    /// Derives one stage if it is stale.
    ///
    /// # Returns     whether anything was done
    fn derive(
        &self,
        audience: Audience,
        stage: Stage,
        training: Training,
        context: &RunContext<'_>,
    ) -> Result<bool, EngineError> {
        let anew = stage == Stage::Resolve && training == Training::Anew;
        // Taken before anything is read: what changes meanwhile makes the results stale, not wrong.
        let inputs = self.input_hash(audience, stage)?;
        let fresh = self.freshness_for(audience, stage, inputs)? == Freshness::Fresh;
        let whole = match stage {
            Stage::Communities => fresh && self.graph_is_whole(audience)?,
            Stage::Index => fresh && self.indexes_are_whole(audience, inputs)?,
            _ => true,
        };
        if !anew && fresh && whole {
            return Ok(false);
        }
        context.progress.begin(stage.as_str(), None, model::run::Unit::Items);
        let done = match stage {
            Stage::Network => self.derive_network(audience, inputs),
            Stage::Resolve => self.derive_resolve(audience, training, inputs, context),
            Stage::Communities => self.derive_communities(audience, inputs, context),
            Stage::Findings => self.derive_findings(audience, inputs),
            Stage::Index => self.derive_index(audience, inputs, context),
        };
        context.progress.end();
        done.map(|()| true)
    }

    pub(crate) fn put(
        &self,
        audience: Audience,
        stage: Stage,
        manifest: &DerivedManifest,
        tables: &[(&str, RecordBatch)],
    ) -> Result<(), EngineError> {
        Ok(self.store.put_derived(audience.as_str(), stage.as_str(), manifest, tables)?)
    }

    fn derive_network(&self, audience: Audience, inputs: Digest) -> Result<(), EngineError> {
        let snapshot = self.store.snapshot()?;
        let config = ReconcileConfig::default();
        let (calls, noted) =
            rayon::join(|| self.calls_of(&snapshot, audience), || noted::of_calls(&snapshot));
        let (calls, mut noted) = (calls?, noted?);
        let mut transfers = Vec::new();
        snapshot.transfers(&mut |batch| -> Result<(), EngineError> {
            for value in batch.iter().flat_map(|r| [&r.payer, &r.beneficiary]) {
                if let Some(normal) = value.value.as_ref().filter(|_| value.flags != NormFlags::NONE) {
                    noted.push(Noted::new(IdentifierKind::AccountNumber, normal, value.flags));
                }
            }
            transfers.extend(batch);
            Ok(())
        })?;
        if audience == Audience::Unsealed {
            let sealed = self.sealed()?;
            transfers.retain(|t| !sealed.touches_transfer(t));
            noted.retain(|noted| !sealed.identifiers.contains(&noted.identifier()));
        }
        let parameters = format!("{config:?}");
        let manifest = manifest(inputs, parameters, Seed::default());
        let dir = self.store.begin_derived_dir(audience.as_str(), Stage::Network.as_str())?;
        let mut table = dir.table("call_edges", codec::call_edges_table(&[])?.schema())?;
        let encoder = table.encoder();
        std::thread::scope(|scope| {
            let rest = scope.spawn(|| -> Result<(), EngineError> {
                for (name, batch) in [
                    ("numbers", codec::numbers_table(&calls.numbers.nodes)?),
                    ("flags", codec::flags_table(&noted::merged(noted))?),
                ] {
                    let mut table = dir.table(name, batch.schema())?;
                    table.append(table.encoder().encode(&batch)?)?;
                    table.finish()?;
                }
                Ok(())
            });
            calls.edges(
                &config,
                &|edges| Ok(encoder.encode(&codec::call_edges_table(edges)?)?),
                &mut |group| Ok(table.append(group)?),
            )?;
            table.finish()?;
            rest.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        dir.put("transfers", &codec::transfers_table(&reconcile_transfers(transfers, &config))?)?;
        Ok(self.store.commit_derived_dir(dir, &manifest)?)
    }

    /// The calls of an audience on their way to edges.
    fn calls_of<'s>(&self, snapshot: &'s Snapshot, audience: Audience) -> Result<Calls<'s>, EngineError> {
        if audience == Audience::Unsealed {
            return Ok(Calls::of_records(snapshot, self.call_records(snapshot, audience)?));
        }
        Calls::of_snapshot(snapshot)
    }

    /// The calls of an audience as rows assert them.
    fn call_records(&self, snapshot: &Snapshot, audience: Audience) -> Result<Vec<CallRecord>, EngineError> {
        let mut calls = Vec::new();
        snapshot.calls(&mut |batch| -> Result<(), EngineError> {
            calls.extend(batch);
            Ok(())
        })?;
        if audience == Audience::Unsealed {
            let sealed = self.sealed()?;
            calls.retain(|c| !sealed.touches_call(c));
        }
        Ok(calls)
    }

    /// The calls of an audience, derived from the rows.
    fn call_events(&self, snapshot: &Snapshot, audience: Audience) -> Result<Vec<CallEvent>, EngineError> {
        Ok(reconcile_calls(self.call_records(snapshot, audience)?, &ReconcileConfig::default()))
    }

    /// The mentions of an audience, ascending by [`MentionId`].
    pub(crate) fn mentions(
        &self,
        snapshot: &Snapshot,
        audience: Audience,
    ) -> Result<Vec<MentionRecord>, EngineError> {
        let mut mentions = snapshot.all_mentions()?;
        mentions.sort_by_key(|m| m.mention);
        if audience == Audience::Unsealed {
            self.sealed()?.strip(&mut mentions);
        }
        Ok(mentions)
    }

    fn derive_findings(&self, audience: Audience, inputs: Digest) -> Result<(), EngineError> {
        let tables = self.require(audience, Stage::Network)?;
        let calls = self.call_events(&self.store.snapshot()?, audience)?;
        let transfers = codec::read_transfers(&tables.table("transfers")?)?;
        let findings = analyse::typology::detect_all(&calls, &transfers);
        let batch = codec::findings_table(&findings)?;
        let manifest = manifest(inputs, String::new(), Seed::default());
        self.put(audience, Stage::Findings, &manifest, &[("findings", batch)])
    }

    /// Reads everything derived for an audience.
    ///
    /// # Errors      [`EngineError::Stale`] where a stage is not fresh
    pub fn derived(&self, audience: Audience) -> Result<Derived, EngineError> {
        let (snapshot, network) = self.network(audience)?;
        let resolved = self.require(audience, Stage::Resolve)?;
        let communities = self.require(audience, Stage::Communities)?;
        let found = self.require(audience, Stage::Findings)?;
        let rows: Vec<ModelRow> = codec::read_model(&resolved.table("model")?)?;
        let parameters = ResolveParameters::of(&resolved)?;
        let flags = |table: &str| -> Result<Vec<bool>, EngineError> {
            Ok(codec::read_labels(&communities.table(table)?)?.iter().map(Option::is_some).collect())
        };
        Ok(Derived {
            pairs: codec::read_pairs(&resolved.table("pairs")?)?,
            kin: codec::read_pairs(&resolved.table("kin")?)?,
            bridges: codec::read_bridges(&resolved.table("bridges")?)?,
            model: FittedModel::from_rows(&rows)?,
            frequencies: codec::read_frequencies(&resolved.table("frequencies")?)?,
            threshold: parameters.threshold,
            community: codec::read_labels(&communities.table("communities")?)?,
            attached: flags("attached")?,
            hubs: flags("hubs")?,
            member_stability: codec::read_shares(&communities.table("members")?)?,
            community_stability: codec::read_shares(&communities.table("stability")?)?,
            groups: codec::read_groups(&communities.table("groups")?)?,
            weeks: codec::read_weeks(&communities.table("weeks")?)?,
            findings: codec::read_findings(&found.table("findings")?)?,
            snapshot,
            network,
        })
    }
}

/// What an artefact is made from.
pub(crate) fn manifest(input_hash: Digest, parameters: String, seed: Seed) -> DerivedManifest {
    DerivedManifest { input_hash, code_version: METHOD.to_owned(), parameters, seed: seed.0 }
}

/// The lasting key of a mention that was read from this snapshot.
///
/// A mention of another snapshot, which no caller has, would get the key of no source at all.
pub(crate) fn mention_key(snapshot: &Snapshot, mention: MentionId) -> MentionKey {
    let nowhere = SourceKey { digest: Digest([0; 32]), sheet: String::new() };
    let source = snapshot.key_of(mention.record.source).cloned().unwrap_or(nowhere);
    MentionKey { source, row: mention.record.row, role: mention.role }
}

/// The public key of the entity that begins with a mention: `E-` and 60 bits of its digest, Crockford's base 32.
pub(crate) fn entity_key(anchor: &MentionKey) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digest = hash_parts([anchor.to_string().as_bytes()]);
    let mut bits = digest.0.iter().take(8).fold(0u64, |all, byte| all << 8 | u64::from(*byte));
    let mut key = String::from("E-");
    for _ in 0..12 {
        key.push(char::from(ALPHABET[(bits >> 59) as usize]));
        bits <<= 5;
    }
    key
}

/// Names the decisions behind a contradiction that resolution found.
pub(crate) fn contradiction(error: resolve::error::ResolveError, numbers: &[u64]) -> EngineError {
    match error {
        resolve::error::ResolveError::Contradiction { constraints } => EngineError::Contradiction {
            numbers: constraints
                .iter()
                .filter_map(|c| numbers.get(*c).map(u64::to_string))
                .collect::<Vec<_>>()
                .join(", "),
        },
        other => EngineError::Resolve(other),
    }
}
