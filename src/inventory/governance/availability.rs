//! How many copies of a system's controllers run, where, and what keeps them apart and in being.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::{budgets, template};
use crate::{
    inventory::{
        Inventory, Row, Table,
        catalog::Part,
        detect::State,
        workload::{PodOf, Workload},
    },
    object::{Kind, ObjectRef},
    view::Bare,
};

/// What policies see of one Deployment or StatefulSet of a system.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AvailabilityRow {
    /// The workload.
    pub r#ref: ObjectRef,
    /// The systems that it belongs to, with how each is there.
    pub systems: BTreeMap<String, State>,
    /// It is the controller or the operator of one of them, not a part beside it.
    pub controls: bool,
    /// Copies wanted.
    pub desired: Option<i64>,
    /// Copies ready; null without a status.
    pub ready: Option<i64>,
    /// Nodes with a ready pod of it; null where Pods were not read.
    pub nodes: Option<BTreeSet<String>>,
    /// Zones of these nodes; null where Pods or Nodes were not read or one of the nodes names none.
    pub zones: Option<BTreeSet<String>>,
    /// Zones that the nodes of the cluster lie in.
    pub zones_here: BTreeSet<String>,
    /// Nodes of the cluster.
    pub nodes_here: usize,
    /// Topology keys over which its pods are spread, with whether the scheduler must obey.
    pub spread: BTreeMap<String, bool>,
    /// Disruption budgets that select its pods; null where they were not read.
    pub budgets: Option<Vec<String>>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "extension_availability",
    about: "the copies of one Deployment or StatefulSet of a system",
    build,
    schema: || schemars::schema_for!(AvailabilityRow),
};

/// The label that names the zone of a node, and its older spelling.
const ZONES: [&str; 2] = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let read = |group: &str, kind: &str| inventory.coverage(&Kind::new(group, kind)).state.is_proof();
    let (pods_read, nodes_read) = (read("", "Pod"), read("", "Node"));
    let budgets_read = read("policy", "PodDisruptionBudget");
    let zone_of: BTreeMap<&str, Option<String>> = inventory
        .snapshot
        .of("", "Node")
        .iter()
        .map(|node| {
            let labels = node.parse::<Bare>().unwrap_or_default().metadata.labels;
            (&*node.name, ZONES.iter().find_map(|key| labels.get(*key).cloned()))
        })
        .collect();
    let zones_here: BTreeSet<String> = zone_of.values().flatten().cloned().collect();
    let budgets = budgets::of(inventory);
    let mut rows = Vec::new();
    for (workload, systems) in super::workloads(inventory) {
        if !matches!(workload.reference.kind.as_str(), "Deployment" | "StatefulSet") {
            continue;
        }
        let is_ready = |pod: &&PodOf<'_>| pod.is_ready() == Some(true) && !pod.is_done();
        let nodes: BTreeSet<String> = inventory
            .workloads
            .pods_of(workload)
            .filter(is_ready)
            .map(|pod| pod.pod.spec.node_name.clone())
            .filter(|node| !node.is_empty())
            .collect();
        let zones = nodes.iter().map(|node| zone_of.get(node.as_str()).cloned().flatten()).collect::<Option<_>>();
        let own = budgets.iter().filter(|budget| budget.workloads.contains(&workload.reference));
        let row = AvailabilityRow {
            r#ref: workload.reference.clone(),
            systems: super::states(inventory, systems),
            controls: systems.iter().any(|(_, part)| matches!(part, Part::Main | Part::Operator)),
            desired: workload.scale.desired,
            ready: workload.scale.ready,
            zones: zones.filter(|_| pods_read && nodes_read),
            nodes: pods_read.then_some(nodes),
            zones_here: zones_here.clone(),
            nodes_here: zone_of.len(),
            spread: spread(workload),
            budgets: budgets_read.then(|| own.map(|budget| budget.reference.name.clone()).collect()),
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}

/// Keys over which a workload's own pods are spread.
fn spread(workload: &Workload<'_>) -> BTreeMap<String, bool> {
    let labels = &workload.pod_meta.labels;
    let spec = template::of(workload);
    let mut keys: BTreeMap<String, bool> = BTreeMap::new();
    let constraints = spec
        .topology_spread_constraints
        .iter()
        .filter(|constraint| constraint.label_selector.matches(labels) == crate::facts::selector::Hit::Yes);
    let own = constraints.map(|c| (c.topology_key.clone(), c.when_unsatisfiable != "ScheduleAnyway"));
    for (key, certain) in own.chain(spec.affinity.apart(labels)) {
        *keys.entry(key).or_default() |= certain;
    }
    keys
}
