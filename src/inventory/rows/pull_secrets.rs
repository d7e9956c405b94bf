//! Secrets that hold accounts at registries, what these accounts may do there, and who uses them.

use std::collections::{BTreeSet, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    inventory::{Inventory, Row, Table},
    object::{Kind, ObjectRef},
    snapshot::secret::SecretFacts,
};

/// One account that a Secret holds.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Account {
    /// The registry's host.
    pub host: String,
    /// The user; empty where there is none or it may be a token.
    pub username: String,
    /// What the registry is called; empty where it is not known.
    pub registry: String,
    /// Whether it can push; null where the registry's grants do not tell.
    pub push: Option<bool>,
    /// Where it can.
    pub patterns: BTreeSet<String>,
}

/// Who uses a Secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct User {
    /// The workload, the account or the build.
    pub r#ref: ObjectRef,
    /// The account that it runs as.
    pub service_account: String,
    /// `mount`, `pull`, `account`, `build`.
    pub via: &'static str,
}

/// What policies see of such a Secret.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PullSecretRow {
    /// The Secret.
    pub r#ref: ObjectRef,
    /// Its accounts were read.
    pub read: bool,
    /// Its accounts.
    pub accounts: Vec<Account>,
    /// Who uses it.
    pub users: Vec<User>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "pull_secrets",
    about: "one Secret with accounts at registries",
    build,
    schema: || schemars::schema_for!(PullSecretRow),
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Held {
    r#type: String,
    sextant: Option<SecretFacts>,
}

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let users = users(inventory);
    let mut rows = Vec::new();
    // Where Secrets were not read, one row stands for all of them.
    if !inventory.coverage(&Kind::new("", "Secret")).state.is_proof() {
        let row = PullSecretRow { r#ref: ObjectRef::cluster(), read: false, accounts: Vec::new(), users: Vec::new() };
        rows.push(Row::new(&row.r#ref, &row));
    }
    for object in inventory.snapshot.of("", "Secret") {
        let Ok(held) = object.parse::<Held>() else { continue };
        let auths = held.sextant.as_ref().map(|facts| facts.registry_auths.as_slice()).unwrap_or_default();
        if !held.r#type.starts_with("kubernetes.io/dockerc") && auths.is_empty() {
            continue;
        }
        let r#ref = object.reference();
        let row = PullSecretRow {
            read: held.sextant.is_some(),
            accounts: auths.iter().map(|auth| account(inventory, &auth.host, &auth.username)).collect(),
            users: users.get(&(r#ref.namespace.clone(), r#ref.name.clone())).cloned().unwrap_or_default(),
            r#ref,
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}

fn account(inventory: &Inventory<'_>, host: &str, username: &str) -> Account {
    let name = host.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let mut account = Account {
        host: host.to_owned(),
        username: username.to_owned(),
        registry: String::new(),
        push: None,
        patterns: BTreeSet::new(),
    };
    let Some(registry) = inventory.registries().at(&name) else { return account };
    account.registry.clone_from(&registry.name);
    let Some(facts) = registry.facts.as_ref() else { return account };
    let everybody = |kind: &str| kind == "authenticated" || kind == "anonymous";
    let own = facts
        .grants
        .iter()
        .filter(|grant| (grant.principal.name == username && !username.is_empty()) || everybody(&grant.principal.kind));
    account.patterns = own.filter(|g| g.actions.iter().any(|a| a == "push")).map(|g| g.pattern.clone()).collect();
    account.push = match (account.patterns.is_empty(), facts.lacks("grants")) {
        (false, _) => Some(true),
        // A name that may be a token is in no grant.
        (true, None) if !username.is_empty() => Some(false),
        _ => None,
    };
    account
}

type Users = HashMap<(String, String), Vec<User>>;

/// Who uses which Secret, by (namespace, name).
fn users(inventory: &Inventory<'_>) -> Users {
    let mut found: Users = HashMap::new();
    let mut add = |namespace: &str, secret: &str, user: User| {
        if !secret.is_empty() {
            found.entry((namespace.to_owned(), secret.to_owned())).or_default().push(user);
        }
    };
    for workload in &inventory.workloads.workloads {
        let namespace = &workload.reference.namespace;
        let account = match workload.spec.service_account_name.as_str() {
            "" => "default",
            name => name,
        };
        let user = |via| User { r#ref: workload.reference.clone(), service_account: account.to_owned(), via };
        for volume in workload.spec.volumes.iter().filter_map(|volume| volume.secret.as_ref()) {
            add(namespace, &volume.secret_name, user("mount"));
        }
        for secret in &workload.spec.image_pull_secrets {
            add(namespace, &secret.name, user("pull"));
        }
    }
    for object in inventory.snapshot.of("", "ServiceAccount") {
        let Ok(value) = object.parse::<Value>() else { continue };
        let r#ref = object.reference();
        for (key, via) in [("secrets", "account"), ("imagePullSecrets", "pull")] {
            for name in
                value.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(|s| s.get("name")?.as_str())
            {
                let user = User { service_account: r#ref.name.clone(), r#ref: r#ref.clone(), via };
                add(&r#ref.namespace, name, user);
            }
        }
    }
    let builds = [
        ("build.openshift.io", "BuildConfig", "/spec/output/pushSecret/name"),
        ("shipwright.io", "Build", "/spec/output/pushSecret"),
    ];
    for (group, kind, pointer) in builds {
        for object in inventory.snapshot.of(group, kind) {
            let Ok(value) = object.parse::<Value>() else { continue };
            let r#ref = object.reference();
            let secret = value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
            let account = value.pointer("/spec/serviceAccount").and_then(Value::as_str).unwrap_or("builder").to_owned();
            let namespace = r#ref.namespace.clone();
            add(&namespace, &secret, User { r#ref, service_account: account, via: "build" });
        }
    }
    for list in found.values_mut() {
        list.sort();
        list.dedup();
    }
    found
}
