//! The first pass over a file: its tables, and how each of them is read.
//!
//! Nothing is turned into a record here, and nothing of the case is touched.

use crate::columns::Role;
use crate::error::IngestError;
use crate::evidence::Evidence;
use crate::load::LoadOptions;
use crate::mapping::Mapping;
use crate::open::{self, Expected, Opened};
use crate::reader::Table;
use crate::reading::{Circumstances, Reading};
use crate::recognise::{self, Layout};
use crate::rows::{Blocks, Headers, each};
use crate::subject::{Outside, number_in_name};
use crate::table::Columns;
use crate::unfold;
use model::phrase::Phrase;
use model::place::Country;
use model::record::TableKind;
use model::run::{RunContext, Unit};
use model::undecided::Undecided;
use normalise::date::DateOrder;
use std::path::Path;
use store::receipt::ColumnNote;

/// Rows between two stored byte offsets, and between two looks at whether the run was cancelled.
pub(crate) const OFFSET_EVERY: u32 = 1_024;

/// A table with its decisions.
pub(crate) struct Planned {
    pub(crate) table: Box<dyn Table>,
    pub(crate) layout: Layout,
    pub(crate) evidence: Evidence,
    pub(crate) reading: Reading,
    pub(crate) recognised: bool,
}

/// Opens a file and settles how each of its tables is read: the first pass.
pub(crate) fn plan(
    path: &Path,
    readable: &Path,
    mapping: &Mapping,
    fallback: Option<Country>,
    options: &LoadOptions,
    context: &RunContext<'_>,
) -> Result<Vec<Planned>, IngestError> {
    let kind = mapping.kind()?.or(options.kind);
    let name_number = number_in_name(path);
    let outside = Outside::of(mapping, name_number.as_deref());
    let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let expected = Expected { mapping, kind, outside };
    let opened = open::open(path, readable, expected, &mut |_| !context.is_cancelled())?;
    let good: Vec<TableKind> = opened.iter().filter_map(|o| o.layout.as_ref().ok().map(|l| l.kind)).collect();
    let Some(main_kind) = good.first().copied() else {
        let unread = opened.iter().find_map(|o| o.unread.clone());
        let failed = opened.into_iter().filter(|o| o.unread.is_none()).find_map(|o| {
            let sheet = o.table.sheet().to_owned();
            o.layout.err().map(|failure| failure.into_error(path, &sheet, mapping))
        });
        let failed = failed.or_else(|| {
            unread.map(|detail| IngestError::Workbook {
                path: path.to_owned(),
                detail: Phrase::foreign(detail),
            })
        });
        return Err(failed.unwrap_or_else(|| IngestError::Empty { path: path.to_owned() }));
    };
    let extent = opened.iter().map(|o| o.table.extent()).sum();
    context.progress.begin("survey", Some(extent), Unit::Bytes);
    let mut planned = Vec::new();
    for Opened { table, layout, unread } in opened {
        let (layout, recognised) = match layout {
            Ok(layout) => (layout, true),
            Err(_) => {
                let nothing = Layout {
                    kind: main_kind,
                    header_row: u32::MAX,
                    columns: Columns::default(),
                    letterhead: recognise::Letterhead::default(),
                    score: 0.0,
                };
                (nothing, false)
            }
        };
        let sheet = if table.sheet() == unfold::NAMELESS { String::new() } else { table.sheet().to_owned() };
        // A member of an archive is named, and lies in a folder, as a file does.
        let unpacked = sheet.contains('#') || !table.encoding().is_empty();
        let member = sheet.split('#').next().unwrap_or_default();
        let member_stem =
            Path::new(member).file_stem().filter(|_| unpacked).map(|s| s.to_string_lossy().into_owned());
        let title = sheet.rsplit('#').next().unwrap_or_default();
        let member_number = number_in_name(Path::new(member));
        let number = member_number.as_deref().or(name_number.as_deref());
        let evidence = survey(path, table.as_ref(), &layout, mapping, number, context)?;
        let folder = member.split('/').rev().skip(1).find_map(|f| Country::parse(f).filter(|_| f.len() == 2));
        let known = Circumstances {
            mapping,
            country: folder.or(fallback),
            name_number: number,
            titles: [member_stem.as_deref().unwrap_or(&stem), title],
        };
        let mut reading = Reading::settle(&layout, &evidence, &known);
        if let Some(why) = unread {
            reading.undecided = vec![Undecided::Unread(why)];
        } else if !recognised {
            reading.undecided = vec![Undecided::Header(String::new())];
        }
        planned.push(Planned { table, layout, evidence, reading, recognised });
    }
    context.progress.end();
    // The sheets of one workbook have one maker; the members of an archive need not.
    let book = |p: &Planned| p.table.sheet().rsplit_once('#').map(|(member, _)| member.to_owned());
    let is_book = planned.iter().all(|p| p.table.encoding().is_empty() && book(p).is_none());
    if is_book {
        share_dates(&mut planned);
    } else {
        planned.chunk_by_mut(|a, b| book(a).is_some() && book(a) == book(b)).for_each(share_dates);
    }
    Ok(planned)
}

