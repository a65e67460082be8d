//! The events of a case with the identifiers that they name; this file alone turns an event into an edge.
//!
//! They are derived from the rows, which are many, and most questions are answered from the graph; so they are read when
//! a question first asks for single events.

use crate::network::base::{Named, Window};
use graph::error::GraphError;
use graph::layer::Layer;
use graph::layered::{EdgeInput, LayeredGraphBuilder};
use model::event::{CallEvent, TransferEvent};
use model::identifier::Identifier;
use model::ids::RecordRef;
use model::record::MentionRecord;
use model::time::Stamp;
use place::{CallPlaces, Numbering};
use rayon::slice::ParallelSliceMut as _;

mod place;

/// All events of a case, and the identifiers that each names by their positions in the base network.
///
/// **Invariant:** `call_places` and `transfer_places` have one entry for each of `calls` and `transfers`.
#[derive(Debug, Default)]
pub struct Events {
    /// Calls and messages.
    pub calls: Vec<CallEvent>,
    /// Transfers.
    pub transfers: Vec<TransferEvent>,
    call_places: Vec<CallPlaces>,
    transfer_places: Vec<[u32; 2]>,
}

impl Events {
    /// Events of a case whose identifiers are known: ascending, distinct, and all that the events name.
    ///
    /// # Complexity  O(events + identifiers), parallel over events
    pub(crate) fn new(
        calls: Vec<CallEvent>,
        transfers: Vec<TransferEvent>,
        identifiers: &[Identifier],
    ) -> Self {
        let numbering = Numbering::of(identifiers);
        let (call_places, transfer_places) = (numbering.calls(&calls), numbering.transfers(&transfers));
        Self { calls, transfers, call_places, transfer_places }
    }

    /// Every identifier that events and mentions name, ascending and distinct; the events; and which each mention names.
    pub(super) fn with_identifiers(
        calls: Vec<CallEvent>,
        transfers: Vec<TransferEvent>,
        mentions: &[MentionRecord],
    ) -> (Vec<Identifier>, Self, Named) {
        let identifiers = place::identifiers(&calls, &transfers, mentions);
        let numbering = Numbering::of(&identifiers);
        let (call_places, transfer_places) = (numbering.calls(&calls), numbering.transfers(&transfers));
        let named = numbering.mentions(mentions);
        (identifiers, Self { calls, transfers, call_places, transfer_places }, named)
    }

    /// Handsets and SIM cards that numbers used: pairs of positions (number, device), distinct and ascending.
    pub(super) fn device_uses(&self) -> Vec<(u32, u32)> {
        let uses = |call: &CallPlaces| {
            let sides = call.numbers.into_iter().zip(call.devices);
            let uses = sides.flat_map(|(number, devices)| devices.map(|device| (number, device)));
            uses.filter(|(number, device)| *number != place::NONE && *device != place::NONE)
        };
        let mut all: Vec<(u32, u32)> = self.call_places.iter().flat_map(uses).collect();
        all.par_sort_unstable();
        all.dedup();
        all
    }

    /// The numbers of caller and receiver of a call, as positions.
    pub fn call_ends(&self, call: usize) -> [Option<u32>; 2] {
        self.call_places.get(call).map_or([None; 2], |places| places.numbers.map(place::known))
    }

    /// Handset and SIM card of caller and receiver of a call, as positions.
    pub(crate) fn call_devices(&self, call: usize) -> [[Option<u32>; 2]; 2] {
        let devices = |places: &CallPlaces| places.devices.map(|side| side.map(place::known));
        self.call_places.get(call).map_or([[None; 2]; 2], devices)
    }

    /// The accounts of payer and beneficiary of a transfer, as positions.
    pub fn transfer_ends(&self, transfer: usize) -> [Option<u32>; 2] {
        self.transfer_places.get(transfer).map_or([None; 2], |places| places.map(place::known))
    }

    /// The moment and the parties of every event that has a moment: calls first, then transfers.
    pub(crate) fn meetings(&self) -> impl Iterator<Item = Meeting<'_>> + '_ {
        let calls = self.calls.iter().enumerate().filter_map(|(i, call)| {
            Some(Meeting { time: call.time?, ends: self.call_ends(i), sources: &call.sources })
        });
        let transfers = self.transfers.iter().enumerate().filter_map(|(i, transfer)| {
            Some(Meeting { time: transfer.time?, ends: self.transfer_ends(i), sources: &transfer.sources })
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
        for (call, places) in self.calls.iter().zip(&self.call_places) {
            let at = call.time.map(|t| t.instant_us);
            if !window.admits(at) {
                continue;
            }
            let nodes = places.numbers.map(|end| place::known(end).and_then(|e| place(e, at)));
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
                    evidence: &call.sources,
                })?;
            }
            for (node, devices) in nodes.into_iter().zip(places.devices) {
                let Some(source) = node else { continue };
                for device in devices {
                    let Some(target) = place::known(device).and_then(|d| place(d, at)) else { continue };
                    if source != target {
                        builder.add(shared(source, target, at, &call.sources))?;
                    }
                }
            }
        }
        for (transfer, places) in self.transfers.iter().zip(&self.transfer_places) {
            let at = transfer.time.map(|t| t.instant_us);
            if !window.admits(at) {
                continue;
            }
            let nodes = places.map(|end| place::known(end).and_then(|e| place(e, at)));
            if let [Some(source), Some(target)] = nodes
                && source != target
            {
                builder.add(EdgeInput {
                    source,
                    target,
                    layer: Layer::Money,
                    first_us: at,
                    last_us: at,
                    count: 1,
                    total: transfer.amount.minor,
                    currency: Some(transfer.amount.currency),
                    evidence: &transfer.sources,
                })?;
            }
        }
        Ok(())
    }
}

/// An event with a moment: who met whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meeting<'a> {
    /// The moment.
    pub(crate) time: Stamp,
    /// Its parties, as positions of identifiers.
    pub(crate) ends: [Option<u32>; 2],
    /// The rows that say so.
    pub(crate) sources: &'a [RecordRef],
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
