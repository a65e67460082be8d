//! What can go wrong with a case folder; each message names the place and the remedy.
//!
//! **Invariant:** no name, number or text of evidence stands in an error; rows are named by source and row number.

use model::phrase::{Phrase, system_fault};
use std::io;
use std::path::PathBuf;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system refused an operation on a file.
    #[error("{path}: could not {what}: {source}", path = path.display())]
    Io {
        /// The operation, as a verb.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// Data could not be made safe on the disk; nothing further is written by this process.
    #[error(
        "{path}: the disk did not confirm that data is safe; nothing more is written. \
         Check the disk, then open the case again: it stands at its last commit",
        path = path.display()
    )]
    Unsafe {
        /// The file or folder that could not be made safe.
        path: PathBuf,
    },
    /// The manifest refused an operation.
    #[error("{path}: the manifest could not be read or written: {source}", path = path.display())]
    Database {
        /// The manifest.
        path: PathBuf,
        /// SQLite's answer.
        source: rusqlite::Error,
    },
    /// The folder is no case.
    #[error("{path}: not a case folder (no case.db). Create one with `madeja new`, or correct the path", path = path.display())]
    NotACase {
        /// The folder.
        path: PathBuf,
    },
    /// A case is to be created where something already is.
    #[error("{path}: already holds files. Choose a new or empty folder for a new case", path = path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The manifest is missing or damaged.
    #[error("{path}: the case is damaged: {detail}. Restore the folder from a copy; change nothing in this one", path = path.display())]
    Damaged {
        /// The damaged file.
        path: PathBuf,
        /// What does not hold.
        detail: Phrase,
    },
    /// The case was written by a later Madeja.
    #[error("{path}: the case has format {found}, this program reads up to {known}. Use a newer Madeja", path = path.display())]
    NewerFormat {
        /// The manifest.
        path: PathBuf,
        /// Format version of the case.
        found: i64,
        /// Latest version that this program knows.
        known: i64,
    },
    /// The case was written by an earlier Madeja and may not be changed here.
    #[error("{path}: the case has format {found}, this program reads format {known}. Copy the folder to a writable place and open it there: that brings it up to date and changes nothing it holds", path = path.display())]
    OlderFormat {
        /// The manifest.
        path: PathBuf,
        /// Format version of the case.
        found: i64,
        /// The version that is needed.
        known: i64,
    },
    /// The case may only be read.
    #[error("{path}: the case is open for reading only, or its folder is read-only. Copy it to a writable place to change it", path = path.display())]
    ReadOnly {
        /// The folder.
        path: PathBuf,
    },
    /// Another process writes to the case.
    #[error("{path}: another process is writing to this case. Wait until it has ended, or end it, then try again", path = path.display())]
    Locked {
        /// The lock or the manifest.
        path: PathBuf,
    },
    /// A segment or derived table does not hold what the manifest says.
    #[error("{path}: unreadable or not as the manifest says ({detail}). Run `madeja verify`; load the source again, or restore the folder from a copy", path = path.display())]
    Segment {
        /// The file.
        path: PathBuf,
        /// What does not hold.
        detail: String,
    },
    /// Rows of a source were given out of order.
    #[error(
        "{source_key}, table {table}: row {row} was given after row {after}; rows of a source must ascend"
    )]
    OutOfOrder {
        /// Short key of the source.
        source_key: String,
        /// The table.
        table: &'static str,
        /// The row at fault.
        row: u32,
        /// The row before it.
        after: u32,
    },
    /// The receipt of a source does not account for its rows.
    #[error(
        "{source_key}: the receipt does not balance ({detail}); nothing was loaded. This is a defect of the reader: report it"
    )]
    Unbalanced {
        /// Short key of the source.
        source_key: String,
        /// The figures.
        detail: String,
    },
    /// A load names the same table of a file twice, or no table at all.
    #[error("{source_key}: {detail}; nothing was loaded")]
    BadLoad {
        /// Short key of the source or digest of the file.
        source_key: String,
        /// What is wrong.
        detail: Phrase,
    },
    /// A file of columns is not what was written.
    #[error(
        "{path}: {detail}; it is rebuilt from the rest of the case: run `madeja run`, and `madeja verify` to see what \
         else the disk has lost", path = path.display()
    )]
    Mapped {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: Phrase,
    },
    /// No such source, judgement or artefact.
    #[error("{path}: there is no {what} {which} in this case", path = path.display())]
    Unknown {
        /// The case.
        path: PathBuf,
        /// The kind of thing.
        what: &'static str,
        /// Its number or name.
        which: String,
    },
    /// A judgement was withdrawn before.
    #[error("judgement {number} was already undone, or is itself an undoing; judge the pair again instead")]
    AlreadyUndone {
        /// The judgement.
        number: u64,
    },
    /// A judgement about one mention and itself.
    #[error("a judgement needs two different mentions; give two")]
    SameMention,
    /// An act that must be explained came without actor or reason.
    #[error("{act}: who does this and why must be stated, and is recorded; give both")]
    MissingReason {
        /// The act.
        act: &'static str,
    },
    /// A name of an audience, stage or table that cannot be a file name.
    #[error("{name:?}: names of audiences, stages and tables are 1 to 64 of a-z, 0-9, `_` and `-`")]
    BadName {
        /// The name.
        name: String,
    },
}

