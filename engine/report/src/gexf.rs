//! GEXF 1.3: the chart as Gephi reads it, static, with what is known of a node or edge as attributes.
//!
//! GEXF Working Group, "GEXF 1.3 Primer", 2022. First and last times are attributes and no `spells`: a dynamic file
//! makes some versions of Gephi hang. One pair may have several edges, one a layer and currency.

use crate::error::ReportError;
use crate::table::total;
use crate::xml::{element, start};
use disclose::view::graph::{EdgeView, GraphView};
use disclose::view::node::NodeView;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, Event};
use std::io::Write;

/// Attributes of nodes, with their types.
const NODE: [(&str, &str); 8] = [
    ("kind", "string"),
    ("protected", "string"),
    ("community", "string"),
    ("stability", "double"),
    ("degree", "long"),
    ("mentions", "long"),
    ("hub", "boolean"),
    ("inferred_identity", "double"),
];
/// Attributes of edges, with their types.
const EDGE: [(&str, &str); 5] = [
    ("layer", "string"),
    ("total", "string"),
    ("currency", "string"),
    ("first", "string"),
    ("last", "string"),
];

type Xml<'w> = Writer<&'w mut dyn Write>;

fn failed(source: std::io::Error) -> ReportError {
    ReportError::Write { format: "gexf", source }
}

/// Writes the graph.
///
/// # Errors      `ReportError::Write` if the writer fails
pub fn write(graph: &GraphView, writer: &mut dyn Write) -> Result<(), ReportError> {
    let mut xml = Writer::new_with_indent(writer, b' ', 1);
    let mut put = |event: Event<'_>| xml.write_event(event).map_err(failed);
    put(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let spaces =
        [("xmlns", "http://gexf.net/1.3"), ("xmlns:viz", "http://gexf.net/1.3/viz"), ("version", "1.3")];
    put(start("gexf", &spaces))?;
    put(start("graph", &[("defaultedgetype", "directed"), ("mode", "static")]))?;
    for (class, attributes) in [("node", &NODE[..]), ("edge", &EDGE[..])] {
        put(start("attributes", &[("class", class)]))?;
        for (name, kind) in attributes {
            put(Event::Empty(element("attribute", &[("id", name), ("title", name), ("type", kind)])))?;
        }
        put(Event::End(BytesEnd::new("attributes")))?;
    }
    put(start("nodes", &[]))?;
    for node in &graph.nodes {
        write_node(&mut xml, node)?;
    }
    xml.write_event(Event::End(BytesEnd::new("nodes"))).map_err(failed)?;
    xml.write_event(start("edges", &[])).map_err(failed)?;
    for edge in &graph.edges {
        write_edge(&mut xml, edge)?;
    }
    for name in ["edges", "graph", "gexf"] {
        xml.write_event(Event::End(BytesEnd::new(name))).map_err(failed)?;
    }
    xml.get_mut().write_all(b"\n").map_err(failed)
}

fn write_node(xml: &mut Xml<'_>, node: &NodeView) -> Result<(), ReportError> {
    xml.write_event(start("node", &[("id", &node.id), ("label", &node.label)])).map_err(failed)?;
    let values = [
        Some(node.kind.as_str().to_owned()),
        node.protected.clone(),
        node.community.clone(),
        node.stability.map(|s| s.to_string()),
        Some(node.degree.to_string()),
        Some(node.mentions.to_string()),
        Some(node.hub.to_string()),
        node.inferred_identity.map(|p| p.to_string()),
    ];
    attributes(xml, &NODE, &values)?;
    if let (Some(x), Some(y)) = (node.x, node.y) {
        let at = element("viz:position", &[("x", &x.to_string()), ("y", &y.to_string()), ("z", "0")]);
        xml.write_event(Event::Empty(at)).map_err(failed)?;
    }
    xml.write_event(Event::End(BytesEnd::new("node"))).map_err(failed)
}

fn write_edge(xml: &mut Xml<'_>, edge: &EdgeView) -> Result<(), ReportError> {
    let weight = edge.count.to_string();
    let ends =
        [("id", edge.id.as_str()), ("source", &edge.source), ("target", &edge.target), ("weight", &weight)];
    xml.write_event(start("edge", &ends)).map_err(failed)?;
    let values = [
        Some(edge.layer.clone()),
        total(&edge.total),
        edge.currency.clone(),
        edge.first.clone(),
        edge.last.clone(),
    ];
    attributes(xml, &EDGE, &values)?;
    xml.write_event(Event::End(BytesEnd::new("edge"))).map_err(failed)
}

/// The attributes that have a value.
fn attributes(
    xml: &mut Xml<'_>,
    names: &[(&str, &str)],
    values: &[Option<String>],
) -> Result<(), ReportError> {
    xml.write_event(start("attvalues", &[])).map_err(failed)?;
    for ((name, _), value) in names.iter().zip(values) {
        let Some(value) = value else { continue };
        xml.write_event(Event::Empty(element("attvalue", &[("for", name), ("value", value)])))
            .map_err(failed)?;
    }
    xml.write_event(Event::End(BytesEnd::new("attvalues"))).map_err(failed)
}
