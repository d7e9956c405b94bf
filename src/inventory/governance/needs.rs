//! What the workloads of systems ask of their nodes: resources, priority, privileges.

use std::collections::{BTreeMap, BTreeSet};

use globset::{Glob, GlobSet, GlobSetBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::template::{self, Container};
use crate::{
    embedded,
    inventory::{Inventory, Row, Table, catalog::Part, detect::State, workload::Workload},
    object::ObjectRef,
    yaml,
};

/// What policies see of the needs of one workload of a system.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NeedsRow {
    /// The workload.
    pub r#ref: ObjectRef,
    /// The systems that it belongs to, with how each is there.
    pub systems: BTreeMap<String, State>,
    /// It runs on every node, as the system's main part or agent.
    pub node_agent: bool,
    /// Its priority class; empty where none is named.
    pub priority_class: String,
    /// Containers that run on, with what they do not say: `cpu-request`, `cpu-limit`,
    /// `memory-request`, `memory-limit`.
    pub containers: Vec<ContainerNeeds>,
    /// What it asks of its node: `privileged`, `hostNetwork`, `hostPID`, `hostIPC`, `hostPath:/run`,
    /// `capability:NET_ADMIN`.
    pub privileges: BTreeSet<String>,
    /// Those of them that the catalogue does not know of any of its systems.
    pub unjustified: BTreeSet<String>,
    /// Whether the catalogue says what its systems need.
    pub known: bool,
}

/// One container.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ContainerNeeds {
    /// Its name.
    pub name: String,
    /// What it does not say.
    pub missing: Vec<&'static str>,
}

/// The table.
pub const TABLE: Table = Table {
    name: "extension_needs",
    about: "what one workload of a system asks of its nodes",
    build,
    schema: || schemars::schema_for!(NeedsRow),
};

/// `rules/catalog/privileges.yaml`: system → what its vendor's manifests ask for.
#[derive(Deserialize, Default)]
#[serde(transparent)]
struct Known(BTreeMap<String, Vec<String>>);

fn known() -> BTreeMap<String, Vec<String>> {
    let files = embedded::files(&embedded::RULES, "catalog/privileges", ".yaml");
    files.into_iter().find_map(|(_, text)| yaml::parse::<Known>(text).ok()).unwrap_or_default().0
}

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut known = known();
    for system in inventory.catalog.systems.iter().filter(|system| !system.privileges.is_empty()) {
        known.insert(system.id.clone(), system.privileges.clone());
    }
    let sets: BTreeMap<&str, GlobSet> =
        known.iter().filter_map(|(id, patterns)| Some((id.as_str(), compiled(patterns)?))).collect();
    let mut rows = Vec::new();
    for (workload, parts) in super::workloads(inventory) {
        let spec = template::of(workload);
        let privileges = privileges(workload, &spec);
        let systems = super::states(inventory, parts);
        let own: Vec<&GlobSet> = systems.keys().filter_map(|id| sets.get(id.as_str())).collect();
        let is_agent = |part: Part| matches!(part, Part::Main | Part::Agent);
        let row = NeedsRow {
            r#ref: workload.reference.clone(),
            node_agent: workload.reference.kind == "DaemonSet" && parts.iter().any(|(_, part)| is_agent(*part)),
            priority_class: spec.priority_class_name.clone(),
            containers: containers(&spec),
            known: !own.is_empty(),
            unjustified: privileges
                .iter()
                .filter(|privilege| !own.iter().any(|set| justifies(set, privilege)))
                .cloned()
                .collect(),
            privileges,
            systems,
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}

fn compiled(patterns: &[String]) -> Option<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).ok()?);
    }
    set.build().ok()
}

/// A privileged container has every capability.
fn justifies(set: &GlobSet, privilege: &str) -> bool {
    set.is_match(privilege) || (privilege.starts_with("capability:") && set.is_match("privileged"))
}

fn containers(spec: &template::Spec) -> Vec<ContainerNeeds> {
    // Init containers are gone before the others start, but for those that run beside them.
    let beside = spec.init_containers.iter().filter(|container| container.restart_policy == "Always");
    let missing = |container: &Container| {
        let says = |what: &BTreeMap<String, serde_json::Value>,
                    whole: &BTreeMap<String, serde_json::Value>,
                    name: &str| { what.contains_key(name) || whole.contains_key(name) };
        let (own, whole) = (&container.resources, &spec.resources);
        // A limit without a request is the request too.
        let [cpu_limit, memory_limit] = ["cpu", "memory"].map(|name| says(&own.limits, &whole.limits, name));
        let [cpu, memory] = ["cpu", "memory"].map(|name| says(&own.requests, &whole.requests, name));
        let all = [
            ("cpu-request", cpu || cpu_limit),
            ("cpu-limit", cpu_limit),
            ("memory-request", memory || memory_limit),
            ("memory-limit", memory_limit),
        ];
        all.into_iter().filter(|(_, there)| !there).map(|(what, _)| what).collect()
    };
    spec.containers
        .iter()
        .chain(beside)
        .map(|container| ContainerNeeds { name: container.name.clone(), missing: missing(container) })
        .collect()
}

fn privileges(workload: &Workload<'_>, spec: &template::Spec) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut say = |is: bool, what: &str| {
        if is {
            all.insert(what.to_owned());
        }
    };
    say(workload.spec.host_network, "hostNetwork");
    say(workload.spec.host_pid, "hostPID");
    say(workload.spec.host_ipc, "hostIPC");
    say(spec.is_privileged(), "privileged");
    all.extend(
        workload
            .spec
            .volumes
            .iter()
            .filter_map(|volume| volume.host_path.as_ref())
            .map(|host| format!("hostPath:{}", if host.path == "/" { "/" } else { host.path.trim_end_matches('/') })),
    );
    for container in spec.all() {
        for capability in &container.security_context.capabilities.add {
            all.insert(format!("capability:{}", capability.trim_start_matches("CAP_")));
        }
    }
    all
}
