//! What can stop the load of a file. Nothing of the file has been committed when one of these is returned.
//!
//! No variant carries a value of the evidence: headers, rows and columns only.

use model::phrase::{Phrase, system_fault};
use std::path::PathBuf;

/// Why a file was not loaded, where, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The file could not be read.
    #[error("cannot read {path}: {source}; check that it exists and may be read, then load it again")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file holds nothing.
    #[error("{path} is empty: it holds no rows; ask its sender for it again")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is no table.
    #[error("{path} is not a table ({what}); give delimited text or a workbook (xlsx, xls, ods)")]
    Binary {
        /// The file.
        path: PathBuf,
        /// What it seems to be.
        what: Phrase,
    },
    /// The workbook cannot be opened.
    #[error(
        "{path} is not a readable workbook ({detail}); open it in a spreadsheet program and save it again, or export its sheets as CSV"
    )]
    Workbook {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        detail: Phrase,
    },
    /// The archive cannot be opened.
    #[error(
        "{path} is not a readable archive ({detail}); unpack it with a program that can and load what it holds, or ask its sender for it again"
    )]
    Archive {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        detail: Phrase,
    },
    /// A workbook or archive that had to be stopped.
    #[error(
        "{path} was refused: {detail}; nothing of it was read. Ask who sent it how it was made, and load only what a clean export of it holds"
    )]
    Hostile {
        /// The file.
        path: PathBuf,
        /// What it does.
        detail: Phrase,
    },
    /// No row could be understood as a header.
    #[error(
        "{path}{sheet}: {problem}; missing: {missing}. Fill in this mapping and load with --mapping FILE:\n{skeleton}"
    )]
    NotRecognised {
        /// The file.
        path: PathBuf,
        /// `#sheet` of a workbook, else empty.
        sheet: String,
        /// What went wrong.
        problem: Phrase,
        /// The roles that no column has.
        missing: String,
        /// A mapping to fill in.
        skeleton: Box<str>,
    },
    /// A column that the mapping names is not in the file.
    #[error(
        "{path}{sheet}: no row among the first {searched} holds the column \"{column}\" that the mapping names; correct the mapping's [columns] or set header_row"
    )]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// `#sheet` of a workbook, else empty.
        sheet: String,
        /// The column as the mapping writes it.
        column: String,
        /// Rows searched.
        searched: usize,
    },
    /// The mapping itself is wrong.
    #[error("the mapping is wrong: {detail}")]
    Mapping {
        /// The line and what it may be.
        detail: Phrase,
    },
    /// `--strict` and a row was refused.
    #[error(
        "{path}{sheet}: {refused} rows were refused, the first at row {first_row} ({reason}); load without --strict to keep them in quarantine"
    )]
    Strict {
        /// The file.
        path: PathBuf,
        /// `#sheet` of a workbook, else empty.
        sheet: String,
        /// How many.
        refused: u64,
        /// The first of them.
        first_row: u32,
        /// Its reason code.
        reason: &'static str,
    },
    /// More lines than a row number can count.
    #[error("{path} has more than 4,294,967,295 lines; split it and load the parts")]
    TooManyRows {
        /// The file.
        path: PathBuf,
    },
    /// The accounts of a load do not balance: a fault of this program, not of the file.
    #[error("{path}{sheet}: the receipt does not balance ({detail}); nothing was loaded, please report this")]
    Unbalanced {
        /// The file.
        path: PathBuf,
        /// `#sheet` of a workbook, else empty.
        sheet: String,
        /// The counts.
        detail: String,
    },
    /// The evidence no longer holds the row.
    #[error("source {source_key}, row {row}: the evidence no longer holds this row; run `madeja verify`")]
    RowGone {
        /// The source, shortened.
        source_key: String,
        /// The row.
        row: u32,
    },
    /// The segments of a source do not give its file back.
    #[error(
        "source {source_key} cannot be rebuilt from the case: it is no text, an earlier version loaded it, or its segments are damaged; load its file again, or run `madeja verify`"
    )]
    NotRebuilt {
        /// The source, shortened.
        source_key: String,
    },
    /// The run was cancelled.
    #[error("the load of {path} was cancelled; nothing of it was committed")]
    Cancelled {
        /// The file.
        path: PathBuf,
    },
    /// The case folder refused.
    #[error(transparent)]
    Store(#[from] store::error::StoreError),
}

