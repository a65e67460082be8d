//! Names of people as the region writes them: given names, two surnames, particles, and the name of a husband.
//!
//! A name is taken apart into folded tokens, in order, and compared token by token. Nothing is corrected: an
//! indigenous surname, a Creole given name or a rare spelling is what it is. What is certain is done: titles and
//! aliases are taken off, abbreviations written out, placeholders for "no surname" dropped, particles joined to
//! their word, a married name told from a surname of birth.

mod phonetic;
mod split;

pub use phonetic::phonetic;

use crate::lexicon;
use crate::text::{WILDCARD, fold};
use model::party::PersonName;
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

/// In which order a column writes full names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NameOrder {
    /// Given names, then surnames.
    GivenFirst,
    /// Surnames, then given names.
    SurnameFirst,
    /// Not known; a comma or the words themselves tell, else given names first.
    #[default]
    Unknown,
}

/// Which given names and surnames does a full name hold?
///
/// A comma means surnames before it and given names behind it, whatever the order. Where the words do not tell how
/// many given names there are, three words are one given name and two surnames, four and more end in two surnames.
///
/// # Returns     folded tokens; a married surname without its `DE` or `VIUDA DE`; empty for a placeholder
/// # Example
/// ```
/// use normalise::name::{NameOrder, full_name};
/// let name = full_name("Dra. María José Pérez Vda. de Muñoz", NameOrder::GivenFirst);
/// assert_eq!(name.given, ["MARIA", "JOSE"]);
/// assert_eq!((name.surnames.as_slice(), name.married.as_deref()), (&["PEREZ".to_owned()][..], Some("MUÑOZ")));
/// ```
pub fn full_name(raw: &str, order: NameOrder) -> PersonName {
    let text = without_alias(raw);
    if let Some((surnames, given)) = text.split_once(',') {
        let mut given = words(given);
        let surnames = words(surnames);
        given.retain(|word| !is_suffix(word));
        // `Juan Pérez, Jr.` has nothing that could be a given name behind its comma.
        if !given.is_empty() && !surnames.is_empty() {
            return split::by_comma(&surnames, &given);
        }
        return split::full(&[surnames, given].concat(), order);
    }
    split::full(&words(&text), order)
}

/// Which name stands in columns of given names, first and second surname?
///
/// A first surname that holds two surnames is taken apart; `DE X` behind a woman's surname is a married name.
pub fn from_columns(given: &str, surname1: &str, surname2: &str) -> PersonName {
    let given = words(&without_alias(given));
    let mut surnames = words(&without_alias(surname1));
    surnames.extend(words(&without_alias(surname2)));
    split::columns(&given, &surnames)
}

/// The words of a cell whose reading needs none of its neighbours: no particle, title, suffix or widowhood in it.
///
/// Cells repeat, names seldom do: such cells can be read once and put together. For columns of such cells
/// [`from_columns`] gives the words of the first as given names, those of the others as surnames.
///
/// # Returns     folded words; `None` where [`from_columns`] has to look at the whole name
pub fn plain_words(raw: &str) -> Option<Vec<String>> {
    let text = without_alias(raw);
    let folded = fold(&text);
    let needs_more = |t: &str| {
        is_particle(t) || is_title(t) || is_suffix(t) || matches!(t, "VDA" | "VIUDA" | "STA" | "STO")
    };
    if folded.split(' ').any(needs_more) {
        return None;
    }
    Some(words(&text))
}

/// Given names that a nickname may stand for, and the nicknames and other spellings of a given name.
///
/// Many to many, and weak evidence: `BETO` may be any of nine names.
///
/// # Arguments   `token`: folded
pub fn nicknames_of(token: &str) -> &'static [&'static str] {
    lexicon::called(token)
}

/// Which word does this abbreviation stand for? The token is folded and without its point.
pub fn expand_abbreviation(token: &str) -> Option<&'static str> {
    Some(match token {
        "MA" | "MRIA" => "MARIA",
        "FCO" | "FRCO" | "FCISCO" => "FRANCISCO",
        "FCA" => "FRANCISCA",
        "GPE" | "GUAD" => "GUADALUPE",
        "ANTO" => "ANTONIO",
        "MNL" => "MANUEL",
        "ALEJ" => "ALEJANDRO",
        "FDO" => "FERNANDO",
        "GMO" => "GUILLERMO",
        "IGN" => "IGNACIO",
        "JQN" => "JOAQUIN",
        "CONC" => "CONCEPCION",
        "MGTA" => "MARGARITA",
        "ENR" => "ENRIQUE",
        "EDO" => "EDUARDO",
        "RBTO" => "ROBERTO",
        "HDZ" | "HDEZ" | "HERNZ" | "HNDZ" => "HERNANDEZ",
        "FDZ" | "FDEZ" | "FERNDZ" => "FERNANDEZ",
        "GLEZ" | "GLZ" | "GONZ" | "GNZLZ" => "GONZALEZ",
        "RDZ" | "RDGZ" | "RGUEZ" | "RODZ" | "RDEZ" => "RODRIGUEZ",
        "MTZ" | "MTNEZ" | "MNEZ" | "MRTZ" => "MARTINEZ",
        "LPZ" => "LOPEZ",
        "PZ" => "PEREZ",
        "SCHZ" | "SNCHZ" | "SCHEZ" => "SANCHEZ",
        "RMZ" | "RMREZ" => "RAMIREZ",
        "GMZ" => "GOMEZ",
        "JMZ" | "JMNEZ" => "JIMENEZ",
        "DGZ" | "DMGZ" => "DOMINGUEZ",
        "VZQZ" | "VQZ" | "VASQZ" => "VASQUEZ",
        "ALVZ" => "ALVAREZ",
        "GTZ" | "GTREZ" => "GUTIERREZ",
        "MDZ" => "MENDEZ",
        "VELZQ" => "VELASQUEZ",
        "STA" => "SANTA",
        "STO" => "SANTO",
        "VDA" => "VIUDA",
        _ => return None,
    })
}

