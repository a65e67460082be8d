//! Paths in the order of time by default, and questions about several that are asked of one.

use crate::world::{new_case, options, session};
use engine::case::Case;
use engine::disclose::view::path::PathView;
use engine::error::EngineError;
use engine::graph_layer::Layer;
use engine::model::ids::Seed;
use engine::model::run::{RunContext, Silent};
use engine::model::sensitivity::Sensitivity;
use engine::session::{EgoQuestion, PathQuestion, Scope, StepOrder};
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

/// 1 tells 2, who tells 4; 3 tells 4 before 1 tells 3; 5 and 1 have one handset, and 5 calls 1.
const CALLS: &str = "caller,receiver,start,duration,imei\n\
    +50370000001,+50370000002,2026-03-01 08:00:00,60,\n\
    +50370000002,+50370000004,2026-03-01 09:30:00,60,\n\
    +50370000002,+50370000004,2026-03-03 09:30:00,60,\n\
    +50370000001,+50370000002,2026-03-02 08:00:00,60,\n\
    +50370000003,+50370000004,2026-03-01 07:00:00,60,\n\
    +50370000001,+50370000003,2026-03-04 08:00:00,60,356938035643809\n\
    +50370000005,+50370000001,2026-03-05 08:00:00,60,356938035643809\n";

fn case(dir: &TempDir) -> Case {
    let file = dir.path().join("llamadas.csv");
    std::fs::write(&file, CALLS).unwrap();
    let case = new_case(&dir.path().join("case"));
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed::default(), &Silent, &cancelled);
    for outcome in case.load(&[file], &options(), &context).unwrap() {
        outcome.result.unwrap();
    }
    case.run(&[], &context).unwrap();
    case
}

fn tel(n: u32) -> String {
    format!("tel:+5037000000{n}")
}

fn question(a: u32, b: u32, order: StepOrder) -> PathQuestion {
    PathQuestion { a: tel(a), b: tel(b), k: 5, order, ..PathQuestion::default() }
}

fn ways(view: &PathView) -> Vec<Vec<String>> {
    view.paths.iter().map(|p| p.nodes.iter().map(|n| n.id.clone()).collect()).collect()
}

#[test]
fn calls_are_followed_in_the_order_of_time_unless_asked_otherwise() {
    let dir = TempDir::new().unwrap();
    let case = case(&dir);
    let open = session(&case, Sensitivity::Open);
    let told = open.path(&question(1, 4, StepOrder::Usual)).unwrap();
    assert!(told.in_time_order);
    // Twice by way of 2, the earliest arrival first; never by way of 3, whom 1 told too late.
    assert_eq!(ways(&told), vec![vec![tel(1), tel(2), tel(4)]; 2]);
    let moments = |p: &engine::disclose::view::path::OnePathView| -> Vec<String> {
        p.edges.iter().map(|e| e.first.clone().unwrap()).collect()
    };
    for path in &told.paths {
        assert!(moments(path).is_sorted(), "{:?}", moments(path));
        assert!(path.edges.iter().all(|e| e.layer == "calls" && e.count == 1 && !e.evidence.is_empty()));
    }
    assert!(moments(&told.paths[0]) < moments(&told.paths[1]));
    assert_eq!(told, open.path(&question(1, 4, StepOrder::InTime)).unwrap());
    let any = open.path(&question(1, 4, StepOrder::Any)).unwrap();
    assert!(!any.in_time_order);
    assert_eq!(ways(&any)[..2], [vec![tel(1), tel(2), tel(4)], vec![tel(1), tel(3), tel(4)]]);
}

