//! Known answers for the region's numbers, all of them invented, and what must hold for any text.

use super::*;
use proptest::prelude::*;

const F: NormFlags = NormFlags::NONE;
const ASSUMED: NormFlags = NormFlags::COUNTRY_ASSUMED;
const OLD: NormFlags = NormFlags::OLD_FORM;
const OUTSIDE: NormFlags = NormFlags::NOT_IN_PLAN;
const SERVICE: NormFlags = NormFlags::SERVICE;
const AMBIGUOUS: NormFlags = NormFlags::AMBIGUOUS;

fn check(raw: &str, country: Option<Country>, expected: &str, flags: NormFlags) {
    let ctx = PhoneContext { country, date: None };
    let normal = phone(raw, &ctx);
    assert_eq!(normal.value.as_deref().unwrap_or(""), expected, "{raw:?} in {country:?}");
    assert_eq!(normal.flags, flags, "{raw:?} in {country:?}");
    assert_eq!(normal.raw, raw);
}

#[test]
fn stated_countries_need_no_context() {
    for (raw, expected) in [
        ("+503 7123-4567", "+50371234567"),
        ("+502 5123 4567", "+50251234567"),
        ("00504 9912 3456", "+50499123456"),
        ("50588123456", "+50588123456"),
        ("(506) 8312-3456", "+50683123456"),
        ("+507 6123-4567", "+50761234567"),
        ("+507 223-4567", "+5072234567"),
        ("+501 622-1234", "+5016221234"),
        ("+509 3412 3456", "+50934123456"),
        ("+53 5 1234567", "+5351234567"),
        ("+1 (809) 555-0134", "+18095550134"),
        ("18765550134", "+18765550134"),
        ("011 503 7123 4567", "+50371234567"),
        ("+57 300 1234567", "+573001234567"),
        ("573001234567", "+573001234567"),
        ("+34 612 345 678", "+34612345678"),
        ("34612345678", "+34612345678"),
        ("tel:+50371234567", "+50371234567"),
        ("50371234567@s.whatsapp.net", "+50371234567"),
        ("50371234567.0", "+50371234567"),
        ("'+50371234567", "+50371234567"),
        ("Cel. +503 7123 4567", "+50371234567"),
        ("+503 2212-3456 ext. 12", "+50322123456"),
        ("#31#+50371234567", "+50371234567"),
    ] {
        check(raw, None, expected, F);
    }
}

#[test]
fn bare_numbers_take_the_country_of_the_file() {
    check("71234567", Some(Country::SV), "+50371234567", ASSUMED);
    check("7123-4567", Some(Country::HN), "+50471234567", ASSUMED);
    check("61234567", Some(Country::PA), "+50761234567", ASSUMED);
    check("2234567", Some(Country::PA), "+5072234567", ASSUMED);
    check("622-1234", Some(Country::BZ), "+5016221234", ASSUMED);
    check("55 9912 3456", Some(Country::MX), "+525599123456", ASSUMED);
    check("809-555-0134", Some(Country::DO), "+18095550134", ASSUMED);
    check("3001234567", Some(Country::CO), "+573001234567", ASSUMED);
    check("71234567", None, "71234567", AMBIGUOUS);
    check("5599123456", None, "5599123456", AMBIGUOUS);
}

#[test]
fn other_calling_codes_in_a_file_are_seen() {
    check("50499123456", Some(Country::SV), "+50499123456", F);
    check("5255 9912 3456", Some(Country::GT), "+525599123456", F);
    check("13055550134", Some(Country::SV), "+13055550134", F);
    check("0050499123456", Some(Country::SV), "+50499123456", F);
    check("50371234567", Some(Country::SV), "+50371234567", F);
    check("50371234567", Some(Country::MX), "+50371234567", F);
}

#[test]
fn old_mexican_forms_become_todays() {
    for raw in ["+52 1 55 9912 3456", "5215599123456", "00 52 1 55 9912 3456", "+52 044 55 9912 3456"] {
        check(raw, None, "+525599123456", OLD);
        check(raw, Some(Country::GT), "+525599123456", OLD);
    }
    for raw in ["044 55 9912 3456", "045 55 9912 3456"] {
        check(raw, Some(Country::MX), "+525599123456", OLD.with(ASSUMED));
        check(raw, None, "+525599123456", OLD.with(ASSUMED));
        let late = PhoneContext { country: None, date: CivilDate::new(2021, 1, 1) };
        assert_eq!(phone(raw, &late).flags, AMBIGUOUS, "after the old forms ended nothing says Mexico");
    }
    check("01 55 9912 3456", Some(Country::MX), "+525599123456", OLD.with(ASSUMED));
    check("+52 55 9912 3456", None, "+525599123456", F);
    check("9912 3456", Some(Country::MX), "99123456", AMBIGUOUS);
}

#[test]
fn colombian_prefixes() {
    check("009573001234567", Some(Country::CO), "+573001234567", F);
    check("0093001234567", Some(Country::CO), "+573001234567", ASSUMED);
    check("033001234567", Some(Country::CO), "+573001234567", OLD.with(ASSUMED));
    check("+57 1 2345678", None, "+576012345678", OLD);
    check("6012345678", Some(Country::CO), "+576012345678", ASSUMED);
}

