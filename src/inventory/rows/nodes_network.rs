//! Nodes on the network: the agents of the plug-ins that should be there, and are or are not.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::nodes::Taint;
use crate::{
    facts::{
        enforcement::{NO, UNKNOWN, Word, YES},
        scheduling::{self, obstacle},
    },
    inventory::{Inventory, Row, Table, workload::Workload},
    object::ObjectRef,
    view::{Condition, Map, Meta, nullable},
};

/// What policies see of a node on the network.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NodeNetworkRow {
    /// The node.
    pub r#ref: ObjectRef,
    /// Its labels.
    pub labels: Map,
    /// When it was made; empty where that is not known.
    pub created: String,
    /// Its Ready condition: `yes`, `no`, `unknown`.
    pub ready: Word,
    /// Its NetworkUnavailable condition: `yes`, `no`, `unknown`.
    pub network_unavailable: Word,
    /// Agents that should run on it, one a plug-in.
    pub agents: Vec<AgentOn>,
    /// Why no workload shows the network; empty where one does.
    pub hidden: String,
}

/// An agent that should run on a node.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AgentOn {
    /// The plug-in.
    pub plugin: String,
    /// Whether it is ready there: `yes`, `no`, `unknown`.
    pub ready: Word,
    /// Why not, as far as that can be told.
    pub reason: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Node {
    #[serde(deserialize_with = "nullable")]
    metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    spec: Spec,
    #[serde(deserialize_with = "nullable")]
    status: Status,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Spec {
    #[serde(deserialize_with = "nullable")]
    taints: Vec<Taint>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Status {
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
}

impl Node {
    fn condition(&self, kind: &str) -> Word {
        match self.status.conditions.iter().find(|c| c.kind == kind).map(|c| c.status.as_str()) {
            Some("True") => YES,
            Some("False") => NO,
            _ => UNKNOWN,
        }
    }
}

/// The agents of one plug-in.
struct Agents<'i, 's> {
    plugin: &'i str,
    /// What it means that a node is not among the ready ones.
    missing: Word,
    sets: Vec<&'i Workload<'s>>,
    ready: BTreeSet<&'i str>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "nodes_network",
    about: "one node, and the network agents that should run on it",
    build,
    schema: || schemars::schema_for!(NodeNetworkRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let network = inventory.network();
    let agents: Vec<Agents<'_, '_>> = network
        .plugins
        .iter()
        .filter(|plugin| plugin.live && (plugin.overlay == YES || plugin.enforces == YES) && plugin.has_agents)
        .map(|plugin| Agents {
            plugin: &plugin.id,
            missing: if plugin.ready.is_some() { NO } else { UNKNOWN },
            sets: sets(inventory, &plugin.id),
            ready: plugin.nodes_ready.iter().map(String::as_str).collect(),
        })
        .collect();
    let mut rows = Vec::new();
    for object in inventory.snapshot.of("", "Node") {
        let node: Node = object.parse().unwrap_or_default();
        let agent = |agents: &Agents<'_, '_>| {
            let here = agents.ready.contains(&*object.name);
            let reason = if here { String::new() } else { reason(inventory, &object.name, &node, &agents.sets) };
            AgentOn { plugin: agents.plugin.to_owned(), ready: if here { YES } else { agents.missing }, reason }
        };
        let row = NodeNetworkRow {
            r#ref: object.reference(),
            created: node.metadata.creation_timestamp.clone().unwrap_or_default(),
            ready: node.condition("Ready"),
            network_unavailable: node.condition("NetworkUnavailable"),
            agents: agents.iter().map(agent).collect(),
            labels: node.metadata.labels,
            hidden: network.hidden.clone().unwrap_or_default(),
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}

fn sets<'i, 's>(inventory: &'i Inventory<'s>, id: &str) -> Vec<&'i Workload<'s>> {
    let Some(extension) = inventory.extensions.iter().find(|extension| extension.id == id) else { return Vec::new() };
    let named = |workload: &&Workload<'_>| {
        workload.reference.kind == "DaemonSet" && extension.workloads.contains(&workload.reference)
    };
    inventory.workloads.workloads.iter().filter(named).collect()
}

/// Why none of a plug-in's DaemonSets has a ready pod on a node.
fn reason(inventory: &Inventory<'_>, name: &str, node: &Node, sets: &[&Workload<'_>]) -> String {
    let mut pods = sets.iter().flat_map(|set| inventory.workloads.pods_of(set));
    if let Some(pod) = pods.find(|pod| pod.pod.spec.node_name == name) {
        return format!("{} is not ready", pod.object.name);
    }
    let taints: Vec<scheduling::Taint<'_>> = node
        .spec
        .taints
        .iter()
        .map(|taint| scheduling::Taint { key: &taint.key, value: &taint.value, effect: &taint.effect })
        .collect();
    let why = |set: &&Workload<'_>| {
        let found = obstacle(&set.spec.node_selector, &set.spec.tolerations, &node.metadata.labels, &taints)?;
        Some(format!("DaemonSet {} is not scheduled there: {found}", set.reference.name))
    };
    // A DaemonSet for another operating system explains nothing where one for this one does.
    let reasons: Vec<String> = sets.iter().filter_map(why).collect();
    let about_taints = reasons.iter().find(|reason| reason.contains("toleration"));
    about_taints.or(reasons.first()).cloned().unwrap_or_else(|| "it has no pod there".into())
}
