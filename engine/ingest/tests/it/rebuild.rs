//! Dirty files come back byte for byte from what the case keeps of them, their originals gone.

use ingest::error::IngestError;
use ingest::load::{LoadOptions, load_path};
use ingest::reader::encoding::Encoding;
use ingest::rebuild::{can_be_rebuilt, rebuild};
use model::ids::{Seed, SourceId};
use model::place::Country;
use model::provenance::Digest;
use model::run::{RunContext, Silent};
use sha2::Digest as _;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use store::case::{CaseInfo, CaseStore};

/// Files that must have been loaded and have come back.
const FILES: usize = 1_000;
/// Files of one case.
const A_CASE: u64 = 50;

/// A small generator, so that a file is a function of its seed.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        (0..8).for_each(|_| {
            dice.below(3);
        });
        dice
    }

    pub(super) fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    pub(super) fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }

    pub(super) fn chance(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }
}

const TABLES: [&str; 11] = [
    "a_number,b_number,start,duration_s,cell_id,imei,imsi,direction,type",
    "Teléfono,Tipo,Numero A,Numero B,Fecha,Hora,Durac. Seg.,IMEI,LATITUD,LONGITUD,Azimuth",
    "Numero A,Numero B,Fecha,Hora,Duracion,IMEI,Celda,Latitud,Longitud,Azimut,Tipo,Plan,Observacion",
    "SERV,T_REG,NUM_A,NUM_A_IMSI,NUM_A_IMEI,NUM_B,ID CELDA,DUR,FECHA,HORA,PAIS,CAUSA_T,TIPO_COM",
    "origen,destino,fecha y hora,duracion,tipo",
    "Fecha,Referencia,Descripción,Monto,Saldo total,Cuenta",
    "Fecha,Concepto,Cargo,Abono,Saldo,Cuenta origen,Cuenta destino",
    "Ordenante,Beneficiario,Fecha,Monto,Moneda,Motivo",
    "Nombre,Teléfono,Dirección,DUI,Fecha activación",
    "Nombres,Apellidos,Fecha nacimiento,Documento,Nacionalidad",
    "Huésped,Documento,Fecha entrada,Fecha salida,Habitación",
];

fn value(dice: &mut Dice, header: &str, dirty: bool) -> String {
    if dirty && dice.chance(12) {
        let odd =
            ["", " ", "N/A", "5.02512E+10", "=\"0012345678\"", "x\u{1f}y", "007", " 12 ", "ñandú", "-", "\t"];
        return dice.one(&odd).to_owned();
    }
    let (h, m, s) = (dice.below(24), dice.below(60), dice.below(60));
    match header {
        "a_number" | "b_number" | "Numero A" | "Numero B" | "NUM_A" | "NUM_B" | "origen" | "destino"
        | "Teléfono" => {
            format!("{}{:07}", dice.one(&["50255", "50376", "50499"]), dice.below(80))
        }
        "start" | "fecha y hora" => {
            format!("2024-{:02}-{:02} {h:02}:{m:02}:{s:02}", 1 + dice.below(12), 1 + dice.below(28))
        }
        "Hora" | "HORA" => format!("{h:02}:{m:02}:{s:02}"),
        "Fecha" | "FECHA" | "Fecha activación" | "Fecha nacimiento" | "Fecha entrada" | "Fecha salida" => {
            format!("{:02}/{:02}/{}", 1 + dice.below(28), 1 + dice.below(12), 2015 + dice.below(9))
        }
        "duration_s" | "Duracion" | "Durac. Seg." | "DUR" | "duracion" => match dice.below(6) {
            0 => format!("0:{m:02}:{s:02}"),
            1 => "0095".to_owned(),
            _ => dice.below(900).to_string(),
        },
        "imei" | "IMEI" | "NUM_A_IMEI" => format!("35{:013}", dice.below(40)),
        "imsi" | "NUM_A_IMSI" => format!("70401{:010}", dice.below(40)),
        "Monto" | "Cargo" | "Abono" | "Saldo" | "Saldo total" => {
            format!("{}.{:02}", dice.one(&["1,250", "99", "-40", "($7", "0"]), dice.below(100))
        }
        "Tipo" | "type" | "tipo" | "SERV" => {
            dice.one(&["VOZ ENTRANTE", "VOZ SALIENTE", "SMS", "DATOS", "Transito"]).to_owned()
        }
        "direction" | "T_REG" => dice.one(&["IN", "OUT", "ENT", "SAL", ""]).to_owned(),
        "LATITUD" | "Latitud" => dice.one(&["13.69", "13,69", ""]).to_owned(),
        "LONGITUD" | "Longitud" => dice.one(&["-89.19", "89.19", ""]).to_owned(),
        "DUI" | "Documento" => format!("{:08}-{}", dice.below(99_999_999), dice.below(10)),
        "Nombre" | "Nombres" | "Huésped" | "Ordenante" | "Beneficiario" => {
            dice.one(&["María Muñoz", "José \"Chepe\" Núñez", "Ana, la de la tienda", "Luis Paz"]).to_owned()
        }
        _ => dice.one(&["", "70401-102-5", "Col. Escalón, 2", "línea\nuno", "prepago", "SV"]).to_owned(),
    }
}

