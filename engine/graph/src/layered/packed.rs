//! The layered graph as plain columns of whole numbers, so that it can be stored and mapped as it lies.
//!
//! An edge is five numbers of 64 bits:
//! 1. the source in the low half, the target in the high half;
//! 2. and 3. the first and the last instant, 0 where there is none;
//! 4. the count in the low half; above it 3 bits of the layer, a bit each for "has a currency", "has a first instant"
//!    and "has a last instant", two bits of nothing, and the three letters of the currency;
//! 5. the total.
//!
//! A row of evidence is its source in the high half and its row in the low half, so that numbers sort as rows do.

use crate::column::Column;
use crate::error::GraphError;
use crate::layer::Layer;
use crate::layered::{Edge, LayeredGraph};
use model::ids::{RecordRef, SourceId};
use model::money::Currency;
use rayon::prelude::{
    IndexedParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _, ParallelSlice as _,
};

/// An edge in five numbers.
pub type Packed = [u64; 5];

const HAS_CURRENCY: u64 = 1 << 35;
const HAS_FIRST: u64 = 1 << 36;
const HAS_LAST: u64 = 1 << 37;

pub(super) fn pack(edge: &Edge) -> Packed {
    let mut marks = edge.count.min(u64::from(u32::MAX)) | (edge.layer as u64) << 32;
    if let Some(Currency([a, b, c])) = edge.currency {
        marks |= HAS_CURRENCY | u64::from(a) << 40 | u64::from(b) << 48 | u64::from(c) << 56;
    }
    if edge.first_us.is_some() {
        marks |= HAS_FIRST;
    }
    if edge.last_us.is_some() {
        marks |= HAS_LAST;
    }
    [
        u64::from(edge.source) | u64::from(edge.target) << 32,
        edge.first_us.unwrap_or_default() as u64,
        edge.last_us.unwrap_or_default() as u64,
        marks,
        edge.total as u64,
    ]
}

pub(super) fn unpack(packed: &Packed) -> Edge {
    let [_, first, last, marks, total] = *packed;
    let (source, target) = ends(packed);
    Edge {
        source,
        target,
        layer: layer(marks).unwrap_or(Layer::Shared),
        currency: (marks & HAS_CURRENCY != 0).then_some(Currency([
            (marks >> 40) as u8,
            (marks >> 48) as u8,
            (marks >> 56) as u8,
        ])),
        first_us: (marks & HAS_FIRST != 0).then_some(first as i64),
        last_us: (marks & HAS_LAST != 0).then_some(last as i64),
        count: marks & u64::from(u32::MAX),
        total: total as i64,
    }
}

/// Source and target.
pub(super) fn ends(packed: &Packed) -> (u32, u32) {
    (packed[0] as u32, (packed[0] >> 32) as u32)
}

fn layer(marks: u64) -> Option<Layer> {
    Layer::ALL.get((marks >> 32) as usize & 7).copied()
}

/// A row of evidence in one number.
pub fn pack_row(row: RecordRef) -> u64 {
    u64::from(row.source.0) << 32 | u64::from(row.row)
}

/// The row of a number.
pub fn unpack_row(row: u64) -> RecordRef {
    RecordRef { source: SourceId((row >> 32) as u32), row: row as u32 }
}

/// All that a layered graph is made of. What each column holds, the invariants of [`LayeredGraph`] say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The edges, ascending by source, target, layer and currency.
    pub edges: Column<Packed>,
    /// Where the edges that leave each node begin, and their number.
    pub out_offsets: Column<u32>,
    /// Where the edges that reach each node begin in `incoming`, and their number.
    pub in_offsets: Column<u32>,
    /// Edges by their target.
    pub incoming: Column<u32>,
    /// Distinct other nodes tied to each node.
    pub degrees: Column<u32>,
    /// Where the evidence of each edge begins, and the number of rows.
    pub evidence_offsets: Column<u64>,
    /// Rows.
    pub evidence: Column<u64>,
}

