//! OpenShift's own registry, where the cluster has one: its grants are RBAC.

use super::configs::Found;
use crate::{
    facts::{
        rbac::{self, GROUP as RBAC, Rule},
        registry::{Part, RegistryFacts, Scope, openshift},
    },
    inventory::Inventory,
    object::{Kind, ObjectRef},
    snapshot::State,
};

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
    let (bindings, unread) = rbac::bindings(snapshot);
    for (binding, rules) in &bindings {
        let rules: Vec<&Rule> = rules.iter().collect();
        facts.grants.extend(openshift::grants(binding, &rules, &binding.metadata.namespace));
    }
    for name in unread {
        facts.cover("grants", Part::lacking(State::Partial, format!("{name} cannot be read")));
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
