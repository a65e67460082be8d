//! Who is within k hops of a node, on the lean graph: one bit a node, no allocation from one question to the next.

use crate::csr::WeightedGraph;

#[cfg(test)]
mod tests;

/// How far, and what is not expanded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HopConfig {
    /// Steps from the start.
    pub hops: u32,
    /// A node with more neighbours than this is shown and folded, unless it is the start.
    pub hub_degree: usize,
    /// Edges lighter than this do not count.
    pub least_weight: f32,
    /// Entries of rows looked at, at most; the search stops before the row that would pass it.
    pub work_limit: usize,
}

impl Default for HopConfig {
    fn default() -> Self {
        Self { hops: 2, hub_degree: 150, least_weight: 0.0, work_limit: 50_000_000 }
    }
}

/// Where a search stopped before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkCut {
    /// The hop that was being taken.
    pub hop: u32,
    /// Nodes of the hop before it whose neighbours were not looked at.
    pub unexpanded: usize,
}

/// Who was reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached<'a> {
    /// The start, then each hop in the order in which it was met: by the nodes it is tied to, then by number.
    pub nodes: &'a [u32],
    /// Where hop 0, 1, ... end in `nodes`.
    pub ends: Vec<usize>,
    /// Hubs that were met before the last hop and not expanded, in the order met.
    pub folded: Vec<u32>,
    /// Present where the work limit ended the search.
    pub cut: Option<WorkCut>,
}

/// Answers questions about surroundings of one graph; its tables are kept between them.
#[derive(Clone, Debug)]
pub struct HopSearch<'g> {
    graph: &'g WeightedGraph,
    /// One bit a node, all clear between questions.
    seen: Vec<u64>,
    /// Room for every node and one entry that is written and not kept.
    found: Vec<u32>,
}

impl<'g> HopSearch<'g> {
    /// Tables for a graph: 4.2 bytes a node.
    pub fn new(graph: &'g WeightedGraph) -> Self {
        let nodes = graph.node_count();
        // Written now, so that no question pays for the first touch of a page.
        Self { graph, seen: vec![0; nodes.div_ceil(64)], found: (0..=nodes as u32).collect() }
    }

    /// Who is within k hops of this node?
    ///
    /// Breadth first. Hubs are shown and folded: through a call centre everybody knows everybody.
    ///
    /// # Returns      nobody if the start is not in the graph
    /// # Complexity   O(rows of expanded nodes)
    /// # Determinism  a function of graph and arguments
    pub fn around(&mut self, start: u32, config: &HopConfig) -> Reached<'_> {
        let mut answer = Reached { nodes: &[], ends: Vec::new(), folded: Vec::new(), cut: None };
        if start as usize >= self.graph.node_count() {
            return answer;
        }
        self.seen[start as usize / 64] |= 1 << (start % 64);
        self.found[0] = start;
        let (mut from, mut len, mut work) = (0, 1, 0usize);
        answer.ends.push(1);
        for hop in 1..=config.hops {
            let to = len;
            for at in from..to {
                let node = self.found[at];
                let row = self.graph.row(node);
                if row.len() > config.hub_degree && at > 0 {
                    answer.folded.push(node);
                    continue;
                }
                work += row.len();
                if work > config.work_limit {
                    answer.cut = Some(WorkCut { hop, unexpanded: to - at });
                    break;
                }
                len = self.take(row, len, config.least_weight);
            }
            answer.ends.push(len);
            from = to;
            if answer.cut.is_some() || from == len {
                break;
            }
        }
        self.clear(len);
        answer.nodes = &self.found[..len];
        answer
    }

    /// Adds the unseen neighbours of a row; returns how many nodes are found now.
    fn take(&mut self, row: std::ops::Range<usize>, mut len: usize, least_weight: f32) -> usize {
        let light = least_weight > 0.0;
        let first = row.start;
        for (place, &node) in self.graph.targets()[row].iter().enumerate() {
            if light && self.graph.weight_at(first + place) < least_weight {
                continue;
            }
            // Written always and kept only if new: a branch here would be guessed wrong half the time.
            let word = &mut self.seen[node as usize / 64];
            let bit = 1u64 << (node % 64);
            self.found[len] = node;
            len += usize::from(*word & bit == 0);
            *word |= bit;
        }
        len
    }

    fn clear(&mut self, len: usize) {
        if len > self.seen.len() {
            self.seen.fill(0);
        } else {
            for &node in &self.found[..len] {
                self.seen[node as usize / 64] = 0;
            }
        }
    }
}
