//! A key under which Spanish spellings of one sound are equal.
//!
//! The usual keys (Soundex, Metaphone) hear English. This one writes down the sounds of American Spanish: `b` and
//! `v` are one, so are `s`, `z` and soft `c`, `ll` and `y`, `g` before `e`, `j` and most `x`; `h` is silent, `qu`, `k`
//! and hard `c` are one, `w` is `hu` or `gu`. Vowels are kept, because Spanish writes them as it says them: `Mario`
//! and `María` must not meet. `Ñ` stays itself.

/// How does this token sound? Tokens with one key are said alike by most speakers of the region.
///
/// Particles are left out (`DE LA CRUZ` sounds as `CRUZ`). A lost letter between vowels is heard as `Ñ`, which it
/// nearly always was (`MU?OZ`).
///
/// # Arguments   `token`: folded, as in a `PersonName`
/// # Complexity  O(n), one allocation
/// # Example
/// ```
/// use normalise::name::phonetic;
/// assert_eq!(phonetic("GONZALEZ"), phonetic("GONSALES"));
/// assert_ne!(phonetic("MARIO"), phonetic("MARIA"));
/// ```
pub fn phonetic(token: &str) -> String {
    let mut key = String::with_capacity(token.len());
    let mut words = token.split(' ').filter(|w| !w.is_empty()).peekable();
    while let Some(word) = words.next() {
        let is_last = words.peek().is_none();
        if is_last || !super::is_particle(word) {
            sound(word, &mut key);
        }
    }
    key
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'A' | 'E' | 'I' | 'O' | 'U')
}

fn is_soft(c: char) -> bool {
    matches!(c, 'E' | 'I' | 'Y')
}

/// Writes the sounds of one word behind the key.
fn sound(word: &str, key: &mut String) {
    let start = key.len();
    let mut chars = word.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let at_start = key.len() == start;
        let mut skip = false;
        let heard = match c {
            'B' | 'V' => "B",
            'C' if next == 'H' => {
                skip = true;
                "X"
            }
            'C' if is_soft(next) => "S",
            'C' | 'K' => "K",
            'Q' => {
                let mut ahead = chars.clone();
                ahead.next();
                skip = next == 'U' && ahead.next().is_some_and(is_soft);
                "K"
            }
            'S' if next == 'H' => {
                skip = true;
                "X"
            }
            'S' | 'Z' => "S",
            'G' if next == 'U' => {
                let mut ahead = chars.clone();
                ahead.next();
                match ahead.next() {
                    Some(v) if is_soft(v) => {
                        skip = true;
                        "G"
                    }
                    Some('A' | 'O') => {
                        skip = true;
                        "W"
                    }
                    _ => "G",
                }
            }
            'G' if is_soft(next) => "J",
            'G' => "G",
            'H' if next == 'U' && !matches!(before, 'C' | 'S' | 'P' | 'T') => {
                let mut ahead = chars.clone();
                ahead.next();
                match ahead.next() {
                    Some(v) if is_soft(v) => {
                        skip = true;
                        "G"
                    }
                    Some('A' | 'O') => {
                        skip = true;
                        "W"
                    }
                    _ => "",
                }
            }
            'H' => "",
            'J' => "J",
            'W' if is_soft(next) => "G",
            'W' if next == 'U' => {
                skip = true;
                "G"
            }
            'W' => "W",
            'L' if next == 'L' => {
                let mut ahead = chars.clone();
                ahead.next();
                skip = true;
                if ahead.next().is_some_and(|v| is_vowel(v) || v == 'Y') { "Y" } else { "L" }
            }
            'L' => "L",
            'Y' if is_vowel(next) && (at_start || !is_consonant(before)) => "Y",
            'Y' => "I",
            'X' if is_vowel(next) => "J",
            'X' => "S",
            'P' if next == 'H' => {
                skip = true;
                "F"
            }
            'P' if next == 'S' && at_start => "",
            'P' => "P",
            'N' if matches!(next, 'B' | 'V' | 'P') => "M",
            'N' => "N",
            'Ñ' => "Ñ",
            '?' if is_vowel(before) && is_vowel(next) => "Ñ",
            'A' => "A",
            'D' => "D",
            'E' => "E",
            'F' => "F",
            'I' => "I",
            'M' => "M",
            'O' => "O",
            'R' => "R",
            'T' => "T",
            'U' => "U",
            other => {
                let mut buffer = [0u8; 4];
                push_once(key, start, other.encode_utf8(&mut buffer));
                before = c;
                continue;
            }
        };
        push_once(key, start, heard);
        before = c;
        if skip {
            before = chars.next().unwrap_or(' ');
        }
    }
}

fn is_consonant(c: char) -> bool {
    c.is_alphabetic() && !is_vowel(c)
}

/// Doubled sounds of one word are one.
fn push_once(key: &mut String, start: usize, heard: &str) {
    let doubled = key.get(start..).is_some_and(|k| !heard.is_empty() && k.ends_with(heard));
    if !doubled {
        key.push_str(heard);
    }
}
