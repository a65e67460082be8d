//! Whole files in, receipts and records out.

use super::*;
use crate::judge::{Judge, Verdict};
use crate::rebuild::{is_a_file, rebuild};
use crate::rows::{Blocks, Headers};
use model::ids::{RecordRef, Seed, SourceId};
use model::record::{CallRecord, MentionRecord, RefusedRow, TransferRecord};
use model::run::Silent;
use model::sensitivity::Sensitivity;
use proptest::prelude::*;
use std::sync::atomic::AtomicBool;
use store::case::CaseInfo;

struct Bench {
    dir: tempfile::TempDir,
    store: CaseStore,
}

impl Bench {
    fn new(country: Option<Country>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let info = CaseInfo { title: "t".into(), country, authority: "a".into(), created_us: 0 };
        let store = CaseStore::create(&dir.path().join("case"), &info).unwrap();
        Self { dir, store }
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn options() -> LoadOptions {
        LoadOptions { actor: "tester".into(), ..LoadOptions::default() }
    }

    fn load_with(&self, path: &Path, options: &LoadOptions) -> Result<FileReport, IngestError> {
        let cancelled = AtomicBool::new(false);
        load_path(&self.store, path, options, &RunContext::new(Seed::default(), &Silent, &cancelled))
    }

    fn load(&self, name: &str, bytes: impl AsRef<[u8]>) -> FileReport {
        self.load_with(&self.write(name, bytes), &Self::options()).unwrap()
    }

    fn calls(&self) -> Vec<CallRecord> {
        let mut out = Vec::new();
        let take = &mut |rows| {
            out.extend::<Vec<CallRecord>>(rows);
            Ok::<(), IngestError>(())
        };
        self.store.snapshot().unwrap().calls(take).unwrap();
        out
    }

    fn transfers(&self) -> Vec<TransferRecord> {
        let mut out = Vec::new();
        let take = &mut |rows| {
            out.extend::<Vec<TransferRecord>>(rows);
            Ok::<(), IngestError>(())
        };
        self.store.snapshot().unwrap().transfers(take).unwrap();
        out
    }

    fn mentions(&self) -> Vec<MentionRecord> {
        self.store.snapshot().unwrap().all_mentions().unwrap()
    }

    fn refused(&self) -> Vec<RefusedRow> {
        self.store.snapshot().unwrap().refused(None).unwrap()
    }
}

fn only(report: &FileReport) -> &TableReport {
    assert_eq!(report.tables.len(), 1);
    &report.tables[0]
}

fn receipt(report: &FileReport) -> (u64, u64, u64, u64, u64) {
    let r = only(report).receipt;
    (r.read, r.kept, r.refused, r.repeated, r.other)
}

const CALLS: &str = "Número origen,Número destino,Fecha,Hora,Duración,Tipo\n\
    70000001,70000002,25/03/2026,10:00:00,60,VOZ\n\
    70000001,70000003,26/03/2026,11:30:15,5,SMS\n";

#[test]
fn a_plain_file_of_calls_is_read() {
    let bench = Bench::new(Some(Country::SV));
    let report = bench.load("a.csv", CALLS);
    assert_eq!(report.state, FileState::Loaded);
    assert_eq!(receipt(&report), (2, 2, 0, 0, 1));
    assert_eq!(only(&report).kind, TableKind::Calls);
    let calls = bench.calls();
    assert_eq!(calls[0].caller.value.as_deref(), Some("+50370000001"));
    assert_eq!(calls[0].record.row, 2);
    // 10:00 in El Salvador is 16:00 UTC.
    assert_eq!(calls[0].time.unwrap().instant_us, 1_774_454_400_000_000);
    assert!(calls[0].time.unwrap().zone_assumed);
    assert_eq!(calls[1].kind, model::record::CallKind::Message);
}

#[test]
fn the_same_file_under_another_name_changes_nothing() {
    let bench = Bench::new(Some(Country::SV));
    bench.load("a.csv", CALLS);
    let hash = bench.store.content_hash().unwrap();
    let again = bench.load("b.csv", CALLS);
    assert_eq!(again.state, FileState::AlreadyLoaded);
    assert_eq!(receipt(&again), (2, 0, 0, 2, 1));
    assert_eq!(bench.store.content_hash().unwrap(), hash);
}

#[test]
fn identical_rows_of_one_file_are_kept_and_overlapping_ones_are_repeated() {
    let bench = Bench::new(Some(Country::SV));
    let row = "70000001,70000002,25/03/2026,10:00:00,60,VOZ\n";
    let header = CALLS.lines().next().unwrap();
    let first = bench.load("a.csv", format!("{header}\n{row}{row}"));
    assert_eq!(receipt(&first), (2, 2, 0, 0, 1));
    let second = bench
        .load("b.csv", format!("{header}\n{row}{row}{row}70000001,70000004,27/03/2026,10:00:00,9,VOZ\n"));
    assert_eq!(receipt(&second), (4, 2, 0, 2, 1));
    // Every source is kept: reconcile sees all five rows and finds three calls of the one and one of the other.
    assert_eq!(bench.calls().len(), 6);
    let events = crate::reconcile::reconcile_calls(bench.calls(), &Default::default());
    assert_eq!(events.len(), 4);
}

#[test]
fn encodings_delimiters_and_line_ends_do_not_change_what_is_read() {
    let text =
        "Teléfono;Nombre;Dirección\r\n70000001;María Muñoz;Col. Escalón\r\n70000002;José Núñez;Café\r\n";
    let utf16 = |le: bool, bom: bool| -> Vec<u8> {
        let units = bom.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(|u| if le { u.to_le_bytes() } else { u.to_be_bytes() }).collect()
    };
    let cp1252 = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let mac = text
        .chars()
        .map(|c| match c {
            'é' => 0x8e,
            'í' => 0x92,
            'ó' => 0x97,
            'ñ' => 0x96,
            'ú' => 0x9c,
            c => c as u8,
        })
        .collect::<Vec<u8>>();
    let dos = text
        .chars()
        .map(|c| match c {
            'é' => 0x82,
            'í' => 0xa1,
            'ó' => 0xa2,
            'ñ' => 0xa4,
            'ú' => 0xa3,
            c => c as u8,
        })
        .collect::<Vec<u8>>();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("utf-8", text.into()),
        ("utf-8", format!("\u{feff}{text}").into()),
        ("utf-8", format!("sep=;\r\n{text}").into()),
        ("utf-8", text.replace(';', "\t").into()),
        ("utf-8", text.replace(';', "|").into()),
        ("utf-8", text.replace("\r\n", "\r").into()),
        ("utf-8", text.replace("\r\n", "\n").into()),
        ("utf-16le", utf16(true, true)),
        ("utf-16be", utf16(false, true)),
        ("utf-16le", utf16(true, false)),
        ("utf-16be", utf16(false, false)),
        ("windows-1252", cp1252),
        ("macintosh", mac),
        ("cp850", dos),
    ];
    for (encoding, bytes) in cases {
        let bench = Bench::new(Some(Country::SV));
        let report = bench.load("people.csv", bytes);
        assert_eq!(only(&report).encoding, encoding);
        let names: Vec<String> = bench.mentions().into_iter().map(|m| m.name_raw).collect();
        assert_eq!(names, ["María Muñoz", "José Núñez"], "{encoding}");
        assert_eq!(only(&report).receipt.read, 2);
        let snapshot = bench.store.snapshot().unwrap();
        let refs: Vec<RecordRef> = bench.mentions().iter().map(|m| m.mention.record).collect();
        let raw = crate::raw::raw_rows(&snapshot, &refs).unwrap();
        assert_eq!(raw.len(), 2);
        assert!(raw[1].1.starts_with("70000002") && raw[1].1.ends_with("Café"), "{encoding}: {raw:?}");
    }
}

