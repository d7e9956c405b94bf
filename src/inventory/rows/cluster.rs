//! The cluster as a whole: one row.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
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
    };
    vec![Row::new(&row.r#ref, &row)]
}
