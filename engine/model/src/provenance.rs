//! Where a value comes from: digests of evidence, keys of sources and mentions that outlive a snapshot.

use crate::ids::MentionRole;
use std::fmt;

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Lower-case hexadecimal, 64 characters.
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Reads 64 hexadecimal characters; `None` for anything else.
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let mut out = [0u8; 32];
        for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(out))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

/// The lasting name of a source: the digest of the file and, in a workbook, the sheet.
///
/// Its text form is the 64 hexadecimal characters, then `#sheet` for a sheet of a workbook.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceKey {
    /// SHA-256 of the file as seized.
    pub digest: Digest,
    /// Name of the sheet, or empty for a file that is one table.
    pub sheet: String,
}

impl SourceKey {
    /// Reads the text form; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let (hex, sheet) = match text.split_once('#') {
            Some((hex, sheet)) => (hex, sheet.to_owned()),
            None => (text, String::new()),
        };
        Some(Self { digest: Digest::from_hex(hex)?, sheet })
    }

    /// What people see and type: the first 12 hexadecimal characters, then `#sheet` if there is one.
    pub fn short(&self) -> String {
        let hex = self.digest.to_hex();
        let head = hex.get(..12).unwrap_or_default();
        if self.sheet.is_empty() { head.to_owned() } else { format!("{head}#{}", self.sheet) }
    }
}

impl fmt::Display for SourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.digest.to_hex())?;
        if self.sheet.is_empty() { Ok(()) } else { write!(f, "#{}", self.sheet) }
    }
}

/// The lasting name of a mention, on which judgements and protection labels are recorded.
///
/// Text form: `row:role:source-key`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MentionKey {
    /// The source.
    pub source: SourceKey,
    /// 1-based row.
    pub row: u32,
    /// The part in the row.
    pub role: MentionRole,
}

impl MentionKey {
    /// Reads the text form; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ':');
        let row = parts.next()?.parse().ok()?;
        let role = MentionRole::parse(parts.next()?)?;
        Some(Self { source: SourceKey::parse(parts.next()?)?, row, role })
    }
}

impl fmt::Display for MentionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.row, self.role.as_str(), self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mention_key_survives_its_text() {
        let key = MentionKey {
            source: SourceKey { digest: Digest([7; 32]), sheet: "Hoja: 1#a".into() },
            row: 418,
            role: MentionRole::Payer,
        };
        assert_eq!(MentionKey::parse(&key.to_string()), Some(key));
        assert_eq!(Digest::from_hex("zz"), None);
        assert_eq!(MentionKey::parse("1:nobody:00"), None);
    }
}
