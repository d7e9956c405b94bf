//! The accounts that systems run as, and what they could do with them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::rights::{Binding, Bound, Rule, accounts, bindings};
use crate::{
    inventory::{Inventory, Row, Table},
    object::ObjectRef,
};

/// What policies see of the account of a system.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AccountRow {
    /// The ServiceAccount.
    pub r#ref: ObjectRef,
    /// Systems that run as it.
    pub systems: BTreeSet<String>,
    /// What it may do that others could be taken over with.
    pub powers: Vec<Power>,
}

/// One power over others.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Power {
    /// `everything`, `read-secrets`, `escalate`, `impersonate`, `exec`, `node-proxy`, `tokens`,
    /// `webhooks`, `run-pods`.
    pub what: &'static str,
    /// In every namespace.
    pub everywhere: bool,
    /// Else in these.
    pub namespaces: BTreeSet<String>,
    /// The bindings that grant it, with their roles.
    pub via: BTreeSet<String>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "extension_accounts",
    about: "one ServiceAccount that a system runs as",
    build,
    schema: || schemars::schema_for!(AccountRow),
};

/// Verbs, group and resource of each power.
const POWERS: [(&str, &[&str], &str, &str); 17] = [
    ("read-secrets", &["get", "list", "watch"], "", "secrets"),
    ("escalate", &["escalate", "bind"], "rbac.authorization.k8s.io", "clusterroles"),
    ("escalate", &["escalate", "bind"], "rbac.authorization.k8s.io", "roles"),
    ("impersonate", &["impersonate"], "", "users"),
    ("impersonate", &["impersonate"], "", "groups"),
    ("impersonate", &["impersonate"], "", "serviceaccounts"),
    ("exec", &["create", "get"], "", "pods/exec"),
    ("exec", &["create", "get"], "", "pods/attach"),
    ("node-proxy", &["create", "get"], "", "nodes/proxy"),
    ("tokens", &["create"], "", "serviceaccounts/token"),
    ("webhooks", WRITE, "admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
    ("webhooks", WRITE, "admissionregistration.k8s.io", "validatingwebhookconfigurations"),
    ("run-pods", &["create", "update", "patch"], "", "pods"),
    ("run-pods", &["create", "update", "patch"], "apps", "deployments"),
    ("run-pods", &["create", "update", "patch"], "apps", "daemonsets"),
    ("run-pods", &["create", "update", "patch"], "apps", "statefulsets"),
    ("run-pods", &["create", "update", "patch"], "batch", "jobs"),
];

const WRITE: &[&str] = &["create", "update", "patch", "delete"];

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let bindings = bindings(inventory);
    accounts(inventory)
        .into_iter()
        .map(|((namespace, name), systems)| {
            let own = bindings.iter().filter(|binding| binding.subjects.iter().any(|s| is(s, &namespace, &name)));
            let row = AccountRow {
                r#ref: ObjectRef::new("", "ServiceAccount", &namespace, &name),
                systems,
                powers: powers(own),
            };
            Row::new(&row.r#ref, &row)
        })
        .collect()
}

/// Whether a subject is this account, by name or by a group that every account is in.
fn is(subject: &Bound, namespace: &str, name: &str) -> bool {
    match subject.kind.as_str() {
        "ServiceAccount" => subject.namespace == namespace && subject.name == name,
        "Group" => {
            matches!(subject.name.as_str(), "system:serviceaccounts" | "system:authenticated")
                || subject.name.strip_prefix("system:serviceaccounts:") == Some(namespace)
        }
        _ => subject.name == format!("system:serviceaccount:{namespace}:{name}"),
    }
}

fn powers<'b>(bindings: impl Iterator<Item = &'b Binding>) -> Vec<Power> {
    let mut found: BTreeMap<&'static str, Power> = BTreeMap::new();
    for binding in bindings {
        let everywhere = binding.reference.kind == "ClusterRoleBinding";
        for what in held(&binding.rules) {
            // The kubelet and webhooks are in no namespace: a RoleBinding does not reach them.
            if !everywhere && matches!(what, "node-proxy" | "webhooks") {
                continue;
            }
            let power = found.entry(what).or_insert_with(|| Power {
                what,
                everywhere: false,
                namespaces: BTreeSet::new(),
                via: BTreeSet::new(),
            });
            power.everywhere |= everywhere;
            if !everywhere {
                power.namespaces.insert(binding.reference.namespace.clone());
            }
            power.via.insert(format!("{} by {}", binding.role, binding.reference));
        }
    }
    // Who may do everything may do each of it.
    let mut all: Vec<Power> = found.into_values().collect();
    if all.iter().any(|power| power.what == "everything" && power.everywhere) {
        all.retain(|power| power.what == "everything");
    }
    all
}

fn held(rules: &[Rule]) -> BTreeSet<&'static str> {
    if rules.iter().any(Rule::is_everything) {
        return BTreeSet::from(["everything"]);
    }
    let own =
        POWERS.iter().filter(|(_, verbs, group, resource)| rules.iter().any(|r| r.grants(verbs, group, resource)));
    own.map(|(what, ..)| *what).collect()
}
