//! Who may change network policies, guardrails, or the labels of namespaces that they select by.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    inventory::{Inventory, Row, Table},
    object::ObjectRef,
    view::{Meta, nullable},
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

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Role {
    #[serde(deserialize_with = "nullable")]
    metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    rules: Vec<Rule>,
    aggregation_rule: Option<Aggregation>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Aggregation {
    #[serde(deserialize_with = "nullable")]
    cluster_role_selectors: Vec<crate::facts::selector::LabelSelector>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Rule {
    #[serde(deserialize_with = "nullable")]
    api_groups: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    resources: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    verbs: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    resource_names: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Binding {
    #[serde(deserialize_with = "nullable")]
    subjects: Vec<Subject>,
    #[serde(deserialize_with = "nullable")]
    role_ref: RoleRef,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Subject {
    #[serde(deserialize_with = "nullable")]
    kind: String,
    #[serde(deserialize_with = "nullable")]
    name: String,
    #[serde(deserialize_with = "nullable")]
    namespace: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RoleRef {
    #[serde(deserialize_with = "nullable")]
    kind: String,
    #[serde(deserialize_with = "nullable")]
    name: String,
}

/// The table.
pub const TABLE: Table = Table {
    name: "network_writers",
    about: "one role binding that lets somebody write what the network depends on",
    build,
    schema: || schemars::schema_for!(WriterRow),
};

const RBAC: &str = "rbac.authorization.k8s.io";

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let roles = roles(inventory);
    let mut systems: BTreeSet<(&str, &str)> = BTreeSet::new();
    let of_systems: BTreeSet<&ObjectRef> = inventory.extensions.iter().flat_map(|e| &e.workloads).collect();
    for workload in inventory.workloads.workloads.iter().filter(|w| of_systems.contains(&w.reference)) {
        systems.insert((&workload.object.namespace, &workload.spec.service_account_name));
    }
    let mut rows = Vec::new();
    for kind in ["ClusterRoleBinding", "RoleBinding"] {
        for object in inventory.snapshot.of(RBAC, kind) {
            let Binding { subjects, role_ref } = object.parse().unwrap_or_default();
            let namespace = if role_ref.kind == "Role" { &*object.namespace } else { "" };
            let Some(all) = roles.get(&(role_ref.kind.as_str(), namespace, role_ref.name.as_str())) else { continue };
            // What lies in no namespace is out of reach of a RoleBinding, but its own namespace's policies are not.
            let within = |grant: &&Grant| kind == "ClusterRoleBinding" || grant.what == "policy";
            let grants: Vec<Grant> = all.iter().filter(within).cloned().collect();
            if grants.is_empty() || subjects.is_empty() {
                continue;
            }
            let name = |subject: &Subject| match subject.kind.as_str() {
                "ServiceAccount" => {
                    let of = if subject.namespace.is_empty() { &*object.namespace } else { &subject.namespace };
                    format!("ServiceAccount:{of}/{}", subject.name)
                }
                kind => format!("{kind}:{}", subject.name),
            };
            let runs = |subject: &&Subject| {
                subject.kind == "ServiceAccount"
                    && systems.contains(&(subject.namespace.as_str(), subject.name.as_str()))
            };
            let row = WriterRow {
                r#ref: object.reference(),
                role: format!("{} {}", role_ref.kind, role_ref.name),
                subjects: subjects.iter().map(name).collect(),
                of_systems: subjects.iter().filter(runs).map(name).collect(),
                grants,
            };
            rows.push(Row::new(&row.r#ref, &row));
        }
    }
    rows
}

type Roles<'s> = BTreeMap<(&'s str, &'s str, &'s str), Vec<Grant>>;

/// What each role lets somebody write, aggregated roles included.
fn roles<'s>(inventory: &Inventory<'s>) -> Roles<'s> {
    let mut roles = Roles::new();
    let mut aggregated = Vec::new();
    let mut labelled = Vec::new();
    for kind in ["ClusterRole", "Role"] {
        for object in inventory.snapshot.of(RBAC, kind) {
            let role: Role = object.parse().unwrap_or_default();
            let grants = merge(role.rules.iter().flat_map(grants));
            labelled.push((role.metadata.labels, grants.clone()));
            let key = (kind, &*object.namespace, &*object.name);
            if let Some(rule) = role.aggregation_rule {
                aggregated.push((key, rule));
            }
            roles.insert(key, grants);
        }
    }
    // The controller writes the union into the role; a manifest has it empty.
    for (key, rule) in aggregated {
        let parts = labelled.iter().filter(|(labels, _)| {
            rule.cluster_role_selectors.iter().any(|s| s.matches(labels) == crate::facts::selector::Hit::Yes)
        });
        let own = roles.get(&key).cloned().unwrap_or_default();
        let all = own.into_iter().chain(parts.flat_map(|(_, grants)| grants.clone()));
        roles.insert(key, merge(all));
    }
    roles
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
