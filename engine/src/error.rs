//! Everything that can go wrong at the front door, each with the place and what the reader can do.

use std::path::PathBuf;

/// Errors of the engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The case folder.
    #[error(transparent)]
    Store(#[from] store::error::StoreError),
    /// Reading a seized file.
    #[error(transparent)]
    Ingest(#[from] ingest::error::IngestError),
    /// Resolving who is who.
    #[error(transparent)]
    Resolve(#[from] resolve::error::ResolveError),
    /// A graph kernel.
    #[error(transparent)]
    Graph(#[from] graph::error::GraphError),
    /// A community or typology kernel.
    #[error(transparent)]
    Analyse(#[from] analyse::error::AnalyseError),
    /// The search index.
    #[error(transparent)]
    Search(#[from] search::error::SearchError),
    /// An exchange format.
    #[error(transparent)]
    Report(#[from] report::error::ReportError),
    /// An edge list that cannot be read.
    #[error("{path}: {source}", path = path.display())]
    EdgeList {
        /// The file.
        path: PathBuf,
        /// The line and what is wrong.
        source: graph::error::EdgeListError,
    },
    /// Settings that cannot be read.
    #[error("{path}: {detail}", path = path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// Where and what.
        detail: String,
    },
    /// A file or folder of the caller's.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A derived table does not read back.
    #[error(
        "derived table {table}: {detail}; it is rebuildable: remove the folder `derived` of the case and run `madeja run` again"
    )]
    Derived {
        /// Which table.
        table: String,
        /// What is wrong.
        detail: String,
    },
    /// The case has changed since its results were computed.
    #[error("the results of stage {stage} are missing or older than the case; run `madeja run` on it first")]
    Stale {
        /// The first stage that is not fresh.
        stage: &'static str,
    },
    /// An id that this session may not or cannot find: absent and hidden are told alike.
    #[error("nothing that you may consult has the id given; use `madeja find` to look for it")]
    NotFound,
    /// An identifier held by several entities was given where one is needed.
    #[error("several entities answer to the id given; name one of them: {candidates}")]
    Ambiguous {
        /// Public ids, separated by spaces.
        candidates: String,
    },
    /// A question about what lies between several was asked of one.
    #[error(
        "the ids given stand for one and the same party, and this question needs two different ones; `madeja show` tells whom an id stands for"
    )]
    OneParty,
    /// A clearance was asked for without saying why.
    #[error("clearance `{class}` needs a reason: add --why \"...\"; it is recorded in the audit log")]
    WhyMissing {
        /// The class asked for.
        class: &'static str,
    },
    /// A judgement that cannot be made.
    #[error("this judgement cannot be recorded: {0}")]
    Judgement(&'static str),
    /// The judgements contradict each other.
    #[error(
        "judgements contradict each other: decisions {numbers}; withdraw one with `madeja judge CASE --undo N`"
    )]
    Contradiction {
        /// Numbers of the decisions.
        numbers: String,
    },
    /// A source that does not stand in the case.
    #[error("no source of the case has this name; `madeja sources CASE` lists those that stand")]
    NoSource,
    /// Nothing to load.
    #[error("{path}: no file to load here", path = path.display())]
    NothingToLoad {
        /// Where.
        path: PathBuf,
    },
    /// The job was asked to stop.
    #[error("stopped on request; what was committed stays")]
    Cancelled,
    /// An export format that is not known.
    #[error("unknown export format `{0}`; known: ftm, graphml, gexf, csv, parquet")]
    Format(String),
}
