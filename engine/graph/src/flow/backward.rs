//! Backward: asks what each payment was fed by, from the last to the first.

use super::{Book, EndReason, FlowConfig, FlowStep, Marks, Runs, Traced, carry, cents, share};
use std::collections::BTreeMap;

/// Marked money that later payments took out of an account and earlier ones must have brought.
#[derive(Clone, Copy, Default)]
struct Demand {
    proportional: i64,
    least: i64,
    most: i64,
    depth: Option<u32>,
}

/// Marks every transfer before those that reached the account.
pub(super) fn mark(book: &Book, account: u32, config: &FlowConfig) -> Marks {
    let mut marks = Marks { total: 0, steps: Vec::new(), ends: BTreeMap::new() };
    let mut demands = vec![Demand::default(); book.accounts.len()];
    let mut runs: Vec<Runs> = vec![Vec::new(); book.transfers.len()];
    let folded = |a: u32| config.folded.binary_search(&a).is_ok();
    for (place, transfer) in book.transfers.iter().enumerate().rev() {
        let demand = &mut demands[book.place(transfer.beneficiary)];
        // The runs of a transfer were gathered from later payments, the last first.
        runs[place].sort_unstable();
        let (traced, depth) = if transfer.beneficiary == account {
            if config.from_us.is_some_and(|from| transfer.time_us < from) {
                continue;
            }
            marks.total = marks.total.saturating_add(transfer.minor);
            runs[place] = vec![(0, transfer.minor)];
            (Traced::whole(transfer.minor), 1)
        } else {
            let (held, brought) = (book.held_after[place], transfer.minor);
            let traced = Traced {
                fifo: cents(&runs[place]),
                proportional: share(demand.proportional, brought, held),
                least: (demand.least - (held - brought)).max(0),
                most: demand.most.min(brought),
            };
            demand.proportional -= traced.proportional;
            demand.least = (demand.least - brought).max(0);
            demand.most = demand.most.min(held - brought);
            (traced, demand.depth.map_or(1, |d| d + 1))
        };
        if traced.is_none() {
            continue;
        }
        marks.steps.push(FlowStep { transfer: *transfer, traced, depth });
        let reason = match transfer.payer {
            a if a == account => Some(EndReason::Returned),
            a if folded(a) => Some(EndReason::Folded),
            _ => None,
        };
        match reason {
            Some(reason) => marks.end(transfer.payer, reason, &traced),
            None => ask(book, place, depth, &traced, &mut runs, &mut demands, &mut marks),
        }
    }
    marks
}

/// Asks the payer's earlier income for what a payment carried; what none of it covers is unseen.
fn ask(
    book: &Book,
    place: usize,
    depth: u32,
    traced: &Traced,
    runs: &mut [Runs],
    demands: &mut [Demand],
    marks: &mut Marks,
) {
    let transfer = book.transfers[place];
    let own = std::mem::take(&mut runs[place]);
    let mut seen = 0;
    for piece in book.pieces_of(place) {
        let mut part = Vec::new();
        carry(&own, piece.left_at, piece.minor, piece.came.1, &mut part);
        seen += cents(&part);
        runs[piece.came.0].extend(part);
    }
    let covered = book.covered[place];
    let unseen = transfer.minor - covered;
    let asked = Traced {
        fifo: seen,
        proportional: share(traced.proportional, covered, transfer.minor),
        least: (traced.least - unseen).max(0),
        most: traced.most.min(covered),
    };
    let demand = &mut demands[book.place(transfer.payer)];
    demand.proportional += asked.proportional;
    demand.least += asked.least;
    demand.most += asked.most;
    if asked.most > 0 {
        demand.depth = Some(demand.depth.map_or(depth, |d| d.min(depth)));
    }
    let rest = Traced {
        fifo: traced.fifo - asked.fifo,
        proportional: traced.proportional - asked.proportional,
        least: (traced.least - covered).max(0),
        most: traced.most.min(unseen),
    };
    if !rest.is_none() {
        marks.end(transfer.payer, EndReason::Unseen, &rest);
    }
}