#[test]
fn quotes_span_lines_and_an_open_quote_costs_one_row() {
    let bench = Bench::new(Some(Country::SV));
    let text = "Nombre,Teléfono,Dirección\n\
        \"Ana \"\"La Chela\"\" Paz\",70000001,\"Calle 1,\ncasa 2\"\n\
        \"Rota,70000002,x\n\
        Luis Paz,70000003,y\n\
        Eva Paz,70000004,\"z\"\n";
    let report = bench.load("p.csv", text);
    assert_eq!(receipt(&report), (4, 3, 1, 0, 2));
    let mentions = bench.mentions();
    assert_eq!(mentions[0].name_raw, "Ana \"La Chela\" Paz");
    assert_eq!(mentions[0].address_raw, "Calle 1,\ncasa 2");
    assert_eq!(mentions[1].mention.record.row, 5);
    let refused = bench.refused();
    assert_eq!((refused[0].record.row, refused[0].reason), (4, RefusalReason::OpenQuote));
    assert_eq!(refused[0].raw, b"\"Rota,70000002,x");
    let at = refused[0].byte_offset as usize;
    assert!(text.as_bytes()[at..].starts_with(&refused[0].raw));
}

#[test]
fn an_open_quote_before_many_good_rows_swallows_none() {
    let bench = Bench::new(Some(Country::SV));
    let mut text = String::from("Nombre,Teléfono\n\"Rota,70000000\n");
    for i in 0..5_000 {
        text.push_str(&format!("Persona {i},7{i:07}\n"));
    }
    assert_eq!(receipt(&bench.load("p.csv", text)), (5_001, 5_000, 1, 0, 1));
}

