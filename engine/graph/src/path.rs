//! How does A reach B: shortest paths, the k shortest simple paths, and paths that respect time.

use crate::filter::EdgeFilter;
use crate::layered::LayeredGraph;
use crate::nodeset::NodeSet;
use std::collections::{BTreeSet, HashMap};

#[cfg(test)]
mod tests;

/// What a path may use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathConfig {
    /// Edges that count.
    pub filter: EdgeFilter,
    /// Nodes that no path passes through (they may be its ends): hubs, services.
    pub avoid: Vec<u32>,
    /// Whether edges lead one way only.
    pub directed: bool,
    /// Steps at most; 0 sets no bound.
    pub max_hops: u32,
}

/// A path without repeated nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// From the first node to the last.
    pub nodes: Vec<u32>,
    /// For each step every edge between its two nodes that passes the filter, ascending by number.
    pub steps: Vec<Vec<u32>>,
}

/// By what shortest path is A tied to B?
///
/// Fewest steps; among those the path whose inner nodes have the fewest ties of their own (a path through a quiet number
/// says more than one through a busy one), then the smaller node at the first difference.
///
/// # Returns      `None` if there is no path, or an end is not in the graph
/// # Complexity   O(n + m)
pub fn shortest(graph: &LayeredGraph, a: u32, b: u32, config: &PathConfig) -> Option<Path> {
    k_shortest(graph, a, b, 1, config).pop()
}

/// By which k paths is A tied to B, without repeating a node on a path?
///
/// Yen, "Finding the K shortest loopless paths in a network", 1971, doi:10.1287/mnsc.17.11.712, with the improvement of
/// Lawler 1972 (spurs only from where the path left its parent). Ordered by steps, then by ties of the inner nodes
/// together, then by nodes.
///
/// # Complexity   O(k l (n + m)) for paths of l steps
/// # Determinism  a function of graph and arguments
pub fn k_shortest(graph: &LayeredGraph, a: u32, b: u32, k: usize, config: &PathConfig) -> Vec<Path> {
    let nodes = graph.node_count();
    if a as usize >= nodes || b as usize >= nodes || k == 0 {
        return Vec::new();
    }
    if a == b {
        return vec![Path { nodes: vec![a], steps: Vec::new() }];
    }
    let mut search = Search::new(graph, config);
    let Some(first) = search.run(a, b, &BTreeSet::new(), 0) else { return Vec::new() };
    let mut accepted: Vec<Route> = Vec::new();
    let mut candidates = BTreeSet::from([Candidate { route: first, spur_from: 0 }]);
    while accepted.len() < k {
        let Some(Candidate { route, spur_from }) = candidates.pop_first() else { break };
        for spur in spur_from..route.nodes.len() - 1 {
            let root = &route.nodes[..=spur];
            // Steps that an accepted path with the same root already takes from here.
            let mut taken: BTreeSet<u32> = accepted
                .iter()
                .filter(|p| p.nodes.len() > spur + 1 && p.nodes[..=spur] == *root)
                .map(|p| p.nodes[spur + 1])
                .collect();
            taken.insert(route.nodes[spur + 1]);
            search.ban(&root[..spur]);
            if let Some(tail) = search.run(route.nodes[spur], b, &taken, spur as u32) {
                let mut nodes = root[..spur].to_vec();
                nodes.extend_from_slice(&tail.nodes);
                let route = Route::of(graph, nodes);
                candidates.insert(Candidate { route, spur_from: spur });
            }
            search.unban(&root[..spur]);
        }
        accepted.push(route);
    }
    accepted.into_iter().map(|route| with_edges(graph, route.nodes, config)).collect()
}

/// Nodes of a path with its cost; ordered by cost.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Route {
    hops: usize,
    ties: u64,
    nodes: Vec<u32>,
}

impl Route {
    fn of(graph: &LayeredGraph, nodes: Vec<u32>) -> Self {
        let inner = nodes.get(1..nodes.len() - 1).unwrap_or_default();
        Self { hops: nodes.len() - 1, ties: inner.iter().map(|&n| u64::from(graph.degree(n))).sum(), nodes }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    route: Route,
    spur_from: usize,
}

/// Breadth-first search from the goal back to the start, with its tables kept between the spurs of one query.
struct Search<'a> {
    graph: &'a LayeredGraph,
    config: &'a PathConfig,
    banned: NodeSet,
    avoided: NodeSet,
    /// Steps to the goal and ties on the way, of nodes seen in the present run.
    seen: HashMap<u32, Seen>,
}

