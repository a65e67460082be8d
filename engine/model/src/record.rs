//! Rows of seized files after reading: assertions, not yet events.
//!
//! Every record keeps what was written beside the normal form, and the address of its row.

use crate::identifier::{Identifier, IdentifierKind, NormFlags, Normal};
use crate::ids::{MentionId, RecordRef};
use crate::money::{Currency, Money};
use crate::party::{PartyKind, PersonName, Sex};
use crate::place::{Country, Point};
use crate::sensitivity::Sensitivity;
use crate::time::{CivilDate, Interval, Stamp};
use crate::written::LineEnd;

/// What kind of table a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TableKind {
    /// Call detail records: calls and messages.
    Calls,
    /// Transfers of money.
    Transfers,
    /// People, organisations, subscribers, account holders.
    Entities,
}

impl TableKind {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Transfers => "transfers",
            Self::Entities => "entities",
        }
    }

    /// The kind of a stable word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Calls, Self::Transfers, Self::Entities].into_iter().find(|k| k.as_str() == text)
    }
}

/// A call, a message or a data session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum CallKind {
    /// A voice call.
    #[default]
    Call = 0,
    /// A text or multimedia message.
    Message = 1,
    /// A data session of the line that stands as the caller; it has a receiver only where its row names a line.
    Data = 2,
}

/// Whose return a row of a communication or a transfer stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Side {
    /// Nothing in the file says whose row it is.
    #[default]
    Unknown = 0,
    /// The caller's or payer's return (an outgoing row, a debit).
    Originating = 1,
    /// The receiver's or beneficiary's return (an incoming row, a credit).
    Terminating = 2,
}

/// One row of a call detail return.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallRecord {
    /// Address of the row.
    pub record: RecordRef,
    /// Call, message or data session.
    pub kind: CallKind,
    /// Whose return it is; handset, SIM and cell below are that side's.
    pub side: Side,
    /// Who called.
    pub caller: Normal,
    /// Who was called.
    pub receiver: Normal,
    /// The moment as written (date and hour joined by a space when they are two columns).
    pub time_raw: String,
    /// The moment; empty where it is missing or its day and month are undecided.
    pub time: Option<Stamp>,
    /// Duration in seconds; `None` where the row has none.
    pub duration_s: Option<i64>,
    /// Handset of the side whose return it is (14 digits).
    pub imei: Normal,
    /// SIM card of the side whose return it is.
    pub imsi: Normal,
    /// Cell as written, empty if none.
    pub cell: String,
    /// Position of the cell.
    pub point: Option<Point>,
    /// Antenna azimuth in degrees.
    pub azimuth: Option<f64>,
}

/// One row of a bank statement, remittance list or transfer export.
#[derive(Clone, Debug, PartialEq)]
pub struct TransferRecord {
    /// Address of the row.
    pub record: RecordRef,
    /// Whose statement it is.
    pub side: Side,
    /// Account that paid.
    pub payer: Normal,
    /// Account that received.
    pub beneficiary: Normal,
    /// The moment as written.
    pub time_raw: String,
    /// The moment; empty where it is missing or undecided.
    pub time: Option<Stamp>,
    /// Amount as written.
    pub amount_raw: String,
    /// Amount, positive.
    pub amount: Money,
    /// What was supposed of amount and currency.
    pub amount_flags: NormFlags,
    /// Reference, voucher or transaction number as written.
    pub reference: String,
    /// Channel (branch, ATM, mobile) as written.
    pub channel: String,
    /// Description or purpose as written.
    pub memo: String,
    /// Branch or city as written.
    pub place: String,
}

impl Default for TransferRecord {
    fn default() -> Self {
        Self {
            record: RecordRef::default(),
            side: Side::Unknown,
            payer: Normal::default(),
            beneficiary: Normal::default(),
            time_raw: String::new(),
            time: None,
            amount_raw: String::new(),
            amount: Money { minor: 0, currency: Currency::UNKNOWN },
            amount_flags: NormFlags::NONE,
            reference: String::new(),
            channel: String::new(),
            memo: String::new(),
            place: String::new(),
        }
    }
}

