//! What the beginning of a large file suggests of it.
//!
//! A sketch decides nothing: whoever reads by it compares it with the evidence of the whole file before anything is
//! stored.

use crate::error::IngestError;
use crate::evidence::Evidence;
use crate::load::LoadOptions;
use crate::mapping::Mapping;
use crate::open;
use crate::plan::Planned;
use crate::reader::encoding::Encoding;
use crate::reader::scan::{self, Scan};
use crate::reader::text::TextTable;
use crate::reading::{Circumstances, Reading};
use crate::recognise::Layout;
use crate::rows::{Blocks, Headers};
use crate::subject::{Outside, number_in_name};
use model::place::Country;
use std::path::Path;

/// How much of a file is looked at.
const BEGINNING: u64 = if cfg!(test) { 4_096 } else { 1 << 20 };

/// A table as its beginning suggests it.
pub(crate) struct Sketch {
    table: TextTable,
    scan: Scan,
    layout: Layout,
    evidence: Evidence,
    mapping: Mapping,
    country: Option<Country>,
    name_number: Option<String>,
    stem: String,
}

impl Sketch {
    /// Bytes of the file.
    pub(crate) fn bytes(&self) -> u64 {
        self.scan.bytes
    }

    /// Bytes of the byte order mark.
    pub(crate) fn bom(&self) -> u8 {
        self.scan.bom
    }

    /// Whether the bytes of the whole file are what its beginning suggests: text, in this encoding.
    ///
    /// # Errors   the file cannot be read
    pub(crate) fn holds(&self, readable: &Path) -> Result<bool, IngestError> {
        let encoding = self.mapping.encoding.as_deref().and_then(Encoding::parse);
        Ok(scan::scan(readable, &mut |_| true).is_ok_and(|mut whole| {
            whole.encoding = encoding.unwrap_or(whole.encoding);
            whole == self.scan
        }))
    }

    /// The number in the file's name.
    pub(crate) fn name_number(&self) -> Option<&str> {
        self.name_number.as_deref()
    }

    /// The plan that the evidence settles: of the whole file, or for want of it of its beginning.
    pub(crate) fn planned(&self, whole: Option<Evidence>) -> Planned {
        let known = Circumstances {
            mapping: &self.mapping,
            country: self.country,
            name_number: self.name_number.as_deref(),
            titles: [&self.stem, ""],
        };
        let reading = Reading::settle(&self.layout, whole.as_ref().unwrap_or(&self.evidence), &known);
        Planned {
            table: Box::new(self.table.clone()),
            layout: self.layout.clone(),
            evidence: whole.unwrap_or_default(),
            reading,
            recognised: true,
        }
    }
}

/// Looks at the beginning of a text file; `None` where it is no table that is recognised at once.
///
/// # Errors   the file cannot be read
pub(crate) fn sketch(
    path: &Path,
    size: u64,
    mapping: &Mapping,
    fallback: Option<Country>,
    options: &LoadOptions,
) -> Result<Option<Sketch>, IngestError> {
    let kind = mapping.kind()?.or(options.kind);
    let name_number = number_in_name(path);
    let outside = Outside::of(mapping, name_number.as_deref());
    let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let Some((mut scan, table, layout)) = open::beginning(path, BEGINNING, mapping, kind, outside)? else {
        return Ok(None);
    };
    let mut evidence = Evidence::looking_for(name_number.as_deref());
    let mut blocks = Blocks::new(&table, &layout, Headers::Sought(mapping))?;
    while let Some(block) = blocks.next()? {
        block.observe(&layout, &mut evidence);
        if block.rows.last().is_some_and(|row| row.offset >= BEGINNING) {
            break;
        }
    }
    drop(blocks);
    scan.bytes = size;
    let delimiter = crate::reader::Table::delimiter(&table).bytes().next().unwrap_or(b',');
    let table = TextTable::new(path, scan, delimiter);
    let mapping = mapping.clone();
    Ok(Some(Sketch { table, scan, layout, evidence, mapping, country: fallback, name_number, stem }))
}
