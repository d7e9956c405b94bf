//! Controllers that nobody knows: workloads of no system whose account may write resources that no
//! system brings, or what extends the API server.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    boundaries::strangers,
    rights::{Bound, Rule, account_of, bindings},
};
use crate::{
    inventory::{Inventory, workload::Workload},
    object::ObjectRef,
};

/// Verbs that write.
const VERBS: [&str; 4] = ["create", "update", "patch", "delete"];
/// What extends the API server, by group and resource.
const EXTENDING: [(&str, &str); 4] = [
    ("apiextensions.k8s.io", "customresourcedefinitions"),
    ("apiregistration.k8s.io", "apiservices"),
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
];

/// Workloads that run on, belong to no system, came with none beside them and run as an account of none,
/// with the groups among `strange` and the extensions of the API server that they may write.
///
/// Whoever may write everything names no group: an account of that kind is no controller by that.
pub(super) fn unknown(inventory: &Inventory<'_>, strange: &BTreeSet<String>) -> Vec<(ObjectRef, BTreeSet<String>)> {
    let written = written(inventory, strange);
    if written.is_empty() {
        return Vec::new();
    }
    let mut of_systems: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut homes: BTreeMap<&str, Vec<&Workload<'_>>> = BTreeMap::new();
    for (workload, _) in super::workloads(inventory) {
        of_systems.insert(account_of(workload));
        homes.entry(&workload.reference.namespace).or_default().push(workload);
    }
    let runs_on = |kind: &str| !matches!(kind, "Job" | "CronJob");
    let mut found = Vec::new();
    for workload in &inventory.workloads.workloads {
        let of = &workload.reference;
        let account = account_of(workload);
        if workload.helm_hook || workload.scale.is_zero() || !runs_on(&of.kind) || of_systems.contains(&account) {
            continue;
        }
        let Some(writes) = written.get(&(account.0.to_owned(), account.1.to_owned())) else { continue };
        let beside = homes.get(of.namespace.as_str()).map_or(&[][..], Vec::as_slice);
        if strangers(inventory, &of.namespace, beside).contains(of) {
            found.push((of.clone(), writes.clone()));
        }
    }
    found
}

/// What each account may write of it.
fn written(inventory: &Inventory<'_>, strange: &BTreeSet<String>) -> BTreeMap<(String, String), BTreeSet<String>> {
    let mut written: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for binding in bindings(inventory) {
        let everywhere = binding.reference.kind == "ClusterRoleBinding";
        let writes: BTreeSet<String> =
            binding.rules.iter().flat_map(|rule| writes(rule, strange, everywhere)).collect();
        let accounts = binding.subjects.iter().filter(|subject| subject.kind == "ServiceAccount");
        for Bound { namespace, name, .. } in accounts.filter(|_| !writes.is_empty()) {
            written.entry((namespace.clone(), name.clone())).or_default().extend(writes.iter().cloned());
        }
    }
    written
}

fn writes<'r>(rule: &'r Rule, strange: &'r BTreeSet<String>, everywhere: bool) -> Vec<String> {
    let does = |list: &[String]| list.iter().any(|verb| verb == "*" || VERBS.contains(&verb.as_str()));
    if !does(&rule.verbs) {
        return Vec::new();
    }
    let groups = rule.api_groups.iter().filter(|group| strange.contains(*group)).cloned();
    // In no namespace: a RoleBinding does not reach them. One by name is what it keeps of itself.
    let extends = EXTENDING.iter().filter(|(group, resource)| {
        everywhere
            && rule.resource_names.is_empty()
            && rule.api_groups.iter().any(|one| one == group)
            && rule.resources.iter().any(|one| one == "*" || one == resource)
    });
    groups.chain(extends.map(|(_, resource)| (*resource).to_owned())).collect()
}
