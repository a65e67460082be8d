//! What can go wrong with an index: it cannot be written, or it is not whole.

use std::path::PathBuf;

/// A failure of the search index. It names the folder, never what was sought.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// The index could not be written.
    #[error("cannot build the search index in {}: {detail}; free some space and run the stage `index` again", .path.display())]
    Build {
        /// The index folder.
        path: PathBuf,
        /// What the index library says.
        detail: String,
    },
    /// The index could not be opened or read.
    #[error("cannot read the search index in {}: {detail}; rebuild it with `madeja run CASE --only index`", .path.display())]
    Read {
        /// The index folder.
        path: PathBuf,
        /// What the index library says.
        detail: String,
    },
}

impl SearchError {
    /// The same in Spanish.
    pub fn spanish(&self) -> String {
        match self {
            Self::Build { path, detail } => format!(
                "no se puede construir el índice de búsqueda en {}: {detail}; libere espacio y ejecute la etapa \
                 `index` de nuevo",
                path.display()
            ),
            Self::Read { path, detail } => format!(
                "no se puede leer el índice de búsqueda en {}: {detail}; reconstrúyalo con `madeja run CASO --only \
                 index`",
                path.display()
            ),
        }
    }
}
