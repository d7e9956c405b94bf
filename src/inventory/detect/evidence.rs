//! Tier A: the names that a vendor owns, wherever they stand. They corroborate; alone they are
//! what an uninstallation left.

use std::collections::{BTreeMap, BTreeSet};

use globset::Glob;
use regex::RegexSet;
use serde::Deserialize;

use super::Evidence;
use crate::{
    inventory::catalog::System,
    snapshot::{Object, Snapshot},
    view::{Bare, Condition, nullable},
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Crd {
    metadata: crate::view::Meta,
    spec: CrdSpec,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CrdSpec {
    group: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Class {
    provisioner: String,
    spec: ClassSpec,
    status: Option<Status>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ClassSpec {
    controller: String,
    controller_name: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Status {
    #[serde(deserialize_with = "nullable")]
    pub conditions: Vec<Condition>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Webhooks {
    #[serde(deserialize_with = "nullable")]
    webhooks: Vec<crate::view::Named>,
}

/// Every name of tier A in a snapshot, read once.
pub(super) struct Seen<'s> {
    snapshot: &'s Snapshot,
    crd_groups: BTreeMap<String, usize>,
    crds: BTreeMap<String, BTreeMap<String, String>>,
    drivers: Vec<String>,
    provisioners: Vec<(String, String)>,
    ingress: Vec<(String, String)>,
    gateways: Vec<(String, String)>,
    webhooks: Vec<String>,
    services: Vec<String>,
}

impl<'s> Seen<'s> {
    pub(super) fn of(snapshot: &'s Snapshot) -> Self {
        let mut crd_groups: BTreeMap<String, usize> = BTreeMap::new();
        let mut crds = BTreeMap::new();
        for object in snapshot.of("apiextensions.k8s.io", "CustomResourceDefinition") {
            let crd: Crd = object.parse().unwrap_or_default();
            *crd_groups.entry(crd.spec.group).or_default() += 1;
            crds.insert(object.name.to_string(), crd.metadata.annotations);
        }
        let class = |object: &Object| object.parse::<Class>().unwrap_or_default();
        let names =
            |group: &str, kind: &str| snapshot.of(group, kind).iter().map(|o| o.name.to_string()).collect::<Vec<_>>();
        let mut webhooks = Vec::new();
        for kind in ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"] {
            for object in snapshot.of("admissionregistration.k8s.io", kind) {
                webhooks.extend(object.parse::<Webhooks>().unwrap_or_default().webhooks.into_iter().map(|w| w.name));
            }
        }
        Self {
            snapshot,
            crd_groups,
            crds,
            drivers: names("storage.k8s.io", "CSIDriver"),
            provisioners: snapshot
                .of("storage.k8s.io", "StorageClass")
                .iter()
                .map(|o| (class(o).provisioner, o.name.to_string()))
                .collect(),
            ingress: snapshot
                .of("networking.k8s.io", "IngressClass")
                .iter()
                .map(|o| (class(o).spec.controller, o.name.to_string()))
                .collect(),
            gateways: snapshot
                .of("gateway.networking.k8s.io", "GatewayClass")
                .iter()
                .map(|o| (class(o).spec.controller_name, o.name.to_string()))
                .collect(),
            webhooks,
            services: names("apiregistration.k8s.io", "APIService"),
        }
    }

    /// What names one system, and whether it proves that the system was once here.
    pub(super) fn of_system(&self, system: &System) -> (Vec<Evidence>, bool) {
        let identity = &system.identity;
        let mut found = Vec::new();
        let mut say = |what: String| found.push(Evidence { tier: 'A', what });
        for group in &identity.crd_groups {
            if let Some(count) = self.crd_groups.get(group) {
                say(format!("CRD group {group} ({count})"));
            }
        }
        for name in identity.crds.iter().filter(|name| self.crds.contains_key(*name)) {
            say(format!("CRD {name}"));
        }
        for driver in self.drivers.iter().filter(|d| identity.csi_drivers.iter().any(|p| named(p, d))) {
            say(format!("CSIDriver {driver}"));
        }
        for (provisioner, class) in
            self.provisioners.iter().filter(|(d, _)| identity.provisioners.iter().any(|p| named(p, d)))
        {
            say(format!("StorageClass {class} names provisioner {provisioner}"));
        }
        for (controller, class) in
            self.ingress.iter().filter(|(c, _)| identity.ingress_controllers.iter().any(|p| named(p, c)))
        {
            say(format!("IngressClass {class} names controller {controller}"));
        }
        for (controller, class) in
            self.gateways.iter().filter(|(c, _)| identity.gateway_controllers.iter().any(|p| named(p, c)))
        {
            say(format!("GatewayClass {class} names controller {controller}"));
        }
        if let Ok(set) = RegexSet::new(&identity.webhooks)
            && !set.is_empty()
        {
            for webhook in self.webhooks.iter().filter(|name| set.is_match(name)) {
                say(format!("webhook {webhook}"));
            }
        }
        for map in self.snapshot.of("", "ConfigMap") {
            let name = format!("{}/{}", map.namespace, map.name);
            if identity.config_maps.iter().any(|p| Glob::new(p).is_ok_and(|g| g.compile_matcher().is_match(&name))) {
                say(format!("ConfigMap {name}"));
            }
        }
        for kind in &identity.objects {
            for object in self.snapshot.of(&kind.group, &kind.kind) {
                say(format!("{} {}", kind.kind, object.name));
            }
        }
        for (label, values) in &identity.namespace_labels {
            for namespace in self.snapshot.of("", "Namespace") {
                let meta = namespace.parse::<Bare>().unwrap_or_default().metadata;
                if let Some(value) = meta.labels.get(label).filter(|value| values.contains(value)) {
                    say(format!("namespace {} is labelled {label}={value}", namespace.name));
                }
            }
        }
        let proves = !found.is_empty();
        if let Ok(set) = RegexSet::new(&identity.api_services)
            && !set.is_empty()
        {
            // Several systems may serve such an API: it corroborates and proves nothing alone.
            for service in self.services.iter().filter(|name| set.is_match(name)) {
                found.push(Evidence { tier: 'A', what: format!("APIService {service}") });
            }
        }
        (found, proves)
    }

    /// The version in an annotation of the system's CRDs.
    pub(super) fn crd_annotation(&self, system: &System) -> Option<String> {
        let key = &system.version.crd_annotation;
        if key.is_empty() {
            return None;
        }
        let groups: BTreeSet<&str> = system.identity.crd_groups.iter().map(String::as_str).collect();
        self.crds
            .iter()
            .filter(|(name, _)| name.split_once('.').is_some_and(|(_, group)| groups.contains(group)))
            .find_map(|(_, annotations)| annotations.get(key).filter(|value| !value.is_empty()).cloned())
    }

    /// A built-in whose every object bears the group of another system in its name is that one's.
    pub(super) fn shipped_with(&self, system: &System) -> Option<String> {
        let kinds = &system.identity.objects;
        let names: Vec<&str> =
            kinds.iter().flat_map(|k| self.snapshot.of(&k.group, &k.kind)).map(|o| &*o.name).collect();
        let shipped = |group: &&String| !names.is_empty() && names.iter().all(|name| name.ends_with(group.as_str()));
        system.bundled_by.iter().find(shipped).cloned()
    }

    /// The gateway classes and their conditions, by controller.
    pub(super) fn conditions(object: &Object) -> Option<Vec<Condition>> {
        object.parse::<Class>().ok()?.status.map(|status| status.conditions)
    }

    pub(super) fn webhooks(&self) -> &[String] {
        &self.webhooks
    }
}

/// Whether a name is the one wanted; `*` at either end stands for anything.
fn named(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => name.ends_with(end) && name.len() > end.len(),
        (None, Some(start)) => name.starts_with(start),
        (None, None) => pattern == name,
    }
}
