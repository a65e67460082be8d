//! What people do to identities, and what is told of it: merging, splitting, undoing, history, past moments, review.

use crate::world::{World, loaded, session};
use engine::case::Case;
use engine::error::EngineError;
use engine::model::decision::Judgement;
use engine::model::sensitivity::Sensitivity;
use engine::pipeline::Audience;
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

fn now_us() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap()
}

/// Keys of entities of at least so many mentions.
fn entities(case: &Case, least: usize) -> Vec<String> {
    let network = case.derived(Audience::All).unwrap().network;
    let open = session(case, Sensitivity::Open);
    network
        .entities
        .iter()
        .filter(|e| e.mentions.len() >= least)
        .map(|e| e.key.clone())
        .filter(|key| open.show(key).is_ok_and(|view| view.node.id == *key))
        .collect()
}

/// Ids of the mentions of an entity, as the whole of what is known now.
fn mentions(case: &Case, id: &str) -> Vec<String> {
    let view = session(case, Sensitivity::Open).as_of(id, now_us()).unwrap();
    view.mentions.into_iter().map(|m| m.id).collect()
}

#[test]
fn merging_and_splitting_are_told_and_can_be_undone() {
    let world = World::new(404);
    let dir = TempDir::new().unwrap();
    let case = loaded(&dir.path().join("case"), &[world.seized()]);
    let many = entities(&case, 3);
    let (a, b) = (many[0].clone(), many[1].clone());
    let (of_a, of_b) = (mentions(&case, &a), mentions(&case, &b));
    let begun = now_us();

    let numbers = session(&case, Sensitivity::Open).merge(&[a.clone(), b.clone()], "misma persona").unwrap();
    assert_eq!(numbers.len(), of_a.len() + of_b.len() - 1);
    let merged_at = now_us();
    let after = session(&case, Sensitivity::Open);
    let (kept, gone) = if after.show(&a).unwrap().node.id == a { (&a, &b) } else { (&b, &a) };
    // The id that went leads to the one that stayed, and the history says so.
    let card = after.show(gone).unwrap();
    assert_eq!(card.node.id, *kept);
    let told: Vec<(&str, &str)> = card.history.iter().map(|h| (h.change.as_str(), h.id.as_str())).collect();
    assert_eq!(told, [("absorbed", gone.as_str())]);
    assert!(card.history[0].text.contains(gone.as_str()), "{:?}", card.history);
    assert_eq!(mentions(&case, kept).len(), of_a.len() + of_b.len());
    let lineage = after.lineage(kept).unwrap();
    assert!(
        lineage.joins.iter().any(|j| j.judged) && lineage.decisions.len() == numbers.len(),
        "{lineage:?}"
    );

    after.undo_all(&numbers, "error").unwrap();
    let back = session(&case, Sensitivity::Open);
    assert_eq!(back.show(gone).unwrap().node.id, *gone);
    assert_eq!((mentions(&case, &a), mentions(&case, &b)), (of_a.clone(), of_b.clone()));
    let history = back.show(gone).unwrap().history;
    let changes: Vec<&str> = history.iter().map(|h| h.change.as_str()).collect();
    assert_eq!(changes, ["merged_into", "parted_from"]);

    // One mention is somebody else's.
    let (out, rest) = of_a.split_last().unwrap();
    let numbers = back.split(&a, std::slice::from_ref(out), "otra persona").unwrap();
    assert_eq!(numbers.len(), rest.len());
    let split = session(&case, Sensitivity::Open);
    let holder = |id: &str| split.explain(id, out).unwrap().same_entity;
    assert!(rest.iter().all(|m| !holder(m)));
    assert!(matches!(split.split(&a, rest, "todas"), Err(EngineError::Judgement(_))));
    split.undo_all(&numbers, "error").unwrap();
    assert_eq!(mentions(&case, &a), of_a);

    // Every past moment is as it was known then.
    let asking = session(&case, Sensitivity::Open);
    let then = asking.as_of(gone, merged_at).unwrap();
    assert_eq!((then.id.as_str(), then.mentions.len()), (kept.as_str(), of_a.len() + of_b.len()));
    let mut now = vec![a.clone(), b.clone()];
    now.sort();
    assert_eq!(then.now, now, "the same rows are two parties now");
    assert_eq!(asking.as_of(gone, begun).unwrap().id, *gone);
    assert!(matches!(asking.as_of(&a, 0), Err(EngineError::NotFound)), "nothing was known then");
    let cancelled = std::sync::atomic::AtomicBool::new(false);
    let context = engine::model::run::RunContext::new(
        engine::model::ids::Seed::default(),
        &engine::model::run::Silent,
        &cancelled,
    );
    assert!(case.verify(&context).unwrap().holds());
}

#[test]
fn the_review_asks_what_changes_most_and_nothing_twice() {
    let world = World::new(73);
    let dir = TempDir::new().unwrap();
    let case = loaded(&dir.path().join("case"), &[world.seized()]);
    let open = session(&case, Sensitivity::Open);
    let pairs = open.review(500).unwrap().pairs;
    assert!(pairs.len() > 3, "{}", pairs.len());
    assert!(pairs.is_sorted_by(|x, y| x.value >= y.value));
    let mut between: Vec<(String, String)> = pairs.iter().map(|p| (p.a.id.clone(), p.b.id.clone())).collect();
    between.sort();
    between.dedup();
    assert_eq!(between.len(), pairs.len(), "two entities are asked about once");
    assert!(pairs.iter().all(|p| p.same_entity == (p.a.id == p.b.id) && p.value >= 0.0));
    // An answer takes the question away, whatever it is.
    let asked = pairs.iter().find(|p| !p.same_entity).unwrap();
    let (a, b) = (asked.a_mention.clone(), asked.b_mention.clone());
    open.judge(&a, &b, Judgement::Negative, "dos personas").unwrap();
    let again = session(&case, Sensitivity::Open).review(500).unwrap().pairs;
    let entities = (&asked.a.id, &asked.b.id);
    assert!(!again.iter().any(|p| (&p.a.id, &p.b.id) == entities || (&p.b.id, &p.a.id) == entities));
}

#[test]
fn the_weakest_join_is_named_and_protected_parties_have_no_lineage() {
    let world = World::new(11);
    let dir = TempDir::new().unwrap();
    let case = loaded(&dir.path().join("case"), &[world.seized()]);
    let ids = entities(&case, 3);
    let open = session(&case, Sensitivity::Open);
    let mut weak = 0;
    for id in &ids {
        let view = open.lineage(id).unwrap();
        assert_eq!(view.node.id, *id);
        assert!(!view.sentence.contains('{'), "{}", view.sentence);
        if let Some(at) = view.weakest {
            let least = view.joins.iter().map(|j| j.average_bits).fold(f64::INFINITY, f64::min);
            assert!((view.joins[at].average_bits - least).abs() < 1e-9);
            weak += 1;
        }
        let rows: u64 = view.joins.last().map_or(view.rows, |j| j.left + j.right);
        assert_eq!(rows, view.rows, "the last join leaves one group");
    }
    assert!(weak > 5, "{weak} of {}", ids.len());
    open.protect(&ids[0], Sensitivity::Victim, "declaración").unwrap();
    let blind = session(&case, Sensitivity::Open);
    assert!(matches!(blind.lineage(&ids[0]), Err(EngineError::NotFound)));
    assert!(matches!(blind.as_of(&ids[0], now_us()), Err(EngineError::NotFound)));
    assert!(session(&case, Sensitivity::Victim).lineage(&ids[0]).is_ok());
}