#[derive(Clone, Copy)]
struct Seen {
    hops: u32,
    ties: u64,
    next: u32,
}

impl<'a> Search<'a> {
    fn new(graph: &'a LayeredGraph, config: &'a PathConfig) -> Self {
        let mut avoided = NodeSet::new(graph.node_count());
        for &node in config.avoid.iter().filter(|&&n| (n as usize) < graph.node_count()) {
            avoided.insert(node);
        }
        Self { graph, config, banned: NodeSet::new(graph.node_count()), avoided, seen: HashMap::new() }
    }

    fn ban(&mut self, nodes: &[u32]) {
        for &node in nodes {
            self.banned.insert(node);
        }
    }

    fn unban(&mut self, nodes: &[u32]) {
        for &node in nodes {
            self.banned.remove(node);
        }
    }

    /// The best route whose first step is not `taken`, with `used` steps already behind it.
    fn run(&mut self, start: u32, goal: u32, taken: &BTreeSet<u32>, used: u32) -> Option<Route> {
        let bound = match self.config.max_hops {
            0 => u32::MAX,
            hops => hops.checked_sub(used)?,
        };
        self.seen.clear();
        self.seen.insert(goal, Seen { hops: 0, ties: 0, next: goal });
        let (mut level, mut hops) = (vec![goal], 0);
        while !level.is_empty() && hops < bound && !self.seen.contains_key(&start) {
            hops += 1;
            let mut next_level: Vec<u32> = Vec::new();
            for &node in &level {
                let here = self.seen[&node];
                let inner = if node == goal { 0 } else { u64::from(self.graph.degree(node)) };
                let offered = Seen { hops, ties: here.ties + inner, next: node };
                for before in backwards(self.graph, node, self.config) {
                    if before == start && taken.contains(&node) {
                        continue;
                    }
                    let blocked =
                        self.banned.contains(before) || (before != start && self.avoided.contains(before));
                    if blocked {
                        continue;
                    }
                    let entry = self.seen.entry(before).or_insert_with(|| {
                        next_level.push(before);
                        offered
                    });
                    if entry.hops == hops && (offered.ties, offered.next) < (entry.ties, entry.next) {
                        *entry = offered;
                    }
                }
            }
            level = next_level;
        }
        let found = *self.seen.get(&start)?;
        let mut nodes = vec![start];
        let mut at = found.next;
        while at != goal {
            nodes.push(at);
            at = self.seen[&at].next;
        }
        nodes.push(goal);
        Some(Route::of(self.graph, nodes))
    }
}

/// Nodes from which one step leads to `node`.
fn backwards<'a>(
    graph: &'a LayeredGraph,
    node: u32,
    config: &'a PathConfig,
) -> impl Iterator<Item = u32> + 'a {
    graph
        .neighbors(node)
        .filter(move |n| {
            n.node != node && !(config.directed && n.outgoing) && config.filter.passes(&graph.edge(n.edge))
        })
        .map(|n| n.node)
}

fn with_edges(graph: &LayeredGraph, nodes: Vec<u32>, config: &PathConfig) -> Path {
    let steps = nodes
        .windows(2)
        .map(|pair| {
            let (a, b) = (pair[0], pair[1]);
            let back = if config.directed { 0..0 } else { graph.edges_between(b, a) };
            let mut edges: Vec<u32> = graph.edges_between(a, b).chain(back).collect();
            edges.retain(|&e| config.filter.passes(&graph.edge(e)));
            edges.sort_unstable();
            edges
        })
        .collect();
    Path { nodes, steps }
}

/// One event between two nodes at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemporalEdge {
    /// The moment, microseconds UTC.
    pub time_us: i64,
    /// Who calls or pays.
    pub source: u32,
    /// Who is called or paid.
    pub target: u32,
    /// The caller's own number for the event.
    pub id: u32,
}

