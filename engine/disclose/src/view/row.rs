//! A row of a seized file: where it stands, what it says in one sentence, the line itself, how it was read.

use crate::format;
use crate::policy::{NodeRef, Seen};
use crate::reader::Reader;
use crate::view::node::full_label;
use model::identifier::{Identifier, IdentifierKind, NormFlags, Normal};
use model::ids::{MentionRole, RecordRef};
use model::record::{CallKind, CallRecord, MentionRecord, TransferRecord};
use model::time::{Precision, Stamp};
use serde::Serialize;
use utoipa::ToSchema;

/// The row as it was read.
#[derive(Clone, Copy, Debug)]
pub enum RowContent<'a> {
    /// A row of a call return.
    Call(&'a CallRecord),
    /// A row of a statement.
    Transfer(&'a TransferRecord),
    /// A row that names someone.
    Mention(&'a MentionRecord),
}

/// What a row view is made from.
#[derive(Clone, Copy, Debug)]
pub struct RowInput<'a> {
    /// The row as it was read.
    pub content: RowContent<'a>,
    /// The entity that held the caller's number or payer's account at the time; for a mention, its entity.
    pub first: Option<&'a NodeRef>,
    /// The entity that held the receiver's number or beneficiary's account.
    pub second: Option<&'a NodeRef>,
    /// The row as in the file, where it was fetched.
    pub raw: Option<&'a str>,
}

/// How a value of the row was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct ReadAsView {
    /// What was read.
    pub what: String,
    /// What had to be supposed or was noticed.
    pub note: String,
}

/// One row, as this reader may see it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct RowView {
    /// Short id of the source.
    pub source: String,
    /// Name of the file.
    pub file: String,
    /// Name of the sheet, empty if none.
    pub sheet: String,
    /// Digest of the file.
    pub sha256: String,
    /// 1-based line or sheet row.
    pub row: u32,
    /// The moment.
    pub time: Option<String>,
    /// call, message, transfer or mention.
    pub kind: String,
    /// What the row says, in one sentence.
    pub text: String,
    /// The row as in the file; null where it names a protected party that the reader may not see.
    pub raw: Option<String>,
    /// Whether the row touches a protected party.
    pub protected: bool,
    /// How it is cited.
    pub citation: String,
    /// How its values were read.
    pub read_as: Vec<ReadAsView>,
}

/// One party of a row, after hiding.
struct Party {
    label: String,
    masked: bool,
    protected: bool,
}

impl RowView {
    /// The view of a row; `None` if it touches a party that for this reader does not exist.
    pub fn new(input: &RowInput<'_>, reader: &Reader<'_>) -> Option<Self> {
        let mut draft = Draft::default();
        let (record, time, kind, text) = match input.content {
            RowContent::Call(call) => draft.call(call, input, reader)?,
            RowContent::Transfer(transfer) => draft.transfer(transfer, input, reader)?,
            RowContent::Mention(mention) => draft.mention(mention, input, reader)?,
        };
        let place = reader.place(record);
        let raw = input.raw.filter(|raw| !draft.masked && reader.is_clean(raw)).map(str::to_owned);
        Some(Self {
            citation: reader.citation(record),
            source: place.source,
            file: place.file,
            sheet: place.sheet,
            sha256: place.sha256,
            row: place.row,
            time: time.and_then(|t| format::rfc3339(t.instant_us)),
            kind: kind.to_owned(),
            protected: draft.protected || input.raw.is_some_and(|raw| !draft.masked && !reader.is_clean(raw)),
            text,
            raw,
            read_as: draft.read_as,
        })
    }
}

