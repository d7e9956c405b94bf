//! A controller's own settings: what its ConfigMap says, and what silence in it means.

use crate::view::Map;

/// The data of a controller's ConfigMap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Key and value; empty where the snapshot blanked it.
    pub values: Map,
    /// Whether a key that is not in it is known to be unset.
    pub whole: bool,
}

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting<'c> {
    /// As it is set.
    Is(&'c str),
    /// Not set: the controller's default holds.
    Unset,
    /// Not read, or blanked.
    Unknown,
}

impl Config {
    /// One setting by key.
    #[must_use]
    pub fn get(&self, key: &str) -> Setting<'_> {
        match self.values.get(key).map(|value| value.trim()) {
            Some("") => Setting::Unknown,
            Some(value) => Setting::Is(value),
            None if self.whole => Setting::Unset,
            None => Setting::Unknown,
        }
    }

    /// A boolean with its default; none where it is not known.
    #[must_use]
    pub fn is_on(&self, key: &str, default: bool) -> Option<bool> {
        match self.get(key) {
            Setting::Is(value) => Some(truth(value)),
            Setting::Unset => Some(default),
            Setting::Unknown => None,
        }
    }
}

/// Booleans as controllers read them.
#[must_use]
pub fn truth(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "true" | "yes" | "on" | "1" | "t")
}
