//! Protection labels. The labels live here; the act of hiding lives in `disclose`.

/// The class of a person, identifier or field; a later class is stricter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Sensitivity {
    /// No protection.
    #[default]
    Open = 0,
    /// Protected witness: under a pseudonym.
    Witness = 1,
    /// Victim: under a pseudonym.
    Victim = 2,
    /// Minor: under a pseudonym, stricter handling.
    Minor = 3,
    /// Does not exist for others.
    Sealed = 4,
}

impl Sensitivity {
    /// All classes, from open to sealed.
    pub const ALL: [Self; 5] = [Self::Open, Self::Witness, Self::Victim, Self::Minor, Self::Sealed];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Witness => "witness",
            Self::Victim => "victim",
            Self::Minor => "minor",
            Self::Sealed => "sealed",
        }
    }

    /// The class of a stable word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// The strictest class that a session may see by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clearance(pub Sensitivity);

impl Clearance {
    /// Whether a value of this class is shown.
    pub fn covers(self, class: Sensitivity) -> bool {
        class <= self.0
    }
}

/// Why a session looks at protected identities, in the reader's own words; it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purpose(pub String);
