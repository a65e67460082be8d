//! Money that comes back: chains of payments in time order that leave an account and return to it.

use super::{Book, FlowConfig, FlowDirection, Transfer, backward, forward};
use std::collections::{BTreeMap, BTreeSet};

/// A chain of payments from an account back to itself, each after the one before, no other account twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// The payments in order.
    pub transfers: Vec<Transfer>,
    /// At most so much of the first payment can have come back with the last: the smallest amount on the way.
    pub most: i64,
}

/// What a search found.
pub(super) struct Found {
    pub(super) best: Vec<Cycle>,
    pub(super) all: usize,
    pub(super) cut: bool,
}

/// By which chains does money come back?
///
/// A depth-first search over the transfers that may carry money of the account and may bring it back (marked forward
/// and backward), bounded by hops and by work.
pub(super) fn cycles(book: &Book, account: u32, config: &FlowConfig) -> Found {
    let way = |direction| FlowConfig { direction, ..config.clone() };
    let ahead: BTreeSet<Transfer> =
        forward::mark(book, account, &way(FlowDirection::Forward)).steps.iter().map(|s| s.transfer).collect();
    let back: BTreeSet<Transfer> = backward::mark(book, account, &way(FlowDirection::Backward))
        .steps
        .iter()
        .map(|s| s.transfer)
        .collect();
    // Places in the book, by payer, ascending.
    let mut by_payer: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (place, transfer) in book.transfers.iter().enumerate() {
        if ahead.contains(transfer) && back.contains(transfer) {
            by_payer.entry(transfer.payer).or_default().push(place);
        }
    }
    let mut search = Search {
        book,
        account,
        by_payer: &by_payer,
        hops: config.cycle_hops,
        work: config.cycle_work,
        path: Vec::new(),
        found: Vec::new(),
    };
    search.go(account, None);
    let cut = search.work == 0;
    let mut found = search.found;
    found.sort_by_key(|c| {
        let span = match (c.transfers.first(), c.transfers.last()) {
            (Some(first), Some(last)) => last.time_us.saturating_sub(first.time_us),
            _ => 0,
        };
        (std::cmp::Reverse(c.most), c.transfers.len(), span, c.transfers.clone())
    });
    let all = found.len();
    found.truncate(config.cycle_limit);
    Found { best: found, all, cut }
}

struct Search<'a> {
    book: &'a Book,
    account: u32,
    by_payer: &'a BTreeMap<u32, Vec<usize>>,
    hops: usize,
    work: usize,
    path: Vec<usize>,
    found: Vec<Cycle>,
}

impl Search<'_> {
    fn go(&mut self, payer: u32, after: Option<usize>) {
        let Some(places) = self.by_payer.get(&payer) else { return };
        let first = after.map_or(0, |a| places.partition_point(|&p| p <= a));
        for &place in &places[first..] {
            if self.work == 0 {
                return;
            }
            self.work -= 1;
            let next = self.book.transfers[place].beneficiary;
            self.path.push(place);
            if next == self.account {
                let transfers: Vec<Transfer> = self.path.iter().map(|&p| self.book.transfers[p]).collect();
                let most = transfers.iter().map(|t| t.minor).min().unwrap_or(0);
                self.found.push(Cycle { transfers, most });
            } else if self.path.len() < self.hops && !self.visited(next) {
                self.go(next, Some(place));
            }
            self.path.pop();
        }
    }

    fn visited(&self, account: u32) -> bool {
        self.path.iter().any(|&p| self.book.transfers[p].payer == account)
    }
}
