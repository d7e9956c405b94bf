//! Which schedules hold a claim with its data, and what they came to.
//!
//! One file a tool. A schedule counts for a claim only where it takes the namespace, the claim
//! and the data of the volume; why it does not is kept, since that is what an owner asks first.

mod longhorn;
mod others;
mod velero;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{claims::ClaimRow, classes::ClassRow, volumes::VolumeRow};
use crate::{facts::provisioner::Can, inventory::workload::Workloads, snapshot::Snapshot, view::Map};
use std::collections::{BTreeMap, BTreeSet};

/// Kinds whose absence proves that a tool schedules nothing.
pub const TOOL_KINDS: [(&str, &str); 9] = [
    ("config.kio.kasten.io", "Policy"),
    ("longhorn.io", "RecurringJob"),
    ("protect.trident.netapp.io", "Schedule"),
    ("snapscheduler.backube", "SnapshotSchedule"),
    ("stork.libopenstorage.org", "ApplicationBackupSchedule"),
    ("stork.libopenstorage.org", "SchedulePolicy"),
    ("stork.libopenstorage.org", "VolumeSnapshotSchedule"),
    ("velero.io", "Backup"),
    ("velero.io", "Schedule"),
];

/// A schedule that names a claim's namespace or volume.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Schedule {
    /// `velero`, `longhorn`, `stork`, `kasten`, `trident-protect`, `snapscheduler`.
    pub tool: &'static str,
    /// `Kind namespace/name`.
    pub name: String,
    /// `backup` leaves the storage system, `snapshot` stays in it.
    pub takes: &'static str,
    /// It does not run.
    pub paused: bool,
    /// Seconds of its longest gap; none where its schedule cannot be read.
    pub interval_seconds: Option<u64>,
    /// Whether the data of the volume is taken.
    pub data: Can,
    /// Why the claim or its data is not taken; empty where it is.
    pub why_not: String,
}

/// Where a backup lies.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Location {
    /// `Kind namespace/name`.
    pub name: String,
    /// Whether the tool can reach it.
    pub available: Can,
    /// It takes no backups.
    pub read_only: bool,
    /// Certificates are not verified, or there are none.
    pub insecure: bool,
    /// It is served by this cluster.
    pub in_cluster: Can,
    /// Objects are encrypted by the store, as its configuration says.
    pub encrypted: Can,
}

/// A backup that ended.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Done {
    /// `Kind namespace/name`.
    pub name: String,
    /// `Completed`, `PartiallyFailed` …
    pub phase: String,
    /// Seconds since it ended.
    pub seconds: Option<i64>,
    /// Seconds that it is kept.
    pub kept_seconds: Option<i64>,
    /// Snapshots of volumes that were tried and that were made; none where not said.
    pub snapshots: Option<(i64, i64)>,
    /// Where it lies.
    pub location: Location,
}

/// Schedules and backups of a claim.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Backups {
    /// Schedules that name its namespace or volume.
    pub schedules: Vec<Schedule>,
    /// Newest backup that completed.
    pub newest: Option<Done>,
    /// Newest backup that did not complete, where it is newer.
    pub failed: Option<Done>,
}

/// A restore that completed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RestoreOf {
    /// `Kind namespace/name`.
    pub name: String,
    /// Seconds since it completed.
    pub seconds: Option<i64>,
}

/// What tools look at.
pub(super) struct World<'w, 's> {
    pub snapshot: &'s Snapshot,
    pub workloads: &'w Workloads<'s>,
    pub classes: &'w BTreeMap<String, ClassRow>,
    pub volumes: &'w BTreeMap<String, VolumeRow>,
    pub handles: &'w BTreeMap<String, String>,
    pub namespace_labels: &'w BTreeMap<String, Map>,
    pub snapshot_classes: &'w BTreeMap<String, Vec<super::classes::SnapshotClassOf>>,
}

/// Fills in the backups of every claim.
pub(super) fn fill(world: &World<'_, '_>, claims: &mut [ClaimRow]) {
    let velero = velero::Velero::of(world);
    let longhorn = longhorn::Longhorn::of(world);
    let others = others::Others::of(world);
    for claim in claims.iter_mut() {
        let mut backups = Backups::default();
        velero.add(world, claim, &mut backups);
        longhorn.add(world, claim, &mut backups);
        others.add(world, claim, &mut backups);
        backups.schedules.sort_by(|a, b| (a.tool, &a.name).cmp(&(b.tool, &b.name)));
        claim.backups = backups;
    }
}

/// Restores by the namespaces that they filled; `*` for all.
pub(super) fn restores(world: &World<'_, '_>) -> Vec<(BTreeSet<String>, RestoreOf)> {
    velero::restores(world)
}

/// A metav1.LabelSelector over labels. An empty one takes everything.
fn selects(selector: &Value, labels: &Map) -> bool {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let exact = selector.get("matchLabels").and_then(Value::as_object);
    if exact.is_some_and(|wanted| wanted.iter().any(|(k, v)| labels.get(k) != Some(&text(v)))) {
        return false;
    }
    selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten().all(|expression| {
        let key = expression.get("key").map(text).unwrap_or_default();
        let has = labels.get(&key);
        let values: Vec<String> =
            expression.get("values").and_then(Value::as_array).into_iter().flatten().map(text).collect();
        match expression.get("operator").and_then(Value::as_str) {
            Some("In") => has.is_some_and(|has| values.contains(has)),
            Some("NotIn") => !has.is_some_and(|has| values.contains(has)),
            Some("Exists") => has.is_some(),
            Some("DoesNotExist") => has.is_none(),
            _ => false,
        }
    })
}

fn words(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn says(value: Option<&Value>) -> Option<bool> {
    value.and_then(|value| value.as_bool().or_else(|| value.as_str()?.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn selectors_read_as_kubernetes_reads_them() {
        let labels: Map = [("app".to_owned(), "db".to_owned())].into();
        assert!(selects(&json!({}), &labels));
        assert!(selects(&json!({"matchLabels": {"app": "db"}}), &labels));
        assert!(!selects(&json!({"matchLabels": {"tier": "gold"}}), &labels));
        assert!(selects(&json!({"matchExpressions": [{"key": "x", "operator": "NotIn", "values": ["y"]}]}), &labels));
        assert!(!selects(&json!({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}), &labels));
    }
}
