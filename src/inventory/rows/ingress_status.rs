//! What controllers wrote back about routes, gateways and certificates.

use crate::inventory::{
    Inventory, Row, Table,
    ingress::status::{self, StatusRow},
};

/// The table.
pub const TABLE: Table = Table {
    name: "ingress_status",
    about: "one route, gateway, certificate or issuer that a controller writes back to",
    build,
    schema: || schemars::schema_for!(StatusRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    status::of(inventory).iter().map(|row| Row::new(&row.r#ref, row)).collect()
}
