//! Workloads at controller level.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    inventory::{Inventory, Row, Table},
    object::ObjectRef,
    view::Map,
};

/// What policies see of a workload.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WorkloadRow {
    /// The controller, or the pod that has none.
    pub r#ref: ObjectRef,
    /// Labels of the controller.
    pub labels: Map,
    /// Labels of its pods.
    pub pod_labels: Map,
    /// Copies wanted; none where nothing says (a DaemonSet without status).
    pub desired: Option<i64>,
    /// Copies ready; none without a status.
    pub ready: Option<i64>,
    /// Pods of it that were read.
    pub pods: usize,
    /// ServiceAccount of its pods.
    pub service_account: String,
    /// Uses the node's network.
    pub host_network: bool,
    /// Uses the node's process ids.
    pub host_pid: bool,
    /// Uses the node's IPC.
    pub host_ipc: bool,
    /// A Helm hook: it ran once, it is not what is installed.
    pub helm_hook: bool,
}

/// The table.
pub const TABLE: Table =
    Table { name: "workloads", about: "one workload", build, schema: || schemars::schema_for!(WorkloadRow) };

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let row = |workload: &crate::inventory::workload::Workload<'_>| {
        let row = WorkloadRow {
            r#ref: workload.reference.clone(),
            labels: workload.meta.labels.clone(),
            pod_labels: workload.pod_meta.labels.clone(),
            desired: workload.scale.desired,
            ready: workload.scale.ready,
            pods: workload.pods.len(),
            service_account: workload.spec.service_account_name.clone(),
            host_network: workload.spec.host_network,
            host_pid: workload.spec.host_pid,
            host_ipc: workload.spec.host_ipc,
            helm_hook: workload.helm_hook,
        };
        Row::new(&row.r#ref, &row)
    };
    inventory.workloads.workloads.iter().map(row).collect()
}