struct Maker {
    dice: Dice,
    encoding: Encoding,
    delimiter: &'static str,
    ends: &'static [&'static str],
    /// 0 none, 1 all, 2 where needed, 3 by chance.
    quotes: u64,
    dirt: u64,
    bytes: Vec<u8>,
}

impl Maker {
    fn text(&mut self, text: &str) {
        for c in text.chars() {
            let one = c.to_string();
            let bytes = self.encoding.encode(&one).map(|b| b.into_owned());
            self.bytes.extend(bytes.unwrap_or_else(|| vec![b'?']));
        }
    }

    fn end(&mut self) {
        let end = self.dice.one(self.ends);
        self.text(end);
    }

    fn line(&mut self, text: &str) {
        self.text(text);
        self.end();
    }

    fn row(&mut self, cells: &[String]) {
        let mut line = String::new();
        for (i, cell) in cells.iter().enumerate() {
            if i > 0 {
                line.push_str(self.delimiter);
            }
            let needs = cell.contains(self.delimiter) || cell.contains(['"', '\n']);
            let quoted = match self.quotes {
                0 => needs && self.dice.chance(2),
                1 => true,
                2 => needs,
                _ => needs || self.dice.chance(4),
            };
            if quoted {
                line.push_str(&format!("\"{}\"", cell.replace('"', "\"\"")));
            } else {
                line.push_str(cell);
            }
        }
        self.line(&line);
    }

    /// Something that is no good row.
    fn trouble(&mut self, header: &str) {
        match self.dice.below(16) {
            0 => self.line(""),
            1 => self.line("   "),
            2 => self.line("TOTAL,5,,"),
            3 => self.line("\"abierta,1,2"),
            4 => self.line("a,b"),
            5 => self.line(&"x,".repeat(25)),
            6 => self.line("\0\0,1,2"),
            7 => {
                // Bytes that mean nothing in the encoding.
                self.bytes.extend(match self.encoding {
                    Encoding::Utf8 => b"\xff\xfe,1".as_slice(),
                    Encoding::Utf16Le => b"\x00\xd8,\0",
                    Encoding::Utf16Be => b"\xd8\x00\0,",
                    _ => b"\x81,2",
                });
                self.end();
            }
            8 => self.line(&header.replace(',', self.delimiter)),
            9 => self.line("-----+-----+-----"),
            10 => self.line("Total de registros: 44"),
            11 => self.line("suelto\rdentro"),
            12 => self.line("\u{1a}"),
            13 => self.line("Página 2 de 9,,,,"),
            14 if self.dice.chance(40) => {
                let long = "9".repeat((1 << 20) + 70_000);
                self.line(&long);
            }
            _ => self.line("\"cita\" suelta,\"x\"y,2"),
        }
    }
}

/// A seized file with every kind of dirt.
pub(super) fn dirty(seed: u64) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let header = dice.one(&TABLES);
    let (encoding, bom) = [
        (Encoding::Utf8, false),
        (Encoding::Utf8, false),
        (Encoding::Utf8, true),
        (Encoding::Windows1252, false),
        (Encoding::Windows1252, false),
        (Encoding::Cp850, false),
        (Encoding::Macintosh, false),
        (Encoding::Utf16Le, true),
        (Encoding::Utf16Le, false),
        (Encoding::Utf16Be, true),
    ][dice.below(10) as usize];
    let ends: &[&[&str]] = &[&["\n"], &["\r\n"], &["\r"], &["\n", "\r\n"], &["\r\n", "\r\n", "\n", "\r\r\n"]];
    let ends = ends[dice.below(5) as usize];
    let delimiter = dice.one(&[",", ";", "\t", "|"]);
    let quotes = dice.below(4);
    let dirt = [u64::MAX, 30, 8][dice.below(3) as usize];
    let fixed = dice.chance(12);
    let rows = dice.below(120);
    let mut maker = Maker { dice, encoding, delimiter, ends, quotes, dirt, bytes: Vec::new() };
    if bom {
        maker.text("\u{feff}");
    }
    if maker.dice.chance(10) {
        maker.line(&format!("sep={delimiter}"));
    }
    for _ in 0..maker.dice.below(3) * maker.dice.below(3) {
        let head = maker.dice.one(&[
            "Informe de llamadas",
            "",
            "Oficio N.º 44-2025",
            "Total Records : 8244,,,",
            "Línea: 50255001234",
        ]);
        maker.line(head);
    }
    let mut names: Vec<&str> = header.split(',').collect();
    let wide =
        |cells: &[String]| cells.iter().map(|c| format!("{:<22}", c.replace('\n', " "))).collect::<String>();
    let titles = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    if fixed {
        let line = wide(&titles(&names));
        maker.line(&line);
    } else {
        maker.row(&titles(&names));
    }
    for row in 0..rows {
        let dirty = maker.dirt != u64::MAX;
        if dirty && maker.dice.chance(maker.dirt) {
            maker.trouble(header);
            continue;
        }
        if row == 60 && maker.dice.chance(4) {
            // Another block of the same table, its columns in another order.
            names.reverse();
            maker.line("");
            maker.row(&titles(&names));
        }
        let mut cells: Vec<String> = names.iter().map(|n| value(&mut maker.dice, n, dirty)).collect();
        if fixed {
            let line = wide(&cells);
            maker.line(line.trim_end());
            continue;
        }
        if dirty && maker.dice.chance(20) {
            cells.extend([String::new(), String::new()]);
        }
        if dirty
            && maker.dice.chance(20)
            && let Some(last) = cells.last_mut()
        {
            last.push_str("  ");
        }
        maker.row(&cells);
    }
    match maker.dice.below(6) {
        0 => maker.text("50255000001"),
        1 => maker.line("Fin del reporte"),
        2 => maker.text("\u{1a}"),
        3 if maker.dirt != u64::MAX => maker.text("\0\0\0\0\0\0\0\0"),
        _ => {}
    }
    if maker.dirt != u64::MAX && maker.dice.chance(30) {
        maker.bytes.push(b'7');
    }
    maker.bytes
}

