//! Settings that people write in TOML.

use crate::error::EngineError;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Settings of `madeja match`.
///
/// ```toml
/// [columns]
/// "Nombre completo" = "full_name"
/// "Obs." = "ignored"
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchSettings {
    /// Role of a column by its header; columns not named are taken for what header and values say.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
}

impl MatchSettings {
    /// Reads settings from a file.
    pub fn read(path: &Path) -> Result<Self, EngineError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| EngineError::Io { path: path.to_path_buf(), source })?;
        toml::from_str(&text)
            .map_err(|e| EngineError::Settings { path: path.to_path_buf(), detail: e.to_string() })
    }
}
