//! Known answers for dates as files of the region write them, and what must hold for any text.

use super::DateOrder::{DayFirst, MonthFirst, YearFirst};
use super::*;
use proptest::prelude::*;

fn show(local: LocalTime) -> String {
    let mut text = local.date.to_string();
    if let Some(s) = local.second_of_day {
        text.push_str(&format!(" {:02}:{:02}", s / 3_600, s / 60 % 60));
        if local.precision == Precision::Second {
            text.push_str(&format!(":{:02}", s % 60));
        }
    }
    if local.micros > 0 {
        text.push_str(&format!(".{:06}", local.micros));
    }
    if let Some(offset) = local.offset_minutes {
        text.push_str(&format!(" {offset:+}"));
    }
    text
}

fn check(raw: &str, order: DateOrder, expected: &str) {
    assert_eq!(parse(raw, order).map(show).unwrap_or_default(), expected, "{raw:?} {order:?}");
}

#[test]
fn dates_of_digits_follow_the_order() {
    check("03/04/2024", DayFirst, "2024-04-03");
    check("03/04/2024", MonthFirst, "2024-03-04");
    check("03/04/2024", YearFirst, "");
    check("31/12/2019", MonthFirst, "");
    check("04-06-25 0:16:06", DayFirst, "2025-06-04 00:16:06");
    check("04-06-25", YearFirst, "2004-06-25");
    check("6/1/2006 0:08", MonthFirst, "2006-06-01 00:08");
    check("1.2.99", DayFirst, "1999-02-01");
    check("03042024", DayFirst, "2024-04-03");
    check("030424", DayFirst, "2024-04-03");
    check("03/04/2024 1015", DayFirst, "2024-04-03 10:15");
    check("31/02/2024", DayFirst, "");
}

#[test]
fn dates_that_state_their_order_read_the_same_in_all() {
    for order in [DayFirst, MonthFirst, YearFirst] {
        check("2024-04-03", order, "2024-04-03");
        check("2024/4/3 7:05", order, "2024-04-03 07:05");
        check("12 de marzo de 2019", order, "2019-03-12");
        check("Martes, 12 de marzo de 2019 a las 3:05 p. m.", order, "2019-03-12 15:05");
        check("miércoles 4 setiembre 2019", order, "2019-09-04");
        check("4-sep-19", order, "2019-09-04");
        check("04/SET/2019", order, "2019-09-04");
        check("Mar 12 mar 2019", order, "2019-03-12");
        check("marzo 12, 2019", order, "2019-03-12");
        check("12-Ene-2024 11:59:59\u{A0}p.\u{A0}m.", order, "2024-01-12 23:59:59");
        check("12-dic-2024 12:00 a.\u{202F}m.", order, "2024-12-12 00:00");
        check("12-dic-2024 12:30 PM", order, "2024-12-12 12:30");
        check("2024-04-03 00:00:00 10:15:07", order, "2024-04-03 10:15:07");
        check("2024-04-03T10:15:07.250-06:00", order, "2024-04-03 10:15:07.250000 -360");
        check("2024-04-03T10:15:07Z", order, "2024-04-03 10:15:07 +0");
        check("2024-04-03 10:15 GMT-6", order, "2024-04-03 10:15 -360");
        check("20240403101507", order, "2024-04-03 10:15:07");
        check("20240403 101507", order, "2024-04-03 10:15:07");
        check("20240403", order, "2024-04-03");
        check("45385", order, "2024-04-03");
        check("45385.427164351853", order, "2024-04-03 10:15:07");
        check("45385,5", order, "2024-04-03 12:00:00");
    }
}

#[test]
fn what_is_no_date_is_none() {
    for raw in [
        "",
        "hola",
        "12",
        "2024",
        "99999999",
        "12:30",
        "1/2",
        "2024-13-01",
        "2024-04-03 25:00",
        "3 de abril",
        "71234567",
        "+50371234567",
        "1,234.56",
        "12 de zzz de 2019",
        "2024-04-03 10:15:07 11:15:07",
        "123456789012345678901234567890",
    ] {
        check(raw, DayFirst, "");
    }
}

