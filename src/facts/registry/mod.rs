//! What a registry lets whom do, whatever product it is: one shape for all of them.
//!
//! Every reader (Harbor's API, exported answers, a config in the cluster) turns what it read into
//! [`RegistryFacts`]; nothing here asks anybody, and no norm is in it. A part that was not read
//! whole says so in `coverage`: without it, nobody may claim that a grant is not there.

pub mod answers;
pub mod artifactory;
pub mod chartmuseum;
mod content;
pub mod distribution;
pub mod docker_auth;
pub mod doublestar;
pub mod gitlab;
mod grant;
pub mod harbor;
pub mod immutability;
pub mod nexus;
pub mod openshift;
pub mod pattern;
pub mod products;
pub mod quay;
mod scope;
pub mod zot;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::snapshot::State;

pub use content::{Artifact, Repository};
pub use grant::{Grant, Principal, WRITES};
pub use scope::{AllowList, Quota, Retention, RetentionRule, Scope, TagRule};

/// API group of the object that carries facts in a snapshot.
pub const GROUP: &str = "sextant.dev";
/// Kind of it.
pub const KIND: &str = "RegistryFacts";

/// How completely one part was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// Whether all of it was read.
    pub state: State,
    /// Why not.
    #[serde(default)]
    pub reason: String,
}

impl Part {
    /// All of it was read.
    #[must_use]
    pub fn complete() -> Self {
        Self { state: State::Complete, reason: String::new() }
    }

    /// Not all of it.
    #[must_use]
    pub fn lacking(state: State, reason: impl Into<String>) -> Self {
        Self { state, reason: reason.into() }
    }
}

/// One component's health.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// `healthy` or what it says.
    pub status: String,
}

/// Whether it answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Health {
    /// `healthy`, `unhealthy`; empty where nobody asked.
    pub status: String,
    /// Its parts.
    pub components: Vec<Component>,
    /// From where it was asked.
    pub vantage: String,
}

/// Settings of the registry as a whole; none where they were not read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Settings {
    /// `db_auth`, `ldap_auth`, `oidc_auth`, `uaa_auth`, `http_auth`, `htpasswd`, `none` …
    pub auth_mode: Option<String>,
    /// Anybody can make an account.
    pub self_registration: Option<bool>,
    /// `adminonly` or `everyone`.
    pub project_creation: Option<String>,
    /// Nothing can be pushed now.
    pub read_only: Option<bool>,
    /// Prefix of robot names.
    pub robot_prefix: Option<String>,
    /// Default lifetime of robots, in days.
    pub robot_days: Option<i64>,
    /// Where the audit log goes; empty: nowhere.
    pub audit_forward: Option<String>,
    /// The audit log is not kept in the database.
    pub audit_skip_database: Option<bool>,
    /// Event types that are not logged.
    pub audit_disabled: Option<Vec<String>>,
    /// Hours after which audit records are purged; 0: never.
    pub audit_purge_hours: Option<i64>,
    /// The audit log is written at all.
    pub audit_enabled: Option<bool>,
    /// Served without TLS by its own configuration.
    pub plain_http: Option<bool>,
    /// Whether unused blobs are collected by schedule.
    pub gc_scheduled: Option<bool>,
    /// Whether everything is scanned by schedule.
    pub scan_scheduled: Option<bool>,
    /// Whether tags can be pushed over.
    pub overwrite: Option<bool>,
}

/// Somebody who may do everything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Admin {
    /// Who.
    pub principal: Principal,
    /// An account of the registry's own, not a federated one; none where nothing says.
    pub local: Option<bool>,
    /// Through what.
    pub via: String,
}

/// An account of a machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Robot {
    /// As the registry names it.
    pub name: String,
    /// `system` or `project`.
    pub level: String,
    /// Seconds since 1970; none: never.
    pub expires_at: Option<i64>,
    /// It cannot log in.
    pub disabled: bool,
    /// Made before permissions could be chosen.
    pub legacy: bool,
    /// Seconds since 1970, of its creation or its last renewal.
    pub renewed_at: Option<i64>,
    /// Seconds since 1970 of its last use; none where nothing says.
    pub used_at: Option<i64>,
    /// Where it may do what: scope (`*`: everywhere) → `resource:action`.
    pub permissions: BTreeMap<String, Vec<String>>,
}

