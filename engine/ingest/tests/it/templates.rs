//! One file for every template: it is recognised without a mapping, and its records say what the file says.

use ingest::load::{FileReport, LoadOptions, load_path};
use model::ids::Seed;
use model::place::Country;
use model::record::{CallRecord, MentionRecord, Side, TransferRecord};
use model::run::{RunContext, Silent};
use std::sync::atomic::AtomicBool;
use store::case::{CaseInfo, CaseStore};

type Failure = Box<dyn std::error::Error>;

/// What a case holds after one file.
struct Loaded {
    report: FileReport,
    calls: Vec<CallRecord>,
    transfers: Vec<TransferRecord>,
    mentions: Vec<MentionRecord>,
}

fn load(name: &str, bytes: impl AsRef<[u8]>, country: Option<Country>) -> Result<Loaded, Failure> {
    let dir = tempfile::tempdir()?;
    let info = CaseInfo { title: "t".into(), country, authority: "a".into(), created_us: 0 };
    let store = CaseStore::create(&dir.path().join("case"), &info)?;
    let path = dir.path().join(name);
    std::fs::write(&path, bytes)?;
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed::default(), &Silent, &cancelled);
    let options = LoadOptions { actor: "t".into(), ..LoadOptions::default() };
    let report = load_path(&store, &path, &options, &context)?;
    let snapshot = store.snapshot()?;
    let (mut calls, mut transfers) = (Vec::new(), Vec::new());
    snapshot.calls(&mut |rows: Vec<CallRecord>| {
        calls.extend(rows);
        Ok::<(), store::error::StoreError>(())
    })?;
    snapshot.transfers(&mut |rows: Vec<TransferRecord>| {
        transfers.extend(rows);
        Ok::<(), store::error::StoreError>(())
    })?;
    let mentions = snapshot.all_mentions()?;
    Ok(Loaded { report, calls, transfers, mentions })
}

impl Loaded {
    /// Template, kept, refused and other of the only table.
    fn line(&self) -> (&str, u64, u64, u64) {
        let t = &self.report.tables[0];
        (&t.template, t.receipt.kept, t.receipt.refused, t.receipt.other)
    }
}

/// Caller, receiver, side and the moment in UTC.
fn said(call: &CallRecord) -> (String, String, Side, String) {
    let value = |n: &model::identifier::Normal| n.value.clone().unwrap_or_default();
    let time = call.time.map(|t| t.instant_us / 1_000_000).unwrap_or_default().to_string();
    (value(&call.caller), value(&call.receiver), call.side, time)
}

#[test]
fn telcel() -> Result<(), Failure> {
    let text = "RADIOMÓVIL EJEMPLO,,,,,,,,,,\nTeléfono,Tipo,Número A,Número B,Fecha,Hora,Durac. Seg.,IMEI,LATITUD,LONGITUD,Azimuth\n\
        5550000001,VOZ SALIENTE,5550000001,5550000002,25/03/2025,10:00:00,60,356987001234567,19°25'57\",99°07'59\",120\n\
        5550000001,VOZ ENTRANTE,5550000003,5550000001,25/03/2025,11:00:00,5,356987001234567,19.4326,99.1332,\n\
        5550000001,VOZ TRANSITO,5550000003,5550000001,25/03/2025,11:00:00,5,,,,\n\
        5550000001,DATOS,5550000001,,25/03/2025,11:10:00,,,,,\n\
        5550000001,MENSAJE 2 VIAS SALIENTE,5550000001,5550000004,25/03/2025,12:00:00,0,,,,\n";
    let loaded = load("telcel.csv", text, None)?;
    assert_eq!(loaded.line(), ("telcel-mx@1", 4, 1, 2));
    assert_eq!(loaded.report.tables[0].country, Some(Country::MX));
    let at = |s: &str| s.to_owned();
    let out = (at("+525550000001"), at("+525550000002"), Side::Originating, at("1742918400"));
    assert_eq!(said(&loaded.calls[0]), out);
    let back = (at("+525550000003"), at("+525550000001"), Side::Terminating, at("1742922000"));
    assert_eq!(said(&loaded.calls[1]), back);
    let points: Vec<_> = loaded.calls.iter().filter_map(|c| c.point).collect();
    // West is not written: the country's box knows it.
    assert!((points[0].lat - 19.4325).abs() < 1e-4 && (points[0].lon + 99.133).abs() < 1e-3, "{points:?}");
    assert!((points[1].lon + 99.1332).abs() < 1e-9);
    Ok(())
}

