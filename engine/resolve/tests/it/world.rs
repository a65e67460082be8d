//! Small invented people, and the ways to ask who is who among them.

use model::identifier::{NormFlags, Normal};
use model::ids::{MentionId, MentionRole, RecordRef, Seed, SourceId};
use model::party::{PersonName, Sex};
use model::record::MentionRecord;
use model::run::{RunContext, Silent};
use model::time::CivilDate;
use resolve::error::ResolveError;
use resolve::run::{Constraint, Resolution, ResolveConfig, resolve};
use std::sync::atomic::AtomicBool;

/// `GIVEN GIVEN/SURNAME SURNAME`, then `key=value` parts: born, sex, doc, tel, town, acct.
pub(crate) fn mention(row: u32, text: &str) -> MentionRecord {
    let record = RecordRef { source: SourceId(0), row };
    let mut out = MentionRecord::new(MentionId { record, role: MentionRole::Person });
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let (given, surnames) = name.split_once('/').unwrap_or((name, ""));
    let tokens = |t: &str| t.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    out.name_raw = name.replace('/', " ");
    out.name = PersonName { given: tokens(given), surnames: tokens(surnames), married: None };
    let normal = |v: &str| Normal { raw: v.to_owned(), value: Some(v.to_owned()), flags: NormFlags::NONE };
    for part in parts {
        let (key, value) = part.split_once('=').expect("key=value");
        match key {
            "born" => {
                let n: Vec<u16> = value.split('-').map(|p| p.parse().unwrap()).collect();
                out.birth = CivilDate::new(n[0] as i16, n[1] as u8, n[2] as u8);
            }
            "sex" => out.sex = Some(if value == "F" { Sex::Female } else { Sex::Male }),
            "doc" => out.documents.push(normal(value)),
            "tel" => out.phones.push(normal(value)),
            "acct" => out.accounts.push(normal(value)),
            "town" => out.town = value.to_owned(),
            _ => panic!("unknown part {key}"),
        }
    }
    out
}

pub(crate) fn mentions(lines: &[&str]) -> Vec<MentionRecord> {
    lines.iter().enumerate().map(|(i, line)| mention(i as u32 + 2, line)).collect()
}

pub(crate) fn run(people: &[MentionRecord], constraints: &[Constraint]) -> Result<Resolution, ResolveError> {
    context(|c| resolve(people, constraints, &ResolveConfig::default(), c))
}

/// Does something under seed 42, without progress or cancellation.
pub(crate) fn context<T>(act: impl FnOnce(&RunContext<'_>) -> T) -> T {
    let cancelled = AtomicBool::new(false);
    act(&RunContext::new(Seed(42), &Silent, &cancelled))
}

/// The clusters of these lines, asserted.
pub(crate) fn check(lines: &[&str], want: &[u32]) {
    let found = run(&mentions(lines), &[]).unwrap();
    assert_eq!(found.cluster, want, "{lines:#?}\n{:#?}", found.pairs);
}

/// A pseudo-random world with `families` families, several records a person and some errors; with the truth.
pub(crate) fn families(families: u32, seed: u64) -> (Vec<MentionRecord>, Vec<u32>) {
    const GIVEN: [&str; 16] = [
        "ANA", "LUCIA", "MARTA", "SOFIA", "ELENA", "ROSA", "IRMA", "NORA", "CARLOS", "JORGE", "PABLO",
        "HUGO", "OSCAR", "RAUL", "VICTOR", "DARIO",
    ];
    const SYLLABLES: [&str; 12] =
        ["BAR", "QUIN", "TOL", "ME", "SAN", "RU", "VIL", "CAS", "GO", "PER", "LAN", "DO"];
    let mut state = seed;
    let mut next = move |n: usize| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n as u64) as usize
    };
    let (mut people, mut truth) = (Vec::new(), Vec::new());
    let mut person = 0;
    for _ in 0..families {
        let mut surname = || format!("{}{}EZ", SYLLABLES[next(12)], SYLLABLES[next(12)]);
        let (first, second) = (surname(), surname());
        let home = format!("+5037{:07}", next(10_000_000));
        for _ in 0..=next(3) {
            let (one, other) = (GIVEN[next(16)], GIVEN[next(16)]);
            let born = format!("{}-{}-{}", 1950 + next(55), 1 + next(12), 1 + next(28));
            let doc = format!("SV-DUI:{:09}", next(1_000_000_000));
            for _ in 0..=next(4) {
                let mut line = match next(4) {
                    0 => format!("{one}/{first} {second}"),
                    1 => format!("{one} {other}/{first}"),
                    _ => format!("{one} {other}/{first} {second}"),
                };
                if next(5) > 0 {
                    line += &format!(";born={born}");
                }
                if next(2) > 0 {
                    line += &format!(";doc={doc}");
                }
                if next(3) == 0 {
                    line += &format!(";tel={home}");
                }
                people.push(mention(people.len() as u32 + 2, &line));
                truth.push(person);
            }
            person += 1;
        }
    }
    (people, truth)
}

/// Pairs of the partition that are true, pairs of the partition, true pairs.
pub(crate) fn pairs(found: &[u32], truth: &[u32]) -> (u64, u64, u64) {
    let (mut both, mut said, mut are) = (0, 0, 0);
    for i in 0..found.len() {
        for j in i + 1..found.len() {
            let (f, t) = (found[i] == found[j], truth[i] == truth[j]);
            both += u64::from(f && t);
            said += u64::from(f);
            are += u64::from(t);
        }
    }
    (both, said, are)
}
