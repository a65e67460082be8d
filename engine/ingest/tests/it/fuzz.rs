//! Fuzz targets of every parser: dirty files and texts, mutated at random, must be read, refused or kept, and never
//! panic, lose a byte, or take for ever.
//!
//! A short run is part of the tests. `MADEJA_FUZZ_ROUNDS=200000 cargo test -p ingest --test it fuzz` runs longer;
//! `MADEJA_FUZZ_SEED` begins elsewhere. A failure names its seed, with which it comes again.

use super::rebuild::{Dice, all_come_back, case, dirty, load};
use ingest::mapping::Mapping;
use ingest::reader::encoding::Encoding;
use ingest::reader::record::Records;
use ingest::reader::text::Lines;
use model::identifier::Normal;
use model::money::Currency;
use model::place::Country;
use model::provenance::Digest;
use model::record::RefusalReason;
use normalise::amount::DecimalMark;
use normalise::date::DateOrder;
use normalise::name::NameOrder;
use normalise::phone::PhoneContext;
use sha2::Digest as _;
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Pieces that mean something to one parser or another.
const TOKENS: [&str; 40] = [
    "\"",
    "\"\"",
    "\n",
    "\r\n",
    "\r",
    "\0",
    ";",
    ",",
    "\t",
    "|",
    "\u{feff}",
    "\u{1a}",
    "\u{1f}",
    "'",
    "=\"0012\"",
    "TOTAL",
    "Total de registros: 7",
    "5.02512E+10",
    "-",
    "(",
    ")",
    "$",
    "1.234,56",
    "31/02/2024",
    "0/0/0",
    "25:61:61",
    "2024-06-30T23:59:60Z",
    "45356.999999",
    "+503",
    "00503",
    "DE LA",
    "VDA. DE",
    "\u{f1}",
    "\u{301}",
    "\u{202e}",
    "N/A",
    "99999999999999999999",
    "0000000000000000",
    "\u{fffd}",
    " ",
];

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Runs a target on so many seeds, a tenth or more of what is asked for where one is slow.
fn fuzz(share: u64, target: impl Fn(&mut Dice)) {
    let first = setting("MADEJA_FUZZ_SEED", 1);
    let rounds = setting("MADEJA_FUZZ_ROUNDS", 4_000) / share;
    for seed in first..first + rounds {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| target(&mut Dice::new(seed)))) {
            eprintln!("MADEJA_FUZZ_SEED={seed}");
            resume_unwind(panic);
        }
    }
}

