//! A lead: what was seen, why it may be innocent, which element it may support, and the rows that prove it.

use crate::format;
use crate::messages;
use crate::policy::{NodeRef, Seen};
use crate::reader::Reader;
use crate::view::node::{NodeInput, NodeView, full_label, label};
use model::finding::Finding;
use model::identifier::Identifier;
use model::ids::RecordRef;
use serde::Serialize;
use utoipa::ToSchema;

/// What a finding view is made from.
#[derive(Clone, Debug)]
pub struct FindingInput<'a> {
    /// Its lasting id.
    pub id: String,
    /// The finding.
    pub finding: &'a Finding,
    /// The subject: the party that holds the identifier, or the identifier itself.
    pub subject: NodeInput,
    /// The related parties or identifiers, one for each of the finding's, in its order.
    pub related: Vec<NodeInput>,
}

impl FindingInput<'_> {
    /// The party of a related identifier; nothing where the two lists do not go together.
    fn holder(&self, at: usize) -> Option<&NodeInput> {
        if self.related.len() == self.finding.related.len() { self.related.get(at) } else { None }
    }
}

/// A parameter or measured quantity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct ParameterView {
    /// Its name.
    pub name: String,
    /// Its name in the reader's language.
    pub label: String,
    /// Its value.
    pub value: String,
}

/// The address of a row that proves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct EvidenceView {
    /// Short id of the source.
    pub source: String,
    /// Name of the file.
    pub file: String,
    /// 1-based row.
    pub row: u32,
}

impl EvidenceView {
    /// The address of a row.
    pub(crate) fn new(record: RecordRef, reader: &Reader<'_>) -> Self {
        let place = reader.place(record);
        Self { source: place.source, file: place.file, row: place.row }
    }
}

/// A lead, as this reader may see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct FindingView {
    /// Its lasting id.
    pub id: String,
    /// Stable word of the pattern.
    pub typology: String,
    /// Name of the pattern.
    pub title: String,
    /// What was seen, as a lead.
    pub sentence: String,
    /// Whom it is about.
    pub subject: NodeView,
    /// The others, in time order.
    pub related: Vec<NodeView>,
    /// First instant.
    pub from: Option<String>,
    /// Last instant.
    pub to: Option<String>,
    /// Strength, 0..=1.
    pub score: f64,
    /// Parameters and measured quantities.
    pub parameters: Vec<ParameterView>,
    /// The rows that prove it.
    pub evidence: Vec<EvidenceView>,
    /// Why it may be innocent.
    pub look_alikes: Vec<String>,
    /// Which elements of which offence it may support, both hypotheses.
    pub elements: Vec<String>,
}

/// The most names that a sentence lists; more are counted.
const LISTED: usize = 6;

impl FindingView {
    /// Whether for this reader the subject of a finding exists, so that there is a view of it.
    pub fn is_shown(input: &FindingInput<'_>, reader: &Reader<'_>) -> bool {
        NodeView::new(&input.subject, reader).is_some() && said_subject(input, reader).is_some()
    }

