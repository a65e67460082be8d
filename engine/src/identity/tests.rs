//! Ids through merges, partings, arrivals and withdrawals.

use super::*;
use model::ids::MentionRole;
use model::provenance::{Digest, SourceKey};
use std::collections::BTreeMap;

/// The log of a toy case whose mentions are the rows of one source.
#[derive(Default)]
struct Log {
    known: Vec<Identity>,
    changes: Vec<IdentityChange>,
    before: BTreeMap<MentionKey, u64>,
}

fn key(row: u32) -> MentionKey {
    MentionKey {
        source: SourceKey { digest: Digest([1; 32]), sheet: String::new() },
        row,
        role: MentionRole::Person,
    }
}

impl Log {
    /// Resolves rows into clusters; returns the anchor row of each row's entity.
    fn run(&mut self, clusters: &[&[u32]]) -> BTreeMap<u32, u32> {
        let mut rows: Vec<u32> = clusters.iter().flat_map(|c| c.iter().copied()).collect();
        rows.sort_unstable();
        let mut label = BTreeMap::new();
        let cluster: Vec<Option<u32>> = rows
            .iter()
            .map(|r| {
                let group = clusters.iter().position(|c| c.contains(r)).unwrap();
                let next = label.len() as u32;
                Some(*label.entry(group).or_insert(next))
            })
            .collect();
        let heads = Heads::new(self.known.len(), &self.changes);
        let named = name_clusters(
            &cluster,
            &self.known,
            &heads,
            |k| rows.binary_search(&k.row).ok().map(|at| at as u32),
            |at| key(rows[at as usize]),
            |k| self.before.get(k).copied(),
        );
        self.changes.extend(&named.changes);
        self.known.extend(named.issued.iter().map(|anchor| Identity { anchor: anchor.clone(), at_us: 0 }));
        self.before.clear();
        let mut out = BTreeMap::new();
        for (at, (row, label)) in rows.iter().zip(&cluster).enumerate() {
            let label = label.unwrap() as usize;
            out.insert(*row, rows[named.anchors[label] as usize]);
            if named.anchors[label] as usize != at {
                self.before.insert(key(*row), named.numbers[label]);
            }
        }
        out
    }

    fn told(&self) -> Vec<(u32, Change, Option<u32>)> {
        let row = |n: u64| self.known[n as usize].anchor.row;
        self.changes.iter().map(|c| (row(c.identity), c.change, c.other.map(row))).collect()
    }
}

#[test]
fn an_id_stays_when_an_earlier_mention_arrives() {
    let mut log = Log::default();
    log.run(&[&[10, 11], &[20]]);
    let ids = log.run(&[&[5, 10, 11], &[20], &[7]]);
    assert_eq!(ids, BTreeMap::from([(5, 10), (7, 7), (10, 10), (11, 10), (20, 20)]));
    assert_eq!(log.told(), []);
}

#[test]
fn a_merge_keeps_the_older_id_and_taking_it_back_restores_both() {
    let mut log = Log::default();
    log.run(&[&[10, 11]]);
    log.run(&[&[10, 11], &[2, 3]]);
    let merged = log.run(&[&[2, 3, 10, 11]]);
    assert!(merged.values().all(|a| *a == 10), "the id that was issued first: {merged:?}");
    let parted = log.run(&[&[2, 3], &[10, 11]]);
    assert_eq!((parted[&3], parted[&11]), (2, 10));
    assert_eq!(log.told(), [(2, Change::MergedInto, Some(10)), (2, Change::PartedFrom, Some(10))]);
    assert_eq!(log.known.len(), 2, "no new id for what was there before");
}

#[test]
fn what_comes_out_of_an_entity_says_so() {
    let mut log = Log::default();
    log.run(&[&[1, 2, 3]]);
    let ids = log.run(&[&[1, 3], &[2]]);
    assert_eq!((ids[&1], ids[&2]), (1, 2));
    assert_eq!(log.told(), [(2, Change::PartedFrom, Some(1))]);
    // Moved from one entity to another.
    log.run(&[&[1], &[2, 3]]);
    let ids = log.run(&[&[1], &[2], &[3]]);
    assert_eq!(ids[&3], 3);
    assert_eq!(log.told().last(), Some(&(3, Change::PartedFrom, Some(2))));
}

#[test]
fn a_mention_that_goes_and_comes_back_keeps_its_id() {
    let mut log = Log::default();
    log.run(&[&[1, 2], &[3]]);
    let without = log.run(&[&[2], &[3]]);
    assert_eq!(without[&2], 2);
    assert_eq!(log.told(), [(2, Change::PartedFrom, Some(1)), (1, Change::Ended, None)]);
    let ids = log.run(&[&[1, 2, 3]]);
    assert_eq!(ids[&3], 1);
    let heads = Heads::new(log.known.len(), &log.changes);
    assert_eq!((heads.head, heads.ended), (vec![0, 0, 0], vec![false; 3]));
}

#[test]
fn nothing_is_recorded_where_nothing_changed() {
    let mut log = Log::default();
    log.run(&[&[1, 2], &[3]]);
    log.run(&[&[1, 2], &[3]]);
    assert_eq!((log.known.len(), log.changes.len()), (2, 0));
}
