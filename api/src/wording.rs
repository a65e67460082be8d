//! What went wrong, in the reader's language.

use engine::disclose::audience::Lang;
use engine::error::EngineError;
use engine::ingest::error::IngestError;
use engine::model::phrase::{Phrase, system_fault};
use engine::resolve::error::ResolveError;
use engine::store::error::StoreError;
use std::error::Error;
use std::fmt;

/// A fault of the command line or the server, in both languages.
#[derive(Debug)]
pub(crate) struct Fault(pub(crate) Phrase);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Fault {}

/// A fault with a fixed text.
pub(crate) fn fault(english: &'static str, spanish: &'static str) -> anyhow::Error {
    Fault(Phrase::new(english, spanish)).into()
}

/// A fault whose text names what was given.
pub(crate) fn fault_of(english: String, spanish: String) -> anyhow::Error {
    Fault(Phrase::made(english, spanish)).into()
}

/// The error and what it comes from; a cause that is already told is not told again.
pub(crate) fn told(error: &anyhow::Error, lang: Lang) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let (said, whole) = one(cause, lang);
        if !text.contains(&said) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&said);
        }
        // Our own errors name their causes themselves.
        if whole {
            break;
        }
    }
    text
}

/// One error in words, and whether they name its causes too.
fn one(error: &(dyn Error + 'static), lang: Lang) -> (String, bool) {
    let ours = |english: String, spanish: String| {
        let text = match lang {
            Lang::En => english,
            Lang::Es => spanish,
        };
        (text, true)
    };
    if let Some(e) = error.downcast_ref::<EngineError>() {
        return (e.in_words(lang), true);
    }
    if let Some(e) = error.downcast_ref::<IngestError>() {
        return ours(e.to_string(), e.spanish());
    }
    if let Some(e) = error.downcast_ref::<StoreError>() {
        return ours(e.to_string(), e.spanish());
    }
    if let Some(e) = error.downcast_ref::<ResolveError>() {
        return ours(e.to_string(), e.spanish());
    }
    if let Some(e) = error.downcast_ref::<Fault>() {
        return (lang.of(&e.0).to_owned(), true);
    }
    if let Some(e) = error.downcast_ref::<std::io::Error>() {
        return ours(e.to_string(), system_fault(e).into_owned());
    }
    (error.to_string(), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_is_told_in_the_language_asked_for() {
        let path = std::path::PathBuf::from("caso");
        let error = anyhow::Error::from(EngineError::from(StoreError::NotACase { path }));
        assert!(told(&error, Lang::En).starts_with("caso: not a case folder"));
        assert!(told(&error, Lang::Es).starts_with("caso: no es una carpeta de caso"));
        let error = fault("give two", "dé dos").context("outside");
        assert_eq!(told(&error, Lang::Es), "outside: dé dos");
    }

    #[test]
    fn a_cause_is_told_once() {
        let source = std::io::Error::from(std::io::ErrorKind::NotFound);
        let error = anyhow::Error::from(EngineError::Io { path: "x.csv".into(), source });
        assert_eq!(told(&error, Lang::Es), "x.csv: no existe; compruebe la ruta y los permisos");
        assert_eq!(told(&error, Lang::En), "x.csv: entity not found; check the path and the right to use it");
    }
}
