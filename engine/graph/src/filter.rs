//! Which edges a query may use: layers, a window of time, and how many events they need.

use crate::layer::LayerSet;
use crate::layered::Edge;

/// A choice of edges; the default takes all.
///
/// An edge is aggregated over time, so the window asks whether its span of first to last meets `[from, to)`. To ask
/// for single events inside the window, build the graph from the events of the window. An edge without times (kinship,
/// a shared address) is a standing fact and passes every window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EdgeFilter {
    /// The layers that count.
    pub layers: LayerSet,
    /// First instant of the window, microseconds UTC; open if absent.
    pub from_us: Option<i64>,
    /// First instant after the window; open if absent.
    pub to_us: Option<i64>,
    /// Edges of fewer events do not count; 0 and 1 let all pass.
    pub least: u64,
}

impl EdgeFilter {
    /// Whether the edge is among those chosen.
    pub fn passes(&self, edge: &Edge) -> bool {
        self.layers.contains(edge.layer)
            && (self.least < 2 || edge.count >= self.least)
            && !matches!((edge.last_us, self.from_us), (Some(last), Some(from)) if last < from)
            && !matches!((edge.first_us, self.to_us), (Some(first), Some(to)) if first >= to)
    }
}
