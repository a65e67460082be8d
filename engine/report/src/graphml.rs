//! GraphML: the chart as other graph tools read it, one `<data>` for each property that a node or edge has.
//!
//! U. Brandes, M. Eiglsperger, I. Herman, M. Himsolt, M. S. Marshall: GraphML Progress Report, 2002,
//! doi:10.1007/3-540-45848-4_59. Every edge is directed, and one pair may have several, one a layer and currency.

use crate::error::ReportError;
use crate::table::total;
use crate::xml::{element, legal, start};
use disclose::view::graph::{EdgeView, GraphView};
use disclose::view::node::NodeView;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesText, Event};
use std::io::Write;

/// Name, type and whether nodes have it (else edges).
const KEYS: [(&str, &str, bool); 17] = [
    ("kind", "string", true),
    ("label", "string", true),
    ("protected", "string", true),
    ("community", "string", true),
    ("stability", "double", true),
    ("degree", "long", true),
    ("mentions", "long", true),
    ("hub", "boolean", true),
    ("inferred_identity", "double", true),
    ("x", "double", true),
    ("y", "double", true),
    ("layer", "string", false),
    ("count", "long", false),
    ("total", "string", false),
    ("currency", "string", false),
    ("first", "string", false),
    ("last", "string", false),
];

type Xml<'w> = Writer<&'w mut dyn Write>;

fn failed(source: std::io::Error) -> ReportError {
    ReportError::Write { format: "graphml", source }
}

/// Writes the graph.
///
/// # Errors      `ReportError::Write` if the writer fails
pub fn write(graph: &GraphView, writer: &mut dyn Write) -> Result<(), ReportError> {
    let mut xml = Writer::new_with_indent(writer, b' ', 1);
    let mut put = |event: Event<'_>| xml.write_event(event).map_err(failed);
    put(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    put(start("graphml", &[("xmlns", "http://graphml.graphdrawing.org/xmlns")]))?;
    for (name, kind, on_nodes) in KEYS {
        let on = if on_nodes { "node" } else { "edge" };
        let key = element("key", &[("id", name), ("for", on), ("attr.name", name), ("attr.type", kind)]);
        put(Event::Empty(key))?;
    }
    put(start("graph", &[("id", "madeja"), ("edgedefault", "directed")]))?;
    for node in &graph.nodes {
        write_node(&mut xml, node)?;
    }
    for edge in &graph.edges {
        write_edge(&mut xml, edge)?;
    }
    for name in ["graph", "graphml"] {
        xml.write_event(Event::End(BytesEnd::new(name))).map_err(failed)?;
    }
    xml.get_mut().write_all(b"\n").map_err(failed)
}

fn write_node(xml: &mut Xml<'_>, node: &NodeView) -> Result<(), ReportError> {
    xml.write_event(start("node", &[("id", &node.id)])).map_err(failed)?;
    data(xml, "kind", Some(node.kind.as_str()))?;
    data(xml, "label", Some(&node.label))?;
    data(xml, "protected", node.protected.as_deref())?;
    data(xml, "community", node.community.as_deref())?;
    data(xml, "stability", node.stability.map(|s| s.to_string()).as_deref())?;
    data(xml, "degree", Some(&node.degree.to_string()))?;
    data(xml, "mentions", Some(&node.mentions.to_string()))?;
    data(xml, "hub", Some(&node.hub.to_string()))?;
    data(xml, "inferred_identity", node.inferred_identity.map(|p| p.to_string()).as_deref())?;
    data(xml, "x", node.x.map(|v| v.to_string()).as_deref())?;
    data(xml, "y", node.y.map(|v| v.to_string()).as_deref())?;
    xml.write_event(Event::End(BytesEnd::new("node"))).map_err(failed)
}

fn write_edge(xml: &mut Xml<'_>, edge: &EdgeView) -> Result<(), ReportError> {
    let ends = [("id", edge.id.as_str()), ("source", edge.source.as_str()), ("target", edge.target.as_str())];
    xml.write_event(start("edge", &ends)).map_err(failed)?;
    data(xml, "layer", Some(&edge.layer))?;
    data(xml, "count", Some(&edge.count.to_string()))?;
    data(xml, "total", total(&edge.total).as_deref())?;
    data(xml, "currency", edge.currency.as_deref())?;
    data(xml, "first", edge.first.as_deref())?;
    data(xml, "last", edge.last.as_deref())?;
    xml.write_event(Event::End(BytesEnd::new("edge"))).map_err(failed)
}

fn data(xml: &mut Xml<'_>, key: &str, value: Option<&str>) -> Result<(), ReportError> {
    let Some(value) = value else { return Ok(()) };
    xml.write_event(start("data", &[("key", key)])).map_err(failed)?;
    xml.write_event(Event::Text(BytesText::new(&legal(value)))).map_err(failed)?;
    xml.write_event(Event::End(BytesEnd::new("data"))).map_err(failed)
}
