//! The folding under every comparison of text: case, accents and punctuation go, `Ñ` stays.
//!
//! Two spellings of one name must meet here, whatever encoding the file went through; two names must not.
//! That is why `Ñ` is a letter of its own (`PENA` is not `PEÑA`), why a letter that was lost on the way is kept
//! as the wildcard `?` (`MU?OZ`), and why text read in a wrong encoding is repaired before it is folded.

use crate::encoding;
use any_ascii::any_ascii_char;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The character that stands for one letter lost to a wrong encoding.
pub const WILDCARD: char = '?';

/// Under which form are two texts the same?
///
/// Compatibility decomposition, accents off, upper-case, letters of other scripts in ASCII, `Ñ` kept; every run
/// of other characters becomes one space, none at the ends. An apostrophe between letters joins them
/// (`O'Brien`: `OBRIEN`). A `?`, `#` or replacement character between two letters is one lost letter and
/// becomes `?`. Wrongly decoded text is repaired first, as [`repair_mojibake`] does.
///
/// # Returns     only `A-Z`, `0-9`, `Ñ`, `?` and single spaces; folding it again changes nothing
/// # Complexity  O(n), one allocation for ASCII text
/// # Example
/// ```
/// use normalise::text::fold;
/// assert_eq!(fold("  José  Núñez-Peña "), "JOSE NUÑEZ PEÑA");
/// assert_eq!(fold("Calle 5, #12"), "CALLE 5 12");
/// ```
pub fn fold(raw: &str) -> String {
    if raw.is_ascii() {
        return fold_ascii(raw);
    }
    let repaired = repair_mojibake(raw);
    let mut folder = Folder { out: String::with_capacity(repaired.len()), pending: Pending::None };
    for c in repaired.nfkd() {
        if c.is_ascii() {
            folder.push(c);
        } else if c == '\u{303}' && folder.out.ends_with('N') && matches!(folder.pending, Pending::None) {
            // A tilde over `N` makes another letter; every other mark is only written, not heard.
            folder.out.pop();
            folder.out.push('Ñ');
        } else if is_combining_mark(c) || is_invisible(c) {
        } else if matches!(c, '\u{2019}' | '\u{2018}' | '\u{02BC}' | '\u{00B4}') {
            folder.push('\'');
        } else if c == '\u{FFFD}' {
            folder.push('?');
        } else if c.is_alphanumeric() {
            let ascii = any_ascii_char(c);
            if ascii.is_empty() {
                folder.push(' ');
            }
            for a in ascii.chars() {
                folder.push(if a.is_ascii_alphanumeric() { a } else { ' ' });
            }
        } else {
            folder.push(' ');
        }
    }
    folder.out
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// What stands between the last letter written and the next one.
enum Pending {
    None,
    Space,
    Wildcard,
    Apostrophe,
}

struct Folder {
    out: String,
    pending: Pending,
}

impl Folder {
    fn push(&mut self, c: char) {
        if c.is_ascii_alphanumeric() {
            let letters = || c.is_ascii_alphabetic() && self.out.ends_with(|l: char| l.is_alphabetic());
            match self.pending {
                Pending::None => {}
                Pending::Apostrophe if letters() => {}
                Pending::Wildcard if letters() => self.out.push(WILDCARD),
                _ if self.out.is_empty() => {}
                _ => self.out.push(' '),
            }
            self.pending = Pending::None;
            self.out.push(c.to_ascii_uppercase());
        } else {
            self.pending = match (c, &self.pending) {
                ('?' | '#', Pending::None) => Pending::Wildcard,
                ('\'' | '`', Pending::None) => Pending::Apostrophe,
                _ => Pending::Space,
            };
        }
    }
}

fn fold_ascii(raw: &str) -> String {
    if raw.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return raw.to_ascii_uppercase();
    }
    let mut folder = Folder { out: String::with_capacity(raw.len()), pending: Pending::None };
    for b in raw.bytes() {
        folder.push(char::from(b));
    }
    folder.out
}

