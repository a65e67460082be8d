//! Anyone's CSV, good and bad.

use model::ids::Seed;
use model::run::{RunContext, Silent};
use resolve::error::ResolveError;
use resolve::run::{Resolution, ResolveConfig, resolve_columns};
use resolve::table::roles::ColumnRole;
use resolve::table::{People, TableConfig, read_people};
use std::sync::atomic::AtomicBool;

fn read(text: &str) -> Result<People, ResolveError> {
    read_people(text.as_bytes(), &TableConfig::default())
}

fn resolved(people: &People) -> Resolution {
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed(1), &Silent, &cancelled);
    let config = ResolveConfig::default();
    resolve_columns(&people.mentions, &people.sources, &[], &config, &context).unwrap()
}

fn clusters(people: &People) -> Vec<u32> {
    resolved(people).cluster
}

fn roles(header: &str) -> Vec<ColumnRole> {
    let filler = vec!["x"; header.split(',').count()].join(",");
    read(&format!("{header}\n{filler}\n")).unwrap().columns.into_iter().map(|c| c.1).collect()
}

#[test]
fn headers_of_several_tongues() {
    use ColumnRole as R;
    assert_eq!(
        roles(
            "rec_id,given_name,surname,street_number,address_1,suburb,postcode,state,date_of_birth,soc_sec_id"
        ),
        [
            R::Id,
            R::Given,
            R::Surname,
            R::Address,
            R::Address,
            R::Town,
            R::Address,
            R::Ignored,
            R::Birth,
            R::Document
        ]
    );
    assert_eq!(
        roles("Nombre,Apellido Paterno,Apellido Materno,Fecha de Nacimiento,Teléfono,DUI,Municipio"),
        [R::Given, R::Surname, R::SecondSurname, R::Birth, R::Phone, R::Document, R::Town]
    );
    assert_eq!(roles("nombre completo;no"), [R::FullName, R::Ignored]);
}

#[test]
fn values_tell_what_headers_do_not() {
    let text = "a;b;c\nAna Pérez;1991-04-02;+503 7111 2233\nLuis Gómez;1981-05-12;+503 7111 2234\nRosa Díaz;1971-06-22;+503 7111 2235\n";
    let people = read(text).unwrap();
    let roles: Vec<ColumnRole> = people.columns.iter().map(|c| c.1).collect();
    assert_eq!(roles, [ColumnRole::FullName, ColumnRole::Birth, ColumnRole::Phone]);
    assert_eq!(people.ids.iter().collect::<Vec<_>>(), ["2", "3", "4"]);
}

#[test]
fn bad_tables_get_one_clear_error() {
    assert!(matches!(read(""), Err(ResolveError::EmptyTable)));
    assert!(matches!(read("id,given_name\n"), Err(ResolveError::EmptyTable)));
    assert!(matches!(read("id,colour\n1,red\n2,blue\n"), Err(ResolveError::NoUsableColumn { columns: 2 })));
    assert!(matches!(
        read("id,surname\n1,Paz\n2,Sol\n1,Mar\n"),
        Err(ResolveError::DuplicateId { row: 4, first: 2 })
    ));
    assert!(matches!(read("id,surname\n,Paz\n"), Err(ResolveError::DuplicateId { row: 2, first: 2 })));
    let config = TableConfig { id_column: Some("clave".into()), ..TableConfig::default() };
    let missing = read_people(b"id,surname\n1,Paz\n", &config);
    assert!(matches!(missing, Err(ResolveError::NoIdColumn { .. })));
}

#[test]
fn hostile_values_cost_no_more_than_a_row() {
    let long = "Ñandú ".repeat(2000);
    let mut text = String::from("id,given_name,surname,date_of_birth\n");
    for i in 0..50 {
        text += &format!("{i},{long},{long}{i},1980-13-45\n");
    }
    for i in 50..100 {
        text += &format!("{i},,,\n");
    }
    let people = read(&text).unwrap();
    assert_eq!(clusters(&people).len(), 100);
    let mut bytes = b"id,surname\n1,".to_vec();
    bytes.extend([0xFF, 0xFE, 0x00, b'\n', b'2', b',', b'"']);
    let people = read_people(&bytes, &TableConfig::default()).unwrap();
    assert_eq!(clusters(&people).len(), 2);
}

#[test]
fn every_value_missing_joins_nobody() {
    let mut text = String::from("id,given_name,surname,phone\n");
    for i in 0..3000 {
        text += &format!("{i},,,\n");
    }
    let found = clusters(&read(&text).unwrap());
    assert_eq!(found.last(), Some(&2999));
}