#[test]
fn att_with_the_line_in_the_files_name() -> Result<(), Failure> {
    let text = "SERV|T_REG|NUM_A|NUM_A_IMSI|NUM_A_IMEI|DEST|ID CELDA|DUR|FECHA|HORA|LATITUD|LONGITUD|AZIMUTH|PAIS|CAUSA_T|TIPO_COM\n\
        VOZ|SAL|5550000001|334050000000001|356987001234567|5550000002|[A1:A2]|60|24-06-25|0:16:06|[19.43:0:19.45]|[-99.13:0:-99.15]|[120:0:90]|MX|0|1\n\
        VOZ|ENT|5550000003|||5550000001|A1|6|25-06-25|13:16:06|19.43|-99.13|120|MX|0|1\n\
        DATA|SAL|5550000001|||internet|A1|6|26-06-25|13:16:06||||MX|0|1\n";
    let loaded = load("5550000001.txt", text, None)?;
    assert_eq!(loaded.line(), ("att-mx@1", 3, 0, 1));
    let (caller, receiver, side, time) = said(&loaded.calls[0]);
    assert_eq!(
        (caller.as_str(), receiver.as_str(), side),
        ("+525550000001", "+525550000002", Side::Originating)
    );
    assert_eq!(
        (time.as_str(), loaded.calls[0].cell.as_str(), loaded.calls[0].azimuth),
        ("1750745766", "A1", Some(120.0))
    );
    let (caller, receiver, side, _) = said(&loaded.calls[1]);
    assert_eq!(
        (caller.as_str(), receiver.as_str(), side),
        ("+525550000003", "+525550000001", Side::Terminating)
    );
    Ok(())
}

#[test]
fn movistar_with_several_blocks() -> Result<(), Failure> {
    let head = "TIPO CDR,NUMERO A,NUMERO B,TIPO EVENTO,FECHA EVENTO,HORA EVENTO,DURACION,IMEI,IMSI,codBTS,LATITUD,LONGITUD\n";
    let text = format!(
        "{head}GSM,5550000001,5550000002,SALIENTE,25/03/2025,10:00:00,60,,,B1,19.43,-99.13\n,,,,,,,,,,,\nBLOQUE SMS,,,,,,,,,,,\n\
        {head}SMS,5550000003,5550000001,ENTRANTE,26/03/2025,10:00:00,,,,B1,19.43,-99.13\n"
    );
    let loaded = load("movistar.csv", text, None)?;
    assert_eq!(loaded.line(), ("movistar-mx@1", 2, 0, 4));
    assert_eq!(loaded.calls[1].kind, model::record::CallKind::Message);
    assert_eq!((loaded.calls[0].side, loaded.calls[1].side), (Side::Originating, Side::Terminating));
    Ok(())
}

#[test]
fn altan_whose_direction_is_which_side_is_the_subject() -> Result<(), Failure> {
    let text = "Línea investigada: 5550000001\n\nTIPO DE COMUNICACIÓN;NÚMERO ORIGEN;NÚMERO DESTINO;DURACIÓN;FECHA/HORA DE LA COMUNICACIÓN;ETIQUETA DE LOCALIZACIÓN;LATITUD;LONGITUD;IMEI;IMSI\n\
        VOZ;5550000001;5550000002;0:01:00;2025-03-25 10:00:00;C1;19,4326;-99,1332;;\n\
        VOZ;5550000003;5550000001;60;25 de marzo de 2025 10:05 p. m.;C1;;;;\n";
    let loaded = load("altan.csv", text, None)?;
    assert_eq!(loaded.line(), ("altan-mx@1", 2, 0, 3));
    assert_eq!((loaded.calls[0].side, loaded.calls[1].side), (Side::Originating, Side::Terminating));
    assert_eq!((loaded.calls[0].duration_s, loaded.calls[1].duration_s), (Some(60), Some(60)));
    assert_eq!(said(&loaded.calls[1]).3, "1742961900");
    assert!(loaded.calls[0].point.is_some_and(|p| (p.lat - 19.4326).abs() < 1e-9));
    Ok(())
}

