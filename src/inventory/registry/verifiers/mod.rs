//! What verifies signatures when pods are admitted, whatever system does it: one shape for all.
//!
//! A policy that nothing carries out verifies nothing, so each says whether its system runs; what
//! takes images out of it, or lets them in while it is away, stands beside it as a gap.

mod gatekeeper;
mod kyverno;
mod openshift;
mod sigstore;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::admission::{Runs, World, first, list, text};
use crate::{inventory::Inventory, object::ObjectRef};

/// Who a verifier believes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Authority {
    /// It lets everything through.
    pub passes_all: bool,
    /// A key, or where it lies.
    pub key: String,
    /// Issuer of the identity.
    pub issuer: String,
    /// Subject of the identity, or an expression.
    pub subject: String,
    /// The transparency log or its timestamps are not asked: a stolen identity signs unseen.
    pub unlogged: bool,
}

/// What policies see of a verifier.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Verifier {
    /// The policy.
    pub r#ref: ObjectRef,
    /// Images that it is about: globs of which `**` crosses slashes, with or without a tag.
    pub images: Vec<String>,
    /// Images that it skips; globs alike.
    pub skips: Vec<String>,
    /// What is not verified is refused.
    pub enforces: bool,
    /// Namespaces that it is about; null: all.
    pub namespaces: Option<Vec<String>>,
    /// Who it believes.
    pub authorities: Vec<Authority>,
    /// It writes the digest that it verified into the pod, in the place of the tag.
    pub pins: bool,
    /// Its system runs; null where that is not known.
    pub runs: Option<bool>,
    /// Ways around it, in words: exceptions, a webhook that lets in what it cannot ask about.
    pub gaps: Vec<String>,
    /// Why it cannot be judged; empty where it can.
    pub unread: String,
}

impl Verifier {
    /// One that refuses everything that is not signed, everywhere.
    fn new(r#ref: ObjectRef, runs: &Runs) -> Self {
        Self {
            r#ref,
            images: Vec::new(),
            skips: Vec::new(),
            enforces: true,
            namespaces: None,
            authorities: Vec::new(),
            pins: false,
            runs: runs.known,
            gaps: Some(runs.gap.clone()).filter(|gap| !gap.is_empty()).into_iter().collect(),
            unread: String::new(),
        }
    }
}

/// Every verifier of the cluster.
#[must_use]
pub fn of(inventory: &Inventory<'_>) -> Vec<Verifier> {
    let world = World::of(inventory);
    let mut found = kyverno::of(&world);
    found.extend(sigstore::of(&world));
    found.extend(gatekeeper::of(&world));
    found.extend(openshift::of(&world));
    found.extend(connaisseur(&world));
    found.sort_by(|a, b| a.r#ref.cmp(&b.r#ref));
    found
}

/// Connaisseur's rules lie in its configuration, of which a snapshot keeps nothing.
fn connaisseur(world: &World<'_, '_>) -> Vec<Verifier> {
    let hooks = world.webhooks(|name| name.contains("connaisseur"));
    let rows = hooks.into_iter().map(|hook| Verifier {
        images: vec!["**".into()],
        namespaces: hook.namespaces,
        unread: "the rules of Connaisseur are in its configuration, which is not read".into(),
        ..Verifier::new(hook.r#ref, &Runs::default())
    });
    rows.collect()
}

/// Globs whose `*` crosses slashes, as ours.
fn crossing(globs: Vec<String>) -> Vec<String> {
    let one = |glob: String| {
        let stars = glob.replace("**", "*");
        stars.replace('*', "**")
    };
    globs.into_iter().map(one).collect()
}

fn is_set(value: &Value, pointers: &[&str]) -> bool {
    pointers.iter().any(|pointer| value.pointer(pointer).and_then(Value::as_bool) == Some(true))
}

/// Whom one attestor or authority believes: each identity of it is enough.
fn authorities(one: &Value) -> Vec<Authority> {
    let passes_all = text(one, "/static/action") == "pass";
    let key = first(
        one,
        &[
            "/key/kms",
            "/key/data",
            "/key/secretRef/name",
            "/keys/publicKeys",
            "/keys/kms",
            "/keys/secret/name",
            "/certificates/cert",
            "/certificates/certChain",
            "/cosign/key/data",
            "/cosign/key/kms",
            "/cosign/key/secretRef/name",
            "/cosign/certificate/cert/value",
            "/notary/certs/value",
        ],
    );
    let unlogged = is_set(
        one,
        &[
            "/keys/rekor/ignoreTlog",
            "/keys/ctlog/ignoreSCT",
            "/certificates/rekor/ignoreTlog",
            "/certificates/ctlog/ignoreSCT",
            "/keyless/rekor/ignoreTlog",
            "/keyless/ctlog/ignoreSCT",
            "/cosign/ctlog/insecureIgnoreTlog",
            "/cosign/ctlog/insecureIgnoreSCT",
            "/cosign/keyless/ctlog/insecureIgnoreSCT",
            "/keyless/insecureIgnoreSCT",
        ],
    );
    let of = |identity: &Value| Authority {
        passes_all,
        key: key.clone(),
        issuer: first(identity, &["/issuer", "/issuerRegExp"]),
        subject: first(identity, &["/subject", "/subjectRegExp"]),
        unlogged,
    };
    let identities: Vec<&Value> =
        list(one, "/keyless/identities").chain(list(one, "/cosign/keyless/identities")).collect();
    if identities.is_empty() {
        return vec![of(one.get("keyless").unwrap_or(&Value::Null))];
    }
    identities.into_iter().map(of).collect()
}
