//! Events, clusters, communities and findings as derived tables.

use crate::error::EngineError;
use crate::network::aggregate::CallEdge;
use crate::network::event::Cell;
use crate::network::noted::Noted;
use crate::network::volume::Week;
use crate::table::{Columns, Table};
use arrow::record_batch::RecordBatch;
use model::event::TransferEvent;
use model::finding::{Finding, Typology};
use model::identifier::{Identifier, IdentifierKind, NormFlags};
use model::money::{Currency, Money};
use model::place::Point;
use model::time::{CivilDate, Precision, Stamp};
use resolve::cluster::Bridge;
use resolve::column::frequency::{Frequencies, FrequencyRow};
use resolve::model::{FittedModel, ModelRow};
use resolve::run::ScoredPair;
use std::collections::BTreeMap;
use store::dictionary::Arena;

fn stamp_columns<'a, T: 'a>(
    columns: Columns,
    events: &'a [T],
    time: impl Fn(&'a T) -> Option<Stamp> + Copy,
) -> Columns {
    columns
        .i64("instant_us", events.iter().map(move |e| time(e).map(|t| t.instant_us)))
        .i64("offset_minutes", events.iter().map(move |e| time(e).map(|t| i64::from(t.offset_minutes))))
        .flag("zone_assumed", events.iter().map(move |e| time(e).is_some_and(|t| t.zone_assumed)))
        .u32("precision", events.iter().map(move |e| time(e).map(|t| t.precision as u32)))
}

fn read_stamps(table: &Table<'_>) -> Result<Vec<Option<Stamp>>, EngineError> {
    let offset = table.i64("offset_minutes")?;
    let assumed = table.flag("zone_assumed")?;
    let precision = table.u32("precision")?;
    Ok(table
        .i64("instant_us")?
        .into_iter()
        .zip(offset)
        .zip(assumed)
        .zip(precision)
        .map(|(((instant, offset), zone_assumed), precision)| {
            Some(Stamp {
                instant_us: instant?,
                offset_minutes: i16::try_from(offset?).ok()?,
                zone_assumed,
                precision: match precision? {
                    0 => Precision::Day,
                    1 => Precision::Minute,
                    _ => Precision::Second,
                },
            })
        })
        .collect())
}

/// The numbers of calls, in the order in which edges count them.
pub(crate) fn numbers_table(numbers: &Arena) -> Result<RecordBatch, EngineError> {
    Columns::default().text("number", numbers.iter().map(Some)).build()
}

/// Calls between two numbers, aggregated.
pub(crate) fn call_edges_table(edges: &[CallEdge]) -> Result<RecordBatch, EngineError> {
    Columns::default()
        .u32("caller", edges.iter().map(|e| Some(e.source)))
        .u32("receiver", edges.iter().map(|e| Some(e.target)))
        .i64("count", edges.iter().map(|e| i64::try_from(e.count).ok()))
        .i64("duration_s", edges.iter().map(|e| Some(e.total)))
        .i64("first_us", edges.iter().map(|e| e.first_us))
        .i64("last_us", edges.iter().map(|e| e.last_us))
        .build()
}

/// Transfers as a table.
pub(crate) fn transfers_table(events: &[TransferEvent]) -> Result<RecordBatch, EngineError> {
    let columns = Columns::default()
        .text("payer", events.iter().map(|e| Some(e.payer.as_str())))
        .text("beneficiary", events.iter().map(|e| Some(e.beneficiary.as_str())));
    stamp_columns(columns, events, |e: &TransferEvent| e.time)
        .i64("amount_minor", events.iter().map(|e| Some(e.amount.minor)))
        .text("currency", events.iter().map(|e| Some(e.amount.currency.as_str())))
        .refs("sources", events.iter().map(|e| e.sources.as_slice()))
        .build()
}

/// Transfers of a table.
pub(crate) fn read_transfers(batch: &RecordBatch) -> Result<Vec<TransferEvent>, EngineError> {
    let table = Table::new("transfers", batch);
    let (payer, beneficiary) = (table.text("payer")?, table.text("beneficiary")?);
    let (minor, currency) = (table.i64("amount_minor")?, table.text("currency")?);
    let (time, sources) = (read_stamps(&table)?, table.refs("sources")?);
    Ok(payer
        .into_iter()
        .zip(beneficiary)
        .zip(time)
        .zip(minor.into_iter().zip(currency).zip(sources))
        .map(|(((payer, beneficiary), time), ((minor, currency), sources))| TransferEvent {
            payer: payer.unwrap_or_default(),
            beneficiary: beneficiary.unwrap_or_default(),
            time,
            amount: Money {
                minor: minor.unwrap_or_default(),
                currency: currency.and_then(|c| Currency::parse(&c)).unwrap_or(Currency::UNKNOWN),
            },
            sources,
        })
        .collect())
}

/// Flags of identifiers that have any, as a table.
pub(crate) fn flags_table(all: &[Noted]) -> Result<RecordBatch, EngineError> {
    Columns::default()
        .written("identifier", all, Noted::write)
        .u32("flags", all.iter().map(|noted| Some(u32::from(noted.flags.0))))
        .build()
}

/// Flags of a table.
pub(crate) fn read_flags(batch: &RecordBatch) -> Result<BTreeMap<Identifier, NormFlags>, EngineError> {
    let table = Table::new("flags", batch);
    let flags = table.u32("flags")?;
    Ok(table
        .text("identifier")?
        .into_iter()
        .zip(flags)
        .filter_map(|(id, f)| Some((Identifier::parse(&id?)?, NormFlags(u16::try_from(f?).ok()?))))
        .collect())
}

/// Every identifier of a network in its order, with what was noticed of it.
pub(crate) fn identifiers_table(
    identifiers: &[Identifier],
    flags: &[NormFlags],
) -> Result<RecordBatch, EngineError> {
    Columns::default()
        .u32("kind", identifiers.iter().map(|i| Some(i.kind as u32)))
        .text("value", identifiers.iter().map(|i| Some(i.value.as_str())))
        .u32("flags", flags.iter().map(|f| Some(u32::from(f.0))))
        .build()
}

/// Identifiers of a table, in its order.
pub(crate) fn read_identifiers(
    batch: &RecordBatch,
) -> Result<(Vec<Identifier>, Vec<NormFlags>), EngineError> {
    let table = Table::new("identifiers", batch);
    let identifier = |(kind, value): (Option<u32>, Option<String>)| {
        let kind = kind.and_then(|kind| IdentifierKind::ALL.get(kind as usize).copied());
        Some(Identifier::new(kind?, value?))
    };
    let rows = table.u32("kind")?.into_iter().zip(table.text("value")?);
    let identifiers =
        rows.map(|row| identifier(row).ok_or_else(|| table.wrong("a row names no identifier".to_owned())));
    let identifiers = identifiers.collect::<Result<Vec<_>, _>>()?;
    let flags = table.u32("flags")?.into_iter();
    let flags = flags.map(|f| NormFlags(f.and_then(|f| u16::try_from(f).ok()).unwrap_or_default())).collect();
    Ok((identifiers, flags))
}

/// Pairs of identifiers that were used with each other, by their positions.
pub(crate) fn uses_table(uses: &[(u32, u32)]) -> Result<RecordBatch, EngineError> {
    Columns::default()
        .u32("number", uses.iter().map(|u| Some(u.0)))
        .u32("device", uses.iter().map(|u| Some(u.1)))
        .build()
}

/// Pairs of a table.
pub(crate) fn read_uses(batch: &RecordBatch) -> Result<Vec<(u32, u32)>, EngineError> {
    let table = Table::new("uses", batch);
    let pairs = table.u32("number")?.into_iter().zip(table.u32("device")?);
    Ok(pairs.filter_map(|(number, device)| Some((number?, device?))).collect())
}

/// The cells of a case in their order.
pub(crate) fn cells_table(cells: &[Cell]) -> Result<RecordBatch, EngineError> {
    Columns::default()
        .text("cell", cells.iter().map(|c| Some(c.name.as_str())))
        .f64("lat", cells.iter().map(|c| c.point.map(|p| p.lat)))
        .f64("lon", cells.iter().map(|c| c.point.map(|p| p.lon)))
        .build()
}

/// Cells of a table, in its order.
pub(crate) fn read_cells(batch: &RecordBatch) -> Result<Vec<Cell>, EngineError> {
    let table = Table::new("cells", batch);
    let points = table.f64("lat")?.into_iter().zip(table.f64("lon")?);
    let cell = |(name, (lat, lon)): (Option<String>, (Option<f64>, Option<f64>))| Cell {
        name: name.unwrap_or_default(),
        point: lat.zip(lon).map(|(lat, lon)| Point { lat, lon }),
    };
    Ok(table.text("cell")?.into_iter().zip(points).map(cell).collect())
}

/// Events by week as a table; the week is days from 1970-01-01 to its Sunday.
pub(crate) fn weeks_table(weeks: &[Week]) -> Result<RecordBatch, EngineError> {
    let number = |of: &dyn Fn(&Week) -> u64| -> Vec<Option<i64>> {
        weeks.iter().map(|w| i64::try_from(of(w)).ok()).collect()
    };
    Columns::default()
        .i64("sunday", weeks.iter().map(|w| w.sunday.map(|s| i64::from(s.days_since_epoch()))))
        .i64("calls", number(&|w| w.calls).into_iter())
        .i64("messages", number(&|w| w.messages).into_iter())
        .i64("data_sessions", number(&|w| w.data_sessions).into_iter())
        .i64("transfers", number(&|w| w.transfers).into_iter())
        .i64("first_us", weeks.iter().map(|w| w.first_us))
        .i64("last_us", weeks.iter().map(|w| w.last_us))
        .build()
}

/// Weeks of a table.
pub(crate) fn read_weeks(batch: &RecordBatch) -> Result<Vec<Week>, EngineError> {
    let table = Table::new("weeks", batch);
    let number = |column: &str| -> Result<Vec<u64>, EngineError> {
        let found = table.i64(column)?.into_iter();
        Ok(found.map(|n| n.and_then(|n| u64::try_from(n).ok()).unwrap_or_default()).collect())
    };
    let kinds = number("calls")?.into_iter().zip(number("messages")?).zip(number("data_sessions")?);
    let spans = table.i64("first_us")?.into_iter().zip(table.i64("last_us")?);
    let rows = table.i64("sunday")?.into_iter().zip(kinds.zip(number("transfers")?)).zip(spans);
    let week = |((day, (((calls, messages), data_sessions), transfers)), (first_us, last_us)): (_, _)| {
        let day: Option<i64> = day;
        let sunday = day.and_then(|day| CivilDate::from_days(i32::try_from(day).ok()?));
        Week { sunday, calls, messages, data_sessions, transfers, first_us, last_us }
    };
    Ok(rows.map(week).collect())
}

/// One optional number a row: cluster of each mention, community of each node.
pub(crate) fn labels_table(labels: &[Option<u32>]) -> Result<RecordBatch, EngineError> {
    Columns::default().u32("label", labels.iter().copied()).build()
}

/// Labels of a table.
pub(crate) fn read_labels(batch: &RecordBatch) -> Result<Vec<Option<u32>>, EngineError> {
    Table::new("labels", batch).u32("label")
}

/// One optional share a row: the stability of each node, of each community.
pub(crate) fn shares_table(shares: &[Option<f64>]) -> Result<RecordBatch, EngineError> {
    Columns::default().f64("share", shares.iter().copied()).build()
}

/// Shares of a table.
pub(crate) fn read_shares(batch: &RecordBatch) -> Result<Vec<Option<f64>>, EngineError> {
    Table::new("shares", batch).f64("share")
}

/// Larger groups of communities as a table: level, community and group.
pub(crate) fn groups_table(levels: &[Vec<u32>]) -> Result<RecordBatch, EngineError> {
    let rows: Vec<[u32; 3]> = (0u32..)
        .zip(levels)
        .flat_map(|(level, groups)| {
            (0u32..).zip(groups).map(move |(community, group)| [level, community, *group])
        })
        .collect();
    Columns::default()
        .u32("level", rows.iter().map(|[level, ..]| Some(*level)))
        .u32("community", rows.iter().map(|[_, community, _]| Some(*community)))
        .u32("group", rows.iter().map(|[.., group]| Some(*group)))
        .build()
}

/// Larger groups of a table.
pub(crate) fn read_groups(batch: &RecordBatch) -> Result<Vec<Vec<u32>>, EngineError> {
    let table = Table::new("groups", batch);
    let (level, group) = (table.u32("level")?, table.u32("group")?);
    let mut levels: Vec<Vec<u32>> = Vec::new();
    for (level, group) in level.into_iter().zip(group).filter_map(|(level, group)| Some((level?, group?))) {
        // Levels ascend; one that is skipped is damage that nobody's memory pays for.
        if level as usize == levels.len() {
            levels.push(Vec::new());
        }
        if let Some(groups) = levels.get_mut(level as usize) {
            groups.push(group);
        }
    }
    Ok(levels)
}

/// Scored pairs as a table; positions are those of all mentions of the audience.
pub(crate) fn pairs_table(pairs: &[ScoredPair]) -> Result<RecordBatch, EngineError> {
    Columns::default()
        .u32("a", pairs.iter().map(|p| Some(p.a)))
        .u32("b", pairs.iter().map(|p| Some(p.b)))
        .f64("weight_bits", pairs.iter().map(|p| Some(p.weight_bits)))
        .f64("probability", pairs.iter().map(|p| Some(p.probability)))
        .build()
}

/// Scored pairs of a table.
pub(crate) fn read_pairs(batch: &RecordBatch) -> Result<Vec<ScoredPair>, EngineError> {
    let table = Table::new("pairs", batch);
    let (b, weight, probability) = (table.u32("b")?, table.f64("weight_bits")?, table.f64("probability")?);
    Ok(table
        .u32("a")?
        .into_iter()
        .zip(b)
        .zip(weight.into_iter().zip(probability))
        .filter_map(|((a, b), (w, p))| Some(ScoredPair { a: a?, b: b?, weight_bits: w?, probability: p? }))
        .collect())
}

/// The fitted model as a table.
pub(crate) fn model_table(model: &FittedModel) -> Result<RecordBatch, EngineError> {
    let rows = model.to_rows();
    Columns::default()
        .text("comparison", rows.iter().map(|r| Some(r.comparison.as_str())))
        .text("level", rows.iter().map(|r| Some(r.level.as_str())))
        .f64("m", rows.iter().map(|r| Some(r.m)))
        .f64("u", rows.iter().map(|r| Some(r.u)))
        .build()
}

/// The rows of a stored model.
pub(crate) fn read_model(batch: &RecordBatch) -> Result<Vec<ModelRow>, EngineError> {
    let table = Table::new("model", batch);
    let (level, m, u) = (table.text("level")?, table.f64("m")?, table.f64("u")?);
    Ok(table
        .text("comparison")?
        .into_iter()
        .zip(level)
        .zip(m.into_iter().zip(u))
        .filter_map(|((comparison, level), (m, u))| {
            Some(ModelRow { comparison: comparison?, level: level?, m: m?, u: u? })
        })
        .collect())
}

/// Frequencies of a stored model as a table.
pub(crate) fn frequencies_table(frequencies: &Frequencies) -> Result<RecordBatch, EngineError> {
    let rows = frequencies.to_rows();
    Columns::default()
        .text("kind", rows.iter().map(|r| Some(r.kind.as_str())))
        .text("value", rows.iter().map(|r| Some(r.value.as_str())))
        .u32("count", rows.iter().map(|r| Some(r.count)))
        .u32("as_surname", rows.iter().map(|r| Some(r.as_surname)))
        .build()
}

/// The frequencies of a stored model.
pub(crate) fn read_frequencies(batch: &RecordBatch) -> Result<Frequencies, EngineError> {
    let table = Table::new("frequencies", batch);
    let (value, count, as_surname) = (table.text("value")?, table.u32("count")?, table.u32("as_surname")?);
    let rows = table.text("kind")?.into_iter().zip(value).zip(count.into_iter().zip(as_surname));
    Ok(Frequencies::from_rows(rows.filter_map(|((kind, value), (count, as_surname))| {
        Some(FrequencyRow { kind: kind?, value: value?, count: count?, as_surname: as_surname? })
    }))?)
}

/// Conflicts as a table: two that must stay apart and one that agrees with both.
pub(crate) fn bridges_table(bridges: &[Bridge]) -> Result<RecordBatch, EngineError> {
    Columns::default()
        .u32("a", bridges.iter().map(|b| Some(b.a)))
        .u32("b", bridges.iter().map(|b| Some(b.b)))
        .u32("by", bridges.iter().map(|b| Some(b.by)))
        .build()
}

/// Conflicts of a table.
pub(crate) fn read_bridges(batch: &RecordBatch) -> Result<Vec<Bridge>, EngineError> {
    let table = Table::new("bridges", batch);
    let (b, by) = (table.u32("b")?, table.u32("by")?);
    let rows = table.u32("a")?.into_iter().zip(b.into_iter().zip(by));
    Ok(rows.filter_map(|(a, (b, by))| Some(Bridge { a: a?, b: b?, by: by? })).collect())
}

/// Lines of text as a table.
pub(crate) fn lines_table(lines: &[String]) -> Result<RecordBatch, EngineError> {
    Columns::default().text("line", lines.iter().map(|l| Some(l.as_str()))).build()
}

/// The lines of a table.
pub(crate) fn read_lines(batch: &RecordBatch) -> Result<Vec<String>, EngineError> {
    Ok(Table::new("lines", batch).text("line")?.into_iter().flatten().collect())
}

/// Findings as a table.
pub(crate) fn findings_table(findings: &[Finding]) -> Result<RecordBatch, EngineError> {
    let subjects: Vec<String> = findings.iter().map(|f| f.subject.to_string()).collect();
    Columns::default()
        .text("typology", findings.iter().map(|f| Some(f.typology.as_str())))
        .text("subject", subjects.iter().map(|s| Some(s.as_str())))
        .texts("related", findings.iter().map(|f| f.related.iter().map(ToString::to_string).collect()))
        .i64("from_us", findings.iter().map(|f| Some(f.from_us)))
        .i64("to_us", findings.iter().map(|f| Some(f.to_us)))
        .f64("score", findings.iter().map(|f| Some(f.score)))
        .texts("parameter", findings.iter().map(|f| f.parameters.iter().map(|p| p.0.clone()).collect()))
        .texts("value", findings.iter().map(|f| f.parameters.iter().map(|p| p.1.clone()).collect()))
        .refs("evidence", findings.iter().map(|f| f.evidence.as_slice()))
        .build()
}

/// Findings of a table.
pub(crate) fn read_findings(batch: &RecordBatch) -> Result<Vec<Finding>, EngineError> {
    let table = Table::new("findings", batch);
    let (subject, related) = (table.text("subject")?, table.texts("related")?);
    let (from, to, score) = (table.i64("from_us")?, table.i64("to_us")?, table.f64("score")?);
    let (parameter, value) = (table.texts("parameter")?, table.texts("value")?);
    let evidence = table.refs("evidence")?;
    let what = table.text("typology")?.into_iter().zip(subject).zip(related);
    let when = from.into_iter().zip(to).zip(score);
    let proof = parameter.into_iter().zip(value).zip(evidence);
    Ok(what
        .zip(when)
        .zip(proof)
        .filter_map(|((((typology, subject), related), ((from, to), score)), ((names, values), evidence))| {
            Some(Finding {
                typology: Typology::parse(&typology?)?,
                subject: Identifier::parse(&subject?)?,
                related: related.iter().filter_map(|r| Identifier::parse(r)).collect(),
                from_us: from?,
                to_us: to?,
                score: score?,
                parameters: names.into_iter().zip(values).collect(),
                evidence,
            })
        })
        .collect())
}

#[cfg(test)]
mod tests;
