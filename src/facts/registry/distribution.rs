//! The distribution registry (registry:2, registry:3): its configuration and the environment that
//! is laid over it.
//!
//! It knows no repositories' permissions: whoever is let in may do everything that the registry
//! can do, unless a token server decides.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Grant, Part, Principal, RegistryFacts, Scope};
use crate::snapshot::State;

/// What decides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// `none`, `htpasswd`, `token`, `silly` …
    pub auth: String,
    /// Nothing can be written.
    pub read_only: bool,
    /// Manifests and blobs can be deleted.
    pub delete: bool,
    /// Where it pulls through from.
    pub proxy: Option<String>,
    /// Served with a certificate.
    pub tls: bool,
    /// A setting comes from somewhere that was not read.
    pub hidden: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    auth: Option<BTreeMap<String, Value>>,
    storage: Option<BTreeMap<String, Value>>,
    http: Option<Value>,
    proxy: Option<Value>,
}

/// YAML booleans, and what an environment variable can say of one.
fn is_true(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_str().is_some_and(|text| matches!(text, "true" | "yes" | "on")))
}

impl Config {
    /// From the text of `config.yml` (none where there is none but the image's own) and the
    /// environment: name → value, an empty value where it was blanked.
    #[must_use]
    pub fn of(file: Option<&str>, env: &BTreeMap<String, String>) -> Option<Self> {
        let file: File = match file {
            Some(text) => crate::yaml::parse(text).ok()?,
            // The image's own: no auth, deletion on, plain HTTP.
            None => File {
                storage: Some(BTreeMap::from([("delete".to_owned(), serde_json::json!({"enabled": true}))])),
                ..File::default()
            },
        };
        let storage = file.storage.unwrap_or_default();
        let at = |key: &str, path: &[&str]| {
            path.iter().try_fold(storage.get(key)?, |value, key| value.get(key)).map(is_true)
        };
        let mut config = Self {
            auth: file.auth.as_ref().and_then(|auth| auth.keys().next().cloned()).unwrap_or_else(|| "none".into()),
            read_only: at("maintenance", &["readonly", "enabled"]).unwrap_or(false),
            delete: at("delete", &["enabled"]).unwrap_or(false),
            proxy: file
                .proxy
                .as_ref()
                .and_then(|p| p.get("remoteurl")?.as_str())
                .filter(|url| !url.is_empty())
                .map(str::to_owned),
            tls: file
                .http
                .as_ref()
                .and_then(|http| http.get("tls"))
                .is_some_and(|tls| tls.get("certificate").is_some() || tls.get("letsencrypt").is_some()),
            hidden: Vec::new(),
        };
        for (name, value) in env {
            let name = name.to_ascii_uppercase();
            let Some(setting) = name.strip_prefix("REGISTRY_") else { continue };
            let blank = value.is_empty();
            match setting {
                "AUTH" if blank => config.hidden.push(name),
                "AUTH" => config.auth = value.clone(),
                _ if setting.starts_with("AUTH_") => {
                    let kind = setting.trim_start_matches("AUTH_").split('_').next().unwrap_or_default();
                    config.auth = kind.to_ascii_lowercase();
                }
                "STORAGE_DELETE_ENABLED" if blank => config.hidden.push(name),
                "STORAGE_DELETE_ENABLED" => config.delete = value == "true",
                "PROXY_REMOTEURL" => config.proxy = Some(value.clone()),
                "STORAGE_MAINTENANCE" | "STORAGE_MAINTENANCE_READONLY" | "STORAGE_MAINTENANCE_READONLY_ENABLED"
                    if blank =>
                {
                    config.hidden.push(name);
                }
                "STORAGE_MAINTENANCE_READONLY_ENABLED" => config.read_only = value == "true",
                "STORAGE_MAINTENANCE_READONLY" | "STORAGE_MAINTENANCE" => {
                    config.read_only = value.replace(' ', "").contains("enabled:true");
                }
                "HTTP_TLS_CERTIFICATE" | "HTTP_TLS_LETSENCRYPT_CACHEFILE" => config.tls = true,
                _ => {}
            }
        }
        Some(config)
    }

    /// What whoever is let in may do: the registry itself knows no differences.
    #[must_use]
    pub fn actions(&self) -> Vec<&'static str> {
        let mut actions = vec!["pull"];
        if !self.read_only && self.proxy.is_none() {
            actions.extend(["push", "overwrite"]);
        }
        // A cache refuses deletions of manifests as well: its store is read through.
        if self.delete && !self.read_only && self.proxy.is_none() {
            actions.push("delete");
        }
        actions
    }

    /// Who that is.
    #[must_use]
    pub fn grants(&self, source: &str) -> Vec<Grant> {
        let (principal, via) = match self.auth.as_str() {
            "none" => (Principal::new("anonymous", "*"), "no auth section"),
            // What a token server grants is not in this file.
            "token" => return Vec::new(),
            "silly" => (Principal::new("anonymous", "*"), "auth silly believes any header"),
            "htpasswd" => (Principal::new("authenticated", "*"), "every user of the htpasswd file"),
            _ => (Principal::new("authenticated", "*"), "everybody who logs in"),
        };
        vec![Grant::new(principal, &self.actions(), "**", via, source)]
    }

    /// Everything that the configuration says.
    #[must_use]
    pub fn facts(&self, name: &str, source: &str) -> RegistryFacts {
        let mut facts = RegistryFacts {
            name: name.into(),
            kind: "distribution".into(),
            granularity: "registry".into(),
            grants: self.grants(source),
            ..RegistryFacts::default()
        };
        facts.cover(
            "grants",
            if !self.hidden.is_empty() {
                Part::lacking(State::Partial, format!("the value of {} was not read", self.hidden.join(", ")))
            } else if self.auth == "token" {
                Part::lacking(State::Partial, "a token server decides")
            } else {
                Part::complete()
            },
        );
        facts.cover("repositories", Part::lacking(State::Partial, "the configuration names no repositories"));
        facts.cover("settings", Part::complete());
        facts.cover("immutability", Part::complete());
        facts.cover("admins", Part::complete());
        facts.settings.auth_mode = Some(self.auth.clone());
        facts.settings.read_only = Some(self.read_only);
        facts.settings.plain_http = Some(!self.tls);
        facts.settings.overwrite = Some(!self.read_only && self.proxy.is_none());
        facts.scopes.push(Scope {
            name: "**".into(),
            public: Some(self.auth == "none"),
            proxy: self.proxy.is_some(),
            remote: self.proxy.as_deref().map_or(String::new(), |url| {
                let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
                let host = rest.split('/').next().unwrap_or_default();
                host.rsplit('@').next().unwrap_or_default().to_ascii_lowercase()
            }),
            immutability: Some(Vec::new()),
            ..Scope::default()
        });
        facts
    }
}
