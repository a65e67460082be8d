//! A row of a statement, remittance list, wallet export or transfer table becomes a record, and the parties it names
//! become mentions.
//!
//! Who pays and who receives is found in this order: both accounts in the row; the statement's own account and the
//! other party with the direction of the money; the telephones of a wallet; the documents of a remittance, which
//! has no account: there the customer is known to the agent by the document, and that stands for the account.

use crate::columns::Role;
use crate::entities::{Names, document_of};
use crate::reader::Row;
use crate::reading::{Reading, Refusal, is_lost};
use crate::table::Columns;
use model::identifier::{NormFlags, Normal};
use model::ids::{MentionId, MentionRole, RecordRef};
use model::money::Currency;
use model::record::{MentionRecord, RefusalReason, Side, TransferRecord};
use normalise::text::fold;

/// What a word of a debit or credit column says.
fn sign_of(text: &str) -> Option<Side> {
    if text.trim() == "-" {
        return Some(Side::Originating);
    }
    if text.trim() == "+" {
        return Some(Side::Terminating);
    }
    fold(text).split(' ').find_map(|w| match w {
        "D" | "DB" | "DR" | "DEB" | "DEBITO" | "DEBITOS" | "DEBIT" | "CARGO" | "RETIRO" | "EGRESO"
        | "SALIDA" | "SALIENTE" | "ENVIO" | "ENVIADO" | "ENVIADA" | "PAGO" | "DEBE" | "OUT"
        | "WITHDRAWAL" | "COMPRA" => Some(Side::Originating),
        "C" | "H" | "CR" | "CRED" | "CREDITO" | "CREDITOS" | "CREDIT" | "ABONO" | "DEPOSITO" | "INGRESO"
        | "ENTRADA" | "ENTRANTE" | "RECIBIDO" | "RECIBIDA" | "HABER" | "IN" | "DEPOSIT" | "NC" => {
            Some(Side::Terminating)
        }
        _ => None,
    })
}

/// The currency that a cell names, by code, sign or word.
fn currency_of(text: &str, reading: &Reading) -> Option<Currency> {
    let upper = text.trim().to_uppercase();
    if let Some(code) = Currency::parse(&upper) {
        return Some(code);
    }
    let code: &[u8; 3] = match fold(text).as_str() {
        "DOLAR" | "DOLARES" | "US" | "DOLLARS" | "DOLARES ESTADOUNIDENSES" => b"USD",
        "QUETZAL" | "QUETZALES" | "Q" => b"GTQ",
        "LEMPIRA" | "LEMPIRAS" | "L" => b"HNL",
        "CORDOBA" | "CORDOBAS" | "C" => b"NIO",
        "COLON" | "COLONES" => b"CRC",
        "BALBOA" | "BALBOAS" | "B" => b"PAB",
        "PESO" | "PESOS" => return Some(reading.currency),
        _ if upper.contains('₡') => b"CRC",
        _ => return None,
    };
    Some(Currency(*code))
}

/// One party of a row.
struct Party<'r> {
    account: &'r str,
    phone: &'r str,
    document: &'r str,
    name: &'r str,
}

impl Party<'_> {
    /// What the money is traced by: account, else telephone, else document.
    fn key(&self, reading: &Reading, day: Option<model::time::CivilDate>) -> Normal {
        if !self.account.is_empty() {
            return reading.account(self.account);
        }
        if !self.phone.is_empty() {
            return reading.phone(self.phone, day);
        }
        if !self.document.is_empty() {
            return normalise::document::document(self.document, reading.country, "");
        }
        Normal::default()
    }

    fn mention(
        &self,
        key: &Normal,
        role: MentionRole,
        record: RecordRef,
        reading: &Reading,
        day: Option<model::time::CivilDate>,
        names: &mut Names,
    ) -> Option<MentionRecord> {
        let mut mention = MentionRecord::new(MentionId { record, role });
        names.set(&mut mention, self.name);
        mention.documents.extend(document_of(self.document, reading, "", ""));
        if !mention.is_resolvable() {
            return None;
        }
        if key.value.is_some() {
            mention.accounts.push(key.clone());
        }
        let phone = reading.phone(self.phone, day);
        if phone.value.is_some() {
            mention.phones.push(phone);
        }
        Some(mention)
    }
}