#[test]
fn serial_numbers() {
    assert_eq!(excel_serial(1.0).map(show).as_deref(), Some("1900-01-01"));
    assert_eq!(excel_serial(61.0).map(show).as_deref(), Some("1900-03-01"));
    assert_eq!(excel_serial(38_869.005_555_555_56).map(show).as_deref(), Some("2006-06-01 00:08:00"));
    assert_eq!(excel_serial(0.5), None);
    assert_eq!(excel_serial(f64::NAN), None);
    assert_eq!(excel_serial(f64::INFINITY), None);
}

#[test]
fn clocks_and_durations() {
    let clock = |raw: &str| parse_time(raw);
    assert_eq!(clock("14:05"), Some(50_700));
    assert_eq!(clock("2:05:33 p. m."), Some(50_733));
    assert_eq!(clock("140533"), Some(50_733));
    assert_eq!(clock("91500"), Some(33_300));
    assert_eq!(clock("1405"), Some(50_700));
    assert_eq!(clock("14h05"), Some(50_700));
    assert_eq!(clock("14:05 hrs"), Some(50_700));
    assert_eq!(clock("0.5"), Some(43_200));
    assert_eq!(clock("1899-12-30 14:05:33"), Some(50_733));
    assert_eq!(clock("10 pm"), Some(79_200));
    assert_eq!(clock("25:00"), None);
    assert_eq!(clock("hola 14:05"), None);
    assert_eq!(clock(""), None);
    let long = |raw: &str| parse_duration_s(raw);
    assert_eq!(long("134"), Some(134));
    assert_eq!(long("134.0"), Some(134));
    assert_eq!(long("2:14"), Some(134));
    assert_eq!(long("0:16:06"), Some(966));
    assert_eq!(long("00:02:14.500"), Some(134));
    assert_eq!(long("1h 2m"), Some(3_720));
    assert_eq!(long("2 min. 14 seg."), Some(134));
    assert_eq!(long("PT2M14S"), Some(134));
    assert_eq!(long("90:00"), Some(5_400));
    assert_eq!(long("1,234"), None);
    assert_eq!(long("-5"), None);
    assert_eq!(long("h"), None);
    assert_eq!(long("12:61"), None);
    assert_eq!(long(""), None);
}

fn decide<'a>(values: impl IntoIterator<Item = &'a str>) -> DateDecision {
    let mut evidence = DateEvidence::default();
    for value in values {
        evidence.observe(value);
    }
    evidence.decide()
}

#[test]
fn a_number_above_twelve_decides() {
    assert_eq!(decide(["03/04/2024", "31/12/2019", ""]), DateDecision::Decided(DayFirst));
    assert_eq!(decide(["03/04/2024", "12/31/2019"]), DateDecision::Decided(MonthFirst));
    assert_eq!(decide(["03/04/2024", "05/04/2024"]), DateDecision::Ambiguous);
    assert_eq!(decide(["31/12/2019", "12/31/2019"]), DateDecision::Ambiguous);
    assert_eq!(decide(["2024-04-03", "2024-04-04"]), DateDecision::Decided(YearFirst));
    assert_eq!(decide(["hola", "mundo"]), DateDecision::NotDates);
    assert_eq!(decide([]), DateDecision::NotDates);
    assert_eq!(decide(["71234567", "71234568", "03/04/2024"]), DateDecision::NotDates);
}

#[test]
fn short_years_stand_last_where_days_vary() {
    let days: Vec<String> = (4..=29).map(|d| format!("{d:02}-06-25 0:16:06")).collect();
    assert_eq!(decide(days.iter().map(String::as_str)), DateDecision::Decided(DayFirst));
    let days: Vec<String> = (4..=29).map(|d| format!("25-06-{d:02}")).collect();
    assert_eq!(decide(days.iter().map(String::as_str)), DateDecision::Decided(YearFirst));
    assert_eq!(decide(["25-06-04", "25-06-04"]), DateDecision::Ambiguous);
    assert_eq!(decide(["04-06-85"]), DateDecision::Ambiguous);
    assert_eq!(decide(["24-06-85"]), DateDecision::Decided(DayFirst));
}