impl IngestError {
    /// The same in Spanish.
    pub fn spanish(&self) -> String {
        match self {
            Self::Io { path, source } => format!(
                "no se puede leer {}: {}; compruebe que existe y que se puede leer, y vuelva a cargarlo",
                path.display(),
                system_fault(source)
            ),
            Self::Empty { path } => {
                format!("{} está vacío: no contiene filas; pídalo de nuevo a quien lo envió", path.display())
            }
            Self::Binary { path, what } => format!(
                "{} no es una tabla ({}); entregue texto delimitado o un libro de cálculo (xlsx, xls, ods)",
                path.display(),
                what.spanish()
            ),
            Self::Workbook { path, detail } => format!(
                "{} no es un libro de cálculo legible ({}); ábralo en una hoja de cálculo y guárdelo de nuevo, o \
                 exporte sus hojas como CSV",
                path.display(),
                detail.spanish()
            ),
            Self::Archive { path, detail } => format!(
                "{} no es un archivo comprimido legible ({}); desempáquelo con un programa que pueda y cargue lo \
                 que contiene, o pídalo de nuevo a quien lo envió",
                path.display(),
                detail.spanish()
            ),
            Self::Hostile { path, detail } => format!(
                "{} se rechazó: {}; no se leyó nada de él. Pregunte a quien lo envió cómo se hizo, y cargue solo lo \
                 que contenga una exportación limpia",
                path.display(),
                detail.spanish()
            ),
            Self::NotRecognised { path, sheet, problem, missing, skeleton } => format!(
                "{}{sheet}: {}; falta: {}. Complete este mapeo y cargue con --mapping ARCHIVO:\n{skeleton}",
                path.display(),
                problem.spanish(),
                missing.replace(", or ", " o ").replace(" and ", " y ")
            ),
            Self::MissingColumn { path, sheet, column, searched } => format!(
                "{}{sheet}: ninguna de las primeras {searched} filas contiene la columna \"{column}\" que nombra el \
                 mapeo; corrija [columns] en el mapeo o fije header_row",
                path.display()
            ),
            Self::Mapping { detail } => format!("el mapeo no es correcto: {}", detail.spanish()),
            Self::Strict { path, sheet, refused, first_row, reason } => format!(
                "{}{sheet}: se rechazaron {refused} filas, la primera en la fila {first_row} ({reason}); cargue sin \
                 --strict para guardarlas en cuarentena",
                path.display()
            ),
            Self::TooManyRows { path } => {
                format!("{} tiene más de 4 294 967 295 líneas; divídalo y cargue las partes", path.display())
            }
            Self::Unbalanced { path, sheet, detail } => format!(
                "{}{sheet}: el recibo no cuadra ({detail}); no se cargó nada, avise por favor de este defecto",
                path.display()
            ),
            Self::RowGone { source_key, row } => format!(
                "fuente {source_key}, fila {row}: la evidencia ya no contiene esta fila; ejecute `madeja verify`"
            ),
            Self::NotRebuilt { source_key } => format!(
                "la fuente {source_key} no se puede reconstruir a partir del caso: no es texto, la cargó una versión \
                 anterior o sus segmentos están dañados; cargue de nuevo su archivo, o ejecute `madeja verify`"
            ),
            Self::Cancelled { path } => {
                format!("se canceló la carga de {}; no se guardó nada de él", path.display())
            }
            Self::Store(error) => error.spanish(),
        }
    }

    /// The same error about the file as it was given, instead of the copy that is read.
    pub(crate) fn at(mut self, given: &std::path::Path) -> Self {
        match &mut self {
            Self::Io { path, .. }
            | Self::Empty { path }
            | Self::Binary { path, .. }
            | Self::Workbook { path, .. }
            | Self::Archive { path, .. }
            | Self::Hostile { path, .. }
            | Self::TooManyRows { path }
            | Self::Cancelled { path } => given.clone_into(path),
            _ => {}
        }
        self
    }
}