pub(super) fn case(home: &Path) -> CaseStore {
    let info =
        CaseInfo { title: "t".into(), country: Some(Country::SV), authority: String::new(), created_us: 0 };
    CaseStore::create(&home.join("case"), &info).unwrap()
}

pub(super) fn load(store: &CaseStore, path: &Path, bulk: bool) -> Result<(), IngestError> {
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed(1), &Silent, &cancelled);
    let bulk_from = Some(if bulk { 0 } else { u64::MAX });
    let options = LoadOptions { reference: true, actor: "t".into(), bulk_from, ..LoadOptions::default() };
    load_path(store, path, &options, &context).map(|_| ())
}

/// Rebuilds every source and compares it with what was written.
pub(super) fn all_come_back(store: &CaseStore, files: &BTreeMap<Digest, (u64, Vec<u8>)>) -> usize {
    let snapshot = store.snapshot().unwrap();
    for (at, source) in snapshot.sources().iter().enumerate() {
        assert!(can_be_rebuilt(source));
        let (seed, bytes) = &files[&source.key.digest];
        let mut again = Vec::new();
        let rebuilt = rebuild(&snapshot, SourceId(at as u32), &mut again)
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        if again != *bytes {
            let differs =
                again.iter().zip(bytes).position(|(a, b)| a != b).unwrap_or(again.len().min(bytes.len()));
            let near = |all: &[u8]| {
                let near = all.get(differs.saturating_sub(60)..(differs + 60).min(all.len()));
                String::from_utf8_lossy(near.unwrap_or_default()).into_owned()
            };
            panic!(
                "seed {seed}: at byte {differs} of {}: {:?} and not {:?}",
                bytes.len(),
                near(&again),
                near(bytes)
            );
        }
        assert_eq!((rebuilt.digest, rebuilt.bytes), (source.key.digest, bytes.len() as u64), "seed {seed}");
    }
    snapshot.sources().len()
}

#[test]
fn a_thousand_dirty_files_come_back_byte_for_byte() {
    let mut loaded = 0;
    let mut made = 0u64;
    let mut refused = BTreeMap::<String, u64>::new();
    while loaded < FILES {
        let home = tempfile::tempdir().unwrap();
        let store = case(home.path());
        let mut files = BTreeMap::new();
        for seed in made..made + A_CASE {
            let bytes = dirty(seed);
            let path = home.path().join(format!("file-{seed}.csv"));
            std::fs::write(&path, &bytes).unwrap();
            match load(&store, &path, seed % 2 == 0) {
                Ok(()) => {
                    let digest = Digest(sha2::Sha256::digest(&bytes).into());
                    files.insert(digest, (seed, bytes));
                }
                Err(error) => {
                    let error = format!("{error:?}");
                    let name = error.split([' ', '(', '{']).next().unwrap_or_default();
                    *refused.entry(name.to_owned()).or_default() += 1;
                }
            }
            // What is not in the case is gone.
            std::fs::remove_file(&path).unwrap();
        }
        made += A_CASE;
        assert!(std::fs::read_dir(home.path().join("case/evidence")).unwrap().next().is_none());
        loaded += all_come_back(&store, &files);
        assert!(made < 2 * FILES as u64, "only {loaded} of {made} files were loaded: {refused:?}");
    }
}
