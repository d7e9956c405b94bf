//! From a name of a Secret to its certificate chain, or to what cert-manager says of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::{
    model::{Managed, TlsEntry},
    products::products,
};
use crate::{
    facts::{
        hostname,
        ingress::Known,
        tls::{PublicTls, until},
    },
    inventory::Inventory,
    object::Kind,
    snapshot::slim::Secrets as Mode,
    view::{Condition, Meta, nullable},
};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct SecretView {
    #[serde(deserialize_with = "nullable")]
    metadata: Meta,
    #[serde(rename = "type", deserialize_with = "nullable")]
    kind: String,
    #[serde(deserialize_with = "nullable")]
    sextant: PublicFacts,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct PublicFacts {
    #[serde(deserialize_with = "nullable")]
    keys: Vec<String>,
    tls: Option<PublicTls>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CertificateView {
    #[serde(deserialize_with = "nullable")]
    metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    spec: CertificateSpec,
    #[serde(deserialize_with = "nullable")]
    status: CertificateStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CertificateSpec {
    #[serde(deserialize_with = "nullable")]
    secret_name: String,
    #[serde(deserialize_with = "nullable")]
    dns_names: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    ip_addresses: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    issuer_ref: IssuerRef,
    #[serde(deserialize_with = "nullable")]
    private_key: PrivateKey,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct IssuerRef {
    #[serde(deserialize_with = "nullable")]
    kind: String,
    #[serde(deserialize_with = "nullable")]
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PrivateKey {
    #[serde(deserialize_with = "nullable")]
    algorithm: String,
    size: Option<i64>,
    #[serde(deserialize_with = "nullable")]
    rotation_policy: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CertificateStatus {
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
    not_before: Option<String>,
    not_after: Option<String>,
}

/// Every Secret and every cert-manager Certificate, by what routes name.
#[derive(Debug, Default)]
pub struct Secrets {
    by_name: BTreeMap<(String, String), SecretView>,
    managed: BTreeMap<(String, String), Managed>,
    key_namespaces: BTreeMap<String, BTreeSet<String>>,
    /// Whether a Secret that is not here is known not to be.
    pub whole: bool,
}

const GROUP: &str = "cert-manager.io";

impl Secrets {
    /// Reads them.
    #[must_use]
    pub fn of(inventory: &Inventory<'_>, now: Option<i64>) -> Self {
        let snapshot = inventory.snapshot;
        let whole =
            snapshot.header.secrets != Mode::None && inventory.coverage(&Kind::new("", "Secret")).state.is_proof();
        let mut all = Self { whole, ..Self::default() };
        for object in snapshot.of("", "Secret") {
            let Ok(mut view) = object.parse::<SecretView>() else { continue };
            for certificate in view.sextant.tls.iter_mut().filter_map(|tls| tls.certs.as_mut()).flatten() {
                *certificate = std::mem::take(certificate).at(now);
                certificate.fake = products().is_fake(&certificate.subject);
                certificate.staging = products().is_staging(&certificate.issuer);
            }
            let leaf = view.sextant.tls.as_ref().and_then(|tls| tls.certs.as_ref()?.first());
            if let Some(leaf) = leaf.filter(|leaf| !leaf.spki_sha256.is_empty()) {
                all.key_namespaces.entry(leaf.spki_sha256.clone()).or_default().insert(object.namespace.to_string());
            }
            all.by_name.insert((object.namespace.to_string(), object.name.to_string()), view);
        }
        let issuers: BTreeMap<(String, String, String), (String, bool)> = ["Issuer", "ClusterIssuer"]
            .into_iter()
            .flat_map(|kind| snapshot.of(GROUP, kind).iter().map(move |object| (kind, object)))
            .map(|(kind, object)| {
                let value: Value = object.parse().unwrap_or_default();
                let spec = value.get("spec").cloned().unwrap_or_default();
                let sort =
                    ["acme", "ca", "selfSigned", "vault", "venafi"].into_iter().find(|sort| spec.get(sort).is_some());
                let server = spec.pointer("/acme/server").and_then(Value::as_str).unwrap_or_default();
                let key = (kind.to_owned(), object.namespace.to_string(), object.name.to_string());
                (key, (sort.unwrap_or_default().to_owned(), server.contains("staging")))
            })
            .collect();
        for object in snapshot.of(GROUP, "Certificate") {
            let Ok(view) = object.parse::<CertificateView>() else { continue };
            let condition =
                |kind: &str| view.status.conditions.iter().find(|c| c.kind == kind).map(|c| c.status.as_str());
            let kind = if view.spec.issuer_ref.kind.is_empty() { "Issuer" } else { &view.spec.issuer_ref.kind };
            let home = if kind == "ClusterIssuer" { String::new() } else { object.namespace.to_string() };
            let issuer = issuers.get(&(kind.to_owned(), home, view.spec.issuer_ref.name.clone()));
            let time = |time: &Option<String>| time.as_deref().and_then(|time| until(time, now));
            let mut names = view.spec.dns_names;
            names.extend(view.spec.ip_addresses);
            let (left, until_valid) = (time(&view.status.not_after), time(&view.status.not_before));
            let managed = Managed {
                name: object.name.to_string(),
                ready: condition("Ready").map_or(Known::Unknown, |status| (status == "True").into()),
                issuing: condition("Issuing") == Some("True"),
                seconds_left: left,
                seconds_until_valid: until_valid,
                lifetime_seconds: left.zip(until_valid).map(|(end, start)| end - start),
                age_seconds: view.metadata.creation_timestamp.as_deref().and_then(|t| until(t, now)).map(|s| -s),
                dns_names: names,
                uncovered: Vec::new(),
                issuer: format!("{kind} {}", view.spec.issuer_ref.name),
                issuer_type: issuer.map(|(sort, _)| sort.clone()).unwrap_or_default(),
                staging: issuer.is_some_and(|(_, staging)| *staging),
                // RSA of 2048 bits, or ECDSA of 256, is what cert-manager makes where nothing is said.
                size: view.spec.private_key.size.or(match view.spec.private_key.algorithm.as_str() {
                    "" | "RSA" => Some(2048),
                    "ECDSA" => Some(256),
                    _ => None,
                }),
                algorithm: if view.spec.private_key.algorithm.is_empty() {
                    "RSA".into()
                } else {
                    view.spec.private_key.algorithm
                },
                rotation: view.spec.private_key.rotation_policy,
            };
            all.managed.insert((object.namespace.to_string(), view.spec.secret_name), managed);
        }
        all
    }

    /// An entry that names no Secret.
    #[must_use]
    pub fn without(path: String, source: &'static str, detail: String, hosts: Vec<String>) -> TlsEntry {
        TlsEntry {
            path,
            source,
            detail,
            hosts,
            namespace: String::new(),
            name: String::new(),
            exists: Known::Unknown,
            granted: Known::Yes,
            grant_reason: String::new(),
            secret_type: String::new(),
            keys: Vec::new(),
            parses: Known::Unknown,
            key_matches: Known::Unknown,
            chain_ok: Known::Unknown,
            chain: Vec::new(),
            uncovered: Vec::new(),
            managed: None,
            key_namespaces: Vec::new(),
            replica: false,
        }
    }

    /// An entry that names a Secret, with all that is known of it.
    #[must_use]
    pub fn entry(&self, path: String, namespace: &str, name: &str, hosts: Vec<String>) -> TlsEntry {
        let mut entry = Self::without(path, "secret", String::new(), hosts);
        entry.namespace = namespace.to_owned();
        entry.name = name.to_owned();
        let key = (namespace.to_owned(), name.to_owned());
        entry.managed = self.managed.get(&key).cloned();
        let missing = |names: &[String], ips: &[String], hosts: &[String]| -> Vec<String> {
            let known = hosts.iter().filter(|host| *host != "*" && !host.starts_with('~'));
            known.filter(|host| !hostname::covered(names, ips, host)).cloned().collect()
        };
        if let Some(managed) = &mut entry.managed {
            managed.uncovered = missing(&managed.dns_names, &managed.dns_names, &entry.hosts);
        }
        let Some(secret) = self.by_name.get(&key) else {
            entry.exists = if self.whole { Known::No } else { Known::Unknown };
            return entry;
        };
        entry.exists = Known::Yes;
        entry.secret_type.clone_from(&secret.kind);
        entry.keys.clone_from(&secret.sextant.keys);
        entry.replica = secret.metadata.annotations.keys().chain(secret.metadata.labels.keys()).any(|key| {
            key.contains("reflector.v1.k8s.emberstack.com")
                || key.contains("kubed.appscode.com")
                || key.contains("replicator")
        });
        let Some(tls) = &secret.sextant.tls else {
            if !secret.sextant.keys.is_empty()
                && !secret.sextant.keys.iter().any(|key| key == "tls.crt" || key == "cert")
            {
                entry.parses = Known::No;
            }
            return entry;
        };
        entry.key_matches = tls.key_matches.into();
        entry.chain_ok = tls.chain_ok.into();
        entry.chain = tls.certs.clone().unwrap_or_default();
        entry.parses = (!entry.chain.is_empty()).into();
        if let Some(leaf) = entry.chain.first() {
            entry.uncovered = missing(&leaf.dns_names, &leaf.ip_sans, &entry.hosts);
            let namespaces = self.key_namespaces.get(&leaf.spki_sha256);
            entry.key_namespaces = namespaces.into_iter().flatten().cloned().collect();
        }
        entry
    }
}
