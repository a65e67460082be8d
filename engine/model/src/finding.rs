//! Leads, never findings of guilt: a claim, the pattern it follows, its parameters and the rows that prove it.

use crate::identifier::Identifier;
use crate::ids::RecordRef;

/// A pattern that a detector looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Typology {
    /// One handset carries one number after another (`C1`).
    SimSuccession = 0,
    /// One number or SIM moves from one handset to the next (`C2`).
    HandsetSuccession = 1,
    /// Money that comes in leaves again at once (`F7`).
    PassThrough = 2,
}

impl Typology {
    /// All typologies, in order.
    pub const ALL: [Self; 3] = [Self::SimSuccession, Self::HandsetSuccession, Self::PassThrough];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SimSuccession => "sim_succession",
            Self::HandsetSuccession => "handset_succession",
            Self::PassThrough => "pass_through",
        }
    }

    /// The typology of a stable word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.as_str() == text)
    }
}

/// A lead: what was seen, about which identifiers, when, and by which rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The pattern.
    pub typology: Typology,
    /// The identifier that carries the pattern (the handset, the number, the account).
    pub subject: Identifier,
    /// The other identifiers of the pattern in time order (numbers in succession, handsets, counterparties).
    pub related: Vec<Identifier>,
    /// First instant, microseconds UTC.
    pub from_us: i64,
    /// Last instant, microseconds UTC.
    pub to_us: i64,
    /// Strength 0..=1, as the typology's documentation defines it.
    pub score: f64,
    /// Every parameter and measured quantity, name and value, in a fixed order.
    pub parameters: Vec<(String, String)>,
    /// The rows that prove it, ascending.
    pub evidence: Vec<RecordRef>,
}

impl Finding {
    /// Every identifier of the pattern: the subject, then the others.
    pub fn named(&self) -> impl Iterator<Item = &Identifier> {
        std::iter::once(&self.subject).chain(&self.related)
    }
}
