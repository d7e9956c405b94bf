//! Namespaces: what they are called, labelled, and how many pods they hold.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    facts::{
        isolation::{Flow, Isolation, Target},
        netpol::Direction,
    },
    inventory::{Inventory, Row, Table, network::gateway::Gateways},
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
    /// Its pods under network policies.
    pub network: NamespaceNetwork,
}

/// The pods of a namespace under network policies.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NamespaceNetwork {
    /// Whether anything enforces policies: `yes`, `no`, `unknown`.
    pub enforced: &'static str,
    /// By what that is known.
    pub enforced_evidence: Vec<String>,
    /// Policies that select pods of this namespace only.
    pub policies: usize,
    /// Towards its pods.
    pub ingress: NamespaceIsolation,
    /// Away from its pods.
    pub egress: NamespaceIsolation,
    /// What policies of any of its pods admit away from them.
    pub egress_admitted: Vec<Flow>,
    /// Egress gateways that its traffic is bound to.
    pub egress_gateways: Vec<ObjectRef>,
}

/// Isolation of a namespace as a whole: of every pod in it, present and to come.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NamespaceIsolation {
    /// By policies that hold for every pod.
    #[serde(flatten)]
    pub isolation: Isolation,
    /// Workloads that are not isolated, or opened again.
    pub open_workloads: usize,
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
    let network = inventory.network();
    let isolator = network.isolator();
    let open = [Direction::Ingress, Direction::Egress].map(|direction| network.open_workloads(inventory, direction));
    let mut own: BTreeMap<&str, usize> = BTreeMap::new();
    for policy in &network.policies.policies {
        *own.entry(policy.only_namespace().unwrap_or_default()).or_default() += 1;
    }
    let gateways = Gateways::of_cluster(inventory.snapshot);
    let mut rows = Vec::new();
    for object in inventory.snapshot.of("", "Namespace") {
        let meta = object.parse::<Bare>().unwrap_or_default().metadata;
        let selecting = isolator.selecting(&Target {
            namespace: &object.name,
            namespace_labels: &meta.labels,
            labels: None,
            service_account: "",
        });
        let [ingress, egress] = [Direction::Ingress, Direction::Egress].map(|direction| NamespaceIsolation {
            isolation: isolator.isolation(&selecting, direction),
            open_workloads: open[usize::from(direction == Direction::Egress)].get(&*object.name).copied().unwrap_or(0),
        });
        let row = NamespaceRow {
            r#ref: object.reference(),
            terminating: meta.deletion_timestamp.is_some(),
            labels: meta.labels.clone(),
            annotations: meta.annotations.clone(),
            pods: pods.get(&*object.name).copied().unwrap_or(0),
            workloads: workloads.get(&*object.name).copied().unwrap_or(0),
            network: NamespaceNetwork {
                enforced: network.enforcement.enforced,
                enforced_evidence: network.enforcement.evidence.clone(),
                policies: own.get(&*object.name).copied().unwrap_or(0),
                ingress,
                egress,
                egress_admitted: isolator.admitted(&selecting, Direction::Egress),
                egress_gateways: gateways.of(&object.name, &meta),
            },
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}
