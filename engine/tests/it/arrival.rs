//! Files that come one after another: by the stored model the same people as if all had come at once, under ids that stay.

use crate::world::{World, new_case, options};
use engine::case::Case;
use engine::model::ids::{MentionId, Seed};
use engine::model::run::{RunContext, Silent};
use engine::pipeline::Audience;
use engine::stage::Stage;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

/// Loads files and resolves.
fn load(case: &Case, files: &[PathBuf]) {
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed::default(), &Silent, &cancelled);
    for outcome in case.load(files, &options(), &context).unwrap() {
        outcome.result.unwrap();
    }
    case.run(&[Stage::Resolve], &context).unwrap();
}

/// The entities of a case: the mentions of each, with its id.
fn entities(case: &Case) -> BTreeMap<BTreeSet<MentionId>, String> {
    let cancelled = AtomicBool::new(false);
    case.run(&[], &RunContext::new(Seed::default(), &Silent, &cancelled)).unwrap();
    let network = case.derived(Audience::All).unwrap().network;
    let mention = |at: &u32| network.mentions[*at as usize].mention;
    network.entities.iter().map(|e| (e.mentions.iter().map(mention).collect(), e.key.clone())).collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &to) } else { drop(std::fs::copy(entry.path(), to)) }
    }
}

#[test]
fn any_order_of_arrival_gives_the_people_of_all_at_once_under_the_same_ids() {
    let world = World::new(2_026);
    let files = world.files();
    assert!(files.len() > 8, "{files:?}");
    let home = TempDir::new().unwrap();
    let begun = home.path().join("begun");
    // What is there first trains the model; the rest arrives in every way.
    let (first, rest) = files.split_at(files.len() / 2);
    let ids_before: BTreeSet<String> = {
        let case = new_case(&begun);
        load(&case, first);
        entities(&case).into_values().collect()
    };
    let arrive = |name: &str, loads: &[&[PathBuf]]| {
        let dir = home.path().join(name);
        copy(&begun, &dir);
        let case = Case::open(&dir).unwrap();
        for files in loads {
            load(&case, files);
        }
        let cancelled = AtomicBool::new(false);
        let context = RunContext::new(Seed::default(), &Silent, &cancelled);
        assert!(case.verify(&context).unwrap().holds());
        case
    };
    let at_once = entities(&arrive("at_once", &[rest]));
    let backwards: Vec<&[PathBuf]> = rest.chunks(1).rev().collect();
    let in_pairs: Vec<&[PathBuf]> = rest.chunks(2).rev().collect();
    let people = |e: &BTreeMap<BTreeSet<MentionId>, String>| e.keys().cloned().collect::<Vec<_>>();
    for (name, loads) in [("backward", backwards), ("pairs", in_pairs)] {
        let case = arrive(name, &loads);
        let arrived = entities(&case);
        assert_eq!(people(&arrived), people(&at_once), "{name}");
        // An id of the beginning names the same people, whatever came in between.
        for (mentions, id) in &at_once {
            if ids_before.contains(id) {
                assert_eq!(arrived[mentions], *id, "{name}");
            }
        }
        let cancelled = AtomicBool::new(false);
        let context = RunContext::new(Seed::default(), &Silent, &cancelled);
        let report = case.run(&[], &context).unwrap();
        assert!(report.iter().all(|r| r.skipped), "{report:?}");
    }
    let still: usize = at_once.values().filter(|id| ids_before.contains(*id)).count();
    assert!(still > 10 && at_once.len() > still, "{still} of {} ids were there before", at_once.len());
}

#[test]
fn a_case_that_outgrew_its_model_says_so_and_is_trained_anew_only_when_told() {
    let world = World::new(31);
    let files = world.files();
    let home = TempDir::new().unwrap();
    let case = new_case(&home.path().join("case"));
    let named = |file: &&PathBuf| {
        file.to_string_lossy().contains("subscri") || file.to_string_lossy().contains("suscri")
    };
    let first = files.iter().find(named).unwrap_or(&files[0]);
    load(&case, std::slice::from_ref(first));
    load(&case, &files);
    let cancelled = AtomicBool::new(false);
    let context = RunContext::new(Seed::default(), &Silent, &cancelled);
    let outgrown = |case: &Case| {
        let reports = case.run(&[], &context).unwrap();
        reports.iter().find(|r| r.stage == Stage::Resolve).unwrap().outgrown
    };
    let told = outgrown(&case).expect("the case holds many times what the model was trained on");
    assert!(told.mentions >= 2 * told.trained_on, "{told:?}");
    assert!(case.retrain(&[], "", "more is known", &context).is_err(), "an act has an actor");
    let reports = case.retrain(&[], "ana", "more is known", &context).unwrap();
    assert!(reports.iter().all(|r| r.outgrown.is_none()), "{reports:?}");
    assert_eq!(outgrown(&case), None);
    // Trained on everything, it is the model of a case that was loaded at once.
    let fresh = new_case(&home.path().join("fresh"));
    load(&fresh, &files);
    let people = |case: &Case| entities(case).into_keys().collect::<Vec<_>>();
    assert_eq!(people(&case), people(&fresh));
}
