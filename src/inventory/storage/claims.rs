//! Claims, written or to be made from a template: PVC → PV → class → driver, and who uses them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    classes::ClassRow,
    protection::Backups,
    time::age,
    views::{Claim, Ephemeral, StatefulSet},
    volumes::VolumeRow,
};
use crate::{
    facts::{provisioner::Can, quantity},
    inventory::workload::Workloads,
    object::ObjectRef,
    snapshot::Snapshot,
    view::{Map, nullable},
};

/// What a claim says about its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Written {
    /// Nothing: the default class is meant.
    Null,
    /// `""`: no provisioning, a volume made by hand.
    Empty,
    /// A name.
    Named,
}

/// What uses a claim.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct User {
    /// Kind of the workload.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Copies that it wants.
    pub replicas: i64,
    /// Copies that run.
    pub pods: usize,
    /// Name of the volume in the pod.
    pub volume: String,
    /// Labels of its pods.
    pub labels: Map,
    /// What the pods say of file-system backup of this volume: `in`, `out` or nothing.
    pub fs_backup: &'static str,
}

/// What policies see of a claim.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ClaimRow {
    /// The claim; for a template the workload that holds it.
    pub r#ref: ObjectRef,
    /// `claim`, `template` of a StatefulSet, or `ephemeral` volume of a pod.
    pub source: &'static str,
    /// Name of the claim, or of the template.
    pub name: String,
    /// Namespace.
    pub namespace: String,
    /// Labels.
    pub labels: Map,
    /// Seconds since it was made.
    pub seconds: Option<i64>,
    /// What it says about its class.
    pub written: Written,
    /// The class; for a null class the default that it would get, where there is one.
    pub class: String,
    /// Labels of the class.
    pub class_labels: Map,
    /// Whether the class exists; no where none is named.
    pub class_exists: Can,
    /// How many default classes there are.
    pub default_classes: usize,
    /// Provisioner of the class.
    pub provisioner: String,
    /// Id of the provisioner in the catalogue.
    pub provisioner_id: String,
    /// The class makes volumes that stay on a node.
    pub node_local: bool,
    /// `volumeBindingMode` of the class.
    pub binding_mode: String,
    /// `allowVolumeExpansion` of the class.
    pub expansion: bool,
    /// Access modes that the provisioner can do; empty where unknown.
    pub possible_modes: Vec<String>,
    /// `Bound`, `Pending`, `Lost`; empty for templates.
    pub phase: String,
    /// Volume that it names.
    pub volume: String,
    /// Source of that volume: `csi`, `hostPath` …; empty where there is none.
    pub volume_source: String,
    /// The volume was made by hand.
    pub volume_static: bool,
    /// Whether the volume exists.
    pub volume_exists: Can,
    /// Access modes.
    pub modes: Vec<String>,
    /// `Filesystem` or `Block`.
    pub volume_mode: String,
    /// Size that it asks for.
    pub bytes: Option<i64>,
    /// Seconds since a resize began that has not ended.
    pub resizing_seconds: Option<i64>,
    /// A resize failed.
    pub resize_failed: bool,
    /// Is being deleted.
    pub terminating_seconds: Option<i64>,
    /// Seconds without a pod.
    pub unused_seconds: Option<i64>,
    /// Namespace that its data comes from, where it is another.
    pub data_from: String,
    /// Filled from a VolumeSnapshot.
    pub from_snapshot: bool,
    /// VolumeAttributesClass that it asks for.
    pub attributes_class: String,
    /// VolumeAttributesClass that it has.
    pub current_attributes_class: String,
    /// A quota of the namespace is limited to VolumeAttributesClasses.
    pub attributes_quota: bool,
    /// `Pending`, `InProgress`, `Infeasible`; empty where nothing is under way.
    pub modify_status: String,
    /// Annotations by which a tenant changes the volume besides its classes.
    pub bypass: Vec<String>,
    /// Workloads that mount it.
    pub used_by: Vec<User>,
    /// What its StatefulSet does with it when it is deleted or scaled down.
    pub retention: Retention,
    /// Schedules and backups that hold it.
    pub backups: Backups,
}

/// `persistentVolumeClaimRetentionPolicy` of the StatefulSet that made a claim.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Retention {
    /// `Retain` or `Delete`; empty without a StatefulSet.
    pub when_deleted: String,
    /// `Retain` or `Delete`; empty without a StatefulSet.
    pub when_scaled: String,
}

