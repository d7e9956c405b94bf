//! Velero: Schedules, Backups, BackupStorageLocations and Restores.
//!
//! Sources: velero.io/v1 API types and docs of v1.18 (file-system backup, CSI snapshots, resource
//! filtering).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{World, says, words};
use crate::{
    facts::{cron, provisioner::Can, selector::selects},
    inventory::storage::{
        claims::ClaimRow,
        protection::{Backups, Done, Location, RestoreOf, Schedule},
        time::age,
    },
    snapshot::Object,
    view::Map,
};

const GROUP: &str = "velero.io";

/// What a Schedule or a Backup takes.
struct Filter {
    spec: Value,
    included: Vec<String>,
    excluded: Vec<String>,
}

struct Plan {
    name: String,
    paused: bool,
    interval_seconds: Option<u64>,
    filter: Filter,
}

struct Ended {
    done: Done,
    completed: String,
    filter: Filter,
}

/// Everything of Velero, read once.
pub(super) struct Velero {
    plans: Vec<Plan>,
    /// Newest first.
    ended: Vec<Ended>,
    /// A node agent runs: file-system backups can be made.
    node_agent: bool,
    /// Providers of VolumeSnapshotLocations.
    providers: BTreeSet<String>,
    present: bool,
}

impl Filter {
    fn of(spec: &Value) -> Self {
        let (included, excluded) = (words(spec.get("includedNamespaces")), words(spec.get("excludedNamespaces")));
        Self { spec: spec.clone(), included, excluded }
    }

    fn takes_namespace(&self, namespace: &str) -> bool {
        let any = |list: &[String]| list.iter().any(|item| item == "*" || super::super::glob(item, namespace));
        (self.included.is_empty() || any(&self.included)) && !any(&self.excluded)
    }

    /// Why the claim is not taken, where the namespace is.
    fn leaves_out(&self, claim: &ClaimRow, namespace_labels: Option<&Map>) -> Option<String> {
        let excludes = |labels: &Map| labels.get("velero.io/exclude-from-backup").is_some_and(|v| v == "true");
        if excludes(&claim.labels) || namespace_labels.is_some_and(excludes) {
            return Some("the label velero.io/exclude-from-backup leaves it out".into());
        }
        let is_claims = |item: &String| {
            matches!(
                item.as_str(),
                "*" | "persistentvolumeclaims" | "persistentvolumeclaim" | "pvc" | "persistentvolumeclaims."
            )
        };
        for key in ["includedResources", "includedNamespaceScopedResources"] {
            let list = words(self.spec.get(key));
            if !list.is_empty() && !list.iter().any(is_claims) {
                return Some(format!("{key} has no persistentvolumeclaims"));
            }
        }
        for key in ["excludedResources", "excludedNamespaceScopedResources"] {
            if words(self.spec.get(key)).iter().any(is_claims) {
                return Some(format!("{key} has persistentvolumeclaims"));
            }
        }
        let either = self.spec.get("orLabelSelectors").and_then(Value::as_array).filter(|list| !list.is_empty());
        let fits = match (either, self.spec.get("labelSelector").filter(|s| !s.is_null())) {
            (Some(list), _) => list.iter().any(|selector| selects(selector, &claim.labels)),
            (None, Some(selector)) => selects(selector, &claim.labels),
            (None, None) => true,
        };
        (!fits).then(|| "its label selector does not match the claim".into())
    }
}

