//! Search indexes: one for each clearance that makes a difference, built only from what that clearance may see.

use crate::case::Case;
use crate::error::EngineError;
use crate::network::{Network, Node};
use crate::pipeline::{Audience, METHOD, manifest};
use crate::stage::Stage;
use disclose::audience::{Audience as Readership, Lang};
use disclose::citation::SourceBook;
use disclose::document::search_document;
use disclose::policy::Policy;
use disclose::reader::Reader;
use disclose::view::entity::EntityInput;
use model::ids::Seed;
use model::provenance::Digest;
use model::run::RunContext;
use model::sensitivity::{Clearance, Sensitivity};
use rayon::prelude::*;
use search::index::{SearchDocument, shares};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Name of the artefact that holds the index of a clearance.
fn artefact(level: Sensitivity) -> String {
    format!("index-{}", level.as_str())
}

impl Case {
    pub(crate) fn derive_index(
        &self,
        audience: Audience,
        inputs: Digest,
        context: &RunContext<'_>,
    ) -> Result<(), EngineError> {
        let (snapshot, network) = self.network(audience)?;
        self.assign_pseudonyms(&network, &snapshot)?;
        let (policy, classes) = self.policy(&network, &snapshot)?;
        let sealed_apart = audience == Audience::All && self.has_sealed()?;
        let mut levels: BTreeSet<Sensitivity> = classes.in_use();
        levels.insert(Sensitivity::Open);
        // Where something is sealed, the artefacts of everything are read only by those who may see it.
        levels.retain(|l| (*l == Sensitivity::Sealed) == sealed_apart);
        let mut built = Vec::new();
        for level in levels {
            let documents = documents(&network, &policy, level);
            let before = self.store.derived(audience.as_str(), &artefact(level))?;
            let before = before.filter(|before| before.manifest.code_version == METHOD);
            let dir = self.store.begin_derived_dir(audience.as_str(), &artefact(level))?;
            shares(&documents).par_iter().try_for_each(|share| -> Result<(), EngineError> {
                if let Some(before) = &before
                    && dir.take_over(before, share.name())?
                {
                    return Ok(());
                }
                Ok(share.build(dir.path())?)
            })?;
            let manifest = manifest(inputs, String::new(), context.seed);
            self.store.commit_derived_dir(dir, &manifest)?;
            built.push(level.as_str());
        }
        self.put(audience, Stage::Index, &manifest(inputs, format!("{built:?}"), Seed::default()), &[])
    }

    /// Whether the indexes of an audience can be opened: one that cannot is made anew by the next run.
    pub(crate) fn indexes_are_whole(&self, audience: Audience, inputs: Digest) -> Result<bool, EngineError> {
        for level in Sensitivity::ALL {
            let dir = self.index_of(audience, level, inputs)?;
            if dir.is_some_and(|dir| search::index::open(&dir).is_err()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The folder of the index of a class that was made from these inputs.
    fn index_of(
        &self,
        audience: Audience,
        level: Sensitivity,
        inputs: Digest,
    ) -> Result<Option<PathBuf>, EngineError> {
        let found = self.store.derived(audience.as_str(), &artefact(level))?;
        Ok(found.filter(|found| found.manifest.input_hash == inputs).map(|found| found.path))
    }

    /// The folder of the index that a clearance is answered from: the highest one built at or below it.
    pub(crate) fn index_dir(&self, audience: Audience, clearance: Clearance) -> Result<PathBuf, EngineError> {
        let inputs = self.input_hash(audience, Stage::Index)?;
        for level in Sensitivity::ALL.into_iter().rev().filter(|l| clearance.covers(*l)) {
            if let Some(dir) = self.index_of(audience, level, inputs)? {
                return Ok(dir);
            }
        }
        Err(EngineError::Stale { stage: Stage::Index.as_str() })
    }
}

/// What a clearance may find: open things by all their values, masked ones by their pseudonym alone.
fn documents(network: &Network, policy: &Policy, level: Sensitivity) -> Vec<SearchDocument> {
    let book = SourceBook::default();
    let reader = Reader::new(policy, Readership::new(Clearance(level), Lang::default(), None), &book);
    let entities = (0..network.entities.len() as u32).into_par_iter().map(Node::Entity);
    let identifiers = (0..network.base.identifiers.len() as u32).into_par_iter().map(Node::Identifier);
    let identifiers = identifiers.filter(|inner| {
        // An identifier with one holder is found on the holder's card.
        let held = network.node_of(*inner).and_then(|n| network.nodes.get(n as usize));
        !matches!(held, Some(Node::Entity(_)))
    });
    let mut out: Vec<SearchDocument> = entities
        .chain(identifiers)
        .filter_map(|inner| match inner {
            Node::Entity(e) => network.entity_card(e),
            // An identifier without a holder is found by itself.
            Node::Identifier(_) => network.node_input(inner).map(EntityInput::new),
        })
        .filter_map(|card| search_document(&card, &reader))
        .collect();
    out.par_sort_by(|a, b| a.node_id.cmp(&b.node_id));
    out.dedup_by(|a, b| a.node_id == b.node_id);
    out
}
