//! What a session changes: judgements and labels. Each is recorded with who and why, and takes effect at once.

use crate::error::EngineError;
use crate::network::Node;
use crate::pipeline::mention_key;
use crate::protection::mention_target;
use crate::session::Session;
use crate::stage::Stage;
use model::decision::Judgement;
use model::ids::Seed;
use model::run::{RunContext, Silent};
use model::sensitivity::Sensitivity;
use std::sync::atomic::AtomicBool;

impl Session<'_> {
    /// Records whether two entities or mentions are the same, and brings the results up to date.
    ///
    /// Between two entities the judgement is recorded on their most alike mentions. A judgement that contradicts
    /// earlier ones is withdrawn again and the error names them.
    ///
    /// # Returns     the number of the judgement
    pub fn judge(&self, a: &str, b: &str, judgement: Judgement, why: &str) -> Result<u64, EngineError> {
        let (a, b) = self.pair(a, b)?;
        let (a, b) = (self.side(a)?, self.side(b)?);
        let reader = self.reader();
        if [&a, &b].iter().any(|side| reader.seen(&side.node.node).mask().is_some()) {
            return Err(EngineError::NotFound);
        }
        let (a, b) = (a.key, b.key);
        let number = self.case.record_judgement(&a, &b, judgement, &self.visitor.actor, why)?;
        match self.refresh() {
            Ok(()) => Ok(number),
            Err(error @ EngineError::Contradiction { .. }) => {
                self.case.undo_judgement(number, &self.visitor.actor, "contradicts earlier judgements")?;
                self.refresh()?;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Withdraws a judgement and brings the results up to date.
    pub fn undo(&self, number: u64, why: &str) -> Result<(), EngineError> {
        if why.trim().is_empty() {
            return Err(EngineError::Judgement("a reason is required to withdraw a judgement"));
        }
        self.case.undo_judgement(number, &self.visitor.actor, why)?;
        self.refresh()
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
        self.refresh()
    }

    /// Runs every stage that became stale, so that the next question is answered from the case as it is now.
    fn refresh(&self) -> Result<(), EngineError> {
        let cancelled = AtomicBool::new(false);
        self.case.run(&Stage::ALL, &RunContext::new(Seed::default(), &Silent, &cancelled)).map(|_| ())
    }
}
