//! How did these mentions come to be held as one party, and where would they come apart first?
//!
//! The same average linkage that made the cluster is run again over its mentions alone and without a threshold, so
//! that every join has its weight: the weakest join is where the cluster would break if the threshold rose.
//!
//! **Invariants**
//! 1. Weights are those of the stored model and frequencies: they are the ones that decided.
//! 2. Judgements join first; a join by judgement has no weight of evidence to be weak by.

use crate::cluster::{Bond, WHOLE, Weigher};
use crate::column::Columns;
use crate::column::frequency::Frequencies;
use crate::model::FittedModel;
use model::record::MentionRecord;

/// Two groups of mentions that became one.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// Positions of the one group, ascending; identical mentions stand together.
    pub left: Vec<u32>,
    /// Positions of the other.
    pub right: Vec<u32>,
    /// Average weight over all pairs across, in bits.
    pub average_bits: f64,
    /// The pair across with the most weight, which holds the two together.
    pub strongest: (u32, u32),
    /// Weight of that pair, in bits.
    pub strongest_bits: f64,
    /// Whether two of them exclude each other whatever the weight says.
    pub excluded: bool,
    /// Whether a judgement says that the two are one.
    pub judged: bool,
}

struct Group {
    units: Vec<usize>,
    mentions: Vec<u32>,
}

/// The joins of one cluster, first to last; the last leaves one group.
///
/// # Arguments     `mentions`: those of the cluster; `must`: pairs of positions that a judgement made one; `most_bits`:
/// most that one pair counts, as in clustering
/// # Returns       one join fewer than distinct mentions; `None` for more than [`WHOLE`] distinct mentions
/// # Complexity    O(u^3) for u distinct mentions
/// # Determinism   ties go to the smaller positions
pub fn lineage(
    mentions: &[MentionRecord],
    model: &FittedModel,
    stored: Option<&Frequencies>,
    must: &[(u32, u32)],
    most_bits: f64,
) -> Option<Vec<Join>> {
    let all: Vec<&MentionRecord> = mentions.iter().collect();
    let columns = match stored {
        Some(stored) => Columns::with(&all, stored),
        None => Columns::new(&all),
    };
    let mut units: Vec<Vec<u32>> = Vec::new();
    let mut unit_of = vec![0usize; mentions.len()];
    for (at, features) in columns.mentions.iter().enumerate() {
        let same = |u: &Vec<u32>| u.first().is_some_and(|f| columns.mentions[*f as usize] == *features);
        let unit = match units.iter().position(same) {
            Some(unit) => unit,
            None if units.len() == WHOLE => return None,
            None => {
                units.push(Vec::new());
                units.len() - 1
            }
        };
        units[unit].push(at as u32);
        unit_of[at] = unit;
    }
    let weigher = Weigher::new(&columns, model);
    let mut comparer = weigher.comparer();
    let n = units.len();
    let mut weights = vec![(0.0, 0.0, Bond::NONE); n * n];
    for i in 0..n {
        for j in i + 1..n {
            let edge = weigher.edge(&mut comparer, units[i][0], units[j][0]);
            weights[i * n + j] = (edge.bits.clamp(-most_bits, most_bits), edge.bits, edge.bond);
        }
    }
    let across = |a: &Group, b: &Group| -> Join {
        let mut join = Join {
            left: a.mentions.clone(),
            right: b.mentions.clone(),
            average_bits: 0.0,
            strongest: (0, 0),
            strongest_bits: f64::NEG_INFINITY,
            excluded: false,
            judged: false,
        };
        let (mut sum, mut pairs, mut bonds) = (0.0, 0.0, Bond::NONE);
        for i in &a.units {
            for j in &b.units {
                let (counted, bits, bond) = weights[i.min(j) * n + i.max(j)];
                let size = (units[*i].len() * units[*j].len()) as f64;
                sum += counted * size;
                pairs += size;
                bonds = bonds.and(bond);
                if bits > join.strongest_bits {
                    (join.strongest_bits, join.strongest) = (bits, (units[*i][0], units[*j][0]));
                }
            }
        }
        join.average_bits = sum / pairs;
        join.excluded = bonds.parts();
        join
    };
    let mut groups: Vec<Group> = units
        .iter()
        .enumerate()
        .map(|(unit, mentions)| Group { units: vec![unit], mentions: mentions.clone() })
        .collect();
    let mut out = Vec::new();
    for (a, b) in must {
        let holds = |m: u32| {
            let unit = unit_of.get(m as usize)?;
            groups.iter().position(|g| g.units.contains(unit))
        };
        if let (Some(i), Some(j)) = (holds(*a), holds(*b))
            && i != j
        {
            let join = Join { judged: true, ..across(&groups[i.min(j)], &groups[i.max(j)]) };
            absorb(&mut groups, i.min(j), i.max(j));
            out.push(join);
        }
    }
    while groups.len() > 1 {
        let mut best: Option<(usize, usize, Join)> = None;
        for i in 0..groups.len() {
            for j in i + 1..groups.len() {
                let join = across(&groups[i], &groups[j]);
                // What excludes itself is joined last: it is together for a reason outside these weights.
                let heavier = best.as_ref().is_none_or(|(_, _, b)| {
                    (join.excluded, -join.average_bits) < (b.excluded, -b.average_bits)
                });
                if heavier {
                    best = Some((i, j, join));
                }
            }
        }
        let Some((i, j, join)) = best else { break };
        absorb(&mut groups, i, j);
        out.push(join);
    }
    Some(out)
}