/// What did the text say before it was read in a wrong encoding?
///
/// Repairs UTF-8 read as Windows-1252, MacRoman or DOS (`MuÃ±oz`, `Mu√±oz`, `Mu├▒oz`), up to twice over, and single
/// characters of one 8-bit encoding read as another (`Mu±oz`, `Mu¤oz`) where they stand inside a word and
/// cannot be what was meant. Text that is not certainly damaged is returned as it is.
pub fn repair_mojibake(raw: &str) -> Cow<'_, str> {
    if raw.is_ascii() {
        return Cow::Borrowed(raw);
    }
    let mut text = Cow::Borrowed(raw);
    for _ in 0..2 {
        match encoding::undo_misread_utf8(&text) {
            Some(better) => text = Cow::Owned(better),
            None => break,
        }
    }
    match encoding::undo_misread_letters(&text) {
        Some(better) => Cow::Owned(better),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(raw: &str, expected: &str) {
        assert_eq!(fold(raw), expected, "{raw:?}");
    }

    #[test]
    fn folds_case_accents_and_punctuation() {
        check("Pérez,  Juan-Carlos", "PEREZ JUAN CARLOS");
        check("MUN\u{303}OZ", "MUÑOZ");
        check("ñandú Ñ", "ÑANDU Ñ");
        check("Straße Øst Łódź", "STRASSE OST LODZ");
        check("O'Brien d’Alessandro", "OBRIEN DALESSANDRO");
        check("S.A. de C.V.", "S A DE C V");
        check("N.º 4 · 2.ª", "N O 4 2 A");
        check("\u{FEFF}Ana\u{00A0}Ceiba\u{200B}", "ANA CEIBA");
        check("", "");
        check(" -- ", "");
        check("Иванов", "IVANOV");
    }

    #[test]
    fn a_lost_letter_stays_a_wildcard() {
        check("MU?OZ", "MU?OZ");
        check("MU#OZ", "MU?OZ");
        check("MU\u{FFFD}OZ", "MU?OZ");
        check("GARC??A", "GARC A");
        check("¿Qué?", "QUE");
        check("casa #4", "CASA 4");
        check("col?4", "COL 4");
    }

    #[test]
    fn repairs_what_a_wrong_encoding_did() {
        for raw in [
            "MuÃ±oz",
            "Mu√±oz",
            "Mu±oz",
            "Mu├▒oz",
            "Mu¤oz",
            "MuÒoz",
            "MuÃƒÂ±oz",
            "MUÃ‘OZ",
            "MU√ëOZ",
            "MU¥OZ",
            "MU╤OZ",
            "MUÐOZ",
            "Muñoz",
        ] {
            check(raw, "MUÑOZ");
        }
        check("GutiÃ©rrez GarcÃ\u{AD}a LÃ³pez", "GUTIERREZ GARCIA LOPEZ");
        check("GutiÚrrez Gutiérrez GutiΘrrez", "GUTIERREZ GUTIERREZ GUTIERREZ");
        assert_eq!(repair_mojibake("Tel√©fono"), "Teléfono");
        assert_eq!(repair_mojibake("AÃ±o â€“ dÃ\u{AD}a"), "Año – día");
    }

    #[test]
    fn leaves_sound_text_alone() {
        for raw in ["JOSÉ", "«JOSÉ»", "ÑÁÑEZ", "10 ± 2 m", "5 £", "Ú", "Brünn", "a√b", "São Tomé"]
        {
            assert_eq!(repair_mojibake(raw), raw);
        }
    }

    proptest! {
        #[test]
        fn folding_is_stable_and_closed(raw in "\\PC{0,40}") {
            let once = fold(&raw);
            prop_assert_eq!(fold(&once), once.clone());
            prop_assert!(once.chars().all(|c| c == 'Ñ' || c == '?' || c == ' '
                || c.is_ascii_digit() || c.is_ascii_uppercase()));
            prop_assert!(!once.starts_with(' ') && !once.ends_with(' ') && !once.contains("  "));
        }

        #[test]
        fn misread_utf8_comes_back(word in "[A-Za-záéíóúñÑÁÉÍÓÚ]{1,12}") {
            let misread: String = word.bytes().map(encoding::windows_1252).collect();
            prop_assert_eq!(fold(&misread), fold(&word));
        }

        #[test]
        fn any_text_is_borne(raw in proptest::arbitrary::any::<String>()) {
            let _ = repair_mojibake(&raw);
            prop_assert_eq!(fold(&fold(&raw)), fold(&raw));
        }
    }
}
