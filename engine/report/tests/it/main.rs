//! Exports of a small graph with a protected party: each format well formed, and no word more than the views.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use disclose::audience::{Audience, Lang};
use disclose::citation::{CitedSource, SourceBook};
use disclose::policy::{NodeRef, Policy, PolicyBuilder};
use disclose::reader::Reader;
use disclose::view::entity::{EntityInput, EntityView, HoldingInput};
use disclose::view::graph::{EdgeInput, GraphView};
use disclose::view::node::NodeInput;
use disclose::view::row::{RowContent, RowInput, RowView};
use graph::layer::Layer;
use model::identifier::{Identifier, IdentifierKind, NormFlags, Normal};
use model::ids::{RecordRef, SourceId};
use model::money::Currency;
use model::provenance::{Digest, SourceKey};
use model::record::CallRecord;
use model::sensitivity::{Clearance, Sensitivity};
use model::time::Interval;
use report::export::{ExportInput, Format, export, export_tables};
use std::collections::BTreeSet;

fn id(kind: IdentifierKind, value: &str) -> Identifier {
    Identifier::new(kind, value)
}

struct World {
    graph: GraphView,
    entities: Vec<EntityView>,
    rows: Vec<RowView>,
}

fn world(clearance: Sensitivity) -> World {
    let victim_phone = id(IdentifierKind::Msisdn, "+50390001234");
    let policy: Policy = {
        let mut builder = PolicyBuilder::default();
        builder.entity("E-VICTIM", Sensitivity::Victim, "V-01", ["Xiomara Canario"]);
        builder.identifier_of("V-01", Sensitivity::Victim, victim_phone.clone());
        builder.build()
    };
    let key = SourceKey { digest: Digest([1; 32]), sheet: "Entrantes".into() };
    let book = SourceBook::new(vec![CitedSource { key, file: "=cdr.xlsx".into() }]);
    let reader = Reader::new(&policy, Audience::new(Clearance(clearance), Lang::Es, None), &book);
    let named = |key: &str, name: &str| NodeInput {
        name: Some(name.to_owned()),
        ..NodeInput::new(NodeRef::Entity(key.to_owned()))
    };
    let open = named("E-OPEN", "=cmd|'/c calc'!A1 <&\u{1}>");
    let victim = named("E-VICTIM", "Xiomara Canario");
    let account =
        NodeInput::new(NodeRef::Identifier(id(IdentifierKind::AccountNumber, "CR05015202001026284066")));
    let handset = NodeInput::new(NodeRef::Identifier(id(IdentifierKind::Imei, "99015420300001")));
    let paper = NodeInput::new(NodeRef::Identifier(id(IdentifierKind::DocumentNumber, "SV-DUI:991234567")));
    let edge = |source: &NodeInput, target: &NodeInput, layer, currency| EdgeInput {
        source: source.node.clone(),
        target: target.node.clone(),
        layer,
        count: 2,
        total: 145_000,
        currency,
        first_us: Some(0),
        last_us: Some(60_000_000),
        inferred: false,
        rows: Vec::new(),
        rows_in_all: 0,
    };
    let edges = [
        edge(&open, &victim, Layer::Calls, None),
        edge(&open, &account, Layer::Money, Some(Currency(*b"USD"))),
        edge(&open, &handset, Layer::Shared, None),
        edge(&open, &paper, Layer::Shared, None),
        edge(&open, &victim, Layer::Kin, None),
    ];
    let holding = HoldingInput {
        identifier: victim_phone,
        validity: Interval::default(),
        flags: NormFlags::NONE,
        rows: 1,
    };
    let card = EntityInput {
        names: vec![("Xiomara Canario".into(), 1)],
        holdings: vec![holding],
        ..EntityInput::new(victim.clone())
    };
    let call = CallRecord {
        record: RecordRef { source: SourceId(0), row: 418 },
        caller: Normal { raw: "70004321".into(), value: Some("+50370004321".into()), flags: NormFlags::NONE },
        receiver: Normal {
            raw: "90001234".into(),
            value: Some("+50390001234".into()),
            flags: NormFlags::NONE,
        },
        ..CallRecord::default()
    };
    let row = RowInput {
        content: RowContent::Call(&call),
        first: None,
        second: None,
        raw: Some("70004321;90001234"),
    };
    World {
        graph: GraphView::new(&[open, victim, account, handset, paper], &edges, &[], None, None, &reader),
        entities: vec![EntityView::new(&card, &reader).unwrap()],
        rows: vec![RowView::new(&row, &reader).unwrap()],
    }
}

