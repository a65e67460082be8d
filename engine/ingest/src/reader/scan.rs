//! One pass over the bytes of a file: is it text, in which encoding, and how do its lines end?

use super::encoding::{Encoding, single_byte};
use crate::error::IngestError;
use model::phrase::Phrase;
use std::io::Read;
use std::path::Path;

/// What the bytes of a whole file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The encoding.
    pub encoding: Encoding,
    /// Bytes of the byte order mark, 0 if there is none.
    pub bom: u8,
    /// Whether lines end with a lone carriage return (old Macintosh), which holds only for the whole file.
    pub cr_lines: bool,
    /// Size in bytes.
    pub bytes: u64,
}

/// What a file is by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Perhaps text.
    Text,
    /// A zip, gzip or compound file: a workbook or an archive.
    Foreign,
    /// Something that is no table, with its name.
    Other(&'static Phrase),
}

static MAGIC: [(&[u8], Phrase); 11] = [
    (
        b"%PDF",
        Phrase::new(
            "a PDF document: export its tables as CSV or XLSX",
            "un documento PDF: exporte sus tablas como CSV o XLSX",
        ),
    ),
    (b"\x89PNG", Phrase::new("a PNG image", "una imagen PNG")),
    (b"\xff\xd8\xff", Phrase::new("a JPEG image", "una imagen JPEG")),
    (b"GIF8", Phrase::new("a GIF image", "una imagen GIF")),
    (b"\x7fELF", Phrase::new("a program", "un programa")),
    (b"MZ\x90", Phrase::new("a program", "un programa")),
    (b"7z\xbc\xaf", Phrase::new("a 7z archive: unpack it first", "un archivo 7z: desempáquelo antes")),
    (b"Rar!", Phrase::new("a RAR archive: unpack it first", "un archivo RAR: desempáquelo antes")),
    (b"SQLite format 3", Phrase::new("a SQLite database", "una base de datos SQLite")),
    (b"PAR1", Phrase::new("a Parquet file", "un archivo Parquet")),
    (b"{\\rtf", Phrase::new("a rich text document", "un documento de texto enriquecido")),
];

/// What the first bytes of a file say.
pub fn format(head: &[u8]) -> Format {
    let foreign: [&[u8]; 4] =
        [b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"];
    if foreign.iter().any(|magic| head.starts_with(magic)) {
        return Format::Foreign;
    }
    MAGIC
        .iter()
        .find(|(magic, _)| head.starts_with(magic))
        .map_or(Format::Text, |(_, name)| Format::Other(name))
}

/// What text is by its beginning, where it is no table.
fn document(head: &[u8]) -> Option<Phrase> {
    let text: String =
        head.iter().filter(|b| b.is_ascii_graphic()).map(|b| char::from(*b).to_ascii_lowercase()).collect();
    if text.starts_with("<?xml") {
        Some(Phrase::new(
            "an XML document: export its rows as CSV or XLSX",
            "un documento XML: exporte sus filas como CSV o XLSX",
        ))
    } else if text.starts_with("<html") || text.starts_with("<!doctype") || text.starts_with("<table") {
        Some(Phrase::new(
            "a web page: open it in a spreadsheet program and save it as XLSX",
            "una página web: ábrala en una hoja de cálculo y guárdela como XLSX",
        ))
    } else if text.starts_with("{\"") || text.starts_with("[{") {
        Some(Phrase::new(
            "a JSON document: export its rows as CSV or XLSX",
            "un documento JSON: exporte sus filas como CSV o XLSX",
        ))
    } else {
        None
    }
}

#[derive(Debug)]
struct Counts {
    bytes: u64,
    high: [u64; 128],
    nul: [u64; 2],
    /// NULs at the end so far: the padding of a recovered file.
    padding: u64,
    control: u64,
    other_than_space: u64,
    lf: u64,
    cr: u64,
    crlf: u64,
    last: u8,
    utf8_good: u64,
    utf8_bad: u64,
    tail: Vec<u8>,
}

impl Counts {
    fn take(&mut self, block: &[u8]) {
        for &b in block {
            match b {
                0 => {
                    if let Some(n) = self.nul.get_mut((self.bytes % 2) as usize) {
                        *n += 1;
                    }
                }
                b'\n' => {
                    self.lf += 1;
                    self.crlf += u64::from(self.last == b'\r');
                }
                b'\r' => self.cr += 1,
                b'\t' | b' ' | 0x0c | 0x1a => {}
                1..=0x1f | 0x7f => {
                    self.control += 1;
                    self.other_than_space += 1;
                }
                0x80.. => {
                    if let Some(n) = self.high.get_mut(usize::from(b - 0x80)) {
                        *n += 1;
                    }
                    self.other_than_space += 1;
                }
                _ => self.other_than_space += 1,
            }
            self.padding = if b == 0 { self.padding + 1 } else { 0 };
            self.bytes += 1;
            self.last = b;
        }
        self.take_utf8(block);
    }

    fn take_utf8(&mut self, block: &[u8]) {
        let joined;
        let mut rest: &[u8] = if self.tail.is_empty() {
            block
        } else {
            let mut bytes = std::mem::take(&mut self.tail);
            bytes.extend_from_slice(block);
            joined = bytes;
            &joined
        };
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.utf8_good += multibyte(text.as_bytes());
                    return;
                }
                Err(error) => {
                    let (good, bad) = rest.split_at_checked(error.valid_up_to()).unwrap_or((rest, &[]));
                    self.utf8_good += multibyte(good);
                    let Some(length) = error.error_len() else {
                        self.tail = bad.to_vec();
                        return;
                    };
                    self.utf8_bad += 1;
                    rest = bad.get(length..).unwrap_or_default();
                }
            }
        }
    }
}

