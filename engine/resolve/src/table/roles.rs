//! What a column means: by its header, in Spanish or English, else by its values.

use normalise::text::fold;

/// What a column of a table of people is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnRole {
    /// The row's id.
    Id,
    /// Given names.
    Given,
    /// Middle names.
    Middle,
    /// Surname, or both surnames.
    Surname,
    /// Second surname.
    SecondSurname,
    /// Full name.
    FullName,
    /// Name of an organisation.
    Organisation,
    /// Birth date.
    Birth,
    /// Sex.
    Sex,
    /// Identity document.
    Document,
    /// Telephone.
    Phone,
    /// Account.
    Account,
    /// Electronic mail.
    Email,
    /// Address, or a part of one.
    Address,
    /// Town.
    Town,
    /// Country.
    Country,
    /// Not used.
    Ignored,
}

impl ColumnRole {
    /// All roles, in order.
    pub const ALL: [Self; 17] = [
        Self::Id,
        Self::Given,
        Self::Middle,
        Self::Surname,
        Self::SecondSurname,
        Self::FullName,
        Self::Organisation,
        Self::Birth,
        Self::Sex,
        Self::Document,
        Self::Phone,
        Self::Account,
        Self::Email,
        Self::Address,
        Self::Town,
        Self::Country,
        Self::Ignored,
    ];

    /// The role of a stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == word)
    }

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Given => "given",
            Self::Middle => "middle",
            Self::Surname => "surname",
            Self::SecondSurname => "second_surname",
            Self::FullName => "full_name",
            Self::Organisation => "organisation",
            Self::Birth => "birth",
            Self::Sex => "sex",
            Self::Document => "document",
            Self::Phone => "phone",
            Self::Account => "account",
            Self::Email => "email",
            Self::Address => "address",
            Self::Town => "town",
            Self::Country => "country",
            Self::Ignored => "ignored",
        }
    }

    /// Whether the column can tell who someone is.
    pub fn identifies(self) -> bool {
        !matches!(self, Self::Id | Self::Ignored | Self::Sex | Self::Town | Self::Country)
    }
}

