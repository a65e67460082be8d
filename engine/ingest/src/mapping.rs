//! A mapping: what a person says of a file's layout, in TOML. It overrules everything that would be found.
//!
//! A mapping is part of a load's identity: the same file with another mapping is another load. It is also what
//! the loader writes down of its own decisions, so that a load can be repeated exactly.

use crate::columns::Role;
use crate::error::IngestError;
use crate::reader::fixed::parse_cuts;
use model::money::Currency;
use model::phrase::Phrase;
use model::place::Country;
use model::record::TableKind;
use normalise::amount::DecimalMark;
use normalise::date::DateOrder;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// What a person says of a file. Every part may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// `calls`, `transfers` or `entities`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Two-letter country whose numbers, money and clock the file uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// `utf-8`, `utf-16le`, `utf-16be`, `windows-1252`, `cp850` or `macintosh`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// One character: `,`, `;`, `|`, or `\t`; or `fixed:0,12,31`, the characters at which columns begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// Line of the header, from 1; 0 where there is none, and columns are then named `1`, `2`, ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_row: Option<u32>,
    /// `dmy`, `mdy` or `ymd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dates: Option<String>,
    /// IANA time zone of the file's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// `point` or `comma`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimal: Option<String>,
    /// RFC 3339 moment of step 0, where time is a step count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
    /// Length of a step: `microsecond`, `millisecond`, `second`, `minute`, `hour`, `day` or `week`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Whether numbers of parties are opaque ids and neither telephone numbers nor accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opaque_ids: Option<bool>,
    /// ISO 4217 code of amounts that state none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The number or account whose return or statement this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Header to role. Columns not named here are left out where any is named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
}

/// The length of a step in microseconds.
const UNITS: [(&str, i64); 7] = [
    ("microsecond", 1),
    ("millisecond", 1_000),
    ("second", 1_000_000),
    ("minute", 60_000_000),
    ("hour", 3_600_000_000),
    ("day", 86_400_000_000),
    ("week", 604_800_000_000),
];

fn wrong(english: &'static str, spanish: &'static str) -> IngestError {
    IngestError::Mapping { detail: Phrase::new(english, spanish) }
}

fn wrong_in(english: String, spanish: String) -> IngestError {
    IngestError::Mapping { detail: Phrase::made(english, spanish) }
}

impl Mapping {
    /// Reads a mapping and checks every line of it.
    ///
    /// # Errors
    /// [`IngestError::Mapping`] names the line and what it may be.
    pub fn parse(text: &str) -> Result<Self, IngestError> {
        let mapping: Self = toml::from_str(text).map_err(|e| IngestError::Mapping {
            detail: Phrase::foreign(e.to_string().trim_end().to_owned()),
        })?;
        mapping.check()?;
        Ok(mapping)
    }

    /// Reads a mapping file.
    ///
    /// # Errors
    /// [`IngestError::Io`] or [`IngestError::Mapping`].
    pub fn read(path: &Path) -> Result<Self, IngestError> {
        let bytes =
            std::fs::read(path).map_err(|source| IngestError::Io { path: path.to_owned(), source })?;
        let text = String::from_utf8(bytes).map_err(|_| {
            wrong_in(
                format!("{} is not UTF-8 text; save it as UTF-8", path.display()),
                format!("{} no es texto UTF-8; guárdelo como UTF-8", path.display()),
            )
        })?;
        Self::parse(text.trim_start_matches('\u{feff}'))
    }

    /// The mapping as TOML, the same text for the same mapping.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }

    /// What identifies this mapping in a load.
    pub fn hash(&self) -> model::provenance::Digest {
        model::provenance::Digest(Sha256::digest(self.to_toml().as_bytes()).into())
    }

