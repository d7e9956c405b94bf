//! Registries that run in the cluster, by the configuration that their workload mounts.
//!
//! A configuration in a Secret is known only where Secrets were read: nothing is claimed of who may do
//! what otherwise.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Deserialize;
use serde_json::Value;

use super::{Asked, PARTS, Registry, naming::Declared};
use crate::{
    facts::registry::{Part, Principal, RegistryFacts, chartmuseum, distribution, docker_auth, zot},
    inventory::{Inventory, workload::Workload},
    object::ObjectRef,
    snapshot::{State, registry_config::MARK, secret::SecretFacts},
    view::{Map, Meta, nullable},
};

/// A registry found in the cluster.
#[derive(Debug)]
pub struct Found {
    /// What its configuration says.
    pub facts: RegistryFacts,
    /// What runs it.
    pub workload: ObjectRef,
    /// Hosts by which it can be reached.
    pub hosts: Vec<String>,
    /// What answers questions about paths.
    pub asked: Option<Asked>,
}

impl Found {
    /// Whether it is the one that the rules declare.
    #[must_use]
    pub fn is(&self, declared: &Declared) -> bool {
        let Declared { kind, hosts, workload, .. } = declared;
        let kind_fits = kind.is_empty() || *kind == self.facts.kind;
        let by_place = !workload.namespace.is_empty()
            && workload.namespace == self.workload.namespace
            && (workload.name.is_empty() || workload.name == self.workload.name);
        kind_fits && (by_place || hosts.iter().any(|host| self.hosts.contains(host)))
    }