type Said = (RecordRef, Option<Stamp>, &'static str, String);

#[derive(Default)]
struct Draft {
    masked: bool,
    protected: bool,
    read_as: Vec<ReadAsView>,
}

impl Draft {
    fn call(&mut self, call: &CallRecord, input: &RowInput<'_>, reader: &Reader<'_>) -> Option<Said> {
        let caller = self.party(IdentifierKind::Msisdn, &call.caller, input.first, reader)?;
        let receiver = self.party(IdentifierKind::Msisdn, &call.receiver, input.second, reader)?;
        // The row's handset and SIM card are protected when their user is.
        self.touch(IdentifierKind::Imei, &call.imei, reader)?;
        self.touch(IdentifierKind::Imsi, &call.imsi, reader)?;
        let length = call.duration_s.map(format::duration);
        let values = [
            ("caller", caller.as_str()),
            ("receiver", receiver.as_str()),
            ("duration", length.as_deref().unwrap_or_default()),
        ];
        let (kind, key) = match (call.kind, &length) {
            (CallKind::Message, _) => ("message", "row.message"),
            (CallKind::Data, _) if call.receiver.value.is_none() => ("data", "row.data"),
            (CallKind::Data, _) => ("data", "row.data_with"),
            (CallKind::Call, Some(_)) => ("call", "row.call"),
            (CallKind::Call, None) => ("call", "row.call_without_duration"),
        };
        self.read_time(call.time, reader);
        for (what, value) in [
            ("read.caller", &call.caller),
            ("read.receiver", &call.receiver),
            ("read.imei", &call.imei),
            ("read.imsi", &call.imsi),
        ] {
            self.read_flags(what, value.flags, reader);
        }
        if !call.cell.is_empty() && !self.masked && reader.is_clean(&call.cell) {
            let note = reader.say("read.cell", &[("cell", &call.cell)]);
            self.read_as.push(ReadAsView { what: call.cell.clone(), note });
        }
        Some((call.record, call.time, kind, reader.say(key, &values)))
    }

    fn transfer(
        &mut self,
        transfer: &TransferRecord,
        input: &RowInput<'_>,
        reader: &Reader<'_>,
    ) -> Option<Said> {
        let payer = self.party(IdentifierKind::AccountNumber, &transfer.payer, input.first, reader)?;
        let beneficiary =
            self.party(IdentifierKind::AccountNumber, &transfer.beneficiary, input.second, reader)?;
        let amount = format::money(transfer.amount, reader.audience());
        let values =
            [("payer", payer.as_str()), ("beneficiary", beneficiary.as_str()), ("amount", amount.as_str())];
        self.read_time(transfer.time, reader);
        self.read_flags("read.payer", transfer.payer.flags, reader);
        self.read_flags("read.beneficiary", transfer.beneficiary.flags, reader);
        self.read_flags("read.amount", transfer.amount_flags, reader);
        Some((transfer.record, transfer.time, "transfer", reader.say("row.transfer", &values)))
    }

    fn mention(
        &mut self,
        mention: &MentionRecord,
        input: &RowInput<'_>,
        reader: &Reader<'_>,
    ) -> Option<Said> {
        let entity = input.first.map(|node| reader.seen(node));
        if entity == Some(Seen::Absent) {
            return None;
        }
        let covered = reader.audience().clearance.covers(mention.sensitivity);
        if !covered && mention.sensitivity == model::sensitivity::Sensitivity::Sealed {
            return None;
        }
        let mask = entity.and_then(|e| e.mask());
        self.masked |= mask.is_some() || !covered;
        self.protected |= entity.and_then(|e| e.class()).is_some()
            || mention.sensitivity != model::sensitivity::Sensitivity::Open;
        let identifiers: Vec<NodeRef> = mention.identifiers().into_iter().map(NodeRef::Identifier).collect();
        let mut labels = Vec::new();
        for node in &identifiers {
            let seen = reader.seen(node);
            self.protected |= seen.class().is_some();
            match seen {
                // A sealed identifier of an open party is simply not there, and neither is the line that has it.
                Seen::Absent => self.masked = true,
                Seen::Masked(p) => {
                    self.masked = true;
                    labels.push(p.pseudonym.clone());
                }
                _ if self.masked && (mask.is_some() || !covered) => {}
                _ => labels.extend(full_label(node, reader)),
            }
        }
        let name = match mask {
            Some(pseudonym) => pseudonym.to_owned(),
            None if !covered => reader.say("row.unknown_party", &[]),
            None if mention.name_raw.trim().is_empty() => reader.say("label.unnamed", &[]),
            // A row that resolution gave to nobody may still be a protected person's: look for the name itself.
            None if entity.is_none() => reader.scrub(&format::display_name(&mention.name_raw)).into_owned(),
            None => reader.scrub_numbers(&format::display_name(&mention.name_raw)).into_owned(),
        };
        let place = reader.place(mention.mention.record);
        let key = match mention.mention.role {
            MentionRole::Person => "row.person",
            MentionRole::Subscriber => "row.subscriber",
            MentionRole::Holder => "row.holder",
            MentionRole::Payer => "row.payer",
            MentionRole::Beneficiary => "row.beneficiary",
        };
        let mut sentence = reader.say(key, &[("name", &name), ("source", &place.file)]);
        if !labels.is_empty() {
            sentence = reader.say("row.numbers", &[("sentence", &sentence), ("list", &labels.join(", "))]);
        }
        let (from, to) = (mention.validity.from_us, mention.validity.to_us);
        if from.is_some() || to.is_some() {
            let end = |at: Option<i64>| {
                at.map_or_else(|| reader.say("row.open_end", &[]), |us| format::day_of(us, reader.lang()))
            };
            let values = [("sentence", sentence.as_str()), ("from", &end(from)), ("to", &end(to))];
            sentence = reader.say("row.validity", &values);
        }
        for (what, values) in [
            ("read.document", &mention.documents),
            ("read.phone", &mention.phones),
            ("read.account", &mention.accounts),
        ] {
            for value in values {
                self.read_flags(what, value.flags, reader);
            }
        }
        Some((mention.mention.record, None, "mention", sentence))
    }

    fn party(
        &mut self,
        kind: IdentifierKind,
        value: &Normal,
        holder: Option<&NodeRef>,
        reader: &Reader<'_>,
    ) -> Option<String> {
        let party = party(kind, value, holder, reader)?;
        self.masked |= party.masked;
        self.protected |= party.protected;
        Some(party.label)
    }

    fn touch(&mut self, kind: IdentifierKind, value: &Normal, reader: &Reader<'_>) -> Option<()> {
        self.party(kind, value, None, reader).map(|_| ())
    }

    fn read_time(&mut self, time: Option<Stamp>, reader: &Reader<'_>) {
        let what = reader.say("read.time", &[]);
        let Some(time) = time else {
            let note = reader.say("read.undecided", &[]);
            self.read_as.push(ReadAsView { what, note });
            return;
        };
        let key = if time.zone_assumed { "read.zone_assumed" } else { "read.zone_stated" };
        let note = reader.say(key, &[("zone", &format::zone(time.offset_minutes))]);
        self.read_as.push(ReadAsView { what: what.clone(), note });
        let precision = match time.precision {
            Precision::Day => "read.precision_day",
            Precision::Minute => "read.precision_minute",
            Precision::Second => return,
        };
        self.read_as.push(ReadAsView { what, note: reader.say(precision, &[]) });
    }

    fn read_flags(&mut self, what: &str, flags: NormFlags, reader: &Reader<'_>) {
        for key in flag_keys(flags) {
            let view = ReadAsView { what: reader.say(what, &[]), note: reader.say(key, &[]) };
            if !self.read_as.contains(&view) {
                self.read_as.push(view);
            }
        }
    }
}

fn party(
    kind: IdentifierKind,
    value: &Normal,
    holder: Option<&NodeRef>,
    reader: &Reader<'_>,
) -> Option<Party> {
    let own = value.value.as_ref().map(|v| NodeRef::Identifier(Identifier::new(kind, v.clone())));
    let own_seen = own.as_ref().map(|n| reader.seen(n));
    let holder_seen = holder.map(|n| reader.seen(n));
    if own_seen == Some(Seen::Absent) || holder_seen == Some(Seen::Absent) {
        return None;
    }
    let mask = own_seen.and_then(|s| s.mask()).or_else(|| holder_seen.and_then(|s| s.mask()));
    let protected = [own_seen, holder_seen].into_iter().flatten().any(|s| s.class().is_some());
    let label = match (mask, &own) {
        (Some(pseudonym), _) => pseudonym.to_owned(),
        (None, Some(node)) => full_label(node, reader)?,
        (None, None) if value.raw.trim().is_empty() => reader.say("row.unknown_party", &[]),
        (None, None) => reader.scrub(value.raw.trim()).into_owned(),
    };
    Some(Party { label, masked: mask.is_some(), protected })
}

/// Message keys of the flags that are set, in order.
pub(crate) fn flag_keys(flags: NormFlags) -> Vec<&'static str> {
    let all = [
        (NormFlags::COUNTRY_ASSUMED, "flag.country_assumed"),
        (NormFlags::AMBIGUOUS, "flag.ambiguous"),
        (NormFlags::CHECK_FAILED, "flag.check_failed"),
        (NormFlags::OPAQUE, "flag.opaque"),
        (NormFlags::SERVICE, "flag.service"),
        (NormFlags::IRRECOVERABLE, "flag.irrecoverable"),
        (NormFlags::OLD_FORM, "flag.old_form"),
        (NormFlags::NOT_IN_PLAN, "flag.not_in_plan"),
        (NormFlags::PADDED, "flag.padded"),
    ];
    all.into_iter().filter(|(flag, _)| flags.has(*flag)).map(|(_, key)| key).collect()
}
