//! Credentials by reference: the name of a variable, or a file. Never a value, and never printed.

use std::path::PathBuf;

use serde::Deserialize;

use super::Failure;

/// Where a credential is.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Secret {
    /// An environment variable.
    Env(String),
    /// A file; a line feed at its end is not part of it.
    File(PathBuf),
}

/// The value: no Debug, no Display.
#[derive(Clone)]
pub struct Value(String);

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Value(…)")
    }
}

impl Value {
    /// The credential itself, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Secret {
    /// Reads it.
    ///
    /// # Errors
    /// A variable that is not set, a file that cannot be read; both are named, their content is not.
    pub fn read(&self) -> Result<Value, Failure> {
        let (text, place) = match self {
            Self::Env(name) => (
                std::env::var(name).map_err(|_| Failure::firm(format!("the variable {name} is not set")))?,
                format!("the variable {name}"),
            ),
            Self::File(path) => {
                let place = path.display().to_string();
                let text = std::fs::read_to_string(path)
                    .map_err(|error| Failure::firm(format!("{place} cannot be read: {}", error.kind())))?;
                (text, place)
            }
        };
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() { Err(Failure::firm(format!("{place} is empty"))) } else { Ok(Value(text.to_owned())) }
    }
}
