//! Where systems live, who lives beside them, and who else may write there.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::rights::{Binding, Bound, Rule, accounts, bindings};
use crate::{
    facts::netpol::{self, Direction},
    inventory::{Inventory, Row, Table, workload::Workload},
    object::{Kind, ObjectRef},
};

/// What policies see of a namespace in which systems run, or of a binding that reaches all of them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BoundaryRow {
    /// The Namespace, or the ClusterRoleBinding.
    pub r#ref: ObjectRef,
    /// `namespace` or `binding`.
    pub what: &'static str,
    /// Systems that run there; for a binding all that run.
    pub systems: BTreeSet<String>,
    /// Workloads there that belong to no system, nor to a release that a system came with.
    pub strangers: Vec<ObjectRef>,
    /// Accounts from elsewhere that may write there: of namespaces in which no system runs.
    pub accounts: BTreeSet<String>,
    /// People and groups that may write there, as `User x`, `Group y`; groups of everybody too.
    pub people: BTreeSet<String>,
    /// By what, as `ClusterRole edit by RoleBinding ns/x`.
    pub via: BTreeSet<String>,
    /// ResourceQuotas and LimitRanges of the namespace; null where they were not read, and for a binding.
    pub quotas: Option<usize>,
    /// Workloads there, off the node's network, that anything may reach; null where a kind of network
    /// policy was not read, and for a binding.
    pub open_workloads: Option<usize>,
    /// Whether anything enforces network policies: `yes`, `no`, `unknown`.
    pub enforced: &'static str,
}

