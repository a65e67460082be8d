//! Places and hours: cells that covered somebody, pattern of life, and who was under the same cells.
//!
//! A place that comes of a masked person's telephone is as protected as the person: it is counted, never named.

use crate::format;
use crate::policy::NodeRef;
use crate::reader::Reader;
use crate::view::evidence::addresses;
use crate::view::finding::EvidenceView;
use crate::view::graph::{CutInput, CutView};
use crate::view::measure::is_plain;
use crate::view::node::{NodeInput, NodeView};
use graph::rhythm::Rhythm;
use model::ids::RecordRef;
use model::place::Point;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Events of one node under one cell.
#[derive(Clone, Debug)]
pub struct PlaceInput {
    /// Whose events.
    pub node: NodeRef,
    /// The cell as written.
    pub cell: String,
    /// Where it stands.
    pub point: Option<Point>,
    /// Events.
    pub events: u64,
}

/// A cell and the events under it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct PlaceView {
    /// The cell as written.
    pub cell: String,
    /// Latitude, degrees.
    pub lat: Option<f64>,
    /// Longitude, degrees.
    pub lon: Option<f64>,
    /// Events.
    pub events: u64,
}

/// Cells of several nodes together, those of masked nodes left out; the busiest first.
pub(crate) fn places(inputs: &[PlaceInput], most: usize, reader: &Reader<'_>) -> Vec<PlaceView> {
    let mut sums: BTreeMap<String, (Option<Point>, u64)> = BTreeMap::new();
    for input in inputs.iter().filter(|p| is_plain(&p.node, reader)) {
        let slot = sums.entry(reader.scrub(&input.cell).into_owned()).or_insert((input.point, 0));
        slot.1 += input.events;
        slot.0 = slot.0.or(input.point);
    }
    let mut out: Vec<PlaceView> = sums
        .into_iter()
        .map(|(cell, (point, events))| PlaceView {
            cell,
            lat: point.map(|p| p.lat).filter(|v| v.is_finite()),
            lon: point.map(|p| p.lon).filter(|v| v.is_finite()),
            events,
        })
        .collect();
    out.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.cell.cmp(&b.cell)));
    out.truncate(most);
    out
}

/// A time without events that is long for its node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct SilenceView {
    /// The event before it.
    pub from: Option<String>,
    /// The event after it.
    pub to: Option<String>,
}

/// When somebody is active, and under which cells.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct RhythmView {
    /// Who.
    pub node: NodeView,
    /// Events by day of the week (from Sunday) and hour, on the local clock of each event.
    pub hours: Vec<Vec<u32>>,
    /// Events.
    pub events: u32,
    /// Different days with events.
    pub days: u32,
    /// Events from 22:00 to 06:00.
    pub night: u32,
    /// First moment.
    pub first: Option<String>,
    /// Last moment.
    pub last: Option<String>,
    /// Of 100 waits 95 are no longer than this, seconds.
    pub usual_wait_s: i64,
    /// Longer waits, the longest first.
    pub silences: Vec<SilenceView>,
    /// Cells, the busiest first; none for a masked person.
    pub places: Vec<PlaceView>,
    /// The first rows that the events stand in.
    pub evidence: Vec<EvidenceView>,
    /// How many rows the events stand in.
    pub rows: u64,
    /// What hours and cells do not say.
    pub note: String,
}

/// Cells shown at most.
const MOST_PLACES: usize = 200;

impl RhythmView {
    /// The view; `None` if for this reader the node does not exist.
    pub fn new(
        node: &NodeInput,
        rhythm: &Rhythm,
        cells: &[PlaceInput],
        rows: &[RecordRef],
        reader: &Reader<'_>,
    ) -> Option<Self> {
        Some(Self {
            node: NodeView::new(node, reader)?,
            hours: rhythm.hours.iter().map(|day| day.to_vec()).collect(),
            events: rhythm.events,
            days: rhythm.days,
            night: rhythm.night,
            first: rhythm.first_us.and_then(format::rfc3339),
            last: rhythm.last_us.and_then(format::rfc3339),
            usual_wait_s: rhythm.usual_wait_us / 1_000_000,
            silences: rhythm
                .silences
                .iter()
                .map(|s| SilenceView { from: format::rfc3339(s.from_us), to: format::rfc3339(s.to_us) })
                .collect(),
            places: places(cells, MOST_PLACES, reader),
            evidence: addresses(rows, reader),
            rows: rows.len() as u64,
            note: reader.say("rhythm.note", &[]),
        })
    }
}

/// Two nodes under the same cells at the same times.
#[derive(Clone, Debug)]
pub struct CompanionsInput {
    /// The target.
    pub a: NodeInput,
    /// The other.
    pub b: NodeInput,
    /// Coincidences.
    pub times: u64,
    /// Different cells.
    pub cells: u64,
    /// Weight by how few were there.
    pub rarity: f64,
    /// First moment.
    pub first_us: i64,
    /// Last moment.
    pub last_us: i64,
    /// The cells.
    pub at: Vec<PlaceInput>,
    /// The rows that say so.
    pub rows: Vec<RecordRef>,
}

/// Two nodes under the same cells at the same times, as this reader may see them.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct CompanionsView {
    /// The target.
    pub a: NodeView,
    /// The other.
    pub b: NodeView,
    /// Coincidences.
    pub times: u64,
    /// Different cells.
    pub cells: u64,
    /// Weight by how few were there.
    pub rarity: f64,
    /// First moment.
    pub first: Option<String>,
    /// Last moment.
    pub last: Option<String>,
    /// The cells; none where one of the two is masked.
    pub at: Vec<PlaceView>,
    /// The rows that say so.
    pub evidence: Vec<EvidenceView>,
    /// How many rows there are.
    pub rows: u64,
}

/// Who was under the same cells at the same times.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct ColocationView {
    /// The rarest coincidences first.
    pub pairs: Vec<CompanionsView>,
    /// Two events at most so many minutes apart are of the same time.
    pub minutes: u64,
    /// Sightings passed over because a crowd was there.
    pub crowded: u64,
    /// What was left out.
    pub cuts: Vec<CutView>,
    /// What a coincidence does not prove.
    pub note: String,
}

impl ColocationView {
    /// The view of coincidences.
    pub fn new(
        pairs: &[CompanionsInput],
        minutes: u64,
        crowded: u64,
        cuts: &[CutInput],
        reader: &Reader<'_>,
    ) -> Self {
        let view = |p: &CompanionsInput| {
            let plain = is_plain(&p.a.node, reader) && is_plain(&p.b.node, reader);
            Some(CompanionsView {
                a: NodeView::new(&p.a, reader)?,
                b: NodeView::new(&p.b, reader)?,
                times: p.times,
                cells: p.cells,
                rarity: p.rarity,
                first: format::rfc3339(p.first_us),
                last: format::rfc3339(p.last_us),
                at: if plain { places(&p.at, MOST_PLACES, reader) } else { Vec::new() },
                evidence: addresses(&p.rows, reader),
                rows: p.rows.len() as u64,
            })
        };
        let mut pairs: Vec<CompanionsView> = pairs.iter().filter_map(view).collect();
        pairs.sort_by(|x, y| {
            y.rarity.total_cmp(&x.rarity).then_with(|| (&x.a.id, &x.b.id).cmp(&(&y.a.id, &y.b.id)))
        });
        Self {
            pairs,
            minutes,
            crowded,
            cuts: cuts.iter().map(|c| CutView::new(c, reader)).collect(),
            note: reader.say("colocation.note", &[("minutes", &minutes.to_string())]),
        }
    }
}