impl LayeredGraph {
    /// What the graph is made of, to be stored.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// A graph of stored columns, without copying them.
    ///
    /// # Errors      `GraphError::Malformed` where the columns do not fit each other, so that no question to the graph can
    /// fail later
    /// # Complexity  O(n + m) over the columns' own bytes, parallel
    pub fn of_columns(columns: Columns) -> Result<Self, GraphError> {
        let wrong = |what| Err(GraphError::Malformed { what });
        let (nodes, edges) = (columns.degrees.len(), columns.edges.len());
        if nodes > u32::MAX as usize || edges > u32::MAX as usize {
            return Err(GraphError::TooLarge { count: nodes.max(edges) });
        }
        if !is_index(&columns.out_offsets, nodes, edges) {
            return wrong("the rows of outgoing edges");
        }
        if !is_index(&columns.in_offsets, nodes, edges) || columns.incoming.len() != edges {
            return wrong("the rows of incoming edges");
        }
        if !is_index(&columns.evidence_offsets, edges, columns.evidence.len()) {
            return wrong("the rows of evidence");
        }
        if !columns.incoming.par_iter().all(|edge| (*edge as usize) < edges) {
            return wrong("an incoming edge");
        }
        let fits = |edge: &Packed| {
            let (source, target) = ends(edge);
            (source.max(target) as usize) < nodes && layer(edge[3]).is_some()
        };
        if !columns.edges.par_iter().with_min_len(1 << 14).all(fits) {
            return wrong("an edge");
        }
        Ok(Self { columns })
    }
}

