//! The versions of the parts of one installation, side by side.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::versions::numbers;
use crate::{
    facts::{image, version},
    inventory::{
        Inventory, Row, Table,
        catalog::{Part, System},
        detect::{Extension, State},
        storage::time::age,
        workload::Workload,
    },
    object::ObjectRef,
    view::Bare,
};

/// What policies see of one installation of a system.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ComponentsRow {
    /// Kind `Extension`, the id as its name.
    pub r#ref: ObjectRef,
    /// Id of the catalogue.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How the system is there.
    pub state: State,
    /// Namespace of the installation.
    pub namespace: String,
    /// Its controllers and agents whose tags are of one version line.
    pub components: Vec<Component>,
    /// Versions among them, oldest first.
    pub versions: Vec<String>,
    /// Seconds since the youngest of their pods was made; null without a clock or pods.
    pub youngest: Option<i64>,
    /// Versions that the system's CRDs say they are of, oldest first.
    pub crds: Vec<CrdVersion>,
    /// Numbers of the newest version among the controllers.
    pub newest: Vec<u64>,
}

/// One workload of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Component {
    /// The workload.
    pub workload: ObjectRef,
    /// Versions that its pods run, or its template names.
    pub versions: BTreeSet<String>,
}

/// A version that CRDs bear.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CrdVersion {
    /// As written.
    pub version: String,
    /// Its numbers.
    pub numbers: Vec<u64>,
    /// CRDs that bear it.
    pub crds: usize,
}

/// The table.
pub const TABLE: Table = Table {
    name: "extension_components",
    about: "the versions of the parts of one installation of a system",
    build,
    schema: || schemars::schema_for!(ComponentsRow),
};

fn build(inventory: &Inventory<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for extension in &inventory.extensions {
        let Some(system) = inventory.catalog.systems.iter().find(|s| s.id == extension.id) else { continue };
        let mut homes: BTreeMap<&str, Vec<&Workload<'_>>> = BTreeMap::new();
        let mut told: BTreeMap<&ObjectRef, &Vec<String>> = BTreeMap::new();
        for taken in extension.parts.iter().filter(|taken| one_line(system, taken.part)) {
            let found = inventory.workloads.workloads.iter().find(|w| w.reference == taken.workload);
            if let Some(workload) = found.filter(|_| !taken.containers.is_empty()) {
                homes.entry(&taken.workload.namespace).or_default().push(workload);
                told.insert(&taken.workload, &taken.containers);
            }
        }
        for (namespace, workloads) in homes {
            let row = installation(inventory, extension, system, namespace, &workloads, &told);
            rows.push(Row::new(&row.r#ref, &row));
        }
    }
    rows
}

/// Whether the tags of a part are of the system's own version line.
fn one_line(system: &System, part: Part) -> bool {
    match part {
        Part::Main => true,
        Part::Operator => !system.version.operator_differs,
        Part::Agent => !system.version.agents_differ,
        Part::Other | Part::Leftover => false,
    }
}

fn installation(
    inventory: &Inventory<'_>,
    extension: &Extension,
    system: &System,
    namespace: &str,
    workloads: &[&Workload<'_>],
    told: &BTreeMap<&ObjectRef, &Vec<String>>,
) -> ComponentsRow {
    let mut components = Vec::new();
    let mut youngest: Option<i64> = None;
    for workload in workloads {
        let own = |name: &str| told.get(&workload.reference).is_some_and(|names| names.iter().any(|n| n == name));
        let mut versions: BTreeSet<String> = BTreeSet::new();
        for pod in inventory.workloads.pods_of(workload).filter(|pod| !pod.is_done()) {
            let containers = pod.pod.spec.containers.iter().filter(|container| own(&container.name));
            versions.extend(containers.filter_map(|c| version::of_tag(&image::parse(&c.image).tag)));
            let made = pod.object.parse::<Bare>().unwrap_or_default().metadata.creation_timestamp;
            let old = age(inventory.snapshot, made.as_deref());
            youngest = [youngest, old].into_iter().flatten().min();
        }
        if versions.is_empty() {
            let containers = workload.containers().filter(|container| own(&container.name));
            versions.extend(containers.filter_map(|c| version::of_tag(&image::parse(&c.image).tag)));
        }
        components.push(Component { workload: workload.reference.clone(), versions });
    }
    let all: BTreeSet<&String> = components.iter().flat_map(|component| &component.versions).collect();
    let mut versions: Vec<String> = all.into_iter().cloned().collect();
    versions.sort_by_key(|version| numbers(version));
    // `v1.2.3` and `1.2.3` are one version.
    versions.dedup_by_key(|version| version.trim_start_matches('v').to_owned());
    ComponentsRow {
        r#ref: extension.r#ref.clone(),
        id: extension.id.clone(),
        name: extension.name.clone(),
        state: extension.state,
        namespace: namespace.to_owned(),
        newest: versions.last().map(|version| numbers(version)).unwrap_or_default(),
        crds: crds(inventory, system),
        components,
        versions,
        youngest,
    }
}

/// The versions that the system's CRDs bear, where the catalogue says by which mark.
fn crds(inventory: &Inventory<'_>, system: &System) -> Vec<CrdVersion> {
    let marks = (&system.version.crd_label, &system.version.crd_version);
    if marks.0.is_empty() && marks.1.is_empty() {
        return Vec::new();
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for object in inventory.snapshot.of("apiextensions.k8s.io", "CustomResourceDefinition") {
        let group = object.name.split_once('.').map_or("", |(_, group)| group);
        if !system.identity.crd_groups.iter().any(|own| own == group) {
            continue;
        }
        let meta = object.parse::<Bare>().unwrap_or_default().metadata;
        let mark = meta.labels.get(marks.0).or_else(|| meta.annotations.get(marks.1));
        if let Some(version) = mark.filter(|version| !numbers(version).is_empty()) {
            *counts.entry(version.clone()).or_default() += 1;
        }
    }
    let mut all: Vec<CrdVersion> =
        counts.into_iter().map(|(version, crds)| CrdVersion { numbers: numbers(&version), version, crds }).collect();
    all.sort_by(|a, b| a.numbers.cmp(&b.numbers));
    all
}
