//! Where permissions end, and what holds there: what is kept, what cannot be moved, how much room.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rule that makes tags immutable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TagRule {
    /// It does nothing.
    pub disabled: bool,
    /// Repositories within the scope; the first selector, which is the only one that counts.
    pub repositories: String,
    /// `repoMatches` or `repoExcludes`.
    pub repository_decoration: String,
    /// Tags; the first selector.
    pub tags: String,
    /// `matches` or `excludes`.
    pub tag_decoration: String,
    /// Selectors that are written and do nothing.
    pub ignored: usize,
}

/// A rule that keeps images.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RetentionRule {
    /// It does nothing.
    pub disabled: bool,
    /// `latestPushedK`, `latestPulledN`, `nDaysSinceLastPush`, `nDaysSinceLastPull`, `always` …
    pub template: String,
    /// Its number.
    pub count: Option<i64>,
    /// Repositories within the scope.
    pub repositories: String,
    /// `repoMatches` or `repoExcludes`.
    pub repository_decoration: String,
    /// Tags.
    pub tags: String,
    /// `matches` or `excludes`.
    pub tag_decoration: String,
    /// Artifacts without a tag are kept too.
    pub untagged: bool,
}

/// What is kept, and when the rest goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Retention {
    /// Rules; what none of them keeps is deleted.
    pub rules: Vec<RetentionRule>,
    /// Runs by itself.
    pub scheduled: bool,
}

/// Allowed vulnerabilities.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AllowList {
    /// How many.
    pub items: usize,
    /// Seconds since 1970; none: never.
    pub expires_at: Option<i64>,
    /// The list of the whole system counts instead.
    pub system: bool,
}

/// How much room is left.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Quota {
    /// Bytes at most; -1: no limit.
    pub hard: i64,
    /// Bytes used.
    pub used: i64,
}

/// Where permissions end: a project, a namespace, a repository.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Scope {
    /// Path below the registry's root, without a slash at its end; empty: the whole registry.
    pub name: String,
    /// Anybody can pull.
    pub public: Option<bool>,
    /// A pull-through cache: nobody can push.
    pub proxy: bool,
    /// Host that it pulls through from; empty where there is none or it was not read.
    pub remote: String,
    /// Who owns it.
    pub owner: Option<String>,
    /// The owner's account is there and active.
    pub owner_active: Option<bool>,
    /// Scanned when pushed.
    pub auto_scan: Option<bool>,
    /// An SBOM is made when pushed.
    pub auto_sbom: Option<bool>,
    /// Vulnerable images cannot be pulled.
    pub prevent_vulnerable: Option<bool>,
    /// From this severity on.
    pub severity: String,
    /// Images without a signature cannot be pulled.
    pub content_trust: Option<bool>,
    /// Rules that make tags immutable; none where they were not read.
    pub immutability: Option<Vec<TagRule>>,
    /// What is kept; none where it was not read or there is none, which `retention_read` tells.
    pub retention: Option<Retention>,
    /// Whether retention was read.
    pub retention_read: bool,
    /// Allowed vulnerabilities.
    pub allow_list: Option<AllowList>,
    /// Room.
    pub quota: Option<Quota>,
}
