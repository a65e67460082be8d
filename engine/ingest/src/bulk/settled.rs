//! What is settled of a table of calls before its rows are read in bulk, and which tables can be.

use super::parse::Class;
use crate::calls;
use crate::columns::Role;
use crate::line::Script;
use crate::load::{CHUNK, STEP};
use crate::mapping::Mapping;
use crate::plan::Planned;
use crate::reader::encoding::Encoding;
use crate::written::{Places, day_first};
use model::provenance::Digest;
use model::record::{Side, TableKind};
use model::time::CivilDate;
use sha2::{Digest as _, Sha256};

/// The plan of a table, as the bulk reader uses it.
pub(crate) struct Settled<'p> {
    pub(super) planned: &'p Planned,
    pub(super) mapping: &'p Mapping,
    /// The number in the file's name.
    pub(super) name_number: Option<&'p str>,
    pub(super) places: Places,
    pub(super) script: Script,
    pub(super) width: usize,
    pub(super) delimiter: u8,
    pub(super) encoding: Encoding,
    pub(super) utf8: bool,
    pub(super) day_first: Option<bool>,
    /// Whether the time column may count steps, so that its values are looked at for that.
    pub(super) steps_count: bool,
    /// Whether a site is its cell alone.
    pub(super) cell_only: bool,
    /// Whether the sides of numbers are evidence.
    pub(super) two_columns: bool,
    fixed: bool,
    swapped: bool,
}

/// Raised when a note of a checkpoint says its things in another way.
const NOTES: u32 = 1;

/// Roles that a bulk table may have, each once.
const READ: [Role; 15] = [
    Role::Caller,
    Role::NumberA,
    Role::Receiver,
    Role::NumberB,
    Role::Other,
    Role::Time,
    Role::Date,
    Role::Clock,
    Role::Duration,
    Role::Type,
    Role::Direction,
    Role::Imei,
    Role::Imsi,
    Role::Cell,
    Role::Latitude,
];
const READ_TOO: [Role; 2] = [Role::Longitude, Role::Azimuth];

impl<'p> Settled<'p> {
    /// The plan of a table that can be read in bulk: text of one byte a unit, calls between two columns of numbers,
    /// no column of subjects, no second header.
    pub(crate) fn of(
        planned: &'p Planned,
        mapping: &'p Mapping,
        name_number: Option<&'p str>,
    ) -> Option<Self> {
        let Planned { table, layout, evidence, reading, recognised } = planned;
        let columns = &layout.columns;
        let encoding = Encoding::parse(table.encoding())?;
        let [delimiter] = table.delimiter().as_bytes().try_into().ok()?;
        let script = Script::of(table.encoding(), &table.delimiter())?;
        let roles: Vec<Role> = columns.roles.iter().flatten().map(|(role, _)| *role).collect();
        let known = |role: &Role| READ.contains(role) || READ_TOO.contains(role);
        let once = roles
            .iter()
            .filter(|r| **r != Role::Ignore)
            .all(|role| known(role) && roles.iter().filter(|r| *r == role).count() == 1);
        let count = |of: &[Role]| roles.iter().filter(|r| of.contains(r)).count();
        let fits = *recognised
            && layout.kind == TableKind::Calls
            && encoding.unit() == 1
            && delimiter != b'"'
            && once
            && count(&[Role::Caller, Role::NumberA]) == 1
            && count(&[Role::Receiver, Role::NumberB, Role::Other]) == 1
            && count(&[Role::Time, Role::Date]) == 1
            && !reading.counts_steps
            && evidence.headers.is_empty()
            && columns.width() >= 4;
        let places = Places::of(columns);
        let [_, geography @ ..] = places.site;
        fits.then(|| Self {
            planned,
            mapping,
            name_number,
            script,
            width: columns.width(),
            delimiter,
            encoding,
            utf8: encoding == Encoding::Utf8,
            day_first: day_first(reading),
            steps_count: columns.has(Role::Time) || !columns.has(Role::Clock),
            cell_only: geography.iter().all(Option::is_none),
            two_columns: columns.has(Role::NumberA) && columns.has(Role::NumberB),
            fixed: columns.has(Role::Caller) && columns.has(Role::Receiver),
            swapped: calls::incoming_is_swapped(columns, reading),
            places,
        })
    }

    /// The number of the line whose return this is, as days of each era read it.
    pub(super) fn subjects(&self) -> [Option<String>; 3] {
        let reading = &self.planned.reading;
        let days = [(2019, 1), (2020, 1), (2021, 1)].map(|(year, month)| CivilDate::new(year, month, 1));
        days.map(|day| {
            let text = reading.subject.as_deref().filter(|text| !text.is_empty())?;
            reading.phone(text, day).value
        })
    }

    /// The hash of everything that what is stored and noted depends on, beside the file and the mapping.
    pub(crate) fn plan(&self) -> Digest {
        let Planned { layout, reading, .. } = self.planned;
        let table = (self.encoding, self.delimiter, layout.header_row, &layout.columns, &layout.letterhead);
        let shares = (NOTES, CHUNK, STEP);
        let all = format!("{:?}", (table, reading, self.name_number, shares));
        Digest(Sha256::digest(all.as_bytes()).into())
    }

    /// Bytes of the table.
    pub(crate) fn extent(&self) -> u64 {
        self.planned.table.extent()
    }

    /// Whether the plan supposes UTF-8.
    pub(super) fn is_utf8(&self) -> bool {
        self.utf8
    }

    /// Whether the receiver stands first, and whose row it is, as [`calls::read`] decides it.
    ///
    /// # Arguments   `first`, `second`: whether the party in that column is the table's subject
    pub(super) fn parties(&self, stated: Option<Side>, first: bool, second: bool) -> (bool, Side) {
        let swap = match stated {
            Some(Side::Terminating) if self.fixed => false,
            Some(Side::Terminating) if self.swapped => true,
            Some(Side::Terminating) => first && !second,
            Some(Side::Originating) if !self.fixed && !self.swapped => second && !first,
            _ => false,
        };
        let (caller, receiver) = if swap { (second, first) } else { (first, second) };
        let side = stated.unwrap_or(match (caller, receiver) {
            (true, false) => Side::Originating,
            (false, true) => Side::Terminating,
            _ => Side::Unknown,
        });
        (swap, side)
    }

    /// What a type and a direction mean together.
    pub(super) fn class(&self, type_raw: &str, direction_raw: &str) -> Class {
        let reading = &self.planned.reading;
        let (kind_text, direction_text) = (type_raw.trim(), direction_raw.trim());
        let stated = calls::stated_side(kind_text, direction_text, reading);
        let leg = matches!(calls::class_of(kind_text), calls::Class::Data | calls::Class::Transit);
        let counted = calls::direction_of(direction_text).or_else(|| calls::direction_of(kind_text));
        Class {
            type_raw: type_raw.to_owned(),
            direction_raw: direction_raw.to_owned(),
            other_kind: calls::is_other_kind(kind_text),
            kind: calls::kind_of(kind_text, direction_text, reading),
            stated,
            counted: counted.filter(|_| self.two_columns && !leg),
        }
    }
}