impl Velero {
    pub(super) fn of(world: &World<'_, '_>) -> Self {
        let snapshot = world.snapshot;
        let mut locations: BTreeMap<(String, String), Location> = BTreeMap::new();
        let mut default_location: BTreeMap<String, String> = BTreeMap::new();
        for object in snapshot.of(GROUP, "BackupStorageLocation") {
            let value: Value = object.parse().unwrap_or_default();
            if says(value.pointer("/spec/default")) == Some(true) {
                default_location.insert(object.namespace.to_string(), object.name.to_string());
            }
            locations.insert((object.namespace.to_string(), object.name.to_string()), location(world, object, &value));
        }
        let mut plans = Vec::new();
        let mut schedules: BTreeMap<(String, String), String> = BTreeMap::new();
        for object in snapshot.of(GROUP, "Schedule") {
            let value: Value = object.parse().unwrap_or_default();
            let template = value.pointer("/spec/template").cloned().unwrap_or_default();
            let text = |key: &str| template.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            schedules.insert((object.namespace.to_string(), object.name.to_string()), text("storageLocation"));
            let cron = value.pointer("/spec/schedule").and_then(Value::as_str).unwrap_or_default();
            plans.push(Plan {
                name: object.reference().to_string(),
                paused: says(value.pointer("/spec/paused")) == Some(true),
                interval_seconds: cron::longest_gap(cron),
                filter: Filter::of(&template),
            });
        }
        let mut ended = Vec::new();
        for object in snapshot.of(GROUP, "Backup") {
            let value: Value = object.parse().unwrap_or_default();
            let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
            let phase = text("/status/phase");
            let completed = text("/status/completionTimestamp");
            if completed.is_empty() || phase == "Deleting" {
                continue;
            }
            let named = text("/spec/storageLocation");
            // Another cluster's backups come in through a shared location: the schedule must be ours.
            let schedule = value.pointer("/metadata/labels/velero.io~1schedule-name").and_then(Value::as_str);
            if let Some(schedule) = schedule {
                match schedules.get(&(object.namespace.to_string(), schedule.to_owned())) {
                    None => continue,
                    Some(of) if !of.is_empty() && *of != named => continue,
                    Some(_) => {}
                }
            }
            let default = || default_location.get(&*object.namespace).cloned().unwrap_or_else(|| "default".into());
            let at = if named.is_empty() { default() } else { named };
            let found = locations.get(&(object.namespace.to_string(), at.clone())).cloned();
            let count = |key: &str| value.pointer(&format!("/status/{key}")).and_then(Value::as_i64);
            let snapshots = [
                ("csiVolumeSnapshotsAttempted", "csiVolumeSnapshotsCompleted"),
                ("volumeSnapshotsAttempted", "volumeSnapshotsCompleted"),
            ]
            .iter()
            .find_map(|(tried, made)| Some((count(tried)?, count(made).unwrap_or(0))));
            let expires = age(snapshot, Some(&text("/status/expiration")));
            let seconds = age(snapshot, Some(&completed));
            ended.push(Ended {
                done: Done {
                    name: object.reference().to_string(),
                    phase,
                    seconds,
                    kept_seconds: expires.zip(seconds).map(|(expires, seconds)| seconds - expires),
                    snapshots,
                    location: found.unwrap_or_else(|| Location {
                        name: format!("BackupStorageLocation {}/{at}", object.namespace),
                        available: Can::No,
                        ..Location::default()
                    }),
                },
                completed,
                filter: Filter::of(value.get("spec").unwrap_or(&Value::Null)),
            });
        }
        ended.sort_by(|a, b| b.completed.cmp(&a.completed));
        let is_agent = |name: &str| matches!(name, "node-agent" | "restic" | "node-agent-windows");
        let workloads = &world.workloads.workloads;
        Self {
            node_agent: workloads.iter().any(|w| w.reference.kind == "DaemonSet" && is_agent(&w.reference.name)),
            providers: snapshot
                .of(GROUP, "VolumeSnapshotLocation")
                .iter()
                .filter_map(|o| o.parse::<Value>().ok()?.pointer("/spec/provider")?.as_str().map(str::to_owned))
                .collect(),
            present: !plans.is_empty() || !ended.is_empty(),
            plans,
            ended,
        }
    }

    pub(super) fn add(&self, world: &World<'_, '_>, claim: &ClaimRow, backups: &mut Backups) {
        if !self.present {
            return;
        }
        let labels = world.namespace_labels.get(&claim.namespace);
        for plan in self.plans.iter().filter(|plan| plan.filter.takes_namespace(&claim.namespace)) {
            let (data, why_not) = match plan.filter.leaves_out(claim, labels) {
                Some(why) => (Can::No, why),
                None => self.data(world, &plan.filter.spec, claim),
            };
            backups.schedules.push(Schedule {
                tool: "velero",
                name: plan.name.clone(),
                takes: "backup",
                paused: plan.paused,
                interval_seconds: plan.interval_seconds,
                data,
                why_not,
            });
        }
        let takes = |ended: &&Ended| {
            ended.filter.takes_namespace(&claim.namespace) && ended.filter.leaves_out(claim, labels).is_none()
        };
        for ended in self.ended.iter().filter(takes) {
            if ended.done.phase == "Completed" {
                backups.newest = Some(ended.done.clone());
                break;
            }
            if backups.failed.is_none() {
                backups.failed = Some(ended.done.clone());
            }
        }
    }