#[test]
fn where_no_chain_leads_the_ties_in_any_order_are_told_as_such() {
    let dir = TempDir::new().unwrap();
    let case = case(&dir);
    let open = session(&case, Sensitivity::Open);
    // Nobody is called by 4.
    let usual = open.path(&question(4, 1, StepOrder::Usual)).unwrap();
    let any = open.path(&question(4, 1, StepOrder::Any)).unwrap();
    assert!(!usual.in_time_order && !usual.paths.is_empty());
    assert_eq!(usual.paths, any.paths);
    assert_ne!(usual.note, any.note);
    let chain = open.path(&question(4, 1, StepOrder::InTime)).unwrap();
    assert!(chain.paths.is_empty() && chain.in_time_order);
    // A scope without events is no question of time.
    let scope = Scope { layers: vec![Layer::Shared], ..Scope::default() };
    let shared = open.path(&PathQuestion { scope, ..question(1, 5, StepOrder::Usual) }).unwrap();
    assert!(!shared.in_time_order);
    assert_eq!(shared.paths.len(), 1, "{shared:?}");
    assert!(shared.paths[0].edges.iter().all(|e| e.layer == "shared" && e.total.is_none()));
    // 1 reaches 5 by the handset alone.
    let scope = Scope { layers: vec![Layer::Calls], ..Scope::default() };
    let calls = open.path(&PathQuestion { scope, ..question(1, 5, StepOrder::InTime) }).unwrap();
    assert!(calls.paths.is_empty());
}

#[test]
fn a_shorter_way_in_any_order_is_told_beside_a_chain() {
    let dir = TempDir::new().unwrap();
    let case = case(&dir);
    let open = session(&case, Sensitivity::Open);
    // 5 called 1, and 1 nobody afterwards; 1 called 3 before. From 2 to 4 the chain is a single step.
    let direct = open.path(&question(2, 4, StepOrder::Usual)).unwrap();
    assert_eq!(direct.paths[0].hops, 1);
    assert!(!direct.note.contains("Sin tener en cuenta"), "{}", direct.note);
    let scope = Scope { to_us: engine::moment::parse("2026-03-02"), ..Scope::default() };
    assert!(scope.to_us.is_some());
    let inside = open.path(&PathQuestion { scope, ..question(1, 4, StepOrder::Usual) }).unwrap();
    assert_eq!(ways(&inside), [[tel(1), tel(2), tel(4)]]);
}

#[test]
fn one_path_of_several_is_told_in_the_singular() {
    let dir = TempDir::new().unwrap();
    let case = case(&dir);
    let open = session(&case, Sensitivity::Open);
    let one = open.path(&PathQuestion { k: 1, ..question(1, 4, StepOrder::Usual) }).unwrap();
    assert_eq!(one.paths.len(), 1);
    assert!(one.note.contains("Se muestra un camino; hay más."), "{}", one.note);
}

#[test]
fn what_lies_between_several_is_not_asked_of_one() {
    let dir = TempDir::new().unwrap();
    let case = case(&dir);
    let open = session(&case, Sensitivity::Open);
    let twice = [tel(1), tel(1)];
    for answer in [
        open.path(&question(1, 1, StepOrder::Usual)).err(),
        open.matrix(&twice, &Scope::default()).err(),
        open.common(&twice, &Scope::default(), 10).err(),
    ] {
        assert!(matches!(answer, Some(EngineError::OneParty)), "{answer:?}");
    }
    let absent = PathQuestion { b: tel(9), ..question(1, 1, StepOrder::Usual) };
    assert!(matches!(open.path(&absent), Err(EngineError::NotFound)));
}

#[test]
fn only_what_has_a_quantity_has_a_total() {
    let dir = TempDir::new().unwrap();
    let case = case(&dir);
    let open = session(&case, Sensitivity::Open);
    let around = open.ego(&EgoQuestion { id: tel(1), hops: 2, limit: 50, ..EgoQuestion::default() }).unwrap();
    let layers: std::collections::BTreeSet<&str> = around.edges.iter().map(|e| e.layer.as_str()).collect();
    assert!(layers.contains("calls") && layers.contains("shared"), "{layers:?}");
    assert!(around.edges.iter().all(|e| e.total.is_some() == (e.layer == "calls")));
}
