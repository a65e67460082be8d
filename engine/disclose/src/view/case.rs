//! The case as a whole: counts, stages, volume, what waits for a decision.

use crate::format;
use crate::messages;
use crate::reader::Reader;
use model::ids::{RecordRef, SourceId};
use model::place::Country;
use model::time::CivilDate;
use serde::Serialize;
use utoipa::ToSchema;

/// Counts of a case, of what the audience may know of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CaseCounts {
    /// Live sources.
    pub sources: u64,
    /// Data rows.
    pub rows_read: u64,
    /// Rows that became records.
    pub rows_kept: u64,
    /// Rows that could not be taken.
    pub rows_refused: u64,
    /// Rows of files loaded before.
    pub rows_repeated: u64,
    /// Calls.
    pub calls: u64,
    /// Messages.
    pub messages: u64,
    /// Data sessions.
    pub data_sessions: u64,
    /// Transfers.
    pub transfers: u64,
    /// Mentions.
    pub mentions: u64,
    /// Entities.
    pub entities: u64,
    /// Entities of two or more mentions.
    pub merged_entities: u64,
    /// Communities.
    pub communities: u64,
    /// Findings.
    pub findings: u64,
    /// Protected people.
    pub protected: u64,
}

/// Whether the result of a stage belongs to the data as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StageState {
    /// Up to date.
    Fresh,
    /// Older than the data.
    Stale,
    /// Never run.
    Never,
}

/// A stage of the pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct StageInput {
    /// network, resolve, communities, findings or index.
    pub name: String,
    /// Its state.
    pub state: StageState,
    /// When it last ran.
    pub at_us: Option<i64>,
    /// How long it took.
    pub seconds: Option<f64>,
}

/// Events of one week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolumeInput {
    /// First day of the week.
    pub week: CivilDate,
    /// Calls and messages.
    pub calls: u64,
    /// Transfers.
    pub transfers: u64,
}

/// What a case view is made from.
#[derive(Clone, Debug)]
pub struct CaseInput {
    /// Name of the case in addresses.
    pub case: String,
    /// Title.
    pub title: String,
    /// Country.
    pub country: Option<Country>,
    /// The country whose clock local times are told by.
    pub clock: Option<Country>,
    /// Authority.
    pub authority: String,
    /// When it was made.
    pub created_us: i64,
    /// Counts.
    pub counts: CaseCounts,
    /// First instant of any event.
    pub first_us: Option<i64>,
    /// Last instant of any event.
    pub last_us: Option<i64>,
    /// Stages in their order.
    pub stages: Vec<StageInput>,
    /// Events by week.
    pub volume: Vec<VolumeInput>,
    /// Sources that wait for a decision, and what is to be decided.
    pub needs_decision: Vec<(SourceId, String)>,
}

/// A stage, as shown.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct StageView {
    /// Stable word.
    pub name: String,
    /// fresh, stale or never.
    pub state: StageState,
    /// When it last ran.
    pub at: Option<String>,
    /// How long it took.
    pub seconds: Option<f64>,
}

/// Events of one week, as shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct VolumeView {
    /// First day of the week.
    pub week: String,
    /// Calls and messages.
    pub calls: u64,
    /// Transfers.
    pub transfers: u64,
}

/// A source that waits for a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct NeedsDecisionView {
    /// Short id of the source.
    pub source: String,
    /// Name of the file.
    pub file: String,
    /// What is to be decided.
    pub what: String,
}

/// The case as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct CaseView {
    /// Name of the case in addresses.
    pub case: String,
    /// Title.
    pub title: String,
    /// ISO code.
    pub country: Option<String>,
    /// ISO code of the country whose clock local times are told by: the case's own, or that of most rows.
    pub clock: Option<String>,
    /// Authority.
    pub authority: String,
    /// When it was made.
    pub created: Option<String>,
    /// Counts.
    pub counts: CaseCounts,
    /// First instant of any event.
    pub first: Option<String>,
    /// Last instant of any event.
    pub last: Option<String>,
    /// Stages.
    pub stages: Vec<StageView>,
    /// Events by week.
    pub volume: Vec<VolumeView>,
    /// Sources that wait for a decision.
    pub needs_decision: Vec<NeedsDecisionView>,
    /// The strictest class that this reader sees by name.
    pub clearance: String,
}

impl CaseView {
    /// The view of a case. The number of protected people is taken from the policy, as this reader may know it.
    pub fn new(input: &CaseInput, reader: &Reader<'_>) -> Self {
        let clean = |t: &str| reader.scrub(t).into_owned();
        let stages = input.stages.iter().map(|s| StageView {
            name: s.name.clone(),
            state: s.state,
            at: s.at_us.and_then(format::rfc3339),
            seconds: s.seconds,
        });
        let volume = input.volume.iter().map(|v| VolumeView {
            week: v.week.to_string(),
            calls: v.calls,
            transfers: v.transfers,
        });
        let needs = input.needs_decision.iter().map(|(source, what)| {
            let place = reader.place(RecordRef { source: *source, row: 0 });
            NeedsDecisionView {
                source: place.source,
                file: place.file,
                what: reader.say(
                    "decision.needed",
                    &[("what", &clean(&messages::open_questions(reader.audience().lang, what)))],
                ),
            }
        });
        let protected = reader.policy().protected_entities(reader.audience());
        Self {
            case: input.case.clone(),
            title: clean(&input.title),
            country: input.country.map(|c| c.code().to_owned()),
            clock: input.clock.map(|c| c.code().to_owned()),
            authority: clean(&input.authority),
            created: format::rfc3339(input.created_us),
            counts: CaseCounts { protected, ..input.counts },
            first: input.first_us.and_then(format::rfc3339),
            last: input.last_us.and_then(format::rfc3339),
            stages: stages.collect(),
            volume: volume.collect(),
            needs_decision: needs.collect(),
            clearance: reader.audience().clearance.0.as_str().to_owned(),
        }
    }
}
