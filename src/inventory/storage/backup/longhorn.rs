//! Longhorn: RecurringJobs, the volumes they are attached to, and what they backed up.
//!
//! Sources: longhorn.io/v1beta2 API types and docs of v1.12 (recurring snapshots and backups).

use std::collections::BTreeMap;

use serde_json::Value;

use super::{World, says};
use crate::{
    facts::{cron, provisioner::Can},
    inventory::storage::{
        claims::ClaimRow,
        protection::{Backups, Done, Location, Schedule},
        time::age,
    },
    view::{Bare, Map},
};

const GROUP: &str = "longhorn.io";
const DRIVER: &str = "driver.longhorn.io";

/// Per volume: its newest finished and its newest unfinished backup.
type ByVolume = BTreeMap<String, (Option<(String, Done)>, Option<(String, Done)>)>;

struct Job {
    name: String,
    title: String,
    groups: Vec<String>,
    takes: &'static str,
    interval_seconds: Option<u64>,
}

/// Everything of Longhorn, read once.
pub(super) struct Longhorn {
    jobs: Vec<Job>,
    /// Labels of Longhorn's own volumes.
    volumes: BTreeMap<String, Map>,
    /// Newest backup by volume: completed, and not.
    backups: ByVolume,
}

impl Longhorn {
    pub(super) fn of(world: &World<'_, '_>) -> Self {
        let snapshot = world.snapshot;
        let mut jobs = Vec::new();
        for object in snapshot.of(GROUP, "RecurringJob") {
            let value: Value = object.parse().unwrap_or_default();
            let text = |key: &str| value.pointer(&format!("/spec/{key}")).and_then(Value::as_str).unwrap_or_default();
            let takes = match text("task") {
                "backup" | "backup-force-create" => "backup",
                "snapshot" | "snapshot-force-create" => "snapshot",
                _ => continue,
            };
            jobs.push(Job {
                name: object.name.to_string(),
                title: object.reference().to_string(),
                groups: super::words(value.pointer("/spec/groups")),
                takes,
                interval_seconds: cron::longest_gap(text("cron")),
            });
        }
        let labels = |object: &crate::snapshot::Object| {
            (object.name.to_string(), object.parse::<Bare>().unwrap_or_default().metadata.labels)
        };
        let volumes = snapshot.of(GROUP, "Volume").iter().map(labels).collect();
        let location = target(world);
        let mut backups: ByVolume = BTreeMap::new();
        for object in snapshot.of(GROUP, "Backup") {
            let value: Value = object.parse().unwrap_or_default();
            let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (volume, state, made) =
                (text("/status/volumeName"), text("/status/state"), text("/status/backupCreatedAt"));
            let done = Done {
                name: object.reference().to_string(),
                phase: state.clone(),
                seconds: age(snapshot, Some(&made)),
                kept_seconds: None,
                snapshots: None,
                location: location.clone(),
            };
            let entry = backups.entry(volume).or_default();
            let slot = match state.as_str() {
                "Completed" => &mut entry.0,
                "Error" | "Unknown" => &mut entry.1,
                _ => continue,
            };
            if slot.as_ref().is_none_or(|(newest, _)| *newest < made) {
                *slot = Some((made, done));
            }
        }
        Self { jobs, volumes, backups }
    }

    pub(super) fn add(&self, world: &World<'_, '_>, claim: &ClaimRow, backups: &mut Backups) {
        if claim.provisioner != DRIVER {
            return;
        }
        let handle = world.handles.get(&claim.volume).cloned().unwrap_or_default();
        let mut attached: Vec<(String, bool)> = Vec::new();
        let labels = self.volumes.get(&handle).unwrap_or(&claim.labels);
        for (key, value) in labels.iter().filter(|(_, value)| *value == "enabled") {
            let _ = value;
            if let Some(job) = key.strip_prefix("recurring-job.longhorn.io/") {
                attached.push((job.to_owned(), false));
            } else if let Some(group) = key.strip_prefix("recurring-job-group.longhorn.io/") {
                attached.push((group.to_owned(), true));
            }
        }
        if attached.is_empty() {
            attached = of_class(world, claim);
        }
        // A volume with nothing attached belongs to the group `default`.
        if attached.is_empty() {
            attached.push(("default".into(), true));
        }
        for job in &self.jobs {
            let is_attached = attached
                .iter()
                .any(|(name, is_group)| if *is_group { job.groups.contains(name) } else { job.name == *name });
            if is_attached {
                backups.schedules.push(Schedule {
                    tool: "longhorn",
                    name: job.title.clone(),
                    takes: job.takes,
                    paused: false,
                    interval_seconds: job.interval_seconds,
                    data: Can::Yes,
                    why_not: String::new(),
                });
            }
        }
        if let Some((completed, failed)) = self.backups.get(&handle) {
            let newer = |a: &Option<(String, Done)>, b: &Option<(String, Done)>| match (a, b) {
                (Some((a, _)), Some((b, _))) => a > b,
                (Some(_), None) => true,
                _ => false,
            };
            if newer(failed, completed) {
                backups.failed = backups.failed.take().or_else(|| failed.as_ref().map(|(_, done)| done.clone()));
            }
            backups.newest = backups.newest.take().or_else(|| completed.as_ref().map(|(_, done)| done.clone()));
        }
    }
}

/// `recurringJobSelector` of the class: a JSON string `[{"name": …, "isGroup": …}]`.
fn of_class(world: &World<'_, '_>, claim: &ClaimRow) -> Vec<(String, bool)> {
    let text = world.classes.get(&claim.class).and_then(|class| class.parameters.get("recurringJobSelector"));
    let list: Vec<Value> = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let one = |item: &Value| Some((item.get("name")?.as_str()?.to_owned(), says(item.get("isGroup")) == Some(true)));
    list.iter().filter_map(one).collect()
}

/// The target that backups go to; the default one where there are several.
fn target(world: &World<'_, '_>) -> Location {
    let targets = world.snapshot.of(GROUP, "BackupTarget");
    let Some(object) = targets.iter().find(|o| &*o.name == "default").or(targets.first()) else {
        return Location { name: "no BackupTarget".into(), available: Can::No, ..Location::default() };
    };
    let value: Value = object.parse().unwrap_or_default();
    let url = value.pointer("/spec/backupTargetURL").and_then(Value::as_str).unwrap_or_default();
    let host = url.split_once("://").map_or("", |(_, rest)| rest).split(['/', ':']).next().unwrap_or_default();
    Location {
        name: object.reference().to_string(),
        available: match says(value.pointer("/status/available")) {
            Some(true) => Can::Yes,
            Some(false) => Can::No,
            None => Can::Unknown,
        },
        // A bucket's endpoint is in a Secret; a file server's host is in the URL.
        in_cluster: if host.contains(".svc") {
            Can::Yes
        } else if url.starts_with("s3://") {
            Can::Unknown
        } else {
            Can::No
        },
        ..Location::default()
    }
}