/// The table.
pub const TABLE: Table = Table {
    name: "extension_boundaries",
    about: "one namespace in which systems run, or one binding that reaches all of them",
    build,
    schema: || schemars::schema_for!(BoundaryRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut homes: BTreeMap<&str, (BTreeSet<String>, Vec<&Workload<'_>>)> = BTreeMap::new();
    for (workload, parts) in super::workloads(inventory) {
        let home = homes.entry(&workload.reference.namespace).or_default();
        home.0.extend(parts.iter().filter_map(|(i, _)| inventory.extensions.get(*i)).map(|e| e.id.clone()));
        home.1.push(workload);
    }
    let own: BTreeSet<(String, String)> = accounts(inventory).into_keys().collect();
    let bindings = bindings(inventory);
    let outside = Outside { homes: homes.keys().copied().collect(), own: &own };
    let open = open_workloads(inventory);
    let quotas = quotas(inventory);
    let enforced = inventory.network().enforcement.enforced;
    let mut rows = Vec::new();
    for (namespace, (systems, members)) in &homes {
        let mut row = BoundaryRow {
            r#ref: ObjectRef::new("", "Namespace", "", namespace),
            what: "namespace",
            systems: systems.clone(),
            strangers: strangers(inventory, namespace, members),
            accounts: BTreeSet::new(),
            people: BTreeSet::new(),
            via: BTreeSet::new(),
            quotas: quotas.as_ref().map(|all| all.get(*namespace).copied().unwrap_or(0)),
            open_workloads: open.as_ref().map(|all| all.get(*namespace).copied().unwrap_or(0)),
            enforced,
        };
        let here =
            bindings.iter().filter(|b| b.reference.kind == "RoleBinding" && b.reference.namespace == **namespace);
        for binding in here {
            outside.note(binding, namespace, &mut row);
        }
        rows.push(Row::new(&row.r#ref, &row));
    }
    let all: BTreeSet<String> = homes.values().flat_map(|(systems, _)| systems.clone()).collect();
    for binding in bindings.iter().filter(|b| b.reference.kind == "ClusterRoleBinding" && !all.is_empty()) {
        let mut row = BoundaryRow {
            r#ref: binding.reference.clone(),
            what: "binding",
            systems: all.clone(),
            strangers: Vec::new(),
            accounts: BTreeSet::new(),
            people: BTreeSet::new(),
            via: BTreeSet::new(),
            quotas: None,
            open_workloads: None,
            enforced,
        };
        outside.note(binding, "", &mut row);
        if !row.via.is_empty() {
            rows.push(Row::new(&row.r#ref, &row));
        }
    }
    rows
}

/// Whether a kind was read whole, or is not there to be read.
fn is_read(inventory: &Inventory<'_>, kind: &Kind) -> bool {
    inventory.coverage(kind).state.is_proof()
}

/// How many bounds on resources there are, by namespace; none where some were not read.
fn quotas(inventory: &Inventory<'_>) -> Option<BTreeMap<String, usize>> {
    let mut all: BTreeMap<String, usize> = BTreeMap::new();
    for kind in ["ResourceQuota", "LimitRange"] {
        if !is_read(inventory, &Kind::new("", kind)) {
            return None;
        }
        for object in inventory.snapshot.of("", kind) {
            *all.entry(object.namespace.to_string()).or_default() += 1;
        }
    }
    Some(all)
}

/// Workloads that anything may reach, by namespace; none where a kind of policy was not read.
fn open_workloads(inventory: &Inventory<'_>) -> Option<BTreeMap<String, usize>> {
    let planned = netpol::KINDS.iter().map(|(group, kind)| Kind::new(group, kind));
    let whole = planned.filter(|kind| inventory.planned.contains(kind)).all(|kind| is_read(inventory, &kind));
    whole.then(|| inventory.network().open_workloads(inventory, Direction::Ingress))
}

/// Who is not of the platform.
struct Outside<'o> {
    homes: BTreeSet<&'o str>,
    own: &'o BTreeSet<(String, String)>,
}

impl Outside<'_> {
    fn note(&self, binding: &Binding, namespace: &str, row: &mut BoundaryRow) {
        if !binding.rules.iter().any(writes) {
            return;
        }
        for subject in &binding.subjects {
            if subject.kind == "ServiceAccount" && self.is_foreign(subject, namespace) {
                row.accounts.insert(subject.to_string());
            } else if subject.kind != "ServiceAccount" && is_somebody(&subject.name) {
                row.people.insert(subject.to_string());
            } else {
                continue;
            }
            row.via.insert(format!("{} by {}", binding.role, binding.reference));
        }
    }

    /// Accounts of systems, of namespaces in which systems run, and of the control plane are at home.
    fn is_foreign(&self, subject: &Bound, namespace: &str) -> bool {
        subject.namespace != namespace
            && subject.namespace != "kube-system"
            && !self.homes.contains(subject.namespace.as_str())
            && !self.own.contains(&(subject.namespace.clone(), subject.name.clone()))
    }
}

/// Whether a user or group is one of people, or of everybody: the control plane's own are neither.
fn is_somebody(name: &str) -> bool {
    !name.starts_with("system:")
        || name.starts_with("system:serviceaccount")
        || matches!(name, "system:authenticated" | "system:unauthenticated" | "system:anonymous")
}

/// Whether a rule lets its subject change what runs, or what that runs with.
fn writes(rule: &Rule) -> bool {
    const VERBS: &[&str] = &["create", "update", "patch", "delete"];
    const WRITTEN: [(&str, &str); 9] = [
        ("", "pods"),
        ("", "secrets"),
        ("", "configmaps"),
        ("apps", "deployments"),
        ("apps", "daemonsets"),
        ("apps", "statefulsets"),
        ("batch", "jobs"),
        ("rbac.authorization.k8s.io", "roles"),
        ("rbac.authorization.k8s.io", "rolebindings"),
    ];
    WRITTEN.iter().any(|(group, resource)| rule.grants(VERBS, group, resource))
}

/// Workloads that came with none of the systems there.
pub(super) fn strangers(inventory: &Inventory<'_>, namespace: &str, members: &[&Workload<'_>]) -> Vec<ObjectRef> {
    const RELEASES: [&str; 4] =
        ["app.kubernetes.io/instance", "app.kubernetes.io/part-of", "release", "helm.toolkit.fluxcd.io/name"];
    let marks = |workload: &Workload<'_>| -> BTreeSet<String> {
        let mut all: BTreeSet<String> = RELEASES
            .iter()
            .filter_map(|key| workload.meta.labels.get(*key).or_else(|| workload.pod_meta.labels.get(*key)))
            .cloned()
            .collect();
        all.extend(workload.meta.annotations.get("meta.helm.sh/release-name").cloned());
        all.extend(workload.owner().map(|owner| format!("{} {}", owner.kind, owner.name)));
        all
    };
    let known: BTreeSet<&ObjectRef> = members.iter().map(|w| &w.reference).collect();
    let theirs: BTreeSet<String> = members.iter().flat_map(|w| marks(w)).collect();
    inventory
        .workloads
        .workloads
        .iter()
        .filter(|w| w.reference.namespace == namespace && !w.helm_hook && !w.scale.is_zero())
        .filter(|w| !known.contains(&w.reference) && marks(w).is_disjoint(&theirs))
        .map(|w| w.reference.clone())
        .collect()
}
