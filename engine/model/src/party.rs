//! People and organisations as a row names them.

/// Sex as a document states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Sex {
    /// Stated female.
    Female = 0,
    /// Stated male.
    Male = 1,
}

/// What a mention names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PartyKind {
    /// A natural person, or not said otherwise.
    #[default]
    Person = 0,
    /// A company, association or authority.
    Organisation = 1,
}

/// A name taken apart: folded tokens (upper-case ASCII, `Ñ` kept as `Ñ`), in order.
///
/// **Invariant:** tokens are never empty; particles are joined to the token they belong to (`DE LA CRUZ`).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonName {
    /// Given names.
    pub given: Vec<String>,
    /// Paternal then maternal surname.
    pub surnames: Vec<String>,
    /// Married surname (`DE` or `VIUDA DE` X), not a surname of birth.
    pub married: Option<String>,
}

impl PersonName {
    /// Whether nothing was named.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty() && self.surnames.is_empty()
    }
}
