//! What can go wrong in resolution. No message holds a value of the evidence: rows and positions do.

use std::path::PathBuf;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// The run was asked to stop.
    #[error("the resolution was cancelled; nothing was changed")]
    Cancelled,
    /// More mentions than positions fit in 32 bits.
    #[error("{count} mentions are more than one run can hold (at most {limit}); resolve the case in parts")]
    TooMany {
        /// Mentions given.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// A constraint names a mention that is not there.
    #[error("constraint {constraint} names mention {mention}, but there are {count}")]
    UnknownMention {
        /// Position of the constraint.
        constraint: usize,
        /// The position it names.
        mention: usize,
        /// How many mentions there are.
        count: usize,
    },
    /// Judgements contradict each other: the first says "different", the others chain the same two together.
    #[error(
        "the judgements at positions {constraints:?} contradict each other: the first says different, the others together say same; withdraw one of them"
    )]
    Contradiction {
        /// Positions of the constraints: the cannot-link first, then the must-links of the chain in order.
        constraints: Vec<usize>,
    },
    /// Settings name a column that the table does not have.
    #[error("the settings name column {name:?}, which the table does not have; it has: {present}")]
    NoSuchColumn {
        /// The name given.
        name: String,
        /// Headers of the table.
        present: String,
    },
    /// Settings give a column a role that does not exist.
    #[error("the settings give a column the role {word:?}; known roles: {known}")]
    NoSuchRole {
        /// The word given.
        word: String,
        /// Roles there are.
        known: String,
    },
    /// A stored model lacks a row.
    #[error("the stored model has no row for level {level} of {comparison}; resolve the case again")]
    ModelRowMissing {
        /// The comparison.
        comparison: String,
        /// The level.
        level: String,
    },
    /// A stored model holds a number that is no probability.
    #[error(
        "the stored model's value for level {level} of {comparison} is no probability; resolve the case again"
    )]
    ModelRowBad {
        /// The comparison.
        comparison: String,
        /// The level.
        level: String,
    },
    /// A stored frequency cannot be read.
    #[error(
        "the stored model has frequencies of an unknown kind ({kind}); train it anew with `run --retrain`"
    )]
    FrequencyBad {
        /// The kind.
        kind: String,
    },
    /// A file could not be opened.
    #[error("cannot open {}: {source}; check the path and the right to read it", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A row of a table could not be read.
    #[error("the table cannot be read at line {line}: {source}")]
    Table {
        /// Physical line, 0 where it is not known.
        line: u64,
        /// Why.
        source: csv::Error,
    },
    /// The table has no header or no rows.
    #[error("the table is empty: it needs a header line and at least one row")]
    EmptyTable,
    /// No column tells who someone is.
    #[error(
        "none of the {columns} columns could be read as a name, document, birth date, telephone or account; name the columns in the header (for example: id, given_name, surname, date_of_birth, phone)"
    )]
    NoUsableColumn {
        /// Columns seen.
        columns: usize,
    },
    /// The column named by the caller is not there.
    #[error("there is no column {name:?} in the header; the table has: {present}")]
    NoIdColumn {
        /// The column asked for.
        name: String,
        /// The header's columns.
        present: String,
    },
    /// An id is empty or stands twice.
    #[error(
        "the id in row {row} is empty or was already given in row {first}; ids must be filled and different"
    )]
    DuplicateId {
        /// Row of the second one.
        row: u64,
        /// Row of the first one; the row itself where the id is empty.
        first: u64,
    },
}
