//! Who may make or change what runs, by RBAC: one row a binding and whom it binds.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    facts::{rbac, registry::openshift},
    inventory::{Inventory, Row, Table},
    object::ObjectRef,
};

/// What policies see of somebody who deploys.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeployerRow {
    /// The binding.
    pub r#ref: ObjectRef,
    /// Who, as rules about registries call them: `user:jo`, `group:dev`, `service-account:ci/pipeline`.
    pub who: String,
    /// Where; empty: everywhere.
    pub namespace: String,
    /// By which binding.
    pub via: String,
    /// Why the binding cannot be judged; empty where it can.
    pub unread: String,
}

/// The table.
pub const TABLE: Table = Table {
    name: "deployers",
    about: "somebody who may create or change workloads",
    build,
    schema: || schemars::schema_for!(DeployerRow),
};

/// What brings containers into being, by group.
const WORKLOADS: [(&str, &str); 8] = [
    ("", "pods"),
    ("", "replicationcontrollers"),
    ("apps", "deployments"),
    ("apps", "statefulsets"),
    ("apps", "daemonsets"),
    ("apps", "replicasets"),
    ("batch", "jobs"),
    ("batch", "cronjobs"),
];

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let (bindings, unread) = rbac::bindings(inventory.snapshot);
    let (mut rows, mut seen) = (Vec::new(), BTreeSet::new());
    for (binding, rules) in &bindings {
        let deploys = |rule: &rbac::Rule| {
            let verbs = ["create", "update", "patch"];
            WORKLOADS.iter().any(|(group, resource)| rbac::reaches(rule, group, resource, &verbs).is_some())
        };
        if !rules.iter().any(deploys) {
            continue;
        }
        let namespace = &binding.metadata.namespace;
        let kind = if namespace.is_empty() { "ClusterRoleBinding" } else { "RoleBinding" };
        for subject in &binding.subjects {
            let who = openshift::principal(&openshift::placed(subject, namespace));
            let row = DeployerRow {
                r#ref: ObjectRef::new(rbac::GROUP, kind, namespace, &binding.metadata.name),
                who: format!("{}:{}", who.kind, who.name),
                namespace: namespace.clone(),
                via: format!("{kind} {}", binding.metadata.name),
                unread: String::new(),
            };
            if seen.insert((row.r#ref.clone(), row.who.clone())) {
                rows.push(Row::new(&row.r#ref, &row));
            }
        }
    }
    for name in unread {
        let row = DeployerRow {
            r#ref: ObjectRef::cluster(),
            who: String::new(),
            namespace: String::new(),
            via: name.clone(),
            unread: format!("{name} cannot be read"),
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}