pub(super) struct World<'w, 's> {
    pub snapshot: &'s Snapshot,
    pub workloads: &'w Workloads<'s>,
    pub classes: &'w BTreeMap<String, ClassRow>,
    pub volumes: &'w BTreeMap<String, VolumeRow>,
    pub default_class: Option<String>,
    pub default_classes: usize,
    pub classes_read: bool,
    pub volumes_read: bool,
    /// Namespaces with a quota over VolumeAttributesClasses.
    pub attributes_quotas: BTreeSet<String>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct PodVolume {
    #[serde(deserialize_with = "nullable")]
    name: String,
    ephemeral: Option<Ephemeral>,
}

/// Every claim, then the templates of StatefulSets without one yet, and ephemeral volumes.
pub(super) fn rows(world: &World<'_, '_>) -> Vec<ClaimRow> {
    let users = users(world);
    let sets = stateful_sets(world.snapshot);
    let mut rows = Vec::new();
    let mut made: BTreeMap<(String, String), usize> = BTreeMap::new();
    for object in world.snapshot.of("", "PersistentVolumeClaim") {
        let claim: Claim = object.parse().unwrap_or_default();
        let key = (object.namespace.to_string(), object.name.to_string());
        let mut row = row(world, object.reference(), "claim", &object.namespace, &object.name, claim);
        row.used_by = users.get(&key).cloned().unwrap_or_default();
        if let Some((template, set)) = made_by(&sets, &key.0, &key.1) {
            *made.entry((key.0.clone(), template)).or_default() += 1;
            row.retention = set.retention.clone();
        }
        rows.push(row);
    }
    for ((namespace, name), set) in &sets {
        for template in &set.templates {
            let key = format!("{}-{name}", template.metadata.name);
            if made.contains_key(&(namespace.clone(), key)) {
                continue;
            }
            let reference = ObjectRef::new("apps", "StatefulSet", namespace, name);
            let title = template.metadata.name.clone();
            rows.push(row(world, reference, "template", namespace, &title, template.clone()));
        }
    }
    for workload in &world.workloads.workloads {
        // Only few pods have one, and finding none costs no parse.
        if !workload.object.json.contains("\"volumeClaimTemplate\"") {
            continue;
        }
        for volume in ephemeral(workload.object) {
            let Some(ephemeral) = volume.ephemeral else { continue };
            let namespace = &workload.object.namespace;
            rows.push(row(world, workload.reference.clone(), "ephemeral", namespace, &volume.name, ephemeral.template));
        }
    }
    rows.sort_by(|a, b| (&a.r#ref, a.source, &a.name).cmp(&(&b.r#ref, b.source, &b.name)));
    rows
}

fn ephemeral(object: &crate::snapshot::Object) -> Vec<PodVolume> {
    let whole: serde_json::Value = object.parse().unwrap_or_default();
    let pod = ["/spec/volumes", "/spec/template/spec/volumes", "/spec/jobTemplate/spec/template/spec/volumes"];
    pod.iter()
        .filter_map(|pointer| whole.pointer(pointer))
        .filter_map(|list| serde_json::from_value::<Vec<PodVolume>>(list.clone()).ok())
        .flatten()
        .collect()
}

struct Set {
    templates: Vec<Claim>,
    retention: Retention,
}

fn stateful_sets(snapshot: &Snapshot) -> BTreeMap<(String, String), Set> {
    let mut sets = BTreeMap::new();
    for object in snapshot.of("apps", "StatefulSet") {
        let set: StatefulSet = object.parse().unwrap_or_default();
        if set.spec.volume_claim_templates.is_empty() {
            continue;
        }
        let policy = set.spec.persistent_volume_claim_retention_policy.unwrap_or_default();
        let retention = Retention {
            when_deleted: policy.when_deleted.unwrap_or_else(|| "Retain".into()),
            when_scaled: policy.when_scaled.unwrap_or_else(|| "Retain".into()),
        };
        let key = (object.namespace.to_string(), object.name.to_string());
        sets.insert(key, Set { templates: set.spec.volume_claim_templates, retention });
    }
    sets
}

/// The StatefulSet whose template made a claim, by the name `<template>-<set>-<ordinal>`.
fn made_by<'m>(sets: &'m BTreeMap<(String, String), Set>, namespace: &str, claim: &str) -> Option<(String, &'m Set)> {
    let (stem, ordinal) = claim.rsplit_once('-')?;
    ordinal.parse::<u32>().ok()?;
    // The set's name begins after any dash.
    stem.match_indices('-').find_map(|(at, _)| {
        let set = sets.get(&(namespace.to_owned(), stem[at + 1..].to_owned()))?;
        set.templates.iter().any(|template| template.metadata.name == stem[..at]).then(|| (stem.to_owned(), set))
    })
}

fn users(world: &World<'_, '_>) -> BTreeMap<(String, String), Vec<User>> {
    let mut users: BTreeMap<(String, String), Vec<User>> = BTreeMap::new();
    for workload in &world.workloads.workloads {
        let user = |volume: &str| User {
            kind: workload.reference.kind.clone(),
            name: workload.reference.name.clone(),
            replicas: workload.scale.desired.unwrap_or(1),
            pods: workload.pods.len(),
            volume: volume.to_owned(),
            labels: workload.pod_meta.labels.clone(),
            fs_backup: if lists(workload, "backup.velero.io/backup-volumes-excludes", volume) {
                "out"
            } else if lists(workload, "backup.velero.io/backup-volumes", volume) {
                "in"
            } else {
                ""
            },
        };
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        let pods = world.workloads.pods_of(workload).flat_map(|pod| &pod.pod.spec.volumes);
        for volume in workload.spec.volumes.iter().chain(pods) {
            if let Some(claim) = &volume.persistent_volume_claim {
                seen.entry(claim.claim_name.clone()).or_insert_with(|| volume.name.clone());
            }
        }
        for (claim, volume) in seen {
            users.entry((workload.object.namespace.to_string(), claim)).or_default().push(user(&volume));
        }
    }
    users
}

/// Whether an annotation of the pods lists a volume.
fn lists(workload: &crate::inventory::workload::Workload<'_>, key: &str, volume: &str) -> bool {
    let list = workload.pod_meta.annotations.get(key).map(String::as_str).unwrap_or_default();
    list.split(',').any(|item| item.trim() == volume)
}

fn row(
    world: &World<'_, '_>,
    reference: ObjectRef,
    source: &'static str,
    namespace: &str,
    name: &str,
    claim: Claim,
) -> ClaimRow {
    let Claim { metadata, spec, status } = claim;
    let legacy = metadata.annotations.get("volume.beta.kubernetes.io/storage-class").cloned();
    let written_class = legacy.or(spec.storage_class_name);
    let written = match written_class.as_deref() {
        None => Written::Null,
        Some("") => Written::Empty,
        Some(_) => Written::Named,
    };
    let is_bound = !spec.volume_name.is_empty();
    let class_name = match written {
        // The default is assigned later too, as long as nothing is bound.
        Written::Null if !is_bound => world.default_class.clone().unwrap_or_default(),
        _ => written_class.unwrap_or_default(),
    };
    let class = world.classes.get(&class_name);
    let volume = world.volumes.get(&spec.volume_name);
    let exists = |found: bool, read: bool| match (found, read) {
        (true, _) => Can::Yes,
        (false, true) => Can::No,
        (false, false) => Can::Unknown,
    };
    let resizing =
        |kinds: &[&str]| status.conditions.iter().find(|c| kinds.contains(&c.kind.as_str()) && c.status == "True");
    let since = |condition: Option<&super::views::Condition>| {
        condition.and_then(|c| age(world.snapshot, c.last_transition_time.as_deref()))
    };
    let source_ref = spec.data_source_ref.or(spec.data_source);
    let volume_mode = spec.volume_mode.unwrap_or_else(|| "Filesystem".into());
    let abilities = class.map(|class| &class.abilities);
    let possible_modes = abilities.map(|a| if volume_mode == "Block" { &a.block_modes } else { &a.modes });
    ClaimRow {
        r#ref: reference,
        source,
        name: name.to_owned(),
        namespace: namespace.to_owned(),
        seconds: age(world.snapshot, metadata.creation_timestamp.as_deref()),
        written,
        class_labels: class.map(|class| class.labels.clone()).unwrap_or_default(),
        class_exists: exists(class.is_some(), world.classes_read),
        default_classes: world.default_classes,
        provisioner: class.map(|class| class.provisioner.clone()).unwrap_or_default(),
        provisioner_id: class.map(|class| class.provisioner_id.clone()).unwrap_or_default(),
        node_local: class.is_some_and(|class| class.node_local),
        binding_mode: class.map(|class| class.binding_mode.clone()).unwrap_or_default(),
        expansion: class.is_some_and(|class| class.expansion),
        possible_modes: possible_modes.cloned().unwrap_or_default(),
        volume_source: volume.map(|volume| volume.source.clone()).unwrap_or_default(),
        volume_static: volume.is_some_and(|volume| volume.r#static),
        volume_exists: if is_bound { exists(volume.is_some(), world.volumes_read) } else { Can::No },
        modes: spec.access_modes,
        bytes: spec.resources.requests.get("storage").and_then(|text| quantity::bytes(text)),
        resizing_seconds: since(resizing(&["Resizing", "FileSystemResizePending"])),
        resize_failed: resizing(&["ControllerResizeError", "NodeResizeError"]).is_some(),
        terminating_seconds: age(world.snapshot, metadata.deletion_timestamp.as_deref()),
        unused_seconds: since(resizing(&["Unused"])),
        from_snapshot: source_ref.as_ref().is_some_and(|source| source.kind == "VolumeSnapshot"),
        data_from: source_ref
            .filter(|source| !source.namespace.is_empty() && source.namespace != namespace)
            .map(|source| format!("{} {}/{}", source.kind, source.namespace, source.name))
            .unwrap_or_default(),
        attributes_class: spec.volume_attributes_class_name.unwrap_or_default(),
        current_attributes_class: status.current_volume_attributes_class_name.unwrap_or_default(),
        modify_status: status.modify_volume_status.map(|status| status.status).unwrap_or_default(),
        attributes_quota: world.attributes_quotas.contains(namespace),
        bypass: metadata.annotations.keys().filter(|key| key.starts_with("ebs.csi.aws.com/")).cloned().collect(),
        used_by: Vec::new(),
        retention: Retention::default(),
        backups: Backups::default(),
        class: class_name,
        phase: status.phase,
        volume: spec.volume_name,
        volume_mode,
        labels: metadata.labels,
    }
}
