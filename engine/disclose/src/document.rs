//! What an audience may search: one document a node, made by the same rules as the views.

use crate::format;
use crate::policy::{NodeRef, Seen};
use crate::reader::Reader;
use crate::view::entity::EntityInput;
use crate::view::node::NodeView;
use model::identifier::{Identifier, IdentifierKind};
use search::index::SearchDocument;
use search::terms::Field;

/// The document by which an audience finds a node; `None` if for it the node does not exist.
///
/// A masked node is found by its pseudonym and nothing else.
pub fn search_document(input: &EntityInput, reader: &Reader<'_>) -> Option<SearchDocument> {
    let view = NodeView::new(&input.node, reader)?;
    let mut fields: Vec<(Field, String)> = Vec::new();
    match (reader.seen(&input.node.node), &input.node.node) {
        (Seen::Masked(p), _) => fields.push((Field::Other, p.pseudonym.clone())),
        (seen, node) => {
            if let NodeRef::Identifier(identifier) = node {
                fields.extend(field(identifier, reader));
            } else {
                fields.push((Field::Other, view.id.clone()));
            }
            if let Seen::Opened(p) = seen {
                fields.push((Field::Other, p.pseudonym.clone()));
            }
            fields
                .extend(input.names.iter().map(|(n, _)| (Field::Name, reader.scrub_numbers(n).into_owned())));
            fields.extend(input.aliases.iter().map(|a| (Field::Alias, reader.scrub(a).into_owned())));
            fields.extend(input.holdings.iter().filter_map(|h| field(&h.identifier, reader)));
        }
    }
    fields.sort();
    fields.dedup();
    Some(SearchDocument { node_id: view.id, kind: view.kind.as_str().to_owned(), title: view.label, fields })
}

/// What finds an identifier; nothing where the audience may not know it, for its own document has its pseudonym.
fn field(identifier: &Identifier, reader: &Reader<'_>) -> Option<(Field, String)> {
    match reader.seen(&NodeRef::Identifier(identifier.clone())) {
        Seen::Masked(_) | Seen::Absent => return None,
        Seen::Open | Seen::Opened(_) => {}
    }
    if !reader.is_clean(&identifier.value) {
        return None;
    }
    let field = match identifier.kind {
        IdentifierKind::Msisdn => Field::Phone,
        IdentifierKind::Imsi | IdentifierKind::Imei => Field::Device,
        IdentifierKind::AccountNumber => Field::Account,
        IdentifierKind::DocumentNumber => Field::Document,
        IdentifierKind::Address => return Some((Field::Address, format::display_name(&identifier.value))),
    };
    Some((field, identifier.value.clone()))
}
