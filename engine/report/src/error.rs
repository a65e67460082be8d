//! What can go wrong while an export is written.

use model::phrase::system_fault;

/// A failure of an export.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The target could not be written.
    #[error(
        "cannot write the {format} export: {source}; check free space and rights of the target, then export again"
    )]
    Write {
        /// The format.
        format: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// A view could not be put into the format.
    #[error("cannot put a row into the {format} export: {detail}")]
    Encode {
        /// The format.
        format: &'static str,
        /// Why.
        detail: String,
    },
}

impl ReportError {
    /// The same in Spanish.
    pub fn spanish(&self) -> String {
        match self {
            Self::Write { format, source } => format!(
                "no se puede escribir la exportación {format}: {}; compruebe el espacio libre y los permisos del \
                 destino, y exporte de nuevo",
                system_fault(source)
            ),
            Self::Encode { format, detail } => {
                format!("no se puede poner una fila en la exportación {format}: {detail}")
            }
        }
    }
}