/// Puts group `j` into group `i`, with i < j.
fn absorb(groups: &mut Vec<Group>, i: usize, j: usize) {
    let gone = groups.remove(j);
    if let Some(group) = groups.get_mut(i) {
        group.units.extend(gone.units);
        group.mentions.extend(gone.mentions);
        group.mentions.sort_unstable();
    }
}

/// The join where the cluster would come apart first: of those by evidence the one with the least average weight.
pub fn weakest(joins: &[Join]) -> Option<&Join> {
    joins.iter().filter(|j| !j.judged).min_by(|a, b| a.average_bits.total_cmp(&b.average_bits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::identifier::{NormFlags, Normal};
    use model::ids::{MentionId, MentionRole, RecordRef, SourceId};

    fn row(row: u32, given: &str, surname: &str, document: Option<&str>) -> MentionRecord {
        let record = RecordRef { source: SourceId(0), row };
        let mut mention = MentionRecord::new(MentionId { record, role: MentionRole::Person });
        mention.name_raw = format!("{given} {surname}");
        mention.name.given = vec![given.to_uppercase()];
        mention.name.surnames = vec![surname.to_uppercase()];
        mention.documents = document
            .map(|d| Normal { raw: d.into(), value: Some(format!("SV-DUI:{d}")), flags: NormFlags::NONE })
            .into_iter()
            .collect();
        mention
    }

    #[test]
    fn the_weakest_join_is_the_one_that_least_agrees() {
        let mut mentions = vec![
            row(0, "Marisol", "Funes", Some("01234567")),
            row(1, "Marisol", "Funes", Some("01234567")),
            row(2, "Marisol", "Funez", Some("01234567")),
            row(3, "Teodoro", "Zelaya", None),
        ];
        mentions[1].town = "Sonsonate".into();
        let model = FittedModel::defaults(1_000);
        let joins = lineage(&mentions, &model, None, &[], 20.0).unwrap();
        assert_eq!(joins.len(), 3);
        let weak = weakest(&joins).unwrap();
        assert_eq!((weak.left.as_slice(), weak.right.as_slice()), ([0, 1, 2].as_slice(), [3].as_slice()));
        assert!(weak.average_bits < 0.0 && joins[0].average_bits > 5.0, "{joins:?}");
        // A judgement that joins the stranger leaves the next weakest.
        let judged = lineage(&mentions, &model, None, &[(3, 0)], 20.0).unwrap();
        assert!(judged[0].judged && judged.len() == 3);
        assert!(weakest(&judged).is_some_and(|j| !j.judged));
    }

    #[test]
    fn identical_mentions_are_one_unit_and_none_is_lost() {
        let mentions: Vec<MentionRecord> = (0..400)
            .map(|i| row(i, if i % 2 == 0 { "Marisol" } else { "Marizol" }, "Funes", Some("01234567")))
            .collect();
        let joins = lineage(&mentions, &FittedModel::defaults(1_000), None, &[], 20.0).unwrap();
        assert_eq!(joins.len(), 1);
        assert_eq!(joins[0].left.len() + joins[0].right.len(), 400);
        assert!(lineage(&[], &FittedModel::defaults(2), None, &[], 20.0).unwrap().is_empty());
        let many: Vec<MentionRecord> =
            (0..=WHOLE as u32).map(|i| row(i, "Marisol", "Funes", Some(&format!("{i:08}")))).collect();
        assert!(lineage(&many, &FittedModel::defaults(1_000), None, &[], 20.0).is_none());
    }
}
