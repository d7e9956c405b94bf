//! IngressClasses and GatewayClasses, with the controllers that claim them.

use crate::inventory::{
    Inventory, Row, Table,
    ingress::{classes::Class, world::World},
};

/// The table.
pub const TABLE: Table = Table {
    name: "ingress_classes",
    about: "one IngressClass or GatewayClass, with the controllers that claim it",
    build,
    schema: || schemars::schema_for!(Class),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    World::of(inventory).classes.iter().map(|class| Row::new(&class.r#ref, class)).collect()
}
