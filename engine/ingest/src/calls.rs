//! A row of a call detail return becomes a record: who called whom, when, how long, and whose row it is.

use crate::columns::Role;
use crate::reader::Row;
use crate::reading::{Reading, Refusal, is_lost};
use crate::table::Columns;
use model::identifier::{NormFlags, Normal};
use model::ids::RecordRef;
use model::place::Point;
use model::record::{CallKind, CallRecord, RefusalReason, Side};
use normalise::text::fold;

/// What a type word says that the row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Nothing is said, or something unknown.
    Unknown,
    /// A voice call.
    Voice,
    /// A message.
    Message,
    /// A data session.
    Data,
    /// A leg inside the network: transit or call transfer.
    Transit,
}

/// What a type says, as in `VOZ ENTRANTE`, `MENSAJE 2 VIAS SALIENTE`, `SMSMT`, `DATOS`.
pub fn class_of(text: &str) -> Class {
    let folded = fold(text);
    let word = |words: &[&str]| folded.split(' ').any(|w| words.contains(&w));
    if word(&["TRANSITO", "TRANSIT", "TRANSFER", "TRANSFERENCIA", "TRANSITADA"]) {
        Class::Transit
    } else if word(&[
        "SMS",
        "MMS",
        "MENSAJE",
        "MENSAJES",
        "MENSAJERIA",
        "MSG",
        "TEXTO",
        "TEXT",
        "MESSAGE",
        "SMSMO",
        "SMSMT",
        "SMMO",
        "SMMT",
        "MENS",
    ]) {
        Class::Message
    } else if word(&["DATOS", "DATA", "GPRS", "INTERNET", "PDP", "LTE", "NAVEGACION", "APN"]) {
        Class::Data
    } else if word(&[
        "VOZ",
        "VOICE",
        "LLAMADA",
        "CALL",
        "GSM",
        "MOC",
        "MTC",
        "TELEFONIA",
        "VOLTE",
        "WIFI",
        "VOWIFI",
    ]) {
        Class::Voice
    } else {
        Class::Unknown
    }
}

/// Whose row it is by a direction word: incoming rows are the receiver's, outgoing ones the caller's.
pub fn direction_of(text: &str) -> Option<Side> {
    let folded = fold(text);
    match folded.as_str() {
        "E" | "I" => return Some(Side::Terminating),
        "S" | "O" => return Some(Side::Originating),
        _ => {}
    }
    folded.split(' ').find_map(|w| match w {
        "ENTRANTE" | "ENTRANTES" | "ENT" | "ENTRADA" | "IN" | "INCOMING" | "INBOUND" | "MTC" | "MT"
        | "TERMINATING" | "TERMINANTE" | "TERMINADA" | "RECIBIDA" | "RECIBIDO" | "RECIBIDAS"
        | "RECIBIDOS" | "RECEIVED" | "SMSMT" | "SMMT" | "TERM" => Some(Side::Terminating),
        "SALIENTE" | "SALIENTES" | "SAL" | "SALIDA" | "OUT" | "OUTGOING" | "OUTBOUND" | "MOC" | "MO"
        | "ORIGINATING" | "ORIGINADA" | "ORIGINANTE" | "REALIZADA" | "REALIZADAS" | "EFECTUADA"
        | "EFECTUADAS" | "ENVIADO" | "ENVIADA" | "ENVIADOS" | "SENT" | "SMSMO" | "SMMO" | "ORIG"
        | "MARCADA" => Some(Side::Originating),
        _ => None,
    })
}

/// The direction that a sheet's or file's title gives to all its rows.
pub fn direction_of_title(title: &str) -> Option<Side> {
    let folded = fold(title);
    let word = |words: &[&str]| folded.split(' ').any(|w| words.contains(&w));
    let incoming = word(&["ENTRANTES", "ENTRANTE", "RECIBIDAS", "INCOMING"]);
    let outgoing = word(&["SALIENTES", "SALIENTE", "REALIZADAS", "EFECTUADAS", "OUTGOING"]);
    match (incoming, outgoing) {
        (true, false) => Some(Side::Terminating),
        (false, true) => Some(Side::Originating),
        _ => None,
    }
}

