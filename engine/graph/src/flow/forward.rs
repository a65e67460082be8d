//! Forward: marks what left the account and carries the marks along with the money.

use super::{Book, EndReason, FlowConfig, FlowStep, Marks, Runs, Traced, carry, cents, share};
use std::collections::BTreeMap;

/// Marked money in one account.
#[derive(Clone, Copy, Default)]
struct Pool {
    proportional: i64,
    least: i64,
    most: i64,
    depth: Option<u32>,
}

/// Marks every transfer after the account's own.
pub(super) fn mark(book: &Book, account: u32, config: &FlowConfig) -> Marks {
    let mut marks = Marks { total: 0, steps: Vec::new(), ends: BTreeMap::new() };
    let mut pools = vec![Pool::default(); book.accounts.len()];
    let mut runs: Vec<Runs> = vec![Vec::new(); book.transfers.len()];
    let folded = |a: u32| config.folded.binary_search(&a).is_ok();
    for (place, transfer) in book.transfers.iter().enumerate() {
        let pool = &mut pools[book.place(transfer.payer)];
        let (traced, depth) = if transfer.payer == account {
            if config.from_us.is_some_and(|from| transfer.time_us < from) {
                continue;
            }
            marks.total = marks.total.saturating_add(transfer.minor);
            runs[place] = vec![(0, transfer.minor)];
            (Traced::whole(transfer.minor), 1)
        } else {
            let mut own = Vec::new();
            for piece in book.pieces_of(place) {
                carry(&runs[piece.came.0], piece.came.1, piece.minor, piece.left_at, &mut own);
            }
            runs[place] = own;
            let (held, paid) = (book.held_before[place], book.covered[place]);
            let traced = Traced {
                fifo: cents(&runs[place]),
                proportional: share(pool.proportional, paid, held),
                least: (paid - (held - pool.least)).max(0),
                most: pool.most.min(paid),
            };
            pool.proportional -= traced.proportional;
            pool.least = (pool.least - paid).max(0);
            pool.most = pool.most.min(held - paid);
            (traced, pool.depth.map_or(1, |d| d + 1))
        };
        if traced.is_none() {
            continue;
        }
        marks.steps.push(FlowStep { transfer: *transfer, traced, depth });
        let reason = match transfer.beneficiary {
            a if a == account => Some(EndReason::Returned),
            a if folded(a) => Some(EndReason::Folded),
            _ => None,
        };
        if let Some(reason) = reason {
            marks.end(transfer.beneficiary, reason, &traced);
            runs[place].clear();
            continue;
        }
        let pool = &mut pools[book.place(transfer.beneficiary)];
        pool.proportional += traced.proportional;
        pool.least += traced.least;
        pool.most += traced.most;
        pool.depth = Some(pool.depth.map_or(depth, |d| d.min(depth)));
    }
    held(book, &runs, &pools, &mut marks);
    marks
}

/// What is still where it arrived.
fn held(book: &Book, runs: &[Runs], pools: &[Pool], marks: &mut Marks) {
    let mut fifo = vec![0i64; pools.len()];
    for (place, transfer) in book.transfers.iter().enumerate() {
        fifo[book.place(transfer.beneficiary)] += cents(&runs[place]);
        for piece in book.pieces_of(place) {
            let mut gone = Vec::new();
            carry(&runs[piece.came.0], piece.came.1, piece.minor, 0, &mut gone);
            fifo[book.place(transfer.payer)] -= cents(&gone);
        }
    }
    for (&account, &place) in &book.accounts {
        let pool = pools[place];
        let traced = Traced {
            fifo: fifo[place],
            proportional: pool.proportional,
            least: pool.least,
            most: pool.most.max(0),
        };
        if !traced.is_none() {
            marks.end(account, EndReason::Held, &traced);
        }
    }
}