    /// The view of a finding; `None` if for this reader its subject does not exist.
    pub fn new(input: &FindingInput<'_>, reader: &Reader<'_>) -> Option<Self> {
        let finding = input.finding;
        let key = |part: &str| format!("finding.{}.{part}", finding.typology.as_str());
        let subject = NodeView::new(&input.subject, reader)?;
        let own = |identifier: &Identifier| label(&NodeRef::Identifier(identifier.clone()), reader);
        let said_subject = said_subject(input, reader)?;
        let masked_holder = |at: usize| input.holder(at).and_then(|n| reader.seen(&n.node).mask());
        let labels: Vec<String> = finding
            .related
            .iter()
            .enumerate()
            .filter_map(|(at, identifier)| match (own(identifier), masked_holder(at)) {
                (None, _) => None,
                (Some(_), Some(mask)) => {
                    let node = NodeRef::Identifier(identifier.clone());
                    Some(reader.seen(&node).mask().unwrap_or(mask).to_owned())
                }
                (Some(label), None) => Some(label),
            })
            .collect();
        let mut listed = labels.get(..LISTED.min(labels.len())).unwrap_or_default().join(", ");
        if labels.len() > LISTED {
            listed.push_str(&format!(", +{}", labels.len() - LISTED));
        } else if labels.is_empty() {
            listed = reader.say("finding.none_related", &[]);
        }
        let count = format::thousands(labels.len() as u64);
        let (from, to) =
            (format::day_of(finding.from_us, reader.lang()), format::day_of(finding.to_us, reader.lang()));
        let values = [
            ("subject", said_subject.as_str()),
            ("count", count.as_str()),
            ("related", listed.as_str()),
            ("from", from.as_str()),
            ("to", to.as_str()),
        ];
        Some(Self {
            id: input.id.clone(),
            typology: finding.typology.as_str().to_owned(),
            title: reader.say(&key("title"), &[]),
            sentence: reader.say(&key("sentence"), &values),
            subject,
            related: input.related.iter().filter_map(|n| NodeView::new(n, reader)).collect(),
            from: format::rfc3339(finding.from_us),
            to: format::rfc3339(finding.to_us),
            score: finding.score,
            parameters: finding
                .parameters
                .iter()
                .filter_map(|(n, v)| parameter(n, v, input, reader))
                .collect(),
            evidence: evidence(&finding.evidence, reader),
            look_alikes: messages::list(reader.lang(), &key("look_alike")),
            elements: messages::list(reader.lang(), &key("element")),
        })
    }
}

/// The name of the subject in the sentence; `None` if for this reader the subject does not exist.
fn said_subject(input: &FindingInput<'_>, reader: &Reader<'_>) -> Option<String> {
    let subject = NodeRef::Identifier(input.finding.subject.clone());
    // The identifier of a masked holder is the holder's, even if nobody labelled the identifier.
    match reader.seen(&input.subject.node) {
        Seen::Masked(p) => match reader.seen(&subject) {
            Seen::Masked(own) => Some(own.pseudonym.clone()),
            Seen::Absent => None,
            _ => Some(p.pseudonym.clone()),
        },
        _ => full_label(&subject, reader),
    }
}

/// Rows; a file is named once for all of its rows that follow one another.
fn evidence(rows: &[RecordRef], reader: &Reader<'_>) -> Vec<EvidenceView> {
    let mut views = Vec::with_capacity(rows.len());
    for of_file in rows.chunk_by(|a, b| a.source == b.source) {
        let Some(first) = of_file.first().map(|record| EvidenceView::new(*record, reader)) else { continue };
        views.extend(of_file.iter().map(|record| EvidenceView { row: record.row, ..first.clone() }));
    }
    views
}

/// A parameter; `None` where it speaks of an identifier that for this reader does not exist.
fn parameter(
    name: &str,
    value: &str,
    input: &FindingInput<'_>,
    reader: &Reader<'_>,
) -> Option<ParameterView> {
    let finding = input.finding;
    let related = finding.related.iter().enumerate().map(|(at, identifier)| (identifier, input.holder(at)));
    let mut shown = value.to_owned();
    for (identifier, holder) in std::iter::once((&finding.subject, Some(&input.subject))).chain(related) {
        if !shown.contains(identifier.value.as_str()) {
            continue;
        }
        let own = reader.seen(&NodeRef::Identifier(identifier.clone()));
        let seen = [Some(own), holder.map(|h| reader.seen(&h.node))];
        if seen.contains(&Some(Seen::Absent)) {
            return None;
        }
        if let Some(mask) = seen.into_iter().flatten().find_map(|s| s.mask()) {
            shown = shown.replace(&identifier.to_string(), mask).replace(identifier.value.as_str(), mask);
        }
    }
    let lang = reader.lang();
    let name = reader.scrub(name).into_owned();
    let value = messages::find(lang, &format!("measured.{}", shown.replace(' ', "_"))).map(str::to_owned);
    Some(ParameterView {
        label: messages::measure(lang, &name).unwrap_or_else(|| name.clone()),
        name,
        value: value.unwrap_or_else(|| reader.scrub(&shown).into_owned()),
    })
}
