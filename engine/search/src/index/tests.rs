//! What an investigator types must find the party, and nothing that is not there.

use super::*;
use proptest::prelude::*;

fn document(id: &str, fields: &[(Field, &str)]) -> SearchDocument {
    SearchDocument {
        node_id: id.to_owned(),
        kind: "person".to_owned(),
        title: id.to_owned(),
        fields: fields.iter().map(|(f, v)| (*f, (*v).to_owned())).collect(),
    }
}

fn people() -> Vec<SearchDocument> {
    vec![
        document(
            "E-OVIDIO",
            &[
                (Field::Name, "Ovidio Conacaste Pérez"),
                (Field::Phone, "+50394127731"),
                (Field::Document, "SV-DUI:991234567"),
                (Field::Alias, "El Chele"),
                (Field::Address, "Calle El Progreso 15, Colonia Las Ceibas"),
            ],
        ),
        document("E-MUNOZ", &[(Field::Name, "Ana Muñoz Ceiba"), (Field::Account, "CR05015202001026284066")]),
        document("E-PEREZ", &[(Field::Name, "Pérez"), (Field::Device, "49015420323751")]),
        document("E-NEAR", &[(Field::Name, "Ovidia Conacaste"), (Field::Phone, "+50394127732")]),
        document("V-01", &[(Field::Other, "V-01")]),
    ]
}

fn opened(documents: &[SearchDocument]) -> (tempfile::TempDir, SearchIndex) {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), documents).unwrap();
    let index = open(dir.path()).unwrap();
    (dir, index)
}

#[test]
fn what_is_typed_finds_the_party() {
    let (_dir, index) = opened(&people());
    for (text, first, field) in [
        ("ovidio conacaste perez", "E-OVIDIO", Field::Name),
        ("OVIDIO", "E-OVIDIO", Field::Name),
        ("ovidoi conacaste", "E-OVIDIO", Field::Name),
        ("94127731", "E-OVIDIO", Field::Phone),
        ("9412-7731", "E-OVIDIO", Field::Phone),
        ("+503 9412 7731", "E-OVIDIO", Field::Phone),
        ("127731", "E-OVIDIO", Field::Phone),
        ("99123456-7", "E-OVIDIO", Field::Document),
        ("DUI 991234567", "E-OVIDIO", Field::Document),
        ("991234576", "E-OVIDIO", Field::Document),
        ("chele", "E-OVIDIO", Field::Alias),
        ("progreso 15", "E-OVIDIO", Field::Address),
        ("muñoz", "E-MUNOZ", Field::Name),
        ("CR05 0152 0200 1026 2840 66", "E-MUNOZ", Field::Account),
        ("28 4066", "E-MUNOZ", Field::Account),
        ("490154203237", "E-PEREZ", Field::Device),
        ("v-01", "V-01", Field::Other),
        ("ovidio conacaste perez zzz", "E-OVIDIO", Field::Name),
    ] {
        let hits = index.query(text, 10).unwrap();
        let hit = hits.first().unwrap_or_else(|| panic!("nothing for {text}"));
        assert_eq!((hit.node_id.as_str(), hit.field), (first, field), "{text}: {hits:?}");
    }
}

#[test]
fn exact_stands_before_near_and_short_before_long() {
    let (_dir, index) = opened(&people());
    let ids = |text: &str| -> Vec<String> {
        index.query(text, 10).unwrap().into_iter().map(|h| h.node_id).collect()
    };
    assert_eq!(ids("94127732"), ["E-NEAR", "E-OVIDIO"]);
    assert_eq!(ids("perez"), ["E-PEREZ", "E-OVIDIO"]);
    assert_eq!(ids("ovidia"), ["E-NEAR", "E-OVIDIO"]);
}

#[test]
fn nothing_is_found_where_nothing_is() {
    let (_dir, index) = opened(&people());
    for text in ["", "   ", "¿?", "zacatecoluca", "70001111", "\u{0}\u{1}", "12", "ovidio zzzz"] {
        assert_eq!(index.ask(text, 10).unwrap(), Answer::default(), "{text}");
    }
    assert!(index.query("ovidio", 0).unwrap().is_empty());
}

#[test]
fn order_of_building_does_not_matter() {
    let mut turned = people();
    turned.reverse();
    let (_a, forward) = opened(&people());
    let (_b, backward) = opened(&turned);
    for text in ["perez", "conacaste", "9412", "9412773", "ceiba"] {
        assert_eq!(forward.ask(text, 3).unwrap(), backward.ask(text, 3).unwrap(), "{text}");
    }
}

