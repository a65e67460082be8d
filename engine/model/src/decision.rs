//! What analysts decide: an append-only log that resolution reads as must-link and cannot-link.

use crate::provenance::MentionKey;

/// An analyst's answer to "are these two mentions the same party?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Judgement {
    /// The same: must-link.
    Positive,
    /// Not the same: cannot-link.
    Negative,
    /// Cannot be said: no constraint, and not asked again.
    Unsure,
}

impl Judgement {
    /// The word on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Positive => "same",
            Self::Negative => "different",
            Self::Unsure => "unsure",
        }
    }

    /// The judgement of a word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Positive, Self::Negative, Self::Unsure].into_iter().find(|j| j.as_str() == text)
    }
}

/// A judgement with who, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Number in the log, from 1.
    pub number: u64,
    /// One mention.
    pub a: MentionKey,
    /// The other.
    pub b: MentionKey,
    /// The answer.
    pub judgement: Judgement,
    /// Who decided.
    pub actor: String,
    /// When, microseconds UTC.
    pub at_us: i64,
    /// Why.
    pub reason: String,
}
