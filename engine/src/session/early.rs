//! Questions that need no results: sources, receipts, refused rows and the state of the case, right after loading.
//!
//! Before resolution nobody knows whose number is whose, so the policy here protects what each protected row names
//! by itself; nothing of a sealed row's file is hidden from counts of rows, which are those of files.

use crate::case::Case;
use crate::error::EngineError;
use crate::network::Network;
use crate::network::base::BaseNetwork;
use crate::pipeline::{Audience as Artefacts, entity_key, mention_key};
use crate::session::{Session, Visitor, people};
use crate::stage::Stage;
use disclose::audience::Audience;
use disclose::citation::{CitedSource, SourceBook};
use disclose::policy::Policy;
use disclose::reader::Reader;
use disclose::view::case::{CaseCounts, CaseInput, CaseView};
use disclose::view::source::{RefusedView, SourceView};
use std::collections::BTreeMap;
use store::snapshot::Snapshot;

/// The sources of a case as they stand.
struct Early {
    snapshot: Snapshot,
    policy: Policy,
    sources: SourceBook,
}

impl Early {
    fn new(case: &Case) -> Result<Self, EngineError> {
        let (snapshot, network) = match case.network(Artefacts::All) {
            Ok(found) => found,
            Err(EngineError::Stale { .. }) => {
                let snapshot = case.store.snapshot()?;
                let mentions = case.mentions(&snapshot, Artefacts::All)?;
                let alone: Vec<Option<u32>> = (0..mentions.len() as u32).map(Some).collect();
                let (base, events) = BaseNetwork::new(Vec::new(), Vec::new(), &mentions, &BTreeMap::new());
                let keys = mentions.iter().map(|m| entity_key(&mention_key(&snapshot, m.mention))).collect();
                let network = Network::new(base, &events, mentions, &alone, keys)?;
                (snapshot, network)
            }
            Err(error) => return Err(error),
        };
        case.assign_pseudonyms(&network, &snapshot)?;
        let (policy, _) = case.policy(&network, &snapshot)?;
        let cited =
            |s: &store::receipt::SourceEntry| CitedSource { key: s.key.clone(), file: s.name.clone() };
        let sources = SourceBook::new(snapshot.sources().iter().map(cited).collect());
        Ok(Self { snapshot, policy, sources })
    }

    fn reader(&self, case: &Case, visitor: &Visitor) -> Reader<'_> {
        let audience = Audience::new(visitor.clearance, visitor.lang, case.info().country);
        Reader::new(&self.policy, audience, &self.sources)
    }
}

/// Which sources are there, and do their receipts balance? Needs no results.
pub fn sources(case: &Case, visitor: &Visitor) -> Result<Vec<SourceView>, EngineError> {
    case.record_clearance(&visitor.actor, visitor.clearance, visitor.why.as_deref().unwrap_or_default())?;
    let early = Early::new(case)?;
    let reader = early.reader(case, visitor);
    let inputs = early.snapshot.sources().iter().enumerate();
    Ok(inputs.map(|(i, s)| SourceView::new(&people::source_input(i, s), &reader)).collect())
}

/// Which rows were refused, and why? Needs no results.
pub fn refused(
    case: &Case,
    visitor: &Visitor,
    source: Option<&str>,
) -> Result<Vec<RefusedView>, EngineError> {
    case.record_clearance(&visitor.actor, visitor.clearance, visitor.why.as_deref().unwrap_or_default())?;
    let early = Early::new(case)?;
    let rank = match source {
        Some(text) => Some(early.sources.find(text).ok_or(EngineError::NotFound)?),
        None => None,
    };
    let reader = early.reader(case, visitor);
    Ok(early.snapshot.refused(rank)?.iter().map(|r| RefusedView::new(r, &reader)).collect())
}

/// What does the case hold, and what is stale? Without fresh results it tells of files and stages only.
pub fn status(case: &Case, visitor: Visitor, name: &str) -> Result<CaseView, EngineError> {
    match Session::open(case, visitor.clone()) {
        Ok(session) => return session.case_view(name),
        Err(EngineError::Stale { .. }) => {}
        Err(error) => return Err(error),
    }
    let early = Early::new(case)?;
    let sources = early.snapshot.sources();
    let mut counts = CaseCounts { sources: sources.len() as u64, ..CaseCounts::default() };
    for source in sources {
        counts.rows_read += source.receipt.read;
        counts.rows_kept += source.receipt.kept;
        counts.rows_refused += source.receipt.refused;
        counts.rows_repeated += source.receipt.repeated;
    }
    let info = case.info();
    let input = CaseInput {
        case: name.to_owned(),
        title: info.title.clone(),
        country: info.country,
        clock: info.country.or_else(|| people::clock(sources)),
        authority: info.authority.clone(),
        created_us: info.created_us,
        counts,
        first_us: sources.iter().filter_map(|s| s.first_us).min(),
        last_us: sources.iter().filter_map(|s| s.last_us).max(),
        stages: people::stages(case, Artefacts::All, &Stage::ALL)?,
        volume: Vec::new(),
        needs_decision: people::undecided(sources),
    };
    Ok(CaseView::new(&input, &early.reader(case, &visitor)))
}
