//! The events of a case with the identifiers that they name; this file alone turns an event into an edge.
//!
//! They are derived from the rows once, with the entity graph, and stored beside it as columns that are mapped
//! (`packed`); a question that asks for single events looks through numbers and reads no text.

use crate::network::base::{Named, Window};
use graph::error::GraphError;
use graph::layer::Layer;
use graph::layered::{EdgeInput, LayeredGraphBuilder};
use model::event::{CallEvent, TransferEvent};
use model::identifier::Identifier;
use model::ids::RecordRef;
use model::place::Point;
use model::record::MentionRecord;
use model::time::Stamp;
use packed::{Call, Columns, Rows, Transfer};
use place::Numbering;
use rayon::prelude::{
    IndexedParallelIterator as _, IntoParallelIterator as _, IntoParallelRefIterator as _,
    ParallelIterator as _, ParallelSliceMut as _,
};
use std::collections::BTreeMap;

pub(crate) mod packed;
mod place;

/// A cell as events name it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cell {
    /// As written.
    pub(crate) name: String,
    /// The first position that an event gives it.
    pub(crate) point: Option<Point>,
}

/// All events of a case, and the identifiers that each names by their positions in the base network.
#[derive(Debug, Default)]
pub struct Events {
    columns: Columns,
    cells: Vec<Cell>,
}

impl Events {
    /// # Complexity  O(events), parallel over events
    fn numbered(calls: Vec<CallEvent>, transfers: Vec<TransferEvent>, numbering: &Numbering<'_>) -> Self {
        let (call_places, transfer_places) = (numbering.calls(&calls), numbering.transfers(&transfers));
        let cells = cells(&calls);
        let cell = |name: &str| cells.binary_search_by(|c| c.name.as_str().cmp(name)).ok().map(|n| n as u32);
        let packed = calls.par_iter().zip(&call_places).map(|(call, places)| {
            let terminals = [&call.caller_terminal, &call.receiver_terminal];
            packed::pack_call(call, places, terminals.map(|t| cell(&t.cell)))
        });
        let packed: Vec<_> = packed.collect();
        let (call_rows_at, call_rows) = packed::pack_rows(calls.iter().map(|c| &c.sources));
        let (transfer_rows_at, transfer_rows) = packed::pack_rows(transfers.iter().map(|t| &t.sources));
        let payments = transfers.iter().zip(transfer_places);
        let payments: Vec<_> = payments.map(|(t, places)| packed::pack_transfer(t, places)).collect();
        // Millions of texts are given back by all threads.
        calls.into_par_iter().for_each(drop);
        let columns = Columns {
            calls: packed.into(),
            call_rows_at: call_rows_at.into(),
            call_rows: call_rows.into(),
            transfers: payments.into(),
            transfer_rows_at: transfer_rows_at.into(),
            transfer_rows: transfer_rows.into(),
        };
        Self { columns, cells }
    }

    /// Events as they were stored, without copying them.
    pub(crate) fn of_columns(columns: Columns, cells: Vec<Cell>) -> Self {
        Self { columns, cells }
    }

    /// What the events are made of, to be stored.
    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Every identifier that events and mentions name, ascending and distinct; the events; and which each mention names.
    pub(super) fn with_identifiers(
        calls: Vec<CallEvent>,
        transfers: Vec<TransferEvent>,
        mentions: &[MentionRecord],
    ) -> (Vec<Identifier>, Self, Named) {
        let identifiers = place::identifiers(&calls, &transfers, mentions);
        let numbering = Numbering::of(&identifiers);
        let named = numbering.mentions(mentions);
        let events = Self::numbered(calls, transfers, &numbering);
        (identifiers, events, named)
    }

