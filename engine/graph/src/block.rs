//! Blocks: which nodes stay connected when any one of them is taken away?
//!
//! A block (biconnected component) of three or more nodes has two ways between any two of them that share no third.
//! What hangs on a block by one node alone is known to the rest through that node only.

use crate::csr::WeightedGraph;

/// The blocks of each part of a graph, each as its nodes in ascending order, the parts in ascending order.
///
/// Hopcroft & Tarjan 1973, "Efficient algorithms for graph manipulation", doi:10.1145/362248.362272, with a stack of nodes
/// in place of edges and no recursion.
///
/// # Arguments    `part`: the part of each node, `None` for nodes to be left out; only edges inside a part are followed
/// # Returns      `(part, nodes)` for each block, two nodes for a tie that alone connects its ends; a node without ties
/// in its part is in no block
/// # Complexity   O(n + m)
/// # Determinism  a function of graph and parts
pub fn blocks(graph: &WeightedGraph, part: &[Option<u32>]) -> Vec<(u32, Vec<u32>)> {
    let n = graph.node_count().min(part.len());
    let mut walk = Walk { order: vec![0; n], low: vec![0; n], next: 0, open: Vec::new(), found: Vec::new() };
    for root in 0..n as u32 {
        if let Some(label) = part[root as usize].filter(|_| walk.order[root as usize] == 0) {
            walk.from(graph, part, root, label);
        }
    }
    walk.found.sort_unstable();
    walk.found
}

/// A node on the way down, and the place in its row from which to go on.
struct Step {
    node: u32,
    parent: u32,
    arc: usize,
}

struct Walk {
    /// When each node was first met, from 1; 0 for those that were not.
    order: Vec<u32>,
    /// The earliest node that a node's part of the tree reaches by one tie.
    low: Vec<u32>,
    next: u32,
    /// Nodes that are met and whose block is not closed.
    open: Vec<u32>,
    found: Vec<(u32, Vec<u32>)>,
}

impl Walk {
    fn meet(&mut self, node: u32) {
        self.next += 1;
        self.order[node as usize] = self.next;
        self.low[node as usize] = self.next;
        self.open.push(node);
    }

    fn from(&mut self, graph: &WeightedGraph, part: &[Option<u32>], root: u32, label: u32) {
        self.meet(root);
        let mut steps = vec![Step { node: root, parent: u32::MAX, arc: graph.row(root).start }];
        while let Some(step) = steps.last_mut() {
            let (node, parent) = (step.node, step.parent);
            if step.arc < graph.row(node).end {
                let target = graph.targets()[step.arc];
                step.arc += 1;
                if part.get(target as usize).copied().flatten() != Some(label)
                    || target == node
                    || target == parent
                {
                    continue;
                }
                let seen = self.order[target as usize];
                if seen == 0 {
                    self.meet(target);
                    steps.push(Step { node: target, parent: node, arc: graph.row(target).start });
                } else {
                    let low = &mut self.low[node as usize];
                    *low = (*low).min(seen);
                }
                continue;
            }
            steps.pop();
            if steps.is_empty() {
                break;
            }
            let low = self.low[node as usize];
            self.low[parent as usize] = self.low[parent as usize].min(low);
            if low >= self.order[parent as usize] {
                let mut block = vec![parent];
                while let Some(member) = self.open.pop() {
                    block.push(member);
                    if member == node {
                        break;
                    }
                }
                block.sort_unstable();
                self.found.push((label, block));
            }
        }
        self.open.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn connected(nodes: &BTreeSet<u32>, edges: &BTreeSet<(u32, u32)>) -> bool {
        let Some(first) = nodes.first() else { return true };
        let mut met = BTreeSet::from([*first]);
        loop {
            let more: Vec<u32> = edges
                .iter()
                .flat_map(|&(a, b)| [(a, b), (b, a)])
                .filter(|(a, b)| met.contains(a) && nodes.contains(b) && !met.contains(b))
                .map(|(_, b)| b)
                .collect();
            if more.is_empty() {
                return met.len() == nodes.len();
            }
            met.extend(more);
        }
    }

    proptest! {
        #[test]
        fn blocks_are_what_no_single_node_parts(
            pairs in prop::collection::vec((0u32..9, 0u32..9), 0..18),
            part in prop::collection::vec(prop::option::weighted(0.9, 0u32..2), 9),
        ) {
            let edges: BTreeSet<(u32, u32)> = pairs
                .iter()
                .filter(|(a, b)| a != b && part[*a as usize].is_some() && part[*a as usize] == part[*b as usize])
                .map(|&(a, b)| (a.min(b), a.max(b)))
                .collect();
            let graph = WeightedGraph::from_pairs(9, &pairs).unwrap();
            let found = blocks(&graph, &part);
            // Every tie is in exactly one block.
            for &(a, b) in &edges {
                let holding = found.iter().filter(|(_, nodes)| nodes.contains(&a) && nodes.contains(&b)).count();
                prop_assert_eq!(holding, 1);
            }
            for (label, nodes) in &found {
                let set: BTreeSet<u32> = nodes.iter().copied().collect();
                prop_assert!(nodes.iter().all(|m| part[*m as usize] == Some(*label)));
                prop_assert!(connected(&set, &edges));
                for taken in nodes {
                    let mut rest = set.clone();
                    rest.remove(taken);
                    prop_assert!(connected(&rest, &edges), "{nodes:?} without {taken}");
                }
            }
            // Two blocks share one node at most: were it two, they would be one block.
            for (i, (_, x)) in found.iter().enumerate() {
                for (_, y) in &found[..i] {
                    prop_assert!(x.iter().filter(|m| y.contains(m)).count() <= 1);
                }
            }
        }
    }
}
