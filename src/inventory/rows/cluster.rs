//! The cluster as a whole: one row.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    facts::{
        encryption::Mechanism,
        enforcement::{Enforcement, Plugin},
        isolation::{Flow, Target},
        netpol::{Direction, Engine, Rank},
        selector::Hit,
    },
    inventory::{
        Inventory, Row, Table,
        network::engines::{self, EngineHere},
    },
    object::ObjectRef,
};

/// What policies see of the cluster itself.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClusterRow {
    /// Kind `Cluster`, no name.
    pub r#ref: ObjectRef,
    /// Server version, such as `v1.37.2`; empty where the source does not say.
    pub version: String,
    /// Number of nodes read.
    pub nodes: usize,
    /// Number of namespaces read.
    pub namespaces: usize,
    /// Network plug-ins, and whether policies are enforced.
    pub network: ClusterNetwork,
}

/// The network of the cluster.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClusterNetwork {
    /// Network plug-ins that were found, leftovers among them.
    pub plugins: Vec<Plugin>,
    /// Whether policies are enforced, by what, and where not.
    #[serde(flatten)]
    pub enforcement: Enforcement,
    /// Why no workload shows the network; empty where one does or nothing is hidden.
    pub hidden: String,
    /// DaemonSets, by what they run: what rules may name as an enforcer.
    pub daemon_sets: Vec<DaemonSet>,
    /// Policies that were found.
    pub policies: usize,
    /// Schemes of the nodes' provider ids: `aws`, `gce`; none on bare metal.
    pub providers: Vec<String>,
    /// Encryption between nodes.
    pub encryption: Vec<Mechanism>,
    /// Running pods that no mesh proxy sits in, by namespace; none where no mesh runs.
    pub outside_mesh: BTreeMap<String, usize>,
    /// Policies of the platform, in the order in which they are asked.
    pub guardrails: Vec<GuardrailPolicy>,
    /// What else steers traffic at the level of connections or requests.
    pub engines: Vec<EngineHere>,
    /// Admission policies that guard network policies against deletion.
    pub protected_by: Vec<ObjectRef>,
}

/// A policy above those of the tenants.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GuardrailPolicy {
    /// The policy.
    pub policy: ObjectRef,
    /// Its tier.
    pub tier: String,
    /// It is asked before policies of tenants.
    pub before_tenants: bool,
    /// Namespaces of which it does not select every pod.
    pub misses: Vec<String>,
    /// It cannot be told whom it selects.
    pub opaque: bool,
    /// Its rules towards pods.
    pub ingress: Vec<Flow>,
    /// Its rules away from them.
    pub egress: Vec<Flow>,
}

/// A DaemonSet, as far as rules may name it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DaemonSet {
    /// `namespace/name`.
    pub name: String,
    /// Its containers, as `name image`.
    pub containers: Vec<String>,
    /// Copies wanted.
    pub desired: Option<i64>,
    /// Copies ready.
    pub ready: Option<i64>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "cluster",
    about: "the cluster as a whole, one row",
    build,
    schema: || schemars::schema_for!(ClusterRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let snapshot = inventory.snapshot;
    let row = ClusterRow {
        r#ref: ObjectRef::cluster(),
        version: snapshot.header.version.clone().unwrap_or_default(),
        nodes: snapshot.of("", "Node").len(),
        namespaces: snapshot.of("", "Namespace").len(),
        network: network(inventory),
    };
    vec![Row::new(&row.r#ref, &row)]
}

fn network(inventory: &Inventory<'_>) -> ClusterNetwork {
    let network = inventory.network();
    let sets = inventory.workloads.workloads.iter().filter(|w| w.reference.kind == "DaemonSet");
    let policies: BTreeSet<&ObjectRef> = network.policies.policies.iter().map(|policy| &policy.reference).collect();
    ClusterNetwork {
        plugins: network.plugins.clone(),
        enforcement: network.enforcement.clone(),
        hidden: network.hidden.clone().unwrap_or_default(),
        daemon_sets: sets
            .map(|set| DaemonSet {
                name: format!("{}/{}", set.reference.namespace, set.reference.name),
                containers: set.containers().map(|c| format!("{} {}", c.name, c.image)).collect(),
                desired: set.scale.desired,
                ready: set.scale.ready,
            })
            .collect(),
        policies: policies.len(),
        providers: network.providers.iter().cloned().collect(),
        encryption: network.encryption.clone(),
        outside_mesh: outside_mesh(inventory),
        guardrails: guardrails(inventory),
        engines: engines::of(inventory),
        protected_by: engines::protecting(inventory),
    }
}

/// Running pods without a sidecar, where a mesh runs.
fn outside_mesh(inventory: &Inventory<'_>) -> BTreeMap<String, usize> {
    let mut outside = BTreeMap::new();
    if !inventory.extensions.iter().any(|e| e.roles.iter().any(|role| role == "mesh") && !e.capabilities.is_empty()) {
        return outside;
    }
    for pod in inventory.workloads.pods.iter().filter(|pod| !pod.is_done() && !pod.pod.spec.host_network) {
        let spec = &pod.pod.spec;
        let proxies = ["istio-proxy", "linkerd-proxy"];
        let mut containers = spec.containers.iter().chain(&spec.init_containers);
        if !containers.any(|container| proxies.contains(&container.name.as_str())) {
            *outside.entry(pod.object.namespace.to_string()).or_default() += 1;
        }
    }
    outside
}

/// Cluster-wide policies that enforce, in their order.
fn guardrails(inventory: &Inventory<'_>) -> Vec<GuardrailPolicy> {
    let network = inventory.network();
    let isolator = network.isolator();
    let mut found = Vec::new();
    for policy in &network.policies.policies {
        let own = policy.engine == Engine::Kubernetes || !policy.reference.namespace.is_empty();
        if own || policy.staged || network.settings.dead.contains(&policy.engine) {
            continue;
        }
        let hits = network.namespaces.iter().map(|(namespace, labels)| {
            let target = Target { namespace, namespace_labels: labels, labels: None, service_account: "" };
            (*namespace, policy.subject.iter().fold(Hit::No, |hit, scope| hit.or(target.hit(scope))))
        });
        let hits: Vec<(&str, Hit)> = hits.collect();
        let flows = |direction| {
            let rules = policy.section(direction).into_iter().flat_map(|section| &section.rules);
            rules.map(|rule| isolator.flow(rule, policy)).collect()
        };
        found.push(GuardrailPolicy {
            policy: policy.reference.clone(),
            tier: policy.tier.name.clone(),
            before_tenants: policy.tier.rank < Rank(2, 0.0)
                || (policy.tier.rank == Rank(2, 0.0) && policy.order < 1000.0),
            misses: hits
                .iter()
                .filter(|(_, hit)| *hit != Hit::Yes)
                .map(|(namespace, _)| (*namespace).to_owned())
                .collect(),
            opaque: hits.iter().any(|(_, hit)| *hit == Hit::Opaque),
            ingress: flows(Direction::Ingress),
            egress: flows(Direction::Egress),
        });
    }
    found
}
