//! The first pass over a table: what no single row can say.
//!
//! Order of day and month, decimal mark, whether ids are telephone numbers, whose return the rows are: each is
//! decided here over every row of the table, and never over a sample.

use crate::calls::{Class, class_of, direction_of};
use crate::columns::{Role, header_key};
use crate::mapping::Mapping;
use crate::notes::{Noted, Notes};
use crate::reader::Row;
use crate::recognise::{Layout, declared_count};
use crate::table::Columns;
use hashbrown::HashMap;
use model::record::{self, TableKind};
use normalise::amount::AmountEvidence;
use normalise::date::DateEvidence;
use std::collections::BTreeMap;

/// What the whole numbers of a time column look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Integers {
    /// Values seen.
    pub seen: u64,
    /// Those that are whole numbers.
    pub whole: u64,
    /// The smallest of them.
    pub least: i64,
    /// The largest of them.
    pub most: i64,
}

impl Integers {
    fn take(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.seen += 1;
        if let Ok(n) = text.parse::<i64>() {
            (self.least, self.most) =
                if self.whole == 0 { (n, n) } else { (self.least.min(n), self.most.max(n)) };
            self.whole += 1;
        }
    }

    fn merge(&mut self, later: &Self) {
        (self.least, self.most) = match (self.whole, later.whole) {
            (_, 0) => (self.least, self.most),
            (0, _) => (later.least, later.most),
            _ => (self.least.min(later.least), self.most.max(later.most)),
        };
        self.seen += later.seen;
        self.whole += later.whole;
    }

    /// Whether the column counts steps: whole numbers that are neither a spreadsheet's days nor `YYYYMMDD`.
    pub fn are_steps(&self) -> bool {
        let serials = self.least >= 20_000 && self.most < 80_000;
        let days = self.least >= 19_000_101 && self.most <= 21_001_231;
        self.seen > 0 && self.whole == self.seen && !serials && !days
    }
}

/// What the values of number columns look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ids {
    /// Values seen.
    pub seen: u64,
    /// Values long enough to be a telephone number or an account.
    pub long: u64,
    /// The longest, in letters and digits.
    pub longest: usize,
}

impl Ids {
    fn take(&mut self, text: &str) {
        let length = text.chars().filter(char::is_ascii_alphanumeric).count();
        if length > 0 {
            self.take_length(length);
        }
    }

    /// Takes a value of so many letters and digits.
    pub(crate) fn take_length(&mut self, length: usize) {
        self.seen += 1;
        self.long += u64::from(length >= 6);
        self.longest = self.longest.max(length);
    }

    fn merge(&mut self, later: &Self) {
        self.seen += later.seen;
        self.long += later.long;
        self.longest = self.longest.max(later.longest);
    }

    /// Whether nothing in the columns can be a telephone number or an account: opaque ids.
    pub fn are_opaque(&self) -> bool {
        self.seen > 0 && self.long == 0
    }
}

/// Rows in which a number stands.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    /// Incoming ones, in column A.
    a_in: u64,
    /// Incoming ones, in column B.
    b_in: u64,
    /// Whether there is an outgoing one with it in column A.
    a_out: bool,
}

/// Which numbers stand in which column on incoming and outgoing rows, by their keys.
#[derive(Clone, Debug, Default)]
struct Sides(HashMap<u64, Side>);

impl Sides {
    fn add(&mut self, key: u64, rows: Side) {
        let side = self.0.entry(key).or_default();
        side.a_in += rows.a_in;
        side.b_in += rows.b_in;
        side.a_out |= rows.a_out;
    }

    fn merge(&mut self, later: Self) {
        for (key, rows) in later.0 {
            self.add(key, rows);
        }
    }
}

/// What a whole table says.
#[derive(Debug, Default)]
pub struct Evidence {
    /// Physical lines of the table.
    pub lines: u64,
    /// Headers below the first: the line, and the columns from there on.
    pub headers: BTreeMap<u32, Columns>,
    /// Dates of events.
    pub dates: DateEvidence,
    /// Birth dates.
    pub births: DateEvidence,
    /// Dates of validity.
    pub spans: DateEvidence,
    /// The time column as whole numbers.
    pub steps: Integers,
    /// Amounts.
    pub amounts: AmountEvidence,
    /// Whether any amount column has a value in which the decimal mark matters.
    pub marked_amounts: u64,
    /// Negative amounts.
    pub negative: u64,
    /// Numbers of parties.
    pub ids: Ids,
    /// Records that a footer declares.
    pub declared: Option<u64>,
    sides: Sides,
    /// The key of the number in the file's name, and whether any party has it.
    sought: Option<(u64, bool)>,
}

