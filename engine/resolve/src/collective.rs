//! The second pass: clusters compared as wholes.
//!
//! Many rows about one person repeat the same few values: fifty transfers name an account and a person, fifty others
//! a telephone and the same person, and one row of a register ties telephone, account and document together. Pair
//! by pair the two groups share nothing but a name, and an average over pairs lets the repetitions outvote the one
//! row that knows. So after the first pass every cluster is read as one record that says all its rows say, and
//! these records are resolved once more with the same model. Repeating a row then adds no weight.
//!
//! **Invariant:** the second pass only joins clusters of the first, and never across a cannot-link.

use crate::column::Columns;
use crate::column::frequency::Frequencies;
use crate::error::ResolveError;
use crate::model::StoredModel;
use crate::run::{Constraint, Resolution, ResolveConfig, resolve_all};
use model::identifier::Normal;
use model::party::PersonName;
use model::record::MentionRecord;
use model::run::RunContext;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Who is who, over rows and then over clusters of rows?
///
/// # Arguments   as [`resolve_all`]; `stored`: a model to be used as it stands; `None` trains one
/// # Returns     the clusters after both passes; pairs, model and threshold are those of the first; and the model, to be
/// stored: the same mentions with it give the same answer
/// # Errors      as [`resolve_all`]
/// # Complexity  that of [`resolve_all`], twice at most
/// # Determinism same mentions and constraints give the same clusters in any order and at any thread count
pub fn resolve_collectively(
    mentions: &[&MentionRecord],
    constraints: &[Constraint],
    config: &ResolveConfig,
    stored: Option<&StoredModel>,
    context: &RunContext<'_>,
) -> Result<(Resolution, StoredModel), ResolveError> {
    let rows = match stored {
        Some(stored) => Arc::clone(&stored.rows),
        None => learn(mentions),
    };
    let config = ResolveConfig {
        model: stored.map(|s| s.fitted.clone()).or_else(|| config.model.clone()),
        threshold: stored.map(|s| s.threshold).or(config.threshold),
        frequencies: Some(Arc::clone(&rows)),
        ..config.clone()
    };
    let mut first = resolve_all(mentions, constraints, &config, context)?;
    let members = members(mentions, &first.cluster, first.clusters);
    // A cluster of one row is that row.
    let made: Vec<Option<MentionRecord>> =
        members.par_iter().map(|rows| (rows.len() > 1).then(|| whole(mentions, rows))).collect();
    let wholes: Vec<&MentionRecord> = made
        .iter()
        .zip(&members)
        .filter_map(|(made, rows)| made.as_ref().or_else(|| mentions.get(*rows.first()? as usize).copied()))
        .collect();
    let place = |m: usize| first.cluster.get(m).map_or(0, |c| *c as usize);
    let constraints: Vec<Constraint> = constraints
        .iter()
        .map(|c| match *c {
            Constraint::Must(a, b) => Constraint::Must(place(a), place(b)),
            Constraint::Cannot(a, b) => Constraint::Cannot(place(a), place(b)),
        })
        .filter(|c| match c {
            Constraint::Must(a, b) | Constraint::Cannot(a, b) => a != b,
        })
        .collect();
    let trained = StoredModel {
        fitted: first.model.clone(),
        threshold: first.threshold,
        rows,
        wholes: match stored {
            Some(stored) => Arc::clone(&stored.wholes),
            None => learn(&wholes),
        },
    };
    let config = ResolveConfig {
        model: Some(trained.fitted.clone()),
        threshold: Some(trained.threshold),
        frequencies: Some(Arc::clone(&trained.wholes)),
        ..config
    };
    let second = resolve_all(&wholes, &constraints, &config, context)?;
    let joined: Vec<u32> =
        first.cluster.iter().map(|c| second.cluster.get(*c as usize).copied().unwrap_or(*c)).collect();
    // Dense again, in order of first mention.
    let mut number = vec![u32::MAX; first.clusters as usize];
    let mut next = 0;
    first.cluster = joined
        .into_iter()
        .map(|label| {
            let slot = &mut number[label as usize];
            if *slot == u32::MAX {
                *slot = next;
                next += 1;
            }
            *slot
        })
        .collect();
    first.clusters = next;
    first.pairs_scored += second.pairs_scored;
    Ok((first, trained))
}

/// The members of each cluster, by position, in the order of their mentions.
fn members(mentions: &[&MentionRecord], cluster: &[u32], clusters: u32) -> Vec<Vec<u32>> {
    let mut order: Vec<u32> = (0..mentions.len() as u32).collect();
    if !mentions.is_sorted_by_key(|m| m.mention) {
        order.par_sort_by_key(|at| mentions[*at as usize].mention);
    }
    let mut out = vec![Vec::new(); clusters as usize];
    for at in order {
        out[cluster[at as usize] as usize].push(at);
    }
    out
}

/// The frequencies of some mentions, in an order that does not depend on theirs.
fn learn(mentions: &[&MentionRecord]) -> Arc<Frequencies> {
    let mut ordered = mentions.to_vec();
    ordered.par_sort_by_key(|m| m.mention);
    Arc::new(Columns::learn(&ordered).1)
}