/// Sheets of one workbook share their order of day and month: what one sheet decides stands for those that do not.
pub(crate) fn share_dates(planned: &mut [Planned]) {
    let mut orders: Vec<DateOrder> = planned.iter().filter_map(|p| p.reading.dates).collect();
    orders.sort_unstable();
    orders.dedup();
    orders.retain(|o| *o != DateOrder::YearFirst);
    let [order] = orders.as_slice() else { return };
    for p in planned.iter_mut().filter(|p| p.reading.dates.is_none() && !p.reading.counts_steps) {
        p.reading.dates = Some(*order);
        p.reading.undecided.retain(|u| *u != Undecided::Dates);
    }
}

pub(crate) fn check_cancelled(path: &Path, context: &RunContext<'_>) -> Result<(), IngestError> {
    if context.is_cancelled() { Err(IngestError::Cancelled { path: path.to_owned() }) } else { Ok(()) }
}

/// What all rows of a table say of how they are to be read.
pub(crate) fn survey(
    path: &Path,
    table: &dyn Table,
    layout: &Layout,
    mapping: &Mapping,
    name_number: Option<&str>,
    context: &RunContext<'_>,
) -> Result<Evidence, IngestError> {
    let mut evidence = Evidence::looking_for(name_number);
    let blocks = Blocks::new(table, layout, Headers::Sought(mapping))?;
    let blocks = each(
        blocks,
        (path, table.extent()),
        context,
        || (),
        |(), block| {
            let mut here = Evidence::looking_for(name_number);
            block.observe(layout, &mut here);
            Ok(here)
        },
        |here| {
            evidence.merge(here);
            Ok(())
        },
    )?;
    evidence.headers = blocks.found();
    Ok(evidence)
}

/// How the columns were understood, for the receipt.
pub(crate) fn notes(p: &Planned) -> Vec<ColumnNote> {
    let columns = &p.layout.columns;
    columns
        .headers
        .iter()
        .zip(&columns.roles)
        .map(|(header, role)| {
            let number = role.is_some_and(|(r, _)| {
                matches!(
                    r,
                    Role::Caller
                        | Role::Receiver
                        | Role::NumberA
                        | Role::NumberB
                        | Role::Subject
                        | Role::Other
                        | Role::Payer
                        | Role::Beneficiary
                        | Role::Account
                        | Role::Counterpart
                        | Role::Id
                )
            });
            let word = role.map_or("", |(r, _)| r.as_str());
            let role_text =
                if number && p.reading.opaque { format!("{word} (opaque id)") } else { word.to_owned() };
            ColumnNote {
                header: header.clone(),
                role: role_text,
                confidence: role.map_or(0.0, |(_, c)| f64::from((c * 100.0).round()) / 100.0),
            }
        })
        .collect()
}

/// Everything that was found, as a mapping that reads the table the same way.
pub(crate) fn resolved_mapping(p: &Planned, given: &Mapping) -> Mapping {
    if !p.recognised {
        return given.clone();
    }
    let mut out = recognise::propose(&p.layout.columns, p.layout.kind, given);
    let reading = &p.reading;
    out.country = reading.country.map(|c| c.code().to_owned());
    if !p.table.encoding().is_empty() {
        out.encoding = Some(p.table.encoding().to_owned());
        out.delimiter =
            Some(if p.table.delimiter() == "\t" { "\\t".to_owned() } else { p.table.delimiter() });
    }
    out.header_row = Some(p.layout.header_row);
    out.dates = reading.dates.map(|order| {
        match order {
            DateOrder::DayFirst => "dmy",
            DateOrder::MonthFirst => "mdy",
            DateOrder::YearFirst => "ymd",
        }
        .to_owned()
    });
    if reading.opaque {
        out.opaque_ids = Some(true);
    }
    if p.layout.kind == TableKind::Transfers && reading.currency != model::money::Currency::UNKNOWN {
        out.currency = Some(reading.currency.as_str().to_owned());
    }
    out
}
