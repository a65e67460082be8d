//! The record splitter against an independent one, and against itself under damage.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fuzz;
mod golden;
mod rebuild;
mod templates;

use ingest::reader::encoding::Encoding;
use ingest::reader::record::Records;
use ingest::reader::text::Lines;
use proptest::prelude::*;

/// Rows of our reader: cells, first line, lines.
fn ours(bytes: &[u8], width: Option<usize>) -> Vec<(Vec<String>, u32, u32)> {
    let lines = Lines::new(bytes, Encoding::Utf8, false, 0, 1);
    let mut records = Records::new(lines, Encoding::Utf8, b',');
    if let Some(width) = width {
        records.set_width(width);
    }
    let mut out = Vec::new();
    while let Ok(Some(row)) = records.next_row() {
        let start = row.offset as usize;
        assert_eq!(bytes.get(start..start + row.raw.len()), Some(row.raw.as_slice()));
        out.push((row.cells, row.line, row.lines));
    }
    out
}

proptest! {
    #[test]
    fn well_formed_records_read_as_the_reference_reader_reads_them(
        rows in proptest::collection::vec(proptest::collection::vec("[a-c,\"\n é]{0,5}", 3), 1..12),
        crlf in any::<bool>(),
    ) {
        let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new()
            .terminator(terminator)
            .quote_style(csv::QuoteStyle::Always)
            .from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).map_err(|e| TestCaseError::fail(e.to_string()))?;
        }
        let bytes = writer.into_inner().map_err(|e| TestCaseError::fail(e.to_string()))?;
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
        let mut want = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|e| TestCaseError::fail(e.to_string()))?;
            want.push(record.iter().map(str::to_owned).collect::<Vec<_>>());
        }
        let found = ours(&bytes, Some(3));
        let cells: Vec<Vec<String>> = found.iter().map(|r| r.0.clone()).collect();
        prop_assert_eq!(&cells, &want);
        let mut next = 1;
        for (_, line, lines) in found {
            prop_assert_eq!(line, next);
            next += lines;
        }
    }

    #[test]
    fn any_text_is_read_to_the_end_line_by_line(text in "[a,\"\r\n]{0,80}", width in 1usize..5) {
        let physical = text.matches('\n').count() + usize::from(!text.is_empty() && !text.ends_with('\n'));
        let lines: u32 = ours(text.as_bytes(), Some(width)).iter().map(|r| r.2).sum();
        prop_assert_eq!(lines as usize, physical);
    }
}

#[test]
fn a_quote_on_every_line_is_read_in_linear_time() {
    let text = "a\",b,\"c\n".repeat(100_000);
    assert_eq!(ours(text.as_bytes(), Some(3)).iter().map(|r| r.2).sum::<u32>(), 100_000);
}

#[test]
fn a_line_of_two_hundred_megabytes_is_one_refused_row() {
    use std::io::Read;
    let head: &[u8] = b"a,b\n";
    let long = std::io::repeat(b'x').take(200 << 20);
    let tail: &[u8] = b"\nc,d\n";
    let lines = Lines::new(head.chain(long).chain(tail), Encoding::Utf8, false, 0, 1);
    let mut records = Records::new(lines, Encoding::Utf8, b',');
    let mut rows = Vec::new();
    while let Ok(Some(row)) = records.next_row() {
        rows.push((row.line, row.offset, row.fault, row.raw.len()));
    }
    let too_long = Some(model::record::RefusalReason::TooLong);
    assert_eq!(rows, [(1, 0, None, 3), (2, 4, too_long, 64 << 10), (3, 5 + (200 << 20), None, 3)]);
}
