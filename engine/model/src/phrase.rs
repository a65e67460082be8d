//! Texts in both languages, written side by side where something is said.
//!
//! Errors arise on every floor, far below the message files. Each says itself in English as its `Display` and in
//! Spanish by a method of its own, so that neither can be changed without the other in sight.

use std::borrow::Cow;
use std::fmt;
use std::io;

/// One text in English and in Spanish; its `Display` is the English one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase(Wording);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Wording {
    Fixed {
        english: &'static str,
        spanish: &'static str,
    },
    /// English and Spanish, apart from the phrase so that errors stay small.
    Made(Box<[String; 2]>),
}

impl Phrase {
    /// A fixed text.
    pub const fn new(english: &'static str, spanish: &'static str) -> Self {
        Self(Wording::Fixed { english, spanish })
    }

    /// A text made up where it is said.
    pub fn made(english: String, spanish: String) -> Self {
        Self(Wording::Made(Box::new([english, spanish])))
    }

    /// A text of another program, which has one wording only.
    pub fn foreign(text: String) -> Self {
        Self::made(text.clone(), text)
    }

    /// In English.
    pub fn english(&self) -> &str {
        match &self.0 {
            Wording::Fixed { english, .. } => english,
            Wording::Made(both) => &both[0],
        }
    }

    /// In Spanish.
    pub fn spanish(&self) -> &str {
        match &self.0 {
            Wording::Fixed { spanish, .. } => spanish,
            Wording::Made(both) => &both[1],
        }
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.english())
    }
}

/// What the system said, in Spanish; a fault without a usual name in the system's own words.
pub fn system_fault(error: &io::Error) -> Cow<'static, str> {
    let said = match error.kind() {
        io::ErrorKind::NotFound => "no existe",
        io::ErrorKind::PermissionDenied => "no hay permiso",
        io::ErrorKind::AlreadyExists => "ya existe",
        io::ErrorKind::StorageFull => "el disco está lleno",
        io::ErrorKind::QuotaExceeded => "se agotó la cuota de disco",
        io::ErrorKind::ReadOnlyFilesystem => "el disco es de solo lectura",
        io::ErrorKind::IsADirectory => "es una carpeta",
        io::ErrorKind::NotADirectory => "una parte de la ruta no es una carpeta",
        io::ErrorKind::DirectoryNotEmpty => "la carpeta no está vacía",
        io::ErrorKind::FileTooLarge => "el archivo es demasiado grande",
        io::ErrorKind::UnexpectedEof => "termina antes de lo esperado",
        io::ErrorKind::InvalidData => "los datos no son válidos",
        io::ErrorKind::InvalidFilename => "el nombre no es válido",
        io::ErrorKind::TimedOut => "se agotó el tiempo",
        io::ErrorKind::Interrupted => "se interrumpió",
        io::ErrorKind::OutOfMemory => "no hay memoria suficiente",
        io::ErrorKind::AddrInUse => "la dirección está en uso",
        io::ErrorKind::AddrNotAvailable => "la dirección no es de este equipo",
        io::ErrorKind::BrokenPipe => "quien leía dejó de leer",
        _ => return Cow::Owned(error.to_string()),
    };
    Cow::Borrowed(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_displayed_in_english() {
        let phrase = Phrase::new("it is encrypted", "está cifrado");
        assert_eq!(phrase.to_string(), phrase.english());
        assert_eq!(phrase.spanish(), "está cifrado");
        assert_eq!(Phrase::foreign("line 3".into()).spanish(), "line 3");
    }

    #[test]
    fn a_fault_without_a_usual_name_keeps_its_own_words() {
        assert_eq!(system_fault(&io::Error::from(io::ErrorKind::StorageFull)), "el disco está lleno");
        assert_eq!(system_fault(&io::Error::other("sector 7")), "sector 7");
    }
}
