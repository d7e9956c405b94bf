//! Where the TLS versions and ciphers of published hosts are decided.

use crate::inventory::{
    Inventory, Row, Table,
    ingress::tls_settings::{self, TlsSetting},
};

/// The table.
pub const TABLE: Table = Table {
    name: "tls_settings",
    about: "one place where TLS versions are decided: a controller, or an object that overrides it",
    build,
    schema: || schemars::schema_for!(TlsSetting),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    tls_settings::of(inventory).iter().map(|setting| Row::new(&setting.r#ref, setting)).collect()
}
