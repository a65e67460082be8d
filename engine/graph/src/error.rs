//! What can be wrong with a graph's input. Nodes, edges and lines are named by number, never by what stands there.

/// Why a graph could not be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// An edge names a node that the graph does not have.
    #[error(
        "edge {edge} names node {node}, but the graph has {nodes} nodes; number the nodes from 0 without gaps"
    )]
    NoSuchNode {
        /// Position of the edge in the input, from 0.
        edge: usize,
        /// The node it names.
        node: u32,
        /// How many nodes there are.
        nodes: usize,
    },
    /// A weight is negative, infinite or not a number.
    #[error("edge {edge} has a weight that is negative, infinite or not a number; give weights of 0 or more")]
    BadWeight {
        /// Position of the edge in the input, from 0.
        edge: usize,
    },
    /// The weights column is shorter or longer than the edges.
    #[error("{weights} weights for {edges} edges; give one weight an edge")]
    WeightCount {
        /// Edges given.
        edges: usize,
        /// Weights given.
        weights: usize,
    },
    /// Weights of repeated edges add up to more than a 32-bit float holds.
    #[error("the weights of repeated edges of node {node} add up to infinity; give smaller weights")]
    WeightOverflow {
        /// A node of the repeated edge.
        node: u32,
    },
    /// More edges or nodes than 32-bit ids can number.
    #[error("{count} is more than 32-bit ids can number; split the graph")]
    TooLarge {
        /// How many there are.
        count: usize,
    },
    /// Stored columns do not make a graph.
    #[error("the stored graph is malformed ({what}); derive it again with `madeja run`")]
    Malformed {
        /// What does not fit.
        what: &'static str,
    },
}

impl GraphError {
    /// The same in Spanish.
    pub fn spanish(&self) -> String {
        match self {
            Self::NoSuchNode { edge, node, nodes } => format!(
                "la arista {edge} nombra el nodo {node}, pero el grafo tiene {nodes} nodos; numere los nodos desde 0 \
                 sin huecos"
            ),
            Self::BadWeight { edge } => format!(
                "la arista {edge} tiene un peso negativo, infinito o que no es un número; dé pesos de 0 o más"
            ),
            Self::WeightCount { edges, weights } => {
                format!("{weights} pesos para {edges} aristas; dé un peso por arista")
            }
            Self::WeightOverflow { node } => {
                format!("los pesos de las aristas repetidas del nodo {node} suman infinito; dé pesos menores")
            }
            Self::TooLarge { count } => {
                format!("{count} es más de lo que números de 32 bits pueden numerar; divida el grafo")
            }
            Self::Malformed { what } => {
                let what = match *what {
                    "the rows of outgoing edges" => "las filas de aristas salientes",
                    "the rows of incoming edges" => "las filas de aristas entrantes",
                    "the rows of evidence" => "las filas de evidencia",
                    "an incoming edge" => "una arista entrante",
                    _ => "una arista",
                };
                format!("el grafo guardado está mal formado ({what}); derívelo de nuevo con `madeja run`")
            }
        }
    }
}

impl EdgeListError {
    /// The same in Spanish.
    pub fn spanish(&self) -> String {
        match self {
            Self::MissingTarget { line } => {
                format!("línea {line}: un campo donde hacen falta dos ids; escriba `u v` o `u v peso`")
            }
            Self::MissingWeight { line } => {
                format!("línea {line}: falta el peso en el tercer campo; añádalo, o lea el archivo sin pesos")
            }
            Self::BadWeight { line } => {
                format!("línea {line}: el peso no es un número finito de 0 o más")
            }
            Self::NotText { line } => {
                format!("línea {line}: no es texto UTF-8; convierta el archivo a UTF-8")
            }
            Self::TooLarge { count } => format!(
                "{count} ids o aristas son más de lo que números de 32 bits pueden nombrar; divida el grafo"
            ),
        }
    }
}

/// Why an edge list could not be read. Lines count from 1, as an editor shows them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EdgeListError {
    /// A line has one field only.
    #[error("line {line}: one field where two ids are needed; write `u v` or `u v weight`")]
    MissingTarget {
        /// The line.
        line: u64,
    },
    /// Weights are asked for and a line has none.
    #[error("line {line}: no weight in the third field; add one, or read the file as unweighted")]
    MissingWeight {
        /// The line.
        line: u64,
    },
    /// The third field is not a weight.
    #[error("line {line}: the weight is not a finite number of 0 or more")]
    BadWeight {
        /// The line.
        line: u64,
    },
    /// The line is not UTF-8 text.
    #[error("line {line}: not UTF-8 text; convert the file to UTF-8")]
    NotText {
        /// The line.
        line: u64,
    },
    /// More distinct ids or edges than 32-bit numbers hold.
    #[error("{count} ids or edges are more than 32-bit numbers can name; split the graph")]
    TooLarge {
        /// How many there are.
        count: usize,
    },
}
