//! The manifest's tables, its version, and how it is opened.
//!
//! Invariants:
//! 1. Tables of record are append-only: triggers refuse `UPDATE` and `DELETE`. What ends a source is a row of its own.
//! 2. The manifest is in WAL mode with `synchronous = FULL`: a commit that returned is on the disk.
//! 3. `user_version` is the format version, `application_id` says that the file is a case.
//! 4. A case of an earlier format is brought up to date when it is opened to be written; what it holds stays as it is.

use crate::audit;
use crate::error::StoreError;
use model::phrase::Phrase;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use std::path::Path;
use std::time::Duration;

/// Format version that this program writes and the latest that it reads.
pub(crate) const FORMAT: i64 = 3;

/// `MADJ` in ASCII.
const APPLICATION: i64 = 0x4D41_444A;

/// Tables whose rows are never changed.
pub(crate) const APPEND_ONLY: [&str; 14] = [
    "case_info",
    "evidence",
    "load",
    "source",
    "segment",
    "source_end",
    "judgement",
    "protection",
    "pseudonym",
    "identity_source",
    "identity_run",
    "identity",
    "identity_change",
    "audit",
];

const TABLES: &str = "
CREATE TABLE case_info (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE evidence (
    number INTEGER PRIMARY KEY, digest TEXT NOT NULL, bytes INTEGER NOT NULL, name TEXT NOT NULL,
    original_path TEXT NOT NULL, kept TEXT NOT NULL CHECK (kept IN ('copy', 'reference')),
    taken_us INTEGER NOT NULL, UNIQUE (digest, kept)) STRICT;
CREATE TABLE load (
    id INTEGER PRIMARY KEY, evidence INTEGER NOT NULL REFERENCES evidence (number), name TEXT NOT NULL,
    original_path TEXT NOT NULL, mapping_hash TEXT NOT NULL, parser_version INTEGER NOT NULL,
    actor TEXT NOT NULL, loaded_us INTEGER NOT NULL) STRICT;
CREATE TABLE source (
    id INTEGER PRIMARY KEY, load INTEGER NOT NULL REFERENCES load (id), digest TEXT NOT NULL, sheet TEXT NOT NULL,
    kind TEXT NOT NULL, template TEXT NOT NULL, country TEXT, encoding TEXT NOT NULL, delimiter TEXT NOT NULL,
    header_row INTEGER, needs_decision TEXT, columns TEXT NOT NULL, mapping TEXT NOT NULL,
    rows_read INTEGER NOT NULL, rows_kept INTEGER NOT NULL, rows_refused INTEGER NOT NULL,
    rows_repeated INTEGER NOT NULL, rows_other INTEGER NOT NULL, first_us INTEGER, last_us INTEGER,
    UNIQUE (load, sheet)) STRICT;
CREATE TABLE segment (
    source INTEGER NOT NULL REFERENCES source (id), records TEXT NOT NULL, number INTEGER NOT NULL,
    file TEXT NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, row_count INTEGER NOT NULL,
    first_row INTEGER NOT NULL, last_row INTEGER NOT NULL, PRIMARY KEY (source, records, number)) STRICT, WITHOUT ROWID;
CREATE TABLE source_end (
    source INTEGER PRIMARY KEY NOT NULL REFERENCES source (id),
    cause TEXT NOT NULL CHECK (cause IN ('superseded', 'withdrawn')),
    by_load INTEGER REFERENCES load (id), actor TEXT NOT NULL, at_us INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;
CREATE TABLE judgement (
    number INTEGER PRIMARY KEY, a TEXT, b TEXT, judgement TEXT, undoes INTEGER UNIQUE REFERENCES judgement (number),
    actor TEXT NOT NULL, at_us INTEGER NOT NULL, reason TEXT NOT NULL,
    CHECK ((undoes IS NULL) = (a IS NOT NULL AND b IS NOT NULL AND judgement IS NOT NULL))) STRICT;
CREATE TABLE protection (
    number INTEGER PRIMARY KEY, target TEXT NOT NULL, class TEXT NOT NULL,
    actor TEXT NOT NULL, at_us INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;
CREATE TABLE pseudonym (
    number INTEGER PRIMARY KEY, target TEXT NOT NULL UNIQUE, pseudonym TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE audit (
    number INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, actor TEXT NOT NULL, act TEXT NOT NULL,
    subject TEXT NOT NULL, why TEXT NOT NULL, rows_digest TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE TABLE audit_head (
    one INTEGER PRIMARY KEY CHECK (one = 1), entries INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE TABLE derived (
    audience TEXT NOT NULL, stage TEXT NOT NULL, generation INTEGER NOT NULL, input_hash TEXT NOT NULL,
    code_version TEXT NOT NULL, parameters TEXT NOT NULL, seed TEXT NOT NULL, at_us INTEGER NOT NULL,
    PRIMARY KEY (audience, stage)) STRICT, WITHOUT ROWID;
CREATE TABLE derived_file (
    audience TEXT NOT NULL, stage TEXT NOT NULL, file TEXT NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (audience, stage, file),
    FOREIGN KEY (audience, stage) REFERENCES derived (audience, stage)) STRICT, WITHOUT ROWID;
CREATE INDEX source_load ON source (load);
CREATE INDEX source_digest ON source (digest);
CREATE INDEX protection_target ON protection (target, number);
CREATE TRIGGER audit_head_grows BEFORE UPDATE ON audit_head WHEN NEW.entries <> OLD.entries + 1
BEGIN SELECT RAISE(ABORT, 'the audit head only grows by one'); END;
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head
BEGIN SELECT RAISE(ABORT, 'the audit head is never removed'); END;
";

/// What format 2 added: the ids of entities and what became of them.
const IDENTITY_TABLES: &str = "
CREATE TABLE identity_source (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE identity_run (
    number INTEGER PRIMARY KEY, audience TEXT NOT NULL, model TEXT NOT NULL, at_us INTEGER NOT NULL,
    moved BLOB NOT NULL) STRICT;
CREATE TABLE identity (
    audience TEXT NOT NULL, number INTEGER NOT NULL, run INTEGER NOT NULL REFERENCES identity_run (number),
    source INTEGER NOT NULL REFERENCES identity_source (number), row INTEGER NOT NULL, role TEXT NOT NULL,
    PRIMARY KEY (audience, number)) STRICT, WITHOUT ROWID;
CREATE TABLE identity_change (
    number INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES identity_run (number), identity INTEGER NOT NULL,
    change TEXT NOT NULL, other INTEGER) STRICT;
CREATE INDEX identity_by_run ON identity (run);
CREATE UNIQUE INDEX identity_anchor ON identity (audience, source, row, role);
CREATE INDEX identity_change_of ON identity_change (identity);
CREATE INDEX identity_change_other ON identity_change (other) WHERE other IS NOT NULL;
CREATE INDEX identity_change_by_run ON identity_change (run);
";

/// What format 3 added: the load that was interrupted, as its last checkpoint left it.
const UNFINISHED_TABLES: &str = "
CREATE TABLE unfinished (
    one INTEGER PRIMARY KEY CHECK (one = 1), original_path TEXT NOT NULL, size INTEGER NOT NULL, digest TEXT,
    mapping_hash TEXT NOT NULL, parser_version INTEGER NOT NULL, plan TEXT NOT NULL, bytes INTEGER NOT NULL,
    prefix TEXT, calls INTEGER NOT NULL, transfers INTEGER NOT NULL, mentions INTEGER NOT NULL,
    refused INTEGER NOT NULL, first_us INTEGER, last_us INTEGER) STRICT;
CREATE TABLE unfinished_segment (
    records TEXT NOT NULL, number INTEGER NOT NULL, file TEXT NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,
    row_count INTEGER NOT NULL, first_row INTEGER NOT NULL, last_row INTEGER NOT NULL,
    PRIMARY KEY (records, number)) STRICT, WITHOUT ROWID;
";

/// The append-only tables that format 2 added.
const IDENTITY: [&str; 4] = ["identity_source", "identity_run", "identity", "identity_change"];

fn guards(tables: &[&str]) -> String {
    let guard = |table: &str, verb: &str| {
        format!(
            "CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} \
             BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;\n"
        )
    };
    tables.iter().flat_map(|table| ["update", "delete"].map(|verb| guard(table, verb))).collect()
}

/// The statements that make an empty manifest.
pub(crate) fn statements() -> String {
    format!(
        "{TABLES}{IDENTITY_TABLES}{UNFINISHED_TABLES}{}PRAGMA application_id = {APPLICATION};\nPRAGMA user_version = {FORMAT};\n",
        guards(&APPEND_ONLY)
    )
}

/// Brings a manifest up to date: tables are added, nothing that stands is changed, and the log says so.
fn upgrade(conn: &mut Connection) -> rusqlite::Result<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have done it since the version was read.
    let found: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found < 2 {
        tx.execute_batch(&format!("{IDENTITY_TABLES}{}", guards(&IDENTITY)))?;
    }
    if found < 3 {
        tx.execute_batch(UNFINISHED_TABLES)?;
    }
    if found < FORMAT {
        tx.execute_batch(&format!("PRAGMA user_version = {FORMAT};"))?;
        audit::append(&tx, "madeja", "format", &format!("format:{FORMAT}"), "", None)?;
    }
    tx.commit()
}

/// Every table, index and trigger as `(name, sql)`, in order of name.
pub(crate) fn objects(conn: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut query = conn.prepare(
        "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// What [`objects`] says of an untouched manifest.
pub(crate) fn expected_objects() -> rusqlite::Result<Vec<(String, String)>> {
    let conn = Connection::open_in_memory()?;
    conn.execute_batch(&statements())?;
    objects(&conn)
}

/// Opens a manifest and says clearly why it cannot be opened.
pub(crate) fn open(path: &Path, read_only: bool) -> Result<Connection, StoreError> {
    let mut conn = if read_only { connect_to_read(path)? } else { connect_to_write(path)? };
    let damaged = |english: &'static str, spanish: &'static str| StoreError::Damaged {
        path: path.to_owned(),
        detail: Phrase::new(english, spanish),
    };
    let number = |pragma: &str| -> Result<i64, StoreError> {
        conn.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0)).map_err(|e| database(path, e))
    };
    if number("application_id")? != APPLICATION {
        return Err(damaged("case.db is not a manifest of Madeja", "case.db no es un manifiesto de Madeja"));
    }
    let found = number("user_version")?;
    if found > FORMAT {
        return Err(StoreError::NewerFormat { path: path.to_owned(), found, known: FORMAT });
    }
    if found < 1 {
        return Err(damaged("case.db states no format version", "case.db no indica su versión de formato"));
    }
    let check: String =
        conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|e| database(path, e))?;
    if check != "ok" {
        return Err(damaged("case.db fails SQLite's own check", "case.db no pasa la comprobación de SQLite"));
    }
    if found < FORMAT && read_only {
        return Err(StoreError::OlderFormat { path: path.to_owned(), found, known: FORMAT });
    }
    if found < FORMAT {
        upgrade(&mut conn).map_err(|e| database(path, e))?;
    }
    Ok(conn)
}

fn connect_to_write(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(|e| database(path, e))?;
    let configure = || -> rusqlite::Result<()> {
        conn.busy_timeout(Duration::from_secs(5))?;
        conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0))?;
        conn.execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;",
        )
    };
    configure().map_err(|e| database(path, e))?;
    Ok(conn)
}

fn connect_to_read(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let try_open = |conn: rusqlite::Result<Connection>| -> rusqlite::Result<Connection> {
        let conn = conn?;
        conn.busy_timeout(Duration::from_secs(5))?;
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
        Ok(conn)
    };
    let error = match try_open(Connection::open_with_flags(path, flags)) {
        Ok(conn) => return Ok(conn),
        Err(error) => error,
    };
    // A folder that cannot be written has no place for SQLite's shared memory. Where no log is pending, the
    // file alone is the whole manifest and may be read as it lies.
    let log = path.with_extension("db-wal");
    let log_is_empty = std::fs::metadata(&log).map_or(true, |m| m.len() == 0);
    let unwritable = matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied)
    );
    if unwritable && log_is_empty {
        let address = immutable_address(path);
        return try_open(Connection::open_with_flags(address, flags | OpenFlags::SQLITE_OPEN_URI))
            .map_err(|e| database(path, e));
    }
    if unwritable {
        return Err(StoreError::ReadOnly { path: path.to_owned() });
    }
    Err(database(path, error))
}

/// The manifest as an address that tells SQLite that nothing will change it.
fn immutable_address(path: &Path) -> String {
    let mut out = String::from("file:");
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out.push_str("?immutable=1");
    out
}

/// What an error of SQLite means for the case.
pub(crate) fn database(path: &Path, error: rusqlite::Error) -> StoreError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked { path },
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            let detail =
                Phrase::new("case.db is not a whole SQLite file", "case.db no es un archivo SQLite completo");
            StoreError::Damaged { path, detail }
        }
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly { path },
        _ => StoreError::Database { path, source: error },
    }
}
