//! What verifies signatures when pods are admitted: one row a policy of any of the systems that do.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::{
    facts::selector::{Hit, LabelSelector},
    inventory::{Inventory, Row, Table},
    object::ObjectRef,
    view::{Bare, Map},
};

/// Who a verifier believes.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Authority {
    /// It lets everything through.
    pub passes_all: bool,
    /// A key, or where it lies.
    pub key: String,
    /// Issuer of the identity.
    pub issuer: String,
    /// Subject of the identity, or an expression.
    pub subject: String,
}

/// What policies see of a verifier.
#[derive(Debug, Serialize, JsonSchema)]
pub struct VerifierRow {
    /// The policy.
    pub r#ref: ObjectRef,
    /// Images that it is about; globs.
    pub images: Vec<String>,
    /// Images that it skips; globs.
    pub skips: Vec<String>,
    /// What is not verified is refused.
    pub enforces: bool,
    /// Namespaces that it is about; null: all.
    pub namespaces: Option<Vec<String>>,
    /// Who it believes.
    pub authorities: Vec<Authority>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "image_verifiers",
    about: "one admission policy that verifies signatures of images",
    build,
    schema: || schemars::schema_for!(VerifierRow),
};

fn texts(value: &Value, pointer: &str) -> Vec<String> {
    let list = value.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let namespaces: BTreeMap<String, Map> = inventory
        .snapshot
        .of("", "Namespace")
        .iter()
        .filter_map(|object| Some((object.reference().name, object.parse::<Bare>().ok()?.metadata.labels)))
        .collect();
    let mut rows = Vec::new();
    let each = |group: &str, kind: &str| -> Vec<(ObjectRef, Value)> {
        let objects = inventory.snapshot.of(group, kind).iter();
        objects.filter_map(|object| Some((object.reference(), object.parse().ok()?))).collect()
    };
    for kind in ["ClusterPolicy", "Policy"] {
        for (r#ref, value) in each("kyverno.io", kind) {
            rows.extend(kyverno(&r#ref, &value, &namespaces));
        }
    }
    for (r#ref, value) in each("policies.kyverno.io", "ImageValidatingPolicy") {
        let images = value.pointer("/spec/matchImageReferences").and_then(Value::as_array).into_iter().flatten();
        rows.push(VerifierRow {
            images: images.filter_map(|one| one.get("glob")?.as_str()).map(str::to_owned).collect(),
            skips: Vec::new(),
            enforces: texts(&value, "/spec/validationActions").iter().any(|action| action == "Deny"),
            namespaces: None,
            authorities: attestors(&value, "/spec/attestors"),
            r#ref,
        });
    }
    let included: Vec<String> = namespaces
        .iter()
        .filter(|(_, labels)| labels.get("policy.sigstore.dev/include").is_some_and(|value| value == "true"))
        .map(|(name, _)| name.clone())
        .collect();
    for (r#ref, value) in each("policy.sigstore.dev", "ClusterImagePolicy") {
        let images = value.pointer("/spec/images").and_then(Value::as_array).into_iter().flatten();
        let mode = text(&value, "/spec/mode");
        rows.push(VerifierRow {
            images: images.filter_map(|one| one.get("glob")?.as_str()).map(str::to_owned).collect(),
            skips: Vec::new(),
            enforces: mode.is_empty() || mode == "enforce",
            // The controller is asked for labelled namespaces only.
            namespaces: Some(included.clone()),
            authorities: attestors(&value, "/spec/authorities"),
            r#ref,
        });
    }
    for (r#ref, value) in each("config.openshift.io", "ClusterImagePolicy") {
        let authority = Authority {
            key: text(&value, "/spec/policy/rootOfTrust/publicKey/keyData"),
            issuer: text(&value, "/spec/policy/rootOfTrust/fulcioCAWithRekor/fulcioSubject/oidcIssuer"),
            subject: text(&value, "/spec/policy/rootOfTrust/fulcioCAWithRekor/fulcioSubject/signedEmail"),
            passes_all: false,
        };
        // A scope is a registry or a path of it, with everything below.
        let images = texts(&value, "/spec/scopes").into_iter().flat_map(|scope| [format!("{scope}/**"), scope]);
        rows.push(VerifierRow {
            images: images.collect(),
            skips: Vec::new(),
            enforces: true,
            namespaces: None,
            authorities: vec![authority],
            r#ref,
        });
    }
    rows.sort_by(|a, b| a.r#ref.cmp(&b.r#ref));
    rows.iter().map(|row| Row::new(&row.r#ref, row)).collect()
}

fn attestors(value: &Value, pointer: &str) -> Vec<Authority> {
    let list = value.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    list.map(|one| {
        let identity = one
            .pointer("/keyless/identities/0")
            .or_else(|| one.pointer("/cosign/keyless/identities/0"))
            .or_else(|| one.get("keyless"))
            .cloned()
            .unwrap_or_default();
        let first = |keys: &[&str], of: &Value| {
            keys.iter().map(|key| text(of, key)).find(|t| !t.is_empty()).unwrap_or_default()
        };
        Authority {
            passes_all: text(one, "/static/action") == "pass",
            key: first(
                &[
                    "/key/kms",
                    "/key/data",
                    "/key/secretRef/name",
                    "/keys/publicKeys",
                    "/keys/kms",
                    "/cosign/key/data",
                    "/cosign/key/kms",
                ],
                one,
            ),
            issuer: first(&["/issuer", "/issuerRegExp"], &identity),
            subject: first(&["/subject", "/subjectRegExp"], &identity),
        }
    })
    .collect()
}

fn kyverno(r#ref: &ObjectRef, value: &Value, namespaces: &BTreeMap<String, Map>) -> Vec<VerifierRow> {
    let default = text(value, "/spec/validationFailureAction");
    let mut rows = Vec::new();
    for rule in value.pointer("/spec/rules").and_then(Value::as_array).into_iter().flatten() {
        for verify in rule.get("verifyImages").and_then(Value::as_array).into_iter().flatten() {
            let action =
                Some(text(verify, "/failureAction")).filter(|a| !a.is_empty()).unwrap_or_else(|| default.clone());
            let required = verify.get("required").and_then(Value::as_bool).unwrap_or(true);
            let entries = verify.pointer("/attestors").and_then(Value::as_array).into_iter().flatten();
            rows.push(VerifierRow {
                r#ref: r#ref.clone(),
                images: texts(verify, "/imageReferences"),
                skips: texts(verify, "/skipImageReferences"),
                enforces: required && action.eq_ignore_ascii_case("enforce"),
                namespaces: chosen(r#ref, rule, namespaces),
                authorities: entries.flat_map(|set| attestors(set, "/entries")).collect(),
            });
        }
    }
    rows
}

/// Namespaces of a Kyverno rule: its own, those of its match blocks without those of its excludes.
fn chosen(r#ref: &ObjectRef, rule: &Value, namespaces: &BTreeMap<String, Map>) -> Option<Vec<String>> {
    if !r#ref.namespace.is_empty() {
        return Some(vec![r#ref.namespace.clone()]);
    }
    let blocks = |side: &str| -> Vec<Value> {
        let lists = ["any", "all"].iter().filter_map(|key| rule.pointer(&format!("/{side}/{key}"))?.as_array());
        let mut found: Vec<Value> = lists.flatten().filter_map(|one| one.get("resources").cloned()).collect();
        found.extend(rule.pointer(&format!("/{side}/resources")).cloned());
        found
    };
    let fits = |block: &Value, name: &str, labels: &Map| {
        let names = texts(block, "/namespaces");
        let by_name = names.is_empty() || names.iter().any(|one| crate::facts::registry::pattern::matches(one, name));
        let selector =
            block.get("namespaceSelector").and_then(|s| serde_json::from_value::<LabelSelector>(s.clone()).ok());
        by_name && selector.is_none_or(|selector| selector.matches(labels) == Hit::Yes)
    };
    let narrow = |block: &Value| !texts(block, "/namespaces").is_empty() || block.get("namespaceSelector").is_some();
    let (matched, excluded) = (blocks("match"), blocks("exclude"));
    if !matched.iter().all(narrow) && !excluded.iter().any(narrow) {
        return None;
    }
    let of = namespaces.iter().filter(|(name, labels)| {
        (matched.is_empty() || matched.iter().any(|block| fits(block, name, labels)))
            && !excluded.iter().filter(|block| narrow(block)).any(|block| fits(block, name, labels))
    });
    Some(of.map(|(name, _)| name.clone()).collect())
}
