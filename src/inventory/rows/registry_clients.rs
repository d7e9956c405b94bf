//! Whatever talks to registries, and where charts come from.

use crate::inventory::{
    Inventory, Row, Table,
    registry::clients::{self, Client},
};

/// The table.
pub const TABLE: Table = Table {
    name: "registry_clients",
    about: "one place that talks to a registry, or takes or serves charts",
    build,
    schema: || schemars::schema_for!(Client),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    clients::of(inventory).iter().map(|row| Row::new(&row.r#ref, row)).collect()
}
