//! Nodes: readiness, taints, and the CSI drivers registered on them.

use std::collections::BTreeMap;

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
    /// The same drivers, with how many volumes fit and how many are attached.
    pub csi: Vec<NodeDriver>,
    /// Seconds since the node was made.
    pub seconds: Option<i64>,
    /// Version of its kubelet.
    pub kubelet_version: String,
}

/// One CSI driver on a node.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NodeDriver {
    /// Driver.
    pub name: String,
    /// Volumes that fit; none where the driver does not say.
    pub allocatable: Option<i64>,
    /// Volumes attached.
    pub attached: i64,
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
    drivers: Vec<CsiDriver>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CsiDriver {
    name: String,
    #[serde(deserialize_with = "nullable")]
    allocatable: Allocatable,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Allocatable {
    count: Option<i64>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Attachment {
    spec: AttachmentSpec,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct AttachmentSpec {
    attacher: String,
    node_name: String,
}

/// The table.
pub const TABLE: Table = Table { name: "nodes", about: "one node", build, schema: || schemars::schema_for!(NodeRow) };

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut attached: BTreeMap<(String, String), i64> = BTreeMap::new();
    for object in inventory.snapshot.of("storage.k8s.io", "VolumeAttachment") {
        let spec = object.parse::<Attachment>().unwrap_or_default().spec;
        *attached.entry((spec.node_name, spec.attacher)).or_default() += 1;
    }
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
            csi_drivers: drivers.iter().map(|driver| driver.name.clone()).collect(),
            csi: drivers
                .into_iter()
                .map(|driver| NodeDriver {
                    attached: attached.get(&(object.name.to_string(), driver.name.clone())).copied().unwrap_or(0),
                    allocatable: driver.allocatable.count,
                    name: driver.name,
                })
                .collect(),
            seconds: crate::inventory::storage::age(inventory.snapshot, node.metadata.creation_timestamp.as_deref()),
            kubelet_version: node.status.unwrap_or_default().node_info.kubelet_version,
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}