/// The first value of a bracket list such as `[19.43:0:19.45]`; any other text is itself.
fn first_of_list(text: &str) -> &str {
    match text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
        Some(list) => list.split(':').map(str::trim).find(|v| !v.is_empty() && *v != "0").unwrap_or(""),
        None => text,
    }
}

/// Whether the type says that the row is a leg inside the network, and no event of its own.
pub(crate) fn is_other_kind(type_text: &str) -> bool {
    class_of(type_text) == Class::Transit
}

/// Whose row it is by what the row and the sheet's title say.
pub(crate) fn stated_side(type_text: &str, direction_text: &str, reading: &Reading) -> Option<Side> {
    direction_of(direction_text).or_else(|| direction_of(type_text)).or(reading.side)
}

/// Call, message or data session.
pub(crate) fn kind_of(type_text: &str, direction_text: &str, reading: &Reading) -> CallKind {
    match class_of(type_text) {
        Class::Message => CallKind::Message,
        Class::Data => CallKind::Data,
        Class::Unknown if reading.data || class_of(direction_text) == Class::Data => CallKind::Data,
        _ => CallKind::Call,
    }
}

/// A party's number, or why the row is refused for it.
pub(crate) fn number(
    raw: &str,
    reading: &Reading,
    day: Option<model::time::CivilDate>,
) -> Result<Normal, RefusalReason> {
    if raw.is_empty() {
        return Err(RefusalReason::MissingValue);
    }
    let normal = reading.phone(raw, day);
    if is_lost(&normal) || (normal.value.is_none() && normalise::amount::is_mangled(raw)) {
        return Err(RefusalReason::Irrecoverable);
    }
    if normal.value.is_none() { Err(RefusalReason::BadValue) } else { Ok(normal) }
}

/// The other end of a data session: the line that the row names there. An access point's name, an address of the
/// internet, a short code and nothing at all are no line; they stay as written, without a normal form.
pub(crate) fn counterpart(raw: &str, reading: &Reading, day: Option<model::time::CivilDate>) -> Normal {
    let like_a_line = raw.bytes().any(|b| b.is_ascii_digit())
        && !raw.contains(['.', ':', '/', '@'])
        && (reading.opaque || !raw.chars().any(char::is_alphabetic));
    let read = number(raw, reading, day).ok();
    let line = read.filter(|normal| like_a_line && !normal.flags.has(NormFlags::SERVICE));
    line.unwrap_or_else(|| Normal { raw: raw.to_owned(), ..Normal::default() })
}

/// A duration, or why the row is refused for it. A message has none of no length;
/// what a data session writes there may be an amount of data.
pub(crate) fn duration(raw: &str, kind: CallKind) -> Result<Option<i64>, RefusalReason> {
    let read = match raw {
        "" => None,
        raw => match normalise::date::parse_duration_s(raw) {
            Some(seconds) if seconds >= 0 => Some(seconds),
            _ if kind != CallKind::Call => None,
            _ => return Err(RefusalReason::BadValue),
        },
    };
    Ok(if kind == CallKind::Message && read == Some(0) { None } else { read })
}

/// A handset or SIM card; nothing where nothing is written.
pub(crate) fn device(raw: &str, read: fn(&str) -> Normal) -> Normal {
    if raw.is_empty() { Normal::default() } else { read(raw) }
}

/// Cell, position and azimuth of these texts: cell, latitude, longitude, azimuth.
pub(crate) fn site(texts: [&str; 4], reading: &Reading) -> (String, Option<Point>, Option<f64>) {
    let [cell, lat, lon, azimuth] = texts.map(first_of_list);
    let lat = normalise::place::coordinate(lat, true, reading.country);
    let lon = normalise::place::coordinate(lon, false, reading.country);
    let point = match (lat, lon) {
        (Some(lat), Some(lon)) if lat != 0.0 || lon != 0.0 => Some(Point { lat, lon }),
        _ => None,
    };
    let azimuth: Option<f64> = azimuth.trim_end_matches('°').replace(',', ".").parse().ok();
    (cell.to_owned(), point, azimuth.filter(|a| (0.0..=360.0).contains(a)))
}

