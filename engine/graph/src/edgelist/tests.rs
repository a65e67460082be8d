//! Tests of `edgelist`: known answers, naive models and hostile input.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::prelude::*;

fn numbers(list: &EdgeList) -> Vec<(u64, u64)> {
    let NodeNames::Numbers(ids) = &list.names else { panic!("ids are not whole numbers") };
    list.pairs.iter().map(|&(u, v)| (ids[u as usize], ids[v as usize])).collect()
}

#[test]
fn separators_comments_and_gaps() {
    let text = "\u{feff}# who\r\n\r\n% konect\n5 7\n7\t1000000000000\n 5,7 , 3\n7;9\r\n";
    let list = parse(text.as_bytes(), false).unwrap();
    assert_eq!(numbers(&list), [(5, 7), (7, 1_000_000_000_000), (5, 7), (7, 9)]);
    assert_eq!((list.names.len(), list.lines, list.heading), (4, 7, false));
    assert_eq!(list.weights, None);
    let mut out = String::new();
    list.names.write(3, &mut out);
    assert_eq!(out, "1000000000000");
}

#[test]
fn words_and_headings() {
    let list = parse("source,target,w\n1,2,0.5\n2,3,4\n".as_bytes(), true).unwrap();
    assert!(list.heading);
    assert_eq!(numbers(&list), [(1, 2), (2, 3)]);
    assert_eq!(list.weights, Some(vec![0.5, 4.0]));
    let list = parse("Ñandú ana\nana 007\n007 7\n".as_bytes(), false).unwrap();
    assert_eq!(list.names, NodeNames::Texts(["007", "7", "ana", "Ñandú"].map(str::to_owned).into()));
    assert_eq!(list.pairs, [(3, 2), (2, 0), (0, 1)]);
    let one = parse(b"a b", false).unwrap();
    assert_eq!((one.names.len(), one.heading), (2, false));
    assert!(parse(b"", true).unwrap().names.is_empty());
}

#[test]
fn errors_name_the_first_bad_line() {
    let error = |text: &str, weighted| parse(text.as_bytes(), weighted).unwrap_err();
    assert_eq!(error("1 2\n\n3\n4\n", false), EdgeListError::MissingTarget { line: 3 });
    assert_eq!(error("a b\n#\nc\n", false), EdgeListError::MissingTarget { line: 3 });
    assert_eq!(error("1 2 1\n3 4\n", true), EdgeListError::MissingWeight { line: 2 });
    for weight in ["-1", "NaN", "inf", "1e99", "x"] {
        assert_eq!(error(&format!("1 2 1\n3 4 {weight}\n"), true), EdgeListError::BadWeight { line: 2 });
        assert_eq!(parse(format!("1 2\n3 4 {weight}\n").as_bytes(), false).unwrap().pairs.len(), 2);
    }
    assert_eq!(parse(b"a b\n\xff c\n", false).unwrap_err(), EdgeListError::NotText { line: 2 });
    // Far into a file of several pieces.
    let mut text = "12345678 87654321\n".repeat(200_000);
    text.push_str("7\n");
    assert_eq!(error(&text, false), EdgeListError::MissingTarget { line: 200_001 });
    assert_eq!(parse(&text.as_bytes()[..text.len() - 2], false).unwrap().pairs.len(), 200_000);
}

proptest! {
    #[test]
    fn never_panics_and_reads_what_was_written(
        pairs in proptest::collection::vec((0u64..2_000_000_000_000, 0u64..50), 1..60),
        noise in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let text: String = pairs.iter().map(|(u, v)| format!("{u} {v}\n")).collect();
        prop_assert_eq!(numbers(&parse(text.as_bytes(), false).unwrap()), pairs);
        let _ = parse(&noise, true);
        let _ = parse(&noise, false);
    }
}