#[test]
fn the_order_of_rows_decides_only_when_one_reading_holds() {
    // 1 to 12 January, then February, ... : in order day first, broken every month otherwise.
    let days: Vec<String> = (1..=4).flat_map(|m| (1..=12).map(move |d| format!("{d}/{m}/2024"))).collect();
    assert_eq!(decide(days.iter().map(String::as_str)), DateDecision::Decided(DayFirst));
    let days: Vec<String> = (1..=4).flat_map(|m| (1..=12).map(move |d| format!("{m}/{d}/2024"))).collect();
    assert_eq!(decide(days.iter().map(String::as_str)), DateDecision::Decided(MonthFirst));
    // Ten days of June, or the sixth of ten months: in order both ways.
    let days: Vec<String> = (1..=10).map(|d| format!("6/{d}/2006 0:08")).collect();
    assert_eq!(decide(days.iter().map(String::as_str)), DateDecision::Ambiguous);
    // Out of order in both.
    let mixed = ["1/2/2024", "2/1/2024", "5/4/2024", "4/5/2024"].repeat(10);
    assert_eq!(decide(mixed), DateDecision::Ambiguous);
}

#[test]
fn zones_have_a_history() {
    let at = |raw: &str, zone: &str| stamp(parse(raw, YearFirst).unwrap(), zone, true).unwrap();
    let offset = |raw: &str, zone: &str| at(raw, zone).offset_minutes;
    assert_eq!(offset("2024-07-01 10:00", "America/El_Salvador"), -360);
    assert_eq!(offset("2006-07-01 10:00", "America/Guatemala"), -300);
    assert_eq!(offset("2006-07-01 10:00", "America/Tegucigalpa"), -300);
    assert_eq!(offset("2005-07-01 10:00", "America/Managua"), -300);
    assert_eq!(offset("2022-07-01 10:00", "America/Mexico_City"), -300);
    assert_eq!(offset("2023-07-01 10:00", "America/Mexico_City"), -360);
    assert_eq!(offset("2023-07-01 10:00", "America/Tijuana"), -420);
    assert_eq!(offset("2014-12-01 10:00", "America/Cancun"), -360);
    assert_eq!(offset("2016-12-01 10:00", "America/Cancun"), -300);
    assert_eq!(at("2024-07-01 10:00", "America/El_Salvador").instant_us, 1_719_849_600_000_000);
    // 2:30 was skipped on 2022-04-03 and 1:30 was shown twice on 2022-10-30: the offset before the change.
    assert_eq!(at("2022-04-03 02:30", "America/Mexico_City").instant_us, 1_648_974_600_000_000);
    assert_eq!(offset("2022-10-30 01:30", "America/Mexico_City"), -300);
    let stated = at("2024-07-01T10:00:00-05:00", "America/El_Salvador");
    assert_eq!((stated.offset_minutes, stated.zone_assumed), (-300, false));
    assert_eq!(stamp(parse("2024-07-01", YearFirst).unwrap(), "Luna/Mar", true), None);
}

