//! Where routes send requests: the Service, its port, who is behind it.

use std::collections::BTreeMap;

use super::{
    draft::Target,
    model::Backend,
    services::{IntOrText, Service},
    world::World,
};
use crate::{facts::ingress::Known, view::Map};

/// A backend of which nothing is known yet.
#[must_use]
pub fn bare(target: &Target, home: &str) -> Backend {
    let (namespace, name) = target.name.split_once('/').unwrap_or((home, &target.name));
    Backend {
        path: target.path.clone(),
        kind: target.kind.clone(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        port: target.port.as_ref().map(ToString::to_string).unwrap_or_default(),
        exists: Known::Unknown,
        has_port: Known::Unknown,
        ready: None,
        asleep: false,
        external_name: String::new(),
        granted: Known::Yes,
        tls: false,
        verified: Known::Unknown,
        labels: Map::new(),
        images: Vec::new(),
        ports: Vec::new(),
    }
}

/// Workloads by one label each, so that a selector finds its own without a look at all.
#[derive(Debug)]
pub struct Behind<'w, 'i, 's> {
    world: &'w World<'i, 's>,
    by_label: BTreeMap<(String, String, String), Vec<usize>>,
    scaled: BTreeMap<(String, String, String), bool>,
    known: BTreeMap<(String, String), Facts>,
}

#[derive(Clone, Debug, Default)]
struct Facts {
    images: Vec<String>,
    asleep: bool,
}

impl<'w, 'i, 's> Behind<'w, 'i, 's> {
    /// Indexes the workloads.
    #[must_use]
    pub fn of(world: &'w World<'i, 's>) -> Self {
        let mut by_label: BTreeMap<(String, String, String), Vec<usize>> = BTreeMap::new();
        for (index, workload) in world.inventory.workloads.workloads.iter().enumerate() {
            for (key, value) in &workload.pod_meta.labels {
                let at = (workload.reference.namespace.clone(), key.clone(), value.clone());
                by_label.entry(at).or_default().push(index);
            }
        }
        // A scaler that goes down to nothing makes an empty Service a matter of course.
        let mut scaled = BTreeMap::new();
        for (group, kind) in [("keda.sh", "ScaledObject"), ("http.keda.sh", "HTTPScaledObject")] {
            for object in world.inventory.snapshot.of(group, kind) {
                let own = super::value::value(object);
                let target = super::value::text(&own, "/spec/scaleTargetRef/name").to_owned();
                let least = super::value::number(&own, "/spec/minReplicaCount").unwrap_or(0);
                scaled.insert((object.namespace.to_string(), "Deployment".to_owned(), target), least == 0);
            }
        }
        Self { world, by_label, scaled, known: BTreeMap::new() }
    }

    fn facts(&mut self, namespace: &str, name: &str, service: &Service) -> Facts {
        let key = (namespace.to_owned(), name.to_owned());
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let mut facts = Facts::default();
        let selector = &service.spec.selector;
        let workloads = &self.world.inventory.workloads.workloads;
        // The rarest label first: the shortest list.
        let shortest = selector
            .iter()
            .map(|(key, value)| {
                self.by_label.get(&(namespace.to_owned(), key.clone(), value.clone())).map_or(&[][..], Vec::as_slice)
            })
            .min_by_key(|list| list.len());
        for workload in shortest.into_iter().flatten().map(|index| &workloads[*index]) {
            if !selector.iter().all(|(key, value)| workload.pod_meta.labels.get(key) == Some(value)) {
                continue;
            }
            facts.images.extend(workload.spec.containers.iter().map(|container| container.image.clone()));
            let reference = &workload.reference;
            let at = (namespace.to_owned(), reference.kind.clone(), reference.name.clone());
            facts.asleep |= workload.scale.is_zero() && self.scaled.get(&at).copied().unwrap_or(false);
        }
        facts.asleep |= service.metadata.labels.keys().any(|key| key.starts_with("serving.knative.dev/"));
        facts.images.sort();
        facts.images.dedup();
        self.known.insert(key, facts.clone());
        facts
    }

    /// Looks a backend up.
    pub fn fill(&mut self, backend: &mut Backend, port: Option<&IntOrText>) {
        if backend.kind != "Service" {
            return;
        }
        let world = self.world;
        let Some(service) = world.services.get(&backend.namespace, &backend.name) else {
            backend.exists = if world.services.complete { Known::No } else { Known::Unknown };
            return;
        };
        backend.exists = Known::Yes;
        let hit = port.and_then(|port| service.port(port));
        backend.has_port = match port {
            Some(_) => hit.is_some().into(),
            None => Known::Yes,
        };
        backend.external_name.clone_from(&service.spec.external_name);
        backend.ready = world.services.ready(&backend.namespace, &backend.name);
        backend.labels.clone_from(&service.metadata.labels);
        let ports = hit.into_iter().chain(service.spec.ports.iter().filter(|_| hit.is_none()));
        for port in ports {
            backend.ports.push(port.port);
            if let Some(IntOrText::Int(number)) = port.target_port {
                backend.ports.push(number);
            }
            backend.tls |= matches!(port.app_protocol.as_str(), "https" | "kubernetes.io/wss");
        }
        backend.ports.sort_unstable();
        backend.ports.dedup();
        let facts = self.facts(&backend.namespace.clone(), &backend.name.clone(), service);
        backend.images = facts.images;
        backend.asleep = facts.asleep;
    }
}
