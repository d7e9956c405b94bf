//! Storage classes with what can be proven of them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    drivers::{Driver, Drivers, PartState, migrates_to},
    secrets::SecretUse,
    views::{SnapshotClass, StorageClass},
};
use crate::{
    facts::provisioner::{Abilities, Can, Catalog, Property, Provisioner, Subject, Type},
    object::ObjectRef,
    snapshot::{Object, Snapshot},
    view::Map,
};

/// Whether somebody is there who makes the volumes of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Liveness {
    /// Its CSIDriver exists.
    Registered,
    /// Its CSIDriver exists, but neither a workload nor a node has it.
    Leftover,
    /// A workload of it is ready.
    Live,
    /// Its workloads are not ready.
    Down,
    /// Its workloads have no status to read.
    Unknown,
    /// Nothing of it was found.
    Absent,
    /// An in-tree name whose CSI driver is there.
    Migrated,
    /// An in-tree name whose CSI driver is not there.
    InTreeDead,
    /// Volumes are made by hand.
    Static,
    /// Makes no volumes.
    NoVolumes,
}

/// A topology key of a driver, and how many values the nodes have for it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Topology {
    /// Label key.
    pub key: String,
    /// Different values among the nodes.
    pub domains: usize,
}

/// One of a class's allowed topologies.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Allowed {
    /// Label key.
    pub key: String,
    /// Values.
    pub values: Vec<String>,
    /// Values that no node has.
    pub without_nodes: Vec<String>,
}

/// A VolumeSnapshotClass of the class's driver.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SnapshotClassOf {
    /// Its name.
    pub name: String,
    /// `Delete` or `Retain`.
    pub deletion_policy: String,
    /// Its driver's default.
    pub default: bool,
    /// Labelled for Velero.
    pub velero: bool,
}

/// How many places the nodes give to copies.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Domains {
    /// Nodes.
    pub host: usize,
    /// Racks.
    pub rack: usize,
    /// Zones.
    pub zone: usize,
    /// Regions.
    pub region: usize,
}

/// What uses the class.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Use {
    /// Claims of it.
    pub claims: usize,
    /// Namespaces with claims of it.
    pub namespaces: BTreeSet<String>,
    /// GiB of the smallest claim.
    pub smallest_gib: Option<f64>,
    /// VolumeSnapshots of its claims that failed, as `namespace/name: message`.
    pub failed_snapshots: Vec<String>,
}

/// What policies see of a storage class.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ClassRow {
    /// The class.
    pub r#ref: ObjectRef,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Map,
    /// RFC 3339.
    pub created: Option<String>,
    /// Carries the annotation of the default class.
    pub default: bool,
    /// Provisioner as written.
    pub provisioner: String,
    /// Id in the catalogue; empty where the provisioner is not there.
    pub provisioner_id: String,
    /// The provisioner's name in the world.
    pub title: String,
    /// How it is installed.
    pub r#type: Option<Type>,
    /// An in-tree name; `migrates_to` is the CSI driver that serves it.
    pub in_tree: bool,
    /// CSI driver behind an in-tree name.
    pub migrates_to: String,
    /// Data lies on the node that wrote it.
    pub node_local: bool,
    /// The storage is nodes of the cluster.
    pub in_cluster: bool,
    /// Parameters.
    pub parameters: Map,
    /// Mount options.
    pub mount_options: Vec<String>,
    /// `Delete` where not written.
    pub reclaim_policy: String,
    /// `Immediate` where not written.
    pub binding_mode: String,
    /// `allowVolumeExpansion`.
    pub expansion: bool,
    /// `allowedTopologies`.
    pub allowed_topologies: Vec<Allowed>,
    /// Whether its provisioner is there.
    pub liveness: Liveness,
    /// What that rests on.
    pub liveness_source: String,
    /// What the provisioner can do.
    pub abilities: Abilities,
    /// Proven properties, by name.
    pub properties: BTreeMap<String, Property>,
    /// Topology keys of its driver.
    pub topology: Vec<Topology>,
    /// Whether the driver's topology is known at all.
    pub topology_known: bool,
    /// Places for copies.
    pub domains: Domains,
    /// Secrets that its parameters name.
    pub secrets: Vec<SecretUse>,
    /// VolumeSnapshotClasses of its driver.
    pub snapshot_classes: Vec<SnapshotClassOf>,
    /// Its controller has a csi-snapshotter.
    pub snapshotter: Can,
    /// Its controller has a csi-resizer.
    pub resizer: Can,
    /// Claims of it.
    pub used: Use,
    /// Namespaces whose quota forbids it.
    pub zero_quota_namespaces: BTreeSet<String>,
    /// Newest completed restore into or from a namespace that uses it.
    pub restores: Vec<super::protection::RestoreOf>,
}