#[test]
fn dirty_rows_are_refused_with_their_reason() {
    let bench = Bench::new(Some(Country::SV));
    let header = CALLS.lines().next().unwrap();
    let mut bytes = format!("{header}\n70000001,70000002,25/03/2026,10:00:00,60,VOZ\n").into_bytes();
    let rows: [(&[u8], RefusalReason); 8] = [
        (b"70000001,70000002,25/03/2026", RefusalReason::FieldCount),
        (b"70000001,70000002,25/03/2026,10:00:00,60,VOZ,more", RefusalReason::FieldCount),
        (b"70000001,,25/03/2026,10:00:00,60,VOZ", RefusalReason::MissingValue),
        (b"70000001,70000002,pronto,10:00:00,60,VOZ", RefusalReason::BadValue),
        (b"70000001,7000\x000002,25/03/2026,10:00:00,60,VOZ", RefusalReason::BadEncoding),
        (b"70000001,70000002,25/03/2026,10:00:00,60,VOZ\xff\xfe", RefusalReason::BadEncoding),
        (b"70000001,5.0371E+10,25/03/2026,10:00:00,60,VOZ", RefusalReason::Irrecoverable),
        (b"70000001,70000002,25/03/2026,10:00:00,60,TRANSITO", RefusalReason::OtherKind),
    ];
    for (row, _) in rows {
        bytes.extend_from_slice(row);
        bytes.push(b'\n');
    }
    let long = vec![b'7'; crate::reader::MAX_ROW_BYTES * 3];
    bytes.extend_from_slice(&long);
    bytes.extend_from_slice("\n70000001,70000002,28/03/2026,10:00:00,60,ñandú,,,\nTotal,11\n".as_bytes());
    let report = bench.load("d.csv", &bytes);
    assert_eq!(receipt(&report), (11, 2, 9, 0, 2));
    let refused = bench.refused();
    let reasons: Vec<RefusalReason> = refused.iter().map(|r| r.reason).collect();
    let mut want: Vec<RefusalReason> = rows.iter().map(|r| r.1).collect();
    want.push(RefusalReason::TooLong);
    assert_eq!(reasons, want);
    assert_eq!(refused[2].column, "Número destino");
    for (refused, (row, _)) in refused.iter().zip(rows) {
        assert_eq!(refused.raw, row);
        assert!(bytes[refused.byte_offset as usize..].starts_with(row));
    }
    assert_eq!(refused[8].raw.len(), crate::reader::KEPT_OF_TOO_LONG);
}

#[test]
fn strict_and_dry_run_leave_nothing() {
    let bench = Bench::new(Some(Country::SV));
    let path = bench.write("a.csv", format!("{CALLS}70000001,,25/03/2026,10:00:00,60,VOZ\n"));
    let strict = LoadOptions { strict: true, ..Bench::options() };
    let error = bench.load_with(&path, &strict).unwrap_err();
    assert!(matches!(error, IngestError::Strict { refused: 1, first_row: 4, .. }), "{error}");
    for bulk_from in [0, u64::MAX] {
        let dry = LoadOptions { dry_run: true, bulk_from: Some(bulk_from), ..Bench::options() };
        let report = bench.load_with(&path, &dry).unwrap();
        assert_eq!((report.state, receipt(&report)), (FileState::Tried, (3, 2, 1, 0, 1)));
        assert!(bench.store.snapshot().unwrap().sources().is_empty());
        assert!(std::fs::read_dir(bench.store.scratch_folder()).unwrap().next().is_none());
    }
}

