//! Reading in bulk stores, byte for byte, what reading row by row stores.

use crate::load::{FileReport, LoadOptions, load_path};
use model::ids::Seed;
use model::place::Country;
use model::record::TableKind;
use model::run::{RunContext, Silent};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use store::case::{CaseInfo, CaseStore};

/// A small generator, so that a file is a function of its seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    pub(crate) fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let at = self.below(of.len() as u64) as usize;
        of.get(at).copied().unwrap_or_default()
    }

    pub(crate) fn chance(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }
}

const HEADERS: [&str; 5] = [
    "a_number,b_number,start,duration_s,cell_id,imei,imsi,direction,type",
    "Numero A,Numero B,Fecha,Hora,Duracion,IMEI,Celda,Latitud,Longitud,Azimut,Tipo,Plan,Observacion",
    "origen,destino,fecha y hora,duracion,imei,imsi,celda,tipo,nota",
    "caller,receiver,time,duration,type",
    "numero_a,numero_b,fecha,duracion,celda,direccion",
];

fn number(dice: &mut Dice) -> String {
    if dice.chance(40) {
        return dice
            .one(&[
                "",
                "*611",
                "911",
                "5.02512E+10",
                "PRIVADO",
                "BANCO",
                " 50255001234",
                "+50255001234",
                "0",
                "12XX",
            ])
            .to_owned();
    }
    if dice.chance(6) {
        return format!(
            "{}55{}",
            dice.one(&["044", "045", "01", "52", "521", ""]),
            10_000_000 + dice.below(40)
        );
    }
    format!("{}{:07}", dice.one(&["50255", "50376", "50499", "1809555"]), dice.below(60))
}

fn moment(dice: &mut Dice, style: u64) -> (String, String) {
    if dice.chance(60) {
        return (
            dice.one(&["", "ayer", "2024-13-01 10:00:00", "45356.5", "31/12/2019"]).to_owned(),
            String::new(),
        );
    }
    let (y, m, d) = (2018 + dice.below(8), 1 + dice.below(12), 1 + dice.below(28));
    let (h, n, s) = (dice.below(24), dice.below(60), dice.below(60));
    let (date, clock) = match style {
        0 => (format!("{y}-{m:02}-{d:02}"), format!("{h:02}:{n:02}:{s:02}")),
        1 => (format!("{d:02}/{m:02}/{y}"), format!("{h:02}:{n:02}:{s:02}")),
        2 => (format!("{m:02}/{d:02}/{y}"), format!("{h:02}:{n:02}")),
        3 => (format!("{d}/{m}/{y}"), format!("{h}:{n:02}:{s:02}")),
        _ => (format!("{d:02}.{m:02}.{y}"), format!("{h:02}:{n:02}:{s:02}")),
    };
    (date, clock)
}

