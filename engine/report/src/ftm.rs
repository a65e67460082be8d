//! FollowTheMoney: entities as JSON lines, as OpenAleph and its kin read them.
//!
//! | ours | schema | properties |
//! |---|---|---|
//! | person, organisation, unnamed party | `Person`, `Organization`, `LegalEntity` | `name`, `alias`, `birthDate`, `gender`, `idNumber`, `phone`, `address` |
//! | telephone number | `LegalEntity` (whoever answers it; the schema of calls wants one) | `name`, `phone` |
//! | account | `BankAccount` | `accountNumber`, `iban` |
//! | address | `Address` | `full` |
//! | calls | `Call` | `caller`, `receiver`, `duration` (sum, seconds), `startDate`, `endDate` |
//! | money | `Payment` | `payer` or `payerAccount`, `beneficiary` or `beneficiaryAccount`, `amount` (sum), `currency` |
//! | document held by several | `Identification`, one a holder | `holder`, `number` |
//! | any other tie | `UnknownLink` | `subject`, `object`, `role` |
//!
//! FollowTheMoney has no SIM cards or handsets: they are `Madeja:SimCard` and `Madeja:Handset`, with `name`, and
//! their uses `Madeja:Use` with `user` and `device`; a stock loader passes over schemata it does not know, and the
//! rest stands without them. Two properties of ours on stock schemata, which stock loaders ignore:
//! `madejaEvents` (how many events a tie sums up) and `madejaProtected` (class of a protected party).
//! A pseudonym is a name like any other here: this crate knows no more than the view.

use crate::error::ReportError;
use crate::export::ExportInput;
use crate::table::total;
use disclose::view::entity::EntityView;
use disclose::view::graph::EdgeView;
use disclose::view::node::{NodeKind, NodeView};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;

/// One entity of FollowTheMoney.
#[derive(Debug, Serialize)]
struct Proxy {
    id: String,
    schema: &'static str,
    properties: BTreeMap<&'static str, Vec<String>>,
}

impl Proxy {
    fn new(id: &str, schema: &'static str) -> Self {
        Self { id: id.to_owned(), schema, properties: BTreeMap::new() }
    }

    fn with(mut self, property: &'static str, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let held = self.properties.entry(property).or_default();
        for value in values {
            let value = value.into();
            if !value.is_empty() && !held.contains(&value) {
                held.push(value);
            }
        }
        if held.is_empty() {
            self.properties.remove(property);
        }
        self
    }
}

/// Writes the graph and what the cards add to it.
///
/// # Errors      `ReportError::Write` if the writer fails
pub fn write(input: &ExportInput<'_>, writer: &mut dyn Write) -> Result<(), ReportError> {
    let cards: BTreeMap<&str, &EntityView> = input.entities.iter().map(|e| (e.node.id.as_str(), e)).collect();
    let nodes: BTreeMap<&str, &NodeView> = input.graph.nodes.iter().map(|n| (n.id.as_str(), n)).collect();
    for node in &input.graph.nodes {
        if let Some(proxy) = node_proxy(node, cards.get(node.id.as_str()).copied()) {
            line(&proxy, writer)?;
        }
    }
    for edge in &input.graph.edges {
        let ends = (nodes.get(edge.source.as_str()), nodes.get(edge.target.as_str()));
        if let (Some(source), Some(target)) = ends {
            line(&edge_proxy(edge, source, target), writer)?;
        }
    }
    Ok(())
}

fn line(proxy: &Proxy, writer: &mut dyn Write) -> Result<(), ReportError> {
    let json = serde_json::to_string(proxy)
        .map_err(|e| ReportError::Encode { format: "ftm", detail: e.to_string() })?;
    writeln!(writer, "{json}").map_err(|source| ReportError::Write { format: "ftm", source })
}

/// The value of a public id, `prefix:value`; nothing for a pseudonym.
fn value(id: &str) -> Option<&str> {
    let known = ["tel:", "imsi:", "imei:", "acct:", "doc:", "addr:"];
    known.into_iter().find_map(|prefix| id.strip_prefix(prefix))
}