#[test]
fn files_that_are_no_tables_say_so() {
    let bench = Bench::new(None);
    let fails =
        |name: &str, bytes: &[u8]| bench.load_with(&bench.write(name, bytes), &Bench::options()).unwrap_err();
    assert!(matches!(fails("e.csv", b""), IngestError::Empty { .. }));
    assert!(matches!(fails("w.csv", b" \n\r\n\t\n"), IngestError::Empty { .. }));
    assert!(matches!(fails("p.csv", b"%PDF-1.7\nx"), IngestError::Binary { .. }));
    assert!(matches!(fails("z.xlsx", b"PK\x03\x04 but no workbook"), IngestError::Archive { .. }));
    assert!(matches!(fails("x.xml", b"<?xml version=\"1.0\"?>\n<phone>\n7\n"), IngestError::Binary { .. }));
    assert!(matches!(fails("x.csv", b"[{\"phone\": 7}]\n"), IngestError::Binary { .. }));
    let nothing = fails("l.csv", b"Ana Paz,Luis Paz\nEva Paz,Sol Paz\n").to_string();
    assert!(nothing.contains("header_row = 0") && !nothing.contains("Ana"), "{nothing}");
    let noise: Vec<u8> = (0..4_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    assert!(matches!(fails("n.bin", &noise), IngestError::Binary { .. }));
    let unknown = fails("u.csv", b"source,target,weight\nN1,N2,3\n");
    let IngestError::NotRecognised { missing, skeleton, .. } = &unknown else { panic!("{unknown}") };
    assert!(missing.contains("time") || missing.contains("amount"), "{missing}");
    Mapping::parse(skeleton).unwrap();
    assert!(skeleton.contains("source"), "{skeleton}");
    let mapping =
        Mapping::parse("kind = \"calls\"\n[columns]\nQuien = \"caller\"\ntarget = \"receiver\"").unwrap();
    let options = LoadOptions { mapping: Some(mapping), ..Bench::options() };
    let error = bench.load_with(&bench.write("m.csv", "source,target\n1,2\n"), &options).unwrap_err();
    assert!(matches!(&error, IngestError::MissingColumn { column, .. } if column == "Quien"), "{error}");
}

#[test]
fn columns_of_yes_and_no_are_no_headers() {
    let bench = Bench::new(None);
    let mut text = String::from("\u{feff}node,familia,title,arrest,prison,informant,partner\n");
    for i in 0..50 {
        text.push_str(&format!("N{i},,,N,N,N,Y\n"));
    }
    let report = bench.load("attributes.csv", text);
    assert_eq!(receipt(&report), (50, 50, 0, 0, 1));
    assert_eq!(bench.mentions()[0].accounts[0].value.as_deref(), Some("N0"));
}

#[test]
fn ambiguous_dates_keep_rows_and_ask() {
    let bench = Bench::new(None);
    let text = ",From,To,DateTime,Duration.seconds.,Cell.Tower\n1,349,23,6/1/2006 0:08,1634,1\n2,37,364,6/10/2006 0:11,640,24\n";
    let report = bench.load("calls.csv", text);
    assert_eq!(receipt(&report), (2, 2, 0, 0, 1));
    let needs = only(&report).needs_decision.clone().unwrap();
    assert_eq!(needs, "dates");
    let calls = bench.calls();
    assert_eq!((calls[0].time, calls[0].time_raw.as_str()), (None, "6/1/2006 0:08"));
    assert_eq!(calls[0].caller.value.as_deref(), Some("349"));
    assert!(only(&report).columns.iter().any(|c| c.header == "From" && c.role == "caller (opaque id)"));
    let options = LoadOptions { dates: Some(DateOrder::MonthFirst), ..Bench::options() };
    let again = bench.load_with(&bench.dir.path().join("calls.csv"), &options).unwrap();
    assert_eq!(again.state, FileState::Superseded);
    assert_eq!(only(&again).needs_decision, None);
    assert_eq!(receipt(&again), (2, 2, 0, 0, 1));
    // 2006-06-01 00:08 UTC.
    assert_eq!(bench.calls()[0].time.unwrap().instant_us, 1_149_120_480_000_000);
}

#[test]
fn steps_are_a_clock_only_by_a_mapping() {
    let text =
        "sourceNodeId,targetNodeId,value,time\n360,18984,103.55,1\n360,18984,103.55,1\n269,9237,178.96,149\n";
    let bench = Bench::new(None);
    let report = bench.load("t.csv", text);
    assert_eq!(receipt(&report), (3, 3, 0, 0, 1));
    assert!(only(&report).needs_decision.as_deref() == Some("steps"));
    let mapping = "kind = \"transfers\"\nepoch = \"2020-01-01T00:00:00Z\"\nunit = \"day\"\nopaque_ids = true\ncurrency = \"USD\"\n";
    let options = LoadOptions { mapping: Some(Mapping::parse(mapping).unwrap()), ..Bench::options() };
    let again = bench.load_with(&bench.dir.path().join("t.csv"), &options).unwrap();
    assert_eq!((again.state, only(&again).needs_decision.clone()), (FileState::Superseded, None));
    let transfers = bench.transfers();
    assert_eq!(transfers.len(), 3);
    assert_eq!(transfers[0].payer.value.as_deref(), Some("360"));
    assert_eq!(transfers[0].amount.minor, 10_355);
    assert_eq!(transfers[0].time.unwrap().instant_us, 1_577_923_200_000_000);
    let events = crate::reconcile::reconcile_transfers(transfers, &Default::default());
    assert_eq!(events.len(), 3);
    let nodes = bench.load("nodes.csv", "nodeid,isFraud,init_balance\n0,0,184.44\n1,1,175.80\n");
    assert_eq!(only(&nodes).kind, TableKind::Entities);
    assert_eq!(bench.mentions()[0].accounts[0].value.as_deref(), Some("0"));
}

#[test]
fn incoming_rows_are_turned_where_a_is_the_subject() {
    let bench = Bench::new(Some(Country::SV));
    let text = "Tigo El Salvador\n\nTotal registros: 4,,,,,\n\
        TIPO CDR,NUMERO A,NUMERO B,TIPO EVENTO,FECHA EVENTO,HORA EVENTO\n\
        GSM,70000001,70000002,SALIENTE,25/03/2026,10:00:00\n\
        GSM,70000001,70000003,ENTRANTE,25/03/2026,11:00:00\n\
        \nBloque 2,,,,,\n\
        TIPO CDR,NUMERO A,NUMERO B,TIPO EVENTO,FECHA EVENTO,HORA EVENTO\n\
        SMS,70000001,70000004,ENTRANTE,26/03/2026,10:00:00\n\
        TRANSITO,70000001,70000004,SALIENTE,26/03/2026,10:00:00\n";
    let report = bench.load("x.csv", text);
    assert_eq!(receipt(&report), (4, 3, 1, 0, 7));
    assert_eq!(only(&report).declared, Some(4));
    assert_eq!(only(&report).needs_decision, None);
    let calls = bench.calls();
    let parties: Vec<(&str, &str)> = calls
        .iter()
        .map(|c| (c.caller.value.as_deref().unwrap(), c.receiver.value.as_deref().unwrap()))
        .collect();
    assert_eq!(
        parties,
        [
            ("+50370000001", "+50370000002"),
            ("+50370000003", "+50370000001"),
            ("+50370000004", "+50370000001")
        ]
    );
    assert_eq!(calls[1].side, model::record::Side::Terminating);
}

#[test]
fn the_subject_may_stand_only_in_the_files_name() {
    let bench = Bench::new(Some(Country::SV));
    let text = "DIRECCION,OTRO NUMERO,FECHA,HORA,DURACION\nENT,70000002,25/03/2026,10:00,30\nSAL,70000003,25/03/2026,11:00,30\n";
    bench.load("7000-0001_marzo.csv", text);
    let calls = bench.calls();
    assert_eq!(calls[0].caller.value.as_deref(), Some("+50370000002"));
    assert_eq!(calls[0].receiver.value.as_deref(), Some("+50370000001"));
    assert_eq!(calls[1].caller.value.as_deref(), Some("+50370000001"));
}

#[test]
fn a_statement_with_letterhead_names_both_sides() {
    let bench = Bench::new(Some(Country::GT));
    let text = "Banco del Istmo\nTitular: Ana Paz López\nCuenta: 01-234567-8\n\n\
        Fecha;Referencia;Descripción;Débito;Crédito;Cuenta contraparte;Nombre contraparte;Saldo\n\
        25/03/2026;;SALDO ANTERIOR;;;;;100,00\n\
        25/03/2026;R1;Pago;1.250,75;;99-888777-6;Luis Paz;0\n\
        26/03/2026;R2;Abono;;10,00;55-444333-2;Eva Paz;0\n\
        Total;;;1.250,75;10,00;;;\n";
    let report = bench.load("estado.csv", text);
    assert_eq!(receipt(&report), (2, 2, 0, 0, 7));
    let transfers = bench.transfers();
    assert_eq!(transfers[0].payer.value.as_deref(), Some("012345678"));
    assert_eq!(transfers[0].beneficiary.value.as_deref(), Some("998887776"));
    assert_eq!(transfers[0].amount.minor, 125_075);
    assert_eq!(transfers[0].amount.currency.as_str(), "GTQ");
    assert_eq!(transfers[0].side, model::record::Side::Originating);
    assert_eq!(transfers[1].payer.value.as_deref(), Some("554443332"));
    assert_eq!(transfers[1].side, model::record::Side::Terminating);
    let mentions = bench.mentions();
    let roles: Vec<&str> = mentions.iter().map(|m| m.mention.role.as_str()).collect();
    assert_eq!(roles, ["holder", "beneficiary", "payer"]);
    assert_eq!(mentions[0].accounts[0].value.as_deref(), Some("012345678"));
}

#[test]
fn protection_words_and_stated_age_give_the_class() {
    let bench = Bench::new(Some(Country::SV));
    let text = "Nombre,Calidad,Edad,Fecha de nacimiento,Fecha registro\n\
        Ana Paz,Víctima,30,01/02/1990,15/03/2026\n\
        Eva Paz,Testigo protegido,40,,15/03/2026\n\
        Luz Paz,Imputada,17,,15/03/2026\n\
        Sol Paz,Víctima menor de edad,,,15/03/2026\n\
        Mar Paz,Imputada,,20/05/2010,15/03/2026\n\
        Luis Paz,Imputado,30,,15/03/2026\n\
        Reina Paz,Reservado,30,,15/03/2026\n";
    bench.load("p.csv", text);
    let classes: Vec<Sensitivity> = bench.mentions().iter().map(|m| m.sensitivity).collect();
    use Sensitivity::{Minor, Open, Sealed, Victim, Witness};
    assert_eq!(classes, [Victim, Witness, Minor, Minor, Minor, Open, Sealed]);
}

#[test]
fn sheets_of_a_workbook_are_sources() {
    let bench = Bench::new(Some(Country::CO));
    let mut book = rust_xlsxwriter::Workbook::new();
    let date = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    for (name, other) in [("Entrantes", 3_001_234_567.0), ("Salientes", 3_007_654_321.0)] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        sheet.write(0, 0, "Reporte").unwrap();
        for (i, header) in
            ["Línea", "Número contacto", "Fecha hora", "Duración", "IMEI"].into_iter().enumerate()
        {
            sheet.write(3, i as u16, header).unwrap();
        }
        for row in 4..7u32 {
            sheet.write(row, 0, 3_100_000_001.0).unwrap();
            sheet.write(row, 1, other).unwrap();
            let serial = 45_943.0 + f64::from(row) / 24.0;
            sheet.write_number_with_format(row, 2, serial, &date).unwrap();
            sheet.write(row, 3, 42.0).unwrap();
            sheet.write(row, 4, "356987001234567").unwrap();
        }
    }
    let path = bench.dir.path().join("c.xlsx");
    book.save(&path).unwrap();
    let report = bench.load_with(&path, &Bench::options()).unwrap();
    assert_eq!(report.tables.len(), 2);
    for table in &report.tables {
        let r = table.receipt;
        assert_eq!((r.read, r.kept, r.other), (3, 3, 4), "{}", table.key.sheet);
        assert_eq!(table.needs_decision, None);
    }
    let calls = bench.calls();
    assert_eq!(calls[0].side, model::record::Side::Terminating);
    assert_eq!(calls[0].receiver.value.as_deref(), Some("+573100000001"));
    assert_eq!(calls[3].caller.value.as_deref(), Some("+573100000001"));
    // 2025-10-13 04:00 in Bogotá is 09:00 UTC.
    assert_eq!(calls[0].time.unwrap().instant_us, 1_760_346_000_000_000);
    let snapshot = bench.store.snapshot().unwrap();
    let raw = crate::raw::raw_rows(&snapshot, &[calls[4].record]).unwrap();
    assert_eq!(raw[0].1, "3100000001\t3007654321\t2025-10-13 05:00:00\t42\t356987001234567");
}

