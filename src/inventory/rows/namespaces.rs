//! Namespaces: what they are called, labelled, and how many pods they hold.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    facts::isolation::{Direction, Isolation, Policies},
    inventory::{Inventory, Row, Table, catalog::Answer, enforcement},
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
    /// Its network isolation.
    pub network: Network,
}

/// The network isolation of a namespace.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Network {
    /// Whether the data plane enforces NetworkPolicy at all.
    pub enforced: Answer,
    /// By what, or why not.
    pub enforcement: Vec<String>,
    /// Traffic into its pods.
    pub ingress: Isolation,
    /// Traffic out of its pods.
    pub egress: Isolation,
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
    let enforcement = enforcement::of(inventory);
    let policies = Policies::of(inventory.snapshot);
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
            network: Network {
                enforced: enforcement.enforced,
                enforcement: enforcement.evidence.clone(),
                ingress: policies.isolation(&object.name, Direction::Ingress),
                egress: policies.isolation(&object.name, Direction::Egress),
            },
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}
