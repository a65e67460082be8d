//! Nothing of a protected person leaves without clearance: canaries looked for in every byte of every answer.

use crate::world::{World, loaded, session, visitor};
use engine::case::Case;
use engine::disclose::audience::Lang;
use engine::disclose::messages;
use engine::disclose::view::measure::Measure;
use engine::error::EngineError;
use engine::model::ids::MentionId;
use engine::model::provenance::MentionKey;
use engine::model::record::MentionRecord;
use engine::model::sensitivity::Sensitivity;
use engine::network::base::Window;
use engine::pipeline::Audience;
use engine::session::flow::FlowQuestion;
use engine::session::{EgoQuestion, PathQuestion, Scope, Session, StepOrder};
use std::collections::BTreeSet;
use tempfile::TempDir;

/// Values that betray a person: full names, numbers, documents, accounts, addresses.
fn canaries(case: &Case, protected: &dyn Fn(&str) -> bool) -> BTreeSet<String> {
    let derived = case.derived(Audience::All).unwrap();
    let network = &derived.network;
    let mut out = BTreeSet::new();
    let mut open = BTreeSet::new();
    for (mention, entity) in network.mentions.iter().zip(&network.entity_of) {
        let Some(entity) = entity.and_then(|e| network.entities.get(e as usize)) else { continue };
        let words = [&mention.name_raw, &mention.address_raw];
        let numbers = mention.identifiers();
        let values = words.into_iter().map(|w| w.trim().to_owned()).chain(
            numbers.iter().map(|i| i.value.split_once(':').map_or(i.value.clone(), |(_, v)| v.to_owned())),
        );
        if protected(&entity.key) { out.extend(values) } else { open.extend(values) }
    }
    // A namesake's name is no secret, and neither is a shared address of an open person.
    out.retain(|v| v.chars().count() >= 7 && !open.contains(v));
    out
}

/// Every byte that a session can be made to say.
fn everything(case: &Case, session: &Session<'_>, class: Sensitivity, dir: &std::path::Path) -> String {
    let mut out = serde_json::to_string(&session.case_view("caso").unwrap()).unwrap();
    out.push_str(&serde_json::to_string(&session.sources().unwrap()).unwrap());
    out.push_str(&serde_json::to_string(&session.refused(None, 0, 100_000).unwrap()).unwrap());
    out.push_str(
        &serde_json::to_string(&engine::session::early::refused(case, &visitor(class), None).unwrap())
            .unwrap(),
    );
    let findings = session.findings(None, 0, usize::MAX).unwrap().0;
    for finding in &findings {
        let (view, rows) = session.finding(&finding.id).unwrap();
        for measure in &view.parameters {
            let said = [Lang::Es, Lang::En].map(|lang| messages::measure(lang, &measure.name));
            assert!(said.iter().all(Option::is_some), "{} has no name in both languages", measure.name);
        }
        out.push_str(&serde_json::to_string(&view).unwrap());
        out.push_str(&serde_json::to_string(&rows).unwrap());
    }
    let (communities, _) = session.communities(10_000);
    let mut ids = BTreeSet::new();
    for community in &communities {
        let (view, graph) = session.community(&community.id).unwrap();
        ids.extend(view.members.iter().map(|m| m.node.id.clone()));
        out.push_str(&serde_json::to_string(&view).unwrap());
        out.push_str(&serde_json::to_string(&graph).unwrap());
    }
    for id in &ids {
        out.push_str(&serde_json::to_string(&session.show(id).unwrap()).unwrap());
    }
    for id in ids.iter().filter(|id| !id.starts_with("E-")).take(80) {
        let question = EgoQuestion { id: id.clone(), hops: 1, limit: 100, ..EgoQuestion::default() };
        let graph = session.ego(&question).unwrap();
        out.push_str(&serde_json::to_string(&graph).unwrap());
        for edge in graph.edges.iter().take(20) {
            let question = engine::session::RowsQuestion {
                subject: engine::session::RowsSubject::Edge {
                    source: edge.source.clone(),
                    target: edge.target.clone(),
                    layer: engine::graph_layer::Layer::parse(&edge.layer).unwrap(),
                },
                from_us: None,
                to_us: None,
                limit: 50,
                after: 0,
            };
            let (rows, _) = session.rows(&question).unwrap();
            out.push_str(&serde_json::to_string(&rows).unwrap());
        }
    }
    out.push_str(&questions(session, &ids));
    for pair in session.review(500).unwrap().pairs {
        out.push_str(&serde_json::to_string(&pair).unwrap());
        if let Ok(told) = session.explain(&pair.a_mention, &pair.b_mention) {
            out.push_str(&serde_json::to_string(&told).unwrap());
        }
    }
    for format in ["ftm", "graphml", "gexf", "csv"] {
        let path = dir.join(format!("{class:?}-{format}"));
        for file in session.export(format, &path).unwrap() {
            out.push_str(&String::from_utf8_lossy(&std::fs::read(file).unwrap()));
        }
    }
    out
}

