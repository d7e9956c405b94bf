//! Where workloads keep their data: every volume of a pod template, down to its class and zone.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::{claims::ClaimRow, volumes::VolumeRow};
use crate::{inventory::workload::Workloads, object::ObjectRef, view::Map};

/// One volume of a workload's pods.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DataVolume {
    /// Name of the volume, or of the claim's template.
    pub name: String,
    /// `hostPath`, `emptyDir` or `claim`.
    pub source: &'static str,
    /// Class of the claim.
    pub class: String,
    /// Labels of the class.
    pub class_labels: Map,
    /// The class's volumes stay on a node.
    pub node_local: bool,
    /// Source of the bound volume: `csi`, `hostPath`, `local` …
    pub volume_source: String,
}

/// What policies see of where a workload keeps its data.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WorkloadRow {
    /// The workload.
    pub r#ref: ObjectRef,
    /// Namespace.
    pub namespace: String,
    /// Labels of its pods.
    pub pod_labels: Map,
    /// Copies that it wants.
    pub replicas: i64,
    /// Its volumes that hold something.
    pub volumes: Vec<DataVolume>,
    /// Values that the node affinity of its volumes allows, by label key.
    pub places: BTreeMap<String, BTreeSet<String>>,
    /// Bound volumes of its claims that name a place.
    pub placed_volumes: usize,
    /// Bound volumes of its claims.
    pub bound_volumes: usize,
}

/// Kind, namespace and name of a workload.
type UserKey<'k> = (&'k str, &'k str, &'k str);

/// Every workload with a volume that can hold data.
pub(super) fn rows(
    workloads: &Workloads<'_>,
    claims: &[ClaimRow],
    volumes: &BTreeMap<String, VolumeRow>,
) -> Vec<WorkloadRow> {
    let mut by_user: BTreeMap<UserKey<'_>, Vec<(&ClaimRow, &str)>> = BTreeMap::new();
    let mut by_owner: BTreeMap<&ObjectRef, Vec<&ClaimRow>> = BTreeMap::new();
    for claim in claims {
        if claim.source == "claim" {
            for user in &claim.used_by {
                let key = (user.kind.as_str(), claim.namespace.as_str(), user.name.as_str());
                by_user.entry(key).or_default().push((claim, &user.volume));
            }
        } else {
            by_owner.entry(&claim.r#ref).or_default().push(claim);
        }
    }
    let mut rows = Vec::new();
    for workload in &workloads.workloads {
        let reference = &workload.reference;
        let mut found = Vec::new();
        for volume in &workload.spec.volumes {
            let source = match (&volume.host_path, &volume.empty_dir) {
                (Some(_), _) => "hostPath",
                (None, Some(_)) => "emptyDir",
                (None, None) => continue,
            };
            found.push(DataVolume {
                name: volume.name.clone(),
                source,
                class: String::new(),
                class_labels: Map::new(),
                node_local: true,
                volume_source: String::new(),
            });
        }
        let used = by_user.get(&(reference.kind.as_str(), reference.namespace.as_str(), reference.name.as_str()));
        let used = used.into_iter().flatten().map(|(claim, volume)| (*claim, *volume));
        let owned = by_owner.get(reference).into_iter().flatten().map(|claim| (*claim, claim.name.as_str()));
        let mut row = WorkloadRow {
            r#ref: reference.clone(),
            namespace: reference.namespace.clone(),
            pod_labels: workload.pod_meta.labels.clone(),
            replicas: workload.scale.desired.unwrap_or(1),
            volumes: Vec::new(),
            places: BTreeMap::new(),
            placed_volumes: 0,
            bound_volumes: 0,
        };
        for (claim, name) in used.chain(owned) {
            if let Some(volume) = volumes.get(&claim.volume) {
                row.bound_volumes += 1;
                row.placed_volumes += usize::from(!volume.places.is_empty());
                for (key, values) in &volume.places {
                    row.places.entry(key.clone()).or_default().extend(values.iter().cloned());
                }
            }
            let volume = DataVolume {
                name: name.to_owned(),
                source: "claim",
                class: claim.class.clone(),
                class_labels: claim.class_labels.clone(),
                node_local: claim.node_local || matches!(claim.volume_source.as_str(), "hostPath" | "local"),
                volume_source: claim.volume_source.clone(),
            };
            // The claims of one template are one volume of the workload.
            if !found.iter().any(|other: &DataVolume| other.name == volume.name && other.class == volume.class) {
                found.push(volume);
            }
        }
        if !found.is_empty() || reference.kind == "StatefulSet" {
            row.volumes = found;
            rows.push(row);
        }
    }
    rows
}
