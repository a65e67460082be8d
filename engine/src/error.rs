//! Everything that can go wrong at the front door, each with the place and what the reader can do.

use disclose::audience::Lang;
use model::phrase::{Phrase, system_fault};
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
    #[error("{path}: {source}; check the path and the right to use it", path = path.display())]
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
    Judgement(Phrase),
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

impl EngineError {
    /// What happened and what the reader can do, in the reader's language.
    pub fn in_words(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.to_string(),
            Lang::Es => self.spanish(),
        }
    }

    fn spanish(&self) -> String {
        match self {
            Self::Store(error) => error.spanish(),
            Self::Ingest(error) => error.spanish(),
            Self::Resolve(error) => error.spanish(),
            Self::Graph(error) => error.spanish(),
            Self::Analyse(error) => error.spanish(),
            Self::Search(error) => error.spanish(),
            Self::Report(error) => error.spanish(),
            Self::EdgeList { path, source } => format!("{}: {}", path.display(), source.spanish()),
            Self::Settings { path, detail } => format!("{}: {detail}", path.display()),
            Self::Io { path, source } => {
                format!("{}: {}; compruebe la ruta y los permisos", path.display(), system_fault(source))
            }
            Self::Derived { table, detail } => format!(
                "tabla derivada {table}: {detail}; se puede rehacer: borre la carpeta `derived` del caso y ejecute \
                 `madeja run` de nuevo"
            ),
            Self::Stale { stage } => format!(
                "los resultados de la etapa {stage} faltan o son más viejos que el caso; ejecute antes `madeja run` \
                 sobre él"
            ),
            Self::NotFound => {
                "nada de lo que usted puede consultar tiene ese id; búsquelo con `madeja find`".to_owned()
            }
            Self::Ambiguous { candidates } => {
                format!("varias entidades responden a ese id; nombre una de ellas: {candidates}")
            }
            Self::OneParty => {
                "los ids dados son de una misma parte, y esta pregunta necesita dos distintas; \
                 `madeja show` dice de quién es un id"
                    .to_owned()
            }
            Self::WhyMissing { class } => format!(
                "la autorización `{class}` necesita un motivo: añada --why \"...\"; queda en el registro de auditoría"
            ),
            Self::Judgement(fault) => format!("este juicio no se puede registrar: {}", fault.spanish()),
            Self::Contradiction { numbers } => format!(
                "los juicios se contradicen: decisiones {numbers}; retire una con `madeja judge CASO --undo N`"
            ),
            Self::NoSource => {
                "ninguna fuente del caso tiene ese nombre; `madeja sources CASO` muestra las que hay"
                    .to_owned()
            }
            Self::NothingToLoad { path } => format!("{}: no hay ningún archivo que cargar", path.display()),
            Self::Cancelled => "se detuvo a petición; lo confirmado queda".to_owned(),
            Self::Format(word) => format!(
                "formato de exportación desconocido `{word}`; se conocen: ftm, graphml, gexf, csv, parquet"
            ),
        }
    }
}
