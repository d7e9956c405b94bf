//! Who may change network policies, guardrails, or the labels of namespaces that they select by.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    facts::rbac::{self, Rule, Subject},
    inventory::{Inventory, Row, Table},
    object::ObjectRef,
};

/// What policies see of a binding that lets somebody write what the network depends on.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WriterRow {
    /// The RoleBinding or ClusterRoleBinding.
    pub r#ref: ObjectRef,
    /// The role, as `ClusterRole edit`.
    pub role: String,
    /// Who is bound, as `Group:name`, `User:name`, `ServiceAccount:namespace/name`.
    pub subjects: Vec<String>,
    /// ServiceAccounts among them that a detected system runs as.
    pub of_systems: Vec<String>,
    /// What they may write.
    pub grants: Vec<Grant>,
}

/// What a role lets somebody write.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Grant {
    /// `guardrail` (cluster-wide policies and tiers), `policy` (of a namespace), `namespace` (labels).
    pub what: &'static str,
    /// `group/plural`.
    pub resource: String,
    /// Verbs that write.
    pub verbs: Vec<String>,
    /// Only these names; empty means all.
    pub names: Vec<String>,
}

/// Resources, by what they mean for the network.
const WRITTEN: [(&str, &str, &str); 16] = [
    ("policy", "networking.k8s.io", "networkpolicies"),
    ("policy", "cilium.io", "ciliumnetworkpolicies"),
    ("policy", "projectcalico.org", "networkpolicies"),
    ("policy", "crd.projectcalico.org", "networkpolicies"),
    ("policy", "projectcalico.org", "tier.networkpolicies"),
    ("guardrail", "cilium.io", "ciliumclusterwidenetworkpolicies"),
    ("guardrail", "projectcalico.org", "globalnetworkpolicies"),
    ("guardrail", "crd.projectcalico.org", "globalnetworkpolicies"),
    ("guardrail", "projectcalico.org", "tier.globalnetworkpolicies"),
    ("guardrail", "projectcalico.org", "tiers"),
    ("guardrail", "crd.projectcalico.org", "tiers"),
    ("guardrail", "crd.projectcalico.org", "felixconfigurations"),
    ("guardrail", "policy.networking.k8s.io", "adminnetworkpolicies"),
    ("guardrail", "policy.networking.k8s.io", "clusternetworkpolicies"),
    ("guardrail", "crd.antrea.io", "clusternetworkpolicies"),
    ("namespace", "", "namespaces"),
];

const VERBS: [&str; 5] = ["create", "update", "patch", "delete", "deletecollection"];

/// The table.
pub const TABLE: Table = Table {
    name: "network_writers",
    about: "one role binding that lets somebody write what the network depends on",
    build,
    schema: || schemars::schema_for!(WriterRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut systems: BTreeSet<(&str, &str)> = BTreeSet::new();
    let of_systems: BTreeSet<&ObjectRef> = inventory.extensions.iter().flat_map(|e| &e.workloads).collect();
    for workload in inventory.workloads.workloads.iter().filter(|w| of_systems.contains(&w.reference)) {
        systems.insert((&workload.object.namespace, &workload.spec.service_account_name));
    }
    let (bindings, _) = rbac::bindings(inventory.snapshot);
    let mut rows = Vec::new();
    for (binding, rules) in &bindings {
        let reference = binding.reference();
        // What lies in no namespace is out of reach of a RoleBinding, but its own namespace's policies are not.
        let within = |grant: &Grant| reference.kind == "ClusterRoleBinding" || grant.what == "policy";
        let grants = merge(rules.iter().flat_map(grants).filter(within));
        if grants.is_empty() || binding.subjects.is_empty() {
            continue;
        }
        let name = |subject: &Subject| match subject.kind.as_str() {
            "ServiceAccount" => format!("ServiceAccount:{}/{}", binding.namespace_of(subject), subject.name),
            kind => format!("{kind}:{}", subject.name),
        };
        let runs = |subject: &&Subject| {
            subject.kind == "ServiceAccount" && systems.contains(&(subject.namespace.as_str(), subject.name.as_str()))
        };
        let row = WriterRow {
            role: binding.role(),
            subjects: binding.subjects.iter().map(name).collect(),
            of_systems: binding.subjects.iter().filter(runs).map(name).collect(),
            grants,
            r#ref: reference,
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}

fn grants(rule: &Rule) -> Vec<Grant> {
    let verbs: Vec<String> = if rule.verbs.iter().any(|verb| verb == "*") {
        VERBS.iter().map(ToString::to_string).collect()
    } else {
        VERBS.iter().filter(|verb| rule.verbs.iter().any(|v| v == *verb)).map(ToString::to_string).collect()
    };
    if verbs.is_empty() {
        return Vec::new();
    }
    let names = |list: &[String], wanted: &str| list.iter().any(|one| one == "*" || one == wanted);
    let written = WRITTEN
        .iter()
        .filter(|(_, group, resource)| names(&rule.api_groups, group) && names(&rule.resources, resource));
    written
        .map(|(what, group, resource)| Grant {
            what,
            resource: format!("{}/{resource}", if group.is_empty() { "core" } else { group }),
            // A namespace that is made or deleted is no label that changes.
            verbs: verbs
                .iter()
                .filter(|v| *what != "namespace" || matches!(v.as_str(), "update" | "patch"))
                .cloned()
                .collect(),
            names: rule.resource_names.clone(),
        })
        .filter(|grant| !grant.verbs.is_empty())
        .collect()
}

/// Equal grants once.
fn merge(grants: impl Iterator<Item = Grant>) -> Vec<Grant> {
    grants.collect::<BTreeSet<_>>().into_iter().collect()
}
