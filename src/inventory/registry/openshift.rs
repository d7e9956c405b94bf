//! OpenShift's own registry, where the cluster has one: its grants are RBAC.

use std::collections::HashMap;

use super::configs::Found;
use crate::{
    facts::registry::{
        Part, RegistryFacts, Scope,
        openshift::{self, Binding, Role, Rule},
    },
    inventory::Inventory,
    object::{Kind, ObjectRef},
    snapshot::State,
};

const RBAC: &str = "rbac.authorization.k8s.io";

/// The registry, if image streams are served here.
#[must_use]
pub fn of(inventory: &Inventory<'_>) -> Option<Found> {
    let snapshot = inventory.snapshot;
    let config = snapshot.of("imageregistry.operator.openshift.io", "Config").first();
    let streams = snapshot.of("image.openshift.io", "ImageStream");
    if config.is_none() && streams.is_empty() {
        return None;
    }
    let mut facts = RegistryFacts {
        name: "openshift".into(),
        kind: "openshift".into(),
        granularity: "namespace".into(),
        ..RegistryFacts::default()
    };
    let parse =
        |kind: &str| -> Vec<Role> { snapshot.of(RBAC, kind).iter().filter_map(|object| object.parse().ok()).collect() };
    let (roles, cluster_roles) = (parse("Role"), parse("ClusterRole"));
    let cluster: HashMap<&str, Vec<&Rule>> =
        cluster_roles.iter().map(|r| (r.metadata.name.as_str(), openshift::rules_of(r, &cluster_roles))).collect();
    let local: HashMap<(&str, &str), Vec<&Rule>> = roles
        .iter()
        .map(|r| ((r.metadata.namespace.as_str(), r.metadata.name.as_str()), r.rules.iter().collect()))
        .collect();
    for kind in ["RoleBinding", "ClusterRoleBinding"] {
        for object in snapshot.of(RBAC, kind) {
            let Ok(binding) = object.parse::<Binding>() else {
                facts.cover("grants", Part::lacking(State::Partial, format!("{} cannot be read", object.reference())));
                continue;
            };
            let namespace = binding.metadata.namespace.as_str();
            let name = binding.role_ref.name.as_str();
            let rules = if binding.role_ref.kind == "Role" { local.get(&(namespace, name)) } else { cluster.get(name) };
            // A binding to a role that is not there gives nothing.
            facts.grants.extend(rules.into_iter().flat_map(|rules| openshift::grants(&binding, rules, namespace)));
        }
    }
    facts.grants.sort();
    facts.grants.dedup();
    for kind in ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"] {
        let coverage = inventory.coverage(&Kind::new(RBAC, kind));
        if !coverage.state.is_proof() {
            facts.cover("grants", Part::lacking(coverage.state, format!("{kind} {}", coverage.state.as_str())));
        }
    }
    for part in ["grants", "repositories", "scopes", "settings", "admins", "immutability"] {
        facts.cover(part, Part::complete());
    }
    for object in streams {
        let reference = object.reference();
        let name = format!("{}/{}", reference.namespace, reference.name);
        let scope = reference.namespace;
        facts.repositories.push(crate::facts::registry::Repository { name, scope, ..Default::default() });
    }
    for object in snapshot.of("", "Namespace") {
        facts.scopes.push(Scope { name: object.reference().name, immutability: Some(Vec::new()), ..Scope::default() });
    }
    let config: serde_json::Value = config.and_then(|config| config.parse().ok()).unwrap_or_default();
    facts.settings.read_only = Some(config.pointer("/spec/readOnly").and_then(|v| v.as_bool()).unwrap_or(false));
    let workload = ObjectRef::new("apps", "Deployment", "openshift-image-registry", "image-registry");
    let hosts = ["image-registry.openshift-image-registry.svc:5000", "image-registry.openshift-image-registry.svc"];
    Some(Found { facts, workload, hosts: hosts.map(str::to_owned).to_vec(), asked: None })
}