    /// Whether the data of the claim's volume is taken, and why not.
    fn data(&self, world: &World<'_, '_>, spec: &Value, claim: &ClaimRow) -> (Can, String) {
        let volume = world.volumes.get(&claim.volume);
        let source = volume.map_or("", |volume| volume.source.as_str());
        let by_default = [spec.get("defaultVolumesToFsBackup"), spec.get("defaultVolumesToRestic")];
        let by_default = by_default.into_iter().find_map(says) == Some(true);
        let chosen = claim.used_by.iter().any(|user| user.fs_backup == "in");
        let opted_out = claim.used_by.iter().any(|user| user.fs_backup == "out");
        if (by_default && !opted_out) || chosen {
            if source == "hostPath" {
                return (Can::No, "file-system backup takes no hostPath volume".into());
            }
            if !self.node_agent {
                return (Can::No, "file-system backup needs the node agent, which is not installed".into());
            }
            if claim.source == "claim" && claim.used_by.is_empty() {
                return (Can::No, "file-system backup takes only volumes that a pod mounts".into());
            }
            return (Can::Yes, String::new());
        }
        if says(spec.get("snapshotVolumes")) == Some(false) {
            return (Can::No, "it takes objects only: no snapshot and no file-system backup of volumes".into());
        }
        let provider = |driver: &str| match driver {
            "ebs.csi.aws.com" | "awsElasticBlockStore" => self.providers.iter().any(|p| p.contains("aws")),
            "pd.csi.storage.gke.io" | "gcePersistentDisk" => self.providers.iter().any(|p| p.contains("gcp")),
            "disk.csi.azure.com" | "azureDisk" => self.providers.iter().any(|p| p.contains("azure")),
            _ => false,
        };
        let class = world.classes.get(&claim.class);
        let driver =
            volume.map(|v| v.driver.as_str()).filter(|d| !d.is_empty()).or(class.map(|c| c.provisioner.as_str()));
        if provider(driver.unwrap_or_default()) || provider(source) {
            return (Can::Yes, String::new());
        }
        if volume.is_some() && source != "csi" {
            return (Can::No, format!("no snapshotter takes a {source} volume"));
        }
        let classes = world.snapshot_classes_of(driver.unwrap_or_default());
        if classes.is_empty() {
            return (Can::No, format!("there is no VolumeSnapshotClass for {}", driver.unwrap_or("its driver")));
        }
        if !classes.iter().any(|class| class.velero || class.default) {
            return (Can::No, "no VolumeSnapshotClass of its driver is labelled for Velero or is the default".into());
        }
        (Can::Yes, String::new())
    }
}

fn location(world: &World<'_, '_>, object: &Object, value: &Value) -> Location {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let url = text("/spec/config/s3Url");
    let (scheme, rest) = url.split_once("://").unwrap_or(("", ""));
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    let phase = text("/status/phase");
    let encrypted = ["kmsKeyId", "serverSideEncryption", "customerKeyEncryptionFile", "kmsKeyName"]
        .iter()
        .any(|key| !text(&format!("/spec/config/{key}")).is_empty());
    Location {
        name: object.reference().to_string(),
        available: match phase.as_str() {
            "Available" => Can::Yes,
            "" => Can::Unknown,
            _ => Can::No,
        },
        read_only: text("/spec/accessMode") == "ReadOnly",
        insecure: says(value.pointer("/spec/config/insecureSkipTLSVerify")) == Some(true) || scheme == "http",
        in_cluster: if host.is_empty() { Can::No } else { served_here(world, host) },
        encrypted: if encrypted { Can::Yes } else { Can::Unknown },
    }
}

/// Whether a host is one of this cluster's Services or Ingresses.
fn served_here(world: &World<'_, '_>, host: &str) -> Can {
    let is_name = host.ends_with(".svc") || host.contains(".svc.") || !host.contains('.');
    let mut parts = host.split('.');
    let (name, namespace) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if is_name || world.snapshot.get("", "Service", namespace, name).is_some() {
        return Can::Yes;
    }
    let quoted = format!("\"{host}\"");
    let kinds = [("", "Service"), ("networking.k8s.io", "Ingress"), ("gateway.networking.k8s.io", "HTTPRoute")];
    if kinds.iter().flat_map(|(group, kind)| world.snapshot.of(group, kind)).any(|object| object.json.contains(&quoted))
    {
        return Can::Yes;
    }
    Can::No
}

/// Completed restores, with the namespaces that they filled.
pub(super) fn restores(world: &World<'_, '_>) -> Vec<(BTreeSet<String>, RestoreOf)> {
    let mut found = Vec::new();
    for object in world.snapshot.of(GROUP, "Restore") {
        let value: Value = object.parse().unwrap_or_default();
        if value.pointer("/status/phase").and_then(Value::as_str) != Some("Completed") {
            continue;
        }
        let time = value.pointer("/status/completionTimestamp").and_then(Value::as_str);
        let mut namespaces: BTreeSet<String> = words(value.pointer("/spec/includedNamespaces")).into_iter().collect();
        if namespaces.is_empty() {
            let backup = value.pointer("/spec/backupName").and_then(Value::as_str).unwrap_or_default();
            let of = world.snapshot.get(GROUP, "Backup", &object.namespace, backup);
            let of: Value = of.and_then(|object| object.parse().ok()).unwrap_or_default();
            namespaces = words(of.pointer("/spec/includedNamespaces")).into_iter().collect();
        }
        if namespaces.is_empty() {
            namespaces.insert("*".into());
        }
        found
            .push((namespaces, RestoreOf { name: object.reference().to_string(), seconds: age(world.snapshot, time) }));
    }
    found
}