/// Are two tokens the same where a lost letter (`?`) may be any letter? Without one, are they equal?
pub fn same_token(a: &str, b: &str) -> bool {
    if !a.contains(WILDCARD) && !b.contains(WILDCARD) {
        return a == b;
    }
    let mut left = a.chars();
    let mut right = b.chars();
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(x), Some(y)) if x == y || x == WILDCARD || y == WILDCARD => {}
            _ => return false,
        }
    }
}

/// Does this text name a company, an association or an authority rather than a person?
pub fn looks_like_organisation(raw: &str) -> bool {
    let folded = fold(raw);
    let padded = format!(" {folded} ");
    #[rustfmt::skip]
    const FORMS: &[&str] = &[
        " S A DE C V ", " SA DE CV ", " S A ", " SA ", " S DE R L ", " S R L ", " SRL ", " LTDA ", " LTD ", " INC ", " LLC ",
        " CORP ", " S A S ", " SAS ", " SAPI ", " SOFOM ", " EIRL ", " Y CIA ", " Y ASOCIADOS ", " CO LTD ",
        " DE R L ", " E HIJOS ", " Y HERMANOS ",
    ];
    if FORMS.iter().any(|form| padded.ends_with(form)) || padded.contains(" CALL CENTER ") {
        return true;
    }
    #[rustfmt::skip]
    const WORDS: &[&str] = &[
        "BANCO", "BANK", "FINANCIERA", "ASOCIACION", "FUNDACION", "COOPERATIVA", "FEDERACION", "SINDICATO", "MINISTERIO",
        "ALCALDIA", "MUNICIPALIDAD", "AYUNTAMIENTO", "EMPRESA", "EMPRESAS", "COMERCIAL", "COMERCIALIZADORA", "TRANSPORTES",
        "TRANSPORTE", "HOTEL", "MOTEL", "HOSTAL", "HOSPEDAJE", "RESTAURANTE", "RESTAURANT", "CAFETERIA", "COMEDOR", "FARMACIA",
        "TIENDA", "ALMACEN", "ALMACENES", "INVERSIONES", "DISTRIBUIDORA", "IMPORTADORA", "EXPORTADORA", "AGENCIA", "SERVICIOS",
        "CONSTRUCTORA", "CONSULTORES", "CORPORACION", "UNIVERSIDAD", "COLEGIO", "ESCUELA", "INSTITUTO", "IGLESIA", "HOSPITAL",
        "CLINICA", "GRUPO", "INDUSTRIAS", "INDUSTRIA", "COMPAÑIA", "COMPANIA", "SOCIEDAD", "REMESAS", "REMESADORA", "ENVIOS",
        "TALLER", "TALLERES", "FERRETERIA", "SUPERMERCADO", "PANADERIA", "CERVECERIA", "CANTINA", "DISCOTECA", "CASINO",
        "BARBERIA", "POLICIA", "FISCALIA", "PROCURADURIA", "JUZGADO", "TRIBUNAL", "COMITE", "CLUB", "TAXI", "TAXIS",
        "TAXISTAS", "MAQUILA", "FINCA", "HACIENDA", "INGENIO", "AGROPECUARIA", "AGRICOLA", "SEGUROS", "TELECOM",
        "TELEFONICA", "CENTRO",
    ];
    static SET: LazyLock<HashSet<&str>> = LazyLock::new(|| WORDS.iter().copied().collect());
    folded.split(' ').any(|token| SET.contains(token))
}

/// Words that belong to the next one.
pub(crate) fn is_particle(word: &str) -> bool {
    matches!(
        word,
        "DE" | "DEL"
            | "LA"
            | "LAS"
            | "LOS"
            | "Y"
            | "VAN"
            | "VON"
            | "DER"
            | "DEN"
            | "SAN"
            | "SANTA"
            | "SANTO"
            | "MAC"
            | "MC"
            | "DA"
            | "DI"
            | "DOS"
            | "DAS"
            | "LE"
            | "SAINT"
            | "ST"
    )
}

