//! Under which forms is a value found? The same forms for what is stored and for what is asked.
//!
//! Words are folded by [`normalise::text::fold`] and heard by [`normalise::name::phonetic`], exactly as resolution
//! does it: what resolution holds to be one name, search finds by one query. A number has a **code**, its letters
//! and digits without anything between; a telephone number has a second one without its country's code.

use normalise::name::phonetic;
use normalise::phone::phone_country;
use normalise::text::{fold, repair_mojibake};

/// What a searched value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The name of a person or organisation.
    Name,
    /// A telephone number.
    Phone,
    /// An identity document, `COUNTRY-KIND:value`.
    Document,
    /// A bank account or wallet.
    Account,
    /// A handset or SIM card.
    Device,
    /// An address or town.
    Address,
    /// A nickname.
    Alias,
    /// Anything else: a pseudonym, a public id.
    Other,
}

impl Field {
    /// All fields, in order.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::Phone,
        Self::Document,
        Self::Account,
        Self::Device,
        Self::Address,
        Self::Alias,
        Self::Other,
    ];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Phone => "phone",
            Self::Document => "document",
            Self::Account => "account",
            Self::Device => "device",
            Self::Address => "address",
            Self::Alias => "alias",
            Self::Other => "other",
        }
    }

    /// The field of a stable word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.as_str() == text)
    }

    fn is_spoken(self) -> bool {
        matches!(self, Self::Name | Self::Alias | Self::Address)
    }
}

/// The forms of one stored value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Terms {
    /// The folded text.
    pub(crate) whole: String,
    /// Its words.
    pub(crate) words: Vec<String>,
    /// How its words sound; empty for values that nobody hears.
    pub(crate) sounds: Vec<String>,
    /// The value without separators, and a telephone number also without its country.
    pub(crate) codes: Vec<String>,
}

impl Terms {
    pub(crate) fn of(field: Field, value: &str) -> Self {
        let whole = fold(&repair_mojibake(value));
        let words: Vec<String> = words(&whole);
        let sounds = if field.is_spoken() {
            words.iter().filter(|w| !has_digit(w)).map(|w| phonetic(w)).filter(|s| !s.is_empty()).collect()
        } else {
            Vec::new()
        };
        Self { sounds, codes: codes(field, value), whole, words }
    }
}

fn words(folded: &str) -> Vec<String> {
    folded.split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

fn codes(field: Field, value: &str) -> Vec<String> {
    let mut out = Vec::new();
    match field {
        Field::Name | Field::Alias | Field::Address => return out,
        Field::Document => {
            let number = value.split_once(':').map_or(value, |(_, number)| number);
            out.push(compact(number));
        }
        Field::Phone => {
            out.push(compact(value));
            if let Some(country) = phone_country(value) {
                let digits = compact(value);
                out.extend(digits.strip_prefix(country.calling_code()).map(str::to_owned));
            }
        }
        Field::Account | Field::Device | Field::Other => {
            out.push(compact(value));
            // A mobile wallet's alias is a telephone number.
            if let Some(national) = phone_country(value)
                .and_then(|c| compact(value).strip_prefix(c.calling_code()).map(str::to_owned))
            {
                out.push(national);
            }
        }
    }
    out.retain(|c| !c.is_empty());
    out.dedup();
    out
}

/// Letters and digits alone, folded.
pub(crate) fn compact(text: &str) -> String {
    fold(text).chars().filter(|c| *c != ' ').collect()
}

pub(crate) fn has_digit(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit())
}

/// One thing that the query asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// A word of letters.
    Spoken {
        /// Folded.
        text: String,
        /// How it sounds.
        sound: String,
    },
    /// A number, with what was typed between separators.
    Code {
        /// Without separators.
        code: String,
        /// The folded parts, in case they are words of an address.
        parts: Vec<String>,
    },
}

impl Word {
    fn spoken(text: String) -> Self {
        Self::Spoken { sound: phonetic(&text), text }
    }
}

/// A query taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Question {
    /// Everything asked, folded.
    pub(crate) whole: String,
    /// Its words; numbers written in groups are one word.
    pub(crate) words: Vec<Word>,
    /// The whole query as one number, if it may be one (an IBAN in groups of four).
    pub(crate) code: Option<String>,
}

/// The longest query that is read, in characters; the rest cannot make it more exact.
const LONGEST: usize = 400;
/// The most words of a query.
const MOST_WORDS: usize = 16;

impl Question {
    /// Takes a query apart; it has no words if nothing in it can be sought.
    pub(crate) fn of(text: &str) -> Self {
        let short: String = text.chars().take(LONGEST).collect();
        let repaired = repair_mojibake(&short);
        let mut question = Self { whole: fold(&repaired), ..Self::default() };
        let mut run: Vec<String> = Vec::new();
        for chunk in repaired.split_whitespace() {
            let parts = words(&fold(chunk));
            let digits_only = parts.iter().all(|p| p.chars().all(|c| c.is_ascii_digit()));
            if digits_only {
                run.extend(parts);
                continue;
            }
            question.end_run(&mut run);
            for part in parts {
                if has_digit(&part) {
                    question.words.push(Word::Code { code: part.clone(), parts: vec![part] });
                } else {
                    question.words.push(Word::spoken(part));
                }
            }
        }
        question.end_run(&mut run);
        question.words.truncate(MOST_WORDS);
        let whole = compact(&repaired);
        let digits = whole.chars().filter(char::is_ascii_digit).count();
        if digits >= 4 && whole.len() <= 40 {
            question.code = Some(whole);
        }
        question
    }

    fn end_run(&mut self, run: &mut Vec<String>) {
        if !run.is_empty() {
            self.words.push(Word::Code { code: run.concat(), parts: std::mem::take(run) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_groups_is_one_word() {
        let question = Question::of("Ovidio +503 9412-7731");
        assert_eq!(question.words.len(), 2);
        assert!(matches!(&question.words[1], Word::Code { code, .. } if code == "50394127731"));
    }

    #[test]
    fn a_telephone_number_is_found_without_its_country() {
        assert_eq!(Terms::of(Field::Phone, "+50394127731").codes, ["50394127731", "94127731"]);
        assert_eq!(Terms::of(Field::Document, "SV-DUI:991234567").codes, ["991234567"]);
    }

    #[test]
    fn nothing_to_seek_has_no_words() {
        assert!(Question::of("  ¿? -- ").words.is_empty());
        assert!(Question::of("").words.is_empty());
    }
}
