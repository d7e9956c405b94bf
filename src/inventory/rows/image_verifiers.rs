//! What verifies signatures when pods are admitted: one row a policy of any of the systems that do.

use crate::inventory::{
    Inventory, Row, Table,
    registry::verifiers::{self, Verifier},
};

/// The table.
pub const TABLE: Table = Table {
    name: "image_verifiers",
    about: "one admission policy that verifies signatures of images",
    build,
    schema: || schemars::schema_for!(Verifier),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    verifiers::of(inventory).iter().map(|row| Row::new(&row.r#ref, row)).collect()
}