/// How many characters beyond ASCII valid UTF-8 holds.
fn multibyte(valid: &[u8]) -> u64 {
    valid.iter().filter(|b| **b >= 0xc0).count() as u64
}

/// Reads the whole file once and decides.
///
/// # Errors
/// [`IngestError::Empty`] for nothing but white space, [`IngestError::Binary`] for what is no text.
pub fn scan(path: &Path, progress: &mut dyn FnMut(u64) -> bool) -> Result<Scan, IngestError> {
    scan_first(path, u64::MAX, progress)
}

/// Reads the first bytes of a file and decides as if they were all.
///
/// # Errors
/// As [`scan`].
pub(crate) fn scan_first(
    path: &Path,
    bytes: u64,
    progress: &mut dyn FnMut(u64) -> bool,
) -> Result<Scan, IngestError> {
    let io = |source| IngestError::Io { path: path.to_owned(), source };
    let mut file = std::fs::File::open(path).map_err(io)?.take(bytes);
    let mut block = vec![0u8; 1 << 20];
    let mut head: Vec<u8> = Vec::new();
    let mut counts = Counts {
        bytes: 0,
        high: [0; 128],
        nul: [0; 2],
        padding: 0,
        control: 0,
        other_than_space: 0,
        lf: 0,
        cr: 0,
        crlf: 0,
        last: 0,
        utf8_good: 0,
        utf8_bad: 0,
        tail: Vec::new(),
    };
    loop {
        let n = match file.read(&mut block) {
            Ok(0) => break,
            Ok(n) => n,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(io(error)),
        };
        let read = block.get(..n).unwrap_or_default();
        if head.len() < 64 {
            head.extend(read.iter().take(64 - head.len()));
        }
        counts.take(read);
        if !progress(n as u64) {
            return Err(IngestError::Cancelled { path: path.to_owned() });
        }
    }
    decide(path, &head, &counts)
}

fn decide(path: &Path, head: &[u8], counts: &Counts) -> Result<Scan, IngestError> {
    let binary = |what| Err(IngestError::Binary { path: path.to_owned(), what });
    let bom = match head {
        [0xef, 0xbb, 0xbf, ..] => Some((Encoding::Utf8, 3)),
        [0xff, 0xfe, 0, 0, ..] if counts.bytes > 4 => {
            return binary(Phrase::new("UTF-32 text: save it as UTF-8", "texto UTF-32: guárdelo como UTF-8"));
        }
        [0xff, 0xfe, ..] => Some((Encoding::Utf16Le, 2)),
        [0xfe, 0xff, ..] => Some((Encoding::Utf16Be, 2)),
        _ => None,
    };
    if counts.bytes <= bom.map_or(0, |(_, length)| u64::from(length)) {
        return Err(IngestError::Empty { path: path.to_owned() });
    }
    let units = counts.bytes / 2;
    let [even, odd] = counts.nul;
    let encoding = match bom {
        Some((encoding, _)) => encoding,
        // Text of the region in UTF-16 has a zero in almost every unit, always on the same side.
        None if odd * 10 > units * 7 && even * 50 < odd => Encoding::Utf16Le,
        None if even * 10 > units * 7 && odd * 50 < even => Encoding::Utf16Be,
        None if let Format::Other(what) = format(head) => return binary(what.clone()),
        // Zeros at the very end are the padding of a recovered file: one more line, which is refused.
        None if (even + odd - counts.padding) * 20 > counts.bytes - counts.padding
            && even + odd < counts.bytes =>
        {
            return binary(Phrase::new("binary data", "datos binarios"));
        }
        // Text of a single-byte encoding hardly ever forms a valid sequence of UTF-8.
        None if counts.utf8_bad == 0 || counts.utf8_good > counts.utf8_bad => Encoding::Utf8,
        None => single_byte(&counts.high),
    };
    let wide = encoding.unit() == 2;
    if counts.other_than_space == 0 {
        return Err(IngestError::Empty { path: path.to_owned() });
    }
    if let Some(what) = document(head) {
        return binary(what);
    }
    if !wide && counts.control * 50 > counts.bytes {
        return binary(Phrase::new("binary data", "datos binarios"));
    }
    Ok(Scan {
        encoding,
        bom: bom.map_or(0, |(_, length)| length),
        cr_lines: counts.lf == 0 && counts.cr > 0,
        bytes: counts.bytes,
    })
}
