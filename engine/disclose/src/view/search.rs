//! What a query found. Absent and hidden look alike: the index of an audience never held what it may not see.

use crate::reader::Reader;
use crate::view::node::{NodeInput, NodeView};
use search::terms::Field;
use serde::Serialize;
use utoipa::ToSchema;

/// One hit, joined to its node.
#[derive(Clone, Debug)]
pub struct SearchHitInput {
    /// The node found.
    pub node: NodeInput,
    /// What kind of value met the query.
    pub field: Field,
    /// The value.
    pub matched: String,
    /// How well, 0..=1.
    pub score: f32,
}

/// One hit, as this reader may see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct SearchHitView {
    /// The node.
    pub node: NodeView,
    /// name, phone, document, account, device, address, alias or other.
    pub field: String,
    /// The value that met the query.
    pub matched: String,
    /// How well, 0..=1.
    pub score: f32,
}

/// What a query found.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct SearchView {
    /// Best first.
    pub hits: Vec<SearchHitView>,
    /// Nodes that meet the query.
    pub total: u64,
}

impl SearchView {
    /// The view of an answer. A masked node is found by its pseudonym alone, whatever index was asked.
    pub fn new(hits: &[SearchHitInput], total: u64, reader: &Reader<'_>) -> Self {
        let given = hits.len() as u64;
        let hits: Vec<SearchHitView> = hits
            .iter()
            .filter_map(|hit| {
                let mask = reader.seen(&hit.node.node).mask();
                if mask.is_some_and(|pseudonym| pseudonym != hit.matched) {
                    return None;
                }
                Some(SearchHitView {
                    node: NodeView::new(&hit.node, reader)?,
                    field: hit.field.as_str().to_owned(),
                    matched: if mask.is_some() {
                        hit.matched.clone()
                    } else {
                        reader.scrub_numbers(&hit.matched).into_owned()
                    },
                    score: hit.score,
                })
            })
            .collect();
        let dropped = given - hits.len() as u64;
        Self { hits, total: total.saturating_sub(dropped) }
    }
}
