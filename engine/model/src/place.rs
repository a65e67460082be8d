//! Countries of the region with the facts that reading their files needs, and points on the map.

use crate::money::Currency;

/// A country whose numbers, documents or files Madeja reads by its own rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Country {
    /// Belize.
    BZ,
    /// Colombia.
    CO,
    /// Costa Rica.
    CR,
    /// Cuba.
    CU,
    /// Dominican Republic.
    DO,
    /// Guatemala.
    GT,
    /// Honduras.
    HN,
    /// Haiti.
    HT,
    /// Jamaica.
    JM,
    /// Mexico.
    MX,
    /// Nicaragua.
    NI,
    /// Panama.
    PA,
    /// El Salvador.
    SV,
    /// United States.
    US,
}

impl Country {
    /// All, in alphabetical order of their codes.
    pub const ALL: [Self; 14] = [
        Self::BZ,
        Self::CO,
        Self::CR,
        Self::CU,
        Self::DO,
        Self::GT,
        Self::HN,
        Self::HT,
        Self::JM,
        Self::MX,
        Self::NI,
        Self::PA,
        Self::SV,
        Self::US,
    ];

    /// ISO 3166-1 alpha-2.
    pub fn code(self) -> &'static str {
        match self {
            Self::BZ => "BZ",
            Self::CO => "CO",
            Self::CR => "CR",
            Self::CU => "CU",
            Self::DO => "DO",
            Self::GT => "GT",
            Self::HN => "HN",
            Self::HT => "HT",
            Self::JM => "JM",
            Self::MX => "MX",
            Self::NI => "NI",
            Self::PA => "PA",
            Self::SV => "SV",
            Self::US => "US",
        }
    }

    /// The country of an ISO code in any case; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        Self::ALL.into_iter().find(|c| c.code().eq_ignore_ascii_case(text))
    }

    /// International calling code, digits only.
    pub fn calling_code(self) -> &'static str {
        match self {
            Self::BZ => "501",
            Self::CO => "57",
            Self::CR => "506",
            Self::CU => "53",
            Self::GT => "502",
            Self::HN => "504",
            Self::HT => "509",
            Self::MX => "52",
            Self::NI => "505",
            Self::PA => "507",
            Self::SV => "503",
            Self::DO | Self::JM | Self::US => "1",
        }
    }

    /// The currency a bare amount in a file of this country is in.
    pub fn currency(self) -> Currency {
        Currency(match self {
            Self::BZ => *b"BZD",
            Self::CO => *b"COP",
            Self::CR => *b"CRC",
            Self::CU => *b"CUP",
            Self::DO => *b"DOP",
            Self::GT => *b"GTQ",
            Self::HN => *b"HNL",
            Self::HT => *b"HTG",
            Self::JM => *b"JMD",
            Self::MX => *b"MXN",
            Self::NI => *b"NIO",
            Self::PA | Self::SV | Self::US => *b"USD",
        })
    }

    /// The IANA time zone of the capital (of the east coast for the United States).
    pub fn time_zone(self) -> &'static str {
        match self {
            Self::BZ => "America/Belize",
            Self::CO => "America/Bogota",
            Self::CR => "America/Costa_Rica",
            Self::CU => "America/Havana",
            Self::DO => "America/Santo_Domingo",
            Self::GT => "America/Guatemala",
            Self::HN => "America/Tegucigalpa",
            Self::HT => "America/Port-au-Prince",
            Self::JM => "America/Jamaica",
            Self::MX => "America/Mexico_City",
            Self::NI => "America/Managua",
            Self::PA => "America/Panama",
            Self::SV => "America/El_Salvador",
            Self::US => "America/New_York",
        }
    }
}

/// A WGS 84 position in degrees.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Point {
    /// Latitude, -90..=90.
    pub lat: f64,
    /// Longitude, -180..=180.
    pub lon: f64,
}
