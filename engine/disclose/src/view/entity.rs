//! The card of a party or identifier: what sources say of it, what is linked to it, whom it is in touch with.

use crate::format;
use crate::policy::{NodeRef, Seen};
use crate::reader::Reader;
use crate::view::graph::Total;
use crate::view::lineage::{HistoryInput, HistoryView};
use crate::view::node::{NodeInput, NodeKind, NodeView, full_label};
use crate::view::row::flag_keys;
use graph::layer::Layer;
use model::identifier::{Identifier, NormFlags};
use model::ids::{MentionRole, RecordRef};
use model::money::Currency;
use model::party::Sex;
use model::sensitivity::Sensitivity;
use model::time::{Basis, CivilDate, Interval};
use serde::Serialize;
use utoipa::ToSchema;

/// An identifier that the party holds or held.
#[derive(Clone, Debug)]
pub struct HoldingInput {
    /// The identifier.
    pub identifier: Identifier,
    /// When it was held.
    pub validity: Interval,
    /// What reading supposed.
    pub flags: NormFlags,
    /// Rows that say so.
    pub rows: u64,
}

/// One mention of the party.
#[derive(Clone, Debug)]
pub struct EntityMentionInput {
    /// The row.
    pub record: RecordRef,
    /// The part in it.
    pub role: MentionRole,
    /// The name as written there.
    pub text: String,
}

/// One contact of the party in one layer.
#[derive(Clone, Debug)]
pub struct ContactInput {
    /// The other node.
    pub node: NodeInput,
    /// What kind of tie.
    pub layer: Layer,
    /// Events.
    pub count: u64,
    /// Seconds or minor units.
    pub total: i64,
    /// Currency of money.
    pub currency: Option<Currency>,
    /// First instant.
    pub first_us: Option<i64>,
    /// Last instant.
    pub last_us: Option<i64>,
}

/// What an entity view is made from.
#[derive(Clone, Debug)]
pub struct EntityInput {
    /// The node itself.
    pub node: NodeInput,
    /// Names as written, each with its number of mentions, most first.
    pub names: Vec<(String, u64)>,
    /// Nicknames as written.
    pub aliases: Vec<String>,
    /// Documents and everything else it holds; documents are told apart by their kind.
    pub holdings: Vec<HoldingInput>,
    /// Birth date.
    pub birth: Option<CivilDate>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Parts in the case as sources state them.
    pub standing: Vec<String>,
    /// Its mentions, ascending.
    pub mentions: Vec<EntityMentionInput>,
    /// Its contacts, in any order.
    pub contacts: Vec<ContactInput>,
    /// Events by day of the week (Sunday first) and hour.
    pub pattern_of_life: [[u32; 24]; 7],
    /// Ids of findings that touch it.
    pub findings: Vec<String>,
    /// What became of its id.
    pub history: Vec<HistoryInput>,
}

impl EntityInput {
    /// A node of which nothing more is said.
    pub fn new(node: NodeInput) -> Self {
        Self {
            node,
            names: Vec::new(),
            aliases: Vec::new(),
            holdings: Vec::new(),
            birth: None,
            sex: None,
            standing: Vec::new(),
            mentions: Vec::new(),
            contacts: Vec::new(),
            pattern_of_life: [[0; 24]; 7],
            findings: Vec::new(),
            history: Vec::new(),
        }
    }
}

/// A name as sources write it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct NameView {
    /// The name.
    pub text: String,
    /// Mentions that write it so.
    pub count: u64,
}

/// A document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct DocumentView {
    /// Public id or pseudonym.
    pub id: String,
    /// The document in full, or its pseudonym.
    pub label: String,
    /// What was noticed.
    pub flags: Vec<String>,
    /// Held from.
    pub from: Option<String>,
    /// Held until.
    pub to: Option<String>,
}

/// A number, account, device or address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct IdentifierView {
    /// Public id or pseudonym.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// The identifier in full, or its pseudonym.
    pub label: String,
    /// Held from.
    pub from: Option<String>,
    /// Held until.
    pub to: Option<String>,
    /// stated, observed, inferred or unknown.
    pub basis: String,
    /// What was noticed.
    pub flags: Vec<String>,
    /// Rows that say so.
    pub rows: u64,
}

/// One mention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct EntityMentionView {
    /// Short id of the source.
    pub source: String,
    /// Name of the file.
    pub file: String,
    /// 1-based row.
    pub row: u32,
    /// person, subscriber, holder, payer or beneficiary.
    pub role: String,
    /// The name as written, or the pseudonym.
    pub text: String,
}

/// One contact in one layer.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct ContactView {
    /// The other node.
    pub node: NodeView,
    /// calls, money, shared, kin or presence.
    pub layer: String,
    /// Events.
    pub count: u64,
    /// Seconds for calls, decimal text for money.
    pub total: Option<Total>,
    /// Currency of money.
    pub currency: Option<String>,
    /// First instant.
    pub first: Option<String>,
    /// Last instant.
    pub last: Option<String>,
}

/// The card of a party or identifier, as this reader may see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct EntityView {
    /// The node itself.
    pub node: NodeView,
    /// Names.
    pub names: Vec<NameView>,
    /// Nicknames: descriptors, never identities.
    pub aliases: Vec<String>,
    /// Documents.
    pub documents: Vec<DocumentView>,
    /// Numbers, accounts, devices, addresses.
    pub identifiers: Vec<IdentifierView>,
    /// Birth date, `YYYY-MM-DD`.
    pub birth: Option<String>,
    /// female or male.
    pub sex: Option<String>,
    /// Parts in the case as sources state them.
    pub standing: Vec<String>,
    /// Mentions.
    pub mentions: Vec<EntityMentionView>,
    /// Contacts, most active first, then by public id.
    pub contacts: Vec<ContactView>,
    /// Events by day of the week (Sunday first) and hour.
    pub pattern_of_life: Vec<Vec<u32>>,
    /// Ids of findings.
    pub findings: Vec<String>,
    /// What became of its id, the oldest first.
    pub history: Vec<HistoryView>,
    /// open, witness, victim, minor or sealed.
    pub class: String,
}

