//! The rows of the manifest by which a load becomes part of the case.

use super::{LoadSpec, Ready};
use crate::audit::{append_with_rows, number};
use crate::case::now_us;
use crate::evidence;
use model::place::Country;
use rusqlite::{Transaction, params};

pub(super) fn write_rows(
    tx: &Transaction<'_>,
    spec: &LoadSpec,
    original: &str,
    tables: &[Ready],
    actor: &str,
) -> rusqlite::Result<i64> {
    let now = now_us();
    let evidence =
        evidence::register(tx, &spec.digest, spec.size, &spec.name, original, spec.reference, now)?;
    let digest = spec.digest.to_hex();
    tx.execute(
        "INSERT INTO load (evidence, name, original_path, mapping_hash, parser_version, actor, loaded_us)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![
            evidence,
            spec.name,
            spec.original_path,
            spec.mapping_hash.to_hex(),
            spec.parser_version,
            actor,
            now
        ],
    )?;
    let load = tx.last_insert_rowid();
    let superseded = tx.execute(
        "INSERT INTO source_end (source, cause, by_load, actor, at_us, reason)
         SELECT id, 'superseded', ?, ?, ?, 'loaded again with another mapping or parser' FROM source
         WHERE digest = ? AND id NOT IN (SELECT source FROM source_end)",
        params![load, actor, now, digest],
    )?;
    for table in tables {
        write_source(tx, load, &digest, table)?;
    }
    let act = if superseded > 0 { "reload" } else { "load" };
    append_with_rows(tx, actor, act, &format!("load:{load}"), "")?;
    Ok(load)
}

fn write_source(tx: &Transaction<'_>, load: i64, digest: &str, table: &Ready) -> rusqlite::Result<()> {
    let Ready { draft, receipt, span, segments } = table;
    let columns = serde_json::to_string(&draft.columns)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    tx.execute(
        "INSERT INTO source (load, digest, sheet, kind, template, country, encoding, delimiter, header_row, needs_decision,
            columns, mapping, rows_read, rows_kept, rows_refused, rows_repeated, rows_other, first_us, last_us)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            load,
            digest,
            draft.sheet,
            draft.kind.as_str(),
            draft.template,
            draft.country.map(Country::code),
            draft.encoding,
            draft.delimiter,
            draft.header_row,
            draft.needs_decision,
            columns,
            draft.mapping_toml,
            number(receipt.read),
            number(receipt.kept),
            number(receipt.refused),
            number(receipt.repeated),
            number(receipt.other),
            span.map(|s| s.0),
            span.map(|s| s.1),
        ],
    )?;
    let source = tx.last_insert_rowid();
    for segment in segments {
        tx.execute(
            "INSERT INTO segment (source, records, number, file, bytes, sha256, row_count, first_row, last_row)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                source,
                segment.records,
                segment.number,
                segment.file,
                number(segment.bytes),
                segment.sha256,
                number(segment.row_count),
                segment.first_row,
                segment.last_row
            ],
        )?;
    }
    Ok(())
}
