//! What can stop an analysis.

/// Why an analysis gave no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AnalyseError {
    /// The run was asked to stop.
    #[error("stopped before the end, as asked; nothing was kept")]
    Cancelled,
    /// A parameter makes no sense.
    #[error("the resolution must be a number above 0 and below infinity, not {value}")]
    BadResolution {
        /// The value given.
        value: f64,
    },
}
