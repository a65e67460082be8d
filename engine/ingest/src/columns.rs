//! What headers mean: the words of operators, banks and registries of the region, Spanish and English.
//!
//! A header is reduced to a set of plain words (case, accents, punctuation, `camelCase` and small words gone,
//! abbreviations spelt out) and compared with the synonyms of each role. The tables stand in [`synonyms`].

pub mod synonyms;

use model::record::TableKind;
use normalise::text::{fold, repair_mojibake};
use std::collections::BTreeMap;
use std::sync::OnceLock;

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $kinds:literal;)*) => {
        /// What a column holds.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Role { $($(#[$doc])* $name,)* }

        impl Role {
            /// All roles.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word in mappings and receipts.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The kinds of table it belongs to: `c`alls, `t`ransfers, `e`ntities.
            fn kinds(self) -> &'static str {
                match self { $(Self::$name => $kinds,)* }
            }
        }
    };
}

roles! {
    /// Who called.
    Caller = "caller", "c";
    /// Who was called.
    Receiver = "receiver", "c";
    /// "Number A": the caller, or the subject, as the whole column shows.
    NumberA = "number_a", "c";
    /// "Number B": the receiver, or the other party.
    NumberB = "number_b", "c";
    /// The line whose return this is.
    Subject = "subject", "c";
    /// The party that is not the subject.
    Other = "other", "c";
    /// Date and time of day in one column (or a step count).
    Time = "time", "ct";
    /// The day; the time of day stands elsewhere or nowhere.
    Date = "date", "cte";
    /// The time of day.
    Clock = "clock", "ct";
    /// How long it lasted.
    Duration = "duration", "c";
    /// Voice, message, data, transit; often with the direction.
    Type = "type", "c";
    /// Incoming or outgoing.
    Direction = "direction", "c";
    /// Handset.
    Imei = "imei", "ce";
    /// SIM card.
    Imsi = "imsi", "ce";
    /// Handset of the receiver.
    ReceiverImei = "receiver_imei", "c";
    /// SIM card of the receiver.
    ReceiverImsi = "receiver_imsi", "c";
    /// Cell.
    Cell = "cell", "c";
    /// Latitude of the cell.
    Latitude = "latitude", "c";
    /// Longitude of the cell.
    Longitude = "longitude", "c";
    /// Azimuth of the antenna.
    Azimuth = "azimuth", "c";
    /// Account that pays.
    Payer = "payer", "t";
    /// Account that receives.
    Beneficiary = "beneficiary", "t";
    /// Name of who pays.
    PayerName = "payer_name", "t";
    /// Name of who receives.
    BeneficiaryName = "beneficiary_name", "t";
    /// Document of who pays.
    PayerDocument = "payer_document", "t";
    /// Document of who receives.
    BeneficiaryDocument = "beneficiary_document", "t";
    /// Telephone of who pays, often the key of a wallet.
    PayerPhone = "payer_phone", "t";
    /// Telephone of who receives.
    BeneficiaryPhone = "beneficiary_phone", "t";
    /// The account whose statement it is; in lists of people an account they hold.
    Account = "account", "te";
    /// The other account of a statement line.
    Counterpart = "counterpart", "t";
    /// The other party's name in a statement line.
    CounterpartName = "counterpart_name", "t";
    /// Amount, perhaps signed.
    Amount = "amount", "t";
    /// Amount that left the account.
    Debit = "debit", "t";
    /// Amount that came into the account.
    Credit = "credit", "t";
    /// Word or letter that says debit or credit.
    Sign = "sign", "t";
    /// Balance after the line.
    Balance = "balance", "t";
    /// Currency.
    Currency = "currency", "t";
    /// Reference, voucher, MTCN.
    Reference = "reference", "t";
    /// Channel.
    Channel = "channel", "t";
    /// Description or purpose.
    Memo = "memo", "t";
    /// Branch, agent or town.
    Place = "place", "t";
    /// Full name.
    Name = "name", "e";
    /// Given names.
    Given = "given", "e";
    /// First surname.
    Surname1 = "surname1", "e";
    /// Second surname.
    Surname2 = "surname2", "e";
    /// Both surnames.
    Surnames = "surnames", "e";
    /// Nickname or alias.
    Alias = "alias", "e";
    /// Identity document.
    Document = "document", "e";
    /// What kind the document is.
    DocumentKind = "document_kind", "e";
    /// Birth date.
    Birth = "birth", "e";
    /// Age in years.
    Age = "age", "e";
    /// Sex.
    Sex = "sex", "e";
    /// Nationality or country.
    Nationality = "nationality", "e";
    /// Telephone.
    Phone = "phone", "e";
    /// Address.
    Address = "address", "e";
    /// Town.
    Town = "town", "e";
    /// Since when the identifiers are held.
    ValidFrom = "valid_from", "e";
    /// Until when.
    ValidTo = "valid_to", "e";
    /// Part in the case: suspect, victim, witness.
    Standing = "standing", "e";
    /// The list's own key of a party; an identifier only where there is no other.
    Id = "id", "e";
    /// Nothing the engine reads.
    Ignore = "ignore", "cte";
}

