//! Workloads that serve routes.

use crate::inventory::{
    Inventory, Row, Table,
    ingress::{controllers::Controller, world::World},
};

/// The table.
pub const TABLE: Table = Table {
    name: "ingress_controllers",
    about: "one workload that serves routes",
    build,
    schema: || schemars::schema_for!(Controller),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    World::of(inventory).controllers.iter().map(|controller| Row::new(&controller.r#ref, controller)).collect()
}