/// Attaches the operation and the path to an error of the operating system.
impl StoreError {
    /// The same in Spanish.
    pub fn spanish(&self) -> String {
        match self {
            Self::Io { what, path, source } => {
                format!("{}: no se pudo {}: {}", path.display(), deed(what), system_fault(source))
            }
            Self::Unsafe { path } => format!(
                "{}: el disco no confirmó que los datos estén a salvo; no se escribe nada más. Revise el disco y \
                 abra el caso de nuevo: está como en su última confirmación",
                path.display()
            ),
            Self::Database { path, source } => {
                format!("{}: no se pudo leer o escribir el manifiesto: {source}", path.display())
            }
            Self::NotACase { path } => format!(
                "{}: no es una carpeta de caso (falta case.db). Cree una con `madeja new` o corrija la ruta",
                path.display()
            ),
            Self::NotEmpty { path } => format!(
                "{}: ya contiene archivos. Elija una carpeta nueva o vacía para un caso nuevo",
                path.display()
            ),
            Self::Damaged { path, detail } => format!(
                "{}: el caso está dañado: {}. Restaure la carpeta desde una copia; no cambie nada en esta",
                path.display(),
                detail.spanish()
            ),
            Self::NewerFormat { path, found, known } => format!(
                "{}: el caso tiene el formato {found}, y este programa lee hasta el {known}. Use una versión más \
                 nueva de Madeja",
                path.display()
            ),
            Self::OlderFormat { path, found, known } => format!(
                "{}: el caso tiene el formato {found}, y este programa lee el {known}. Copie la carpeta a un lugar \
                 donde se pueda escribir y ábrala allí: así se actualiza sin cambiar nada de lo que contiene",
                path.display()
            ),
            Self::ReadOnly { path } => format!(
                "{}: el caso está abierto solo para lectura, o su carpeta es de solo lectura. Cópielo a un lugar \
                 donde se pueda escribir para cambiarlo",
                path.display()
            ),
            Self::Locked { path } => format!(
                "{}: otro proceso está escribiendo en este caso. Espere a que termine, o termínelo, e inténtelo de \
                 nuevo",
                path.display()
            ),
            Self::Segment { path, detail } => format!(
                "{}: ilegible o distinto de lo que dice el manifiesto ({detail}). Ejecute `madeja verify`; cargue la \
                 fuente de nuevo o restaure la carpeta desde una copia",
                path.display()
            ),
            Self::Mapped { path, detail } => format!(
                "{}: {}; se rehace con el resto del caso: ejecute `madeja run`, y `madeja verify` para ver qué más \
                 perdió el disco",
                path.display(),
                detail.spanish()
            ),
            Self::OutOfOrder { source_key, table, row, after } => format!(
                "{source_key}, tabla {table}: la fila {row} se entregó después de la fila {after}; las filas de una \
                 fuente deben ascender"
            ),
            Self::Unbalanced { source_key, detail } => format!(
                "{source_key}: el recibo no cuadra ({detail}); no se cargó nada. Es un defecto del lector: avise de él"
            ),
            Self::BadLoad { source_key, detail } => {
                format!("{source_key}: {}; no se cargó nada", detail.spanish())
            }
            Self::Unknown { path, what, which } => {
                let what = match *what {
                    "source" => "la fuente",
                    "derived table" => "la tabla derivada",
                    other => other,
                };
                format!("{}: no está {what} {which} en este caso", path.display())
            }
            Self::AlreadyUndone { number } => {
                format!("el juicio {number} ya se retiró, o es él mismo un retiro; juzgue el par de nuevo")
            }
            Self::SameMention => "un juicio necesita dos menciones distintas; indique dos".to_owned(),
            Self::MissingReason { act } => format!(
                "{act}: debe decirse quién lo hace y por qué, y queda registrado; indique ambas cosas"
            ),
            Self::BadName { name } => format!(
                "{name:?}: los nombres de audiencias, etapas y tablas tienen de 1 a 64 signos de a-z, 0-9, `_` y `-`"
            ),
        }
    }
}

/// What was tried, in Spanish.
fn deed(what: &str) -> &str {
    match what {
        "write" => "escribir",
        "open" | "open the lock" => "abrir",
        "read" => "leer",
        "commit" => "confirmar",
        "go on after the commit" => "seguir tras confirmar",
        "list" => "listar",
        "create" => "crear",
        "rename" => "cambiar de nombre",
        "make read-only" => "proteger contra escritura",
        "remove" => "borrar",
        "lock" => "reservar",
        "find" => "encontrar",
        "copy" => "copiar",
        other => other,
    }
}

pub(crate) fn io_at(what: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { what, path, source }
}
