//! Which pairs a person should look at.

use crate::error::EngineError;
use crate::session::Session;
use disclose::view::explain::{ReviewPairInput, ReviewView};
use model::provenance::MentionKey;
use std::collections::BTreeSet;

impl Session<'_> {
    /// Which pairs should a person look at? The most doubtful first; judged pairs are not asked again.
    pub fn review(&self, limit: usize) -> Result<ReviewView, EngineError> {
        let derived = &self.desk.derived;
        let judged: BTreeSet<(MentionKey, MentionKey)> = self
            .case
            .store
            .active_decisions()?
            .into_iter()
            .flat_map(|d| [(d.a.clone(), d.b.clone()), (d.b, d.a)])
            .collect();
        let mut pairs: Vec<&resolve::run::ScoredPair> = derived.pairs.iter().collect();
        let doubt = |p: &resolve::run::ScoredPair| (p.probability - derived.threshold).abs();
        pairs.sort_by(|x, y| doubt(x).total_cmp(&doubt(y)).then((x.a, x.b).cmp(&(y.a, y.b))));
        let inputs: Vec<ReviewPairInput<'_>> = pairs
            .into_iter()
            .filter_map(|p| {
                let (a, b) = (self.side(p.a).ok()?, self.side(p.b).ok()?);
                let asked = judged.contains(&(a.key.clone(), b.key.clone()));
                (!asked).then_some(ReviewPairInput { a, b, probability: p.probability })
            })
            .take(limit.clamp(1, 500))
            .collect();
        Ok(ReviewView::new(&inputs, &self.reader()))
    }
}
