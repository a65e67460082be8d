//! One pass on many threads stores, byte for byte, what two passes on one thread store.

use crate::bulk::tests::{Dice, load, segments};
use crate::load::FileReport;
use model::record::TableKind;
use proptest::prelude::*;

const TRANSFERS: [&str; 3] = [
    "Fecha;Cuenta origen;Ordenante;Cuenta destino;Beneficiario;Monto;Moneda;Referencia",
    "Fecha;Descripcion;Debito;Credito;Saldo;Referencia",
    "Fecha envio;Remitente;Documento remitente;Beneficiario;Documento beneficiario;Monto;Pais",
];
const PEOPLE: [&str; 2] = [
    "Nombre completo;DUI;Fecha de nacimiento;Telefono;Direccion;Municipio;Condicion",
    "Nombres;Primer apellido;Segundo apellido;Sexo;Fecha nacimiento;Telefono",
];

fn cell(dice: &mut Dice, header: &str, early: bool) -> String {
    let header = header.to_lowercase();
    let amount = ["monto", "debito", "credito", "saldo"];
    let usual = match header.as_str() {
        h if h.contains("fecha") => {
            // The first half of the table does not tell day from month.
            let day = 1 + dice.below(if early { 12 } else { 28 });
            format!("{day:02}/{:02}/{}", 1 + dice.below(12), 1960 + dice.below(66))
        }
        h if h.contains("cuenta") => format!("{:012}", dice.below(90)),
        h if amount.iter().any(|word| h.contains(word)) => {
            let form = dice.one(&["{w}.{c}", "{w}", "({w}.{c})", "-{w}.{c}", "1,{w}.{c}", ""]).to_owned();
            let form = form.replace("{w}", &format!("{:03}", dice.below(900)));
            form.replace("{c}", &format!("{:02}", dice.below(100)))
        }
        h if h.contains("moneda") => dice.one(&["USD", "US$", "Q", "GTQ", "pesos", ""]).to_owned(),
        h if h.contains("dui") || h.contains("documento") => {
            format!("0{:07}-{}", dice.below(900), dice.below(10))
        }
        h if h.contains("telefono") => format!("7{:07} / 2{:07}", dice.below(70), dice.below(70)),
        h if h.contains("condicion") => dice.one(&["Victima", "Testigo", "Imputado", ""]).to_owned(),
        h if h.contains("sexo") => dice.one(&["F", "M", "mujer"]).to_owned(),
        _ => {
            let given = dice.one(&["Ana Mar\u{ed}a", "JOSE", "Luis A.", "Comercial", "\u{d1}a Mar\u{ed}a"]);
            format!("{given} {} {}", dice.one(&["L\u{f3}pez", "PEREZ"]), dice.one(&["Rivas", "de la Cruz"]))
        }
    };
    match dice.below(60) {
        0 => String::new(),
        1 => format!("\"{usual}\""),
        2 => format!("\"{usual};\nmas\""),
        3 => format!(" {usual} "),
        4 => format!("\"{usual}"),
        _ => usual,
    }
}

fn table(seed: u64, headers: &[&str], rows: usize) -> Vec<u8> {
    let mut dice = Dice(seed | 1);
    let header = dice.one(headers).to_owned();
    let end = dice.one(&["\n", "\r\n"]).to_owned();
    let mut text = String::new();
    if dice.chance(3) {
        text.push_str(&format!("BANCO DEL VALLE{end}Titular: Ana Lopez Rivas{end}Cuenta: 000123456789{end}"));
    }
    text.push_str(&format!("{header}{end}"));
    for row in 0..rows {
        let cells: Vec<String> = header.split(';').map(|h| cell(&mut dice, h, row < rows / 2)).collect();
        match dice.below(150) {
            0 => text.push_str(&end),
            1 => text.push_str(&format!("{header}{end}")),
            2 => text.push_str(&format!("TOTAL;;{end}")),
            3 => text.push_str(&format!("{};x;y{end}", cells.join(";"))),
            _ => text.push_str(&format!("{}{end}", cells.join(";"))),
        }
    }
    if dice.chance(4) {
        return text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
    }
    text.into_bytes()
}

fn same(seed: u64, kind: TableKind, rows: usize, threads: usize) -> Result<bool, TestCaseError> {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("seized.csv");
    let headers: &[&str] = if kind == TableKind::Transfers { &TRANSFERS } else { &PEOPLE };
    std::fs::write(&path, table(seed, headers, rows)).unwrap();
    let (two_store, two) = load(home.path(), "two", &path, kind, u64::MAX, 1);
    let (one_store, one) = load(home.path(), "one", &path, kind, 0, threads);
    let bare = |report: Option<FileReport>| report.map(|r| FileReport { seconds: 0.0, ..r });
    let loaded = two.is_some();
    prop_assert_eq!(bare(two), bare(one), "seed {}", seed);
    prop_assert!(segments(&home.path().join("two")) == segments(&home.path().join("one")), "seed {seed}");
    prop_assert_eq!(two_store.content_hash().unwrap(), one_store.content_hash().unwrap());
    Ok(loaded)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn one_pass_on_many_threads_is_as_two_on_one(
        seed in any::<u64>(),
        rows in 0usize..220,
        threads in 1usize..5,
        transfers in any::<bool>(),
    ) {
        same(seed, if transfers { TableKind::Transfers } else { TableKind::Entities }, rows, threads)?;
    }
}

#[test]
fn most_generated_tables_are_kept() {
    let kept = |kind| (1..20u64).filter(|seed| same(seed * 0x9E37_79B9, kind, 80, 3).unwrap()).count();
    let (transfers, people) = (kept(TableKind::Transfers), kept(TableKind::Entities));
    assert!(transfers > 15 && people > 15, "{transfers} and {people} of 19 files were tables");
}