/// The last eight letters and digits of a number.
fn number_key(text: &str) -> u64 {
    text.bytes()
        .rev()
        .filter(u8::is_ascii_alphanumeric)
        .take(8)
        .enumerate()
        .fold(0, |key, (place, byte)| key | u64::from(byte) << (8 * place))
}

/// Whether an amount is written with a sign that means money going out.
pub(crate) fn is_negative(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('-')
        || text.ends_with('-')
        || (text.starts_with('(') && text.ends_with(')'))
        || text.starts_with('\u{2212}')
        || (text.contains('-') && text.starts_with(|c: char| !c.is_ascii_digit()))
}

impl Evidence {
    /// Evidence that also looks among the parties for the number in the file's name.
    pub(crate) fn looking_for(number: Option<&str>) -> Self {
        Self { sought: number.map(|n| (number_key(n), false)), ..Self::default() }
    }

    /// Whether a party of a row has the number that was looked for.
    pub(crate) fn names_subject(&self) -> bool {
        self.sought.is_some_and(|(_, found)| found)
    }

    /// Looks at a party's text.
    pub(crate) fn look_at(&mut self, text: &str) {
        if let Some((key, found)) = &mut self.sought {
            *found = *found || number_key(text) == *key;
        }
    }

    /// Takes one row below the header that is no header itself. `columns` are those in force.
    pub fn observe(&mut self, row: &Row, layout: &Layout, columns: &Columns) {
        if row.fault.is_some() || row.is_blank() || row.is_rule() {
            return;
        }
        let footer = is_footer(row, columns, layout.kind);
        if (footer || row.used_width() <= 3)
            && let Some(count) = declared_count(row)
        {
            self.declared = Some(count);
            return;
        }
        if footer {
            return;
        }
        let cell = |role: Role| columns.get(role).map_or("", |c| row.cell(c));
        for role in [Role::Time, Role::Date] {
            if let Some(column) = columns.get(role) {
                let text = crate::reading::single_date(row.cell(column));
                self.dates.observe(&text);
                if role == Role::Time || !columns.has(Role::Clock) {
                    self.steps.take(row.cell(column));
                }
            }
        }
        self.births.observe(cell(Role::Birth));
        for role in [Role::ValidFrom, Role::ValidTo] {
            self.spans.observe(cell(role));
        }
        for role in [Role::Amount, Role::Debit, Role::Credit] {
            let text = cell(role);
            self.amounts.observe(text);
            self.marked_amounts += u64::from(text.contains(['.', ',']));
            self.negative += u64::from(is_negative(text));
        }
        for role in [
            Role::Caller,
            Role::Receiver,
            Role::NumberA,
            Role::NumberB,
            Role::Subject,
            Role::Other,
            Role::Payer,
            Role::Beneficiary,
            Role::PayerPhone,
            Role::BeneficiaryPhone,
            Role::Counterpart,
            Role::Account,
            Role::Id,
            Role::Phone,
        ] {
            for column in columns.all(role) {
                self.ids.take(row.cell(column));
                self.look_at(row.cell(column));
            }
        }
        if layout.kind == TableKind::Calls {
            self.observe_sides(row, columns);
        }
    }

    fn observe_sides(&mut self, row: &Row, columns: &Columns) {
        let (Some(a), Some(b)) = (columns.get(Role::NumberA), columns.get(Role::NumberB)) else { return };
        let text = |role: Role| columns.get(role).map_or("", |c| row.cell(c));
        if matches!(class_of(text(Role::Type)), Class::Data | Class::Transit) {
            return;
        }
        let side = direction_of(text(Role::Direction)).or_else(|| direction_of(text(Role::Type)));
        let (a, b) = (number_key(row.cell(a)), number_key(row.cell(b)));
        match side {
            Some(record::Side::Terminating) => {
                self.sides.add(a, Side { a_in: 1, ..Side::default() });
                self.sides.add(b, Side { b_in: 1, ..Side::default() });
            }
            Some(record::Side::Originating) => self.sides.add(a, Side { a_out: true, ..Side::default() }),
            _ => {}
        }
    }