#[test]
fn shares_answer_as_one_and_are_named_by_what_they_hold() {
    let mut documents: Vec<SearchDocument> = (0..200)
        .map(|i| {
            let name = ["María Pérez López", "Ana Pérez", "Pérez", "Mario Peres"][i % 4];
            document(
                &format!("E-{i:05}"),
                &[(Field::Name, name), (Field::Phone, &format!("+503712345{i:02}"))],
            )
        })
        .collect();
    let shared = |documents: &[SearchDocument]| {
        let dir = tempfile::tempdir().unwrap();
        let shares = shares_of(documents, 20);
        shares.iter().for_each(|share| share.build(dir.path()).unwrap());
        let index = open(dir.path()).unwrap();
        (dir, index, shares.iter().map(|s| s.name().to_owned()).collect::<Vec<_>>())
    };
    let (_whole, one) = opened(&documents);
    let (_dir, many, names) = shared(&documents);
    assert_eq!((one.readers.len(), many.readers.len()), (1, 16));
    assert_eq!(many.len(), 200);
    for text in ["perez", "maria perez lopez", "peres", "7123450", "50371234507", "zzz", "ana zzz"] {
        assert_eq!(one.ask(text, 40).unwrap(), many.ask(text, 40).unwrap(), "{text}");
    }
    documents.reverse();
    assert_eq!(shared(&documents).2, names);
    documents[7].fields[0].1.push('s');
    let changed = shared(&documents).2;
    assert_eq!(changed.iter().zip(&names).filter(|(a, b)| a != b).count(), 1);
}

#[test]
fn opening_leaves_the_folder_as_it_was() {
    let (dir, _) = opened(&people());
    let list = || -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let before = list();
    let index = open(dir.path()).unwrap();
    index.query("perez", 5).unwrap();
    assert_eq!(index.readers.len(), 1);
    assert_eq!(list(), before);
}

#[test]
fn no_index_is_an_error_that_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let error = open(dir.path()).err().unwrap().to_string();
    assert!(error.contains("--only index"), "{error}");
    assert!(open(&dir.path().join("absent")).is_err());
}

#[test]
fn an_empty_index_answers() {
    let (_dir, index) = opened(&[]);
    assert!(index.is_empty());
    assert_eq!(index.ask("ana", 5).unwrap(), Answer::default());
}

#[test]
fn the_best_value_is_not_crowded_out_by_many() {
    let mut documents: Vec<SearchDocument> =
        (0..3_000).map(|i| document(&format!("E-{i:05}"), &[(Field::Name, "María Pérez López")])).collect();
    documents.push(document("Z-LAST", &[(Field::Name, "Pérez")]));
    let (_dir, index) = opened(&documents);
    let answer = index.ask("perez", 5).unwrap();
    assert_eq!(answer.total, 3_001);
    assert_eq!(answer.hits[0].node_id, "Z-LAST");
    assert_eq!(answer.hits[1].node_id, "E-00000");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_number_is_found_whole_by_its_end_and_with_one_wrong_digit(
        numbers in proptest::collection::btree_set(60_000_000u32..80_000_000, 1..20),
        place in 0usize..8,
    ) {
        let values: Vec<String> = numbers.iter().map(|n| format!("+503{n}")).collect();
        let documents: Vec<SearchDocument> =
            values.iter().map(|v| document(&format!("tel:{v}"), &[(Field::Phone, v)])).collect();
        let (_dir, index) = opened(&documents);
        for value in &values {
            let id = format!("tel:{value}");
            let national = &value[4..];
            prop_assert_eq!(&index.query(national, 3).unwrap()[0].node_id, &id);
            prop_assert_eq!(&index.query(value, 3).unwrap()[0].node_id, &id);
            let end: Vec<String> =
                index.query(&national[2..], 50).unwrap().into_iter().map(|h| h.node_id).collect();
            prop_assert!(end.contains(&id));
            let mut wrong: Vec<char> = national.chars().collect();
            wrong[place] = if wrong[place] == '9' { '0' } else { '9' };
            let wrong: String = wrong.into_iter().collect();
            let near: Vec<String> = index.query(&wrong, 50).unwrap().into_iter().map(|h| h.node_id).collect();
            prop_assert!(near.contains(&id), "{} {}", value, wrong);
        }
    }

    #[test]
    fn no_query_panics(text in "\\PC{0,60}") {
        let (_dir, index) = opened(&people());
        index.query(&text, 5).unwrap();
    }
}
