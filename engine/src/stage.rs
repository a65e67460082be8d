//! The stages of a run, in their order, and what each depends on.

/// One stage of the pipeline. A later stage may read what earlier ones derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Records to events to the base network.
    Network,
    /// Mentions to entities.
    Resolve,
    /// Entities to communities.
    Communities,
    /// Events to leads.
    Findings,
    /// Everything to the search indexes.
    Index,
}

impl Stage {
    /// All stages, in the order of a run.
    pub const ALL: [Self; 5] = [Self::Network, Self::Resolve, Self::Communities, Self::Findings, Self::Index];

    /// The word on the command line and in the manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Resolve => "resolve",
            Self::Communities => "communities",
            Self::Findings => "findings",
            Self::Index => "index",
        }
    }

    /// The stage of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == word)
    }
}

/// What a run did with one stage.
#[derive(Clone, Debug, PartialEq)]
pub struct StageReport {
    /// The stage.
    pub stage: Stage,
    /// Seconds it took.
    pub seconds: f64,
    /// True where it was fresh already.
    pub skipped: bool,
    /// Where the stored model of resolution was trained on much less than the case holds now.
    pub outgrown: Option<Outgrown>,
}

/// A stored model that the case has outgrown. It is still used: training anew is an act of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgrown {
    /// Mentions that the model was trained on.
    pub trained_on: u64,
    /// Mentions that were resolved by it.
    pub mentions: u64,
}

/// State of a stage's results against the case as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Computed from the case as it is.
    Fresh,
    /// The case, a judgement or a protection has changed since.
    Stale,
    /// Never computed.
    Never,
}

impl Freshness {
    /// The word in views.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Never => "never",
        }
    }
}
