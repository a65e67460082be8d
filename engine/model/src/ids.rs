//! Small integer ids. The table behind an id lives in the store; an id never leaves the engine as such.

/// Position of a live source in the **canonical order** of a snapshot (ascending [`crate::provenance::SourceKey`]).
///
/// **Invariant:** because sources are ranked by content and not by the order of loading, sorting by
/// [`RecordRef`] is the same for every order in which the files were given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// The address of one row: the source and the 1-based physical line (text) or row (sheet) where it begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordRef {
    /// The source in canonical order.
    pub source: SourceId,
    /// 1-based line or sheet row, as a person who opens the file counts it.
    pub row: u32,
}

/// The part that a mention plays in its row. One row names at most one party in each part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum MentionRole {
    /// The person or organisation that an entity list is about.
    Person = 0,
    /// The holder of a telephone number.
    Subscriber = 1,
    /// The holder of a bank account or mobile wallet.
    Holder = 2,
    /// The ordering party of a transfer.
    Payer = 3,
    /// The receiving party of a transfer.
    Beneficiary = 4,
}

impl MentionRole {
    /// All roles, in their order.
    pub const ALL: [Self; 5] = [Self::Person, Self::Subscriber, Self::Holder, Self::Payer, Self::Beneficiary];

    /// The stable word for this role in files and keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Subscriber => "subscriber",
            Self::Holder => "holder",
            Self::Payer => "payer",
            Self::Beneficiary => "beneficiary",
        }
    }

    /// The role of a stable word; `None` for any other word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == text)
    }
}

/// One record's naming of someone: the row and the part played in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MentionId {
    /// The row.
    pub record: RecordRef,
    /// The part in the row.
    pub role: MentionRole,
}

/// A dense number of an entity within one resolution run, in order of its smallest mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId(pub u32);

/// The seed of every pseudo-random choice in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Default for Seed {
    fn default() -> Self {
        Self(42)
    }
}
