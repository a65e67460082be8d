//! What a session changes: judgements and labels. Each is recorded with who and why, and takes effect at once; only a
//! server brings results up to date beside the questions that go on.

use crate::case::Case;
use crate::error::EngineError;
use crate::network::Node;
use crate::pipeline::mention_key;
use crate::protection::mention_target;
use crate::session::Session;
use crate::stage::Stage;
use model::decision::Judgement;
use model::ids::Seed;
use model::phrase::Phrase;
use model::run::{RunContext, Silent};
use model::sensitivity::Sensitivity;
use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

/// Judgements of one act at most.
const MOST_JUDGEMENTS: usize = 20_000;

impl Session<'_> {
    /// Records whether two entities or mentions are the same, and brings the results up to date.
    ///
    /// Between two entities the judgement is recorded on their most alike mentions. A judgement that contradicts
    /// earlier ones is withdrawn again and the error names them.
    ///
    /// # Returns     the number of the judgement
    pub fn judge(&self, a: &str, b: &str, judgement: Judgement, why: &str) -> Result<u64, EngineError> {
        let (a, b) = self.pair(a, b)?;
        let numbers = self.decide(&[(a, b)], judgement, why)?;
        numbers.first().copied().ok_or(EngineError::NotFound)
    }

    /// Takes mentions out of an entity: each of them is judged different from every other mention of it.
    ///
    /// # Returns     the numbers of the judgements, by which it can be undone
    /// # Errors      a mention that is not of the entity; all of its mentions; more than 20,000 judgements
    pub fn split(&self, entity: &str, mentions: &[String], why: &str) -> Result<Vec<u64>, EngineError> {
        let all: BTreeSet<u32> = self.candidates(entity)?.into_iter().collect();
        let mut out = BTreeSet::new();
        for id in mentions {
            out.extend(self.candidates(id)?.into_iter().filter(|m| all.contains(m)));
        }
        let stay: Vec<u32> = all.difference(&out).copied().collect();
        if out.is_empty() || stay.is_empty() {
            return Err(EngineError::Judgement(Phrase::new(
                "name some mentions of the entity, but not all of them",
                "nombre algunas menciones de la entidad, pero no todas",
            )));
        }
        let pairs: Vec<(u32, u32)> = out.iter().flat_map(|a| stay.iter().map(|b| (*a, *b))).collect();
        self.decide(&pairs, Judgement::Negative, why)
    }

    /// Makes entities one, with all their mentions.
    ///
    /// Each mention of the first is judged the same as one of each other entity, and each of theirs the same as one of
    /// the first: with fewer judgements rows could fall off, since the parts need not be alike.
    ///
    /// # Returns     the numbers of the judgements, by which it can be undone
    /// # Errors      more than 20,000 judgements; judgements that contradict it
    pub fn merge(&self, entities: &[String], why: &str) -> Result<Vec<u64>, EngineError> {
        let (first, others) = entities.split_first().ok_or(EngineError::NotFound)?;
        let own = self.candidates(first)?;
        let mut pairs = BTreeSet::new();
        for other in others {
            let (a, b) = self.pair(first, other)?;
            pairs.insert((a, b));
            pairs.extend(own.iter().map(|m| (*m, b)));
            pairs.extend(self.candidates(other)?.into_iter().map(|m| (a, m)));
        }
        pairs.retain(|(a, b)| a != b);
        let pairs: Vec<(u32, u32)> = pairs.into_iter().collect();
        self.decide(&pairs, Judgement::Positive, why)
    }

    /// Records one judgement on each of these pairs and brings the results up to date once.
    ///
    /// Where they contradict earlier ones all of them are withdrawn again, and the error names the earlier ones.
    fn decide(&self, pairs: &[(u32, u32)], judgement: Judgement, why: &str) -> Result<Vec<u64>, EngineError> {
        if pairs.len() > MOST_JUDGEMENTS {
            return Err(EngineError::Judgement(Phrase::new(
                "this takes too many judgements at once; name fewer mentions",
                "esto exige demasiados juicios a la vez; nombre menos menciones",
            )));
        }
        let reader = self.reader();
        let mut keys = Vec::new();
        for (a, b) in pairs {
            let (a, b) = (self.side(*a)?, self.side(*b)?);
            if [&a, &b].iter().any(|side| reader.seen(&side.node.node).mask().is_some()) {
                return Err(EngineError::NotFound);
            }
            keys.push((a.key, b.key));
        }
        let actor = &self.visitor.actor;
        let numbers = self.case.record_judgements(&keys, judgement, actor, why)?;
        match self.settle() {
            Ok(()) => Ok(numbers),
            Err(error @ EngineError::Contradiction { .. }) => {
                self.case.undo_judgements(&numbers, actor, "contradicts earlier judgements")?;
                self.settle()?;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Withdraws a judgement and brings the results up to date.
    pub fn undo(&self, number: u64, why: &str) -> Result<(), EngineError> {
        self.undo_all(&[number], why)
    }

    /// Withdraws judgements, such as those of one [`Session::split`], and brings the results up to date once.
    pub fn undo_all(&self, numbers: &[u64], why: &str) -> Result<(), EngineError> {
        if why.trim().is_empty() {
            return Err(EngineError::Judgement(Phrase::new(
                "a reason is required to withdraw a judgement",
                "hace falta un motivo para retirar un juicio",
            )));
        }
        self.case.undo_judgements(numbers, &self.visitor.actor, why)?;
        self.settle()
    }

    /// Gives an entity (all its mentions), a mention or an identifier a class, and brings the results up to date.
    pub fn protect(&self, id: &str, class: Sensitivity, why: &str) -> Result<(), EngineError> {
        if why.trim().is_empty() {
            return Err(EngineError::WhyMissing { class: class.as_str() });
        }
        let derived = &self.desk.derived;
        let targets: Vec<String> = match self.inner(id)? {
            Node::Entity(entity) => derived
                .network
                .mentions_of(entity)
                .map(|m| mention_target(&mention_key(&derived.snapshot, m.mention)))
                .collect(),
            Node::Identifier(identifier) => {
                derived.network.identifier(identifier).map(ToString::to_string).into_iter().collect()
            }
        };
        for target in targets {
            self.case.store.protect(&target, class, &self.visitor.actor, why)?;
        }
        self.case.refresh()
    }

    /// After a judgement: brings the results up to date, or only looks whether judgements exclude each other where that is
    /// left to others.
    fn settle(&self) -> Result<(), EngineError> {
        if self.at_once { self.case.refresh() } else { self.case.check_judgements() }
    }
}

impl Case {
    /// Runs every stage that became stale, so that the next question is answered from the case as it is now.
    pub fn refresh(&self) -> Result<(), EngineError> {
        let cancelled = AtomicBool::new(false);
        self.run(&Stage::ALL, &RunContext::new(Seed::default(), &Silent, &cancelled)).map(|_| ())
    }
}
