//! What can go wrong in resolution. No message holds a value of the evidence: rows and positions do.

use model::phrase::system_fault;
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

impl ResolveError {
    /// The same in Spanish.
    pub fn spanish(&self) -> String {
        match self {
            Self::Cancelled => "se canceló la resolución; no se cambió nada".to_owned(),
            Self::TooMany { count, limit } => format!(
                "{count} menciones son más de las que caben en una ejecución (como máximo {limit}); resuelva el caso \
                 por partes"
            ),
            Self::UnknownMention { constraint, mention, count } => {
                format!("la restricción {constraint} nombra la mención {mention}, pero hay {count}")
            }
            Self::Contradiction { constraints } => format!(
                "los juicios en las posiciones {constraints:?} se contradicen: el primero dice distinto, los demás \
                 juntos dicen igual; retire uno de ellos"
            ),
            Self::NoSuchColumn { name, present } => {
                format!("los ajustes nombran la columna {name:?}, que la tabla no tiene; tiene: {present}")
            }
            Self::NoSuchRole { word, known } => {
                format!("los ajustes dan a una columna el papel {word:?}; papeles conocidos: {known}")
            }
            Self::ModelRowMissing { comparison, level } => format!(
                "el modelo guardado no tiene fila para el nivel {level} de {comparison}; resuelva el caso de nuevo"
            ),
            Self::ModelRowBad { comparison, level } => format!(
                "el valor del modelo guardado para el nivel {level} de {comparison} no es una probabilidad; resuelva \
                 el caso de nuevo"
            ),
            Self::FrequencyBad { kind } => format!(
                "el modelo guardado tiene frecuencias de una clase desconocida ({kind}); entrénelo de nuevo con \
                 `run --retrain`"
            ),
            Self::Open { path, source } => format!(
                "no se puede abrir {}: {}; compruebe la ruta y el permiso de lectura",
                path.display(),
                system_fault(source)
            ),
            Self::Table { line, source } => format!("la tabla no se puede leer en la línea {line}: {source}"),
            Self::EmptyTable => {
                "la tabla está vacía: necesita una línea de encabezado y al menos una fila".to_owned()
            }
            Self::NoUsableColumn { columns } => format!(
                "ninguna de las {columns} columnas se pudo leer como nombre, documento, fecha de nacimiento, teléfono \
                 o cuenta; nombre las columnas en el encabezado (por ejemplo: id, nombres, apellidos, \
                 fecha_nacimiento, telefono)"
            ),
            Self::NoIdColumn { name, present } => {
                format!("no hay columna {name:?} en el encabezado; la tabla tiene: {present}")
            }
            Self::DuplicateId { row, first } => format!(
                "el id de la fila {row} está vacío o ya se dio en la fila {first}; los ids deben estar llenos y ser \
                 distintos"
            ),
        }
    }
}
