//! Network policies of every engine: whom they select, what they admit, and whether they mean anything.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    facts::{
        isolation::{Flow, Isolator, Target},
        netpol::{Direction, Engine, Peer, Policy},
        selector::Hit,
    },
    inventory::{
        Inventory, Row, Table,
        network::{Network, matching::Population},
    },
    object::ObjectRef,
    view::{Condition, Map, nullable},
};

/// What policies see of a network policy.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NetworkPolicyRow {
    /// The policy.
    pub r#ref: ObjectRef,
    /// Its labels.
    pub labels: Map,
    /// Its annotations, as far as the snapshot retains them.
    pub annotations: Map,
    /// When it was made; empty where that is not known.
    pub created: String,
    /// Whose kind it is.
    pub engine: Engine,
    /// Its tier.
    pub tier: String,
    /// A rehearsal, never enforced.
    pub staged: bool,
    /// Nothing that runs here reads this kind.
    pub dead: bool,
    /// Labels of its namespace.
    pub namespace_labels: Map,
    /// Selects every pod of its namespace, or of every namespace.
    pub selects_all: bool,
    /// Workloads that it selects, by live pods or by their template.
    pub selects: usize,
    /// Whom it selects cannot be told.
    pub opaque: bool,
    /// Its rules towards the selected pods.
    pub ingress: Vec<Flow>,
    /// Its rules away from them.
    pub egress: Vec<Flow>,
    /// Whether it isolates towards, and away from, the pods.
    pub isolates: Vec<&'static str>,
    /// Peers that match nothing: `spec.ingress[0]`.
    pub empty_peers: Vec<String>,
    /// Named ports that no selected pod declares.
    pub unknown_ports: Vec<String>,
    /// Another policy with the same spec; empty where there is none.
    pub duplicate_of: String,
    /// Conditions of its status.
    pub conditions: Vec<PolicyCondition>,
    /// Namespaces and workloads that only this staged policy would isolate.
    pub only_staged: Vec<ObjectRef>,
}

