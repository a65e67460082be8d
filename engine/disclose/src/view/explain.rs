//! Why two mentions were held to be one party, or not: every comparison with its weight, in words and in bits.

use crate::format;
use crate::messages;
use crate::policy::NodeRef;
use crate::reader::Reader;
use crate::view::node::{NodeInput, NodeView, full_label};
use model::decision::Judgement;
use model::identifier::{Identifier, IdentifierKind, Normal};
use model::provenance::MentionKey;
use model::record::MentionRecord;
use model::sensitivity::Sensitivity;
use serde::Serialize;
use utoipa::ToSchema;

/// One of the two mentions.
#[derive(Clone, Debug)]
pub struct MentionSideInput<'a> {
    /// The entity it belongs to.
    pub node: NodeInput,
    /// Its lasting key, by which it is judged.
    pub key: MentionKey,
    /// What its row says.
    pub mention: &'a MentionRecord,
}

/// The weight of one comparison.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldInput {
    /// Stable word of the comparison.
    pub comparison: String,
    /// Stable word of the level that the pair reaches.
    pub level: String,
    /// Value of the one.
    pub value_a: String,
    /// Value of the other.
    pub value_b: String,
    /// Weight in bits.
    pub bits: f64,
}

/// What an explanation is made from.
#[derive(Clone, Debug)]
pub struct ExplainInput<'a> {
    /// One mention.
    pub a: MentionSideInput<'a>,
    /// The other.
    pub b: MentionSideInput<'a>,
    /// Weight before comparing.
    pub prior_bits: f64,
    /// The comparisons, in their order.
    pub fields: Vec<FieldInput>,
    /// Sum.
    pub total_bits: f64,
    /// Probability that both are one party.
    pub probability: f64,
    /// Probability from which pairs are joined.
    pub threshold: f64,
    /// What an analyst decided.
    pub decision: Option<Judgement>,
    /// Whether resolution holds them to be one party now.
    pub same_entity: bool,
}

/// One mention, as this reader may see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct MentionSide {
    /// The entity it belongs to.
    pub node: NodeView,
    /// By which it is judged.
    pub id: String,
    /// Name of the file.
    pub file: String,
    /// 1-based row.
    pub row: u32,
    /// Name as written.
    pub name: String,
    /// Nickname as written.
    pub alias: String,
    /// Documents.
    pub documents: Vec<String>,
    /// Birth date.
    pub birth: Option<String>,
    /// Telephone numbers.
    pub phones: Vec<String>,
    /// Accounts.
    pub accounts: Vec<String>,
    /// Address as written.
    pub address: String,
    /// person, subscriber, holder, payer or beneficiary.
    pub role: String,
}

impl MentionSide {
    /// `None` where the mention is protected and this reader may not see it, or its row holds what they may not.
    pub(crate) fn new(input: &MentionSideInput<'_>, reader: &Reader<'_>) -> Option<Self> {
        let mention = input.mention;
        let seen = reader.seen(&input.node.node);
        let covered = reader.audience().clearance.covers(mention.sensitivity);
        if seen.mask().is_some() || (!covered && mention.sensitivity != Sensitivity::Open) {
            return None;
        }
        let node = NodeView::new(&input.node, reader)?;
        let place = reader.place(mention.mention.record);
        let clean = |t: &str| reader.scrub(t).into_owned();
        let values = |kind: IdentifierKind, all: &[Normal]| -> Vec<String> {
            all.iter()
                .filter_map(|n| n.value.clone())
                .filter_map(|v| full_label(&NodeRef::Identifier(Identifier::new(kind, v)), reader))
                .collect()
        };
        Some(Self {
            node,
            id: clean(&input.key.to_string()),
            file: place.file,
            row: place.row,
            name: reader.scrub_numbers(&mention.name_raw).into_owned(),
            alias: clean(&mention.alias_raw),
            documents: values(IdentifierKind::DocumentNumber, &mention.documents),
            birth: mention.birth.map(|d| d.to_string()),
            phones: values(IdentifierKind::Msisdn, &mention.phones),
            accounts: values(IdentifierKind::AccountNumber, &mention.accounts),
            address: clean(&mention.address_raw),
            role: mention.mention.role.as_str().to_owned(),
        })
    }
}

/// One comparison, as this reader may see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct FieldView {
    /// Stable word of the comparison.
    pub comparison: String,
    /// Its name.
    pub label: String,
    /// Stable word of the level.
    pub level: String,
    /// The level in words.
    pub level_text: String,
    /// Value of the one.
    pub value_a: String,
    /// Value of the other.
    pub value_b: String,
    /// Weight in bits.
    pub bits: f64,
}

