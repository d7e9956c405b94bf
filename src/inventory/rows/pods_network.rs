//! Pods on the network: isolation, where their traffic may go, and what bypasses policies.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    facts::{
        isolation::{Flow, Isolation},
        netpol::Direction,
        selector::Hit,
    },
    inventory::{Inventory, Row, Table, network::Network, workload::Workload},
    object::ObjectRef,
    view::Map,
};

/// What policies see of the pods of a workload that the same policies select.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PodsNetworkRow {
    /// The workload; several rows where its pods differ.
    pub r#ref: ObjectRef,
    /// Labels of its pods, as the template has them.
    pub labels: Map,
    /// The pod template is among them: pods to come.
    pub template: bool,
    /// Live pods among them.
    pub pods: usize,
    /// Names of some of them.
    pub names: Vec<String>,
    /// Wants no copy, and has none.
    pub scaled_to_zero: bool,
    /// Ran once, as a Helm hook.
    pub helm_hook: bool,
    /// Uses the network of its node, which policies do not reach.
    pub host_network: bool,
    /// A process of a Windows host.
    pub host_process: bool,
    /// Made by the kubelet from a file on the node.
    pub is_static: bool,
    /// Ports of the node that its containers take, without its network.
    pub host_ports: Vec<HostPort>,
    /// Systems that it belongs to.
    pub extensions: Vec<String>,
    /// Whether anything enforces policies: `yes`, `no`, `unknown`.
    pub enforced: &'static str,
    /// Towards the pods.
    pub ingress: Isolation,
    /// Away from the pods.
    pub egress: Isolation,
    /// What happens to their outgoing connections; the first step that matches decides, and what
    /// none matches is allowed.
    pub egress_flows: Vec<Flow>,
    /// Further interfaces, which policies do not reach.
    pub secondary_networks: Vec<Secondary>,
}

/// A port of the node.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HostPort {
    /// The container.
    pub container: String,
    /// The port.
    pub port: i64,
    /// Its protocol.
    pub protocol: String,
}

/// An attachment to a further network.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Secondary {
    /// `namespace/name` of its NetworkAttachmentDefinition.
    pub name: String,
    /// Whether that object is there.
    pub exists: bool,
    /// A MultiNetworkPolicy in the pod's namespace names this network.
    pub has_policy: bool,
    /// It takes the default route.
    pub default_route: bool,
}

/// The table.
pub const TABLE: Table = Table {
    name: "pods_network",
    about: "the pods of one workload that the same network policies select",
    build,
    schema: || schemars::schema_for!(PodsNetworkRow),
};

