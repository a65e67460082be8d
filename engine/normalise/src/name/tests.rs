//! Known answers for names of the region (nobody real), and what must hold for any text.

use super::NameOrder::{GivenFirst, SurnameFirst, Unknown};
use super::*;
use proptest::prelude::*;

fn show(name: &PersonName) -> String {
    let married = name.married.as_deref().map(|m| format!(" ~ {m}")).unwrap_or_default();
    format!("{} | {}{married}", name.given.join("+"), name.surnames.join("+"))
}

fn check(raw: &str, order: NameOrder, expected: &str) {
    assert_eq!(show(&full_name(raw, order)), expected, "{raw:?} {order:?}");
}

#[test]
fn full_names_in_given_order() {
    check("Juan Pérez", GivenFirst, "JUAN | PEREZ");
    check("Juan Carlos Pérez", GivenFirst, "JUAN+CARLOS | PEREZ");
    check("Juan Pérez López", GivenFirst, "JUAN | PEREZ+LOPEZ");
    check("Juan Martín López", GivenFirst, "JUAN | MARTIN+LOPEZ");
    check("Juan Carlos Pérez López", GivenFirst, "JUAN+CARLOS | PEREZ+LOPEZ");
    check("Ana María José López", GivenFirst, "ANA+MARIA+JOSE | LOPEZ");
    check("Hernández Hernández Marta", SurnameFirst, "MARTA | HERNANDEZ+HERNANDEZ");
    check("LOPEZ MARIA JOSE", SurnameFirst, "MARIA+JOSE | LOPEZ");
    check("Pérez Juan", SurnameFirst, "JUAN | PEREZ");
    check("Chepe", GivenFirst, "CHEPE | ");
    check("Pedro Xitumul Tzoc", GivenFirst, "PEDRO | XITUMUL+TZOC");
    check("Zyx Wvu Tsr Qpo", GivenFirst, "ZYX+WVU | TSR+QPO");
}

#[test]
fn a_comma_and_the_words_tell_the_order() {
    check("PEREZ LOPEZ, JUAN CARLOS", GivenFirst, "JUAN+CARLOS | PEREZ+LOPEZ");
    check("PÉREZ, Juan", Unknown, "JUAN | PEREZ");
    check("Hernández López María Elena", Unknown, "MARIA+ELENA | HERNANDEZ+LOPEZ");
    check("María Elena Hernández López", Unknown, "MARIA+ELENA | HERNANDEZ+LOPEZ");
    check("Zyx Wvu", Unknown, "ZYX | WVU");
    check("Juan Pérez, Jr.", Unknown, "JUAN | PEREZ");
}

#[test]
fn particles_belong_to_their_word() {
    check("Rosa de la Cruz Méndez", GivenFirst, "ROSA | DE LA CRUZ+MENDEZ");
    check("María de los Ángeles del Cid", GivenFirst, "MARIA+DE LOS ANGELES | DEL CID");
    check("María del Carmen Pérez López", GivenFirst, "MARIA+DEL CARMEN | PEREZ+LOPEZ");
    check("José San Martín", GivenFirst, "JOSE | SAN MARTIN");
    check("Oscar de León", GivenFirst, "OSCAR | DE LEON");
    check("Juan de Dios Ortega y Gasset", GivenFirst, "JUAN+DE DIOS | ORTEGA+Y GASSET");
}

#[test]
fn married_names_are_no_names_of_birth() {
    check("Marta Alicia López de Hernández", GivenFirst, "MARTA+ALICIA | LOPEZ ~ HERNANDEZ");
    check("Marta López de Hernández", GivenFirst, "MARTA | LOPEZ ~ HERNANDEZ");
    check("Marta López Vda. de Hernández", GivenFirst, "MARTA | LOPEZ ~ HERNANDEZ");
    check("Marta López Ruiz viuda de De León", GivenFirst, "MARTA | LOPEZ+RUIZ ~ DE LEON");
    check("Marta López de León", GivenFirst, "MARTA | LOPEZ+DE LEON");
    check("Carlos López de Hernández", GivenFirst, "CARLOS | LOPEZ+DE HERNANDEZ");
    let name = from_columns("Marta Alicia", "López", "de Hernández");
    assert_eq!(show(&name), "MARTA+ALICIA | LOPEZ ~ HERNANDEZ");
}