/// Every byte of the answers about money, places, hours and the network as a whole.
fn questions(session: &Session<'_>, ids: &BTreeSet<String>) -> String {
    let mut out = String::new();
    for measure in Measure::ALL {
        out.push_str(
            &serde_json::to_string(&session.rank(measure, &Scope::default(), 1_000).unwrap()).unwrap(),
        );
    }
    let middle = engine::moment::parse("2026-03-01").unwrap();
    out.push_str(&serde_json::to_string(&session.changes(middle, &[], &[], 2_000).unwrap()).unwrap());
    let mut some: Vec<String> = ids.iter().take(12).cloned().collect();
    some.extend(ids.iter().filter(|id| !id.starts_with("E-")).take(60).cloned());
    out.push_str(&serde_json::to_string(&session.matrix(&some, &Scope::default()).unwrap()).unwrap());
    out.push_str(
        &serde_json::to_string(&session.colocation(&some, 30, Window::default(), 1_000).unwrap()).unwrap(),
    );
    out.push_str(&serde_json::to_string(&session.common(&some, &Scope::default(), 1_000).unwrap()).unwrap());
    let orders = [StepOrder::Usual, StepOrder::Any, StepOrder::InTime];
    for (pair, order) in some.windows(2).zip(orders.into_iter().cycle()) {
        let [a, b] = pair else { continue };
        let question = PathQuestion { a: a.clone(), b: b.clone(), k: 4, order, ..PathQuestion::default() };
        match session.path(&question) {
            Ok(view) => out.push_str(&serde_json::to_string(&view).unwrap()),
            Err(error) => assert!(matches!(error, EngineError::OneParty), "{error}"),
        }
    }
    out.push_str(&serde_json::to_string(&session.community_groups()).unwrap());
    let mut traced = 0;
    for id in &some {
        out.push_str(&serde_json::to_string(&session.rhythm(id, Window::default()).unwrap()).unwrap());
        for backward in [false, true] {
            let question = FlowQuestion { id: id.clone(), backward, limit: 200, ..FlowQuestion::default() };
            if let Ok(view) = session.flow(&question) {
                traced += view.currencies.len();
                out.push_str(&serde_json::to_string(&view).unwrap());
            }
        }
    }
    assert!(traced > 0, "no money was traced");
    out
}

#[test]
fn what_a_source_protects_appears_nowhere_without_clearance() {
    let world = World::new(31_337);
    let dir = TempDir::new().unwrap();
    let case = loaded(&dir.path().join("case"), &[world.seized()]);
    let protected: BTreeSet<String> = {
        let derived = case.derived(Audience::All).unwrap();
        let entities = derived.network.entities.iter().filter(|e| e.sensitivity > Sensitivity::Open);
        entities.map(|e| e.key.clone()).collect()
    };
    assert!(!protected.is_empty(), "the world has no protected people");
    let canaries = canaries(&case, &|key| protected.contains(key));
    assert!(canaries.len() >= 5, "too few canaries: {}", canaries.len());
    let open = session(&case, Sensitivity::Open);
    let said = everything(&case, &open, Sensitivity::Open, dir.path());
    let leaked: Vec<&String> = canaries.iter().filter(|c| said.contains(c.as_str())).collect();
    assert!(leaked.is_empty(), "{} of {} protected values left: {leaked:?}", leaked.len(), canaries.len());
    for key in &protected {
        assert!(!said.contains(key.as_str()), "the true id of a protected person left");
    }
    for canary in &canaries {
        let answer = open.find(canary, 50).unwrap();
        let text = serde_json::to_string(&answer).unwrap();
        assert!(!text.contains(canary.as_str()), "search answers with a protected value");
    }
    let cleared = session(&case, Sensitivity::Minor);
    let shown = everything(&case, &cleared, Sensitivity::Minor, dir.path());
    let seen = canaries.iter().filter(|c| shown.contains(c.as_str())).count();
    assert!(seen * 2 > canaries.len(), "with clearance only {seen} of {} appear", canaries.len());
    assert!(said.contains("V-01"), "no pseudonym is shown");
}

/// Full names and documents of a mention.
fn marks(mention: &MentionRecord) -> BTreeSet<String> {
    let name = &mention.name;
    let full = !name.given.is_empty() && name.surnames.len() > 1;
    let name = full.then(|| format!("{:?} {:?}", name.given, name.surnames));
    name.into_iter().chain(mention.documents.iter().filter_map(|d| d.value.clone())).collect()
}

