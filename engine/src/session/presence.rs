//! Places and hours: pattern of life, and whose telephones were under the same cells at the same times.

use crate::error::EngineError;
use crate::network::base::Window;
use crate::network::event::packed::Rows;
use crate::network::event::{Cell, Events};
use crate::session::Session;
use disclose::view::graph::{CutInput, CutReason};
use disclose::view::presence::{ColocationView, CompanionsInput, PlaceInput, RhythmView};
use graph::colocation::{ColocationConfig, Sighting, colocated};
use graph::rhythm::{Beat, rhythm};
use model::ids::RecordRef;
use model::time::Stamp;
use std::collections::BTreeMap;

/// Silences told with a pattern of life.
const MOST_SILENCES: usize = 10;

impl Session<'_> {
    /// When is somebody active, when silent, and under which cells?
    pub fn rhythm(&self, id: &str, window: Window) -> Result<RhythmView, EngineError> {
        let node = self.locate(id)?;
        let network = &self.desk.derived.network;
        let all = self.events()?;
        let stands = |end: u32, at: i64| network.place(end, Some(at)) == Some(node);
        let (mut beats, mut rows): (Vec<Beat>, Vec<RecordRef>) = (Vec::new(), Vec::new());
        for event in all.meetings() {
            let at = event.time.instant_us;
            if window.admits(Some(at)) && event.ends.into_iter().flatten().any(|end| stands(end, at)) {
                beats.push(beat(&event.time));
                rows.extend(event.rows.iter());
            }
        }
        rows.sort_unstable();
        rows.dedup();
        let found = rhythm(&beats, MOST_SILENCES);
        let places = self.places_of(&self.sightings(all, window), all.cells(), &[node]);
        let input = self.node_input(node).ok_or(EngineError::NotFound)?;
        RhythmView::new(&input, &found, &places, &rows, &self.reader()).ok_or(EngineError::NotFound)
    }

    /// Whose telephones were under the same cells at the same times as these?
    pub fn colocation(
        &self,
        ids: &[String],
        minutes: u64,
        window: Window,
        limit: usize,
    ) -> Result<ColocationView, EngineError> {
        let mut targets = ids.iter().map(|id| self.locate(id)).collect::<Result<Vec<u32>, _>>()?;
        targets.sort_unstable();
        targets.dedup();
        let all = self.events()?;
        let minutes = minutes.clamp(1, 1_440);
        let config = ColocationConfig {
            apart_us: minutes as i64 * 60_000_000,
            limit: limit.clamp(1, 1_000),
            ..ColocationConfig::default()
        };
        let found = colocated(&self.sightings(all, window), &targets, &config);
        let mut cuts = Vec::new();
        if found.pairs.len() < found.total {
            let (shown, total) = (found.pairs.len() as u64, found.total as u64);
            cuts.push(CutInput { shown, total, reason: CutReason::Limit });
        }
        let pairs: Vec<CompanionsInput> = found
            .pairs
            .iter()
            .filter_map(|pair| {
                let reference = self.reference(pair.a)?;
                let at = pair.at.iter().filter_map(|cell| {
                    let Cell { name, point } = all.cells().get(*cell as usize)?.clone();
                    Some(PlaceInput { node: reference.clone(), cell: name, point, events: 1 })
                });
                let events = pair.events.iter().map(|id| all.call_rows(*id as usize));
                let mut rows: Vec<RecordRef> = events.flat_map(Rows::iter).collect();
                rows.sort_unstable();
                rows.dedup();
                Some(CompanionsInput {
                    a: self.node_input(pair.a)?,
                    b: self.node_input(pair.b)?,
                    times: u64::from(pair.times),
                    cells: u64::from(pair.cells),
                    rarity: pair.rarity,
                    first_us: pair.first_us,
                    last_us: pair.last_us,
                    at: at.collect(),
                    rows,
                })
            })
            .collect();
        Ok(ColocationView::new(&pairs, minutes, found.crowded as u64, &cuts, &self.reader()))
    }

    /// Both ends of every call with a cell, on the nodes that held the numbers then; services and hubs left out.
    pub(super) fn sightings(&self, all: &Events, window: Window) -> Vec<Sighting> {
        let network = &self.desk.derived.network;
        let mut out = Vec::new();
        for (id, call) in all.calls().enumerate() {
            let Some(at) = call.instant().filter(|t| window.admits(Some(*t))) else {
                continue;
            };
            for (number, cell) in call.ends.into_iter().zip(call.cells) {
                let node = number.and_then(|p| network.place(p, Some(at))).filter(|n| !self.is_hub(*n));
                if let (Some(node), Some(cell)) = (node, cell) {
                    out.push(Sighting { cell, time_us: at, node, id: id as u32 });
                }
            }
        }
        out
    }

    /// Events of some nodes by cell, one input for each node and cell.
    pub(super) fn places_of(&self, sightings: &[Sighting], cells: &[Cell], nodes: &[u32]) -> Vec<PlaceInput> {
        let mut counts: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for sighting in sightings.iter().filter(|s| nodes.contains(&s.node)) {
            *counts.entry((sighting.node, sighting.cell)).or_default() += 1;
        }
        counts
            .into_iter()
            .filter_map(|((node, cell), events)| {
                let Cell { name, point } = cells.get(cell as usize)?.clone();
                Some(PlaceInput { node: self.reference(node)?, cell: name, point, events })
            })
            .collect()
    }
}

fn beat(time: &Stamp) -> Beat {
    let (hour, weekday) = time.hour_and_weekday();
    Beat {
        instant_us: time.instant_us,
        hour,
        weekday,
        day: time.local_us().div_euclid(86_400_000_000).clamp(i64::from(i32::MIN), i64::from(i32::MAX))
            as i32,
    }
}
