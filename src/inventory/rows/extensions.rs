//! Detected systems: the row is the [`Extension`] itself.

use crate::inventory::{Inventory, Row, Table, detect::Extension};

/// The table.
pub const TABLE: Table =
    Table { name: "extensions", about: "one detected system", build, schema: || schemars::schema_for!(Extension) };

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    inventory.extensions.iter().map(|extension| Row::new(&extension.r#ref, extension)).collect()
}