    /// As a registry, under the name that the rules give it.
    #[must_use]
    pub fn into_registry(self, declared: Option<&Declared>) -> Registry {
        let Self { facts, workload, hosts, asked } = self;
        let mut registry = Registry::new(Some(facts), declared, "cluster");
        if let Some(asked) = asked {
            registry.asked = asked;
        }
        registry.hosts.extend(hosts);
        registry.hosts.dedup();
        if !workload.name.is_empty() {
            registry.workload = Some(workload);
        }
        registry
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ConfigMap {
    metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    data: BTreeMap<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Held {
    sextant: Option<SecretFacts>,
}

/// Systems whose readers are here: id of the catalogue, kind of facts.
const READERS: [(&str, &str); 4] = [
    ("zot", "zot"),
    ("docker-registry", "distribution"),
    ("chartmuseum", "chartmuseum"),
    ("docker-auth", "docker_auth"),
];

/// Every registry whose configuration can be looked for.
#[must_use]
pub fn of(inventory: &Inventory<'_>) -> Vec<Found> {
    let mut configs: HashMap<(String, String), Value> = HashMap::new();
    for object in inventory.snapshot.of("", "ConfigMap") {
        // Most have no reduced configuration: they are not worth parsing.
        if !object.json.contains("\\\"sextant\\\":\\\"") {
            continue;
        }
        let Ok(map) = object.parse::<ConfigMap>() else { continue };
        let texts = map.data.into_values().filter_map(|value| value.as_str().map(str::to_owned));
        for text in texts {
            let Ok(value) = serde_json::from_str::<Value>(&text) else { continue };
            if value.get(MARK).is_some() {
                configs.insert((map.metadata.namespace.clone(), map.metadata.name.clone()), value);
            }
        }
    }
    let mut in_secrets: HashMap<(String, String), Value> = HashMap::new();
    for object in inventory.snapshot.of("", "Secret") {
        if !object.json.contains("\"registry_config\"") {
            continue;
        }
        let facts = object.parse::<Held>().ok().and_then(|held| held.sextant).unwrap_or_default();
        let texts = facts.registry_config.iter().filter_map(|text| serde_json::from_str::<Value>(text).ok());
        let reference = object.reference();
        in_secrets.extend(texts.map(|value| ((reference.namespace.clone(), reference.name.clone()), value)));
    }
    let detected: HashMap<&ObjectRef, &str> = inventory
        .extensions
        .iter()
        .filter_map(|extension| Some((extension, READERS.iter().find(|(id, _)| *id == extension.id)?.1)))
        .flat_map(|(extension, kind)| {
            extension.instances.iter().flat_map(move |i| i.workloads.iter().map(move |w| (w, kind)))
        })
        .collect();
    // A registry within another product (Harbor's, GitLab's) is behind that one's door: its accounts are
    // the product's own.
    let parts: HashSet<&ObjectRef> = inventory
        .extensions
        .iter()
        .filter(|extension| extension.roles.iter().any(|role| role == "registry"))
        .filter(|extension| !READERS.iter().any(|(id, _)| *id == extension.id))
        .flat_map(|extension| extension.instances.iter().flat_map(|instance| &instance.workloads))
        .collect();
    let hosts = Hosts::of(inventory);
    let mut found = Vec::new();
    for workload in &inventory.workloads.workloads {
        if parts.contains(&workload.reference) {
            continue;
        }
        let at = |name: &str| (workload.reference.namespace.clone(), name.to_owned());
        let config = workload.spec.volumes.iter().find_map(|volume| {
            let map = volume.config_map.as_ref().and_then(|map| configs.get(&at(&map.name)));
            map.or_else(|| in_secrets.get(&at(&volume.secret.as_ref()?.secret_name)))
        });
        let kind = match (config.and_then(|c| c.get(MARK)?.as_str()), detected.get(&workload.reference)) {
            (Some(kind), _) => kind,
            (None, Some(kind)) => kind,
            (None, None) => continue,
        };
        let (facts, asked) = read(kind, config, workload);
        found.push(Found { facts, workload: workload.reference.clone(), hosts: hosts.of_workload(workload), asked });
    }
    found
}

fn read(kind: &str, config: Option<&Value>, workload: &Workload<'_>) -> (RegistryFacts, Option<Asked>) {
    let name = format!("{}/{}", workload.reference.namespace, workload.reference.name);
    let env: BTreeMap<String, String> =
        workload.containers().flat_map(|c| c.env.iter().map(|e| (e.name.clone(), e.value.clone()))).collect();
    let source = format!("configuration of {name}");
    // Nothing is mounted that could be a configuration, and no word names one: the image's own holds.
    let own = workload.containers().all(|c| c.command.is_empty() && c.args.is_empty())
        && workload.spec.volumes.iter().all(|v| v.empty_dir.is_some() || v.persistent_volume_claim.is_some());
    let in_secret = config.is_none() && workload.spec.volumes.iter().any(|volume| volume.secret.is_some());
    match (kind, config) {
        ("zot", Some(value)) => {
            if let Ok(config) = zot::Config::deserialize(value) {
                return (config.facts(&name, &source, false), Some(Asked::Zot(Box::new(config))));
            }
        }
        // The one in the image has no authentication and no access control.
        ("zot", None) if own => {
            let config = zot::Config::default();
            let source = format!("the image's own configuration, {name}");
            return (config.facts(&name, &source, false), Some(Asked::Zot(Box::new(config))));
        }
        ("docker_auth", Some(value)) => {
            if let Ok(config) = docker_auth::Config::deserialize(value) {
                let mut facts = config.facts(&name);
                facts.grants = config.grants(crate::facts::registry::PROBE, &source);
                return (facts, Some(Asked::DockerAuth(Box::new(config))));
            }
        }
        ("distribution", config) if !in_secret => {
            let text = config.map(Value::to_string);
            if let Some(config) = distribution::Config::of(text.as_deref(), &env) {
                return (config.facts(&name, &source), None);
            }
        }
        ("chartmuseum", _) => {
            let arguments: Vec<String> =
                workload.containers().flat_map(|c| c.command.iter().chain(&c.args).cloned()).collect();
            return (chartmuseum::Config::of(&env, &arguments).facts(&name, &source), None);
        }
        _ => {}
    }
    let mut facts = RegistryFacts { name, kind: kind.into(), ..RegistryFacts::default() };
    let reason = match (in_secret, config.is_some()) {
        (true, _) => "its configuration is in a Secret that was not read (--secrets list)",
        (_, true) => "its configuration cannot be read",
        _ => "its configuration was not found",
    };
    for part in PARTS {
        facts.cover(part, Part::lacking(State::Skipped, reason));
    }
    (facts, None)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Service {
    metadata: Meta,
    spec: ServiceSpec,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ServiceSpec {
    #[serde(deserialize_with = "nullable")]
    selector: Map,
    #[serde(deserialize_with = "nullable")]
    ports: Vec<Port>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Port {
    port: i64,
}

/// By which names workloads of the cluster are reached.
#[derive(Debug, Default)]
pub struct Hosts {
    /// Namespace → (name, selector, ports) of its Services.
    services: HashMap<String, Vec<(String, Map, Vec<i64>)>>,
    /// (namespace, Service) → hosts of Ingresses and Routes that lead to it.
    published: HashMap<(String, String), Vec<String>>,
    /// Host → whether the Ingress or the Route ends TLS.
    tls: HashMap<String, bool>,
}

impl Hosts {
    /// Reads Services, Ingresses and Routes.
    #[must_use]
    pub fn of(inventory: &Inventory<'_>) -> Self {
        let mut hosts = Self::default();
        for object in inventory.snapshot.of("", "Service") {
            if let Ok(service) = object.parse::<Service>() {
                let ports = service.spec.ports.iter().map(|p| p.port).collect();
                let entry = (service.metadata.name, service.spec.selector, ports);
                hosts.services.entry(service.metadata.namespace).or_default().push(entry);
            }
        }
        for object in inventory.snapshot.of("networking.k8s.io", "Ingress") {
            let Ok(value) = object.parse::<Value>() else { continue };
            let namespace = object.reference().namespace;
            let rules = value.pointer("/spec/rules").and_then(Value::as_array).into_iter().flatten();
            for rule in rules {
                let Some(host) = rule.get("host").and_then(Value::as_str) else { continue };
                let paths = rule.pointer("/http/paths").and_then(Value::as_array).into_iter().flatten();
                for service in paths.filter_map(|p| p.pointer("/backend/service/name")?.as_str()) {
                    hosts.publish(&namespace, service, host);
                }
                let lists = value.pointer("/spec/tls").and_then(Value::as_array).into_iter().flatten();
                let mut named = lists.flat_map(|one| one.get("hosts").and_then(Value::as_array).into_iter().flatten());
                let ends = named.any(|one| one.as_str().is_some_and(|one| one.eq_ignore_ascii_case(host)));
                *hosts.tls.entry(host.to_ascii_lowercase()).or_default() |= ends;
            }
        }
        for object in inventory.snapshot.of("route.openshift.io", "Route") {
            let Ok(value) = object.parse::<Value>() else { continue };
            let namespace = object.reference().namespace;
            let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
            if let (Some(host), Some(service)) = (text("/spec/host"), text("/spec/to/name")) {
                hosts.publish(&namespace, service, host);
                *hosts.tls.entry(host.to_ascii_lowercase()).or_default() |= value.pointer("/spec/tls").is_some();
            }
        }
        hosts
    }

    /// Whether an Ingress or a Route ends TLS for a host; none where there is no such.
    #[must_use]
    pub fn tls(&self, host: &str) -> Option<bool> {
        self.tls.get(host).copied()
    }

    fn publish(&mut self, namespace: &str, service: &str, host: &str) {
        let known = self.published.entry((namespace.to_owned(), service.to_owned())).or_default();
        known.push(host.to_ascii_lowercase());
    }

    /// Every host that leads to the pods of a workload: published ones first.
    #[must_use]
    pub fn of_workload(&self, workload: &Workload<'_>) -> Vec<String> {
        let namespace = &workload.reference.namespace;
        let labels = &workload.pod_meta.labels;
        let mut outside = Vec::new();
        let mut inside = Vec::new();
        for (name, selector, ports) in self.services.get(namespace).into_iter().flatten() {
            if selector.is_empty() || !selector.iter().all(|(key, value)| labels.get(key) == Some(value)) {
                continue;
            }
            outside.extend(self.published.get(&(namespace.clone(), name.clone())).into_iter().flatten().cloned());
            for suffix in ["svc.cluster.local", "svc"] {
                inside.push(format!("{name}.{namespace}.{suffix}"));
                inside.extend(ports.iter().map(|port| format!("{name}.{namespace}.{suffix}:{port}")));
            }
        }
        outside.sort();
        outside.dedup();
        outside.extend(inside);
        outside
    }
}

/// A principal of the cluster's own accounts.
#[must_use]
pub fn service_account(namespace: &str, name: &str) -> Principal {
    Principal::new("service-account", &format!("{namespace}/{name}"))
}