    /// Goes on with the evidence of the rows that follow.
    pub(crate) fn merge(&mut self, later: Self) {
        self.lines += later.lines;
        self.headers.extend(later.headers);
        self.dates.merge(&later.dates);
        self.births.merge(&later.births);
        self.spans.merge(&later.spans);
        self.steps.merge(&later.steps);
        self.amounts.merge(&later.amounts);
        self.marked_amounts += later.marked_amounts;
        self.negative += later.negative;
        self.ids.merge(&later.ids);
        self.declared = later.declared.or(self.declared);
        self.sides.merge(later.sides);
        if let (Some((_, found)), Some((_, later))) = (&mut self.sought, later.sought) {
            *found |= later;
        }
    }

    /// Writes all of it but further headers, of which a table that is read in one pass has none.
    pub(crate) fn write(&self, notes: &mut Notes) {
        let Self { lines, marked_amounts, negative, steps, ids, sides, .. } = self;
        notes.put_all([*lines, *marked_amounts, *negative]);
        for dates in [&self.dates, &self.births, &self.spans] {
            notes.put_all(dates.words());
        }
        notes.put_all([steps.seen, steps.whole, steps.least as u64, steps.most as u64]);
        notes.put_all(self.amounts.words());
        notes.put_all([ids.seen, ids.long, ids.longest as u64]);
        notes.put_all([u64::from(self.declared.is_some()), self.declared.unwrap_or_default()]);
        let (key, found) = self.sought.unwrap_or_default();
        notes.put_all([u64::from(self.sought.is_some()), key, u64::from(found)]);
        let incoming = [|side: &Side| side.a_in, |side: &Side| side.b_in];
        for rows in incoming {
            let counted =
                || sides.0.iter().map(|(key, side)| [*key, rows(side)]).filter(|[_, rows]| *rows > 0);
            notes.put(counted().count() as u64);
            counted().for_each(|counted| notes.put_all(counted));
        }
        let outgoing = || sides.0.iter().filter(|(_, side)| side.a_out).map(|(key, _)| *key);
        notes.put(outgoing().count() as u64);
        notes.put_all(outgoing());
    }

    /// Reads what [`Self::write`] wrote.
    pub(crate) fn read(noted: &mut Noted<'_>) -> Option<Self> {
        let [lines, marked_amounts, negative] = noted.take_all()?;
        let mut dates = || noted.take_all().map(DateEvidence::of_words);
        let (dates, births, spans) = (dates()?, dates()?, dates()?);
        let [seen, whole, least, most] = noted.take_all()?;
        let steps = Integers { seen, whole, least: least as i64, most: most as i64 };
        let amounts = AmountEvidence::of_words(noted.take_all()?);
        let [seen, long, longest] = noted.take_all()?;
        let ids = Ids { seen, long, longest: usize::try_from(longest).ok()? };
        let (is_declared, declared) = (noted.take_bool()?, noted.take()?);
        let (is_sought, key, found) = (noted.take_bool()?, noted.take()?, noted.take_bool()?);
        let mut sides = Sides::default();
        let incoming =
            [|rows| Side { a_in: rows, ..Side::default() }, |rows| Side { b_in: rows, ..Side::default() }];
        for side in incoming {
            for _ in 0..noted.take_count()? {
                let [key, rows] = noted.take_all()?;
                sides.add(key, side(rows));
            }
        }
        for _ in 0..noted.take_count()? {
            sides.add(noted.take()?, Side { a_out: true, ..Side::default() });
        }
        Some(Self {
            lines,
            headers: BTreeMap::new(),
            dates,
            births,
            spans,
            steps,
            amounts,
            marked_amounts,
            negative,
            ids,
            declared: is_declared.then_some(declared),
            sides,
            sought: is_sought.then_some((key, found)),
        })
    }

    /// Makes room for the numbers that [`Self::add_side`] will count.
    pub(crate) fn expect_sides(&mut self, numbers: usize) {
        self.sides.0.reserve(numbers);
    }

    /// Counts the numbers of a column over many rows: on incoming ones, as A or B, and whether on outgoing ones as A.
    pub(crate) fn add_side(&mut self, text: &str, a_in: u64, b_in: u64, a_out: bool) {
        if a_in > 0 || b_in > 0 || a_out {
            self.sides.add(number_key(text), Side { a_in, b_in, a_out });
        }
    }