/// Whether offsets part `items` into `rows` stretches.
fn is_index<T: Copy + Ord + Into<u64> + Sync>(offsets: &[T], rows: usize, items: usize) -> bool {
    let ends = offsets.first().zip(offsets.last());
    offsets.len() == rows + 1
        && ends.is_some_and(|(first, last)| ((*first).into(), (*last).into()) == (0, items as u64))
        && offsets.par_windows(2).with_min_len(1 << 14).all(|pair| pair[0] <= pair[1])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::layered::{EdgeInput, LayeredGraphBuilder};
    use proptest::prelude::*;
    use std::sync::Arc;

    fn edge() -> impl Strategy<Value = Edge> {
        let instant = || proptest::option::of(any::<i64>());
        let currency = proptest::option::of(any::<[u8; 3]>().prop_map(Currency));
        let ends = (any::<u32>(), any::<u32>());
        let sums = (0..=u64::from(u32::MAX), any::<i64>());
        (ends, 0usize..5, currency, instant(), instant(), sums).prop_map(
            |((source, target), layer, currency, first_us, last_us, (count, total))| Edge {
                source,
                target,
                layer: Layer::ALL[layer],
                currency,
                first_us,
                last_us,
                count,
                total,
            },
        )
    }

    fn graph() -> LayeredGraph {
        let mut builder = LayeredGraphBuilder::new(4);
        for (row, (source, target)) in (1u32..).zip([(0, 1), (1, 2), (0, 1), (3, 0), (2, 2)]) {
            let evidence = [RecordRef { source: SourceId(1), row }];
            let currency = (row % 2 == 0).then_some(Currency(*b"USD"));
            let layer = Layer::Money;
            let (first_us, last_us) = (Some(5), None);
            builder
                .add(EdgeInput {
                    source,
                    target,
                    layer,
                    first_us,
                    last_us,
                    count: 1,
                    total: -7,
                    currency,
                    evidence: &evidence,
                })
                .unwrap();
        }
        builder.build().unwrap()
    }

    proptest! {
        #[test]
        fn an_edge_comes_back(edge in edge()) {
            prop_assert_eq!(unpack(&pack(&edge)), edge);
        }

        #[test]
        fn rows_sort_as_their_numbers(a in any::<(u32, u32)>(), b in any::<(u32, u32)>()) {
            let row = |(source, row)| RecordRef { source: SourceId(source), row };
            prop_assert_eq!(unpack_row(pack_row(row(a))), row(a));
            prop_assert_eq!(row(a).cmp(&row(b)), pack_row(row(a)).cmp(&pack_row(row(b))));
        }

        /// Whatever numbers stand in the columns, they are refused or every question to the graph has an answer.
        #[test]
        fn forged_columns_are_refused_or_harmless(column in 0usize..7, at in 0usize..40, word in any::<u64>()) {
            let mut columns = graph().columns().clone();
            match column {
                0 => altered(&mut columns.edges, at / 5, |edge| edge[at % 5] = word),
                1 => altered(&mut columns.out_offsets, at, |n| *n = word as u32),
                2 => altered(&mut columns.in_offsets, at, |n| *n = word as u32),
                3 => altered(&mut columns.incoming, at, |n| *n = word as u32),
                4 => altered(&mut columns.degrees, at, |n| *n = word as u32),
                5 => altered(&mut columns.evidence_offsets, at, |n| *n = word % 8),
                _ => altered(&mut columns.evidence, at, |n| *n = word),
            }
            if let Ok(graph) = LayeredGraph::of_columns(columns) {
                for node in 0..graph.node_count() as u32 {
                    for near in graph.neighbors(node) {
                        prop_assert!((near.node as usize) < graph.node_count());
                        prop_assert!(graph.evidence(near.edge).count() <= 8);
                    }
                    prop_assert!(graph.edges_between(node, 0).end as usize <= graph.edge_count());
                }
            }
        }
    }

    fn altered<T: Copy>(column: &mut Column<T>, at: usize, alter: impl Fn(&mut T)) {
        let mut own = column.to_vec();
        let at = at % own.len();
        alter(&mut own[at]);
        *column = own.into();
    }

    #[test]
    fn a_graph_of_lent_columns_is_the_same_graph() {
        let own = graph();
        let Columns { edges, out_offsets, in_offsets, incoming, degrees, evidence_offsets, evidence } =
            own.columns().clone();
        fn lent<T: Clone + Send + Sync + 'static>(column: Column<T>) -> Column<T> {
            Column::Lent(Arc::new(column.to_vec()))
        }
        let columns = Columns {
            edges: lent(edges),
            out_offsets: lent(out_offsets),
            in_offsets: lent(in_offsets),
            incoming: lent(incoming),
            degrees: lent(degrees),
            evidence_offsets: lent(evidence_offsets),
            evidence: lent(evidence),
        };
        let graph = LayeredGraph::of_columns(columns).unwrap();
        assert_eq!(graph, own);
        assert_eq!(graph.degree(0), 2);
        assert_eq!(graph.evidence(0).map(|r| r.row).collect::<Vec<_>>(), [1, 3]);
    }

    #[test]
    fn columns_that_do_not_fit_are_named() {
        let short = |cut: &dyn Fn(&mut Columns)| {
            let mut columns = graph().columns().clone();
            cut(&mut columns);
            LayeredGraph::of_columns(columns).unwrap_err()
        };
        let named = |what| GraphError::Malformed { what };
        assert_eq!(short(&|c| c.out_offsets = vec![0].into()), named("the rows of outgoing edges"));
        assert_eq!(short(&|c| c.incoming = vec![].into()), named("the rows of incoming edges"));
        assert_eq!(short(&|c| c.evidence = vec![].into()), named("the rows of evidence"));
        assert_eq!(short(&|c| altered(&mut c.incoming, 0, |e| *e = 99)), named("an incoming edge"));
        assert_eq!(short(&|c| altered(&mut c.edges, 0, |e| e[0] = 4)), named("an edge"));
        assert_eq!(short(&|c| altered(&mut c.edges, 0, |e| e[3] = 7 << 32)), named("an edge"));
    }
}
