//! Cores of communities: who acts together, and who only hangs on one of them.
//!
//! A community found by density takes in whoever speaks with one of its members, or with two who are kin to each other:
//! a mother, a brother abroad, but also a victim who may call nobody but the one who holds her. Such people are not
//! parted from the community, and they are not said to act with it: they are *attached*. A household or a second group
//! that hangs on the members and holds together by itself is a community of its own.

use crate::leiden::renumber;
use graph::block::blocks;
use graph::csr::WeightedGraph;
use graph::kcore::core_numbers;

/// Communities with their cores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cores {
    /// The community of each node: dense from 0, in order of first node.
    pub labels: Vec<u32>,
    /// Whether a node only hangs on its community.
    pub attached: Vec<bool>,
}

/// Which members of each community act together?
///
/// The core of a community lies in its largest block (see [`graph::block`]; of equal ones that with the smallest nodes):
/// there nobody is known through one other member alone. Of that block it holds those whose core number is at least half
/// of the highest in it (Seidman 1983, "Network structure and minimum degree", doi:10.1016/0378-8733(83)90028-X;
/// centre and periphery after Borgatti & Everett 2000, doi:10.1016/S0378-8733(99)00019-2), and of what they fall into
/// the largest connected part. What is left falls into pieces: a piece with a block of its own becomes a community, any
/// other is attached. A community without a block of three nodes (a pair, a star, a chain) is left as it is.
///
/// # Arguments    `labels`: the community of each node, as of [`crate::leiden::partition`]
/// # Returns      [`Cores`]
/// # Complexity   O(n + m) a round, one round for each community that hangs on another that hangs on another
/// # Determinism  a function of graph and labels
pub fn cores(graph: &WeightedGraph, labels: &[u32]) -> Cores {
    let n = graph.node_count().min(labels.len());
    let mut next = labels.iter().max().map_or(0, |l| l + 1);
    let mut part: Vec<Option<u32>> = labels.iter().take(n).map(|l| Some(*l)).collect();
    // The settled community around which each part lies; a part of the first round lies around none.
    let mut around: Vec<Option<u32>> = vec![None; next as usize];
    let mut label = vec![0u32; n];
    let mut attached = vec![false; n];
    while part.iter().any(Option::is_some) {
        let mut best: Vec<Option<Vec<u32>>> = vec![None; next as usize];
        for (of, nodes) in blocks(graph, &part) {
            let slot = &mut best[of as usize];
            if nodes.len() > 2 && slot.as_ref().is_none_or(|b| nodes.len() > b.len()) {
                *slot = Some(nodes);
            }
        }
        for (node, of) in part.iter_mut().enumerate() {
            let Some(at) = *of else { continue };
            if best[at as usize].is_none() {
                label[node] = around[at as usize].unwrap_or(at);
                attached[node] = around[at as usize].is_some();
                *of = None;
            }
        }
        for (at, block) in best.into_iter().enumerate() {
            for node in block.map_or_else(Vec::new, |block| nucleus(graph, &block)) {
                label[node as usize] = at as u32;
                part[node as usize] = None;
            }
        }
        next = pieces(graph, &mut part, &mut around, next);
    }
    renumber(&mut label, next as usize);
    Cores { labels: label, attached }
}

