//! Credentials by reference: the name of a variable, or a file. Never a value, and never printed.

use std::{fmt, path::PathBuf, str::FromStr};

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::Failure;

/// Where a credential is: `env:NAME` or `file:PATH`; in a file of settings also `{env: NAME}` and
/// `{file: PATH}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// An environment variable.
    Env(String),
    /// A file; a line feed at its end is not part of it.
    File(PathBuf),
}

/// What is told where a reference is none: what was written is not repeated, it might be the secret.
const FORM: &str = "a credential is named as env:NAME or file:PATH; its value is never written here";

impl FromStr for Secret {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let is_variable = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        match text.split_once(':') {
            Some(("env", name)) if is_variable(name) => Ok(Self::Env(name.into())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            _ => Err(FORM.into()),
        }
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "lowercase", deny_unknown_fields)]
        enum Map {
            Env(String),
            File(PathBuf),
        }
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Secret;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("env:NAME or file:PATH")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Secret, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Secret, A::Error> {
                Ok(match Map::deserialize(MapAccessDeserializer::new(map))? {
                    Map::Env(name) => Secret::Env(name),
                    Map::File(path) => Secret::File(path),
                })
            }
        }
        deserializer.deserialize_any(Either)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_a_reference_and_its_text_is_never_repeated() {
        assert_eq!("env:X_1".parse(), Ok(Secret::Env("X_1".into())));
        assert_eq!("file:/run/c".parse(), Ok(Secret::File("/run/c".into())));
        for bad in ["hunter2", "env:", "file:", "env:hunter2!", "robot$x:hunter2"] {
            let told = bad.parse::<Secret>().unwrap_err();
            assert!(!told.contains("hunter2"), "{told}");
            let told = serde_json::from_value::<Secret>(bad.into()).unwrap_err().to_string();
            assert!(!told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn settings_may_spell_it_as_a_map() {
        let of = |text: &str| serde_json::from_str::<Secret>(text).unwrap();
        assert_eq!(of(r#"{"env": "X"}"#), of(r#""env:X""#));
        assert_eq!(of(r#"{"file": "/c"}"#), of(r#""file:/c""#));
        assert!(serde_json::from_str::<Secret>(r#"{"value": "hunter2"}"#).is_err());
    }
}