#[test]
fn titles_aliases_abbreviations_and_placeholders() {
    check("Sr. Juan Pérez", GivenFirst, "JUAN | PEREZ");
    check("Lic. Ma. Gpe. Hdz.", GivenFirst, "MARIA+GUADALUPE | HERNANDEZ");
    check("M.ª José Glez.", GivenFirst, "MARIA+JOSE | GONZALEZ");
    check("Fco. Rdz. Mtz.", GivenFirst, "FRANCISCO | RODRIGUEZ+MARTINEZ");
    check("Juan Pérez alias El Gordo", GivenFirst, "JUAN | PEREZ");
    check("Juan \"El Gordo\" Pérez (a) Chele", GivenFirst, "JUAN | PEREZ");
    check("Juan Pérez (El Chele)", GivenFirst, "JUAN | PEREZ");
    check("Juan Pérez SOA", GivenFirst, "JUAN | PEREZ");
    check("Juan Pérez XX", GivenFirst, "JUAN | PEREZ");
    for raw in ["", "NN", "N.N.", "N/A", "Desconocido", "XX", "-", "12345"] {
        assert!(full_name(raw, Unknown).is_empty(), "{raw:?}");
    }
    assert_eq!(show(&from_columns("Ana", "Mora", "S.O.A.")), "ANA | MORA");
    assert_eq!(show(&from_columns("Ana", "Mora Sin Otro Apellido", "")), "ANA | MORA");
    assert_eq!(show(&from_columns("Ana", "de la Mora Solís", "NN")), "ANA | DE LA MORA+SOLIS");
}

#[test]
fn mojibake_meets_the_right_spelling() {
    for raw in ["MuÃ±oz", "Mu√±oz", "Mu±oz", "MUÑOZ", "Mun\u{303}oz"] {
        assert_eq!(from_columns("Ana", raw, "").surnames, ["MUÑOZ"], "{raw:?}");
    }
    for raw in ["MU?OZ", "MU#OZ", "MU\u{FFFD}OZ"] {
        let surname = from_columns("Ana", raw, "").surnames.concat();
        assert_eq!(surname, "MU?OZ");
        assert!(same_token(&surname, "MUÑOZ") && same_token("MUÑOZ", &surname));
        assert!(!same_token(&surname, "MUÑIZ") && !same_token(&surname, "MUOZ"));
        assert_eq!(phonetic(&surname), phonetic("MUÑOZ"));
    }
}

#[test]
fn what_sounds_alike_has_one_key() {
    for group in [
        &["GONZALEZ", "GONZALES", "GONSALES", "GONZALLEZ"][..2],
        &["GONZALEZ", "GONSALES"],
        &["VASQUEZ", "VAZQUEZ", "BASQUES", "BAZKEZ"],
        &["JIMENEZ", "GIMENEZ", "XIMENEZ", "JIMENES"],
        &["HERNANDEZ", "ERNANDES"],
        &["LLANOS", "YANOS"],
        &["CRUZ", "CRUS", "KRUZ", "DE LA CRUZ"],
        &["QUINTANA", "KINTANA"],
        &["CECILIA", "SESILIA", "ZEZILIA"],
        &["WALTER", "HUALTER", "GUALTER"],
        &["WILMER", "HUILMER", "GUILMER", "WUILMER"],
        &["BANEGAS", "VANEGAS"],
        &["CAMPOS", "CANPOS"],
        &["SOPHIA", "SOFIA"],
        &["JONATHAN", "JONATAN"],
        &["ANNA", "ANA"],
        &["CORREA", "COREA"],
        &["MEJIA", "MEXIA"],
        &["SIXTO", "SISTO"],
        &["GERARDO", "JERARDO"],
        &["YANIRA", "LLANIRA"],
        &["ISAAC", "ISAC"],
    ] {
        for name in group {
            assert_eq!(phonetic(name), phonetic(group[0]), "{name} {}", group[0]);
        }
    }
    for (a, b) in [
        ("MARIO", "MARIA"),
        ("PEÑA", "PENA"),
        ("GUERRA", "JERRA"),
        ("CHAVEZ", "JAVEZ"),
        ("COTO", "SOTO"),
        ("LOPEZ", "LLOPEZ"),
        ("GARCIA", "GARZA"),
    ] {
        assert_ne!(phonetic(a), phonetic(b), "{a} {b}");
    }
    assert_eq!(phonetic(""), "");
}

