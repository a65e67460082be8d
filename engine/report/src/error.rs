//! What can go wrong while an export is written.

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
