//! What roles let their subjects do, by binding: read once for accounts and for boundaries.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    facts::selector::{Hit, LabelSelector},
    inventory::Inventory,
    object::ObjectRef,
    view::{Bare, nullable},
};

pub(super) const RBAC: &str = "rbac.authorization.k8s.io";

/// One rule of a role.
#[derive(Clone, Debug, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Rule {
    #[serde(deserialize_with = "nullable")]
    pub api_groups: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub resources: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub verbs: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub resource_names: Vec<String>,
}

/// Who is bound.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Bound {
    /// `User`, `Group` or `ServiceAccount`.
    pub kind: String,
    /// Namespace of a ServiceAccount.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A binding with the rules that it grants.
pub(super) struct Binding {
    pub reference: ObjectRef,
    /// `ClusterRole edit`.
    pub role: String,
    pub subjects: Vec<Bound>,
    pub rules: Vec<Rule>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Role {
    #[serde(deserialize_with = "nullable")]
    rules: Vec<Rule>,
    aggregation_rule: Option<Aggregation>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Aggregation {
    #[serde(deserialize_with = "nullable")]
    cluster_role_selectors: Vec<LabelSelector>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct BindingView {
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

impl Rule {
    /// Whether it grants one of these verbs on a resource, of any name.
    pub(super) fn grants(&self, verbs: &[&str], group: &str, resource: &str) -> bool {
        let any = |list: &[String], wanted: &str| list.iter().any(|one| one == "*" || one == wanted);
        let base = resource.split_once('/').map(|(_, sub)| format!("*/{sub}"));
        self.resource_names.is_empty()
            && any(&self.api_groups, group)
            && (any(&self.resources, resource) || base.is_some_and(|all| self.resources.contains(&all)))
            && verbs.iter().any(|verb| any(&self.verbs, verb))
    }

    /// Whether it grants everything on everything.
    pub(super) fn is_everything(&self) -> bool {
        let star = |list: &[String]| list.iter().any(|one| one == "*");
        star(&self.api_groups) && star(&self.resources) && star(&self.verbs) && self.resource_names.is_empty()
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind.as_str() {
            "ServiceAccount" => write!(f, "ServiceAccount {}/{}", self.namespace, self.name),
            kind => write!(f, "{kind} {}", self.name),
        }
    }
}

/// Every binding that grants something. A role that is not there grants nothing.
pub(super) fn bindings(inventory: &Inventory<'_>) -> Vec<Binding> {
    let roles = roles(inventory);
    let mut all = Vec::new();
    for kind in ["ClusterRoleBinding", "RoleBinding"] {
        for object in inventory.snapshot.of(RBAC, kind) {
            let BindingView { subjects, role_ref } = object.parse().unwrap_or_default();
            let namespace = if role_ref.kind == "Role" { &*object.namespace } else { "" };
            let Some(rules) = roles.get(&(role_ref.kind.as_str(), namespace, role_ref.name.as_str())) else { continue };
            let bound = |subject: Subject| {
                let namespace = match subject.kind.as_str() {
                    "ServiceAccount" if subject.namespace.is_empty() => object.namespace.to_string(),
                    "ServiceAccount" => subject.namespace,
                    _ => String::new(),
                };
                Bound { kind: subject.kind, namespace, name: subject.name }
            };
            all.push(Binding {
                reference: object.reference(),
                role: format!("{} {}", role_ref.kind, role_ref.name),
                subjects: subjects.into_iter().map(bound).collect(),
                rules: rules.clone(),
            });
        }
    }
    all
}

type Roles<'s> = BTreeMap<(&'s str, &'s str, &'s str), Vec<Rule>>;

/// The rules of every role, aggregated ones included.
fn roles<'s>(inventory: &Inventory<'s>) -> Roles<'s> {
    let mut roles = Roles::new();
    let mut aggregated = Vec::new();
    let mut labelled = Vec::new();
    for kind in ["ClusterRole", "Role"] {
        for object in inventory.snapshot.of(RBAC, kind) {
            let role: Role = object.parse().unwrap_or_default();
            if kind == "ClusterRole" {
                labelled.push((object.parse::<Bare>().unwrap_or_default().metadata.labels, role.rules.clone()));
            }
            let key = (kind, &*object.namespace, &*object.name);
            if let Some(rule) = role.aggregation_rule {
                aggregated.push((key, rule));
            }
            roles.insert(key, role.rules);
        }
    }
    // The controller writes the union into the role; a manifest has it empty.
    for (key, rule) in aggregated {
        let parts = labelled.iter().filter(|(labels, _)| {
            rule.cluster_role_selectors.iter().any(|selector| selector.matches(labels) == Hit::Yes)
        });
        let more: Vec<Rule> = parts.flat_map(|(_, rules)| rules.clone()).collect();
        roles.entry(key).or_default().extend(more);
    }
    roles
}

/// The accounts that the workloads of systems run as, with those systems; parts beside them too.
pub(super) fn accounts(inventory: &Inventory<'_>) -> BTreeMap<(String, String), BTreeSet<String>> {
    let mut accounts: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for (workload, systems) in super::workloads(inventory) {
        let name = if workload.spec.service_account_name.is_empty() {
            "default".to_owned()
        } else {
            workload.spec.service_account_name.clone()
        };
        let entry = accounts.entry((workload.reference.namespace.clone(), name)).or_default();
        entry.extend(systems.iter().filter_map(|(i, _)| inventory.extensions.get(*i)).map(|e| e.id.clone()));
    }
    accounts
}
