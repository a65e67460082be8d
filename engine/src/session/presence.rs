//! Places and hours: pattern of life, and whose telephones were under the same cells at the same times.

use crate::error::EngineError;
use crate::network::base::Window;
use crate::network::event::Events;
use crate::session::Session;
use disclose::view::graph::{CutInput, CutReason};
use disclose::view::presence::{ColocationView, CompanionsInput, PlaceInput, RhythmView};
use graph::colocation::{ColocationConfig, Sighting, colocated};
use graph::rhythm::{Beat, rhythm};
use model::event::CallEvent;
use model::ids::RecordRef;
use model::place::Point;
use model::time::Stamp;
use std::collections::BTreeMap;

/// Silences told with a pattern of life.
const MOST_SILENCES: usize = 10;

/// Cells of a case in order of their text, each with its point.
pub(super) struct Cells<'a> {
    pub(super) names: Vec<(&'a str, Option<Point>)>,
}

impl<'a> Cells<'a> {
    pub(super) fn new(calls: &'a [CallEvent]) -> Self {
        let mut names: BTreeMap<&str, Option<Point>> = BTreeMap::new();
        for terminal in calls.iter().flat_map(|c| [&c.caller_terminal, &c.receiver_terminal]) {
            if !terminal.cell.is_empty() {
                let point = names.entry(&terminal.cell).or_default();
                *point = point.or(terminal.point);
            }
        }
        Self { names: names.into_iter().collect() }
    }

    fn number(&self, cell: &str) -> Option<u32> {
        self.names.binary_search_by(|(name, _)| (*name).cmp(cell)).ok().map(|n| n as u32)
    }
}

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
                rows.extend(event.sources);
            }
        }
        rows.sort_unstable();
        rows.dedup();
        let found = rhythm(&beats, MOST_SILENCES);
        let cells = Cells::new(&all.calls);
        let places = self.places_of(&self.sightings(all, &cells, window), &cells, &[node]);
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
        let cells = Cells::new(&all.calls);
        let minutes = minutes.clamp(1, 1_440);
        let config = ColocationConfig {
            apart_us: minutes as i64 * 60_000_000,
            limit: limit.clamp(1, 1_000),
            ..ColocationConfig::default()
        };
        let found = colocated(&self.sightings(all, &cells, window), &targets, &config);
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
                    let (name, point) = *cells.names.get(*cell as usize)?;
                    Some(PlaceInput { node: reference.clone(), cell: name.to_owned(), point, events: 1 })
                });
                let events = pair.events.iter().filter_map(|id| all.calls.get(*id as usize));
                let mut rows: Vec<RecordRef> = events.flat_map(|c| c.sources.iter().copied()).collect();
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
    pub(super) fn sightings(&self, all: &Events, cells: &Cells<'_>, window: Window) -> Vec<Sighting> {
        let network = &self.desk.derived.network;
        let mut out = Vec::new();
        for (id, call) in all.calls.iter().enumerate() {
            let Some(at) = call.time.map(|t| t.instant_us).filter(|t| window.admits(Some(*t))) else {
                continue;
            };
            let terminals = [&call.caller_terminal, &call.receiver_terminal];
            for (number, terminal) in all.call_ends(id).into_iter().zip(terminals) {
                let node = number.and_then(|p| network.place(p, Some(at))).filter(|n| !self.is_hub(*n));
                if let (Some(node), Some(cell)) = (node, cells.number(&terminal.cell)) {
                    out.push(Sighting { cell, time_us: at, node, id: id as u32 });
                }
            }
        }
        out
    }

    /// Events of some nodes by cell, one input for each node and cell.
    pub(super) fn places_of(
        &self,
        sightings: &[Sighting],
        cells: &Cells<'_>,
        nodes: &[u32],
    ) -> Vec<PlaceInput> {
        let mut counts: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for sighting in sightings.iter().filter(|s| nodes.contains(&s.node)) {
            *counts.entry((sighting.node, sighting.cell)).or_default() += 1;
        }
        counts
            .into_iter()
            .filter_map(|((node, cell), events)| {
                let (name, point) = *cells.names.get(cell as usize)?;
                Some(PlaceInput { node: self.reference(node)?, cell: name.to_owned(), point, events })
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