#[test]
fn the_proposed_mapping_reads_the_file_the_same_way() {
    let bench = Bench::new(Some(Country::SV));
    let path = bench.write("a.csv", CALLS);
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed::default(), &Silent, &cancelled);
    let proposals = crate::propose::propose(&path, &Bench::options(), &context).unwrap();
    let text = proposals[0].to_toml(ToString::to_string);
    assert!(text.contains("\"Número origen\" = \"caller\" # 1.00 header"), "{text}");
    bench.load("a.csv", CALLS);
    let plain = bench.calls();
    let options = LoadOptions { mapping: Some(Mapping::parse(&text).unwrap()), ..Bench::options() };
    bench.load_with(&path, &options).unwrap();
    assert_eq!(bench.calls(), plain);
}

#[test]
fn a_mapping_corrected_once_reads_the_next_file_of_the_layout() {
    let bench = Bench::new(Some(Country::SV));
    let rows = |a: u32| format!("campo1;campo2;campo3\n7000000{a};70000009;25/03/2026 10:00:00\n");
    let path = bench.write("x.csv", rows(1));
    assert!(matches!(bench.load_with(&path, &Bench::options()), Err(IngestError::NotRecognised { .. })));
    let text = "kind = \"calls\"\n[columns]\ncampo1 = \"receiver\"\ncampo2 = \"caller\"\ncampo3 = \"time\"\n";
    let options = LoadOptions { mapping: Some(Mapping::parse(text).unwrap()), ..Bench::options() };
    let first = bench.load_with(&path, &options).unwrap();
    assert_eq!(only(&first).template, "mapping");
    let second = bench.load("y.csv", rows(2));
    assert_eq!((only(&second).template.as_str(), receipt(&second)), ("mapping", (1, 1, 0, 0, 1)));
    assert!(bench.calls().iter().all(|c| c.caller.value.as_deref() == Some("+50370000009")));
    // Other headers are another layout.
    let other = bench.write("z.csv", rows(3).replace("campo3", "campo4"));
    assert!(bench.load_with(&other, &Bench::options()).is_err());
}