impl Role {
    /// The role of a word in a mapping.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|r| r.as_str() == word)
    }

    /// All words, for a message.
    pub fn words() -> String {
        Self::ALL.iter().map(|r| r.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// Whether a table of this kind has such columns.
    pub fn belongs_to(self, kind: TableKind) -> bool {
        let letter = match kind {
            TableKind::Calls => 'c',
            TableKind::Transfers => 't',
            TableKind::Entities => 'e',
        };
        self.kinds().contains(letter)
    }

    /// Whether several columns of one table may have this role.
    pub fn repeats(self, kind: TableKind) -> bool {
        matches!(self, Self::Ignore | Self::Phone | Self::Document | Self::Memo | Self::Alias)
            || (kind == TableKind::Entities && matches!(self, Self::Account | Self::Imei | Self::Imsi))
    }
}

/// Words that say nothing about what a column holds.
const SMALL: [&str; 24] = [
    "DE", "DEL", "LA", "EL", "LOS", "LAS", "Y", "EN", "OF", "THE", "SEG", "SEGS", "SEGUNDOS", "SECONDS",
    "SEC", "SECS", "HH", "MM", "SS", "DD", "AAAA", "YYYY", "AL", "POR",
];

/// Words that are written in several ways, with the one that the synonyms use.
const SPELT: [(&str, &str); 74] = [
    ("NUM", "NUMERO"),
    ("NRO", "NUMERO"),
    ("NO", "NUMERO"),
    ("N", "NUMERO"),
    ("NUMBER", "NUMERO"),
    ("NUMB", "NUMERO"),
    ("NMRO", "NUMERO"),
    ("TEL", "TELEFONO"),
    ("TELF", "TELEFONO"),
    ("TELEF", "TELEFONO"),
    ("FONO", "TELEFONO"),
    ("PHONE", "TELEFONO"),
    ("TELEPHONE", "TELEFONO"),
    ("CELULAR", "TELEFONO"),
    ("CEL", "TELEFONO"),
    ("MOVIL", "TELEFONO"),
    ("MOBILE", "TELEFONO"),
    ("TELEFONICO", "TELEFONO"),
    ("DOC", "DOCUMENTO"),
    ("DOCUMENT", "DOCUMENTO"),
    ("DOCTO", "DOCUMENTO"),
    ("CTA", "CUENTA"),
    ("CTAS", "CUENTA"),
    ("ACCOUNT", "CUENTA"),
    ("ACCT", "CUENTA"),
    ("ACC", "CUENTA"),
    ("FEC", "FECHA"),
    ("FCH", "FECHA"),
    ("FECH", "FECHA"),
    ("DATE", "FECHA"),
    ("HR", "HORA"),
    ("HRS", "HORA"),
    ("DUR", "DURACION"),
    ("DURAC", "DURACION"),
    ("DURATION", "DURACION"),
    ("TYPE", "TIPO"),
    ("TP", "TIPO"),
    ("CALL", "LLAMADA"),
    ("NAME", "NOMBRE"),
    ("AMOUNT", "MONTO"),
    ("AMT", "MONTO"),
    ("IMPORTE", "MONTO"),
    ("VALOR", "MONTO"),
    ("CITY", "CIUDAD"),
    ("ORIGIN", "ORIGEN"),
    ("ORIG", "ORIGEN"),
    ("SOURCE", "ORIGEN"),
    ("SRC", "ORIGEN"),
    ("DESTINATION", "DESTINO"),
    ("DEST", "DESTINO"),
    ("TARGET", "DESTINO"),
    ("DST", "DESTINO"),
    ("SENDER", "REMITENTE"),
    ("ORIGINATOR", "ORDENANTE"),
    ("BENEFICIARY", "BENEFICIARIO"),
    ("BENEF", "BENEFICIARIO"),
    ("CURRENCY", "MONEDA"),
    ("DIVISA", "MONEDA"),
    ("CHANNEL", "CANAL"),
    ("BRANCH", "SUCURSAL"),
    ("REF", "REFERENCIA"),
    ("REFERENCE", "REFERENCIA"),
    ("CELL", "CELDA"),
    ("LAT", "LATITUD"),
    ("LATITUDE", "LATITUD"),
    ("LON", "LONGITUD"),
    ("LONG", "LONGITUD"),
    ("LNG", "LONGITUD"),
    ("LONGITUDE", "LONGITUD"),
    ("START", "INICIO"),
    ("END", "FIN"),
    ("BALANCE", "SALDO"),
    ("BIRTH", "NACIMIENTO"),
    ("NAC", "NACIMIENTO"),
];

/// A header as a sorted list of plain words, joined by spaces: the same for all ways of writing it.
pub fn header_key(header: &str) -> String {
    words(header).join(" ")
}

fn words(header: &str) -> Vec<String> {
    let header = repair_mojibake(header);
    let mut spaced = String::with_capacity(header.len() + 8);
    let mut before = ' ';
    for c in header.chars() {
        if (before.is_lowercase() && c.is_uppercase()) || (before.is_alphabetic() && c.is_ascii_digit()) {
            spaced.push(' ');
        }
        spaced.push(c);
        before = c;
    }
    let folded = fold(&spaced).replace('Ñ', "N");
    // A lone letter is no abbreviation of anything: `N` in a column of yes and no is not "number".
    let lone = folded.len() == 1;
    let mut out: Vec<String> = folded
        .split_whitespace()
        .map(|w| SPELT.iter().find(|(from, _)| *from == w && !lone).map_or(w, |(_, to)| *to))
        .filter(|w| !SMALL.contains(w))
        .map(str::to_owned)
        .collect();
    if out.is_empty() {
        // A header that is nothing but small words ("Y") is still a header.
        out = folded.split_whitespace().map(str::to_owned).collect();
    }
    out.sort();
    out.dedup();
    out
}

/// How many different words of a line are words of headers, in whatever kind of table?
pub(crate) fn known_words(line: &str) -> usize {
    let kinds = [TableKind::Calls, TableKind::Transfers, TableKind::Entities];
    let heard = |word: &str| {
        kinds.iter().any(|kind| index_of(*kind).values().flatten().any(|phrase| phrase.words.contains(&word)))
    };
    words(line).iter().filter(|word| heard(word)).count()
}

/// A synonym taken apart.
struct Phrase {
    role: Role,
    exact: bool,
    words: Vec<&'static str>,
}

/// The synonyms of a kind of table by their first word, so that a cell that is no header costs next to nothing.
fn index_of(kind: TableKind) -> &'static BTreeMap<&'static str, Vec<Phrase>> {
    static INDEX: [OnceLock<BTreeMap<&'static str, Vec<Phrase>>>; 3] =
        [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    let [calls, transfers, entities] = &INDEX;
    let cell = match kind {
        TableKind::Calls => calls,
        TableKind::Transfers => transfers,
        TableKind::Entities => entities,
    };
    cell.get_or_init(|| {
        let mut index: BTreeMap<&'static str, Vec<Phrase>> = BTreeMap::new();
        for (role, phrases) in synonyms::of(kind) {
            for phrase in *phrases {
                let (exact, plain) = phrase.strip_prefix('=').map_or((false, *phrase), |rest| (true, rest));
                let words: Vec<&'static str> = plain.split(' ').collect();
                if let Some(first) = words.first() {
                    index.entry(first).or_default().push(Phrase { role: *role, exact, words });
                }
            }
        }
        index
    })
}

/// Which roles may a header of a table of this kind have, best first, each with a confidence 0..=1?
pub fn roles_of(header: &str, kind: TableKind) -> Vec<(Role, f32)> {
    // No header is a paragraph.
    if header.len() > 200 {
        return Vec::new();
    }
    let mine = words(header);
    let index = index_of(kind);
    let mut best: BTreeMap<Role, f32> = BTreeMap::new();
    for phrase in mine.iter().filter_map(|w| index.get(w.as_str())).flatten() {
        if let Some(fit) = fit(phrase, &mine) {
            let held = best.entry(phrase.role).or_default();
            *held = held.max(fit);
        }
    }
    let mut found: Vec<(Role, f32)> = best.into_iter().collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    found
}

/// How well a synonym fits a header: 1 for the same words, less for a header that says more. A synonym that begins
/// with `=` fits the same words only.
fn fit(phrase: &Phrase, mine: &[String]) -> Option<f32> {
    let count = phrase.words.len();
    let all = phrase.words.iter().all(|w| mine.iter().any(|m| m == w));
    if !all || count > mine.len() || (phrase.exact && count != mine.len()) {
        return None;
    }
    match mine.len() - count {
        0 => Some(1.0),
        extra if extra <= 3 => Some(0.5 + 0.4 * count as f32 / mine.len() as f32),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(header: &str, kind: TableKind) -> Option<Role> {
        roles_of(header, kind).first().map(|r| r.0)
    }

    #[test]
    fn headers_of_the_region_have_their_roles() {
        use TableKind::{Calls, Entities, Transfers};
        for (header, kind, role) in [
            ("Número A", Calls, Role::NumberA),
            ("NUM_B", Calls, Role::NumberB),
            ("Durac. Seg.", Calls, Role::Duration),
            ("Duration.seconds.", Calls, Role::Duration),
            ("Cell.Tower", Calls, Role::Cell),
            ("CALLING_NO", Calls, Role::Caller),
            ("CALLED_NO", Calls, Role::Receiver),
            ("From", Calls, Role::Caller),
            ("To", Calls, Role::Receiver),
            ("DateTime", Calls, Role::Time),
            ("CALL_DATE", Calls, Role::Date),
            ("CALL_TIME", Calls, Role::Clock),
            ("Teléfono", Calls, Role::Subject),
            ("TelÃ©fono", Calls, Role::Subject),
            ("FECHA/HORA DE LA COMUNICACIÓN", Calls, Role::Time),
            ("TIPO DE COMUNICACIÓN", Calls, Role::Type),
            ("NÚMERO ORIGEN", Calls, Role::Caller),
            ("TIPO EVENTO", Calls, Role::Direction),
            ("TIPO CDR", Calls, Role::Type),
            ("codBTS", Calls, Role::Cell),
            ("LATITUD", Calls, Role::Latitude),
            ("NUM_A_IMEI", Calls, Role::Imei),
            ("sourceNodeId", Transfers, Role::Payer),
            ("targetNodeId", Transfers, Role::Beneficiary),
            ("value", Transfers, Role::Amount),
            ("time", Transfers, Role::Time),
            ("Cuenta origen", Transfers, Role::Payer),
            ("Nombre del beneficiario", Transfers, Role::BeneficiaryName),
            ("CARGO", Transfers, Role::Debit),
            ("Haber", Transfers, Role::Credit),
            ("MTCN", Transfers, Role::Reference),
            ("Saldo total", Transfers, Role::Balance),
            ("Teléfono destino", Transfers, Role::BeneficiaryPhone),
            ("Primer apellido", Entities, Role::Surname1),
            ("Apellidos", Entities, Role::Surnames),
            ("Fecha de nacimiento", Entities, Role::Birth),
            ("Tipo de documento", Entities, Role::DocumentKind),
            ("No. DUI", Entities, Role::Document),
            ("Teléfono 2", Entities, Role::Phone),
            ("Calidad en el caso", Entities, Role::Standing),
            ("nodeid", Entities, Role::Id),
            ("Fecha de activación", Entities, Role::ValidFrom),
        ] {
            assert_eq!(best(header, kind), Some(role), "{header}: {:?}", roles_of(header, kind));
        }
    }

    #[test]
    fn synonyms_are_written_in_the_words_they_are_compared_with() {
        let mut strange = Vec::new();
        for kind in [TableKind::Calls, TableKind::Transfers, TableKind::Entities] {
            for (role, phrases) in synonyms::of(kind) {
                assert!(role.belongs_to(kind), "{role:?} in {kind:?}");
                for phrase in *phrases {
                    let plain = phrase.trim_start_matches('=');
                    let mut want: Vec<&str> = plain.split(' ').collect();
                    want.sort_unstable();
                    want.dedup();
                    if header_key(plain) != want.join(" ") {
                        strange.push((kind, role, phrase, header_key(plain)));
                    }
                }
            }
        }
        assert!(strange.is_empty(), "{strange:#?}");
    }

    #[test]
    fn every_role_has_its_word() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(*role));
        }
    }
}
