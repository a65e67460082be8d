//! The same people give the same partition, in whatever order and with however many threads.

use crate::world::{families, run};
use proptest::prelude::*;
use resolve::run::Constraint;

fn partition_of(
    people: &[model::record::MentionRecord],
    order: &[usize],
    must: &[(usize, usize)],
) -> Vec<u32> {
    let shuffled: Vec<_> = order.iter().map(|i| people[*i].clone()).collect();
    let place = |m: usize| order.iter().position(|i| *i == m).unwrap();
    let constraints: Vec<Constraint> = must
        .iter()
        .enumerate()
        .map(|(i, (a, b))| {
            let (a, b) = (place(*a), place(*b));
            if i % 2 == 0 { Constraint::Cannot(a, b) } else { Constraint::Must(a, b) }
        })
        .collect();
    let found = run(&shuffled, &constraints).unwrap();
    // Back to the first order, as the smallest member of each cluster.
    let mut label = vec![0; people.len()];
    for (i, cluster) in order.iter().zip(&found.cluster) {
        label[*i] = *cluster;
    }
    label.iter().map(|l| label.iter().position(|x| x == l).unwrap() as u32).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn order_does_not_matter(seed in 0u64..1000, shuffle in any::<u64>()) {
        let (people, _) = families(25, seed);
        let n = people.len();
        let straight: Vec<usize> = (0..n).collect();
        let mut mixed = straight.clone();
        mixed.sort_by_key(|i| (*i as u64 + 1).wrapping_mul(shuffle | 1).rotate_left(17));
        let judged = [(0, n - 1), (1, n / 2)];
        prop_assert_eq!(partition_of(&people, &straight, &judged), partition_of(&people, &mixed, &judged));
    }
}

#[test]
fn threads_do_not_matter() {
    let (people, _) = families(200, 9);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&people, &[]).unwrap())
    };
    let (one, three) = (with(1), with(3));
    assert_eq!(one.cluster, three.cluster);
    assert_eq!(one.pairs, three.pairs);
    assert_eq!(one.model, three.model);
}
