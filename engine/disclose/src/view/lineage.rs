//! How an entity came to be held as one: its joins, the weakest of them, what contradicts it, what became of its id.

use crate::format;
use crate::reader::Reader;
use crate::view::explain::{MentionSide, MentionSideInput};
use crate::view::node::{NodeInput, NodeView};
use model::decision::Decision;
use serde::Serialize;
use utoipa::ToSchema;

/// Two groups of rows that became one.
#[derive(Clone, Debug)]
pub struct JoinInput<'a> {
    /// Rows of the one.
    pub left: u64,
    /// Rows of the other.
    pub right: u64,
    /// Average weight over all pairs across, in bits.
    pub average_bits: f64,
    /// The pair across with the most weight.
    pub strongest: (MentionSideInput<'a>, MentionSideInput<'a>),
    /// Its weight, in bits.
    pub strongest_bits: f64,
    /// Whether a judgement says that the two are one.
    pub judged: bool,
}

/// Two that must stay apart, and one of the entity that agrees with both; or two of the entity, and one.
#[derive(Clone, Debug)]
pub struct ConflictInput<'a> {
    /// One of the two.
    pub a: MentionSideInput<'a>,
    /// The other.
    pub b: MentionSideInput<'a>,
    /// The one that agrees with both.
    pub by: MentionSideInput<'a>,
}

/// Another entity that looks like kin.
#[derive(Clone, Debug)]
pub struct KinInput<'a> {
    /// The mention of this entity.
    pub own: MentionSideInput<'a>,
    /// That of the other.
    pub other: MentionSideInput<'a>,
    /// Probability that they are kin.
    pub probability: f64,
}

/// One line of the history of an id. Ids of parties whom the reader may not see are left out by whoever makes it.
#[derive(Clone, Debug)]
pub struct HistoryInput {
    /// Message key: `history.` and what happened.
    pub key: &'static str,
    /// The id beside that of the entity, where there is one.
    pub id: String,
    /// When, microseconds UTC.
    pub at_us: i64,
}

/// What a lineage is made from.
#[derive(Clone, Debug)]
pub struct LineageInput<'a> {
    /// The entity.
    pub node: NodeInput,
    /// Rows that were held to be it.
    pub rows: u64,
    /// Average weight that groups had to exceed to be joined, in bits.
    pub threshold_bits: f64,
    /// The joins, first to last; `None` where the rows are too many to be taken apart.
    pub joins: Option<Vec<JoinInput<'a>>>,
    /// Position of the weakest of them.
    pub weakest: Option<usize>,
    /// Conflicts.
    pub conflicts: Vec<ConflictInput<'a>>,
    /// Kin, the likeliest first.
    pub kin: Vec<KinInput<'a>>,
    /// Judgements on its mentions that are in force.
    pub decisions: Vec<Decision>,
    /// What became of its id.
    pub history: Vec<HistoryInput>,
}

/// Two groups of rows that became one, as this reader may see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct JoinView {
    /// Rows of the one.
    pub left: u64,
    /// Rows of the other.
    pub right: u64,
    /// Average weight over all pairs across, in bits.
    pub average_bits: f64,
    /// The pair that holds them together: the one row; null where it is protected.
    pub a: Option<MentionSide>,
    /// The other row.
    pub b: Option<MentionSide>,
    /// Weight of that pair, in bits.
    pub strongest_bits: f64,
    /// Whether a judgement says that the two are one.
    pub judged: bool,
}

/// A contradiction that somebody has to look at.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct ConflictView {
    /// One of the two that must stay apart.
    pub a: MentionSide,
    /// The other.
    pub b: MentionSide,
    /// The one that agrees with both.
    pub by: MentionSide,
    /// The same in words.
    pub sentence: String,
}

/// Another party that looks like kin.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct KinView {
    /// The other party.
    pub node: NodeView,
    /// Probability that they are kin.
    pub probability: f64,
    /// Row of this entity by which it is so.
    pub own_mention: String,
    /// Row of the other.
    pub other_mention: String,
}

/// A judgement in force.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct DecisionView {
    /// Its number, by which it can be undone.
    pub number: u64,
    /// same, different or unsure.
    pub judgement: String,
    /// The one mention.
    pub a: String,
    /// The other.
    pub b: String,
    /// Who.
    pub actor: String,
    /// When.
    pub at: Option<String>,
    /// Why, in their words.
    pub why: String,
}

/// One line of the history of an id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct HistoryView {
    /// When.
    pub at: Option<String>,
    /// merged_into, parted_from, absorbed, gave, ended or returned.
    pub change: String,
    /// The other id; empty where there is none.
    pub id: String,
    /// The same in words.
    pub text: String,
}

impl HistoryView {
    /// The line in the reader's language.
    pub fn new(input: &HistoryInput, reader: &Reader<'_>) -> Self {
        Self {
            at: format::rfc3339(input.at_us),
            change: input.key.rsplit('.').next().unwrap_or(input.key).to_owned(),
            id: input.id.clone(),
            text: reader.say(input.key, &[("id", &input.id)]),
        }
    }
}

