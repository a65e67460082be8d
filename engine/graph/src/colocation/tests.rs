//! Tests of `colocation`: against every pair of sightings, and the crowd.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

proptest! {
    #[test]
    fn pairs_are_those_of_comparing_everything(
        raw in proptest::collection::vec((0u32..4, 0i64..60, 0u32..6), 0..50), apart in 0i64..8,
    ) {
        let sightings: Vec<Sighting> = raw.iter().enumerate()
            .map(|(i, &(cell, time_us, node))| Sighting { cell, time_us, node, id: i as u32 }).collect();
        let targets = [1u32, 3];
        let config = ColocationConfig { apart_us: apart, crowd: 100, least: 1, limit: 1000 };
        let found = colocated(&sightings, &targets, &config);
        let mut naive: BTreeMap<(u32, u32), (BTreeSet<u32>, BTreeSet<u32>)> = BTreeMap::new();
        for x in &sightings {
            for y in &sightings {
                let told = targets.contains(&x.node) && x.node != y.node
                    && !(targets.contains(&y.node) && y.node < x.node);
                if told && x.cell == y.cell && (x.time_us - y.time_us).abs() <= apart {
                    let entry = naive.entry((x.node, y.node)).or_default();
                    entry.0.insert(x.cell);
                    entry.1.extend([x.id, y.id]);
                }
            }
        }
        prop_assert_eq!(found.total, naive.len());
        for pair in &found.pairs {
            let (cells, events) = &naive[&(pair.a, pair.b)];
            prop_assert_eq!(&pair.at.iter().copied().collect::<BTreeSet<_>>(), cells);
            prop_assert_eq!(&pair.events.iter().copied().collect::<BTreeSet<_>>(), events);
            prop_assert!(pair.times >= pair.cells && pair.times as usize <= events.len());
        }
        prop_assert!(found.pairs.windows(2).all(|w| w[0].rarity >= w[1].rarity));
        let mut turned = sightings.clone();
        turned.reverse();
        prop_assert_eq!(colocated(&turned, &targets, &config), found);
    }
}

#[test]
fn a_run_is_one_coincidence_and_a_crowd_says_nothing() {
    let at = |cell, time_us, node| Sighting { cell, time_us, node, id: (time_us as u32) * 100 + node };
    let mut sightings = vec![at(1, 0, 0), at(1, 5, 1), at(1, 8, 0), at(1, 12, 1), at(1, 90, 0), at(1, 95, 1)];
    let config = ColocationConfig { apart_us: 10, crowd: 5, ..ColocationConfig::default() };
    let found = colocated(&sightings, &[0], &config);
    assert_eq!((found.pairs[0].times, found.pairs[0].cells, found.crowded), (2, 1, 0));
    sightings.extend((10..20).map(|n| at(1, 91, n)));
    let found = colocated(&sightings, &[0], &config);
    assert_eq!((found.pairs[0].times, found.crowded), (1, 1));
}