    /// Checks every line.
    ///
    /// # Errors
    /// [`IngestError::Mapping`] for the first wrong one.
    pub fn check(&self) -> Result<(), IngestError> {
        self.kind()?;
        self.country()?;
        self.dates()?;
        self.decimal()?;
        self.currency()?;
        self.delimiter()?;
        self.steps()?;
        if let Some(name) = &self.encoding
            && crate::reader::encoding::Encoding::parse(name).is_none()
        {
            return Err(wrong(
                "encoding must be utf-8, utf-16le, utf-16be, windows-1252, latin-1, cp850 or macintosh",
                "encoding debe ser utf-8, utf-16le, utf-16be, windows-1252, latin-1, cp850 o macintosh",
            ));
        }
        if let Some(zone) = &self.zone {
            let noon = normalise::date::parse("2020-01-01 12:00:00", DateOrder::YearFirst);
            if noon.and_then(|t| normalise::date::stamp(t, zone, false)).is_none() {
                return Err(wrong(
                    "zone must be an IANA time zone such as America/El_Salvador",
                    "zone debe ser una zona horaria de IANA, como America/El_Salvador",
                ));
            }
        }
        for (column, role) in &self.columns {
            let Some(parsed) = Role::parse(role) else {
                return Err(wrong_in(
                    format!("[columns] \"{column}\": \"{role}\" is no role; roles are: {}", Role::words()),
                    format!(
                        "[columns] \"{column}\": \"{role}\" no es un papel; los papeles son: {}",
                        Role::words()
                    ),
                ));
            };
            if let Some(kind) = self.kind()?
                && parsed != Role::Ignore
                && !parsed.belongs_to(kind)
            {
                return Err(wrong_in(
                    format!(
                        "[columns] \"{column}\": the role \"{role}\" is not one of kind \"{}\"",
                        kind.as_str()
                    ),
                    format!(
                        "[columns] \"{column}\": el papel \"{role}\" no es de la clase \"{}\"",
                        kind.as_str()
                    ),
                ));
            }
        }
        Ok(())
    }

    /// The kind of table.
    ///
    /// # Errors
    /// [`IngestError::Mapping`] for an unknown word; likewise for all that follow.
    pub fn kind(&self) -> Result<Option<TableKind>, IngestError> {
        self.kind
            .as_deref()
            .map(|k| {
                TableKind::parse(k).ok_or_else(|| {
                    wrong(
                        "kind must be calls, transfers or entities",
                        "kind debe ser calls, transfers o entities",
                    )
                })
            })
            .transpose()
    }

    /// The country.
    ///
    /// # Errors
    /// An unknown code.
    pub fn country(&self) -> Result<Option<Country>, IngestError> {
        self.country
            .as_deref()
            .map(|c| {
                Country::parse(c).ok_or_else(|| {
                    let codes: Vec<&str> = Country::ALL.iter().map(|c| c.code()).collect();
                    wrong_in(
                        format!("country must be one of {}", codes.join(", ")),
                        format!("country debe ser uno de {}", codes.join(", ")),
                    )
                })
            })
            .transpose()
    }

    /// The order of day, month and year.
    ///
    /// # Errors
    /// An unknown word.
    pub fn dates(&self) -> Result<Option<DateOrder>, IngestError> {
        self.dates
            .as_deref()
            .map(|d| match d {
                "dmy" => Ok(DateOrder::DayFirst),
                "mdy" => Ok(DateOrder::MonthFirst),
                "ymd" => Ok(DateOrder::YearFirst),
                _ => Err(wrong("dates must be dmy, mdy or ymd", "dates debe ser dmy, mdy o ymd")),
            })
            .transpose()
    }

    /// The decimal mark.
    ///
    /// # Errors
    /// An unknown word.
    pub fn decimal(&self) -> Result<Option<DecimalMark>, IngestError> {
        self.decimal
            .as_deref()
            .map(|d| match d {
                "point" => Ok(DecimalMark::Point),
                "comma" => Ok(DecimalMark::Comma),
                _ => Err(wrong("decimal must be point or comma", "decimal debe ser point o comma")),
            })
            .transpose()
    }

    /// The currency.
    ///
    /// # Errors
    /// Not an ISO 4217 code.
    pub fn currency(&self) -> Result<Option<Currency>, IngestError> {
        self.currency
            .as_deref()
            .map(|c| {
                Currency::parse(c).ok_or_else(|| {
                    wrong(
                        "currency must be three capital letters such as USD",
                        "currency debe ser tres mayúsculas, como USD",
                    )
                })
            })
            .transpose()
    }

