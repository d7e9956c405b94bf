//! Tier A: the names that a vendor owns, wherever they stand. They corroborate; alone they are
//! what an uninstallation left.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
};

use serde::Deserialize;

use super::{Evidence, members::Found};
use crate::{
    facts::image,
    inventory::{
        catalog::{Catalog, Expression, System},
        workload::Workloads,
    },
    object::Kind,
    snapshot::{Object, Snapshot},
    view::{Bare, Condition, Meta, nullable},
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Crd {
    metadata: Meta,
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
    #[serde(deserialize_with = "nullable")]
    service: ServiceRef,
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
struct ServiceRef {
    #[serde(deserialize_with = "nullable")]
    namespace: String,
    #[serde(deserialize_with = "nullable")]
    name: String,
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
    webhooks: Vec<Webhook>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Webhook {
    #[serde(deserialize_with = "nullable")]
    name: String,
    #[serde(deserialize_with = "nullable")]
    failure_policy: String,
    #[serde(deserialize_with = "nullable")]
    client_config: ClientConfig,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ClientConfig {
    service: Option<ServiceRef>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Node {
    metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    status: NodeStatus,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct NodeStatus {
    #[serde(deserialize_with = "nullable")]
    node_info: NodeInfo,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct NodeInfo {
    #[serde(deserialize_with = "nullable")]
    kubelet_version: String,
}

/// What a node says of the network and of who runs it.
pub(super) struct NodeMarks {
    pub kubelet: String,
    pub annotations: Vec<String>,
    pub labels: Vec<String>,
}

/// A webhook entry, and what happens where nobody answers it.
pub(super) struct Hook {
    pub name: String,
    /// Namespace and name of the Service that answers it; none for a URL.
    pub service: Option<(String, String)>,
    /// Its Service, where that is gone and the API server refuses writes for it.
    pub blocks: Option<String>,
}

impl Hook {
    pub(super) fn told(&self) -> String {
        match &self.blocks {
            None => format!("webhook {}", self.name),
            Some(service) => format!("webhook {} refuses writes: its Service {service} is gone", self.name),
        }
    }
}

/// An aggregated API and the namespace of the Service behind it.
pub(super) struct Served {
    pub name: String,
    pub namespace: String,
    pub conditions: Vec<Condition>,
}

/// Every name of tier A in a snapshot, read once.
pub(super) struct Seen<'s> {
    pub(super) snapshot: &'s Snapshot,
    pub(super) crd_groups: BTreeMap<String, usize>,
    pub(super) crds: BTreeMap<String, BTreeMap<String, String>>,
    pub(super) drivers: Vec<String>,
    pub(super) provisioners: Vec<(String, String)>,
    pub(super) ingress: Vec<(String, String)>,
    pub(super) gateways: Vec<(String, String)>,
    pub hooks: Vec<Hook>,
    pub services: Vec<Served>,
    /// ConfigMaps that tell of a system, by its index.
    pub(super) maps: BTreeMap<usize, Vec<String>>,
    pub nodes: Vec<NodeMarks>,
    /// Every image that runs, once, as host and path.
    images: OnceCell<BTreeSet<String>>,
}

impl<'s> Seen<'s> {
    /// Every image that runs, once, as host and path.
    pub(super) fn running(&self, workloads: &Workloads<'_>) -> &BTreeSet<String> {
        self.images.get_or_init(|| {
            let live = workloads.workloads.iter().filter(|workload| !workload.scale.is_zero());
            let named: BTreeSet<&str> = live.flat_map(|w| w.containers().map(|c| c.image.as_str())).collect();
            named.into_iter().map(|image| image::parse(image).full()).collect()
        })
    }

    pub(super) fn of(snapshot: &'s Snapshot, catalog: &Catalog) -> Self {
        let mut crd_groups: BTreeMap<String, usize> = BTreeMap::new();
        let mut crds = BTreeMap::new();
        for object in snapshot.of("apiextensions.k8s.io", "CustomResourceDefinition") {
            let crd: Crd = object.parse().unwrap_or_default();
            *crd_groups.entry(crd.spec.group).or_default() += 1;
            crds.insert(object.name.to_string(), crd.metadata.annotations);
        }
        let classes = |group: &str, kind: &str, pick: fn(Class) -> String| -> Vec<(String, String)> {
            let of = |object: &Object| (pick(object.parse::<Class>().unwrap_or_default()), object.name.to_string());
            snapshot.of(group, kind).iter().map(of).collect()
        };
        let mut maps: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for object in snapshot.of("", "ConfigMap") {
            let name = format!("{}/{}", object.namespace, object.name);
            for system in catalog.config_map(&name) {
                maps.entry(system).or_default().insert(name.clone());
            }
        }
        let served = |object: &Object| {
            let class = object.parse::<Class>().unwrap_or_default();
            let conditions = class.status.map(|status| status.conditions).unwrap_or_default();
            Served { name: object.name.to_string(), namespace: class.spec.service.namespace, conditions }
        };
        let marks = |object: &Object| {
            let node = object.parse::<Node>().unwrap_or_default();
            NodeMarks {
                kubelet: node.status.node_info.kubelet_version,
                annotations: node.metadata.annotations.into_keys().collect(),
                labels: node.metadata.labels.into_keys().collect(),
            }
        };
        Self {
            snapshot,
            crd_groups,
            crds,
            drivers: snapshot.of("storage.k8s.io", "CSIDriver").iter().map(|o| o.name.to_string()).collect(),
            provisioners: classes("storage.k8s.io", "StorageClass", |class| class.provisioner),
            ingress: classes("networking.k8s.io", "IngressClass", |class| class.spec.controller),
            gateways: classes("gateway.networking.k8s.io", "GatewayClass", |class| class.spec.controller_name),
            hooks: hooks(snapshot),
            services: snapshot.of("apiregistration.k8s.io", "APIService").iter().map(served).collect(),
            maps: maps.into_iter().map(|(system, names)| (system, names.into_iter().collect())).collect(),
            nodes: snapshot.of("", "Node").iter().map(marks).collect(),
            images: OnceCell::new(),
        }
    }

    /// Adds what names one system; most of it proves that the system was once here.
    pub(super) fn of_system(&self, index: usize, system: &System, found: &mut Found<'_, '_>) {
        let identity = &system.identity;
        let mut say = |kind: &str, what: String| {
            found.leftovers.push(Evidence { tier: 'A', kind: kind.into(), what });
            found.proves = true;
        };
        for group in &identity.crd_groups {
            if let Some(count) = self.crd_groups.get(group) {
                say("crd", format!("CRD group {group} ({count})"));
            }
        }
        for name in identity.crds.iter().filter(|name| self.crds.contains_key(*name)) {
            say("crd", format!("CRD {name}"));
        }
        for driver in self.drivers.iter().filter(|d| is_one_of(&identity.csi_drivers, d)) {
            say("csi-driver", format!("CSIDriver {driver}"));
        }
        for (name, class) in self.provisioners.iter().filter(|(d, _)| is_one_of(&identity.provisioners, d)) {
            say("storage-class", format!("StorageClass {class} names provisioner {name}"));
        }
        for (name, class) in self.ingress.iter().filter(|(c, _)| is_one_of(&identity.ingress_controllers, c)) {
            say("ingress-class", format!("IngressClass {class} names controller {name}"));
        }
        for (name, class) in self.gateways.iter().filter(|(c, _)| is_one_of(&identity.gateway_controllers, c)) {
            say("gateway-class", format!("GatewayClass {class} names controller {name}"));
        }
        for hook in self.hooks.iter().filter(|hook| matches(&identity.webhooks, &hook.name)) {
            say("webhook", hook.told());
        }
        for name in self.maps.get(&index).into_iter().flatten() {
            say("config-map", format!("ConfigMap {name}"));
        }
        for kind in &identity.objects {
            for object in self.snapshot.of(&kind.group, &kind.kind) {
                say("object", format!("{} {}", kind.kind, object.name));
            }
        }
        for (label, values) in &identity.namespace_labels {
            self.labelled(label, values).into_iter().for_each(|what| say("namespace", what));
        }
        for service in self.served_by(system, found) {
            let what = format!("APIService {}", service.name);
            found.leftovers.push(Evidence { tier: 'A', kind: "api-service".into(), what });
        }
    }

    /// Namespaces that a label with one of these values marks, in words.
    pub(super) fn labelled(&self, label: &str, values: &[String]) -> Vec<String> {
        let mut told = Vec::new();
        for namespace in self.snapshot.of("", "Namespace") {
            let meta = namespace.parse::<Bare>().unwrap_or_default().metadata;
            if let Some(value) = meta.labels.get(label).filter(|value| values.contains(value)) {
                told.push(format!("namespace {} is labelled {label}={value}", namespace.name));
            }
        }
        told
    }

    /// The aggregated APIs of a system whose Service lies where the system runs: others serve the
    /// same API from elsewhere.
    pub(super) fn served_by(&self, system: &System, found: &Found<'_, '_>) -> Vec<&Served> {
        let beside = |service: &Served| found.members.iter().any(|m| m.namespace() == service.namespace);
        self.services.iter().filter(|s| matches(&system.identity.api_services, &s.name) && beside(s)).collect()
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
}

fn hooks(snapshot: &Snapshot) -> Vec<Hook> {
    let services_read = snapshot.coverage(&Kind::new("", "Service")).state.is_proof();
    let mut hooks = Vec::new();
    for kind in ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"] {
        for object in snapshot.of("admissionregistration.k8s.io", kind) {
            for hook in object.parse::<Webhooks>().unwrap_or_default().webhooks {
                let service = hook.client_config.service.map(|service| (service.namespace, service.name));
                let gone = service.as_ref().filter(|(namespace, name)| {
                    services_read
                        && hook.failure_policy != "Ignore"
                        && snapshot.get("", "Service", namespace, name).is_none()
                });
                let blocks = gone.map(|(namespace, name)| format!("{namespace}/{name}"));
                hooks.push(Hook { name: hook.name, service, blocks });
            }
        }
    }
    hooks
}

fn matches(expressions: &[Expression], name: &str) -> bool {
    expressions.iter().any(|expression| expression.is_match(name))
}

fn is_one_of(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| named(pattern, name))
}

/// Whether a name is the one wanted; each `*` stands for anything, and at the start for something.
pub(super) fn named(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last) && !(pattern.starts_with('*') && rest.len() == last.len())
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn names_are_whole_and_stars_stand_for_anything() {
        assert!(named("robin", "robin") && !named("robin", "robin-2") && !named("robin", "my-robin"));
        assert!(named("*.rbd.csi.ceph.com", "rook-ceph.rbd.csi.ceph.com"));
        assert!(!named("*.rbd.csi.ceph.com", "rbd.csi.ceph.com") && !named("*.rbd.csi.ceph.com", ".rbd.csi.ceph.com"));
        assert!(named("k8s.io/ingress-nginx*", "k8s.io/ingress-nginx-internal"));
        assert!(named("k8s.io/ingress-nginx*", "k8s.io/ingress-nginx"));
        assert!(
            named("cluster.local/*nfs*", "cluster.local/team-nfs-client") && !named("cluster.local/*nfs*", "other/nfs")
        );
    }
}
