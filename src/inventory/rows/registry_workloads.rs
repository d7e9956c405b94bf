//! What serves images in the cluster: how many copies, on what storage, and behind which budget.

use std::collections::{BTreeMap, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    facts::{
        provisioner::Can,
        selector::{Hit, LabelSelector},
    },
    inventory::{
        Inventory, Row, Table,
        registry::{Registry, configs::Hosts},
        storage::claims::ClaimRow,
        workload::Workload,
    },
    object::ObjectRef,
    view::{Map, nullable},
};

/// One claim of such a workload.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RegistryClaim {
    /// Its name.
    pub name: String,
    /// `ReadWriteOnce` …; empty where the claim was not read.
    pub access_modes: Vec<String>,
    /// Its class.
    pub class: String,
    /// A schedule takes its data out of the storage system; null where that cannot be told.
    pub backed_up: Option<bool>,
}

/// What policies see of a registry's workload.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RegistryWorkloadRow {
    /// The workload.
    pub r#ref: ObjectRef,
    /// The system that it is part of.
    pub system: String,
    /// Copies wanted; null where that is not said.
    pub replicas: Option<i64>,
    /// A budget keeps some of it when nodes are emptied.
    pub disruption_budget: bool,
    /// Claims that it mounts.
    pub claims: Vec<RegistryClaim>,
    /// Storage that dies with the pod.
    pub ephemeral: Vec<String>,
    /// A port at which images are pulled: it is on the way of a pull.
    pub serves: bool,
    /// What it keeps for the others: `database`, `cache`; empty where nothing.
    pub keeps: &'static str,
    /// Its copies are kept apart: by anti-affinity, or by constraints of the spread.
    pub spread: bool,
}

