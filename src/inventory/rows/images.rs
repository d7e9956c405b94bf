//! Images in use: one row a workload and reference.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    inventory::{Inventory, Row, Table},
    object::ObjectRef,
};

/// What policies see of an image in use.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImageRow {
    /// The workload that runs it.
    pub r#ref: ObjectRef,
    /// Where it is named, below the pod template.
    pub path: String,
    /// The reference as written.
    pub image: String,
}

/// The table.
pub const TABLE: Table = Table {
    name: "images",
    about: "one image in use by a workload",
    build,
    schema: || schemars::schema_for!(ImageRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for workload in &inventory.workloads.workloads {
        let mut seen = BTreeSet::new();
        let containers = workload.containers().map(|c| (format!("spec.containers[name={}].image", c.name), &c.image));
        let volumes = workload
            .spec
            .volumes
            .iter()
            .filter_map(|v| Some((format!("spec.volumes[name={}].image", v.name), &v.image.as_ref()?.reference)));
        for (path, image) in containers.chain(volumes) {
            if image.is_empty() || !seen.insert(image) {
                continue;
            }
            let row = ImageRow { r#ref: workload.reference.clone(), path, image: image.clone() };
            rows.push(Row::new(&row.r#ref, &row));
        }
    }
    rows
}
