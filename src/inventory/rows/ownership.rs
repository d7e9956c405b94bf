//! How the workloads of every detected system are managed.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    inventory::{
        Inventory, Row, Table,
        detect::{Extension, State},
        ownership::Ownership,
    },
    object::ObjectRef,
};

/// What policies see of a system's management.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OwnershipRow {
    /// Kind `Extension`, the id as its name.
    pub r#ref: ObjectRef,
    /// Id of the catalogue.
    pub id: String,
    /// Aspect of the report.
    pub aspect: String,
    /// How the system is there.
    pub state: State,
    /// The level of its least managed workload; null where that of one is not known.
    pub level: Option<u8>,
    /// The best level that is not ruled out.
    pub may_be: u8,
    /// Its workloads, in their order.
    pub workloads: Vec<Ownership>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "ownership",
    about: "who manages one detected system",
    build,
    schema: || schemars::schema_for!(OwnershipRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    inventory
        .extensions
        .iter()
        .map(|extension| (extension, controllers(extension)))
        .filter(|(_, references)| !references.is_empty())
        .map(|(extension, references)| {
            let workloads: Vec<Ownership> = references.iter().map(|of| inventory.ownership(of)).collect();
            let level = workloads.iter().map(|w| w.level).collect::<Option<Vec<u8>>>();
            let row = OwnershipRow {
                r#ref: ObjectRef::new("", "Extension", "", &extension.id),
                id: extension.id.clone(),
                aspect: extension.aspect.clone(),
                state: extension.state,
                level: level.and_then(|levels| levels.into_iter().min()),
                may_be: workloads.iter().map(|w| w.may_be).min().unwrap_or(0),
                workloads,
            };
            Row::new(&row.r#ref, &row)
        })
        .collect()
}

/// The controllers of a system; its pods follow them.
fn controllers(extension: &Extension) -> Vec<ObjectRef> {
    let mut references: Vec<ObjectRef> = extension.instances.iter().flat_map(|i| i.workloads.clone()).collect();
    references.sort();
    references.dedup();
    references
}
