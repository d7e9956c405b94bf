//! Egress gateways: which namespaces leave the cluster through an address of their own.

use serde::Deserialize;

use crate::{
    facts::selector::{Hit, Label, LabelSelector},
    object::ObjectRef,
    snapshot::Snapshot,
    view::{Meta, nullable},
};

/// Bindings of namespaces to gateways.
#[derive(Debug, Default)]
pub struct Gateways {
    by_selector: Vec<(ObjectRef, LabelSelector)>,
    by_namespace: Vec<ObjectRef>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Bound {
    #[serde(deserialize_with = "nullable")]
    spec: BoundSpec,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct BoundSpec {
    #[serde(deserialize_with = "nullable")]
    selectors: Vec<CiliumSelector>,
    namespace_selector: Option<LabelSelector>,
    #[serde(rename = "egressIPs", deserialize_with = "nullable")]
    addresses: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    outbound_traffic_policy: Outbound,
    workload_selector: Option<serde_json::Value>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct CiliumSelector {
    namespace_selector: Option<LabelSelector>,
    pod_selector: Option<LabelSelector>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Outbound {
    #[serde(deserialize_with = "nullable")]
    mode: String,
}

impl Gateways {
    /// Reads CiliumEgressGatewayPolicy, EgressIP, EgressFirewall and Istio's Sidecar.
    #[must_use]
    pub fn of_cluster(snapshot: &Snapshot) -> Self {
        let mut all = Self::default();
        let parse = |object: &crate::snapshot::Object| object.parse::<Bound>().unwrap_or_default().spec;
        for object in snapshot.of("cilium.io", "CiliumEgressGatewayPolicy") {
            for selector in parse(object).selectors {
                // A policy that binds only some pods does not bind the namespace, unless it says so by label.
                let pods = selector.pod_selector.unwrap_or_default();
                let mut namespaces = selector.namespace_selector.unwrap_or_default();
                let (of_namespace, of_pods): (Vec<_>, Vec<_>) =
                    pods.match_labels.into_iter().partition(|(key, _)| key.ends_with("io.kubernetes.pod.namespace"));
                if !of_pods.is_empty() || !pods.match_expressions.is_empty() {
                    continue;
                }
                for (_, name) in of_namespace {
                    namespaces.match_labels.insert("kubernetes.io/metadata.name".into(), name);
                }
                all.by_selector.push((object.reference(), namespaces));
            }
        }
        for object in snapshot.of("k8s.ovn.org", "EgressIP") {
            let spec = parse(object);
            if let Some(selector) = spec.namespace_selector.filter(|_| !spec.addresses.is_empty()) {
                all.by_selector.push((object.reference(), selector));
            }
        }
        for (group, kind) in [("k8s.ovn.org", "EgressFirewall"), ("network.openshift.io", "EgressNetworkPolicy")] {
            all.by_namespace.extend(snapshot.of(group, kind).iter().map(crate::snapshot::Object::reference));
        }
        for object in snapshot.of("networking.istio.io", "Sidecar") {
            let spec = parse(object);
            if spec.outbound_traffic_policy.mode == "REGISTRY_ONLY" && spec.workload_selector.is_none() {
                all.by_namespace.push(object.reference());
            }
        }
        all
    }

    /// The gateways of one namespace.
    #[must_use]
    pub fn of(&self, namespace: &str, meta: &Meta) -> Vec<ObjectRef> {
        let label = |key: &str| match meta.labels.get(key) {
            Some(value) => Label::Is(value.as_str()),
            None if key == "kubernetes.io/metadata.name" => Label::Is(namespace),
            None => Label::Missing,
        };
        let selected = self.by_selector.iter().filter(|(_, selector)| selector.hit(&label) == Hit::Yes);
        let mut found: Vec<ObjectRef> = selected.map(|(reference, _)| reference.clone()).collect();
        found.extend(self.by_namespace.iter().filter(|reference| reference.namespace == namespace).cloned());
        if meta.annotations.keys().any(|key| key.starts_with("egress.projectcalico.org/")) {
            found.push(ObjectRef::new("", "Namespace", "", namespace));
        }
        found
    }
}