/// A scanner.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Scanner {
    /// Its name.
    pub name: String,
    /// It is the one that is used.
    pub default: bool,
    /// `healthy` or what it says.
    pub health: String,
    /// Switched off.
    pub disabled: bool,
}

/// A copy to or from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Replication {
    /// Its name.
    pub name: String,
    /// It runs.
    pub enabled: bool,
    /// `manual`, `scheduled`, `event_based`.
    pub trigger: String,
    /// Images leave (true) or come (false).
    pub outbound: bool,
    /// The other registry.
    pub remote: String,
    /// The other one is talked to without checking its certificate.
    pub insecure: Option<bool>,
    /// Where they go.
    pub namespace: String,
    /// What is deleted here is deleted there.
    pub deletion: bool,
    /// What is there is overwritten.
    pub overwrite: bool,
    /// Status of the last run; empty: there was none, or it was not read.
    pub last_status: String,
    /// Seconds since 1970 of the last run that succeeded.
    pub last_success: Option<i64>,
    /// Whether its runs were read.
    pub runs_read: bool,
}

/// Everything that was read of one registry.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct RegistryFacts {
    /// What the rules call it, or where it runs.
    pub name: String,
    /// `harbor`, `zot`, `distribution`, `docker_auth`, `quay`, `nexus`, `artifactory`, `gitlab`,
    /// `openshift`, `chartmuseum`.
    #[serde(rename = "type")]
    pub kind: String,
    /// RFC 3339, when it was read; none for what lies in the cluster.
    pub read_at: Option<String>,
    /// What permissions are given on: `project`, `repository`, `pattern`, `namespace`, `registry`.
    pub granularity: String,
    /// How completely each part was read; a part that is not named was not read.
    pub coverage: BTreeMap<String, Part>,
    /// Whether it answers.
    pub health: Health,
    /// Settings.
    pub settings: Settings,
    /// Who may do everything.
    pub admins: Vec<Admin>,
    /// Where permissions end.
    pub scopes: Vec<Scope>,
    /// Repositories.
    pub repositories: Vec<Repository>,
    /// Permissions.
    pub grants: Vec<Grant>,
    /// Accounts of machines.
    pub robots: Vec<Robot>,
    /// Scanners.
    pub scanners: Vec<Scanner>,
    /// Copies to and from elsewhere.
    pub replications: Vec<Replication>,
    /// Allowed vulnerabilities of the whole registry.
    pub allow_list: Option<AllowList>,
    /// Bytes of its volumes, `[total, free]`.
    pub volume: Option<[i64; 2]>,
}

impl RegistryFacts {
    /// Whether a part was read whole, and why not.
    #[must_use]
    pub fn lacks(&self, part: &str) -> Option<String> {
        match self.coverage.get(part) {
            Some(found) if found.state.is_proof() => None,
            Some(found) if found.reason.is_empty() => Some(format!("{part} {}", found.state.as_str())),
            Some(found) => Some(format!("{part} {}: {}", found.state.as_str(), found.reason)),
            None => Some(format!("{part} not read")),
        }
    }

    /// Records a part; a worse state than before wins.
    pub fn cover(&mut self, part: &str, found: Part) {
        match self.coverage.get(part) {
            Some(before) if !before.state.is_proof() => {}
            _ => {
                self.coverage.insert(part.to_owned(), found);
            }
        }
    }

    /// As the object of a snapshot.
    ///
    /// # Errors
    /// Never for facts; the signature is serde's.
    pub fn to_object(&self) -> Result<String, serde_json::Error> {
        let object = serde_json::json!({
            "apiVersion": format!("{GROUP}/v1"), "kind": KIND,
            "metadata": {"name": self.name}, "spec": self,
        });
        serde_json::to_string(&object)
    }
}

/// Whether a name looks like one of the project's probes: a path that nobody has.
pub const PROBE: &str = "sextant-probe";