/// One condition of a policy's status.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PolicyCondition {
    /// Its type.
    pub r#type: String,
    /// Its status.
    pub status: String,
    /// Its message.
    pub message: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Status {
    #[serde(deserialize_with = "nullable")]
    status: Conditions,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Conditions {
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
}

#[derive(Deserialize)]
struct SpecText<'a> {
    #[serde(borrow)]
    spec: Option<&'a RawValue>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "network_policies",
    about: "one network policy of any engine",
    build,
    schema: || schemars::schema_for!(NetworkPolicyRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let network = inventory.network();
    let isolator = network.isolator();
    let mut population = Population::of(inventory);
    let (selected, ports) = selected(inventory, network);
    let staged = only_staged(inventory, network, &isolator);
    let mut twins: HashMap<(&str, &str, &str, &str), &str> = HashMap::new();
    // One row an object, however many specs it has.
    let mut objects: BTreeMap<&ObjectRef, Vec<usize>> = BTreeMap::new();
    for (index, policy) in network.policies.policies.iter().enumerate() {
        objects.entry(&policy.reference).or_default().push(index);
    }
    let mut rows = Vec::with_capacity(objects.len());
    for (reference, indexes) in objects {
        let parts: Vec<&Policy<'_>> = indexes.iter().map(|index| &network.policies.policies[*index]).collect();
        let Some(first) = parts.first() else { continue };
        let flows = |direction| {
            let rules = parts
                .iter()
                .flat_map(|p| p.section(direction).into_iter().flat_map(move |s| s.rules.iter().map(move |r| (r, *p))));
            rules.map(|(rule, policy)| isolator.flow(rule, policy)).collect::<Vec<_>>()
        };
        let isolates = [(Direction::Ingress, "ingress"), (Direction::Egress, "egress")];
        let text = first.object.parse::<SpecText<'_>>().ok().and_then(|text| text.spec).map_or("", RawValue::get);
        let kind = &first.object.kind;
        let twin = twins.entry((&kind.group, &kind.kind, &first.object.namespace, text)).or_insert(&first.object.name);
        let status = first.object.parse::<Status>().unwrap_or_default().status;
        let subjects = || parts.iter().flat_map(|policy| &policy.subject);
        let none = BTreeSet::new();
        let of = |index: &usize| selected.get(index).unwrap_or(&none);
        let row = NetworkPolicyRow {
            r#ref: reference.clone(),
            labels: first.meta.labels.clone(),
            annotations: first.meta.annotations.clone(),
            created: first.meta.creation_timestamp.clone().unwrap_or_default(),
            engine: first.engine,
            tier: first.tier.name.clone(),
            staged: first.staged,
            dead: network.settings.dead.contains(&first.engine),
            namespace_labels: network.labels_of(&reference.namespace).clone(),
            selects_all: subjects().any(|scope| scope.pods.is_all() && scope.namespaces.is_all()),
            selects: indexes.iter().flat_map(of).collect::<BTreeSet<_>>().len(),
            opaque: subjects().any(|scope| matches!(scope.pods, crate::facts::selector::Select::Opaque(_))),
            ingress: flows(Direction::Ingress),
            egress: flows(Direction::Egress),
            isolates: isolates
                .iter()
                .filter(|(direction, _)| parts.iter().any(|p| p.section(*direction).is_some_and(|s| s.isolates)))
                .map(|(_, word)| *word)
                .collect(),
            empty_peers: parts.iter().flat_map(|policy| empty_peers(policy, &mut population, network)).collect(),
            unknown_ports: parts
                .iter()
                .zip(&indexes)
                .flat_map(|(policy, index)| unknown_ports(policy, ports.get(index)))
                .collect(),
            duplicate_of: if **twin == *first.object.name { String::new() } else { (*twin).to_owned() },
            conditions: status
                .conditions
                .into_iter()
                .map(|c| PolicyCondition { r#type: c.kind, status: c.status, message: c.message })
                .collect(),
            only_staged: staged.get(reference).cloned().unwrap_or_default(),
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}

type Selected = HashMap<usize, BTreeSet<usize>>;
type Ports<'i> = HashMap<usize, BTreeSet<&'i str>>;

/// The workloads that each policy selects, and the names of the ports that they declare.
fn selected<'i>(inventory: &'i Inventory<'_>, network: &Network<'_>) -> (Selected, Ports<'i>) {
    let mut selected = Selected::new();
    let mut ports = Ports::new();
    for group in &network.groups {
        let workload = &inventory.workloads.workloads[group.workload];
        if workload.spec.host_network {
            continue;
        }
        for (index, _) in group.selecting.iter().filter(|(_, hit)| *hit == Hit::Yes) {
            selected.entry(*index).or_default().insert(group.workload);
            let names = workload.containers().flat_map(|c| &c.ports).map(|port| port.name.as_str());
            ports.entry(*index).or_default().extend(names);
        }
    }
    (selected, ports)
}

/// What nothing but staged policies would isolate, by policy.
fn only_staged(
    inventory: &Inventory<'_>,
    network: &Network<'_>,
    isolator: &Isolator<'_, '_>,
) -> BTreeMap<ObjectRef, Vec<ObjectRef>> {
    let mut found: BTreeMap<ObjectRef, BTreeSet<ObjectRef>> = BTreeMap::new();
    if network.policies.policies.iter().all(|policy| !policy.staged) {
        return BTreeMap::new();
    }
    let mut note = |selecting: &[(usize, Hit)], subject: &ObjectRef| {
        for direction in [Direction::Ingress, Direction::Egress] {
            let isolation = isolator.isolation(selecting, direction);
            if isolation.isolated == "no" {
                for policy in isolation.staged {
                    found.entry(policy).or_default().insert(subject.clone());
                }
            }
        }
    };
    for object in inventory.snapshot.of("", "Namespace") {
        let namespace_labels = network.labels_of(&object.name);
        let target = Target { namespace: &object.name, namespace_labels, labels: None, service_account: "" };
        note(&isolator.selecting(&target), &object.reference());
    }
    for group in &network.groups {
        let workload = &inventory.workloads.workloads[group.workload];
        if !workload.spec.host_network {
            note(&group.selecting, &workload.reference);
        }
    }
    found.into_iter().map(|(policy, subjects)| (policy, subjects.into_iter().collect())).collect()
}

/// Rules with a peer that matches no pod, no template and no namespace.
fn empty_peers(policy: &Policy<'_>, population: &mut Population<'_>, network: &Network<'_>) -> Vec<String> {
    let mut empty = Vec::new();
    for direction in [Direction::Ingress, Direction::Egress] {
        for rule in policy.section(direction).into_iter().flat_map(|section| &section.rules) {
            let mut dead = rule.peers.iter().enumerate().filter(|(_, peer)| match peer {
                Peer::Pods(scope) => population.has(scope, network) == Hit::No,
                _ => false,
            });
            if let Some((index, _)) = dead.next() {
                let field = if direction == Direction::Ingress { "from" } else { "to" };
                empty.push(format!("{}.{field}[{index}]", rule.path));
            }
        }
    }
    empty
}

/// Named ports of ingress rules that no container of a selected pod declares.
fn unknown_ports(policy: &Policy<'_>, declared: Option<&BTreeSet<&str>>) -> Vec<String> {
    let Some(declared) = declared else { return Vec::new() };
    let rules = policy.ingress.iter().flat_map(|section| &section.rules);
    let named = rules.flat_map(|rule| &rule.ports).map(|port| port.name.as_str()).filter(|name| !name.is_empty());
    let unknown: BTreeSet<&str> = named.filter(|name| !declared.contains(name)).collect();
    unknown.into_iter().map(str::to_owned).collect()
}
