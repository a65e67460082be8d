//! Who reads: what they may see by name, in which language, with which decimal mark.

use model::phrase::Phrase;
use model::place::Country;
use model::sensitivity::{Clearance, Sensitivity};

/// The language of texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lang {
    /// Spanish.
    #[default]
    Es,
    /// English.
    En,
}

impl Lang {
    /// The two-letter code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Es => "es",
            Self::En => "en",
        }
    }

    /// The language of a two-letter code.
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Es, Self::En].into_iter().find(|l| l.as_str() == code)
    }

    /// A phrase in this language.
    pub fn of(self, phrase: &Phrase) -> &str {
        match self {
            Self::Es => phrase.spanish(),
            Self::En => phrase.english(),
        }
    }

    /// The first of our languages that an `Accept-Language` header names in its order of worth; Spanish if none.
    pub fn negotiate(header: &str) -> Self {
        let mut wishes: Vec<(i32, Self)> = header
            .split(',')
            .filter_map(|wish| {
                let mut parts = wish.split(';');
                let code: String =
                    parts.next()?.trim().chars().take(2).collect::<String>().to_ascii_lowercase();
                let worth = parts
                    .find_map(|p| p.trim().strip_prefix("q=").and_then(|q| q.trim().parse::<f64>().ok()))
                    .unwrap_or(1.0);
                (worth > 0.0).then_some(())?;
                Some((-(worth * 1_000.0) as i32, Self::parse(&code)?))
            })
            .collect();
        wishes.sort_by_key(|(worth, _)| *worth);
        wishes.first().map_or(Self::default(), |(_, lang)| *lang)
    }
}

/// One kind of reader. Two sessions of equal audience get the same bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// The strictest class that is shown by name.
    pub clearance: Clearance,
    /// Language of texts.
    pub lang: Lang,
    /// Country of the case, for its decimal mark.
    pub country: Option<Country>,
}

impl Audience {
    /// An audience.
    pub fn new(clearance: Clearance, lang: Lang, country: Option<Country>) -> Self {
        Self { clearance, lang, country }
    }

    /// The name of the folder of artefacts (search index, layout) that this audience is answered from.
    pub fn folder(&self) -> &'static str {
        match self.clearance.0 {
            Sensitivity::Open => "open",
            Sensitivity::Witness => "witness",
            Sensitivity::Victim => "victim",
            Sensitivity::Minor => "minor",
            Sensitivity::Sealed => "all",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_chooses_the_language() {
        for (header, lang) in [
            ("en-GB,en;q=0.9,es;q=0.8", Lang::En),
            ("es-SV", Lang::Es),
            ("fr, en;q=0.3, es;q=0.7", Lang::Es),
            ("", Lang::Es),
            ("de", Lang::Es),
            ("es;q=0, en;q=0.1", Lang::En),
        ] {
            assert_eq!(Lang::negotiate(header), lang, "{header}");
        }
    }
}