    /// The delimiter.
    ///
    /// # Errors
    /// Not one ASCII character.
    pub fn delimiter(&self) -> Result<Option<u8>, IngestError> {
        self.delimiter
            .as_deref()
            .filter(|d| parse_cuts(d).is_none())
            .map(|d| match d.as_bytes() {
                _ if d == "\\t" || d.eq_ignore_ascii_case("tab") => Ok(b'\t'),
                [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r' | 0) => Ok(*byte),
                _ => Err(wrong(
                    "delimiter must be one character, \"\\t\", or \"fixed:0,12,31\"",
                    "delimiter debe ser un carácter, \"\\t\" o \"fixed:0,12,31\"",
                )),
            })
            .transpose()
    }

    /// The characters at which the columns of fixed-width text begin.
    pub fn cuts(&self) -> Option<Vec<u32>> {
        self.delimiter.as_deref().and_then(parse_cuts)
    }

    /// Step 0 and the length of a step, both in microseconds.
    ///
    /// # Errors
    /// One without the other, a moment without its zone, an unknown unit.
    pub fn steps(&self) -> Result<Option<StepClock>, IngestError> {
        let (Some(epoch), Some(unit)) = (&self.epoch, &self.unit) else {
            return if self.epoch.is_some() || self.unit.is_some() {
                Err(wrong(
                    "epoch and unit go together: epoch = \"2020-01-01T00:00:00Z\" and unit = \"day\"",
                    "epoch y unit van juntos: epoch = \"2020-01-01T00:00:00Z\" y unit = \"day\"",
                ))
            } else {
                Ok(None)
            };
        };
        let moment = normalise::date::parse(epoch, DateOrder::YearFirst)
            .filter(|t| t.offset_minutes.is_some())
            .and_then(|t| normalise::date::stamp(t, "UTC", false))
            .ok_or_else(|| {
                wrong(
                    "epoch must be a moment with its offset, such as \"2020-01-01T00:00:00Z\"",
                    "epoch debe ser un instante con su desfase, como \"2020-01-01T00:00:00Z\"",
                )
            })?;
        let step_us = UNITS.iter().find(|(word, _)| word == unit).map(|(_, us)| *us).ok_or_else(|| {
            wrong(
                "unit must be microsecond, millisecond, second, minute, hour, day or week",
                "unit debe ser microsecond, millisecond, second, minute, hour, day o week",
            )
        })?;
        Ok(Some(StepClock { epoch_us: moment.instant_us, step_us, offset_minutes: moment.offset_minutes }))
    }

    /// The role that the mapping gives to a column, by its header as written or folded.
    pub fn role_of(&self, header: &str) -> Option<Role> {
        self.columns
            .iter()
            .find(|(name, _)| *name == header)
            .or_else(|| {
                let folded = crate::columns::header_key(header);
                self.columns.iter().find(|(name, _)| crate::columns::header_key(name) == folded)
            })
            .and_then(|(_, role)| Role::parse(role))
    }
}

/// The clock of a file whose times are step counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepClock {
    /// Instant of step 0, microseconds UTC.
    pub epoch_us: i64,
    /// Length of a step in microseconds.
    pub step_us: i64,
    /// Offset that the epoch states, in minutes.
    pub offset_minutes: i16,
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: &str = "kind = \"transfers\"\nepoch = \"2020-01-01T00:00:00Z\"\nunit = \"day\"\nopaque_ids = true\n\n[columns]\nsourceNodeId = \"payer\"\n";

    #[test]
    fn a_mapping_survives_its_text() {
        let mapping = Mapping::parse(STEPS).unwrap();
        assert_eq!(Mapping::parse(&mapping.to_toml()).unwrap(), mapping);
        assert_eq!(mapping.hash(), Mapping::parse(STEPS).unwrap().hash());
        assert_eq!(mapping.steps().unwrap().unwrap().step_us, 86_400_000_000);
        assert_eq!(mapping.role_of("SOURCE NODE ID"), Role::parse("payer"));
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (text, word) in [
            ("kind = \"llamadas\"", "kind"),
            ("dates = \"dd/mm\"", "dates"),
            ("unit = \"day\"", "epoch"),
            ("epoch = \"2020-01-01\"\nunit = \"day\"", "epoch"),
            ("zone = \"Marte/Olympus\"", "zone"),
            ("colour = 1", "colour"),
            ("[columns]\nA = \"caller_of_cthulhu\"", "caller_of_cthulhu"),
            ("kind = \"calls\"\n[columns]\nA = \"payer\"", "payer"),
            ("delimiter = \"ab\"", "delimiter"),
            ("encoding = \"ebcdic\"", "encoding"),
        ] {
            let error = Mapping::parse(text).unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
