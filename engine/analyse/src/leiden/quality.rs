//! How good a partition is, counted in whole numbers and only then made a fraction.

use crate::leiden::Objective;
use crate::leiden::level::{Column, Level, with_column};
use crate::leiden::mapequation::code_length;
use rayon::prelude::*;

/// Quality of labels below the number of nodes: modularity, CPM, or the code length (less is better).
///
/// On a coarser level modularity and CPM are those of the finest; the code length is so but for its node term.
pub(super) fn quality(level: &Level<'_>, label: &[u32], objective: Objective, resolution: f64) -> f64 {
    if label.is_empty() {
        return 0.0;
    }
    if objective == Objective::Map {
        return code_length(level, label);
    }
    let inside = with_column!(level, column => inside(level, column, label)) as f64;
    let mut total = vec![0u64; label.len()];
    let mass = if objective == Objective::Cpm { &level.size } else { &level.strength };
    for (&m, &c) in mass.iter().zip(label) {
        total[c as usize] += m;
    }
    if objective == Objective::Cpm {
        let pairs: f64 = total.iter().map(|&t| 0.5 * t as f64 * (t as f64 - 1.0)).sum();
        return inside / 2.0 / level.scale - resolution * pairs;
    }
    if level.doubled == 0 {
        return 0.0;
    }
    let doubled = level.doubled as f64;
    let chance: f64 = total.iter().map(|&t| (t as f64 / doubled) * (t as f64 / doubled)).sum();
    inside / doubled - resolution * chance
}

/// Weight inside communities, counted from both ends, a loop twice.
fn inside<W: Column + ?Sized>(level: &Level<'_>, column: &W, label: &[u32]) -> u64 {
    (0..level.nodes() as u32).into_par_iter().map(|v| own_weight(level, column, label, v)).sum()
}

/// Weight of a node's arcs that stay in its community, a loop twice.
pub(super) fn own_weight<W: Column + ?Sized>(level: &Level<'_>, column: &W, label: &[u32], v: u32) -> u64 {
    let own = label[v as usize];
    let stays = |arc: &usize| level.targets[*arc] != v && label[level.targets[*arc] as usize] == own;
    level.row(v).filter(stays).map(|arc| column.at(arc)).sum::<u64>() + 2 * level.loop_of(v)
}
