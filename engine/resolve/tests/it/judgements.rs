//! What analysts say is stronger than what the data say.

use crate::world::{mentions, run};
use resolve::error::ResolveError;
use resolve::run::Constraint::{Cannot, Must};

const LINES: [&str; 4] = [
    "ANA LUCIA/QUINTANILLA BARAHONA;born=1991-04-02;doc=SV-DUI:041234567",
    "ANA LUCIA/QUINTANILLA BARAHONA;born=1991-04-02",
    "PEDRO/LARIOS MEJIA;born=1970-01-09",
    "ANA LUCIA/QUINTANILLA BARAHONA;born=1991-04-02",
];

#[test]
fn judgements_decide_and_can_be_withdrawn() {
    let people = mentions(&LINES);
    let partition = |constraints: &[_]| run(&people, constraints).unwrap().cluster;
    assert_eq!(partition(&[]), [0, 0, 1, 0]);
    assert_eq!(partition(&[Must(0, 2)]), [0, 0, 0, 0]);
    let apart = partition(&[Cannot(0, 1)]);
    assert_ne!(apart[0], apart[1]);
    let apart = partition(&[Cannot(1, 3), Must(0, 2)]);
    assert_eq!(apart[0], apart[2]);
    assert_ne!(apart[1], apart[3]);
    assert_eq!(partition(&[]), [0, 0, 1, 0]);
}

#[test]
fn contradictions_are_named_by_position() {
    let people = mentions(&LINES);
    match run(&people, &[Must(0, 1), Must(2, 3), Must(1, 2), Cannot(3, 0)]) {
        Err(ResolveError::Contradiction { constraints }) => assert_eq!(constraints, [3, 1, 2, 0]),
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        run(&people, &[Must(0, 9)]),
        Err(ResolveError::UnknownMention { constraint: 0, mention: 9, count: 4 })
    ));
}