#[test]
fn a_hundred_thousand_equal_rows_are_one_comparison() {
    let mut text = String::from("id,given_name,surname,date_of_birth,soc_sec_id\n");
    for i in 0..100_000 {
        text += &format!("{i},Ana Lucía,Quintanilla,1991-04-02,881234567\n");
    }
    let people = read(&text).unwrap();
    let found = clusters(&people);
    assert!(found.iter().all(|c| *c == 0));
}

#[test]
fn one_common_name_is_bounded_work() {
    let mut text = String::from("id,given_name,surname,phone\n");
    for i in 0..5000 {
        text += &format!("{i},Juan,López,+503 7{:03} {:04}\n", i / 100, i * 7 % 10_000);
    }
    let found = resolved(&read(&text).unwrap());
    assert!(found.pairs_scored < 5000 * 150, "{}", found.pairs_scored);
    assert!(found.blocking.iter().any(|r| r.windowed > 0 && r.pairs_left_out > 0), "left out in silence");
}

#[test]
fn parts_of_a_large_table_are_one_table() {
    // More than two parts, with quoted line breaks where a part would be cut.
    let mut text = String::from("id,full_name,address\n");
    let mut wanted = Vec::new();
    for i in 0..60_000 {
        let quoted = i % 3 == 0;
        let address = if quoted {
            format!("\"Calle {i},\n No. 5 \"\"B\"\" {}\"", "x".repeat(600))
        } else {
            format!("Calle {i}")
        };
        text += &format!("r{i},Ana Paz,{address}\n");
        wanted.push(format!("r{i}"));
    }
    assert!(text.len() > 8 << 20);
    let people = read(&text).unwrap();
    assert!(people.ids.iter().eq(wanted.iter().map(String::as_str)));
    let addresses: std::collections::BTreeSet<u32> =
        people.mentions.mentions.iter().map(|f| f.address).collect();
    assert_eq!(addresses.len(), 60_000);
}

#[test]
fn days_and_sexes_are_decided_by_the_whole_column() {
    let text = "id,apellidos,fecha_nacimiento,sexo\n1,Paz Sol,03/04/1990,M\n2,Mar Luz,25/04/1990,H\n";
    let people = read(text).unwrap();
    let said: Vec<(u32, u8)> = people.mentions.mentions.iter().map(|f| (f.births[0], f.sex)).collect();
    assert_eq!(said, [(0x1990_0403, 0), (0x1990_0425, 1)]);
}

#[test]
fn a_mistyped_date_is_compared_by_its_figures_and_a_filler_is_none() {
    let births = |rows: &[&str]| -> Vec<u32> {
        let cells: String = rows.iter().enumerate().map(|(i, r)| format!("{i},Ana,Paz,{r}\n")).collect();
        let people = read(&format!("id,nombres,apellidos,fecha_nacimiento\n{cells}")).unwrap();
        people.mentions.mentions.iter().map(|f| f.births[0]).collect()
    };
    // Nineteen demand month first, two day first: most of a column decide, and the others are read as they must be.
    let mut mixed: Vec<String> = (13..=31).map(|day| format!("12/{day}/1980")).collect();
    mixed.extend(["25/12/1980", "03/04/1981", "13/32/1980"].map(String::from));
    let read = births(&mixed.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(read[0], 0x1980_1213);
    assert_eq!(read[19..], [0x1980_1225, 0x1981_0304, 0]);
    let iso = births(&[
        "1980-17-05",
        "19801705",
        "1980-02-31",
        "1980-00-00",
        "9999-12-31",
        "0001-01-01",
        "1980-99-99",
    ]);
    assert_eq!(iso, [0x1980_1705, 0x1980_1705, 0x1980_0231, 0, 0, 0, 0]);
}

#[test]
fn a_name_read_cell_by_cell_is_the_name_read_whole() {
    let cells = [
        "Ana",
        "MARÍA JOSÉ",
        "de la Cruz",
        "Pérez",
        "Pérez Gómez",
        "Dr. Juan",
        "Vda. de Paz",
        "Peña Jr.",
        "",
        "X",
        "Ma. Luz",
    ];
    for given in cells {
        for surname in cells {
            let text = format!("id,given_name,surname,phone\n1,\"{given}\",\"{surname}\",\n");
            let people = read(&text).unwrap();
            let f = &people.mentions.mentions[0];
            let words = |ids: &[u32]| {
                ids.iter().map(|w| people.mentions.word_text(*w).to_owned()).collect::<Vec<_>>()
            };
            let whole = normalise::name::from_columns(given, surname, "");
            assert_eq!(
                (words(f.given()), words(f.surnames())),
                (whole.given, whole.surnames),
                "{given:?} {surname:?}"
            );
        }
    }
}
