//! Nodes: readiness, taints, and the CSI drivers registered on them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    inventory::{Inventory, Row, Table},
    object::ObjectRef,
    view::{Condition, Map, Meta, nullable},
};

/// What policies see of a node.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NodeRow {
    /// The node.
    pub r#ref: ObjectRef,
    /// Its labels.
    pub labels: Map,
    /// Its taints, as `key=value:Effect`.
    pub taints: Vec<Taint>,
    /// The Ready condition; `unknown` without a status.
    pub ready: &'static str,
    /// Whether a CSINode object exists for it.
    pub csi_node: bool,
    /// CSI drivers registered on it.
    pub csi_drivers: Vec<String>,
    /// Version of its kubelet.
    pub kubelet_version: String,
}

/// One taint of a node.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Taint {
    /// Key.
    pub key: String,
    /// Value, often empty.
    #[serde(deserialize_with = "nullable")]
    pub value: String,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub effect: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Node {
    metadata: Meta,
    spec: NodeSpec,
    status: Option<NodeStatus>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct NodeSpec {
    #[serde(deserialize_with = "nullable")]
    taints: Vec<Taint>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct NodeStatus {
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
    #[serde(deserialize_with = "nullable")]
    node_info: NodeInfo,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct NodeInfo {
    kubelet_version: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CsiNode {
    spec: CsiNodeSpec,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CsiNodeSpec {
    #[serde(deserialize_with = "nullable")]
    drivers: Vec<crate::view::Named>,
}

/// The table.
pub const TABLE: Table = Table { name: "nodes", about: "one node", build, schema: || schemars::schema_for!(NodeRow) };

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for object in inventory.snapshot.of("", "Node") {
        let node: Node = object.parse().unwrap_or_default();
        let csi = inventory.snapshot.get("storage.k8s.io", "CSINode", "", &object.name);
        let drivers = csi.and_then(|csi| csi.parse::<CsiNode>().ok()).unwrap_or_default().spec.drivers;
        let ready = node.status.as_ref().and_then(|s| s.conditions.iter().find(|c| c.kind == "Ready"));
        let row = NodeRow {
            r#ref: object.reference(),
            labels: node.metadata.labels,
            taints: node.spec.taints,
            ready: ready.map_or("unknown", |condition| if condition.status == "True" { "yes" } else { "no" }),
            csi_node: csi.is_some(),
            csi_drivers: drivers.into_iter().map(|driver| driver.name).collect(),
            kubelet_version: node.status.unwrap_or_default().node_info.kubelet_version,
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}
