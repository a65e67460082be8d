//! Finds protected numbers and names inside text that people wrote.
//!
//! A protected number turns up where no label can reach it: in a file's name, in the memo of a transfer, in the
//! row of somebody else. Numbers are compared without separators, whole or by six or more leading or trailing
//! characters; names by two or more of their words standing together in any order. It errs towards hiding.

use model::identifier::{Identifier, IdentifierKind};
use model::sensitivity::{Clearance, Sensitivity};
use normalise::phone::phone_country;
use normalise::text::fold;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

/// Shortest run of letters and digits by which part of a number is recognised.
const WINDOW: usize = 6;
/// Shortest number that is recognised at all, and then only whole.
const SHORTEST: usize = 4;

#[derive(Clone, Debug)]
struct Mark {
    class: Sensitivity,
    pseudonym: String,
    code: String,
}

#[derive(Clone, Debug)]
struct Person {
    class: Sensitivity,
    pseudonym: String,
    words: BTreeSet<String>,
}

/// Protected numbers and names, ready to be looked for.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    marks: Vec<Mark>,
    whole: HashMap<String, Vec<usize>>,
    windows: HashMap<String, Vec<usize>>,
    people: Vec<Person>,
    words: HashMap<String, Vec<usize>>,
}

/// A run of letters and digits in a text.
struct Run {
    from: usize,
    to: usize,
    folded: String,
}

impl Redactor {
    pub(crate) fn new<'a>(
        identifiers: impl Iterator<Item = (&'a Identifier, Sensitivity, &'a str)>,
        names: impl Iterator<Item = (Sensitivity, &'a str, &'a str)>,
    ) -> Self {
        let mut out = Self::default();
        for (identifier, class, pseudonym) in identifiers {
            for code in codes(identifier) {
                out.mark(Mark { class, pseudonym: pseudonym.to_owned(), code });
            }
        }
        for (class, pseudonym, name) in names {
            let words: BTreeSet<String> =
                fold(name).split(' ').filter(|w| w.chars().count() >= 2).map(str::to_owned).collect();
            for word in &words {
                out.words.entry(word.clone()).or_default().push(out.people.len());
            }
            out.people.push(Person { class, pseudonym: pseudonym.to_owned(), words });
        }
        out
    }

    fn mark(&mut self, mark: Mark) {
        if mark.code.len() < SHORTEST {
            return;
        }
        let position = self.marks.len();
        self.whole.entry(mark.code.clone()).or_default().push(position);
        let chars: Vec<char> = mark.code.chars().collect();
        for window in chars.windows(WINDOW) {
            let slot = self.windows.entry(window.iter().collect()).or_default();
            if slot.last() != Some(&position) {
                slot.push(position);
            }
        }
        self.marks.push(mark);
    }

    /// The text with protected numbers that the clearance does not cover replaced by pseudonyms.
    pub fn numbers<'t>(&self, text: &'t str, clearance: Clearance) -> Cow<'t, str> {
        if self.marks.is_empty() {
            return Cow::Borrowed(text);
        }
        let runs = runs(text);
        let mut cuts: Vec<(usize, usize, &str)> = Vec::new();
        for group in numbers(text, &runs) {
            let code: String = group.iter().map(|r| r.folded.as_str()).collect();
            if let (Some(mark), Some(first), Some(last)) =
                (self.find(&code, clearance), group.first(), group.last())
            {
                cuts.push((first.from, last.to, stand_in(mark.class, &mark.pseudonym)));
            }
        }
        replace(text, &cuts)
    }

    /// The text with protected numbers and names that the clearance does not cover replaced by pseudonyms.
    pub fn text<'t>(&self, text: &'t str, clearance: Clearance) -> Cow<'t, str> {
        let numbers = self.numbers(text, clearance);
        if self.people.is_empty() {
            return numbers;
        }
        let runs = runs(&numbers);
        let mut cuts: Vec<(usize, usize, &str)> = Vec::new();
        let mut at = 0;
        while let Some(run) = runs.get(at) {
            let mut longest: Option<(usize, &Person)> = None;
            for person in self.words.get(&run.folded).into_iter().flatten() {
                let Some(person) = self.people.get(*person).filter(|p| !clearance.covers(p.class)) else {
                    continue;
                };
                let found: Vec<&Run> = runs
                    .get(at..)
                    .unwrap_or_default()
                    .iter()
                    .take_while(|r| person.words.contains(&r.folded))
                    .collect();
                let distinct: BTreeSet<&str> = found.iter().map(|r| r.folded.as_str()).collect();
                let enough =
                    distinct.len() >= 2 || (person.words.len() == 1 && run.folded.chars().count() >= 4);
                if enough && longest.is_none_or(|(length, _)| found.len() > length) {
                    longest = Some((found.len(), person));
                }
            }
            match longest.and_then(|(length, person)| Some((length, person, runs.get(at + length - 1)?))) {
                Some((length, person, last)) => {
                    cuts.push((run.from, last.to, stand_in(person.class, &person.pseudonym)));
                    at += length;
                }
                None => at += 1,
            }
        }
        if cuts.is_empty() { numbers } else { Cow::Owned(replace(&numbers, &cuts).into_owned()) }
    }

    /// Whether the text holds nothing that the clearance does not cover.
    pub fn is_clean(&self, text: &str, clearance: Clearance) -> bool {
        self.text(text, clearance) == text
    }

    fn find(&self, code: &str, clearance: Clearance) -> Option<&Mark> {
        let hidden =
            |position: &&usize| self.marks.get(**position).is_some_and(|m| !clearance.covers(m.class));
        if let Some(position) = self.whole.get(code).into_iter().flatten().find(hidden) {
            return self.marks.get(*position);
        }
        let chars: Vec<char> = code.chars().collect();
        for window in chars.windows(WINDOW) {
            let window: String = window.iter().collect();
            for position in self.windows.get(&window).into_iter().flatten().filter(hidden) {
                let mark = self.marks.get(*position)?;
                let within = mark.code.len() >= WINDOW && code.contains(&mark.code);
                if within || mark.code.starts_with(code) || mark.code.ends_with(code) {
                    return Some(mark);
                }
            }
        }
        None
    }
}