/// Changes some bytes: flips, cuts, doubles, inserts what means something, joins another text.
fn mutated(dice: &mut Dice, mut bytes: Vec<u8>, other: &[u8]) -> Vec<u8> {
    for _ in 0..=dice.below(8) {
        let at = dice.below(bytes.len() as u64 + 1) as usize;
        let end = (at + dice.below(40) as usize).min(bytes.len());
        match dice.below(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            1 if at < bytes.len() => bytes[at] = dice.below(256) as u8,
            2 => {
                bytes.drain(at..end);
            }
            3 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            4 => {
                let from = dice.below(other.len() as u64 + 1) as usize;
                let piece = other[from..(from + 60).min(other.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            5 if dice.chance(10) => bytes.truncate(at),
            _ => {
                bytes.splice(at..at, dice.one(&TOKENS).bytes());
            }
        }
    }
    bytes
}

#[test]
fn rows_of_text_hold_every_byte_once() {
    fuzz(1, |dice| {
        let seed = dice.below(1 << 40);
        let bytes = mutated(dice, dirty(seed), &dirty(seed + 1));
        let encodings = [
            Encoding::Utf8,
            Encoding::Utf16Le,
            Encoding::Utf16Be,
            Encoding::Windows1252,
            Encoding::Cp850,
            Encoding::Macintosh,
        ];
        let encoding = encodings[dice.below(6) as usize];
        let delimiter = dice.one(&[",", ";", "\t", "|", "\""]).as_bytes()[0];
        let cr_lines = dice.chance(5);
        let block = 16 + dice.below(200) as usize;
        let lines = Lines::new(bytes.as_slice(), encoding, cr_lines, 0, 1).with_block(block);
        let mut records = Records::new(lines, encoding, delimiter);
        if dice.chance(2) {
            records.set_width(dice.below(12) as usize);
        }
        let mut whole = Vec::new();
        let mut next = 1;
        while let Some(row) = records.next_row().unwrap() {
            assert_eq!((row.line, row.offset), (next, whole.len() as u64));
            next += row.lines;
            let start = whole.len();
            whole.extend_from_slice(&row.raw);
            whole.extend_from_slice(encoding.line_end(row.end));
            if row.fault == Some(RefusalReason::TooLong) {
                // Only its beginning is held; the rest is found by its place.
                assert!(bytes[start..].starts_with(&row.raw));
                whole.truncate(start);
                whole.extend_from_slice(&bytes[start..start + row.size as usize]);
            }
            assert_eq!(whole.len() as u64 - row.offset, row.size);
        }
        assert!(whole == bytes, "{} bytes came back of {}", whole.len(), bytes.len());
    });
}

#[test]
fn values_are_read_or_not_and_their_forms_stay() {
    let countries =
        [Country::MX, Country::GT, Country::SV, Country::HN, Country::NI, Country::CR, Country::PA];
    let orders = [DateOrder::DayFirst, DateOrder::MonthFirst, DateOrder::YearFirst];
    fuzz(1, |dice| {
        let base = dice.one(&[
            "+503 7000-0001",
            "044 55 1234 5678",
            "04567890-1",
            "GOMC800101HDFMRL09",
            "0801-1990-12345",
            "001-010190-0001A",
            "GT82TRAJ01020000001210029690",
            "Q 1,234.56",
            "(1.250,00)",
            "30 de septiembre de 2024 11:59:59 p. m.",
            "2024-02-29 00:00:00",
            "Ma. del Carmen L\u{f3}pez Vda. de Mu\u{f1}oz (a) \"La Chata\"",
            "P\u{c3}\u{a9}rez Nu\u{fffd}ez, Jos\u{e9} S.A. de C.V.",
            "Col. Escal\u{f3}n, Psje. 3 #12, San Salvador",
            "13\u{b0}41'56.4\"N",
            "356938035643809",
            "704011234567890",
        ]);
        let text =
            String::from_utf8_lossy(&mutated(dice, base.into(), TOKENS.concat().as_bytes())).into_owned();
        let country = Some(countries[dice.below(7) as usize]).filter(|_| !dice.chance(4));
        let context = PhoneContext { country, date: None };
        let again = |normal: Normal, read: &dyn Fn(&str) -> Normal| {
            if let Some(value) = normal.value {
                assert_eq!(read(&value).value.as_ref(), Some(&value), "{text:?} in {country:?}");
            }
        };
        again(normalise::phone::phone(&text, &context), &|t| normalise::phone::phone(t, &context));
        again(normalise::account::account(&text, country), &|t| normalise::account::account(t, country));
        again(normalise::device::imei(&text), &normalise::device::imei);
        again(normalise::device::imsi(&text), &normalise::device::imsi);
        let document = normalise::document::document(&text, country, "");
        assert!(document.value.is_none_or(|v| !v.is_empty()));
        let folded = normalise::text::fold(&text);
        assert_eq!(normalise::text::fold(&folded), folded, "{text:?}");
        let name = normalise::name::full_name(&text, NameOrder::Unknown);
        assert!(name.given.iter().chain(&name.surnames).all(|token| !token.is_empty()), "{text:?}");
        for order in orders {
            if let Some(local) = normalise::date::parse(&text, order) {
                let _ = normalise::date::stamp(local, "America/Mexico_City", true);
            }
        }
        for mark in [DecimalMark::Point, DecimalMark::Comma] {
            let _ = normalise::amount::amount(&text, mark, Currency(*b"GTQ"));
        }
        let _ = (normalise::place::address(&text), normalise::place::town(&text));
        if let Some(degrees) = normalise::place::coordinate(&text, dice.chance(2), country) {
            assert!(degrees.abs() <= 180.0, "{text:?}");
        }
    });
}

#[test]
fn mappings_are_taken_or_refused() {
    const MAPPING: &str = "kind = \"calls\"\ncountry = \"GT\"\nzone = \"America/Guatemala\"\nheader_row = 4\n\
        encoding = \"cp850\"\ndelimiter = \";\"\ndates = \"dmy\"\n[columns]\n\"Numero A\" = \"number_a\"\n";
    fuzz(1, |dice| {
        let bytes = mutated(dice, MAPPING.into(), TOKENS.concat().as_bytes());
        let Ok(mapping) = Mapping::parse(&String::from_utf8_lossy(&bytes)) else { return };
        let again = Mapping::parse(&mapping.to_toml()).unwrap();
        assert_eq!(again.hash(), mapping.hash());
    });
}

#[test]
fn whole_files_come_back_or_are_refused() {
    fuzz(10, |dice| {
        let home = tempfile::tempdir().unwrap();
        let store = case(home.path());
        let mut files = BTreeMap::new();
        let seed = dice.below(1 << 40);
        let bytes = mutated(dice, dirty(seed), &dirty(seed + 1));
        let path = home.path().join("file.csv");
        std::fs::write(&path, &bytes).unwrap();
        if load(&store, &path, dice.chance(2)).is_ok() {
            files.insert(Digest(sha2::Sha256::digest(&bytes).into()), (seed, bytes));
        }
        assert_eq!(all_come_back(&store, &files), files.len());
    });
}

#[test]
fn workbooks_and_archives_are_read_or_refused() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, line) in
        (0u32..).zip(["Numero A,Numero B,Fecha,Duracion", "50255000001,50255000002,01/02/2024,7"])
    {
        for (column, cell) in (0u16..).zip(line.split(',')) {
            sheet.write_string(row, column, cell).unwrap();
        }
    }
    let book = book.save_to_buffer().unwrap();
    fuzz(20, |dice| {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(dice.one(&["file.xlsx", "file.zip", "file.xls"]));
        let bytes = if dice.chance(3) {
            mutated(dice, book.clone(), &book)
        } else {
            with_a_member_changed(dice, &book)
        };
        std::fs::write(&path, bytes).unwrap();
        let store = case(home.path());
        let loaded = load(&store, &path, false);
        assert_eq!(loaded.is_ok(), !store.snapshot().unwrap().sources().is_empty());
    });
}

/// A workbook one of whose members was changed before it was packed.
fn with_a_member_changed(dice: &mut Dice, book: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(book)).unwrap();
    let chosen = dice.below(archive.len() as u64) as usize;
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let mut member = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        writer.start_file(member.name().unwrap(), zip::write::SimpleFileOptions::default()).unwrap();
        let other = bytes.clone();
        writer.write_all(&if at == chosen { mutated(dice, bytes, &other) } else { bytes }).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
