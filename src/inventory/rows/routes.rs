//! Everything that publishes hosts: Ingresses, gateways, routes of every family, grants between
//! them, Services that stand outside by themselves, and the controllers.

use crate::inventory::{
    Inventory, Row, Table,
    ingress::{model::Route, routes},
};

/// The table.
pub const TABLE: Table = Table {
    name: "routes",
    about: "one object that publishes hosts, or rules who may",
    build,
    schema: || schemars::schema_for!(Route),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    routes::of(inventory).iter().map(|route| Row::new(&route.r#ref, route)).collect()
}
