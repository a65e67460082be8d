//! Known answers from published examples and invented numbers, and what must hold for any text.

use super::*;
use model::party::Sex;
use model::time::CivilDate;
use proptest::prelude::*;

const NONE: NormFlags = NormFlags::NONE;
const ASSUMED: NormFlags = NormFlags::COUNTRY_ASSUMED;
const WRONG: NormFlags = NormFlags::CHECK_FAILED;
const PADDED: NormFlags = NormFlags::PADDED;
const OUTSIDE: NormFlags = NormFlags::NOT_IN_PLAN;

fn check(raw: &str, country: Option<Country>, hint: &str, expected: &str, flags: NormFlags) {
    let normal = document(raw, country, hint);
    assert_eq!((normal.value.as_deref().unwrap_or(""), normal.flags), (expected, flags), "{raw:?} {hint:?}");
}

#[test]
fn el_salvador() {
    let sv = Some(Country::SV);
    check("00016297-5", sv, "DUI", "SV-DUI:000162975", NONE);
    check("00016297-5", sv, "Documento", "SV-DUI:000162975", ASSUMED);
    check("00016297-5", None, "", "SV-DUI:000162975", NONE);
    check("DUI: 00016297-5", None, "", "SV-DUI:000162975", NONE);
    check("00016297-6", sv, "DUI", "SV-DUI:000162976", WRONG);
    check("1234567.0", sv, "DUI", "SV-DUI:001234567", PADDED.with(WRONG));
    check("0614-050707-104-8", sv, "NIT", "SV-NIT:06140507071048", NONE);
    check("0614-999999-104-8", sv, "NIT", "SV-NIT:06149999991048", OUTSIDE.with(WRONG));
    check("123", sv, "DUI", "SV-DOC:123", OUTSIDE);
}

#[test]
fn guatemala_and_honduras() {
    let (gt, hn) = (Some(Country::GT), Some(Country::HN));
    // 2*1+3*2+4*3+5*4+6*5+7*6+8*7+9*8 = 240 = 9 modulo 11.
    check("1234 56789 0101", gt, "DPI", "GT-CUI:1234567890101", NONE);
    check("1234567890101", gt, "", "GT-CUI:1234567890101", ASSUMED);
    check("1234 56789 0101", None, "", "GT-CUI:1234567890101", NONE);
    check("1234567890101", None, "", "XX-DOC:1234567890101", NormFlags::AMBIGUOUS);
    check("1234567800101", gt, "CUI", "GT-CUI:1234567800101", WRONG);
    check("1234567892301", gt, "CUI", "GT-CUI:1234567892301", OUTSIDE);
    check("576937-K", gt, "NIT", "GT-NIT:576937K", NONE);
    check("7108-0", gt, "NIT", "GT-NIT:71080", NONE);
    check("576937-1", gt, "NIT", "GT-NIT:5769371", WRONG);
    check("0801-1990-12345", hn, "Identidad", "HN-DNI:0801199012345", NONE);
    check("801199012345", hn, "DNI", "HN-DNI:0801199012345", PADDED);
    check("0801-1990-12345", None, "", "HN-DNI:0801199012345", NONE);
    check("08011990123456", hn, "", "HN-RTN:08011990123456", ASSUMED);
    check("9901199012345", hn, "DNI", "HN-DNI:9901199012345", OUTSIDE);
}

