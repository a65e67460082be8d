//! Which of two answers is the better? Exact before part, part before sound, sound before one wrong key.
//!
//! The quality of an answer is the mean, over the words asked, of how each is best met by any value of the node,
//! plus a little for a value that the query covers wholly. It does not depend on other nodes: unlike the usual
//! inverse document frequency, it cannot tell a reader how common a word is among what they may not see.

use crate::terms::{Field, Question, Terms, Word};

/// How a word asked is met by a value.
pub(crate) const EXACT: f32 = 1.0;
/// The beginning of a word or number, or the last six or more characters of a number.
pub(crate) const PART: f32 = 0.8;
/// A word that sounds the same in Spanish.
pub(crate) const SOUND: f32 = 0.7;
/// One wrong, missing, added or exchanged character.
pub(crate) const TYPO: f32 = 0.5;
const COVERED: f32 = 0.04;

/// Shortest beginning of a word that is sought.
pub(crate) const SHORTEST_BEGINNING: usize = 3;
/// Shortest beginning of a number that is sought.
pub(crate) const SHORTEST_CODE_BEGINNING: usize = 4;
/// Shortest end of a number that is sought.
pub(crate) const SHORTEST_END: usize = 6;
/// Shortest word or number in which one typing error is allowed.
pub(crate) const SHORTEST_TYPO: usize = 4;

/// The score of a node and the value that meets the query best.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rank {
    /// 0..=1.
    pub(crate) score: f32,
    /// Position of the value in the node's list.
    pub(crate) best: usize,
}

/// Ranks a node; `None` if none of its values meets any word.
pub(crate) fn rank(question: &Question, entries: &[(Field, String)]) -> Option<Rank> {
    let terms: Vec<Terms> = entries.iter().map(|(field, value)| Terms::of(*field, value)).collect();
    let mut met = vec![0f32; question.words.len()];
    let mut best: Option<(f32, usize)> = None;
    let mut whole = 0f32;
    for (position, terms) in terms.iter().enumerate() {
        let mut sum = 0f32;
        for (slot, word) in met.iter_mut().zip(&question.words) {
            let quality = quality(word, terms);
            *slot = slot.max(quality);
            sum += quality;
        }
        let code = question.code.as_ref().map_or(0.0, |code| code_quality(code, terms));
        whole = whole.max(code);
        let total =
            (sum / question.words.len().max(1) as f32).max(code) + COVERED * coverage(question, terms);
        if total > COVERED && best.is_none_or(|(kept, _)| total > kept) {
            best = Some((total, position));
        }
    }
    let (_, best) = best?;
    let mean = met.iter().sum::<f32>() / met.len().max(1) as f32;
    let bonus = terms.get(best).map_or(0.0, |terms| COVERED * coverage(question, terms));
    Some(Rank { score: (mean.max(whole) + bonus) / (EXACT + COVERED), best })
}

/// Share of the value's characters that the query has, at most 1.
fn coverage(question: &Question, terms: &Terms) -> f32 {
    if question.whole == terms.whole || question.code.as_ref().is_some_and(|c| terms.codes.contains(c)) {
        return 1.0;
    }
    let asked = question.whole.chars().count() as f32;
    let held = terms.whole.chars().count().max(1) as f32;
    0.9 * (asked / held).min(held / asked.max(1.0))
}

fn quality(word: &Word, terms: &Terms) -> f32 {
    match word {
        Word::Spoken { text, sound } => {
            let words = terms.words.iter().chain(&terms.codes).map(|held| word_quality(text, held));
            let heard = if terms.sounds.contains(sound) { SOUND } else { 0.0 };
            words.fold(heard, f32::max)
        }
        Word::Code { code, parts } => {
            let as_words = !parts.is_empty() && parts.iter().all(|p| terms.words.contains(p));
            code_quality(code, terms).max(if as_words { EXACT } else { 0.0 })
        }
    }
}

fn word_quality(asked: &str, held: &str) -> f32 {
    if asked == held {
        EXACT
    } else if asked.chars().count() >= SHORTEST_BEGINNING && held.starts_with(asked) {
        PART
    } else if asked.chars().count() >= SHORTEST_TYPO && one_error_apart(asked, held) {
        TYPO
    } else {
        0.0
    }
}

fn code_quality(asked: &str, terms: &Terms) -> f32 {
    let length = asked.chars().count();
    terms.codes.iter().fold(0.0, |best: f32, held| {
        let quality = if asked == held {
            EXACT
        } else if (length >= SHORTEST_CODE_BEGINNING && held.starts_with(asked))
            || (length >= SHORTEST_END && held.ends_with(asked))
        {
            PART
        } else if length >= SHORTEST_TYPO && one_error_apart(asked, held) {
            TYPO
        } else {
            0.0
        };
        best.max(quality)
    })
}

/// Whether one character is wrong, missing, added, or two neighbours are exchanged; false for equal texts.
pub(crate) fn one_error_apart(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 1 || a == b {
        return false;
    }
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (a.get(head..).unwrap_or_default(), b.get(head..).unwrap_or_default());
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let a = a.get(..a.len() - tail).unwrap_or_default();
    let b = b.get(..b.len() - tail).unwrap_or_default();
    match (a, b) {
        ([_], [_]) | ([_], []) | ([], [_]) => true,
        ([p, q], [r, s]) => p == s && q == r,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Optimal string alignment distance, the plain table.
    fn distance(a: &str, b: &str) -> usize {
        let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
        let mut table = vec![vec![0usize; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                table[i][j] = if i == 0 || j == 0 {
                    i + j
                } else {
                    let change = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                    let mut least = change.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1);
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        least = least.min(table[i - 2][j - 2] + 1);
                    }
                    least
                };
            }
        }
        table[a.len()][b.len()]
    }

    proptest! {
        #[test]
        fn one_error_agrees_with_the_table(a in "[AB1]{0,6}", b in "[AB1]{0,6}") {
            prop_assert_eq!(one_error_apart(&a, &b), distance(&a, &b) == 1);
        }

        #[test]
        fn scores_stay_in_range(asked in "\\PC{0,20}", held in "\\PC{0,20}") {
            let question = Question::of(&asked);
            for field in Field::ALL {
                if let Some(rank) = rank(&question, &[(field, held.clone())]) {
                    prop_assert!(rank.score > 0.0 && rank.score <= 1.0, "{}", rank.score);
                }
            }
        }
    }
}