/// Headers, folded, of each role.
const HEADERS: [(ColumnRole, &[&str]); 16] = [
    (
        ColumnRole::Id,
        &[
            "ID",
            "REC ID",
            "RECORD ID",
            "UNIQUE ID",
            "RECID",
            "ROW ID",
            "REGISTRO",
            "ID REGISTRO",
            "NO REGISTRO",
            "UID",
        ],
    ),
    (
        ColumnRole::Given,
        &[
            "GIVEN",
            "GIVEN NAME",
            "GIVEN NAMES",
            "FIRST NAME",
            "FIRSTNAME",
            "FIRST NAMES",
            "FNAME",
            "NOMBRES",
            "PRIMER NOMBRE",
            "NOMBRE 1",
            "NOMBRE1",
            "FORENAME",
            "FORENAMES",
            "NOMBRE PILA",
            "NOMBRE DE PILA",
        ],
    ),
    (
        ColumnRole::Middle,
        &[
            "MIDDLE",
            "MIDDLE NAME",
            "MIDDLE INITIAL",
            "SEGUNDO NOMBRE",
            "NOMBRE 2",
            "NOMBRE2",
            "OTROS NOMBRES",
        ],
    ),
    (
        ColumnRole::Surname,
        &[
            "SURNAME",
            "SURNAMES",
            "SURNAME1",
            "SURNAME 1",
            "LAST NAME",
            "LASTNAME",
            "LAST NAMES",
            "LNAME",
            "FAMILY NAME",
            "APELLIDOS",
            "APELLIDO",
            "PRIMER APELLIDO",
            "APELLIDO 1",
            "APELLIDO1",
            "APELLIDO PATERNO",
            "PATERNO",
            "AP PATERNO",
        ],
    ),
    (
        ColumnRole::SecondSurname,
        &[
            "SURNAME2",
            "SURNAME 2",
            "SECOND SURNAME",
            "SEGUNDO APELLIDO",
            "APELLIDO 2",
            "APELLIDO2",
            "APELLIDO MATERNO",
            "MATERNO",
            "AP MATERNO",
        ],
    ),
    (
        ColumnRole::FullName,
        &[
            "NAME",
            "FULL NAME",
            "FULLNAME",
            "NOMBRE",
            "NOMBRE COMPLETO",
            "NOMBRES Y APELLIDOS",
            "APELLIDOS Y NOMBRES",
            "TITULAR",
            "SUSCRIPTOR",
            "ABONADO",
            "PERSONA",
            "CLIENTE",
            "SUBSCRIBER",
            "HOLDER",
            "ACCOUNT HOLDER",
            "NOMBRE DEL TITULAR",
            "NOMBRE TITULAR",
            "NOMBRE CLIENTE",
        ],
    ),
    (
        ColumnRole::Organisation,
        &[
            "ORGANISATION",
            "ORGANIZATION",
            "COMPANY",
            "COMPANY NAME",
            "EMPRESA",
            "RAZON SOCIAL",
            "ORGANIZACION",
            "BUSINESS NAME",
            "DENOMINACION",
        ],
    ),
    (
        ColumnRole::Birth,
        &[
            "DOB",
            "DATE OF BIRTH",
            "BIRTH DATE",
            "BIRTHDATE",
            "BIRTH",
            "BIRTHDAY",
            "FECHA NACIMIENTO",
            "FECHA DE NACIMIENTO",
            "FEC NAC",
            "F NACIMIENTO",
            "FECHA NAC",
            "NACIMIENTO",
            "FNAC",
        ],
    ),
    (ColumnRole::Sex, &["SEX", "GENDER", "SEXO", "GENERO"]),
    (
        ColumnRole::Document,
        &[
            "NATIONAL ID",
            "DOCUMENT",
            "DOCUMENTO",
            "ID NUMBER",
            "IDENTITY NUMBER",
            "SOC SEC ID",
            "SSN",
            "SOCIAL SECURITY NUMBER",
            "NO DOCUMENTO",
            "NUMERO DE DOCUMENTO",
            "NUMERO DOCUMENTO",
            "NUM DOCUMENTO",
            "CEDULA",
            "DUI",
            "NIT",
            "DPI",
            "CUI",
            "DNI",
            "RTN",
            "CURP",
            "RFC",
            "INE",
            "DIMEX",
            "PASSPORT",
            "PASAPORTE",
            "RNC",
            "IDENTIDAD",
            "IDENTIFICACION",
            "TAX ID",
            "NIF",
            "CC",
        ],
    ),
    (
        ColumnRole::Phone,
        &[
            "PHONE",
            "TELEPHONE",
            "PHONE NUMBER",
            "MOBILE",
            "CELL",
            "CELLPHONE",
            "TELEFONO",
            "TELEFONOS",
            "TEL",
            "CELULAR",
            "MOVIL",
            "MSISDN",
            "NUMERO TELEFONO",
            "NUMERO DE TELEFONO",
            "NO TELEFONO",
            "LINEA",
        ],
    ),
    (
        ColumnRole::Account,
        &[
            "ACCOUNT",
            "ACCOUNT NUMBER",
            "IBAN",
            "CUENTA",
            "NO CUENTA",
            "NUMERO CUENTA",
            "NUMERO DE CUENTA",
            "CLABE",
        ],
    ),
    (ColumnRole::Email, &["EMAIL", "E MAIL", "MAIL", "CORREO", "CORREO ELECTRONICO"]),
    (
        ColumnRole::Address,
        &[
            "ADDRESS",
            "ADDRESS 1",
            "ADDRESS 2",
            "ADDRESS1",
            "ADDRESS2",
            "STREET",
            "STREET NUMBER",
            "STREET NAME",
            "STREET ADDRESS",
            "POSTCODE",
            "POSTAL CODE",
            "ZIP",
            "ZIP CODE",
            "ZIPCODE",
            "DIRECCION",
            "DOMICILIO",
            "CALLE",
            "CODIGO POSTAL",
            "DIRECCION DOMICILIO",
        ],
    ),
    (
        ColumnRole::Town,
        &[
            "TOWN",
            "CITY",
            "SUBURB",
            "MUNICIPALITY",
            "MUNICIPIO",
            "CIUDAD",
            "LOCALIDAD",
            "BIRTH PLACE",
            "POBLACION",
        ],
    ),
    (ColumnRole::Country, &["COUNTRY", "PAIS", "COUNTRY CODE", "NATIONALITY", "NACIONALIDAD"]),
];