#[test]
fn costa_rica_nicaragua_and_panama() {
    let (cr, ni, pa) = (Some(Country::CR), Some(Country::NI), Some(Country::PA));
    check("1-0234-0567", cr, "cédula", "CR-CED:102340567", ASSUMED);
    check("1-234-567", cr, "", "CR-CED:102340567", ASSUMED.with(PADDED));
    check("0102340567", cr, "", "CR-CED:102340567", ASSUMED);
    check("3-101-123456", cr, "", "CR-JUR:3101123456", ASSUMED);
    check("155812345678", cr, "", "CR-DIMEX:155812345678", ASSUMED);
    check("155812345678", None, "DIMEX", "CR-DIMEX:155812345678", NONE);
    let body = "0010101900001";
    let letter = char::from(b"ABCDEFGHJKLMNPQRSTUVWXY"[(body.parse::<u64>().unwrap() % 23) as usize]);
    let whole = format!("NI-CED:{body}{letter}");
    check(&format!("001-010190-0001{letter}"), ni, "cédula", &whole, NONE);
    check(&format!("{body}{letter}"), None, "", &whole, NONE);
    check("001-990190-0001A", ni, "cédula", "NI-CED:0019901900001A", OUTSIDE.with(WRONG));
    check("8-123-456", pa, "cédula", "PA-CED:8-123-456", NONE);
    check("08-0123-00456", pa, "", "PA-CED:8-123-456", ASSUMED);
    check("PE-12-345", None, "", "PA-CED:PE-12-345", NONE);
    check("E-8-123456", pa, "", "PA-CED:E-8-123456", ASSUMED);
    check("8-AV-12-345", pa, "", "PA-CED:8AV-12-345", ASSUMED);
    check("14-12-345", pa, "", "PA-DOC:1412345", OUTSIDE);
}

#[test]
fn dominican_republic_and_mexico() {
    let (dr, mx) = (Some(Country::DO), Some(Country::MX));
    check("001-1391820-5", dr, "cédula", "DO-CED:00113918205", ASSUMED);
    check("001-1391820-5", None, "", "DO-CED:00113918205", NONE);
    check("00113918204", dr, "", "DO-CED:00113918204", ASSUMED.with(WRONG));
    check("1-01-85004-3", dr, "RNC", "DO-RNC:101850043", NONE);
    check("BOXW310820HNERXN09", None, "", "MX-CURP:BOXW310820HNERXN09", NONE);
    check("boxw310820hnerxn08", mx, "CURP", "MX-CURP:BOXW310820HNERXN08", WRONG);
    check("GODE561231GR8", mx, "RFC", "MX-RFC:GODE561231GR8", NONE);
    check("GODE561231GR7", mx, "", "MX-RFC:GODE561231GR7", ASSUMED.with(WRONG));
    check("MNXMCS91040307M300", mx, "Clave de elector", "MX-INE:MNXMCS91040307M300", NONE);
}

#[test]
fn others_and_passports() {
    check("123-45-6789", Some(Country::BZ), "SSN", "BZ-SSN:123456789", NONE);
    check("1023456789", Some(Country::CO), "CC", "CO-CC:1023456789", NONE);
    check("1023456789", Some(Country::CO), "Tarjeta de identidad", "CO-TI:1023456789", NONE);
    check("123-45-6789", Some(Country::US), "", "US-SSN:123456789", ASSUMED);
    check("A 01234567", Some(Country::SV), "pasaporte", "SV-PAS:A01234567", NONE);
    check("Pasaporte: A01234567", None, "", "XX-PAS:A01234567", NONE);
    check("ABC-12", None, "", "XX-DOC:ABC12", NormFlags::AMBIGUOUS);
    // A Mexican in a Salvadoran file.
    check("BOXW310820HNERXN09", Some(Country::SV), "Documento", "MX-CURP:BOXW310820HNERXN09", NONE);
}

#[test]
fn placeholders_are_no_documents() {
    for raw in ["", "N/A", "-", "Indocumentado", "NO PORTA", "sin documento"] {
        check(raw, Some(Country::SV), "DUI", "", NONE);
    }
    check("00000000-0", Some(Country::SV), "DUI", "", OUTSIDE);
    check("99999999-9", Some(Country::SV), "DUI", "", OUTSIDE);
    check("1.23457E+12", Some(Country::GT), "CUI", "", NormFlags::IRRECOVERABLE);
}