#[test]
fn a_workbook_by_direction_with_serial_dates_and_scaled_degrees() -> Result<(), Failure> {
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, from, to) in [
        ("Entrantes", "573007654321", "3100000001"),
        ("Salientes", "3100000001", "009573007654322"),
        ("Datos", "3100000001", ""),
    ] {
        let sheet = book.add_worksheet().set_name(name)?;
        let heads = ["Origen", "Destino", "Fecha", "Duración", "Latitud", "Longitud"];
        for (column, head) in heads.iter().enumerate() {
            sheet.write(0, column as u16, *head)?;
        }
        sheet.write(1, 0, from)?;
        sheet.write(1, 1, to)?;
        sheet.write(1, 2, 45_943.25)?;
        sheet.write(1, 3, 42)?;
        sheet.write(1, 4, "6257590")?;
        sheet.write(1, 5, "-75,563591")?;
    }
    let loaded = load("libro.xlsx", book.save_to_buffer()?, Some(Country::CO))?;
    let tables: Vec<_> = loaded
        .report
        .tables
        .iter()
        .map(|t| (t.template.as_str(), t.receipt.kept, t.receipt.refused))
        .collect();
    let name = "workbook-by-direction@1";
    assert_eq!(tables, [(name, 1, 0), (name, 1, 0), (name, 0, 1)]);
    let mut calls = loaded.calls;
    calls.sort_by_key(|c| c.side == Side::Originating);
    let (caller, receiver, side, time) = said(&calls[0]);
    // A serial of a quarter past the day is six in the morning in Bogotá, eleven UTC.
    assert_eq!((caller.as_str(), side, time.as_str()), ("+573007654321", Side::Terminating, "1760353200"));
    assert_eq!(receiver, "+573100000001");
    assert_eq!((said(&calls[1]).1.as_str(), calls[1].side), ("+573007654322", Side::Originating));
    assert!(
        calls[0].point.is_some_and(|p| (p.lat - 6.25759).abs() < 1e-9 && (p.lon + 75.563_591).abs() < 1e-9)
    );
    Ok(())
}

#[test]
fn generic_calls_in_both_languages() -> Result<(), Failure> {
    let spanish = "Número de origen\tNúmero de destino\tFecha\tHora\tDuración (seg.)\tTipo\n70000001\t70000002\t25-mar-26\t2:05:33 p. m.\t60\tVOZ\n";
    let loaded = load("a.tsv", spanish, Some(Country::SV))?;
    assert_eq!(loaded.line(), ("calls-es@1", 1, 0, 1));
    assert_eq!(said(&loaded.calls[0]).3, "1774469133");
    let english = "CALLING_NO,CALLED_NO,CALL_DATE,CALL_TIME,DURATION,FIRST_CELL,LAST_CELL,CALL_TYPE,IMEI,IMSI,SMSC,ROAM,SWITCH,LRN\n\
        70000001,70000002,25/03/2026,10:00:00,60,C1,C9,MOC,,,,,,\n70000003,70000001,26/03/2026,10:00:00,60,C1,C9,MTC,,,,,,\n";
    let loaded = load("b.csv", english, Some(Country::SV))?;
    assert_eq!(loaded.line(), ("calls-en@1", 2, 0, 1));
    assert_eq!((loaded.calls[0].side, loaded.calls[0].cell.as_str()), (Side::Originating, "C1"));
    assert_eq!(loaded.calls[1].side, Side::Terminating);
    Ok(())
}

/// Payer, beneficiary, amount in minor units and currency.
fn paid(t: &TransferRecord) -> (Option<&str>, Option<&str>, i64, String) {
    let currency = t.amount.currency.as_str().to_owned();
    (t.payer.value.as_deref(), t.beneficiary.value.as_deref(), t.amount.minor, currency)
}

#[test]
fn statements() -> Result<(), Failure> {
    let columns = "BANCO EJEMPLO\nCuenta: 000123456789\nTitular: PERSONA DE EJEMPLO\n\nFecha;Descripción;Débito;Crédito;Saldo\n\
        25/03/2026;RETIRO CAJERO;1.234,50;;10,00\n26/03/2026;DEPOSITO;;200,00;210,00\nSaldo anterior;;;;5,00\nTOTALES;;1.234,50;200,00;\n";
    let loaded = load("a.csv", columns, Some(Country::CR))?;
    assert_eq!(loaded.line(), ("statement-es@1", 2, 0, 7));
    let own = loaded.transfers[0].payer.value.clone();
    assert!(own.is_some() && loaded.transfers[1].beneficiary.value == own);
    assert_eq!((paid(&loaded.transfers[0]).2, paid(&loaded.transfers[1]).2), (123_450, 20_000));
    assert_eq!(loaded.mentions.len(), 1);
    let signed = "BANCO EJEMPLO,,,,\nCuenta:,000123456789,,,\n\nFecha,Referencia,Descripción,Monto,Saldo total\n\
        25/03/2026,R1,PAGO,($1.25),$8.75\n26/03/2026,R2,ABONO,$3.00,$11.75\n";
    let loaded = load("b.csv", signed, Some(Country::SV))?;
    assert_eq!(loaded.line(), ("statement-signed-es@1", 2, 0, 4));
    assert_eq!((loaded.transfers[0].side, loaded.transfers[1].side), (Side::Originating, Side::Terminating));
    assert_eq!((paid(&loaded.transfers[0]).2, paid(&loaded.transfers[1]).2), (125, 300));
    let mexican = "BANCO,CUENTA,FECHA,DESCRIPCIÓN,CONCEPTO,REFERENCIA,REFERENCIA BANCARIA,BENEFICIARIO,DETALLE,CARGO,ABONO,SALDO,CLAVE,TIPO MOVIMIENTO\n\
        EJEMPLO,000123456789,25/03/2026,SPEI,pago,1,2,PERSONA DE EJEMPLO,d,\"1,500.00\",,10.00,1,CARGO\n\
        EJEMPLO,000123456789,26/03/2026,SPEI,pago,1,2,,d,,20.00,30.00,1,ABONO\n";
    let loaded = load("c.csv", mexican, None)?;
    assert_eq!(loaded.line(), ("statement-mx@1", 2, 0, 1));
    assert_eq!(paid(&loaded.transfers[0]).3, "MXN");
    assert_eq!((paid(&loaded.transfers[0]).2, loaded.transfers[0].side), (150_000, Side::Originating));
    assert_eq!((paid(&loaded.transfers[1]).2, loaded.transfers[1].side), (2_000, Side::Terminating));
    Ok(())
}

