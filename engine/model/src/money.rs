//! Money in minor units of a stated currency; never a float, never summed across currencies.

use std::fmt;

/// An ISO 4217 alphabetic code. `XXX` means that no currency is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(pub [u8; 3]);

impl Currency {
    /// No currency known.
    pub const UNKNOWN: Self = Self(*b"XXX");

    /// Three upper-case ASCII letters, or `None`.
    pub fn parse(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Self(bytes))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits after the decimal point that minor units stand for. All currencies of the region have two.
    pub fn decimals(self) -> u32 {
        match &self.0 {
            b"JPY" | b"CLP" | b"PYG" => 0,
            _ => 2,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount of one currency in its minor units (cents).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    /// Minor units; a transfer record holds it positive.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}
