//! The public facts of a Secret: its type, the names of its keys, its certificates, the
//! registries it has accounts at, who may do what by the configuration of a registry, which default of
//! a vendor it holds; and nothing else of its values.
//!
//! They stand under the top-level key `sextant` of the redacted object, which Kubernetes never
//! uses: `{"sextant": {"keys": [], "tls": {…}, "ca": {…}, "registry_auths": []}}`.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    certificate::{self, Certificate, Chain},
    retain::Retain,
};

/// How Secrets are treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Secrets {
    /// Not read, not kept.
    #[default]
    None,
    /// Names, types and labels.
    Metadata,
    /// Only those that an Ingress, a Gateway … names; public facts of them.
    Named,
    /// All; public facts of them.
    List,
}

/// What a snapshot knows of a Secret's values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretFacts {
    /// Keys of `data`.
    #[serde(default)]
    pub keys: Vec<String>,
    /// `tls.crt`, held against `tls.key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Chain>,
    /// Certificates of `ca.crt` and `service-ca.crt`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ca: BTreeMap<String, Vec<Certificate>>,
    /// Registries that a pull secret has an account at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub registry_auths: Vec<RegistryAuth>,
    /// Configurations of registries, reduced to their rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub registry_config: Vec<String>,
    /// Names of the credentials known from vendors' defaults that it holds; never their values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_credentials: Vec<String>,
}

/// An account at a registry, without its password.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RegistryAuth {
    /// As the Secret names it, without scheme, path and credentials.
    pub host: String,
    /// The user; empty where there is none or it may be a token.
    #[serde(default)]
    pub username: String,
}

#[derive(Deserialize)]
struct Values {
    #[serde(default)]
    data: Option<BTreeMap<String, Value>>,
    #[serde(default, rename = "stringData")]
    string_data: Option<BTreeMap<String, Value>>,
}

/// Adds what may be known of a Secret's values to its blanked text.
///
/// # Errors
/// Text that is not JSON.
pub(super) fn public_facts(
    raw: &str,
    blanked: &str,
    mode: Secrets,
    retain: &Retain,
) -> Result<String, serde_json::Error> {
    let mut object: BTreeMap<String, Value> = serde_json::from_str(blanked)?;
    object.remove("stringData");
    object.remove("data");
    if matches!(mode, Secrets::Named | Secrets::List) {
        let values: Values = serde_json::from_str(raw)?;
        object.insert("sextant".into(), serde_json::to_value(facts(values, retain))?);
    }
    serde_json::to_string(&object)
}

fn facts(values: Values, retain: &Retain) -> SecretFacts {
    let mut decoded: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (key, value) in values.data.unwrap_or_default() {
        // YAML folds long base64 over lines; kubectl reads it all the same.
        let text: String = value.as_str().unwrap_or_default().split_ascii_whitespace().collect();
        decoded.insert(key, STANDARD.decode(text).unwrap_or_default());
    }
    // The API server lets stringData win, and only manifests have it.
    for (key, value) in values.string_data.unwrap_or_default() {
        decoded.insert(key, value.as_str().unwrap_or_default().as_bytes().to_vec());
    }
    let get = |key: &str| decoded.get(key).map(Vec::as_slice);
    let tls = get("tls.crt").filter(|pem| !pem.is_empty()).map(|pem| {
        let mut chain = certificate::chain(pem);
        chain.key_matches = get("tls.key").and_then(|key| certificate::key_matches(pem, key));
        chain
    });
    let ca = ["ca.crt", "service-ca.crt"]
        .into_iter()
        .filter_map(|key| Some((key.to_owned(), certificate::chain(get(key)?).certs)))
        .filter(|(_, certs)| !certs.is_empty())
        .collect();
    let mut registry_auths: Vec<RegistryAuth> = Vec::new();
    if let Some(config) = get(".dockerconfigjson") {
        registry_auths.extend(accounts(serde_json::from_slice::<DockerConfig>(config).ok().map(|config| config.auths)));
    }
    if let Some(config) = get(".dockercfg") {
        registry_auths.extend(accounts(serde_json::from_slice(config).ok()));
    }
    registry_auths.sort();
    registry_auths.dedup();
    let texts = decoded.values().filter_map(|value| std::str::from_utf8(value).ok());
    let registry_config = texts.filter_map(super::registry_config::reduce).collect();
    let mut default_credentials: Vec<String> =
        decoded.iter().flat_map(|(key, value)| retain.default_credentials(key, value)).map(str::to_owned).collect();
    default_credentials.sort();
    default_credentials.dedup();
    SecretFacts { keys: decoded.into_keys().collect(), tls, ca, registry_auths, registry_config, default_credentials }
}

