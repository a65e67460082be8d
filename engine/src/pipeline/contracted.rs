//! The contracted network of a case: made of events and resolution once, stored with the communities, read back by
//! everything that asks afterwards.
//!
//! The graph is stored as columns that are mapped, not read, so that a question about one neighbourhood touches that
//! neighbourhood; identifiers and the choice of nodes are tables beside it.

use crate::codec;
use crate::error::EngineError;
use crate::network::Network;
use crate::network::base::{BaseNetwork, Named};
use crate::network::event::Events;
use crate::network::event::packed::Columns as EventColumns;
use crate::network::volume::weeks;
use crate::pipeline::{Audience, Case, Stage, entity_key, mention_key};
use graph::column::Column;
use graph::layered::LayeredGraph;
use graph::layered::packed::{Columns, Packed};
use model::record::MentionRecord;
use rayon::prelude::*;
use std::path::Path;
use std::sync::Arc;
use store::derived::{Derived, DerivedDir};
use store::error::StoreError;
use store::mapped::{MappedFile, Plain};
use store::snapshot::Snapshot;

/// Name of the file of columns that holds the graph.
const GRAPH: &str = "graph";
/// Name of the file of columns that holds the events.
const EVENTS: &str = "events";

/// What resolution says: cluster of each mention, and the public key of each cluster.
struct Resolution {
    mentions: Vec<MentionRecord>,
    cluster: Vec<Option<u32>>,
    keys: Vec<String>,
}

impl Case {
    /// The network of an audience: as it was stored with its communities, or made anew where there are none.
    ///
    /// # Errors      [`EngineError::Stale`] where network or resolution are not fresh; a stored graph that is damaged
    pub(crate) fn network(&self, audience: Audience) -> Result<(Snapshot, Network), EngineError> {
        self.require(audience, Stage::Network)?;
        match self.require(audience, Stage::Communities) {
            Ok(stored) => {
                let snapshot = self.store.snapshot()?;
                let Resolution { mentions, cluster, keys } = self.resolution(&snapshot, audience)?;
                let (base, chosen, graph) = read(&stored)?;
                Ok((snapshot, Network::stored(base, mentions, &cluster, keys, &chosen, graph)?))
            }
            Err(EngineError::Stale { .. }) => {
                let (snapshot, network, _) = self.contract(audience)?;
                Ok((snapshot, network))
            }
            Err(error) => Err(error),
        }
    }

    /// Reads events and resolution and contracts them.
    pub(super) fn contract(&self, audience: Audience) -> Result<(Snapshot, Network, Events), EngineError> {
        let snapshot = self.store.snapshot()?;
        let base_tables = self.require(audience, Stage::Network)?;
        let Resolution { mentions, cluster, keys } = self.resolution(&snapshot, audience)?;
        let calls = self.call_events(&snapshot, audience)?;
        let transfers = codec::read_transfers(&base_tables.table("transfers")?)?;
        let flags = codec::read_flags(&base_tables.table("flags")?)?;
        let (base, events) = BaseNetwork::new(calls, transfers, &mentions, &flags);
        let network = Network::new(base, &events, mentions, &cluster, keys)?;
        Ok((snapshot, network, events))
    }

    /// Every single event of an audience, as they were stored with its communities.
    ///
    /// # Errors      [`EngineError::Stale`] where they are not those of the case; a stored file that is damaged
    pub(crate) fn events(&self, audience: Audience) -> Result<Events, EngineError> {
        let stored = self.require(audience, Stage::Communities)?;
        let cells = codec::read_cells(&stored.table("cells")?)?;
        let (map, path) = stored.map(EVENTS)?;
        let columns = EventColumns {
            calls: lent(&map, &path, "calls")?,
            call_rows_at: lent(&map, &path, "calls_at")?,
            call_rows: lent(&map, &path, "callrows")?,
            transfers: lent(&map, &path, "money")?,
            transfer_rows_at: lent(&map, &path, "money_at")?,
            transfer_rows: lent(&map, &path, "moneyrow")?,
        };
        Ok(Events::of_columns(columns, cells))
    }