/// Why two mentions were held to be one party, or not.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct ExplainView {
    /// One mention.
    pub a: MentionSide,
    /// The other.
    pub b: MentionSide,
    /// Weight before comparing.
    pub prior_bits: f64,
    /// The comparisons.
    pub fields: Vec<FieldView>,
    /// Sum.
    pub total_bits: f64,
    /// Probability that both are one party.
    pub probability: f64,
    /// `13 a 1 a favor`.
    pub odds_text: String,
    /// The result in words first.
    pub sentence: String,
    /// same, different or unsure; null where nobody decided.
    pub decision: Option<String>,
    /// Whether resolution holds them to be one party now.
    pub same_entity: bool,
}

impl ExplainView {
    /// The explanation; `None` where one side is protected and this reader may not see it.
    pub fn new(input: &ExplainInput<'_>, reader: &Reader<'_>) -> Option<Self> {
        let a = MentionSide::new(&input.a, reader)?;
        let b = MentionSide::new(&input.b, reader)?;
        let named = |kind: &str, word: &str| {
            messages::find(reader.lang(), &format!("{kind}.{word}"))
                .map_or_else(|| word.replace('_', " "), str::to_owned)
        };
        let fields = input.fields.iter().map(|f| FieldView {
            comparison: f.comparison.clone(),
            label: named("comparison", &f.comparison),
            level: f.level.clone(),
            level_text: named("level", &f.level),
            value_a: reader.scrub_numbers(&f.value_a).into_owned(),
            value_b: reader.scrub_numbers(&f.value_b).into_owned(),
            bits: f.bits,
        });
        Some(Self {
            a,
            b,
            prior_bits: input.prior_bits,
            fields: fields.collect(),
            total_bits: input.total_bits,
            probability: input.probability,
            odds_text: odds(input.total_bits, reader),
            sentence: sentence(input, reader),
            decision: input.decision.map(|j| j.as_str().to_owned()),
            same_entity: input.same_entity,
        })
    }
}

fn odds(bits: f64, reader: &Reader<'_>) -> String {
    let key = if bits >= 0.0 { "explain.odds_for" } else { "explain.odds_against" };
    let odds = bits.abs().min(60.0).exp2().round() as u64;
    reader.say(key, &[("odds", &format::thousands(odds.max(1)))])
}

fn sentence(input: &ExplainInput<'_>, reader: &Reader<'_>) -> String {
    let key = match input.probability {
        p if p >= input.threshold => "explain.same",
        p if p >= 0.5 => "explain.review",
        _ => "explain.different",
    };
    let share = format::of_hundred(input.probability, reader.lang());
    let said = reader.say(key, &[("share", &share)]);
    let decided = input.decision.map(|judgement| match judgement {
        Judgement::Positive => reader.say("explain.decided_same", &[]),
        Judgement::Negative => reader.say("explain.decided_different", &[]),
        Judgement::Unsure => reader.say("explain.decided_unsure", &[]),
    });
    decided.map_or(said.clone(), |decided| format!("{said}; {decided}"))
}

/// A pair that waits for a decision.
#[derive(Clone, Debug)]
pub struct ReviewPairInput<'a> {
    /// One mention.
    pub a: MentionSideInput<'a>,
    /// The other.
    pub b: MentionSideInput<'a>,
    /// Probability that both are one party.
    pub probability: f64,
    /// Whether resolution holds them to be one party now.
    pub same_entity: bool,
    /// Pairs of rows that an answer is expected to move from apart to together or back.
    pub value: f64,
}

/// A pair that waits for a decision, as this reader may see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct ReviewPairView {
    /// Entity of the one.
    pub a: NodeView,
    /// Entity of the other.
    pub b: NodeView,
    /// Probability that both are one party.
    pub probability: f64,
    /// Whether resolution holds them to be one party now.
    pub same_entity: bool,
    /// Pairs of rows that an answer is expected to move from apart to together or back.
    pub value: f64,
    /// By which the one is judged and explained.
    pub a_mention: String,
    /// By which the other is.
    pub b_mention: String,
}

/// Pairs that wait for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct ReviewView {
    /// The pairs, in the order given.
    pub pairs: Vec<ReviewPairView>,
}

impl ReviewView {
    /// The view; pairs with a protected side that this reader may not see do not exist.
    pub fn new(pairs: &[ReviewPairInput<'_>], reader: &Reader<'_>) -> Self {
        let view = |pair: &ReviewPairInput<'_>| {
            let (a, b) = (MentionSide::new(&pair.a, reader)?, MentionSide::new(&pair.b, reader)?);
            Some(ReviewPairView {
                a: a.node,
                b: b.node,
                probability: pair.probability,
                same_entity: pair.same_entity,
                value: pair.value,
                a_mention: a.id,
                b_mention: b.id,
            })
        };
        Self { pairs: pairs.iter().filter_map(view).collect() }
    }
}
