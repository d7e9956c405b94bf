//! Services, who is behind them, and from where they can be reached.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::products::{Mark, products};
use crate::{
    inventory::Inventory,
    object::Kind,
    view::{Map, Meta, nullable},
};

/// A Service, as far as routes and controllers need it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Service {
    /// Metadata.
    #[serde(deserialize_with = "nullable")]
    pub metadata: Meta,
    /// Spec.
    #[serde(deserialize_with = "nullable")]
    pub spec: ServiceSpec,
    /// Status.
    #[serde(deserialize_with = "nullable")]
    pub status: ServiceStatus,
}

/// `spec` of a Service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct ServiceSpec {
    #[serde(rename = "type", deserialize_with = "nullable")]
    pub kind: String,
    #[serde(deserialize_with = "nullable")]
    pub selector: Map,
    #[serde(deserialize_with = "nullable")]
    pub ports: Vec<Port>,
    #[serde(deserialize_with = "nullable")]
    pub external_name: String,
    #[serde(rename = "externalIPs", deserialize_with = "nullable")]
    pub external_ips: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub load_balancer_source_ranges: Vec<String>,
}

/// One port of a Service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Port {
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    #[serde(deserialize_with = "nullable")]
    pub port: i64,
    pub target_port: Option<IntOrText>,
    #[serde(deserialize_with = "nullable")]
    pub app_protocol: String,
}

/// An IntOrString.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum IntOrText {
    /// A number.
    Int(i64),
    /// A name.
    Text(String),
}

impl std::fmt::Display for IntOrText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// `status` of a Service.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct ServiceStatus {
    #[serde(deserialize_with = "nullable")]
    pub load_balancer: Balancer,
}

/// `status.loadBalancer`, which Services and Ingresses share.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Balancer {
    #[serde(deserialize_with = "nullable")]
    pub ingress: Vec<Address>,
}

/// One address of a load balancer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are those of the API reference")]
pub struct Address {
    #[serde(deserialize_with = "nullable")]
    pub ip: String,
    #[serde(deserialize_with = "nullable")]
    pub hostname: String,
}

/// From where something can be reached, widest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Exposure {
    /// A load balancer with no sign that it is internal, or external addresses.
    External,
    /// A port of every node: as wide as the nodes' network.
    Node,
    /// A load balancer that is marked internal.
    Internal,
    /// From within the cluster only.
    Cluster,
    /// Nothing says.
    Unknown,
}

impl Service {
    /// From where this Service can be reached.
    #[must_use]
    pub fn exposure(&self) -> Exposure {
        if !self.spec.external_ips.is_empty() {
            return Exposure::External;
        }
        match self.spec.kind.as_str() {
            "LoadBalancer" if Mark::any(&products().internal_balancers, &self.metadata.annotations) => {
                Exposure::Internal
            }
            "LoadBalancer" => Exposure::External,
            "NodePort" => Exposure::Node,
            _ => Exposure::Cluster,
        }
    }

    /// Whether its load balancer terminates TLS.
    #[must_use]
    pub fn offloads_tls(&self) -> bool {
        self.spec.kind == "LoadBalancer" && Mark::any(&products().tls_balancers, &self.metadata.annotations)
    }

    /// The port that a number or a name means.
    #[must_use]
    pub fn port(&self, wanted: &IntOrText) -> Option<&Port> {
        self.spec.ports.iter().find(|port| match wanted {
            IntOrText::Int(number) => port.port == *number,
            IntOrText::Text(name) => port.name == *name || port.port.to_string() == *name,
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Slice {
    #[serde(deserialize_with = "nullable")]
    metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    endpoints: Vec<Endpoint>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Endpoint {
    #[serde(deserialize_with = "nullable")]
    conditions: EndpointConditions,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct EndpointConditions {
    ready: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Endpoints {
    #[serde(deserialize_with = "nullable")]
    subsets: Vec<Subset>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Subset {
    #[serde(deserialize_with = "nullable")]
    addresses: Vec<serde::de::IgnoredAny>,
}

/// All Services and the ready endpoints behind them.
#[derive(Debug, Default)]
pub struct Services<'s> {
    by_namespace: BTreeMap<&'s str, Vec<(&'s str, Service)>>,
    ready: BTreeMap<(String, String), usize>,
    /// Whether the list of Services is whole.
    pub complete: bool,
    /// Whether the list of endpoints is whole.
    pub endpoints_complete: bool,
}

impl<'s> Services<'s> {
    /// Reads Services and endpoints.
    #[must_use]
    pub fn of(inventory: &Inventory<'s>) -> Self {
        let snapshot = inventory.snapshot;
        let proven = |group: &str, kind: &str| inventory.coverage(&Kind::new(group, kind)).state.is_proof();
        let mut all = Self {
            complete: proven("", "Service"),
            endpoints_complete: proven("discovery.k8s.io", "EndpointSlice") || proven("", "Endpoints"),
            ..Self::default()
        };
        for object in snapshot.of("", "Service") {
            match object.parse::<Service>() {
                Ok(service) => all.by_namespace.entry(&object.namespace).or_default().push((&object.name, service)),
                Err(_) => all.complete = false,
            }
        }
        for object in snapshot.of("discovery.k8s.io", "EndpointSlice") {
            let Ok(slice) = object.parse::<Slice>() else { continue };
            let Some(service) = slice.metadata.labels.get("kubernetes.io/service-name") else { continue };
            // Absent means ready: the API says so for slices written by hand.
            let ready = slice.endpoints.iter().filter(|e| e.conditions.ready.unwrap_or(true)).count();
            *all.ready.entry((object.namespace.to_string(), service.clone())).or_default() += ready;
        }
        for object in snapshot.of("", "Endpoints") {
            let Ok(endpoints) = object.parse::<Endpoints>() else { continue };
            let ready = endpoints.subsets.iter().map(|subset| subset.addresses.len()).sum();
            let known = all.ready.entry((object.namespace.to_string(), object.name.to_string())).or_default();
            *known = (*known).max(ready);
        }
        all
    }

    /// One Service by name.
    #[must_use]
    pub fn get(&self, namespace: &str, name: &str) -> Option<&Service> {
        let services = self.by_namespace.get(namespace)?;
        services.binary_search_by(|(known, _)| known.cmp(&name)).ok().map(|index| &services[index].1)
    }

    /// The Services that select pods with these labels.
    pub fn selecting<'a>(&'a self, namespace: &str, labels: &'a Map) -> impl Iterator<Item = (&'s str, &'a Service)> {
        self.by_namespace.get(namespace).into_iter().flatten().filter_map(|(name, service)| {
            let selector = &service.spec.selector;
            let hit = !selector.is_empty() && selector.iter().all(|(key, value)| labels.get(key) == Some(value));
            hit.then_some((*name, service))
        })
    }

    /// Ready endpoints behind a Service; none where endpoints were not read.
    #[must_use]
    pub fn ready(&self, namespace: &str, name: &str) -> Option<usize> {
        let count = self.ready.get(&(namespace.to_owned(), name.to_owned())).copied();
        if self.endpoints_complete { Some(count.unwrap_or(0)) } else { count.filter(|count| *count > 0) }
    }
}
