//! The cluster as a whole: one row.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    facts::enforcement::{Enforcement, Plugin},
    inventory::{Inventory, Row, Table},
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
    /// Policies by engine that were found.
    pub policies: usize,
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
    }
}