    /// Whether "number A" is the line whose return this is, also on incoming rows: the numbers that call on
    /// outgoing rows are found again in column A of incoming ones rather than in column B.
    pub fn a_is_subject(&self) -> bool {
        let all = || self.sides.0.values();
        if !all().any(|side| side.a_out) {
            return all().filter(|side| side.a_in > 0).count() == 1
                && all().filter(|side| side.b_in > 0).count() > 1;
        }
        let calling = || all().filter(|side| side.a_out);
        calling().map(|side| side.a_in).sum::<u64>() > calling().map(|side| side.b_in).sum::<u64>()
    }
}

/// The columns from here on, where a row is a header again: the same repeated on a new page, or that of another block.
pub(crate) fn further_header(
    row: &Row,
    layout: &Layout,
    columns: &Columns,
    mapping: &Mapping,
) -> Option<Columns> {
    if row.fault.is_some() || row.is_blank() || row.is_rule() {
        return None;
    }
    let used = row.used_width();
    if used < 2 && columns.width() > 1 {
        return None;
    }
    let mut same = true;
    let mut wordy = 0usize;
    for (i, cell) in row.cells.iter().take(used).enumerate() {
        if cell.bytes().filter(u8::is_ascii_digit).count() > 3 {
            return None;
        }
        wordy += usize::from(cell.chars().any(char::is_alphabetic));
        same &= columns
            .headers
            .get(i)
            .is_some_and(|h| h.trim() == cell.trim() || header_key(h) == header_key(cell));
    }
    if layout.header_row == 0 || wordy == 0 {
        return None;
    }
    if same && used == columns.headers.iter().rposition(|h| !h.trim().is_empty()).map_or(0, |n| n + 1) {
        return Some(columns.clone());
    }
    if !mapping.columns.is_empty() || used < 4 {
        return None;
    }
    let headers: Vec<String> = row.cells.iter().take(used).cloned().collect();
    let next = Columns::assign(&headers, layout.kind, mapping);
    let sure = next.roles.iter().flatten().filter(|(_, fit)| *fit > 0.99).count();
    (sure >= 4 && sure * 2 >= used && next.missing(layout.kind, false, false).is_empty()).then_some(next)
}

const FOOTERS: [&str; 22] = [
    "TOTAL",
    "TOTALES",
    "SUBTOTAL",
    "SUB TOTAL",
    "GRAN TOTAL",
    "SALDO ANTERIOR",
    "SALDO INICIAL",
    "SALDO FINAL",
    "SALDO ACTUAL",
    "ULTIMA LINEA",
    "FIN DE",
    "FIN DEL",
    "END OF",
    "PAGINA",
    "PAGE",
    "TOTAL DE",
    "CANTIDAD DE",
    "SALDO AL",
    "NUMERO DE REGISTROS",
    "REGISTROS",
    "ELABORADO",
    "FUENTE",
];

/// Whether a row is a total or closing line: it begins like one, or a cell says so, and it asserts no event.
pub(crate) fn is_footer(row: &Row, columns: &Columns, kind: TableKind) -> bool {
    let says = says_footer;
    let first = row.cells.iter().find(|c| !c.trim().is_empty()).map_or("", |c| c.trim());
    let memo = columns.all(Role::Memo).map(|c| row.cell(c)).any(says);
    if !says(first) && !memo {
        return false;
    }
    let filled = |roles: &[Role]| {
        roles.iter().filter_map(|r| columns.get(*r)).any(|c| {
            let text = row.cell(c);
            !text.is_empty() && !says(text)
        })
    };
    match kind {
        TableKind::Calls => {
            !(filled(&[Role::Caller, Role::NumberA, Role::Subject])
                && filled(&[Role::Receiver, Role::NumberB, Role::Other]))
        }
        // "Saldo anterior" may carry a date and a balance, a total the sums; neither carries both a day and an amount.
        TableKind::Transfers => {
            !(filled(&[Role::Date, Role::Time]) && filled(&[Role::Amount, Role::Debit, Role::Credit]))
        }
        TableKind::Entities => row.cells.iter().filter(|c| !c.trim().is_empty()).count() <= 2,
    }
}

/// Whether a text begins like a total or closing line.
pub(crate) fn says_footer(text: &str) -> bool {
    let folded = normalise::text::fold(text);
    FOOTERS.iter().any(|f| folded == *f || folded.strip_prefix(f).is_some_and(|rest| rest.starts_with(' ')))
}