/// The text without an alias in quotation marks or brackets, or behind `alias` or `(a)`.
fn without_alias(raw: &str) -> Cow<'_, str> {
    const OPENING: &[char] = &['(', '"', '\u{201C}', '\u{201D}', '«', '['];
    let may = raw.as_bytes().windows(2).any(|w| matches!(w, [b' ', b'a' | b'A' | b'(']));
    let cut = may.then(|| raw.to_lowercase()).filter(|lower| lower.len() == raw.len()).and_then(|lower| {
        let words = [" alias ", " a.k.a.", " aka ", " (a) ", " apodo "];
        words.iter().filter_map(|word| lower.find(word)).min()
    });
    let text = cut.and_then(|at| raw.get(..at)).unwrap_or(raw);
    if !text.contains(|c| c == 'ª' || OPENING.contains(&c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut closing: Option<char> = None;
    for c in text.chars() {
        match (closing, c) {
            (Some(end), _) if c == end => closing = None,
            (Some(_), _) => {}
            (None, '(') => closing = Some(')'),
            (None, '[') => closing = Some(']'),
            (None, '"') => closing = Some('"'),
            (None, '\u{201C}' | '\u{201D}') => closing = Some('\u{201D}'),
            (None, '«') => closing = Some('»'),
            (None, _) => out.push(c),
        }
    }
    // An opening mark that never closes hides nothing.
    if closing.is_some() {
        out = text.replace(OPENING, " ");
    }
    // `M.ª` and `Mª` are `Ma.`; the point would part the letters.
    Cow::Owned(out.replace("M.ª", "Ma ").replace("m.ª", "Ma ").replace("Mª", "Ma ").replace("M. ª", "Ma "))
}

/// The folded words of a name without titles, placeholders and numbers, abbreviations written out.
fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    #[rustfmt::skip]
    const NOBODY: &[&str] = &[
        "", "N N", "NN", "N A", "NA", "N D", "ND", "S N", "S D", "X", "XX", "XXX", "NULL", "NONE", "NAN", "DESCONOCIDO",
        "DESCONOCIDA", "PERSONA DESCONOCIDA", "SIN NOMBRE", "IGNORADO", "IGNORADA", "NO CONSTA", "NO INDICA", "NO APLICA",
        "NO DISPONIBLE", "NO IDENTIFICADO", "NO IDENTIFICADA", "UNKNOWN", "SIN DATOS", "NO TIENE", "SOA", "S O A",
        "SIN OTRO APELLIDO", "SIN APELLIDO", "SIN SEGUNDO APELLIDO", "ANONIMO", "JOHN DOE", "JANE DOE",
    ];
    static SET: LazyLock<HashSet<&str>> = LazyLock::new(|| NOBODY.iter().copied().collect());
    if SET.contains(folded.as_str()) {
        return Vec::new();
    }
    let trimmed =
        folded.strip_suffix(" SIN OTRO APELLIDO").or_else(|| folded.strip_suffix(" N N")).unwrap_or(&folded);
    let mut tokens: Vec<&str> = trimmed.split(' ').collect();
    while tokens.len() > 1 && tokens.first().is_some_and(|t| is_title(t)) {
        tokens.remove(0);
    }
    while tokens.len() > 1 && tokens.last().is_some_and(|t| is_suffix(t)) {
        tokens.pop();
    }
    tokens
        .into_iter()
        .filter(|t| t.bytes().any(|b| !b.is_ascii_digit()) && !matches!(*t, "SOA" | "NN" | "XX" | "XXX"))
        .map(|t| expand_abbreviation(t).unwrap_or(t).to_owned())
        .collect()
}

fn is_title(token: &str) -> bool {
    matches!(
        token,
        "SR" | "SRA"
            | "SRTA"
            | "SEÑOR"
            | "SEÑORA"
            | "SEÑORITA"
            | "DON"
            | "DOÑA"
            | "DR"
            | "DRA"
            | "DOCTOR"
            | "DOCTORA"
            | "LIC"
            | "LICDO"
            | "LICDA"
            | "LICENCIADO"
            | "LICENCIADA"
            | "ING"
            | "INGENIERO"
            | "INGENIERA"
            | "ARQ"
            | "PROF"
            | "PROFA"
            | "MTRO"
            | "MTRA"
            | "CNEL"
            | "CAP"
            | "SGTO"
            | "CABO"
            | "AGTE"
            | "AGENTE"
            | "INSP"
            | "SUBINSP"
            | "COM"
            | "BR"
            | "BACH"
            | "TEC"
            | "MR"
            | "MRS"
            | "MISS"
            | "FRAY"
            | "PBRO"
            | "SOR"
    )
}

fn is_suffix(token: &str) -> bool {
    matches!(token, "JR" | "JUNIOR" | "HIJO" | "II" | "III" | "IV" | "FALLECIDO" | "FALLECIDA")
}

#[cfg(test)]
mod tests;
