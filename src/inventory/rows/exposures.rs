//! Services that open the cluster to what lies outside, beside ingress and policies.

use std::collections::{BTreeMap, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    inventory::{Inventory, Row, Table},
    object::ObjectRef,
    view::{Map, Meta, nullable},
};

/// What policies see of a Service that may be reached from outside.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExposureRow {
    /// The Service.
    pub r#ref: ObjectRef,
    /// Its labels.
    pub labels: Map,
    /// `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`.
    pub r#type: String,
    /// Addresses that it claims for itself.
    pub external_ips: Vec<String>,
    /// Who may come, of a load balancer; from the spec or a provider's annotation.
    pub source_ranges: Vec<String>,
    /// Class of the load balancer.
    pub class: String,
    /// A provider's annotation keeps the load balancer inside.
    pub internal: bool,
    /// By which annotation.
    pub internal_by: String,
    /// `Cluster` hides the client's address from policies.
    pub external_traffic_policy: String,
    /// Its ports, as `80/TCP`.
    pub ports: Vec<String>,
    /// Ports opened on every node.
    pub node_ports: Vec<i64>,
    /// Gateway that it belongs to; empty where none.
    pub gateway: String,
    /// Systems that its pods belong to.
    pub fronts: Vec<String>,
    /// Systems among them that are ingress or gateway controllers.
    pub fronts_ingress: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Service {
    #[serde(deserialize_with = "nullable")]
    metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    spec: Spec,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    #[serde(rename = "type", deserialize_with = "nullable")]
    kind: String,
    #[serde(deserialize_with = "nullable")]
    selector: Map,
    #[serde(rename = "externalIPs", deserialize_with = "nullable")]
    external_ips: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    load_balancer_source_ranges: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    load_balancer_class: String,
    #[serde(deserialize_with = "nullable")]
    external_traffic_policy: String,
    #[serde(deserialize_with = "nullable")]
    ports: Vec<Port>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Port {
    port: i64,
    #[serde(deserialize_with = "nullable")]
    node_port: i64,
    #[serde(deserialize_with = "nullable")]
    protocol: String,
}

/// Annotations that keep a load balancer inside, and the values that do; none means any but `false`.
const INTERNAL: [(&str, &[&str]); 9] = [
    ("service.beta.kubernetes.io/aws-load-balancer-internal", &[]),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", &["internal"]),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", &[]),
    ("networking.gke.io/load-balancer-type", &["Internal"]),
    ("cloud.google.com/load-balancer-type", &["Internal"]),
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", &[]),
    ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", &["intranet"]),
    ("service.kubernetes.io/qcloud-loadbalancer-internal-subnetid", &[]),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", &[]),
];

/// Annotations that hold source ranges.
const RANGES: [&str; 3] = [
    "service.beta.kubernetes.io/load-balancer-source-ranges",
    "service.beta.kubernetes.io/azure-allowed-ip-ranges",
    "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-acl-ranges",
];

/// The table.
pub const TABLE: Table = Table {
    name: "exposures",
    about: "one Service that may be reached from outside the cluster",
    build,
    schema: || schemars::schema_for!(ExposureRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let systems = Systems::of(inventory);
    let mut rows = Vec::new();
    for object in inventory.snapshot.of("", "Service") {
        let Service { metadata, spec } = object.parse().unwrap_or_default();
        let outside = matches!(spec.kind.as_str(), "NodePort" | "LoadBalancer") || !spec.external_ips.is_empty();
        if !outside {
            continue;
        }
        let internal = internal(&metadata.annotations);
        let mut source_ranges = spec.load_balancer_source_ranges;
        for text in RANGES.iter().filter_map(|key| metadata.annotations.get(*key)) {
            source_ranges
                .extend(text.split(',').map(|range| range.trim().to_owned()).filter(|range| !range.is_empty()));
        }
        let (fronts, fronts_ingress) = systems.behind(inventory, &object.namespace, &spec.selector);
        let port = |port: &Port| {
            format!("{}/{}", port.port, if port.protocol.is_empty() { "TCP" } else { port.protocol.as_str() })
        };
        let row = ExposureRow {
            r#ref: object.reference(),
            gateway: metadata.labels.get("gateway.networking.k8s.io/gateway-name").cloned().unwrap_or_default(),
            labels: metadata.labels,
            r#type: if spec.kind.is_empty() { "ClusterIP".into() } else { spec.kind },
            external_ips: spec.external_ips,
            source_ranges,
            class: spec.load_balancer_class,
            internal: internal.is_some(),
            internal_by: internal.unwrap_or_default(),
            external_traffic_policy: spec.external_traffic_policy,
            ports: spec.ports.iter().map(port).collect(),
            node_ports: spec.ports.iter().map(|port| port.node_port).filter(|port| *port != 0).collect(),
            fronts,
            fronts_ingress,
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}

fn internal(annotations: &Map) -> Option<String> {
    INTERNAL.iter().find_map(|(key, values)| {
        let value = annotations.get(*key)?;
        let holds = if values.is_empty() { value != "false" } else { values.contains(&value.as_str()) };
        holds.then(|| format!("{key}: {value}"))
    })
}

/// Workloads by namespace and label, and the systems that they belong to.
struct Systems<'i> {
    by_label: HashMap<(&'i str, &'i str, &'i str), Vec<usize>>,
    of_workload: BTreeMap<&'i ObjectRef, Vec<(&'i str, bool)>>,
}

impl<'i> Systems<'i> {
    fn of(inventory: &'i Inventory<'_>) -> Self {
        let mut by_label: HashMap<(&str, &str, &str), Vec<usize>> = HashMap::new();
        for (index, workload) in inventory.workloads.workloads.iter().enumerate() {
            for (key, value) in &workload.pod_meta.labels {
                by_label.entry((&workload.object.namespace, key, value)).or_default().push(index);
            }
        }
        let mut of_workload: BTreeMap<&ObjectRef, Vec<(&str, bool)>> = BTreeMap::new();
        for extension in &inventory.extensions {
            for workload in &extension.workloads {
                of_workload.entry(workload).or_default().push((&extension.id, extension.aspect == "ingress"));
            }
        }
        Self { by_label, of_workload }
    }

    fn behind(&self, inventory: &Inventory<'_>, namespace: &str, selector: &Map) -> (Vec<String>, Vec<String>) {
        let Some((key, value)) = selector.iter().next() else { return (Vec::new(), Vec::new()) };
        let candidates = self.by_label.get(&(namespace, key.as_str(), value.as_str()));
        let mut all = std::collections::BTreeSet::new();
        for index in candidates.into_iter().flatten() {
            let workload = &inventory.workloads.workloads[*index];
            if selector.iter().all(|(key, value)| workload.pod_meta.labels.get(key) == Some(value)) {
                all.extend(self.of_workload.get(&workload.reference).into_iter().flatten().copied());
            }
        }
        let ids = |ingress_only: bool| {
            all.iter().filter(|(_, is)| *is || !ingress_only).map(|(id, _)| (*id).to_owned()).collect()
        };
        (ids(false), ids(true))
    }
}