/// The table.
pub const TABLE: Table = Table {
    name: "registry_workloads",
    about: "one workload of a registry in the cluster",
    build,
    schema: || schemars::schema_for!(RegistryWorkloadRow),
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Budget {
    spec: BudgetSpec,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct BudgetSpec {
    #[serde(deserialize_with = "nullable")]
    selector: Option<LabelSelector>,
}

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut of: HashMap<&ObjectRef, &str> = HashMap::new();
    for extension in inventory.extensions.iter().filter(|e| e.roles.iter().any(|role| role == "registry")) {
        for workload in extension.instances.iter().flat_map(|instance| &instance.workloads) {
            of.insert(workload, &extension.id);
        }
    }
    for registry in &inventory.registries().registries {
        if let Some(workload) = &registry.workload {
            of.entry(workload).or_insert(&registry.name);
        }
    }
    let budgets: Vec<(String, LabelSelector)> = inventory
        .snapshot
        .of("policy", "PodDisruptionBudget")
        .iter()
        .filter_map(|object| Some((object.reference().namespace, object.parse::<Budget>().ok()?.spec.selector?)))
        .collect();
    let covered = |namespace: &str, labels: &Map| {
        budgets.iter().any(|(place, selector)| place == namespace && selector.matches(labels) == Hit::Yes)
    };
    let mut rows = Vec::new();
    for workload in &inventory.workloads.workloads {
        let Some(system) = of.get(&workload.reference) else { continue };
        if !matches!(&*workload.reference.kind, "Deployment" | "StatefulSet" | "DaemonSet" | "DeploymentConfig") {
            continue;
        }
        let namespace = &workload.reference.namespace;
        let keeps = keeps(workload);
        let claims = workload.spec.volumes.iter().filter_map(|v| v.persistent_volume_claim.as_ref());
        let row = RegistryWorkloadRow {
            r#ref: workload.reference.clone(),
            system: (*system).to_owned(),
            replicas: workload.scale.desired,
            disruption_budget: covered(namespace, &workload.pod_meta.labels),
            claims: claims.map(|claim| read(inventory, namespace, &claim.claim_name)).collect(),
            ephemeral: ephemeral(inventory, workload),
            serves: keeps.is_empty()
                && !is_aside(workload)
                && workload
                    .containers()
                    .flat_map(|c| &c.ports)
                    .any(|port| matches!(port.container_port, 5000 | 5001 | 8080 | 8443)),
            keeps,
            spread: is_spread(workload),
        };
        rows.push(Row::new(&row.r#ref, &row));
    }
    rows
}

/// Hosts of registries that one workload of this cluster serves with a single copy.
#[must_use]
pub fn single(inventory: &Inventory<'_>) -> BTreeMap<String, ObjectRef> {
    let hosts = Hosts::of(inventory);
    let named: BTreeMap<&ObjectRef, &Registry> =
        inventory.registries().registries.iter().filter_map(|r| Some((r.workload.as_ref()?, r))).collect();
    let mut found = BTreeMap::new();
    for workload in &inventory.workloads.workloads {
        let is_one = workload.scale.desired == Some(1) && &*workload.reference.kind != "DaemonSet";
        if !is_one || is_aside(workload) {
            continue;
        }
        let own = named.get(&workload.reference).into_iter().flat_map(|registry| registry.hosts.clone());
        for host in hosts.of_workload(workload).into_iter().chain(own) {
            found.entry(host).or_insert_with(|| workload.reference.clone());
        }
    }
    found
}

/// Parts of registries that no pull waits for; one of each will do.
const ASIDE: [&str; 9] =
    ["jobservice", "portal", "trivy", "exporter", "clair", "notary", "registryctl", "chartmuseum-ui", "metrics"];

fn is_aside(workload: &Workload<'_>) -> bool {
    part_of(workload).iter().any(|part| ASIDE.iter().any(|word| part.contains(word)))
}

/// What the labels of a workload say which part it is, and its name.
fn part_of<'w>(workload: &'w Workload<'_>) -> Vec<&'w str> {
    let labels = &workload.pod_meta.labels;
    let of = ["app.kubernetes.io/component", "component"].iter().filter_map(|key| labels.get(*key));
    of.map(String::as_str).chain([workload.reference.name.as_str()]).collect()
}

/// Databases and caches by their image.
fn keeps(workload: &Workload<'_>) -> &'static str {
    let has = |words: &[&str]| {
        workload.containers().any(|container| {
            let path = crate::facts::image::parse(&container.image).repository;
            let name = path.rsplit('/').next().unwrap_or_default();
            words.iter().any(|word| name.contains(word))
        })
    };
    if has(&["harbor-db", "postgres", "mysql", "mariadb"]) {
        "database"
    } else if has(&["redis", "valkey", "keydb"]) {
        "cache"
    } else {
        ""
    }
}

/// Whether its template keeps copies apart.
fn is_spread(workload: &Workload<'_>) -> bool {
    let Ok(value) = workload.object.parse::<Value>() else { return false };
    let spec = value.pointer("/spec/template/spec");
    let some =
        |pointer: &str| spec.and_then(|spec| spec.pointer(pointer)?.as_array()).is_some_and(|list| !list.is_empty());
    some("/topologySpreadConstraints")
        || some("/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution")
        || some("/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution")
}

/// Whether a schedule takes the data of a claim out of the storage system.
fn backed_up(claim: Option<&ClaimRow>) -> Option<bool> {
    let mut known = true;
    for schedule in claim?.backups.schedules.iter().filter(|s| s.takes == "backup" && !s.paused) {
        match schedule.data {
            Can::Yes => return Some(true),
            Can::No => {}
            _ => known = false,
        }
    }
    known.then_some(false)
}

fn read(inventory: &Inventory<'_>, namespace: &str, name: &str) -> RegistryClaim {
    let object = inventory.snapshot.get("", "PersistentVolumeClaim", namespace, name);
    let value: Value = object.and_then(|object| object.parse().ok()).unwrap_or_default();
    let modes = value.pointer("/spec/accessModes").and_then(Value::as_array).into_iter().flatten();
    let class = value.pointer("/spec/storageClassName").and_then(Value::as_str).unwrap_or_default();
    RegistryClaim {
        name: name.to_owned(),
        access_modes: modes.filter_map(Value::as_str).map(str::to_owned).collect(),
        class: class.to_owned(),
        backed_up: backed_up(
            inventory.storage().claims.iter().find(|claim| claim.namespace == namespace && claim.name == name),
        ),
    }
}

/// Names of volumes for images that live as long as the pod.
fn ephemeral(inventory: &Inventory<'_>, workload: &Workload<'_>) -> Vec<String> {
    let storage = |name: &str| ["data", "storage", "registry", "image"].iter().any(|word| name.contains(word));
    let volumes = workload.spec.volumes.iter().filter(|v| v.empty_dir.is_some() && storage(&v.name));
    let mut found: Vec<String> = volumes.map(|v| v.name.clone()).collect();
    if workload.reference.namespace == "openshift-image-registry" {
        let config = inventory.snapshot.of("imageregistry.operator.openshift.io", "Config").first();
        let config: Value = config.and_then(|object| object.parse().ok()).unwrap_or_default();
        if config.pointer("/spec/storage/emptyDir").is_some() {
            found.push("emptyDir".to_owned());
        }
    }
    found
}