/// One record that says all that these rows say, in their order.
fn whole(mentions: &[&MentionRecord], rows: &[u32]) -> MentionRecord {
    let rows: Vec<&MentionRecord> = rows.iter().map(|at| mentions[*at as usize]).collect();
    let mut out = rows[0].clone();
    let mut names: BTreeMap<&PersonName, usize> = BTreeMap::new();
    for row in rows.iter().filter(|r| !r.name.is_empty()) {
        *names.entry(&row.name).or_default() += 1;
    }
    let tokens = |n: &PersonName| n.given.len() + n.surnames.len();
    // The fullest of the names, then the most frequent, then by letters.
    let best = names.into_iter().max_by(|a, b| (tokens(a.0), a.1, b.0).cmp(&(tokens(b.0), b.1, a.0)));
    if let Some((name, _)) = best {
        out.name = name.clone();
    }
    let union = |values: fn(&MentionRecord) -> &Vec<Normal>| -> Vec<Normal> {
        let mut seen = BTreeSet::new();
        let all = rows.iter().flat_map(|r| values(r).iter());
        all.filter(|n| n.value.as_ref().is_some_and(|v| seen.insert(v.clone()))).cloned().collect()
    };
    out.documents = union(|r| &r.documents);
    out.phones = union(|r| &r.phones);
    out.accounts = union(|r| &r.accounts);
    out.birth = rows.iter().find_map(|r| r.birth);
    out.sex = rows.iter().find_map(|r| r.sex);
    if let Some(row) = rows.iter().find(|r| !r.address.is_empty()) {
        out.address.clone_from(&row.address);
    }
    if let Some(row) = rows.iter().find(|r| !r.town.is_empty()) {
        out.town.clone_from(&row.town);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::identifier::NormFlags;
    use model::ids::{MentionId, MentionRole, RecordRef, Seed, SourceId};
    use model::run::Silent;
    use std::sync::atomic::AtomicBool;

    fn named(row: u32, given: &str) -> MentionRecord {
        let record = RecordRef { source: SourceId(0), row };
        let mut mention = MentionRecord::new(MentionId { record, role: MentionRole::Payer });
        mention.name_raw = format!("{given} TZUNUX ITZEP");
        mention.name.given = vec![given.into(), "ELVIRA".into()];
        mention.name.surnames = vec!["TZUNUX".into(), "ITZEP".into()];
        mention
    }

    fn value(text: &str) -> Normal {
        Normal { raw: text.into(), value: Some(text.into()), flags: NormFlags::NONE }
    }

    #[test]
    fn the_second_pass_only_joins_and_never_across_a_cannot_link() {
        let mut mentions = Vec::new();
        for row in 0..20 {
            let mut mention = named(row, "XIOMARA");
            mention.phones = vec![value("+50390000001")];
            mentions.push(mention);
            let mut mention = named(100 + row, "XIOMARA");
            mention.accounts = vec![value("SV95CEBL00000000004892907294")];
            mentions.push(mention);
        }
        for (row, phones, accounts) in [(300, true, false), (301, false, true)] {
            let mut mention = named(row, "XIOMARA");
            mention.documents = vec![value("SV-DUI:990253100")];
            if phones {
                mention.phones = vec![value("+50390000001")];
            }
            if accounts {
                mention.accounts = vec![value("SV95CEBL00000000004892907294")];
            }
            mentions.push(mention);
        }
        let cancelled = AtomicBool::new(false);
        let context = RunContext::new(Seed::default(), &Silent, &cancelled);
        let config = ResolveConfig::default();
        let all: Vec<&MentionRecord> = mentions.iter().collect();
        let first = resolve_all(&all, &[], &config, &context).expect("resolved");
        let done = resolve_collectively(&all, &[], &config, None, &context).expect("resolved").0;
        for (a, b) in (0..mentions.len()).flat_map(|a| (0..a).map(move |b| (a, b))) {
            if first.cluster[a] == first.cluster[b] {
                assert_eq!(done.cluster[a], done.cluster[b], "the second pass parted {a} and {b}");
            }
        }
        let ban = [Constraint::Cannot(0, 1)];
        let (apart, _) = resolve_collectively(&all, &ban, &config, None, &context).expect("resolved");
        assert_ne!(apart.cluster[0], apart.cluster[1]);
    }

    #[test]
    fn a_whole_says_all_that_its_rows_say() {
        let mut short = named(1, "XIOMARA");
        short.name.given.truncate(1);
        short.phones = vec![value("+50390000001")];
        let mut full = named(2, "XIOMARA");
        full.phones = vec![value("+50390000001"), value("+50390000002")];
        full.documents = vec![value("SV-DUI:990253100")];
        let said = whole(&[&short, &full], &[0, 1, 0]);
        assert_eq!(said.name, full.name);
        assert_eq!(said.phones, full.phones);
        assert_eq!(said.documents, full.documents);
        assert_eq!(said.mention, short.mention);
    }
}