/// By the policies that select, and how far.
type Answers = BTreeMap<Vec<(usize, u8)>, (Isolation, Isolation, Vec<Flow>)>;

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let network = inventory.network();
    let isolator = network.isolator();
    let mut systems: BTreeMap<&ObjectRef, Vec<String>> = BTreeMap::new();
    for extension in &inventory.extensions {
        for workload in &extension.workloads {
            systems.entry(workload).or_default().push(extension.id.clone());
        }
    }
    // Pods that the same policies select share their answers.
    let mut answers = Answers::new();
    let mut rows = Vec::with_capacity(network.groups.len());
    for group in &network.groups {
        let workload = &inventory.workloads.workloads[group.workload];
        let key = group.selecting.iter().map(|(index, hit)| (*index, rank(*hit))).collect();
        let (ingress, egress, flows) = answers.entry(key).or_insert_with(|| {
            (
                isolator.isolation(&group.selecting, Direction::Ingress),
                isolator.isolation(&group.selecting, Direction::Egress),
                isolator.flows(&group.selecting, Direction::Egress),
            )
        });
        let pods = &inventory.workloads.pods;
        let row = PodsNetworkRow {
            r#ref: workload.reference.clone(),
            labels: workload.pod_meta.labels.clone(),
            template: group.template,
            pods: group.pods.len(),
            names: group.pods.iter().take(5).map(|pod| pods[*pod].object.name.to_string()).collect(),
            scaled_to_zero: workload.scale.is_zero() && group.pods.is_empty(),
            helm_hook: workload.helm_hook,
            host_network: workload.spec.host_network,
            host_process: workload.spec.host_process(),
            is_static: workload.owner().is_some_and(|owner| owner.kind == "Node")
                || workload.meta.annotations.contains_key("kubernetes.io/config.mirror"),
            host_ports: host_ports(workload),
            extensions: systems.get(&workload.reference).cloned().unwrap_or_default(),
            enforced: network.enforcement.enforced,
            ingress: ingress.clone(),
            egress: egress.clone(),
            egress_flows: flows.clone(),
            secondary_networks: secondary(inventory, network, workload, &group.pods),
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}

fn rank(hit: Hit) -> u8 {
    match hit {
        Hit::Yes => 0,
        Hit::No => 1,
        Hit::Partly => 2,
        Hit::Opaque => 3,
    }
}

fn host_ports(workload: &Workload<'_>) -> Vec<HostPort> {
    if workload.spec.host_network {
        return Vec::new();
    }
    let ports = workload.containers().flat_map(|container| container.ports.iter().map(move |port| (container, port)));
    ports
        .filter(|(_, port)| port.host_port != 0)
        .map(|(container, port)| HostPort {
            container: container.name.clone(),
            port: port.host_port,
            protocol: if port.protocol.is_empty() { "TCP".into() } else { port.protocol.clone() },
        })
        .collect()
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Attachment {
    #[serde(deserialize_with = "crate::view::nullable")]
    name: String,
    #[serde(deserialize_with = "crate::view::nullable")]
    namespace: String,
    #[serde(rename = "default-route")]
    default_route: Option<serde_json::Value>,
}

/// `ns/name@interface, other`, or a JSON list of objects.
fn attachments(text: &str) -> Vec<Attachment> {
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(text).unwrap_or_default();
    }
    let plain = |entry: &str| {
        let name = entry.trim().split('@').next().unwrap_or_default();
        let (namespace, name) = name.split_once('/').unwrap_or(("", name));
        Attachment { name: name.into(), namespace: namespace.into(), default_route: None }
    };
    text.split(',').filter(|entry| !entry.trim().is_empty()).map(plain).collect()
}

fn secondary(
    inventory: &Inventory<'_>,
    network: &Network<'_>,
    workload: &Workload<'_>,
    pods: &[usize],
) -> Vec<Secondary> {
    let own = pods.iter().map(|pod| &inventory.workloads.pods[*pod].pod.metadata);
    let namespace = &*workload.object.namespace;
    let mut found = Vec::new();
    for meta in std::iter::once(&workload.pod_meta).chain(own) {
        let Some(text) = meta.annotations.get("k8s.v1.cni.cncf.io/networks") else { continue };
        for attachment in attachments(text) {
            let of = if attachment.namespace.is_empty() { namespace } else { &attachment.namespace };
            let name = format!("{of}/{}", attachment.name);
            found.push(Secondary {
                exists: inventory
                    .snapshot
                    .get("k8s.cni.cncf.io", "NetworkAttachmentDefinition", of, &attachment.name)
                    .is_some(),
                has_policy: network
                    .multi_policies
                    .iter()
                    .any(|(place, networks)| place == namespace && networks.contains(&name)),
                default_route: attachment.default_route.is_some(),
                name,
            });
        }
    }
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attachments_are_words_or_json() {
        let told = |text: &str| -> Vec<String> {
            attachments(text).iter().map(|a| format!("{}/{}", a.namespace, a.name)).collect()
        };
        assert_eq!(told("macvlan, infra/sriov@net1"), ["/macvlan", "infra/sriov"]);
        assert_eq!(told(r#"[{"name":"a","namespace":"b","default-route":["10.0.0.1"]}]"#), ["b/a"]);
        assert_eq!(told("[broken"), Vec::<String>::new());
    }
}