/// One record's naming of someone, with all that the row says of them.
#[derive(Clone, Debug, PartialEq)]
pub struct MentionRecord {
    /// Row and part.
    pub mention: MentionId,
    /// Person or organisation.
    pub kind: PartyKind,
    /// Full name as written (columns joined by a space).
    pub name_raw: String,
    /// The name taken apart.
    pub name: PersonName,
    /// Nickname or alias as written: a descriptor, never an identity.
    pub alias_raw: String,
    /// Identity documents, each `COUNTRY-KIND:value` when recognised.
    pub documents: Vec<Normal>,
    /// Birth date as written.
    pub birth_raw: String,
    /// Birth date.
    pub birth: Option<CivilDate>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Nationality or country as stated. Never a detector's input.
    pub country: Option<Country>,
    /// Telephone numbers named in the row.
    pub phones: Vec<Normal>,
    /// Accounts named in the row.
    pub accounts: Vec<Normal>,
    /// Handsets named in the row.
    pub handsets: Vec<Normal>,
    /// SIM cards named in the row.
    pub sims: Vec<Normal>,
    /// Address as written.
    pub address_raw: String,
    /// Address, folded; empty if none.
    pub address: String,
    /// Municipality or town, folded; empty if none.
    pub town: String,
    /// When the row says its identifiers were held; open ends where it does not.
    pub validity: Interval,
    /// Class that the source gives this person.
    pub sensitivity: Sensitivity,
    /// Part in the case as the source states it (suspect, victim, witness, subscriber), as written.
    pub standing_raw: String,
}

impl MentionRecord {
    /// A mention of which nothing is said yet.
    pub fn new(mention: MentionId) -> Self {
        Self {
            mention,
            kind: PartyKind::Person,
            name_raw: String::new(),
            name: PersonName::default(),
            alias_raw: String::new(),
            documents: Vec::new(),
            birth_raw: String::new(),
            birth: None,
            sex: None,
            country: None,
            phones: Vec::new(),
            accounts: Vec::new(),
            handsets: Vec::new(),
            sims: Vec::new(),
            address_raw: String::new(),
            address: String::new(),
            town: String::new(),
            validity: Interval::default(),
            sensitivity: Sensitivity::Open,
            standing_raw: String::new(),
        }
    }

    /// Whether the mention has a name or a document, so that resolution can say whose it is.
    pub fn is_resolvable(&self) -> bool {
        !self.name.is_empty() || self.documents.iter().any(|d| d.value.is_some())
    }

    /// Kind and normal form of the identifiers that this row links to the mentioned party.
    pub fn named(&self) -> impl Iterator<Item = (IdentifierKind, &str)> {
        let groups = [
            (IdentifierKind::Msisdn, &self.phones),
            (IdentifierKind::Imsi, &self.sims),
            (IdentifierKind::Imei, &self.handsets),
            (IdentifierKind::AccountNumber, &self.accounts),
            (IdentifierKind::DocumentNumber, &self.documents),
        ];
        let values = groups.into_iter().flat_map(|(kind, values)| {
            values.iter().filter_map(move |n| n.value.as_deref().map(|v| (kind, v)))
        });
        let address = Some((IdentifierKind::Address, self.address.as_str()));
        values.chain(address.filter(|(_, address)| !address.is_empty()))
    }

    /// The identifiers that this row links to the mentioned party.
    pub fn identifiers(&self) -> Vec<Identifier> {
        self.named().map(|(kind, value)| Identifier::new(kind, value)).collect()
    }
}

/// Why a row was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RefusalReason {
    /// More or fewer fields than the header.
    FieldCount = 0,
    /// A required column is empty.
    MissingValue = 1,
    /// The value of a column is not of its kind.
    BadValue = 2,
    /// The bytes are not valid in the file's encoding.
    BadEncoding = 3,
    /// A quoted field is never closed.
    OpenQuote = 4,
    /// The row is longer than the limit.
    TooLong = 5,
    /// A number was mangled by a spreadsheet and cannot be recovered.
    Irrecoverable = 6,
    /// A kind of record that the table does not hold (a leg inside the network).
    OtherKind = 7,
}

impl RefusalReason {
    /// All reasons, in order.
    pub const ALL: [Self; 8] = [
        Self::FieldCount,
        Self::MissingValue,
        Self::BadValue,
        Self::BadEncoding,
        Self::OpenQuote,
        Self::TooLong,
        Self::Irrecoverable,
        Self::OtherKind,
    ];

    /// The stable code in files and views.
    pub fn code(self) -> &'static str {
        match self {
            Self::FieldCount => "field_count",
            Self::MissingValue => "missing_value",
            Self::BadValue => "bad_value",
            Self::BadEncoding => "bad_encoding",
            Self::OpenQuote => "open_quote",
            Self::TooLong => "too_long",
            Self::Irrecoverable => "irrecoverable",
            Self::OtherKind => "other_kind",
        }
    }

    /// The reason of a stable code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.code() == code)
    }
}

/// A row that could not be taken, kept verbatim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// Address of the row.
    pub record: RecordRef,
    /// Why.
    pub reason: RefusalReason,
    /// The column's header, empty where the whole row is at fault.
    pub column: String,
    /// Byte offset of the row in the file (0 for sheets).
    pub byte_offset: u64,
    /// The row's bytes as in the file (cells joined by TAB for sheets).
    pub raw: Vec<u8>,
    /// What ends it.
    pub line_end: LineEnd,
}
