//! Which pairs a person should look at, the answer that would change most first.

use crate::error::EngineError;
use crate::pipeline::mention_key;
use crate::session::Session;
use disclose::view::explain::{ReviewPairInput, ReviewView};
use model::decision::Judgement;
use model::provenance::MentionKey;
use resolve::run::ScoredPair;
use std::collections::{BTreeMap, BTreeSet};

/// Two entities, or one twice.
type Between = (u32, u32);

impl Session<'_> {
    /// Which pairs should a person look at? Those whose answer is expected to change most, by calibrated probability.
    ///
    /// The value of a question is how many pairs of rows an answer moves from apart to together or back, times the
    /// probability of that answer: of two entities of m and n rows "same" moves `m n` pairs; within an entity of n rows
    /// "different" moves at least the `n - 1` pairs of the one row that leaves. Of two entities the likeliest pair is
    /// asked, within an entity the least likely. What was judged is not asked again, nor what a judgement keeps apart.
    pub fn review(&self, limit: usize) -> Result<ReviewView, EngineError> {
        let derived = &self.desk.derived;
        let network = &derived.network;
        let entity = |m: u32| network.entity_of.get(m as usize).copied().flatten();
        let rows = |e: u32| network.entities.get(e as usize).map_or(0, |e| e.mentions.len()) as f64;
        let between = |a: u32, b: u32| -> Option<Between> {
            let (a, b) = (entity(a)?, entity(b)?);
            Some((a.min(b), a.max(b)))
        };
        let decisions = self.case.store.active_decisions()?;
        let apart: BTreeSet<Between> = decisions
            .iter()
            .filter(|d| d.judgement == Judgement::Negative)
            .filter_map(|d| between(self.mention_position(&d.a)?, self.mention_position(&d.b)?))
            .collect();
        let judged: BTreeSet<(MentionKey, MentionKey)> =
            decisions.into_iter().flat_map(|d| [(d.a.clone(), d.b.clone()), (d.b, d.a)]).collect();
        let mut asked: BTreeMap<Between, (&ScoredPair, f64)> = BTreeMap::new();
        for pair in &derived.pairs {
            let Some(entities) = between(pair.a, pair.b) else { continue };
            let one = entities.0 == entities.1;
            if !one && apart.contains(&entities) {
                continue;
            }
            let value = if one {
                (1.0 - pair.probability) * (rows(entities.0) - 1.0)
            } else {
                pair.probability * rows(entities.0) * rows(entities.1)
            };
            let key =
                |m: u32| Some(mention_key(&derived.snapshot, network.mentions.get(m as usize)?.mention));
            let told = || Some(judged.contains(&(key(pair.a)?, key(pair.b)?)));
            // Pairs ascend, so that of equal values the first stays.
            if asked.get(&entities).is_none_or(|(_, best)| value > *best) && told() == Some(false) {
                asked.insert(entities, (pair, value));
            }
        }
        let mut asked: Vec<(Between, (&ScoredPair, f64))> = asked.into_iter().collect();
        asked.sort_by(|x, y| y.1.1.total_cmp(&x.1.1).then((x.1.0.a, x.1.0.b).cmp(&(y.1.0.a, y.1.0.b))));
        let inputs: Vec<ReviewPairInput<'_>> = asked
            .into_iter()
            .filter_map(|(entities, (pair, value))| {
                Some(ReviewPairInput {
                    a: self.side(pair.a).ok()?,
                    b: self.side(pair.b).ok()?,
                    probability: pair.probability,
                    same_entity: entities.0 == entities.1,
                    value,
                })
            })
            .take(limit.clamp(1, 500))
            .collect();
        Ok(ReviewView::new(&inputs, &self.reader()))
    }
}
