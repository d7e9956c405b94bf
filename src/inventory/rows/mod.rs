//! The tables, one file each. A row never holds a norm, and always holds its `ref`.

pub mod cluster;
pub mod containers;
pub mod coverage;
pub mod extensions;
pub mod images;
pub mod namespaces;
pub mod nodes;
pub mod objects;
pub mod workloads;

use super::Table;

/// Every table but those of bare kinds.
pub const TABLES: &[Table] = &[
    cluster::TABLE,
    containers::TABLE,
    coverage::TABLE,
    extensions::TABLE,
    images::TABLE,
    namespaces::TABLE,
    nodes::TABLE,
    workloads::TABLE,
];
