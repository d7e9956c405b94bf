//! Which schedules hold a claim with its data, and what they came to.
//!
//! One file a tool. A schedule counts for a claim only where it takes the namespace, the claim
//! and the data of the volume; why it does not is kept, since that is what an owner asks first.

mod longhorn;
mod others;
mod velero;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    claims::ClaimRow,
    classes::ClassRow,
    protection::{Backups, RestoreOf},
    volumes::VolumeRow,
};
use crate::{inventory::workload::Workloads, snapshot::Snapshot, view::Map};

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

fn words(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn says(value: Option<&Value>) -> Option<bool> {
    value.and_then(|value| value.as_bool().or_else(|| value.as_str()?.parse().ok()))
}
