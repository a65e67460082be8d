//! Values that point to a party: telephone numbers, SIM cards, handsets, accounts, documents, addresses.

use std::fmt;

/// What kind of value an identifier is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum IdentifierKind {
    /// A telephone number (MSISDN): E.164 with `+`, or an opaque id or short code as written.
    Msisdn = 0,
    /// A SIM card (IMSI), digits.
    Imsi = 1,
    /// A handset (IMEI), the first 14 digits.
    Imei = 2,
    /// A bank account or wallet, upper-case without spaces or hyphens.
    AccountNumber = 3,
    /// An identity document: `COUNTRY-KIND:value`, e.g. `SV-DUI:991234567`.
    DocumentNumber = 4,
    /// An address, folded.
    Address = 5,
}

impl IdentifierKind {
    /// All kinds, in order.
    pub const ALL: [Self; 6] =
        [Self::Msisdn, Self::Imsi, Self::Imei, Self::AccountNumber, Self::DocumentNumber, Self::Address];

    /// The stable prefix of an identifier's text form.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Msisdn => "tel",
            Self::Imsi => "imsi",
            Self::Imei => "imei",
            Self::AccountNumber => "acct",
            Self::DocumentNumber => "doc",
            Self::Address => "addr",
        }
    }
}

/// A normalised identifier; its text form is `prefix:value`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    /// The kind.
    pub kind: IdentifierKind,
    /// The normal form.
    pub value: String,
}

impl Identifier {
    /// An identifier of a normal form.
    pub fn new(kind: IdentifierKind, value: impl Into<String>) -> Self {
        Self { kind, value: value.into() }
    }

    /// Reads `prefix:value`; `None` if the prefix is not known or the value is empty.
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, value) = text.split_once(':')?;
        let kind = IdentifierKind::ALL.into_iter().find(|k| k.prefix() == prefix)?;
        (!value.is_empty()).then(|| Self::new(kind, value))
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.prefix(), self.value)
    }
}

/// What a normaliser had to suppose or noticed, as a set of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NormFlags(pub u16);

impl NormFlags {
    /// Nothing to say.
    pub const NONE: Self = Self(0);
    /// The country was taken from the file, not stated in the value.
    pub const COUNTRY_ASSUMED: Self = Self(1);
    /// More than one reading is possible and nothing decides.
    pub const AMBIGUOUS: Self = Self(1 << 1);
    /// The check digit or letter does not fit (soft: genuine documents of this kind exist).
    pub const CHECK_FAILED: Self = Self(1 << 2);
    /// Declared opaque by the mapping: compared as text.
    pub const OPAQUE: Self = Self(1 << 3);
    /// A service number, short code or alphanumeric sender: not a subscriber.
    pub const SERVICE: Self = Self(1 << 4);
    /// Mangled by a spreadsheet (scientific notation): cannot be recovered.
    pub const IRRECOVERABLE: Self = Self(1 << 5);
    /// An outdated form was rewritten to today's (for example `044 55 ...`).
    pub const OLD_FORM: Self = Self(1 << 6);
    /// Not valid for the numbering plan; kept as written.
    pub const NOT_IN_PLAN: Self = Self(1 << 7);
    /// A leading zero that the structure requires was missing and was put back.
    pub const PADDED: Self = Self(1 << 8);

    /// Whether all bits of `other` are set.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A value as written and its normal form.
///
/// **Invariant:** `value` is `None` when the text holds no such value or it is irrecoverable; `raw` is never changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Normal {
    /// As written in the file.
    pub raw: String,
    /// The normal form.
    pub value: Option<String>,
    /// What had to be supposed.
    pub flags: NormFlags,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifier_survives_its_text() {
        for kind in IdentifierKind::ALL {
            let id = Identifier::new(kind, "SV-DUI:99:1");
            assert_eq!(Identifier::parse(&id.to_string()), Some(id));
        }
        assert_eq!(Identifier::parse("tel:"), None);
        assert_eq!(Identifier::parse("Ana Ceiba"), None);
    }
}
