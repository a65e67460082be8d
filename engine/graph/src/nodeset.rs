//! A set of nodes as one bit each: what traversals have seen.

use petgraph::visit::VisitMap;

/// Nodes seen so far, of a graph with a fixed number of nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeSet {
    words: Vec<u64>,
}

impl NodeSet {
    /// An empty set for nodes below `nodes`.
    pub fn new(nodes: usize) -> Self {
        Self { words: vec![0; nodes.div_ceil(64)] }
    }

    /// Puts a node in; true if it was not there.
    pub fn insert(&mut self, node: u32) -> bool {
        let word = &mut self.words[node as usize / 64];
        let bit = 1u64 << (node % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    /// Takes a node out; true if it was there.
    pub fn remove(&mut self, node: u32) -> bool {
        let word = &mut self.words[node as usize / 64];
        let bit = 1u64 << (node % 64);
        let there = *word & bit != 0;
        *word &= !bit;
        there
    }

    /// Whether a node is in.
    pub fn contains(&self, node: u32) -> bool {
        self.words[node as usize / 64] & (1 << (node % 64)) != 0
    }

    /// Takes all nodes out.
    pub fn clear(&mut self) {
        self.words.fill(0);
    }
}

impl VisitMap<u32> for NodeSet {
    fn visit(&mut self, node: u32) -> bool {
        self.insert(node)
    }

    fn is_visited(&self, node: &u32) -> bool {
        self.contains(*node)
    }

    fn unvisit(&mut self, node: u32) -> bool {
        self.remove(node)
    }
}