/// Whether an incoming row names the receiver first: the other party stands in the second column whoever called.
pub(crate) fn incoming_is_swapped(columns: &Columns, reading: &Reading) -> bool {
    let first = [Role::Caller, Role::NumberA, Role::Subject].into_iter().find(|r| columns.has(*r));
    let second = [Role::Receiver, Role::NumberB, Role::Other].into_iter().find(|r| columns.has(*r));
    second == Some(Role::Other)
        || first.is_none()
        || first == Some(Role::Subject)
        || (first == Some(Role::NumberA) && reading.a_is_subject)
}

/// Reads a row.
///
/// # Errors
/// The refusal: a leg inside the network, a missing or unreadable number or moment.
pub fn read(
    row: &Row,
    columns: &Columns,
    reading: &Reading,
    record: RecordRef,
) -> Result<CallRecord, Refusal> {
    let text = |role: Role| reading.text(row, columns, role);
    let (type_text, direction_text) = (text(Role::Type), text(Role::Direction));
    if is_other_kind(type_text) {
        return Err(Refusal::new(RefusalReason::OtherKind, columns.header_of(Role::Type)));
    }
    let moment = reading.moment(row, columns)?;
    let stated = stated_side(type_text, direction_text, reading);
    let known = reading.subject.as_deref().unwrap_or_default();
    let subject_column = text(Role::Subject);
    let subject_text = if subject_column.is_empty() { known } else { subject_column };
    let first = [Role::Caller, Role::NumberA, Role::Subject].into_iter().find(|r| columns.has(*r));
    let second = [Role::Receiver, Role::NumberB, Role::Other].into_iter().find(|r| columns.has(*r));
    let party = |raw: &str, role: Option<Role>| -> Result<Normal, Refusal> {
        number(raw, reading, moment.day)
            .map_err(|reason| Refusal::new(reason, role.map(|r| columns.header_of(r)).unwrap_or_default()))
    };
    let a = party(first.map_or(known, text), first)?;
    let kind = kind_of(type_text, direction_text, reading);
    let b = match kind {
        CallKind::Data => counterpart(second.map_or("", text), reading, moment.day),
        CallKind::Call | CallKind::Message => party(second.map_or("", text), second)?,
    };
    // A session that names nobody else is the line's own, whatever its row says of a direction.
    let alone = b.value.is_none();
    let subject = if subject_text.is_empty() { None } else { reading.phone(subject_text, moment.day).value };
    let subject_other = incoming_is_swapped(columns, reading);
    let fixed = first == Some(Role::Caller) && second == Some(Role::Receiver);
    let swap = match stated {
        _ if alone => false,
        Some(Side::Terminating) if fixed => false,
        Some(Side::Terminating) if subject_other => true,
        // A layout of A and B in which the subject calls on an incoming row has them swapped.
        Some(Side::Terminating) => subject.is_some() && a.value == subject && b.value != subject,
        Some(Side::Originating) if !fixed && !subject_other => {
            subject.is_some() && b.value == subject && a.value != subject
        }
        _ => false,
    };
    let (caller, receiver) = if swap { (b, a) } else { (a, b) };
    let side = stated.filter(|_| !alone).unwrap_or_else(|| match &subject {
        _ if alone => Side::Originating,
        Some(s) if caller.value.as_ref() == Some(s) && receiver.value.as_ref() != Some(s) => {
            Side::Originating
        }
        Some(s) if receiver.value.as_ref() == Some(s) && caller.value.as_ref() != Some(s) => {
            Side::Terminating
        }
        _ => Side::Unknown,
    });
    let duration_s = duration(text(Role::Duration), kind)
        .map_err(|reason| Refusal::new(reason, columns.header_of(Role::Duration)))?;
    let (imei, imsi) = match side {
        Side::Terminating if columns.any(&[Role::ReceiverImei, Role::ReceiverImsi]) => {
            (text(Role::ReceiverImei), text(Role::ReceiverImsi))
        }
        _ => (text(Role::Imei), text(Role::Imsi)),
    };
    let texts = [Role::Cell, Role::Latitude, Role::Longitude, Role::Azimuth].map(text);
    let (cell, point, azimuth) = site(texts, reading);
    Ok(CallRecord {
        record,
        kind,
        side,
        caller,
        receiver,
        time_raw: moment.raw,
        time: moment.time,
        duration_s,
        imei: device(imei, normalise::device::imei),
        imsi: device(imsi, normalise::device::imsi),
        cell,
        point,
        azimuth,
    })
}
