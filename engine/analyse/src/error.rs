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
    /// A partition does not belong to the graph.
    #[error(
        "{labels} labels for {nodes} nodes, or labels not below the number of communities; give the graph's own partition"
    )]
    BadLabels {
        /// Nodes of the graph.
        nodes: usize,
        /// Labels given.
        labels: usize,
    },
    /// A weight is negative or not finite, or all weights together are too large to be counted exactly.
    #[error("edge {edge} has a weight that is negative, not finite or too large; give weights of 0 or more")]
    BadWeight {
        /// Position of the edge in the input, from 0.
        edge: usize,
    },
    /// A graph of communities could not be built.
    #[error("the graph of communities: {0}")]
    Graph(#[from] graph::error::GraphError),
}