/// A row read: the transfer, and the parties it names.
pub type Read = (TransferRecord, Vec<MentionRecord>);

/// Reads a row.
///
/// # Errors
/// The refusal: a missing or unreadable amount, moment or account.
pub fn read(
    row: &Row,
    columns: &Columns,
    reading: &Reading,
    record: RecordRef,
    names: &mut Names,
) -> Result<Read, Refusal> {
    let text = |role: Role| reading.text(row, columns, role);
    let moment = reading.moment(row, columns)?;
    let currency = match text(Role::Currency) {
        "" => None,
        raw => currency_of(raw, reading),
    };
    let (amount_raw, amount_role, column_side) = amount_cell(row, columns, reading)?;
    let stated = currency.or_else(|| header_currency(columns, amount_role)).unwrap_or(reading.currency);
    let parsed = normalise::amount::amount(amount_raw, reading.mark, stated);
    let (mut money, mut flags) = parsed.ok_or_else(|| {
        let mangled = normalise::amount::is_mangled(amount_raw);
        let reason = if mangled { RefusalReason::Irrecoverable } else { RefusalReason::BadValue };
        Refusal::new(reason, columns.header_of(amount_role))
    })?;
    if reading.mark_assumed {
        flags = flags.with(NormFlags::AMBIGUOUS);
    }
    if currency.is_none() && !reading.currency_stated && money.currency == reading.currency {
        flags = flags.with(NormFlags::COUNTRY_ASSUMED);
    }
    let payer = Party {
        account: text(Role::Payer),
        phone: text(Role::PayerPhone),
        document: text(Role::PayerDocument),
        name: text(Role::PayerName),
    };
    let beneficiary = Party {
        account: text(Role::Beneficiary),
        phone: text(Role::BeneficiaryPhone),
        document: text(Role::BeneficiaryDocument),
        name: text(Role::BeneficiaryName),
    };
    let has = |p: &[Role]| columns.any(p);
    let two_sided = has(&[Role::Payer, Role::PayerPhone, Role::PayerDocument, Role::PayerName])
        && has(&[
            Role::Beneficiary,
            Role::BeneficiaryPhone,
            Role::BeneficiaryDocument,
            Role::BeneficiaryName,
        ])
        && !has(&[Role::Debit, Role::Credit]);
    let own_text = match text(Role::Account) {
        "" => reading.subject.as_deref().unwrap_or_default(),
        stated => stated,
    };
    let own = reading.account(own_text);
    let direction = column_side.or_else(|| match text(Role::Sign) {
        "" => None,
        word => sign_of(word),
    });
    let (payer, beneficiary, side) = if two_sided {
        if money.minor < 0 {
            return Err(Refusal::new(RefusalReason::BadValue, columns.header_of(amount_role)));
        }
        (payer, beneficiary, None)
    } else {
        let debit = match (direction, money.minor < 0) {
            (Some(side), _) => side == Side::Originating,
            (None, negative) => negative,
        };
        let other_name = match text(Role::CounterpartName) {
            "" if debit => beneficiary.name,
            "" => payer.name,
            name => name,
        };
        let counterpart = text(Role::Counterpart);
        let own = Party { account: own_text, phone: "", document: "", name: "" };
        if debit {
            let account = if counterpart.is_empty() { beneficiary.account } else { counterpart };
            (own, Party { account, name: other_name, ..beneficiary }, Some(Side::Originating))
        } else {
            let account = if counterpart.is_empty() { payer.account } else { counterpart };
            (Party { account, name: other_name, ..payer }, own, Some(Side::Terminating))
        }
    };
    money.minor = money
        .minor
        .checked_abs()
        .ok_or_else(|| Refusal::new(RefusalReason::BadValue, columns.header_of(amount_role)))?;
    let (payer_key, beneficiary_key) = (payer.key(reading, moment.day), beneficiary.key(reading, moment.day));
    for (key, role) in [(&payer_key, Role::Payer), (&beneficiary_key, Role::Beneficiary)] {
        if is_lost(key) {
            return Err(Refusal::new(RefusalReason::Irrecoverable, columns.header_of(role)));
        }
        // A transfer table names both accounts in every row; a statement may not name the other party at all.
        if two_sided && columns.has(role) && key.value.is_none() {
            return Err(Refusal::new(RefusalReason::MissingValue, columns.header_of(role)));
        }
    }
    let own_side = |key: &Normal| own.value.is_some() && key.value == own.value;
    let side = side.unwrap_or_else(|| match (own_side(&payer_key), own_side(&beneficiary_key), direction) {
        (true, false, _) => Side::Originating,
        (false, true, _) => Side::Terminating,
        _ => Side::Unknown,
    });
    let mentions = [
        payer.mention(&payer_key, MentionRole::Payer, record, reading, moment.day, names),
        beneficiary.mention(&beneficiary_key, MentionRole::Beneficiary, record, reading, moment.day, names),
    ];
    let joined = |role: Role| {
        columns.all(role).map(|c| row.cell(c)).filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" | ")
    };
    let transfer = TransferRecord {
        record,
        side,
        payer: payer_key,
        beneficiary: beneficiary_key,
        time_raw: moment.raw,
        time: moment.time,
        amount_raw: amount_raw.to_owned(),
        amount: money,
        amount_flags: flags,
        reference: text(Role::Reference).to_owned(),
        channel: text(Role::Channel).to_owned(),
        memo: joined(Role::Memo),
        place: text(Role::Place).to_owned(),
    };
    Ok((transfer, mentions.into_iter().flatten().collect()))
}