/// What counts as "afterwards".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TemporalConfig {
    /// The first event may not be earlier than this.
    pub not_before_us: Option<i64>,
    /// No event may be later than this.
    pub not_after_us: Option<i64>,
    /// Between two events at most this long; absent for any.
    pub max_wait_us: Option<i64>,
    /// Whether the next event must be strictly later; otherwise the same instant will do, as days without hours need.
    pub strict: bool,
}

/// How soon can what A knows or pays reach B, each step after the one before?
///
/// The path that arrives earliest. With a longest wait a node may come twice: somebody who keeps the chain alive by a
/// detour. After Wu et al., "Path problems in temporal graphs", 2014, doi:10.14778/2732939.2732945 (one pass over events
/// in time order), with the wait bounded by keeping each node's latest arrival.
///
/// # Returns      the events of the path in order; `None` if time does not allow one, empty if A is B
/// # Complexity   O(m log m) to sort, O(m) to pass
/// # Determinism  events of one instant are taken in the order (source, target, id)
pub fn earliest_arrival(
    edges: &[TemporalEdge],
    from: u32,
    to: u32,
    config: &TemporalConfig,
) -> Option<Vec<TemporalEdge>> {
    if from == to {
        return Some(Vec::new());
    }
    let mut events: Vec<TemporalEdge> = edges
        .iter()
        .filter(|e| config.not_before_us.is_none_or(|t| e.time_us >= t))
        .filter(|e| config.not_after_us.is_none_or(|t| e.time_us <= t))
        .copied()
        .collect();
    events.sort_unstable();
    let mut pass =
        Pass { events: &events, config, arrivals: HashMap::new(), parent: vec![None; events.len()] };
    let mut at = 0;
    while at < events.len() {
        let time = events[at].time_us;
        let end = at + events[at..].iter().take_while(|e| e.time_us == time).count();
        if let Some(last) = pass.instant(at..end, from, to) {
            return Some(pass.trace(last));
        }
        at = end;
    }
    None
}

struct Pass<'a> {
    events: &'a [TemporalEdge],
    config: &'a TemporalConfig,
    /// The event by which each node was reached: the first, or the latest where waiting is bounded.
    arrivals: HashMap<u32, usize>,
    parent: Vec<Option<usize>>,
}

impl Pass<'_> {
    /// Takes all events of one instant; the event that reaches the goal, if one does.
    fn instant(&mut self, range: std::ops::Range<usize>, from: u32, to: u32) -> Option<usize> {
        let mut reached: Vec<usize> = Vec::new();
        let mut waiting: Vec<usize> = Vec::new();
        for i in range.clone() {
            let event = self.events[i];
            if event.source == from {
                reached.push(i);
            } else if let Some(&before) = self.arrivals.get(&event.source)
                && self.in_time(before, i)
            {
                self.parent[i] = Some(before);
                reached.push(i);
            } else {
                waiting.push(i);
            }
        }
        if !self.config.strict {
            // Within the instant an event may follow another; `waiting` is ascending by source.
            let mut done = vec![false; range.len()];
            let mut next = 0;
            while let Some(&i) = reached.get(next) {
                next += 1;
                let node = self.events[i].target;
                let first = waiting.partition_point(|&w| self.events[w].source < node);
                let followers = waiting[first..].iter().take_while(|&&w| self.events[w].source == node);
                for &w in followers {
                    if !std::mem::replace(&mut done[w - range.start], true) {
                        self.parent[w] = Some(i);
                        reached.push(w);
                    }
                }
            }
        }
        for &i in &reached {
            let node = self.events[i].target;
            if node == to {
                return Some(i);
            }
            if self.config.max_wait_us.is_some() {
                self.arrivals.insert(node, i);
            } else {
                self.arrivals.entry(node).or_insert(i);
            }
        }
        None
    }

    fn in_time(&self, before: usize, after: usize) -> bool {
        let wait = self.events[after].time_us.saturating_sub(self.events[before].time_us);
        self.config.max_wait_us.is_none_or(|most| wait <= most)
    }

    fn trace(&self, last: usize) -> Vec<TemporalEdge> {
        let mut path = vec![self.events[last]];
        let mut at = last;
        while let Some(before) = self.parent[at] {
            path.push(self.events[before]);
            at = before;
        }
        path.reverse();
        path
    }
}