/// Who of a block (nodes ascending) is woven into it at least half as closely as its innermost; of several connected
/// parts the largest, of equal ones that with the smallest nodes.
fn nucleus(graph: &WeightedGraph, block: &[u32]) -> Vec<u32> {
    let place = |node: &u32| block.binary_search(node).ok().map(|at| at as u32);
    let ties = |node: u32| graph.neighbors(node).iter().filter_map(place);
    let pairs: Vec<(u32, u32)> = (0u32..)
        .zip(block)
        .flat_map(|(at, node)| ties(*node).filter(move |to| at < *to).map(move |to| (at, to)))
        .collect();
    let Ok(within) = WeightedGraph::from_pairs(block.len(), &pairs) else { return block.to_vec() };
    let numbers = core_numbers(&within);
    let highest = numbers.iter().copied().max().unwrap_or(0);
    let mut part: Vec<Option<u32>> = numbers.iter().map(|own| (own * 2 >= highest).then_some(0)).collect();
    let parts = pieces(&within, &mut part, &mut Vec::new(), 1);
    let mut sizes = vec![0usize; parts as usize];
    part.iter().flatten().for_each(|of| sizes[*of as usize] += 1);
    let largest = (1..parts).max_by_key(|of| (sizes[*of as usize], std::cmp::Reverse(*of)));
    block.iter().zip(&part).filter(|(_, of)| of.is_some() && **of == largest).map(|(node, _)| *node).collect()
}

/// Gives every connected piece of what is left of a part a number of its own; the first number that is free after it.
fn pieces(graph: &WeightedGraph, part: &mut [Option<u32>], around: &mut Vec<Option<u32>>, first: u32) -> u32 {
    let mut next = first;
    for root in 0..part.len() as u32 {
        let Some(of) = part[root as usize].filter(|of| *of < first) else { continue };
        part[root as usize] = Some(next);
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            for target in graph.neighbors(node) {
                if part[*target as usize] == Some(of) {
                    part[*target as usize] = Some(next);
                    open.push(*target);
                }
            }
        }
        around.push(Some(of));
        next += 1;
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(nodes: usize, pairs: &[(u32, u32)], labels: &[u32], expected: &[u32], attached: &[u32]) {
        let graph = WeightedGraph::from_pairs(nodes, pairs).unwrap();
        let found = cores(&graph, labels);
        assert_eq!(found.labels, expected);
        let hang: Vec<u32> = (0..nodes as u32).filter(|n| found.attached[*n as usize]).collect();
        assert_eq!(hang, attached);
    }

    #[test]
    fn a_relative_of_one_member_is_attached() {
        check(5, &[(0, 1), (1, 2), (2, 0), (2, 3), (3, 4)], &[0; 5], &[0; 5], &[3, 4]);
    }

    #[test]
    fn a_household_behind_one_member_is_a_community_of_its_own() {
        let square = [(0, 1), (1, 2), (2, 3), (3, 0)];
        let home = [(3, 4), (4, 5), (5, 6), (6, 4), (6, 7)];
        check(8, &[&square[..], &home[..]].concat(), &[0; 8], &[0, 0, 0, 0, 1, 1, 1, 1], &[7]);
    }

    #[test]
    fn stars_pairs_and_single_nodes_are_left_as_they_are() {
        check(7, &[(0, 1), (0, 2), (0, 3), (4, 5)], &[0, 0, 0, 0, 1, 1, 2], &[0, 0, 0, 0, 1, 1, 2], &[]);
    }

    #[test]
    fn a_relative_whom_two_members_call_is_attached() {
        let six: Vec<(u32, u32)> = (0..6).flat_map(|a| (a + 1..6).map(move |b| (a, b))).collect();
        // The highest core number is five: two ties are too few, three are enough.
        check(8, &[&six[..], &[(0, 6), (1, 6), (0, 7), (1, 7), (2, 7)]].concat(), &[0; 8], &[0; 8], &[6]);
    }

    #[test]
    fn two_groups_that_one_broker_joins_are_two() {
        let pairs = [(0, 1), (1, 2), (2, 3), (3, 0), (3, 4), (4, 5), (5, 6), (6, 3)];
        // The broker stays with the group of smaller nodes; the rest of the other has no block without him.
        check(7, &pairs, &[0; 7], &[0; 7], &[4, 5, 6]);
        let denser = [&pairs[..], &[(4, 6)]].concat();
        check(7, &denser, &[0; 7], &[0, 0, 0, 0, 1, 1, 1], &[]);
    }
}
