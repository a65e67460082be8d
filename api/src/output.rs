//! What goes to standard output: one JSON object, or plain aligned text.

use engine::disclose::audience::Lang;
use engine::disclose::messages;
use serde::Serialize;
use std::io::Write;

/// Writes to standard output and treats a closed pipe as the reader's wish.
pub(crate) fn write(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// A stable word (a heading, a layer, a kind, a class) in the reader's language; as it is where it has none.
pub(crate) fn word(lang: Lang, word: &str) -> String {
    messages::find(lang, &format!("table.{word}")).unwrap_or(word).to_owned()
}

/// One JSON object on one line.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    write(&format!("{}\n", serde_json::to_string(value)?))
}

/// A table of plain text with aligned columns; numbers lean right.
pub(crate) struct TextTable {
    rows: Vec<Vec<String>>,
}

impl TextTable {
    /// A table with a header.
    pub(crate) fn new(header: &[&str]) -> Self {
        Self { rows: vec![header.iter().map(|h| (*h).to_owned()).collect()] }
    }

    /// A table whose header is in the reader's language.
    pub(crate) fn worded(lang: Lang, header: &[&str]) -> Self {
        Self { rows: vec![header.iter().map(|h| word(lang, h)).collect()] }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table as text, one line a row.
    pub(crate) fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |c: usize| {
            self.rows.iter().filter_map(|r| r.get(c)).map(|t| t.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut out = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
                let number = cell.chars().next().is_some_and(|c| c.is_ascii_digit())
                    && cell.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '\u{202f}' | '%'));
                if number {
                    line.push_str(&pad);
                    line.push_str(cell);
                } else {
                    line.push_str(cell);
                    line.push_str(&pad);
                }
                line.push_str("  ");
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}