fn node_proxy(node: &NodeView, card: Option<&EntityView>) -> Option<Proxy> {
    let schema = match node.kind {
        NodeKind::Person => "Person",
        NodeKind::Organisation => "Organization",
        NodeKind::Telephone | NodeKind::Unknown => "LegalEntity",
        NodeKind::Account => "BankAccount",
        NodeKind::Place => "Address",
        NodeKind::Sim => "Madeja:SimCard",
        NodeKind::Handset => "Madeja:Handset",
        // A document is a property of its holders: see `edge_proxy`.
        NodeKind::Document => return None,
    };
    let mut proxy = Proxy::new(&node.id, schema)
        .with("name", [node.label.as_str()])
        .with("madejaProtected", node.protected.as_deref());
    proxy = match (node.kind, value(&node.id)) {
        (NodeKind::Telephone, Some(number)) => proxy.with("phone", [number]),
        (NodeKind::Place, Some(_)) => proxy.with("full", [node.label.as_str()]),
        (NodeKind::Account, Some(number)) => proxy.with("accountNumber", [number]).with("iban", iban(number)),
        _ => proxy,
    };
    let Some(card) = card else { return Some(proxy) };
    let of = |kind: NodeKind| {
        card.identifiers.iter().filter(move |i| i.kind == kind).map(|i| shown(&i.id, &i.label))
    };
    Some(
        proxy
            .with("name", card.names.iter().map(|n| n.text.as_str()))
            .with("alias", card.aliases.iter().map(String::as_str))
            .with("birthDate", card.birth.as_deref())
            .with("gender", card.sex.as_deref())
            .with("idNumber", card.documents.iter().map(|d| shown(&d.id, &d.label)))
            .with("phone", of(NodeKind::Telephone))
            .with("address", of(NodeKind::Place)),
    )
}

/// The machine form of an identifier that the reader knows, else its pseudonym.
fn shown<'v>(id: &'v str, label: &'v str) -> &'v str {
    match value(id) {
        Some(value) => value.split_once(':').map_or(value, |(_, number)| number),
        None => label,
    }
}

/// An account that is written like an IBAN: country, two check digits, at least eleven more characters.
fn iban(number: &str) -> Option<&str> {
    let bytes = number.as_bytes();
    let country = bytes.get(..2)?.iter().all(u8::is_ascii_uppercase);
    let check = bytes.get(2..4)?.iter().all(u8::is_ascii_digit);
    (country && check && number.len() >= 15).then_some(number)
}

fn is_party(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::Person | NodeKind::Organisation | NodeKind::Unknown | NodeKind::Telephone)
}

fn edge_proxy(edge: &EdgeView, source: &NodeView, target: &NodeView) -> Proxy {
    let (from, to) = (source.id.as_str(), target.id.as_str());
    let proxy = |schema| {
        Proxy::new(&edge.id, schema)
            .with("startDate", edge.first.as_deref())
            .with("endDate", edge.last.as_deref())
            .with("madejaEvents", [edge.count.to_string()])
    };
    match (edge.layer.as_str(), target.kind) {
        ("calls", _) if is_party(source.kind) && is_party(target.kind) => {
            proxy("Call").with("caller", [from]).with("receiver", [to]).with("duration", total(&edge.total))
        }
        ("money", _) => {
            let account = |node: &NodeView, party, account| {
                if node.kind == NodeKind::Account { account } else { party }
            };
            proxy("Payment")
                .with(account(source, "payer", "payerAccount"), [from])
                .with(account(target, "beneficiary", "beneficiaryAccount"), [to])
                .with("amount", total(&edge.total))
                .with("currency", edge.currency.as_deref())
        }
        (_, NodeKind::Document) => {
            proxy("Identification").with("holder", [from]).with("number", [shown(&target.id, &target.label)])
        }
        (_, NodeKind::Sim | NodeKind::Handset) => {
            proxy("Madeja:Use").with("user", [from]).with("device", [to])
        }
        (layer, _) => proxy("UnknownLink").with("subject", [from]).with("object", [to]).with("role", [layer]),
    }
}