/// The forms under which an identifier may be written.
fn codes(identifier: &Identifier) -> Vec<String> {
    let compact = |t: &str| fold(t).replace(' ', "");
    let mut out = Vec::new();
    match identifier.kind {
        IdentifierKind::Address => {}
        IdentifierKind::DocumentNumber => {
            let number = identifier.value.split_once(':').map_or(identifier.value.as_str(), |(_, n)| n);
            out.push(compact(number));
        }
        _ => {
            let code = compact(&identifier.value);
            if let Some(country) = phone_country(&identifier.value) {
                out.extend(code.strip_prefix(country.calling_code()).map(str::to_owned));
            }
            out.push(code);
        }
    }
    out
}

fn runs(text: &str) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::new();
    for (at, c) in text.char_indices() {
        if !c.is_alphanumeric() && !is_mark(c) {
            continue;
        }
        let to = at + c.len_utf8();
        match out.last_mut().filter(|r| r.to == at) {
            Some(run) => run.to = to,
            None => out.push(Run { from: at, to, folded: String::new() }),
        }
    }
    for run in &mut out {
        run.folded = text.get(run.from..run.to).map(fold).unwrap_or_default().replace(' ', "");
    }
    out.retain(|r| !r.folded.is_empty());
    out
}

/// A combining accent belongs to the letter before it.
fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// Groups runs into numbers: digits parted only by what people put between digits are one number.
fn numbers<'r>(text: &str, runs: &'r [Run]) -> Vec<&'r [Run]> {
    let mut out: Vec<&[Run]> = Vec::new();
    let mut from = 0;
    for at in 1..=runs.len() {
        let joined = match (runs.get(at - 1), runs.get(at)) {
            (Some(a), Some(b)) => {
                let between = text.get(a.to..b.from).unwrap_or_default();
                let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
                digit(a.folded.chars().last())
                    && digit(b.folded.chars().next())
                    && between.chars().count() <= 3
                    && between
                        .chars()
                        .all(|c| matches!(c, ' ' | '-' | '.' | '(' | ')' | '\u{a0}' | '\u{202f}'))
            }
            _ => false,
        };
        if !joined {
            out.extend(runs.get(from..at));
            from = at;
        }
    }
    out
}

/// A sealed party has no pseudonym for others: what is left out is left out without saying whose it was.
fn stand_in(class: Sensitivity, pseudonym: &str) -> &str {
    if class == Sensitivity::Sealed { "…" } else { pseudonym }
}

fn replace<'t>(text: &'t str, cuts: &[(usize, usize, &str)]) -> Cow<'t, str> {
    if cuts.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (from, to, instead) in cuts {
        out.push_str(text.get(at..*from).unwrap_or_default());
        out.push_str(instead);
        at = *to;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn redactor() -> Redactor {
        let tel = Identifier::new(IdentifierKind::Msisdn, "+50390001234");
        let doc = Identifier::new(IdentifierKind::DocumentNumber, "SV-DUI:990011223");
        let marks = [(&tel, Sensitivity::Victim, "V-01/tel1"), (&doc, Sensitivity::Victim, "V-01/doc1")];
        Redactor::new(marks.into_iter(), [(Sensitivity::Victim, "V-01", "Xiomara Núñez de Paz")].into_iter())
    }

    #[test]
    fn written_numbers_and_names_are_found() {
        let redactor = redactor();
        for (text, shown) in [
            ("CDR_90001234.xlsx", "CDR_V-01/tel1.xlsx"),
            ("llamó al 9000-1234 ayer", "llamó al V-01/tel1 ayer"),
            ("+503 9000 1234;0:12", "+V-01/tel1;0:12"),
            ("90001234,70000000", "V-01/tel1,70000000"),
            ("DUI 99001122-3", "DUI V-01/doc1"),
            ("pago a NUÑEZ XIOMARA", "pago a V-01"),
            ("Xiomara vino", "Xiomara vino"),
            ("fin 001234.", "fin V-01/tel1."),
            ("70009876", "70009876"),
            ("2026-03-14 05:41", "2026-03-14 05:41"),
        ] {
            assert_eq!(redactor.text(text, Clearance(Sensitivity::Open)), shown, "{text}");
            assert_eq!(redactor.text(text, Clearance(Sensitivity::Victim)), text, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_the_number_never_stays(before in "\\PC{0,12}", after in "\\PC{0,12}") {
            let text = format!("{before} | 9000-1234 | {after}");
            let shown = redactor().text(&text, Clearance(Sensitivity::Open)).into_owned();
            prop_assert!(!shown.contains("9000-1234"), "{}", shown);
        }
    }
}
