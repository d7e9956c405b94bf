//! Namespaces: what they are called, labelled, and how many pods they hold.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    inventory::{Inventory, Row, Table},
    object::ObjectRef,
    view::{Bare, Map},
};

/// What policies see of a namespace.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NamespaceRow {
    /// The namespace.
    pub r#ref: ObjectRef,
    /// Its labels.
    pub labels: Map,
    /// Its annotations, as far as the snapshot retains them.
    pub annotations: Map,
    /// Being deleted.
    pub terminating: bool,
    /// Pods in it that have not ended.
    pub pods: usize,
    /// Workloads in it.
    pub workloads: usize,
}

/// The table.
pub const TABLE: Table =
    Table { name: "namespaces", about: "one namespace", build, schema: || schemars::schema_for!(NamespaceRow) };

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut pods: BTreeMap<&str, usize> = BTreeMap::new();
    for pod in inventory.workloads.pods.iter().filter(|pod| !pod.is_done()) {
        *pods.entry(&pod.object.namespace).or_default() += 1;
    }
    let mut workloads: BTreeMap<&str, usize> = BTreeMap::new();
    for workload in &inventory.workloads.workloads {
        *workloads.entry(&workload.object.namespace).or_default() += 1;
    }
    let mut rows = Vec::new();
    for object in inventory.snapshot.of("", "Namespace") {
        let meta = object.parse::<Bare>().unwrap_or_default().metadata;
        let row = NamespaceRow {
            r#ref: object.reference(),
            terminating: meta.deletion_timestamp.is_some(),
            labels: meta.labels,
            annotations: meta.annotations,
            pods: pods.get(&*object.name).copied().unwrap_or(0),
            workloads: workloads.get(&*object.name).copied().unwrap_or(0),
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}