fn written(format: Format, world: &World) -> String {
    let input = ExportInput { graph: &world.graph, entities: &world.entities, rows: &world.rows };
    let mut out = Vec::new();
    export(format, &input, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn no_format_tells_more_than_the_views() {
    for format in Format::ALL {
        let masked = written(format, &world(Sensitivity::Open));
        for form in ["Xiomara", "Canario", "90001234", "9000-1234", "E-VICTIM"] {
            assert!(!masked.contains(form), "{} tells {form}: {masked}", format.as_str());
        }
        assert!(masked.contains("V-01"), "{}: {masked}", format.as_str());
        assert_ne!(masked, written(format, &world(Sensitivity::Victim)), "{}", format.as_str());
        assert_eq!(Format::parse(format.as_str()), Some(format));
    }
}

#[test]
fn followthemoney_lines_refer_to_each_other() {
    let text = written(Format::Ftm, &world(Sensitivity::Victim));
    let lines: Vec<serde_json::Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let ids: BTreeSet<&str> = lines.iter().map(|l| l["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), lines.len());
    let schemata: Vec<&str> = lines.iter().map(|l| l["schema"].as_str().unwrap()).collect();
    for schema in [
        "Person",
        "BankAccount",
        "Madeja:Handset",
        "Madeja:Use",
        "Call",
        "Payment",
        "Identification",
        "UnknownLink",
    ] {
        assert!(schemata.contains(&schema), "{schema} is not among {schemata:?}");
    }
    for line in &lines {
        for property in
            ["caller", "receiver", "payer", "beneficiaryAccount", "holder", "user", "device", "subject"]
        {
            for end in line["properties"][property].as_array().into_iter().flatten() {
                assert!(ids.contains(end.as_str().unwrap()), "{property} {end} is no line");
            }
        }
        let values = line["properties"].as_object().unwrap().values();
        assert!(
            values
                .into_iter()
                .all(|v| v.as_array().is_some_and(|v| v.iter().all(serde_json::Value::is_string)))
        );
    }
    let payment = lines.iter().find(|l| l["schema"] == "Payment").unwrap();
    assert_eq!(payment["properties"]["amount"][0], "1450.00");
    let victim = lines.iter().find(|l| l["id"] == "E-VICTIM").unwrap();
    assert_eq!(victim["properties"]["phone"][0], "+50390001234");
}

#[test]
fn graphml_and_gexf_are_well_formed() {
    use quick_xml::events::Event;
    for format in [Format::Graphml, Format::Gexf] {
        let text = written(format, &world(Sensitivity::Open));
        let mut reader = quick_xml::Reader::from_str(&text);
        let (mut nodes, mut edges, mut depth) = (0, 0, 0i32);
        loop {
            match reader.read_event().unwrap() {
                Event::Start(e) => {
                    depth += 1;
                    nodes += i32::from(e.name().as_ref() == "node");
                    edges += i32::from(e.name().as_ref() == "edge");
                    assert!(e.attributes().all(|a| a.is_ok()));
                }
                Event::End(_) => depth -= 1,
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!((nodes, edges, depth), (5, 5, 0));
        assert!(!text.contains('\u{1}') && text.contains("&lt;&amp;"), "{text}");
    }
}

#[test]
fn tables_hold_no_formula() {
    let world = world(Sensitivity::Open);
    let dir = tempfile::tempdir().unwrap();
    let input = ExportInput { graph: &world.graph, entities: &world.entities, rows: &world.rows };
    export_tables(dir.path(), &input).unwrap();
    for (name, rows) in [("nodes.csv", 5), ("edges.csv", 5), ("rows.csv", 1)] {
        let mut reader = csv::Reader::from_path(dir.path().join(name)).unwrap();
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), rows, "{name}");
        for cell in records.iter().flatten() {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{name}: {cell}");
        }
    }
    assert!(export_tables(&dir.path().join("absent"), &input).is_err());
}