/// What all classes are judged against.
pub(super) struct Context<'c, 's> {
    pub snapshot: &'s Snapshot,
    pub catalog: &'c Catalog,
    pub drivers: &'c Drivers,
    /// Label key → values among the nodes.
    pub node_labels: &'c BTreeMap<String, BTreeSet<String>>,
    pub domains: &'c Domains,
    pub snapshot_classes: &'c BTreeMap<String, Vec<SnapshotClassOf>>,
    pub nodes_with_csi: bool,
}

const DEFAULT: [&str; 2] =
    ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];

/// One class; what uses it is filled in later.
pub(super) fn row(object: &Object, context: &Context<'_, '_>, secrets: Vec<SecretUse>) -> ClassRow {
    let class: StorageClass = object.parse().unwrap_or_default();
    let known = context.catalog.find(&class.provisioner);
    let in_tree = class.provisioner.starts_with("kubernetes.io/")
        && known.is_none_or(|known| known.file.in_tree.contains(&class.provisioner));
    let migrates_to = migrates_to(context.catalog, &class.provisioner).unwrap_or_default();
    let name = if migrates_to.is_empty() { &class.provisioner } else { &migrates_to };
    let driver = context.drivers.by_name.get(name);
    let (liveness, liveness_source) = liveness(&class, known, in_tree, driver, context);
    let (topology, topology_known) = topology(known, driver, context);
    let lookup = |kind: &crate::object::Kind, namespace: Option<&str>, name: Option<&str>| {
        super::backend::find(context.snapshot, kind, namespace, name)
    };
    let subject = Subject { parameters: &class.parameters, mount_options: &class.mount_options };
    let properties = known.map_or_else(
        || {
            let why = format!("provisioner {} is not in the catalogue", class.provisioner);
            crate::facts::provisioner::PROPERTIES
                .iter()
                .map(|(name, _)| ((*name).to_owned(), Property::unknown(why.clone())))
                .collect()
        },
        |known| known.prove(subject, &lookup),
    );
    ClassRow {
        r#ref: object.reference(),
        name: object.name.to_string(),
        created: class.metadata.creation_timestamp,
        default: DEFAULT.iter().any(|key| class.metadata.annotations.get(*key).is_some_and(|v| v == "true")),
        labels: class.metadata.labels,
        provisioner_id: known.map_or_else(String::new, |known| known.file.id.clone()),
        title: known.map_or_else(|| class.provisioner.clone(), |known| known.file.title.clone()),
        r#type: known.map(|known| known.file.r#type),
        in_tree,
        node_local: known.is_some_and(|known| known.file.node_local),
        in_cluster: known.is_some_and(|known| known.file.in_cluster),
        reclaim_policy: class.reclaim_policy.unwrap_or_else(|| "Delete".into()),
        binding_mode: class.volume_binding_mode.unwrap_or_else(|| "Immediate".into()),
        expansion: class.allow_volume_expansion,
        allowed_topologies: class
            .allowed_topologies
            .iter()
            .flat_map(|term| &term.match_label_expressions)
            .map(|expression| Allowed {
                key: expression.key.clone(),
                without_nodes: without_nodes(&expression.key, &expression.values, context),
                values: expression.values.clone(),
            })
            .collect(),
        liveness,
        liveness_source,
        abilities: known.map(|known| known.file.abilities.clone()).unwrap_or_default(),
        properties,
        topology,
        topology_known,
        domains: context.domains.clone(),
        secrets,
        snapshot_classes: context.snapshot_classes.get(name).cloned().unwrap_or_default(),
        snapshotter: driver.map_or(Can::Unknown, |driver| driver.snapshotter),
        resizer: driver.map_or(Can::Unknown, |driver| driver.resizer),
        used: Use::default(),
        zero_quota_namespaces: BTreeSet::new(),
        restores: Vec::new(),
        migrates_to,
        provisioner: class.provisioner,
        parameters: class.parameters,
        mount_options: class.mount_options,
    }
}