/// The currency that the amount's header states, as in `Monto USD`.
fn header_currency(columns: &Columns, role: Role) -> Option<Currency> {
    let header = fold(columns.get(role).map_or("", |c| columns.header(c)));
    ["USD", "CRC", "GTQ", "HNL", "NIO", "PAB", "DOP", "MXN", "BZD", "COP", "SVC"]
        .into_iter()
        .find(|code| header.split(' ').any(|w| w == *code))
        .and_then(Currency::parse)
}

/// The cell that holds the row's amount, and the direction that its column gives it.
fn amount_cell<'r>(
    row: &'r Row,
    columns: &Columns,
    reading: &Reading,
) -> Result<(&'r str, Role, Option<Side>), Refusal> {
    let filled = |role: Role| {
        let raw = reading.text(row, columns, role);
        let nothing =
            raw.is_empty() || raw == "-" || raw.chars().all(|c| matches!(c, '0' | '.' | ',' | '$' | ' '));
        (!nothing).then_some(raw)
    };
    match (filled(Role::Debit), filled(Role::Credit)) {
        (Some(_), Some(_)) => Err(Refusal::new(RefusalReason::BadValue, columns.header_of(Role::Credit))),
        (Some(raw), None) => Ok((raw, Role::Debit, Some(Side::Originating))),
        (None, Some(raw)) => Ok((raw, Role::Credit, Some(Side::Terminating))),
        (None, None) => {
            let raw = reading.text(row, columns, Role::Amount);
            if raw.is_empty() {
                let role = if columns.has(Role::Amount) { Role::Amount } else { Role::Debit };
                return Err(Refusal::new(RefusalReason::MissingValue, columns.header_of(role)));
            }
            Ok((raw, Role::Amount, None))
        }
    }
}

/// The holder of a statement's account or of a line, as the letterhead names them.
pub(crate) fn letterhead_holder(
    letterhead: &crate::recognise::Letterhead,
    reading: &Reading,
    record: RecordRef,
    is_line: bool,
) -> Option<MentionRecord> {
    let (row, name) = letterhead.holder.as_ref()?;
    let role = if is_line { MentionRole::Subscriber } else { MentionRole::Holder };
    let record = RecordRef { row: *row, ..record };
    let mut mention = MentionRecord::new(MentionId { record, role });
    Names::default().set(&mut mention, name);
    if let Some(document) = &letterhead.document {
        mention.documents.extend(document_of(document, reading, "", ""));
    }
    let held = if is_line { letterhead.line.as_deref() } else { letterhead.account.as_deref() }?;
    if is_line {
        mention.phones.push(reading.phone(held, None));
    } else {
        mention.accounts.push(reading.account(held));
    }
    mention.is_resolvable().then_some(mention)
}
