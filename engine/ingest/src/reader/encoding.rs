//! Encodings of seized files, and which of them a file is in.
//!
//! The decision is taken over the whole file ([`super::scan`]), never over a sample. A row whose bytes the encoding
//! does not allow is refused; no byte is replaced by a question mark.

use model::written::LineEnd;
use std::borrow::Cow;

/// An encoding that tables are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, low byte first (a spreadsheet's "Unicode text").
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Windows-1252, and ISO 8859-1 which it contains.
    Windows1252,
    /// Code page 850 of DOS programs.
    Cp850,
    /// Mac OS Roman.
    Macintosh,
}

/// The upper half of code page 850 (Unicode consortium, CP850.TXT).
const CP850: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å', 'É', 'æ', 'Æ', 'ô', 'ö',
    'ò', 'û', 'ù', 'ÿ', 'Ö', 'Ü', 'ø', '£', 'Ø', '×', 'ƒ', 'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '®',
    '¬', '½', '¼', '¡', '«', '»', '░', '▒', '▓', '│', '┤', 'Á', 'Â', 'À', '©', '╣', '║', '╗', '╝', '¢', '¥',
    '┐', '└', '┴', '┬', '├', '─', '┼', 'ã', 'Ã', '╚', '╔', '╩', '╦', '╠', '═', '╬', '¤', 'ð', 'Ð', 'Ê', 'Ë',
    'È', 'ı', 'Í', 'Î', 'Ï', '┘', '┌', '█', '▄', '¦', 'Ì', '▀', 'Ó', 'ß', 'Ô', 'Ò', 'õ', 'Õ', 'µ', 'þ', 'Þ',
    'Ú', 'Û', 'Ù', 'ý', 'Ý', '¯', '´', '\u{ad}', '±', '‗', '¾', '¶', '§', '÷', '¸', '°', '¨', '·', '¹', '³',
    '²', '■', '\u{a0}',
];

impl Encoding {
    /// The name in receipts and mappings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Windows1252 => "windows-1252",
            Self::Cp850 => "cp850",
            Self::Macintosh => "macintosh",
        }
    }

    /// The encoding of a name as people write it.
    pub fn parse(name: &str) -> Option<Self> {
        let key: String =
            name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        Some(match key.as_str() {
            "utf8" | "utf8sig" | "ascii" => Self::Utf8,
            "utf16le" | "utf16" => Self::Utf16Le,
            "utf16be" => Self::Utf16Be,
            "windows1252" | "cp1252" | "latin1" | "iso88591" => Self::Windows1252,
            "cp850" | "ibm850" => Self::Cp850,
            "macintosh" | "macroman" | "mac" => Self::Macintosh,
            _ => return None,
        })
    }

    /// Bytes of a code unit.
    pub fn unit(self) -> usize {
        if matches!(self, Self::Utf16Le | Self::Utf16Be) { 2 } else { 1 }
    }

    /// The text of these bytes; `None` where they are not valid or hold a NUL, which no table has a use for.
    pub fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        let text = match self {
            Self::Utf8 => Cow::Borrowed(std::str::from_utf8(bytes).ok()?),
            Self::Utf16Le | Self::Utf16Be => Cow::Owned(self.decode_utf16(bytes)?),
            Self::Windows1252 => {
                if bytes.iter().any(|b| matches!(b, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d)) {
                    return None;
                }
                encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0
            }
            Self::Cp850 => Cow::Owned(
                bytes
                    .iter()
                    .map(|&b| match b.checked_sub(0x80) {
                        Some(high) => CP850.get(usize::from(high)).copied().unwrap_or('\u{fffd}'),
                        None => char::from(b),
                    })
                    .collect(),
            ),
            Self::Macintosh => encoding_rs::MACINTOSH.decode_without_bom_handling(bytes).0,
        };
        (!text.contains('\0')).then_some(text)
    }

    /// The bytes of a text; `None` where the encoding has no sign for a character.
    ///
    /// **Invariant:** what [`decode`](Self::decode) read becomes the same bytes again.
    pub fn encode(self, text: &str) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Utf8 => Some(Cow::Borrowed(text.as_bytes())),
            Self::Utf16Le => Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Self::Utf16Be => Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            _ if text.is_ascii() => Some(Cow::Borrowed(text.as_bytes())),
            Self::Cp850 => {
                let byte = |c: char| match CP850.iter().position(|known| *known == c) {
                    Some(at) => u8::try_from(at + 0x80).ok(),
                    None => u8::try_from(c).ok().filter(u8::is_ascii),
                };
                text.chars().map(byte).collect()
            }
            Self::Windows1252 => whole(encoding_rs::WINDOWS_1252.encode(text)),
            Self::Macintosh => whole(encoding_rs::MACINTOSH.encode(text)),
        }
    }

    /// The bytes of a line end.
    pub fn line_end(self, end: LineEnd) -> &'static [u8] {
        match (self, end) {
            (_, LineEnd::Nothing) => b"",
            (Self::Utf16Le, LineEnd::Feed) => b"\n\0",
            (Self::Utf16Le, LineEnd::ReturnFeed) => b"\r\0\n\0",
            (Self::Utf16Le, LineEnd::Return) => b"\r\0",
            (Self::Utf16Be, LineEnd::Feed) => b"\0\n",
            (Self::Utf16Be, LineEnd::ReturnFeed) => b"\0\r\0\n",
            (Self::Utf16Be, LineEnd::Return) => b"\0\r",
            (_, LineEnd::Feed) => b"\n",
            (_, LineEnd::ReturnFeed) => b"\r\n",
            (_, LineEnd::Return) => b"\r",
        }
    }

    fn decode_utf16(self, bytes: &[u8]) -> Option<String> {
        let (pairs, rest) = bytes.as_chunks::<2>();
        if !rest.is_empty() {
            return None;
        }
        let units = pairs
            .iter()
            .map(|p| if self == Self::Utf16Le { u16::from_le_bytes(*p) } else { u16::from_be_bytes(*p) });
        char::decode_utf16(units).collect::<Result<String, _>>().ok()
    }
}