#[test]
fn remittances_mobile_money_and_transfers() -> Result<(), Failure> {
    let remittances = "MTCN,Fecha,Remitente,Documento remitente,Beneficiario,Documento beneficiario,Monto USD,País origen,Agente pagador\n\
        0000000001,25/03/2026,PERSONA UNA,A0000001,PERSONA DOS,00000001-6,150.00,US,Agencia 1\n";
    let loaded = load("a.csv", remittances, Some(Country::SV))?;
    assert_eq!(loaded.line(), ("remittances-es@1", 1, 0, 1));
    assert_eq!((loaded.transfers[0].reference.as_str(), loaded.mentions.len()), ("0000000001", 2));
    assert_eq!((paid(&loaded.transfers[0]).2, paid(&loaded.transfers[0]).3.as_str()), (15_000, "USD"));
    let wallet = "Fecha y hora|Teléfono origen|Teléfono destino|Monto|Referencia\n25/03/2026 10:00:00|70000001|70000002|25.00|X1\n";
    let loaded = load("b.txt", wallet, Some(Country::SV))?;
    assert_eq!(loaded.line(), ("mobile-money@1", 1, 0, 1));
    assert_eq!(paid(&loaded.transfers[0]).0, Some("+50370000001"));
    assert_eq!(paid(&loaded.transfers[0]).1, Some("+50370000002"));
    let accounts = "Fecha;Cuenta origen;Cuenta destino;Monto;Concepto\n25/03/2026;000123456789;000987654321;25.00;pago\n";
    let loaded = load("c.csv", accounts, Some(Country::SV))?;
    assert_eq!(loaded.line(), ("transfers-es@1", 1, 0, 1));
    assert!(loaded.transfers[0].payer.value.is_some() && loaded.transfers[0].beneficiary.value.is_some());
    Ok(())
}

#[test]
fn registers_of_people() -> Result<(), Failure> {
    let subscribers = "Número de teléfono,Titular,DUI,Dirección,Fecha de activación,Fecha de baja\n70000001,PERSONA UNA EJEMPLO,00000001-6,Calle 1,25/03/2020,13/04/2021\n";
    let loaded = load("a.csv", subscribers, Some(Country::SV))?;
    assert_eq!(loaded.line(), ("subscribers-es@1", 1, 0, 1));
    let m = &loaded.mentions[0];
    assert_eq!((m.phones.len(), m.documents.len()), (1, 1));
    assert!(m.validity.from_us.is_some() && m.validity.to_us > m.validity.from_us);
    let crossings = "Fecha de movimiento;Puesto fronterizo;Tipo de movimiento;Apellidos y nombres;Pasaporte;Nacionalidad;Fecha de nacimiento\n\
        25/03/2026;La Frontera;Entrada;EJEMPLO PERSONA UNA;A0000001;Honduras;13/04/2010\n";
    let loaded = load("b.csv", crossings, Some(Country::SV))?;
    assert_eq!(loaded.line(), ("crossings-es@1", 1, 0, 1));
    let m = &loaded.mentions[0];
    // The day of the crossing tells that the person was a minor; it is no validity of the passport.
    assert_eq!((m.sensitivity, m.validity.from_us), (model::sensitivity::Sensitivity::Minor, None));
    assert_eq!(m.country, Some(Country::HN));
    let hotel = "Habitación|Huésped|Documento|Teléfono|Fecha de ingreso|Fecha de salida|Procedencia\n12|PERSONA UNA EJEMPLO|00000001-6|70000001|25/03/2026|27/03/2026|Ciudad\n";
    let loaded = load("c.txt", hotel, Some(Country::SV))?;
    assert_eq!(loaded.line(), ("hotel-register-es@1", 1, 0, 1));
    let m = &loaded.mentions[0];
    assert_eq!((m.phones.len(), m.documents.len(), m.validity.from_us), (1, 1, None));
    Ok(())
}