/// Driver keys of clouds carry the same values as the well-known zone label.
fn values<'c>(key: &str, context: &'c Context<'_, '_>) -> Option<&'c BTreeSet<String>> {
    context
        .node_labels
        .get(key)
        .or_else(|| if key.ends_with("/zone") { context.node_labels.get("topology.kubernetes.io/zone") } else { None })
}

fn without_nodes(key: &str, wanted: &[String], context: &Context<'_, '_>) -> Vec<String> {
    let nodes = values(key, context);
    wanted.iter().filter(|value| !nodes.is_some_and(|nodes| nodes.contains(*value))).cloned().collect()
}

fn topology(known: Option<&Provisioner>, driver: Option<&Driver>, context: &Context<'_, '_>) -> (Vec<Topology>, bool) {
    let registered = driver.is_some_and(|driver| driver.registered_nodes > 0);
    let documented = known.map(|known| known.file.abilities.topology_keys.clone()).unwrap_or_default();
    let keys: Vec<String> = match driver {
        Some(driver) if registered => driver.topology_keys.iter().cloned().collect(),
        _ => documented.clone(),
    };
    let is_known = registered || !documented.is_empty() || known.is_some_and(|known| known.file.r#type != Type::Csi);
    let count = |key: String| Topology { domains: values(&key, context).map_or(0, BTreeSet::len), key };
    (keys.into_iter().map(count).collect(), is_known)
}

fn liveness(
    class: &StorageClass,
    known: Option<&Provisioner>,
    in_tree: bool,
    driver: Option<&Driver>,
    context: &Context<'_, '_>,
) -> (Liveness, String) {
    match known.map(|known| known.file.r#type) {
        Some(Type::Static) => return (Liveness::Static, "volumes are made by hand".into()),
        Some(Type::NoVolumes) => return (Liveness::NoVolumes, "makes no volumes".into()),
        _ => {}
    }
    let Some(driver) = driver.filter(|_| !in_tree || known.is_some()) else {
        let what = if in_tree { Liveness::InTreeDead } else { Liveness::Absent };
        return (what, format!("nothing in the cluster is called {}", class.provisioner));
    };
    let workloads = || {
        let all: Vec<&str> =
            driver.controller.workloads.iter().chain(&driver.node.workloads).map(String::as_str).collect();
        all.join(", ")
    };
    let state = match driver.controller.state {
        PartState::Absent => driver.node.state,
        state => state,
    };
    if driver.csi_driver {
        let source = format!("CSIDriver {}", driver.name);
        if in_tree {
            return (Liveness::Migrated, source);
        }
        // Off-cluster controllers leave at least their nodes.
        if state == PartState::Absent && driver.registered_nodes == 0 && context.nodes_with_csi && known.is_some() {
            return (Liveness::Leftover, format!("{source}, but no workload and no node has it"));
        }
        return (Liveness::Registered, source);
    }
    match state {
        PartState::Absent if in_tree => (Liveness::InTreeDead, format!("there is no CSIDriver {}", driver.name)),
        PartState::Absent if known.is_some_and(|known| known.file.r#type == Type::Csi) => {
            (Liveness::Absent, format!("there is no CSIDriver {} and no workload of it", driver.name))
        }
        PartState::Absent => (Liveness::Absent, "no workload of it in the cluster".into()),
        PartState::Down => (Liveness::Down, workloads()),
        PartState::Unknown => (Liveness::Unknown, workloads()),
        PartState::Ready | PartState::Degraded if in_tree => (Liveness::Migrated, workloads()),
        PartState::Ready | PartState::Degraded => (Liveness::Live, workloads()),
    }
}

/// VolumeSnapshotClasses by driver.
pub(super) fn snapshot_classes(snapshot: &Snapshot) -> BTreeMap<String, Vec<SnapshotClassOf>> {
    let mut by_driver: BTreeMap<String, Vec<SnapshotClassOf>> = BTreeMap::new();
    for object in snapshot.of("snapshot.storage.k8s.io", "VolumeSnapshotClass") {
        let class: SnapshotClass = object.parse().unwrap_or_default();
        let says = |map: &Map, key: &str| map.get(key).is_some_and(|value| value == "true");
        by_driver.entry(class.driver).or_default().push(SnapshotClassOf {
            name: object.name.to_string(),
            default: says(&class.metadata.annotations, "snapshot.storage.kubernetes.io/is-default-class"),
            velero: says(&class.metadata.labels, "velero.io/csi-volumesnapshot-class"),
            deletion_policy: class.deletion_policy,
        });
    }
    by_driver
}
