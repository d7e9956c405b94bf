//! What roles let their subjects do, by binding: read once for accounts and for boundaries.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

pub(super) use crate::facts::rbac::Rule;
use crate::{
    facts::rbac,
    inventory::{Inventory, workload::Workload},
    object::ObjectRef,
};

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
    let (found, _) = rbac::bindings(inventory.snapshot);
    let binding = |(binding, rules): (rbac::Binding, Vec<Rule>)| {
        let bound = |subject: &rbac::Subject| Bound {
            kind: subject.kind.clone(),
            namespace: binding.namespace_of(subject).to_owned(),
            name: subject.name.clone(),
        };
        Binding {
            reference: binding.reference(),
            role: binding.role(),
            subjects: binding.subjects.iter().map(bound).collect(),
            rules,
        }
    };
    found.into_iter().filter(|(_, rules)| !rules.is_empty()).map(binding).collect()
}

/// Namespace and name of the account that a workload runs as.
pub(super) fn account_of<'w>(workload: &'w Workload<'_>) -> (&'w str, &'w str) {
    let name = workload.spec.service_account_name.as_str();
    (&workload.reference.namespace, if name.is_empty() { "default" } else { name })
}

/// The accounts that the workloads of systems run as, with those systems; parts beside them too.
pub(super) fn accounts(inventory: &Inventory<'_>) -> BTreeMap<(String, String), BTreeSet<String>> {
    let mut accounts: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for (workload, systems) in super::workloads(inventory) {
        let (namespace, name) = account_of(workload);
        let entry = accounts.entry((namespace.to_owned(), name.to_owned())).or_default();
        entry.extend(systems.iter().filter_map(|(i, _)| inventory.extensions.get(*i)).map(|e| e.id.clone()));
    }
    accounts
}
