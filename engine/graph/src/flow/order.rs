//! The order in which transfers are taken: by time, and within an instant so that money can pass on.

use super::Transfer;
use std::collections::{BTreeMap, BTreeSet};

/// Sorts by time; within one instant a payment waits for the payments to its payer, as far as they form no circle
/// (Kahn, "Topological sorting of large networks", 1962, doi:10.1145/368996.369025). A circle is broken at its smallest
/// transfer.
///
/// # Complexity  O(m log m)
pub(super) fn in_order(transfers: &mut [Transfer]) {
    transfers.sort_unstable();
    let mut from = 0;
    while from < transfers.len() {
        let time = transfers[from].time_us;
        let to = from + transfers[from..].iter().take_while(|t| t.time_us == time).count();
        if to - from > 1 {
            within_instant(&mut transfers[from..to]);
        }
        from = to;
    }
}

fn within_instant(group: &mut [Transfer]) {
    let mut by_payer: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    let mut awaited: BTreeMap<u32, usize> = BTreeMap::new();
    for (place, transfer) in group.iter().enumerate() {
        by_payer.entry(transfer.payer).or_default().push(place);
        *awaited.entry(transfer.beneficiary).or_default() += 1;
    }
    let waits = |awaited: &BTreeMap<u32, usize>, payer: u32| awaited.get(&payer).copied().unwrap_or(0) > 0;
    let mut left: BTreeSet<usize> = (0..group.len()).collect();
    let mut ready: BTreeSet<usize> =
        left.iter().copied().filter(|&p| !waits(&awaited, group[p].payer)).collect();
    let mut out = Vec::with_capacity(group.len());
    while let Some(place) = ready.first().or_else(|| left.first()).copied() {
        ready.remove(&place);
        left.remove(&place);
        let transfer = group[place];
        out.push(transfer);
        if let Some(count) = awaited.get_mut(&transfer.beneficiary) {
            *count -= 1;
            if *count == 0 {
                let freed = by_payer.get(&transfer.beneficiary).into_iter().flatten();
                ready.extend(freed.copied().filter(|p| left.contains(p)));
            }
        }
    }
    group.copy_from_slice(&out);
}