#[test]
fn a_file_without_a_header_is_proposed_from_its_values() {
    let bench = Bench::new(Some(Country::SV));
    let rows: String =
        (1..20).map(|i| format!("7000{i:04};2222{i:04};{i:02}/03/2026;10:{i:02}:00;{i}\n")).collect();
    let path = bench.write("x.csv", rows);
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed::default(), &Silent, &cancelled);
    let options = LoadOptions { country: Some(Country::SV), ..Bench::options() };
    let proposal = crate::propose::propose(&path, &options, &context).unwrap().remove(0);
    let roles: Vec<&str> = proposal.columns.iter().map(|c| c.role.as_str()).collect();
    assert_eq!(roles, ["number_a", "number_b", "date", "clock", "duration"]);
    assert!(proposal.columns.iter().all(|c| c.confidence > 0.4 && c.confidence < 0.7));
    let mapping = Mapping::parse(&proposal.to_toml(ToString::to_string)).unwrap();
    let report = bench.load_with(&path, &LoadOptions { mapping: Some(mapping), ..Bench::options() }).unwrap();
    assert_eq!(receipt(&report), (19, 19, 0, 0, 0));
}

#[test]
fn fixed_width_text_is_read_and_its_rows_are_found_again() {
    let bench = Bench::new(Some(Country::SV));
    let mut text = String::from("OPERADORA EJEMPLO\n\n");
    text += "Telefono origen Telefono destino Fecha      Hora     Seg Tipo\n";
    text += "--------------- ---------------- ---------- -------- --- ------------\n";
    for i in 1..30 {
        text +=
            &format!("7000{i:04}        2222{i:04}         {i:02}/03/2026 10:{i:02}:00 {i:3} VOZ ENTRANTE\n");
    }
    text += "Total de registros: 29\n";
    let report = bench.load("fijo.txt", &text);
    assert_eq!(receipt(&report), (29, 29, 0, 0, 5));
    let table = only(&report);
    assert_eq!((table.delimiter.as_str(), table.declared), ("fixed:0,16,33,44,53,57", Some(29)));
    let calls = bench.calls();
    assert_eq!((calls[0].record.row, calls[0].duration_s), (5, Some(1)));
    let raw = crate::raw::raw_rows(&bench.store.snapshot().unwrap(), &[calls[3].record]).unwrap();
    assert_eq!(raw[0].1, text.lines().nth(7).unwrap());
}