/// How an entity came to be held as one, as this reader may see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct LineageView {
    /// The entity.
    pub node: NodeView,
    /// Rows that were held to be it.
    pub rows: u64,
    /// In words: how it holds together, and what speaks against it.
    pub sentence: String,
    /// Average weight that groups had to exceed to be joined, in bits.
    pub threshold_bits: f64,
    /// The joins, first to last; empty for one row, and where the rows are too many to be taken apart.
    pub joins: Vec<JoinView>,
    /// Position of the join at which it would come apart first; null where judgements alone hold it.
    pub weakest: Option<usize>,
    /// Contradictions.
    pub conflicts: Vec<ConflictView>,
    /// Other parties that look like kin, the likeliest first.
    pub kin: Vec<KinView>,
    /// Judgements on its rows that are in force.
    pub decisions: Vec<DecisionView>,
    /// What became of its id, the oldest first.
    pub history: Vec<HistoryView>,
}

impl LineageView {
    /// The lineage; `None` where the party is protected and this reader may not see it.
    pub fn new(input: &LineageInput<'_>, reader: &Reader<'_>) -> Option<Self> {
        if reader.seen(&input.node.node).mask().is_some() {
            return None;
        }
        let node = NodeView::new(&input.node, reader)?;
        let joins = input.joins.iter().flatten().map(|j| JoinView {
            left: j.left,
            right: j.right,
            average_bits: j.average_bits,
            a: MentionSide::new(&j.strongest.0, reader),
            b: MentionSide::new(&j.strongest.1, reader),
            strongest_bits: j.strongest_bits,
            judged: j.judged,
        });
        let conflict = |c: &ConflictInput<'_>| {
            let (a, b) = (MentionSide::new(&c.a, reader)?, MentionSide::new(&c.b, reader)?);
            let by = MentionSide::new(&c.by, reader)?;
            let place = |side: &MentionSide| format!("{}:{}", side.file, side.row);
            let values = [("a", place(&a)), ("b", place(&b)), ("by", place(&by))];
            let values = values.each_ref().map(|(name, text)| (*name, text.as_str()));
            Some(ConflictView { sentence: reader.say("lineage.conflict", &values), a, b, by })
        };
        let conflicts: Vec<ConflictView> = input.conflicts.iter().filter_map(conflict).collect();
        let kin = input.kin.iter().filter_map(|k| {
            let (own, other) = (MentionSide::new(&k.own, reader)?, MentionSide::new(&k.other, reader)?);
            Some(KinView {
                node: other.node,
                probability: k.probability,
                own_mention: own.id,
                other_mention: other.id,
            })
        });
        Some(Self {
            node,
            rows: input.rows,
            sentence: sentence(input, conflicts.len(), reader),
            threshold_bits: input.threshold_bits,
            joins: joins.collect(),
            weakest: input.weakest,
            conflicts,
            kin: kin.collect(),
            decisions: input
                .decisions
                .iter()
                .map(|d| DecisionView {
                    number: d.number,
                    judgement: d.judgement.as_str().to_owned(),
                    a: d.a.to_string(),
                    b: d.b.to_string(),
                    actor: d.actor.clone(),
                    at: format::rfc3339(d.at_us),
                    why: reader.scrub(&d.reason).into_owned(),
                })
                .collect(),
            history: input.history.iter().map(|h| HistoryView::new(h, reader)).collect(),
        })
    }
}

fn sentence(input: &LineageInput<'_>, conflicts: usize, reader: &Reader<'_>) -> String {
    let rows = input.rows.to_string();
    let weakest = input.joins.as_ref().and_then(|joins| joins.get(input.weakest?));
    let mut out = match (&input.joins, weakest) {
        (None, _) => reader.say("lineage.large", &[("rows", &rows)]),
        (Some(joins), _) if joins.is_empty() => reader.say("lineage.alike", &[("rows", &rows)]),
        (_, None) => reader.say("lineage.judged", &[("rows", &rows)]),
        (_, Some(join)) => {
            let bits = format!("{:+.1}", join.average_bits);
            let (left, right) =
                (join.left.min(join.right).to_string(), join.left.max(join.right).to_string());
            // Below the threshold rows are together only because all that they say was read as one.
            let key =
                if join.average_bits > input.threshold_bits { "lineage.holds" } else { "lineage.whole" };
            reader.say(key, &[("rows", &rows), ("left", &left), ("right", &right), ("bits", &bits)])
        }
    };
    if conflicts > 0 {
        out.push_str("; ");
        out.push_str(&reader.say("lineage.conflicts", &[("count", &conflicts.to_string())]));
    }
    out
}

/// Who was held to be whom at a past moment.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct AsOfView {
    /// The moment.
    pub as_of: Option<String>,
    /// The id that named the party then.
    pub id: String,
    /// The rows that were held to be that party.
    pub mentions: Vec<MentionSide>,
    /// How many of its rows were in sources that no longer stand.
    pub withdrawn: u64,
    /// The ids of the parties that its rows are held to be now, ascending.
    pub now: Vec<String>,
}

impl AsOfView {
    /// The view; `None` where no row of it may be shown to this reader.
    pub fn new(
        as_of_us: i64,
        id: &str,
        stood: &[MentionSideInput<'_>],
        withdrawn: u64,
        reader: &Reader<'_>,
    ) -> Option<Self> {
        let mentions: Vec<MentionSide> = stood.iter().filter_map(|s| MentionSide::new(s, reader)).collect();
        if mentions.is_empty() {
            return None;
        }
        let mut now: Vec<String> = mentions.iter().map(|m| m.node.id.clone()).collect();
        now.sort_unstable();
        now.dedup();
        Some(Self { as_of: format::rfc3339(as_of_us), id: id.to_owned(), mentions, withdrawn, now })
    }
}