#[derive(Deserialize)]
struct DockerConfig {
    #[serde(default)]
    auths: BTreeMap<String, DockerAuth>,
}

#[derive(Deserialize)]
struct DockerAuth {
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    auth: Option<String>,
}

fn accounts(auths: Option<BTreeMap<String, DockerAuth>>) -> impl Iterator<Item = RegistryAuth> {
    auths.unwrap_or_default().into_iter().map(|(server, auth)| {
        let pair = auth.auth.as_deref().and_then(|auth| STANDARD.decode(auth.trim()).ok());
        let pair = pair.and_then(|pair| String::from_utf8(pair).ok());
        let (user, password) = pair.as_deref().and_then(|pair| pair.split_once(':')).unzip();
        let user = auth.username.as_deref().or(user).unwrap_or_default();
        let password = auth.password.as_deref().or(password).unwrap_or_default();
        // Some registries take a token in the place of the user; the password then is a word
        // such as "x-oauth-basic", or nothing, or the token again.
        let is_token = password.is_empty() || password == "x-oauth-basic" || password == user || user.len() > 100;
        RegistryAuth { host: host(&server), username: if is_token { String::new() } else { user.to_owned() } }
    })
}

/// `https://user:password@host:5000/v1/` is known as `host:5000`.
fn host(server: &str) -> String {
    let rest = server.split_once("://").map_or(server, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &Value) -> SecretFacts {
        let known = super::super::retain::KnownDefault {
            name: "acme-admin".into(),
            keys: vec!["*password*".into()],
            values: vec!["HIDE12345".into()],
        };
        let list = super::super::retain::RetainList { known_defaults: vec![known], ..Default::default() };
        let retain = Retain::new([&list]).unwrap();
        let text = public_facts(&json.to_string(), r#"{"data":{},"kind":"Secret"}"#, Secrets::List, &retain).unwrap();
        assert!(!text.contains("HIDE") && !text.contains(&STANDARD.encode("HIDE12345")), "{text}");
        let object: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
        serde_json::from_value(object["sextant"].clone()).unwrap()
    }

    #[test]
    fn pull_secrets_give_hosts_and_users_only() {
        let config = serde_json::json!({"auths": {
            "https://u:HIDE@harbor.bank.example:8443/v2/": {"auth": STANDARD.encode("robot$ci:HIDE")},
            "ghcr.io": {"username": "HIDE", "password": "x-oauth-basic"},
            "plain.example": {"username": "me", "password": "HIDE", "email": "HIDE"},
        }});
        let facts = of(&serde_json::json!({"data": {".dockerconfigjson": STANDARD.encode(config.to_string())}}));
        let found: Vec<(&str, &str)> =
            facts.registry_auths.iter().map(|auth| (auth.host.as_str(), auth.username.as_str())).collect();
        assert_eq!(found, [("ghcr.io", ""), ("harbor.bank.example:8443", "robot$ci"), ("plain.example", "me")]);
    }

    #[test]
    fn a_known_default_gives_its_name_and_nothing_else() {
        let held = of(&serde_json::json!({"data": {"ADMIN_PASSWORD": STANDARD.encode("HIDE12345\n")}}));
        assert_eq!(held.default_credentials, ["acme-admin"]);
        for (key, value) in [("ADMIN_PASSWORD", "HIDE12345x"), ("ADMIN_PASSWORD", ""), ("user", "HIDE12345")] {
            let free = of(&serde_json::json!({"stringData": {key: value}}));
            assert!(free.default_credentials.is_empty(), "{key}");
        }
    }

    #[test]
    fn a_tls_secret_gives_its_chain() {
        let key = rcgen::KeyPair::generate().unwrap();
        let cert = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap().self_signed(&key).unwrap();
        let facts = of(&serde_json::json!({"data": {
            "tls.crt": STANDARD.encode(cert.pem()), "tls.key": STANDARD.encode(key.serialize_pem()),
        }}));
        let tls = facts.tls.unwrap();
        assert_eq!((tls.certs.len(), tls.key_matches, tls.chain_ok), (1, Some(true), Some(true)));
        assert_eq!(facts.keys, ["tls.crt", "tls.key"]);
    }
}
