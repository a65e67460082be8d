//! What happened, derived from records and traceable to every row that says so.

use crate::ids::RecordRef;
use crate::money::Money;
use crate::place::Point;
use crate::record::CallKind;
use crate::time::Stamp;

/// Handset, SIM and cell of one party of a call, as its own return states them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terminal {
    /// IMEI, 14 digits.
    pub imei: Option<String>,
    /// IMSI.
    pub imsi: Option<String>,
    /// Cell as written, empty if none.
    pub cell: String,
    /// Position of the cell.
    pub point: Option<Point>,
}

/// A call or message between two numbers, or a data session of one.
#[derive(Clone, Debug, PartialEq)]
pub struct CallEvent {
    /// Call, message or data session.
    pub kind: CallKind,
    /// Normal form of the calling number.
    pub caller: String,
    /// Normal form of the called number; empty for a data session that names no line.
    pub receiver: String,
    /// The moment; empty where undecided.
    pub time: Option<Stamp>,
    /// Duration in seconds.
    pub duration_s: Option<i64>,
    /// The caller's terminal.
    pub caller_terminal: Terminal,
    /// The receiver's terminal.
    pub receiver_terminal: Terminal,
    /// Every row that asserts this event, ascending.
    pub sources: Vec<RecordRef>,
}

impl CallEvent {
    /// Whether two lines were in contact: a data session may name another line and contacts none.
    pub fn is_contact(&self) -> bool {
        self.kind != CallKind::Data
    }
}

/// A transfer of money between two accounts.
#[derive(Clone, Debug, PartialEq)]
pub struct TransferEvent {
    /// Normal form of the paying account.
    pub payer: String,
    /// Normal form of the receiving account.
    pub beneficiary: String,
    /// The moment; empty where undecided.
    pub time: Option<Stamp>,
    /// Amount, positive.
    pub amount: Money,
    /// Every row that asserts this event, ascending.
    pub sources: Vec<RecordRef>,
}
