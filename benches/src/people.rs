//! Tables of invented people with repeated records, for the benches of resolution.

use std::fmt::Write as _;

const SYLLABLES: [&str; 20] = [
    "bar", "quin", "tol", "me", "san", "ru", "vil", "cas", "go", "per", "lan", "do", "mar", "ti", "ne", "al",
    "va", "so", "len", "cha",
];

/// Invented people with repeated records: a name, a day, a telephone, a document and a town, each at times missing
/// or mistyped.
pub fn table(records: usize) -> String {
    let mut state = 7u64;
    let mut next = move |n: usize| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n as u64) as usize
    };
    let mut out = String::from("id,given,surname1,surname2,sex,dob,phone,national_id,municipality\n");
    let mut row = 0;
    while row < records {
        // The product of two draws makes some names common and most rare.
        let mut name =
            |parts: usize| -> String { (0..parts).map(|_| SYLLABLES[next(20).min(next(20))]).collect() };
        let (one, other, first, second) = (name(2), name(2), name(3), name(3));
        let day = format!("{}-{:02}-{:02}", 1950 + next(55), 1 + next(12), 1 + next(28));
        let document = format!("{:09}", next(1_000_000_000));
        let phone = format!("7{:07}", next(10_000_000));
        let (sex, town) = (["M", "F"][next(2)], format!("town {}", next(150)));
        for _ in 0..=next(4) {
            let blank = |missing: bool, text: &str| if missing { String::new() } else { text.to_owned() };
            let second = blank(next(8) == 0, &second);
            let other = blank(next(4) == 0, &other);
            let (day, phone) = (blank(next(7) == 0, &day), blank(next(3) == 0, &phone));
            let mut document = blank(next(5) < 2, &document);
            if !document.is_empty() && next(20) == 0 {
                document.replace_range(3..4, "0");
            }
            let town = blank(next(8) == 0, &town);
            let written =
                writeln!(out, "{row},{one} {other},{first},{second},{sex},{day},{phone},{document},{town}");
            debug_assert!(written.is_ok());
            row += 1;
        }
    }
    out
}