proptest! {
    #[test]
    fn any_text_is_borne(raw in "\\PC{0,40}") {
        let mut evidence = DateEvidence::default();
        evidence.observe(&raw);
        let _ = (evidence.decide(), parse(&raw, DayFirst), parse_time(&raw), parse_duration_s(&raw));
    }

    #[test]
    fn any_mess_of_digits_and_signs_is_borne(raw in "[0-9/:.,+ apmTZ-]{0,30}") {
        let mut evidence = DateEvidence::default();
        evidence.observe(&raw);
        for order in [DayFirst, MonthFirst, YearFirst] {
            if let Some(local) = parse(&raw, order) {
                prop_assert!(local.second_of_day.is_none_or(|s| s < 86_400));
                prop_assert!(stamp(local, "America/Mexico_City", true).is_some());
            }
        }
        let _ = (evidence.decide(), parse_time(&raw), parse_duration_s(&raw));
    }

    #[test]
    fn what_is_written_is_read(days in 0i32..25_000, second in 0u32..86_400) {
        let date = CivilDate::from_days(days).unwrap();
        let (y, m, d) = (date.year, date.month, date.day);
        let (h, min, s) = (second / 3_600, second / 60 % 60, second % 60);
        let clock = format!("{h:02}:{min:02}:{s:02}");
        for (text, order) in [
            (format!("{y}-{m:02}-{d:02} {clock}"), YearFirst),
            (format!("{d}/{m}/{y} {clock}"), DayFirst),
            (format!("{m}-{d}-{y} {clock}"), MonthFirst),
        ] {
            let local = parse(&text, order).unwrap();
            prop_assert_eq!((local.date, local.second_of_day), (date, Some(second)));
        }
        let serial = f64::from(days + 25_569) + f64::from(second) / 86_400.0;
        let local = excel_serial(serial).unwrap();
        prop_assert_eq!((local.date, local.second_of_day.unwrap_or(0)), (date, second));
    }

    /// No column of dates that fit both orders, in any sequence, is ever decided wrongly by a number.
    #[test]
    fn a_wrong_order_is_never_decided(days in proptest::collection::vec(0i32..20_000, 1..60)) {
        let texts: Vec<String> = days.iter().map(|&d| {
            let date = CivilDate::from_days(d).unwrap();
            format!("{:02}/{:02}/{}", date.day, date.month, date.year)
        }).collect();
        let decision = decide(texts.iter().map(String::as_str));
        prop_assert_ne!(decision, DateDecision::Decided(MonthFirst));
        prop_assert_ne!(decision, DateDecision::Decided(YearFirst));
    }
}

proptest! {
    #[test]
    fn evidence_of_parts_is_evidence_of_the_whole(
        rows in proptest::collection::vec((1u16..32, 1u16..14, 2_018u16..2_026, proptest::option::of(0u32..86_400)), 0..60),
        cut in 0usize..60,
    ) {
        let text = |(a, b, y, s): &(u16, u16, u16, Option<u32>)| match s {
            Some(s) => format!("{a:02}/{b:02}/{y} {:02}:{:02}:{:02}", s / 3_600, s / 60 % 60, s % 60),
            None => format!("{a:02}/{b:02}/{y}"),
        };
        let mut whole = DateEvidence::default();
        rows.iter().for_each(|r| whole.observe(&text(r)));
        let (mut head, mut tail) = (DateEvidence::default(), DateEvidence::default());
        for (i, r) in rows.iter().enumerate() {
            let part = if i < cut { &mut head } else { &mut tail };
            part.observe_open(r.0, r.1, r.2, r.3);
        }
        head.merge(&tail);
        prop_assert_eq!(&head, &whole);
    }

    #[test]
    fn a_form_reads_as_the_whole_reader_does(
        days in -50_000i32..80_000, second in 0u32..86_400, code in 1u8..=45, first: bool,
    ) {
        let date = CivilDate::from_days(days).unwrap();
        let wall = model::written::Wall { date, second_of_day: second, precision: Precision::Second };
        let text = model::written::TimeForm::from_code(code).unwrap().write(&wall).unwrap();
        if let Some((_, read)) = model::written::TimeForm::read(text.as_bytes(), Some(first)) {
            let order = if first { DateOrder::DayFirst } else { DateOrder::MonthFirst };
            let slow = parse(&text, order).unwrap();
            prop_assert_eq!((slow.date, slow.precision), (read.date, read.precision));
            prop_assert_eq!(slow.second_of_day.unwrap_or(0), read.second_of_day);
            prop_assert_eq!((slow.micros, slow.offset_minutes), (0, None));
        }
    }
}
