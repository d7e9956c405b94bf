//! Which values that may hold a secret survive into a snapshot.
//!
//! Environment values, ConfigMap data and annotations are blanked unless a fact needs them:
//! the list is data (`rules/catalog/retain.yaml`), so a new fact costs a line there, and an
//! auditor can read on one page what leaves the cluster.

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::Deserialize;

/// The list as it stands in `retain.yaml`; unknown keys are refused.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetainList {
    /// Names of environment variables whose value is kept; globs.
    #[serde(default)]
    pub env: Vec<String>,
    /// Annotation keys whose value is kept; globs.
    #[serde(default)]
    pub annotations: Vec<String>,
    /// Annotation keys whose value is blanked though a glob above keeps it; globs.
    #[serde(default)]
    pub secret_annotations: Vec<String>,
    /// ConfigMaps whose data is kept, as `namespace/name/key` globs.
    #[serde(default)]
    pub config_maps: Vec<String>,
    /// ConfigMaps that may hold the configuration of a registry, as `namespace/name/key` globs: what
    /// decides who may do what is kept of it, and nothing else.
    #[serde(default)]
    pub registry_configs: Vec<String>,
    /// Command-line flags whose value is blanked; globs over the lower-case flag.
    #[serde(default)]
    pub secret_flags: Vec<String>,
    /// Field names whose value is blanked in any object; globs over the letters and digits of the
    /// lower-case name. References and switches stay.
    #[serde(default)]
    pub secret_fields: Vec<String>,
    /// Credentials that vendors ship, which values of Secrets are held against in memory: only the name
    /// of one that fits is kept.
    #[serde(default)]
    pub known_defaults: Vec<KnownDefault>,
}

/// A credential that a vendor ships.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownDefault {
    /// What it is called in reports; not its value.
    pub name: String,
    /// Keys of Secrets that hold it; globs over the lower-case key.
    pub keys: Vec<String>,
    /// The values.
    pub values: Vec<String>,
}

/// The compiled list.
#[derive(Clone, Debug)]
pub struct Retain {
    env: GlobSet,
    annotations: GlobSet,
    secret_annotations: GlobSet,
    config_maps: GlobSet,
    registry_configs: GlobSet,
    secret_flags: GlobSet,
    secret_fields: GlobSet,
    known_defaults: Vec<(String, GlobSet, Vec<String>)>,
}

impl Retain {
    /// Compiles the union of several lists.
    ///
    /// # Errors
    /// Where an entry is no glob.
    pub fn new<'l>(lists: impl IntoIterator<Item = &'l RetainList> + Clone) -> Result<Self, globset::Error> {
        let set = |pick: fn(&RetainList) -> &Vec<String>| -> Result<GlobSet, globset::Error> {
            let mut builder = GlobSetBuilder::new();
            for list in lists.clone() {
                for pattern in pick(list) {
                    builder.add(Glob::new(pattern)?);
                }
            }
            builder.build()
        };
        let mut known_defaults = Vec::new();
        for known in lists.clone().into_iter().flat_map(|list| &list.known_defaults) {
            let mut keys = GlobSetBuilder::new();
            for key in &known.keys {
                keys.add(Glob::new(key)?);
            }
            known_defaults.push((known.name.clone(), keys.build()?, known.values.clone()));
        }
        Ok(Self {
            known_defaults,
            env: set(|l| &l.env)?,
            annotations: set(|l| &l.annotations)?,
            secret_annotations: set(|l| &l.secret_annotations)?,
            config_maps: set(|l| &l.config_maps)?,
            registry_configs: set(|l| &l.registry_configs)?,
            secret_flags: set(|l| &l.secret_flags)?,
            secret_fields: set(|l| &l.secret_fields)?,
        })
    }

    pub(super) fn env(&self, name: &str) -> bool {
        self.env.is_match(name)
    }

    pub(super) fn annotation(&self, key: &str) -> bool {
        self.annotations.is_match(key) && !self.secret_annotations.is_match(key)
    }

    pub(super) fn config(&self, namespace: &str, name: &str, key: &str) -> bool {
        self.config_maps.is_match(format!("{namespace}/{name}/{key}"))
    }

    pub(super) fn registry_config(&self, namespace: &str, name: &str, key: &str) -> bool {
        self.registry_configs.is_match(format!("{namespace}/{name}/{key}"))
    }

    /// Names of the vendors' defaults that the value under a key of a Secret is.
    pub(super) fn default_credentials<'r>(&'r self, key: &str, value: &[u8]) -> impl Iterator<Item = &'r str> {
        let key = key.to_ascii_lowercase();
        let value = value.trim_ascii_end().to_vec();
        let fits = move |(_, keys, values): &&(String, GlobSet, Vec<String>)| {
            values.iter().any(|known| known.as_bytes() == value) && keys.is_match(&key)
        };
        self.known_defaults.iter().filter(fits).map(|(name, ..)| name.as_str())
    }

    pub(super) fn secret_flag(&self, flag: &str) -> bool {
        self.secret_flags.is_match(flag.to_ascii_lowercase())
    }

    pub(super) fn secret_field(&self, name: &str) -> bool {
        // `admin_password`, `admin-password` and `adminPassword` are one name.
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        self.secret_fields.is_match(plain)
    }

    /// The name of a parameter: `db.password`, `--api-token`.
    pub(super) fn secret_name(&self, name: &str) -> bool {
        self.secret_field(name) || self.secret_flag(name)
    }
}