/// The entity of someone whom a source protects, and a row of theirs that does not say so and shares a full name or
/// document with one that does.
fn someone_protected(case: &Case) -> (String, String) {
    let derived = case.derived(Audience::All).unwrap();
    let network = &derived.network;
    for entity in &network.entities {
        let rows = || entity.mentions.iter().map(|m| &network.mentions[*m as usize]);
        let (stating, silent): (Vec<_>, Vec<_>) = rows().partition(|m| m.sensitivity > Sensitivity::Open);
        let told: BTreeSet<String> = stating.iter().flat_map(|m| marks(m)).collect();
        if let Some(mention) = silent.iter().find(|m| !marks(m).is_disjoint(&told)) {
            let MentionId { record, role } = mention.mention;
            let source = derived.snapshot.key_of(record.source).unwrap().clone();
            return (entity.key.clone(), MentionKey { source, row: record.row, role }.to_string());
        }
    }
    panic!("nobody protected has two rows");
}

#[test]
fn who_carries_a_protected_document_or_full_name_is_protected_too() {
    let world = World::new(5);
    let dir = TempDir::new().unwrap();
    let case = loaded(&dir.path().join("case"), &[world.seized()]);
    let (key, row) = someone_protected(&case);
    let holder = session(&case, Sensitivity::Sealed);
    holder.split(&key, std::slice::from_ref(&row), "otra persona").unwrap();
    let derived = case.derived(Audience::All).unwrap();
    let network = &derived.network;
    let rows =
        |entity: usize| network.entities[entity].mentions.iter().map(|m| &network.mentions[*m as usize]);
    let stated = |e: usize| rows(e).any(|m| m.sensitivity > Sensitivity::Open);
    let (protected, others): (Vec<usize>, Vec<usize>) = (0..network.entities.len()).partition(|e| stated(*e));
    let told: BTreeSet<String> = protected.into_iter().flat_map(rows).flat_map(marks).collect();
    let apart: Vec<usize> =
        others.into_iter().filter(|other| rows(*other).flat_map(marks).any(|m| told.contains(&m))).collect();
    assert!(!apart.is_empty(), "the row that was taken out stands in no entity of its own");
    let open = session(&case, Sensitivity::Open);
    for other in apart {
        assert!(open.show(&network.entities[other].key).is_err(), "shown by its true id");
    }
}

#[test]
fn what_people_protect_disappears_at_once() {
    let world = World::new(5);
    let dir = TempDir::new().unwrap();
    let case = loaded(&dir.path().join("case"), &[world.seized()]);
    let key = {
        let derived = case.derived(Audience::All).unwrap();
        let network = &derived.network;
        let entity = network
            .entities
            .iter()
            .find(|e| e.sensitivity == Sensitivity::Open && e.mentions.len() > 1)
            .unwrap();
        entity.key.clone()
    };
    for (class, level) in
        [(Sensitivity::Witness, Sensitivity::Witness), (Sensitivity::Sealed, Sensitivity::Sealed)]
    {
        let canaries = canaries(&case, &|k| k == key);
        assert!(!canaries.is_empty());
        let holder = session(&case, Sensitivity::Sealed);
        holder.protect(&key, class, "amenazas").unwrap();
        let open = session(&case, Sensitivity::Open);
        let said = everything(&case, &open, Sensitivity::Open, dir.path());
        let leaked: Vec<&String> = canaries.iter().filter(|c| said.contains(c.as_str())).collect();
        assert!(leaked.is_empty(), "{class:?}: {leaked:?}");
        assert!(open.show(&key).is_err());
        let cleared = session(&case, level);
        assert!(cleared.show(&key).is_ok(), "{class:?} is not opened by its own clearance");
    }
}

#[test]
fn absent_and_hidden_are_told_alike() {
    let world = World::new(12);
    let dir = TempDir::new().unwrap();
    let case = loaded(&dir.path().join("case"), &[world.seized()]);
    let hidden: Vec<String> = {
        let derived = case.derived(Audience::All).unwrap();
        let network = &derived.network;
        let mut out = Vec::new();
        for entity in network.entities.iter().filter(|e| e.sensitivity > Sensitivity::Open) {
            for mention in &entity.mentions {
                out.extend(network.mentions[*mention as usize].identifiers().iter().map(ToString::to_string));
            }
            out.push(entity.key.clone());
        }
        out
    };
    assert!(hidden.len() > 3);
    let open = session(&case, Sensitivity::Open);
    let absent = open.show("tel:+50399999999").unwrap_err().to_string();
    for id in &hidden {
        assert_eq!(open.show(id).unwrap_err().to_string(), absent);
        assert_eq!(
            open.path(&PathQuestion { a: id.clone(), b: id.clone(), k: 1, ..Default::default() })
                .unwrap_err()
                .to_string(),
            absent
        );
    }
    assert!(
        Session::open(&case, engine::session::Visitor { why: None, ..visitor(Sensitivity::Victim) }).is_err()
    );
}
