//! zot's `config.json`, as far as it decides who may do what and what is kept. zot reads its keys
//! whatever their case; here they are as its documentation writes them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::view::nullable;

/// `config.json`, as far as it decides who may do what.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Config {
    #[serde(deserialize_with = "nullable")]
    pub http: Http,
    #[serde(deserialize_with = "nullable")]
    pub storage: Storage,
    pub log: Option<Log>,
    #[serde(deserialize_with = "nullable")]
    pub extensions: Extensions,
}

/// `http`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Http {
    pub tls: Option<Tls>,
    pub auth: Option<Auth>,
    pub access_control: Option<AccessControl>,
}

/// `http.tls`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Tls {
    #[serde(deserialize_with = "nullable")]
    pub cert: String,
    #[serde(deserialize_with = "nullable")]
    pub key: String,
    #[serde(deserialize_with = "nullable")]
    pub cacert: String,
}

/// `http.auth`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Auth {
    #[serde(deserialize_with = "nullable")]
    pub htpasswd: Htpasswd,
    pub ldap: Option<serde_json::Value>,
    pub bearer: Option<Bearer>,
    pub openid: Option<serde_json::Value>,
    pub apikey: bool,
}

/// `http.auth.htpasswd`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Htpasswd {
    #[serde(deserialize_with = "nullable")]
    pub path: String,
}

/// `http.auth.bearer`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Bearer {
    #[serde(deserialize_with = "nullable")]
    pub realm: String,
    #[serde(deserialize_with = "nullable")]
    pub service: String,
    #[serde(deserialize_with = "nullable")]
    pub cert: String,
    pub aws_secrets_manager: Option<serde_json::Value>,
    pub oidc: Option<serde_json::Value>,
}

/// `http.accessControl`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct AccessControl {
    #[serde(deserialize_with = "nullable")]
    pub repositories: BTreeMap<String, PolicyGroup>,
    #[serde(deserialize_with = "nullable")]
    pub admin_policy: Policy,
    #[serde(deserialize_with = "nullable")]
    pub groups: BTreeMap<String, Members>,
}

/// A group of the configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Members {
    #[serde(deserialize_with = "nullable")]
    pub users: Vec<String>,
}

/// What is said of one pattern.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct PolicyGroup {
    #[serde(deserialize_with = "nullable")]
    pub policies: Vec<Policy>,
    #[serde(deserialize_with = "nullable")]
    pub default_policy: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub anonymous_policy: Vec<String>,
}

/// One policy.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Policy {
    #[serde(deserialize_with = "nullable")]
    pub users: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub groups: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub actions: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub conditions: Vec<serde_json::Value>,
}

/// `storage`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Storage {
    pub gc: Option<bool>,
    pub retention: Option<Retention>,
}

/// `storage.retention`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Retention {
    pub dry_run: bool,
    #[serde(deserialize_with = "nullable")]
    pub policies: Vec<RetentionPolicy>,
}

/// `storage.retention.policies[]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct RetentionPolicy {
    #[serde(deserialize_with = "nullable")]
    pub repositories: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub keep_tags: Vec<KeepTags>,
}

/// `keepTags[]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct KeepTags {
    #[serde(deserialize_with = "nullable")]
    pub patterns: Vec<String>,
    pub most_recently_pushed_count: Option<i64>,
    pub most_recently_pulled_count: Option<i64>,
    pub pulled_within: Option<String>,
    pub pushed_within: Option<String>,
}

/// `log`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Log {
    #[serde(deserialize_with = "nullable")]
    pub audit: String,
}

/// `extensions`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Extensions {
    pub sync: Option<Switch>,
    pub trust: Option<Switch>,
    pub search: Option<Search>,
}

/// An extension that may be switched off.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Switch {
    pub enable: Option<bool>,
}

/// `extensions.search`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of zot's configuration")]
pub struct Search {
    pub cve: Option<serde_json::Value>,
}
