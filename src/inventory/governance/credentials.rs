//! Secrets that hold what a vendor ships: known by the names that a snapshot keeps, never by values.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    inventory::{Inventory, Row, Table},
    object::{Kind, ObjectRef},
    snapshot::secret::SecretFacts,
    view::nullable,
};

/// What policies see of a Secret, or of a system whose Secrets were not read.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CredentialRow {
    /// The Secret; kind `Extension` and the id where Secrets were not all read.
    pub r#ref: ObjectRef,
    /// `secret` or `system`.
    pub what: &'static str,
    /// Systems that run in its namespace.
    pub systems: BTreeSet<String>,
    /// Its values were looked at, in memory.
    pub read: bool,
    /// Names of the vendors' defaults that it holds.
    pub defaults: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Secret {
    #[serde(rename = "type", deserialize_with = "nullable")]
    kind: String,
    sextant: Option<SecretFacts>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "credentials",
    about: "one Secret that may hold a password, or one system whose Secrets were not read",
    build,
    schema: || schemars::schema_for!(CredentialRow),
};

/// Types that hold no password of a vendor: what the control plane or Helm writes.
const OTHERS: [&str; 4] =
    ["helm.sh/release.v1", "kubernetes.io/service-account-token", "kubernetes.io/tls", "bootstrap.kubernetes.io/token"];

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut systems: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for extension in &inventory.extensions {
        for instance in &extension.instances {
            systems.entry(instance.namespace.as_str()).or_default().insert(extension.id.clone());
        }
    }
    let mut rows = Vec::new();
    for object in inventory.snapshot.of("", "Secret") {
        let secret: Secret = object.parse().unwrap_or_default();
        if OTHERS.contains(&secret.kind.as_str()) {
            continue;
        }
        let row = CredentialRow {
            r#ref: object.reference(),
            what: "secret",
            systems: systems.get(&*object.namespace).cloned().unwrap_or_default(),
            read: secret.sextant.is_some(),
            defaults: secret.sextant.map(|facts| facts.default_credentials).unwrap_or_default(),
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    // Where they were all listed, each speaks for itself.
    if inventory.coverage(&Kind::new("", "Secret")).state.is_proof() {
        return rows;
    }
    for extension in inventory.extensions.iter().filter(|extension| !extension.instances.is_empty()) {
        let row = CredentialRow {
            r#ref: extension.r#ref.clone(),
            what: "system",
            systems: BTreeSet::from([extension.id.clone()]),
            read: false,
            defaults: Vec::new(),
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}
