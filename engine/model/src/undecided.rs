//! What a table leaves open and only a person can settle, as stable codes: a case keeps the codes, and whoever
//! shows them says them in the reader's language.

use std::fmt;

/// One question that a table leaves open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// The time column counts steps of unknown length.
    Steps,
    /// Day and month of the events cannot be told apart.
    Dates,
    /// Day and month of dates of birth or validity cannot be told apart.
    EntityDates,
    /// The decimal mark of the amounts cannot be told.
    DecimalMark,
    /// Nothing says which amounts came in and which went out.
    Direction,
    /// No header was recognised, so no row is read; the roles that are missing, where it is known.
    Header(String),
    /// The table cannot be read; why, in the words of its reader.
    Unread(String),
    /// The file declares another number of records than were read.
    Declared {
        /// Records declared.
        declared: u64,
        /// Records read.
        read: u64,
    },
}

impl Undecided {
    /// The stable word of the question.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Dates => "dates",
            Self::EntityDates => "entity-dates",
            Self::DecimalMark => "decimal-mark",
            Self::Direction => "direction",
            Self::Header(_) => "header",
            Self::Unread(_) => "unread",
            Self::Declared { .. } => "declared",
        }
    }

    /// The question of one line of [`encode`]; none where the line is none.
    pub fn parse(line: &str) -> Option<Self> {
        let (code, rest) = line.split_once(' ').unwrap_or((line, ""));
        Some(match code {
            "steps" => Self::Steps,
            "dates" => Self::Dates,
            "entity-dates" => Self::EntityDates,
            "decimal-mark" => Self::DecimalMark,
            "direction" => Self::Direction,
            "header" => Self::Header(rest.to_owned()),
            "unread" => Self::Unread(rest.to_owned()),
            "declared" => {
                let (declared, read) = rest.split_once(' ')?;
                Self::Declared { declared: declared.parse().ok()?, read: read.parse().ok()? }
            }
            _ => return None,
        })
    }
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())?;
        match self {
            Self::Header(text) | Self::Unread(text) if !text.is_empty() => {
                write!(f, " {}", text.split_whitespace().collect::<Vec<_>>().join(" "))
            }
            Self::Declared { declared, read } => write!(f, " {declared} {read}"),
            _ => Ok(()),
        }
    }
}

/// The questions of a table, one a line, as a case keeps them; none where nothing is open.
pub fn encode(open: &[Undecided]) -> Option<String> {
    (!open.is_empty()).then(|| open.iter().map(Undecided::to_string).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_comes_back_from_its_line() {
        let all = [
            Undecided::Steps,
            Undecided::Dates,
            Undecided::EntityDates,
            Undecided::DecimalMark,
            Undecided::Direction,
            Undecided::Header(String::new()),
            Undecided::Header("caller, time".into()),
            Undecided::Unread("sheet 2: damaged".into()),
            Undecided::Declared { declared: 12, read: 10 },
        ];
        let text = encode(&all).unwrap_or_default();
        let back: Vec<_> = text.lines().filter_map(Undecided::parse).collect();
        assert_eq!(back, all);
        assert_eq!(encode(&[]), None);
        assert_eq!(Undecided::parse("declared 12"), None);
        assert_eq!(Undecided::parse("none such"), None);
        assert_eq!(Undecided::Unread("two\nlines".into()).to_string(), "unread two lines");
    }
}