#[test]
fn nicknames_are_many_to_many() {
    assert!(nicknames_of("BETO").contains(&"HUMBERTO") && nicknames_of("BETO").contains(&"ALBERTO"));
    assert!(nicknames_of("FRANCISCO").contains(&"PANCHO"));
    assert_eq!(nicknames_of("CHEMA"), ["JOSE", "MARIA"]);
    assert!(nicknames_of("BRAYAN").contains(&"BRYAN"));
    assert!(nicknames_of("XITUMUL").is_empty());
    assert_eq!(expand_abbreviation("HDZ"), Some("HERNANDEZ"));
    assert_eq!(expand_abbreviation("PEREZ"), None);
}

#[test]
fn organisations_are_told_from_people() {
    for raw in [
        "Transportes El Águila, S.A. de C.V.",
        "BANCO DEL SUR",
        "Inversiones Pérez",
        "Acme Ltda.",
        "Hotel Sol",
    ] {
        assert!(looks_like_organisation(raw), "{raw}");
    }
    for raw in ["Juan Pérez", "María de los Ángeles Salas", "Rosa S. A. Mora", ""] {
        assert!(!looks_like_organisation(raw), "{raw}");
    }
}

proptest! {
    #[test]
    fn tokens_are_folded_and_never_empty(raw in "\\PC{0,40}") {
        for order in [GivenFirst, SurnameFirst, Unknown] {
            let name = full_name(&raw, order);
            for token in name.given.iter().chain(&name.surnames).chain(&name.married) {
                prop_assert!(!token.is_empty());
                prop_assert_eq!(&fold(token), token);
            }
        }
        let _ = (phonetic(&raw), nicknames_of(&raw), looks_like_organisation(&raw), expand_abbreviation(&raw));
    }

    #[test]
    fn a_name_in_columns_is_stable(
        given in "(JUAN|MARIA|ZYX|DE LOS ANGELES|ANA)( CARLOS| DEL CARMEN)?",
        one in "(PEREZ|DE LEON|DE LA CRUZ|WVU|SAN MARTIN)", two in "(LOPEZ|DE HERNANDEZ||TZOC)",
    ) {
        let name = from_columns(&given, &one, &two);
        let married = name.married.as_ref().map(|m| format!("VIUDA DE {m}")).unwrap_or_default();
        let again = from_columns(&name.given.join(" "), &name.surnames.join(" "), &married);
        prop_assert_eq!(again, name);
    }

    #[test]
    fn no_word_is_lost(words in proptest::collection::vec("[B-D][AEIOU][FGL][AEIOU]{1,2}", 1..7)) {
        for order in [GivenFirst, SurnameFirst, Unknown] {
            let name = full_name(&words.join(" "), order);
            let mut kept: Vec<String> = [name.given, name.surnames].concat();
            kept.extend(name.married);
            kept.sort();
            let mut expected: Vec<String> = words
                .iter()
                .map(|w| expand_abbreviation(w).unwrap_or(w).to_owned())
                .collect();
            expected.sort();
            if !words.iter().any(|w| is_particle(w) || is_title(w)) {
                prop_assert_eq!(kept, expected);
            }
        }
    }

    #[test]
    fn the_key_of_a_wildcard_free_token_is_a_key(token in "[A-ZÑ]{1,12}") {
        let key = phonetic(&token);
        prop_assert!(key.chars().all(|c| c.is_ascii_uppercase() || c == 'Ñ'));
        prop_assert!(!key.contains(['H', 'V', 'Z', 'C', 'Q']));
    }
}
