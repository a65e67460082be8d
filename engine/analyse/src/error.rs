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

impl AnalyseError {
    /// The same in Spanish.
    pub fn spanish(&self) -> String {
        match self {
            Self::Cancelled => "se detuvo antes del final, como se pidió; no se guardó nada".to_owned(),
            Self::BadResolution { value } => {
                format!("la resolución debe ser un número mayor que 0 y finito, no {value}")
            }
            Self::BadLabels { nodes, labels } => format!(
                "{labels} etiquetas para {nodes} nodos, o etiquetas que no son menores que el número de comunidades; \
                 dé la partición del mismo grafo"
            ),
            Self::BadWeight { edge } => format!(
                "la arista {edge} tiene un peso negativo, no finito o demasiado grande; dé pesos de 0 o más"
            ),
            Self::Graph(error) => format!("el grafo de comunidades: {}", error.spanish()),
        }
    }
}
