//! cesanta/docker_auth: its access list, as `auth_server/authz/acl.go` decides (read at c67e175).
//!
//! The first entry that matches decides; what it names of the wanted actions is granted, `["*"]`
//! alone grants all of them; where none matches nothing is granted. Globs are Go's `path.Match`,
//! whose `*` ends at a slash; `/…/` is an expression, which is not anchored.

mod grants;
mod matching;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Part, RegistryFacts, Scope};
use crate::{snapshot::State, view::nullable};
pub use matching::{Request, path_match};

/// The configuration file, as far as it decides.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of docker_auth's configuration")]
pub struct Config {
    #[serde(deserialize_with = "nullable")]
    pub users: BTreeMap<String, Option<serde_json::Value>>,
    pub acl: Option<Vec<Entry>>,
    pub acl_mongo: Option<serde_json::Value>,
    pub acl_xorm: Option<serde_json::Value>,
    pub casbin_authz: Option<serde_json::Value>,
    pub ext_authz: Option<serde_json::Value>,
    pub plugin_authz: Option<serde_json::Value>,
    pub google_auth: Option<serde_json::Value>,
    pub github_auth: Option<serde_json::Value>,
    pub oidc_auth: Option<serde_json::Value>,
    pub gitlab_auth: Option<serde_json::Value>,
    pub ldap_auth: Option<serde_json::Value>,
    pub mongo_auth: Option<serde_json::Value>,
    pub xorm_auth: Option<serde_json::Value>,
    pub ext_auth: Option<serde_json::Value>,
    pub plugin_authn: Option<serde_json::Value>,
    pub server: Option<Server>,
}

/// `server`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of docker_auth's configuration")]
pub struct Server {
    pub certificate: Option<String>,
    pub letsencrypt: Option<serde_json::Value>,
}

/// One entry of `acl`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of docker_auth's configuration")]
pub struct Entry {
    #[serde(rename = "match", deserialize_with = "nullable")]
    pub conditions: Match,
    #[serde(deserialize_with = "nullable")]
    pub actions: Vec<String>,
    pub comment: Option<String>,
}

/// What an entry asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of docker_auth's configuration")]
pub struct Match {
    pub account: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub name: Option<String>,
    pub ip: Option<String>,
    pub service: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub labels: BTreeMap<String, String>,
}

impl Config {
    /// What a request gets of the wanted actions.
    #[must_use]
    pub fn authorize(&self, request: &Request, wanted: &[&str]) -> Vec<String> {
        let Some((_, entry)) = self.deciding(request) else { return Vec::new() };
        if entry.actions == ["*"] {
            return wanted.iter().map(|action| (*action).to_owned()).collect();
        }
        wanted.iter().filter(|w| entry.actions.iter().any(|a| a == *w)).map(|w| (*w).to_owned()).collect()
    }

    fn deciding(&self, request: &Request) -> Option<(usize, &Entry)> {
        self.acl.iter().flatten().enumerate().find(|(_, entry)| entry.conditions.is_met(request))
    }

    /// Why the static list is not the whole truth.
    #[must_use]
    pub fn beyond(&self) -> Vec<&'static str> {
        let more = [
            ("acl_mongo", &self.acl_mongo),
            ("acl_xorm", &self.acl_xorm),
            ("casbin_authz", &self.casbin_authz),
            ("ext_authz", &self.ext_authz),
            ("plugin_authz", &self.plugin_authz),
        ];
        more.into_iter().filter(|(_, value)| value.is_some()).map(|(name, _)| name).collect()
    }

    /// Ways to log in whose accounts and labels the file does not name.
    fn federated(&self) -> Option<&'static str> {
        let ways = [
            ("ldap_auth", &self.ldap_auth),
            ("oidc_auth", &self.oidc_auth),
            ("google_auth", &self.google_auth),
            ("github_auth", &self.github_auth),
            ("gitlab_auth", &self.gitlab_auth),
            ("mongo_auth", &self.mongo_auth),
            ("xorm_auth", &self.xorm_auth),
            ("ext_auth", &self.ext_auth),
            ("plugin_authn", &self.plugin_authn),
        ];
        ways.into_iter().find(|(_, value)| value.is_some()).map(|(name, _)| name)
    }

    /// Everything else that the configuration says.
    #[must_use]
    pub fn facts(&self, name: &str) -> RegistryFacts {
        let mut facts = RegistryFacts {
            name: name.into(),
            kind: "docker_auth".into(),
            granularity: "repository".into(),
            ..RegistryFacts::default()
        };
        let beyond = self.beyond();
        facts.cover(
            "grants",
            if beyond.is_empty() {
                Part::complete()
            } else {
                Part::lacking(State::Partial, format!("{} may grant what the list does not", beyond.join(", ")))
            },
        );
        facts
            .cover("repositories", Part::lacking(State::Partial, "the configuration names patterns, not repositories"));
        facts.cover("settings", Part::complete());
        facts.settings.auth_mode = Some(self.federated().unwrap_or("htpasswd").to_owned());
        facts.settings.plain_http =
            Some(self.server.as_ref().is_none_or(|s| s.certificate.is_none() && s.letsencrypt.is_none()));
        facts.scopes.push(Scope { name: "**".into(), ..Scope::default() });
        facts
    }
}
