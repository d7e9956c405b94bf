//! Storage, joined once: drivers, classes with their properties, volumes, claims and backups.
//!
//! Rows of the storage tables are made here; the tables only hand them out. No norm in them.

mod backend;
pub mod backends;
pub mod backup;
pub mod claims;
pub mod classes;
pub mod drivers;
pub mod protection;
pub mod quotas;
pub mod secrets;
pub(crate) mod time;
mod views;
pub mod volumes;
pub mod workloads;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use crate::{
    facts::provisioner::Catalog,
    inventory::workload::Workloads,
    object::Kind,
    snapshot::Snapshot,
    view::{Bare, Map},
};

use backup::World as BackupWorld;
use classes::{ClassRow, Domains, SnapshotClassOf};
pub(crate) use time::age;

/// Our own catalogue; a test holds that it can be read.
static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::embedded().unwrap_or_default());

/// Everything that the storage tables are made of.
#[derive(Debug)]
pub struct Storage {
    /// Drivers and external provisioners.
    pub drivers: drivers::Drivers,
    /// Classes, by name.
    pub classes: Vec<ClassRow>,
    /// Volumes, by name.
    pub volumes: Vec<volumes::VolumeRow>,
    /// Claims and templates of claims.
    pub claims: Vec<claims::ClaimRow>,
    /// Use of classes by namespace.
    pub uses: Vec<quotas::UseRow>,
    /// Storage systems, their pools and disks.
    pub backends: Vec<backends::BackendRow>,
    /// Where workloads keep their data.
    pub workloads: Vec<workloads::WorkloadRow>,
    /// Values of the nodes' labels, by key.
    pub node_labels: BTreeMap<String, BTreeSet<String>>,
}

impl Storage {
    /// Reads and joins.
    #[must_use]
    pub fn of(snapshot: &Snapshot, workloads: &Workloads<'_>) -> Self {
        Self::with(snapshot, workloads, &CATALOG)
    }

    /// As [`Storage::of`], under another catalogue.
    #[must_use]
    pub fn with(snapshot: &Snapshot, workloads: &Workloads<'_>, catalog: &Catalog) -> Self {
        let provisioners = provisioners(snapshot);
        let drivers = drivers::Drivers::of(snapshot, workloads, catalog, &provisioners);
        let node_labels = node_labels(snapshot);
        let domains = domains(snapshot, &node_labels);
        let snapshot_classes = classes::snapshot_classes(snapshot);
        let context = classes::Context {
            snapshot,
            catalog,
            drivers: &drivers,
            node_labels: &node_labels,
            domains: &domains,
            snapshot_classes: &snapshot_classes,
            nodes_with_csi: !snapshot.of("storage.k8s.io", "CSINode").is_empty() || !snapshot.of("", "Node").is_empty(),
        };
        let readers = secrets::Readers::of_cluster(snapshot);
        let mut by_class: BTreeMap<String, ClassRow> = snapshot
            .of("storage.k8s.io", "StorageClass")
            .iter()
            .map(|object| {
                let class: views::StorageClass = object.parse().unwrap_or_default();
                let secrets = secrets::of_class(snapshot, &readers, &class.parameters);
                (object.name.to_string(), classes::row(object, &context, secrets))
            })
            .collect();
        let mut handles = BTreeMap::new();
        let mut by_volume = BTreeMap::new();
        for (row, handle) in volumes::rows(snapshot, catalog, &by_class) {
            handles.insert(row.name.clone(), handle);
            by_volume.insert(row.name.clone(), row);
        }
        let namespace_labels: BTreeMap<String, Map> = snapshot
            .of("", "Namespace")
            .iter()
            .map(|object| (object.name.to_string(), object.parse::<Bare>().unwrap_or_default().metadata.labels))
            .collect();
        let is_read = |group: &str, kind: &str| snapshot.coverage(&Kind::new(group, kind)).state.is_proof();
        let mut claims = claims::rows(&claims::World {
            snapshot,
            workloads,
            classes: &by_class,
            volumes: &by_volume,
            default_class: default_class(&by_class),
            default_classes: by_class.values().filter(|class| class.default).count(),
            classes_read: is_read("storage.k8s.io", "StorageClass"),
            volumes_read: is_read("", "PersistentVolume"),
            attributes_quotas: quotas::over_attributes_classes(snapshot),
        });
        let world = BackupWorld {
            snapshot,
            workloads,
            classes: &by_class,
            volumes: &by_volume,
            handles: &handles,
            namespace_labels: &namespace_labels,
            snapshot_classes: &snapshot_classes,
        };
        backup::fill(&world, &mut claims);
        let restores = backup::restores(&world);
        let uses = quotas::rows(snapshot, &claims, &mut by_class);
        quotas::count(snapshot, &claims, &restores, &mut by_class);
        let workload_rows = workloads::rows(workloads, &claims, &by_volume);
        Self {
            workloads: workload_rows,
            drivers,
            classes: by_class.into_values().collect(),
            volumes: by_volume.into_values().collect(),
            claims,
            uses,
            backends: backends::rows(snapshot),
            node_labels,
        }
    }
}

impl BackupWorld<'_, '_> {
    /// VolumeSnapshotClasses of a driver.
    fn snapshot_classes_of(&self, driver: &str) -> &[SnapshotClassOf] {
        self.snapshot_classes.get(driver).map_or(&[], Vec::as_slice)
    }
}

/// Whether a text fits a pattern with `*`.
fn glob(pattern: &str, text: &str) -> bool {
    if !pattern.contains('*') {
        return pattern == text;
    }
    globset::Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(text))
}

fn provisioners(snapshot: &Snapshot) -> BTreeSet<String> {
    let of = |object: &crate::snapshot::Object| object.parse::<views::StorageClass>().unwrap_or_default().provisioner;
    snapshot.of("storage.k8s.io", "StorageClass").iter().map(of).collect()
}

/// The newest of the default classes is the one that counts.
fn default_class(classes: &BTreeMap<String, ClassRow>) -> Option<String> {
    let defaults = classes.values().filter(|class| class.default);
    defaults.max_by(|a, b| (&a.created, &b.name).cmp(&(&b.created, &a.name))).map(|class| class.name.clone())
}

fn node_labels(snapshot: &Snapshot) -> BTreeMap<String, BTreeSet<String>> {
    let mut labels: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for object in snapshot.of("", "Node") {
        for (key, value) in object.parse::<Bare>().unwrap_or_default().metadata.labels {
            labels.entry(key).or_default().insert(value);
        }
    }
    labels
}

fn domains(snapshot: &Snapshot, labels: &BTreeMap<String, BTreeSet<String>>) -> Domains {
    let count = |key: &str| labels.get(key).map_or(0, BTreeSet::len);
    Domains {
        host: snapshot.of("", "Node").len(),
        rack: count("topology.rook.io/rack").max(count("topology.kubernetes.io/rack")),
        zone: count("topology.kubernetes.io/zone").max(count("failure-domain.beta.kubernetes.io/zone")),
        region: count("topology.kubernetes.io/region").max(count("failure-domain.beta.kubernetes.io/region")),
    }
}
