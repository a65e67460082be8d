//! What a reader of foreign files says to who asked: frames of a tag, a length and bytes.
//!
//! The one who receives trusts nothing: lengths, counts and the order of frames are checked, and an end without the
//! closing frame is a reader that broke down.

use super::spool::Spool;
use super::workbook::{SheetTable, SpooledRow};
use super::{Item, MOST_BYTES, MOST_MEMBERS, Refused};
use model::phrase::Phrase;
use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;

/// The longest frame: a row of a sheet or a stretch of a member.
pub(crate) const MOST_FRAME: usize = 16 << 20;

macro_rules! troubles {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $hostile:literal, $english:literal, $spanish:literal;)*) => {
        /// Why a foreign file is not read. Only a kind of fault is passed on, since a message may quote a cell.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Trouble { $($(#[$doc])* $name,)* }

        impl Trouble {
            fn code(self) -> u8 {
                match self { $(Self::$name => $code,)* }
            }

            fn of(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }

            /// For people.
            pub(crate) fn text(self) -> Phrase {
                match self { $(Self::$name => Phrase::new($english, $spanish),)* }
            }

            /// Whether it is made to do harm, or might be.
            pub(crate) fn is_hostile(self) -> bool {
                match self { $(Self::$name => $hostile,)* }
            }
        }
    };
}

troubles! {
    /// No format that is known.
    NotAWorkbook = 1, false, "it is neither xlsx, xls, xlsb, ods nor zip, or it is encrypted or damaged",
        "no es xlsx, xls, xlsb, ods ni zip, o está cifrado o dañado";
    /// A sheet cannot be read.
    DamagedSheet = 2, false, "a sheet is damaged", "una hoja está dañada";
    /// Rows of a sheet do not ascend.
    OutOfOrder = 3, false, "the rows of a sheet are out of order", "las filas de una hoja están desordenadas";
    /// An archive cannot be read.
    DamagedArchive = 4, false, "it is damaged or cut off", "está dañado o cortado";
    /// A password is needed.
    Encrypted = 5, false, "it is encrypted", "está cifrado";
    /// More members than anybody sends.
    TooManyMembers = 6, true, "it holds more than 10,000 members or sheets",
        "contiene más de 10 000 miembros u hojas";
    /// More bytes than a file may unfold to.
    TooLarge = 7, true, "it unfolds to more than 8 GiB", "se despliega a más de 8 GiB";
    /// A bomb.
    Ratio = 8, true, "it unfolds to more than 300 times its size",
        "se despliega a más de 300 veces su tamaño";
    /// Sizes or checksums that are not those stated.
    Lying = 9, true, "a member is not of the size or checksum that its header states",
        "un miembro no tiene el tamaño o la suma de control que declara su cabecera";
    /// Names that lead out of the archive.
    Traversal = 10, true, "the name of a member leads out of the archive",
        "el nombre de un miembro lleva fuera del archivo";
    /// Names that no file has.
    BadName = 11, true, "the name of a member is longer than 512 bytes, repeated, or holds control characters",
        "el nombre de un miembro pasa de 512 bytes, se repite o contiene caracteres de control";
    /// A row that no spreadsheet can hold.
    LongRow = 12, true, "a row of a sheet is longer than 16 MiB", "una fila de una hoja pasa de 16 MiB";
    /// A cell beyond the last column.
    BadCell = 13, true, "a sheet has a cell beyond the last column that a sheet can have",
        "una hoja tiene una celda más allá de la última columna que puede tener";
}

impl Trouble {
    /// Whether the file is an archive, which another program may still unpack.
    pub(crate) fn is_of_archive(self) -> bool {
        matches!(self, Self::DamagedArchive | Self::Encrypted)
    }
}

/// Writes frames.
pub(crate) struct Frames<'w>(pub(crate) &'w mut dyn Write);

