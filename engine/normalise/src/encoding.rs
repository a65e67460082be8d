//! Undoing a wrong encoding after the fact: which bytes did these characters stand for, and what do they say
//! in the encoding that was meant?
//!
//! Only what cannot be an honest text is undone. A run of characters is taken for misread UTF-8 when its bytes
//! are valid UTF-8 and give letters or punctuation of western text; a single character when it stands between
//! letters and no word has it there.

/// 0x80..=0x9F of Windows-1252; unassigned bytes stand for themselves.
#[rustfmt::skip]
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}', '\u{90}',
    '\u{2018}', '\u{2019}', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
];

/// 0x80..=0xFF of MacRoman.
const MAC_ROMAN: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u{A0}ÀÃÕŒœ–—“”\u{2018}\u{2019}÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{F8FF}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";

/// 0x80..=0xBF of the DOS code page 437.
const DOS_437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐";

/// 0x80..=0xBF of the DOS code page 850.
const DOS_850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐";

/// The character that a byte is in Windows-1252.
#[cfg(test)]
pub(crate) fn windows_1252(byte: u8) -> char {
    usize::from(byte).checked_sub(0x80).and_then(|i| WINDOWS_1252.get(i).copied()).unwrap_or(char::from(byte))
}

fn windows_1252_byte(c: char) -> Option<u8> {
    if let Some(i) = WINDOWS_1252.iter().position(|&w| w == c) {
        return u8::try_from(0x80 + i).ok();
    }
    u8::try_from(u32::from(c)).ok()
}

fn table_byte(table: &str, c: char) -> Option<u8> {
    table.chars().position(|t| t == c).and_then(|i| u8::try_from(0x80 + i).ok())
}

fn mac_roman_byte(c: char) -> Option<u8> {
    table_byte(MAC_ROMAN, c)
}

fn dos_byte(c: char) -> Option<u8> {
    match c {
        '├' => Some(0xC3),
        '┬' => Some(0xC2),
        _ => table_byte(DOS_850, c).or_else(|| table_byte(DOS_437, c)),
    }
}

/// UTF-8 that was read as an 8-bit encoding, read aright; `None` where nothing is to be repaired.
pub(crate) fn undo_misread_utf8(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut changed = false;
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| !c.is_ascii()) {
        let (plain, tail) = rest.split_at_checked(start)?;
        let end = tail.find(|c: char| c.is_ascii()).unwrap_or(tail.len());
        let (run, after) = tail.split_at_checked(end)?;
        out.push_str(plain);
        match misread_run(run) {
            Some(better) => {
                changed = true;
                out.push_str(&better);
            }
            None => out.push_str(run),
        }
        rest = after;
    }
    out.push_str(rest);
    changed.then_some(out)
}

fn misread_run(run: &str) -> Option<String> {
    let read_as = |byte_of: fn(char) -> Option<u8>| -> Option<String> {
        let bytes: Vec<u8> = run.chars().map(byte_of).collect::<Option<_>>()?;
        let text = String::from_utf8(bytes).ok()?;
        text.chars().all(is_western).then_some(text)
    };
    // Each misreading is recognised by what the lead byte of a two-byte letter looks like in it.
    let has = |marks: &[char]| run.contains(marks);
    if has(&['Ã', 'Â', 'â', 'Å', 'Ä'])
        && let Some(text) = read_as(windows_1252_byte)
    {
        return Some(text);
    }
    if has(&['√', '¬', '‚'])
        && let Some(text) = read_as(mac_roman_byte)
    {
        return Some(text);
    }
    if has(&['├', '┬']) { read_as(dos_byte) } else { None }
}

fn is_western(c: char) -> bool {
    matches!(c, '\u{A0}'..='\u{17F}' | '\u{2010}'..='\u{2026}' | '\u{20AC}' | '\u{2122}' | '\u{192}' | '\u{2C6}' | '\u{2DC}' | '\u{2030}' | '\u{2039}' | '\u{203A}')
}

/// Letters of one 8-bit encoding that were read as another, inside words; `None` where there are none.
pub(crate) fn undo_misread_letters(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut changed = false;
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let after = chars.peek().copied().unwrap_or(' ');
        let inside = before.is_alphabetic() && after.is_alphabetic();
        let within_lower = before.is_lowercase() && after.is_lowercase();
        let meant = if c.is_ascii() || !inside {
            None
        } else {
            match c {
                // Windows-1252 read as DOS 437 or 850.
                '±' => Some('ñ'),
                '╤' => Some('Ñ'),
                'Ð' if before.is_uppercase() && after.is_uppercase() => Some('Ñ'),
                'Θ' => Some('é'),
                'φ' => Some('í'),
                '≤' | '¾' => Some('ó'),
                '┴' => Some('Á'),
                '╔' => Some('É'),
                '═' => Some('Í'),
                '╙' => Some('Ó'),
                '┌' => Some('Ú'),
                'Ú' if within_lower => Some('é'),
                'Ý' if within_lower => Some('í'),
                // DOS read as Windows-1252.
                '¤' => Some('ñ'),
                '¥' => Some('Ñ'),
                '¡' => Some('í'),
                '¢' => Some('ó'),
                '£' => Some('ú'),
                '‚' => Some('é'),
                // MacRoman and Windows-1252 taken for each other.
                '‡' => Some('á'),
                '„' => Some('Ñ'),
                'Ž' if within_lower => Some('é'),
                'Ò' if within_lower => Some('ñ'),
                'È' if within_lower => Some('é'),
                'Ì' if within_lower => Some('í'),
                'Û' if within_lower => Some('ó'),
                _ => None,
            }
        };
        changed |= meant.is_some();
        out.push(meant.unwrap_or(c));
        before = c;
    }
    changed.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_whole() {
        assert_eq!(MAC_ROMAN.chars().count(), 128);
        assert_eq!(DOS_437.chars().count(), 64);
        assert_eq!(DOS_850.chars().count(), 64);
        assert_eq!(mac_roman_byte('√'), Some(0xC3));
        assert_eq!(mac_roman_byte('±'), Some(0xB1));
        assert_eq!(dos_byte('▒'), Some(0xB1));
        assert_eq!(windows_1252_byte('‘'), Some(0x91));
        for byte in 0..=255u8 {
            assert_eq!(windows_1252_byte(windows_1252(byte)), Some(byte));
        }
    }
}