#[test]
fn numbers_speak() {
    let curp = facts("MX-CURP:BOXW310820HNERXN09");
    assert_eq!(curp.birth, CivilDate::new(1931, 8, 20));
    assert_eq!((curp.sex, curp.place.as_deref()), (Some(Sex::Male), Some("NE")));
    assert_eq!(facts("NI-CED:0010101900001A").birth, CivilDate::new(1990, 1, 1));
    assert_eq!(facts("SV-NIT:06140507071048").birth, CivilDate::new(2007, 7, 5));
    let dni = facts("HN-DNI:0801199012345");
    assert_eq!((dni.birth, dni.place.as_deref()), (None, Some("0801")));
    assert_eq!(facts("GT-CUI:1234567890101").place.as_deref(), Some("0101"));
    assert_eq!(facts("PA-CED:8-123-456").place.as_deref(), Some("8"));
    assert_eq!(facts("SV-DOC:123").country, Some(Country::SV));
    assert_eq!(facts("nonsense"), DocumentFacts::default());
    assert_eq!(kind("SV-DUI:000162975"), "SV-DUI");
    assert_eq!(kind("nonsense"), "");
}

#[test]
fn conflicts_are_more_than_typing_errors() {
    assert!(conflict("SV-DUI:000162975", "SV-DUI:987654321"));
    assert!(!conflict("SV-DUI:000162975", "SV-DUI:000162975"));
    assert!(!conflict("SV-DUI:000162975", "SV-DUI:000169275"));
    assert!(!conflict("SV-DUI:000162975", "SV-DUI:000162976"));
    assert!(!conflict("SV-DUI:000162975", "GT-CUI:1234567890101"));
    assert!(!conflict("SV-PAS:A01234567", "SV-PAS:B98765432"), "passports are renewed");
    assert!(!conflict("SV-DOC:123", "SV-DOC:987654"));
    assert!(!conflict("HN-DNI:9901199012345", "HN-DNI:0801198054321"), "one is not well formed");
    assert!(conflict("PA-CED:8-123-456", "PA-CED:3-701-98"));
    assert!(!conflict("", ""));
}

fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let mut cost = (table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]))
                    .min(table[i - 1][j] + 1)
                    .min(table[i][j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    cost = cost.min(table[i - 2][j - 2] + 1);
                }
                cost
            };
        }
    }
    table[a.len()][b.len()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_normal_form_normalises_to_itself(
        raw in "[0-9A-Za-zñ&. -]{0,20}", at in 0usize..14, hint in "(DUI|NIT|CUI|DNI|cedula|pasaporte|CC|RFC|CURP|SSN||)",
    ) {
        for country in [None, Some(Country::ALL[at])] {
            if let Some(value) = document(&raw, country, &hint).value {
                prop_assert_eq!(document(&value, country, &hint).value, Some(value.clone()));
                prop_assert_eq!(document(&value, None, "").value, Some(value));
            }
        }
    }

    #[test]
    fn any_text_is_borne(raw in "\\PC{0,30}", other in "\\PC{0,30}") {
        let normal = document(&raw, Some(Country::MX), &other);
        if let Some(value) = &normal.value {
            let again = document(value, Some(Country::MX), &other);
            prop_assert_eq!(again.value.as_ref(), Some(value));
        }
        let _ = (facts(&raw), conflict(&raw, &other), kind(&raw));
    }

    #[test]
    fn the_bounded_distance_agrees_with_the_table(a in "[0-3]{0,12}", b in "[0-3]{0,12}", limit in 0usize..5) {
        let (a, b) = (a.as_bytes(), b.as_bytes());
        prop_assert_eq!(edit_distance_exceeds(a, b, limit), distance(a, b) > limit);
    }

    #[test]
    fn conflict_is_symmetric(a in "[0-9]{9}", b in "[0-9]{9}") {
        let (a, b) = (format!("SV-DUI:{a}"), format!("SV-DUI:{b}"));
        prop_assert_eq!(conflict(&a, &b), conflict(&b, &a));
    }
}