impl Frames<'_> {
    fn frame(&mut self, tag: u8, bytes: &[u8]) -> std::io::Result<()> {
        let length = u32::try_from(bytes.len()).map_err(|_| ErrorKind::InvalidInput)?;
        self.0.write_all(&[tag])?;
        self.0.write_all(&length.to_le_bytes())?;
        self.0.write_all(bytes)
    }

    /// Begins a sheet.
    pub(crate) fn sheet(&mut self, name: &str) -> std::io::Result<()> {
        self.frame(b'S', name.as_bytes())
    }

    /// A row of the sheet.
    pub(crate) fn row(&mut self, row: &[u8]) -> std::io::Result<()> {
        self.frame(b'R', row)
    }

    /// Begins a member.
    pub(crate) fn member(&mut self, name: &str) -> std::io::Result<()> {
        self.frame(b'M', name.as_bytes())
    }

    /// Bytes of the member.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.frame(b'D', bytes)
    }

    /// Nothing more.
    pub(crate) fn end(&mut self) -> std::io::Result<()> {
        self.frame(b'E', &[])?;
        self.0.flush()
    }

    /// Nothing more, because of this.
    pub(crate) fn fail(&mut self, trouble: Trouble) -> std::io::Result<()> {
        self.frame(b'F', &[trouble.code()])?;
        self.0.flush()
    }
}

/// What is being received.
enum Open {
    Nothing,
    Sheet(SheetTable),
    Member(String, Arc<Spool>, std::io::BufWriter<std::fs::File>),
}

/// Receives frames until the closing one.
///
/// # Errors
/// The disk cannot take what comes.
pub(crate) fn receive(input: &mut dyn Read) -> std::io::Result<Result<Vec<Item>, Refused>> {
    let sheets = Arc::new(Spool::new()?);
    let mut rows = sheets.writer()?;
    let (mut at, mut total) = (0u64, 0u64);
    let mut items = Vec::new();
    let mut open = Open::Nothing;
    let mut frame = Vec::new();
    loop {
        let mut head = [0u8; 5];
        if input.read_exact(&mut head).is_err() {
            return Ok(Err(Refused::Broke));
        }
        let [tag, length @ ..] = head;
        let length = u32::from_le_bytes(length) as usize;
        total += length as u64 + 5;
        if total > MOST_BYTES + (1 << 20) {
            return Ok(Err(Refused::Because(Trouble::TooLarge)));
        }
        if length > MOST_FRAME || items.len() > MOST_MEMBERS {
            return Ok(Err(Refused::Broke));
        }
        frame.resize(length, 0);
        if input.read_exact(&mut frame).is_err() {
            return Ok(Err(Refused::Broke));
        }
        match (tag, &mut open) {
            (b'R', Open::Sheet(sheet)) => {
                let Some(row) = SpooledRow::index(&frame).filter(|row| sheet.follows(*row)) else {
                    return Ok(Err(Refused::Broke));
                };
                rows.write_all(&(length as u32).to_le_bytes())?;
                rows.write_all(&frame)?;
                at += length as u64 + 4;
                sheet.extend(row, at);
            }
            (b'D', Open::Member(_, _, out)) => out.write_all(&frame)?,
            (b'S' | b'M' | b'E', _) => {
                match std::mem::replace(&mut open, Open::Nothing) {
                    Open::Nothing => {}
                    Open::Sheet(sheet) => items.push(Item::Sheet(sheet)),
                    Open::Member(name, spool, mut out) => {
                        out.flush()?;
                        items.push(Item::Member(name, spool));
                    }
                }
                let name = String::from_utf8_lossy(&frame).into_owned();
                match tag {
                    b'S' => open = Open::Sheet(SheetTable::new(name, sheets.clone(), at)),
                    b'M' => {
                        let spool = Arc::new(Spool::new()?);
                        let out = spool.writer()?;
                        open = Open::Member(name, spool, out);
                    }
                    _ => {
                        rows.flush()?;
                        return Ok(Ok(items));
                    }
                }
            }
            (b'F', _) => {
                let trouble = frame.first().and_then(|code| Trouble::of(*code));
                return Ok(Err(trouble.map_or(Refused::Broke, Refused::Because)));
            }
            _ => return Ok(Err(Refused::Broke)),
        }
    }
}
