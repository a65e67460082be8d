//! How a row of calls stands in its file, beside what its record says: what is needed to write the line again.

use crate::columns::Role;
use crate::line::{self, Script};
use crate::reader::Row;
use crate::reading::Reading;
use crate::table::Columns;
use model::record::CallRecord;
use model::written::{DurationForm, TimeForm};
use normalise::date::DateOrder;
use store::calls::Written;

/// What stands first in dates whose year stands last.
pub(crate) fn day_first(reading: &Reading) -> Option<bool> {
    match reading.dates {
        Some(DateOrder::DayFirst) => Some(true),
        Some(DateOrder::MonthFirst) => Some(false),
        _ => None,
    }
}

/// Which column holds what a record of calls says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    /// The column that comes first among the parties.
    pub(crate) first: Option<usize>,
    /// The other party's.
    pub(crate) second: Option<usize>,
    /// The moment or the day.
    pub(crate) time: Option<usize>,
    /// The time of day.
    pub(crate) clock: Option<usize>,
    /// Duration.
    pub(crate) duration: Option<usize>,
    /// Type.
    pub(crate) kind: Option<usize>,
    /// Direction.
    pub(crate) direction: Option<usize>,
    /// Handset.
    pub(crate) imei: Option<usize>,
    /// SIM card.
    pub(crate) imsi: Option<usize>,
    /// Cell, latitude, longitude, azimuth.
    pub(crate) site: [Option<usize>; 4],
    /// Columns that no record holds.
    pub(crate) rest: Vec<usize>,
    /// What stands in each column, in the words of a [`LineForm`](model::written::LineForm).
    pub(crate) words: String,
}

impl Places {
    pub(crate) fn of(columns: &Columns) -> Self {
        let party = |roles: [Role; 3]| roles.into_iter().find_map(|r| columns.get(r));
        // With a column for each side's device, which of them a record holds depends on the row.
        let two_sided = columns.any(&[Role::ReceiverImei, Role::ReceiverImsi]);
        let device = |role: Role| columns.get(role).filter(|_| !two_sided);
        let mut places = Self {
            first: party([Role::Caller, Role::NumberA, Role::Subject]),
            second: party([Role::Receiver, Role::NumberB, Role::Other]),
            time: columns.get(Role::Time).or_else(|| columns.get(Role::Date)),
            clock: columns.get(Role::Clock),
            duration: columns.get(Role::Duration),
            kind: columns.get(Role::Type),
            direction: columns.get(Role::Direction),
            imei: device(Role::Imei),
            imsi: device(Role::Imsi),
            site: [Role::Cell, Role::Latitude, Role::Longitude, Role::Azimuth].map(|r| columns.get(r)),
            rest: Vec::new(),
            words: String::new(),
        };
        let held = places.held();
        let word = |column: usize| held.iter().find(|(at, _)| *at == Some(column)).map(|(_, word)| *word);
        places.rest = (0..columns.width()).filter(|c| word(*c).is_none()).collect();
        let words: Vec<&str> = (0..columns.width()).map(|c| word(c).unwrap_or(line::REST)).collect();
        places.words = words.join(",");
        places
    }

    /// The columns that a record holds, and what stands there.
    fn held(&self) -> Vec<(Option<usize>, &'static str)> {
        let single = [
            self.first,
            self.second,
            self.time,
            self.clock,
            self.duration,
            self.kind,
            self.direction,
            self.imei,
            self.imsi,
        ];
        single.into_iter().chain(self.site).zip(line::HELD).collect()
    }
}

/// Joins the texts of the columns that are not read.
pub(crate) fn join_rest<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for (i, text) in texts.enumerate() {
        if i > 0 {
            out.push('\u{1f}');
        }
        out.push_str(text);
    }
    out
}

/// How this row writes this record.
///
/// # Arguments   `script`: how the lines of the table are written; none where they are not delimited text
pub(crate) fn written(
    row: &Row,
    places: &Places,
    reading: &Reading,
    script: Option<&Script>,
    record: &CallRecord,
) -> Written {
    let text = |column: Option<usize>| column.and_then(|c| row.cells.get(c)).map_or("", String::as_str);
    let first = match places.first {
        Some(column) => row.cell(column),
        None => reading.subject.as_deref().unwrap_or_default(),
    };
    let mut written = Written {
        swapped: record.caller.raw != first,
        type_raw: text(places.kind).to_owned(),
        direction_raw: text(places.direction).to_owned(),
        time: TimeForm::of(&record.time_raw, record.time.as_ref(), day_first(reading)),
        duration: DurationForm::of(text(places.duration), record.duration_s.unwrap_or(0)),
        site: places.site.map(|c| text(c).to_owned()),
        rest: (!places.rest.is_empty())
            .then(|| join_rest(places.rest.iter().map(|c| row.cells.get(*c).map_or("", String::as_str)))),
        line: None,
    };
    written.line = script.and_then(|script| script.form(row, &places.words, record, &written));
    written
}