/// A file of calls with every kind of dirt.
pub(super) fn file(seed: u64, rows: usize) -> Vec<u8> {
    let mut dice = Dice(seed | 1);
    for _ in 0..8 {
        dice.below(3);
    }
    let header = dice.one(&HEADERS);
    let delimiter = dice.one(&[",", ";", "\t", "|"]);
    let style = dice.below(5);
    let end = dice.one(&["\n", "\n", "\r\n"]);
    let dirt = [u64::MAX, 200, 25][dice.below(3) as usize];
    let latin = dice.chance(6);
    let mut out: Vec<u8> = Vec::new();
    if dice.chance(8) {
        out.extend(b"\xef\xbb\xbf");
    }
    if dice.chance(4) {
        out.extend(format!("Reporte de llamadas{end}{end}").bytes());
    }
    out.extend(header.replace(',', delimiter).bytes());
    out.extend(end.bytes());
    let columns: Vec<&str> = header.split(',').collect();
    for _ in 0..rows {
        if dirt != u64::MAX && dice.chance(dirt) {
            let odd = dice.one(&[
                "\n",
                "   \n",
                "TOTAL,5,,,\n",
                "\"open quote,1,2\n",
                "a,b\n",
                "x,y,z,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16\n",
                "\0,1,2,3\n",
                "\u{e9}\u{f1},502,2024-01-01 10:00:00,5\n",
                "Total de registros,44\n",
            ]);
            out.extend(odd.replace(',', delimiter).bytes());
            continue;
        }
        let (date, clock) = moment(&mut dice, style);
        let both = columns.contains(&"Hora");
        let quoted = dirt != u64::MAX && dice.chance(dirt);
        for (i, name) in columns.iter().enumerate() {
            if i > 0 {
                out.extend(delimiter.bytes());
            }
            let text = match i {
                0 | 1 => number(&mut dice),
                2 if both || clock.is_empty() => date.clone(),
                2 => format!("{date} {clock}"),
                _ => match *name {
                    "Hora" => clock.clone(),
                    "duration_s" | "Duracion" | "duracion" | "duration" => match dice.below(12) {
                        0 => dice.one(&["", "x", "0", "007", "-5"]).to_owned(),
                        1 => "00:01:35".to_owned(),
                        2 => format!("1:{:02}", dice.below(60)),
                        _ => dice.below(900).to_string(),
                    },
                    "cell_id" | "Celda" | "celda" => dice
                        .one(&[
                            "70401-102-5",
                            "",
                            "SV-0001",
                            "[19.4:0]",
                            "San Jos\u{e9} 2",
                            "una celda de nombre largo",
                        ])
                        .to_owned(),
                    "imei" | "IMEI" => format!("35{:012}{}", dice.below(40), dice.one(&["0", "", "99", "x"])),
                    "imsi" => dice.one(&["", "704010000000013", "704010000000026", "N/A"]).to_owned(),
                    "direction" | "direccion" => dice.one(&["IN", "OUT", "ENTRANTE", "", "IN "]).to_owned(),
                    "type" | "Tipo" | "tipo" => dice
                        .one(&["VOICE", "SMS", "DATA", "", "VOZ SALIENTE", "Transito", "SMSMT"])
                        .to_owned(),
                    "Latitud" => dice.one(&["13.69", "13,69", "0", "", "N 13 41 24"]).to_owned(),
                    "Longitud" => dice.one(&["-89.19", "89.19", "", "0"]).to_owned(),
                    "Azimut" => dice.one(&["120", "", "400", "90\u{b0}"]).to_owned(),
                    "Plan" => dice.one(&["prepago", "pospago", ""]).to_owned(),
                    _ => dice.one(&["", "x", "nota con espacios ", "ma\u{f1}ana"]).to_owned(),
                },
            };
            let text = if quoted && i == 0 {
                format!("\"{text}\"")
            } else if quoted && i + 1 == columns.len() {
                format!("\"linea uno{end}linea {delimiter} dos \"\"{text}\"\"\"")
            } else {
                text
            };
            if latin {
                out.extend(text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')));
            } else {
                out.extend(text.bytes());
            }
        }
        out.extend(end.bytes());
    }
    if dice.chance(3) {
        out.extend(b"50255000001");
    }
    out
}

pub(crate) fn load(
    home: &Path,
    name: &str,
    path: &Path,
    kind: TableKind,
    bulk_from: u64,
    threads: usize,
) -> (CaseStore, Option<FileReport>) {
    let info =
        CaseInfo { title: "t".into(), country: Some(Country::MX), authority: String::new(), created_us: 0 };
    let store = CaseStore::create(&home.join(name), &info).unwrap();
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed(1), &Silent, &cancelled);
    let options = LoadOptions {
        reference: true,
        actor: "t".into(),
        bulk_from: Some(bulk_from),
        kind: Some(kind),
        ..LoadOptions::default()
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let report = pool.install(|| load_path(&store, path, &options, &context));
    (store, report.ok())
}

pub(crate) fn segments(case: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(case.join("segments")).unwrap().map(|e| e.unwrap());
    entries
        .map(|e| (e.file_name().to_string_lossy().into_owned(), std::fs::read(e.path()).unwrap()))
        .collect()
}

fn same(seed: u64, rows: usize, threads: usize) -> Result<bool, TestCaseError> {
    let home = tempfile::tempdir().unwrap();
    // A number in the name makes its line the subject of the table.
    let names = ["seized.csv", "seized_502550000001.csv", "seized_5510000003.csv"];
    let path = home.path().join(names[(seed % 3) as usize]);
    std::fs::write(&path, file(seed, rows)).unwrap();
    let (slow_store, slow) = load(home.path(), "slow", &path, TableKind::Calls, u64::MAX, 1);
    let (fast_store, fast) = load(home.path(), "fast", &path, TableKind::Calls, 0, threads);
    let bare = |report: Option<FileReport>| report.map(|r| FileReport { seconds: 0.0, ..r });
    let loaded = slow.is_some();
    prop_assert_eq!(bare(slow), bare(fast), "seed {}", seed);
    let (slow, fast) = (segments(&home.path().join("slow")), segments(&home.path().join("fast")));
    let names = |of: &BTreeMap<String, Vec<u8>>| of.keys().cloned().collect::<Vec<_>>();
    if names(&slow) != names(&fast) {
        let calls = |store: &CaseStore| {
            let mut all = Vec::new();
            let snapshot = store.snapshot().unwrap();
            snapshot
                .calls::<store::error::StoreError>(&mut |rows| {
                    all.extend(rows);
                    Ok(())
                })
                .unwrap();
            all
        };
        let (slow, fast) = (calls(&slow_store), calls(&fast_store));
        let differing = slow.iter().zip(&fast).find(|(a, b)| a != b);
        prop_assert!(differing.is_none() && slow.len() == fast.len(), "seed {seed}: {differing:?}");
    }
    prop_assert_eq!(names(&slow), names(&fast), "seed {}", seed);
    prop_assert!(slow == fast);
    Ok(loaded)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn bulk_and_row_by_row_store_the_same_bytes(seed in any::<u64>(), rows in 0usize..400, threads in 1usize..5) {
        same(seed, rows, threads)?;
    }
}

#[test]
fn a_file_that_once_was_read_otherwise() {
    same(17_613_221_119_821_612_452, 180, 1).unwrap();
}

#[test]
fn most_generated_files_are_read_in_bulk_and_kept() {
    let loaded = (1..40u64).filter(|seed| same(seed * 0x9E37_79B9, 80, 2).unwrap()).count();
    assert!(loaded > 30, "only {loaded} of 39 files were tables");
}

/// Rows whose reading differs between the beginning of the file and its end are read as the whole decides.
#[test]
fn the_whole_file_decides_though_its_beginning_suggests_otherwise() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("seized.csv");
    let mut text = String::from("caller,receiver,time,duration,type\n");
    for i in 0..120_000u32 {
        // Day and month alike for the first two mebibytes and more.
        let day = if i < 80_000 { 1 + i % 12 } else { 13 + i % 15 };
        text.push_str(&format!("50255{:07},50376{:07},{day:02}/05/2024 10:11:12,5,VOZ\n", i % 97, i % 89));
    }
    std::fs::write(&path, text).unwrap();
    let (store, report) = load(home.path(), "fast", &path, TableKind::Calls, 0, 2);
    let receipt = report.unwrap().tables.remove(0).receipt;
    assert_eq!((receipt.kept, receipt.refused), (120_000, 0));
    let (other, _) = load(home.path(), "slow", &path, TableKind::Calls, u64::MAX, 1);
    assert_eq!(store.content_hash().unwrap(), other.content_hash().unwrap());
}