    /// Whether stored graph and events can be read: what was damaged is made anew by the next run.
    pub(super) fn graph_is_whole(&self, audience: Audience) -> Result<bool, EngineError> {
        let stored = self.require(audience, Stage::Communities)?;
        for name in [GRAPH, EVENTS] {
            match stored.map(name) {
                Ok(_) => {}
                Err(StoreError::Mapped { .. } | StoreError::Io { .. }) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }

    fn resolution(&self, snapshot: &Snapshot, audience: Audience) -> Result<Resolution, EngineError> {
        let resolved = self.require(audience, Stage::Resolve)?;
        let mentions = self.mentions(snapshot, audience)?;
        let cluster = codec::read_labels(&resolved.table("clusters")?)?;
        let anchors = codec::read_labels(&resolved.table("anchors")?)?;
        let anchored = |at: &Option<u32>| mentions.get(at.as_ref().copied()? as usize);
        let key = |at| anchored(at).map(|m| entity_key(&mention_key(snapshot, m.mention)));
        let keys = anchors.par_iter().map(|at| key(at).unwrap_or_default()).collect();
        Ok(Resolution { mentions, cluster, keys })
    }
}

/// Stores a network and its events beside what else is in the folder.
pub(super) fn put(dir: &DerivedDir, network: &Network, events: &Events) -> Result<(), EngineError> {
    let base = &network.base;
    let chosen: Vec<Option<u32>> =
        network.node_of_identifier.iter().map(|node| node.as_ref().map(|_| 1)).collect();
    dir.put("identifiers", &codec::identifiers_table(&base.identifiers, &base.flags)?)?;
    dir.put("uses", &codec::uses_table(&base.device_uses)?)?;
    dir.put("chosen", &codec::labels_table(&chosen)?)?;
    dir.put("cells", &codec::cells_table(events.cells())?)?;
    dir.put("weeks", &codec::weeks_table(&weeks(events))?)?;
    let columns = events.columns();
    let mut map = dir.map(EVENTS)?;
    map.column("calls", &columns.calls)?;
    map.column("calls_at", &columns.call_rows_at)?;
    map.column("callrows", &columns.call_rows)?;
    map.column("money", &columns.transfers)?;
    map.column("money_at", &columns.transfer_rows_at)?;
    map.column("moneyrow", &columns.transfer_rows)?;
    map.finish()?;
    let columns = network.graph.columns();
    let mut map = dir.map(GRAPH)?;
    map.column("edges", &columns.edges)?;
    map.column("out", &columns.out_offsets)?;
    map.column("in", &columns.in_offsets)?;
    map.column("incoming", &columns.incoming)?;
    map.column("degrees", &columns.degrees)?;
    map.column("rows_at", &columns.evidence_offsets)?;
    map.column("rows", &columns.evidence)?;
    map.column("named_at", &base.named.starts)?;
    map.column("named", &base.named.identifiers)?;
    Ok(map.finish()?)
}

/// Identifiers, whether each is a node, and the graph.
fn read(stored: &Derived) -> Result<(BaseNetwork, Vec<bool>, LayeredGraph), EngineError> {
    let (identifiers, flags) = codec::read_identifiers(&stored.table("identifiers")?)?;
    let device_uses = codec::read_uses(&stored.table("uses")?)?;
    let chosen = codec::read_labels(&stored.table("chosen")?)?.iter().map(Option::is_some).collect();
    let (map, path) = stored.map(GRAPH)?;
    let columns = Columns {
        edges: lent::<Packed>(&map, &path, "edges")?,
        out_offsets: lent(&map, &path, "out")?,
        in_offsets: lent(&map, &path, "in")?,
        incoming: lent(&map, &path, "incoming")?,
        degrees: lent(&map, &path, "degrees")?,
        evidence_offsets: lent(&map, &path, "rows_at")?,
        evidence: lent(&map, &path, "rows")?,
    };
    let named = Named { starts: lent(&map, &path, "named_at")?, identifiers: lent(&map, &path, "named")? };
    let base = BaseNetwork { identifiers, flags, device_uses, named };
    Ok((base, chosen, LayeredGraph::of_columns(columns)?))
}

fn lent<T: Plain>(map: &MappedFile, path: &Path, name: &str) -> Result<Column<T>, StoreError> {
    Ok(Column::Lent(Arc::new(map.column::<T>(path, name)?)))
}