#[test]
fn numbers_outside_the_plan_are_kept() {
    check("9912-3456", Some(Country::SV), "+50399123456", ASSUMED.with(OUTSIDE));
    check("+503 9912 3456", None, "+50399123456", OUTSIDE);
    check("50399123456", None, "+50399123456", OUTSIDE);
    check("50399123456", Some(Country::GT), "+50399123456", OUTSIDE);
    check("+999123", None, "+999123", OUTSIDE);
    // Six digits of Belize before May 2002: which exchange they moved to is not known.
    let old = PhoneContext { country: Some(Country::BZ), date: CivilDate::new(2001, 5, 1) };
    let normal = phone("02 1234", &old);
    assert_eq!(normal.value.as_deref(), Some("+501021234"));
    assert!(normal.flags.has(OUTSIDE));
    check("712345678901234567890123456789", None, "712345678901234567890123", OUTSIDE);
}

#[test]
fn services_are_no_subscribers() {
    check("911", Some(Country::SV), "911", SERVICE);
    check("22555", Some(Country::MX), "22555", SERVICE);
    check("*123#", Some(Country::SV), "*123#", SERVICE);
    check("*86", None, "*86", SERVICE);
    check("sms_2vias", Some(Country::MX), "SMS_2VIAS", SERVICE);
    check("Claro", None, "CLARO", SERVICE);
    check("  Tigo   Money ", None, "TIGO MONEY", SERVICE);
    check("+1 800 555 0134", None, "+18005550134", SERVICE);
    check("800 123 4567", Some(Country::MX), "+528001234567", ASSUMED.with(SERVICE));
}

#[test]
fn nothing_is_nothing_and_what_is_lost_is_lost() {
    for raw in ["", "  ", "N/A", "Desconocido", "número privado", "-", "0", "0000000"] {
        check(raw, Some(Country::SV), "", F);
    }
    check("5.02512E+10", Some(Country::GT), "", NormFlags::IRRECOVERABLE);
    check("7123XXXX", Some(Country::SV), "", AMBIGUOUS);
    check("7123****", Some(Country::SV), "", AMBIGUOUS);
    assert_eq!(opaque(" N0 ").value.as_deref(), Some("N0"));
    assert_eq!(opaque("  ").value, None);
}

#[test]
fn the_country_of_a_normal_form() {
    for (value, country) in [
        ("+50371234567", Some(Country::SV)),
        ("+18495550134", Some(Country::DO)),
        ("+16585550134", Some(Country::JM)),
        ("+13055550134", Some(Country::US)),
        ("+17875550134", Some(Country::US)),
        ("+14165550134", None),
        ("+18005550134", None),
        ("+5215599123456", Some(Country::MX)),
        ("+34612345678", None),
        ("71234567", None),
        ("CLARO", None),
        ("+", None),
    ] {
        assert_eq!(phone_country(value), country, "{value}");
    }
}

fn any_context() -> impl Strategy<Value = PhoneContext> {
    (proptest::option::of(0..Country::ALL.len()), proptest::option::of(10_000i32..20_000)).prop_map(
        |(c, d)| PhoneContext { country: c.map(|c| Country::ALL[c]), date: d.and_then(CivilDate::from_days) },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_normal_form_normalises_to_itself(raw in "[0-9+*#() .xX-]{0,18}", ctx in any_context()) {
        if let Some(value) = phone(&raw, &ctx).value {
            let again = phone(&value, &ctx);
            prop_assert_eq!(again.value.as_deref(), Some(value.as_str()), "{:?}", raw);
        }
    }

    #[test]
    fn so_does_a_normal_form_of_any_text(raw in "\\PC{0,20}", ctx in any_context()) {
        if let Some(value) = phone(&raw, &ctx).value {
            prop_assert_eq!(phone(&value, &ctx).value, Some(value));
        }
    }

    #[test]
    fn what_has_a_plus_does_not_depend_on_the_file(nsn in "[1-9][0-9]{5,13}", ctx in any_context()) {
        let raw = format!("+{nsn}");
        prop_assert_eq!(phone(&raw, &ctx).value, phone(&raw, &PhoneContext::default()).value);
    }

    #[test]
    fn separators_do_not_matter(digits in "[0-9]{4,13}", at in 1usize..4, ctx in any_context()) {
        let spaced = format!("{}-{}", &digits[..at], &digits[at..]);
        prop_assert_eq!(phone(&spaced, &ctx).value, phone(&digits, &ctx).value);
    }
}

proptest::proptest! {
    #[test]
    fn days_of_one_era_read_alike(
        digits in "(044|045|01|52|5255|502|)[0-9]{6,12}", a in 17_000i32..19_500, b in 17_000i32..19_500, which in 0usize..4,
    ) {
        let country = [None, Some(Country::MX), Some(Country::SV), Some(Country::CO)][which];
        let day = |days| CivilDate::from_days(days).unwrap();
        if Era::of(day(a)) == Era::of(day(b)) {
            let read = |days| phone(&digits, &PhoneContext { country, date: Some(day(days)) });
            proptest::prop_assert_eq!(read(a), read(b));
        }
    }
}