#[test]
fn what_programs_put_around_a_table_is_no_data() {
    let bench = Bench::new(Some(Country::SV));
    let row = |i: u32| format!("=\"7000000{i}\",=\"70000009\",2026-03-25,=\"10:00:0{i}\",60,VOZ\n");
    let header = CALLS.lines().next().unwrap();
    let report =
        bench.load("excel.csv", format!("{header}\n-----,-----,---,---,--,---\n{}{}", row(1), row(2)));
    assert_eq!(receipt(&report), (2, 2, 0, 0, 2));
    assert_eq!(bench.calls()[0].caller.value.as_deref(), Some("+50370000001"));
    // The zeros that pad a recovered file are one more line, which is refused.
    let padded = [format!("{header}\n{}", row(3)).as_bytes(), &[0u8; 9_000]].concat();
    assert_eq!(receipt(&bench.load("rec.csv", padded)), (2, 1, 1, 0, 1));
}

/// A zip of these members.
fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn members_of_an_archive_are_sources_and_their_rows_are_found_again() {
    let bench = Bench::new(None);
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet().set_name("Salientes").unwrap();
    for (column, (head, value)) in
        [("Número A", "70000001"), ("Número B", "70000002"), ("Fecha", "2026-03-25 10:00:00")]
            .iter()
            .enumerate()
    {
        sheet.write(0, column as u16, *head).unwrap();
        sheet.write(1, column as u16, *value).unwrap();
    }
    let xlsx = book.save_to_buffer().unwrap();
    let inner = zip_of(&[("libro.xlsx", &xlsx), ("roto.xlsx", b"PK\x03\x04 but no workbook")]);
    let own = "Teléfono destino;Fecha;Hora\n22220001;25/03/2026;10:00:00\n";
    let zip = zip_of(&[
        ("SV/70009999.csv", own.as_bytes()),
        ("__MACOSX/._70009999.csv", b"junk"),
        ("SV/dentro.zip", &inner),
        ("aviso.pdf", b"%PDF-1.4"),
    ]);
    let report = bench.load("todo.zip", zip);
    let tables: Vec<_> = report
        .tables
        .iter()
        .map(|t| (t.key.sheet.as_str(), t.receipt.kept, t.receipt.other, t.needs_decision.is_some()))
        .collect();
    assert_eq!(
        tables,
        [
            ("SV/70009999.csv", 1, 1, false),
            ("SV/dentro.zip/libro.xlsx#Salientes", 1, 1, false),
            ("SV/dentro.zip/roto.xlsx", 0, 0, true),
            ("aviso.pdf", 0, 0, true),
        ]
    );
    let calls = bench.calls();
    assert_eq!(calls[0].caller.value.as_deref(), Some("+50370009999"));
    assert_eq!(calls[1].side, model::record::Side::Originating);
    let addresses: Vec<_> = calls.iter().map(|c| c.record).collect();
    let raw = crate::raw::raw_rows(&bench.store.snapshot().unwrap(), &addresses).unwrap();
    let texts: Vec<&str> = raw.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["22220001;25/03/2026;10:00:00", "70000001\t70000002\t2026-03-25 10:00:00"]);
    assert!(bench.store.verify(&Silent).unwrap().holds());
}

