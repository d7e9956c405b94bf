//! Who was given which addresses for pods and services, what overlaps, and how full it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    facts::cidr::Set,
    inventory::{Inventory, Row, Table},
    object::ObjectRef,
    view::nullable,
};

/// What policies see of an assignment of addresses.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AddressRow {
    /// A Node, an IPPool, a CiliumNode or a ServiceCIDR.
    pub r#ref: ObjectRef,
    /// `pods` or `services`.
    pub purpose: &'static str,
    /// Its CIDRs.
    pub cidrs: Vec<String>,
    /// Assignments that hold some of the same addresses.
    pub overlaps: Vec<Overlap>,
    /// Addresses of nodes that lie in it.
    pub node_addresses: Vec<String>,
    /// Addresses in use, where they can be counted.
    pub used: Option<u64>,
    /// Addresses there are.
    pub size: u64,
}

/// Another assignment of the same addresses.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Overlap {
    /// Whose it is.
    pub with: ObjectRef,
    /// Its CIDRs.
    pub cidrs: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct View {
    #[serde(deserialize_with = "nullable")]
    spec: Spec,
    #[serde(deserialize_with = "nullable")]
    status: Status,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Spec {
    #[serde(rename = "podCIDR", deserialize_with = "nullable")]
    pod_cidr: String,
    #[serde(rename = "podCIDRs", deserialize_with = "nullable")]
    pod_cidrs: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    cidr: String,
    #[serde(deserialize_with = "nullable")]
    cidrs: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    disabled: bool,
    #[serde(deserialize_with = "nullable")]
    ipam: Ipam,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Ipam {
    #[serde(rename = "podCIDRs", deserialize_with = "nullable")]
    pod_cidrs: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Status {
    #[serde(deserialize_with = "nullable")]
    addresses: Vec<Address>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Address {
    #[serde(rename = "type", deserialize_with = "nullable")]
    kind: String,
    #[serde(deserialize_with = "nullable")]
    address: String,
}

/// The table.
pub const TABLE: Table = Table {
    name: "address_plan",
    about: "one assignment of addresses to pods or services",
    build,
    schema: || schemars::schema_for!(AddressRow),
};

struct Assigned {
    reference: ObjectRef,
    purpose: &'static str,
    set: Set,
}

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let snapshot = inventory.snapshot;
    let runs = |ids: &[&str]| inventory.network().plugins.iter().any(|p| p.live && ids.contains(&p.id.as_str()));
    let mut all: Vec<Assigned> = Vec::new();
    let mut add = |group: &str, kind: &str, purpose: &'static str, pick: &dyn Fn(Spec) -> Vec<String>| {
        for object in snapshot.of(group, kind) {
            let cidrs = pick(object.parse::<View>().unwrap_or_default().spec);
            let set = Set::of(cidrs.iter().map(String::as_str)).0;
            if !set.is_empty() {
                all.push(Assigned { reference: object.reference(), purpose, set });
            }
        }
    };
    let pool = |spec: Spec| if spec.disabled { Vec::new() } else { vec![spec.cidr] };
    // Which object assigns addresses depends on whose IPAM it is; those of the VPC are not in here.
    let calico = snapshot.of("projectcalico.org", "IPPool").is_empty();
    add(if calico { "crd.projectcalico.org" } else { "projectcalico.org" }, "IPPool", "pods", &pool);
    let cilium_nodes = !snapshot.of("cilium.io", "CiliumNode").is_empty() && runs(&["cilium"]);
    if cilium_nodes {
        add("cilium.io", "CiliumNode", "pods", &|spec| spec.ipam.pod_cidrs);
    }
    if !cilium_nodes && !runs(&["calico", "aws-vpc-cni", "azure-cni"]) {
        add("", "Node", "pods", &|spec| if spec.pod_cidrs.is_empty() { vec![spec.pod_cidr] } else { spec.pod_cidrs });
    }
    add("networking.k8s.io", "ServiceCIDR", "services", &|spec| spec.cidrs);
    all.sort_by(|a, b| a.reference.cmp(&b.reference));
    let overlaps = overlaps(&all);
    let nodes = node_addresses(inventory);
    let pods = pod_addresses(inventory);
    let services = service_addresses(inventory);
    let rows = all.iter().zip(overlaps).map(|(one, overlapping)| {
        let within = |list: &[std::net::IpAddr]| list.iter().filter(|ip| one.set.contains(**ip)).count() as u64;
        let row = AddressRow {
            r#ref: one.reference.clone(),
            purpose: one.purpose,
            cidrs: one.set.cidrs(),
            overlaps: overlapping
                .iter()
                .map(|other| Overlap { with: all[*other].reference.clone(), cidrs: all[*other].set.cidrs() })
                .collect(),
            node_addresses: nodes.iter().filter(|ip| one.set.contains(**ip)).take(5).map(ToString::to_string).collect(),
            used: Some(match (one.purpose, one.reference.kind.as_str()) {
                ("services", _) => within(&services),
                (_, "Node" | "CiliumNode") => pods.by_node.get(&one.reference.name).copied().unwrap_or(0),
                _ => within(&pods.all),
            }),
            size: u64::try_from(one.set.size()).unwrap_or(u64::MAX),
        };
        Row::new(&row.r#ref, &row)
    });
    rows.collect()
}

/// Which assignments meet which, by sweeping over them in the order of their first addresses.
fn overlaps(all: &[Assigned]) -> Vec<Vec<usize>> {
    let mut found = vec![Vec::new(); all.len()];
    let mut spans: Vec<((bool, u128, u128), usize)> =
        all.iter().enumerate().flat_map(|(index, one)| one.set.spans().map(move |span| (span, index))).collect();
    spans.sort_unstable();
    let mut open: Vec<((bool, u128, u128), usize)> = Vec::new();
    for (span, index) in spans {
        open.retain(|(other, _)| other.0 == span.0 && other.2 >= span.1);
        for (_, other) in open.iter().filter(|(_, other)| *other != index).take(16) {
            found[index].push(*other);
            found[*other].push(index);
        }
        open.push((span, index));
    }
    for list in &mut found {
        list.sort_unstable();
        list.dedup();
        list.truncate(16);
    }
    found
}

fn node_addresses(inventory: &Inventory<'_>) -> Vec<std::net::IpAddr> {
    let nodes = inventory.snapshot.of("", "Node").iter();
    let addresses = nodes.flat_map(|node| node.parse::<View>().unwrap_or_default().status.addresses);
    addresses.filter(|a| a.kind == "InternalIP").filter_map(|a| a.address.parse().ok()).collect()
}

struct PodAddresses {
    all: Vec<std::net::IpAddr>,
    by_node: std::collections::BTreeMap<String, u64>,
}

fn pod_addresses(inventory: &Inventory<'_>) -> PodAddresses {
    let mut found = PodAddresses { all: Vec::new(), by_node: std::collections::BTreeMap::new() };
    let own = inventory.workloads.pods.iter().filter(|pod| !pod.is_done() && !pod.pod.spec.host_network);
    for pod in own {
        let Some(ip) = pod.pod.status.as_ref().and_then(|status| status.pod_ip.parse().ok()) else { continue };
        found.all.push(ip);
        *found.by_node.entry(pod.pod.spec.node_name.clone()).or_default() += 1;
    }
    found
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Service {
    #[serde(deserialize_with = "nullable")]
    spec: ServiceSpec,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ServiceSpec {
    #[serde(rename = "clusterIPs", deserialize_with = "nullable")]
    cluster_ips: Vec<String>,
}

fn service_addresses(inventory: &Inventory<'_>) -> Vec<std::net::IpAddr> {
    let services = inventory.snapshot.of("", "Service").iter();
    let ips = services.flat_map(|service| service.parse::<Service>().unwrap_or_default().spec.cluster_ips);
    ips.filter_map(|ip| ip.parse().ok()).collect()
}