/// What was encoded without anything being replaced.
fn whole<'t>(encoded: (Cow<'t, [u8]>, &'static encoding_rs::Encoding, bool)) -> Option<Cow<'t, [u8]>> {
    let (bytes, _, replaced) = encoded;
    (!replaced).then_some(bytes)
}

/// Which single-byte encoding fits these counts of high bytes best?
///
/// Each candidate gains for bytes that are letters and signs of Spanish in it and loses for bytes that are not
/// text in it. Windows-1252 wins ties: it is what the region's systems write.
pub(crate) fn single_byte(high: &[u64; 128]) -> Encoding {
    const SPANISH: &str = "áéíóúñÁÉÍÓÚÑüÜ";
    const SIGNS: &str = "°ºª¿¡«»–—‘’“”€´çÇèàòêâôãõ·©®\u{a0}";
    let score = |encoding: Encoding| -> i128 {
        high.iter()
            .zip(0x80u8..=0xff)
            .filter(|(count, _)| **count > 0)
            .map(|(count, byte)| {
                let weight = match encoding.decode(&[byte]).and_then(|t| t.chars().next()) {
                    Some(c) if SPANISH.contains(c) => 10,
                    Some(c) if SIGNS.contains(c) => 2,
                    Some(c) if c.is_alphabetic() => -4,
                    Some(_) => -8,
                    None => -20,
                };
                i128::from(*count) * weight
            })
            .sum()
    };
    let mut best = (Encoding::Windows1252, score(Encoding::Windows1252));
    for encoding in [Encoding::Cp850, Encoding::Macintosh] {
        let points = score(encoding);
        if points > best.1 {
            best = (encoding, points);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(bytes: &[u8]) -> [u64; 128] {
        let mut high = [0u64; 128];
        for b in bytes.iter().filter(|b| **b >= 0x80) {
            high[usize::from(b - 0x80)] += 1;
        }
        high
    }

    #[test]
    fn the_same_words_are_told_apart_in_three_encodings() {
        // "Teléfono Duración Muñoz"
        let cases: [(&[u8], Encoding); 3] = [
            (b"Tel\xe9fono Duraci\xf3n Mu\xf1oz", Encoding::Windows1252),
            (b"Tel\x82fono Duraci\xa2n Mu\xa4oz", Encoding::Cp850),
            (b"Tel\x8efono Duraci\x97n Mu\x96oz", Encoding::Macintosh),
        ];
        for (bytes, encoding) in cases {
            assert_eq!(single_byte(&histogram(bytes)), encoding);
            assert_eq!(encoding.decode(bytes).unwrap(), "Teléfono Duración Muñoz");
        }
    }

    #[test]
    fn every_byte_that_is_read_is_written_again() {
        for encoding in [Encoding::Windows1252, Encoding::Cp850, Encoding::Macintosh] {
            for byte in 1..=0xffu8 {
                let Some(text) = encoding.decode(&[byte]).map(Cow::into_owned) else { continue };
                assert_eq!(encoding.encode(&text).as_deref(), Some(&[byte][..]), "{byte:#x} {encoding:?}");
            }
            assert_eq!(encoding.encode("漢"), None);
        }
        for encoding in [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be] {
            let text = "Muñoz, 漢字 😀\u{feff}";
            let bytes = encoding.encode(text).unwrap();
            assert_eq!(encoding.decode(&bytes).unwrap(), text);
            for end in LineEnd::ALL {
                assert_eq!(encoding.encode(end.text()).unwrap(), encoding.line_end(end));
            }
        }
    }

    #[test]
    fn bytes_that_mean_nothing_are_not_decoded() {
        assert_eq!(Encoding::Utf8.decode(b"a\xff"), None);
        assert_eq!(Encoding::Windows1252.decode(b"a\x81"), None);
        assert_eq!(Encoding::Utf8.decode(b"a\0b"), None);
        assert_eq!(Encoding::Utf16Le.decode(b"a"), None);
        assert_eq!(Encoding::Utf16Le.decode(&[0x00, 0xd8]), None);
        assert_eq!(Encoding::Utf16Be.decode(&[0, 0xe1]).unwrap(), "á");
    }
}
