//! What restricts the registries that images may come from when pods are admitted: one row a policy
//! of any of the systems that do.

use crate::inventory::{
    Inventory, Row, Table,
    registry::restrictions::{self, Restriction},
};

/// The table.
pub const TABLE: Table = Table {
    name: "image_restrictions",
    about: "one admission policy that restricts the registries of images",
    build,
    schema: || schemars::schema_for!(Restriction),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    restrictions::of(inventory).iter().map(|row| Row::new(&row.r#ref, row)).collect()
}