    /// Calls, messages and data sessions, in the order of their moments.
    pub fn calls(&self) -> impl ExactSizeIterator<Item = Call> + Clone + '_ {
        self.columns.calls.iter().map(packed::unpack_call)
    }

    /// Transfers, in the order of their moments.
    pub fn transfers(&self) -> impl ExactSizeIterator<Item = Transfer> + Clone + '_ {
        self.columns.transfers.iter().map(packed::unpack_transfer)
    }

    /// A call by its number.
    pub fn call(&self, number: usize) -> Option<Call> {
        self.columns.calls.get(number).map(packed::unpack_call)
    }

    /// A transfer by its number.
    pub fn transfer(&self, number: usize) -> Option<Transfer> {
        self.columns.transfers.get(number).map(packed::unpack_transfer)
    }

    /// The rows that assert a call.
    pub fn call_rows(&self, number: usize) -> Rows<'_> {
        Rows::of(&self.columns.call_rows_at, &self.columns.call_rows, number)
    }

    /// The rows that assert a transfer.
    pub fn transfer_rows(&self, number: usize) -> Rows<'_> {
        Rows::of(&self.columns.transfer_rows_at, &self.columns.transfer_rows, number)
    }

    /// The cells that calls name, ascending by name.
    pub(crate) fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Handsets and SIM cards that numbers used: pairs of positions (number, device), distinct and ascending.
    pub(super) fn device_uses(&self) -> Vec<(u32, u32)> {
        let uses = |call: Call| {
            let sides = call.ends.into_iter().zip(call.devices);
            sides.flat_map(|(number, devices)| devices.map(|device| Some((number?, device?)))).flatten()
        };
        let mut all: Vec<(u32, u32)> = self.calls().flat_map(uses).collect();
        all.par_sort_unstable();
        all.dedup();
        all
    }

    /// The moment and the parties of every event that has a moment: calls first, then transfers.
    pub(crate) fn meetings(&self) -> impl Iterator<Item = Meeting<'_>> + '_ {
        let calls = self.calls().enumerate().filter_map(|(i, call)| {
            Some(Meeting { time: call.time?, ends: call.ends, rows: self.call_rows(i) })
        });
        let transfers = self.transfers().enumerate().filter_map(|(i, transfer)| {
            Some(Meeting { time: transfer.time?, ends: transfer.ends, rows: self.transfer_rows(i) })
        });
        calls.chain(transfers)
    }

    /// Projects the events that begin in `[from_us, to_us)` onto nodes that `place` assigns to each end.
    ///
    /// Calls and transfers become one edge a pair, direction and layer (and currency); the use of a handset or
    /// SIM card becomes a [`Layer::Shared`] edge from the number's node to the device's node. Where both ends of
    /// an event are placed on one node the event makes no edge. Events without a moment are kept only when the
    /// window is open at both ends.
    ///
    /// # Arguments   `place`: node of an identifier at an instant (or at no known instant)
    /// # Complexity  O(events log events)
    pub(crate) fn project(
        &self,
        builder: &mut LayeredGraphBuilder,
        window: Window,
        place: &dyn Fn(u32, Option<i64>) -> Option<u32>,
    ) -> Result<(), GraphError> {
        let mut rows: Vec<RecordRef> = Vec::new();
        for (number, call) in self.calls().enumerate() {
            let at = call.instant();
            if !window.admits(at) {
                continue;
            }
            rows.clear();
            rows.extend(self.call_rows(number).iter());
            let nodes = call.ends.map(|end| end.and_then(|e| place(e, at)));
            if let [Some(source), Some(target)] = nodes
                && source != target
                && call.is_contact()
            {
                builder.add(EdgeInput {
                    source,
                    target,
                    layer: Layer::Calls,
                    first_us: at,
                    last_us: at,
                    count: 1,
                    total: call.duration_s.unwrap_or(0),
                    currency: None,
                    evidence: &rows,
                })?;
            }
            for (node, devices) in nodes.into_iter().zip(call.devices) {
                let Some(source) = node else { continue };
                for device in devices {
                    let Some(target) = device.and_then(|d| place(d, at)) else { continue };
                    if source != target {
                        builder.add(shared(source, target, at, &rows))?;
                    }
                }
            }
        }
        for (number, transfer) in self.transfers().enumerate() {
            let at = transfer.instant();
            if !window.admits(at) {
                continue;
            }
            let nodes = transfer.ends.map(|end| end.and_then(|e| place(e, at)));
            if let [Some(source), Some(target)] = nodes
                && source != target
            {
                rows.clear();
                rows.extend(self.transfer_rows(number).iter());
                builder.add(EdgeInput {
                    source,
                    target,
                    layer: Layer::Money,
                    first_us: at,
                    last_us: at,
                    count: 1,
                    total: transfer.amount.minor,
                    currency: Some(transfer.amount.currency),
                    evidence: &rows,
                })?;
            }
        }
        Ok(())
    }
}

/// The cells that calls name, ascending by name, each with the first position that a call gives it.
fn cells(calls: &[CallEvent]) -> Vec<Cell> {
    let mut points: BTreeMap<&str, Option<Point>> = BTreeMap::new();
    for terminal in calls.iter().flat_map(|c| [&c.caller_terminal, &c.receiver_terminal]) {
        if !terminal.cell.is_empty() {
            let point = points.entry(&terminal.cell).or_default();
            *point = point.or(terminal.point);
        }
    }
    points.into_iter().map(|(name, point)| Cell { name: name.to_owned(), point }).collect()
}

/// An event with a moment: who met whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meeting<'a> {
    /// The moment.
    pub(crate) time: Stamp,
    /// Its parties, as positions of identifiers.
    pub(crate) ends: [Option<u32>; 2],
    /// The rows that say so.
    pub(crate) rows: Rows<'a>,
}

pub(crate) fn shared(source: u32, target: u32, at: Option<i64>, evidence: &[RecordRef]) -> EdgeInput<'_> {
    EdgeInput {
        source,
        target,
        layer: Layer::Shared,
        first_us: at,
        last_us: at,
        count: 1,
        total: 0,
        currency: None,
        evidence,
    }
}
