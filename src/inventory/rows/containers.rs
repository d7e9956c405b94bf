//! Containers of workloads, init and ephemeral ones among them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    inventory::{Inventory, Row, Table},
    object::ObjectRef,
};

/// What policies see of a container.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ContainerRow {
    /// The workload it belongs to.
    pub r#ref: ObjectRef,
    /// Its name in the pod.
    pub name: String,
    /// `spec.containers[name=app]`, below the pod template.
    pub path: String,
    /// Image as written.
    pub image: String,
    /// Command and arguments, secret-looking values blanked.
    pub command: Vec<String>,
    /// `imagePullPolicy`, empty where not written.
    pub pull_policy: String,
    /// Runs to its end before the others start.
    pub init: bool,
}

/// The table.
pub const TABLE: Table =
    Table { name: "containers", about: "one container", build, schema: || schemars::schema_for!(ContainerRow) };

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for workload in &inventory.workloads.workloads {
        let lists = [
            ("containers", &workload.spec.containers),
            ("initContainers", &workload.spec.init_containers),
            ("ephemeralContainers", &workload.spec.ephemeral_containers),
        ];
        for (list, containers) in lists {
            for container in containers {
                let row = ContainerRow {
                    r#ref: workload.reference.clone(),
                    name: container.name.clone(),
                    path: format!("spec.{list}[name={}]", container.name),
                    image: container.image.clone(),
                    command: container.command.iter().chain(&container.args).cloned().collect(),
                    pull_policy: container.image_pull_policy.clone(),
                    // A native sidecar sits among the init containers and runs on.
                    init: list == "initContainers" && container.restart_policy != "Always",
                };
                rows.push(Row::new(&row.r#ref, &row));
            }
        }
    }
    rows
}