#[test]
fn what_is_made_to_do_harm_is_refused_with_a_reason() {
    let bench = Bench::new(Some(Country::SV));
    let refused = |name: &str, bytes: Vec<u8>| {
        let path = bench.write(name, bytes);
        match bench.load_with(&path, &Bench::options()) {
            Err(IngestError::Hostile { detail, .. }) => detail.to_string(),
            other => panic!("{name}: {other:?}"),
        }
    };
    assert!(refused("a.zip", zip_of(&[("b.csv", &vec![b'0'; 64 << 20])])).contains("300 times"));
    assert!(refused("b.zip", zip_of(&[("../b.csv", CALLS.as_bytes())])).contains("leads out"));
    assert!(refused("c.zip", zip_of(&[("a\tb.csv", CALLS.as_bytes())])).contains("control"));
    let mut deep = CALLS.as_bytes().to_vec();
    for name in ["a.csv", "1.zip", "2.zip", "3.zip"] {
        deep = zip_of(&[(name, &deep)]);
    }
    assert!(refused("d.zip", deep).contains("more than twice"));
    let mut lying = zip_of(&[("a.csv", CALLS.repeat(50).as_bytes())]);
    for (at, bytes) in [(b"PK\x03\x04", 14), (b"PK\x01\x02", 16)] {
        let found = lying.windows(4).rposition(|w| w == at).unwrap();
        lying[found + bytes] ^= 1;
    }
    assert!(refused("e.zip", lying).contains("checksum"));
    assert!(bench.store.snapshot().unwrap().sources().is_empty());
}

#[test]
fn a_gzip_file_is_the_file_in_it() {
    use std::io::Write;
    let bench = Bench::new(Some(Country::SV));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(CALLS.as_bytes()).unwrap();
    let report = bench.load("a.csv.gz", gzip.finish().unwrap());
    assert_eq!(receipt(&report), (2, 2, 0, 0, 1));
    // What is packed is not the file: its text comes back, and is not held against the hash of the file.
    let snapshot = bench.store.snapshot().unwrap();
    assert!(!is_a_file(&snapshot.sources()[0]));
    let mut text = Vec::new();
    rebuild(&snapshot, SourceId(0), &mut text).unwrap();
    assert_eq!(text, CALLS.as_bytes());
    let at = bench.calls()[1].record;
    let raw = crate::raw::raw_rows(&bench.store.snapshot().unwrap(), &[at]).unwrap();
    assert_eq!(raw[0].1, CALLS.lines().nth(2).unwrap());
}

#[test]
fn a_cancelled_load_leaves_nothing() {
    let bench = Bench::new(Some(Country::SV));
    let path = bench.write("a.csv", CALLS);
    let cancelled = AtomicBool::new(true);
    let context = RunContext::new(Seed::default(), &Silent, &cancelled);
    let error = load_path(&bench.store, &path, &Bench::options(), &context).unwrap_err();
    assert!(matches!(error, IngestError::Cancelled { .. }));
    assert!(bench.store.snapshot().unwrap().sources().is_empty());
}

/// Plans a file and gives for each row its first line, its lines and whether it is data.
fn accounts(path: &Path) -> Result<(u64, Vec<(u32, u32, bool)>), IngestError> {
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed::default(), &Silent, &cancelled);
    let options = Bench::options();
    let planned = plan(path, path, &Mapping::default(), Some(Country::SV), &options, &context)?;
    let p = &planned[0];
    let mut judge = Judge::new(p);
    let mut blocks = Blocks::new(p.table.as_ref(), &p.layout, Headers::Known(&p.evidence.headers))?;
    let mut out = Vec::new();
    while let Some(block) = blocks.next()? {
        for row in block.rows {
            let record = RecordRef { source: SourceId(0), row: row.line };
            out.push((row.line, row.lines, !matches!(judge.judge(&row, record), Verdict::Other)));
        }
    }
    Ok((p.evidence.lines, out))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_make_the_loader_fail_otherwise_than_by_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, &bytes).unwrap();
        let _ = accounts(&path);
    }

    #[test]
    fn every_line_is_in_exactly_one_place(
        rows in proptest::collection::vec(
            proptest::collection::vec("[a7\"\u{e9} ;:/0-]{0,6}|70000001|25/03/2026|\"a\nb\"|Total|Nombre", 1..5), 0..30),
        end in prop_oneof![Just("\n"), Just("\r\n")],
        bad in any::<proptest::sample::Index>(),
    ) {
        let mut bytes = format!("Nombre,Tel\u{e9}fono,Fecha de activaci\u{f3}n{end}").into_bytes();
        for row in &rows {
            bytes.extend_from_slice(row.join(",").as_bytes());
            bytes.extend_from_slice(end.as_bytes());
        }
        let header = bytes.len();
        if header > 60 {
            let at = 50 + bad.index(header - 50);
            bytes[at] = [0xff, 0, b'"', b'\n'][at % 4];
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f.csv");
        std::fs::write(&path, &bytes).unwrap();
        let (lines, rows) = accounts(&path).unwrap();
        let physical = bytes.iter().filter(|b| **b == b'\n').count() + usize::from(!bytes.ends_with(b"\n"));
        prop_assert_eq!(lines, physical as u64);
        let mut next = 1u32;
        for (line, span, _) in rows {
            prop_assert_eq!(line, next);
            next += span;
        }
        prop_assert_eq!(u64::from(next) - 1, lines);
    }
}