impl EntityView {
    /// The card of a node; `None` if for this reader it does not exist.
    pub fn new(input: &EntityInput, reader: &Reader<'_>) -> Option<Self> {
        let seen = reader.seen(&input.node.node);
        let node = NodeView::new(&input.node, reader)?;
        let mask = seen.mask();
        let shown = mask.is_none();
        let plain = |texts: &[String]| -> Vec<String> {
            texts.iter().filter(|_| shown).map(|t| reader.scrub(t).into_owned()).collect()
        };
        let (mut documents, mut identifiers) = (Vec::new(), Vec::new());
        for holding in &input.holdings {
            match IdentifierView::held(holding, mask, reader) {
                Some(Held::Document(view)) => documents.push(view),
                Some(Held::Other(view)) => identifiers.push(view),
                None => {}
            }
        }
        // The order of public ids, never that of the values behind them.
        documents.sort_by(|a: &DocumentView, b| (&a.id, &a.from, &a.to).cmp(&(&b.id, &b.from, &b.to)));
        identifiers.sort_by(|a: &IdentifierView, b| {
            (a.kind, &a.id, &a.from, &a.to).cmp(&(b.kind, &b.id, &b.from, &b.to))
        });
        let mut contacts: Vec<ContactView> =
            input.contacts.iter().filter_map(|c| ContactView::new(c, reader)).collect();
        contacts.sort_by(|a, b| (b.count, &a.layer, &a.node.id).cmp(&(a.count, &b.layer, &b.node.id)));
        Some(Self {
            names: (input.names.iter().filter(|_| shown))
                .map(|(text, count)| NameView {
                    text: reader.scrub_numbers(text).into_owned(),
                    count: *count,
                })
                .collect(),
            aliases: plain(&input.aliases),
            documents,
            identifiers,
            birth: input.birth.filter(|_| shown).map(|d| d.to_string()),
            sex: input.sex.filter(|_| shown).map(|s| match s {
                Sex::Female => "female".to_owned(),
                Sex::Male => "male".to_owned(),
            }),
            standing: plain(&input.standing),
            mentions: input.mentions.iter().map(|m| EntityMentionView::new(m, mask, reader)).collect(),
            contacts,
            pattern_of_life: input.pattern_of_life.iter().map(|day| day.to_vec()).collect(),
            findings: input.findings.clone(),
            history: (input.history.iter().filter(|_| shown)).map(|h| HistoryView::new(h, reader)).collect(),
            class: seen.class().unwrap_or(Sensitivity::Open).as_str().to_owned(),
            node,
        })
    }
}

enum Held {
    Document(DocumentView),
    Other(IdentifierView),
}

impl IdentifierView {
    /// `owner`: pseudonym of a masked holder. What a masked party holds is masked, even if nobody labelled it.
    fn held(input: &HoldingInput, owner: Option<&str>, reader: &Reader<'_>) -> Option<Held> {
        let node = NodeRef::Identifier(input.identifier.clone());
        let kind = NodeKind::of(input.identifier.kind);
        let (id, label, open) = match (reader.seen(&node), owner) {
            (Seen::Absent, _) => return None,
            (Seen::Masked(p), _) => (p.pseudonym.clone(), p.pseudonym.clone(), false),
            (_, Some(_)) => return None,
            _ => (reader.node_id(&node)?, full_label(&node, reader)?, true),
        };
        let flags = if open {
            flag_keys(input.flags).into_iter().map(|k| reader.say(k, &[])).collect()
        } else {
            Vec::new()
        };
        let from = input.validity.from_us.and_then(format::rfc3339);
        let to = input.validity.to_us.and_then(format::rfc3339);
        if kind == NodeKind::Document {
            return Some(Held::Document(DocumentView { id, label, flags, from, to }));
        }
        let bases = [(from.is_some(), input.validity.from_basis), (to.is_some(), input.validity.to_basis)];
        // The weaker of the two ends speaks for the interval.
        let basis =
            bases.into_iter().filter(|(known, _)| *known).map(|(_, b)| b).max().unwrap_or(Basis::Unknown);
        let basis = match basis {
            Basis::Stated => "stated",
            Basis::Observed => "observed",
            Basis::Inferred => "inferred",
            Basis::Unknown => "unknown",
        };
        Some(Held::Other(Self {
            id,
            kind,
            label,
            from,
            to,
            basis: basis.to_owned(),
            flags,
            rows: input.rows,
        }))
    }
}

impl EntityMentionView {
    fn new(input: &EntityMentionInput, mask: Option<&str>, reader: &Reader<'_>) -> Self {
        let place = reader.place(input.record);
        Self {
            source: place.source,
            file: place.file,
            row: place.row,
            role: input.role.as_str().to_owned(),
            text: mask.map_or_else(|| reader.scrub_numbers(&input.text).into_owned(), str::to_owned),
        }
    }
}

impl ContactView {
    fn new(input: &ContactInput, reader: &Reader<'_>) -> Option<Self> {
        Some(Self {
            node: NodeView::new(&input.node, reader)?,
            layer: input.layer.as_str().to_owned(),
            count: input.count,
            total: Total::of(input.layer, input.total, input.currency),
            currency: input.currency.map(|c| c.as_str().to_owned()),
            first: input.first_us.and_then(format::rfc3339),
            last: input.last_us.and_then(format::rfc3339),
        })
    }
}
