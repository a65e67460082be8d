//! The texts that people read, Spanish and English, from two message files.
//!
//! What Madeja may say is a matter of law: a pattern is a lead and never guilt, a cell is coverage and never
//! presence. So the sentences stand in `messages/es.properties` and `messages/en.properties`, where a lawyer can
//! read them, and a test forbids the words that say more than the data.
//!
//! A line is `key = text`; `#` begins a comment; `{name}` is replaced by a value.

use crate::audience::Lang;
use model::undecided::Undecided;
use std::collections::HashMap;
use std::sync::LazyLock;

type Messages = HashMap<&'static str, &'static str>;

static ES: LazyLock<Messages> = LazyLock::new(|| read(include_str!("../messages/es.properties")));
static EN: LazyLock<Messages> = LazyLock::new(|| read(include_str!("../messages/en.properties")));

fn read(file: &'static str) -> Messages {
    file.lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(key, text)| (key.trim(), text.trim()))
        .collect()
}

fn messages(lang: Lang) -> &'static Messages {
    match lang {
        Lang::Es => &ES,
        Lang::En => &EN,
    }
}

/// The text of a key, if there is one.
pub fn find(lang: Lang, key: &str) -> Option<&'static str> {
    messages(lang).get(key).copied()
}

/// The text of a key with its `{name}`s replaced; the key itself where it has no text.
///
/// Values are put in as they are: a brace in a value is never read as a place for another.
pub fn text(lang: Lang, key: &str, values: &[(&str, &str)]) -> String {
    let Some(mut rest) = find(lang, key) else { return key.to_owned() };
    let mut out = String::with_capacity(rest.len() + 32);
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}') {
            Some((name, tail)) => {
                out.push_str(values.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| value));
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// What a source leaves open, in words: `open` is as a case keeps it ([`model::undecided::encode`]).
///
/// A line that is no question known here stands as it is.
pub fn open_questions(lang: Lang, open: &str) -> String {
    let each = open
        .lines()
        .map(|line| Undecided::parse(line).map_or_else(|| line.to_owned(), |q| question(lang, &q)));
    each.collect::<Vec<_>>().join("; ")
}

/// One open question in words, with the flag or the mapping line that settles it.
pub fn question(lang: Lang, question: &Undecided) -> String {
    let key = format!("decision.{}", question.code());
    match question {
        Undecided::Header(missing) => {
            let missing = if missing.is_empty() { "—" } else { missing };
            text(lang, &key, &[("missing", missing)])
        }
        Undecided::Unread(why) => text(lang, &key, &[("why", why)]),
        Undecided::Declared { declared, read } => {
            text(lang, &key, &[("declared", &declared.to_string()), ("read", &read.to_string())])
        }
        _ => text(lang, &key, &[]),
    }
}

/// The name of a parameter or measured quantity of a finding, if it has a text; `change_2_uses` is the second
/// `change_uses`.
pub fn measure(lang: Lang, name: &str) -> Option<String> {
    let (kind, n) = match name.strip_prefix("change_").and_then(|rest| rest.split_once('_')) {
        Some((n, what)) if n.bytes().all(|b| b.is_ascii_digit()) => (format!("change_{what}"), n),
        _ => (name.to_owned(), ""),
    };
    let key = format!("measure.{kind}");
    find(lang, &key).map(|_| text(lang, &key, &[("n", n)]))
}

/// The texts of `key.1`, `key.2`, and so on.
pub fn list(lang: Lang, key: &str) -> Vec<String> {
    (1..).map_while(|n| find(lang, &format!("{key}.{n}")).map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn keys(file: &str) -> Vec<&str> {
        let lines = file.lines().filter(|l| !l.trim_start().starts_with('#') && !l.trim().is_empty());
        lines.map(|l| l.split_once('=').unwrap_or_else(|| panic!("no `=` in {l}")).0.trim()).collect()
    }

    fn places(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|t| t.split_once('}').map(|(name, _)| name)).collect()
    }

    #[test]
    fn both_languages_say_the_same_things() {
        let es = keys(include_str!("../messages/es.properties"));
        let en = keys(include_str!("../messages/en.properties"));
        assert_eq!(es, en, "same keys in the same order");
        assert_eq!(es.iter().collect::<BTreeSet<_>>().len(), es.len(), "no key twice");
        for key in es {
            assert!(!ES[key].is_empty() && !EN[key].is_empty(), "{key}");
            assert_eq!(places(ES[key]), places(EN[key]), "{key}");
        }
    }

    #[test]
    fn no_text_says_more_than_the_data() {
        let never = [
            "estaba en",
            "se ubicó",
            "estuvo en",
            "culpable",
            "tratante",
            "red criminal",
            "su teléfono",
            "es la misma persona",
            "banda",
            "célula",
            "organización",
            "lavó",
            "lavado",
            "cobró la deuda",
            "delincuente",
            "prostitut",
            "ilegal",
            "rescatad",
            "mojado",
            "no hubo llamadas",
            "hermano",
            "hermana",
            "criminal",
        ];
        let never_en = [
            "was at",
            "guilty",
            "trafficker",
            "criminal",
            "their phone",
            "his phone",
            "her phone",
            "is the same person",
            "gang",
            "cell of",
            "launder",
            "collected the debt",
            "offender",
            "prostitut",
            "illegal",
            "rescued",
            "wetback",
            "there were no calls",
            "brother",
            "sister",
            "organisation",
        ];
        for (lang, words) in [(&*ES, &never[..]), (&*EN, &never_en[..])] {
            for (key, text) in lang {
                let text = text.to_lowercase();
                for word in words {
                    assert!(!text.contains(word), "{key} says `{word}`");
                }
            }
        }
    }

    #[test]
    fn open_questions_name_what_settles_them() {
        for lang in [Lang::Es, Lang::En] {
            let said = open_questions(lang, "dates\ndeclared 12 10\nas it is");
            assert!(said.contains("--dates mdy") && said.contains("dates = \"mdy\""), "{said}");
            assert!(said.contains("12") && said.contains("10") && said.ends_with("; as it is"), "{said}");
            assert!(open_questions(lang, "steps").contains("epoch"));
            assert!(!open_questions(lang, "header\nunread damaged\ndecimal-mark").contains("decision."));
        }
    }

    #[test]
    fn values_are_not_read_as_places() {
        let said = text(
            Lang::Es,
            "row.transfer",
            &[("payer", "{beneficiary}"), ("beneficiary", "B"), ("amount", "1")],
        );
        assert!(said.contains("{beneficiary}") && said.contains('B'), "{said}");
        assert_eq!(text(Lang::En, "no.such.key", &[]), "no.such.key");
    }
}
