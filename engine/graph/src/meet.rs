//! By what chain of ties is A joined to B, on the lean graph: two searches that meet in the middle.

use crate::csr::WeightedGraph;

#[cfg(test)]
mod tests;

/// What a chain may use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeetConfig {
    /// No chain passes through a node with more neighbours than this; its ends may have any number.
    pub hub_degree: usize,
    /// Edges lighter than this do not count.
    pub least_weight: f32,
    /// Steps at most.
    pub max_hops: u32,
    /// Entries of rows looked at, at most.
    pub work_limit: usize,
}

impl Default for MeetConfig {
    fn default() -> Self {
        Self { hub_degree: usize::MAX, least_weight: 0.0, max_hops: u32::MAX, work_limit: 200_000_000 }
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// A shortest chain, both ends among its nodes.
    Chain(Vec<u32>),
    /// There is none within the steps allowed.
    Apart,
    /// The work limit was met after this many steps were found not to be enough.
    Cut {
        /// Chains of up to this many steps do not exist.
        ruled_out: u32,
    },
}

/// One of the two searches.
#[derive(Clone, Debug)]
struct Side {
    /// One bit a node, all clear between questions.
    seen: Vec<u64>,
    /// The node before; meaningful only where `seen` is set.
    before: Vec<u32>,
    /// All nodes met; the present level begins at `level`.
    met: Vec<u32>,
    level: usize,
    /// Entries in the rows of the present level.
    cost: usize,
    steps: u32,
}

impl Side {
    fn new(nodes: usize) -> Self {
        Self {
            seen: vec![0; nodes.div_ceil(64)],
            // Written now, so that no question pays for the first touch of a page.
            before: (0..nodes as u32).collect(),
            met: Vec::with_capacity(1 << 16),
            level: 0,
            cost: 0,
            steps: 0,
        }
    }

    fn begin(&mut self, graph: &WeightedGraph, node: u32) {
        self.seen[node as usize / 64] |= 1 << (node % 64);
        self.met.push(node);
        (self.level, self.cost, self.steps) = (0, graph.degree(node), 0);
    }

    fn clear(&mut self) {
        if self.met.len() > self.seen.len() {
            self.seen.fill(0);
        } else {
            for &node in &self.met {
                self.seen[node as usize / 64] = 0;
            }
        }
        self.met.clear();
    }

    /// Takes one step; the node where the other side was met, if it was.
    fn step(&mut self, other: &Self, graph: &WeightedGraph, config: &MeetConfig) -> Option<u32> {
        let light = config.least_weight > 0.0;
        let (from, to) = (self.level, self.met.len());
        (self.level, self.cost) = (to, 0);
        self.steps += 1;
        for at in from..to {
            let node = self.met[at];
            let row = graph.row(node);
            if row.len() > config.hub_degree && self.steps > 1 {
                continue;
            }
            let first = row.start;
            for (place, &near) in graph.targets()[row].iter().enumerate() {
                let word = near as usize / 64;
                let bit = 1u64 << (near % 64);
                if self.seen[word] & bit != 0
                    || (light && graph.weight_at(first + place) < config.least_weight)
                {
                    continue;
                }
                self.before[near as usize] = node;
                if other.seen[word] & bit != 0
                    && (near == other.met[0] || graph.degree(near) <= config.hub_degree)
                {
                    return Some(near);
                }
                self.seen[word] |= bit;
                self.met.push(near);
            }
        }
        self.cost = self.met[self.level..].iter().map(|&n| graph.degree(n)).sum();
        None
    }

    /// From a node back to where this side began, the node itself left out.
    fn trace(&self, mut node: u32) -> Vec<u32> {
        let mut out = Vec::new();
        while node != self.met[0] {
            node = self.before[node as usize];
            out.push(node);
        }
        out
    }
}

/// Answers questions about chains in one graph; its tables are kept between them.
#[derive(Clone, Debug)]
pub struct MeetSearch<'g> {
    graph: &'g WeightedGraph,
    sides: [Side; 2],
}

impl<'g> MeetSearch<'g> {
    /// Tables for a graph: 8.3 bytes a node.
    pub fn new(graph: &'g WeightedGraph) -> Self {
        let nodes = graph.node_count();
        Self { graph, sides: [Side::new(nodes), Side::new(nodes)] }
    }

    /// By what shortest chain of ties is A joined to B?
    ///
    /// Breadth first from both ends, each time from the side whose next step costs less (Pohl, "Bi-directional search",
    /// Machine Intelligence 6, 1971). Levels are taken whole, so the first node that both have met lies on a shortest
    /// chain; which of several shortest chains it is follows from the order of nodes alone.
    ///
    /// # Returns      `Apart` also if an end is not in the graph
    /// # Complexity   O(rows of the nodes met), of the order of the square root of a one-sided search
    /// # Determinism  a function of graph and arguments
    pub fn chain(&mut self, a: u32, b: u32, config: &MeetConfig) -> Meeting {
        let nodes = self.graph.node_count();
        if a as usize >= nodes || b as usize >= nodes {
            return Meeting::Apart;
        }
        if a == b {
            return Meeting::Chain(vec![a]);
        }
        self.sides[0].begin(self.graph, a);
        self.sides[1].begin(self.graph, b);
        let answer = self.run(config);
        self.sides.iter_mut().for_each(Side::clear);
        answer
    }

    fn run(&mut self, config: &MeetConfig) -> Meeting {
        let [left, right] = &mut self.sides;
        let mut work = 0usize;
        loop {
            let steps = left.steps + right.steps;
            if left.cost == 0 || right.cost == 0 || steps >= config.max_hops {
                return Meeting::Apart;
            }
            let forward = left.cost <= right.cost;
            work = work.saturating_add(left.cost.min(right.cost));
            if work > config.work_limit {
                return Meeting::Cut { ruled_out: steps };
            }
            let met = if forward {
                left.step(right, self.graph, config)
            } else {
                right.step(left, self.graph, config)
            };
            if let Some(node) = met {
                let mut chain = left.trace(node);
                chain.reverse();
                chain.push(node);
                chain.extend(right.trace(node));
                return Meeting::Chain(chain);
            }
        }
    }
}
