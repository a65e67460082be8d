//! Draws one shortest chain between two random nodes, each chain equally likely.

use crate::csr::WeightedGraph;
use crate::stream::Stream;
use model::ids::Seed;

/// Steps from the side's end; 0 where the node was not met.
struct Side {
    step: Vec<u32>,
    /// How many shortest chains lead here; a float, since on dense graphs they outgrow whole numbers.
    chains: Vec<f64>,
    met: Vec<u32>,
    level: usize,
    cost: usize,
    steps: u32,
}

impl Side {
    fn new(nodes: usize) -> Self {
        Self { step: vec![0; nodes], chains: vec![0.0; nodes], met: Vec::new(), level: 0, cost: 0, steps: 1 }
    }

    fn begin(&mut self, graph: &WeightedGraph, node: u32) {
        self.step[node as usize] = 1;
        self.chains[node as usize] = 1.0;
        self.met.push(node);
        (self.level, self.cost, self.steps) = (0, graph.degree(node), 1);
    }

    fn clear(&mut self) {
        for &node in &self.met {
            self.step[node as usize] = 0;
            self.chains[node as usize] = 0.0;
        }
        self.met.clear();
    }

    /// Takes a whole step; true if a node of it was met by the other side.
    fn advance(&mut self, graph: &WeightedGraph, other: &Self) -> bool {
        let (from, to) = (self.level, self.met.len());
        (self.level, self.cost) = (to, 0);
        self.steps += 1;
        let mut joined = false;
        for at in from..to {
            let node = self.met[at];
            let chains = self.chains[node as usize];
            for &near in graph.neighbors(node) {
                let slot = &mut self.step[near as usize];
                if *slot == 0 {
                    *slot = self.steps;
                    self.met.push(near);
                    self.cost += graph.degree(near);
                    joined |= other.step[near as usize] > 0;
                }
                if *slot == self.steps {
                    self.chains[near as usize] += chains;
                }
            }
        }
        joined
    }

    /// A random chain from a node back to this side's end; nodes strictly between are added.
    fn walk(&self, graph: &WeightedGraph, mut node: u32, random: &mut Stream, inner: &mut Vec<u32>) {
        while self.step[node as usize] > 2 {
            let nearer = self.step[node as usize] - 1;
            let before = graph.neighbors(node).iter().filter(|&&n| self.step[n as usize] == nearer);
            let Some(chosen) = choose(before.map(|&n| (n, self.chains[n as usize])), random) else { return };
            inner.push(chosen);
            node = chosen;
        }
    }
}

/// One of the items, each as likely as its weight says.
fn choose(items: impl Iterator<Item = (u32, f64)> + Clone, random: &mut Stream) -> Option<u32> {
    let total: f64 = items.clone().map(|(_, weight)| weight).sum();
    let mut at = random.unit() * total;
    let mut last = None;
    for (item, weight) in items {
        last = Some(item);
        at -= weight;
        if at < 0.0 {
            break;
        }
    }
    last
}

/// The tables of one thread: 24 bytes a node.
pub(super) struct Sampler<'g> {
    graph: &'g WeightedGraph,
    sides: [Side; 2],
}

impl<'g> Sampler<'g> {
    pub(super) fn new(graph: &'g WeightedGraph) -> Self {
        let nodes = graph.node_count();
        Self { graph, sides: [Side::new(nodes), Side::new(nodes)] }
    }

    /// Draws the chain of this number and adds the nodes inside it; none where the two have no chain.
    pub(super) fn draw(&mut self, seed: Seed, number: u64, inner: &mut Vec<u32>) {
        let nodes = self.graph.node_count() as u64;
        let mut random = Stream::of(seed.0, number);
        let a = random.below(nodes);
        let b = random.below(nodes - 1);
        let b = b + u64::from(b >= a);
        self.sides[0].begin(self.graph, a as u32);
        self.sides[1].begin(self.graph, b as u32);
        let [left, right] = &mut self.sides;
        while left.cost > 0 && right.cost > 0 {
            let forward = left.cost <= right.cost;
            let joined =
                if forward { left.advance(self.graph, right) } else { right.advance(self.graph, left) };
            if joined {
                // Every shortest chain passes exactly one node of the level just taken that the other side has met.
                let (near, far) = if forward { (&*left, &*right) } else { (&*right, &*left) };
                let middle = near.met[near.level..].iter().filter(|&&n| far.step[n as usize] > 0);
                let weight = |n: u32| near.chains[n as usize] * far.chains[n as usize];
                if let Some(node) = choose(middle.map(|&n| (n, weight(n))), &mut random) {
                    if near.step[node as usize] > 1 && far.step[node as usize] > 1 {
                        inner.push(node);
                    }
                    near.walk(self.graph, node, &mut random, inner);
                    far.walk(self.graph, node, &mut random, inner);
                }
                break;
            }
        }
        self.sides.iter_mut().for_each(Side::clear);
    }
}