/// The roles of columns by their headers.
pub fn by_header(header: &[String]) -> Vec<ColumnRole> {
    let mut roles: Vec<ColumnRole> = header
        .iter()
        .map(|h| {
            let folded = fold(&h.replace(['_', '-', '.'], " "));
            HEADERS
                .iter()
                .find(|(_, names)| names.contains(&folded.as_str()))
                .map_or(ColumnRole::Ignored, |(role, _)| *role)
        })
        .collect();
    // NOMBRE beside APELLIDO is the given name alone.
    let has = |roles: &[ColumnRole], role| roles.contains(&role);
    if has(&roles, ColumnRole::Surname) && !has(&roles, ColumnRole::Given) {
        for role in roles.iter_mut().filter(|r| **r == ColumnRole::FullName) {
            *role = ColumnRole::Given;
        }
    }
    // Only the first id column is the id.
    let mut seen = false;
    for role in roles.iter_mut().filter(|r| **r == ColumnRole::Id) {
        if seen {
            *role = ColumnRole::Ignored;
        }
        seen = true;
    }
    roles
}

/// Rows that are looked at to tell a column by its values.
const SAMPLE: usize = 500;

/// Gives a role to columns whose header says nothing, where their values leave little doubt.
///
/// Only what the header left without any column is looked for: full names, birth dates and telephones with a plus.
pub fn by_values(roles: &mut [ColumnRole], rows: &[Vec<String>]) {
    let named = roles.iter().any(|r| {
        matches!(r, ColumnRole::Given | ColumnRole::Surname | ColumnRole::FullName | ColumnRole::Organisation)
    });
    for at in 0..roles.len() {
        if roles[at] != ColumnRole::Ignored {
            continue;
        }
        let values: Vec<&str> = rows
            .iter()
            .filter_map(|cells| cells.get(at).map(String::as_str))
            .filter(|v| !v.is_empty())
            .take(SAMPLE)
            .collect();
        if values.len() < 3 {
            continue;
        }
        let mostly =
            |test: &dyn Fn(&str) -> bool| values.iter().filter(|v| test(v)).count() * 10 >= values.len() * 9;
        let distinct = {
            let mut all = values.clone();
            all.sort_unstable();
            all.dedup();
            all.len()
        };
        if !roles.contains(&ColumnRole::Birth) && distinct > 2 && mostly(&looks_like_birth) {
            roles[at] = ColumnRole::Birth;
        } else if !roles.contains(&ColumnRole::Phone) && distinct > 2 && mostly(&looks_like_phone) {
            roles[at] = ColumnRole::Phone;
        } else if mostly(&|v| v.contains('@') && v.contains('.')) {
            roles[at] = ColumnRole::Email;
        } else if !named
            && !roles.contains(&ColumnRole::FullName)
            && distinct * 3 > values.len()
            && mostly(&looks_like_name)
        {
            roles[at] = ColumnRole::FullName;
        }
    }
}

fn looks_like_birth(value: &str) -> bool {
    let parts: Vec<&str> = value.split(['-', '/', '.']).collect();
    let numbers: Vec<u32> = parts.iter().filter_map(|p| p.parse().ok()).collect();
    let year = |y: u32| (1900..2030).contains(&y);
    match numbers.as_slice() {
        [y, m, d] if year(*y) => (1..=12).contains(m) && (1..=31).contains(d),
        [d, m, y] if year(*y) => (1..=31).contains(m) && (1..=31).contains(d),
        _ => false,
    }
}

fn looks_like_phone(value: &str) -> bool {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    value.starts_with('+')
        && (8..=15).contains(&digits)
        && value.chars().all(|c| c.is_ascii_digit() || "+ -().".contains(c))
}

fn looks_like_name(value: &str) -> bool {
    let words = value.split_whitespace().count();
    (2..=6).contains(&words) && value.chars().all(|c| c.is_alphabetic() || " .'-,".contains(c))
}
